/* SPDX-License-Identifier: Apache-2.0 */
/* Shortest times outward from a place, band by band: what road_search gives node by node
 * in order of time, without the order inside a band and without lengths, for callers that
 * only need to know "all these are final, and everybody else is later than that". Faster
 * than the heap: buckets of Dial (CACM 12, 1969) of BAND ms, inside a bucket labels are
 * corrected until they stand (Meyer and Sanders 2003). Exact. One thread at a time. */
#ifndef MUSTER_ROAD_EXPAND_H
#define MUSTER_ROAD_EXPAND_H

#include "road/road.h"

struct road_expand;
struct road_closed;

int road_expand_new(struct road_expand **ret, const struct road *road)
    __attribute__((warn_unused_result));
void road_expand_free(struct road_expand *expand);
/* CLOSED (NULL = all open) must stay as it is during the search. ST_NO_MEMORY. */
int road_expand_start(struct road_expand *expand, enum road_mode mode,
                      enum road_direction direction, const struct road_spot *place,
                      const struct road_closed *closed)
    __attribute__((warn_unused_result));

/* The nodes of the next band that holds any, each once, final. */
struct road_band {
    const uint32_t *nodes;
    uint32_t count;
    uint32_t until_ms; /* every node not seen yet is at least this far */
};
/* 1, 0 when nothing more can be reached, or ST_NO_MEMORY. The band holds until the next
 * call. */
int road_expand_next(struct road_expand *expand, struct road_band *ret)
    __attribute__((warn_unused_result));
/* A lower bound of every node still to come; ROAD_MS_NONE when there is none. */
uint32_t road_expand_bound_ms(const struct road_expand *expand);
/* Of a node of a band that was given out; of others ROAD_MS_NONE or any upper bound. */
uint32_t road_expand_ms(const struct road_expand *expand, uint32_t node);

#endif
