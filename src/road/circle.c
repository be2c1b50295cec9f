/* SPDX-License-Identifier: Apache-2.0 */
/* One frame for all bands, so that their outlines are nested (geo/outline.h): around the
 * pieces of the greatest, with cells as fine as the mode deserves and the size of the
 * picture allows. GEOS has the last word: a picture it does not accept (the outline of
 * roads at the antimeridian, cut there) is mended; others are valid by construction,
 * which the tests ask GEOS about. */
#include "road/circle.h"

#include "base/mem.h"
#include "base/status.h"
#include "geo/outline.h"
#include "geo/valid.h"
#include "road/graph.h"

#include <math.h>

/* Cells of the frame, about: finer where the circle is small. */
#define CELLS_ACROSS 512.0
#define METRES_PER_E7 (6371008.8 * M_PI / 180 / POINT_E7)
#define LINES_MAX 100000000u
#define EDGE_OF_THE_EARTH_E7 1000 /* what is nearer may have been cut there */
/* A street's width to both sides at least; what "at the road" means in each mode. */
static const double cell_m_min[ROAD_MODE_COUNT] = {
    [ROAD_FOOT] = 20, [ROAD_BIKE] = 25, [ROAD_CAR] = 30};

struct line {
    struct point a, b;
};

struct painter {
    const struct road *road;
    struct line *lines; /* what is reached, in straight lines */
    uint32_t count, capacity;
    struct box box; /* around all of them */
    double length_mm;
    int status;
};

/* The point at SHARE of the way from A to B. */
static struct point between(struct point a, struct point b, double share)
{
    return (struct point){
        (int32_t)lround(a.lat_e7 + share * ((double)b.lat_e7 - a.lat_e7)),
        (int32_t)lround(a.lon_e7 + share * ((double)b.lon_e7 - a.lon_e7))};
}

static void put_line(struct painter *painter, struct point a, struct point b)
{
    if (painter->count == painter->capacity && painter->status == ST_OK)
        painter->status =
            mem_grow(&painter->lines, &painter->capacity, painter->count + 1024,
                     sizeof *painter->lines, LINES_MAX);
    if (painter->status != ST_OK)
        return;
    painter->lines[painter->count++] = (struct line){a, b};
    box_add(&painter->box, a);
    box_add(&painter->box, b);
}

static double length_of(const struct road *road, uint32_t edge)
{
    double length = 0;
    for (uint32_t i = 0; i <= road->edges[edge].shape_count; i++)
        length += point_distance_m(road_edge_point(road, edge, i),
                                   road_edge_point(road, edge, i + 1));
    return length;
}

/* A part of a bent edge: its points are walked with the length as the measure. */
static void put_bent(struct painter *painter, const struct road_piece *piece)
{
    const struct road *road = painter->road;
    double all = length_of(road, piece->edge);
    double from = piece->from * all, to = piece->to * all, at = 0;
    uint32_t last = road->edges[piece->edge].shape_count;
    for (uint32_t i = 0; i <= last; i++) {
        struct point a = road_edge_point(road, piece->edge, i);
        struct point b = road_edge_point(road, piece->edge, i + 1);
        double length = point_distance_m(a, b), end = at + length;
        if (end >= from && at <= to) {
            double first = length > 0 ? fmax(0, (from - at) / length) : 0;
            double second = length > 0 ? fmin(1, (to - at) / length) : 1;
            put_line(painter, between(a, b, first), between(a, b, second));
        }
        at = end;
    }
}

static void put_piece(void *context, const struct road_piece *piece)
{
    struct painter *painter = context;
    const struct road *road = painter->road;
    const struct graph_edge *edge = &road->edges[piece->edge];
    painter->length_mm += (double)(piece->to - piece->from) * edge->length_mm;
    bool whole = piece->from <= 0 && piece->to >= 1;
    if (edge->shape_count == 0) {
        struct point a = road->nodes[edge->node[0]], b = road->nodes[edge->node[1]];
        put_line(painter, whole ? a : between(a, b, piece->from),
                 whole ? b : between(a, b, piece->to));
    } else if (whole) {
        for (uint32_t i = 0; i <= edge->shape_count; i++)
            put_line(painter, road_edge_point(road, piece->edge, i),
                     road_edge_point(road, piece->edge, i + 1));
    } else {
        put_bent(painter, piece);
    }
}

/* Where the place's road is nearest to it. */
static struct point foot_of(const struct road *road, const struct road_spot *place)
{
    double at = place->along_ppm / 1e6 * length_of(road, place->edge);
    uint32_t last = road->edges[place->edge].shape_count;
    for (uint32_t i = 0;; i++) {
        struct point a = road_edge_point(road, place->edge, i);
        struct point b = road_edge_point(road, place->edge, i + 1);
        double length = point_distance_m(a, b);
        if (at <= length || i == last)
            return between(a, b, length > 0 ? fmin(1, at / length) : 0);
        at -= length;
    }
}

/* The walk from the place to its road, as far as it fits. */
static void put_access(struct painter *painter, const struct road_within_query *query,
                       uint32_t ms_max)
{
    struct point end = query->at;
    uint32_t walk = road_walk_ms(query->place.access_m);
    if (query->place.edge != ROAD_NODE_NONE && walk > 0) {
        end = foot_of(painter->road, &query->place);
        if (walk > ms_max)
            end = between(query->at, end, (double)ms_max / walk);
    }
    put_line(painter, query->at, end);
}

static int collect(struct painter *painter, const struct road_within *within,
                   struct road_circle_band *band)
{
    painter->count = 0;
    painter->length_mm = 0;
    painter->box = box_empty();
    painter->status = ST_OK;
    road_within_pieces(within, band->ms_max, put_piece, painter);
    put_access(painter, road_within_asked(within), band->ms_max);
    band->road_m = painter->length_mm / 1000;
    return painter->status;
}

static double cell_of(struct box box, enum road_mode mode)
{
    double tall =
        point_distance_m(box.min, (struct point){box.max.lat_e7, box.min.lon_e7});
    double wide =
        point_distance_m(box.min, (struct point){box.min.lat_e7, box.max.lon_e7});
    return fmax(cell_m_min[mode], fmax(tall, wide) / CELLS_ACROSS);
}

static bool is_cut(const struct box *box)
{
    return box->max.lon_e7 > 180 * POINT_E7 - EDGE_OF_THE_EARTH_E7 ||
           box->min.lon_e7 < -180 * POINT_E7 + EDGE_OF_THE_EARTH_E7 ||
           box->max.lat_e7 > 90 * POINT_E7 - EDGE_OF_THE_EARTH_E7 ||
           box->min.lat_e7 < -90 * POINT_E7 + EDGE_OF_THE_EARTH_E7;
}

/* Shoelace formula around the first point, in metres there. */
static double area_of(const struct polygon *area)
{
    double sum = 0;
    for (uint32_t ring = 0, at = 0; ring < area->ring_count; ring++) {
        struct point zero = area->points[0];
        struct point before = area->points[area->ring_end[ring] - 1];
        for (; at < area->ring_end[ring]; at++) {
            struct point here = area->points[at];
            double ax = (double)before.lon_e7 - zero.lon_e7;
            double ay = (double)before.lat_e7 - zero.lat_e7;
            double bx = (double)here.lon_e7 - zero.lon_e7;
            double by = (double)here.lat_e7 - zero.lat_e7;
            sum += ax * by - bx * ay;
            before = here;
        }
    }
    double middle = (point_lat(area->box.min) + point_lat(area->box.max)) / 2;
    return sum / 2 * METRES_PER_E7 * METRES_PER_E7 * cos(middle * M_PI / 180);
}

static int draw(const struct painter *painter, struct outline *outline,
                struct road_circle_band *band)
{
    outline_clear(outline);
    for (uint32_t i = 0; i < painter->count; i++)
        outline_line(outline, painter->lines[i].a, painter->lines[i].b);
    int status = outline_trace(outline, &band->area);
    if (status == ST_OK && is_cut(&band->area.box)) {
        int valid = polygon_is_valid(&band->area, NULL);
        status = valid == 0 ? polygon_mend(&band->area) : valid < 0 ? valid : ST_OK;
    }
    if (status == ST_OK)
        band->area_m2 = band->area.point_count > 0 ? area_of(&band->area) : 0;
    return status;
}

/* The greatest band first: its lines give the frame. */
static int draw_all(struct painter *painter, const struct road_within *within,
                    struct road_circle *circle)
{
    struct outline *outline = NULL;
    uint32_t greatest = 0;
    for (uint32_t i = 1; i < circle->count; i++)
        if (circle->bands[i].ms_max > circle->bands[greatest].ms_max)
            greatest = i;
    int status = collect(painter, within, &circle->bands[greatest]);
    if (status == ST_OK)
        status = outline_new(&outline, painter->box,
                             cell_of(painter->box, road_within_asked(within)->mode));
    if (status == ST_OK)
        status = draw(painter, outline, &circle->bands[greatest]);
    for (uint32_t i = 0; i < circle->count && status == ST_OK; i++) {
        if (i == greatest)
            continue;
        status = collect(painter, within, &circle->bands[i]);
        if (status == ST_OK)
            status = draw(painter, outline, &circle->bands[i]);
    }
    if (status == ST_OK)
        circle->tolerance_m = (OUTLINE_RADIUS + 2) * outline_cell_m(outline);
    outline_free(outline);
    return status;
}

int road_circle_make(const struct road_within *within, const uint32_t *ms, uint32_t count,
                     struct road_circle *ret)
{
    assert(count >= 1 && count <= CIRCLE_BANDS_MAX);
    struct painter painter = {.road = road_within_road(within)};
    *ret = (struct road_circle){.count = count};
    for (uint32_t i = 0; i < count; i++) {
        polygon_init(&ret->bands[i].area);
        ret->bands[i].ms_max = ms[i];
    }
    int status = draw_all(&painter, within, ret);
    mem_free(painter.lines);
    return status;
}

void road_circle_release(struct road_circle *circle)
{
    for (uint32_t i = 0; i < circle->count; i++)
        polygon_release(&circle->bands[i].area);
    circle->count = 0;
}
