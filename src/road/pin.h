/* SPDX-License-Identifier: Apache-2.0 */
/* A spot in eight bytes. A pin says where on the network a place lies in one mode; all
 * the figures of its struct road_spot follow from it and the graph. For keeping millions
 * of them. Pins of one graph mean nothing on another. */
#ifndef MUSTER_ROAD_PIN_H
#define MUSTER_ROAD_PIN_H

#include "road/road.h"

/* where: bits 0-19 along_ppm, bits 20-29 access_m, or PIN_ON_NODE for a place that is a
 * node (then along_ppm, 0 or PIN_PPM, says which end of the edge). Bits 30 and 31 are the
 * keeper's. */
struct road_pin {
    uint32_t edge; /* ROAD_NODE_NONE = off the network */
    uint32_t where;
};

#define PIN_PPM 1000000u
#define PIN_ON_NODE 1023u
#define PIN_WHERE_BITS 30

/* The spot that road_snap gave for the place. */
void road_pin_spot(const struct road *road, enum road_mode mode, struct road_pin pin,
                   struct road_spot *ret);

/* Asks for the memory of the pin's edge (ROAD_NODE_NONE: nothing). */
void road_pin_fetch(const struct road *road, struct road_pin pin);

/* The pins of PLACE in each mode, by one look around: of the spots that road_snap finds
 * within ROAD_SNAP_M_MAX. Cost: little more than one road_snap. */
void road_snap_pins(const struct road *road, struct point place,
                    struct road_pin ret[ROAD_MODE_COUNT]);

/* One edge with what is needed to leave pins on it: filled once for all of them. */
struct road_pin_edge {
    uint32_t node[2];
    uint32_t ms[2]; /* [0] from node[0] to node[1], [1] back; ROAD_MS_NONE = not so */
    uint32_t length_mm;
};
void road_pin_edge(const struct road *road, enum road_mode mode, uint32_t edge,
                   struct road_pin_edge *ret);

static inline uint32_t road_pin_along(uint32_t where)
{
    return where & 0xfffffu;
}

static inline uint32_t road_pin_access(uint32_t where)
{
    return where >> 20 & 1023u;
}

/* The same place seen from the other node: `where` if the edge were turned round. */
static inline uint32_t road_pin_turned(uint32_t where)
{
    return where + PIN_PPM - 2 * road_pin_along(where);
}

static inline uint32_t road_pin_walk_ms(uint32_t where)
{
    uint32_t access = road_pin_access(where);
    return access == PIN_ON_NODE
               ? 0
               : (uint32_t)(((uint64_t)access * 1000000u + 900u) / 1800u);
}

/* Time from the pin to node[END] of its edge, of which the whole length to there takes MS
 * (ROAD_MS_NONE: closed that way). As road_spot's out_ms[END], but a place that is the
 * other node goes along the whole edge. Without a branch. */
static inline uint32_t road_pin_along_ms(uint32_t ms, uint32_t where, int end)
{
    uint32_t along = road_pin_along(where), rest = end ? PIN_PPM - along : along;
    uint64_t part = ((uint64_t)ms * rest + PIN_PPM / 2) / PIN_PPM;
    bool none = (ms == ROAD_MS_NONE) & (rest != 0);
    return none ? ROAD_MS_NONE : (uint32_t)part + road_pin_walk_ms(where);
}

#endif
