/* SPDX-License-Identifier: Apache-2.0 */
/* What a time came to beside a slow count of what was put in: for the whole city and for
 * a town, each row's incidents, needs, alerts, people, medians and hours, around the
 * edges of the time. */
#include "test/unit/store/fixture.h"

#include "loop/names.h"
#include "ready/statistics.h"
#include "store/credited.h"
#include "store/ledger.h"

#define AREAS 11 /* root, city, three towns, two villages of each */
#define INCIDENTS 150
#define EACH 4 /* alerts and assignments of each */
#define PEOPLE 20

struct fact {
    int64_t area, at_ms;
    enum incident_kind kind;
    bool exercise, is_cancelled, is_merged;
    bool is_need_due, is_in_time;
    int64_t alert_ms[EACH], scene_ms[EACH], released_ms[EACH]; /* 0 = never */
    bool answered[EACH];
    int64_t person[EACH], minutes[EACH];
};

struct world {
    struct fixture store;
    struct fact facts[INCIDENTS];
    int64_t ids;
};

static const char *const levels[] = {"city",    "city",    "town",    "town",
                                     "town",    "village", "village", "village",
                                     "village", "village", "village"};

static int64_t parent_of(int64_t area)
{
    return area <= 2 ? area - 1 : area <= 5 ? 2 : 3 + (area - 6) / 2;
}

static bool is_under(int64_t area, int64_t above)
{
    while (area != above && area > 1)
        area = parent_of(area);
    return area == above;
}

/* ---- rows ---- */
static void run(struct world *world, const char *sql, const char *text,
                const int64_t *values, int count)
{
    struct query *query = db_query(writer_db(world->store.writer), sql);
    query_text(query, 1, text);
    for (int i = 0; i < count; i++)
        query_int(query, i + 2, values[i]);
    assert_int_equal(query_run(query), ST_OK);
}

static int64_t new_id(void *context)
{
    return ++*(int64_t *)context;
}

static void put_areas(struct world *world)
{
    for (int64_t id = 1; id <= AREAS; id++) {
        char code[16];
        (void)snprintf(code, sizeof code, "a%lld", (long long)id);
        struct query *query =
            db_query(writer_db(world->store.writer),
                     "INSERT INTO area (id, code, name, parent_id, level) VALUES (?1,"
                     " ?2, ?2, ?3, ?4)");
        query_int(query, 1, id);
        query_text(query, 2, id == 1 ? "root" : code);
        query_int(query, 3, parent_of(id));
        query_text(query, 4, levels[id - 1]);
        assert_int_equal(query_run(query), ST_OK);
    }
}

/* Person 1001 is an alias of 1000. */
static void put_people(struct world *world)
{
    for (int64_t i = 0; i < PEOPLE; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "V%lld", (long long)i);
        const int64_t values[] = {1000 + i, i == 1 ? 1000 : 0};
        run(world,
            "INSERT INTO person (id, number, alias_of, area_id, mode, skills,"
            " certificates, organisations, duty, quiet, version, key_slot) VALUES (?2,"
            " ?1, ?3, 3, 'foot', '', '', '', '', '', 1, 0)",
            number, values, COUNT_OF(values));
    }
}

/* Within the year 2025, or just before it, or just after. */
static int64_t some_time(struct random *random)
{
    const int64_t from_ms = NOW_MS - 326 * TIME_DAY_MS - 12 * 3600 * 1000;
    const int64_t edges[] = {from_ms - 1, from_ms, from_ms + 365 * TIME_DAY_MS - 1,
                             from_ms + 365 * TIME_DAY_MS};
    return random_below(random, 4) == 0
               ? edges[random_below(random, COUNT_OF(edges))]
               : from_ms + (int64_t)random_below(random, 365) * TIME_DAY_MS;
}

static void put_need(struct world *world, struct fact *fact, int64_t id)
{
    static const char *const states[] = {"met", "short", "open", "cancelled"};
    struct random *random = &world->store.random.super;
    const uint64_t state = random_below(random, COUNT_OF(states));
    const int64_t deadline_ms = NOW_MS - 1 + (int64_t)random_below(random, 3);
    const int64_t met_ms = random_below(random, 2) == 0
                               ? 0
                               : deadline_ms - 1 + (int64_t)random_below(random, 3);
    const int64_t missed_ms = random_below(random, 4) == 0 ? NOW_MS - 5 : 0;
    const int64_t values[] = {id + 1, id, deadline_ms, met_ms, missed_ms};
    fact->is_need_due = missed_ms != 0 || (deadline_ms <= NOW_MS && state != 3 &&
                                           !fact->is_cancelled && !fact->is_merged);
    fact->is_in_time = missed_ms == 0 && met_ms != 0 && met_ms <= deadline_ms;
    run(world,
        "INSERT INTO need (id, incident_id, state, lat_e7, lon_e7, stated_ms,"
        " deadline_ms, line_count, reserve, target, mode, escalated_ms, due_ms, met_ms,"
        " filled_ms, missed_ms) VALUES (?2, ?3, ?1, 0, 0, 0, ?4, 1, 0, 0.95, -1, 0, 0,"
        " ?5, 0, ?6)",
        states[state], values, COUNT_OF(values));
    const int64_t callout[] = {id + 2, id, id + 1};
    run(world,
        "INSERT INTO callout (id, incident_id, need_id, state, started_ms, ended_ms,"
        " waves, version, replan_due_ms, probability, target_reached, target_holds,"
        " lift, stand_down_ms) VALUES (?2, ?3, ?4, ?1, 0, 0, 1, 1, 0, 0.9, 1, 1, 0, 0)",
        "ended", callout, COUNT_OF(callout));
}

static void put_alert(struct world *world, struct fact *fact, int64_t id, int i)
{
    struct random *random = &world->store.random.super;
    fact->alert_ms[i] = fact->at_ms + 1000 + (int64_t)random_below(random, 600000);
    fact->answered[i] = random_below(random, 2) == 0;
    const int64_t values[] = {id + 10 + i, id + 2, id, fact->alert_ms[i],
                              fact->answered[i] ? fact->alert_ms[i] + 1 : 0};
    run(world,
        "INSERT INTO alert (callout_id, id, incident_id, person_id, state, answer, line,"
        " wave, lines_able, alerted_ms, answered_ms, seen_ms, fetched_ms, due_ms,"
        " timer_ms, asked_ms, travel_ms, p_accept, p_in_time, ready_in_minutes, count,"
        " forced, on_behalf, rung, channels, token_hash, device_hash, nonces,"
        " digits_tries, reply_code) VALUES (?3, ?2, ?4, 1, ?1, '', 0, 1, 1, ?5, ?6, 0, 0,"
        " 0, 0, 0, 1, 0.5, 0.5, 0, 1, 0, 0, 0, 1, 'x', 'x', 'x', 0, '')",
        "accepted", values, COUNT_OF(values));
}

static void put_assignment(struct world *world, struct fact *fact, int64_t id, int i)
{
    struct random *random = &world->store.random.super;
    fact->person[i] = 1000 + (int64_t)random_below(random, PEOPLE);
    fact->scene_ms[i] = random_below(random, 3) == 0
                            ? 0
                            : fact->alert_ms[i] + (int64_t)random_below(random, 900000);
    fact->released_ms[i] = fact->scene_ms[i] == 0 ? 0 : some_time(random);
    const int64_t values[] = {id + 20 + i,       id,
                              fact->person[i],   id + 1,
                              fact->scene_ms[i], fact->released_ms[i]};
    run(world,
        "INSERT INTO assignment (id, incident_id, alert_id, person_id, need_id, state,"
        " before_lost, line, count, assigned_ms, en_route_ms, on_scene_ms, released_ms,"
        " reported_ms, verified_ms, due_ms, overdue_stage, here_ms, sos_ms,"
        " sos_acknowledged_ms, outcome, reported_by, verified_by, minutes_worked,"
        " minutes_credited, stood_down_while_there, past) VALUES (?2, ?3, 1, ?4, ?5, ?1,"
        " '', 0, 1, 0, 0, ?6, ?7, 0, 0, 0, 0, 0, 0, 0, '', 0, 0, 0, 0, 0, 1)",
        "verified", values, COUNT_OF(values));
    if (fact->released_ms[i] == 0)
        return;
    struct loop_credit credit = {
        .assignment_id = values[0], .person_id = values[2], .exercise = fact->exercise};
    for (int round = 0; round < 1 + (int)random_below(random, 2); round++) {
        credit.minutes = (int32_t)random_below(random, 300); /* corrected, perhaps */
        fact->minutes[i] = credit.minutes;
        assert_int_equal(ledger_credit(writer_db(world->store.writer), new_id,
                                       &world->ids, &credit, 9, NOW_MS),
                         ST_OK);
    }
}

static void put_incident(struct world *world, int index)
{
    static const char *const states[] = {"active", "closed", "cancelled", "merged"};
    struct random *random = &world->store.random.super;
    struct fact *fact = &world->facts[index];
    const uint64_t state = random_below(random, COUNT_OF(states));
    const int64_t id = 10000 + 100 * index;
    *fact = (struct fact){.area = 1 + (int64_t)random_below(random, AREAS),
                          .at_ms = some_time(random),
                          .kind = (enum incident_kind)random_below(random, 3),
                          .exercise = random_below(random, 3) == 0,
                          .is_cancelled = state == 2,
                          .is_merged = state == 3};
    char kind[32];
    (void)snprintf(kind, sizeof kind, "%s", incident_kind_code(fact->kind));
    const int64_t values[] = {id, fact->exercise, fact->area, fact->at_ms};
    run(world,
        "INSERT INTO incident (id, case_number, state, kind, grade, exercise, lat_e7,"
        " lon_e7, area_id, reported_ms, closed_ms, merged_into, event_sequence,"
        " chain_head, roll_call_ms) VALUES (?2, 'C' || ?2, ?1, '', 0, ?3, 0, 0, ?4, ?5,"
        " 0, 0, 0, 'x', 0)",
        states[state], values, COUNT_OF(values));
    run(world, "UPDATE incident SET kind = ?1 WHERE id = ?2", kind, &id, 1);
    put_need(world, fact, id);
    for (int i = 0; i < EACH; i++) {
        put_alert(world, fact, id, i);
        put_assignment(world, fact, id, i);
    }
}

static int put_all(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct world *world = context;
    (void)writer;
    (void)now_ms;
    (void)reterr;
    world->ids = 10000000;
    put_areas(world);
    put_people(world);
    for (int i = 0; i < INCIDENTS; i++)
        put_incident(world, i);
    return ST_OK;
}

/* ---- the slow count ---- */
struct slot { /* which facts count, and when: NULL and 0 = all */
    int64_t area, but_not[8];
    int month;
    const enum incident_kind *kind;
};

static bool counts_at(const struct slot *slot, const struct fact *fact, bool exercise,
                      int64_t at_ms)
{
    struct time_local local;
    time_to_local(at_ms, &local);
    bool ret = fact->exercise == exercise && is_under(fact->area, slot->area) &&
               local.year == 2025 && (slot->month == 0 || slot->month == local.month) &&
               (slot->kind == NULL || *slot->kind == fact->kind);
    for (size_t i = 0; i < COUNT_OF(slot->but_not) && slot->but_not[i] != 0; i++)
        ret = ret && !is_under(fact->area, slot->but_not[i]);
    return ret;
}

static int by_value(const void *a, const void *b)
{
    const int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

static int64_t median(int64_t *values, uint32_t count)
{
    if (count == 0)
        return -1;
    qsort(values, count, sizeof *values, by_value);
    return values[(count - 1) / 2];
}

static int64_t least(const int64_t values[EACH])
{
    int64_t ret = 0;
    for (int i = 0; i < EACH; i++)
        if (values[i] != 0 && (ret == 0 || values[i] < ret))
            ret = values[i];
    return ret;
}

static void count_fact(const struct fact *fact, struct statistics_half *ret,
                       bool came[PEOPLE])
{
    ret->incidents += !fact->is_cancelled && !fact->is_merged;
    ret->cancelled += fact->is_cancelled;
    ret->needs += fact->is_need_due;
    ret->in_time += fact->is_need_due && fact->is_in_time;
    ret->alerts += EACH;
    ret->accepted += EACH;
    for (int i = 0; i < EACH; i++) {
        ret->answered += fact->answered[i];
        ret->came += fact->scene_ms[i] != 0;
        if (fact->scene_ms[i] != 0)
            came[fact->person[i] == 1001 ? 0 : fact->person[i] - 1000] = true;
    }
}

static struct statistics_half wanted(const struct world *world, const struct slot *slot,
                                     bool exercise)
{
    struct statistics_half ret = {0};
    bool came[PEOPLE] = {false};
    int64_t alert_ms[INCIDENTS], scene_ms[INCIDENTS];
    uint32_t alerts = 0, scenes = 0;
    for (int i = 0; i < INCIDENTS; i++) {
        const struct fact *fact = &world->facts[i];
        for (int j = 0; j < EACH; j++)
            if (counts_at(slot, fact, exercise, fact->released_ms[j]))
                ret.minutes += fact->minutes[j];
        if (!counts_at(slot, fact, exercise, fact->at_ms))
            continue;
        count_fact(fact, &ret, came);
        alert_ms[alerts++] = least(fact->alert_ms) - fact->at_ms;
        if (least(fact->scene_ms) != 0)
            scene_ms[scenes++] = least(fact->scene_ms) - fact->at_ms;
    }
    for (int i = 0; i < PEOPLE; i++)
        ret.people += came[i];
    ret.alert_ms = median(alert_ms, alerts);
    ret.scene_ms = median(scene_ms, scenes);
    return ret;
}

static void expect(const struct world *world, const struct statistics_row *row,
                   const struct slot *slot)
{
    for (unsigned part = 0; part < STATISTICS_PARTS; part++) {
        const struct statistics_half want =
            wanted(world, slot, part == STATISTICS_EXERCISE);
        assert_memory_equal(&row->parts[part], &want, sizeof want);
    }
}

static void expect_area(const struct world *world, struct db *db, int64_t area)
{
    const struct statistics_wish wish = {.area_id = area,
                                         .from_day = 20089, /* 2025-01-01 */
                                         .to_day = 20089 + 364,
                                         .now_ms = NOW_MS};
    struct statistics statistics;
    struct slot own = {.area = area}, whole = {.area = area};
    assert_int_equal(statistics_count(db, &wish, &statistics), ST_OK);
    expect(world, statistics.total, &whole);
    for (uint32_t i = 0; i + 1 < statistics.below_count; i++) {
        const struct slot slot = {.area = statistics.below[i].area->id};
        assert_int_equal(statistics.below[i].area->parent_id, area);
        own.but_not[i] = slot.area;
        expect(world, &statistics.below[i], &slot);
    }
    expect(world, &statistics.below[statistics.below_count - 1], &own);
    assert_int_equal(statistics.month_count, 12);
    for (int i = 0; i < 12; i++) {
        const struct slot slot = {.area = area, .month = i + 1};
        assert_int_equal(statistics.months[i].month, i + 1);
        expect(world, &statistics.months[i], &slot);
    }
    for (unsigned i = 0; i < INCIDENT_KIND_COUNT; i++) {
        const enum incident_kind kind = (enum incident_kind)i;
        const struct slot slot = {.area = area, .kind = &kind};
        expect(world, &statistics.kinds[i], &slot);
    }
    assert_int_equal(statistics.people_day, INT32_MIN);
    statistics_release(&statistics);
}

/* The page of hours says the same of the whole instance. */
static void expect_hours(struct db *db)
{
    const struct statistics_wish wish = {1, 20089, 20089 + 364, NOW_MS};
    struct statistics statistics;
    assert_int_equal(statistics_count(db, &wish, &statistics), ST_OK);
    for (unsigned part = 0; part < STATISTICS_PARTS; part++) {
        const struct credited_wish credit = {.from_ms = time_day_start(wish.from_day),
                                             .until_ms = time_day_start(wish.to_day + 1),
                                             .exercise = part == STATISTICS_EXERCISE};
        struct credited hours;
        int64_t minutes = 0;
        assert_int_equal(credited_count(db, &credit, &hours), ST_OK);
        for (uint32_t i = 0; i < hours.count; i++)
            minutes += hours.rows[i].minutes;
        credited_release(&hours);
        assert_int_equal(statistics.total->parts[part].minutes, minutes);
        assert_in_range(minutes, 1000, 1000000);
    }
    statistics_release(&statistics);
}

static void every_row(void **state)
{
    struct world *world = *state;
    assert_int_equal(
        command_call(world->store.writer, put_all, world, &world->store.diag), ST_OK);
    struct db *db = fixture_reader(&world->store);
    const int64_t areas[] = {1, 2, 3, 6};
    for (size_t i = 0; i < COUNT_OF(areas); i++)
        expect_area(world, db, areas[i]);
    expect_hours(db);
    /* The root says nothing beside its only city; nobody has area 99. */
    struct statistics statistics;
    struct statistics_wish wish = {0, 20089, 20089 + STATISTICS_DAYS_MAX, NOW_MS};
    assert_int_equal(statistics_count(db, &wish, &statistics), ST_OK);
    assert_int_equal(statistics.area->id, 2);
    statistics_release(&statistics);
    wish.area_id = 99;
    assert_int_equal(statistics_count(db, &wish, &statistics), ST_NOT_FOUND);
    statistics_release(&statistics);
    db_close(db);
}

static void quiet_times(void **state)
{
    struct world *world = *state;
    struct db *db;
    put_areas(world);
    const struct statistics_wish wish = {2, 20089, 20089 + 30, NOW_MS};
    const int64_t from_ms = time_day_start(wish.from_day);
    const int64_t held[] = {70, 6, from_ms}, planned[] = {71, 6, from_ms},
                  before[] = {72, 6, from_ms - 1};
#define COURSE                                                                           \
    "INSERT INTO course (id, area_id, title, place, skills, state, starts_ms, minutes,"  \
    " seats, made_by) VALUES (?2, ?3, 't', 'p', 'first-aid', ?1, ?4, 60, 9, 1)"
    run(world, COURSE, "held", held, 3);
    run(world, COURSE, "planned", planned, 3);
    run(world, COURSE, "held", before, 3);
    for (int64_t i = 0; i < 3; i++) {
        const int64_t values[] = {70, 1000 + i};
        run(world,
            "INSERT INTO course_person (course_id, person_id, state) VALUES (?2, ?3, ?1)",
            i == 0 ? "failed" : "passed", values, 2);
    }
#define FINDING                                                                          \
    "INSERT INTO finding (id, area_id, incident_id, indicator, title, lead, note,"       \
    " state, due_day, made_by, made_ms, solved_by, solved_ms, checked_by, checked_ms)"   \
    " VALUES (?2, ?3, 0, '', 't', '', '', ?1, 0, 1, ?4, 0, 0, 0, ?5)"
    const int64_t made[] = {80, 3, from_ms, 0}, checked[] = {81, 3, from_ms - 1, from_ms};
    run(world, FINDING, "open", made, 4);
    run(world, FINDING, "checked", checked, 4);
    for (int64_t day = wish.from_day - 1; day < wish.from_day + 2; day++)
        for (int64_t area = 2; area <= 3; area++) {
            const int64_t values[] = {day, area, 10 * area + day % 7, 100};
            run(world,
                "INSERT INTO readiness_day (day, area_id, indicator, have, total)"
                " VALUES (?2, ?3, ?1, ?4, ?5)",
                "people.callable", values, 4);
        }
    struct statistics statistics;
    assert_int_equal(db_open(&db, world->store.db_path, DB_READ, NULL), ST_OK);
    assert_int_equal(statistics_count(db, &wish, &statistics), ST_OK);
    assert_int_equal(statistics.total->courses, 1);
    assert_int_equal(statistics.below[0].passed, 2); /* village 6 is of town 3 */
    assert_int_equal(statistics.below[1].courses, 0);
    assert_int_equal(statistics.months[0].noted, 1);
    assert_int_equal(statistics.total->checked, 1);
    assert_int_equal(statistics.people_day, wish.from_day + 1);
    assert_int_equal(statistics.total->callable, 20 + (wish.from_day + 1) % 7);
    assert_int_equal(statistics.below[0].callable, 30 + (wish.from_day + 1) % 7);
    assert_int_equal(statistics.below[1].on_record, 0);
    assert_true(statistics_has_any(statistics.total));
    assert_false(statistics_has_any(&statistics.below[1]));
    statistics_release(&statistics);
    db_close(db);
}

static int setup(void **state)
{
    time_set_zone("Asia/Shanghai");
    return fixture_setup_of(state, sizeof(struct world));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_row, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(quiet_times, setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
