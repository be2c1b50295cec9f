/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of one wave against their definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/plan.h"
#include "plan/tail.h"
#include "test/unit/plan/response.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1795478400000)

/* ---- plans
 * ------------------------------------------------------------------------------------ */

static struct plan_candidate *make_people(uint32_t count, uint32_t step_ms)
{
    struct plan_candidate *people = mem_calloc(count, sizeof(*people));
    assert_non_null(people);
    for (uint32_t i = 0; i < count; i++)
        people[i] = (struct plan_candidate){.id = 1000 + i,
                                            .lines = 1,
                                            .travel_ms = i * step_ms,
                                            .p_accept = .287,
                                            .messages = 1};
    return people;
}

static struct plan_input input_for(const struct plan_need *need,
                                   const struct plan_candidate *people, uint32_t count)
{
    return (struct plan_input){.need = need,
                               .response = response,
                               .now_ms = NOW,
                               .policy = PLAN_POLICY_ONE_WAVE,
                               .candidates = people,
                               .candidate_count = count};
}

static double tail_of(const struct plan *plan, uint32_t count, uint32_t k)
{
    double q[5000], ret;
    for (uint32_t i = 0; i < count; i++)
        q[i] = plan->people[i].p_accept * 0.85 * plan->people[i].p_in_time;
    assert_int_equal(tail_exact(q, count, k, &ret), 0);
    return ret;
}

static void test_shortest_prefix(void **state)
{
    (void)state;
    for (uint32_t k = 1; k <= 40; k += 3) {
        struct plan_candidate *people = make_people(2000, 1000);
        struct plan_need need = {.line_count = 1,
                                 .counts = {k},
                                 .reserve = PLAN_RESERVE_AUTO,
                                 .target = .95,
                                 .deadline_ms = NOW + 1200000};
        struct plan_input input = input_for(&need, people, 2000);
        struct plan plan;
        assert_int_equal(plan_make(&input, &plan), 0);
        assert_true(plan.target_reached && plan.probability >= .95);
        assert_true(fabs(plan.probability - tail_of(&plan, plan.people_count, k)) <
                    1e-12);
        assert_true(tail_of(&plan, plan.people_count - 1, k) < .95);
        assert_int_equal(plan.lines[0].alerts, plan.people_count);
        assert_true(plan.lines[0].seats > k);
        assert_true(plan.next_due_ms > NOW);
        assert_true(plan.expected_alerts == plan.people_count);
        bool found = false;
        for (uint32_t i = 0; i < plan.curve_count; i++) {
            found |= plan.curve[i].alerts == plan.people_count &&
                     plan.curve[i].probability == plan.probability;
            if (i > 0)
                assert_true(plan.curve[i].alerts > plan.curve[i - 1].alerts &&
                            plan.curve[i].probability >= plan.curve[i - 1].probability);
        }
        assert_true(found);
        plan_release(&plan);
        mem_free(people);
    }
}

static void test_seats_do_not_suffice(void **state)
{
    (void)state;
    struct plan_candidate *people = make_people(200, 100);
    struct plan_need need = {.line_count = 1,
                             .counts = {1},
                             .reserve = 0,
                             .target = .95,
                             .deadline_ms = NOW + 3600000};
    struct plan_input input = input_for(&need, people, 200);
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_false(plan.target_reached);
    assert_int_equal(plan.people_count, 9); /* 1 - .713^9 = .952 */
    assert_true(plan.probability < .85 && plan.probability > .78);
    plan_release(&plan);
    need.reserve = 5;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.target_reached);
    assert_int_equal(plan.lines[0].seats, 6);
    plan_release(&plan);
    /* Nobody can be in time: as many as would say yes, not the whole town. */
    need.reserve = PLAN_RESERVE_AUTO;
    need.deadline_ms = NOW;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_false(plan.target_reached);
    assert_true(plan.probability == 0.0);
    assert_int_equal(plan.people_count, 15); /* two seats at 0.287: 15 */
    plan_release(&plan);
    mem_free(people);
}

static void test_too_few_people(void **state)
{
    (void)state;
    struct plan_candidate *people = make_people(6, 1000);
    struct plan_limited limited[] = {{.id = 71, .ready_ms = NOW + 600000},
                                     {.id = 72, .ready_ms = NOW + 60000}};
    struct plan_need need = {.line_count = 1,
                             .counts = {10},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .95,
                             .deadline_ms = NOW + 3600000};
    struct plan_input input = input_for(&need, people, 6);
    input.limited = limited;
    input.limited_count = 2;
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_false(plan.target_reached);
    assert_int_equal(plan.people_count, 6);
    assert_int_equal(plan.lines[0].available, 6);
    assert_int_equal(plan.ask_limited_count, 2);
    assert_int_equal(plan.ask_limited[0], 72);
    plan_release(&plan);
    mem_free(people);
}

static void test_order_and_force(void **state)
{
    (void)state;
    struct plan_candidate *people = make_people(300, 1000);
    people[250].first = true;
    people[299].forced = true;
    people[298].forced = true;
    struct plan_need need = {.line_count = 1,
                             .counts = {1},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .5,
                             .deadline_ms = NOW + 3600000};
    struct plan_input input = input_for(&need, people, 300);
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.people_count >= 3);
    assert_int_equal(plan.people[0].candidate, 298);
    assert_int_equal(plan.people[1].candidate, 299);
    assert_int_equal(plan.people[1].reason, PLAN_REASON_FORCED);
    assert_int_equal(plan.people[2].candidate, 250);
    assert_int_equal(plan.people[2].reason, PLAN_REASON_FIRST);
    plan_release(&plan);
    need.target = 0.0001; /* already with the first: the forced ones are alerted anyway */
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_int_equal(plan.people_count, 2);
    plan_release(&plan);
    mem_free(people);
}

/* Out of reach: the most is that of everybody with a seat for each, whatever seats the
 * plan chose; and the change says when the target would be reached. */
static void test_most_and_change(void **state)
{
    (void)state;
    struct plan_candidate *people = make_people(300, 2000);
    struct plan_need need = {.line_count = 1,
                             .counts = {3},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .95,
                             .deadline_ms = NOW + 150000};
    struct plan_input input = input_for(&need, people, 300);
    struct plan plan;
    double q[300], most;
    input.compare = true;
    for (uint32_t i = 0; i < 300; i++)
        q[i] = .287 * .85 * response_model_in_time(response, false, 150000, i * 2000);
    assert_int_equal(tail_exact(q, 300, 3, &most), 0);
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(!plan.target_reached && plan.probability < plan.most);
    assert_true(fabs(plan.most - most) < 1e-9);
    assert_true(plan.change.later_ms > 0 && plan.change.reaches &&
                plan.change.probability >= .95);
    char why[128];
    plan_why_not_certain(&plan, why, sizeof why);
    assert_non_null(strstr(why, "cannot be promised; the most these people can reach"));
    plan_release(&plan);
    need.deadline_ms = NOW + 1000; /* nobody is in time; half an hour would do for one */
    need.target = .999999;
    need.counts[0] = 60;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.most < PLAN_HOPE_MIN && !plan.target_reached);
    assert_true(plan.change.later_ms > 0 && !plan.change.reaches &&
                plan.change.probability >= .5);
    plan_release(&plan);
    need.target = .95;
    need.counts[0] = 3;
    need.deadline_ms = NOW + 270000; /* reached: fewer people with more time */
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.target_reached && plan.change.later_ms > 0 && !plan.change.reaches &&
                plan.change.alerts < plan.expected_alerts);
    plan_release(&plan);
    mem_free(people);
}

/* NaN and figures that are no probability. */
/* With much time waiting costs no alert; still somebody is asked at once. */
static void begins_at_once(uint32_t count, uint32_t minutes, double correlation)
{
    struct response_model *alike;
    struct response_model_config config;
    struct plan_candidate *people = make_people(200, 1000);
    struct plan_need need = {.line_count = 1,
                             .counts = {count},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .95,
                             .deadline_ms = NOW + minutes * 60000};
    struct plan_input input = input_for(&need, people, 200);
    struct plan plan;
    response_model_config_default(&config);
    config.correlation = correlation;
    assert_int_equal(response_model_new(&alike, &config), 0);
    input.response = alike;
    input.policy = PLAN_POLICY_WAVES;
    for (uint32_t i = 0; i < 200; i++) {
        people[i].travel_ms += 30000;
        people[i].p_accept = i < 2 ? .545 : .395 - i * 1e-5;
    }
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.people_count > 0);
    assert_true(plan.target_reached && plan.later.chance > 0);
    plan_release(&plan);
    mem_free(people);
    response_model_free(alike);
}

static void test_nobody_waits_for_nothing(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 3; count++)
        for (uint32_t minutes = 20; minutes <= 90; minutes += 5)
            for (int i = 0; i < 3; i++)
                begins_at_once(count, minutes, i * .02);
}

static void test_bad_probabilities(void **state)
{
    (void)state;
    static const double BAD[] = {-.1, 1.1, NAN, INFINITY};
    struct plan_candidate *people = make_people(5, 0);
    struct plan_need need = {.line_count = 1,
                             .counts = {1},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .5,
                             .deadline_ms = NOW + 3600000};
    struct plan_input input = input_for(&need, people, 5);
    struct plan plan;
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        people[3].p_accept = BAD[i];
        assert_int_equal(plan_make(&input, &plan), ST_INVALID);
        people[3].p_accept = .3;
        people[3].comes = BAD[i];
        assert_int_equal(plan_make(&input, &plan), ST_INVALID);
        people[3].comes = 0;
        need.target = BAD[i];
        assert_int_equal(plan_make(&input, &plan), ST_INVALID);
        need.target = .5;
    }
    input.candidate_count = 0; /* nobody: no error, and nobody is promised */
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(!plan.target_reached && plan.probability == 0.0 &&
                plan.people_count == 0);
    plan_release(&plan);
    mem_free(people);
}

/* The rested in place of the much alerted, some places for the hardly known, and at most
 * one alert more for it; the tail stays. */
static void test_fair(void **state)
{
    (void)state;
    struct plan_candidate *people = make_people(400, 100);
    struct plan_need need = {.line_count = 1,
                             .counts = {6},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .95,
                             .deadline_ms = NOW + 3600000};
    struct plan_input input = input_for(&need, people, 400);
    struct plan best, plan;
    for (uint32_t i = 0; i < 400; i++)
        people[i].answers = i % 10 == 9 ? 0 : 20;
    for (uint32_t i = 0; i < 400; i++)
        people[i].answers = i < 60 ? 20 : people[i].answers;
    assert_int_equal(plan_make(&input, &best), 0);
    double burden[2] = {0};
    uint32_t rested = 0, unknown = 0;
    for (uint32_t i = 0; i < 10; i++)
        people[i * 3].burden = 2;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.people_count <= best.people_count + 1 && plan.target_reached);
    for (uint32_t i = 0; i < best.people_count; i++)
        burden[0] += people[best.people[i].candidate].burden;
    for (uint32_t i = 0; i < plan.people_count; i++) {
        burden[1] += people[plan.people[i].candidate].burden;
        rested += plan.people[i].reason == PLAN_REASON_RESTED;
        unknown += plan.people[i].reason == PLAN_REASON_EXPLORE;
    }
    assert_true(burden[1] < burden[0] && rested > 0 && unknown > 0);
    assert_int_equal(plan.spared_count, rested + unknown);
    assert_true(tail_of(&plan, plan.people_count, 6) >= .95);
    plan_release(&best);
    plan_release(&plan);
    mem_free(people);
}

static double binomial(uint32_t n, double p, uint32_t k)
{
    double ret = 1;
    for (uint32_t i = 0; i < k; i++)
        ret *= (double)(n - i) / (i + 1) * p;
    return ret * pow(1 - p, n - k);
}

/* N people say yes with A; of them the first FREE come with B: at least K. */
static double seated_tail(uint32_t n, double a, uint32_t free, double b, uint32_t k)
{
    double ret = 0;
    for (uint32_t yes = 0; yes <= n; yes++)
        for (uint32_t there = k; there <= (yes < free ? yes : free); there++)
            ret += binomial(n, a, yes) * binomial(yes < free ? yes : free, b, there);
    return ret;
}

/* Everybody answers by themselves. */
static struct response_model *alone_new(void)
{
    struct response_model_config config;
    struct response_model *ret;
    response_model_config_default(&config);
    config.correlation = 0;
    assert_int_equal(response_model_new(&ret, &config), 0);
    return ret;
}

/* Once somebody was asked the seats that the plan gives are counted in what it tells:
 * who says yes behind them is late. They come as it is known of each. */
static void test_seats_are_told(void **state)
{
    (void)state;
    struct response_model *alone = alone_new();
    struct plan_candidate *people = make_people(50, 1000);
    struct plan_pending pending[20];
    for (uint32_t lines = 1; lines <= 2; lines++) {
        struct plan_need need = {.line_count = lines,
                                 .counts = {1, 1},
                                 .reserve = PLAN_RESERVE_AUTO,
                                 .target = .8,
                                 .deadline_ms = NOW + 3600000};
        struct plan_input input = input_for(&need, people, 50);
        input.response = alone;
        input.policy = PLAN_POLICY_WAVES;
        input.price = 5;
        input.pending = pending;
        input.pending_count = 10 * lines;
        for (uint32_t i = 0; i < input.pending_count; i++)
            pending[i] = (struct plan_pending){.line = i / 10,
                                               .lines = 1u << i / 10,
                                               .travel_ms = 60000,
                                               .alerted_ms = NOW,
                                               .reach = PLAN_READ,
                                               .p_accept = .4,
                                               .comes = .6};
        struct plan plan;
        assert_int_equal(plan_make(&input, &plan), 0);
        assert_int_equal(plan.people_count, 0);
        const double b = .6 * response_model_in_time(alone, false, 3600000, 60000);
        double plain = 1, told = 1;
        for (uint32_t line = 0; line < lines; line++) {
            const uint32_t seats = plan.lines[line].seats;
            assert_true(seats < 10);
            plain *= seated_tail(10, .4, 10, b, 1);
            told *= seated_tail(10, .4, seats, b, 1);
        }
        assert_true(told < plain - .005);
        assert_true(plan.target_reached && plan.probability >= .8);
        /* Several lines: the sum of what each loses is no less than what all lose. */
        assert_true(plan.probability <= told + 1e-9);
        assert_true(plan.probability >= told - (lines > 1 ? 1e-2 : 1e-9));
        plan_release(&plan);
    }
    mem_free(people);
    response_model_free(alone);
}

static void test_lines(void **state)
{
    (void)state;
    struct plan_candidate *people = make_people(400, 1000);
    for (uint32_t i = 0; i < 400; i++)
        people[i].lines = i % 10 == 0 ? 3 : 1; /* every tenth may serve the second */
    struct plan_need need = {.line_count = 2,
                             .counts = {5, 2},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .9,
                             .deadline_ms = NOW + 3600000};
    struct plan_input input = input_for(&need, people, 400);
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.target_reached && plan.probability >= .9 - 1e-12);
    /* Matching helps beyond each line's own people. */
    assert_true(plan.probability >=
                plan.lines[0].probability * plan.lines[1].probability - 1e-12);
    char seen[400] = {0};
    for (uint32_t i = 0; i < plan.people_count; i++) {
        const struct plan_person *person = &plan.people[i];
        assert_true((people[person->candidate].lines >> person->line & 1) != 0);
        assert_int_equal(seen[person->candidate]++, 0);
        if (people[person->candidate].lines == 3)
            assert_int_equal(person->reason, person->line == 1 ? PLAN_REASON_SCARCE
                                                               : PLAN_REASON_SEVERAL);
    }
    plan_release(&plan);
    mem_free(people);
}

static double q_of(const struct plan_candidate *people, uint32_t i)
{
    double in_time = response_model_in_time(response, false, 600000, people[i].travel_ms);
    return people[i].p_accept *
           (people[i].comes > 0 ? people[i].comes
                                : response_model_get_config(response)->comes) *
           in_time;
}

static bool goes_before(const struct plan_candidate *people, uint32_t a, uint32_t b)
{
    int ga = people[a].forced ? 0 : people[a].first ? 1 : 2;
    int gb = people[b].forced ? 0 : people[b].first ? 1 : 2;
    double qa = q_of(people, a), qb = q_of(people, b);
    if (ga != gb)
        return ga < gb;
    if (qa != qb)
        return qa > qb;
    if (people[a].travel_ms != people[b].travel_ms)
        return people[a].travel_ms < people[b].travel_ms;
    return people[a].id < people[b].id;
}

/* The best of any number of people who come in any order, against asking each of them
 * how many go before. */
static void test_order_of_many(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 31);
    for (uint32_t round = 0; round < 40; round++) {
        uint32_t count = 20 + (uint32_t)random_below(&random.super, 1500);
        struct plan_candidate *people = make_people(count, 0);
        for (uint32_t i = 0; i < count; i++) {
            people[i].id = (int64_t)((i * 7919u) % 100003u) + 1;
            people[i].travel_ms = 1000 * (uint32_t)random_below(&random.super, 300);
            people[i].p_accept = round % 2 != 0 ? .287 : random_unit(&random.super);
            people[i].comes = round % 4 != 0 ? 0 : 1;
            people[i].forced = random_below(&random.super, 200) == 0;
            people[i].first = random_below(&random.super, 100) == 0;
        }
        struct plan_need need = {.line_count = 1,
                                 .counts = {1 + round % 7},
                                 .reserve = PLAN_RESERVE_AUTO,
                                 .target = .95,
                                 .deadline_ms = NOW + 600000};
        struct plan_input input = input_for(&need, people, count);
        struct plan plan;
        assert_int_equal(plan_make(&input, &plan), 0);
        for (uint32_t i = 0; i < plan.people_count; i++) {
            uint32_t before = 0, who = plan.people[i].candidate;
            for (uint32_t k = 0; k < count; k++)
                before += goes_before(people, k, who);
            if (before != i)
                fail_msg("round %u: place %u has one who is %u", round, i, before);
        }
        plan_release(&plan);
        mem_free(people);
    }
}

/* Nobody accepts and the time runs out: who could hardly be in time is asked first of
 * all, as there is nobody else, but not again and again (decision 0059). */
static void test_no_more_who_come_too_late(void **state)
{
    (void)state;
    struct plan_candidate *people = make_people(500, 1000);
    struct plan_need need = {.line_count = 1,
                             .counts = {3},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .95,
                             .deadline_ms = NOW + 720000};
    struct plan_answer answers[12];
    struct plan plan;
    for (uint32_t lines = 1; lines <= 2; lines++) {
        struct plan_input input = input_for(&need, people, 500);
        need.line_count = lines;
        need.counts[1] = 1;
        for (uint32_t i = 0; i < 500; i++) {
            people[i].lines = (1u << lines) - 1;
            people[i].travel_ms = 3600000; /* an hour away */
        }
        assert_int_equal(plan_make(&input, &plan), 0);
        assert_true(plan.people_count > 10 && !plan.target_reached);
        plan_release(&plan);
        for (uint32_t i = 0; i < 12; i++)
            answers[i] = (struct plan_answer){.p_accept = .287};
        input.answers = answers;
        input.answer_count = 12;
        people[7].travel_ms = 60000;
        people[9].first = true; /* who said yes before is asked however far */
        assert_int_equal(plan_make(&input, &plan), 0);
        assert_int_equal(plan.people_count, 2);
        plan_release(&plan);
        people[9].first = false;
    }
    mem_free(people);
}

/* Where the target is out of reach and a call-out goes on by its price, seats cost no
 * alert: there are as many as bring anything, and no more. */
static void test_seats_that_bring_something(void **state)
{
    (void)state;
    struct response_model *alone = alone_new();
    struct plan_need need = {.line_count = 1,
                             .counts = {1},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .97,
                             .deadline_ms = NOW + 3600000};
    struct plan_input input = input_for(&need, NULL, 0);
    struct plan_pending pending[10];
    for (uint32_t i = 0; i < 10; i++)
        pending[i] = (struct plan_pending){.lines = 1,
                                           .travel_ms = 60000,
                                           .alerted_ms = NOW,
                                           .reach = PLAN_READ,
                                           .p_accept = .4,
                                           .comes = .6};
    input.response = alone;
    input.policy = PLAN_POLICY_WAVES;
    input.price = 20;
    input.pending = pending;
    input.pending_count = 10;
    const double b = .6 * response_model_in_time(alone, false, 3600000, 60000);
    const double all = seated_tail(10, .4, 10, b, 1);
    assert_true(all < need.target);
    uint32_t wanted = 1;
    while (seated_tail(10, .4, wanted, b, 1) < all - .002)
        wanted++;
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_int_equal(plan.lines[0].seats, wanted);
    plan_release(&plan);
    response_model_free(alone);
}

/* P that one of N comes in time, each with q. */
static double one_of(double q, uint32_t n)
{
    return 1 - pow(1 - q, n);
}

/* A price is what one more certain success is worth in alerts: where nobody can be asked
 * later, as many are asked as are worth it, which may be nobody; and the first plan finds
 * a price for which its own number is the best. */
static void test_price_of_one_wave(void **state)
{
    (void)state;
    struct response_model *alone = alone_new();
    struct plan_candidate *people = make_people(100, 0);
    struct plan_need need = {.line_count = 1,
                             .counts = {1},
                             .reserve = 99,
                             .target = .9,
                             .deadline_ms = NOW + 150000};
    struct plan_input input = input_for(&need, people, 100);
    input.response = alone;
    input.policy = PLAN_POLICY_WAVES;
    struct plan plan;
    for (double price = 0.5; price < 100; price *= 1.1) {
        uint32_t best = 0;
        input.price = price;
        assert_int_equal(plan_make(&input, &plan), 0);
        const double q = .287 * .85 * response_model_in_time(alone, false, 150000, 0);
        for (uint32_t n = 1; n <= 100; n++)
            if (price * one_of(q, n) - n > price * one_of(q, best) - best)
                best = n;
        assert_int_equal(plan.people_count, best);
        plan_release(&plan);
    }
    mem_free(people);
    response_model_free(alone);
}

/* Topping up: as many stay open or accepted as the first wave had. */
static void top_up_with(int32_t reserve)
{
    struct plan_candidate *people = make_people(300, 1000);
    struct plan_need need = {.line_count = 1,
                             .counts = {2},
                             .reserve = reserve,
                             .target = .95,
                             .deadline_ms = NOW + 3600000};
    struct plan_input input = input_for(&need, people, 300);
    struct plan plan;
    input.policy = PLAN_POLICY_TOP_UP;
    assert_int_equal(plan_make(&input, &plan), 0);
    const uint32_t first = plan.people_count;
    assert_true(first >= 15 && plan.later.after_ms == 0); /* all at once */
    assert_true(plan.price == 0);
    plan_release(&plan);
    struct plan_pending pending[64];
    struct plan_answer answers[64];
    input.first_wave = first;
    input.candidates = people + first;
    input.candidate_count = 300 - first;
    input.pending = pending;
    input.answers = answers;
    input.now_ms = NOW + 120000;
    for (uint32_t gone = 0; gone <= 4; gone++) { /* refused, or silent for too long */
        input.pending_count = first - gone;
        input.answer_count = gone;
        for (uint32_t i = 0; i < first; i++)
            pending[i] = (struct plan_pending){.alerted_ms = NOW, .p_accept = .287};
        for (uint32_t i = 0; i < gone; i++)
            answers[i] = (struct plan_answer){.p_accept = .287};
        assert_int_equal(plan_make(&input, &plan), 0);
        assert_int_equal(plan.people_count, gone);
        plan_release(&plan);
    }
    /* A yes holds its place: nobody takes it. */
    const struct plan_holder holder = {.count = 1, .accepted_ms = NOW + 60000};
    input.holders = &holder;
    input.holder_count = 1;
    input.pending_count = first - 3;
    input.answer_count = 2;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_int_equal(plan.people_count, 2);
    plan_release(&plan);
    mem_free(people);
}

static void test_top_up(void **state)
{
    (void)state;
    top_up_with(PLAN_RESERVE_AUTO);
    top_up_with(0); /* out of reach: so many that the seats are filled */
}

static void test_limits(void **state)
{
    (void)state;
    struct plan_candidate *people = make_people(1, 0);
    struct plan plan;
    const struct plan_need GOOD = {.line_count = 8,
                                   .counts = {5000, 1, 1, 1, 1, 1, 1, 1},
                                   .reserve = PLAN_COUNT_MAX,
                                   .target = .95,
                                   .deadline_ms = NOW + 1};
    struct plan_need need = GOOD;
    struct plan_input input = input_for(&need, people, 1);
    assert_int_equal(plan_make(&input, &plan), 0);
    plan_release(&plan);
    need.line_count = 9;
    assert_int_equal(plan_make(&input, &plan), ST_INVALID);
    need = GOOD;
    need.counts[0] = 5001;
    assert_int_equal(plan_make(&input, &plan), ST_INVALID);
    need.counts[0] = 0;
    assert_int_equal(plan_make(&input, &plan), ST_INVALID);
    need = GOOD;
    need.target = 1;
    assert_int_equal(plan_make(&input, &plan), ST_INVALID);
    need = GOOD;
    need.reserve = -2;
    assert_int_equal(plan_make(&input, &plan), ST_INVALID);
    mem_free(people);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    struct plan_candidate *people = make_people(50, 1000);
    struct plan_need need = {.line_count = 1,
                             .counts = {3},
                             .reserve = 1,
                             .target = .95,
                             .deadline_ms = NOW + 3600000};
    struct plan_input input = input_for(&need, people, 50);
    int status = ST_NO_MEMORY;
    for (uint64_t n = 1; status != 0; n++) {
        struct plan plan;
        assert_true(n < 1000);
        mem_fail_at(n);
        status = plan_make(&input, &plan);
        mem_fail_at(0);
        assert_true(status == 0 || status == ST_NO_MEMORY);
        plan_release(&plan);
    }
    mem_free(people);
}

/* Not a figure, only a bound that a mistake of order would break. */
static void test_large(void **state)
{
    (void)state;
    struct plan_candidate *people = make_people(30000, 20);
    struct plan_need need = {.line_count = 1,
                             .counts = {5000},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .95,
                             .deadline_ms = NOW + 7200000};
    struct plan_input input = input_for(&need, people, 30000);
    struct plan plan;
    for (int round = 0; round < 2; round++) {
        int64_t start = clock_mono_us(clock_system());
        assert_int_equal(plan_make(&input, &plan), 0);
        int64_t us = clock_mono_us(clock_system()) - start;
        printf("k 5,000 of 30,000, %s: %u alerts, %u seats, %.4f, %.1f ms\n",
               round ? "fixed" : "auto", plan.people_count, plan.lines[0].seats,
               plan.probability, (double)us / 1000);
        assert_true(plan.target_reached && us < 20000000);
        plan_release(&plan);
        need.reserve = 1000;
    }
    need.counts[0] = 50;
    need.reserve = PLAN_RESERVE_AUTO;
    input.candidate_count = 10000;
    int64_t start = clock_mono_us(clock_system());
    assert_int_equal(plan_make(&input, &plan), 0);
    printf("k 50 of 10,000: %u alerts, %.3f ms\n", plan.people_count,
           (double)(clock_mono_us(clock_system()) - start) / 1000);
    plan_release(&plan);
    mem_free(people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shortest_prefix),
        cmocka_unit_test(test_seats_do_not_suffice),
        cmocka_unit_test(test_too_few_people),
        cmocka_unit_test(test_order_and_force),
        cmocka_unit_test(test_most_and_change),
        cmocka_unit_test(test_nobody_waits_for_nothing),
        cmocka_unit_test(test_bad_probabilities),
        cmocka_unit_test(test_fair),
        cmocka_unit_test(test_seats_are_told),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_order_of_many),
        cmocka_unit_test(test_no_more_who_come_too_late),
        cmocka_unit_test(test_seats_that_bring_something),
        cmocka_unit_test(test_price_of_one_wave),
        cmocka_unit_test(test_top_up),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
