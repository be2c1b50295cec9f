/* SPDX-License-Identifier: Apache-2.0 */
/* The grid: about as many cells as edges, square in metres, at least 50 m wide. An edge
 * stands in every cell that its line passes, so the search for the nearest edge may stop
 * at a ring of cells. Lines are straight in degrees here, as they are in snap.c. */
#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"

#include <math.h>
#include <string.h>

#define CELL_M_MIN 50.0
#define METRES_PER_E7 (6371008.8 * M_PI / 180 / POINT_E7)
/* Entries an edge may have on average before the grid is made coarser. */
#define ENTRIES_PER_EDGE_MAX 16u
#define ENTRIES_SPARE 1000000u

struct painter {
    struct graph_grid *grid;
    struct point origin;
    uint32_t *last; /* by cell: the edge painted last, plus one */
    uint64_t count;
    bool fill;
};

static void paint_cell(struct painter *p, uint32_t row, uint32_t column, uint32_t edge)
{
    uint32_t cell = row * p->grid->columns + column;
    if (p->last[cell] == edge + 1)
        return;
    p->last[cell] = edge + 1;
    p->count++;
    if (p->fill)
        p->grid->edges[p->grid->first[cell + 1]++] = edge;
    else
        p->grid->first[cell + 2]++;
}

/* Each row of cells that the segment passes, from the column where it comes in to the one
 * where it leaves. */
static void paint_segment(struct painter *p, struct point a, struct point b,
                          uint32_t edge)
{
    if (a.lat_e7 > b.lat_e7) {
        struct point swap = a;
        a = b;
        b = swap;
    }
    const struct graph_grid *grid = p->grid;
    int64_t y0 = (int64_t)a.lat_e7 - p->origin.lat_e7,
            x0 = (int64_t)a.lon_e7 - p->origin.lon_e7;
    int64_t y1 = (int64_t)b.lat_e7 - p->origin.lat_e7,
            x1 = (int64_t)b.lon_e7 - p->origin.lon_e7;
    uint32_t row_last = (uint32_t)(y1 / grid->cell_lat_e7);
    for (uint32_t row = (uint32_t)(y0 / grid->cell_lat_e7); row <= row_last; row++) {
        int64_t low = (int64_t)row * grid->cell_lat_e7, high = low + grid->cell_lat_e7;
        low = low > y0 ? low : y0;
        high = high < y1 ? high : y1;
        double slope = y1 > y0 ? (double)(x1 - x0) / (double)(y1 - y0) : 0;
        double in = (double)x0 + slope * (double)(low - y0);
        double out = y1 > y0 ? (double)x0 + slope * (double)(high - y0) : (double)x1;
        double left = fmax(fmin(in, out), 0) / grid->cell_lon_e7;
        double right = fmax(fmax(in, out), 0) / grid->cell_lon_e7;
        uint32_t from = (uint32_t)left, to = (uint32_t)right;
        for (uint32_t column = from; column <= to && column < grid->columns; column++)
            paint_cell(p, row, column, edge);
    }
}

static void paint(struct painter *p, const struct graph_input *input)
{
    memset(p->last, 0, (size_t)p->grid->rows * p->grid->columns * sizeof *p->last);
    p->count = 0;
    for (uint32_t i = 0; i < input->edge_count; i++) {
        const struct graph_edge *edge = &input->edges[i];
        struct point at = input->nodes[edge->node[0]];
        for (uint32_t j = 0; j < edge->shape_count; j++) {
            paint_segment(p, at, input->shape[edge->shape + j], i);
            at = input->shape[edge->shape + j];
        }
        paint_segment(p, at, input->nodes[edge->node[1]], i);
    }
}

static void choose_size(struct graph_grid *grid, struct box box, double cells)
{
    double tall = (double)((int64_t)box.max.lat_e7 - box.min.lat_e7);
    double wide = (double)((int64_t)box.max.lon_e7 - box.min.lon_e7);
    double middle = (point_lat(box.min) + point_lat(box.max)) / 2;
    double narrow = fmax(cos(middle * M_PI / 180), 0.01);
    double tall_m = fmax(tall * METRES_PER_E7, 100);
    double wide_m = fmax(wide * METRES_PER_E7 * narrow, 100);
    double side = fmax(sqrt(tall_m * wide_m / cells), CELL_M_MIN) / METRES_PER_E7;
    grid->cell_lat_e7 = (uint32_t)fmin(ceil(side), UINT32_MAX / 2);
    grid->cell_lon_e7 = (uint32_t)fmin(ceil(side / narrow), UINT32_MAX / 2);
    grid->rows = (uint32_t)(tall / grid->cell_lat_e7) + 1;
    grid->columns = (uint32_t)(wide / grid->cell_lon_e7) + 1;
}

static int paint_all(const struct graph_input *input, struct box box, double cells,
                     struct graph_grid *grid)
{
    choose_size(grid, box, cells);
    uint64_t count = (uint64_t)grid->rows * grid->columns;
    if (count > GRAPH_CELLS_MAX)
        return ST_LIMIT;
    AUTO_FREE uint32_t *last = mem_alloc(count * sizeof *last);
    grid->first = mem_calloc(count + 2, sizeof *grid->first);
    if (last == NULL || grid->first == NULL)
        return ST_NO_MEMORY;
    struct painter painter = {.grid = grid, .origin = box.min, .last = last};
    paint(&painter, input);
    uint64_t most = (uint64_t)ENTRIES_PER_EDGE_MAX * input->edge_count + ENTRIES_SPARE;
    if (painter.count > (most < UINT32_MAX / 2 ? most : UINT32_MAX / 2))
        return ST_LIMIT;
    for (uint64_t i = 0; i < count; i++)
        grid->first[i + 2] += grid->first[i + 1];
    grid->count = (uint32_t)painter.count;
    grid->edges = mem_alloc((painter.count + 1) * sizeof *grid->edges);
    if (grid->edges == NULL)
        return ST_NO_MEMORY;
    painter.fill = true;
    paint(&painter, input);
    return ST_OK;
}

int graph_grid(const struct graph_input *input, struct box box, struct graph_grid *ret)
{
    double cells = fmax(1, input->edge_count);
    for (;;) {
        struct graph_grid grid = {0};
        int status = paint_all(input, box, cells, &grid);
        if (status == ST_OK) {
            *ret = grid;
            return ST_OK;
        }
        graph_grid_release(&grid);
        if (status != ST_LIMIT || cells < 1)
            return status;
        cells /= 4; /* long lines: a coarser grid holds them */
    }
}

void graph_grid_release(struct graph_grid *grid)
{
    mem_free(grid->first);
    mem_free(grid->edges);
    *grid = (struct graph_grid){0};
}
