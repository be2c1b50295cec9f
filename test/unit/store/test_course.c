/* SPDX-License-Identifier: Apache-2.0 */
/* Courses: seats, who may still sign up, results all or nothing, and how long the
 * certificates hold. */
#include "fixture.h"

#include "store/course.h"
#include "store/people.h"
#include "store/places.h"

#define ROOT 77
#define PEOPLE 4
#define MONTHS 6 /* that a diver's certificate holds here */

struct world {
    struct fixture store;
    struct skill_table skills;
    int64_t people[PEOPLE];
    struct course course;
};

struct change {
    struct world *world;
    int64_t person_id;
    bool signs_up, is_office;
    struct course_results results;
};

static int prepare(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct world *world = context;
    int status = fixture_area(writer, ROOT, "root", 0);
    skill_table_init(&world->skills);
    world->skills.skills[skill_find(&world->skills, "diving")].months = MONTHS;
    if (status == ST_OK)
        status = skills_store(writer, &world->skills, 1, now_ms);
    for (int i = 0; i < PEOPLE && status == ST_OK; i++) {
        AUTO_FREE struct person *person = fixture_person(i);
        status = person_put(writer, person, 1, now_ms, reterr);
        world->people[i] = person->crowd.id;
    }
    return status;
}

static int setup(void **state)
{
    (void)fixture_setup_of(state, sizeof(struct world));
    struct world *world = *state;
    return command_call(world->store.writer, prepare, world, &world->store.diag);
}

static int run_put(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    return course_put(writer, &((struct world *)context)->course, now_ms, reterr);
}

static int run_sign(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct change *change = context;
    return course_sign(writer, change->world->course.id, change->person_id,
                       change->signs_up, change->is_office ? 1 : -change->person_id,
                       now_ms, reterr);
}

static int run_results(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    const struct change *change = context;
    return course_give_results(writer, change->world->course.id, &change->results, 1,
                               now_ms, reterr);
}

static int run_cancel(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    return course_cancel(writer, ((struct world *)context)->course.id, 1, now_ms, reterr);
}

static void plan(struct world *world, int64_t starts_ms, int32_t seats)
{
    world->course = (struct course){.area_id = ROOT,
                                    .starts_ms = starts_ms,
                                    .minutes = 60,
                                    .seats = seats,
                                    .made_by = 1,
                                    .title = "Diving",
                                    .skills = "diving;radio;gone-since"};
    assert_int_equal(
        command_call(world->store.writer, run_put, world, &world->store.diag), ST_OK);
}

static int sign(struct world *world, int person, bool signs_up, bool is_office)
{
    struct change change = {.world = world,
                            .person_id = world->people[person],
                            .signs_up = signs_up,
                            .is_office = is_office};
    return command_call(world->store.writer, run_sign, &change, &world->store.diag);
}

static int give(struct world *world, const char *const *passed, uint32_t count)
{
    struct change change = {.world = world,
                            .results = {.passed = passed, .passed_count = count}};
    world->store.diag = (struct diag){0};
    return command_call(world->store.writer, run_results, &change, &world->store.diag);
}

static struct person *person_of(struct world *world, int person)
{
    struct person *ret = mem_alloc(sizeof *ret);
    struct db *db = fixture_reader(&world->store);
    assert_int_equal(person_by_id(db, NULL, &world->skills, world->people[person], ret),
                     ST_OK);
    db_close(db);
    return ret;
}

static void seats(void **state)
{
    struct world *world = *state;
    plan(world, NOW_MS + 1000, 2);
    assert_int_equal(sign(world, 0, true, false), ST_OK);
    assert_int_equal(sign(world, 0, true, false), ST_OK);
    assert_int_equal(sign(world, 1, true, false), ST_OK);
    assert_int_equal(sign(world, 2, true, false), ST_CONFLICT);
    assert_int_equal(sign(world, 2, true, true), ST_OK);
    assert_int_equal(sign(world, 3, false, false), ST_OK); /* was never in */
    assert_int_equal(sign(world, 0, false, false), ST_OK);
    assert_int_equal(sign(world, 1, false, false), ST_OK);
    assert_int_equal(sign(world, 3, true, false), ST_OK);
    world->store.clock.now_ms = NOW_MS + 1000; /* it begins */
    assert_int_equal(sign(world, 3, false, false), ST_CONFLICT);
    assert_int_equal(sign(world, 0, true, false), ST_CONFLICT);
    assert_int_equal(sign(world, 0, true, true), ST_OK);
    assert_int_equal(command_call(world->store.writer, run_cancel, world, NULL), ST_OK);
    assert_int_equal(sign(world, 1, true, true), ST_CONFLICT);
    assert_int_equal(command_call(world->store.writer, run_cancel, world, NULL),
                     ST_CONFLICT);
    assert_int_equal(
        fixture_number(&world->store,
                       "SELECT count(*) FROM course_person WHERE state = 'signed_up'"),
        3);
    /* Whatever changed is noted, whoever did it; what did not is not. */
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM event"
                                                   " WHERE kind = 'course.signed_up'"),
                     5);
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM event"
                                                   " WHERE kind = 'course.withdrawn'"),
                     2);
}

/* Begun at BEGINS by whoever signs up; LAST is the certificate's last day. */
static void certificate(struct world *world, const char *begins, const char *last)
{
    int64_t starts_ms;
    const char *const passed[] = {"P0"};
    char text[TIME_TEXT_SIZE];
    assert_true(time_parse(begins, &starts_ms));
    world->store.clock.now_ms = starts_ms - 1000;
    plan(world, starts_ms, 5);
    assert_int_equal(sign(world, 0, true, false), ST_OK);
    assert_int_equal(sign(world, 1, true, false), ST_OK);
    assert_int_equal(give(world, passed, 1), ST_CONFLICT); /* not yet */
    world->store.clock.now_ms = starts_ms + 1;
    assert_int_equal(give(world, passed, 1), ST_OK);
    assert_int_equal(give(world, passed, 1), ST_CONFLICT); /* once */
    AUTO_FREE struct person *person = person_of(world, 0);
    assert_true(skill_set_has(&person->crowd.skills,
                              (uint32_t)skill_find(&world->skills, "diving")));
    assert_true(skill_set_has(&person->crowd.skills,
                              (uint32_t)skill_find(&world->skills, "radio")));
    assert_int_equal(person->crowd.certificate_count, 1);
    time_format_day(person->crowd.certificates[0].last_day, text);
    assert_string_equal(text, last);
    AUTO_FREE struct person *absent = person_of(world, 1);
    assert_true(skill_set_is_empty(&absent->crowd.skills));
}

static void certificates(void **state)
{
    struct world *world = *state;
    certificate(world, "2026-01-15T09:00:00+08:00", "2026-07-15");
    /* A shorter month; then one that would end before the one that is held. */
    certificate(world, "2026-08-31T23:30:00+08:00", "2027-02-28");
    certificate(world, "2026-07-31T09:00:00+08:00", "2027-02-28");
    certificate(world, "2027-08-31T00:30:00+08:00", "2028-02-29");
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM course_person"
                                                   " WHERE state = 'absent'"),
                     4);
}

static void all_or_nothing(void **state)
{
    struct world *world = *state;
    static const char *const strange[] = {"P0", "P3"}, *const twice[] = {"P0", "P0"},
                             *const right[] = {"P1", "P0"};
    plan(world, NOW_MS + 1000, 5);
    assert_int_equal(sign(world, 0, true, false), ST_OK);
    assert_int_equal(sign(world, 1, true, false), ST_OK);
    world->store.clock.now_ms = NOW_MS + 2000;
    assert_int_equal(give(world, strange, 2), ST_UNPROCESSABLE);
    assert_string_equal(world->store.diag.where, "passed/1");
    assert_int_equal(give(world, twice, 2), ST_UNPROCESSABLE);
    assert_string_equal(world->store.diag.where, "passed/1");
    AUTO_FREE struct person *person = person_of(world, 0);
    assert_true(skill_set_is_empty(&person->crowd.skills));
    assert_int_equal(give(world, right, 2), ST_OK);
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM course_person"
                                                   " WHERE state = 'passed'"),
                     2);
}

static int run_erase(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    (void)reterr;
    return person_erase(writer, *(const int64_t *)context, 1, now_ms);
}

static int run_leave(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    return person_leave(writer, *(const int64_t *)context, 1, now_ms, reterr);
}

/* Who leaves, or is erased, keeps no seat. */
static void who_is_gone_keeps_no_seat(void **state)
{
    struct world *world = *state;
    plan(world, NOW_MS + 1000, 2);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sign(world, i, true, i == 2), ST_OK);
    struct diag *diag = &world->store.diag;
    assert_int_equal(
        command_call(world->store.writer, run_leave, &world->people[0], diag), ST_OK);
    assert_int_equal(
        command_call(world->store.writer, run_erase, &world->people[1], diag), ST_OK);
    assert_int_equal(
        fixture_number(&world->store,
                       "SELECT count(*) FROM course_person WHERE state = 'signed_up'"),
        1);
    assert_int_equal(
        command_call(world->store.writer, run_leave, &world->people[0], diag),
        ST_NOT_FOUND); /* once */
}

/* Results of who retired or was erased since stand in the list, and call nobody back. */
static void who_is_gone(void **state)
{
    struct world *world = *state;
    static const char *const passed[] = {"P0", "P1", "P2"};
    plan(world, NOW_MS + 1000, 5);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sign(world, i, true, false), ST_OK);
    engine_run(world->store.db_path, "UPDATE person SET retired = 1 WHERE number = 'P1'");
    world->store.clock.now_ms = NOW_MS + 2000; /* before it began: no seat any more */
    assert_int_equal(
        command_call(world->store.writer, run_erase, &world->people[2], NULL), ST_OK);
    assert_int_equal(give(world, passed, 3), ST_OK);
    AUTO_FREE struct person *person = person_of(world, 1);
    assert_true(person->retired);
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM course_person"
                                                   " WHERE state = 'passed'"),
                     3);
}

static int run_merge(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    const struct world *world = context;
    return person_merge(writer, world->people[0], world->people[1], 1, now_ms, reterr);
}

/* The seat of a duplicate is the person's. */
static void merged(void **state)
{
    struct world *world = *state;
    plan(world, NOW_MS + 1000, 5); /* both; then the duplicate alone; then one withdrew */
    assert_int_equal(sign(world, 0, true, false), ST_OK);
    assert_int_equal(sign(world, 1, true, false), ST_OK);
    plan(world, NOW_MS + 1000, 5);
    assert_int_equal(sign(world, 1, true, false), ST_OK);
    plan(world, NOW_MS + 1000, 5);
    assert_int_equal(sign(world, 0, true, false), ST_OK);
    assert_int_equal(sign(world, 0, false, false), ST_OK);
    assert_int_equal(sign(world, 1, true, false), ST_OK);
    assert_int_equal(command_call(world->store.writer, run_merge, world, NULL), ST_OK);
    assert_int_equal(fixture_number(&world->store,
                                    "SELECT count(*) FROM course_person JOIN person"
                                    " ON person.id = person_id WHERE number = 'P0'"
                                    " AND course_person.state = 'signed_up'"),
                     3);
    assert_int_equal(fixture_number(&world->store, "SELECT count(*) FROM course_person"),
                     3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(seats, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(certificates, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(all_or_nothing, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(who_is_gone_keeps_no_seat, setup,
                                        fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(who_is_gone, setup, fixture_verify_teardown),
        cmocka_unit_test_setup_teardown(merged, setup, fixture_verify_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
