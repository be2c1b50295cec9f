/* SPDX-License-Identifier: Apache-2.0 */
#include "store/number.h"

#include "store/db.h"

int number_read(struct db *db, const char *key, int64_t otherwise, int64_t *ret)
{
    struct query *query = db_query(db, "SELECT number FROM instance WHERE key = ?1");
    query_text(query, 1, key);
    const int status = query_find_int(query, ret);
    if (status != ST_OK)
        *ret = otherwise;
    return status == ST_NOT_FOUND ? ST_OK : status;
}

int number_put(struct db *db, const char *key, int64_t number)
{
    struct query *query =
        db_query(db, "INSERT INTO instance (key, number) VALUES (?1, ?2)"
                     " ON CONFLICT(key) DO UPDATE SET number = excluded.number");
    query_text(query, 1, key);
    query_int(query, 2, number);
    return query_put(query);
}
