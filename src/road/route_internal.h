/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MUSTER_ROAD_ROUTE_INTERNAL_H
#define MUSTER_ROAD_ROUTE_INTERNAL_H

#include "road/hierarchy_internal.h"
#include "road/route.h"

/* What is known along one way to the top, by depth. The two ends of a place's edge lie on
 * one such way, because an edge is an arc: the lower end is where it starts. */
struct climb {
    uint32_t *ms;   /* ROAD_MS_NONE = not reached */
    uint32_t *arc;  /* over which; ROAD_NODE_NONE = from the place (paths only) */
    uint32_t *tail; /* the rank it came from (paths only) */
    uint32_t low;   /* rank of the lower end */
};

struct road_router {
    const struct road_hierarchy *hierarchy;
    struct climb from, to;
    uint32_t *stack;  /* ms by depth */
    uint32_t *path;   /* ranks by depth */
    uint32_t *unpack; /* arcs still to be opened, with their direction */
    uint32_t unpack_capacity;
    uint32_t *scratch; /* times of targets in their own order */
    uint32_t scratch_capacity;
};

/* Begins at the ends of SPOT's edge. False if the place is off the network. */
bool climb_start(const struct road_hierarchy *hierarchy, const struct road_spot *spot,
                 const uint32_t ms[2], struct climb *ret);
/* All the way up, every arc once; WEIGHTS lead away from the place. */
void climb_all(const struct road_hierarchy *hierarchy, const uint32_t *weights,
               struct climb *climb);

#endif
