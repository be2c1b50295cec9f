/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a course is offered to: who lacks what it gives and lives there, in which order,
 * how many, who is left in peace; and what becomes of the message. */
#include "fixture.h"

#include "store/invite.h"
#include "store/notice.h"
#include "store/outbox.h"
#include "store/people.h"
#include "store/places.h"

#define ROOT 77
#define TOWN 78
#define ELSEWHERE 79
#define PEOPLE 8
#define STARTS_MS (NOW_MS + 10 * TIME_DAY_MS) /* 2025-12-03 */

static const struct who {
    int64_t area;
    const char *skills, *certificates;
    bool suspended;
} who[PEOPLE] = {
    {TOWN, "", "", false},
    {TOWN, "diving", "diving:2025-12-31", false}, /* ends soon */
    {TOWN, "diving", "diving:2027-12-31", false}, /* lasts */
    {ELSEWHERE, "", "", false},
    {TOWN, "", "", true},
    {TOWN, "diving", "", false}, /* has lost it */
    {TOWN, "first-aid", "", false},
    {0, "", "", false}, /* of no area: the whole instance's */
};

struct world {
    struct fixture store;
    struct skill_table skills;
    int64_t people[PEOPLE];
    struct course course;
    struct invite_plan plan;
    struct invite invite;
    int64_t person_id; /* of a change */
    bool signs_up;
};

static int put_person(struct world *world, struct writer *writer, int i, int64_t now_ms,
                      struct diag *reterr)
{
    AUTO_FREE struct person *person = fixture_person(i);
    person->has |= PERSON_HAS_AREA | PERSON_HAS_SKILLS | PERSON_HAS_CERTIFICATES |
                   PERSON_HAS_SUSPENDED | PERSON_HAS_BIRTH;
    person->crowd.birth_day = INT32_MIN;
    person->crowd.area = who[i].area;
    person->crowd.suspended = who[i].suspended;
    if (*who[i].skills != '\0')
        skill_set_add(&person->crowd.skills,
                      (uint32_t)skill_find(&world->skills, who[i].skills));
    if (*who[i].certificates != '\0')
        assert_true(crowd_read_certificate(
            &world->skills, who[i].certificates,
            &person->crowd.certificates[person->crowd.certificate_count++]));
    const int status = person_put(writer, person, 1, now_ms, reterr);
    world->people[i] = person->crowd.id;
    return status;
}

static int run_course(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    struct world *world = context;
    world->course = (struct course){.area_id = TOWN,
                                    .starts_ms = now_ms + (STARTS_MS - NOW_MS),
                                    .minutes = 60,
                                    .seats = 2,
                                    .made_by = 1,
                                    .title = "Diving",
                                    .skills = "diving"};
    return course_put(writer, &world->course, now_ms, reterr);
}

static int prepare(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct world *world = context;
    skill_table_init(&world->skills);
    int status = fixture_area(writer, ROOT, "root", 0);
    if (status == ST_OK)
        status = fixture_area(writer, TOWN, "town", ROOT);
    if (status == ST_OK)
        status = fixture_area(writer, ELSEWHERE, "elsewhere", ROOT);
    if (status == ST_OK)
        status = skills_store(writer, &world->skills, 1, now_ms);
    for (int i = 0; i < PEOPLE && status == ST_OK; i++)
        status = put_person(world, writer, i, now_ms, reterr);
    return status == ST_OK ? run_course(world, writer, now_ms, reterr) : status;
}

static int call(struct world *world, int (*run)(void *context, struct writer *writer,
                                                int64_t now_ms, struct diag *reterr))
{
    return command_call(world->store.writer, run, world, &world->store.diag);
}

static int setup(void **state)
{
    (void)fixture_setup_of(state, sizeof(struct world));
    return call(*state, prepare);
}

static int teardown(void **state)
{
    invite_plan_release(&((struct world *)*state)->plan);
    return fixture_verify_teardown(state);
}

static int run_invite(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    struct world *world = context;
    return invite_run(writer, &world->invite, 1, now_ms, reterr);
}

static int run_sign(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct world *world = context;
    return course_sign(writer, world->course.id, world->person_id, world->signs_up,
                       -world->person_id, now_ms, reterr);
}

static int run_erase(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    (void)reterr;
    return person_erase(writer, ((struct world *)context)->person_id, 1, now_ms);
}

static int run_phones(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    (void)context;
    int status = ST_OK;
    for (int i = 0; i < PEOPLE && status == ST_OK; i++) {
        AUTO_FREE struct person *person = mem_calloc(1, sizeof *person);
        (void)snprintf(person->crowd.number, sizeof person->crowd.number, "P%d", i);
        (void)snprintf(person->phone, sizeof person->phone, "1990000%04d", i);
        person->has = PERSON_HAS_PHONE;
        status = person_put(writer, person, 1, now_ms, reterr);
    }
    return status;
}

static int run_cancel(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    return course_cancel(writer, ((struct world *)context)->course.id, 1, now_ms, reterr);
}

static int run_move(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct course_move move = {.place = "Library"};
    return course_move(writer, ((struct world *)context)->course.id, &move, 1, now_ms,
                       reterr);
}

static void sign(struct world *world, int person, bool signs_up)
{
    world->person_id = world->people[person];
    world->signs_up = signs_up;
    assert_int_equal(call(world, run_sign), ST_OK);
}

static const struct invite_plan *plan(struct world *world)
{
    invite_plan_release(&world->plan);
    struct db *db = fixture_reader(&world->store);
    assert_int_equal(course_read(db, world->course.id, &world->course), ST_OK);
    assert_int_equal(
        invite_plan_make(&world->plan, db, &world->course, world->store.clock.now_ms),
        ST_OK);
    db_close(db);
    return &world->plan;
}

static uint32_t invite(struct world *world, uint32_t wanted)
{
    const struct invite_plan *all = plan(world);
    world->invite =
        (struct invite){world->course.id, all->people, all->count, wanted, .invited = 0};
    assert_int_equal(call(world, run_invite), ST_OK);
    return world->invite.invited;
}

static bool is_in(const struct world *world, uint32_t from, uint32_t to, int person)
{
    for (uint32_t i = from; i < to; i++)
        if (world->plan.people[i] == world->people[person])
            return true;
    return false;
}

static uint32_t take(struct world *world, struct outbox_take *ret)
{
    outbox_take_init(ret, CHANNEL_FILE, 10);
    assert_int_equal(writer_call(world->store.writer, &ret->command), ST_OK);
    return ret->count;
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

/* Of the town, without the skill or only until soon; who renews comes first. */
static void who_could_be(void **state)
{
    struct world *world = *state;
    assert_int_equal(plan(world)->count, 4);
    assert_int_equal(world->plan.renewing, 2);
    assert_true(is_in(world, 0, 2, 1) && is_in(world, 0, 2, 5));
    assert_true(is_in(world, 2, 4, 0) && is_in(world, 2, 4, 6));
    const int64_t third = world->plan.people[2];
    assert_int_equal(plan(world)->people[2], third); /* the lot is the same each time */
    sign(world, 0, true);
    assert_int_equal(plan(world)->count, 3);
    sign(world, 0, false);
    assert_int_equal(plan(world)->count, 3); /* has said no */
}

/* One in ten at first, then what the year says; nobody once the seats are taken. */
static void how_many(void **state)
{
    struct world *world = *state;
    assert_true(plan(world)->share == 0.1);
    assert_int_equal(world->plan.proposed, 4); /* 20 are wanted, and are not there */
    assert_int_equal(invite(world, 1), 1);
    const int first = is_in(world, 0, 1, 1) ? 1 : 5;
    assert_int_equal(plan(world)->invited, 1);
    assert_true(world->plan.share == 0.1); /* it is too soon to say */
    sign(world, first, true);
    assert_int_equal(plan(world)->came, 1);
    assert_true(world->plan.share == 3.0 / 21);
    assert_int_equal(invite(world, 1), 1);
    world->store.clock.now_ms += 4 * TIME_DAY_MS;
    assert_true(plan(world)->share == 3.0 / 22);
    sign(world, 0, true);
    assert_int_equal(plan(world)->proposed, 0);
    world->invite.wanted = 1;
    assert_int_equal(call(world, run_invite), ST_CONFLICT);
    assert_string_equal(world->store.diag.where, "seats");
}

/* Nobody twice in thirty days, and nobody who let three pass in a year. */
static void left_in_peace(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < INVITE_UNANSWERED_MAX; i++) {
        assert_int_equal(invite(world, 10), 4);
        assert_int_equal(plan(world)->count, 0);
        assert_int_equal(call(world, run_course), ST_OK);
        assert_int_equal(plan(world)->count, 0); /* another course, as soon */
        world->store.clock.now_ms += (INVITE_REST_DAYS + 1) * TIME_DAY_MS;
        assert_int_equal(call(world, run_course), ST_OK);
    }
    assert_int_equal(plan(world)->count, 0);
    world->store.clock.now_ms += 365 * TIME_DAY_MS;
    assert_int_equal(call(world, run_course), ST_OK);
    assert_int_equal(plan(world)->count, 4);
}

/* The message goes out while it makes sense, after a move too, and to nobody twice. */
static void what_becomes_of_it(void **state)
{
    struct world *world = *state;
    struct outbox_take taken;
    plan(world);
    world->person_id = world->plan.people[0]; /* gone since the plan was made */
    assert_int_equal(call(world, run_erase), ST_OK);
    world->invite = (struct invite){world->course.id, world->plan.people,
                                    world->plan.count, 2, .invited = 0};
    assert_int_equal(call(world, run_invite), ST_OK);
    assert_int_equal(world->invite.invited, 2); /* the next ones instead */
    assert_int_equal(call(world, run_invite), ST_OK);
    assert_int_equal(world->invite.invited, 1); /* who is left */
    assert_int_equal(call(world, run_move), ST_OK);
    assert_int_equal(take(world, &taken), 3);
    assert_int_equal(taken.items[0].kind, MESSAGE_KIND_COURSE_INVITED);
    assert_string_equal(taken.items[0].course->place, "Library");
    outbox_take_release(&taken);
    assert_int_equal(state_of(world, 0), COURSE_INVITED);
    sign(world, 0, true);
    assert_int_equal(state_of(world, 0), COURSE_SIGNED_UP);
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM event"
                                                   " WHERE kind = 'course.invited'"),
                     3);
}

/* Waits for the morning; by then it is off, or full. */
static void not_any_more(void **state)
{
    struct world *world = *state;
    struct outbox_take taken;
    assert_true(time_parse("2025-11-23T23:10:00+08:00", &world->store.clock.now_ms));
    assert_int_equal(invite(world, 10), 4);
    assert_int_equal(take(world, &taken), 0);
    assert_true(time_parse("2025-11-24T06:00:00+08:00", &world->store.clock.now_ms));
    sign(world, 0, true);
    sign(world, 6, true);
    assert_int_equal(take(world, &taken), 0);
    outbox_take_release(&taken);
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM notice"
                                                   " WHERE kind = 'course_invited'"
                                                   " AND state = 'withdrawn'"),
                     4);
    sign(world, 0, false);
    assert_int_equal(plan(world)->count, 2); /* they have never heard of it */
    assert_int_equal(state_of(world, 1), COURSE_PERSON_STATE_COUNT);
    assert_int_equal(invite(world, 10), 2);
    assert_int_equal(take(world, &taken), 2);
    outbox_take_release(&taken);
    assert_int_equal(call(world, run_cancel), ST_OK);
    assert_int_equal(call(world, run_invite), ST_CONFLICT);
}

/* No machine calls anybody up to offer a course. */
static void no_calls(void **state)
{
    struct world *world = *state;
    const enum channel_kind ladder[] = {CHANNEL_SMS, CHANNEL_FILE, CHANNEL_WEBHOOK,
                                        CHANNEL_SMS};
    assert_int_equal(call(world, run_phones), ST_OK);
    assert_int_equal(invite(world, 1), 1);
    for (size_t i = 0; i < COUNT_OF(ladder); i++) {
        struct outbox_take taken;
        outbox_take_init(&taken, ladder[i], 10);
        assert_int_equal(writer_call(world->store.writer, &taken.command), ST_OK);
        for (uint32_t k = 0; k < taken.count; k++) {
            struct outbox_result result = {.message_id = taken.items[k].id,
                                           .outcome = OUTBOX_FAILED};
            struct outbox_report told;
            outbox_report_init(&told, &result, 1);
            assert_int_equal(writer_call(world->store.writer, &told.command), ST_OK);
        }
        outbox_take_release(&taken);
    }
    assert_int_equal(fixture_number(&world->store,
                                    "SELECT count(*) FROM notice"
                                    " WHERE channel = 'voice' OR state <> 'failed'"),
                     0);
    assert_true(fixture_number(&world->store, "SELECT count(*) FROM notice") > 1);
    world->store.clock.now_ms += 4 * TIME_DAY_MS;
    assert_int_equal(plan(world)->invited, 0); /* nobody was reached */
    assert_int_equal(plan(world)->count, 3);   /* and not tried again for this one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_could_be, setup, teardown),
        cmocka_unit_test_setup_teardown(how_many, setup, teardown),
        cmocka_unit_test_setup_teardown(left_in_peace, setup, teardown),
        cmocka_unit_test_setup_teardown(what_becomes_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(not_any_more, setup, teardown),
        cmocka_unit_test_setup_teardown(no_calls, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
