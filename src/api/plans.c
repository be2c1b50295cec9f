/* SPDX-License-Identifier: Apache-2.0 */
/* Planning a need, starting its call-out, and sending a running one's next wave at once.
 * The planner works on a thread of the pool; a preview ends there, the others hand their
 * wave to the writer. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "base/ids.h"
#include "dispatch/callout.h"
#include "dispatch/closures.h"
#include "dispatch/isolated.h"
#include "dispatch/planner.h"

#include <stdio.h>
#include <stdlib.h>

#define PLAN_JSON_MAX (32 * 1024 * 1024)
#define WHO_MAX 500  /* numbers of whom a preview leaves out for one reason */
#define WAVE_TRIES 4 /* answers come in while a wave is planned */

enum purpose { PREVIEW, START, NEXT_WAVE };

struct plan_job {
    struct job job;
    struct planner_request request;
    struct need need; /* with the sliders' figures */
    int64_t *excluded, *forced;
    char *reason;
    struct scheme scheme;
    struct sites musters; /* for the preview: if the place is cut off */
    struct point at;
    int32_t mode;
    enum purpose purpose;
    int64_t callout_id; /* NEXT_WAVE: the running one */
    int tries;          /* likewise: how often it was planned before */
    bool has_scheme;
    enum crowd_reason
        who;      /* whom a preview leaves out for it is told; CROWD_OK: nobody */
    bool certain; /* a target of 1 was wished: the answer says what can be reached */
    struct diag diag;
    struct callout_command *command;
};

static void plan_dispose(struct job *job)
{
    struct plan_job *self = (struct plan_job *)(void *)job;
    mem_free(self->excluded);
    mem_free(self->forced);
    mem_free(self->reason);
    if (self->has_scheme)
        scheme_release(&self->scheme);
    sites_release(&self->musters);
    if (self->command != NULL)
        callout_command_free(self->command);
}

/* ---- what was asked ---- */
/* The id of a person's number; ST_NOT_FOUND. */
static int find_person(struct db *db, const char *number, int64_t *ret)
{
    struct query *query =
        db_query(db, "SELECT CASE WHEN alias_of <> 0 THEN alias_of ELSE id END"
                     " FROM person WHERE number = ?1 AND retired = 0");
    query_text(query, 1, number);
    return query_find_int(query, ret);
}

/* Numbers to sorted ids, each once; false after an answer. */
static bool read_people(struct call *call, const struct body_list *list,
                        const char *pointer, int64_t **ret, uint32_t *ret_count)
{
    const char *const *numbers = list->items;
    int64_t *ids = mem_calloc(list->count + 1, sizeof *ids);
    *ret = ids;
    if (ids == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const int status = find_person(call->api->db, numbers[i], &ids[i]);
        if (status == ST_NOT_FOUND) {
            char where[PROBLEM_POINTER_MAX + 1];
            (void)snprintf(where, sizeof where, "%s/%u", pointer, i);
            api_wrong(call, where, "there is no such person");
            return false;
        }
        if (status != ST_OK) {
            call_refuse(call, status, NULL);
            return false;
        }
    }
    *ret_count = ids_sort_once(ids, list->count);
    return true;
}

/* The need's row with what the sliders say instead; false after an answer. */
static bool read_sliders(struct call *call, const struct in_plan *in, struct need *ret)
{
    struct read_need row;
    const int status = read_need(call->api->db, call->id, &row);
    if (status != 0) {
        call_refuse(call, status, NULL);
        return false;
    }
    *ret = (struct need){
        .id = row.id,
        .state = NEED_OPEN,
        .at = row.at,
        .stated_ms = row.stated_ms,
        .deadline_ms = in->within_minutes.given
                           ? call->now_ms + in->within_minutes.value * INT64_C(60000)
                           : row.deadline_ms,
        .line_count = (int32_t)row.line_count,
        .reserve = in->reserve.given ? (int32_t)in->reserve.value : row.reserve,
        .target = in->target.given ? in->target.value : row.target,
        .mode = row.mode,
    };
    for (uint32_t i = 0; i < row.line_count; i++) {
        ret->lines[i].count = row.lines[i].count;
        (void)skill_set_read(&call->api->skills, row.lines[i].skills,
                             &ret->lines[i].skills); /* the writer knows them all */
    }
    return true;
}

static bool read_request(struct call *call, struct plan_job *job, bool exercise)
{
    const struct in_plan *in = call->input;
    const bool has_reason = body_said(&in->reason) != NULL;
    if ((in->force.count > 0 || in->lift.value != 0) && !has_reason) {
        api_wrong(call, "/reason", "force and lift need a reason");
        return false;
    }
    if (in->lift.value != 0 && exercise) {
        api_wrong(call, "/lift", "nothing is lifted for an exercise");
        return false;
    }
    if (has_reason && (job->reason = mem_strdup(in->reason.value)) == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return false;
    }
    struct planner_request *request = &job->request;
    request->need_id = call->id;
    request->lift = (uint32_t)in->lift.value; /* bits in the order of LIFT_* */
    request->explain = true;
    request->at_once = in->at_once.value != 0;
    job->who = (enum crowd_reason)in->who.value;
    if (!read_people(call, &in->exclude, "/exclude", &job->excluded,
                     &request->excluded_count) ||
        !read_people(call, &in->force, "/force", &job->forced, &request->forced_count))
        return false;
    request->excluded = job->excluded;
    request->forced = job->forced;
    if (!in->target.given && !in->reserve.given && !in->within_minutes.given)
        return true;
    request->need = &job->need;
    if (!read_sliders(call, in, &job->need))
        return false;
    job->certain = job->need.target >= 1.0;
    if (job->certain)
        job->need.target = PLAN_TARGET_MAX;
    return true;
}

/* ---- the work ---- */
/* Do closed roads cut the place of the need off? */
static void find_isolated(struct plan_job *self)
{
    const struct api_config *config = &self->job.call->api->config;
    const struct closures_state *state = closures_take(config->closures);
    self->job.status =
        isolated_find(config->road, closures_set(state), self->at,
                      self->mode < 0 ? ISOLATED_ALL_MODES : 1u << self->mode,
                      &self->musters, &self->scheme.isolated);
    closures_give(config->closures, state);
}

static void plan_work(struct job *job)
{
    struct plan_job *self = (struct plan_job *)(void *)job;
    const struct call *call = job->call;
    self->has_scheme = true; /* to be released also after a failure */
    job->status = planner_plan(call->api->config.planner, &self->request, call->now_ms,
                               &self->scheme, &self->diag);
    if (job->status == 0 && self->purpose == PREVIEW)
        find_isolated(self);
}

static bool plan_refused(struct plan_job *self)
{
    struct call *call = self->job.call;
    if (self->job.status == 0)
        return false;
    if (self->job.status == ST_NOT_FOUND && self->diag.text[0] == '\0')
        call_error(call, 409, "the need's incident is not running");
    else
        call_refuse(call, self->job.status, &self->diag);
    return true;
}

/* STATE: as it was the first time; NULL: of a key of an older version. */
static void answer_made(struct call *call, int64_t id, const char *state)
{
    char now[READ_CODE_SIZE];
    const int status =
        state == NULL ? read_state(call->api->db, STAGE_CALLOUT, id, now) : ST_OK;
    if (status != 0)
        call_refuse(call, status, NULL);
    else
        call_state(call, id, state == NULL ? now : state);
}

static void plan_next_wave(struct call *call, int64_t callout_id, int tries);

static void sent(struct job *job)
{
    const struct plan_job *self = (struct plan_job *)(void *)job;
    if (job->status == ST_STALE && self->purpose == NEXT_WAVE) {
        if (self->tries < WAVE_TRIES)
            plan_next_wave(job->call, self->callout_id, self->tries);
        else
            call_error(job->call, 409,
                       "answers are coming in just now: look at the board, and send it "
                       "again if it is still needed");
        return;
    }
    if (job_refused(job))
        return;
    if (job->command->repeated)
        answer_made(job->call, job->command->result_id, job_kept_state(job));
    else
        call_state(job->call, self->command->row_id, self->command->state);
}

static int send_run(struct command *command, struct writer *writer, int64_t now_ms)
{
    const struct callout_command *own = (struct callout_command *)(void *)command;
    struct job *job = own->owner;
    const int status = job->run(command, writer, now_ms);
    if (status == ST_OK)
        job_keep_state(job, own->state);
    return status;
}

static void send_done(struct command *command, int status)
{
    job_done(((struct callout_command *)(void *)command)->owner, status);
}

/* Why the planned wave cannot be handed in; NULL if it can. */
static const char *why_not_sent(const struct plan_job *planned)
{
    const struct scheme *scheme = &planned->scheme;
    if (planned->purpose == START)
        return scheme->callout_id != 0 ? "a call-out of this need is running" : NULL;
    if (scheme->callout_id != planned->callout_id)
        return "the call-out is not running";
    if (scheme->plan.people_count > 0 || scheme->plan.ask_limited_count > 0)
        return NULL;
    return scheme->plan.target_reached ? "those who were asked will do: nobody is added"
                                       : "there is nobody else who could be asked";
}

/* The planned wave as the first one of a call-out, or as the next of a running one. */
static void send_wave(struct plan_job *planned)
{
    struct call *call = planned->job.call;
    const char *why = why_not_sent(planned);
    if (why != NULL) {
        call_error(call, 409, "%s", why);
        return;
    }
    struct plan_job *next = job_new(call, sizeof *next, sent);
    if (next == NULL)
        return;
    next->job.dispose = plan_dispose;
    next->purpose = planned->purpose;
    next->callout_id = planned->callout_id;
    next->tries = planned->tries + 1;
    int status =
        callout_command_new(&next->command, &planned->scheme, call->session.account.id,
                            planned->request.lift, planned->reason);
    if (status != 0)
        next->command = NULL;
    else if (planned->purpose == START)
        status = callout_command_leave_out(next->command, planned->request.excluded,
                                           planned->request.excluded_count);
    if (status != 0) {
        job_free(&next->job);
        call_refuse(call, status, NULL);
        return;
    }
    if (planned->request.need != NULL) {
        next->command->need = planned->need;
        next->command->input.need = &next->command->need;
    }
    next->command->owner = next;
    next->job.run = next->command->command.run;
    next->command->command.run = send_run;
    next->command->command.done = send_done;
    job_submit(&next->job, &next->command->command);
}

/* Histories are for dispatchers of the person's area; numbers are for all who plan. */
static void tell_histories(const struct call *call, struct scheme *scheme)
{
    for (uint32_t i = 0; i < scheme->plan.people_count; i++) {
        struct scheme_person *person =
            &scheme->candidates[scheme->plan.people[i].candidate];
        person->told = api_sees_history(call, person->area);
    }
}

/* Whether the request's idempotency key was used before; then the call is answered. */
static bool is_repeated(struct call *call)
{
    int64_t made;
    const char *state;
    const int found = job_find_key(call, &made, &state);
    if (found > 0)
        answer_made(call, made, state);
    if (found < 0) {
        struct diag diag;
        (void)diag_set(&diag, found, 0, 0, NULL,
                       "this Idempotency-Key was used with another body");
        call_refuse(call, found, &diag);
    }
    return found != 0;
}

/* The numbers of those who are left out for the reason that was asked about. */
static void write_who(const struct plan_job *self, struct text *text)
{
    const struct scheme *scheme = &self->scheme;
    struct person_identity person;
    out_open(text, "who", '{');
    out_open(text, crowd_reason_code(self->who), '[');
    for (uint32_t i = 0, told = 0; i < scheme->excluded_id_count && told < WHO_MAX; i++) {
        if (scheme->excluded_ids[i].reason != self->who ||
            person_identity(self->job.call->api->db, NULL, scheme->excluded_ids[i].id,
                            &person) != 0)
            continue;
        out_text(text, NULL, person.number);
        told++;
    }
    out_close(text, ']');
    out_close(text, '}');
}

static void planned(struct job *job)
{
    struct plan_job *self = (struct plan_job *)(void *)job;
    struct call *call = job->call;
    if (self->purpose == START && is_repeated(call)) /* while this was being planned */
        return;
    if (plan_refused(self))
        return;
    if (self->certain) {
        char why[128];
        plan_why_not_certain(&self->scheme.plan, why, sizeof why);
        api_wrong(call, "/target", why);
        return;
    }
    if (self->purpose != PREVIEW) {
        send_wave(self);
        return;
    }
    struct text text;
    text_init(&text, PLAN_JSON_MAX);
    tell_histories(call, &self->scheme);
    scheme_append_json(&self->scheme, call->api->config.crowd, &call->api->skills, &text);
    if (self->who != CROWD_OK)
        write_who(self, &text);
    out_close(&text, '}');
    call_json(call, 200, &text);
}

/* False after an answer. */
static bool read_place(struct call *call, struct plan_job *job)
{
    struct read_need row;
    int status = read_need(call->api->db, call->id, &row);
    if (status == 0)
        status = sites_load(&job->musters, call->api->db, "muster");
    if (status != 0) {
        call_refuse(call, status, NULL);
        return false;
    }
    job->at = row.at;
    job->mode = row.mode;
    return true;
}

static struct plan_job *plan_job_new(struct call *call, enum purpose purpose)
{
    struct plan_job *job = job_new(call, sizeof *job, planned);
    if (job == NULL)
        return NULL;
    job->job.dispose = plan_dispose;
    job->purpose = purpose;
    job->request.record = purpose != PREVIEW;
    return job;
}

static void plan(struct call *call, enum purpose purpose)
{
    struct read_incident incident;
    if (!api_open(call, STAGE_NEED, MAY_DRILL, &incident))
        return;
    if (call->api->config.planner == NULL) {
        call_refuse(call, ST_BUSY, NULL);
        return;
    }
    if (purpose == START && is_repeated(call))
        return;
    struct plan_job *job = plan_job_new(call, purpose);
    if (job == NULL)
        return;
    if ((purpose == PREVIEW && !read_place(call, job)) ||
        !read_request(call, job, incident.exercise)) {
        job_free(&job->job);
        return;
    }
    job_line_put(&call->api->plans, &job->job, plan_work);
}

void needs_plan(struct call *call)
{
    plan(call, PREVIEW);
}

void needs_callout(struct call *call)
{
    plan(call, START);
}

/* ---- the next wave at once ---- */
static void plan_next_wave(struct call *call, int64_t callout_id, int tries)
{
    struct read_callout callout;
    struct plan_job *job = plan_job_new(call, NEXT_WAVE);
    if (job == NULL)
        return;
    const int status = read_callout(call->api->db, callout_id, &callout);
    if (status != 0) {
        job_free(&job->job);
        call_refuse(call, status, NULL);
        return;
    }
    job->callout_id = callout_id;
    job->tries = tries;
    job->request.need_id = callout.need_id;
    job->request.at_once = true;
    job_line_put(&call->api->plans, &job->job, plan_work);
}

void callouts_next_wave(struct call *call)
{
    if (call->api->config.planner == NULL)
        call_refuse(call, ST_BUSY, NULL);
    else if (!is_repeated(call))
        plan_next_wave(call, call->id, 0);
}
