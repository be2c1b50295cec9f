/* SPDX-License-Identifier: Apache-2.0 */
/* Retention: what is closed for long moves, the rest stays; verify and the history of an
 * incident are as before at every moment. */
#include "fixture.h"

#include "store/archive.h"
#include "store/history.h"

#define DAYS 30

/* Hash of an incident's history as its readers see it. */
static int take(void *context, const struct replay_event *event, struct diag *reterr)
{
    uint64_t *hash = context;
    (void)reterr;
    *hash = (*hash ^ (uint64_t)event->at_ms ^ (uint64_t)event->kind << 50) *
            UINT64_C(1099511628211);
    return ST_OK;
}

static uint64_t history_of(struct fixture *f, int64_t incident)
{
    uint64_t hash = 7;
    struct db *db = fixture_reader(f);
    assert_int_equal(history_each(db, incident, take, &hash, &f->diag), ST_OK);
    db_close(db);
    return hash;
}

static int step(struct fixture *f, int64_t incident, enum loop_input_kind kind)
{
    const struct loop_input input = {
        .kind = kind, .id = incident, .actor = 1, .reason = "for the test"};
    return fixture_step(f, STAGE_INCIDENT, incident, &input, NULL);
}

/* An incident whose call-out nobody answered, to its end. */
static int64_t make_closed(struct fixture *f)
{
    int64_t incident = fixture_report(f, false);
    int64_t need = fixture_need(f, incident, 2), callout;
    const struct loop_notes notes = {"the north gate", "Li", "deep water"};
    const struct loop_input told = {
        .kind = LOOP_NEED_NOTES, .id = need, .actor = 1, .notes = &notes};
    assert_int_equal(fixture_step(f, STAGE_NEED, need, &told, NULL), ST_OK);
    assert_int_equal(fixture_callout(f, need, 101, 3, &callout), ST_OK);
    assert_int_equal(step(f, incident, LOOP_STAND_DOWN), ST_OK);
    assert_int_equal(step(f, incident, LOOP_REVIEW), ST_OK);
    assert_int_equal(step(f, incident, LOOP_CLOSE), ST_OK);
    return incident;
}

/* Enough events behind it that it is not among the newest. */
static void make_newer(struct fixture *f)
{
    for (int i = 0; i <= ARCHIVE_NEWEST_KEPT; i++) /* an event each at least */
        (void)fixture_report(f, false);
}

static uint32_t run(struct fixture *f, int64_t days, int64_t now_ms)
{
    const struct archive_config config = {.writer = f->writer,
                                          .clock = &f->clock.super,
                                          .db_path = f->db_path,
                                          .days = days};
    struct archive *archive;
    uint32_t moved = 0;
    assert_int_equal(archive_new(&archive, &config, &f->diag), ST_OK);
    assert_int_equal(archive_run(archive, now_ms, &moved), ST_OK);
    archive_free(archive);
    return moved;
}

static void what_is_closed_for_long_moves(void **state)
{
    struct fixture *f = *state;
    int64_t closed = make_closed(f), open = fixture_report(f, false);
    uint64_t before = history_of(f, closed), of_open = history_of(f, open);
    int64_t events = fixture_number(f, "SELECT count(*) FROM event");
    int64_t late_ms = f->clock.now_ms + (DAYS + 1) * TIME_DAY_MS;
    assert_int_equal(run(f, DAYS, late_ms), 0); /* among the newest */
    make_newer(f);
    assert_int_equal(run(f, DAYS, f->clock.now_ms + (DAYS - 1) * TIME_DAY_MS), 0);
    assert_int_equal(run(f, 0, late_ms), 0); /* never */
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM event_archive"), 0);
    events = fixture_number(f, "SELECT count(*) FROM event");
    assert_int_equal(run(f, DAYS, late_ms), 1);
    int64_t moved = fixture_number(f, "SELECT count(*) FROM event_archive");
    assert_true(moved >= 6);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM event"), events - moved);
    assert_true(history_of(f, closed) == before);
    assert_true(history_of(f, open) == of_open);
    fixture_verify(f);
    assert_int_equal(run(f, DAYS, late_ms), 0); /* done */
    struct db *db = fixture_reader(f);
    assert_int_equal(archive_count(db), 1);
    db_close(db);
}

/* Opened again, it goes on behind its archived events; closed again, the rest follows. */
static void opened_again(void **state)
{
    struct fixture *f = *state;
    int64_t closed = make_closed(f);
    int64_t late_ms = f->clock.now_ms + (DAYS + 1) * TIME_DAY_MS;
    make_newer(f);
    assert_int_equal(run(f, DAYS, late_ms), 1);
    assert_int_equal(step(f, closed, LOOP_REOPEN), ST_OK);
    uint64_t before = history_of(f, closed);
    fixture_verify(f);
    fixture_close(f); /* what it loads at the start is whole, too */
    fixture_open(f);
    fixture_verify(f);
    assert_int_equal(run(f, DAYS, late_ms), 0);
    assert_true(history_of(f, closed) == before);
    assert_int_equal(step(f, closed, LOOP_STAND_DOWN), ST_OK);
    assert_int_equal(step(f, closed, LOOP_REVIEW), ST_OK);
    assert_int_equal(step(f, closed, LOOP_CLOSE), ST_OK);
    make_newer(f);
    before = history_of(f, closed);
    assert_int_equal(run(f, DAYS, late_ms), 1);
    assert_true(history_of(f, closed) == before);
    fixture_verify(f);
}

/* verify looks into the archive as it does elsewhere. */
static void damage_is_found(void **state)
{
    struct fixture *f = *state;
    struct db *db;
    struct text findings;
    struct verify_result result;
    (void)make_closed(f);
    make_newer(f);
    assert_int_equal(run(f, DAYS, f->clock.now_ms + (DAYS + 1) * TIME_DAY_MS), 1);
    engine_run(f->db_path,
               "UPDATE event_archive SET body = body || ' ' WHERE sequence = 2");
    text_init(&findings, 1 << 20);
    assert_int_equal(db_open(&db, f->db_path, DB_READ, &f->diag), ST_OK);
    assert_int_equal(verify_store(db, NULL, 0, &result, &findings, &f->diag), ST_OK);
    assert_true(result.findings > 0);
    assert_non_null(strstr(text_string(&findings), "sequence 2"));
    text_release(&findings);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_closed_for_long_moves, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(opened_again, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(damage_is_found, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
