/* SPDX-License-Identifier: Apache-2.0 */
/* The full engine: each run is told to the real store as incidents, needs, call-outs and
 * answers; the loop, the writer, the crowd and dispatch decide as in the server, on a
 * clock that jumps from one thing to the next. Made on a folder of its own (in memory if
 * there is such a place), which goes with it. One thread, several engines side by side.
 *
 * After each run every incident is stood down, reported, verified and closed; the next
 * one begins two weeks later, so that nobody's weekly cap remembers it. */
#ifndef MUSTER_DRILL_FULL_H
#define MUSTER_DRILL_FULL_H

#include "base/diag.h"
#include "drill/outcome.h"
#include "drill/scenario.h"

#define FULL_RUNS_MAX 20000 /* of one engine: virtual time is not endless */

struct full;

/* O(people): each gets a row in the store. ST_IO, ST_NO_MEMORY. */
int full_new(struct full **ret, const struct scenario *scenario, uint64_t seed,
             struct diag *reterr) __attribute__((warn_unused_result));
void full_free(struct full *full);
/* As fast_run, and with the same figures. ST_LIMIT after FULL_RUNS_MAX runs. Whatever the
 * loop refuses is an error: people in a drill only do what they may. */
int full_run(struct full *full, uint64_t run, const struct policy *policy,
             struct drill_outcome *ret, const struct outcome_counter *counter)
    __attribute__((warn_unused_result));
/* The text of the last failure is in the diag given to full_new. */

#endif
