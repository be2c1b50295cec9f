/* SPDX-License-Identifier: Apache-2.0 */
/* The desks of areas: where its duty room is written to. For those who act there; set by
 * commanders. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "store/desk.h"

#include <stdio.h>

struct list {
    struct call *call;
    struct text text;
    struct desk_try *tries;
    uint32_t try_count;
};

static void write_tries(struct list *list, int64_t area_id)
{
    out_open(&list->text, "last", '[');
    for (uint32_t i = 0; i < list->try_count; i++) {
        const struct desk_try *one = &list->tries[i];
        if (one->area_id != area_id)
            continue;
        out_open(&list->text, NULL, '{');
        out_text(&list->text, "channel", one->channel);
        out_text(&list->text, "state", one->state);
        out_time_if(&list->text, "at", one->at_ms);
        out_close(&list->text, '}');
    }
    out_close(&list->text, ']');
}

static int write_desk(void *context, const struct desk *desk)
{
    struct list *list = context;
    if (api_may(list->call, MAY_DISPATCH, desk->area_id, false) != 0)
        return 0;
    out_open(&list->text, NULL, '{');
    api_write_area(list->call, &list->text, desk->area_id);
    out_text_if(&list->text, "email", desk->email);
    write_tries(list, desk->area_id);
    out_close(&list->text, '}');
    return list->text.status;
}

void desks_list(struct call *call)
{
    struct list list = {.call = call};
    call_list_begin(&list.text);
    int status = desk_tries(call->api->db, &list.tries, &list.try_count);
    if (status == 0)
        status = desks_each(call->api->db, call->api->config.vault, write_desk, &list);
    call_list_end(call, &list.text, status);
    mem_free(list.tries);
}

/* ---- PUT and DELETE desks/{area} ---- */
struct desk_job {
    struct job job;
    struct desk desk;
};

static void answer(struct job *job)
{
    if (!job_refused(job))
        call_empty(job->call, 204);
}

static int run_put(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    const struct desk_job *self = (struct desk_job *)(void *)job;
    return desk_put(writer, &self->desk, job->call->session.account.id, now_ms, reterr);
}

static int run_remove(struct job *job, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)reterr;
    const struct desk_job *self = (struct desk_job *)(void *)job;
    return desk_remove(writer, self->desk.area_id, job->call->session.account.id, now_ms);
}

/* Of the path's area; NULL after a 403 or 404. */
static struct desk_job *open_job(struct call *call)
{
    const struct area *area = area_by_code(&call->api->areas, call->word);
    if (area == NULL) {
        call_refuse(call, ST_NOT_FOUND, NULL);
        return NULL;
    }
    if (!api_require_there(call, MAY_COMMAND, area->id, false))
        return NULL;
    struct desk_job *job = job_new(call, sizeof *job, answer);
    if (job != NULL)
        job->desk.area_id = area->id;
    return job;
}

void desks_put(struct call *call)
{
    const struct in_desk *in = call->input;
    const char *email = in->email.value == NULL ? "" : in->email.value;
    const char *wrong = desk_judge(email, call->api->config.config->channels);
    if (wrong != NULL) {
        api_wrong(call, "/email", wrong);
        return;
    }
    struct desk_job *job = open_job(call);
    if (job == NULL)
        return;
    (void)snprintf(job->desk.email, sizeof job->desk.email, "%s", email);
    job_run(&job->job, run_put);
}

void desks_delete(struct call *call)
{
    struct desk_job *job = open_job(call);
    if (job != NULL)
        job_run(&job->job, run_remove);
}
