/* SPDX-License-Identifier: Apache-2.0 */
/* What a drill takes from a server, packed and unpacked: the same people on the same
 * roads, and the same report to the last digit. */
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "drill/drill.h"
#include "drill/parcel.h"
#include "drill/question.h"
#include "drill/roster.h"
#include "plan/learn_keep.h"
#include "road/road.h"
#include "test/unit/crowd/world.h"
#include "test/unit/drill/taught.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define PEOPLE 300
#define RUNS 8

static const char *const FIRST_AID[] = {"first-aid"}, *const PUMP[] = {"pump"};

struct place {
    char folder[32], path[64];
    struct road *road;
    struct skill_table skills;
    struct calendar calendar;
    struct calendar_day day;
    struct crowd *crowd;
    struct learn *learn;
    struct scenario *scenario;
    struct parcel_config config;
    int64_t *ids;
};

/* Every second a first aider, every tenth at a pump (a skill of this county alone); some
 * have a second place, hours of their own, long numbers, a pause. */
static void add_people(struct place *place)
{
    struct random_seeded random;
    random_seeded_init(&random, 5);
    for (int64_t i = 1; i <= PEOPLE; i++) {
        struct crowd_person person = {
            .id = 10 * i,
            .mode = (enum road_mode)random_below(&random.super, ROAD_MODE_COUNT),
            .home = world_point(place->road, &random.super),
            .quiet_kind = i % 3 == 0 ? CROWD_QUIET_DEFAULT : CROWD_QUIET_NONE,
            .birth_day = INT32_MIN,
            .paused_until_ms = i % 19 == 0 ? INT64_MAX : 0,
            .suspended = i % 17 == 0};
        (void)snprintf(person.number, sizeof person.number,
                       i % 7 == 0 ? "A-VERY-LONG-NUMBER-%lld" : "V%lld", (long long)i);
        if (i % 2 == 0)
            skill_set_add(&person.skills,
                          (uint32_t)skill_find(&place->skills, "first-aid"));
        if (i % 10 == 0)
            skill_set_add(&person.skills, (uint32_t)skill_find(&place->skills, "pump"));
        if (i % 5 == 0) {
            person.places[0].at = world_point(place->road, &random.super);
            person.place_count = 1;
            assert_int_equal(
                hours_parse("Mo-Fr 08:00-18:00", &person.places[0].hours, NULL), ST_OK);
        }
        if (i % 4 == 0)
            assert_int_equal(hours_parse("Sa-Su 06:00-22:00", &person.duty, NULL), ST_OK);
        assert_int_equal(crowd_put(place->crowd, &person), 0);
    }
    for (int64_t i = 20; i < 60; i += 20) /* the last alert of the week */
        for (int k = 0; k < 3; k++)
            crowd_note_alert(place->crowd, i, place->scenario->start_ms - 1000 * k);
}

static struct question ask(const struct place *place)
{
    struct random_seeded random;
    struct question question = {.minutes = 40,
                                .target = 0.9,
                                .runs = RUNS,
                                .weekly_cap = 3,
                                .no_answer_ms = 300000,
                                .line_count = 3,
                                .lines = {{FIRST_AID, 1, 2}, {PUMP, 1, 1}, {NULL, 0, 1}}};
    random_seeded_init(&random, 9);
    question.at = world_point(place->road, &random.super);
    assert_true(time_parse("2026-11-24T14:30:00+08:00", &question.start_ms));
    return question;
}

static int setup(void **state)
{
    struct place *place = mem_calloc(1, sizeof *place);
    (void)snprintf(place->folder, sizeof place->folder, "/tmp/muster-parcel-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->path, sizeof place->path, "%s/road.graph", place->folder);
    place->road = world_graph(16, 9, place->folder, place->path);
    skill_table_init(&place->skills);
    assert_true(skill_add(&place->skills, "pump", "泵", "pump") >= 0);
    place->scenario = mem_calloc(1, sizeof *place->scenario);
    const struct question question = ask(place);
    assert_int_equal(question_scenario(&question, place->scenario), ST_OK);
    /* A Tuesday that is treated as a Sunday: who is on duty then is off otherwise. */
    place->day = (struct calendar_day){20781, 6};
    place->calendar = (struct calendar){1, &place->day};
    const struct crowd_config crowd = {.road = place->road,
                                       .skills = &place->skills,
                                       .calendar = &place->calendar,
                                       .weekly_cap = 3,
                                       .people_max = PEOPLE};
    assert_int_equal(crowd_new(&place->crowd, &crowd), 0);
    add_people(place);
    taught_learn(&place->learn, place->scenario->start_ms, 140, 180);
    place->config = (struct parcel_config){.scenario = place->scenario,
                                           .seed = 7,
                                           .crowd = place->crowd,
                                           .learn = place->learn,
                                           .skills = &place->skills,
                                           .calendar = &place->calendar,
                                           .road_path = place->path};
    assert_int_equal(parcel_near(&place->config, &place->ids, &place->config.id_count),
                     ST_OK);
    place->config.ids = place->ids;
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    (void)unlink(place->path);
    (void)rmdir(place->folder);
    mem_free(place->ids);
    learn_free(place->learn);
    crowd_free(place->crowd);
    road_free(place->road);
    mem_free(place->scenario);
    mem_free(place);
    return 0;
}

static void report(const struct scenario *scenario, uint64_t seed, struct text *ret)
{
    struct drill drill;
    const struct drill_options options = {.seed = seed};
    text_init(ret, 1 << 20);
    assert_int_equal(drill_run(scenario, &options, &drill, NULL), ST_OK);
    drill_append_json(&drill, ret);
    drill_release(&drill);
    assert_int_equal(ret->status, ST_OK);
}

static void test_same_report(void **state)
{
    struct place *place = *state;
    struct text bytes, there, here;
    struct parcel *parcel = NULL;
    struct diag diag = {0};
    assert_int_equal(place->config.id_count, PEOPLE);
    text_init(&bytes, PARCEL_SIZE_MAX);
    assert_int_equal(parcel_write(&place->config, &bytes), ST_OK);
    if (parcel_open(&parcel, bytes.data, bytes.size, &diag) != ST_OK)
        fail_msg("%s: %s", diag.where, diag.text);
    text_release(&bytes);
    assert_int_equal(parcel_seed(parcel), 7);
    assert_int_equal(parcel_check_lines(parcel, &diag), ST_OK);
    report(parcel_scenario(parcel), 7, &there);
    parcel_free(parcel);
    struct roster *roster;
    const struct roster_config config = {place->road, &place->skills, place->crowd,
                                         place->learn};
    assert_int_equal(roster_new(&roster, &config, place->scenario, &diag), ST_OK);
    report(place->scenario, 7, &here);
    roster_free(roster);
    assert_string_equal(text_string(&there), text_string(&here));
    assert_non_null(strstr(text_string(&here), "\"skills\":[\"pump\"]"));
    text_release(&there);
    text_release(&here);
}

/* Only those who are named, and what is known of them. */
static void test_some(void **state)
{
    struct place *place = *state;
    const int64_t ids[] = {20, 140, 200, 999999};
    struct text bytes;
    struct parcel *parcel = NULL;
    struct learn *learn;
    struct diag diag = {0};
    text_init(&bytes, PARCEL_SIZE_MAX);
    assert_int_equal(learn_copy_of(&learn, place->learn, ids, 4), ST_OK);
    place->config.ids = ids;
    place->config.id_count = 4;
    place->config.learn = learn;
    assert_int_equal(parcel_write(&place->config, &bytes), ST_OK);
    assert_int_equal(parcel_open(&parcel, bytes.data, bytes.size, &diag), ST_OK);
    const struct scenario *scenario = parcel_scenario(parcel);
    assert_int_equal(roster_count(scenario->roster), 3);
    assert_true(roster_forecast(scenario->roster, scenario, 0, 1, 300000).accept > 0.7);
    text_release(&bytes);
    parcel_free(parcel);
    learn_free(learn);
}

static void test_nobody_can(void **state)
{
    struct place *place = *state;
    static const char *const BOTH[] = {"pump", "diving"};
    struct question question = ask(place);
    struct text bytes;
    struct parcel *parcel = NULL;
    struct diag diag = {0};
    question.lines[1] = (struct question_line){BOTH, 2, 1};
    assert_int_equal(question_scenario(&question, place->scenario), ST_OK);
    text_init(&bytes, PARCEL_SIZE_MAX);
    assert_int_equal(parcel_write(&place->config, &bytes), ST_OK);
    assert_int_equal(parcel_open(&parcel, bytes.data, bytes.size, &diag), ST_OK);
    assert_int_equal(parcel_check_lines(parcel, &diag), ST_UNPROCESSABLE);
    assert_string_equal(diag.where, "/lines/1/skills");
    parcel_free(parcel);
    text_release(&bytes);
}

/* However it is cut, it is refused; so are other roads. */
static void test_damaged(void **state)
{
    struct place *place = *state;
    struct text bytes;
    struct parcel *parcel = NULL;
    struct diag diag = {0};
    text_init(&bytes, PARCEL_SIZE_MAX);
    assert_int_equal(parcel_write(&place->config, &bytes), ST_OK);
    for (size_t size = 0; size < bytes.size; size += 1 + size / 4)
        assert_int_equal(parcel_open(&parcel, bytes.data, size, &diag), ST_CORRUPT);
    road_free(world_graph(12, 3, place->folder, place->path));
    assert_int_equal(parcel_open(&parcel, bytes.data, bytes.size, &diag), ST_CORRUPT);
    (void)unlink(place->path);
    assert_int_not_equal(parcel_open(&parcel, bytes.data, bytes.size, &diag), ST_OK);
    text_release(&bytes);
}

static void test_questions(void **state)
{
    struct place *place = *state;
    static const char *const MANY[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    struct question question = ask(place);
    struct scenario *scenario = place->scenario;
    assert_int_equal(scenario->policy_count, 5);
    assert_int_equal(scenario->policies[0].rule, POLICY_OURS);
    assert_int_equal(scenario->policies[1].count, 16);
    assert_true(scenario->policies[2].radius_m > 1199.9 &&
                scenario->policies[2].radius_m < 1200.1);
    assert_int_equal(scenario->policies[3].phase[4].at_ms, 20 * 60000);
    assert_int_equal(scenario->policies[4].count, 12);
    question.line_count = 1;
    question.lines[0] = (struct question_line){MANY, SCENARIO_SKILLS_MAX, LOOP_COUNT_MAX};
    assert_int_equal(question_scenario(&question, scenario), ST_OK);
    assert_int_equal(scenario->policies[1].count, SCENARIO_PEOPLE_MAX);
    question.lines[0].skill_count = SCENARIO_SKILLS_MAX + 1;
    assert_int_equal(question_scenario(&question, scenario), ST_LIMIT);
}

int main(void)
{
    (void)setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_same_report), TEST(test_some),      TEST(test_nobody_can),
        TEST(test_damaged),     TEST(test_questions),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
