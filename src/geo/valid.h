/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a polygon is one in the sense of OGC Simple Features: rings that do not cross
 * or run along one another, holes inside. GEOS decides. */
#ifndef MUSTER_GEO_VALID_H
#define MUSTER_GEO_VALID_H

#include "geo/polygon.h"

#define VALID_REASON_MAX 127

/* 1 valid, 0 not valid (then REASON says why; may be NULL), ST_NO_MEMORY. An empty
 * polygon is valid. Cost O(points log points). */
int polygon_is_valid(const struct polygon *polygon, char reason[VALID_REASON_MAX + 1])
    __attribute__((warn_unused_result));
/* The same area with valid rings, outer ones counterclockwise. POLYGON is replaced;
 * lines and points that are left over are dropped. ST_NO_MEMORY, ST_LIMIT. */
int polygon_mend(struct polygon *polygon) __attribute__((warn_unused_result));

#endif
