/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asked of those who are nearly equal: what must hold of every crowd, against the
 * plan that does not look at burdens and the exact chance of those who are asked. */
#include "fixture.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

#define NOW INT64_C(1795478400000)
#define MINUTE INT64_C(60000)
#define TOWN 300
#define KNOWN 20 /* answers of somebody of whom it is known how they answer */

static struct response_model *steps; /* who says yes comes, and in time */

static int setup(void **state)
{
    (void)state;
    return steps_new(&steps);
}

static int teardown(void **state)
{
    (void)state;
    response_model_free(steps);
    return 0;
}

struct town {
    struct plan_candidate people[TOWN];
    struct plan_need need;
    struct plan_input input;
};

static void town_init(struct town *town, uint32_t seats, enum plan_policy policy)
{
    memset(town, 0, sizeof(*town));
    for (uint32_t i = 0; i < TOWN; i++)
        town->people[i] = (struct plan_candidate){.id = i + 1,
                                                  .lines = 1,
                                                  .p_accept = .4 - .0005 * i,
                                                  .answers = KNOWN,
                                                  .messages = 1};
    town->need = (struct plan_need){.line_count = 1,
                                    .counts = {seats},
                                    .reserve = 999,
                                    .target = .95,
                                    .deadline_ms = NOW + 60 * MINUTE};
    town->input = (struct plan_input){.need = &town->need,
                                      .response = steps,
                                      .now_ms = NOW,
                                      .candidates = town->people,
                                      .candidate_count = TOWN,
                                      .policy = policy};
}

/* P(at least as many as are wanted of those who are asked say yes). */
static double chance_of(const struct town *town, const struct plan *plan)
{
    const uint32_t k = town->need.counts[0];
    double mass[64] = {1}, below = 0;
    for (uint32_t i = 0; i < plan->people_count; i++) {
        const double p = town->people[plan->people[i].candidate].p_accept;
        for (uint32_t j = k; j > 0; j--)
            mass[j] = mass[j] * (j == k ? 1 : 1 - p) + mass[j - 1] * p;
        mass[0] *= 1 - p;
    }
    for (uint32_t j = 0; j < k; j++)
        below += mass[j];
    return 1 - below;
}

static uint32_t count_reason(const struct plan *plan, enum plan_reason reason)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->people_count; i++)
        count += plan->people[i].reason == reason;
    return count;
}

/* Nobody is asked twice, nobody who gave way is asked; as many give way as come in, for
 * the same reasons; and who comes in is one for whom there is that reason. */
static void check_swaps(const struct town *town, const struct plan *plan)
{
    bool seen[TOWN] = {false};
    double least_in = 1, least_out = 1, most_burden = 0;
    for (uint32_t i = 0; i < plan->people_count; i++) {
        assert_false(seen[plan->people[i].candidate]);
        seen[plan->people[i].candidate] = true;
    }
    for (uint32_t i = 0; i < plan->spared_count; i++) {
        const struct plan_candidate *out = &town->people[plan->spared[i].candidate];
        assert_false(seen[plan->spared[i].candidate]);
        seen[plan->spared[i].candidate] = true;
        least_out = fmin(least_out, out->p_accept);
        if (plan->spared[i].why == PLAN_REASON_RESTED)
            most_burden = fmax(most_burden, out->burden);
    }
    for (uint32_t i = 0; i < plan->people_count; i++) {
        const struct plan_candidate *one = &town->people[plan->people[i].candidate];
        if (plan->people[i].reason == PLAN_REASON_EXPLORE)
            assert_true(one->answers < 3);
        if (plan->people[i].reason == PLAN_REASON_RESTED)
            assert_true(one->burden + .5 <= most_burden);
        if (plan->people[i].reason == PLAN_REASON_EXPLORE ||
            plan->people[i].reason == PLAN_REASON_RESTED)
            least_in = fmin(least_in, one->p_accept);
    }
    assert_true(plan->spared_count == 0 || least_in >= .6 * least_out);
    assert_int_equal(plan->spared_count, count_reason(plan, PLAN_REASON_EXPLORE) +
                                             count_reason(plan, PLAN_REASON_RESTED));
}

/* Whoever is tired and whoever is new: one alert more at most, the target is reached, the
 * chance that is told is that of those who are asked, and what is asked now is no weaker
 * than without looking at that. */
static void test_every_crowd(void **state)
{
    (void)state;
    static struct town town;
    struct random_seeded random;
    uint32_t swaps = 0, more = 0;
    random_seeded_init(&random, 31);
    for (uint32_t round = 0; round < 300; round++) {
        struct plan best, plan;
        const enum plan_policy policy =
            round % 3 == 0 ? PLAN_POLICY_WAVES : PLAN_POLICY_ONE_WAVE;
        town_init(&town, 1 + (uint32_t)random_below(&random.super, 12), policy);
        for (uint32_t i = 0; i < TOWN; i++)
            town.people[i].p_accept = .02 + .6 * random_unit(&random.super);
        town.input.now_ms += (int64_t)round * MINUTE;
        town.need.deadline_ms += (int64_t)round * MINUTE;
        assert_int_equal(plan_make(&town.input, &best), 0);
        assert_int_equal(best.spared_count, 0);
        for (uint32_t i = 0; i < TOWN; i++) {
            town.people[i].burden = (double)random_below(&random.super, 5) / 2;
            town.people[i].answers = (uint32_t)random_below(&random.super, 8);
        }
        assert_int_equal(plan_make(&town.input, &plan), 0);
        check_swaps(&town, &plan);
        assert_true(plan.people_count >= best.people_count &&
                    plan.people_count <= best.people_count + 1);
        assert_true(plan.target_reached);
        if (policy == PLAN_POLICY_WAVES)
            assert_true(chance_of(&town, &plan) > chance_of(&town, &best) - 1e-9);
        else
            assert_true(fabs(plan.probability - chance_of(&town, &plan)) < 1e-6 &&
                        plan.probability >= town.need.target);
        swaps += plan.spared_count;
        more += plan.people_count - best.people_count;
        plan_release(&best);
        plan_release(&plan);
    }
    assert_true(swaps > 300 && more > 0);
}

/* One place in sixteen is for people hardly known, over the minutes; none where those who
 * would be asked anyway are so. The same plan at the same minute chooses the same. */
static void test_share_of_the_unknown(void **state)
{
    (void)state;
    static struct town town;
    enum { MINUTES = 400 };
    for (uint32_t seats = 2; seats <= 10; seats += 4) {
        double places = 0, wanted = 0;
        town_init(&town, seats, PLAN_POLICY_ONE_WAVE);
        for (uint32_t i = 100; i < TOWN; i++) { /* as good as those before them */
            town.people[i].answers = i % 3;
            town.people[i].p_accept = .35;
        }
        if (seats == 10) /* one place of two or three is taken so anyway */
            town.people[0].answers = 0;
        for (uint32_t minute = 0; minute < MINUTES; minute++) {
            struct plan plan, again;
            town.input.now_ms = NOW + minute * MINUTE;
            town.need.deadline_ms = town.input.now_ms + 60 * MINUTE;
            assert_int_equal(plan_make(&town.input, &plan), 0);
            assert_int_equal(plan_make(&town.input, &again), 0);
            check_swaps(&town, &plan);
            assert_int_equal(plan.people_count, again.people_count);
            for (uint32_t i = 0; i < plan.people_count; i++)
                assert_int_equal(plan.people[i].candidate, again.people[i].candidate);
            for (uint32_t i = 0; i < plan.people_count; i++)
                places += town.people[plan.people[i].candidate].answers < 3;
            wanted += plan.people_count / 16.0;
            plan_release(&plan);
            plan_release(&again);
        }
        if (fabs(places - wanted) > 4 * sqrt(MINUTES * .25) + .1 * wanted)
            fail_msg("%u seats: %.0f places for people hardly known, not about %.0f",
                     seats, places, wanted);
        for (uint32_t i = 0; i < 100; i++)
            town.people[i].answers = i % 5 == 0 ? 0 : KNOWN;
        struct plan plan;
        assert_int_equal(plan_make(&town.input, &plan), 0);
        assert_int_equal(count_reason(&plan, PLAN_REASON_EXPLORE), 0);
        plan_release(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_crowd),
        cmocka_unit_test(test_share_of_the_unknown),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
