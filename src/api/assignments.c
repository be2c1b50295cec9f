/* SPDX-License-Identifier: Apache-2.0 */
/* Assignments and replies on behalf: who of the viewer's people is out, what a dispatcher
 * records for somebody who is on the telephone, and the second person's check. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "api/travel.h"
#include "crowd/crowd.h"
#include "store/people.h"
#include "store/texts.h"

#define OUT_LIMIT 200
#define OUT_LIMIT_MAX 1000

/* ---- GET assignments ---- */
/* Of the incident itself only for who may read it. */
static void write_where(struct call *call, struct text *text,
                        const struct read_incident *incident, bool reads)
{
    out_bool(text, "exercise", incident->exercise);
    api_write_area(call, text, incident->area_id);
    if (!reads)
        return;
    AUTO_FREE char *title = NULL;
    out_open(text, "incident", '{');
    out_int(text, "id", incident->id);
    out_text(text, "case", incident->case_number);
    out_text(text, "kind", incident->kind);
    if (text_read(call->api->db, call->api->config.vault, incident->id, TEXT_TITLE,
                  incident->id, &title) == 0)
        out_text_if(text, "title", title);
    out_close(text, '}');
}

/* The row that the query stands on, if its person is the viewer's; 1 = it was written. */
static int write_out(struct call *call, struct text *text, bool elsewhere,
                     struct query *query, int64_t *ret_id)
{
    struct read_assignment row;
    struct person_identity person;
    struct read_incident incident;
    read_assignment_row(query, &row);
    *ret_id = row.id;
    int status = read_board_identity(query, NULL, &person);
    const int64_t area_id = api_area_or_root(call->api, person.area_id);
    if (status != 0 || api_may(call, MAY_SEE_PEOPLE, area_id, false) != 0)
        return 0;
    status = read_incident(call->api->db, row.incident_id, &incident);
    if (status != 0)
        return status;
    const bool reads = api_may(call, MAY_READ, incident.area_id, incident.exercise) == 0;
    if (reads && elsewhere)
        return 0;
    struct vault *vault =
        api_sees_history(call, area_id) ? call->api->config.vault : NULL;
    if (read_board_identity(query, vault, &person) != 0)
        return 0;
    out_open(text, NULL, '{');
    out_text(text, "number", person.number);
    out_text_if(text, "name", vault == NULL ? NULL : person.name);
    out_text_if(text, "phone", vault == NULL ? NULL : person.phone);
    out_text(text, "state", row.state);
    out_time_if(text, "assigned_at", row.assigned_ms);
    out_time_if(text, "en_route_at", row.en_route_ms);
    out_time_if(text, "on_scene_at", row.on_scene_ms);
    out_bool(text, "sos", row.sos_ms > 0 && row.sos_acknowledged_ms < row.sos_ms);
    write_where(call, text, &incident, reads);
    out_close(text, '}');
    return 1;
}

/* What is looked at is bounded: a page may be short, its link leads on. */
static int write_page_out(struct call *call, struct text *text, bool elsewhere,
                          int64_t limit, int64_t *last)
{
    int64_t count = 0;
    int looked = 0, rows, status;
    do {
        struct query *query = read_people_out(call->api->db, *last, API_ROWS_AT_ONCE);
        for (rows = 0; (status = query_step(query)) > 0; rows++) {
            if (count == limit || looked++ == API_ROWS_MAX)
                return query_stop(query, 1);
            status = write_out(call, text, elsewhere, query, last);
            if (status < 0)
                return query_stop(query, status);
            count += status;
        }
    } while (status == 0 && rows == API_ROWS_AT_ONCE);
    return status;
}

void assignments_list(struct call *call)
{
    int64_t limit, last;
    bool elsewhere;
    if (!call_page(call, OUT_LIMIT, OUT_LIMIT_MAX, 0, &limit, &last) ||
        !call_query_flag(call, "elsewhere", &elsewhere))
        return;
    struct text text;
    call_list_begin(&text);
    const int status = write_page_out(call, &text, elsewhere, limit, &last);
    if (status == 1)
        call_next_id(call, last);
    call_list_end(call, &text, status);
}

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
    self->input.at = self->travel.from;
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
