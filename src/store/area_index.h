/* SPDX-License-Identifier: Apache-2.0 */
/* Where an area stands in an array of areas: by its code, and by a point. Immutable once
 * made; holds no pointer into the array, but is asked with the same one. */
#ifndef MUSTER_STORE_AREA_INDEX_H
#define MUSTER_STORE_AREA_INDEX_H

#include "geo/point.h"

#include <stdint.h>

struct area;
struct area_index;

/* Of AREAS[COUNT], parents known. Cost O(COUNT log COUNT); ST_NO_MEMORY. */
int area_index_new(struct area_index **ret, const struct area *areas, uint32_t count)
    __attribute__((warn_unused_result));
void area_index_free(struct area_index *index);
/* -1 = not there. Cost O(1), expected. */
int32_t area_index_find(const struct area_index *index, const struct area *areas,
                        const char *code);
/* As area_at (store/area.h); 0 = the root. Cost O(areas / 64) of cheap steps for those
 * with a polygon, then a polygon or two; O(centres as near to the north or south as the
 * nearest) for the others. */
uint32_t area_index_at(const struct area_index *index, const struct area *areas,
                       struct point at);
/* Steps up to the root, no more than AREA_DEPTH_MAX + 1. */
int area_index_depth(const struct area *areas, const struct area *area);

#endif
