/* SPDX-License-Identifier: Apache-2.0 */
/* Seats: who holds one, who has arrived, where one is free, and what follows when the
 * last one is filled or one empties. An assignment of count n holds n seats of its line.
 */
#include "loop/step.h"

#include <assert.h>
#include <string.h>

bool loop_assignment_is_active(const struct assignment *assignment)
{
    switch (assignment->state) {
    case ASSIGNMENT_ASSIGNED:
    case ASSIGNMENT_EN_ROUTE:
    case ASSIGNMENT_ON_SCENE:
    case ASSIGNMENT_WORKING:
    case ASSIGNMENT_LOST_CONTACT:
        return true;
    default:
        return false;
    }
}

bool loop_is_accounted_for(const struct assignment *assignment)
{
    if (assignment->state == ASSIGNMENT_STOOD_DOWN)
        return assignment->en_route_ms == 0;
    return !loop_assignment_is_active(assignment);
}

bool loop_has_arrived(const struct assignment *assignment)
{
    switch (assignment->state) {
    case ASSIGNMENT_ON_SCENE:
    case ASSIGNMENT_WORKING:
    case ASSIGNMENT_RELEASED:
    case ASSIGNMENT_REPORTED:
    case ASSIGNMENT_VERIFIED:
    case ASSIGNMENT_DISPUTED:
        return true;
    default:
        return false;
    }
}

bool loop_is_coming(const struct assignment *assignment)
{
    return assignment->state == ASSIGNMENT_ASSIGNED ||
           assignment->state == ASSIGNMENT_EN_ROUTE;
}

bool loop_alert_is_open(const struct alert *alert)
{
    return alert->state == ALERT_PENDING || alert->state == ALERT_LIMITED;
}

bool holds_seat(const struct assignment *assignment)
{
    return loop_is_coming(assignment) ||
           (loop_has_arrived(assignment) && !assignment->past);
}

void count_all_seats(const struct loop_incident *incident, const struct need *need,
                     struct loop_seats ret[LOOP_LINES_MAX])
{
    memset(ret, 0, LOOP_LINES_MAX * sizeof *ret);
    for (int32_t i = 0; i < need->line_count; i++) {
        ret[i].count = need->lines[i].count;
        ret[i].reserve = need->lines[i].reserve;
    }
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        const struct assignment *assignment = &incident->assignments[i];
        if (assignment->need_id != need->id || !holds_seat(assignment))
            continue;
        ret[assignment->line].accepted += assignment->count;
        if (loop_has_arrived(assignment))
            ret[assignment->line].on_scene += assignment->count;
    }
}

bool loop_is_late(int64_t set_out_ms, uint32_t travel_ms, int64_t deadline_ms,
                  int64_t now_ms)
{
    const int64_t from_ms = set_out_ms != 0 ? set_out_ms : now_ms;
    return travel_ms >= LOOP_NO_WAY_MS || from_ms + travel_ms > deadline_ms;
}

int32_t count_late(const struct step *step, const struct need *need)
{
    struct loop_incident *incident = step->incident;
    int32_t late = 0;
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        const struct assignment *assignment = &incident->assignments[i];
        if (assignment->need_id != need->id || !loop_is_coming(assignment))
            continue;
        const struct alert *alert = loop_find_alert(incident, assignment->alert_id);
        const int64_t set_out_ms =
            loop_set_out_ms(assignment->en_route_ms, assignment->way_from_ms);
        if (loop_is_late(set_out_ms, alert->travel_ms, need->deadline_ms, step->now_ms))
            late += assignment->count;
    }
    return late;
}

void loop_count_seats(const struct loop_incident *incident, int64_t need_id, int32_t line,
                      struct loop_seats *ret)
{
    memset(ret, 0, sizeof *ret);
    for (uint32_t i = 0; i < incident->need_count; i++) {
        if (incident->needs[i].id != need_id)
            continue;
        struct loop_seats seats[LOOP_LINES_MAX];
        count_all_seats(incident, &incident->needs[i], seats);
        if (line >= 0 && line < LOOP_LINES_MAX)
            *ret = seats[line];
        return;
    }
}

void loop_count_unaccounted(const struct loop_incident *incident, uint32_t *ret_people,
                            uint32_t *ret_outcomes)
{
    uint32_t people = 0;
    uint32_t outcomes = 0;
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        const struct assignment *assignment = &incident->assignments[i];
        if (!loop_is_accounted_for(assignment))
            people++;
        else if (assignment->state == ASSIGNMENT_RELEASED ||
                 assignment->state == ASSIGNMENT_REPORTED ||
                 assignment->state == ASSIGNMENT_DISPUTED)
            outcomes++;
    }
    *ret_people = people;
    *ret_outcomes = outcomes;
}

/* ---- finding a seat -------------------------------------------------------------------
 */
struct search {
    int32_t from[LOOP_LINES_MAX];  /* the line whose mover would come here; -1 = root */
    int64_t mover[LOOP_LINES_MAX]; /* assignment that would move here */
    int32_t queue[LOOP_LINES_MAX];
    int32_t queued;
    uint32_t seen;
};

static void visit(struct search *search, int32_t line, int32_t from, int64_t mover)
{
    search->seen |= 1U << line;
    search->from[line] = from;
    search->mover[line] = mover;
    search->queue[search->queued++] = line;
}

/* Moves the people along the path that ends in LINE; the seat won is in its root. */
static int32_t move_along(struct step *step, const struct search *search, int32_t line)
{
    while (search->from[line] >= 0) {
        struct assignment *row =
            loop_find_assignment(step->incident, search->mover[line]);
        struct assignment *moved = edit_assignment(step, row);
        moved->line = line;
        tell_assignment(step, EVENT_ASSIGNMENT_MOVED, moved, NULL, line);
        line = search->from[line];
    }
    return line;
}

static bool is_free(const struct loop_seats *line, int32_t count)
{
    return line->accepted + count <= line->count + line->reserve;
}

/* Visits the lines to which somebody of LINE could move; the first of them with a free
 * seat, or -1. */
static int32_t visit_from(const struct step *step, const struct need *need,
                          struct search *search, const struct loop_seats *seats,
                          int32_t line, int32_t count)
{
    for (uint32_t i = 0; i < step->incident->assignment_count; i++) {
        const struct assignment *row = &step->incident->assignments[i];
        if (row->need_id != need->id || row->line != line || row->count != count ||
            !loop_is_coming(row))
            continue;
        const struct alert *alert = loop_find_alert(step->incident, row->alert_id);
        for (int32_t to = 0; to < need->line_count; to++) {
            if ((alert->lines_able >> to & 1) == 0 || (search->seen >> to & 1) != 0)
                continue;
            visit(search, to, line, row->id);
            if (is_free(&seats[to], count))
                return to;
        }
    }
    return -1;
}

/* Breadth first over the lines: an edge from line A to B is somebody who has a seat in A,
 * has not arrived, brings as many, and is able for B too (an augmenting path of bipartite
 * matching, with lines for vertices). At most 8 lines, so 8 scans of the assignments. */
int32_t take_seat(struct step *step, const struct need *need, const struct alert *alert,
                  int32_t count)
{
    struct loop_seats seats[LOOP_LINES_MAX];
    count_all_seats(step->incident, need, seats);
    struct search search = {.queued = 0};
    visit(&search, alert->line, -1, 0);
    for (int32_t i = 0; i < need->line_count; i++)
        if ((alert->lines_able >> i & 1) != 0 && i != alert->line)
            visit(&search, i, -1, 0);
    for (int32_t q = 0; q < search.queued; q++)
        if (is_free(&seats[search.queue[q]], count))
            return search.queue[q];
    for (int32_t q = 0; q < search.queued; q++) {
        int32_t end = visit_from(step, need, &search, seats, search.queue[q], count);
        if (end >= 0)
            return move_along(step, &search, end);
    }
    return -1;
}

/* ---- what follows ---------------------------------------------------------------------
 */
void touch_need(struct step *step, int64_t need_id)
{
    const struct need *need = loop_find_need(step->incident, need_id);
    if (need != NULL)
        step->needs_touched |= UINT64_C(1) << (need - step->incident->needs);
}

void want_replan(struct step *step, const struct callout *callout)
{
    if (step->status != ST_OK || callout == NULL ||
        (callout->state != CALLOUT_ACTIVE && callout->state != CALLOUT_FILLED))
        return;
    struct callout *edited = edit_callout(step, callout);
    edited->version++;
    edited->replan_due_ms = step->now_ms;
}

void seat_emptied(struct step *step, const struct assignment *assignment)
{
    touch_need(step, assignment->need_id);
    const struct callout *callout = loop_callout_of(step->incident, assignment->need_id);
    if (step->status != ST_OK || callout == NULL)
        return;
    edit_callout(step, callout)->target_holds = false;
    want_replan(step, callout);
}

/* "If you are needed after all, we will tell you": whoever said yes when no seat was left
 * may be asked anew, and is asked first (loop_said_yes). */
static void let_late_be_asked(struct step *step, const struct callout *callout)
{
    struct loop_incident *incident = step->incident;
    for (uint32_t i = 0; i < incident->alert_count; i++) {
        struct alert *alert = &incident->alerts[i];
        if (alert->callout_id != callout->id || alert->state != ALERT_LATE ||
            alert->answer != ANSWER_ACCEPT)
            continue;
        set_alert_state(step, alert, ALERT_STOOD_DOWN, LOOP_ITSELF);
        tell_alert(step, EVENT_ALERT_STOOD_DOWN, alert, "seat_free", 0);
    }
}

void seat_given_up(struct step *step, const struct assignment *assignment)
{
    seat_emptied(step, assignment);
    const struct callout *callout = loop_callout_of(step->incident, assignment->need_id);
    if (step->status == ST_OK && callout != NULL &&
        (callout->state == CALLOUT_ACTIVE || callout->state == CALLOUT_FILLED))
        let_late_be_asked(step, callout);
}

static void fill_callout(struct step *step, struct callout *callout)
{
    set_callout_state(step, callout, CALLOUT_FILLED, LOOP_ITSELF);
    tell_callout(step, EVENT_CALLOUT_FILLED, callout, NULL, 0);
    stand_down_callout(step, callout, STAND_DOWN_FILLED);
    if (!callout
             ->target_holds) /* else the newest plan is of those who are accepted now */
        want_replan(step, callout);
}

static void fill(struct step *step, struct need *need)
{
    set_need_state(step, need, NEED_FILLED, LOOP_ITSELF);
    struct need *edited = edit_need(step, need);
    edited->filled_ms = step->now_ms;
    edited->due_ms = 0;
    tell_need(step, EVENT_NEED_FILLED, need, NULL, 0);
}

void reopen_need(struct step *step, struct need *need, struct callout *callout,
                 const char *why)
{
    set_need_state(step, need, NEED_OPEN, LOOP_ITSELF);
    struct need *edited = edit_need(step, need);
    edited->filled_ms = 0;
    edited->met_ms = 0;
    if (edited->escalated_ms == 0)
        edited->due_ms = step->now_ms + step->world->config->escalate_ms;
    tell_need(step, EVENT_NEED_OPEN, need, why, 0);
    if (callout == NULL || callout->state != CALLOUT_FILLED)
        return;
    set_callout_state(step, callout, CALLOUT_ACTIVE, LOOP_ITSELF);
    edit_callout(step, callout)->stand_down_ms = 0;
    tell_callout(step, EVENT_CALLOUT_ACTIVE, callout, why, 0);
    want_replan(step, callout);
}

static void settle_need(struct step *step, struct need *need)
{
    struct callout *callout = loop_callout_of(step->incident, need->id);
    struct loop_seats seats[LOOP_LINES_MAX];
    count_all_seats(step->incident, need, seats);
    bool is_met = true;
    bool is_filled = true;
    for (int32_t i = 0; i < need->line_count; i++) {
        is_met = is_met && seats[i].on_scene >= seats[i].count;
        is_filled = is_filled && seats[i].accepted >= seats[i].count + seats[i].reserve;
    }
    is_filled = is_filled || is_met || (callout != NULL && callout->target_holds);
    if ((need->state == NEED_OPEN || need->state == NEED_SHORT) && is_filled)
        fill(step, need);
    else if ((need->state == NEED_FILLED && !is_filled) ||
             (need->state == NEED_MET && !is_met))
        reopen_need(step, need, callout, "seat_empty");
    if (callout != NULL && callout->state == CALLOUT_ACTIVE &&
        (need->state == NEED_FILLED || need->state == NEED_MET))
        fill_callout(step, callout);
    if (need->state == NEED_FILLED && is_met) {
        set_need_state(step, need, NEED_MET, LOOP_ITSELF);
        edit_need(step, need)->met_ms = step->now_ms;
        tell_need(step, EVENT_NEED_MET, need, NULL, 0);
        release_reserves(step, need);
    }
}

void settle(struct step *step)
{
    while (step->needs_touched != 0 && step->status == ST_OK) {
        uint32_t index = (uint32_t)__builtin_ctzll(step->needs_touched);
        step->needs_touched &= step->needs_touched - 1;
        struct need *need = &step->incident->needs[index];
        if (step->incident->state == INCIDENT_ACTIVE)
            settle_need(step, need);
        for (uint32_t i = 0; i < step->incident->callout_count; i++)
            if (step->incident->callouts[i].need_id == need->id)
                end_callout_if_done(step, &step->incident->callouts[i]);
    }
}
