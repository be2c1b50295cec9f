/* SPDX-License-Identifier: Apache-2.0 */
/* Search, times, matrix against Bellman-Ford on random networks; snapping against a look
 * at every edge. */
#include "fixture.h"

#include <math.h>

#define SEEDS 12

static struct point random_place(struct random *r)
{
    return (struct point){305980000 + (int32_t)random_below(r, 340000),
                          1209980000 + (int32_t)random_below(r, 340000)};
}

static void check_search(struct road_search *search, const struct road *road,
                         enum road_mode mode, enum road_direction direction,
                         const struct road_spot *spot)
{
    const uint32_t *start = direction == ROAD_TO ? spot->in_ms : spot->out_ms;
    uint32_t *want = slow_times(road, mode, direction, spot->node, start);
    assert_int_equal(road_search_start(search, mode, direction, spot), 0);
    struct road_settled at, last = {0};
    uint32_t count = 0, reachable = 0;
    while (road_search_next(search, &at)) {
        assert_int_equal(at.ms, want[at.node]);
        if (count > 0)
            assert_true(at.ms > last.ms || (at.ms == last.ms && at.node > last.node));
        last = at;
        count++;
    }
    for (uint32_t i = 0; i < road_node_count(road); i++)
        reachable += want[i] != ROAD_MS_NONE;
    assert_int_equal(count, reachable);
    mem_free(want);
}

static void test_search(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct road *road = random_road(seed, 40 + (uint32_t)seed * 10, "a.graph");
        struct road_search *search;
        struct random_seeded random;
        random_seeded_init(&random, seed);
        assert_int_equal(road_search_new(&search, road), 0);
        for (int i = 0; i < 30; i++) {
            struct road_spot spot;
            enum road_mode mode = (enum road_mode)(i % ROAD_MODE_COUNT);
            struct point place =
                i % 2 ? random_place(&random.super)
                      : road_node_point(road, (uint32_t)random_below(
                                                  &random.super, road_node_count(road)));
            if (!road_snap(road, mode, place, 1000, &spot))
                continue;
            check_search(search, road, mode, ROAD_TO, &spot);
            check_search(search, road, mode, ROAD_FROM, &spot);
        }
        road_search_free(search);
        road_free(road);
    }
}

/* By the slow times to the ends of the target's edge. */
static uint32_t slow_time(const struct road *road, enum road_mode mode,
                          const struct road_spot *from, const struct road_spot *to)
{
    uint32_t metres;
    uint32_t *ms = slow_times(road, mode, ROAD_FROM, from->node, from->out_ms);
    uint32_t best = road_spot_direct_ms(road, NULL, mode, from, to, &metres);
    for (int end = 0; end < 2; end++)
        if (ms[to->node[end]] != ROAD_MS_NONE && to->in_ms[end] != ROAD_MS_NONE &&
            ms[to->node[end]] + to->in_ms[end] < best)
            best = ms[to->node[end]] + to->in_ms[end];
    mem_free(ms);
    return best;
}

static void check_matrix(const struct road *road, struct road_search *search,
                         struct road_matrix matrix)
{
    uint32_t *cells = mem_alloc(((size_t)matrix.from_count * matrix.to_count + 1) * 4);
    assert_int_equal(road_matrix(search, &matrix, cells), 0);
    for (uint32_t i = 0; i < matrix.from_count; i++)
        for (uint32_t j = 0; j < matrix.to_count; j++) {
            const struct road_spot *from = &matrix.from[i], *to = &matrix.to[j];
            uint32_t cell = cells[i * matrix.to_count + j], ms, m;
            bool on = from->edge != ROAD_NODE_NONE && to->edge != ROAD_NODE_NONE;
            assert_int_equal(cell,
                             on ? slow_time(road, matrix.mode, from, to) : ROAD_MS_NONE);
            assert_int_equal(road_time_ms(search, matrix.mode, from, to, &ms, &m), 0);
            assert_int_equal(ms, cell);
        }
    mem_free(cells);
}

static void test_matrix(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct road *road = random_road(seed + 100, 60, "a.graph");
        struct road_search *search;
        struct random_seeded random;
        random_seeded_init(&random, seed);
        assert_int_equal(road_search_new(&search, road), 0);
        struct road_spot from[9], to[9];
        enum road_mode mode = (enum road_mode)(seed % ROAD_MODE_COUNT);
        for (int i = 0; i < 9; i++)
            if (!road_snap(road, mode, random_place(&random.super), 1000, &from[i]))
                from[i].edge = ROAD_NODE_NONE;
        for (int i = 0; i < 9; i++) {
            /* Every third target shares its edge, or its place, with a start. */
            to[i] = from[(i + 1) % 9];
            if (i % 3 != 0 &&
                !road_snap(road, mode, random_place(&random.super), 1000, &to[i]))
                to[i].edge = ROAD_NODE_NONE;
        }
        from[8].edge = ROAD_NODE_NONE;
        check_matrix(road, search, (struct road_matrix){mode, from, to, 9, 4});
        check_matrix(road, search, (struct road_matrix){mode, from, to, 3, 9});
        check_matrix(road, search, (struct road_matrix){mode, from, to, 0, 9});
        road_search_free(search);
        road_free(road);
    }
}

/* Distance to the nearest edge that MODE may use, in the plane around the place. */
static double slow_nearest_m(const struct road *road, enum road_mode mode,
                             struct point place)
{
    double best = INFINITY, scale = 6371008.8 * M_PI / 180 / POINT_E7;
    double narrow = cos(point_lat(place) * M_PI / 180);
    for (uint32_t i = 0; i < road_edge_count(road); i++) {
        struct road_edge edge = road_edge(road, i);
        if (edge.ms[mode][0] == ROAD_MS_NONE && edge.ms[mode][1] == ROAD_MS_NONE)
            continue;
        for (uint32_t j = 1; j < edge.point_count; j++) {
            struct point a = road_edge_point(road, i, j - 1),
                         b = road_edge_point(road, i, j);
            double ax = (a.lon_e7 - place.lon_e7) * scale * narrow;
            double ay = (a.lat_e7 - place.lat_e7) * scale;
            double bx = (b.lon_e7 - place.lon_e7) * scale * narrow;
            double by = (b.lat_e7 - place.lat_e7) * scale;
            double dx = bx - ax, dy = by - ay, size = dx * dx + dy * dy;
            double t = size > 0 ? fmin(fmax(-(ax * dx + ay * dy) / size, 0), 1) : 0;
            best = fmin(best, hypot(ax + t * dx, ay + t * dy));
        }
    }
    return best;
}

static void check_spot(const struct road *road, enum road_mode mode,
                       const struct road_spot *spot)
{
    struct road_edge edge = road_edge(road, spot->edge);
    uint32_t walk = (uint32_t)(((uint64_t)spot->access_m * 1000000 + 900) / 1800);
    for (int end = 0; end < 2; end++) {
        assert_int_equal(spot->node[end], edge.node[end]);
        bool there = spot->along_ppm == (end ? 1000000u : 0u);
        if (there) {
            assert_int_equal(spot->out_ms[end], walk);
            assert_int_equal(spot->in_ms[end], walk);
            continue;
        }
        /* Towards node[1] one goes along the edge, towards node[0] back. */
        assert_int_equal(spot->out_ms[end] == ROAD_MS_NONE,
                         edge.ms[mode][end ? 0 : 1] == ROAD_MS_NONE);
        assert_int_equal(spot->in_ms[end] == ROAD_MS_NONE,
                         edge.ms[mode][end ? 1 : 0] == ROAD_MS_NONE);
    }
    if (edge.ms[mode][0] != ROAD_MS_NONE && spot->along_ppm % 1000000 != 0)
        assert_true(abs((int)(spot->in_ms[0] + spot->out_ms[1] - 2 * walk) -
                        (int)edge.ms[mode][0]) <= 1);
    if (edge.ms[mode][1] != ROAD_MS_NONE && spot->along_ppm % 1000000 != 0)
        assert_true(abs((int)(spot->in_ms[1] + spot->out_ms[0] - 2 * walk) -
                        (int)edge.ms[mode][1]) <= 1);
}

static void test_snap(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct road *road = random_road(seed + 200, 30 + (uint32_t)seed * 20, "a.graph");
        struct random_seeded random;
        random_seeded_init(&random, seed);
        for (int i = 0; i < 300; i++) {
            struct road_spot spot;
            struct point place = random_place(&random.super);
            if (i % 10 == 0) /* far outside the box */
                place.lat_e7 += (i % 20 ? 1 : -1) * 70000;
            enum road_mode mode = (enum road_mode)(i % ROAD_MODE_COUNT);
            double want = slow_nearest_m(road, mode, place);
            bool found = road_snap(road, mode, place, 1000, &spot);
            if (fabs(want - 1000) > 0.01)
                assert_int_equal(found, want < 1000);
            if (!found)
                continue;
            if (spot.node[0] == spot.node[1]) {
                assert_true(point_distance_m(place, road_node_point(road, spot.node[0])) <
                            1.01);
                continue;
            }
            assert_int_equal(spot.access_m, lround(want));
            check_spot(road, mode, &spot);
        }
        road_free(road);
    }
}

static void test_snap_on_node(void **state)
{
    (void)state;
    struct road *road = random_road(3, 200, "a.graph");
    for (uint32_t i = 0; i < road_node_count(road); i++)
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
            bool used = road->first[mode][0][i] < road->first[mode][0][i + 1] ||
                        road->first[mode][1][i] < road->first[mode][1][i + 1];
            struct road_spot spot;
            if (!used)
                continue;
            struct point place = road_node_point(road, i);
            assert_true(road_snap(road, (enum road_mode)mode, place, 1000, &spot));
            assert_true(spot.node[0] == i && spot.node[1] == i);
            assert_true(spot.out_ms[0] == 0 && spot.in_ms[1] == 0 && spot.out_m[0] == 0);
            assert_true(spot.access_m == 0);
        }
    road_free(road);
}

static void test_off_network(void **state)
{
    (void)state;
    struct road *road = random_road(4, 60, "a.graph");
    struct road_search *search;
    struct road_settled at;
    struct road_spot off = {.edge = ROAD_NODE_NONE}, spot;
    uint32_t ms, m;
    assert_int_equal(road_search_new(&search, road), 0);
    assert_int_equal(road_search_start(search, ROAD_FOOT, ROAD_TO, &off), 0);
    assert_false(road_search_next(search, &at));
    static const double far[][2] = {{0, 0}, {90, 121}, {-90, 0}, {30.6, -180}, {31, 121}};
    for (size_t i = 0; i < COUNT_OF(far); i++)
        assert_false(
            road_snap(road, ROAD_FOOT, at_degrees(far[i][0], far[i][1]), 1000, &spot));
    assert_true(road_snap(road, ROAD_FOOT, road_node_point(road, 0), 1000, &spot));
    assert_int_equal(road_time_ms(search, ROAD_FOOT, &spot, &off, &ms, &m), 0);
    assert_true(ms == ROAD_MS_NONE);
    assert_int_equal(road_time_ms(search, ROAD_FOOT, &off, &spot, &ms, NULL), 0);
    assert_true(ms == ROAD_MS_NONE);
    road_search_free(search);
    road_search_free(NULL);
    road_free(road);
    road_free(NULL);
}

static void test_no_memory(void **state)
{
    (void)state;
    struct road *road = random_road(5, 60, "a.graph");
    for (uint64_t n = 1;; n++) {
        struct road_search *search;
        mem_fail_at(n);
        int status = road_search_new(&search, road);
        mem_fail_at(0);
        if (status == 0) {
            assert_true(n > 3);
            road_search_free(search);
            break;
        }
        assert_int_equal(status, ST_NO_MEMORY);
    }
    road_free(road);
}

static void test_names(void **state)
{
    (void)state;
    enum road_mode mode;
    assert_true(road_mode_parse("foot", &mode) && mode == ROAD_FOOT);
    assert_true(road_mode_parse("bike", &mode) && mode == ROAD_BIKE);
    assert_true(road_mode_parse("car", &mode) && mode == ROAD_CAR);
    assert_false(road_mode_parse("walk", &mode) || road_mode_parse("", &mode));
    assert_string_equal(road_mode_name(ROAD_BIKE), "bike");
    assert_string_equal(road_class_name(ROAD_OTHER), "other");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search),      cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_snap),        cmocka_unit_test(test_snap_on_node),
        cmocka_unit_test(test_off_network), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
