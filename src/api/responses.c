/* SPDX-License-Identifier: Apache-2.0 */
/* Response levels of areas: III and IV by dispatchers, I and II by a commander with a
 * second confirmation. One holds for all areas under its own, and who has a role there
 * reads it, too. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "loop/names.h"
#include "store/response.h"

static void write_response(struct call *call, struct text *text,
                           const struct response *response)
{
    out_open(text, NULL, '{');
    out_int(text, "id", response->id);
    api_write_area(call, text, response->area_id);
    out_text(text, "hazard", incident_kind_code(response->hazard));
    out_text(text, "level", response_level_code(response->level));
    out_text(text, "state", response->state);
    out_time_if(text, "from", response->from_ms);
    out_time_if(text, "to", response->to_ms);
    api_write_account(call, text, "started_by", response->started_by);
    api_write_account(call, text, "confirmed_by", response->confirmed_by);
    out_close(text, '}');
}

/* Whether what holds for AREA_ID holds for an area of the viewer, or lies in one. */
static bool is_of_viewer(const struct call *call, int64_t area_id)
{
    const struct account *account = &call->session.account;
    if (api_may(call, MAY_READ, area_id, true) == 0)
        return true;
    for (uint32_t i = 0; i < account->role_count; i++)
        if (area_is_under(&call->api->areas, account->roles[i].area_id, area_id))
            return true;
    return false;
}

void responses_list(struct call *call)
{
    static const char *const states[] = {"proposed", "running", "ended", NULL};
    const char *state = http_query(call->request, "state");
    if (state != NULL && body_code(states, state) < 0) {
        api_wrong(call, "?state", "is not known; known are: proposed, running, ended");
        return;
    }
    struct text text;
    call_list_begin(&text);
    struct query *query =
        db_query(call->api->db, "SELECT id FROM response WHERE ?1 = '' OR CASE WHEN"
                                " to_ms <> 0 AND to_ms <= ?2 THEN 'ended' ELSE state END"
                                " = ?1 ORDER BY id DESC LIMIT 500");
    query_text(query, 1, state == NULL ? "" : state);
    query_int(query, 2, call->now_ms);
    int status;
    while ((status = query_step(query)) > 0) {
        struct response response;
        if (response_read(call->api->db, query_get_int(query, 0), call->now_ms,
                          &response) == 0 &&
            is_of_viewer(call, response.area_id))
            write_response(call, &text, &response);
    }
    call_list_end(call, &text, status);
}

struct response_job {
    struct job job;
    struct response response;
    enum response_step step;
};

static void response_answer(struct job *job)
{
    struct response_job *self = (struct response_job *)(void *)job;
    struct call *call = job->call;
    if (job_refused(job))
        return;
    if (job->command->repeated && response_read(call->api->db, job->command->result_id,
                                                call->now_ms, &self->response) != 0) {
        call_refuse(call, ST_NOT_FOUND, NULL);
        return;
    }
    const char *kept = job_kept_state(job);
    call_state(call, self->response.id, kept == NULL ? self->response.state : kept);
}

static int put_run(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct response_job *self = (struct response_job *)(void *)job;
    const int status = response_put(writer, &self->response, now_ms, reterr);
    job->own.command.result_id = self->response.id;
    if (status == ST_OK)
        job_keep_state(job, self->response.state);
    return status;
}

/* I and II are for commanders. */
static unsigned who_may(enum response_level level)
{
    return level >= LEVEL_II ? MAY_COMMAND : MAY_DISPATCH;
}

void responses_post(struct call *call)
{
    const struct in_response *in = call->input;
    const struct area *area =
        api_area_named(call, "/area", in->area.value, MAY_DISPATCH, false);
    if (area == NULL)
        return;
    const enum response_level level = (enum response_level)in->level.value;
    if (!api_require(call, who_may(level), area->id, false))
        return;
    if (in->to.given && in->to.value <= call->now_ms) {
        api_wrong(call, "/to", "must lie ahead");
        return;
    }
    struct response_job *job = job_new(call, sizeof *job, response_answer);
    if (job == NULL)
        return;
    job->response = (struct response){.area_id = area->id,
                                      .hazard = (enum incident_kind)in->hazard.value,
                                      .level = level,
                                      .to_ms = in->to.value,
                                      .started_by = call->session.account.id};
    job_run(&job->job, put_run);
}

static int step_run(struct job *job, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    struct response_job *self = (struct response_job *)(void *)job;
    const int64_t id = self->response.id, actor = job->call->session.account.id;
    job->own.command.result_id = id;
    const int status =
        self->step == RESPONSE_STEP_CONFIRM
            ? response_confirm(writer, id, actor, now_ms, &self->response, reterr)
            : response_end(writer, id, actor, now_ms, &self->response, reterr);
    if (status == ST_OK)
        job_keep_state(job, self->response.state);
    return status;
}

void responses_step(struct call *call)
{
    const struct in_step *in = call->input;
    struct response response;
    const int status = response_read(call->api->db, call->id, call->now_ms, &response);
    if (status != 0) {
        call_refuse(call, status, NULL);
        return;
    }
    if (!api_require(call, who_may(response.level), response.area_id, false))
        return;
    struct response_job *job = job_new(call, sizeof *job, response_answer);
    if (job == NULL)
        return;
    job->response = response;
    job->step = (enum response_step)in->step.value;
    job_run(&job->job, step_run);
}
