/* SPDX-License-Identifier: Apache-2.0 */
/* The response model against plain integration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/status.h"
#include "plan/response_model.h"
#include "test/unit/plan/response.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1795478400000)

/* ---- the response model
 * ------------------------------------------------------------------ */

static double lognormal(double x, double median, double sigma)
{
    return x <= 0 ? 0 : 0.5 * erfc(-log(x / median) / sigma / sqrt(2));
}

/* P(D + U <= x), by a fine midpoint rule over D's distribution. */
static double plain_sum(double x, double turnout)
{
    double sum = 0;
    const int steps = 20000;
    for (int i = 0; i < steps; i++) {
        double from = x * i / steps, to = x * (i + 1) / steps;
        sum += (lognormal(to, 60, .75) - lognormal(from, 60, .75)) *
               lognormal(x - (from + to) / 2, turnout, .6);
    }
    return sum;
}

static void test_in_time(void **state)
{
    (void)state;
    static const int XS[] = {20, 60, 100, 165, 200, 300, 450, 600, 900, 1800, 3500};
    for (size_t i = 0; i < COUNT_OF(XS); i++)
        for (int night = 0; night < 2; night++) {
            double got =
                response_model_in_time(response, night, XS[i] * 1000 + 60000, 60000);
            double wanted = plain_sum(XS[i], night ? 142 : 105);
            if (fabs(got - wanted) > 2e-5)
                fail_msg("%d s: %.9f, wanted %.9f", XS[i], got, wanted);
        }
    assert_true(response_model_in_time(response, false, 60000, 60000) == 0.0);
    assert_true(response_model_in_time(response, false, -5, 0) == 0.0);
    assert_true(response_model_in_time(response, false, 86400000, 0) > 0.9999);
}

static void test_silence_lowers(void **state)
{
    (void)state;
    double before = 1;
    for (int64_t t = 0; t <= 300000; t += 10000) {
        double a = response_model_accept_after(response, .287, t);
        double f = lognormal((double)t / 1000, 60, .75);
        assert_true(fabs(a - .287 * (1 - f) / (1 - .287 * f)) < 1e-12);
        assert_true(a < before);
        before = a;
    }
    double whole = response_model_in_time(response, false, 600000, 120000);
    double after = response_model_in_time_after(response, false, 600000, 120000, 1);
    assert_true(fabs(whole - after) < 0.01);
    assert_true(response_model_in_time_after(response, false, 600000, 120000, 120000) <
                whole);
    assert_true(response_model_in_time_after(response, false, 600000, 120000, 700000) ==
                0.0);
}

/* Half of those who will not come say so: who is silent then is likelier to come than
 * where nobody says no. */
static void test_silence_where_people_decline(void **state)
{
    (void)state;
    struct response_model_config config;
    struct response_model *telling;
    response_model_config_default(&config);
    for (int tenths = 0; tenths <= 10; tenths += 5) {
        const double a = .287, d = tenths / 10.0;
        config.declines = d;
        assert_int_equal(response_model_new(&telling, &config), 0);
        for (int64_t t = 20000; t <= 300000; t += 20000) {
            double f = lognormal((double)t / 1000, 60, .75);
            double bayes = a * (1 - f) / (1 - f * (a + d * (1 - a)));
            double got = response_model_accept_after(telling, a, t);
            assert_true(fabs(got - bayes) < 1e-9);
            assert_true(got >= response_model_accept_after(response, a, t) - 1e-12);
        }
        response_model_free(telling);
    }
}

/* P(D + U <= x | D > since), by the midpoint rule over D. */
static double plain_after(double x, double since)
{
    const int cells = 4000;
    double sum = 0.0, step = (x - since) / cells;
    for (int i = 0; i < cells && x > since; i++) {
        double d = since + step * i;
        sum += (lognormal(d + step, 60, .75) - lognormal(d, 60, .75)) *
               lognormal(x - d - step / 2, 105, .6);
    }
    return sum / (1.0 - lognormal(since, 60, .75));
}

/* Whole minutes have tables; the quantiles are the plain way for all others. */
static void test_silent_in_time(void **state)
{
    (void)state;
    static const int XS[] = {70, 150, 240, 400, 700, 1500};
    for (size_t i = 0; i < COUNT_OF(XS); i++)
        for (int minute = 1; minute <= 10; minute++) {
            double wanted = plain_after(XS[i], 60 * minute);
            double got = response_model_in_time_after(
                response, false, XS[i] * 1000 + 90000, 90000, minute * 60000);
            double plain = response_model_in_time_after_plain(
                response, false, XS[i] * 1000 + 90000, 90000, minute * 60000);
            if (fabs(got - wanted) > 5e-4)
                fail_msg("%d s, %d min: %.6f, wanted %.6f", XS[i], minute, got, wanted);
            if (minute <= 3 && fabs(plain - wanted) > 0.03)
                fail_msg("%d s, %d min: plain %.6f, wanted %.6f", XS[i], minute, plain,
                         wanted);
        }
    assert_true(fabs(response_model_replied(response, 120000) - lognormal(120, 60, .75)) <
                1e-15);
}

static void test_turnout(void **state)
{
    (void)state;
    double p = response_model_turnout_in_time(response, false, 225000, 120000, 0);
    assert_true(fabs(p - .5) < 1e-9);
    double later = response_model_turnout_in_time(response, false, 225000, 120000, 60000);
    assert_true(later < p && later > 0);
    assert_true(response_model_turnout_in_time(response, false, 225000, 120000, 105000) ==
                0.0);
    assert_true(response_model_is_night(response, 23 * 60) &&
                response_model_is_night(response, 0));
    assert_false(response_model_is_night(response, 6 * 60));
}

static void test_bad_figures(void **state)
{
    (void)state;
    struct response_model_config config;
    struct response_model *other;
    response_model_config_default(&config);
    config.accept = NAN;
    assert_int_equal(response_model_new(&other, &config), ST_INVALID);
    response_model_config_default(&config);
    config.delay_sigma = 0;
    assert_int_equal(response_model_new(&other, &config), ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_time),
        cmocka_unit_test(test_silence_lowers),
        cmocka_unit_test(test_silence_where_people_decline),
        cmocka_unit_test(test_silent_in_time),
        cmocka_unit_test(test_turnout),
        cmocka_unit_test(test_bad_figures),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
