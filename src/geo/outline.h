/* SPDX-License-Identifier: Apache-2.0 */
/* From lines to the area around them: everything at most RADIUS cells away from a line
 * that was painted, as polygons with holes. Outer rings run counterclockwise, holes
 * clockwise (RFC 7946, 3.1.6); rings never touch themselves or one another, by
 * construction (outline.c). Outlines of the same frame are nested when what is painted
 * is. */
#ifndef MUSTER_GEO_OUTLINE_H
#define MUSTER_GEO_OUTLINE_H

#include "geo/polygon.h"

/* Cells on the longer side of a frame, at most. */
#define OUTLINE_SIDE_MAX 4096u
/* The radius, in cells; the outline lies within one cell of it. */
#define OUTLINE_RADIUS 3u
/* Holes smaller than this many cells are filled. Less than an island inside one needs. */
#define OUTLINE_HOLE_CELLS_MIN 12.0

struct outline;

/* A frame around BOX and the radius, with square cells CELL_M (5 at least) wide, wider if
 * there would be too many. Corners are whole 1e-6 degrees. ST_NO_MEMORY. */
int outline_new(struct outline **ret, struct box box, double cell_m)
    __attribute__((warn_unused_result));
void outline_free(struct outline *outline);
double outline_cell_m(const struct outline *outline);
/* Nothing is painted any more. Cost O(cells). */
void outline_clear(struct outline *outline);
/* A straight line; what lies outside the box is left out. Cost O(cells it passes). */
void outline_line(struct outline *outline, struct point a, struct point b);
/* What is painted, as RET (initialised by the caller, empty). Cost O(cells).
 * ST_NO_MEMORY, ST_LIMIT. */
int outline_trace(struct outline *outline, struct polygon *ret)
    __attribute__((warn_unused_result));

#endif
