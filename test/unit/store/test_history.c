/* SPDX-License-Identifier: Apache-2.0 */
/* The history read back: the rows as they are, and as they were at every moment. */
#include "fixture.h"

#include "loop/names.h"
#include "loop/replay.h"
#include "store/history.h"
#include "store/read_board.h"
#include "store/read_incident.h"
#include "store/response.h"
#include "store/rows.h"

#define MOMENTS 16

/* What a moment looked like, kept while it was the present. */
struct moment {
    int64_t at_ms;
    uint32_t alerts, assignments;
    enum incident_state incident;
    enum need_state need;
    enum alert_state first;
    uint32_t on_scene;
};

static struct moment look_at(const struct loop_incident *incident, int64_t at_ms)
{
    struct moment moment = {.at_ms = at_ms,
                            .alerts = incident->alert_count,
                            .assignments = incident->assignment_count,
                            .incident = incident->state};
    if (incident->need_count > 0)
        moment.need = incident->needs[0].state;
    if (incident->alert_count > 0)
        moment.first = incident->alerts[0].state;
    for (uint32_t i = 0; i < incident->assignment_count; i++)
        moment.on_scene += incident->assignments[i].state == ASSIGNMENT_ON_SCENE;
    return moment;
}

struct story {
    struct fixture *f;
    int64_t incident, need, callout;
    struct moment moments[MOMENTS];
    uint32_t count;
};

static void remember(struct story *story)
{
    struct loop_incident now = {0};
    assert_int_equal(
        writer_snapshot(story->f->writer, STAGE_INCIDENT, story->incident, &now), ST_OK);
    assert_true(story->count < MOMENTS);
    story->moments[story->count++] = look_at(&now, story->f->clock.now_ms);
    loop_incident_release(&now);
    story->f->clock.now_ms += 20000;
}

static void answer(struct story *story, enum stage_key key, enum loop_input_kind kind,
                   uint32_t index)
{
    struct loop_incident now = {0};
    assert_int_equal(
        writer_snapshot(story->f->writer, STAGE_INCIDENT, story->incident, &now), ST_OK);
    int64_t id = key == STAGE_ALERT ? now.alerts[index].id : now.assignments[index].id;
    int64_t person = key == STAGE_ALERT ? now.alerts[index].person_id
                                        : now.assignments[index].person_id;
    loop_incident_release(&now);
    struct loop_input input = {.kind = kind, .id = id, .actor = -person};
    assert_int_equal(fixture_step(story->f, key, id, &input, NULL), ST_OK);
    remember(story);
}

static int put_record(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)reterr;
    const struct story *story = context;
    return plan_record_put(
        writer, story->callout, 1,
        "{\"probability\":0.91,\"candidates\":[[103,1,61.5,\"alerted\",0,0.25,0.5],"
        "[900,1,70,\"not_needed\"],[101,3,30,\"alerted\",0,0.5,0.75]]}",
        now_ms);
}

static void tell_story(struct story *story, struct fixture *f)
{
    *story = (struct story){.f = f, .incident = fixture_report(f, false)};
    remember(story);
    story->need = fixture_need(f, story->incident, 2);
    remember(story);
    assert_int_equal(fixture_callout(f, story->need, 101, 4, &story->callout), ST_OK);
    assert_int_equal(command_call(f->writer, put_record, story, NULL), ST_OK);
    remember(story);
    answer(story, STAGE_ALERT, LOOP_ACCEPT, 0);
    answer(story, STAGE_ALERT, LOOP_DECLINE, 1);
    answer(story, STAGE_ALERT, LOOP_ACCEPT, 2);
    answer(story, STAGE_ASSIGNMENT, LOOP_DEPART, 0);
    answer(story, STAGE_ASSIGNMENT, LOOP_ARRIVE, 0);
    answer(story, STAGE_ASSIGNMENT, LOOP_ARRIVE, 1);
}

static void every_moment(void **state)
{
    struct fixture *f = *state;
    struct story story;
    tell_story(&story, f);
    struct db *db = fixture_reader(f);
    for (uint32_t i = 0; i < story.count; i++) {
        struct replay replay;
        const struct moment *then = &story.moments[i];
        assert_int_equal(history_read(db, story.incident, then->at_ms, &replay, &f->diag),
                         ST_OK);
        struct moment now = look_at(&replay.incident, then->at_ms);
        assert_memory_equal(&now, then, sizeof now);
        replay_release(&replay);
    }
    db_close(db);
}

static void facts(void **state)
{
    struct fixture *f = *state;
    struct story story;
    tell_story(&story, f);
    struct replay replay;
    struct db *db = fixture_reader(f);
    assert_int_equal(history_read(db, story.incident, INT64_MAX, &replay, &f->diag),
                     ST_OK);
    const struct loop_incident *incident = &replay.incident;
    assert_int_equal(incident->kind, KIND_FLOOD);
    assert_int_equal(incident->at.lat_e7, 307000000);
    assert_int_equal(incident->needs[0].state, NEED_MET);
    assert_int_equal(incident->needs[0].lines[0].count, 2);
    assert_true(incident->needs[0].deadline_ms > incident->needs[0].stated_ms);
    assert_true(incident->callouts[0].probability == 0.91);
    assert_int_equal(incident->alerts[0].travel_ms, 30000);
    assert_int_equal(incident->alerts[0].lines_able, 3);
    assert_int_equal(incident->alerts[1].travel_ms, 0); /* not in the record */
    assert_int_equal(incident->alerts[2].travel_ms, 61500);
    assert_true(incident->alerts[2].p_accept == 0.25F);
    replay_release(&replay);
    assert_int_equal(history_read(db, 99, INT64_MAX, &replay, &f->diag), ST_NOT_FOUND);
    assert_int_equal(
        history_read(db, story.incident, story.moments[0].at_ms - 1, &replay, &f->diag),
        ST_NOT_FOUND);
    db_close(db);
}

/* The states of messages as their rows give them, read whole and by SQL. */
static void compare_with_rows(struct fixture *f, const struct loop_incident *now)
{
    uint32_t met = 0;
    static struct rows rows;
    static struct skill_table skills;
    struct loop_incident again = {0};
    rows_init(&rows, &skills);
    struct db *db = fixture_reader(f);
    assert_int_equal(rows_load(&rows, db, now->id, &again, NULL), ST_OK);
    assert_memory_equal(now->messages, again.messages,
                        now->message_count * sizeof *now->messages);
    loop_incident_release(&again);
    struct query *query = read_messages(db, now->callouts[0].id, 0, 1000);
    for (int64_t last = 0, at = 0; query_step(query) == 1; met++) {
        const int64_t alert_id = query_get_int(query, 0);
        at = alert_id == last ? at + 1 : 0; /* the next one of this alert */
        last = alert_id;
        while (now->messages[at].alert_id != alert_id)
            at++;
        assert_string_equal(message_state_code(now->messages[at].state),
                            query_get_text(query, 2));
    }
    assert_int_equal(met, now->message_count);
    for (uint32_t i = 0; i < now->message_count; i++) {
        char code[READ_CODE_SIZE];
        assert_int_equal(read_state(db, STAGE_MESSAGE, now->messages[i].id, code), 0);
        assert_string_equal(code, message_state_code(now->messages[i].state));
    }
    db_close(db);
}

/* Something that happens to a message or an alert of NOW; false: nothing would be told of
 * it, and nothing was done. */
static bool anything(struct fixture *f, struct loop_incident *now)
{
    static const enum loop_input_kind kinds[] = {LOOP_MESSAGE_SENDING,
                                                 LOOP_MESSAGE_SENDING,
                                                 LOOP_MESSAGE_HANDED_OVER,
                                                 LOOP_MESSAGE_HANDED_OVER,
                                                 LOOP_MESSAGE_DELIVERED,
                                                 LOOP_MESSAGE_UNKNOWN,
                                                 LOOP_SEEN,
                                                 LOOP_ACCEPT,
                                                 LOOP_LIMITED,
                                                 LOOP_DECLINE};
    struct random *random = &f->random.super;
    const struct message *message =
        &now->messages[random_below(random, now->message_count)];
    const struct alert *alert = loop_find_alert(now, message->alert_id);
    /* Most often one of the first four, so that much comes before it is read. */
    size_t range = random_below(random, 4) == 0 ? COUNT_OF(kinds) : 4;
    struct loop_input input = {.kind = kinds[random_below(random, range)]};
    bool to_message =
        input.kind <= LOOP_MESSAGE_UNKNOWN && input.kind >= LOOP_MESSAGE_SENDING;
    input.id = to_message ? message->id : alert->id;
    input.actor = to_message ? 0 : -alert->person_id;
    if (input.kind == LOOP_SEEN && alert->seen_ms != 0)
        return false; /* no event tells what is read a second time */
    int status =
        fixture_step(f, to_message ? STAGE_MESSAGE : STAGE_ALERT, input.id, &input, NULL);
    assert_true(status == ST_OK || status == ST_CONFLICT);
    return true;
}

/* A call-out of many; its incident. */
static int64_t call_many(struct fixture *f)
{
    int64_t incident = fixture_report(f, false), callout;
    assert_int_equal(fixture_callout(f, fixture_need(f, incident, 30), 101, 40, &callout),
                     ST_OK);
    return incident;
}

/* What has been read is not written to messages' rows, but follows from their alerts':
 * read again it is as it was, and as the events alone tell it. */
static void what_was_read(void **state)
{
    struct fixture *f = *state;
    const int64_t incident = call_many(f);
    uint32_t read = 0, unread = 0;
    for (int i = 0; i < 1200; i++) {
        struct loop_incident now = {0};
        assert_int_equal(writer_snapshot(f->writer, STAGE_INCIDENT, incident, &now),
                         ST_OK);
        if (i % 200 == 199)
            compare_with_rows(f, &now);
        (void)anything(f, &now);
        loop_incident_release(&now);
    }
    struct loop_incident now = {0};
    struct replay replay;
    assert_int_equal(writer_snapshot(f->writer, STAGE_INCIDENT, incident, &now), ST_OK);
    struct db *db = fixture_reader(f);
    assert_int_equal(history_read(db, incident, INT64_MAX, &replay, &f->diag), ST_OK);
    for (uint32_t i = 0; i < replay.incident.message_count; i++) {
        const struct message *told = &replay.incident.messages[i];
        const struct message *message = loop_find_message(&now, told->id);
        read += message->state == MESSAGE_READ;
        unread += message->state == MESSAGE_HANDED_OVER;
        if (message->state != MESSAGE_WITHDRAWN) /* see replay.h */
            assert_int_equal(told->state, message->state);
    }
    if (read <= 10 || unread == 0)
        fail_msg("%u read, %u not", read, unread);
    assert_true(fixture_number(f, "SELECT count(*) FROM message WHERE state = 'read'") ==
                0);
    replay_release(&replay);
    loop_incident_release(&now);
    db_close(db);
}

/* Whether IDS, ascending, name every alert that is in NOW as it was not BEFORE, or of
 * which a message is. */
static void expect_named(const struct loop_incident *before,
                         const struct loop_incident *now, const int64_t *ids,
                         int32_t count)
{
    for (uint32_t i = 0; i < now->alert_count; i++) {
        const struct alert *alert = &now->alerts[i];
        bool named = false, other = memcmp(alert, &before->alerts[i], sizeof *alert) != 0;
        for (int32_t k = 0; k < count; k++)
            named |= ids[k] == alert->id;
        for (uint32_t k = 0; k < now->message_count; k++)
            other |= now->messages[k].alert_id == alert->id &&
                     (k >= before->message_count ||
                      now->messages[k].state != before->messages[k].state);
        assert_true(named || !other);
    }
    for (int32_t k = 1; k < count; k++)
        assert_true(ids[k] > ids[k - 1]);
}

/* Whoever knows an incident as it stood at a position is told whatever has changed. */
static void what_has_changed(void **state)
{
    struct fixture *f = *state;
    const int64_t incident = call_many(f);
    struct read_incident row;
    struct loop_incident before = {0};
    int64_t ids[HISTORY_TOUCHED_MAX];
    int32_t count, named = 0;
    struct db *db = fixture_reader(f);
    assert_int_equal(read_incident(db, incident, &row), ST_OK);
    int64_t since = row.last_position;
    assert_int_equal(writer_snapshot(f->writer, STAGE_INCIDENT, incident, &before),
                     ST_OK);
    for (int i = 0; i < 400; i++) {
        struct loop_incident now = {0};
        (void)anything(f, &before);
        if (i % 3 != 0) /* sometimes one thing, sometimes several */
            continue;
        assert_int_equal(writer_snapshot(f->writer, STAGE_INCIDENT, incident, &now),
                         ST_OK);
        assert_int_equal(read_incident(db, incident, &row), ST_OK);
        assert_int_equal(history_touched(db, &row, since, ids, &count), ST_OK);
        expect_named(&before, &now, ids, count);
        named += count;
        since = row.last_position;
        loop_incident_release(&before);
        before = now;
    }
    assert_true(named > 100 && named < 400);
    assert_int_equal(history_touched(db, &row, since, ids, &count), ST_OK);
    assert_int_equal(count, 0);
    loop_incident_release(&before);
    db_close(db);
}

/* Every allocation fails once. */
static void memory(void **state)
{
    struct fixture *f = *state;
    struct story story;
    tell_story(&story, f);
    struct replay replay;
    struct db *db = fixture_reader(f);
    int status = ST_NO_MEMORY;
    uint64_t n = 0;
    while (status == ST_NO_MEMORY) {
        mem_fail_at(++n);
        status = history_read(db, story.incident, INT64_MAX, &replay, &f->diag);
        mem_fail_at(0);
    }
    assert_int_equal(status, ST_OK);
    assert_true(n > 5);
    replay_release(&replay);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_moment, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(facts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_was_read, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_has_changed, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(memory, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
