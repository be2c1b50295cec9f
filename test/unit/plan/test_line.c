/* SPDX-License-Identifier: Apache-2.0 */
/* The common cause against the beta-binomial distribution, one line with full seats
 * against enumeration at every node, and large lines against sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/common.h"
#include "plan/line.h"
#include "plan/tail.h"

#include <math.h>
#include <stdio.h>

static void near(double got, double wanted, double error)
{
    if (!(fabs(got - wanted) <= error))
        fail_msg("got %.15g, wanted %.15g", got, wanted);
}

/* ---- the common cause
 * ------------------------------------------------------------------- */

/* P(X >= k) of the beta-binomial distribution, by its probabilities. */
static double beta_binomial(uint32_t n, double p, double rho, uint32_t k)
{
    double a = p * (1 - rho) / rho, b = (1 - p) * (1 - rho) / rho, sum = 0;
    double base = lgamma(a) + lgamma(b) - lgamma(a + b);
    for (uint32_t j = k; j <= n; j++)
        sum += exp(lgamma(n + 1) - lgamma(j + 1) - lgamma(n - j + 1.0) + lgamma(j + a) +
                   lgamma(n - j + b) - lgamma(n + a + b) - base);
    return sum;
}

static double alike(struct common *common, double a, uint32_t n, uint32_t k)
{
    struct line_person people[400];
    for (uint32_t i = 0; i < n; i++)
        people[i] = (struct line_person){.x = common_x(common, a), .share = 1, .b = 1};
    const struct line line = {
        .common = common, .count = k, .people = people, .people_count = n};
    const struct line_points points = {.seats = LINE_SEATS_ALL, .count = 1, .at = &n};
    double p;
    assert_int_equal(line_points(&line, &points, &p), 0);
    return p;
}

/* science: n 15, p .287, k 2: the probability with each correlation, and how many it
 * takes for .95. */
static void test_common_cause(void **state)
{
    (void)state;
    static const struct {
        double rho, p;
        uint32_t n;
    } ROWS[] = {
        {0, .955966, 15},  {.02, .933032, 17}, {.05, .898259, 20},
        {.1, .843250, 29}, {.2, .748067, 74},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct common common;
        common_init(&common, .287, ROWS[i].rho, LINE_NODES_SMALL);
        near(alike(&common, .287, 15, 2), ROWS[i].p, 5e-7);
        uint32_t n = 2;
        while (alike(&common, .287, n, 2) < .95)
            n++;
        assert_int_equal(n, ROWS[i].n);
    }
}

static void test_against_beta_binomial(void **state)
{
    (void)state;
    static const double RHOS[] = {.005, .02, .1, .3};
    static const double PS[] = {.05, .287, .7};
    for (size_t r = 0; r < COUNT_OF(RHOS); r++)
        for (size_t i = 0; i < COUNT_OF(PS); i++) {
            struct common common;
            common_init(&common, PS[i], RHOS[r], LINE_NODES_SMALL);
            for (uint32_t n = 1; n <= 31; n++) /* 2 * 16 - 1: exact */
                for (uint32_t k = 0; k <= n; k += 3)
                    near(alike(&common, PS[i], n, k), beta_binomial(n, PS[i], RHOS[r], k),
                         1e-11);
            near(alike(&common, PS[i], 120, 20), beta_binomial(120, PS[i], RHOS[r], 20),
                 2e-3);
        }
}

/* Everybody keeps their own probability, whatever is common; and what is seen moves it.
 */
static void test_means_are_kept(void **state)
{
    (void)state;
    struct common common;
    common_init(&common, .287, .1, LINE_NODES_SMALL);
    for (double a = 0.001; a < 1; a += .0173) {
        struct line_person person = {.x = common_x(&common, a), .share = 1, .b = 1};
        near(line_yes(&common, &person), a, 1e-13);
    }
    struct line_person person = {.x = common_x(&common, .287), .share = 1};
    for (int i = 0; i < 10; i++)
        common_saw_silence(&common, person.x, 1);
    common_update(&common);
    /* Beta(a, b + 10): the beta-binomial's posterior. */
    near(line_yes(&common, &person), .287 * 9 / (9 + 10), 1e-12);
    for (int i = 0; i < 20; i++)
        common_saw_yes(&common, person.x);
    common_update(&common);
    near(line_yes(&common, &person), (.287 * 9 + 20) / (9 + 30), 1e-9);
    assert_true(common_x(&common, 0) == 0.0);
    struct line_person certain = {.x = common_x(&common, 1), .share = 1};
    near(line_yes(&common, &certain), 1, 1e-12);
}

/* ---- seats
 * ----------------------------------------------------------------------------------- */

/* Enumerates who says yes and which of them are there; with more yeses than seats every
 * subset of that size is as likely. Equal b for all, so the average is no approximation.
 */
static double enumerate(const struct line *line, uint32_t n, uint32_t free, double b)
{
    double total = 0;
    for (uint32_t m = 0; m < line->common->count; m++)
        for (uint32_t yes = 0; yes < 1u << n; yes++) {
            double p = line->common->weight[m];
            for (uint32_t i = 0; i < n; i++) {
                double a =
                    line->people[i].share * common_a(line->common, m, line->people[i].x);
                p *= yes >> i & 1 ? a : 1 - a;
            }
            uint32_t seated = (uint32_t)__builtin_popcount(yes);
            seated = seated < free ? seated : free;
            struct tail tail;
            assert_int_equal(tail_init(&tail, line->count, 0), 0);
            for (uint32_t i = 0; i < line->held; i++)
                tail_add(&tail, line->held_b[i]);
            for (uint32_t i = 0; i < seated; i++)
                tail_add(&tail, b);
            total += p * tail.reached;
            tail_release(&tail);
        }
    return total;
}

static double limited(const struct line *line, uint32_t n, uint32_t seats)
{
    const struct line_points points = {.seats = seats, .count = 1, .at = &n};
    double p;
    assert_int_equal(line_points(line, &points, &p), 0);
    return p;
}

static void one_round(struct random *random, struct common *common)
{
    struct line_person people[8];
    double held[3], b = random_unit(random);
    struct line line = {.common = common,
                        .count = 1 + (uint32_t)random_below(random, 4),
                        .held = (uint32_t)random_below(random, 4),
                        .held_b = held,
                        .people = people,
                        .people_count = 8};
    for (int i = 0; i < 8; i++)
        people[i] = (struct line_person){
            .x = common_x(common, random_unit(random)), .share = 1, .b = b};
    people[0].share = .5;
    for (int i = 0; i < 3; i++)
        held[i] = random_unit(random);
    for (uint32_t seats = line.held; seats < line.held + 10; seats++)
        near(limited(&line, 8, seats), enumerate(&line, 8, seats - line.held, b), 1e-12);
    uint32_t fewest;
    struct line_found found;
    double target = 0.3 * random_unit(random);
    assert_int_equal(line_seats(&line, 8, target, &fewest), 0);
    assert_true(limited(&line, 8, fewest) >= target || fewest >= line.held + 8);
    if (fewest > line.count && fewest > line.held)
        assert_true(limited(&line, 8, fewest - 1) < target);
    const struct line_wish wish = {.seats = line.held + 2, .target = target};
    assert_int_equal(line_shortest(&line, &wish, &found), 0);
    uint32_t n = found.count;
    near(found.probability, limited(&line, n, wish.seats), 1e-12);
    near(found.plain, limited(&line, n, LINE_SEATS_ALL), 1e-12);
    assert_true(n == 8 || found.probability >= target);
    if (n > 0) {
        near(found.before, limited(&line, n - 1, wish.seats), 1e-12);
        assert_true(found.before < target);
    }
}

static void test_limited_seats(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 11);
    for (int round = 0; round < 60; round++) {
        struct common common;
        common_init(&common, .4, round % 3 == 0 ? 0 : .05 * (round % 3), 6);
        one_round(&random.super, &common);
    }
}

/* ---- large lines
 * ------------------------------------------------------------------------- */

/* The sums for one node against the moments, for people who differ. */
static void test_large(void **state)
{
    (void)state;
    struct common common;
    struct random_seeded random;
    random_seeded_init(&random, 3);
    common_init(&common, .287, 0, 1);
    const uint32_t count = 600, people_max = 4000;
    struct line_person *people = mem_calloc(people_max, sizeof(*people));
    assert_non_null(people);
    for (uint32_t i = 0; i < people_max; i++)
        people[i] = (struct line_person){
            .x = common_x(&common, .1 + .4 * random_unit(&random.super)),
            .share = 1,
            .b = .6 + .3 * random_unit(&random.super)};
    const struct line line = {
        .common = &common, .count = count, .people = people, .people_count = people_max};
    struct tail tail;
    assert_int_equal(tail_init(&tail, count, 0), 0);
    double most = 0;
    for (uint32_t n = 0; n < people_max; n++) {
        if (n % 50 == 0 || (n > 2300 && n < 2900))
            most = fmax(most, fabs(limited(&line, n, LINE_SEATS_ALL) - tail.reached));
        tail_add(&tail, line_yes(&common, &people[n]) * people[n].b);
    }
    printf("600 wanted: refined normal off by at most %.2g\n", most);
    assert_true(most < 1e-4);
    tail_release(&tail);
    uint32_t seats;
    struct line_found found;
    const struct line_wish wish = {.seats = LINE_SEATS_ALL, .target = .95};
    assert_int_equal(line_shortest(&line, &wish, &found), 0);
    const uint32_t n = found.count;
    assert_true(found.probability >= .95 && limited(&line, n - 1, LINE_SEATS_ALL) < .95);
    assert_int_equal(line_seats(&line, n + 100, .95, &seats), 0);
    assert_true(seats > count && limited(&line, n + 100, seats) >= .95);
    assert_true(limited(&line, n + 100, seats - 1) < .95);
    mem_free(people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_common_cause),
        cmocka_unit_test(test_against_beta_binomial),
        cmocka_unit_test(test_means_are_kept),
        cmocka_unit_test(test_limited_seats),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
