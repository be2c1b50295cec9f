/* SPDX-License-Identifier: Apache-2.0 */
/* In which order nodes are contracted, and what a contraction makes: the shape of the
 * hierarchy, before any weight. Only src/road includes this. */
#ifndef MUSTER_ROAD_ORDER_H
#define MUSTER_ROAD_ORDER_H

#include "road/graph.h"

/* What an order is computed from. Edges between the same two nodes count once. */
struct order_input {
    const struct point *nodes;
    const struct graph_edge *edges;
    uint32_t node_count, edge_count;
};

/* By a node: its neighbours, each once, ascending. */
struct order_net {
    uint32_t node_count;
    uint32_t *first; /* node_count + 1 */
    uint32_t *heads;
};
int order_net_make(const struct order_input *input, struct order_net *ret)
    __attribute__((warn_unused_result));
void order_net_release(struct order_net *net);
/* Ascending; most rows are short. */
void order_sort_row(uint32_t *row, uint32_t count);

/* Nested dissection: RET_ORDER[i] is the node contracted as the i-th. ST_NO_MEMORY. */
int order_compute(const struct order_input *input, const struct order_net *net,
                  uint32_t *ret_order) __attribute__((warn_unused_result));

/* The shape: nodes are numbered by rank, in the order of their contraction. The row of a
 * rank, heads[first[r]] .. heads[first[r + 1] - 1], holds the higher ranks it is joined
 * to once all lower ones are contracted, ascending; its first one is the parent in the
 * elimination tree. A subtree's ranks are consecutive, its root the last of them. */
struct order_shape {
    uint32_t node_count, arc_count;
    uint32_t *order; /* by rank: the node */
    uint32_t *first; /* node_count + 1 */
    uint32_t *heads;
};
/* Renumbers ORDER along the elimination tree (the same arcs, better locality); takes a
 * copy. ST_LIMIT (a network too dense), ST_NO_MEMORY. */
int order_contract(const struct order_net *net, const uint32_t *order,
                   struct order_shape *ret) __attribute__((warn_unused_result));
void order_shape_release(struct order_shape *shape);

/* ---- cutting -------------------------------------------------------------------- */

/* A connected network in small numbers: row of node v = heads[first[v]] ... */
struct cut_net {
    uint32_t count;
    const uint32_t *first, *heads;
    const int32_t *x, *y;
};
enum cut_side { CUT_LOW, CUT_HIGH, CUT_BETWEEN };

struct cut;
int cut_new(struct cut **ret, uint32_t count_max) __attribute__((warn_unused_result));
void cut_free(struct cut *cut);
/* A small set of nodes (CUT_BETWEEN) without which no node of CUT_LOW touches one of
 * CUT_HIGH; RET_SIDE[v] is an enum cut_side. Returns the size of the set, at least 1. */
uint32_t cut_find(struct cut *cut, const struct cut_net *net, uint8_t *ret_side);

#endif
