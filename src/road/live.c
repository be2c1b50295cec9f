/* SPDX-License-Identifier: Apache-2.0 */
/* Roads that are closed, slowed and opened while others query: the left-right way (P.
 * Ramalhete, A. Correia, 2013). Views use the active side. A change is made on the other
 * one: first it catches up with the change before, of which there is a list; then come
 * the arcs whose weights may be others now (partial.c), or all of them if much changes;
 * then it becomes active in one step. */
#include "road/hierarchy_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <sched.h>
#include <string.h>

/* If more than one in so many edges changes, all weights are computed anew. */
#define MANY_PART 512u

static void copy_closed(struct road_closed *to, const struct road_closed *from)
{
    size_t edges = from->road->edge_count;
    memcpy(to->bits, from->bits, (edges / 64 + 1) * sizeof *to->bits);
    memcpy(to->kmh, from->kmh, edges * sizeof *to->kmh);
    to->touched_count = from->touched_count;
    to->slow_count = from->slow_count;
}

/* What the last change did to the active side, and what a failed one left here. */
static void catch_up(struct road_hierarchy *h, struct weights *side)
{
    const struct weights *active = side == &h->sides[0] ? &h->sides[1] : &h->sides[0];
    struct live *live = &h->live;
    if (live->edges_whole)
        copy_closed(side->closed, active->closed);
    for (uint32_t i = 0; i < live->change_count && !live->edges_whole; i++)
        graph_set_kmh(side->closed, live->changes[i].edge, live->changes[i].now);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        size_t size = (size_t)h->shape.arc_count * sizeof(uint32_t);
        const struct live_log *log = &live->logs[mode];
        if (log->whole) {
            memcpy(side->up[mode], active->up[mode], size);
            memcpy(side->down[mode], active->down[mode], size);
        }
        for (uint32_t i = 0; i < log->count && !log->whole; i++) {
            side->up[mode][log->arcs[i].arc] = log->arcs[i].up;
            side->down[mode][log->arcs[i].arc] = log->arcs[i].down;
        }
    }
}

/* Until the change is whole, this side is good for nothing. */
static void begin(struct live *live)
{
    live->edges_whole = true;
    live->change_count = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        live->logs[mode].whole = true;
        live->logs[mode].count = 0;
    }
}

/* Only what is another state than before. False if there is no room to note it. */
static bool note_changes(struct road_hierarchy *h, const struct weights *side,
                         const struct road_change *changes, uint32_t count)
{
    struct live *live = &h->live;
    if (mem_grow(&live->changes, &live->change_capacity, count, sizeof *live->changes,
                 GRAPH_EDGES_MAX) != ST_OK)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        assert(changes[i].edge < h->road->edge_count);
        uint32_t before = graph_kmh(side->closed, changes[i].edge);
        if (before != changes[i].kmh)
            live->changes[live->change_count++] =
                (struct live_change){.edge = changes[i].edge,
                                     .before = (uint8_t)before,
                                     .now = (uint8_t)changes[i].kmh};
    }
    return true;
}

/* One of the two kinds of changes: the closed set of SIDE, then the weights. */
static int change_part(struct road_hierarchy *h, struct weights *side, bool rising)
{
    const struct live *live = &h->live;
    bool any = false;
    for (uint32_t i = 0; i < live->change_count; i++) {
        const struct live_change *change = &live->changes[i];
        if ((change->now < change->before) != rising)
            continue;
        graph_set_kmh(side->closed, change->edge, change->now);
        any = true;
    }
    int status = ST_OK;
    for (int mode = 0; any && mode < ROAD_MODE_COUNT && status == ST_OK; mode++)
        status = hierarchy_customise_part(h, side, (enum road_mode)mode, rising);
    return status;
}

static int change_weights(struct road_hierarchy *h, struct weights *side)
{
    struct live *live = &h->live;
    if (live->change_count <= h->road->edge_count / MANY_PART + 1) {
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
            live->logs[mode].whole = false;
        int status = change_part(h, side, true);
        return status == ST_OK ? change_part(h, side, false) : status;
    }
    for (uint32_t i = 0; i < live->change_count; i++)
        graph_set_kmh(side->closed, live->changes[i].edge, live->changes[i].now);
    int status = ST_OK;
    for (int mode = 0; mode < ROAD_MODE_COUNT && status == ST_OK; mode++)
        status = hierarchy_customise(h, side, (enum road_mode)mode);
    return status;
}

int road_hierarchy_change(struct road_hierarchy *h, const struct road_change *changes,
                          uint32_t count)
{
    uint32_t active = atomic_load(&h->active);
    struct weights *side = &h->sides[active ^ 1];
    while (atomic_load(&side->readers) > 0) /* views of before the last change */
        sched_yield();
    catch_up(h, side);
    begin(&h->live);
    if (!note_changes(h, side, changes, count))
        return ST_NO_MEMORY;
    int status = change_weights(h, side);
    if (status != ST_OK)
        return status;
    h->live.edges_whole = false;
    side->moment = h->sides[active].moment + 1;
    atomic_store(&h->active, active ^ 1);
    return ST_OK;
}

int road_hierarchy_set_closed(struct road_hierarchy *h, const struct road_closed *closed)
{
    const struct road_closed *now = h->sides[atomic_load(&h->active)].closed;
    uint32_t words = h->road->edge_count / 64 + 1, touched = 0, count = 0;
    assert(closed == NULL || closed->road == h->road);
    for (uint32_t i = 0; i < words; i++)
        touched += (uint32_t)__builtin_popcountll(now->bits[i] |
                                                  (closed == NULL ? 0 : closed->bits[i]));
    if (touched == 0)
        return ST_OK;
    AUTO_FREE struct road_change *changes = mem_alloc(touched * sizeof *changes);
    if (changes == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < words; i++) {
        uint64_t wanted = closed == NULL ? 0 : closed->bits[i];
        for (uint64_t bits = now->bits[i] | wanted; bits != 0; bits &= bits - 1) {
            uint32_t edge = i * 64 + (uint32_t)__builtin_ctzll(bits);
            uint32_t kmh = closed == NULL ? ROAD_KMH_FREE : graph_kmh(closed, edge);
            if (kmh != graph_kmh(now, edge))
                changes[count++] = (struct road_change){edge, kmh};
        }
    }
    return count == 0 ? ST_OK : road_hierarchy_change(h, changes, count);
}

void live_release(struct live *live)
{
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        mem_free(live->logs[mode].arcs);
    mem_free(live->changes);
    mem_free(live->heap);
    mem_free(live->queued);
}
