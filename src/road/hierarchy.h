/* SPDX-License-Identifier: Apache-2.0 */
/* Customizable contraction hierarchies (J. Dibbelt, B. Strasser, D. Wagner, ACM J. Exp.
 * Algorithmics 21, 2016): exact travel times a thousand times faster than by a search,
 * under roads that are closed, slowed and opened all the time.
 *
 * The nodes are contracted in a fixed order; a node's number in it is its rank. A rank is
 * joined by arcs to some higher ones, all of which lie on its way to the top of the
 * elimination tree: the way over the parents. The weights of the arcs are computed for
 * each mode from the roads that are open, and again, where they change, when a road is
 * closed or opened.
 *
 * Threads: any number of threads may query; one at a time may change what is closed. Who
 * queries takes a view, which is one moment: its weights do not change while it is held.
 * There are two copies of the weights, and a change is made on the one that nobody uses,
 * so queries never wait. A change waits only for views taken before the change before
 * it. */
#ifndef MUSTER_ROAD_HIERARCHY_H
#define MUSTER_ROAD_HIERARCHY_H

#include "road/road.h"

#include <stddef.h>

struct road_closed;
struct road_hierarchy;

/* All roads open. ROAD must outlive it. ST_NO_MEMORY, ST_LIMIT. */
int road_hierarchy_new(struct road_hierarchy **ret, const struct road *road)
    __attribute__((warn_unused_result));
void road_hierarchy_free(struct road_hierarchy *hierarchy); /* no view is out */
const struct road *road_hierarchy_road(const struct road_hierarchy *hierarchy);
/* Bytes on the heap, the mapped file not counted. */
size_t road_hierarchy_size(const struct road_hierarchy *hierarchy);

/* From now on CLOSED (copied; NULL = all free) is what views see. Cost: microseconds for
 * one road, at most that of all weights anew. ST_NO_MEMORY: nothing changed. */
int road_hierarchy_set_closed(struct road_hierarchy *hierarchy,
                              const struct road_closed *closed)
    __attribute__((warn_unused_result));

/* The same for single roads, edges given at most once. KMH: what holds from now on
 * (road/closed.h). */
struct road_change {
    uint32_t edge;
    uint32_t kmh;
};
int road_hierarchy_change(struct road_hierarchy *hierarchy,
                          const struct road_change *changes, uint32_t count)
    __attribute__((warn_unused_result));

/* One moment of the network, until it is given back. Take it, ask all that belongs
 * together, give it back: for milliseconds, not for hours. */
struct road_view {
    struct road_hierarchy *hierarchy;
    uint32_t side;
};
void road_view_take(struct road_hierarchy *hierarchy, struct road_view *ret);
void road_view_give(struct road_view *view);
/* What is closed or slow in it, for road_search_avoid: searches and the hierarchy agree.
 * Valid while the view is held. */
const struct road_closed *road_view_closed(const struct road_view *view);

/* Ranks: 0 .. node_count - 1. A subtree of the elimination tree is a range of ranks
 * whose last one is its root. O(1). */
uint32_t road_rank(const struct road_hierarchy *hierarchy, uint32_t node);
uint32_t road_rank_node(const struct road_hierarchy *hierarchy, uint32_t rank);
/* ROAD_NODE_NONE at the top (of which there is one for each connected part). */
uint32_t road_rank_parent(const struct road_hierarchy *hierarchy, uint32_t rank);

/* Exact times between one place and whatever nodes are asked for, one after another
 * (lazy RPHAST: B. Strasser, T. Zeitz, "A* with Tight CCH Potentials", SEA 2021). What
 * was computed for one node serves all further ones: the first costs microseconds to tens
 * of them, the next ones near it a fraction. One workspace a thread. */
struct road_reach;
int road_reach_new(struct road_reach **ret, const struct road_hierarchy *hierarchy)
    __attribute__((warn_unused_result));
void road_reach_free(struct road_reach *reach);
/* ROAD_TO: times from the nodes to PLACE; ROAD_FROM: the other way. Valid until the next
 * start, while VIEW is held. PLACE off the network: no way from anywhere. */
void road_reach_start(struct road_reach *reach, const struct road_view *view,
                      enum road_mode mode, enum road_direction direction,
                      const struct road_spot *place);
/* Between NODE and the place; ROAD_MS_NONE = no way. */
uint32_t road_reach_ms(struct road_reach *reach, uint32_t node);
/* A lower bound of all nodes of the subtree of RANK: the least time of the nodes that
 * join it to the rest (Buchhold and Wagner, SEA 2021); 0 if the place is in the subtree.
 */
uint32_t road_reach_subtree_ms(struct road_reach *reach, uint32_t rank, bool is_inside);
/* Asks for the memory that the times of RANKS will be computed from, all at once: their
 * ways up are gone side by side. COUNT <= ROAD_REACH_TOGETHER. Changes no answer. */
#define ROAD_REACH_TOGETHER 32u
void road_reach_fetch(struct road_reach *reach, const uint32_t *ranks, uint32_t count);
/* Door to door, straight along a common edge included. */
uint32_t road_reach_spot_ms(struct road_reach *reach, const struct road_spot *spot);

#endif
