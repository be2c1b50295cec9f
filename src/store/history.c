/* SPDX-License-Identifier: Apache-2.0 */
/* Events have no index by incident: the incident's row says between which positions they
 * lie. */
#include "store/history.h"

#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "loop/loop.h"
#include "loop/names.h"
#include "store/db.h"
#include "store/read_incident.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t number(const json_t *body, const char *key)
{
    return json_integer_value(json_object_get(body, key));
}

/* One event's body to TAKE. */
static int take_body(const char *kind, const char *text, history_take take, void *context,
                     struct diag *reterr)
{
    struct replay_event event;
    if (!event_kind_parse(kind, &event.kind))
        return ST_OK;
    json_t *body = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(body)) {
        json_decref(body);
        return diag_set(reterr, ST_CORRUPT, 0, 0, "event", "has no readable body");
    }
    event = (struct replay_event){
        .kind = event.kind,
        .at_ms = number(body, "at"),
        .actor = number(body, "actor"),
        .need_id = number(body, "need"),
        .callout_id = number(body, "callout"),
        .alert_id = number(body, "alert"),
        .assignment_id = number(body, "assignment"),
        .person_id = number(body, "person"),
        .message_id = number(body, "message"),
        .code = json_string_value(json_object_get(body, "code")),
        .number = number(body, "number"),
    };
    int status = take(context, &event, reterr);
    json_decref(body);
    return status;
}

static int each(struct db *db, const struct read_incident *incident, int64_t until_ms,
                history_take take, void *context, struct diag *reterr)
{
    struct query *query =
        db_query(db, "SELECT kind, body, position FROM event WHERE position >= ?1 AND"
                     " position <= ?2 AND incident_id = ?3 AND at_ms <= ?4"
                     " UNION ALL SELECT kind, body, position FROM event_archive"
                     " WHERE position >= ?1 AND position <= ?2 AND incident_id = ?3"
                     " AND at_ms <= ?4 ORDER BY position");
    query_int(query, 1, incident->first_position);
    query_int(query, 2, incident->last_position);
    query_int(query, 3, incident->id);
    query_int(query, 4, until_ms);
    int status;
    while ((status = query_step(query)) > 0) {
        status = take_body(query_get_text(query, 0), query_get_text(query, 1), take,
                           context, reterr);
        if (status != ST_OK)
            return query_stop(query, status);
    }
    return status;
}

int history_each(struct db *db, int64_t incident_id, history_take take, void *context,
                 struct diag *reterr)
{
    struct read_incident incident;
    int status = read_incident(db, incident_id, &incident);
    if (status != ST_OK)
        return status;
    return each(db, &incident, INT64_MAX, take, context, reterr);
}

/* ---- what has changed since ---- */
enum { EVENTS_SINCE_MAX = 1000, POSITIONS_SINCE_MAX = 4000 };

#define BODIES_OF(table)                                                                 \
    "SELECT body FROM " table                                                            \
    " WHERE position > ?1 AND position <= ?2 AND incident_id = ?3"

/* The member of a body as the chain writes it: a quote within a text is escaped. */
static int64_t alert_of(const char *body)
{
    static const char key[] = "\"alert\":";
    const char *at = strstr(body, key);
    return at == NULL ? 0 : strtoll(at + sizeof key - 1, NULL, 10);
}

int history_touched(struct db *db, const struct read_incident *incident, int64_t since,
                    int64_t ids[HISTORY_TOUCHED_MAX], int32_t *ret_count)
{
    int64_t all[EVENTS_SINCE_MAX];
    uint32_t events = 0, count = 0;
    int status;
    if (incident->last_position - since > POSITIONS_SINCE_MAX)
        return ST_LIMIT;
    struct query *query =
        db_query(db, BODIES_OF("event") " UNION ALL " BODIES_OF("event_archive"));
    query_int(query, 1, since);
    query_int(query, 2, incident->last_position);
    query_int(query, 3, incident->id);
    while ((status = query_step(query)) > 0 && events++ < EVENTS_SINCE_MAX) {
        const int64_t id = alert_of(query_get_text(query, 0));
        if (id != 0)
            all[count++] = id;
    }
    query_reset(query);
    count = ids_sort_once(all, count);
    if (status != 0 || count > HISTORY_TOUCHED_MAX)
        return status < 0 ? status : ST_LIMIT;
    if (count > 0)
        memcpy(ids, all, count * sizeof *ids);
    *ret_count = (int32_t)count;
    return ST_OK;
}

struct query *history_plans(struct db *db, int64_t incident_id, int64_t until_ms)
{
    struct query *query =
        db_query(db, "SELECT r.callout_id, r.wave, r.at_ms, r.body FROM callout c"
                     " JOIN plan_record r ON r.callout_id = c.id"
                     " WHERE c.incident_id = ?1 AND r.at_ms <= ?2 ORDER BY r.id");
    query_int(query, 1, incident_id);
    query_int(query, 2, until_ms);
    return query;
}

/* ---- as it stood ---- */
static int take_replay(void *context, const struct replay_event *event,
                       struct diag *reterr)
{
    return replay_apply(context, event, reterr);
}

static void fill_incident(struct loop_incident *incident, const struct read_incident *row)
{
    incident->id = row->id;
    (void)snprintf(incident->case_number, sizeof incident->case_number, "%s",
                   row->case_number);
    (void)incident_kind_parse(row->kind, &incident->kind);
    incident->exercise = row->exercise;
    incident->at = row->at;
    incident->area_id = row->area_id;
}

static int fill_needs(struct db *db, struct loop_incident *incident)
{
    struct read_need *rows = NULL;
    uint32_t count = 0;
    int status = read_needs(db, incident->id, &rows, &count);
    for (uint32_t i = 0; status == ST_OK && i < count; i++) {
        struct need *need = loop_find_need(incident, rows[i].id);
        if (need == NULL)
            continue; /* stated later */
        need->at = rows[i].at;
        if (need->deadline_ms == 0) /* from before its event was there */
            need->deadline_ms = rows[i].deadline_ms;
        need->target = rows[i].target;
        need->mode = rows[i].mode;
        need->reserve = rows[i].reserve;
        need->line_count = (int32_t)rows[i].line_count;
        for (int32_t line = 0; line < need->line_count; line++) {
            need->lines[line].count = rows[i].lines[line].count;
            need->lines[line].reserve = rows[i].lines[line].reserve;
        }
    }
    mem_free(rows);
    return status;
}

struct by_person {
    int64_t person_id;
    uint32_t alert; /* index */
};

static int compare_person(const void *a, const void *b)
{
    const struct by_person *x = a, *y = b;
    return (x->person_id > y->person_id) - (x->person_id < y->person_id);
}

/* The alerts of one wave, sorted by person. */
static int index_wave(const struct loop_incident *incident, int64_t callout_id,
                      int32_t wave, struct by_person **ret, uint32_t *ret_count)
{
    struct by_person *people =
        mem_alloc((incident->alert_count + 1) * sizeof(struct by_person));
    uint32_t count = 0;
    if (people == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < incident->alert_count; i++)
        if (incident->alerts[i].callout_id == callout_id &&
            incident->alerts[i].wave == wave)
            people[count++] = (struct by_person){incident->alerts[i].person_id, i};
    if (count > 1)
        qsort(people, count, sizeof *people, compare_person);
    *ret = people;
    *ret_count = count;
    return ST_OK;
}

/* [id, lines, seconds, "alerted", line, p_accept, p_in_time] */
static void fill_alert(struct alert *alert, const json_t *candidate)
{
    alert->lines_able = (uint8_t)json_integer_value(json_array_get(candidate, 1));
    if (alert->travel_ms == 0) /* else what became of it: alert.retimed */
        alert->travel_ms =
            (uint32_t)(1000.0 * json_number_value(json_array_get(candidate, 2)));
    if (alert->answer != ANSWER_ACCEPT) /* else the line that was given */
        alert->line = (int32_t)json_integer_value(json_array_get(candidate, 4));
    alert->p_accept = (float)json_number_value(json_array_get(candidate, 5));
    alert->p_in_time = (float)json_number_value(json_array_get(candidate, 6));
}

static int fill_wave(struct loop_incident *incident, int64_t callout_id, int32_t wave,
                     const json_t *record)
{
    struct by_person *people;
    uint32_t count;
    int status = index_wave(incident, callout_id, wave, &people, &count);
    if (status != ST_OK)
        return status;
    const json_t *candidates = json_object_get(record, "candidates");
    for (size_t i = 0; count > 0 && i < json_array_size(candidates); i++) {
        const json_t *candidate = json_array_get(candidates, i);
        struct by_person key = {json_integer_value(json_array_get(candidate, 0)), 0};
        const struct by_person *found =
            json_array_size(candidate) > 6
                ? bsearch(&key, people, count, sizeof key, compare_person)
                : NULL;
        if (found != NULL)
            fill_alert(&incident->alerts[found->alert], candidate);
    }
    mem_free(people);
    return ST_OK;
}

static int fill_plans(struct db *db, struct loop_incident *incident, int64_t until_ms)
{
    struct query *query = history_plans(db, incident->id, until_ms);
    int status;
    while ((status = query_step(query)) > 0) {
        int64_t callout_id = query_get_int(query, 0);
        struct callout *callout = loop_find_callout(incident, callout_id);
        json_t *record = json_loads(query_get_text(query, 3), 0, NULL);
        status = ST_OK;
        if (callout != NULL && json_is_object(record)) {
            callout->probability =
                json_number_value(json_object_get(record, "probability"));
            status =
                fill_wave(incident, callout_id, (int32_t)query_get_int(query, 1), record);
        }
        json_decref(record);
        if (status != ST_OK)
            return query_stop(query, status);
    }
    return status;
}

int history_read(struct db *db, int64_t incident_id, int64_t until_ms, struct replay *ret,
                 struct diag *reterr)
{
    struct read_incident row;
    struct replay replay = {0};
    int status = read_incident(db, incident_id, &row);
    if (status != ST_OK)
        return status;
    fill_incident(&replay.incident, &row);
    status = each(db, &row, until_ms, take_replay, &replay, reterr);
    if (status == ST_OK && replay.event_count == 0)
        status = ST_NOT_FOUND;
    replay_finish(&replay);
    if (status == ST_OK)
        status = fill_needs(db, &replay.incident);
    if (status == ST_OK)
        status = fill_plans(db, &replay.incident, until_ms);
    if (status != ST_OK) {
        replay_release(&replay);
        return status;
    }
    *ret = replay;
    return ST_OK;
}
