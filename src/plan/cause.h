/* SPDX-License-Identifier: Apache-2.0 */
/* Common cause: people asked at one moment answer more alike than independent ones would
 * (rain, a football match, a network that is down). Learned from how much more the yeses
 * of whole waves vary than their probabilities explain:
 *
 *     E[(sum r_i)^2 - sum r_i^2] = rho * [(sum s_i)^2 - sum s_i^2]
 *
 * r_i = answer minus what was promised, s_i = its standard deviation: rho is the
 * correlation between the answers of two people, the ICC of a beta-binomial. Only pairs
 * of one wave are compared: whom a later wave asks depends on the answers before. Pure.
 */
#ifndef MUSTER_PLAN_CAUSE_H
#define MUSTER_PLAN_CAUSE_H

#include <stdint.h>

#define CAUSE_WAVES_MAX 4096 /* open at a time; an older one takes no further answers */
#define CAUSE_MAX 0.5

struct cause_wave {
    int64_t callout_id;
    int32_t wave;
    double r, s, count; /* sums so far */
};

struct cause {
    double sum, pairs; /* over all waves */
    double first;      /* rho before anything is known, worth a hundred pairs */
    int64_t at_ms;
    double keep_per_day; /* forgetting */
    struct cause_wave waves[CAUSE_WAVES_MAX];
};

void cause_init(struct cause *cause, double first, double half_life_days);
/* An answer in a wave: RESIDUAL and its standard deviation SIGMA. O(1). */
void cause_learn(struct cause *cause, int64_t callout_id, int32_t wave, double residual,
                 double sigma, int64_t at_ms);
/* What one answer more of a wave tells about everybody, 0 to 1: m answers that go
 * together count as m / (1 + (m - 1) rho), and rho as at least CAUSE_LEAST here, so that
 * one quiet evening is not taken for a change of all people. Counts the answer. O(1). */
#define CAUSE_LEAST 0.1
double cause_worth(struct cause *cause, int64_t callout_id, int32_t wave);
/* 0 to CAUSE_MAX. */
double cause_correlation(const struct cause *cause);

#endif
