/* SPDX-License-Identifier: Apache-2.0 */
/* From one place to all nodes, and to many. Ranks are a postorder, so downwards they are
 * a walk that comes to a rank after all it hangs from, and the last rank met at a depth
 * is the one above all that follow. So what is known of a rank's heads stands in a short
 * array by depth, and the rows are read in one stream: no place of the memory is looked
 * up but those that come next. */
#include "road/route_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <stdlib.h>
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

struct end {
    uint32_t rank;
    uint32_t spot; /* index * 2 + which end */
};

static int end_order(const void *a, const void *b)
{
    const struct end *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1; /* downwards */
    return (x->spot > y->spot) - (x->spot < y->spot);
}

/* The ways up of ranks that come downwards share their upper parts: `on_way` holds the
 * rank at each depth for which the stack is right. */
struct descent {
    const struct road_hierarchy *h;
    const uint32_t *fall;
    const struct climb *climb; /* of the place */
    uint32_t *stack, *on_way;  /* by depth */
    uint32_t *own;             /* by depth: the place's way */
    uint32_t *pending;
};

static uint32_t descend(struct descent *d, uint32_t rank)
{
    const struct road_hierarchy *h = d->h;
    uint32_t count = 0;
    for (uint32_t r = rank; r != ROAD_NODE_NONE; r = h->rungs[r].parent) {
        if (d->on_way[h->rungs[r].depth] == r)
            break;
        d->pending[count++] = r;
        /* Waiting for the rows would be most of the cost. */
        __builtin_prefetch(&h->head_depth[h->rungs[r].first]);
        __builtin_prefetch(&d->fall[h->rungs[r].first]);
    }
    while (count > 0) {
        uint32_t r = d->pending[--count];
        struct rung rung = h->rungs[r];
        uint32_t ms = d->own[rung.depth] == r ? d->climb->ms[rung.depth] : ROAD_MS_NONE;
        for (uint32_t k = rung.first; k < rung.end; k++)
            ms = ms_less(ms, ms_add(d->stack[h->head_depth[k]], d->fall[k]));
        d->stack[rung.depth] = ms;
        d->on_way[rung.depth] = r;
    }
    return d->stack[h->rungs[rank].depth];
}

static uint32_t list_ends(const struct road_hierarchy *h, const struct road_many *many,
                          struct end *ret)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < many->count; i++)
        for (int end = 0; end < 2 && many->spots[i].edge != ROAD_NODE_NONE; end++)
            if (end == 0 || many->spots[i].node[0] != many->spots[i].node[1])
                ret[count++] = (struct end){h->rank[many->spots[i].node[end]],
                                            i * 2 + (uint32_t)end};
    qsort(ret, count, sizeof *ret, end_order);
    return count;
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

int road_route_many(struct road_router *router, const struct road_view *view,
                    const struct road_many *many, const struct road_spot *place,
                    uint32_t *ret_ms)
{
    const struct road_hierarchy *h = router->hierarchy;
    const struct weights *side = &h->sides[view->side];
    bool from = many->direction == ROAD_FROM;
    assert(view->hierarchy == h && many->mode < ROAD_MODE_COUNT);
    AUTO_FREE struct end *ends = mem_alloc(((size_t)many->count * 2 + 1) * sizeof *ends);
    AUTO_FREE uint32_t *own = mem_alloc(((size_t)h->depth_count + 1) * sizeof *own);
    AUTO_FREE uint32_t *on_way = mem_alloc(((size_t)h->depth_count + 1) * sizeof *own);
    if (ends == NULL || own == NULL || on_way == NULL)
        return ST_NO_MEMORY;
    fill_direct(h, side, many, place, ret_ms);
    struct road_spot slow;
    place = graph_spot(h->road, side->closed, many->mode, place, &slow);
    if (!climb_start(h, place, from ? place->out_ms : place->in_ms, &router->from))
        return ST_OK;
    memset(own, 0xFF, ((size_t)h->depth_count + 1) * sizeof *own);
    memset(on_way, 0xFF, ((size_t)h->depth_count + 1) * sizeof *own);
    climb_all(h, from ? side->up[many->mode] : side->down[many->mode], &router->from);
    for (uint32_t r = router->from.low; r != ROAD_NODE_NONE; r = h->rungs[r].parent)
        own[h->depth[r]] = r;
    struct descent d = {.h = h,
                        .fall = from ? side->down[many->mode] : side->up[many->mode],
                        .climb = &router->from,
                        .stack = router->stack,
                        .on_way = on_way,
                        .own = own,
                        .pending = router->path};
    uint32_t count = list_ends(h, many, ends);
    for (uint32_t i = 0; i < count; i++) {
        const struct road_spot *spot = graph_spot(h->road, side->closed, many->mode,
                                                  &many->spots[ends[i].spot / 2], &slow);
        uint32_t ms = (from ? spot->in_ms : spot->out_ms)[ends[i].spot % 2];
        uint32_t *ret = &ret_ms[ends[i].spot / 2];
        if (ms != ROAD_MS_NONE)
            *ret = ms_less(*ret, ms_add(ms, descend(&d, ends[i].rank)));
    }
    return ST_OK;
}
