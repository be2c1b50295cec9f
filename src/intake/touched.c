/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/touched.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

#define CORNERS_MAX 200 /* looked at of a narrow polygon */

enum { TOUCHED = 1, HAS_CHILDREN = 2 };

struct touching {
    const struct area_tree *tree;
    uint8_t *marks; /* of each area */
    bool is_named;  /* it says where, and not in words alone */
};

static void mark(struct touching *touching, const struct area *area)
{
    touching->marks[area - touching->tree->areas] |= TOUCHED;
}

/* ---- divisions ----------------------------------------------------------------------
 */

/* How many digits of CODE say which division it is: two for the province, two more for
 * the city, two for the county, three for the town, three for the village; zeros at the
 * end name none. 0: CODE is no division's. */
static size_t significant(const char *code)
{
    static const size_t ends[] = {0, 2, 4, 6, 9, 12};
    const size_t size = strlen(code);
    size_t level = COUNT_OF(ends) - 1;
    while (level > 0 && ends[level] != size)
        level--;
    if (strspn(code, "0123456789") != size)
        return 0;
    while (level > 0 && strspn(code + ends[level - 1], "0") == size - ends[level - 1])
        level--;
    return ends[level];
}

/* All areas of the division; if the tree does not go down so far, the deepest area that
 * it lies in. */
static void mark_division(struct touching *touching, const char *code)
{
    const size_t wanted = significant(code);
    const struct area *around = NULL;
    size_t around_size = 0;
    bool found = false;
    for (uint32_t i = 0; i < touching->tree->count && wanted > 0; i++) {
        const struct area *area = &touching->tree->areas[i];
        const size_t size = significant(area->code);
        if (size >= wanted && strncmp(area->code, code, wanted) == 0) {
            mark(touching, area);
            found = true;
        } else if (size > around_size && size < wanted &&
                   strncmp(area->code, code, size) == 0) {
            around = area;
            around_size = size;
        }
    }
    if (!found && around != NULL)
        mark(touching, around);
}

/* ---- shapes -------------------------------------------------------------------------
 */

static bool lies_in(const struct cap_area *area, struct point at)
{
    for (uint32_t i = 0; i < area->circle_count; i++)
        if (point_distance_m(area->circles[i].centre, at) <= area->circles[i].radius_m)
            return true;
    return polygon_contains(&area->polygon, at);
}

static void mark_at(struct touching *touching, struct point at)
{
    const struct area *area = area_at(touching->tree, at);
    if (area != &touching->tree->areas[0])
        mark(touching, area);
}

static void mark_corners(struct touching *touching, const struct cap_area *area)
{
    const struct polygon *polygon = &area->polygon;
    const bool narrow =
        polygon->point_count > 0 &&
        point_distance_m(polygon->box.min, polygon->box.max) < TOUCHED_NARROW_M;
    for (uint32_t i = 0; narrow && i < polygon->point_count && i < CORNERS_MAX; i++)
        mark_at(touching, polygon->points[i]);
    for (uint32_t i = 0; i < area->circle_count; i++)
        if (area->circles[i].radius_m < TOUCHED_NARROW_M / 2)
            mark_at(touching, area->circles[i].centre);
}

/* The places are the areas with none below. */
static void mark_shapes(struct touching *touching, const struct cap_area *area)
{
    bool found = false;
    for (uint32_t i = 0; i < touching->tree->count; i++) {
        const struct area *place = &touching->tree->areas[i];
        if ((touching->marks[i] & HAS_CHILDREN) != 0 || !place->has_at ||
            !lies_in(area, place->at))
            continue;
        mark(touching, place);
        found = true;
    }
    if (!found)
        mark_corners(touching, area);
}

static void mark_area(struct touching *touching, const struct cap_area *area)
{
    for (uint32_t i = 0; i < area->geocodes.count; i++) {
        const char *code = cap_division(&area->geocodes.items[i]);
        if (code == NULL)
            continue;
        touching->is_named = true;
        mark_division(touching, code);
    }
    if (area->polygon.part_count == 0 && area->circle_count == 0)
        return;
    touching->is_named = true;
    mark_shapes(touching, area);
}

/* ---- what that comes to -------------------------------------------------------------
 */

/* Marks areas all of whose children are marked, one level up. True: some were. */
static bool gather(struct touching *touching, uint32_t *missing)
{
    const struct area_tree *tree = touching->tree;
    bool more = false;
    memset(missing, 0, tree->count * sizeof *missing);
    for (uint32_t i = 1; i < tree->count; i++)
        if ((touching->marks[i] & TOUCHED) == 0 && tree->areas[i].parent >= 0)
            missing[tree->areas[i].parent]++;
    for (uint32_t i = 0; i < tree->count; i++) {
        if (touching->marks[i] != HAS_CHILDREN || missing[i] > 0)
            continue;
        touching->marks[i] |= TOUCHED;
        more = true;
    }
    return more;
}

static bool is_covered(const struct touching *touching, int32_t parent)
{
    for (int depth = 0; parent >= 0 && depth <= AREA_DEPTH_MAX; depth++) {
        if ((touching->marks[parent] & TOUCHED) != 0)
            return true;
        parent = touching->tree->areas[parent].parent;
    }
    return false;
}

/* Marked, and nothing above it is. */
static bool is_outermost(const struct touching *touching, uint32_t index)
{
    return (touching->marks[index] & TOUCHED) != 0 &&
           !is_covered(touching, touching->tree->areas[index].parent);
}

/* False: there are more than MAX. */
static bool tell(const struct touching *touching, int64_t *ret, uint32_t max,
                 uint32_t *ret_count)
{
    *ret_count = 0;
    for (uint32_t i = 0; i < touching->tree->count; i++) {
        if (!is_outermost(touching, i))
            continue;
        if (*ret_count == max)
            return false;
        ret[(*ret_count)++] = touching->tree->areas[i].id;
    }
    return true;
}

/* One level up from all that is marked. */
static void widen(struct touching *touching)
{
    for (uint32_t i = 1; i < touching->tree->count; i++)
        if (is_outermost(touching, i))
            mark(touching, area_parent(touching->tree, &touching->tree->areas[i]));
}

int touched_areas(const struct cap_alert *alert, const struct area_tree *tree,
                  int64_t *ret, uint32_t max, uint32_t *ret_count)
{
    AUTO_FREE uint8_t *marks = mem_calloc(tree->count, sizeof *marks);
    AUTO_FREE uint32_t *missing = mem_calloc(tree->count, sizeof *missing);
    struct touching touching = {.tree = tree, .marks = marks};
    if (marks == NULL || missing == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 1; i < tree->count; i++)
        if (tree->areas[i].parent >= 0)
            marks[tree->areas[i].parent] |= HAS_CHILDREN;
    for (uint32_t i = 0; i < alert->info_count; i++)
        for (uint32_t k = 0; k < alert->infos[i].area_count; k++)
            mark_area(&touching, &alert->infos[i].areas[k]);
    if (!touching.is_named)
        mark(&touching, &tree->areas[0]);
    while (gather(&touching, missing))
        ;
    while (!tell(&touching, ret, max, ret_count))
        widen(&touching);
    return ST_OK;
}
