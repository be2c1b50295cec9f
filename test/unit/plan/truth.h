/* SPDX-License-Identifier: Apache-2.0 */
/* People who answer by a process that the model does not have: levels that are no Beta, a
 * smooth day and not bands, tiredness with its own recovery, a common shock of the log
 * odds in each call-out, own habits in every time. For the calibration of what plans
 * promise (test_calibration.c, bench/bench_learn.c). */
#ifndef MUSTER_TEST_TRUTH_H
#define MUSTER_TEST_TRUTH_H

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/learn.h"
#include "plan/plan.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define TRUTH_PEOPLE 3000
#define TRUTH_NEAR 60 /* candidates of one call-out */
#define TRUTH_BINS 12
#define TRUTH_TARGET_BIN 8 /* from 0.95 on */
#define TRUTH_MINUTE INT64_C(60000)
#define TRUTH_DAY INT64_C(86400000)

struct truth_person {
    double level, night, comes, delay_s, turnout_s, speed;
    double tired; /* counts alerts, fading by exp(-age / 2 days) */
    int64_t tired_ms;
    uint8_t mode;
};

struct truth {
    struct random_seeded random;
    struct truth_person people[TRUTH_PEOPLE];
    double shock; /* sigma of the common one */
    struct learn *learn;
    struct response_model *model;
    int64_t now_ms, row_id, callout_id;
};

/* Promised against observed. */
struct truth_bins {
    double count[TRUTH_BINS], promised[TRUTH_BINS], met[TRUTH_BINS];
    double plans, alerts, target_reached;
};

static inline double truth_normal(struct truth *truth)
{
    return random_normal(&truth->random.super);
}

static inline double truth_unit(struct truth *truth)
{
    return random_unit(&truth->random.super);
}

static inline double truth_logistic(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static inline void truth_init(struct truth *truth, uint64_t seed, double shock)
{
    memset(truth, 0, sizeof(*truth));
    random_seeded_init(&truth->random, seed);
    truth->shock = shock;
    truth->now_ms = 20000 * TRUTH_DAY;
    for (int i = 0; i < TRUTH_PEOPLE; i++) {
        struct truth_person *person = &truth->people[i];
        double kind = truth_unit(truth);
        person->level = kind < 0.7   ? -1.2 + 0.9 * truth_normal(truth)
                        : kind < 0.9 ? 0.3 + 0.5 * truth_normal(truth)
                                     : -3.5 + 0.5 * truth_normal(truth);
        person->night = -0.5 + 0.6 * truth_normal(truth);
        person->comes = truth_logistic(1.5 + 0.8 * truth_normal(truth));
        person->delay_s = 50.0 * exp(0.3 * truth_normal(truth));
        person->turnout_s = 130.0 * exp(0.3 * truth_normal(truth));
        person->speed = 1.15 * exp(0.15 * truth_normal(truth));
        person->mode = (uint8_t)random_below(&truth->random.super, 3);
    }
    struct learn_config config;
    learn_config_default(&config);
    struct response_model_config first;
    int status = learn_new(&truth->learn, &config, NULL);
    assert(status == ST_OK);
    learn_response_config(truth->learn, false, &first);
    status = response_model_new(&truth->model, &first);
    assert(status == ST_OK);
    (void)status;
}

static inline void truth_release(struct truth *truth)
{
    learn_free(truth->learn);
    response_model_free(truth->model);
}

static inline double truth_tired(struct truth_person *person, int64_t now_ms)
{
    double days = (double)(now_ms - person->tired_ms) / (double)TRUTH_DAY;
    return person->tired_ms == 0 ? 0.0 : person->tired * exp(-days / 2.0);
}

struct truth_moment {
    int32_t minute;
    bool weekend;
    uint8_t kind;
    double shock;
};

static inline double truth_accept(struct truth *truth, int64_t index,
                                  const struct truth_moment *moment, double travel_s)
{
    static const double kinds[] = {0, 0.3, -0.3, 0.5, -0.2, 0.1};
    struct truth_person *person = &truth->people[index];
    double hour = moment->minute / 60.0;
    double dark = 0.5 + 0.5 * cos(2 * M_PI * (hour - 2.0) / 24.0);
    return truth_logistic(
        person->level + person->night * dark +
        0.4 * cos(2 * M_PI * (hour - 19.0) / 24.0) + 0.3 * moment->weekend +
        kinds[moment->kind] - 0.03 * (travel_s - 360.0) / 60.0 -
        0.6 * fmin(truth_tired(person, truth->now_ms), 4.0) + moment->shock);
}

static inline void truth_tell(struct truth *truth, struct learn_row row,
                              enum learn_what what, int64_t took_ms)
{
    row.id = ++truth->row_id;
    row.what = what;
    row.took_ms = took_ms;
    row.before = (enum learn_what)LEARN_NOTHING;
    int status = learn_add(truth->learn, &row, NULL);
    assert(status == ST_OK);
    (void)status;
}

/* What one alerted person does; true if on scene by the deadline. The model is told what
 * a server would see. */
static inline bool truth_answer(struct truth *truth, const struct truth_moment *moment,
                                int64_t index, uint32_t travel_ms, double promised,
                                int64_t left_ms)
{
    struct truth_person *person = &truth->people[index];
    double accept = truth_accept(truth, index, moment, travel_ms / 1000.0);
    double delay = person->delay_s * exp(0.6 * truth_normal(truth));
    double turnout = person->turnout_s * exp(0.5 * truth_normal(truth));
    double travel = travel_ms / 1000.0 * person->speed * exp(0.15 * truth_normal(truth));
    struct learn_row row = {.person_id = index + 1,
                            .callout_id = truth->callout_id,
                            .wave = 1,
                            .weekend = moment->weekend,
                            .kind = moment->kind,
                            .mode = person->mode,
                            .minute = moment->minute,
                            .at_ms = truth->now_ms,
                            .travel_ms = travel_ms,
                            .promised = promised};
    bool yes = truth_unit(truth) < accept, comes = truth_unit(truth) < person->comes;
    bool silent = truth_unit(truth) < 0.6;
    person->tired = truth_tired(person, truth->now_ms) + 1.0;
    person->tired_ms = truth->now_ms;
    if (!yes || delay > 300.0) {
        truth_tell(truth, row, yes || silent ? LEARN_SILENT : LEARN_NO,
                   yes || silent ? 300000 : (int64_t)(1000.0 * delay));
        return false;
    }
    truth_tell(truth, row, LEARN_YES, (int64_t)(1000.0 * delay));
    if (!comes) {
        truth_tell(truth, row, truth_unit(truth) < 0.5 ? LEARN_WITHDREW : LEARN_NO_SHOW,
                   0);
        return false;
    }
    truth_tell(truth, row, LEARN_LEFT, (int64_t)(1000.0 * turnout));
    truth_tell(truth, row, LEARN_CAME, (int64_t)(1000.0 * travel));
    return 1000.0 * (delay + turnout + travel) <= (double)left_ms;
}

static inline void truth_learn_model(struct truth *truth)
{
    struct response_model_config config;
    struct response_model *model;
    learn_response_config(truth->learn, false, &config);
    int status = response_model_like(&model, truth->model, &config);
    assert(status == ST_OK);
    (void)status;
    response_model_free(truth->model);
    truth->model = model;
}

static inline void truth_candidates(struct truth *truth,
                                    const struct truth_moment *moment,
                                    struct plan_candidate *ret, uint32_t *ret_raw_ms)
{
    struct learn_moment at = {.now_ms = truth->now_ms,
                              .minute = moment->minute,
                              .weekend = moment->weekend,
                              .kind = moment->kind};
    uint64_t first = random_below(&truth->random.super, TRUTH_PEOPLE);
    learn_look(truth->learn, truth->now_ms);
    for (uint32_t i = 0; i < TRUTH_NEAR; i++) {
        int64_t index = (int64_t)((first + 37 * (uint64_t)i) % TRUTH_PEOPLE);
        ret_raw_ms[i] = 60000 + (uint32_t)random_below(&truth->random.super, 840000);
        struct learn_forecast forecast = learn_forecast(
            truth->learn, &at, index + 1, truth->people[index].mode, ret_raw_ms[i]);
        ret[i] = (struct plan_candidate){.id = index,
                                         .lines = 1,
                                         .travel_ms = forecast.travel_ms,
                                         .p_accept = forecast.accept,
                                         .comes = forecast.comes,
                                         .messages = 1};
    }
}

/* One call-out, planned as the server would in one wave, and what came of it. */
static inline void truth_call_out(struct truth *truth, struct truth_bins *bins)
{
    truth->now_ms += 20 * TRUTH_MINUTE +
                     (int64_t)random_below(&truth->random.super, 30 * TRUTH_MINUTE);
    truth->callout_id++;
    int64_t day = truth->now_ms / TRUTH_DAY;
    struct truth_moment moment = {.minute =
                                      (int32_t)(truth->now_ms % TRUTH_DAY / TRUTH_MINUTE),
                                  .weekend = day % 7 >= 5,
                                  .kind = (uint8_t)random_below(&truth->random.super, 6),
                                  .shock = truth->shock * truth_normal(truth)};
    struct plan_candidate candidates[TRUTH_NEAR];
    uint32_t raw_ms[TRUTH_NEAR];
    truth_candidates(truth, &moment, candidates, raw_ms);
    int64_t left_ms =
        (18 + (int64_t)random_below(&truth->random.super, 12)) * TRUTH_MINUTE;
    struct plan_need need = {
        .line_count = 1,
        .counts = {1 + (uint32_t)random_below(&truth->random.super, 3)},
        .reserve = PLAN_RESERVE_AUTO,
        .target = 0.95,
        .deadline_ms = truth->now_ms + left_ms};
    struct plan_input input = {.need = &need,
                               .response = truth->model,
                               .now_ms = truth->now_ms,
                               .night =
                                   response_model_is_night(truth->model, moment.minute),
                               .policy = PLAN_POLICY_ONE_WAVE,
                               .candidate_count = TRUTH_NEAR,
                               .candidates = candidates};
    struct plan plan;
    int status = plan_make(&input, &plan);
    assert(status == ST_OK);
    (void)status;
    uint32_t there = 0;
    for (uint32_t i = 0; i < plan.people_count; i++) {
        uint32_t c = plan.people[i].candidate;
        there += truth_answer(truth, &moment, candidates[c].id, raw_ms[c],
                              plan.people[i].p_accept, left_ms);
    }
    bins->plans++;
    bins->alerts += plan.people_count;
    bins->target_reached += plan.target_reached;
    /* Bin 0 is below 0.5, the last from 0.96 on; those of the target lie in one. */
    static const double borders[TRUTH_BINS] = {0,   0.5,  0.6,  0.7,  0.8,  0.85,
                                               0.9, 0.93, 0.95, 0.96, 0.97, 0.98};
    int bin = TRUTH_BINS - 1;
    while (plan.probability < borders[bin])
        bin--;
    bins->count[bin]++;
    bins->promised[bin] += plan.probability;
    bins->met[bin] += there >= need.counts[0];
    plan_release(&plan);
    truth_learn_model(truth);
}

#endif
