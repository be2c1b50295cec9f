/* SPDX-License-Identifier: Apache-2.0 */
/* Ways that are water are kept as they come; relations (multipolygons) name ways that may
 * carry no tags, so they are read in a pass of their own before. Their ways are joined
 * end to end into rings, inner rings go to the outer ring around them, and what does not
 * close (a lake that the extract cuts) is drawn as a line. Points nearer than 5 m to the
 * last one are left out: nobody sees them. */
#include "road/backdrop.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "geo/polygon.h"

#include <stdlib.h>
#include <string.h>

#define POINT_GAP_M 5.0
#define RING_POINTS_MAX POLYGON_POINTS_MAX
#define RINGS_MAX 1024u
#define NAME_MAX_BYTES 200
#define FILE_MODE 0644

struct way {
    int64_t id;
    const char *kind; /* NULL: only a member of a relation */
    bool area;
    uint32_t ref_first, ref_count;
};

struct member {
    int64_t way;
    uint32_t relation;
    bool inner;
};

struct place {
    struct point point;
    const char *kind;
    uint32_t name, name_en; /* offsets into names; 0 = none */
};

struct backdrop {
    struct way *ways;
    struct member *members; /* by way once sorted */
    struct place *places;
    int64_t *refs;
    char *names;
    uint32_t way_count, way_capacity, member_count, member_capacity;
    uint32_t place_count, place_capacity, ref_count, ref_capacity;
    uint32_t names_size, names_capacity, relation_count;
    bool members_sorted;
    /* While writing: */
    const struct osmnet *net;
    struct text text;
    uint32_t feature_count;
    uint64_t walked; /* points */
    struct point *line;
    uint32_t line_count, line_capacity;
};

int backdrop_new(struct backdrop **ret)
{
    struct backdrop *backdrop = mem_calloc(1, sizeof *backdrop);
    if (backdrop == NULL)
        return ST_NO_MEMORY;
    text_init(&backdrop->text, BACKDROP_SIZE_MAX + (1u << 20));
    backdrop->names_size = 1; /* offset 0 means no name */
    *ret = backdrop;
    return ST_OK;
}

void backdrop_free(struct backdrop *backdrop)
{
    if (backdrop == NULL)
        return;
    mem_free(backdrop->ways);
    mem_free(backdrop->members);
    mem_free(backdrop->places);
    mem_free(backdrop->refs);
    mem_free(backdrop->names);
    mem_free(backdrop->line);
    text_release(&backdrop->text);
    mem_free(backdrop);
}

/* ---- collecting ------------------------------------------------------------------- */

static const char *one_of(const char *value, const char *const *list, size_t count)
{
    for (size_t i = 0; value != NULL && i < count; i++)
        if (strcmp(value, list[i]) == 0)
            return list[i];
    return NULL;
}

/* The kind of water, or NULL. */
static const char *water_kind(struct osmtags tags, bool *ret_area)
{
    static const char *const lines[] = {"river", "canal"};
    static const char *const basins[] = {"reservoir", "basin"};
    *ret_area = true;
    if (osmtags_is(tags, "natural", "water") ||
        osmtags_is(tags, "waterway", "riverbank") ||
        one_of(osmtags_get(tags, "landuse"), basins, COUNT_OF(basins)) != NULL)
        return "water";
    *ret_area = false;
    if (osmtags_is(tags, "natural", "coastline"))
        return "coastline";
    if (osmtags_get(tags, "tunnel") != NULL)
        return NULL;
    return one_of(osmtags_get(tags, "waterway"), lines, COUNT_OF(lines));
}

int backdrop_add_relation(struct backdrop *b, const struct osmread_relation *relation)
{
    bool area;
    if (!osmtags_is(relation->tags, "type", "multipolygon") ||
        water_kind(relation->tags, &area) == NULL || !area ||
        relation->way_count > BACKDROP_MEMBERS_MAX ||
        b->relation_count == BACKDROP_RELATIONS_MAX)
        return ST_OK;
    int status =
        mem_grow(&b->members, &b->member_capacity, b->member_count + relation->way_count,
                 sizeof *b->members, BACKDROP_WAYS_MAX);
    if (status != ST_OK)
        return status;
    for (uint32_t i = 0; i < relation->way_count; i++)
        b->members[b->member_count++] = (struct member){
            relation->ways[i], b->relation_count, relation->inner[i] != 0};
    b->relation_count++;
    return ST_OK;
}

static int keep_name(struct backdrop *b, const char *name, uint32_t *ret)
{
    *ret = 0;
    if (name == NULL || *name == '\0' || strlen(name) > NAME_MAX_BYTES ||
        !text_is_utf8(name, strlen(name)))
        return ST_OK;
    uint32_t size = (uint32_t)strlen(name) + 1;
    int status = mem_grow(&b->names, &b->names_capacity, b->names_size + size, 1,
                          BACKDROP_NAMES_SIZE_MAX);
    if (status != ST_OK)
        return status;
    memcpy(b->names + b->names_size, name, size);
    *ret = b->names_size;
    b->names_size += size;
    return ST_OK;
}

int backdrop_add_node(struct backdrop *b, const struct osmread_node *node)
{
    static const char *const kinds[] = {"city", "town", "village", "suburb", "island"};
    if (node->tags.count < 2 || b->place_count == BACKDROP_PLACES_MAX)
        return ST_OK;
    struct place place = {.point = node->point};
    place.kind = one_of(osmtags_get(node->tags, "place"), kinds, COUNT_OF(kinds));
    if (place.kind == NULL)
        return ST_OK;
    int status = keep_name(b, osmtags_get(node->tags, "name"), &place.name);
    if (status == ST_OK)
        status = keep_name(b, osmtags_get(node->tags, "name:en"), &place.name_en);
    if (status != ST_OK || place.name == 0)
        return status;
    status = mem_grow(&b->places, &b->place_capacity, b->place_count + 1,
                      sizeof *b->places, BACKDROP_PLACES_MAX);
    if (status == ST_OK)
        b->places[b->place_count++] = place;
    return status;
}

static int member_order(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->way != y->way)
        return x->way < y->way ? -1 : 1;
    return x->relation < y->relation ? -1 : x->relation > y->relation;
}

/* The first member with this way, or the end of the list. */
static uint32_t find_member(struct backdrop *b, int64_t way)
{
    if (!b->members_sorted)
        qsort(b->members, b->member_count, sizeof *b->members, member_order);
    b->members_sorted = true;
    uint32_t low = 0, high = b->member_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (b->members[middle].way < way)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int backdrop_add_way(struct backdrop *b, const struct osmread_way *way)
{
    struct way kept = {
        .id = way->id, .ref_first = b->ref_count, .ref_count = way->ref_count};
    kept.kind = way->tags.count > 0 ? water_kind(way->tags, &kept.area) : NULL;
    uint32_t member = b->member_count > 0 ? find_member(b, way->id) : 0;
    bool is_member = member < b->member_count && b->members[member].way == way->id;
    if ((kept.kind == NULL && !is_member) || way->ref_count < 2 ||
        way->ref_count > BACKDROP_REFS_MAX - b->ref_count)
        return ST_OK;
    int status = mem_grow(&b->ways, &b->way_capacity, b->way_count + 1, sizeof *b->ways,
                          BACKDROP_WAYS_MAX);
    if (status == ST_OK)
        status = mem_grow(&b->refs, &b->ref_capacity, b->ref_count + way->ref_count,
                          sizeof *b->refs, BACKDROP_REFS_MAX);
    if (status != ST_OK)
        return status;
    memcpy(b->refs + b->ref_count, way->refs, way->ref_count * sizeof *way->refs);
    b->ref_count += way->ref_count;
    b->ways[b->way_count++] = kept;
    return ST_OK;
}

/* ---- writing ---------------------------------------------------------------------- */

static void append_point(struct text *text, struct point point)
{
    text_appendf(text, "[%.5f,%.5f]", point_lon(point), point_lat(point));
}

/* False when the file is full. */
static bool open_feature(struct backdrop *b, const char *geometry)
{
    if (b->text.size + (size_t)b->line_count * 24 > BACKDROP_SIZE_MAX)
        return false;
    text_append_string(&b->text, b->feature_count++ > 0 ? ",\n" : "\n");
    text_appendf(
        &b->text,
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"%s\",\"coordinates\":", geometry);
    return true;
}

static void close_feature(struct backdrop *b, const char *kind)
{
    text_appendf(&b->text, "},\"properties\":{\"kind\":\"%s\"}}", kind);
}

static void append_line(struct text *text, const struct point *points, uint32_t count)
{
    text_append(text, "[", 1);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            text_append(text, ",", 1);
        append_point(text, points[i]);
    }
    text_append(text, "]", 1);
}

static int add_point(struct backdrop *b, struct point point)
{
    int status = mem_grow(&b->line, &b->line_capacity, b->line_count + 1, sizeof *b->line,
                          RING_POINTS_MAX);
    if (status == ST_OK)
        b->line[b->line_count++] = point;
    return status;
}

/* Appends the way's points to b->line, from its end if BACKWARDS; unknown nodes are
 * passed over. */
static int trace(struct backdrop *b, const struct way *way, bool backwards)
{
    b->walked += way->ref_count;
    for (uint32_t i = 0; i < way->ref_count; i++) {
        uint32_t at = backwards ? way->ref_count - 1 - i : i;
        uint32_t node = osmnet_find(b->net, b->refs[way->ref_first + at]);
        int status = node == UINT32_MAX ? ST_OK : add_point(b, b->net->nodes[node].point);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}

/* Leaves out points that are too near to be seen; both ends stay. */
static void thin_out(struct backdrop *b)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < b->line_count; i++)
        if (i == 0 || i + 1 == b->line_count ||
            point_distance_m(b->line[left - 1], b->line[i]) >= POINT_GAP_M)
            b->line[left++] = b->line[i];
    b->line_count = left;
}

static bool same(struct point a, struct point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

static bool closed(const struct backdrop *b)
{
    return b->line_count >= 4 && same(b->line[0], b->line[b->line_count - 1]);
}

static int write_way(struct backdrop *b, const struct way *way)
{
    b->line_count = 0;
    int status = trace(b, way, false);
    if (status != ST_OK)
        return status;
    thin_out(b);
    bool area = way->area && closed(b);
    if (b->line_count < 2 || !open_feature(b, area ? "Polygon" : "LineString"))
        return ST_OK;
    if (area)
        text_append(&b->text, "[", 1);
    append_line(&b->text, b->line, b->line_count);
    if (area)
        text_append(&b->text, "]", 1);
    close_feature(b, way->kind);
    return ST_OK;
}

static int way_order(const void *a, const void *b)
{
    const struct way *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int relation_order(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->relation != y->relation)
        return x->relation < y->relation ? -1 : 1;
    if (x->inner != y->inner)
        return x->inner ? 1 : -1;
    return x->way < y->way ? -1 : x->way > y->way;
}

static const struct way *find_way(const struct backdrop *b, int64_t id)
{
    const struct way key = {.id = id};
    return b->way_count == 0
               ? NULL
               : bsearch(&key, b->ways, b->way_count, sizeof *b->ways, way_order);
}

/* The rings of one relation: all points in b->line, ring i up to ring_end[i]. */
struct rings {
    uint32_t end[RINGS_MAX];
    uint32_t count, outer_count;
};

static int64_t first_ref(const struct backdrop *b, const struct way *way, bool last)
{
    return b->refs[way->ref_first + (last ? way->ref_count - 1 : 0)];
}

/* Joins ways that meet end to end, starting with the one at *AT; used ones become NULL.
 */
static int join(struct backdrop *b, const struct way **ways, uint32_t count, uint32_t at)
{
    const struct way *way = ways[at];
    ways[at] = NULL;
    int64_t start = first_ref(b, way, false), end = first_ref(b, way, true);
    int status = trace(b, way, false);
    for (bool found = true; found && start != end && status == ST_OK;) {
        found = false;
        for (uint32_t i = at + 1; i < count && !found; i++) {
            if (ways[i] == NULL)
                continue;
            bool backwards = first_ref(b, ways[i], true) == end;
            if (!backwards && first_ref(b, ways[i], false) != end)
                continue;
            found = true;
            end = first_ref(b, ways[i], !backwards);
            status = trace(b, ways[i], backwards);
            ways[i] = NULL;
        }
    }
    return status;
}

/* Puts the rings of WAYS behind those that are in b->line; what does not close becomes a
 * feature of its own. */
static int join_all(struct backdrop *b, const struct way **ways, uint32_t count,
                    struct rings *rings)
{
    struct point *before = b->line;
    uint32_t before_count = b->line_count, before_capacity = b->line_capacity;
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK && rings->count < RINGS_MAX; i++) {
        if (ways[i] == NULL)
            continue;
        b->line = NULL;
        b->line_count = b->line_capacity = 0;
        status = join(b, ways, count, i);
        thin_out(b);
        struct point *line = b->line;
        uint32_t line_count = b->line_count;
        bool ring = closed(b);
        if (status == ST_OK && !ring && line_count >= 2 &&
            open_feature(b, "LineString")) {
            append_line(&b->text, line, line_count);
            close_feature(b, "water");
        }
        b->line = before;
        b->line_count = before_count;
        b->line_capacity = before_capacity;
        for (uint32_t j = 0; ring && j < line_count && status == ST_OK; j++)
            status = add_point(b, line[j]);
        mem_free(line);
        before = b->line;
        before_count = b->line_count;
        before_capacity = b->line_capacity;
        if (ring)
            rings->end[rings->count++] = b->line_count;
    }
    return status;
}

static uint32_t ring_start(const struct rings *rings, uint32_t ring)
{
    return ring == 0 ? 0 : rings->end[ring - 1];
}

static int ring_polygon(const struct backdrop *b, const struct rings *rings,
                        uint32_t ring, struct polygon *polygon)
{
    polygon_init(polygon);
    int status = ST_OK;
    for (uint32_t i = ring_start(rings, ring); i < rings->end[ring] && status == ST_OK;
         i++)
        status = polygon_point(polygon, b->line[i]);
    if (status == ST_OK)
        status = polygon_ring(polygon);
    if (status == ST_OK)
        status = polygon_part(polygon);
    return status == ST_INVALID ? ST_OK : status; /* too thin: it contains nothing */
}

/* With the inner rings whose first point lies inside. */
static int write_outer(struct backdrop *b, const struct rings *rings, uint32_t outer,
                       bool *used)
{
    struct polygon polygon;
    if (!open_feature(b, "Polygon"))
        return ST_OK;
    int status = ring_polygon(b, rings, outer, &polygon);
    uint32_t start = ring_start(rings, outer);
    text_append(&b->text, "[", 1);
    append_line(&b->text, b->line + start, rings->end[outer] - start);
    for (uint32_t i = rings->outer_count; i < rings->count && status == ST_OK; i++) {
        start = ring_start(rings, i);
        if (used[i] || !polygon_contains(&polygon, b->line[start]))
            continue;
        used[i] = true;
        text_append(&b->text, ",", 1);
        append_line(&b->text, b->line + start, rings->end[i] - start);
    }
    text_append(&b->text, "]", 1);
    close_feature(b, "water");
    polygon_release(&polygon);
    return status;
}

/* MEMBERS belong to one relation, outer ones first. */
static int write_relation(struct backdrop *b, const struct member *members,
                          uint32_t count)
{
    AUTO_FREE const struct way **ways = mem_alloc(count * sizeof *ways);
    AUTO_FREE struct rings *rings = mem_calloc(1, sizeof *rings);
    if (ways == NULL || rings == NULL)
        return ST_NO_MEMORY;
    uint32_t outer_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        ways[i] = find_way(b, members[i].way);
        outer_count += !members[i].inner;
    }
    b->line_count = 0;
    int status = join_all(b, ways, outer_count, rings);
    rings->outer_count = rings->count;
    if (status == ST_OK)
        status = join_all(b, ways + outer_count, count - outer_count, rings);
    bool used[RINGS_MAX] = {false};
    for (uint32_t i = 0; i < rings->outer_count && status == ST_OK; i++)
        status = write_outer(b, rings, i, used);
    return status;
}

static void write_places(struct backdrop *b)
{
    b->line_count = 0;
    for (uint32_t i = 0; i < b->place_count; i++) {
        const struct place *place = &b->places[i];
        if (!open_feature(b, "Point"))
            return;
        append_point(&b->text, place->point);
        text_appendf(&b->text,
                     "},\"properties\":{\"kind\":\"%s\",\"name\":", place->kind);
        text_append_json(&b->text, b->names + place->name);
        if (place->name_en != 0) {
            text_append_string(&b->text, ",\"name_en\":");
            text_append_json(&b->text, b->names + place->name_en);
        }
        text_append_string(&b->text, "}}");
    }
}

static bool tired(const struct backdrop *b)
{
    return b->walked > BACKDROP_POINTS_MAX;
}

int backdrop_draw(struct backdrop *b, const struct osmnet *net, const struct text **ret)
{
    b->net = net;
    *ret = &b->text;
    text_append_string(&b->text, "{\"type\":\"FeatureCollection\",\"features\":[");
    write_places(b); /* first: they must not be lost when the file is full */
    int status = ST_OK;
    if (b->way_count > 0)
        qsort(b->ways, b->way_count, sizeof *b->ways, way_order);
    if (b->member_count > 0)
        qsort(b->members, b->member_count, sizeof *b->members, relation_order);
    for (uint32_t i = 0; i < b->way_count && status == ST_OK && !tired(b); i++)
        if (b->ways[i].kind != NULL)
            status = write_way(b, &b->ways[i]);
    for (uint32_t i = 0, end; i < b->member_count && status == ST_OK && !tired(b);
         i = end) {
        for (end = i + 1;
             end < b->member_count && b->members[end].relation == b->members[i].relation;)
            end++;
        status = write_relation(b, &b->members[i], end - i);
    }
    text_append_string(&b->text, "\n]}\n");
    return status == ST_OK ? b->text.status : status;
}

int backdrop_write(struct backdrop *b, const struct osmnet *net, const char *path,
                   struct diag *reterr)
{
    const struct text *text;
    int status = backdrop_draw(b, net, &text);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, path, "drawing the backdrop: %s",
                        status_text(status));
    return file_write(path, text_string(text), text->size, FILE_MODE, reterr);
}
