/* SPDX-License-Identifier: Apache-2.0 */
/* For one line, unit disturbance and people who answer by themselves the shortest prefix
 * is exact: the count is stochastically increasing in every q, so exchanging a chosen
 * person for one of higher q never lowers the tail. Given the common cause that holds at
 * each of its values, but the order by q may be another one there: where people answer
 * much alike (far above the first 0.02), others than the best by q may do with one fewer
 * now and then (test_fewest.c). So:
 *
 *   1. order the free candidates: forced, said yes before, then by q, travel, id;
 *   2. one wave is the shortest prefix whose tail reaches the target (with a fixed
 *      reserve: the tail limited by the seats); `auto`: the reserve is the fewest extra
 *      seats with which those reach it too;
 *   3. two waves with a look at the answers in between, if that alerts fewer (look.h);
 *   4. among those who are nearly as good, the rested (plan_fair.c);
 *   5. if nobody is left, ask those who answered "limited", by ETA;
 *   6. if the target cannot be reached, the honest probability is said. Where too few can
 *      be in time, the target is taken of the most that these people reach (decision
 *      0079). Where even that is no hope, or only the seats are too few, the shortest
 *      prefix with P(accepted >= seats) >= target is alerted. With `auto` the seats are
 *      then those it would take if everybody who comes came in time. */
#include "plan/plan.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/line.h"
#include "plan/look.h"
#include "plan/plan_internal.h"
#include "plan/schedule.h"
#include "plan/stages.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEATS_MAX 20000
#define PAUSE_LOSS_MAX 0.03
#define KNOWN_FIRST 32   /* converted at once, and per seat: */
#define KNOWN_PER_SEAT 6 /* a little more than it takes at the prior acceptance */
#define KNOWN_FACTOR 3
#define PEAK_POINTS 64       /* of the curve whose peak is looked for */
#define Q_NEGLIGIBLE 1e-9    /* whoever is worse cannot bring the target nearer */
#define SEAT_WORTH 0.002     /* P that a seat more must bring */
#define PRICE_ALERTS_MAX 256 /* tried at once under a price */
/* The price of many waves, as a part of what one wave's last alert is worth: lower the
 * surer it has to be. A guess to begin with. */
#define GUESS_ONE 0.45 /* a power of 1 - target, if one is wanted */
#define GUESS_SEVERAL 0.45

static const int64_t PAUSES_MS[] = {180000, 120000, 90000, 60000, 45000, 30000};
#define PAUSE_DONE_MS 120000 /* nobody is left to be alerted */

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

static const char *const POLICIES[] = {
#define X(name, code) code,
    PLAN_POLICY_LIST(X)
#undef X
};

const char *plan_policy_code(enum plan_policy policy)
{
    assert(policy < PLAN_POLICY_COUNT);
    return POLICIES[policy];
}

bool plan_policy_parse(const char *code, enum plan_policy *ret)
{
    for (int i = 0; i < PLAN_POLICY_COUNT; i++)
        if (strcmp(code, POLICIES[i]) == 0) {
            *ret = (enum plan_policy)i;
            return true;
        }
    return false;
}

/* ---- how many
 * ------------------------------------------------------------------------------ */

/* Who could still matter is known: converts more of the free ones while WORK's known ones
 * do not reach the wish. */
static int shortest(struct planner *planner, struct work *work, double target,
                    struct line_found *ret)
{
    const struct line_wish wish = {
        .from = work->pending + work->forced, .seats = work->seats, .target = target};
    for (;;) {
        uint32_t known = work->known;
        int status = line_shortest(&work->line, &wish, ret);
        if (status < 0 || ret->probability >= target || known == work->free ||
            (known > work->forced && work->ranks[known - 1].q < Q_NEGLIGIBLE))
            return status;
        people_know(planner, work, known * KNOWN_FACTOR);
    }
}

static int probability_of(const struct work *work, uint32_t n, uint32_t seats,
                          double *ret)
{
    const struct line_points points = {.seats = seats, .count = 1, .at = &n};
    return line_points(&work->line, &points, ret);
}

/* With fixed seats more people are not always better: late ones take the seats. */
static int peak_of(const struct work *work, double *ret)
{
    uint32_t at[PEAK_POINTS], count = 0, least = work->pending + work->forced;
    double p[PEAK_POINTS];
    for (uint32_t i = 1; i <= PEAK_POINTS; i++) {
        uint32_t n = (uint32_t)((uint64_t)work->line.people_count * i / PEAK_POINTS);
        n = n > least ? n : least;
        if (count == 0 || n > at[count - 1])
            at[count++] = n;
    }
    const struct line_points points = {.seats = work->seats, .count = count, .at = at};
    int status = line_points(&work->line, &points, p);
    for (uint32_t i = 0; i < count && status == ST_OK; i++)
        *ret = p[i] > *ret ? p[i] : *ret;
    return status;
}

/* The target is out of reach of everybody, who are ONE. ST_NOT_FOUND: there is no hope,
 * or there are people enough and only the seats that were given are too few. */
static int lower_target(struct planner *planner, struct work *work,
                        struct line_found *one)
{
    double most = one->probability;
    if (one->plain >= planner->input->need->target)
        return ST_NOT_FOUND;
    int status = work->seats == LINE_SEATS_ALL ? ST_OK : peak_of(work, &most);
    if (status < 0)
        return status;
    if (most < PLAN_HOPE_MIN)
        return ST_NOT_FOUND;
    planner->line_target = planner->input->need->target * most;
    return shortest(planner, work, planner->line_target, one);
}

static int plan_unreachable(struct planner *planner, struct work *work, double target)
{
    uint32_t n;
    if (planner->input->need->reserve == PLAN_RESERVE_AUTO) {
        int status = line_seats_plain(
            work->line.count, response_model_get_config(planner->input->response)->comes,
            target, SEATS_MAX, &work->seats);
        if (status < 0)
            return status;
    }
    const struct line_wish wish = {
        .from = work->pending + work->forced, .seats = work->seats, .target = target};
    for (;;) {
        int status = line_accepted(&work->line, &wish, &n);
        if (status < 0)
            return status;
        if (n < work->line.people_count || work->known == work->free)
            break;
        people_know(planner, work, work->known * KNOWN_FACTOR);
    }
    work->alerts = n - work->pending;
    work->seats_resolved = work->seats;
    return probability_of(work, n, work->seats, &work->probability);
}

/* A refusal is replaced by one, a silence when its alert has run out. */
static void top_up(struct planner *planner, struct work *work)
{
    const struct plan_input *input = planner->input;
    uint32_t open = work->pending + work->line.held;
    if (input->policy != PLAN_POLICY_TOP_UP || input->first_wave == 0)
        return;
    uint32_t more = input->first_wave > open ? input->first_wave - open : 0;
    more = more > work->forced ? more : work->forced;
    people_know(planner, work, more);
    work->alerts = more < work->free ? more : work->free;
}

static uint32_t less(uint32_t count, uint32_t by)
{
    return count > by ? count - by : 0;
}

/* Somebody would be asked later, nobody now, though nobody's answer is to come. Waiting
 * costs no alert, but nobody waits for nothing. */
static bool waits_for_nothing(const struct work *work, const struct look_result *look)
{
    return look->first == 0 && look->chance > 0.0 && work->pending == 0 &&
           work->line.held < work->line.count && work->free > 0;
}

static void take_look(struct planner *planner, struct work *work,
                      const struct look_result *look, double loss)
{
    struct plan *plan = planner->plan;
    const uint32_t begin = waits_for_nothing(work, look) ? 1 : 0; /* of the later ones */
    work->alerts = look->first + begin;
    work->probability = look->probability > loss ? look->probability - loss : 0.0;
    plan->price = look->price;
    plan->next_due_ms = planner->input->now_ms + look->after_ms;
    plan->later = (struct plan_later){0};
    if (look->chance > 0.0 && (begin == 0 || look->most > begin))
        plan->later = (struct plan_later){.after_ms = look->after_ms,
                                          .chance = look->chance,
                                          .expected = fmax(look->expected - begin, 0.0),
                                          .likely = less(look->likely, begin),
                                          .most = less(look->most, begin)};
    work->later_most = plan->later.most;
}

/* More waves than two, if they alert fewer than MOST. */
static int plan_many(struct planner *planner, struct work *work,
                     const struct look_wish *one, double loss, double *most)
{
    struct look_wish wish = *one;
    struct look_result many;
    wish.guess = planner->plan->price *
                 pow(1.0 - wish.target, work->line.count > 1 ? GUESS_SEVERAL : GUESS_ONE);
    wish.most = *most;
    int status = schedule_may(work) ? schedule_plan(planner, work, &wish, &many)
                                    : stages_plan(planner, work, &wish, &many);
    if (status == ST_OK && many.first + many.expected < *most) {
        take_look(planner, work, &many, loss);
        *most = many.first + many.expected;
    }
    return status == ST_NOT_FOUND ? ST_OK : status;
}

/* Two waves in place of one that reaches the target. What full seats cost is taken from
 * the one wave, which has more people. */
static int plan_waves(struct planner *planner, struct work *work,
                      const struct line_found *one)
{
    struct look_result look;
    const double last = one->probability - one->before,
                 loss = one->plain - one->probability;
    if (planner->input->policy != PLAN_POLICY_WAVES || work->alerts <= work->forced)
        return ST_OK;
    /* What the last one of the one wave brings: the price if there is no other. */
    planner->plan->price = last > 1e-9 ? 1.0 / last : 0.0;
    if (planner->line_target + loss >= 1.0)
        return ST_OK;
    people_know(planner, work, (LOOK_REACH + 1) * work->alerts + work->line.count + 2);
    const struct look_wish wish = {.target = planner->line_target + loss,
                                   .one_wave = work->alerts};
    double most = work->alerts - 0.01;
    int status = ST_OK;
    if (schedule_may(work) || stages_may(planner, work))
        status = plan_many(planner, work, &wish, loss, &most);
    if (status < 0 || (planner->plan->later.after_ms > 0 && schedule_suffices(planner)))
        return status;
    status = look_plan(planner, work, &wish, &look);
    if (status == ST_OK && look.first + look.expected < most - 0.01)
        take_look(planner, work, &look, loss);
    return status == ST_NOT_FOUND ? ST_OK : status;
}

/* The call-out goes on: its price says whether anybody more is worth it. If not even a
 * certain success were, nobody is. */
static int plan_priced(struct planner *planner, struct work *work)
{
    const struct plan_input *input = planner->input;
    uint32_t bound = work->alerts;
    struct look_result look;
    double p;
    int status = probability_of(work, work->pending + work->forced, work->seats, &p);
    if (status < 0)
        return status;
    if (input->price * (1.0 - p) <= 1.0) {
        work->alerts = work->forced;
        work->probability = p;
        planner->plan->price = input->price;
        return ST_OK;
    }
    bound = bound > work->line.count ? bound : work->line.count;
    bound = bound < PRICE_ALERTS_MAX || bound <= work->alerts ? bound : PRICE_ALERTS_MAX;
    people_know(planner, work, (LOOK_REACH + 1) * bound + work->line.count + 2);
    const struct look_wish wish = {.price = input->price, .one_wave = bound};
    status = schedule_may(work)          ? schedule_plan(planner, work, &wish, &look)
             : stages_may(planner, work) ? stages_plan(planner, work, &wish, &look)
                                         : ST_NOT_FOUND;
    if (status == ST_NOT_FOUND)
        status = look_plan(planner, work, &wish, &look);
    if (status == ST_OK)
        take_look(planner, work, &look, 0.0);
    return status == ST_NOT_FOUND ? ST_OK : status;
}

/* Under a price: seats for whoever may say yes, as far as they bring anything. They cost
 * no alert. */
static int priced_seats(struct work *work)
{
    uint32_t n = work->pending + work->alerts, seats;
    double plain;
    int status = probability_of(work, n, LINE_SEATS_ALL, &plain);
    if (status == ST_OK)
        status = line_seats(&work->line, n, plain - SEAT_WORTH, &seats);
    if (status == ST_OK && seats > work->seats_resolved)
        work->seats_resolved = seats;
    return status;
}

/* The seats are filled, in time or not. */
static int plan_hopeless(struct planner *planner, struct work *work)
{
    int status = plan_unreachable(planner, work, planner->line_target);
    top_up(planner, work);
    work->one_wave = work->alerts;
    if (status < 0 || planner->input->price <= 0.0 ||
        planner->input->policy != PLAN_POLICY_WAVES)
        return status;
    return plan_priced(planner, work);
}

/* ONE reaches the planner's target at once. */
static int plan_reached(struct planner *planner, struct work *work,
                        const struct line_found *one)
{
    int status = ST_OK;
    work->alerts = work->one_wave = one->count - work->pending;
    work->probability = one->probability;
    work->seats_resolved = work->seats;
    if (work->seats == LINE_SEATS_ALL)
        status = line_seats(&work->line, one->count, planner->line_target,
                            &work->seats_resolved);
    top_up(planner, work);
    if (status == ST_OK && planner->input->policy == PLAN_POLICY_WAVES)
        status = planner->input->price > 0.0 ? plan_priced(planner, work)
                                             : plan_waves(planner, work, one);
    return status;
}

/* Seats, and how many are alerted now. */
static int plan_seats(struct planner *planner, struct work *work)
{
    const struct plan_need *need = planner->input->need;
    const bool is_auto = need->reserve == PLAN_RESERVE_AUTO;
    struct line_found one;
    if (!is_auto)
        work->seats = work->line.count + (uint32_t)need->reserve;
    int status = shortest(planner, work, need->target, &one);
    if (status < 0)
        return status;
    work->reached = one.probability;
    if (one.probability >= need->target)
        return plan_reached(planner, work, &one);
    status = lower_target(planner, work, &one);
    status = status == ST_NOT_FOUND ? plan_hopeless(planner, work)
             : status == ST_OK      ? plan_reached(planner, work, &one)
                                    : status;
    const bool priced = planner->plan->price > 0.0;
    return status == ST_OK && priced && is_auto ? priced_seats(work) : status;
}

/* Of those to be alerted and the first ASKED who answered "limited". */
static int with_limited(const struct work *work, uint32_t asked, double *ret)
{
    const uint32_t first = work->pending + work->alerts;
    AUTO_FREE struct line_person *people =
        mem_alloc(((size_t)first + asked + 1) * sizeof(*people));
    if (people == NULL)
        return ST_NO_MEMORY;
    memcpy(people, work->people, first * sizeof(*people));
    memcpy(people + first, work->people + work->pending + work->free,
           asked * sizeof(*people));
    struct line line = work->line;
    line.people = people;
    line.people_count = first + asked;
    const struct line_points points = {
        .seats = work->seats, .count = 1, .at = &line.people_count};
    return line_points(&line, &points, ret);
}

/* Those who are free are not enough: those who answered "limited", one after the other.
 */
static int plan_limited(struct planner *planner, struct work *work)
{
    struct plan *plan = planner->plan;
    const uint32_t people = work->line.people_count;
    people_add_limited(planner, work, work->limited);
    work->line.people_count = people;
    for (uint32_t asked = 0;; asked++) {
        int status = with_limited(work, asked, &work->probability);
        if (status < 0)
            return status;
        if (work->probability >= planner->input->need->target || asked == work->limited)
            return ST_OK;
        plan->ask_limited[plan->ask_limited_count++] =
            planner->input->limited[work->limited_index[asked]].id;
    }
}

/* What is told counts the seats that `auto` gives: they are enough for the target. */
static int tell_with_seats(const struct planner *planner, struct work *work)
{
    double loss;
    int status = work_seats_loss(planner, work, &loss);
    if (status == ST_OK && work->probability > planner->line_target)
        work->probability = fmax(work->probability - loss, planner->line_target);
    return status;
}

static int line_finish(struct planner *planner, uint32_t index)
{
    struct work *work = &planner->works[index];
    struct plan_line *line = &planner->plan->lines[index];
    int status = tell_with_seats(planner, work);
    if (status == ST_OK)
        status = probability_of(work, 0, LINE_SEATS_ALL, &line->probability_held);
    line->probability = work->probability;
    line->seats = work->seats_resolved;
    line->reserve = (int32_t)(work->seats_resolved - work->line.count);
    line->held = work->line.held;
    line->available = work->line.held + work->pending + work->free;
    line->free = work->free;
    line->alerts = work->alerts;
    const double target = planner->input->need->target;
    line->target_reached = line->probability >= target;
    line->short_of_people = work->reached < target;
    return status;
}

static int plan_one_line(struct planner *planner)
{
    struct work *work = &planner->works[0];
    const struct plan_need *need = planner->input->need;
    int status = people_pool(planner->input, work);
    if (status == ST_OK)
        status = people_of_line(planner, 0, work);
    if (status < 0)
        return status;
    uint32_t seats = need->counts[0] + (need->reserve > 0 ? (uint32_t)need->reserve : 0);
    people_know(planner, work, KNOWN_FIRST + KNOWN_PER_SEAT * seats);
    while (work->known < work->free && work->forced == work->known)
        people_know(planner, work, work->known * KNOWN_FACTOR);
    status = plan_seats(planner, work);
    const bool out_of_reach = planner->line_target < need->target;
    const bool short_of_people = (work->alerts == work->free || out_of_reach) &&
                                 work->line.held < work->seats &&
                                 work->line.held < work->seats_resolved;
    if (status == ST_OK && short_of_people && work->limited > 0)
        status = plan_limited(planner, work);
    else if (status == ST_OK)
        status = fair_arrange(planner, work);
    return status < 0 ? status : line_finish(planner, 0);
}

/* ---- the whole
 * ------------------------------------------------------------------------------- */

static bool is_valid(const struct plan_input *input)
{
    const struct plan_need *need = input->need;
    bool ok = need->line_count >= 1 && need->line_count <= PLAN_LINES_MAX &&
              need->target > 0.0 && need->target < 1.0 &&
              need->reserve >= PLAN_RESERVE_AUTO && need->reserve <= PLAN_COUNT_MAX &&
              input->price >= 0.0 && input->price <= PLAN_PRICE_MAX;
    for (uint32_t i = 0; ok && i < need->line_count; i++)
        ok = need->counts[i] >= 1 && need->counts[i] <= PLAN_COUNT_MAX;
    for (uint32_t i = 0; ok && i < input->candidate_count; i++)
        ok = input->candidates[i].p_accept >= 0.0 &&
             input->candidates[i].p_accept <= 1.0 && input->candidates[i].comes >= 0.0 &&
             input->candidates[i].comes <= 1.0 && input->candidates[i].burden >= 0.0 &&
             isfinite(input->candidates[i].burden);
    for (uint32_t i = 0; ok && i < input->pending_count; i++)
        ok = input->pending[i].p_accept >= 0.0 && input->pending[i].p_accept <= 1.0;
    for (uint32_t i = 0; ok && i < input->answer_count; i++)
        ok = input->answers[i].p_accept >= 0.0 && input->answers[i].p_accept <= 1.0;
    return ok; /* comparisons with NaN are false */
}

static void add_person(struct planner *planner, uint32_t line, const struct rank *rank,
                       struct plan_person *ret)
{
    *ret = (struct plan_person){.candidate = rank->candidate,
                                .line = line,
                                .p_accept =
                                    planner->input->candidates[rank->candidate].p_accept,
                                .p_in_time = rank->p_in_time,
                                .q = rank->q,
                                .reason = rank->reason};
}

static int collect_people(struct planner *planner)
{
    struct plan *plan = planner->plan;
    const struct plan_input *input = planner->input;
    uint32_t total = 0;
    for (uint32_t line = 0; line < plan->line_count; line++)
        total += planner->works[line].alerts;
    plan->people = mem_calloc((size_t)total + 1, sizeof(*plan->people));
    plan->later_people =
        mem_calloc((size_t)plan->later.most + 1, sizeof(*plan->later_people));
    if (plan->people == NULL || plan->later_people == NULL)
        return ST_NO_MEMORY;
    for (uint32_t line = 0; line < plan->line_count; line++) {
        const struct work *work = &planner->works[line];
        for (uint32_t i = 0; i < work->alerts; i++) {
            add_person(planner, line, &work->ranks[i],
                       &plan->people[plan->people_count++]);
            plan->expected_messages +=
                input->candidates[work->ranks[i].candidate].messages;
        }
    }
    plan->later.most = 0;
    for (uint32_t line = 0; line < plan->line_count; line++) {
        const struct work *work = &planner->works[line];
        uint32_t left = work->known > work->alerts ? work->known - work->alerts : 0;
        for (uint32_t i = 0; i < work->later_most && i < left; i++)
            add_person(planner, line, &work->ranks[work->alerts + i],
                       &plan->later_people[plan->later.most++]);
    }
    plan->expected_alerts = total + plan->later.expected;
    if (total > 0)
        plan->expected_messages *= plan->expected_alerts / total;
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
        if (work->alerts < work->known) {
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

/* The mean over everybody who may say yes, so that for people who are alike the nodes are
 * those of the beta-binomial distribution itself. */
static void start_common(struct planner *planner)
{
    const struct plan_input *input = planner->input;
    double sum = 0.0, count = 0.0;
    uint32_t largest = 0;
    for (uint32_t i = 0; i < input->candidate_count; i++)
        sum += input->candidates[i].p_accept;
    for (uint32_t i = 0; i < input->pending_count; i++)
        sum += input->pending[i].p_accept;
    count = (double)input->candidate_count + input->pending_count;
    for (uint32_t i = 0; i < input->need->line_count; i++)
        largest = input->need->counts[i] > largest ? input->need->counts[i] : largest;
    common_init(&planner->common,
                count > 0 ? sum / count
                          : response_model_get_config(input->response)->accept,
                response_model_get_config(input->response)->correlation,
                largest > LINE_EXACT_MAX ? LINE_NODES_LARGE : LINE_NODES_SMALL);
    people_observe(input, &planner->common);
}

static int plan_all(struct planner *planner)
{
    struct plan *plan = planner->plan;
    const struct plan_need *need = planner->input->need;
    plan->ask_limited =
        mem_calloc((size_t)planner->input->limited_count + 1, sizeof(*plan->ask_limited));
    if (plan->ask_limited == NULL)
        return ST_NO_MEMORY;
    plan->line_count = need->line_count;
    planner->line_target = need->target;
    start_common(planner);
    if (need->line_count > 1) {
        planner->xs = mem_calloc(planner->input->candidate_count + 1u, sizeof(double));
        if (planner->xs == NULL)
            return ST_NO_MEMORY;
    }
    int status = need->line_count == 1 ? plan_one_line(planner) : lines_plan(planner);
    if (status < 0)
        return status;
    if (need->line_count == 1) {
        plan->probability = plan->lines[0].probability;
        plan->probability_held = plan->lines[0].probability_held;
        plan->at_once = planner->works[0].one_wave;
    }
    plan->target_reached = plan->probability >= need->target;
    status = collect_people(planner);
    if (status == ST_OK)
        status = curve_make(planner);
    if (status == ST_OK && plan->next_due_ms == 0)
        plan->next_due_ms = next_due(planner);
    if (status == ST_OK && planner->input->compare)
        status = change_find(planner);
    return status;
}

int plan_make(const struct plan_input *input, struct plan *ret)
{
    *ret = (struct plan){0};
    if (input->candidate_count > PLAN_PEOPLE_MAX ||
        input->holder_count > PLAN_PEOPLE_MAX || input->pending_count > PLAN_PEOPLE_MAX ||
        input->limited_count > PLAN_PEOPLE_MAX || input->answer_count > PLAN_PEOPLE_MAX)
        return ST_LIMIT;
    if (!is_valid(input))
        return ST_INVALID;
    AUTO_FREE struct planner *planner = mem_calloc(1, sizeof(*planner));
    if (planner == NULL)
        return ST_NO_MEMORY;
    planner->input = input;
    planner->plan = ret;
    int status = plan_all(planner);
    mem_free(planner->xs);
    for (uint32_t i = 0; i < PLAN_LINES_MAX; i++)
        work_release(&planner->works[i]);
    return status;
}

void plan_release(struct plan *plan)
{
    mem_free(plan->people);
    mem_free(plan->later_people);
    mem_free(plan->ask_limited);
    *plan = (struct plan){0};
}
