/* SPDX-License-Identifier: Apache-2.0 */
/* The road network as it is used: an immutable, memory-mapped graph file with three
 * modes. Built by road/import.h. Times are integer milliseconds, lengths millimetres
 * inside and metres outside. Any number of threads may read one struct road. */
#ifndef MUSTER_ROAD_ROAD_H
#define MUSTER_ROAD_ROAD_H

#include "base/diag.h"
#include "geo/point.h"

#include <stdbool.h>
#include <stdint.h>

enum road_mode { ROAD_FOOT, ROAD_BIKE, ROAD_CAR, ROAD_MODE_COUNT };

/* No way: larger than any time. */
#define ROAD_MS_NONE UINT32_MAX
#define ROAD_NODE_NONE UINT32_MAX
/* People farther than this from any road are off the network. */
#define ROAD_SNAP_M_MAX 1000

struct road;

int road_open(struct road **ret, const char *path, struct diag *reterr)
    __attribute__((warn_unused_result));
void road_free(struct road *road);
uint32_t road_node_count(const struct road *road);
/* A number that changes with every import: part of each plan record. */
uint64_t road_version(const struct road *road);
struct box road_box(const struct road *road);
struct point road_node_point(const struct road *road, uint32_t node);

bool road_mode_parse(const char *name, enum road_mode *ret); /* foot, bike, car */
const char *road_mode_name(enum road_mode mode);

/* A place snapped to the network in one mode: on an edge between two nodes, with the walk
 * from the place to the road included in every figure. A place that lies on a node
 * (within 1 m) is that node: node[0] == node[1], all times 0. */
struct road_spot {
    uint32_t edge; /* undirected edge index; ROAD_NODE_NONE = off the network */
    uint32_t node[2];
    uint32_t out_ms[2]; /* from the place to node[i]; ROAD_MS_NONE = not that way */
    uint32_t in_ms[2];  /* from node[i] to the place; ROAD_MS_NONE = not that way */
    uint32_t out_m[2], in_m[2];
    uint32_t along_ppm; /* where on the edge, from node[0], in millionths */
    uint32_t access_m;  /* distance from the place to the road */
};

/* The nearest edge usable in MODE within DISTANCE_M. False if there is none. */
bool road_snap(const struct road *road, enum road_mode mode, struct point place,
               uint32_t distance_m_max, struct road_spot *ret);
/* Both on one edge: the time straight along it, else ROAD_MS_NONE. */
uint32_t road_spot_direct_ms(const struct road *road, enum road_mode mode,
                             const struct road_spot *from, const struct road_spot *to,
                             uint32_t *ret_m);

/* Plain exact Dijkstra, one workspace a thread. TO = every node's time *to* the place
 * (people travel to the incident), FROM = from it. Nodes come in order of time; ties in
 * order of node number, so answers are reproducible. Cost O((n + m) log n) at worst. */
enum road_direction { ROAD_TO, ROAD_FROM };
struct road_search;
struct road_settled {
    uint32_t node;
    uint32_t ms;
    uint32_t m; /* length of the fastest path, metres */
};
int road_search_new(struct road_search **ret, const struct road *road)
    __attribute__((warn_unused_result));
void road_search_free(struct road_search *search);
/* Cost O(nodes touched by the search before). ST_NO_MEMORY. */
int road_search_start(struct road_search *search, enum road_mode mode,
                      enum road_direction direction, const struct road_spot *place)
    __attribute__((warn_unused_result));
/* False when nothing more can be reached. */
bool road_search_next(struct road_search *search, struct road_settled *ret);

/* Door to door, by one search that stops when it must. ROAD_MS_NONE = no way. */
int road_time_ms(struct road_search *search, enum road_mode mode,
                 const struct road_spot *from, const struct road_spot *to,
                 uint32_t *ret_ms, uint32_t *ret_m) __attribute__((warn_unused_result));

#endif
