/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines of random lines: GEOS accepts every one; what is painted lies inside, what is
 * far from it outside; more lines give an outline around that of fewer. */
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "geo/outline.h"
#include "geo/valid.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LINES_MAX 60
#define METRES_PER_E7 (6371008.8 * M_PI / 180 / POINT_E7)

struct line {
    struct point a, b;
};

static struct point random_point(struct random *random, struct point corner,
                                 uint32_t size)
{
    return (struct point){corner.lat_e7 + (int32_t)random_below(random, size),
                          corner.lon_e7 + (int32_t)random_below(random, size)};
}

static void must_be_valid(const struct polygon *area, uint64_t seed)
{
    char reason[VALID_REASON_MAX + 1] = "";
    if (polygon_is_valid(area, reason) != 1)
        fail_msg("seed %lu: %s", (unsigned long)seed, reason);
}

/* Outer rings run counterclockwise, holes clockwise. */
static void must_turn_right(const struct polygon *area)
{
    for (uint32_t part = 0, ring = 0, at = 0; part < area->part_count; part++)
        for (uint32_t first = ring; ring < area->part_end[part]; ring++) {
            double sum = 0;
            struct point zero = area->points[at];
            struct point before = area->points[area->ring_end[ring] - 1];
            for (; at < area->ring_end[ring]; at++) {
                struct point here = area->points[at];
                sum += ((double)before.lon_e7 - zero.lon_e7) *
                           ((double)here.lat_e7 - zero.lat_e7) -
                       ((double)here.lon_e7 - zero.lon_e7) *
                           ((double)before.lat_e7 - zero.lat_e7);
                before = here;
            }
            assert_true(ring == first ? sum > 0 : sum < 0);
        }
}

static double distance_m(struct point at, const struct line *line)
{
    double narrow = METRES_PER_E7 * cos(point_lat(at) * M_PI / 180);
    double ax = ((double)line->a.lon_e7 - at.lon_e7) * narrow;
    double ay = ((double)line->a.lat_e7 - at.lat_e7) * METRES_PER_E7;
    double dx = ((double)line->b.lon_e7 - line->a.lon_e7) * narrow;
    double dy = ((double)line->b.lat_e7 - line->a.lat_e7) * METRES_PER_E7;
    double size = dx * dx + dy * dy;
    double share = size > 0 ? fmin(fmax(-(ax * dx + ay * dy) / size, 0), 1) : 0;
    return hypot(ax + share * dx, ay + share * dy);
}

static double nearest_m(struct point at, const struct line *lines, uint32_t count)
{
    double best = INFINITY;
    for (uint32_t i = 0; i < count; i++)
        best = fmin(best, distance_m(at, &lines[i]));
    return best;
}

static void trace(struct outline *outline, const struct line *lines, uint32_t count,
                  struct polygon *ret)
{
    polygon_init(ret);
    outline_clear(outline);
    for (uint32_t i = 0; i < count; i++)
        outline_line(outline, lines[i].a, lines[i].b);
    assert_int_equal(outline_trace(outline, ret), 0);
}

static void test_random_lines(void **state)
{
    (void)state;
    uint32_t inside = 0, outside = 0, holes = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random_seeded random;
        struct random *r = &random.super;
        random_seeded_init(&random, seed);
        struct point corner = {
            (int32_t)random_below(r, 1200000000) - 600000000,
            (int32_t)((int64_t)random_below(r, 3400000000u) - 1700000000)};
        uint32_t size = 20000 + (uint32_t)random_below(r, 400000);
        struct line lines[LINES_MAX];
        uint32_t count = 1 + (uint32_t)random_below(r, LINES_MAX);
        struct box box = box_empty();
        for (uint32_t i = 0; i < count; i++) {
            lines[i].a = random_point(r, corner, size);
            lines[i].b =
                random_below(r, 4) == 0 ? lines[i].a : random_point(r, corner, size);
            box_add(&box, lines[i].a);
            box_add(&box, lines[i].b);
        }
        struct outline *outline;
        struct polygon all, some;
        assert_int_equal(outline_new(&outline, box, 5 + (double)random_below(r, 60)), 0);
        trace(outline, lines, count, &all);
        trace(outline, lines, count / 2 + 1, &some);
        must_be_valid(&all, seed);
        must_be_valid(&some, seed);
        must_turn_right(&all);
        holes += all.ring_count - all.part_count;
        double cell_m = outline_cell_m(outline);
        for (int i = 0; i < 300; i++) {
            struct point at = random_point(r, corner, size);
            double metres = nearest_m(at, lines, count);
            bool is_in = polygon_contains(&all, at);
            if (metres < (OUTLINE_RADIUS - 1) * cell_m)
                assert_true(is_in), inside++;
            if (metres > (OUTLINE_RADIUS + 2) * cell_m)
                assert_false(is_in), outside++;
            if (polygon_contains(&some, at))
                assert_true(is_in || metres > (OUTLINE_RADIUS - 1) * cell_m);
        }
        polygon_release(&all);
        polygon_release(&some);
        outline_free(outline);
    }
    assert_true(inside > 1000 && outside > 1000 && holes > 100);
}

/* Every corner of the smaller outline lies in the greater one, or on its border. */
static void test_nested(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct random_seeded random;
        struct random *r = &random.super;
        random_seeded_init(&random, seed);
        struct point corner = {306000000, 1210000000};
        struct line lines[LINES_MAX];
        struct box box = box_empty();
        for (uint32_t i = 0; i < LINES_MAX; i++) {
            lines[i].a = random_point(r, corner, 200000);
            lines[i].b = random_point(r, lines[i].a, 30000);
            box_add(&box, lines[i].a);
            box_add(&box, lines[i].b);
        }
        struct outline *outline;
        struct polygon all, some;
        assert_int_equal(outline_new(&outline, box, 20), 0);
        trace(outline, lines, LINES_MAX, &all);
        trace(outline, lines, LINES_MAX / 2, &some);
        for (uint32_t i = 0; i < some.point_count; i++) {
            bool is_in = polygon_contains(&all, some.points[i]);
            for (uint32_t ring = 0, at = 0; ring < all.ring_count && !is_in; ring++) {
                struct line side = {.a = all.points[all.ring_end[ring] - 1]};
                for (; at < all.ring_end[ring] && !is_in; at++) {
                    side.b = all.points[at];
                    is_in = distance_m(some.points[i], &side) < 0.1 * 20;
                    side.a = side.b;
                }
                at = all.ring_end[ring];
            }
            assert_true(is_in);
        }
        polygon_release(&all);
        polygon_release(&some);
        outline_free(outline);
    }
}

static void test_nothing_and_a_point(void **state)
{
    (void)state;
    struct box box = box_empty();
    struct point at = {306000000, 1210000000};
    box_add(&box, at);
    struct outline *outline;
    struct polygon area;
    assert_int_equal(outline_new(&outline, box, 10), 0);
    trace(outline, NULL, 0, &area);
    assert_int_equal(area.point_count, 0);
    assert_int_equal(polygon_is_valid(&area, NULL), 1);
    const struct line point = {at, at};
    trace(outline, &point, 1, &area);
    must_be_valid(&area, 0);
    assert_int_equal(area.ring_count, 1);
    assert_true(polygon_contains(&area, at));
    polygon_release(&area);
    outline_free(outline);
}

/* Cut at the antimeridian, mended where the cut made it invalid. */
static void test_edge_of_the_earth(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct random_seeded random;
        struct random *r = &random.super;
        random_seeded_init(&random, seed);
        struct line lines[20];
        struct box box = box_empty();
        for (size_t i = 0; i < COUNT_OF(lines); i++) {
            lines[i].a = (struct point){-170000000 + (int32_t)random_below(r, 100000),
                                        1800000000 - (int32_t)random_below(r, 30000)};
            lines[i].b = (struct point){-170000000 + (int32_t)random_below(r, 100000),
                                        1800000000 - (int32_t)random_below(r, 30000)};
            box_add(&box, lines[i].a);
            box_add(&box, lines[i].b);
        }
        struct outline *outline;
        struct polygon area;
        assert_int_equal(outline_new(&outline, box, 20), 0);
        trace(outline, lines, COUNT_OF(lines), &area);
        if (polygon_is_valid(&area, NULL) != 1)
            assert_int_equal(polygon_mend(&area), 0);
        must_be_valid(&area, seed);
        must_turn_right(&area);
        for (uint32_t i = 0; i < area.point_count; i++)
            assert_true(area.points[i].lon_e7 <= 1800000000);
        polygon_release(&area);
        outline_free(outline);
    }
}

static void test_valid_says_no(void **state)
{
    (void)state;
    static const struct point bow[] = {{0, 0}, {1000, 1000}, {0, 1000}, {1000, 0}};
    struct polygon area;
    char reason[VALID_REASON_MAX + 1] = "";
    polygon_init(&area);
    for (size_t i = 0; i < COUNT_OF(bow); i++)
        assert_int_equal(polygon_point(&area, bow[i]), 0);
    assert_int_equal(polygon_ring(&area), 0);
    assert_int_equal(polygon_part(&area), 0);
    assert_int_equal(polygon_is_valid(&area, reason), 0);
    assert_non_null(strstr(reason, "Self-intersection"));
    assert_int_equal(polygon_mend(&area), 0);
    assert_int_equal(polygon_is_valid(&area, NULL), 1);
    assert_int_equal(area.part_count, 2);
    must_turn_right(&area);
    polygon_release(&area);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_lines),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_nothing_and_a_point),
        cmocka_unit_test(test_edge_of_the_earth),
        cmocka_unit_test(test_valid_says_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
