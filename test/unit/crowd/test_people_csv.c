/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "crowd/people_csv.h"
#include "world.h"

static struct road *road;
static struct skill_table skills;
static char buffer[1 << 16];

static int64_t find_area(void *context, const char *code)
{
    (void)context;
    return strcmp(code, "P01") == 0 ? 17 : 0;
}

static bool has_organisation(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "Red Cross") == 0;
}

static int setup(void **state)
{
    (void)state;
    road = world_road(12, 3);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    road_free(road);
    return 0;
}

#define TODAY 20454 /* 2026-01-01 */

static int parse(const char *csv, struct people_csv *ret, struct diag *diag)
{
    const struct people_csv_config config = {.skills = &skills,
                                             .road = road,
                                             .rows_max = 5,
                                             .today = TODAY,
                                             .area = find_area,
                                             .organisation = has_organisation};
    skill_table_init(&skills);
    snprintf(buffer, sizeof(buffer), "%s", csv);
    *diag = (struct diag){0};
    return people_csv_parse(buffer, strlen(buffer), &config, ret, diag);
}

static void test_every_column(void **state)
{
    (void)state;
    struct people_csv people;
    struct diag diag;
    assert_int_equal(
        parse(
            "lon,lat,name,number,phone,email,mode,skills,certificates,area,organisations,"
            "duty,quiet,birth,paused_until,suspended,places\n"
            "121.005,30.605,张伟,V1,+86 138-0000,a@b.cn,bike,nurse; skydiving,"
            "nurse:2027-12-31;sky:2026-01-01,P01,Red Cross;Scouts,Mo-Fr 18:00-22:00,"
            "none,1990-05-31,2026-12-01,1,"
            "\"30.601,121.001,Mo-Fr 08:00-12:00; Sa 09:00-10:00; 30.602,121.002\"\n",
            &people, &diag),
        0);
    assert_int_equal(people.count, 1);
    const struct person_row *row = &people.rows[0];
    const struct crowd_person *person = &row->crowd;
    assert_int_equal(row->has, (1 << 15) - 1);
    assert_string_equal(row->name, "张伟");
    assert_string_equal(person->number, "V1");
    assert_string_equal(row->phone, "+86 138-0000");
    assert_string_equal(row->email, "a@b.cn");
    assert_int_equal(person->mode, ROAD_BIKE);
    assert_int_equal(person->home.lat_e7, 306050000);
    int32_t sky = skill_find(&skills, "skydiving");
    assert_true(sky >= 0 && skill_set_has(&person->skills, (uint32_t)sky));
    assert_int_equal(person->certificate_count, 2);
    assert_int_equal(person->area, 17);
    assert_int_equal(row->organisation_count, 2);
    assert_string_equal(row->organisations[1], "Scouts");
    assert_int_equal(person->duty.count, 1);
    assert_int_equal(person->quiet_kind, CROWD_QUIET_NONE);
    assert_int_equal(person->birth_day, 7455);
    int64_t paused;
    assert_true(time_parse("2026-12-01T00:00:00+08:00", &paused));
    assert_true(person->paused_until_ms == paused);
    assert_true(person->suspended);
    assert_int_equal(person->place_count, 2);
    assert_int_equal(person->places[0].hours.count, 2);
    assert_string_equal(row->places[0], "Mo-Fr 08:00-12:00; Sa 09:00-10:00");
    assert_int_equal(person->places[1].hours.count, 0);
    assert_int_equal(people.warning_count, 3); /* skill, certificate, organisation */
    people_csv_release(&people);
}

/* A pause ends as its day begins, also where the clock springs over midnight: an hour
 * less, and somebody is called on the evening before. */
static void test_pause_over_a_missing_midnight(void **state)
{
    (void)state;
    struct people_csv people;
    struct diag diag;
    int64_t day;
    time_set_zone("America/Santiago");
    assert_int_equal(parse("number,name,lat,lon,paused_until\n"
                           "V1,a,30.605,121.005,2026-09-06\n",
                           &people, &diag),
                     0);
    time_set_zone("Asia/Shanghai");
    assert_true(time_parse("2026-09-06T01:00:00-03:00", &day));
    assert_true(people.rows[0].crowd.paused_until_ms == day);
    people_csv_release(&people);
}

/* As spreadsheets and Chinese keyboards write it. */
static void test_as_offices_write_it(void **state)
{
    (void)state;
    struct people_csv people;
    struct diag diag;
    assert_int_equal(
        parse(" number ,name,lat,lon,phone,skills,certificates,birth,paused_until,"
              "organisations,duty\n"
              "Ｖ１ ,王（大）,30.605, 121.005 ,１３８００００１１１１,"
              "nurse；driver,nurse：2027/1/5,1990/5/31,2026.12.1,队（一）,"
              "Mo-Fr　18:00-22:00；Sa 08：00-09:00\n,,,,,,,,,,\n , ,,,,,,,,,\n",
              &people, &diag),
        0);
    assert_int_equal(people.count, 1);
    const struct person_row *row = &people.rows[0];
    int32_t day;
    assert_string_equal(row->crowd.number, "V1");
    assert_string_equal(row->name, "王（大）");
    assert_string_equal(row->phone, "13800001111");
    assert_string_equal(row->organisations[0], "队（一）");
    assert_string_equal(row->duty, "Mo-Fr 18:00-22:00;Sa 08:00-09:00");
    assert_true(
        skill_set_has(&row->crowd.skills, (uint32_t)skill_find(&skills, "nurse")));
    assert_true(
        skill_set_has(&row->crowd.skills, (uint32_t)skill_find(&skills, "driver")));
    assert_true(time_parse_day("2027-01-05", &day));
    assert_int_equal(row->crowd.certificates[0].last_day, day);
    assert_int_equal(row->crowd.birth_day, 7455);
    people_csv_release(&people);
}

static void test_absent_and_empty(void **state)
{
    (void)state;
    struct people_csv people;
    struct diag diag;
    assert_int_equal(parse("number,name,lat,lon,mode,duty,birth\r\n"
                           "V1,A,30.605,121.005,,,\r\nV2,B,30.605,121.006,car,,\r\n",
                           &people, &diag),
                     0);
    assert_int_equal(people.rows[0].has, PERSON_ROW_NAME | PERSON_ROW_HOME |
                                             PERSON_ROW_MODE | PERSON_ROW_DUTY |
                                             PERSON_ROW_BIRTH);
    assert_int_equal(people.rows[0].crowd.mode, ROAD_FOOT);
    assert_int_equal(people.rows[0].crowd.birth_day, INT32_MIN);
    assert_int_equal(people.rows[1].crowd.mode, ROAD_CAR);
    assert_int_equal(people.warning_count, 1); /* adults: once a file */
    people_csv_release(&people);
}

static void test_far_from_roads_is_a_warning(void **state)
{
    (void)state;
    struct people_csv people;
    struct diag diag;
    assert_int_equal(
        parse("number,name,lat,lon,birth\nV1,A,30.7,121.1,1990-01-01\n", &people, &diag),
        0);
    assert_int_equal(people.count, 1);
    assert_int_equal(people.warning_count, 1);
    assert_string_equal(people.warnings[0].where, "lat");
    people_csv_release(&people);
}

static void test_bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *csv, *where;
        uint32_t line, column;
    } ROWS[] = {
        {"", "", 1, 0},
        {"number,name,lat\nV1,A,30.6\n", "lon", 1, 0},
        {"number,name,lat,lon,colour\n", "colour", 1, 21},
        {"number,name,lat,lon,lat\n", "lat", 1, 21},
        {"number,name,lat,lon\nV1,A,30.605\n", "", 2, 0},
        {"number,name,lat,lon\n,A,30.605,121.005\n", "number", 2, 1},
        {"number,name,lat,lon\nV 1,A,30.605,121.005\n", "number", 2, 1},
        {"number,name,lat,lon\nV/1,A,30.605,121.005\n", "number", 2, 1},
        {"number,name,lat,lon\nV\x01,A,30.605,121.005\n", "number", 2, 1},
        {"number,name,lat,lon\nV1,A\x7f,30.605,121.005\n", "name", 2, 4},
        {"number,name,lat,lon\nV1,,30.605,121.005\n", "name", 2, 4},
        {"number,name,lat,lon\nV/1,A,30.605,121.005\n", "number", 2, 1},
        {"number,name,lat,lon\nV1\xc2\xa0,A,30.605,121.005\n", "number", 2, 1},
        {"number,name,lat,lon\n.,A,30.605,121.005\n", "number", 2, 1},
        {"number,name,lat,lon\n..,A,30.605,121.005\n", "number", 2, 1},
        {"number,name,lat,lon\nV1,A,x,121.005\n", "lat", 2, 6},
        {"number,name,lat,lon\nV1,A,30.605,\n", "lat", 2, 6},
        {"number,name,lat,lon\nV1,A,0,0\n", "lat", 2, 6},
        {"number,name,lat,lon\nV1,A,121.005,30.605\n", "lat", 2, 6},
        {"number,name,lat,lon\nV1,A,91,0\n", "lat", 2, 6},
        {"number,name,lat,lon\nV1,A,35,121\n", "lat", 2, 6},
        {"number,name,lat,lon\nV1,A,nan,121\n", "lat", 2, 6},
        {"number,name,lat,lon\nV1,A,30.605,121.005\nV1,B,30.605,121.005\n", "number", 3,
         1},
        {"number,name,lat,lon,mode\nV1,A,30.605,121.005,boat\n", "mode", 2, 21},
        {"number,name,lat,lon,area\nV1,A,30.605,121.005,P99\n", "area", 2, 21},
        {"number,name,lat,lon,skills\nV1,A,30.605,121.005,First Aid\n", "skills", 2, 21},
        {"number,name,lat,lon,certificates\nV1,A,30.605,121.005,nurse\n", "certificates",
         2, 21},
        {"number,name,lat,lon,certificates\nV1,A,30.605,121.005,nurse:2027-02-29\n",
         "certificates", 2, 21},
        {"number,name,lat,lon,duty\nV1,A,30.605,121.005,nights\n", "duty", 2, 21},
        {"number,name,lat,lon,birth\nV1,A,30.605,121.005,31.5.1990\n", "birth", 2, 21},
        {"number,name,lat,lon,birth\nV1,A,30.605,121.005,2026-01-02\n", "birth", 2, 21},
        {"number,name,lat,lon,birth\nV1,A,30.605,121.005,90/5/1\n", "birth", 2, 21},
        {"number,name,lat,lon,birth\nV1,A,30.605,121.005,1990/5-1\n", "birth", 2, 21},
        {"number,name,lat,lon,birth\nV1,A,30.605,121.005,1990/2/30\n", "birth", 2, 21},
        {"number,name,lat,lon,birth\nV1,A,30.605,121.005,32878\n", "birth", 2, 21},
        {"number,name,lat,lon,suspended\nV1,A,30.605,121.005,yes\n", "suspended", 2, 21},
        {"number,name,lat,lon,email\nV1,A,30.605,121.005,a@b@c\n", "email", 2, 21},
        {"number,name,lat,lon,phone\nV1,A,30.605,121.005,x\n", "phone", 2, 21},
        {"number,name,lat,lon,phone\nV1,A,30.605,121.005,+1-23\n", "phone", 2, 21},
        {"number,name,lat,lon,places\nV1,A,30.605,121.005,home\n", "places", 2, 21},
        {"number,name,lat,lon,places\nV1,A,30.605,121.005,\"30.6,121.0,never\"\n",
         "places", 2, 21},
        {"number,name,lat,lon\nV1,\"A,30.605,121.005\n", "", 2, 4},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct people_csv people;
        struct diag diag;
        int status = parse(ROWS[i].csv, &people, &diag);
        if (status != ST_INVALID || strcmp(diag.where, ROWS[i].where) != 0 ||
            diag.line != ROWS[i].line || diag.column != ROWS[i].column)
            fail_msg("row %zu: %d %s %u:%u %s", i, status, diag.where, diag.line,
                     diag.column, diag.text);
        assert_int_equal(people.error_total, 1);
        people_csv_release(&people);
    }
}

static void test_every_bad_row_is_named(void **state)
{
    (void)state;
    struct people_csv people;
    struct diag diag;
    assert_int_equal(
        parse("number,name,lat,lon\nV1,A,x,1\nV2,B,30.605,121.005\nV3,,1,1\n", &people,
              &diag),
        ST_INVALID);
    assert_int_equal(people.error_count, 3);
    assert_int_equal(people.lines_wrong, 2);
    assert_int_equal(people.errors[0].line, 2);
    assert_int_equal(people.errors[1].line, 4);
    assert_int_equal(people.count, 1);
    people_csv_release(&people);
    assert_int_equal(parse("number,name,lat,lon\nV1,A,121.005,30.605\n", &people, &diag),
                     ST_INVALID);
    assert_non_null(strstr(diag.text, "swapped"));
    people_csv_release(&people);
}

/* A header is put right in one go, and so is a row; both at once, if the rows can be read
 * at all. */
static void test_every_bad_cell_is_named(void **state)
{
    (void)state;
    static const struct {
        uint32_t line;
        const char *where;
    } wrong[] = {{1, "fone"}, {1, "name"}, {1, "colour"}, {2, "number"},
                 {2, "mode"}, {2, "lat"},  {3, "mode"}};
    struct people_csv people;
    struct diag diag;
    assert_int_equal(parse("number,name,lat,lon,birth,mode,fone,name,colour\n"
                           "V 1,A,x,1,,boat,,,\n"
                           "V2,B,30.605,121,,boat,,,\n"
                           "V3,C,30.605,121.005,,,,,\n",
                           &people, &diag),
                     ST_INVALID);
    assert_string_equal(diag.where, "fone");
    assert_int_equal(people.error_total, COUNT_OF(wrong));
    assert_int_equal(people.lines_wrong, 3);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(people.errors[i].line, wrong[i].line);
        assert_string_equal(people.errors[i].where, wrong[i].where);
    }
    people_csv_release(&people);
    assert_int_equal(parse("number,colour,shape\nV1,x,y\n", &people, &diag), ST_INVALID);
    assert_int_equal(people.error_total, 5); /* and name, lat, lon are missing */
    assert_int_equal(people.lines_wrong, 1);
    people_csv_release(&people);
}

static void test_too_many_rows(void **state)
{
    (void)state;
    struct people_csv people;
    struct diag diag;
    char csv[512] = "number,name,lat,lon\n";
    for (int i = 0; i < 6; i++) {
        size_t size = strlen(csv);
        snprintf(csv + size, sizeof(csv) - size, "V%d,A,30.605,121.005\n", i);
        int status = parse(csv, &people, &diag);
        assert_int_equal(status, i < 5 ? 0 : ST_LIMIT);
        people_csv_release(&people);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_column),
        cmocka_unit_test(test_pause_over_a_missing_midnight),
        cmocka_unit_test(test_as_offices_write_it),
        cmocka_unit_test(test_absent_and_empty),
        cmocka_unit_test(test_far_from_roads_is_a_warning),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_every_bad_row_is_named),
        cmocka_unit_test(test_every_bad_cell_is_named),
        cmocka_unit_test(test_too_many_rows),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
