/* SPDX-License-Identifier: Apache-2.0 */
/* How much can be won at all? For one volunteer wanted in time (Auckland's parameters, as
 * demo/scenarios/medical-auckland-*.json) the best schedule of alerts that stops at the
 * first yes, found for each draw of the people by coordinate ascent from several starts,
 * against the rules of thumb on the same draws, everything worked out exactly on a grid
 * of 15 s: no luck of answers is in it. A schedule says for each person when they are
 * asked if nobody has said yes until then. It knows where the people are and learns from
 * a yes only, not from a refusal.
 *
 * Prints one JSON document; arguments: draws of people, density. */
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "bench/equal_success.h"
#include "plan/response_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_S 15
#define STEPS 52    /* 13 minutes */
#define NEVER STEPS /* not asked */
#define PEOPLE_MAX 48
#define CONFIGS_MAX 200
#define SWEEPS_MAX 6
#define ACCEPT 0.17
#define SPEED 1.6666666666666667

static struct response_model *model;
/* [steps since asked]: a yes in the step, given none before. */
static double hazard[STEPS];

struct draw {
    uint32_t count;
    double metres[PEOPLE_MAX];
    /* [person][asked at][now]: will be there in time, given no yes before now. */
    double later[PEOPLE_MAX][STEPS][STEPS + 1];
};

struct schedule {
    uint8_t at[PEOPLE_MAX];
};

struct worth {
    double filled, alerts;
};

static void make_model(void)
{
    struct response_model_config config;
    response_model_config_default(&config);
    config.accept = ACCEPT;
    config.comes = 1;
    if (response_model_new(&model, &config) < 0)
        abort();
    for (int k = 0; k < STEPS; k++) {
        double before = response_model_replied(model, (int64_t)k * STEP_S * 1000);
        double then = response_model_replied(model, (int64_t)(k + 1) * STEP_S * 1000);
        hazard[k] = ACCEPT * (then - before) / (1 - ACCEPT * before);
    }
}

/* P(there in time | a yes in the middle of step K). */
static double in_time(double metres, int k)
{
    int64_t left_ms = (int64_t)(STEPS - k) * STEP_S * 1000 - STEP_S * 500;
    uint32_t travel_ms = (uint32_t)(metres / SPEED * 1000);
    return response_model_turnout_in_time(model, false, left_ms, travel_ms, 0);
}

static int by_metres(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* A Poisson field of MEAN people within 1 km; the nearest PEOPLE_MAX of them. */
static void draw_people(struct random *random, double mean, struct draw *ret)
{
    static double metres[400];
    uint32_t count = 0;
    for (double sum = -log(1 - random_unit(random)); sum < mean && count < 400;
         sum -= log(1 - random_unit(random)))
        metres[count++] = 1000 * sqrt(random_unit(random));
    qsort(metres, count, sizeof *metres, by_metres);
    ret->count = count < PEOPLE_MAX ? count : PEOPLE_MAX;
    for (uint32_t i = 0; i < ret->count; i++) {
        double there[STEPS];
        ret->metres[i] = metres[i];
        for (int k = 0; k < STEPS; k++)
            there[k] = in_time(metres[i], k);
        for (int at = 0; at < STEPS; at++) {
            double *later = ret->later[i][at];
            later[STEPS] = 0;
            for (int k = STEPS; k-- > at;)
                later[k] =
                    hazard[k - at] * there[k] + (1 - hazard[k - at]) * later[k + 1];
        }
    }
}

/* Step by step, as long as nobody has said yes: what a yes in this step is worth is what
 * all those asked will come to, less what they come to if nobody says yes in it. */
static struct worth work_out(const struct draw *draw, const struct schedule *schedule)
{
    struct worth worth = {0, 0};
    uint32_t asked[PEOPLE_MAX], count = 0;
    double silent = 1; /* P(no yes so far) */
    for (int k = 0; k < STEPS; k++) {
        for (uint32_t i = 0; i < draw->count; i++)
            if (schedule->at[i] == k) {
                asked[count++] = i;
                worth.alerts += silent;
            }
        double none = 1, now = 1, next = 1;
        for (uint32_t n = 0; n < count; n++) {
            int at = schedule->at[asked[n]];
            none *= 1 - hazard[k - at];
            now *= 1 - draw->later[asked[n]][at][k];
            next *= 1 - draw->later[asked[n]][at][k + 1];
        }
        worth.filled += silent * ((1 - now) - none * (1 - next));
        silent *= none;
    }
    return worth;
}

/* ---- the rules, and the best
 * --------------------------------------------------------------------- */

enum rule { NEAREST, RADIUS, PHASED, BEST, RULES };
static const char *const NAMES[] = {"nearest", "radius", "phased", "best"};

struct config {
    enum rule rule;
    double figure; /* people, metres, or lambda */
    uint32_t next, step;
    struct setting super;
};

static struct config configs[CONFIGS_MAX];
static uint32_t config_count;

static void by_rule(const struct config *config, const struct draw *draw,
                    struct schedule *ret)
{
    memset(ret->at, NEVER, sizeof ret->at);
    for (uint32_t i = 0; i < draw->count; i++) {
        uint32_t first = (uint32_t)config->figure;
        if (config->rule == RADIUS)
            ret->at[i] = draw->metres[i] <= config->figure ? 0 : NEVER;
        else if (i < first)
            ret->at[i] = 0;
        else if (config->rule == PHASED && (i - first) / config->next < 5)
            ret->at[i] = (uint8_t)(((i - first) / config->next + 1) * config->step);
    }
}

static double value_of(const struct draw *draw, const struct schedule *schedule,
                       double lambda)
{
    struct worth worth = work_out(draw, schedule);
    return lambda * worth.filled - worth.alerts;
}

/* One person after the other gets the time that is best given the others'. */
static double ascend(const struct draw *draw, double lambda, struct schedule *schedule)
{
    double most = value_of(draw, schedule, lambda);
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
        double before = most;
        for (uint32_t i = 0; i < draw->count; i++) {
            uint8_t best = schedule->at[i];
            for (uint8_t at = 0; at <= STEPS; at++) {
                schedule->at[i] = at;
                double value = value_of(draw, schedule, lambda);
                if (value > most + 1e-12) {
                    most = value;
                    best = at;
                }
            }
            schedule->at[i] = best;
            if (best == NEVER && i > 0 && schedule->at[i - 1] == NEVER)
                break; /* whoever is farther away is not asked either */
        }
        if (most < before + 1e-9)
            break;
    }
    return most;
}

static void find_best(const struct draw *draw, double lambda, struct schedule *ret)
{
    static const struct config starts[] = {
        {.rule = NEAREST, .figure = 0},
        {.rule = NEAREST, .figure = 6},
        {.rule = PHASED, .figure = 2, .next = 2, .step = 4},
        {.rule = PHASED, .figure = 3, .next = 2, .step = 8}};
    double most = -INFINITY;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        struct schedule schedule;
        by_rule(&starts[i], draw, &schedule);
        double value = ascend(draw, lambda, &schedule);
        if (value > most) {
            most = value;
            *ret = schedule;
        }
    }
}

static void add(enum rule rule, double figure, uint32_t next, uint32_t step)
{
    configs[config_count++] = (struct config){.super.family = (int)rule,
                                              .rule = rule,
                                              .figure = figure,
                                              .next = next,
                                              .step = step};
}

static void add_all(void)
{
    static const double lambdas[] = {4, 6, 9, 14, 22, 35, 60, 120};
    config_count = 0;
    for (int m = 0; m <= 40; m += m < 12 ? 1 : 4)
        add(NEAREST, m, 1, 0);
    for (int r = 100; r <= 1000; r += 50)
        add(RADIUS, r, 1, 0);
    for (uint32_t first = 1; first <= 8; first++)
        for (uint32_t step = 4; step <= 8; step += 2) {
            add(PHASED, first, first, step);
            if (first > 1)
                add(PHASED, first, (first + 1) / 2, step);
        }
    for (size_t i = 0; i < COUNT_OF(lambdas); i++)
        add(BEST, lambdas[i], 1, 0);
}

/* ---- at equal success, as bench_drill.c
 * ---------------------------------------------------------- */

static const struct setting *setting_at(uint32_t index)
{
    return &configs[index].super;
}

static void print_against(const struct setting *best, enum rule rule)
{
    struct setting theirs;
    if (!setting_mix(setting_at, config_count, (int)rule, best->filled[BATCHES], &theirs))
        return;
    struct against against = setting_against(&theirs, best);
    printf(",\"%s\":{\"more\":%.3f,\"low\":%.3f,\"high\":%.3f}", NAMES[rule],
           against.mean, against.low, against.high);
}

static void run(double density, uint32_t draws)
{
    static struct draw draw;
    struct random_seeded random;
    random_seeded_init(&random, 2026);
    add_all();
    for (uint32_t d = 0; d < draws; d++) {
        uint32_t batch = (uint32_t)((uint64_t)d * BATCHES / draws);
        draw_people(&random.super, density, &draw);
        for (uint32_t i = 0; i < config_count; i++) {
            struct config *config = &configs[i];
            struct schedule schedule;
            if (config->rule == BEST)
                find_best(&draw, config->figure, &schedule);
            else
                by_rule(config, &draw, &schedule);
            struct worth worth = work_out(&draw, &schedule);
            config->super.alerts[batch] += worth.alerts * BATCHES / draws;
            config->super.filled[batch] += worth.filled * BATCHES / draws;
            config->super.alerts[BATCHES] += worth.alerts / draws;
            config->super.filled[BATCHES] += worth.filled / draws;
        }
    }
    static bool again;
    for (uint32_t i = 0; i < config_count; i++) {
        if (configs[i].rule != BEST)
            continue;
        printf("%s\n{\"density\":%.0f,\"filled\":%.4f,\"best\":%.3f", again ? "," : "",
               density, configs[i].super.filled[BATCHES],
               configs[i].super.alerts[BATCHES]);
        again = true;
        for (int rule = 0; rule < BEST; rule++)
            print_against(&configs[i].super, (enum rule)rule);
        printf("}");
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    static const double densities[] = {5, 10, 30, 100};
    uint32_t draws = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100;
    make_model();
    printf("{\"bench\":\"bound\",\"draws\":%u,\"equal_success\":[", draws);
    for (size_t i = 0; i < COUNT_OF(densities); i++)
        if (argc < 3 || strtod(argv[2], NULL) == densities[i])
            run(densities[i], draws / BATCHES * BATCHES);
    printf("]}\n");
    response_model_free(model);
    return 0;
}
