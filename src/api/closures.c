/* SPDX-License-Identifier: Apache-2.0 */
/* Roads closed or slow for now. Closing one takes three stages, for two of them walk over
 * the whole network and so belong on a thread of the pool: which edges, the row, the new
 * set. The answer leaves when the roads are closed to the next plan. */
#include "dispatch/closures.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "geo/geojson.h"
#include "road/road.h"
#include "store/response.h"

#include <math.h>
#include <string.h>

#define CIRCLE_POINTS 8    /* looked at for whose area a circle lies in */
#define POINTS_JUDGED 2000 /* of a polygon by who may not close everywhere */
#define EDGES_DRAWN 4000   /* of one closure */
#define POLYGON_SIZE_MAX (1024 * 1024)

struct closure_job {
    struct job job;
    struct closure closure; /* its reason lives in the body of the call */
    char *polygon;
    uint32_t edges;
    struct diag diag;
};

/* ---- the list ---- */
struct list {
    struct call *call;
    const struct closures_state *state;
    struct text text;
};

static void write_lines(const struct list *list, struct text *text, int64_t id)
{
    const struct road *road = list->call->api->config.road;
    uint32_t count;
    const uint32_t *edges = closures_edges(list->state, id, &count);
    out_int(text, "edges", count);
    out_open(text, "roads", '{');
    out_text(text, "type", "MultiLineString");
    out_open(text, "coordinates", '[');
    for (uint32_t i = 0; i < count && i < EDGES_DRAWN && road != NULL; i++) {
        const struct road_edge edge = road_edge(road, edges[i]);
        out_open(text, NULL, '[');
        for (uint32_t j = 0; j < edge.point_count; j++) {
            if (j > 0)
                text_append(text, ",", 1);
            geojson_point_append(text, road_edge_point(road, edges[i], j));
        }
        out_close(text, ']');
    }
    out_close(text, ']');
    out_close(text, '}');
}

static int write_closure(void *context, const struct closure *closure)
{
    struct list *list = context;
    struct text *text = &list->text;
    out_open(text, NULL, '{');
    out_int(text, "id", closure->id);
    out_point(text, "at", closure->at);
    if (closure->radius_m > 0)
        out_int(text, "radius", closure->radius_m);
    if (closure->polygon != NULL)
        out_raw(text, "polygon", closure->polygon);
    if (closure->limit_kmh > 0)
        out_int(text, "limit_kmh", closure->limit_kmh);
    out_text(text, "reason", closure->reason);
    if (closure->actor == 0)
        out_text(text, "by", "system"); /* the command line */
    else
        api_write_account(list->call, text, "by", closure->actor);
    out_time_if(text, "from", closure->made_ms);
    out_time_if(text, "until", closure->until_ms);
    write_lines(list, text, closure->id);
    out_close(text, '}');
    return 0;
}

void closures_list(struct call *call)
{
    struct closures *closures = call->api->config.closures;
    struct list list = {.call = call, .state = closures_take(closures)};
    text_init(&list.text, CALL_ANSWER_MAX);
    out_open(&list.text, NULL, '{');
    out_open(&list.text, "items", '[');
    const int status = closures_each(call->api->db, call->now_ms, write_closure, &list);
    out_close(&list.text, ']');
    out_int(&list.text, "version", (int64_t)closures_version(list.state));
    out_close(&list.text, '}');
    closures_give(closures, list.state);
    if (status != 0) {
        text_release(&list.text);
        call_refuse(call, status, NULL);
        return;
    }
    call_json(call, 200, &list.text);
}

/* ---- stages ---- */
static void dispose(struct job *job)
{
    mem_free(((struct closure_job *)(void *)job)->polygon);
}

/* A job for the next stage, with what the one before it knows. NULL after a 503. */
static struct closure_job *next_stage(struct closure_job *before,
                                      void (*answer)(struct job *))
{
    struct closure_job *job = job_new(before->job.call, sizeof *job, answer);
    if (job == NULL)
        return NULL;
    job->closure = before->closure;
    job->edges = before->edges;
    job->polygon = before->polygon;
    before->polygon = NULL;
    job->job.dispose = dispose;
    return job;
}

static void refresh_work(struct job *job)
{
    struct api *api = job->call->api;
    job->status =
        closures_refresh(api->config.closures, clock_wall_ms(api->config.clock), NULL);
}

static void closed_answer(struct job *job)
{
    struct closure_job *self = (struct closure_job *)(void *)job;
    if (job_refused(job))
        return;
    struct text text;
    text_init(&text, 256);
    out_open(&text, NULL, '{');
    out_int(&text, "id", self->closure.id);
    out_int(&text, "edges", self->edges);
    out_close(&text, '}');
    call_json(job->call, 201, &text);
}

static void put_answer(struct job *job)
{
    struct closure_job *self = (struct closure_job *)(void *)job;
    if (job_refused(job))
        return;
    self->closure.id = job->command->result_id;
    struct closure_job *next = next_stage(self, closed_answer);
    if (next != NULL)
        job_work(&next->job, refresh_work);
}

static int put_run(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct closure_job *self = (struct closure_job *)(void *)job;
    const int status = closure_put(writer, &self->closure, now_ms);
    job->own.command.result_id = self->closure.id;
    return status == ST_LIMIT ? diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "at",
                                         "%d closures are in force already", CLOSURES_MAX)
                              : status;
}

static void check_work(struct job *job)
{
    struct closure_job *self = (struct closure_job *)(void *)job;
    job->status = closures_check(job->call->api->config.closures, &self->closure,
                                 &self->edges, &self->diag);
}

static void check_answer(struct job *job)
{
    struct closure_job *self = (struct closure_job *)(void *)job;
    if (job->status != 0) {
        call_refuse(job->call, job->status, &self->diag);
        return;
    }
    struct closure_job *next = next_stage(self, put_answer);
    if (next != NULL)
        job_run(&next->job, put_run);
}

/* ---- closing ---- */
/* The polygon as one geometry, and its points in RET; its first point is the closure's
 * place unless one was given. False after a 422. */
static bool read_polygon(struct call *call, const struct in_closure *in,
                         struct closure_job *job, struct polygon *ret)
{
    char *data = json_dumps(in->polygon.value, JSON_COMPACT);
    struct diag diag = {0};
    int status = data == NULL ? ST_NO_MEMORY
                              : geojson_polygon_parse(data, strlen(data), ret, &diag);
    json_malloc_t get;
    json_free_t release;
    json_get_alloc_funcs(&get, &release);
    release(data);
    if (status != 0) {
        api_wrong(call, "/polygon", diag.text[0] == '\0' ? "is no polygon" : diag.text);
        return false;
    }
    struct text text;
    text_init(&text, POLYGON_SIZE_MAX);
    geojson_polygon_append(&text, ret);
    if (!in->at.given)
        job->closure.at = ret->points[0];
    job->polygon = text.status == 0 ? text_take(&text) : NULL;
    job->closure.polygon = job->polygon;
    text_release(&text);
    if (job->polygon == NULL)
        api_wrong(call, "/polygon", "is too large");
    return job->polygon != NULL;
}

static bool check_fields(struct call *call, const struct in_closure *in)
{
    const char *reason = in->reason.value;
    const char *pointer = NULL, *why = NULL;
    if (text_is_blank(reason))
        pointer = "/reason", why = "must say why";
    else if (!in->at.given && in->polygon.value == NULL)
        pointer = "/at", why = "is required, or a polygon";
    else if (in->radius.given && in->polygon.value != NULL)
        pointer = "/radius", why = "either a radius or a polygon, not both";
    else if (in->until.given && in->until.value <= call->now_ms)
        pointer = "/until", why = "must lie ahead";
    else if (call->api->config.closures == NULL)
        pointer = "/at", why = "no roads are imported yet";
    if (pointer != NULL)
        api_wrong(call, pointer, why);
    return pointer == NULL;
}

static bool may_close_at(struct call *call, struct point at)
{
    return api_require_at(call, MAY_DISPATCH, at, false);
}

static bool may_close_circle(struct call *call, struct point centre, double radius_m)
{
    for (int i = 0; i < CIRCLE_POINTS; i++) {
        const double angle = i * 2 * M_PI / CIRCLE_POINTS;
        const double north_m = radius_m * cos(angle), east_m = radius_m * sin(angle);
        if (!may_close_at(call, point_moved(centre, north_m, east_m)))
            return false;
    }
    return true;
}

/* Nobody closes the roads of others: the place, every corner of POLYGON (empty: there is
 * none) and a circle all around lie where the account may. False after a 422, 403 or
 * 404. Cost O(points of the polygon x areas). */
static bool may_close(struct call *call, const struct closure *closure,
                      const struct polygon *polygon)
{
    if (api_may(call, MAY_DISPATCH, call->api->areas.areas[0].id, false) == 0)
        return true;
    if (!may_close_at(call, closure->at))
        return false;
    if (polygon->point_count > POINTS_JUDGED) {
        api_wrong(call, "/polygon",
                  "has more than 2000 corners: only who may close roads in all areas may "
                  "draw so many");
        return false;
    }
    for (uint32_t i = 0; i < polygon->point_count; i++)
        if (!may_close_at(call, polygon->points[i]))
            return false;
    return closure->radius_m == 0 ||
           may_close_circle(call, closure->at, closure->radius_m);
}

void closures_post(struct call *call)
{
    const struct in_closure *in = call->input;
    struct polygon polygon;
    if (!check_fields(call, in))
        return;
    struct closure_job *job = job_new(call, sizeof *job, check_answer);
    if (job == NULL)
        return;
    job->job.dispose = dispose;
    job->closure = (struct closure){.at = in->at.at,
                                    .radius_m = (uint32_t)in->radius.value,
                                    .limit_kmh = (uint32_t)in->limit_kmh.value,
                                    .until_ms = in->until.value,
                                    .reason = in->reason.value,
                                    .actor = call->session.account.id};
    polygon_init(&polygon);
    if ((in->polygon.value == NULL || read_polygon(call, in, job, &polygon)) &&
        may_close(call, &job->closure, &polygon))
        job_work(&job->job, check_work);
    else
        job_free(&job->job);
    polygon_release(&polygon);
}

/* ---- opening ---- */
static void opened_answer(struct job *job)
{
    if (!job_refused(job))
        call_empty(job->call, 204);
}

static void lift_answer(struct job *job)
{
    if (job_refused(job))
        return;
    struct closure_job *next =
        next_stage((struct closure_job *)(void *)job, opened_answer);
    if (next != NULL)
        job_work(&next->job, refresh_work);
}

static int lift_run(struct job *job, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    (void)reterr;
    const struct call *call = job->call;
    return closure_lift(writer, call->id, call->session.account.id, now_ms);
}

struct opening {
    struct call *call;
    bool may;
};

/* Who could not have closed it does not open it. 1 = it is the one, and judged. */
static int judge_opening(void *context, const struct closure *closure)
{
    struct opening *opening = context;
    if (closure->id != opening->call->id)
        return 0;
    struct polygon polygon;
    struct diag diag = {0};
    polygon_init(&polygon);
    const char *text = closure->polygon;
    const int status =
        text == NULL ? ST_OK : geojson_polygon_parse(text, strlen(text), &polygon, &diag);
    opening->may = status == ST_OK && may_close(opening->call, closure, &polygon);
    polygon_release(&polygon);
    return status == ST_OK ? 1 : status;
}

void closures_delete(struct call *call)
{
    struct opening opening = {.call = call};
    int status = ST_NOT_FOUND;
    if (call->api->config.closures != NULL)
        status = closures_each(call->api->db, call->now_ms, judge_opening, &opening);
    if (status != 1) {
        call_refuse(call, status == ST_OK ? ST_NOT_FOUND : status, NULL);
        return;
    }
    if (!opening.may)
        return;
    struct closure_job *job = job_new(call, sizeof *job, lift_answer);
    if (job == NULL)
        return;
    job->job.dispose = dispose;
    job_run(&job->job, lift_run);
}
