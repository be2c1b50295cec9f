/* SPDX-License-Identifier: Apache-2.0 */
/* A wave: the people the planner chose, alerted at one moment. The plan is as old as its
 * snapshot, so people who became committed since are left out and re-planned. */
#include "base/id_set.h"
#include "base/ids.h"
#include "base/mem.h"
#include "loop/step.h"

#include <stdlib.h>
#include <string.h>

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

/* Who of the wave is not to be alerted again: ids sorted. `alerted` have had their alert
 * in this call-out (but for a stand-down), `busy` are pending or active in this incident.
 */
struct known {
    int64_t *alerted, *busy;
    uint32_t alerted_count, alerted_capacity, busy_count, busy_capacity;
};

static int push(int64_t **ids, uint32_t *count, uint32_t *capacity, int64_t id)
{
    int status = mem_grow(ids, capacity, *count + 1, sizeof **ids, UINT32_MAX / 16);
    if (status == ST_OK)
        (*ids)[(*count)++] = id;
    return status;
}

static int push_alert(struct known *known, const struct alert *alert, int64_t callout_id)
{
    int status = ST_OK;
    if (alert->callout_id == callout_id && alert->state != ALERT_STOOD_DOWN)
        status = push(&known->alerted, &known->alerted_count, &known->alerted_capacity,
                      alert->person_id);
    if (status == ST_OK && alert->state == ALERT_PENDING)
        status = push(&known->busy, &known->busy_count, &known->busy_capacity,
                      alert->person_id);
    return status;
}

/* Also after a failure: known_release. */
static int collect_known(const struct step *step, int64_t callout_id,
                         const struct loop_wave *wave, struct known *ret)
{
    const struct loop_incident *incident = step->incident;
    struct id_set people; /* of the wave */
    int status = id_set_init(&people, wave->count);
    for (uint32_t i = 0; i < wave->count && status == ST_OK; i++)
        (void)id_set_put(&people, wave->invitations[i].person_id);
    for (uint32_t i = 0; i < incident->alert_count && status == ST_OK; i++)
        if (id_set_has(&people, incident->alerts[i].person_id))
            status = push_alert(ret, &incident->alerts[i], callout_id);
    for (uint32_t i = 0; i < incident->assignment_count && status == ST_OK; i++)
        if (loop_assignment_is_active(&incident->assignments[i]) &&
            id_set_has(&people, incident->assignments[i].person_id))
            status = push(&ret->busy, &ret->busy_count, &ret->busy_capacity,
                          incident->assignments[i].person_id);
    id_set_release(&people);
    if (ret->alerted_count > 1)
        ids_sort(ret->alerted, ret->alerted_count);
    if (ret->busy_count > 1)
        ids_sort(ret->busy, ret->busy_count);
    return status;
}

static void known_release(struct known *known)
{
    mem_free(known->alerted);
    mem_free(known->busy);
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
                               const struct known *known,
                               const struct loop_invitation *invitation)
{
    const struct loop_world *world = step->world;
    if (ids_contain(known->alerted, known->alerted_count, invitation->person_id))
        return "already_alerted";
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    if (ladder_of(step, invitation->channels, ladder) == 0)
        return "unreachable";
    if (invitation->forced)
        return NULL;
    if (ids_contain(known->busy, known->busy_count, invitation->person_id) ||
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
    memcpy(alert->token_hash, invitation->token_hash, sizeof alert->token_hash);
    memcpy(alert->reply_code, invitation->reply_code, sizeof alert->reply_code);
    if (step->status != ST_OK)
        return;
    (void)send_next_rung(step, alert); /* it has one: why_skipped() looked */
    edit_alert(step, alert)->due_ms = alert_due(step, alert);
    tell_alert(step, EVENT_ALERT_SENT, alert, NULL, callout->waves);
    if (!step->incident->exercise)
        push_elsewhere(step, alert->person_id, true);
}

static uint32_t count_invited(const struct step *step, const struct callout *callout,
                              const struct loop_wave *wave, const struct known *known)
{
    uint32_t invited = 0;
    for (uint32_t i = 0; i < wave->count; i++)
        if (why_skipped(step, callout, known, &wave->invitations[i]) == NULL)
            invited++;
    return invited;
}

/* Returns how many were. Who is left out of a part that goes on was counted already. */
static uint32_t invite_all(struct step *step, const struct callout *callout,
                           const struct loop_wave *wave, const struct known *known)
{
    uint32_t invited = 0;
    for (uint32_t i = 0; i < wave->count && step->status == ST_OK; i++) {
        const struct loop_invitation *invitation = &wave->invitations[i];
        const char *why = why_skipped(step, callout, known, invitation);
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

static int send_known(struct step *step, struct need *need, struct callout *callout,
                      const struct loop_wave *wave, const struct known *known)
{
    struct callout *edited = edit_callout(step, callout);
    if (step->status != ST_OK)
        return step->status;
    edited->probability = wave->probability;
    edited->target_reached = wave->target_reached;
    edited->target_holds = wave->target_holds;
    edited->price = wave->price;
    edited->replan_due_ms = wave->next_due_ms;
    edited->unsent = (int32_t)wave->rest;
    set_reserves(step, need, wave);
    uint32_t invited = count_invited(step, callout, wave, known);
    if (invited + wave->rest > 0) {
        edited->waves++;
        edited->version++;
        tell_callout(step, EVENT_WAVE_SENT, callout,
                     wave->target_reached ? "reached" : NULL, invited + wave->rest);
    }
    (void)invite_all(step, callout, wave, known);
    uint32_t asked = ask_limited(step, callout, wave);
    if (asked > 0 && invited + wave->rest == 0)
        edited->version++;
    if (invited < wave->count)
        want_replan(step, callout);
    return step->status;
}

int wave_send(struct step *step, struct need *need, struct callout *callout,
              const struct loop_wave *wave)
{
    struct known known = {0};
    int status = step->status;
    if (status == ST_OK && wave->count > 0)
        status = collect_known(step, callout->id, wave, &known);
    if (status == ST_OK)
        status = send_known(step, need, callout, wave, &known);
    known_release(&known);
    return status;
}

int wave_go_on(struct step *step, struct callout *callout, const struct loop_wave *wave)
{
    struct known known = {0};
    if (wave->count > (uint32_t)callout->unsent)
        return refuse(step, ST_INVALID, "wave", "more people than were said to come");
    if (wave->count == 0) {
        wave_cut(step, callout, step->input->code == NULL ? "lost" : step->input->code);
        want_replan(step, callout);
        return step->status;
    }
    int status = collect_known(step, callout->id, wave, &known);
    if (status == ST_OK) {
        edit_callout(step, callout)->unsent -= (int32_t)wave->count;
        if (invite_all(step, callout, wave, &known) < wave->count)
            want_replan(step, callout);
        status = step->status;
    }
    known_release(&known);
    return status;
}

void wave_cut(struct step *step, struct callout *callout, const char *why)
{
    if (step->status != ST_OK || callout->unsent == 0)
        return;
    tell_callout(step, EVENT_WAVE_CUT, callout, why, callout->unsent);
    edit_callout(step, callout)->unsent = 0;
}
