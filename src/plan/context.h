/* SPDX-License-Identifier: Apache-2.0 */
/* What the moment does to everybody's log odds of saying yes: hour band, weekday or
 * weekend, kind of incident, way, and alerts of the last days. A logistic regression
 * whose coefficients are learned one answer at a time by the extended Kalman filter
 * (Gaussian belief, one Laplace step an answer), with a slow random walk as forgetting.
 * Pure. */
#ifndef MUSTER_PLAN_CONTEXT_H
#define MUSTER_PLAN_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#define CONTEXT_BANDS 4 /* night, morning, afternoon, evening */
#define CONTEXT_KINDS_MAX 16
#define CONTEXT_SIZE (1 + 2 * CONTEXT_BANDS + CONTEXT_KINDS_MAX + 3)

struct context_moment {
    uint8_t band;
    bool weekend;
    uint8_t kind;     /* below CONTEXT_KINDS_MAX */
    double travel_ms; /* as computed */
    /* Alerts before this one, each counting exp(-age / 1 day) and exp(-age / 7 days). */
    double tired_day, tired_week;
};

struct context {
    double mean[CONTEXT_SIZE];
    double covariance[CONTEXT_SIZE][CONTEXT_SIZE];
    double drift[CONTEXT_SIZE]; /* variance added a day */
    int64_t at_ms;              /* of the last answer */
};

/* 0 = 22:00-06:00, 1 = until 12:00, 2 = until 18:00, 3 = until 22:00. */
uint8_t context_band(int32_t minute_of_day);

void context_init(struct context *context, double half_life_days);
double context_log_odds(const struct context *context,
                        const struct context_moment *moment);
/* An answer: SCORE = derivative of its log likelihood by the log odds, INFORMATION = what
 * it is expected to tell about them. O(CONTEXT_SIZE^2), below a microsecond. */
void context_learn(struct context *context, const struct context_moment *moment,
                   double score, double information, int64_t at_ms);

#endif
