/* SPDX-License-Identifier: Apache-2.0 */
/* Common cause: people asked at one moment answer more alike than independent ones would
 * (rain, a football match, a network that is down). Learned from how much more the yeses
 * of whole waves vary than their probabilities explain:
 *
 *     E[(sum r_i)^2 - sum r_i^2] = rho * [(sum s_i)^2 - sum s_i^2]
 *
 * r_i = answer minus what was promised, s_i = its standard deviation: rho is the
 * correlation between the answers of two people, the ICC of a beta-binomial. Only pairs
 * of one wave are compared: whom a later wave asks depends on the answers before.
 *
 * Two things would make one evening look like a law (decision 0073). A wave is one draw
 * of its cause, however many it asks: its pairs count by what they tell, 1 / (1 + (m - 1)
 * CAUSE_LEAST)^2 of m answers. And who says yes says so at once, who does not is known to
 * have been silent minutes later: a wave counts from its first silence on. Pure. */
#ifndef MUSTER_PLAN_CAUSE_H
#define MUSTER_PLAN_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

#define CAUSE_WAVES_MAX 4096 /* open at a time; an older one takes no further answers */
#define CAUSE_MAX 0.5

struct cause_wave {
    int64_t callout_id;
    int32_t wave;
    double r, s, rr, ss, answers; /* sums so far, of the squares too */
    double sum, pairs;            /* its part of those over all waves */
    bool is_settled;              /* somebody's silence is known */
    double count;                 /* for cause_worth */
};

struct cause {
    double sum, pairs; /* over all waves that are settled */
    double first;      /* rho before anything is known, worth a hundred pairs */
    int64_t at_ms;
    double keep_per_day; /* forgetting */
    struct cause_wave waves[CAUSE_WAVES_MAX];
};

void cause_init(struct cause *cause, double first, double half_life_days);
/* An answer in a wave. O(1). */
struct cause_answer {
    int64_t callout_id, at_ms;
    int32_t wave;
    bool is_silence;        /* nothing was said until now */
    double residual, sigma; /* and its standard deviation */
};
void cause_learn(struct cause *cause, const struct cause_answer *answer);
/* What one answer more of a wave tells about everybody, 0 to 1: m answers that go
 * together count as m / (1 + (m - 1) rho), and rho as at least CAUSE_LEAST here, so that
 * one quiet evening is not taken for a change of all people. Counts the answer. O(1). */
#define CAUSE_LEAST 0.1
double cause_worth(struct cause *cause, int64_t callout_id, int32_t wave);
/* 0 to CAUSE_MAX. */
double cause_correlation(const struct cause *cause);

#endif
