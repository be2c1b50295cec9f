/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed rows of arcs, and the strongly connected parts found on them. */
#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"

#include <string.h>

#define ROW_INSERT_MAX 16

static int arc_order(const void *a, const void *b)
{
    const struct graph_arc *x = a, *y = b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return x->edge < y->edge ? -1 : x->edge > y->edge;
}

/* Nearly every row has two to four arcs. */
static void sort_row(struct graph_arc *arcs, uint32_t count)
{
    if (count > ROW_INSERT_MAX) {
        qsort(arcs, count, sizeof *arcs, arc_order);
        return;
    }
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t j = i; j > 0 && arc_order(&arcs[j], &arcs[j - 1]) < 0; j--) {
            struct graph_arc swap = arcs[j];
            arcs[j] = arcs[j - 1];
            arcs[j - 1] = swap;
        }
}

/* The time of EDGE in MODE; in ROAD_MODE_COUNT (any mode) 0 if one of them may pass. */
static uint32_t edge_ms(const struct graph_edge *edge, enum road_mode mode, int way)
{
    if (mode != ROAD_MODE_COUNT)
        return edge->ms[mode][way];
    for (int i = 0; i < ROAD_MODE_COUNT; i++)
        if (edge->ms[i][way] != ROAD_MS_NONE)
            return 0;
    return ROAD_MS_NONE;
}

int graph_rows(const struct graph_input *input, enum road_mode mode,
               enum road_direction direction, struct graph_rows *ret)
{
    struct graph_rows rows = {0};
    uint32_t n = input->node_count;
    rows.first = mem_calloc((size_t)n + 2, sizeof *rows.first);
    if (rows.first == NULL)
        return ST_NO_MEMORY;
    /* Way 0 leads from node[0] to node[1]; the row is the one the search stands at. */
    for (uint32_t i = 0; i < input->edge_count; i++)
        for (int way = 0; way < 2; way++)
            if (edge_ms(&input->edges[i], mode, way) != ROAD_MS_NONE) {
                rows.first[input->edges[i].node[way ^ (direction == ROAD_TO)] + 2]++;
                rows.count++;
            }
    for (uint32_t i = 0; i < n; i++)
        rows.first[i + 2] += rows.first[i + 1];
    rows.arcs = mem_alloc(((size_t)rows.count + 1) * sizeof *rows.arcs);
    if (rows.arcs == NULL) {
        graph_rows_release(&rows);
        return ST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < input->edge_count; i++)
        for (int way = 0; way < 2; way++) {
            const struct graph_edge *edge = &input->edges[i];
            uint32_t ms = edge_ms(edge, mode, way);
            int here = way ^ (direction == ROAD_TO);
            if (ms != ROAD_MS_NONE)
                rows.arcs[rows.first[edge->node[here] + 1]++] = (struct graph_arc){
                    .node = edge->node[here ^ 1],
                    .ms = ms,
                    .length_mm = edge->length_mm,
                    .edge = i,
                };
        }
    for (uint32_t i = 0; i < n; i++)
        sort_row(rows.arcs + rows.first[i], rows.first[i + 1] - rows.first[i]);
    *ret = rows;
    return ST_OK;
}

void graph_rows_release(struct graph_rows *rows)
{
    mem_free(rows->first);
    mem_free(rows->arcs);
    *rows = (struct graph_rows){0};
}

/* Tarjan's algorithm (SIAM J. Comput. 1, 1972) with its own stack: the depth is the
 * input's. */
struct tarjan {
    const struct graph_rows *rows;
    uint32_t *order; /* 1-based time of discovery; 0 = not yet */
    uint32_t *low;
    uint32_t *open, open_count; /* nodes whose part is not known yet */
    uint32_t *path, path_count; /* the walk so far */
    uint32_t *next;             /* the arc to look at, by node */
    uint32_t *part, part_count, time;
};

static void enter(struct tarjan *t, uint32_t node)
{
    t->order[node] = t->low[node] = ++t->time;
    t->next[node] = t->rows->first[node];
    t->open[t->open_count++] = node;
    t->path[t->path_count++] = node;
}

static void leave(struct tarjan *t, uint32_t node)
{
    t->path_count--;
    if (t->path_count > 0) {
        uint32_t before = t->path[t->path_count - 1];
        if (t->low[node] < t->low[before])
            t->low[before] = t->low[node];
    }
    if (t->low[node] != t->order[node])
        return;
    uint32_t last;
    do {
        last = t->open[--t->open_count];
        t->part[last] = t->part_count;
    } while (last != node);
    t->part_count++;
}

static void walk(struct tarjan *t, uint32_t root)
{
    enter(t, root);
    while (t->path_count > 0) {
        uint32_t node = t->path[t->path_count - 1];
        if (t->next[node] == t->rows->first[node + 1]) {
            leave(t, node);
            continue;
        }
        uint32_t to = t->rows->arcs[t->next[node]++].node;
        if (t->order[to] == 0)
            enter(t, to);
        else if (t->part[to] == UINT32_MAX && t->order[to] < t->low[node])
            t->low[node] = t->order[to];
    }
}

int graph_rows_parts(const struct graph_rows *rows, uint32_t node_count, uint32_t *part,
                     uint32_t *ret_count)
{
    uint32_t *block = mem_calloc((size_t)node_count + 1, 5 * sizeof *block);
    if (block == NULL)
        return ST_NO_MEMORY;
    struct tarjan t = {
        .rows = rows,
        .order = block,
        .low = block + node_count,
        .open = block + 2 * (size_t)node_count,
        .path = block + 3 * (size_t)node_count,
        .next = block + 4 * (size_t)node_count,
        .part = part,
    };
    memset(part, 0xff, node_count * sizeof *part);
    for (uint32_t i = 0; i < node_count; i++)
        if (t.order[i] == 0)
            walk(&t, i);
    mem_free(block);
    *ret_count = t.part_count;
    return ST_OK;
}

/* Marks (bit MODE of KEEP) the nodes of the parts that are large enough. */
static int mark_mode(const struct graph_input *input, enum road_mode mode, uint32_t *part,
                     uint32_t *size, uint8_t *keep)
{
    struct graph_rows rows;
    int status = graph_rows(input, mode, ROAD_FROM, &rows);
    if (status != ST_OK)
        return status;
    uint32_t count, largest = 0;
    status = graph_rows_parts(&rows, input->node_count, part, &count);
    graph_rows_release(&rows);
    if (status != ST_OK)
        return status;
    memset(size, 0, count * sizeof *size);
    for (uint32_t i = 0; i < input->node_count; i++)
        if (++size[part[i]] > largest)
            largest = size[part[i]];
    bool is_whole = input->is_whole || largest < GRAPH_PART_NODES_MIN;
    uint32_t least = is_whole ? 1 : GRAPH_PART_NODES_MIN;
    for (uint32_t i = 0; i < input->node_count; i++)
        if (size[part[i]] >= least)
            keep[i] |= (uint8_t)(1u << mode);
    return ST_OK;
}

static void close_edges(struct graph_input *input, const uint8_t *keep)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < input->edge_count; i++) {
        struct graph_edge edge = input->edges[i];
        bool open = false;
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
            if (!(keep[edge.node[0]] & keep[edge.node[1]] & 1u << mode))
                edge.ms[mode][0] = edge.ms[mode][1] = ROAD_MS_NONE;
            open |= edge.ms[mode][0] != ROAD_MS_NONE || edge.ms[mode][1] != ROAD_MS_NONE;
        }
        if (open)
            input->edges[left++] = edge;
    }
    input->edge_count = left;
}

/* Drops the nodes that no edge uses and renumbers the rest. USED is by node, NUMBER is
 * room for as many numbers. */
static void close_nodes(struct graph_input *input, const uint8_t *used, uint32_t *number)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < input->node_count; i++)
        if (used[i]) {
            number[i] = left;
            input->nodes[left++] = input->nodes[i];
        }
    for (uint32_t i = 0; i < input->edge_count; i++)
        for (int end = 0; end < 2; end++)
            input->edges[i].node[end] = number[input->edges[i].node[end]];
    input->node_count = left;
}

static void count_parts(const struct graph_input *input, const uint8_t *used,
                        const uint32_t *part, uint32_t part_count, uint32_t *seen,
                        struct road_import_result *ret)
{
    memset(seen, 0, part_count * sizeof *seen);
    ret->parts = ret->nodes_dropped = 0;
    for (uint32_t i = 0; i < input->node_count; i++) {
        ret->nodes_dropped += !used[i];
        if (used[i] && !seen[part[i]]) {
            seen[part[i]] = 1;
            ret->parts++;
        }
    }
    ret->parts_dropped = part_count - ret->parts;
}

static int prune(struct graph_input *input, uint32_t *part, uint32_t *other,
                 uint8_t *keep, struct road_import_result *ret)
{
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        int status = mark_mode(input, (enum road_mode)mode, part, other, keep);
        if (status != ST_OK)
            return status;
    }
    struct graph_rows rows;
    uint32_t part_count;
    int status = graph_rows(input, ROAD_MODE_COUNT, ROAD_FROM, &rows);
    if (status != ST_OK)
        return status;
    status = graph_rows_parts(&rows, input->node_count, part, &part_count);
    graph_rows_release(&rows);
    if (status != ST_OK)
        return status;
    close_edges(input, keep);
    memset(keep, 0, input->node_count);
    for (uint32_t i = 0; i < input->edge_count; i++)
        keep[input->edges[i].node[0]] = keep[input->edges[i].node[1]] = 1;
    count_parts(input, keep, part, part_count, other, ret);
    close_nodes(input, keep, other);
    return ST_OK;
}

int graph_prune(struct graph_input *input, struct road_import_result *ret)
{
    size_t n = (size_t)input->node_count + 1;
    AUTO_FREE uint32_t *part = mem_alloc(n * sizeof *part);
    AUTO_FREE uint32_t *other = mem_alloc(n * sizeof *other);
    AUTO_FREE uint8_t *keep = mem_calloc(n, 1);
    if (part == NULL || other == NULL || keep == NULL)
        return ST_NO_MEMORY;
    return prune(input, part, other, keep, ret);
}
