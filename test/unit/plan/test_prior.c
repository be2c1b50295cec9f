/* SPDX-License-Identifier: Apache-2.0 */
/* The prior learned from many: digamma, the Beta of mean logarithms, what is expected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/prior.h"

#include <math.h>

static void near(double got, double wanted, double absolute)
{
    if (!(fabs(got - wanted) <= absolute))
        fail_msg("got %.17g, wanted %.17g", got, wanted);
}

static void test_digamma(void **state)
{
    (void)state;
    near(prior_digamma(1), -0.57721566490153286, 1e-13);
    near(prior_digamma(0.5), -1.9635100260214235, 1e-13);
    for (double x = 0.3; x < 300; x *= 1.7) {
        near(prior_digamma(x + 1) - prior_digamma(x), 1 / x, 1e-12);
        near(prior_digamma(x), (lgamma(x * 1.0001) - lgamma(x * 0.9999)) / (x * 2e-4),
             1e-6 * (1 + 1 / x));
    }
    struct prior_beta got =
        prior_of_logs(prior_digamma(2.5) - prior_digamma(12.5),
                      prior_digamma(10) - prior_digamma(12.5), (struct prior_beta){1, 1});
    near(got.alpha, 2.5, 1e-7);
    near(got.beta, 10, 1e-6);
}

/* The 71st of Gelman's rats, by the moments of the 70 before. */
static void test_share(void **state)
{
    (void)state;
    near(prior_share((struct prior_beta){1.356, 8.615}, (struct prior_count){4, 14}),
         0.22344, 5e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digamma),
        cmocka_unit_test(test_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
