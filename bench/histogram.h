/* SPDX-License-Identifier: Apache-2.0 */
/* Times in microseconds, counted in buckets that are 1/64 of their value wide (the idea
 * of HdrHistogram): every quantile is right to 1.6 %, whatever its size, in 20 KiB. */
#ifndef MUSTER_BENCH_HISTOGRAM_H
#define MUSTER_BENCH_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_SUB 64
#define HISTOGRAM_BUCKETS (HISTOGRAM_SUB * 40)

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t count, sum_us, max_us;
};

static uint32_t histogram_bucket(uint64_t us)
{
    if (us < HISTOGRAM_SUB)
        return (uint32_t)us;
    uint32_t shift = 63U - (uint32_t)__builtin_clzll(us) - 6U; /* 64..127 after it */
    uint32_t bucket = HISTOGRAM_SUB * (shift + 1) + (uint32_t)(us >> shift) - 64U;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static void histogram_add(struct histogram *histogram, int64_t us)
{
    uint64_t value = us < 0 ? 0 : (uint64_t)us;
    histogram->counts[histogram_bucket(value)]++;
    histogram->count++;
    histogram->sum_us += value;
    if (value > histogram->max_us)
        histogram->max_us = value;
}

/* The largest time of the bucket in which this share of all times is reached. */
static uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
    uint64_t seen = 0, wanted = (uint64_t)(share * (double)histogram->count);
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen <= wanted)
            continue;
        uint32_t shift = i / HISTOGRAM_SUB;
        uint64_t top =
            shift < 1 ? i : ((uint64_t)(i % HISTOGRAM_SUB + 64U + 1U) << (shift - 1)) - 1;
        return top < histogram->max_us ? top : histogram->max_us;
    }
    return histogram->max_us;
}

static void histogram_print(const char *name, const struct histogram *histogram)
{
    (void)printf("\"%s\":{\"n\":%llu,\"median\":%.2f,\"p95\":%.2f,\"p99\":%.2f,"
                 "\"p999\":%.2f,\"max\":%.2f}",
                 name, (unsigned long long)histogram->count,
                 (double)histogram_quantile(histogram, 0.5) / 1000,
                 (double)histogram_quantile(histogram, 0.95) / 1000,
                 (double)histogram_quantile(histogram, 0.99) / 1000,
                 (double)histogram_quantile(histogram, 0.999) / 1000,
                 (double)histogram->max_us / 1000);
}

#endif
