/* SPDX-License-Identifier: Apache-2.0 */
/* What the console's map is drawn from: the road network as GeoJSON, made once on a
 * worker thread, gzipped and kept, and the importer's file of water and names. Edges of
 * one class that follow each other become one line. */
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

/* A MultiLineString of the edges of one class from *next on; an edge that starts where
 * the last one ended goes on with its line. */
static bool write_feature(struct text *text, const struct road *road,
                          enum road_class class, uint32_t *next)
{
    const uint32_t count = road_edge_count(road);
    uint32_t lines = 0, end = ROAD_NODE_NONE;
    for (; *next < count; (*next)++) {
        const struct road_edge edge = road_edge(road, *next);
        if (edge.class != class)
            continue;
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
    }
    if (lines > 0)
        text_appendf(text, "]]},\"properties\":{\"c\":\"%s\"}}", class_code(class));
    return lines > 0;
}

static void write_roads(struct text *text, const struct road *road)
{
    text_append_string(text, "{\"type\":\"FeatureCollection\",\"features\":[");
    bool first = true;
    for (int class = 0; class < ROAD_CLASS_COUNT; class ++) {
        for (uint32_t next = 0; next < road_edge_count(road);) {
            const size_t before = text->size;
            if (!first)
                text_append(text, ",", 1);
            if (write_feature(text, road, (enum road_class) class, &next))
                first = false;
            else if (text->status == ST_OK)
                text->size = before;
        }
    }
    if (text->status == ST_OK && text->data != NULL)
        text->data[text->size] = '\0';
    text_append_string(text, "]}");
}

/* ---- GET map/roads ---- */
struct roads_job {
    struct job job;
    char *data;
    size_t size;
};

static void make_roads(struct job *job)
{
    struct roads_job *self = (struct roads_job *)(void *)job;
    struct text text;
    text_init(&text, ROADS_MAX);
    write_roads(&text, job->call->api->config.road);
    job->status = text.status;
    if (job->status == 0)
        job->status = pack_gzip(text.data, text.size, &self->data, &self->size);
    text_release(&text);
}

static bool is_fresh(struct call *call, const char *etag)
{
    call_header(call, "ETag", etag);
    call_header(call, "Cache-Control", "private, max-age=3600");
    const char *match = http_header(call->request, "If-None-Match");
    if (match == NULL || strstr(match, etag) == NULL)
        return false;
    call_empty(call, 304);
    return true;
}

static void send_roads(struct call *call)
{
    const struct map_cache *cache = &call->api->roads;
    call_header(call, "Content-Encoding", "gzip");
    call_header(call, "Vary", "Accept-Encoding");
    http_respond_static(call->request, 200, "application/geo+json", cache->data,
                        cache->size);
}

static void made_roads(struct job *job)
{
    struct roads_job *self = (struct roads_job *)(void *)job;
    struct call *call = job->call;
    struct map_cache *cache = &call->api->roads;
    if (job_refused(job))
        return;
    if (cache->is_ready) { /* two asked at once: the first one counts */
        mem_free(self->data);
    } else {
        cache->data = self->data;
        cache->size = self->size;
        cache->is_ready = true;
    }
    send_roads(call);
}

void map_roads(struct call *call)
{
    struct api *api = call->api;
    if (api->config.road == NULL) {
        struct text text;
        text_init(&text, 128);
        text_append_string(&text, "{\"type\":\"FeatureCollection\",\"features\":[]}");
        call_send(call, 200, "application/geo+json", &text);
        return;
    }
    (void)snprintf(api->roads.etag, sizeof api->roads.etag, "\"r%llx\"",
                   (unsigned long long)road_version(api->config.road));
    if (is_fresh(call, api->roads.etag))
        return;
    if (api->roads.is_ready) {
        send_roads(call);
        return;
    }
    struct roads_job *job = job_new(call, sizeof *job, made_roads);
    if (job != NULL)
        job_work(&job->job, make_roads);
}

/* ---- GET map/backdrop ---- */
void map_backdrop(struct call *call)
{
    const char *path = call->api->config.backdrop_path;
    AUTO_FREE char *data = NULL;
    size_t size = 0;
    struct diag diag;
    if (path == NULL || file_read(path, BACKDROP_MAX, &data, &size, &diag) != 0) {
        struct text text;
        text_init(&text, 128);
        text_append_string(&text, "{\"type\":\"FeatureCollection\",\"features\":[]}");
        call_send(call, 200, "application/geo+json", &text);
        return;
    }
    char etag[32];
    (void)snprintf(etag, sizeof etag, "\"b%x\"", pack_sum(data, size));
    if (!is_fresh(call, etag))
        http_respond(call->request, 200, "application/geo+json", data, size);
}
