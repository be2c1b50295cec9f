/* SPDX-License-Identifier: Apache-2.0 */
/* The response model that learns: published figures, slow obvious versions, and what must
 * hold whatever people answer. */
#include "learned.h"

#include "base/mem.h"
#include "base/random.h"
#include "plan/context.h"
#include "plan/mixture.h"
#include "plan/prior.h"
#include "plan/sentence.h"

#include <math.h>
#include <string.h>

/* Nobody known: the configured figures to the last digits, whatever the moment. */
static void test_first_figures(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL);
    struct learn_forecast forecast;
    for (int32_t minute = 0; minute < 1440; minute += 60)
        for (int exercise = 0; exercise < 2; exercise++) {
            struct learn_moment moment = moment_at(START, minute, exercise == 1);
            moment.kind = (uint8_t)(minute / 60 % LEARN_KINDS_MAX);
            moment.weekend = minute % 120 == 0;
            forecast = learn_forecast(learn, &moment, 5, 0, (uint32_t)minute * 1000);
            near(forecast.accept, 0.287, 1e-14);
            near(forecast.comes, 0.85, 1e-14);
            assert_int_equal(forecast.travel_ms, minute * 1000);
        }
    struct response_model_config config, first;
    response_model_config_default(&first);
    learn_response_config(learn, false, &config);
    near(config.accept, first.accept, 1e-14);
    near(config.comes, first.comes, 1e-14);
    assert_true(config.delay_median_s == first.delay_median_s);
    assert_true(config.delay_sigma == first.delay_sigma);
    assert_true(config.turnout_sigma == first.turnout_sigma);
    assert_true(config.turnout_day_median_s == first.turnout_day_median_s);
    learn_free(learn);
}

/* The posterior on the nodes is the beta-binomial's: (alpha + y) / (alpha + beta + n), up
 * to the trapezoid rule's error, and that the highest level is a share of 0.96. */
static void test_is_beta_binomial(void **state)
{
    (void)state;
    struct learn_config config;
    learn_config_default(&config);
    config.fixed_context = true;
    config.half_life_days = 0;
    struct mixture mixture;
    mixture_init(&mixture, config.response.accept, config.peers);
    for (int asked = 1; asked <= 40; asked += 3)
        for (int yes = 0; yes <= asked; yes += 2) {
            float weight[MIXTURE_NODES];
            for (int i = 0; i < MIXTURE_NODES; i++) {
                double a = mixture_at(&mixture, i, -mixture.base[0], false);
                weight[i] =
                    (float)exp(yes * log(a) + (asked - yes) * log1p(-a) -
                               yes * log((yes + .5) / (asked + 1)) -
                               (asked - yes) * log((asked - yes + .5) / (asked + 1)));
            }
            double slope, exact = mixture_forecast(&mixture, weight, -mixture.base[0],
                                                   false, &slope);
            near(mixture_forecast(&mixture, weight, -mixture.base[0], false, NULL), exact,
                 1e-6);
            near(exact,
                 prior_share((struct prior_beta){0.287 * 4, 0.713 * 4},
                             (struct prior_count){yes, asked}),
                 0.015);
        }
}

/* ---- slow obvious versions ------------------------------------------------------------
 */

struct answer_of {
    int64_t person;
    enum learn_what what;
    int32_t minute;
};

/* With fixed effects of moments and prior the model is the exact posterior from the whole
 * history at once, in which an answer's likelihood counts by its age in weeks. */
static void check_refit(double half_life_days)
{
    const int64_t apart_ms = 70 * DAY; /* nobody is tired */
    const double keep = half_life_days > 0 ? exp2(-7 / half_life_days) : 1;
    struct learn_config config;
    learn_config_default(&config);
    config.fixed_context = true;
    config.half_life_days = half_life_days;
    config.context_half_life_days = 0;
    struct learn *learn = fresh(&config);
    struct random_seeded random;
    random_seeded_init(&random, 7);
    struct answer_of all[60]; /* fewer than a fit of the prior */
    for (int i = 0; i < (int)COUNT_OF(all); i++) {
        all[i].person = 1 + (int64_t)random_below(&random.super, 4);
        all[i].what = random_unit(&random.super) < 0.2 * (double)all[i].person ? LEARN_YES
                                                                               : LEARN_NO;
        all[i].minute = (int32_t)random_below(&random.super, 1440);
        struct learn_row row = row_of(i + 1, all[i].person, all[i].what);
        row.minute = all[i].minute;
        row.at_ms = START + i * apart_ms;
        add(learn, &row);
    }
    const int64_t late = START + 80 * apart_ms;
    learn_look(learn, late);
    struct mixture mixture;
    mixture_init(&mixture, 0.287, config.peers);
    for (int64_t person = 1; person <= 4; person++) {
        double all_mass = 0, day = 0, night = 0;
        for (int node = 0; node < MIXTURE_NODES; node++) {
            double mass = mixture.share[node];
            for (size_t i = 0; i < COUNT_OF(all); i++) {
                if (all[i].person != person)
                    continue;
                bool at_night = context_band(all[i].minute) == 0;
                double a = mixture_at(&mixture, node, 0, at_night);
                int64_t weeks =
                    late / (7 * DAY) - (START + (int64_t)i * apart_ms) / (7 * DAY);
                mass *=
                    pow(all[i].what == LEARN_YES ? a : 1 - a, pow(keep, (double)weeks));
            }
            all_mass += mass;
            day += mass * mixture_at(&mixture, node, 0, false);
            night += mass * mixture_at(&mixture, node, 0, true);
        }
        near(accept_of(learn, person, late, 600, false), day / all_mass, 2e-6);
        near(accept_of(learn, person, late, 60, false), night / all_mass, 2e-6);
    }
    learn_free(learn);
}

static void test_refit(void **state)
{
    (void)state;
    check_refit(0);
    check_refit(700);
}

/* The effects of moments, learned one answer at a time, against the maximum of the
 * penalised likelihood found by Newton over all answers at once. */
static void test_moments_against_newton(void **state)
{
    (void)state;
    enum { N = 4000 };
    struct context *context = mem_calloc(1, sizeof(*context));
    struct random_seeded random;
    random_seeded_init(&random, 11);
    context_init(context, 0);
    const double truth[CONTEXT_BANDS] = {-1.6, -0.6, -0.9, -0.3};
    double count[CONTEXT_BANDS] = {0}, yes[CONTEXT_BANDS] = {0};
    for (int i = 0; i < N; i++) {
        struct context_moment moment = {
            .band = (uint8_t)random_below(&random.super, CONTEXT_BANDS),
            .travel_ms = 360000};
        double eta = context_log_odds(context, &moment), p = 1 / (1 + exp(-eta));
        bool said = random_unit(&random.super) < 1 / (1 + exp(-truth[moment.band]));
        count[moment.band]++;
        yes[moment.band] += said;
        context_learn(context, &moment, said - p, p * (1 - p), START);
    }
    /* Unknowns: one for all and kind 0 (0.3 each), four cells (0.35). */
    double one = 0, cell[CONTEXT_BANDS] = {0};
    const double variance_one = 0.09 + 0.09, variance_cell = 0.35 * 0.35;
    for (int round = 0; round < 2000; round++) {
        double gradient = -one / variance_one, curve = 1 / variance_one;
        for (int b = 0; b < CONTEXT_BANDS; b++) {
            double p = 1 / (1 + exp(-one - cell[b]));
            gradient += yes[b] - count[b] * p;
            curve += count[b] * p * (1 - p);
            double g = yes[b] - count[b] * p - cell[b] / variance_cell;
            cell[b] += g / (count[b] * p * (1 - p) + 1 / variance_cell);
        }
        one += gradient / curve / 2;
    }
    for (int b = 0; b < CONTEXT_BANDS; b++) {
        struct context_moment moment = {.band = (uint8_t)b, .travel_ms = 360000};
        near(context_log_odds(context, &moment), one + cell[b], 0.03);
    }
    mem_free(context);
}

/* ---- the prior learned from all -------------------------------------------------------
 */

/* Many people with thetas of a Beta; the incremental EM finds it as the batch does. */
static void test_prior_is_learned(void **state)
{
    (void)state;
    enum { PEOPLE = 400, ASKED = 25 };
    struct learn_config config;
    learn_config_default(&config);
    config.fixed_context = true;
    config.half_life_days = config.context_half_life_days = 0;
    struct learn *learn = fresh(&config);
    struct random_seeded random;
    random_seeded_init(&random, 3);
    static struct prior_count counts[PEOPLE];
    static double theta[PEOPLE];
    for (int i = 0; i < PEOPLE; i++) {
        /* Beta(2, 4) as the second smallest of five uniform numbers. */
        double u[5];
        for (int k = 0; k < 5; k++)
            u[k] = random_unit(&random.super);
        for (int k = 1; k < 5; k++)
            for (int m = k; m > 0 && u[m] < u[m - 1]; m--) {
                double t = u[m];
                u[m] = u[m - 1];
                u[m - 1] = t;
            }
        theta[i] = u[1];
        counts[i] = (struct prior_count){0};
    }
    for (int round = 0, id = 0; round < ASKED; round++)
        for (int i = 0; i < PEOPLE; i++) {
            bool yes = random_unit(&random.super) < theta[i];
            struct learn_row row = row_of(++id, i + 1, yes ? LEARN_YES : LEARN_NO);
            row.at_ms = START + round * 100 * DAY;
            add(learn, &row);
            counts[i].asked++;
            counts[i].yes += yes;
        }
    struct prior_beta batch;
    assert_int_equal(prior_fit(counts, PEOPLE, 0, &batch, NULL), ST_OK);
    struct learn_crowd crowd = learn_crowd(learn, false);
    struct mixture mixture;
    mixture_init(&mixture, 0.287, config.peers);
    /* The levels stand `base` above the shares of the first mean. */
    double got = crowd.alpha / (crowd.alpha + crowd.beta);
    got = 1 / (1 + exp(-log(got / (1 - got)) - mixture.base[0]));
    near(got, batch.alpha / (batch.alpha + batch.beta), 0.01);
    near(crowd.alpha + crowd.beta, batch.alpha + batch.beta,
         0.12 * (batch.alpha + batch.beta));
    struct response_model_config response; /* and so is the crowd a plan is made with */
    learn_response_config(learn, false, &response);
    near(response.accept, batch.alpha / (batch.alpha + batch.beta), 0.02);
    /* Somebody new is expected to be like the others, not like the default. */
    near(accept_of(learn, 99999, START + 9000 * DAY, 600, false),
         batch.alpha / (batch.alpha + batch.beta), 0.02);
    learn_free(learn);
}

/* ---- what must hold
 * -------------------------------------------------------------------- */

static struct learn_row random_row(struct random *random, int64_t id)
{
    struct learn_row row = row_of(id, 1 + (int64_t)random_below(random, 50),
                                  (enum learn_what)random_below(random, LEARN_FORGET));
    row.exercise = random_below(random, 4) == 0;
    row.weekend = random_below(random, 3) == 0;
    row.minute = (int32_t)random_below(random, 1440);
    row.kind = (uint8_t)random_below(random, LEARN_KINDS_MAX);
    row.mode = (uint8_t)random_below(random, 3);
    row.took_ms = (int64_t)random_below(random, 600000);
    row.travel_ms = (uint32_t)random_below(random, 7200000);
    row.at_ms = START + id * (int64_t)random_below(random, 20000000);
    row.promised = random_unit(random);
    if (row.what == LEARN_YES && random_below(random, 5) == 0) {
        row.before = random_below(random, 2) == 0 ? LEARN_SILENT : LEARN_NO;
        row.before_ms = 300000;
    }
    return row;
}

static bool same_forecast(struct learn_forecast a, struct learn_forecast b)
{
    return a.accept == b.accept && a.comes == b.comes && a.travel_ms == b.travel_ms;
}

/* The same rows give the same model to the bit, whatever was looked at in between; and
 * every forecast is a probability. */
static void test_same_rows_same_model(void **state)
{
    (void)state;
    struct learn *one = fresh(NULL), *two = fresh(NULL);
    struct random_seeded random;
    random_seeded_init(&random, 5);
    for (int64_t id = 1; id <= 3000; id++) {
        struct learn_row row = random_row(&random.super, id);
        add(one, &row);
        add(two, &row);
        if (id % 100 == 0)
            learn_look(two, row.at_ms + (int64_t)random_below(&random.super, 900) * DAY);
    }
    assert_true(learn_version(one) == learn_version(two));
    int64_t late = START + 90000 * DAY;
    learn_look(one, late);
    learn_look(two, late);
    for (int64_t person = 1; person <= 60; person++)
        for (int k = 0; k < 4; k++) {
            struct learn_moment moment = moment_at(late, k * 300, k % 2 == 1);
            struct learn_forecast a = learn_forecast(one, &moment, person, 1, 300000);
            struct learn_forecast b = learn_forecast(two, &moment, person, 1, 300000);
            assert_true(same_forecast(a, b));
            assert_true(a.accept > 0 && a.accept < 1 && a.comes > 0 && a.comes < 1);
        }
    struct response_model_config config;
    struct response_model *model;
    for (int i = 0; i < 2; i++) {
        learn_response_config(one, i == 1, &config);
        assert_int_equal(response_model_new(&model, &config), ST_OK);
        response_model_free(model);
    }
    learn_free(one);
    learn_free(two);
}

/* A yes more raises, a no more lowers; a silence lowers less than a no. */
static void test_directions(void **state)
{
    (void)state;
    struct learn_config config;
    learn_config_default(&config);
    config.fixed_context = true;
    const enum learn_what order[] = {LEARN_NO, LEARN_SILENT, LEARN_STOPPED, LEARN_YES};
    double last = 0;
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        struct learn *learn = fresh(&config);
        struct learn_row row = row_of(1, 1, order[i]);
        row.took_ms = order[i] == LEARN_STOPPED ? 5000 : 120000;
        add(learn, &row);
        double p = accept_of(learn, 1, START + 300 * DAY, 600, false);
        assert_true(p > last);
        last = p;
        learn_free(learn);
    }
    assert_true(last > 0.287);
}

/* A yes after a silence counts as a yes alone. */
static void test_later_yes(void **state)
{
    (void)state;
    struct learn_config config;
    learn_config_default(&config);
    config.fixed_context = true;
    struct learn *one = fresh(&config), *two = fresh(&config);
    struct learn_row silent = row_of(1, 1, LEARN_SILENT), yes = row_of(2, 1, LEARN_YES);
    silent.took_ms = 300000;
    yes.took_ms = 400000;
    add(two, &yes);
    add(one, &silent);
    yes.before = LEARN_SILENT;
    yes.before_ms = 300000;
    add(one, &yes);
    near(accept_of(one, 1, START + 300 * DAY, 600, false),
         accept_of(two, 1, START + 300 * DAY, 600, false), 1e-6);
    struct learn_history history = learn_history(one, 1, false);
    assert_int_equal(history.asked, 1);
    assert_int_equal(history.yes, 1);
    learn_free(one);
    learn_free(two);
}

/* What is old counts less, and at last nothing. */
static void test_forgetting(void **state)
{
    (void)state;
    struct learn_config config;
    learn_config_default(&config);
    config.fixed_context = true;
    struct learn *learn = fresh(&config);
    for (int64_t id = 1; id <= 10; id++) {
        struct learn_row row = row_of(id, 1, LEARN_YES);
        add(learn, &row);
    }
    double last = 1;
    for (int days = 30; days < 4000; days *= 2) {
        learn_look(learn, START + days * DAY);
        double p = accept_of(learn, 1, START + days * DAY, 600, false);
        assert_true(p < last);
        last = p;
    }
    near(last, 0.287, 0.01);
    learn_free(learn);
}

/* How many of those who will not come say so: 6 of 10 here, and later nobody. */
static void test_declines(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL);
    struct response_model_config config;
    learn_response_config(learn, false, &config);
    assert_true(config.declines == 0);
    int64_t id = 1;
    for (; id <= 1000; id++) {
        enum learn_what what = id % 4 == 0   ? LEARN_YES
                               : id % 10 < 6 ? LEARN_NO
                                             : LEARN_SILENT;
        struct learn_row row = row_of(id, 1 + id % 300, what);
        row.took_ms = what == LEARN_SILENT ? 300000 : 30000 << id % 3;
        row.at_ms = START + id * DAY / 8;
        add(learn, &row);
    }
    learn_response_config(learn, false, &config);
    near(config.declines, 0.6, 0.03);
    learn_response_config(learn, true, &config);
    assert_true(config.declines == 0); /* exercises are counted apart */
    for (; id <= 20000; id++) {
        struct learn_row row = row_of(id, 1 + id % 300, LEARN_SILENT);
        row.took_ms = 300000;
        row.at_ms = START + id * DAY / 8;
        add(learn, &row);
    }
    learn_response_config(learn, false, &config);
    near(config.declines, 0, 0.06);
    learn_free(learn);
}

/* Exercises and what is real are two accounts: an exercise moves no figure of the actual
 * crowd, and evidence about a person crosses by the one shift only. */
static void test_exercises_apart(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL), *untouched = fresh(NULL);
    struct random_seeded random;
    random_seeded_init(&random, 9);
    for (int64_t id = 1; id <= 2000; id++) { /* in exercises most say yes */
        bool yes = random_unit(&random.super) < 0.8;
        struct learn_row row = row_of(id, 1 + id % 100, yes ? LEARN_YES : LEARN_NO);
        row.exercise = true;
        row.at_ms = START + id * DAY / 4;
        add(learn, &row);
    }
    int64_t now = START + 600 * DAY;
    struct learn_crowd a = learn_crowd(learn, false), b = learn_crowd(untouched, false);
    assert_true(a.alpha == b.alpha && a.beta == b.beta && a.night == b.night);
    assert_true(a.correlation == b.correlation);
    struct response_model_config mine, first;
    learn_response_config(learn, false, &mine);
    learn_response_config(untouched, false, &first);
    assert_memory_equal(&mine, &first, sizeof(mine));
    assert_true(a.exercise_shift > 1.0); /* learned, labelled */
    near(accept_of(learn, 5000, now, 600, false), 0.287, 1e-12);
    near(accept_of(learn, 5000, now, 600, true), 0.8, 0.06);
    assert_int_equal(learn_history(learn, 7, false).asked, 0);
    assert_true(learn_history(learn, 7, true).asked > 0);
    /* Somebody who always refuses exercises is expected to refuse more often. */
    for (int64_t id = 2001; id <= 2010; id++) {
        struct learn_row row = row_of(id, 777, LEARN_NO);
        row.exercise = true;
        row.at_ms = now;
        add(learn, &row);
    }
    assert_true(accept_of(learn, 777, now + 100 * DAY, 600, false) < 0.2);
    learn_free(learn);
    learn_free(untouched);
}

/* Somebody who comes by night and not by day; somebody just alerted; who never comes. */
static void test_habits(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL);
    int64_t id = 0;
    for (int i = 0; i < 12; i++) {
        struct learn_row day = row_of(++id, 1, LEARN_NO),
                         night = row_of(++id, 1, LEARN_YES);
        day.at_ms = START + i * 10 * DAY;
        night.minute = 60;
        night.at_ms = day.at_ms + DAY / 2;
        add(learn, &day);
        add(learn, &night);
        struct learn_row gone = row_of(++id, 1, LEARN_NO_SHOW);
        gone.at_ms = night.at_ms;
        add(learn, &gone);
    }
    struct learn_row last = row_of(++id, 1, LEARN_NO);
    last.at_ms = START + 120 * DAY;
    add(learn, &last);
    int64_t now = START + 200 * DAY;
    assert_true(accept_of(learn, 1, now, 60, false) >
                accept_of(learn, 1, now, 600, false) + 0.2);
    struct learn_moment moment = moment_at(now, 60, false);
    assert_true(learn_forecast(learn, &moment, 1, 0, 60000).comes < 0.75);
    assert_int_equal(learn_forecast(learn, &moment, 1, 0, 60000).asked, 13 + 12);
    assert_int_equal(learn_forecast(learn, &moment, 2, 0, 60000).asked, 0);
    struct learn_history history = learn_history(learn, 1, false);
    assert_int_equal(history.asked, 25);
    assert_int_equal(history.asked_night, 12);
    assert_int_equal(history.yes_night, 12);
    learn_free(learn);
}

/* Who was just alerted says yes less likely, and recovers. */
static void test_tired(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL);
    struct learn_row row = row_of(1, 1, LEARN_SILENT);
    add(learn, &row);
    double last = 0;
    for (int64_t wait = DAY / 24; wait < 20 * DAY; wait *= 2) {
        double p = accept_of(learn, 1, row.at_ms + wait, 600, false);
        assert_true(p > last);
        last = p;
    }
    learn_free(learn);
}

/* ---- the sentence
 * ------------------------------------------------------------------------ */

static void test_sentence(void **state)
{
    (void)state;
    static const struct {
        struct learn_history history;
        struct sentence_moment moment;
        const char *en, *zh;
    } rows[] = {
        {{.asked = 22, .yes = 9, .asked_night = 10, .yes_night = 4},
         {1, false, 360000},
         "said yes to 4 of 10 alerts at night, 6 min away",
         "夜间提醒 10 次答应 4 次，路程 6 分钟"},
        {{.asked = 22, .yes = 9, .asked_night = 10, .yes_night = 4},
         {0, false, 29000},
         "said yes to 5 of 12 alerts by day, 1 min away",
         "白天提醒 12 次答应 5 次，路程 1 分钟"},
        {{.asked = 5, .yes = 2, .asked_night = 2, .yes_night = 2},
         {1, false, -1},
         "said yes to 2 of 5 alerts",
         "提醒 5 次答应 2 次"},
        {{.asked = 1, .yes = 1},
         {SENTENCE_NOW_NONE, true, -1},
         "in exercises said yes to 1 of 1 alert",
         "演练中提醒 1 次答应 1 次"},
        {{.asked = 4, .yes = 4, .came = 3, .promised_to_come = 4},
         {SENTENCE_NOW_NONE, false, 600000},
         "said yes to 4 of 4 alerts, came 75 % of the times, 10 min away",
         "提醒 4 次答应 4 次，答应后到场 75%，路程 10 分钟"},
        {{0},
         {1, false, 60000},
         "not alerted yet, 1 min away",
         "还没有提醒过，路程 1 分钟"},
        {{0}, {1, true, -1}, "not alerted in an exercise yet", "演练中还没有提醒过"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int language = 0; language < SENTENCE_LANGUAGE_COUNT; language++) {
            struct text text;
            text_init(&text, 1024);
            sentence_append(&rows[i].history, &rows[i].moment,
                            (enum sentence_language)language, &text);
            assert_string_equal(text_string(&text),
                                language == SENTENCE_EN ? rows[i].en : rows[i].zh);
            text_release(&text);
        }
}

/* With everything at its greatest. */
static struct learn_row last_row(void)
{
    struct learn_row row = row_of(1, 1, LEARN_YES);
    row.before = LEARN_SILENT;
    row.took_ms = row.before_ms = LEARN_TOOK_MS_MAX;
    row.minute = 1439;
    row.kind = LEARN_KINDS_MAX - 1;
    row.mode = 2;
    row.wave = LEARN_WAVES_MAX;
    row.promised = 1.0;
    row.at_ms = 7 * DAY * ((int64_t)INT32_MAX + 1) - 1;
    return row;
}

static void test_refused_rows(void **state)
{
    (void)state;
    struct learn *learn = fresh(NULL);
    struct diag diag;
    const char *const fields[] = {
        "id",   "person_id", "what",     "before",   "took_ms", "minute", "kind",
        "mode", "wave",      "promised", "promised", "at_ms",   "at_ms",  "before_ms"};
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct learn_row row = last_row();
        row.id = i == 0 ? 0 : 1;
        row.person_id = i == 1 ? 0 : 1;
        row.what = i == 2 ? (enum learn_what)(LEARN_WHAT_COUNT) : LEARN_YES;
        row.before = i == 3 ? LEARN_CAME : LEARN_SILENT;
        row.took_ms += i == 4;
        row.minute += i == 5;
        row.kind += i == 6;
        row.mode += i == 7;
        row.wave = i == 8 ? -1 : row.wave;
        row.promised = i == 9 ? NAN : i == 10 ? 1.05 : row.promised;
        row.at_ms = i == 11 ? -1 : i == 12 ? row.at_ms + 1 : row.at_ms;
        row.before_ms += i == 13;
        uint64_t before = learn_version(learn);
        assert_int_equal(learn_add(learn, &row, &diag), ST_INVALID);
        assert_string_equal(diag.where, fields[i]);
        assert_true(learn_version(learn) == before && learn_rows(learn) == 0);
    }
    struct learn_row last = last_row();
    add(learn, &last);
    struct learn_row forget = row_of(2, 1, LEARN_FORGET);
    assert_int_equal(learn_add(learn, &forget, &diag), ST_STALE);
    learn_free(learn);
}

static void test_refused_figures(void **state)
{
    (void)state;
    static const double bad[] = {-1, 1e6, NAN};
    struct learn_config config;
    struct response_model_config *response = &config.response;
    const struct {
        const char *name;
        double *value;
    } figures[] = {{"accept", &response->accept},
                   {"comes", &response->comes},
                   {"declines", &response->declines},
                   {"says_left", &response->says_left},
                   {"correlation", &response->correlation},
                   {"peers", &config.peers},
                   {"half_life_days", &config.half_life_days},
                   {"context_half_life_days", &config.context_half_life_days},
                   {"delay_median_s", &response->delay_median_s},
                   {"delay_sigma", &response->delay_sigma},
                   {"turnout_day_median_s", &response->turnout_day_median_s},
                   {"turnout_night_median_s", &response->turnout_night_median_s},
                   {"turnout_sigma", &response->turnout_sigma}};
    for (size_t i = 0; i < COUNT_OF(figures); i++)
        for (size_t k = 0; k < COUNT_OF(bad); k++) {
            struct learn *learn;
            struct diag diag;
            learn_config_default(&config);
            *figures[i].value = bad[k];
            assert_int_equal(learn_new(&learn, &config, &diag), ST_INVALID);
            assert_string_equal(diag.where, figures[i].name);
        }
}

static void test_no_memory(void **state)
{
    (void)state;
    struct learn_config config;
    learn_config_default(&config);
    for (uint64_t n = 1;; n++) {
        struct learn *learn = NULL;
        mem_fail_at(n);
        int status = learn_new(&learn, &config, NULL);
        struct learn_row row = row_of(1, 1, LEARN_YES);
        if (status == ST_OK)
            status = learn_add(learn, &row, NULL);
        mem_fail_at(0);
        learn_free(learn);
        if (status == ST_OK)
            break;
        assert_int_equal(status, ST_NO_MEMORY);
        assert_true(n < 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_figures),
        cmocka_unit_test(test_is_beta_binomial),
        cmocka_unit_test(test_refit),
        cmocka_unit_test(test_moments_against_newton),
        cmocka_unit_test(test_prior_is_learned),
        cmocka_unit_test(test_same_rows_same_model),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_later_yes),
        cmocka_unit_test(test_forgetting),
        cmocka_unit_test(test_declines),
        cmocka_unit_test(test_exercises_apart),
        cmocka_unit_test(test_habits),
        cmocka_unit_test(test_tired),
        cmocka_unit_test(test_sentence),
        cmocka_unit_test(test_refused_rows),
        cmocka_unit_test(test_refused_figures),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
