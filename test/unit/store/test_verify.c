/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is changed in the file behind the server's back, verify says where. */
#include "fixture.h"

#include "store/ledger.h"
#include "store/response.h"

#include <fcntl.h>

static void some_life(struct fixture *f)
{
    int64_t callout;
    for (int i = 0; i < 3; i++) {
        int64_t incident = fixture_report(f, i == 2);
        assert_int_equal(
            fixture_callout(f, fixture_need(f, incident, 2), 100 * i + 1, 4, &callout),
            ST_OK);
    }
}

/* Findings after one SQL statement on a closed store, which is then undone. */
static uint64_t findings_after(struct fixture *f, const char *sql, char *ret_first,
                               size_t size)
{
    struct db *db;
    assert_int_equal(db_open(&db, f->db_path, DB_WRITE, &f->diag), ST_OK);
    int status = query_run(db_query(db, engine_is_postgres()
                                            ? "SET session_replication_role = replica"
                                            : "PRAGMA foreign_keys=OFF"));
    assert_int_equal(status, ST_OK);
    assert_int_equal(db_begin(db), ST_OK);
    assert_int_equal(query_run(db_query(db, sql)), ST_OK);
    struct verify_result result;
    struct text text;
    text_init(&text, 1 << 20);
    assert_int_equal(verify_store(db, NULL, 0, &result, &text, &f->diag), ST_OK);
    (void)snprintf(ret_first, size, "%s", text_string(&text));
    text_release(&text);
    db_rollback(db);
    db_close(db);
    return result.findings;
}

static void finds_every_change(void **state)
{
    struct fixture *f = *state;
    some_life(f);
    fixture_close(f);
    fixture_verify(f);
    const struct {
        const char *sql, *says;
    } rows[] = {
        {"UPDATE event SET body = replace(body, '\"at\":', '\"at\": ') WHERE position = "
         "3",
         "event 3"},
        {"UPDATE event SET hash = (SELECT hash FROM event WHERE position = 1) WHERE "
         "position = 4",
         " is wrong: expected "},
        {"DELETE FROM event WHERE position = 5", "missing"},
        {"DELETE FROM event WHERE position = (SELECT max(position) FROM event)",
         "is not that of its event"},
        {"UPDATE chain SET hash = (SELECT hash FROM chain WHERE batch = 1) WHERE batch = "
         "2",
         "batch 2: its hash is wrong: expected "},
        {"UPDATE chain SET body = replace(body, 'heads', 'hands') WHERE batch = 2",
         "batch 2"},
        {"DELETE FROM chain WHERE batch = 3", "missing"},
        {engine_is_postgres()
             ? "UPDATE signed_head SET signature = decode(repeat('00', 64), 'hex')"
             : "UPDATE signed_head SET signature = zeroblob(64)",
         "does not hold"},
        {"UPDATE signed_head SET hash = (SELECT hash FROM chain WHERE batch = 1)",
         "another head"},
        {"UPDATE alert SET state = 'accepted' WHERE id = (SELECT min(id) FROM alert)",
         "incident"},
        {"UPDATE alert SET state = 'asleep' WHERE id = (SELECT min(id) FROM alert)",
         "damaged"},
        {"UPDATE incident SET event_sequence = 1 WHERE id = (SELECT min(id) FROM"
         " incident)",
         "sequence"},
        {"DELETE FROM callout WHERE id = (SELECT min(id) FROM callout)", "without"},
        {"DELETE FROM incident WHERE id = (SELECT min(id) FROM incident)", "without"},
        {"INSERT INTO left_out VALUES (987654321, 5)",
         "person left out without the call-out: 5"},
        {"INSERT INTO ledger VALUES (1, 1, 'person', 5, 10, 0, 0, 0)", "posting 1"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char first[4096];
        uint64_t found = findings_after(f, rows[i].sql, first, sizeof first);
        if (found == 0 || strstr(first, rows[i].says) == NULL)
            print_message("%s -> %s\n", rows[i].sql, first);
        assert_true(found > 0);
        assert_non_null(strstr(first, rows[i].says));
    }
    fixture_verify(f);
}

/* A whole history rewritten with good hashes is still found by heads kept elsewhere. */
static void exported_heads(void **state)
{
    struct fixture *f = *state;
    some_life(f);
    fixture_close(f);
    struct text heads, findings;
    struct verify_result result;
    text_init(&heads, 1 << 20);
    text_init(&findings, 1 << 20);
    struct db *db = fixture_reader(f);
    assert_int_equal(verify_export_heads(db, &heads), ST_OK);
    assert_true(heads.size > 100);
    assert_int_equal(
        verify_store(db, text_string(&heads), heads.size, &result, &findings, &f->diag),
        ST_OK);
    assert_int_equal(result.findings, 0);
    assert_true(result.signatures >= 2);
    db_close(db);
    char command[512];
    (void)snprintf(command, sizeof command, "rm -f %s*", f->db_path);
    if (engine_is_postgres())
        engine_drop(f->db_path);
    else
        assert_int_equal(system(command), 0);
    f->last_position = 0;
    clock_manual_advance(&f->clock, 1); /* another history */
    fixture_open(f);
    some_life(f);
    fixture_close(f);
    assert_int_equal(db_open(&db, f->db_path, DB_READ, &f->diag), ST_OK);
    assert_int_equal(
        verify_store(db, text_string(&heads), heads.size, &result, &findings, &f->diag),
        ST_OK);
    assert_true(result.findings > 0);
    assert_int_equal(
        verify_store(db, "{\"batch\":1}\nnonsense\n", 21, &result, &findings, &f->diag),
        ST_OK);
    assert_int_equal(result.findings, 2);
    db_close(db);
    text_release(&heads);
    text_release(&findings);
}

static int64_t next_id(void *context)
{
    return ++*(int64_t *)context;
}

/* Rows of assignment ID of an incident of its own, as far as the ledger's lines look. */
static void put_assignment(struct fixture *f, int64_t id)
{
    struct query *query = db_query(
        writer_db(f->writer),
        "INSERT INTO assignment (id, incident_id, alert_id, person_id, need_id, state,"
        " before_lost, line, count, assigned_ms, en_route_ms, on_scene_ms, released_ms,"
        " reported_ms, verified_ms, due_ms, overdue_stage, here_ms, sos_ms,"
        " sos_acknowledged_ms, outcome, reported_by, verified_by, minutes_worked,"
        " minutes_credited, stood_down_while_there, past) VALUES (?1, ?2, 1, 2, ?3,"
        " 'verified', '', 0, 1, 0, 0, 0, ?4, 0, 0, 0, 0, 0, 0, 0, 'done', 0, 0, 0, 0, 0, "
        "1)");
    const int64_t incident = fixture_report(f, id == 3);
    query_int(query, 1, id);
    query_int(query, 2, incident);
    query_int(query, 3, fixture_need(f, incident, 1));
    query_int(query, 4, NOW_MS - TIME_DAY_MS * id);
    assert_int_equal(query_run(query), ST_OK);
}

/* A person's lines by the day of the work, as they stand after what was corrected. */
static void lines(void **state)
{
    struct fixture *f = *state;
    struct db *db = writer_db(f->writer);
    int64_t ids = 1000000;
    struct ledger_line found[8];
    uint32_t count;
    put_assignment(f, 1);
    put_assignment(f, 3);
    struct loop_credit credit = {.assignment_id = 1, .person_id = 2, .minutes = 60};
    assert_int_equal(ledger_credit(db, next_id, &ids, &credit, 9, NOW_MS), ST_OK);
    credit.minutes = 45;
    assert_int_equal(ledger_credit(db, next_id, &ids, &credit, 9, NOW_MS + 1), ST_OK);
    credit = (struct loop_credit){
        .assignment_id = 3, .person_id = 2, .minutes = 30, .exercise = true};
    assert_int_equal(ledger_credit(db, next_id, &ids, &credit, 9, NOW_MS + 2), ST_OK);
    assert_int_equal(ledger_lines(db, 2, found, COUNT_OF(found), &count), ST_OK);
    static const int32_t minutes[] = {45, 30};
    assert_int_equal(count, COUNT_OF(minutes));
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(found[i].minutes, minutes[i]);
        assert_int_equal(found[i].exercise, i == 1);
        assert_int_equal(found[i].at_ms, NOW_MS - TIME_DAY_MS * (i == 0 ? 1 : 3));
        assert_string_equal(found[i].kind, "flood");
        assert_int_equal(found[i].case_number[0], 'P');
    }
    assert_int_equal(ledger_lines(db, 2, found, 1, &count), ST_OK);
    assert_int_equal(count, 1);
    assert_int_equal(ledger_lines(db, 77, found, 2, &count), ST_OK);
    assert_int_equal(count, 0);
}

/* What one was credited is the other's after a merge; corrections go there too. */
static void moved(void **state)
{
    struct fixture *f = *state;
    struct db *db = writer_db(f->writer);
    int64_t ids = 1000000;
    struct ledger_line found[8];
    uint32_t count;
    put_assignment(f, 1);
    put_assignment(f, 3);
    struct loop_credit credit = {.assignment_id = 1, .person_id = 2, .minutes = 60};
    struct loop_credit exercise = {
        .assignment_id = 3, .person_id = 2, .minutes = 30, .exercise = true};
    assert_int_equal(ledger_credit(db, next_id, &ids, &credit, 9, NOW_MS), ST_OK);
    assert_int_equal(ledger_credit(db, next_id, &ids, &exercise, 9, NOW_MS), ST_OK);
    assert_int_equal(ledger_move(db, next_id, &ids, 2, 7, 9, NOW_MS), ST_OK);
    assert_int_equal(fixture_minutes(db, 2, false), 0);
    assert_int_equal(fixture_minutes(db, 2, true), 0);
    assert_int_equal(fixture_minutes(db, 7, false), 60);
    assert_int_equal(fixture_minutes(db, 7, true), 30);
    assert_int_equal(ledger_lines(db, 7, found, COUNT_OF(found), &count), ST_OK);
    assert_int_equal(count, 2);
    assert_int_equal(ledger_lines(db, 2, found, COUNT_OF(found), &count), ST_OK);
    assert_int_equal(count, 0);
    assert_int_equal(ledger_verify(db, &f->diag), ST_OK);
}

static void ledger(void **state)
{
    struct fixture *f = *state;
    struct db *db = writer_db(f->writer);
    int64_t ids = 100;
    struct loop_credit credit = {.assignment_id = 1, .person_id = 2, .minutes = 60};
    assert_int_equal(ledger_credit(db, next_id, &ids, &credit, 9, NOW_MS), ST_OK);
    assert_int_equal(fixture_minutes(db, 2, false), 60);
    /* The same again posts nothing; a correction posts a counter-entry. */
    assert_int_equal(ledger_credit(db, next_id, &ids, &credit, 9, NOW_MS), ST_OK);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger"), 2);
    credit.minutes = 45;
    assert_int_equal(ledger_credit(db, next_id, &ids, &credit, 9, NOW_MS), ST_OK);
    assert_int_equal(fixture_minutes(db, 2, false), 45);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM ledger"), 6);
    assert_int_equal(fixture_number(f, "SELECT sum(minutes) FROM ledger"), 0);
    credit.exercise = true;
    credit.assignment_id = 3;
    credit.minutes = 30;
    assert_int_equal(ledger_credit(db, next_id, &ids, &credit, 9, NOW_MS), ST_OK);
    assert_int_equal(fixture_minutes(db, 2, true), 30);
    assert_int_equal(fixture_minutes(db, 2, false), 45);
    assert_int_equal(ledger_verify(db, &f->diag), ST_OK);
    assert_int_equal(
        query_run(db_query(db, "UPDATE ledger SET minutes = 1 WHERE id = 101")), ST_OK);
    assert_int_equal(ledger_verify(db, &f->diag), ST_CORRUPT);
}

/* What cannot be read is an error, and not zero minutes. */
static void minutes_not_read(void **state)
{
    struct fixture *f = *state;
    int64_t minutes = -1;
    struct db *db = fixture_reader(f);
    assert_int_equal(fixture_minutes(db, 2, false), 0);
    engine_run(f->db_path, "DROP TABLE ledger");
    assert_int_not_equal(ledger_minutes(db, 2, false, &minutes), ST_OK);
    assert_int_equal(minutes, -1);
    db_close(db);
}

struct levels {
    int64_t root, town;
    struct response response;
    int64_t actor;
    int step; /* 0 put, 1 confirm, 2 end */
};

static int make_areas(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)now_ms;
    (void)reterr;
    struct levels *levels = context;
    levels->root = writer_new_id(writer);
    levels->town = writer_new_id(writer);
    const int status = fixture_area(writer, levels->root, "root", 0);
    return status == ST_OK ? fixture_area(writer, levels->town, "t", levels->root)
                           : status;
}

static int step_response(void *context, struct writer *writer, int64_t now_ms,
                         struct diag *reterr)
{
    struct levels *levels = context;
    struct response *response = &levels->response;
    if (levels->step == 0)
        return response_put(writer, response, now_ms, reterr);
    return (levels->step == 1 ? response_confirm : response_end)(
        writer, response->id, levels->actor, now_ms, response, reterr);
}

static int do_step(struct fixture *f, struct levels *levels, int step, int64_t actor)
{
    levels->step = step;
    levels->actor = actor;
    return command_call(f->writer, step_response, levels, NULL);
}

static enum response_level level_of(struct db *db, int64_t area_id, int64_t now_ms)
{
    enum response_level level = LEVEL_NONE;
    assert_int_equal(response_level_of(db, area_id, now_ms, &level), ST_OK);
    return level;
}

static int64_t ask_int(struct db *db, const char *sql)
{
    struct query *query = db_query(db, sql);
    assert_int_equal(query_step(query), 1);
    const int64_t value = query_get_int(query, 0);
    query_reset(query);
    return value;
}

/* What cannot be read is not taken for the ordinary level, at which sleepers sleep on. */
static void level_unreadable(struct fixture *f, int64_t area_id)
{
    if (engine_is_postgres())
        return;
    struct db *db = writer_db(f->writer), *damaged;
    const int64_t size = ask_int(db, "PRAGMA page_size");
    const int64_t page =
        ask_int(db, "SELECT rootpage FROM sqlite_master WHERE name = 'response'");
    assert_int_equal(ask_int(db, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
    char *kept = mem_alloc((size_t)size), *nothing = mem_calloc(1, (size_t)size);
    const int fd = open(f->db_path, O_RDWR);
    assert_true(pread(fd, kept, (size_t)size, (page - 1) * size) == size);
    assert_true(pwrite(fd, nothing, (size_t)size, (page - 1) * size) == size);
    assert_int_equal(db_open(&damaged, f->db_path, DB_READ, &f->diag), ST_OK);
    enum response_level level = LEVEL_II;
    assert_int_equal(response_level_of(damaged, area_id, NOW_MS, &level), ST_CORRUPT);
    assert_int_equal(level, LEVEL_II);
    db_close(damaged);
    assert_true(pwrite(fd, kept, (size_t)size, (page - 1) * size) == size);
    (void)close(fd);
    mem_free(kept);
    mem_free(nothing);
}

static void responses(void **state)
{
    struct fixture *f = *state;
    struct levels levels;
    assert_int_equal(command_call(f->writer, make_areas, &levels, NULL), ST_OK);
    struct db *db = writer_db(f->writer);
    levels.response = (struct response){.area_id = levels.root,
                                        .hazard = KIND_TYPHOON,
                                        .level = LEVEL_II,
                                        .started_by = 5};
    assert_int_equal(do_step(f, &levels, 0, 5), ST_OK);
    assert_string_equal(levels.response.state, "proposed");
    assert_int_equal(level_of(db, levels.town, NOW_MS), LEVEL_NONE);
    assert_int_equal(do_step(f, &levels, 1, 5), ST_DENIED);
    assert_int_equal(do_step(f, &levels, 1, 6), ST_OK);
    assert_string_equal(levels.response.state, "running");
    assert_int_equal(level_of(db, levels.town, NOW_MS), LEVEL_II);
    assert_int_equal(do_step(f, &levels, 1, 6), ST_CONFLICT);
    assert_int_equal(do_step(f, &levels, 2, 5), ST_OK);
    assert_int_equal(level_of(db, levels.town, NOW_MS), LEVEL_NONE);
    levels.response = (struct response){.area_id = levels.town,
                                        .hazard = KIND_FLOOD,
                                        .level = LEVEL_III,
                                        .to_ms = NOW_MS + 1000,
                                        .started_by = 5};
    assert_int_equal(do_step(f, &levels, 0, 5), ST_OK);
    assert_string_equal(levels.response.state, "running");
    assert_int_equal(level_of(db, levels.town, NOW_MS), LEVEL_III);
    assert_int_equal(level_of(db, levels.town, NOW_MS + 1000), LEVEL_NONE);
    assert_int_equal(level_of(db, levels.root, NOW_MS), LEVEL_NONE);
    const int64_t id = levels.response.id;
    assert_int_equal(response_read(db, id, NOW_MS + 999, &levels.response), ST_OK);
    assert_string_equal(levels.response.state, "running");
    assert_int_equal(response_read(db, id, NOW_MS + 1000, &levels.response), ST_OK);
    assert_string_equal(levels.response.state, "ended");
    levels.response.area_id = 999999;
    levels.response.to_ms = 0;
    assert_int_equal(do_step(f, &levels, 0, 5), ST_NOT_FOUND);
    level_unreadable(f, levels.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_every_change, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(exported_heads, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(ledger, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(minutes_not_read, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(moved, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(lines, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(responses, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
