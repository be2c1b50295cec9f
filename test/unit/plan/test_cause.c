/* SPDX-License-Identifier: Apache-2.0 */
/* Common cause: against the double sum over pairs, waves whose correlation is known, and
 * what one evening may teach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "plan/cause.h"

#include <math.h>

#define START INT64_C(1728000000000)

static void near(double got, double wanted, double absolute)
{
    if (!(fabs(got - wanted) <= absolute))
        fail_msg("got %.17g, wanted %.17g", got, wanted);
}

/* One answer at a time against the double sum over the pairs of each wave. */
static void test_cause_against_pairs(void **state)
{
    (void)state;
    enum { WAVES = 50, ANSWERS = 600 };
    static double r[WAVES][ANSWERS], s[WAVES][ANSWERS];
    bool silent[WAVES] = {false};
    int count[WAVES] = {0};
    struct cause *cause = mem_calloc(1, sizeof(*cause));
    struct random_seeded random;
    random_seeded_init(&random, 17);
    cause_init(cause, 0.02, 0);
    for (int i = 0; i < ANSWERS; i++) {
        int wave = (int)random_below(&random.super, WAVES);
        double p = random_unit(&random.super);
        bool yes = random_unit(&random.super) < p;
        r[wave][count[wave]] = yes ? 1 - p : -p;
        s[wave][count[wave]] = sqrt(p * (1 - p));
        const struct cause_answer answer = {.callout_id = 1 + wave / 2,
                                            .at_ms = START,
                                            .wave = wave % 2,
                                            .is_silence =
                                                random_below(&random.super, 9) == 0,
                                            .residual = r[wave][count[wave]],
                                            .sigma = s[wave][count[wave]]};
        cause_learn(cause, &answer);
        silent[wave] |= answer.is_silence;
        count[wave]++;
    }
    double sum = 0, pairs = 0;
    int open = 0;
    for (int w = 0; w < WAVES; w++) {
        double weight = pow(1 + (count[w] - 1) * CAUSE_LEAST, -2);
        open += !silent[w];
        for (int i = 0; silent[w] && i < count[w]; i++)
            for (int k = 0; k < count[w]; k++)
                if (i != k) {
                    sum += weight * r[w][i] * r[w][k];
                    pairs += weight * s[w][i] * s[w][k];
                }
    }
    assert_true(open > 2);
    near(cause->sum, sum, 1e-9);
    near(cause->pairs, pairs, 1e-9);
    double rho = (sum + 100 * 0.02) / (pairs + 100);
    near(cause_correlation(cause), rho < 0 ? 0 : rho, 1e-12);
    mem_free(cause);
}

/* Waves of a beta-binomial with a known ICC; and of independent people. */
static void test_cause_is_found(void **state)
{
    (void)state;
    const double wanted[] = {0.0, 0.05, 0.2};
    for (size_t c = 0; c < COUNT_OF(wanted); c++) {
        struct cause *cause = mem_calloc(1, sizeof(*cause));
        struct random_seeded random;
        random_seeded_init(&random, 23);
        cause_init(cause, 0.02, 0);
        for (int wave = 0; wave < 20000; wave++) {
            /* Two values of the shared p around 0.3 give the ICC exactly. */
            double apart = sqrt(wanted[c] * 0.3 * 0.7);
            double p = 0.3 + (random_below(&random.super, 2) == 0 ? apart : -apart);
            for (int i = 0; i < 12; i++) {
                bool yes = random_unit(&random.super) < p;
                const struct cause_answer answer = {.callout_id = wave + 1,
                                                    .at_ms = START,
                                                    .wave = 1,
                                                    .is_silence = i == 11,
                                                    .residual = yes ? 0.7 : -0.3,
                                                    .sigma = sqrt(0.21)};
                cause_learn(cause, &answer);
            }
        }
        near(cause_correlation(cause), wanted[c], 0.006);
        mem_free(cause);
    }
}

/* One evening is no law: a large wave that nobody answers, and the yeses that come before
 * any silence can be known. */
static void test_cause_of_one_evening(void **state)
{
    (void)state;
    struct cause *cause = mem_calloc(1, sizeof(*cause));
    cause_init(cause, 0.02, 0);
    struct cause_answer answer = {.callout_id = 1, .at_ms = START, .wave = 1};
    answer.sigma = sqrt(0.287 * 0.713);
    answer.residual = 0.713;
    for (int i = 0; i < 40; i++)
        cause_learn(cause, &answer);
    near(cause_correlation(cause), 0.02, 1e-12);
    answer = (struct cause_answer){.callout_id = 2, .at_ms = START, .wave = 1};
    answer.is_silence = true;
    answer.sigma = sqrt(0.287 * 0.713);
    answer.residual = -0.287;
    for (int i = 0; i < 140; i++)
        cause_learn(cause, &answer);
    assert_true(cause_correlation(cause) > 0.02 && cause_correlation(cause) < 0.1);
    mem_free(cause);
}

/* Many answers of one wave tell little about everybody: at most 1 / CAUSE_LEAST. */
static void test_cause_worth(void **state)
{
    (void)state;
    struct cause *cause = mem_calloc(1, sizeof(*cause));
    cause_init(cause, 0, 0);
    double sum = 0, last = 2;
    for (int i = 0; i < 1000; i++) {
        double worth = cause_worth(cause, 7, 1);
        assert_true(worth > 0 && worth <= 1 && worth < last);
        last = worth;
        sum += worth;
    }
    near(sum, 1000 / (1 + 999 * CAUSE_LEAST), 1e-9);
    near(cause_worth(cause, 8, 1), 1, 1e-12);
    mem_free(cause);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cause_against_pairs),
        cmocka_unit_test(test_cause_is_found),
        cmocka_unit_test(test_cause_of_one_evening),
        cmocka_unit_test(test_cause_worth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
