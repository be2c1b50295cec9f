/* SPDX-License-Identifier: Apache-2.0 */
/* Two banks, a bridge between them and another one a long way round:
 *
 *     (2) . . F                1 km of road to F, where person 2 lives
 *             |
 *     D ----- N  the incident
 *     |       |
 *     |       B
 *     |       |  the bridge
 *     |       A
 *     C ----- S  where person 1 lives
 */
#include "test/unit/store/fixture.h"

#include "base/file.h"
#include "dispatch/circle.h"
#include "dispatch/closures.h"
#include "dispatch/sites.h"
#include "road/closed.h"
#include "road/import.h"
#include "road/road.h"
#include "road/route.h"
#include "store/response.h"

#include <pthread.h>
#include <stdatomic.h>

static const double nodes[][2] = {{30.5990, 121.00}, /* S */
                                  {30.6000, 121.00}, /* A */
                                  {30.6040, 121.00}, /* B */
                                  {30.6050, 121.00}, /* N */
                                  {30.6150, 121.00}, /* F */
                                  {30.5990, 120.97}, /* C */
                                  {30.6050, 120.97} /* D */};
static const int ways[][2] = {{1, 2}, {2, 3}, {3, 4}, {4, 5}, {1, 6}, {6, 7}, {7, 4}};

struct river {
    struct fixture store;
    struct road *road;
    struct road_hierarchy *hierarchy;
    struct skill_table skills;
    struct crowd *crowd;
    struct closures *closures;
    atomic_uint changes; /* counted on the thread */
};

static struct point place(double lat, double lon)
{
    struct point ret;
    assert_true(point_from_degrees(lat, lon, &ret));
    return ret;
}

static void make_road(struct river *river)
{
    struct text text;
    char in[96], out[96];
    struct road_import_result result;
    struct diag diag = {0};
    text_init(&text, 65536);
    text_append_string(&text, "<?xml version=\"1.0\"?><osm version=\"0.6\">\n");
    for (size_t i = 0; i < COUNT_OF(nodes); i++)
        text_appendf(&text, "<node id=\"%zu\" lat=\"%.7f\" lon=\"%.7f\"/>\n", i + 1,
                     nodes[i][0], nodes[i][1]);
    for (size_t i = 0; i < COUNT_OF(ways); i++)
        text_appendf(&text,
                     "<way id=\"%zu\"><nd ref=\"%d\"/><nd ref=\"%d\"/>"
                     "<tag k=\"highway\" v=\"residential\"/></way>\n",
                     i + 1, ways[i][0], ways[i][1]);
    text_append_string(&text, "</osm>\n");
    (void)snprintf(in, sizeof in, "%s/in.osm", river->store.dir);
    (void)snprintf(out, sizeof out, "%s/out.road", river->store.dir);
    assert_int_equal(file_write(in, text.data, text.size, 0600, &diag), 0);
    assert_int_equal(
        road_import_osm(in, out, &(struct road_import_options){0}, &result, &diag), 0);
    assert_int_equal(road_open(&river->road, out, &diag), 0);
    text_release(&text);
}

static void add_person(struct river *river, int64_t id, double lat, double lon)
{
    struct crowd_person person = {.id = id,
                                  .mode = ROAD_FOOT,
                                  .home = place(lat, lon),
                                  .quiet_kind = CROWD_QUIET_NONE,
                                  .birth_day = INT32_MIN};
    (void)snprintf(person.number, sizeof person.number, "V%lld", (long long)id);
    assert_int_equal(crowd_put(river->crowd, &person), 0);
}

static void on_change(void *context)
{
    ((struct river *)context)->changes++;
}

static void open_closures(struct river *river)
{
    const struct closures_config config = {.road = river->road,
                                           .crowd = river->crowd,
                                           .hierarchy = river->hierarchy,
                                           .db_path = river->store.db_path,
                                           .clock = &river->store.clock.super,
                                           .on_change = on_change,
                                           .context = river};
    assert_int_equal(closures_new(&river->closures, &config, NULL), 0);
}

static int setup(void **state)
{
    struct river *river = mem_calloc(1, sizeof *river);
    assert_non_null(river);
    fixture_init(&river->store);
    make_road(river);
    assert_int_equal(road_hierarchy_new(&river->hierarchy, river->road), 0);
    skill_table_init(&river->skills);
    const struct crowd_config config = {
        .road = river->road, .skills = &river->skills, .weekly_cap = 3, .people_max = 10};
    assert_int_equal(crowd_new(&river->crowd, &config), 0);
    add_person(river, 1, nodes[0][0], nodes[0][1]);
    add_person(river, 2, nodes[4][0], nodes[4][1]);
    open_closures(river);
    *state = river;
    return 0;
}

static int teardown(void **state)
{
    struct river *river = *state;
    closures_free(river->closures);
    fixture_close(&river->store);
    fixture_verify(&river->store);
    fixture_drop(&river->store);
    crowd_free(river->crowd);
    road_hierarchy_free(river->hierarchy);
    road_free(river->road);
    mem_free(river);
    return 0;
}

static int put(void *context, struct writer *writer, int64_t now_ms, struct diag *reterr)
{
    (void)reterr;
    return closure_put(writer, context, now_ms);
}

static int lift(void *context, struct writer *writer, int64_t now_ms, struct diag *reterr)
{
    (void)reterr;
    return closure_lift(writer, *(int64_t *)context, 1, now_ms);
}

static int64_t limit_bridge(struct river *river, uint32_t limit_kmh, int64_t until_ms)
{
    struct closure closure = {.at = place(30.602, 121.0),
                              .limit_kmh = limit_kmh,
                              .until_ms = until_ms,
                              .reason = "under water",
                              .actor = 1};
    assert_int_equal(command_call(river->store.writer, put, &closure, NULL), 0);
    return closure.id;
}

static int64_t close_bridge(struct river *river, int64_t until_ms)
{
    return limit_bridge(river, 0, until_ms);
}

static int64_t refresh(struct river *river)
{
    int64_t next_ms;
    assert_int_equal(
        closures_refresh(river->closures, river->store.clock.now_ms, &next_ms), 0);
    return next_ms;
}

/* The same way by the hierarchy. */
static uint32_t route_ms(struct river *river, struct point from, struct point to)
{
    struct road_router *router;
    struct road_view view;
    struct road_spot a, b;
    assert_true(road_snap(river->road, ROAD_FOOT, from, 1000, &a));
    assert_true(road_snap(river->road, ROAD_FOOT, to, 1000, &b));
    assert_int_equal(road_router_new(&router, river->hierarchy), 0);
    road_view_take(river->hierarchy, &view);
    uint32_t ms = road_route_ms(router, &view, ROAD_FOOT, &a, &b);
    road_view_give(&view);
    road_router_free(router);
    return ms;
}

/* Who comes first, and how long the person of the other bank needs. */
static void ask(struct river *river, int64_t *ret_first, uint32_t *ret_south_ms)
{
    const struct crowd_query query = {.at = place(nodes[3][0], nodes[3][1]),
                                      .mode = ROAD_FOOT,
                                      .count = 2,
                                      .time_ms = river->store.clock.now_ms,
                                      .ms_max = ROAD_MS_NONE};
    struct crowd_answer answer = {0};
    assert_int_equal(crowd_nearest(river->crowd, &query, &answer, NULL), 0);
    assert_int_equal(answer.count, 2);
    *ret_first = answer.candidates[0].id;
    *ret_south_ms = answer.candidates[answer.candidates[0].id == 1 ? 0 : 1].ms;
    assert_int_equal(route_ms(river, place(nodes[0][0], nodes[0][1]), query.at),
                     *ret_south_ms);
    crowd_answer_release(&answer);
}

static void test_bridge(void **state)
{
    struct river *river = *state;
    int64_t first;
    uint32_t open_ms, closed_ms, again_ms;
    assert_ptr_equal(closures_hierarchy(river->closures), river->hierarchy);
    ask(river, &first, &open_ms);
    assert_int_equal(first, 1);
    int64_t id = close_bridge(river, 0);
    assert_true(refresh(river) == INT64_MAX);
    ask(river, &first, &closed_ms);
    assert_int_equal(first, 2);
    assert_true(closed_ms > 5 * open_ms);
    assert_int_equal(river->changes, 1);
    (void)refresh(river); /* nothing new: nothing is told */
    assert_int_equal(river->changes, 1);
    assert_int_equal(command_call(river->store.writer, lift, &id, NULL), 0);
    assert_int_equal(command_call(river->store.writer, lift, &id, NULL), ST_NOT_FOUND);
    (void)refresh(river);
    ask(river, &first, &again_ms);
    assert_int_equal(first, 1);
    assert_int_equal(again_ms, open_ms);
    assert_int_equal(river->changes, 2);
    assert_int_equal(crowd_closed_version(river->crowd), 2);
}

/* The bridge is slow, slower, closed, and all of it back again: in each state the time is
 * that of the strictest limit, by the search and by the hierarchy (ask). */
static void test_slow_bridge(void **state)
{
    struct river *river = *state;
    int64_t first, until_ms = river->store.clock.now_ms + TIME_MINUTE_MS;
    uint32_t open_ms, slow_ms, slower_ms, ms;
    ask(river, &first, &open_ms);
    int64_t slow = limit_bridge(river, 3, 0);
    (void)refresh(river);
    ask(river, &first, &slow_ms);
    assert_true(slow_ms > open_ms);
    int64_t fast = limit_bridge(river, 100, 0); /* nobody on foot feels it */
    (void)limit_bridge(river, 1, until_ms);
    (void)refresh(river);
    ask(river, &first, &slower_ms);
    assert_true(slower_ms > slow_ms);
    closures_free(river->closures); /* a restart */
    ask(river, &first, &ms);
    assert_int_equal(ms, open_ms);
    open_closures(river);
    ask(river, &first, &ms);
    assert_int_equal(ms, slower_ms);
    int64_t id = close_bridge(river, 0);
    (void)refresh(river);
    ask(river, &first, &ms);
    assert_true(ms > slower_ms);
    assert_int_equal(command_call(river->store.writer, lift, &id, NULL), 0);
    (void)refresh(river);
    ask(river, &first, &ms);
    assert_int_equal(ms, slower_ms);
    river->store.clock.now_ms = until_ms; /* the slowest is over */
    (void)refresh(river);
    ask(river, &first, &ms);
    assert_int_equal(ms, slow_ms);
    assert_int_equal(command_call(river->store.writer, lift, &slow, NULL), 0);
    (void)refresh(river);
    ask(river, &first, &ms);
    assert_int_equal(ms, open_ms);
    assert_int_equal(command_call(river->store.writer, lift, &fast, NULL), 0);
    (void)refresh(river);
    const struct closures_state *now = closures_take(river->closures);
    assert_null(closures_set(now));
    closures_give(river->closures, now);
}

static void test_expiry(void **state)
{
    struct river *river = *state;
    int64_t first, until_ms = river->store.clock.now_ms + TIME_MINUTE_MS;
    uint32_t ms;
    (void)close_bridge(river, until_ms);
    assert_true(refresh(river) == until_ms);
    ask(river, &first, &ms);
    assert_int_equal(first, 2);
    river->store.clock.now_ms = until_ms - 1;
    assert_true(refresh(river) == until_ms);
    ask(river, &first, &ms);
    assert_int_equal(first, 2);
    river->store.clock.now_ms = until_ms;
    assert_true(refresh(river) == INT64_MAX);
    ask(river, &first, &ms);
    assert_int_equal(first, 1);
    assert_int_equal(crowd_closed_version(river->crowd), 2);
}

/* The thread opens what is over, and says so in the chain, once. */
static void test_expiry_by_the_thread(void **state)
{
    struct river *river = *state;
    struct fixture *f = &river->store;
    (void)close_bridge(river, f->clock.now_ms + TIME_MINUTE_MS);
    (void)refresh(river);
    f->clock.now_ms += TIME_MINUTE_MS;
    assert_int_equal(writer_start(f->writer), 0);
    assert_int_equal(closures_start(river->closures, f->writer), 0);
    for (int i = 0; i < 6000 && river->changes < 2; i++)
        usleep(10000);
    closures_stop(river->closures);
    writer_stop(f->writer);
    assert_int_equal(river->changes, 2);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM closure WHERE"
                                       " lifted_ms = until_ms"),
                     1);
    assert_int_equal(crowd_closed_version(river->crowd), 2); /* not counted twice */
}

static void test_restart(void **state)
{
    struct river *river = *state;
    int64_t first;
    uint32_t ms;
    (void)close_bridge(river, 0);
    (void)refresh(river);
    closures_free(river->closures);
    ask(river, &first, &ms);
    assert_int_equal(first, 1);
    open_closures(river);
    ask(river, &first, &ms);
    assert_int_equal(first, 2);
    assert_int_equal(crowd_closed_version(river->crowd), 1); /* the same number again */
}

static void test_taken_states_stay(void **state)
{
    struct river *river = *state;
    int64_t id = close_bridge(river, 0);
    uint32_t count;
    (void)refresh(river);
    const struct closures_state *before = closures_take(river->closures);
    assert_int_equal(command_call(river->store.writer, lift, &id, NULL), 0);
    (void)refresh(river);
    const struct closures_state *after = closures_take(river->closures);
    assert_non_null(closures_edges(before, id, &count));
    assert_int_equal(count, 1);
    assert_int_equal(road_closed_count(closures_set(before)), 1);
    assert_null(closures_set(after));
    assert_null(closures_edges(after, id, &count));
    assert_int_equal(closures_version(before), 1);
    assert_int_equal(closures_version(after), 2);
    closures_give(river->closures, before);
    closures_give(river->closures, after);
    closures_give(river->closures, closures_take(NULL));
}

struct tide {
    struct river *river;
    atomic_bool stop;
};

/* The bridge is under water, and is not, again and again. */
static void *rise_and_fall(void *context)
{
    struct tide *tide = context;
    const int64_t now_ms = tide->river->store.clock.now_ms;
    for (int64_t i = 0; !tide->stop; i++)
        assert_int_equal(closures_refresh(tide->river->closures,
                                          now_ms + (i & 1) * 2 * TIME_MINUTE_MS, NULL),
                         0);
    return NULL;
}

/* A circle is drawn, and its people are found, by the roads that it was searched with,
 * also when another state has come meanwhile (a use after free is told of by ASan and
 * TSan). */
static void test_circle_while_roads_change(void **state)
{
    struct river *river = *state;
    struct tide tide = {.river = river};
    pthread_t thread;
    const struct circle_config config = {river->road, river->crowd, river->closures};
    const struct circle_request request = {.at = place(nodes[3][0], nodes[3][1]),
                                           .minutes = {20},
                                           .count = 1,
                                           .flags = CIRCLE_LIST_PEOPLE,
                                           .now_ms = river->store.clock.now_ms};
    (void)close_bridge(river, river->store.clock.now_ms + TIME_MINUTE_MS);
    assert_int_equal(pthread_create(&thread, NULL, rise_and_fall, &tide), 0);
    for (int i = 0; i < 300; i++) {
        struct sites sites = {0};
        struct text text;
        text_init(&text, CIRCLE_TEXT_MAX);
        assert_int_equal(circle_write(&config, &request, &sites, &text, NULL), 0);
        assert_non_null(strstr(text_string(&text), "\"number\":\"V2\""));
        text_release(&text);
    }
    tide.stop = true;
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_check(void **state)
{
    struct river *river = *state;
    struct diag diag = {0};
    uint32_t edges;
    static const struct {
        double lat, lon;
        uint32_t radius_m;
        const char *polygon;
        int status;
        uint32_t edges;
    } cases[] = {
        {30.602, 121.0, 0, NULL, 0, 1},
        {30.602, 121.0, 300, NULL, 0, 3},
        {30.602, 120.99, 0, NULL, ST_UNPROCESSABLE, 0}, /* in the river */
        {31.602, 121.0, 300, NULL, ST_UNPROCESSABLE, 0},
        {30.602, 121.0, 0,
         "{\"type\":\"Polygon\",\"coordinates\":[[[120.9,30.601],[121.1,30.601],"
         "[121.1,30.603],[120.9,30.603],[120.9,30.601]]]}",
         0, 2},
        {30.602, 121.0, 0, "{\"type\":\"Polygon\"}", ST_INVALID, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct closure closure = {.at = place(cases[i].lat, cases[i].lon),
                                        .radius_m = cases[i].radius_m,
                                        .polygon = cases[i].polygon};
        assert_int_equal(closures_check(river->closures, &closure, &edges, &diag),
                         cases[i].status);
        if (cases[i].status == 0)
            assert_int_equal(edges, cases[i].edges);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_bridge),  CASE(test_slow_bridge),
        CASE(test_expiry),  CASE(test_expiry_by_the_thread),
        CASE(test_restart), CASE(test_taken_states_stay),
        CASE(test_check),   CASE(test_circle_while_roads_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
