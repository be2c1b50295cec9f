/* SPDX-License-Identifier: Apache-2.0 */
/* The network as a walk over it needs it: at every node the edges that meet there with
 * their times in all modes, mostly in one line of memory, on large pages. Made from the
 * graph; 64 bytes a node and some for those where more than three edges meet. Any number
 * of threads may read it. */
#ifndef MUSTER_CROWD_STREETS_H
#define MUSTER_CROWD_STREETS_H

#include "road/road.h"

#define JUNCTION_STREETS 3u

/* An edge seen from one of its ends. */
struct street {
    uint32_t other;               /* the node at the other end */
    uint32_t name;                /* edge << 1 | end: we are at node[end] of it */
    uint32_t ms[ROAD_MODE_COUNT]; /* from the other end to here; ROAD_MS_NONE = no way */
};

struct junction {
    uint32_t count;
    struct street
        streets[JUNCTION_STREETS]; /* more: all of them from more[.. other] on */
};
_Static_assert(sizeof(struct junction) == 64, "one cache line a node");

struct road_closed;

struct streets {
    const struct road *road; /* outlives them */
    uint32_t node_count;
    struct junction *junctions; /* by node */
    struct street *more;
};

/* ST_NO_MEMORY. Cost O(edges). */
int streets_make(struct streets *ret, const struct road *road)
    __attribute__((warn_unused_result));
void streets_release(struct streets *streets);

/* What the whole of STREET takes in MODE under CLOSED (road/closed.h) whoever stands on
 * it (NULL: as it is), and whoever passes along it; a closure keeps only those out. */
uint32_t street_own_ms(const struct streets *streets, const struct street *street,
                       int mode, const struct road_closed *closed);
uint32_t street_pass_ms(const struct streets *streets, const struct street *street,
                        int mode, const struct road_closed *closed);

static inline uint32_t street_edge(const struct street *street)
{
    return street->name >> 1;
}

static inline const struct street *streets_at(const struct streets *streets,
                                              uint32_t node, uint32_t *ret_count)
{
    const struct junction *junction = &streets->junctions[node];
    *ret_count = junction->count;
    return junction->count <= JUNCTION_STREETS
               ? junction->streets
               : &streets->more[junction->streets[0].other];
}

#endif
