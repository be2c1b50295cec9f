/* SPDX-License-Identifier: Apache-2.0 */
/* Waves with feedback in the planner: the exact optimum of waves.h in the limit of
 * replies that are there at the look or never, and what was promised against many
 * call-outs played with the planner in the loop. */
#include "fixture.h"
#include "play.h"

#include "base/random.h"
#include "plan/look_internal.h"
#include "plan/waves.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1795478400000)
#define PEOPLE 300
/* Sanitizers look at the code, not at the figures. */
#ifdef __SANITIZE_ADDRESS__
#define ROUNDS_BY 10
#else
#define ROUNDS_BY 1
#endif

static void make_people(struct plan_candidate *people, uint32_t count, double a)
{
    for (uint32_t i = 0; i < count; i++)
        people[i] = (struct plan_candidate){
            .id = i + 1, .lines = 1, .p_accept = a, .messages = 1};
}

struct oracle {
    uint32_t k;
    double q, target, expected;
    uint32_t first, second[3], one_wave;
};
static const struct oracle ORACLES[] = {
    {1, .287, .95, 5.174803, 3, {6}, 9},
    {2, .287, .95, 9.614116, 7, {6, 11}, 15},
    {3, .3, .9, 12.023226, 9, {5, 8, 11}, 16},
};

/* How many the planner alerts at the look when R are still wanted. */
static uint32_t second_wave(const struct plan_input *first, const struct plan *plan,
                            uint32_t r)
{
    uint32_t yes = first->need->counts[0] - r, asked = plan->people_count;
    struct plan_holder holders[8];
    struct plan_pending pending[64];
    struct plan_answer answers[8];
    struct plan_input input = *first;
    struct plan second;
    for (uint32_t i = 0; i < yes; i++) {
        holders[i] =
            (struct plan_holder){.count = 1, .accepted_ms = NOW + 20000, .arrived = true};
        answers[i] = (struct plan_answer){.p_accept = .3, .yes = true};
    }
    for (uint32_t i = yes; i < asked; i++)
        pending[i - yes] = (struct plan_pending){.alerted_ms = NOW, .p_accept = .3};
    input.now_ms = plan->next_due_ms;
    input.holders = holders;
    input.holder_count = input.answer_count = yes;
    input.answers = answers;
    input.pending = pending;
    input.pending_count = asked - yes;
    input.candidates += asked;
    input.candidate_count -= asked;
    input.price = plan->price;
    assert_int_equal(plan_make(&input, &second), 0);
    uint32_t alerts = second.people_count;
    plan_release(&second);
    return alerts;
}

static void test_oracles(void **state)
{
    (void)state;
    struct plan_candidate people[PEOPLE];
    for (size_t i = 0; i < COUNT_OF(ORACLES); i++) {
        const struct oracle *oracle = &ORACLES[i];
        make_people(people, PEOPLE, oracle->q);
        struct plan_need need = {.line_count = 1,
                                 .counts = {oracle->k},
                                 .reserve = PLAN_RESERVE_AUTO,
                                 .target = oracle->target,
                                 .deadline_ms = NOW + 100000};
        struct plan_input input = {.need = &need,
                                   .response = steps,
                                   .now_ms = NOW,
                                   .candidates = people,
                                   .candidate_count = PEOPLE};
        struct plan plan;
        assert_int_equal(plan_make(&input, &plan), 0);
        printf("k %u: %u now, then at most %u after %lld s: %.6f alerts, P %.6f\n",
               oracle->k, plan.people_count, plan.later.most,
               (long long)plan.later.after_ms / 1000, plan.expected_alerts,
               plan.probability);
        assert_int_equal(plan.people_count, oracle->first);
        assert_true(fabs(plan.expected_alerts - oracle->expected) < 1e-6);
        assert_true(plan.target_reached);
        assert_int_equal(plan.at_once, oracle->one_wave);
        assert_int_equal(plan.later.most, oracle->second[oracle->k - 1]);
        for (uint32_t r = 1; r <= oracle->k; r++)
            assert_int_equal(second_wave(&input, &plan, r), oracle->second[r - 1]);
        plan_release(&plan);
        input.policy = PLAN_POLICY_ONE_WAVE;
        assert_int_equal(plan_make(&input, &plan), 0);
        assert_int_equal(plan.people_count, oracle->one_wave);
        plan_release(&plan);
    }
}

/* ---- every first wave and every second one, of people who are alike
 * ------------------------------ */

#define SEATS_MAX 20
#define ASKED_MAX 140

/* Of people who say yes with q each: [seats wanted][asked] = P(enough of them do). */
struct alike {
    double q, tail[SEATS_MAX + 1][ASKED_MAX + 1];
};

static void alike_init(struct alike *alike, double q)
{
    alike->q = q;
    for (uint32_t r = 1; r <= SEATS_MAX; r++)
        for (uint32_t m = 0; m <= ASKED_MAX; m++) {
            double below = 0, c = 1;
            for (uint32_t j = 0; j < r && j <= m; j++) {
                below += c * pow(q, j) * pow(1 - q, m - j);
                c = c * (m - j) / (j + 1);
            }
            alike->tail[r][m] = 1 - below;
        }
}

/* missing[r] = P(R of K seats are empty after N were asked); returns that of none. */
static double alike_missing(const struct alike *alike, uint32_t k, uint32_t n,
                            double missing[SEATS_MAX + 1])
{
    double c = 1, done = 1;
    memset(missing, 0, (SEATS_MAX + 1) * sizeof(*missing));
    for (uint32_t j = 0; j < k && j <= n; j++) {
        missing[k - j] = c * pow(alike->q, j) * pow(1 - alike->q, n - j);
        done -= missing[k - j];
        c = c * (n - j) / (j + 1);
    }
    return done;
}

/* The exact optimum itself. */
static void test_oracles_by_enumeration(void **state)
{
    (void)state;
    static struct alike alike;
    for (size_t o = 0; o < COUNT_OF(ORACLES); o++) {
        const struct oracle *oracle = &ORACLES[o];
        double best = 1e9;
        uint32_t first = 0, k = oracle->k;
        alike_init(&alike, oracle->q);
        for (uint32_t n = 0; n <= 20; n++) {
            double missing[SEATS_MAX + 1], done = alike_missing(&alike, k, n, missing);
            uint32_t m[4];
            for (m[1] = 0; m[1] <= 24; m[1]++)
                for (m[2] = 0; m[2] <= (k > 1 ? 24 : 0); m[2]++)
                    for (m[3] = 0; m[3] <= (k > 2 ? 24 : 0); m[3]++) {
                        double p = done, cost = n;
                        for (uint32_t r = 1; r <= k; r++) {
                            p += missing[r] * alike.tail[r][m[r]];
                            cost += missing[r] * m[r];
                        }
                        if (p >= oracle->target && cost < best) {
                            best = cost;
                            first = n;
                        }
                    }
        }
        assert_true(fabs(best - oracle->expected) < 1e-6);
        assert_int_equal(first, oracle->first);
        static double qs[60];
        for (int i = 0; i < 60; i++)
            qs[i] = oracle->q;
        struct waves waves;
        struct waves_input input = {
            .k = k, .count = 60, .target = oracle->target, .q1 = qs, .q2 = qs};
        assert_int_equal(waves_solve(&input, &waves), 0);
        assert_true(fabs(waves.expected_alerts - best) < 1e-9);
    }
}

/* The best second waves at PRICE after N were asked for K seats, a certain success being
 * worth PRICE alerts. */
static struct look_result alike_after(const struct alike *alike, uint32_t k, double price,
                                      uint32_t n)
{
    double missing[SEATS_MAX + 1], likely = 0;
    struct look_result ret = {.first = n};
    ret.probability = alike_missing(alike, k, n, missing);
    for (uint32_t r = 1; r <= k; r++) {
        uint32_t best = 0;
        for (uint32_t m = 1; m <= ASKED_MAX; m++)
            if (price * (alike->tail[r][m] - alike->tail[r][best]) > m - best)
                best = m;
        ret.probability += missing[r] * alike->tail[r][best];
        ret.expected += missing[r] * best;
        ret.chance += best > 0 ? missing[r] : 0;
        ret.most = best > ret.most && missing[r] > 1e-6 ? best : ret.most;
        if (best > 0 && missing[r] > likely) {
            likely = missing[r];
            ret.likely = best;
        }
    }
    return ret;
}

static double worth_of(const struct look_result *look, double price)
{
    return price * look->probability - look->first - look->expected;
}

/* A work of people who are alike, a look at whom is exact: replies after 20 s or never.
 */
struct town {
    struct plan_candidate people[PEOPLE];
    struct plan_need need;
    struct plan_input input;
    struct planner planner;
};

static struct work *town_begin(struct town *town, uint32_t seats, double q,
                               int64_t left_ms)
{
    struct work *work = &town->planner.works[0];
    memset(town, 0, sizeof(*town));
    make_people(town->people, PEOPLE, q);
    town->need = (struct plan_need){.line_count = 1,
                                    .counts = {seats},
                                    .reserve = PLAN_RESERVE_AUTO,
                                    .target = .95,
                                    .deadline_ms = NOW + left_ms};
    town->input = (struct plan_input){.need = &town->need,
                                      .response = steps,
                                      .now_ms = NOW,
                                      .candidates = town->people,
                                      .candidate_count = PEOPLE};
    town->planner.input = &town->input;
    common_init(&town->planner.common, q, 0, 16);
    assert_int_equal(people_pool(&town->input, work), 0);
    assert_int_equal(people_of_line(&town->planner, 0, work), 0);
    people_know(&town->planner, work, PEOPLE);
    return work;
}

static void assert_same(const struct look_result *got, const struct look_result *wanted)
{
    assert_int_equal(got->first, wanted->first);
    assert_true(fabs(got->expected - wanted->expected) < 1e-6);
    assert_true(fabs(got->probability - wanted->probability) < 1e-6);
    assert_true(fabs(got->chance - wanted->chance) < 1e-6);
    assert_int_equal(got->most, wanted->most);
    assert_int_equal(got->likely, wanted->likely);
}

static const double PRICES[] = {1.5, 4, 9, 20, 60, 200};

/* At a price as many are asked, now and at the look, as are worth it. */
static void test_price_by_enumeration(void **state)
{
    (void)state;
    static struct town town;
    static struct alike alike;
    alike_init(&alike, .3);
    for (uint32_t k = 1; k <= 3; k++)
        for (size_t i = 0; i < COUNT_OF(PRICES); i++)
            for (uint32_t only = 0; only <= LOOKS; only++) {
                struct work *work = town_begin(&town, k, .3, 600000);
                const struct look_wish wish = {
                    .price = PRICES[i], .one_wave = 24, .only = only};
                struct look_result best = alike_after(&alike, k, PRICES[i], 0), got;
                for (uint32_t n = 1; n <= 24; n++) {
                    struct look_result one = alike_after(&alike, k, PRICES[i], n);
                    if (worth_of(&one, PRICES[i]) > worth_of(&best, PRICES[i]) + 1e-9)
                        best = one;
                }
                assert_int_equal(look_plan(&town.planner, work, &wish, &got), ST_OK);
                assert_same(&got, &best);
                assert_int_equal(got.after_ms, LOOKS_MS[only > 0 ? only - 1 : 0]);
                assert_true(got.price == PRICES[i]);
                work_release(work);
            }
}

/* The second waves of the smallest price that reaches TARGET after N were asked; false:
 * none does that asks at most MOST then. */
static bool alike_reach(const struct alike *alike, const struct look_wish *wish,
                        uint32_t k, uint32_t n, struct look_result *ret)
{
    double low = 1, high = 1e6;
    *ret = alike_after(alike, k, high, n);
    for (int i = 0; i < 60; i++) {
        const double middle = sqrt(low * high);
        const struct look_result one = alike_after(alike, k, middle, n);
        if (one.probability >= wish->target) {
            *ret = one;
            high = middle;
        } else
            low = middle;
    }
    return ret->probability >= wish->target &&
           ret->most <= LOOK_REACH * wish->one_wave + k;
}

/* A target is reached with the fewest alerts, whichever look is taken; not at all if one
 * wave is said to be so small that it cannot be. */
static void test_target_by_enumeration(void **state)
{
    (void)state;
    static const uint32_t ONE_WAVES[] = {1, 12, 30};
    static struct town town;
    static struct alike alike;
    alike_init(&alike, .3);
    for (uint32_t k = 1; k <= 3; k++)
        for (size_t i = 0; i < COUNT_OF(ONE_WAVES); i++)
            for (uint32_t only = 0; only <= LOOKS; only++) {
                struct work *work = town_begin(&town, k, .3, 600000);
                const struct look_wish wish = {
                    .target = .95, .one_wave = ONE_WAVES[i], .only = only};
                struct look_result best, one, got;
                double least = INFINITY;
                for (uint32_t n = 0; n <= wish.one_wave; n++)
                    if (alike_reach(&alike, &wish, k, n, &one) &&
                        n + one.expected < least) {
                        least = n + one.expected;
                        best = one;
                    }
                assert_int_equal(look_plan(&town.planner, work, &wish, &got),
                                 isfinite(least) ? ST_OK : ST_NOT_FOUND);
                assert_true(isfinite(least) == (wish.one_wave > 1));
                if (isfinite(least)) {
                    assert_same(&got, &best);
                    assert_int_equal(got.after_ms, LOOKS_MS[only > 0 ? only - 1 : 0]);
                    /* About at its price the same is chosen again. */
                    one = alike_after(&alike, k, got.price * .999, got.first);
                    assert_same(&got, &one);
                    one = alike_after(&alike, k, got.price * 1.001, got.first);
                    assert_same(&got, &one);
                }
                work_release(work);
            }
}

/* Lines that go together: at every price and every second look the best of the first
 * waves that are tried, eleven from nobody to one wave; no look after the deadline. */
static void test_offers_by_enumeration(void **state)
{
    (void)state;
    static struct town town;
    static struct alike alike;
    struct look_offer offers[LOOKS * COUNT_OF(PRICES)];
    alike_init(&alike, .3);
    for (uint32_t k = 1; k <= 3; k++) {
        struct work *work = town_begin(&town, k, .3, 240001);
        const struct look_menu menu = {
            .one_wave = 20, .count = COUNT_OF(PRICES), .prices = PRICES};
        assert_int_equal(look_offers(&town.planner, work, &menu, offers), ST_OK);
        for (uint32_t at = 0; at < LOOKS; at++)
            for (size_t i = 0; i < COUNT_OF(PRICES); i++) {
                const struct look_offer *got = &offers[at * COUNT_OF(PRICES) + i];
                struct look_result best = alike_after(&alike, k, PRICES[i], 0);
                for (uint32_t n = 2; n <= 20; n += 2) {
                    struct look_result one = alike_after(&alike, k, PRICES[i], n);
                    if (worth_of(&one, PRICES[i]) > worth_of(&best, PRICES[i]) + 1e-9)
                        best = one;
                }
                assert_true((got->probability >= 0) == (at == 0 || at == 2));
                if (got->probability < 0)
                    continue;
                assert_int_equal(got->first, best.first);
                assert_true(fabs(got->expected - best.expected) < 1e-6);
                assert_true(fabs(got->probability - best.probability) < 1e-6);
            }
        work_release(work);
    }
}

/* Very many seats: sums are rounded. What is asked now is worth within one alert of the
 * best, and what is told of it is within half an alert and a hundredth. */
static void test_many_by_enumeration(void **state)
{
    (void)state;
    static struct town town;
    static struct alike alike;
    alike_init(&alike, .3);
    for (uint32_t k = 13; k <= SEATS_MAX; k += 7)
        for (size_t i = 3; i < COUNT_OF(PRICES); i++) {
            const double price = PRICES[i];
            struct work *work = town_begin(&town, k, .3, 100000);
            const struct look_wish wish = {.price = price, .one_wave = 90};
            struct look_result best = alike_after(&alike, k, price, 0), got;
            for (uint32_t n = 1; n <= 90; n++) {
                struct look_result one = alike_after(&alike, k, price, n);
                if (worth_of(&one, price) > worth_of(&best, price))
                    best = one;
            }
            assert_int_equal(look_plan(&town.planner, work, &wish, &got), ST_OK);
            struct look_result really = alike_after(&alike, k, price, got.first);
            assert_true(worth_of(&really, price) > worth_of(&best, price) - 1);
            assert_true(fabs(worth_of(&got, price) - worth_of(&really, price)) < .5);
            assert_true(fabs(got.probability - really.probability) < .01);
            work_release(work);
        }
}

/* Without a second wave the look changes nothing: summed over the answers, the table says
 * what one wave says, however far away people are. */
static void check_looking_alone(uint32_t seats, uint32_t n, double error)
{
    struct plan_candidate people[PEOPLE];
    make_people(people, PEOPLE, .287);
    struct plan_need need = {.line_count = 1,
                             .counts = {seats},
                             .reserve = PLAN_RESERVE_AUTO,
                             .target = .95,
                             .deadline_ms = NOW + 900000};
    for (uint32_t travel_s = 0; travel_s <= 780; travel_s += 60)
        for (uint32_t at = 0; at < LOOKS; at++) {
            struct planner planner = {0};
            struct plan_input input = {.need = &need,
                                       .response = together,
                                       .now_ms = NOW,
                                       .candidates = people,
                                       .candidate_count = PEOPLE};
            struct work *work = &planner.works[0];
            for (uint32_t i = 0; i < PEOPLE; i++)
                people[i].travel_ms = travel_s * 1000;
            planner.input = &input;
            common_init(&planner.common, .287, .05, 16);
            assert_int_equal(people_pool(&input, work), 0);
            assert_int_equal(people_of_line(&planner, 0, work), 0);
            people_know(&planner, work, 3 * n);
            struct look *look = mem_alloc(sizeof(*look));
            const struct look_wish wish = {.target = .95, .one_wave = n + n / 2};
            assert_int_equal(look_init(look, &planner, work, &wish), 0);
            look_table(look, n, at);
            double sum = 0, mass = 0, wanted;
            for (uint32_t c = 0; c < look->class_count; c++) {
                sum += look->gain[c][0];
                mass += look->mass[c];
            }
            const struct line_points points = {
                .seats = LINE_SEATS_ALL, .count = 1, .at = &n};
            assert_int_equal(line_points(&work->line, &points, &wanted), 0);
            assert_true(fabs(mass - 1) < 1e-6);
            if (fabs(sum - wanted) > error)
                fail_msg("%u seats, %u s, look %u: %.5f, one wave %.5f", seats, travel_s,
                         at, sum, wanted);
            look_release(look);
            mem_free(look);
            work_release(work);
        }
}

static void test_looking_alone(void **state)
{
    (void)state;
    check_looking_alone(2, 20, 0.005);
    check_looking_alone(20, 90, 0.02); /* sums are rounded */
}

static void test_promise_is_kept(void **state)
{
    (void)state;
    struct plan_candidate people[PEOPLE];
    static const double RHOS[] = {0, .05};
    static const uint32_t KS[] = {2, 6, 20};
    make_people(people, PEOPLE, .287);
    for (uint32_t i = 0; i < PEOPLE; i++)
        people[i].travel_ms = 3000 * i;
    for (size_t r = 0; r < COUNT_OF(RHOS); r++)
        for (size_t j = 0; j < COUNT_OF(KS); j++) {
            double alerts[2] = {0};
            const uint32_t rounds = (KS[j] > 10 ? 30 : 120) / ROUNDS_BY;
            for (int policy = 0; policy < 2; policy++) {
                struct random_seeded random;
                double filled = 0, waves = 0, promised = 0;
                random_seeded_init(&random, 40 + policy);
                for (uint32_t t = 0; t < rounds; t++) {
                    const struct play one_play = {.people = people,
                                                  .count = PEOPLE,
                                                  .need = {.line_count = 1,
                                                           .counts = {KS[j]},
                                                           .reserve = PLAN_RESERVE_AUTO,
                                                           .target = .95,
                                                           .deadline_ms = NOW + 1500000},
                                                  .response =
                                                      RHOS[r] > 0 ? together : real,
                                                  .policy = (enum plan_policy)policy,
                                                  .now_ms = NOW,
                                                  .accept = .287,
                                                  .rho = RHOS[r]};
                    struct played one = play(&random.super, &one_play);
                    alerts[policy] += one.alerts;
                    waves += one.waves;
                    filled += one.filled;
                    promised = one.promised;
                }
                filled /= rounds;
                alerts[policy] /= rounds;
                printf("k %u, rho %.2f, %s: promised %.4f, filled %.4f, %.2f alerts in "
                       "%.2f waves\n",
                       KS[j], RHOS[r], plan_policy_code((enum plan_policy)policy),
                       promised, filled, alerts[policy], waves / rounds);
                /* Four standard errors of the rate. */
                assert_true(filled > .95 - 4 * sqrt(.95 * .05 / rounds));
            }
            assert_true(alerts[0] < alerts[1]);
            /* 10.8 and 13.2 while nobody was found missing. */
            assert_true(KS[j] > 2 || alerts[0] < (RHOS[r] > 0 ? 12.0 : 9.5));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oracles),
        cmocka_unit_test(test_oracles_by_enumeration),
        cmocka_unit_test(test_price_by_enumeration),
        cmocka_unit_test(test_target_by_enumeration),
        cmocka_unit_test(test_offers_by_enumeration),
        cmocka_unit_test(test_many_by_enumeration),
        cmocka_unit_test(test_looking_alone),
        cmocka_unit_test(test_promise_is_kept),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
