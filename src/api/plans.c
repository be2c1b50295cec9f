/* SPDX-License-Identifier: Apache-2.0 */
/* Planning a need and starting its call-out: both by the planner, off the loop. */
#include "api/handlers.h"
#include "api/internal.h"

static void plan(struct call *call)
{
    struct read_incident incident;
    if (!api_open(call, STAGE_NEED, MAY_DRILL, &incident))
        return;
    call_refuse(call, ST_BUSY, NULL);
}

void needs_plan(struct call *call)
{
    plan(call);
}

void needs_callout(struct call *call)
{
    plan(call);
}
