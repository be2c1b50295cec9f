/* SPDX-License-Identifier: Apache-2.0 */
/* Call-outs: started for an open need, sent in waves, stood down, resumed. */
#include "loop/step.h"

static int start(struct step *step)
{
    const struct loop_input *input = step->input;
    struct loop_incident *incident = step->incident;
    struct need *need = loop_find_need(incident, input->id);
    if (need == NULL)
        return refuse(step, ST_NOT_FOUND, "need", "no such need");
    int status = check_table(step, MACHINE_NEED, need->state);
    if (status != ST_OK)
        return status;
    if (loop_callout_of(incident, need->id) != NULL)
        return refuse(step, ST_CONFLICT, "callout",
                      "a call-out of this need is running already");
    if (input->lift != 0 && (input->reason == NULL || incident->exercise))
        return refuse(step, ST_UNPROCESSABLE, "lift",
                      incident->exercise ? "nothing is lifted for an exercise"
                                         : "needs a reason");
    status = check_restated(step, need);
    if (status == ST_OK && input->wave != NULL)
        status = wave_check(step, need, input->wave);
    if (status != ST_OK)
        return status;
    restate(step, need);
    struct callout *callout = add_callout(step);
    callout->need_id = need->id;
    callout->state = CALLOUT_ACTIVE;
    callout->started_ms = step->now_ms;
    callout->version = 1;
    callout->lift = input->lift;
    callout->replan_due_ms = step->now_ms;
    tell_callout(step, EVENT_CALLOUT_STARTED, callout, input->code, input->lift);
    if (incident->state == INCIDENT_CONFIRMED) {
        set_incident_state(step, INCIDENT_ACTIVE);
        tell(step, EVENT_INCIDENT_ACTIVE, &(struct loop_event){.number = 0});
    }
    touch_need(step, need->id);
    int64_t id = callout->id;
    if (input->wave != NULL)
        status = wave_send(step, need, callout, input->wave);
    step->effects->id = id;
    return status;
}

static int resume(struct step *step, struct callout *callout)
{
    struct need *need = loop_find_need(step->incident, callout->need_id);
    if (need->state == NEED_CANCELLED)
        return refuse(step, ST_UNPROCESSABLE, "need", "is cancelled");
    if (need->state == NEED_MET)
        return refuse(step, ST_UNPROCESSABLE, "need", "is met; re-open it first");
    set_callout_state(step, callout, CALLOUT_ACTIVE, LOOP_CALLOUT_RESUME);
    struct callout *edited = edit_callout(step, callout);
    edited->stand_down_ms = 0;
    edited->target_holds = false;
    tell_callout(step, EVENT_CALLOUT_ACTIVE, callout, "resumed", 0);
    want_replan(step, callout);
    touch_need(step, need->id);
    return step->status;
}

/* Who is called overdue, and when, moves with the way, which took BEFORE_MS. Who is under
 * way counts as if they left now, but is never due sooner than before: nobody knows which
 * way they took. */
static void move_due(struct step *step, struct assignment *assignment,
                     const struct alert *alert, uint32_t before_ms)
{
    const bool has_left = assignment->state == ASSIGNMENT_EN_ROUTE;
    const struct need *need = loop_find_need(step->incident, assignment->need_id);
    const int64_t later = 2 * ((int64_t)alert->travel_ms - before_ms);
    if (assignment->due_ms == 0 || assignment->overdue_stage != 0 ||
        alert->travel_ms == LOOP_NO_WAY_MS)
        return;
    if (!has_left && need->deadline_ms - assignment->assigned_ms > LOOP_PLANNED_AHEAD_MS)
        return; /* due at the deadline, whatever the way */
    struct assignment *edited = edit_assignment(step, assignment);
    const bool is_anew = has_left || before_ms == LOOP_NO_WAY_MS;
    const int64_t due_ms =
        is_anew ? overdue_at(step, assignment) : edited->due_ms + later;
    const int64_t soonest_ms =
        has_left && before_ms != LOOP_NO_WAY_MS ? edited->due_ms : step->now_ms;
    edited->due_ms = due_ms < soonest_ms ? soonest_ms : due_ms;
}

/* Everybody counts with the way that is open now, and who said yes is told when it has
 * become longer, is closed, or is open again (decision 0076). True if somebody who said
 * yes comes later than was planned, or after all. */
static bool retime(struct step *step, struct alert *alert, uint32_t travel_ms)
{
    struct assignment *assignment = loop_assignment_of(step->incident, alert->id);
    const bool comes = alert->state == ALERT_ACCEPTED && assignment != NULL &&
                       loop_is_coming(assignment);
    const uint32_t before_ms = alert->travel_ms;
    if ((!loop_alert_is_open(alert) && !comes) || before_ms == travel_ms)
        return false;
    const bool none = travel_ms == LOOP_NO_WAY_MS, was_none = before_ms == LOOP_NO_WAY_MS;
    const bool is_longer = none || (!was_none && travel_ms >= before_ms + LOOP_DETOUR_MS);
    edit_alert(step, alert)->travel_ms = travel_ms;
    tell_alert(step, EVENT_ALERT_RETIMED, alert, none ? "no_way" : NULL,
               travel_ms / 1000);
    if (!comes)
        return false;
    if (assignment->state == ASSIGNMENT_EN_ROUTE)
        edit_assignment(step, assignment)->way_from_ms = step->now_ms;
    if (is_longer || was_none)
        send_message(step, alert, MESSAGE_KIND_DETOUR);
    move_due(step, assignment, alert, before_ms);
    return is_longer || was_none;
}

/* The seats are taken, but by people who may come too late now, or who can come again:
 * whether they are enough is planned anew (decision 0084). */
static void doubt(struct step *step, struct callout *callout)
{
    struct need *need = loop_find_need(step->incident, callout->need_id);
    if (need->state != NEED_FILLED || callout->state != CALLOUT_FILLED ||
        step->now_ms >= need->deadline_ms || step->status != ST_OK)
        return;
    edit_callout(step, callout)->target_holds = false;
    edit_need(step, need)->escalated_ms = 0; /* if it is not enough, that is news */
    reopen_need(step, need, callout, "detour");
}

static int retime_all(struct step *step, struct callout *callout)
{
    const struct loop_input *input = step->input;
    bool is_other = false;
    for (uint32_t i = 0; i < input->retimed_count; i++) {
        const struct loop_retimed *retimed = &input->retimed[i];
        struct alert *alert = loop_find_alert(step->incident, retimed->alert_id);
        if (alert != NULL && alert->callout_id == callout->id)
            is_other |= retime(step, alert, retimed->travel_ms);
    }
    if (is_other)
        doubt(step, callout);
    want_replan(step, callout);
    return step->status;
}

static bool asks_somebody(const struct loop_wave *wave)
{
    return wave->count + wave->rest + wave->ask_limited_count > 0;
}

int callout_step(struct step *step)
{
    const struct loop_input *input = step->input;
    if (input->kind == LOOP_CALLOUT_START)
        return start(step);
    struct callout *callout = loop_find_callout(step->incident, input->id);
    if (callout == NULL)
        return refuse(step, ST_NOT_FOUND, "callout", "no such call-out");
    step->effects->id = callout->id;
    const bool goes_on = input->wave != NULL && input->wave->goes_on;
    if (input->kind == LOOP_WAVE && input->wave != NULL && !goes_on &&
        input->wave->version != callout->version)
        return refuse(step, ST_STALE, "callout", "the call-out is at version %d, not %d",
                      callout->version, input->wave->version);
    if (input->kind == LOOP_WAVE && goes_on != (callout->unsent > 0))
        return refuse(step, ST_STALE, "callout", "its wave is still being sent, or is");
    int status = check_table(step, MACHINE_CALLOUT, callout->state);
    if (status != ST_OK)
        return status;
    if (input->kind == LOOP_CALLOUT_RESUME)
        return resume(step, callout);
    if (input->kind == LOOP_CALLOUT_STAND_DOWN) {
        set_callout_state(step, callout, CALLOUT_STANDING_DOWN, LOOP_CALLOUT_STAND_DOWN);
        tell_callout(step, EVENT_CALLOUT_STANDING_DOWN, callout, input->code, 0);
        stand_down_callout(step, callout, STAND_DOWN_UNANSWERED);
        return step->status;
    }
    if (input->kind == LOOP_RETIME)
        return retime_all(step, callout);
    struct need *need = loop_find_need(step->incident, callout->need_id);
    if (input->wave == NULL)
        return refuse(step, ST_INVALID, "wave", "is missing");
    status = wave_check(step, need, input->wave);
    if (status != ST_OK)
        return status;
    if (callout->state == CALLOUT_FILLED && asks_somebody(input->wave))
        return refuse_by_table(step, MACHINE_CALLOUT, callout->state);
    return goes_on ? wave_go_on(step, callout, input->wave)
                   : wave_send(step, need, callout, input->wave);
}
