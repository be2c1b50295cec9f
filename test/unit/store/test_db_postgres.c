/* SPDX-License-Identifier: Apache-2.0 */
/* What only PostgreSQL has: the translation, the refusal of a server that lies, lost
 * connections, another writer. The parts with a server run when STORE=postgres. */
#include "fixture.h"

#include "store/db_postgres.h"
#include "store/schema.h"

static void translates(void **state)
{
    (void)state;
    int count;
    char *sql = postgres_parameters("SELECT ?1, '?2', x FROM y WHERE z = ?12", &count);
    assert_string_equal(sql, "SELECT $1, '?2', x FROM y WHERE z = $12");
    assert_int_equal(count, 12);
    mem_free(sql);
    sql = postgres_schema("CREATE TABLE text (id INTEGER PRIMARY KEY, a TEXT NOT NULL,"
                          " b BLOB, c REAL, INTEGERS TEXT DEFAULT ' BLOB')"
                          " WITHOUT ROWID;");
    assert_string_equal(
        sql, "CREATE TABLE text (id bigint PRIMARY KEY, a text COLLATE \"C\" NOT NULL,"
             " b bytea, c double precision, INTEGERS text COLLATE \"C\" DEFAULT"
             " ' BLOB');");
    mem_free(sql);
    /* Nothing of SQLite's own words is left. */
    for (int step = 0; step < SCHEMA_VERSION; step++)
        for (int part = 0; schema_step(step, part) != NULL; part++) {
            sql = postgres_schema(schema_step(step, part));
            assert_null(strstr(sql, "INTEGER"));
            assert_null(strstr(sql, "BLOB"));
            assert_null(strstr(sql, "ROWID"));
            mem_free(sql);
        }
}

static void refuses_a_liar(void **state)
{
    struct fixture *f = *state;
    char address[400];
    struct db *db;
    if (!engine_is_postgres())
        return;
    (void)snprintf(address, sizeof address, "%s%%20-csynchronous_commit%%3Doff",
                   f->db_path);
    assert_int_equal(db_open(&db, address, DB_WRITE, &f->diag), ST_UNSUPPORTED);
    assert_non_null(strstr(f->diag.text, "synchronous_commit is off"));
    (void)snprintf(address, sizeof address, "%s", f->db_path);
    char *name = strstr(address, "%3D");
    (void)snprintf(name, 16, "%%3DX-1");
    assert_int_equal(db_open(&db, address, DB_WRITE, &f->diag), ST_INVALID);
    assert_int_equal(db_open(&db, "postgres://127.0.0.1:1/x", DB_WRITE, &f->diag), ST_IO);
}

/* False: the tests run on another engine. */
static bool open_postgres(struct fixture *f, enum db_mode mode, struct db **ret)
{
    if (!engine_is_postgres())
        return false;
    assert_int_equal(db_open(ret, f->db_path, mode, &f->diag), ST_OK);
    return true;
}

/* Switched off while it runs: nothing is taken until it is on again. */
static void a_lie_later(void **state)
{
    struct fixture *f = *state;
    struct db *db;
    if (!open_postgres(f, DB_WRITE, &db))
        return;
    assert_int_equal(db_begin(db), ST_OK);
    assert_int_equal(db_commit(db), ST_OK);
    assert_int_equal(postgres_script(postgres_of(db), "SET synchronous_commit TO off"),
                     ST_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(db_begin(db), ST_BUSY);
        db_rollback(db);
        assert_false(db_sync_failed(db));
    }
    assert_int_equal(postgres_script(postgres_of(db), "SET synchronous_commit TO on"),
                     ST_OK);
    assert_int_equal(db_begin(db), ST_OK);
    assert_int_equal(db_commit(db), ST_OK);
    db_close(db);
}

/* ---- asked ahead ---- */
static const char ahead_a[] = "SELECT ?1 + 1", ahead_b[] = "SELECT ?1 + 2";

static struct query *ask(struct db *db, const char *sql, int64_t number)
{
    struct query *query = db_query(db, sql);
    query_int(query, 1, number);
    query_ahead(query);
    return query;
}

static int64_t taken(struct query *query)
{
    assert_int_equal(query_step(query), 1);
    int64_t value = query_get_int(query, 0);
    assert_int_equal(query_step(query), 0);
    return value;
}

/* On both engines: in any order, with others between, dropped, and asked again. */
static void asks_ahead(void **state)
{
    struct fixture *f = *state;
    struct db *db = fixture_reader(f);
    for (int64_t i = 0; i < 3; i++) {
        struct query *a = ask(db, ahead_a, i), *b = ask(db, ahead_b, i);
        query_ahead(b); /* twice is once */
        assert_int_equal(taken(b), i + 2);
        assert_int_equal(taken(a), i + 1);
        (void)ask(db, ahead_a, 100); /* dropped by the next one of its text */
        a = ask(db, ahead_a, i);
        struct query *other = db_query(db, "SELECT ?1 + 3");
        query_int(other, 1, i);
        assert_int_equal(taken(other), i + 3);
        assert_int_equal(taken(a), i + 1);
        b = ask(db, ahead_b, i);
        query_reset(b);
        assert_int_equal(db_begin_read(db), ST_OK);
        a = ask(db, ahead_a, i);
        b = ask(db, ahead_b, i);
        assert_int_equal(taken(a), i + 1);
        db_end_read(db);
        assert_int_equal(taken(b), i + 2);
    }
    (void)ask(db, ahead_a, 1); /* on its way when the connection closes */
    db_close(db);
}

/* What is on its way when the connection breaks, or one of it fails, is asked again. */
static void ahead_and_lost(void **state)
{
    struct fixture *f = *state;
    struct db *db;
    if (!open_postgres(f, DB_READ, &db))
        return;
    assert_int_equal(taken(ask(db, ahead_a, 1)), 2);
    struct query *dies =
        ask(db, "SELECT pg_terminate_backend(pg_backend_pid())::int4::int8 + ?1", 1);
    struct query *a = ask(db, ahead_a, 5), *b = ask(db, ahead_b, 5);
    assert_int_equal(taken(a), 6);
    assert_int_equal(taken(b), 7);
    query_reset(dies);
    /* A failure is told to whom it belongs. */
    struct query *fails = ask(db, "SELECT 1 / ?1", 0);
    a = ask(db, ahead_a, 8);
    b = ask(db, ahead_b, 8);
    assert_int_equal(taken(b), 10);
    assert_int_equal(query_step(fails), ST_INVALID);
    assert_int_equal(taken(a), 9);
    assert_int_equal(taken(ask(db, "SELECT 1 / ?1", 1)), 1);
    /* More than fit. */
    static char many[40][24];
    struct query *asked[40];
    for (int i = 0; i < 40; i++) {
        (void)snprintf(many[i], sizeof many[i], "SELECT ?1 + %d", i);
        asked[i] = ask(db, many[i], 7);
    }
    for (int i = 39; i >= 0; i--)
        assert_int_equal(taken(asked[i]), 7 + i);
    db_close(db);
}

/* Who reads one state does not go on with another one; whoever asks later may. Nobody is
 * told that the disk failed. */
static void one_state_and_lost(void **state)
{
    static const char die[] =
        "SELECT pg_terminate_backend(pg_backend_pid())::int4::int8 + ?1";
    struct fixture *f = *state;
    struct db *db;
    if (!open_postgres(f, DB_READ, &db))
        return;
    for (int alone = 0; alone < 2; alone++) {
        if (alone == 0)
            assert_int_equal(db_begin_read(db), ST_OK);
        assert_int_equal(taken(ask(db, ahead_a, 1)), 2);
        struct query *dies = ask(db, die, 1);
        assert_int_equal(query_step(dies), ST_BUSY);
        query_reset(dies);
        if (alone == 0)
            assert_int_equal(query_step(ask(db, ahead_b, 1)), ST_BUSY);
        if (alone == 0)
            db_end_read(db);
        assert_int_equal(taken(ask(db, ahead_b, 1)), 3);
    }
    db_close(db);
}

/* The server ends the connection that has a transaction open. */
static void cut_all(struct fixture *f)
{
    engine_run(f->db_path, "SELECT pg_terminate_backend(a.pid, 2000) FROM pg_locks l JOIN"
                           " pg_stat_activity a ON a.pid = l.pid WHERE a.pid <>"
                           " pg_backend_pid() AND l.relation ="
                           " 'store_engine'::regclass");
}

static void a_lost_connection(void **state)
{
    struct fixture *f = *state;
    struct db *db;
    if (!open_postgres(f, DB_WRITE, &db))
        return;
    const char *put = "INSERT INTO instance (key, number) VALUES ('lost', 1)";
    assert_int_equal(db_begin(db), ST_OK);
    assert_int_equal(query_run(db_query(db, put)), ST_OK);
    cut_all(f);
    assert_int_equal(query_run(db_query(db, put)), ST_IO);
    assert_true(db_connection_lost(db));
    assert_int_equal(db_savepoint(db), ST_IO);
    assert_int_equal(db_commit(db), ST_IO);
    db_rollback(db);
    /* The next transaction connects again; of the former one nothing is left. */
    assert_int_equal(db_begin(db), ST_OK);
    assert_int_equal(query_run(db_query(db, put)), ST_OK);
    assert_int_equal(db_commit(db), ST_OK);
    /* Cut before COMMIT was sent: the answer is "no", found out, not guessed. */
    assert_int_equal(db_begin(db), ST_OK);
    put = "INSERT INTO instance (key, number) VALUES ('lost2', 1)";
    assert_int_equal(query_run(db_query(db, put)), ST_OK);
    cut_all(f);
    assert_int_equal(db_commit(db), ST_BUSY);
    assert_false(db_sync_failed(db));
    db_rollback(db);
    assert_int_equal(postgres_of(db)->resolved, 1);
    /* Another node has the lease by then: nothing can be found out, nothing is said. */
    int64_t epoch = fixture_number(f, "SELECT number FROM store_engine WHERE key ="
                                      " 'commit'");
    db_fence(db, epoch);
    assert_int_equal(db_begin(db), ST_OK);
    assert_int_equal(query_run(db_query(db, put)), ST_OK);
    cut_all(f);
    engine_run(f->db_path,
               "UPDATE store_engine SET number = number + 1 WHERE key = 'commit'");
    assert_int_equal(db_commit(db), ST_IO);
    assert_true(db_sync_failed(db));
    db_close(db);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM instance WHERE key LIKE"
                                       " 'lost%'"),
                     1);
}

/* The writer goes on after its connection was cut, and loses nothing. */
static int64_t number_of(struct db *db, const char *key)
{
    struct query *query = db_query(db, "SELECT number FROM instance WHERE key = ?1");
    query_text(query, 1, key);
    int status = query_step(query);
    int64_t number = status == 1 ? query_get_int(query, 0) : -1;
    query_reset(query);
    return number;
}

static int put_number(struct db *db, const char *key, int64_t number, bool waits)
{
    struct query *query =
        db_query(db, "INSERT INTO instance (key, number) VALUES (?1, ?2)");
    query_text(query, 1, key);
    query_int(query, 2, number);
    return waits ? query_run(query) : query_put(query);
}

/* Rows put one behind the other, savepoints between, and a statement that waits for its
 * answer in the middle of them. */
static void puts_without_waiting(void **state)
{
    struct fixture *f = *state;
    struct db *db;
    if (!open_postgres(f, DB_WRITE, &db))
        return;
    assert_int_equal(db_begin(db), ST_OK);
    for (int i = 0; i < 300; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "put-%d", i);
        assert_int_equal(db_savepoint(db), ST_OK);
        assert_int_equal(put_number(db, key, i, false), ST_OK);
        if (i % 100 == 50) /* sees what waits before it */
            assert_int_equal(number_of(db, key), i);
        if (i % 100 == 70) { /* taken back, with what it had put */
            assert_int_equal(put_number(db, "put-0", i, true), ST_CONFLICT);
            assert_int_equal(db_savepoint_rollback(db), ST_OK);
            continue;
        }
        assert_int_equal(db_savepoint_release(db), ST_OK);
    }
    assert_int_equal(db_commit(db), ST_OK);
    assert_int_equal(number_of(db, "put-299"), 299);
    assert_int_equal(number_of(db, "put-170"), -1);
    assert_int_equal(number_of(db, "put-171"), 171);
    db_close(db);
}

/* A row that is refused after all takes its transaction with it; the next ones wait. */
static void a_put_refused(void **state)
{
    struct fixture *f = *state;
    struct db *db;
    if (!open_postgres(f, DB_WRITE, &db))
        return;
    for (int where = 0; where < 3;
         where++) { /* found by a SELECT, the commit, a roll-back */
        assert_int_equal(db_begin(db), ST_OK);
        assert_int_equal(put_number(db, "good", 1, false), ST_OK);
        assert_int_equal(put_number(db, "good", 2, false), ST_OK);
        assert_int_equal(put_number(db, "other", 3, false), ST_OK);
        if (where == 0)
            assert_int_equal(number_of(db, "other"), -1);
        if (where != 2)
            assert_int_equal(db_commit(db), where == 0 ? ST_IO : ST_BUSY);
        db_rollback(db);
        assert_true(db_connection_lost(db));
        assert_false(db_sync_failed(db));
        assert_int_equal(db_reconnect(db), ST_OK);
        assert_int_equal(number_of(db, "good"), -1);
        /* Now each answer is waited for, so the guilty one is known. */
        assert_int_equal(db_begin(db), ST_OK);
        assert_int_equal(db_savepoint(db), ST_OK);
        assert_int_equal(put_number(db, "good", 1, false), ST_OK);
        assert_int_equal(put_number(db, "good", 2, false), ST_CONFLICT);
        assert_int_equal(db_savepoint_rollback(db), ST_OK);
        assert_int_equal(put_number(db, "innocent", where, false),
                         where == 0 ? ST_OK : ST_CONFLICT);
        if (where == 0)
            assert_int_equal(db_commit(db), ST_OK);
        db_rollback(db);
        db_close(db);
        assert_int_equal(db_open(&db, f->db_path, DB_WRITE, &f->diag), ST_OK);
    }
    assert_int_equal(number_of(db, "innocent"), 0);
    db_close(db);
}

static void the_writer_goes_on(void **state)
{
    struct fixture *f = *state;
    if (!engine_is_postgres())
        return;
    int64_t incident = fixture_report(f, false);
    engine_run(f->db_path, "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                           " WHERE application_name = 'muster ' || current_schema()");
    struct loop_input confirm = {.kind = LOOP_CONFIRM, .id = incident, .actor = 1};
    int status = fixture_step(f, STAGE_INCIDENT, incident, &confirm, NULL);
    if (status != ST_OK) /* it was told so, and tries again */
        status = fixture_step(f, STAGE_INCIDENT, incident, &confirm, NULL);
    assert_int_equal(status, ST_OK);
    assert_false(f->gap);
    fixture_close(f);
    fixture_verify(f);
}

/* Who is fenced off can begin nothing more. */
static void fenced(void **state)
{
    struct fixture *f = *state;
    struct db *db;
    if (!open_postgres(f, DB_WRITE, &db))
        return;
    engine_run(f->db_path, "UPDATE store_engine SET number = 7 WHERE key = 'commit'");
    db_fence(db, 7);
    assert_int_equal(db_begin(db), ST_OK);
    assert_int_equal(db_commit(db), ST_OK);
    engine_run(f->db_path, "UPDATE store_engine SET number = 8 WHERE key = 'commit'");
    assert_int_equal(db_begin(db), ST_IO);
    assert_true(db_sync_failed(db));
    db_close(db);
}

int main(void)
{
    if (!engine_is_postgres())
        printf("absent: PostgreSQL here; make unit-postgres runs the driver's tests\n");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(translates),
        cmocka_unit_test_setup_teardown(refuses_a_liar, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_lie_later, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(asks_ahead, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(one_state_and_lost, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(ahead_and_lost, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_lost_connection, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(puts_without_waiting, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_put_refused, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_writer_goes_on, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(fenced, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
