/* SPDX-License-Identifier: Apache-2.0 */
/* Weights again, where roads changed (Dibbelt, Strasser, Wagner, section 5.4). Arcs that
 * may have another weight wait in a heap by number, which is by lower rank, so that all
 * an arc is computed from is final when its turn comes. When the weight of (x, y) has
 * changed, it matters to the arc between y and each other neighbour z above x, but only
 * if that arc's weight was that of the way over x, or is more than it is now. */
#include "road/hierarchy_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/heap.h"

struct pair {
    uint32_t up, down;
};

struct partial {
    struct road_hierarchy *h;
    const struct weights *side;
    enum road_mode mode;
    uint32_t *up, *down;
    bool only_rises; /* no weight falls: roads were closed, none opened */
};

/* ---- the heap: arc << 32 | its lower rank ------------------------------------------ */

static int queue_push(struct live *live, uint32_t arc, uint32_t rank)
{
    uint64_t *word = &live->queued[arc / 64], bit = UINT64_C(1) << arc % 64;
    if (*word & bit)
        return ST_OK;
    int status = mem_grow(&live->heap, &live->heap_capacity, live->heap_count + 1,
                          sizeof *live->heap, GRAPH_UP_ARCS_MAX);
    if (status != ST_OK)
        return status;
    *word |= bit;
    uint64_t item = (uint64_t)arc << 32 | rank;
    heap_push(live->heap, &live->heap_count, item);
    return ST_OK;
}

static uint64_t queue_pop(struct live *live)
{
    uint64_t top = heap_pop(live->heap, &live->heap_count);
    uint32_t arc = (uint32_t)(top >> 32);
    live->queued[arc / 64] &= ~(UINT64_C(1) << arc % 64);
    return top;
}

/* ---- one arc ------------------------------------------------------------------------
 */

/* The arc to HEAD among FROM .. TO - 1, or TO. */
static uint32_t find_head(const struct graph_shape *shape, uint32_t from, uint32_t to,
                          uint32_t head)
{
    uint32_t end = to;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (shape->heads[middle] == head)
            return middle;
        if (shape->heads[middle] < head)
            from = middle + 1;
        else
            to = middle;
    }
    return end;
}

static struct pair input_weight(const struct partial *p, uint32_t arc, uint32_t rank)
{
    const struct road_hierarchy *h = p->h;
    struct pair weight = {ROAD_MS_NONE, ROAD_MS_NONE};
    for (uint32_t i = h->input_first[rank]; i < h->input_first[rank + 1]; i++) {
        uint32_t edge = h->inputs[i].edge / 2, turned = h->inputs[i].edge % 2;
        if (h->inputs[i].arc != arc || graph_is_closed(p->side->closed, edge))
            continue;
        weight.up = ms_less(weight.up, h->road->edges[edge].ms[p->mode][turned]);
        weight.down = ms_less(weight.down, h->road->edges[edge].ms[p->mode][turned ^ 1]);
    }
    return weight;
}

/* The first of the arcs LOW .. HIGH - 1 of a list that is number ARC or above. */
static uint32_t skip_to(const struct lower_arc *list, uint32_t low, uint32_t high,
                        uint32_t arc)
{
    uint32_t step = 1;
    while (low + step < high && list[low + step].arc < arc) {
        low += step;
        step *= 2;
    }
    if (low + step < high)
        high = low + step + 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (list[middle].arc < arc)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The weight of ARC = (x, y) from what is below. Arcs are numbered by rows, so a lower
 * rank with arcs to both shows as one in the list of x and one in that of y which lies
 * behind it and before the end of its row. */
static struct pair compute(const struct partial *p, uint32_t arc, uint32_t rank)
{
    const struct road_hierarchy *h = p->h;
    struct pair weight = input_weight(p, arc, rank);
    uint32_t head = h->shape.heads[arc], end = h->lower_first[head + 1];
    uint32_t at = h->lower_first[head];
    for (uint32_t i = h->lower_first[rank]; i < h->lower_first[rank + 1]; i++) {
        if (p->only_rises && weight.up == p->up[arc] && weight.down == p->down[arc])
            break; /* as before; less it cannot become */
        struct lower_arc first = h->lower[i];
        at = skip_to(h->lower, at, end, first.arc + 1);
        if (at == end)
            break;
        uint32_t second = h->lower[at].arc;
        if (second >= first.row_end)
            continue;
        weight.up = ms_less(weight.up, ms_add(p->down[first.arc], p->up[second]));
        weight.down = ms_less(weight.down, ms_add(p->down[second], p->up[first.arc]));
    }
    return weight;
}

/* May a weight be another when a way it can take changes from BEFORE to NOW? */
static bool matters(uint32_t weight, uint32_t before, uint32_t now)
{
    return before != now && (before == weight || now < weight);
}

/* ARC = (x, y) had the weight OLD and has another one: which arcs above may change? */
static int spread(const struct partial *p, uint32_t arc, uint32_t rank, struct pair old)
{
    const struct graph_shape *shape = &p->h->shape;
    struct pair now = {p->up[arc], p->down[arc]};
    uint32_t y = shape->heads[arc], found = shape->first[y];
    for (uint32_t b = shape->first[rank]; b < shape->first[rank + 1]; b++) {
        uint32_t z = shape->heads[b];
        uint32_t to_z = ms_add(old.down, p->up[b]), to_z_now = ms_add(now.down, p->up[b]);
        uint32_t to_y = ms_add(p->down[b], old.up), to_y_now = ms_add(p->down[b], now.up);
        if (b == arc || (to_z == to_z_now && to_y == to_y_now))
            continue;
        uint32_t low = z > y ? y : z, high = z > y ? z : y;
        uint32_t from = z > y ? found : shape->first[z], end = shape->first[low + 1];
        uint32_t target = find_head(shape, from, end, high);
        assert(target < end);
        found = z > y ? target : found;
        bool moves = z > y ? matters(p->up[target], to_z, to_z_now) ||
                                 matters(p->down[target], to_y, to_y_now)
                           : matters(p->up[target], to_y, to_y_now) ||
                                 matters(p->down[target], to_z, to_z_now);
        int status = moves ? queue_push(&p->h->live, target, low) : ST_OK;
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

/* ---- all -----------------------------------------------------------------------------
 */

static int push_edges(const struct partial *p)
{
    const struct road_hierarchy *h = p->h;
    for (uint32_t i = 0; i < h->live.change_count; i++) {
        const struct graph_edge *edge = &h->road->edges[h->live.changes[i].edge];
        uint32_t a = h->rank[edge->node[0]], b = h->rank[edge->node[1]];
        uint32_t low = a < b ? a : b, high = a < b ? b : a;
        uint32_t end = h->shape.first[low + 1];
        uint32_t arc = find_head(&h->shape, h->shape.first[low], end, high);
        assert(arc < end);
        int status = queue_push(&p->h->live, arc, low);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

/* For the other side, which will catch up by it. Without room all is copied then. */
static void note(struct live_log *log, uint32_t arc, struct pair weight)
{
    if (log->whole)
        return;
    if (mem_grow(&log->arcs, &log->capacity, log->count + 1, sizeof *log->arcs,
                 GRAPH_UP_ARCS_MAX) != ST_OK)
        log->whole = true;
    else
        log->arcs[log->count++] = (struct live_arc){arc, weight.up, weight.down};
}

static bool only_closes(const struct live *live)
{
    for (uint32_t i = 0; i < live->change_count; i++)
        if (!live->changes[i].closed)
            return false;
    return true;
}

static int run(const struct partial *p)
{
    struct live *live = &p->h->live;
    int status = push_edges(p);
    while (status == ST_OK && live->heap_count > 0) {
        uint64_t top = queue_pop(live);
        uint32_t arc = (uint32_t)(top >> 32), rank = (uint32_t)top;
        struct pair old = {p->up[arc], p->down[arc]}, now = compute(p, arc, rank);
        if (now.up == old.up && now.down == old.down)
            continue;
        p->up[arc] = now.up;
        p->down[arc] = now.down;
        note(&live->logs[p->mode], arc, now);
        status = spread(p, arc, rank, old);
    }
    while (live->heap_count > 0)
        (void)queue_pop(live); /* after a failure: nothing stays queued */
    return status;
}

int hierarchy_customise_part(struct road_hierarchy *h, struct weights *side,
                             enum road_mode mode)
{
    const struct partial p = {.h = h,
                              .side = side,
                              .mode = mode,
                              .up = side->up[mode],
                              .down = side->down[mode],
                              .only_rises = only_closes(&h->live)};
    h->live.logs[mode].whole = false;
    int status = run(&p);
    if (status != ST_OK)
        h->live.logs[mode].whole = true;
    return status;
}
