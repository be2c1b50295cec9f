/* SPDX-License-Identifier: Apache-2.0 */
/* As long as nobody says yes nothing is learned but that, so a plan is a list of times.
 * Minute by minute, given the common cause and no yes before minute k, with those asked
 * until then outstanding:
 *
 *     none(k)  = product of P(no yes in minute k)
 *     now(k)   = product of 1 - P(says yes from minute k on, and is there in time)
 *     next(k)  = the same from minute k + 1 on, if nobody says yes in minute k
 *     A(k + 1) = A(k) none(k),  A(0) = 1
 *     P(filled, the first yes in k) = A(k) ((1 - now(k)) - none(k) (1 - next(k)))
 *
 * Whoever has said yes may yet not come. If that is worth it, M more are asked at once
 * after the first yes: with c(k) = P(not filled | the first yes in k) and a success of q
 * each, that brings c (1 - (1 - q)^M) for M alerts; M is the best at the price. All else
 * is exact for replies seen minute by minute. Each person gets the time that is best
 * given those before, in the order of asking, until nobody more is worth the price; then
 * each again, given all others, until nothing changes. bench_bound.c measures what that
 * leaves. */
#include "plan/schedule.h"

#include "base/mem.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

#define MINUTES 10 /* planned; what is asked later is left to later plans */
#define MINUTE_MS 60000
#define WAVES MINUTES /* may be at minutes 0 to 9 */
#define NODES 4       /* of the common cause */
#define PEOPLE_MAX 40
#define PENDING_MAX 96
#define SWEEPS_MAX 4
#define NEAR 2       /* minutes to either side */
#define BISECTIONS 5 /* of a factor of two */
#define PRICE_GUESS 20.0
#define PRICE_MAX 2000.0
#define PRICE_MIN 1.5
#define NOT_ASKED 255
#define GAIN_MIN 1e-9
#define MORE_MAX 12 /* asked after the first yes */
#define FACTOR_MIN 1e-3
#define REPLIED_MAX (1.0 - 1e-9)

/* One person asked at a minute: 1 - P(yes from minute k on and in time), and P(no yes in
 * minute k), both given none before. */
struct factors {
    double open[MINUTES + 1], none[MINUTES];
};

struct state {
    double now[NODES][MINUTES], next[NODES][MINUTES], none[NODES][MINUTES];
    uint32_t count[MINUTES];
};

struct schedule {
    struct planner *planner;
    struct work *work;
    struct common common;
    uint32_t minutes, waves;      /* <= MINUTES */
    double missing;               /* 1 - P(a holder is there in time) */
    double replied[MINUTES + 1];  /* F at whole minutes */
    double price;                 /* of the schedule that is being made */
    double spare[NODES][MINUTES]; /* q of somebody asked after a yes in the minute */
    struct state begin;           /* the pending ones */
    struct state state;           /* and those who have a time */
    uint32_t people, made;        /* may be asked; whose factors are there */
    uint8_t at[PEOPLE_MAX];
    /* [(person * WAVES + minute asked) * nodes + node] */
    struct factors *factors;
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

/* ---- people
 * ---------------------------------------------------------------------------- */

struct silent {
    double a, comes;
    int64_t left_ms, since_ms; /* from the alert; of silence at minute 0 */
    uint32_t travel_ms;
};

/* Of somebody who says yes with A from now on. */
static void make_factors(const struct schedule *schedule, const struct silent *one,
                         struct factors *ret)
{
    const struct plan_input *input = schedule->planner->input;
    double begun = response_model_replied(input->response, one->since_ms), f = 0.0;
    double open = begun < 1.0 ? 1.0 / (1.0 - begun) : 0.0;
    for (uint32_t k = 0; k <= schedule->minutes; k++) {
        int64_t since = one->since_ms + (int64_t)k * MINUTE_MS;
        double silent = 1.0 - one->a * f, later = 0.0, then = 1.0;
        if (since <= MINUTES * MINUTE_MS) /* hardly anybody answers later */
            later = one->comes * open *
                    response_model_late_in_time(input->response, input->night,
                                                one->left_ms, one->travel_ms, since);
        ret->open[k] = silent > 0.0 ? 1.0 - one->a * later / silent : 1.0;
        if (k == schedule->minutes)
            break;
        if (open > 0.0)
            then = (response_model_replied(input->response, since + MINUTE_MS) - begun) *
                   open;
        ret->none[k] = silent > 0.0 ? (1.0 - one->a * then) / silent : 1.0;
        f = then;
    }
}

static void multiply(const struct schedule *schedule, struct state *state, uint32_t node,
                     const struct factors *factors, uint32_t from)
{
    for (uint32_t k = from; k < schedule->minutes; k++) {
        state->now[node][k] *= factors->open[k];
        state->next[node][k] *= factors->open[k + 1];
        state->none[node][k] *= factors->none[k];
    }
}

static void add_pending(struct schedule *schedule)
{
    const struct plan_input *input = schedule->planner->input;
    const struct work *work = schedule->work;
    const double comes = response_model_get_config(input->response)->comes;
    for (uint32_t i = 0; i < work->pending; i++) {
        const struct plan_pending *pending = &input->pending[work->pending_index[i]];
        struct silent one = {.comes = comes,
                             .left_ms = input->need->deadline_ms - pending->alerted_ms,
                             .since_ms = people_silent_ms(input, pending),
                             .travel_ms = pending->travel_ms};
        for (uint32_t m = 0; m < schedule->common.count; m++) {
            struct factors factors;
            one.a =
                work->people[i].share * common_a(&schedule->common, m, work->people[i].x);
            make_factors(schedule, &one, &factors);
            multiply(schedule, &schedule->begin, m, &factors, 0);
        }
    }
}

static const struct factors *factors_of(const struct schedule *schedule, uint32_t person,
                                        uint32_t at, uint32_t node)
{
    return &schedule
                ->factors[((size_t)person * WAVES + at) * schedule->common.count + node];
}

static void make_person(struct schedule *schedule, uint32_t person)
{
    const struct plan_input *input = schedule->planner->input;
    const struct work *work = schedule->work;
    const struct rank *rank = &work->ranks[person];
    const double comes = people_comes(input, rank->candidate);
    const int64_t left_ms = input->need->deadline_ms - input->now_ms;
    for (uint32_t m = 0; m < schedule->common.count; m++) {
        double a = common_a(&schedule->common, m, work->people[work->pending + person].x);
        double worth[MINUTES + 1]; /* a comes / P(silent so long) */
        for (uint32_t k = 0; k <= schedule->minutes; k++)
            worth[k] = a * comes / (1.0 - a * schedule->replied[k]);
        for (uint32_t at = 0; at < schedule->waves; at++) {
            struct factors *to =
                &schedule
                     ->factors[((size_t)person * WAVES + at) * schedule->common.count +
                               m];
            for (uint32_t k = at; k <= schedule->minutes; k++)
                to->open[k] =
                    1.0 - worth[k - at] * response_model_late_in_time(
                                              input->response, input->night,
                                              left_ms - (int64_t)at * MINUTE_MS,
                                              rank->travel_ms, (k - at) * MINUTE_MS);
            for (uint32_t k = at; k < schedule->minutes; k++)
                to->none[k] = (1.0 - a * schedule->replied[k - at + 1]) /
                              (1.0 - a * schedule->replied[k - at]);
        }
    }
}

/* ---- what a schedule is worth
 * ---------------------------------------------------------- */

static void put(const struct schedule *schedule, struct state *state, uint32_t person,
                uint32_t at)
{
    for (uint32_t m = 0; m < schedule->common.count; m++)
        multiply(schedule, state, m, factors_of(schedule, person, at, m), at);
    state->count[at]++;
}

/* Somebody more, who is not in the state. */
struct extra {
    const struct factors *factors; /* [node]; NULL = nobody */
    uint32_t at;
};

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

/* P and alerts at node M, given it. */
static struct value value_at(const struct schedule *schedule, const struct state *state,
                             const struct extra *extra, uint32_t m)
{
    struct value value = {0};
    double silent = 1.0, next = 1.0;
    const struct factors *more = extra->factors == NULL ? NULL : &extra->factors[m];
    for (uint32_t k = 0; k < schedule->minutes; k++) {
        double now = state->now[m][k], none = state->none[m][k];
        uint32_t count = state->count[k];
        next = state->next[m][k];
        if (more != NULL && k >= extra->at) {
            now *= more->open[k];
            next *= more->open[k + 1];
            none *= more->none[k];
            count += k == extra->at;
        }
        double filled = 1.0 - now - none * (1.0 - next), yes = 1.0 - none;
        double missing = yes - filled, q = schedule->spare[m][k];
        value.expected += silent * count;
        value.probability += silent * filled;
        if (schedule->price * schedule->missing * missing * q > yes)
            ask_more(schedule, silent * yes, missing / yes, q, &value);
        silent *= none;
    }
    /* And who answers after the last minute planned. */
    value.probability += silent * (1.0 - next);
    return value;
}

static struct value value_with(const struct schedule *schedule, const struct state *state,
                               const struct extra *extra)
{
    struct value value = {0};
    for (uint32_t m = 0; m < schedule->common.count; m++) {
        struct value here = value_at(schedule, state, extra, m);
        value.probability += schedule->common.weight[m] * here.probability;
        value.expected += schedule->common.weight[m] * here.expected;
    }
    value.probability = 1.0 - schedule->missing * (1.0 - value.probability);
    return value;
}

static struct value value_of(const struct schedule *schedule, const struct state *state)
{
    struct value value = value_with(schedule, state, &(struct extra){NULL, 0});
    for (uint32_t k = 1; k < schedule->minutes && value.first_minute == 0; k++)
        value.first_minute = state->count[k] > 0 ? k : 0;
    for (uint32_t m = 0; m < schedule->common.count && value.first_minute > 0; m++) {
        double silent = schedule->common.weight[m];
        for (uint32_t k = 0; k < value.first_minute; k++)
            silent *= state->none[m][k];
        value.first_chance += silent;
    }
    return value;
}

/* The best time for PERSON on top of WITHOUT; NOT_ASKED if none is worth PRICE. A forced
 * one is asked now. */
static uint8_t best_time(struct schedule *schedule, const struct state *without,
                         uint32_t person, double price)
{
    /* Somebody who has a time gets one close to it. */
    const uint32_t near = schedule->at[person];
    const uint32_t from = near == NOT_ASKED || near < NEAR ? 0 : near - NEAR;
    const uint32_t to = near == NOT_ASKED || near + NEAR >= schedule->waves
                            ? schedule->waves
                            : near + NEAR + 1;
    if (schedule->work->ranks[person].group == 0)
        return 0;
    struct value value = value_with(schedule, without, &(struct extra){NULL, 0});
    double most = price * value.probability - value.expected + GAIN_MIN;
    uint8_t best = NOT_ASKED;
    for (uint32_t at = from; at < to; at++) {
        const struct extra extra = {factors_of(schedule, person, at, 0), at};
        value = value_with(schedule, without, &extra);
        double worth = price * value.probability - value.expected;
        if (worth > most) {
            most = worth;
            best = (uint8_t)at;
        }
    }
    return best;
}

static void add_people(struct schedule *schedule, double price)
{
    for (uint32_t i = 0; i < schedule->people; i++) {
        if (schedule->at[i] != NOT_ASKED)
            continue;
        if (schedule->made <= i) {
            make_person(schedule, i);
            schedule->made = i + 1;
        }
        uint8_t at = best_time(schedule, &schedule->state, i, price);
        if (at == NOT_ASKED)
            return; /* whoever stands behind is worth less */
        schedule->at[i] = at;
        put(schedule, &schedule->state, i, at);
    }
}

/* STATE without PERSON. Dividing is quick; a factor close to 0 would lose digits. */
static void take_out(const struct schedule *schedule, uint32_t person,
                     struct state *state)
{
    const uint32_t at = schedule->at[person];
    bool small = false;
    state->count[at]--;
    for (uint32_t m = 0; m < schedule->common.count; m++) {
        const struct factors *factors = factors_of(schedule, person, at, m);
        for (uint32_t k = at; k < schedule->minutes; k++) {
            small |= factors->open[k] < FACTOR_MIN || factors->open[k + 1] < FACTOR_MIN ||
                     factors->none[k] < FACTOR_MIN;
            state->now[m][k] /= factors->open[k];
            state->next[m][k] /= factors->open[k + 1];
            state->none[m][k] /= factors->none[k];
        }
    }
    if (!small)
        return;
    *state = schedule->begin;
    for (uint32_t i = 0; i < schedule->made; i++)
        if (i != person && schedule->at[i] != NOT_ASKED)
            put(schedule, state, i, schedule->at[i]);
}

static bool improve(struct schedule *schedule, double price)
{
    bool better = false;
    for (uint32_t i = 0; i < schedule->made; i++) {
        if (schedule->at[i] == NOT_ASKED)
            continue;
        struct state *others = &schedule->state;
        take_out(schedule, i, others);
        uint8_t at = best_time(schedule, others, i, price);
        better |= at != schedule->at[i];
        schedule->at[i] = at;
        if (at != NOT_ASKED)
            put(schedule, others, i, at);
    }
    return better;
}

/* From the schedule as it is: that of another price is a good start. */
static struct value plan_at(struct schedule *schedule, double price)
{
    schedule->price = price;
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
        add_people(schedule, price);
        if (!improve(schedule, price))
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
    schedule->waves = schedule->minutes;
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
        for (uint32_t k = 0; k < MINUTES; k++)
            schedule->begin.now[m][k] = schedule->begin.next[m][k] =
                schedule->begin.none[m][k] = 1.0;
    schedule->factors = mem_alloc(((size_t)schedule->people + 1) * WAVES *
                                  schedule->common.count * sizeof(struct factors));
    if (schedule->factors == NULL)
        return ST_NO_MEMORY;
    add_pending(schedule);
    fill_spare(schedule, known, one_wave);
    schedule->state = schedule->begin;
    memset(schedule->at, NOT_ASKED, sizeof(schedule->at));
    return ST_OK;
}

/* The smallest price, to a few per cent, whose schedule reaches the target; 0: none. */
static double find_price(struct schedule *schedule, const struct look_wish *wish,
                         struct value *ret)
{
    double high = wish->guess > PRICE_MIN ? wish->guess : PRICE_GUESS, low;
    struct value value = plan_at(schedule, high);
    if (value.probability >= wish->target) {
        for (low = high / 2.0; low > PRICE_MIN; low /= 2.0) {
            struct value below = plan_at(schedule, low);
            if (below.probability < wish->target)
                break;
            high = low;
        }
    } else {
        for (low = high; value.probability < wish->target; low = high, high *= 2.0) {
            if (high > PRICE_MAX)
                return 0.0;
            value = plan_at(schedule, 2.0 * high);
        }
    }
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = sqrt(low * high);
        value = plan_at(schedule, middle);
        if (value.probability >= wish->target)
            high = middle;
        else
            low = middle;
    }
    *ret = plan_at(schedule, high);
    return ret->probability >= wish->target ? high : 0.0;
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
    const uint32_t now = schedule->state.count[0];
    uint32_t later = 0;
    for (uint32_t k = 1; k < schedule->minutes; k++)
        later += schedule->state.count[k];
    uint32_t minute = value->first_minute > 0 ? value->first_minute : 1;
    *ret = (struct look_result){
        .first = now,
        .after_ms = (int64_t)minute * MINUTE_MS,
        .expected = value->expected - now,
        .chance = value->first_chance,
        .likely = value->first_minute > 0 ? schedule->state.count[minute] : 0,
        .most = later,
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
