/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/engine.h"

#include "base/status.h"

int engine_init(struct engine *engine, const struct scenario *scenario, uint64_t seed,
                bool full, struct diag *reterr)
{
    *engine = (struct engine){.reterr = reterr};
    if (full)
        return diag_set(reterr, ST_UNSUPPORTED, 0, 0, "full", "is not there yet");
    return fast_new(&engine->fast, scenario, seed);
}

void engine_release(struct engine *engine)
{
    fast_free(engine->fast);
    *engine = (struct engine){0};
}

int engine_run(struct engine *engine, uint64_t run, const struct policy *policy,
               struct drill_outcome *ret, const struct outcome_counter *counter)
{
    return fast_run(engine->fast, run, policy, ret, counter);
}
