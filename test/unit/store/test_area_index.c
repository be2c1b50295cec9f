/* SPDX-License-Identifier: Apache-2.0 */
/* The index of areas against looking at each one: points and corners stand on a coarse
 * grid, so that there are borders and ties. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "store/area.h"
#include "store/area_index.h"

#include <stdio.h>
#include <string.h>

#define AREAS_MAX 400

struct world {
    struct random_seeded random;
    struct area areas[AREAS_MAX];
    struct polygon polygons[AREAS_MAX];
    uint32_t count;
    int32_t step_e7; /* of the grid */
};

static int32_t below(struct world *world, uint32_t bound)
{
    return (int32_t)random_below(&world->random.super, bound);
}

static struct point grid(struct world *world)
{
    return (struct point){300000000 + below(world, 24) * world->step_e7,
                          1200000000 + below(world, 24) * world->step_e7};
}

/* A rectangle, or the triangle that is half of it. */
static void draw(struct world *world, struct polygon *ret)
{
    const struct point a = grid(world);
    const struct point b = {a.lat_e7 + (1 + below(world, 6)) * world->step_e7,
                            a.lon_e7 + (1 + below(world, 6)) * world->step_e7};
    const struct point corners[] = {a, {a.lat_e7, b.lon_e7}, b, {b.lat_e7, a.lon_e7}};
    const uint32_t count = 3 + (uint32_t)below(world, 2);
    polygon_init(ret);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(polygon_point(ret, corners[i]), ST_OK);
    assert_int_equal(polygon_ring(ret), ST_OK);
    assert_int_equal(polygon_part(ret), ST_OK);
}

static void fill(struct world *world, uint64_t seed)
{
    random_seeded_init(&world->random, seed);
    world->step_e7 = seed % 2 == 0 ? 100000 : 700000; /* 1 km; 8 km */
    world->count = 1 + (uint32_t)below(world, AREAS_MAX);
    const bool has_polygons = seed % 3 != 0;
    for (uint32_t i = 0; i < world->count; i++) {
        struct area *area = &world->areas[i];
        *area = (struct area){.id = 10 + 3 * (int64_t)i,
                              .parent = i == 0 ? -1 : below(world, i < 30 ? i : 30),
                              .level = (enum area_level)below(world, AREA_LEVEL_COUNT),
                              .has_at = below(world, 5) > 0};
        if (area->has_at)
            area->at = grid(world);
        (void)snprintf(area->code, sizeof area->code, i == 0 ? "root" : "%u", 331 * i);
        area->parent_id = i == 0 ? 0 : world->areas[area->parent].id;
        if (has_polygons && i > 0 && below(world, 3) == 0) {
            draw(world, &world->polygons[i]);
            area->polygon = &world->polygons[i];
        }
    }
}

static void drop(struct world *world)
{
    for (uint32_t i = 0; i < world->count; i++)
        if (world->areas[i].polygon != NULL)
            polygon_release(world->areas[i].polygon);
}

static double size_of(const struct box *box)
{
    return ((double)box->max.lat_e7 - box->min.lat_e7) *
           ((double)box->max.lon_e7 - box->min.lon_e7);
}

static const struct area *plain_polygon(const struct area_tree *tree, struct point at)
{
    const struct area *inside = NULL;
    int deepest = -1;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct area *area = &tree->areas[i];
        if (area->polygon == NULL || !polygon_contains(area->polygon, at))
            continue;
        const int depth = area_index_depth(tree->areas, area);
        if (inside == NULL || depth > deepest ||
            (depth == deepest &&
             size_of(&area->polygon->box) < size_of(&inside->polygon->box))) {
            inside = area;
            deepest = depth;
        }
    }
    return inside;
}

static const struct area *plain_at(const struct area_tree *tree, struct point at)
{
    const struct area *inside = plain_polygon(tree, at);
    if (inside != NULL && inside->level == AREA_VILLAGE)
        return inside;
    const struct area *nearest = inside != NULL ? inside : &tree->areas[0];
    double best = AREA_NEAR_M;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct area *area = &tree->areas[i];
        if (area->level != AREA_VILLAGE || !area->has_at || area->polygon != NULL ||
            (inside != NULL && !area_is_under(tree, area->id, inside->id)))
            continue;
        const double distance = point_distance_m(area->at, at);
        if (distance <= best) {
            best = distance;
            nearest = area;
        }
    }
    return nearest;
}

static void test_points(void **state)
{
    static struct world world;
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        fill(&world, seed);
        struct area_tree tree = {world.count, AREAS_MAX, world.areas, NULL};
        assert_int_equal(area_index_new(&tree.index, tree.areas, tree.count), ST_OK);
        for (int i = 0; i < 1000; i++) {
            struct point at = grid(&world);
            if (i % 2 == 0)
                at = point_moved(at, 30.0 * below(&world, 2000),
                                 -40.0 * below(&world, 999));
            const struct area *area = area_at(&tree, at), *plain = plain_at(&tree, at);
            if (area != plain)
                print_message("seed %llu, point %d: %s, not %s\n",
                              (unsigned long long)seed, i, area->code, plain->code);
            assert_ptr_equal(area, plain);
        }
        area_index_free(tree.index);
        drop(&world);
    }
}

static void test_codes(void **state)
{
    static struct world world;
    (void)state;
    fill(&world, 4);
    struct area_tree tree = {world.count, AREAS_MAX, world.areas, NULL};
    assert_null(area_by_code(&tree, "root"));
    assert_int_equal(area_index_new(&tree.index, tree.areas, tree.count), ST_OK);
    for (uint32_t i = 0; i < tree.count; i++)
        assert_ptr_equal(area_by_code(&tree, tree.areas[i].code), &tree.areas[i]);
    assert_null(area_by_code(&tree, ""));
    assert_null(area_by_code(&tree, "332"));
    area_index_free(tree.index);
    drop(&world);
}

static void test_no_memory(void **state)
{
    static struct world world;
    struct area_index *index = NULL;
    (void)state;
    fill(&world, 5);
    int status = ST_NO_MEMORY;
    for (uint64_t n = 1; status != ST_OK; n++) {
        mem_fail_at(n);
        status = area_index_new(&index, world.areas, world.count);
        mem_fail_at(0);
        assert_true(status == ST_OK || status == ST_NO_MEMORY);
        assert_true((status == ST_OK) == (index != NULL));
    }
    area_index_free(index);
    drop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
