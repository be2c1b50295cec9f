/* SPDX-License-Identifier: Apache-2.0 */
/* Edges sorted by where they begin along one axis; each is compared with those that begin
 * before it ends. Edges of real outlines are short, so these are few. */
#include "geo/crossing.h"

#include "base/mem.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>

#define SLIGHT 0.01 /* share of the ring that a crossing may tie off */

/* The edge from A to B, which is the point INDEX, and what it spans along the axis of the
 * sweep. */
struct edge {
    int32_t from, to;
    struct point a, b;
    uint32_t index;
};

static int by_from(const void *one, const void *other)
{
    const struct edge *a = one, *b = other;
    return (a->from > b->from) - (a->from < b->from);
}

static int32_t min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* The edges that have a length; how many. */
static uint32_t fill(struct edge *edges, const struct point *ring, uint32_t count,
                     bool by_lat)
{
    uint32_t filled = 0;
    struct point before = ring[count - 1];
    for (uint32_t i = 0; i < count; before = ring[i++]) {
        if (before.lat_e7 == ring[i].lat_e7 && before.lon_e7 == ring[i].lon_e7)
            continue;
        const int32_t from = by_lat ? before.lat_e7 : before.lon_e7;
        const int32_t to = by_lat ? ring[i].lat_e7 : ring[i].lon_e7;
        edges[filled++] = (struct edge){min(from, to), max(from, to), before, ring[i], i};
    }
    return filled;
}

/* 1 if POINT lies to the left of the line from A to B, -1 to the right, 0 on it. */
static int side(const struct edge *edge, struct point point)
{
    const __int128 turn = (__int128)((int64_t)edge->b.lon_e7 - edge->a.lon_e7) *
                              ((int64_t)point.lat_e7 - edge->a.lat_e7) -
                          (__int128)((int64_t)edge->b.lat_e7 - edge->a.lat_e7) *
                              ((int64_t)point.lon_e7 - edge->a.lon_e7);
    return (turn > 0) - (turn < 0);
}

static bool cross(const struct edge *e, const struct edge *f)
{
    return min(e->a.lat_e7, e->b.lat_e7) < max(f->a.lat_e7, f->b.lat_e7) &&
           min(f->a.lat_e7, f->b.lat_e7) < max(e->a.lat_e7, e->b.lat_e7) &&
           min(e->a.lon_e7, e->b.lon_e7) < max(f->a.lon_e7, f->b.lon_e7) &&
           min(f->a.lon_e7, f->b.lon_e7) < max(e->a.lon_e7, e->b.lon_e7) &&
           side(e, f->a) * side(e, f->b) < 0 && side(f, e->a) * side(f, e->b) < 0;
}

/* The first edge behind BEGIN that begins beyond TO. */
static uint32_t first_beyond(const struct edge *edges, uint32_t begin, uint32_t count,
                             int32_t to)
{
    uint32_t low = begin + 1, high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (edges[middle].from > to)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* EDGES sorted along an axis; how many pairs of them overlap on it. */
static uint64_t sweep(struct edge *edges, const struct point *ring, uint32_t count,
                      bool by_lat, uint32_t *ret_count)
{
    const uint32_t filled = fill(edges, ring, count, by_lat);
    qsort(edges, filled, sizeof *edges, by_from);
    uint64_t pairs = 0;
    for (uint32_t i = 0; i < filled; i++)
        pairs += first_beyond(edges, i, filled, edges[i].to) - i - 1;
    *ret_count = filled;
    return pairs;
}

/* Twice the area to the left of the line from A to B, seen from the point ORIGIN. */
static double wedge(struct point origin, struct point a, struct point b)
{
    return ((double)a.lon_e7 - origin.lon_e7) * ((double)b.lat_e7 - origin.lat_e7) -
           ((double)a.lat_e7 - origin.lat_e7) * ((double)b.lon_e7 - origin.lon_e7);
}

/* The areas under the ring up to each of its points: swept[i] is that of the points 0 to
 * i, and swept[count] that of all. */
static void measure(const struct point *ring, uint32_t count, double *swept)
{
    swept[0] = 0;
    for (uint32_t i = 1; i <= count; i++)
        swept[i] = swept[i - 1] + wedge(ring[0], ring[i - 1], ring[i % count]);
}

/* The point where E and F cross, to the nearest unit. */
static struct point meeting(const struct edge *e, const struct edge *f)
{
    const double a = wedge(f->a, f->b, e->a), b = wedge(f->a, f->b, e->b);
    const double share = a / (a - b);
    return (struct point){
        (int32_t)(e->a.lat_e7 + share * ((double)e->b.lat_e7 - e->a.lat_e7)),
        (int32_t)(e->a.lon_e7 + share * ((double)e->b.lon_e7 - e->a.lon_e7))};
}

/* What is known of a ring while its edges are compared. */
struct ring {
    const struct point *points;
    uint32_t count;
    double *swept; /* see measure */
    struct edge *edges;
    uint32_t edge_count;
};

/* A crossing makes two loops of the ring: the one from edge E's end to edge F's begin,
 * and the rest. */
static bool is_slight(const struct ring *ring, const struct edge *e, const struct edge *f)
{
    if (e->index > f->index) {
        const struct edge *swap = e;
        e = f;
        f = swap;
    }
    const struct point origin = ring->points[0], at = meeting(e, f);
    const double loop = ring->swept[f->index - 1] - ring->swept[e->index] +
                        wedge(origin, f->a, at) + wedge(origin, at, e->b);
    const double one = fabs(loop), other = fabs(ring->swept[ring->count] - loop);
    return fmin(one, other) <= SLIGHT * fmax(one, other);
}

static enum crossing find(const struct ring *ring)
{
    const struct edge *edges = ring->edges;
    enum crossing found = CROSSING_NONE;
    for (uint32_t i = 0; i < ring->edge_count; i++)
        for (uint32_t j = i + 1; j < ring->edge_count && edges[j].from <= edges[i].to;
             j++) {
            if (!cross(&edges[i], &edges[j]))
                continue;
            if (!is_slight(ring, &edges[i], &edges[j]))
                return CROSSING_REAL;
            found = CROSSING_SLIGHT;
        }
    return found;
}

int crossing_of_ring(const struct point *points, uint32_t count, uint64_t *pairs)
{
    AUTO_FREE struct edge *edges = mem_alloc(count * sizeof *edges);
    AUTO_FREE double *swept = mem_alloc((count + 1u) * sizeof *swept);
    if (edges == NULL || swept == NULL)
        return ST_NO_MEMORY;
    if (count == 0)
        return CROSSING_NONE;
    struct ring ring = {points, count, swept, edges, 0};
    const uint64_t along_lat = sweep(edges, points, count, true, &ring.edge_count);
    uint64_t along = sweep(edges, points, count, false, &ring.edge_count);
    if (along_lat < along)
        along = sweep(edges, points, count, true, &ring.edge_count);
    if (along > *pairs)
        return ST_LIMIT;
    *pairs -= along;
    measure(points, count, swept);
    return find(&ring);
}
