/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts and messages lie clustered by call-out, so a board reads one stretch of each. */
#include "store/read_board.h"

#include "base/status.h"
#include "store/db.h"

#include <stdio.h>
#include <string.h>

static void copy(char *ret, size_t size, const char *text)
{
    (void)snprintf(ret, size, "%s", text);
}

static int funnel_alerts(struct db *db, int64_t callout_id, struct read_funnel *ret)
{
    struct query *query =
        db_query(db, "SELECT state, count(*), count(*) FILTER (WHERE seen_ms > 0"
                     " OR (answered_ms > 0 AND on_behalf = 0))"
                     " FROM alert WHERE callout_id = ?1 GROUP BY state");
    query_int(query, 1, callout_id);
    const struct {
        const char *code;
        int64_t *count;
    } states[] = {
        {"pending", &ret->pending},   {"accepted", &ret->accepted},
        {"limited", &ret->limited},   {"late", &ret->late},
        {"declined", &ret->declined}, {"no_answer", &ret->no_answer},
        {"void", &ret->void_},        {"stood_down", &ret->stood_down},
    };
    int status;
    while ((status = query_step(query)) > 0) {
        const char *state = query_get_text(query, 0);
        const int64_t count = query_get_int(query, 1);
        ret->alerted += count;
        ret->read += query_get_int(query, 2);
        for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
            if (strcmp(states[i].code, state) == 0)
                *states[i].count = count;
    }
    return status;
}

/* Whoever has read it has got it. */
static int funnel_delivered(struct db *db, int64_t callout_id, struct read_funnel *ret)
{
    struct query *query = db_query(
        db,
        "SELECT count(*) FROM alert a WHERE a.callout_id = ?1 AND (a.seen_ms > 0 OR"
        " (a.answered_ms > 0 AND a.on_behalf = 0) OR a.id IN"
        " (SELECT m.alert_id FROM message m WHERE m.callout_id = ?1 AND m.kind = 'alert'"
        " AND m.state IN ('delivered', 'read')))");
    query_int(query, 1, callout_id);
    const int status = query_step(query);
    if (status <= 0)
        return status;
    ret->delivered = query_get_int(query, 0);
    query_reset(query);
    return 0;
}

static int funnel_assignments(struct db *db, int64_t callout_id, struct read_funnel *ret)
{
    struct query *query = db_query(
        db, "SELECT count(*) FILTER (WHERE s.state = 'en_route'),"
            " count(*) FILTER (WHERE s.state IN ('on_scene', 'working'))"
            " FROM alert a JOIN assignment s ON s.alert_id = a.id WHERE a.callout_id = ?1"
            " AND a.state = 'accepted'");
    query_int(query, 1, callout_id);
    const int status = query_step(query);
    if (status <= 0)
        return status;
    ret->en_route = query_get_int(query, 0);
    ret->on_scene = query_get_int(query, 1);
    query_reset(query);
    return 0;
}

int read_funnel(struct db *db, int64_t callout_id, struct read_funnel *ret)
{
    struct read_funnel funnel = {0};
    int status = funnel_alerts(db, callout_id, &funnel);
    if (status == 0)
        status = funnel_delivered(db, callout_id, &funnel);
    if (status == 0)
        status = funnel_assignments(db, callout_id, &funnel);
    if (status == 0)
        *ret = funnel;
    return status;
}

/* ---- assignments ---- */
#define ASSIGNMENT_COLUMNS                                                               \
    "SELECT s.id, s.incident_id, s.alert_id, s.person_id, s.need_id, a.callout_id,"      \
    " s.state, s.outcome, s.line, s.count, s.assigned_ms, s.en_route_ms, s.on_scene_ms," \
    " s.released_ms, s.reported_ms, s.verified_ms, s.here_ms, s.sos_ms,"                 \
    " s.sos_acknowledged_ms, s.reported_by, s.verified_by, s.minutes_worked,"            \
    " s.minutes_credited, a.travel_ms FROM assignment s JOIN alert a"                    \
    " ON a.id = s.alert_id "

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
}

static int one_assignment(struct query *query, int64_t id, struct read_assignment *ret)
{
    query_int(query, 1, id);
    const int status = query_step(query);
    if (status <= 0)
        return status == 0 ? ST_NOT_FOUND : status;
    read_assignment_row(query, ret);
    query_reset(query);
    return 0;
}

int read_assignment(struct db *db, int64_t id, struct read_assignment *ret)
{
    return one_assignment(db_query(db, ASSIGNMENT_COLUMNS "WHERE s.id = ?1"), id, ret);
}

int read_assignment_of_alert(struct db *db, int64_t alert_id, struct read_assignment *ret)
{
    return one_assignment(db_query(db, ASSIGNMENT_COLUMNS
                                   "WHERE s.alert_id = ?1 ORDER BY s.id DESC LIMIT 1"),
                          alert_id, ret);
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

/* ---- alerts ---- */
#define ALERT_COLUMNS                                                                    \
    "SELECT id, callout_id, incident_id, person_id, state, line, wave, count,"           \
    " ready_in_minutes, digits_tries, alerted_ms, answered_ms, seen_ms, fetched_ms,"     \
    " travel_ms, p_accept, p_in_time, forced, on_behalf, device_hash FROM alert "

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
    if (size == sizeof ret->device_hash)
        memcpy(ret->device_hash, hash, size);
    static const uint8_t zeros[32];
    ret->is_bound = memcmp(ret->device_hash, zeros, sizeof zeros) != 0;
}

int read_alert(struct db *db, int64_t id, struct read_alert *ret)
{
    struct query *query = db_query(db, ALERT_COLUMNS "WHERE id = ?1");
    query_int(query, 1, id);
    const int status = query_step(query);
    if (status <= 0)
        return status == 0 ? ST_NOT_FOUND : status;
    read_alert_row(query, ret);
    query_reset(query);
    return 0;
}

struct query *read_alerts(struct db *db, int64_t callout_id, int64_t after)
{
    struct query *query =
        db_query(db, ALERT_COLUMNS "WHERE callout_id = ?1 AND id > ?2 ORDER BY id");
    query_int(query, 1, callout_id);
    query_int(query, 2, after);
    return query;
}

struct query *read_messages(struct db *db, int64_t callout_id, int64_t first,
                            int64_t last)
{
    struct query *query = db_query(
        db, "SELECT alert_id, channel, state, CASE WHEN sent_ms > 0 THEN sent_ms ELSE"
            " created_ms END, kind FROM message WHERE callout_id = ?1 AND alert_id >= ?2"
            " AND alert_id <= ?3 ORDER BY alert_id, id");
    query_int(query, 1, callout_id);
    query_int(query, 2, first);
    query_int(query, 3, last);
    return query;
}
