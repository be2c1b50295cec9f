/* SPDX-License-Identifier: Apache-2.0 */
/* What scheme.c (rows, plan) and scheme_crowd.c (the crowd's answers) share: one scheme
 * being made. */
#ifndef MUSTER_DISPATCH_SCHEME_INTERNAL_H
#define MUSTER_DISPATCH_SCHEME_INTERNAL_H

#include "dispatch/scheme.h"

struct gather {
    const struct scheme_config *config;
    const struct scheme_request *request;
    struct scheme *scheme;
    int64_t *forced_out;
    uint32_t forced_out_count;
    int64_t *first;
    uint32_t first_count;
    uint32_t asked[PLAN_LINES_MAX];    /* candidates wanted of each line */
    uint32_t answered[PLAN_LINES_MAX]; /* candidates got */
    unsigned flags;
    struct learn_moment moment;
    struct plan_holder *holders;
    struct plan_pending *pending;
    struct plan_limited *limited;
    struct plan_answer *answers;
    struct plan_candidate *candidates;
    uint32_t holder_count, pending_count, limited_count, answer_count, first_wave;
};

/* CROWD_* of the request: what lifts and levels lift. */
unsigned gather_flags(const struct scheme_request *request);
/* Who is not to be asked (forced_out), and who is asked first. ST_NO_MEMORY. */
int gather_forced_out(struct gather *gather) __attribute__((warn_unused_result));
int gather_first(struct gather *gather) __attribute__((warn_unused_result));
/* The candidates of every line, asked[line] of each, nearest first. What crowd_nearest
 * returns. */
int gather_crowd(struct gather *gather, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Once the plan stands: who was met on the way and can serve no line, by reason; if
 * people are short and the request has `explain`, of the whole crowd. */
int gather_excluded(struct gather *gather, struct diag *reterr)
    __attribute__((warn_unused_result));
/* For the plan record: everybody within twice the way of the farthest who is alerted, and
 * who of them can serve no line. */
int gather_record(struct gather *gather, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
