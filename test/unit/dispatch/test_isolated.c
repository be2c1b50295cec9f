/* SPDX-License-Identifier: Apache-2.0 */
/* A grid of streets, a part of it cut off by closed roads: it is said, with the nearest
 * muster point that can still be reached, or the point where the road ends. */
#include "dispatch/isolated.h"
#include "road/closed.h"
#include "test/unit/road/grid.h"

#define SIDE 20 /* nodes */

/* Every street between a node inside the corner of COUNT x COUNT nodes and one outside.
 */
static struct road_closed *around_corner(const struct road *road, uint32_t count)
{
    struct road_closed *closed;
    assert_int_equal(road_closed_new(&closed, road), 0);
    struct point edge = grid_point(count, count);
    for (uint32_t i = 0; i < road_edge_count(road); i++) {
        struct point a = road_edge_point(road, i, 0), b = road_edge_point(road, i, 1);
        bool a_in = a.lat_e7 < edge.lat_e7 && a.lon_e7 < edge.lon_e7;
        bool b_in = b.lat_e7 < edge.lat_e7 && b.lon_e7 < edge.lon_e7;
        if (a_in != b_in)
            road_closed_edge(closed, i);
    }
    return closed;
}

static void test_cut_off(void **state)
{
    (void)state;
    struct road *road = grid_road(SIDE);
    struct road_closed *closed = around_corner(road, 4);
    char inside[] = "M1", near[] = "M2", far[] = "M3", kind[] = "muster", name[] = "桥头",
         aed[] = "aed";
    struct site items[] = {{inside, kind, name, grid_point(1, 1), -1, 0},
                           {far, kind, name, grid_point(15, 15), -1, 0},
                           {near, kind, name, grid_point(6, 2), -1, 0},
                           {aed, aed, name, grid_point(5, 1), -1, 0}};
    struct sites sites = {items, 4, 4}, none = {NULL, 0, 0};
    struct isolated isolated;
    struct text text;
    text_init(&text, 1000);
    assert_int_equal(isolated_find(road, closed, grid_point(0, 0), ISOLATED_ALL_MODES,
                                   &sites, &isolated),
                     0);
    assert_true(isolated.is_isolated && isolated.has_point);
    assert_string_equal(isolated.site->code, "M2");
    isolated_append_json(&isolated, &text);
    assert_non_null(
        strstr(text_string(&text), ",\"isolated\":{\"muster\":{\"code\":\"M2\""));
    text_clear(&text);
    /* Without a muster point: the first node beyond the closed roads. */
    assert_int_equal(
        isolated_find(road, closed, grid_point(0, 0), 1u << ROAD_CAR, &none, &isolated),
        0);
    assert_true(isolated.is_isolated && isolated.has_point && isolated.site == NULL);
    double metres = point_distance_m(grid_point(0, 0), grid_point(4, 0));
    assert_true(isolated.metres < metres + 1);
    isolated_append_json(&isolated, &text);
    assert_non_null(strstr(text_string(&text), ",\"isolated\":{\"road\":{\"lat\":"));
    text_clear(&text);
    /* Outside, with all roads open, and off the network nothing is said. */
    const struct point others[] = {grid_point(10, 10), {0, 0}};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(
            isolated_find(road, closed, others[i], ISOLATED_ALL_MODES, &sites, &isolated),
            0);
        assert_false(isolated.is_isolated);
    }
    assert_int_equal(isolated_find(road, NULL, grid_point(0, 0), ISOLATED_ALL_MODES,
                                   &sites, &isolated),
                     0);
    assert_false(isolated.is_isolated);
    isolated_append_json(&isolated, &text);
    assert_string_equal(text_string(&text), "");
    text_release(&text);
    road_closed_free(closed);
    road_free(road);
}

/* Everything closed: there is nowhere to go to, and that is said too. */
static void test_everything_closed(void **state)
{
    (void)state;
    struct road *road = grid_road(SIDE);
    struct road_closed *closed;
    struct isolated isolated;
    struct sites none = {NULL, 0, 0};
    struct text text;
    text_init(&text, 1000);
    assert_int_equal(road_closed_new(&closed, road), 0);
    for (uint32_t i = 0; i < road_edge_count(road); i++)
        road_closed_edge(closed, i);
    assert_int_equal(isolated_find(road, closed, grid_point(3, 3), ISOLATED_ALL_MODES,
                                   &none, &isolated),
                     0);
    assert_true(isolated.is_isolated && !isolated.has_point);
    isolated_append_json(&isolated, &text);
    assert_string_equal(text_string(&text), ",\"isolated\":{}");
    text_release(&text);
    road_closed_free(closed);
    road_free(road);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_everything_closed),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
