/* SPDX-License-Identifier: Apache-2.0 */
/* What the console's map is drawn from: the road network as GeoJSON, and the importer's
 * file of water and names; each is made once on a worker thread, gzipped and kept. The
 * roads come whole, or the main ones and the others apart, as a map of a province is
 * drawn from the main ones until one looks closer; of a box, each time anew. Edges of one
 * class that follow each other become one line. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/pack.h"
#include "base/file.h"
#include "road/road.h"

#include <stdio.h>

#define ROADS_MAX (512 * 1024 * 1024)
#define BACKDROP_MAX (64 * 1024 * 1024)
#define LINES_PER_FEATURE 500

/* ---- writing ---- */
static const char *class_code(enum road_class class)
{
    switch (class) {
    case ROAD_SERVICE:
    case ROAD_OTHER:
        return "minor";
    default:
        return road_class_name(class);
    }
}

static void write_position(struct text *text, struct point at, bool first)
{
    text_appendf(text, "%s[%.5f,%.5f]", first ? "" : ",", point_lon(at), point_lat(at));
}

/* The points of an edge behind its first one, in the direction from its end START. */
static void write_edge(struct text *text, const struct road *road, uint32_t number,
                       const struct road_edge *edge, bool backwards)
{
    for (uint32_t i = 1; i < edge->point_count; i++)
        write_position(
            text,
            road_edge_point(road, number, backwards ? edge->point_count - 1 - i : i),
            false);
}

/* A MultiLineString of the edges of one class that touch BOX, from *next on; an edge that
 * starts where the last one ended goes on with its line. */
static bool write_feature(struct text *text, const struct road *road, struct box box,
                          enum road_class class, uint32_t *next)
{
    uint32_t lines = 0, end = ROAD_NODE_NONE;
    while ((*next = road_edge_next_in(road, box, *next)) != ROAD_NODE_NONE) {
        const struct road_edge edge = road_edge(road, *next);
        if (edge.class != class) {
            ++*next;
            continue;
        }
        const bool goes_on =
            end != ROAD_NODE_NONE && (edge.node[0] == end || edge.node[1] == end);
        if (!goes_on && lines == LINES_PER_FEATURE)
            break;
        const bool backwards = goes_on && edge.node[0] != end;
        if (!goes_on) {
            text_append_string(text, lines == 0
                                         ? "{\"type\":\"Feature\",\"geometry\":{\"type\":"
                                           "\"MultiLineString\",\"coordinates\":[["
                                         : "],[");
            lines++;
            write_position(text, road_edge_point(road, *next, 0), true);
        }
        write_edge(text, road, *next, &edge, backwards);
        end = edge.node[backwards ? 0 : 1];
        ++*next;
    }
    if (lines > 0)
        text_appendf(text, "]]},\"properties\":{\"c\":\"%s\"}}", class_code(class));
    return lines > 0;
}

/* What is seen from afar. */
static bool is_main(enum road_class class)
{
    return class <= ROAD_TERTIARY || class == ROAD_FERRY;
}

static void write_roads(struct text *text, const struct road *road, struct box box,
                        enum map_part part)
{
    text_append_string(text, "{\"type\":\"FeatureCollection\",\"features\":[");
    bool first = true;
    for (int class = 0; class < ROAD_CLASS_COUNT; class ++) {
        if (part != MAP_ROADS && (part == MAP_MAIN) != is_main((enum road_class) class))
            continue;
        for (uint32_t next = 0; next < road_edge_count(road);) {
            const size_t before = text->size;
            if (!first)
                text_append(text, ",", 1);
            if (write_feature(text, road, box, (enum road_class) class, &next))
                first = false;
            else if (text->status == ST_OK)
                text->size = before;
        }
    }
    if (text->status == ST_OK && text->data != NULL)
        text->data[text->size] = '\0';
    text_append_string(text, "]}");
}

/* ---- what is made on a worker thread ---- */
struct map_job {
    struct job job;
    enum map_part part;
    struct box box; /* of roads */
    bool is_kept;   /* it is of the whole */
    bool is_plain;  /* the client takes no gzip */
    char *data;     /* gzip, if it is not plain */
    size_t size;
    uint32_t sum; /* of the backdrop as it is in the file */
};

static void release_made(struct job *job)
{
    mem_free(((struct map_job *)(void *)job)->data);
}

static void make_roads(struct job *job)
{
    struct map_job *self = (struct map_job *)(void *)job;
    struct text text;
    text_init(&text, ROADS_MAX);
    write_roads(&text, job->call->api->config.road, self->box, self->part);
    job->status = text.status;
    if (job->status == 0)
        job->status =
            pack_gzip(text.data, text.size, PACK_WELL, &self->data, &self->size);
    text_release(&text);
}

static void make_backdrop(struct job *job)
{
    struct map_job *self = (struct map_job *)(void *)job;
    AUTO_FREE char *data = NULL;
    size_t size = 0;
    struct diag diag;
    job->status = file_read(job->call->api->config.backdrop_path, BACKDROP_MAX, &data,
                            &size, &diag);
    if (job->status != 0)
        return;
    self->sum = pack_sum(data, size);
    if (self->is_plain) {
        self->data = data;
        self->size = size;
        data = NULL;
        return;
    }
    job->status = pack_gzip(data, size, PACK_WELL, &self->data, &self->size);
}

/* ---- answers ---- */
static void send_nothing(struct call *call)
{
    struct text text;
    text_init(&text, 128);
    text_append_string(&text, "{\"type\":\"FeatureCollection\",\"features\":[]}");
    call_send(call, 200, "application/geo+json", &text);
}

static bool is_fresh(struct call *call, const char *etag)
{
    call_header(call, "Vary", "Accept-Encoding");
    return call_is_fresh(call, etag, "private, max-age=3600");
}

static void send_kept(struct call *call, const struct map_cache *cache)
{
    call_header(call, "Content-Encoding", "gzip");
    http_respond_static(call->request, 200, "application/geo+json", cache->data,
                        cache->size);
}

/* Two asked at once: the first one counts. */
static const struct map_cache *keep(struct map_job *self)
{
    struct map_cache *cache = &self->job.call->api->map[self->part];
    if (!cache->is_ready) {
        cache->data = self->data;
        cache->size = self->size;
        cache->is_ready = true;
        self->data = NULL;
    }
    return cache;
}

static void made_roads(struct job *job)
{
    struct map_job *self = (struct map_job *)(void *)job;
    if (job_refused(job))
        return;
    if (self->is_kept) {
        send_kept(job->call, keep(self));
        return;
    }
    call_header(job->call, "Content-Encoding", "gzip");
    http_respond(job->call->request, 200, "application/geo+json", self->data, self->size);
}

/* ---- GET map/roads ---- */
/* ?class and ?box=west,south,east,north; false after a 422. */
static bool read_query(struct call *call, enum map_part *ret_part, struct box *ret_box)
{
    const char *class = http_query(call->request, "class");
    const char *box = http_query(call->request, "box");
    double west, south, east, north;
    struct box found;
    char end;
    if (class != NULL && strcmp(class, "main") != 0 && strcmp(class, "minor") != 0) {
        api_wrong(call, "?class", "is none of main, minor");
        return false;
    }
    *ret_part = class == NULL ? MAP_ROADS : class[1] == 'a' ? MAP_MAIN : MAP_MINOR;
    if (box == NULL)
        return true;
    if (sscanf(box, "%lf,%lf,%lf,%lf%c", &west, &south, &east, &north, &end) != 4 ||
        !point_from_degrees(south, west, &found.min) ||
        !point_from_degrees(north, east, &found.max) || south > north || west > east) {
        api_wrong(call, "?box", "must be four degrees: west,south,east,north");
        return false;
    }
    *ret_box = found;
    return true;
}

void map_roads(struct call *call)
{
    const struct road *road = call->api->config.road;
    enum map_part part;
    const struct box whole = road == NULL ? (struct box){{0, 0}, {0, 0}} : road_box(road);
    struct box box = whole;
    if (!read_query(call, &part, &box))
        return;
    if (road == NULL) {
        send_nothing(call);
        return;
    }
    char etag[24];
    (void)snprintf(etag, sizeof etag, "\"r%llx\"",
                   (unsigned long long)road_version(road));
    if (is_fresh(call, etag))
        return;
    const bool is_whole = box_contains(box, whole.min) && box_contains(box, whole.max);
    if (is_whole && call->api->map[part].is_ready) {
        send_kept(call, &call->api->map[part]);
        return;
    }
    struct map_job *job = job_new(call, sizeof *job, made_roads);
    if (job == NULL)
        return;
    job->part = part;
    job->box = box;
    job->is_kept = is_whole;
    job->job.dispose = release_made;
    job_line_put(&call->api->maps, &job->job, make_roads);
}

/* ---- GET map/backdrop ---- */
/* The import replaces the file only while no server runs. */
static void send_backdrop(struct call *call)
{
    const struct map_cache *cache = &call->api->map[MAP_BACKDROP];
    if (!is_fresh(call, cache->etag))
        send_kept(call, cache);
}

static void made_backdrop(struct job *job)
{
    struct map_job *self = (struct map_job *)(void *)job;
    struct map_cache *cache = &job->call->api->map[MAP_BACKDROP];
    if (job->status != 0) {
        send_nothing(job->call);
        return;
    }
    (void)snprintf(cache->etag, sizeof cache->etag, "\"b%x\"", self->sum);
    if (!self->is_plain) {
        (void)keep(self);
        send_backdrop(job->call);
    } else if (!is_fresh(job->call, cache->etag)) {
        http_respond(job->call->request, 200, "application/geo+json", self->data,
                     self->size);
    }
}

void map_backdrop(struct call *call)
{
    const bool is_plain =
        !pack_is_accepted(http_header(call->request, "Accept-Encoding"));
    if (!is_plain && call->api->map[MAP_BACKDROP].is_ready) {
        send_backdrop(call);
        return;
    }
    if (call->api->config.backdrop_path == NULL) {
        send_nothing(call);
        return;
    }
    struct map_job *job = job_new(call, sizeof *job, made_backdrop);
    if (job == NULL)
        return;
    job->part = MAP_BACKDROP;
    job->is_plain = is_plain;
    job->job.dispose = release_made;
    job_line_put(&call->api->maps, &job->job, make_backdrop);
}
