/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/engine.h"

int engine_init(struct engine *engine, const struct scenario *scenario, uint64_t seed,
                bool full, struct diag *reterr)
{
    *engine = (struct engine){0};
    return full ? full_new(&engine->full, scenario, seed, reterr)
                : fast_new(&engine->fast, scenario, seed);
}

void engine_release(struct engine *engine)
{
    fast_free(engine->fast);
    full_free(engine->full);
    *engine = (struct engine){0};
}

int engine_run(struct engine *engine, uint64_t run, const struct policy *policy,
               struct drill_outcome *ret, const struct outcome_counter *counter)
{
    if (engine->full != NULL)
        return full_run(engine->full, run, policy, ret, counter);
    return fast_run(engine->fast, run, policy, ret, counter);
}
