/* SPDX-License-Identifier: Apache-2.0 */
/* Codes: a hash table, one step after the other. Polygons: their boxes, the deepest areas
 * first and of one depth from south to north, in blocks with a box of their own, so that
 * nearly all blocks are passed by. Centres of villages: from south to north; whoever
 * looks for the nearest goes away from the point on both sides until the latitude alone
 * is farther than the best. */
#include "store/area_index.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "store/area.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 64
#define METRES_PER_E7 0.011119508 /* of latitude, on the sphere of point_distance_m */

/* An area with a polygon. */
struct shape {
    struct box box;
    uint32_t area;
    int32_t depth;
};
/* A village without. */
struct centre {
    struct point at;
    uint32_t area;
};

struct area_index {
    uint32_t *slots; /* area + 1; 0 = empty */
    uint32_t slot_mask;
    struct shape *shapes;
    struct box *blocks; /* around BLOCK shapes each */
    uint32_t shape_count;
    struct centre *centres;
    uint32_t centre_count;
};

/* ---- codes ---- */

static uint32_t first_slot(const struct area_index *index, const char *code)
{
    return (uint32_t)hash_bytes(HASH_START, code, strlen(code)) & index->slot_mask;
}

int32_t area_index_find(const struct area_index *index, const struct area *areas,
                        const char *code)
{
    uint32_t slot = first_slot(index, code);
    for (; index->slots[slot] != 0; slot = (slot + 1) & index->slot_mask)
        if (strcmp(areas[index->slots[slot] - 1].code, code) == 0)
            return (int32_t)index->slots[slot] - 1;
    return -1;
}

static int add_codes(struct area_index *index, const struct area *areas, uint32_t count)
{
    uint32_t size = 2;
    while (size < 2 * count)
        size *= 2;
    index->slot_mask = size - 1;
    index->slots = mem_calloc(size, sizeof *index->slots);
    if (index->slots == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = first_slot(index, areas[i].code);
        while (index->slots[slot] != 0)
            slot = (slot + 1) & index->slot_mask;
        index->slots[slot] = i + 1;
    }
    return ST_OK;
}

/* ---- places ---- */

int area_index_depth(const struct area *areas, const struct area *area)
{
    int depth = 0;
    for (; area->parent >= 0 && depth <= AREA_DEPTH_MAX; depth++)
        area = &areas[area->parent];
    return depth;
}

static int by_depth(const void *a, const void *b)
{
    const struct shape *x = a, *y = b;
    if (x->depth != y->depth)
        return x->depth > y->depth ? -1 : 1;
    if (x->box.min.lat_e7 != y->box.min.lat_e7)
        return x->box.min.lat_e7 < y->box.min.lat_e7 ? -1 : 1;
    return x->area < y->area ? -1 : x->area > y->area;
}

static int by_latitude(const void *a, const void *b)
{
    const struct centre *x = a, *y = b;
    if (x->at.lat_e7 != y->at.lat_e7)
        return x->at.lat_e7 < y->at.lat_e7 ? -1 : 1;
    return x->area < y->area ? -1 : x->area > y->area;
}

static void add_places(struct area_index *index, const struct area *areas, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct area *area = &areas[i];
        if (area->polygon != NULL)
            index->shapes[index->shape_count++] =
                (struct shape){area->polygon->box, i, area_index_depth(areas, area)};
        else if (area->level == AREA_VILLAGE && area->has_at)
            index->centres[index->centre_count++] = (struct centre){area->at, i};
    }
    qsort(index->shapes, index->shape_count, sizeof *index->shapes, by_depth);
    qsort(index->centres, index->centre_count, sizeof *index->centres, by_latitude);
    for (uint32_t i = 0; i < index->shape_count; i++) {
        struct box *block = &index->blocks[i / BLOCK];
        if (i % BLOCK == 0)
            *block = box_empty();
        box_add(block, index->shapes[i].box.min);
        box_add(block, index->shapes[i].box.max);
    }
}

int area_index_new(struct area_index **ret, const struct area *areas, uint32_t count)
{
    uint32_t shapes = 0;
    for (uint32_t i = 0; i < count; i++)
        shapes += areas[i].polygon != NULL;
    struct area_index *index = mem_calloc(1, sizeof *index);
    if (index == NULL)
        return ST_NO_MEMORY;
    index->shapes = mem_alloc(shapes * sizeof *index->shapes);
    index->blocks = mem_alloc((shapes / BLOCK + 1) * sizeof *index->blocks);
    index->centres = mem_alloc((count - shapes) * sizeof *index->centres);
    if (index->shapes == NULL || index->blocks == NULL || index->centres == NULL ||
        add_codes(index, areas, count) != ST_OK) {
        area_index_free(index);
        return ST_NO_MEMORY;
    }
    add_places(index, areas, count);
    *ret = index;
    return ST_OK;
}

void area_index_free(struct area_index *index)
{
    if (index == NULL)
        return;
    mem_free(index->slots);
    mem_free(index->shapes);
    mem_free(index->blocks);
    mem_free(index->centres);
    mem_free(index);
}

static double box_size(const struct box *box)
{
    return ((double)box->max.lat_e7 - box->min.lat_e7) *
           ((double)box->max.lon_e7 - box->min.lon_e7);
}

/* A is found before B, both of one depth: it is smaller, or was there earlier. */
static bool is_before(const struct shape *a, const struct shape *b)
{
    const double size_a = box_size(&a->box), size_b = box_size(&b->box);
    return size_a != size_b ? size_a < size_b : a->area < b->area;
}

/* The deepest; among those of one depth the smallest; NULL = none. */
static const struct shape *shape_at(const struct area_index *index,
                                    const struct area *areas, struct point at)
{
    const struct shape *best = NULL;
    for (uint32_t start = 0; start < index->shape_count; start += BLOCK) {
        if (!box_contains(index->blocks[start / BLOCK], at))
            continue;
        for (uint32_t i = start; i < index->shape_count && i < start + BLOCK; i++) {
            const struct shape *shape = &index->shapes[i];
            if (best != NULL && shape->depth < best->depth)
                return best;
            if (box_contains(shape->box, at) &&
                (best == NULL || is_before(shape, best)) &&
                polygon_contains(areas[shape->area].polygon, at))
                best = shape;
        }
    }
    return best;
}

/* The nearest centre so far, of the areas under TOP. */
struct near {
    const struct area *areas;
    struct point at;
    int32_t top; /* -1: of all */
    double best_m;
    int64_t lat_e7, lon_e7; /* how far away on each axis anything as near can be */
    int32_t area;           /* -1 = none yet */
};

/* On a way of D radians, which stays below the latitude L + D, the longitude changes by
 * D / cos(L + D) at most. */
static void set_best(struct near *near, double metres)
{
    const double reach_e7 = metres / METRES_PER_E7 + 2;
    const double lat = fmin(90, fabs(point_lat(near->at)) + reach_e7 / POINT_E7);
    near->best_m = metres;
    near->lat_e7 = (int64_t)reach_e7;
    near->lon_e7 = (int64_t)(reach_e7 / fmax(cos(lat * M_PI / 180), 1e-6)) + 2;
}

static bool is_under(const struct near *near, int32_t area)
{
    if (near->top < 0)
        return true;
    for (int depth = 0; area >= 0 && depth <= AREA_DEPTH_MAX; depth++) {
        if (area == near->top)
            return true;
        area = near->areas[area].parent;
    }
    return false;
}

/* Of two as near the later one counts. */
static void look(struct near *near, const struct centre *centre)
{
    int64_t lon_e7 = llabs((int64_t)centre->at.lon_e7 - near->at.lon_e7);
    if (lon_e7 > INT64_C(180) * POINT_E7)
        lon_e7 = INT64_C(360) * POINT_E7 - lon_e7;
    if (lon_e7 > near->lon_e7)
        return;
    const double metres = point_distance_m(centre->at, near->at);
    const int32_t area = (int32_t)centre->area;
    if (metres > near->best_m || (metres == near->best_m && area < near->area) ||
        !is_under(near, area))
        return;
    near->area = area;
    set_best(near, metres);
}

/* The first centre that does not lie south of LAT_E7. */
static uint32_t first_from(const struct area_index *index, int32_t lat_e7)
{
    uint32_t low = 0, high = index->centre_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (index->centres[middle].at.lat_e7 < lat_e7)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t area_index_at(const struct area_index *index, const struct area *areas,
                       struct point at)
{
    const struct shape *shape = shape_at(index, areas, at);
    const uint32_t otherwise = shape == NULL ? 0 : shape->area;
    if (shape != NULL && areas[otherwise].level == AREA_VILLAGE)
        return otherwise;
    struct near near = {.areas = areas,
                        .at = at,
                        .top = shape == NULL ? -1 : (int32_t)otherwise,
                        .area = -1};
    set_best(&near, AREA_NEAR_M);
    const struct centre *centres = index->centres;
    uint32_t north = first_from(index, at.lat_e7), south = north;
    for (bool goes_on = true; goes_on;) {
        goes_on = false;
        if (north < index->centre_count &&
            (int64_t)centres[north].at.lat_e7 - at.lat_e7 <= near.lat_e7) {
            look(&near, &centres[north++]);
            goes_on = true;
        }
        if (south > 0 &&
            (int64_t)at.lat_e7 - centres[south - 1].at.lat_e7 <= near.lat_e7) {
            look(&near, &centres[--south]);
            goes_on = true;
        }
    }
    return near.area < 0 ? otherwise : (uint32_t)near.area;
}
