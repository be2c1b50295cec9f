/* SPDX-License-Identifier: Apache-2.0 */
/* Telling people that they are not, or no longer, needed. Told by message: who accepted,
 * was limited, late, or had read it; the others find it on their page, and what is still
 * queued for them is withdrawn: a stand-down must not wake a sleeper. Who called for help
 * is not told to rest by the way, only by a dispatcher (decision 0072). */
#include "loop/step.h"

void stand_down_alert(struct step *step, struct alert *alert, enum stand_down_scope scope)
{
    if (alert->state != ALERT_PENDING && alert->state != ALERT_LIMITED &&
        alert->state != ALERT_LATE)
        return;
    const bool knows = alert->state == ALERT_LATE && scope == STAND_DOWN_FILLED;
    if (!knows && (alert->state != ALERT_PENDING || alert->seen_ms != 0))
        send_message(step, alert, MESSAGE_KIND_STAND_DOWN);
    set_alert_state(step, alert, ALERT_STOOD_DOWN, LOOP_ITSELF);
    edit_alert(step, alert)->due_ms = 0;
    tell_alert(step, EVENT_ALERT_STOOD_DOWN, alert, NULL, 0);
    step->sweep = true;
}

void stand_down_assignment(struct step *step, struct assignment *assignment,
                           enum message_kind kind, const char *code)
{
    const struct alert *alert = loop_find_alert(step->incident, assignment->alert_id);
    switch (assignment->state) {
    case ASSIGNMENT_ASSIGNED:
    case ASSIGNMENT_EN_ROUTE:
        set_assignment_state(step, assignment, ASSIGNMENT_STOOD_DOWN, LOOP_ITSELF);
        /* Who had left is to say that the way back is begun. */
        edit_assignment(step, assignment)->due_ms =
            assignment->en_route_ms != 0
                ? step->now_ms + step->world->config->overdue_extra_ms
                : 0;
        tell_assignment(step, EVENT_ASSIGNMENT_STOOD_DOWN, assignment, code,
                        assignment->en_route_ms != 0);
        send_message(step, alert, kind);
        seat_emptied(step, assignment);
        return;
    case ASSIGNMENT_ON_SCENE:
    case ASSIGNMENT_WORKING:
        edit_assignment(step, assignment)->stood_down_while_there = true;
        release_assignment(step, assignment, LOOP_ITSELF);
        tell_assignment(step, EVENT_ASSIGNMENT_RELEASED, assignment, code,
                        assignment->minutes_worked);
        send_message(step, alert,
                     kind == MESSAGE_KIND_STAND_DOWN ? MESSAGE_KIND_RELEASE : kind);
        return;
    default:
        return;
    }
}

void stand_down_callout(struct step *step, struct callout *callout,
                        enum stand_down_scope scope)
{
    struct loop_incident *incident = step->incident;
    for (uint32_t i = 0; i < incident->alert_count; i++)
        if (incident->alerts[i].callout_id == callout->id)
            stand_down_alert(step, &incident->alerts[i], scope);
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        struct assignment *assignment = &incident->assignments[i];
        if (scope != STAND_DOWN_ALL || assignment->need_id != callout->need_id)
            continue;
        const struct alert *alert = loop_find_alert(incident, assignment->alert_id);
        if (alert->callout_id == callout->id)
            stand_down_assignment(step, assignment, MESSAGE_KIND_STAND_DOWN,
                                  "stand_down");
    }
    wave_cut(step, callout, "stand_down");
    struct callout *edited = edit_callout(step, callout);
    edited->stand_down_ms = step->now_ms;
    edited->replan_due_ms = 0;
    edited->version++;
    touch_need(step, callout->need_id);
}

void release_reserves(struct step *step, const struct need *need)
{
    struct loop_incident *incident = step->incident;
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        struct assignment *assignment = &incident->assignments[i];
        if (assignment->need_id == need->id && loop_is_coming(assignment) &&
            assignment->sos_ms == 0)
            stand_down_assignment(step, assignment, MESSAGE_KIND_STAND_DOWN, "reserve");
    }
}

void end_callout_if_done(struct step *step, struct callout *callout)
{
    struct loop_incident *incident = step->incident;
    if (callout->state != CALLOUT_FILLED && callout->state != CALLOUT_STANDING_DOWN)
        return;
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        const struct assignment *assignment = &incident->assignments[i];
        if (assignment->need_id != callout->need_id || loop_is_accounted_for(assignment))
            continue;
        if (loop_find_alert(incident, assignment->alert_id)->callout_id == callout->id)
            return;
    }
    if (callout->state == CALLOUT_FILLED) {
        set_callout_state(step, callout, CALLOUT_STANDING_DOWN, LOOP_ITSELF);
        tell_callout(step, EVENT_CALLOUT_STANDING_DOWN, callout, "all_accounted_for", 0);
    }
    set_callout_state(step, callout, CALLOUT_ENDED, LOOP_ITSELF);
    struct callout *edited = edit_callout(step, callout);
    edited->ended_ms = step->now_ms;
    edited->replan_due_ms = 0;
    tell_callout(step, EVENT_CALLOUT_ENDED, callout, NULL, 0);
}
