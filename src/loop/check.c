/* SPDX-License-Identifier: Apache-2.0 */
/* The invariants that can be seen in one incident (docs/domain.md: 4, 5 within, 6, 7, 8)
 * and that rows refer to rows that are there. */
#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "loop/names.h"
#include "loop/step.h"

#include <assert.h>
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
    bool is_open = loop_alert_is_open(alert);
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
        (is_done || !loop_is_accounted_for(assignment)))
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
    if (message->area_id != 0)
        return message->alert_id == 0 && message->subject_id != 0
                   ? ST_OK
                   : broken(reterr, "message", "to a desk, about nothing", message->id);
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

static bool is_pending(const struct alert *alert)
{
    return alert->state == ALERT_PENDING && !alert->forced;
}

static bool is_assigned(const struct loop_incident *incident,
                        const struct assignment *assignment)
{
    if (!loop_assignment_is_active(assignment))
        return false;
    const struct alert *alert = loop_find_alert(loose(incident), assignment->alert_id);
    return alert == NULL || !alert->forced;
}

/* IDS are sorted here. */
static int check_once(int64_t *ids, uint32_t count, const char *what, struct diag *reterr)
{
    ids_sort(ids, count);
    for (uint32_t i = 1; i < count; i++)
        if (ids[i] == ids[i - 1])
            return broken(reterr, "person", what, ids[i]);
    return ST_OK;
}

/* Nobody has two pending alerts or active assignments that nobody forced. */
static int check_people(const struct loop_incident *incident, struct diag *reterr)
{
    size_t most = (size_t)incident->alert_count + incident->assignment_count;
    AUTO_FREE int64_t *ids = mem_alloc(most * sizeof *ids);
    if (ids == NULL)
        return ST_NO_MEMORY;
    uint32_t pending = 0, assigned = 0;
    for (uint32_t i = 0; i < incident->alert_count; i++)
        if (is_pending(&incident->alerts[i]))
            ids[pending++] = incident->alerts[i].person_id;
    for (uint32_t i = 0; i < incident->assignment_count; i++)
        if (is_assigned(incident, &incident->assignments[i]))
            ids[pending + assigned++] = incident->assignments[i].person_id;
    int status = check_once(ids, pending, "alerted twice", reterr);
    return status == ST_OK ? check_once(ids + pending, assigned, "assigned twice", reterr)
                           : status;
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
    return check_people(incident, reterr);
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

/* As check_people, of one person. */
static int check_person(const struct loop_incident *incident, int64_t person_id,
                        struct diag *reterr)
{
    uint32_t pending = 0, assigned = 0;
    const struct id_index *index = &incident->alerts_of_person;
    for (uint32_t at = id_index_newest(index, person_id); at != 0;
         at = id_index_before(index, at))
        pending += is_pending(&incident->alerts[at - 1]);
    index = &incident->assignments_of_person;
    for (uint32_t at = id_index_newest(index, person_id); at != 0;
         at = id_index_before(index, at))
        assigned += is_assigned(incident, &incident->assignments[at - 1]);
    if (pending > 1)
        return broken(reterr, "person", "alerted twice", person_id);
    return assigned > 1 ? broken(reterr, "person", "assigned twice", person_id) : ST_OK;
}

/* What refers to an alert that was there before the step. */
static int check_referring(const struct loop_incident *incident,
                           const struct alert *alert, uint32_t *hint, struct diag *reterr)
{
    int status = ST_OK;
    const struct id_index *index = &incident->assignments_of_person;
    for (uint32_t at = id_index_newest(index, alert->person_id);
         at != 0 && status == ST_OK; at = id_index_before(index, at))
        if (incident->assignments[at - 1].alert_id == alert->id)
            status = check_assignment(incident, &incident->assignments[at - 1], reterr);
    index = &incident->messages_of_alert;
    for (uint32_t at = id_index_newest(index, alert->id); at != 0 && status == ST_OK;
         at = id_index_before(index, at))
        status = check_message(incident, &incident->messages[at - 1], hint, reterr);
    return status;
}

static int check_changed_alert(const struct loop_incident *incident, uint32_t index,
                               bool is_new, uint32_t *hint, struct diag *reterr)
{
    const struct alert *alert = &incident->alerts[index];
    if (index > 0 && alert->id <= alert[-1].id)
        return broken(reterr, "alert", "ids do not grow", alert->id);
    int status = check_alert(
        incident, alert, loop_find_callout(loose(incident), alert->callout_id), reterr);
    if (status == ST_OK && !is_new)
        status = check_referring(incident, alert, hint, reterr);
    return status == ST_OK ? check_person(incident, alert->person_id, reterr) : status;
}

static int check_changed(const struct loop_incident *incident,
                         const struct loop_effects *effects,
                         const struct loop_change *change, uint32_t *hint,
                         struct diag *reterr)
{
    uint32_t i = change->index;
    if (change->row == LOOP_ROW_ALERT)
        return check_changed_alert(incident, i, i >= effects->alerts_before, hint,
                                   reterr);
    if (change->row == LOOP_ROW_ASSIGNMENT) {
        const struct assignment *assignment = &incident->assignments[i];
        if (i > 0 && assignment->id <= assignment[-1].id)
            return broken(reterr, "assignment", "ids do not grow", assignment->id);
        int status = check_assignment(incident, assignment, reterr);
        return status == ST_OK ? check_person(incident, assignment->person_id, reterr)
                               : status;
    }
    if (change->row == LOOP_ROW_MESSAGE) {
        const struct message *message = &incident->messages[i];
        if (i > 0 && message->id <= message[-1].id)
            return broken(reterr, "message", "ids do not grow", message->id);
        return check_message(incident, message, hint, reterr);
    }
    return ST_OK;
}

int loop_check_changes(const struct loop_incident *incident,
                       const struct loop_effects *effects, struct diag *reterr)
{
    assert(loop_check_is_partial(incident, effects));
    assert(incident->alerts_of_person.count == incident->alert_count);
    bool rows[LOOP_ROW_COUNT] = {false};
    uint32_t hint = 0;
    int status = ST_OK;
    for (uint32_t i = 0; i < effects->change_count && status == ST_OK; i++) {
        rows[effects->changes[i].row] = true;
        status = check_changed(incident, effects, &effects->changes[i], &hint, reterr);
    }
    if (status == ST_OK && rows[LOOP_ROW_ASSIGNMENT])
        status = check_needs(incident, reterr);
    return status == ST_OK && rows[LOOP_ROW_CALLOUT] ? check_callouts(incident, reterr)
                                                     : status;
}

/* ---- who may be asked anew ------------------------------------------------------------
 */
/* Who was let go after a yes, and is home. Not in an exercise: what is real lets people
 * go there. */
static bool was_let_go(const struct loop_incident *incident, const struct alert *alert)
{
    if (alert->state != ALERT_ACCEPTED || incident->exercise)
        return false;
    const struct assignment *assignment = loop_assignment_of(loose(incident), alert->id);
    return assignment != NULL &&
           (assignment->state == ASSIGNMENT_STOOD_DOWN ||
            assignment->state == ASSIGNMENT_TURNED_BACK) &&
           loop_is_accounted_for(assignment);
}

bool loop_may_be_asked_anew(const struct loop_incident *incident,
                            const struct alert *alert)
{
    if (alert->state == ALERT_STOOD_DOWN)
        return alert->answer != ANSWER_DECLINE;
    return was_let_go(incident, alert);
}

uint32_t loop_said_yes(const struct loop_incident *incident, int64_t need_id,
                       int64_t *ret, uint32_t max)
{
    const struct callout *open = loop_callout_of(loose(incident), need_id);
    uint32_t count = 0;
    for (uint32_t i = 0; i < incident->alert_count && count < max; i++) {
        const struct alert *alert = &incident->alerts[i];
        const struct callout *callout =
            loop_find_callout(loose(incident), alert->callout_id);
        if (callout->need_id == need_id && alert->answer == ANSWER_ACCEPT &&
            (callout != open || loop_may_be_asked_anew(incident, alert)))
            ret[count++] = alert->person_id;
    }
    return ids_sort_once(ret, count);
}
