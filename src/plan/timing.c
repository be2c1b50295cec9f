/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/timing.h"

#include <assert.h>
#include <math.h>

#define STEPS_A_FOLD 32.0
#define TRAVEL_SIGMA 0.4
#define TRAVEL_LEAST_MS 30000 /* of the computed time: shorter ways say nothing */
#define SIGMA_MIN 0.05
#define FACTOR_MAX 5.0 /* of the travel time, either way */
#define DAY_MS 86400000.0

void timing_init(struct timing *timing, const struct response_model_config *first,
                 double half_life_days)
{
    *timing = (struct timing){
        .first = *first,
        .turnout = {timing_log_started(log(first->turnout_day_median_s),
                                       first->turnout_sigma),
                    timing_log_started(log(first->turnout_night_median_s),
                                       first->turnout_sigma)},
        .keep_per_day = half_life_days > 0 ? exp2(-1.0 / half_life_days) : 1.0};
    replies_init(&timing->replies, first);
    for (int mode = 0; mode < TIMING_MODES; mode++)
        timing->travel[mode] = timing_log_started(0.0, TRAVEL_SIGMA);
}

void timing_forget(struct timing *timing, int64_t at_ms)
{
    double days = (double)(at_ms - timing->at_ms) / DAY_MS;
    if (timing->at_ms != 0 && days > 0 && timing->keep_per_day < 1.0) {
        const struct response_model_config *c = &timing->first;
        double keep = pow(timing->keep_per_day, days);
        replies_fade(&timing->replies, keep);
        timing_log_fade(&timing->turnout[0], keep, log(c->turnout_day_median_s),
                        c->turnout_sigma);
        timing_log_fade(&timing->turnout[1], keep, log(c->turnout_night_median_s),
                        c->turnout_sigma);
        for (int mode = 0; mode < TIMING_MODES; mode++)
            timing_log_fade(&timing->travel[mode], keep, 0.0, TRAVEL_SIGMA);
    }
    if (at_ms > timing->at_ms)
        timing->at_ms = at_ms;
}

double timing_turnout(struct timing *timing, bool night, int64_t ms)
{
    return timing_log_add(&timing->turnout[night], timing_log_seconds(ms));
}

double timing_travel(struct timing *timing, uint8_t mode, int64_t ms, int64_t computed_ms)
{
    assert(mode < TIMING_MODES);
    if (computed_ms < TRAVEL_LEAST_MS)
        return 0.0;
    return timing_log_add(&timing->travel[mode],
                          timing_log_seconds(ms) - timing_log_seconds(computed_ms));
}

/* exp of a logarithm in steps; the default itself while nothing moved. */
static double stepped(double logarithm, double first)
{
    double steps = round((logarithm - log(first)) * STEPS_A_FOLD);
    return steps == 0.0 ? first : first * exp(steps / STEPS_A_FOLD);
}

double timing_factor(const struct timing *timing, uint8_t mode)
{
    double factor = stepped(timing->travel[mode].mean, 1.0);
    return factor > FACTOR_MAX       ? FACTOR_MAX
           : factor < 1 / FACTOR_MAX ? 1 / FACTOR_MAX
                                     : factor;
}

static double sigma_of(const struct timing_log *log_, double first)
{
    double sigma = stepped(0.5 * log(log_->squares / log_->weight), first);
    return sigma > SIGMA_MIN ? sigma : SIGMA_MIN;
}

void timing_config(const struct timing *timing, struct response_model_config *config)
{
    const struct response_model_config *c = &timing->first;
    struct timing_log both = {
        .weight = timing->turnout[0].weight + timing->turnout[1].weight,
        .squares = timing->turnout[0].squares + timing->turnout[1].squares};
    const struct replies *replies = &timing->replies;
    config->delay_median_s = stepped(replies->mean, c->delay_median_s);
    config->delay_sigma = fmax(stepped(log(replies->sigma), c->delay_sigma), SIGMA_MIN);
    config->turnout_day_median_s =
        stepped(timing->turnout[0].mean, c->turnout_day_median_s);
    config->turnout_night_median_s =
        stepped(timing->turnout[1].mean, c->turnout_night_median_s);
    config->turnout_sigma = sigma_of(&both, c->turnout_sigma);
}
