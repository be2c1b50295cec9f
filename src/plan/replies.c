/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/replies.h"

#include <math.h>

#define DECLINES_ASSUMED 10.0 /* answers */
#define STEPS_A_FOLD 6.0
#define EM_STEPS 8
#define LEAST 1e-6 /* P of a silence that is believed */

void replies_init(struct replies *replies, const struct response_model_config *first)
{
    *replies = (struct replies){.first_mean = log(first->delay_median_s),
                                .first_sigma = first->delay_sigma,
                                .first_declines = first->declines};
    replies->mean = replies->first_mean;
    replies->sigma = replies->first_sigma;
    replies->declines = replies->first_declines;
    replies->answered = timing_log_started(replies->mean, replies->sigma);
}

void replies_fade(struct replies *replies, double keep)
{
    timing_log_fade(&replies->answered, keep, replies->first_mean, replies->first_sigma);
    replies->no *= keep;
    for (int i = 0; i < REPLIES_STEPS; i++) {
        replies->silent[i].count *= keep;
        replies->silent[i].p *= keep;
    }
}

double replies_answer(struct replies *replies, bool is_no, int64_t ms)
{
    const double apart = replies->answered.mean - replies->mean;
    replies->no += is_no;
    return apart + timing_log_add(&replies->answered, timing_log_seconds(ms));
}

void replies_silence(struct replies *replies, int64_t ms, double p, double sign)
{
    int at = (int)(timing_log_seconds(ms) * STEPS_A_FOLD);
    at = at < REPLIES_STEPS ? at : REPLIES_STEPS - 1;
    struct replies_silent *silent = &replies->silent[at];
    silent->count = fmax(silent->count + sign, 0.0);
    silent->p = fmax(silent->p + sign * p, 0.0);
}

static double done(const struct replies *replies, double logarithm)
{
    return 0.5 * erfc((replies->mean - logarithm) / (replies->sigma * M_SQRT2));
}

double replies_done(const struct replies *replies, int64_t ms)
{
    return ms <= 0 ? 0.0 : done(replies, log((double)ms / 1000.0));
}

/* Those of one step of silences who would still answer: how many, and the moments of the
 * logarithm of when. */
struct later {
    double answers, refusals, silent, mean, variance;
};

static struct later later_of(const struct replies *replies, int step)
{
    const struct replies_silent *silent = &replies->silent[step];
    const double at = (step + 0.5) / STEPS_A_FOLD, p = silent->p / silent->count;
    const double d = replies->declines, left = 1.0 - done(replies, at);
    const double all = fmax(1.0 - (1.0 - left) * (p + (1.0 - p) * d), LEAST);
    struct later later = {.answers = silent->count * (p + (1.0 - p) * d) * left / all,
                          .refusals = silent->count * (1.0 - p) * d * left / all,
                          .silent = silent->count * (1.0 - p) * (1.0 - d) / all};
    const double z = (at - replies->mean) / replies->sigma;
    /* The hazard; far out its expansion (Abramowitz and Stegun 26.2.12). */
    const double h =
        left > LEAST ? exp(-0.5 * z * z) / (sqrt(2.0 * M_PI) * left) : z + 1.0 / z;
    later.mean = replies->mean + replies->sigma * h;
    later.variance = replies->sigma * replies->sigma * fmax(1.0 + z * h - h * h, 0.0);
    return later;
}

static void em_step(struct replies *replies)
{
    const struct timing_log *answered = &replies->answered;
    double weight = answered->weight, sum = weight * answered->mean;
    double squares = answered->squares + weight * answered->mean * answered->mean;
    double no = replies->no + DECLINES_ASSUMED * replies->first_declines;
    double others = DECLINES_ASSUMED * (1.0 - replies->first_declines);
    for (int i = 0; i < REPLIES_STEPS; i++) {
        if (replies->silent[i].count <= 0.0)
            continue;
        const struct later later = later_of(replies, i);
        weight += later.answers;
        sum += later.answers * later.mean;
        squares += later.answers * (later.variance + later.mean * later.mean);
        no += later.refusals;
        others += later.silent;
    }
    replies->mean = sum / weight;
    replies->sigma = sqrt(squares / weight - replies->mean * replies->mean);
    replies->declines = no / (no + others);
}

void replies_fit(struct replies *replies)
{
    for (int i = 0; i < EM_STEPS; i++)
        em_step(replies);
}
