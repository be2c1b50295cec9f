/* SPDX-License-Identifier: Apache-2.0 */
/* Two waves for several lines at once: the first wave is a prefix of the order of asking;
 * at the look each state of answers (plan_lines_table.h) gets the second wave of size m
 * that maximises price W(y, m) - P(y) m. The price is the smallest whose policy reaches
 * the target, or that of the running call-out. Which first wave and which look: uphill
 * from a guess. People who can stand in for one another count for all of their lines,
 * which lines planned by themselves (plan_lines_waves.c) cannot know. */
#include "plan/look_internal.h"
#include "plan/plan_lines_table.h"

#include "base/mem.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

#define PRICE_LEAST 2.0
#define PRICE_ABOVE 2.0 /* of what the last one of one wave costs */
#define BISECTIONS 14
#define STEADY 1.12
#define TRIES_MAX 32
#define FILLED_MAX 2000 /* sums: then the best one so far is taken */
#define ALL_FIRSTS 16   /* so many first waves are all tried */
#define FIRST_GUESS 0.7 /* of one wave */
#define LAST_SHARE 8    /* of one wave: people whose worth says the price */
#define PEOPLE_EXTRA 24

struct policy {
    double probability, expected, chance, likely_mass;
    uint32_t likely, most;
};

struct search {
    struct table table;
    const struct look_wish *wish;
    double price_most;
    uint32_t tries, tried[TRIES_MAX];
    uint32_t low, high, most; /* first waves; most = all people looked at */
    uint32_t at;              /* the look */
    bool too_many;
    double cost; /* of best; INFINITY */
    struct look_result *best;
};

static void choose(const struct table *table, double price, struct policy *ret)
{
    *ret = (struct policy){.probability = table->rest};
    for (uint32_t s = 0; s < table->state_count; s++) {
        const struct table_state *state = &table->states[s];
        uint32_t best = 0;
        double most = price * state->gain[0];
        for (uint32_t g = 1; g < state->sizes; g++) {
            double value = price * state->gain[g] - state->mass * TABLE_SIZES[g];
            if (value > most) {
                most = value;
                best = g;
            }
        }
        const uint32_t size = TABLE_SIZES[best];
        ret->probability += state->gain[best];
        ret->expected += state->mass * size;
        ret->chance += size > 0 ? state->mass : 0.0;
        ret->most = size > ret->most ? size : ret->most;
        if (size > 0 && state->mass > ret->likely_mass) {
            ret->likely_mass = state->mass;
            ret->likely = size;
        }
    }
    ret->probability = ret->probability < 1.0 ? ret->probability : 1.0; /* rounding */
}

/* The smallest price that reaches the target, a little above where that costs nothing;
 * 0 = none does. */
static double find_price(const struct search *search, struct policy *ret)
{
    const double target = search->wish->target;
    double low = log(PRICE_LEAST), high = log(search->price_most);
    struct policy policy;
    choose(&search->table, search->price_most, ret);
    if (ret->probability < target)
        return 0.0;
    for (int i = 0; i < BISECTIONS && low < high; i++) {
        double middle = (low + high) / 2.0;
        choose(&search->table, exp(middle), &policy);
        if (policy.probability >= target) {
            high = middle;
            *ret = policy;
        } else
            low = middle;
    }
    choose(&search->table, exp(high) * STEADY, &policy);
    return exp(high) * (policy.probability == ret->probability ? sqrt(STEADY) : 1.0);
}

/* True: the best so far. */
static bool try_first(struct search *search, uint32_t first, uint32_t at)
{
    const struct look_wish *wish = search->wish;
    struct policy policy;
    double price = wish->price, cost;
    for (uint32_t i = 0; i < search->tries; i++)
        if (search->tried[i] == first)
            return false;
    search->tried[search->tries++] = first;
    if (!table_fill(&search->table, first, LOOKS_MS[at],
                    price > 0.0 ? price : search->price_most)) {
        search->too_many = true;
        return false;
    }
    if (price > 0.0) {
        choose(&search->table, price, &policy);
        cost = first + policy.expected - price * policy.probability;
    } else {
        price = find_price(search, &policy);
        cost = price > 0.0 ? first + policy.expected : INFINITY;
    }
    if (!(cost < search->cost - 1e-9))
        return false;
    search->cost = cost;
    search->at = at;
    *search->best = (struct look_result){.first = first,
                                         .after_ms = LOOKS_MS[at],
                                         .expected = policy.expected,
                                         .chance = policy.chance,
                                         .likely = policy.likely,
                                         .most = policy.most,
                                         .probability = policy.probability,
                                         .price = price};
    return true;
}

static bool is_spent(const struct search *search)
{
    return search->table.filled >= FILLED_MAX || search->tries >= TRIES_MAX;
}

/* From the best one outwards, in steps halved down to one. */
static void climb(struct search *search, uint32_t step)
{
    for (step = step > 0 ? step : 1; step > 0; step /= 2) {
        bool better = true;
        while (better && !is_spent(search)) {
            uint32_t around = search->best->first;
            better = (around + step <= search->high &&
                      try_first(search, around + step, search->at)) ||
                     (around >= search->low + step && !is_spent(search) &&
                      try_first(search, around - step, search->at));
        }
    }
}

static bool is_in_time(const struct lines *lines, uint32_t at)
{
    const struct plan_input *input = lines->planner->input;
    return LOOKS_MS[at] < input->need->deadline_ms - input->now_ms;
}

/* How many would be asked now if there were no look. */
static uint32_t worth_now(struct search *search)
{
    struct policy policy;
    if (!table_fill(&search->table, search->low, 0, search->wish->price))
        return 0;
    choose(&search->table, search->wish->price, &policy);
    return policy.most;
}

static void search_all(struct search *search)
{
    const struct lines *lines = search->table.lines;
    uint32_t one = search->wish->one_wave, at = 2, start;
    while (at > 0 && !is_in_time(lines, at))
        at--;
    if (search->wish->price > 0.0) {
        one = worth_now(search);
        (void)try_first(search, search->low, at);
        search->high =
            search->low + one < search->most ? search->low + one : search->most;
        start = search->low + (uint32_t)(one * FIRST_GUESS + 0.5);
    } else
        start = (uint32_t)(one * FIRST_GUESS + 0.5);
    if (one == 0)
        return;
    start = start > search->low ? start : search->low;
    start = start < search->high ? start : search->high;
    (void)try_first(search, start, at);
    for (uint32_t i = search->low;
         i <= search->high && search->high - search->low <= ALL_FIRSTS &&
         !is_spent(search);
         i++)
        (void)try_first(search, i, at);
    if (isfinite(search->cost) && search->high - search->low > ALL_FIRSTS)
        climb(search, one / 8);
}

static bool is_several(uint32_t lines)
{
    return (lines & (lines - 1)) != 0;
}

/* Whether anybody there, pending or of the first PEOPLE of the sequence is able for
 * several lines. */
static bool overlap(const struct lines *lines, uint32_t people)
{
    const struct plan_input *input = lines->planner->input;
    bool ret = false;
    for (uint32_t i = 0; i < input->holder_count && !ret; i++)
        ret = is_several(input->holders[i].lines & lines->all);
    for (uint32_t i = 0; i < input->pending_count && !ret; i++)
        ret = is_several(input->pending[i].lines & lines->all);
    for (uint32_t i = 0; i < people && !ret; i++)
        ret = is_several(lines_able(lines, lines->sequence[i]));
    return ret;
}

/* What one alert more costs, at the end of one wave. */
static int last_price(struct lines *lines, uint32_t n, double *ret)
{
    const uint32_t back = n / LAST_SHARE + 1;
    double p, before;
    int status = lines_prefix(lines, n, &p);
    if (status == ST_OK)
        status = lines_prefix(lines, n > back ? n - back : 0, &before);
    if (status != ST_OK)
        return status;
    double gain = (p - before) / back;
    *ret = gain > 1e-7 ? 1.0 / gain : 1e7;
    *ret = *ret > PRICE_LEAST ? *ret : PRICE_LEAST;
    return ST_OK;
}

int lines_joint(struct lines *lines, const struct look_wish *wish,
                struct look_result *ret)
{
    uint32_t people =
        lines->forced + 2 * wish->one_wave + TABLE_SECOND_MAX + PEOPLE_EXTRA;
    people = people < lines->length ? people : lines->length;
    if (!overlap(lines, people))
        return ST_NOT_FOUND;
    AUTO_FREE struct search *search = mem_calloc(1, sizeof(*search));
    if (search == NULL)
        return ST_NO_MEMORY;
    search->wish = wish;
    search->cost = INFINITY;
    search->best = ret;
    search->low = lines->forced;
    search->most = people;
    search->high = wish->one_wave > search->low ? wish->one_wave : search->low;
    search->high = search->high < people ? search->high : people;
    uint32_t likely = search->high > PEOPLE_EXTRA ? search->high : PEOPLE_EXTRA;
    int status =
        table_init(&search->table, lines, people, likely < people ? likely : people);
    if (status == ST_OK && wish->price <= 0.0)
        status = last_price(lines, wish->one_wave, &search->price_most);
    search->price_most *= PRICE_ABOVE;
    if (status == ST_OK)
        search_all(search);
    table_release(&search->table);
    if (status == ST_OK && !isfinite(search->cost)) {
        *ret = (struct look_result){.expected = INFINITY};
        status = search->too_many ? ST_NOT_FOUND : ST_OK;
    }
    return status;
}
