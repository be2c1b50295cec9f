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

static bool climb_new(struct climb *climb, size_t depths)
{
    climb->ms = mem_alloc(depths * sizeof *climb->ms);
    climb->arc = mem_alloc(depths * sizeof *climb->arc);
    climb->tail = mem_alloc(depths * sizeof *climb->tail);
    return climb->ms != NULL && climb->arc != NULL && climb->tail != NULL;
}

static void climb_release(struct climb *climb)
{
    mem_free(climb->ms);
    mem_free(climb->arc);
    mem_free(climb->tail);
}

int road_router_new(struct road_router **ret, const struct road_hierarchy *hierarchy)
{
    struct road_router *router = mem_calloc(1, sizeof *router);
    size_t depths = (size_t)hierarchy->depth_count + 1;
    if (router == NULL)
        return ST_NO_MEMORY;
    router->hierarchy = hierarchy;
    router->stack = mem_alloc(depths * sizeof *router->stack);
    router->path = mem_alloc(depths * sizeof *router->path);
    if (!climb_new(&router->from, depths) || !climb_new(&router->to, depths) ||
        router->stack == NULL || router->path == NULL) {
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
    climb_release(&router->from);
    climb_release(&router->to);
    mem_free(router->stack);
    mem_free(router->path);
    mem_free(router->unpack);
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

/* As relax, and remembers the way. */
static void relax_path(const struct road_hierarchy *h, const uint32_t *weights,
                       uint32_t rank, struct climb *climb)
{
    uint32_t own = climb->ms[h->depth[rank]], end = h->shape.first[rank + 1];
    for (uint32_t k = h->shape.first[rank]; own != ROAD_MS_NONE && k < end; k++) {
        uint32_t at = h->head_depth[k], ms = ms_add(own, weights[k]);
        if (ms < climb->ms[at]) {
            climb->ms[at] = ms;
            climb->arc[at] = k;
            climb->tail[at] = rank;
        }
    }
}

struct query {
    const uint32_t *up, *down;
    uint32_t best; /* known before: straight along the edge */
    bool with_path;
};

static void step(struct road_router *router, const struct query *query, uint32_t rank,
                 bool forward)
{
    const struct road_hierarchy *h = router->hierarchy;
    struct climb *climb = forward ? &router->from : &router->to;
    const uint32_t *weights = forward ? query->up : query->down;
    if (climb->ms[h->rungs[rank].depth] >= query->best)
        return;
    if (query->with_path)
        relax_path(h, weights, rank, climb);
    else
        relax(h, weights, rank, climb->ms);
}

/* Returns the least time, and the highest rank of the way (ROAD_NODE_NONE if nothing is
 * better than query->best). */
static uint32_t meet(struct road_router *router, struct query *query, uint32_t *ret_top)
{
    const struct road_hierarchy *h = router->hierarchy;
    uint32_t a = router->from.low, b = router->to.low;
    *ret_top = ROAD_NODE_NONE;
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
        if (ms < query->best) {
            query->best = ms;
            *ret_top = a;
        }
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
    uint32_t metres, top;
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
    return meet(router, &query, &top);
}

/* ---- the way ------------------------------------------------------------------------
 */

/* What opens arcs: an arc is an edge, or two arcs over a lower rank. */
struct opening {
    struct road_router *router;
    const struct weights *side;
    enum road_mode mode;
    struct road_path *path;
    uint32_t count; /* of router->unpack: arc, then 1 = upwards */
};

static int push_arc(struct opening *o, uint32_t arc, bool upwards)
{
    struct road_router *router = o->router;
    int status = mem_grow(&router->unpack, &router->unpack_capacity, o->count + 2,
                          sizeof *router->unpack, UINT32_MAX);
    if (status != ST_OK)
        return status;
    router->unpack[o->count++] = arc;
    router->unpack[o->count++] = upwards;
    return ST_OK;
}

static int add_step(struct road_path *path, uint32_t edge, uint32_t way)
{
    int status = mem_grow(&path->steps, &path->capacity, path->count + 1,
                          sizeof *path->steps, UINT32_MAX);
    if (status == ST_OK)
        path->steps[path->count++] = (struct road_step){edge, way};
    return status;
}

/* The lower rank of an arc: the last row that begins at it or before. */
static uint32_t tail_of(const struct graph_shape *shape, uint32_t arc)
{
    uint32_t low = 0, high = shape->node_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (shape->first[middle] <= arc)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static bool open_as_edge(struct opening *o, uint32_t arc, uint32_t rank, bool upwards,
                         int *ret_status)
{
    const struct road_hierarchy *h = o->router->hierarchy;
    uint32_t ms = upwards ? o->side->up[o->mode][arc] : o->side->down[o->mode][arc];
    for (uint32_t i = h->input_first[rank]; i < h->input_first[rank + 1]; i++) {
        uint32_t edge = h->inputs[i].edge / 2, way = h->inputs[i].edge % 2 ^ !upwards;
        if (h->inputs[i].arc != arc || ms == ROAD_MS_NONE ||
            graph_edge_ms(h->road, o->side->closed, edge, o->mode, way) != ms)
            continue;
        *ret_status = add_step(o->path, edge, way);
        return true;
    }
    return false;
}

/* Upwards x to y over v: down v - x turned, then up v - y. */
static int open_triangle(struct opening *o, uint32_t first, uint32_t second, bool upwards)
{
    int status = push_arc(o, upwards ? second : first, true);
    return status == ST_OK ? push_arc(o, upwards ? first : second, false) : status;
}

static int open_listed(struct opening *o, uint32_t arc, bool upwards)
{
    const struct triangles *t = &o->router->hierarchy->triangles;
    const uint32_t *up = o->side->up[o->mode], *down = o->side->down[o->mode];
    uint32_t ms = upwards ? up[arc] : down[arc];
    for (uint32_t i = t->lower_first[arc]; i < t->lower_first[arc + 1]; i++) {
        uint32_t first = t->lower[i].first, second = t->lower[i].second;
        if (ms ==
            (upwards ? ms_add(down[first], up[second]) : ms_add(down[second], up[first])))
            return open_triangle(o, first, second, upwards);
    }
    assert(!"a weight comes from an edge or a triangle");
    return ST_CORRUPT;
}

static int open_over(struct opening *o, uint32_t arc, uint32_t rank, bool upwards)
{
    const struct road_hierarchy *h = o->router->hierarchy;
    const uint32_t *up = o->side->up[o->mode], *down = o->side->down[o->mode];
    uint32_t ms = upwards ? up[arc] : down[arc], head = h->shape.heads[arc];
    for (uint32_t i = h->lower_first[rank]; i < h->lower_first[rank + 1]; i++) {
        struct lower_arc lower = h->lower[i];
        if ((upwards ? down[lower.arc] : up[lower.arc]) > ms)
            continue;
        for (uint32_t k = lower.arc + 1; k < lower.row_end && h->shape.heads[k] <= head;
             k++) {
            if (h->shape.heads[k] != head ||
                ms != (upwards ? ms_add(down[lower.arc], up[k])
                               : ms_add(down[k], up[lower.arc])))
                continue;
            return open_triangle(o, lower.arc, k, upwards);
        }
    }
    assert(!"a weight comes from an edge or a triangle");
    return ST_CORRUPT;
}

/* All edges of one arc, in the order they are passed. */
static int open_arc(struct opening *o, uint32_t arc, bool upwards)
{
    int status = push_arc(o, arc, upwards);
    while (status == ST_OK && o->count > 0) {
        upwards = o->router->unpack[--o->count];
        arc = o->router->unpack[--o->count];
        uint32_t rank = tail_of(&o->router->hierarchy->shape, arc);
        if (!open_as_edge(o, arc, rank, upwards, &status))
            status = o->router->hierarchy->triangles.count > 0
                         ? open_listed(o, arc, upwards)
                         : open_over(o, arc, rank, upwards);
    }
    return status;
}

/* From the place up to TOP: the arcs are known from the top down. */
static int open_from(struct opening *o, uint32_t top, uint32_t *ret_rank)
{
    const struct road_hierarchy *h = o->router->hierarchy;
    const struct climb *climb = &o->router->from;
    uint32_t count = 0, rank = top;
    while (climb->arc[h->depth[rank]] != ROAD_NODE_NONE) {
        o->router->path[count++] = climb->arc[h->depth[rank]];
        rank = climb->tail[h->depth[rank]];
    }
    *ret_rank = rank;
    int status = ST_OK;
    while (count > 0 && status == ST_OK)
        status = open_arc(o, o->router->path[--count], true);
    return status;
}

static int open_to(struct opening *o, uint32_t top, uint32_t *ret_rank)
{
    const struct road_hierarchy *h = o->router->hierarchy;
    const struct climb *climb = &o->router->to;
    int status = ST_OK;
    uint32_t rank = top;
    while (status == ST_OK && climb->arc[h->depth[rank]] != ROAD_NODE_NONE) {
        status = open_arc(o, climb->arc[h->depth[rank]], false);
        rank = climb->tail[h->depth[rank]];
    }
    *ret_rank = rank;
    return status;
}

/* The end of SPOT's edge at RANK whose time is the one the way began with. */
static int end_at(const struct road_hierarchy *h, const struct road_spot *spot,
                  const uint32_t ms[2], uint32_t rank)
{
    bool first = road_rank(h, spot->node[0]) == rank;
    bool second = road_rank(h, spot->node[1]) == rank;
    assert(first || second);
    return first && (!second || ms[0] <= ms[1]) ? 0 : 1;
}

static int open_way(struct opening *o, const struct road_spot *from,
                    const struct road_spot *to, uint32_t top)
{
    const struct road_hierarchy *h = o->router->hierarchy;
    uint32_t first = top, last = top;
    int status = open_from(o, top, &first);
    if (status == ST_OK)
        status = open_to(o, top, &last);
    if (status != ST_OK)
        return status;
    o->path->start = end_at(h, from, from->out_ms, first);
    o->path->end = end_at(h, to, to->in_ms, last);
    uint64_t mm = 0;
    for (uint32_t i = 0; i < o->path->count; i++)
        mm += h->road->edges[o->path->steps[i].edge].length_mm;
    mm += ((uint64_t)from->out_m[o->path->start] + to->in_m[o->path->end]) * 1000;
    o->path->m = mm / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)((mm + 500) / 1000);
    return ST_OK;
}

int road_route_path(struct road_router *router, const struct road_view *view,
                    enum road_mode mode, const struct road_spot *from,
                    const struct road_spot *to, struct road_path *ret)
{
    const struct road_hierarchy *h = router->hierarchy;
    const struct weights *side = &h->sides[view->side];
    uint32_t metres = 0, top;
    struct road_spot slow[2];
    assert(view->hierarchy == h && mode < ROAD_MODE_COUNT);
    from = graph_spot(h->road, side->closed, mode, from, &slow[0]);
    to = graph_spot(h->road, side->closed, mode, to, &slow[1]);
    if (!climb_start(h, from, from->out_ms, &router->from) ||
        !climb_start(h, to, to->in_ms, &router->to))
        return ST_NOT_FOUND;
    size_t depths = (size_t)h->depth_count * sizeof(uint32_t);
    memset(router->from.arc, 0xFF, depths);
    memset(router->to.arc, 0xFF, depths);
    struct query query = {
        .up = side->up[mode],
        .down = side->down[mode],
        .best = road_spot_direct_ms(h->road, side->closed, mode, from, to, &metres),
        .with_path = true};
    struct road_path path = {.ms = meet(router, &query, &top), .m = metres};
    if (path.ms == ROAD_MS_NONE)
        return ST_NOT_FOUND;
    path.direct = top == ROAD_NODE_NONE;
    struct opening opening = {router, side, mode, &path, 0};
    int status = path.direct ? ST_OK : open_way(&opening, from, to, top);
    if (status != ST_OK) {
        road_path_release(&path);
        return status;
    }
    *ret = path;
    return ST_OK;
}

void road_path_release(struct road_path *path)
{
    mem_free(path->steps);
    *path = (struct road_path){0};
}
