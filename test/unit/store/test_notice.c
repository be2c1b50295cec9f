/* SPDX-License-Identifier: Apache-2.0 */
/* What those who signed up for a course are told: by which channel, when, what becomes of
 * it, and what is told no more. */
#include "fixture.h"

#include "store/notice.h"
#include "store/people.h"

#define ROOT 77
#define PEOPLE 3
#define STARTS_MS (NOW_MS + 5 * TIME_DAY_MS)

/* P0 has the night of everybody, P1 one of their own, P2 none. */
static const char *const nights[PEOPLE] = {"", "20:00-09:30", "none"};

struct world {
    struct fixture store;
    int64_t people[PEOPLE];
    struct course course;
    struct course_move move;
    struct notice last;
};

static int put_person_of(struct world *world, struct writer *writer, int i,
                         int64_t now_ms, struct diag *reterr)
{
    AUTO_FREE struct person *person = fixture_person(i);
    (void)snprintf(person->quiet, sizeof person->quiet, "%s", nights[i]);
    person->has |= PERSON_HAS_QUIET;
    const int status = person_put(writer, person, 1, now_ms, reterr);
    world->people[i] = person->crowd.id;
    return status;
}

static int prepare(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct world *world = context;
    int status = fixture_area(writer, ROOT, "root", 0);
    for (int i = 0; i < PEOPLE && status == ST_OK; i++)
        status = put_person_of(world, writer, i, now_ms, reterr);
    world->course = (struct course){.area_id = ROOT,
                                    .starts_ms = STARTS_MS,
                                    .minutes = 60,
                                    .seats = PEOPLE,
                                    .made_by = 1,
                                    .title = "First aid",
                                    .place = "Town hall",
                                    .skills = "first-aid"};
    return status == ST_OK ? course_put(writer, &world->course, now_ms, reterr) : status;
}

static int setup(void **state)
{
    (void)fixture_setup_of(state, sizeof(struct world));
    struct world *world = *state;
    return command_call(world->store.writer, prepare, world, &world->store.diag);
}

struct change {
    const struct world *world;
    int64_t person_id;
    bool signs_up;
};

static int run_sign(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct change *change = context;
    return course_sign(writer, change->world->course.id, change->person_id,
                       change->signs_up, 1, now_ms, reterr);
}

static int run_cancel(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    return course_cancel(writer, ((struct world *)context)->course.id, 1, now_ms, reterr);
}

static int run_move(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct world *world = context;
    return course_move(writer, world->course.id, &world->move, 1, now_ms, reterr);
}

static void sign(struct world *world, int person, bool signs_up)
{
    struct change change = {world, world->people[person], signs_up};
    assert_int_equal(
        command_call(world->store.writer, run_sign, &change, &world->store.diag), ST_OK);
}

static void run(struct world *world, int (*change)(void *context, struct writer *writer,
                                                   int64_t now_ms, struct diag *reterr))
{
    assert_int_equal(command_call(world->store.writer, change, world, &world->store.diag),
                     ST_OK);
}

static uint32_t take(struct world *world, enum channel_kind channel,
                     struct outbox_take *ret)
{
    outbox_take_init(ret, channel, 10);
    assert_int_equal(writer_call(world->store.writer, &ret->command), ST_OK);
    return ret->count;
}

static uint32_t report(struct world *world, int64_t id, enum outbox_outcome outcome)
{
    struct outbox_result result = {.message_id = id, .outcome = outcome};
    struct outbox_report told;
    outbox_report_init(&told, &result, 1);
    assert_int_equal(writer_call(world->store.writer, &told.command), ST_OK);
    return told.applied;
}

static const struct notice *last_of(struct world *world, int person)
{
    struct db *db = fixture_reader(&world->store);
    const int status =
        notice_of(db, world->course.id, world->people[person], &world->last);
    db_close(db);
    return status == ST_NOT_FOUND ? NULL : &world->last;
}

static void at(struct world *world, const char *when)
{
    assert_true(time_parse(when, &world->store.clock.now_ms));
}

/* Who has a seat is told at once, by day; the receipt; the note; and nobody else. */
static void cancelled(void **state)
{
    struct world *world = *state;
    struct outbox_take taken;
    sign(world, 0, true);
    sign(world, 1, true);
    sign(world, 1, false);
    run(world, run_cancel);
    assert_int_equal(world->store.outbox > 0, true); /* the channels are woken */
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    const struct outbox_item *item = &taken.items[0];
    const int64_t id = item->id;
    assert_int_equal(item->kind, MESSAGE_KIND_COURSE_CANCELLED);
    assert_string_equal(item->to.number, "P0");
    assert_string_equal(item->course->title, "First aid");
    assert_int_equal(item->deadline_ms, STARTS_MS);
    assert_int_equal(taken.next_due_ms, INT64_MAX); /* nor is anybody reminded */
    outbox_take_release(&taken);
    /* Nobody knows whether it went out: again, and it says so. */
    fixture_close(&world->store);
    fixture_open(&world->store);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    assert_int_equal(taken.items[0].id, id);
    assert_true(taken.items[0].perhaps_twice);
    outbox_take_release(&taken);
    assert_int_equal(report(world, id, OUTBOX_HANDED_OVER), 1);
    assert_int_equal(report(world, id, OUTBOX_DELIVERED), 1);
    assert_int_equal(report(world, id, OUTBOX_DELIVERED), 0);
    assert_int_equal(last_of(world, 0)->state, MESSAGE_DELIVERED);
    assert_string_equal(last_of(world, 0)->channel, "file");
    assert_null(last_of(world, 1));
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM event"
                                                   " WHERE kind = 'course.told'"),
                     1);
}

/* Each failure goes on to the next channel; behind the last one somebody has to call. */
static void next_channel(void **state)
{
    struct world *world = *state;
    struct outbox_take taken;
    const enum channel_kind ladder[] = {CHANNEL_FILE, CHANNEL_WEBHOOK};
    sign(world, 0, true);
    run(world, run_cancel);
    for (size_t i = 0; i < COUNT_OF(ladder); i++) {
        assert_int_equal(take(world, ladder[i], &taken), 1);
        assert_int_equal(report(world, taken.items[0].id, OUTBOX_FAILED), 1);
        outbox_take_release(&taken);
    }
    assert_int_equal(take(world, CHANNEL_EMAIL, &taken), 0); /* has no address */
    outbox_take_release(&taken);
    assert_int_equal(last_of(world, 0)->state, MESSAGE_FAILED);
    assert_string_equal(last_of(world, 0)->channel, "webhook");
}

/* At night it waits for the morning, but for who has none, and where that is too late. */
static void quiet(void **state)
{
    struct world *world = *state;
    struct outbox_take taken;
    for (int i = 0; i < PEOPLE; i++)
        sign(world, i, true);
    at(world, "2025-11-23T23:10:20+08:00");
    world->move.place = "Library";
    run(world, run_move);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    assert_string_equal(taken.items[0].to.number, "P2");
    outbox_take_release(&taken);
    at(world, "2025-11-24T05:59:59+08:00");
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 0);
    assert_int_equal(last_of(world, 0)->state, MESSAGE_QUEUED);
    at(world, "2025-11-24T06:00:00+08:00");
    assert_int_equal(last_of(world, 0)->at_ms, world->store.clock.now_ms);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    assert_string_equal(taken.items[0].to.number, "P0");
    outbox_take_release(&taken);
    at(world, "2025-11-24T09:30:00+08:00");
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    assert_string_equal(taken.items[0].to.number, "P1");
    outbox_take_release(&taken);
    at(world, "2025-11-24T23:10:00+08:00"); /* P1 would hear of it half an hour before */
    assert_true(time_parse("2025-11-25T10:00:00+08:00", &world->move.starts_ms));
    run(world, run_move);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 2);
    outbox_take_release(&taken);
}

/* The day before it begins, wherever it was moved to; not who signed off. */
static void reminder(void **state)
{
    struct world *world = *state;
    struct outbox_take taken;
    sign(world, 0, true);
    sign(world, 2, true);
    assert_null(last_of(world, 0)); /* to come is not told */
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 0);
    assert_int_equal(taken.next_due_ms, STARTS_MS - TIME_DAY_MS);
    world->move.starts_ms = STARTS_MS + TIME_DAY_MS;
    run(world, run_move);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 2);
    assert_int_equal(taken.items[0].kind, MESSAGE_KIND_COURSE_MOVED);
    assert_int_equal(taken.next_due_ms, STARTS_MS);
    outbox_take_release(&taken);
    sign(world, 0, false);
    world->store.clock.now_ms = STARTS_MS;
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    assert_int_equal(taken.items[0].kind, MESSAGE_KIND_COURSE_REMINDER);
    assert_string_equal(taken.items[0].to.number, "P2");
    outbox_take_release(&taken);
    /* Longer alone is told to nobody; so is what nothing follows from. */
    world->move = (struct course_move){.minutes = 90};
    run(world, run_move);
    world->move = (struct course_move){.place = "Town hall"};
    run(world, run_move);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 0);
    outbox_take_release(&taken);
}

/* A channel that was down until it had begun: nobody is told any more. */
static void too_late(void **state)
{
    struct world *world = *state;
    struct outbox_take taken;
    sign(world, 0, true);
    world->move.place = "Library";
    run(world, run_move);
    world->store.clock.now_ms = STARTS_MS;
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 0);
    assert_int_equal(taken.next_due_ms, INT64_MAX);
    outbox_take_release(&taken);
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM notice"
                                                   " WHERE state = 'withdrawn'"),
                     3); /* the reminder of before, the word of the move, the new one */
}

static int find_retired(void *context, const struct course_person *person)
{
    *(int *)context += person->retired && strcmp(person->number, "P0") == 0;
    return 0;
}

/* Who has left (a file said so) is told nothing any more, and the office sees who. */
static void left(void **state)
{
    struct world *world = *state;
    struct outbox_take taken;
    struct db *db;
    int count = 0;
    sign(world, 0, true);
    sign(world, 2, true);
    engine_run(world->store.db_path, "UPDATE person SET retired = 1 WHERE number = 'P0'");
    world->store.clock.now_ms = STARTS_MS - TIME_DAY_MS;
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1); /* the reminder */
    assert_string_equal(taken.items[0].to.number, "P2");
    outbox_take_release(&taken);
    run(world, run_cancel);
    assert_int_equal(take(world, CHANNEL_FILE, &taken), 1);
    assert_string_equal(taken.items[0].to.number, "P2");
    outbox_take_release(&taken);
    assert_int_equal(last_of(world, 0)->state, MESSAGE_FAILED); /* by no channel */
    assert_int_equal(db_open(&db, world->store.db_path, DB_READ, NULL), ST_OK);
    assert_int_equal(course_people_each(db, world->course.id, find_retired, &count), 0);
    db_close(db);
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cancelled, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(next_channel, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(quiet, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(reminder, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(too_late, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(left, setup, fixture_verify_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
