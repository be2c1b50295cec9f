/* SPDX-License-Identifier: Apache-2.0 */
/* GET coverage: what all sites of some kinds reach together, and where new ones would
 * help most. No people are counted, so everybody signed in may ask: one is worked out at
 * a time, on a thread of the pool, and the others wait, so that nobody's plan or sign-in
 * waits for many of them. */
#include "dispatch/coverage.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "dispatch/sites.h"

#include <stdio.h>

#define COVERAGE_TEXT_MAX (64u << 20)

struct coverage_job {
    struct job job;
    struct coverage_request request;
    struct area_tree areas;
    struct sites sites;
    struct text text;
    struct diag diag;
};

static void dispose(struct job *job)
{
    struct coverage_job *self = (struct coverage_job *)(void *)job;
    area_tree_release(&self->areas);
    sites_release(&self->sites);
    text_release(&self->text);
}

static void work(struct job *job)
{
    struct coverage_job *self = (struct coverage_job *)(void *)job;
    const struct api_config *api = &job->call->api->config;
    const struct coverage_config config = {api->road, api->closures,
                                           &job->call->api->stopping};
    struct db *db;
    job->status = db_open(&db, api->db_path, DB_READ, &self->diag);
    if (job->status != ST_OK)
        return;
    job->status = sites_load(&self->sites, db, NULL);
    if (job->status == ST_OK)
        job->status = area_tree_load(&self->areas, db);
    db_close(db);
    if (job->status == ST_OK)
        job->status = coverage_write(&config, &self->request, &self->areas, &self->sites,
                                     &self->text, &self->diag);
}

static void answer(struct job *job)
{
    struct coverage_job *self = (struct coverage_job *)(void *)job;
    if (job->status == ST_LIMIT && self->diag.where[0] != '\0') {
        char pointer[sizeof self->diag.where + 1];
        (void)snprintf(pointer, sizeof pointer, "?%s", self->diag.where);
        api_wrong(job->call, pointer, self->diag.text);
    } else if (job->status != 0)
        call_refuse(job->call, job->status, &self->diag);
    else
        call_json(job->call, 200, &self->text);
}

/* False after a 422. */
static bool read_query(struct call *call, struct coverage_request *ret)
{
    const char *kind = http_query(call->request, "kind");
    const char *mode = http_query(call->request, "mode");
    const char *direction = http_query(call->request, "direction");
    const char *code = http_query(call->request, "area");
    const struct area *area = code == NULL ? NULL : area_by_code(&call->api->areas, code);
    struct diag diag = {0};
    int64_t minutes, propose;
    *ret = (struct coverage_request){.mode = ROAD_FOOT, .direction = ROAD_FROM};
    if (kind != NULL && coverage_parse_kinds(ret, kind, &diag) != 0)
        api_wrong(call, "?kind", diag.text);
    else if (mode != NULL && !road_mode_parse(mode, &ret->mode))
        api_wrong(call, "?mode", "is none of foot, bike, car");
    else if (direction != NULL && !road_direction_parse(direction, &ret->direction))
        api_wrong(call, "?direction",
                  "is none of from (help goes out from a site), to (people come to it)");
    else if (code != NULL && area == NULL)
        api_wrong(call, "?area", "there is no such area");
    else if (call->api->config.road == NULL)
        api_wrong(call, "?mode", "no roads are imported yet");
    else if (call_query_int(call, "minutes", 1, COVERAGE_MINUTES_MAX, 15, &minutes) &&
             call_query_int(call, "propose", 0, COVERAGE_PROPOSE_MAX, 0, &propose)) {
        ret->minutes = (uint32_t)minutes;
        ret->propose = (uint32_t)propose;
        ret->area_id = area == NULL ? 0 : area->id;
        return true;
    }
    return false;
}

void coverage_get(struct call *call)
{
    struct coverage_request request;
    if (!read_query(call, &request))
        return;
    struct coverage_job *job = job_new(call, sizeof *job, answer);
    if (job == NULL)
        return;
    job->request = request;
    job->job.dispose = dispose;
    text_init(&job->text, COVERAGE_TEXT_MAX);
    job_line_put(&call->api->coverages, &job->job, work);
}
