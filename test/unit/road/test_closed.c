/* SPDX-License-Identifier: Apache-2.0 */
/* Closed and slow roads: a search passes by or takes its time, the slow search over the
 * edges as they are then agrees. */
#include "fixture.h"
#include "road/closed.h"

#include <math.h>

/* As slow_times, without the closed edges. */
static uint32_t *slow_without(const struct road *road, const struct road_closed *closed,
                              enum road_mode mode, uint32_t start)
{
    uint32_t n = road_node_count(road), *ms = mem_alloc((n + 1) * sizeof *ms);
    memset(ms, 0xff, n * sizeof *ms);
    ms[start] = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < road_edge_count(road); i++)
            for (int way = 0; way < 2 && !road_closed_has(closed, i); way++) {
                struct road_edge edge = road_edge(road, i);
                uint32_t from = edge.node[way], to = edge.node[way ^ 1];
                if (edge.ms[mode][way] == ROAD_MS_NONE || ms[from] == ROAD_MS_NONE ||
                    ms[from] + edge.ms[mode][way] >= ms[to])
                    continue;
                ms[to] = ms[from] + edge.ms[mode][way];
                changed = true;
            }
    }
    return ms;
}

static void test_avoid(void **state)
{
    (void)state;
    struct random_seeded random;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct road *road = random_road(seed, 120, "a.graph");
        struct road_search *search;
        struct road_closed *closed;
        struct road_settled at;
        struct road_spot spot;
        random_seeded_init(&random, seed);
        assert_int_equal(road_search_new(&search, road), 0);
        assert_int_equal(road_closed_new(&closed, road), 0);
        for (uint32_t i = 0; i < road_edge_count(road); i++)
            if (random_below(&random.super, 5) == 0)
                road_closed_edge(closed, i);
        assert_true(road_closed_count(closed) > 10);
        enum road_mode mode = (enum road_mode)(seed % ROAD_MODE_COUNT);
        assert_true(road_snap(road, mode, road_node_point(road, 7), 1000, &spot));
        uint32_t *want = slow_without(road, closed, mode, spot.node[0]);
        road_search_avoid(search, closed);
        uint32_t seen = 0, reachable = 0;
        if (spot.node[0] == spot.node[1]) {
            assert_int_equal(road_search_start(search, mode, ROAD_FROM, &spot), 0);
            for (; road_search_next(search, &at); seen++)
                assert_int_equal(at.ms, want[at.node]);
            for (uint32_t i = 0; i < road_node_count(road); i++)
                reachable += want[i] != ROAD_MS_NONE;
            assert_int_equal(seen, reachable);
        }
        /* Opened again. */
        road_search_avoid(search, NULL);
        assert_int_equal(road_search_start(search, mode, ROAD_FROM, &spot), 0);
        uint32_t open = 0;
        while (road_search_next(search, &at))
            open++;
        assert_true(open >= seen);
        mem_free(want);
        road_closed_free(closed);
        road_search_free(search);
        road_free(road);
    }
    road_closed_free(NULL);
}

/* What LENGTH_MM take at KMH, rounded up, in another way than the code: metres and
 * seconds. */
static uint32_t limit_ms(uint32_t length_mm, uint32_t kmh)
{
    long double ms = (long double)length_mm / 1000 / ((long double)kmh / 3.6L) * 1000;
    return (uint32_t)ceill(ms - 1e-9L);
}

static uint32_t slow_ms(const struct road *road, const struct road_closed *closed,
                        enum road_mode mode, uint32_t edge, int way, bool own)
{
    uint32_t ms = road->edges[edge].ms[mode][way], kmh = road_closed_kmh(closed, edge);
    if (kmh == ROAD_KMH_CLOSED)
        return own ? ms : ROAD_MS_NONE;
    if (kmh == ROAD_KMH_FREE || ms == ROAD_MS_NONE)
        return ms;
    uint32_t least = limit_ms(road->edges[edge].length_mm, kmh);
    return ms > least ? ms : least;
}

static uint64_t part_of(uint32_t ms, uint32_t ppm, uint32_t walk)
{
    return ms == ROAD_MS_NONE ? ROAD_MS_NONE
                              : ((uint64_t)ms * ppm + 500000) / 1000000 + walk;
}

/* Door to door over the edges as they are: Bellman and Ford, then the least of the ends
 * and of straight along. */
static uint64_t slow_trip(const struct road *road, const struct road_closed *closed,
                          enum road_mode mode, const struct road_spot *from,
                          const struct road_spot *to)
{
    uint32_t n = road_node_count(road);
    uint64_t *ms = mem_alloc((n + 1) * sizeof *ms), best = ROAD_MS_NONE;
    for (uint32_t i = 0; i < n; i++)
        ms[i] = ROAD_MS_NONE;
    const struct road_spot *spots[2] = {from, to};
    uint64_t ends[2][2]; /* [0] from the place to its ends, [1] from the ends to it */
    for (int s = 0; s < 2; s++)
        for (int end = 0; end < 2; end++) {
            const struct road_spot *spot = spots[s];
            uint32_t walk = road_walk_ms(spot->access_m), there = spot->along_ppm;
            int way = s == 0 ? end == 0 : end != 0; /* 1: against the edge */
            ends[s][end] =
                spot->node[0] == spot->node[1] ? 0
                : there == (end ? 1000000u : 0u)
                    ? walk
                    : part_of(slow_ms(road, closed, mode, spot->edge, way, true),
                              end ? 1000000 - there : there, walk);
        }
    for (int end = 0; end < 2; end++)
        if (ends[0][end] < ms[from->node[end]])
            ms[from->node[end]] = ends[0][end];
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < road_edge_count(road); i++)
            for (int way = 0; way < 2; way++) {
                uint32_t cost = slow_ms(road, closed, mode, i, way, false);
                uint32_t a = road->edges[i].node[way], b = road->edges[i].node[way ^ 1];
                if (cost == ROAD_MS_NONE || ms[a] == ROAD_MS_NONE ||
                    ms[a] + cost >= ms[b])
                    continue;
                ms[b] = ms[a] + cost;
                changed = true;
            }
    }
    for (int end = 0; end < 2; end++)
        if (ends[1][end] != ROAD_MS_NONE && ms[to->node[end]] + ends[1][end] < best)
            best = ms[to->node[end]] + ends[1][end];
    mem_free(ms);
    if (from->edge != to->edge || from->node[0] == from->node[1] ||
        to->node[0] == to->node[1])
        return best;
    uint32_t a = from->along_ppm, b = to->along_ppm;
    uint32_t walk = road_walk_ms(from->access_m) + road_walk_ms(to->access_m);
    for (int way = 0; way < 2; way++)
        if (way == 0 ? a <= b : a >= b) {
            uint64_t along = part_of(slow_ms(road, closed, mode, from->edge, way, true),
                                     way == 0 ? b - a : a - b, walk);
            best = along < best ? along : best;
        }
    return best;
}

static bool place_near(const struct road *road, struct random *random,
                       enum road_mode mode, struct road_spot *ret)
{
    struct point at =
        road_node_point(road, (uint32_t)random_below(random, road_node_count(road)));
    at.lat_e7 += (int32_t)random_below(random, 9000) - 4500;
    at.lon_e7 += (int32_t)random_below(random, 9000) - 4500;
    return road_snap(road, mode, at, 1000, ret);
}

/* From door to door, with the places' own edges closed and slow as well. */
static void test_slow(void **state)
{
    (void)state;
    struct random_seeded random;
    uint32_t slower = 0, on_slow = 0, together = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct road *road = random_road(seed, 60, "a.graph");
        struct road_search *search;
        struct road_closed *closed;
        random_seeded_init(&random, seed);
        assert_int_equal(road_search_new(&search, road), 0);
        assert_int_equal(road_closed_new(&closed, road), 0);
        for (uint32_t i = 0; i < road_edge_count(road); i++)
            if (random_below(&random.super, 3) == 0)
                road_closed_limit(closed, i, (uint32_t)random_below(&random.super, 251));
        for (int i = 0; i < 150; i++) {
            enum road_mode mode = (enum road_mode)(i % ROAD_MODE_COUNT);
            struct road_spot from, to;
            uint32_t ms, free_ms;
            if (!place_near(road, &random.super, mode, &from) ||
                !place_near(road, &random.super, mode, &to))
                continue;
            if (i % 5 == 0)
                to = from;
            road_search_avoid(search, NULL);
            assert_int_equal(road_time_ms(search, mode, &from, &to, &free_ms, NULL), 0);
            road_search_avoid(search, closed);
            assert_int_equal(road_time_ms(search, mode, &from, &to, &ms, NULL), 0);
            assert_int_equal(ms, slow_trip(road, closed, mode, &from, &to));
            assert_true(ms >= free_ms);
            slower += ms > free_ms && ms != ROAD_MS_NONE;
            on_slow += road_closed_kmh(closed, to.edge) != ROAD_KMH_FREE;
            together += from.edge == to.edge;
        }
        road_closed_free(closed);
        road_search_free(search);
        road_free(road);
    }
    assert_true(slower > 100 && on_slow > 100 && together > 100);
}

/* The stricter of two limits holds, in any order; what is closed stays closed. */
static void test_limits(void **state)
{
    (void)state;
    struct road *road = random_road(1, 60, "a.graph");
    struct road_closed *closed;
    assert_int_equal(road_closed_new(&closed, road), 0);
    assert_int_equal(road_closed_kmh(closed, 3), ROAD_KMH_FREE);
    assert_false(road_closed_slows(closed));
    road_closed_limit(closed, 3, 20);
    road_closed_limit(closed, 3, ROAD_KMH_MAX);
    assert_int_equal(road_closed_kmh(closed, 3), 20);
    assert_true(road_closed_slows(closed));
    assert_false(road_closed_has(closed, 3));
    road_closed_limit(closed, 3, 5);
    assert_int_equal(road_closed_kmh(closed, 3), 5);
    road_closed_edge(closed, 3);
    road_closed_limit(closed, 3, 1);
    assert_true(road_closed_has(closed, 3));
    assert_false(road_closed_slows(closed));
    assert_int_equal(road_closed_count(closed), 1);
    assert_int_equal(graph_limited_ms(1000, 100000, 36), 10000); /* 10 m/s */
    assert_int_equal(graph_limited_ms(20000, 100000, 36), 20000);
    assert_int_equal(graph_limited_ms(1, 1, ROAD_KMH_MAX), 1);
    assert_int_equal(graph_limited_ms(1, UINT32_MAX, 1), GRAPH_EDGE_MS_MAX);
    assert_int_equal(graph_limited_ms(ROAD_MS_NONE, 1, 1), ROAD_MS_NONE);
    road_closed_free(closed);
    road_free(road);
}

/* A ladder of parallel streets along longitude 121.000, .001, .002 ... */
static struct road *ladder(void)
{
    struct text text;
    struct road_import_result result;
    text_init(&text, 1 << 20);
    for (int i = 0; i < 10; i++)
        text_appendf(&text,
                     "<node id='%d' lat='30' lon='121.00%d'/>"
                     "<node id='%d' lat='30.01' lon='121.00%d'/>"
                     "<way id='%d'><nd ref='%d'/><nd ref='%d'/>"
                     "<tag k='highway' v='residential'/></way>",
                     i + 1, i, i + 101, i, i + 1, i + 1, i + 101);
    struct road *road = road_of_xml(text_string(&text), &result);
    text_release(&text);
    assert_int_equal(road_edge_count(road), 10);
    return road;
}

static bool closed_at(const struct road *road, const struct road_closed *closed,
                      int street)
{
    struct road_spot spot;
    assert_true(
        road_snap(road, ROAD_CAR, at_degrees(30.005, 121 + street / 1000.0), 10, &spot));
    return road_closed_has(closed, spot.edge);
}

static void test_shapes(void **state)
{
    (void)state;
    struct road *road = ladder();
    struct road_closed *closed;
    double apart = 6371008.8 * M_PI / 180 * 0.001 * cos(30.004 * M_PI / 180);
    assert_int_equal(road_closed_new(&closed, road), 0);
    road_closed_circle(closed, at_degrees(30.004, 121.004), (uint32_t)(apart * 1.5));
    for (int i = 0; i < 10; i++)
        assert_int_equal(closed_at(road, closed, i), i >= 3 && i <= 5);
    assert_int_equal(road_closed_count(closed), 3);
    road_closed_free(closed);
    /* An area in the middle of the streets: no end of a street lies in it. */
    struct polygon area;
    polygon_init(&area);
    const double corner[4][2] = {
        {30.004, 121.0055}, {30.004, 121.0085}, {30.006, 121.0085}, {30.006, 121.0055}};
    for (int i = 0; i < 4; i++)
        assert_int_equal(polygon_point(&area, at_degrees(corner[i][0], corner[i][1])), 0);
    assert_int_equal(polygon_ring(&area), 0);
    assert_int_equal(polygon_part(&area), 0);
    assert_int_equal(road_closed_new(&closed, road), 0);
    road_closed_area(closed, &area);
    for (int i = 0; i < 10; i++)
        assert_int_equal(closed_at(road, closed, i), i >= 6 && i <= 8);
    polygon_release(&area);
    road_closed_free(closed);
    road_free(road);
}

static void test_no_memory(void **state)
{
    (void)state;
    struct road *road = random_road(1, 60, "a.graph");
    for (uint64_t n = 1; n <= 3; n++) {
        struct road_closed *closed;
        mem_fail_at(n);
        assert_int_equal(road_closed_new(&closed, road), ST_NO_MEMORY);
        mem_fail_at(0);
    }
    road_free(road);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_avoid),     cmocka_unit_test(test_slow),
        cmocka_unit_test(test_limits),    cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
