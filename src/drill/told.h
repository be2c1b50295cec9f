/* SPDX-License-Identifier: Apache-2.0 */
/* What plans told of a need, P that it is filled in time, beside how often that came: of
 * the first plan, and of those made again while answers come in, which the board shows.
 */
#ifndef MUSTER_DRILL_TOLD_H
#define MUSTER_DRILL_TOLD_H

#include "drill/stats.h"

#include <stdbool.h>

#define TOLD_BINS 7 /* by what was told */

/* In one run. */
struct told_run {
    double first; /* NAN = there was no plan */
    struct {
        uint32_t plans;
        double sum;
    } later[TOLD_BINS];
};
void told_add(struct told_run *run, double probability);

/* Over runs. */
struct told_bin {
    uint64_t plans, came;
    double sum;
    double came_squares, missed_squares; /* sums of (plans in a run)^2 */
};
enum told_when { TOLD_FIRST, TOLD_LATER, TOLD_WHENS };
struct told {
    struct told_bin bins[TOLD_WHENS][TOLD_BINS + 1]; /* [TOLD_BINS] = all together */
};
void told_count(struct told *told, const struct told_run *run, bool came);
void told_merge(struct told *told, const struct told *other);
/* The mean of what was told; NAN = nothing was. */
double told_mean(const struct told_bin *bin);
/* How often it came. The plans of one run have one fate: the interval is Wilson's, for as
 * many independent plans as have the variance of a ratio of sums over runs (Cochran 1977,
 * "Sampling techniques", 9A.1), or by Kish (1965) where all came or none. */
struct estimate told_came(const struct told_bin *bin);

#endif
