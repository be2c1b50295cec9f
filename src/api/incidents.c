/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents: the list, one with its needs, the report, the steps, the roll call. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "api/view.h"
#include "crowd/crowd.h"
#include "loop/names.h"
#include "road/road.h"
#include "store/notes.h"
#include "store/people.h"
#include "store/response.h"
#include "store/texts.h"

#include <stdio.h>

#define LIST_LIMIT 100
#define LIST_LIMIT_MAX 500
/* A new report this near and this soon is offered to be added to the other one. */
#define SIMILAR_M_MAX 500
#define SIMILAR_MS_MAX (60 * INT64_C(60000))
#define SIMILAR_LOOKED_AT 500
#define SIMILAR_MAX 10
#define OVER "closed, cancelled, merged"

static const char *const grade_names[] = {"", "I", "II", "III", "IV"};

/* Alarms, the requester, what is told to those who come, in whose home it is: its
 * dispatchers and verifiers. */
static bool sees_private_of(struct call *call, const struct read_incident *incident)
{
    return api_may(call, MAY_VERIFY | MAY_DRILL, incident->area_id, incident->exercise) ==
           0;
}

/* A place in somebody's home is their address. */
static bool is_rounded(struct call *call, const struct read_incident *incident)
{
    return out_has_word("household, medical", incident->kind) &&
           !sees_private_of(call, incident);
}

/* The members of INCIDENT, without the closing bracket. */
static void write_incident(struct call *call, struct text *text,
                           const struct read_incident *incident)
{
    struct api *api = call->api;
    out_open(text, NULL, '{');
    out_int(text, "id", incident->id);
    out_text(text, "case", incident->case_number);
    out_text(text, "kind", incident->kind);
    AUTO_FREE char *title = NULL;
    if (text_read(api->db, api->config.vault, incident->id, TEXT_TITLE, incident->id,
                  &title) == 0)
        out_text_if(text, "title", title);
    if (incident->grade >= 1 && incident->grade <= 4)
        out_text(text, "grade", grade_names[incident->grade]);
    out_bool(text, "exercise", incident->exercise);
    out_text(text, "state", incident->state);
    const bool rounded = is_rounded(call, incident);
    out_point(text, "at", rounded ? crowd_on_grid(incident->at) : incident->at);
    if (rounded)
        out_bool(text, "at_rounded", true);
    api_write_area(call, text, incident->area_id);
    out_time_if(text, "reported_at", incident->reported_ms);
    out_time_if(text, "closed_at", incident->closed_ms);
    out_time_if(text, "roll_call_at", incident->roll_call_ms);
    if (incident->merged_into != 0)
        out_int(text, "merged_into", incident->merged_into);
    enum response_level level;
    if (response_level_of(api->db, incident->area_id, call->now_ms, &level) == ST_OK)
        out_text(text, "response", response_level_code(level));
}

/* Who it is. They said yes: the incident's dispatchers see name and telephone. */
static void write_in_need(struct call *call, struct text *text,
                          const struct read_incident *incident, int64_t person_id)
{
    struct person_identity person;
    const bool named =
        api_may(call, MAY_DRILL, incident->area_id, incident->exercise) == 0;
    struct vault *vault = named ? call->api->config.vault : NULL;
    if (person_identity(call->api->db, vault, person_id, &person) != 0)
        return;
    out_text(text, "number", person.number);
    if (named) {
        out_text_if(text, "name", person.name);
        out_text_if(text, "phone", person.phone);
    }
}

/* Alarms that nobody has acknowledged yet. */
static int write_alarms(struct call *call, struct text *text,
                        const struct read_incident *incident)
{
    out_open(text, "alarms", '[');
    struct query *query = read_assignments(call->api->db, incident->id, 0);
    struct read_assignment assignment;
    int status;
    while ((status = query_step(query)) > 0) {
        read_assignment_row(query, &assignment);
        if (assignment.sos_ms == 0 || assignment.sos_acknowledged_ms >= assignment.sos_ms)
            continue;
        out_open(text, NULL, '{');
        out_int(text, "assignment", assignment.id);
        out_int(text, "need", assignment.need_id);
        write_in_need(call, text, incident, assignment.person_id);
        out_time_if(text, "at", assignment.sos_ms);
        out_close(text, '}');
    }
    out_close(text, ']');
    return status;
}

/* Who is out of contact: nobody has heard of them, whoever looks at whatever else. */
static int write_lost(struct call *call, struct text *text,
                      const struct read_incident *incident)
{
    struct query *query = db_query(
        call->api->db, "SELECT id, need_id, person_id FROM assignment"
                       " WHERE incident_id = ?1 AND state = 'lost_contact' ORDER BY id");
    query_int(query, 1, incident->id);
    out_open(text, "lost", '[');
    int status;
    while ((status = query_step(query)) > 0) {
        out_open(text, NULL, '{');
        out_int(text, "assignment", query_get_int(query, 0));
        out_int(text, "need", query_get_int(query, 1));
        write_in_need(call, text, incident, query_get_int(query, 2));
        out_close(text, '}');
    }
    out_close(text, ']');
    return status;
}

static int64_t missing_of(const struct read_need *need)
{
    int64_t missing = 0;
    for (uint32_t i = 0; i < need->line_count; i++)
        if (need->lines[i].accepted < need->lines[i].count)
            missing += need->lines[i].count - need->lines[i].accepted;
    return missing;
}

/* Filled, but the level above has been told that some come too late: how many do; 0 for
 * any other need. */
static int late_of(struct call *call, const struct read_need *need, int64_t *ret)
{
    *ret = 0;
    if (need->escalated_ms == 0 || strcmp(need->state, "filled") != 0)
        return ST_OK;
    return read_late(call->api->db, need, call->now_ms, ret);
}

/* Of the needs that want people: how many are missing and when the first of them is
 * wanted, how many come too late, and since when the level above has been told. */
static int write_missing(struct call *call, struct text *text, int64_t incident_id)
{
    AUTO_FREE struct read_need *needs = NULL;
    uint32_t count = 0;
    int64_t missing = 0, late = 0, escalated_ms = 0, by_ms = 0;
    int status = read_needs(call->api->db, incident_id, &needs, &count);
    for (uint32_t i = 0; status == 0 && i < count; i++) {
        const bool wants = out_has_word("open, short", needs[i].state);
        int64_t late_here = 0;
        status = late_of(call, &needs[i], &late_here);
        const int64_t missing_here = wants ? missing_of(&needs[i]) : 0;
        missing += missing_here;
        if (missing_here > 0 && (by_ms == 0 || needs[i].deadline_ms < by_ms))
            by_ms = needs[i].deadline_ms;
        late += late_here;
        if ((wants || late_here > 0) && needs[i].escalated_ms > escalated_ms)
            escalated_ms = needs[i].escalated_ms;
    }
    out_int(text, "missing", missing);
    out_time_if(text, "missing_by", by_ms);
    if (late > 0)
        out_int(text, "late", late);
    out_time_if(text, "escalated_at", escalated_ms);
    return status;
}

/* How many reports wait for a second person. */
static int write_to_verify(struct call *call, struct text *text, int64_t incident_id)
{
    struct query *query =
        db_query(call->api->db, "SELECT count(*) FROM assignment WHERE incident_id = ?1"
                                " AND state = 'reported'");
    query_int(query, 1, incident_id);
    const int status = query_step(query);
    const int64_t count = status > 0 ? query_get_int(query, 0) : 0;
    query_reset(query);
    if (count > 0)
        out_int(text, "to_verify", count);
    return status < 0 ? status : 0;
}

/* ---- GET incidents ---- */
static int write_listed(struct call *call, struct text *text, enum read_which which,
                        const struct read_incident *incident)
{
    /* What is closed is among what runs for its alarms only. */
    const bool may_call = incident->closed_ms == 0 || which == READ_RUNNING;
    int status = ST_OK;
    write_incident(call, text, incident);
    if (incident->closed_ms == 0)
        status = write_missing(call, text, incident->id);
    if (status == 0 && incident->closed_ms == 0 && sees_private_of(call, incident))
        status = write_to_verify(call, text, incident->id);
    if (status == 0 && may_call && sees_private_of(call, incident))
        status = write_alarms(call, text, incident);
    if (status == 0 && may_call && sees_private_of(call, incident))
        status = write_lost(call, text, incident);
    out_close(text, '}');
    return status;
}

static bool has_open_alarm(struct call *call, int64_t incident_id)
{
    struct query *query =
        db_query(call->api->db, "SELECT 1 FROM assignment WHERE incident_id = ?1"
                                " AND sos_ms > sos_acknowledged_ms LIMIT 1");
    query_int(query, 1, incident_id);
    const bool found = query_step(query) > 0;
    query_reset(query);
    return found;
}

/* Merged into one that runs and that the viewer may not read: whoever reported or led it
 * would lose it without a word. */
static bool goes_on_unseen(struct call *call, const struct read_incident *incident)
{
    struct read_incident into = *incident;
    return read_incident_follow(call->api->db, &into) == 0 &&
           !out_has_word(OVER, into.state) &&
           api_may(call, MAY_READ, into.area_id, into.exercise) != 0;
}

static bool is_listed(struct call *call, enum read_which which,
                      const struct read_incident *incident)
{
    return api_may(call, MAY_READ, incident->area_id, incident->exercise) == 0 &&
           (which != READ_RUNNING || strcmp(incident->state, "merged") != 0 ||
            goes_on_unseen(call, incident) || has_open_alarm(call, incident->id));
}

/* The page before *LAST, which moves along; 1 = there is more. What is looked at is
 * bounded: a page may be short, its link leads on. */
static int write_page(struct call *call, struct text *text, enum read_which which,
                      int64_t limit, int64_t *last)
{
    struct read_incident incident;
    int64_t count = 0;
    int looked = 0, rows, status;
    do {
        struct query *query =
            read_incident_list(call->api->db, which, *last, API_ROWS_AT_ONCE);
        for (rows = 0; (status = query_step(query)) > 0; rows++) {
            if (count == limit || looked == API_ROWS_MAX)
                return query_stop(query, 1);
            looked++;
            read_incident_row(query, &incident);
            *last = incident.id;
            if (!is_listed(call, which, &incident))
                continue;
            count++;
            status = write_listed(call, text, which, &incident);
            if (status < 0)
                return query_stop(query, status);
        }
    } while (status == ST_OK && rows == API_ROWS_AT_ONCE);
    return status;
}

void incidents_list(struct call *call)
{
    static const char *const states[] = {"running", "closed", "all", NULL};
    int64_t limit, last;
    if (!call_page(call, LIST_LIMIT, LIST_LIMIT_MAX, INT64_MAX, &limit, &last))
        return;
    const char *state = http_query(call->request, "state");
    const int which = state == NULL ? READ_ALL : body_code(states, state);
    if (which < 0) {
        api_wrong(call, "?state", "is not known; known are: running, closed, all");
        return;
    }
    struct text text;
    call_list_begin(&text);
    const int status = write_page(call, &text, (enum read_which)which, limit, &last);
    if (status == 1)
        call_next_id(call, last);
    call_list_end(call, &text, status);
}

/* ---- GET incidents/{id} ---- */
static int write_callouts(struct call *call, struct text *text, int64_t need_id)
{
    out_open(text, "callouts", '[');
    struct query *query = read_callouts(call->api->db, need_id);
    struct read_callout callout;
    int status;
    while ((status = query_step(query)) > 0) {
        read_callout_row(query, &callout);
        out_open(text, NULL, '{');
        out_int(text, "id", callout.id);
        out_text(text, "state", callout.state);
        out_close(text, '}');
    }
    out_close(text, ']');
    return status;
}

/* What is told to those who come: as the requester's address, for whoever may see that.
 */
static void write_notes(struct call *call, struct text *text,
                        const struct read_need *need)
{
    struct need_notes notes;
    if (notes_read(call->api->db, call->api->config.vault, need->incident_id, need->id,
                   &notes) != 0)
        return;
    out_text_if(text, "place", notes.place);
    out_text_if(text, "contact", notes.contact);
    out_text_if(text, "warning", notes.warning);
}

static int write_needs(struct call *call, struct text *text,
                       const struct read_incident *incident)
{
    const bool with_notes = sees_private_of(call, incident);
    const bool rounded = is_rounded(call, incident);
    AUTO_FREE struct read_need *needs = NULL;
    uint32_t count = 0;
    int status = read_needs(call->api->db, incident->id, &needs, &count);
    out_open(text, "needs", '[');
    for (uint32_t i = 0; status == 0 && i < count; i++) {
        const struct read_need *need = &needs[i];
        int64_t late;
        status = late_of(call, need, &late);
        out_open(text, NULL, '{');
        out_int(text, "id", need->id);
        out_text(text, "state", need->state);
        out_point(text, "at", rounded ? crowd_on_grid(need->at) : need->at);
        out_time_if(text, "stated_at", need->stated_ms);
        out_time_if(text, "by", need->deadline_ms);
        out_time_if(text, "escalated_at", need->escalated_ms);
        if (late > 0)
            out_int(text, "late", late);
        out_open(text, "lines", '[');
        for (uint32_t k = 0; k < need->line_count; k++) {
            out_open(text, NULL, '{');
            api_write_skills(text, "skills", need->lines[k].skills);
            out_int(text, "count", need->lines[k].count);
            out_int(text, "reserve", need->lines[k].reserve);
            out_int(text, "accepted", need->lines[k].accepted);
            out_int(text, "on_scene", need->lines[k].on_scene);
            out_close(text, '}');
        }
        out_close(text, ']');
        if (need->reserve == LOOP_RESERVE_AUTO)
            out_text(text, "reserve", "auto");
        else
            out_int(text, "reserve", need->reserve);
        out_real(text, "target", need->target);
        if (need->mode >= 0)
            out_text(text, "mode", road_mode_name((enum road_mode)need->mode));
        if (with_notes)
            write_notes(call, text, need);
        if (status == 0)
            status = write_callouts(call, text, need->id);
        out_close(text, '}');
    }
    out_close(text, ']');
    return status;
}

/* The check word is for dispatchers to tell the requester: a case number can be guessed,
 * so the requester's page does not show it. */
static void write_requester(struct call *call, struct text *text,
                            const struct read_incident *incident)
{
    struct requester requester;
    const int64_t incident_id = incident->id;
    if (strcmp(incident->kind, "household") == 0) {
        char word[8];
        view_check_word(call->api, incident_id, word);
        out_text(text, "check_word", word);
    }
    if (requester_read(call->api->db, call->api->config.vault, incident_id, &requester) !=
        0)
        return;
    out_open(text, "requester", '{');
    out_text_if(text, "name", requester.name);
    out_text_if(text, "phone", requester.phone);
    out_text_if(text, "address", requester.address);
    out_bool(text, "consent", requester.consent);
    out_close(text, '}');
}

/* Of the words the loop allows, those that are steps of the API. */
static void write_next(struct text *text, const char *state)
{
    static const char *const steps[] = {"confirm",   "stand_down", "review", "close",
                                        "cancel",    "reopen",     "merge",  "move",
                                        "take_over", NULL};
    enum incident_state value;
    struct text allowed;
    text_init(&allowed, 4096);
    if (incident_state_parse(state, &value))
        loop_allowed_for_incident(value, &allowed);
    out_open(text, "next", '{');
    out_allowed(text, "steps", steps, text_string(&allowed));
    out_close(text, '}');
    text_release(&allowed);
}

int api_write_incident(struct call *call, struct text *text,
                       const struct read_incident *incident)
{
    write_incident(call, text, incident);
    int status = write_needs(call, text, incident);
    if (sees_private_of(call, incident)) {
        write_requester(call, text, incident);
        if (status == 0)
            status = write_alarms(call, text, incident);
        if (status == 0)
            status = write_to_verify(call, text, incident->id);
    }
    if (api_may(call, MAY_DRILL, incident->area_id, incident->exercise) == 0)
        write_next(text, incident->state);
    return status;
}

void incidents_get(struct call *call)
{
    struct read_incident incident;
    if (!api_open(call, STAGE_INCIDENT, MAY_READ, &incident))
        return;
    struct text text;
    text_init(&text, CALL_ANSWER_MAX);
    const int status = api_write_incident(call, &text, &incident);
    out_close(&text, '}');
    if (status < 0) {
        text_release(&text);
        call_refuse(call, status, NULL);
        return;
    }
    call_json(call, 200, &text);
}

/* ---- POST incidents ---- */
/* Reports of the same kind nearby and not long ago: the console offers to merge. */
static void write_similar(struct call *call, struct text *text,
                          const struct read_incident *incident)
{
    out_open(text, "similar", '[');
    struct query *query =
        read_incident_list(call->api->db, READ_RUNNING, incident->id, SIMILAR_LOOKED_AT);
    struct read_incident other;
    int found = 0;
    while (found < SIMILAR_MAX && query_step(query) > 0) {
        read_incident_row(query, &other);
        if (strcmp(other.kind, incident->kind) != 0 || out_has_word(OVER, other.state) ||
            other.exercise != incident->exercise ||
            incident->reported_ms - other.reported_ms > SIMILAR_MS_MAX ||
            point_distance_m(other.at, incident->at) > SIMILAR_M_MAX ||
            api_may(call, MAY_DRILL, other.area_id, other.exercise) != 0)
            continue;
        found++;
        out_open(text, NULL, '{');
        out_int(text, "id", other.id);
        out_text(text, "case", other.case_number);
        out_close(text, '}');
    }
    query_reset(query);
    out_close(text, ']');
}

static void report_answer(struct job *job)
{
    struct call *call = job->call;
    if (job_refused(job))
        return;
    struct read_incident incident;
    const int64_t id =
        job->command->repeated ? job->command->result_id : job->report->incident_id;
    const int status = read_incident(call->api->db, id, &incident);
    if (status != 0) {
        call_refuse(call, status, NULL);
        return;
    }
    char location[64];
    (void)snprintf(location, sizeof location, "/api/v1/incidents/%lld", (long long)id);
    call_header(call, "Location", location);
    struct text text;
    text_init(&text, 65536);
    out_open(&text, NULL, '{');
    out_int(&text, "id", id);
    out_text(&text, "case", incident.case_number);
    api_write_area(call, &text, incident.area_id);
    out_text(&text, "state", incident_state_code(INCIDENT_REPORTED));
    write_similar(call, &text, &incident);
    out_close(&text, '}');
    call_json(call, 201, &text);
}

static void copy(char *ret, size_t size, const struct body_text *text)
{
    (void)snprintf(ret, size, "%s", text->value == NULL ? "" : text->value);
}

static bool is_filled(const struct body_text *text)
{
    return text->value != NULL && text->value[0] != '\0';
}

void incidents_post(struct call *call)
{
    const struct in_incident *in = call->input;
    const struct in_requester *requester = &in->requester;
    if (requester->given && !is_filled(&requester->name) &&
        !is_filled(&requester->phone) && !is_filled(&requester->address)) {
        api_wrong(call, "/requester", "needs a name, a telephone number or an address");
        return;
    }
    if (!api_is_on_map(call->api, in->at.at)) {
        api_wrong(call, "/at", "lies outside the map");
        return;
    }
    const bool exercise = in->exercise.given && in->exercise.value != 0;
    if (!api_require_at(call, MAY_DRILL, in->at.at, exercise))
        return;
    struct job *job = job_new(call, sizeof *job, report_answer);
    if (job == NULL)
        return;
    struct report_command *report = mem_calloc(1, sizeof *report);
    if (report == NULL) {
        job_free(job);
        call_refuse(call, ST_NO_MEMORY, NULL);
        return;
    }
    report_command_init(report);
    report->incident.kind = (enum incident_kind)in->kind.value;
    report->incident.grade = (int32_t)in->grade.value;
    report->incident.exercise = exercise;
    report->incident.at = in->at.at;
    report->incident.area_id = area_at(&call->api->areas, in->at.at)->id;
    report->actor = call->session.account.id;
    copy(report->title, sizeof report->title, &in->title);
    if (requester->given) {
        struct requester *told = &report->requester;
        copy(told->name, sizeof told->name, &requester->name);
        copy(told->phone, sizeof told->phone, &requester->phone);
        copy(told->address, sizeof told->address, &requester->address);
        told->consent = requester->consent.value != 0;
        told->given = true;
    }
    job_report(job, report);
}

/* ---- POST incidents/{id}/steps ---- */
/* What one step wants and the others do not know; false after an answer. */
static bool goes_with(struct call *call, bool is_wanted, bool is_given,
                      const char *pointer)
{
    if (is_wanted == is_given)
        return true;
    api_wrong(call, pointer,
              is_wanted ? "is required for this step" : "does not go with this step");
    return false;
}

/* Where it really is: the area that lies in, whose office must be the account's, too.
 * False after an answer. */
static bool read_move(struct call *call, const struct in_step *in,
                      const struct read_incident *incident, struct loop_input *ret)
{
    if (!goes_with(call, in->step.value == STEP_MOVE, in->at.given, "/at"))
        return false;
    if (!in->at.given)
        return true;
    if (!api_is_on_map(call->api, in->at.at)) {
        api_wrong(call, "/at", "lies outside the map");
        return false;
    }
    const struct area *area = area_at(&call->api->areas, in->at.at);
    if (api_may(call, MAY_DRILL, area->id, incident->exercise) != 0) {
        api_wrong(call, "/at", "lies where your account may not act");
        return false;
    }
    ret->at = in->at.at;
    ret->number = area->id;
    return true;
}

/* What is written to an incident whose key is destroyed could not be kept. */
static bool may_reopen(struct call *call, const struct read_incident *incident,
                       const char *reason)
{
    if (reason == NULL)
        api_wrong(call, "/reason", "re-opening needs a reason");
    else if (requester_is_erased(call->api->db, incident->id) != 0)
        call_error(call, 409, "who asked for help is erased: report a new incident");
    else
        return true;
    return false;
}

void incidents_step(struct call *call)
{
    static const enum loop_input_kind kinds[] = {
        [STEP_CONFIRM] = LOOP_CONFIRM,     [STEP_STAND_DOWN] = LOOP_STAND_DOWN,
        [STEP_REVIEW] = LOOP_REVIEW,       [STEP_CLOSE] = LOOP_CLOSE,
        [STEP_CANCEL] = LOOP_CANCEL,       [STEP_REOPEN] = LOOP_REOPEN,
        [STEP_MERGE] = LOOP_MERGE,         [STEP_MOVE] = LOOP_MOVE,
        [STEP_TAKE_OVER] = LOOP_TAKE_OVER,
    };
    const struct in_step *in = call->input;
    struct read_incident incident, into;
    if (!api_open(call, STAGE_INCIDENT, MAY_DRILL, &incident))
        return;
    struct loop_input input = {.kind = kinds[in->step.value],
                               .id = incident.id,
                               .reason = body_said(&in->reason)};
    if (in->step.value == STEP_REOPEN && !may_reopen(call, &incident, input.reason))
        return;
    if (!goes_with(call, in->step.value == STEP_MERGE, in->into.given, "/into"))
        return;
    if (in->into.given) {
        if (read_incident(call->api->db, in->into.value, &into) != 0 ||
            api_may(call, MAY_DRILL, into.area_id, into.exercise) != 0) {
            api_wrong(call, "/into", "there is no such incident");
            return;
        }
        input.number = into.id;
    }
    if (!read_move(call, in, &incident, &input))
        return;
    api_step(call, STAGE_INCIDENT, incident.id, STAGE_INCIDENT, &input, NULL);
}

/* ---- POST incidents/{id}/roll-calls ---- */
static void roll_call_answer(struct job *job)
{
    struct call *call = job->call;
    if (job_refused(job))
        return;
    struct text text;
    text_init(&text, 256);
    out_open(&text, NULL, '{');
    out_int(&text, "id",
            job->command->repeated ? job->command->result_id : job->loop->row_id);
    out_close(&text, '}');
    call_json(call, 201, &text);
}

void incidents_roll_call(struct call *call)
{
    struct read_incident incident;
    if (!api_open(call, STAGE_INCIDENT, MAY_DRILL, &incident))
        return;
    struct job *job = job_new(call, sizeof *job, roll_call_answer);
    if (job == NULL)
        return;
    const struct loop_input input = {
        .kind = LOOP_ROLL_CALL, .id = incident.id, .actor = call->session.account.id};
    job_step(job, STAGE_INCIDENT, incident.id, &input, NULL);
}
