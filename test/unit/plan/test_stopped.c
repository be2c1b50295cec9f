/* SPDX-License-Identifier: Apache-2.0 */
/* What is learned where needs fill fast: most people are stood down before they would
 * have answered, which says little of them, and must not make the others look quick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "plan/learn.h"

#include <math.h>
#include <stdlib.h>

#define PEOPLE 30 /* asked in a call-out */
#define CALLOUTS 1500
#define KNOWN 3000
#define WANTED 3
#define ACCEPT 0.287
#define DECLINES 0.5
#define DELAY_S 60.0
#define SIGMA 0.8
#define DAY INT64_C(86400000)

struct reply {
    enum learn_what what;
    double after_s; /* INFINITY: none */
};

static struct random_seeded dice;

static struct reply reply_of(void)
{
    const double after_s = DELAY_S * exp(SIGMA * random_normal(&dice.super));
    if (random_unit(&dice.super) < ACCEPT)
        return (struct reply){LEARN_YES, after_s};
    if (random_unit(&dice.super) < DECLINES)
        return (struct reply){LEARN_NO, after_s};
    return (struct reply){LEARN_SILENT, INFINITY};
}

static int by_time(const void *a, const void *b)
{
    const double x = ((const struct reply *)a)->after_s,
                 y = ((const struct reply *)b)->after_s;
    return (x > y) - (x < y);
}

/* Until the last one wanted has said yes, or the last one who would. */
static double end_of(const struct reply *replies)
{
    int yes = 0;
    double end_s = 0.0;
    for (int i = 0; i < PEOPLE && yes < WANTED; i++)
        if (replies[i].what == LEARN_YES) {
            yes++;
            end_s = replies[i].after_s;
        }
    return yes < WANTED ? 3600.0 : end_s;
}

static void call_out(struct learn *learn, int64_t number)
{
    struct reply replies[PEOPLE];
    for (int i = 0; i < PEOPLE; i++)
        replies[i] = reply_of();
    qsort(replies, PEOPLE, sizeof replies[0], by_time);
    const double end_s = end_of(replies);
    for (int i = 0; i < PEOPLE; i++) {
        const bool answers = replies[i].after_s <= end_s;
        const struct learn_row row = {
            .id = number * PEOPLE + i + 1,
            .person_id = 1 + (number * PEOPLE + i) % KNOWN,
            .callout_id = number + 1,
            .wave = 1,
            .what = answers           ? replies[i].what
                    : end_s >= 3600.0 ? LEARN_SILENT
                                      : LEARN_STOPPED,
            .before = LEARN_NOTHING,
            .minute = 600,
            .at_ms = 20000 * DAY + number * DAY / 8,
            .took_ms = (int64_t)(1000.0 * (answers ? replies[i].after_s : end_s)),
            .travel_ms = 360000,
            .promised = ACCEPT};
        assert_int_equal(learn_add(learn, &row, NULL), 0);
    }
}

/* Of those who were asked. */
static double mean_accept(const struct learn *learn)
{
    const struct learn_moment moment = {.now_ms = 20000 * DAY + CALLOUTS * DAY / 8,
                                        .minute = 600};
    double sum = 0.0;
    for (int64_t person = 1; person <= KNOWN; person++)
        sum += learn_forecast(learn, &moment, person, 0, 360000).accept;
    return sum / KNOWN;
}

static void check(double first_delay_s)
{
    struct learn *learn;
    struct learn_config config;
    learn_config_default(&config);
    config.response.delay_median_s = first_delay_s;
    assert_int_equal(learn_new(&learn, &config, NULL), 0);
    for (int64_t number = 0; number < CALLOUTS; number++)
        call_out(learn, number);
    struct response_model_config learned;
    learn_response_config(learn, false, &learned);
    double count = 0, promised = 0, yes = 0;
    const struct learn_bin *bins = learn_reliability(learn, false);
    for (int i = 0; i < LEARN_BINS; i++) {
        count += bins[i].count;
        promised += bins[i].promised;
        yes += bins[i].yes;
    }
    print_message("from %.0f s: delay %.1f s, sigma %.3f, declines %.3f, accept %.3f; of "
                  "%.0f yeses %.0f expected\n",
                  first_delay_s, learned.delay_median_s, learned.delay_sigma,
                  learned.declines, mean_accept(learn), yes, promised);
    assert_true(fabs(log(learned.delay_median_s / DELAY_S)) < 0.1);
    assert_true(fabs(learned.delay_sigma - SIGMA) < 0.08);
    assert_true(fabs(learned.declines - DECLINES) < 0.05);
    assert_true(fabs(mean_accept(learn) - ACCEPT) < 0.05);
    assert_true(count == CALLOUTS * PEOPLE && fabs(promised - yes) < 4.0 * sqrt(yes));
    learn_free(learn);
}

static void test_filled_fast(void **state)
{
    (void)state;
    random_seeded_init(&dice, 7);
    check(DELAY_S);
    check(3.0 * DELAY_S);
    check(DELAY_S / 2.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_filled_fast)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
