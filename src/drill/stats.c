/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/stats.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void mean_add(struct mean *mean, double value)
{
    mean->n++;
    mean->sum += value;
    mean->squares += value * value;
}

double mean_standard_error(const struct mean *mean)
{
    if (mean->n < 2)
        return NAN;
    double n = (double)mean->n;
    double variance = (mean->squares - mean->sum * mean->sum / n) / (n - 1);
    return sqrt((variance > 0 ? variance : 0) / n);
}

struct estimate mean_estimate(const struct mean *mean)
{
    if (mean->n == 0)
        return (struct estimate){NAN, NAN, NAN};
    double value = mean->sum / (double)mean->n;
    double error = mean->n < 2 ? NAN : STATS_Z * mean_standard_error(mean);
    return (struct estimate){value, value - error, value + error};
}

struct estimate share_estimate(uint64_t hits, uint64_t count)
{
    if (count == 0)
        return (struct estimate){NAN, NAN, NAN};
    return share_estimate_of((double)hits / (double)count, (double)count);
}

struct estimate share_estimate_of(double p, double n)
{
    const double z2 = STATS_Z * STATS_Z;
    double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = STATS_Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    double low = middle - half, high = middle + half;
    return (struct estimate){p, low > 0 ? low : 0, high < 1 ? high : 1};
}

/* ---- times
 * ------------------------------------------------------------------------------- */

int times_init(struct times *times)
{
    *times =
        (struct times){.counts = mem_calloc(TIMES_SECONDS + 1, sizeof *times->counts)};
    return times->counts == NULL ? ST_NO_MEMORY : ST_OK;
}

void times_release(struct times *times)
{
    mem_free(times->counts);
    *times = (struct times){0};
}

void times_add(struct times *times, int64_t ms)
{
    times->n++;
    if (ms > TIMES_SECONDS * INT64_C(1000)) /* INT64_MAX: never */
        times->never++;
    else
        times->counts[ms < 0 ? 0 : (ms + 999) / 1000]++; /* by the end of that second */
}

/* The second of the RANK-th (0-based) smallest. */
static double at_rank(const struct times *times, double rank)
{
    double below = 0;
    rank = rank < 0 ? 0 : rank;
    for (uint32_t s = 0; s <= TIMES_SECONDS; s++) {
        below += times->counts[s];
        if (below > rank)
            return s;
    }
    return NAN;
}

struct estimate times_quantile(const struct times *times, double q)
{
    double n = (double)times->n, half = STATS_Z * sqrt(n * q * (1 - q));
    if (times->n == 0)
        return (struct estimate){NAN, NAN, NAN};
    return (struct estimate){at_rank(times, floor(n * q)),
                             at_rank(times, floor(n * q - half)),
                             at_rank(times, floor(n * q + half))};
}

double times_share(const struct times *times, uint32_t s)
{
    uint64_t hits = 0;
    for (uint32_t i = 0; i <= s && i <= TIMES_SECONDS; i++)
        hits += times->counts[i];
    return times->n == 0 ? NAN : (double)hits / (double)times->n;
}

/* ---- burden
 * ------------------------------------------------------------------------------ */

double gini_of_histogram(const uint32_t *counts, uint32_t size)
{
    /* sum over sorted x_i of (2 i - n - 1) x_i / (n sum x), a value at a time. */
    double n = 0, sum = 0, weighted = 0;
    for (uint32_t v = 0; v < size; v++)
        n += counts[v];
    double before = 0;
    for (uint32_t v = 0; v < size; v++) {
        double c = counts[v];
        weighted += v * c * (2 * before + c - n);
        sum += v * c;
        before += c;
    }
    return sum > 0 ? weighted / (n * sum) : 0.0;
}

static double quantile_of(const uint32_t *histogram, uint32_t size, uint32_t n, double q)
{
    double below = 0;
    for (uint32_t v = 0; v < size; v++) {
        below += histogram[v];
        if (below > q * n || below >= n)
            return v;
    }
    return size - 1;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static struct estimate interval(double value, double *samples)
{
    qsort(samples, STATS_BOOTSTRAPS, sizeof *samples, by_value);
    return (struct estimate){value, samples[STATS_BOOTSTRAPS * 25 / 1000],
                             samples[STATS_BOOTSTRAPS * 975 / 1000]};
}

int burden_estimate(const uint32_t *counts, uint32_t n, uint64_t seed, struct burden *ret)
{
    uint32_t most = 0;
    struct mean mean = {0};
    for (uint32_t i = 0; i < n; i++) {
        most = counts[i] > most ? counts[i] : most;
        mean_add(&mean, counts[i]);
    }
    uint32_t size = most + 1;
    AUTO_FREE uint32_t *histogram = mem_calloc(size, sizeof *histogram);
    if (histogram == NULL)
        return ST_NO_MEMORY;
    double p50[STATS_BOOTSTRAPS], p95[STATS_BOOTSTRAPS], gini[STATS_BOOTSTRAPS];
    struct random_seeded random;
    random_seeded_init(&random, seed);
    for (int b = 0; b < STATS_BOOTSTRAPS; b++) {
        memset(histogram, 0, size * sizeof *histogram);
        for (uint32_t i = 0; i < n; i++)
            histogram[counts[random_below(&random.super, n)]]++;
        p50[b] = quantile_of(histogram, size, n, 0.5);
        p95[b] = quantile_of(histogram, size, n, 0.95);
        gini[b] = gini_of_histogram(histogram, size);
    }
    memset(histogram, 0, size * sizeof *histogram);
    for (uint32_t i = 0; i < n; i++)
        histogram[counts[i]]++;
    *ret = (struct burden){.p50 = interval(quantile_of(histogram, size, n, 0.5), p50),
                           .p95 = interval(quantile_of(histogram, size, n, 0.95), p95),
                           .gini = interval(gini_of_histogram(histogram, size), gini),
                           .mean = mean_estimate(&mean),
                           .most = most};
    return ST_OK;
}
