/* SPDX-License-Identifier: Apache-2.0 */
/* The county as a plane: metres east (x) and north (y) of 30.70 N, 121.02 E. Over 40 km
 * the error against the ellipsoid is below 0.3 %, which no reader of a map can see. */
#ifndef MUSTER_DEMO_PLANE_H
#define MUSTER_DEMO_PLANE_H

#include "base/random.h"

#include <stdbool.h>
#include <stdint.h>

struct vec {
    double x, y;
};

struct vec plane_from_degrees(double lat, double lon);
double plane_lat(struct vec at);
double plane_lon(struct vec at);
/* To whole decimetres, so that equal places have equal coordinates. */
struct vec plane_round(struct vec at);

struct vec plane_add(struct vec a, struct vec b);
struct vec plane_sub(struct vec a, struct vec b);
struct vec plane_scale(struct vec a, double factor);
struct vec plane_mix(struct vec a, struct vec b, double t);
double plane_distance(struct vec a, struct vec b);
/* Unit vector from A to B; (1, 0) if they are equal. */
struct vec plane_direction(struct vec a, struct vec b);
/* A quarter turn to the left. */
struct vec plane_left(struct vec a);

/* Ray casting; RING need not be closed. O(count). */
bool plane_inside(const struct vec *ring, uint32_t count, struct vec at);
/* True if an edge of the ring is nearer than MARGIN. O(count). */
bool plane_ring_near(const struct vec *ring, uint32_t count, struct vec at,
                     double margin);
/* Where the segments a-b and c-d cross: true with the parameters on both, in [0, 1]. */
bool plane_cross(struct vec a, struct vec b, struct vec c, struct vec d, double *ret_t,
                 double *ret_u);

/* Catmull-Rom through COUNT control points, sampled every STEP metres. Returns the number
 * of points written, at most POINTS_MAX; the first and last control points are among
 * them. */
uint32_t plane_curve(const struct vec *controls, uint32_t count, double step,
                     struct vec *ret, uint32_t points_max);

bool plane_chance(struct random *random, double probability);
double plane_between(struct random *random, double low, double high);

#endif
