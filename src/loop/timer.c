/* SPDX-License-Identifier: Apache-2.0 */
/* Timers: each row that waits for something has one time, due_ms. A tick does everything
 * that is due; how late the tick comes changes nothing but the time. */
#include "base/time.h"
#include "loop/step.h"

void loop_config_default(struct loop_config *config)
{
    *config = (struct loop_config){
        .no_answer_ms = 5 * TIME_MINUTE_MS,
        .unread_ms = TIME_MINUTE_MS,
        .voice_ms = 3 * TIME_MINUTE_MS,
        .escalate_ms = 15 * TIME_MINUTE_MS,
        .overdue_extra_ms = 5 * TIME_MINUTE_MS,
        .lost_after_call_ms = 5 * TIME_MINUTE_MS,
        .report_remind_ms = TIME_DAY_MS,
        .desk_next_ms = 3 * TIME_MINUTE_MS,
        .ladder = {CHANNEL_FILE, CHANNEL_WEBHOOK, CHANNEL_EMAIL, CHANNEL_VOICE},
        .ladder_count = 4,
    };
}

static int64_t sooner(int64_t least, int64_t due)
{
    return due != 0 && due < least ? due : least;
}

static int64_t sooner_of_need(int64_t least, const struct need *need)
{
    least = sooner(least, need->due_ms);
    return need->state == NEED_OPEN ? sooner(least, need->deadline_ms) : least;
}

int64_t loop_change_due_ms(const struct loop_incident *incident,
                           const struct loop_change *change)
{
    if (change->row == LOOP_ROW_NEED)
        return sooner_of_need(INT64_MAX, &incident->needs[change->index]);
    if (change->row == LOOP_ROW_ALERT)
        return sooner(INT64_MAX, incident->alerts[change->index].due_ms);
    if (change->row == LOOP_ROW_ASSIGNMENT)
        return sooner(INT64_MAX, incident->assignments[change->index].due_ms);
    return INT64_MAX;
}

int64_t loop_next_due_ms(const struct loop_incident *incident)
{
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < incident->need_count; i++)
        least = sooner_of_need(least, &incident->needs[i]);
    for (uint32_t i = 0; i < incident->alert_count; i++)
        least = sooner(least, incident->alerts[i].due_ms);
    for (uint32_t i = 0; i < incident->assignment_count; i++)
        least = sooner(least, incident->assignments[i].due_ms);
    return least;
}

static void tick_need(struct step *step, struct need *need)
{
    if (need->state == NEED_OPEN && need->deadline_ms != 0 &&
        need->deadline_ms <= step->now_ms) {
        set_need_state(step, need, NEED_SHORT, LOOP_ITSELF);
        tell_need(step, EVENT_NEED_SHORT, need, NULL, 0);
        return;
    }
    if (need->due_ms == 0 || need->due_ms > step->now_ms)
        return;
    escalate(step, need, "not_filled", 0);
}

static void tick_alert(struct step *step, struct alert *alert)
{
    int64_t last = alert->timer_ms + step->world->config->no_answer_ms;
    if (step->now_ms >= last) {
        no_answer(step, alert);
        return;
    }
    while (step->status == ST_OK && alert->due_ms <= step->now_ms &&
           send_next_rung(step, alert))
        edit_alert(step, alert)->due_ms = alert_due(step, alert);
    edit_alert(step, alert)->due_ms = alert_due(step, alert);
}

static void tick_assignment(struct step *step, struct assignment *assignment)
{
    const struct alert *alert = loop_find_alert(step->incident, assignment->alert_id);
    struct assignment *edited = edit_assignment(step, assignment);
    edited->due_ms = 0;
    switch (edited->state) {
    case ASSIGNMENT_ASSIGNED:
    case ASSIGNMENT_EN_ROUTE:
        if (edited->overdue_stage > 0) {
            lose_contact(step, assignment, LOOP_ITSELF, "overdue");
            return;
        }
        edited->overdue_stage = 1;
        edited->due_ms = step->now_ms + step->world->config->lost_after_call_ms;
        tell_assignment(step, EVENT_ASSIGNMENT_OVERDUE, assignment, NULL, 0);
        send_voice(step, alert, MESSAGE_KIND_OVERDUE);
        return;
    case ASSIGNMENT_ON_SCENE:
    case ASSIGNMENT_WORKING:
        tell_assignment(step, EVENT_ASSIGNMENT_NOT_HEARD, assignment, "roll_call", 0);
        return;
    case ASSIGNMENT_STOOD_DOWN:
        tell_assignment(step, EVENT_ASSIGNMENT_NOT_HEARD, assignment, "turned_back", 0);
        send_message(step, alert, MESSAGE_KIND_OVERDUE);
        return;
    case ASSIGNMENT_RELEASED:
    case ASSIGNMENT_DISPUTED:
        tell_assignment(step, EVENT_ASSIGNMENT_REPORT_DUE, assignment, NULL, 0);
        send_message(step, alert, MESSAGE_KIND_REPORT);
        return;
    default:
        return;
    }
}

int timer_tick(struct step *step)
{
    struct loop_incident *incident = step->incident;
    step->effects->id = incident->id;
    for (uint32_t i = 0; i < incident->need_count; i++)
        tick_need(step, &incident->needs[i]);
    for (uint32_t i = 0; i < incident->alert_count; i++) {
        struct alert *alert = &incident->alerts[i];
        if (alert->state == ALERT_PENDING && alert->due_ms <= step->now_ms)
            tick_alert(step, alert);
    }
    uint32_t count = incident->assignment_count;
    for (uint32_t i = 0; i < count; i++) {
        struct assignment *assignment = &incident->assignments[i];
        if (assignment->due_ms != 0 && assignment->due_ms <= step->now_ms)
            tick_assignment(step, assignment);
    }
    return step->status;
}

/* After a jump of the clock or a pause of the server every timer waits as long as it
 * still had to. Deadlines are facts of the world and stay. */
int timer_rebase(struct step *step)
{
    struct loop_incident *incident = step->incident;
    int64_t shift = step->input->number;
    step->effects->id = incident->id;
    for (uint32_t i = 0; i < incident->need_count; i++)
        if (incident->needs[i].due_ms != 0)
            edit_need(step, &incident->needs[i])->due_ms += shift;
    for (uint32_t i = 0; i < incident->callout_count; i++)
        if (incident->callouts[i].replan_due_ms != 0)
            edit_callout(step, &incident->callouts[i])->replan_due_ms += shift;
    for (uint32_t i = 0; i < incident->alert_count; i++) {
        if (incident->alerts[i].state != ALERT_PENDING)
            continue;
        struct alert *alert = edit_alert(step, &incident->alerts[i]);
        alert->timer_ms += shift;
        alert->due_ms = alert_due(step, alert);
    }
    for (uint32_t i = 0; i < incident->assignment_count; i++)
        if (incident->assignments[i].due_ms != 0)
            edit_assignment(step, &incident->assignments[i])->due_ms += shift;
    for (uint32_t i = 0; i < incident->message_count; i++)
        if (incident->messages[i].state == MESSAGE_QUEUED)
            edit_message(step, &incident->messages[i])->due_ms += shift;
    if (step->effects->change_count > 0)
        tell(step, EVENT_INCIDENT_REBASED, &(struct loop_event){.number = shift});
    return step->status;
}
