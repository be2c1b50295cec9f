/* SPDX-License-Identifier: Apache-2.0 */
#include "store/own_page.h"

#include "base/status.h"
#include "store/db.h"
#include "store/people.h"
#include "store/writer.h"

struct tries {
    int64_t count, last_ms;
};

static int read_tries(struct db *db, int64_t person_id, struct tries *ret)
{
    struct query *query =
        db_query(db, "SELECT tries, tried_ms FROM own_page WHERE person_id = ?1");
    query_int(query, 1, person_id);
    *ret = (struct tries){0, 0};
    const int status = query_step(query);
    if (status == 1)
        *ret = (struct tries){query_get_int(query, 0), query_get_int(query, 1)};
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

static bool is_spent(const struct tries *tries, int64_t now_ms)
{
    return tries->count >= OWN_PAGE_TRIES_MAX &&
           now_ms - tries->last_ms < OWN_PAGE_WAIT_MS;
}

int own_page_is_spent(struct db *db, int64_t person_id, int64_t now_ms, bool *ret)
{
    struct tries tries;
    const int status = read_tries(db, person_id, &tries);
    *ret = status != ST_OK || is_spent(&tries, now_ms);
    return status;
}

int own_page_try(struct writer *writer, int64_t person_id, bool is_right, int64_t now_ms)
{
    struct tries tries;
    const int status = read_tries(writer_db(writer), person_id, &tries);
    if (status != ST_OK)
        return status;
    if (is_spent(&tries, now_ms))
        return ST_DENIED;
    if (is_right && tries.count == 0)
        return ST_OK;
    struct query *query = db_query(
        writer_db(writer), "INSERT INTO own_page (person_id, tries, tried_ms)"
                           " VALUES (?1, ?2, ?3) ON CONFLICT(person_id) DO UPDATE"
                           " SET tries = excluded.tries, tried_ms = excluded.tried_ms");
    query_int(query, 1, person_id);
    query_int(query, 2, is_right ? 0 : tries.count + 1);
    query_int(query, 3, now_ms);
    return query_run(query);
}

/* ---- ending the links ---- */
int own_page_ended(struct db *db, int64_t person_id, int64_t *ret_ms)
{
    struct query *query =
        db_query(db, "SELECT ended_ms FROM own_page WHERE person_id = ?1");
    query_int(query, 1, person_id);
    *ret_ms = 0;
    const int status = query_find_int(query, ret_ms);
    return status == ST_NOT_FOUND ? ST_OK : status;
}

int own_page_end(struct writer *writer, int64_t person_id, int64_t actor, int64_t now_ms,
                 struct diag *reterr)
{
    struct query *query = db_query(
        writer_db(writer),
        "INSERT INTO own_page (person_id, tries, tried_ms, ended_ms)"
        " WITH RECURSIVE same(id) AS (SELECT id FROM person WHERE id = ?1 UNION"
        " SELECT p.id FROM person p JOIN same ON p.alias_of = same.id)"
        " SELECT id, 0, 0, ?2 FROM same WHERE id > 0"
        " ON CONFLICT(person_id) DO UPDATE SET tries = 0, tried_ms = 0, ended_ms ="
        " CASE WHEN own_page.ended_ms < excluded.ended_ms THEN excluded.ended_ms"
        " ELSE own_page.ended_ms + 1 END");
    query_int(query, 1, person_id);
    query_int(query, 2, now_ms);
    int status = query_run(query);
    if (status == ST_OK)
        status = person_forget_push(writer, person_id, now_ms, reterr);
    if (status == ST_OK)
        status = writer_note(writer, "person.link_ended", actor, person_id, NULL, now_ms);
    return status;
}
