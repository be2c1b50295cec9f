/* SPDX-License-Identifier: Apache-2.0 */
/* As long as nobody says yes nothing is learned but that, so a plan is a list of times.
 * Minute by minute, given the common cause:
 *
 *     silent(k) = P(no yes before minute k)
 *     open(k)   = P(no yes before minute k, and nobody asked before it will come in time)
 *     now(k)    = the same with those asked at minute k
 *
 * All three are products over people: somebody who accepts with a, asked at minute j, has
 * 1 - a F(k - j) in silent, and 1 - a F(k - j) - a s P(D > k - j, in time) in the others.
 * Who is asked at minute k adds to P what they take from open(k), so
 *
 *     P(somebody is there in time) = 1 - open(0) + sum of open(k) - now(k)
 *     alerts                       = sum of silent(k) times those asked at k
 *
 * Whoever has said yes may yet not come: that is so with now(k) - open(k + 1), of the
 * silent(k) - silent(k + 1) that the first yes comes in minute k. If it is worth it, M
 * more are asked at once then: with c = P(not filled | the first yes in k) and a success
 * of q each, that brings c (1 - (1 - q)^M) for M alerts; M is the best at the price. All
 * else is exact for replies seen minute by minute. Each person gets the time that is best
 * given those before, in the order of asking, until nobody more is worth the price; then
 * each again, given all others, until nothing changes. bench_bound.c measures what that
 * leaves. */
#include "plan/schedule.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/price.h"

#include <math.h>
#include <string.h>

#define MINUTES                                                                          \
    RESPONSE_MODEL_MINUTES /* planned; what is asked later is left to later              \
                            */
#define MINUTE_MS 60000
#define WAVES MINUTES /* may be at minutes 0 to 9 */
#define NODES 4       /* of the common cause */
#define SUFFICES 5    /* minutes */
#define PEOPLE_MAX 40
#define PENDING_MAX 96
#define SWEEPS_MAX 2
#define NOT_ASKED 255
#define GAIN_MIN 1e-9
#define MORE_MAX 12 /* asked after the first yes */
#define FACTOR_MIN 1e-3
#define REPLIED_MAX (1.0 - 1e-9)

struct state {
    double silent[NODES][MINUTES + 1], open[NODES][MINUTES + 1], now[NODES][MINUTES + 1];
    double count[MINUTES + 1]; /* asked at each minute */
};

/* One person's factors by minutes since they were asked: of silent, and of open and now
 * when asked at each minute. */
struct factors {
    double silent[MINUTES + 1], open[WAVES][MINUTES + 1];
    bool small; /* some are below FACTOR_MIN */
};

struct schedule {
    struct planner *planner;
    struct work *work;
    struct common common;
    uint32_t minutes;             /* <= MINUTES; as many waves */
    double missing;               /* 1 - P(a holder is there in time) */
    double replied[MINUTES + 1];  /* F at whole minutes */
    double price;                 /* of the schedule that is being made */
    double spare[NODES][MINUTES]; /* q of somebody asked after a yes in the minute */
    double worth[NODES][MINUTES]; /* of P for them: price * missing * spare */
    struct state begin;           /* the pending ones */
    struct state state;           /* and those who have a time */
    uint32_t people, made;        /* may be asked; whose factors are there */
    uint8_t at[PEOPLE_MAX];
    uint16_t waves_made[PEOPLE_MAX]; /* a bit each */
    struct factors *factors;         /* [person * nodes + node] */
};

struct value {
    double probability, expected, first_chance;
    uint32_t first_minute;
};

bool schedule_may(const struct work *work)
{
    return work->line.count == 1 && work->pending <= PENDING_MAX &&
           work->forced <= PEOPLE_MAX / 2;
}

bool schedule_suffices(const struct planner *planner)
{
    const struct plan_input *input = planner->input;
    return input->need->deadline_ms - input->now_ms >= SUFFICES * MINUTE_MS;
}

/* ---- people
 * ---------------------------------------------------------------------------- */

/* Those who were asked before: given that they have been silent until now. */
static void add_pending(struct schedule *schedule)
{
    const struct plan_input *input = schedule->planner->input;
    const struct work *work = schedule->work;
    for (uint32_t i = 0; i < work->pending; i++) {
        const struct plan_pending *pending = &input->pending[work->pending_index[i]];
        const int64_t since = people_silent_ms(input, pending) / MINUTE_MS;
        const double comes = people_comes_of(input, pending->comes);
        double replied[MINUTES + 1], row[MINUTES + 1];
        double begun = response_model_replied(input->response, since * MINUTE_MS);
        const double open = begun < 1.0 ? 1.0 / (1.0 - begun) : 0.0;
        response_model_late_row(input->response, input->night,
                                input->need->deadline_ms - pending->alerted_ms,
                                pending->travel_ms, row);
        for (int k = 0; k <= MINUTES; k++)
            replied[k] =
                open * (response_model_replied(input->response, (since + k) * MINUTE_MS) -
                        begun);
        for (uint32_t m = 0; m < schedule->common.count; m++) {
            double a =
                work->people[i].share * common_a(&schedule->common, m, work->people[i].x);
            for (int64_t k = 0; k <= MINUTES; k++) {
                double silent = 1.0 - a * replied[k];
                schedule->begin.silent[m][k] *= silent;
                if (since + k <= MINUTES) /* hardly anybody answers later */
                    silent = fmax(silent - a * comes * open * row[since + k], 0.0);
                schedule->begin.open[m][k] *= silent;
            }
        }
    }
    memcpy(schedule->begin.now, schedule->begin.open, sizeof(schedule->begin.now));
}

static const struct factors *factors_of(const struct schedule *schedule, uint32_t person,
                                        uint32_t node)
{
    return &schedule->factors[(size_t)person * schedule->common.count + node];
}

static double accepts(const struct schedule *schedule, uint32_t person, uint32_t node)
{
    const struct work *work = schedule->work;
    return common_a(&schedule->common, node, work->people[work->pending + person].x);
}

static void make_person(struct schedule *schedule, uint32_t person)
{
    const uint32_t nodes = schedule->common.count;
    for (uint32_t m = 0; m < nodes; m++) {
        struct factors *factors = &schedule->factors[(size_t)person * nodes + m];
        const double a = accepts(schedule, person, m);
        for (int k = 0; k <= MINUTES; k++)
            factors->silent[k] = 1.0 - a * schedule->replied[k];
        factors->small = 1.0 - a < FACTOR_MIN; /* none is below 1 - a */
    }
    schedule->waves_made[person] = 0;
    schedule->made = person + 1;
}

/* Fills open[AT] of PERSON at every node, if it is not there. */
static void make_wave(struct schedule *schedule, uint32_t person, uint32_t at)
{
    const struct plan_input *input = schedule->planner->input;
    const struct rank *rank = &schedule->work->ranks[person];
    const uint32_t nodes = schedule->common.count;
    double row[MINUTES + 1];
    if ((schedule->waves_made[person] >> at & 1) != 0)
        return;
    schedule->waves_made[person] |= (uint16_t)(1u << at);
    response_model_late_row(input->response, input->night,
                            input->need->deadline_ms - input->now_ms -
                                (int64_t)at * MINUTE_MS,
                            rank->travel_ms, row);
    for (uint32_t m = 0; m < nodes; m++) {
        struct factors *factors = &schedule->factors[(size_t)person * nodes + m];
        const double yes =
            accepts(schedule, person, m) * people_comes(input, rank->candidate);
        for (uint32_t k = 0; k <= schedule->minutes - at; k++)
            factors->open[at][k] = factors->silent[k] - yes * row[k];
    }
}

/* ---- what a schedule is worth
 * ---------------------------------------------------------- */

static void put(const struct schedule *schedule, struct state *state, uint32_t person,
                uint32_t at)
{
    const struct factors *factors = factors_of(schedule, person, 0);
    for (uint32_t m = 0; m < schedule->common.count; m++) {
        const double *silent = factors[m].silent, *open = factors[m].open[at];
        state->now[m][at] *= open[0];
        for (uint32_t k = at + 1; k <= schedule->minutes; k++) {
            state->now[m][k] *= open[k - at];
            state->open[m][k] *= open[k - at];
            state->silent[m][k] *= silent[k - at];
        }
    }
    state->count[at] += 1.0;
}

/* After the first yes (probability WHEN) MISSING is still to be won. */
static void ask_more(const struct schedule *schedule, double when, double missing,
                     double q, struct value *value)
{
    const double worth = schedule->price * schedule->missing;
    for (uint32_t n = 0; n < MORE_MAX && worth * missing * q > 1.0; n++) {
        value->probability += when * missing * q;
        value->expected += when;
        missing *= 1.0 - q;
    }
}

/* What minute K brings, from its three figures to those of the next. */
struct step {
    double silent, open, now, silent_next, open_next;
    double count;
};

static inline void add_minute(const struct schedule *schedule, uint32_t m, uint32_t k,
                              const struct step *step, struct value *value)
{
    double missing = step->now - step->open_next, yes = step->silent - step->silent_next;
    value->probability += step->open - step->now;
    value->expected += step->silent * step->count;
    if (schedule->worth[m][k] * missing > yes && yes > 0.0)
        ask_more(schedule, yes, missing / yes, schedule->spare[m][k], value);
}

/* RET[k] = of the pending ones and of the minutes before k at node M. */
static void follow(const struct schedule *schedule, const struct state *state, uint32_t m,
                   struct value ret[MINUTES + 1])
{
    struct value value = {.probability = 1.0 - state->open[m][0]};
    for (uint32_t k = 0; k < schedule->minutes; k++) {
        ret[k] = value;
        add_minute(schedule, m, k,
                   &(struct step){state->silent[m][k], state->open[m][k],
                                  state->now[m][k], state->silent[m][k + 1],
                                  state->open[m][k + 1], state->count[k]},
                   &value);
    }
    ret[schedule->minutes] = value;
}

/* With one more, asked at minute AT; BEFORE = of the minutes before that. */
static struct value follow_with(const struct schedule *schedule,
                                const struct state *state, uint32_t m,
                                const struct factors *factors, uint32_t at,
                                const struct value *before)
{
    const double *silent = state->silent[m], *open = state->open[m], *now = state->now[m];
    const double *own = factors->open[at];
    struct value value = *before;
    struct step step = {.silent = silent[at],
                        .open = open[at],
                        .now = now[at] * own[0],
                        .count = state->count[at] + 1.0};
    for (uint32_t k = at; k < schedule->minutes; k++) {
        const uint32_t since = k + 1 - at;
        step.silent_next = silent[k + 1] * factors->silent[since];
        step.open_next = open[k + 1] * own[since];
        add_minute(schedule, m, k, &step, &value);
        step = (struct step){.silent = step.silent_next,
                             .open = step.open_next,
                             .now = now[k + 1] * own[since],
                             .count = state->count[k + 1]};
    }
    return value;
}

static void add_node(const struct schedule *schedule, uint32_t m,
                     const struct value *here, struct value *sum)
{
    sum->probability += schedule->common.weight[m] * here->probability;
    sum->expected += schedule->common.weight[m] * here->expected;
}

static struct value value_of(const struct schedule *schedule, const struct state *state)
{
    struct value value = {0};
    for (uint32_t m = 0; m < schedule->common.count; m++) {
        struct value course[MINUTES + 1];
        follow(schedule, state, m, course);
        add_node(schedule, m, &course[schedule->minutes], &value);
    }
    value.probability = 1.0 - schedule->missing * (1.0 - value.probability);
    for (uint32_t k = 1; k < schedule->minutes && value.first_minute == 0; k++)
        value.first_minute = state->count[k] > 0.5 ? k : 0;
    for (uint32_t m = 0; m < schedule->common.count && value.first_minute > 0; m++)
        value.first_chance +=
            schedule->common.weight[m] * state->silent[m][value.first_minute];
    return value;
}

/* A state in which PERSON has no time, and what it is worth without them. */
struct without {
    const struct state *state;
    uint32_t person;
    struct value course[NODES][MINUTES + 1]; /* [node][minutes gone] */
};

/* What PERSON asked at AT is worth, in alerts. */
static double worth_at(struct schedule *schedule, const struct without *without,
                       uint32_t at)
{
    struct value value = {0};
    make_wave(schedule, without->person, at);
    for (uint32_t m = 0; m < schedule->common.count; m++) {
        const struct value here = follow_with(schedule, without->state, m,
                                              factors_of(schedule, without->person, m),
                                              at, &without->course[m][at]);
        add_node(schedule, m, &here, &value);
    }
    return schedule->price * schedule->missing * value.probability - value.expected;
}

/* The best time for PERSON on top of STATE, uphill from NEAR; NOT_ASKED if it is not
 * worth the price. A forced one is asked now. */
static uint8_t best_time(struct schedule *schedule, const struct state *state,
                         uint32_t person, uint32_t near)
{
    struct without without = {.state = state, .person = person};
    struct value value = {0};
    if (schedule->work->ranks[person].group == 0) {
        make_wave(schedule, person, 0);
        return 0;
    }
    for (uint32_t m = 0; m < schedule->common.count; m++) {
        follow(schedule, state, m, without.course[m]);
        add_node(schedule, m, &without.course[m][schedule->minutes], &value);
    }
    const double never =
        schedule->price * schedule->missing * value.probability - value.expected;
    uint32_t best = near;
    double most = worth_at(schedule, &without, near);
    for (int step = -1; step <= 1; step += 2)
        for (uint32_t at = near + (uint32_t)step; at < schedule->minutes;
             at += (uint32_t)step) {
            double worth = worth_at(schedule, &without, at);
            if (worth <= most)
                break;
            most = worth;
            best = at;
        }
    return most > never + GAIN_MIN ? (uint8_t)best : NOT_ASKED;
}

/* Whether there was anybody to be added. */
static bool add_people(struct schedule *schedule)
{
    uint32_t near = 0;
    bool any = false;
    for (uint32_t i = 0; i < schedule->people; i++) {
        if (schedule->at[i] != NOT_ASKED) {
            near = schedule->at[i];
            continue;
        }
        if (schedule->made <= i)
            make_person(schedule, i);
        uint8_t at = best_time(schedule, &schedule->state, i, near);
        if (at == NOT_ASKED)
            break; /* whoever stands behind is worth less */
        schedule->at[i] = at;
        near = at;
        put(schedule, &schedule->state, i, at);
        any = true;
    }
    return any;
}

/* STATE without PERSON. Dividing is quick; a factor close to 0 would lose digits. */
static void take_out(const struct schedule *schedule, uint32_t person,
                     struct state *state)
{
    const uint32_t at = schedule->at[person];
    const struct factors *factors = factors_of(schedule, person, 0);
    bool small = false;
    for (uint32_t m = 0; m < schedule->common.count; m++)
        small |= factors[m].small;
    if (small) {
        *state = schedule->begin;
        for (uint32_t i = 0; i < schedule->made; i++)
            if (i != person && schedule->at[i] != NOT_ASKED)
                put(schedule, state, i, schedule->at[i]);
        return;
    }
    state->count[at] -= 1.0;
    for (uint32_t m = 0; m < schedule->common.count; m++) {
        const double *silent = factors[m].silent, *open = factors[m].open[at];
        state->now[m][at] /= open[0];
        for (uint32_t k = at + 1; k <= schedule->minutes; k++) {
            double by = 1.0 / open[k - at];
            state->now[m][k] *= by;
            state->open[m][k] *= by;
            state->silent[m][k] /= silent[k - at];
        }
    }
}

/* Each again, given all others, until UNCHANGED in a row stay as they are: all of them.
 * False: they are. */
static bool improve(struct schedule *schedule, uint32_t *unchanged)
{
    for (uint32_t i = 0; i < schedule->made; i++) {
        if (*unchanged >= schedule->made)
            return false;
        (*unchanged)++;
        if (schedule->at[i] == NOT_ASKED)
            continue;
        struct state *others = &schedule->state;
        take_out(schedule, i, others);
        uint8_t at = best_time(schedule, others, i, schedule->at[i]);
        if (at != schedule->at[i])
            *unchanged = 0;
        schedule->at[i] = at;
        if (at != NOT_ASKED)
            put(schedule, others, i, at);
    }
    return true;
}

/* From the schedule as it is: that of another price is a good start. */
static struct value plan_at(struct schedule *schedule, double price)
{
    uint32_t unchanged = 0;
    schedule->price = price;
    for (uint32_t m = 0; m < schedule->common.count; m++)
        for (uint32_t k = 0; k < schedule->minutes; k++)
            schedule->worth[m][k] = price * schedule->missing * schedule->spare[m][k];
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
        if (add_people(schedule))
            unchanged = 0;
        if (!improve(schedule, &unchanged))
            break;
    }
    return value_of(schedule, &schedule->state);
}

/* ---- the plan
 * ------------------------------------------------------------------------ */

/* Those who would be asked after a yes stand about where one wave ends. */
static void fill_spare(struct schedule *schedule, uint32_t known, uint32_t one_wave)
{
    const struct plan_input *input = schedule->planner->input;
    const struct work *work = schedule->work;
    if (known == 0)
        return;
    const uint32_t person = one_wave / 2 < known ? one_wave / 2 : known - 1;
    const struct rank *rank = &work->ranks[person];
    for (uint32_t k = 0; k < schedule->minutes; k++) {
        double in_time = response_model_in_time(input->response, input->night,
                                                input->need->deadline_ms - input->now_ms -
                                                    (int64_t)(k + 1) * MINUTE_MS,
                                                rank->travel_ms);
        for (uint32_t m = 0; m < schedule->common.count; m++)
            schedule->spare[m][k] =
                people_comes(input, rank->candidate) * in_time *
                common_a(&schedule->common, m, work->people[work->pending + person].x);
    }
}

static int begin(struct schedule *schedule, struct planner *planner, struct work *work,
                 uint32_t one_wave)
{
    const struct plan_input *input = planner->input;
    int64_t minutes = (input->need->deadline_ms - input->now_ms) / MINUTE_MS + 1;
    uint32_t known = work->line.people_count - work->pending;
    schedule->planner = planner;
    schedule->work = work;
    schedule->minutes = minutes < 1 ? 1 : minutes > MINUTES ? MINUTES : (uint32_t)minutes;
    schedule->people = known < PEOPLE_MAX ? known : PEOPLE_MAX;
    schedule->missing = 1.0;
    for (uint32_t k = 0; k <= MINUTES; k++) /* a = 1: not quite, so that nothing is / 0 */
        schedule->replied[k] = fmin(
            response_model_replied(input->response, (int64_t)k * MINUTE_MS), REPLIED_MAX);
    for (uint32_t i = 0; i < work->line.held; i++)
        schedule->missing *= 1.0 - work->line.held_b[i];
    common_init(&schedule->common, planner->common.mean, planner->common.rho, NODES);
    people_observe(input, &schedule->common);
    for (uint32_t m = 0; m < NODES; m++)
        for (uint32_t k = 0; k <= MINUTES; k++)
            schedule->begin.silent[m][k] = schedule->begin.open[m][k] = 1.0;
    schedule->factors = mem_alloc(((size_t)schedule->people + 1) *
                                  schedule->common.count * sizeof(struct factors));
    if (schedule->factors == NULL)
        return ST_NO_MEMORY;
    add_pending(schedule);
    fill_spare(schedule, known, one_wave);
    schedule->state = schedule->begin;
    memset(schedule->at, NOT_ASKED, sizeof(schedule->at));
    return ST_OK;
}

/* The schedule of the smallest price that reaches the target; 0: none does. */
static double find_price(struct schedule *schedule, const struct look_wish *wish,
                         struct value *ret)
{
    struct price_search search;
    struct state best_state;
    uint8_t best_at[PEOPLE_MAX];
    bool more = true;
    price_begin(&search, wish->target, wish->guess);
    while (more) {
        struct value value = plan_at(schedule, search.price);
        if (value.probability >= wish->target) {
            *ret = value;
            best_state = schedule->state;
            memcpy(best_at, schedule->at, sizeof(best_at));
        }
        more = price_next(&search, value.probability);
    }
    if (search.high <= 0.0)
        return 0.0;
    schedule->state = best_state;
    memcpy(schedule->at, best_at, sizeof(best_at));
    return search.high;
}

/* Those who are asked now first, then by their times. */
static void reorder(struct schedule *schedule)
{
    struct work *work = schedule->work;
    for (uint32_t i = 1; i < schedule->made; i++) {
        struct rank rank = work->ranks[i];
        struct line_person person = work->people[work->pending + i];
        uint8_t at = schedule->at[i];
        uint32_t place = i;
        for (; place > 0 && schedule->at[place - 1] > at; place--) {
            work->ranks[place] = work->ranks[place - 1];
            work->people[work->pending + place] = work->people[work->pending + place - 1];
            schedule->at[place] = schedule->at[place - 1];
        }
        work->ranks[place] = rank;
        work->people[work->pending + place] = person;
        schedule->at[place] = at;
    }
}

static void answer(struct schedule *schedule, double price, const struct value *value,
                   struct look_result *ret)
{
    const double *count = schedule->state.count, now = count[0];
    double later = 0.0;
    for (uint32_t k = 1; k < schedule->minutes; k++)
        later += count[k];
    uint32_t minute = value->first_minute > 0 ? value->first_minute : 1;
    *ret = (struct look_result){
        .first = (uint32_t)(now + 0.5),
        .after_ms = (int64_t)minute * MINUTE_MS,
        .expected = value->expected - now,
        .chance = value->first_chance,
        .likely = value->first_minute > 0 ? (uint32_t)(count[minute] + 0.5) : 0,
        .most = (uint32_t)(later + 0.5),
        .probability = value->probability,
        .price = price};
    ret->expected = ret->expected > 0.0 ? ret->expected : 0.0;
}

int schedule_plan(struct planner *planner, struct work *work,
                  const struct look_wish *wish, struct look_result *ret)
{
    AUTO_FREE struct schedule *schedule = mem_calloc(1, sizeof(*schedule));
    if (schedule == NULL)
        return ST_NO_MEMORY;
    int status = begin(schedule, planner, work, wish->one_wave);
    struct value value = {0};
    double price = wish->price;
    if (status == ST_OK && price > 0.0)
        value = plan_at(schedule, price);
    else if (status == ST_OK)
        price = find_price(schedule, wish, &value);
    if (status == ST_OK && price <= 0.0)
        status = ST_NOT_FOUND;
    if (status == ST_OK) {
        answer(schedule, price, &value, ret);
        if (wish->price > 0.0 || ret->first + ret->expected < wish->most)
            reorder(schedule);
    }
    mem_free(schedule->factors);
    return status;
}
