/* SPDX-License-Identifier: Apache-2.0 */
/* A node of OpenStreetMap becomes a node of the graph if a way ends there, if two ways
 * (or one way twice) pass it, or if a barrier stands on it; all others are shape points.
 *
 *     A---s---s---B---s---C        two ways that cross in B: edges AB, BC, DB, BE;
 *                 |                s are shape points
 *             D---+---E
 *
 * A barrier that stops some modes is a node of which every edge that such a mode uses has
 * its own copy; the copies hang on the node by edges of no length for the other modes.
 * An edge from a node to itself is cut in the middle, so that both ends always differ. */
#include "road/osmnet.h"

#include "base/mem.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALL_MODES ((1u << ROAD_MODE_COUNT) - 1)
#define GATE_MS 1u
#define USES_MAX 2u

void osmnet_release(struct osmnet *net)
{
    mem_free(net->nodes);
    mem_free(net->ways);
    mem_free(net->refs);
    mem_free(net->barriers);
    *net = (struct osmnet){0};
}

int osmnet_add_node(struct osmnet *net, const struct osmread_node *node)
{
    int status = mem_grow(&net->nodes, &net->node_capacity, net->node_count + 1,
                          sizeof *net->nodes, OSMNET_NODES_MAX);
    if (status != ST_OK)
        return status;
    if (net->node_count > 0 && net->nodes[net->node_count - 1].id >= node->id)
        net->unsorted = true;
    net->nodes[net->node_count++] = (struct osmnet_node){node->id, node->point};
    unsigned blocks = node->tags.count > 0 ? osmtags_node_blocks(node->tags) : 0;
    if (blocks == 0)
        return ST_OK;
    status = mem_grow(&net->barriers, &net->barrier_capacity, net->barrier_count + 1,
                      sizeof *net->barriers, OSMNET_BARRIERS_MAX);
    if (status == ST_OK)
        net->barriers[net->barrier_count++] = (struct osmnet_barrier){node->id, blocks};
    return status;
}

int osmnet_add_way(struct osmnet *net, const struct osmread_way *way)
{
    struct osmtags_way tags;
    osmtags_way(way->tags, &tags);
    if (!tags.is_road)
        return ST_OK;
    if (!osmtags_way_usable(&tags)) {
        net->unusable++;
        return ST_OK;
    }
    if (way->ref_count > OSMNET_REFS_MAX - net->ref_count)
        return ST_LIMIT;
    int status = mem_grow(&net->ways, &net->way_capacity, net->way_count + 1,
                          sizeof *net->ways, OSMNET_WAYS_MAX);
    if (status == ST_OK)
        status = mem_grow(&net->refs, &net->ref_capacity, net->ref_count + way->ref_count,
                          sizeof *net->refs, OSMNET_REFS_MAX);
    if (status != ST_OK)
        return status;
    net->ways[net->way_count++] =
        (struct osmnet_way){tags, net->ref_count, way->ref_count};
    if (way->ref_count > 0)
        memcpy(net->refs + net->ref_count, way->refs, way->ref_count * sizeof *way->refs);
    net->ref_count += way->ref_count;
    return ST_OK;
}

static int node_order(const void *a, const void *b)
{
    const struct osmnet_node *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int barrier_order(const void *a, const void *b)
{
    const struct osmnet_barrier *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Merge sort by hand: "the first counts" needs a stable one, and qsort promises none. */
static void merge_runs(const struct osmnet_node *from, struct osmnet_node *to,
                       uint32_t count, uint32_t width)
{
    for (uint64_t start = 0; start < count; start += 2 * (uint64_t)width) {
        uint64_t middle = start + width < count ? start + width : count;
        uint64_t end = middle + width < count ? middle + width : count;
        uint64_t a = start, b = middle;
        for (uint64_t i = start; i < end; i++)
            to[i] = a < middle && (b >= end || node_order(&from[a], &from[b]) <= 0)
                        ? from[a++]
                        : from[b++];
    }
}

int osmnet_sort(struct osmnet *net)
{
    if (net->barrier_count > 0)
        qsort(net->barriers, net->barrier_count, sizeof *net->barriers, barrier_order);
    if (!net->unsorted)
        return ST_OK;
    struct osmnet_node *other = mem_alloc((size_t)net->node_count * sizeof *other);
    if (other == NULL)
        return ST_NO_MEMORY;
    net->node_capacity = net->node_count;
    for (uint64_t width = 1; width < net->node_count; width *= 2) {
        merge_runs(net->nodes, other, net->node_count, (uint32_t)width);
        struct osmnet_node *swap = net->nodes;
        net->nodes = other;
        other = swap;
    }
    mem_free(other);
    uint32_t left = 0;
    for (uint32_t i = 0; i < net->node_count; i++)
        if (left == 0 || net->nodes[left - 1].id != net->nodes[i].id)
            net->nodes[left++] = net->nodes[i];
    net->node_count = left;
    net->unsorted = false;
    return ST_OK;
}

uint32_t osmnet_find(const struct osmnet *net, int64_t id)
{
    uint32_t low = 0, high = net->node_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (net->nodes[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < net->node_count && net->nodes[low].id == id ? low : UINT32_MAX;
}

/* ---- cutting ---------------------------------------------------------------------- */

struct cutter {
    const struct osmnet *net;
    struct graph_input *input;
    uint32_t *at;     /* by ref: index of the node or UINT32_MAX */
    uint8_t *uses;    /* by node: up to USES_MAX */
    uint8_t *blocks;  /* by node: modes that a barrier stops */
    uint32_t *number; /* by node: its graph node or UINT32_MAX */
    struct point shape[GRAPH_EDGE_SHAPE_MAX];
    uint32_t shape_count;
    const struct osmnet_way *way;
    double way_m; /* of the present way, for ferries */
};

static unsigned way_modes(const struct osmnet_way *way)
{
    unsigned modes = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        if (way->tags.speed_mps[mode][0] > 0 || way->tags.speed_mps[mode][1] > 0)
            modes |= 1u << mode;
    return modes;
}

static int fresh_node(struct cutter *c, uint32_t node, uint32_t *ret)
{
    return graph_input_node(c->input, c->net->nodes[node].point, ret);
}

static int shared_node(struct cutter *c, uint32_t node, uint32_t *ret)
{
    if (c->number[node] == UINT32_MAX) {
        int status = fresh_node(c, node, &c->number[node]);
        if (status != ST_OK)
            return status;
    }
    *ret = c->number[node];
    return ST_OK;
}

/* The graph node at which an edge of the present way ends: a copy behind a barrier. */
static int end_node(struct cutter *c, uint32_t node, uint32_t *ret)
{
    if (!(c->blocks[node] & way_modes(c->way)))
        return shared_node(c, node, ret);
    struct graph_edge gate = {.class = c->way->tags.class};
    int status = fresh_node(c, node, &gate.node[0]);
    *ret = gate.node[0];
    if (status != ST_OK || (c->blocks[node] & ALL_MODES) == ALL_MODES)
        return status;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        gate.ms[mode][0] = gate.ms[mode][1] =
            c->blocks[node] >> mode & 1 ? ROAD_MS_NONE : GATE_MS;
    status = shared_node(c, node, &gate.node[1]);
    return status == ST_OK ? graph_input_edge(c->input, gate, NULL, 0) : status;
}

static double line_m(struct point from, const struct point *shape, uint32_t count,
                     struct point to)
{
    double metres = 0;
    for (uint32_t i = 0; i < count; i++) {
        metres += point_distance_m(from, shape[i]);
        from = shape[i];
    }
    return metres + point_distance_m(from, to);
}

static int add_edge(struct cutter *c, uint32_t from, uint32_t to,
                    const struct point *shape, uint32_t shape_count)
{
    const struct osmtags_way *tags = &c->way->tags;
    double metres =
        line_m(c->input->nodes[from], shape, shape_count, c->input->nodes[to]);
    struct graph_edge edge = {.node = {from, to}, .class = tags->class};
    edge.length_mm = (uint32_t)fmin(round(metres * 1000), UINT32_MAX);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        for (int way = 0; way < 2; way++) {
            double mps = tags->speed_mps[mode][way];
            double seconds = mps > 0 ? metres / mps : 0;
            if (tags->duration_s > 0 && c->way_m > 0)
                seconds = tags->duration_s * metres / c->way_m;
            double ms = fmin(fmax(round(seconds * 1000), 1), GRAPH_EDGE_MS_MAX);
            edge.ms[mode][way] = mps > 0 ? (uint32_t)ms : ROAD_MS_NONE;
        }
    return graph_input_edge(c->input, edge, shape, shape_count);
}

/* An edge between two nodes of OpenStreetMap with the shape points gathered so far. */
static int cut(struct cutter *c, uint32_t from, uint32_t to)
{
    uint32_t a, b, middle;
    int status = end_node(c, from, &a);
    if (status == ST_OK)
        status = end_node(c, to, &b);
    if (status != ST_OK)
        return status;
    if (a != b)
        return add_edge(c, a, b, c->shape, c->shape_count);
    if (c->shape_count == 0)
        return ST_OK;
    uint32_t half = c->shape_count / 2;
    status = graph_input_node(c->input, c->shape[half], &middle);
    if (status == ST_OK)
        status = add_edge(c, a, middle, c->shape, half);
    if (status == ST_OK)
        status = add_edge(c, middle, b, c->shape + half + 1, c->shape_count - half - 1);
    return status;
}

static bool is_graph_node(const struct cutter *c, uint32_t node)
{
    return c->uses[node] >= USES_MAX || c->blocks[node] != 0 ||
           c->shape_count == GRAPH_EDGE_SHAPE_MAX;
}

static int cut_way(struct cutter *c)
{
    const uint32_t *at = c->at + c->way->ref_first;
    uint32_t start = UINT32_MAX, last = UINT32_MAX;
    c->shape_count = 0;
    for (uint32_t i = 0; i < c->way->ref_count; i++) {
        uint32_t node = at[i];
        if (node == last)
            continue;
        if (start == UINT32_MAX || node == UINT32_MAX) {
            start = last = node;
            c->shape_count = 0;
            continue;
        }
        last = node;
        if (!is_graph_node(c, node)) {
            c->shape[c->shape_count++] = c->net->nodes[node].point;
            continue;
        }
        int status = cut(c, start, node);
        if (status != ST_OK)
            return status;
        start = node;
        c->shape_count = 0;
    }
    return ST_OK;
}

/* The ends of each run of known nodes count twice: they are graph nodes. */
static void count_uses(struct cutter *c, const struct osmnet_way *way)
{
    const uint32_t *at = c->at + way->ref_first;
    for (uint32_t i = 0; i < way->ref_count; i++) {
        if (at[i] == UINT32_MAX)
            continue;
        bool end = i == 0 || i + 1 == way->ref_count || at[i - 1] == UINT32_MAX ||
                   at[i + 1] == UINT32_MAX;
        bool again = i > 0 && at[i - 1] == at[i];
        uint32_t uses = c->uses[at[i]] + (end ? USES_MAX : again ? 0u : 1u);
        c->uses[at[i]] = (uint8_t)(uses < USES_MAX ? uses : USES_MAX);
    }
}

static double way_length_m(const struct cutter *c, const struct osmnet_way *way)
{
    double metres = 0;
    const uint32_t *at = c->at + way->ref_first;
    for (uint32_t i = 1; i < way->ref_count; i++)
        if (at[i] != UINT32_MAX && at[i - 1] != UINT32_MAX)
            metres += point_distance_m(c->net->nodes[at[i - 1]].point,
                                       c->net->nodes[at[i]].point);
    return metres;
}

static int cut_all(struct cutter *c, uint64_t *skipped)
{
    const struct osmnet *net = c->net;
    for (uint32_t i = 0; i < net->ref_count; i++)
        c->at[i] = osmnet_find(net, net->refs[i]);
    for (uint32_t i = 0; i < net->barrier_count; i++)
        c->blocks[osmnet_find(net, net->barriers[i].id)] |=
            (uint8_t)net->barriers[i].blocks;
    for (uint32_t i = 0; i < net->way_count; i++)
        count_uses(c, &net->ways[i]);
    for (uint32_t i = 0; i < net->way_count; i++) {
        c->way = &net->ways[i];
        c->way_m = c->way->tags.duration_s > 0 ? way_length_m(c, c->way) : 0;
        uint32_t before = c->input->edge_count;
        int status = cut_way(c);
        if (status != ST_OK)
            return status;
        *skipped += c->input->edge_count == before;
    }
    return ST_OK;
}

int osmnet_build(const struct osmnet *net, struct graph_input *input,
                 uint64_t *ret_skipped)
{
    size_t n = (size_t)net->node_count + 1;
    AUTO_FREE uint32_t *at = mem_alloc(((size_t)net->ref_count + 1) * sizeof *at);
    AUTO_FREE uint8_t *uses = mem_calloc(n, 1);
    AUTO_FREE uint8_t *blocks = mem_calloc(n, 1);
    AUTO_FREE uint32_t *number = mem_alloc(n * sizeof *number);
    AUTO_FREE struct cutter *c = mem_calloc(1, sizeof *c);
    if (at == NULL || uses == NULL || blocks == NULL || number == NULL || c == NULL)
        return ST_NO_MEMORY;
    memset(number, 0xff, n * sizeof *number);
    c->net = net;
    c->input = input;
    c->at = at;
    c->uses = uses;
    c->blocks = blocks;
    c->number = number;
    uint64_t skipped = net->unusable;
    int status = cut_all(c, &skipped);
    if (status == ST_OK)
        *ret_skipped = skipped;
    return status;
}
