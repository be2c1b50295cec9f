/* SPDX-License-Identifier: Apache-2.0 */
/* An event says what happened; the row of its alert or assignment, as it is after the
 * step, says when and to whom. */
#include "store/answer.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "loop/names.h"
#include "store/answer_internal.h"
#include "store/stage_internal.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <string.h>

static_assert(INCIDENT_KIND_COUNT <= LEARN_KINDS_MAX, "kinds");
static_assert(ROAD_MODE_COUNT <= 3, "modes");

/* ---- from an event to a row ---------------------------------------------------------
 */

struct told {
    const char *event;
    enum learn_what what;
};
static const struct told TOLD[] = {
    {"alert.accepted", LEARN_YES},        {"alert.late", LEARN_YES},
    {"alert.limited", LEARN_LIMITED},     {"alert.declined", LEARN_NO},
    {"alert.no_answer", LEARN_SILENT},    {"alert.void", LEARN_STOPPED},
    {"alert.stood_down", LEARN_STOPPED},  {"assignment.en_route", LEARN_LEFT},
    {"assignment.on_scene", LEARN_CAME},  {"assignment.withdrawn", LEARN_WITHDREW},
    {"assignment.no_show", LEARN_NO_SHOW}};

static bool what_of(const struct loop_event *event, enum learn_what *ret)
{
    const char *code = event->code == NULL ? "" : event->code;
    for (size_t i = 0; i < sizeof TOLD / sizeof TOLD[0]; i++)
        if (strcmp(event->kind, TOLD[i].event) == 0) {
            *ret = TOLD[i].what;
            /* A withdrawal is told twice; what never arrived was not refused. */
            return !(*ret == LEARN_NO && strcmp(code, "withdrawn") == 0) &&
                   !(*ret == LEARN_STOPPED && strcmp(code, "undeliverable") == 0);
        }
    return false;
}

static int64_t between(int64_t from_ms, int64_t to_ms)
{
    int64_t took = from_ms == 0 ? 0 : to_ms - from_ms;
    return took < 0 ? 0 : took > LEARN_TOOK_MS_MAX ? LEARN_TOOK_MS_MAX : took;
}

static int64_t took_of(enum learn_what what, const struct alert *alert,
                       const struct assignment *assignment, int64_t now_ms)
{
    switch (what) {
    case LEARN_LEFT:
        return assignment == NULL ? -1 : between(assignment->assigned_ms, now_ms);
    case LEARN_CAME:
        return assignment == NULL ? -1 : between(assignment->en_route_ms, now_ms);
    case LEARN_WITHDREW:
    case LEARN_NO_SHOW:
        return assignment == NULL || assignment->on_scene_ms != 0 ? -1 : 0;
    default:
        /* Who answers for another says nothing about the other's delay. */
        return what == LEARN_YES && alert->on_behalf ? 0
                                                     : between(alert->alerted_ms, now_ms);
    }
}

int64_t answer_of(struct loop_incident *incident, const struct loop_event *event,
                  int64_t now_ms, const struct alert **ret_alert,
                  enum learn_what *ret_what)
{
    if (!what_of(event, ret_what))
        return -1;
    const struct assignment *assignment =
        event->assignment_id == 0 ? NULL
                                  : loop_find_assignment(incident, event->assignment_id);
    *ret_alert = loop_find_alert(incident, assignment != NULL ? assignment->alert_id
                                                              : event->alert_id);
    return *ret_alert == NULL ? -1 : took_of(*ret_what, *ret_alert, assignment, now_ms);
}

/* How the person travels there; "" = as the person's row says. */
static const char *mode_of(const struct stage *stage, const struct need *need,
                           int64_t person_id)
{
    if (need != NULL && need->mode >= 0)
        return road_mode_name((enum road_mode)need->mode);
    return stage->crowd == NULL ? ""
                                : road_mode_name(crowd_mode(stage->crowd, person_id));
}

static int put_row(struct stage *stage, struct loop_incident *incident,
                   const struct alert *alert, enum learn_what what, int64_t took_ms,
                   int64_t now_ms)
{
    struct time_local local;
    time_to_local(alert->alerted_ms, &local);
    const struct callout *callout = loop_find_callout(incident, alert->callout_id);
    const struct need *need =
        callout == NULL ? NULL : loop_find_need(incident, callout->need_id);
    struct query *query = db_query(
        stage->db,
        "INSERT INTO answer (id, person_id, alert_id, callout_id, wave, exercise, what,"
        " kind, mode, minute, weekend, at_ms, took_ms, travel_ms, promised) VALUES"
        " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, CASE WHEN ?9 = '' THEN"
        " coalesce((SELECT mode FROM person WHERE id = ?2), 'foot') ELSE ?9 END,"
        " ?10, ?11, ?12, ?13, ?14, ?15)");
    query_int(query, 1, stage_new_id(stage));
    query_int(query, 2, alert->person_id);
    query_int(query, 3, alert->id);
    query_int(query, 4, alert->callout_id);
    query_int(query, 5, alert->wave);
    query_int(query, 6, incident->exercise);
    query_text(query, 7, learn_what_code(what));
    query_text(query, 8, incident_kind_code(incident->kind));
    query_text_kept(query, 9, mode_of(stage, need, alert->person_id));
    query_int(query, 10, local.minute);
    query_int(query, 11,
              stage->crowd == NULL ? local.weekday >= 5
                                   : crowd_is_weekend(stage->crowd, alert->alerted_ms));
    query_int(query, 12, now_ms);
    query_int(query, 13, took_ms);
    query_int(query, 14, alert->travel_ms);
    query_real(query, 15, (double)alert->p_accept);
    return query_put(query);
}

int answer_put_step(struct stage *stage, struct loop_incident *incident,
                    const struct loop_effects *effects, int64_t now_ms)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < effects->event_count && status == ST_OK; i++) {
        const struct alert *alert;
        enum learn_what what;
        const int64_t took_ms =
            answer_of(incident, &effects->events[i], now_ms, &alert, &what);
        if (took_ms >= 0)
            status = put_row(stage, incident, alert, what, took_ms, now_ms);
    }
    return status;
}

/* ---- erasing and merging ------------------------------------------------------------
 */

static int put_forget(struct stage *stage, int64_t person_id, int64_t now_ms)
{
    struct query *query = db_query(
        stage->db,
        "INSERT INTO answer (id, person_id, alert_id, callout_id, wave, exercise, what,"
        " kind, mode, minute, weekend, at_ms, took_ms, travel_ms, promised)"
        " VALUES (?1, ?2, 0, 0, 0, 0, 'forget', 'other', 'foot', 0, 0, ?3, 0, 0, 0)");
    query_int(query, 1, stage_new_id(stage));
    query_int(query, 2, person_id);
    query_int(query, 3, now_ms);
    return query_run(query);
}

int answer_find(struct db *db, int64_t person_id, struct answer_rows *ret)
{
    *ret = (struct answer_rows){0};
    int status = query_find_int(db_query(db, "SELECT coalesce(max(id), 0) FROM answer"),
                                &ret->until);
    if (status != ST_OK)
        return status;
    struct query *query = db_query(
        db, "WITH RECURSIVE same(id) AS (SELECT id FROM person WHERE id = ?1 UNION"
            " SELECT p.id FROM person p JOIN same ON p.alias_of = same.id)"
            " SELECT id FROM answer WHERE person_id IN (SELECT id FROM same)");
    query_int(query, 1, person_id);
    return query_list_ids(query, &ret->ids, &ret->count);
}

void answer_rows_release(struct answer_rows *rows)
{
    mem_free(rows->ids);
    *rows = (struct answer_rows){0};
}

/* Rows change hands by merging, which leaves a row `forget`. */
void answer_use(struct writer *writer, const struct answer_rows *rows)
{
    struct stage *stage = writer_stage(writer);
    stage->answers = NULL;
    if (rows != NULL &&
        db_has(stage->db, "SELECT 1 FROM answer WHERE id > ?1 AND what = 'forget'",
               rows->until) == 0)
        stage->answers = rows;
}

/* Runs SQL of the person's row or rows. TO: to whom they go; 0: SQL deletes. */
static int change_rows(struct stage *stage, const char *sql, int64_t row_id,
                       int64_t person_id, int64_t to)
{
    struct query *query = db_query(stage->db, sql);
    query_int(query, 1, row_id);
    query_int(query, 2, person_id);
    if (to != 0)
        query_int(query, 3, to);
    return query_run(query);
}

/* ONE of each row that is known, NEWER of all behind them; then that it is to be folded
 * anew, if there were any. */
static int change_all(struct stage *stage, const char *one, const char *newer,
                      int64_t person_id, int64_t to, int64_t now_ms)
{
    const int64_t before = db_changes(stage->db);
    const struct answer_rows none = {0};
    const struct answer_rows *known = stage->answers == NULL ? &none : stage->answers;
    int status = ST_OK;
    for (uint32_t i = 0; i < known->count && status == ST_OK; i++)
        status = change_rows(stage, one, known->ids[i], person_id, to);
    if (status == ST_OK)
        status = change_rows(stage, newer, known->until, person_id, to);
    if (status != ST_OK || db_changes(stage->db) == before)
        return status;
    return put_forget(stage, person_id, now_ms);
}

int answer_forget(struct stage *stage, int64_t person_id, int64_t now_ms)
{
    return change_all(stage, "DELETE FROM answer WHERE id = ?1 AND person_id = ?2",
                      "DELETE FROM answer WHERE id > ?1 AND person_id = ?2", person_id, 0,
                      now_ms);
}

int answer_move(struct stage *stage, int64_t duplicate, int64_t person_id, int64_t now_ms)
{
    return change_all(stage,
                      "UPDATE answer SET person_id = ?3 WHERE id = ?1 AND person_id = ?2",
                      "UPDATE answer SET person_id = ?3 WHERE id > ?1 AND person_id = ?2",
                      duplicate, person_id, now_ms);
}

/* ---- reading ------------------------------------------------------------------------
 */

struct query *answer_read(struct db *db, int64_t after)
{
    struct query *query = db_query(
        db,
        "SELECT id, person_id, alert_id, callout_id, wave, exercise, what, kind, mode,"
        " minute, weekend, at_ms, took_ms, travel_ms, promised FROM answer"
        " WHERE id > ?1 ORDER BY id");
    query_int(query, 1, after);
    return query;
}

int answer_next(struct query *query, struct answer_row *ret)
{
    int status = query_step(query);
    if (status != 1)
        return status;
    enum incident_kind kind;
    enum road_mode mode;
    struct learn_row row = {.id = query_get_int(query, 0),
                            .person_id = query_get_int(query, 1),
                            .callout_id = query_get_int(query, 3),
                            .wave = (int32_t)query_get_int(query, 4),
                            .exercise = query_get_int(query, 5) != 0,
                            .before = (enum learn_what)LEARN_NOTHING,
                            .minute = (int32_t)query_get_int(query, 9),
                            .weekend = query_get_int(query, 10) != 0,
                            .at_ms = query_get_int(query, 11),
                            .took_ms = query_get_int(query, 12),
                            .travel_ms = (uint32_t)query_get_int(query, 13),
                            .promised = query_get_real(query, 14)};
    if (!learn_what_parse(query_get_text(query, 6), &row.what) ||
        !incident_kind_parse(query_get_text(query, 7), &kind) ||
        !road_mode_parse(query_get_text(query, 8), &mode)) {
        query_reset(query);
        return ST_CORRUPT;
    }
    row.kind = (uint8_t)kind;
    row.mode = (uint8_t)mode;
    *ret = (struct answer_row){.row = row, .alert_id = query_get_int(query, 2)};
    return 1;
}
