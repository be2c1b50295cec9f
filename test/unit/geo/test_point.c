/* SPDX-License-Identifier: Apache-2.0 */
/* Points, boxes and the shifted coordinates. */
#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "geo/crs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_from_degrees(void **state)
{
    (void)state;
    static const struct {
        double lat, lon;
        bool ok;
    } rows[] = {
        {0, 0, true},      {90, 180, true}, {-90, -180, true},    {90.0000001, 0, false},
        {0, 180.1, false}, {NAN, 0, false}, {0, INFINITY, false}, {30.7, 121.02, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct point point;
        assert_int_equal(point_from_degrees(rows[i].lat, rows[i].lon, &point),
                         rows[i].ok);
        if (rows[i].ok) {
            assert_true(fabs(point_lat(point) - rows[i].lat) < 1e-7);
            assert_true(fabs(point_lon(point) - rows[i].lon) < 1e-7);
        }
    }
}

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int32_t lat, lon;
    } rows[] = {
        {"30.7,121.02", true, 307000000, 1210200000},
        {" 30.7 , 121.02", true, 307000000, 1210200000},
        {"-30.1,-51.2", true, -301000000, -512000000},
        {"30.7", false, 0, 0},
        {"30.7,", false, 0, 0},
        {",1", false, 0, 0},
        {"30.7,121.02,3", false, 0, 0},
        {"91,0", false, 0, 0},
        {"0,181", false, 0, 0},
        {"nan,0", false, 0, 0},
        {"0x10,0", false, 0, 0},
        {"", false, 0, 0},
        {"1.0000000000000000000000000000000000000000000000000000000000000000,1", false, 0,
         0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct point point = {0, 0};
        if (point_parse(rows[i].text, &point) != rows[i].ok)
            fail_msg("%s", rows[i].text);
        assert_int_equal(point.lat_e7, rows[i].lat);
        assert_int_equal(point.lon_e7, rows[i].lon);
    }
}

/* Against the spherical law of cosines, which is exact enough at long distances. */
static void test_distance(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 7);
    for (int i = 0; i < 1000; i++) {
        struct point a = {
            (int32_t)random_below(&random.super, 1800000000) - 900000000,
            (int32_t)(random_below(&random.super, 3600000001) - 1800000000)};
        struct point b = {
            (int32_t)random_below(&random.super, 1800000000) - 900000000,
            (int32_t)(random_below(&random.super, 3600000001) - 1800000000)};
        double p = point_lat(a) * M_PI / 180, q = point_lat(b) * M_PI / 180;
        double l = (point_lon(a) - point_lon(b)) * M_PI / 180;
        double c = sin(p) * sin(q) + cos(p) * cos(q) * cos(l);
        double want = 6371008.8 * acos(fmin(fmax(c, -1), 1));
        assert_true(fabs(point_distance_m(a, b) - want) < 1 + want * 1e-6);
        assert_true(fabs(point_distance_m(a, b) - point_distance_m(b, a)) < 1e-6);
        assert_true(point_distance_m(a, a) == 0);
    }
    struct point equator = {0, 0}, east = {0, 10000000};
    assert_true(fabs(point_distance_m(equator, east) - 111195.08) < 0.01);
}

/* As far as it was asked, in each direction; the plane is that of the point. */
static void test_moved(void **state)
{
    (void)state;
    const struct point from = {307000000, 1210200000};
    for (int i = 0; i < 8; i++) {
        const double angle = i * M_PI / 4;
        const struct point to = point_moved(from, 20000 * cos(angle), 20000 * sin(angle));
        assert_true(fabs(point_distance_m(from, to) - 20000) < 50);
        assert_true(cos(angle) < 0.5 || to.lat_e7 > from.lat_e7);
        assert_true(sin(angle) < 0.5 || to.lon_e7 > from.lon_e7);
    }
    const struct point pole = point_moved((struct point){900000000, 0}, 1000, 1000);
    assert_int_equal(pole.lat_e7, 900000000);
    const struct point edge = point_moved((struct point){0, 1800000000}, -1000, 1000);
    assert_int_equal(edge.lon_e7, 1800000000);
    assert_true(edge.lat_e7 < 0);
}

static void test_box(void **state)
{
    (void)state;
    struct box box = box_empty();
    assert_false(box_contains(box, (struct point){0, 0}));
    box_add(&box, (struct point){307000000, 1210000000});
    box_add(&box, (struct point){308000000, 1211000000});
    assert_true(box_contains(box, (struct point){307500000, 1210000000}));
    assert_false(box_contains(box, (struct point){306999999, 1210000000}));
    struct box grown = box_grown(box, 1000);
    struct point corner = box.min, out = grown.min;
    double south = point_distance_m(corner, (struct point){out.lat_e7, corner.lon_e7});
    double west = point_distance_m(corner, (struct point){corner.lat_e7, out.lon_e7});
    assert_true(south >= 999.9 && south < 1010 && west >= 999.9 && west < 1010);
    struct box pole = box_empty();
    box_add(&pole, (struct point){899999999, 0});
    pole = box_grown(pole, 1000);
    assert_int_equal(pole.max.lat_e7, 900000000);
    assert_int_equal(pole.min.lon_e7, -1800000000);
}

static void test_crs_names(void **state)
{
    (void)state;
    enum crs crs;
    assert_true(crs_parse("wgs84", &crs) && crs == CRS_WGS84);
    assert_true(crs_parse("gcj02", &crs) && crs == CRS_GCJ02);
    assert_true(crs_parse("bd09", &crs) && crs == CRS_BD09);
    assert_false(crs_parse("GCJ02", &crs) || crs_parse("", &crs));
}

/* Known values: computed by gcoord 1.0.7 over Pinghu, one outside China. */
static void test_crs_known(void **state)
{
    (void)state;
    double lat, lon;
    struct point point;
    assert_true(point_from_degrees(30.55, 120.9, &point));
    crs_from_wgs84(CRS_GCJ02, point, &lat, &lon);
    assert_true(fabs(lat - 30.54743122815837) < 1e-9 &&
                fabs(lon - 120.90409833220477) < 1e-9);
    crs_from_wgs84(CRS_BD09, point, &lat, &lon);
    assert_true(fabs(lat - 30.553074976323188) < 1e-9 &&
                fabs(lon - 120.91068051615385) < 1e-9);
    assert_true(point_from_degrees(41.15, -8.6, &point));
    crs_from_wgs84(CRS_BD09, point, &lat, &lon);
    assert_true(lat == point_lat(point) && lon == point_lon(point));
}

static void test_crs_round_trip(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 9);
    for (int i = 0; i < 20000; i++) {
        struct point point, back;
        assert_true(point_from_degrees(2 + 52 * random_unit(&random.super),
                                       73 + 64 * random_unit(&random.super), &point));
        for (int crs = CRS_WGS84; crs <= CRS_BD09; crs++) {
            double lat, lon;
            crs_from_wgs84((enum crs)crs, point, &lat, &lon);
            back = crs_to_wgs84((enum crs)crs, lat, lon);
            assert_true(point_distance_m(point, back) <= 0.0112); /* 1e-7 degree */
        }
    }
    struct point none = crs_to_wgs84(CRS_GCJ02, NAN, 0);
    assert_true(none.lat_e7 == 0 && none.lon_e7 == 0);
}

static bool read_data(const char *name, char **ret, size_t *ret_size)
{
    const char *data = getenv("MUSTER_DATA");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/coords/%s", data ? data : "../shared/data",
                   name);
    struct diag diag;
    if (file_read(path, 1 << 20, ret, ret_size, &diag) == 0)
        return true;
    print_message("absent: %s\n", path);
    return false;
}

static double cell(const struct csv *csv, int column)
{
    double value;
    assert_true(text_to_double(csv->cells[column], -180, 180, &value));
    return value;
}

/* FIRST = column of the WGS-84 longitude; GCJ-02 and BD-09 follow. TOLERANCE is for the
 * WGS-84 side, in degrees. */
static void check_file(const char *name, int first, double tolerance)
{
    char *text;
    size_t size;
    if (!read_data(name, &text, &size))
        return;
    struct csv csv;
    struct diag diag;
    assert_int_equal(csv_init(&csv, text, size, &diag), 0);
    assert_int_equal(csv_next(&csv, &diag), 1);
    int rows = 0;
    for (; csv_next(&csv, &diag) == 1; rows++) {
        struct point wgs, back;
        double lat, lon;
        assert_true(point_from_degrees(cell(&csv, first + 1), cell(&csv, first), &wgs));
        crs_from_wgs84(CRS_GCJ02, wgs, &lat, &lon);
        assert_true(fabs(lat - cell(&csv, first + 3)) <= tolerance);
        assert_true(fabs(lon - cell(&csv, first + 2)) <= tolerance);
        crs_from_wgs84(CRS_BD09, wgs, &lat, &lon);
        assert_true(fabs(lat - cell(&csv, first + 5)) <= tolerance + 2e-7);
        assert_true(fabs(lon - cell(&csv, first + 4)) <= tolerance + 2e-7);
        back = crs_to_wgs84(CRS_GCJ02, cell(&csv, first + 3), cell(&csv, first + 2));
        assert_true(fabs(point_lat(back) - point_lat(wgs)) <= tolerance + 2e-7);
        assert_true(fabs(point_lon(back) - point_lon(wgs)) <= tolerance + 2e-7);
    }
    assert_true(rows >= 20);
    mem_free(text);
}

static void test_crs_files(void **state)
{
    (void)state;
    check_file("pinghu_grid_gcoord.csv", 0, 1e-9);
    /* This file's WGS-84 side is itself an inverse estimate, good to about 1 m. */
    check_file("china_cities_vectors.csv", 1, 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_degrees), cmocka_unit_test(test_parse),
        cmocka_unit_test(test_distance),     cmocka_unit_test(test_moved),
        cmocka_unit_test(test_box),          cmocka_unit_test(test_crs_names),
        cmocka_unit_test(test_crs_known),    cmocka_unit_test(test_crs_round_trip),
        cmocka_unit_test(test_crs_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
