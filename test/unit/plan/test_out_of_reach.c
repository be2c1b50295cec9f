/* SPDX-License-Identifier: Apache-2.0 */
/* Targets out of reach (decision 0079) against their definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/plan.h"
#include "plan/tail.h"
#include "test/unit/plan/response.h"

#include <math.h>

#define NOW INT64_C(1795478400000)
#define PEOPLE 60
#define TARGET 0.95

static struct plan_candidate people[PEOPLE];
static struct plan_need need;

/* Everybody 25 s farther away than the one before; LINES lines, the first of which half
 * of them are able for. */
static void make_need(uint32_t lines, uint32_t count, int32_t reserve, int64_t minutes)
{
    for (uint32_t i = 0; i < PEOPLE; i++)
        people[i] = (struct plan_candidate){.id = 1000 + i,
                                            .lines = lines == 1 || i % 2 == 0 ? 1 : 0,
                                            .travel_ms = i * 25000,
                                            .p_accept = .287,
                                            .messages = 1};
    for (uint32_t i = 0; i < PEOPLE && lines == 2; i++)
        people[i].lines |= 2;
    need = (struct plan_need){.line_count = lines,
                              .counts = {count, count},
                              .reserve = reserve,
                              .target = TARGET,
                              .deadline_ms = NOW + minutes * 60000};
}

static struct plan plan_of(enum plan_policy policy)
{
    const struct plan_input input = {.need = &need,
                                     .response = response,
                                     .now_ms = NOW,
                                     .policy = policy,
                                     .candidates = people,
                                     .candidate_count = PEOPLE};
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    return plan;
}

/* P if exactly the N nearest are asked. */
static double with_nearest(uint32_t n)
{
    for (uint32_t i = 0; i < PEOPLE; i++) {
        people[i].forced = i < n;
        people[i].lines = i < n ? people[i].lines : 0;
    }
    struct plan plan = plan_of(PLAN_POLICY_ONE_WAVE);
    const double p = plan.probability;
    assert_int_equal(plan.people_count, n);
    plan_release(&plan);
    return p;
}

/* The most that a number of the nearest reach. */
static double most_of(uint32_t lines, uint32_t count, int32_t reserve, int64_t minutes)
{
    double most = 0.0;
    for (uint32_t n = PEOPLE; n > 0; n--) {
        make_need(lines, count, reserve, minutes);
        const double p = with_nearest(n);
        most = p > most ? p : most;
    }
    return most;
}

/* One line, seats as needed: the fewest who reach 0.95 of what all of them could. */
static void test_share_of_the_most(void **state)
{
    (void)state;
    uint32_t hopeful = 0, hopeless = 0;
    for (uint32_t count = 1; count <= 6; count++)
        for (int64_t minutes = 4; minutes <= 12; minutes += 2) {
            double q[PEOPLE], most, p, fewer;
            make_need(1, count, PLAN_RESERVE_AUTO, minutes);
            for (uint32_t i = 0; i < PEOPLE; i++)
                q[i] =
                    .287 * .85 *
                    response_model_in_time(response, false, minutes * 60000, i * 25000);
            assert_int_equal(tail_exact(q, PEOPLE, count, &most), 0);
            struct plan plan = plan_of(PLAN_POLICY_ONE_WAVE);
            assert_true(plan.target_reached == (most >= TARGET));
            assert_true(plan.lines[0].short_of_people == (most < TARGET));
            if (most >= PLAN_HOPE_MIN && most < TARGET) {
                assert_int_equal(tail_exact(q, plan.people_count, count, &p), 0);
                assert_int_equal(tail_exact(q, plan.people_count - 1, count, &fewer), 0);
                assert_true(fabs(plan.probability - p) < 1e-9);
                assert_true(p >= TARGET * most && fewer < TARGET * most);
                assert_true(plan.people_count < PEOPLE);
                hopeful++;
            }
            if (most < PLAN_HOPE_MIN) { /* somebody late is better than nobody */
                assert_true(plan.people_count >= 6 * count);
                hopeless++;
            }
            plan_release(&plan);
        }
    assert_true(hopeful >= 5 && hopeless >= 5);
}

/* Late ones would take the seats: not the most people, but the right number. */
static void test_fixed_seats(void **state)
{
    (void)state;
    uint32_t out_of_reach = 0;
    for (uint32_t lines = 1; lines <= 2; lines++)
        for (int32_t reserve = 0; reserve <= 2; reserve++) {
            const int64_t minutes = lines == 1 ? 8 : 11;
            const double most = most_of(lines, 2, reserve, minutes);
            make_need(lines, 2, reserve, minutes);
            const double all = with_nearest(PEOPLE);
            make_need(lines, 2, reserve, minutes);
            struct plan plan = plan_of(PLAN_POLICY_ONE_WAVE);
            if (most < TARGET && most >= PLAN_HOPE_MIN) {
                /* One line: looked for in steps. Several: the order is not the nearest's.
                 */
                assert_true(plan.probability >= (lines == 1 ? 0.93 : 0.85) * most);
                assert_true(plan.people_count < PEOPLE / 2 && all < most);
                out_of_reach++;
            }
            plan_release(&plan);
        }
    assert_true(out_of_reach >= 4);
}

static void test_several_lines(void **state)
{
    (void)state;
    uint32_t out_of_reach = 0;
    for (int64_t minutes = 6; minutes <= 10; minutes++) {
        make_need(2, 2, PLAN_RESERVE_AUTO, minutes);
        const double most = with_nearest(PEOPLE);
        make_need(2, 2, PLAN_RESERVE_AUTO, minutes);
        struct plan plan = plan_of(PLAN_POLICY_ONE_WAVE);
        if (most >= PLAN_HOPE_MIN && most < TARGET) {
            assert_true(!plan.target_reached && plan.probability >= 0.94 * most);
            assert_true(plan.people_count < PEOPLE * 2 / 3);
            out_of_reach++;
        }
        plan_release(&plan);
    }
    assert_true(out_of_reach >= 2);
}

/* Who answered "limited" is asked now, though not everybody else is. */
static void test_limited(void **state)
{
    (void)state;
    const struct plan_limited limited[] = {{.id = 71, .travel_ms = 60000},
                                           {.id = 72, .travel_ms = 30000}};
    for (uint32_t lines = 1; lines <= 2; lines++) {
        make_need(lines, 3, PLAN_RESERVE_AUTO, 9);
        struct plan without = plan_of(PLAN_POLICY_ONE_WAVE), with;
        const struct plan_input input = {.need = &need,
                                         .response = response,
                                         .now_ms = NOW,
                                         .policy = PLAN_POLICY_ONE_WAVE,
                                         .candidates = people,
                                         .candidate_count = PEOPLE,
                                         .limited = limited,
                                         .limited_count = 2};
        assert_int_equal(plan_make(&input, &with), 0);
        assert_false(without.target_reached);
        assert_true(with.people_count < PEOPLE);
        assert_int_equal(with.ask_limited_count, 2);
        assert_int_equal(with.ask_limited[0], 72);
        assert_true(with.probability > without.probability);
        plan_release(&with);
        plan_release(&without);
    }
}

/* Waves alert no more than one wave, and promise no less. */
static void test_waves(void **state)
{
    (void)state;
    make_need(1, 3, PLAN_RESERVE_AUTO, 10);
    struct plan one = plan_of(PLAN_POLICY_ONE_WAVE);
    struct plan waves = plan_of(PLAN_POLICY_WAVES);
    assert_false(one.target_reached || waves.target_reached);
    assert_true(waves.expected_alerts <= one.expected_alerts + 1e-9);
    assert_true(waves.probability >= TARGET * with_nearest(PEOPLE) && waves.price > 0.0);
    /* Whoever may say yes has a seat. */
    assert_true(waves.lines[0].seats >= one.lines[0].seats);
    plan_release(&one);
    plan_release(&waves);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_share_of_the_most),
        cmocka_unit_test(test_fixed_seats),
        cmocka_unit_test(test_several_lines),
        cmocka_unit_test(test_limited),
        cmocka_unit_test(test_waves),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
