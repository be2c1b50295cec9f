/* SPDX-License-Identifier: Apache-2.0 */
/* GeoJSON by jansson. The nesting is fixed by the format (features, parts, rings,
 * positions), so it is a nest of loops and not a recursion. */
#include "geo/geojson.h"

#include "base/jsonread.h"
#include "base/mem.h"
#include "base/status.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define POSITION_SIZE_MAX                                                                \
    4 /* RFC 7946 asks for two or three numbers; some write four                         \
       */

static int wrong(struct diag *reterr, const char *where, const char *text)
{
    return diag_set(reterr, ST_INVALID, 0, 0, where, "%s", text);
}

static bool type_is(const json_t *object, const char *type)
{
    const char *own = json_string_value(json_object_get(object, "type"));
    return own != NULL && strcmp(own, type) == 0;
}

static int read_position(struct polygon *polygon, const json_t *position,
                         struct point *ret, const char *where, struct diag *reterr)
{
    size_t size = json_array_size(position);
    if (size < 2 || size > POSITION_SIZE_MAX)
        return wrong(reterr, where, "a position is not an array of two or three numbers");
    const json_t *lon = json_array_get(position, 0), *lat = json_array_get(position, 1);
    if (!json_is_number(lon) || !json_is_number(lat) ||
        !point_from_degrees(json_number_value(lat), json_number_value(lon), ret))
        return wrong(reterr, where, "a position is not longitude, latitude in degrees");
    int status = polygon_point(polygon, *ret);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, where, "more than %u points",
                        POLYGON_POINTS_MAX);
    return ST_OK;
}

static int read_ring(struct polygon *polygon, const json_t *ring, const char *where,
                     struct diag *reterr)
{
    size_t size = json_array_size(ring);
    if (size < 4)
        return wrong(reterr, where, "a ring has fewer than four positions");
    struct point first = {0, 0}, last = {0, 0};
    for (size_t i = 0; i < size; i++) {
        int status =
            read_position(polygon, json_array_get(ring, i), &last, where, reterr);
        if (status != ST_OK)
            return status;
        if (i == 0)
            first = last;
    }
    if (first.lat_e7 != last.lat_e7 || first.lon_e7 != last.lon_e7)
        return wrong(reterr, where,
                     "a ring is not closed (first and last position differ)");
    int status = polygon_ring(polygon);
    if (status == ST_INVALID)
        return wrong(reterr, where, "a ring has fewer than three different positions");
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, where, "more than %u rings",
                        POLYGON_RINGS_MAX);
    return ST_OK;
}

static int read_part(struct polygon *polygon, const json_t *rings, const char *where,
                     struct diag *reterr)
{
    size_t size = json_array_size(rings);
    if (size == 0)
        return wrong(reterr, where, "a polygon has no ring");
    for (size_t i = 0; i < size; i++) {
        int status = read_ring(polygon, json_array_get(rings, i), where, reterr);
        if (status != ST_OK)
            return status;
    }
    int status = polygon_part(polygon);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, where, "too many parts");
    return ST_OK;
}

static int read_geometry(struct polygon *polygon, const json_t *geometry,
                         const char *where, struct diag *reterr)
{
    const json_t *coordinates = json_object_get(geometry, "coordinates");
    if (type_is(geometry, "Polygon"))
        return read_part(polygon, coordinates, where, reterr);
    if (!type_is(geometry, "MultiPolygon"))
        return wrong(reterr, where, "the geometry is not a Polygon or MultiPolygon");
    size_t size = json_array_size(coordinates);
    if (size == 0)
        return wrong(reterr, where, "a MultiPolygon without parts");
    for (size_t i = 0; i < size; i++) {
        int status = read_part(polygon, json_array_get(coordinates, i), where, reterr);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

static int read_code(const json_t *feature, struct geojson_area *area, const char *where,
                     struct diag *reterr)
{
    const json_t *code = json_object_get(json_object_get(feature, "properties"), "code");
    if (json_is_integer(code)) {
        (void)snprintf(area->code, sizeof area->code, "%" JSON_INTEGER_FORMAT,
                       json_integer_value(code)); /* at most 20 bytes */
        return ST_OK;
    }
    size_t size = json_string_length(code);
    if (!json_is_string(code) || size == 0 || size > GEOJSON_CODE_MAX ||
        strlen(json_string_value(code)) != size)
        return diag_set(reterr, ST_INVALID, 0, 0, where,
                        "has no property `code` of 1 to %d bytes", GEOJSON_CODE_MAX);
    memcpy(area->code, json_string_value(code), size + 1);
    return ST_OK;
}

static int read_feature(struct geojson_areas *areas, const json_t *feature, size_t index,
                        struct diag *reterr)
{
    char where[32];
    (void)snprintf(where, sizeof where, "/features/%zu", index);
    if (!type_is(feature, "Feature"))
        return wrong(reterr, where, "is not a Feature");
    int status = mem_grow(&areas->items, &areas->capacity, areas->count + 1,
                          sizeof *areas->items, GEOJSON_AREAS_MAX);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, where, "more than %u areas",
                        GEOJSON_AREAS_MAX);
    struct geojson_area *area = &areas->items[areas->count++];
    polygon_init(&area->polygon);
    status = read_code(feature, area, where, reterr);
    if (status != ST_OK)
        return status;
    return read_geometry(&area->polygon, json_object_get(feature, "geometry"), where,
                         reterr);
}

static int compare_codes(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static int check_codes(const struct geojson_areas *areas, struct diag *reterr)
{
    AUTO_FREE const char **codes = mem_alloc(((size_t)areas->count + 1) * sizeof *codes);
    if (codes == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory for the areas");
    for (uint32_t i = 0; i < areas->count; i++)
        codes[i] = areas->items[i].code;
    qsort(codes, areas->count, sizeof *codes, compare_codes);
    for (uint32_t i = 1; i < areas->count; i++)
        if (strcmp(codes[i - 1], codes[i]) == 0)
            return diag_set(reterr, ST_INVALID, 0, 0, "/features",
                            "the code %s stands there twice", codes[i]);
    return ST_OK;
}

static int load(const char *text, size_t size, json_t **ret, struct diag *reterr)
{
    if (size > GEOJSON_SIZE_MAX)
        return diag_set(reterr, ST_LIMIT, 0, 0, "", "is larger than %u MiB",
                        GEOJSON_SIZE_MAX >> 20);
    json_error_t error;
    const size_t mark = jsonread_mark(text, size);
    json_t *root = json_loadb(text + mark, size - mark, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL && json_error_code(&error) == json_error_out_of_memory)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory to read it");
    if (root == NULL)
        return diag_set(reterr, ST_INVALID, error.line > 0 ? (uint32_t)error.line : 0,
                        error.column > 0 ? (uint32_t)error.column : 0, "",
                        "is not JSON: %s", error.text);
    *ret = root;
    return ST_OK;
}

static int read_areas(const json_t *root, struct geojson_areas *areas,
                      struct diag *reterr)
{
    const json_t *features = json_object_get(root, "features");
    if (!type_is(root, "FeatureCollection") || !json_is_array(features))
        return wrong(reterr, "", "is not a GeoJSON FeatureCollection");
    for (size_t i = 0; i < json_array_size(features); i++) {
        int status = read_feature(areas, json_array_get(features, i), i, reterr);
        if (status != ST_OK)
            return status;
    }
    return check_codes(areas, reterr);
}

int geojson_areas_parse(const char *text, size_t size, struct geojson_areas *ret,
                        struct diag *reterr)
{
    json_t *root;
    struct geojson_areas areas = {0};
    int status = load(text, size, &root, reterr);
    if (status != ST_OK)
        return status;
    status = read_areas(root, &areas, reterr);
    json_decref(root);
    if (status != ST_OK) {
        geojson_areas_release(&areas);
        return status;
    }
    *ret = areas;
    return ST_OK;
}

void geojson_areas_release(struct geojson_areas *areas)
{
    for (uint32_t i = 0; i < areas->count; i++)
        polygon_release(&areas->items[i].polygon);
    mem_free(areas->items);
    *areas = (struct geojson_areas){0};
}

int geojson_polygon_parse(const char *text, size_t size, struct polygon *ret,
                          struct diag *reterr)
{
    json_t *root;
    int status = load(text, size, &root, reterr);
    if (status != ST_OK)
        return status;
    const json_t *geometry = root;
    const json_t *features = json_object_get(root, "features");
    if (type_is(geometry, "FeatureCollection") && json_array_size(features) == 1)
        geometry = json_array_get(features, 0);
    if (type_is(geometry, "Feature"))
        geometry = json_object_get(geometry, "geometry");
    struct polygon polygon;
    polygon_init(&polygon);
    status = read_geometry(&polygon, geometry, "", reterr);
    json_decref(root);
    if (status != ST_OK) {
        polygon_release(&polygon);
        return status;
    }
    *ret = polygon;
    return ST_OK;
}

/* ---- out -------------------------------------------------------------------------- */

static void append_degrees(struct text *text, int32_t e7)
{
    int64_t size = e7 < 0 ? -(int64_t)e7 : e7;
    text_appendf(text, "%s%lld.%07lld", e7 < 0 ? "-" : "", (long long)(size / POINT_E7),
                 (long long)(size % POINT_E7));
}

void geojson_point_append(struct text *text, struct point point)
{
    text_append(text, "[", 1);
    append_degrees(text, point.lon_e7);
    text_append(text, ",", 1);
    append_degrees(text, point.lat_e7);
    text_append(text, "]", 1);
}

void geojson_polygon_append(struct text *text, const struct polygon *polygon)
{
    text_append_string(text, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
    uint32_t ring = 0, at = 0;
    for (uint32_t part = 0; part < polygon->part_count; part++) {
        text_append_string(text, part > 0 ? ",[" : "[");
        for (uint32_t first = ring; ring < polygon->part_end[part]; ring++) {
            text_append_string(text, ring > first ? ",[" : "[");
            uint32_t start = at;
            for (; at < polygon->ring_end[ring]; at++) {
                geojson_point_append(text, polygon->points[at]);
                text_append(text, ",", 1);
            }
            geojson_point_append(text, polygon->points[start]);
            text_append(text, "]", 1);
        }
        text_append(text, "]", 1);
    }
    text_append_string(text, "]}");
}
