/* SPDX-License-Identifier: Apache-2.0 */
/* Families of policies compared at equal success: two settings of a family are mixed so
 * that they fill as often as ours, with the fewest alerts. The interval is that of the
 * mean of BATCHES batches of the same luck. */
#ifndef MUSTER_BENCH_EQUAL_SUCCESS_H
#define MUSTER_BENCH_EQUAL_SUCCESS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define BATCHES 20
#define STUDENT_19 2.093 /* 97.5 % of Student's t with 19 degrees of freedom */

struct setting {
    int family;
    double alerts[BATCHES + 1], filled[BATCHES + 1]; /* [BATCHES]: of all */
    double slope; /* of a mixture: alerts for one more success */
};

struct against {
    double alerts, mean, low, high; /* theirs, and how many more than ours */
};

/* The mixture of FAMILY with FILLED of success and the fewest alerts. False: the family
 * cannot have it. AT gives the settings 0 to COUNT - 1. */
static inline bool setting_mix(const struct setting *(*at)(uint32_t), uint32_t count,
                               int family, double filled, struct setting *ret)
{
    const struct setting *two[2] = {0};
    double best = INFINITY, best_share = 1;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < count; k++) {
            const struct setting *a = at(i), *b = at(k);
            double low = a->filled[BATCHES], high = b->filled[BATCHES];
            if (a->family != family || b->family != family || low > filled ||
                high < filled)
                continue;
            double share = high > low ? (high - filled) / (high - low) : 1;
            double alerts = share * a->alerts[BATCHES] + (1 - share) * b->alerts[BATCHES];
            if (alerts >= best)
                continue;
            best = alerts;
            best_share = share;
            two[0] = a;
            two[1] = b;
        }
    if (two[0] == 0)
        return false;
    double rise = two[1]->filled[BATCHES] - two[0]->filled[BATCHES];
    ret->slope =
        rise > 1e-9 ? (two[1]->alerts[BATCHES] - two[0]->alerts[BATCHES]) / rise : 0;
    ret->family = family;
    for (int b = 0; b <= BATCHES; b++) {
        ret->alerts[b] =
            best_share * two[0]->alerts[b] + (1 - best_share) * two[1]->alerts[b];
        ret->filled[b] =
            best_share * two[0]->filled[b] + (1 - best_share) * two[1]->filled[b];
    }
    return true;
}

/* THEIRS, mixed to the success of OURS. */
static inline struct against setting_against(const struct setting *theirs,
                                             const struct setting *ours)
{
    double sum = 0, squares = 0, alerts = 0;
    for (int b = 0; b < BATCHES; b++) {
        double more = theirs->alerts[b] +
                      theirs->slope * (ours->filled[b] - theirs->filled[b]) -
                      ours->alerts[b];
        sum += more;
        squares += more * more;
        alerts += theirs->alerts[b] / BATCHES;
    }
    double mean = sum / BATCHES;
    double error = sqrt(fabs(squares / BATCHES - mean * mean) / (BATCHES - 1));
    return (struct against){alerts, mean, mean - STUDENT_19 * error,
                            mean + STUDENT_19 * error};
}

#endif
