/* SPDX-License-Identifier: Apache-2.0 */
/* A row of person_before holds the columns of a person as they were, the boxes too: they
 * are sealed under the person's key and open in the person's row alone. `version` is what
 * the import left there, so that a change since is seen. An empty mode: was not there. */
#include "store/people_undo.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/writer_internal.h"

#define COLUMNS                                                                          \
    "area_id, mode, skills, certificates, organisations, duty, quiet, paused_until_ms,"  \
    " suspended, retired, phone_hash, identity, whereabouts"
/* Of the rows kept those whose person nobody has changed since. */
#define UNTOUCHED                                                                        \
    " FROM person_before b JOIN person p ON p.id = b.person_id"                          \
    " WHERE p.version = b.version AND p.erased = 0 AND p.alias_of = 0"

int people_newest(struct db *db, int64_t now_ms, struct people_newest *ret)
{
    struct query *query =
        db_query(db, "SELECT id, at_ms, actor, added, changed, retired"
                     " FROM people_import WHERE at_ms > ?1 ORDER BY id DESC LIMIT 1");
    query_int(query, 1, now_ms - PEOPLE_UNDO_MS);
    const int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    *ret = (struct people_newest){.id = query_get_int(query, 0),
                                  .at_ms = query_get_int(query, 1),
                                  .actor = query_get_int(query, 2),
                                  .added = (uint32_t)query_get_int(query, 3),
                                  .changed = (uint32_t)query_get_int(query, 4),
                                  .retired = (uint32_t)query_get_int(query, 5)};
    query_reset(query);
    return ST_OK;
}

/* ---- keeping ------------------------------------------------------------------------
 */

int people_undo_keep(struct stage *stage, int64_t import_id, int64_t person_id,
                     bool is_new)
{
    if (import_id == 0)
        return ST_OK;
    struct query *query = db_query(
        stage->db,
        is_new
            ? "INSERT INTO person_before (import_id, person_id, version, area_id, mode,"
              " skills, certificates, organisations, duty, quiet, paused_until_ms,"
              " suspended, retired) VALUES (?1, ?2, 1, 0, '', '', '', '', '', '', 0, 0, "
              "0)"
            : "INSERT INTO person_before (import_id, person_id, version, " COLUMNS ")"
              " SELECT ?1, id, version + 1, " COLUMNS " FROM person WHERE id = ?2");
    query_int(query, 1, import_id);
    query_int(query, 2, person_id);
    return query_run(query);
}

/* Of all imports but KEPT (0 = of all). */
static int forget(struct db *db, int64_t kept)
{
    static const char *const queries[] = {
        "DELETE FROM person_before WHERE import_id <> ?1",
        "DELETE FROM people_import WHERE id <> ?1"};
    int status = ST_OK;
    for (size_t i = 0; i < COUNT_OF(queries) && status == ST_OK; i++) {
        struct query *query = db_query(db, queries[i]);
        query_int(query, 1, kept);
        status = query_run(query);
    }
    return status;
}

int people_undo_note(struct stage *stage, int64_t import_id,
                     const struct people_import *import, int64_t actor, int64_t now_ms)
{
    const int status = forget(stage->db, import_id);
    if (status != ST_OK || import_id == 0)
        return status;
    struct query *query =
        db_query(stage->db, "INSERT INTO people_import (id, at_ms, actor, added, changed,"
                            " retired) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    query_int(query, 1, import_id);
    query_int(query, 2, now_ms);
    query_int(query, 3, actor);
    query_int(query, 4, import->added);
    query_int(query, 5, import->changed);
    query_int(query, 6, import->retired);
    return query_run(query);
}

/* ---- taking back --------------------------------------------------------------------
 */

/* Runs SQL on each of the people whom SELECT names; how many they are. */
static int change_each(struct writer *writer, const char *select, const char *sql,
                       uint32_t *ret_count)
{
    AUTO_FREE int64_t *ids = NULL;
    struct db *db = writer_db(writer);
    int status = query_list_ids(db_query(db, select), &ids, ret_count);
    for (uint32_t i = 0; i < *ret_count && status == ST_OK; i++) {
        struct query *query = db_query(db, sql);
        query_int(query, 1, ids[i]);
        status = query_run(query);
        if (status == ST_OK)
            status = writer_person_changed(writer, ids[i]);
    }
    return status;
}

static int count_kept(struct db *db, uint32_t *ret)
{
    struct query *query = db_query(db, "SELECT count(*) FROM person_before");
    const int status = query_step(query);
    *ret = status == 1 ? (uint32_t)query_get_int(query, 0) : 0;
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

static int take_back(struct writer *writer, struct people_undo *undo)
{
    int status = count_kept(writer_db(writer), &undo->kept);
    if (status == ST_OK)
        status = change_each(writer, "SELECT p.id" UNTOUCHED " AND b.mode = ''",
                             "UPDATE person SET retired = 1, version = version + 1"
                             " WHERE id = ?1",
                             &undo->left);
    if (status == ST_OK)
        status = change_each(writer, "SELECT p.id" UNTOUCHED " AND b.mode <> ''",
                             "UPDATE person SET version = version + 1, (" COLUMNS
                             ") = (SELECT " COLUMNS " FROM person_before"
                             " WHERE person_id = ?1) WHERE id = ?1",
                             &undo->restored);
    undo->kept -= undo->left + undo->restored;
    return status;
}

int people_undo(struct writer *writer, struct people_undo *undo, int64_t actor,
                int64_t now_ms, struct diag *reterr)
{
    struct people_newest newest;
    undo->restored = undo->left = undo->kept = 0;
    int status = people_newest(writer_db(writer), now_ms, &newest);
    if (status == ST_NOT_FOUND)
        return diag_set(reterr, status, 0, 0, "import",
                        "there is no import that can be taken back");
    if (status == ST_OK && newest.id != undo->id)
        return diag_set(reterr, ST_STALE, 0, 0, "import",
                        "another import came after it: look again");
    if (status == ST_OK)
        status = take_back(writer, undo);
    if (status == ST_OK)
        status = forget(writer_db(writer), 0);
    return status == ST_OK
               ? stage_note(writer_stage(writer), "people.import_undone", actor, 0, NULL,
                            undo->restored + undo->left, now_ms)
               : status;
}

static int expire(void *context, struct writer *writer, int64_t now_ms,
                  struct diag *reterr)
{
    (void)context;
    (void)now_ms;
    (void)reterr;
    return forget(writer_db(writer), 0);
}

int people_undo_expire(struct db *db, struct writer *writer, int64_t now_ms)
{
    struct query *query =
        db_query(db, "SELECT 1 FROM people_import WHERE at_ms <= ?1 LIMIT 1");
    query_int(query, 1, now_ms - PEOPLE_UNDO_MS);
    const int status = query_step(query);
    query_reset(query);
    return status == 1 ? command_call(writer, expire, NULL, NULL) : status;
}
