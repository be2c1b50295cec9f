/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a planner is given, it ends soon and says something sane: chances of 0, 1 and
 * the smallest doubles, deadlines that have passed or are years away, everybody forced or
 * pending, more seats held than wanted, prices of any size. Each input also as
 * it may come in the next plan of the call-out. The alarm ends a plan that does not. */
#include "fixture.h"

#include "base/random.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOW INT64_C(1795478400000)
#define ROUNDS 2000
#define MANY_ROUNDS 10 /* for each number of lines */
#define ALARM_S 60
#define PEOPLE_MAX 400
#define ASKED_MAX 160
/* Thread CPU time of one plan; fifteen times what the slowest one takes without
 * sanitizers.
 */
#define CPU_MS_MAX 3000
#define MODELS 5

struct input {
    struct plan_input plan;
    struct plan_need need;
    struct plan_candidate candidates[PEOPLE_MAX];
    struct plan_holder holders[ASKED_MAX];
    struct plan_pending pending[ASKED_MAX];
    struct plan_limited limited[ASKED_MAX];
    struct plan_answer answers[ASKED_MAX];
};

static struct response_model *models[MODELS];

static int setup(void **state)
{
    (void)state;
    struct response_model_config config;
    response_model_config_default(&config);
    int status = response_model_new(&models[0], &config);
    config.correlation = .05;
    status = status < 0 ? status : response_model_new(&models[1], &config);
    config.correlation = .5;
    config.delay_median_s = 86400;
    config.delay_sigma = 5;
    config.declines = 1;
    status = status < 0 ? status : response_model_new(&models[2], &config);
    config.delay_median_s = config.turnout_day_median_s = config.turnout_night_median_s =
        1;
    config.delay_sigma = config.turnout_sigma = .01;
    config.comes = config.comes_en_route = config.accept = 0;
    status = status < 0 ? status : response_model_new(&models[3], &config);
    config.comes = config.comes_en_route = config.accept = 1;
    config.unread_factor = config.undelivered_factor = 0;
    config.correlation = 2e-6;
    config.travel_factor = 10;
    status = status < 0 ? status : response_model_new(&models[4], &config);
    return status;
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < MODELS; i++)
        response_model_free(models[i]);
    return 0;
}

/* ---- inputs
 * ----------------------------------------------------------------------------- */

static uint32_t below(struct random_seeded *random, uint32_t bound)
{
    return (uint32_t)random_below(&random->super, bound);
}

static double a_chance(struct random_seeded *random)
{
    static const double EDGES[] = {0,      1,     DBL_TRUE_MIN,        DBL_MIN,
                                   1e-300, 1e-12, 1 - DBL_EPSILON / 2, .5};
    uint32_t which = below(random, 3 * COUNT_OF(EDGES));
    return which < COUNT_OF(EDGES) ? EDGES[which] : random_unit(&random->super);
}

static int64_t a_span_ms(struct random_seeded *random)
{
    static const int64_t SPANS[] = {0,      1,       999,      5000,       59999,
                                    60000,  60001,   120000,   300000,     600000,
                                    900000, 3600000, 86400000, 31536000000};
    return SPANS[below(random, COUNT_OF(SPANS))];
}

static uint32_t a_travel_ms(struct random_seeded *random)
{
    static const uint32_t EDGES[] = {0, 1, UINT32_MAX, 3600000};
    uint32_t which = below(random, 16);
    return which < COUNT_OF(EDGES) ? EDGES[which] : below(random, 1800000);
}

static uint32_t a_number(struct random_seeded *random, uint32_t most)
{
    static const uint32_t EDGES[] = {0, 1, 2, 12, 13, 96, 97};
    uint32_t which = below(random, 2 * COUNT_OF(EDGES));
    uint32_t n = which < COUNT_OF(EDGES) ? EDGES[which] : below(random, most + 1);
    return n < most ? n : most;
}

/* Able for some of the lines, or for none. */
static uint8_t some_lines(struct random_seeded *random, const struct input *input)
{
    const uint32_t count = input->need.line_count < 2 ? 2 : input->need.line_count;
    return (uint8_t)below(random, 1u << count);
}

static void fill_candidates(struct random_seeded *random, struct input *input)
{
    /* Alike or not, in order or not; nobody, some or everybody forced. */
    const bool alike = below(random, 2) == 0, ordered = below(random, 2) == 0;
    const uint32_t forced = below(random, 8) == 0 ? 1 : 20, first = below(random, 20) + 1;
    const struct plan_candidate one = {.p_accept = a_chance(random),
                                       .comes = a_chance(random)};
    input->plan.candidate_count = a_number(random, PEOPLE_MAX);
    for (uint32_t i = 0; i < input->plan.candidate_count; i++)
        input->candidates[i] = (struct plan_candidate){
            .id = i + 1,
            .lines = input->need.line_count > 2 || below(random, 9) == 0
                         ? some_lines(random, input)
                         : 3,
            .travel_ms = ordered ? i * 3000 : a_travel_ms(random),
            .p_accept = alike ? one.p_accept : a_chance(random),
            .comes = alike ? one.comes : a_chance(random),
            .messages = 1 + random_unit(&random->super),
            .burden = below(random, 4) == 0 ? 1e6 * random_unit(&random->super) : 0,
            .answers = below(random, 6),
            .first = below(random, first) == 0 && first < 10,
            .forced = below(random, forced) == 0};
}

static void fill_asked(struct random_seeded *random, struct input *input)
{
    const bool future = below(random, 8) == 0;
    input->plan.pending_count = below(random, 3) == 0 ? a_number(random, ASKED_MAX) : 0;
    for (uint32_t i = 0; i < input->plan.pending_count; i++)
        input->pending[i] = (struct plan_pending){
            .line = below(random, input->need.line_count),
            .lines = some_lines(random, input),
            .travel_ms = a_travel_ms(random),
            .alerted_ms = NOW + (future ? 1 : -1) * a_span_ms(random),
            .p_accept = a_chance(random),
            .reach = (enum plan_reach)below(random, 4)};
    input->plan.holder_count = below(random, 3) == 0 ? a_number(random, ASKED_MAX) : 0;
    for (uint32_t i = 0; i < input->plan.holder_count; i++)
        input->holders[i] = (struct plan_holder){
            .line = below(random, input->need.line_count),
            .count = a_number(random, 20),
            .lines = some_lines(random, input),
            .travel_ms = a_travel_ms(random),
            .accepted_ms = NOW + (future ? 1 : -1) * a_span_ms(random),
            .left_ms = below(random, 2) * NOW,
            .arrived = below(random, 3) == 0};
    input->plan.limited_count = below(random, 4) == 0 ? a_number(random, ASKED_MAX) : 0;
    for (uint32_t i = 0; i < input->plan.limited_count; i++)
        input->limited[i] =
            (struct plan_limited){.id = i,
                                  .line = below(random, input->need.line_count),
                                  .travel_ms = a_travel_ms(random),
                                  .ready_ms = NOW + a_span_ms(random)};
    input->plan.answer_count = below(random, 3) == 0 ? a_number(random, ASKED_MAX) : 0;
    for (uint32_t i = 0; i < input->plan.answer_count; i++)
        input->answers[i] = (struct plan_answer){a_chance(random), below(random, 2) == 0};
}

/* LINES 0: one or two. */
static void fill(struct random_seeded *random, uint32_t lines, struct input *input)
{
    static const uint32_t COUNTS[] = {1, 1, 2, 3, 4, 8, 12, 13, 40, 200, 201, 5000};
    static const double TARGETS[] = {DBL_TRUE_MIN, .5, .95, .95, .999, 1 - DBL_EPSILON};
    static const double PRICES[] = {
        0, 0, 0, 1, 20, 1e5, DBL_TRUE_MIN, 1e7, PLAN_PRICE_MAX};
    memset(input, 0, sizeof(*input));
    input->need = (struct plan_need){
        .line_count = lines > 0               ? lines
                      : below(random, 5) == 0 ? 2
                                              : 1,
        .reserve = below(random, 3) == 0 ? (int32_t)a_number(random, PLAN_COUNT_MAX)
                                         : PLAN_RESERVE_AUTO,
        .target = TARGETS[below(random, COUNT_OF(TARGETS))],
        .deadline_ms = NOW + (below(random, 8) == 0 ? -1 : 1) * a_span_ms(random)};
    for (uint32_t i = 0; i < input->need.line_count; i++)
        input->need.counts[i] = i == 0 && lines == 0
                                    ? COUNTS[below(random, COUNT_OF(COUNTS))]
                                    : 1 + below(random, 6);
    input->plan = (struct plan_input){
        .need = &input->need,
        .response = models[below(random, 2) * below(random, MODELS)],
        .now_ms = NOW,
        .night = below(random, 2) == 0,
        .candidates = input->candidates,
        .holders = input->holders,
        .pending = input->pending,
        .limited = input->limited,
        .answers = input->answers,
        .policy = (enum plan_policy)(below(random, 6) == 0 ? 1 + below(random, 2) : 0),
        .price = PRICES[below(random, COUNT_OF(PRICES))],
        .first_wave = a_number(random, PEOPLE_MAX),
        .compare = below(random, 16) == 0,
        .brief = below(random, 2) == 0};
    fill_candidates(random, input);
    fill_asked(random, input);
}

/* ---- plans
 * ------------------------------------------------------------------------------ */

static bool is_chance(double p)
{
    return p >= -1e-9 && p <= 1 + 1e-9; /* not NaN */
}

static bool are_figures(const struct plan *plan)
{
    bool ok = is_chance(plan->probability) && is_chance(plan->probability_held) &&
              is_chance(plan->later.chance) && isfinite(plan->expected_alerts) &&
              isfinite(plan->expected_messages) && plan->later.expected >= 0 &&
              plan->price >= 0 && plan->price <= PLAN_PRICE_MAX;
    for (uint32_t i = 0; i < plan->line_count; i++)
        ok = ok && is_chance(plan->lines[i].probability);
    return ok;
}

/* Nobody twice, and nobody who is not there. */
static bool are_people(const struct plan_input *input, const struct plan *plan)
{
    bool seen[PEOPLE_MAX] = {false};
    bool ok = plan->people_count + plan->later.most <= input->candidate_count &&
              plan->ask_limited_count <= input->limited_count;
    for (uint32_t i = 0; i < plan->people_count && ok; i++) {
        const struct plan_person *person = &plan->people[i];
        ok = person->candidate < input->candidate_count && !seen[person->candidate] &&
             is_chance(person->q);
        seen[person->candidate] = true;
    }
    return ok;
}

static void check(const struct input *input, const struct plan *plan, uint32_t round)
{
    const char *wrong = NULL;
    if (!are_figures(plan))
        wrong = "a figure";
    else if (!are_people(&input->plan, plan))
        wrong = "a person";
    else if (plan->expected_alerts < plan->people_count - 1e-6)
        wrong = "fewer expected than alerted";
    else if (plan->next_due_ms != 0 && plan->next_due_ms < NOW + 1000)
        wrong = "at once again";
    for (uint32_t i = 0; i < plan->line_count; i++)
        if (plan->lines[i].seats < input->need.counts[i])
            wrong = "too few seats";
    if (wrong != NULL)
        fail_msg("round %u: %s: %u alerted of %u, P %.9g, expected %g, price %g, later "
                 "%u (%g) in %lld ms",
                 round, wrong, plan->people_count, input->plan.candidate_count,
                 plan->probability, plan->expected_alerts, plan->price, plan->later.most,
                 plan->later.expected, (long long)plan->later.after_ms);
}

static uint32_t cpu_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

struct totals {
    uint32_t slowest_ms, reached, waves;
};

static void make(uint32_t seed, uint32_t lines, struct totals *totals)
{
    static struct input input;
    struct random_seeded random;
    struct plan plan;
    random_seeded_init(&random, seed);
    fill(&random, lines, &input);
    const uint32_t start = cpu_ms();
    const int status = plan_make(&input.plan, &plan);
    const uint32_t ms = cpu_ms() - start;
    if (status != ST_OK || ms > CPU_MS_MAX)
        fail_msg("seed %u, %u lines: status %d after %u ms", seed, lines, status, ms);
    totals->slowest_ms = ms > totals->slowest_ms ? ms : totals->slowest_ms;
    check(&input, &plan, seed);
    totals->reached += plan.target_reached;
    totals->waves += plan.later.chance > 0;
    plan_release(&plan);
}

static void test_every_plan_ends(void **state)
{
    (void)state;
    struct totals totals = {0};
    alarm(ALARM_S);
    for (uint32_t round = 0; round < ROUNDS; round++)
        make(round, 0, &totals);
    alarm(0);
    printf("%d plans, %u reach their target, %u in waves; the slowest %u ms\n", ROUNDS,
           totals.reached, totals.waves, totals.slowest_ms);
    assert_true(totals.reached > ROUNDS / 8 && totals.waves > ROUNDS / 80);
}

/* People of every combination of lines. */
static void test_plans_of_many_lines_end(void **state)
{
    (void)state;
    struct totals totals = {0};
    alarm(ALARM_S);
    for (uint32_t lines = 3; lines <= PLAN_LINES_MAX; lines++) {
        totals.slowest_ms = 0;
        for (uint32_t round = 0; round < MANY_ROUNDS; round++)
            make(round, lines, &totals);
        printf("%u lines: the slowest %u ms\n", lines, totals.slowest_ms);
    }
    alarm(0);
    assert_true(totals.reached > MANY_ROUNDS / 2);
}

static void test_what_is_no_number_is_refused(void **state)
{
    (void)state;
    static struct input input;
    double *const figures[] = {&input.candidates[0].p_accept,
                               &input.candidates[0].comes,
                               &input.candidates[0].burden,
                               &input.pending[0].p_accept,
                               &input.answers[0].p_accept,
                               &input.need.target,
                               &input.plan.price};
    static const double WRONG[] = {NAN, INFINITY, -INFINITY, -1};
    for (size_t i = 0; i < COUNT_OF(figures); i++)
        for (size_t j = 0; j < COUNT_OF(WRONG); j++) {
            struct random_seeded random;
            struct plan plan;
            random_seeded_init(&random, 1);
            fill(&random, 0, &input);
            input.plan.candidate_count = input.plan.pending_count =
                input.plan.answer_count = 1;
            input.answers[0] = (struct plan_answer){.5, true};
            *figures[i] = WRONG[j];
            const int status = plan_make(&input.plan, &plan);
            if (status != ST_INVALID)
                fail_msg("figure %zu, %g: status %d", i, WRONG[j], status);
            plan_release(&plan);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_plan_ends),
        cmocka_unit_test(test_plans_of_many_lines_end),
        cmocka_unit_test(test_what_is_no_number_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
