/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings: the same message twice, what a later one ends in whatever order they come,
 * what is in force, and which offices have heard. */
#include "fixture.h"

#include "store/warning.h"

#define SENDER "weather.invalid"

enum { OFFICER = 1, OTHER = 2 };

static struct warning_name name_of(const char *identifier)
{
    return (struct warning_name){SENDER, identifier, NOW_MS};
}

static int run_put(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    (void)reterr;
    return warning_put(writer, context, now_ms);
}

/* One of an hour, referring to BEFORE (NULL: to none). */
static struct warning_message take(struct fixture *f, const char *identifier,
                                   enum warning_kind kind, const char *before)
{
    static const int64_t areas[] = {FIXTURE_ROOT};
    const struct warning_name reference =
        name_of(before == NULL ? identifier : before); /* itself: nothing ends */
    struct warning_message message = {
        .warning = {.name = name_of(identifier),
                    .kind = kind,
                    .level = "orange",
                    .onset_ms = NOW_MS,
                    .expires_ms = NOW_MS + 3600000,
                    .body = "\"texts\":[]",
                    .taken_by = OFFICER},
        .references = &reference,
        .reference_count = 1,
        .areas = areas,
        .area_count = 1,
    };
    assert_int_equal(command_call(f->writer, run_put, &message, &f->diag), ST_OK);
    message.references = NULL;
    return message;
}

struct listed {
    uint32_t count, cancelled, ended;
    int64_t first_id;
};

static int list_one(void *context, const struct warning *warning)
{
    struct listed *listed = context;
    if (listed->count++ == 0)
        listed->first_id = warning->id;
    assert_string_equal(warning->level,
                        strcmp(warning->name.sender, SENDER) == 0 ? "orange" : "red");
    assert_string_equal(warning->body, "\"texts\":[]");
    assert_int_equal(warning->taken_by, OFFICER);
    listed->ended += warning->ended_by != 0;
    listed->cancelled += warning->cancelled;
    return 0;
}

static struct listed list(struct fixture *f, int64_t now_ms, bool whole)
{
    struct listed listed = {0};
    struct db *db = fixture_reader(f);
    assert_int_equal(warnings_each(db, now_ms, whole, list_one, &listed), 0);
    db_close(db);
    return listed;
}

static void twice_is_once(void **state)
{
    struct fixture *f = *state;
    const struct warning_message first = take(f, "1", WARNING_ALERT, NULL);
    assert_false(first.repeated);
    const uint64_t events = f->events;
    const struct warning_message again = take(f, "1", WARNING_ALERT, NULL);
    assert_true(again.repeated);
    assert_int_equal(again.warning.id, first.warning.id);
    assert_int_equal(f->events, events);
    assert_int_equal(list(f, NOW_MS, true).count, 1);
    assert_int_equal(list(f, NOW_MS, true).ended, 0); /* not by itself */
    fixture_verify(f);
}

static void replaced_and_cancelled(void **state)
{
    struct fixture *f = *state;
    (void)take(f, "1", WARNING_ALERT, NULL);
    const struct warning_message update = take(f, "2", WARNING_UPDATE, "1");
    assert_int_equal(update.ended, 1);
    struct listed listed = list(f, NOW_MS, false);
    assert_int_equal(listed.count, 1);
    assert_int_equal(listed.first_id, update.warning.id);
    assert_int_equal(take(f, "3", WARNING_CANCEL, "2").ended, 1);
    assert_int_equal(list(f, NOW_MS, false).count, 0);
    listed = list(f, NOW_MS, true); /* the cancel itself is in no list */
    assert_int_equal(listed.count, 2);
    assert_int_equal(listed.ended, 2);
    assert_int_equal(listed.cancelled, 1);
    assert_int_equal(take(f, "4", WARNING_CANCEL, "2").ended, 0); /* is over already */
}

static void the_later_one_comes_first(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(take(f, "2", WARNING_UPDATE, "1").ended, 0);
    assert_int_equal(take(f, "3", WARNING_CANCEL, "2").ended, 1);
    const struct warning_message late = take(f, "1", WARNING_ALERT, NULL);
    assert_true(late.warning.ended_by != 0);
    assert_int_equal(list(f, NOW_MS, false).count, 0);
    assert_int_equal(list(f, NOW_MS, true).cancelled, 1);
}

static void its_time_is_over(void **state)
{
    struct fixture *f = *state;
    (void)take(f, "1", WARNING_ALERT, NULL);
    assert_int_equal(list(f, NOW_MS + 3600000 - 1, false).count, 1);
    assert_int_equal(list(f, NOW_MS + 3600000, false).count, 0);
    assert_int_equal(list(f, NOW_MS + 3600000, true).count, 1);
}

static int run_put_own(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)reterr;
    return warning_put_own(writer, context, now_ms);
}

static int run_end(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    (void)reterr;
    return warning_end(writer, *(const int64_t *)context, OTHER, now_ms);
}

static int end(struct fixture *f, int64_t id)
{
    return command_call(f->writer, run_end, &id, &f->diag);
}

static void by_hand(void **state)
{
    struct fixture *f = *state;
    struct warning_message one = {.warning = {.level = "red",
                                              .expires_ms = NOW_MS + 1000,
                                              .body = "\"texts\":[]",
                                              .taken_by = OFFICER}},
                           other = one;
    assert_int_equal(command_call(f->writer, run_put_own, &one, &f->diag), ST_OK);
    assert_int_equal(command_call(f->writer, run_put_own, &other, &f->diag), ST_OK);
    assert_true(one.warning.id != other.warning.id); /* none is another's repetition */
    assert_int_equal(end(f, one.warning.id), ST_OK);
    assert_int_equal(end(f, one.warning.id), ST_NOT_FOUND); /* has ended */
    assert_int_equal(end(f, 12345), ST_NOT_FOUND);
    const struct warning_message fed = take(f, "1", WARNING_ALERT, NULL);
    assert_int_equal(end(f, fed.warning.id), ST_OK);
    const struct listed listed = list(f, NOW_MS, false);
    assert_int_equal(listed.count, 1);
    assert_int_equal(listed.first_id, other.warning.id);
    fixture_verify(f);
}

struct hearing {
    int64_t id, area_id, actor;
};

static int run_hear(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    (void)reterr;
    const struct hearing *hearing = context;
    return warning_hear(writer, hearing->id, hearing->area_id, hearing->actor, now_ms);
}

static int hear(struct fixture *f, int64_t id, int64_t actor)
{
    struct hearing hearing = {id, FIXTURE_ROOT, actor};
    return command_call(f->writer, run_hear, &hearing, &f->diag);
}

static int first_is_kept(void *context, const struct warning_heard *heard)
{
    assert_int_equal(heard->area_id, FIXTURE_ROOT);
    assert_int_equal(heard->actor, OTHER);
    assert_int_equal(heard->at_ms, NOW_MS);
    ++*(uint32_t *)context;
    return 0;
}

static void who_has_heard(void **state)
{
    struct fixture *f = *state;
    uint32_t count = 0;
    const int64_t id = take(f, "1", WARNING_ALERT, NULL).warning.id;
    const int64_t cancel = take(f, "2", WARNING_CANCEL, "9").warning.id;
    assert_int_equal(hear(f, id, OTHER), ST_OK);
    f->clock.now_ms += 1000;
    const uint64_t events = f->events;
    assert_int_equal(hear(f, id, OFFICER), ST_OK);
    assert_int_equal(f->events, events);
    assert_int_equal(hear(f, cancel, OFFICER), ST_NOT_FOUND);
    assert_int_equal(hear(f, 12345, OFFICER), ST_NOT_FOUND);
    struct db *db = fixture_reader(f);
    assert_int_equal(warning_heard_each(db, id, first_is_kept, &count), 0);
    assert_int_equal(count, 1);
    static int64_t areas[WARNING_AREAS_MAX];
    assert_int_equal(warning_areas(db, id, areas, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(areas[0], FIXTURE_ROOT);
    db_close(db);
    fixture_verify(f);
}

static void whose_office_is_told(void **state)
{
    struct fixture *f = *state;
    engine_run(f->db_path, "INSERT INTO account (id, name, password, disabled,"
                           " created_ms) VALUES (5, 'a', '', 0, 1), (6, 'b', '', 1, 1),"
                           " (7, 'c', '', 0, 1)");
    engine_run(f->db_path, "INSERT INTO area (id, code, name, parent_id, level) VALUES"
                           " (78, 't', 't', 77, 'town'), (79, 'u', 'u', 77, 'town')");
    engine_run(f->db_path,
               "INSERT INTO account_role (account_id, role, area_id) VALUES"
               " (5, 'dispatcher', 78), (5, 'commander', 78), (6, 'admin', 77),"
               " (7, 'viewer', 79), (7, 'trainer', 77)");
    int64_t *offices;
    uint32_t count;
    struct db *db = fixture_reader(f);
    assert_int_equal(warning_offices(db, &offices, &count), ST_OK);
    assert_int_equal(count, 1);
    assert_int_equal(offices[0], 78);
    mem_free(offices);
    db_close(db);
}

static void limits(void **state)
{
    struct fixture *f = *state;
    struct warning_message message = {.area_count = WARNING_AREAS_MAX + 1};
    assert_int_equal(command_call(f->writer, run_put, &message, &f->diag), ST_LIMIT);
    message = (struct warning_message){.reference_count = WARNING_REFERENCES_MAX + 1};
    assert_int_equal(command_call(f->writer, run_put, &message, &f->diag), ST_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(twice_is_once, fixture_setup_rooted,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(replaced_and_cancelled, fixture_setup_rooted,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_later_one_comes_first, fixture_setup_rooted,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(its_time_is_over, fixture_setup_rooted,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(by_hand, fixture_setup_rooted, fixture_teardown),
        cmocka_unit_test_setup_teardown(who_has_heard, fixture_setup_rooted,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(whose_office_is_told, fixture_setup_rooted,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(limits, fixture_setup_rooted, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
