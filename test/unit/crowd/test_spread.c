/* SPDX-License-Identifier: Apache-2.0 */
/* The search by bands against Bellman-Ford and Dijkstra, with arcs from 0 ms to the
 * longest that there are; the edges with people that it meets on the way. */
#include "../road/fixture.h"

#include "crowd/spread.h"
#include "road/closed.h"

#define NODES 300

/* Arcs within a band, over many, and longer than a turn of the wheel. */
static struct road *wide_road(uint64_t seed)
{
    static const uint32_t longest[] = {1, 60, 5000, 400000, 9000000, GRAPH_EDGE_MS_MAX};
    struct random_seeded random;
    struct random *r = &random.super;
    random_seeded_init(&random, seed);
    struct graph_input input = {.is_whole = true};
    put_nodes(&input, r, NODES);
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

/* The same with somebody on two edges of three. */
struct town {
    struct road *road;
    struct streets streets;
    struct slab slab;
    struct spread *spread;
};

static void open_town(struct town *town, uint64_t seed)
{
    *town = (struct town){.road = wide_road(seed)};
    assert_int_equal(streets_make(&town->streets, town->road), 0);
    assert_int_equal(slab_init(&town->slab, road_edge_count(town->road)), 0);
    for (uint32_t edge = 0; edge < road_edge_count(town->road); edge++)
        if (edge % 3 != 0)
            assert_int_equal(slab_add(&town->slab, edge, (struct slab_entry){0}), 0);
    assert_int_equal(spread_new(&town->spread, &town->streets, &town->slab), 0);
}

static void close_town(struct town *town)
{
    spread_free(town->spread);
    slab_release(&town->slab);
    streets_release(&town->streets);
    road_free(town->road);
}

/* What is new since FROM: each end of an edge with people once, at its node. */
static void check_stops(const struct town *town, enum road_mode mode, uint32_t from,
                        bool *met)
{
    for (uint32_t i = from; i < town->spread->stop_count; i++) {
        const struct stop *stop = &town->spread->stops[i];
        struct road_edge edge = road_edge(town->road, stop->edge);
        assert_true(stop->edge % 3 != 0);
        assert_int_equal(edge.node[stop->end], stop->node);
        assert_int_equal(edge.node[!stop->end], stop->other);
        assert_int_equal(edge.ms[mode][!stop->end], stop->ms);
        assert_false(met[stop->edge * 2 + stop->end]);
        met[stop->edge * 2 + stop->end] = true;
    }
}

/* Whatever is nearer than the bound is final, and its edges have been met. */
static void check(const struct town *town, enum road_mode mode,
                  const struct road_spot *spot)
{
    const struct road *road = town->road;
    struct spread *spread = town->spread;
    uint32_t *want = slow_times(road, mode, ROAD_TO, spot->node, spot->in_ms);
    static bool met[NODES * 4];
    memset(met, 0, sizeof met);
    assert_int_equal(spread_start(spread, mode, spot, NULL), 0);
    for (int more = 1; more == 1;) {
        uint32_t from = spread->stop_count, until;
        more = spread_next(spread);
        until = spread_bound_ms(spread);
        check_stops(town, mode, from, met);
        for (uint32_t node = 0; node < road_node_count(road); node++)
            if (want[node] < until)
                assert_int_equal(spread_ms(spread, node), want[node]);
            else
                assert_true(spread_ms(spread, node) >= want[node]);
        for (uint32_t edge = 0; edge < road_edge_count(road); edge++)
            for (int end = 0; end < 2; end++)
                if (edge % 3 != 0)
                    assert_int_equal(met[edge * 2 + (uint32_t)end],
                                     want[road_edge(road, edge).node[end]] < until);
    }
    assert_int_equal(spread_bound_ms(spread), ROAD_MS_NONE);
    mem_free(want);
}

static void test_bands_are_dijkstra(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 9; seed++) {
        struct town town;
        open_town(&town, seed);
        for (uint32_t node = 0; node < road_node_count(town.road); node += 11) {
            struct road_spot spot;
            enum road_mode mode = (enum road_mode)(node % ROAD_MODE_COUNT);
            if (road_snap(town.road, mode, road_node_point(town.road, node), 1000, &spot))
                check(&town, mode, &spot);
        }
        close_town(&town);
    }
}

static void test_closed_roads_and_stopping_early(void **state)
{
    (void)state;
    struct town town;
    struct road_search *search;
    struct road_closed *closed;
    struct random_seeded random;
    random_seeded_init(&random, 8);
    open_town(&town, 4);
    assert_int_equal(road_search_new(&search, town.road), 0);
    assert_int_equal(road_closed_new(&closed, town.road), 0);
    for (int i = 0; i < 80; i++)
        road_closed_limit(
            closed, (uint32_t)random_below(&random.super, road_edge_count(town.road)),
            i % 2 == 0 ? ROAD_KMH_CLOSED : 9);
    road_search_avoid(search, closed);
    for (uint32_t node = 0; node < 60; node++) {
        struct road_spot spot;
        struct road_settled at;
        if (!road_snap(town.road, ROAD_CAR, road_node_point(town.road, node), 1000,
                       &spot))
            continue;
        assert_int_equal(spread_start(town.spread, ROAD_CAR, &spot, closed), 0);
        for (int i = 0; i < (int)(node % 4); i++)
            (void)!spread_next(town.spread); /* left in the middle */
        assert_int_equal(spread_start(town.spread, ROAD_CAR, &spot, closed), 0);
        while (spread_next(town.spread) == 1)
            ;
        assert_int_equal(road_search_start(search, ROAD_CAR, ROAD_TO, &spot), 0);
        while (road_search_next(search, &at))
            assert_int_equal(spread_ms(town.spread, at.node), at.ms);
    }
    road_closed_free(closed);
    road_search_free(search);
    close_town(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bands_are_dijkstra),
        cmocka_unit_test(test_closed_roads_and_stopping_early),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
