/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions by the fast transform against the plain double sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/convolve.h"

#include <math.h>

#define COUNT_MAX 700

static double plain(const double *a, const double *b, uint32_t i)
{
    double sum = 0.0;
    for (uint32_t j = 0; j <= i; j++)
        sum += a[j] * b[i - j];
    return sum;
}

static void as_the_plain_sum(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 31, 32, 33, 255, 600, COUNT_MAX};
    static double a[COUNT_MAX], b[COUNT_MAX], c[COUNT_MAX], ab[COUNT_MAX], ac[COUNT_MAX];
    struct random_seeded random;
    random_seeded_init(&random, 20261126);
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        for (uint32_t i = 0; i < counts[k]; i++) {
            a[i] = random_unit(&random.super);
            b[i] = random_unit(&random.super);
            c[i] = exp(-(double)i) * random_unit(&random.super);
        }
        assert_int_equal(convolve_pair(a, b, c, counts[k], ab, ac), ST_OK);
        for (uint32_t i = 0; i < counts[k]; i++) {
            if (fabs(ab[i] - plain(a, b, i)) > 1e-12 ||
                fabs(ac[i] - plain(a, c, i)) > 1e-12 || ab[i] < 0 || ac[i] < 0)
                fail_msg("count %u, entry %u", counts[k], i);
        }
    }
}

static void one_point_moves_the_other(void **state)
{
    (void)state;
    double a[8] = {0}, b[8] = {0}, c[8] = {0}, ab[8], ac[8];
    a[2] = 0.5;
    b[3] = 0.25;
    c[7] = 1.0; /* ends up beyond the last entry, not at the beginning again */
    assert_int_equal(convolve_pair(a, b, c, 8, ab, ac), ST_OK);
    for (int i = 0; i < 8; i++) {
        assert_true(fabs(ab[i] - (i == 5 ? 0.125 : 0.0)) < 1e-15);
        assert_true(fabs(ac[i]) < 1e-15);
    }
}

static void no_memory(void **state)
{
    (void)state;
    double a[4] = {1}, ret[4];
    mem_fail_at(1);
    int status = convolve_pair(a, a, a, 4, ret, ret);
    mem_fail_at(0);
    assert_int_equal(status, ST_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_plain_sum),
        cmocka_unit_test(one_point_moves_the_other),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
