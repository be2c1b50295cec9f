/* SPDX-License-Identifier: Apache-2.0 */
/* Polygons "lat,lon lat,lon ..." and circles "lat,lon radius", in degrees of WGS-84 and
 * kilometres (CAP 1.2, 3.2.4 and 3.3.6). */
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "geo/crossing.h"
#include "intake/cap_internal.h"

#include <math.h>
#include <string.h>

#define LON_MAX 360 /* of a polygon that goes beyond the 180th meridian */

/* A point of a polygon; *RET_CUT if it was beyond the 180th meridian, where it then is.
 */
static bool read_point(const char *text, struct point *ret, bool *ret_cut)
{
    if (point_parse(text, ret))
        return true;
    char lat_text[32];
    const char *comma = strchr(text, ',');
    if (comma == NULL || (size_t)(comma - text) >= sizeof lat_text)
        return false;
    memcpy(lat_text, text, (size_t)(comma - text));
    lat_text[comma - text] = '\0';
    double lat, lon;
    if (!text_to_double(lat_text, -90, 90, &lat) ||
        !text_to_double(comma + 1, -LON_MAX, LON_MAX, &lon))
        return false;
    *ret_cut = true;
    return point_from_degrees(lat, fmax(-180, fmin(180, lon)), ret);
}

/* The points of TEXT into r->polygon, which is emptied. */
static int read_ring(struct cap_reader *r, char *text, bool *ret_cut)
{
    struct polygon *polygon = &r->polygon;
    polygon->point_count = polygon->ring_count = polygon->part_count = 0;
    polygon->box = box_empty();
    char *rest = NULL;
    for (char *one = strtok_r(text, CAP_SPACE, &rest); one != NULL;
         one = strtok_r(NULL, CAP_SPACE, &rest)) {
        struct point point;
        if (!read_point(one, &point, ret_cut))
            return cap_fail(r, ST_INVALID,
                            "has a point that is not latitude,longitude on the earth: "
                            "\"%.60s\"",
                            one);
        if (polygon->point_count == CAP_RING_MAX || r->point_count++ == CAP_POINTS_MAX)
            return cap_fail(r, ST_LIMIT,
                            "has more than %u points, or all polygons more than %u: send "
                            "coarser ones",
                            CAP_RING_MAX, CAP_POINTS_MAX);
        if (polygon_point(polygon, point) != ST_OK)
            return cap_fail(r, ST_NO_MEMORY, CAP_NO_MEMORY);
    }
    return ST_OK;
}

/* Coast lines that were thinned out often cross themselves a little. */
static int check_ring(struct cap_reader *r)
{
    const int crossing =
        crossing_of_ring(r->polygon.points, r->polygon.point_count - 1, &r->pairs_left);
    if (crossing == ST_LIMIT)
        return cap_fail(r, crossing,
                        "has too many long lines side by side to be checked");
    if (crossing < 0)
        return cap_fail(r, crossing, CAP_NO_MEMORY);
    if (crossing == CROSSING_REAL)
        return cap_fail(r, ST_INVALID, "crosses itself");
    if (crossing == CROSSING_SLIGHT)
        cap_warn(r, CAP_WARNING_CROSSING);
    return ST_OK;
}

static int append(struct cap_reader *r, struct polygon *polygon)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < r->polygon.point_count && status == ST_OK; i++)
        status = polygon_point(polygon, r->polygon.points[i]);
    if (status == ST_OK)
        status = polygon_ring(polygon);
    if (status == ST_OK)
        status = polygon_part(polygon);
    if (status == ST_LIMIT)
        return cap_fail(r, status, "is beyond the limit of %u: send less in one area",
                        POLYGON_RINGS_MAX);
    return status == ST_OK ? status : cap_fail(r, status, CAP_NO_MEMORY);
}

int cap_take_polygon(struct cap_reader *r, const struct cap_element *element,
                     void *object, char *text)
{
    (void)element;
    struct cap_area *area = object;
    bool is_cut = false;
    if (read_ring(r, text, &is_cut) != ST_OK)
        return r->status;
    const uint32_t count = r->polygon.point_count;
    const struct point *points = r->polygon.points;
    if (count < 4 || memcmp(&points[0], &points[count - 1], sizeof *points) != 0)
        return cap_fail(r, ST_INVALID,
                        "is not closed: it needs four points or more, the last of them "
                        "the first");
    if (is_cut)
        cap_warn(r, CAP_WARNING_CUT_OFF);
    return check_ring(r) == ST_OK ? append(r, &area->polygon) : r->status;
}

int cap_take_circle(struct cap_reader *r, const struct cap_element *element, void *object,
                    char *text)
{
    (void)element;
    struct cap_area *area = object;
    char *rest = NULL;
    const char *centre = strtok_r(text, CAP_SPACE, &rest);
    const char *radius = strtok_r(NULL, CAP_SPACE, &rest);
    struct cap_circle circle;
    double radius_km;
    if (radius == NULL || strtok_r(NULL, CAP_SPACE, &rest) != NULL ||
        !point_parse(centre, &circle.centre) ||
        !text_to_double(radius, 0, CAP_RADIUS_MAX_M / 1000.0, &radius_km))
        return cap_fail(r, ST_INVALID,
                        "is not latitude,longitude and a radius in kilometres");
    circle.radius_m = (uint32_t)lround(radius_km * 1000);
    if (cap_grow(r, &area->circles, &area->circle_capacity, area->circle_count,
                 sizeof *area->circles, CAP_CIRCLES_MAX) != ST_OK)
        return r->status;
    area->circles[area->circle_count++] = circle;
    return ST_OK;
}
