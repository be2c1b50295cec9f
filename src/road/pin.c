/* SPDX-License-Identifier: Apache-2.0 */
/* Pins and spots. What snap.c computes from an edge, a share of it and the distance to it
 * is computed again from the same three numbers, so nothing is lost. */
#include "road/pin.h"

#include "road/graph.h"

static_assert(ROAD_SNAP_M_MAX < PIN_ON_NODE, "the distance to the road fits a pin");

void road_pin_edge(const struct road *road, enum road_mode mode, uint32_t edge,
                   struct road_pin_edge *ret)
{
    const struct graph_edge *from = &road->edges[edge];
    *ret = (struct road_pin_edge){.node = {from->node[0], from->node[1]},
                                  .ms = {from->ms[mode][0], from->ms[mode][1]},
                                  .length_mm = from->length_mm};
}

void road_pin_fetch(const struct road *road, struct road_pin pin)
{
    if (pin.edge != ROAD_NODE_NONE)
        __builtin_prefetch(&road->edges[pin.edge]);
}
