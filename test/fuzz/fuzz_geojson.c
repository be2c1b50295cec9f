/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is read as areas is written and read back the same. */
#include "geo/geojson.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct polygon *polygon)
{
    struct text text;
    struct polygon back;
    struct diag diag;
    text_init(&text, 64 << 20);
    geojson_polygon_append(&text, polygon);
    if (text.status == 0) {
        assert(geojson_polygon_parse(text.data, text.size, &back, &diag) == 0);
        assert(back.point_count == polygon->point_count);
        assert(memcmp(back.points, polygon->points,
                      back.point_count * sizeof *back.points) == 0);
        polygon_release(&back);
    }
    (void)polygon_contains(polygon, (struct point){0, 0});
    (void)polygon_contains(polygon, polygon->points[0]);
    text_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct geojson_areas areas;
    struct polygon polygon;
    struct diag diag;
    if (geojson_areas_parse((const char *)data, size, &areas, &diag) == 0) {
        for (uint32_t i = 0; i < areas.count; i++)
            check(&areas.items[i].polygon);
        geojson_areas_release(&areas);
    }
    if (geojson_polygon_parse((const char *)data, size, &polygon, &diag) == 0) {
        check(&polygon);
        polygon_release(&polygon);
    }
    return 0;
}
