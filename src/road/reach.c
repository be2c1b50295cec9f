/* SPDX-License-Identifier: Apache-2.0 */
/* Lazy RPHAST. From the place a search goes up: along the way to the top of the ends of
 * its edge, ranks ascending, every arc once. A node's time is then the least of what that
 * search found for it and, over its own arcs, the times of higher ranks; these are
 * computed first, down from the first one that is known. A label's stamp says whether it
 * is of this start, and whether it is the search's or final. */
#include "road/hierarchy_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

struct label {
    uint32_t stamp; /* `stamp` of the reach: the search's; + 1: final */
    uint32_t ms;
};

struct road_reach {
    const struct road_hierarchy *hierarchy;
    struct label *labels;        /* by rank */
    uint32_t *path;              /* by depth */
    const uint32_t *rise, *fall; /* weights away from the place: upwards, downwards */
    struct road_spot place;
    enum road_mode mode;
    enum road_direction direction;
    const struct road_closed *closed; /* of the view */
    uint32_t stamp;
};

int road_reach_new(struct road_reach **ret, const struct road_hierarchy *hierarchy)
{
    struct road_reach *reach = mem_calloc(1, sizeof *reach);
    if (reach == NULL)
        return ST_NO_MEMORY;
    reach->hierarchy = hierarchy;
    reach->labels =
        mem_calloc_large((size_t)hierarchy->shape.node_count + 1, sizeof *reach->labels);
    reach->path = mem_alloc(((size_t)hierarchy->depth_count + 1) * sizeof *reach->path);
    if (reach->labels == NULL || reach->path == NULL) {
        road_reach_free(reach);
        return ST_NO_MEMORY;
    }
    *ret = reach;
    return ST_OK;
}

void road_reach_free(struct road_reach *reach)
{
    if (reach == NULL)
        return;
    mem_free(reach->labels);
    mem_free(reach->path);
    mem_free(reach);
}

static void offer(struct road_reach *reach, uint32_t rank, uint32_t ms)
{
    struct label *label = &reach->labels[rank];
    if (label->stamp != reach->stamp)
        *label = (struct label){reach->stamp, ms};
    else if (ms < label->ms)
        label->ms = ms;
}

/* Two ways to the top, walked together in order of rank; they join. */
static void search_up(struct road_reach *reach, uint32_t a, uint32_t b)
{
    const struct graph_shape *shape = &reach->hierarchy->shape;
    while (a != ROAD_NODE_NONE) {
        if (b < a) {
            uint32_t swap = a;
            a = b;
            b = swap;
        }
        uint32_t ms =
            reach->labels[a].stamp == reach->stamp ? reach->labels[a].ms : ROAD_MS_NONE;
        for (uint32_t k = shape->first[a]; ms != ROAD_MS_NONE && k < shape->first[a + 1];
             k++)
            offer(reach, shape->heads[k], ms_add(ms, reach->rise[k]));
        b = a == b ? ROAD_NODE_NONE : b;
        a = reach->hierarchy->rungs[a].parent;
        if (a == ROAD_NODE_NONE) {
            a = b;
            b = ROAD_NODE_NONE;
        }
    }
}

void road_reach_start(struct road_reach *reach, const struct road_view *view,
                      enum road_mode mode, enum road_direction direction,
                      const struct road_spot *place)
{
    const struct road_hierarchy *h = reach->hierarchy;
    assert(view->hierarchy == h && mode < ROAD_MODE_COUNT);
    const struct weights *side = &h->sides[view->side];
    reach->stamp += 2;
    if (reach->stamp >= UINT32_MAX - 2) {
        memset(reach->labels, 0, h->shape.node_count * sizeof *reach->labels);
        reach->stamp = 2;
    }
    reach->rise = direction == ROAD_FROM ? side->up[mode] : side->down[mode];
    reach->fall = direction == ROAD_FROM ? side->down[mode] : side->up[mode];
    reach->closed = side->closed;
    reach->place = *place;
    road_spot_limit(h->road, reach->closed->slow_count > 0 ? reach->closed : NULL, mode,
                    &reach->place);
    reach->mode = mode;
    reach->direction = direction;
    if (place->edge == ROAD_NODE_NONE)
        return;
    const uint32_t *ms =
        direction == ROAD_FROM ? reach->place.out_ms : reach->place.in_ms;
    uint32_t rank[2];
    for (int end = 0; end < 2; end++) {
        rank[end] = road_rank(h, place->node[end]);
        offer(reach, rank[end], ms[end]);
    }
    search_up(reach, rank[0], rank[1]);
}

static void finish(struct road_reach *reach, uint32_t rank)
{
    const struct graph_shape *shape = &reach->hierarchy->shape;
    struct rung rung = reach->hierarchy->rungs[rank];
    struct label *labels = reach->labels, *own = &labels[rank];
    uint32_t ms = own->stamp == reach->stamp ? own->ms : ROAD_MS_NONE;
    for (uint32_t k = rung.first; k < rung.end; k++)
        ms = ms_less(ms, ms_add(labels[shape->heads[k]].ms, reach->fall[k]));
    *own = (struct label){reach->stamp + 1, ms};
}

static uint32_t reach_rank(struct road_reach *reach, uint32_t own)
{
    const struct road_hierarchy *h = reach->hierarchy;
    uint32_t count = 0;
    for (uint32_t rank = own;
         rank != ROAD_NODE_NONE && reach->labels[rank].stamp != reach->stamp + 1;
         rank = h->rungs[rank].parent) {
        reach->path[count++] = rank;
        /* Waiting for the rows would be most of the cost. */
        __builtin_prefetch(&h->shape.heads[h->rungs[rank].first]);
        __builtin_prefetch(&reach->fall[h->rungs[rank].first]);
    }
    while (count > 0)
        finish(reach, reach->path[--count]);
    return reach->labels[own].ms;
}

void road_reach_fetch(struct road_reach *reach, const uint32_t *ranks, uint32_t count)
{
    const struct road_hierarchy *h = reach->hierarchy;
    uint32_t at[ROAD_REACH_TOGETHER];
    assert(count <= ROAD_REACH_TOGETHER);
    for (uint32_t i = 0; i < count; i++) {
        at[i] = ranks[i];
        __builtin_prefetch(&h->rungs[at[i]]);
        __builtin_prefetch(&reach->labels[at[i]]);
    }
    for (bool any = true; any;) {
        any = false;
        for (uint32_t i = 0; i < count; i++) {
            if (at[i] == ROAD_NODE_NONE || reach->labels[at[i]].stamp == reach->stamp + 1)
                continue;
            const struct rung *rung = &h->rungs[at[i]];
            __builtin_prefetch(&h->shape.heads[rung->first]);
            __builtin_prefetch(&reach->fall[rung->first]);
            at[i] = rung->parent;
            if (at[i] == ROAD_NODE_NONE)
                continue;
            __builtin_prefetch(&h->rungs[at[i]]);
            __builtin_prefetch(&reach->labels[at[i]]);
            any = true;
        }
    }
}

uint32_t road_reach_ms(struct road_reach *reach, uint32_t node)
{
    return reach_rank(reach, road_rank(reach->hierarchy, node));
}

uint32_t road_reach_subtree_ms(struct road_reach *reach, uint32_t rank, bool is_inside)
{
    const struct graph_shape *shape = &reach->hierarchy->shape;
    struct rung rung = reach->hierarchy->rungs[rank];
    uint32_t least = ROAD_MS_NONE;
    if (is_inside)
        return 0;
    if (rung.parent == ROAD_NODE_NONE)
        return ROAD_MS_NONE;
    /* All that join it are on the way to the top, so they are computed with the parent.
     */
    (void)reach_rank(reach, rung.parent);
    for (uint32_t k = rung.first; k < rung.end; k++)
        least = ms_less(least, reach->labels[shape->heads[k]].ms);
    return least;
}

uint32_t road_reach_spot_ms(struct road_reach *reach, const struct road_spot *spot)
{
    const struct road *road = reach->hierarchy->road;
    bool from = reach->direction == ROAD_FROM;
    uint32_t metres;
    if (spot->edge == ROAD_NODE_NONE || reach->place.edge == ROAD_NODE_NONE)
        return ROAD_MS_NONE;
    struct road_spot slow;
    spot = graph_spot(road, reach->closed, reach->mode, spot, &slow);
    const uint32_t *ms = from ? spot->in_ms : spot->out_ms;
    uint32_t best =
        road_spot_direct_ms(road, reach->closed, reach->mode, from ? &reach->place : spot,
                            from ? spot : &reach->place, &metres);
    for (int end = 0; end < 2; end++)
        if (ms[end] != ROAD_MS_NONE)
            best = ms_less(best, ms_add(ms[end], road_reach_ms(reach, spot->node[end])));
    return best;
}
