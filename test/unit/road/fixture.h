/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of roads share: a folder of their own, graphs from text, and a slow,
 * obvious answer to compare with (Bellman-Ford over the edges that the drawing sees). */
#ifndef MUSTER_TEST_ROAD_FIXTURE_H
#define MUSTER_TEST_ROAD_FIXTURE_H

#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "road/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define UNUSED __attribute__((unused))

static char folder[64];

UNUSED static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/muster-road-XXXXXX");
    return mkdtemp(folder) == NULL;
}

UNUSED static int drop_folder(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) != 0;
}

/* In the folder; one of four buffers that take turns. */
UNUSED static const char *path_of(const char *name)
{
    static char paths[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    (void)snprintf(paths[turn], sizeof paths[turn], "%s/%s", folder, name);
    return paths[turn];
}

/* A file of the data beside the checkout; false (and said) if it is not there. */
UNUSED static bool data_path(const char *name, char *ret, size_t size)
{
    const char *data = getenv("MUSTER_DATA");
    (void)snprintf(ret, size, "%s/%s", data != NULL ? data : "../shared/data", name);
    if (access(ret, R_OK) == 0)
        return true;
    printf("absent: %s\n", ret);
    return false;
}

UNUSED static void put_file(const char *path, const void *data, size_t size)
{
    struct diag diag;
    assert_int_equal(file_write(path, data, size, 0600, &diag), 0);
}

UNUSED static struct road *open_road(const char *path)
{
    struct road *road;
    struct diag diag = {0};
    int status = road_open(&road, path, &diag);
    if (status != 0)
        fail_msg("%s: %s", path, diag.text);
    return road;
}

/* Imports XML (without its <osm>) and opens the graph. */
UNUSED static struct road *road_of_xml(const char *xml, struct road_import_result *ret)
{
    struct text text;
    struct diag diag = {0};
    text_init(&text, 16 << 20);
    text_append_string(&text, "<?xml version='1.0'?><osm version='0.6'>");
    text_append_string(&text, xml);
    text_append_string(&text, "</osm>");
    put_file(path_of("in.osm"), text.data, text.size);
    text_release(&text);
    int status =
        road_import_osm(path_of("in.osm"), path_of("out.graph"), NULL, ret, &diag);
    if (status != 0)
        fail_msg("import: %s %s (line %u)", diag.where, diag.text, diag.line);
    return open_road(path_of("out.graph"));
}

UNUSED static struct point at_degrees(double lat, double lon)
{
    struct point point;
    assert_true(point_from_degrees(lat, lon, &point));
    return point;
}

/* Times of all nodes to (from) NODE, by relaxing every edge until nothing changes. */
UNUSED static uint32_t *slow_times(const struct road *road, enum road_mode mode,
                                   enum road_direction direction, const uint32_t node[2],
                                   const uint32_t start_ms[2])
{
    uint32_t n = road_node_count(road), *ms = mem_alloc((n + 1) * sizeof *ms);
    memset(ms, 0xff, n * sizeof *ms);
    for (int end = 0; end < 2; end++)
        if (start_ms[end] < ms[node[end]])
            ms[node[end]] = start_ms[end];
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < road_edge_count(road); i++) {
            struct road_edge edge = road_edge(road, i);
            for (int way = 0; way < 2; way++) {
                uint32_t from = edge.node[way ^ (direction == ROAD_TO)];
                uint32_t to = edge.node[way ^ (direction != ROAD_TO)];
                uint32_t cost = edge.ms[mode][way];
                if (cost == ROAD_MS_NONE || ms[from] == ROAD_MS_NONE ||
                    (uint64_t)ms[from] + cost >= ms[to])
                    continue;
                ms[to] = ms[from] + cost;
                changed = true;
            }
        }
    }
    return ms;
}

/* The real extracts; NULL: number INDEX is absent, and the output says so. */
#define EXTRACTS 5
UNUSED static struct road *extract_road(size_t index, const char *graph)
{
    static const char *const names[EXTRACTS] = {
        "osm/liechtenstein.osm.pbf", "osm/monaco.osm.pbf", "osm/porto-alegre.osm.pbf",
        "osm/north-bayreuth.osm.gz", "osm/porto.osm.pbf"};
    char path[512];
    struct road_import_result result;
    struct diag diag = {0};
    if (!data_path(names[index], path, sizeof path))
        return NULL;
    assert_int_equal(road_import_osm(path, path_of(graph), NULL, &result, &diag), 0);
    return open_road(path_of(graph));
}

/* COUNT nodes, anywhere in a box of some kilometres. */
UNUSED static void put_nodes(struct graph_input *input, struct random *r, uint32_t count)
{
    uint32_t number;
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(
            graph_input_node(
                input,
                (struct point){306000000 + (int32_t)random_below(r, 300000),
                               1210000000 + (int32_t)random_below(r, 300000)},
                &number),
            0);
}

/* A random network of COUNT nodes: streets with shape points, one-ways, closed modes,
 * parallel edges. Written to NAME and opened. */
UNUSED static struct road *random_road(uint64_t seed, uint32_t count, const char *name)
{
    struct random_seeded random;
    struct random *r = &random.super;
    random_seeded_init(&random, seed);
    struct graph_input input = {0};
    put_nodes(&input, r, count);
    for (uint32_t i = 0; i < count * 2; i++) {
        struct graph_edge edge = {.class = (uint32_t)random_below(r, ROAD_CLASS_COUNT)};
        edge.node[0] = i < count ? i : (uint32_t)random_below(r, count);
        edge.node[1] = (edge.node[0] + 1 + (uint32_t)random_below(r, 5)) % count;
        edge.length_mm = 1000 + (uint32_t)random_below(r, 300000);
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
            for (int way = 0; way < 2; way++)
                edge.ms[mode][way] = random_below(r, 4) == 0
                                         ? ROAD_MS_NONE
                                         : 1 + (uint32_t)random_below(r, 50);
        struct point shape[3];
        uint32_t shape_count = (uint32_t)random_below(r, 4);
        for (uint32_t j = 0; j < shape_count; j++)
            shape[j] = (struct point){306000000 + (int32_t)random_below(r, 300000),
                                      1210000000 + (int32_t)random_below(r, 300000)};
        if (edge.node[0] != edge.node[1])
            assert_int_equal(graph_input_edge(&input, edge, shape, shape_count), 0);
    }
    struct road_import_result result = {0};
    struct diag diag = {0};
    int status = graph_write(&input, path_of(name), NULL, &result, &diag);
    if (status != 0)
        fail_msg("seed %lu: %s", (unsigned long)seed, diag.text);
    graph_input_release(&input);
    return open_road(path_of(name));
}

#endif
