/* SPDX-License-Identifier: Apache-2.0 */
/* Roads that are closed for now: a set of edges that searches pass by. Nothing is built
 * again: a closure holds from the next search on. A place on a closed road can still be
 * left and reached along its own edge; nobody travels through.
 *
 * One thread fills a set; once a search uses it, it must not change (make the next one
 * and exchange them). */
#ifndef MUSTER_ROAD_CLOSED_H
#define MUSTER_ROAD_CLOSED_H

#include "geo/polygon.h"
#include "road/road.h"

struct road_closed;

int road_closed_new(struct road_closed **ret, const struct road *road)
    __attribute__((warn_unused_result));
void road_closed_free(struct road_closed *closed);
void road_closed_edge(struct road_closed *closed, uint32_t edge);
/* Every edge that comes within RADIUS_M of CENTRE. Cost O(points of the network). */
void road_closed_circle(struct road_closed *closed, struct point centre,
                        uint32_t radius_m);
/* Every edge that has a point in AREA or crosses its border. Cost O(points of the network
 * + points of the edges near AREA x points of AREA). */
void road_closed_area(struct road_closed *closed, const struct polygon *area);
bool road_closed_has(const struct road_closed *closed, uint32_t edge);
uint32_t road_closed_count(const struct road_closed *closed);

/* From the next road_search_start on; CLOSED must outlive its use; NULL = all open. */
void road_search_avoid(struct road_search *search, const struct road_closed *closed);

#endif
