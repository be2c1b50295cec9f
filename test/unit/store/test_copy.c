/* SPDX-License-Identifier: Apache-2.0 */
/* A store copied to a file and from there to a store of the engine under test: equal, row
 * by row, and verified; and the reading of the schema's own text. */
#include "fixture.h"

#include "store/applicant.h"
#include "store/copy.h"
#include "store/schema.h"

static void schema_is_read(void **state)
{
    (void)state;
    static struct copy_table tables[COPY_TABLES_MAX];
    uint32_t count = 0;
    static const char sql[] =
        "CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT NOT NULL DEFAULT 'x');"
        "CREATE INDEX i ON a(t);"
        "CREATE TABLE b (x INTEGER NOT NULL REFERENCES a(id), y BLOB, z REAL,"
        " PRIMARY KEY (x, z)) WITHOUT ROWID;"
        "ALTER TABLE a ADD COLUMN more INTEGER NOT NULL DEFAULT 0;";
    assert_int_equal(copy_parse(sql, tables, &count), ST_OK);
    assert_int_equal(count, 2);
    assert_string_equal(tables[0].name, "a");
    assert_int_equal(tables[0].column_count, 3);
    assert_string_equal(tables[0].columns[2].name, "more");
    assert_int_equal(tables[0].key_count, 1);
    assert_int_equal(tables[1].column_count, 3);
    assert_int_equal(tables[1].columns[1].type, 'B');
    assert_int_equal(tables[1].key_count, 2);
    assert_int_equal(tables[1].keys[1], 2);
    static const char *const bad[] = {
        "CREATE TABLE c (x INTEGER);",         "CREATE TABLE d (x WORD PRIMARY KEY);",
        "ALTER TABLE e ADD COLUMN x INTEGER;", "ALTER TABLE e RENAME TO f;",
        "ALTER TABLE a DROP COLUMN x;",        "DROP TABLE e;"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint32_t more = 2;
        assert_int_equal(copy_parse(bad[i], tables, &more), ST_UNSUPPORTED);
    }
}

/* Made anew under its old name, as a migration does; the others keep their order. */
static void made_anew(void **state)
{
    (void)state;
    struct copy_table tables[4];
    uint32_t count = 0;
    static const char sql[] =
        "CREATE TABLE a (x INTEGER, y TEXT, PRIMARY KEY (x, y));"
        "CREATE TABLE b (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY "
        "KEY);"
        "ALTER TABLE a RENAME TO a_1; CREATE TABLE a (x INTEGER PRIMARY KEY, y TEXT);"
        "INSERT INTO a SELECT * FROM a_1; DROP TABLE a_1;";
    assert_int_equal(copy_parse(sql, tables, &count), ST_OK);
    assert_int_equal(count, 3);
    assert_string_equal(tables[0].name, "b");
    assert_string_equal(tables[1].name, "c");
    assert_string_equal(tables[2].name, "a");
    assert_int_equal(tables[2].key_count, 1);
    assert_int_equal(tables[2].column_count, 2);
}

/* Every table of the real schema has a key and is found. */
static void real_schema(void **state)
{
    (void)state;
    static struct copy_table tables[COPY_TABLES_MAX];
    uint32_t count = 0, wanted = 0;
    const char *sql;
    for (int step = 0; step < SCHEMA_VERSION; step++)
        for (int part = 0; (sql = schema_step(step, part)) != NULL; part++) {
            assert_int_equal(copy_parse(sql, tables, &count), ST_OK);
            for (const char *at = sql; (at = strstr(at, "CREATE TABLE")) != NULL; at++)
                wanted++;
            for (const char *at = sql; (at = strstr(at, "DROP TABLE")) != NULL; at++)
                wanted--;
        }
    assert_int_equal(count, wanted);
    assert_true(count > 20);
}

static void copy(struct fixture *f, const struct copy_config *config,
                 struct copy_result *ret)
{
    int status = copy_store(config, ret, &f->diag);
    if (status != ST_OK)
        fail_msg("%s: %s", f->diag.where, f->diag.text);
}

static int put_applicants(void *context, struct writer *writer, int64_t now_ms,
                          struct diag *reterr)
{
    (void)context;
    int status = fixture_area(writer, 77, "root", 0);
    AUTO_FREE struct applicant *one = mem_calloc(1, sizeof *one);
    for (int i = 0; i < 2 && status == ST_OK; i++) {
        *one = (struct applicant){.area_id = 77, .skills = "first-aid"};
        (void)snprintf(one->name, sizeof one->name, "Made-up Name");
        (void)snprintf(one->phone, sizeof one->phone, "1000077700%d", i);
        status = applicant_put(writer, one, now_ms, reterr);
    }
    return status == ST_OK ? applicant_decline(writer, one->id, 1, now_ms, reterr)
                           : status;
}

static int is_who_waits(void *context, const struct applicant *applicant)
{
    assert_string_equal(applicant->phone, "10000777000");
    *(int *)context += 1;
    return 0;
}

/* Of two who wanted to join one waits still, and can be read; the other was declined, and
 * nothing came along but the bare id. */
static void expect_applicants(struct fixture *f, const char *path, const char *keys)
{
    const struct vault_config config = {keys, f->master_path, &f->random.super, 1};
    struct db *db;
    struct vault *vault;
    int waiting = 0;
    assert_int_equal(db_open(&db, path, DB_READ, NULL), ST_OK);
    assert_int_equal(vault_open(&vault, &config, &f->diag), ST_OK);
    assert_int_equal(applicants_each(db, vault, 0, is_who_waits, &waiting), ST_OK);
    assert_int_equal(waiting, 1);
    assert_int_equal(db_has(db,
                            "SELECT 1 FROM applicant WHERE state = 'declined' AND"
                            " box IS NULL AND phone_hash IS NULL AND id > ?1",
                            0),
                     1);
    vault_close(vault);
    db_close(db);
}

static void there_and_back(void **state)
{
    struct fixture *f = *state;
    int64_t need = fixture_need(f, fixture_report(f, false), 2), callout;
    assert_int_equal(fixture_callout(f, need, 1, 700, &callout), ST_OK); /* pages */
    (void)writer_step(f->writer, f->clock.now_ms); /* a part of the wave is to come */
    int64_t alerts = fixture_number(f, "SELECT count(*) FROM alert");
    assert_int_equal(command_call(f->writer, put_applicants, NULL, &f->diag), ST_OK);
    fixture_close(f);
    char file[96], keys[96], other[256], other_file[96], other_keys[96];
    (void)snprintf(file, sizeof file, "%s/copy.db", f->dir);
    (void)snprintf(keys, sizeof keys, "%s/copy-keys.db", f->dir);
    (void)snprintf(other_file, sizeof other_file, "%s/other.db", f->dir);
    (void)snprintf(other_keys, sizeof other_keys, "%s/other-keys.db", f->dir);
    engine_path(other, sizeof other, other_file);
    struct copy_result first, second;
    const struct copy_config there = {
        .from_db = f->db_path, .from_keys = f->keys_path, .to_db = file, .to_keys = keys};
    const char *const back_keys = engine_is_postgres() ? other : other_keys;
    const struct copy_config back = {
        .from_db = file, .from_keys = keys, .to_db = other, .to_keys = back_keys};
    copy(f, &there, &first);
    copy(f, &back, &second);
    assert_true(first.rows > 1400);
    assert_int_equal(first.rows, second.rows);
    assert_int_equal(first.tables, second.tables);
    assert_int_equal(first.events, second.events);
    assert_string_equal(first.hash, second.hash);
    expect_applicants(f, file, keys);
    expect_applicants(f, other, back_keys);
    assert_int_equal(alerts, WRITER_WAVE_PART * (1 + WRITER_PARTS));
    engine_drop(other);
}

/* A target that holds an instance is left alone. */
static void not_over_another(void **state)
{
    struct fixture *f = *state;
    char file[96], keys[96];
    (void)snprintf(file, sizeof file, "%s/copy.db", f->dir);
    (void)snprintf(keys, sizeof keys, "%s/copy-keys.db", f->dir);
    (void)fixture_report(f, false);
    fixture_close(f);
    struct copy_result result;
    const struct copy_config config = {
        .from_db = f->db_path, .from_keys = f->keys_path, .to_db = file, .to_keys = keys};
    copy(f, &config, &result);
    assert_int_equal(copy_store(&config, &result, &f->diag), ST_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_is_read),
        cmocka_unit_test(made_anew),
        cmocka_unit_test(real_schema),
        cmocka_unit_test_setup_teardown(there_and_back, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(not_over_another, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
