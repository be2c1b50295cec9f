/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for a seat of a full course: whose turn it is, who is passed over, what they
 * are told and when, and by what a seat becomes free. */
#include "fixture.h"

#include "store/outbox.h"
#include "store/people.h"
#include "store/places.h"
#include "store/waiting.h"

#define ROOT 77
#define PEOPLE 5
#define HOLDER 0 /* has the only seat at first */
#define RENEWER 3
#define STARTS_MS (NOW_MS + 10 * TIME_DAY_MS)

struct world {
    struct fixture store;
    struct skill_table skills;
    int64_t people[PEOPLE];
    struct course course;
    struct course_move move;
};

static int run_course(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    struct world *world = context;
    world->course = (struct course){.area_id = ROOT,
                                    .starts_ms = STARTS_MS,
                                    .minutes = 60,
                                    .seats = 1,
                                    .made_by = 1,
                                    .title = "Diving",
                                    .skills = "diving"};
    return course_put(writer, &world->course, now_ms, reterr);
}

static int put_person(struct world *world, struct writer *writer, int i, int64_t now_ms,
                      struct diag *reterr)
{
    AUTO_FREE struct person *person = fixture_person(i);
    if (i == RENEWER) { /* whose certificate is not on file any more */
        person->has |= PERSON_HAS_SKILLS;
        skill_set_add(&person->crowd.skills,
                      (uint32_t)skill_find(&world->skills, "diving"));
    }
    const int status = person_put(writer, person, 1, now_ms, reterr);
    world->people[i] = person->crowd.id;
    return status;
}

static int prepare(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct world *world = context;
    int status = fixture_area(writer, ROOT, "root", 0);
    skill_table_init(&world->skills);
    if (status == ST_OK)
        status = skills_store(writer, &world->skills, 1, now_ms);
    for (int i = 0; i < PEOPLE && status == ST_OK; i++)
        status = put_person(world, writer, i, now_ms, reterr);
    return status == ST_OK ? run_course(world, writer, now_ms, reterr) : status;
}

struct change {
    struct world *world;
    int64_t course_id, person_id, other_id;
    bool signs_up;
};

static int run_sign(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct change *change = context;
    return course_sign(writer, change->course_id, change->person_id, change->signs_up,
                       -change->person_id, now_ms, reterr);
}

static int run_ask(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    const struct change *change = context;
    return waiting_ask(writer, change->course_id, change->person_id, -change->person_id,
                       now_ms, reterr);
}

static int run_erase(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    (void)reterr;
    return person_erase(writer, ((struct change *)context)->person_id, 1, now_ms);
}

static int run_merge(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    const struct change *change = context;
    return person_merge(writer, change->person_id, change->other_id, 1, now_ms, reterr);
}

static int run_suspend(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)context;
    AUTO_FREE struct person *person = mem_calloc(1, sizeof *person);
    (void)snprintf(person->crowd.number, sizeof person->crowd.number, "P%d", RENEWER);
    person->crowd.suspended = true;
    person->has = PERSON_HAS_SUSPENDED;
    return person_put(writer, person, 1, now_ms, reterr);
}

static int run_move(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct change *change = context;
    return course_move(writer, change->course_id, &change->world->move, 1, now_ms,
                       reterr);
}

static int run_cancel(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    return course_cancel(writer, ((struct change *)context)->course_id, 1, now_ms,
                         reterr);
}

typedef int run_function(void *context, struct writer *writer, int64_t now_ms,
                         struct diag *reterr);
static int attempt(struct world *world, run_function *run, int person, bool signs_up)
{
    struct change change = {.world = world,
                            .course_id = world->course.id,
                            .person_id = world->people[person],
                            .other_id = world->people[(person + 1) % PEOPLE],
                            .signs_up = signs_up};
    return command_call(world->store.writer, run, &change, &world->store.diag);
}

static void change(struct world *world, run_function *run, int person, bool signs_up)
{
    assert_int_equal(attempt(world, run, person, signs_up), ST_OK);
    world->store.clock.now_ms += TIME_MINUTE_MS;
}

/* The HOLDER has the seat, the others but the last have asked, a minute apart. */
static int setup(void **state)
{
    (void)fixture_setup_of(state, sizeof(struct world));
    struct world *world = *state;
    assert_int_equal(
        command_call(world->store.writer, prepare, world, &world->store.diag), ST_OK);
    change(world, run_sign, HOLDER, true);
    for (int i = HOLDER + 1; i <= RENEWER; i++)
        change(world, run_ask, i, true);
    return 0;
}

static enum course_person_state state_of(struct world *world, int person)
{
    enum course_person_state ret = COURSE_PERSON_STATE_COUNT;
    struct db *db = fixture_reader(&world->store);
    const int status =
        course_person_state(db, world->course.id, world->people[person], &ret);
    assert_true(status == ST_OK || status == ST_NOT_FOUND);
    db_close(db);
    return ret;
}

static void read_list(struct world *world, struct db *db, const struct course *course,
                      const struct loop_config *ladder, struct waiting_list *ret)
{
    assert_int_equal(
        waiting_read(ret, db, world->store.vault, ladder, &world->skills, course), ST_OK);
}

/* The person at each place of the list, then -1. */
static void assert_list(struct world *world, const int *wanted)
{
    struct waiting_list list;
    struct db *db = fixture_reader(&world->store);
    assert_int_equal(course_read(db, world->course.id, &world->course), ST_OK);
    read_list(world, db, &world->course, writer_loop(world->store.writer), &list);
    db_close(db);
    uint32_t count = 0;
    for (; wanted[count] >= 0; count++)
        assert_int_equal(waiting_ahead_of(&list, world->people[wanted[count]]), count);
    assert_int_equal(list.count, count);
    assert_int_equal(world->course.waiting, count);
}

/* Takes what is to be sent now: how many, and to whom the first. */
static uint32_t take(struct world *world, enum message_kind kind, char ret_number[32])
{
    struct outbox_take taken;
    outbox_take_init(&taken, CHANNEL_FILE, 10);
    assert_int_equal(writer_call(world->store.writer, &taken.command), ST_OK);
    const uint32_t count = taken.count;
    if (count > 0)
        assert_int_equal(taken.items[0].kind, kind);
    (void)snprintf(ret_number, 32, "%s", count == 0 ? "" : taken.items[0].to.number);
    outbox_take_release(&taken);
    return count;
}

static void assert_told(struct world *world, int person)
{
    char number[32], wanted[8];
    (void)snprintf(wanted, sizeof wanted, "P%d", person);
    assert_int_equal(take(world, MESSAGE_KIND_COURSE_SEAT, number), 1);
    assert_string_equal(number, wanted);
    assert_int_equal(state_of(world, person), COURSE_SIGNED_UP);
}

static void assert_nobody_told(struct world *world)
{
    char number[32];
    assert_int_equal(take(world, MESSAGE_KIND_COURSE_SEAT, number), 0);
}

/* Who renews first, then who asked first; who is given a seat can give it back. */
static void in_turn(void **state)
{
    struct world *world = *state;
    assert_list(world, (const int[]){RENEWER, 1, 2, -1});
    assert_int_equal(attempt(world, run_sign, 1, true), ST_CONFLICT);
    change(world, run_ask, 1, true); /* again: no new place */
    assert_list(world, (const int[]){RENEWER, 1, 2, -1});
    change(world, run_sign, HOLDER, false);
    assert_told(world, RENEWER);
    change(world, run_ask, HOLDER, true); /* thinks better of it, and is the last */
    assert_list(world, (const int[]){1, 2, HOLDER, -1});
    change(world, run_sign, 2, false); /* leaves the list */
    change(world, run_sign, RENEWER, false);
    assert_told(world, 1);
    change(world, run_sign, 1, false);
    assert_told(world, HOLDER);
    change(world, run_sign, HOLDER, false);
    assert_nobody_told(world);
    change(world, run_ask, 2, true); /* a seat is free: it is taken */
    assert_int_equal(state_of(world, 2), COURSE_SIGNED_UP);
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM event"
                                                   " WHERE kind = 'course.waiting'"),
                     4);
}

/* At night it is theirs, and told in the morning; too late for that: nobody's. */
static void not_at_night(void **state)
{
    struct world *world = *state;
    world->store.clock.now_ms = NOW_MS + 11 * TIME_HOUR_MS;
    change(world, run_sign, HOLDER, false);
    assert_int_equal(state_of(world, RENEWER), COURSE_SIGNED_UP);
    assert_nobody_told(world);
    world->store.clock.now_ms = NOW_MS + 18 * TIME_HOUR_MS;
    assert_told(world, RENEWER);
    world->move = (struct course_move){.starts_ms = STARTS_MS - 7 * TIME_HOUR_MS};
    change(world, run_move, HOLDER, true);                     /* to 5:00 */
    world->store.clock.now_ms = STARTS_MS - 37 * TIME_HOUR_MS; /* 23:00 */
    change(world, run_sign, RENEWER, false);
    assert_int_equal(state_of(world, 1), COURSE_WAITING);
    world->move = (struct course_move){.starts_ms = STARTS_MS + 2 * TIME_DAY_MS};
    change(world, run_move, HOLDER, true); /* it is ahead again */
    assert_int_equal(state_of(world, 1), COURSE_SIGNED_UP);
}

/* Less than a day before, the office telephones. */
static void a_day_before(void **state)
{
    struct world *world = *state;
    world->store.clock.now_ms = STARTS_MS - 24 * TIME_HOUR_MS + TIME_MINUTE_MS;
    change(world, run_sign, HOLDER, false);
    assert_nobody_told(world);
    change(world, run_sign, 2, true); /* a free seat is whose who takes it */
    world->store.clock.now_ms = STARTS_MS - 24 * TIME_HOUR_MS;
    change(world, run_sign, 2, false);
    assert_told(world, RENEWER);
}

static void passed_over(void **state)
{
    struct world *world = *state;
    const int64_t full = world->course.id;
    change(world, run_suspend, RENEWER, true);
    assert_int_equal(
        command_call(world->store.writer, run_course, world, &world->store.diag), ST_OK);
    change(world, run_sign, 1, true); /* has a seat in another one */
    world->course.id = full;
    change(world, run_sign, HOLDER, false);
    assert_told(world, 2);
    assert_list(world, (const int[]){RENEWER, 1, -1});
    struct waiting_list list;
    struct course course;
    struct db *db = writer_db(world->store.writer);
    assert_int_equal(course_read(db, full, &course), ST_OK);
    read_list(world, db, &course, writer_loop(world->store.writer), &list);
    assert_string_equal(waiting_bar_code(list.people[0].bar), "suspended");
    assert_string_equal(waiting_bar_code(list.people[1].bar), "elsewhere");
    assert_null(waiting_bar_code(WAITING_BAR_NONE));
}

/* A county that sends mail alone, and calls: a call has no link to give the seat back. */
static void by_no_channel(void **state)
{
    struct world *world = *state;
    const struct loop_config mail = {.ladder = {CHANNEL_EMAIL, CHANNEL_VOICE},
                                     .ladder_count = 2};
    struct waiting_list list;
    struct db *db = fixture_reader(&world->store);
    read_list(world, db, &world->course, writer_loop(world->store.writer), &list);
    assert_int_equal(list.people[0].bar, WAITING_BAR_NONE);
    read_list(world, db, &world->course, &mail, &list);
    assert_int_equal(list.count, 3);
    for (uint32_t i = 0; i < list.count; i++)
        assert_string_equal(waiting_bar_code(list.people[i].bar), "unreached");
    db_close(db);
}

/* A seat more, a person less. */
static void freed(void **state)
{
    struct world *world = *state;
    world->move = (struct course_move){.seats = 2};
    change(world, run_move, HOLDER, true);
    assert_told(world, RENEWER);
    change(world, run_erase, RENEWER, true);
    assert_told(world, 1);
    change(world, run_merge, HOLDER, true); /* with 1: two seats become one */
    assert_told(world, 2);
    change(world, run_ask, RENEWER + 1, true);
    assert_list(world, (const int[]){RENEWER + 1, -1});
    change(world, run_merge, RENEWER + 1, true); /* with the holder, who has a seat */
    assert_list(world, (const int[]){-1});
    assert_int_equal(state_of(world, RENEWER + 1), COURSE_SIGNED_UP);
}

/* Who waits does not go there either. */
static void off(void **state)
{
    struct world *world = *state;
    char number[32];
    change(world, run_cancel, HOLDER, true);
    assert_int_equal(take(world, MESSAGE_KIND_COURSE_CANCELLED, number), 4);
    assert_int_equal(attempt(world, run_ask, RENEWER + 1, true), ST_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(in_turn, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(not_at_night, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(a_day_before, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(passed_over, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(by_no_channel, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(freed, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(off, setup, fixture_verify_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
