/* SPDX-License-Identifier: Apache-2.0 */
/* Two waves with full feedback: whom to alert now, and whom then, depending on how many
 * are still wanted, so that the expected number of alerts is the least with which P(k
 * people in the end) >= target. */
#ifndef MUSTER_PLAN_WAVES_H
#define MUSTER_PLAN_WAVES_H

#include <stdbool.h>
#include <stdint.h>

#define WAVES_PEOPLE_MAX 200
#define WAVES_K_MAX 50

struct waves_input {
    uint32_t k, count; /* wanted; people */
    double target;
    const double *q1, *q2; /* P(success) of each if alerted in the first, second wave */
};

struct waves {
    double expected_alerts, probability;
    bool target_reached; /* else: the greatest probability, with the fewest alerts */
    uint32_t first_count;
    uint32_t first[WAVES_PEOPLE_MAX];
    /* second[r - 1]: when r are still wanted, the first second_count[r - 1] of `order`.
     */
    uint32_t second_count[WAVES_K_MAX];
    uint32_t order_count;
    uint32_t order[WAVES_PEOPLE_MAX]; /* those left, by q2 */
};

/* Exact for up to WAVES_EXACT_MAX people, and for people who are all alike; beyond that
 * the first wave is a prefix by q1. ST_INVALID out of the limits, ST_NO_MEMORY. */
#define WAVES_EXACT_MAX 12
int waves_solve(const struct waves_input *input, struct waves *ret)
    __attribute__((warn_unused_result));

#endif
