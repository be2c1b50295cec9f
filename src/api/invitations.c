/* SPDX-License-Identifier: Apache-2.0 */
/* Who could be invited to a course, how many fill its seats, and inviting them (decision
 * 0107). Everybody is looked at, on a thread of the pool. */
#include "api/courses.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "store/invite.h"

#include <stdio.h>

struct invite_job {
    struct job job;
    struct course course;
    struct invite_plan plan;
    struct invite invite;
    struct diag diag;
};

static void dispose(struct job *job)
{
    invite_plan_release(&((struct invite_job *)(void *)job)->plan);
}

static void plan_work(struct job *job)
{
    struct invite_job *self = (struct invite_job *)(void *)job;
    struct db *db;
    job->status = db_open(&db, job->call->api->config.db_path, DB_READ, &self->diag);
    if (job->status != ST_OK)
        return;
    job->status = invite_plan_make(&self->plan, db, &self->course, job->call->now_ms);
    db_close(db);
}

static void plan_first(struct call *call, void (*answer)(struct job *job))
{
    struct course course;
    if (!courses_open(call, MAY_TRAIN, &course))
        return;
    struct invite_job *self = job_new(call, sizeof *self, answer);
    if (self == NULL)
        return;
    self->job.dispose = dispose;
    self->course = course;
    job_line_put(&call->api->reports, &self->job, plan_work);
}

/* ---- GET ---- */
static void write_plan(const struct invite_plan *plan, struct text *text)
{
    char share[16];
    (void)snprintf(share, sizeof share, "%.3f", plan->share);
    out_open(text, NULL, '{');
    out_int(text, "could", plan->count);
    out_int(text, "renewing", plan->renewing);
    out_int(text, "invited", plan->invited);
    out_int(text, "came", plan->came);
    out_raw(text, "share", share);
    out_int(text, "proposed", plan->proposed);
    out_close(text, '}');
}

static void planned(struct job *job)
{
    const struct invite_job *self = (const struct invite_job *)(const void *)job;
    if (job->status != ST_OK) {
        call_refuse(job->call, job->status, &self->diag);
        return;
    }
    struct text text;
    text_init(&text, 512);
    write_plan(&self->plan, &text);
    call_json(job->call, 200, &text);
}

void invitations_get(struct call *call)
{
    plan_first(call, planned);
}

/* ---- POST ---- */
static int invite_all(struct job *job, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    struct invite_job *self = (struct invite_job *)(void *)job;
    const int status =
        invite_run(writer, &self->invite, job->call->session.account.id, now_ms, reterr);
    job->own.command.result_id = self->invite.invited; /* for who asks again */
    return status;
}

static void invited(struct job *job)
{
    if (job_refused(job))
        return;
    const struct invite_job *self = (const struct invite_job *)(const void *)job;
    struct text text;
    text_init(&text, 64);
    out_open(&text, NULL, '{');
    out_int(&text, "invited",
            job->command->repeated ? job->command->result_id : self->invite.invited);
    out_close(&text, '}');
    call_json(job->call, 200, &text);
}

/* Who could be invited is known: those are, as a new job. */
static void invite_them(struct job *job)
{
    struct invite_job *self = (struct invite_job *)(void *)job;
    struct call *call = job->call;
    if (job->status != ST_OK) {
        call_refuse(call, job->status, &self->diag);
        return;
    }
    struct invite_job *next = job_new(call, sizeof *next, invited);
    if (next == NULL)
        return;
    const struct in_invitations *in = call->input;
    next->job.dispose = dispose;
    next->plan = self->plan;
    self->plan = (struct invite_plan){.count = 0}; /* its own now */
    next->invite = (struct invite){.course_id = self->course.id,
                                   .people = next->plan.people,
                                   .count = next->plan.count,
                                   .wanted = (uint32_t)in->count.value};
    job_run(&next->job, invite_all);
}

void invitations_post(struct call *call)
{
    plan_first(call, invite_them);
}
