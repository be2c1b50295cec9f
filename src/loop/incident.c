/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents: from the report to the close. Leaving `active` for good lets everybody go.
 */
#include "loop/step.h"

static void tell_incident(struct step *step, enum event_kind kind, int64_t number)
{
    tell(step, kind, &(struct loop_event){.code = step->input->code, .number = number});
}

static int report(struct step *step)
{
    struct loop_incident *incident = edit_incident(step);
    if (incident->reported_ms != 0)
        return check_table(step, MACHINE_INCIDENT, incident->state);
    incident->state = INCIDENT_REPORTED;
    incident->reported_ms = step->now_ms;
    tell(step, EVENT_INCIDENT_REPORTED,
         &(struct loop_event){.code = incident->exercise ? "exercise" : step->input->code,
                              .number = incident->grade});
    call_desks(step, MESSAGE_KIND_DESK_REPORTED, incident->id);
    return step->status;
}

/* Nobody is needed any more: alerts, assignments and call-outs of the whole incident. */
static void stand_everybody_down(struct step *step)
{
    struct loop_incident *incident = step->incident;
    for (uint32_t i = 0; i < incident->callout_count; i++) {
        struct callout *callout = &incident->callouts[i];
        if (callout->state == CALLOUT_ENDED)
            continue;
        if (callout->state != CALLOUT_STANDING_DOWN) {
            set_callout_state(step, callout, CALLOUT_STANDING_DOWN, LOOP_ITSELF);
            tell_callout(step, EVENT_CALLOUT_STANDING_DOWN, callout, "incident", 0);
        }
        stand_down_callout(step, callout, STAND_DOWN_ALL);
    }
    for (uint32_t i = 0; i < incident->alert_count; i++)
        stand_down_alert(step, &incident->alerts[i], STAND_DOWN_ALL);
}

static void cancel_needs(struct step *step, bool with_filled, const char *code)
{
    struct loop_incident *incident = step->incident;
    for (uint32_t i = 0; i < incident->need_count; i++) {
        struct need *need = &incident->needs[i];
        if (need->due_ms != 0) /* one that stays short goes up no more */
            edit_need(step, need)->due_ms = 0;
        if (need->state != NEED_OPEN &&
            (!with_filled || (need->state != NEED_FILLED && need->state != NEED_SHORT)))
            continue;
        set_need_state(step, need, NEED_CANCELLED, LOOP_ITSELF);
        loop_note_missed(edit_need(step, need), step->now_ms);
        tell_need(step, EVENT_NEED_CANCELLED, need, code, 0);
    }
}

static int stand_down(struct step *step)
{
    set_incident_state(step, INCIDENT_STANDING_DOWN);
    tell_incident(step, EVENT_INCIDENT_STANDING_DOWN, 0);
    cancel_needs(step, false, "stand_down");
    stand_everybody_down(step);
    return step->status;
}

static int cancel(struct step *step)
{
    set_incident_state(step, INCIDENT_CANCELLED);
    tell_incident(step, EVENT_INCIDENT_CANCELLED, 0);
    cancel_needs(step, true, "incident_cancelled");
    stand_everybody_down(step);
    return step->status;
}

/* People under way and outcomes stay with the incident that called them, so they must be
 * done first; needs that were open are stated again in the other one by the writer, which
 * knows them by their event (need.cancelled, code "merged"). */
static int merge(struct step *step)
{
    uint32_t people;
    uint32_t outcomes;
    loop_count_unaccounted(step->incident, &people, &outcomes);
    if (step->input->number <= 0 || step->input->number == step->incident->id)
        return refuse(step, ST_UNPROCESSABLE, "into", "must be another incident");
    if (people + outcomes > 0)
        return refuse(step, ST_UNPROCESSABLE, "incident",
                      "people are under way here, or reports to be checked, and stay "
                      "where they are: merge the other incident into this one");
    set_incident_state(step, INCIDENT_MERGED);
    edit_incident(step)->merged_into = step->input->number;
    tell_incident(step, EVENT_INCIDENT_MERGED, step->input->number);
    cancel_needs(step, true, "merged");
    stand_everybody_down(step);
    return step->status;
}

static int close_incident(struct step *step)
{
    uint32_t people;
    uint32_t outcomes;
    loop_count_unaccounted(step->incident, &people, &outcomes);
    if (people + outcomes > 0)
        return refuse(step, ST_UNPROCESSABLE, "incident",
                      "cannot close: %u people are unaccounted for, %u outcomes are "
                      "unverified",
                      people, outcomes);
    set_incident_state(step, INCIDENT_CLOSED);
    edit_incident(step)->closed_ms = step->now_ms;
    tell_incident(step, EVENT_INCIDENT_CLOSED, 0);
    cancel_needs(step, false, "closed"); /* re-opened after the stand-down */
    return step->status;
}

static int reopen(struct step *step)
{
    if (step->input->reason == NULL)
        return refuse(step, ST_UNPROCESSABLE, "reason", "re-opening needs one");
    set_incident_state(step, INCIDENT_ACTIVE);
    edit_incident(step)->closed_ms = 0;
    tell_incident(step, EVENT_INCIDENT_REOPENED, 0);
    for (uint32_t i = 0; i < step->incident->need_count; i++)
        touch_need(step, step->incident->needs[i].id);
    return step->status;
}

static int move(struct step *step)
{
    struct loop_incident *incident = edit_incident(step);
    incident->at = step->input->at;
    incident->area_id = step->input->number;
    tell_incident(step, EVENT_INCIDENT_MOVED, incident->area_id);
    return step->status;
}

static int roll_call(struct step *step)
{
    struct loop_incident *incident = edit_incident(step);
    incident->roll_call_ms = step->now_ms;
    uint32_t event = step->effects->event_count;
    tell_incident(step, EVENT_INCIDENT_ROLL_CALL, 0);
    int64_t asked = 0;
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        struct assignment *assignment = &incident->assignments[i];
        if (assignment->state != ASSIGNMENT_ON_SCENE &&
            assignment->state != ASSIGNMENT_WORKING)
            continue;
        edit_assignment(step, assignment)->due_ms =
            step->now_ms + step->world->config->lost_after_call_ms;
        send_message(step, loop_find_alert(incident, assignment->alert_id),
                     MESSAGE_KIND_ROLL_CALL);
        asked++;
    }
    if (step->status == ST_OK)
        step->effects->events[event].number = asked;
    return step->status;
}

int incident_step(struct step *step)
{
    step->effects->id = step->incident->id;
    switch (step->input->kind) {
    case LOOP_REPORT:
        return report(step);
    case LOOP_CONFIRM:
        set_incident_state(step, INCIDENT_CONFIRMED);
        tell_incident(step, EVENT_INCIDENT_CONFIRMED, 0);
        return step->status;
    case LOOP_STAND_DOWN:
        return stand_down(step);
    case LOOP_REVIEW:
        set_incident_state(step, INCIDENT_REVIEW);
        tell_incident(step, EVENT_INCIDENT_REVIEW, 0);
        return step->status;
    case LOOP_CLOSE:
        return close_incident(step);
    case LOOP_CANCEL:
        return cancel(step);
    case LOOP_REOPEN:
        return reopen(step);
    case LOOP_MERGE:
        return merge(step);
    case LOOP_MOVE:
        return move(step);
    case LOOP_TAKE_OVER: /* whoever gives it has the incident in hand from now on */
        tell_incident(step, EVENT_INCIDENT_TAKEN_OVER, 0);
        return step->status;
    default:
        return roll_call(step);
    }
}
