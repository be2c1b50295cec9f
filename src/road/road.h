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
/* A number made from the content (equal for equal imports): part of each plan record. */
uint64_t road_version(const struct road *road);
struct box road_box(const struct road *road); /* around all nodes and shape points */
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

/* The nearest edge usable in MODE within DISTANCE_M: about a microsecond. False if
 * there is none. The way from the place to the road is walked in every mode. */
bool road_snap(const struct road *road, enum road_mode mode, struct point place,
               uint32_t distance_m_max, struct road_spot *ret);
/* As road_snap within ROAD_SNAP_M_MAX, for places that users name: ST_UNPROCESSABLE with
 * the reason (off the map, or how far the nearest road is). */
int road_place(const struct road *road, enum road_mode mode, struct point place,
               struct road_spot *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* What the walk from a place to its road takes (1.8 m/s), in every mode. */
uint32_t road_walk_ms(uint32_t metres);
/* Both on one edge: the time straight along it, else ROAD_MS_NONE. Limits of CLOSED
 * (road/closed.h; NULL = none) count, closures do not. */
struct road_closed;
uint32_t road_spot_direct_ms(const struct road *road, const struct road_closed *closed,
                             enum road_mode mode, const struct road_spot *from,
                             const struct road_spot *to, uint32_t *ret_m);

/* Plain exact Dijkstra, one workspace a thread. TO = every node's time *to* the place
 * (people travel to the incident), FROM = from it. Nodes come in order of time; ties in
 * order of node number, so answers are reproducible. Cost O((n + m) log n) at worst. */
enum road_direction { ROAD_TO, ROAD_FROM };
bool road_direction_parse(const char *name, enum road_direction *ret); /* to, from */
const char *road_direction_name(enum road_direction direction);
struct road_search;
struct road_settled {
    uint32_t node;
    uint32_t ms;
    uint32_t m; /* length of the fastest path, metres */
};
int road_search_new(struct road_search **ret, const struct road *road)
    __attribute__((warn_unused_result));
void road_search_free(struct road_search *search);
const struct road *road_search_road(const struct road_search *search);
/* Cost O(nodes touched by the search before). ST_NO_MEMORY. */
int road_search_start(struct road_search *search, enum road_mode mode,
                      enum road_direction direction, const struct road_spot *place)
    __attribute__((warn_unused_result));
/* False when nothing more can be reached. */
bool road_search_next(struct road_search *search, struct road_settled *ret);

/* What the search knows of a node: final for the nodes given out and for all others that
 * are not later than the last of these. False = not reached yet. */
bool road_search_label(const struct road_search *search, uint32_t node, uint32_t *ret_ms,
                       uint32_t *ret_m);

/* Door to door, by one search that stops when it must. ROAD_MS_NONE = no way. */
int road_time_ms(struct road_search *search, enum road_mode mode,
                 const struct road_spot *from, const struct road_spot *to,
                 uint32_t *ret_ms, uint32_t *ret_m) __attribute__((warn_unused_result));

/* Every FROM against every TO, by one search for each of the fewer ones: the plain way,
 * what road_route_matrix (road/route.h) is measured by and compared with. RET_MS has
 * from_count x to_count cells, a row for each FROM; ROAD_MS_NONE = no way. A spot off the
 * network (edge == ROAD_NODE_NONE) has no way. ST_NO_MEMORY. */
struct road_matrix {
    enum road_mode mode;
    const struct road_spot *from, *to;
    uint32_t from_count, to_count;
};
int road_matrix(struct road_search *search, const struct road_matrix *matrix,
                uint32_t *ret_ms) __attribute__((warn_unused_result));

/* For drawing: every edge with its points, from node[0] to node[1]. Edges are numbered
 * along a space-filling curve, so neighbours in number are mostly neighbours on the map.
 */
enum road_class {
    ROAD_MOTORWAY,
    ROAD_TRUNK,
    ROAD_PRIMARY,
    ROAD_SECONDARY,
    ROAD_TERTIARY,
    ROAD_MINOR,   /* unclassified, residential, living streets */
    ROAD_SERVICE, /* and tracks */
    ROAD_PATH,    /* foot and bicycle only */
    ROAD_FERRY,
    ROAD_OTHER, /* the source has no classes */
    ROAD_CLASS_COUNT
};
struct road_edge {
    uint32_t node[2];
    uint32_t ms[ROAD_MODE_COUNT][2]; /* [0] from node[0] to node[1], [1] back */
    uint32_t length_m;
    uint32_t point_count; /* 2 or more, both ends included */
    enum road_class class;
};
const char *road_class_name(enum road_class class); /* "motorway" .. "other" */
uint32_t road_edge_count(const struct road *road);
struct road_edge road_edge(const struct road *road, uint32_t edge);
struct point road_edge_point(const struct road *road, uint32_t edge, uint32_t index);

/* The first edge from number EDGE on whose own box touches BOX, or ROAD_NODE_NONE. A
 * sweep over all costs O(points). */
uint32_t road_edge_next_in(const struct road *road, struct box box, uint32_t edge);

#endif
