/* SPDX-License-Identifier: Apache-2.0 */
/* The people of an instance in a drill: who can be asked, by which way, and the two
 * engines with them on the same seeds. */
#include "test/unit/drill/agree.h"

#include "crowd/crowd.h"
#include "drill/roster.h"
#include "road/road.h"
#include "test/unit/crowd/world.h"
#include "test/unit/drill/taught.h"

#define PEOPLE 300

static const char SCENARIO[] =
    "{\"name\":\"t\",\"start\":\"2026-11-24T23:30:00+08:00\",\"people\":{\"count\":1,"
    "\"radius_m\":900,\"speed_m_s\":2,\"skills\":{\"nurse\":0,\"boat\":0}},\"incidents\":"
    "[{\"kind\":\"flood\",\"button_minutes\":2,\"needs\":[{\"within_minutes\":40,"
    "\"lines\":[{\"skills\":[\"nurse\"],\"count\":1},{\"count\":3}]},"
    "{\"within_minutes\":30,\"count\":2,\"lift\":[\"quiet\"]}]},"
    "{\"kind\":\"fire\",\"minute\":9,\"at\":\"anywhere\",\"needs\":[{\"count\":2,"
    "\"within_minutes\":30}]}],"
    "\"closures\":[{\"at\":{\"east_m\":200,\"north_m\":0},\"radius_m\":300,\"detour\":2,"
    "\"from_minute\":4,\"to_minute\":12},{\"at\":{\"east_m\":0,\"north_m\":0},"
    "\"radius_m\":4000,\"limit_kmh\":2,\"from_minute\":5}],"
    "\"response\":{\"event_sd\":0.3,\"travel_factor\":1.2},"
    "\"channels\":[{\"kind\":\"file\",\"loss\":0.1,\"down\":[{\"from_minute\":3,"
    "\"to_minute\":4}]},{\"kind\":\"email\"}],"
    "\"policies\":[{\"name\":\"ours\",\"rule\":\"ours\"},{\"name\":\"near\",\"rule\":"
    "\"nearest\",\"count\":12},{\"name\":\"top\",\"rule\":\"top-up\",\"count\":9}]}";

struct place {
    struct road *road;
    struct skill_table skills;
    struct crowd *crowd;
    struct learn *learn;
    struct scenario *scenario;
    struct roster *roster;
};

/* Every tenth a nurse, half of them with the certificate; some suspended, some paused;
 * every third is quiet at night. Ids are 10, 20, ... */
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
            .birth_day = INT32_MIN};
        (void)snprintf(person.number, sizeof person.number, "V%lld", (long long)i);
        if (i % 10 == 0)
            skill_set_add(&person.skills, (uint32_t)skill_find(&place->skills, "nurse"));
        if (i % 20 == 0)
            person.certificates[person.certificate_count++] = (struct crowd_certificate){
                skill_find_certificate(&place->skills, "nurse"), INT32_MAX};
        person.suspended = i % 17 == 0;
        person.paused_until_ms = i % 19 == 0 ? INT64_MAX : 0;
        assert_int_equal(crowd_put(place->crowd, &person), 0);
    }
    for (int k = 0; k < 3; k++) /* and one has had the week's last alert */
        crowd_note_alert(place->crowd, 10, place->scenario->start_ms - 1000);
}

static int setup(void **state)
{
    struct place *place = mem_calloc(1, sizeof *place);
    struct diag diag = {0};
    place->scenario = mem_calloc(1, sizeof *place->scenario);
    assert_int_equal(scenario_parse(SCENARIO, strlen(SCENARIO), place->scenario, &diag),
                     ST_OK);
    place->road = world_road(16, 9);
    skill_table_init(&place->skills);
    const struct crowd_config crowd = {.road = place->road,
                                       .skills = &place->skills,
                                       .weekly_cap = 3,
                                       .people_max = PEOPLE};
    assert_int_equal(crowd_new(&place->crowd, &crowd), 0);
    add_people(place);
    taught_learn(&place->learn, place->scenario->start_ms, 20, 40);
    const struct roster_config config = {place->road, &place->skills, place->crowd,
                                         place->learn};
    int status = roster_new(&place->roster, &config, place->scenario, &diag);
    if (status != ST_OK)
        fail_msg("%s: %s", diag.where, diag.text);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    roster_free(place->roster);
    learn_free(place->learn);
    crowd_free(place->crowd);
    road_free(place->road);
    mem_free(place->scenario);
    mem_free(place);
    return 0;
}

static void test_who_can_be_asked(void **state)
{
    struct place *place = *state;
    struct world world;
    assert_int_equal(roster_count(place->roster), PEOPLE);
    assert_int_equal(world_init(&world, place->scenario, 1), ST_OK);
    assert_int_equal(world_set_run(&world, 0), ST_OK);
    uint32_t nurses = 0, lifted = 0;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        uint32_t n = i + 1, lines = world_lines(&world, 0, i);
        bool never = n % 17 == 0 || n % 19 == 0 || n == 1;
        bool quiet = n % 3 == 0;
        nurses += lines & 1;
        lifted += world_lines(&world, 1, i) != 0 && quiet;
        assert_true(!(never || quiet) || lines == 0);
        assert_true(!never || world_lines(&world, 1, i) == 0);
        assert_true((lines & 1) == 0 || n % 20 == 0);
    }
    assert_true(nurses > 0);
    assert_true(lifted > 0);
    /* What was learned of two of them. */
    assert_true(world_forecast(&world, 0, 1, 300000).accept > 0.8);
    assert_true(world_forecast(&world, 0, 3, 300000).accept < 0.1);
    world_release(&world);
}

/* Two kilometres an hour everywhere: every way is longer, and as at the start again in
 * the next run. */
static void test_roads(void **state)
{
    struct place *place = *state;
    struct world world;
    uint32_t before[PEOPLE], slower = 0, ways = 0;
    bool changed;
    assert_int_equal(world_init(&world, place->scenario, 1), ST_OK);
    assert_int_equal(world_set_run(&world, 0), ST_OK);
    for (uint32_t i = 0; i < PEOPLE; i++)
        before[i] = world_travel_ms(&world, 0, i);
    assert_int_equal(world_set_roads(&world, 0, 6 * 60000, &changed), ST_OK);
    assert_true(changed);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        uint32_t now = world_travel_ms(&world, 0, i);
        ways += before[i] != WORLD_UNREACHABLE;
        slower += before[i] != WORLD_UNREACHABLE && now > before[i];
        assert_true(now >= before[i]);
    }
    assert_true(ways > 50 && slower > ways / 2);
    assert_int_equal(world_set_run(&world, 0), ST_OK);
    for (uint32_t i = 0; i < PEOPLE; i++)
        assert_int_equal(world_travel_ms(&world, 0, i), before[i]);
    world_release(&world);
}

static void test_engines_agree(void **state)
{
    struct place *place = *state;
    agree(place->scenario, "roster", 4 * FEW, true);
}

/* Nobody's number, and the same twice. */
static void test_report(void **state)
{
    struct place *place = *state;
    struct text texts[2];
    for (int i = 0; i < 2; i++) {
        struct drill drill;
        const struct drill_options options = {
            .seed = 3, .runs = 4 * FEW, .changes = true};
        text_init(&texts[i], 1 << 20);
        assert_int_equal(drill_run(place->scenario, &options, &drill, NULL), ST_OK);
        drill_append_json(&drill, &texts[i]);
        drill_append_html(&drill, &texts[i]);
        drill_release(&drill);
    }
    assert_int_equal(texts[0].status, ST_OK);
    assert_string_equal(text_string(&texts[0]), text_string(&texts[1]));
    assert_non_null(strstr(text_string(&texts[0]), "\"people\":\"instance\""));
    for (int i = 10; i <= PEOPLE; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, ">V%d<", i);
        assert_null(strstr(text_string(&texts[0]), number));
        (void)snprintf(number, sizeof number, "\"V%d\"", i);
        assert_null(strstr(text_string(&texts[0]), number));
    }
    text_release(&texts[0]);
    text_release(&texts[1]);
}

static void test_refused(void **state)
{
    struct place *place = *state;
    struct scenario *other = mem_calloc(1, sizeof *other);
    struct roster *roster = NULL;
    struct diag diag = {0};
    const struct roster_config config = {place->road, &place->skills, place->crowd,
                                         place->learn};
    assert_int_equal(scenario_parse(SCENARIO, strlen(SCENARIO), other, &diag), ST_OK);
    other->incidents[0].at.east_m = 40000; /* in the sea */
    assert_int_equal(roster_new(&roster, &config, other, &diag), ST_UNPROCESSABLE);
    assert_string_equal(diag.where, "incidents[0].at");
    assert_null(other->roster);
    (void)snprintf(other->people.skills[0].code, sizeof other->people.skills[0].code,
                   "juggler");
    assert_int_equal(roster_new(&roster, &config, other, &diag), ST_NOT_FOUND);
    assert_string_equal(diag.where, "juggler");
    mem_free(other);
}

int main(void)
{
    (void)setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_who_can_be_asked), TEST(test_roads),   TEST(test_engines_agree),
        TEST(test_report),           TEST(test_refused),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
