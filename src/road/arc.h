/* SPDX-License-Identifier: Apache-2.0 */
/* One arc of the graph as it stands on disk, for the loops that walk over the network
 * and what lies on it (crowd). Others ask road/road.h. */
#ifndef MUSTER_ROAD_ARC_H
#define MUSTER_ROAD_ARC_H

#include "road/road.h"

struct graph_arc {
    uint32_t node; /* the other end */
    uint32_t ms;
    uint32_t length_mm;
    uint32_t edge;
};

/* The arcs of a node: those that reach it (ROAD_TO) or leave it (ROAD_FROM), open ones
 * and closed ones. */
uint32_t road_arcs(const struct road *road, enum road_mode mode,
                   enum road_direction direction, uint32_t node,
                   const struct graph_arc **ret);

#endif
