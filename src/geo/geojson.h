/* SPDX-License-Identifier: Apache-2.0 */
/* Areas in GeoJSON (RFC 7946), in and out. */
#ifndef MUSTER_GEO_GEOJSON_H
#define MUSTER_GEO_GEOJSON_H

#include "base/diag.h"
#include "base/text.h"
#include "geo/polygon.h"

#define GEOJSON_SIZE_MAX (64u << 20)
#define GEOJSON_AREAS_MAX 100000u
#define GEOJSON_CODE_MAX 64

struct geojson_area {
    char code[GEOJSON_CODE_MAX + 1];
    struct polygon polygon;
};

struct geojson_areas {
    struct geojson_area *items;
    uint32_t count, capacity;
};

/* A FeatureCollection of Polygons and MultiPolygons, each with a property `code` (a
 * string or a whole number). Strict: rings closed, positions on the earth, no code twice;
 * other properties are ignored. ST_INVALID with the place, ST_LIMIT, ST_NO_MEMORY. */
int geojson_areas_parse(const char *text, size_t size, struct geojson_areas *ret,
                        struct diag *reterr) __attribute__((warn_unused_result));
void geojson_areas_release(struct geojson_areas *areas);

/* One Polygon or MultiPolygon: a geometry, a Feature, or a FeatureCollection with one. */
int geojson_polygon_parse(const char *text, size_t size, struct polygon *ret,
                          struct diag *reterr) __attribute__((warn_unused_result));

/* Appends POLYGON as a MultiPolygon geometry; parses back to the same polygon. */
void geojson_polygon_append(struct text *text, const struct polygon *polygon);
/* Appends "[lon,lat]", exactly. */
void geojson_point_append(struct text *text, struct point point);

#endif
