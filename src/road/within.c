/* SPDX-License-Identifier: Apache-2.0 */
/* Delta-stepping without the parallel part (U. Meyer, P. Sanders, J. Algorithms 49,
 * 2003): a bucket for every 2^shift ms up to the limit, each emptied until nothing comes
 * back to it. No order inside a bucket is needed, because only the final times count; so
 * a step costs a few nanoseconds where a heap costs a logarithm. Labels carry the number
 * of the run that wrote them, so nothing is cleared. A bucket is a list through one pool
 * of entries; an entry whose node has moved to an earlier bucket is skipped. */
#include "road/within.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/closed.h"
#include "road/graph.h"

#include <math.h>
#include <string.h>

#define BUCKETS_MAX 512u
#define ENTRY_NONE UINT32_MAX
#define ENTRIES_MAX UINT32_C(2000000000)

struct label {
    uint32_t stamp, ms;
};

struct entry {
    uint32_t node, next;
};

struct road_within {
    const struct road *road;
    struct label *labels; /* by node */
    uint32_t *touched;    /* nodes with a label of this run */
    uint32_t touched_count, stamp;
    struct entry *entries;
    uint32_t entry_count, entry_capacity;
    uint32_t *buckets; /* BUCKETS_MAX + 1 heads */
    uint32_t shift;
    struct road_within_query query;
};

int road_within_new(struct road_within **ret, const struct road *road)
{
    struct road_within *within = mem_calloc(1, sizeof *within);
    if (within == NULL)
        return ST_NO_MEMORY;
    within->road = road;
    within->labels = mem_calloc_large(road->node_count, sizeof *within->labels);
    within->touched = mem_alloc((size_t)road->node_count * sizeof *within->touched);
    within->buckets = mem_alloc((BUCKETS_MAX + 1) * sizeof *within->buckets);
    if (within->labels == NULL || within->touched == NULL || within->buckets == NULL) {
        road_within_free(within);
        return ST_NO_MEMORY;
    }
    *ret = within;
    return ST_OK;
}

void road_within_free(struct road_within *within)
{
    if (within == NULL)
        return;
    mem_free(within->labels);
    mem_free(within->touched);
    mem_free(within->buckets);
    mem_free(within->entries);
    mem_free(within);
}

/* A better way to NODE: into the bucket of its time. */
static int improve(struct road_within *within, uint32_t node, uint64_t ms)
{
    struct label *label = &within->labels[node];
    if (ms > within->query.ms_max)
        return ST_OK;
    if (label->stamp != within->stamp)
        within->touched[within->touched_count++] = node;
    else if (label->ms <= ms)
        return ST_OK;
    *label = (struct label){within->stamp, (uint32_t)ms};
    if (within->entry_count == within->entry_capacity) {
        int status =
            mem_grow(&within->entries, &within->entry_capacity,
                     within->entry_count + 1024, sizeof *within->entries, ENTRIES_MAX);
        if (status != ST_OK)
            return ST_NO_MEMORY;
    }
    uint32_t *head = &within->buckets[(uint32_t)ms >> within->shift];
    within->entries[within->entry_count] = (struct entry){node, *head};
    *head = within->entry_count++;
    return ST_OK;
}

static int relax(struct road_within *within, uint32_t node, uint32_t ms)
{
    const struct road *road = within->road;
    const struct road_closed *closed = within->query.closed;
    int mode = within->query.mode, direction = within->query.direction;
    const struct graph_arc *arcs = road->arcs[mode][direction];
    uint32_t last = road->first[mode][direction][node + 1];
    for (uint32_t i = road->first[mode][direction][node]; i < last; i++) {
        int status =
            improve(within, arcs[i].node, (uint64_t)ms + graph_arc_ms(closed, &arcs[i]));
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

/* The entry after this one, and the one behind it: waiting for their arcs would be half
 * of the cost. */
static void look_ahead(const struct road_within *within, const struct entry *next)
{
    int mode = within->query.mode, direction = within->query.direction;
    const uint32_t *first = within->road->first[mode][direction];
    __builtin_prefetch(&within->labels[next->node]);
    __builtin_prefetch(&within->road->arcs[mode][direction][first[next->node]]);
    if (next->next != ENTRY_NONE)
        __builtin_prefetch(&first[within->entries[next->next].node]);
}

static int empty_bucket(struct road_within *within, uint32_t bucket)
{
    while (within->buckets[bucket] != ENTRY_NONE) {
        const struct entry entry = within->entries[within->buckets[bucket]];
        within->buckets[bucket] = entry.next;
        if (entry.next != ENTRY_NONE)
            look_ahead(within, &within->entries[entry.next]);
        uint32_t ms = within->labels[entry.node].ms;
        if (ms >> within->shift != bucket)
            continue;
        int status = relax(within, entry.node, ms);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

static int start(struct road_within *within)
{
    const struct road_within_query *query = &within->query;
    struct road_spot slow;
    const struct road_spot *place =
        graph_spot(within->road, query->closed, query->mode, &query->place, &slow);
    const uint32_t *ms = query->direction == ROAD_TO ? place->in_ms : place->out_ms;
    int status = ST_OK;
    if (place->edge == ROAD_NODE_NONE)
        return ST_OK;
    for (int end = 0; end < 2 && status == ST_OK; end++)
        if (ms[end] != ROAD_MS_NONE)
            status = improve(within, place->node[end], ms[end]);
    return status;
}

int road_within_run(struct road_within *within, const struct road_within_query *query)
{
    assert(query->mode < ROAD_MODE_COUNT && query->ms_max <= WITHIN_MS_MAX);
    assert(query->closed == NULL || query->closed->road == within->road);
    within->query = *query;
    within->touched_count = within->entry_count = 0;
    if (++within->stamp == 0) {
        memset(within->labels, 0, within->road->node_count * sizeof *within->labels);
        within->stamp = 1;
    }
    within->shift = 0;
    while (query->ms_max >> within->shift >= BUCKETS_MAX)
        within->shift++;
    uint32_t last = query->ms_max >> within->shift;
    for (uint32_t i = 0; i <= last; i++)
        within->buckets[i] = ENTRY_NONE;
    int status = start(within);
    for (uint32_t i = 0; i <= last && status == ST_OK; i++)
        status = empty_bucket(within, i);
    if (status != ST_OK)
        within->touched_count = 0;
    return status;
}

const struct road *road_within_road(const struct road_within *within)
{
    return within->road;
}

const struct road_within_query *road_within_asked(const struct road_within *within)
{
    return &within->query;
}

uint32_t road_within_count(const struct road_within *within)
{
    return within->touched_count;
}

uint32_t road_within_node(const struct road_within *within, uint32_t index)
{
    assert(index < within->touched_count);
    return within->touched[index];
}

uint32_t road_within_ms(const struct road_within *within, uint32_t node)
{
    assert(node < within->road->node_count);
    const struct label *label = &within->labels[node];
    return label->stamp == within->stamp ? label->ms : ROAD_MS_NONE;
}

uint32_t road_within_spot_ms(const struct road_within *within,
                             const struct road_spot *spot)
{
    const struct road_within_query *query = &within->query;
    bool to = query->direction == ROAD_TO;
    uint32_t metres;
    if (spot->edge == ROAD_NODE_NONE)
        return ROAD_MS_NONE;
    struct road_spot slow;
    uint32_t best = road_spot_direct_ms(within->road, query->closed, query->mode,
                                        to ? spot : &query->place,
                                        to ? &query->place : spot, &metres);
    spot = graph_spot(within->road, query->closed, query->mode, spot, &slow);
    const uint32_t *ways = to ? spot->out_ms : spot->in_ms;
    for (int end = 0; end < 2; end++) {
        uint32_t ms = road_within_ms(within, spot->node[end]);
        if (ms != ROAD_MS_NONE && ways[end] != ROAD_MS_NONE &&
            (uint64_t)ms + ways[end] < best)
            best = ms + ways[end];
    }
    return best <= query->ms_max ? best : ROAD_MS_NONE;
}

/* ---- pieces
 * ------------------------------------------------------------------------------------ */

/* How much of an edge fits, from the end that is left after LEFT ms. */
static float share_of(uint32_t left, uint32_t edge_ms)
{
    return left >= edge_ms ? 1 : (float)left / (float)edge_ms;
}

/* The whole of an edge for whoever is on it. */
static uint32_t own_ms(const struct road_within *within, uint32_t edge, int way)
{
    const struct graph_edge *at = &within->road->edges[edge];
    return graph_own_ms(within->query.closed, edge, at->ms[within->query.mode][way],
                        at->length_mm);
}

/* How much of EDGE is reached in time by way of its end END (0 or 1). */
static float share_from(const struct road_within *within, uint32_t edge, int end,
                        uint32_t ms_max)
{
    int to = within->query.direction == ROAD_TO;
    uint32_t at = road_within_ms(within, within->road->edges[edge].node[end]);
    /* Towards the end to reach the place, away from it to come from there. */
    uint32_t along = own_ms(within, edge, to ? 1 - end : end);
    if (at == ROAD_MS_NONE || at > ms_max || along == ROAD_MS_NONE)
        return 0;
    return share_of(ms_max - at, along);
}

struct visitor {
    void (*visit)(void *context, const struct road_piece *piece);
    void *context;
};

/* The edge the place lies on: what is reached straight along it, and by its ends. */
static void own_pieces(const struct road_within *within, uint32_t ms_max,
                       const struct visitor *visitor)
{
    const struct road_spot *place = &within->query.place;
    bool to = within->query.direction == ROAD_TO;
    uint32_t walk = road_walk_ms(place->access_m);
    float at = (float)place->along_ppm / 1e6f, low = at, high = at;
    if (walk <= ms_max) {
        uint32_t before = own_ms(within, place->edge, to ? 0 : 1);
        uint32_t after = own_ms(within, place->edge, to ? 1 : 0);
        if (before != ROAD_MS_NONE)
            low = fmaxf(0, at - share_of(ms_max - walk, before));
        if (after != ROAD_MS_NONE)
            high = fminf(1, at + share_of(ms_max - walk, after));
    }
    float first = share_from(within, place->edge, 0, ms_max);
    float last = 1 - share_from(within, place->edge, 1, ms_max);
    if (first >= low) {
        low = 0;
        high = fmaxf(high, first);
    }
    if (last <= high) {
        low = fminf(low, last);
        high = 1;
    }
    const struct road_piece pieces[] = {
        {place->edge, 0, low > 0 ? first : 0},
        {place->edge, low, high},
        {place->edge, high < 1 ? last : 1, 1},
    };
    for (size_t i = 0; i < COUNT_OF(pieces); i++)
        if (pieces[i].from < pieces[i].to)
            visitor->visit(visitor->context, &pieces[i]);
}

/* By way of NODE along ARC. Where both ends meet the whole edge is told once. */
static void arc_piece(const struct road_within *within, uint32_t node,
                      const struct graph_arc *arc, uint32_t ms_max,
                      const struct visitor *visitor)
{
    int end = within->road->edges[arc->edge].node[0] == node ? 0 : 1;
    float share = share_of(ms_max - within->labels[node].ms,
                           road_own_ms(within->query.closed, arc));
    float other = share_from(within, arc->edge, 1 - end, ms_max);
    if (share + other >= 1) {
        if (end == 1 ? other > 0 : share <= 0)
            return;
        share = 1;
    }
    const struct road_piece piece = {arc->edge, end == 0 ? 0 : 1 - share,
                                     end == 0 ? share : 1};
    visitor->visit(visitor->context, &piece);
}

void road_within_pieces(const struct road_within *within, uint32_t ms_max,
                        void (*visit)(void *context, const struct road_piece *piece),
                        void *context)
{
    assert(ms_max <= within->query.ms_max);
    const struct road *road = within->road;
    const struct road_spot *place = &within->query.place;
    int mode = within->query.mode, direction = within->query.direction;
    const struct graph_arc *arcs = road->arcs[mode][direction];
    const uint32_t *first = road->first[mode][direction];
    const struct visitor visitor = {visit, context};
    uint32_t own = ROAD_NODE_NONE;
    if (place->edge != ROAD_NODE_NONE && place->node[0] != place->node[1]) {
        own = place->edge;
        own_pieces(within, ms_max, &visitor);
    }
    for (uint32_t i = 0; i < within->touched_count; i++) {
        uint32_t node = within->touched[i];
        if (within->labels[node].ms > ms_max)
            continue;
        for (uint32_t a = first[node]; a < first[node + 1]; a++)
            if (arcs[a].edge != own)
                arc_piece(within, node, &arcs[a], ms_max, &visitor);
    }
}
