/* SPDX-License-Identifier: Apache-2.0 */
/* The network simplex against cycle cancelling, against the assignment code, and by its
 * certificate; and a certificate that must not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/assignment.h"
#include "plan/flow.h"

#include <stdio.h>
#include <string.h>

#define ARCS 60

static bool is_proved(const struct flow_problem *problem, const int32_t *flow,
                      const flow_price *prices)
{
    bool proved;
    assert_int_equal(flow_check(problem, flow, prices, &proved), ST_OK);
    return proved;
}

/* Any directed graph, with costs of both signs on both levels. */
static void test_random_graphs(void **state)
{
    (void)state;
    struct random_seeded seeded;
    struct random *random = &seeded.super;
    uint32_t moved = 0;
    random_seeded_init(&seeded, 5);
    for (int round = 0; round < 3000; round++) {
        struct flow_arc arcs[ARCS];
        uint32_t nodes = 2 + (uint32_t)random_below(random, 9);
        uint32_t count = (uint32_t)random_below(random, ARCS + 1);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t from = (uint32_t)random_below(random, nodes);
            uint32_t to = (uint32_t)random_below(random, nodes - 1);
            arcs[i] =
                (struct flow_arc){.from = from,
                                  .to = to + (to >= from),
                                  .capacity = (int32_t)random_below(random, 6),
                                  .first = (int32_t)random_below(random, 5) - 2,
                                  .second = (int64_t)random_below(random, 2001) - 1000};
        }
        const struct flow_problem problem = {arcs, nodes, count, NULL};
        int32_t flow[ARCS], plain[ARCS];
        flow_price prices[11];
        assert_int_equal(flow_solve(&problem, flow, prices), ST_OK);
        assert_true(is_proved(&problem, flow, prices));
        assert_int_equal(flow_solve_plain(&problem, plain), ST_OK);
        assert_true(flow_cost(&problem, flow) == flow_cost(&problem, plain));
        moved += flow_cost(&problem, flow) < 0;
        /* Once more gives the same, arc by arc. */
        int32_t again[ARCS];
        assert_int_equal(flow_solve(&problem, again, NULL), ST_OK);
        if (count > 0)
            assert_memory_equal(flow, again, count * sizeof(*flow));
    }
    assert_true(moved > 1000);
}

/* Not optimal, not a circulation, or too much: no certificate fits. */
static void test_check_refuses(void **state)
{
    (void)state;
    const struct flow_arc arcs[] = {{.from = 0, .to = 1, .capacity = 2, .second = 3},
                                    {.from = 1, .to = 0, .capacity = 2, .first = -1}};
    const struct flow_problem problem = {arcs, 2, 2, NULL};
    int32_t flow[2];
    flow_price prices[2];
    assert_int_equal(flow_solve(&problem, flow, prices), ST_OK);
    assert_int_equal(flow[0], 2);
    assert_true(is_proved(&problem, flow, prices));
    static const int32_t wrong[][2] = {{0, 0}, {1, 1}, {2, 1}, {3, 3}, {-1, -1}};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(is_proved(&problem, wrong[i], prices));
    prices[1] = 5 * FLOW_LEVEL;
    assert_false(is_proved(&problem, flow, prices));
}

static void test_bad_input(void **state)
{
    (void)state;
    const struct flow_arc wrong[] = {{.from = 0, .to = 0, .capacity = 1},
                                     {.from = 0, .to = 2, .capacity = 1},
                                     {.from = 0, .to = 1, .capacity = -1},
                                     {.from = 0, .to = 1, .first = FLOW_FIRST_MAX + 1},
                                     {.from = 0, .to = 1, .second = INT64_MAX}};
    int32_t flow[1];
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const struct flow_problem problem = {&wrong[i], 2, 1, NULL};
        assert_int_equal(flow_solve(&problem, flow, NULL), ST_INVALID);
    }
    const struct flow_problem none = {NULL, 0, 0, NULL};
    assert_int_equal(flow_solve(&none, flow, NULL), ST_OK);
    const struct flow_problem many = {NULL, FLOW_NODES_MAX + 1, 0, NULL};
    assert_int_equal(flow_solve(&many, flow, NULL), ST_LIMIT);
}

#define N 120

/* An assignment problem as a flow: hub -> row -> column -> hub, all rows worth it. */
static void test_against_assignment(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 23);
    AUTO_FREE struct flow_arc *arcs = mem_calloc(N * N + 2 * N, sizeof(*arcs));
    AUTO_FREE int32_t *flow = mem_calloc(N * N + 2 * N, sizeof(*flow));
    AUTO_FREE double *costs = mem_calloc(N * N, sizeof(*costs));
    flow_price prices[2 * N + 1];
    uint32_t count = 0, columns[N];
    for (uint32_t i = 0; i < N; i++) {
        arcs[count++] = (struct flow_arc){.from = 0, .to = 1 + i, .capacity = 1};
        arcs[count++] =
            (struct flow_arc){.from = 1 + N + i, .to = 0, .capacity = 1, .first = -1};
    }
    for (uint32_t i = 0; i < N * N; i++) {
        costs[i] = (double)random_below(&random.super, 1000);
        arcs[count++] = (struct flow_arc){.from = 1 + i / N,
                                          .to = 1 + N + i % N,
                                          .capacity = 1,
                                          .second = (int64_t)costs[i]};
    }
    const struct flow_problem problem = {arcs, 2 * N + 1, count, NULL};
    const struct assignment_problem assignment = {costs, N, N};
    double total = 0;
    assert_int_equal(flow_solve(&problem, flow, prices), ST_OK);
    assert_true(is_proved(&problem, flow, prices));
    assert_int_equal(assignment_solve(&assignment, columns, NULL, NULL), ST_OK);
    for (uint32_t i = 0; i < N; i++)
        total += costs[i * N + columns[i]];
    assert_true(flow_cost(&problem, flow) == -N * FLOW_LEVEL + (flow_price)total);
}

static void test_memory(void **state)
{
    (void)state;
    const struct flow_arc arcs[] = {{.from = 0, .to = 1, .capacity = 2, .second = 3},
                                    {.from = 1, .to = 0, .capacity = 2, .first = -1}};
    const struct flow_problem problem = {arcs, 2, 2, NULL};
    int32_t flow[2];
    flow_price prices[2];
    int status = ST_NO_MEMORY;
    uint64_t n = 0;
    while (status == ST_NO_MEMORY) {
        mem_fail_at(++n);
        status = flow_solve(&problem, flow, prices);
        mem_fail_at(0);
    }
    assert_int_equal(status, ST_OK);
    assert_int_equal(n, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_graphs), cmocka_unit_test(test_check_refuses),
        cmocka_unit_test(test_bad_input),     cmocka_unit_test(test_against_assignment),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
