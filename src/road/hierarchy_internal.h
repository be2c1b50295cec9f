/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the hierarchy share. Arrays by rank or by arc; depth = steps from the
 * top, so the ranks on one way to the top have different depths, and an array by depth
 * holds what is known of all of them. */
#ifndef MUSTER_ROAD_HIERARCHY_INTERNAL_H
#define MUSTER_ROAD_HIERARCHY_INTERNAL_H

#include "road/closed.h"
#include "road/graph.h"
#include "road/hierarchy.h"

#include <stdatomic.h>

/* An arc that ends at a rank from below, and where its tail's row ends. */
struct lower_arc {
    uint32_t arc, row_end;
};

/* So many inputs ahead are fetched; as many empty ones stand behind the last. */
#define INPUTS_AHEAD 24u

/* What is needed of a rank on the way up, in one place. */
struct rung {
    uint32_t parent;     /* ROAD_NODE_NONE at the top */
    uint32_t first, end; /* its row */
    uint32_t depth;
};

/* An edge of the network and the arc that stands for it. */
struct input_edge {
    uint32_t arc;
    uint32_t edge; /* edge number * 2 + (1 if its node[0] is the higher end) */
};

/* The arc that stands for an edge, where a change finds it at once. */
struct edge_arc {
    uint32_t arc;
    uint32_t low; /* the arc's lower rank * 2 + (1 if node[0] is the higher end) */
};

/* Weights by mode and arc: up from the lower rank to the higher one, down back. */
struct weights {
    uint32_t *up[ROAD_MODE_COUNT], *down[ROAD_MODE_COUNT];
    struct road_closed *closed;
    uint64_t moment; /* how many changes before */
    _Atomic uint32_t readers;
    uint8_t apart[60]; /* readers count on lines of their own */
};

struct live_arc {
    uint32_t arc, up, down;
};

/* What the last change made of the weights of a mode; `whole`: anything. */
struct live_log {
    struct live_arc *arcs;
    uint32_t count, capacity;
    bool whole;
};

/* An edge whose limit is another one now (km/h, road/closed.h). */
struct live_change {
    uint32_t edge;
    uint8_t before, now;
};

/* A lower triangle of an arc (x, y): the arcs (v, x) and (v, y), which stand in one row.
 */
struct triangle {
    uint32_t first, second;
};

/* All triangles, from below and from above, so that a change finds them at once. For the
 * pair of arcs number i < k of a row of n, the arc that joins their heads is
 * target[row[rank] + i * (2n - i - 1) / 2 + k - i - 1]. 12 bytes each; a network with
 * more than TRIANGLES_PER_NODE_MAX a node (a city has 9, a province 12) does without:
 * all pointers NULL. */
#define TRIANGLES_PER_NODE_MAX 32u
struct triangles {
    uint32_t *row;         /* by rank */
    uint32_t *target;      /* by triangle, from below */
    uint32_t *lower_first; /* by arc */
    struct triangle *lower;
    uint32_t count;
};

/* Of the thread that changes. */
struct live {
    struct live_log logs[ROAD_MODE_COUNT];
    struct live_change *changes; /* of the last change */
    uint32_t change_count, change_capacity;
    bool edges_whole;
    uint64_t *heap;
    uint32_t heap_count, heap_capacity;
    uint64_t *queued; /* by arc: in the heap */
};

struct road_hierarchy {
    const struct road *road;
    struct graph_shape shape;
    uint32_t depth_count; /* 1 + the largest depth */
    uint32_t *rank;       /* by node */
    struct rung *rungs;   /* by rank */
    uint16_t *depth;      /* by rank */
    uint16_t *head_depth; /* by arc */
    uint32_t *lower_first;
    struct lower_arc *lower; /* by rank, tails ascending */
    uint32_t *input_first;
    struct input_edge *inputs;  /* by the lower rank */
    struct edge_arc *edge_arcs; /* by edge */
    struct triangles triangles;
    struct weights sides[2];
    _Atomic uint32_t active; /* the side that views take */
    struct live live;
};

static inline uint32_t ms_add(uint32_t a, uint32_t b)
{
    uint32_t sum = a + b;
    return sum < a ? ROAD_MS_NONE : sum; /* saturates: no way + anything = no way */
}

static inline uint32_t ms_less(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* All weights of MODE on SIDE from its closed set. ST_NO_MEMORY. */
int hierarchy_customise(const struct road_hierarchy *hierarchy, struct weights *side,
                        enum road_mode mode) __attribute__((warn_unused_result));

/* The same by another way, slower. */
int hierarchy_customise_rows(const struct road_hierarchy *hierarchy, struct weights *side,
                             enum road_mode mode) __attribute__((warn_unused_result));
/* Those that the changes of `live` have to do with: the ones that make ways longer
 * (RISING), which SIDE's closed set has already, or the others, after these.
 * ST_NO_MEMORY: SIDE is spoilt. */
int hierarchy_customise_part(struct road_hierarchy *hierarchy, struct weights *side,
                             enum road_mode mode, bool rising)
    __attribute__((warn_unused_result));
/* RET is all zeros. ST_NO_MEMORY. Cost O(triangles). */
int triangles_make(const struct graph_shape *shape, struct triangles *ret)
    __attribute__((warn_unused_result));
void triangles_release(struct triangles *triangles);
void live_release(struct live *live);

#endif
