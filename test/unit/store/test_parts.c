/* SPDX-License-Identifier: Apache-2.0 */
/* A wave too large for one transaction: parts, the end of the program between them, a
 * stand-down between them, a list that is damaged. */
#include "fixture.h"

#define ALERTS "SELECT count(*) FROM alert"
#define UNSENT "SELECT unsent FROM callout"
#define KEPT "SELECT count(*) FROM wave_part"
#define PART WRITER_WAVE_PART
#define BATCH (WRITER_PARTS * PART) /* if nobody else comes */
#define ROW (25 * PART)             /* people in a row of the list */
#define PEOPLE (PART + 8 * ROW + PART + 7)

static void one_batch(struct fixture *f)
{
    (void)writer_step(f->writer, f->clock.now_ms);
}

static int64_t begin(struct fixture *f)
{
    int64_t incident = fixture_report(f, false), callout;
    int64_t need = fixture_need(f, incident, 900);
    assert_int_equal(fixture_callout(f, need, 1000, PEOPLE, &callout), ST_OK);
    return callout;
}

static void count_is(struct fixture *f, int64_t alerts, int64_t unsent, int64_t kept)
{
    assert_int_equal(fixture_number(f, ALERTS), alerts);
    assert_int_equal(fixture_number(f, UNSENT), unsent);
    assert_int_equal(fixture_number(f, KEPT), kept);
}

static void every_part(void **state)
{
    struct fixture *f = *state;
    (void)begin(f);
    count_is(f, PART, PEOPLE - PART, 9);
    assert_true(writer_is_sending(f->writer));
    one_batch(f);
    count_is(f, PART + BATCH, PEOPLE - PART - BATCH, 7);
    /* Beside somebody else one part goes, if none went for a while, and then none. */
    f->clock.now_ms += WRITER_PART_MS;
    (void)fixture_report(f, false);
    count_is(f, 2 * PART + BATCH, PEOPLE - 2 * PART - BATCH, 7);
    (void)fixture_report(f, false);
    count_is(f, 2 * PART + BATCH, PEOPLE - 2 * PART - BATCH, 7);
    /* The end of the program between two parts. */
    fixture_close(f);
    fixture_verify(f);
    fixture_open(f);
    assert_true(writer_is_sending(f->writer));
    one_batch(f);
    one_batch(f);
    count_is(f, 2 * PART + 3 * BATCH, PEOPLE - 2 * PART - 3 * BATCH, 2);
    while (writer_is_sending(f->writer))
        one_batch(f);
    count_is(f, PEOPLE, 0, 0);
    assert_false(writer_is_sending(f->writer));
    assert_int_equal(fixture_number(f, "SELECT count(DISTINCT person_id) FROM alert"),
                     PEOPLE);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM event WHERE kind ="
                                       " 'alert.sent'"),
                     PEOPLE);
    assert_int_equal(fixture_number(f, "SELECT waves FROM callout"), 1);
    /* What the plan said of each has come through. */
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM alert WHERE wave = 1 AND"
                                       " travel_ms = 60000 AND line = 0 AND count = 1"
                                       " AND p_accept > 0.29 AND p_in_time > 0.89"),
                     PEOPLE);
    fixture_close(f);
    fixture_verify(f);
}

/* A clock of which each look takes 0.1 ms: so long the commit before took, too, and the
 * parts of a transaction take as long. */
static int64_t ticking_us(struct clock *clock)
{
    struct clock_manual *self = (struct clock_manual *)(void *)clock;
    return self->now_us += 100;
}

static void as_long_as_a_commit(void **state)
{
    struct fixture *f = *state;
    (void)begin(f);
    f->clock.super.mono_us = ticking_us;
    one_batch(f); /* the commit before was measured by the clock that stands still */
    count_is(f, 2 * PART, PEOPLE - 2 * PART, 9);
    one_batch(f); /* the faster of the last two counts, and that took no time */
    count_is(f, 3 * PART, PEOPLE - 3 * PART, 9);
    one_batch(f);
    count_is(f, 5 * PART, PEOPLE - 5 * PART, 9);
    one_batch(f);
    count_is(f, 7 * PART, PEOPLE - 7 * PART, 9);
}

static void replies_between(void **state)
{
    struct fixture *f = *state;
    int64_t callout = begin(f);
    int64_t alert = fixture_number(f, "SELECT min(id) FROM alert"), next_due;
    int64_t due[4];
    struct loop_input no = {.kind = LOOP_DECLINE, .id = alert, .actor = -1000};
    assert_int_equal(fixture_step(f, STAGE_ALERT, alert, &no, NULL), ST_OK);
    /* The call-out is to be planned again, but not before its wave is out; nor may
     * another wave come between. */
    f->clock.now_ms += 1000;
    assert_int_equal(writer_replans_due(f->writer, f->clock.now_ms, due, 4, &next_due),
                     0);
    struct loop_incident copy;
    assert_int_equal(writer_snapshot(f->writer, STAGE_CALLOUT, callout, &copy), ST_OK);
    struct loop_wave wave = {.version = copy.callouts[0].version};
    struct loop_input input = {.kind = LOOP_WAVE, .id = callout, .wave = &wave};
    loop_incident_release(&copy);
    assert_int_equal(fixture_step(f, STAGE_CALLOUT, callout, &input, NULL), ST_STALE);
    while (writer_is_sending(f->writer))
        one_batch(f);
    assert_int_equal(writer_replans_due(f->writer, f->clock.now_ms, due, 4, &next_due),
                     1);
    count_is(f, PEOPLE, 0, 0);
}

static void stood_down_between(void **state)
{
    struct fixture *f = *state;
    int64_t callout = begin(f);
    struct loop_input stop = {.kind = LOOP_CALLOUT_STAND_DOWN, .id = callout, .actor = 1};
    assert_int_equal(fixture_step(f, STAGE_CALLOUT, callout, &stop, NULL), ST_OK);
    assert_false(writer_is_sending(f->writer));
    int64_t alerts = fixture_number(f, ALERTS);
    assert_true(alerts < PEOPLE);
    count_is(f, alerts, 0, 0);
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "SELECT count(*) FROM event WHERE kind = 'wave.cut' AND body LIKE"
                   " '%%\"code\":\"stand_down\",\"number\":%d}'",
                   (int)(PEOPLE - alerts));
    assert_int_equal(fixture_number(f, sql), 1);
    fixture_close(f);
    fixture_verify(f);
}

/* The server was away for too long: who is left is not alerted by yesterday's plan. */
static void old_parts(void **state)
{
    struct fixture *f = *state;
    (void)begin(f);
    fixture_close(f);
    f->clock.now_ms += WRITER_WAVE_AGE_MS + 1;
    fixture_open(f);
    one_batch(f);
    count_is(f, PART, 0, 0);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM event WHERE kind ="
                                       " 'wave.cut' AND body LIKE '%\"code\":\"old\"%'"),
                     1);
    assert_true(fixture_number(f, "SELECT replan_due_ms FROM callout") > 0);
    fixture_close(f);
    fixture_verify(f);
}

static int damage(void *context, struct writer *writer, int64_t now_ms,
                  struct diag *reterr)
{
    (void)now_ms;
    (void)reterr;
    const char *const *sql = context;
    return query_run(db_query(writer_db(writer), *sql));
}

/* A list that is not what was written: what is left of it is given up, with a word, and
 * the call-out planned again. */
static void damaged(void **state)
{
    static const char *damages[] = {
        "DELETE FROM wave_part",
        "UPDATE wave_part SET people = (SELECT token_hash FROM alert LIMIT 1)",
    };
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        struct fixture *f = *state;
        (void)begin(f);
        assert_int_equal(command_call(f->writer, damage, &damages[i], &f->diag), ST_OK);
        while (writer_is_sending(f->writer))
            one_batch(f);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM event WHERE kind ="
                                           " 'wave.cut'"),
                         1);
        assert_int_equal(fixture_number(f, "SELECT count(*) - count(DISTINCT person_id)"
                                           " FROM alert"),
                         0);
        assert_int_equal(fixture_number(f, KEPT), 0);
        assert_true(fixture_number(f, "SELECT replan_due_ms FROM callout") > 0);
        fixture_close(f);
        fixture_verify(f);
        fixture_drop(f);
        fixture_init(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_part, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(as_long_as_a_commit, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(replies_between, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(stood_down_between, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(old_parts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(damaged, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
