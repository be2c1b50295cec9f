/* SPDX-License-Identifier: Apache-2.0 */
/* How long things take, learned: replies (plan/replies.h), turnout (log-normal: a mean
 * and a variance of logarithms), real over computed travel time by mode. Each starts as
 * if it had been seen a number of times at its default, and forgets. Pure. */
#ifndef MUSTER_PLAN_TIMING_H
#define MUSTER_PLAN_TIMING_H

#include "plan/replies.h"

#include <stdbool.h>
#include <stdint.h>

#define TIMING_MODES 3

struct timing {
    struct response_model_config first;
    struct replies replies;
    struct timing_log turnout[2] /* [night] */, travel[TIMING_MODES];
    int64_t at_ms;
    double keep_per_day;
};

void timing_init(struct timing *timing, const struct response_model_config *first,
                 double half_life_days);
/* Forgets up to AT_MS; before what is learned then. */
void timing_forget(struct timing *timing, int64_t at_ms);
/* Each returns by how much the logarithm was above the mean, for the person's habit; a
 * time out of all proportion (a forgotten button) counts at the border. */
double timing_turnout(struct timing *timing, bool night, int64_t ms);
double timing_travel(struct timing *timing, uint8_t mode, int64_t ms,
                     int64_t computed_ms);
double timing_factor(const struct timing *timing, uint8_t mode);
/* The figures in steps of about three per cent, so that the tables made of them last.
 * Leaves `accept`, `comes` and `correlation` as they are. */
void timing_config(const struct timing *timing, struct response_model_config *config);

#endif
