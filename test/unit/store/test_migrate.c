/* SPDX-License-Identifier: Apache-2.0 */
/* An older database, made by the schema's own steps and filled by SQLite alone, is
 * brought up to date in one transaction, with a copy of before kept beside it. SQLite
 * only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/status.h"
#include "store/db.h"
#include "store/schema.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[96];

static void run(const char *file, const char *sql)
{
    sqlite3 *db;
    char *why = NULL;
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

static int64_t ask(const char *file, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/muster-migrate-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/muster.db", dir);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command); // NOLINT: a folder of ours
}

/* A database as the program of schema VERSION left it, with an incident and an event. */
static void make_old(int version)
{
    char set[64];
    const char *sql;
    run(path, "PRAGMA journal_mode=WAL");
    for (int step = 0; step < version; step++)
        for (int part = 0; (sql = schema_step(step, part)) != NULL; part++)
            run(path, sql);
    run(path,
        "INSERT INTO area (id, code, name, parent_id, level)"
        " VALUES (1, 'root', 'root', 0, 'city');"
        "INSERT INTO event VALUES (1, 7, 1, 1000, 'incident.reported', '{}', x'00');"
        "INSERT INTO event VALUES (2, 7, 2, 1001, 'incident.confirmed', '{}', x'01');");
    (void)snprintf(set, sizeof set, "PRAGMA user_version=%d", version);
    run(path, set);
}

static void copy_of(int version, char ret[128])
{
    (void)snprintf(ret, 128, "%s.schema-%d", path, version);
}

static void every_older_version(void **state)
{
    (void)state;
    for (int version = 1; version < SCHEMA_VERSION; version++) {
        struct db *db;
        struct diag diag = {0};
        struct stat info;
        char copy[128];
        copy_of(version, copy);
        make_old(version);
        /* Who only reads changes nothing and says what to do. */
        assert_int_equal(db_open(&db, path, DB_READ, &diag), ST_UNSUPPORTED);
        assert_non_null(strstr(diag.text, "start `muster serve` once"));
        assert_int_equal(ask(path, "PRAGMA user_version"), version);
        if (db_open(&db, path, DB_WRITE, &diag) != ST_OK)
            fail_msg("from %d: %s: %s", version, diag.where, diag.text);
        assert_int_equal(db_brought_up_from(db), version);
        db_close(db);
        assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
        assert_int_equal(db_brought_up_from(db), 0); /* as wanted now */
        db_close(db);
        assert_int_equal(ask(path, "PRAGMA user_version"), SCHEMA_VERSION);
        assert_int_equal(ask(path, "SELECT count(*) FROM event"), 2);
        assert_int_equal(ask(path, "SELECT count(*) FROM sqlite_schema WHERE name IN"
                                   " ('person_area', 'area_parent', 'assignment_alarm')"),
                         3);
        assert_int_equal(ask(copy, "PRAGMA user_version"), version);
        assert_int_equal(ask(copy, "SELECT count(*) FROM event"), 2);
        assert_int_equal(stat(copy, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        assert_int_equal(drop_folder(NULL) + make_folder(NULL), 0);
    }
}

/* Version 9 makes alerts and messages anew: every column of every row is still there, and
 * in the order of ids. */
static void rows_by_id(void **state)
{
    (void)state;
    struct db *db;
    struct diag diag = {0};
    make_old(8);
    run(path,
        "INSERT INTO incident (id, case_number, state, kind, grade, exercise, lat_e7,"
        " lon_e7, area_id, reported_ms, closed_ms, merged_into, event_sequence,"
        " chain_head, roll_call_ms)"
        " VALUES (7, 'P', 'active', 'flood', 1, 0, 1, 2, 1, 3, 0, 0, 2, x'00', 0);"
        "INSERT INTO need VALUES (1, 7, 'open', 1, 2, 3, 4, 1, 0, 0.9, 0, 0, 0, 0, 0);"
        "INSERT INTO callout (id, incident_id, need_id, state, started_ms, ended_ms,"
        " waves, version, replan_due_ms, probability, target_reached, target_holds, lift,"
        " stand_down_ms) SELECT 7 + n, 7, 1, 'active', 1, 0, 1, 1, 0, 0.5, 0, 0, 0, 0"
        " FROM (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        " INSERT INTO alert SELECT 9 - i % 3, i, 7, 100 + i, 'pending', 'a' || i, 1, 2, "
        "3,"
        " 4 * i, 5, 6, 7, 8, 9, 10, 11, 0.125, 0.25, 12, 13, 0, 1, 14, 15, x'01', x'',"
        " x'0203', 16, '00' || i, i % 2 FROM n;"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        " INSERT INTO message SELECT 9 - i % 3, 1000 + i, 7, i, CASE i % 3 WHEN 0 THEN"
        " 'queued' WHEN 1 THEN 'sending' ELSE 'read' END, 'alert', 'file', i, 2, 3, 4, 0"
        " FROM n;"
        "CREATE TABLE was_alert AS SELECT * FROM alert;"
        "CREATE TABLE was_message AS SELECT * FROM message;");
    if (db_open(&db, path, DB_WRITE, &diag) != ST_OK)
        fail_msg("%s: %s", diag.where, diag.text);
    db_close(db);
    static const char *const tables[] = {"alert", "message"};
    static const char *const later[] = {
        "0 AS read_sequence",
        "0 AS handed_sequence, 0 AS area_id, 0 AS subject_id, 0 AS browser_id"};
    for (size_t i = 0; i < 2; i++) {
        char sql[256];
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) FROM (SELECT * FROM %s INTERSECT"
                       " SELECT *, %s FROM was_%s)",
                       tables[i], later[i], tables[i]);
        assert_int_equal(ask(path, sql), 500);
        (void)snprintf(sql, sizeof sql, "SELECT sum(rowid = id) FROM %s", tables[i]);
        assert_int_equal(ask(path, sql), 500);
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE callout_id = 9",
                       tables[i]);
        assert_int_equal(ask(path, sql), 166);
    }
    assert_int_equal(ask(path, "SELECT count(*) FROM message WHERE state = 'sending'"),
                     167);
    assert_int_equal(ask(path, "SELECT quick_check = 'ok' FROM pragma_quick_check"), 1);
}

/* As new: the schema of a migrated database is that of one made today. */
static void the_same_as_new(void **state)
{
    (void)state;
    static const char count[] = "SELECT count(*) FROM sqlite_schema";
    struct db *db;
    struct diag diag;
    char other[128];
    make_old(1);
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    db_close(db);
    (void)snprintf(other, sizeof other, "%s/other.db", dir);
    assert_int_equal(db_open(&db, other, DB_WRITE, &diag), ST_OK);
    db_close(db);
    assert_int_equal(ask(path, count), ask(other, count));
}

/* The last step fails: nothing of the others is there. */
static void all_or_nothing(void **state)
{
    (void)state;
    struct db *db;
    struct diag diag = {0};
    make_old(1);
    run(path, "CREATE TABLE answer (strange INTEGER)"); /* step 1 makes it */
    int64_t before = ask(path, "SELECT count(*) FROM sqlite_schema");
    assert_int_not_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    assert_int_equal(ask(path, "PRAGMA user_version"), 1);
    assert_int_equal(ask(path, "SELECT count(*) FROM sqlite_schema"), before);
    assert_int_equal(ask(path, "SELECT count(*) FROM event"), 2);
}

/* Where no copy can be made, nothing is changed. */
static void no_copy_no_change(void **state)
{
    (void)state;
    struct db *db;
    struct diag diag = {0};
    char copy[128];
    make_old(1);
    copy_of(1, copy);
    assert_int_equal(mkdir(copy, 0700), 0); /* in its way */
    assert_int_not_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    assert_non_null(strstr(diag.text, "nothing was changed"));
    assert_int_equal(ask(path, "PRAGMA user_version"), 1);
    assert_int_equal(rmdir(copy), 0);
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_OK);
    db_close(db);
}

static void newer_is_refused(void **state)
{
    (void)state;
    struct db *db;
    struct diag diag = {0};
    char copy[128];
    make_old(SCHEMA_VERSION);
    run(path, "PRAGMA user_version=99");
    assert_int_equal(db_open(&db, path, DB_WRITE, &diag), ST_UNSUPPORTED);
    assert_non_null(strstr(diag.text, "written by a newer muster"));
    copy_of(99, copy);
    assert_int_equal(access(copy, F_OK), -1);
    assert_int_equal(ask(path, "SELECT count(*) FROM event"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_older_version, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(rows_by_id, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(the_same_as_new, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(all_or_nothing, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(no_copy_no_change, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(newer_is_refused, make_folder, drop_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
