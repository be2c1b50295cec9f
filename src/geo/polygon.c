/* SPDX-License-Identifier: Apache-2.0 */
/* A point is inside a ring if a ray from it to the east crosses the ring an odd number of
 * times (M. Shimrat, Algorithm 112, CACM 1962). An edge counts when one end is above the
 * ray and the other is not, and the crossing is decided in whole numbers, the same way
 * for whoever shares the edge: so areas that touch never both claim a point, nor neither.
 */
#include "geo/polygon.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

void polygon_init(struct polygon *polygon)
{
    *polygon = (struct polygon){.box = box_empty()};
}

void polygon_release(struct polygon *polygon)
{
    mem_free(polygon->points);
    mem_free(polygon->ring_end);
    mem_free(polygon->part_end);
    polygon_init(polygon);
}

int polygon_point(struct polygon *polygon, struct point point)
{
    int status =
        mem_grow(&polygon->points, &polygon->point_capacity, polygon->point_count + 1,
                 sizeof *polygon->points, POLYGON_POINTS_MAX);
    if (status != ST_OK)
        return status;
    polygon->points[polygon->point_count++] = point;
    box_add(&polygon->box, point);
    return ST_OK;
}

static uint32_t end_of(const uint32_t *ends, uint32_t count)
{
    return count == 0 ? 0 : ends[count - 1];
}

static bool same(struct point a, struct point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

int polygon_ring(struct polygon *polygon)
{
    uint32_t start = end_of(polygon->ring_end, polygon->ring_count);
    const struct point *points = polygon->points;
    if (polygon->point_count - start > 1 &&
        same(points[start], points[polygon->point_count - 1]))
        polygon->point_count--;
    if (polygon->point_count - start < 3)
        return ST_INVALID;
    int status =
        mem_grow(&polygon->ring_end, &polygon->ring_capacity, polygon->ring_count + 1,
                 sizeof *polygon->ring_end, POLYGON_RINGS_MAX);
    if (status == ST_OK)
        polygon->ring_end[polygon->ring_count++] = polygon->point_count;
    return status;
}

int polygon_part(struct polygon *polygon)
{
    if (polygon->ring_count == end_of(polygon->part_end, polygon->part_count))
        return ST_INVALID;
    int status =
        mem_grow(&polygon->part_end, &polygon->part_capacity, polygon->part_count + 1,
                 sizeof *polygon->part_end, POLYGON_RINGS_MAX);
    if (status == ST_OK)
        polygon->part_end[polygon->part_count++] = polygon->ring_count;
    return status;
}

/* Does the edge from A to B cross the ray that goes east from POINT? */
static bool crosses(struct point a, struct point b, struct point point)
{
    if ((a.lat_e7 > point.lat_e7) == (b.lat_e7 > point.lat_e7))
        return false;
    if (a.lat_e7 > b.lat_e7) {
        struct point swap = a;
        a = b;
        b = swap;
    }
    /* B lies above A: the point is west of the line if it lies to its left. */
    __int128 cross =
        (__int128)((int64_t)b.lon_e7 - a.lon_e7) * ((int64_t)point.lat_e7 - a.lat_e7) -
        (__int128)((int64_t)b.lat_e7 - a.lat_e7) * ((int64_t)point.lon_e7 - a.lon_e7);
    return cross > 0;
}

bool polygon_contains(const struct polygon *polygon, struct point point)
{
    if (!box_contains(polygon->box, point))
        return false;
    uint32_t ring = 0, start = 0;
    for (uint32_t part = 0; part < polygon->part_count; part++) {
        bool inside = false; /* an odd number of rings of this part */
        for (; ring < polygon->part_end[part]; ring++) {
            uint32_t end = polygon->ring_end[ring];
            struct point before = polygon->points[end - 1];
            for (; start < end; start++) {
                inside ^= crosses(before, polygon->points[start], point);
                before = polygon->points[start];
            }
        }
        if (inside)
            return true;
    }
    return false;
}
