/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals and the Gini coefficient against values worked out by hand. */
#include "base/mem.h"
#include "base/status.h"
#include "drill/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

static void test_share(void **state)
{
    (void)state;
    /* Wilson for 8 of 10 at 95 %: 0.4902 to 0.9433. */
    struct estimate share = share_estimate(8, 10);
    assert_true(fabs(share.value - 0.8) < 1e-12);
    assert_true(fabs(share.low - 0.4902) < 1e-4);
    assert_true(fabs(share.high - 0.9433) < 1e-4);
    assert_true(isnan(share_estimate(0, 0).value));
    assert_true(share_estimate(0, 20).low == 0);
}

static void test_mean(void **state)
{
    (void)state;
    struct mean mean = {0};
    for (int i = 1; i <= 5; i++)
        mean_add(&mean, i);
    struct estimate estimate = mean_estimate(&mean);
    assert_true(fabs(estimate.value - 3) < 1e-12);
    assert_true(fabs(mean_standard_error(&mean) - sqrt(0.5)) < 1e-12);
    assert_true(fabs(estimate.high - 3 - STATS_Z * sqrt(0.5)) < 1e-12);
}

static void test_times(void **state)
{
    (void)state;
    struct times times;
    assert_int_equal(times_init(&times), ST_OK);
    for (int i = 1; i <= 100; i++)
        times_add(&times, i <= 60 ? i * 1000 : INT64_MAX);
    assert_true(times_quantile(&times, 0.5).value == 51);
    assert_true(isnan(times_quantile(&times, 0.9).value));
    assert_true(fabs(times_share(&times, 30) - 0.3) < 1e-12);
    assert_int_equal(times.never, 40);
    times_release(&times);
}

static void test_gini(void **state)
{
    (void)state;
    const uint32_t equal[] = {0, 0, 7};     /* seven people with two each */
    const uint32_t one[] = {3, 0, 0, 0, 1}; /* one of four has all: 3/4 */
    const uint32_t some[] = {1, 1, 1};      /* 0, 1, 2: 4/9 */
    assert_true(fabs(gini_of_histogram(equal, 3)) < 1e-12);
    assert_true(fabs(gini_of_histogram(one, 5) - 0.75) < 1e-12);
    assert_true(fabs(gini_of_histogram(some, 3) - 4.0 / 9) < 1e-12);
    const uint32_t counts[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct burden burden;
    assert_int_equal(burden_estimate(counts, COUNT_OF(counts), 1, &burden), ST_OK);
    assert_true(burden.p50.value == 5 && burden.p95.value == 9 && burden.most == 9);
    assert_true(burden.gini.low <= burden.gini.value &&
                burden.gini.value <= burden.gini.high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_gini),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
