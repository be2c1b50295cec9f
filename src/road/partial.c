/* SPDX-License-Identifier: Apache-2.0 */
/* Weights again, where roads changed (Dibbelt, Strasser, Wagner, section 5.4). Arcs that
 * may have another weight wait in a heap by number, which is by lower rank, so that all
 * an arc is computed from is final when its turn comes. Weights that rise and weights
 * that fall are different work, so a change comes in two parts, each of one kind:
 *
 * Falling: what a triangle offers an arc is taken at once, as a search relaxes an arc.
 *
 * Rising: when the weight of (x, y) has risen, it matters to the arc between y and each
 * other neighbour z above x only if that arc's weight was that of the way over x. When
 * its turn comes it is the least of its edges and lower triangles again.
 *
 * The triangles stand in lists (triangles.c). Where they would be too many they are
 * searched for, from below by walking along the lists of lower arcs of both ends. */
#include "road/hierarchy_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/heap.h"

/* So many triangles ahead are fetched. */
#define AHEAD 8u
#define TOGETHER 32u

struct pair {
    uint32_t up, down;
};

struct partial {
    struct road_hierarchy *h;
    struct live *live;
    const struct weights *side;
    enum road_mode mode;
    uint32_t *up, *down;
    bool rising;
};

/* ---- the heap: arc << 32 | its lower rank ------------------------------------------ */

/* Where in the lists ARC of RANK stands. */
static inline void fetch_places(const struct partial *p, uint32_t arc, uint32_t rank)
{
    __builtin_prefetch(&p->h->rungs[rank]);
    __builtin_prefetch(&p->h->input_first[rank]);
    if (p->h->triangles.count > 0) {
        __builtin_prefetch(&p->h->triangles.row[rank]);
        __builtin_prefetch(&p->h->triangles.lower_first[arc]);
    }
}

static int queue_push(const struct partial *p, uint32_t arc, uint32_t rank)
{
    struct live *live = p->live;
    uint64_t *word = &live->queued[arc / 64], bit = UINT64_C(1) << arc % 64;
    if (*word & bit)
        return ST_OK;
    int status = mem_grow(&live->heap, &live->heap_capacity, live->heap_count + 1,
                          sizeof *live->heap, GRAPH_UP_ARCS_MAX);
    if (status != ST_OK)
        return status;
    *word |= bit;
    fetch_places(p, arc, rank);
    heap_push(live->heap, &live->heap_count, (uint64_t)arc << 32 | rank);
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

static struct pair input_weight(const struct partial *p, uint32_t arc, uint32_t rank)
{
    const struct road_hierarchy *h = p->h;
    struct pair weight = {ROAD_MS_NONE, ROAD_MS_NONE};
    for (uint32_t i = h->input_first[rank]; i < h->input_first[rank + 1]; i++) {
        uint32_t edge = h->inputs[i].edge / 2, turned = h->inputs[i].edge % 2;
        if (h->inputs[i].arc != arc)
            continue;
        uint32_t up = graph_edge_ms(h->road, p->side->closed, edge, p->mode, turned);
        uint32_t down =
            graph_edge_ms(h->road, p->side->closed, edge, p->mode, turned ^ 1);
        weight.up = ms_less(weight.up, up);
        weight.down = ms_less(weight.down, down);
    }
    return weight;
}

static inline void take_triangle(const struct partial *p, uint32_t first, uint32_t second,
                                 struct pair *weight)
{
    weight->up = ms_less(weight->up, ms_add(p->down[first], p->up[second]));
    weight->down = ms_less(weight->down, ms_add(p->down[second], p->up[first]));
}

static void take_listed(const struct partial *p, uint32_t arc, struct pair *weight)
{
    const struct triangles *t = &p->h->triangles;
    uint32_t end = t->lower_first[arc + 1];
    for (uint32_t i = t->lower_first[arc]; i < end; i++) {
        uint32_t ahead = i + AHEAD < end ? i + AHEAD : end - 1;
        __builtin_prefetch(&p->up[t->lower[ahead].first]);
        __builtin_prefetch(&p->down[t->lower[ahead].first]);
        __builtin_prefetch(&p->up[t->lower[ahead].second]);
        __builtin_prefetch(&p->down[t->lower[ahead].second]);
        take_triangle(p, t->lower[i].first, t->lower[i].second, weight);
    }
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

/* Arcs are numbered by rows, so a lower rank with arcs to both ends shows as one in the
 * list of the lower end and one in that of the head which lies behind it and before the
 * end of its row. */
static void take_searched(const struct partial *p, uint32_t arc, uint32_t rank,
                          struct pair *weight)
{
    const struct road_hierarchy *h = p->h;
    uint32_t head = h->shape.heads[arc], end = h->lower_first[head + 1];
    uint32_t at = h->lower_first[head];
    for (uint32_t i = h->lower_first[rank]; i < h->lower_first[rank + 1]; i++) {
        struct lower_arc first = h->lower[i];
        at = skip_to(h->lower, at, end, first.arc + 1);
        if (at == end)
            break;
        if (h->lower[at].arc < first.row_end)
            take_triangle(p, first.arc, h->lower[at].arc, weight);
    }
}

/* The weight of ARC of RANK from what is below. */
static struct pair compute(const struct partial *p, uint32_t arc, uint32_t rank)
{
    struct pair weight = input_weight(p, arc, rank);
    if (p->h->triangles.count > 0)
        take_listed(p, arc, &weight);
    else
        take_searched(p, arc, rank, &weight);
    return weight;
}

/* ---- what an arc matters to -------------------------------------------------------- */

/* The arc to HEAD among FROM .. TO - 1. */
static uint32_t find_head(const struct graph_shape *shape, uint32_t from, uint32_t to,
                          uint32_t head)
{
    while (to - from > 1) {
        uint32_t middle = from + (to - from) / 2;
        if (shape->heads[middle] <= head)
            from = middle;
        else
            to = middle;
    }
    assert(from < to && shape->heads[from] == head);
    return from;
}

/* The arc between the heads of A and B of one row, A before B. */
static inline uint32_t find_target(const struct partial *p, uint32_t rank, uint32_t a,
                                   uint32_t b)
{
    const struct graph_shape *shape = &p->h->shape;
    const struct triangles *t = &p->h->triangles;
    uint32_t y = shape->heads[a];
    if (t->count == 0)
        return find_head(shape, shape->first[y], shape->first[y + 1], shape->heads[b]);
    struct rung rung = p->h->rungs[rank];
    uint32_t i = a - rung.first, n = rung.end - rung.first;
    return t->target[t->row[rank] + i * (2 * n - i - 1) / 2 + b - a - 1];
}

/* May a weight rise when a way it can take rises from BEFORE to NOW? */
static bool matters(uint32_t weight, uint32_t before, uint32_t now)
{
    return before != now && before == weight;
}

static int offer_rise(const struct partial *p, uint32_t arc, uint32_t rank,
                      struct pair before, struct pair now)
{
    return matters(p->up[arc], before.up, now.up) ||
                   matters(p->down[arc], before.down, now.down)
               ? queue_push(p, arc, rank)
               : ST_OK;
}

static int offer_fall(const struct partial *p, uint32_t arc, uint32_t rank,
                      struct pair now)
{
    if (now.up >= p->up[arc] && now.down >= p->down[arc])
        return ST_OK;
    p->up[arc] = ms_less(p->up[arc], now.up);
    p->down[arc] = ms_less(p->down[arc], now.down);
    return queue_push(p, arc, rank);
}

/* The triangle over RANK of ARC, which weighed OLD, and OTHER: does it matter to the arc
 * that joins their heads? */
static int spread_to(const struct partial *p, uint32_t arc, struct pair old,
                     uint32_t other, uint32_t target)
{
    const uint32_t *heads = p->h->shape.heads;
    struct pair now = {ms_add(p->down[arc], p->up[other]),
                       ms_add(p->down[other], p->up[arc])};
    struct pair before = {ms_add(old.down, p->up[other]), ms_add(p->down[other], old.up)};
    if (now.up == before.up && now.down == before.down)
        return ST_OK;
    uint32_t low = heads[arc];
    if (other < arc) { /* what goes up is then the way from OTHER's head to ARC's */
        now = (struct pair){now.down, now.up};
        before = (struct pair){before.down, before.up};
        low = heads[other];
    }
    return p->rising ? offer_rise(p, target, low, before, now)
                     : offer_fall(p, target, low, now);
}

/* The other arcs of a row, some at a time, and the arc that each joins ARC's head to. */
struct others {
    uint32_t from, to;
    uint32_t targets[TOGETHER];
};

/* The next ones from FROM on; their targets' weights are on the way when the first is
 * asked for. */
static void look_up(const struct partial *p, uint32_t arc, uint32_t rank, uint32_t from,
                    struct others *ret)
{
    uint32_t end = p->h->rungs[rank].end;
    ret->from = from;
    ret->to = end - from < TOGETHER ? end : from + TOGETHER;
    for (uint32_t b = from; b < ret->to; b++) {
        if (b == arc)
            continue;
        uint32_t target = find_target(p, rank, b < arc ? b : arc, b < arc ? arc : b);
        __builtin_prefetch(&p->up[target]);
        __builtin_prefetch(&p->down[target]);
        ret->targets[b - from] = target;
    }
}

/* ARC of RANK weighed OLD and weighs something else. OTHERS are the first of its row. */
static int spread(const struct partial *p, uint32_t arc, uint32_t rank, struct pair old,
                  struct others *others)
{
    int status = ST_OK;
    for (uint32_t end = p->h->rungs[rank].end;;) {
        for (uint32_t b = others->from; b < others->to && status == ST_OK; b++)
            if (b != arc)
                status = spread_to(p, arc, old, b, others->targets[b - others->from]);
        if (status != ST_OK || others->to == end)
            return status;
        look_up(p, arc, rank, others->to, others);
    }
}

/* ---- all -----------------------------------------------------------------------------
 */

/* The arc of an edge that changed. */
static int push_edge(const struct partial *p, const struct live_change *change)
{
    const struct graph_edge *edge = &p->h->road->edges[change->edge];
    uint32_t arc = p->h->edge_arcs[change->edge].arc;
    uint32_t low = p->h->edge_arcs[change->edge].low / 2;
    uint32_t turned = p->h->edge_arcs[change->edge].low % 2;
    __builtin_prefetch(&p->up[arc]);
    __builtin_prefetch(&p->down[arc]);
    fetch_places(p, arc, low);
    const uint32_t *ms = edge->ms[p->mode];
    struct pair now = {graph_limited_ms(ms[turned], edge->length_mm, change->now),
                       graph_limited_ms(ms[turned ^ 1], edge->length_mm, change->now)};
    struct pair before = {
        graph_limited_ms(ms[turned], edge->length_mm, change->before),
        graph_limited_ms(ms[turned ^ 1], edge->length_mm, change->before)};
    return p->rising ? offer_rise(p, arc, low, before, now)
                     : offer_fall(p, arc, low, now);
}

/* For the other side, which will catch up by it. Without room all is copied then. */
static void note(const struct partial *p, uint32_t arc)
{
    struct live_log *log = &p->live->logs[p->mode];
    if (log->whole)
        return;
    if (mem_grow(&log->arcs, &log->capacity, log->count + 1, sizeof *log->arcs,
                 GRAPH_UP_ARCS_MAX) != ST_OK)
        log->whole = true;
    else
        log->arcs[log->count++] = (struct live_arc){arc, p->up[arc], p->down[arc]};
}

/* The turn of ARC has come. What falls has its weight already, and was none before as far
 * as its triangles are concerned. Nearly every weight that may change does, so what comes
 * after it is looked up before: all waits for the memory at once. */
static int settle(const struct partial *p, uint32_t arc, uint32_t rank)
{
    struct pair old = {ROAD_MS_NONE, ROAD_MS_NONE};
    struct others others;
    if (p->rising && p->h->triangles.count > 0)
        __builtin_prefetch(&p->h->triangles.lower[p->h->triangles.lower_first[arc]]);
    look_up(p, arc, rank, p->h->rungs[rank].first, &others);
    if (p->rising) {
        struct pair now = compute(p, arc, rank);
        old = (struct pair){p->up[arc], p->down[arc]};
        if (now.up == old.up && now.down == old.down)
            return ST_OK;
        p->up[arc] = now.up;
        p->down[arc] = now.down;
    }
    note(p, arc);
    return spread(p, arc, rank, old, &others);
}

/* What the next arc in the heap needs: its place in the lists was fetched when it was
 * pushed, what stands there is now. */
static void fetch_next(const struct partial *p)
{
    const struct road_hierarchy *h = p->h;
    if (p->live->heap_count == 0)
        return;
    uint32_t arc = (uint32_t)(p->live->heap[0] >> 32), rank = (uint32_t)p->live->heap[0];
    uint32_t first = h->rungs[rank].first;
    __builtin_prefetch(&h->inputs[h->input_first[rank]]);
    __builtin_prefetch(&h->shape.heads[first]);
    __builtin_prefetch(&p->up[first]);
    __builtin_prefetch(&p->down[first]);
    if (h->triangles.count == 0)
        return;
    __builtin_prefetch(&h->triangles.lower[h->triangles.lower_first[arc]]);
    __builtin_prefetch(&h->triangles.target[h->triangles.row[rank]]);
}

static int run(const struct partial *p)
{
    struct live *live = p->live;
    int status = ST_OK;
    for (uint32_t i = 0; i < live->change_count && status == ST_OK; i++)
        if ((live->changes[i].now < live->changes[i].before) == p->rising)
            status = push_edge(p, &live->changes[i]);
    while (live->heap_count > 0) {
        uint64_t top = queue_pop(live);
        fetch_next(p);
        if (status == ST_OK) /* else nothing stays queued */
            status = settle(p, (uint32_t)(top >> 32), (uint32_t)top);
    }
    return status;
}

int hierarchy_customise_part(struct road_hierarchy *h, struct weights *side,
                             enum road_mode mode, bool rising)
{
    const struct partial p = {.h = h,
                              .live = &h->live,
                              .side = side,
                              .mode = mode,
                              .up = side->up[mode],
                              .down = side->down[mode],
                              .rising = rising};
    int status = run(&p);
    if (status != ST_OK)
        h->live.logs[mode].whole = true;
    return status;
}
