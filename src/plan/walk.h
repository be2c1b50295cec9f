/* SPDX-License-Identifier: Apache-2.0 */
/* A count of people grown one by one at every node of the common cause: summed (tail.h)
 * or by its first three moments. The engine under line.c; one thread at a time. */
#ifndef MUSTER_PLAN_WALK_H
#define MUSTER_PLAN_WALK_H

#include "plan/common.h"
#include "plan/tail.h"

#include <stdbool.h>
#include <stdint.h>

struct moments {
    double mean, variance, third;
};

struct walk {
    const struct common *common;
    uint32_t k;
    bool large;
    struct tail tails[COMMON_NODES_MAX];      /* unless large */
    struct moments moments[COMMON_NODES_MAX]; /* if large */
};

/* Counts up to K. ST_NO_MEMORY, ST_LIMIT; walk_release also after a failure. */
int walk_init(struct walk *walk, const struct common *common, uint32_t k, bool large)
    __attribute__((warn_unused_result));
void walk_release(struct walk *walk);
/* One more, with probability SHARE * a_x(z). */
void walk_add(struct walk *walk, double x, double share);
/* One more, with probability P whatever is hidden. */
void walk_add_plain(struct walk *walk, double p);
/* P(at least k), over the nodes; P(at least k) at node M. */
double walk_reached(const struct walk *walk);
double walk_reached_at(const struct walk *walk, uint32_t m);
/* P(X >= k) of a sum with these moments: refined normal approximation, in [0, 1]. */
double moments_tail(const struct moments *moments, double k);
void moments_add(struct moments *moments, double p);

#endif
