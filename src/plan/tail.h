/* SPDX-License-Identifier: Apache-2.0 */
/* How probable it is that at least k of many independent people do something: the tail of
 * the Poisson-binomial distribution, grown one person at a time. One struct tail belongs
 * to one thread. */
#ifndef MUSTER_PLAN_TAIL_H
#define MUSTER_PLAN_TAIL_H

#include <stddef.h>
#include <stdint.h>

#define TAIL_K_MAX 100000

/* The distribution of X capped at k. mass[j] = P(X = j) for low <= j < high, mass beyond
 * is zero or was dropped; reached = P(X >= k). */
struct tail {
    uint32_t k;
    uint32_t low, high;
    uint32_t capacity;
    double *mass;
    double reached;
    double dropped; /* at most so much is missing from `reached` */
    double epsilon; /* states with less mass at the borders are dropped; 0 = exact */
};

/* K <= TAIL_K_MAX. EPSILON 0 is exact: all terms are >= 0, nothing cancels, the relative
 * error is about n * 2^-52. With EPSILON > 0 each addition costs O(standard deviation)
 * and the answer is too small by at most `dropped` <= 2 * EPSILON * (additions + k).
 * ST_NO_MEMORY, ST_LIMIT. */
int tail_init(struct tail *tail, uint32_t k, double epsilon)
    __attribute__((warn_unused_result));
void tail_release(struct tail *tail);
/* Forgets the people, keeps the memory. */
void tail_clear(struct tail *tail);
/* One more person, who does it with probability P in [0, 1]. O(high - low). */
void tail_add(struct tail *tail, double p);

/* P(at least k of the N people) exactly; k = 0 gives 1. O(n * k). ST_NO_MEMORY, ST_LIMIT.
 */
int tail_exact(const double *p, size_t n, uint32_t k, double *ret)
    __attribute__((warn_unused_result));

#endif
