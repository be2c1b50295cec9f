/* SPDX-License-Identifier: Apache-2.0 */
/* The invariants that can be seen in one incident (docs/domain.md: 4, 5 within, 6, 7, 8)
 * and that rows refer to rows that are there. */
#include "base/id_set.h"
#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "loop/names.h"
#include "loop/step.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int broken(struct diag *reterr, const char *where, const char *text, int64_t id)
{
    return diag_set(reterr, ST_CORRUPT, 0, 0, where, "%s (id %lld)", text, (long long)id);
}

/* The lookups below do not change what they find; only their type is not const. */
static struct loop_incident *loose(const struct loop_incident *incident)
{
    struct loop_incident *result;
    memcpy(&result, &incident, sizeof result);
    return result;
}

static int check_order(const struct loop_incident *incident, struct diag *reterr)
{
#define ORDERED(rows, count, name)                                                       \
    for (uint32_t i = 1; i < incident->count; i++)                                       \
        if (incident->rows[i].id <= incident->rows[i - 1].id)                            \
            return broken(reterr, name, "ids do not grow", incident->rows[i].id);
    ORDERED(needs, need_count, "need")
    ORDERED(callouts, callout_count, "callout")
    ORDERED(alerts, alert_count, "alert")
    ORDERED(assignments, assignment_count, "assignment")
    ORDERED(messages, message_count, "message")
#undef ORDERED
    return ST_OK;
}

static int check_needs(const struct loop_incident *incident, struct diag *reterr)
{
    for (uint32_t i = 0; i < incident->need_count; i++) {
        const struct need *need = &incident->needs[i];
        struct loop_seats seats[LOOP_LINES_MAX];
        if (need->line_count < 1 || need->line_count > LOOP_LINES_MAX)
            return broken(reterr, "need", "a wrong number of lines", need->id);
        count_all_seats(incident, need, seats);
        bool is_met = true;
        for (int32_t line = 0; line < need->line_count; line++) {
            if (seats[line].accepted > seats[line].count + seats[line].reserve)
                return broken(reterr, "need", "more accepted than seats", need->id);
            is_met = is_met && seats[line].on_scene >= seats[line].count;
        }
        if (incident->state == INCIDENT_ACTIVE && need->state == NEED_MET && !is_met)
            return broken(reterr, "need", "met, but the counts are not there", need->id);
    }
    return ST_OK;
}

static int check_callouts(const struct loop_incident *incident, struct diag *reterr)
{
    uint64_t open = 0; /* bit per need that has an open call-out */
    for (uint32_t i = 0; i < incident->callout_count; i++) {
        const struct callout *callout = &incident->callouts[i];
        const struct need *need = loop_find_need(loose(incident), callout->need_id);
        if (need == NULL)
            return broken(reterr, "callout", "of a need that is not there", callout->id);
        if (callout->unsent < 0 ||
            (callout->unsent > 0 && callout->state != CALLOUT_ACTIVE))
            return broken(reterr, "callout", "not active, but a wave is being sent",
                          callout->id);
        if (callout->state == CALLOUT_ENDED)
            continue;
        uint64_t bit = UINT64_C(1) << (need - incident->needs);
        if ((open & bit) != 0)
            return broken(reterr, "callout", "a second open one of a need", callout->id);
        open |= bit;
        if (callout->state == CALLOUT_ACTIVE &&
            (need->state == NEED_FILLED || need->state == NEED_MET))
            return broken(reterr, "callout", "active, but its need is filled",
                          callout->id);
        if (incident->state != INCIDENT_ACTIVE && callout->state != CALLOUT_STANDING_DOWN)
            return broken(reterr, "callout", "running in an incident that is not",
                          callout->id);
    }
    return ST_OK;
}

static int check_alert(const struct loop_incident *incident, const struct alert *alert,
                       const struct callout *callout, struct diag *reterr)
{
    if (callout == NULL)
        return broken(reterr, "alert", "of a call-out that is not there", alert->id);
    bool is_open = alert->state == ALERT_PENDING || alert->state == ALERT_LIMITED;
    if (is_open &&
        (callout->state != CALLOUT_ACTIVE || incident->state != INCIDENT_ACTIVE))
        return broken(reterr, "alert", "left open after the stand-down", alert->id);
    if (alert->state == ALERT_PENDING && alert->due_ms == 0)
        return broken(reterr, "alert", "pending without a timer", alert->id);
    return ST_OK;
}

static int check_alerts(const struct loop_incident *incident, struct diag *reterr)
{
    const struct callout *callout = NULL;
    int status = ST_OK;
    for (uint32_t i = 0; i < incident->alert_count && status == ST_OK; i++) {
        const struct alert *alert = &incident->alerts[i];
        if (callout == NULL || callout->id != alert->callout_id)
            callout = loop_find_callout(loose(incident), alert->callout_id);
        status = check_alert(incident, alert, callout, reterr);
    }
    return status;
}

static int check_assignment(const struct loop_incident *incident,
                            const struct assignment *assignment, struct diag *reterr)
{
    int64_t id = assignment->id;
    const struct alert *alert = loop_find_alert(loose(incident), assignment->alert_id);
    const struct need *need = loop_find_need(loose(incident), assignment->need_id);
    if (alert == NULL || need == NULL)
        return broken(reterr, "assignment", "of an alert or need that is not there", id);
    if (assignment->line < 0 || assignment->line >= need->line_count)
        return broken(reterr, "assignment", "on a line that is not there", id);
    if (loop_assignment_is_active(assignment) && alert->state != ALERT_ACCEPTED)
        return broken(reterr, "assignment", "active, but its alert is not accepted", id);
    bool is_done = assignment->state == ASSIGNMENT_RELEASED ||
                   assignment->state == ASSIGNMENT_REPORTED ||
                   assignment->state == ASSIGNMENT_DISPUTED;
    if (incident->state == INCIDENT_CLOSED &&
        (is_done || !loop_is_accounted_for(incident, assignment)))
        return broken(reterr, "assignment", "open in a closed incident", id);
    if (assignment->state != ASSIGNMENT_VERIFIED)
        return assignment->minutes_credited == 0
                   ? ST_OK
                   : broken(reterr, "assignment", "credited before verified", id);
    if (assignment->verified_by <= 0 ||
        assignment->verified_by == assignment->reported_by)
        return broken(reterr, "assignment", "verified by who reported it", id);
    if (assignment->minutes_credited > assignment->minutes_worked)
        return broken(reterr, "assignment", "credited more than worked", id);
    return ST_OK;
}

/* The alert of this id; rows often follow each other, so the one after the last is tried
 * before searching. */
static const struct alert *alert_near(const struct loop_incident *incident, int64_t id,
                                      uint32_t *hint)
{
    for (uint32_t i = *hint; i < incident->alert_count && i <= *hint + 1; i++)
        if (incident->alerts[i].id == id) {
            *hint = i;
            return &incident->alerts[i];
        }
    const struct alert *alert = loop_find_alert(loose(incident), id);
    if (alert != NULL)
        *hint = (uint32_t)(alert - incident->alerts);
    return alert;
}

static int check_message(const struct loop_incident *incident,
                         const struct message *message, uint32_t *hint,
                         struct diag *reterr)
{
    if (message->alert_id == 0)
        return ST_OK; /* to an account */
    const struct alert *alert = alert_near(incident, message->alert_id, hint);
    if (alert == NULL)
        return broken(reterr, "message", "of an alert that is not there", message->id);
    if (message->state == MESSAGE_QUEUED && message->kind == MESSAGE_KIND_ALERT &&
        alert->state != ALERT_PENDING)
        return broken(reterr, "message", "queued, but its answer is not wanted",
                      message->id);
    return ST_OK;
}

static int check_messages(const struct loop_incident *incident, struct diag *reterr)
{
    uint32_t hint = 0;
    int status = ST_OK;
    for (uint32_t i = 0; i < incident->message_count && status == ST_OK; i++)
        status = check_message(incident, &incident->messages[i], &hint, reterr);
    return status;
}

/* Pending alerts and active assignments of a person stand in one set: never 0. */
static int64_t alerted_key(int64_t person_id)
{
    return 2 * (person_id + 1);
}

static int64_t assigned_key(int64_t person_id)
{
    return alerted_key(person_id) + 1;
}

/* Nobody has two pending alerts or active assignments that nobody forced; ONLY (NULL =
 * all) are the people who count, by alerted_key. */
static int find_twice(const struct loop_incident *incident, const struct id_set *only,
                      struct id_set *met, struct diag *reterr)
{
    for (uint32_t i = 0; i < incident->alert_count; i++) {
        const struct alert *alert = &incident->alerts[i];
        int64_t key = alerted_key(alert->person_id);
        if (alert->state == ALERT_PENDING && !alert->forced &&
            (only == NULL || id_set_has(only, key)) && id_set_put(met, key))
            return broken(reterr, "person", "alerted twice", alert->person_id);
    }
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        const struct assignment *assignment = &incident->assignments[i];
        if (!loop_assignment_is_active(assignment) ||
            (only != NULL && !id_set_has(only, alerted_key(assignment->person_id))))
            continue;
        const struct alert *alert =
            loop_find_alert(loose(incident), assignment->alert_id);
        if ((alert == NULL || !alert->forced) &&
            id_set_put(met, assigned_key(assignment->person_id)))
            return broken(reterr, "person", "assigned twice", assignment->person_id);
    }
    return ST_OK;
}

/* At most COUNT keys are met before one is met twice. */
static int check_people(const struct loop_incident *incident, const struct id_set *only,
                        size_t count, struct diag *reterr)
{
    struct id_set met;
    int status = id_set_init(&met, count);
    if (status == ST_OK)
        status = find_twice(incident, only, &met, reterr);
    id_set_release(&met);
    return status;
}

int loop_check(const struct loop_incident *incident, struct diag *reterr)
{
    int status = check_order(incident, reterr);
    if (status == ST_OK)
        status = check_needs(incident, reterr);
    if (status == ST_OK)
        status = check_callouts(incident, reterr);
    if (status == ST_OK)
        status = check_alerts(incident, reterr);
    for (uint32_t i = 0; i < incident->assignment_count && status == ST_OK; i++)
        status = check_assignment(incident, &incident->assignments[i], reterr);
    if (status == ST_OK)
        status = check_messages(incident, reterr);
    if (status != ST_OK)
        return status;
    return check_people(incident, NULL,
                        (size_t)incident->alert_count + incident->assignment_count,
                        reterr);
}

/* ---- what a step changed --------------------------------------------------------------
 */

/* A row that did not change can only be wrong by what it refers to: an alert by its
 * call-out and the incident, an assignment by its alert, need and incident, a message by
 * its alert, needs and call-outs by each other and by assignments, a person's row by
 * another of that person. Alerts and messages are many; needs and call-outs are few and
 * looked at whole. So a step has to be followed by loop_check only if it changed the
 * incident, a need, or a call-out that does not leave its alerts open. */
bool loop_check_is_partial(const struct loop_incident *incident,
                           const struct loop_effects *effects)
{
    for (uint32_t i = 0; i < effects->change_count; i++) {
        const struct loop_change *change = &effects->changes[i];
        if (change->row == LOOP_ROW_INCIDENT || change->row == LOOP_ROW_NEED ||
            (change->row == LOOP_ROW_CALLOUT &&
             incident->callouts[change->index].state != CALLOUT_ACTIVE))
            return false;
    }
    return incident->state == INCIDENT_ACTIVE;
}

/* What a step touched; rows from before it do not refer to a new alert. */
struct touched {
    struct id_set alerts; /* ids of those that were there before */
    struct id_set people; /* by alerted_key */
    uint32_t alert_count, people_count;
};

static void touch_person(struct touched *touched, int64_t person_id)
{
    touched->people_count += !id_set_put(&touched->people, alerted_key(person_id));
}

/* The people of the changed alerts and assignments, and of assignments by them. */
static int touch_people(struct touched *touched, const struct loop_incident *incident,
                        const struct loop_effects *effects)
{
    uint32_t looked_at = touched->alert_count == 0 ? 0 : incident->assignment_count;
    int status = id_set_init(&touched->people, (size_t)effects->change_count + looked_at);
    for (uint32_t i = 0; i < effects->change_count && status == ST_OK; i++) {
        const struct loop_change *change = &effects->changes[i];
        if (change->row == LOOP_ROW_ALERT)
            touch_person(touched, incident->alerts[change->index].person_id);
        else if (change->row == LOOP_ROW_ASSIGNMENT)
            touch_person(touched, incident->assignments[change->index].person_id);
    }
    for (uint32_t i = 0; i < looked_at && status == ST_OK; i++)
        if (id_set_has(&touched->alerts, incident->assignments[i].alert_id))
            touch_person(touched, incident->assignments[i].person_id);
    return status;
}

/* Also after a failure: touched_release. */
static int touched_init(struct touched *touched, const struct loop_incident *incident,
                        const struct loop_effects *effects)
{
    *touched = (struct touched){.alert_count = 0};
    int status = id_set_init(&touched->alerts, effects->change_count);
    for (uint32_t i = 0; i < effects->change_count && status == ST_OK; i++) {
        const struct loop_change *change = &effects->changes[i];
        if (change->row == LOOP_ROW_ALERT && change->index < effects->alerts_before)
            touched->alert_count +=
                !id_set_put(&touched->alerts, incident->alerts[change->index].id);
    }
    return status == ST_OK ? touch_people(touched, incident, effects) : status;
}

static void touched_release(struct touched *touched)
{
    id_set_release(&touched->alerts);
    id_set_release(&touched->people);
}

static int check_changed(const struct loop_incident *incident,
                         const struct loop_change *change, uint32_t *hint,
                         struct diag *reterr)
{
    uint32_t i = change->index;
    if (change->row == LOOP_ROW_ALERT) {
        const struct alert *alert = &incident->alerts[i];
        if (i > 0 && alert->id <= alert[-1].id)
            return broken(reterr, "alert", "ids do not grow", alert->id);
        return check_alert(incident, alert,
                           loop_find_callout(loose(incident), alert->callout_id), reterr);
    }
    if (change->row == LOOP_ROW_ASSIGNMENT) {
        const struct assignment *assignment = &incident->assignments[i];
        if (i > 0 && assignment->id <= assignment[-1].id)
            return broken(reterr, "assignment", "ids do not grow", assignment->id);
        return check_assignment(incident, assignment, reterr);
    }
    if (change->row == LOOP_ROW_MESSAGE) {
        const struct message *message = &incident->messages[i];
        if (i > 0 && message->id <= message[-1].id)
            return broken(reterr, "message", "ids do not grow", message->id);
        return check_message(incident, message, hint, reterr);
    }
    return ST_OK;
}

/* What refers to alerts that changed. */
static int check_referring(const struct loop_incident *incident,
                           const struct touched *touched, struct diag *reterr)
{
    uint32_t hint = 0;
    int status = ST_OK;
    for (uint32_t i = 0; i < incident->assignment_count && status == ST_OK; i++)
        if (id_set_has(&touched->alerts, incident->assignments[i].alert_id))
            status = check_assignment(incident, &incident->assignments[i], reterr);
    for (uint32_t i = 0; i < incident->message_count && status == ST_OK; i++)
        if (id_set_has(&touched->alerts, incident->messages[i].alert_id))
            status = check_message(incident, &incident->messages[i], &hint, reterr);
    return status;
}

static int check_touched(const struct loop_incident *incident,
                         const struct loop_effects *effects,
                         const struct touched *touched, struct diag *reterr)
{
    bool rows[LOOP_ROW_COUNT] = {false};
    uint32_t hint = 0;
    int status = ST_OK;
    for (uint32_t i = 0; i < effects->change_count && status == ST_OK; i++) {
        rows[effects->changes[i].row] = true;
        status = check_changed(incident, &effects->changes[i], &hint, reterr);
    }
    if (status == ST_OK && touched->alert_count > 0)
        status = check_referring(incident, touched, reterr);
    if (status == ST_OK && rows[LOOP_ROW_ASSIGNMENT])
        status = check_needs(incident, reterr);
    return status == ST_OK && rows[LOOP_ROW_CALLOUT] ? check_callouts(incident, reterr)
                                                     : status;
}

int loop_check_changes(const struct loop_incident *incident,
                       const struct loop_effects *effects, struct diag *reterr)
{
    assert(loop_check_is_partial(incident, effects));
    struct touched touched;
    int status = touched_init(&touched, incident, effects);
    if (status == ST_OK)
        status = check_touched(incident, effects, &touched, reterr);
    if (status == ST_OK && touched.people_count > 0)
        status = check_people(incident, &touched.people, 2 * (size_t)touched.people_count,
                              reterr);
    touched_release(&touched);
    return status;
}

/* ---- who had said yes -----------------------------------------------------------------
 */
uint32_t loop_said_yes(const struct loop_incident *incident, int64_t need_id,
                       int64_t *ret, uint32_t max)
{
    const struct callout *open = loop_callout_of(loose(incident), need_id);
    uint32_t count = 0;
    for (uint32_t i = 0; i < incident->alert_count && count < max; i++) {
        const struct alert *alert = &incident->alerts[i];
        const struct callout *callout =
            loop_find_callout(loose(incident), alert->callout_id);
        if (callout->need_id == need_id && callout != open &&
            alert->answer == ANSWER_ACCEPT)
            ret[count++] = alert->person_id;
    }
    ids_sort(ret, count);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || ret[i] != ret[kept - 1])
            ret[kept++] = ret[i];
    return kept;
}
