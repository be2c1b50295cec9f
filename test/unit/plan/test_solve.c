/* SPDX-License-Identifier: Apache-2.0 */
/* Assignment and two waves against enumeration, published optima and duals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/assignment.h"
#include "plan/solve.h"
#include "plan/waves.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- assignment
 * ------------------------------------------------------------------------------ */

static double best_permutation(const double *costs, uint32_t n, uint32_t row,
                               uint32_t used)
{
    double best = INFINITY;
    if (row == n)
        return 0;
    for (uint32_t j = 0; j < n; j++)
        if ((used >> j & 1) == 0) {
            double cost =
                costs[row * n + j] + best_permutation(costs, n, row + 1, used | 1u << j);
            best = cost < best ? cost : best;
        }
    return best;
}

static void test_assignment_is_optimal(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 3);
    for (int round = 0; round < 300; round++) {
        uint32_t n = 1 + (uint32_t)random_below(&random.super, 7), columns[7];
        double costs[49], u[7], v[7], total = 0;
        for (uint32_t i = 0; i < n * n; i++)
            costs[i] = (double)random_below(&random.super, 20) - 5;
        assert_int_equal(assignment_solve(costs, n, columns, u, v), 0);
        uint32_t used = 0;
        for (uint32_t i = 0; i < n; i++) {
            total += costs[i * n + columns[i]];
            used |= 1u << columns[i];
            assert_true(fabs(u[i] + v[columns[i]] - costs[i * n + columns[i]]) < 1e-9);
            for (uint32_t j = 0; j < n; j++)
                assert_true(u[i] + v[j] <= costs[i * n + j] + 1e-9);
        }
        assert_int_equal(used, (1u << n) - 1);
        assert_true(fabs(total - best_permutation(costs, n, 0, 0)) < 1e-9);
    }
}

static void test_assignment_files(void **state)
{
    (void)state;
    static const struct {
        const char *file, *optimum;
    } FILES[] = {{"assign100.txt", "305"},
                 {"assign200.txt", "475"},
                 {"assign300.txt", "626"},
                 {"assign400.txt", "804"}};
    const char *data = getenv("MUSTER_DATA");
    for (size_t i = 0; i < COUNT_OF(FILES); i++) {
        char path[512], got[SOLVE_TEXT_SIZE], *text = NULL;
        size_t size;
        struct diag diag = {0};
        snprintf(path, sizeof(path), "%s/opt/assign/%s",
                 data != NULL ? data : "../shared/data", FILES[i].file);
        if (file_read(path, 1 << 24, &text, &size, &diag) < 0) {
            printf("absent: opt/assign/%s\n", FILES[i].file);
            continue;
        }
        assert_int_equal(solve_assignment(text, size, got, &diag), 0);
        assert_string_equal(got, FILES[i].optimum);
        mem_free(text);
    }
}

static void test_assignment_format(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } ROWS[] = {
        {"2\n1 2\n3 1\n", "2"},
        {"1 0.5", "0.5"},
        {" 2 1 2 3\r\n1", "2"},
        {"", NULL},
        {"0", NULL},
        {"2 1 2 3", NULL},
        {"2 1 2 3 4 5", NULL},
        {"2 1 2 x 4", NULL},
        {"x", NULL},
        {"99999 1", NULL},
        {"1 nan", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        char text[64], got[SOLVE_TEXT_SIZE];
        struct diag diag = {0};
        snprintf(text, sizeof(text), "%s", ROWS[i].text);
        int status = solve_assignment(text, strlen(text), got, &diag);
        assert_int_equal(status, ROWS[i].wanted == NULL ? ST_INVALID : 0);
        if (ROWS[i].wanted != NULL)
            assert_string_equal(got, ROWS[i].wanted);
    }
}

/* ---- waves
 * --------------------------------------------------------------------------------------
 */

/* P(exactly j of the people of SET). */
static double exactly(const double *q, uint32_t n, uint32_t set, uint32_t j)
{
    double sum = 0;
    for (uint32_t yes = 0; yes < 1u << n; yes++) {
        if ((yes & ~set) != 0 || (uint32_t)__builtin_popcount(yes) != j)
            continue;
        double p = 1;
        for (uint32_t i = 0; i < n; i++)
            if ((set >> i & 1) != 0)
                p *= yes >> i & 1 ? q[i] : 1 - q[i];
        sum += p;
    }
    return sum;
}

static double at_least(const double *q, uint32_t n, uint32_t set, uint32_t k)
{
    double sum = 0;
    for (uint32_t j = k; j <= n; j++)
        sum += exactly(q, n, set, j);
    return sum;
}

/* Every second-wave subset for each r in turn. */
static void enumerate(const struct waves_input *in, uint32_t first, uint32_t r,
                      double cost, double probability, double *best)
{
    if (cost >= *best)
        return;
    if (r == 0) {
        if (probability >= in->target)
            *best = cost;
        return;
    }
    double need = exactly(in->q1, in->count, first, in->k - r);
    for (uint32_t set = 0; set < 1u << in->count; set++)
        if ((set & first) == 0)
            enumerate(in, first, r - 1, cost + need * __builtin_popcount(set),
                      probability + need * at_least(in->q2, in->count, set, r), best);
}

static void test_waves_are_optimal(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 8);
    for (int round = 0; round < 60; round++) {
        double q1[5], q2[5];
        struct waves_input in = {.k = 1 + (uint32_t)random_below(&random.super, 2),
                                 .count = 2 + (uint32_t)random_below(&random.super, 4),
                                 .target = 0.1 + 0.8 * random_unit(&random.super),
                                 .q1 = q1,
                                 .q2 = q2};
        for (int i = 0; i < 5; i++) {
            q1[i] = random_unit(&random.super);
            q2[i] = q1[i] * random_unit(&random.super);
        }
        double best = INFINITY;
        for (uint32_t first = 0; first < 1u << in.count; first++)
            enumerate(&in, first, in.k, __builtin_popcount(first),
                      at_least(q1, in.count, first, in.k), &best);
        struct waves waves;
        assert_int_equal(waves_solve(&in, &waves), 0);
        assert_int_equal(waves.target_reached, isfinite(best));
        if (isfinite(best) && fabs(waves.expected_alerts - best) > 1e-9)
            fail_msg("round %d: %.12f, wanted %.12f", round, waves.expected_alerts, best);
        assert_true(waves.target_reached == (waves.probability >= in.target));
    }
}

static void test_waves_published(void **state)
{
    (void)state;
    static const struct {
        double q, target, expected, probability;
        uint32_t k, first, second[3];
    } ROWS[] = {
        {.287, .95, 5.174803, .952378, 1, 3, {6}},
        {.287, .95, 9.614116, .953013, 2, 7, {6, 11}},
        {.3, .9, 12.023226, .902797, 3, 9, {5, 8, 11}},
    };
    double q[60];
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        for (int j = 0; j < 60; j++)
            q[j] = ROWS[i].q;
        struct waves_input in = {
            .k = ROWS[i].k, .count = 60, .target = ROWS[i].target, .q1 = q, .q2 = q};
        struct waves waves;
        assert_int_equal(waves_solve(&in, &waves), 0);
        assert_true(fabs(waves.expected_alerts - ROWS[i].expected) < 5e-7);
        assert_true(fabs(waves.probability - ROWS[i].probability) < 5e-7);
        assert_int_equal(waves.first_count, ROWS[i].first);
        for (uint32_t r = 0; r < ROWS[i].k; r++)
            assert_int_equal(waves.second_count[r], ROWS[i].second[r]);
    }
}

static void test_waves_as_json(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
    } ROWS[] = {
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[0.6,0.3]}", 0},
        {"{\"k\":1,\"target\":0.9,\"waves\":2,\"q\":[[0.6,0.3],[0.5,0.2]]}", 0},
        {"{\"k\":3,\"target\":0.9,\"waves\":2,\"q\":[0.1]}", 0}, /* out of reach */
        {"{\"k\":1,\"target\":0.5,\"waves\":3,\"q\":[0.6]}", ST_INVALID},
        {"{\"k\":0,\"target\":0.5,\"waves\":2,\"q\":[0.6]}", ST_INVALID},
        {"{\"k\":1,\"target\":1,\"waves\":2,\"q\":[0.6]}", ST_INVALID},
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[1.6]}", ST_INVALID},
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[]}", ST_INVALID},
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[[0.1],[0.1,0.2]]}", ST_INVALID},
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[0.1],\"x\":1}", ST_INVALID},
        {"[]", ST_INVALID},
        {"{", ST_INVALID},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct diag diag = {0};
        char *answer = NULL;
        int status = solve_waves(ROWS[i].text, strlen(ROWS[i].text), &answer, &diag);
        if (status != ROWS[i].status)
            fail_msg("%s: %d", ROWS[i].text, status);
        if (status == 0) {
            json_t *root = json_loads(answer, 0, NULL);
            assert_true(json_is_array(json_object_get(root, "first_wave")));
            assert_true(json_is_object(json_object_get(root, "second_wave")));
            json_decref(root);
        }
        mem_free(answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assignment_is_optimal),
        cmocka_unit_test(test_assignment_files),
        cmocka_unit_test(test_assignment_format),
        cmocka_unit_test(test_waves_are_optimal),
        cmocka_unit_test(test_waves_published),
        cmocka_unit_test(test_waves_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
