/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a way on the map. */
#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"
#include "road/route.h"

#include <math.h>

#define PPM 1000000u

struct line {
    const struct road *road;
    struct point *points;
    uint32_t count, capacity;
    int status;
};

/* A point as the one before is not drawn twice. */
static void add(struct line *line, struct point point)
{
    if (line->count > 0 && line->points[line->count - 1].lat_e7 == point.lat_e7 &&
        line->points[line->count - 1].lon_e7 == point.lon_e7)
        return;
    if (line->status == ST_OK)
        line->status = mem_grow(&line->points, &line->capacity, line->count + 1,
                                sizeof *line->points, GRAPH_SHAPE_MAX);
    if (line->status == ST_OK)
        line->points[line->count++] = point;
}

static double length_m(const struct road *road, uint32_t edge)
{
    double all = 0;
    for (uint32_t i = 0; i <= road->edges[edge].shape_count; i++)
        all += point_distance_m(road_edge_point(road, edge, i),
                                road_edge_point(road, edge, i + 1));
    return all;
}

static struct point between(struct point a, struct point b, double share)
{
    return (struct point){
        a.lat_e7 + (int32_t)((double)((int64_t)b.lat_e7 - a.lat_e7) * share),
        a.lon_e7 + (int32_t)((double)((int64_t)b.lon_e7 - a.lon_e7) * share)};
}

/* The piece of EDGE between two shares of its length, in the order of drawing. */
static void add_piece(struct line *line, uint32_t edge, uint32_t from_ppm,
                      uint32_t to_ppm)
{
    const struct road *road = line->road;
    bool turned = from_ppm > to_ppm;
    uint32_t last = road->edges[edge].shape_count + 1;
    double all = length_m(road, edge), at = 0;
    /* At the very end rounding must not lead beyond the last segment. */
    double low = fmin(all, all * (turned ? PPM - from_ppm : from_ppm) / PPM);
    double high = fmin(all, all * (turned ? PPM - to_ppm : to_ppm) / PPM);
    for (uint32_t i = 0; i < last; i++) {
        struct point a = road_edge_point(road, edge, turned ? last - i : i);
        struct point b = road_edge_point(road, edge, turned ? last - i - 1 : i + 1);
        double size = point_distance_m(a, b), next = at + size;
        if (next >= low && at <= high) {
            add(line, size > 0 && low > at ? between(a, b, (low - at) / size) : a);
            add(line, size > 0 && high < next ? between(a, b, (high - at) / size) : b);
        }
        at = next;
    }
}

int road_path_points(const struct road *road, const struct road_path *path,
                     const struct road_spot *from, const struct road_spot *to,
                     struct point **ret_points, uint32_t *ret_count)
{
    struct line line = {.road = road, .status = ST_OK};
    if (path->direct && from->edge == to->edge) {
        add_piece(&line, from->edge, from->along_ppm, to->along_ppm);
    } else if (path->direct) { /* both on one node */
        add(&line, road->nodes[from->node[0]]);
    } else {
        if (from->node[0] != from->node[1])
            add_piece(&line, from->edge, from->along_ppm, path->start == 0 ? 0 : PPM);
        add(&line, road->nodes[from->node[path->start]]);
        for (uint32_t i = 0; i < path->count; i++)
            add_piece(&line, path->steps[i].edge, path->steps[i].way ? PPM : 0,
                      path->steps[i].way ? 0 : PPM);
        add(&line, road->nodes[to->node[path->end]]);
        if (to->node[0] != to->node[1])
            add_piece(&line, to->edge, path->end == 0 ? 0 : PPM, to->along_ppm);
    }
    if (line.status != ST_OK) {
        mem_free(line.points);
        return line.status;
    }
    *ret_points = line.points;
    *ret_count = line.count;
    return ST_OK;
}
