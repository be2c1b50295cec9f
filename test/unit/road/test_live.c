/* SPDX-License-Identifier: Apache-2.0 */
/* Roads closed, slowed and opened one after another and many at once: after each change
 * all weights are those that are computed from nothing; and readers, who run meanwhile,
 * see one moment each. */
#include "fixture.h"
#include "road/hierarchy_internal.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define STREAMS 10
#define STEPS 120
#define READERS 2
#define READ_STEPS 150

static uint32_t below(struct random_seeded *random, uint32_t bound)
{
    return (uint32_t)random_below(&random->super, bound);
}

/* The active weights against all weights anew on a scratch copy. */
static void check_weights(struct road_hierarchy *h, const uint8_t *kmh)
{
    const struct weights *side = &h->sides[atomic_load(&h->active)];
    size_t size = ((size_t)h->shape.arc_count + 1) * sizeof(uint32_t);
    uint32_t slow = 0;
    for (uint32_t e = 0; e < h->road->edge_count; e++) {
        assert_int_equal(road_closed_kmh(side->closed, e), kmh[e]);
        slow += kmh[e] != ROAD_KMH_FREE && kmh[e] != ROAD_KMH_CLOSED;
    }
    assert_int_equal(side->closed->slow_count, slow);
    struct weights scratch = {.closed = side->closed};
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        scratch.up[mode] = mem_alloc(size);
        scratch.down[mode] = mem_alloc(size);
        assert_int_equal(hierarchy_customise_rows(h, &scratch, (enum road_mode)mode), 0);
        for (uint32_t a = 0; a < h->shape.arc_count; a++) {
            assert_int_equal(scratch.up[mode][a], side->up[mode][a]);
            assert_int_equal(scratch.down[mode][a], side->down[mode][a]);
        }
        mem_free(scratch.up[mode]);
        mem_free(scratch.down[mode]);
    }
}

/* What matters on the random networks, whose edges are up to 300 m and 50 ms long (even
 * the greatest limit slows them down) and on real ones. */
static uint32_t random_kmh(struct random_seeded *random)
{
    static const uint32_t limits[] = {ROAD_KMH_CLOSED, ROAD_KMH_FREE, 1, 3, 5, 20, 60,
                                      ROAD_KMH_MAX};
    return limits[below(random, COUNT_OF(limits))];
}

/* One edge, some, or nearly all of a stretch; closed, opened, or anything. */
static uint32_t random_changes(struct random_seeded *random, const struct road *road,
                               struct road_change *ret)
{
    uint32_t n = road_edge_count(road), kind = below(random, 8), first = below(random, n);
    uint32_t count = kind < 5 ? 1 : kind < 7 ? 1 + below(random, 6) : n / 2;
    uint32_t how = below(random, 3);
    if (count > n - first)
        count = n - first;
    for (uint32_t i = 0; i < count; i++)
        ret[i] = (struct road_change){first + i, how == 2   ? random_kmh(random)
                                                 : how == 1 ? ROAD_KMH_CLOSED
                                                            : ROAD_KMH_FREE};
    return count;
}

static void apply(uint8_t *kmh, const struct road_change *changes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        kmh[changes[i].edge] = (uint8_t)changes[i].kmh;
}

static uint8_t *all_free(const struct road *road)
{
    uint8_t *kmh = mem_alloc(road_edge_count(road) + 1ul);
    memset(kmh, ROAD_KMH_FREE, road_edge_count(road) + 1ul);
    return kmh;
}

static void run_stream(struct road *road, uint64_t seed, int steps, bool listed)
{
    struct road_hierarchy *h;
    struct random_seeded random;
    random_seeded_init(&random, seed);
    assert_int_equal(road_hierarchy_new(&h, road), 0);
    assert_true(h->triangles.count > 0);
    if (!listed) /* as if there were too many of them */
        triangles_release(&h->triangles);
    uint32_t n = road_edge_count(road);
    struct road_change *changes = mem_alloc((n + 1) * sizeof *changes);
    uint8_t *kmh = all_free(road);
    for (int i = 0; i < steps; i++) {
        uint32_t count = random_changes(&random, road, changes);
        apply(kmh, changes, count);
        if (i % 7 == 3) { /* by a whole set */
            struct road_closed *set;
            assert_int_equal(road_closed_new(&set, road), 0);
            for (uint32_t e = 0; e < n; e++)
                if (kmh[e] != ROAD_KMH_FREE)
                    road_closed_limit(set, e, kmh[e]);
            assert_int_equal(road_hierarchy_set_closed(h, set), 0);
            road_closed_free(set);
        } else {
            assert_int_equal(road_hierarchy_change(h, changes, count), 0);
        }
        check_weights(h, kmh);
    }
    assert_int_equal(road_hierarchy_set_closed(h, NULL), 0);
    memset(kmh, ROAD_KMH_FREE, n);
    check_weights(h, kmh);
    mem_free(kmh);
    mem_free(changes);
    road_hierarchy_free(h);
    road_free(road);
}

static void test_stream(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= STREAMS; seed++)
        run_stream(random_road(seed, 20 + (uint32_t)seed * 40, "a.graph"), seed, STEPS,
                   seed % 3 != 0);
}

static void test_extract(void **state)
{
    (void)state;
    char path[512];
    struct road_import_result result;
    struct diag diag = {0};
    if (!data_path("osm/liechtenstein.osm.pbf", path, sizeof path))
        return;
    assert_int_equal(road_import_osm(path, path_of("x.graph"), NULL, &result, &diag), 0);
    run_stream(open_road(path_of("x.graph")), 77, 60, true);
}

/* Every allocation of a change fails once: the active side stays as it was, and the next
 * change is whole again. */
static void test_no_memory(void **state)
{
    (void)state;
    struct road *road = random_road(3, 200, "a.graph");
    struct random_seeded random;
    random_seeded_init(&random, 3);
    uint32_t n = road_edge_count(road), failures = 0;
    struct road_change *changes = mem_alloc((n + 1) * sizeof *changes);
    uint8_t *kmh = all_free(road);
    struct road_hierarchy *h;
    assert_int_equal(road_hierarchy_new(&h, road), 0);
    for (int i = 0; i < 200; i++) {
        uint32_t count = random_changes(&random, road, changes);
        mem_fail_at(1 + (uint64_t)(i % 12));
        int status = road_hierarchy_change(h, changes, count);
        mem_fail_at(0);
        failures += status == ST_NO_MEMORY;
        assert_true(status == 0 || status == ST_NO_MEMORY);
        if (status == 0)
            apply(kmh, changes, count);
        check_weights(h, kmh);
    }
    assert_true(failures > 0);
    mem_free(kmh);
    mem_free(changes);
    road_hierarchy_free(h);
    road_free(road);
}

/* ---- readers -------------------------------------------------------------------------
 */

struct reader {
    struct road_hierarchy *hierarchy;
    uint64_t seed;
    uint32_t wrong;
    _Atomic bool *done;
};

/* In one view: the hierarchy's times against the search over what the view says is
 * closed. */
static void *read_on(void *context)
{
    struct reader *reader = context;
    const struct road *road = road_hierarchy_road(reader->hierarchy);
    struct road_search *search;
    struct road_reach *reach;
    struct random_seeded random;
    random_seeded_init(&random, reader->seed);
    if (road_search_new(&search, road) != 0 ||
        road_reach_new(&reach, reader->hierarchy) != 0)
        abort();
    for (int i = 0; i < READ_STEPS || !atomic_load(reader->done); i++) {
        struct road_view view;
        struct road_settled at;
        uint32_t node = below(&random, road_node_count(road));
        struct road_spot spot = {.node = {node, node}};
        enum road_mode mode = (enum road_mode)below(&random, ROAD_MODE_COUNT);
        enum road_direction direction = (enum road_direction)below(&random, 2);
        road_view_take(reader->hierarchy, &view);
        road_search_avoid(search, road_view_closed(&view));
        if (road_search_start(search, mode, direction, &spot) != 0)
            abort();
        road_reach_start(reach, &view, mode, direction, &spot);
        while (road_search_next(search, &at))
            reader->wrong += road_reach_ms(reach, at.node) != at.ms;
        road_view_give(&view);
        sched_yield();
    }
    road_search_free(search);
    road_reach_free(reach);
    return NULL;
}

static void test_readers(void **state)
{
    (void)state;
    struct road *road = random_road(9, 150, "a.graph");
    struct road_hierarchy *h;
    struct random_seeded random;
    pthread_t threads[READERS];
    struct reader readers[READERS];
    _Atomic bool done = false;
    random_seeded_init(&random, 9);
    assert_int_equal(road_hierarchy_new(&h, road), 0);
    struct road_change *changes =
        mem_alloc((road_edge_count(road) + 1) * sizeof *changes);
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct reader){h, 100 + (uint64_t)i, 0, &done};
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readers[i]), 0);
    }
    for (int i = 0; i < READ_STEPS; i++) {
        uint32_t count = random_changes(&random, road, changes);
        assert_int_equal(road_hierarchy_change(h, changes, count), 0);
    }
    atomic_store(&done, true);
    for (int i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(readers[i].wrong, 0);
    }
    mem_free(changes);
    road_hierarchy_free(h);
    road_free(road);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_extract),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_readers),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
