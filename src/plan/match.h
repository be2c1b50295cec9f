/* SPDX-License-Identifier: Apache-2.0 */
/* Several lines filled together: P(those who are there can be matched to the lines so
 * that every line has its count), where a person counts for any one line that they are
 * able for. By Hall's theorem that is: for every set S of lines, at least as many people
 * are there who are able for some line of S as the counts of S add up to. People who are
 * able for the same lines are of one type; only the types' numbers matter. */
#ifndef MUSTER_PLAN_MATCH_H
#define MUSTER_PLAN_MATCH_H

#include "plan/common.h"

#include <stdbool.h>
#include <stdint.h>

#define MATCH_LINES_MAX 8
/* Combinations of the types' numbers looked at, per node; fewer from five lines on.
 * Beyond it a bound is given. */
#define MATCH_CELLS_MAX 4000

struct match;

/* COMMON outlives the match. COUNTS may be 0. LARGE: by moments (walk.h), and then the
 * bound, if types overlap. ST_NO_MEMORY. */
struct match_need {
    uint32_t line_count;
    uint32_t counts[MATCH_LINES_MAX];
    bool large;
};
int match_new(struct match **ret, const struct common *common,
              const struct match_need *need) __attribute__((warn_unused_result));
void match_free(struct match *match);
/* Forgets the people. */
void match_clear(struct match *match);
/* Somebody able for LINES (a bit each, not 0) is there with probability SHARE * a_x(z),
 * or with P. ST_NO_MEMORY. */
int match_add(struct match *match, uint32_t lines, double x, double share)
    __attribute__((warn_unused_result));
int match_add_plain(struct match *match, uint32_t lines, double p)
    __attribute__((warn_unused_result));
/* The probability. *RET_EXACT false: it is a lower bound. All the conditions are
 * increasing in every person, so given the common cause the product of their
 * probabilities is one (Harris 1960). ST_NO_MEMORY. */
int match_probability(struct match *match, double *ret, bool *ret_exact)
    __attribute__((warn_unused_result));

#endif
