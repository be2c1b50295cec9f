/* SPDX-License-Identifier: Apache-2.0 */
/* Scenario files; what is accepted and small is also run. */
#include "base/mem.h"
#include "drill/fast.h"
#include "drill/world.h"

#include <stdint.h>

#define PEOPLE_RUN 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diag diag;
    struct fast *fast = NULL;
    struct drill_outcome outcomes[SCENARIO_NEEDS_MAX];
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    if (scenario != NULL &&
        scenario_parse((const char *)data, size, scenario, &diag) == 0 &&
        world_people_max(scenario) <= PEOPLE_RUN && fast_new(&fast, scenario, 1) == 0)
        (void)fast_run(fast, 0, &scenario->policies[0], outcomes, NULL);
    fast_free(fast);
    mem_free(scenario);
    return 0;
}
