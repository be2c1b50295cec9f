/* SPDX-License-Identifier: Apache-2.0 */
/* Polygons to GEOS and back, in degrees. One GEOS context a call: contexts are cheap and
 * belong to one thread. GEOS owns what is handed to a constructor that succeeds, and,
 * from 3.8 on, also what is handed to one that fails. */
#include "geo/valid.h"

#include "base/mem.h"
#include "base/status.h"

#include <geos_c.h>
#include <math.h>
#include <stdio.h>

static uint32_t start_of(const uint32_t *ends, uint32_t index)
{
    return index == 0 ? 0 : ends[index - 1];
}

static GEOSGeometry *make_ring(GEOSContextHandle_t geos, const struct polygon *polygon,
                               uint32_t ring)
{
    uint32_t from = start_of(polygon->ring_end, ring), to = polygon->ring_end[ring];
    uint32_t count = to - from + 1;
    AUTO_FREE double *values = mem_alloc((size_t)count * 2 * sizeof *values);
    if (values == NULL)
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct point at = polygon->points[i + 1 < count ? from + i : from];
        values[2 * i] = point_lon(at);
        values[2 * i + 1] = point_lat(at);
    }
    GEOSCoordSequence *line = GEOSCoordSeq_copyFromBuffer_r(geos, values, count, 0, 0);
    return line == NULL ? NULL : GEOSGeom_createLinearRing_r(geos, line);
}

static GEOSGeometry *make_part(GEOSContextHandle_t geos, const struct polygon *polygon,
                               uint32_t part)
{
    uint32_t from = start_of(polygon->part_end, part), to = polygon->part_end[part];
    AUTO_FREE GEOSGeometry **rings = mem_calloc(to - from, sizeof *rings);
    if (rings == NULL)
        return NULL;
    for (uint32_t i = from; i < to; i++) {
        rings[i - from] = make_ring(geos, polygon, i);
        if (rings[i - from] == NULL) {
            while (i-- > from)
                GEOSGeom_destroy_r(geos, rings[i - from]);
            return NULL;
        }
    }
    return GEOSGeom_createPolygon_r(geos, rings[0], rings + 1, to - from - 1);
}

static GEOSGeometry *make(GEOSContextHandle_t geos, const struct polygon *polygon)
{
    AUTO_FREE GEOSGeometry **parts = mem_calloc(polygon->part_count + 1u, sizeof *parts);
    if (parts == NULL)
        return NULL;
    for (uint32_t i = 0; i < polygon->part_count; i++) {
        parts[i] = make_part(geos, polygon, i);
        if (parts[i] == NULL) {
            while (i-- > 0)
                GEOSGeom_destroy_r(geos, parts[i]);
            return NULL;
        }
    }
    return GEOSGeom_createCollection_r(geos, GEOS_MULTIPOLYGON, parts,
                                       polygon->part_count);
}

int polygon_is_valid(const struct polygon *polygon, char reason[VALID_REASON_MAX + 1])
{
    GEOSContextHandle_t geos = GEOS_init_r();
    GEOSGeometry *geometry = geos == NULL ? NULL : make(geos, polygon);
    int status = geometry == NULL ? ST_NO_MEMORY : GEOSisValid_r(geos, geometry) == 1;
    if (status == 0 && reason != NULL) {
        char *text = GEOSisValidReason_r(geos, geometry);
        (void)snprintf(reason, VALID_REASON_MAX + 1, "%s", text == NULL ? "" : text);
        GEOSFree_r(geos, text);
    }
    if (geometry != NULL)
        GEOSGeom_destroy_r(geos, geometry);
    if (geos != NULL)
        GEOS_finish_r(geos);
    return status;
}

/* ---- and back
 * ---------------------------------------------------------------------------------- */

/* Twice the area on the left of the ring, in degrees. */
static double turn_of(const double *values, uint32_t count)
{
    double sum = 0;
    for (uint32_t i = 0; i + 1 < count; i++)
        sum += values[2 * i] * values[2 * i + 3] - values[2 * i + 2] * values[2 * i + 1];
    return sum;
}

static int take_ring(GEOSContextHandle_t geos, const GEOSGeometry *ring, bool outer,
                     struct polygon *ret)
{
    const GEOSCoordSequence *line = GEOSGeom_getCoordSeq_r(geos, ring);
    unsigned count = 0;
    if (line == NULL || GEOSCoordSeq_getSize_r(geos, line, &count) == 0)
        return ST_NO_MEMORY;
    AUTO_FREE double *values = mem_alloc((size_t)count * 2 * sizeof *values);
    if (values == NULL || GEOSCoordSeq_copyToBuffer_r(geos, line, values, 0, 0) == 0)
        return ST_NO_MEMORY;
    bool turned = (turn_of(values, count) > 0) != outer;
    for (uint32_t i = 0; i < count; i++) {
        const double *at = values + (size_t)2 * (turned ? count - 1 - i : i);
        struct point point;
        if (!point_from_degrees(at[1], at[0], &point))
            return ST_INVALID;
        int status = polygon_point(ret, point);
        if (status != ST_OK)
            return status;
    }
    return polygon_ring(ret);
}

static int take_part(GEOSContextHandle_t geos, const GEOSGeometry *part,
                     struct polygon *ret)
{
    int holes = GEOSGetNumInteriorRings_r(geos, part);
    int status = take_ring(geos, GEOSGetExteriorRing_r(geos, part), true, ret);
    for (int i = 0; i < holes && status == ST_OK; i++)
        status = take_ring(geos, GEOSGetInteriorRingN_r(geos, part, i), false, ret);
    return status == ST_OK ? polygon_part(ret) : status;
}

static int take(GEOSContextHandle_t geos, const GEOSGeometry *geometry,
                struct polygon *ret)
{
    int status = ST_OK, count = GEOSGetNumGeometries_r(geos, geometry);
    for (int i = 0; i < count && status == ST_OK; i++) {
        const GEOSGeometry *one = GEOSGetGeometryN_r(geos, geometry, i);
        int type = GEOSGeomTypeId_r(geos, one);
        if (type == GEOS_POLYGON && GEOSisEmpty_r(geos, one) == 0)
            status = take_part(geos, one, ret);
        else if (type == GEOS_MULTIPOLYGON)
            for (int j = 0; j < GEOSGetNumGeometries_r(geos, one) && status == ST_OK; j++)
                status = take_part(geos, GEOSGetGeometryN_r(geos, one, j), ret);
    }
    return status;
}

int polygon_mend(struct polygon *polygon)
{
    struct polygon mended;
    polygon_init(&mended);
    GEOSContextHandle_t geos = GEOS_init_r();
    GEOSGeometry *geometry = geos == NULL ? NULL : make(geos, polygon);
    GEOSGeometry *valid = geometry == NULL ? NULL : GEOSMakeValid_r(geos, geometry);
    int status = valid == NULL ? ST_NO_MEMORY : take(geos, valid, &mended);
    if (valid != NULL)
        GEOSGeom_destroy_r(geos, valid);
    if (geometry != NULL)
        GEOSGeom_destroy_r(geos, geometry);
    if (geos != NULL)
        GEOS_finish_r(geos);
    if (status != ST_OK) {
        polygon_release(&mended);
        return status;
    }
    polygon_release(polygon);
    *polygon = mended;
    return ST_OK;
}
