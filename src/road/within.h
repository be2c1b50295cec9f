/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that is at most so many milliseconds away from a place: the nodes, the parts
 * of roads between them, cut where the time is over, and the time of any other spot. One
 * workspace a thread; times are those of road_search, which it is tested against. */
#ifndef MUSTER_ROAD_WITHIN_H
#define MUSTER_ROAD_WITHIN_H

#include "road/road.h"

#define WITHIN_MS_MAX (72u * 3600u * 1000u)

struct road_closed;
struct road_within;

int road_within_new(struct road_within **ret, const struct road *road)
    __attribute__((warn_unused_result));
void road_within_free(struct road_within *within);

struct road_within_query {
    enum road_mode mode;
    enum road_direction direction; /* ROAD_TO: who can be at the place in time */
    struct point at;               /* what PLACE was snapped from */
    struct road_spot place;
    const struct road_closed
        *closed;     /* NULL: all open; outlives what is asked of the run */
    uint32_t ms_max; /* at most WITHIN_MS_MAX */
};
/* Cost O(what is reached). ST_NO_MEMORY: nothing is reached then. */
int road_within_run(struct road_within *within, const struct road_within_query *query)
    __attribute__((warn_unused_result));

const struct road *road_within_road(const struct road_within *within);
const struct road_within_query *road_within_asked(const struct road_within *within);
/* Of the last run: the nodes reached, in no order, with their times. */
uint32_t road_within_count(const struct road_within *within);
uint32_t road_within_node(const struct road_within *within, uint32_t index);
/* ROAD_MS_NONE: not in time. */
uint32_t road_within_ms(const struct road_within *within, uint32_t node);
/* The time of a spot snapped in the same mode, its own walk included; ROAD_MS_NONE: not
 * in time, or off the network. */
uint32_t road_within_spot_ms(const struct road_within *within,
                             const struct road_spot *spot);

/* A part of an edge that lies within MS_MAX (<= that of the run). Shares count from
 * node[0], 0 to 1, by length. No part comes twice, in no order. A closed edge counts as
 * far as who stands on it can leave it, as everywhere (road/closed.h). */
struct road_piece {
    uint32_t edge;
    float from, to;
};
void road_within_pieces(const struct road_within *within, uint32_t ms_max,
                        void (*visit)(void *context, const struct road_piece *piece),
                        void *context);

#endif
