/* SPDX-License-Identifier: Apache-2.0 */
#include "store/response.h"

#include "base/mem.h"
#include "base/status.h"
#include "loop/names.h"
#include "store/area.h"
#include "store/db.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <string.h>

static const char *const levels[] = {"ordinary", "IV", "III", "II", "I"};
static const char *const states[] = {"proposed", "running", "ended"};

const char *response_level_code(enum response_level level)
{
    assert((unsigned)level < COUNT_OF(levels));
    return levels[level];
}

static bool parse_level(const char *code, enum response_level *ret)
{
    for (unsigned i = 0; i < COUNT_OF(levels); i++)
        if (strcmp(code, levels[i]) == 0) {
            *ret = (enum response_level)i;
            return true;
        }
    return false;
}

/* One whose time is over has ended, though nobody said so. */
static const char *state_of(const char *text, int64_t to_ms, int64_t now_ms)
{
    if (to_ms != 0 && to_ms <= now_ms)
        return states[2];
    for (unsigned i = 0; i < COUNT_OF(states); i++)
        if (strcmp(text, states[i]) == 0)
            return states[i];
    return "";
}

int response_read(struct db *db, int64_t id, int64_t now_ms, struct response *ret)
{
    struct query *query =
        db_query(db, "SELECT area_id, hazard, level, state, from_ms, to_ms, started_by,"
                     " confirmed_by FROM response WHERE id = ?1");
    query_int(query, 1, id);
    int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    const int64_t to_ms = query_get_int(query, 5);
    struct response response = {.id = id,
                                .area_id = query_get_int(query, 0),
                                .state =
                                    state_of(query_get_text(query, 3), to_ms, now_ms),
                                .from_ms = query_get_int(query, 4),
                                .to_ms = to_ms,
                                .started_by = query_get_int(query, 6),
                                .confirmed_by = query_get_int(query, 7)};
    bool ok = incident_kind_parse(query_get_text(query, 1), &response.hazard) &&
              parse_level(query_get_text(query, 2), &response.level);
    query_reset(query);
    if (!ok)
        return ST_CORRUPT;
    *ret = response;
    return ST_OK;
}

static int store(struct writer *writer, const struct response *response, int64_t actor,
                 int64_t now_ms)
{
    struct query *query = db_query(
        writer_db(writer), "INSERT INTO response (id, area_id, hazard, level, state,"
                           " from_ms, to_ms, started_by, confirmed_by)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                           " ON CONFLICT(id) DO UPDATE SET state = excluded.state,"
                           " from_ms = excluded.from_ms, to_ms = excluded.to_ms,"
                           " confirmed_by = excluded.confirmed_by");
    query_int(query, 1, response->id);
    query_int(query, 2, response->area_id);
    query_text(query, 3, incident_kind_code(response->hazard));
    query_text(query, 4, response_level_code(response->level));
    query_text(query, 5, response->state);
    query_int(query, 6, response->from_ms);
    query_int(query, 7, response->to_ms);
    query_int(query, 8, response->started_by);
    query_int(query, 9, response->confirmed_by);
    int status = query_run(query);
    stage_forget_levels(writer_stage(writer));
    char kind[32];
    (void)snprintf(kind, sizeof kind, "response.%s", response->state);
    if (status == ST_OK)
        status = writer_note(writer, kind, actor, response->id,
                             response_level_code(response->level), now_ms);
    return status;
}

int response_put(struct writer *writer, struct response *response, int64_t now_ms,
                 struct diag *reterr)
{
    if (response->level == LEVEL_NONE)
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "level", "is one of I II III IV");
    if (response->to_ms != 0 && response->to_ms <= now_ms)
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "to", "lies in the past");
    const int status = area_expect(writer_db(writer), response->area_id, reterr);
    if (status != ST_OK)
        return status;
    response->id = writer_new_id(writer);
    response->from_ms = now_ms;
    response->confirmed_by = 0;
    response->state = response->level >= LEVEL_II ? states[0] : states[1];
    return store(writer, response, response->started_by, now_ms);
}

int response_confirm(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms,
                     struct response *ret, struct diag *reterr)
{
    int status = response_read(writer_db(writer), id, now_ms, ret);
    if (status != ST_OK)
        return status;
    if (ret->state != states[0])
        return diag_set(reterr, ST_CONFLICT, 0, 0, "response",
                        ret->state == states[1] ? "end" : "");
    if (actor == ret->started_by)
        return diag_set(reterr, ST_DENIED, 0, 0, "step",
                        "another account than the proposing one confirms");
    ret->state = states[1];
    ret->from_ms = now_ms;
    ret->confirmed_by = actor;
    return store(writer, ret, actor, now_ms);
}

int response_end(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms,
                 struct response *ret, struct diag *reterr)
{
    int status = response_read(writer_db(writer), id, now_ms, ret);
    if (status != ST_OK)
        return status;
    if (ret->state == states[2])
        return diag_set(reterr, ST_CONFLICT, 0, 0, "response", "%s",
                        ""); /* nothing is allowed */
    ret->state = states[2];
    ret->to_ms = now_ms;
    return store(writer, ret, actor, now_ms);
}

int response_level_of(struct db *db, int64_t area_id, int64_t now_ms,
                      enum response_level *ret)
{
    /* Up the tree to the root, whose parent is 0; the depth is limited at import. */
    struct query *query = db_query(
        db, "WITH RECURSIVE up(id, depth) AS (SELECT ?1, 0 UNION ALL"
            " SELECT area.parent_id, up.depth + 1 FROM area JOIN up ON area.id = up.id"
            " WHERE area.parent_id <> 0 AND up.depth < ?3)"
            " SELECT level FROM response WHERE state = 'running' AND from_ms <= ?2"
            " AND (to_ms = 0 OR to_ms > ?2) AND area_id IN (SELECT id FROM up)");
    query_int(query, 1, area_id);
    query_int(query, 2, now_ms);
    query_int(query, 3, AREA_DEPTH_MAX);
    enum response_level highest = LEVEL_NONE, level;
    int status;
    while ((status = query_step(query)) == 1)
        if (parse_level(query_get_text(query, 0), &level) && level > highest)
            highest = level;
    if (status == ST_OK)
        *ret = highest;
    return status;
}

int64_t response_next_change_ms(struct db *db, int64_t now_ms)
{
    struct query *query =
        db_query(db, "SELECT min(CASE WHEN from_ms > ?1 THEN from_ms ELSE to_ms END)"
                     " FROM response WHERE state = 'running'"
                     " AND (from_ms > ?1 OR to_ms > ?1)");
    query_int(query, 1, now_ms);
    int64_t next = now_ms; /* not known: asked again */
    if (query_step(query) == 1)
        next = query_get_null(query, 0) ? INT64_MAX : query_get_int(query, 0);
    query_reset(query);
    return next;
}

/* ---- plan records and closures ------------------------------------------------------
 */

int plan_record_put(struct writer *writer, int64_t callout_id, int32_t wave,
                    const char *body, int64_t now_ms)
{
    struct query *query = db_query(
        writer_db(writer), "INSERT INTO plan_record (id, callout_id, wave, at_ms, body)"
                           " VALUES (?1, ?2, ?3, ?4, ?5)");
    query_int(query, 1, writer_new_id(writer));
    query_int(query, 2, callout_id);
    query_int(query, 3, wave);
    query_int(query, 4, now_ms);
    query_text(query, 5, body);
    return query_put(query);
}

int left_out_put(struct writer *writer, int64_t callout_id, const int64_t *people,
                 uint32_t count)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        struct query *query =
            db_query(writer_db(writer),
                     "INSERT INTO left_out (callout_id, person_id) VALUES (?1, ?2)");
        query_int(query, 1, callout_id);
        query_int(query, 2, people[i]);
        status = query_put(query);
    }
    return status;
}

int left_out_list(struct db *db, int64_t callout_id, int64_t **ret, uint32_t *ret_count)
{
    struct query *query = db_query(db, "SELECT person_id FROM left_out"
                                       " WHERE callout_id = ?1 ORDER BY person_id");
    query_int(query, 1, callout_id);
    return query_list_ids(query, ret, ret_count);
}

int closure_put(struct writer *writer, struct closure *closure, int64_t now_ms)
{
    struct query *count =
        db_query(writer_db(writer), "SELECT count(*) FROM closure WHERE lifted_ms = 0");
    bool full = query_step(count) == 1 && query_get_int(count, 0) >= CLOSURES_MAX;
    query_reset(count);
    if (full)
        return ST_LIMIT;
    closure->id = writer_new_id(writer);
    struct query *query = db_query(
        writer_db(writer), "INSERT INTO closure (id, lat_e7, lon_e7, radius_m, polygon,"
                           " until_ms, reason, created_ms, created_by, limit_kmh)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    query_int(query, 1, closure->id);
    query_int(query, 2, closure->at.lat_e7);
    query_int(query, 3, closure->at.lon_e7);
    query_int(query, 4, closure->radius_m);
    query_text(query, 5, closure->polygon);
    query_int(query, 6, closure->until_ms);
    query_text(query, 7, closure->reason == NULL ? "" : closure->reason);
    query_int(query, 8, now_ms);
    query_int(query, 9, closure->actor);
    query_int(query, 10, closure->limit_kmh);
    int status = query_run(query);
    if (status == ST_OK)
        status = writer_note(writer, "closure.made", closure->actor, closure->id, NULL,
                             now_ms);
    return status;
}

int closure_lift(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms)
{
    struct db *db = writer_db(writer);
    struct query *query =
        db_query(db, "UPDATE closure SET lifted_ms = ?2 WHERE id = ?1 AND lifted_ms = 0");
    query_int(query, 1, id);
    query_int(query, 2, now_ms);
    int64_t before = db_changes(db);
    int status = query_run(query);
    if (status == ST_OK && db_changes(db) == before)
        return ST_NOT_FOUND;
    if (status == ST_OK)
        status = writer_note(writer, "closure.lifted", actor, id, NULL, now_ms);
    return status;
}

int closures_expire(struct writer *writer, int64_t now_ms)
{
    struct db *db = writer_db(writer);
    int status;
    do { /* one by one: noting an event runs statements of its own */
        struct query *query =
            db_query(db, "SELECT id FROM closure WHERE lifted_ms = 0"
                         " AND until_ms != 0 AND until_ms <= ?1 ORDER BY id LIMIT 1");
        query_int(query, 1, now_ms);
        status = query_step(query);
        int64_t id = status == 1 ? query_get_int(query, 0) : 0;
        query_reset(query);
        if (status != 1)
            return status;
        query = db_query(db, "UPDATE closure SET lifted_ms = until_ms WHERE id = ?1");
        query_int(query, 1, id);
        status = query_run(query);
        if (status == ST_OK)
            status = writer_note(writer, "closure.expired", 0, id, NULL, now_ms);
    } while (status == ST_OK);
    return status;
}

int closures_count_changes(struct db *db, int64_t now_ms, uint64_t *ret)
{
    struct query *query =
        db_query(db, "SELECT count(*) + count(CASE WHEN lifted_ms != 0 OR"
                     " (until_ms != 0 AND until_ms <= ?1) THEN 1 END) FROM closure");
    query_int(query, 1, now_ms);
    int status = query_step(query);
    if (status == 1)
        *ret = (uint64_t)query_get_int(query, 0);
    query_reset(query);
    return status == 1 ? ST_OK : status;
}

int closures_each(struct db *db, int64_t now_ms,
                  int (*visit)(void *context, const struct closure *closure),
                  void *context)
{
    struct query *query =
        db_query(db, "SELECT id, lat_e7, lon_e7, radius_m, polygon, until_ms, reason,"
                     " created_by, created_ms, limit_kmh FROM closure"
                     " WHERE lifted_ms = 0"
                     " AND (until_ms = 0 OR until_ms > ?1) ORDER BY id");
    query_int(query, 1, now_ms);
    int status;
    while ((status = query_step(query)) == 1) {
        struct closure closure = {
            .id = query_get_int(query, 0),
            .at = {(int32_t)query_get_int(query, 1), (int32_t)query_get_int(query, 2)},
            .radius_m = (uint32_t)query_get_int(query, 3),
            .polygon = query_get_null(query, 4) ? NULL : query_get_text(query, 4),
            .until_ms = query_get_int(query, 5),
            .reason = query_get_text(query, 6),
            .actor = query_get_int(query, 7),
            .made_ms = query_get_int(query, 8),
            .limit_kmh = (uint32_t)query_get_int(query, 9)};
        int stop = visit(context, &closure);
        if (stop != 0)
            return query_stop(query, stop);
    }
    return status;
}
