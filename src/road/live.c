/* SPDX-License-Identifier: Apache-2.0 */
/* Roads that are closed and opened while others query: the left-right way. Views use the
 * active side; a change is made on the other one, which becomes active when it is whole.
 */
#include "road/hierarchy_internal.h"

#include "base/status.h"

#include <sched.h>
#include <string.h>

static size_t closed_words(const struct road *road)
{
    return (size_t)road->edge_count / 64 + 1;
}

static void copy_closed(struct road_closed *to, const struct road_closed *from)
{
    size_t size = closed_words(to->road) * sizeof *to->bits;
    if (from == NULL)
        memset(to->bits, 0, size);
    else
        memcpy(to->bits, from->bits, size);
}

int road_hierarchy_set_closed(struct road_hierarchy *h, const struct road_closed *closed)
{
    uint32_t active = atomic_load(&h->active);
    struct weights *side = &h->sides[active ^ 1];
    assert(closed == NULL || closed->road == h->road);
    while (atomic_load(&side->readers) > 0) /* views of before the last change */
        sched_yield();
    copy_closed(side->closed, closed);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        int status = hierarchy_customise(h, side, (enum road_mode)mode);
        if (status != ST_OK)
            return status;
    }
    atomic_store(&h->active, active ^ 1);
    return ST_OK;
}
