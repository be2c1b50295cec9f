/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of edges, and the search by bands over them, against Bellman-Ford and Dijkstra,
 * with arcs from 0 ms to the longest that there are; the runs with people that it meets
 * on the way. */
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
    /* Odd seeds: few junctions, and rows longer than a run. */
    uint32_t edges = seed % 2 == 0 ? NODES * 2 : NODES + 20;
    uint32_t ring = seed % 4 == 1 ? 12 : 60;
    for (uint32_t i = 0; i < edges; i++) {
        struct graph_edge edge = {.length_mm = 1000};
        bool along = seed % 2 != 0 && i < NODES;
        edge.node[0] = i % NODES;
        edge.node[1] =
            (edge.node[0] + 1 + (along ? 0 : (uint32_t)random_below(r, 9))) % NODES;
        if (along && i % ring == ring - 1) /* with few junctions or none */
            edge.node[1] = edge.node[0] + 1 - ring;
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

/* The same with somebody on two runs of three. */
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
    assert_int_equal(slab_init(&town->slab, town->streets.run_count), 0);
    for (uint32_t run = 0; run < town->streets.run_count; run++)
        if (run % 3 != 0)
            assert_int_equal(slab_add(&town->slab, run, (struct slab_entry){0}), 0);
    assert_int_equal(spread_new(&town->spread, &town->streets, &town->slab), 0);
}

static void close_town(struct town *town)
{
    spread_free(town->spread);
    slab_release(&town->slab);
    streets_release(&town->streets);
    road_free(town->road);
}

/* Every edge is a link of one run; a run goes from junction to junction, node by node. */
static void check_runs(const struct town *town)
{
    const struct streets *streets = &town->streets;
    uint32_t links = 0, longest = 0;
    for (uint32_t run = 0; run < streets->run_count; run++) {
        const struct run *on = &streets->runs[run];
        uint32_t node = ROAD_NODE_NONE;
        assert_int_equal(on->first, links);
        assert_in_range(on->links, 1, RUN_LINKS_MAX);
        for (uint32_t i = 0; i < on->links; i++) {
            uint32_t number = streets->edges[on->first + i];
            struct on_run at = streets->on_run[number];
            struct road_edge edge = road_edge(town->road, number);
            assert_int_equal(at.run, run);
            assert_int_equal(at.at, i);
            assert_true(i == 0 || edge.node[at.turned] == node);
            node = edge.node[!at.turned];
            bool passed = streets->first_at[node + 1] - streets->first_at[node] == 2;
            assert_true(i == on->links - 1 || passed);
        }
        links += on->links;
        longest = on->links > longest ? on->links : longest;
    }
    assert_int_equal(links, road_edge_count(town->road));
    assert_true(longest > 1);
}

static void better(uint32_t from, uint32_t on, uint32_t *best)
{
    uint64_t sum = (uint64_t)from + on;
    if (from != ROAD_MS_NONE && on != ROAD_MS_NONE && sum < *best)
        *best = (uint32_t)sum;
}

/* From a node, by what the search knows of the junctions of its runs, but for those that
 * lead back along the run: they are never needed. */
static uint32_t node_ms(const struct town *town, uint32_t node,
                        const struct road_closed *closed)
{
    const struct streets *streets = &town->streets;
    const struct spread *spread = town->spread;
    uint32_t best = ROAD_MS_NONE;
    for (uint32_t i = streets->first_at[node]; i < streets->first_at[node + 1]; i++) {
        uint32_t edge = streets->edges_at[i];
        struct on_run on = streets->on_run[edge];
        const struct run *run = &streets->runs[on.run];
        uint32_t here = (road_edge(town->road, edge).node[0] == node) == on.turned;
        for (uint32_t end = 0; end < 2; end++) {
            struct link link = streets_link_under(streets, spread->mode, on.run, (int)end,
                                                  on.at, closed, true);
            const struct stop stop = {run->junctions[end], on.run << 1 | end, run->first};
            if (spread_leads_back(spread, &stop))
                continue;
            uint32_t to = link.to;
            if (end != here) {
                to = ROAD_MS_NONE;
                better(link.to, link.own, &to);
            }
            better(spread_ms(spread, run->junctions[end]), to, &best);
        }
        if (spread->inside.run == on.run)
            better(spread->inside.ms[on.at + here], 0, &best);
    }
    return best;
}

/* What is new since FROM: each end of a run with people once, at its junction. */
static void check_stops(const struct town *town, uint32_t from, bool *met)
{
    for (uint32_t i = from; i < town->spread->stop_count; i++) {
        const struct stop *stop = &town->spread->stops[i];
        const struct run *run = &town->streets.runs[stop->name >> 1];
        assert_true((stop->name >> 1) % 3 != 0);
        assert_int_equal(run->junctions[stop->name & 1], stop->junction);
        assert_int_equal(run->first, stop->first);
        assert_false(met[stop->name]);
        met[stop->name] = true;
    }
}

/* Whatever is nearer than the bound is final, and its runs have been met. */
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
        check_stops(town, from, met);
        for (uint32_t node = 0; node < road_node_count(road); node++)
            if (want[node] < until)
                assert_int_equal(node_ms(town, node, NULL), want[node]);
            else
                assert_true(node_ms(town, node, NULL) >= want[node]);
        for (uint32_t run = 0; run < town->streets.run_count; run++)
            for (uint32_t end = 0; end < 2; end++)
                if (run % 3 != 0)
                    assert_int_equal(
                        met[run * 2 + end],
                        spread_ms(spread, town->streets.runs[run].junctions[end]) <
                            until);
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
        check_runs(&town);
        for (uint32_t node = 0; node < road_node_count(town.road); node += 11) {
            struct road_spot spot;
            enum road_mode mode = (enum road_mode)(node % ROAD_MODE_COUNT);
            if (road_snap(town.road, mode, road_node_point(town.road, node), 1000, &spot))
                check(&town, mode, &spot);
        }
        close_town(&town);
    }
}

static void check_closed(uint64_t seed)
{
    struct town town;
    struct road_search *search;
    struct road_closed *closed;
    struct random_seeded random;
    random_seeded_init(&random, seed + 4);
    open_town(&town, seed);
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
            assert_int_equal(node_ms(&town, at.node, closed), at.ms);
    }
    road_closed_free(closed);
    road_search_free(search);
    close_town(&town);
}

static void test_closed_roads_and_stopping_early(void **state)
{
    (void)state;
    for (uint64_t seed = 4; seed <= 7; seed++)
        check_closed(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bands_are_dijkstra),
        cmocka_unit_test(test_closed_roads_and_stopping_early),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
