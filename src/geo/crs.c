/* SPDX-License-Identifier: Apache-2.0 */
/* GCJ-02 adds to WGS-84 a smooth offset of some hundred metres, a sum of sines over
 * (lon - 105, lat - 35), inside a rectangle around China; BD-09 turns and shifts GCJ-02
 * once more. The formulas are those of the public implementations googollee/eviltransform
 * and hujiulong/gcoord, which agree with each other. The offset changes so slowly that
 * the fixed point of w = g - offset(w) is reached in a few steps. */
#include "geo/crs.h"

#include <math.h>
#include <string.h>

/* The ellipsoid of the offset: Krasovsky 1940. */
#define AXIS_M 6378245.0
#define ECCENTRICITY_2 0.00669342162296594323
#define BD_TURN (M_PI * 3000.0 / 180.0)
#define INVERSE_STEPS_MAX 20
#define INVERSE_DEGREES 1e-10

bool crs_parse(const char *name, enum crs *ret)
{
    static const char *const names[] = {
        [CRS_WGS84] = "wgs84", [CRS_GCJ02] = "gcj02", [CRS_BD09] = "bd09"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *ret = (enum crs)i;
            return true;
        }
    return false;
}

/* The rectangle also holds parts of the neighbours: a known flaw that every
 * implementation shares, so we share it too. */
static bool in_china(double lat, double lon)
{
    return lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;
}

static void gcj_offset(double lat, double lon, double *ret_lat, double *ret_lon)
{
    double x = lon - 105.0, y = lat - 35.0;
    double root = sqrt(fabs(x));
    double both = (20.0 * sin(6.0 * x * M_PI) + 20.0 * sin(2.0 * x * M_PI)) * 2.0 / 3.0;
    double dlat =
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + both;
    dlat += (20.0 * sin(y * M_PI) + 40.0 * sin(y / 3.0 * M_PI)) * 2.0 / 3.0;
    dlat += (160.0 * sin(y / 12.0 * M_PI) + 320.0 * sin(y / 30.0 * M_PI)) * 2.0 / 3.0;
    double dlon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + both;
    dlon += (20.0 * sin(x * M_PI) + 40.0 * sin(x / 3.0 * M_PI)) * 2.0 / 3.0;
    dlon += (150.0 * sin(x / 12.0 * M_PI) + 300.0 * sin(x / 30.0 * M_PI)) * 2.0 / 3.0;
    double radians = lat * M_PI / 180.0;
    double magic = 1 - ECCENTRICITY_2 * sin(radians) * sin(radians);
    double meridian = AXIS_M * (1 - ECCENTRICITY_2) / (magic * sqrt(magic));
    double parallel = AXIS_M / sqrt(magic) * cos(radians);
    *ret_lat = dlat * 180.0 / (meridian * M_PI);
    *ret_lon = dlon * 180.0 / (parallel * M_PI);
}

static void gcj_from_wgs(double lat, double lon, double *ret_lat, double *ret_lon)
{
    double dlat = 0, dlon = 0;
    if (in_china(lat, lon))
        gcj_offset(lat, lon, &dlat, &dlon);
    *ret_lat = lat + dlat;
    *ret_lon = lon + dlon;
}

static void bd_from_gcj(double lat, double lon, double *ret_lat, double *ret_lon)
{
    double z = hypot(lon, lat) + 0.00002 * sin(lat * BD_TURN);
    double theta = atan2(lat, lon) + 0.000003 * cos(lon * BD_TURN);
    *ret_lon = z * cos(theta) + 0.0065;
    *ret_lat = z * sin(theta) + 0.006;
}

typedef void shift(double lat, double lon, double *ret_lat, double *ret_lon);

static void invert(shift *forward, double lat, double lon, double *ret_lat,
                   double *ret_lon)
{
    double at_lat = lat, at_lon = lon;
    for (int i = 0; i < INVERSE_STEPS_MAX; i++) {
        double got_lat, got_lon;
        forward(at_lat, at_lon, &got_lat, &got_lon);
        at_lat += lat - got_lat;
        at_lon += lon - got_lon;
        if (fabs(lat - got_lat) + fabs(lon - got_lon) < INVERSE_DEGREES)
            break;
    }
    *ret_lat = at_lat;
    *ret_lon = at_lon;
}

struct point crs_to_wgs84(enum crs crs, double lat, double lon)
{
    double at_lat = lat, at_lon = lon;
    if (crs == CRS_BD09 && in_china(lat, lon))
        invert(bd_from_gcj, at_lat, at_lon, &at_lat, &at_lon);
    if (crs != CRS_WGS84)
        invert(gcj_from_wgs, at_lat, at_lon, &at_lat, &at_lon);
    struct point point = {0, 0};
    if (!point_from_degrees(at_lat, at_lon, &point))
        (void)point_from_degrees(lat, lon, &point); /* out of range stays (0, 0) */
    return point;
}

void crs_from_wgs84(enum crs crs, struct point point, double *ret_lat, double *ret_lon)
{
    double lat = point_lat(point), lon = point_lon(point);
    bool china = in_china(lat, lon);
    if (crs != CRS_WGS84)
        gcj_from_wgs(lat, lon, &lat, &lon);
    if (crs == CRS_BD09 && china)
        bd_from_gcj(lat, lon, &lat, &lon);
    *ret_lat = lat;
    *ret_lon = lon;
}
