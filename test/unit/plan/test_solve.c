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

/* By enumeration: rows <= columns; INFINITY = there is none. */
static double best_permutation(const struct assignment_problem *problem, uint32_t row,
                               uint32_t used)
{
    double best = INFINITY;
    if (row == problem->rows)
        return 0;
    for (uint32_t j = 0; j < problem->columns; j++)
        if ((used >> j & 1) == 0) {
            double cost = problem->costs[row * problem->columns + j] +
                          best_permutation(problem, row + 1, used | 1u << j);
            best = cost < best ? cost : best;
        }
    return best;
}

/* The certificate: duals below every cost, equal where assigned, 0 at what is left over
 * and not above it elsewhere on that side; then nothing cheaper exists. */
static void check_duals(const struct assignment_problem *problem, const uint32_t *columns,
                        const double *u, const double *v)
{
    uint32_t assigned = 0,
             least = problem->rows < problem->columns ? problem->rows : problem->columns;
    double scale = 1e-9;
    AUTO_FREE uint8_t *used = mem_calloc((size_t)problem->columns + 1, 1);
    for (uint32_t i = 0; i < problem->rows; i++) {
        const double *costs = problem->costs + (size_t)i * problem->columns;
        for (uint32_t j = 0; j < problem->columns; j++)
            assert_true(u[i] + v[j] <= costs[j] + scale);
        if (columns[i] == ASSIGNMENT_NONE) {
            assert_true(problem->rows > problem->columns && fabs(u[i]) < scale);
            continue;
        }
        assert_false(used[columns[i]]);
        used[columns[i]] = 1;
        assigned++;
        assert_true(fabs(u[i] + v[columns[i]] - costs[columns[i]]) < scale);
    }
    assert_int_equal(assigned, least);
    for (uint32_t j = 0; j < problem->columns && problem->columns > problem->rows; j++)
        assert_true(v[j] <= scale && (used[j] || fabs(v[j]) < scale));
    for (uint32_t i = 0; i < problem->rows && problem->rows > problem->columns; i++)
        assert_true(u[i] <= scale);
}

static double total_of(const struct assignment_problem *problem, const uint32_t *columns)
{
    double total = 0;
    for (uint32_t i = 0; i < problem->rows; i++)
        if (columns[i] != ASSIGNMENT_NONE)
            total += problem->costs[(size_t)i * problem->columns + columns[i]];
    return total;
}

/* Squares and rectangles with some pairs forbidden, whole and real costs. */
static void test_assignment_is_optimal(void **state)
{
    (void)state;
    struct random_seeded random;
    uint32_t infeasible = 0;
    random_seeded_init(&random, 3);
    for (int round = 0; round < 3000; round++) {
        uint32_t n = 1 + (uint32_t)random_below(&random.super, 6), columns[8];
        uint32_t m = n + (uint32_t)random_below(&random.super, 3);
        double costs[48], turned[48], u[8], v[8];
        uint64_t forbidden = random_below(&random.super, 4);
        for (uint32_t i = 0; i < n * m; i++)
            costs[i] = random_below(&random.super, 10) < forbidden
                           ? INFINITY
                           : (double)random_below(&random.super, 20) - 5 +
                                 (round % 2) * random_unit(&random.super);
        for (uint32_t i = 0; i < n * m; i++)
            turned[i % m * n + i / m] = costs[i];
        const struct assignment_problem wide = {costs, n, m}, high = {turned, m, n};
        double best = best_permutation(&wide, 0, 0);
        if (!isfinite(best)) {
            infeasible++;
            assert_int_equal(assignment_solve(&wide, columns, u, v), ST_UNPROCESSABLE);
            assert_int_equal(assignment_solve(&high, columns, u, v), ST_UNPROCESSABLE);
            continue;
        }
        assert_int_equal(assignment_solve(&wide, columns, u, v), 0);
        check_duals(&wide, columns, u, v);
        assert_true(fabs(total_of(&wide, columns) - best) < 1e-9);
        assert_int_equal(assignment_solve(&high, columns, u, v), 0);
        check_duals(&high, columns, u, v);
        assert_true(fabs(total_of(&high, columns) - best) < 1e-9);
    }
    assert_true(infeasible > 50);
}

/* A large one with few different costs, many ties: the certificate alone. */
static void test_assignment_large(void **state)
{
    (void)state;
    static const uint32_t SIZES[][2] = {{300, 300}, {200, 350}, {350, 200}};
    struct random_seeded random;
    random_seeded_init(&random, 17);
    for (size_t i = 0; i < COUNT_OF(SIZES); i++) {
        const uint32_t rows = SIZES[i][0], n = rows * SIZES[i][1];
        AUTO_FREE double *costs = mem_calloc(n, sizeof(*costs));
        uint32_t columns[350];
        double u[350], v[350];
        for (uint32_t k = 0; k < n; k++)
            costs[k] = (double)random_below(&random.super, i == 0 ? 5 : 1000);
        const struct assignment_problem problem = {costs, rows, SIZES[i][1]};
        assert_int_equal(assignment_solve(&problem, columns, u, v), 0);
        check_duals(&problem, columns, u, v);
    }
}

/* lap_small.txt: "name;rows columns;costs;min total | max total | infeasible". */
static void one_small(char *line)
{
    char *part[4] = {0};
    for (int i = 0; i < 4; i++)
        part[i] = strsep(&line, ";");
    assert_non_null(part[3]);
    uint32_t rows, columns, row_columns[8];
    double costs[64], u[8], v[8];
    assert_int_equal(sscanf(part[1], "%u %u", &rows, &columns), 2);
    bool is_max = strncmp(part[3], "max", 3) == 0;
    char *at = part[2];
    for (uint32_t i = 0; i < rows * columns; i++)
        costs[i] = strtod(at, &at) * (is_max ? -1 : 1);
    const struct assignment_problem problem = {costs, rows, columns};
    int status = assignment_solve(&problem, row_columns, u, v);
    if (strncmp(part[3], "infeasible", 10) == 0) {
        assert_int_equal(status, ST_UNPROCESSABLE);
        return;
    }
    assert_int_equal(status, ST_OK);
    check_duals(&problem, row_columns, u, v);
    double wanted = strtod(part[3] + 4, NULL) * (is_max ? -1 : 1);
    if (fabs(total_of(&problem, row_columns) - wanted) > 1e-9)
        fail_msg("%s: %g, not %g", part[0], total_of(&problem, row_columns), wanted);
}

static void test_assignment_small(void **state)
{
    (void)state;
    char path[512], *text = NULL;
    size_t size;
    struct diag diag = {0};
    const char *data = getenv("MUSTER_DATA");
    snprintf(path, sizeof(path), "%s/opt/small/lap_small.txt",
             data != NULL ? data : "../shared/data");
    if (file_read(path, 1 << 20, &text, &size, &diag) < 0) {
        printf("absent: opt/small/lap_small.txt\n");
        return;
    }
    uint32_t count = 0;
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;)
        if (line[0] != '#' && line[0] != '\0') {
            one_small(line);
            count++;
        }
    mem_free(text);
    assert_int_equal(count, 16);
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
        uint32_t line; /* where it is refused */
    } ROWS[] = {
        {"2\n1 2\n3 1\n", "2", 0},
        {"1 0.5", "0.5", 0},
        {" 2 1 2 3\r\n1", "2", 0},
        {"", NULL, 1},
        {"0", NULL, 1},
        {"2 1 2 3", NULL, 1},
        {"2 1 2 3 4 5\n", NULL, 1},
        {"2\n1 2\n3 x\n", NULL, 3},
        {"2\r\n1 2\r\nx 4\r\n", NULL, 3},
        {"2\n\n1 2\n\n\nx 4", NULL, 6},
        {"2\n1 2\n3 4\n5\n", NULL, 4},
        {"2\n1 2\n3\n", NULL, 4},
        {"x", NULL, 1},
        {"99999 1", NULL, 1},
        {"1 nan", NULL, 1},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        char text[64], got[SOLVE_TEXT_SIZE];
        struct diag diag = {0};
        snprintf(text, sizeof(text), "%s", ROWS[i].text);
        int status = solve_assignment(text, strlen(text), got, &diag);
        assert_int_equal(status, ROWS[i].wanted == NULL ? ST_INVALID : 0);
        if (ROWS[i].wanted != NULL)
            assert_string_equal(got, ROWS[i].wanted);
        else
            assert_int_equal(diag.line, ROWS[i].line);
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

/* The fewest expected alerts for TARGET, INFINITY if it cannot be reached. */
static double fewest(const struct waves_input *input, double target)
{
    struct waves_input in = *input;
    double best = INFINITY;
    in.target = target;
    for (uint32_t first = 0; first < 1u << in.count; first++)
        enumerate(&in, first, in.k, __builtin_popcount(first),
                  at_least(in.q1, in.count, first, in.k), &best);
    return best;
}

static void assert_fewest_of_most(const struct waves_input *in, const struct waves *waves)
{
    assert_true(isinf(fewest(in, waves->probability + 1e-9)));
    assert_true(fabs(waves->expected_alerts - fewest(in, waves->probability - 1e-9)) <
                1e-6);
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
        for (int i = 0; i < 5; i++) { /* in a third of the rounds alike, but for later */
            q1[i] = i > 0 && round % 3 == 0 ? q1[0] : random_unit(&random.super);
            q2[i] = random_unit(&random.super); /* some come rather later */
            q2[i] *= round % 4 == 0 ? 1 : q1[i];
        }
        const double best = fewest(&in, in.target);
        struct waves waves;
        assert_int_equal(waves_solve(&in, &waves), 0);
        assert_int_equal(waves.target_reached, isfinite(best));
        if (isfinite(best) && fabs(waves.expected_alerts - best) > 1e-9)
            fail_msg("round %d: %.12f, wanted %.12f", round, waves.expected_alerts, best);
        assert_true(waves.target_reached == (waves.probability >= in.target));
        if (!waves.target_reached)
            assert_fewest_of_most(&in, &waves);
    }
}

static void expect_refused(struct waves_input in)
{
    struct waves waves;
    assert_int_equal(waves_solve(&in, &waves), ST_INVALID);
}

/* Who is sure to come is asked alone, who never comes is not asked. */
static void test_waves_of_the_certain(void **state)
{
    (void)state;
    const double q1[] = {0, 1, .5}, q2[] = {0, 1, .5};
    struct waves_input in = {.k = 1, .count = 3, .target = .99, .q1 = q1, .q2 = q2};
    struct waves waves;
    assert_int_equal(waves_solve(&in, &waves), 0);
    assert_true(waves.target_reached && fabs(waves.probability - 1) < 1e-12);
    assert_true(fabs(waves.expected_alerts - fewest(&in, .99)) < 1e-9);
}

static void test_waves_limits(void **state)
{
    (void)state;
    double q[WAVES_PEOPLE_MAX + 1];
    for (int i = 0; i <= WAVES_PEOPLE_MAX; i++)
        q[i] = .9;
    const struct waves_input in = {
        .k = WAVES_K_MAX, .count = WAVES_PEOPLE_MAX, .target = .9, .q1 = q, .q2 = q};
    struct waves_input other = in;
    struct waves waves;
    assert_int_equal(waves_solve(&in, &waves), 0);
    assert_true(waves.target_reached);
    other.k = 0;
    expect_refused(other);
    other.k = WAVES_K_MAX + 1;
    expect_refused(other);
    other = in;
    other.count = 0;
    expect_refused(other);
    other.count = WAVES_PEOPLE_MAX + 1;
    expect_refused(other);
}

/* Who is alike is asked in the order given; what is no probability is refused. */
static void test_waves_order_and_bounds(void **state)
{
    (void)state;
    double q[9], wrong[9];
    for (int i = 0; i < 9; i++)
        q[i] = wrong[i] = .5;
    struct waves_input in = {.k = 2, .count = 9, .target = .9, .q1 = q, .q2 = q};
    struct waves waves;
    assert_int_equal(waves_solve(&in, &waves), 0);
    assert_true(waves.first_count > 0 && waves.first_count < 9);
    for (uint32_t i = 0; i < waves.first_count; i++)
        assert_int_equal(waves.first[i], i);
    for (uint32_t i = 0; i < waves.order_count; i++)
        assert_int_equal(waves.order[i], waves.first_count + i);
    static const double none[] = {-.01, 1.01, NAN};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        wrong[8] = none[i];
        in.q1 = wrong, in.q2 = q;
        expect_refused(in);
        in.q1 = q, in.q2 = wrong;
        expect_refused(in);
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

/* Places in q, ascending: people who read them look them up there. */
static void expect_ascending(const json_t *places, json_int_t count)
{
    json_int_t last = -1;
    assert_true(json_is_array(places));
    for (size_t i = 0; i < json_array_size(places); i++) {
        const json_int_t place = json_integer_value(json_array_get(places, i));
        assert_true(place > last && place < count);
        last = place;
    }
}

static void test_waves_as_json(void **state)
{
    (void)state;
    static const struct {
        const char *text, *refused; /* the field that is named; NULL = none is */
    } ROWS[] = {
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[0.6,0.3]}", NULL},
        {"{\"k\":1,\"target\":0.9,\"waves\":2,\"q\":[[0.6,0.3],[0.5,0.2]]}", NULL},
        {"{\"k\":3,\"target\":0.9,\"waves\":2,\"q\":[0.1]}", NULL}, /* out of reach */
        {"{\"k\":1,\"target\":0.5,\"waves\":3,\"q\":[0.6]}", "waves"},
        {"{\"k\":50,\"target\":0.01,\"q\":[0,0.05,1]}", NULL}, /* limits */
        {"{\"k\":1,\"target\":0.95,\"q\":[0.2,0.4,0.6,0.5]}", NULL},
        {"{\"k\":0,\"target\":0.5,\"waves\":2,\"q\":[0.6]}", "k"},
        {"{\"k\":51,\"target\":0.5,\"waves\":2,\"q\":[0.6]}", "k"},
        {"{\"k\":1.5,\"target\":0.5,\"waves\":2,\"q\":[0.6]}", "k"},
        {"{\"k\":1,\"target\":0,\"waves\":2,\"q\":[0.6]}", "target"},
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[-0.1]}", "q"},
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[\"1\"]}", "q"},
        {"{\"k\":1,\"target\":1,\"waves\":2,\"q\":[0.6]}", "target"},
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[1.6]}", "q"},
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[]}", "q"},
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[[0.1],[0.1,0.2]]}", "q"},
        {"{\"k\":1,\"target\":0.5,\"waves\":2,\"q\":[0.1],\"x\":1}", "x"},
        {"[]", ""},
        {"{", ""},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct diag diag = {0};
        char *answer = NULL;
        int status = solve_waves(ROWS[i].text, strlen(ROWS[i].text), &answer, &diag);
        if (status != (ROWS[i].refused == NULL ? ST_OK : ST_INVALID))
            fail_msg("%s: %d", ROWS[i].text, status);
        if (status != 0)
            assert_string_equal(diag.where, ROWS[i].refused);
        if (status == 0) {
            json_t *root = json_loads(answer, 0, NULL);
            const char *wanted;
            json_t *second = json_object_get(root, "second_wave"), *places;
            expect_ascending(json_object_get(root, "first_wave"), 4);
            assert_true(json_is_object(second));
            json_object_foreach(second, wanted, places) expect_ascending(places, 4);
            json_decref(root);
        }
        mem_free(answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assignment_is_optimal),
        cmocka_unit_test(test_assignment_large),
        cmocka_unit_test(test_assignment_small),
        cmocka_unit_test(test_assignment_files),
        cmocka_unit_test(test_assignment_format),
        cmocka_unit_test(test_waves_are_optimal),
        cmocka_unit_test(test_waves_of_the_certain),
        cmocka_unit_test(test_waves_limits),
        cmocka_unit_test(test_waves_order_and_bounds),
        cmocka_unit_test(test_waves_published),
        cmocka_unit_test(test_waves_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
