/* SPDX-License-Identifier: Apache-2.0 */
/* Many against many: one search for each place of the smaller side, which looks out for
 * the nodes of the larger side (a bitmap first, then a sorted list) and stops when it has
 * met them all. */
#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"

#include <stdlib.h>
#include <string.h>

struct watch {
    uint32_t node, spot; /* index of the spot */
    uint32_t ms;         /* between the node and the spot */
};

struct watch_list {
    struct watch *items;        /* sorted by node */
    uint64_t *bits;             /* by node */
    uint32_t count, node_count; /* node_count = different nodes */
};

static int watch_order(const void *a, const void *b)
{
    const struct watch *x = a, *y = b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->spot < y->spot ? -1 : x->spot > y->spot;
}

/* The spots of the larger side; FORWARD: they are arrived at. */
static int watch_list_make(struct watch_list *ret, const struct road_search *search,
                           const struct road_matrix *matrix, bool forward)
{
    const struct road *road = road_search_road(search);
    const struct road_closed *closed = road_search_avoids(search);
    const struct road_spot *spots = forward ? matrix->to : matrix->from;
    uint32_t count = forward ? matrix->to_count : matrix->from_count;
    struct watch_list list = {0};
    list.items = mem_alloc(((size_t)count * 2 + 1) * sizeof *list.items);
    list.bits = mem_calloc((size_t)road->node_count / 64 + 1, sizeof *list.bits);
    if (list.items == NULL || list.bits == NULL) {
        mem_free(list.items);
        mem_free(list.bits);
        return ST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct road_spot slow;
        const struct road_spot *spot =
            graph_spot(road, closed, matrix->mode, &spots[i], &slow);
        for (int end = 0; end < 2 && spot->edge != ROAD_NODE_NONE; end++) {
            uint32_t ms = forward ? spot->in_ms[end] : spot->out_ms[end];
            if (ms != ROAD_MS_NONE)
                list.items[list.count++] = (struct watch){spot->node[end], i, ms};
        }
    }
    qsort(list.items, list.count, sizeof *list.items, watch_order);
    for (uint32_t i = 0; i < list.count; i++) {
        uint32_t node = list.items[i].node;
        list.node_count += i == 0 || list.items[i - 1].node != node;
        list.bits[node / 64] |= UINT64_C(1) << node % 64;
    }
    *ret = list;
    return ST_OK;
}

static void watch_list_release(struct watch_list *list)
{
    mem_free(list->items);
    mem_free(list->bits);
}

static const struct watch *watch_find(const struct watch_list *list, uint32_t node)
{
    uint32_t low = 0, high = list->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (list->items[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return &list->items[low];
}

/* One search; the time to (from) spot i goes to cells[i * stride] if it is less. */
static void search_one(struct road_search *search, const struct watch_list *list,
                       uint32_t *cells, size_t stride)
{
    struct road_settled at;
    uint32_t left = list->node_count;
    const struct watch *end = list->items + list->count;
    while (left > 0 && road_search_next(search, &at)) {
        if (!(list->bits[at.node / 64] >> at.node % 64 & 1))
            continue;
        left--;
        for (const struct watch *w = watch_find(list, at.node);
             w < end && w->node == at.node; w++) {
            uint64_t ms = (uint64_t)at.ms + w->ms;
            if (ms < cells[w->spot * stride])
                cells[w->spot * stride] = (uint32_t)ms;
        }
    }
}

int road_matrix(struct road_search *search, const struct road_matrix *matrix,
                uint32_t *ret_ms)
{
    const struct road *road = road_search_road(search);
    bool forward = matrix->from_count <= matrix->to_count;
    const struct road_spot *few = forward ? matrix->from : matrix->to;
    uint32_t few_count = forward ? matrix->from_count : matrix->to_count;
    struct watch_list list;
    int status = watch_list_make(&list, search, matrix, forward);
    if (status != ST_OK)
        return status;
    for (uint32_t i = 0; i < matrix->from_count; i++)
        for (uint32_t j = 0; j < matrix->to_count; j++) {
            uint32_t metres;
            ret_ms[(size_t)i * matrix->to_count + j] =
                road_spot_direct_ms(road, road_search_avoids(search), matrix->mode,
                                    &matrix->from[i], &matrix->to[j], &metres);
        }
    for (uint32_t i = 0; i < few_count && status == ST_OK; i++) {
        status = road_search_start(search, matrix->mode, forward ? ROAD_FROM : ROAD_TO,
                                   &few[i]);
        if (status == ST_OK && forward)
            search_one(search, &list, ret_ms + (size_t)i * matrix->to_count, 1);
        else if (status == ST_OK)
            search_one(search, &list, ret_ms + i, matrix->to_count);
    }
    watch_list_release(&list);
    return status;
}
