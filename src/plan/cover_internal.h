/* SPDX-License-Identifier: Apache-2.0 */
/* What cover.c (a choice) and cover_bound.c (what it is worth at most) share. */
#ifndef MUSTER_PLAN_COVER_INTERNAL_H
#define MUSTER_PLAN_COVER_INTERNAL_H

#include "plan/cover.h"

/* Demands of sites looked at in one search: a second or two. */
#define COVER_WORK_MAX (UINT64_C(1) << 29)

/* A set of sites and the weight they cover. */
struct cover_set {
    uint32_t count; /* <= choose */
    uint32_t sites[COVER_CHOOSE_MAX];
    uint64_t weight;
};

/* The problem without the demands that count for nothing: covered already, of weight 0,
 * or within reach of no site. */
struct cover_net {
    uint32_t demand_count, site_count, choose;
    uint32_t *weights;       /* [demand_count] */
    uint32_t *begin;         /* [site_count + 1] */
    uint32_t *demands;       /* [begin[site_count]] */
    uint64_t weight;         /* of all demands */
    uint64_t work, work_max; /* demands of sites looked at so far, and at most */
    /* Of the set that is being improved: */
    uint32_t *counts; /* by demand: how many of the set cover it */
    uint32_t *slots;  /* by demand: the sum of their places in the set */
    bool *in_set;     /* by site */
    uint64_t *most;   /* by site: it adds no more than this */
};

/* cover_choose, which looks at WORK_MAX demands of sites, or a few more. */
int cover_choose_within(const struct cover_problem *problem, uint64_t work_max,
                        struct cover_choice *ret) __attribute__((warn_unused_result));

/* Adds the sites that add most until SET is full or nothing adds anything, then exchanges
 * one site for another as long as that covers more. */
void cover_improve(struct cover_net *net, struct cover_set *set);

/* Searches for better than BEST and puts it there. RET_BOUND: no set of CHOOSE sites
 * weighs more. ST_NO_MEMORY. */
int cover_prove(struct cover_net *net, struct cover_set *best, uint64_t *ret_bound)
    __attribute__((warn_unused_result));

#endif
