/* SPDX-License-Identifier: Apache-2.0 */
/* Who said yes and is not there yet, and who answered "limited": what they count, against
 * a plain sum over when they may leave; what is there, and when to look again. */
#include "fixture.h"

#include "plan/plan.h"
#include "test/unit/plan/response.h"

#include <math.h>

#define NOW INT64_C(1795478400000)
#define MINUTE INT64_C(60000)
#define LEAVING 100000 /* times of leaving, all as likely */

static double leaves_after_s[LEAVING]; /* by day, ascending */

/* P(leaves within S). */
static double leaves_within(double s, double median_s, double sigma)
{
    return s > 0 ? .5 * (1 + erf(log(s / median_s) / sigma / sqrt(2))) : 0;
}

/* The quantiles, by halving. */
static int setup_leaving(void **state)
{
    if (setup(state) != 0)
        return -1;
    const struct response_model_config *config = response_model_get_config(response);
    for (int i = 0; i < LEAVING; i++) {
        double low = 0, high = 1e6;
        for (int step = 0; step < 60; step++) {
            const double middle = (low + high) / 2;
            const bool is_less =
                leaves_within(middle, config->turnout_day_median_s,
                              config->turnout_sigma) < (i + .5) / LEAVING;
            *(is_less ? &low : &high) = middle;
        }
        leaves_after_s[i] = low;
    }
    return 0;
}

/* P(there by DEADLINE_MS | not there by NOW, and no word of leaving) of somebody who
 * comes with COMES, was free to leave at START_MS, and who would have said so with SAYS.
 */
static double there_by_if(double says, double comes, int64_t start_ms, uint32_t travel_ms,
                          int64_t deadline_ms)
{
    const double factor = response_model_get_config(response)->travel_factor;
    double there = 0, missing = 1 - comes;
    for (int i = 0; i < LEAVING; i++) {
        const double leaves = (double)start_ms + 1000 * leaves_after_s[i],
                     at = leaves + factor * travel_ms;
        if (at <= (double)NOW)
            continue;
        const double silent = leaves <= (double)NOW ? 1 - says : 1;
        missing += silent * comes / LEAVING;
        there += at <= (double)deadline_ms ? silent * comes / LEAVING : 0;
    }
    return there / missing;
}

static double there_by(double comes, int64_t start_ms, uint32_t travel_ms,
                       int64_t deadline_ms)
{
    return there_by_if(0, comes, start_ms, travel_ms, deadline_ms);
}

static struct plan plan_for(int64_t deadline_ms, const struct plan_holder *holder,
                            const struct plan_limited *limited, uint32_t limited_count)
{
    struct plan plan;
    const struct plan_need need = {.line_count = 1,
                                   .counts = {1},
                                   .reserve = 9,
                                   .target = .95,
                                   .deadline_ms = deadline_ms};
    const struct plan_input input = {.need = &need,
                                     .response = response,
                                     .now_ms = NOW,
                                     .holders = holder,
                                     .holder_count = holder != NULL,
                                     .limited = limited,
                                     .limited_count = limited_count};
    assert_int_equal(plan_make(&input, &plan), 0);
    return plan;
}

static double held(int64_t deadline_ms, const struct plan_holder *holder)
{
    struct plan plan = plan_for(deadline_ms, holder, NULL, 0);
    const double ret = plan.probability_held;
    plan_release(&plan);
    return ret;
}

/* Somebody who said yes and is not there yet counts the less the longer that is. */
static void test_not_there_yet(void **state)
{
    (void)state;
    static const double COMES[] = {0, .5, .95}; /* 0: as people do */
    for (size_t c = 0; c < COUNT_OF(COMES); c++)
        for (int64_t ago = 0; ago <= 40; ago += 8)
            for (uint32_t travel = 0; travel <= 20; travel += 5)
                for (int64_t left = 5; left <= 45; left += 20) {
                    const struct plan_holder holder = {.count = 1,
                                                       .travel_ms = travel * 60000,
                                                       .comes = COMES[c],
                                                       .accepted_ms = NOW - ago * MINUTE};
                    const double comes = COMES[c] > 0
                                             ? COMES[c]
                                             : response_model_get_config(response)->comes;
                    const double wanted = there_by(comes, holder.accepted_ms,
                                                   holder.travel_ms, NOW + left * MINUTE);
                    const double got = held(NOW + left * MINUTE, &holder);
                    if (fabs(got - wanted) > 1e-3)
                        fail_msg("comes %.2f, said yes %d min ago, %u min away, %d left: "
                                 "%.5f, "
                                 "wanted %.5f\n",
                                 comes, (int)ago, travel, (int)left, got, wanted);
                }
}

/* Where people are known to say that they leave, no word of it counts too. */
static void test_no_word_of_leaving(void **state)
{
    (void)state;
    static const double SAYS[] = {0.3, 0.8, 1};
    struct response_model *plain = response;
    for (size_t s = 0; s < COUNT_OF(SAYS); s++) {
        struct response_model_config config = *response_model_get_config(plain);
        config.says_left = SAYS[s];
        assert_int_equal(response_model_like(&response, plain, &config), 0);
        assert_true(response_model_version(response) != response_model_version(plain));
        for (int64_t ago = 0; ago <= 20; ago += 4)
            for (uint32_t travel = 0; travel <= 20; travel += 5)
                for (int64_t left = 5; left <= 25; left += 10) {
                    const struct plan_holder holder = {.count = 1,
                                                       .travel_ms = travel * 60000,
                                                       .comes = .9,
                                                       .accepted_ms = NOW - ago * MINUTE};
                    const double wanted =
                        there_by_if(SAYS[s], .9, holder.accepted_ms, holder.travel_ms,
                                    NOW + left * MINUTE);
                    const double got = held(NOW + left * MINUTE, &holder);
                    if (fabs(got - wanted) > 1e-3)
                        fail_msg(
                            "%.1f say so, yes %d min ago, %u min away, %d left: %.5f, "
                            "wanted %.5f\n",
                            SAYS[s], (int)ago, travel, (int)left, got, wanted);
                }
        response_model_free(response);
    }
    response = plain;
}

/* Somebody who left counts until the way takes them past the deadline, also when they
 * should have been there by now. */
static void test_on_the_way(void **state)
{
    (void)state;
    const struct response_model_config *config = response_model_get_config(response);
    const int64_t way = (int64_t)(config->travel_factor * 600000);
    for (int64_t ago = -2; ago <= 30; ago += 4) {
        const struct plan_holder holder = {.count = 1,
                                           .travel_ms = 600000,
                                           .accepted_ms = NOW - 60 * MINUTE,
                                           .left_ms = NOW - ago * MINUTE};
        int64_t there = holder.left_ms + way;
        there = there > NOW ? there : NOW;
        assert_true(fabs(held(there + 1000, &holder) - config->comes_en_route) < 1e-9);
        if (there > NOW + 1000)
            assert_true(held(there - 1000, &holder) < 1e-9);
    }
}

/* Where nobody else is left, who answered "limited" is asked, who is there first first,
 * and nobody sets out before they are ready. */
static void test_limited(void **state)
{
    (void)state;
    static const struct plan_limited LIMITED[] = {
        {.id = 1, .travel_ms = 300000, .ready_ms = NOW + 20 * MINUTE},
        {.id = 2, .travel_ms = 900000, .ready_ms = NOW - 90 * MINUTE},
        {.id = 3, .travel_ms = 300000, .ready_ms = NOW + 5 * MINUTE}};
    static const int64_t ORDER[] = {3, 2, 1};
    const double comes = response_model_get_config(response)->comes;
    for (int64_t left = 15; left <= 60; left += 5) {
        struct plan plan = plan_for(NOW + left * MINUTE, NULL, LIMITED, 3);
        double nobody = 1;
        assert_true(plan.ask_limited_count > 0);
        for (uint32_t i = 0; i < plan.ask_limited_count; i++) {
            const struct plan_limited *one = &LIMITED[ORDER[i] - 1];
            assert_int_equal(plan.ask_limited[i], ORDER[i]);
            nobody *= 1 - .7 * there_by(comes, one->ready_ms > NOW ? one->ready_ms : NOW,
                                        one->travel_ms, NOW + left * MINUTE);
        }
        assert_true(fabs(plan.probability - (1 - nobody)) < 1e-3);
        plan_release(&plan);
    }
    for (int64_t left = 1; left <= 10; left++) { /* the soonest are there after ten */
        struct plan plan = plan_for(NOW + left * MINUTE, NULL, LIMITED, 3);
        assert_int_equal(plan.ask_limited_count, 0);
        plan_release(&plan);
    }
}

enum { TOWN = 300 };

static void make_town(struct plan_candidate people[TOWN])
{
    for (uint32_t i = 0; i < TOWN; i++)
        people[i] = (struct plan_candidate){.id = i + 1,
                                            .lines = 1,
                                            .travel_ms = i * 1000,
                                            .p_accept = .287,
                                            .messages = 1};
}

static struct plan_input town_input(const struct plan_need *need,
                                    const struct plan_candidate people[TOWN])
{
    return (struct plan_input){.need = need,
                               .response = response,
                               .now_ms = NOW,
                               .policy = PLAN_POLICY_ONE_WAVE,
                               .candidates = people,
                               .candidate_count = TOWN};
}

static void test_what_is_there_counts(void **state)
{
    (void)state;
    struct plan_candidate people[TOWN];
    make_town(people);
    struct plan_holder holders[] = {
        {.line = 0, .count = 2, .arrived = true, .accepted_ms = NOW - 600000},
        {.line = 0, .count = 1, .left_ms = NOW - 60000, .travel_ms = 120000}};
    struct plan_pending pending[5];
    for (int i = 0; i < 5; i++)
        pending[i] = (struct plan_pending){
            .travel_ms = 1000, .alerted_ms = NOW - 30000, .p_accept = .287};
    struct plan_need need = {.line_count = 1,
                             .counts = {3},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .95,
                             .deadline_ms = NOW + 1800000};
    struct plan_input input = town_input(&need, people);
    input.holders = holders;
    input.holder_count = 2;
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.probability_held > .96 && plan.people_count == 0);
    assert_int_equal(plan.next_due_ms, 0);
    plan_release(&plan);
    need.counts[0] = 4;
    assert_int_equal(plan_make(&input, &plan), 0);
    uint32_t without = plan.people_count;
    assert_true(without > 5);
    plan_release(&plan);
    input.pending = pending;
    input.pending_count = 5;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.people_count < without && plan.people_count + 5 >= without);
    assert_int_equal(plan.lines[0].held, 3);
    assert_int_equal(plan.lines[0].free, TOWN);
    assert_int_equal(plan.lines[0].available, 3 + 5 + TOWN);
    uint32_t delivered = plan.people_count;
    plan_release(&plan);
    for (int i = 0; i < 5; i++)
        pending[i].reach = PLAN_UNDELIVERED;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.people_count > delivered && plan.people_count <= without);
    plan_release(&plan);
}

/* While answers are awaited there is another look: the sooner, the less time there is for
 * those who would be asked then. */
static void test_when_to_look_again(void **state)
{
    (void)state;
    struct plan_candidate people[TOWN];
    make_town(people);
    int64_t first = 0, last = 0;
    for (int64_t left = 5; left <= 120; left *= 2) {
        const struct plan_need need = {.line_count = 1,
                                       .counts = {1},
                                       .reserve = PLAN_RESERVE_AUTO,
                                       .target = .9,
                                       .deadline_ms = NOW + left * MINUTE};
        const struct plan_input input = town_input(&need, people);
        struct plan plan;
        assert_int_equal(plan_make(&input, &plan), 0);
        const int64_t pause = plan.next_due_ms - NOW;
        assert_true(pause > 0 && pause <= left * MINUTE / 2 && pause >= last);
        first = first == 0 ? pause : first;
        last = pause;
        plan_release(&plan);
    }
    assert_true(last > first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_there_yet),
        cmocka_unit_test(test_no_word_of_leaving),
        cmocka_unit_test(test_on_the_way),
        cmocka_unit_test(test_limited),
        cmocka_unit_test(test_what_is_there_counts),
        cmocka_unit_test(test_when_to_look_again),
    };
    return cmocka_run_group_tests(tests, setup_leaving, teardown);
}
