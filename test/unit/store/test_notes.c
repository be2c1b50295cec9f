/* SPDX-License-Identifier: Apache-2.0 */
/* What is told to those who come: kept sealed, changed text by text, moved with its need,
 * gone with the incident's key; the chain holds throughout. */
#include "fixture.h"

#include "store/history.h"
#include "store/notes.h"

static const struct loop_notes deep = {"the north gate", "Stationmaster Li",
                                       "deep water here"};

static int change(struct fixture *f, int64_t need, const struct loop_notes *notes,
                  bool *ret_repeated)
{
    const struct loop_input input = {
        .kind = LOOP_NEED_NOTES, .id = need, .actor = 1, .notes = notes};
    struct loop_command *command;
    assert_int_equal(loop_command_new(&command, STAGE_NEED, need, &input, NULL), ST_OK);
    const int status = writer_call(f->writer, &command->command);
    *ret_repeated = command->input_repeated;
    loop_command_free(command);
    return status;
}

static void expect_change(struct fixture *f, int64_t need, const struct loop_notes *notes,
                          bool changes)
{
    const uint64_t before = f->events;
    bool repeated;
    assert_int_equal(change(f, need, notes, &repeated), ST_OK);
    assert_int_equal(repeated, !changes);
    assert_int_equal(f->events - before, changes);
}

static int look(struct fixture *f, int64_t incident, int64_t need, struct need_notes *ret)
{
    struct db *db = fixture_reader(f);
    const int status = notes_read(db, f->vault, incident, need, ret);
    db_close(db);
    return status;
}

static void expect(struct fixture *f, int64_t incident, int64_t need,
                   const struct loop_notes *wanted)
{
    struct need_notes notes;
    assert_int_equal(look(f, incident, need, &notes), ST_OK);
    assert_string_equal(notes.place, wanted->place);
    assert_string_equal(notes.contact, wanted->contact);
    assert_string_equal(notes.warning, wanted->warning);
}

static void changed_text_by_text(void **state)
{
    struct fixture *f = *state;
    const int64_t incident = fixture_report(f, false);
    const int64_t need = fixture_need(f, incident, 1);
    struct need_notes notes;
    assert_int_equal(look(f, incident, need, &notes), ST_NOT_FOUND);
    expect_change(f, need, &(struct loop_notes){NULL, "", NULL}, false);
    expect_change(f, need, &deep, true);
    expect_change(f, need, &deep, false);
    expect_change(f, need, &(struct loop_notes){0}, false);
    expect_change(f, need, &(struct loop_notes){.warning = "shallow"}, true);
    expect(f, incident, need,
           &(struct loop_notes){"the north gate", "Stationmaster Li", "shallow"});
    expect_change(f, need, &(struct loop_notes){.place = "", .warning = "shallow"}, true);
    const struct loop_notes last = {"", "Stationmaster Li", "shallow"};
    expect(f, incident, need, &last);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM event WHERE kind = 'need.notes'"), 3);
    fixture_close(f);
    f->last_position = 0;
    fixture_open(f);
    expect(f, incident, need, &last);
    expect_change(f, need, &last, false);
    fixture_verify(f);
}

/* As long as an API lets a text be, and one more. */
static void limits(void **state)
{
    struct fixture *f = *state;
    const int64_t incident = fixture_report(f, false);
    const int64_t need = fixture_need(f, incident, 1);
    char longest[NOTES_TEXT_MAX + 2];
    bool repeated;
    memset(longest, 'x', sizeof longest - 1);
    longest[NOTES_TEXT_MAX + 1] = '\0';
    const struct loop_notes notes = {longest, longest, longest};
    assert_int_equal(change(f, need, &notes, &repeated), ST_LIMIT);
    longest[NOTES_TEXT_MAX] = '\0';
    expect_change(f, need, &notes, true);
    expect(f, incident, need, &notes);
    fixture_verify(f);
}

/* How often WORDS stand in the database, or its log, in clear. */
static bool is_readable(struct fixture *f, const char *words)
{
    char command[700];
    if (engine_is_postgres()) {
        (void)snprintf(command, sizeof command,
                       "SELECT (SELECT count(*) FROM text WHERE"
                       " position(convert_to('%s', 'UTF8') in box) > 0) +"
                       " (SELECT count(*) FROM event WHERE body LIKE '%%%s%%')",
                       words, words);
        return fixture_number(f, command) != 0;
    }
    (void)snprintf(command, sizeof command, "cat %s %s-wal | grep -q -a '%s'", f->db_path,
                   f->db_path, words);
    return system(command) == 0;
}

static void sealed(void **state)
{
    struct fixture *f = *state;
    const int64_t need = fixture_need(f, fixture_report(f, false), 1);
    expect_change(f, need, &deep, true);
    assert_true(is_readable(f, "need.notes") || engine_is_postgres());
    assert_false(is_readable(f, "north gate"));
    assert_false(is_readable(f, "Stationmaster"));
    assert_false(is_readable(f, "deep water"));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM event WHERE kind ="
                                       " 'need.notes' AND body LIKE '%\"text\":%'"),
                     1);
}

/* Who was told of before the key went is not told any more; the need goes on. */
static void gone_with_the_key(void **state)
{
    struct fixture *f = *state;
    const int64_t incident = fixture_report(f, false);
    const int64_t need = fixture_need(f, incident, 1);
    struct need_notes notes;
    expect_change(f, need, &deep, true);
    assert_int_equal(
        vault_destroy(f->vault, fixture_number(f, "SELECT max(key_slot) FROM incident")),
        ST_OK);
    assert_int_equal(look(f, incident, need, &notes), ST_NOT_FOUND);
    expect_change(f, need, &deep, true);
    assert_int_equal(look(f, incident, need, &notes), ST_NOT_FOUND);
    fixture_verify(f);
}

/* A merged incident's needs are stated anew in the other one, with what is told. */
static void moved(void **state)
{
    struct fixture *f = *state;
    const int64_t from = fixture_report(f, false), into = fixture_report(f, false);
    const int64_t need = fixture_need(f, from, 1);
    (void)fixture_need(f, from, 1); /* one about which nothing is told */
    expect_change(f, need, &deep, true);
    const struct loop_input merge = {
        .kind = LOOP_MERGE, .id = from, .number = into, .actor = 1, .reason = "one"};
    assert_int_equal(fixture_step(f, STAGE_INCIDENT, from, &merge, NULL), ST_OK);
    char sql[96];
    (void)snprintf(sql, sizeof sql, "SELECT min(id) FROM need WHERE incident_id = %lld",
                   (long long)into);
    const int64_t first = fixture_number(f, sql);
    struct need_notes notes;
    expect(f, into, first, &deep);
    assert_int_equal(look(f, into, first + 1, &notes), ST_NOT_FOUND);
    bool repeated;
    assert_int_equal(change(f, need, &deep, &repeated), ST_CONFLICT);
    fixture_verify(f);
}

/* As `muster replay` reads it: the need as it was, escalated by nothing. */
static void replayed(void **state)
{
    struct fixture *f = *state;
    const int64_t incident = fixture_report(f, false);
    const int64_t need = fixture_need(f, incident, 1);
    expect_change(f, need, &deep, true);
    struct replay replay = {0};
    struct db *db = fixture_reader(f);
    assert_int_equal(history_read(db, incident, INT64_MAX, &replay, &f->diag), ST_OK);
    db_close(db);
    assert_int_equal(replay.incident.need_count, 1);
    assert_int_equal(replay.incident.needs[0].state, NEED_OPEN);
    assert_int_equal(replay.incident.needs[0].escalated_ms, 0);
    replay_release(&replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changed_text_by_text, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(limits, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(sealed, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(gone_with_the_key, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(moved, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(replayed, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
