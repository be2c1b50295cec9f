/* SPDX-License-Identifier: Apache-2.0 */
/* The hierarchy against the plain search: every node, both directions, all modes, on
 * random networks with one-ways and closed roads. */
#include "bench.h"
#include "road/pin.h"

#define SEEDS 12

static void check_all_nodes(struct bench *bench, enum road_mode mode,
                            enum road_direction direction)
{
    struct road_spot spot;
    struct road_view view;
    struct road_settled at;
    if (!random_spot(bench, mode, &spot))
        return;
    uint32_t n = road_node_count(bench->road);
    uint32_t *want = mem_alloc((n + 1) * sizeof *want);
    memset(want, 0xff, n * sizeof *want);
    road_view_take(bench->hierarchy, &view);
    road_search_avoid(bench->search, road_view_closed(&view));
    assert_int_equal(road_search_start(bench->search, mode, direction, &spot), 0);
    while (road_search_next(bench->search, &at))
        want[at.node] = at.ms;
    road_reach_start(bench->reach, &view, mode, direction, &spot);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t node = (uint32_t)((uint64_t)i * 7919 % n);
        assert_int_equal(road_reach_ms(bench->reach, node), want[node]);
    }
    road_view_give(&view);
    mem_free(want);
}

static void check_spots(struct bench *bench, enum road_mode mode, int count)
{
    for (int i = 0; i < count; i++) {
        struct road_spot a, b;
        struct road_view view;
        uint32_t want, metres;
        if (!random_spot(bench, mode, &a) || !random_spot(bench, mode, &b))
            continue;
        if (i % 4 == 0) { /* another place on the same edge */
            const struct road_pin pin = {a.edge,
                                         a.access_m << 20 | below(bench, 1000001)};
            road_pin_spot(bench->road, mode, pin, &b);
        }
        road_view_take(bench->hierarchy, &view);
        road_search_avoid(bench->search, road_view_closed(&view));
        assert_int_equal(road_time_ms(bench->search, mode, &a, &b, &want, &metres), 0);
        road_reach_start(bench->reach, &view, mode, ROAD_FROM, &a);
        assert_int_equal(road_reach_spot_ms(bench->reach, &b), want);
        road_reach_start(bench->reach, &view, mode, ROAD_TO, &b);
        assert_int_equal(road_reach_spot_ms(bench->reach, &a), want);
        road_view_give(&view);
    }
}

static void check_all(struct bench *bench, int times)
{
    for (int i = 0; i < times; i++)
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
            check_all_nodes(bench, (enum road_mode)mode, ROAD_TO);
            check_all_nodes(bench, (enum road_mode)mode, ROAD_FROM);
            check_spots(bench, (enum road_mode)mode, 8);
        }
}

static void check_shape(struct bench *bench)
{
    uint32_t n = road_node_count(bench->road);
    for (uint32_t rank = 0; rank < n; rank++) {
        uint32_t parent = road_rank_parent(bench->hierarchy, rank);
        assert_int_equal(
            road_rank(bench->hierarchy, road_rank_node(bench->hierarchy, rank)), rank);
        assert_true(parent > rank && (parent < n || parent == ROAD_NODE_NONE));
    }
}

static void test_reach(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct bench bench;
        bench_open(&bench, random_road(seed, 30 + (uint32_t)seed * 25, "a.graph"), seed);
        check_shape(&bench);
        check_all(&bench, 4);
        for (uint32_t i = 0; i < road_edge_count(bench.road); i++)
            if (below(&bench, 8) == 0)
                road_closed_limit(bench.closed, i, below(&bench, 2) * 7);
        assert_int_equal(road_hierarchy_set_closed(bench.hierarchy, bench.closed), 0);
        check_all(&bench, 4);
        assert_int_equal(road_hierarchy_set_closed(bench.hierarchy, NULL), 0);
        check_all(&bench, 1);
        bench_close(&bench);
    }
}

/* A view keeps its moment over a change. */
static void test_view(void **state)
{
    (void)state;
    struct bench bench;
    struct road_view before, after;
    bench_open(&bench, random_road(5, 100, "a.graph"), 5);
    road_view_take(bench.hierarchy, &before);
    road_closed_edge(bench.closed, 3);
    assert_int_equal(road_hierarchy_set_closed(bench.hierarchy, bench.closed), 0);
    road_view_take(bench.hierarchy, &after);
    assert_false(road_closed_has(road_view_closed(&before), 3));
    assert_true(road_closed_has(road_view_closed(&after), 3));
    road_view_give(&before);
    road_view_give(&after);
    bench_close(&bench);
}

/* Real networks, if they lie beside the checkout. */
static void test_extracts(void **state)
{
    (void)state;
    static const char *const names[] = {"osm/liechtenstein.osm.pbf",
                                        "osm/north-bayreuth.osm.gz"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[512];
        struct road_import_result result;
        struct diag diag = {0};
        struct bench bench;
        if (!data_path(names[i], path, sizeof path))
            continue;
        assert_int_equal(road_import_osm(path, path_of("x.graph"), NULL, &result, &diag),
                         0);
        bench_open(&bench, open_road(path_of("x.graph")), 7 + i);
        check_all(&bench, 1);
        for (uint32_t k = 0; k < 100; k++)
            road_closed_edge(bench.closed, below(&bench, road_edge_count(bench.road)));
        assert_int_equal(road_hierarchy_set_closed(bench.hierarchy, bench.closed), 0);
        check_all(&bench, 1);
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reach),
        cmocka_unit_test(test_view),
        cmocka_unit_test(test_extracts),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
