/* SPDX-License-Identifier: Apache-2.0 */
/* An instance from before there were rows to learn from has told everything in its
 * events. They are walked once, incident by incident, up to the first row there is; the
 * rows that follow are put before it, by time. Ids below the first one are free in this
 * table: every alert took ids of its own when it was made. */
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "loop/loop.h"
#include "loop/names.h"
#include "loop/replay.h"
#include "store/answer.h"
#include "store/answer_internal.h"
#include "store/history.h"
#include "store/writer.h"

#include <stdlib.h>
#include <string.h>

#define DONE_KEY "answers_from_events"

struct found {
    int64_t at_ms, incident_id, alert_id, took_ms;
    uint32_t order; /* of finding: in order within the incident */
    enum learn_what what;
};

struct recovery {
    struct db *db;
    int64_t first_id, first_ms; /* of the rows there are; INT64_MAX = none */
    int64_t incident_id;
    struct replay replay;
    struct found *found;
    uint32_t count, capacity;
};

static int is_done(struct db *db, bool *ret)
{
    struct query *query = db_query(db, "SELECT 1 FROM instance WHERE key = ?1");
    query_text(query, 1, DONE_KEY);
    int status = query_step(query);
    query_reset(query);
    *ret = status == 1;
    return status < 0 ? status : ST_OK;
}

static int find_first(struct recovery *recovery)
{
    recovery->first_id = recovery->first_ms = INT64_MAX;
    struct query *query =
        db_query(recovery->db, "SELECT id, at_ms FROM answer ORDER BY id LIMIT 1");
    int status = query_step(query);
    if (status == 1) {
        recovery->first_id = query_get_int(query, 0);
        recovery->first_ms = query_get_int(query, 1);
    }
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

static int take(void *context, const struct replay_event *event, struct diag *reterr)
{
    struct recovery *recovery = context;
    int status = replay_apply(&recovery->replay, event, reterr);
    if (status != ST_OK || event->at_ms >= recovery->first_ms)
        return status;
    const struct loop_event told = {.kind = event_kind_code(event->kind),
                                    .code = event->code,
                                    .assignment_id = event->assignment_id,
                                    .alert_id = event->alert_id};
    const struct alert *alert;
    enum learn_what what;
    const int64_t took_ms =
        answer_of(&recovery->replay.incident, &told, event->at_ms, &alert, &what);
    if (took_ms < 0)
        return ST_OK;
    status = mem_grow(&recovery->found, &recovery->capacity, recovery->count + 1,
                      sizeof *recovery->found, ANSWER_RECOVERED_MAX);
    if (status == ST_OK) {
        recovery->found[recovery->count] =
            (struct found){event->at_ms, recovery->incident_id, alert->id,
                           took_ms,      recovery->count,       what};
        recovery->count++;
    }
    return status;
}

static int list_incidents(struct recovery *recovery, int64_t **ret, uint32_t *ret_count)
{
    struct query *query = db_query(
        recovery->db, "SELECT id FROM incident WHERE reported_ms < ?1 ORDER BY id");
    query_int(query, 1, recovery->first_ms);
    return query_list_ids(query, ret, ret_count);
}

static int walk(struct recovery *recovery, struct diag *reterr)
{
    AUTO_FREE int64_t *ids = NULL;
    uint32_t count = 0;
    int status = list_incidents(recovery, &ids, &count);
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        recovery->incident_id = ids[i];
        status = history_each(recovery->db, ids[i], take, recovery, reterr);
        replay_release(&recovery->replay);
    }
    return status;
}

static int by_time(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* What the alert's rows say; nothing is put of who was erased. */
static int put(struct db *db, const struct found *found, int64_t id, bool *ret_put)
{
    struct query *query = db_query(
        db, "SELECT CASE WHEN p.alias_of > 0 THEN p.alias_of ELSE a.person_id END,"
            " a.callout_id, a.wave, i.exercise, i.kind, n.mode, coalesce(p.mode, 'foot'),"
            " a.alerted_ms, a.travel_ms, a.p_accept, coalesce(p.erased, 0) FROM alert a"
            " JOIN callout c ON c.id = a.callout_id JOIN need n ON n.id = c.need_id"
            " JOIN incident i ON i.id = a.incident_id"
            " LEFT JOIN person p ON p.id = a.person_id WHERE a.id = ?1");
    query_int(query, 1, found->alert_id);
    int status = query_step(query);
    *ret_put = status == 1 && query_get_int(query, 10) == 0;
    if (!*ret_put)
        return query_stop(query, status < 0 ? status : ST_OK);
    struct time_local local;
    time_to_local(query_get_int(query, 7), &local);
    int64_t mode = query_get_int(query, 5);
    struct query *insert = db_query(
        db, "INSERT INTO answer (id, person_id, alert_id, callout_id, wave, exercise,"
            " what, kind, mode, minute, weekend, at_ms, took_ms, travel_ms, promised)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
    query_int(insert, 1, id);
    query_int(insert, 2, query_get_int(query, 0));
    query_int(insert, 3, found->alert_id);
    query_int(insert, 4, query_get_int(query, 1));
    query_int(insert, 5, query_get_int(query, 2));
    query_int(insert, 6, query_get_int(query, 3));
    query_text(insert, 7, learn_what_code(found->what));
    query_text(insert, 8, query_get_text(query, 4));
    query_text(insert, 9,
               mode >= 0 && mode < ROAD_MODE_COUNT ? road_mode_name((enum road_mode)mode)
                                                   : query_get_text(query, 6));
    query_int(insert, 10, local.minute);
    query_int(insert, 11, local.weekday >= 5);
    query_int(insert, 12, found->at_ms);
    query_int(insert, 13, found->took_ms);
    query_int(insert, 14, query_get_int(query, 8));
    query_real(insert, 15, query_get_real(query, 9));
    status = query_run(insert);
    query_reset(query);
    return status;
}

static int put_all(struct recovery *recovery, int64_t *ret_count)
{
    int status = ST_OK;
    *ret_count = 0;
    if ((int64_t)recovery->count >= recovery->first_id)
        return ST_OK; /* no room before the first: they stay out */
    if (recovery->count > 1)
        qsort(recovery->found, recovery->count, sizeof *recovery->found, by_time);
    for (uint32_t i = 0; i < recovery->count && status == ST_OK; i++) {
        bool was_put;
        status = put(recovery->db, &recovery->found[i], *ret_count + 1, &was_put);
        *ret_count += was_put;
    }
    return status;
}

static int note_done(struct db *db, int64_t count)
{
    struct query *query =
        db_query(db, "INSERT INTO instance (key, number) VALUES (?1, ?2)");
    query_text(query, 1, DONE_KEY);
    query_int(query, 2, count);
    return query_run(query);
}

int answer_recover(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct recovery recovery = {.db = writer_db(writer)};
    int64_t count = 0;
    bool done;
    (void)now_ms;
    int status = is_done(recovery.db, &done);
    if (status != ST_OK || done)
        return status;
    status = find_first(&recovery);
    if (status == ST_OK)
        status = walk(&recovery, reterr);
    if (status == ST_OK)
        status = put_all(&recovery, &count);
    if (status == ST_OK)
        status = note_done(recovery.db, count);
    mem_free(recovery.found);
    if (status == ST_OK && context != NULL)
        *(int64_t *)context = count;
    return status;
}
