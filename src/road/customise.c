/* SPDX-License-Identifier: Apache-2.0 */
/* All weights of a mode. The arc between x and a higher y stands for the edges between
 * them and for every way x - v - y over a lower v (a lower triangle): its weight is the
 * least of these, once the arcs of v have theirs (Dibbelt, Strasser, Wagner, section 5).
 *
 * Ranks are taken upwards, which is a postorder. All ranks above one at hand lie on its
 * way to the top, one at each depth, so what is known of the arcs between them stands in
 * a square: cell (depth of x, depth of y). A rank's turn comes when all below it, and
 * nobody else, have written into its line of the square; it takes its weights from there,
 * leaves the line empty for the next one at this depth, and writes its triangles into
 * the lines of its heads. The rows are one stream, and nothing is searched.
 *
 * Where the square would be too large the lines are filled one by one, from the rows of
 * all lower neighbours (hierarchy_customise_rows); that is also the test's other opinion.
 */
#include "road/hierarchy_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

/* The side of the square: 32 MB. */
#define SQUARE_DEPTH_MAX 2048u

/* ---- row by row -----------------------------------------------------------------------
 */

struct spread {
    uint32_t *up, *down; /* by depth */
};

static void add_inputs(const struct road_hierarchy *h, const struct weights *side,
                       enum road_mode mode, uint32_t rank, const struct spread *row)
{
    for (uint32_t i = h->input_first[rank]; i < h->input_first[rank + 1]; i++) {
        uint32_t edge = h->inputs[i].edge / 2, turned = h->inputs[i].edge % 2;
        uint32_t at = h->head_depth[h->inputs[i].arc];
        const uint32_t up = graph_edge_ms(h->road, side->closed, edge, mode, turned);
        const uint32_t down =
            graph_edge_ms(h->road, side->closed, edge, mode, turned ^ 1);
        row->up[at] = ms_less(row->up[at], up);
        row->down[at] = ms_less(row->down[at], down);
    }
}

static void add_triangles(const struct road_hierarchy *h, const uint32_t *restrict up,
                          const uint32_t *restrict down, struct lower_arc lower,
                          const struct spread *row)
{
    const uint16_t *restrict depth = h->head_depth;
    uint32_t *restrict row_up = row->up, *restrict row_down = row->down;
    uint32_t to = up[lower.arc], back = down[lower.arc]; /* v to x, x to v */
    for (uint32_t k = lower.arc + 1; k < lower.row_end; k++) {
        uint32_t at = depth[k];
        row_up[at] = ms_less(row_up[at], ms_add(back, up[k]));
        row_down[at] = ms_less(row_down[at], ms_add(down[k], to));
    }
}

static void customise_row(const struct road_hierarchy *h, struct weights *side,
                          enum road_mode mode, uint32_t rank, const struct spread *row)
{
    uint32_t *up = side->up[mode], *down = side->down[mode];
    uint32_t start = h->shape.first[rank], end = h->shape.first[rank + 1];
    for (uint32_t k = start; k < end; k++)
        row->up[h->head_depth[k]] = row->down[h->head_depth[k]] = ROAD_MS_NONE;
    add_inputs(h, side, mode, rank, row);
    for (uint32_t i = h->lower_first[rank]; i < h->lower_first[rank + 1]; i++)
        add_triangles(h, up, down, h->lower[i], row);
    for (uint32_t k = start; k < end; k++) {
        up[k] = row->up[h->head_depth[k]];
        down[k] = row->down[h->head_depth[k]];
    }
}

int hierarchy_customise_rows(const struct road_hierarchy *h, struct weights *side,
                             enum road_mode mode)
{
    AUTO_FREE uint32_t *up = mem_alloc(((size_t)h->depth_count + 1) * sizeof *up);
    AUTO_FREE uint32_t *down = mem_alloc(((size_t)h->depth_count + 1) * sizeof *down);
    if (up == NULL || down == NULL)
        return ST_NO_MEMORY;
    const struct spread row = {up, down};
    for (uint32_t rank = 0; rank < h->shape.node_count; rank++)
        customise_row(h, side, mode, rank, &row);
    return ST_OK;
}

/* ---- by the square
 * --------------------------------------------------------------------- */

struct cell {
    uint32_t up, down;
};

/* The least of the cells and the edges becomes the row's; the line is empty again. */
static void take_line(const struct road_hierarchy *h, struct weights *side,
                      enum road_mode mode, uint32_t rank, struct cell *restrict line)
{
    uint32_t *restrict up = side->up[mode], *restrict down = side->down[mode];
    for (uint32_t i = h->input_first[rank]; i < h->input_first[rank + 1]; i++) {
        uint32_t edge = h->inputs[i].edge / 2, turned = h->inputs[i].edge % 2;
        struct cell *cell = &line[h->head_depth[h->inputs[i].arc]];
        /* Edges lie along the map, not along ranks: waiting would be half of the cost. */
        __builtin_prefetch(
            &h->road->edges[h->inputs[i + INPUTS_AHEAD].edge / 2].ms[mode]);
        const struct graph_edge *at = &h->road->edges[edge];
        uint32_t to = at->ms[mode][turned], back = at->ms[mode][turned ^ 1];
        if (graph_is_touched(side->closed, edge)) {
            to = graph_limited_ms(to, at->length_mm, side->closed->kmh[edge]);
            back = graph_limited_ms(back, at->length_mm, side->closed->kmh[edge]);
        }
        cell->up = ms_less(cell->up, to);
        cell->down = ms_less(cell->down, back);
    }
    for (uint32_t k = h->shape.first[rank]; k < h->shape.first[rank + 1]; k++) {
        struct cell *cell = &line[h->head_depth[k]];
        up[k] = cell->up;
        down[k] = cell->down;
        *cell = (struct cell){ROAD_MS_NONE, ROAD_MS_NONE};
    }
}

static void put_triangles(const struct road_hierarchy *h, const uint32_t *restrict up,
                          const uint32_t *restrict down, uint32_t rank,
                          struct cell *restrict square)
{
    const uint16_t *restrict depth = h->head_depth;
    uint32_t end = h->shape.first[rank + 1];
    for (uint32_t i = h->shape.first[rank]; i + 1 < end; i++) {
        struct cell *restrict line = square + (size_t)depth[i] * h->depth_count;
        uint32_t to = up[i], back = down[i];
        for (uint32_t k = i + 1; k < end; k++) {
            struct cell *cell = &line[depth[k]];
            cell->up = ms_less(cell->up, ms_add(back, up[k]));
            cell->down = ms_less(cell->down, ms_add(down[k], to));
        }
    }
}

int hierarchy_customise(const struct road_hierarchy *h, struct weights *side,
                        enum road_mode mode)
{
    if (h->depth_count > SQUARE_DEPTH_MAX)
        return hierarchy_customise_rows(h, side, mode);
    size_t size = (size_t)h->depth_count * h->depth_count * sizeof(struct cell);
    AUTO_FREE struct cell *square = mem_alloc(size + sizeof *square);
    if (square == NULL)
        return ST_NO_MEMORY;
    memset(square, 0xFF, size);
    for (uint32_t rank = 0; rank < h->shape.node_count; rank++) {
        struct cell *line = square + (size_t)h->depth[rank] * h->depth_count;
        take_line(h, side, mode, rank, line);
        put_triangles(h, side->up[mode], side->down[mode], rank, square);
    }
    return ST_OK;
}
