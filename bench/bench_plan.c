/* SPDX-License-Identifier: Apache-2.0 */
/* The planner alone: plans for 6 and 50 people of 10,000 and for 5,000 of 30,000, with
 * and without waves, correlation and unlike people, and one of three lines; beside each
 * the plain way to one wave of independent people (sort everybody, grow the whole
 * distribution); assignment; many tasks at once. Prints one JSON document; the planner's
 * times are CPU time of the thread. */
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/plan.h"
#include "plan/tail.h"
#include "tasks.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define PEOPLE 30000
#define ROUNDS_MAX 400
#define NOW INT64_C(1795478400000)

struct run {
    const char *name;
    uint32_t count, people, rounds;
    int32_t reserve;
    double correlation;
    enum plan_policy policy;
    bool alike, lines;
};

static const struct run RUNS[] = {
    {"k6_of_10000", 6, 10000, 200, PLAN_RESERVE_AUTO, .02, PLAN_POLICY_WAVES, true,
     false},
    {"k6_of_10000_unlike", 6, 10000, 200, PLAN_RESERVE_AUTO, .02, PLAN_POLICY_WAVES,
     false, false},
    {"k3_of_10000", 3, 10000, 200, PLAN_RESERVE_AUTO, .02, PLAN_POLICY_WAVES, true,
     false},
    {"k8_of_10000", 8, 10000, 200, PLAN_RESERVE_AUTO, .02, PLAN_POLICY_WAVES, true,
     false},
    {"k12_of_10000", 12, 10000, 200, PLAN_RESERVE_AUTO, .02, PLAN_POLICY_WAVES, true,
     false},
    {"k24_of_10000", 24, 10000, 100, PLAN_RESERVE_AUTO, .02, PLAN_POLICY_WAVES, true,
     false},
    {"k50_of_10000", 50, 10000, 200, PLAN_RESERVE_AUTO, .02, PLAN_POLICY_WAVES, true,
     false},
    {"k50_of_10000_unlike", 50, 10000, 200, PLAN_RESERVE_AUTO, .02, PLAN_POLICY_WAVES,
     false, false},
    {"k50_of_10000_one_wave_independent", 50, 10000, 200, PLAN_RESERVE_AUTO, 0,
     PLAN_POLICY_ONE_WAVE, true, false},
    {"k50_of_10000_fixed", 50, 10000, 100, 25, .02, PLAN_POLICY_WAVES, true, false},
    {"lines_1_2_3_of_10000", 1, 10000, 100, PLAN_RESERVE_AUTO, .02, PLAN_POLICY_ONE_WAVE,
     true, true},
    {"lines_1_2_3_of_10000_waves", 1, 10000, 100, PLAN_RESERVE_AUTO, .02,
     PLAN_POLICY_WAVES, true, true},
    {"k5000_of_30000", 5000, 30000, 10, PLAN_RESERVE_AUTO, 0, PLAN_POLICY_ONE_WAVE, true,
     false},
    {"k5000_of_30000_fixed", 5000, 30000, 10, 1000, 0, PLAN_POLICY_ONE_WAVE, true, false},
    {"k5000_of_30000_waves", 5000, 30000, 10, PLAN_RESERVE_AUTO, .002, PLAN_POLICY_WAVES,
     true, false},
};

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint32_t cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
}

struct q_of {
    double q;
    uint32_t index;
};

static int by_q(const void *a, const void *b)
{
    const struct q_of *x = a, *y = b;
    if (x->q != y->q)
        return x->q > y->q ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* One wave of independent people for one line. */
static uint32_t plain(const struct plan_input *input)
{
    struct q_of *all = mem_calloc(input->candidate_count, sizeof(*all));
    struct tail tail;
    if (all == NULL || tail_init(&tail, input->need->counts[0], 0) < 0)
        abort();
    for (uint32_t i = 0; i < input->candidate_count; i++)
        all[i] = (struct q_of){
            input->candidates[i].p_accept * .85 *
                response_model_in_time(input->response, false,
                                       input->need->deadline_ms - input->now_ms,
                                       input->candidates[i].travel_ms),
            i};
    qsort(all, input->candidate_count, sizeof(*all), by_q);
    uint32_t n = 0;
    while (n < input->candidate_count && tail.reached < input->need->target)
        tail_add(&tail, all[n++].q);
    tail_release(&tail);
    mem_free(all);
    return n;
}

static void print_times(const char *name, uint32_t *us, uint32_t rounds)
{
    qsort(us, rounds, sizeof(*us), by_value);
    printf("\"%smedian_us\":%u,\"%sp95_us\":%u", name, us[rounds / 2], name,
           us[rounds * 95 / 100]);
}

/* *RET: the last of them. */
static void time_plans(const struct plan_input *input, uint32_t rounds, const char *name,
                       struct plan *ret)
{
    static uint32_t us[ROUNDS_MAX];
    for (uint32_t i = 0; i < rounds; i++) {
        plan_release(ret);
        const uint32_t start = cpu_us();
        if (plan_make(input, ret) < 0)
            abort();
        us[i] = cpu_us() - start;
    }
    print_times(name, us, rounds);
}

/* The first plan, and one of a call-out that runs, at the price that it keeps. */
static void measure(const struct run *run, struct plan_candidate *people)
{
    static uint32_t plain_us[ROUNDS_MAX];
    struct response_model_config config;
    struct response_model *model;
    response_model_config_default(&config);
    config.correlation = run->correlation;
    if (response_model_new(&model, &config) < 0)
        abort();
    for (uint32_t i = 0; i < PEOPLE; i++) {
        people[i].p_accept = run->alike ? .287 : .15 + .01 * (i * 7919 % 28);
        people[i].lines =
            !run->lines ? 1 : 4u | (i % 12 == 0 ? 1u : 0u) | (i % 7 == 0 ? 2u : 0u);
    }
    const struct plan_need need = {.line_count = run->lines ? 3 : 1,
                                   .counts = {run->count, 2, 3},
                                   .reserve = run->reserve,
                                   .target = 0.95,
                                   .deadline_ms = NOW + 3600000};
    const struct plan_input input = {.need = &need,
                                     .response = model,
                                     .now_ms = NOW,
                                     .policy = run->policy,
                                     .candidate_count = run->people,
                                     .candidates = people};
    struct plan plan = {0}, again = {0};
    uint32_t plain_alerts = 0;
    printf(",\"%s\":{", run->name);
    time_plans(&input, run->rounds, "", &plan);
    if (plan.price > 0.0) {
        struct plan_input priced = input;
        priced.price = plan.price;
        printf(",");
        time_plans(&priced, run->rounds, "again_", &again);
        plan_release(&again);
    }
    printf(",\"alerts\":%u,\"expected_alerts\":%.2f,\"at_once\":%u,\"probability\":%.6f",
           plan.people_count, plan.expected_alerts, plan.at_once, plan.probability);
    if (!run->lines) {
        for (uint32_t i = 0; i < run->rounds; i++) {
            const uint32_t start = cpu_us();
            plain_alerts = plain(&input);
            plain_us[i] = cpu_us() - start;
        }
        printf(",");
        print_times("plain_", plain_us, run->rounds);
        printf(",\"plain_alerts\":%u", plain_alerts);
    }
    printf("}");
    plan_release(&plan);
    response_model_free(model);
}

/* science: P(X >= 50) of 10,000 people. */
static void measure_tail(void)
{
    static double p[10000];
    static uint32_t us[100];
    double ret = 0;
    for (int i = 0; i < 10000; i++)
        p[i] = .001 + .008 * (i % 101) / 101;
    for (int i = 0; i < 100; i++) {
        uint32_t start = cpu_us();
        if (tail_exact(p, 10000, 50, &ret) < 0)
            abort();
        us[i] = cpu_us() - start;
    }
    printf(",\"tail_n10000_k50\":{");
    print_times("", us, 100);
    printf(",\"tail\":%.17g}", ret);
}

int main(void)
{
    (void)mallopt(M_TRIM_THRESHOLD, 16 << 20); /* as src/main/main.c */
    (void)mallopt(M_MMAP_THRESHOLD, 16 << 20);
    struct plan_candidate *people = mem_calloc(PEOPLE, sizeof(*people));
    struct random_seeded random;
    random_seeded_init(&random, 1);
    if (people == NULL)
        return 1;
    uint32_t travel_ms = 0;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        travel_ms += (uint32_t)random_below(&random.super, 100);
        people[i] =
            (struct plan_candidate){.id = i + 1, .travel_ms = travel_ms, .messages = 1};
    }
    printf("{\"bench\":\"plan\"");
    measure_tail();
    for (size_t i = 0; i < COUNT_OF(RUNS); i++)
        measure(&RUNS[i], people);
    measure_assignment();
    measure_flood(&(struct flood){"tasks_60_of_100", 100, 6, 9}, true);
    measure_flood(&(struct flood){"tasks_1000_of_2000", 2000, 100, 5}, false);
    measure_flood(&(struct flood){"tasks_4000_of_10000", 10000, 400, 3}, false);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf(",\"peak_memory_mb\":%.0f}\n", (double)usage.ru_maxrss / 1024);
    mem_free(people);
    return 0;
}
