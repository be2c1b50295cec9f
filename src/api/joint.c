/* SPDX-License-Identifier: Apache-2.0 */
/* POST incidents/{id}/plan: all open needs of an incident at once, who would be alerted
 * for which. No effect. Needs that the body does not name have priority 1. */
#include "dispatch/joint.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"

#include <stdio.h>
#include <string.h>

#define JOINT_JSON_MAX (32 * 1024 * 1024)

struct joint_job {
    struct job job;
    struct joint joint;
    struct joint_need needs[LOOP_NEEDS_MAX];
    uint32_t lift;
    struct diag diag;
};

static void joint_dispose(struct job *job)
{
    joint_release(&((struct joint_job *)(void *)job)->joint);
}

static void joint_work(struct job *job)
{
    struct joint_job *self = (struct joint_job *)(void *)job;
    job->status = joint_plan(job->call->api->config.planner, self->lift,
                             job->call->now_ms, &self->joint, &self->diag);
}

/* ---- the answer ---- */
static void write_people(struct text *text, const struct scheme *scheme)
{
    out_open(text, "people", '[');
    for (uint32_t i = 0; i < scheme->plan.people_count; i++) {
        const struct plan_person *planned = &scheme->plan.people[i];
        const struct scheme_person *person = &scheme->candidates[planned->candidate];
        out_open(text, NULL, '{');
        out_text(text, "number", person->number);
        out_int(text, "line", planned->line);
        out_int(text, "seconds", person->ms / 1000);
        out_close(text, '}');
    }
    out_close(text, ']');
}

/* Of each line: seats wanted, taken, people who would be alerted, and how many seats
 * stay without anybody even if all of them came. */
static void write_lines(struct text *text, const struct scheme *scheme)
{
    out_open(text, "lines", '[');
    for (uint32_t i = 0; i < scheme->plan.line_count; i++) {
        const struct plan_line *line = &scheme->plan.lines[i];
        uint32_t wanted = scheme->counts[i], have = line->held + line->alerts;
        out_open(text, NULL, '{');
        out_int(text, "count", wanted);
        out_int(text, "held", line->held);
        out_int(text, "alerts", line->alerts);
        out_int(text, "uncovered", have < wanted ? wanted - have : 0);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void write_need(struct text *text, const struct joint_need *need)
{
    const struct scheme *scheme = &need->scheme;
    out_open(text, NULL, '{');
    out_int(text, "need", need->need_id);
    out_int(text, "priority", need->priority);
    out_int(text, "alerts", scheme->plan.people_count);
    out_real(text, "probability", scheme->plan.probability);
    out_real(text, "target", scheme->target);
    out_bool(text, "target_reached", scheme->plan.target_reached);
    out_open(text, "alone", '{');
    out_int(text, "alerts", need->alone_alerts);
    out_real(text, "probability", need->alone_probability);
    out_bool(text, "target_reached", need->alone_reached);
    out_close(text, '}');
    write_lines(text, scheme);
    write_people(text, scheme);
    out_close(text, '}');
}

static void joint_planned(struct job *job)
{
    struct joint_job *self = (struct joint_job *)(void *)job;
    if (job->status != ST_OK) {
        call_refuse(job->call, job->status, &self->diag);
        return;
    }
    struct text text;
    text_init(&text, JOINT_JSON_MAX);
    out_open(&text, NULL, '{');
    out_open(&text, "needs", '[');
    for (uint32_t i = 0; i < self->joint.count; i++)
        if (self->needs[i].has_scheme)
            write_need(&text, &self->needs[i]);
    out_close(&text, ']');
    out_int(&text, "shared", self->joint.shared);
    out_bool(&text, "proved", self->joint.is_proved);
    out_close(&text, '}');
    call_json(job->call, 200, &text);
}

/* ---- the question ---- */
static bool is_open(const struct read_need *need)
{
    return strcmp(need->state, "open") == 0 || strcmp(need->state, "short") == 0;
}

/* The open needs, all of one priority: then everybody's counts come first. */
static void list_needs(struct joint_job *job, const struct read_need *rows,
                       uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (is_open(&rows[i]))
            job->needs[job->joint.count++] =
                (struct joint_need){.need_id = rows[i].id, .priority = 1};
}

/* What the body says instead; false after a 422. */
static bool read_priorities(struct call *call, struct joint_job *job)
{
    const struct in_joint *in = call->input;
    const struct in_priority *items = in->needs.items;
    for (uint32_t i = 0; i < in->needs.count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < job->joint.count; k++)
            if (job->needs[k].need_id == items[i].need.value) {
                job->needs[k].priority = (uint32_t)items[i].priority.value;
                found = true;
            }
        if (!found) {
            char pointer[PROBLEM_POINTER_MAX + 1];
            (void)snprintf(pointer, sizeof pointer, "/needs/%u/need", i);
            api_wrong(call, pointer, "is no open need of this incident");
            return false;
        }
    }
    return true;
}

void incidents_plan(struct call *call)
{
    const struct in_joint *in = call->input;
    struct read_incident incident;
    struct read_need *rows = NULL;
    uint32_t count = 0;
    if (!api_open(call, STAGE_INCIDENT, MAY_DRILL, &incident))
        return;
    if (call->api->config.planner == NULL) {
        call_refuse(call, ST_BUSY, NULL);
        return;
    }
    if (in->lift.value != 0 && body_said(&in->reason) == NULL) {
        api_wrong(call, "/reason", "lift needs a reason");
        return;
    }
    if (in->lift.value != 0 && incident.exercise) {
        api_wrong(call, "/lift", "nothing is lifted for an exercise");
        return;
    }
    const int status = read_needs(call->api->db, incident.id, &rows, &count);
    if (status != 0) {
        call_refuse(call, status, NULL);
        return;
    }
    struct joint_job *job = job_new(call, sizeof *job, joint_planned);
    if (job != NULL) {
        job->job.dispose = joint_dispose;
        job->joint.needs = job->needs;
        job->lift = (uint32_t)in->lift.value;
        list_needs(job, rows, count);
        if (!read_priorities(call, job))
            job_free(&job->job);
        else
            job_line_put(&call->api->plans, &job->job, joint_work);
    }
    mem_free(rows);
}
