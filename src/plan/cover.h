/* SPDX-License-Identifier: Apache-2.0 */
/* The maximal covering location problem (Church and ReVelle, Papers of the Regional
 * Science Association 32, 1974): CHOOSE sites that together cover the greatest weight.
 * Pure and deterministic. */
#ifndef MUSTER_PLAN_COVER_H
#define MUSTER_PLAN_COVER_H

#include <stdbool.h>
#include <stdint.h>

#define COVER_CHOOSE_MAX 100
#define COVER_DEMANDS_MAX (1u << 16)
#define COVER_SITES_MAX (1u << 16)
#define COVER_WEIGHT_MAX (UINT64_C(1) << 40) /* of all demands together */

struct cover_problem {
    uint32_t demand_count, site_count, choose;
    const uint32_t *weights; /* [demand_count]; NULL: 1 each */
    const uint32_t *begin; /* [site_count + 1]: where a site's demands begin in DEMANDS */
    const uint32_t *demands; /* indices, each once a site */
    const bool *covered;     /* [demand_count], by what is there already; NULL: none */
};

struct cover_choice {
    uint32_t count; /* <= choose: sites that would add nothing are not chosen */
    uint32_t
        sites[COVER_CHOOSE_MAX]; /* each adds most to those before it; ties by index */
    uint64_t adds[COVER_CHOOSE_MAX]; /* what each adds to those before it */
    uint64_t weight;                 /* what they add together to COVERED */
    uint64_t bound;                  /* no choice of as many adds more */
    bool optimal;                    /* weight == bound */
};

/* The best choice that was found, and what is proved of it. A county's villages (136 of
 * them, CHOOSE to 10) are solved to the optimum in milliseconds as a rule. The search
 * looks at a fixed number of demands of sites, which takes a second or two; what is not
 * proved by then has a bound above its weight. Reading costs O(demands of all sites), the
 * first choice CHOOSE times that at worst. Memory: CHOOSE numbers for each demand.
 * ST_INVALID: an index out of range, a demand twice at a site, or beyond the limits
 * above; ST_NO_MEMORY. */
int cover_choose(const struct cover_problem *problem, struct cover_choice *ret)
    __attribute__((warn_unused_result));

#endif
