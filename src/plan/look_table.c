/* SPDX-License-Identifier: Apache-2.0 */
/* For N people asked (pending ones and the first wave) and a look after w, Y of them have
 * said yes by then. Given the common cause z and Y, those who said yes are there in time
 * with the average b, the silent ones say yes later and are there in time with the
 * average r(z); then for a second wave of m
 *
 *     Q(y, m | z) = P(H + Bin(y, b) + Bin(N - y, r(z)) + X_m(z) >= count)
 *     W(y, m) = sum over z of w(z) P(y | z) Q(y, m | z)
 *
 * For people who are alike, and replies that are there at the look or never come, nothing
 * is approximate (the oracles of test_look.c). Small counts are summed; for large ones
 * the sums are refined normal approximations on a grid of y and m. Everything that hangs
 * on a person and a look only is computed once for all first waves. */
#include "plan/look_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define LARGE_CLASSES 12
#define LARGE_GRID 12
#define NODES_SMALL 8 /* of the common cause, fewer than a line has */
#define NODES_LARGE 12
#define EVERY_ONE 24 /* sizes of the second wave: each, then each 2nd, each 4th */
#define EVERY_SECOND 40
#define NOTHING_MISSING 1e-13 /* P(the count is not there yet): more brings nothing */

const int64_t LOOKS_MS[LOOKS] = {60000, 120000, 180000, 240000, 300000};

/* ---- the people at the look
 * -------------------------------------------------------------- */

struct seen look_see(const struct planner *planner, const struct look_at *who,
                     const struct line_person *person)
{
    const struct plan_input *input = planner->input;
    const int64_t left_ms = input->need->deadline_ms;
    int64_t since = 0;
    struct seen seen;
    if (who->pending != NULL) {
        since = people_silent_ms(input, who->pending);
        seen.b_late =
            people_comes_of(input, who->pending->comes) *
            response_model_in_time_after(input->response, input->night,
                                         left_ms - who->pending->alerted_ms,
                                         who->pending->travel_ms, since + who->after_ms);
    } else
        seen.b_late = people_comes(input, who->rank->candidate) *
                      response_model_in_time_after(input->response, input->night,
                                                   left_ms - input->now_ms,
                                                   who->rank->travel_ms, who->after_ms);
    double before = response_model_replied(input->response, since);
    double then = response_model_replied(input->response, since + who->after_ms);
    seen.f = before < 1.0 ? (then - before) / (1.0 - before) : 1.0;
    double early = person->b - (1.0 - seen.f) * seen.b_late;
    seen.b_early = seen.f > 0.0 ? early / seen.f : 0.0;
    seen.b_early = seen.b_early < 0.0 ? 0.0 : seen.b_early > 1.0 ? 1.0 : seen.b_early;
    return seen;
}

double look_second_b(const struct planner *planner, const struct rank *rank,
                     int64_t after_ms)
{
    const struct plan_input *input = planner->input;
    return people_comes(input, rank->candidate) *
           response_model_in_time(input->response, input->night,
                                  input->need->deadline_ms - input->now_ms - after_ms,
                                  rank->travel_ms);
}

static struct seen see(struct look *look, uint32_t at, uint32_t index)
{
    const struct work *work = look->work;
    const bool pending = index < work->pending;
    const struct look_at who = {
        .after_ms = LOOKS_MS[at],
        .pending =
            pending ? &look->planner->input->pending[work->pending_index[index]] : NULL,
        .rank = pending ? NULL : &work->ranks[index - work->pending]};
    return look_see(look->planner, &who, &work->people[index]);
}

/* The first COUNT of work->people at the look. */
static const struct seen *see_all(struct look *look, uint32_t count)
{
    struct at_look *it = &look->looks[look->at];
    for (; it->seen_count < count; it->seen_count++)
        it->seen[it->seen_count] = see(look, look->at, it->seen_count);
    return it->seen;
}

/* P(there in time) of the first COUNT free ones, if they are alerted at the look and say
 * yes: [rank]. */
static const double *second_b(struct look *look, uint32_t count)
{
    struct at_look *it = &look->looks[look->at];
    for (; it->second_count < count; it->second_count++)
        it->second_b[it->second_count] = look_second_b(
            look->planner, &look->work->ranks[it->second_count], look->after_ms);
    return it->second_b;
}

/* [node] of the person at INDEX of work->people, without their share. */
static const double *accepts(const struct look *look, uint32_t index)
{
    return look->a + (size_t)index * look->common.count;
}

/* Of those asked: b of those who say yes by the look, r(z) of the silent ones. */
struct averages {
    double b, r[COMMON_NODES_MAX];
};

static void find_averages(struct look *look, struct averages *ret)
{
    const struct common *common = &look->common;
    const struct seen *seen = see_all(look, look->asked);
    double yes = 0.0, both = 0.0, late[COMMON_NODES_MAX] = {0.0},
           early[COMMON_NODES_MAX] = {0.0};
    for (uint32_t i = 0; i < look->asked; i++) {
        const double *accept = accepts(look, i), share = look->work->people[i].share;
        const double to_early = share * seen[i].f,
                     to_late = share * (1.0 - seen[i].f) * seen[i].b_late;
        double sum = 0.0;
        for (uint32_t m = 0; m < common->count; m++) {
            early[m] += to_early * accept[m];
            late[m] += to_late * accept[m];
            sum += common->weight[m] * accept[m];
        }
        yes += to_early * sum;
        both += to_early * sum * seen[i].b_early;
    }
    ret->b = yes > 0.0 ? both / yes : 0.0;
    for (uint32_t m = 0; m < common->count; m++) {
        double silent = look->asked - early[m];
        ret->r[m] = silent > 0.0 && late[m] > 0.0 ? late[m] / silent : 0.0;
        ret->r[m] = ret->r[m] < 1.0 ? ret->r[m] : 1.0;
    }
}

static void clear_table(struct look *look)
{
    for (uint32_t c = 0; c < look->class_count; c++) {
        look->mass[c] = 0.0;
        memset(look->gain[c], 0, look->grid_count * sizeof(look->gain[c][0]));
    }
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

static double convolve(const double *a, const double *b, uint32_t k, double *ret)
{
    double whole = 0.0;
    for (uint32_t j = 0; j < k; j++) {
        double sum = 0.0;
        for (uint32_t i = 0; i <= j; i++)
            sum += a[i] * b[j - i];
        ret[j] = sum;
        whole += sum;
    }
    return whole;
}

/* mass[y] = P(Y = y) at node M. */
static void count_early(const struct look *look, uint32_t m, double *mass)
{
    const struct seen *seen = look->looks[look->at].seen;
    mass[0] = 1.0;
    for (uint32_t i = 0; i < look->asked; i++) {
        double p = look->work->people[i].share * accepts(look, i)[m] * seen[i].f;
        mass[i + 1] = mass[i] * p;
        for (uint32_t j = i; j > 0; j--)
            mass[j] = mass[j] * (1.0 - p) + mass[j - 1] * p;
        mass[0] *= 1.0 - p;
    }
}

/* below[j][g] = P(fewer than k - j of a second wave of grid[g] are there), j < k. */
static void second_below(const struct look *look, uint32_t m, uint32_t k,
                         double below[LOOK_SMALL_COUNT][LOOK_GRID_MAX])
{
    const double *b = look->looks[look->at].second_b + look->first;
    double mass[LOOK_SMALL_COUNT] = {1.0};
    uint32_t asked = 0;
    for (uint32_t g = 0; g < look->grid_count; g++) {
        for (; asked < look->grid[g]; asked++) {
            double p = accepts(look, look->asked + asked)[m] * b[asked];
            for (uint32_t i = k - 1; i > 0; i--)
                mass[i] = mass[i] * (1.0 - p) + mass[i - 1] * p;
            mass[0] *= 1.0 - p;
        }
        double sum = 0.0;
        for (uint32_t i = 0; i < k; i++) {
            sum += mass[i];
            below[k - 1 - i][g] = sum;
        }
    }
}

/* Adds MASS (1 - sum over j of missing[j] below[j][g]) to gain[g]. */
static void add_gain(const struct look *look, double mass, const double *missing,
                     double below[LOOK_SMALL_COUNT][LOOK_GRID_MAX], double *gain)
{
    uint32_t k = look->work->line.count;
    double fails[LOOK_GRID_MAX];
    for (uint32_t g = 0; g < look->grid_count; g++)
        fails[g] = missing[0] * below[0][g];
    for (uint32_t j = 1; j < k; j++) {
        const double *row = below[j];
        double part = missing[j];
        for (uint32_t g = 0; g < look->grid_count; g++)
            fails[g] += part * row[g];
    }
    for (uint32_t g = 0; g < look->grid_count; g++)
        gain[g] += mass * (1.0 - fails[g]);
}

static void small_node(struct look *look, uint32_t m, double silent_r, const double *held,
                       const double *yes)
{
    uint32_t k = look->work->line.count, n = look->asked;
    double weight = look->common.weight[m], early[LOOK_SMALL_PEOPLE + 1];
    double late[(LOOK_SMALL_PEOPLE + 1) * LOOK_SMALL_COUNT];
    double below[LOOK_SMALL_COUNT][LOOK_GRID_MAX], base[LOOK_SMALL_COUNT],
        all[LOOK_SMALL_COUNT];
    if (weight < LOOK_MASS_MIN)
        return;
    count_early(look, m, early);
    binomials(silent_r, n, k, late);
    second_below(look, m, k, below);
    for (uint32_t y = 0; y <= n; y++) {
        double mass = weight * early[y], *gain = look->gain[y];
        if (mass < LOOK_MASS_MIN)
            continue;
        look->mass[y] += mass;
        (void)convolve(held, yes + (size_t)y * k, k, base);
        if (convolve(base, late + (size_t)(n - y) * k, k, all) > NOTHING_MISSING)
            add_gain(look, mass, all, below, gain);
        else
            for (uint32_t g = 0; g < look->grid_count; g++)
                gain[g] += mass;
    }
}

static void small_table(struct look *look)
{
    const struct line *line = &look->work->line;
    double held[LOOK_SMALL_COUNT] = {1.0},
           yes[(LOOK_SMALL_PEOPLE + 1) * LOOK_SMALL_COUNT];
    struct averages averages;
    for (uint32_t i = 0; i < line->held; i++) {
        for (uint32_t j = line->count - 1; j > 0; j--)
            held[j] = held[j] * (1.0 - line->held_b[i]) + held[j - 1] * line->held_b[i];
        held[0] *= 1.0 - line->held_b[i];
    }
    uint32_t rest = look->known - look->first;
    uint32_t most = look->wish.one_wave * LOOK_REACH + line->count;
    most = most < LOOK_SMALL_PEOPLE ? most : LOOK_SMALL_PEOPLE;
    most = most < rest ? most : rest;
    (void)second_b(look, look->first + most);
    look->grid_count = 0;
    for (uint32_t m = 0; m <= most; m += m < EVERY_ONE ? 1 : m < EVERY_SECOND ? 2 : 4)
        look->grid[look->grid_count++] = m;
    look->class_count = look->asked + 1;
    clear_table(look);
    find_averages(look, &averages);
    binomials(averages.b, look->asked, line->count, yes);
    for (uint32_t m = 0; m < look->common.count; m++)
        small_node(look, m, averages.r[m], held, yes);
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

/* Moments at every node, side by side. */
struct sums {
    double mean[COMMON_NODES_MAX], variance[COMMON_NODES_MAX], third[COMMON_NODES_MAX];
};

/* One more, who is counted with P = SHARE * ACCEPT[node]. */
static void sums_add(struct sums *sums, uint32_t nodes, const double *accept,
                     double share)
{
    for (uint32_t m = 0; m < nodes; m++) {
        double p = share * accept[m], variance = p * (1.0 - p);
        sums->mean[m] += p;
        sums->variance[m] += variance;
        sums->third[m] += variance * (1.0 - 2.0 * p);
    }
}

static struct moments sums_at(const struct sums *sums, uint32_t m)
{
    return (struct moments){sums->mean[m], sums->variance[m], sums->third[m]};
}

/* Moments of those who said yes by the look. */
static void early_moments(const struct look *look, struct moments *ret)
{
    const struct seen *seen = look->looks[look->at].seen;
    struct sums sums = {{0.0}, {0.0}, {0.0}};
    for (uint32_t i = 0; i < look->asked; i++)
        sums_add(&sums, look->common.count, accepts(look, i),
                 look->work->people[i].share * seen[i].f);
    for (uint32_t m = 0; m < look->common.count; m++)
        ret[m] = sums_at(&sums, m);
}

/* Moments of the second wave at each node and grid point. */
static void second_moments(struct look *look,
                           struct moments ret[COMMON_NODES_MAX][LARGE_GRID])
{
    struct sums sums = {{0.0}, {0.0}, {0.0}};
    const double *b =
        second_b(look, look->first + look->grid[look->grid_count - 1]) + look->first;
    uint32_t asked = 0;
    for (uint32_t g = 0; g < look->grid_count; g++) {
        for (; asked < look->grid[g]; asked++)
            sums_add(&sums, look->common.count, accepts(look, look->asked + asked),
                     b[asked]);
        for (uint32_t m = 0; m < look->common.count; m++)
            ret[m][g] = sums_at(&sums, m);
    }
}

struct large {
    struct averages averages;
    struct moments held, early[COMMON_NODES_MAX];
    struct moments second[COMMON_NODES_MAX][LARGE_GRID];
    double borders[LARGE_CLASSES + 1];
};

static void large_node(struct look *look, uint32_t m, const struct large *large)
{
    const struct moments *early = &large->early[m], *second = large->second[m];
    double sigma = sqrt(early->variance) + 1e-9, below = 0.0;
    for (uint32_t c = 0; c < look->class_count; c++) {
        double to = c + 1 == look->class_count
                        ? 1.0
                        : normal_below(large->borders[c + 1], early->mean, sigma);
        double mass = look->common.weight[m] * (to - below);
        below = to;
        if (mass < LOOK_MASS_MIN)
            continue;
        double y = (large->borders[c] + large->borders[c + 1]) / 2.0;
        struct moments base = large->held;
        add_binomial(&base, y, large->averages.b);
        add_binomial(&base, look->asked - y, large->averages.r[m]);
        look->mass[c] += mass;
        for (uint32_t g = 0; g < look->grid_count; g++) {
            struct moments all = {.mean = base.mean + second[g].mean,
                                  .variance = base.variance + second[g].variance,
                                  .third = base.third + second[g].third};
            look->gain[c][g] += mass * moments_tail(&all, look->work->line.count);
        }
    }
}

/* Classes of Y: three deviations around its means. */
static void find_borders(struct look *look, struct large *large)
{
    double low = look->asked, high = 0.0;
    for (uint32_t m = 0; m < look->common.count; m++) {
        const struct moments *early = &large->early[m];
        double sigma = sqrt(early->variance);
        if (look->common.weight[m] < LOOK_MASS_MIN)
            continue;
        low = fmin(low, early->mean - 3.0 * sigma);
        high = fmax(high, early->mean + 3.0 * sigma);
    }
    low = fmax(low, 0.0);
    high = fmax(fmin(high, look->asked), low + 1e-6);
    look->class_count = look->asked == 0 ? 1 : LARGE_CLASSES;
    for (uint32_t c = 0; c <= look->class_count; c++)
        large->borders[c] = low + (high - low) * c / look->class_count;
}

static void large_table(struct look *look)
{
    const struct line *line = &look->work->line;
    struct large large = {.held = {0}};
    for (uint32_t i = 0; i < line->held; i++)
        moments_add(&large.held, line->held_b[i]);
    find_averages(look, &large.averages);
    early_moments(look, large.early);
    find_borders(look, &large);
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
    clear_table(look);
    second_moments(look, large.second);
    for (uint32_t m = 0; m < look->common.count; m++)
        if (look->common.weight[m] >= LOOK_MASS_MIN)
            large_node(look, m, &large);
}

void look_table(struct look *look, uint32_t first, uint32_t at)
{
    look->first = first;
    look->asked = look->work->pending + first;
    look->at = at;
    look->after_ms = LOOKS_MS[at];
    if (look->large)
        large_table(look);
    else
        small_table(look);
}

/* ---- life
 * -------------------------------------------------------------------------------- */

int look_init(struct look *look, struct planner *planner, struct work *work,
              const struct look_wish *wish)
{
    const uint32_t people = work->line.people_count;
    look->planner = planner;
    look->work = work;
    look->wish = *wish;
    look->known = people - work->pending;
    const uint32_t first = wish->one_wave > work->forced ? wish->one_wave : work->forced;
    look->large =
        work->line.count > LOOK_SMALL_COUNT || work->pending + first > LOOK_SMALL_PEOPLE;
    common_init(&look->common, planner->common.mean, planner->common.rho,
                look->large ? NODES_LARGE : NODES_SMALL);
    people_observe(planner->input, &look->common);
    uint32_t nodes = look->common.count;
    /* One block: the acceptance at every node, then each look's figures. */
    size_t per_look = (size_t)people * (sizeof(struct seen) + sizeof(double));
    look->a = mem_alloc((size_t)(people + 1) * nodes * sizeof(double) + LOOKS * per_look);
    if (look->a == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < people; i++)
        for (uint32_t m = 0; m < nodes; m++)
            look->a[(size_t)i * nodes + m] =
                common_a(&look->common, m, work->people[i].x);
    double *next = look->a + (size_t)(people + 1) * nodes;
    for (uint32_t at = 0; at < LOOKS; at++) {
        struct at_look *it = &look->looks[at];
        it->seen_count = it->second_count = 0;
        it->second_b = next;
        next += people;
        it->seen = (struct seen *)next;
        next += (size_t)people * (sizeof(struct seen) / sizeof(double));
    }
    return ST_OK;
}

void look_release(struct look *look)
{
    mem_free(look->a);
}
