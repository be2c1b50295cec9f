/* SPDX-License-Identifier: Apache-2.0 */
/* Promised 0.95 means observed 0.95, against people who answer by a process that the
 * model does not have (truth.h). A few thousand call-outs; bench/bench_learn.c has the
 * 100,000. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/unit/plan/truth.h"

#define WARM_UP 1000
#define MEASURED 2500

static struct truth truth;

/* Of the plans that reached their target. */
static double observed(const struct truth_bins *bins, double *ret_promised,
                       double *ret_error)
{
    double count = 0, promised = 0, met = 0;
    for (int i = TRUTH_TARGET_BIN; i < TRUTH_BINS; i++) {
        count += bins->count[i];
        promised += bins->promised[i];
        met += bins->met[i];
    }
    *ret_promised = promised / count;
    *ret_error = sqrt(met / count * (1 - met / count) / count);
    return met / count;
}

static void run(uint64_t seed, double shock, struct truth_bins *ret)
{
    struct truth_bins before = {0};
    truth_init(&truth, seed, shock);
    for (int i = 0; i < WARM_UP; i++)
        truth_call_out(&truth, &before);
    *ret = (struct truth_bins){0};
    for (int i = 0; i < MEASURED; i++)
        truth_call_out(&truth, ret);
}

static void test_common_shock(void **state)
{
    (void)state;
    struct truth_bins bins;
    double promised, error;
    run(1, 0.4, &bins);
    double met = observed(&bins, &promised, &error);
    print_message("promised %.4f, observed %.4f +- %.4f, correlation %.3f, %.1f alerts\n",
                  promised, met, 1.96 * error,
                  learn_crowd(truth.learn, false).correlation, bins.alerts / bins.plans);
    assert_true(met > 0.94 - 1.96 * error && met < 0.97 + 1.96 * error);
    /* A shock of 0.4 in the log odds correlates two people by about 0.2 * 0.16. */
    double correlation = learn_crowd(truth.learn, false).correlation;
    assert_true(correlation > 0.015 && correlation < 0.06);
    struct response_model_config config; /* plans are made with it */
    learn_response_config(truth.learn, false, &config);
    assert_true(config.correlation == correlation);
    truth_release(&truth);
}

/* Without a common cause none is found, so that nobody is alerted for it. */
static void test_no_shock(void **state)
{
    (void)state;
    struct truth_bins bins;
    double promised, error;
    run(2, 0.0, &bins);
    double met = observed(&bins, &promised, &error);
    print_message("promised %.4f, observed %.4f +- %.4f, correlation %.3f, %.1f alerts\n",
                  promised, met, 1.96 * error,
                  learn_crowd(truth.learn, false).correlation, bins.alerts / bins.plans);
    assert_true(met > 0.94 - 1.96 * error && met < 0.97 + 1.96 * error);
    assert_true(learn_crowd(truth.learn, false).correlation < 0.012);
    truth_release(&truth);
}

/* Single answers too: each tenth of promises is kept within what chance and the unknown
 * process leave. */
static void test_single_answers(void **state)
{
    (void)state;
    struct truth_bins bins;
    run(3, 0.3, &bins);
    const struct learn_bin *bin = learn_reliability(truth.learn, false);
    for (int i = 0; i < LEARN_BINS; i++) {
        if (bin[i].count < 200)
            continue;
        double promised = bin[i].promised / bin[i].count, yes = bin[i].yes / bin[i].count;
        double error = sqrt(yes * (1 - yes) / bin[i].count);
        print_message("%.2f: promised %.3f, observed %.3f +- %.3f of %.0f\n", i / 10.0,
                      promised, yes, 1.96 * error, bin[i].count);
        assert_true(fabs(yes - promised) < 0.025 + 3 * error);
    }
    truth_release(&truth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_common_shock),
        cmocka_unit_test(test_no_shock),
        cmocka_unit_test(test_single_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
