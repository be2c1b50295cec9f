/* SPDX-License-Identifier: Apache-2.0 */
/* Taking back the newest import of people: by whoever may import. */
#include "api/handlers.h"
#include "api/internal.h"
#include "store/people_undo.h"

/* {items:[]} where there is none. */
void imports_newest(struct call *call)
{
    struct people_newest newest;
    struct text text;
    if (!imports_may(call))
        return;
    const int status = people_newest(call->api->db, call->now_ms, &newest);
    call_list_begin(&text);
    if (status == ST_OK) {
        out_open(&text, NULL, '{');
        out_int(&text, "id", newest.id);
        out_time_if(&text, "at", newest.at_ms);
        api_write_account(call, &text, "by", newest.actor);
        out_int(&text, "added", newest.added);
        out_int(&text, "changed", newest.changed);
        out_int(&text, "retired", newest.retired);
        out_close(&text, '}');
    }
    call_list_end(call, &text, status == ST_NOT_FOUND ? ST_OK : status);
}

struct undo_job {
    struct job job;
    struct people_undo undo;
};

static int run(struct job *job, struct writer *writer, int64_t now_ms,
               struct diag *reterr)
{
    struct undo_job *self = (struct undo_job *)(void *)job;
    return people_undo(writer, &self->undo, job->call->session.account.id, now_ms,
                       reterr);
}

static void answer(struct job *job)
{
    const struct undo_job *self = (const struct undo_job *)(const void *)job;
    if (job_refused(job))
        return;
    struct text text;
    text_init(&text, 256);
    out_open(&text, NULL, '{');
    out_int(&text, "restored", self->undo.restored);
    out_int(&text, "left", self->undo.left);
    out_int(&text, "kept", self->undo.kept);
    out_close(&text, '}');
    call_json(job->call, 200, &text);
}

void imports_undo(struct call *call)
{
    if (!imports_may(call))
        return;
    struct undo_job *job = job_new(call, sizeof *job, answer);
    if (job == NULL)
        return;
    job->undo.id = call->id;
    job_run(&job->job, run);
}
