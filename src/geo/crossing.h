/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a ring crosses itself, at a cost that has a limit: for polygons that others
 * send. (That of geo/valid grows with the square of the edges that lie side by side.) */
#ifndef MUSTER_GEO_CROSSING_H
#define MUSTER_GEO_CROSSING_H

#include "geo/point.h"

enum crossing {
    CROSSING_NONE,   /* nowhere, or it only touches itself or runs back over an edge */
    CROSSING_SLIGHT, /* each crossing ties off less than a hundredth of the ring */
    CROSSING_REAL,   /* which area is meant cannot be told */
};

/* Do two edges share a point that is an end of neither? The ring has COUNT POINTS and is
 * closed without repeating the first. Pairs of edges are looked at whose latitudes or, if
 * those are fewer, longitudes overlap, and are taken from *PAIRS: ST_LIMIT if there are
 * more of them. An enum crossing, ST_LIMIT or ST_NO_MEMORY. Cost O(count log count +
 * pairs). */
int crossing_of_ring(const struct point *points, uint32_t count, uint64_t *pairs)
    __attribute__((warn_unused_result));

#endif
