/* SPDX-License-Identifier: Apache-2.0 */
/* The board of a call-out, its plan records, its steps. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/record.h"
#include "api/schemas.h"
#include "api/sight.h"
#include "loop/loop.h"
#include "loop/names.h"
#include "store/people.h"

#include <stdio.h>

#define PART_ROWS 32
#define PLANS_LIMIT 10
#define PLANS_LIMIT_MAX 50

/* ---- GET callouts/{id} ---- */
static void write_lines(struct text *text, const struct read_need *need)
{
    out_open(text, "lines", '[');
    for (uint32_t i = 0; i < need->line_count; i++) {
        out_open(text, NULL, '{');
        api_write_skills(text, "skills", need->lines[i].skills);
        out_int(text, "count", need->lines[i].count);
        out_int(text, "reserve", need->lines[i].reserve);
        out_int(text, "accepted", need->lines[i].accepted);
        out_int(text, "on_scene", need->lines[i].on_scene);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void write_funnel(struct text *text, const struct read_funnel *funnel)
{
    out_open(text, "funnel", '{');
    out_int(text, "alerted", funnel->alerted);
    out_int(text, "delivered", funnel->delivered);
    out_int(text, "read", funnel->read);
    for (int state = 0; state < ALERT_STATE_COUNT; state++)
        out_int(text, alert_state_code((enum alert_state)state), funnel->in_state[state]);
    out_int(text, "en_route", funnel->en_route);
    out_int(text, "on_scene", funnel->on_scene);
    out_close(text, '}');
}

/* Nobody reports on behalf before the person was given time to, unless they are erased.
 */
static bool may_report(const struct read_assignment *assignment, struct query *query,
                       int64_t now_ms)
{
    struct loop_config config;
    loop_config_default(&config);
    return now_ms >= assignment->released_ms + config.report_remind_ms ||
           read_board_is_erased(query);
}

/* The steps of the API that it allows, of those that the viewer may do. */
static void write_can(struct text *text, const struct read_assignment *assignment,
                      struct sight sight, bool with_report)
{
    static const char *const none[] = {NULL}, *const check[] = {"verify", NULL};
    const char *const all[] = {"depart",
                               "arrive",
                               "work",
                               "release",
                               "withdraw",
                               "turned_back",
                               "no_show",
                               "lost",
                               "found",
                               "verify",
                               with_report ? "report" : NULL,
                               NULL};
    const char *const *steps = sight.dispatch ? all : sight.verify ? check : none;
    enum assignment_state value;
    struct text allowed;
    text_init(&allowed, 4096);
    if (assignment_state_parse(assignment->state, &value))
        loop_allowed_for_assignment(value, assignment->en_route_ms != 0, &allowed);
    out_allowed(text, "can", steps, text_string(&allowed));
    text_release(&allowed);
}

static int64_t eta_seconds(const struct read_assignment *assignment, int64_t now_ms)
{
    int64_t left_ms = assignment->travel_ms;
    if (assignment->set_out_ms > 0)
        left_ms -= now_ms - assignment->set_out_ms;
    return left_ms < 0 ? 0 : left_ms / 1000;
}

static void write_report(struct call *call, struct text *text, struct query *query,
                         const struct read_assignment *assignment)
{
    out_text_if(text, "outcome", assignment->outcome);
    AUTO_FREE char *report = assignment->reported_ms == 0
                                 ? NULL
                                 : read_board_report(query, call->api->config.vault);
    out_text_if(text, "report", report);
    if (assignment->released_ms > 0)
        out_int(text, "minutes", assignment->minutes_worked);
    if (assignment->verified_ms > 0)
        out_int(text, "minutes_credited", assignment->minutes_credited);
    if (assignment->reported_ms > 0)
        out_text(text, "reported_by",
                 assignment->reported_by == 0 ? "person" : read_board_reporter(query));
}

/* Called for help, and has not said since how it was. */
static bool is_in_need(const struct read_assignment *assignment)
{
    return assignment->sos_ms > 0 &&
           out_has_word("stood_down, released", assignment->state);
}

/* A position is shared for the time of the assignment only, or for who comes to help. */
static void write_places(struct call *call, struct text *text, struct query *query,
                         const struct read_assignment *assignment)
{
    struct point at;
    int64_t at_ms;
    if ((api_is_active(assignment) || is_in_need(assignment)) &&
        read_board_position(query, call->api->config.vault, &at, &at_ms)) {
        out_point(text, "position", at);
        out_time_if(text, "position_at", at_ms);
    }
    sight_write_grid(call, text, assignment->person_id);
}

/* The row that the query stands on. */
static void write_assignment(struct call *call, struct text *text, struct sight sight,
                             struct query *query)
{
    struct read_assignment row, *assignment = &row;
    struct person_identity person;
    struct vault *vault = call->api->config.vault;
    read_assignment_row(query, assignment);
    out_open(text, NULL, '{');
    out_int(text, "id", assignment->id);
    out_int(text, "alert", assignment->alert_id);
    if (sight.numbers && read_board_identity(query, vault, &person) == 0)
        sight_write_person(call, text, sight, &person, true);
    out_text(text, "state", assignment->state);
    out_int(text, "line", assignment->line);
    out_int(text, "count", assignment->count);
    if (strcmp(assignment->state, "assigned") == 0 ||
        strcmp(assignment->state, "en_route") == 0)
        sight_write_seconds(text, "eta_seconds", assignment->travel_ms,
                            eta_seconds(assignment, call->now_ms));
    out_time_if(text, "alerted_at", assignment->alerted_ms);
    out_time_if(text, "assigned_at", assignment->assigned_ms);
    out_time_if(text, "en_route_at", assignment->en_route_ms);
    out_time_if(text, "on_scene_at", assignment->on_scene_ms);
    out_time_if(text, "released_at", assignment->released_ms);
    out_time_if(text, "reported_at", assignment->reported_ms);
    out_time_if(text, "verified_at", assignment->verified_ms);
    out_time_if(text, "here_at", assignment->here_ms);
    if (sight.numbers)
        write_report(call, text, query, assignment);
    out_bool(text, "sos",
             assignment->sos_ms > 0 &&
                 assignment->sos_acknowledged_ms < assignment->sos_ms);
    if (sight.dispatch) {
        out_bool(text, "sees_place", read_board_sees_place(query));
        write_places(call, text, query, assignment);
    }
    write_can(text, assignment, sight, may_report(assignment, query, call->now_ms));
    out_close(text, '}');
}

/* A part of a board's rows on its way. */
struct board {
    struct call *call;
    struct text text;
    struct sight sight;
    int64_t incident_id, callout_id;
    int64_t last; /* the id of the last row */
};

static struct query *ask_rows(const struct board *board)
{
    return read_board_assignments(board->call->api->db, board->incident_id,
                                  board->callout_id, board->last, PART_ROWS + 1);
}

/* The next rows, as QUERY was asked for them. CALL_PART_DONE: there are more. */
static int write_rows(struct board *board, struct query *query)
{
    int status, count = 0;
    while ((status = query_step(query)) > 0) {
        if (count++ == PART_ROWS)
            return query_stop(query, CALL_PART_DONE);
        board->last = query_get_int(query, 0);
        write_assignment(board->call, &board->text, board->sight, query);
    }
    return status;
}

static void write_head(struct text *text, const struct read_callout *callout,
                       const struct read_incident *incident, const struct read_need *need)
{
    out_int(text, "id", callout->id);
    out_int(text, "need", callout->need_id);
    out_int(text, "incident", callout->incident_id);
    out_text(text, "state", callout->state);
    out_text(text, "need_state", need->state);
    out_bool(text, "exercise", incident->exercise);
    out_time_if(text, "started_at", callout->started_ms);
    out_time_if(text, "ended_at", callout->ended_ms);
    out_time_if(text, "deadline", need->deadline_ms);
    out_int(text, "waves", callout->waves);
    if (callout->unsent > 0)
        out_int(text, "unsent", callout->unsent);
    out_int(text, "left_out", callout->left_out);
    out_real(text, "probability", callout->probability);
    out_real(text, "target", need->target);
    out_bool(text, "target_reached", callout->target_reached);
    if (strcmp(callout->state, "active") == 0)
        out_time_if(text, "next_wave_at", callout->replan_due_ms);
}

/* Up to its rows, and the first part of these: as write_rows. All questions are asked at
 * once. */
static int begin_board(struct board *board, const struct read_incident *incident)
{
    struct api *api = board->call->api;
    struct text *text = &board->text;
    const int64_t id = board->callout_id;
    struct read_callout callout;
    struct read_incident same;
    struct read_need need;
    struct read_funnel funnel;
    struct read_around around;
    struct read_funnel_asked asked;
    const bool is_counted = writer_funnel(api->config.writer, id, &funnel);
    struct query *people = ask_rows(board);
    read_around_ask(&around, api->db, id);
    if (!is_counted)
        read_funnel_ask(&asked, api->db, id);
    int status = read_callout(api->db, id, &callout);
    if (status == 0)
        status = read_around_take(&around, &same, &need);
    if (status == 0 && !is_counted)
        status = read_funnel_take(&asked, &funnel);
    if (status != 0)
        return query_stop(people, status);
    out_open(text, NULL, '{');
    write_head(text, &callout, incident, &need);
    write_lines(text, &need);
    write_funnel(text, &funnel);
    out_open(text, "assignments", '[');
    return write_rows(board, people);
}

int api_write_board(struct call *call, struct text *text,
                    const struct read_incident *incident, int64_t callout_id)
{
    struct board board = {.call = call,
                          .text = *text,
                          .sight = sight_of(call, incident),
                          .incident_id = incident->id,
                          .callout_id = callout_id};
    int status = begin_board(&board, incident);
    while (status == CALL_PART_DONE)
        status = write_rows(&board, ask_rows(&board));
    *text = board.text;
    out_close(text, ']');
    out_close(text, '}');
    return status;
}

/* Hundreds of rows take milliseconds: as the lists of alerts.c, a board is written in
 * parts, and the answers of volunteers go between them. */
static void write_part(void *context)
{
    struct board *board = context;
    int status = ST_CLOSED;
    if (!http_is_gone(board->call->request))
        status = write_rows(board, ask_rows(board));
    if (!call_list_goes_on(board->call, &board->text, status, 0, write_part, board))
        mem_free(board);
}

void callouts_get(struct call *call)
{
    struct read_incident incident;
    if (!api_open(call, STAGE_CALLOUT, MAY_READ, &incident))
        return;
    struct board *board = mem_calloc(1, sizeof *board);
    if (board == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return;
    }
    *board = (struct board){.call = call,
                            .sight = sight_of(call, &incident),
                            .incident_id = incident.id,
                            .callout_id = call->id};
    text_init(&board->text, CALL_ANSWER_MAX);
    int status = db_begin_read(call->api->db);
    if (status == 0) {
        status = begin_board(board, &incident);
        db_end_read(call->api->db);
    }
    if (!call_list_goes_on(call, &board->text, status, 0, write_part, board))
        mem_free(board);
}

/* ---- GET callouts/{id}/plans ---- */
/* A record may hold 2,000 candidates and 20,000 excluded: few stand on a page. The cursor
 * is the number of the last wave. */
void callouts_plans(struct call *call)
{
    struct read_incident incident;
    int64_t limit, wave;
    if (!call_page(call, PLANS_LIMIT, PLANS_LIMIT_MAX, 0, &limit, &wave) ||
        !api_open(call, STAGE_CALLOUT, MAY_AUDIT, &incident))
        return;
    int64_t count = 0;
    struct text text;
    call_list_begin(&text);
    struct query *query = db_query(
        call->api->db, "SELECT body FROM plan_record WHERE callout_id = ?1 ORDER BY id"
                       " LIMIT ?3 OFFSET ?2");
    query_int(query, 1, call->id);
    query_int(query, 2, wave);
    query_int(query, 3, limit + 1);
    const struct sight sight = sight_of(call, &incident);
    int status;
    while ((status = query_step(query)) > 0) {
        if (count++ == limit) {
            query_reset(query);
            call_next_id(call, wave);
            break;
        }
        record_append(call->api->db, query_get_text(query, 0), (int)++wave, sight.numbers,
                      &text);
    }
    call_list_end(call, &text, status);
}

/* ---- POST callouts/{id}/steps ---- */
void callouts_step(struct call *call)
{
    const struct in_step *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_CALLOUT, MAY_DRILL, &incident))
        return;
    if (in->step.value == CALLOUT_STEP_NEXT_WAVE) {
        callouts_next_wave(call);
        return;
    }
    const struct loop_input input = {.kind = in->step.value == CALLOUT_STEP_STAND_DOWN
                                                 ? LOOP_CALLOUT_STAND_DOWN
                                                 : LOOP_CALLOUT_RESUME,
                                     .id = call->id,
                                     .reason = in->reason.value};
    api_step(call, STAGE_CALLOUT, call->id, STAGE_CALLOUT, &input, NULL);
}
