/* SPDX-License-Identifier: Apache-2.0 */
/* What is learned beside whether people say yes: how long somebody takes, whether they
 * come, what an hour does to all; and what was promised beside what came. */
#include "learned.h"

#include "base/mem.h"
#include "base/random.h"
#include "plan/context.h"

#define CROWD 400
#define SLOW 7777 /* answers, leaves and travels more slowly than the others */
#define TRAVEL_MS 600000
#define ALIKE 5.0 /* answers with which somebody is thought to be like all */

static const double USUAL_S[] = {60, 200, TRAVEL_MS / 1000};
static const double SLOWER[] = {2, 1.5, 1.25};

/* A call-out that PERSON answers, leaves for and comes to, each SLOWER than usual. */
static void add_came(struct learn *learn, int64_t *id, int64_t person, bool exercise,
                     const double slower[3])
{
    const enum learn_what order[] = {LEARN_YES, LEARN_LEFT, LEARN_CAME};
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        struct learn_row row = row_of(++*id, person, order[i]);
        row.at_ms = START + *id * 1000;
        row.exercise = exercise;
        row.mode = 1;
        row.travel_ms = TRAVEL_MS;
        row.took_ms = (int64_t)(1000 * USUAL_S[i] * slower[i]);
        add(learn, &row);
    }
}

static void add_crowd(struct learn *learn, int64_t *id)
{
    struct random_seeded random;
    random_seeded_init(&random, 21);
    for (int i = 0; i < 10 * CROWD; i++) {
        const double slower[] = {exp(0.5 * random_normal(&random.super)),
                                 exp(0.4 * random_normal(&random.super)),
                                 exp(0.15 * random_normal(&random.super))};
        add_came(learn, id, 1 + i % CROWD, false, slower);
    }
}

static struct learn_forecast forecast_of(const struct learn *learn, int64_t person,
                                         int32_t minute, bool exercise)
{
    struct learn_moment moment = moment_at(START, minute, exercise);
    return learn_forecast(learn, &moment, person, 1, TRAVEL_MS);
}

/* Times of one's own: a multiple of everybody's, which COUNT answers move as far as they
 * outweigh ALIKE; the way alone has nothing of how fast somebody answers and leaves. */
static void test_own_times(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL);
    struct response_model_config usual;
    int64_t id = 0;
    add_crowd(learn, &id);
    for (int count = 1; count <= 10; count++) {
        add_came(learn, &id, SLOW, false, SLOWER);
        const double part = count / (count + ALIKE), way = TRAVEL_MS * pow(1.25, part),
                     late = 60000 * (pow(2, part) - 1), leaves = pow(1.5, part) - 1;
        struct learn_forecast day = forecast_of(learn, SLOW, 600, false),
                              night = forecast_of(learn, SLOW, 60, false);
        near(day.way_ms, way, 0.02 * way);
        near(day.travel_ms, way + late + 200000 * leaves, 0.02 * way);
        learn_response_config(learn, false, &usual);
        assert_int_equal(night.way_ms, day.way_ms);
        near(night.travel_ms, way + late + 1000 * usual.turnout_night_median_s * leaves,
             0.02 * way);
    }
    /* Of somebody new, of who never answered, and of exercises, nothing is known. */
    struct learn_row silent = row_of(++id, 88888, LEARN_SILENT);
    add(learn, &silent);
    assert_int_equal(forecast_of(learn, 88888, 600, false).travel_ms, TRAVEL_MS);
    assert_int_equal(forecast_of(learn, 99999, 600, false).travel_ms, TRAVEL_MS);
    assert_int_equal(forecast_of(learn, 99999, 600, false).way_ms, TRAVEL_MS);
    assert_int_equal(forecast_of(learn, SLOW, 600, true).way_ms, TRAVEL_MS);
    learn_free(learn);
}

/* A habit of before fades with the weeks, as everything of a person does. */
static void test_own_times_fade(void **state)
{
    (void)state;
    struct learn_config config;
    learn_config_default(&config);
    config.half_life_days = 70;
    config.context_half_life_days = 0;
    struct learn *learn = fresh(&config);
    int64_t id = 0;
    add_crowd(learn, &id);
    for (int i = 0; i < 10; i++)
        add_came(learn, &id, SLOW, false, SLOWER);
    struct learn_row row = row_of(++id, SLOW, LEARN_CAME);
    row.at_ms = START + 71 * DAY; /* ten weeks: half is left; and one as fast as all */
    row.mode = 1;
    row.travel_ms = TRAVEL_MS;
    row.took_ms = TRAVEL_MS;
    add(learn, &row);
    near(forecast_of(learn, SLOW, 600, false).way_ms,
         TRAVEL_MS * pow(1.25, 5 / (5 + 1 + ALIKE)), 0.02 * TRAVEL_MS);
    learn_free(learn);
}

/* Who said yes and did not come is expected less; of before, half after a half-life. */
static void test_who_comes(void **state)
{
    (void)state;
    struct learn_config config;
    learn_config_default(&config);
    config.half_life_days = 70;
    struct learn *learn = fresh(&config);
    int64_t id = 0;
    for (; id < 6; id++) {
        struct learn_row row = row_of(id + 1, 1, id < 4 ? LEARN_CAME : LEARN_NO_SHOW);
        add(learn, &row);
    }
    near(forecast_of(learn, 1, 600, false).comes, (17 + 4) / 26.0, 1e-9);
    struct learn_row row = row_of(++id, 1, LEARN_WITHDREW);
    row.at_ms = START + 71 * DAY;
    add(learn, &row);
    struct learn_history history = learn_history(learn, 1, false);
    near(history.came, 2, 1e-9);
    near(history.promised_to_come, 3 + 1, 1e-9);
    near(forecast_of(learn, 1, 600, false).comes, (17 + 2) / 24.0, 1e-9);
    near(forecast_of(learn, 2, 600, false).comes, 0.85, 1e-9);
    near(forecast_of(learn, 1, 600, true).comes, 0.85, 1e-9);
    learn_free(learn);
}

/* At first nobody is thought to say that they leave; what those who come do counts, the
 * more of them there were, and of thousands the last hundreds. */
static void test_who_says_that_they_leave(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL);
    struct response_model_config config;
    int64_t id = 0;
    learn_response_config(learn, false, &config);
    near(config.says_left, 0, 1e-12);
    for (; id < 30; id++) {
        struct learn_row row = row_of(id + 1, 1 + id, LEARN_CAME);
        row.took_ms = id % 3 == 0 ? 0 : 60000; /* 0: came without a word */
        add(learn, &row);
    }
    learn_response_config(learn, false, &config);
    near(config.says_left, 20 / 40.0, 1e-12);
    learn_response_config(learn, true, &config);
    near(config.says_left, 0, 1e-12); /* exercises apart */
    for (int i = 0; i < 1000; i++, id++) {
        struct learn_row row = row_of(id + 1, 1 + id % CROWD, LEARN_CAME);
        row.took_ms = 60000;
        add(learn, &row);
    }
    learn_response_config(learn, false, &config);
    assert_true(config.says_left > 0.93 && config.says_left < 1);
    for (int i = 0; i < 1000; i++, id++) { /* they do no longer */
        struct learn_row row = row_of(id + 1, 1 + id % CROWD, LEARN_CAME);
        row.took_ms = 0;
        add(learn, &row);
    }
    learn_response_config(learn, false, &config);
    assert_true(config.says_left < 0.07);
    learn_free(learn);
}

/* Of 400 people of whom sixty in a hundred come, somebody new is expected so too. */
static void test_how_many_come(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL);
    struct random_seeded random;
    random_seeded_init(&random, 22);
    for (int64_t id = 1; id <= 20 * CROWD; id++) {
        bool came = random_unit(&random.super) < 0.6;
        struct learn_row row =
            row_of(id, 1 + id % CROWD, came ? LEARN_CAME : LEARN_NO_SHOW);
        add(learn, &row);
    }
    struct response_model_config config;
    learn_response_config(learn, false, &config);
    near(config.comes, 0.6, 0.03);
    near(forecast_of(learn, 99999, 600, false).comes, config.comes, 1e-12);
    learn_response_config(learn, true, &config);
    near(config.comes, 0.85, 1e-9); /* exercises apart */
    learn_free(learn);
}

/* The hour, the weekend and the kind change how many say yes; somebody new is expected to
 * say it as often as the others do then. */
static void test_moments_of_all(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL);
    struct random_seeded random;
    random_seeded_init(&random, 23);
    static const double by_band[CONTEXT_BANDS] = {-1.8, -0.9, -0.7, -0.2};
    static const int32_t minutes[CONTEXT_BANDS] = {60, 600, 800, 1200};
    for (int64_t id = 1; id <= 60 * CROWD; id++) {
        const uint64_t band = random_below(&random.super, CONTEXT_BANDS),
                       kind = random_below(&random.super, 2);
        const double odds = exp(by_band[band] + (kind == 1 ? 0.5 : 0));
        bool yes = random_unit(&random.super) < odds / (1 + odds);
        struct learn_row row = row_of(id, 1 + id % CROWD, yes ? LEARN_YES : LEARN_NO);
        row.minute = minutes[band];
        row.kind = (uint8_t)kind;
        row.at_ms = START + id / CROWD * 30 * DAY + id; /* nobody is tired */
        row.callout_id = id;
        row.promised = 0;
        add(learn, &row);
    }
    for (int band = 0; band < CONTEXT_BANDS; band++)
        for (uint8_t kind = 0; kind < 2; kind++) {
            const double odds = exp(by_band[band] + (kind == 1 ? 0.5 : 0));
            struct learn_moment moment =
                moment_at(START + 61 * 30 * DAY, minutes[band], false);
            moment.kind = kind;
            near(learn_forecast(learn, &moment, 99999, 0, 360000).accept,
                 odds / (1 + odds), 0.025);
        }
    learn_free(learn);
}

/* ---- promised and come ---------------------------------------------------------------
 */

/* One answer a tenth of promises: counted where the promise lies, in its account. */
static void test_promises_by_tenths(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL);
    int64_t id = 0;
    for (int i = 0; i < LEARN_BINS; i++)
        for (int n = 0; n <= i; n++) { /* i + 1 of the tenth, every second a yes */
            struct learn_row row = row_of(++id, 1, n % 2 == 0 ? LEARN_YES : LEARN_NO);
            row.promised = (i + 0.5) / LEARN_BINS;
            add(learn, &row);
        }
    struct learn_row row = row_of(++id, 1, LEARN_YES); /* after all: counted before */
    row.before = LEARN_NO;
    add(learn, &row);
    row = row_of(++id, 2, LEARN_YES); /* promised nothing, or everything: no promise */
    row.promised = 0;
    add(learn, &row);
    row = row_of(++id, 2, LEARN_YES);
    row.promised = 1;
    add(learn, &row);
    const struct learn_bin *bins = learn_reliability(learn, false);
    for (int i = 0; i < LEARN_BINS; i++) {
        assert_true(bins[i].count == i + 1);
        assert_true(bins[i].yes == i / 2 + 1);
        assert_true(learn_reliability(learn, true)[i].count == 0);
    }
    learn_free(learn);
}

/* What was promised of somebody counts for as long as they were waited for: not at all if
 * they were stood down at once, by the chance of a yes until then later. */
static void test_promises_by_time(void **state)
{
    (void)state;
    struct response_model_config first;
    response_model_config_default(&first);
    const struct {
        double waited, done; /* in medians; share of the answers by then */
    } rows[] = {{0, 0}, {1, 0.5}, {1e4, 1}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct learn *learn = fresh(NULL);
        struct learn_row row = row_of(1, 1, LEARN_STOPPED);
        row.took_ms = (int64_t)(1000 * rows[i].waited * first.delay_median_s);
        row.promised = 0.35;
        add(learn, &row);
        const struct learn_bin *bin = &learn_reliability(learn, false)[3];
        assert_true(bin->count == 1 && bin->yes == 0);
        near(bin->promised, -log(1 - 0.35 * rows[i].done), 1e-6);
        learn_free(learn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_times),
        cmocka_unit_test(test_own_times_fade),
        cmocka_unit_test(test_who_comes),
        cmocka_unit_test(test_who_says_that_they_leave),
        cmocka_unit_test(test_how_many_come),
        cmocka_unit_test(test_moments_of_all),
        cmocka_unit_test(test_promises_by_tenths),
        cmocka_unit_test(test_promises_by_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
