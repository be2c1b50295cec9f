/* SPDX-License-Identifier: Apache-2.0 */
/* Call-outs played to their end: people answer as the response model says, the planner is
 * asked when it wished to be. What a plan promises is compared with what came of it. */
#ifndef MUSTER_TEST_PLAY_H
#define MUSTER_TEST_PLAY_H

#include "fixture.h"

#include "base/random.h"
#include "plan/plan.h"

#include <math.h>
#include <string.h>

#define PLAY_PEOPLE_MAX 400

static struct response_model *steps; /* replies after 20 s or never, everybody comes */
static struct response_model *real, *together; /* correlation 0 and .05 */

static inline int setup(void **state)
{
    (void)state;
    return correlated_new(&real, 0) != 0 || correlated_new(&together, .05) != 0
               ? -1
               : steps_new(&steps);
}

static inline int teardown(void **state)
{
    (void)state;
    response_model_free(steps);
    response_model_free(real);
    response_model_free(together);
    return 0;
}

struct play {
    const struct plan_candidate *people; /* by id, from 1 */
    uint32_t count;
    struct plan_need need;
    const struct response_model *response;
    enum plan_policy policy;
    int64_t now_ms;
    double accept, rho; /* of everybody, and how alike: a common cause drawn anew */
};

struct person {
    uint32_t line;
    int64_t alerted_ms, reply_ms, there_ms; /* 0 = not alerted; INT64_MAX = never */
};

static inline double normal(struct random *random)
{
    double u = random_unit(random) + 1e-300, v = random_unit(random);
    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* Beta(a, b) by two gammas of Marsaglia and Tsang. */
static inline double gamma_of(struct random *random, double shape)
{
    double boost = 1;
    if (shape < 1) {
        boost = pow(random_unit(random) + 1e-300, 1 / shape);
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = normal(random), v = pow(1 + c * x, 3);
        if (v > 0 &&
            log(random_unit(random) + 1e-300) < x * x / 2 + d - d * v + d * log(v))
            return boost * d * v;
    }
}

static inline void answer(struct random *random, struct person *person, double a,
                          uint32_t travel_ms, int64_t now_ms)
{
    person->alerted_ms = now_ms;
    person->reply_ms = person->there_ms = INT64_MAX;
    if (random_unit(random) >= a)
        return;
    person->reply_ms = now_ms + (int64_t)(60000 * exp(.75 * normal(random)));
    if (random_unit(random) < .85)
        person->there_ms =
            person->reply_ms + (int64_t)(105000 * exp(.6 * normal(random))) + travel_ms;
}

struct played {
    uint32_t alerts, waves;
    bool filled;
    double promised, expected; /* by the first plan */
};

static inline double play_cause(struct random *random, double accept, double rho)
{
    if (rho <= 0)
        return accept;
    double yes = gamma_of(random, accept * (1 - rho) / rho);
    return yes / (yes + gamma_of(random, (1 - accept) * (1 - rho) / rho));
}

/* Hall's condition for those who are there. */
static inline bool play_filled(const struct play *play, const struct person *persons)
{
    for (uint32_t set = 1; set < 1u << play->need.line_count; set++) {
        uint32_t there = 0, wanted = 0;
        for (uint32_t i = 0; i < play->count; i++)
            there += persons[i].alerted_ms != 0 && (play->people[i].lines & set) != 0 &&
                     persons[i].there_ms <= play->need.deadline_ms;
        for (uint32_t line = 0; line < play->need.line_count; line++)
            wanted += (set >> line & 1) != 0 ? play->need.counts[line] : 0;
        if (there < wanted)
            return false;
    }
    return true;
}

struct play_lists {
    struct plan_candidate left[PLAY_PEOPLE_MAX];
    struct plan_holder holders[PLAY_PEOPLE_MAX];
    struct plan_pending pending[PLAY_PEOPLE_MAX];
    struct plan_answer answers[PLAY_PEOPLE_MAX];
};

static inline void play_gather(const struct play *play, const struct person *persons,
                               struct play_lists *lists, struct plan_input *input)
{
    for (uint32_t i = 0; i < play->count; i++) {
        const struct plan_candidate *one = &play->people[i];
        const struct person *person = &persons[i];
        if (person->alerted_ms == 0)
            lists->left[input->candidate_count++] = *one;
        else if (person->reply_ms <= input->now_ms) {
            lists->holders[input->holder_count++] =
                (struct plan_holder){.count = 1,
                                     .line = person->line,
                                     .lines = one->lines,
                                     .travel_ms = one->travel_ms,
                                     .accepted_ms = person->reply_ms,
                                     .arrived = person->there_ms <= input->now_ms};
            lists->answers[input->answer_count++] =
                (struct plan_answer){.p_accept = one->p_accept, .yes = true};
        } else
            lists->pending[input->pending_count++] =
                (struct plan_pending){.line = person->line,
                                      .lines = one->lines,
                                      .travel_ms = one->travel_ms,
                                      .alerted_ms = person->alerted_ms,
                                      .p_accept = one->p_accept};
    }
}

/* One call-out: a reply is seen when the planner is asked again. */
static inline struct played play(struct random *random, const struct play *play)
{
    static struct person persons[PLAY_PEOPLE_MAX];
    static struct play_lists lists;
    struct played played = {0};
    double price = 0;
    const double z = play_cause(random, play->accept, play->rho);
    memset(persons, 0, sizeof(persons));
    for (int64_t now = play->now_ms, next; now < play->need.deadline_ms; now = next) {
        struct plan_input input = {.need = &play->need,
                                   .response = play->response,
                                   .now_ms = now,
                                   .candidates = lists.left,
                                   .holders = lists.holders,
                                   .pending = lists.pending,
                                   .answers = lists.answers,
                                   .policy = play->policy,
                                   .price = price,
                                   .first_wave = played.waves > 0};
        struct plan plan;
        play_gather(play, persons, &lists, &input);
        assert_int_equal(plan_make(&input, &plan), 0);
        if (played.waves == 0) {
            played.promised = plan.probability;
            played.expected = plan.expected_alerts;
        }
        price = plan.price;
        played.waves += plan.people_count > 0;
        played.alerts += plan.people_count;
        for (uint32_t i = 0; i < plan.people_count; i++) {
            const int64_t id = lists.left[plan.people[i].candidate].id;
            persons[id - 1].line = plan.people[i].line;
            answer(random, &persons[id - 1], z, play->people[id - 1].travel_ms, now);
        }
        next = plan.next_due_ms;
        plan_release(&plan);
        if (next == 0)
            break;
    }
    played.filled = play_filled(play, persons);
    return played;
}

#endif
