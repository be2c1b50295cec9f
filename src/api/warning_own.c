/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings that came by telephone, fax or word of mouth, entered by an office for areas
 * that it dispatches in; and the end of any warning by who dispatches in all its areas.
 */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "api/warnings.h"
#include "store/warning.h"

#define BODY_MAX (64 * 1024)

/* ---- POST warnings/own ---- */
struct own_job {
    struct job job;
    struct warning_message message;
    int64_t areas[WARNING_OWN_AREAS_MAX];
    struct text body;
};

static void dispose(struct job *job)
{
    text_release(&((struct own_job *)(void *)job)->body);
}

/* Whoever enters it has heard of it: the offices in which they act. */
static int hear(struct writer *writer, const struct call *call, int64_t id,
                int64_t now_ms)
{
    const struct account *account = &call->session.account;
    int status = ST_OK;
    for (uint32_t i = 0; i < account->role_count && status == ST_OK; i++)
        if ((MAY_DISPATCH & 1U << account->roles[i].role) != 0)
            status =
                warning_hear(writer, id, account->roles[i].area_id, account->id, now_ms);
    return status;
}

static int put_run(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    (void)reterr;
    struct own_job *self = (struct own_job *)(void *)job;
    const int status = warning_put_own(writer, &self->message, now_ms);
    job->own.command.result_id = self->message.warning.id;
    return status != ST_OK ? status
                           : hear(writer, job->call, self->message.warning.id, now_ms);
}

static void put_answer(struct job *job)
{
    if (job_refused(job))
        return;
    struct text text;
    text_init(&text, 64);
    out_open(&text, NULL, '{');
    out_int(&text, "id", job->command->result_id);
    out_close(&text, '}');
    call_json(job->call, 201, &text);
}

/* The areas by their codes, none twice. False after a 422 or a 403. */
static bool read_areas(struct call *call, struct own_job *job)
{
    const struct in_warning *in = call->input;
    const bool exercise = in->exercise.value != 0;
    struct warning_message *message = &job->message;
    for (uint32_t i = 0; i < in->areas.count; i++) {
        char pointer[32];
        (void)snprintf(pointer, sizeof pointer, "/areas/%u", i);
        const struct area *area =
            api_area_named(call, pointer, ((const char *const *)in->areas.items)[i],
                           MAY_DISPATCH, exercise);
        if (area == NULL || !api_require_there(call, MAY_DISPATCH, area->id, exercise))
            return false;
        bool is_there = false;
        for (uint32_t k = 0; k < message->area_count; k++)
            is_there |= job->areas[k] == area->id;
        if (!is_there)
            job->areas[message->area_count++] = area->id;
    }
    message->areas = job->areas;
    return true;
}

/* What it says is in the language of who typed it. */
static int write_body(struct text *text, const struct in_warning *in)
{
    const struct cap_info info = {.language = "und",
                                  .event = in->headline.value,
                                  .headline = in->headline.value,
                                  .description = in->text.value};
    out_open(text, "texts", '[');
    warning_write_text(text, &info);
    out_close(text, ']');
    return text->status;
}

static bool read_warning(struct call *call, struct own_job *job)
{
    const struct in_warning *in = call->input;
    const char *headline = in->headline.value;
    if (text_is_blank(headline)) {
        api_wrong(call, "/headline", "must say what is expected");
        return false;
    }
    if (in->until.value <= call->now_ms) {
        api_wrong(call, "/until", "must lie ahead");
        return false;
    }
    if (!read_areas(call, job))
        return false;
    const int status = write_body(&job->body, in);
    if (status != ST_OK) {
        call_refuse(call, status, NULL);
        return false;
    }
    job->message.warning =
        (struct warning){.kind = WARNING_ALERT,
                         .exercise = in->exercise.value != 0,
                         .level = cap_word(CAP_LIST_LEVEL, (unsigned)in->level.value),
                         .onset_ms = call->now_ms,
                         .expires_ms = in->until.value,
                         .body = text_string(&job->body),
                         .taken_by = call->session.account.id};
    return true;
}

void warnings_post_own(struct call *call)
{
    struct own_job *job = job_new(call, sizeof *job, put_answer);
    if (job == NULL)
        return;
    text_init(&job->body, BODY_MAX);
    job->job.dispose = dispose;
    if (read_warning(call, job))
        job_run(&job->job, put_run);
    else
        job_free(&job->job);
}

/* ---- DELETE warnings/{id} ---- */
static int end_run(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    (void)reterr;
    const struct call *call = job->call;
    return warning_end(writer, call->id, call->session.account.id, now_ms);
}

static void end_answer(struct job *job)
{
    if (!job_refused(job))
        call_empty(job->call, 204);
}

/* False after a 404 or 403. */
static bool may_end(struct call *call)
{
    int64_t areas[WARNING_AREAS_MAX];
    uint32_t count = 0;
    const int status = warning_areas(call->api->db, call->id, areas, &count);
    if (status != 0 || count == 0) {
        call_refuse(call, status == 0 ? ST_NOT_FOUND : status, NULL);
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!api_require_there(call, MAY_DISPATCH, areas[i], false))
            return false;
    return true;
}

void warnings_delete(struct call *call)
{
    struct job *job = may_end(call) ? job_new(call, sizeof *job, end_answer) : NULL;
    if (job != NULL)
        job_run(job, end_run);
}
