/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of closures, limits, moves, commitments, comings and goings on the real
 * extracts, against a plain model: one whole Dijkstra a mode, everybody looked at. Two
 * readers ask beside it all the time. CROWD_ROUNDS: questions an extract. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "crowd/crowd.h"
#include "road/closed.h"
#include "road/hierarchy.h"
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>

#define PEOPLE 1500
#define NOW INT64_C(1795478400000) /* Tue 2026-11-24 08:00:00 in Shanghai */
#define AROUND_E7 20000            /* about 200 m */

#ifdef __SANITIZE_THREAD__
#define ROUNDS 2
#define SLOWED true
#else
#define ROUNDS 6
#define SLOWED false
#endif

struct model {
    struct crowd_person person;
    struct point at;
    bool live, committed, skilled;
};

struct world {
    struct road *road;
    struct road_search *search;
    struct road_hierarchy *hierarchy;
    struct road_closed *closed;
    struct skill_table skills;
    struct crowd *crowd;
    struct random_seeded random;
    uint64_t version;
    struct model people[PEOPLE];
    atomic_bool stop;
    atomic_uint answers;
};

static uint32_t below(struct world *w, uint32_t bound)
{
    return (uint32_t)random_below(&w->random.super, bound);
}

static struct point beside(const struct road *road, struct random *random)
{
    struct point at =
        road_node_point(road, (uint32_t)random_below(random, road_node_count(road)));
    at.lat_e7 += (int32_t)random_below(random, 2 * AROUND_E7) - AROUND_E7;
    at.lon_e7 += (int32_t)random_below(random, 2 * AROUND_E7) - AROUND_E7;
    return at;
}

static void put(struct world *w, uint32_t i)
{
    struct model *model = &w->people[i];
    bool stays = model->live && model->at.lat_e7 != model->person.home.lat_e7;
    model->person = (struct crowd_person){.id = (int64_t)i + 1,
                                          .mode = (enum road_mode)below(w, 3),
                                          .home = beside(w->road, &w->random.super),
                                          .birth_day = INT32_MIN};
    model->skilled = below(w, 12) == 0;
    if (model->skilled)
        skill_set_add(&model->person.skills, 0);
    if (!stays) /* a position outlives a change */
        model->at = model->person.home;
    model->live = true;
    assert_int_equal(crowd_put(w->crowd, &model->person), 0);
}

static void change_one(struct world *w)
{
    uint32_t i = below(w, PEOPLE);
    struct model *model = &w->people[i];
    int64_t id = (int64_t)i + 1;
    switch (below(w, 5)) {
    case 0:
        put(w, i);
        break;
    case 1:
        crowd_remove(w->crowd, id);
        model->live = model->committed = false;
        break;
    case 2:
        model->committed = model->live && below(w, 2) == 0;
        crowd_set_committed(w->crowd, id, model->committed, false);
        break;
    default:
        if (!model->live)
            break;
        model->at =
            below(w, 4) == 0 ? model->person.home : beside(w->road, &w->random.super);
        crowd_move(w->crowd, id,
                   model->at.lat_e7 == model->person.home.lat_e7 ? NULL : &model->at);
    }
}

/* Another set of closed and slow roads, or none. */
static void change_roads(struct world *w)
{
    struct road_closed *closed = NULL, *before = w->closed;
    if (below(w, 4) != 0) {
        assert_int_equal(road_closed_new(&closed, w->road), 0);
        for (uint32_t i = below(w, 3); i > 0; i--)
            road_closed_circle(closed, beside(w->road, &w->random.super), below(w, 600));
        for (uint32_t i = below(w, road_edge_count(w->road) / 10 + 1); i > 0; i--)
            road_closed_limit(closed, below(w, road_edge_count(w->road)),
                              below(w, 3) * 12);
    }
    assert_int_equal(road_hierarchy_set_closed(w->hierarchy, closed), 0);
    crowd_set_closed(w->crowd, closed, ++w->version);
    road_search_avoid(w->search, closed);
    w->closed = closed;
    road_closed_free(before);
}

struct ranked {
    int64_t id;
    uint32_t ms;
    bool free;
};

static int by_ms(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* To the place of the last search. */
static uint32_t plain_ms(struct world *w, enum road_mode mode, struct point from,
                         const struct road_spot *incident)
{
    struct road_spot spot;
    uint32_t ms, m;
    if (!road_snap(w->road, mode, from, ROAD_SNAP_M_MAX, &spot))
        return ROAD_MS_NONE;
    road_spot_limit(w->road, w->closed, mode, &spot);
    uint64_t best = road_spot_direct_ms(w->road, w->closed, mode, &spot, incident, &m);
    for (int end = 0; end < 2; end++)
        if (spot.out_ms[end] != ROAD_MS_NONE &&
            road_search_label(w->search, spot.node[end], &ms, &m) &&
            (uint64_t)ms + spot.out_ms[end] < best)
            best = (uint64_t)ms + spot.out_ms[end];
    return (uint32_t)best;
}

static uint32_t plain_all(struct world *w, const struct crowd_query *query,
                          struct ranked *ret)
{
    bool own = (query->flags & CROWD_OWN_MODE) != 0;
    uint32_t count = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        struct road_spot incident;
        struct road_settled settled;
        if ((!own && mode != (int)query->mode) ||
            !road_snap(w->road, (enum road_mode)mode, query->at, ROAD_SNAP_M_MAX,
                       &incident))
            continue;
        assert_int_equal(
            road_search_start(w->search, (enum road_mode)mode, ROAD_TO, &incident), 0);
        while (road_search_next(w->search, &settled))
            ;
        for (uint32_t i = 0; i < PEOPLE; i++) {
            const struct model *model = &w->people[i];
            if (!model->live || (own && (int)model->person.mode != mode))
                continue;
            uint32_t ms = plain_ms(w, (enum road_mode)mode, model->at, &incident);
            bool able = skill_set_is_empty(&query->skills) || model->skilled;
            if (ms != ROAD_MS_NONE)
                ret[count++] =
                    (struct ranked){model->person.id, ms, able && !model->committed};
        }
    }
    qsort(ret, count, sizeof *ret, by_ms);
    return count;
}

static void compare(struct world *w, struct crowd_query query)
{
    static const unsigned ways[] = {0, CROWD_WALK | CROWD_NO_METRES, CROWD_HOLDERS,
                                    CROWD_QUICK};
    static struct ranked all[PEOPLE];
    uint32_t count = plain_all(w, &query, all);
    (void)crowd_remove(w->crowd,
                       -1); /* nobody: moves that wait for the readers come in */
    for (size_t way = 0; way < COUNT_OF(ways); way++) {
        struct crowd_query asked = query;
        struct crowd_answer answer;
        uint32_t next = 0, considered = 0, until = ROAD_MS_NONE;
        asked.flags |= ways[way];
        assert_int_equal(crowd_nearest(w->crowd, &asked, &answer, NULL), 0);
        for (uint32_t i = 0; i < count && next < query.count; i++) {
            if (!all[i].free)
                continue;
            assert_true(next < answer.count);
            assert_int_equal(answer.candidates[next].id, all[i].id);
            assert_int_equal(answer.candidates[next++].ms, all[i].ms);
            until = all[i].ms;
        }
        assert_int_equal(answer.count, next);
        for (uint32_t i = 0; i < count; i++)
            considered += all[i].ms <= until;
        if ((asked.flags & CROWD_QUICK) == 0)
            assert_int_equal(answer.considered, considered);
        crowd_answer_release(&answer);
    }
}

static struct crowd_query random_query(const struct world *w, struct random *random)
{
    struct crowd_query query = {.mode = (enum road_mode)random_below(random, 3),
                                .time_ms = NOW,
                                .count = 1 + (uint32_t)random_below(random, 60),
                                .ms_max = ROAD_MS_NONE};
    struct road_spot spot;
    do
        query.at = beside(w->road, random);
    while (!road_snap(w->road, query.mode, query.at, ROAD_SNAP_M_MAX, &spot));
    if (random_below(random, 2) == 0)
        query.flags = CROWD_OWN_MODE;
    if (random_below(random, 2) == 0)
        skill_set_add(&query.skills, 0);
    return query;
}

/* Whatever moment a question sees, the answer is sound in itself. */
static void *read_beside(void *context)
{
    struct world *w = context;
    struct random_seeded random;
    random_seeded_init(&random, 77);
    while (!atomic_load(&w->stop)) {
        struct crowd_query query = random_query(w, &random.super);
        struct crowd_answer answer;
        uint32_t sum = 0;
        if (crowd_nearest(w->crowd, &query, &answer, NULL) != 0 ||
            answer.count > query.count)
            abort();
        for (uint32_t i = 1; i < answer.count; i++)
            if (answer.candidates[i].ms < answer.candidates[i - 1].ms)
                abort();
        for (int reason = 0; reason < CROWD_REASON_COUNT; reason++)
            sum += answer.excluded[reason];
        if (answer.considered != sum + answer.count)
            abort();
        crowd_answer_release(&answer);
        atomic_fetch_add(&w->answers, 1);
    }
    return NULL;
}

static struct road *import(const char *path)
{
    char folder[] = "/tmp/muster-extract-XXXXXX", out[64];
    struct road_import_result result;
    struct road *road;
    assert_non_null(mkdtemp(folder));
    snprintf(out, sizeof out, "%s/out.road", folder);
    assert_int_equal(
        road_import_osm(path, out, &(struct road_import_options){0}, &result, NULL), 0);
    assert_int_equal(road_open(&road, out, NULL), 0);
    unlink(out);
    rmdir(folder);
    return road;
}

static void run_stream(struct world *w, uint32_t rounds)
{
    pthread_t readers[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_beside, w), 0);
    for (uint32_t round = 0; round < rounds || atomic_load(&w->answers) < 4; round++) {
        for (int i = 0; i < 40; i++)
            change_one(w);
        if (round % 2 == 0)
            change_roads(w);
        compare(w, random_query(w, &w->random.super));
    }
    atomic_store(&w->stop, true);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
}

static void check_extract(const char *path, uint64_t seed, uint32_t rounds)
{
    struct world *w = mem_calloc(1, sizeof *w);
    assert_non_null(w);
    random_seeded_init(&w->random, seed);
    skill_table_init(&w->skills);
    w->road = import(path);
    assert_int_equal(road_search_new(&w->search, w->road), 0);
    assert_int_equal(road_hierarchy_new(&w->hierarchy, w->road), 0);
    const struct crowd_config config = {.road = w->road,
                                        .hierarchy = w->hierarchy,
                                        .skills = &w->skills,
                                        .weekly_cap = 3,
                                        .people_max = PEOPLE};
    assert_int_equal(crowd_new(&w->crowd, &config), 0);
    for (uint32_t i = 0; i < PEOPLE; i++)
        put(w, i);
    crowd_arrange(w->crowd);
    run_stream(w, rounds);
    crowd_free(w->crowd);
    road_hierarchy_free(w->hierarchy);
    road_closed_free(w->closed);
    road_search_free(w->search);
    road_free(w->road);
    mem_free(w);
}

static void test_streams_on_extracts(void **state)
{
    (void)state;
    static const char *const names[] = {"monaco.osm.pbf", "liechtenstein.osm.pbf",
                                        "north-bayreuth.osm.gz", "porto-alegre.osm.pbf",
                                        "porto.osm.pbf"};
    const char *data = getenv("MUSTER_DATA"), *more = getenv("CROWD_ROUNDS");
    uint32_t rounds = more == NULL ? ROUNDS : (uint32_t)strtoul(more, NULL, 10);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[700];
        snprintf(path, sizeof path, "%s/osm/%s", data == NULL ? "../shared/data" : data,
                 names[i]);
        if (access(path, R_OK) != 0)
            printf("absent: %s\n", names[i]);
        else if (!SLOWED || more != NULL || i < 2)
            check_extract(path, 100 + i, rounds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_streams_on_extracts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
