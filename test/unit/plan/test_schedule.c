/* SPDX-License-Identifier: Apache-2.0 */
/* A time for each person against all schedules of a few people, each worked out from
 * every outcome: who says yes in which minute, and who is there in time. */
#include "fixture.h"

#include "base/random.h"
#include "plan/schedule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1795478400000)
#define PEOPLE 4
#define MINUTES 3
#define NEVER MINUTES
/* Yes in minute 0, 1, 2 after being asked, in time or not; later and in time; no yes. */
#define OUTCOMES (2 * MINUTES + 2)

#define MORE_MAX 12 /* asked after a yes */

struct crowd {
    const struct response_model *model;
    struct plan_candidate people[PEOPLE];
    double chance[PEOPLE][MINUTES][OUTCOMES]; /* [person][asked at] */
};

static struct response_model *model, *unsure; /* of whom one in two comes */

static int setup(void **state)
{
    (void)state;
    struct response_model_config config;
    response_model_config_default(&config);
    config.comes = .5;
    config.turnout_day_median_s = 20;
    config.delay_median_s = 40;
    if (response_model_new(&unsure, &config) != 0)
        return -1;
    config.comes = 1;
    return response_model_new(&model, &config);
}

static int teardown(void **state)
{
    (void)state;
    response_model_free(model);
    response_model_free(unsure);
    return 0;
}

static void fill_chances(struct crowd *crowd, int64_t left_ms)
{
    const struct response_model *response = crowd->model;
    double comes = response_model_get_config(response)->comes;
    for (uint32_t i = 0; i < PEOPLE; i++)
        for (int at = 0; at < MINUTES; at++) {
            const struct plan_candidate *one = &crowd->people[i];
            double *chance = crowd->chance[i][at], rest = 1;
            for (int j = 0; j <= MINUTES; j++) {
                double later[2], replied[2];
                for (int k = 0; k < 2; k++) {
                    later[k] =
                        response_model_late_in_time(response, false, left_ms - at * 60000,
                                                    one->travel_ms, (j + k) * 60000);
                    replied[k] = response_model_replied(response, (j + k) * 60000);
                }
                if (j == MINUTES) {
                    chance[2 * MINUTES] = one->p_accept * comes * later[0];
                    rest -= chance[2 * MINUTES];
                    break;
                }
                double yes = one->p_accept * (replied[1] - replied[0]);
                chance[2 * j] = one->p_accept * comes * (later[0] - later[1]);
                chance[2 * j + 1] = yes - chance[2 * j];
                rest -= yes;
            }
            chance[2 * MINUTES + 1] = rest;
        }
}

struct worth {
    double filled, alerts;
    /* P(the first yes comes in the minute), and that then nobody is there in time. */
    double yes[MINUTES], empty[MINUTES];
};

/* One outcome of everybody: who is asked, and is anybody there in time? */
static void play(const int *at, const uint32_t *outcome, double p, struct worth *worth)
{
    bool yes = false, filled = false, asked[PEOPLE] = {false};
    int k = 0;
    for (; k < MINUTES && !yes; k++) {
        for (uint32_t i = 0; i < PEOPLE; i++)
            if (at[i] == k) {
                asked[i] = true;
                worth->alerts += p;
            }
        for (uint32_t i = 0; i < PEOPLE; i++)
            yes |=
                asked[i] && outcome[i] < 2 * MINUTES && at[i] + (int)outcome[i] / 2 == k;
    }
    for (uint32_t i = 0; i < PEOPLE; i++)
        filled |= asked[i] && (outcome[i] == 2 * MINUTES ||
                               (outcome[i] < 2 * MINUTES && outcome[i] % 2 == 0));
    worth->filled += filled ? p : 0;
    if (yes) {
        worth->yes[k - 1] += p;
        worth->empty[k - 1] += filled ? 0 : p;
    }
}

static struct worth work_out(const struct crowd *crowd, const int *at)
{
    struct worth worth = {0};
    uint32_t outcome[PEOPLE] = {0};
    for (;;) {
        double p = 1;
        for (uint32_t i = 0; i < PEOPLE; i++) /* who is never asked has one outcome */
            p *= at[i] == NEVER ? outcome[i] == 0 : crowd->chance[i][at[i]][outcome[i]];
        if (p > 0)
            play(at, outcome, p, &worth);
        uint32_t i = 0;
        while (i < PEOPLE && ++outcome[i] == OUTCOMES)
            outcome[i++] = 0;
        if (i == PEOPLE)
            return worth;
    }
}

/* After the first yes as many more are asked at once as are worth PRICE, each like the
 * third of the crowd. */
static void ask_more(const struct crowd *crowd, int64_t left_ms, double price,
                     struct worth *worth)
{
    const struct plan_candidate *third = &crowd->people[PEOPLE / 2];
    for (int k = 0; k < MINUTES; k++) {
        const double q =
            third->p_accept * response_model_get_config(crowd->model)->comes *
            response_model_in_time(crowd->model, false, left_ms - (k + 1) * 60000,
                                   third->travel_ms);
        double most = 0, filled = 0, alerts = 0;
        for (int n = 1; n <= MORE_MAX; n++) {
            const double more = worth->empty[k] * (1 - pow(1 - q, n)),
                         asked = worth->yes[k] * n;
            if (price * more - asked <= most)
                continue;
            most = price * more - asked;
            filled = more;
            alerts = asked;
        }
        worth->filled += filled;
        worth->alerts += alerts;
    }
}

static void make_crowd(struct random *random, const struct response_model *response,
                       struct crowd *crowd)
{
    uint32_t travel_ms = 0;
    crowd->model = response;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        travel_ms += (uint32_t)random_below(random, 25000);
        crowd->people[i] = (struct plan_candidate){.id = i + 1,
                                                   .lines = 1,
                                                   .travel_ms = travel_ms,
                                                   .p_accept = .5,
                                                   .messages = 1};
    }
}

/* *RET_FIRST = a bit each of those who are asked now. */
static int schedule(const struct crowd *crowd, const struct plan_need *need,
                    const struct look_wish *wish, uint32_t *ret_first,
                    struct look_result *ret)
{
    struct planner planner = {0};
    struct work *work = &planner.works[0];
    const struct plan_input input = {.need = need,
                                     .response = crowd->model,
                                     .now_ms = NOW,
                                     .candidates = crowd->people,
                                     .candidate_count = PEOPLE};
    planner.input = &input;
    common_init(&planner.common, .5, 0, 1);
    assert_int_equal(people_pool(&input, work), 0);
    assert_int_equal(people_of_line(&planner, 0, work), 0);
    people_know(&planner, work, PEOPLE);
    assert_true(schedule_may(work));
    int status = schedule_plan(&planner, work, wish, ret);
    *ret_first = 0;
    for (uint32_t i = 0; status == 0 && i < ret->first; i++)
        *ret_first |= 1u << work->ranks[i].candidate;
    work_release(work);
    return status;
}

/* What is told of LOOK is so of a schedule that asks FIRST now. Returns how much less it
 * is worth than the best of all; adds to *MORE those who are asked after a yes. */
static double compare(const struct crowd *crowd, int64_t left_ms,
                      const struct look_result *look, uint32_t first, double *more)
{
    const double price = look->price;
    double mine = price * look->probability - look->first - look->expected, most = -1e9;
    bool is_one_of_them = false;
    for (int code = 0; code < 256; code++) {
        int at[PEOPLE];
        uint32_t now = 0, later = 0;
        for (int i = 0; i < PEOPLE; i++) {
            at[i] = code >> 2 * i & 3;
            now |= at[i] == 0 ? 1u << i : 0;
            later += at[i] != 0 && at[i] != NEVER;
        }
        struct worth worth = work_out(crowd, at);
        const double before = worth.alerts;
        ask_more(crowd, left_ms, price, &worth);
        double value = price * worth.filled - worth.alerts;
        most = value > most ? value : most;
        bool is_it = now == first && later == look->most &&
                     fabs(worth.filled - look->probability) < 1e-9 &&
                     fabs(worth.alerts - look->first - look->expected) < 1e-9;
        if (is_it && !is_one_of_them)
            *more += worth.alerts - before;
        is_one_of_them |= is_it;
    }
    if (!is_one_of_them || mine < most - 0.1)
        fail_msg("price %.2f: worth %.6f, the best %.6f", price, mine, most);
    return most - mine;
}

static void check_prices(const struct response_model *response, double price, double step,
                         double *ret_more)
{
    struct random_seeded random;
    uint32_t best_of_all = 0, rounds = 12;
    double lost = 0;
    *ret_more = 0;
    random_seeded_init(&random, 5);
    for (uint32_t round = 0; round < rounds; round++) {
        static struct crowd crowd;
        const struct plan_need need = {.line_count = 1,
                                       .counts = {1},
                                       .reserve = PLAN_RESERVE_AUTO,
                                       .target = .9,
                                       .deadline_ms = NOW + 179000};
        const struct look_wish wish = {.price = price + step * (round % 4),
                                       .one_wave = PEOPLE};
        struct look_result look;
        uint32_t first;
        make_crowd(&random.super, response, &crowd);
        fill_chances(&crowd, 179000);
        assert_int_equal(schedule(&crowd, &need, &wish, &first, &look), 0);
        double less = compare(&crowd, 179000, &look, first, ret_more);
        best_of_all += less < 1e-9;
        lost += less / rounds;
    }
    printf("%u of %u schedules are the best of all; %.4f alerts lost on average\n",
           best_of_all, rounds, lost);
    assert_true(best_of_all >= 1 && lost < 0.04);
}

static void test_against_all_schedules(void **state)
{
    (void)state;
    double more;
    check_prices(model, 2.5, 0.5, &more);
    assert_true(more == 0); /* one yes is enough */
    check_prices(unsure, 40, 20, &more);
    assert_true(more > 1); /* more are asked after it */
}

/* A target is reached or not at all. */
static void test_target_against_all_schedules(void **state)
{
    (void)state;
    double more = 0;
    static const double targets[] = {.3, .5, .7, .9999};
    struct random_seeded random;
    random_seeded_init(&random, 6);
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        static struct crowd crowd;
        const struct plan_need need = {.line_count = 1,
                                       .counts = {1},
                                       .reserve = PLAN_RESERVE_AUTO,
                                       .target = targets[i],
                                       .deadline_ms = NOW + 179000};
        const struct look_wish wish = {
            .target = targets[i], .one_wave = PEOPLE, .most = PEOPLE + 1};
        struct look_result look;
        uint32_t first;
        make_crowd(&random.super, model, &crowd);
        fill_chances(&crowd, 179000);
        int status = schedule(&crowd, &need, &wish, &first, &look);
        assert_int_equal(status, targets[i] < .9 ? ST_OK : ST_NOT_FOUND);
        if (status != ST_OK)
            continue;
        assert_true(look.probability >= targets[i] && look.price > 0);
        (void)compare(&crowd, 179000, &look, first, &more);
    }
}

/* Thirteen minutes and one in six who says yes: a fifth fewer alerts than two waves. */
static void test_more_waves_alert_fewer(void **state)
{
    (void)state;
    enum { TOWN = 200 };
    struct plan_candidate people[TOWN];
    for (uint32_t i = 0; i < TOWN; i++)
        people[i] = (struct plan_candidate){.id = i + 1,
                                            .lines = 1,
                                            .travel_ms = i * 2000,
                                            .p_accept = .17,
                                            .messages = 1};
    struct plan_need need = {.line_count = 1,
                             .counts = {1},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .95,
                             .deadline_ms = NOW + 780000};
    const struct plan_input input = {.need = &need,
                                     .response = model,
                                     .now_ms = NOW,
                                     .candidates = people,
                                     .candidate_count = TOWN};
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    printf("one in 13 min: %u now, %.2f expected, P %.4f; at once %u\n",
           plan.people_count, plan.expected_alerts, plan.probability, plan.at_once);
    assert_true(plan.target_reached && plan.expected_alerts < 0.65 * plan.at_once);
    assert_true(plan.later.after_ms >= 60000 && plan.price > 0);
    plan_release(&plan);
}

/* Those who were asked before are part of what is told: alone it is the chance that one
 * of them comes in time, and a plan that is made again at once tells what it told. */
static void test_who_was_asked_before_counts(void **state)
{
    (void)state;
    enum { TOWN = 100 };
    struct plan_candidate people[TOWN];
    struct plan_pending pending[TOWN];
    for (uint32_t i = 0; i < TOWN; i++) {
        people[i] = (struct plan_candidate){.id = i + 1,
                                            .lines = 1,
                                            .travel_ms = i * 2000,
                                            .p_accept = .3,
                                            .messages = 1};
        pending[i] = (struct plan_pending){
            .lines = 1, .travel_ms = i * 2000, .alerted_ms = NOW, .p_accept = .3};
    }
    struct plan_need need = {.line_count = 1,
                             .counts = {1},
                             .reserve = 99,
                             .target = .95,
                             .deadline_ms = NOW + 900000};
    struct plan_input input = {.need = &need,
                               .response = model,
                               .now_ms = NOW,
                               .candidates = people,
                               .candidate_count = TOWN,
                               .pending = pending};
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    const double told = plan.probability, price = plan.price;
    const uint32_t first = plan.people_count;
    assert_true(first >= 1 && plan.later.after_ms > 0 && price > 0);
    plan_release(&plan);
    input.price = price;
    input.pending_count = first;
    input.candidates += first;
    input.candidate_count -= first;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_int_equal(plan.people_count, 0);
    assert_true(fabs(plan.probability - told) < .005);
    plan_release(&plan);

    input.candidate_count = 0;
    input.price = 1000;
    double nobody = 1;
    for (uint32_t n = 1; n <= 6; n++) {
        const struct plan_pending *last = &pending[n - 1];
        nobody *= 1 - last->p_accept * people_comes_of(&input, 0) *
                          response_model_in_time(model, false, 900000, last->travel_ms);
        input.pending_count = n;
        assert_int_equal(plan_make(&input, &plan), 0);
        assert_true(fabs(plan.probability - (1 - nobody)) < 1e-6);
        plan_release(&plan);
    }
}

/* Where others say yes or no for a common cause, that tells of who has not been asked:
 * after ten refusals more are expected to be asked, after ten yeses fewer. */
static void test_what_others_answered_counts(void **state)
{
    (void)state;
    enum { TOWN = 100, ANSWERS = 10 };
    struct response_model *alike;
    struct plan_candidate people[TOWN];
    struct plan_answer answers[ANSWERS];
    double told[3];
    assert_int_equal(correlated_new(&alike, .03), 0);
    for (uint32_t i = 0; i < TOWN; i++)
        people[i] = (struct plan_candidate){
            .id = i + 1, .lines = 1, .p_accept = .2, .messages = 1};
    const struct plan_need need = {.line_count = 1,
                                   .counts = {1},
                                   .reserve = 99,
                                   .target = .9,
                                   .deadline_ms = NOW + 900000};
    for (int said = 0; said < 3; said++) { /* no, nothing, yes */
        for (uint32_t i = 0; i < ANSWERS; i++)
            answers[i] = (struct plan_answer){.p_accept = .2, .yes = said == 2};
        const struct plan_input input = {.need = &need,
                                         .response = alike,
                                         .now_ms = NOW,
                                         .candidates = people,
                                         .candidate_count = TOWN,
                                         .answers = answers,
                                         .answer_count = said == 1 ? 0 : ANSWERS};
        struct plan plan;
        assert_int_equal(plan_make(&input, &plan), 0);
        assert_true(plan.target_reached && plan.later.after_ms > 0);
        told[said] = plan.expected_alerts;
        plan_release(&plan);
    }
    printf("%.2f alerts after refusals, %.2f, %.2f after yeses\n", told[0], told[1],
           told[2]);
    assert_true(told[0] > 1.3 * told[1] && told[2] < .8 * told[1]);
    response_model_free(alike);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    struct plan_candidate people[30];
    for (uint32_t i = 0; i < 30; i++)
        people[i] = (struct plan_candidate){
            .id = i + 1, .lines = 1, .p_accept = .4, .messages = 1};
    const struct plan_need need = {.line_count = 1,
                                   .counts = {1},
                                   .reserve = PLAN_RESERVE_AUTO,
                                   .target = .95,
                                   .deadline_ms = NOW + 600000};
    struct plan_input input = {.need = &need,
                               .response = model,
                               .now_ms = NOW,
                               .candidates = people,
                               .candidate_count = 30};
    fail_every_allocation(&input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_all_schedules),
        cmocka_unit_test(test_target_against_all_schedules),
        cmocka_unit_test(test_more_waves_alert_fewer),
        cmocka_unit_test(test_who_was_asked_before_counts),
        cmocka_unit_test(test_what_others_answered_counts),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
