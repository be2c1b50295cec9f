/* SPDX-License-Identifier: Apache-2.0 */
/* A column is a name, a way to store, and the place in the struct. What is not listed
 * here is not kept: test_rows.c fills every byte of a row and compares it after a round
 * trip.
 */
#include "store/rows.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "loop/names.h"
#include "store/db.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum column_kind {
    COLUMN_I64,
    COLUMN_I32,
    COLUMN_U32,
    COLUMN_U8,
    COLUMN_BOOL,
    COLUMN_REAL,
    COLUMN_FLOAT,
    COLUMN_CODE,
    COLUMN_BLOB,
    COLUMN_ROOM, /* a blob that an answer fills: see size_kept() */
    COLUMN_CHARS
};

struct column {
    const char *name;
    enum column_kind kind;
    size_t offset, size;
    const char *(*code)(int value);
    bool (*parse)(const char *code, int *ret);
};

static_assert(sizeof(enum alert_state) == sizeof(int), "enums are ints");

/* Enums as ints, for the table. */
#define CODES(name)                                                                      \
    static const char *name##_out(int value)                                             \
    {                                                                                    \
        return name##_code((enum name)value);                                            \
    }                                                                                    \
    static bool name##_in(const char *code, int *ret)                                    \
    {                                                                                    \
        enum name value;                                                                 \
        if (!name##_parse(code, &value))                                                 \
            return false;                                                                \
        *ret = (int)value;                                                               \
        return true;                                                                     \
    }
CODES(incident_state)
CODES(incident_kind)
CODES(need_state)
CODES(callout_state)
CODES(alert_state)
CODES(assignment_state)
CODES(message_state)
CODES(message_kind)
CODES(channel_kind)
CODES(answer)
CODES(outcome)
#undef CODES

#define FIELD(type, kind, field)                                                         \
    {                                                                                    \
#field, kind, offsetof(struct type, field), sizeof(((struct type *)0)->field),   \
            NULL, NULL                                                                   \
    }
#define CODED(type, field, name)                                                         \
    {                                                                                    \
#field, COLUMN_CODE, offsetof(struct type, field), sizeof(int), name##_out,      \
            name##_in                                                                    \
    }
#define PLACE(type)                                                                      \
    {                                                                                    \
        "lat_e7",        COLUMN_I32, offsetof(struct type, at.lat_e7),                   \
        sizeof(int32_t), NULL,       NULL},                                              \
    {                                                                                    \
        "lon_e7", COLUMN_I32, offsetof(struct type, at.lon_e7), sizeof(int32_t), NULL,   \
            NULL                                                                         \
    }

static const struct column incident_columns[] = {
    FIELD(loop_incident, COLUMN_I64, id),
    FIELD(loop_incident, COLUMN_CHARS, case_number),
    CODED(loop_incident, state, incident_state),
    CODED(loop_incident, kind, incident_kind),
    FIELD(loop_incident, COLUMN_I32, grade),
    FIELD(loop_incident, COLUMN_BOOL, exercise),
    PLACE(loop_incident),
    FIELD(loop_incident, COLUMN_I64, area_id),
    FIELD(loop_incident, COLUMN_I64, reported_ms),
    FIELD(loop_incident, COLUMN_I64, closed_ms),
    FIELD(loop_incident, COLUMN_I64, merged_into),
    FIELD(loop_incident, COLUMN_I64, event_sequence),
    FIELD(loop_incident, COLUMN_BLOB, chain_head),
    FIELD(loop_incident, COLUMN_I64, roll_call_ms),
};
static const struct column need_columns[] = {
    FIELD(need, COLUMN_I64, id),
    CODED(need, state, need_state),
    PLACE(need),
    FIELD(need, COLUMN_I64, stated_ms),
    FIELD(need, COLUMN_I64, deadline_ms),
    FIELD(need, COLUMN_I32, line_count),
    FIELD(need, COLUMN_I32, reserve),
    FIELD(need, COLUMN_REAL, target),
    FIELD(need, COLUMN_I32, mode),
    FIELD(need, COLUMN_I64, escalated_ms),
    FIELD(need, COLUMN_I64, due_ms),
    FIELD(need, COLUMN_I64, met_ms),
    FIELD(need, COLUMN_I64, filled_ms),
    FIELD(need, COLUMN_I64, missed_ms),
};
static const struct column callout_columns[] = {
    FIELD(callout, COLUMN_I64, id),
    FIELD(callout, COLUMN_I64, need_id),
    CODED(callout, state, callout_state),
    FIELD(callout, COLUMN_I64, started_ms),
    FIELD(callout, COLUMN_I64, ended_ms),
    FIELD(callout, COLUMN_I32, waves),
    FIELD(callout, COLUMN_I32, unsent),
    FIELD(callout, COLUMN_I32, version),
    FIELD(callout, COLUMN_I64, replan_due_ms),
    FIELD(callout, COLUMN_REAL, probability),
    FIELD(callout, COLUMN_BOOL, target_reached),
    FIELD(callout, COLUMN_BOOL, target_holds),
    FIELD(callout, COLUMN_U32, lift),
    FIELD(callout, COLUMN_I64, stand_down_ms),
    FIELD(callout, COLUMN_REAL, price),
};
static const struct column alert_columns[] = {
    FIELD(alert, COLUMN_I64, callout_id),
    FIELD(alert, COLUMN_I64, id),
    FIELD(alert, COLUMN_I64, person_id),
    CODED(alert, state, alert_state),
    CODED(alert, answer, answer),
    FIELD(alert, COLUMN_I32, line),
    FIELD(alert, COLUMN_I32, wave),
    FIELD(alert, COLUMN_U8, lines_able),
    FIELD(alert, COLUMN_I64, alerted_ms),
    FIELD(alert, COLUMN_I64, answered_ms),
    FIELD(alert, COLUMN_I64, seen_ms),
    FIELD(alert, COLUMN_I64, fetched_ms),
    FIELD(alert, COLUMN_I64, due_ms),
    FIELD(alert, COLUMN_I64, timer_ms),
    FIELD(alert, COLUMN_I64, asked_ms),
    FIELD(alert, COLUMN_U32, travel_ms),
    FIELD(alert, COLUMN_FLOAT, p_accept),
    FIELD(alert, COLUMN_FLOAT, p_in_time),
    FIELD(alert, COLUMN_I32, ready_in_minutes),
    FIELD(alert, COLUMN_I32, count),
    FIELD(alert, COLUMN_BOOL, forced),
    FIELD(alert, COLUMN_BOOL, on_behalf),
    FIELD(alert, COLUMN_I32, rung),
    FIELD(alert, COLUMN_U8, channels),
    FIELD(alert, COLUMN_BLOB, token_hash),
    FIELD(alert, COLUMN_BLOB, device_hash),
    FIELD(alert, COLUMN_ROOM, nonces),
    FIELD(alert, COLUMN_I32, digits_tries),
    FIELD(alert, COLUMN_CHARS, reply_code),
    FIELD(alert, COLUMN_BOOL, own_way),
    FIELD(alert, COLUMN_I64, read_sequence),
};
static const struct column assignment_columns[] = {
    FIELD(assignment, COLUMN_I64, id),
    FIELD(assignment, COLUMN_I64, alert_id),
    FIELD(assignment, COLUMN_I64, person_id),
    FIELD(assignment, COLUMN_I64, need_id),
    CODED(assignment, state, assignment_state),
    CODED(assignment, before_lost, assignment_state),
    FIELD(assignment, COLUMN_I32, line),
    FIELD(assignment, COLUMN_I32, count),
    FIELD(assignment, COLUMN_I64, assigned_ms),
    FIELD(assignment, COLUMN_I64, en_route_ms),
    FIELD(assignment, COLUMN_I64, on_scene_ms),
    FIELD(assignment, COLUMN_I64, released_ms),
    FIELD(assignment, COLUMN_I64, reported_ms),
    FIELD(assignment, COLUMN_I64, verified_ms),
    FIELD(assignment, COLUMN_I64, due_ms),
    FIELD(assignment, COLUMN_I32, overdue_stage),
    FIELD(assignment, COLUMN_I64, here_ms),
    FIELD(assignment, COLUMN_I64, sos_ms),
    FIELD(assignment, COLUMN_I64, sos_acknowledged_ms),
    CODED(assignment, outcome, outcome),
    FIELD(assignment, COLUMN_I64, reported_by),
    FIELD(assignment, COLUMN_I64, verified_by),
    FIELD(assignment, COLUMN_I32, minutes_worked),
    FIELD(assignment, COLUMN_I32, minutes_credited),
    FIELD(assignment, COLUMN_BOOL, stood_down_while_there),
    FIELD(assignment, COLUMN_BOOL, past),
    FIELD(assignment, COLUMN_I64, way_from_ms),
};
static const struct column message_columns[] = {
    FIELD(message, COLUMN_I64, id),
    FIELD(message, COLUMN_I64, alert_id),
    CODED(message, state, message_state),
    CODED(message, kind, message_kind),
    CODED(message, channel, channel_kind),
    FIELD(message, COLUMN_I64, created_ms),
    FIELD(message, COLUMN_I64, due_ms),
    FIELD(message, COLUMN_I64, sent_ms),
    FIELD(message, COLUMN_I32, tries),
    FIELD(message, COLUMN_BOOL, perhaps_twice),
    FIELD(message, COLUMN_I64, handed_sequence),
    FIELD(message, COLUMN_I64, area_id),
    FIELD(message, COLUMN_I64, subject_id),
    FIELD(message, COLUMN_I64, browser_id),
};

/* Columns that only the table has. */
#define EXTRA(field)                                                                     \
    {                                                                                    \
#field, COLUMN_I64, offsetof(struct rows_extra, field), sizeof(int64_t), NULL,   \
            NULL                                                                         \
    }
static const struct column incident_extras[] = {EXTRA(key_slot), EXTRA(first_position),
                                                EXTRA(last_position)};
static const struct column message_extras[] = {EXTRA(incident_id), EXTRA(callout_id)};

#define BY_CALLOUT "callout_id IN (SELECT id FROM callout WHERE incident_id = ?1)"
/* Those of its call-outs, and those to desks: by an index each. */
#define MESSAGES                                                                         \
    "id IN (SELECT id FROM message WHERE " BY_CALLOUT                                    \
    " UNION ALL SELECT id FROM message WHERE callout_id = 0 AND incident_id = ?1)"
static const struct table {
    const char *name, *key, *where;
    const struct column *columns, *extras;
    uint32_t column_count, extra_count;
} tables[LOOP_ROW_COUNT] = {
    [LOOP_ROW_INCIDENT] = {"incident", "id", "id = ?1", incident_columns, incident_extras,
                           COUNT_OF(incident_columns), COUNT_OF(incident_extras)},
    [LOOP_ROW_NEED] = {"need", "id", "incident_id = ?1", need_columns, message_extras,
                       COUNT_OF(need_columns), 1},
    [LOOP_ROW_CALLOUT] = {"callout", "id", "incident_id = ?1", callout_columns,
                          message_extras, COUNT_OF(callout_columns), 1},
    [LOOP_ROW_ALERT] = {"alert", "id", BY_CALLOUT, alert_columns, message_extras,
                        COUNT_OF(alert_columns), 1},
    [LOOP_ROW_ASSIGNMENT] = {"assignment", "id", "incident_id = ?1", assignment_columns,
                             message_extras, COUNT_OF(assignment_columns), 1},
    [LOOP_ROW_MESSAGE] = {"message", "id", MESSAGES, message_columns, message_extras,
                          COUNT_OF(message_columns), 2},
};

/* ---- the statements -----------------------------------------------------------------
 */

static const struct column *column_at(const struct table *table, uint32_t index)
{
    return index < table->column_count ? &table->columns[index]
                                       : &table->extras[index - table->column_count];
}

static uint32_t column_total(const struct table *table)
{
    return table->column_count + table->extra_count;
}

/* What names others never changes, and writing it would write its index too. */
static bool is_fixed(const char *column)
{
    static const char *const fixed[] = {"id",         "callout_id", "incident_id",
                                        "need_id",    "alert_id",   "person_id",
                                        "case_number"};
    for (size_t i = 0; i < COUNT_OF(fixed); i++)
        if (strcmp(fixed[i], column) == 0)
            return true;
    return false;
}

static void build_put(const struct table *table, struct text *sql)
{
    uint32_t total = column_total(table);
    text_appendf(sql, "INSERT INTO %s (", table->name);
    for (uint32_t i = 0; i < total; i++)
        text_appendf(sql, "%s%s", i == 0 ? "" : ", ", column_at(table, i)->name);
    text_append_string(sql, ") VALUES (");
    for (uint32_t i = 0; i < total; i++)
        text_appendf(sql, "%s?%u", i == 0 ? "" : ", ", i + 1);
    text_appendf(sql, ") ON CONFLICT(%s) DO UPDATE SET ", table->key);
    bool first = true;
    for (uint32_t i = 0; i < total; i++) {
        const char *name = column_at(table, i)->name;
        if (is_fixed(name))
            continue;
        text_appendf(sql, "%s%s = excluded.%s", first ? "" : ", ", name, name);
        first = false;
    }
}

static void build_get(const struct table *table, struct text *sql)
{
    uint32_t total = column_total(table);
    text_append_string(sql, "SELECT ");
    for (uint32_t i = 0; i < total; i++)
        text_appendf(sql, "%s%s", i == 0 ? "" : ", ", column_at(table, i)->name);
    text_appendf(sql, " FROM %s WHERE %s ORDER BY id", table->name, table->where);
}

void rows_init(struct rows *rows, const struct skill_table *skills)
{
    rows->skills = skills;
    struct text sql;
    text_init(&sql, ROWS_SQL_MAX - 1);
    for (int i = 0; i < LOOP_ROW_COUNT; i++) {
        build_put(&tables[i], &sql);
        assert(sql.status == ST_OK);
        memcpy(rows->put[i], text_string(&sql), sql.size + 1);
        text_clear(&sql);
        build_get(&tables[i], &sql);
        assert(sql.status == ST_OK);
        memcpy(rows->get[i], text_string(&sql), sql.size + 1);
        text_clear(&sql);
    }
    text_release(&sql);
}

/* ---- one value ----------------------------------------------------------------------
 */

/* Zeros at the end are not stored: most devices are unbound, most nonces unused, and the
 * narrower a row is, the fewer pages a reply writes. */
static size_t size_used(const uint8_t *at, size_t size)
{
    while (size > 0 && at[size - 1] == 0)
        size--;
    return size;
}

/* Before the answer there are zeros for what it brings (its nonce, the device, times),
 * and after it they go: an alert's row hardly grows, and the full page that it is on need
 * not be divided, which would write two more. */
static size_t size_kept(const uint8_t *at, const struct column *column)
{
    size_t used = size_used(at, column->size);
    return used == 0 && column->kind == COLUMN_ROOM ? column->size : used;
}

static void bind(struct query *query, int index, const struct column *column,
                 const void *at)
{
    switch (column->kind) {
    case COLUMN_I64:
        query_int(query, index, *(const int64_t *)at);
        return;
    case COLUMN_I32:
        query_int(query, index, *(const int32_t *)at);
        return;
    case COLUMN_U32:
        query_int(query, index, *(const uint32_t *)at);
        return;
    case COLUMN_U8:
        query_int(query, index, *(const uint8_t *)at);
        return;
    case COLUMN_BOOL:
        query_int(query, index, *(const bool *)at);
        return;
    case COLUMN_REAL:
        query_real(query, index, *(const double *)at);
        return;
    case COLUMN_FLOAT:
        query_real(query, index, (double)*(const float *)at);
        return;
    case COLUMN_CODE:
        query_text_kept(query, index, column->code(*(const int *)at));
        return;
    case COLUMN_BLOB:
    case COLUMN_ROOM:
        query_blob_kept(query, index, at, size_kept(at, column));
        return;
    case COLUMN_CHARS:
        query_text_kept(query, index, at);
        return;
    }
}

static bool fetch(struct query *query, int index, const struct column *column, void *at)
{
    int64_t number = query_get_int(query, index);
    switch (column->kind) {
    case COLUMN_I64:
        *(int64_t *)at = number;
        return true;
    case COLUMN_I32:
        *(int32_t *)at = (int32_t)number;
        return number >= INT32_MIN && number <= INT32_MAX;
    case COLUMN_U32:
        *(uint32_t *)at = (uint32_t)number;
        return number >= 0 && number <= UINT32_MAX;
    case COLUMN_U8:
        *(uint8_t *)at = (uint8_t)number;
        return number >= 0 && number <= UINT8_MAX;
    case COLUMN_BOOL:
        *(bool *)at = number != 0;
        return number == 0 || number == 1;
    case COLUMN_REAL:
        *(double *)at = query_get_real(query, index);
        return true;
    case COLUMN_FLOAT:
        *(float *)at = (float)query_get_real(query, index);
        return true;
    case COLUMN_CODE:
        return column->parse(query_get_text(query, index), at);
    case COLUMN_BLOB:
    case COLUMN_ROOM: {
        size_t size;
        const void *data = query_get_blob(query, index, &size);
        if (size > column->size)
            return false;
        memset(at, 0, column->size);
        if (size > 0)
            memcpy(at, data, size);
        return true;
    }
    case COLUMN_CHARS: {
        const char *text = query_get_text(query, index);
        size_t size = strlen(text);
        if (size >= column->size)
            return false;
        memcpy(at, text, size + 1);
        return true;
    }
    }
    return false;
}

/* ---- skills as text ------------------------------------------------------------------
 */

void rows_skills_text(const struct skill_table *table, const struct skill_set *set,
                      struct text *ret)
{
    bool first = true;
    for (uint32_t i = 0; i < table->count; i++)
        if (skill_set_has(set, i)) {
            text_appendf(ret, "%s%s", first ? "" : ";", table->skills[i].code);
            first = false;
        }
}

int rows_skills_parse(const struct skill_table *table, const char *text,
                      struct skill_set *ret)
{
    struct skill_set set;
    if (!skill_set_read(table, text, &set))
        return ST_NOT_FOUND;
    *ret = set;
    return ST_OK;
}

static int put_lines(const struct rows *rows, struct db *db, const struct need *need)
{
    struct text skills;
    text_init(&skills, SKILL_MAX * (SKILL_CODE_MAX + 1));
    int status = ST_OK;
    for (int32_t i = 0; i < need->line_count && status == ST_OK; i++) {
        text_clear(&skills);
        rows_skills_text(rows->skills, &need->lines[i].skills, &skills);
        struct query *query = db_query(
            db, "INSERT INTO need_line (need_id, line, skills, count, reserve)"
                " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT(need_id, line) DO UPDATE SET"
                " skills = excluded.skills, count = excluded.count,"
                " reserve = excluded.reserve");
        query_int(query, 1, need->id);
        query_int(query, 2, i);
        query_text(query, 3, text_string(&skills));
        query_int(query, 4, need->lines[i].count);
        query_int(query, 5, need->lines[i].reserve);
        status = skills.status == ST_OK ? query_put(query) : skills.status;
    }
    text_release(&skills);
    return status;
}

static int get_lines(const struct rows *rows, struct db *db, struct need *need)
{
    struct query *query = db_query(db, "SELECT skills, count, reserve FROM need_line"
                                       " WHERE need_id = ?1 ORDER BY line");
    query_int(query, 1, need->id);
    int status;
    int32_t line = 0;
    while ((status = query_step(query)) == 1) {
        if (line >= LOOP_LINES_MAX ||
            rows_skills_parse(rows->skills, query_get_text(query, 0),
                              &need->lines[line].skills) != ST_OK) {
            query_reset(query);
            return ST_CORRUPT;
        }
        need->lines[line].count = (int32_t)query_get_int(query, 1);
        need->lines[line].reserve = (int32_t)query_get_int(query, 2);
        line++;
    }
    if (status == ST_OK && line != need->line_count)
        return ST_CORRUPT;
    return status;
}

/* ---- rows ----------------------------------------------------------------------------
 */

int rows_put(const struct rows *rows, struct db *db, enum loop_row kind, const void *row,
             const struct rows_extra *extra)
{
    const struct table *table = &tables[kind];
    struct query *query = db_query(db, rows->put[kind]);
    for (uint32_t i = 0; i < column_total(table); i++) {
        const struct column *column = column_at(table, i);
        const char *base = i < table->column_count ? row : (const void *)extra;
        bind(query, (int)i + 1, column, base + column->offset);
    }
    int status = query_put(query);
    if (status == ST_OK && kind == LOOP_ROW_NEED)
        status = put_lines(rows, db, row);
    return status;
}

int rows_put_head(struct db *db, const struct loop_incident *incident,
                  int64_t first_position, int64_t last_position)
{
    struct query *query =
        db_query(db, "UPDATE incident SET event_sequence = ?2, chain_head = ?3,"
                     " first_position = ?4, last_position = ?5 WHERE id = ?1");
    query_int(query, 1, incident->id);
    query_int(query, 2, incident->event_sequence);
    query_blob_kept(query, 3, incident->chain_head,
                    size_used(incident->chain_head, sizeof incident->chain_head));
    query_int(query, 4, first_position);
    query_int(query, 5, last_position);
    return query_put(query);
}

/* Fills the array of one kind: *ITEMS grows by items of SIZE. */
static int load_rows(const struct rows *rows, struct db *db, enum loop_row kind,
                     int64_t incident_id, void *items, uint32_t *count,
                     uint32_t *capacity, size_t size, uint32_t max)
{
    const struct table *table = &tables[kind];
    struct query *query = db_query(db, rows->get[kind]);
    query_int(query, 1, incident_id);
    int status;
    while ((status = query_step(query)) == 1) {
        int grown = mem_grow(items, capacity, *count + 1, size, max);
        if (grown != ST_OK)
            return query_stop(query, grown);
        char *row = *(char **)items + *count * size;
        memset(row, 0, size);
        for (uint32_t i = 0; i < table->column_count; i++)
            if (!fetch(query, (int)i, &table->columns[i],
                       row + table->columns[i].offset)) {
                query_reset(query);
                return ST_CORRUPT;
            }
        (*count)++;
    }
    return status;
}

static int load_incident(const struct rows *rows, struct db *db, int64_t id,
                         struct loop_incident *ret, struct rows_extra *ret_extra)
{
    struct query *query = db_query(db, rows->get[LOOP_ROW_INCIDENT]);
    query_int(query, 1, id);
    int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    const struct table *table = &tables[LOOP_ROW_INCIDENT];
    bool ok = true;
    for (uint32_t i = 0; i < column_total(table) && ok; i++) {
        const struct column *column = column_at(table, i);
        char *base = i < table->column_count ? (char *)ret : (char *)ret_extra;
        ok = fetch(query, (int)i, column, base + column->offset);
    }
    query_reset(query);
    return ok ? ST_OK : ST_CORRUPT;
}

/* MESSAGE_STATE, of the rows in memory. */
static void mark_read(struct loop_incident *incident)
{
    for (uint32_t i = 0; i < incident->message_count; i++) {
        struct message *message = &incident->messages[i];
        if (message->state != MESSAGE_HANDED_OVER && message->state != MESSAGE_DELIVERED)
            continue;
        const struct alert *alert = loop_find_alert(incident, message->alert_id);
        if (alert != NULL && message->handed_sequence < alert->read_sequence)
            message->state = MESSAGE_READ;
    }
}

#define LOAD(kind, field, max)                                                           \
    load_rows(rows, db, kind, incident_id, &incident.field##s, &incident.field##_count,  \
              &incident.field##_capacity, sizeof *incident.field##s, max)

int rows_load(const struct rows *rows, struct db *db, int64_t incident_id,
              struct loop_incident *ret, struct rows_extra *ret_extra)
{
    struct loop_incident incident = {0};
    struct rows_extra extra = {0};
    int status = load_incident(rows, db, incident_id, &incident, &extra);
    if (status == ST_OK)
        status = LOAD(LOOP_ROW_NEED, need, LOOP_NEEDS_MAX);
    for (uint32_t i = 0; i < incident.need_count && status == ST_OK; i++)
        status = get_lines(rows, db, &incident.needs[i]);
    if (status == ST_OK)
        status = LOAD(LOOP_ROW_CALLOUT, callout, LOOP_CALLOUTS_MAX);
    if (status == ST_OK)
        status = LOAD(LOOP_ROW_ALERT, alert, LOOP_ALERTS_MAX);
    if (status == ST_OK)
        status = LOAD(LOOP_ROW_ASSIGNMENT, assignment, LOOP_ALERTS_MAX);
    if (status == ST_OK)
        status = LOAD(LOOP_ROW_MESSAGE, message, LOOP_MESSAGES_MAX);
    if (status != ST_OK) {
        loop_incident_release(&incident);
        return status;
    }
    mark_read(&incident);
    *ret = incident;
    if (ret_extra != NULL)
        *ret_extra = extra;
    return ST_OK;
}
