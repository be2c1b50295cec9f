/* SPDX-License-Identifier: Apache-2.0 */
/* Several lines: the matched probability against the enumeration of who is there, and
 * plans against the enumeration of whom one could alert (n <= 16). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "plan/match.h"
#include "plan/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1795478400000)
#define PEOPLE_MAX 16

static struct response_model *response, *together_model;

static int setup(void **state)
{
    (void)state;
    struct response_model_config config;
    response_model_config_default(&config);
    if (response_model_new(&response, &config) != 0)
        return -1;
    config.correlation = .02;
    return response_model_new(&together_model, &config);
}

static int teardown(void **state)
{
    (void)state;
    response_model_free(response);
    response_model_free(together_model);
    return 0;
}

/* ---- the slow obvious way
 * ------------------------------------------------------------------ */

struct world {
    uint32_t people, lines;
    uint32_t able[PEOPLE_MAX];
    uint32_t counts[MATCH_LINES_MAX];
};

/* Augmenting path from a seat: true if it can be filled. */
static bool seat_filled(const struct world *world, uint32_t there, uint32_t line,
                        int32_t *line_of, uint32_t *tried)
{
    for (uint32_t i = 0; i < world->people; i++) {
        if ((there >> i & 1) == 0 || (world->able[i] >> line & 1) == 0 ||
            (*tried >> i & 1) != 0)
            continue;
        *tried |= 1u << i;
        if (line_of[i] < 0 ||
            seat_filled(world, there, (uint32_t)line_of[i], line_of, tried)) {
            line_of[i] = (int32_t)line;
            return true;
        }
    }
    return false;
}

static bool all_filled(const struct world *world, uint32_t there)
{
    int32_t line_of[PEOPLE_MAX];
    for (uint32_t i = 0; i < world->people; i++)
        line_of[i] = -1;
    for (uint32_t line = 0; line < world->lines; line++)
        for (uint32_t k = 0; k < world->counts[line]; k++) {
            uint32_t tried = 0;
            if (!seat_filled(world, there, line, line_of, &tried))
                return false;
        }
    return true;
}

/* ret[S] = P(filled) if exactly the people of S are asked, who come with q each. */
static void over_all_sets(const struct world *world, const double *q, double *ret)
{
    for (uint32_t set = 0; set < 1u << world->people; set++)
        ret[set] = all_filled(world, set);
    for (uint32_t i = 0; i < world->people; i++)
        for (uint32_t set = 0; set < 1u << world->people; set++)
            if ((set >> i & 1) != 0)
                ret[set] = q[i] * ret[set] + (1 - q[i]) * ret[set ^ 1u << i];
}

static void make_world(struct random *random, uint32_t people, struct world *ret)
{
    *ret =
        (struct world){.people = people, .lines = 1 + (uint32_t)random_below(random, 4)};
    for (uint32_t i = 0; i < people; i++)
        ret->able[i] = 1 + (uint32_t)random_below(random, (1u << ret->lines) - 1);
    for (uint32_t line = 0; line < ret->lines; line++)
        ret->counts[line] = 1 + (uint32_t)random_below(random, 2);
}

/* ---- the probability
 * ---------------------------------------------------------------------- */

static struct match *match_for(const struct world *world, const struct common *common)
{
    struct match *match;
    struct match_need need = {.line_count = world->lines};
    memcpy(need.counts, world->counts, sizeof(need.counts));
    assert_int_equal(match_new(&match, common, &need), 0);
    return match;
}

static void test_probability(void **state)
{
    (void)state;
    static double table[1u << 10];
    struct random_seeded random;
    random_seeded_init(&random, 21);
    for (int round = 0; round < 150; round++) {
        struct world world;
        struct common common;
        double a[10], b[10], got, wanted = 0, q[10];
        make_world(&random.super, 10, &world);
        common_init(&common, .5, round % 2 == 0 ? 0 : .1, 5);
        struct match *match = match_for(&world, &common);
        for (int i = 0; i < 10; i++) {
            a[i] = random_unit(&random.super);
            b[i] = random_unit(&random.super);
            assert_int_equal(
                match_add(match, world.able[i], common_x(&common, a[i]), b[i]), 0);
        }
        for (uint32_t m = 0; m < common.count; m++) {
            for (int i = 0; i < 10; i++)
                q[i] = b[i] * common_a(&common, m, common_x(&common, a[i]));
            over_all_sets(&world, q, table);
            wanted += common.weight[m] * table[(1u << 10) - 1];
        }
        bool exact;
        assert_int_equal(match_probability(match, &got, &exact), 0);
        assert_true(exact);
        if (fabs(got - wanted) > 1e-12)
            fail_msg("round %d: %.15f, wanted %.15f", round, got, wanted);
        match_free(match);
    }
}

/* Too many combinations: a bound, below the estimate of many trials. */
static void test_bound(void **state)
{
    (void)state;
    struct random_seeded random;
    struct common common;
    struct match *match;
    random_seeded_init(&random, 5);
    common_init(&common, .3, .02, 16);
    const struct match_need need = {.line_count = 4, .counts = {30, 30, 30, 30}};
    assert_int_equal(match_new(&match, &common, &need), 0);
    for (uint32_t i = 0; i < 600; i++)
        assert_int_equal(match_add(match, 1 + i % 15, common_x(&common, .3), .9), 0);
    bool exact;
    double bound;
    assert_int_equal(match_probability(match, &bound, &exact), 0);
    assert_false(exact);
    uint32_t filled = 0;
    const uint32_t trials = 4000;
    for (uint32_t t = 0; t < trials; t++) {
        uint32_t number[16] = {0}, m = 0;
        double u = random_unit(&random.super);
        while (m + 1 < common.count && u > common.weight[m])
            u -= common.weight[m++];
        for (uint32_t i = 0; i < 600; i++)
            number[1 + i % 15] += random_unit(&random.super) <
                                  .9 * common_a(&common, m, common_x(&common, .3));
        bool ok = true;
        for (uint32_t set = 1; set < 16; set++) {
            uint32_t there = 0;
            for (uint32_t own = 1; own < 16; own++)
                there += (own & set) != 0 ? number[own] : 0;
            ok &= there >= 30 * (uint32_t)__builtin_popcount(set);
        }
        filled += ok;
    }
    double rate = (double)filled / trials, error = 4 * sqrt(rate * (1 - rate) / trials);
    printf("bound %.4f, of trials %.4f +- %.4f\n", bound, rate, error);
    assert_true(bound <= rate + error && bound > rate - 0.05);
    match_free(match);
}

static void test_no_types(void **state)
{
    (void)state;
    struct common common;
    struct match *match;
    bool exact;
    double p;
    common_init(&common, .3, .02, 16);
    const struct match_need need = {.line_count = 2, .counts = {1, 1}};
    assert_int_equal(match_new(&match, &common, &need), 0);
    assert_int_equal(match_probability(match, &p, &exact), 0);
    assert_true(p == 0.0 && exact);
    assert_int_equal(match_add_plain(match, 3, 1), 0);
    assert_int_equal(match_probability(match, &p, &exact), 0);
    assert_true(p == 0.0);
    assert_int_equal(match_add_plain(match, 1, .5), 0);
    assert_int_equal(match_probability(match, &p, &exact), 0);
    assert_true(fabs(p - .5) < 1e-12);
    match_clear(match);
    assert_int_equal(match_probability(match, &p, &exact), 0);
    assert_true(p == 0.0);
    match_free(match);
}

/* ---- plans
 * ----------------------------------------------------------------------------------- */

/* Out of reach because there are too few people: the plan reaches the target's share of
 * what everybody could do (0.85 N seats, all said yes, is less than the target), and
 * nobody of it can be spared. */
static void is_share(const struct plan *plan, const struct world *world,
                     const double *table, uint32_t set, double target)
{
    const double most = table[(1u << world->people) - 1];
    if (most < 1e-6 || plan->probability <= 0.0)
        return;
    assert_true(plan->probability >= target * most - 1e-10);
    if (plan->probability >= most - 1e-12)
        return; /* everybody who counts, or seats that people could fill */
    for (uint32_t i = 0; i < world->people; i++)
        if ((set >> i & 1) != 0)
            assert_true(table[set ^ 1u << i] < target * most + 1e-10);
}

/* How many more people the plan alerts than the best set, or -1: out of reach. */
static int excess(struct random *random, uint32_t n, double *ret_p)
{
    static double table[1u << PEOPLE_MAX];
    struct world world;
    struct plan_candidate people[PEOPLE_MAX];
    double q[PEOPLE_MAX];
    make_world(random, n, &world);
    struct plan_need need = {.line_count = world.lines,
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .5 + .45 * random_unit(random),
                             .deadline_ms = NOW + 86400000};
    memcpy(need.counts, world.counts, sizeof(need.counts));
    for (uint32_t i = 0; i < n; i++) {
        people[i] = (struct plan_candidate){.id = i + 1,
                                            .lines = world.able[i],
                                            .travel_ms = i * 1000,
                                            .p_accept = .3 + .6 * random_unit(random),
                                            .messages = 1};
        q[i] = .85 * people[i].p_accept *
               response_model_in_time(response, false, 86400000, i * 1000);
    }
    over_all_sets(&world, q, table);
    struct plan_input input = {.need = &need,
                               .response = response,
                               .now_ms = NOW,
                               .candidates = people,
                               .candidate_count = n,
                               .policy = PLAN_POLICY_ONE_WAVE};
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    uint32_t set = 0, best = UINT32_MAX;
    for (uint32_t i = 0; i < plan.people_count; i++) {
        const struct plan_person *person = &plan.people[i];
        assert_true((people[person->candidate].lines >> person->line & 1) != 0);
        assert_int_equal(set >> person->candidate & 1, 0);
        set |= 1u << person->candidate;
    }
    if (fabs(plan.probability - table[set]) > 1e-10)
        fail_msg("promised %.12f, is %.12f", plan.probability, table[set]);
    for (uint32_t s = 0; s < 1u << n; s++)
        if (table[s] >= need.target && (uint32_t)__builtin_popcount(s) < best)
            best = (uint32_t)__builtin_popcount(s);
    assert_int_equal(plan.target_reached, best != UINT32_MAX);
    *ret_p = plan.probability;
    uint32_t alerts = plan.people_count;
    if (best == UINT32_MAX)
        is_share(&plan, &world, table, set, need.target);
    plan_release(&plan);
    if (best == UINT32_MAX)
        return -1;
    assert_true(alerts >= best);
    return (int)(alerts - best);
}

static void test_plans_against_enumeration(void **state)
{
    (void)state;
    struct random_seeded random;
    uint32_t counts[4] = {0}, reachable = 0;
    random_seeded_init(&random, 77);
    for (int round = 0; round < 300; round++) {
        double p;
        int more =
            excess(&random.super, 8 + (uint32_t)random_below(&random.super, 9), &p);
        if (more < 0)
            continue;
        reachable++;
        counts[more < 3 ? more : 3]++;
    }
    printf("%u plans of several lines: %u as few as possible, %u one more, %u two, "
           "%u more\n",
           reachable, counts[0], counts[1], counts[2], counts[3]);
    assert_true(reachable > 100 && counts[2] == 0 && counts[3] == 0);
    assert_true(counts[0] * 100 >= reachable * 97);
}

/* "1 nurse, 2 drivers, 6 in all", of people in a town. */
static void test_nurse_drivers_all(void **state)
{
    (void)state;
    struct plan_candidate *people = mem_calloc(600, sizeof(*people));
    assert_non_null(people);
    for (uint32_t i = 0; i < 600; i++)
        people[i] = (struct plan_candidate){.id = i + 1,
                                            .lines = 4u | (i % 12 == 0 ? 1u : 0u) |
                                                     (i % 7 == 0 ? 2u : 0u),
                                            .travel_ms = i * 1500,
                                            .p_accept = .287,
                                            .messages = 1};
    struct plan_need need = {.line_count = 3,
                             .counts = {1, 2, 3},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .95,
                             .deadline_ms = NOW + 3600000};
    struct plan_input input = {.need = &need,
                               .response = together_model,
                               .now_ms = NOW,
                               .candidates = people,
                               .candidate_count = 600,
                               .policy = PLAN_POLICY_ONE_WAVE};
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    assert_true(plan.target_reached && plan.probability < .97);
    uint32_t together = plan.people_count, alone = 0;
    printf("1 nurse, 2 drivers, 6 in all: %u alerts, P %.4f\n", together,
           plan.probability);
    for (uint32_t i = 1; i < plan.curve_count; i++)
        assert_true(plan.curve[i].probability >= plan.curve[i - 1].probability);
    plan_release(&plan);
    /* Each line by itself, for the third root of the target. */
    for (uint32_t line = 0; line < 3; line++) {
        struct plan_candidate *own = mem_calloc(600, sizeof(*own));
        struct plan_need one = need;
        one.line_count = 1;
        one.counts[0] = need.counts[line];
        one.target = pow(.95, 1.0 / 3);
        input.need = &one;
        input.candidates = own;
        assert_non_null(own);
        for (uint32_t i = 0; i < 600; i++) {
            own[i] = people[i];
            own[i].lines = line == 2 ? people[i].lines == 4 : people[i].lines >> line & 1;
        }
        assert_int_equal(plan_make(&input, &plan), 0);
        alone += plan.people_count;
        plan_release(&plan);
        mem_free(own);
    }
    printf("  each line by itself: %u\n", alone);
    assert_true(together < alone);
    mem_free(people);
}

/* One line has COUNT people, the other 400: how many of these are asked? */
static uint32_t asked_of_many(uint32_t few, enum plan_policy policy, double *ret_p)
{
    struct plan_candidate people[410];
    for (uint32_t i = 0; i < few + 400; i++)
        people[i] = (struct plan_candidate){.id = i + 1,
                                            .lines = i < few ? 1 : 2,
                                            .travel_ms = i * 1500,
                                            .p_accept = .287,
                                            .messages = 1};
    const struct plan_need need = {.line_count = 2,
                                   .counts = {1, 3},
                                   .reserve = PLAN_RESERVE_AUTO,
                                   .target = .95,
                                   .deadline_ms = NOW + 3600000};
    const struct plan_input input = {.need = &need,
                                     .response = response,
                                     .now_ms = NOW,
                                     .candidates = people,
                                     .candidate_count = few + 400,
                                     .policy = policy};
    struct plan plan;
    assert_int_equal(plan_make(&input, &plan), 0);
    uint32_t many = 0;
    for (uint32_t i = 0; i < plan.people_count; i++)
        many += people[plan.people[i].candidate].lines == 2;
    if (policy == PLAN_POLICY_ONE_WAVE)
        assert_int_equal(plan.people_count - many, few);
    assert_false(plan.target_reached);
    *ret_p = plan.probability;
    plan_release(&plan);
    return many;
}

/* A rare skill: everybody who has it is asked, of the others no more than if it were
 * there (21 reach .95 of 3). */
static void test_rare(void **state)
{
    (void)state;
    double p;
    for (uint32_t few = 0; few <= 3; few++) {
        uint32_t once = asked_of_many(few, PLAN_POLICY_ONE_WAVE, &p);
        printf("%u of the rare skill: %u of the other, P %.4f (all: %.4f)\n", few, once,
               p, 1 - pow(1 - .287 * .85, few));
        assert_true(once >= 12 &&
                    once <= (few > 0 ? 30 : 40)); /* none: seats to be filled */
        assert_true(p >= .95 * (1 - pow(1 - .287 * .85, few)) - .01);
        assert_true(few > 0 || p == 0.0);
        if (few > 0)
            assert_true(asked_of_many(few, PLAN_POLICY_WAVES, &p) <= once);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probability),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_no_types),
        cmocka_unit_test(test_plans_against_enumeration),
        cmocka_unit_test(test_nurse_drivers_all),
        cmocka_unit_test(test_rare),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
