/* SPDX-License-Identifier: Apache-2.0 */
/* One line, all at once: is there a smaller set of people that reaches the target? All
 * sets are tried, with the common cause as a plain sum over its values. Where people
 * answer by themselves there is none; where they answer much alike there may be one that
 * is smaller by one (plan.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "plan/plan.h"
#include "test/unit/plan/fixture.h"

#include <math.h>
#include <stdio.h>

#define PEOPLE_MAX 10
#define COUNT_MAX 3
#define NODES 200
#define CASES 150

/* Values of the log odds of Z, evenly spaced, and their weights. */
struct plain {
    uint32_t count;
    double odds[NODES], weight[NODES];
};

static void plain_init(struct plain *plain, double mean, double rho)
{
    *plain = (struct plain){.count = 1, .odds = {mean / (1 - mean)}, .weight = {1}};
    if (rho <= 0)
        return;
    const double a = mean * (1 - rho) / rho, b = (1 - mean) * (1 - rho) / rho;
    const double middle = log(mean / (1 - mean)), reach = 8 * sqrt(1 / a + 1 / b) + 3 / a;
    double sum = 0;
    plain->count = NODES;
    for (uint32_t m = 0; m < NODES; m++) {
        const double t = middle + reach * (2 * (m + .5) / NODES - 1);
        plain->odds[m] = exp(t);
        plain->weight[m] = exp(a * t - (a + b) * log1p(exp(t)));
        sum += plain->weight[m];
    }
    for (uint32_t m = 0; m < NODES; m++)
        plain->weight[m] /= sum;
}

static double accepts(const struct plain *plain, uint32_t m, double x)
{
    return plain->odds[m] * x / (1 + plain->odds[m] * x);
}

/* The x with which somebody accepts with A on average: halving. */
static double x_of(const struct plain *plain, double a)
{
    double low = -20, high = 20;
    for (int i = 0; i < 60; i++) {
        double sum = 0;
        for (uint32_t m = 0; m < plain->count; m++)
            sum += plain->weight[m] * accepts(plain, m, exp((low + high) / 2));
        *(sum < a ? &low : &high) = (low + high) / 2;
    }
    return exp((low + high) / 2);
}

struct person {
    double at[NODES]; /* there in time, given each value */
};

static double tail_of(const struct plain *plain, const struct person *people,
                      uint32_t set, uint32_t count)
{
    double ret = 0;
    for (uint32_t m = 0; m < plain->count; m++) {
        double there[COUNT_MAX + 1] = {1};
        for (uint32_t i = 0; set >> i != 0; i++) {
            const double q = (set >> i & 1) != 0 ? people[i].at[m] : 0;
            there[count] += there[count - 1] * q;
            for (uint32_t k = count - 1; k > 0; k--)
                there[k] += (there[k - 1] - there[k]) * q;
            there[0] *= 1 - q;
        }
        ret += plain->weight[m] * there[count];
    }
    return ret;
}

static void draw(struct random *random, struct plan_candidate people[PEOPLE_MAX],
                 struct plan_need *need)
{
    const uint32_t minutes = 8 + (uint32_t)random_below(random, 20);
    *need = (struct plan_need){.line_count = 1,
                               .counts = {1 + (uint32_t)random_below(random, COUNT_MAX)},
                               .reserve = PLAN_RESERVE_AUTO,
                               .target = .5 + .45 * random_unit(random),
                               .deadline_ms = minutes * 60000};
    for (uint32_t i = 0; i < PEOPLE_MAX; i++)
        people[i] = (struct plan_candidate){
            .id = i + 1,
            .lines = 1,
            .travel_ms = (uint32_t)random_below(random, minutes * 60000),
            .p_accept = .1 + .85 * random_unit(random),
            .comes = .5 + .5 * random_unit(random),
            .messages = 1,
            .answers = 9};
}

/* How many fewer than PLAN alerts would do. */
static uint32_t fewer(const struct plan_input *input, const struct plan *plan, double rho)
{
    struct plain plain;
    struct person people[PEOPLE_MAX];
    double mean = 0;
    uint32_t own = 0, least = plan->people_count;
    for (uint32_t i = 0; i < PEOPLE_MAX; i++)
        mean += input->candidates[i].p_accept / PEOPLE_MAX;
    plain_init(&plain, mean, rho);
    for (uint32_t i = 0; i < PEOPLE_MAX; i++) {
        const struct plan_candidate *one = &input->candidates[i];
        const double x = x_of(&plain, one->p_accept),
                     in_time =
                         response_model_in_time(input->response, false,
                                                input->need->deadline_ms, one->travel_ms);
        for (uint32_t m = 0; m < plain.count; m++)
            people[i].at[m] = accepts(&plain, m, x) * one->comes * in_time;
    }
    for (uint32_t i = 0; i < plan->people_count; i++)
        own |= 1u << plan->people[i].candidate;
    const uint32_t count = input->need->counts[0];
    assert_true(fabs(tail_of(&plain, people, own, count) - plan->probability) < 1e-4);
    for (uint32_t set = 1; set < 1u << PEOPLE_MAX; set++)
        if ((uint32_t)__builtin_popcount(set) < least &&
            tail_of(&plain, people, set, count) >= input->need->target + 1e-6)
            least = (uint32_t)__builtin_popcount(set);
    return plan->people_count - least;
}

static void test_fewest_of_all(void **state)
{
    (void)state;
    static const double RHOS[] = {0, .02, .2};
    for (size_t r = 0; r < sizeof RHOS / sizeof *RHOS; r++) {
        struct response_model *response;
        struct random_seeded random;
        uint32_t reached = 0, beaten = 0;
        assert_int_equal(correlated_new(&response, RHOS[r]), 0);
        random_seeded_init(&random, 6001);
        for (int i = 0; i < CASES; i++) {
            struct plan_candidate people[PEOPLE_MAX];
            struct plan_need need;
            struct plan plan;
            draw(&random.super, people, &need);
            const struct plan_input input = {.need = &need,
                                             .response = response,
                                             .policy = PLAN_POLICY_ONE_WAVE,
                                             .candidates = people,
                                             .candidate_count = PEOPLE_MAX};
            assert_int_equal(plan_make(&input, &plan), 0);
            if (plan.target_reached) {
                const uint32_t by = fewer(&input, &plan, RHOS[r]);
                assert_true(by <= 1);
                reached++;
                beaten += by;
            }
            plan_release(&plan);
        }
        printf("correlation %.2f: of %u plans that reach the target %u could do with one "
               "fewer\n",
               RHOS[r], reached, beaten);
        assert_true(reached > CASES / 3 && beaten <= (RHOS[r] > .1 ? reached / 50 : 0));
        response_model_free(response);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fewest_of_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
