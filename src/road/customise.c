/* SPDX-License-Identifier: Apache-2.0 */
/* All weights of a mode. The arc between x and a higher y stands for the edges between
 * them and for every way x - v - y over a lower v (a lower triangle): its weight is the
 * least of these, once the arcs of v have theirs (Dibbelt, Strasser, Wagner, section 5).
 *
 * Ranks are taken upwards. A rank's row lies spread out by depth while it is computed:
 * for each arc (v, x) from below, the part of v's row above x is added to it. All of it
 * is in the row of x (the network is chordal), so nothing is searched and nothing but
 * that row is written; the rows that are read come in order. */
#include "road/hierarchy_internal.h"

#include "base/mem.h"
#include "base/status.h"

struct spread {
    uint32_t *up, *down; /* by depth */
};

static void add_inputs(const struct road_hierarchy *h, const struct weights *side,
                       enum road_mode mode, uint32_t rank, const struct spread *row)
{
    for (uint32_t i = h->input_first[rank]; i < h->input_first[rank + 1]; i++) {
        uint32_t edge = h->inputs[i].edge / 2, turned = h->inputs[i].edge % 2;
        uint32_t at = h->head_depth[h->inputs[i].arc];
        const uint32_t *ms = h->road->edges[edge].ms[mode];
        if (graph_is_closed(side->closed, edge))
            continue;
        row->up[at] = ms_less(row->up[at], ms[turned]);
        row->down[at] = ms_less(row->down[at], ms[turned ^ 1]);
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

int hierarchy_customise(const struct road_hierarchy *h, struct weights *side,
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
