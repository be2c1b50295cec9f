/* SPDX-License-Identifier: Apache-2.0 */
/* The readiness indicators: shares that are counted, what is wanted of each, and the
 * index they make together (decision 0046). Pure. */
#ifndef MUSTER_READY_INDICATOR_H
#define MUSTER_READY_INDICATOR_H

#include "store/target.h"

#include <stdbool.h>
#include <stdint.h>

/* X(NAME, code, weight, share wanted while no target is set) */
#define READY_LIST(X)                                                                    \
    X(CALLABLE, "people.callable", 1, 0.90)                                              \
    X(CERTIFIED, "people.certified", 1, 0.95)                                            \
    X(FIRST_AID, "reach.first-aid", 3, 0.90)                                             \
    X(ANSWERED, "loop.answered", 1, 0.60)                                                \
    X(IN_TIME, "loop.in-time", 3, 0.95)                                                  \
    X(VERIFIED, "loop.verified", 1, 0.95)                                                \
    X(DRILLS, "drills.held", 2, 1.00)                                                    \
    X(FINDINGS, "findings.solved", 2, 0.90)

#define X(name, code, weight, wanted) READY_##name,
enum ready_indicator { READY_LIST(X) READY_COUNT };
#undef X

struct ready_share {
    int64_t have, of; /* of 0: there is nothing to count */
};
struct ready_wanted {
    double share;     /* above 0, at most 1 */
    const char *lead; /* "" = nobody yet; lives as long as the targets */
};

const char *ready_code(enum ready_indicator indicator);
int ready_weight(enum ready_indicator indicator);
bool ready_parse(const char *code, enum ready_indicator *ret);

/* What is wanted in YEAR: each indicator's target of the newest year up to it, else the
 * default. */
void ready_wanted(const struct target *targets, uint32_t count, int32_t year,
                  struct ready_wanted ret[READY_COUNT]);
/* have / of; of > 0. */
double ready_share(struct ready_share share);
/* 0 to 1: the share as a part of what is wanted, 1 if it is reached. */
double ready_score(struct ready_share share, double wanted);
/* 0 to 100: the mean of the scores by weight, over those that have something to count.
 * False: none has. */
bool ready_index(const struct ready_share shares[READY_COUNT],
                 const struct ready_wanted wanted[READY_COUNT], double *ret);

#endif
