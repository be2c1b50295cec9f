/* SPDX-License-Identifier: Apache-2.0 */
/* Plane geometry of the generator: short vector functions, nothing clever. */
#include "demo/plane.h"

#include <assert.h>
#include <math.h>

#define ORIGIN_LAT 30.70
#define ORIGIN_LON 121.02
/* Length of a degree on WGS-84 at 30.7 N. */
#define METRES_LAT 110868.0
#define METRES_LON 95812.0

struct vec plane_from_degrees(double lat, double lon)
{
    return (struct vec){(lon - ORIGIN_LON) * METRES_LON, (lat - ORIGIN_LAT) * METRES_LAT};
}

double plane_lat(struct vec at)
{
    return ORIGIN_LAT + at.y / METRES_LAT;
}

double plane_lon(struct vec at)
{
    return ORIGIN_LON + at.x / METRES_LON;
}

struct vec plane_round(struct vec at)
{
    return (struct vec){round(at.x * 10) / 10, round(at.y * 10) / 10};
}

struct vec plane_add(struct vec a, struct vec b)
{
    return (struct vec){a.x + b.x, a.y + b.y};
}

struct vec plane_sub(struct vec a, struct vec b)
{
    return (struct vec){a.x - b.x, a.y - b.y};
}

struct vec plane_scale(struct vec a, double factor)
{
    return (struct vec){a.x * factor, a.y * factor};
}

struct vec plane_mix(struct vec a, struct vec b, double t)
{
    return (struct vec){a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t};
}

double plane_distance(struct vec a, struct vec b)
{
    return hypot(a.x - b.x, a.y - b.y);
}

struct vec plane_direction(struct vec a, struct vec b)
{
    double length = plane_distance(a, b);
    if (length < 1e-9)
        return (struct vec){1, 0};
    return plane_scale(plane_sub(b, a), 1 / length);
}

struct vec plane_left(struct vec a)
{
    return (struct vec){-a.y, a.x};
}

bool plane_inside(const struct vec *ring, uint32_t count, struct vec at)
{
    bool inside = false;
    for (uint32_t i = 0, j = count - 1; i < count; j = i++) {
        struct vec a = ring[i], b = ring[j];
        if ((a.y > at.y) != (b.y > at.y) &&
            at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x)
            inside = !inside;
    }
    return inside;
}

static double segment_distance(struct vec a, struct vec b, struct vec at)
{
    struct vec along = plane_sub(b, a), to = plane_sub(at, a);
    double square = along.x * along.x + along.y * along.y;
    double t = square > 0 ? (to.x * along.x + to.y * along.y) / square : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return plane_distance(plane_mix(a, b, t), at);
}

bool plane_ring_near(const struct vec *ring, uint32_t count, struct vec at, double margin)
{
    for (uint32_t i = 0, j = count - 1; i < count; j = i++) {
        struct vec a = ring[j], b = ring[i];
        /* Most edges lie wholly to one side: no need to measure. */
        if ((a.x < at.x - margin && b.x < at.x - margin) ||
            (a.x > at.x + margin && b.x > at.x + margin) ||
            (a.y < at.y - margin && b.y < at.y - margin) ||
            (a.y > at.y + margin && b.y > at.y + margin))
            continue;
        if (segment_distance(a, b, at) < margin)
            return true;
    }
    return false;
}

bool plane_cross(struct vec a, struct vec b, struct vec c, struct vec d, double *ret_t,
                 double *ret_u)
{
    struct vec p = plane_sub(b, a), q = plane_sub(d, c), w = plane_sub(c, a);
    double cross = p.x * q.y - p.y * q.x;
    if (fabs(cross) < 1e-9)
        return false;
    double t = (w.x * q.y - w.y * q.x) / cross;
    double u = (w.x * p.y - w.y * p.x) / cross;
    if (t < 0 || t > 1 || u < 0 || u > 1)
        return false;
    *ret_t = t;
    *ret_u = u;
    return true;
}

/* The uniform Catmull-Rom spline between p1 and p2 (Catmull and Rom 1974). */
static struct vec spline(const struct vec p[4], double t)
{
    double t2 = t * t, t3 = t2 * t;
    double w[4] = {(-t3 + 2 * t2 - t) / 2, (3 * t3 - 5 * t2 + 2) / 2,
                   (-3 * t3 + 4 * t2 + t) / 2, (t3 - t2) / 2};
    struct vec sum = {0, 0};
    for (int i = 0; i < 4; i++)
        sum = plane_add(sum, plane_scale(p[i], w[i]));
    return sum;
}

uint32_t plane_curve(const struct vec *controls, uint32_t count, double step,
                     struct vec *ret, uint32_t points_max)
{
    assert(count >= 2 && points_max >= 2);
    uint32_t made = 0;
    for (uint32_t i = 0; i + 1 < count; i++) {
        struct vec p[4] = {controls[i > 0 ? i - 1 : 0], controls[i], controls[i + 1],
                           controls[i + 2 < count ? i + 2 : count - 1]};
        uint32_t parts = (uint32_t)ceil(plane_distance(p[1], p[2]) / step);
        for (uint32_t k = 0; k < parts && made + 1 < points_max; k++)
            ret[made++] = plane_round(spline(p, (double)k / parts));
    }
    ret[made++] = plane_round(controls[count - 1]);
    return made;
}

bool plane_chance(struct random *random, double probability)
{
    return random_unit(random) < probability;
}

double plane_between(struct random *random, double low, double high)
{
    return low + (high - low) * random_unit(random);
}
