/* SPDX-License-Identifier: Apache-2.0 */
/* A graph file with a right checksum and size, whatever else: refused, or every question
 * is answered from inside it. */
#include "base/mem.h"
#include "base/status.h"
#include "road/circle.h"
#include "road/graph.h"
#include "road/hierarchy.h"

#include <stddef.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* By the hierarchy too. A file's rows may hold other times than its edges, so the answers
 * are not compared. */
static void ask_hierarchy(const struct road *road)
{
    struct road_hierarchy *hierarchy;
    struct road_reach *reach;
    struct road_view view;
    assert(road_hierarchy_new(&hierarchy, road) == ST_OK);
    assert(road_reach_new(&reach, hierarchy) == ST_OK);
    road_view_take(hierarchy, &view);
    for (int i = 0; i < 6; i++) {
        enum road_mode mode = (enum road_mode)(i / 2);
        enum road_direction direction = (enum road_direction)(i % 2);
        const struct road_spot spot = {0};
        road_reach_start(reach, &view, mode, direction, &spot);
        for (uint32_t node = 0; node < road->node_count; node++)
            (void)road_reach_ms(reach, node);
    }
    road_view_give(&view);
    road_reach_free(reach);
    road_hierarchy_free(hierarchy);
}

/* What is reached, and the picture of it. */
static void ask_circle(const struct road *road, enum road_mode mode, struct point at,
                       const struct road_spot *place)
{
    const uint32_t bands[] = {60000, 3600000};
    struct road_within *within;
    struct road_circle circle = {0};
    const struct road_within_query query = {.mode = mode,
                                            .direction = ROAD_TO,
                                            .at = at,
                                            .place = *place,
                                            .ms_max = bands[1]};
    assert(road_within_new(&within, road) == ST_OK);
    assert(road_within_run(within, &query) == ST_OK);
    int status = road_circle_make(within, bands, 2, &circle);
    assert(status == ST_OK || status == ST_LIMIT);
    road_circle_release(&circle);
    road_within_free(within);
}

static void ask(struct road *road)
{
    struct road_search *search;
    struct road_settled at;
    struct box box = road_box(road);
    assert(road_search_new(&search, road) == ST_OK);
    for (int i = 0; i < 6; i++) {
        struct road_spot spot[2];
        enum road_mode mode = (enum road_mode)(i / 2);
        struct point place = i % 2 ? box.min : box.max;
        if (!road_snap(road, mode, place, 1000, &spot[0]) ||
            !road_snap(road, mode, road_node_point(road, 0), 1000, &spot[1]))
            continue;
        uint32_t ms[4], m;
        if (i % 2 == 0)
            ask_circle(road, mode, place, &spot[0]);
        assert(road_search_start(search, mode, (enum road_direction)(i % 2), &spot[0]) ==
               ST_OK);
        for (uint32_t last = 0; road_search_next(search, &at); last = at.ms)
            assert(at.ms >= last && at.node < road->node_count);
        assert(road_time_ms(search, mode, &spot[0], &spot[1], ms, &m) == ST_OK);
        const struct road_matrix matrix = {mode, spot, spot, 2, 2};
        assert(road_matrix(search, &matrix, ms) == ST_OK);
    }
    ask_hierarchy(road);
    for (uint32_t i = 0; (i = road_edge_next_in(road, box, i)) != ROAD_NODE_NONE; i++)
        (void)road_edge(road, i);
    road_search_free(search);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < sizeof(struct graph_header) || size > 1u << 20)
        return 0;
    uint8_t *copy = mem_alloc(size);
    memcpy(copy, data, size);
    struct graph_header header;
    memcpy(&header, copy, sizeof header);
    memcpy(header.magic, "MUSTROAD", 8);
    header.version = GRAPH_VERSION;
    header.header_size = sizeof header;
    header.file_size = size;
    memcpy(copy, &header, sizeof header);
    header.checksum = graph_checksum(copy, size);
    memcpy(copy, &header, sizeof header);
    struct road road;
    struct diag diag;
    if (graph_check(copy, size, "x", &road, &diag) == ST_OK && road.node_count > 0) {
        assert(pieces_make(&road.pieces, &road) == ST_OK);
        ask(&road);
        pieces_release(&road.pieces);
    }
    mem_free(copy);
    return 0;
}
