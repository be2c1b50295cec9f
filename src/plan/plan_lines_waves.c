/* SPDX-License-Identifier: Apache-2.0 */
/* Waves for several lines: many where there is time (plan_lines_stages.c), else two.
 * Where people serve several lines these are planned for all at once
 * (plan_lines_joint.c); where nobody does, or there are too many combinations, line by
 * line. Then the people are shared out: each line has a pool of its own, in which it
 * plans two waves with one look that all lines have in common. Given the common cause the
 * lines are independent then, and all their probabilities grow with it, so that
 *
 *     P(every line has its count) >= product of the lines' P
 *
 * (Chebyshev's inequality for functions that grow together). What joins the lines is one
 * price: each maximises price P - alerts by itself, and the first plan takes the smallest
 * price whose product reaches the target. The answers are then planned at that price,
 * line by line. */
#include "plan/look.h"
#include "plan/plan_lines_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

#define PRICES 40
#define PRICE_FIRST 2.0
#define PRICE_STEP 1.2
#define STEADY 1.12
#define PRICE_TRIES 6       /* upwards, when the finer search gave less */
#define PRICE_ALERTS_MAX 96 /* of a line, tried at once under a price */
#define POOL_FACTOR 4       /* of the people whom one wave takes */
#define POOL_EXTRA 24

struct two_waves {
    struct lines *lines;
    struct work pools[PLAN_LINES_MAX];
    uint32_t one_wave[PLAN_LINES_MAX]; /* of the plan of one wave */
    struct look_result looks[PLAN_LINES_MAX];
    double prices[PRICES];
};

static void release(struct two_waves *waves)
{
    for (uint32_t line = 0; line < PLAN_LINES_MAX; line++)
        work_release(&waves->pools[line]);
}

/* The best first, as far as the people go. */
static void sort_pool(struct planner *planner, struct work *work)
{
    for (uint32_t i = 0; i < work->alerts; i++)
        if (work->ranks[i].reason == PLAN_REASON_RESTED)
            work->ranks[i].reason = PLAN_REASON_NEAREST; /* of the one wave */
    people_order(work->ranks, work->alerts, 0, work->alerts);
    for (uint32_t i = 0; i < work->alerts; i++)
        people_convert(planner, work, i);
}

/* Those chosen for one wave, while others are. */
static struct chosen *keep_chosen(const struct lines *lines)
{
    struct chosen *kept = mem_alloc(((size_t)lines->count + 1) * sizeof(*kept));
    if (kept != NULL)
        memcpy(kept, lines->chosen, lines->count * sizeof(*kept));
    return kept;
}

static void choose_again(struct lines *lines, const struct chosen *kept, uint32_t count)
{
    memset(lines->in, 0, lines->known);
    for (uint32_t i = 0; i < count; i++)
        lines->in[kept[i].rank] = 1;
    memcpy(lines->chosen, kept, count * sizeof(*kept));
    lines->count = count;
}

/* Shares out the first ones of the sequence; what was chosen comes back afterwards. */
static int make_pools(struct two_waves *waves)
{
    struct lines *lines = waves->lines;
    const uint32_t count = lines->count;
    uint32_t wanted = POOL_FACTOR * count + POOL_EXTRA;
    wanted = wanted < lines->length ? wanted : lines->length;
    AUTO_FREE struct chosen *kept = keep_chosen(lines);
    if (kept == NULL)
        return ST_NO_MEMORY;
    lines_choose_prefix(lines, wanted);
    lines_give(lines);
    int status = ST_OK;
    for (uint32_t line = 0; line < lines->line_count && status == ST_OK; line++) {
        status = lines_fill_work(lines, line, &waves->pools[line]);
        if (status == ST_OK)
            sort_pool(lines->planner, &waves->pools[line]);
        waves->one_wave[line] = lines->planner->works[line].alerts;
    }
    choose_again(lines, kept, count);
    return status;
}

/* The least costly look and price at which the product of the offers reaches TARGET;
 * false: none does. */
static bool find_offer(const struct two_waves *waves, const struct look_offer *offers,
                       double target, uint32_t *ret_at, uint32_t *ret_price)
{
    const uint32_t line_count = waves->lines->line_count;
    double least = INFINITY;
    for (uint32_t at = 0; at < LOOK_PLACES; at++)
        for (uint32_t i = 0; i < PRICES; i++) {
            double product = 1.0, alerts = 0.0;
            for (uint32_t line = 0; line < line_count; line++) {
                const struct look_offer *offer =
                    &offers[((size_t)line * LOOK_PLACES + at) * PRICES + i];
                product *= offer->probability > 0.0 ? offer->probability : 0.0;
                alerts += offer->first + offer->expected;
            }
            if (product < target)
                continue;
            if (alerts < least) {
                least = alerts;
                *ret_at = at;
                *ret_price = i;
            }
            break; /* a greater price alerts more */
        }
    return isfinite(least);
}

/* Every line at PRICE and the look AT, finely. *RET = the product. */
static int plan_at(struct two_waves *waves, double price, uint32_t only, double *ret)
{
    double product = 1.0;
    for (uint32_t line = 0; line < waves->lines->line_count; line++) {
        const struct look_wish wish = {
            .price = price, .one_wave = waves->one_wave[line], .only = only};
        int status = look_plan(waves->lines->planner, &waves->pools[line], &wish,
                               &waves->looks[line]);
        if (status < 0)
            return status;
        product *= waves->looks[line].probability;
    }
    *ret = product;
    return ST_OK;
}

static double alerts_of(const struct two_waves *waves)
{
    double sum = 0.0;
    for (uint32_t line = 0; line < waves->lines->line_count; line++)
        sum += waves->looks[line].first + waves->looks[line].expected;
    return sum;
}

/* Somebody is asked now: the first plan of a call-out does not begin with nobody. */
static bool begins(const struct two_waves *waves)
{
    uint32_t sum = 0;
    for (uint32_t line = 0; line < waves->lines->line_count; line++)
        sum += waves->looks[line].first;
    return sum > 0;
}

/* The pools, with their first waves, take the place of the works of one wave. */
static int adopt(struct two_waves *waves, double price, double product)
{
    struct planner *planner = waves->lines->planner;
    struct plan *plan = planner->plan;
    struct plan_later later = {0};
    double nobody = 1.0, likely = 0.0;
    int64_t after_ms = INT64_MAX;
    for (uint32_t line = 0; line < waves->lines->line_count; line++) {
        const struct look_result *look = &waves->looks[line];
        struct work *work = &waves->pools[line], *old = &planner->works[line];
        work->alerts = look->first;
        work->one_wave = old->one_wave;
        work->seats = old->seats;
        work->seats_resolved = old->seats_resolved;
        work->probability = look->probability;
        work->later_most = look->chance > 0.0 ? look->most : 0;
        later.most += work->later_most;
        later.expected += look->expected;
        nobody *= 1.0 - look->chance;
        likely += look->chance * look->likely;
        after_ms = look->after_ms < after_ms ? look->after_ms : after_ms;
        work_release(old);
        *old = *work;
        *work = (struct work){0};
    }
    later.chance = 1.0 - nobody;
    later.after_ms = after_ms;
    if (later.chance > 0.0) {
        later.likely = (uint32_t)(likely / later.chance + 0.5);
        plan->later = later;
    }
    plan->probability = product;
    plan->price = price;
    if (after_ms != INT64_MAX) /* else nobody more is worth it: looked at as ever */
        plan->next_due_ms = planner->input->now_ms + after_ms;
    plan->spared_count = 0;
    int status = ST_OK;
    for (uint32_t line = 0; line < waves->lines->line_count && status == ST_OK; line++)
        status = fair_arrange(planner, &planner->works[line]);
    return status;
}

/* A price above at which the plan is the same still: the waves that follow are planned
 * from figures that were rounded on their way. */
static double steady_price(struct two_waves *waves, double price, uint32_t only,
                           double product)
{
    struct look_result kept[PLAN_LINES_MAX];
    double above = price * STEADY, other = 0.0;
    memcpy(kept, waves->looks, sizeof(kept));
    int status = plan_at(waves, above, only, &other);
    memcpy(waves->looks, kept, sizeof(kept));
    return status == ST_OK && other == product ? sqrt(price * above) : price;
}

static int try_waves(struct two_waves *waves, struct look_offer *offers, double target)
{
    struct lines *lines = waves->lines;
    uint32_t at = 0, place = 0;
    double product = 0.0;
    int status = make_pools(waves);
    for (uint32_t line = 0; line < lines->line_count && status == ST_OK; line++) {
        const struct look_menu menu = {
            .one_wave = waves->one_wave[line], .count = PRICES, .prices = waves->prices};
        status = look_offers(lines->planner, &waves->pools[line], &menu,
                             offers + (size_t)line * LOOK_PLACES * PRICES);
    }
    if (status < 0 || !find_offer(waves, offers, target, &at, &place))
        return status;
    /* From one step below: the finer search of first waves may do with less. */
    place = place > 0 ? place - 1 : 0;
    for (int tries = 0; tries < PRICE_TRIES && place < PRICES; tries++, place++) {
        status = plan_at(waves, waves->prices[place], at + 1, &product);
        if (status < 0 || product >= target)
            break;
    }
    if (status < 0 || product < target || place == PRICES || !begins(waves) ||
        alerts_of(waves) >= lines->count - 0.01)
        return status == ST_NOT_FOUND ? ST_OK : status;
    return adopt(waves, steady_price(waves, waves->prices[place], at + 1, product),
                 product);
}

static int begin(struct lines *lines, struct two_waves **ret)
{
    struct two_waves *waves = mem_calloc(1, sizeof(*waves));
    if (waves == NULL)
        return ST_NO_MEMORY;
    waves->lines = lines;
    for (uint32_t i = 0; i < PRICES; i++)
        waves->prices[i] = PRICE_FIRST * pow(PRICE_STEP, i);
    *ret = waves;
    return ST_OK;
}

/* ---- all lines at once
 * ---------------------------------------------------------------------- */

/* WORK's people are those chosen for LINE, of whom the first FIRST of all are asked now.
 */
static int fill_together(struct lines *lines, uint32_t line, uint32_t first,
                         double probability)
{
    struct work *work = &lines->planner->works[line];
    const uint32_t seats = work->seats, resolved = work->seats_resolved,
                   one_wave = work->one_wave;
    uint32_t now = 0;
    double p;
    int status = lines_fill_work(lines, line, work);
    if (status < 0)
        return status;
    for (uint32_t i = 0; i < first; i++)
        now += lines->chosen[i].line == line;
    work->seats = seats;
    work->seats_resolved = resolved;
    work->one_wave = one_wave;
    work->later_most = work->alerts - now;
    work->alerts = now;
    work->line.people_count = work->pending + now;
    const struct line_points points = {
        .seats = seats, .count = 1, .at = &work->line.people_count};
    status = line_points(&work->line, &points, &p);
    work->probability = p > probability ? p : probability;
    return status;
}

/* The first wave, and behind it whom the second one would ask. The rested take the place
 * of the burdened, if that loses nothing with one alert more. */
static int choose_together(struct lines *lines, const struct look_result *look,
                           uint32_t *ret_first)
{
    double p;
    struct plan *plan = lines->planner->plan;
    int status = lines_prefix(lines, look->first, &p);
    for (uint32_t i = 0; i < lines->known; i++)
        if (lines->ranks[i].reason == PLAN_REASON_RESTED)
            lines->ranks[i].reason = PLAN_REASON_NEAREST; /* of the one wave */
    plan->spared_count = 0;
    if (status == ST_OK && look->first > lines->forced && look->first < lines->length) {
        lines_choose_prefix(lines, look->first + 1);
        double with = p;
        status = lines_make_fair(lines, p, &with);
    }
    if (plan->spared_count == 0)
        lines_choose_prefix(lines, look->first);
    *ret_first = lines->count;
    uint32_t most = lines->count + (look->chance > 0.0 ? look->most : 0);
    for (uint32_t i = 0; i < lines->length && lines->count < most; i++) {
        uint32_t rank = lines->sequence[i];
        if (lines->in[rank] != 0)
            continue;
        lines->in[rank] = 1;
        lines->chosen[lines->count++] = (struct chosen){.rank = rank};
    }
    return status;
}

static int adopt_together(struct lines *lines, const struct look_result *look)
{
    struct planner *planner = lines->planner;
    struct plan *plan = planner->plan;
    const uint32_t count = lines->count;
    uint32_t first;
    AUTO_FREE struct chosen *kept = keep_chosen(lines);
    if (kept == NULL)
        return ST_NO_MEMORY;
    plan->probability = look->probability > lines->seats_loss
                            ? look->probability - lines->seats_loss
                            : 0.0;
    plan->price = look->price;
    plan->later = (struct plan_later){0};
    int status = choose_together(lines, look, &first);
    lines_give(lines);
    for (uint32_t line = 0; line < lines->line_count && status == ST_OK; line++)
        status = fill_together(lines, line, first, plan->probability);
    if (look->chance > 0.0) {
        plan->later = (struct plan_later){.after_ms = look->after_ms,
                                          .chance = look->chance,
                                          .expected = look->expected,
                                          .likely = look->likely,
                                          .most = lines->count - first};
        plan->next_due_ms = planner->input->now_ms + look->after_ms;
    }
    choose_again(lines, kept, count);
    return status;
}

/* All lines at once, in many waves or in two. *RET_MANY = which. */
static int plan_together(struct lines *lines, const struct look_wish *wish,
                         struct look_result *ret, bool *ret_many)
{
    int status = lines_stages(lines, wish, ret);
    *ret_many = status == ST_OK && (ret->first > 0 || wish->price > 0.0);
    if (status == ST_NOT_FOUND || (status == ST_OK && !*ret_many))
        status = lines_joint(lines, wish, ret);
    return status;
}

int lines_waves(struct lines *lines)
{
    AUTO_FREE struct two_waves *waves = NULL;
    /* What full seats cost is taken from the one wave, which has more people. */
    const double target = lines->target + lines->seats_loss;
    struct look_result together;
    bool many;
    if (target >= 1.0 || lines->count <= lines->forced)
        return ST_OK;
    const struct look_wish wish = {.target = target, .one_wave = lines->count};
    int status = plan_together(lines, &wish, &together, &many);
    /* One wave would be planned anew at each look, so what it takes now says little of
     * what it takes in the end: it is not compared with many. */
    if (status == ST_OK &&
        (many || (together.first > 0 &&
                  together.first + together.expected < lines->count - 0.01)))
        return adopt_together(lines, &together);
    if (status != ST_NOT_FOUND)
        return status;
    status = begin(lines, &waves);
    if (status < 0)
        return status;
    AUTO_FREE struct look_offer *offers =
        mem_alloc((size_t)lines->line_count * LOOK_PLACES * PRICES * sizeof(*offers));
    status = offers == NULL ? ST_NO_MEMORY : try_waves(waves, offers, target);
    release(waves);
    return status;
}

/* Whoever is forced, and nobody else. */
static void nobody_more(struct work *work, double p, struct look_result *ret)
{
    *ret = (struct look_result){
        .first = work->forced, .after_ms = INT64_MAX, .probability = p};
}

static int priced_line(struct two_waves *waves, uint32_t line, double price)
{
    struct work *work = &waves->pools[line];
    uint32_t bound = waves->one_wave[line], n = work->pending + work->forced;
    double p;
    const struct line_points points = {.seats = LINE_SEATS_ALL, .count = 1, .at = &n};
    int status = line_points(&work->line, &points, &p);
    if (status < 0)
        return status;
    nobody_more(work, p, &waves->looks[line]);
    if (price * (1.0 - p) <= 1.0)
        return ST_OK;
    bound = bound > work->line.count ? bound : work->line.count;
    const struct look_wish wish = {
        .price = price, .one_wave = bound < PRICE_ALERTS_MAX ? bound : PRICE_ALERTS_MAX};
    status = look_plan(waves->lines->planner, work, &wish, &waves->looks[line]);
    if (status == ST_NOT_FOUND)
        nobody_more(work, p, &waves->looks[line]);
    return status == ST_NOT_FOUND ? ST_OK : status;
}

int lines_priced(struct lines *lines)
{
    const double price = lines->planner->input->price;
    AUTO_FREE struct two_waves *waves = NULL;
    double product = 1.0;
    struct look_result together;
    bool many;
    const struct look_wish wish = {
        .price = price,
        .one_wave = lines->count < PRICE_ALERTS_MAX ? lines->count : PRICE_ALERTS_MAX};
    int status = plan_together(lines, &wish, &together, &many);
    if (status != ST_NOT_FOUND)
        return status < 0 ? status : adopt_together(lines, &together);
    status = begin(lines, &waves);
    if (status < 0)
        return status;
    status = make_pools(waves);
    for (uint32_t line = 0; line < lines->line_count && status == ST_OK; line++) {
        status = priced_line(waves, line, price);
        product *= waves->looks[line].probability;
    }
    if (status == ST_OK)
        status = adopt(waves, price, product);
    release(waves);
    return status;
}
