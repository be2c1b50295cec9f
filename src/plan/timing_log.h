/* SPDX-License-Identifier: Apache-2.0 */
/* One kind of time, learned: weight, mean and sum of squared deviations of its logarithm
 * (Welford). It starts as if it had been seen a number of times. Used inside plan/ only.
 */
#ifndef MUSTER_PLAN_TIMING_LOG_H
#define MUSTER_PLAN_TIMING_LOG_H

#include <stdint.h>

struct timing_log {
    double weight, mean, squares;
};

struct timing_log timing_log_started(double mean, double sigma);
double timing_log_sigma(const struct timing_log *log_);
/* What was seen fades, what was assumed (MEAN, SIGMA) comes back in its place. */
void timing_log_fade(struct timing_log *log_, double keep, double mean, double sigma);
/* Returns by how much VALUE was above the mean; at most four sigmas count. */
double timing_log_add(struct timing_log *log_, double value);
/* The logarithm of a time, of at least a second. */
double timing_log_seconds(int64_t ms);

#endif
