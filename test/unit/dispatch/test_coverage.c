/* SPDX-License-Identifier: Apache-2.0 */
/* What sites cover on a grid of streets, where the time between two corners is known
 * without any search: ten seconds a block. Proposals against every choice there is. */
#include "dispatch/coverage.h"

#include "base/random.h"
#include "dispatch/sites.h"
#include "store/area.h"
#include "store/area_index.h"
#include "test/unit/road/grid.h"

#include <jansson.h>

#define SIDE 16
#define VILLAGES 24
#define HOMES 10
#define SITES 5

struct place {
    uint32_t row, column;
};
struct county {
    struct road *road;
    struct random_seeded random;
    struct area areas[2 + VILLAGES];
    struct area_tree tree;
    struct site items[SITES + HOMES];
    char codes[SITES + HOMES][8];
    struct sites sites;
    struct place villages[VILLAGES], homes[HOMES], stations[SITES];
    uint32_t households[HOMES];
};

static struct point corner(struct place place)
{
    return grid_point(place.row, place.column);
}

static struct place anywhere(struct county *county)
{
    return (struct place){(uint32_t)random_below(&county->random.super, SIDE),
                          (uint32_t)random_below(&county->random.super, SIDE)};
}

static void make_areas(struct county *county)
{
    county->areas[0] = (struct area){.id = 1, .code = "root", .parent = -1};
    county->areas[1] = (struct area){
        .id = 2, .code = "east", .parent_id = 1, .parent = 0, .level = AREA_TOWN};
    for (uint32_t i = 0; i < VILLAGES; i++) {
        struct area *area = &county->areas[2 + i];
        const bool is_east = i % 2 == 0;
        county->villages[i] = anywhere(county);
        *area = (struct area){.id = 3 + i,
                              .parent_id = is_east ? 2 : 1,
                              .parent = is_east ? 1 : 0,
                              .level = AREA_VILLAGE,
                              .has_at = true,
                              .at = corner(county->villages[i])};
        (void)snprintf(area->code, sizeof area->code, "V%02u", i);
        (void)snprintf(area->name, sizeof area->name, "Village %u", i);
    }
    area_index_free(county->tree.index);
    county->tree = (struct area_tree){2 + VILLAGES, 2 + VILLAGES, county->areas, NULL};
    assert_int_equal(
        area_index_new(&county->tree.index, county->areas, county->tree.count), ST_OK);
}

static void make_sites(struct county *county, uint32_t homes)
{
    static char kinds[][8] = {"fire", "shelter"}, home[] = SITE_HOMES, name[] = "站";
    for (uint32_t i = 0; i < SITES + homes; i++) {
        const bool is_site = i < SITES;
        const struct place at = anywhere(county);
        (void)snprintf(county->codes[i], sizeof county->codes[i], "%c%02u",
                       is_site ? 'S' : 'H', i);
        county->items[i] = (struct site){county->codes[i],
                                         is_site ? kinds[i % 2] : home,
                                         name,
                                         corner(at),
                                         is_site ? -1 : (int64_t)(1 + 7 * (i % 5)),
                                         0};
        if (is_site)
            county->stations[i] = at;
        else {
            county->homes[i - SITES] = at;
            county->households[i - SITES] = (uint32_t)county->items[i].capacity;
        }
    }
    county->sites = (struct sites){county->items, SITES + homes, SITES + HOMES};
}

static uint32_t between(struct place a, struct place b)
{
    const uint32_t rows = a.row > b.row ? a.row - b.row : b.row - a.row;
    const uint32_t columns =
        a.column > b.column ? a.column - b.column : b.column - a.column;
    return (rows + columns) * GRID_BLOCK_MS;
}

static json_t *ask(struct county *county, const struct coverage_request *request)
{
    const struct coverage_config config = {county->road, NULL, NULL};
    struct diag diag = {0};
    struct text text;
    text_init(&text, 1 << 20);
    assert_int_equal(
        coverage_write(&config, request, &county->tree, &county->sites, &text, &diag), 0);
    json_t *json = json_loads(text_string(&text), 0, NULL);
    assert_non_null(json);
    text_release(&text);
    return json;
}

static int64_t number(const json_t *json, const char *key, const char *inner)
{
    return json_integer_value(json_object_get(json_object_get(json, key), inner));
}

/* "S03": 3. */
static uint32_t index_of(const json_t *json)
{
    const char *code = json_string_value(json_object_get(json, "code"));
    return (uint32_t)strtoul(code + 1, NULL, 10);
}

/* The nearest of the stations that count; NULL: none in time. */
static const char *nearest(const struct county *county, struct place place,
                           const char *kind, uint32_t ms_max, uint32_t *ret_ms)
{
    const char *best = NULL;
    *ret_ms = UINT32_MAX;
    for (uint32_t i = 0; i < SITES; i++) {
        const uint32_t ms = between(county->stations[i], place);
        if ((kind == NULL || strcmp(kind, i % 2 == 0 ? "fire" : "shelter") == 0) &&
            ms <= ms_max && ms < *ret_ms) {
            *ret_ms = ms;
            best = county->codes[i];
        }
    }
    return best;
}

static void check_places(struct county *county, const json_t *json, const char *kind,
                         uint32_t ms_max)
{
    const json_t *places = json_object_get(json, "places");
    double before = 1e9;
    int64_t covered = 0;
    for (size_t i = 0; i < json_array_size(places); i++) {
        const json_t *place = json_array_get(places, i);
        const json_t *seconds = json_object_get(place, "seconds");
        uint32_t ms;
        const char *site =
            nearest(county, county->villages[index_of(place)], kind, ms_max, &ms);
        assert_true((site == NULL) == (seconds == NULL));
        if (site == NULL) {
            assert_true(before == 1e9); /* those not reached come first */
            continue;
        }
        covered++;
        assert_true(json_real_value(seconds) * 1000 == ms);
        assert_true(json_real_value(seconds) <= before);
        before = json_real_value(seconds);
        assert_string_equal(json_string_value(json_object_get(place, "site")), site);
    }
    assert_int_equal(number(json, "villages", "covered"), covered);
}

static void check_sites(struct county *county, const json_t *json, uint32_t ms_max)
{
    const json_t *sites = json_object_get(json, "sites");
    for (size_t i = 0; i < json_array_size(sites); i++) {
        const json_t *site = json_array_get(sites, i);
        const uint32_t index = index_of(site);
        int64_t villages = 0;
        for (uint32_t k = 0; k < VILLAGES; k++)
            villages += between(county->stations[index], county->villages[k]) <= ms_max;
        assert_int_equal(json_integer_value(json_object_get(site, "villages")), villages);
    }
}

static void test_villages_by_site(void **state)
{
    struct county *county = *state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        random_seeded_init(&county->random, seed);
        make_areas(county);
        make_sites(county, 0);
        const bool only_fire = seed % 3 == 0;
        const struct coverage_request request = {.kinds = {"fire"},
                                                 .kind_count = only_fire,
                                                 .mode = ROAD_CAR,
                                                 .direction =
                                                     seed % 2 == 0 ? ROAD_FROM : ROAD_TO,
                                                 .minutes = 1};
        json_t *json = ask(county, &request);
        assert_int_equal(number(json, "villages", "total"), VILLAGES);
        assert_null(json_object_get(json, "households"));
        assert_int_equal(json_array_size(json_object_get(json, "sites")),
                         only_fire ? 3 : SITES);
        check_places(county, json, only_fire ? "fire" : NULL, 60000);
        check_sites(county, json, 60000);
        json_decref(json);
    }
}

/* By households if HOMES, else by villages. */
static int64_t covered_with(const struct county *county, uint32_t homes, uint32_t a,
                            uint32_t b, uint32_t ms_max)
{
    int64_t sum = 0;
    for (uint32_t k = 0; k < (homes > 0 ? homes : VILLAGES); k++) {
        const struct place place = homes > 0 ? county->homes[k] : county->villages[k];
        uint32_t ms;
        if (nearest(county, place, NULL, ms_max, &ms) != NULL ||
            between(county->villages[a], place) <= ms_max ||
            between(county->villages[b], place) <= ms_max)
            sum += homes > 0 ? county->households[k] : 1;
    }
    return sum;
}

static void test_proposals_are_best(void **state)
{
    struct county *county = *state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        const uint32_t homes = seed % 2 == 0 ? HOMES : 0;
        const char *measure = homes > 0 ? "households" : "villages";
        random_seeded_init(&county->random, seed);
        make_areas(county);
        make_sites(county, homes);
        const struct coverage_request request = {
            .mode = ROAD_FOOT, .direction = ROAD_FROM, .minutes = 1, .propose = 2};
        json_t *json = ask(county, &request);
        int64_t best = 0, added = 0;
        for (uint32_t a = 0; a < VILLAGES; a++)
            for (uint32_t b = 0; b <= a; b++) {
                const int64_t sum = covered_with(county, homes, a, b, 60000);
                best = sum > best ? sum : best;
            }
        assert_int_equal(number(json, "after", measure), best);
        assert_true(json_is_true(json_object_get(json, "optimal")));
        assert_int_equal(number(json, "bound", measure), best);
        const json_t *proposed = json_object_get(json, "proposed");
        for (size_t i = 0; i < json_array_size(proposed); i++)
            added +=
                json_integer_value(json_object_get(json_array_get(proposed, i), measure));
        assert_int_equal(number(json, measure, "covered") + added, best);
        json_decref(json);
    }
}

static void test_of_one_area(void **state)
{
    struct county *county = *state;
    random_seeded_init(&county->random, 7);
    make_areas(county);
    make_sites(county, HOMES);
    const struct coverage_request request = {
        .mode = ROAD_FOOT, .direction = ROAD_FROM, .minutes = 1, .area_id = 2};
    json_t *json = ask(county, &request);
    assert_int_equal(number(json, "villages", "total"), VILLAGES / 2);
    assert_int_equal(json_array_size(json_object_get(json, "sites")), SITES);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(json, "area"), "code")),
        "east");
    json_decref(json);
}

static int status_of(struct county *county, const struct coverage_request *request,
                     struct sites *sites, const atomic_bool *stop, struct diag *diag)
{
    const struct coverage_config config = {county->road, NULL, stop};
    struct text text;
    text_init(&text, 4 << 20);
    const int status =
        coverage_write(&config, request, &county->tree, sites, &text, diag);
    text_release(&text);
    return status;
}

/* Of an area only sites that are near enough for the minutes count, so that the number
 * elsewhere is no limit for it. */
static void test_sites_far_away(void **state)
{
    enum { MANY = COVERAGE_SITES_MAX };
    struct county *county = *state;
    random_seeded_init(&county->random, 7);
    make_areas(county);
    make_sites(county, 0);
    struct site *items = mem_calloc(SITES + MANY, sizeof *items);
    assert_non_null(items);
    memcpy(items, county->items, SITES * sizeof *items);
    for (uint32_t i = SITES; i < SITES + MANY; i++) {
        items[i] = county->items[0];
        items[i].at = point_moved(grid_point(0, 0), -100000, 0);
    }
    struct sites sites = {items, SITES + MANY, SITES + MANY};
    struct coverage_request request = {
        .mode = ROAD_CAR, .direction = ROAD_FROM, .minutes = 30, .area_id = 2};
    struct diag diag = {0};
    assert_int_equal(status_of(county, &request, &sites, NULL, &diag), ST_OK);
    request.minutes = 60;
    assert_int_equal(status_of(county, &request, &sites, NULL, &diag), ST_LIMIT);
    assert_string_equal(
        diag.text, "at most 2000 sites at a time: these kinds have 2005 near the area");
    request.minutes = 30;
    request.area_id = 0;
    assert_int_equal(status_of(county, &request, &sites, NULL, &diag), ST_LIMIT);
    request.area_id = 999;
    assert_int_equal(status_of(county, &request, &sites, NULL, &diag), ST_NOT_FOUND);
    mem_free(items);
}

static void test_stopped(void **state)
{
    struct county *county = *state;
    const atomic_bool stop = true;
    struct diag diag = {0};
    make_areas(county);
    make_sites(county, 0);
    const struct coverage_request request = {.mode = ROAD_FOOT, .minutes = 1};
    assert_int_equal(status_of(county, &request, &county->sites, &stop, &diag),
                     ST_CLOSED);
}

static void test_words(void **state)
{
    (void)state;
    struct coverage_request request = {0};
    struct diag diag = {0};
    assert_int_equal(coverage_parse_kinds(&request, "aed,shelter", &diag), 0);
    assert_int_equal(request.kind_count, 2);
    assert_string_equal(request.kinds[1], "shelter");
    static const char *const wrong[] = {"",
                                        ",",
                                        "aed,",
                                        "fire",
                                        "a,b,c,d,e,f,g,h,i",
                                        "a-kind-of-site-with-a-name-too-long"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(coverage_parse_kinds(&request, wrong[i], &diag), ST_INVALID);
}

static int start(void **state)
{
    static struct county county;
    if (make_folder(state) != 0)
        return 1;
    county.road = grid_road(SIDE);
    *state = &county;
    return 0;
}

static int stop(void **state)
{
    struct county *county = *state;
    area_index_free(county->tree.index);
    road_free(county->road);
    return drop_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_villages_by_site),
        cmocka_unit_test(test_proposals_are_best),
        cmocka_unit_test(test_of_one_area),
        cmocka_unit_test(test_sites_far_away),
        cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
