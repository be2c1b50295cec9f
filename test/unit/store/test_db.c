/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../engine.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "numbered.h"
#include "store/db.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[256];

static int make_path(void **state)
{
    (void)state;
    char file[64];
    (void)snprintf(file, sizeof file, "/tmp/muster-db-%d.db", (int)getpid());
    engine_path(path, sizeof path, file);
    return 0;
}

static int drop_path(void **state)
{
    (void)state;
    char side[300];
    engine_drop(path);
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

static void writes_and_reads(void **state)
{
    (void)state;
    struct db *db, *reader;
    struct diag diag;
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    assert_int_equal(db_begin(db), ST_OK);
    put(db, "a", 1);
    assert_int_equal(db_commit(db), ST_OK);
    assert_true(engine_is_postgres() || db_log_pages(db) > 0);
    assert_int_equal(db_open(&reader, path, DB_READ, &diag), ST_OK);
    assert_int_equal(numbered_get(reader, "a"), 1);

    /* A read transaction sees one state. */
    assert_int_equal(db_begin_read(reader), ST_OK);
    assert_int_equal(numbered_get(reader, "b"), -1);
    assert_int_equal(db_begin(db), ST_OK);
    put(db, "b", 2);
    assert_int_equal(db_commit(db), ST_OK);
    assert_int_equal(numbered_get(reader, "b"), -1);
    db_end_read(reader);
    assert_int_equal(numbered_get(reader, "b"), 2);

    /* A reader cannot write. */
    assert_true(query_run(db_query(reader, "DELETE FROM instance")) < 0);
    assert_int_equal(db_checkpoint(db), ST_OK);
    assert_int_equal(db_log_pages(db), 0);
    db_close(reader);
    db_close(db);
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    assert_int_equal(numbered_get(db, "b"), 2);
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
    assert_int_equal(numbered_get(db, "c"), 1);
    assert_int_equal(numbered_get(db, "d"), -1);
    assert_int_equal(numbered_get(db, "e"), 1);
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
            db_query(db, "INSERT INTO instance (key, bytes) VALUES (?1, ?2)");
        char key[16];
        static const char zeros[9000];
        (void)snprintf(key, sizeof key, "full%d", i);
        query_text(query, 1, key);
        query_blob(query, 2, zeros, sizeof zeros);
        status = query_run(query);
    }
    assert_int_equal(status, ST_NO_SPACE);
    db_rollback(db);
    db_limit_pages(db, 0);
    assert_int_equal(db_begin(db), ST_OK);
    put(db, "after", 5);
    assert_int_equal(db_commit(db), ST_OK);
    assert_int_equal(numbered_get(db, "full0"), -1);
    assert_int_equal(numbered_get(db, "after"), 5);
    assert_false(db_sync_failed(db));
    db_close(db);
}

static void backs_up(void **state)
{
    (void)state;
    struct db *db, *copy;
    struct diag diag;
    char to[300];
    if (engine_is_postgres()) { /* its own tools do that */
        assert_int_equal(db_backup(path, "/tmp/x", &diag), ST_UNSUPPORTED);
        return;
    }
    (void)snprintf(to, sizeof to, "%s-copy", path);
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    put(db, "kept", 77); /* lies in the log only */
    assert_int_equal(db_begin(db), ST_OK);
    put(db, "open", 78); /* not committed yet */
    assert_int_equal(db_backup(path, to, &diag), ST_OK);
    assert_int_equal(db_commit(db), ST_OK);
    db_close(db);
    assert_int_equal(db_open(&copy, to, DB_WRITE, &diag), ST_OK);
    assert_int_equal(numbered_get(copy, "kept"), 77);
    assert_int_equal(numbered_get(copy, "open"), -1);
    db_close(copy);
    char command[400];
    (void)snprintf(command, sizeof command, "rm -f %s*", to);
    assert_int_equal(system(command), 0);
    file_fail_at(FILE_FSYNC, 1, EIO); /* of the folder: a power cut may undo the name */
    assert_int_equal(db_backup(path, to, &diag), ST_IO);
    file_fail_at(FILE_FSYNC, 0, 0);
    assert_int_equal(db_backup(path, to, &diag), ST_OK);
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
    db_close(db);
    engine_run(path, engine_is_postgres()
                         ? "UPDATE store_engine SET number = 99 WHERE key = 'schema'"
                         : "PRAGMA user_version=99");
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_UNSUPPORTED);
    assert_non_null(strstr(diag.text, "99"));
}

/* Every kind of value survives the way there and back, at its limits. */
static void values(void **state)
{
    (void)state;
    struct db *db;
    struct diag diag;
    static const int64_t numbers[] = {0, -1, INT64_MAX, INT64_MIN, 12345678901};
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct query *query = db_query(db, "SELECT ?1 + 0, ?2 * 1, ?3, ?4, ?5, ?1 > 0");
        query_int(query, 1, numbers[i]);
        query_real(query, 2, (double)numbers[i] / 3);
        query_text(query, 3, "\xe6\x9d\x91 'x' ?1");
        query_blob(query, 4, "a\0b", 3);
        assert_int_equal(query_step(query), 1);
        assert_true(query_get_int(query, 0) == numbers[i]);
        assert_true(query_get_real(query, 1) == (double)numbers[i] / 3);
        assert_string_equal(query_get_text(query, 2), "\xe6\x9d\x91 'x' ?1");
        size_t size;
        assert_memory_equal(query_get_blob(query, 3, &size), "a\0b", 3);
        assert_int_equal(size, 3);
        assert_true(query_get_null(query, 4));
        assert_int_equal(query_get_int(query, 4), 0);
        assert_int_equal(query_get_int(query, 5), numbers[i] > 0);
        query_reset(query);
    }
    /* Sums are of another type in PostgreSQL. */
    for (int i = 0; i < 3; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "sum%d", i);
        put(db, key, i == 1 ? -70000000000000 : 123456789);
    }
    struct query *query = db_query(db, "SELECT sum(number), min(number), count(*) FROM"
                                       " instance WHERE key LIKE 'sum%'");
    assert_int_equal(query_step(query), 1);
    assert_true(query_get_int(query, 0) == 2 * 123456789 - 70000000000000);
    assert_true(query_get_int(query, 1) == -70000000000000);
    assert_string_equal(query_get_text(query, 2), "3");
    query_reset(query);
    /* A parameter that was NULL first, and a text made at run time. */
    query = db_query(db, "SELECT count(*) FROM instance WHERE number = ?1 OR ?1 = 5");
    assert_int_equal(query_step(query), 1);
    assert_int_equal(query_get_int(query, 0), 0);
    query = db_query(db, "SELECT count(*) FROM instance WHERE number = ?1 OR ?1 = 5");
    query_int(query, 1, 123456789);
    assert_int_equal(query_step(query), 1);
    assert_int_equal(query_get_int(query, 0), 2);
    db_close(db);
}

#define LONG_KEYS 200
#define LONG_SIZE 4000

/* Transactions shorter and longer than what is gathered of the log (db_log.h), some of
 * them taken back, with checkpoints between: whoever else reads sees after each commit
 * what was committed, and so does whoever opens it later. */
static void a_long_log_is_whole(void **state)
{
    (void)state;
    static uint8_t bytes[LONG_SIZE];
    int64_t kept[LONG_KEYS], numbers[LONG_KEYS];
    for (int i = 0; i < LONG_KEYS; i++)
        kept[i] = -1;
    struct db *db, *reader;
    struct diag diag;
    struct random_seeded seeded;
    random_seeded_init(&seeded, 3);
    struct random *random = &seeded.super;
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    assert_int_equal(db_open(&reader, path, DB_READ, &diag), ST_OK);
    for (int turn = 0; turn < 60; turn++) {
        memcpy(numbers, kept, sizeof numbers);
        assert_int_equal(db_begin(db), ST_OK);
        uint64_t count = random_below(random, turn % 3 == 0 ? 100 : 4) + 1;
        for (uint64_t i = 0; i < count; i++) {
            int64_t which = (int64_t)random_below(random, LONG_KEYS);
            numbers[which] = (int64_t)random_below(random, 1000000);
            random_fill(random, bytes, sizeof bytes);
            numbered_set(db, which, numbers[which], bytes,
                         random_below(random, LONG_SIZE));
        }
        if (random_below(random, 4) == 0) {
            db_rollback(db);
        } else {
            assert_int_equal(db_commit(db), ST_OK);
            memcpy(kept, numbers, sizeof kept);
        }
        numbered_check(reader, kept, LONG_KEYS);
        if (random_below(random, 5) == 0)
            assert_int_equal(db_checkpoint(db), ST_OK);
    }
    db_close(reader);
    db_close(db);
    assert_int_equal(db_open(&reader, path, DB_READ, &diag), ST_OK);
    numbered_check(reader, kept, LONG_KEYS);
    db_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads), cmocka_unit_test(savepoints),
        cmocka_unit_test(full_disk),        cmocka_unit_test(backs_up),
        cmocka_unit_test(values),           cmocka_unit_test(a_long_log_is_whole),
        cmocka_unit_test(refuses_newer),
    };
    return cmocka_run_group_tests(tests, make_path, drop_path);
}
