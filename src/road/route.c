/* SPDX-License-Identifier: Apache-2.0 */
/* From place to place: up from both ends, along their ways to the top of the elimination
 * tree (Dibbelt, Strasser, Wagner, section 6). First each alone up to the rank where the
 * ways join, then both together; there every rank may be the highest of the way. What is
 * later than the best way so far is not followed (V. Buchhold, P. Sanders, D. Wagner, ACM
 * J. Exp. Algorithmics 24, 2019). */
#include "road/route_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

int road_router_new(struct road_router **ret, const struct road_hierarchy *hierarchy)
{
    struct road_router *router = mem_calloc(1, sizeof *router);
    size_t depths = (size_t)hierarchy->depth_count + 1;
    if (router == NULL)
        return ST_NO_MEMORY;
    router->hierarchy = hierarchy;
    router->stack = mem_alloc(depths * sizeof *router->stack);
    router->path = mem_alloc(depths * sizeof *router->path);
    router->from.ms = mem_alloc(depths * sizeof *router->from.ms);
    router->to.ms = mem_alloc(depths * sizeof *router->to.ms);
    if (router->from.ms == NULL || router->to.ms == NULL || router->stack == NULL ||
        router->path == NULL) {
        road_router_free(router);
        return ST_NO_MEMORY;
    }
    *ret = router;
    return ST_OK;
}

void road_router_free(struct road_router *router)
{
    if (router == NULL)
        return;
    mem_free(router->from.ms);
    mem_free(router->to.ms);
    mem_free(router->stack);
    mem_free(router->path);
    mem_free(router->scratch);
    mem_free(router);
}

bool climb_start(const struct road_hierarchy *h, const struct road_spot *spot,
                 const uint32_t ms[2], struct climb *ret)
{
    if (spot->edge == ROAD_NODE_NONE)
        return false;
    uint32_t a = road_rank(h, spot->node[0]), b = road_rank(h, spot->node[1]);
    ret->low = a < b ? a : b;
    memset(ret->ms, 0xFF, ((size_t)h->depth[ret->low] + 1) * sizeof *ret->ms);
    ret->ms[h->depth[a]] = ms[0];
    ret->ms[h->depth[b]] = ms_less(ret->ms[h->depth[b]], ms[1]);
    return true;
}

static inline void relax(const struct road_hierarchy *h, const uint32_t *restrict weights,
                         uint32_t rank, uint32_t *restrict ms)
{
    struct rung rung = h->rungs[rank];
    uint32_t own = ms[rung.depth];
    if (own == ROAD_MS_NONE)
        return;
    for (uint32_t k = rung.first; k < rung.end; k++) {
        uint32_t at = h->head_depth[k];
        ms[at] = ms_less(ms[at], ms_add(own, weights[k]));
    }
}

void climb_all(const struct road_hierarchy *h, const uint32_t *weights,
               struct climb *climb)
{
    for (uint32_t r = climb->low; r != ROAD_NODE_NONE; r = h->rungs[r].parent)
        relax(h, weights, r, climb->ms);
}

struct query {
    const uint32_t *up, *down;
    uint32_t best; /* known before: straight along the edge */
};

static void step(struct road_router *router, const struct query *query, uint32_t rank,
                 bool forward)
{
    const struct road_hierarchy *h = router->hierarchy;
    struct climb *climb = forward ? &router->from : &router->to;
    const uint32_t *weights = forward ? query->up : query->down;
    if (climb->ms[h->rungs[rank].depth] < query->best)
        relax(h, weights, rank, climb->ms);
}

/* Returns the least time. */
static uint32_t meet(struct road_router *router, struct query *query)
{
    const struct road_hierarchy *h = router->hierarchy;
    uint32_t a = router->from.low, b = router->to.low;
    while (a != b) {
        if (a < b) {
            step(router, query, a, true);
            a = h->rungs[a].parent;
        } else {
            step(router, query, b, false);
            b = h->rungs[b].parent;
        }
    }
    for (; a != ROAD_NODE_NONE; a = h->rungs[a].parent) {
        uint32_t depth = h->rungs[a].depth;
        uint32_t ms = ms_add(router->from.ms[depth], router->to.ms[depth]);
        query->best = ms_less(query->best, ms);
        step(router, query, a, true);
        step(router, query, a, false);
    }
    return query->best;
}

uint32_t road_route_ms(struct road_router *router, const struct road_view *view,
                       enum road_mode mode, const struct road_spot *from,
                       const struct road_spot *to)
{
    const struct road_hierarchy *h = router->hierarchy;
    const struct weights *side = &h->sides[view->side];
    uint32_t metres;
    struct road_spot slow[2];
    assert(view->hierarchy == h && mode < ROAD_MODE_COUNT);
    from = graph_spot(h->road, side->closed, mode, from, &slow[0]);
    to = graph_spot(h->road, side->closed, mode, to, &slow[1]);
    if (!climb_start(h, from, from->out_ms, &router->from) ||
        !climb_start(h, to, to->in_ms, &router->to))
        return ROAD_MS_NONE;
    struct query query = {
        .up = side->up[mode],
        .down = side->down[mode],
        .best = road_spot_direct_ms(h->road, side->closed, mode, from, to, &metres)};
    return meet(router, &query);
}
