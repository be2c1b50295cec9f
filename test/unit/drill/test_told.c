/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "drill/told.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

/* One plan a run is a share as any other. */
static void test_one_plan_a_run(void **state)
{
    (void)state;
    struct told told = {0};
    for (int i = 0; i < 10; i++) {
        struct told_run run = {.first = NAN};
        told_add(&run, 0.76);
        told_count(&told, &run, i < 8);
    }
    const struct told_bin *all = &told.bins[TOLD_FIRST][TOLD_BINS];
    const struct estimate came = told_came(all), share = share_estimate(8, 10);
    assert_true(fabs(told_mean(all) - 0.76) < 1e-12);
    assert_true(fabs(came.low - share.low) < 1e-12 && came.value == share.value &&
                fabs(came.high - share.high) < 1e-12);
    assert_int_equal(told.bins[TOLD_FIRST][3].plans, 10); /* 0.75 to 0.9 */
    assert_int_equal(told.bins[TOLD_LATER][TOLD_BINS].plans, 0);
    assert_true(isnan(told_mean(&told.bins[TOLD_LATER][TOLD_BINS])));
    assert_true(isnan(told_came(&told.bins[TOLD_LATER][TOLD_BINS]).value));
}

/* A run without a plan tells nothing. */
static void test_no_plan(void **state)
{
    (void)state;
    struct told told = {0};
    told_count(&told, &(struct told_run){.first = NAN}, true);
    assert_int_equal(told.bins[TOLD_FIRST][TOLD_BINS].plans, 0);
}

static void test_bins(void **state)
{
    (void)state;
    static const double TOLD[] = {0.5, 0, 0.2, 0.19, 0.97, 0.99, 1, 0.9, 0.5};
    static const uint32_t PLANS[TOLD_BINS] = {2, 1, 1, 0, 1, 1, 2};
    struct told told = {0}, twice = {0};
    struct told_run run = {.first = NAN};
    for (size_t i = 0; i < sizeof TOLD / sizeof TOLD[0]; i++)
        told_add(&run, TOLD[i]);
    told_count(&told, &run, false);
    told_merge(&twice, &told);
    told_merge(&twice, &told);
    for (uint32_t i = 0; i < TOLD_BINS; i++) {
        assert_int_equal(told.bins[TOLD_LATER][i].plans, PLANS[i]);
        assert_int_equal(twice.bins[TOLD_LATER][i].plans, 2 * PLANS[i]);
        assert_int_equal(told.bins[TOLD_LATER][i].came, 0);
    }
    const struct told_bin *all = &told.bins[TOLD_LATER][TOLD_BINS];
    assert_int_equal(all->plans, 8);
    assert_true(fabs(told_mean(all) - 4.75 / 8) < 1e-12);
    /* Eight plans of one fate are one piece of luck. */
    const struct estimate came = told_came(all), one = share_estimate(0, 1);
    assert_true(came.low == 0 && fabs(came.high - one.high) < 1e-12);
}

/* Of many drills the interval holds the truth in 95 of 100, though runs that fail are
 * planned more often; taken as so many independent plans it would hold it far less often.
 */
static void test_interval_holds_the_truth(void **state)
{
    (void)state;
    enum { DRILLS = 2000, RUNS = 200 };
    const double came_share = 0.85, few = 4, many = 9;
    const double truth = came_share * few / (came_share * few + (1 - came_share) * many);
    struct random_seeded random;
    random_seeded_init(&random, 17);
    int holds = 0, plain_holds = 0;
    for (int d = 0; d < DRILLS; d++) {
        struct told told = {0};
        for (int i = 0; i < RUNS; i++) {
            struct told_run run = {.first = NAN};
            const bool came = random_below(&random.super, 100) < 85;
            const uint32_t plans = (uint32_t)(came ? few : many) - 2 +
                                   (uint32_t)random_below(&random.super, 5);
            for (uint32_t k = 0; k <= plans; k++)
                told_add(&run, 0.9);
            told_count(&told, &run, came);
        }
        const struct told_bin *all = &told.bins[TOLD_LATER][TOLD_BINS];
        const struct estimate got = told_came(all),
                              plain = share_estimate(all->came, all->plans);
        holds += got.low <= truth && truth <= got.high;
        plain_holds += plain.low <= truth && truth <= plain.high;
    }
    printf("the interval holds the truth in %d of %d drills, a plain one in %d\n", holds,
           DRILLS, plain_holds);
    assert_true(holds > 0.93 * DRILLS && holds < 0.97 * DRILLS);
    assert_true(plain_holds < 0.8 * DRILLS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_plan_a_run), cmocka_unit_test(test_no_plan),
        cmocka_unit_test(test_bins), cmocka_unit_test(test_interval_holds_the_truth)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
