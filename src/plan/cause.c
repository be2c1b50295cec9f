/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/cause.h"

#include <math.h>

#define PAIRS_ASSUMED 100.0 /* in units of a variance: s_i * s_k summed over pairs */
#define DAY_MS 86400000.0

void cause_init(struct cause *cause, double first, double half_life_days)
{
    *cause = (struct cause){.first = first,
                            .keep_per_day =
                                half_life_days > 0 ? exp2(-1.0 / half_life_days) : 1.0};
}

static void forget(struct cause *cause, int64_t at_ms)
{
    double days = (double)(at_ms - cause->at_ms) / DAY_MS;
    if (cause->at_ms != 0 && days > 0) {
        double keep = pow(cause->keep_per_day, days);
        cause->sum *= keep;
        cause->pairs *= keep;
    }
    if (at_ms > cause->at_ms)
        cause->at_ms = at_ms;
}

static struct cause_wave *find(struct cause *cause, int64_t callout_id, int32_t wave)
{
    uint64_t key = (uint64_t)callout_id * 64 + (uint64_t)wave;
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    struct cause_wave *at = &cause->waves[(hash >> 32) % CAUSE_WAVES_MAX];
    if (at->callout_id != callout_id || at->wave != wave)
        *at = (struct cause_wave){.callout_id = callout_id, .wave = wave};
    return at;
}

double cause_worth(struct cause *cause, int64_t callout_id, int32_t wave)
{
    struct cause_wave *at = find(cause, callout_id, wave);
    double rho = fmax(cause_correlation(cause), CAUSE_LEAST);
    double before = at->count > 0 ? at->count / (1.0 + (at->count - 1.0) * rho) : 0.0;
    at->count += 1.0;
    return at->count / (1.0 + (at->count - 1.0) * rho) - before;
}

void cause_learn(struct cause *cause, int64_t callout_id, int32_t wave, double residual,
                 double sigma, int64_t at_ms)
{
    forget(cause, at_ms);
    uint64_t hash =
        ((uint64_t)callout_id * 64 + (uint64_t)wave) * UINT64_C(0x9e3779b97f4a7c15);
    struct cause_wave *at = &cause->waves[(hash >> 32) % CAUSE_WAVES_MAX];
    if (at->callout_id != callout_id || at->wave != wave)
        *at = (struct cause_wave){.callout_id = callout_id, .wave = wave};
    /* Each pair counts twice in the squares. */
    cause->sum += 2.0 * residual * at->r;
    cause->pairs += 2.0 * sigma * at->s;
    at->r += residual;
    at->s += sigma;
}

double cause_correlation(const struct cause *cause)
{
    double rho =
        (cause->sum + PAIRS_ASSUMED * cause->first) / (cause->pairs + PAIRS_ASSUMED);
    return rho < 0.0 ? 0.0 : rho > CAUSE_MAX ? CAUSE_MAX : rho;
}
