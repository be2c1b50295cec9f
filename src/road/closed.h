/* SPDX-License-Identifier: Apache-2.0 */
/* Roads that are closed or slow for now: a set of edges that searches pass by, or pass at
 * no more than a limit. Nothing is built again: it holds from the next search on. A place
 * on a closed road can still be left and reached along its own edge, at the usual speed;
 * nobody travels through. On a slow road the limit holds for whoever is on it, not for
 * the walk to the road.
 *
 * One thread fills a set; once a search uses it, it must not change (make the next one
 * and exchange them). */
#ifndef MUSTER_ROAD_CLOSED_H
#define MUSTER_ROAD_CLOSED_H

#include "geo/polygon.h"
#include "road/road.h"

/* What holds on an edge, in km/h. */
#define ROAD_KMH_CLOSED 0u
#define ROAD_KMH_MAX 250u
#define ROAD_KMH_FREE 255u /* as imported */

struct road_closed;

int road_closed_new(struct road_closed **ret, const struct road *road)
    __attribute__((warn_unused_result));
void road_closed_free(struct road_closed *closed);
void road_closed_edge(struct road_closed *closed, uint32_t edge);
/* Nobody is faster than KMH (ROAD_KMH_CLOSED, or 1 .. ROAD_KMH_MAX) from now on; what was
 * stricter before stays. */
void road_closed_limit(struct road_closed *closed, uint32_t edge, uint32_t kmh);
/* Every edge that comes within RADIUS_M of CENTRE. Cost O(points of the network). */
void road_closed_circle(struct road_closed *closed, struct point centre,
                        uint32_t radius_m);
/* Every edge that has a point in AREA or crosses its border. Cost O(points of the network
 * + points of the edges near AREA x points of AREA). */
void road_closed_area(struct road_closed *closed, const struct polygon *area);
bool road_closed_has(const struct road_closed *closed, uint32_t edge); /* not: slow */
uint32_t road_closed_kmh(const struct road_closed *closed, uint32_t edge);
uint32_t road_closed_count(const struct road_closed *closed); /* closed or slow */
/* Is any road slow? Those who need not ask arc by arc then need not. */
bool road_closed_slows(const struct road_closed *closed);

/* What the whole edge of ARC takes whoever stands on it, by the end ARC leads to: the
 * limit counts, a closure does not. CLOSED may be NULL. */
struct graph_arc;
uint32_t road_own_ms(const struct road_closed *closed, const struct graph_arc *arc);
/* A spot is of the open network, and everything that is asked with a set or a view looks
 * at it by itself. Who adds up spots otherwise takes them as they are under CLOSED
 * (NULL: as they are). */
void road_spot_limit(const struct road *road, const struct road_closed *closed,
                     enum road_mode mode, struct road_spot *spot);

/* From the next road_search_start on; CLOSED must outlive its use; NULL = all open. */
void road_search_avoid(struct road_search *search, const struct road_closed *closed);
const struct road_closed *road_search_avoids(const struct road_search *search);

#endif
