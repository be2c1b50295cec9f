/* SPDX-License-Identifier: Apache-2.0 */
/* A generated town for tests: a crooked grid of streets, a fifth of them one-way, some
 * for walkers only, written as OpenStreetMap XML and imported. */
#ifndef MUSTER_TEST_WORLD_H
#define MUSTER_TEST_WORLD_H

#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "road/import.h"
#include "road/road.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORLD_LAT 30.60
#define WORLD_LON 121.00
#define WORLD_STEP 0.0012

static inline void world_way(struct text *text, int id, int a, int b,
                             struct random *random)
{
    uint64_t kind = random_below(random, 10);
    const char *highway = kind == 0 ? "footway" : kind < 3 ? "secondary" : "residential";
    text_appendf(text, "<way id=\"%d\"><nd ref=\"%d\"/><nd ref=\"%d\"/>", id, a, b);
    text_appendf(text, "<tag k=\"highway\" v=\"%s\"/>", highway);
    if (random_below(random, 5) == 0)
        text_append_string(text, "<tag k=\"oneway\" v=\"yes\"/>");
    text_append_string(text, "</way>\n");
}

/* SIDE x SIDE nodes, as a graph in the file OUT; FOLDER is there. */
static inline struct road *world_graph(uint32_t side, uint64_t seed, const char *folder,
                                       const char *out)
{
    struct random_seeded seeded;
    random_seeded_init(&seeded, seed);
    struct random *random = &seeded.super;
    struct text text;
    text_init(&text, 400u << 20);
    text_append_string(&text, "<?xml version=\"1.0\"?><osm version=\"0.6\">\n");
    for (uint32_t i = 0; i < side * side; i++)
        text_appendf(&text, "<node id=\"%u\" lat=\"%.7f\" lon=\"%.7f\"/>\n", i + 1,
                     WORLD_LAT + WORLD_STEP * (i / side + 0.6 * random_unit(random)),
                     WORLD_LON + WORLD_STEP * (i % side + 0.6 * random_unit(random)));
    int way = 1;
    for (uint32_t i = 0; i < side * side; i++) {
        if (i % side + 1 < side && random_below(random, 12) != 0)
            world_way(&text, way++, (int)i + 1, (int)i + 2, random);
        if (i / side + 1 < side && random_below(random, 12) != 0)
            world_way(&text, way++, (int)i + 1, (int)(i + side) + 1, random);
    }
    text_append_string(&text, "</osm>\n");
    char in[64];
    struct road *road = NULL;
    struct road_import_result result;
    struct diag diag = {0};
    snprintf(in, sizeof(in), "%s/in.osm", folder);
    if (text.status < 0 || file_write(in, text.data, text.size, 0600, &diag) < 0 ||
        road_import_osm(in, out, &(struct road_import_options){0}, &result, &diag) < 0 ||
        road_open(&road, out, &diag) < 0) {
        fprintf(stderr, "world: %s %s\n", diag.where, diag.text);
        abort();
    }
    unlink(in);
    text_release(&text);
    return road;
}

/* The same without its file. */
static inline struct road *world_road(uint32_t side, uint64_t seed)
{
    char folder[] = "/tmp/muster-world-XXXXXX", out[64];
    if (mkdtemp(folder) == NULL)
        abort();
    snprintf(out, sizeof(out), "%s/out.road", folder);
    struct road *road = world_graph(side, seed, folder, out);
    unlink(out);
    rmdir(folder);
    return road;
}

/* Somewhere in the town, and sometimes just outside. */
static inline struct point world_point(const struct road *road, struct random *random)
{
    struct box box = road_box(road);
    double lat = point_lat(box.min) - 0.002 +
                 random_unit(random) * (point_lat(box.max) - point_lat(box.min) + 0.004);
    double lon = point_lon(box.min) - 0.002 +
                 random_unit(random) * (point_lon(box.max) - point_lon(box.min) + 0.004);
    struct point point = {0, 0};
    if (random_below(random, 5) == 0)
        return road_node_point(road,
                               (uint32_t)random_below(random, road_node_count(road)));
    if (!point_from_degrees(lat, lon, &point))
        abort();
    return point;
}

#endif
