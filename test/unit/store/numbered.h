/* SPDX-License-Identifier: Apache-2.0 */
/* Numbered rows of the table `instance`, for tests of a connection. Header only. */
#ifndef MUSTER_TEST_NUMBERED_H
#define MUSTER_TEST_NUMBERED_H

#include "base/status.h"
#include "store/db.h"

#include <stdio.h>

static inline int64_t numbered_get(struct db *db, const char *key)
{
    struct query *query = db_query(db, "SELECT number FROM instance WHERE key = ?1");
    query_text(query, 1, key);
    int status = query_step(query);
    assert_true(status >= 0);
    int64_t number = status == 1 ? query_get_int(query, 0) : -1;
    query_reset(query);
    return number;
}

static inline void numbered_set(struct db *db, int64_t which, int64_t number,
                                const uint8_t *bytes, size_t size)
{
    char key[16];
    (void)snprintf(key, sizeof key, "k%d", (int)which);
    struct query *query =
        db_query(db, "INSERT INTO instance (key, number, bytes) VALUES (?1, ?2, ?3)"
                     " ON CONFLICT(key) DO UPDATE SET number = excluded.number,"
                     " bytes = excluded.bytes");
    query_text(query, 1, key);
    query_int(query, 2, number);
    query_blob(query, 3, bytes, size);
    assert_int_equal(query_run(query), ST_OK);
}

/* What a connection of its own finds: rows 0 to COUNT - 1; -1 = not there. */
static inline void numbered_check(struct db *db, const int64_t *numbers, int count)
{
    for (int i = 0; i < count; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(numbered_get(db, key), numbers[i]);
    }
}

#endif
