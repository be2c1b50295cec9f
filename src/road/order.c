/* SPDX-License-Identifier: Apache-2.0 */
/* The order of contraction, in two parts.
 *
 * First go nodes with at most two neighbours, in rounds in which no two neighbours go
 * together, so that a long road without crossings becomes a flat tree and not a long one.
 * What that adds, one arc between the two neighbours, no order can save.
 *
 * The rest is dissected (A. George, SIAM J. Numer. Anal. 10, 1973): a cell is a range of
 * one array of nodes; a cut (cut.c) turns it into [low | high | between], and low and
 * high are cells again. The array is the order in the end. Small cells are contracted by
 * the least number of neighbours (the minimum degree rule), those outside counted. */
#include "road/order.h"
#include "base/mem.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

#define NONE UINT32_MAX
/* A row longer than this is not searched; its node waits for the dissection. */
#define SHORT_ROW 64u
/* A cell of at most so many nodes, with those around it, fits bit sets. */
#define SMALL_CELL 32u
#define SMALL_AREA 64u

struct range {
    uint32_t low, high;
};

struct dissection {
    const struct order_input *input;
    uint32_t *first, *heads; /* the network; rows change while it is thinned */
    uint32_t *degree;        /* neighbours left */
    uint32_t *nodes;         /* the order; cells are ranges of it */
    uint32_t *place;         /* by node: where it stands in `nodes`; NONE = contracted */
    uint32_t node_count, thin_count;
    struct range *cells;
    uint32_t cell_count, cell_capacity;
    /* Of the cell at hand, in numbers from 0 on. */
    uint32_t *cell_first, *cell_heads, *part, *moved;
    int32_t *x, *y;
    uint8_t *side;
    struct cut *cut;
    int32_t narrow; /* cos of the middle latitude, in 1/1024 */
};

/* ---- nodes with one or two neighbours ---------------------------------------------- */

static bool is_left(const struct dissection *d, uint32_t node)
{
    return d->place[node] != NONE;
}

/* Up to two neighbours that are left; false if there are more, or the row is long. */
static bool two_neighbours(const struct dissection *d, uint32_t node, uint32_t ret[2])
{
    uint32_t count = 0;
    if (d->degree[node] > 2 || d->first[node + 1] - d->first[node] > SHORT_ROW)
        return false;
    for (uint32_t i = d->first[node]; i < d->first[node + 1]; i++)
        if (is_left(d, d->heads[i]))
            ret[count++] = d->heads[i];
    assert(count == d->degree[node]);
    return true;
}

static uint32_t *find_head(const struct dissection *d, uint32_t node, uint32_t head)
{
    for (uint32_t i = d->first[node]; i < d->first[node + 1]; i++)
        if (d->heads[i] == head)
            return &d->heads[i];
    return NULL;
}

static uint32_t row_size(const struct dissection *d, uint32_t node)
{
    return d->first[node + 1] - d->first[node];
}

/* Joins the two neighbours of NODE in its place, if they are not joined yet. */
static bool bridge(struct dissection *d, uint32_t node, const uint32_t ends[2])
{
    if (row_size(d, ends[0]) > SHORT_ROW || row_size(d, ends[1]) > SHORT_ROW)
        return false;
    if (find_head(d, ends[0], ends[1]) != NULL) {
        d->degree[ends[0]]--;
        d->degree[ends[1]]--;
    } else {
        *find_head(d, ends[0], node) = ends[1];
        *find_head(d, ends[1], node) = ends[0];
    }
    return true;
}

static bool contract_thin(struct dissection *d, uint32_t node)
{
    uint32_t ends[2], degree = d->degree[node];
    if (!two_neighbours(d, node, ends) || (degree == 2 && !bridge(d, node, ends)))
        return false;
    if (degree == 1)
        d->degree[ends[0]]--;
    d->place[node] = NONE;
    d->nodes[d->thin_count++] = node;
    return true;
}

/* PENDING holds the candidates of a round, those of the next one are put at its start;
 * WAITS[v] is the round in which a neighbour of v went. */
static void thin_out(struct dissection *d, uint32_t *pending, uint32_t *waits)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < d->node_count; v++)
        if (d->degree[v] <= 2)
            pending[count++] = v;
    memset(waits, 0, d->node_count * sizeof *waits);
    for (uint32_t round = 1; count > 0; round++) {
        uint32_t kept = 0, before = d->thin_count;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t v = pending[i];
            if (!is_left(d, v))
                continue;
            if (waits[v] == round || !contract_thin(d, v)) {
                pending[kept++] = v;
                continue;
            }
            for (uint32_t k = d->first[v]; k < d->first[v + 1]; k++)
                waits[d->heads[k]] = round;
        }
        count = kept;
        for (uint32_t i = 0; i < kept; i++)
            waits[pending[i]] = NONE; /* in the list */
        /* Neighbours of what went may be thin by now. */
        for (uint32_t i = before; i < d->thin_count; i++) {
            uint32_t v = d->nodes[i];
            for (uint32_t k = d->first[v]; k < d->first[v + 1]; k++) {
                uint32_t w = d->heads[k];
                if (is_left(d, w) && d->degree[w] <= 2 && waits[w] != NONE) {
                    waits[w] = NONE;
                    pending[count++] = w;
                }
            }
        }
        for (uint32_t i = 0; i < count; i++)
            waits[pending[i]] = 0;
        if (d->thin_count == before)
            break;
    }
}

/* ---- cells ------------------------------------------------------------------------- */

static int add_cell(struct dissection *d, uint32_t low, uint32_t high)
{
    if (high - low < 2)
        return ST_OK;
    int status = mem_grow(&d->cells, &d->cell_capacity, d->cell_count + 1,
                          sizeof *d->cells, UINT32_MAX);
    if (status == ST_OK)
        d->cells[d->cell_count++] = (struct range){low, high};
    return status;
}

/* The network of the cell alone, nodes numbered from its start. */
static void take_out(struct dissection *d, struct range cell)
{
    uint32_t arcs = 0;
    for (uint32_t i = cell.low; i < cell.high; i++) {
        uint32_t v = d->nodes[i];
        d->cell_first[i - cell.low] = arcs;
        d->x[i - cell.low] =
            (int32_t)((int64_t)d->input->nodes[v].lon_e7 * d->narrow / 1024);
        d->y[i - cell.low] = d->input->nodes[v].lat_e7;
        for (uint32_t k = d->first[v]; k < d->first[v + 1]; k++) {
            uint32_t place = d->place[d->heads[k]];
            if (place >= cell.low && place < cell.high)
                d->cell_heads[arcs++] = place - cell.low;
        }
    }
    d->cell_first[cell.high - cell.low] = arcs;
}

/* Numbers the connected parts; returns how many. */
static uint32_t find_parts(struct dissection *d, uint32_t count)
{
    uint32_t parts = 0, *queue = d->moved;
    memset(d->part, 0xFF, count * sizeof *d->part);
    for (uint32_t start = 0; start < count; start++) {
        if (d->part[start] != NONE)
            continue;
        uint32_t head = 0, tail = 0;
        d->part[start] = parts;
        queue[tail++] = start;
        while (head < tail) {
            uint32_t v = queue[head++];
            for (uint32_t k = d->cell_first[v]; k < d->cell_first[v + 1]; k++)
                if (d->part[d->cell_heads[k]] == NONE) {
                    d->part[d->cell_heads[k]] = parts;
                    queue[tail++] = d->cell_heads[k];
                }
        }
        parts++;
    }
    return parts;
}

/* Sorts the cell's nodes by part[], below PARTS; START[i] becomes the end of part i. */
static void sort_by_part(struct dissection *d, struct range cell, uint32_t *start,
                         uint32_t parts)
{
    uint32_t count = cell.high - cell.low;
    memset(start, 0, ((size_t)parts + 1) * sizeof *start);
    for (uint32_t i = 0; i < count; i++)
        start[d->part[i] + 1]++;
    for (uint32_t i = 0; i < parts; i++)
        start[i + 1] += start[i];
    for (uint32_t i = 0; i < count; i++)
        d->moved[start[d->part[i]]++] = d->nodes[cell.low + i];
    for (uint32_t i = 0; i < count; i++) {
        d->nodes[cell.low + i] = d->moved[i];
        d->place[d->moved[i]] = cell.low + i;
    }
}

static int split_parts(struct dissection *d, struct range cell, uint32_t parts)
{
    uint32_t *ends = d->cell_first; /* the cell's network is not needed any more */
    sort_by_part(d, cell, ends, parts);
    int status = ST_OK;
    for (uint32_t i = 0, low = 0; i < parts && status == ST_OK; low = ends[i++])
        status = add_cell(d, cell.low + low, cell.low + ends[i]);
    return status;
}

static int split_by_cut(struct dissection *d, struct range cell)
{
    uint32_t ends[4], count = cell.high - cell.low;
    const struct cut_net net = {count, d->cell_first, d->cell_heads, d->x, d->y};
    (void)cut_find(d->cut, &net, d->side);
    for (uint32_t i = 0; i < count; i++)
        d->part[i] = d->side[i];
    sort_by_part(d, cell, ends, CUT_BETWEEN + 1);
    int status = add_cell(d, cell.low, cell.low + ends[CUT_LOW]);
    if (status == ST_OK)
        status = add_cell(d, cell.low + ends[CUT_LOW], cell.low + ends[CUT_HIGH]);
    return status;
}

/* ---- small cells ---------------------------------------------------------------------
 */

struct small {
    uint32_t nodes[SMALL_AREA]; /* the cell's, then those around it */
    uint64_t near[SMALL_AREA];  /* neighbours as bits */
    uint32_t count, own;
};

/* False if there are too many around it. */
static bool see_around(const struct dissection *d, struct range cell, struct small *ret)
{
    struct small small = {.own = cell.high - cell.low, .count = cell.high - cell.low};
    for (uint32_t i = 0; i < small.own; i++)
        small.nodes[i] = d->nodes[cell.low + i];
    for (uint32_t i = 0; i < small.own; i++) {
        uint32_t v = small.nodes[i];
        for (uint32_t k = d->first[v]; k < d->first[v + 1]; k++) {
            uint32_t place = d->place[d->heads[k]], at = place - cell.low;
            if (place == NONE)
                continue;
            if (place < cell.low || place >= cell.high)
                for (at = small.own; at < small.count; at++)
                    if (small.nodes[at] == d->heads[k])
                        break;
            if (at == SMALL_AREA)
                return false;
            if (at == small.count)
                small.nodes[small.count++] = d->heads[k];
            small.near[i] |= UINT64_C(1) << at;
            small.near[at] |= UINT64_C(1) << i;
        }
    }
    *ret = small;
    return true;
}

static bool contract_small(struct dissection *d, struct range cell)
{
    struct small small;
    if (cell.high - cell.low > SMALL_CELL || !see_around(d, cell, &small))
        return false;
    uint64_t left = (UINT64_C(1) << small.own) - 1;
    for (uint32_t at = cell.low; left != 0; at++) {
        uint32_t best = NONE;
        int best_degree = 0;
        for (uint64_t bits = left; bits != 0; bits &= bits - 1) {
            uint32_t i = (uint32_t)__builtin_ctzll(bits);
            int degree = __builtin_popcountll(small.near[i]);
            if (best == NONE || degree < best_degree) {
                best = i;
                best_degree = degree;
            }
        }
        left &= ~(UINT64_C(1) << best);
        uint64_t clique = small.near[best];
        for (uint64_t bits = clique; bits != 0; bits &= bits - 1) {
            uint32_t i = (uint32_t)__builtin_ctzll(bits);
            small.near[i] |= clique;
            small.near[i] &= ~(UINT64_C(1) << i | UINT64_C(1) << best);
        }
        d->nodes[at] = small.nodes[best];
        d->place[small.nodes[best]] = at;
    }
    return true;
}

/* ---- all ----------------------------------------------------------------------------
 */

static int dissect(struct dissection *d)
{
    int status = add_cell(d, d->thin_count, d->node_count);
    while (status == ST_OK && d->cell_count > 0) {
        struct range cell = d->cells[--d->cell_count];
        if (contract_small(d, cell))
            continue;
        take_out(d, cell);
        uint32_t parts = find_parts(d, cell.high - cell.low);
        status = parts > 1                  ? split_parts(d, cell, parts)
                 : cell.high - cell.low < 4 ? ST_OK
                                            : split_by_cut(d, cell);
    }
    return status;
}

static void release(struct dissection *d)
{
    mem_free(d->heads);
    mem_free(d->degree);
    mem_free(d->place);
    mem_free(d->cells);
    mem_free(d->cell_first);
    mem_free(d->cell_heads);
    mem_free(d->part);
    mem_free(d->moved);
    mem_free(d->x);
    mem_free(d->y);
    mem_free(d->side);
    cut_free(d->cut);
}

static int prepare(struct dissection *d, const struct order_net *net)
{
    size_t n = (size_t)net->node_count + 1,
           arcs = (size_t)net->first[net->node_count] + 1;
    d->first = net->first;
    d->heads = mem_alloc(arcs * sizeof *d->heads);
    d->degree = mem_alloc(n * sizeof *d->degree);
    d->place = mem_alloc(n * sizeof *d->place);
    d->cell_first = mem_alloc((n + 1) * sizeof *d->cell_first);
    d->cell_heads = mem_alloc(arcs * sizeof *d->cell_heads);
    d->part = mem_alloc(n * sizeof *d->part);
    d->moved = mem_alloc(n * sizeof *d->moved);
    d->x = mem_alloc(n * sizeof *d->x);
    d->y = mem_alloc(n * sizeof *d->y);
    d->side = mem_alloc(n);
    if (d->heads == NULL || d->degree == NULL || d->place == NULL ||
        d->cell_first == NULL || d->cell_heads == NULL || d->part == NULL ||
        d->moved == NULL || d->x == NULL || d->y == NULL || d->side == NULL)
        return ST_NO_MEMORY;
    memcpy(d->heads, net->heads, (arcs - 1) * sizeof *d->heads);
    for (uint32_t v = 0; v < net->node_count; v++) {
        d->degree[v] = net->first[v + 1] - net->first[v];
        d->place[v] = 0; /* left */
    }
    return ST_OK;
}

/* What is left takes its place behind the thin nodes, in order of number: along the map.
 */
static int gather_rest(struct dissection *d)
{
    int64_t lat = 0;
    uint32_t at = d->thin_count;
    for (uint32_t v = 0; v < d->node_count; v++)
        if (is_left(d, v)) {
            d->nodes[at] = v;
            d->place[v] = at++;
            lat += d->input->nodes[v].lat_e7;
        }
    uint32_t rest = at - d->thin_count;
    double middle = rest == 0 ? 0 : (double)lat / rest / POINT_E7;
    d->narrow = (int32_t)(cos(middle * M_PI / 180) * 1024);
    return cut_new(&d->cut, rest);
}

int order_compute(const struct order_input *input, const struct order_net *net,
                  uint32_t *ret_order)
{
    struct dissection d = {
        .input = input, .node_count = net->node_count, .nodes = ret_order};
    int status = prepare(&d, net);
    if (status == ST_OK) {
        thin_out(&d, d.part, d.moved);
        status = gather_rest(&d);
    }
    if (status == ST_OK)
        status = dissect(&d);
    release(&d);
    return status;
}
