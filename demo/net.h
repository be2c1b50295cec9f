/* SPDX-License-Identifier: Apache-2.0 */
/* A road network under construction. First lines are drawn freely over each other
 * (net_add); then net_weave finds every crossing and turns them into nodes and elements:
 * roads that meet get a junction, roads that meet water get a bridge or are cut, roads
 * that meet a motorway pass below it or are cut; then net_join keeps few bridges, yet
 * leaves one connected network. One thread. */
#ifndef MUSTER_DEMO_NET_H
#define MUSTER_DEMO_NET_H

#include "base/random.h"
#include "demo/plane.h"

#include <stdbool.h>
#include <stdint.h>

#define NET_POINTS_MAX 2000000
#define NET_LINES_MAX 400000
#define NET_NODES_MAX 1000000
#define NET_NAME_SIZE 48
#define NET_NONE UINT32_MAX

enum net_class {
    NET_MOTORWAY,
    NET_MOTORWAY_LINK,
    NET_TRUNK,
    NET_PRIMARY,
    NET_SECONDARY,
    NET_TERTIARY,
    NET_UNCLASSIFIED,
    NET_RESIDENTIAL,
    NET_LIVING_STREET,
    NET_SERVICE,
    NET_TRACK,
    NET_CYCLEWAY,
    NET_PEDESTRIAN,
    NET_FOOTWAY,
    NET_PATH,
    NET_STEPS,
    NET_FERRY,
    NET_RIVER,
    NET_CANAL,
    NET_CLASS_COUNT
};

/* Flags of a line. */
#define NET_ONEWAY 1u   /* in the direction of its points */
#define NET_PRIVATE 2u  /* access=private */
#define NET_URBAN 4u    /* bridges are more common here */
#define NET_HOMES 8u    /* people live along it */
#define NET_BOLLARD 16u /* closed for cars by a bollard at its first point */
#define NET_GATE 32u    /* a gate at its first point */
#define NET_SPUR 64u    /* a dead end that ends at water */

struct net_line {
    uint32_t first, count; /* of net.points */
    enum net_class class;
    uint32_t flags;
    uint32_t width_m; /* of water */
    char name[NET_NAME_SIZE];
};

struct net_node {
    struct vec at;
    uint32_t degree; /* elements kept */
};

enum net_kind { NET_PLAIN, NET_OVER_WATER, NET_UNDER_MOTORWAY, NET_ABOVE_ROAD };

/* A straight piece of a line between two nodes; the elements of a line follow each other
 * in its order. */
struct net_element {
    uint32_t a, b;
    uint32_t line;
    uint8_t kind;   /* enum net_kind; NET_OVER_WATER kept = a bridge */
    uint8_t kept;   /* drawn on the map */
    uint8_t sure;   /* a bridge whatever the others are */
    uint8_t oneway; /* a to b */
    uint8_t closed; /* for cars, which could not get here */
    double key;     /* random rank among the bridges that could be built */
};

struct net {
    struct vec *points;
    uint32_t point_count, point_capacity;
    struct net_line *lines;
    uint32_t line_count, line_capacity;
    struct net_node *nodes;
    uint32_t node_count, node_capacity;
    struct net_element *elements;
    uint32_t element_count, element_capacity;
    uint32_t *table; /* hash of coordinates to node + 1 */
    uint32_t table_size;
    int status; /* ST_OK or the first failure; functions do nothing after one */
};

void net_init(struct net *net);
void net_release(struct net *net);

struct net_pen {
    enum net_class class;
    uint32_t flags;
    uint32_t width_m;
    const char *name; /* NULL = none */
};
/* Draws a line; points are rounded to decimetres. Fewer than two points: nothing. */
void net_add(struct net *net, const struct net_pen *pen, const struct vec *points,
             uint32_t count);

/* The node at a place, made if there is none; NET_NONE after a failure. */
uint32_t net_node(struct net *net, struct vec at);
/* A new element, kept, plain. NULL after a failure. */
struct net_element *net_element(struct net *net, uint32_t a, uint32_t b, uint32_t line);

/* Lines to nodes and elements. Expected O(points). */
void net_weave(struct net *net, struct random *random);
/* Chooses bridges, drops what stays apart, closes to cars what they cannot reach, opens
 * one-way streets that would trap. */
void net_join(struct net *net);
/* Two ways for every one-way element between strongly connected parts. O(n + m). */
void net_open_traps(struct net *net);

bool net_is_water(enum net_class class);
/* Roads that cross others without a junction: motorways and their links. */
bool net_is_raised(enum net_class class);
/* Cars may use it: neither a track, nor a path, nor private. */
bool net_is_for_cars(const struct net_line *line);

#endif
