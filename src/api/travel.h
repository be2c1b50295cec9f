/* SPDX-License-Identifier: Apache-2.0 */
/* "I come from here": how long a person travels from where they say to be. Searches the
 * road network, so it belongs on a thread of the pool. */
#ifndef MUSTER_API_TRAVEL_H
#define MUSTER_API_TRAVEL_H

#include "api/body.h"
#include "road/road.h"
#include "store/people.h"

struct api;
struct call;
struct closures;
struct road_hierarchy;

struct travel {
    struct road_hierarchy *hierarchy; /* NULL: the road is searched */
    const struct road *road;
    struct closures *closures; /* roads closed for now are passed by */
    enum road_mode mode;
    struct point from, to;
};

/* Loop thread: where FROM lies for the person. False if there is no road or no such place
 * on file: the time of the plan stays. */
bool travel_init(struct travel *travel, struct call *call, const struct body_from *from,
                 int64_t person_id, int64_t need_id);
/* Any thread: the time; LOOP_NO_WAY_MS if all ways are closed; 0 if FROM lies at no road:
 * the time of the plan stays. */
uint32_t travel_time_ms(const struct travel *travel);

#endif
