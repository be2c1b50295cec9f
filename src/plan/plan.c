/* SPDX-License-Identifier: Apache-2.0 */
/* For one line and unit disturbance the shortest prefix in descending q is exact: the
 * count is stochastically increasing in every q, so exchanging a chosen person for one of
 * higher q never lowers the tail. So per line:
 *
 *   1. order the free candidates: forced, said yes before, then by q, travel, id;
 *   2. alert the shortest prefix whose tail reaches the line's target (with a fixed
 *      reserve: the tail limited by the seats);
 *   3. `auto`: the reserve is the fewest extra seats with which those reach it too;
 *   4. if nobody is left, ask those who answered "limited", by ETA;
 *   5. if the target cannot be reached, alert the shortest prefix with
 *      P(accepted >= seats) >= target, and say the honest probability. With `auto` the
 *      seats are then those it would take if everybody who comes came in time.
 *
 * The next look is as late as it can be without losing much: the longest of a few pauses
 * after which the next candidates are still as good as now. */
#include "plan/plan.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/line.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIMITED_ACCEPT 0.7 /* of those who said "ready in n minutes"; ours */
#define SEATS_MAX 20000
#define CURVE_STEPS 24       /* sixteenths of the alerts planned */
#define CURVE_STRIDE_LARGE 8 /* with fixed seats every point is a sum of its own */
#define LARGE_COUNT 200
#define PAUSE_LOSS_MAX 0.03

static const int64_t PAUSES_MS[] = {180000, 120000, 90000, 60000, 45000, 30000};
#define PAUSE_DONE_MS 120000 /* nobody is left to be alerted */

/* Silence is evidence in whole minutes only. The plan promised its probability knowing
 * that answers take a minute; if each reply brought a new plan in which the others'
 * silence of some seconds counted, every wave would grow by half within the minute. A
 * refusal is replaced at once all the same. */
#define SILENCE_STEP_MS 60000

const char *plan_reason_code(enum plan_reason reason)
{
    static const char *const CODES[] = {
#define X(name, code) code,
        PLAN_REASON_LIST(X)
#undef X
    };
    assert(reason < PLAN_REASON_COUNT);
    return CODES[reason];
}

struct rank {
    uint32_t candidate;
    uint8_t group; /* 0 forced, 1 first, 2 the others */
    uint32_t travel_ms;
    double q, p_in_time;
    int64_t id;
};

/* One line while it is planned. */
struct work {
    struct line line;
    double *held_b;
    struct line_person *people;      /* pending, candidates, limited */
    uint32_t pending, free, limited; /* how many of each */
    uint32_t forced;                 /* the first of the free ones */
    uint32_t alerts;                 /* free ones to be alerted */
    struct rank *ranks;              /* of the free ones */
    uint32_t *limited_index;
    bool seats_bind;
    uint32_t seats;
    double *reach; /* [i]: P with the pending and i more asked, seats for all */
    uint32_t reach_count;
};

struct planner {
    const struct plan_input *input;
    struct plan *plan;
    double line_target;
    uint8_t *used; /* by candidate */
    uint32_t order[PLAN_LINES_MAX];
    struct work works[PLAN_LINES_MAX];
};

static double comes(const struct planner *planner)
{
    return response_model_get_config(planner->input->response)->comes;
}

static double comes_of(const struct planner *planner,
                       const struct plan_candidate *candidate)
{
    return candidate->comes > 0.0 ? candidate->comes : comes(planner);
}

/* ---- who is there already
 * --------------------------------------------------------------- */

static double holder_in_time(const struct plan_input *input,
                             const struct plan_holder *holder)
{
    const struct response_model_config *config =
        response_model_get_config(input->response);
    int64_t deadline = input->need->deadline_ms;
    if (holder->arrived)
        return 1.0;
    if (holder->left_ms > 0) {
        double there =
            (double)holder->left_ms + config->travel_factor * holder->travel_ms;
        there = there > (double)input->now_ms ? there : (double)input->now_ms;
        return there <= (double)deadline ? config->comes_en_route : 0.0;
    }
    return config->comes * response_model_turnout_in_time(
                               input->response, input->night,
                               deadline - holder->accepted_ms, holder->travel_ms,
                               input->now_ms - holder->accepted_ms);
}

static struct line_person pending_person(const struct plan_input *input,
                                         const struct plan_pending *pending)
{
    const struct response_model_config *config =
        response_model_get_config(input->response);
    int64_t silent = input->now_ms - pending->alerted_ms;
    int64_t since = silent < 0 ? 0 : silent / SILENCE_STEP_MS * SILENCE_STEP_MS;
    double factor = pending->reach == PLAN_UNDELIVERED ? config->undelivered_factor
                    : pending->reach == PLAN_UNREAD    ? config->unread_factor
                                                       : 1.0;
    return (struct line_person){
        .a = factor *
             response_model_accept_after(input->response, pending->p_accept, since),
        .b = config->comes *
             response_model_in_time_after(input->response, input->night,
                                          input->need->deadline_ms - pending->alerted_ms,
                                          pending->travel_ms, since),
    };
}

static struct line_person limited_person(const struct plan_input *input,
                                         const struct plan_limited *limited)
{
    int64_t start = limited->ready_ms > input->now_ms ? limited->ready_ms : input->now_ms;
    return (struct line_person){
        .a = LIMITED_ACCEPT,
        .b = response_model_get_config(input->response)->comes *
             response_model_turnout_in_time(input->response, input->night,
                                            input->need->deadline_ms - start,
                                            limited->travel_ms, 0),
    };
}

/* ---- a line's people
 * ----------------------------------------------------------------------- */

static int by_rank(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->q != y->q)
        return x->q > y->q ? -1 : 1;
    if (x->travel_ms != y->travel_ms)
        return x->travel_ms < y->travel_ms ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void sort_ranks(struct rank *ranks, uint32_t count)
{
    bool sorted = true; /* the crowd's answer nearly always is */
    for (uint32_t i = 1; i < count && sorted; i++)
        sorted = by_rank(&ranks[i - 1], &ranks[i]) <= 0;
    if (!sorted)
        qsort(ranks, count, sizeof(*ranks), by_rank);
}

static void rank_candidates(struct planner *planner, uint32_t line, struct work *work)
{
    const struct plan_input *input = planner->input;
    int64_t left = input->need->deadline_ms - input->now_ms;
    for (uint32_t i = 0; i < input->candidate_count; i++) {
        const struct plan_candidate *candidate = &input->candidates[i];
        if (planner->used[i] || (candidate->lines >> line & 1) == 0)
            continue;
        double in_time = response_model_in_time(input->response, input->night, left,
                                                candidate->travel_ms);
        work->ranks[work->free++] = (struct rank){
            .candidate = i,
            .group = candidate->forced  ? 0
                     : candidate->first ? 1
                                        : 2,
            .travel_ms = candidate->travel_ms,
            .q = candidate->p_accept * comes_of(planner, candidate) * in_time,
            .p_in_time = in_time,
            .id = candidate->id,
        };
        work->forced += candidate->forced;
    }
    sort_ranks(work->ranks, work->free);
}

static int make_room(const struct plan_input *input, struct work *work)
{
    uint32_t seats = 0;
    for (uint32_t i = 0; i < input->holder_count; i++)
        seats += input->holders[i].count;
    uint32_t people =
        input->pending_count + input->candidate_count + input->limited_count;
    work->held_b = mem_calloc(seats + 1, sizeof(*work->held_b));
    work->people = mem_calloc(people + 1, sizeof(*work->people));
    work->ranks = mem_calloc(input->candidate_count + 1, sizeof(*work->ranks));
    work->limited_index = mem_calloc(input->limited_count + 1, sizeof(uint32_t));
    bool ok = work->held_b != NULL && work->people != NULL && work->ranks != NULL &&
              work->limited_index != NULL;
    return ok ? ST_OK : ST_NO_MEMORY;
}

static int64_t limited_eta(const struct plan_input *input, uint32_t index)
{
    const struct plan_limited *limited = &input->limited[index];
    int64_t start = limited->ready_ms > input->now_ms ? limited->ready_ms : input->now_ms;
    return start + limited->travel_ms;
}

/* Insertion: those who answered "limited" are few. */
static void add_limited(const struct plan_input *input, uint32_t line, struct work *work)
{
    for (uint32_t i = 0; i < input->limited_count; i++) {
        if (input->limited[i].line != line)
            continue;
        uint32_t at = work->limited++;
        while (at > 0 &&
               limited_eta(input, work->limited_index[at - 1]) > limited_eta(input, i)) {
            work->limited_index[at] = work->limited_index[at - 1];
            at--;
        }
        work->limited_index[at] = i;
    }
    for (uint32_t i = 0; i < work->limited; i++)
        work->people[work->pending + work->free + i] =
            limited_person(input, &input->limited[work->limited_index[i]]);
}

static int line_start(struct planner *planner, uint32_t line)
{
    const struct plan_input *input = planner->input;
    struct work *work = &planner->works[line];
    int status = make_room(input, work);
    if (status < 0)
        return status;
    for (uint32_t i = 0; i < input->holder_count; i++)
        for (uint32_t k = 0; k < input->holders[i].count; k++)
            if (input->holders[i].line == line)
                work->held_b[work->line.held++] =
                    holder_in_time(input, &input->holders[i]);
    for (uint32_t i = 0; i < input->pending_count; i++)
        if (input->pending[i].line == line)
            work->people[work->pending++] = pending_person(input, &input->pending[i]);
    rank_candidates(planner, line, work);
    for (uint32_t i = 0; i < work->free; i++)
        work->people[work->pending + i] = (struct line_person){
            .a = input->candidates[work->ranks[i].candidate].p_accept,
            .b = comes_of(planner, &input->candidates[work->ranks[i].candidate]) *
                 work->ranks[i].p_in_time};
    add_limited(input, line, work);
    work->line.count = input->need->counts[line];
    work->line.held_b = work->held_b;
    work->line.people = work->people;
    work->line.people_count = work->pending + work->free;
    return ST_OK;
}

/* ---- how many
 * ------------------------------------------------------------------------------ */

/* P with the first ALERTS free people asked, as the line's seats allow. */
static int probability_at(const struct work *work, uint32_t alerts, double *ret)
{
    if (!work->seats_bind && alerts < work->reach_count) {
        *ret = work->reach[alerts];
        return ST_OK;
    }
    if (work->seats_bind)
        return line_limited(&work->line, work->pending + alerts, work->seats, ret);
    uint32_t n = work->pending + alerts, last;
    return line_reach(&work->line, (struct line_range){n, n, 2.0}, ret, &last);
}

/* The tails of all prefixes up to the one that reaches the target. */
static int find_reach(struct work *work, double target)
{
    work->reach = mem_calloc(work->free + 1, sizeof(*work->reach));
    if (work->reach == NULL)
        return ST_NO_MEMORY;
    uint32_t last;
    int status =
        line_reach(&work->line,
                   (struct line_range){work->pending, work->pending + work->free, target},
                   work->reach, &last);
    if (status == ST_OK)
        work->reach_count = last - work->pending + 1;
    return status;
}

static bool is_reached(const struct work *work, double target)
{
    return work->reach[work->reach_count - 1] >= target;
}

static int plan_unreachable(struct work *work, double target)
{
    uint32_t n;
    work->seats_bind = true;
    int status = line_accepted(&work->line, work->pending, work->seats, target, &n);
    if (status == ST_OK)
        work->alerts = n - work->pending;
    return status;
}

/* The fewest alerts with which the limited tail reaches TARGET, by doubling and halving:
 * it grows with the alerts as long as those who are added are not much worse. */
static int plan_fixed(struct work *work, double target)
{
    double p;
    uint32_t low = 0, high = work->reach_count - 1; /* below it not even unlimited */
    work->seats_bind = true;
    int status = probability_at(work, high, &p);
    for (uint32_t step = 1; status == ST_OK && p < target && high < work->free;) {
        low = high + 1;
        high = work->free - high > step ? high + step : work->free;
        step *= 2;
        status = probability_at(work, high, &p);
    }
    if (status < 0)
        return status;
    if (p < target)
        return plan_unreachable(work, target);
    while (low < high && status == ST_OK) {
        uint32_t middle = low + (high - low) / 2;
        status = probability_at(work, middle, &p);
        if (p >= target)
            high = middle;
        else
            low = middle + 1;
    }
    work->alerts = high;
    return status;
}

static int plan_auto(struct planner *planner, struct work *work)
{
    double target = planner->line_target;
    if (is_reached(work, target)) {
        work->alerts = work->reach_count - 1;
        return line_seats(&work->line, work->pending + work->alerts, target,
                          &work->seats);
    }
    int status = line_seats_plain(work->line.count, comes(planner), target, SEATS_MAX,
                                  &work->seats);
    return status < 0 ? status : plan_unreachable(work, target);
}

/* Nobody else is free: those who answered "limited", one after the other. */
static int plan_limited(struct planner *planner, struct work *work)
{
    double p = 0.0;
    uint32_t asked = 0;
    work->line.people_count += work->limited;
    while (asked < work->limited) {
        uint32_t n = work->pending + work->free + asked, last;
        int status =
            work->seats_bind
                ? line_limited(&work->line, n, work->seats, &p)
                : line_reach(&work->line, (struct line_range){n, n, 2.0}, &p, &last);
        if (status < 0)
            return status;
        if (p >= planner->line_target)
            break;
        planner->plan->ask_limited[planner->plan->ask_limited_count++] =
            planner->input->limited[work->limited_index[asked++]].id;
    }
    work->line.people_count = work->pending + work->free + asked;
    work->limited = asked;
    return ST_OK;
}

static int line_finish(struct planner *planner, uint32_t index)
{
    struct work *work = &planner->works[index];
    struct plan_line *line = &planner->plan->lines[index];
    uint32_t n = work->pending + work->alerts, last;
    n += work->alerts == work->free ? work->limited : 0;
    int status = work->seats_bind
                     ? line_limited(&work->line, n, work->seats, &line->probability)
                     : line_reach(&work->line, (struct line_range){n, n, 2.0},
                                  &line->probability, &last);
    if (status == ST_OK)
        status = line_reach(&work->line, (struct line_range){0, 0, 2.0},
                            &line->probability_held, &last);
    line->seats = work->seats;
    line->reserve = (int32_t)(work->seats - work->line.count);
    line->held = work->line.held;
    line->available = work->line.held + work->pending + work->free;
    line->free = work->free;
    line->alerts = work->alerts;
    line->target_reached = line->probability >= planner->line_target;
    return status;
}

static int plan_line(struct planner *planner, uint32_t index)
{
    const struct plan_need *need = planner->input->need;
    struct work *work = &planner->works[index];
    int status = line_start(planner, index);
    if (status == ST_OK)
        status = find_reach(work, planner->line_target);
    if (status < 0)
        return status;
    if (need->reserve == PLAN_RESERVE_AUTO)
        status = plan_auto(planner, work);
    else {
        work->seats = work->line.count + (uint32_t)need->reserve;
        status = plan_fixed(work, planner->line_target);
    }
    if (status < 0)
        return status;
    if (work->alerts < work->forced)
        work->alerts = work->forced;
    bool short_of_people = work->alerts == work->free && work->line.held < work->seats;
    if (short_of_people && work->limited > 0)
        status = plan_limited(planner, work);
    else
        work->limited = 0;
    for (uint32_t i = 0; i < work->alerts; i++)
        planner->used[work->ranks[i].candidate] = 1;
    return status < 0 ? status : line_finish(planner, index);
}

/* ---- the whole
 * ------------------------------------------------------------------------------- */

static bool is_valid(const struct plan_input *input)
{
    const struct plan_need *need = input->need;
    bool ok = need->line_count >= 1 && need->line_count <= PLAN_LINES_MAX &&
              need->target > 0.0 && need->target < 1.0 &&
              need->reserve >= PLAN_RESERVE_AUTO && need->reserve <= PLAN_COUNT_MAX;
    for (uint32_t i = 0; ok && i < need->line_count; i++)
        ok = need->counts[i] >= 1 && need->counts[i] <= PLAN_COUNT_MAX;
    return ok;
}

/* Scarcest first: the fewest qualified people for a seat. */
static void order_lines(struct planner *planner)
{
    const struct plan_input *input = planner->input;
    uint32_t count = input->need->line_count;
    double scarcity[PLAN_LINES_MAX];
    for (uint32_t line = 0; line < count; line++) {
        uint32_t people = 0;
        for (uint32_t i = 0; i < input->candidate_count && count > 1; i++)
            people += input->candidates[i].lines >> line & 1;
        scarcity[line] = people / (double)input->need->counts[line];
        uint32_t at = line;
        for (; at > 0 && scarcity[planner->order[at - 1]] > scarcity[line]; at--)
            planner->order[at] = planner->order[at - 1];
        planner->order[at] = line;
    }
}

static enum plan_reason reason_of(const struct planner *planner, uint32_t line,
                                  const struct rank *rank)
{
    uint32_t lines = planner->input->candidates[rank->candidate].lines;
    if (rank->group == 0)
        return PLAN_REASON_FORCED;
    if (rank->group == 1)
        return PLAN_REASON_FIRST;
    /* Could serve several lines, and is kept for the one with the fewest people. */
    bool several = (lines & (lines - 1)) != 0 && planner->input->need->line_count > 1;
    return several && line == planner->order[0] ? PLAN_REASON_SCARCE
                                                : PLAN_REASON_NEAREST;
}

static int collect_people(struct planner *planner)
{
    struct plan *plan = planner->plan;
    const struct plan_input *input = planner->input;
    uint32_t total = 0;
    for (uint32_t line = 0; line < plan->line_count; line++)
        total += planner->works[line].alerts;
    plan->people = mem_calloc(total + 1, sizeof(*plan->people));
    if (plan->people == NULL)
        return ST_NO_MEMORY;
    for (uint32_t line = 0; line < plan->line_count; line++) {
        const struct work *work = &planner->works[line];
        for (uint32_t i = 0; i < work->alerts; i++) {
            const struct rank *rank = &work->ranks[i];
            const struct plan_candidate *candidate = &input->candidates[rank->candidate];
            plan->people[plan->people_count++] =
                (struct plan_person){.candidate = rank->candidate,
                                     .line = line,
                                     .p_accept = candidate->p_accept,
                                     .p_in_time = rank->p_in_time,
                                     .q = rank->q,
                                     .reason = reason_of(planner, line, rank)};
            plan->expected_messages += candidate->messages;
        }
    }
    plan->expected_alerts = total;
    return ST_OK;
}

static uint32_t alerts_at(const struct work *work, int step)
{
    uint64_t alerts = ((uint64_t)work->alerts * (uint32_t)step + 8) / 16;
    return alerts < work->free ? (uint32_t)alerts : work->free;
}

/* The product over the lines when each asks step/16 of what is planned. */
static int curve_point(const struct planner *planner, int step, struct plan_point *ret)
{
    *ret = (struct plan_point){.alerts = 0, .probability = 1.0};
    for (uint32_t line = 0; line < planner->plan->line_count; line++) {
        const struct work *work = &planner->works[line];
        uint32_t alerts = alerts_at(work, step);
        double p;
        int status = probability_at(work, alerts, &p);
        if (status < 0)
            return status;
        ret->alerts += alerts;
        ret->probability *= p;
    }
    return ST_OK;
}

static int make_curve(struct planner *planner)
{
    struct plan *plan = planner->plan;
    uint32_t largest = 0;
    for (uint32_t line = 0; line < plan->line_count; line++)
        if (planner->works[line].line.count > largest)
            largest = planner->works[line].line.count;
    /* 16/16 is always among the points: the plan itself. */
    int stride = largest > LARGE_COUNT ? CURVE_STRIDE_LARGE : 1;
    for (int step = 0; step <= CURVE_STEPS; step += stride) {
        struct plan_point point;
        int status = curve_point(planner, step, &point);
        if (status < 0)
            return status;
        if (plan->curve_count > 0 &&
            plan->curve[plan->curve_count - 1].alerts == point.alerts)
            continue;
        plan->curve[plan->curve_count++] = point;
    }
    return ST_OK;
}

/* When to look again: the longest pause after which those who would be next are still
 * nearly as likely to be in time. */
static int64_t next_due(const struct planner *planner)
{
    const struct plan_input *input = planner->input;
    int64_t left = input->need->deadline_ms - input->now_ms;
    uint32_t travel_ms = 0;
    bool waiting = input->pending_count > 0 || planner->plan->people_count > 0 ||
                   planner->plan->ask_limited_count > 0;
    bool someone = false;
    for (uint32_t line = 0; line < planner->plan->line_count; line++) {
        const struct work *work = &planner->works[line];
        if (work->alerts < work->free) {
            uint32_t next = work->ranks[work->alerts].travel_ms;
            travel_ms = next > travel_ms ? next : travel_ms;
            someone = true;
        }
    }
    if (!waiting)
        return 0;
    if (!someone)
        return input->now_ms + PAUSE_DONE_MS;
    double now = response_model_in_time(input->response, input->night, left, travel_ms);
    for (size_t i = 0; i < COUNT_OF(PAUSES_MS); i++)
        if (response_model_in_time(input->response, input->night, left - PAUSES_MS[i],
                                   travel_ms) >= (1.0 - PAUSE_LOSS_MAX) * now)
            return input->now_ms + PAUSES_MS[i];
    return input->now_ms + PAUSES_MS[COUNT_OF(PAUSES_MS) - 1];
}

static int plan_all(struct planner *planner)
{
    struct plan *plan = planner->plan;
    const struct plan_need *need = planner->input->need;
    plan->ask_limited =
        mem_calloc(planner->input->limited_count + 1, sizeof(*plan->ask_limited));
    planner->used = mem_calloc(planner->input->candidate_count + 1, 1);
    if (plan->ask_limited == NULL || planner->used == NULL)
        return ST_NO_MEMORY;
    plan->line_count = need->line_count;
    planner->line_target = need->line_count == 1
                               ? need->target
                               : pow(need->target, 1.0 / (double)need->line_count);
    order_lines(planner);
    plan->probability = plan->probability_held = 1.0;
    bool every = true;
    for (uint32_t i = 0; i < need->line_count; i++) {
        int status = plan_line(planner, planner->order[i]);
        if (status < 0)
            return status;
        plan->probability *= plan->lines[planner->order[i]].probability;
        plan->probability_held *= plan->lines[planner->order[i]].probability_held;
        every &= plan->lines[planner->order[i]].target_reached;
    }
    plan->target_reached = every || plan->probability >= need->target;
    int status = collect_people(planner);
    if (status == ST_OK)
        status = make_curve(planner);
    if (status == ST_OK)
        plan->next_due_ms = next_due(planner);
    return status;
}

int plan_make(const struct plan_input *input, struct plan *ret)
{
    *ret = (struct plan){0};
    if (!is_valid(input))
        return ST_INVALID;
    if (input->candidate_count > PLAN_PEOPLE_MAX ||
        input->holder_count > PLAN_PEOPLE_MAX || input->pending_count > PLAN_PEOPLE_MAX ||
        input->limited_count > PLAN_PEOPLE_MAX)
        return ST_LIMIT;
    struct planner planner = {.input = input, .plan = ret};
    int status = plan_all(&planner);
    for (uint32_t i = 0; i < PLAN_LINES_MAX; i++) {
        struct work *work = &planner.works[i];
        mem_free(work->held_b);
        mem_free(work->people);
        mem_free(work->ranks);
        mem_free(work->limited_index);
        mem_free(work->reach);
    }
    mem_free(planner.used);
    return status;
}

void plan_release(struct plan *plan)
{
    mem_free(plan->people);
    mem_free(plan->ask_limited);
    *plan = (struct plan){0};
}
