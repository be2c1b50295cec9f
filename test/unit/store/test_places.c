/* SPDX-License-Identifier: Apache-2.0 */
/* Teams: how many come with a yes, whose leader has left, and what a merge makes of them.
 */
#include "fixture.h"

#include "store/places.h"

#define TEAMS "number,name,leader,deputies,size,skills\n"

struct given {
    const char *teams; /* a file */
    const int *people; /* their numbers are P1 ..., see fixture_person */
    uint32_t count;
    int64_t *ids; /* out: [count] */
    struct place_import import;
};

static int put_people(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    struct given *given = context;
    int status = ST_OK;
    for (uint32_t i = 0; i < given->count && status == ST_OK; i++) {
        AUTO_FREE struct person *person = fixture_person(given->people[i]);
        status = person_put(writer, person, 1, now_ms, reterr);
        given->ids[i] = person->crowd.id;
    }
    return status;
}

static int put_teams(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    struct given *given = context;
    AUTO_FREE char *text = mem_strdup(given->teams);
    return teams_import(writer, text, strlen(text), 1, now_ms, &given->import, reterr);
}

static int merge(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    const int64_t *ids = context;
    return person_merge(writer, ids[0], ids[1], 1, now_ms, reterr);
}

static int leave(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    return person_leave(writer, *(int64_t *)context, 1, now_ms, reterr);
}

static void give(struct fixture *f, struct given *given)
{
    assert_int_equal(command_call(f->writer, put_people, given, &f->diag), ST_OK);
    assert_int_equal(command_call(f->writer, put_teams, given, &f->diag), ST_OK);
}

static void expect_brought(struct fixture *f, int64_t person_id, int32_t wanted)
{
    int32_t brought = 0;
    struct db *db = fixture_reader(f);
    assert_int_equal(teams_brought_by(db, person_id, &brought), ST_OK);
    assert_int_equal(brought, wanted);
    db_close(db);
}

static void expect_left(struct fixture *f, int64_t wanted)
{
    int64_t left = -1;
    struct db *db = fixture_reader(f);
    assert_int_equal(teams_left(db, &left), ST_OK);
    assert_int_equal(left, wanted);
    db_close(db);
}

/* Who leads a team or is its deputy brings it, the largest of several; a number within a
 * longer one is somebody else. */
static void brought_by_a_yes(void **state)
{
    struct fixture *f = *state;
    static const int PEOPLE[] = {1, 2, 3, 10, 23};
    int64_t ids[COUNT_OF(PEOPLE)];
    struct given given = {.teams = TEAMS "T1,Pumps,P1,P2;P10,8,\n"
                                         "T2,Tents,P10,P23; P1,20,\n",
                          .people = PEOPLE,
                          .count = COUNT_OF(PEOPLE),
                          .ids = ids};
    give(f, &given);
    static const int32_t WANTED[] = {20, 8, 1, 20, 20};
    for (uint32_t i = 0; i < COUNT_OF(WANTED); i++)
        expect_brought(f, ids[i], WANTED[i]);
    expect_left(f, 0);
    assert_int_equal(command_call(f->writer, leave, &ids[1], &f->diag), ST_OK);
    expect_left(f, 0); /* a deputy */
    assert_int_equal(command_call(f->writer, leave, &ids[0], &f->diag), ST_OK);
    expect_left(f, 1);
}

/* Who turns out to be on record twice keeps the teams of both rows, as leader and as
 * deputy; nobody else's. */
static void a_merge_takes_teams_along(void **state)
{
    struct fixture *f = *state;
    static const int PEOPLE[] = {1, 2, 3, 20};
    int64_t ids[COUNT_OF(PEOPLE)];
    struct given given = {.teams = TEAMS "T1,Pumps,P2,P3,8,\n"
                                         "T2,Tents,P3,P20;P2;P3,30,\n"
                                         "T3,Boats,P20,P3,5,\n",
                          .people = PEOPLE,
                          .count = COUNT_OF(PEOPLE),
                          .ids = ids};
    give(f, &given);
    expect_brought(f, ids[0], 1);
    assert_int_equal(command_call(f->writer, merge, ids, &f->diag), ST_OK);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM team WHERE"
                          " number = 'T1' AND leader = 'P1' AND deputies = 'P3' OR"
                          " number = 'T2' AND leader = 'P3' AND deputies = 'P20;P1;P3' OR"
                          " number = 'T3' AND leader = 'P20' AND deputies = 'P3'"),
        3);
    static const int32_t WANTED[] = {30, 1, 30, 30};
    for (uint32_t i = 0; i < COUNT_OF(WANTED); i++)
        expect_brought(f, ids[i], WANTED[i]);
}

/* A merge that is refused moves nothing: of who is asked, and into an alias. */
static void a_refused_merge_moves_no_team(void **state)
{
    struct fixture *f = *state;
    static const int PEOPLE[] = {1, 2, 3, 4};
    int64_t ids[COUNT_OF(PEOPLE)], callout;
    struct given given = {.teams = TEAMS "T1,Pumps,P2,,8,\n"
                                         "T2,Tents,P4,,5,\n",
                          .people = PEOPLE,
                          .count = COUNT_OF(PEOPLE),
                          .ids = ids};
    give(f, &given);
    int64_t asked[] = {ids[0], ids[1]}, alias[] = {ids[0], ids[2]},
            into_alias[] = {ids[2], ids[3]};
    const int64_t need = fixture_need(f, fixture_report(f, false), 1);
    assert_int_equal(fixture_callout(f, need, ids[1], 1, &callout), ST_OK);
    assert_int_equal(command_call(f->writer, merge, asked, &f->diag), ST_CONFLICT);
    assert_int_equal(command_call(f->writer, merge, alias, &f->diag), ST_OK);
    assert_int_equal(command_call(f->writer, merge, into_alias, &f->diag), ST_NOT_FOUND);
    static const int32_t WANTED[] = {1, 8, 1, 5};
    for (uint32_t i = 0; i < COUNT_OF(WANTED); i++)
        expect_brought(f, ids[i], WANTED[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_setup_rooted, fixture_verify_teardown)
        TEST(brought_by_a_yes),
        TEST(a_merge_takes_teams_along),
        TEST(a_refused_merge_moves_no_team),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
