/* SPDX-License-Identifier: Apache-2.0 */
/* The counts of every area against a second, slow count of what was put in: people, who
 * reaches a village (each person by himself), alerts, needs, results, exercises and
 * findings around the edges of their time spans. */
#include "test/unit/store/fixture.h"

#include "crowd/crowd.h"
#include "ready/count.h"
#include "ready/record.h"
#include "store/finding.h"
#include "store/people.h"
#include "store/places.h"
#include "test/unit/crowd/world.h"

#define TOWNS 4
#define VILLAGES 25 /* of a town */
#define AREAS (2 + TOWNS + TOWNS * VILLAGES)
#define PEOPLE 150
#define INCIDENTS 120
#define SIDE 40
#define DAY_MS INT64_C(86400000)

/* Ids: 1 root, 2 city, then a town and its villages. Each area's parent by index. */
struct world {
    struct fixture store;
    struct road *road;
    struct crowd *crowd;
    struct skill_table skills;
    struct area_tree areas;
    int64_t next;
    struct ready_share wanted[AREAS][READY_COUNT];
};

static int64_t area_id(uint32_t index)
{
    return 1 + index;
}

static uint32_t parent_of(uint32_t index)
{
    if (index < 3)
        return index == 0 ? 0 : index - 1;
    const uint32_t place = (index - 2) % (1 + VILLAGES);
    return place == 0 ? 1 : index - place;
}

static const char *level_of(uint32_t index)
{
    return index < 2 ? "city" : (index - 2) % (1 + VILLAGES) == 0 ? "town" : "village";
}

/* What is counted for an area counts for all above it. */
static void want(struct world *world, uint32_t area, enum ready_indicator indicator,
                 bool have)
{
    for (;; area = parent_of(area)) {
        world->wanted[area][indicator].of++;
        world->wanted[area][indicator].have += have;
        if (area == 0)
            return;
    }
}

/* ---- rows ---- */
static int put_areas(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    (void)now_ms;
    (void)reterr;
    struct world *world = context;
    for (uint32_t i = 0; i < AREAS; i++) {
        const bool is_village = strcmp(level_of(i), "village") == 0;
        char code[16];
        (void)snprintf(code, sizeof code, "a%u", i);
        struct query *query =
            db_query(writer_db(writer),
                     "INSERT INTO area (id, code, name, parent_id, level, lat_e7, lon_e7)"
                     " VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6)");
        query_int(query, 1, area_id(i));
        query_text(query, 2, i == 0 ? "root" : code);
        query_int(query, 3, i == 0 ? 0 : area_id(parent_of(i)));
        query_text(query, 4, level_of(i));
        if (is_village &&
            i % 7 != 0) { /* every seventh has no centre; one lies far off */
            struct point at = world_point(world->road, &world->store.random.super);
            query_int(query, 5, at.lat_e7 + (i == 3 ? 3000000 : 0));
            query_int(query, 6, at.lon_e7);
        }
        const int status = query_run(query);
        if (status != ST_OK)
            return status;
    }
    return skills_store(writer, &world->skills, 1, now_ms);
}

static void fill_person(struct world *world, int number, struct person *ret)
{
    struct random *random = &world->store.random.super;
    struct crowd_person *crowd = &ret->crowd;
    const int32_t today = time_local_day(NOW_MS);
    const char *const skills[] = {"first-aid", "nurse", "radio"};
    *ret = (struct person){.has = PERSON_HAS_ALL & ~PERSON_HAS_PLACES};
    (void)snprintf(crowd->number, sizeof crowd->number, "P%d", number);
    (void)snprintf(ret->name, sizeof ret->name, "Name");
    crowd->home = world_point(world->road, random);
    crowd->mode = (enum road_mode)random_below(random, ROAD_MODE_COUNT);
    crowd->birth_day = INT32_MIN;
    crowd->quiet_kind = CROWD_QUIET_DEFAULT;
    crowd->area = random_below(random, 10) == 0
                      ? 0
                      : area_id((uint32_t)random_below(random, AREAS));
    for (size_t i = 0; i < COUNT_OF(skills); i++)
        if (random_below(random, i == 0 ? 12 : 3) == 0) /* few with first aid */
            skill_set_add(&crowd->skills,
                          (uint32_t)skill_find(&world->skills, skills[i]));
    if (random_below(random, 2) == 0) {
        crowd->certificate_count = 1;
        crowd->certificates[0] = (struct crowd_certificate){
            skill_find_certificate(&world->skills, "nurse"),
            today + READY_CERTIFIED_DAYS - 1 + (int32_t)random_below(random, 3)};
    }
    if (random_below(random, 4) != 0) { /* off duty now, at noon */
        (void)snprintf(ret->duty, sizeof ret->duty, "Mo-Su 01:00-02:00");
        assert_int_equal(hours_parse(ret->duty, &crowd->duty, NULL), ST_OK);
    }
    crowd->suspended = random_below(random, 6) == 0;
    crowd->paused_until_ms =
        random_below(random, 6) == 0 ? NOW_MS - 1 + (int64_t)random_below(random, 3) : 0;
}

static void want_person(struct world *world, const struct person *person)
{
    const struct crowd_person *crowd = &person->crowd;
    const uint32_t area = crowd->area == 0 ? 0 : (uint32_t)(crowd->area - 1);
    want(world, area, READY_CALLABLE,
         !crowd->suspended && crowd->paused_until_ms <= NOW_MS);
    const int32_t last = time_local_day(NOW_MS) + READY_CERTIFIED_DAYS;
    if (skill_set_has(&crowd->skills, (uint32_t)skill_find(&world->skills, "nurse")))
        want(world, area, READY_CERTIFIED,
             crowd->certificate_count == 1 && crowd->certificates[0].last_day >= last);
}

static int put_people(void *context, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    struct world *world = context;
    for (int i = 0; i < PEOPLE; i++) {
        AUTO_FREE struct person *person = mem_alloc(sizeof *person);
        fill_person(world, i, person);
        const int status = person_put(writer, person, 1, now_ms, reterr);
        if (status != ST_OK)
            return status;
        assert_int_equal(crowd_put(world->crowd, &person->crowd), ST_OK);
        want_person(world, person);
    }
    return ST_OK;
}

/* A time at an edge of a span of DAYS, or one millisecond beside it, or well inside. */
static int64_t edge(struct random *random, int64_t days)
{
    return NOW_MS - days * DAY_MS * (int64_t)random_below(random, 2) +
           (int64_t)random_below(random, 3) - 1 -
           (random_below(random, 2) == 0 ? 40 * DAY_MS : 0);
}

static bool is_within(int64_t at_ms, int64_t days, int64_t to_ms)
{
    return at_ms >= NOW_MS - days * DAY_MS && at_ms <= to_ms;
}

/* COLUMNS of TABLE from VALUES; texts first. */
static int put_row(struct writer *writer, const char *sql, const char *text,
                   const int64_t *values, int count)
{
    struct query *query = db_query(writer_db(writer), sql);
    query_text(query, 1, text);
    for (int i = 0; i < count; i++)
        query_int(query, i + 2, values[i]);
    return query_run(query);
}

static const char *pick(struct random *random, const char *const *list, uint64_t count)
{
    return list[random_below(random, count)];
}

struct incident {
    int64_t id;
    uint32_t area;
    bool exercise, is_off;
};

static int put_incident(struct world *world, struct writer *writer, struct incident *ret)
{
    static const char *const states[] = {"reported",  "confirmed", "active",
                                         "review",    "closed",    "standing_down",
                                         "cancelled", "merged"};
    struct random *random = &world->store.random.super;
    const uint64_t state = random_below(random, COUNT_OF(states));
    const int64_t reported_ms = edge(random, READY_DRILL_DAYS);
    /* The last town has none. */
    *ret = (struct incident){world->next++,
                             (uint32_t)random_below(random, AREAS - 1 - VILLAGES),
                             random_below(random, 3) == 0, state >= 6};
    const int64_t values[] = {ret->id, ret->exercise, area_id(ret->area), reported_ms};
    const int status =
        put_row(writer,
                "INSERT INTO incident (id, case_number, state, kind, grade, exercise,"
                " lat_e7, lon_e7, area_id, reported_ms, closed_ms, merged_into,"
                " event_sequence, chain_head, roll_call_ms) VALUES (?2, 'C' || ?2, ?1,"
                " 'flood', 0, ?3, 0, 0, ?4, ?5, 0, 0, 0, 'x', 0)",
                states[state], values, COUNT_OF(values));
    uint32_t town = ret->area;
    while (town > 1 && strcmp(level_of(town), "town") != 0)
        town = parent_of(town);
    if (ret->exercise && state >= 2 && state <= 5 && town > 1 &&
        reported_ms >= NOW_MS - READY_DRILL_DAYS * DAY_MS)
        world->wanted[town][READY_DRILLS].have = 1;
    return status;
}

static int put_need(struct world *world, struct writer *writer,
                    const struct incident *incident, int64_t *ret_id)
{
    static const char *const states[] = {"open", "met", "short", "filled", "cancelled"};
    struct random *random = &world->store.random.super;
    const char *state = pick(random, states, COUNT_OF(states));
    const int64_t deadline_ms = edge(random, READY_YEAR_DAYS);
    const int64_t met_ms = random_below(random, 3) == 0
                               ? 0
                               : deadline_ms - 1 + (int64_t)random_below(random, 3);
    *ret_id = world->next++;
    const int64_t missed_ms =
        random_below(random, 4) == 0 ? edge(random, READY_YEAR_DAYS) : 0;
    const int64_t values[] = {*ret_id, incident->id, deadline_ms, met_ms, missed_ms};
    const bool is_counted =
        missed_ms != 0 || (!incident->is_off && strcmp(state, "cancelled") != 0);
    if (!incident->exercise && is_counted &&
        is_within(missed_ms != 0 ? missed_ms : deadline_ms, READY_YEAR_DAYS, NOW_MS))
        want(world, incident->area, READY_IN_TIME,
             missed_ms == 0 && met_ms != 0 && met_ms <= deadline_ms);
    return put_row(
        writer,
        "INSERT INTO need (id, incident_id, state, lat_e7, lon_e7, stated_ms,"
        " deadline_ms, line_count, reserve, target, mode, escalated_ms, due_ms,"
        " met_ms, filled_ms, missed_ms) VALUES (?2, ?3, ?1, 0, 0, 0, ?4, 1, 0, 0.95, -1,"
        " 0, 0, ?5, 0, ?6)",
        state, values, COUNT_OF(values));
}

static const int64_t wait_ms = INT64_C(60000) * READY_ANSWER_MINUTES;

static int put_callout(struct world *world, struct writer *writer,
                       const struct incident *incident, int64_t need_id,
                       int64_t stand_down_ms, int64_t *ret_id)
{
    *ret_id = world->next++;
    const int64_t values[] = {*ret_id, incident->id, need_id, stand_down_ms};
    return put_row(
        writer,
        "INSERT INTO callout (id, incident_id, need_id, state, started_ms,"
        " ended_ms, waves, version, replan_due_ms, probability, target_reached,"
        " target_holds, lift, stand_down_ms) VALUES (?2, ?3, ?4, ?1, 0, 0, 1, 1,"
        " 0, 0.9, 1, 1, 0, ?5)",
        "ended", values, COUNT_OF(values));
}

static int put_alert(struct world *world, struct writer *writer,
                     const struct incident *incident, int64_t callout_id,
                     int64_t stand_down_ms)
{
    static const char *const states[] = {"accepted", "declined",   "no_answer", "void",
                                         "late",     "stood_down", "pending"};
    struct random *random = &world->store.random.super;
    const char *state = pick(random, states, COUNT_OF(states));
    const int64_t alerted_ms =
        stand_down_ms == 0 || random_below(random, 3) == 0
            ? edge(random, READY_YEAR_DAYS) - wait_ms * (int64_t)random_below(random, 2)
            : stand_down_ms - wait_ms - 1 + (int64_t)random_below(random, 3);
    const int64_t answered_ms = random_below(random, 2) == 0 ? 0 : alerted_ms + 1000;
    const int64_t values[] = {world->next++, callout_id, incident->id, alerted_ms,
                              answered_ms};
    if (!incident->exercise && strcmp(state, "void") != 0 &&
        is_within(alerted_ms, READY_YEAR_DAYS, NOW_MS - wait_ms) &&
        (stand_down_ms == 0 || stand_down_ms >= alerted_ms + wait_ms))
        want(world, incident->area, READY_ANSWERED, answered_ms != 0);
    return put_row(
        writer,
        "INSERT INTO alert (callout_id, id, incident_id, person_id, state,"
        " answer, line, wave, lines_able, alerted_ms, answered_ms, seen_ms,"
        " fetched_ms, due_ms, timer_ms, asked_ms, travel_ms, p_accept,"
        " p_in_time, ready_in_minutes, count, forced, on_behalf, rung, channels,"
        " token_hash, device_hash, nonces, digits_tries, reply_code)"
        " VALUES (?3, ?2, ?4, 1, ?1, '', 0, 1, 1, ?5, ?6, 0, 0, 0, 0, 0, 1, 0.5,"
        " 0.5, 0, 1, 0, 0, 0, 1, 'x', 'x', 'x', 0, '')",
        state, values, COUNT_OF(values));
}

static int put_assignment(struct world *world, struct writer *writer,
                          const struct incident *incident, int64_t need_id)
{
    struct random *random = &world->store.random.super;
    const int64_t to_ms = NOW_MS - READY_VERIFY_DAYS * DAY_MS;
    const int64_t reported_ms =
        random_below(random, 4) == 0
            ? 0
            : edge(random,
                   random_below(random, 2) == 0 ? READY_YEAR_DAYS : READY_VERIFY_DAYS);
    const int64_t verified_ms =
        reported_ms == 0 || random_below(random, 3) == 0 ? 0 : reported_ms + 1;
    const int64_t values[] = {world->next++, incident->id, need_id, reported_ms,
                              verified_ms};
    if (!incident->exercise && is_within(reported_ms, READY_YEAR_DAYS, to_ms))
        want(world, incident->area, READY_VERIFIED, verified_ms != 0);
    return put_row(
        writer,
        "INSERT INTO assignment (id, incident_id, alert_id, person_id, need_id,"
        " state, before_lost, line, count, assigned_ms, en_route_ms,"
        " on_scene_ms, released_ms, reported_ms, verified_ms, due_ms,"
        " overdue_stage, here_ms, sos_ms, sos_acknowledged_ms, outcome,"
        " reported_by, verified_by, minutes_worked, minutes_credited,"
        " stood_down_while_there, past) VALUES (?2, ?3, 1, 1, ?4, ?1, '', 0, 1,"
        " 0, 0, 0, 0, ?5, ?6, 0, 0, 0, 0, 0, '', 0, 0, 0, 0, 0, 1)",
        "reported", values, COUNT_OF(values));
}

static int put_finding(struct world *world, struct writer *writer)
{
    static const char *const states[] = {"open", "working", "solved", "checked",
                                         "dropped"};
    struct random *random = &world->store.random.super;
    const char *state = pick(random, states, COUNT_OF(states));
    const uint32_t area = (uint32_t)random_below(random, AREAS);
    const int32_t today = time_local_day(NOW_MS);
    const int32_t year = random_below(random, 2) == 0 ? 0 : READY_YEAR_DAYS;
    const int32_t due_day = random_below(random, 4) == 0
                                ? 0
                                : today - year - 1 + (int32_t)random_below(random, 3);
    const bool is_checked = strcmp(state, "checked") == 0;
    const bool is_dropped = strcmp(state, "dropped") == 0;
    /* Without a day it is due so many days after it was noted. */
    const int32_t made_day = today - year - FINDING_DUE_DAYS - 1 +
                             (int32_t)random_below(random, 3),
                  counted = due_day == 0 ? made_day + FINDING_DUE_DAYS : due_day,
                  ended_day = counted + (int32_t)random_below(random, 2);
    const int64_t values[] = {world->next++, area_id(area), due_day,
                              time_day_start(made_day),
                              is_dropped || is_checked ? time_day_start(ended_day) : 0};
    if (counted < today && (!is_dropped || ended_day > counted) &&
        ((!is_checked && !is_dropped) || counted >= today - READY_YEAR_DAYS))
        want(world, area, READY_FINDINGS, is_checked);
    return put_row(
        writer,
        "INSERT INTO finding (id, area_id, incident_id, indicator, title, lead,"
        " note, state, due_day, made_by, made_ms, solved_by, solved_ms,"
        " checked_by, checked_ms) VALUES (?2, ?3, 0, '', 't', '', '', ?1, ?4, 1,"
        " ?5, 0, 0, 0, ?6)",
        state, values, COUNT_OF(values));
}

static int put_history(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)now_ms;
    (void)reterr;
    struct world *world = context;
    int status = ST_OK;
    world->next = 100000;
    for (int i = 0; i < INCIDENTS && status == ST_OK; i++) {
        struct incident incident;
        int64_t need_id = 0, callout_id = 0;
        const int64_t stand_down_ms = i % 2 == 0 ? 0 : NOW_MS - DAY_MS;
        status = put_incident(world, writer, &incident);
        if (status == ST_OK)
            status = put_need(world, writer, &incident, &need_id);
        if (status == ST_OK)
            status = put_callout(world, writer, &incident, need_id, stand_down_ms,
                                 &callout_id);
        for (int j = 0; j < 5 && status == ST_OK; j++)
            status = put_alert(world, writer, &incident, callout_id, stand_down_ms);
        for (int j = 0; j < 2 && status == ST_OK; j++)
            status = put_assignment(world, writer, &incident, need_id);
        if (status == ST_OK)
            status = put_finding(world, writer);
    }
    return status;
}

/* ---- the slow count ---- */
/* Everybody by himself. */
static bool is_reached(struct world *world, const struct area *village)
{
    struct crowd_query query = {.at = village->at,
                                .flags = CROWD_OWN_MODE | CROWD_LIFT_DUTY,
                                .time_ms = NOW_MS,
                                .count = 1,
                                .ms_max = READY_REACH_MINUTES * 60000};
    uint32_t count = 0;
    skill_set_add(&query.skills, (uint32_t)skill_find(&world->skills, "first-aid"));
    struct db *db = fixture_reader(&world->store);
    for (int64_t id = 1; id <= PEOPLE; id++) {
        struct crowd_candidate candidate;
        enum crowd_reason reason;
        struct diag diag;
        if (crowd_explain(world->crowd, &query, id, &candidate, &reason, &diag) == ST_OK)
            count += reason == CROWD_OK && candidate.ms <= query.ms_max;
    }
    db_close(db);
    return count >= READY_REACH_PEOPLE;
}

static void want_villages_and_towns(struct world *world)
{
    uint32_t reached = 0, all = 0;
    struct db *db = fixture_reader(&world->store);
    assert_int_equal(area_tree_load(&world->areas, db), ST_OK);
    db_close(db);
    assert_int_equal(world->areas.count, AREAS);
    for (uint32_t i = 0; i < AREAS; i++) {
        const struct area *area = &world->areas.areas[i];
        const bool has_exercise = world->wanted[i][READY_DRILLS].have == 1;
        world->wanted[i][READY_DRILLS] = (struct ready_share){0, 0};
        if (area->level == AREA_TOWN)
            want(world, i, READY_DRILLS, has_exercise);
        if (area->level != AREA_VILLAGE || !area->has_at)
            continue;
        const bool is_near = is_reached(world, area);
        want(world, i, READY_FIRST_AID, is_near);
        reached += is_near;
        all++;
    }
    /* The case has both kinds, else it would show nothing. */
    assert_in_range(reached, 1, all - 1);
}

static void open_world(struct world *world)
{
    fixture_init(&world->store);
    world->road = world_road(SIDE, 3);
    skill_table_init(&world->skills);
    const struct crowd_config config = {
        .road = world->road, .skills = &world->skills, .people_max = PEOPLE};
    assert_int_equal(crowd_new(&world->crowd, &config), ST_OK);
    struct fixture *f = &world->store;
    assert_int_equal(command_call(f->writer, put_areas, world, &f->diag), ST_OK);
    assert_int_equal(command_call(f->writer, put_people, world, &f->diag), ST_OK);
    assert_int_equal(command_call(f->writer, put_history, world, &f->diag), ST_OK);
}

static void close_world(struct world *world)
{
    area_tree_release(&world->areas);
    crowd_free(world->crowd);
    road_free(world->road);
    fixture_drop(&world->store);
    mem_free(world);
}

static void every_area(void **state)
{
    (void)state;
    struct world *world = mem_calloc(1, sizeof *world);
    struct ready_counts counts;
    open_world(world);
    want_villages_and_towns(world);
    struct db *db = fixture_reader(&world->store);
    assert_int_equal(ready_count(&counts, db, world->crowd, NOW_MS), ST_OK);
    assert_int_equal(counts.areas.count, AREAS);
    for (uint32_t i = 0; i < AREAS; i++)
        for (unsigned j = 0; j < READY_COUNT; j++)
            if (counts.shares[i][j].have != world->wanted[i][j].have ||
                counts.shares[i][j].of != world->wanted[i][j].of)
                fail_msg("area %u, %s: %d of %d instead of %d of %d", i, ready_code(j),
                         (int)counts.shares[i][j].have, (int)counts.shares[i][j].of,
                         (int)world->wanted[i][j].have, (int)world->wanted[i][j].of);
    for (unsigned j = 0; j < READY_COUNT; j++) /* each shows something */
        assert_in_range(counts.shares[0][j].have, 1, counts.shares[0][j].of - 1);
    ready_counts_release(&counts);
    /* Without roads nobody's reach is counted. */
    assert_int_equal(ready_count(&counts, db, NULL, NOW_MS), ST_OK);
    assert_int_equal(counts.shares[0][READY_FIRST_AID].of, 0);
    ready_counts_release(&counts);
    db_close(db);
    close_world(world);
}

/* ---- days ---- */
struct days {
    int32_t days[8];
    struct ready_share callable[8];
    uint32_t count;
};

static int take_day(void *context, int32_t day,
                    const struct ready_share shares[READY_COUNT])
{
    struct days *days = context;
    days->days[days->count] = day;
    days->callable[days->count++] = shares[READY_CALLABLE];
    return days->count == COUNT_OF(days->days);
}

static void days_before(void **state)
{
    (void)state;
    struct world *world = mem_calloc(1, sizeof *world);
    struct days days = {.count = 0};
    const int32_t today = time_local_day(NOW_MS);
    open_world(world);
    struct db *db = fixture_reader(&world->store);
    struct writer *writer = world->store.writer;
    assert_int_equal(ready_days_each(db, 1, take_day, &days), 0);
    assert_int_equal(days.count, 0);
    for (int i = 0; i < 3; i++) { /* once a day, however often it is asked for */
        assert_int_equal(ready_record(db, world->crowd, writer, NOW_MS), ST_OK);
        assert_int_equal(ready_record(db, world->crowd, writer, NOW_MS + DAY_MS), ST_OK);
    }
    assert_int_equal(ready_days_each(db, 1, take_day, &days), 0);
    assert_int_equal(days.count, 2);
    assert_int_equal(days.days[0], today);
    assert_int_equal(days.days[1], today + 1);
    assert_int_equal(days.callable[0].have, world->wanted[0][READY_CALLABLE].have);
    assert_int_equal(days.callable[0].of, world->wanted[0][READY_CALLABLE].of);
    /* Villages are not kept; after 400 days one a week is. */
    days.count = 0;
    assert_int_equal(ready_days_each(db, area_id(3), take_day, &days), 0);
    assert_int_equal(days.count, 0);
    for (int64_t day = 2; day <= 8; day++)
        assert_int_equal(ready_record(db, world->crowd, writer, NOW_MS + day * DAY_MS),
                         ST_OK);
    assert_int_equal(
        ready_record(db, world->crowd, writer, NOW_MS + (READY_DAILY_DAYS + 7) * DAY_MS),
        ST_OK);
    assert_int_equal(ready_days_each(db, 1, take_day, &days), 0);
    assert_int_equal(days.count, 4); /* a week's one, two that are younger, today's */
    assert_int_equal(days.days[0] % 7, 0);
    assert_int_equal(days.days[1], today + 7);
    assert_int_equal(days.days[3], today + READY_DAILY_DAYS + 7);
    db_close(db);
    close_world(world);
}

static void no_memory(void **state)
{
    (void)state;
    struct world *world = mem_calloc(1, sizeof *world);
    open_world(world);
    struct db *db = fixture_reader(&world->store);
    int status = ST_NO_MEMORY;
    uint64_t failures = 0;
    for (uint64_t n = 1; status != ST_OK; n += 1 + n / 20, failures++) {
        struct ready_counts counts;
        mem_fail_at(n);
        status = ready_count(&counts, db, world->crowd, NOW_MS);
        mem_fail_at(0);
        assert_true(status == ST_OK || status == ST_NO_MEMORY);
        ready_counts_release(&counts);
    }
    assert_true(failures > 10);
    db_close(db);
    close_world(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_area),
        cmocka_unit_test(days_before),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
