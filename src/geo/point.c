/* SPDX-License-Identifier: Apache-2.0 */
/* Points are integers so that two machines agree on every comparison; degrees appear only
 * at the edges. Boxes do not cross the 180th meridian: no county does. */
#include "geo/point.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

#define EARTH_RADIUS_M 6371008.8 /* IUGG mean radius R1 */
#define RADIANS_PER_E7 (M_PI / 180.0 / POINT_E7)
#define POINT_TEXT_MAX 63
#define LAT_MAX_E7 (90 * POINT_E7)
#define LON_MAX_E7 (180 * POINT_E7)

bool point_from_degrees(double lat, double lon, struct point *ret)
{
    if (!isfinite(lat) || !isfinite(lon) || fabs(lat) > 90 || fabs(lon) > 180)
        return false;
    ret->lat_e7 = (int32_t)lround(lat * POINT_E7);
    ret->lon_e7 = (int32_t)lround(lon * POINT_E7);
    return true;
}

double point_lat(struct point point)
{
    return point.lat_e7 / (double)POINT_E7;
}

double point_lon(struct point point)
{
    return point.lon_e7 / (double)POINT_E7;
}

bool point_parse(const char *text, struct point *ret)
{
    const char *comma = strchr(text, ',');
    if (comma == NULL || strlen(text) > POINT_TEXT_MAX)
        return false;
    char first[POINT_TEXT_MAX + 1], second[POINT_TEXT_MAX + 1];
    size_t size = (size_t)(comma - text);
    memcpy(first, text, size);
    first[size] = '\0';
    memcpy(second, comma + 1, strlen(comma + 1) + 1);
    double lat, lon;
    if (!text_to_double(text_trim(first), -90, 90, &lat) ||
        !text_to_double(text_trim(second), -180, 180, &lon))
        return false;
    return point_from_degrees(lat, lon, ret);
}

/* Haversine (R. W. Sinnott, Sky and Telescope 68, 1984): well-conditioned for small
 * distances, which are the ones that matter here. */
double point_distance_m(struct point a, struct point b)
{
    double lat_a = a.lat_e7 * RADIANS_PER_E7, lat_b = b.lat_e7 * RADIANS_PER_E7;
    double dlat = ((int64_t)b.lat_e7 - a.lat_e7) * RADIANS_PER_E7;
    double dlon = ((int64_t)b.lon_e7 - a.lon_e7) * RADIANS_PER_E7;
    double s = sin(dlat / 2), t = sin(dlon / 2);
    double h = s * s + cos(lat_a) * cos(lat_b) * t * t;
    return 2 * EARTH_RADIUS_M * asin(sqrt(h < 1 ? h : 1));
}

static int32_t clamp(double value, int32_t limit)
{
    if (value < -limit)
        return -limit;
    return value > limit ? limit : (int32_t)value;
}

struct point point_moved(struct point point, double north_m, double east_m)
{
    const double narrow = fmax(cos(point_lat(point) * M_PI / 180), 1e-6);
    const double north = north_m / EARTH_RADIUS_M / RADIANS_PER_E7;
    const double east = east_m / EARTH_RADIUS_M / RADIANS_PER_E7 / narrow;
    return (struct point){.lat_e7 = clamp(point.lat_e7 + north, LAT_MAX_E7),
                          .lon_e7 = clamp(point.lon_e7 + east, LON_MAX_E7)};
}

struct box box_empty(void)
{
    return (struct box){.min = {INT32_MAX, INT32_MAX}, .max = {INT32_MIN, INT32_MIN}};
}

void box_add(struct box *box, struct point point)
{
    if (point.lat_e7 < box->min.lat_e7)
        box->min.lat_e7 = point.lat_e7;
    if (point.lon_e7 < box->min.lon_e7)
        box->min.lon_e7 = point.lon_e7;
    if (point.lat_e7 > box->max.lat_e7)
        box->max.lat_e7 = point.lat_e7;
    if (point.lon_e7 > box->max.lon_e7)
        box->max.lon_e7 = point.lon_e7;
}

struct box box_grown(struct box box, double metres)
{
    if (box.min.lat_e7 > box.max.lat_e7)
        return box;
    double dlat = ceil(metres / EARTH_RADIUS_M / RADIANS_PER_E7);
    double south = fabs(point_lat(box.min)), north = fabs(point_lat(box.max));
    double lat = fmin(90, fmax(south, north) + dlat / POINT_E7);
    /* Near the poles a circle of any size spans every longitude. */
    double narrow = fmax(cos(lat * M_PI / 180), 1e-6);
    double dlon = ceil(dlat / narrow);
    return (struct box){
        .min = {clamp(box.min.lat_e7 - dlat, LAT_MAX_E7),
                clamp(box.min.lon_e7 - dlon, LON_MAX_E7)},
        .max = {clamp(box.max.lat_e7 + dlat, LAT_MAX_E7),
                clamp(box.max.lon_e7 + dlon, LON_MAX_E7)},
    };
}

bool box_contains(struct box box, struct point point)
{
    return point.lat_e7 >= box.min.lat_e7 && point.lat_e7 <= box.max.lat_e7 &&
           point.lon_e7 >= box.min.lon_e7 && point.lon_e7 <= box.max.lon_e7;
}
