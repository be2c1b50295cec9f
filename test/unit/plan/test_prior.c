/* SPDX-License-Identifier: Apache-2.0 */
/* The prior learned from many: Gelman's rats to the printed digits, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/status.h"
#include "plan/prior.h"

#include <math.h>
#include <string.h>

static void near(double got, double wanted, double absolute)
{
    if (!(fabs(got - wanted) <= absolute))
        fail_msg("got %.17g, wanted %.17g", got, wanted);
}

/* ---- the beta-binomial hierarchy: rat tumours (Gelman et al., 5.3) -------------------
 */

static const struct prior_count RATS[] = {
    {0, 20}, {0, 20}, {0, 20},  {0, 20},  {0, 20},  {0, 20},  {0, 20},  {0, 19},  {0, 19},
    {0, 19}, {0, 19}, {0, 18},  {0, 18},  {0, 17},  {1, 20},  {1, 20},  {1, 20},  {1, 20},
    {1, 19}, {1, 19}, {1, 18},  {1, 18},  {2, 25},  {2, 24},  {2, 23},  {2, 20},  {2, 20},
    {2, 20}, {2, 20}, {2, 20},  {2, 20},  {1, 10},  {5, 49},  {2, 19},  {5, 46},  {3, 27},
    {2, 17}, {7, 49}, {7, 47},  {3, 20},  {3, 20},  {2, 13},  {9, 48},  {10, 50}, {4, 20},
    {4, 20}, {4, 20}, {4, 20},  {4, 20},  {4, 20},  {4, 20},  {10, 48}, {4, 19},  {4, 19},
    {4, 19}, {5, 22}, {11, 46}, {12, 49}, {5, 20},  {5, 20},  {6, 23},  {5, 19},  {6, 22},
    {6, 20}, {6, 20}, {6, 20},  {16, 52}, {15, 46}, {15, 47}, {9, 24},  {4, 14}};

static double rats_log_posterior(double alpha, double beta)
{
    return prior_log_marginal((struct prior_beta){alpha, beta}, RATS, COUNT_OF(RATS)) -
           2.5 * log(alpha + beta);
}

/* Grid of log(alpha / beta) and log(alpha + beta), step 0.01, Jacobian alpha * beta. */
static void test_rats_grid(void **state)
{
    (void)state;
    double best = -INFINITY, best_x = 0, best_z = 0, mass = 0, sum_alpha = 0,
           sum_beta = 0;
    for (int i = 0; i < 100; i++)
        for (int k = 0; k < 400; k++) {
            double x = -2.3 + 0.01 * i, z = 1.0 + 0.01 * k;
            double beta = exp(z) / (1 + exp(x)), alpha = exp(x) * beta;
            double here = rats_log_posterior(alpha, beta) + log(alpha * beta);
            if (here > best) {
                best = here;
                best_x = x;
                best_z = z;
            }
            double weight = exp(here + 735.0);
            mass += weight;
            sum_alpha += weight * alpha;
            sum_beta += weight * beta;
        }
    near(best_x, -1.79, 1e-9);
    near(best_z, 2.74, 1e-9);
    near(exp(best_x) * exp(best_z) / (1 + exp(best_x)), 2.2158, 5e-5);
    near(exp(best_z) / (1 + exp(best_x)), 13.2712, 5e-5);
    near(sum_alpha / mass, 2.4026, 5e-5);
    near(sum_beta / mass, 14.3195, 5e-5);
}

static void test_rats_fit(void **state)
{
    (void)state;
    struct prior_beta fit;
    assert_int_equal(prior_fit(RATS, COUNT_OF(RATS), 0, &fit, NULL), ST_OK);
    near(fit.alpha, 2.34161, 5e-6);
    near(fit.beta, 14.11480, 5e-6);
    near(prior_log_marginal(fit, RATS, COUNT_OF(RATS)), -730.338454524, 5e-10);
    double mean = 0, square = 0; /* the moments of the first 70 */
    for (int i = 0; i < 70; i++) {
        mean += RATS[i].yes / RATS[i].asked / 70;
        square += RATS[i].yes * RATS[i].yes / (RATS[i].asked * RATS[i].asked);
    }
    double variance = (square - 70 * mean * mean) / 69;
    near(mean, 0.136, 5e-4);
    near(sqrt(variance), 0.1035, 5e-5);
    struct prior_beta moments = prior_of_moments(mean, variance);
    near(moments.alpha, 1.356, 5e-4);
    near(moments.beta, 8.615, 5e-4);
    near(prior_share(moments, RATS[70]), 0.22344, 5e-6);
}

/* The maximum with the hyperprior, against a fine grid around it. */
static void test_rats_hyperprior(void **state)
{
    (void)state;
    struct prior_beta fit;
    assert_int_equal(prior_fit(RATS, COUNT_OF(RATS), -2.5, &fit, NULL), ST_OK);
    double top = rats_log_posterior(fit.alpha, fit.beta);
    for (int i = -10; i <= 10; i++)
        for (int k = -10; k <= 10; k++)
            assert_true(rats_log_posterior(fit.alpha * exp(i * 0.02),
                                           fit.beta * exp(k * 0.02)) <= top + 1e-12);
}

static void test_digamma(void **state)
{
    (void)state;
    near(prior_digamma(1), -0.57721566490153286, 1e-13);
    near(prior_digamma(0.5), -1.9635100260214235, 1e-13);
    near(prior_trigamma(1), 1.6449340668482264, 1e-13);
    near(prior_trigamma(0.5), 4.9348022005446793, 1e-12);
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

static void test_prior_refuses(void **state)
{
    (void)state;
    struct prior_beta fit;
    struct diag diag;
    const struct prior_count bad[] = {{1, 2}, {3, 2}}, nan_[] = {{NAN, 2}},
                             endless[] = {{1, INFINITY}}, nobody[] = {{0, 0}};
    assert_int_equal(prior_fit(bad, 2, 0, &fit, &diag), ST_INVALID);
    assert_int_equal(diag.line, 2);
    assert_int_equal(prior_fit(nan_, 1, 0, &fit, &diag), ST_INVALID);
    assert_int_equal(diag.line, 1);
    assert_int_equal(prior_fit(endless, 1, 0, &fit, &diag), ST_INVALID);
    assert_int_equal(prior_fit(nobody, 1, 0, &fit, &diag), ST_INVALID);
    assert_int_equal(prior_fit(RATS, COUNT_OF(RATS), NAN, &fit, &diag), ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digamma),       cmocka_unit_test(test_rats_grid),
        cmocka_unit_test(test_rats_fit),      cmocka_unit_test(test_rats_hyperprior),
        cmocka_unit_test(test_prior_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
