/* SPDX-License-Identifier: Apache-2.0 */
/* Needs: stated, cancelled, opened again, escalated; what those who come are told. */
#include "loop/step.h"

static int check_figures(struct step *step, const struct need *need)
{
    if (need->reserve < LOOP_RESERVE_AUTO || need->reserve > LOOP_COUNT_MAX)
        return refuse(step, ST_UNPROCESSABLE, "reserve", "must be auto or 0 to %d",
                      LOOP_COUNT_MAX);
    if (!(need->target > 0) || !(need->target < 1))
        return refuse(step, ST_UNPROCESSABLE, "target", "must lie between 0 and 1");
    return ST_OK;
}

static int check_lines(struct step *step, const struct need *need)
{
    if (need->line_count < 1 || need->line_count > LOOP_LINES_MAX)
        return refuse(step, ST_UNPROCESSABLE, "lines", "must be 1 to %d", LOOP_LINES_MAX);
    for (int32_t i = 0; i < need->line_count; i++)
        if (need->lines[i].count < 1 || need->lines[i].count > LOOP_COUNT_MAX)
            return refuse(step, ST_UNPROCESSABLE, "count", "must be 1 to %d",
                          LOOP_COUNT_MAX);
    return check_figures(step, need);
}

static void tell_deadline(struct step *step, const struct need *need)
{
    if (need->deadline_ms != 0)
        tell_need(step, EVENT_NEED_DEADLINE, need, NULL, need->deadline_ms);
}

/* NUMBER: how many people are sent a message. */
static void tell_notes(struct step *step, const struct need *need, int64_t number)
{
    tell(step, EVENT_NEED_NOTES,
         &(struct loop_event){
             .need_id = need->id, .number = number, .notes = step->input->notes});
}

static int state_need(struct step *step)
{
    const struct need *stated = step->input->need;
    struct loop_incident *incident = step->incident;
    if (stated == NULL)
        return refuse(step, ST_INVALID, "need", "is missing");
    int status = check_lines(step, stated);
    if (status != ST_OK)
        return status;
    if (incident->need_count == LOOP_NEEDS_MAX)
        return refuse(step, ST_LIMIT, "need", "an incident has at most %d needs",
                      LOOP_NEEDS_MAX);
    if (stated->id <= 0 || (incident->need_count > 0 &&
                            stated->id <= incident->needs[incident->need_count - 1].id))
        return refuse(step, ST_INVALID, "id", "ids only grow");
    if (stated->deadline_ms != 0 && stated->deadline_ms <= step->now_ms)
        return refuse(step, ST_UNPROCESSABLE, "by", "has passed already");
    struct need *need = add_need(step, stated->id);
    *need = *stated;
    need->state = NEED_OPEN;
    need->stated_ms = step->now_ms;
    need->escalated_ms = 0;
    need->met_ms = 0;
    need->filled_ms = 0;
    need->missed_ms = 0;
    need->due_ms = step->now_ms + step->world->config->escalate_ms;
    int64_t seats = 0;
    for (int32_t i = 0; i < need->line_count; i++) {
        need->lines[i].reserve = need->reserve > 0 ? need->reserve : 0;
        seats += need->lines[i].count;
    }
    step->effects->id = stated->id;
    tell_need(step, EVENT_NEED_STATED, need, NULL, seats);
    tell_deadline(step, need);
    if (step->input->notes != NULL)
        tell_notes(step, need, 0);
    return step->status;
}

int check_restated(struct step *step, const struct need *need)
{
    const struct need *wished = step->input->need;
    const bool moves = wished != NULL && wished->deadline_ms != need->deadline_ms;
    if (moves ? wished->deadline_ms <= step->now_ms : need->state == NEED_SHORT)
        return refuse(step, ST_UNPROCESSABLE, "by",
                      "has passed; a new deadline is wanted");
    return wished == NULL ? ST_OK : check_figures(step, wished);
}

void restate(struct step *step, struct need *need)
{
    const struct need *wished = step->input->need;
    if (wished == NULL)
        return;
    struct need *edited = edit_need(step, need);
    const bool moves = wished->deadline_ms != edited->deadline_ms;
    if (edited->state == NEED_SHORT)
        loop_note_missed(edited, step->now_ms);
    edited->deadline_ms = wished->deadline_ms;
    edited->target = wished->target;
    edited->reserve = wished->reserve;
    for (int32_t i = 0; i < edited->line_count; i++)
        edited->lines[i].reserve = wished->reserve > 0 ? wished->reserve : 0;
    if (edited->state == NEED_SHORT) {
        set_need_state(step, need, NEED_OPEN, LOOP_CALLOUT_START);
        edit_need(step, need)->due_ms = step->now_ms + step->world->config->escalate_ms;
        tell_need(step, EVENT_NEED_OPEN, need, "deadline", 0);
    }
    if (moves)
        tell_deadline(step, need);
}

void loop_note_missed(struct need *need, int64_t now_ms)
{
    const bool was_met = need->met_ms != 0 && need->met_ms <= need->deadline_ms;
    if (need->missed_ms == 0 && need->deadline_ms <= now_ms && !was_met)
        need->missed_ms = need->deadline_ms;
}

static int cancel(struct step *step, struct need *need)
{
    if (step->input->reason == NULL)
        return refuse(step, ST_UNPROCESSABLE, "reason", "cancelling a need needs one");
    set_need_state(step, need, NEED_CANCELLED, LOOP_NEED_CANCEL);
    struct need *edited = edit_need(step, need);
    loop_note_missed(edited, step->now_ms);
    edited->due_ms = 0;
    tell_need(step, EVENT_NEED_CANCELLED, need, step->input->code, 0);
    struct callout *callout = loop_callout_of(step->incident, need->id);
    touch_need(step, need->id);
    if (callout == NULL)
        return step->status;
    if (callout->state != CALLOUT_STANDING_DOWN) {
        set_callout_state(step, callout, CALLOUT_STANDING_DOWN, LOOP_ITSELF);
        tell_callout(step, EVENT_CALLOUT_STANDING_DOWN, callout, "cancelled", 0);
    }
    stand_down_callout(step, callout, STAND_DOWN_ALL);
    return step->status;
}

/* After the deadline a need is given as long again as it had, or until `number`. */
static int64_t new_deadline(const struct step *step, const struct need *need)
{
    if (step->input->number > step->now_ms)
        return step->input->number;
    if (need->deadline_ms == 0 || need->deadline_ms > step->now_ms)
        return need->deadline_ms;
    return step->now_ms + (need->deadline_ms - need->stated_ms);
}

/* Who has worked and gone home does not fill the seats that are wanted anew. */
static void put_past(struct step *step, const struct need *need)
{
    struct loop_incident *incident = step->incident;
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        const struct assignment *assignment = &incident->assignments[i];
        if (assignment->need_id == need->id && holds_seat(assignment) &&
            assignment->released_ms != 0)
            edit_assignment(step, assignment)->past = true;
    }
}

static int reopen(struct step *step, struct need *need)
{
    if (step->input->reason == NULL)
        return refuse(step, ST_UNPROCESSABLE, "reason", "re-opening a need needs one");
    set_need_state(step, need, NEED_OPEN, LOOP_NEED_REOPEN);
    struct need *edited = edit_need(step, need);
    int64_t deadline_ms = new_deadline(step, need);
    loop_note_missed(edited, step->now_ms);
    bool moves = deadline_ms != edited->deadline_ms;
    edited->deadline_ms = deadline_ms;
    edited->filled_ms = 0;
    edited->met_ms = 0;
    edited->escalated_ms = 0;
    edited->due_ms = step->now_ms + step->world->config->escalate_ms;
    tell_need(step, EVENT_NEED_OPEN, need, "reopened", 0);
    if (moves)
        tell_deadline(step, need);
    put_past(step, need);
    struct callout *callout = loop_callout_of(step->incident, need->id);
    if (callout == NULL)
        return step->status;
    if (callout->state == CALLOUT_FILLED && step->incident->state == INCIDENT_ACTIVE) {
        set_callout_state(step, callout, CALLOUT_ACTIVE, LOOP_ITSELF);
        struct callout *active = edit_callout(step, callout);
        active->stand_down_ms = 0;
        active->target_holds = false;
        tell_callout(step, EVENT_CALLOUT_ACTIVE, callout, "reopened", 0);
    }
    want_replan(step, callout);
    return step->status;
}

/* Who has said yes and is not there yet reads it on the page, and is told so: once for
 * each change. Who is there is told by those who are there. */
static int change_notes(struct step *step, const struct need *need)
{
    const struct loop_incident *incident = step->incident;
    if (step->input->notes == NULL) {
        step->effects->repeated = true;
        return ST_OK;
    }
    const uint32_t event = step->effects->event_count;
    int64_t told = 0;
    tell_notes(step, need, 0);
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        const struct assignment *assignment = &incident->assignments[i];
        if (assignment->need_id != need->id || !loop_is_coming(assignment))
            continue;
        send_message(step, loop_find_alert(step->incident, assignment->alert_id),
                     MESSAGE_KIND_NOTES);
        told++;
    }
    if (step->status == ST_OK)
        step->effects->events[event].number = told;
    return step->status;
}

void escalate(struct step *step, const struct need *need, const char *code,
              int64_t number)
{
    struct need *edited = edit_need(step, need);
    edited->escalated_ms = step->now_ms;
    edited->due_ms = 0;
    tell_need(step, EVENT_NEED_ESCALATED, need, code, number);
    call_desks(step, MESSAGE_KIND_DESK_ESCALATED, need->id);
}

int need_step(struct step *step)
{
    if (step->input->kind == LOOP_NEED)
        return state_need(step);
    struct need *need = loop_find_need(step->incident, step->input->id);
    if (need == NULL)
        return refuse(step, ST_NOT_FOUND, "need", "no such need");
    step->effects->id = need->id;
    int status = check_table(step, MACHINE_NEED, need->state);
    if (status != ST_OK)
        return status;
    if (step->input->kind == LOOP_NEED_CANCEL)
        return cancel(step, need);
    if (step->input->kind == LOOP_NEED_REOPEN)
        return reopen(step, need);
    if (step->input->kind == LOOP_NEED_NOTES)
        return change_notes(step, need);
    escalate(step, need, step->input->code, 0);
    return step->status;
}
