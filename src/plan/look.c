/* SPDX-License-Identifier: Apache-2.0 */
/* For N people asked (pending ones and the first wave) and a look after w, Y of them have
 * said yes by then. Given the common cause z and Y, those who said yes are there in time
 * with the average b, the silent ones say yes later and are there in time with the
 * average r(z); then for a second wave of m
 *
 *     Q(y, m | z) = P(H + Bin(y, b) + Bin(N - y, r(z)) + X_m(z) >= count)
 *     W(y, m) = sum over z of w(z) P(y | z) Q(y, m | z)
 *
 * and the second wave of y is the m with the greatest lambda W(y, m) - P(y) m. For people
 * who are alike, and replies that are there at the look or never come, nothing is
 * approximate (the oracles of test_look.c). Small counts are summed; for large ones the
 * sums are refined normal approximations on a grid of y and m. */
#include "plan/look.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/walk.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define SMALL_COUNT 12
#define SMALL_PEOPLE 96 /* asked, or in the second wave */
#define CLASSES_MAX (SMALL_PEOPLE + 1)
#define GRID_MAX (SMALL_PEOPLE + 1)
#define LARGE_CLASSES 12
#define LARGE_GRID 12
#define NODES_SMALL 8 /* of the common cause, fewer than a line has */
#define NODES_LARGE 12
#define TRAVELS 33 /* at which P(in time | late reply) is computed; between: linear */
#define MASS_MIN 1e-9
#define PRICE_MAX 1e7
#define BISECTIONS 26
#define PRICE_SPREAD 0.7 /* of the logarithm */
#define ALL_FIRSTS 16    /* so many first waves are all tried */
#define EVERY_ONE 24     /* sizes of the second wave: each, then each 2nd, each 4th */
#define EVERY_SECOND 40

/* A look at whole minutes: silence counts in those (plan_people.c). */
#define LOOKS 5
static const int64_t LOOKS_MS[LOOKS] = {60000, 120000, 180000, 240000, 300000};

struct look {
    struct planner *planner;
    struct work *work;
    struct look_wish wish;
    struct common common;
    bool large;
    uint32_t known; /* free people who may be in a wave */
    /* [look][i]: P(in time | reply after the look) of fresh people, by travel. */
    bool has_late[LOOKS];
    double late[LOOKS][TRAVELS];
    uint32_t travel_min, travel_max;
    /* Of one first wave and one look. */
    uint32_t first, asked, at; /* at = the look's index */
    int64_t after_ms;
    uint32_t class_count, grid_count;
    uint32_t grid[GRID_MAX];            /* sizes of the second wave, ascending */
    double mass[CLASSES_MAX];           /* P(y) */
    double gain[CLASSES_MAX][GRID_MAX]; /* W(y, m) */
    /* Scratch. */
    double early[COMMON_NODES_MAX][SMALL_PEOPLE + 1]; /* P(Y = y | z) */
    struct moments early_moments[COMMON_NODES_MAX];
    double silent_r[COMMON_NODES_MAX];
    double early_b;
    double second_x[2 * SMALL_PEOPLE + 2], second_b[2 * SMALL_PEOPLE + 2];
};

struct outcome {
    double probability, expected, chance;
    uint32_t choice[CLASSES_MAX];
};

/* ---- the people at the look
 * -------------------------------------------------------------- */

struct seen {
    double x, share;
    double f;      /* a reply that comes is there by the look */
    double b_late; /* in time, if it comes later */
    double b_early;
};

/* P(in time | the reply comes after the look) for somebody alerted now. */
static double late_in_time(struct look *look, uint32_t travel_ms)
{
    const struct plan_input *input = look->planner->input;
    double *late = look->late[look->at];
    uint32_t span = look->travel_max - look->travel_min;
    for (uint32_t i = 0; i < TRAVELS && !look->has_late[look->at]; i++)
        late[i] = response_model_in_time_after(
            input->response, input->night, input->need->deadline_ms - input->now_ms,
            look->travel_min + (uint32_t)((uint64_t)span * i / (TRAVELS - 1)),
            look->after_ms);
    look->has_late[look->at] = true;
    if (span == 0)
        return late[0];
    double place = (double)(travel_ms - look->travel_min) / span * (TRAVELS - 1);
    uint32_t i = place < TRAVELS - 2 ? (uint32_t)place : TRAVELS - 2;
    return late[i] + (late[i + 1] - late[i]) * (place - i);
}

static struct seen see(struct look *look, uint32_t index)
{
    const struct plan_input *input = look->planner->input;
    const struct line_person *person = &look->work->people[index];
    struct seen seen = {.x = person->x, .share = person->share};
    int64_t since = 0;
    if (index < look->work->pending) {
        const struct plan_pending *pending =
            &input->pending[look->work->pending_index[index]];
        since = people_silent_ms(input, pending);
        seen.b_late =
            response_model_get_config(input->response)->comes *
            response_model_in_time_after(input->response, input->night,
                                         input->need->deadline_ms - pending->alerted_ms,
                                         pending->travel_ms, since + look->after_ms);
    } else {
        const struct rank *rank = &look->work->ranks[index - look->work->pending];
        seen.b_late =
            people_comes(input, rank->candidate) * late_in_time(look, rank->travel_ms);
    }
    double before = response_model_replied(input->response, since);
    double then = response_model_replied(input->response, since + look->after_ms);
    seen.f = before < 1.0 ? (then - before) / (1.0 - before) : 1.0;
    double early = person->b - (1.0 - seen.f) * seen.b_late;
    seen.b_early = seen.f > 0.0 ? early / seen.f : 0.0;
    seen.b_early = seen.b_early < 0.0 ? 0.0 : seen.b_early > 1.0 ? 1.0 : seen.b_early;
    return seen;
}

static void add_early(double *mass, uint32_t n, double p)
{
    mass[n + 1] = mass[n] * p;
    for (uint32_t j = n; j > 0; j--)
        mass[j] = mass[j] * (1.0 - p) + mass[j - 1] * p;
    mass[0] *= 1.0 - p;
}

/* P(Y | z), b of those who say yes by the look, r(z) of the silent ones. */
static void ask_first(struct look *look)
{
    const struct common *common = &look->common;
    double yes = 0.0, both = 0.0, late[COMMON_NODES_MAX] = {0},
           silent[COMMON_NODES_MAX] = {0};
    look->asked = look->work->pending + look->first;
    for (uint32_t m = 0; m < common->count; m++) {
        look->early[m][0] = 1.0;
        look->early_moments[m] = (struct moments){0};
    }
    for (uint32_t i = 0; i < look->asked; i++) {
        const struct seen seen = see(look, i);
        for (uint32_t m = 0; m < common->count; m++) {
            double a = seen.share * common_a(common, m, seen.x), e = a * seen.f;
            yes += common->weight[m] * e;
            both += common->weight[m] * e * seen.b_early;
            late[m] += (a - e) * seen.b_late;
            silent[m] += 1.0 - e;
            if (look->large)
                moments_add(&look->early_moments[m], e);
            else
                add_early(look->early[m], i, e);
        }
    }
    look->early_b = yes > 0.0 ? both / yes : 0.0;
    for (uint32_t m = 0; m < common->count; m++)
        look->silent_r[m] = silent[m] > 0.0 ? late[m] / silent[m] : 0.0;
}

/* x and b of the person at place I of the second wave. */
static void second_person(const struct look *look, uint32_t i, double *ret_x,
                          double *ret_b)
{
    const struct plan_input *input = look->planner->input;
    const struct rank *rank = &look->work->ranks[look->first + i];
    *ret_x = look->work->people[look->work->pending + look->first + i].x;
    *ret_b =
        people_comes(input, rank->candidate) *
        response_model_in_time(input->response, input->night,
                               input->need->deadline_ms - input->now_ms - look->after_ms,
                               rank->travel_ms);
}

/* ---- small counts: sums
 * ---------------------------------------------------------------------- */

/* Binomial(n, p) below k for n = 0 ... n_max: ret[n * k + j]. */
static void binomials(double p, uint32_t n_max, uint32_t k, double *ret)
{
    memset(ret, 0, k * sizeof(*ret));
    ret[0] = 1.0;
    for (uint32_t n = 1; n <= n_max; n++) {
        double *row = ret + (size_t)n * k;
        const double *before = row - k;
        row[0] = before[0] * (1.0 - p);
        for (uint32_t j = 1; j < k; j++)
            row[j] = before[j] * (1.0 - p) + before[j - 1] * p;
    }
}

static void convolve(const double *a, const double *b, uint32_t k, double *ret)
{
    for (uint32_t j = 0; j < k; j++) {
        double sum = 0.0;
        for (uint32_t i = 0; i <= j; i++)
            sum += a[i] * b[j - i];
        ret[j] = sum;
    }
}

/* below[g][j] = P(fewer than k - j of a second wave of grid[g] are there), j < k. */
static void second_below(const struct look *look, uint32_t m, uint32_t k,
                         double below[GRID_MAX][SMALL_COUNT])
{
    double mass[SMALL_COUNT] = {1.0};
    uint32_t asked = 0;
    for (uint32_t g = 0; g < look->grid_count; g++) {
        for (; asked < look->grid[g]; asked++) {
            double p =
                common_a(&look->common, m, look->second_x[asked]) * look->second_b[asked];
            for (uint32_t i = k - 1; i > 0; i--)
                mass[i] = mass[i] * (1.0 - p) + mass[i - 1] * p;
            mass[0] *= 1.0 - p;
        }
        double sum = 0.0;
        for (uint32_t i = 0; i < k; i++) {
            sum += mass[i];
            below[g][k - 1 - i] = sum;
        }
    }
}

static void small_node(struct look *look, uint32_t m, const double *held,
                       const double *yes)
{
    uint32_t k = look->work->line.count, n = look->asked;
    double weight = look->common.weight[m];
    double late[(SMALL_PEOPLE + 1) * SMALL_COUNT];
    double below[GRID_MAX][SMALL_COUNT], base[SMALL_COUNT], all[SMALL_COUNT];
    binomials(look->silent_r[m], n, k, late);
    second_below(look, m, k, below);
    for (uint32_t y = 0; y <= n; y++) {
        double mass = weight * look->early[m][y];
        if (mass < MASS_MIN)
            continue;
        convolve(held, yes + (size_t)y * k, k, base);
        convolve(base, late + (size_t)(n - y) * k, k, all);
        look->mass[y] += mass;
        for (uint32_t g = 0; g < look->grid_count; g++) {
            double fails = 0.0;
            for (uint32_t j = 0; j < k; j++)
                fails += all[j] * below[g][j];
            look->gain[y][g] += mass * (1.0 - fails);
        }
    }
}

static void small_table(struct look *look)
{
    const struct line *line = &look->work->line;
    double held[SMALL_COUNT] = {1.0}, yes[(SMALL_PEOPLE + 1) * SMALL_COUNT];
    for (uint32_t i = 0; i < line->held; i++) {
        for (uint32_t j = line->count - 1; j > 0; j--)
            held[j] = held[j] * (1.0 - line->held_b[i]) + held[j - 1] * line->held_b[i];
        held[0] *= 1.0 - line->held_b[i];
    }
    uint32_t rest = look->known - look->first;
    uint32_t most = look->wish.one_wave * LOOK_REACH + line->count;
    most = most < SMALL_PEOPLE ? most : SMALL_PEOPLE;
    most = most < rest ? most : rest;
    for (uint32_t i = 0; i < most; i++)
        second_person(look, i, &look->second_x[i], &look->second_b[i]);
    look->grid_count = 0;
    for (uint32_t m = 0; m <= most; m += m < EVERY_ONE ? 1 : m < EVERY_SECOND ? 2 : 4)
        look->grid[look->grid_count++] = m;
    look->class_count = look->asked + 1;
    binomials(look->early_b, look->asked, line->count, yes);
    for (uint32_t m = 0; m < look->common.count; m++)
        small_node(look, m, held, yes);
}

/* ---- large counts: moments
 * ------------------------------------------------------------------- */

static void add_binomial(struct moments *moments, double n, double p)
{
    double variance = n * p * (1.0 - p);
    moments->mean += n * p;
    moments->variance += variance;
    moments->third += variance * (1.0 - 2.0 * p);
}

static double normal_below(double x, double mean, double sigma)
{
    return 0.5 * erfc((mean - x) / (sigma * M_SQRT2));
}

/* Moments of the second wave at each node and grid point. */
static void second_moments(const struct look *look,
                           struct moments ret[COMMON_NODES_MAX][LARGE_GRID])
{
    const struct common *common = &look->common;
    struct moments sum[COMMON_NODES_MAX] = {{0}};
    uint32_t asked = 0;
    for (uint32_t g = 0; g < look->grid_count; g++) {
        for (; asked < look->grid[g]; asked++) {
            double x, b;
            second_person(look, asked, &x, &b);
            for (uint32_t m = 0; m < common->count; m++)
                moments_add(&sum[m], b * common_a(common, m, x));
        }
        for (uint32_t m = 0; m < common->count; m++)
            ret[m][g] = sum[m];
    }
}

static void large_node(struct look *look, uint32_t m, const double *borders,
                       const struct moments *held, const struct moments *second)
{
    const struct moments *early = &look->early_moments[m];
    double sigma = sqrt(early->variance) + 1e-9, below = 0.0;
    for (uint32_t c = 0; c < look->class_count; c++) {
        double to = c + 1 == look->class_count
                        ? 1.0
                        : normal_below(borders[c + 1], early->mean, sigma);
        double mass = look->common.weight[m] * (to - below);
        below = to;
        if (mass < MASS_MIN)
            continue;
        double y = (borders[c] + borders[c + 1]) / 2.0;
        struct moments base = *held;
        add_binomial(&base, y, look->early_b);
        add_binomial(&base, look->asked - y, look->silent_r[m]);
        look->mass[c] += mass;
        for (uint32_t g = 0; g < look->grid_count; g++) {
            struct moments all = {.mean = base.mean + second[g].mean,
                                  .variance = base.variance + second[g].variance,
                                  .third = base.third + second[g].third};
            look->gain[c][g] += mass * moments_tail(&all, look->work->line.count);
        }
    }
}

static void large_table(struct look *look)
{
    const struct common *common = &look->common;
    const struct line *line = &look->work->line;
    struct moments held = {0}, second[COMMON_NODES_MAX][LARGE_GRID];
    double low = look->asked, high = 0.0, borders[LARGE_CLASSES + 1];
    for (uint32_t i = 0; i < line->held; i++)
        moments_add(&held, line->held_b[i]);
    for (uint32_t m = 0; m < common->count; m++) {
        const struct moments *early = &look->early_moments[m];
        double sigma = sqrt(early->variance);
        if (common->weight[m] < MASS_MIN)
            continue;
        low = fmin(low, early->mean - 3.0 * sigma);
        high = fmax(high, early->mean + 3.0 * sigma);
    }
    low = fmax(low, 0.0);
    high = fmax(fmin(high, look->asked), low + 1e-6);
    look->class_count = look->asked == 0 ? 1 : LARGE_CLASSES;
    for (uint32_t c = 0; c <= look->class_count; c++)
        borders[c] = low + (high - low) * c / look->class_count;
    uint32_t rest = look->known - look->first,
             most = look->wish.one_wave * LOOK_REACH + 1;
    rest = rest < most ? rest : most;
    look->grid_count = 0;
    for (uint32_t g = 0; g < LARGE_GRID; g++) { /* finer where it is small */
        double part = (double)g / (LARGE_GRID - 1);
        uint32_t size = (uint32_t)(rest * part * sqrt(part) + 0.5);
        if (g == 0 || size > look->grid[look->grid_count - 1])
            look->grid[look->grid_count++] = size;
    }
    second_moments(look, second);
    for (uint32_t m = 0; m < common->count; m++)
        if (common->weight[m] >= MASS_MIN)
            large_node(look, m, borders, &held, second[m]);
}

static void make_table(struct look *look, uint32_t first, uint32_t at)
{
    look->first = first;
    look->at = at;
    look->after_ms = LOOKS_MS[at];
    memset(look->mass, 0, sizeof(look->mass));
    memset(look->gain, 0, sizeof(look->gain));
    ask_first(look);
    if (look->large)
        large_table(look);
    else
        small_table(look);
}

/* ---- the second waves
 * ------------------------------------------------------------------------ */

static void choose(const struct look *look, double price, struct outcome *ret)
{
    *ret = (struct outcome){0};
    for (uint32_t c = 0; c < look->class_count; c++) {
        const double *gain = look->gain[c];
        uint32_t best = 0;
        double most = price * gain[0];
        for (uint32_t g = 1; g < look->grid_count; g++) {
            double value = price * gain[g] - look->mass[c] * look->grid[g];
            if (value > most) {
                most = value;
                best = g;
            }
        }
        ret->choice[c] = best;
        ret->probability += gain[best];
        ret->expected += look->mass[c] * look->grid[best];
        ret->chance += best > 0 ? look->mass[c] : 0.0;
    }
}

/* A price at which the choices are those of PRICE and stay so for a little less and a
 * little more: the waves that follow are planned from figures that were rounded on their
 * way. */
static double steady_price(const struct look *look, double price,
                           const struct outcome *outcome)
{
    double low = 0.0, high = PRICE_SPREAD;
    struct outcome other;
    for (int i = 0; i < BISECTIONS / 2; i++) {
        double middle = (low + high) / 2.0;
        choose(look, price * exp(middle), &other);
        if (memcmp(other.choice, outcome->choice, sizeof(other.choice)) == 0)
            low = middle;
        else
            high = middle;
    }
    return price * exp(low / 2.0);
}

/* The smallest price that reaches the target; 0 = none does. */
static double find_price(const struct look *look, struct outcome *ret)
{
    double low = 0.0, high = log(PRICE_MAX);
    struct outcome outcome;
    choose(look, PRICE_MAX, ret);
    if (ret->probability < look->wish.target)
        return 0.0;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2.0;
        choose(look, exp(middle), &outcome);
        if (outcome.probability >= look->wish.target) {
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
    struct look_result *best;
    uint32_t best_at;
    double cost;        /* of best: expected alerts, or those less price * P; INFINITY */
    uint32_t low, high; /* first waves */
};

/* By weak duality no price's policy is worse off than this with the target reached. */
static bool cannot_be_better(const struct search *search)
{
    const struct look *look = search->look;
    struct outcome outcome;
    double price = search->best->price;
    if (!isfinite(search->cost) || look->wish.price > 0.0)
        return false;
    choose(look, price, &outcome);
    return look->first + outcome.expected +
               price * (look->wish.target - outcome.probability) >=
           search->cost;
}

static bool try_look(struct search *search, uint32_t first, uint32_t at)
{
    struct look *look = search->look;
    const struct plan_input *input = look->planner->input;
    struct outcome outcome;
    double price = look->wish.price, cost;
    if (at > 0 && LOOKS_MS[at] >= input->need->deadline_ms - input->now_ms)
        return false;
    make_table(look, first, at);
    if (cannot_be_better(search))
        return false;
    if (price > 0.0) {
        choose(look, price, &outcome);
        cost = first + outcome.expected - price * outcome.probability;
    } else {
        price = find_price(look, &outcome);
        cost = price > 0.0 ? first + outcome.expected : INFINITY;
    }
    if (!(cost < search->cost - 1e-9))
        return false;
    search->cost = cost;
    search->best_at = at;
    if (look->wish.price <= 0.0)
        price = steady_price(look, price, &outcome);
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
    for (uint32_t at = 0; at < LOOKS; at += 2) {
        if (look->wish.price > 0.0)
            (void)try_look(search, search->low, at);
        for (size_t i = 0; i < COUNT_OF(SIXTEENTHS); i++)
            (void)try_look(search, search->low + span * SIXTEENTHS[i] / 16, at);
    }
    if (!isfinite(search->cost))
        (void)try_look(search, search->high, 0);
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
    AUTO_FREE struct look *look = mem_calloc(1, sizeof(*look));
    if (look == NULL)
        return ST_NO_MEMORY;
    look->planner = planner;
    look->work = work;
    look->wish = *wish;
    look->known = work->line.people_count - work->pending;
    look->large =
        work->line.count > SMALL_COUNT || work->pending + wish->one_wave > SMALL_PEOPLE;
    common_init(&look->common, planner->common.mean, planner->common.rho,
                look->large ? NODES_LARGE : NODES_SMALL);
    people_observe(planner->input, &look->common);
    struct search search = {.look = look, .best = ret, .cost = INFINITY};
    search_all(&search);
    return isfinite(search.cost) ? ST_OK : ST_NOT_FOUND;
}
