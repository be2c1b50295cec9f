/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts and messages lie by id, and those of a call-out mostly together; an index by
 * call-out leads a board to its own. */
#include "store/read_board.h"

#include "base/mem.h"
#include "base/status.h"
#include "loop/names.h"
#include "store/db.h"
#include "store/identity.h"
#include "store/rows.h"
#include "store/texts.h"
#include "store/vault.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void copy(char *ret, size_t size, const char *text)
{
    (void)snprintf(ret, size, "%s", text);
}

static struct query *with_id(struct query *query, int64_t id)
{
    query_int(query, 1, id);
    query_ahead(query);
    return query;
}

void read_funnel_ask(struct read_funnel_asked *asked, struct db *db, int64_t callout_id)
{
    asked->alerts =
        with_id(db_query(db, "SELECT state, count(*), count(*) FILTER (WHERE seen_ms > 0"
                             " OR (answered_ms > 0 AND on_behalf = 0))"
                             " FROM alert WHERE callout_id = ?1 GROUP BY state"),
                callout_id);
    /* Whoever has read it has got it. */
    asked->delivered = with_id(
        db_query(
            db,
            "SELECT count(*) FROM alert a WHERE a.callout_id = ?1 AND (a.seen_ms > 0 OR"
            " (a.answered_ms > 0 AND a.on_behalf = 0) OR a.id IN"
            " (SELECT m.alert_id FROM message m WHERE m.callout_id = ?1"
            " AND m.kind = 'alert' AND m.state IN ('delivered', 'read')))"),
        callout_id);
    asked->assignments =
        with_id(db_query(db, "SELECT count(*) FILTER (WHERE s.state = 'en_route'),"
                             " count(*) FILTER (WHERE s.state IN ('on_scene', 'working'))"
                             " FROM alert a JOIN assignment s ON s.alert_id = a.id"
                             " AND s.incident_id = a.incident_id WHERE a.callout_id = ?1 "
                             "AND a.state = 'accepted'"),
                callout_id);
}

static int take_alerts(struct query *query, struct read_funnel *ret)
{
    enum alert_state state;
    int status;
    while ((status = query_step(query)) > 0) {
        const int64_t count = query_get_int(query, 1);
        ret->alerted += count;
        ret->read += query_get_int(query, 2);
        if (alert_state_parse(query_get_text(query, 0), &state))
            ret->in_state[state] = count;
    }
    return status;
}

/* The one row of a query of counts. */
static int take_counts(struct query *query, int64_t *ret_first, int64_t *ret_second)
{
    const int status = query_step(query);
    if (status <= 0)
        return status;
    *ret_first = query_get_int(query, 0);
    if (ret_second != NULL)
        *ret_second = query_get_int(query, 1);
    query_reset(query);
    return 0;
}

int read_funnel_take(struct read_funnel_asked *asked, struct read_funnel *ret)
{
    struct read_funnel funnel = {0};
    int status = take_alerts(asked->alerts, &funnel);
    if (status == 0)
        status = take_counts(asked->delivered, &funnel.delivered, NULL);
    if (status == 0)
        status = take_counts(asked->assignments, &funnel.en_route, &funnel.on_scene);
    if (status == 0)
        *ret = funnel;
    return status;
}

/* ---- assignments ---- */
#define ASSIGNMENT_FIELDS                                                                \
    "SELECT s.id, s.incident_id, s.alert_id, s.person_id, s.need_id, a.callout_id,"      \
    " s.state, s.outcome, s.line, s.count, s.assigned_ms, s.en_route_ms, s.on_scene_ms," \
    " s.released_ms, s.reported_ms, s.verified_ms, s.here_ms, s.sos_ms,"                 \
    " s.sos_acknowledged_ms, s.reported_by, s.verified_by, s.minutes_worked,"            \
    " s.minutes_credited, a.travel_ms, a.alerted_ms, s.way_from_ms"
#define ASSIGNMENT_FIELD_COUNT 26
#define ASSIGNMENT_COLUMNS                                                               \
    ASSIGNMENT_FIELDS " FROM assignment s JOIN alert a ON a.id = s.alert_id "

void read_assignment_row(struct query *query, struct read_assignment *ret)
{
    *ret = (struct read_assignment){.id = query_get_int(query, 0)};
    ret->incident_id = query_get_int(query, 1);
    ret->alert_id = query_get_int(query, 2);
    ret->person_id = query_get_int(query, 3);
    ret->need_id = query_get_int(query, 4);
    ret->callout_id = query_get_int(query, 5);
    copy(ret->state, sizeof ret->state, query_get_text(query, 6));
    copy(ret->outcome, sizeof ret->outcome, query_get_text(query, 7));
    ret->line = (int32_t)query_get_int(query, 8);
    ret->count = (int32_t)query_get_int(query, 9);
    ret->assigned_ms = query_get_int(query, 10);
    ret->en_route_ms = query_get_int(query, 11);
    ret->on_scene_ms = query_get_int(query, 12);
    ret->released_ms = query_get_int(query, 13);
    ret->reported_ms = query_get_int(query, 14);
    ret->verified_ms = query_get_int(query, 15);
    ret->here_ms = query_get_int(query, 16);
    ret->sos_ms = query_get_int(query, 17);
    ret->sos_acknowledged_ms = query_get_int(query, 18);
    ret->reported_by = query_get_int(query, 19);
    ret->verified_by = query_get_int(query, 20);
    ret->minutes_worked = (int32_t)query_get_int(query, 21);
    ret->minutes_credited = (int32_t)query_get_int(query, 22);
    ret->travel_ms = (uint32_t)query_get_int(query, 23);
    ret->alerted_ms = query_get_int(query, 24);
    ret->set_out_ms = loop_set_out_ms(ret->en_route_ms, query_get_int(query, 25));
}

void read_assignment_of(const struct assignment *assignment, const struct alert *alert,
                        int64_t incident_id, struct read_assignment *ret)
{
    *ret = (struct read_assignment){
        .id = assignment->id,
        .incident_id = incident_id,
        .alert_id = assignment->alert_id,
        .person_id = assignment->person_id,
        .need_id = assignment->need_id,
        .callout_id = alert->callout_id,
        .line = assignment->line,
        .count = assignment->count,
        .assigned_ms = assignment->assigned_ms,
        .en_route_ms = assignment->en_route_ms,
        .set_out_ms = loop_set_out_ms(assignment->en_route_ms, assignment->way_from_ms),
        .on_scene_ms = assignment->on_scene_ms,
        .released_ms = assignment->released_ms,
        .reported_ms = assignment->reported_ms,
        .verified_ms = assignment->verified_ms,
        .here_ms = assignment->here_ms,
        .sos_ms = assignment->sos_ms,
        .sos_acknowledged_ms = assignment->sos_acknowledged_ms,
        .reported_by = assignment->reported_by,
        .verified_by = assignment->verified_by,
        .minutes_worked = assignment->minutes_worked,
        .minutes_credited = assignment->minutes_credited,
        .travel_ms = alert->travel_ms,
        .alerted_ms = alert->alerted_ms,
    };
    copy(ret->state, sizeof ret->state, assignment_state_code(assignment->state));
    copy(ret->outcome, sizeof ret->outcome, outcome_code(assignment->outcome));
}

struct query *read_assignment_of_alert(struct db *db, int64_t alert_id)
{
    struct query *query =
        db_query(db, ASSIGNMENT_COLUMNS "WHERE s.alert_id = ?1 AND s.incident_id ="
                                        " (SELECT incident_id FROM alert WHERE id = ?1)"
                                        " ORDER BY s.id DESC LIMIT 1");
    query_int(query, 1, alert_id);
    query_ahead(query);
    return query;
}

int read_assignment_take(struct query *query, struct read_assignment *ret)
{
    const int status = query_step(query);
    if (status <= 0)
        return status == 0 ? ST_NOT_FOUND : status;
    read_assignment_row(query, ret);
    query_reset(query);
    return 0;
}

struct query *read_assignments(struct db *db, int64_t incident_id, int64_t callout_id)
{
    struct query *query =
        db_query(db, ASSIGNMENT_COLUMNS
                 "WHERE s.incident_id = ?1 AND (?2 = 0 OR a.callout_id = ?2)"
                 " ORDER BY s.id");
    query_int(query, 1, incident_id);
    query_int(query, 2, callout_id);
    return query;
}

/* What a board shows of each stands behind it. */
enum {
    BOARD_IDENTITY = ASSIGNMENT_FIELD_COUNT,
    BOARD_POSITION = BOARD_IDENTITY + IDENTITY_COLUMN_COUNT, /* box, at_ms */
    BOARD_REPORT = BOARD_POSITION + 2,                       /* id, key_slot, box */
    BOARD_REPORTER = BOARD_REPORT + 3,                       /* the account's name */
    BOARD_DEVICE,                                            /* its hash */
    BOARD_ERASED
};

/* Which rows is asked first: what goes with them is looked up for these alone. */
struct query *read_board_assignments(struct db *db, int64_t incident_id,
                                     int64_t callout_id, int64_t after, int64_t limit)
{
    struct query *query = db_query(
        db, ASSIGNMENT_FIELDS
        ", " IDENTITY_COLUMNS
        ", o.box, o.at_ms, t.id, t.key_slot, t.box, c.name, a.device_hash, p.erased"
        " FROM assignment s JOIN alert a ON a.id = s.alert_id"
        " LEFT JOIN person p ON p.id = s.person_id"
        " LEFT JOIN position o ON o.assignment_id = s.id"
        " LEFT JOIN text t ON t.id = (SELECT max(id) FROM text WHERE incident_id ="
        " s.incident_id AND kind = 'report' AND row = s.id)"
        " LEFT JOIN account c ON c.id = s.reported_by"
        " WHERE s.id IN (SELECT n.id FROM assignment n JOIN alert ON alert.id ="
        " n.alert_id WHERE n.incident_id = ?1 AND alert.callout_id = ?2 AND n.id > ?3"
        " ORDER BY n.id LIMIT ?4) ORDER BY s.id");
    query_int(query, 1, incident_id);
    query_int(query, 2, callout_id);
    query_int(query, 3, after);
    query_int(query, 4, limit);
    query_ahead(query);
    return query;
}

struct query *read_people_out(struct db *db, int64_t after, int64_t limit)
{
    struct query *query = db_query(
        db, ASSIGNMENT_FIELDS ", " IDENTITY_COLUMNS
                              " FROM assignment s JOIN alert a ON a.id = s.alert_id"
                              " JOIN person p ON p.id = s.person_id"
                              " WHERE s.id > ?1 AND s.id IN ("
                              " SELECT id FROM assignment WHERE state IN ('assigned',"
                              " 'en_route', 'on_scene', 'working', 'lost_contact')"
                              " UNION ALL SELECT id FROM assignment"
                              " WHERE state = 'stood_down' AND en_route_ms > 0"
                              " AND incident_id IN (SELECT id FROM incident WHERE state"
                              " NOT IN ('closed', 'cancelled', 'merged')))"
                              " ORDER BY s.id LIMIT ?2");
    query_int(query, 1, after);
    query_int(query, 2, limit);
    return query;
}

int read_board_identity(struct query *query, struct vault *vault,
                        struct person_identity *ret)
{
    return identity_row(query, BOARD_IDENTITY, vault, ret);
}

bool read_board_position(struct query *query, struct vault *vault, struct point *ret,
                         int64_t *ret_at_ms)
{
    size_t box_size, size;
    char *plain;
    const void *box = query_get_blob(query, BOARD_POSITION, &box_size);
    const int64_t at_ms = query_get_int(query, BOARD_POSITION + 1);
    if (box == NULL || at_ms == POSITION_SAID || query_get_null(query, BOARD_IDENTITY) ||
        vault_unseal(vault, query_get_int(query, BOARD_IDENTITY + 3), "position",
                     query_get_int(query, 0), box, box_size, &plain, &size) != ST_OK)
        return false;
    const bool is_whole = size == sizeof *ret;
    if (is_whole) {
        memcpy(ret, plain, sizeof *ret);
        *ret_at_ms = at_ms;
    }
    mem_free(plain);
    return is_whole;
}

char *read_board_report(struct query *query, struct vault *vault)
{
    size_t box_size, size;
    char *plain;
    const void *box = query_get_blob(query, BOARD_REPORT + 2, &box_size);
    if (box == NULL || vault_unseal(vault, query_get_int(query, BOARD_REPORT + 1), "text",
                                    query_get_int(query, BOARD_REPORT), box, box_size,
                                    &plain, &size) != ST_OK)
        return NULL;
    return plain;
}

const char *read_board_reporter(struct query *query)
{
    return query_get_text(query, BOARD_REPORTER);
}

bool read_board_sees_place(struct query *query)
{
    size_t size; /* zeros at the end are not stored */
    return query_get_blob(query, BOARD_DEVICE, &size) != NULL && size > 0;
}

bool read_board_is_erased(struct query *query)
{
    return query_get_int(query, BOARD_ERASED) != 0;
}

/* ---- alerts ---- */
#define ALERT_FIELDS                                                                     \
    "SELECT a.id, a.callout_id, a.incident_id, a.person_id, a.state, a.line, a.wave,"    \
    " a.count, a.ready_in_minutes, a.digits_tries, a.alerted_ms, a.answered_ms,"         \
    " a.seen_ms, a.fetched_ms, a.travel_ms, a.p_accept, a.p_in_time, a.forced,"          \
    " a.on_behalf, a.device_hash, a.asked_ms, a.answer, a.lines_able"
#define ALERT_FIELD_COUNT 23

static void note_bound(struct read_alert *alert)
{
    static const uint8_t zeros[sizeof alert->device_hash];
    alert->is_bound = memcmp(alert->device_hash, zeros, sizeof zeros) != 0;
}

void read_alert_row(struct query *query, struct read_alert *ret)
{
    *ret = (struct read_alert){.id = query_get_int(query, 0)};
    ret->callout_id = query_get_int(query, 1);
    ret->incident_id = query_get_int(query, 2);
    ret->person_id = query_get_int(query, 3);
    copy(ret->state, sizeof ret->state, query_get_text(query, 4));
    ret->line = (int32_t)query_get_int(query, 5);
    ret->wave = (int32_t)query_get_int(query, 6);
    ret->count = (int32_t)query_get_int(query, 7);
    ret->ready_in_minutes = (int32_t)query_get_int(query, 8);
    ret->digits_tries = (int32_t)query_get_int(query, 9);
    ret->alerted_ms = query_get_int(query, 10);
    ret->answered_ms = query_get_int(query, 11);
    ret->seen_ms = query_get_int(query, 12);
    ret->fetched_ms = query_get_int(query, 13);
    ret->travel_ms = (uint32_t)query_get_int(query, 14);
    ret->p_accept = query_get_real(query, 15);
    ret->p_in_time = query_get_real(query, 16);
    ret->forced = query_get_int(query, 17) != 0;
    ret->on_behalf = query_get_int(query, 18) != 0;
    size_t size;
    const void *hash = query_get_blob(query, 19, &size);
    if (size > 0 && size <= sizeof ret->device_hash) /* zeros at the end are not stored */
        memcpy(ret->device_hash, hash, size);
    ret->asked_ms = query_get_int(query, 20);
    ret->said_no = strcmp(query_get_text(query, 21), answer_code(ANSWER_DECLINE)) == 0;
    ret->lines_able = (uint8_t)query_get_int(query, 22);
    note_bound(ret);
}

void read_alert_of(const struct alert *alert, int64_t incident_id, struct read_alert *ret)
{
    *ret = (struct read_alert){
        .id = alert->id,
        .callout_id = alert->callout_id,
        .incident_id = incident_id,
        .person_id = alert->person_id,
        .line = alert->line,
        .lines_able = alert->lines_able,
        .wave = alert->wave,
        .count = alert->count,
        .ready_in_minutes = alert->ready_in_minutes,
        .digits_tries = alert->digits_tries,
        .alerted_ms = alert->alerted_ms,
        .answered_ms = alert->answered_ms,
        .seen_ms = alert->seen_ms,
        .fetched_ms = alert->fetched_ms,
        .travel_ms = alert->travel_ms,
        .p_accept = (double)alert->p_accept,
        .p_in_time = (double)alert->p_in_time,
        .forced = alert->forced,
        .on_behalf = alert->on_behalf,
        .asked_ms = alert->asked_ms,
        .said_no = alert->answer == ANSWER_DECLINE,
    };
    copy(ret->state, sizeof ret->state, alert_state_code(alert->state));
    memcpy(ret->device_hash, alert->device_hash, sizeof ret->device_hash);
    note_bound(ret);
}

int read_alert(struct db *db, int64_t id, struct read_alert *ret)
{
    struct query *query = db_query(db, ALERT_FIELDS " FROM alert a WHERE a.id = ?1");
    query_int(query, 1, id);
    const int status = query_step(query);
    if (status <= 0)
        return status == 0 ? ST_NOT_FOUND : status;
    read_alert_row(query, ret);
    query_reset(query);
    return 0;
}

struct query *read_link_ask(struct db *db, int64_t alert_id)
{
    struct query *query = db_query(
        db, ALERT_FIELDS ", coalesce((SELECT ended_ms FROM own_page WHERE person_id ="
                         " a.person_id), 0), CASE WHEN EXISTS (SELECT 1 FROM look WHERE"
                         " person_id = a.person_id) THEN 1 ELSE 0 END"
                         " FROM alert a WHERE a.id = ?1");
    query_int(query, 1, alert_id);
    query_ahead(query);
    return query;
}

int read_link_take(struct query *query, struct read_link *ret)
{
    const int status = query_step(query);
    if (status <= 0)
        return status == 0 ? ST_NOT_FOUND : status;
    read_alert_row(query, &ret->alert);
    ret->own_page_ended_ms = query_get_int(query, ALERT_FIELD_COUNT);
    ret->was_looked_at = query_get_int(query, ALERT_FIELD_COUNT + 1) != 0;
    query_reset(query);
    return 0;
}

#define SIXTEEN_IDS                                                                      \
    "(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"

static struct query *with_ids(struct query *query, int64_t callout_id, const int64_t *ids,
                              int32_t count)
{
    assert(count >= 1 && count <= READ_ALERTS_OF_MAX);
    query_int(query, 1, callout_id);
    for (int32_t i = 0; i < READ_ALERTS_OF_MAX; i++)
        query_int(query, 2 + i, ids[i < count ? i : 0]);
    query_ahead(query);
    return query;
}

#define ALERTS_OF_CALLOUT                                                                \
    ALERT_FIELDS ", " IDENTITY_COLUMNS                                                   \
                 " FROM alert a LEFT JOIN person p ON p.id = a.person_id"                \
                 " WHERE a.callout_id = ?1"

struct query *read_alerts(struct db *db, int64_t callout_id, int64_t after, int64_t limit)
{
    struct query *query =
        db_query(db, ALERTS_OF_CALLOUT " AND a.id > ?2 ORDER BY a.id LIMIT ?3");
    query_int(query, 1, callout_id);
    query_int(query, 2, after);
    query_int(query, 3, limit);
    query_ahead(query);
    return query;
}

struct query *read_alerts_of(struct db *db, int64_t callout_id, const int64_t *ids,
                             int32_t count)
{
    return with_ids(
        db_query(db, ALERTS_OF_CALLOUT " AND a.id IN " SIXTEEN_IDS " ORDER BY a.id"),
        callout_id, ids, count);
}

int read_alert_identity(struct query *query, struct vault *vault,
                        struct person_identity *ret)
{
    return identity_row(query, ALERT_FIELD_COUNT, vault, ret);
}

#define MESSAGES_OF_CALLOUT                                                              \
    "SELECT alert_id, channel, " MESSAGE_STATE ", CASE WHEN sent_ms > 0 THEN sent_ms"    \
    " ELSE created_ms END, kind FROM message WHERE callout_id = ?1"

struct query *read_messages(struct db *db, int64_t callout_id, int64_t after,
                            int64_t limit)
{
    struct query *query = db_query(
        db, MESSAGES_OF_CALLOUT
        " AND alert_id > ?2 AND alert_id <= (SELECT max(id) FROM (SELECT id FROM alert"
        " WHERE callout_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3) AS page)"
        " ORDER BY alert_id, id");
    query_int(query, 1, callout_id);
    query_int(query, 2, after);
    query_int(query, 3, limit);
    query_ahead(query);
    return query;
}

struct query *read_messages_of(struct db *db, int64_t callout_id, const int64_t *ids,
                               int32_t count)
{
    return with_ids(db_query(db, MESSAGES_OF_CALLOUT " AND alert_id IN " SIXTEEN_IDS
                                                     " ORDER BY alert_id, id"),
                    callout_id, ids, count);
}
