/* SPDX-License-Identifier: Apache-2.0 */
/* A wave: the people the planner chose, alerted at one moment. The plan is as old as its
 * snapshot, so people who became committed since are left out and re-planned. */
#include "base/ids.h"
#include "base/mem.h"
#include "loop/step.h"

/* Messages of a wave must leave room for what will have to be told later. */
#define WAVE_MESSAGES_MAX (LOOP_MESSAGES_MAX / 2)

static int check_invitation(struct step *step, const struct need *need,
                            const struct loop_invitation *invitation)
{
    if (invitation->line < 0 || invitation->line >= need->line_count)
        return refuse(step, ST_INVALID, "wave", "line %d is not in the need",
                      invitation->line);
    if (invitation->count < 1 || invitation->count > LOOP_COUNT_MAX)
        return refuse(step, ST_INVALID, "wave", "a count of %d", invitation->count);
    if (invitation->forced && step->input->reason == NULL &&
        !step->input->wave->goes_on) /* it was given with the first part */
        return refuse(step, ST_UNPROCESSABLE, "force", "needs a reason");
    return ST_OK;
}

int wave_check(struct step *step, const struct need *need, const struct loop_wave *wave)
{
    const struct loop_incident *incident = step->incident;
    const uint64_t count = (uint64_t)wave->count + wave->rest;
    if (count > LOOP_ALERTS_MAX - incident->alert_count ||
        (count > 0 && count + incident->message_count > WAVE_MESSAGES_MAX))
        return refuse(step, ST_LIMIT, "wave", "an incident has at most %d alerts",
                      LOOP_ALERTS_MAX);
    for (int32_t i = 0; i < need->line_count; i++)
        if (wave->reserves[i] < 0 || wave->reserves[i] > LOOP_COUNT_MAX)
            return refuse(step, ST_INVALID, "wave", "a reserve of %d", wave->reserves[i]);
    if (wave->count == 0)
        return ST_OK;
    AUTO_FREE int64_t *ids = mem_alloc(wave->count * sizeof *ids);
    if (ids == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < wave->count; i++) {
        int status = check_invitation(step, need, &wave->invitations[i]);
        if (status != ST_OK)
            return status;
        ids[i] = wave->invitations[i].person_id;
    }
    ids_sort(ids, wave->count);
    for (uint32_t i = 1; i < wave->count; i++)
        if (ids[i] == ids[i - 1])
            return refuse(step, ST_INVALID, "wave", "a person is in it twice");
    return ST_OK;
}

/* Whether the person has had their alert in this call-out. */
static bool is_alerted(const struct loop_incident *incident, int64_t callout_id,
                       int64_t person_id)
{
    const struct id_index *index = &incident->alerts_of_person;
    for (uint32_t at = id_index_newest(index, person_id); at != 0;
         at = id_index_before(index, at)) {
        const struct alert *alert = &incident->alerts[at - 1];
        if (alert->callout_id == callout_id && !loop_may_be_asked_anew(incident, alert))
            return true;
    }
    return false;
}

/* Whether they are pending or active in this incident. */
static bool is_busy(const struct loop_incident *incident, int64_t person_id)
{
    const struct id_index *index = &incident->alerts_of_person;
    for (uint32_t at = id_index_newest(index, person_id); at != 0;
         at = id_index_before(index, at))
        if (incident->alerts[at - 1].state == ALERT_PENDING)
            return true;
    index = &incident->assignments_of_person;
    for (uint32_t at = id_index_newest(index, person_id); at != 0;
         at = id_index_before(index, at))
        if (loop_assignment_is_active(&incident->assignments[at - 1]))
            return true;
    return false;
}

static bool is_capped(const struct step *step, const struct callout *callout,
                      int64_t person_id)
{
    const struct loop_world *world = step->world;
    return world->is_capped != NULL && !step->incident->exercise &&
           (callout->lift & LIFT_CAP) == 0 && world->level < LEVEL_II &&
           world->is_capped(world->context, person_id, step->now_ms);
}

static const char *why_skipped(const struct step *step, const struct callout *callout,
                               const struct loop_invitation *invitation)
{
    const struct loop_world *world = step->world;
    if (is_alerted(step->incident, callout->id, invitation->person_id))
        return "already_alerted";
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    if (ladder_of(step, invitation->channels, ladder) == 0)
        return "unreachable";
    if (invitation->forced)
        return NULL;
    if (is_busy(step->incident, invitation->person_id) ||
        (world->is_committed != NULL &&
         world->is_committed(world->context, invitation->person_id,
                             step->incident->exercise)))
        return "committed";
    return is_capped(step, callout, invitation->person_id) ? "cap" : NULL;
}

static void invite(struct step *step, const struct callout *callout,
                   const struct loop_invitation *invitation)
{
    struct alert *alert = add_alert(step);
    alert->callout_id = callout->id;
    alert->person_id = invitation->person_id;
    alert->state = ALERT_PENDING;
    alert->line = invitation->line;
    alert->lines_able = (uint8_t)(invitation->lines_able | 1U << invitation->line);
    alert->wave = callout->waves;
    alert->alerted_ms = step->now_ms;
    alert->timer_ms = step->now_ms;
    alert->travel_ms = invitation->travel_ms;
    alert->p_accept = invitation->p_accept;
    alert->p_in_time = invitation->p_in_time;
    alert->count = invitation->count;
    alert->forced = invitation->forced;
    alert->rung = -1;
    alert->channels = invitation->channels;
    if (step->status != ST_OK)
        return;
    (void)send_next_rung(step, alert); /* it has one: why_skipped() looked */
    edit_alert(step, alert)->due_ms = alert_due(step, alert);
    tell_alert(step, EVENT_ALERT_SENT, alert, NULL, callout->waves);
    if (!step->incident->exercise)
        push_elsewhere(step, alert->person_id, true);
}

static uint32_t count_invited(const struct step *step, const struct callout *callout,
                              const struct loop_wave *wave)
{
    uint32_t invited = 0;
    for (uint32_t i = 0; i < wave->count; i++)
        if (why_skipped(step, callout, &wave->invitations[i]) == NULL)
            invited++;
    return invited;
}

/* Returns how many were. Who is left out of a part that goes on was counted already. */
static uint32_t invite_all(struct step *step, const struct callout *callout,
                           const struct loop_wave *wave)
{
    uint32_t invited = 0;
    for (uint32_t i = 0; i < wave->count && step->status == ST_OK; i++) {
        const struct loop_invitation *invitation = &wave->invitations[i];
        const char *why = why_skipped(step, callout, invitation);
        if (why == NULL) {
            invite(step, callout, invitation);
            invited++;
        } else {
            tell(step, EVENT_ALERT_SKIPPED,
                 &(struct loop_event){.callout_id = callout->id,
                                      .person_id = invitation->person_id,
                                      .code = why,
                                      .number = wave->goes_on});
        }
    }
    return invited;
}

static uint32_t ask_limited(struct step *step, const struct callout *callout,
                            const struct loop_wave *wave)
{
    uint32_t asked = 0;
    for (uint32_t i = 0; i < wave->ask_limited_count; i++) {
        struct alert *alert = loop_find_alert(step->incident, wave->ask_limited[i]);
        if (alert == NULL || alert->callout_id != callout->id ||
            alert->state != ALERT_LIMITED || alert->asked_ms != 0)
            continue;
        edit_alert(step, alert)->asked_ms = step->now_ms;
        send_message(step, alert, MESSAGE_KIND_ASK_LIMITED);
        tell_alert(step, EVENT_ALERT_ASKED, alert, NULL, 0);
        asked++;
    }
    return asked;
}

/* Invariant 4 holds for a smaller reserve too: seats already taken stay. */
static void set_reserves(struct step *step, struct need *need,
                         const struct loop_wave *wave)
{
    struct loop_seats seats[LOOP_LINES_MAX];
    count_all_seats(step->incident, need, seats);
    for (int32_t i = 0; i < need->line_count; i++) {
        int32_t taken = seats[i].accepted - seats[i].count;
        int32_t reserve = wave->reserves[i] > taken ? wave->reserves[i] : taken;
        if (need->lines[i].reserve != reserve)
            edit_need(step, need)->lines[i].reserve = reserve;
    }
    touch_need(step, need->id);
}

/* Whether every line has its count accepted, WITH_RESERVE its reserve, too. */
static bool seats_taken(const struct step *step, const struct need *need,
                        bool with_reserve)
{
    struct loop_seats seats[LOOP_LINES_MAX];
    count_all_seats(step->incident, need, seats);
    for (int32_t i = 0; i < need->line_count; i++)
        if (seats[i].accepted < seats[i].count + (with_reserve ? seats[i].reserve : 0))
            return false;
    return true;
}

/* As many as are wanted have said yes, some of them come too late, and nobody is asked in
 * their place: the need is filled by them all the same, so it is said once, and to the
 * level above (decision 0091). */
static void tell_late(struct step *step, const struct need *need,
                      const struct callout *callout)
{
    struct loop_incident *incident = step->incident;
    if (!seats_taken(step, need, false))
        return;
    for (uint32_t i = 0; i < incident->alert_count; i++)
        if (incident->alerts[i].callout_id == callout->id &&
            loop_alert_is_open(&incident->alerts[i]))
            return;
    const int32_t late = count_late(step, need);
    if (late > 0)
        escalate(step, need, "late", late);
}

int wave_send(struct step *step, struct need *need, struct callout *callout,
              const struct loop_wave *wave)
{
    struct callout *edited = edit_callout(step, callout);
    if (step->status != ST_OK)
        return step->status;
    edited->probability = wave->probability;
    edited->target_reached = wave->target_reached;
    edited->replan_due_ms = wave->next_due_ms;
    if (callout->state == CALLOUT_FILLED) /* nobody is asked, and nothing else changes */
        return step->status;
    edited->target_holds = wave->target_holds;
    edited->price = wave->price;
    set_reserves(step, need, wave);
    struct loop_wave none = *wave; /* nobody is asked for a seat that is not there */
    none.count = none.rest = 0;
    if (seats_taken(step, need, true))
        wave = &none;
    edited->unsent = (int32_t)wave->rest;
    uint32_t invited = count_invited(step, callout, wave);
    if (invited + wave->rest > 0) {
        edited->waves++;
        edited->version++;
        tell_callout(step, EVENT_WAVE_SENT, callout,
                     wave->target_reached ? "reached" : NULL, invited + wave->rest);
    }
    (void)invite_all(step, callout, wave);
    uint32_t asked = ask_limited(step, callout, wave);
    if (asked > 0 && invited + wave->rest == 0)
        edited->version++;
    if (invited < wave->count)
        want_replan(step, callout);
    if (need->state == NEED_OPEN && need->escalated_ms == 0 && !wave->target_reached &&
        wave->count + wave->rest == 0)
        tell_late(step, need, callout);
    return step->status;
}

int wave_go_on(struct step *step, struct callout *callout, const struct loop_wave *wave)
{
    if (wave->count > (uint32_t)callout->unsent)
        return refuse(step, ST_INVALID, "wave", "more people than were said to come");
    if (wave->count == 0) {
        wave_cut(step, callout, step->input->code == NULL ? "lost" : step->input->code);
        want_replan(step, callout);
        return step->status;
    }
    edit_callout(step, callout)->unsent -= (int32_t)wave->count;
    if (invite_all(step, callout, wave) < wave->count)
        want_replan(step, callout);
    return step->status;
}

void wave_cut(struct step *step, struct callout *callout, const char *why)
{
    if (step->status != ST_OK || callout->unsent == 0)
        return;
    tell_callout(step, EVENT_WAVE_CUT, callout, why, callout->unsent);
    edit_callout(step, callout)->unsent = 0;
}
