/* SPDX-License-Identifier: Apache-2.0 */
/* A square grid of streets, where the time between two corners is known without a search:
 * GRID_BLOCK_MS a block, in every mode. */
#ifndef MUSTER_TEST_ROAD_GRID_H
#define MUSTER_TEST_ROAD_GRID_H

#include "test/unit/road/fixture.h"

#define GRID_STEP_E7 10000
#define GRID_BLOCK_MS 10000

static inline struct point grid_point(uint32_t row, uint32_t column)
{
    return (struct point){306000000 + (int32_t)row * GRID_STEP_E7,
                          1210000000 + (int32_t)column * GRID_STEP_E7};
}

static inline void add_street(struct graph_input *input, uint32_t a, uint32_t b)
{
    struct graph_edge edge = {.node = {a, b}, .length_mm = 100000, .class = ROAD_MINOR};
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        edge.ms[mode][0] = edge.ms[mode][1] = GRID_BLOCK_MS;
    assert_int_equal(graph_input_edge(input, edge, NULL, 0), 0);
}

static inline struct road *grid_road(uint32_t side)
{
    struct graph_input input = {.is_whole = true};
    struct road_import_result result = {0};
    struct diag diag = {0};
    for (uint32_t i = 0, number; i < side * side; i++)
        assert_int_equal(
            graph_input_node(&input, grid_point(i / side, i % side), &number), 0);
    for (uint32_t i = 0; i < side * side; i++) {
        if (i % side + 1 < side)
            add_street(&input, i, i + 1);
        if (i / side + 1 < side)
            add_street(&input, i, i + side);
    }
    assert_int_equal(graph_write(&input, path_of("grid.graph"), NULL, &result, &diag), 0);
    graph_input_release(&input);
    return open_road(path_of("grid.graph"));
}

#endif
