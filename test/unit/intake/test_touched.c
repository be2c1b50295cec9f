/* SPDX-License-Identifier: Apache-2.0 */
/* Which areas a warning is about: divisions of every length, polygons and circles over
 * the middles of villages, and what all of that comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/status.h"
#include "intake/touched.h"
#include "store/area_index.h"

#include <stdio.h>
#include <string.h>

/* Root, a county, two towns of two villages each, 0.1 degree apart; ids are indexes + 1.
 */
enum { ROOT = 1, COUNTY, WEST, EAST, WEST_A, WEST_B, EAST_A, EAST_B, AREA_COUNT = 8 };
#define MAX 8

static struct area areas[AREA_COUNT] = {
    {.id = ROOT, .code = "root", .parent = -1, .level = AREA_CITY},
    {.id = COUNTY, .code = "330482000000", .parent = 0, .level = AREA_COUNTY},
    {.id = WEST, .code = "330482101000", .parent = 1, .level = AREA_TOWN},
    {.id = EAST, .code = "330482102000", .parent = 1, .level = AREA_TOWN},
    {.id = WEST_A, .code = "330482101201", .parent = 2, .level = AREA_VILLAGE},
    {.id = WEST_B, .code = "330482101202", .parent = 2, .level = AREA_VILLAGE},
    {.id = EAST_A, .code = "330482102201", .parent = 3, .level = AREA_VILLAGE},
    {.id = EAST_B, .code = "330482102202", .parent = 3, .level = AREA_VILLAGE},
};
static struct area_tree tree = {.count = AREA_COUNT, .areas = areas};

static struct point village_at(int index)
{
    return (struct point){306000000, 1210000000 + index * 1000000};
}

static int setup(void **state)
{
    (void)state;
    for (int i = 1; i < AREA_COUNT; i++)
        areas[i].parent_id = areas[i].parent + 1;
    for (int i = 0; i < 4; i++) {
        areas[4 + i].has_at = true;
        areas[4 + i].at = village_at(i);
    }
    return area_index_new(&tree.index, areas, AREA_COUNT);
}

static int teardown(void **state)
{
    (void)state;
    area_index_free(tree.index);
    return 0;
}

/* The ids as text, a space between. */
static const char *touched(const struct cap_alert *alert)
{
    static char ret[64];
    int64_t ids[MAX];
    uint32_t count;
    size_t used = 0;
    assert_int_equal(touched_areas(alert, &tree, ids, MAX, &count), ST_OK);
    ret[0] = '\0';
    for (uint32_t i = 0; i < count; i++)
        used += (size_t)snprintf(ret + used, sizeof ret - used, "%s%d", i == 0 ? "" : " ",
                                 (int)ids[i]);
    return ret;
}

static const char *by_code(const char *code)
{
    struct cap_value value = {"division", code};
    struct cap_area area = {.description = "", .geocodes = {&value, 1, 1}};
    struct cap_info info = {.areas = &area, .area_count = 1};
    const struct cap_alert alert = {.infos = &info, .info_count = 1};
    return touched(&alert);
}

static void divisions(void **state)
{
    (void)state;
    assert_string_equal(by_code("330482101202"), "6");
    assert_string_equal(by_code("330482101000"), "3");
    assert_string_equal(by_code("330482101"), "3");
    assert_string_equal(by_code("330482"), "1"); /* the only one below the root */
    assert_string_equal(by_code("330482000000"), "1");
    assert_string_equal(by_code("330400"), "1");
    assert_string_equal(by_code("330000000000"), "1");
    assert_string_equal(by_code("330482101299"), "3"); /* a village that is not here */
    assert_string_equal(by_code("330483"), "");
    assert_string_equal(by_code("330481000000"), "");
    assert_string_equal(by_code("440000"), "");
}

/* A rectangle from the middle of village FROM to that of TO, with room around. */
static const char *by_box(int from, int to, int32_t room_e7)
{
    struct cap_area area = {.description = ""};
    const struct point low = village_at(from), high = village_at(to);
    const struct point corners[] = {
        {low.lat_e7 - room_e7, low.lon_e7 - room_e7},
        {low.lat_e7 - room_e7, high.lon_e7 + room_e7},
        {low.lat_e7 + room_e7, high.lon_e7 + room_e7},
        {low.lat_e7 + room_e7, low.lon_e7 - room_e7},
    };
    polygon_init(&area.polygon);
    for (size_t i = 0; i < COUNT_OF(corners); i++)
        assert_int_equal(polygon_point(&area.polygon, corners[i]), ST_OK);
    assert_int_equal(polygon_ring(&area.polygon), ST_OK);
    assert_int_equal(polygon_part(&area.polygon), ST_OK);
    struct cap_info info = {.areas = &area, .area_count = 1};
    const struct cap_alert alert = {.infos = &info, .info_count = 1};
    const char *ret = touched(&alert);
    polygon_release(&area.polygon);
    return ret;
}

static void polygons(void **state)
{
    (void)state;
    assert_string_equal(by_box(0, 0, 100000), "5");
    assert_string_equal(by_box(0, 1, 100000), "3");   /* both villages: the town */
    assert_string_equal(by_box(1, 2, 100000), "6 7"); /* one of each town */
    assert_string_equal(by_box(0, 3, 100000), "1");
    assert_string_equal(by_box(9, 9, 100000), "");
}

static const char *by_circle(struct point centre, uint32_t radius_m)
{
    struct cap_circle circle = {centre, radius_m};
    struct cap_area area = {
        .description = "", .circles = &circle, .circle_count = 1, .circle_capacity = 1};
    struct cap_info info = {.areas = &area, .area_count = 1};
    const struct cap_alert alert = {.infos = &info, .info_count = 1};
    return touched(&alert);
}

static void circles(void **state)
{
    (void)state;
    const struct point near = point_moved(village_at(2), 1000, 0);
    assert_string_equal(by_circle(near, 1100), "7");
    assert_string_equal(by_circle(near, 0), "7"); /* no village in it: the nearest */
    assert_string_equal(by_circle(village_at(2), 12000), "4 6"); /* 9.6 km each way */
    assert_string_equal(by_circle(village_at(40), 0), "");
}

static void words_alone(void **state)
{
    (void)state;
    struct cap_value strange = {"FIPS6", "x1"};
    struct cap_area area = {.description = "the coast", .geocodes = {&strange, 1, 1}};
    struct cap_info info = {.areas = &area, .area_count = 1};
    const struct cap_alert alert = {.infos = &info, .info_count = 1},
                           none = {.infos = NULL};
    assert_string_equal(touched(&alert), "1");
    assert_string_equal(touched(&none), "1");
}

static void too_many(void **state)
{
    (void)state;
    struct cap_value values[] = {{"a", "330482101201"}, {"a", "330482102201"}};
    struct cap_area area = {.description = "", .geocodes = {values, 2, 2}};
    struct cap_info info = {.areas = &area, .area_count = 1};
    const struct cap_alert alert = {.infos = &info, .info_count = 1};
    int64_t ids[2];
    uint32_t count;
    assert_int_equal(touched_areas(&alert, &tree, ids, 2, &count), ST_OK);
    assert_int_equal(count, 2);
    assert_int_equal(ids[0], WEST_A);
    assert_int_equal(ids[1], EAST_A);
    /* Their towns are two as well; the county is one. */
    assert_int_equal(touched_areas(&alert, &tree, ids, 1, &count), ST_OK);
    assert_int_equal(count, 1);
    assert_int_equal(ids[0], COUNTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(divisions), cmocka_unit_test(polygons),
        cmocka_unit_test(circles),   cmocka_unit_test(words_alone),
        cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
