/* SPDX-License-Identifier: Apache-2.0 */
/* One arc of the graph as it stands on disk, for who walks over the network with times of
 * his own (crowd). Others ask road/road.h. */
#ifndef MUSTER_ROAD_ARC_H
#define MUSTER_ROAD_ARC_H

#include "road/road.h"

struct graph_arc {
    uint32_t node; /* the other end */
    uint32_t ms;
    uint32_t length_mm;
    uint32_t edge;
};

#endif
