/* SPDX-License-Identifier: Apache-2.0 */
/* The same spots again and again: a table instead of a search. Spots are sorted by the
 * rank of the lower end of their edge, so that those below a rank are a range. A rank
 * above some spot has a row: the time between it and each spot of its range, along the
 * way up of the spot. The time to a place is the least, over the ranks above the place
 * that have a row, of the place's time to that rank and the row's: additions and minima
 * of whole ranges. (Buckets, S. Knopp et al., ALENEX 2007, laid out for an elimination
 * tree.) */
#include "road/route_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

struct row {
    uint32_t rank;
    uint32_t start, count; /* of the sorted spots */
    size_t cell;
};

struct place_of_spot {
    uint32_t low, spot;
};

struct road_targets {
    const struct road_hierarchy *hierarchy;
    struct road_many many;
    struct road_spot *spots; /* copies, in the order given, as the moment limits them */
    struct place_of_spot *sorted;
    uint32_t sorted_count; /* on the network */
    struct row *rows;      /* by rank */
    uint32_t row_count;
    uint32_t *row_of; /* by rank: index + 1, 0 = none */
    uint32_t *cells;
    uint64_t moment;
};

static int by_low(const void *a, const void *b)
{
    const struct place_of_spot *x = a, *y = b;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    return (x->spot > y->spot) - (x->spot < y->spot);
}

static int by_rank(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static void sort_spots(struct road_targets *t)
{
    for (uint32_t i = 0; i < t->many.count; i++) {
        const struct road_spot *spot = &t->spots[i];
        if (spot->edge == ROAD_NODE_NONE)
            continue;
        uint32_t a = road_rank(t->hierarchy, spot->node[0]);
        uint32_t b = road_rank(t->hierarchy, spot->node[1]);
        t->sorted[t->sorted_count++] = (struct place_of_spot){a < b ? a : b, i};
    }
    qsort(t->sorted, t->sorted_count, sizeof *t->sorted, by_low);
}

/* Rows for all ranks above a spot. While spots come upwards, a rank met again is counted
 * on; its range is in one piece because its subtree is. */
static int make_rows(struct road_targets *t)
{
    const struct road_hierarchy *h = t->hierarchy;
    uint32_t capacity = 0;
    for (uint32_t i = 0; i < t->sorted_count; i++)
        for (uint32_t r = t->sorted[i].low; r != ROAD_NODE_NONE; r = h->rungs[r].parent) {
            if (t->row_of[r] == 0) {
                int status = mem_grow(&t->rows, &capacity, t->row_count + 1,
                                      sizeof *t->rows, UINT32_MAX);
                if (status != ST_OK)
                    return status;
                t->rows[t->row_count] = (struct row){.rank = r, .start = i};
                t->row_of[r] = ++t->row_count;
            }
            struct row *row = &t->rows[t->row_of[r] - 1];
            row->count++;
            assert(row->start + row->count == i + 1);
        }
    if (t->row_count > 0)
        qsort(t->rows, t->row_count, sizeof *t->rows, by_rank);
    size_t cell = 0;
    for (uint32_t i = 0; i < t->row_count; i++) {
        t->row_of[t->rows[i].rank] = i + 1;
        t->rows[i].cell = cell;
        cell += t->rows[i].count;
    }
    t->cells = mem_alloc((cell + 1) * sizeof *t->cells);
    return t->cells == NULL ? ST_NO_MEMORY : ST_OK;
}

/* Weights that lead away from a spot, upwards. */
static void fill_cells(struct road_targets *t, struct road_router *router,
                       const struct road_view *view)
{
    const struct road_hierarchy *h = t->hierarchy;
    const struct weights *side = &h->sides[view->side];
    bool from = t->many.direction == ROAD_FROM;
    const uint32_t *weights = from ? side->down[t->many.mode] : side->up[t->many.mode];
    for (uint32_t i = 0; i < t->sorted_count; i++) {
        const struct road_spot *spot = &t->spots[t->sorted[i].spot];
        (void)climb_start(h, spot, from ? spot->in_ms : spot->out_ms, &router->to);
        climb_all(h, weights, &router->to);
        for (uint32_t r = t->sorted[i].low; r != ROAD_NODE_NONE; r = h->rungs[r].parent) {
            const struct row *row = &t->rows[t->row_of[r] - 1];
            t->cells[row->cell + i - row->start] = router->to.ms[h->depth[r]];
        }
    }
}

int road_targets_new(struct road_targets **ret, struct road_router *router,
                     const struct road_view *view, const struct road_many *many)
{
    const struct road_hierarchy *h = router->hierarchy;
    if (many->count > ROAD_TARGETS_MAX)
        return ST_LIMIT;
    struct road_targets *t = mem_calloc(1, sizeof *t);
    if (t == NULL)
        return ST_NO_MEMORY;
    t->hierarchy = h;
    t->many = *many;
    t->moment = h->sides[view->side].moment;
    t->spots = mem_alloc(((size_t)many->count + 1) * sizeof *t->spots);
    t->sorted = mem_alloc(((size_t)many->count + 1) * sizeof *t->sorted);
    t->row_of = mem_calloc((size_t)h->shape.node_count + 1, sizeof *t->row_of);
    int status = ST_NO_MEMORY;
    if (t->spots != NULL && t->sorted != NULL && t->row_of != NULL) {
        for (uint32_t i = 0; i < many->count; i++) {
            struct road_spot slow;
            t->spots[i] = *graph_spot(h->road, h->sides[view->side].closed, many->mode,
                                      &many->spots[i], &slow);
        }
        t->many.spots = t->spots;
        sort_spots(t);
        status = make_rows(t);
    }
    if (status != ST_OK) {
        road_targets_free(t);
        return status;
    }
    fill_cells(t, router, view);
    *ret = t;
    return ST_OK;
}

void road_targets_free(struct road_targets *t)
{
    if (t == NULL)
        return;
    mem_free(t->spots);
    mem_free(t->sorted);
    mem_free(t->rows);
    mem_free(t->row_of);
    mem_free(t->cells);
    mem_free(t);
}

bool road_targets_fit(const struct road_targets *t, const struct road_view *view)
{
    return t->moment == t->hierarchy->sides[view->side].moment;
}

static void least_of(uint32_t *restrict ms, const uint32_t *restrict cells,
                     uint32_t count, uint32_t add)
{
    for (uint32_t i = 0; i < count; i++)
        ms[i] = ms_less(ms[i], ms_add(cells[i], add));
}

/* Straight along the edge, for the spots on the edge of PLACE: their lower end is its. */
static void add_direct(const struct road_targets *t, const struct road_closed *closed,
                       uint32_t low, const struct road_spot *place, uint32_t *ret_ms)
{
    bool from = t->many.direction == ROAD_FROM;
    uint32_t at = 0, end = t->sorted_count;
    while (at < end) {
        uint32_t middle = at + (end - at) / 2;
        if (t->sorted[middle].low < low)
            at = middle + 1;
        else
            end = middle;
    }
    for (; at < t->sorted_count && t->sorted[at].low == low; at++) {
        const struct road_spot *spot = &t->spots[t->sorted[at].spot];
        uint32_t metres, *ret = &ret_ms[t->sorted[at].spot];
        *ret = ms_less(*ret, road_spot_direct_ms(t->hierarchy->road, closed, t->many.mode,
                                                 from ? place : spot, from ? spot : place,
                                                 &metres));
    }
}

int road_targets_ms(const struct road_targets *t, struct road_router *router,
                    const struct road_view *view, const struct road_spot *place,
                    uint32_t *ret_ms)
{
    const struct road_hierarchy *h = t->hierarchy;
    const struct weights *side = &h->sides[view->side];
    bool from = t->many.direction == ROAD_FROM;
    assert(road_targets_fit(t, view));
    int status = mem_grow(&router->scratch, &router->scratch_capacity, t->sorted_count,
                          sizeof *router->scratch, ROAD_TARGETS_MAX);
    if (status != ST_OK)
        return status;
    memset(ret_ms, 0xFF, t->many.count * sizeof *ret_ms);
    struct road_spot slow;
    place = graph_spot(h->road, side->closed, t->many.mode, place, &slow);
    if (!climb_start(h, place, from ? place->out_ms : place->in_ms, &router->from))
        return ST_OK;
    climb_all(h, from ? side->up[t->many.mode] : side->down[t->many.mode], &router->from);
    memset(router->scratch, 0xFF, t->sorted_count * sizeof *router->scratch);
    for (uint32_t r = router->from.low; r != ROAD_NODE_NONE; r = h->rungs[r].parent) {
        uint32_t ms = router->from.ms[h->depth[r]];
        if (t->row_of[r] == 0 || ms == ROAD_MS_NONE)
            continue;
        const struct row *row = &t->rows[t->row_of[r] - 1];
        least_of(router->scratch + row->start, t->cells + row->cell, row->count, ms);
    }
    for (uint32_t i = 0; i < t->sorted_count; i++)
        ret_ms[t->sorted[i].spot] = router->scratch[i];
    add_direct(t, side->closed, router->from.low, place, ret_ms);
    return ST_OK;
}

/* ---- many to many
 * ---------------------------------------------------------------------- */

/* From so many places on a table pays. */
#define TABLE_MIN 4u

static void put_row(const struct road_matrix *matrix, bool forward, uint32_t at,
                    const uint32_t *ms, uint32_t *ret_ms)
{
    size_t columns = matrix->to_count;
    if (forward)
        memcpy(ret_ms + at * columns, ms, columns * sizeof *ms);
    for (uint32_t i = 0; !forward && i < matrix->from_count; i++)
        ret_ms[i * columns + at] = ms[i];
}

int road_route_matrix(struct road_router *router, const struct road_view *view,
                      const struct road_matrix *matrix, uint32_t *ret_ms)
{
    bool forward = matrix->from_count <= matrix->to_count;
    const struct road_spot *few = forward ? matrix->from : matrix->to;
    uint32_t few_count = forward ? matrix->from_count : matrix->to_count;
    const struct road_many many = {
        .mode = matrix->mode,
        .direction = forward ? ROAD_FROM : ROAD_TO,
        .spots = forward ? matrix->to : matrix->from,
        .count = forward ? matrix->to_count : matrix->from_count,
    };
    struct road_targets *table = NULL;
    AUTO_FREE uint32_t *ms = mem_alloc(((size_t)many.count + 1) * sizeof *ms);
    int status = ms == NULL ? ST_NO_MEMORY : ST_OK;
    if (status == ST_OK && few_count >= TABLE_MIN && many.count <= ROAD_TARGETS_MAX)
        status = road_targets_new(&table, router, view, &many);
    for (uint32_t i = 0; i < few_count && status == ST_OK; i++) {
        status = table != NULL ? road_targets_ms(table, router, view, &few[i], ms)
                               : road_route_many(router, view, &many, &few[i], ms);
        if (status == ST_OK)
            put_row(matrix, forward, i, ms, ret_ms);
    }
    road_targets_free(table);
    return status;
}
