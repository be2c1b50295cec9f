/* SPDX-License-Identifier: Apache-2.0 */
/* The graph file: what stands on disk, and how it is made. Only src/road includes this;
 * everybody else uses road/road.h. The format is documented in graph.c. */
#ifndef MUSTER_ROAD_GRAPH_H
#define MUSTER_ROAD_GRAPH_H

#include "base/file.h"
#include "road/arc.h"
#include "road/closed.h"
#include "road/import.h"
#include "road/pieces.h"
#include "road/road.h"

#include <assert.h>

#define GRAPH_VERSION 3
#define GRAPH_NODES_MAX 200000000u
#define GRAPH_EDGES_MAX 400000000u
#define GRAPH_SHAPE_MAX 2000000000u
/* Up arcs of the hierarchy: far more than any road network has, but not than one of which
 * every node meets every other one. */
#define GRAPH_UP_ARCS_MAX 1500000000u
/* Steps from a node to the top. Places on such a way fit 16 bits. */
#define GRAPH_DEPTH_MAX 65535u
/* Interior points of one edge; a longer one is cut by a node. */
#define GRAPH_EDGE_SHAPE_MAX 4096u
/* Times on one edge stay below this (11 days), so that no sum of a path overflows before
 * it is capped. */
#define GRAPH_EDGE_MS_MAX 1000000000u

struct graph_edge {
    uint32_t node[2];
    uint32_t shape; /* first interior point */
    uint32_t shape_count;
    uint32_t ms[ROAD_MODE_COUNT][2];
    uint32_t length_mm;
    uint32_t class;
};
static_assert(sizeof(struct graph_edge) == 48, "struct graph_edge stands on disk");
static_assert(sizeof(struct point) == 8, "struct point stands on disk");

static_assert(sizeof(struct graph_arc) == 16, "struct graph_arc stands on disk");

struct graph_section {
    uint64_t offset; /* from the start of the file, a multiple of 8 */
    uint64_t count;  /* items, not bytes */
};

/* Arcs by mode and direction: [mode][ROAD_FROM] leave a node, [mode][ROAD_TO] reach it.
 */
struct graph_header {
    char magic[8];
    uint32_t version;
    uint32_t header_size;
    uint64_t file_size;
    uint64_t checksum;
    struct box box;
    struct graph_section nodes, edges, shape;
    struct graph_section first[ROAD_MODE_COUNT][2], arcs[ROAD_MODE_COUNT][2];
    struct graph_section order, up_first, up_heads; /* of the hierarchy */
};
static_assert(sizeof(struct graph_header) == 48 + 18 * 16, "the header stands on disk");

/* The hierarchy's shape, by rank (road/order.h): which node it is, and the higher ranks
 * it is joined to. */
struct graph_shape {
    uint32_t node_count, arc_count;
    const uint32_t *order, *first, *heads;
};

struct road {
    struct file_map map;
    const struct graph_header *header;
    const struct point *nodes, *shape;
    const struct graph_edge *edges;
    const uint32_t *first[ROAD_MODE_COUNT][2];
    const struct graph_arc *arcs[ROAD_MODE_COUNT][2];
    uint32_t node_count, edge_count, arc_count_max;
    struct graph_shape ranks;
    struct pieces pieces; /* of road_open */
};

/* Of road/closed.h: here because the search looks into it for every arc. */
struct road_closed {
    const struct road *road;
    uint64_t *bits; /* by edge: closed or slow */
    uint8_t *kmh;   /* by edge: 0 = closed, where the bit is; 0 elsewhere */
    uint32_t touched_count, slow_count;
};

static inline bool graph_is_touched(const struct road_closed *closed, uint32_t edge)
{
    return closed->bits[edge / 64] >> edge % 64 & 1;
}

static inline uint32_t graph_kmh(const struct road_closed *closed, uint32_t edge)
{
    return graph_is_touched(closed, edge) ? closed->kmh[edge] : ROAD_KMH_FREE;
}

/* From now on, whatever was before. */
void graph_set_kmh(struct road_closed *closed, uint32_t edge, uint32_t kmh);

/* What an edge of LENGTH_MM takes under a limit that takes MS without: 3.6 x length /
 * limit, rounded up, if that is more; at most GRAPH_EDGE_MS_MAX, as everywhere. */
static inline uint32_t graph_limited_ms(uint32_t ms, uint32_t length_mm, uint32_t kmh)
{
    if (kmh == ROAD_KMH_FREE || ms == ROAD_MS_NONE)
        return ms;
    if (kmh == ROAD_KMH_CLOSED)
        return ROAD_MS_NONE;
    uint64_t least = (UINT64_C(18) * length_mm + 5 * kmh - 1) / (5 * kmh);
    least = least < GRAPH_EDGE_MS_MAX ? least : GRAPH_EDGE_MS_MAX;
    return ms > least ? ms : (uint32_t)least;
}

/* The same for whoever stands on the edge: a closure keeps nobody from leaving it. */
static inline uint32_t graph_own_ms(const struct road_closed *closed, uint32_t edge,
                                    uint32_t ms, uint32_t length_mm)
{
    uint32_t kmh = closed == NULL ? ROAD_KMH_FREE : graph_kmh(closed, edge);
    return kmh == ROAD_KMH_CLOSED ? ms : graph_limited_ms(ms, length_mm, kmh);
}

static inline uint32_t graph_edge_ms(const struct road *road,
                                     const struct road_closed *closed, uint32_t edge,
                                     enum road_mode mode, uint32_t way)
{
    const struct graph_edge *at = &road->edges[edge];
    return graph_limited_ms(at->ms[mode][way], at->length_mm, graph_kmh(closed, edge));
}

/* CLOSED may be NULL. */
static inline uint32_t graph_arc_ms(const struct road_closed *closed,
                                    const struct graph_arc *arc)
{
    if (closed == NULL || !graph_is_touched(closed, arc->edge))
        return arc->ms;
    return graph_limited_ms(arc->ms, arc->length_mm, closed->kmh[arc->edge]);
}

/* SPOT as road_spot_limit leaves it: itself, or *BUFFER. */
static inline const struct road_spot *
graph_spot(const struct road *road, const struct road_closed *closed, enum road_mode mode,
           const struct road_spot *spot, struct road_spot *buffer)
{
    if (closed == NULL || closed->slow_count == 0 || spot->edge == ROAD_NODE_NONE ||
        !graph_is_touched(closed, spot->edge))
        return spot;
    *buffer = *spot;
    road_spot_limit(road, closed, mode, buffer);
    return buffer;
}

/* XXH64 of the specification by Yann Collet (xxHash, doc/xxhash_spec.md, 0.2.0). */
uint64_t graph_hash(const uint8_t *data, size_t size, uint64_t seed);
/* Over a whole graph file, as if its checksum were 0. SIZE >= sizeof(struct
 * graph_header).
 */
uint64_t graph_checksum(const uint8_t *data, size_t size);

/* Checks the whole image and fills RET's pointers into it (its pieces stay empty).
 * ST_CORRUPT, ST_UNSUPPORTED. Cost O(size). */
int graph_check(const uint8_t *data, size_t size, const char *name, struct road *ret,
                struct diag *reterr) __attribute__((warn_unused_result));

/* The shape's part of it: a permutation; rows that ascend above their rank; all of a row
 * but its first in the row of its first; subtrees in one piece; depths below 2^16; an arc
 * for every edge. Sizes fit already. ST_CORRUPT, ST_NO_MEMORY. Cost O(arcs + edges). */
int graph_check_shape(const struct road *road) __attribute__((warn_unused_result));

/* A network being built: nodes, edges between them, interior points of the edges. */
struct graph_input {
    bool is_whole; /* small parts stay: a file that is the network as somebody wants it */
    struct point *nodes;
    struct graph_edge *edges;
    struct point *shape;
    uint32_t node_count, node_capacity, edge_count, edge_capacity;
    uint32_t shape_count, shape_capacity;
};

void graph_input_release(struct graph_input *input);
/* ST_LIMIT, ST_NO_MEMORY; the new number in *ret. */
int graph_input_node(struct graph_input *input, struct point point, uint32_t *ret)
    __attribute__((warn_unused_result));
/* EDGE's shape and shape_count are set here from POINTS. */
int graph_input_edge(struct graph_input *input, struct graph_edge edge,
                     const struct point *points, uint32_t point_count)
    __attribute__((warn_unused_result));
/* Drops what is not strongly connected (input is changed), renumbers, writes to OUT and
 * fills the graph's part of RET. ST_UNPROCESSABLE if no edge is left. */
int graph_write(struct graph_input *input, const char *out,
                const struct road_import_options *options, struct road_import_result *ret,
                struct diag *reterr) __attribute__((warn_unused_result));

/* The same in memory: the bytes of the file in *ret_data (mem_free). */
int graph_image(struct graph_input *input, uint8_t **ret_data, size_t *ret_size,
                struct road_import_result *ret, struct diag *reterr)
    __attribute__((warn_unused_result));

/* Arcs of one mode and direction as compressed rows. FIRST has node_count + 1 items. */
struct graph_rows {
    uint32_t *first;
    struct graph_arc *arcs;
    uint32_t count;
};
int graph_rows(const struct graph_input *input, enum road_mode mode,
               enum road_direction direction, struct graph_rows *ret)
    __attribute__((warn_unused_result));
void graph_rows_release(struct graph_rows *rows);
/* The strongly connected part of each node, from 0; PART has room for NODE_COUNT numbers.
 * ST_NO_MEMORY. O(nodes + arcs). */
int graph_rows_parts(const struct graph_rows *rows, uint32_t node_count, uint32_t *part,
                     uint32_t *ret_count) __attribute__((warn_unused_result));

/* Leaves each edge open only in the modes in which both its ends lie in a strongly
 * connected part of 30 nodes or more, and drops the nodes and edges no mode is left for.
 * A mode whose largest part is smaller is left whole, and so is an input that says so.
 * Fills the parts of RET. */
#define GRAPH_PART_NODES_MIN 30
int graph_prune(struct graph_input *input, struct road_import_result *ret)
    __attribute__((warn_unused_result));

#endif
