/* SPDX-License-Identifier: Apache-2.0 */
/* A place on the earth: WGS-84, in units of 1e-7 degree (about 1 cm). */
#ifndef MUSTER_GEO_POINT_H
#define MUSTER_GEO_POINT_H

#include <stdbool.h>
#include <stdint.h>

#define POINT_E7 10000000

struct point {
    int32_t lat_e7;
    int32_t lon_e7;
};

struct box {
    struct point min, max;
};

/* False if not finite or out of range (latitude +-90, longitude +-180). */
bool point_from_degrees(double lat, double lon, struct point *ret);
double point_lat(struct point point);
double point_lon(struct point point);
/* "30.7,121.02": false on anything else. */
bool point_parse(const char *text, struct point *ret);
/* Great-circle distance in metres (haversine, mean radius 6,371,008.8 m). */
double point_distance_m(struct point a, struct point b);
/* So far to the north and to the east (negative: south, west), on a plane that touches
 * the earth at POINT: for distances of a county. Ends at the poles and the 180th
 * meridian. */
struct point point_moved(struct point point, double north_m, double east_m);

struct box box_empty(void);
void box_add(struct box *box, struct point point);
/* Grown by METRES on every side. */
struct box box_grown(struct box box, double metres);
bool box_contains(struct box box, struct point point);

#endif
