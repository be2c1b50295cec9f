/* SPDX-License-Identifier: Apache-2.0 */
/* Assignments: from a yes to being home again. What is reported and verified afterwards
 * stands in outcome.c. */
#include "base/time.h"
#include "loop/step.h"

int64_t overdue_at(const struct step *step, const struct assignment *assignment)
{
    const struct alert *alert = loop_find_alert(step->incident, assignment->alert_id);
    const struct need *need = loop_find_need(step->incident, assignment->need_id);
    const int64_t extra_ms = step->world->config->overdue_extra_ms;
    const int64_t left_ms = need->deadline_ms - step->now_ms;
    if (assignment->state == ASSIGNMENT_ASSIGNED && left_ms > LOOP_PLANNED_AHEAD_MS)
        return need->deadline_ms + extra_ms;
    if (alert->travel_ms == LOOP_NO_WAY_MS)
        return step->now_ms + (left_ms > 0 ? left_ms : 0) + extra_ms;
    return step->now_ms + 2 * (int64_t)alert->travel_ms + extra_ms;
}

static void set_due(struct step *step, const struct assignment *assignment, int64_t due)
{
    struct assignment *edited = edit_assignment(step, assignment);
    edited->due_ms = due;
    edited->overdue_stage = 0;
}

void release_assignment(struct step *step, struct assignment *assignment, int input)
{
    set_assignment_state(step, assignment, ASSIGNMENT_RELEASED, input);
    struct assignment *edited = edit_assignment(step, assignment);
    edited->released_ms = step->now_ms;
    edited->minutes_worked =
        edited->on_scene_ms != 0 && step->now_ms > edited->on_scene_ms
            ? (int32_t)((step->now_ms - edited->on_scene_ms) / TIME_MINUTE_MS)
            : 0;
    edited->due_ms = step->now_ms + step->world->config->report_remind_ms;
    edited->overdue_stage = 0;
    touch_need(step, edited->need_id);
}

void withdraw_assignment(struct step *step, struct assignment *assignment, int input,
                         const char *code)
{
    struct alert *alert = loop_find_alert(step->incident, assignment->alert_id);
    set_assignment_state(step, assignment, ASSIGNMENT_WITHDRAWN, input);
    set_due(step, assignment, 0);
    tell_assignment(step, EVENT_ASSIGNMENT_WITHDRAWN, assignment, code, 0);
    struct alert *edited = edit_alert(step, alert);
    edited->answer = ANSWER_DECLINE;
    edited->answered_ms = step->now_ms;
    set_alert_state(step, alert, ALERT_DECLINED, LOOP_ITSELF);
    tell_alert(step, EVENT_ALERT_DECLINED, alert, "withdrawn", 0);
    step->sweep = true;
    seat_given_up(step, assignment);
}

void lose_contact(struct step *step, struct assignment *assignment, int input,
                  const char *code)
{
    struct assignment *edited = edit_assignment(step, assignment);
    edited->before_lost = edited->state;
    edited->due_ms = 0;
    edited->overdue_stage = 2;
    set_assignment_state(step, assignment, ASSIGNMENT_LOST_CONTACT, input);
    tell_assignment(step, EVENT_ASSIGNMENT_LOST_CONTACT, assignment, code, 0);
    seat_given_up(step, assignment);
}

/* Whoever is found while nobody is needed any more is told so at once. */
static bool is_still_needed(const struct step *step, const struct assignment *assignment)
{
    const struct need *need = loop_find_need(step->incident, assignment->need_id);
    return step->incident->state == INCIDENT_ACTIVE && need->state != NEED_CANCELLED &&
           (need->state != NEED_MET || loop_has_arrived(assignment));
}

/* The seat may have been given to somebody else meanwhile: then the line gets one more.
 */
static void make_room(struct step *step, const struct assignment *assignment)
{
    const struct need *need = loop_find_need(step->incident, assignment->need_id);
    struct loop_seats seats[LOOP_LINES_MAX];
    count_all_seats(step->incident, need, seats);
    const struct loop_seats *line = &seats[assignment->line];
    if (line->accepted > line->count + line->reserve)
        edit_need(step, need)->lines[assignment->line].reserve =
            line->accepted - line->count;
}

int find_again(struct step *step, struct assignment *assignment)
{
    set_assignment_state(step, assignment, assignment->before_lost, LOOP_FOUND);
    set_due(step, assignment,
            loop_has_arrived(assignment) ? 0 : overdue_at(step, assignment));
    edit_assignment(step, assignment)->here_ms = step->now_ms;
    tell_assignment(step, EVENT_ASSIGNMENT_FOUND, assignment, step->input->code, 0);
    touch_need(step, assignment->need_id);
    if (!is_still_needed(step, assignment))
        stand_down_assignment(step, assignment, MESSAGE_KIND_STAND_DOWN, "stand_down");
    make_room(step, assignment);
    const struct callout *callout = loop_callout_of(step->incident, assignment->need_id);
    want_replan(step, callout);
    return step->status;
}

static int take_here(struct step *step, struct assignment *assignment)
{
    if (assignment->state == ASSIGNMENT_LOST_CONTACT)
        return find_again(step, assignment);
    set_due(step, assignment,
            loop_has_arrived(assignment) ? 0 : overdue_at(step, assignment));
    edit_assignment(step, assignment)->here_ms = step->now_ms;
    tell_assignment(step, EVENT_ASSIGNMENT_HERE, assignment, step->input->code, 0);
    return step->status;
}

static int take_sos(struct step *step, struct assignment *assignment)
{
    bool is_raised = assignment->sos_ms != 0 && assignment->sos_acknowledged_ms == 0;
    if (step->input->kind == LOOP_SOS_ACKNOWLEDGE) {
        if (!is_raised)
            return refuse(step, ST_UNPROCESSABLE, "sos", "no alarm is waiting");
        edit_assignment(step, assignment)->sos_acknowledged_ms = step->now_ms;
        tell_assignment(step, EVENT_ASSIGNMENT_SOS_ACKNOWLEDGED, assignment, NULL, 0);
        return step->status;
    }
    struct assignment *edited = edit_assignment(step, assignment);
    if (!is_raised)
        edited->sos_ms = step->now_ms;
    edited->sos_acknowledged_ms = 0;
    tell_assignment(step, EVENT_ASSIGNMENT_SOS, assignment, step->input->code, 0);
    if (!is_raised)
        call_desks(step, MESSAGE_KIND_DESK_SOS, assignment->id);
    return step->status;
}

/* Whether somebody who is said not to have come can be there: not when all is over, and
 * nobody is in two places. */
static int check_after_all(struct step *step, const struct assignment *assignment)
{
    const struct alert *alert = loop_find_alert(step->incident, assignment->alert_id);
    const enum incident_state state = step->incident->state;
    if (state == INCIDENT_CLOSED || state == INCIDENT_MERGED)
        return refuse(step, ST_UNPROCESSABLE, "incident", "is over");
    if (alert->state != ALERT_ACCEPTED || is_taken(step, alert))
        return refuse(step, ST_UNPROCESSABLE, "assignment",
                      "the person has declined since, or is expected elsewhere");
    return ST_OK;
}

/* Was there all the time, perhaps without a network: from now on it counts. The seat may
 * be somebody else's, and the call-out over. */
static int arrive_after_all(struct step *step, struct assignment *assignment)
{
    const struct alert *alert = loop_find_alert(step->incident, assignment->alert_id);
    const struct callout *callout = loop_find_callout(step->incident, alert->callout_id);
    if (!is_still_needed(step, assignment) || callout->state == CALLOUT_ENDED)
        stand_down_assignment(step, assignment, MESSAGE_KIND_STAND_DOWN, "stand_down");
    make_room(step, assignment);
    return step->status;
}

static int take_move(struct step *step, struct assignment *assignment)
{
    const bool after_all = assignment->state == ASSIGNMENT_NO_SHOW;
    const int status = after_all ? check_after_all(step, assignment) : ST_OK;
    if (status != ST_OK)
        return status;
    struct assignment *edited = edit_assignment(step, assignment);
    switch (step->input->kind) {
    case LOOP_DEPART:
        edited->en_route_ms = step->now_ms;
        set_assignment_state(step, assignment, ASSIGNMENT_EN_ROUTE, LOOP_DEPART);
        set_due(step, assignment, overdue_at(step, assignment));
        tell_assignment(step, EVENT_ASSIGNMENT_EN_ROUTE, assignment, step->input->code,
                        0);
        return step->status;
    case LOOP_ARRIVE:
        edited->on_scene_ms = step->now_ms;
        set_assignment_state(step, assignment, ASSIGNMENT_ON_SCENE, LOOP_ARRIVE);
        set_due(step, assignment, 0);
        tell_assignment(step, EVENT_ASSIGNMENT_ON_SCENE, assignment, step->input->code,
                        assignment->count);
        touch_need(step, assignment->need_id);
        want_replan(step, loop_callout_of(step->incident, assignment->need_id));
        return after_all ? arrive_after_all(step, assignment) : step->status;
    default:
        set_assignment_state(step, assignment, ASSIGNMENT_WORKING, LOOP_WORK);
        tell_assignment(step, EVENT_ASSIGNMENT_WORKING, assignment, NULL, 0);
        return step->status;
    }
}

static int take_end(struct step *step, struct assignment *assignment)
{
    const struct loop_input *input = step->input;
    switch (input->kind) {
    case LOOP_RELEASE:
        release_assignment(step, assignment, LOOP_RELEASE);
        tell_assignment(step, EVENT_ASSIGNMENT_RELEASED, assignment, input->code,
                        assignment->minutes_worked);
        send_message(step, loop_find_alert(step->incident, assignment->alert_id),
                     MESSAGE_KIND_REPORT);
        return step->status;
    case LOOP_WITHDRAW:
        withdraw_assignment(step, assignment, LOOP_WITHDRAW, input->code);
        return step->status;
    case LOOP_TURNED_BACK:
        if (assignment->en_route_ms == 0)
            return refuse(step, ST_UNPROCESSABLE, "assignment",
                          "was stood down before leaving");
        set_assignment_state(step, assignment, ASSIGNMENT_TURNED_BACK, LOOP_TURNED_BACK);
        set_due(step, assignment, 0);
        tell_assignment(step, EVENT_ASSIGNMENT_TURNED_BACK, assignment, step->input->code,
                        0);
        touch_need(step, assignment->need_id);
        return step->status;
    default:
        set_assignment_state(step, assignment, ASSIGNMENT_NO_SHOW, LOOP_NO_SHOW);
        set_due(step, assignment, 0);
        tell_assignment(step, EVENT_ASSIGNMENT_NO_SHOW, assignment, input->code, 0);
        seat_given_up(step, assignment);
        return step->status;
    }
}

static int dispatch(struct step *step, struct assignment *assignment)
{
    switch (step->input->kind) {
    case LOOP_DEPART:
    case LOOP_ARRIVE:
    case LOOP_WORK:
        return take_move(step, assignment);
    case LOOP_RELEASE:
    case LOOP_WITHDRAW:
    case LOOP_TURNED_BACK:
    case LOOP_NO_SHOW:
        return take_end(step, assignment);
    case LOOP_LOST:
        lose_contact(step, assignment, LOOP_LOST, step->input->code);
        return step->status;
    case LOOP_FOUND:
        return find_again(step, assignment);
    case LOOP_HERE:
        return take_here(step, assignment);
    case LOOP_SOS:
    case LOOP_SOS_ACKNOWLEDGE:
        return take_sos(step, assignment);
    default:
        return outcome_step(step, assignment);
    }
}

int assignment_step(struct step *step)
{
    const struct loop_input *input = step->input;
    struct assignment *assignment = loop_find_assignment(step->incident, input->id);
    if (assignment == NULL)
        return refuse(step, ST_NOT_FOUND, "assignment", "no such assignment");
    const struct alert *alert = loop_find_alert(step->incident, assignment->alert_id);
    step->effects->id = assignment->id;
    if (is_repeated(step, alert))
        return ST_OK;
    int status = check_table(step, MACHINE_ASSIGNMENT, assignment->state);
    if (status != ST_OK)
        return status;
    /* A call for help is never asked for digits. */
    status = input->kind == LOOP_SOS ? ST_OK : check_device(step, alert);
    if (status != ST_OK)
        return status;
    status = dispatch(step, assignment);
    if (status != ST_OK)
        return status;
    keep_nonce(step, alert);
    return step->status;
}
