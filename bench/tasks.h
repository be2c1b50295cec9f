/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of bench_plan for assignment and many tasks at once. Thread CPU time: other
 * load on the machine counts little. */
#ifndef MUSTER_BENCH_TASKS_H
#define MUSTER_BENCH_TASKS_H

#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/assignment.h"
#include "plan/flow.h"
#include "plan/solve.h"
#include "plan/tasks.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t clock_thread_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int by_us(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* ---- many tasks at once ---- */
#define TASK_BLOCKS 10
#define TASK_SPEED_M_S 4.0
#define TASK_LIMIT_S 1800
#define TASK_ROUNDS_MAX 9

struct flood {
    const char *name;
    uint32_t people, tasks, rounds;
};

/* People and tasks in a square of 20 km; five skills of which a person has each by one in
 * three, and six tasks in ten ask for one; three blocks of ten in a row, at most two
 * places. */
static uint32_t draw_flood(const struct flood *flood, struct tasks_person *people,
                           struct tasks_slot *slots, struct tasks_arc **ret)
{
    struct random_seeded random;
    uint32_t count = 0, capacity = 0;
    AUTO_FREE double *x = mem_calloc(2 * (size_t)flood->tasks, sizeof(*x));
    AUTO_FREE uint32_t *skills = mem_calloc(flood->tasks, sizeof(*skills));
    random_seeded_init(&random, 2013);
    for (uint32_t i = 0; i < flood->tasks; i++) {
        x[2 * i] = random_unit(&random.super) * 20000;
        x[2 * i + 1] = random_unit(&random.super) * 20000;
        uint64_t skill = random_below(&random.super, 8);
        skills[i] = skill < 5 ? 1u << skill : 0;
        uint32_t places = 1 + (uint32_t)random_below(&random.super, 5);
        uint32_t priority = 1 + (uint32_t)random_below(&random.super, 3);
        for (uint32_t b = 0; b < TASK_BLOCKS; b++)
            slots[i * TASK_BLOCKS + b] = (struct tasks_slot){i, b, places, priority};
    }
    for (uint32_t i = 0; i < flood->people; i++) {
        double at_x = random_unit(&random.super) * 20000;
        double at_y = random_unit(&random.super) * 20000;
        uint32_t first = (uint32_t)random_below(&random.super, TASK_BLOCKS - 2), have = 0;
        for (uint32_t k = 0; k < 5; k++)
            have |= (uint32_t)(random_below(&random.super, 3) == 0) << k;
        people[i] = (struct tasks_person){2, 0, TASKS_NONE};
        for (uint32_t t = 0; t < flood->tasks; t++) {
            double s = hypot(at_x - x[2 * t], at_y - x[2 * t + 1]) / TASK_SPEED_M_S;
            if ((skills[t] & ~have) != 0 || s > TASK_LIMIT_S)
                continue;
            for (uint32_t b = first; b < first + 3; b++) {
                if (mem_grow(ret, &capacity, count + 1, sizeof(**ret), TASKS_ARCS_MAX) <
                    0)
                    abort();
                (*ret)[count++] = (struct tasks_arc){i, t * TASK_BLOCKS + b, (uint32_t)s};
            }
        }
    }
    return count;
}

/* With PLAIN the network is solved by cycle cancelling too, once. */
static void measure_flood(const struct flood *flood, bool plain)
{
    static uint32_t us[TASK_ROUNDS_MAX];
    struct tasks_person *people = mem_calloc(flood->people, sizeof(*people));
    struct tasks_slot *slots = mem_calloc(flood->tasks * TASK_BLOCKS, sizeof(*slots));
    struct tasks_arc *arcs = NULL;
    uint32_t arc_count = draw_flood(flood, people, slots, &arcs);
    const struct tasks_input input = {
        people, slots, arcs, flood->people, flood->tasks * TASK_BLOCKS, arc_count, 0};
    struct tasks tasks;
    uint32_t places = 0;
    bool proved = true;
    for (uint32_t i = 0; i < flood->rounds; i++) {
        int64_t start = clock_thread_us();
        if (tasks_solve(&input, &tasks, NULL) < 0)
            abort();
        us[i] = (uint32_t)(clock_thread_us() - start);
        places = tasks.places;
        proved = proved && tasks.is_proved;
        tasks_release(&tasks);
    }
    qsort(us, flood->rounds, sizeof(*us), by_us);
    printf(",\"%s\":{\"median_us\":%u,\"p95_us\":%u,\"slots\":%u,\"pairs\":%u,"
           "\"places_filled\":%u,\"proved\":%s",
           flood->name, us[flood->rounds / 2], us[flood->rounds - 1],
           flood->tasks * TASK_BLOCKS, arc_count, places, proved ? "true" : "false");
    struct flow_problem problem;
    if (plain && tasks_network(&input, &problem, NULL) == ST_OK) {
        int32_t *flow = mem_calloc(problem.arc_count, sizeof(*flow));
        int64_t start = clock_thread_us();
        if (flow_solve_plain(&problem, flow) < 0)
            abort();
        printf(",\"plain_us\":%lld", (long long)(clock_thread_us() - start));
        flow_price cost = flow_cost(&problem, flow);
        if (flow_solve(&problem, flow, NULL) < 0)
            abort();
        printf(",\"same_cost\":%s", cost == flow_cost(&problem, flow) ? "true" : "false");
        mem_free(flow);
        mem_free((void *)(uintptr_t)problem.arcs);
    }
    printf("}");
    mem_free(people);
    mem_free(slots);
    mem_free(arcs);
}

/* ---- assignment ---- */
#define ASSIGN_ROUNDS 15

/* OR-Library's files if they are there, else squares of costs 1 to 100 of their sizes.
 * Reading the file is measured apart. */
static void measure_assignment(void)
{
    static const uint32_t sizes[] = {100, 200, 300, 400};
    uint32_t us[ASSIGN_ROUNDS], read_us = 0, totals[4] = {0};
    double *costs[4];
    bool files = true;
    const char *data = getenv("MUSTER_DATA");
    for (size_t f = 0; f < 4; f++) {
        uint32_t n = sizes[f];
        char path[512], total[SOLVE_TEXT_SIZE];
        AUTO_FREE char *text = NULL;
        size_t size;
        (void)snprintf(path, sizeof(path), "%s/opt/assign/assign%u.txt",
                       data != NULL ? data : "../shared/data", n);
        costs[f] = mem_calloc((size_t)n * n, sizeof(double));
        struct random_seeded random;
        random_seeded_init(&random, n);
        for (uint32_t i = 0; i < n * n; i++)
            costs[f][i] = 1 + (double)random_below(&random.super, 100);
        if (file_read(path, 1 << 24, &text, &size, NULL) < 0) {
            files = false;
            continue;
        }
        char *at = text;
        (void)strtol(at, &at, 10);
        for (uint32_t i = 0; i < n * n; i++)
            costs[f][i] = strtod(at, &at);
        int64_t start = clock_thread_us();
        if (solve_assignment(text, size, total, NULL) < 0)
            abort();
        read_us += (uint32_t)(clock_thread_us() - start);
    }
    for (uint32_t i = 0; i < ASSIGN_ROUNDS; i++) {
        int64_t start = clock_thread_us();
        for (size_t f = 0; f < 4; f++) {
            uint32_t columns[400], n = sizes[f];
            const struct assignment_problem problem = {costs[f], n, n};
            if (assignment_solve(&problem, columns, NULL, NULL) < 0)
                abort();
            totals[f] = 0;
            for (uint32_t row = 0; row < n; row++)
                totals[f] += (uint32_t)costs[f][row * n + columns[row]];
        }
        us[i] = (uint32_t)(clock_thread_us() - start);
    }
    qsort(us, ASSIGN_ROUNDS, sizeof(*us), by_us);
    printf(",\"assign_100_to_400\":{\"data\":\"%s\",\"median_us\":%u,\"p95_us\":%u,"
           "\"with_reading_us\":%u,\"totals\":[%u,%u,%u,%u]}",
           files ? "OR-Library" : "generated", us[ASSIGN_ROUNDS / 2],
           us[ASSIGN_ROUNDS - 1], read_us, totals[0], totals[1], totals[2], totals[3]);
    for (size_t f = 0; f < 4; f++)
        mem_free(costs[f]);
}

#endif
