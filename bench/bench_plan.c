/* SPDX-License-Identifier: Apache-2.0 */
/* The planner alone: one plan for 50 people of 10,000, and for 5,000 of 30,000;
 * assignment; many tasks at once. Prints one JSON document. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/plan.h"
#include "tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define PEOPLE 30000
#define ROUNDS_MAX 400
#define NOW INT64_C(1795478400000)

struct run {
    const char *name;
    uint32_t count, people, rounds;
    int32_t reserve;
};

static const struct run RUNS[] = {
    {"k50_of_10000", 50, 10000, 400, PLAN_RESERVE_AUTO},
    {"k50_of_10000_fixed", 50, 10000, 100, 25},
    {"k5000_of_30000", 5000, 30000, 10, PLAN_RESERVE_AUTO},
    {"k5000_of_30000_fixed", 5000, 30000, 5, 1000},
};

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void measure(const struct run *run, const struct response_model *model,
                    const struct plan_candidate *people)
{
    static uint32_t us[ROUNDS_MAX];
    const struct plan_need need = {.line_count = 1,
                                   .counts = {run->count},
                                   .reserve = run->reserve,
                                   .target = 0.95,
                                   .deadline_ms = NOW + 3600000};
    const struct plan_input input = {.need = &need,
                                     .response = model,
                                     .now_ms = NOW,
                                     .candidate_count = run->people,
                                     .candidates = people};
    struct plan plan;
    uint32_t alerts = 0;
    double probability = 0;
    for (uint32_t i = 0; i < run->rounds; i++) {
        int64_t start = clock_mono_us(clock_system());
        if (plan_make(&input, &plan) < 0)
            abort();
        us[i] = (uint32_t)(clock_mono_us(clock_system()) - start);
        alerts = plan.people_count;
        probability = plan.probability;
        plan_release(&plan);
    }
    qsort(us, run->rounds, sizeof(*us), by_value);
    printf(",\"%s\":{\"median_us\":%u,\"p95_us\":%u,\"alerts\":%u,\"probability\":%.6f}",
           run->name, us[run->rounds / 2], us[run->rounds * 95 / 100], alerts,
           probability);
}

int main(void)
{
    struct response_model_config config;
    struct response_model *model;
    struct plan_candidate *people = mem_calloc(PEOPLE, sizeof(*people));
    struct random_seeded random;
    response_model_config_default(&config);
    random_seeded_init(&random, 1);
    if (people == NULL || response_model_new(&model, &config) < 0)
        return 1;
    uint32_t travel_ms = 0;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        travel_ms += (uint32_t)random_below(&random.super, 100);
        people[i] = (struct plan_candidate){.id = i + 1,
                                            .lines = 1,
                                            .travel_ms = travel_ms,
                                            .p_accept = config.accept,
                                            .messages = 1};
    }
    printf("{\"bench\":\"plan\"");
    for (size_t i = 0; i < COUNT_OF(RUNS); i++)
        measure(&RUNS[i], model, people);
    measure_assignment();
    measure_flood(&(struct flood){"tasks_60_of_100", 100, 6, 9}, true);
    measure_flood(&(struct flood){"tasks_1000_of_2000", 2000, 100, 5}, false);
    measure_flood(&(struct flood){"tasks_4000_of_10000", 10000, 400, 3}, false);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf(",\"peak_memory_mb\":%.0f}\n", (double)usage.ru_maxrss / 1024);
    response_model_free(model);
    mem_free(people);
    return 0;
}
