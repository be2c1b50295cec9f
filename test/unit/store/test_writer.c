/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "store/link.h"
#include "store/read_incident.h"
#include "store/writer_internal.h"

static int64_t alert_of(struct fixture *f, int64_t callout, int64_t person)
{
    struct loop_incident copy;
    assert_int_equal(writer_snapshot(f->writer, STAGE_CALLOUT, callout, &copy), ST_OK);
    int64_t id = 0;
    for (uint32_t i = 0; i < copy.alert_count; i++)
        if (copy.alerts[i].person_id == person && copy.alerts[i].callout_id == callout)
            id = copy.alerts[i].id;
    loop_incident_release(&copy);
    return id;
}

static void one_call_out(void **state)
{
    struct fixture *f = *state;
    int64_t incident = fixture_report(f, false);
    int64_t need = fixture_need(f, incident, 2);
    int64_t callout;
    assert_int_equal(fixture_callout(f, need, 1000, 3, &callout), ST_OK);
    assert_true(f->outbox > 0);
    int64_t alert = alert_of(f, callout, 1001);
    assert_true(alert != 0);
    struct loop_input accept = {.kind = LOOP_ACCEPT, .id = alert, .actor = -1001};
    assert_int_equal(fixture_step(f, STAGE_ALERT, alert, &accept, NULL), ST_OK);
    /* The row holds the hash of the link's token. */
    struct link_key key;
    char token[LINK_TOKEN_SIZE];
    int64_t found;
    uint8_t hash[32];
    link_key_init(&key, f->vault);
    link_token(&key, alert, token);
    assert_true(link_find(&key, token, &found));
    assert_int_equal(found, alert);
    link_key_release(&key);
    link_token_hash(token, hash);
    struct loop_incident copy;
    assert_int_equal(writer_snapshot(f->writer, STAGE_ALERT, alert, &copy), ST_OK);
    const struct alert *row = loop_find_alert(&copy, alert);
    assert_int_equal(row->state, ALERT_ACCEPTED);
    assert_memory_equal(row->token_hash, hash, 32);
    assert_int_equal(strlen(row->reply_code), 4);
    loop_incident_release(&copy);
    assert_false(f->gap);
    fixture_close(f);
    fixture_verify(f);
    /* After a restart everything is as it was. */
    fixture_open(f);
    assert_int_equal(writer_snapshot(f->writer, STAGE_ALERT, alert, &copy), ST_OK);
    assert_int_equal(copy.alert_count, 3);
    assert_int_equal(loop_find_alert(&copy, alert)->state, ALERT_ACCEPTED);
    assert_int_equal(copy.assignment_count, 1);
    loop_incident_release(&copy);
    /* With its rows indexed: looking up each of 100,000 alerts costs little. */
    assert_int_equal(
        writer_stage(f->writer)->incidents[0]->incident.assignments_of_person.count, 1);
}

/* Of 300 codes drawn at random two would be the same but once in 90 times. */
static void a_code_means_one_alert(void **state)
{
    struct fixture *f = *state;
    int64_t incident = 0, callout;
    for (int i = 0; i < 300; i++) {
        if (i % 30 == 0)
            incident = fixture_report(f, false);
        const int64_t need = fixture_need(f, incident, 1);
        assert_int_equal(fixture_callout(f, need, 1000, 1, &callout), ST_OK);
        const int64_t alert = alert_of(f, callout, 1000);
        struct loop_input later = {
            .kind = LOOP_LIMITED, .id = alert, .actor = -1000, .number = 20};
        assert_int_equal(fixture_step(f, STAGE_ALERT, alert, &later, NULL), ST_OK);
    }
    assert_int_equal(fixture_number(f, "SELECT count(DISTINCT reply_code) FROM alert"),
                     300);
}

static void refusals_change_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t incident = fixture_report(f, false);
    uint64_t events = f->events;
    struct loop_input close = {.kind = LOOP_CLOSE, .id = incident, .actor = 1};
    assert_int_equal(fixture_step(f, STAGE_INCIDENT, incident, &close, NULL),
                     ST_CONFLICT);
    assert_non_null(strstr(f->diag.text, "confirm"));
    assert_int_equal(fixture_step(f, STAGE_INCIDENT, 99999, &close, NULL), ST_NOT_FOUND);
    assert_int_equal(f->events, events);
}

/* A yes to one voids the other; what is real ends exercises (invariant 5). */
static void one_at_a_time(void **state)
{
    struct fixture *f = *state;
    int64_t drill = fixture_report(f, true), real = fixture_report(f, false);
    int64_t drill_callout, real_callout;
    assert_int_equal(
        fixture_callout(f, fixture_need(f, drill, 1), 500, 2, &drill_callout), ST_OK);
    int64_t drill_alert = alert_of(f, drill_callout, 500);
    struct loop_input accept = {.kind = LOOP_ACCEPT, .id = drill_alert, .actor = -500};
    assert_int_equal(fixture_step(f, STAGE_ALERT, drill_alert, &accept, NULL), ST_OK);
    assert_int_equal(fixture_callout(f, fixture_need(f, real, 1), 500, 2, &real_callout),
                     ST_OK);
    struct loop_incident copy;
    assert_int_equal(writer_snapshot(f->writer, STAGE_INCIDENT, drill, &copy), ST_OK);
    for (uint32_t i = 0; i < copy.alert_count; i++)
        assert_int_not_equal(copy.alerts[i].state, ALERT_PENDING);
    for (uint32_t i = 0; i < copy.assignment_count; i++)
        assert_false(loop_assignment_is_active(&copy.assignments[i]));
    loop_incident_release(&copy);
    /* A second actual alert for the same person is left out. */
    int64_t other = fixture_report(f, false), other_callout;
    assert_int_equal(
        fixture_callout(f, fixture_need(f, other, 1), 500, 1, &other_callout), ST_OK);
    assert_int_equal(alert_of(f, other_callout, 500), 0);
    fixture_close(f);
    fixture_verify(f);
}

static void same_key_once(void **state)
{
    struct fixture *f = *state;
    int64_t ids[2];
    for (int i = 0; i < 2; i++) {
        struct report_command report;
        report_command_init(&report);
        report.incident.kind = KIND_FIRE;
        report.command.actor = 1;
        report.command.route = "POST incidents";
        report.command.key = "k1";
        report.command.request_hash[0] = 5;
        report.command.result_status = 201;
        assert_int_equal(writer_call(f->writer, &report.command), ST_OK);
        assert_int_equal(report.command.repeated, i == 1);
        assert_int_equal(report.command.result_status, 201);
        ids[i] = report.command.result_id;
    }
    assert_int_equal(ids[0], ids[1]);
    struct report_command report;
    report_command_init(&report);
    report.command.route = "POST incidents";
    report.command.actor = 1;
    report.command.key = "k1";
    assert_int_equal(writer_call(f->writer, &report.command), ST_UNPROCESSABLE);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM incident"), 1);
    /* After 24 h the key is new again. */
    clock_manual_advance(&f->clock, 25 * TIME_HOUR_MS);
    assert_int_equal(writer_call(f->writer, &report.command), ST_OK);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM incident"), 2);
}

static void full_disk(void **state)
{
    struct fixture *f = *state;
    int64_t incident = fixture_report(f, false);
    int64_t need = fixture_need(f, incident, 5);
    struct db *db = writer_db(f->writer);
    uint64_t events = f->events;
    db_limit_pages(db, db_page_count(db));
    int64_t callout;
    assert_int_equal(fixture_callout(f, need, 1, 2000, &callout), ST_NO_SPACE);
    assert_int_equal(f->events, events);
    struct loop_incident copy;
    assert_int_equal(writer_snapshot(f->writer, STAGE_INCIDENT, incident, &copy), ST_OK);
    assert_int_equal(copy.alert_count, 0);
    assert_int_equal(copy.callout_count, 0);
    loop_incident_release(&copy);
    db_limit_pages(db, 0);
    assert_int_equal(fixture_callout(f, need, 1, 2000, &callout), ST_OK);
    clock_manual_advance(&f->clock, 1000); /* what is due waits so long after a failure */
    while (writer_is_sending(f->writer))
        (void)writer_step(f->writer, f->clock.now_ms);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM alert"), 2000);
    assert_false(f->gap);
    fixture_close(f);
    fixture_verify(f);
}

static bool is_failing(struct fixture *f)
{
    struct writer_counts counts;
    writer_count(f->writer, &counts);
    return counts.is_failing;
}

/* Steps for so long as the thread would, a second at a time. */
static void go_on(struct fixture *f, int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        clock_manual_advance(&f->clock, 1000);
        assert_true(writer_step(f->writer, f->clock.now_ms) <= f->clock.now_ms + 60000);
    }
}

/* On a disk that is just full what is small is stored and what is large is not: it is not
 * said to store, and not to, and to, but to store again when all was for a while. */
static void just_full_disk(void **state)
{
    struct fixture *f = *state;
    int64_t callout, need = fixture_need(f, fixture_report(f, false), 5);
    struct db *db = writer_db(f->writer);
    assert_false(is_failing(f));
    for (int i = 0; i < 3; i++) {
        db_limit_pages(db, db_page_count(db));
        assert_int_equal(fixture_callout(f, need, 1, 2000, &callout), ST_NO_SPACE);
        go_on(f, WRITER_CALM_MS / 1000 - 1); /* signs of life are stored */
        assert_true(is_failing(f));
    }
    db_limit_pages(db, 0);
    assert_int_equal(fixture_callout(f, need, 1, 2000, &callout), ST_OK);
    assert_true(is_failing(f));
    go_on(f, WRITER_CALM_MS / 1000);
    assert_false(is_failing(f));
    fixture_close(f);
    fixture_verify(f);
}

static void timers_fire(void **state)
{
    struct fixture *f = *state;
    int64_t incident = fixture_report(f, false);
    int64_t callout;
    assert_int_equal(fixture_callout(f, fixture_need(f, incident, 1), 1, 2, &callout),
                     ST_OK);
    for (int i = 0; i < 40; i++) {
        clock_manual_advance(&f->clock, 10000);
        (void)writer_step(f->writer, f->clock.now_ms);
    }
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM alert WHERE state = 'no_answer'"), 2);
    fixture_close(f);
    /* Down for an hour: timers are re-based, nothing fires in bulk. */
    clock_manual_advance(&f->clock, TIME_HOUR_MS);
    fixture_open(f);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM event WHERE kind LIKE '%rebase%'"), 1);
    fixture_close(f);
    fixture_verify(f);
}

/* Cancelled while one is on the way and one on the scene; then the power goes. */
static void a_cancelled_one_is_not_forgotten(void **state)
{
    struct fixture *f = *state;
    int64_t incident = fixture_report(f, false), callout;
    assert_int_equal(fixture_callout(f, fixture_need(f, incident, 2), 1, 2, &callout),
                     ST_OK);
    for (int64_t person = 1; person <= 2; person++) {
        struct loop_input input = {.kind = LOOP_ACCEPT, .actor = -person};
        input.id = alert_of(f, callout, person);
        assert_int_equal(fixture_step(f, STAGE_ALERT, input.id, &input, NULL), ST_OK);
        char sql[80];
        (void)snprintf(sql, sizeof sql, "SELECT id FROM assignment WHERE person_id = %d",
                       (int)person);
        input.id = fixture_number(f, sql);
        input.kind = person == 1 ? LOOP_DEPART : LOOP_ARRIVE;
        assert_int_equal(fixture_step(f, STAGE_ASSIGNMENT, input.id, &input, NULL),
                         ST_OK);
    }
    struct loop_input cancel = {.kind = LOOP_CANCEL, .id = incident, .actor = 1};
    assert_int_equal(fixture_step(f, STAGE_INCIDENT, incident, &cancel, NULL), ST_OK);
    fixture_close(f);
    fixture_open(f);
    clock_manual_advance(&f->clock, 4 * TIME_MINUTE_MS);
    (void)writer_step(f->writer, f->clock.now_ms);
    const char *const asked = "SELECT count(*) FROM event WHERE body LIKE"
                              " '%\"turned_back\"%' OR kind = 'assignment.report_due'";
    assert_int_equal(fixture_number(f, asked), 0);
    clock_manual_advance(&f->clock, TIME_MINUTE_MS + 1);
    (void)writer_step(f->writer, f->clock.now_ms);
    assert_int_equal(fixture_number(f, asked), 1);
    fixture_close(f);
    fixture_open(f);
    clock_manual_advance(&f->clock, TIME_DAY_MS);
    (void)writer_step(f->writer, f->clock.now_ms);
    assert_int_equal(fixture_number(f, asked), 2);
    fixture_close(f);
    fixture_verify(f);
    /* Nobody is waited for any more. */
    fixture_open(f);
    assert_int_equal(writer_stage(f->writer)->count, 0);
}

/* Open needs of a merged incident stand in the other one afterwards. */
static void merges(void **state)
{
    struct fixture *f = *state;
    int64_t first = fixture_report(f, false), second = fixture_report(f, false);
    (void)fixture_need(f, second, 3);
    struct loop_input merge = {
        .kind = LOOP_MERGE, .id = second, .actor = 1, .number = 424242};
    assert_int_equal(fixture_step(f, STAGE_INCIDENT, second, &merge, NULL),
                     ST_UNPROCESSABLE);
    merge.number = first;
    assert_int_equal(fixture_step(f, STAGE_INCIDENT, second, &merge, NULL), ST_OK);
    struct loop_incident copy;
    assert_int_equal(writer_snapshot(f->writer, STAGE_INCIDENT, first, &copy), ST_OK);
    assert_int_equal(copy.need_count, 1);
    assert_int_equal(copy.needs[0].state, NEED_OPEN);
    assert_int_equal(copy.needs[0].lines[0].count, 3);
    loop_incident_release(&copy);
    fixture_close(f);
    fixture_verify(f);
}

/* The wall clock jumps by an hour against the monotonic one: no timer fires in bulk. */
static void clock_jumps(void **state)
{
    struct fixture *f = *state;
    int64_t incident = fixture_report(f, false), callout;
    assert_int_equal(fixture_callout(f, fixture_need(f, incident, 1), 1, 2, &callout),
                     ST_OK);
    f->clock.now_ms += TIME_HOUR_MS;
    (void)writer_step(f->writer, f->clock.now_ms);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM alert WHERE state = 'pending'"), 2);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM event WHERE kind = 'incident.rebased'"),
        1);
    for (int i = 0; i < 40; i++) {
        clock_manual_advance(&f->clock, 10000);
        (void)writer_step(f->writer, f->clock.now_ms);
    }
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM alert WHERE state = 'no_answer'"), 2);
}

static int64_t count_silent(struct fixture *f)
{
    return fixture_number(f, "SELECT count(*) FROM alert WHERE state = 'no_answer'");
}

/* The power goes, and the machine comes back two years ago: who does not answer is
 * replaced in time all the same, and nothing happens anew when the clock is set right. */
static void a_clock_that_does_not_outlive_the_power(void **state)
{
    struct fixture *f = *state;
    int64_t incident = fixture_report(f, false), callout;
    assert_int_equal(fixture_callout(f, fixture_need(f, incident, 1), 1, 2, &callout),
                     ST_OK);
    fixture_close(f);
    f->clock.now_ms -= 700 * TIME_DAY_MS;
    fixture_open(f);
    assert_int_equal(writer_behind_ms(f->writer), 700 * TIME_DAY_MS);
    (void)writer_step(f->writer, f->clock.now_ms);
    f->clock.now_ms += 700 * TIME_DAY_MS;
    (void)writer_step(f->writer, f->clock.now_ms);
    assert_int_equal(count_silent(f), 0);
    fixture_close(f);
    f->clock.now_ms -= TIME_HOUR_MS;
    fixture_open(f);
    for (int i = 0; i < 40; i++) {
        clock_manual_advance(&f->clock, 10000);
        (void)writer_step(f->writer, f->clock.now_ms);
    }
    assert_int_equal(count_silent(f), 2);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(writer_behind_ms(f->writer), 0);
    fixture_close(f);
    fixture_verify(f);
}

/* A new key must not take the place of the one that signed what was handed out. */
static void a_lost_signing_key(void **state)
{
    struct fixture *f = *state;
    (void)fixture_report(f, false);
    fixture_close(f);
    assert_int_equal(unlink(f->signing_path), 0);
    struct vault_config vault_config = {f->keys_path, f->master_path, &f->random.super,
                                        0};
    struct vault *vault;
    assert_int_equal(vault_open(&vault, &vault_config, &f->diag), ST_OK);
    struct writer_config config = {.db_path = f->db_path,
                                   .vault = vault,
                                   .clock = &f->clock.super,
                                   .random = &f->random.super,
                                   .signing_key_path = f->signing_path};
    loop_config_default(&config.loop);
    struct writer *writer;
    assert_int_equal(writer_new(&writer, &config, &f->diag), ST_NOT_FOUND);
    assert_string_equal(f->diag.where, f->signing_path);
    assert_int_equal(access(f->signing_path, F_OK), -1);
    vault_close(vault);
}

struct refused {
    struct command command;
    int64_t incident;
    uint64_t fail_at;
};

/* Steps its incident, then says no; from there on the n-th allocation fails. */
static int refuse(struct command *command, struct writer *writer, int64_t now_ms)
{
    const struct refused *refused = (const struct refused *)command;
    struct loop_input input = {
        .kind = LOOP_ROLL_CALL, .id = refused->incident, .actor = 1};
    struct loop_incident *incident = writer_incident(writer, STAGE_INCIDENT, input.id);
    assert_int_equal(
        writer_apply(writer, incident, &input, now_ms, NULL, NULL, &command->diag),
        ST_OK);
    mem_fail_at(refused->fail_at);
    return ST_CONFLICT;
}

/* It is read again when the command is refused, and at the end of the batch if that
 * failed. */
static void a_failed_reading_loses_no_incident(void **state)
{
    struct fixture *f = *state;
    int64_t incident = fixture_report(f, false), callout;
    assert_int_equal(fixture_callout(f, fixture_need(f, incident, 1), 1, 2, &callout),
                     ST_OK);
    const int64_t due_ms = stage_next_due_ms(writer_stage(f->writer));
    uint64_t left = 0, fail_at = 0;
    while (left == 0) {
        struct refused refused = {
            .command.run = refuse, .incident = incident, .fail_at = ++fail_at};
        int status = writer_call(f->writer, &refused.command);
        left = mem_fail_hold();
        assert_int_equal(status, left == 0 ? ST_NO_MEMORY : ST_CONFLICT);
        const struct stage *stage = writer_stage(f->writer);
        assert_int_equal(stage->count, 1);
        assert_int_equal(stage->incidents[0]->incident.alert_count, 2);
        assert_int_equal(stage_next_due_ms(stage), due_ms);
        assert_non_null(commitments_next(&stage->commitments, 2, NULL));
    }
    assert_true(fail_at > 4);
}

static int write_much(struct command *command, struct writer *writer, int64_t now_ms)
{
    enum { SIZE = 2200000 };
    char key[32];
    (void)command;
    (void)now_ms;
    (void)snprintf(key, sizeof key, "much-%lld", (long long)writer_new_id(writer));
    uint8_t *bytes = mem_calloc(1, SIZE);
    struct query *query =
        db_query(writer_db(writer),
                 "INSERT INTO instance (key, number, bytes) VALUES (?1, 0, ?2)");
    query_text(query, 1, key);
    query_blob(query, 2, bytes, SIZE);
    mem_free(bytes);
    return query_run(query);
}

/* A long log is copied, by the writer alone as with its thread and the checkpointer. */
static void copies_a_long_log(void **state)
{
    struct fixture *f = *state;
    struct db *db = writer_db(f->writer);
    if (engine_is_postgres())
        return; /* its log is its own */
    struct command much = {.run = write_much};
    assert_int_equal(writer_submit(f->writer, &much), ST_OK);
    (void)writer_step(f->writer, f->clock.now_ms);
    assert_int_equal(db_log_pages(db), 0);
    assert_int_equal(writer_start(f->writer), ST_OK);
    for (int i = 0; i < 30; i++) {
        much = (struct command){.run = write_much};
        assert_int_equal(writer_call(f->writer, &much), ST_OK);
    }
    writer_stop(f->writer);
    assert_true(db_log_pages(db) < 40000); /* of 64,000 and more */
    fixture_close(f);
    fixture_verify(f);
}

static void answer(struct fixture *f, int64_t callout, int64_t person,
                   enum loop_input_kind kind)
{
    int64_t alert = alert_of(f, callout, person);
    struct loop_input input = {.kind = kind, .id = alert, .actor = -person};
    assert_int_equal(fixture_step(f, STAGE_ALERT, alert, &input, NULL), ST_OK);
}

/* What the writer knows of the seats is what adding up the rows gives. */
static int32_t seats_taken(struct fixture *f, int64_t need, uint64_t version)
{
    int32_t accepted[LOOP_LINES_MAX];
    if (!writer_seats(f->writer, need, version, accepted))
        return -1;
    struct read_need row;
    assert_int_equal(read_need(writer_db(f->writer), need, &row), ST_OK);
    for (uint32_t i = 0; i < row.line_count; i++)
        assert_int_equal(accepted[i], row.lines[i].accepted);
    return accepted[0];
}

static void seats_are_known(void **state)
{
    struct fixture *f = *state;
    int64_t incident = fixture_report(f, false);
    int64_t need = fixture_need(f, incident, 3), callout;
    assert_int_equal(fixture_callout(f, need, 1000, 6, &callout), ST_OK);
    uint64_t first = writer_seats_version(f->writer, incident);
    assert_int_equal(seats_taken(f, need, first), 0);
    assert_int_equal(seats_taken(f, need, first - 1), -1);
    assert_int_equal(seats_taken(f, need + 1, first), -1);
    answer(f, callout, 1000, LOOP_DECLINE);
    assert_int_equal(writer_seats_version(f->writer, incident), first);
    answer(f, callout, 1001, LOOP_ACCEPT);
    answer(f, callout, 1002, LOOP_ACCEPT);
    assert_int_equal(writer_seats_version(f->writer, incident), first + 2);
    assert_int_equal(seats_taken(f, need, first), 2);
    /* The third fills the need, whose row then has to be read again. */
    answer(f, callout, 1003, LOOP_ACCEPT);
    assert_int_equal(seats_taken(f, need, first), -1);
    assert_int_equal(seats_taken(f, need, first + 3), 3);
    /* One does not come. */
    int64_t assignment =
        fixture_number(f, "SELECT id FROM assignment WHERE person_id = 1001");
    struct loop_input input = {.kind = LOOP_WITHDRAW, .id = assignment, .actor = -1001};
    assert_int_equal(fixture_step(f, STAGE_ASSIGNMENT, assignment, &input, NULL), ST_OK);
    assert_int_equal(seats_taken(f, need, writer_seats_version(f->writer, incident)), 2);
    /* After a restart nothing is known until something changes. */
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(seats_taken(f, need, 1000), -1);
    answer(f, callout, 1004, LOOP_ACCEPT);
    assert_int_equal(seats_taken(f, need, writer_seats_version(f->writer, incident)), 3);
}

static uint32_t ran;

static int count_run(struct command *command, struct writer *writer, int64_t now_ms)
{
    (void)command;
    (void)writer;
    (void)now_ms;
    ran++;
    return ST_OK;
}

/* How many ran in one step, MS after the step before. */
static uint32_t run_after(struct fixture *f, int64_t ms, int64_t *ret_due_ms)
{
    uint32_t before = ran;
    clock_manual_advance(&f->clock, ms);
    *ret_due_ms = writer_step(f->writer, f->clock.now_ms);
    return ran - before;
}

/* After half of the time at least, after all of it at most, a part in each batch. */
static void for_later(void **state)
{
    enum { COUNT = 2 * WRITER_LATER_PART + 50, HALF = WRITER_LATER_MS / 2 };
    struct fixture *f = *state;
    struct command *commands = mem_calloc(WRITER_LATER_MAX + 1, sizeof *commands);
    for (uint32_t i = 0; i <= WRITER_LATER_MAX; i++)
        commands[i].run = count_run;
    int64_t due;
    ran = 0;
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(writer_submit_later(f->writer, &commands[i]), ST_OK);
    assert_int_equal(run_after(f, 0, &due), 0);
    assert_int_equal(due, f->clock.now_ms + HALF);
    assert_int_equal(run_after(f, HALF, &due), 0);
    assert_int_equal(run_after(f, 1, &due), 0);
    /* Who comes now waits for the turn after the next. */
    assert_int_equal(writer_submit_later(f->writer, &commands[COUNT]), ST_OK);
    assert_int_equal(run_after(f, HALF - 1, &due), WRITER_LATER_PART);
    assert_true(due <= f->clock.now_ms);
    assert_int_equal(run_after(f, 0, &due), WRITER_LATER_PART);
    assert_int_equal(run_after(f, 0, &due), 50);
    assert_int_equal(due, f->clock.now_ms + HALF);
    assert_int_equal(run_after(f, HALF, &due), 1);
    assert_int_equal(ran, COUNT + 1);
    /* So many do not wait; one less does. */
    for (uint32_t i = 0; i < WRITER_LATER_MAX; i++) {
        assert_int_equal(run_after(f, 0, &due), 0);
        assert_int_equal(writer_submit_later(f->writer, &commands[i]), ST_OK);
    }
    while (run_after(f, 0, &due) > 0)
        assert_true(ran <= COUNT + 1 + WRITER_LATER_MAX);
    assert_int_equal(ran, COUNT + 1 + WRITER_LATER_MAX);
    /* The clock jumps back: nobody waits an hour. */
    assert_int_equal(writer_submit_later(f->writer, &commands[0]), ST_OK);
    f->clock.now_ms -= TIME_HOUR_MS;
    assert_int_equal(run_after(f, 0, &due), 1);
    mem_free(commands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_call_out, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_code_means_one_alert, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(refusals_change_nothing, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(one_at_a_time, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(same_key_once, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(full_disk, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(just_full_disk, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(timers_fire, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_one_is_not_forgotten, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(merges, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(clock_jumps, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_does_not_outlive_the_power,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(for_later, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(seats_are_known, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(copies_a_long_log, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_failed_reading_loses_no_incident, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_lost_signing_key, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
