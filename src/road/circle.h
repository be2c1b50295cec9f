/* SPDX-License-Identifier: Apache-2.0 */
/* A travel-time circle as areas on the map: what is reached within each of several times,
 * as polygons. The area is everything at most a drawing radius away from a piece of road
 * that is reached in time (road/within.h), with holes where there is no such road: water,
 * fields, blocks behind a closed road. It is a picture: who is inside is asked of
 * road_within_spot_ms, not of the polygon. */
#ifndef MUSTER_ROAD_CIRCLE_H
#define MUSTER_ROAD_CIRCLE_H

#include "geo/polygon.h"
#include "road/within.h"

#define CIRCLE_BANDS_MAX 12u

struct road_circle_band {
    uint32_t ms_max;
    struct polygon area; /* valid by OGC and RFC 7946 (geo/valid.h) */
    double area_m2;
    double road_m; /* length of the roads reached, each once */
};
struct road_circle {
    uint32_t count;
    struct road_circle_band bands[CIRCLE_BANDS_MAX]; /* as asked for; nested */
    /* Roads reached lie inside; what is farther than this from them outside. */
    double tolerance_m;
};

/* REACH has run up to the greatest of MS (each > 0). RET is released by the caller, also
 * after a failure: ST_NO_MEMORY, ST_LIMIT (too large a picture). Cost O(cells of the
 * picture + pieces), some milliseconds. */
int road_circle_make(const struct road_within *within, const uint32_t *ms, uint32_t count,
                     struct road_circle *ret) __attribute__((warn_unused_result));
void road_circle_release(struct road_circle *circle);

#endif
