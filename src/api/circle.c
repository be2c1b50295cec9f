/* SPDX-License-Identifier: Apache-2.0 */
/* GET circle: from where a place is reached in so many minutes. Searching, drawing and
 * counting are done on a thread of the pool. How many people are inside is told to those
 * who may see people; others get the sites alone: a count at any place for any minute
 * would tell a viewer where somebody lives. */
#include "dispatch/circle.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "dispatch/sites.h"

struct circle_job {
    struct job job;
    struct circle_request request;
    struct sites sites;
    struct text text;
    struct diag diag;
};

static void dispose(struct job *job)
{
    struct circle_job *self = (struct circle_job *)(void *)job;
    sites_release(&self->sites);
    text_release(&self->text);
}

static void work(struct job *job)
{
    struct circle_job *self = (struct circle_job *)(void *)job;
    const struct api_config *api = &job->call->api->config;
    const struct circle_config config = {api->road, api->crowd, api->closures};
    job->status =
        circle_write(&config, &self->request, &self->sites, &self->text, &self->diag);
}

static void answer(struct job *job)
{
    struct circle_job *self = (struct circle_job *)(void *)job;
    if (job->status == ST_UNPROCESSABLE && strcmp(self->diag.where, "at") == 0)
        api_wrong(job->call, "?at", self->diag.text); /* of the query, here */
    else if (job->status != 0)
        call_refuse(job->call, job->status, &self->diag);
    else
        call_send(job->call, 200, "application/geo+json", &self->text);
}

/* False after a 422. */
static bool read_query(struct call *call, struct circle_request *ret)
{
    const char *at = http_query(call->request, "at");
    const char *mode = http_query(call->request, "mode");
    const char *minutes = http_query(call->request, "minutes");
    const char *direction = http_query(call->request, "direction");
    struct diag diag = {0};
    *ret = (struct circle_request){
        .mode = ROAD_FOOT, .direction = ROAD_TO, .now_ms = call->now_ms};
    if (at == NULL || !point_parse(at, &ret->at))
        api_wrong(call, "?at", "must be LAT,LON in degrees, such as 30.70,121.02");
    else if (mode != NULL && !road_mode_parse(mode, &ret->mode))
        api_wrong(call, "?mode", "is none of foot, bike, car");
    else if (circle_parse_minutes(ret, minutes == NULL ? "15" : minutes, &diag) != 0)
        api_wrong(call, "?minutes", diag.text);
    else if (direction != NULL && !road_direction_parse(direction, &ret->direction))
        api_wrong(call, "?direction",
                  "is none of to (who can be there in time), from (who can be reached "
                  "from there)");
    else if (call->api->config.road == NULL)
        api_wrong(call, "?at", "no roads are imported yet");
    else
        return true;
    return false;
}

void circle_get(struct call *call)
{
    struct circle_request request;
    if (!read_query(call, &request))
        return;
    if (api_has_role(call, MAY_SEE_PEOPLE))
        request.flags = CIRCLE_COUNT_PEOPLE;
    struct circle_job *job = job_new(call, sizeof *job, answer);
    if (job == NULL)
        return;
    job->request = request;
    job->job.dispose = dispose;
    text_init(&job->text, CIRCLE_TEXT_MAX);
    const int status = sites_load(&job->sites, call->api->db, NULL);
    if (status != 0) {
        job_free(&job->job);
        call_refuse(call, status, NULL);
        return;
    }
    job_line_put(&call->api->circles, &job->job, work);
}
