/* SPDX-License-Identifier: Apache-2.0 */
/* The search by bands against Bellman-Ford and Dijkstra, with arcs from 0 ms to the
 * longest that there are; pins against the spots that they stand for. */
#include "fixture.h"

#include "road/closed.h"
#include "road/expand.h"
#include "road/pin.h"

#define NODES 300

/* Arcs within a band, over many, and longer than a turn of the wheel. */
static struct road *wide_road(uint64_t seed)
{
    static const uint32_t longest[] = {1, 60, 5000, 400000, 9000000, GRAPH_EDGE_MS_MAX};
    struct random_seeded random;
    struct random *r = &random.super;
    random_seeded_init(&random, seed);
    struct graph_input input = {.is_whole = true};
    uint32_t number;
    for (uint32_t i = 0; i < NODES; i++)
        assert_int_equal(
            graph_input_node(
                &input,
                (struct point){306000000 + (int32_t)random_below(r, 300000),
                               1210000000 + (int32_t)random_below(r, 300000)},
                &number),
            0);
    for (uint32_t i = 0; i < NODES * 2; i++) {
        struct graph_edge edge = {.length_mm = 1000};
        edge.node[0] = i % NODES;
        edge.node[1] = (edge.node[0] + 1 + (uint32_t)random_below(r, 9)) % NODES;
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
            for (int way = 0; way < 2; way++) {
                uint32_t most = longest[random_below(r, seed % 3 == 0 ? 6 : 5)];
                edge.ms[mode][way] = random_below(r, 5) == 0
                                         ? ROAD_MS_NONE
                                         : (uint32_t)random_below(r, most + 1u);
            }
        assert_int_equal(graph_input_edge(&input, edge, NULL, 0), 0);
    }
    struct road_import_result result = {0};
    assert_int_equal(graph_write(&input, path_of("wide"), NULL, &result, NULL), 0);
    graph_input_release(&input);
    return open_road(path_of("wide"));
}

/* Every band final and later than the one before, nobody forgotten, nobody twice. */
static void check(const struct road *road, struct road_expand *expand,
                  enum road_mode mode, enum road_direction direction,
                  const struct road_spot *spot)
{
    const uint32_t *start = direction == ROAD_TO ? spot->in_ms : spot->out_ms;
    uint32_t *want = slow_times(road, mode, direction, spot->node, start);
    uint32_t seen = 0, reachable = 0, until = 0;
    static bool out[NODES];
    memset(out, 0, sizeof out);
    struct road_band band;
    int more;
    assert_int_equal(road_expand_start(expand, mode, direction, spot, NULL), 0);
    while ((more = road_expand_next(expand, &band)) == 1) {
        for (uint32_t i = 0; i < band.count; i++) {
            assert_int_equal(road_expand_ms(expand, band.nodes[i]), want[band.nodes[i]]);
            assert_true(want[band.nodes[i]] >= until);
            assert_false(out[band.nodes[i]]);
            out[band.nodes[i]] = true;
        }
        seen += band.count;
        until = band.until_ms;
        for (uint32_t i = 0; i < road_node_count(road); i++)
            assert_true(out[i] || want[i] >= until);
    }
    assert_int_equal(more, 0);
    assert_int_equal(road_expand_bound_ms(expand), ROAD_MS_NONE);
    for (uint32_t i = 0; i < road_node_count(road); i++)
        reachable += want[i] != ROAD_MS_NONE;
    assert_int_equal(seen, reachable);
    mem_free(want);
}

static void test_bands_are_dijkstra(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 9; seed++) {
        struct road *road = wide_road(seed);
        struct road_expand *expand;
        assert_int_equal(road_expand_new(&expand, road), 0);
        for (uint32_t node = 0; node < road_node_count(road); node += 11) {
            struct road_spot spot;
            enum road_mode mode = (enum road_mode)(node % ROAD_MODE_COUNT);
            if (!road_snap(road, mode, road_node_point(road, node), 1000, &spot))
                continue;
            check(road, expand, mode, node % 2 ? ROAD_TO : ROAD_FROM, &spot);
        }
        road_expand_free(expand);
        road_free(road);
    }
}

static void test_closed_roads_and_stopping_early(void **state)
{
    (void)state;
    struct road *road = wide_road(4);
    struct road_expand *expand;
    struct road_search *search;
    struct road_closed *closed;
    struct random_seeded random;
    random_seeded_init(&random, 8);
    assert_int_equal(road_expand_new(&expand, road), 0);
    assert_int_equal(road_search_new(&search, road), 0);
    assert_int_equal(road_closed_new(&closed, road), 0);
    for (int i = 0; i < 80; i++)
        road_closed_limit(closed,
                          (uint32_t)random_below(&random.super, road_edge_count(road)),
                          i % 2 == 0 ? ROAD_KMH_CLOSED : 9);
    road_search_avoid(search, closed);
    for (uint32_t node = 0; node < 60; node++) {
        struct road_spot spot;
        struct road_band band;
        struct road_settled at;
        if (!road_snap(road, ROAD_CAR, road_node_point(road, node), 1000, &spot))
            continue;
        assert_int_equal(road_expand_start(expand, ROAD_CAR, ROAD_TO, &spot, closed), 0);
        for (int i = 0; i < (int)(node % 4); i++)
            (void)!road_expand_next(expand, &band); /* left in the middle */
        assert_int_equal(road_expand_start(expand, ROAD_CAR, ROAD_TO, &spot, closed), 0);
        while (road_expand_next(expand, &band) == 1)
            ;
        assert_int_equal(road_search_start(search, ROAD_CAR, ROAD_TO, &spot), 0);
        uint32_t ms, m;
        while (road_search_next(search, &at)) {
            assert_int_equal(road_expand_ms(expand, at.node), at.ms);
            assert_true(road_search_label(search, at.node, &ms, &m));
            assert_int_equal(ms, at.ms);
            assert_int_equal(m, at.m);
        }
    }
    road_closed_free(closed);
    road_search_free(search);
    road_expand_free(expand);
    road_free(road);
}

static void check_pin(const struct road *road, enum road_mode mode,
                      const struct road_spot *spot)
{
    struct road_spot again;
    struct road_pin pin = road_pin_of(spot);
    struct road_pin_edge edge;
    road_pin_spot(road, mode, pin, &again);
    assert_memory_equal(&again, spot, sizeof again);
    road_pin_edge(road, mode, pin.edge, &edge);
    for (int end = 0; end < 2; end++) {
        uint32_t ms = ROAD_MS_NONE;
        for (int side = 0; side < 2; side++)
            if (spot->node[side] == edge.node[end] && spot->out_ms[side] < ms)
                ms = spot->out_ms[side];
        assert_int_equal(
            road_pin_out_ms(edge.ms[!end], pin.where | 3u << PIN_WHERE_BITS, end), ms);
    }
}

static void test_pins_are_spots(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct road *road = random_road(seed, 120, "pins");
        struct random_seeded random;
        random_seeded_init(&random, seed);
        for (int i = 0; i < 1500; i++) {
            struct point at = road_node_point(
                road, (uint32_t)random_below(&random.super, road_node_count(road)));
            if (i % 3 != 0) {
                at.lat_e7 += (int32_t)random_below(&random.super, 40000) - 20000;
                at.lon_e7 += (int32_t)random_below(&random.super, 40000) - 20000;
            }
            struct road_spot all[ROAD_MODE_COUNT], spot;
            road_snap_all(road, at, ROAD_SNAP_M_MAX, all);
            for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
                bool on =
                    road_snap(road, (enum road_mode)mode, at, ROAD_SNAP_M_MAX, &spot);
                assert_int_equal(on, all[mode].edge != ROAD_NODE_NONE);
                if (!on)
                    continue;
                assert_memory_equal(&all[mode], &spot, sizeof spot);
                check_pin(road, (enum road_mode)mode, &spot);
            }
        }
        road_free(road);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bands_are_dijkstra),
        cmocka_unit_test(test_closed_roads_and_stopping_early),
        cmocka_unit_test(test_pins_are_spots),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
