/* SPDX-License-Identifier: Apache-2.0 */
/* Assignments and replies on behalf: what a dispatcher records for somebody who is on the
 * telephone, and the second person's check. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "api/travel.h"
#include "crowd/crowd.h"

/* ---- POST alerts/{id}/replies ---- */
struct way_job {
    struct job job;
    struct travel travel;
    struct loop_input input; /* its reason is the body's */
    uint32_t travel_ms;
};

static void find_way(struct job *job)
{
    struct way_job *self = (struct way_job *)(void *)job;
    self->travel_ms = travel_time_ms(&self->travel);
}

static void found_way(struct job *job)
{
    struct way_job *self = (struct way_job *)(void *)job;
    self->input.travel_ms = self->travel_ms;
    api_step(job->call, STAGE_ALERT, job->call->id, STAGE_ALERT, &self->input, NULL);
}

/* Looks for the way from where the person says to be; false: there is none to look for.
 */
static bool start_way(struct call *call, const struct body_from *from,
                      const struct loop_input *input)
{
    struct read_alert alert;
    struct read_callout callout;
    struct travel travel;
    if (!from->given || read_alert(call->api->db, call->id, &alert) != 0 ||
        read_callout(call->api->db, alert.callout_id, &callout) != 0 ||
        !travel_init(&travel, call, from, alert.person_id, callout.need_id))
        return false;
    struct way_job *job = job_new(call, sizeof *job, found_way);
    if (job == NULL)
        return true;
    job->travel = travel;
    job->input = *input;
    job_work(&job->job, find_way);
    return true;
}

/* Of a yes. False after a 404, nobody says yes for who was erased, or a 422: more are to
 * come than the person may bring. */
static bool check_reply(struct call *call, const struct in_reply *in)
{
    struct read_alert alert;
    struct problem problem;
    if (in->answer.value != ANSWER_ACCEPT)
        return true;
    int status = read_alert(call->api->db, call->id, &alert);
    if (status == 0 && api_is_erased(call, alert.person_id))
        status = ST_NOT_FOUND;
    if (status != 0) {
        call_refuse(call, status, NULL);
        return false;
    }
    problem_init(&problem, 0, "the body is not as it should be");
    if (in->count.given)
        api_check_count(call, &alert, in->count.value, &problem);
    if (problem.status != 0)
        call_problem(call, &problem);
    return problem.status == 0;
}

void alerts_reply(struct call *call)
{
    static const enum loop_input_kind kinds[] = {
        [ANSWER_ACCEPT] = LOOP_ACCEPT,
        [ANSWER_LIMITED] = LOOP_LIMITED,
        [ANSWER_DECLINE] = LOOP_DECLINE,
    };
    const struct in_reply *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_ALERT, MAY_DRILL, &incident) || !check_reply(call, in))
        return;
    const struct loop_input input = {
        .kind = kinds[in->answer.value],
        .id = call->id,
        .on_behalf = true,
        .reason = in->reason.value,
        .number = in->ready_in_minutes.value,
        .count = (int32_t)in->count.value,
    };
    if (in->answer.value != ANSWER_ACCEPT || !start_way(call, &in->from, &input))
        api_step(call, STAGE_ALERT, call->id, STAGE_ALERT, &input, NULL);
}

/* ---- POST assignments/{id}/... ---- */
void assignments_step(struct call *call)
{
    static const enum loop_input_kind kinds[] = {
        [ASSIGNMENT_STEP_DEPART] = LOOP_DEPART,
        [ASSIGNMENT_STEP_ARRIVE] = LOOP_ARRIVE,
        [ASSIGNMENT_STEP_WORK] = LOOP_WORK,
        [ASSIGNMENT_STEP_RELEASE] = LOOP_RELEASE,
        [ASSIGNMENT_STEP_WITHDRAW] = LOOP_WITHDRAW,
        [ASSIGNMENT_STEP_TURNED_BACK] = LOOP_TURNED_BACK,
        [ASSIGNMENT_STEP_NO_SHOW] = LOOP_NO_SHOW,
        [ASSIGNMENT_STEP_LOST] = LOOP_LOST,
        [ASSIGNMENT_STEP_FOUND] = LOOP_FOUND,
    };
    const struct in_step *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_ASSIGNMENT, MAY_DRILL, &incident))
        return;
    const struct loop_input input = {.kind = kinds[in->step.value],
                                     .id = call->id,
                                     .on_behalf = true,
                                     .reason = in->reason.value};
    api_step(call, STAGE_ASSIGNMENT, call->id, STAGE_ASSIGNMENT, &input, NULL);
}

void assignments_report(struct call *call)
{
    const struct in_report *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_ASSIGNMENT, MAY_DRILL, &incident))
        return;
    const struct loop_input input = {.kind = LOOP_REPORTED,
                                     .id = call->id,
                                     .on_behalf = true,
                                     .outcome = (enum outcome)in->outcome.value};
    api_step(call, STAGE_ASSIGNMENT, call->id, STAGE_ASSIGNMENT, &input, in->text.value);
}

void assignments_verify(struct call *call)
{
    const struct in_verification *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_ASSIGNMENT, MAY_VERIFY | MAY_DRILL, &incident))
        return;
    const bool ok = in->ok.value != 0;
    const char *reason = body_said(&in->reason);
    if (!ok && reason == NULL) {
        api_wrong(call, "/reason", "a dispute needs a reason");
        return;
    }
    const struct loop_input input = {.kind = LOOP_VERIFY,
                                     .id = call->id,
                                     .yes = ok,
                                     .number = in->minutes.given ? in->minutes.value : -1,
                                     .reason = reason};
    api_step(call, STAGE_ASSIGNMENT, call->id, STAGE_ASSIGNMENT, &input, NULL);
}

void assignments_alarm(struct call *call)
{
    struct read_incident incident;
    if (!api_open(call, STAGE_ASSIGNMENT, MAY_DRILL, &incident))
        return;
    const struct loop_input input = {.kind = LOOP_SOS_ACKNOWLEDGE, .id = call->id};
    api_step(call, STAGE_ASSIGNMENT, call->id, STAGE_ASSIGNMENT, &input, NULL);
}
