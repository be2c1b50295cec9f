/* SPDX-License-Identifier: Apache-2.0 */
/* A wheel of BANDS buckets, each a list of cells (node); a label that is bettered leaves
 * its old cell behind, which is recognised when it comes up: its node was done in an
 * earlier band. Whoever lies more than a turn of the wheel ahead waits in one list until
 * the first of it is due.
 *
 * Most of the cost is waiting for memory, so whatever will be read soon is asked for
 * early: a node's line when it gets a cell, the heads of its edges' people when its
 * streets are gone through. */
#include "crowd/spread.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/closed.h"

#include <string.h>

#define BAND_BITS 11 /* 2.048 s */
#define BANDS 4096u  /* a turn: 2.3 hours */
#define CELL_NONE UINT32_MAX
#define CELLS_MAX UINT32_C(4000000000)

struct spread_cell {
    uint32_t node, next;
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
    size_t size = (streets->node_count + 1u) * sizeof(*spread->labels);
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

static inline int put_cell(struct spread *spread, uint32_t node, uint32_t ms)
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
    spread->cells[at] = (struct spread_cell){node, *list};
    *list = at;
    return ST_OK;
}

static inline int reach(struct spread *spread, uint32_t node, uint64_t ms)
{
    struct spread_label *label = &spread->labels[node];
    bool known = (label->stamp | 1u) == (spread->stamp | 1u);
    if (ms >= ROAD_MS_NONE || (known && label->ms <= ms))
        return ST_OK;
    if (!known)
        __builtin_prefetch(&spread->streets->junctions[node]);
    bool listed = label->stamp == (spread->stamp | 1u);
    *label = (struct spread_label){spread->stamp | listed, (uint32_t)ms};
    return put_cell(spread, node, (uint32_t)ms);
}

int spread_start(struct spread *spread, enum road_mode mode,
                 const struct road_spot *place, const struct road_closed *closed)
{
    spread->stamp += 2;
    if (spread->stamp == 0) {
        memset(spread->labels, 0, spread->streets->node_count * sizeof(*spread->labels));
        spread->stamp = 2;
    }
    if (spread->waiting > 0)
        memset(spread->wheel, 0xff, BANDS * sizeof(*spread->wheel));
    spread->far = CELL_NONE;
    spread->far_ms = ROAD_MS_NONE;
    spread->cell_count = spread->waiting = spread->stop_count = 0;
    spread->closed = closed;
    spread->slow = closed != NULL && road_closed_slows(closed) ? closed : NULL;
    spread->mode = (int)mode;
    if (place->edge == ROAD_NODE_NONE)
        return ST_OK;
    struct road_spot limited = *place;
    road_spot_limit(spread->streets->road, spread->slow, mode, &limited);
    const uint32_t *ms = limited.in_ms;
    spread->band = (ms[0] < ms[1] ? ms[0] : ms[1]) >> BAND_BITS;
    int status = ST_OK;
    for (int end = 0; end < 2 && status == ST_OK; end++)
        status = reach(spread, place->node[end], ms[end]);
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
        const struct spread_label *label = &spread->labels[cell.node];
        /* A node may stand here twice; the second is passed by when its band is over. */
        if (label->ms >> BAND_BITS >= spread->band &&
            put_cell(spread, cell.node, label->ms) < 0)
            return ST_NO_MEMORY;
        at = cell.next;
    }
    return ST_OK;
}

static int note_stops(struct spread *spread, uint32_t node)
{
    uint32_t count;
    const struct street *streets = streets_at(spread->streets, node, &count);
    int status = mem_grow(&spread->stops, &spread->stop_capacity,
                          spread->stop_count + count, sizeof(*spread->stops), CELLS_MAX);
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        uint32_t edge = street_edge(&streets[i]);
        if (!slab_any(spread->slab, edge))
            continue;
        __builtin_prefetch(&spread->slab->heads[edge]);
        spread->stops[spread->stop_count++] = (struct stop){
            .edge = edge,
            .node = node,
            .ms = street_own_ms(spread->streets, &streets[i], spread->mode, spread->slow),
            .other = streets[i].other & INT32_MAX,
            .end = streets[i].name & 1u};
    }
    return status;
}

static int relax(struct spread *spread, uint32_t node)
{
    uint32_t count, ms = spread->labels[node].ms;
    const struct street *streets = streets_at(spread->streets, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t along = streets[i].ms[spread->mode];
        if (spread->closed != NULL)
            along = street_pass_ms(spread->streets, &streets[i], spread->mode,
                                   spread->closed);
        if (along != ROAD_MS_NONE &&
            reach(spread, streets[i].other, (uint64_t)ms + along) < 0)
            return ST_NO_MEMORY;
    }
    return ST_OK;
}

/* Until nothing in this band changes any more. */
static int settle_band(struct spread *spread)
{
    uint32_t *list = &spread->wheel[spread->band % BANDS];
    while (*list != CELL_NONE) {
        uint32_t node = spread->cells[*list].node;
        *list = spread->cells[*list].next;
        spread->waiting--;
        struct spread_label *label = &spread->labels[node];
        if (label->ms >> BAND_BITS != spread->band)
            continue; /* it was done in an earlier band */
        if (label->stamp == spread->stamp) {
            label->stamp |= 1u;
            if (note_stops(spread, node) < 0)
                return ST_NO_MEMORY;
        }
        if (relax(spread, node) < 0)
            return ST_NO_MEMORY;
    }
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
