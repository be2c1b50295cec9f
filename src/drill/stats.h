/* SPDX-License-Identifier: Apache-2.0 */
/* The statistics of a drill's report: means, shares and quantiles with 95 % intervals. */
#ifndef MUSTER_DRILL_STATS_H
#define MUSTER_DRILL_STATS_H

#include <stddef.h>
#include <stdint.h>

#define STATS_Z 1.959963984540054 /* 97.5 % of the standard normal */

/* A figure with its interval; NAN when there is nothing to say. */
struct estimate {
    double value, low, high;
};

/* Sum and sum of squares of whole or real numbers. */
struct mean {
    uint64_t n;
    double sum, squares;
};
void mean_add(struct mean *mean, double value);
/* Mean +- z standard errors. */
struct estimate mean_estimate(const struct mean *mean);
double mean_standard_error(const struct mean *mean);

/* A share, with the interval of Wilson (1927). */
struct estimate share_estimate(uint64_t hits, uint64_t n);
/* Of a share P that tells as much as N independent ones; N > 0. */
struct estimate share_estimate_of(double p, double n);

/* Times in whole seconds, SECONDS of them; what is later or never stands in `never`. */
#define TIMES_SECONDS (4 * 3600)
struct times {
    uint32_t *counts; /* [TIMES_SECONDS + 1] */
    uint64_t n, never;
};
int times_init(struct times *times) __attribute__((warn_unused_result));
void times_release(struct times *times);
void times_add(struct times *times, int64_t ms); /* INT64_MAX = never */
/* The q-quantile in seconds, `never` counted as later than all: NAN if it lies there. The
 * interval is that of the order statistics (normal approximation of the binomial). */
struct estimate times_quantile(const struct times *times, double q);
/* The share by S seconds. */
double times_share(const struct times *times, uint32_t s);

/* Alerts by person: median, 95th percentile and Gini coefficient, with percentile
 * intervals of BOOTSTRAPS resamplings of the persons (seeded). */
#define STATS_BOOTSTRAPS 200
struct burden {
    struct estimate p50, p95, gini, mean;
    uint32_t most;
};
/* COUNTS[N], N >= 1. O(N * bootstraps). ST_NO_MEMORY. */
int burden_estimate(const uint32_t *counts, uint32_t n, uint64_t seed, struct burden *ret)
    __attribute__((warn_unused_result));
/* Gini of counts given as a histogram: counts[v] persons have v. */
double gini_of_histogram(const uint32_t *counts, uint32_t size);

#endif
