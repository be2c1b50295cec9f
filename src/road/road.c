/* SPDX-License-Identifier: Apache-2.0 */
/* A graph file in use: opening it, and what can be read off it directly. */
#include "road/road.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"

#include <string.h>

int road_open(struct road **ret, const char *path, struct diag *reterr)
{
    struct file_map map;
    int status = file_map(&map, path, reterr);
    if (status != ST_OK)
        return status;
    struct road *road = mem_alloc(sizeof *road);
    if (road == NULL)
        status = diag_set(reterr, ST_NO_MEMORY, 0, 0, path, "no memory to open it");
    else
        status = graph_check(map.data, map.size, path, road, reterr);
    if (status == ST_OK && (status = pieces_make(&road->pieces, road)) != ST_OK)
        (void)diag_set(reterr, status, 0, 0, path, "no memory to open it");
    if (status != ST_OK) {
        mem_free(road);
        file_unmap(&map);
        return status;
    }
    road->map = map;
    *ret = road;
    return ST_OK;
}

void road_free(struct road *road)
{
    if (road == NULL)
        return;
    pieces_release(&road->pieces);
    file_unmap(&road->map);
    mem_free(road);
}

uint32_t road_node_count(const struct road *road)
{
    return road->node_count;
}

uint64_t road_version(const struct road *road)
{
    return road->header->checksum;
}

struct box road_box(const struct road *road)
{
    return road->header->box;
}

struct point road_node_point(const struct road *road, uint32_t node)
{
    assert(node < road->node_count);
    return road->nodes[node];
}

static const char *const mode_names[] = {
    [ROAD_FOOT] = "foot", [ROAD_BIKE] = "bike", [ROAD_CAR] = "car"};

bool road_mode_parse(const char *name, enum road_mode *ret)
{
    for (int i = 0; i < ROAD_MODE_COUNT; i++)
        if (strcmp(name, mode_names[i]) == 0) {
            *ret = (enum road_mode)i;
            return true;
        }
    return false;
}

const char *road_mode_name(enum road_mode mode)
{
    assert(mode < ROAD_MODE_COUNT);
    return mode_names[mode];
}

bool road_direction_parse(const char *name, enum road_direction *ret)
{
    if (strcmp(name, "to") != 0 && strcmp(name, "from") != 0)
        return false;
    *ret = name[0] == 't' ? ROAD_TO : ROAD_FROM;
    return true;
}

const char *road_direction_name(enum road_direction direction)
{
    return direction == ROAD_TO ? "to" : "from";
}

const char *road_class_name(enum road_class class)
{
    static const char *const names[] = {
        [ROAD_MOTORWAY] = "motorway", [ROAD_TRUNK] = "trunk",
        [ROAD_PRIMARY] = "primary",   [ROAD_SECONDARY] = "secondary",
        [ROAD_TERTIARY] = "tertiary", [ROAD_MINOR] = "minor",
        [ROAD_SERVICE] = "service",   [ROAD_PATH] = "path",
        [ROAD_FERRY] = "ferry",       [ROAD_OTHER] = "other",
    };
    assert(class < ROAD_CLASS_COUNT);
    return names[class];
}

uint32_t road_edge_count(const struct road *road)
{
    return road->edge_count;
}

struct road_edge road_edge(const struct road *road, uint32_t edge)
{
    assert(edge < road->edge_count);
    const struct graph_edge *from = &road->edges[edge];
    struct road_edge ret = {
        .node = {from->node[0], from->node[1]},
        .length_m = (from->length_mm + 500u) / 1000u,
        .point_count = from->shape_count + 2,
        .class = (enum road_class)from->class,
    };
    memcpy(ret.ms, from->ms, sizeof ret.ms);
    return ret;
}

struct point road_edge_point(const struct road *road, uint32_t edge, uint32_t index)
{
    assert(edge < road->edge_count);
    const struct graph_edge *from = &road->edges[edge];
    assert(index < from->shape_count + 2);
    if (index == 0)
        return road->nodes[from->node[0]];
    if (index == from->shape_count + 1)
        return road->nodes[from->node[1]];
    return road->shape[from->shape + index - 1];
}

uint32_t road_edge_next_in(const struct road *road, struct box box, uint32_t edge)
{
    for (; edge < road->edge_count; edge++) {
        struct box own = box_empty();
        for (uint32_t i = 0; i < road->edges[edge].shape_count + 2; i++)
            box_add(&own, road_edge_point(road, edge, i));
        if (own.min.lat_e7 <= box.max.lat_e7 && own.max.lat_e7 >= box.min.lat_e7 &&
            own.min.lon_e7 <= box.max.lon_e7 && own.max.lon_e7 >= box.min.lon_e7)
            return edge;
    }
    return ROAD_NODE_NONE;
}
