/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/timing_log.h"

#include <math.h>

#define SEEN_ASSUMED 30.0
#define SPREAD_MAX 4.0 /* a time counts at most at so many sigmas from the mean */

struct timing_log timing_log_started(double mean, double sigma)
{
    return (struct timing_log){SEEN_ASSUMED, mean, SEEN_ASSUMED * sigma * sigma};
}

double timing_log_sigma(const struct timing_log *log_)
{
    return sqrt(log_->squares / log_->weight);
}

void timing_log_fade(struct timing_log *log_, double keep, double mean, double sigma)
{
    double back = SEEN_ASSUMED * (1.0 - keep);
    double weight = keep * log_->weight + back;
    double moved = (keep * log_->weight * log_->mean + back * mean) / weight;
    double squares = keep * (log_->squares +
                             log_->weight * (log_->mean - moved) * (log_->mean - moved)) +
                     back * (sigma * sigma + (mean - moved) * (mean - moved));
    *log_ = (struct timing_log){weight, moved, squares};
}

double timing_log_add(struct timing_log *log_, double value)
{
    double limit = SPREAD_MAX * timing_log_sigma(log_);
    double apart = value - log_->mean;
    apart = apart > limit ? limit : apart < -limit ? -limit : apart;
    log_->weight += 1.0;
    log_->mean += apart / log_->weight;
    log_->squares += apart * apart * (log_->weight - 1.0) / log_->weight;
    return apart;
}

double timing_log_seconds(int64_t ms)
{
    return log(ms < 1000 ? 1.0 : (double)ms / 1000.0);
}
