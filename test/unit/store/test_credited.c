/* SPDX-License-Identifier: Apache-2.0 */
/* Hours by organisation beside a slow sum over plain arrays: people of several and of no
 * organisation, in areas, with corrections, exercises, merges and an erasure. */
#include "fixture.h"

#include "store/credited.h"
#include "store/ledger.h"
#include "store/service.h"

#define PEOPLE 40
#define WORK 300
#define AREAS 4
#define DAYS 60

struct work {
    int64_t person, ended_ms;
    int32_t minutes;
    bool exercise;
};

struct facts {
    struct fixture *f;
    int64_t owner[PEOPLE]; /* the person's own index, or whom they were merged into */
    const char *organisations[PEOPLE];
    int64_t area[PEOPLE];
    struct work work[WORK];
    int64_t ids;
};

static int64_t next_id(void *context)
{
    return ++*(int64_t *)context;
}

/* Ids of people are 1000 and their index, of assignments 2000 and theirs. */
static void put_person(struct facts *facts, int64_t index)
{
    static const char *const organisations[] = {
        "", "Red Cross", "Red Cross;Boats", "Boats;Red Cross", "=1+1", "蓝天救援队",
    };
    struct random *random = &facts->f->random.super;
    char number[16];
    facts->organisations[index] =
        organisations[random_below(random, COUNT_OF(organisations))];
    facts->area[index] = (int64_t)random_below(random, AREAS);
    facts->owner[index] = index;
    (void)snprintf(number, sizeof number, "V%lld", (long long)index);
    struct query *query = db_query(
        writer_db(facts->f->writer),
        "INSERT INTO person (id, number, area_id, mode, skills, certificates,"
        " organisations, duty, quiet, version, key_slot) VALUES (?1, ?2, ?3, 'foot', '',"
        " '', ?4, '', '', 1, 0)");
    query_int(query, 1, 1000 + index);
    query_text(query, 2, number);
    query_int(query, 3, facts->area[index]);
    query_text(query, 4, facts->organisations[index]);
    assert_int_equal(query_run(query), ST_OK);
}

static void credit(struct facts *facts, int64_t index, int32_t minutes)
{
    struct work *work = &facts->work[index];
    const struct loop_credit credit = {.assignment_id = 2000 + index,
                                       .person_id = 1000 + work->person,
                                       .minutes = minutes,
                                       .exercise = work->exercise};
    assert_int_equal(ledger_credit(writer_db(facts->f->writer), next_id, &facts->ids,
                                   &credit, 9, NOW_MS),
                     ST_OK);
    work->minutes = minutes;
}

static void put_work(struct facts *facts, int64_t index, int64_t incident, int64_t need)
{
    struct random *random = &facts->f->random.super;
    struct work *work = &facts->work[index];
    *work = (struct work){.person = (int64_t)random_below(random, PEOPLE),
                          .ended_ms =
                              NOW_MS - (int64_t)random_below(random, DAYS * TIME_DAY_MS),
                          .exercise = random_below(random, 4) == 0};
    struct query *query = db_query(
        writer_db(facts->f->writer),
        "INSERT INTO assignment (id, incident_id, alert_id, person_id, need_id, state,"
        " before_lost, line, count, assigned_ms, en_route_ms, on_scene_ms, released_ms,"
        " reported_ms, verified_ms, due_ms, overdue_stage, here_ms, sos_ms,"
        " sos_acknowledged_ms, outcome, reported_by, verified_by, minutes_worked,"
        " minutes_credited, stood_down_while_there, past) VALUES (?1, ?2, 1, ?3, ?4,"
        " 'verified', '', 0, 1, 0, 0, 0, ?5, 0, 0, 0, 0, 0, 0, 0, 'done', 0, 0, 0, 0, 0,"
        " 1)");
    query_int(query, 1, 2000 + index);
    query_int(query, 2, incident);
    query_int(query, 3, 1000 + work->person);
    query_int(query, 4, need);
    query_int(query, 5, work->ended_ms);
    assert_int_equal(query_run(query), ST_OK);
    credit(facts, index, (int32_t)random_below(random, 300));
    if (random_below(random, 5) == 0) /* a correction, perhaps to nothing */
        credit(facts, index, (int32_t)random_below(random, 2) * 45);
}

/* The hours of every fifth person are the one's before. */
static void merge(struct facts *facts, int64_t index)
{
    struct db *db = writer_db(facts->f->writer);
    assert_int_equal(
        ledger_move(db, next_id, &facts->ids, 1000 + index, 999 + index, 9, NOW_MS),
        ST_OK);
    struct query *query =
        db_query(db, "UPDATE person SET alias_of = ?2, retired = 1 WHERE id = ?1");
    query_int(query, 1, 1000 + index);
    query_int(query, 2, 999 + index);
    assert_int_equal(query_run(query), ST_OK);
    facts->owner[index] = index - 1;
}

static void make_facts(struct facts *facts, struct fixture *f)
{
    *facts = (struct facts){.f = f, .ids = 1000000};
    const int64_t incident = fixture_report(f, false),
                  need = fixture_need(f, incident, 1);
    for (int64_t i = 0; i < PEOPLE; i++)
        put_person(facts, i);
    for (int64_t i = 0; i < WORK; i++)
        put_work(facts, i, incident, need);
    for (int64_t i = 5; i < PEOPLE; i += 5)
        merge(facts, i);
    for (int64_t i = 0; i < WORK; i += 7) /* after the merge: the owner's */
        credit(facts, i, facts->work[i].minutes + 10);
    assert_int_equal(
        query_run(db_query(writer_db(f->writer), "UPDATE person SET erased = 1,"
                                                 " organisations = '' WHERE id = 1002")),
        ST_OK);
    facts->organisations[2] = "";
}

static bool counts(const struct facts *facts, const struct work *work,
                   const struct credited_wish *wish)
{
    const int64_t owner = facts->owner[work->person];
    return work->exercise == wish->exercise && work->minutes != 0 &&
           work->ended_ms >= wish->from_ms && work->ended_ms < wish->until_ms &&
           (wish->areas == NULL || facts->area[owner] == wish->areas[0] ||
            facts->area[owner] == wish->areas[1]);
}

/* The first of the organisations. */
static bool is_of(const struct facts *facts, int64_t person, const char *organisation)
{
    const char *all = facts->organisations[person];
    const size_t size = strcspn(all, ";");
    return strlen(organisation) == size && strncmp(all, organisation, size) == 0;
}

static struct credited_row sum_of_person(const struct facts *facts, int64_t person,
                                         const struct credited_wish *wish)
{
    struct credited_row sum = {.id = 1000 + person};
    for (uint32_t i = 0; i < WORK; i++) {
        const struct work *work = &facts->work[i];
        if (facts->owner[work->person] != person || !counts(facts, work, wish))
            continue;
        sum.people = 1;
        sum.assignments++;
        sum.minutes += work->minutes;
    }
    return sum;
}

static struct credited_row sum_of(const struct facts *facts, const char *organisation,
                                  const struct credited_wish *wish)
{
    struct credited_row all = {0};
    for (int64_t i = 0; i < PEOPLE; i++) {
        const struct credited_row one = sum_of_person(facts, i, wish);
        if (!is_of(facts, i, organisation))
            continue;
        all.people += one.people;
        all.assignments += one.assignments;
        all.minutes += one.minutes;
    }
    return all;
}

static void compare(const struct credited_row *found, const struct credited_row wanted)
{
    assert_int_equal(found->people, wanted.people);
    assert_int_equal(found->minutes, wanted.minutes);
    assert_int_equal(found->assignments, wanted.assignments);
}

/* Page by page. */
static int64_t check_people(const struct facts *facts, struct credited_wish wish,
                            const char *organisation, uint32_t limit)
{
    struct db *db = writer_db(facts->f->writer);
    struct credited people = {.more = true};
    int64_t count = 0;
    char number[16];
    wish.organisation = organisation;
    wish.limit = limit;
    while (people.more) {
        assert_int_equal(credited_count(db, &wish, &people), ST_OK);
        assert_true(people.count <= limit && (!people.more || people.count == limit));
        for (uint32_t i = 0; i < people.count; i++) {
            const struct credited_row *row = &people.rows[i];
            assert_true(row->id > wish.after);
            (void)snprintf(number, sizeof number, "V%lld", (long long)row->id - 1000);
            assert_string_equal(row->name, number);
            assert_true(is_of(facts, row->id - 1000, organisation));
            compare(row, sum_of_person(facts, row->id - 1000, &wish));
            wish.after = row->id;
        }
        count += people.count;
        const bool more = people.more;
        credited_release(&people);
        people.more = more;
    }
    return count;
}

static uint32_t check(const struct facts *facts, const struct credited_wish *wish)
{
    static const char *const organisations[] = {"", "=1+1", "Boats", "Red Cross",
                                                "蓝天救援队"};
    struct credited hours;
    uint32_t at = 0;
    assert_int_equal(credited_count(writer_db(facts->f->writer), wish, &hours), ST_OK);
    for (size_t i = 0; i < COUNT_OF(organisations); i++) {
        const struct credited_row wanted = sum_of(facts, organisations[i], wish);
        assert_int_equal(check_people(facts, *wish, organisations[i], 2), wanted.people);
        assert_int_equal(check_people(facts, *wish, organisations[i], 100),
                         wanted.people);
        if (wanted.people == 0)
            continue;
        assert_true(at < hours.count);
        assert_string_equal(hours.rows[at].name, organisations[i]);
        compare(&hours.rows[at++], wanted);
    }
    assert_int_equal(at, hours.count);
    credited_release(&hours);
    return at;
}

static void equal_to_a_plain_sum(void **state)
{
    struct fixture *f = *state;
    struct facts facts;
    make_facts(&facts, f);
    uint32_t found = 0;
    for (int round = 0; round < 40; round++) {
        struct random *random = &f->random.super;
        int64_t areas[2] = {(int64_t)random_below(random, AREAS), AREAS};
        const int64_t from = (int64_t)random_below(random, DAYS),
                      days = (int64_t)random_below(random, DAYS);
        const struct credited_wish wish = {
            .from_ms = NOW_MS - from * TIME_DAY_MS,
            .until_ms = NOW_MS - (from - days) * TIME_DAY_MS,
            .exercise = round % 3 == 0,
            .areas = round % 2 == 0 ? NULL : areas,
            .area_count = 2,
        };
        found += check(&facts, &wish);
    }
    assert_true(found > 60);
}

/* The first and the last millisecond, and nothing of other times or of nobody's area. */
static void borders(void **state)
{
    struct fixture *f = *state;
    struct facts facts;
    make_facts(&facts, f);
    const struct work *work = &facts.work[1];
    const int64_t nowhere[2] = {77, 78};
    struct credited hours;
    struct credited_wish wish = {.from_ms = work->ended_ms,
                                 .until_ms = work->ended_ms + 1,
                                 .exercise = work->exercise};
    assert_int_equal(check(&facts, &wish), work->minutes != 0);
    wish.until_ms = work->ended_ms;
    assert_int_equal(check(&facts, &wish), 0);
    wish = (struct credited_wish){
        .until_ms = INT64_MAX, .areas = nowhere, .area_count = COUNT_OF(nowhere)};
    assert_int_equal(credited_count(writer_db(f->writer), &wish, &hours), ST_OK);
    assert_int_equal(hours.count, 0);
    credited_release(&hours);
}

static void compare_service(const struct facts *facts, const struct link_service *span)
{
    struct service service;
    struct service_sum kinds[2] = {{0, 0}, {0, 0}};
    assert_int_equal(service_count(writer_db(facts->f->writer), span, &service), ST_OK);
    for (int exercise = 0; exercise < 2; exercise++) {
        const struct credited_wish wish = {.from_ms = time_day_start(span->from_day),
                                           .until_ms = time_day_start(span->to_day + 1),
                                           .exercise = exercise == 1};
        const struct credited_row row =
            sum_of_person(facts, span->person_id - 1000, &wish);
        const struct service_sum *sum =
            exercise == 1 ? &service.exercise : &service.actual;
        assert_int_equal(sum->minutes, row.minutes);
        assert_int_equal(sum->assignments, row.assignments);
    }
    for (uint32_t i = 0; i < service.kind_count; i++) {
        assert_string_equal(service.kinds[i].kind, "flood");
        kinds[service.kinds[i].exercise].minutes += service.kinds[i].sum.minutes;
    }
    assert_int_equal(kinds[0].minutes, service.actual.minutes);
    assert_int_equal(kinds[1].minutes, service.exercise.minutes);
}

/* A certificate counts like the lists, and stays what it was when it was issued. */
static void certificates(void **state)
{
    struct fixture *f = *state;
    struct facts facts;
    make_facts(&facts, f);
    const int32_t today = time_local_day(NOW_MS);
    for (int64_t i = 0; i < PEOPLE; i++) {
        const int32_t from = today - (int32_t)random_below(&f->random.super, DAYS);
        const struct link_service span = {1000 + i, from, from + (int32_t)i, NOW_MS};
        compare_service(&facts, &span);
    }
    const struct link_service then = {1000 + facts.work[1].person, today - DAYS, today,
                                      NOW_MS};
    struct link_service now = then;
    struct service before, after;
    const struct loop_credit credit = {.assignment_id = 2001,
                                       .person_id = then.person_id,
                                       .minutes = facts.work[1].minutes + 7,
                                       .exercise = facts.work[1].exercise};
    assert_int_equal(service_count(writer_db(f->writer), &then, &before), ST_OK);
    assert_int_equal(
        ledger_credit(writer_db(f->writer), next_id, &facts.ids, &credit, 9, NOW_MS + 1),
        ST_OK);
    assert_int_equal(service_count(writer_db(f->writer), &then, &after), ST_OK);
    assert_memory_equal(&after, &before, sizeof after);
    now.issued_ms++;
    if (facts.owner[facts.work[1].person] != facts.work[1].person)
        now.person_id = 1000 + facts.owner[facts.work[1].person];
    assert_int_equal(service_count(writer_db(f->writer), &now, &after), ST_OK);
    facts.work[1].minutes += 7;
    compare_service(&facts, &now);
}

/* Every allocation fails once. */
static void memory(void **state)
{
    struct fixture *f = *state;
    struct facts facts;
    make_facts(&facts, f);
    const struct credited_wish wish = {.until_ms = INT64_MAX};
    int status = ST_NO_MEMORY;
    for (uint64_t n = 1; status == ST_NO_MEMORY; n++) {
        struct credited hours;
        mem_fail_at(n);
        status = credited_count(writer_db(f->writer), &wish, &hours);
        mem_fail_at(0);
        credited_release(&hours);
    }
    assert_int_equal(status, ST_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_to_a_plain_sum, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(borders, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(certificates, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(memory, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
