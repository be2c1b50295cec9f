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

/* By how much M answers that go together tell less than M that do not. */
static double together(double m, double rho)
{
    return 1.0 + (m - 1.0) * rho;
}

double cause_worth(struct cause *cause, int64_t callout_id, int32_t wave)
{
    struct cause_wave *at = find(cause, callout_id, wave);
    double rho = fmax(cause_correlation(cause), CAUSE_LEAST);
    double before = at->count > 0 ? at->count / together(at->count, rho) : 0.0;
    at->count += 1.0;
    return at->count / together(at->count, rho) - before;
}

void cause_learn(struct cause *cause, const struct cause_answer *answer)
{
    forget(cause, answer->at_ms);
    struct cause_wave *at = find(cause, answer->callout_id, answer->wave);
    at->r += answer->residual;
    at->s += answer->sigma;
    at->rr += answer->residual * answer->residual;
    at->ss += answer->sigma * answer->sigma;
    at->answers += 1.0;
    at->is_settled |= answer->is_silence;
    if (!at->is_settled)
        return;
    double less = together(at->answers, CAUSE_LEAST), weight = 1.0 / (less * less);
    double sum = weight * (at->r * at->r - at->rr);
    double pairs = weight * (at->s * at->s - at->ss);
    /* Its part of before faded with the rest: over the hours of a wave that is nothing.
     */
    cause->sum += sum - at->sum;
    cause->pairs += pairs - at->pairs;
    at->sum = sum;
    at->pairs = pairs;
}

double cause_correlation(const struct cause *cause)
{
    double rho =
        (cause->sum + PAIRS_ASSUMED * cause->first) / (cause->pairs + PAIRS_ASSUMED);
    return rho < 0.0 ? 0.0 : rho > CAUSE_MAX ? CAUSE_MAX : rho;
}
