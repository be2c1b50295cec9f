/* SPDX-License-Identifier: Apache-2.0 */
/* Drills: how many incidents a second each engine lives through, and how many people each
 * policy alerts for the same success at four densities of volunteers. Rates are by thread
 * CPU time. Prints one JSON document; with an argument the number of runs of the table.
 *
 * Equal success: every rule is run with many figures (how many, how far, in which phases,
 * with how many seats; ours: the target, and how probable it must be that somebody comes
 * in time). Two settings can be mixed by lot, so a rule can have any point on the lower
 * hull of its (success, alerts). The interval is that of the mean of BATCHES batches of
 * the paired difference, to first order in the success (delta method).
 *
 * bench_drill RUNS SCENARIO.json: the same table for the whole of one scenario, all its
 * needs together. */
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "bench/equal_success.h"
#include "drill/fast.h"
#include "drill/full.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONFIGS_MAX 400
#define RUNS 2000
#define FAMILIES 4

struct config {
    struct policy policy;
    struct setting super;
};

static struct config configs[CONFIGS_MAX];
static uint32_t config_count, row_count;

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int status, const struct diag *diag)
{
    if (status == ST_OK)
        return;
    fprintf(stderr, "bench_drill: %s: %s\n", diag->where, diag->text);
    abort();
}

static void read_scenario(uint32_t density, struct scenario *ret)
{
    char path[96];
    struct diag diag = {0};
    (void)snprintf(path, sizeof path, "demo/scenarios/medical-auckland-%u.json", density);
    must(scenario_read(path, ret, &diag), &diag);
}

/* ---- rates
 * ------------------------------------------------------------------------------- */

static void rate_fast(struct scenario *scenario, bool redraw)
{
    struct fast *fast;
    struct drill_outcome outcome;
    const uint32_t runs = 3000;
    double total = 0;
    scenario->people.mean = 0;
    scenario->people.count = 1000;
    scenario->people.redraw = redraw;
    must(fast_new(&fast, scenario, 1), &(struct diag){0});
    printf(",\"fast_%s\":{\"candidates\":1000,\"per_s\":{",
           redraw ? "people_drawn_anew" : "people_stay");
    for (uint32_t p = 0; p < scenario->policy_count; p++) {
        double start = cpu_s();
        for (uint32_t run = 0; run < runs; run++)
            must(fast_run(fast, run, &scenario->policies[p], &outcome, NULL),
                 &(struct diag){0});
        double s = cpu_s() - start;
        total += s;
        printf("%s\"%s\":%.0f", p > 0 ? "," : "", scenario->policies[p].name, runs / s);
    }
    /* As the command does it: each run under all policies. */
    double start = cpu_s();
    for (uint32_t run = 0; run < runs; run++)
        for (uint32_t p = 0; p < scenario->policy_count; p++)
            must(fast_run(fast, run, &scenario->policies[p], &outcome, NULL),
                 &(struct diag){0});
    double s = cpu_s() - start;
    printf("},\"compared_per_s\":%.0f}", runs * scenario->policy_count / s);
    fast_free(fast);
}

static void rate_full(struct scenario *scenario, uint32_t density)
{
    struct full *full;
    struct drill_outcome outcome;
    struct diag diag = {0};
    const uint32_t runs = 200;
    must(full_new(&full, scenario, 1, &diag), &diag);
    double start = cpu_s();
    for (uint32_t run = 0; run < runs; run++)
        must(full_run(full, run, &scenario->policies[0], &outcome, NULL), &diag);
    printf(",\"full_%u_people_per_s\":%.0f", density, runs / (cpu_s() - start));
    full_free(full);
}

/* ---- the settings
 * ------------------------------------------------------------------------ */

static struct config *add(enum policy_rule rule, int32_t reserve)
{
    struct config *config = &configs[config_count++];
    *config = (struct config){.policy = {.rule = rule, .reserve = reserve},
                              .super.family = (int)rule};
    return config;
}

static void add_phased(uint32_t first, uint32_t next, int64_t step_s, int32_t reserve)
{
    struct policy *policy = &add(POLICY_PHASED, reserve)->policy;
    policy->phases = 6;
    for (uint32_t i = 0; i < policy->phases; i++)
        policy->phase[i] =
            (struct policy_phase){i == 0 ? first : next, i * step_s * INT64_C(1000)};
}

/* The settings that each rule is run with. */
struct grid {
    uint32_t counts[20]; /* people asked, or kept open; ends with 0 */
    uint32_t first[16];  /* of the phases; likewise */
    int radius_from, radius_to, radius_step;
    int64_t step_to, step_step; /* s between two phases, from 60 on */
    double targets[12], floors[4];
    uint32_t target_count, floor_count;
};

static void add_others(const struct grid *grid)
{
    config_count = 0;
    for (int32_t reserve = 0; reserve < 3; reserve++) {
        for (const uint32_t *count = grid->counts; *count > 0; count++) {
            add(POLICY_NEAREST, reserve)->policy.count = *count;
            add(POLICY_TOP_UP, reserve)->policy.count = *count;
        }
        for (int r = grid->radius_from; r <= grid->radius_to; r += grid->radius_step)
            add(POLICY_RADIUS, reserve)->policy.radius_m = r;
        for (const uint32_t *first = grid->first; *first > 0; first++)
            for (int64_t step = 60; step <= grid->step_to; step += grid->step_step) {
                add_phased(*first, *first, step, reserve);
                add_phased(*first, (*first + 1) / 2, step, reserve);
            }
    }
}

/* Our own policy has three figures: the target and below which chance to be in time
 * nobody is asked any more, or what one more certain success is worth in alerts. */
static void add_targets(const struct grid *grid)
{
    for (uint32_t t = 0; t < grid->target_count; t++)
        for (uint32_t f = 0; f < grid->floor_count; f++) {
            struct policy *policy = &add(POLICY_OURS, POLICY_RESERVE_OF_NEED)->policy;
            policy->target = grid->targets[t];
            policy->in_time_min = grid->floors[f];
        }
}

static void add_prices(void)
{
    static const double prices[] = {4,  5,  6,  8,   10,  14,  20,
                                    30, 45, 70, 120, 250, 600, 2000};
    for (size_t p = 0; p < COUNT_OF(prices); p++) {
        struct policy *policy = &add(POLICY_OURS, POLICY_RESERVE_OF_NEED)->policy;
        policy->target = 0.95;
        policy->price = prices[p];
    }
}

/* One person wanted within a kilometre. */
static const struct grid FOR_ONE = {
    .counts = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 25, 30, 40, 60},
    .first = {1, 2, 3, 4, 5, 6, 7, 8, 10},
    .radius_from = 100,
    .radius_to = 1000,
    .radius_step = 50,
    .step_to = 120,
    .step_step = 30,
    .targets = {0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95},
    .target_count = 9,
    .floors = {0, 0.4, 0.7},
    .floor_count = 3};

/* Several people kilometres around. */
static const struct grid FOR_LINES = {
    .counts = {6, 9, 12, 16, 20, 25, 32, 40, 50, 64, 80, 100},
    .first = {6, 9, 12, 16, 20, 25, 32, 40, 50, 64},
    .radius_from = 500,
    .radius_to = 4000,
    .radius_step = 250,
    .step_to = 180,
    .step_step = 60,
    .targets = {0.5, 0.7, 0.8, 0.9, 0.95},
    .target_count = 5,
    .floors = {0, 0.3, 0.6},
    .floor_count = 3};

/* ---- runs
 * -------------------------------------------------------------------------------- */

static void run_config(struct fast *fast, struct config *config, uint32_t needs,
                       uint32_t runs)
{
    struct drill_outcome outcomes[SCENARIO_NEEDS_MAX];
    for (uint32_t run = 0; run < runs; run++) {
        must(fast_run(fast, run, &config->policy, outcomes, NULL), &(struct diag){0});
        uint32_t batch = (uint32_t)((uint64_t)run * BATCHES / runs);
        bool filled = true;
        for (uint32_t need = 0; need < needs; need++) {
            config->super.alerts[batch] += outcomes[need].alerts;
            filled &= outcomes[need].count_ms != OUTCOME_NEVER;
        }
        config->super.filled[batch] += filled;
    }
    for (int b = 0; b < BATCHES; b++) {
        config->super.alerts[BATCHES] += config->super.alerts[b] / runs;
        config->super.filled[BATCHES] += config->super.filled[b] / runs;
        config->super.alerts[b] /= runs / (double)BATCHES;
        config->super.filled[b] /= runs / (double)BATCHES;
    }
}

static const struct setting *setting_at(uint32_t index)
{
    return &configs[index].super;
}

static void print_against(const struct setting *ours, enum policy_rule rule)
{
    struct setting theirs;
    double highest = 0;
    for (uint32_t i = 0; i < config_count; i++)
        if (configs[i].policy.rule == rule && configs[i].super.filled[BATCHES] > highest)
            highest = configs[i].super.filled[BATCHES];
    if (!setting_mix(setting_at, config_count, (int)rule, ours->filled[BATCHES],
                     &theirs)) {
        printf(",\"%s\":{\"reaches\":%.4f}", policy_rule_code(rule), highest);
        return;
    }
    struct against against = setting_against(&theirs, ours);
    printf(",\"%s\":{\"alerts\":%.3f,\"more\":%.3f,\"low\":%.3f,\"high\":%.3f}",
           policy_rule_code(rule), against.alerts, against.mean, against.low,
           against.high);
}

/* The best mixture of each rule at equal success, for shares of MOST. */
static void print_table(const char *name, double most)
{
    static const double shares[] = {0.5, 0.6, 0.7, 0.8, 0.9, 0.95};
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
        struct setting ours;
        if (!setting_mix(setting_at, config_count, POLICY_OURS, shares[i] * most, &ours))
            continue;
        printf("%s\n{%s,\"filled\":%.4f,\"ours\":%.3f", row_count++ > 0 ? "," : "", name,
               ours.filled[BATCHES], ours.alerts[BATCHES]);
        for (int rule = 0; rule < FAMILIES; rule++)
            print_against(&ours, (enum policy_rule)rule);
        printf("}");
        fflush(stdout);
    }
}

/* At shares of what alerting everybody within 1 km reaches. */
static void table(uint32_t density, uint32_t runs)
{
    static struct scenario scenario;
    struct fast *fast;
    char name[32];
    double most = 0;
    read_scenario(density, &scenario);
    must(fast_new(&fast, &scenario, 2026), &(struct diag){0});
    add_others(&FOR_ONE);
    add_targets(&FOR_ONE);
    add_prices();
    for (uint32_t i = 0; i < config_count; i++) {
        run_config(fast, &configs[i], scenario.need_count, runs);
        if (configs[i].policy.rule == POLICY_RADIUS &&
            configs[i].super.filled[BATCHES] > most)
            most = configs[i].super.filled[BATCHES];
    }
    (void)snprintf(name, sizeof name, "\"density\":%u", density);
    print_table(name, most);
    fast_free(fast);
}

/* ---- one scenario with several lines
 * ---------------------------------------------------------------- */

/* At shares of what our own policy reaches: filled = all needs of the run are. */
static void scenario_table(const char *path, uint32_t runs)
{
    static struct scenario scenario;
    struct diag diag = {0};
    struct fast *fast;
    double most = 0;
    must(scenario_read(path, &scenario, &diag), &diag);
    must(fast_new(&fast, &scenario, 2026), &(struct diag){0});
    add_others(&FOR_LINES);
    add_targets(&FOR_LINES);
    for (uint32_t i = 0; i < config_count; i++) {
        run_config(fast, &configs[i], scenario.need_count, runs);
        if (configs[i].policy.rule == POLICY_OURS &&
            configs[i].super.filled[BATCHES] > most)
            most = configs[i].super.filled[BATCHES];
    }
    char name[80];
    (void)snprintf(name, sizeof name, "\"scenario\":\"%s\"", scenario.name);
    printf("{\"bench\":\"drill\",\"table_runs\":%u,\n\"equal_success\":[", runs);
    print_table(name, most);
    printf("]}\n");
    fast_free(fast);
}

int main(int argc, char **argv)
{
    static const uint32_t densities[] = {5, 10, 30, 100};
    static struct scenario scenario;
    uint32_t runs = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : RUNS;
    (void)setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    log_set_level(LOG_ERROR);
    if (argc > 2) {
        scenario_table(argv[2], runs);
        return 0;
    }
    printf("{\"bench\":\"drill\",\"table_runs\":%u", runs);
    for (int redraw = 0; redraw < 2; redraw++) {
        read_scenario(10, &scenario);
        rate_fast(&scenario, redraw != 0);
    }
    for (size_t i = 1; i < COUNT_OF(densities); i++) {
        read_scenario(densities[i], &scenario);
        rate_full(&scenario, densities[i]);
    }
    printf(",\n\"equal_success\":[");
    for (size_t i = 0; i < COUNT_OF(densities); i++)
        table(densities[i], runs);
    printf("]}\n");
    return 0;
}
