/* SPDX-License-Identifier: Apache-2.0 */
/* A bit for each edge that is closed or slow, and a byte that says how slow, which is
 * looked at only where the bit is. Which edges a circle or an area touches is decided
 * edge by edge, after a look at the boxes: closing a road is rare, and searching is not.
 */
#include "road/closed.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"

#include <math.h>

#define METRES_PER_E7 (6371008.8 * M_PI / 180 / POINT_E7)

int road_closed_new(struct road_closed **ret, const struct road *road)
{
    struct road_closed *closed = mem_calloc(1, sizeof *closed);
    if (closed == NULL)
        return ST_NO_MEMORY;
    closed->road = road;
    closed->bits =
        mem_calloc_large((size_t)road->edge_count / 64 + 1, sizeof *closed->bits);
    closed->kmh = mem_calloc_large((size_t)road->edge_count + 1, sizeof *closed->kmh);
    if (closed->bits == NULL || closed->kmh == NULL) {
        road_closed_free(closed);
        return ST_NO_MEMORY;
    }
    *ret = closed;
    return ST_OK;
}

void road_closed_free(struct road_closed *closed)
{
    if (closed == NULL)
        return;
    mem_free(closed->bits);
    mem_free(closed->kmh);
    mem_free(closed);
}

void road_closed_edge(struct road_closed *closed, uint32_t edge)
{
    road_closed_limit(closed, edge, ROAD_KMH_CLOSED);
}

void road_closed_limit(struct road_closed *closed, uint32_t edge, uint32_t kmh)
{
    assert(edge < closed->road->edge_count && kmh <= ROAD_KMH_MAX);
    if (kmh < graph_kmh(closed, edge))
        graph_set_kmh(closed, edge, kmh);
}

void graph_set_kmh(struct road_closed *closed, uint32_t edge, uint32_t kmh)
{
    uint64_t bit = UINT64_C(1) << edge % 64, *word = &closed->bits[edge / 64];
    uint32_t before = graph_kmh(closed, edge);
    closed->touched_count -= before != ROAD_KMH_FREE;
    closed->touched_count += kmh != ROAD_KMH_FREE;
    closed->slow_count -= before != ROAD_KMH_FREE && before != ROAD_KMH_CLOSED;
    closed->slow_count += kmh != ROAD_KMH_FREE && kmh != ROAD_KMH_CLOSED;
    *word = kmh == ROAD_KMH_FREE ? *word & ~bit : *word | bit;
    closed->kmh[edge] = kmh == ROAD_KMH_FREE ? 0 : (uint8_t)kmh;
}

bool road_closed_has(const struct road_closed *closed, uint32_t edge)
{
    assert(edge < closed->road->edge_count);
    return graph_kmh(closed, edge) == ROAD_KMH_CLOSED;
}

uint32_t road_closed_kmh(const struct road_closed *closed, uint32_t edge)
{
    assert(edge < closed->road->edge_count);
    return graph_kmh(closed, edge);
}

bool road_closed_slows(const struct road_closed *closed)
{
    return closed->slow_count > 0;
}

uint32_t road_own_ms(const struct road_closed *closed, const struct graph_arc *arc)
{
    if (closed == NULL || !graph_is_touched(closed, arc->edge))
        return arc->ms;
    return graph_own_ms(closed, arc->edge, arc->ms, arc->length_mm);
}

uint32_t road_closed_count(const struct road_closed *closed)
{
    return closed->touched_count;
}

/* Squared distance in the plane around CENTRE. */
static double distance_m2(struct point centre, struct point a, struct point b)
{
    double narrow = METRES_PER_E7 * cos(point_lat(centre) * M_PI / 180);
    double ax = (double)((int64_t)a.lon_e7 - centre.lon_e7) * narrow;
    double ay = (double)((int64_t)a.lat_e7 - centre.lat_e7) * METRES_PER_E7;
    double dx = (double)((int64_t)b.lon_e7 - a.lon_e7) * narrow;
    double dy = (double)((int64_t)b.lat_e7 - a.lat_e7) * METRES_PER_E7;
    double size = dx * dx + dy * dy;
    double share = size > 0 ? fmin(fmax(-(ax * dx + ay * dy) / size, 0), 1) : 0;
    double x = ax + share * dx, y = ay + share * dy;
    return x * x + y * y;
}

void road_closed_circle(struct road_closed *closed, struct point centre,
                        uint32_t radius_m)
{
    const struct road *road = closed->road;
    struct box box = box_empty();
    box_add(&box, centre);
    box = box_grown(box, radius_m);
    double limit = (double)radius_m * radius_m;
    for (uint32_t i = 0; (i = road_edge_next_in(road, box, i)) != ROAD_NODE_NONE; i++) {
        uint32_t last = road->edges[i].shape_count + 1;
        for (uint32_t j = 0; j < last; j++)
            if (distance_m2(centre, road_edge_point(road, i, j),
                            road_edge_point(road, i, j + 1)) <= limit) {
                road_closed_edge(closed, i);
                break;
            }
    }
}

/* On which side of the line from A to B lies C? -1, 0 or 1, in whole numbers. */
static int side(struct point a, struct point b, struct point c)
{
    __int128 cross =
        (__int128)((int64_t)b.lon_e7 - a.lon_e7) * ((int64_t)c.lat_e7 - a.lat_e7) -
        (__int128)((int64_t)b.lat_e7 - a.lat_e7) * ((int64_t)c.lon_e7 - a.lon_e7);
    return cross > 0 ? 1 : cross < 0 ? -1 : 0;
}

/* Touching in one point of the border without crossing it does not count. */
static bool crosses(struct point a, struct point b, struct point c, struct point d)
{
    return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

static bool touches(const struct polygon *area, struct point a, struct point b)
{
    if (polygon_contains(area, a) || polygon_contains(area, b))
        return true;
    for (uint32_t ring = 0, at = 0; ring < area->ring_count; ring++) {
        struct point before = area->points[area->ring_end[ring] - 1];
        for (; at < area->ring_end[ring]; at++) {
            if (crosses(before, area->points[at], a, b))
                return true;
            before = area->points[at];
        }
    }
    return false;
}

void road_closed_area(struct road_closed *closed, const struct polygon *area)
{
    const struct road *road = closed->road;
    for (uint32_t i = 0; (i = road_edge_next_in(road, area->box, i)) != ROAD_NODE_NONE;
         i++) {
        uint32_t last = road->edges[i].shape_count + 1;
        for (uint32_t j = 0; j < last; j++)
            if (touches(area, road_edge_point(road, i, j),
                        road_edge_point(road, i, j + 1))) {
                road_closed_edge(closed, i);
                break;
            }
    }
}
