/* SPDX-License-Identifier: Apache-2.0 */
#include "store/warning.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/db.h"
#include "store/writer_internal.h"

#include <stdio.h>
#include <string.h>

#define X(name, code) code,
static const char *const kinds[] = {WARNING_KIND_LIST(X)};
#undef X

/* ---- reading ------------------------------------------------------------------------
 */

#define ROWS                                                                             \
    "SELECT w.id, w.sender, w.identifier, w.sent_ms, w.kind, w.exercise, w.level,"       \
    " w.onset_ms, w.expires_ms, w.body, w.taken_by, w.taken_ms, w.ended_by, w.ended_ms," \
    " e.kind FROM warning w LEFT JOIN warning e ON e.id = w.ended_by"                    \
    " WHERE w.kind <> 'cancel'"

/* The newest that have been taken in; those in force or ahead, by an index. */
static struct query *ask(struct db *db, int64_t now_ms, bool whole)
{
    struct query *query = whole ? db_query(db, ROWS " ORDER BY w.id DESC LIMIT ?1")
                                : db_query(db, ROWS " AND w.expires_ms > ?1"
                                                    " AND w.ended_by = 0"
                                                    " ORDER BY w.id DESC");
    query_int(query, 1, whole ? WARNING_LIST_MAX : now_ms);
    return query;
}

int warnings_each(struct db *db, int64_t now_ms, bool whole,
                  int (*visit)(void *context, const struct warning *warning),
                  void *context)
{
    struct query *query = ask(db, now_ms, whole);
    int status;
    while ((status = query_step(query)) == 1) {
        const struct warning warning = {
            .id = query_get_int(query, 0),
            .name = {query_get_text(query, 1), query_get_text(query, 2),
                     query_get_int(query, 3)},
            .kind = strcmp(query_get_text(query, 4), kinds[WARNING_UPDATE]) == 0
                        ? WARNING_UPDATE
                        : WARNING_ALERT,
            .exercise = query_get_int(query, 5) != 0,
            .level = query_get_text(query, 6),
            .onset_ms = query_get_int(query, 7),
            .expires_ms = query_get_int(query, 8),
            .body = query_get_text(query, 9),
            .taken_by = query_get_int(query, 10),
            .taken_ms = query_get_int(query, 11),
            .ended_by = query_get_int(query, 12),
            .ended_ms = query_get_int(query, 13),
            .cancelled = strcmp(query_get_text(query, 14), kinds[WARNING_CANCEL]) == 0};
        const int stop = visit(context, &warning);
        if (stop != ST_OK)
            return query_stop(query, stop);
    }
    return status;
}

int warning_areas(struct db *db, int64_t id, int64_t ret[WARNING_AREAS_MAX],
                  uint32_t *ret_count)
{
    struct query *query = db_query(db, "SELECT area_id FROM warning_area"
                                       " WHERE warning_id = ?1 ORDER BY area_id");
    query_int(query, 1, id);
    int status;
    *ret_count = 0;
    while ((status = query_step(query)) == 1) {
        if (*ret_count == WARNING_AREAS_MAX)
            return query_stop(query, ST_LIMIT);
        ret[(*ret_count)++] = query_get_int(query, 0);
    }
    return status;
}

int warning_heard_each(struct db *db, int64_t id,
                       int (*visit)(void *context, const struct warning_heard *heard),
                       void *context)
{
    struct query *query =
        db_query(db, "SELECT area_id, account_id, at_ms FROM warning_heard"
                     " WHERE warning_id = ?1 ORDER BY area_id");
    query_int(query, 1, id);
    int status;
    while ((status = query_step(query)) == 1) {
        const struct warning_heard heard = {.area_id = query_get_int(query, 0),
                                            .actor = query_get_int(query, 1),
                                            .at_ms = query_get_int(query, 2)};
        const int stop = visit(context, &heard);
        if (stop != ST_OK)
            return query_stop(query, stop);
    }
    return status;
}

int warning_offices(struct db *db, int64_t **ret, uint32_t *ret_count)
{
    struct query *query =
        db_query(db, "SELECT DISTINCT r.area_id FROM account_role r JOIN account a"
                     " ON a.id = r.account_id WHERE a.disabled = 0"
                     " AND r.role IN ('admin', 'commander', 'dispatcher')"
                     " ORDER BY r.area_id");
    *ret = NULL;
    *ret_count = 0;
    return query_list_ids(query, ret, ret_count);
}

/* ---- taking one in ------------------------------------------------------------------
 */

static void bind_name(struct query *query, const struct warning_name *name)
{
    query_text(query, 1, name->sender);
    query_text(query, 2, name->identifier);
    query_int(query, 3, name->sent_ms);
}

static bool is_same(const struct warning_name *a, const struct warning_name *b)
{
    return a->sent_ms == b->sent_ms && strcmp(a->identifier, b->identifier) == 0 &&
           strcmp(a->sender, b->sender) == 0;
}

/* ST_NOT_FOUND: no such message has come. */
static int find(struct db *db, const struct warning_name *name, int64_t *ret_id)
{
    struct query *query = db_query(db, "SELECT id FROM warning WHERE sender = ?1"
                                       " AND identifier = ?2 AND sent_ms = ?3");
    bind_name(query, name);
    return query_find_int(query, ret_id);
}

/* A later message that came first may have referred to it. */
static int find_end(struct db *db, struct warning *warning)
{
    struct query *query =
        db_query(db, "SELECT min(r.warning_id) FROM warning_reference r JOIN warning w"
                     " ON w.id = r.warning_id WHERE r.sender = ?1 AND r.identifier = ?2"
                     " AND r.sent_ms = ?3 AND w.exercise = ?4");
    bind_name(query, &warning->name);
    query_int(query, 4, warning->exercise);
    const int status = query_find_int(query, &warning->ended_by);
    if (status == ST_OK && warning->ended_by != 0)
        warning->ended_ms = warning->taken_ms;
    return status;
}

static int insert(struct db *db, const struct warning *warning)
{
    struct query *query =
        db_query(db, "INSERT INTO warning (sender, identifier, sent_ms, id, kind,"
                     " exercise, level, onset_ms, expires_ms, body, taken_by, taken_ms,"
                     " ended_by, ended_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
                     " ?10, ?11, ?12, ?13, ?14)");
    bind_name(query, &warning->name);
    query_int(query, 4, warning->id);
    query_text(query, 5, kinds[warning->kind]);
    query_int(query, 6, warning->exercise);
    query_text(query, 7, warning->level);
    query_int(query, 8, warning->onset_ms);
    query_int(query, 9, warning->expires_ms);
    query_text(query, 10, warning->body);
    query_int(query, 11, warning->taken_by);
    query_int(query, 12, warning->taken_ms);
    query_int(query, 13, warning->ended_by);
    query_int(query, 14, warning->ended_ms);
    return query_run(query);
}

static int insert_area(struct db *db, int64_t id, int64_t area_id)
{
    struct query *query = db_query(db, "INSERT INTO warning_area (warning_id, area_id)"
                                       " VALUES (?1, ?2)");
    query_int(query, 1, id);
    query_int(query, 2, area_id);
    return query_run(query);
}

/* What NAME says has ended by warning ID: if it is here, now; if not, when it comes. */
static int end_one(struct db *db, const struct warning_name *name,
                   struct warning_message *message)
{
    const struct warning *warning = &message->warning;
    struct query *query =
        db_query(db, "INSERT INTO warning_reference (sender, identifier, sent_ms,"
                     " warning_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
    bind_name(query, name);
    query_int(query, 4, warning->id);
    const int status = query_run(query);
    if (status != ST_OK)
        return status;
    query = db_query(db, "UPDATE warning SET ended_by = ?4, ended_ms = ?5 WHERE"
                         " sender = ?1 AND identifier = ?2 AND sent_ms = ?3"
                         " AND exercise = ?6 AND ended_by = 0");
    bind_name(query, name);
    query_int(query, 4, warning->id);
    query_int(query, 5, warning->taken_ms);
    query_int(query, 6, warning->exercise);
    const int64_t before = db_changes(db);
    const int ended = query_run(query);
    message->ended += (uint32_t)(db_changes(db) - before);
    return ended;
}

int warning_put(struct writer *writer, struct warning_message *message, int64_t now_ms)
{
    struct db *db = writer_db(writer);
    struct warning *warning = &message->warning;
    if (message->area_count > WARNING_AREAS_MAX ||
        message->reference_count > WARNING_REFERENCES_MAX)
        return ST_LIMIT;
    int status = find(db, &warning->name, &warning->id);
    message->repeated = status == ST_OK;
    if (status != ST_NOT_FOUND)
        return status;
    warning->id = writer_new_id(writer);
    warning->taken_ms = now_ms;
    status = find_end(db, warning);
    if (status == ST_OK)
        status = insert(db, warning);
    for (uint32_t i = 0; i < message->area_count && status == ST_OK; i++)
        status = insert_area(db, warning->id, message->areas[i]);
    for (uint32_t i = 0; i < message->reference_count && status == ST_OK; i++)
        if (!is_same(&message->references[i], &warning->name))
            status = end_one(db, &message->references[i], message);
    return status != ST_OK ? status
                           : writer_note(writer, "warning.taken", warning->taken_by,
                                         warning->id, kinds[warning->kind], now_ms);
}

#define OWN_SENDER "muster"
#define OWN_NAME_SIZE 24

/* The name that a message of our own has: a number that no other one has. */
static struct warning_name own_name(struct writer *writer, int64_t now_ms,
                                    char ret_identifier[OWN_NAME_SIZE])
{
    (void)snprintf(ret_identifier, OWN_NAME_SIZE, "%lld",
                   (long long)writer_new_id(writer));
    return (struct warning_name){OWN_SENDER, ret_identifier, now_ms};
}

int warning_put_own(struct writer *writer, struct warning_message *message,
                    int64_t now_ms)
{
    char identifier[OWN_NAME_SIZE];
    message->warning.name = own_name(writer, now_ms, identifier);
    const int status = warning_put(writer, message, now_ms);
    message->warning.name = (struct warning_name){0};
    return status;
}

int warning_end(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms)
{
    struct query *query =
        db_query(writer_db(writer), "SELECT sender, identifier, sent_ms, exercise FROM"
                                    " warning WHERE id = ?1 AND kind <> 'cancel' AND"
                                    " ended_by = 0");
    query_int(query, 1, id);
    const int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    AUTO_FREE char *sender = mem_strdup(query_get_text(query, 0));
    AUTO_FREE char *identifier = mem_strdup(query_get_text(query, 1));
    const struct warning_name ended = {sender, identifier, query_get_int(query, 2)};
    struct warning_message cancel = {.warning = {.kind = WARNING_CANCEL,
                                                 .exercise = query_get_int(query, 3) != 0,
                                                 .level = "none",
                                                 .onset_ms = now_ms,
                                                 .expires_ms = now_ms,
                                                 .body = "\"texts\":[]",
                                                 .taken_by = actor},
                                     .references = &ended,
                                     .reference_count = 1};
    query_reset(query);
    return sender == NULL || identifier == NULL
               ? ST_NO_MEMORY
               : warning_put_own(writer, &cancel, now_ms);
}

/* ---- who has heard of it ------------------------------------------------------------
 */

int warning_hear(struct writer *writer, int64_t id, int64_t area_id, int64_t actor,
                 int64_t now_ms)
{
    struct db *db = writer_db(writer);
    int status =
        db_has(db, "SELECT 1 FROM warning WHERE id = ?1 AND kind <> 'cancel'", id);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    struct query *query =
        db_query(db, "INSERT INTO warning_heard (warning_id, area_id, account_id, at_ms)"
                     " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
    query_int(query, 1, id);
    query_int(query, 2, area_id);
    query_int(query, 3, actor);
    query_int(query, 4, now_ms);
    const int64_t before = db_changes(db);
    status = query_run(query);
    if (status != ST_OK || db_changes(db) == before)
        return status;
    return writer_note(writer, "warning.heard", actor, id, NULL, now_ms);
}
