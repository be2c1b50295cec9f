/* SPDX-License-Identifier: Apache-2.0 */
/* OSM XML 0.6: all nodes first, then all ways; ids count from 1. Everything says that it
 * is synthetic: the generator attribute, a note on every place, `source` on every way.
 *
 * A way is the longest run of elements of one line that follow each other and have the
 * same tags. A bridge is a way of its own (bridge=yes, layer=1). */
#include "demo/osm.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>

#define NOTE "synthetic: made by muster demo, this is no real map"

struct osm {
    struct text *text;
    const struct net *net;
    const struct terrain *terrain;
    const struct villages *villages;
    uint64_t node_next, way_next;
};

static void tag(struct osm *osm, const char *key, const char *value)
{
    text_appendf(osm->text, "    <tag k=\"%s\" v=\"", key);
    text_append_html(osm->text, value);
    text_append_string(osm->text, "\"/>\n");
}

static void node_open(struct osm *osm, uint64_t id, struct vec at, bool has_tags)
{
    text_appendf(
        osm->text, "  <node id=\"%llu\" version=\"1\" lat=\"%.7f\" lon=\"%.7f\"%s",
        (unsigned long long)id, plane_lat(at), plane_lon(at), has_tags ? ">\n" : "/>\n");
}

static void node_close(struct osm *osm)
{
    text_append_string(osm->text, "  </node>\n");
}

/* ---- nodes ----------------------------------------------------------------------------
 */

/* Barriers stand on the first node after the line's start, so that the street stays open.
 */
static uint8_t *find_barriers(const struct net *net)
{
    uint8_t *barriers = mem_calloc((size_t)net->node_count + 1, 1);
    for (uint32_t i = 0; barriers != NULL && i < net->element_count; i++) {
        const struct net_element *e = &net->elements[i];
        const struct net_line *line = &net->lines[e->line];
        bool first = i == 0 || net->elements[i - 1].line != e->line;
        if (!first || !e->kept || line->class == NET_FERRY)
            continue;
        if ((line->flags & NET_GATE) != 0)
            barriers[e->b] = 1;
        else if ((line->flags & NET_BOLLARD) != 0)
            barriers[e->b] = 2;
    }
    return barriers;
}

static void write_road_nodes(struct osm *osm)
{
    static const char *const names[] = {NULL, "gate", "bollard"};
    const struct net *net = osm->net;
    AUTO_FREE uint8_t *barriers = find_barriers(net);
    if (barriers == NULL) {
        osm->text->status = ST_NO_MEMORY;
        return;
    }
    for (uint32_t i = 0; i < net->node_count; i++) {
        if (net->nodes[i].degree == 0)
            continue;
        bool barrier = barriers[i] != 0 && net->nodes[i].degree <= 2;
        node_open(osm, i + 1ull, net->nodes[i].at, barrier);
        if (!barrier)
            continue;
        tag(osm, "barrier", names[barriers[i]]);
        node_close(osm);
    }
    osm->node_next = net->node_count + 1ull;
}

static void write_place(struct osm *osm, struct vec at, const char *kind,
                        const struct division *division)
{
    char name[DIVISION_NAME_SIZE];
    division_short_name(division, name);
    node_open(osm, osm->node_next++, at, true);
    tag(osm, "place", kind);
    tag(osm, "name", name);
    tag(osm, "ref:division", division->code);
    tag(osm, "note", NOTE);
    node_close(osm);
}

static void write_places(struct osm *osm)
{
    for (uint32_t i = 0; i < division_count(); i++) {
        const struct division *division = division_at(i);
        const struct terrain_town *towns = osm->terrain->towns;
        if (division->level == DIVISION_COUNTY)
            write_place(osm, plane_add(towns[0].centre, (struct vec){-300, 350}), "city",
                        division);
        else if (division->level == DIVISION_TOWN)
            write_place(osm,
                        towns[villages_town_of_code(osm->terrain, division->code)].centre,
                        "town", division);
    }
    for (uint32_t i = 0; i < osm->villages->count; i++) {
        const struct village *village = &osm->villages->items[i];
        write_place(osm, village->centre, village->community ? "suburb" : "village",
                    village->division);
    }
}

/* Writes COUNT nodes in order; returns the id of the first. */
static uint64_t write_shape(struct osm *osm, const struct vec *points, uint32_t count)
{
    uint64_t first = osm->node_next;
    for (uint32_t i = 0; i < count; i++)
        node_open(osm, osm->node_next++, points[i], false);
    return first;
}

/* ---- ways -----------------------------------------------------------------------------
 */

static void way_open(struct osm *osm)
{
    text_appendf(osm->text, "  <way id=\"%llu\" version=\"1\">\n",
                 (unsigned long long)osm->way_next++);
}

static void way_ref(struct osm *osm, uint64_t node)
{
    text_appendf(osm->text, "    <nd ref=\"%llu\"/>\n", (unsigned long long)node);
}

static void way_close(struct osm *osm)
{
    tag(osm, "source", "synthetic");
    text_append_string(osm->text, "  </way>\n");
}

struct road_tags {
    const char *highway, *maxspeed, *surface;
};

static struct road_tags road_tags(enum net_class class)
{
    static const struct road_tags all[NET_CLASS_COUNT] = {
        [NET_MOTORWAY] = {"motorway", "110", "asphalt"},
        [NET_MOTORWAY_LINK] = {"motorway_link", "50", "asphalt"},
        [NET_TRUNK] = {"trunk", "80", "asphalt"},
        [NET_PRIMARY] = {"primary", "70", "asphalt"},
        [NET_SECONDARY] = {"secondary", "60", "asphalt"},
        [NET_TERTIARY] = {"tertiary", "50", NULL},
        [NET_UNCLASSIFIED] = {"unclassified", NULL, NULL},
        [NET_RESIDENTIAL] = {"residential", NULL, NULL},
        [NET_LIVING_STREET] = {"living_street", NULL, NULL},
        [NET_SERVICE] = {"service", NULL, NULL},
        [NET_TRACK] = {"track", NULL, "gravel"},
        [NET_CYCLEWAY] = {"cycleway", NULL, NULL},
        [NET_PEDESTRIAN] = {"pedestrian", NULL, "paving_stones"},
        [NET_FOOTWAY] = {"footway", NULL, NULL},
        [NET_PATH] = {"path", NULL, "ground"},
        [NET_STEPS] = {"steps", NULL, NULL},
    };
    assert(class < NET_CLASS_COUNT);
    return all[class];
}

static void write_road_tags(struct osm *osm, const struct net_line *line,
                            const struct net_element *e)
{
    struct road_tags tags = road_tags(line->class);
    if (line->class == NET_FERRY) {
        char duration[16];
        snprintf(duration, sizeof duration, "00:%02u", line->width_m % 60);
        tag(osm, "route", "ferry");
        tag(osm, "duration", duration);
        tag(osm, "foot", "yes");
        tag(osm, "bicycle", "yes");
        tag(osm, "motor_vehicle", (line->flags & NET_BOLLARD) != 0 ? "no" : "yes");
    } else {
        tag(osm, "highway", tags.highway);
    }
    if (line->name[0] != '\0')
        tag(osm, "name", line->name);
    if (tags.maxspeed != NULL)
        tag(osm, "maxspeed", tags.maxspeed);
    else if (line->class == NET_RESIDENTIAL && (line->flags & NET_URBAN) != 0)
        tag(osm, "maxspeed", "30");
    if (tags.surface != NULL)
        tag(osm, "surface", tags.surface);
    if (e->oneway)
        tag(osm, "oneway", "yes");
    if ((line->flags & NET_PRIVATE) != 0)
        tag(osm, "access", "private");
    if (e->closed)
        tag(osm, "motor_vehicle", "no");
    if (e->kind == NET_OVER_WATER || e->kind == NET_ABOVE_ROAD) {
        tag(osm, "bridge", "yes");
        tag(osm, "layer", "1");
    }
}

static bool same_way(const struct net_element *a, const struct net_element *b)
{
    bool bridge_a = a->kind == NET_OVER_WATER || a->kind == NET_ABOVE_ROAD;
    bool bridge_b = b->kind == NET_OVER_WATER || b->kind == NET_ABOVE_ROAD;
    return a->line == b->line && a->b == b->a && bridge_a == bridge_b &&
           a->oneway == b->oneway && a->closed == b->closed && b->kept;
}

static void write_roads(struct osm *osm)
{
    const struct net *net = osm->net;
    for (uint32_t i = 0; i < net->element_count;) {
        const struct net_element *first = &net->elements[i];
        if (!first->kept) {
            i++;
            continue;
        }
        way_open(osm);
        way_ref(osm, first->a + 1ull);
        way_ref(osm, first->b + 1ull);
        for (i++;
             i < net->element_count && same_way(&net->elements[i - 1], &net->elements[i]);
             i++)
            way_ref(osm, net->elements[i].b + 1ull);
        write_road_tags(osm, &net->lines[first->line], first);
        way_close(osm);
    }
}

/* ---- water ----------------------------------------------------------------------------
 */

#define BANK_MAX (2 * TERRAIN_LINE_POINTS_MAX)

/* The two banks of a river as one ring. */
static uint32_t river_ring(const struct net *net, const struct net_line *line,
                           struct vec ret[BANK_MAX])
{
    const struct vec *points = &net->points[line->first];
    uint32_t count = line->count < BANK_MAX / 2 ? line->count : BANK_MAX / 2;
    for (uint32_t i = 0; i < count; i++) {
        struct vec along =
            plane_direction(points[i > 0 ? i - 1 : 0], points[i + 1 < count ? i + 1 : i]);
        struct vec half = plane_scale(plane_left(along), line->width_m / 2.0);
        ret[i] = plane_add(points[i], half);
        ret[2 * count - 1 - i] = plane_sub(points[i], half);
    }
    return 2 * count;
}

static uint32_t sea_ring(const struct terrain *terrain, struct vec ret[BANK_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < terrain->coast_count; i++)
        ret[count++] = terrain->outline[terrain->coast_first + i];
    ret[count++] = plane_from_degrees(30.545, 121.045);
    ret[count++] = plane_from_degrees(30.545, 121.290);
    ret[count++] = plane_from_degrees(30.685, 121.290);
    return count;
}

struct shape {
    uint64_t first;
    uint32_t count;
    bool ring;
    const char *key, *value, *name;
};

static void write_shape_way(struct osm *osm, const struct shape *shape)
{
    way_open(osm);
    for (uint32_t i = 0; i < shape->count; i++)
        way_ref(osm, shape->first + i);
    if (shape->ring)
        way_ref(osm, shape->first);
    tag(osm, shape->key, shape->value);
    if (shape->name != NULL && shape->name[0] != '\0')
        tag(osm, "name", shape->name);
    way_close(osm);
}

/* Nodes must come before ways: shapes are noted here and written as ways at the end. */
#define SHAPES_MAX 2000
struct shapes {
    struct shape items[SHAPES_MAX];
    uint32_t count;
};

static void add_shape(struct osm *osm, struct shapes *shapes, struct shape shape,
                      const struct vec *points)
{
    if (shapes->count == SHAPES_MAX)
        return;
    shape.first = write_shape(osm, points, shape.count);
    shapes->items[shapes->count++] = shape;
}

static void write_water_nodes(struct osm *osm, struct shapes *shapes)
{
    const struct net *net = osm->net;
    const struct terrain *terrain = osm->terrain;
    struct vec ring[BANK_MAX];
    for (uint32_t l = 0; l < net->line_count; l++) {
        const struct net_line *line = &net->lines[l];
        if (!net_is_water(line->class))
            continue;
        add_shape(osm, shapes,
                  (struct shape){.count = line->count,
                                 .key = "waterway",
                                 .value = line->class == NET_RIVER ? "river" : "canal",
                                 .name = line->name},
                  &net->points[line->first]);
        if (line->width_m < 24)
            continue;
        uint32_t count = river_ring(net, line, ring);
        add_shape(osm, shapes, (struct shape){0, count, true, "natural", "water", NULL},
                  ring);
    }
    for (uint32_t l = 0; l < terrain->lake_count; l++)
        add_shape(osm, shapes,
                  (struct shape){0, TERRAIN_LAKE_POINTS, true, "natural", "water",
                                 terrain->lake_names[l]},
                  terrain->lakes[l]);
    uint32_t count = sea_ring(terrain, ring);
    add_shape(osm, shapes, (struct shape){0, count, true, "natural", "water", "杭州湾"},
              ring);
    /* A coastline has the land on its left: against the order of the outline. */
    for (uint32_t i = 0; i < terrain->coast_count; i++)
        ring[i] = terrain->outline[terrain->coast_first + terrain->coast_count - 1 - i];
    add_shape(
        osm, shapes,
        (struct shape){0, terrain->coast_count, false, "natural", "coastline", NULL},
        ring);
}

void osm_write(struct text *text, const struct net *net, const struct terrain *terrain,
               const struct villages *villages)
{
    struct osm osm = {.text = text,
                      .net = net,
                      .terrain = terrain,
                      .villages = villages,
                      .way_next = 1};
    AUTO_FREE struct shapes *shapes = mem_calloc(1, sizeof *shapes);
    if (shapes == NULL) {
        text->status = ST_NO_MEMORY;
        return;
    }
    text_append_string(text,
                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<!-- " NOTE " -->\n"
                       "<osm version=\"0.6\" generator=\"muster demo (synthetic)\">\n"
                       "  <bounds minlat=\"30.56\" minlon=\"120.94\" maxlat=\"30.87\" "
                       "maxlon=\"121.28\"/>\n");
    write_road_nodes(&osm);
    write_places(&osm);
    write_water_nodes(&osm, shapes);
    write_roads(&osm);
    for (uint32_t i = 0; i < shapes->count; i++)
        write_shape_way(&osm, &shapes->items[i]);
    text_append_string(text, "</osm>\n");
}
