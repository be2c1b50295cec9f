/* SPDX-License-Identifier: Apache-2.0 */
#include "crowd/streets.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/arc.h"
#include "road/closed.h"
#include "road/pin.h"

#include <assert.h>
#include <string.h>

#define EDGES_MAX (1u << 31) /* struct street's name */

static struct street street_of(const struct road *road, uint32_t edge, int end)
{
    struct street street = {.name = edge << 1 | (uint32_t)end};
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        struct road_pin_edge ends;
        road_pin_edge(road, (enum road_mode)mode, edge, &ends);
        street.other = ends.node[!end];
        street.ms[mode] = ends.ms[!end];
    }
    return street;
}

/* How many meet at each node; where each of the crowded ones begins in `more`, whose size
 * is returned. */
static uint32_t count_streets(struct streets *streets, const struct road *road)
{
    uint32_t sum = 0;
    for (uint32_t edge = 0; edge < road_edge_count(road); edge++) {
        struct road_pin_edge ends;
        road_pin_edge(road, ROAD_FOOT, edge, &ends);
        streets->junctions[ends.node[0]].count++;
        streets->junctions[ends.node[1]].count++;
    }
    for (uint32_t node = 0; node < streets->node_count; node++) {
        struct junction *junction = &streets->junctions[node];
        if (junction->count <= JUNCTION_STREETS)
            continue;
        junction->streets[0].other = sum;
        sum += junction->count;
    }
    return sum;
}

/* FILLED: how many of each node are there. */
static void fill_streets(struct streets *streets, const struct road *road,
                         uint32_t *filled)
{
    for (uint32_t edge = 0; edge < road_edge_count(road); edge++) {
        struct road_pin_edge ends;
        road_pin_edge(road, ROAD_FOOT, edge, &ends);
        for (int end = 0; end < 2; end++) {
            uint32_t node = ends.node[end];
            struct junction *junction = &streets->junctions[node];
            struct street *first = junction->count <= JUNCTION_STREETS
                                       ? junction->streets
                                       : &streets->more[junction->streets[0].other];
            first[filled[node]++] = street_of(road, edge, end);
        }
    }
}

int streets_make(struct streets *ret, const struct road *road)
{
    uint32_t nodes = road_node_count(road);
    assert(road_edge_count(road) < EDGES_MAX);
    struct streets streets = {.road = road, .node_count = nodes};
    streets.junctions = mem_alloc_large((nodes + 1u) * sizeof(*streets.junctions));
    AUTO_FREE uint32_t *filled = mem_calloc(nodes + 1u, sizeof(*filled));
    if (streets.junctions != NULL && filled != NULL) {
        memset(streets.junctions, 0, (nodes + 1u) * sizeof(*streets.junctions));
        uint32_t more = count_streets(&streets, road);
        streets.more = mem_alloc_large((more + 1u) * sizeof(*streets.more));
    }
    if (streets.more == NULL) {
        streets_release(&streets);
        return ST_NO_MEMORY;
    }
    fill_streets(&streets, road, filled);
    *ret = streets;
    return ST_OK;
}

void streets_release(struct streets *streets)
{
    mem_free(streets->junctions);
    mem_free(streets->more);
    *streets = (struct streets){0};
}

uint32_t street_own_ms(const struct streets *streets, const struct street *street,
                       int mode, const struct road_closed *closed)
{
    uint32_t ms = street->ms[mode], edge = street_edge(street);
    struct road_pin_edge ends;
    if (closed == NULL || ms == ROAD_MS_NONE ||
        road_closed_kmh(closed, edge) == ROAD_KMH_FREE)
        return ms;
    road_pin_edge(streets->road, (enum road_mode)mode, edge, &ends);
    const struct graph_arc arc = {.ms = ms, .length_mm = ends.length_mm, .edge = edge};
    return road_own_ms(closed, &arc);
}

uint32_t street_pass_ms(const struct streets *streets, const struct street *street,
                        int mode, const struct road_closed *closed)
{
    uint32_t kmh = road_closed_kmh(closed, street_edge(street));
    if (kmh == ROAD_KMH_FREE)
        return street->ms[mode];
    return kmh == ROAD_KMH_CLOSED ? ROAD_MS_NONE
                                  : street_own_ms(streets, street, mode, closed);
}
