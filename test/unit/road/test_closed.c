/* SPDX-License-Identifier: Apache-2.0 */
/* Closed roads: a search passes by, the slow search without those edges agrees. */
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
    for (uint64_t n = 1; n <= 2; n++) {
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
        cmocka_unit_test(test_avoid),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
