/* SPDX-License-Identifier: Apache-2.0 */
/* From one place to all nodes, and to many. Ranks are a postorder, so downwards they are
 * a walk that comes to a rank after all it hangs from, and the last rank met at a depth
 * is the one above all that follow. So what is known of a rank's heads stands in a short
 * array by depth, and the rows are read in one stream: no place of the memory is looked
 * up but those that come next. */
#include "road/route_internal.h"

#include "base/mem.h"
#include "base/radix.h"
#include "base/status.h"

#include <string.h>

static inline uint32_t row_ms(const struct road_hierarchy *h,
                              const uint32_t *restrict weights, uint32_t rank,
                              const uint32_t *restrict stack, uint32_t ms)
{
    uint32_t end = h->shape.first[rank + 1];
    for (uint32_t k = h->shape.first[rank]; k < end; k++)
        ms = ms_less(ms, ms_add(stack[h->head_depth[k]], weights[k]));
    return ms;
}

void road_route_all(struct road_router *router, const struct road_view *view,
                    enum road_mode mode, enum road_direction direction,
                    const struct road_spot *place, uint32_t *ret_ms)
{
    const struct road_hierarchy *h = router->hierarchy;
    const struct weights *side = &h->sides[view->side];
    bool from = direction == ROAD_FROM;
    assert(view->hierarchy == h && mode < ROAD_MODE_COUNT);
    struct road_spot slow;
    place = graph_spot(h->road, side->closed, mode, place, &slow);
    if (!climb_start(h, place, from ? place->out_ms : place->in_ms, &router->from)) {
        memset(ret_ms, 0xFF, h->shape.node_count * sizeof *ret_ms);
        return;
    }
    climb_all(h, from ? side->up[mode] : side->down[mode], &router->from);
    const uint32_t *fall = from ? side->down[mode] : side->up[mode];
    uint32_t own_count = 0;
    for (uint32_t r = router->from.low; r != ROAD_NODE_NONE; r = h->rungs[r].parent)
        router->path[own_count++] = r;
    uint32_t own = own_count > 0 ? router->path[own_count - 1] : ROAD_NODE_NONE;
    for (uint32_t r = h->shape.node_count; r-- > 0;) {
        uint32_t ms = ROAD_MS_NONE;
        if (r == own) { /* on the way up of the place itself */
            ms = router->from.ms[h->depth[r]];
            own = --own_count > 0 ? router->path[own_count - 1] : ROAD_NODE_NONE;
        }
        ms = row_ms(h, fall, r, router->stack, ms);
        router->stack[h->depth[r]] = ms;
        ret_ms[r] = ms;
    }
}

/* ---- to many --------------------------------------------------------------------------
 */

/* The ways up of so many ends are looked up side by side: each step of one is a place of
 * the memory that must be waited for. */
#define TOGETHER 16u

/* Ends come downwards, and their ways share the upper parts. Above an end's way of its
 * own the stack is right: a rank on the way up that is not below the end before is above
 * that one too, for a subtree is in one piece. */
struct descent {
    const struct road_hierarchy *h;
    const uint32_t *fall;
    const struct climb *climb; /* of the place */
    uint32_t *stack;           /* ms by depth */
    uint32_t *own;             /* by depth: the place's way */
    uint32_t *ways;            /* by TOGETHER and step: ranks that no end before had */
    uint32_t way_count[TOGETHER];
};

static inline uint32_t *way_of(const struct descent *d, uint32_t i)
{
    return d->ways + (size_t)i * d->h->depth_count;
}

/* The ways of the ends RANKS[0] .. RANKS[COUNT - 1], which descend; BEFORE is the one
 * that came before these. What stands along them is fetched. */
static void look_up(struct descent *d, const uint32_t *ranks, uint32_t count,
                    uint32_t before)
{
    const struct road_hierarchy *h = d->h;
    uint32_t at[TOGETHER];
    for (uint32_t i = 0; i < count; i++) {
        at[i] = ranks[i];
        d->way_count[i] = 0;
        __builtin_prefetch(&h->rungs[ranks[i]]);
    }
    for (bool any = true; any;) {
        any = false;
        for (uint32_t i = 0; i < count; i++) {
            if (at[i] >= (i == 0 ? before : ranks[i - 1])) /* ROAD_NODE_NONE, too */
                continue;
            const struct rung *rung = &h->rungs[at[i]];
            way_of(d, i)[d->way_count[i]++] = at[i];
            __builtin_prefetch(&h->head_depth[rung->first]);
            __builtin_prefetch(&d->fall[rung->first]);
            __builtin_prefetch(&d->fall[rung->end]);
            at[i] = rung->parent;
            __builtin_prefetch(&h->rungs[at[i]]);
            any = true;
        }
    }
}

/* Down along the way of one end: its time. */
static uint32_t descend(const struct descent *d, uint32_t i, uint32_t rank)
{
    const struct road_hierarchy *h = d->h;
    for (uint32_t count = d->way_count[i]; count > 0;) {
        uint32_t r = way_of(d, i)[--count];
        struct rung rung = h->rungs[r];
        uint32_t ms = d->own[rung.depth] == r ? d->climb->ms[rung.depth] : ROAD_MS_NONE;
        for (uint32_t k = rung.first; k < rung.end; k++)
            ms = ms_less(ms, ms_add(d->stack[h->head_depth[k]], d->fall[k]));
        d->stack[rung.depth] = ms;
    }
    return d->stack[h->rungs[rank].depth];
}

/* Downwards: how far below the top << 32 | spot * 2 + which end. Room for as many again
 * is behind them, and what is returned is in either. */
static uint64_t *list_ends(const struct road_hierarchy *h, const struct road_many *many,
                           uint64_t *ends, uint32_t *ret_count)
{
    uint32_t count = 0, top = h->shape.node_count - 1;
    for (uint32_t i = 0; i < many->count; i++)
        for (uint32_t end = 0; end < 2 && many->spots[i].edge != ROAD_NODE_NONE; end++)
            if (end == 0 || many->spots[i].node[0] != many->spots[i].node[1])
                ends[count++] = (uint64_t)(top - h->rank[many->spots[i].node[end]])
                                    << 32 |
                                (i * 2 + end);
    *ret_count = count;
    return radix_sort_upper(ends, ends + (size_t)many->count * 2, count, top);
}

static void fill_direct(const struct road_hierarchy *h, const struct weights *side,
                        const struct road_many *many, const struct road_spot *place,
                        uint32_t *ret_ms)
{
    bool from = many->direction == ROAD_FROM;
    for (uint32_t i = 0; i < many->count; i++) {
        uint32_t metres;
        const struct road_spot *spot = &many->spots[i];
        ret_ms[i] =
            road_spot_direct_ms(h->road, side->closed, many->mode, from ? place : spot,
                                from ? spot : place, &metres);
    }
}

static void descend_all(struct descent *d, const struct road_many *many,
                        const struct road_closed *closed, uint64_t *ends,
                        uint32_t *ret_ms)
{
    uint32_t ranks[TOGETHER], before = ROAD_NODE_NONE, count, top;
    const uint64_t *sorted = list_ends(d->h, many, ends, &count);
    bool from = many->direction == ROAD_FROM;
    top = d->h->shape.node_count - 1;
    for (uint32_t start = 0; start < count; start += TOGETHER) {
        uint32_t here = count - start < TOGETHER ? count - start : TOGETHER;
        for (uint32_t i = 0; i < here; i++)
            ranks[i] = top - (uint32_t)(sorted[start + i] >> 32);
        look_up(d, ranks, here, before);
        for (uint32_t i = 0; i < here; i++) {
            uint32_t end = (uint32_t)sorted[start + i], at = descend(d, i, ranks[i]);
            struct road_spot slow;
            const struct road_spot *spot =
                graph_spot(d->h->road, closed, many->mode, &many->spots[end / 2], &slow);
            uint32_t ms = (from ? spot->in_ms : spot->out_ms)[end % 2];
            if (ms != ROAD_MS_NONE)
                ret_ms[end / 2] = ms_less(ret_ms[end / 2], ms_add(ms, at));
        }
        before = ranks[here - 1];
    }
}

int road_route_many(struct road_router *router, const struct road_view *view,
                    const struct road_many *many, const struct road_spot *place,
                    uint32_t *ret_ms)
{
    const struct road_hierarchy *h = router->hierarchy;
    const struct weights *side = &h->sides[view->side];
    bool from = many->direction == ROAD_FROM;
    assert(view->hierarchy == h && many->mode < ROAD_MODE_COUNT);
    size_t depths = (size_t)h->depth_count + 1;
    AUTO_FREE uint64_t *ends = mem_alloc(((size_t)many->count * 4 + 1) * sizeof *ends);
    AUTO_FREE uint32_t *own = mem_alloc(depths * sizeof *own);
    AUTO_FREE uint32_t *ways = mem_alloc(depths * TOGETHER * sizeof *ways);
    if (ends == NULL || own == NULL || ways == NULL)
        return ST_NO_MEMORY;
    fill_direct(h, side, many, place, ret_ms);
    struct road_spot slow;
    place = graph_spot(h->road, side->closed, many->mode, place, &slow);
    if (!climb_start(h, place, from ? place->out_ms : place->in_ms, &router->from))
        return ST_OK;
    climb_all(h, from ? side->up[many->mode] : side->down[many->mode], &router->from);
    memset(own, 0xFF, depths * sizeof *own);
    for (uint32_t r = router->from.low; r != ROAD_NODE_NONE; r = h->rungs[r].parent)
        own[h->depth[r]] = r;
    struct descent d = {.h = h,
                        .fall = from ? side->down[many->mode] : side->up[many->mode],
                        .climb = &router->from,
                        .stack = router->stack,
                        .own = own,
                        .ways = ways};
    descend_all(&d, many, side->closed, ends, ret_ms);
    return ST_OK;
}
