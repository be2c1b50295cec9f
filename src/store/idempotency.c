/* SPDX-License-Identifier: Apache-2.0 */
#include "store/idempotency.h"

#include "base/status.h"
#include "store/db.h"

#include <string.h>

int idempotency_find(struct db *db, struct command *command, int64_t now_ms)
{
    if (command->key == NULL)
        return 0;
    struct query *query =
        db_query(db, "SELECT request_hash, status, result_id FROM idempotency"
                     " WHERE actor = ?1 AND route = ?2 AND key = ?3 AND at_ms > ?4");
    query_int(query, 1, command->actor);
    query_text(query, 2, command->route);
    query_text(query, 3, command->key);
    query_int(query, 4, now_ms - IDEMPOTENCY_KEPT_MS);
    int status = query_step(query);
    if (status != 1)
        return status;
    size_t size;
    const void *hash = query_get_blob(query, 0, &size);
    bool same = size == sizeof command->request_hash &&
                memcmp(hash, command->request_hash, size) == 0;
    int32_t result_status = (int32_t)query_get_int(query, 1);
    int64_t result_id = query_get_int(query, 2);
    query_reset(query);
    if (!same)
        return diag_set(&command->diag, ST_UNPROCESSABLE, 0, 0, "Idempotency-Key",
                        "the key was used before with another request");
    command->repeated = true;
    command->result_status = result_status;
    command->result_id = result_id;
    return 1;
}

int idempotency_put(struct db *db, const struct command *command, int64_t now_ms)
{
    if (command->key == NULL)
        return ST_OK;
    struct query *query =
        db_query(db, "INSERT INTO idempotency (actor, route, key, request_hash, status,"
                     " result_id, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                     " ON CONFLICT(actor, route, key) DO UPDATE SET"
                     " request_hash = excluded.request_hash, status = excluded.status,"
                     " result_id = excluded.result_id, at_ms = excluded.at_ms");
    query_int(query, 1, command->actor);
    query_text(query, 2, command->route);
    query_text(query, 3, command->key);
    query_blob(query, 4, command->request_hash, sizeof command->request_hash);
    query_int(query, 5, command->result_status);
    query_int(query, 6, command->result_id);
    query_int(query, 7, now_ms);
    return query_put(query);
}

int idempotency_purge(struct db *db, int64_t now_ms)
{
    struct query *query = db_query(db, "DELETE FROM idempotency WHERE at_ms <= ?1");
    query_int(query, 1, now_ms - IDEMPOTENCY_KEPT_MS);
    return query_run(query);
}
