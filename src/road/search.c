/* SPDX-License-Identifier: Apache-2.0 */
/* Dijkstra's algorithm (Numerische Mathematik 1, 1959) with a four-way heap of (time,
 * node) packed into one 64-bit number: comparing numbers gives the promised order. An
 * entry is never moved when a shorter way is found; the old one is skipped when it comes
 * up, because its time is not the node's any more. Labels carry the number of the search
 * that wrote them, so nothing is cleared between searches. */
#include "base/mem.h"
#include "base/status.h"
#include "road/closed.h"
#include "road/graph.h"
#include "road/heap.h"

#include <string.h>

/* The top of the heap and its children. */
#define PREFETCH 5u

struct label {
    uint32_t stamp;
    uint32_t ms;
    uint32_t length_mm;
};

struct road_search {
    const struct road *road;
    const struct road_closed *closed; /* NULL = all open */
    struct label *labels;             /* by node */
    uint64_t *heap;                   /* room for every arc once, so it cannot run over */
    uint32_t heap_count, stamp;
    enum road_mode mode;
    enum road_direction direction;
};

int road_search_new(struct road_search **ret, const struct road *road)
{
    struct road_search *search = mem_calloc(1, sizeof *search);
    if (search == NULL)
        return ST_NO_MEMORY;
    search->road = road;
    search->labels = mem_calloc(road->node_count, sizeof *search->labels);
    search->heap = mem_alloc(((size_t)road->arc_count_max + 2) * sizeof *search->heap);
    if (search->labels == NULL || search->heap == NULL) {
        road_search_free(search);
        return ST_NO_MEMORY;
    }
    *ret = search;
    return ST_OK;
}

void road_search_free(struct road_search *search)
{
    if (search == NULL)
        return;
    mem_free(search->labels);
    mem_free(search->heap);
    mem_free(search);
}

const struct road *road_search_road(const struct road_search *search)
{
    return search->road;
}

void road_search_avoid(struct road_search *search, const struct road_closed *closed)
{
    assert(closed == NULL || closed->road == search->road);
    search->closed = closed;
}

const struct road_closed *road_search_avoids(const struct road_search *search)
{
    return search->closed;
}

/* Among ways of equal time the shorter one counts. */
static void reach(struct road_search *search, uint32_t node, uint64_t ms,
                  uint64_t length_mm)
{
    struct label *label = &search->labels[node];
    if (ms >= ROAD_MS_NONE)
        return;
    if (length_mm > UINT32_MAX)
        length_mm = UINT32_MAX;
    bool known = label->stamp == search->stamp;
    if (known && (label->ms < ms || (label->ms == ms && label->length_mm <= length_mm)))
        return;
    bool earlier = !known || ms < label->ms;
    *label = (struct label){search->stamp, (uint32_t)ms, (uint32_t)length_mm};
    if (earlier)
        heap_push(search->heap, &search->heap_count, ms << 32 | node);
}

int road_search_start(struct road_search *search, enum road_mode mode,
                      enum road_direction direction, const struct road_spot *place)
{
    assert(mode < ROAD_MODE_COUNT);
    if (++search->stamp == 0) {
        memset(search->labels, 0, search->road->node_count * sizeof *search->labels);
        search->stamp = 1;
    }
    search->mode = mode;
    search->direction = direction;
    search->heap_count = 0;
    if (place->edge == ROAD_NODE_NONE)
        return ST_OK;
    struct road_spot slow;
    place = graph_spot(search->road, search->closed, mode, place, &slow);
    const uint32_t *ms = direction == ROAD_TO ? place->in_ms : place->out_ms;
    const uint32_t *m = direction == ROAD_TO ? place->in_m : place->out_m;
    for (int end = 0; end < 2; end++) {
        assert(place->node[end] < search->road->node_count);
        reach(search, place->node[end], ms[end], (uint64_t)m[end] * 1000u);
    }
    return ST_OK;
}

bool road_search_next(struct road_search *search, struct road_settled *ret)
{
    const uint32_t *first = search->road->first[search->mode][search->direction];
    const struct graph_arc *arcs = search->road->arcs[search->mode][search->direction];
    while (search->heap_count > 0) {
        uint64_t top = heap_pop(search->heap, &search->heap_count);
        uint32_t node = (uint32_t)top, ms = (uint32_t)(top >> 32);
        struct label label = search->labels[node];
        if (label.ms != ms)
            continue;
        /* The nodes that may be next: waiting for their arcs would be half of the cost.
         */
        for (uint32_t i = 0; i < PREFETCH && i < search->heap_count; i++)
            __builtin_prefetch(&arcs[first[(uint32_t)search->heap[i]]]);
        for (uint32_t i = first[node]; i < first[node + 1]; i++) {
            /* A closed arc takes ROAD_MS_NONE, which is later than anything. */
            reach(search, arcs[i].node,
                  (uint64_t)ms + graph_arc_ms(search->closed, &arcs[i]),
                  (uint64_t)label.length_mm + arcs[i].length_mm);
        }
        *ret = (struct road_settled){node, ms,
                                     (uint32_t)((label.length_mm + 500ull) / 1000)};
        return true;
    }
    return false;
}

bool road_search_label(const struct road_search *search, uint32_t node, uint32_t *ret_ms,
                       uint32_t *ret_m)
{
    const struct label *label = &search->labels[node];
    if (label->stamp != search->stamp)
        return false;
    *ret_ms = label->ms;
    *ret_m = (uint32_t)((label->length_mm + 500ull) / 1000);
    return true;
}

int road_time_ms(struct road_search *search, enum road_mode mode,
                 const struct road_spot *from, const struct road_spot *to,
                 uint32_t *ret_ms, uint32_t *ret_m)
{
    uint32_t best_m = 0;
    uint32_t best =
        road_spot_direct_ms(search->road, search->closed, mode, from, to, &best_m);
    struct road_spot slow;
    to = graph_spot(search->road, search->closed, mode, to, &slow);
    int status = road_search_start(search, mode, ROAD_FROM, from);
    if (status != ST_OK)
        return status;
    struct road_settled at;
    while (to->edge != ROAD_NODE_NONE && road_search_next(search, &at) && at.ms < best)
        for (int end = 0; end < 2; end++) {
            uint64_t ms = (uint64_t)at.ms + to->in_ms[end];
            if (at.node == to->node[end] && to->in_ms[end] != ROAD_MS_NONE && ms < best) {
                best = (uint32_t)ms;
                best_m = at.m + to->in_m[end];
            }
        }
    *ret_ms = best;
    if (ret_m != NULL)
        *ret_m = best == ROAD_MS_NONE ? 0 : best_m;
    return ST_OK;
}
