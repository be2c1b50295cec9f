/* SPDX-License-Identifier: Apache-2.0 */
/* Every so many minutes there is a look at the answers, until when most of them have
 * come, and then a wave. What is known at a look: N have been asked (the first N in the
 * order of asking) and Y of them count as there. Backwards over the looks s, given the
 * common cause z, with the price:
 *
 *     V(last, N, Y | z) = price P(H + Bin(Y, b) + Bin(N - Y, r(z)) >= count)
 *     V(s, N, Y | z)    = sum over d of P(d of N + 1 ... N + m count | z) L(s + 1, N + m,
 * Y + d | z) - m
 *     L(s, N, Y | z)    = sum over l of P(l of Y are found missing at s) V(s, N, Y - l |
 * z)
 *
 * and m is chosen for each (s, N, Y) so that the mean of V over z, weighed by P(Y of N |
 * z), is the greatest: exact, as long as each answer is there at the next look or comes
 * too late to be seen at one, and whoever says yes comes. Those who answer later are the
 * r(z): they may be in time in the end, and no wave counts on seeing them. Whoever said
 * yes and is not there when others are is found missing (find_lost) and replaced.
 *
 * People are unlike, and whoever is asked later has less time. Somebody who is in time
 * with q if asked at look s counts with c = (q - r) / (k (b - r)), k = not found missing
 * until the end, so that c k b + (1 - c k) r = q: each one's chance is exact whenever
 * they are asked. Those asked before this plan and those who hold a seat likewise, but
 * their late answers, and who is nearly sure to come, are in H. */
#include "plan/stages_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/price.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define LOST_MAX 4 /* who count and are found missing at one look, and: or more */
#define LOST_MIN 1e-6
#define PATIENCE 2 /* sizes of a wave that are no better, then no more are tried */
#define MASS_MIN 1e-5
#define TIE 1e-9    /* alerts: nobody is better asked later for so few */
#define HARDLY 0.01 /* P that even more are asked than is told */

/* ---- backwards at one price
 * -------------------------------------------------------------- */

static void begin_wave(struct wave *wave, uint32_t from, const struct nodes *mass,
                       uint32_t yes_max)
{
    wave->from = wave->made = from;
    memcpy(wave->mass[from], mass, (yes_max + 1) * sizeof(*mass));
}

static const struct nodes *wave_to(const struct stages *stages, uint32_t s,
                                   struct wave *wave, uint32_t to)
{
    for (; wave->made < to; wave->made++) {
        struct nodes *mass = wave->mass[wave->made + 1];
        memcpy(mass, wave->mass[wave->made], (stages->yes_max + 1) * sizeof(*mass));
        for (uint32_t i = stages->places[wave->made]; i < stages->places[wave->made + 1];
             i++)
            stages_add(mass, stages->yes_max, &stages->counted[s][i]);
    }
    return wave->mass[to];
}

/* The mean of NEXT over d, from Y: those beyond the last y are in it. */
static struct nodes mean_of(const struct stages *stages, const struct nodes *mass,
                            const struct nodes *next, uint32_t y)
{
    const uint32_t top = stages->yes_max - y;
    struct nodes sum = {{0}}, rest;
    for (int m = 0; m < NODES; m++)
        rest.at[m] = 1.0;
    for (uint32_t d = 0; d < top; d++)
        for (int m = 0; m < NODES; m++) {
            sum.at[m] += mass[d].at[m] * next[y + d].at[m];
            rest.at[m] -= mass[d].at[m];
        }
    for (int m = 0; m < NODES; m++)
        sum.at[m] += rest.at[m] * next[stages->yes_max].at[m];
    return sum;
}

static double weighed(const struct nodes *weight, const struct nodes *value)
{
    double sum = 0.0;
    for (int m = 0; m < NODES; m++)
        sum += weight->at[m] * value->at[m];
    return sum;
}

static double sum_of(const struct nodes *weight)
{
    double sum = 0.0;
    for (int m = 0; m < NODES; m++)
        sum += weight->at[m];
    return sum;
}

/* The best place to go to from place G with Y, none before FROM. */
static uint32_t choose(const struct stages *stages, uint32_t s, struct wave *wave,
                       uint32_t y, uint32_t from, double price)
{
    const struct stage *next = &stages->stages[(s + 1) % 2];
    const struct nodes *weight = &stages->likely[wave->from][y];
    const uint32_t asked = stages->places[wave->from];
    const double sum = sum_of(weight);
    double most = weighed(weight, &next->value[wave->from][y]);
    uint32_t best = wave->from, worse = 0;
    for (uint32_t to = from > wave->from ? from : wave->from + 1;
         to < stages->place_count; to++) {
        const double alerts = stages->places[to] - asked;
        if (sum * (price - alerts) <= most)
            break; /* not even if that were certain */
        const struct nodes mean =
            mean_of(stages, wave_to(stages, s, wave, to), next->value[to], y);
        const double value = weighed(weight, &mean) - sum * alerts;
        if (value > most) {
            most = value;
            best = to;
            worse = 0;
        } else if (best > wave->from && ++worse == PATIENCE)
            break;
    }
    return best;
}

static void go_to(struct stages *stages, uint32_t s, struct wave *wave, uint32_t y,
                  uint32_t to)
{
    const struct stage *next = &stages->stages[(s + 1) % 2];
    struct stage *stage = &stages->stages[s % 2];
    const uint32_t from = wave->from;
    stages->choice[s][from][y] = (uint8_t)to;
    if (to == from) {
        stage->value[from][y] = next->value[from][y];
        stage->probability[from][y] = next->probability[from][y];
        return;
    }
    const double alerts = stages->places[to] - stages->places[from];
    const struct nodes *mass = wave_to(stages, s, wave, to);
    stage->value[from][y] = mean_of(stages, mass, next->value[to], y);
    stage->probability[from][y] = mean_of(stages, mass, next->probability[to], y);
    for (uint32_t m = 0; m < NODES; m++)
        stage->value[from][y].at[m] -= alerts;
}

/* Nobody counts: what a wave begins with. */
static void nothing(struct nodes *ret, uint32_t yes_max)
{
    memset(ret, 0, (yes_max + 1) * sizeof(*ret));
    for (int m = 0; m < NODES; m++)
        ret[0].at[m] = 1.0;
}

/* RET[l] = P(L of Y are found missing at look S); the last one: or more. */
static uint32_t missing_of(const struct stages *stages, uint32_t s, uint32_t y,
                           double ret[LOST_MAX + 1])
{
    const double p = stages->lost[s];
    uint32_t top = y < LOST_MAX ? y : LOST_MAX;
    double rest = 1.0;
    ret[0] = pow(1.0 - p, y);
    for (uint32_t l = 0; l < top; l++) {
        rest -= ret[l];
        ret[l + 1] = ret[l] * (y - l) / (l + 1) * p / (1.0 - p);
    }
    ret[top] = fmax(rest, 0.0);
    return top;
}

/* Before look S some of those who count are found missing: in place, the many first. */
static void lose_some(struct stages *stages, uint32_t s)
{
    struct stage *stage = &stages->stages[s % 2];
    double part[LOST_MAX + 1];
    if (stages->lost[s] < LOST_MIN)
        return;
    for (uint32_t y = stages->yes_max; y > 0; y--) {
        const uint32_t top = missing_of(stages, s, y, part);
        for (uint32_t g = 0; g < stages->place_count; g++) {
            struct nodes value = {{0}}, probability = {{0}};
            if (sum_of(&stages->likely[g][y]) < MASS_MIN)
                continue;
            for (uint32_t l = 0; l <= top; l++)
                for (int m = 0; m < NODES; m++) {
                    value.at[m] += part[l] * stage->value[g][y - l].at[m];
                    probability.at[m] += part[l] * stage->probability[g][y - l].at[m];
                }
            stage->value[g][y] = value;
            stage->probability[g][y] = probability;
        }
    }
}

static void make_stage(struct stages *stages, uint32_t s, double price, struct wave *wave)
{
    struct nodes none[YES_MAX + 1];
    nothing(none, stages->yes_max);
    for (uint32_t g = 0; g < stages->place_count; g++) {
        uint32_t to = g; /* the fewer yeses, the more are asked */
        begin_wave(wave, g, none, stages->yes_max);
        for (uint32_t y = stages->yes_max + 1; y-- > 0;) {
            if (sum_of(&stages->likely[g][y]) < MASS_MIN)
                to = g; /* hardly ever: nobody is asked */
            else
                to = choose(stages, s, wave, y, to > g ? to - 1 : g, price);
            go_to(stages, s, wave, y, to);
        }
    }
}

static void set_end(struct stages *stages, double price)
{
    struct stage *last = &stages->stages[stages->stage_count % 2];
    for (uint32_t g = 0; g < stages->place_count; g++)
        for (uint32_t y = 0; y <= stages->yes_max; y++) {
            last->probability[g][y] = stages->end[g][y];
            for (int m = 0; m < NODES; m++)
                last->value[g][y].at[m] = price * stages->end[g][y].at[m];
        }
}

/* The first wave, on top of those who were asked before. */
static void first_wave(const struct stages *stages, double price, struct wave *wave,
                       struct outcome *ret)
{
    const struct stage *next = &stages->stages[1];
    struct nodes weight = {{0}};
    double most = -INFINITY;
    memcpy(weight.at, stages->common.weight, stages->common.count * sizeof(double));
    begin_wave(wave, 0, stages->pending, stages->yes_max);
    for (uint32_t to = 0; to < stages->place_count; to++) {
        const struct nodes *mass = wave_to(stages, 0, wave, to);
        if (stages->places[to] < stages->work->forced)
            continue;
        const struct nodes value = mean_of(stages, mass, next->value[to], 0),
                           p = mean_of(stages, mass, next->probability[to], 0);
        const double worth = weighed(&weight, &value) - stages->places[to];
        if (worth <= most)
            continue;
        most = to > 0 ? worth : worth - TIE; /* nobody waits for nothing */
        *ret = (struct outcome){.by_node = p,
                                .probability = weighed(&weight, &p),
                                .price = price,
                                .first = to};
        ret->expected = price * ret->probability - worth;
    }
}

static void plan_at(struct stages *stages, double price, struct outcome *ret)
{
    struct wave *wave = stages->wave;
    set_end(stages, price);
    for (uint32_t s = stages->stage_count - 1; s > 0; s--) {
        make_stage(stages, s, price, wave);
        lose_some(stages, s);
    }
    first_wave(stages, price, wave, ret);
}

/* ---- the plan
 * ------------------------------------------------------------------------ */

/* Forwards, look by look: [place][yes] = P(this is how it stands), in `value` of the two
 * stages. */
struct forecast {
    struct stage *here, *next;
    uint32_t first; /* the place after the first wave */
    double likely;  /* P of the likeliest way to the next wave */
    struct look_result *ret;
};

/* A wave of a later look is met with P: the next one, if none was met at an earlier look.
 */
static void note_wave(const struct stages *stages, struct forecast *forecast, uint32_t s,
                      bool is_next, uint32_t from, uint32_t to, double p)
{
    struct look_result *ret = forecast->ret;
    if (to == from || !is_next)
        return;
    ret->after_ms = s * stages->step_ms;
    ret->chance += p;
    if (p <= forecast->likely)
        return;
    forecast->likely = p;
    ret->likely = stages->places[to] - stages->places[from];
}

/* Those of a wave who count are added to Y. */
static void spread_from(const struct stages *stages, const struct forecast *forecast,
                        const struct nodes *mass, uint32_t g, uint32_t y, uint32_t to)
{
    const struct nodes *from = &forecast->here->value[g][y];
    for (uint32_t d = 0; d <= stages->yes_max; d++) {
        const uint32_t then = y + d < stages->yes_max ? y + d : stages->yes_max;
        struct nodes *at = &forecast->next->value[to][then];
        for (int m = 0; m < NODES; m++)
            at->at[m] += from->at[m] * mass[d].at[m];
    }
}

/* As lose_some, forwards. */
static void foresee_lost(const struct stages *stages, uint32_t s, struct stage *here)
{
    double part[LOST_MAX + 1];
    for (uint32_t y = 1; y <= stages->yes_max; y++) {
        const uint32_t top = missing_of(stages, s, y, part);
        for (uint32_t g = 0; g < stages->place_count; g++) {
            const struct nodes all = here->value[g][y];
            here->value[g][y] = (struct nodes){{0}};
            for (uint32_t l = 0; l <= top; l++)
                for (int m = 0; m < NODES; m++)
                    here->value[g][y - l].at[m] += part[l] * all.at[m];
        }
    }
}

static void foresee_look(struct stages *stages, struct forecast *forecast, uint32_t s,
                         struct wave *wave)
{
    const bool is_next = forecast->ret->chance <= 0.0;
    struct nodes none[YES_MAX + 1];
    nothing(none, stages->yes_max);
    memset(forecast->next->value, 0, sizeof(forecast->next->value));
    for (uint32_t g = forecast->first; g < stages->place_count; g++) {
        begin_wave(wave, g, none, stages->yes_max);
        for (uint32_t y = 0; y <= stages->yes_max; y++) {
            const double p = sum_of(&forecast->here->value[g][y]);
            const uint32_t to = stages->choice[s][g][y];
            if (p < MASS_MIN)
                continue;
            spread_from(stages, forecast, wave_to(stages, s, wave, to), g, y, to);
            note_wave(stages, forecast, s, is_next, g, to, p);
        }
    }
}

/* So many are asked later, but for one case in a hundred. */
static uint32_t most_later(const struct stages *stages, const struct forecast *forecast)
{
    double beyond = 0.0;
    for (uint32_t g = stages->place_count - 1; g > forecast->first; g--) {
        for (uint32_t y = 0; y <= stages->yes_max; y++)
            beyond += sum_of(&forecast->here->value[g][y]);
        if (beyond >= HARDLY)
            return stages->places[g] - stages->places[forecast->first];
    }
    return forecast->ret->likely;
}

/* The smallest price that reaches the target, and what it chooses. */
static bool find_outcome(struct stages *stages, const struct look_wish *wish,
                         struct outcome *ret)
{
    struct price_search search;
    bool more = true;
    price_begin(&search, wish->target, wish->guess);
    while (more) {
        struct outcome outcome;
        plan_at(stages, search.price, &outcome);
        if (outcome.probability >= wish->target) {
            *ret = outcome;
            memcpy(stages->best, stages->choice, sizeof(stages->best));
        }
        more = price_next(&search, outcome.probability);
    }
    memcpy(stages->choice, stages->best, sizeof(stages->choice));
    return search.high > 0.0;
}

int stages_new(struct stages **ret, struct planner *planner, struct work *work,
               uint32_t one_wave)
{
    struct stages *stages = mem_calloc(1, sizeof(*stages));
    struct wave *wave = mem_calloc(1, sizeof(*wave));
    if (stages != NULL)
        stages->wave = wave;
    int status = stages == NULL || wave == NULL
                     ? ST_NO_MEMORY
                     : stages_begin(stages, planner, work, one_wave);
    if (status == ST_OK) {
        *ret = stages;
        return ST_OK;
    }
    mem_free(stages);
    mem_free(wave);
    return status;
}

void stages_free(struct stages *stages)
{
    if (stages != NULL)
        mem_free(stages->wave);
    mem_free(stages);
}

void stages_at(struct stages *stages, double price, struct stages_outcome *ret)
{
    plan_at(stages, price, &stages->outcome);
    ret->first = stages->places[stages->outcome.first];
    ret->expected = stages->outcome.expected;
    memcpy(ret->probability, stages->outcome.by_node.at, sizeof(ret->probability));
}

/* The next wave that may come, and how many are asked if hardly anybody answers. */
void stages_later(struct stages *stages, struct look_result *ret)
{
    const struct outcome *outcome = &stages->outcome;
    struct wave *wave = stages->wave;
    struct forecast forecast = {&stages->stages[0], &stages->stages[1], outcome->first,
                                0.0, ret};
    struct nodes *here = forecast.here->value[outcome->first];
    ret->after_ms = stages->step_ms;
    memset(forecast.here->value, 0, sizeof(forecast.here->value));
    begin_wave(wave, 0, stages->pending, stages->yes_max);
    const struct nodes *mass = wave_to(stages, 0, wave, outcome->first);
    for (uint32_t y = 0; y <= stages->yes_max; y++)
        for (uint32_t m = 0; m < stages->common.count; m++)
            here[y].at[m] = stages->common.weight[m] * mass[y].at[m];
    for (uint32_t s = 1; s < stages->stage_count; s++) {
        foresee_lost(stages, s, forecast.here);
        foresee_look(stages, &forecast, s, wave);
        struct stage *kept = forecast.here;
        forecast.here = forecast.next;
        forecast.next = kept;
    }
    ret->most = most_later(stages, &forecast);
}

static int plan_it(struct stages *stages, const struct look_wish *wish,
                   struct look_result *ret)
{
    struct outcome *outcome = &stages->outcome;
    if (wish->price > 0.0)
        plan_at(stages, wish->price, outcome);
    else if (!find_outcome(stages, wish, outcome))
        return ST_NOT_FOUND;
    *ret = (struct look_result){.first = stages->places[outcome->first],
                                .expected =
                                    outcome->expected - stages->places[outcome->first],
                                .probability = outcome->probability,
                                .price = outcome->price};
    stages_later(stages, ret);
    ret->expected = ret->expected > 0.0 ? ret->expected : 0.0;
    return ST_OK;
}

int stages_plan(struct planner *planner, struct work *work, const struct look_wish *wish,
                struct look_result *ret)
{
    struct stages *stages = NULL;
    int status = stages_new(&stages, planner, work, wish->one_wave);
    if (status == ST_OK)
        status = plan_it(stages, wish, ret);
    stages_free(stages);
    return status;
}
