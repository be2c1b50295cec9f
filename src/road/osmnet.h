/* SPDX-License-Identifier: Apache-2.0 */
/* From OpenStreetMap objects to a network: ways are collected while they stream by, and
 * cut into edges where they meet when all is read. */
#ifndef MUSTER_ROAD_OSMNET_H
#define MUSTER_ROAD_OSMNET_H

#include "road/graph.h"
#include "road/osmread.h"

#define OSMNET_NODES_MAX 500000000u
#define OSMNET_WAYS_MAX 100000000u
#define OSMNET_REFS_MAX 1000000000u
#define OSMNET_BARRIERS_MAX 10000000u

struct osmnet_node {
    int64_t id;
    struct point point;
};

struct osmnet_way {
    struct osmtags_way tags;
    uint32_t ref_first, ref_count;
};

struct osmnet_barrier {
    int64_t id;
    unsigned blocks; /* modes, bits */
};

struct osmnet {
    struct osmnet_node *nodes; /* sorted by id after osmnet_sort */
    struct osmnet_way *ways;
    int64_t *refs;
    struct osmnet_barrier *barriers;
    uint32_t node_count, node_capacity, way_count, way_capacity;
    uint32_t ref_count, ref_capacity, barrier_count, barrier_capacity;
    uint64_t unusable; /* roads that no mode may use */
    bool unsorted;
};

void osmnet_release(struct osmnet *net);
int osmnet_add_node(struct osmnet *net, const struct osmread_node *node)
    __attribute__((warn_unused_result));
int osmnet_add_way(struct osmnet *net, const struct osmread_way *way)
    __attribute__((warn_unused_result));
/* Once, after the last object. Of two nodes with one id the first counts. */
int osmnet_sort(struct osmnet *net) __attribute__((warn_unused_result));
/* The node with this id: its index, or UINT32_MAX. O(log nodes). */
uint32_t osmnet_find(const struct osmnet *net, int64_t id);
/* Adds all nodes and edges to INPUT; *ret_skipped = ways left out. */
int osmnet_build(const struct osmnet *net, struct graph_input *input,
                 uint64_t *ret_skipped) __attribute__((warn_unused_result));

#endif
