/* SPDX-License-Identifier: Apache-2.0 */
/* A network, its hierarchy, and the plain search to compare with. */
#ifndef MUSTER_TEST_ROAD_BENCH_H
#define MUSTER_TEST_ROAD_BENCH_H

#include "fixture.h"
#include "road/closed.h"
#include "road/hierarchy.h"
#include "road/route.h"
#include "road/within.h"

struct bench {
    struct road *road;
    struct road_hierarchy *hierarchy;
    struct road_search *search;
    struct road_reach *reach;
    struct road_router *router;
    struct road_within *within;
    struct road_closed *closed;
    struct random_seeded random;
};

UNUSED static void bench_open(struct bench *bench, struct road *road, uint64_t seed)
{
    bench->road = road;
    random_seeded_init(&bench->random, seed);
    assert_int_equal(road_hierarchy_new(&bench->hierarchy, road), 0);
    assert_int_equal(road_search_new(&bench->search, road), 0);
    assert_int_equal(road_reach_new(&bench->reach, bench->hierarchy), 0);
    assert_int_equal(road_router_new(&bench->router, bench->hierarchy), 0);
    assert_int_equal(road_within_new(&bench->within, road), 0);
    assert_int_equal(road_closed_new(&bench->closed, road), 0);
}

UNUSED static void bench_close(struct bench *bench)
{
    road_closed_free(bench->closed);
    road_reach_free(bench->reach);
    road_router_free(bench->router);
    road_within_free(bench->within);
    road_search_free(bench->search);
    road_hierarchy_free(bench->hierarchy);
    road_free(bench->road);
}

UNUSED static uint32_t below(struct bench *bench, uint32_t bound)
{
    return (uint32_t)random_below(&bench->random.super, bound);
}

/* A place somewhere on a random edge that MODE may use. */
UNUSED static bool random_spot(struct bench *bench, enum road_mode mode,
                               struct road_spot *ret)
{
    struct box box = road_box(bench->road);
    uint32_t node = below(bench, road_node_count(bench->road));
    struct point at = road_node_point(bench->road, node);
    at.lat_e7 += (int32_t)below(bench, 4000) - 2000;
    at.lon_e7 += (int32_t)below(bench, 4000) - 2000;
    if (!box_contains(box, at))
        at = road_node_point(bench->road, node);
    return road_snap(bench->road, mode, at, 1000, ret);
}

/* One road in PART is closed, and one in PART slow. */
UNUSED static void random_limits(struct bench *bench, uint32_t part)
{
    for (uint32_t i = 0; i < road_edge_count(bench->road); i++)
        if (below(bench, part) == 0)
            road_closed_edge(bench->closed, i);
        else if (below(bench, part) == 0)
            road_closed_limit(bench->closed, i, 1 + below(bench, 30));
}

#endif
