/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/status.h"
#include "store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[256];

static int make_path(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/muster-db-%d.db", (int)getpid());
    return 0;
}

static int drop_path(void **state)
{
    (void)state;
    char side[300];
    (void)unlink(path);
    (void)snprintf(side, sizeof side, "%s-wal", path);
    (void)unlink(side);
    (void)snprintf(side, sizeof side, "%s-shm", path);
    (void)unlink(side);
    return 0;
}

static void put(struct db *db, const char *key, int64_t number)
{
    struct query *query =
        db_query(db, "INSERT INTO instance (key, number) VALUES (?1, ?2)");
    query_text(query, 1, key);
    query_int(query, 2, number);
    assert_int_equal(query_run(query), ST_OK);
}

static int64_t get(struct db *db, const char *key)
{
    struct query *query = db_query(db, "SELECT number FROM instance WHERE key = ?1");
    query_text(query, 1, key);
    int status = query_step(query);
    assert_true(status >= 0);
    int64_t number = status == 1 ? query_get_int(query, 0) : -1;
    query_reset(query);
    return number;
}

static void writes_and_reads(void **state)
{
    (void)state;
    struct db *db, *reader;
    struct diag diag;
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    assert_int_equal(db_begin(db), ST_OK);
    put(db, "a", 1);
    assert_int_equal(db_commit(db), ST_OK);
    assert_true(db_log_pages(db) > 0);
    assert_int_equal(db_open(&reader, path, DB_READ, &diag), ST_OK);
    assert_int_equal(get(reader, "a"), 1);

    /* A read transaction sees one state. */
    assert_int_equal(db_begin_read(reader), ST_OK);
    assert_int_equal(get(reader, "b"), -1);
    assert_int_equal(db_begin(db), ST_OK);
    put(db, "b", 2);
    assert_int_equal(db_commit(db), ST_OK);
    assert_int_equal(get(reader, "b"), -1);
    db_end_read(reader);
    assert_int_equal(get(reader, "b"), 2);

    /* A reader cannot write. */
    assert_true(query_run(db_query(reader, "DELETE FROM instance")) < 0);
    assert_int_equal(db_checkpoint(db), ST_OK);
    assert_int_equal(db_log_pages(db), 0);
    db_close(reader);
    db_close(db);
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    assert_int_equal(get(db, "b"), 2);
    db_close(db);
}

static void savepoints(void **state)
{
    (void)state;
    struct db *db;
    struct diag diag;
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    assert_int_equal(db_begin(db), ST_OK);
    put(db, "c", 1);
    assert_int_equal(db_savepoint(db), ST_OK);
    put(db, "d", 1);
    assert_int_equal(db_savepoint_rollback(db), ST_OK);
    assert_int_equal(db_savepoint(db), ST_OK);
    put(db, "e", 1);
    assert_int_equal(db_savepoint_release(db), ST_OK);
    assert_int_equal(db_commit(db), ST_OK);
    assert_int_equal(get(db, "c"), 1);
    assert_int_equal(get(db, "d"), -1);
    assert_int_equal(get(db, "e"), 1);
    assert_int_equal(db_begin(db), ST_OK);
    struct query *query = db_query(db, "INSERT INTO instance (key) VALUES ('e')");
    assert_int_equal(query_run(query), ST_CONFLICT);
    db_rollback(db);
    db_close(db);
}

static void full_disk(void **state)
{
    (void)state;
    struct db *db;
    struct diag diag;
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    db_limit_pages(db, db_page_count(db));
    assert_int_equal(db_begin(db), ST_OK);
    int status = ST_OK;
    for (int i = 0; i < 1000 && status == ST_OK; i++) {
        struct query *query =
            db_query(db, "INSERT INTO instance (key, bytes) VALUES (?1, zeroblob(9000))");
        char key[16];
        (void)snprintf(key, sizeof key, "full%d", i);
        query_text(query, 1, key);
        status = query_run(query);
    }
    assert_int_equal(status, ST_NO_SPACE);
    db_rollback(db);
    db_limit_pages(db, 0);
    assert_int_equal(db_begin(db), ST_OK);
    put(db, "after", 5);
    assert_int_equal(db_commit(db), ST_OK);
    assert_int_equal(get(db, "full0"), -1);
    assert_int_equal(get(db, "after"), 5);
    assert_false(db_sync_failed(db));
    db_close(db);
}

static void backs_up(void **state)
{
    (void)state;
    struct db *db, *copy;
    struct diag diag;
    char to[300];
    (void)snprintf(to, sizeof to, "%s-copy", path);
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    put(db, "kept", 77); /* lies in the log only */
    assert_int_equal(db_begin(db), ST_OK);
    put(db, "open", 78); /* not committed yet */
    assert_int_equal(db_backup(path, to, &diag), ST_OK);
    assert_int_equal(db_commit(db), ST_OK);
    db_close(db);
    assert_int_equal(db_open(&copy, to, DB_WRITE, &diag), ST_OK);
    assert_int_equal(get(copy, "kept"), 77);
    assert_int_equal(get(copy, "open"), -1);
    db_close(copy);
    char command[400];
    (void)snprintf(command, sizeof command, "rm -f %s*", to);
    assert_int_equal(system(command), 0);
    assert_int_equal(db_backup(path, "/nowhere/x", &diag), ST_IO);
    assert_int_equal(db_open(&copy, "/nowhere/x", DB_READ, &diag), ST_IO);
}

static void refuses_newer(void **state)
{
    (void)state;
    struct db *db;
    struct diag diag;
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    assert_int_equal(query_run(db_query(db, "PRAGMA user_version=99")), ST_OK);
    db_close(db);
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_UNSUPPORTED);
    assert_non_null(strstr(diag.text, "99"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads), cmocka_unit_test(savepoints),
        cmocka_unit_test(full_disk),        cmocka_unit_test(backs_up),
        cmocka_unit_test(refuses_newer),
    };
    return cmocka_run_group_tests(tests, make_path, drop_path);
}
