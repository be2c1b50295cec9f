/* SPDX-License-Identifier: Apache-2.0 */
/* The way down the tree of boxes against a look at everything, bit by bit: the same edge,
 * the same place on it, ties included. */
#include "fixture.h"

#include "road/pin.h"

#include <math.h>

struct nearest {
    double m2, node_m2;
    uint32_t edge, along, node, node_edge;
};

/* Squared distance to a segment, and where on it, in the plane around PLACE. */
static double to_segment(struct point place, struct point a, struct point b,
                         double *ret_share)
{
    const double y_scale = 6371008.8 * M_PI / 180 / POINT_E7;
    const double x_scale = y_scale * cos(point_lat(place) * M_PI / 180);
    double x0 = ((double)a.lon_e7 - place.lon_e7) * x_scale;
    double y0 = ((double)a.lat_e7 - place.lat_e7) * y_scale;
    double x1 = ((double)b.lon_e7 - place.lon_e7) * x_scale;
    double y1 = ((double)b.lat_e7 - place.lat_e7) * y_scale;
    double dx = x1 - x0, dy = y1 - y0, size = dx * dx + dy * dy;
    double share = size > 0 ? -(x0 * dx + y0 * dy) / size : 0;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    double x = share == 1 ? x1 : x0 + share * dx, y = share == 1 ? y1 : y0 + share * dy;
    *ret_share = share;
    return x * x + y * y;
}

static uint32_t along_ppm(const struct road *road, uint32_t edge, uint32_t segment,
                          double share)
{
    uint32_t count = road_edge(road, edge).point_count;
    double before = 0, all = 0;
    if (segment + 2 == count && share >= 1)
        return PIN_PPM;
    if (count == 2)
        return (uint32_t)lround(share * PIN_PPM);
    for (uint32_t i = 0; i + 1 < count; i++) {
        double m = point_distance_m(road_edge_point(road, edge, i),
                                    road_edge_point(road, edge, i + 1));
        before += i < segment ? m : i == segment ? m * share : 0;
        all += m;
    }
    return all > 0 ? (uint32_t)lround(fmin(before / all, 1) * PIN_PPM) : 0;
}

/* Edges in order, so of equals the first stays. */
static struct nearest look_at_all(const struct road *road, enum road_mode mode,
                                  struct point place)
{
    struct nearest best = {.m2 = INFINITY, .node_m2 = INFINITY};
    for (uint32_t i = 0; i < road_edge_count(road); i++) {
        struct road_edge edge = road_edge(road, i);
        if (edge.ms[mode][0] == ROAD_MS_NONE && edge.ms[mode][1] == ROAD_MS_NONE)
            continue;
        for (uint32_t j = 0; j + 1 < edge.point_count; j++) {
            double share, m2 = to_segment(place, road_edge_point(road, i, j),
                                          road_edge_point(road, i, j + 1), &share);
            if (m2 < best.m2) {
                best.m2 = m2;
                best.edge = i;
                best.along = along_ppm(road, i, j, share);
            }
        }
        for (int end = 0; end < 2; end++) {
            uint32_t node = edge.node[end];
            struct point at = road_node_point(road, node);
            double share, m2 = to_segment(place, at, at, &share);
            if (m2 < best.node_m2 || (m2 == best.node_m2 && node < best.node)) {
                best.node_m2 = m2;
                best.node = node;
                best.node_edge = i;
            }
        }
    }
    return best;
}

static void check_place(const struct road *road, struct point place, uint32_t metres_max)
{
    struct road_pin pins[ROAD_MODE_COUNT];
    road_snap_pins(road, place, pins);
    for (int m = 0; m < ROAD_MODE_COUNT; m++) {
        enum road_mode mode = (enum road_mode)m;
        struct nearest want = look_at_all(road, mode, place);
        struct road_spot spot = {0};
        bool on_node = want.node_m2 <= 1;
        assert_int_equal(road_snap(road, mode, place, metres_max, &spot),
                         on_node || want.m2 <= (double)metres_max * metres_max);
        if (!on_node && want.m2 > (double)metres_max * metres_max)
            continue;
        assert_int_equal(spot.edge, on_node ? want.node_edge : want.edge);
        if (on_node) {
            assert_true(spot.node[0] == want.node && spot.node[1] == want.node);
        } else {
            assert_int_equal(spot.along_ppm, want.along);
            assert_int_equal(spot.access_m, lround(sqrt(want.m2)));
        }
        if (metres_max > ROAD_SNAP_M_MAX)
            continue;
        struct road_spot again;
        road_pin_spot(road, mode, pins[mode], &again);
        assert_memory_equal(&again, &spot, sizeof spot);
    }
}

static void check_road(const struct road *road, uint64_t seed, int rounds)
{
    static const uint32_t limits[] = {ROAD_SNAP_M_MAX, 20000, 30, 1, 0};
    static const int32_t apart[] = {1, 80, 3000, 40000, 400000};
    struct random_seeded random;
    random_seeded_init(&random, seed);
    for (int i = 0; i < rounds; i++) {
        /* On a node, beside it, between nodes, outside. */
        struct point at = road_node_point(
            road, (uint32_t)random_below(&random.super, road_node_count(road)));
        int32_t far = apart[i % (int)COUNT_OF(apart)];
        at.lat_e7 += (int32_t)random_below(&random.super, 2 * (uint32_t)far) - far;
        at.lon_e7 += (int32_t)random_below(&random.super, 2 * (uint32_t)far) - far;
        check_place(road, at, limits[i / 5 % (int)COUNT_OF(limits)]);
    }
}

static void test_random_roads(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct road *road =
            random_road(seed + 900, (uint32_t)(10 + seed * 60), "s.graph");
        check_road(road, seed, 600);
        road_free(road);
    }
}

/* A lattice whose places mostly lie as near to several edges. */
static void test_ties(void **state)
{
    (void)state;
    struct graph_input input = {.is_whole = true};
    struct road_import_result result = {0};
    struct diag diag;
    struct road *road;
    const uint32_t side = 24;
    for (uint32_t i = 0; i < side * side; i++) {
        uint32_t number;
        assert_int_equal(
            graph_input_node(&input,
                             (struct point){300000000 + (int32_t)(i / side) * 10000,
                                            1200000000 + (int32_t)(i % side) * 10000},
                             &number),
            0);
        for (uint32_t way = 0; way < 2; way++) { /* west, south */
            if (way == 0 ? i % side == 0 : i < side)
                continue;
            struct graph_edge edge = {.node = {i, way == 0 ? i - 1 : i - side},
                                      .length_mm = 100000,
                                      .class = ROAD_OTHER};
            for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
                for (int back = 0; back < 2; back++)
                    edge.ms[mode][back] =
                        i % (uint32_t)(mode + 2) == 0 ? ROAD_MS_NONE : 1000;
            assert_int_equal(graph_input_edge(&input, edge, NULL, 0), 0);
        }
    }
    assert_int_equal(graph_write(&input, path_of("t.graph"), NULL, &result, &diag), 0);
    graph_input_release(&input);
    assert_int_equal(road_open(&road, path_of("t.graph"), &diag), 0);
    for (int32_t y = -2; y < 50; y += 3)
        for (int32_t x = -2; x < 50; x++)
            check_place(road, (struct point){300000000 + y * 5000, 1200000000 + x * 5000},
                        ROAD_SNAP_M_MAX);
    check_road(road, 77, 400);
    road_free(road);
}

/* Each allocation fails once: a clear word, nothing left behind. */
static void test_without_memory(void **state)
{
    (void)state;
    road_free(random_road(5, 50, "m.graph"));
    for (uint64_t n = 1;; n++) {
        struct road *road = NULL;
        struct diag diag = {0};
        mem_fail_at(n);
        int status = road_open(&road, path_of("m.graph"), &diag);
        mem_fail_at(0);
        if (status == ST_OK) {
            road_free(road);
            assert_true(n > 3);
            return;
        }
        assert_int_equal(status, ST_NO_MEMORY);
        assert_true(diag.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_roads),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
