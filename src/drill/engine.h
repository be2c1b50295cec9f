/* SPDX-License-Identifier: Apache-2.0 */
/* One of the two engines: the fast one (fast.h), or the real loop and store (full.h). */
#ifndef MUSTER_DRILL_ENGINE_H
#define MUSTER_DRILL_ENGINE_H

#include "base/diag.h"
#include "drill/fast.h"
#include "drill/full.h"

struct engine {
    struct fast *fast; /* one of the two is NULL */
    struct full *full;
};

int engine_init(struct engine *engine, const struct scenario *scenario, uint64_t seed,
                bool full, struct diag *reterr) __attribute__((warn_unused_result));
void engine_release(struct engine *engine);
/* As fast_run. */
int engine_run(struct engine *engine, uint64_t run, const struct policy *policy,
               struct drill_outcome *ret, const struct outcome_counter *counter)
    __attribute__((warn_unused_result));

#endif
