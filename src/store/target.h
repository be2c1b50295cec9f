/* SPDX-License-Identifier: Apache-2.0 */
/* What share of each readiness indicator is wanted from which year on, and who answers
 * for it: the stages of a programme (decision 0046). */
#ifndef MUSTER_STORE_TARGET_H
#define MUSTER_STORE_TARGET_H

#include "store/finding.h"

#include <stdint.h>

#define TARGETS_MAX 160

struct target {
    char indicator[FINDING_INDICATOR_MAX + 1];
    int32_t year;
    double share; /* above 0, at most 1 */
    char lead[FINDING_LEAD_MAX + 1];
};

/* Inside a command: these and no others from now on. An indicator and a year once. */
int targets_replace(struct writer *writer, const struct target *targets, uint32_t count,
                    int64_t actor, int64_t now_ms) __attribute__((warn_unused_result));
/* At most TARGETS_MAX, by indicator and year. */
int targets_read(struct db *db, struct target ret[TARGETS_MAX], uint32_t *ret_count)
    __attribute__((warn_unused_result));

#endif
