/* SPDX-License-Identifier: Apache-2.0 */
/* Areas: inside or not, and GeoJSON in and out. */
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "geo/geojson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void add_ring(struct polygon *polygon, const int32_t (*at)[2], int count)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(polygon_point(polygon, (struct point){at[i][1], at[i][0]}), 0);
    assert_int_equal(polygon_ring(polygon), 0);
}

/* A square with a square hole, and a triangle beside it. */
static void make(struct polygon *polygon)
{
    static const int32_t outer[][2] = {{0, 0}, {100, 0}, {100, 100}, {0, 100}, {0, 0}};
    static const int32_t hole[][2] = {{40, 40}, {60, 40}, {60, 60}, {40, 60}};
    static const int32_t other[][2] = {{200, 0}, {300, 0}, {200, 100}};
    polygon_init(polygon);
    add_ring(polygon, outer, 5);
    add_ring(polygon, hole, 4);
    assert_int_equal(polygon_part(polygon), 0);
    add_ring(polygon, other, 3);
    assert_int_equal(polygon_part(polygon), 0);
    assert_int_equal(polygon_part(polygon), ST_INVALID);
}

static void test_contains(void **state)
{
    (void)state;
    static const struct {
        int32_t lon, lat;
        bool in;
    } rows[] = {
        {10, 10, true},   {50, 50, false},  {39, 50, true},   {61, 50, true},
        {150, 50, false}, {210, 10, true},  {290, 90, false}, {-1, 50, false},
        {101, 50, false}, {50, 101, false}, {240, 50, true},  {260, 50, false},
    };
    struct polygon polygon;
    make(&polygon);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (polygon_contains(&polygon, (struct point){rows[i].lat, rows[i].lon}) !=
            rows[i].in)
            fail_msg("%d,%d", rows[i].lon, rows[i].lat);
    polygon_release(&polygon);
}

/* A random star is cut into slices: each grid point lies in exactly one slice, or in
 * none, whatever lies on a border. */
static void test_partition(void **state)
{
    (void)state;
    struct random_seeded random;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        random_seeded_init(&random, seed);
        static const int ray[8][2] = {{1, 0},  {1, 1},   {0, 1},  {-1, 1},
                                      {-1, 0}, {-1, -1}, {0, -1}, {1, -1}};
        struct polygon slice[8];
        int32_t reach[8];
        for (int i = 0; i < 8; i++)
            reach[i] = 2 + (int32_t)random_below(&random.super, 12);
        for (int i = 0; i < 8; i++) {
            int j = (i + 1) % 8;
            const int32_t ring[][2] = {{0, 0},
                                       {ray[i][0] * reach[i], ray[i][1] * reach[i]},
                                       {ray[j][0] * reach[j], ray[j][1] * reach[j]}};
            polygon_init(&slice[i]);
            add_ring(&slice[i], ring, 3);
            assert_int_equal(polygon_part(&slice[i]), 0);
        }
        int inside = 0;
        for (int32_t lat = -15; lat <= 15; lat++)
            for (int32_t lon = -15; lon <= 15; lon++) {
                int count = 0;
                for (int i = 0; i < 8; i++)
                    count += polygon_contains(&slice[i], (struct point){lat, lon});
                assert_true(count <= 1);
                if (lat == 0 && lon == 0)
                    assert_int_equal(count, 1);
                inside += count;
            }
        assert_true(inside > 4);
        for (int i = 0; i < 8; i++)
            polygon_release(&slice[i]);
    }
}

static void test_extreme(void **state)
{
    (void)state;
    static const int32_t earth[][2] = {{-1800000000, -900000000},
                                       {1800000000, -900000000},
                                       {1800000000, 900000000},
                                       {-1800000000, 900000000}};
    struct polygon polygon;
    polygon_init(&polygon);
    add_ring(&polygon, earth, 4);
    assert_int_equal(polygon_part(&polygon), 0);
    assert_true(polygon_contains(&polygon, (struct point){0, 0}));
    assert_true(polygon_contains(&polygon, (struct point){899999999, 1799999999}));
    polygon_release(&polygon);
    assert_int_equal(polygon_point(&polygon, (struct point){0, 0}), 0);
    assert_int_equal(polygon_ring(&polygon), ST_INVALID);
    polygon_release(&polygon);
}

static void test_text_round_trip(void **state)
{
    (void)state;
    struct polygon polygon, back;
    struct text text;
    struct diag diag;
    make(&polygon);
    text_init(&text, 1 << 20);
    geojson_polygon_append(&text, &polygon);
    assert_int_equal(geojson_polygon_parse(text.data, text.size, &back, &diag), 0);
    assert_int_equal(back.point_count, polygon.point_count);
    assert_int_equal(back.ring_count, polygon.ring_count);
    assert_int_equal(back.part_count, polygon.part_count);
    assert_memory_equal(back.points, polygon.points,
                        polygon.point_count * sizeof *polygon.points);
    polygon_release(&polygon);
    polygon_release(&back);
    text_clear(&text);
    geojson_point_append(&text, (struct point){-5, 1210200000});
    assert_string_equal(text.data, "[121.0200000,-0.0000005]");
    text_release(&text);
}

#define RING "[[0,0],[1,0],[1,1],[0,0]]"
#define AREA(code, geometry)                                                             \
    "{\"type\":\"Feature\",\"properties\":{" code "},\"geometry\":" geometry "}"
#define SQUARE "{\"type\":\"Polygon\",\"coordinates\":[" RING "]}"
#define ALL(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"

static void test_areas(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status, count;
    } rows[] = {
        {ALL(""), 0, 0},
        {ALL(AREA("\"code\":\"a\"", SQUARE)), 0, 1},
        {ALL(AREA("\"code\":330482", SQUARE)), 0, 1},
        {ALL(AREA("\"code\":\"a\",\"name\":\"x\"", SQUARE) "," AREA("\"code\":\"b\"",
                                                                    SQUARE)),
         0, 2},
        {ALL(AREA("\"code\":\"a\"", SQUARE) "," AREA("\"code\":\"a\"", SQUARE)),
         ST_INVALID, 0},
        {ALL(AREA("\"code\":\"\"", SQUARE)), ST_INVALID, 0},
        {ALL(AREA("\"name\":\"a\"", SQUARE)), ST_INVALID, 0},
        {ALL(AREA("\"code\":null", SQUARE)), ST_INVALID, 0},
        {ALL(AREA("\"code\":\"a\",\"code\":\"b\"", SQUARE)), ST_INVALID, 0},
        {ALL(AREA("\"code\":\"a\"", "null")), ST_INVALID, 0},
        {ALL(AREA("\"code\":\"a\"", "{\"type\":\"Point\",\"coordinates\":[0,0]}")),
         ST_INVALID, 0},
        {ALL(AREA("\"code\":\"a\"",
                  "{\"type\":\"MultiPolygon\",\"coordinates\":[[" RING "],[" RING "]]}")),
         0, 1},
        {ALL(AREA("\"code\":\"a\"", "{\"type\":\"MultiPolygon\",\"coordinates\":[]}")),
         ST_INVALID, 0},
        {ALL(AREA("\"code\":\"a\"", "{\"type\":\"Polygon\",\"coordinates\":[]}")),
         ST_INVALID, 0},
        {ALL(AREA("\"code\":\"a\"", "{\"type\":\"Polygon\"}")), ST_INVALID, 0},
        {ALL(AREA("\"code\":\"a\"",
                  "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}")),
         ST_INVALID, 0},
        {ALL(AREA("\"code\":\"a\"",
                  "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[0,0]]]}")),
         ST_INVALID, 0},
        {ALL(AREA(
             "\"code\":\"a\"",
             "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[181,0],[1,1],[0,0]]]}")),
         ST_INVALID, 0},
        {ALL(AREA(
             "\"code\":\"a\"",
             "{\"type\":\"Polygon\",\"coordinates\":[[[0,\"0\"],[1,0],[1,1],[0,0]]]}")),
         ST_INVALID, 0},
        {ALL("7"), ST_INVALID, 0},
        {"[]", ST_INVALID, 0},
        {"{\"type\":\"FeatureCollection\"}", ST_INVALID, 0},
        {SQUARE, ST_INVALID, 0},
        {"", ST_INVALID, 0},
        {"{", ST_INVALID, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct geojson_areas areas;
        struct diag diag = {0};
        int status =
            geojson_areas_parse(rows[i].text, strlen(rows[i].text), &areas, &diag);
        if (status != rows[i].status)
            fail_msg("%s: %d %s", rows[i].text, status, diag.text);
        if (status != 0) {
            assert_true(diag.text[0] != '\0');
            continue;
        }
        assert_int_equal(areas.count, rows[i].count);
        geojson_areas_release(&areas);
    }
}

static void test_one_polygon(void **state)
{
    (void)state;
    static const char *const good[] = {SQUARE, AREA("", SQUARE), ALL(AREA("", SQUARE))};
    struct polygon polygon;
    struct diag diag;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(geojson_polygon_parse(good[i], strlen(good[i]), &polygon, &diag),
                         0);
        assert_int_equal(polygon.point_count, 3);
        polygon_release(&polygon);
    }
    const char *two = ALL(AREA("", SQUARE) "," AREA("", SQUARE));
    assert_int_equal(geojson_polygon_parse(two, strlen(two), &polygon, &diag),
                     ST_INVALID);
}

/* Every allocation of ours fails once: no leak, no half answer. */
static void test_no_memory(void **state)
{
    (void)state;
    const char *text =
        ALL(AREA("\"code\":\"a\"", SQUARE) "," AREA("\"code\":\"b\"", SQUARE));
    for (uint64_t n = 1;; n++) {
        struct geojson_areas areas;
        struct diag diag;
        mem_fail_at(n);
        int status = geojson_areas_parse(text, strlen(text), &areas, &diag);
        mem_fail_at(0);
        if (status == 0) {
            geojson_areas_release(&areas);
            assert_true(n > 3);
            return;
        }
        assert_int_equal(status, ST_NO_MEMORY);
    }
}

/* County borders of the neighbourhood: a place in Pinghu is in Pinghu alone. */
static void test_counties(void **state)
{
    (void)state;
    static const char *const codes[] = {"330482", "330402", "330411", "330421",
                                        "330424", "330481", "330483", "310116"};
    const char *data = getenv("MUSTER_DATA");
    int found = 0;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        char path[512], *text;
        size_t size;
        struct diag diag;
        struct polygon polygon;
        (void)snprintf(path, sizeof path, "%s/divisions/boundary_%s.geojson",
                       data ? data : "../shared/data", codes[i]);
        if (file_read(path, 1 << 20, &text, &size, &diag) != 0) {
            print_message("absent: %s\n", path);
            return;
        }
        if (geojson_polygon_parse(text, size, &polygon, &diag) != 0)
            fail_msg("%s: %s", path, diag.text);
        bool in = polygon_contains(&polygon, (struct point){307000000, 1210200000});
        assert_int_equal(in, i == 0);
        found += in;
        polygon_release(&polygon);
        mem_free(text);
    }
    assert_int_equal(found, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contains),  cmocka_unit_test(test_partition),
        cmocka_unit_test(test_extreme),   cmocka_unit_test(test_text_round_trip),
        cmocka_unit_test(test_areas),     cmocka_unit_test(test_one_polygon),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_counties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
