/* SPDX-License-Identifier: Apache-2.0 */
/* What the hierarchy answers at once: from one place to another with the way, from one
 * place to all nodes, and from one place to a set of places again and again. All exact,
 * for the moment of a view, in all modes, for places on edges (road/road.h). */
#ifndef MUSTER_ROAD_ROUTE_H
#define MUSTER_ROAD_ROUTE_H

#include "road/hierarchy.h"

/* One workspace a thread. */
struct road_router;
int road_router_new(struct road_router **ret, const struct road_hierarchy *hierarchy)
    __attribute__((warn_unused_result));
void road_router_free(struct road_router *router);

/* Door to door; ROAD_MS_NONE = no way. Cost: ten microseconds in a city, fifty in a
 * province. */
uint32_t road_route_ms(struct road_router *router, const struct road_view *view,
                       enum road_mode mode, const struct road_spot *from,
                       const struct road_spot *to);

/* An edge passed whole, from its node[way] to the other one. */
struct road_step {
    uint32_t edge, way;
};

/* A fastest way: from the place along its edge to from->node[start], the steps, and from
 * to->node[end] to the other place. `direct`: straight along the edge both are on. */
struct road_path {
    uint32_t ms, m;
    bool direct;
    int start, end;
    struct road_step *steps;
    uint32_t count, capacity;
};
/* ST_NOT_FOUND (no way), ST_NO_MEMORY. The same time as road_route_ms. Cost in addition
 * O(steps x some tens). */
int road_route_path(struct road_router *router, const struct road_view *view,
                    enum road_mode mode, const struct road_spot *from,
                    const struct road_spot *to, struct road_path *ret)
    __attribute__((warn_unused_result));
/* The line of PATH, both places on the road included: *ret_points (mem_free) has
 * *ret_count. ST_NO_MEMORY. */
int road_path_points(const struct road *road, const struct road_path *path,
                     const struct road_spot *from, const struct road_spot *to,
                     struct point **ret_points, uint32_t *ret_count)
    __attribute__((warn_unused_result));
void road_path_release(struct road_path *path);

/* Times between PLACE and every node: RET_MS has a place for each *rank* (road_rank). One
 * sweep over all arcs (PHAST: D. Delling, A. Goldberg, A. Nowatzyk, R. Werneck, IPDPS
 * 2011). */
void road_route_all(struct road_router *router, const struct road_view *view,
                    enum road_mode mode, enum road_direction direction,
                    const struct road_spot *place, uint32_t *ret_ms);

/* Between PLACE and COUNT spots, spots in any order: RET_MS has one for each, straight
 * along a common edge included. ST_NO_MEMORY. */
struct road_many {
    enum road_mode mode;
    enum road_direction direction; /* ROAD_TO: from the spots to the place */
    const struct road_spot *spots;
    uint32_t count;
};
int road_route_many(struct road_router *router, const struct road_view *view,
                    const struct road_many *many, const struct road_spot *place,
                    uint32_t *ret_ms) __attribute__((warn_unused_result));

/* The same spots for many places: what each spot costs up the hierarchy is kept, a row
 * for each rank above a spot, so that a place costs microseconds. Of the moment of VIEW:
 * road_targets_fit says whether a view is of the same one. Making it costs a route for
 * each spot. Up to ROAD_TARGETS_MAX spots; memory: count x depth x 4 bytes at most. */
#define ROAD_TARGETS_MAX 1000000u
struct road_targets;
int road_targets_new(struct road_targets **ret, struct road_router *router,
                     const struct road_view *view, const struct road_many *many)
    __attribute__((warn_unused_result));
void road_targets_free(struct road_targets *targets);
bool road_targets_fit(const struct road_targets *targets, const struct road_view *view);
/* As road_route_many. Any thread with its own router. ST_NO_MEMORY. */
int road_targets_ms(const struct road_targets *targets, struct road_router *router,
                    const struct road_view *view, const struct road_spot *place,
                    uint32_t *ret_ms) __attribute__((warn_unused_result));

/* As road_matrix (road/road.h), for the moment of VIEW; much faster. ST_NO_MEMORY. */
int road_route_matrix(struct road_router *router, const struct road_view *view,
                      const struct road_matrix *matrix, uint32_t *ret_ms)
    __attribute__((warn_unused_result));

#endif
