/* SPDX-License-Identifier: Apache-2.0 */
/* The demo county goes through the ordinary importers: one network of about 40,000 nodes
 * on which all but five people live, and a people's file without an error. */
#include "demo/county.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "crowd/people_csv.h"
#include "road/import.h"
#include "road/road.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PEOPLE 3000
#define AT_SEA 5

static char folder[] = "/tmp/muster-county-XXXXXX";

static const char *path_of(const char *name)
{
    static char paths[2][256];
    static int turn;
    turn = !turn;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", folder, name);
    return paths[turn];
}

static int setup(void **state)
{
    static struct road *road;
    struct county_options options = {
        .seed = 1, .people = PEOPLE, .today_ms = INT64_C(1795400000000)};
    struct diag diag = {0};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(county_write(folder, &options, &diag), ST_OK);
    struct road_import_result result;
    struct road_import_options import = {.backdrop_path = NULL};
    assert_int_equal(road_import_osm(path_of("roads.osm"), path_of("roads.graph"),
                                     &import, &result, &diag),
                     ST_OK);
    assert_in_range(result.nodes, 36000, 46000);
    assert_int_equal(result.parts, 1);
    assert_in_range(result.nodes_dropped, 0, 200);
    assert_in_range((int)result.length_km, 3000, 5000);
    assert_int_equal(road_open(&road, path_of("roads.graph"), &diag), ST_OK);
    *state = road;
    return 0;
}

static int teardown(void **state)
{
    static const char *const files[] = {"roads.osm", "roads.graph", "areas.csv",
                                        "sites.csv", "people.csv",  "teams.csv"};
    road_free(*state);
    for (size_t i = 0; i < COUNT_OF(files); i++)
        (void)unlink(path_of(files[i]));
    (void)rmdir(folder);
    return 0;
}

static int64_t find_area(void *context, const char *code)
{
    (void)context;
    return strncmp(code, "330482", 6) == 0 && strlen(code) == 12;
}

static void parse_people(struct road *road, char **ret_text, struct people_csv *ret)
{
    static struct skill_table skills;
    skill_table_init(&skills);
    struct people_csv_config config = {
        .skills = &skills, .road = road, .area = find_area};
    struct diag diag = {0};
    size_t size;
    assert_int_equal(file_read(path_of("people.csv"), 64u << 20, ret_text, &size, &diag),
                     ST_OK);
    assert_int_equal(people_csv_parse(*ret_text, size, &config, ret, &diag), ST_OK);
}

static void test_people_without_errors(void **state)
{
    struct people_csv people;
    char *text = NULL;
    parse_people(*state, &text, &people);
    assert_int_equal(people.count, PEOPLE);
    assert_int_equal(people.error_total, 0);
    uint32_t far = 0;
    for (uint32_t i = 0; i < people.warning_count; i++)
        far += strstr(people.warnings[i].text, "1 km") != NULL;
    assert_int_equal(far, AT_SEA);
    people_csv_release(&people);
    mem_free(text);
}

/* From any home to any other there is a way in every mode, and it is longer than the
 * straight line: canals have few bridges. */
static void test_everybody_can_travel(void **state)
{
    struct road *road = *state;
    struct people_csv people;
    char *text = NULL;
    struct road_search *search = NULL;
    parse_people(road, &text, &people);
    assert_int_equal(road_search_new(&search, road), ST_OK);
    for (enum road_mode mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        double by_road = 0, straight = 0;
        for (uint32_t i = 0; i + 1 < people.count; i += 100) {
            struct point from = people.rows[i].crowd.home;
            struct point to = people.rows[i + 1].crowd.home;
            struct road_spot a, b;
            uint32_t ms, m;
            if (!road_snap(road, mode, from, ROAD_SNAP_M_MAX, &a) ||
                !road_snap(road, mode, to, ROAD_SNAP_M_MAX, &b))
                continue;
            assert_int_equal(road_time_ms(search, mode, &a, &b, &ms, &m), ST_OK);
            assert_int_not_equal(ms, ROAD_MS_NONE);
            by_road += m;
            straight += point_distance_m(from, to);
        }
        assert_true(by_road > 1.15 * straight && by_road < 2 * straight);
    }
    road_search_free(search);
    people_csv_release(&people);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_people_without_errors),
        cmocka_unit_test(test_everybody_can_travel),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
