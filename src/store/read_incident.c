/* SPDX-License-Identifier: Apache-2.0 */
/* Plain SELECTs. Seats are counted from assignments: who holds one, and who has arrived
 * (domain.md, "States"). */
#include "store/read_incident.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/db.h"
#include "store/rows.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define MERGES_MAX 16

#define INCIDENT_COLUMNS                                                                 \
    "SELECT i.id, i.case_number, i.state, i.kind, i.grade, i.exercise, i.lat_e7,"        \
    " i.lon_e7, i.area_id, i.reported_ms, i.closed_ms, i.roll_call_ms, i.merged_into,"   \
    " i.first_position, i.last_position FROM incident i "

static void copy(char *ret, size_t size, const char *text)
{
    (void)snprintf(ret, size, "%s", text);
}

void read_incident_row(struct query *query, struct read_incident *ret)
{
    *ret = (struct read_incident){.id = query_get_int(query, 0)};
    copy(ret->case_number, sizeof ret->case_number, query_get_text(query, 1));
    copy(ret->state, sizeof ret->state, query_get_text(query, 2));
    copy(ret->kind, sizeof ret->kind, query_get_text(query, 3));
    ret->grade = (int32_t)query_get_int(query, 4);
    ret->exercise = query_get_int(query, 5) != 0;
    ret->at.lat_e7 = (int32_t)query_get_int(query, 6);
    ret->at.lon_e7 = (int32_t)query_get_int(query, 7);
    ret->area_id = query_get_int(query, 8);
    ret->reported_ms = query_get_int(query, 9);
    ret->closed_ms = query_get_int(query, 10);
    ret->roll_call_ms = query_get_int(query, 11);
    ret->merged_into = query_get_int(query, 12);
    ret->first_position = query_get_int(query, 13);
    ret->last_position = query_get_int(query, 14);
}

/* The only row of a query that has its bindings. */
static int one_incident(struct query *query, struct read_incident *ret)
{
    const int status = query_step(query);
    if (status <= 0)
        return status == 0 ? ST_NOT_FOUND : status;
    read_incident_row(query, ret);
    query_reset(query);
    return 0;
}

int read_incident(struct db *db, int64_t id, struct read_incident *ret)
{
    struct query *query = db_query(db, INCIDENT_COLUMNS "WHERE i.id = ?1");
    query_int(query, 1, id);
    return one_incident(query, ret);
}

int read_incident_by_case(struct db *db, const char *case_number,
                          struct read_incident *ret)
{
    struct query *query = db_query(db, INCIDENT_COLUMNS "WHERE i.case_number = ?1");
    query_text(query, 1, case_number);
    return one_incident(query, ret);
}

static const char *const incident_of[] = {
    [STAGE_INCIDENT] = INCIDENT_COLUMNS "WHERE i.id = ?1",
    [STAGE_NEED] =
        INCIDENT_COLUMNS "WHERE i.id = (SELECT incident_id FROM need WHERE id = ?1)",
    [STAGE_CALLOUT] =
        INCIDENT_COLUMNS "WHERE i.id = (SELECT incident_id FROM callout WHERE id = ?1)",
    [STAGE_ALERT] =
        INCIDENT_COLUMNS "WHERE i.id = (SELECT incident_id FROM alert WHERE id = ?1)",
    [STAGE_ASSIGNMENT] = INCIDENT_COLUMNS
    "WHERE i.id = (SELECT incident_id FROM assignment WHERE id = ?1)",
    [STAGE_MESSAGE] =
        INCIDENT_COLUMNS "WHERE i.id = (SELECT incident_id FROM message WHERE id = ?1)",
};

int read_incident_of(struct db *db, enum stage_key key, int64_t id,
                     struct read_incident *ret)
{
    struct query *query = db_query(db, incident_of[key]);
    query_int(query, 1, id);
    return one_incident(query, ret);
}

int read_incident_follow(struct db *db, struct read_incident *incident)
{
    int status = 0;
    for (int i = 0; status == 0 && incident->merged_into != 0 && i < MERGES_MAX; i++)
        status = read_incident(db, incident->merged_into, incident);
    return status;
}

struct query *read_incident_list(struct db *db, enum read_which which, int64_t before,
                                 int64_t limit)
{
    static const char *const lists[] = {
        /* Of what is over, where somebody who was called still calls for help. */
        [READ_RUNNING] = INCIDENT_COLUMNS
        "WHERE i.id < ?1 AND i.state NOT IN ('closed', 'cancelled', 'merged')"
        " UNION ALL " INCIDENT_COLUMNS
        "WHERE i.id < ?1 AND i.state IN ('closed', 'cancelled', 'merged') AND i.id IN"
        " (SELECT incident_id FROM assignment WHERE sos_ms > sos_acknowledged_ms)"
        " UNION ALL " INCIDENT_COLUMNS
        "WHERE i.id < ?1 AND i.state = 'merged' AND i.id >= coalesce((SELECT id FROM"
        " incident ORDER BY id DESC LIMIT 1 OFFSET ?3), 0) AND i.id NOT IN"
        " (SELECT incident_id FROM assignment WHERE sos_ms > sos_acknowledged_ms)"
        " ORDER BY 1 DESC LIMIT ?2",
        [READ_CLOSED] = INCIDENT_COLUMNS
        "WHERE i.id < ?1 AND i.state IN ('closed', 'cancelled', 'merged')"
        " ORDER BY i.id DESC LIMIT ?2",
        [READ_ALL] = INCIDENT_COLUMNS "WHERE i.id < ?1 ORDER BY i.id DESC"
                                      " LIMIT ?2",
    };
    struct query *query = db_query(db, lists[which]);
    query_int(query, 1, before);
    query_int(query, 2, limit);
    if (which == READ_RUNNING)
        query_int(query, 3, READ_MERGED_AMONG - 1);
    return query;
}

/* ---- needs ---- */
#define NEED_COLUMNS                                                                     \
    "SELECT id, incident_id, state, lat_e7, lon_e7, stated_ms, deadline_ms, reserve,"    \
    " mode, target, escalated_ms FROM need "

static void need_row(struct query *query, struct read_need *ret)
{
    *ret = (struct read_need){.id = query_get_int(query, 0)};
    ret->incident_id = query_get_int(query, 1);
    copy(ret->state, sizeof ret->state, query_get_text(query, 2));
    ret->at.lat_e7 = (int32_t)query_get_int(query, 3);
    ret->at.lon_e7 = (int32_t)query_get_int(query, 4);
    ret->stated_ms = query_get_int(query, 5);
    ret->deadline_ms = query_get_int(query, 6);
    ret->reserve = (int32_t)query_get_int(query, 7);
    ret->mode = (int32_t)query_get_int(query, 8);
    ret->target = query_get_real(query, 9);
    ret->escalated_ms = query_get_int(query, 10);
}

/* Rows of lines, and rows (without skills) of assignments that hold a seat of them:
 * adding up a handful of those here costs half of what SQLite takes to group and join
 * them. NEED is an expression. */
#define LINES_OF(need)                                                                   \
    "SELECT line, skills, count, reserve, 0 FROM need_line WHERE need_id = " need        \
    " UNION ALL SELECT line, NULL, count, 0, CASE WHEN on_scene_ms > 0 THEN 1 ELSE 0"    \
    " END FROM assignment"                                                               \
    " WHERE incident_id = (SELECT incident_id FROM need WHERE id = " need ")"            \
    " AND need_id = " need " AND past = 0 AND state NOT IN"                              \
    " ('withdrawn', 'no_show', 'stood_down', 'turned_back', 'lost_contact')"

static struct query *with_id(struct query *query, int64_t id)
{
    query_int(query, 1, id);
    return query;
}

/* Lines are numbered from 0 on; the rows may come in any order. */
static int read_lines(struct query *query, struct read_need *need)
{
    int status;
    while ((status = query_step(query)) > 0) {
        const uint32_t number = (uint32_t)query_get_int(query, 0);
        const int32_t count = (int32_t)query_get_int(query, 2);
        assert(number < LOOP_LINES_MAX);
        struct read_line *line = &need->lines[number];
        if (query_get_null(query, 1)) {
            line->accepted += count;
            line->on_scene += query_get_int(query, 4) != 0 ? count : 0;
            continue;
        }
        copy(line->skills, sizeof line->skills, query_get_text(query, 1));
        line->count = count;
        line->reserve = (int32_t)query_get_int(query, 3);
        if (number >= need->line_count)
            need->line_count = number + 1;
    }
    return status;
}

/* Two queries that have been asked: the need's row, and its lines. */
static int one_need(struct query *query, struct query *lines, struct read_need *ret)
{
    const int status = query_step(query);
    if (status <= 0)
        return query_stop(lines, status == 0 ? ST_NOT_FOUND : status);
    need_row(query, ret);
    query_reset(query);
    return read_lines(lines, ret);
}

int read_need(struct db *db, int64_t id, struct read_need *ret)
{
    struct query *query = with_id(db_query(db, NEED_COLUMNS "WHERE id = ?1"), id);
    struct query *lines = with_id(db_query(db, LINES_OF("?1")), id);
    query_ahead(query);
    return one_need(query, lines, ret);
}

int read_late(struct db *db, const struct read_need *need, int64_t now_ms, int64_t *ret)
{
    struct query *query = db_query(
        db, "SELECT a.count, a.en_route_ms, a.way_from_ms, l.travel_ms FROM assignment a"
            " JOIN alert l ON l.id = a.alert_id WHERE a.incident_id = ?1"
            " AND a.need_id = ?2 AND a.state IN ('assigned', 'en_route')");
    query_int(query, 1, need->incident_id);
    query_int(query, 2, need->id);
    int status;
    *ret = 0;
    while ((status = query_step(query)) == 1)
        if (loop_is_late(
                loop_set_out_ms(query_get_int(query, 1), query_get_int(query, 2)),
                (uint32_t)query_get_int(query, 3), need->deadline_ms, now_ms))
            *ret += query_get_int(query, 0);
    query_reset(query);
    return status;
}

#define NEED_OF_CALLOUT "(SELECT need_id FROM callout WHERE id = ?1)"

void read_around_ask(struct read_around *around, struct db *db, int64_t callout_id)
{
    around->incident = with_id(db_query(db, incident_of[STAGE_CALLOUT]), callout_id);
    around->need =
        with_id(db_query(db, NEED_COLUMNS "WHERE id = " NEED_OF_CALLOUT), callout_id);
    around->lines = with_id(db_query(db, LINES_OF(NEED_OF_CALLOUT)), callout_id);
    query_ahead(around->incident);
    query_ahead(around->need);
    query_ahead(around->lines);
}

int read_around_take(struct read_around *around, struct read_incident *ret_incident,
                     struct read_need *ret_need)
{
    const int status = one_incident(around->incident, ret_incident);
    if (status != 0) {
        query_reset(around->need);
        query_reset(around->lines);
        return status;
    }
    return one_need(around->need, around->lines, ret_need);
}

int read_needs(struct db *db, int64_t incident_id, struct read_need **ret,
               uint32_t *ret_count)
{
    struct read_need *needs = NULL;
    uint32_t count = 0, capacity = 0;
    struct query *query = db_query(db, NEED_COLUMNS "WHERE incident_id = ?1 ORDER BY id");
    query_int(query, 1, incident_id);
    int status;
    while ((status = query_step(query)) > 0) {
        status = mem_grow(&needs, &capacity, count + 1, sizeof *needs, LOOP_NEEDS_MAX);
        if (status != 0) {
            query_reset(query);
            break;
        }
        need_row(query, &needs[count++]);
    }
    for (uint32_t i = 0; status == 0 && i < count; i++)
        status =
            read_lines(with_id(db_query(db, LINES_OF("?1")), needs[i].id), &needs[i]);
    if (status != 0) {
        mem_free(needs);
        return status;
    }
    *ret = needs;
    *ret_count = count;
    return 0;
}

/* ---- call-outs ---- */
#define CALLOUT_COLUMNS                                                                  \
    "SELECT id, incident_id, need_id, state, started_ms, ended_ms, replan_due_ms, "      \
    "waves,"                                                                             \
    " probability, target_reached, lift, unsent, (SELECT count(*) FROM left_out"         \
    " WHERE callout_id = callout.id) FROM callout "

void read_callout_row(struct query *query, struct read_callout *ret)
{
    *ret = (struct read_callout){.id = query_get_int(query, 0)};
    ret->incident_id = query_get_int(query, 1);
    ret->need_id = query_get_int(query, 2);
    copy(ret->state, sizeof ret->state, query_get_text(query, 3));
    ret->started_ms = query_get_int(query, 4);
    ret->ended_ms = query_get_int(query, 5);
    ret->replan_due_ms = query_get_int(query, 6);
    ret->waves = (int32_t)query_get_int(query, 7);
    ret->probability = query_get_real(query, 8);
    ret->target_reached = query_get_int(query, 9) != 0;
    ret->lift = (uint32_t)query_get_int(query, 10);
    ret->unsent = (int32_t)query_get_int(query, 11);
    ret->left_out = (int32_t)query_get_int(query, 12);
}

int read_callout(struct db *db, int64_t id, struct read_callout *ret)
{
    struct query *query = db_query(db, CALLOUT_COLUMNS "WHERE id = ?1");
    query_int(query, 1, id);
    const int status = query_step(query);
    if (status <= 0)
        return status == 0 ? ST_NOT_FOUND : status;
    read_callout_row(query, ret);
    query_reset(query);
    return 0;
}

struct query *read_callouts(struct db *db, int64_t need_id)
{
    struct query *query = db_query(db, CALLOUT_COLUMNS "WHERE need_id = ?1 ORDER BY id");
    query_int(query, 1, need_id);
    return query;
}

int read_state(struct db *db, enum stage_key key, int64_t id, char ret[READ_CODE_SIZE])
{
    static const char *const of[] = {
        [STAGE_INCIDENT] = "SELECT state FROM incident WHERE id = ?1",
        [STAGE_NEED] = "SELECT state FROM need WHERE id = ?1",
        [STAGE_CALLOUT] = "SELECT state FROM callout WHERE id = ?1",
        [STAGE_ALERT] = "SELECT state FROM alert WHERE id = ?1",
        [STAGE_ASSIGNMENT] = "SELECT state FROM assignment WHERE id = ?1",
        [STAGE_MESSAGE] = "SELECT " MESSAGE_STATE " FROM message WHERE id = ?1",
    };
    struct query *query = db_query(db, of[key]);
    query_int(query, 1, id);
    const int status = query_step(query);
    if (status <= 0)
        return status == 0 ? ST_NOT_FOUND : status;
    copy(ret, READ_CODE_SIZE, query_get_text(query, 0));
    query_reset(query);
    return 0;
}
