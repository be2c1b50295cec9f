/* SPDX-License-Identifier: Apache-2.0 */
/* The search over first waves and looks. For each the table (look_table.c) says what the
 * second waves bring, W(y, m); the second wave of y is the m with the greatest
 * lambda W(y, m) - P(y) m. Only sizes on the upper concave hull of W(y, .) can be that,
 * and along the hull the gain of one more falls: so a class is a list of steps, and the
 * choice at a price is a place in it. */
#include "plan/look_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

#define PRICE_MAX 1e7
#define BISECTIONS 26
#define PRICE_SPREAD 0.7 /* of the logarithm */
#define ALL_FIRSTS 16    /* so many first waves are all tried */
#define FIRSTS_MAX 4096  /* of which is remembered that they were tried */

/* The hull of one class: [0] is no second wave. */
struct hull {
    uint32_t count;
    uint8_t at[LOOK_GRID_MAX]; /* places in the grid */
};

/* What may be chosen after one first wave and look. */
struct choices {
    const struct look *look;
    struct hull hulls[LOOK_CLASSES_MAX];
};

struct outcome {
    double probability, expected, chance;
    uint8_t choice[LOOK_CLASSES_MAX]; /* [class]: a place in the grid */
};

/* ---- the second waves
 * ------------------------------------------------------------------------ */

static void make_hull(const struct look *look, uint32_t c, struct hull *ret)
{
    const double *gain = look->gain[c];
    const uint32_t *grid = look->grid;
    uint32_t n = 0;
    for (uint32_t g = 0; g < look->grid_count; g++) {
        if (n > 0 && !(gain[g] > gain[ret->at[n - 1]]))
            continue;
        while (n > 1) { /* the last one lies below the line around it */
            uint32_t a = ret->at[n - 2], b = ret->at[n - 1];
            if ((gain[b] - gain[a]) * (grid[g] - grid[b]) >
                (gain[g] - gain[b]) * (grid[b] - grid[a]))
                break;
            n--;
        }
        ret->at[n++] = (uint8_t)g;
    }
    ret->count = n;
}

/* The choice at one price alone. No P is above 1, so once that would not pay for the
 * alerts no larger size is looked at. */
static void choose_once(const struct look *look, double price, struct outcome *ret)
{
    ret->probability = ret->expected = ret->chance = 0.0;
    for (uint32_t c = 0; c < look->class_count; c++) {
        const double *gain = look->gain[c], mass = look->mass[c];
        uint32_t best = 0;
        double most = price * gain[0];
        for (uint32_t g = 1; g < look->grid_count; g++) {
            double value = price * gain[g] - mass * look->grid[g];
            if (mass * (price - look->grid[g]) <= most)
                break;
            if (value > most) {
                most = value;
                best = g;
            }
        }
        ret->choice[c] = (uint8_t)best;
        ret->probability += gain[best];
        ret->expected += mass * look->grid[best];
        ret->chance += best > 0 ? mass : 0.0;
    }
}

static void make_choices(const struct look *look, struct choices *ret)
{
    ret->look = look;
    for (uint32_t c = 0; c < look->class_count; c++)
        make_hull(look, c, &ret->hulls[c]);
}

static void choose(const struct choices *choices, double price, struct outcome *ret)
{
    const struct look *look = choices->look;
    ret->probability = ret->expected = ret->chance = 0.0;
    for (uint32_t c = 0; c < look->class_count; c++) {
        const struct hull *hull = &choices->hulls[c];
        const double *gain = look->gain[c], mass = look->mass[c];
        uint32_t low = 0, high = hull->count - 1; /* the last step that is worth it */
        while (low < high) {
            uint32_t middle = (low + high + 1) / 2;
            uint32_t a = hull->at[middle - 1], b = hull->at[middle];
            if (price * (gain[b] - gain[a]) > mass * (look->grid[b] - look->grid[a]))
                low = middle;
            else
                high = middle - 1;
        }
        uint32_t best = hull->at[low];
        ret->choice[c] = (uint8_t)best;
        ret->probability += gain[best];
        ret->expected += mass * look->grid[best];
        ret->chance += best > 0 ? mass : 0.0;
    }
}

/* A price at which the choices are those of PRICE and stay so for a little less and a
 * little more: the waves that follow are planned from figures that were rounded on their
 * way. */
static double steady_price(const struct choices *choices, double price,
                           const struct outcome *outcome)
{
    double low = 0.0, high = PRICE_SPREAD;
    struct outcome other;
    for (int i = 0; i < BISECTIONS / 2; i++) {
        double middle = (low + high) / 2.0;
        choose(choices, price * exp(middle), &other);
        if (memcmp(other.choice, outcome->choice, choices->look->class_count) == 0)
            low = middle;
        else
            high = middle;
    }
    return price * exp(low / 2.0);
}

/* The smallest price that reaches the target; 0 = none does. */
static double find_price(const struct choices *choices, struct outcome *ret)
{
    const double target = choices->look->wish.target;
    double low = 0.0, high = log(PRICE_MAX);
    struct outcome outcome;
    choose(choices, PRICE_MAX, ret);
    if (ret->probability < target)
        return 0.0;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2.0;
        choose(choices, exp(middle), &outcome);
        if (outcome.probability >= target) {
            high = middle;
            *ret = outcome;
        } else
            low = middle;
    }
    return exp(high);
}

static void keep(const struct look *look, const struct outcome *outcome, double price,
                 struct look_result *ret)
{
    double likely = 0.0;
    *ret = (struct look_result){.first = look->first,
                                .after_ms = look->after_ms,
                                .expected = outcome->expected,
                                .chance = outcome->chance,
                                .probability = outcome->probability,
                                .price = price};
    for (uint32_t c = 0; c < look->class_count; c++) {
        uint32_t size = look->grid[outcome->choice[c]];
        ret->most = size > ret->most && look->mass[c] > 1e-6 ? size : ret->most;
        if (size > 0 && look->mass[c] > likely) {
            likely = look->mass[c];
            ret->likely = size;
        }
    }
}

struct search {
    struct look *look;
    struct choices choices;
    struct look_result *best;
    uint32_t best_at;
    double cost;        /* of best: expected alerts, or those less price * P; INFINITY */
    uint32_t low, high; /* first waves */
    uint8_t tried[LOOKS][FIRSTS_MAX / 8]; /* a bit each */
};

/* Whatever the second waves are: P is at most 1. */
static bool is_too_many(const struct search *search, uint32_t first)
{
    const struct look_wish *wish = &search->look->wish;
    if (!isfinite(search->cost))
        return false;
    if (wish->price > 0.0)
        return first - wish->price >= search->cost;
    return first - search->best->price * (1.0 - wish->target) >= search->cost;
}

/* By weak duality no price's policy is worse off than this with the target reached. */
static bool cannot_be_better(const struct search *search)
{
    const struct look *look = search->look;
    struct outcome outcome;
    double price = search->best->price;
    if (!isfinite(search->cost))
        return false;
    choose(&search->choices, price, &outcome);
    return look->first + outcome.expected +
               price * (look->wish.target - outcome.probability) >=
           search->cost;
}

static bool was_tried(struct search *search, uint32_t first, uint32_t at)
{
    uint32_t place = first - search->low;
    if (place >= FIRSTS_MAX)
        return false;
    uint8_t bit = (uint8_t)(1u << (place & 7)), *byte = &search->tried[at][place / 8];
    bool before = (*byte & bit) != 0;
    *byte |= bit;
    return before;
}

static bool try_look(struct search *search, uint32_t first, uint32_t at)
{
    struct look *look = search->look;
    const struct plan_input *input = look->planner->input;
    struct outcome outcome;
    double price = look->wish.price, cost;
    if (at > 0 && LOOKS_MS[at] >= input->need->deadline_ms - input->now_ms)
        return false;
    if (look->wish.only > 0 && at + 1 != look->wish.only)
        return false;
    if (is_too_many(search, first) || was_tried(search, first, at))
        return false;
    look_table(look, first, at);
    if (price > 0.0) {
        choose_once(look, price, &outcome);
        cost = first + outcome.expected - price * outcome.probability;
    } else {
        make_choices(look, &search->choices);
        if (cannot_be_better(search))
            return false;
        price = find_price(&search->choices, &outcome);
        cost = price > 0.0 ? first + outcome.expected : INFINITY;
    }
    if (!(cost < search->cost - 1e-9))
        return false;
    search->cost = cost;
    search->best_at = at;
    if (look->wish.price <= 0.0)
        price = steady_price(&search->choices, price, &outcome);
    keep(look, &outcome, price, search->best);
    return true;
}

/* From the best first wave outwards while that helps, in steps halved down to one. */
static void climb(struct search *search)
{
    uint32_t step = (search->high - search->low) / 6;
    for (step = step > 0 ? step : 1; step > 0; step /= 2) {
        bool better = true;
        while (better) {
            uint32_t around = search->best->first;
            better = (around + step <= search->high &&
                      try_look(search, around + step, search->best_at)) ||
                     (around >= search->low + step &&
                      try_look(search, around - step, search->best_at));
        }
    }
}

/* Coarse over looks and first waves, then the looks beside the best, then closer. */
static void search_all(struct search *search)
{
    static const uint32_t SIXTEENTHS[] = {6, 9, 13};
    struct look *look = search->look;
    uint32_t most = look->wish.one_wave < look->known ? look->wish.one_wave : look->known;
    search->low = look->work->forced;
    search->high = most > search->low ? most : search->low;
    uint32_t span = search->high - search->low;
    for (uint32_t at = 0; at<LOOKS; at += look->wish.only> 0 ? 1 : 2) {
        if (look->wish.price > 0.0)
            (void)try_look(search, search->low, at);
        for (size_t i = 0; i < COUNT_OF(SIXTEENTHS); i++)
            (void)try_look(search, search->low + span * SIXTEENTHS[i] / 16, at);
    }
    if (!isfinite(search->cost))
        (void)try_look(search, search->high,
                       look->wish.only > 0 ? look->wish.only - 1 : 0);
    if (!isfinite(search->cost))
        return;
    uint32_t at = search->best_at;
    if (at + 1 < LOOKS)
        (void)try_look(search, search->best->first, at + 1);
    if (at > 0)
        (void)try_look(search, search->best->first, at - 1);
    climb(search);
    for (uint32_t i = search->low; i <= search->high && span <= ALL_FIRSTS; i++)
        (void)try_look(search, i, search->best_at);
}

int look_plan(struct planner *planner, struct work *work, const struct look_wish *wish,
              struct look_result *ret)
{
    AUTO_FREE struct look *look = mem_alloc(sizeof(*look));
    AUTO_FREE struct search *search = mem_alloc(sizeof(*search));
    if (look == NULL || search == NULL)
        return ST_NO_MEMORY;
    int status = look_init(look, planner, work, wish);
    if (status < 0)
        return status;
    search->look = look;
    search->best = ret;
    search->cost = INFINITY;
    memset(search->tried, 0, sizeof(search->tried));
    search_all(search);
    look_release(look);
    return isfinite(search->cost) ? ST_OK : ST_NOT_FOUND;
}

/* ---- offers
 * ------------------------------------------------------------------------------ */

#define OFFER_FIRSTS 10 /* first waves tried for each look */

static void offer(struct search *search, const struct look_menu *menu,
                  struct look_offer *ret)
{
    const struct look *look = search->look;
    struct outcome outcome;
    make_choices(look, &search->choices);
    for (uint32_t i = 0; i < menu->count; i++) {
        const double price = menu->prices[i];
        choose(&search->choices, price, &outcome);
        double cost = look->first + outcome.expected - price * outcome.probability;
        if (ret[i].probability < 0.0 ||
            cost < ret[i].first + ret[i].expected - price * ret[i].probability)
            ret[i] =
                (struct look_offer){look->first, outcome.expected, outcome.probability};
    }
}

int look_offers(struct planner *planner, struct work *work, const struct look_menu *menu,
                struct look_offer *ret)
{
    const struct plan_input *input = planner->input;
    const struct look_wish wish = {.one_wave = menu->one_wave};
    AUTO_FREE struct look *look = mem_alloc(sizeof(*look));
    AUTO_FREE struct search *search = mem_alloc(sizeof(*search));
    if (look == NULL || search == NULL)
        return ST_NO_MEMORY;
    int status = look_init(look, planner, work, &wish);
    if (status < 0)
        return status;
    search->look = look;
    uint32_t low = work->forced, high = menu->one_wave;
    high = high < look->known ? high : look->known;
    high = high > low ? high : low;
    for (uint32_t at = 0; at < LOOKS; at++) {
        struct look_offer *offers = ret + (size_t)at * menu->count;
        for (uint32_t i = 0; i < menu->count; i++)
            offers[i].probability = -1.0;
        if (LOOKS_MS[at] >= input->need->deadline_ms - input->now_ms || at % 2 != 0)
            continue;
        uint32_t tries = high - low < OFFER_FIRSTS ? high - low : OFFER_FIRSTS;
        for (uint32_t i = 0; i <= tries; i++) {
            look_table(look, low + (tries > 0 ? (high - low) * i / tries : 0), at);
            offer(search, menu, offers);
        }
    }
    look_release(look);
    return ST_OK;
}
