/* SPDX-License-Identifier: Apache-2.0 */
/* Many waves for several lines. With few people, whose replies are there at the next look
 * or never: the policy worked out exactly (the planner is asked in each state that can
 * come), against what it promises and against the best of all policies. With many:
 * call-outs played to their end. */
#include "fixture.h"
#include "play.h"

#include <stdio.h>

#define NOW INT64_C(1795478400000)
#define LOOK_MS 60000
#define FEW 6
#define ALL ((1u << FEW) - 1)
#define WAVES 3
#define MANY 300
/* Sanitizers look at the code, not at the figures. */
#ifdef __SANITIZE_ADDRESS__
#define ROUNDS_BY 4
#else
#define ROUNDS_BY 1
#endif

/* ---- few people, exactly
 * ------------------------------------------------------------------------- */

struct few {
    struct plan_candidate people[FEW];
    struct plan_need need;
    double price;
    /* [waves left][asked][yes]; of all policies */
    double value[WAVES + 1][ALL + 1][ALL + 1];
    /* The same of the planner's, < -1: not yet worked out. */
    double probability[WAVES + 1][ALL + 1][ALL + 1], alerts[WAVES + 1][ALL + 1][ALL + 1];
};

static bool is_filled(const struct few *few, uint32_t there)
{
    for (uint32_t set = 1; set < 1u << few->need.line_count; set++) {
        uint32_t able = 0, wanted = 0;
        for (uint32_t i = 0; i < FEW; i++)
            able += (there >> i & 1) != 0 && (few->people[i].lines & set) != 0;
        for (uint32_t line = 0; line < few->need.line_count; line++)
            wanted += (set >> line & 1) != 0 ? few->need.counts[line] : 0;
        if (able < wanted)
            return false;
    }
    return true;
}

static double chance_of(const struct few *few, uint32_t asked, uint32_t yes)
{
    double p = 1;
    for (uint32_t i = 0; i < FEW; i++)
        if ((asked >> i & 1) != 0)
            p *= (yes >> i & 1) != 0 ? few->people[i].p_accept
                                     : 1 - few->people[i].p_accept;
    return p;
}

/* What asking MORE is worth, with W waves left after it. */
static double worth_of(const struct few *few, uint32_t w, uint32_t asked, uint32_t yes,
                       uint32_t more)
{
    double sum = -__builtin_popcount(more);
    for (uint32_t said = more;; said = (said - 1) & more) {
        sum += chance_of(few, more, said) * few->value[w][asked | more][yes | said];
        if (said == 0)
            return sum;
    }
}

/* Whoever is left may be asked at each look. */
static double optimum(struct few *few)
{
    for (uint32_t w = 0; w <= WAVES; w++)
        for (uint32_t asked = 0; asked <= ALL; asked++)
            for (uint32_t yes = asked;; yes = (yes - 1) & asked) {
                double *value = &few->value[w][asked][yes];
                const uint32_t left = ALL & ~asked;
                *value = w == 0 && is_filled(few, yes) ? few->price : w == 0 ? 0 : -1e9;
                for (uint32_t more = left; w > 0; more = (more - 1) & left) {
                    *value = fmax(*value, worth_of(few, w - 1, asked, yes, more));
                    if (more == 0)
                        break;
                }
                if (yes == 0)
                    break;
            }
    return few->value[WAVES][0][0];
}

/* The planner's answer with W waves left, and what it promises. */
static uint32_t asked_by_planner(const struct few *few, uint32_t w, uint32_t asked,
                                 uint32_t yes, struct plan *ret)
{
    struct plan_candidate left[FEW];
    struct plan_holder holders[FEW];
    struct plan_input input = {.need = &few->need,
                               .response = steps,
                               .now_ms = NOW + (WAVES - w) * LOOK_MS,
                               .candidates = left,
                               .holders = holders,
                               .price = few->price};
    uint32_t set = 0;
    for (uint32_t i = 0; i < FEW; i++)
        if ((asked >> i & 1) == 0)
            left[input.candidate_count++] = few->people[i];
        else if ((yes >> i & 1) != 0)
            holders[input.holder_count++] =
                (struct plan_holder){.line = few->people[i].lines == 2,
                                     .lines = few->people[i].lines,
                                     .count = 1,
                                     .accepted_ms = NOW,
                                     .arrived = true};
    assert_int_equal(plan_make(&input, ret), 0);
    for (uint32_t i = 0; i < ret->people_count; i++)
        set |= 1u << (left[ret->people[i].candidate].id - 1);
    return set;
}

static void work_out(struct few *few, uint32_t w, uint32_t asked, uint32_t yes)
{
    double *probability = &few->probability[w][asked][yes],
           *alerts = &few->alerts[w][asked][yes];
    if (*probability > -1)
        return;
    if (w == 0) {
        *probability = is_filled(few, yes) ? 1 : 0;
        *alerts = 0;
        return;
    }
    struct plan plan;
    const uint32_t more = asked_by_planner(few, w, asked, yes, &plan);
    plan_release(&plan);
    double sum = 0, count = __builtin_popcount(more);
    for (uint32_t said = more;; said = (said - 1) & more) {
        const double p = chance_of(few, more, said);
        work_out(few, w - 1, asked | more, yes | said);
        sum += p * few->probability[w - 1][asked | more][yes | said];
        count += p * few->alerts[w - 1][asked | more][yes | said];
        if (said == 0)
            break;
    }
    *probability = sum;
    *alerts = count;
}

static void make_few(struct few *few, struct random *random, uint32_t round)
{
    *few = (struct few){.need = {.line_count = 2,
                                 .counts = {1, 1 + round % 2},
                                 .reserve = PLAN_RESERVE_AUTO,
                                 .target = .95,
                                 .deadline_ms = NOW + (WAVES - 1) * LOOK_MS + 40000},
                        .price = 6 + 14 * random_unit(random)};
    for (uint32_t i = 0; i < FEW; i++)
        few->people[i] =
            (struct plan_candidate){.id = i + 1,
                                    .lines = 1u + (uint32_t)random_below(random, 3),
                                    .p_accept = .4 + .5 * random_unit(random),
                                    .messages = 1};
    for (uint32_t w = 0; w <= WAVES; w++)
        for (uint32_t asked = 0; asked <= ALL; asked++)
            for (uint32_t yes = 0; yes <= ALL; yes++)
                few->probability[w][asked][yes] = -2;
}

static void test_against_all_policies(void **state)
{
    (void)state;
    static struct few few;
    struct random_seeded random;
    double lost = 0, over = 0, worst = 0, expected = 0;
    const uint32_t rounds = 20;
    random_seeded_init(&random, 31);
    for (uint32_t round = 0; round < rounds; round++) {
        struct plan plan;
        make_few(&few, &random.super, round);
        (void)asked_by_planner(&few, WAVES, 0, 0, &plan);
        work_out(&few, WAVES, 0, 0);
        const double kept = few.probability[WAVES][0][0];
        const double mine = few.price * kept - few.alerts[WAVES][0][0];
        const double most = optimum(&few);
        if (kept < plan.probability - 1e-9 || mine > most + 1e-9 ||
            (kept > .8 && mine < most - .03))
            fail_msg("round %u: promised %.4f, kept %.4f; worth %.3f of %.3f", round,
                     plan.probability, kept, mine, most);
        expected += (few.alerts[WAVES][0][0] - plan.expected_alerts) / rounds;
        over += (kept - plan.probability) / rounds;
        lost += (most - mine) / rounds;
        worst = fmax(worst, most - mine);
        plan_release(&plan);
    }
    printf(
        "P above what is promised by %.4f, alerts by %.3f; %.3f alerts lost to the best "
        "policy, %.3f at most\n",
        over, expected, lost, worst);
    /* Those lost are of hopeless needs: the best policy asks for the scarce line first.
     */
    assert_true(lost < .2 && over < .04 && fabs(expected) < .1);
}

/* ---- many, played
 * -------------------------------------------------------------------------------- */

static void test_promise_is_kept(void **state)
{
    (void)state;
    static struct plan_candidate people[MANY];
    static const double RHOS[] = {0, .05};
    for (uint32_t i = 0; i < MANY; i++)
        people[i] = (struct plan_candidate){.id = i + 1,
                                            .lines = 4u | (i % 5 < 2 ? 1u : 0) |
                                                     (i % 2 != 0 ? 2u : 0),
                                            .p_accept = .287,
                                            .travel_ms = 3000 * i,
                                            .messages = 1};
    for (size_t r = 0; r < COUNT_OF(RHOS); r++) {
        double alerts[2];
        for (int policy = 0; policy < 2; policy++) {
            const struct play one = {.people = people,
                                     .count = MANY,
                                     .need = {.line_count = 3,
                                              .counts = {2, 2, 4},
                                              .reserve = PLAN_RESERVE_AUTO,
                                              .target = .95,
                                              .deadline_ms = NOW + 1800000},
                                     .response = RHOS[r] > 0 ? together : real,
                                     .policy = (enum plan_policy)policy,
                                     .now_ms = NOW,
                                     .accept = .287,
                                     .rho = RHOS[r]};
            const uint32_t rounds = 80 / ROUNDS_BY;
            struct random_seeded random;
            struct played sum = {0};
            double filled = 0;
            random_seeded_init(&random, 50 + (uint64_t)policy);
            for (uint32_t t = 0; t < rounds; t++) {
                const struct played now = play(&random.super, &one);
                filled += now.filled;
                sum.alerts += now.alerts;
                sum.waves += now.waves;
                sum.promised = now.promised;
                sum.expected = now.expected;
            }
            printf("rho %.2f, %s: promised %.4f, filled %.4f; expected %.2f alerts, were "
                   "%.2f in %.2f waves\n",
                   RHOS[r], plan_policy_code(one.policy), sum.promised, filled / rounds,
                   sum.expected, (double)sum.alerts / rounds, (double)sum.waves / rounds);
            alerts[policy] = (double)sum.alerts / rounds;
            assert_true(filled / rounds > .95 - 4 * sqrt(.95 * .05 / rounds));
            assert_true(policy > 0 || fabs(alerts[0] - sum.expected) < .08 * alerts[0]);
        }
        assert_true(alerts[0] < .75 * alerts[1]);
    }
}

/* Nobody is left for the second line, of which one seat is held. */
static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    struct plan_candidate people[12];
    const struct plan_need need = {.line_count = 2,
                                   .counts = {2, 1},
                                   .reserve = PLAN_RESERVE_AUTO,
                                   .target = .5,
                                   .deadline_ms = NOW + 1800000};
    const struct plan_holder holder = {
        .lines = 2, .line = 1, .count = 1, .accepted_ms = NOW};
    const struct plan_pending pending = {
        .lines = 1, .line = 0, .alerted_ms = NOW, .p_accept = .287};
    for (uint32_t i = 0; i < COUNT_OF(people); i++)
        people[i] = (struct plan_candidate){
            .id = i + 1, .lines = 1, .p_accept = .5, .messages = 1};
    struct plan_input input = {.need = &need,
                               .response = real,
                               .now_ms = NOW,
                               .candidates = people,
                               .candidate_count = COUNT_OF(people),
                               .holders = &holder,
                               .holder_count = 1,
                               .pending = &pending,
                               .pending_count = 1};
    fail_every_allocation(&input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_all_policies),
        cmocka_unit_test(test_promise_is_kept),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
