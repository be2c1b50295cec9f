/* SPDX-License-Identifier: Apache-2.0 */
/* The demo county: same options, same bytes; the files are what the importers want. */
#include "demo/county.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "demo/division.h"
#include "demo/streets.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TODAY_MS INT64_C(1795400000000) /* 2026-11-23 */
#define PEOPLE 2000

static const char *const files[] = {"roads.osm", "areas.csv", "sites.csv", "people.csv",
                                    "teams.csv"};
static char folder[] = "/tmp/muster-county-XXXXXX";

static char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *load(const char *name, size_t *ret_size)
{
    char *data = NULL;
    struct diag diag;
    assert_int_equal(file_read(path_of(name), 64u << 20, &data, ret_size, &diag), ST_OK);
    return data;
}

static void write_county(uint64_t seed, uint32_t people)
{
    struct county_options options = {
        .seed = seed, .people = people, .today_ms = TODAY_MS};
    struct diag diag = {0};
    assert_int_equal(county_write(folder, &options, &diag), ST_OK);
}

static int setup(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    write_county(7, PEOPLE);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++)
        (void)unlink(path_of(files[i]));
    (void)rmdir(folder);
    return 0;
}

static void test_same_options_same_bytes(void **state)
{
    (void)state;
    char *before[COUNT_OF(files)];
    size_t sizes[COUNT_OF(files)];
    for (size_t i = 0; i < COUNT_OF(files); i++)
        before[i] = load(files[i], &sizes[i]);
    write_county(7, PEOPLE);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        size_t size;
        char *after = load(files[i], &size);
        assert_int_equal(size, sizes[i]);
        assert_memory_equal(after, before[i], size);
        mem_free(after);
    }
    write_county(8, PEOPLE);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        size_t size;
        char *after = load(files[i], &size);
        assert_true(size != sizes[i] || memcmp(after, before[i], size) != 0);
        mem_free(after);
        mem_free(before[i]);
    }
    write_county(7, PEOPLE);
}

static void test_bad_options(void **state)
{
    (void)state;
    static const struct {
        const char *folder;
        uint32_t people;
        int status;
    } rows[] = {{"/tmp", COUNTY_PEOPLE_MIN - 1, ST_INVALID},
                {"/tmp", COUNTY_PEOPLE_MAX + 1, ST_INVALID},
                {"/dev/null/x", COUNTY_PEOPLE_MIN, ST_IO}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct county_options options = {.people = rows[i].people, .today_ms = TODAY_MS};
        struct diag diag = {0};
        assert_int_equal(county_write(rows[i].folder, &options, &diag), rows[i].status);
        assert_true(diag.text[0] != '\0');
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    struct county_options options = {
        .seed = 7, .people = COUNTY_PEOPLE_MIN, .today_ms = TODAY_MS};
    struct diag diag = {0};
    uint64_t before = mem_count();
    assert_int_equal(county_write(folder, &options, &diag), ST_OK);
    uint64_t all = mem_count() - before;
    for (uint64_t n = 1; n <= all; n += 1 + all / 5) {
        mem_fail_at(n);
        int r = county_write(folder, &options, &diag);
        mem_fail_at(0);
        assert_int_equal(r, ST_NO_MEMORY);
    }
    write_county(7, PEOPLE);
}

/* Opens a CSV file and reads its header. */
static char *open_csv(const char *name, struct csv *csv)
{
    size_t size;
    char *data = load(name, &size);
    struct diag diag;
    assert_int_equal(csv_init(csv, data, size, &diag), ST_OK);
    assert_int_equal(csv_next(csv, &diag), 1);
    return data;
}

struct tally {
    uint32_t rows, expired, always, minors, suspended, work, none_quiet;
    uint32_t per_skill[32], at_sea;
};

static void tally_person(struct tally *tally, const struct csv *csv)
{
    double lat, lon;
    tally->rows++;
    assert_int_equal(csv->count, 17);
    assert_int_equal(strlen(csv->cells[4]), 11);
    assert_memory_equal(csv->cells[4], "10000", 5);
    assert_true(text_to_double(csv->cells[2], 30.56, 30.87, &lat));
    assert_true(text_to_double(csv->cells[3], 120.94, 121.28, &lon));
    tally->at_sea += lon > 121.1499 && lat < 30.5901;
    if (csv->cells[5][0] != '\0')
        assert_non_null(strstr(csv->cells[5], "@example.invalid"));
    int32_t day, today = time_local_day(TODAY_MS);
    if (csv->cells[13][0] != '\0') {
        assert_true(time_parse_day(csv->cells[13], &day));
        tally->minors += day > today - 18 * 365;
    }
    for (const char *at = csv->cells[8]; (at = strchr(at, ':')) != NULL; at++) {
        char text[11] = {0};
        memcpy(text, at + 1, 10);
        assert_true(time_parse_day(text, &day));
        tally->expired += day < today;
    }
    tally->always += csv->cells[11][0] == '\0';
    tally->none_quiet += strcmp(csv->cells[12], "none") == 0;
    tally->suspended += strcmp(csv->cells[15], "1") == 0;
    tally->work += csv->cells[16][0] != '\0';
}

static void test_people(void **state)
{
    (void)state;
    static const char *const columns[] = {
        "number", "name",   "lat",          "lon",       "phone",         "email",
        "mode",   "skills", "certificates", "area",      "organisations", "duty",
        "quiet",  "birth",  "paused_until", "suspended", "places"};
    struct csv csv;
    struct diag diag;
    struct tally tally = {0};
    char *data = open_csv("people.csv", &csv);
    int32_t index[COUNT_OF(columns)];
    assert_int_equal(csv_header(&csv, columns, COUNT_OF(columns), 4, index, &diag),
                     ST_OK);
    while (csv_next(&csv, &diag) == 1)
        tally_person(&tally, &csv);
    mem_free(data);
    assert_int_equal(tally.rows, PEOPLE);
    assert_int_equal(tally.at_sea, 5);
    assert_in_range(tally.none_quiet, PEOPLE * 30 / 100, PEOPLE * 37 / 100);
    assert_in_range(tally.always, PEOPLE * 65 / 100, PEOPLE * 75 / 100);
    assert_in_range(tally.expired, 10, PEOPLE / 10);
    assert_in_range(tally.minors, 1, PEOPLE / 50);
    assert_in_range(tally.suspended, 1, PEOPLE / 50);
    assert_in_range(tally.work, PEOPLE / 4, PEOPLE / 2);
}

static void test_areas(void **state)
{
    (void)state;
    struct csv csv;
    struct diag diag;
    uint32_t levels[3] = {0, 0, 0};
    static char places[160][32];
    uint32_t count = 0;
    char *data = open_csv("areas.csv", &csv);
    while (csv_next(&csv, &diag) == 1) {
        assert_int_equal(csv.count, 6);
        levels[0] += strcmp(csv.cells[3], "city") == 0 && csv.cells[2][0] == '\0';
        levels[1] += strcmp(csv.cells[3], "town") == 0 &&
                     strcmp(csv.cells[2], "330482000000") == 0;
        if (strcmp(csv.cells[3], "village") != 0)
            continue;
        levels[2] += memcmp(csv.cells[2], csv.cells[0], 9) == 0;
        snprintf(places[count], sizeof places[0], "%s,%s", csv.cells[4], csv.cells[5]);
        for (uint32_t i = 0; i < count; i++)
            assert_string_not_equal(places[i], places[count]);
        count++;
    }
    mem_free(data);
    assert_int_equal(levels[0], 1);
    assert_int_equal(levels[1], 9);
    assert_int_equal(levels[2], 136);
}

static void test_sites_and_teams(void **state)
{
    (void)state;
    struct csv csv;
    struct diag diag;
    uint32_t aeds = 0, muster = 0, childcare = 0, homes = 0, teams = 0;
    int64_t places = 0;
    char *data = open_csv("sites.csv", &csv);
    while (csv_next(&csv, &diag) == 1) {
        int64_t capacity = 0;
        aeds += strcmp(csv.cells[1], "aed") == 0;
        muster += strcmp(csv.cells[1], "muster") == 0;
        if (strcmp(csv.cells[1], "homes") == 0) {
            homes++;
            assert_true(text_to_int64(csv.cells[5], 20, 200, &capacity));
        }
        if (strcmp(csv.cells[1], "childcare") != 0)
            continue;
        childcare++;
        assert_true(text_to_int64(csv.cells[5], 1, 1000, &capacity));
        places += capacity;
    }
    mem_free(data);
    assert_int_equal(aeds, 60);
    assert_int_equal(muster, 20);
    assert_int_equal(childcare, 9);
    assert_int_equal(places, 600);
    assert_int_equal(homes, 12 * 136);
    data = open_csv("teams.csv", &csv);
    while (csv_next(&csv, &diag) == 1) {
        assert_memory_equal(csv.cells[2], "PH", 2);
        teams++;
    }
    mem_free(data);
    assert_int_equal(teams, 12);
}

static uint32_t occurrences(const char *text, const char *what)
{
    uint32_t count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

static void test_map_has_everything(void **state)
{
    (void)state;
    size_t size;
    char *map = load("roads.osm", &size);
    static const char *const wanted[] = {
        "generator=\"muster demo (synthetic)\"",
        "\"motorway\"",
        "\"motorway_link\"",
        "\"trunk\"",
        "\"primary\"",
        "\"secondary\"",
        "\"tertiary\"",
        "\"unclassified\"",
        "\"residential\"",
        "\"service\"",
        "\"track\"",
        "\"footway\"",
        "\"cycleway\"",
        "\"pedestrian\"",
        "\"path\"",
        "\"steps\"",
        "k=\"oneway\"",
        "k=\"barrier\" v=\"bollard\"",
        "k=\"barrier\" v=\"gate\"",
        "k=\"access\" v=\"private\"",
        "k=\"bridge\" v=\"yes\"",
        "v=\"coastline\"",
        "v=\"river\"",
        "v=\"canal\"",
        "k=\"maxspeed\"",
        "k=\"duration\" v=\"00:08\"",
        "平湖市",
    };
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        if (strstr(map, wanted[i]) == NULL)
            fail_msg("the map lacks %s", wanted[i]);
    assert_int_equal(occurrences(map, "v=\"ferry\""), 2);
    assert_int_equal(occurrences(map, "k=\"place\" v=\"town\""), 9);
    assert_int_equal(occurrences(map, "k=\"place\" v=\"village\"") +
                         occurrences(map, "k=\"place\" v=\"suburb\""),
                     136);
    mem_free(map);
}

/* For several seeds: one connected network of about 40,000 junctions and ends, few
 * bridges, and no two elements between the same two nodes that a car could be lost in. */
static void test_network(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct random_seeded random;
        random_seeded_init(&random, seed);
        static struct terrain terrain;
        static struct villages villages;
        struct net net;
        terrain_init(&terrain, &random.super);
        villages_place(&villages, &terrain, &random.super);
        net_init(&net);
        streets_draw(&net, &terrain, &villages, &random.super);
        net_weave(&net, &random.super);
        net_join(&net);
        assert_int_equal(net.status, ST_OK);
        uint32_t graph_nodes = 0, bridges = 0, cuts = 0, oneway = 0;
        for (uint32_t i = 0; i < net.node_count; i++)
            graph_nodes += net.nodes[i].degree != 0 && net.nodes[i].degree != 2;
        for (uint32_t i = 0; i < net.element_count; i++) {
            const struct net_element *e = &net.elements[i];
            assert_true(e->a != e->b);
            bridges += e->kept && e->kind == NET_OVER_WATER;
            cuts += !e->kept && e->kind == NET_OVER_WATER;
            oneway += e->kept && e->oneway;
        }
        assert_in_range(graph_nodes, 32000, 46000); /* the importer keeps more */
        assert_in_range(bridges, 200, 1200);
        assert_in_range(cuts, 800, 4000);
        assert_in_range(oneway, 500, 8000);
        net_release(&net);
    }
}

static void test_divisions(void **state)
{
    (void)state;
    static const struct {
        const char *code, *short_name;
        bool community;
    } rows[] = {{"330482001001", "水洞埭社区", true},
                {"330482001201", "三北村", false},
                {"330482103006", "安桥社区", true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint32_t k = 0;
        while (strcmp(division_at(k)->code, rows[i].code) != 0)
            k++;
        char name[DIVISION_NAME_SIZE];
        division_short_name(division_at(k), name);
        assert_string_equal(name, rows[i].short_name);
        assert_int_equal(division_is_community(division_at(k)), rows[i].community);
    }
    assert_int_equal(division_count(), 146);
    assert_null(division_at(146));
}

/* Two streets, a river and a crossing street, small enough to know the answer. */
static void test_weave_small(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 1);
    struct net net;
    net_init(&net);
    struct net_pen street = {.class = NET_SECONDARY}, river = {NET_RIVER, 0, 20, "r"};
    net_add(&net, &street, (struct vec[]){{0, 0}, {500, 0}}, 2);
    net_add(&net, &street, (struct vec[]){{100, -200}, {100, 200}}, 2);
    net_add(&net, &river, (struct vec[]){{300, -200}, {300, 200}}, 2);
    net_weave(&net, &random.super);
    assert_int_equal(net.status, ST_OK);
    /* 5 corners, 4 ends + crossing, and 2 banks. */
    assert_int_equal(net.node_count, 7);
    assert_int_equal(net.element_count, 6);
    uint32_t bridges = 0;
    for (uint32_t i = 0; i < net.element_count; i++) {
        const struct net_element *e = &net.elements[i];
        if (e->kind != NET_OVER_WATER)
            continue;
        bridges++;
        assert_true(e->kept);
        assert_true(fabs(net.nodes[e->a].at.x - 286) < 0.11);
        assert_true(fabs(net.nodes[e->b].at.x - 314) < 0.11);
    }
    assert_int_equal(bridges, 1);
    net_release(&net);
}

/* A one-way street into a cul-de-sac is opened; a one-way ring is not. */
static void test_traps_are_opened(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 1);
    struct net net;
    net_init(&net);
    struct net_pen oneway = {.class = NET_RESIDENTIAL, .flags = NET_ONEWAY};
    net_add(&net, &oneway, (struct vec[]){{0, 0}, {100, 0}, {100, 100}, {0, 100}, {0, 0}},
            5);
    net_add(&net, &oneway, (struct vec[]){{0, 0}, {-100, 0}}, 2);
    net_weave(&net, &random.super);
    for (uint32_t i = 0; i < net.element_count; i++)
        net.elements[i].kept = 1;
    net_open_traps(&net);
    assert_int_equal(net.element_count, 5);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(net.elements[i].oneway, i < 4);
    net_release(&net);
}

/* A yard that only a path reaches is closed to cars; a track between two parts of the
 * network becomes a road. */
static void test_cars_reach_what_is_open(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 1);
    struct net net;
    net_init(&net);
    struct net_pen street = {.class = NET_RESIDENTIAL}, path = {.class = NET_PATH};
    struct net_pen track = {.class = NET_TRACK};
    struct vec row[8];
    for (int part = 0; part < 2; part++) {
        for (uint32_t i = 0; i < COUNT_OF(row); i++)
            row[i] = (struct vec){1000 * part + 20.0 * i, 0};
        net_add(&net, &street, row, COUNT_OF(row));
    }
    net_add(&net, &track, (struct vec[]){{140, 0}, {500, 90}, {1000, 0}}, 3);
    net_add(&net, &path, (struct vec[]){{40, 0}, {40, 100}}, 2);
    net_add(&net, &street, (struct vec[]){{40, 100}, {40, 150}}, 2);
    net_weave(&net, &random.super);
    net_join(&net);
    assert_int_equal(net.lines[2].class, NET_UNCLASSIFIED);
    for (uint32_t i = 0; i < net.element_count; i++) {
        assert_true(net.elements[i].kept);
        assert_int_equal(net.elements[i].closed, net.elements[i].line == 4);
    }
    net_release(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_options_same_bytes),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_sites_and_teams),
        cmocka_unit_test(test_map_has_everything),
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_divisions),
        cmocka_unit_test(test_weave_small),
        cmocka_unit_test(test_traps_are_opened),
        cmocka_unit_test(test_cars_reach_what_is_open),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
