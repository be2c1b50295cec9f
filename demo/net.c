/* SPDX-License-Identifier: Apache-2.0 */
/* Storage of the network: growing arrays and a hash from coordinates to nodes, so that
 * two lines drawn through the same decimetre share a node there. */
#include "demo/net.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void net_init(struct net *net)
{
    *net = (struct net){.status = ST_OK};
}

void net_release(struct net *net)
{
    mem_free(net->points);
    mem_free(net->lines);
    mem_free(net->nodes);
    mem_free(net->elements);
    mem_free(net->table);
    net_init(net);
}

bool net_is_water(enum net_class class)
{
    return class == NET_RIVER || class == NET_CANAL;
}

bool net_is_raised(enum net_class class)
{
    return class == NET_MOTORWAY || class == NET_MOTORWAY_LINK;
}

bool net_is_for_cars(const struct net_line *line)
{
    return line->class <= NET_SERVICE && (line->flags & NET_PRIVATE) == 0;
}

void net_add(struct net *net, const struct net_pen *pen, const struct vec *points,
             uint32_t count)
{
    if (net->status != ST_OK || count < 2)
        return;
    int r = mem_grow(&net->points, &net->point_capacity, net->point_count + count,
                     sizeof *net->points, NET_POINTS_MAX);
    if (r == ST_OK)
        r = mem_grow(&net->lines, &net->line_capacity, net->line_count + 1,
                     sizeof *net->lines, NET_LINES_MAX);
    if (r != ST_OK) {
        net->status = r;
        return;
    }
    struct net_line *line = &net->lines[net->line_count];
    *line = (struct net_line){.first = net->point_count,
                              .class = pen->class,
                              .flags = pen->flags,
                              .width_m = pen->width_m};
    if (pen->name != NULL)
        snprintf(line->name, sizeof line->name, "%s", pen->name);
    for (uint32_t i = 0; i < count; i++) {
        struct vec at = plane_round(points[i]);
        if (line->count > 0 &&
            plane_distance(at, net->points[line->first + line->count - 1]) < 0.05)
            continue;
        net->points[line->first + line->count++] = at;
    }
    if (line->count < 2)
        return;
    net->point_count += line->count;
    net->line_count++;
}

static uint64_t place_hash(struct vec at)
{
    uint64_t x = (uint64_t)(int64_t)lround(at.x * 10);
    uint64_t y = (uint64_t)(int64_t)lround(at.y * 10);
    uint64_t z = x * 0x9e3779b97f4a7c15 ^ (y + 0x7f4a7c15) * 0xbf58476d1ce4e5b9;
    return z ^ z >> 29;
}

static bool same_place(struct vec a, struct vec b)
{
    return lround(a.x * 10) == lround(b.x * 10) && lround(a.y * 10) == lround(b.y * 10);
}

static int table_grow(struct net *net)
{
    uint32_t size = net->table_size == 0 ? 65536 : net->table_size * 2;
    uint32_t *table = mem_calloc(size, sizeof *table);
    if (table == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < net->node_count; i++) {
        uint32_t slot = (uint32_t)place_hash(net->nodes[i].at) & (size - 1);
        while (table[slot] != 0)
            slot = (slot + 1) & (size - 1);
        table[slot] = i + 1;
    }
    mem_free(net->table);
    net->table = table;
    net->table_size = size;
    return ST_OK;
}

uint32_t net_node(struct net *net, struct vec at)
{
    if (net->status == ST_OK && net->node_count * 2 >= net->table_size)
        net->status = table_grow(net);
    if (net->status == ST_OK)
        net->status = mem_grow(&net->nodes, &net->node_capacity, net->node_count + 1,
                               sizeof *net->nodes, NET_NODES_MAX);
    if (net->status != ST_OK)
        return NET_NONE;
    uint32_t slot = (uint32_t)place_hash(at) & (net->table_size - 1);
    for (; net->table[slot] != 0; slot = (slot + 1) & (net->table_size - 1))
        if (same_place(net->nodes[net->table[slot] - 1].at, at))
            return net->table[slot] - 1;
    net->nodes[net->node_count] = (struct net_node){.at = plane_round(at)};
    net->table[slot] = ++net->node_count;
    return net->node_count - 1;
}

struct net_element *net_element(struct net *net, uint32_t a, uint32_t b, uint32_t line)
{
    if (net->status == ST_OK)
        net->status =
            mem_grow(&net->elements, &net->element_capacity, net->element_count + 1,
                     sizeof *net->elements, 2 * NET_NODES_MAX);
    if (net->status != ST_OK)
        return NULL;
    assert(line < net->line_count);
    struct net_element *element = &net->elements[net->element_count++];
    *element = (struct net_element){.a = a,
                                    .b = b,
                                    .line = line,
                                    .kept = 1,
                                    .oneway = (net->lines[line].flags & NET_ONEWAY) != 0};
    return element;
}
