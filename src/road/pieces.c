/* SPDX-License-Identifier: Apache-2.0 */
/* Edges are numbered along the map's curve already, so pieces in their order that are
 * neighbours in the array are mostly neighbours on the map. */
#include "road/pieces.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"

#include <string.h>

static void box_take(struct box_octet *octet, uint32_t at, const struct box *box)
{
    if (box->min.lat_e7 < octet->min_lat_e7[at])
        octet->min_lat_e7[at] = box->min.lat_e7;
    if (box->min.lon_e7 < octet->min_lon_e7[at])
        octet->min_lon_e7[at] = box->min.lon_e7;
    if (box->max.lat_e7 > octet->max_lat_e7[at])
        octet->max_lat_e7[at] = box->max.lat_e7;
    if (box->max.lon_e7 > octet->max_lon_e7[at])
        octet->max_lon_e7[at] = box->max.lon_e7;
}

static void piece_add(struct pieces *pieces, uint32_t number, const struct point ends[2],
                      uint32_t edge, uint32_t what)
{
    struct piece_leaf *leaf = &pieces->leaves[number / OCTET];
    uint32_t at = number % OCTET, box_at = number / OCTET % OCTET;
    struct box box = box_empty();
    for (int end = 0; end < 2; end++) {
        leaf->lat_e7[end][at] = ends[end].lat_e7;
        leaf->lon_e7[end][at] = ends[end].lon_e7;
        box_add(&box, ends[end]);
    }
    leaf->edge[at] = edge;
    leaf->what[at] = what;
    box_take(&pieces->octets[number / OCTET / OCTET], box_at, &box);
}

static uint32_t modes_of(const struct graph_edge *edge)
{
    uint32_t modes = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        if (edge->ms[mode][0] != ROAD_MS_NONE || edge->ms[mode][1] != ROAD_MS_NONE)
            modes |= 1u << mode;
    return modes;
}

static void fill_leaves(struct pieces *pieces, const struct road *road)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < road->edge_count; i++) {
        uint32_t modes = modes_of(&road->edges[i]), last = road->edges[i].shape_count;
        struct point ends[2] = {road_edge_point(road, i, 0)};
        for (uint32_t segment = 0; segment <= last; segment++) {
            ends[1] = road_edge_point(road, i, segment + 1);
            piece_add(pieces, number++, ends, i,
                      segment | modes << 16 | (uint32_t)(segment == last) << 19);
            ends[0] = ends[1];
        }
    }
}

/* The boxes around all octets of LEVEL - 1. */
static void fill_level(struct pieces *pieces, uint32_t level)
{
    const struct box_octet *below = &pieces->octets[pieces->first[level - 1]];
    struct box_octet *octets = &pieces->octets[pieces->first[level]];
    uint32_t count = pieces->first[level] - pieces->first[level - 1];
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < OCTET; j++) {
            const struct box box = {{below[i].min_lat_e7[j], below[i].min_lon_e7[j]},
                                    {below[i].max_lat_e7[j], below[i].max_lon_e7[j]}};
            box_take(&octets[i / OCTET], i % OCTET, &box);
        }
}

/* How many of eight hold COUNT; one at least. */
static uint32_t eighth(uint64_t count)
{
    return count == 0 ? 1 : (uint32_t)((count + OCTET - 1) / OCTET);
}

int pieces_make(struct pieces *ret, const struct road *road)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < road->edge_count; i++)
        count += road->edges[i].shape_count + UINT64_C(1);
    uint32_t leaf_count = eighth(count), octet_count = leaf_count;
    struct pieces pieces = {0};
    do {
        octet_count = eighth(octet_count);
        pieces.first[pieces.level_count + 1] =
            pieces.first[pieces.level_count] + octet_count;
        pieces.level_count++;
    } while (octet_count > 1);
    uint32_t octets = pieces.first[pieces.level_count];
    pieces.leaves = mem_alloc_large(leaf_count * sizeof *pieces.leaves);
    pieces.octets = mem_alloc_large(octets * sizeof *pieces.octets);
    if (pieces.leaves == NULL || pieces.octets == NULL) {
        pieces_release(&pieces);
        return ST_NO_MEMORY;
    }
    memset(&pieces.leaves[leaf_count - 1], 0, sizeof *pieces.leaves);
    for (uint32_t i = 0; i < octets * OCTET; i++) {
        struct box_octet *octet = &pieces.octets[i / OCTET];
        octet->min_lat_e7[i % OCTET] = octet->min_lon_e7[i % OCTET] = INT32_MAX;
        octet->max_lat_e7[i % OCTET] = octet->max_lon_e7[i % OCTET] = INT32_MIN;
    }
    fill_leaves(&pieces, road);
    for (uint32_t level = 1; level < pieces.level_count; level++)
        fill_level(&pieces, level);
    *ret = pieces;
    return ST_OK;
}

void pieces_release(struct pieces *pieces)
{
    mem_free(pieces->leaves);
    mem_free(pieces->octets);
    *pieces = (struct pieces){0};
}
