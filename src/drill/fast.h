/* SPDX-License-Identifier: Apache-2.0 */
/* The fast engine: policies compared on the planner and the response model alone. The
 * rules of src/loop that decide whom a call-out alerts and whose yes counts (seats, the
 * stand-down when a need is filled, no answer after some minutes, lost contact, planning
 * again) are written down here a second time, small; test/unit/drill/test_agree.c holds
 * the two against each other. One struct fast belongs to one thread. */
#ifndef MUSTER_DRILL_FAST_H
#define MUSTER_DRILL_FAST_H

#include "drill/outcome.h"
#include "drill/scenario.h"

struct fast;

/* SCENARIO outlives it. ST_NO_MEMORY. */
int fast_new(struct fast **ret, const struct scenario *scenario, uint64_t seed)
    __attribute__((warn_unused_result));
void fast_free(struct fast *fast);
/* RET[need_count]. COUNTER may be NULL. O(people + alerts * log alerts + plans). */
int fast_run(struct fast *fast, uint64_t run, const struct policy *policy,
             struct drill_outcome *ret, const struct outcome_counter *counter)
    __attribute__((warn_unused_result));

#endif
