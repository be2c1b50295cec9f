/* SPDX-License-Identifier: Apache-2.0 */
/* The vector: [1 | band and weekend, one of 8 | kind, one of 16 | way | tired, day |
 * tired, week]. A moment has six entries that are not zero; the rest is never touched.
 * The belief before any answer: every effect is about zero, being alerted again soon
 * lowers the odds a little. */
#include "plan/context.h"

#include <assert.h>
#include <math.h>

#define AT_CELL 1
#define AT_KIND (AT_CELL + 2 * CONTEXT_BANDS)
#define AT_WAY (AT_KIND + CONTEXT_KINDS_MAX)
#define AT_TIRED (AT_WAY + 1)
#define USED 6

#define WAY_USUAL_MS 360000.0 /* where the way's effect is zero */
#define WAY_UNIT_MS 600000.0
#define WAY_MAX_MS 3600000.0
#define TIRED_MAX 5.0
#define TIRED_FIRST (-0.1)
#define DAY_MS 86400000.0

/* Standard deviations of the first belief, in log odds. */
#define SIGMA_ONE 0.3
#define SIGMA_CELL 0.35
#define SIGMA_KIND 0.3
#define SIGMA_WAY 0.3
#define SIGMA_TIRED 0.2

struct entries {
    int at[USED];
    double value[USED];
};

static struct entries entries_of(const struct context_moment *moment)
{
    assert(moment->band < CONTEXT_BANDS && moment->kind < CONTEXT_KINDS_MAX);
    double way = fmin(moment->travel_ms, WAY_MAX_MS);
    return (struct entries){.at = {0, AT_CELL + 2 * moment->band + moment->weekend,
                                   AT_KIND + moment->kind, AT_WAY, AT_TIRED,
                                   AT_TIRED + 1},
                            .value = {1.0, 1.0, 1.0, (way - WAY_USUAL_MS) / WAY_UNIT_MS,
                                      fmin(moment->tired_day, TIRED_MAX),
                                      fmin(moment->tired_week, TIRED_MAX)}};
}

uint8_t context_band(int32_t minute_of_day)
{
    int32_t hour = minute_of_day / 60;
    return hour < 6 || hour >= 22 ? 0 : hour < 12 ? 1 : hour < 18 ? 2 : 3;
}

static double sigma_of(int i)
{
    return i < AT_CELL   ? SIGMA_ONE
           : i < AT_KIND ? SIGMA_CELL
           : i < AT_WAY  ? SIGMA_KIND
           : i == AT_WAY ? SIGMA_WAY
                         : SIGMA_TIRED;
}

/* The random walk adds in a half-life a tenth of the first belief's variance. */
void context_init(struct context *context, double half_life_days)
{
    *context = (struct context){0};
    for (int i = 0; i < CONTEXT_SIZE; i++) {
        double variance = sigma_of(i) * sigma_of(i);
        context->covariance[i][i] = variance;
        context->drift[i] = half_life_days > 0 ? 0.1 * variance / half_life_days : 0.0;
    }
    context->mean[AT_TIRED] = context->mean[AT_TIRED + 1] = TIRED_FIRST;
}

double context_log_odds(const struct context *context,
                        const struct context_moment *moment)
{
    struct entries x = entries_of(moment);
    double sum = 0.0;
    for (int i = 0; i < USED; i++)
        sum += context->mean[x.at[i]] * x.value[i];
    return sum;
}

static void drift(struct context *context, int64_t at_ms)
{
    double days = (double)(at_ms - context->at_ms) / DAY_MS;
    if (context->at_ms != 0 && days > 0)
        for (int i = 0; i < CONTEXT_SIZE; i++)
            context->covariance[i][i] += days * context->drift[i];
    if (at_ms > context->at_ms)
        context->at_ms = at_ms;
}

void context_learn(struct context *context, const struct context_moment *moment,
                   double score, double information, int64_t at_ms)
{
    struct entries x = entries_of(moment);
    double direction[CONTEXT_SIZE], variance = 0.0;
    drift(context, at_ms);
    for (int i = 0; i < CONTEXT_SIZE; i++) {
        direction[i] = 0.0;
        for (int k = 0; k < USED; k++)
            direction[i] += context->covariance[i][x.at[k]] * x.value[k];
    }
    for (int k = 0; k < USED; k++)
        variance += direction[x.at[k]] * x.value[k];
    double part = 1.0 / (1.0 + information * variance);
    double shrink = information * part;
    for (int i = 0; i < CONTEXT_SIZE; i++) {
        context->mean[i] += part * score * direction[i];
        for (int k = 0; k < CONTEXT_SIZE; k++)
            context->covariance[i][k] -= shrink * direction[i] * direction[k];
    }
}
