/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what was found wrong, by whoever may see an incident's record; what is done
 * about it, by those but auditors. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/readiness.h"
#include "api/schemas.h"
#include "base/time.h"
#include "ready/indicator.h"
#include "store/finding.h"

#include <stdio.h>
#include <string.h>

#define LIST_MAX 500

/* Trainers count as everybody else here, exercise or not. */
static bool may(const struct call *call, unsigned mask, int64_t area_id)
{
    return api_may(call, mask, area_id, true) == 0;
}

/* ---- the list ---- */
struct list {
    struct call *call;
    struct text *text;
    int64_t area_id; /* 0 = all */
    uint32_t count;
};

static void write_day(struct text *text, const char *key, int32_t day)
{
    char value[TIME_TEXT_SIZE];
    if (day == 0)
        return;
    time_format_day(day, value);
    out_text(text, key, value);
}

static void write_incident(struct call *call, struct text *text, int64_t id)
{
    struct read_incident incident;
    if (id == 0 || read_incident(call->api->db, id, &incident) != 0)
        return;
    out_open(text, "incident", '{');
    out_int(text, "id", incident.id);
    out_text(text, "case", incident.case_number);
    out_close(text, '}');
}

static void write_steps(struct call *call, struct text *text,
                        const struct finding *finding)
{
    const unsigned steps = may(call, MAY_IMPROVE, finding->area_id)
                               ? finding_steps(finding, call->session.account.id)
                               : 0;
    out_open(text, "can", '[');
    for (int step = 0; step < FINDING_STEP_COUNT; step++)
        if ((steps & 1U << step) != 0)
            out_text(text, NULL, finding_step_code((enum finding_step)step));
    out_close(text, ']');
}

static int write_finding(void *context, const struct finding *finding)
{
    struct list *list = context;
    struct call *call = list->call;
    struct text *text = list->text;
    if (!may(call, MAY_AUDIT, finding->area_id) ||
        (list->area_id != 0 &&
         !area_is_under(&call->api->areas, finding->area_id, list->area_id)))
        return 0;
    if (list->count++ == LIST_MAX)
        return 1;
    out_open(text, NULL, '{');
    out_int(text, "id", finding->id);
    out_text(text, "title", finding->title);
    api_write_area(call, text, finding->area_id);
    out_text(text, "state", finding_state_code(finding->state));
    out_text_if(text, "lead", finding->lead);
    write_day(text, "due", finding->due_day);
    write_day(text, "due_counted", finding_due_day(finding));
    out_bool(text, "overdue", finding_is_overdue(finding, time_local_day(call->now_ms)));
    write_incident(call, text, finding->incident_id);
    out_text_if(text, "indicator", finding->indicator);
    out_text_if(text, "note", finding->note);
    api_write_account(call, text, "made_by", finding->made_by);
    out_time_if(text, "made_at", finding->made_ms);
    api_write_account(call, text, "solved_by", finding->solved_by);
    out_time_if(text, "solved_at", finding->solved_ms);
    const bool is_dropped = finding->state == FINDING_DROPPED;
    api_write_account(call, text, is_dropped ? "dropped_by" : "checked_by",
                      finding->ended_by);
    out_time_if(text, is_dropped ? "dropped_at" : "checked_at", finding->ended_ms);
    write_steps(call, text, finding);
    out_close(text, '}');
    return 0;
}

/* False after a 422. */
static bool read_filters(struct call *call, struct list *list, int64_t *ret_incident,
                         enum finding_state *ret_state)
{
    const char *code = http_query(call->request, "area");
    const char *state = http_query(call->request, "state");
    const struct area *area = code == NULL ? NULL : area_by_code(&call->api->areas, code);
    *ret_state = FINDING_STATE_COUNT;
    if (code != NULL && area == NULL)
        api_wrong(call, "?area", "there is no such area");
    else if (state != NULL && !finding_state_parse(state, ret_state))
        api_wrong(call, "?state", "is none of open, working, solved, checked, dropped");
    else {
        list->area_id = area == NULL ? 0 : area->id;
        return call_query_int(call, "incident", 1, INT64_MAX, 0, ret_incident);
    }
    return false;
}

void findings_list(struct call *call)
{
    struct text text;
    struct list list = {.call = call, .text = &text};
    int64_t incident_id;
    enum finding_state state;
    if (!read_filters(call, &list, &incident_id, &state))
        return;
    call_list_begin(&text);
    const int status =
        findings_each(call->api->db, incident_id, state, write_finding, &list);
    call_list_end(call, &text, status);
}

/* ---- changes ---- */
struct finding_job {
    struct job job;
    struct finding finding;
    enum finding_step step;
    const char *reason; /* lives in the body of the call */
};

static void answer(struct job *job)
{
    struct finding_job *self = (struct finding_job *)(void *)job;
    struct call *call = job->call;
    if (job_refused(job))
        return;
    if (job->command->repeated &&
        finding_read(call->api->db, job->command->result_id, &self->finding) != 0) {
        call_refuse(call, ST_NOT_FOUND, NULL);
        return;
    }
    readiness_forget(call->api);
    const char *kept = job_kept_state(job);
    call_state(call, self->finding.id,
               kept == NULL ? finding_state_code(self->finding.state) : kept);
}

static int put_run(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct finding_job *self = (struct finding_job *)(void *)job;
    const int status = finding_put(writer, &self->finding, now_ms, reterr);
    job->own.command.result_id = self->finding.id;
    if (status == ST_OK)
        job_keep_state(job, finding_state_code(self->finding.state));
    return status;
}

static int step_run(struct job *job, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    struct finding_job *self = (struct finding_job *)(void *)job;
    const int64_t id = self->finding.id;
    job->own.command.result_id = id;
    const int status =
        finding_take_step(writer, id, self->step, job->call->session.account.id,
                          self->reason, now_ms, &self->finding, reterr);
    if (status == ST_OK)
        job_keep_state(job, finding_state_code(self->finding.state));
    return status;
}

/* False after a 422: an incident that the viewer cannot see is not there. */
static bool check_incident(struct call *call, int64_t id)
{
    struct read_incident incident;
    if (id == 0 || (read_incident(call->api->db, id, &incident) == 0 &&
                    may(call, MAY_AUDIT, incident.area_id)))
        return true;
    api_wrong(call, "/incident", "there is no such incident");
    return false;
}

/* False after a 422 or a 403. */
static bool read_finding(struct call *call, struct finding *ret)
{
    const struct in_finding *in = call->input;
    const struct area *area =
        api_area_named(call, "/area", in->area.value, MAY_AUDIT, true);
    if (area == NULL)
        return false;
    if (text_is_blank(in->title.value))
        api_wrong(call, "/title", "must say what was found");
    else if (in->due.value != NULL && !time_parse_day(in->due.value, &ret->due_day))
        api_wrong(call, "/due", "must be a day, such as 2027-01-31");
    else if (check_incident(call, in->incident.value) &&
             api_require(call, MAY_IMPROVE, area->id, true)) {
        ret->area_id = area->id;
        ret->incident_id = in->incident.value;
        ret->made_by = call->session.account.id;
        (void)snprintf(ret->title, sizeof ret->title, "%s", in->title.value);
        if (in->lead.value != NULL)
            (void)snprintf(ret->lead, sizeof ret->lead, "%s", in->lead.value);
        if (in->indicator.given)
            (void)snprintf(ret->indicator, sizeof ret->indicator, "%s",
                           ready_code((enum ready_indicator)in->indicator.value));
        return true;
    }
    return false;
}

void findings_post(struct call *call)
{
    struct finding finding = {0};
    if (!read_finding(call, &finding))
        return;
    struct finding_job *job = job_new(call, sizeof *job, answer);
    if (job == NULL)
        return;
    job->finding = finding;
    job_run(&job->job, put_run);
}

void findings_step(struct call *call)
{
    const struct in_step *in = call->input;
    struct finding finding;
    const int status = finding_read(call->api->db, call->id, &finding);
    if (status != 0) {
        call_refuse(call, status, NULL);
        return;
    }
    if (!api_require(call, MAY_IMPROVE, finding.area_id, true))
        return;
    struct finding_job *job = job_new(call, sizeof *job, answer);
    if (job == NULL)
        return;
    job->finding = finding;
    job->step = (enum finding_step)in->step.value;
    job->reason = in->reason.value == NULL ? "" : in->reason.value;
    job_run(&job->job, step_run);
}
