/* SPDX-License-Identifier: Apache-2.0 */
/* Is the shape of a hierarchy in a file one that can be used without another look? */
#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"

#include <string.h>

static uint32_t parent_of(const struct graph_shape *shape, uint32_t rank)
{
    return shape->first[rank] < shape->first[rank + 1] ? shape->heads[shape->first[rank]]
                                                       : ROAD_NODE_NONE;
}

static bool is_permutation(const struct graph_shape *shape, uint32_t *rank)
{
    memset(rank, 0xFF, shape->node_count * sizeof *rank);
    for (uint32_t r = 0; r < shape->node_count; r++) {
        if (rank[shape->order[r]] != ROAD_NODE_NONE)
            return false;
        rank[shape->order[r]] = r;
    }
    return true;
}

/* Does the row of the parent hold all others of the row of RANK? */
static bool row_nests(const struct graph_shape *shape, uint32_t rank)
{
    uint32_t at = shape->first[rank], end = shape->first[rank + 1];
    if (at == end)
        return true;
    uint32_t parent = shape->heads[at++];
    for (uint32_t k = shape->first[parent]; k < shape->first[parent + 1] && at < end; k++)
        at += shape->heads[k] == shape->heads[at];
    return at == end;
}

static bool rows_hold(const struct graph_shape *shape)
{
    for (uint32_t r = 0; r < shape->node_count; r++)
        for (uint32_t k = shape->first[r]; k < shape->first[r + 1]; k++)
            if (shape->heads[k] <= (k == shape->first[r] ? r : shape->heads[k - 1]))
                return false;
    for (uint32_t r = 0; r < shape->node_count; r++)
        if (!row_nests(shape, r))
            return false;
    return true;
}

/* Ranks are a postorder: whoever comes takes the subtrees of its children, which are the
 * last ones that nobody has taken. STACK and DEPTH have room for all ranks. */
static bool tree_holds(const struct graph_shape *shape, uint32_t *stack, uint16_t *depth)
{
    uint32_t count = 0, taken = 0, children = 0;
    for (uint32_t r = 0; r < shape->node_count; r++) {
        children += parent_of(shape, r) != ROAD_NODE_NONE;
        for (; count > 0 && parent_of(shape, stack[count - 1]) == r; taken++)
            count--;
        stack[count++] = r;
    }
    for (uint32_t r = shape->node_count; r-- > 0;) {
        uint32_t parent = parent_of(shape, r);
        if (parent != ROAD_NODE_NONE && depth[parent] == GRAPH_DEPTH_MAX)
            return false;
        depth[r] = parent == ROAD_NODE_NONE ? 0 : (uint16_t)(depth[parent] + 1);
    }
    return taken == children;
}

static bool has_arc(const struct graph_shape *shape, uint32_t low, uint32_t high)
{
    uint32_t from = shape->first[low], to = shape->first[low + 1];
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (shape->heads[middle] == high)
            return true;
        if (shape->heads[middle] < high)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

int graph_check_shape(const struct road *road)
{
    const struct graph_shape *shape = &road->ranks;
    size_t n = (size_t)shape->node_count + 1;
    AUTO_FREE uint32_t *rank = mem_alloc(n * sizeof *rank);
    AUTO_FREE uint32_t *stack = mem_alloc(n * sizeof *stack);
    AUTO_FREE uint16_t *depth = mem_alloc(n * sizeof *depth);
    if (rank == NULL || stack == NULL || depth == NULL)
        return ST_NO_MEMORY;
    if (!is_permutation(shape, rank) || !rows_hold(shape) ||
        !tree_holds(shape, stack, depth))
        return ST_CORRUPT;
    for (uint32_t i = 0; i < road->edge_count; i++) {
        uint32_t a = rank[road->edges[i].node[0]], b = rank[road->edges[i].node[1]];
        if (!has_arc(shape, a < b ? a : b, a < b ? b : a))
            return ST_CORRUPT;
    }
    return ST_OK;
}
