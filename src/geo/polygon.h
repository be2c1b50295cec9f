/* SPDX-License-Identifier: Apache-2.0 */
/* An area on the map: one or more parts, each an outer ring with any number of holes. */
#ifndef MUSTER_GEO_POLYGON_H
#define MUSTER_GEO_POLYGON_H

#include "geo/point.h"

#define POLYGON_POINTS_MAX 1000000u
#define POLYGON_RINGS_MAX 20000u

/* Filled by the functions below only. Rings are closed without repeating their first
 * point; ring i has the points ring_end[i - 1] .. ring_end[i] - 1, part i the rings
 * part_end[i - 1] .. part_end[i] - 1, the first of which is its outer one. */
struct polygon {
    struct point *points;
    uint32_t *ring_end, *part_end;
    uint32_t point_count, ring_count, part_count;
    uint32_t point_capacity, ring_capacity, part_capacity;
    struct box box;
};

void polygon_init(struct polygon *polygon);
void polygon_release(struct polygon *polygon);
/* One more point of the ring being drawn. ST_LIMIT, ST_NO_MEMORY. */
int polygon_point(struct polygon *polygon, struct point point)
    __attribute__((warn_unused_result));
/* The ring is complete; a last point equal to the first is dropped. ST_INVALID if fewer
 * than three points are left. */
int polygon_ring(struct polygon *polygon) __attribute__((warn_unused_result));
/* The part is complete. ST_INVALID if it has no ring. */
int polygon_part(struct polygon *polygon) __attribute__((warn_unused_result));

/* Lines between points are straight in degrees. A point on the border between two
 * neighbours lies in exactly one of them. Cost O(points), less outside the box. */
bool polygon_contains(const struct polygon *polygon, struct point point);

#endif
