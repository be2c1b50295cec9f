/* SPDX-License-Identifier: Apache-2.0 */
/* Making a hierarchy and looking at it. */
#include "road/hierarchy_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

static void fill_depths(struct road_hierarchy *h)
{
    const struct graph_shape *shape = &h->shape;
    for (uint32_t r = 0; r < shape->node_count; r++)
        h->rank[shape->order[r]] = r;
    for (uint32_t r = shape->node_count; r-- > 0;) {
        uint32_t parent = shape->first[r] < shape->first[r + 1]
                              ? shape->heads[shape->first[r]]
                              : ROAD_NODE_NONE;
        h->depth[r] = parent == ROAD_NODE_NONE ? 0 : (uint16_t)(h->depth[parent] + 1);
        h->rungs[r] =
            (struct rung){parent, shape->first[r], shape->first[r + 1], h->depth[r]};
        if (h->depth[r] + 1u > h->depth_count)
            h->depth_count = h->depth[r] + 1u;
    }
    for (uint32_t a = 0; a < shape->arc_count; a++)
        h->head_depth[a] = h->depth[shape->heads[a]];
}

/* Starts of rows from how many they hold, which stand one place to the right of where
 * their start shall move. */
static void add_up(uint32_t *first, uint32_t row_count)
{
    for (uint32_t i = 0; i < row_count; i++)
        first[i + 2] += first[i + 1];
}

static void count_lower(struct road_hierarchy *h)
{
    const struct graph_shape *shape = &h->shape;
    for (uint32_t r = 0; r < shape->node_count; r++)
        for (uint32_t a = shape->first[r]; a < shape->first[r + 1]; a++)
            h->lower_first[shape->heads[a] + 2]++;
    add_up(h->lower_first, shape->node_count);
}

static void fill_lower(struct road_hierarchy *h)
{
    const struct graph_shape *shape = &h->shape;
    for (uint32_t r = 0; r < shape->node_count; r++)
        for (uint32_t a = shape->first[r]; a < shape->first[r + 1]; a++)
            h->lower[h->lower_first[shape->heads[a] + 1]++] =
                (struct lower_arc){a, shape->first[r + 1]};
}

/* The arc between two ranks; there is one if an edge joins their nodes. */
static uint32_t find_arc(const struct graph_shape *shape, uint32_t low, uint32_t high)
{
    uint32_t from = shape->first[low], to = shape->first[low + 1];
    while (to - from > 1) {
        uint32_t middle = from + (to - from) / 2;
        if (shape->heads[middle] <= high)
            from = middle;
        else
            to = middle;
    }
    assert(from < to && shape->heads[from] == high);
    return from;
}

static void fill_inputs(struct road_hierarchy *h)
{
    const struct road *road = h->road;
    for (uint32_t e = 0; e < road->edge_count; e++) {
        uint32_t a = h->rank[road->edges[e].node[0]], b = h->rank[road->edges[e].node[1]];
        uint32_t low = a < b ? a : b, high = a < b ? b : a;
        h->edge_arcs[e] = (struct edge_arc){.arc = find_arc(&h->shape, low, high),
                                            .low = low * 2 + (a > b)};
        h->input_first[low + 2]++;
    }
    add_up(h->input_first, road->node_count);
    for (uint32_t e = 0; e < road->edge_count; e++) {
        struct edge_arc at = h->edge_arcs[e];
        h->inputs[h->input_first[at.low / 2 + 1]++] =
            (struct input_edge){.arc = at.arc, .edge = e * 2 + at.low % 2};
    }
}

static int allocate(struct road_hierarchy *h)
{
    size_t n = (size_t)h->shape.node_count + 2, arcs = (size_t)h->shape.arc_count + 1;
    h->rank = mem_alloc_large(n * sizeof *h->rank);
    h->rungs = mem_alloc_large(n * sizeof *h->rungs);
    h->depth = mem_alloc(n * sizeof *h->depth);
    h->head_depth = mem_alloc_large(arcs * sizeof *h->head_depth);
    h->lower_first = mem_calloc_large(n, sizeof *h->lower_first);
    h->lower = mem_alloc_large(arcs * sizeof *h->lower);
    h->input_first = mem_calloc_large(n, sizeof *h->input_first);
    h->inputs =
        mem_calloc_large((size_t)h->road->edge_count + INPUTS_AHEAD, sizeof *h->inputs);
    h->edge_arcs =
        mem_alloc_large(((size_t)h->road->edge_count + 1) * sizeof *h->edge_arcs);
    if (h->edge_arcs == NULL || h->rank == NULL || h->rungs == NULL || h->depth == NULL ||
        h->head_depth == NULL || h->lower_first == NULL || h->lower == NULL ||
        h->input_first == NULL || h->inputs == NULL)
        return ST_NO_MEMORY;
    h->live.queued = mem_calloc_large(arcs / 64 + 1, sizeof *h->live.queued);
    if (h->live.queued == NULL)
        return ST_NO_MEMORY;
    for (int side = 0; side < 2; side++) {
        int status = road_closed_new(&h->sides[side].closed, h->road);
        if (status != ST_OK)
            return status;
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
            h->sides[side].up[mode] = mem_alloc_large(arcs * sizeof(uint32_t));
            h->sides[side].down[mode] = mem_alloc_large(arcs * sizeof(uint32_t));
            if (h->sides[side].up[mode] == NULL || h->sides[side].down[mode] == NULL)
                return ST_NO_MEMORY;
        }
    }
    return ST_OK;
}

int road_hierarchy_new(struct road_hierarchy **ret, const struct road *road)
{
    struct road_hierarchy *h = mem_calloc(1, sizeof *h);
    if (h == NULL)
        return ST_NO_MEMORY;
    h->road = road;
    h->shape = road->ranks;
    int status = allocate(h);
    if (status == ST_OK)
        status = triangles_make(&h->shape, &h->triangles);
    if (status == ST_OK) {
        fill_depths(h);
        count_lower(h);
        fill_lower(h);
        fill_inputs(h);
    }
    size_t size = (size_t)h->shape.arc_count * sizeof(uint32_t);
    for (int mode = 0; mode < ROAD_MODE_COUNT && status == ST_OK; mode++) {
        status = hierarchy_customise(h, &h->sides[0], (enum road_mode)mode);
        memcpy(h->sides[1].up[mode], h->sides[0].up[mode], size);
        memcpy(h->sides[1].down[mode], h->sides[0].down[mode], size);
    }
    if (status != ST_OK) {
        road_hierarchy_free(h);
        return status;
    }
    *ret = h;
    return ST_OK;
}

void road_hierarchy_free(struct road_hierarchy *h)
{
    if (h == NULL)
        return;
    for (int side = 0; side < 2; side++) {
        assert(atomic_load(&h->sides[side].readers) == 0);
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
            mem_free(h->sides[side].up[mode]);
            mem_free(h->sides[side].down[mode]);
        }
        road_closed_free(h->sides[side].closed);
    }
    live_release(&h->live);
    triangles_release(&h->triangles);
    mem_free(h->rank);
    mem_free(h->rungs);
    mem_free(h->depth);
    mem_free(h->head_depth);
    mem_free(h->lower_first);
    mem_free(h->lower);
    mem_free(h->input_first);
    mem_free(h->inputs);
    mem_free(h->edge_arcs);
    mem_free(h);
}

const struct road *road_hierarchy_road(const struct road_hierarchy *h)
{
    return h->road;
}

size_t road_hierarchy_size(const struct road_hierarchy *h)
{
    size_t n = h->shape.node_count, arcs = h->shape.arc_count,
           edges = h->road->edge_count;
    size_t by_node = sizeof *h->rank + sizeof *h->rungs + sizeof *h->depth +
                     sizeof *h->lower_first + sizeof *h->input_first;
    size_t by_arc = sizeof *h->head_depth + sizeof *h->lower +
                    2 * 2 * ROAD_MODE_COUNT * sizeof(uint32_t);
    size_t triangles = h->triangles.count * (sizeof(struct triangle) + sizeof(uint32_t));
    if (triangles > 0)
        triangles += (n + arcs) * sizeof(uint32_t);
    return sizeof *h + n * by_node + arcs * by_arc +
           edges * (sizeof *h->inputs + sizeof *h->edge_arcs) + 2 * (edges / 8 + edges) +
           triangles;
}

uint32_t road_rank(const struct road_hierarchy *h, uint32_t node)
{
    assert(node < h->shape.node_count);
    return h->rank[node];
}

uint32_t road_rank_node(const struct road_hierarchy *h, uint32_t rank)
{
    assert(rank < h->shape.node_count);
    return h->shape.order[rank];
}

uint32_t road_rank_parent(const struct road_hierarchy *h, uint32_t rank)
{
    assert(rank < h->shape.node_count);
    return h->rungs[rank].parent;
}

/* ---- views --------------------------------------------------------------------------
 */

/* Counted first and looked at again: a writer that has exchanged the sides in between
 * either sees the count or is seen. */
void road_view_take(struct road_hierarchy *h, struct road_view *ret)
{
    uint32_t side = atomic_load(&h->active);
    for (;;) {
        atomic_fetch_add(&h->sides[side].readers, 1);
        uint32_t now = atomic_load(&h->active);
        if (now == side)
            break;
        atomic_fetch_sub(&h->sides[side].readers, 1);
        side = now;
    }
    *ret = (struct road_view){h, side};
}

void road_view_give(struct road_view *view)
{
    assert(atomic_load(&view->hierarchy->sides[view->side].readers) > 0);
    atomic_fetch_sub(&view->hierarchy->sides[view->side].readers, 1);
    view->hierarchy = NULL;
}

const struct road_closed *road_view_closed(const struct road_view *view)
{
    return view->hierarchy->sides[view->side].closed;
}
