/* SPDX-License-Identifier: Apache-2.0 */
/* The order matters: main roads first, so that town grids and field lanes can be drawn to
 * their vertices; then towns, so that lanes can end at their corners. */
#include "demo/streets_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>

void run_add(struct run *run, struct vec at)
{
    if (run->count < STREETS_RUN_MAX)
        run->points[run->count++] = at;
}

void run_flush(struct run *run, struct streets *streets, const struct net_pen *pen)
{
    net_add(streets->net, pen, run->points, run->count);
    run->count = 0;
}

const struct magnet *streets_magnet(const struct streets *streets, struct vec at,
                                    double radius)
{
    const struct magnet *best = NULL;
    for (uint32_t i = 0; i < streets->magnet_count; i++) {
        const struct magnet *magnet = &streets->magnets[i];
        if (fabs(magnet->at.x - at.x) > radius || fabs(magnet->at.y - at.y) > radius)
            continue;
        double distance = plane_distance(magnet->at, at);
        if (distance < radius) {
            radius = distance;
            best = magnet;
        }
    }
    return best;
}

void streets_name(uint32_t n, const char *tail, char *ret)
{
    static const char *const first[] = {"新", "东", "长", "永", "平", "兴", "梅",
                                        "兰", "庆", "华", "明", "百", "金", "胜"};
    static const char *const second[] = {"安", "丰", "民", "胜", "河", "园", "港", "塘",
                                         "宁", "江", "桥", "乐", "光", "浜", "泾"};
    uint32_t mixed = n * 2654435761u >> 8;
    snprintf(ret, NET_NAME_SIZE, "%s%s%s", first[mixed % COUNT_OF(first)],
             second[mixed / COUNT_OF(first) % COUNT_OF(second)], tail);
}

struct vec streets_spur(struct streets *streets, const struct spur *spur)
{
    struct vec end =
        plane_round(plane_add(spur->at, plane_scale(spur->direction, spur->length)));
    struct net_pen pen = {.class = spur->class, .flags = spur->flags | NET_SPUR};
    net_add(streets->net, &pen, (struct vec[]){spur->at, end}, 2);
    return end;
}

static uint32_t nearest_node(const struct net *net, struct vec at, bool for_cars)
{
    uint32_t best = NET_NONE;
    double best_distance = 1500;
    for (uint32_t i = 0; i < net->element_count; i++) {
        const struct net_element *e = &net->elements[i];
        enum net_class class = net->lines[e->line].class;
        if (!e->kept || net_is_raised(class) || class == NET_FERRY ||
            (for_cars && (e->closed || !net_is_for_cars(&net->lines[e->line]))))
            continue;
        double distance = plane_distance(net->nodes[e->a].at, at);
        if (distance < best_distance) {
            best_distance = distance;
            best = e->a;
        }
    }
    return best;
}

struct ferry {
    const char *name;
    double lat[3], lon[3]; /* pier, half way, pier */
    uint32_t minutes;
    bool cars;
};

static void add_ferry(struct net *net, const struct ferry *ferry)
{
    uint32_t nodes[3];
    struct vec points[3];
    for (int k = 0; k < 3; k++) {
        points[k] = plane_round(plane_from_degrees(ferry->lat[k], ferry->lon[k]));
        nodes[k] =
            k == 1 ? net_node(net, points[k]) : nearest_node(net, points[k], ferry->cars);
        if (nodes[k] == NET_NONE)
            return;
        points[k] = net->nodes[nodes[k]].at;
    }
    struct net_pen pen = {NET_FERRY, ferry->cars ? 0 : NET_BOLLARD, ferry->minutes,
                          ferry->name};
    net_add(net, &pen, points, 3);
    for (int k = 0; k < 2 && net->status == ST_OK; k++) {
        (void)net_element(net, nodes[k], nodes[k + 1], net->line_count - 1);
        net->nodes[nodes[k]].degree++;
        net->nodes[nodes[k + 1]].degree++;
    }
}

void streets_add_ferries(struct net *net)
{
    static const struct ferry ferries[] = {
        {"泖湖渡", {30.8065, 30.8048, 30.8030}, {121.0860, 121.0903, 121.0945}, 8, false},
        {"沿海轮渡",
         {30.5895, 30.6020, 30.6365},
         {121.1130, 121.1580, 121.1870},
         25,
         true},
    };
    for (size_t i = 0; i < COUNT_OF(ferries); i++)
        add_ferry(net, &ferries[i]);
}

void streets_draw(struct net *net, const struct terrain *terrain,
                  const struct villages *villages, struct random *random)
{
    AUTO_FREE struct magnet *magnets = mem_alloc(STREETS_MAGNETS_MAX * sizeof *magnets);
    AUTO_FREE struct vec *corners = mem_alloc(STREETS_CORNERS_MAX * sizeof *corners);
    if (magnets == NULL || corners == NULL) {
        net->status = ST_NO_MEMORY;
        return;
    }
    struct streets streets = {.net = net,
                              .terrain = terrain,
                              .villages = villages,
                              .random = random,
                              .magnets = magnets,
                              .corners = corners};
    streets_draw_water(&streets);
    streets_draw_main(&streets);
    streets_draw_towns(&streets);
    streets_draw_fields(&streets);
}
