/* SPDX-License-Identifier: Apache-2.0 */
/* A wheel of BANDS buckets, each a list of cells (junction); a label that is bettered
 * leaves its old cell behind, which is recognised when it comes up: its junction was done
 * in an earlier band. Whoever lies more than a turn of the wheel ahead waits in one list
 * until the first of it is due.
 *
 * Most of the cost is waiting for memory, so junctions are taken from a bucket some at
 * a time, and what they will be settled with is asked for first: the labels and lines of
 * their neighbours, the heads of their runs' people. */
#include "crowd/spread.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/closed.h"

#include <string.h>

#define BAND_BITS 13 /* 8.192 s */
#define BANDS 1024u  /* a turn: 2.3 hours */
#define TOGETHER 16u /* junctions */
#define CELL_NONE UINT32_MAX
#define CELLS_MAX UINT32_C(4000000000)

struct spread_cell {
    uint32_t junction, next;
};

int spread_new(struct spread **ret, const struct streets *streets,
               const struct slab *slab)
{
    struct spread *spread = mem_calloc(1, sizeof(*spread));
    if (spread == NULL)
        return ST_NO_MEMORY;
    spread->streets = streets;
    spread->slab = slab;
    spread->far = CELL_NONE;
    spread->wheel = mem_alloc(BANDS * sizeof(*spread->wheel));
    size_t size = (streets->junction_count + 1u) * sizeof(*spread->labels);
    spread->labels = mem_alloc_large(size);
    if (spread->labels == NULL || spread->wheel == NULL) {
        spread_free(spread);
        return ST_NO_MEMORY;
    }
    memset(spread->labels, 0, size);
    memset(spread->wheel, 0xff, BANDS * sizeof(*spread->wheel));
    *ret = spread;
    return ST_OK;
}

void spread_free(struct spread *spread)
{
    if (spread == NULL)
        return;
    mem_free(spread->labels);
    mem_free(spread->wheel);
    mem_free(spread->cells);
    mem_free(spread->stops);
    mem_free(spread);
}

static inline int put_cell(struct spread *spread, uint32_t junction, uint32_t ms)
{
    if (spread->cell_count == spread->cell_capacity &&
        mem_grow(&spread->cells, &spread->cell_capacity, spread->cell_count + 1,
                 sizeof(*spread->cells), CELLS_MAX) < 0)
        return ST_NO_MEMORY;
    uint32_t at = spread->cell_count++, band = ms >> BAND_BITS;
    uint32_t *list = &spread->far;
    if (band - spread->band < BANDS) {
        list = &spread->wheel[band % BANDS];
        spread->waiting++;
    } else if (ms < spread->far_ms) {
        spread->far_ms = ms;
    }
    spread->cells[at] = (struct spread_cell){junction, *list};
    *list = at;
    return ST_OK;
}

static inline int reach(struct spread *spread, uint32_t junction, uint64_t ms,
                        uint32_t via)
{
    struct spread_label *label = &spread->labels[junction];
    bool known = (label->stamp | 1u) == (spread->stamp | 1u);
    if (ms >= ROAD_MS_NONE || (known && label->ms <= ms))
        return ST_OK;
    bool listed = label->stamp == (spread->stamp | 1u);
    *label = (struct spread_label){spread->stamp | listed, (uint32_t)ms, via};
    return put_cell(spread, junction, (uint32_t)ms);
}

/* Room for the streets of one more junction. */
static inline int reserve_stops(struct spread *spread, uint32_t count)
{
    return spread->stop_count + count <= spread->stop_capacity
               ? ST_OK
               : mem_grow(&spread->stops, &spread->stop_capacity,
                          spread->stop_count + count, sizeof(*spread->stops), CELLS_MAX);
}

static inline void note_stop(struct spread *spread, struct stop stop, bool again)
{
    const struct slab_head *head = &spread->slab->heads[stop.name >> 1];
    uint32_t people = head->count;
    __builtin_prefetch(&spread->slab->entries[head->at]);
    spread->stops[spread->stop_count] = stop;
    spread->stop_count += people != 0;
    spread->stop_people += again ? 0 : people;
}

int spread_start(struct spread *spread, enum road_mode mode,
                 const struct road_spot *place, const struct road_closed *closed)
{
    spread->stamp += 2;
    if (spread->stamp == 0) {
        memset(spread->labels, 0,
               spread->streets->junction_count * sizeof(*spread->labels));
        spread->stamp = 2;
    }
    if (spread->waiting > 0)
        memset(spread->wheel, 0xff, BANDS * sizeof(*spread->wheel));
    spread->far = CELL_NONE;
    spread->far_ms = ROAD_MS_NONE;
    spread->cell_count = spread->waiting = 0;
    spread_forget_stops(spread);
    spread->closed = closed;
    spread->mode = (int)mode;
    struct road_spot limited = *place;
    if (closed != NULL && place->edge != ROAD_NODE_NONE)
        road_spot_limit(spread->streets->road, closed, mode, &limited);
    struct inside *inside = &spread->inside;
    streets_inside(spread->streets, (int)mode, &limited, closed, inside);
    if (inside->run == STREET_NONE)
        return ST_OK;
    const struct run *run = &spread->streets->runs[inside->run];
    const uint32_t ms[2] = {inside->ms[0], inside->ms[run->links]};
    spread->band = (ms[0] < ms[1] ? ms[0] : ms[1]) >> BAND_BITS;
    int status = reserve_stops(spread, 1);
    if (status == ST_OK)
        note_stop(
            spread,
            (struct stop){spread->streets->junction_count, inside->run << 1, run->first},
            false);
    /* From a ring's one junction it may be nearer round the other side. */
    bool ring = run->junctions[0] == run->junctions[1];
    for (int end = 0; end < 2 && status == ST_OK; end++)
        status =
            reach(spread, run->junctions[end], ms[end], ring ? STREET_NONE : inside->run);
    return status;
}

/* Who waits far ahead, is still wanted and comes within a turn goes onto the wheel. */
static int pull(struct spread *spread)
{
    uint32_t at = spread->far;
    spread->far = CELL_NONE;
    spread->far_ms = ROAD_MS_NONE;
    while (at != CELL_NONE) {
        struct spread_cell cell = spread->cells[at];
        const struct spread_label *label = &spread->labels[cell.junction];
        /* A junction may stand here twice; the second is passed by when its band is over.
         */
        if (label->ms >> BAND_BITS >= spread->band &&
            put_cell(spread, cell.junction, label->ms) < 0)
            return ST_NO_MEMORY;
        at = cell.next;
    }
    return ST_OK;
}

/* JUNCTION's time may still fall as long as its band lasts; its streets are noted once.
 */
static int settle(struct spread *spread, uint32_t junction)
{
    struct spread_label *label = &spread->labels[junction];
    bool first = label->stamp == spread->stamp;
    uint32_t count, ms = label->ms;
    const struct street *streets =
        streets_at(spread->streets, spread->mode, junction, &count);
    label->stamp |= 1u;
    if (first && reserve_stops(spread, count) < 0)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        if (first)
            note_stop(spread, (struct stop){junction, streets[i].name, streets[i].first},
                      label->via == streets[i].name >> 1);
        uint32_t along = streets[i].ms;
        if (spread->closed != NULL)
            along = streets_pass_ms(spread->streets, &streets[i], spread->mode,
                                    spread->closed);
        if (along != ROAD_MS_NONE && reach(spread, streets[i].other, (uint64_t)ms + along,
                                           streets[i].name >> 1) < 0)
            return ST_NO_MEMORY;
    }
    return ST_OK;
}

/* Takes up to TOGETHER junctions from LIST and asks for what they will be settled with.
 */
static uint32_t take(struct spread *spread, uint32_t *list, uint32_t ret[TOGETHER])
{
    uint32_t taken = 0, count;
    const struct junction *junctions = spread->streets->junctions[spread->mode];
    while (*list != CELL_NONE && taken < TOGETHER) {
        uint32_t junction = spread->cells[*list].junction;
        *list = spread->cells[*list].next;
        spread->waiting--;
        if (spread->labels[junction].ms >> BAND_BITS != spread->band)
            continue; /* it was done in an earlier band */
        const struct street *streets =
            streets_at(spread->streets, spread->mode, junction, &count);
        for (uint32_t i = 0; i < count; i++) {
            __builtin_prefetch(&spread->labels[streets[i].other]);
            __builtin_prefetch(&junctions[streets[i].other]);
            __builtin_prefetch(&spread->slab->heads[streets[i].name >> 1]);
        }
        ret[taken++] = junction;
    }
    return taken;
}

/* Until nothing in this band changes any more. */
static int settle_band(struct spread *spread)
{
    uint32_t *list = &spread->wheel[spread->band % BANDS], taken[TOGETHER];
    for (uint32_t count; (count = take(spread, list, taken)) > 0;)
        for (uint32_t i = 0; i < count; i++)
            if (settle(spread, taken[i]) < 0)
                return ST_NO_MEMORY;
    return ST_OK;
}

int spread_next(struct spread *spread)
{
    for (bool more = true; more;) {
        int status = ST_OK;
        if (spread->waiting == 0) {
            if (spread->far == CELL_NONE)
                return 0;
            spread->band = spread->far_ms >> BAND_BITS;
            status = pull(spread);
        } else if (spread->far_ms >> BAND_BITS <= spread->band) {
            status = pull(spread);
        } else if (spread->wheel[spread->band % BANDS] == CELL_NONE) {
            spread->band++;
        } else {
            status = settle_band(spread);
            spread->band++;
            more = false;
        }
        if (status < 0)
            return status;
    }
    return 1;
}

uint32_t spread_bound_ms(const struct spread *spread)
{
    if (spread->waiting == 0)
        return spread->far_ms;
    uint64_t ms = (uint64_t)spread->band << BAND_BITS;
    return ms < spread->far_ms ? (uint32_t)ms : spread->far_ms;
}
