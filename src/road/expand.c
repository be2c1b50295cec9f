/* SPDX-License-Identifier: Apache-2.0 */
/* A wheel of BANDS buckets, each a list of cells (node); a label that is bettered leaves
 * its old cell behind, which is recognised when it comes up: its node was done
 * in an earlier band. Whoever lies more than a turn of the wheel ahead waits in one list
 * until the first of it is due. A node's stamp is 2 x the number of the search, plus
 * 1 when it stands in the present band already. */
#include "road/expand.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"

#include <string.h>

#define BAND_BITS 11 /* 2.048 s */
#define BANDS 4096u  /* a turn: 2.3 hours */
#define CELL_NONE UINT32_MAX
#define CELLS_MAX UINT32_C(4000000000)

struct label {
    uint32_t stamp, ms;
};

struct cell {
    uint32_t node, next;
};

struct road_expand {
    const struct road *road;
    const struct road_closed *closed;
    const uint32_t *first;
    const struct graph_arc *arcs;
    struct label *labels; /* by node */
    struct cell *cells;
    uint32_t cell_count, cell_capacity;
    uint32_t wheel[BANDS], far; /* first cell of each list */
    uint32_t waiting;           /* cells on the wheel */
    uint32_t band;              /* the next to be looked at */
    uint32_t far_ms;            /* a lower bound of the far list */
    uint32_t stamp;             /* even */
    uint32_t *nodes;            /* of the band given out */
    uint32_t node_count, node_capacity;
};

int road_expand_new(struct road_expand **ret, const struct road *road)
{
    struct road_expand *expand = mem_calloc(1, sizeof *expand);
    if (expand == NULL)
        return ST_NO_MEMORY;
    expand->road = road;
    expand->far = CELL_NONE;
    memset(expand->wheel, 0xff, sizeof expand->wheel);
    expand->labels = mem_calloc(road->node_count, sizeof *expand->labels);
    if (expand->labels == NULL) {
        road_expand_free(expand);
        return ST_NO_MEMORY;
    }
    *ret = expand;
    return ST_OK;
}

void road_expand_free(struct road_expand *expand)
{
    if (expand == NULL)
        return;
    mem_free(expand->labels);
    mem_free(expand->cells);
    mem_free(expand->nodes);
    mem_free(expand);
}

static int put_cell(struct road_expand *expand, uint32_t node, uint32_t ms)
{
    if (expand->cell_count == expand->cell_capacity &&
        mem_grow(&expand->cells, &expand->cell_capacity, expand->cell_count + 1,
                 sizeof *expand->cells, CELLS_MAX) < 0)
        return ST_NO_MEMORY;
    uint32_t at = expand->cell_count++, band = ms >> BAND_BITS;
    uint32_t *list = &expand->far;
    if (band - expand->band < BANDS) {
        list = &expand->wheel[band % BANDS];
        expand->waiting++;
    } else if (ms < expand->far_ms) {
        expand->far_ms = ms;
    }
    __builtin_prefetch(&expand->first[node]);
    expand->cells[at] = (struct cell){node, *list};
    *list = at;
    return ST_OK;
}

static int reach(struct road_expand *expand, uint32_t node, uint64_t ms)
{
    struct label *label = &expand->labels[node];
    if (ms >= ROAD_MS_NONE ||
        ((label->stamp | 1u) == (expand->stamp | 1u) && label->ms <= ms))
        return ST_OK;
    bool listed = label->stamp == (expand->stamp | 1u);
    *label = (struct label){expand->stamp | listed, (uint32_t)ms};
    return put_cell(expand, node, (uint32_t)ms);
}

int road_expand_start(struct road_expand *expand, enum road_mode mode,
                      enum road_direction direction, const struct road_spot *place,
                      const struct road_closed *closed)
{
    expand->stamp += 2;
    if (expand->stamp == 0) {
        memset(expand->labels, 0, expand->road->node_count * sizeof *expand->labels);
        expand->stamp = 2;
    }
    if (expand->waiting > 0)
        memset(expand->wheel, 0xff, sizeof expand->wheel);
    expand->far = CELL_NONE;
    expand->far_ms = ROAD_MS_NONE;
    expand->cell_count = expand->waiting = expand->node_count = 0;
    expand->closed = closed;
    expand->first = expand->road->first[mode][direction];
    expand->arcs = expand->road->arcs[mode][direction];
    if (place->edge == ROAD_NODE_NONE)
        return ST_OK;
    struct road_spot slow;
    place = graph_spot(expand->road, closed, mode, place, &slow);
    const uint32_t *ms = direction == ROAD_TO ? place->in_ms : place->out_ms;
    uint32_t least = ms[0] < ms[1] ? ms[0] : ms[1];
    expand->band = least >> BAND_BITS;
    int status = ST_OK;
    for (int end = 0; end < 2 && status == ST_OK; end++)
        status = reach(expand, place->node[end], ms[end]);
    return status;
}

/* Who waits far ahead, is still wanted and comes within a turn goes onto the wheel. */
static int pull(struct road_expand *expand)
{
    uint32_t at = expand->far;
    expand->far = CELL_NONE;
    expand->far_ms = ROAD_MS_NONE;
    while (at != CELL_NONE) {
        struct cell cell = expand->cells[at];
        const struct label *label = &expand->labels[cell.node];
        /* A node may stand here twice; the second is passed by when its band is over. */
        if (label->ms >> BAND_BITS >= expand->band &&
            put_cell(expand, cell.node, label->ms) < 0)
            return ST_NO_MEMORY;
        at = cell.next;
    }
    return ST_OK;
}

static int relax(struct road_expand *expand, uint32_t node)
{
    uint32_t ms = expand->labels[node].ms;
    for (uint32_t i = expand->first[node]; i < expand->first[node + 1]; i++) {
        const struct graph_arc *arc = &expand->arcs[i];
        if (reach(expand, arc->node, (uint64_t)ms + graph_arc_ms(expand->closed, arc)) <
            0)
            return ST_NO_MEMORY;
    }
    return ST_OK;
}

/* Until nothing in this band changes any more. */
static int settle_band(struct road_expand *expand)
{
    uint32_t *list = &expand->wheel[expand->band % BANDS];
    while (*list != CELL_NONE) {
        uint32_t node = expand->cells[*list].node;
        *list = expand->cells[*list].next;
        expand->waiting--;
        struct label *label = &expand->labels[node];
        if (label->ms >> BAND_BITS != expand->band)
            continue; /* it was done in an earlier band */
        if (label->stamp == expand->stamp) {
            if (expand->node_count == expand->node_capacity &&
                mem_grow(&expand->nodes, &expand->node_capacity, expand->node_count + 1,
                         sizeof *expand->nodes, CELLS_MAX) < 0)
                return ST_NO_MEMORY;
            expand->nodes[expand->node_count++] = node;
            label->stamp |= 1u;
        }
        if (relax(expand, node) < 0)
            return ST_NO_MEMORY;
    }
    return ST_OK;
}

int road_expand_next(struct road_expand *expand, struct road_band *ret)
{
    expand->node_count = 0;
    while (expand->node_count == 0) {
        int status = ST_OK;
        if (expand->waiting == 0) {
            if (expand->far == CELL_NONE)
                return 0;
            expand->band = expand->far_ms >> BAND_BITS;
            status = pull(expand);
        } else if (expand->far_ms >> BAND_BITS <= expand->band) {
            status = pull(expand);
        } else if (expand->wheel[expand->band % BANDS] == CELL_NONE) {
            expand->band++;
        } else {
            status = settle_band(expand);
            expand->band++;
        }
        if (status < 0)
            return status;
    }
    *ret = (struct road_band){expand->nodes, expand->node_count,
                              road_expand_bound_ms(expand)};
    return 1;
}

uint32_t road_expand_bound_ms(const struct road_expand *expand)
{
    if (expand->waiting == 0)
        return expand->far_ms;
    uint64_t ms = (uint64_t)expand->band << BAND_BITS;
    return ms < expand->far_ms ? (uint32_t)ms : expand->far_ms;
}

uint32_t road_expand_ms(const struct road_expand *expand, uint32_t node)
{
    const struct label *label = &expand->labels[node];
    return (label->stamp | 1u) == (expand->stamp | 1u) ? label->ms : ROAD_MS_NONE;
}
