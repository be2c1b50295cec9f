/* SPDX-License-Identifier: Apache-2.0 */
/* The crowd against brute force: every person's door-to-door time by road_time_ms and
 * every reason by plain rules, on a generated town, in all modes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "road/closed.h"
#include "road/hierarchy.h"
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>

#define SIDE 24
#define PEOPLE 600
#define EIGHTEEN_TODAY 14207       /* 2008-11-24 */
#define NOW INT64_C(1795478400000) /* Tue 2026-11-24 08:00:00 in Shanghai */

struct model {
    struct crowd_person person;
    bool live, committed, committed_exercise, moved;
    struct point here;
    uint32_t alerts;
};

struct fixture {
    struct road *road;
    struct road_search *search;
    struct road_hierarchy *hierarchy;
    struct skill_table skills;
    struct crowd *crowd;
    struct random_seeded random;
    struct model people[PEOPLE];
};

static struct hours hours_of(const char *text)
{
    struct hours hours;
    assert_int_equal(hours_parse(text, &hours, NULL), 0);
    return hours;
}

static void random_person(struct fixture *f, uint32_t i)
{
    struct random *random = &f->random.super;
    struct crowd_person *person = &f->people[i].person;
    *person = (struct crowd_person){.id = (int64_t)i * 7 + 1,
                                    .mode = (enum road_mode)random_below(random, 3),
                                    .home = world_point(f->road, random),
                                    .birth_day = INT32_MIN};
    snprintf(person->number, sizeof(person->number),
             i % 3 == 0 ? "V%05u-of-the-long-numbers" : "V%05u", i);
    for (int k = 0; k < 3; k++)
        skill_set_add(&person->skills, (uint32_t)random_below(random, 6));
    if (random_below(random, 2) == 0) {
        person->certificate_count = 1;
        person->certificates[0].certificate = skill_find_certificate(&f->skills, "nurse");
        person->certificates[0].last_day =
            time_local_day(NOW) - 2 + (int32_t)random_below(random, 4);
    }
    if (random_below(random, 4) == 0) {
        person->place_count = 2;
        person->places[0] = (struct crowd_place){world_point(f->road, random),
                                                 hours_of("Mo-We 07:00-09:00")};
        person->places[1] = (struct crowd_place){world_point(f->road, random), {0}};
        if (random_below(random, 2) == 0)
            person->places[0].hours = hours_of("Sa 07:00-09:00");
    }
    if (random_below(random, 5) == 0)
        person->duty = hours_of("Mo 20:00-08:01; Fr 10:00-11:00");
    if (random_below(random, 9) == 0)
        person->duty = hours_of("Mo 20:00-07:59");
    if (random_below(random, 6) == 0) {
        person->quiet_kind = CROWD_QUIET_OWN;
        person->quiet = hours_of("22:00-09:00");
    }
    person->suspended = random_below(random, 20) == 0;
    if (random_below(random, 12) == 0)
        person->birth_day = EIGHTEEN_TODAY + (int32_t)random_below(random, 2);
    if (random_below(random, 12) == 0)
        person->paused_until_ms = NOW + (int64_t)random_below(random, 3) - 1;
}

static void put(struct fixture *f, uint32_t i)
{
    assert_int_equal(crowd_put(f->crowd, &f->people[i].person), 0);
    f->people[i].live = true;
}

static int setup(void **state)
{
    struct fixture *f = mem_calloc(1, sizeof(*f));
    assert_non_null(f);
    random_seeded_init(&f->random, 20261123);
    skill_table_init(&f->skills);
    skill_set_add(&f->skills.skills[skill_find(&f->skills, "nurse")].implies,
                  (uint32_t)skill_find(&f->skills, "first-aid"));
    f->road = world_road(SIDE, 7);
    assert_int_equal(road_search_new(&f->search, f->road), 0);
    assert_int_equal(road_hierarchy_new(&f->hierarchy, f->road), 0);
    struct crowd_config config = {.road = f->road,
                                  .hierarchy = f->hierarchy,
                                  .skills = &f->skills,
                                  .weekly_cap = 3,
                                  .people_max = PEOPLE};
    assert_int_equal(crowd_new(&f->crowd, &config), 0);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        random_person(f, i);
        put(f, i);
    }
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    crowd_free(f->crowd);
    road_hierarchy_free(f->hierarchy);
    road_search_free(f->search);
    road_free(f->road);
    mem_free(f);
    return 0;
}

/* ---- the plain version
 * ----------------------------------------------------------------- */

static bool has(const int64_t *ids, uint32_t count, int64_t id)
{
    for (uint32_t i = 0; i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static bool skills_ok(const struct fixture *f, const struct crowd_person *person,
                      const struct skill_set *wanted, bool certificates)
{
    struct skill_set counted = {0};
    for (uint32_t i = 0; i < f->skills.count; i++) {
        const struct skill *skill = &f->skills.skills[i];
        if (!skill_set_has(&person->skills, i))
            continue;
        bool valid = skill->certificate < 0 || certificates;
        for (uint32_t c = 0; c < person->certificate_count; c++)
            valid |= person->certificates[c].certificate == skill->certificate &&
                     person->certificates[c].last_day >= time_local_day(NOW);
        for (uint32_t j = 0; valid && j < f->skills.count; j++)
            if (skill_set_has(&skill->implies, j))
                skill_set_add(&counted, j);
    }
    return skill_set_covers(&counted, wanted);
}

static enum crowd_reason plain_reason(const struct fixture *f, const struct model *model,
                                      const struct crowd_query *query)
{
    const struct crowd_person *person = &model->person;
    if (has(query->forced_out, query->forced_out_count, person->id))
        return CROWD_FORCED_OUT;
    if (!skills_ok(f, person, &query->skills, true))
        return CROWD_NO_SKILL;
    if (!skills_ok(f, person, &query->skills, false))
        return CROWD_CERTIFICATE;
    if (person->suspended)
        return CROWD_SUSPENDED;
    if (person->birth_day > EIGHTEEN_TODAY)
        return CROWD_UNDER_AGE;
    if (person->paused_until_ms > NOW)
        return CROWD_PAUSED;
    if (has(query->forced_in, query->forced_in_count, person->id))
        return CROWD_OK;
    if ((query->flags & CROWD_LIFT_DUTY) == 0 && !hours_contain(&person->duty, NOW, NULL))
        return CROWD_OFF_DUTY;
    if ((query->flags & CROWD_APPLY_QUIET) != 0 && person->quiet_kind == CROWD_QUIET_OWN)
        return CROWD_QUIET;
    if ((query->flags & CROWD_APPLY_CAP) != 0 && model->alerts >= 3)
        return CROWD_CAP;
    if (model->committed ||
        ((query->flags & CROWD_EXERCISE) != 0 && model->committed_exercise))
        return CROWD_COMMITTED;
    return CROWD_OK;
}

static uint32_t plain_ms(const struct fixture *f, const struct model *model,
                         const struct crowd_query *query, bool *ret_off)
{
    const struct crowd_person *person = &model->person;
    enum road_mode mode =
        (query->flags & CROWD_OWN_MODE) != 0 ? person->mode : query->mode;
    struct point from = person->home;
    for (uint32_t i = person->place_count; i > 0; i--)
        if (hours_contain(&person->places[i - 1].hours, NOW, NULL))
            from = person->places[i - 1].at;
    if (model->moved)
        from = model->here;
    struct road_spot a, b;
    uint32_t ms = ROAD_MS_NONE, m;
    *ret_off = !road_snap(f->road, mode, from, ROAD_SNAP_M_MAX, &a);
    if (*ret_off || !road_snap(f->road, mode, query->at, ROAD_SNAP_M_MAX, &b))
        return ROAD_MS_NONE;
    assert_int_equal(road_time_ms(f->search, mode, &a, &b, &ms, &m), 0);
    return ms;
}

struct ranked {
    int64_t id;
    uint32_t ms;
    enum crowd_reason reason;
    bool off;
};

static int by_ms(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void compare_excluded(const struct crowd_answer *answer, const uint32_t *wanted,
                             uint32_t considered)
{
    uint32_t sum = answer->count;
    for (int i = 0; i < CROWD_REASON_COUNT; i++) {
        assert_int_equal(answer->excluded[i], wanted[i]);
        sum += answer->excluded[i];
    }
    assert_int_equal(answer->considered, considered);
    assert_int_equal(sum, considered);
}

/* Only the people, from where the incident is known to be: the same ones. */
static void compare_quick(struct fixture *f, const struct crowd_query *query,
                          const struct crowd_answer *wanted, unsigned way)
{
    struct crowd_query quick = *query;
    struct crowd_answer answer;
    quick.flags &= ~(unsigned)(CROWD_EXPLAIN | CROWD_LIST_EXCLUDED);
    quick.flags |= CROWD_QUICK | way;
    struct road_spot spots[ROAD_MODE_COUNT];
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        if (!road_snap(f->road, (enum road_mode)mode, query->at, ROAD_SNAP_M_MAX,
                       &spots[mode]))
            spots[mode].edge = ROAD_NODE_NONE;
    quick.spots = spots;
    assert_int_equal(crowd_nearest(f->crowd, &quick, &answer, NULL), 0);
    assert_int_equal(answer.count, wanted->count);
    assert_int_equal(answer.considered, 0);
    for (uint32_t i = 0; i < answer.count; i++) {
        const struct crowd_candidate *a = &answer.candidates[i];
        const struct crowd_candidate *b = &wanted->candidates[i];
        assert_int_equal(a->id, b->id);
        assert_int_equal(a->ms, b->ms);
        assert_int_equal(a->place, b->place);
        assert_int_equal(a->mode, b->mode);
        assert_string_equal(a->number, f->people[(a->id - 1) / 7].person.number);
        assert_true(b->m != UINT32_MAX);
    }
    crowd_answer_release(&answer);
}

static int by_excluded_id(const void *a, const void *b)
{
    const struct crowd_excluded *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Without lengths: everything else is the same. */
static void compare_without_metres(struct fixture *f, const struct crowd_query *query,
                                   struct crowd_answer *wanted)
{
    struct crowd_query shorter = *query;
    struct crowd_answer answer;
    shorter.flags |= CROWD_NO_METRES;
    assert_int_equal(crowd_nearest(f->crowd, &shorter, &answer, NULL), 0);
    assert_int_equal(answer.count, wanted->count);
    assert_int_equal(answer.considered, wanted->considered);
    assert_memory_equal(answer.excluded, wanted->excluded, sizeof answer.excluded);
    for (uint32_t i = 0; i < answer.count; i++) {
        assert_int_equal(answer.candidates[i].id, wanted->candidates[i].id);
        assert_int_equal(answer.candidates[i].m, 0);
    }
    assert_int_equal(answer.excluded_id_count, wanted->excluded_id_count);
    if (answer.excluded_id_count > 1) {
        qsort(answer.excluded_ids, answer.excluded_id_count, sizeof *answer.excluded_ids,
              by_excluded_id);
        qsort(wanted->excluded_ids, answer.excluded_id_count,
              sizeof *wanted->excluded_ids, by_excluded_id);
    }
    for (uint32_t i = 0; i < answer.excluded_id_count; i++) {
        assert_int_equal(answer.excluded_ids[i].id, wanted->excluded_ids[i].id);
        assert_int_equal(answer.excluded_ids[i].reason, wanted->excluded_ids[i].reason);
    }
    crowd_answer_release(&answer);
}

static void compare(struct fixture *f, const struct crowd_query *query)
{
    static struct ranked ranked[PEOPLE];
    uint32_t count = 0, taken = 0, last = ROAD_MS_NONE - 1, considered = 0;
    uint32_t excluded[CROWD_REASON_COUNT] = {0};
    bool whole = (query->flags & CROWD_EXPLAIN) != 0;
    struct crowd_answer answer;
    struct diag diag = {0};
    assert_int_equal(crowd_nearest(f->crowd, query, &answer, &diag), 0);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        struct model *model = &f->people[i];
        if (!model->live)
            continue;
        struct ranked *r = &ranked[count++];
        r->id = model->person.id;
        r->reason = plain_reason(f, model, query);
        r->ms = plain_ms(f, model, query, &r->off);
    }
    qsort(ranked, count, sizeof(*ranked), by_ms);
    for (uint32_t i = 0; i < count; i++)
        if (ranked[i].reason == CROWD_OK && ranked[i].ms <= query->ms_max &&
            ranked[i].ms != ROAD_MS_NONE && taken < query->count) {
            assert_true(taken < answer.count);
            assert_int_equal(answer.candidates[taken].id, ranked[i].id);
            assert_int_equal(answer.candidates[taken].ms, ranked[i].ms);
            last = ranked[i].ms;
            ranked[i].reason = CROWD_REASON_COUNT;
            taken++;
        }
    assert_int_equal(answer.count, taken);
    uint32_t limit = taken == 0 && query->ms_max < last ? query->ms_max : last;
    for (uint32_t i = 0; i < count; i++) {
        if (!whole && ranked[i].ms > limit)
            continue;
        considered++;
        if (ranked[i].reason == CROWD_REASON_COUNT)
            continue;
        enum crowd_reason reason = ranked[i].reason;
        if (reason == CROWD_OK)
            reason = ranked[i].off                  ? CROWD_OFF_NETWORK
                     : ranked[i].ms == ROAD_MS_NONE ? CROWD_UNREACHABLE
                                                    : CROWD_TOO_FAR;
        excluded[reason]++;
    }
    compare_excluded(&answer, excluded, considered);
    assert_int_equal(answer.excluded_id_count,
                     (query->flags & CROWD_LIST_EXCLUDED) != 0 ? considered - taken : 0);
    compare_without_metres(f, query, &answer);
    compare_quick(f, query, &answer, 0);
    compare_quick(f, query, &answer, CROWD_WALK);
    compare_quick(f, query, &answer, CROWD_HOLDERS);
    crowd_answer_release(&answer);
}

static struct crowd_query random_query(struct fixture *f, int64_t *ids)
{
    struct random *random = &f->random.super;
    struct crowd_query query = {
        .at = world_point(f->road, random),
        .mode = (enum road_mode)random_below(random, ROAD_MODE_COUNT),
        .flags = (unsigned)random_below(random, 128),
        .time_ms = NOW,
        .count = 1 + (uint32_t)random_below(random, 60),
        .ms_max = random_below(random, 3) == 0
                      ? 60000 + (uint32_t)random_below(random, 400000)
                      : ROAD_MS_NONE,
        .forced_in = ids,
        .forced_in_count = 20,
        .forced_out = ids + 20,
        .forced_out_count = 20,
    };
    if (random_below(random, 3) != 0)
        query.flags &= ~(unsigned)CROWD_EXPLAIN;
    for (int i = 0; i < 40; i++)
        ids[i] = i < 20 ? i * 29 * 7 + 1 : ((i - 20) * 23 + 5) * 7 + 1;
    if (random_below(random, 2) == 0)
        skill_set_add(&query.skills, (uint32_t)random_below(random, 4));
    if (random_below(random, 3) == 0)
        query.flags |= CROWD_HOLDERS;
    return query;
}

static void change_one(struct fixture *f)
{
    struct random *random = &f->random.super;
    uint32_t i = (uint32_t)random_below(random, PEOPLE);
    struct model *model = &f->people[i];
    int64_t id = model->person.id;
    switch (random_below(random, 7)) {
    case 0:
        crowd_remove(f->crowd, id);
        *model = (struct model){.person = model->person};
        break;
    case 1:
        random_person(f, i);
        put(f, i);
        break;
    case 2:
        if (model->live && model->alerts < CROWD_ALERTS_KEPT) {
            crowd_note_alert(f->crowd, id, NOW - 7 * TIME_DAY_MS + 1);
            model->alerts++;
        }
        break;
    case 3:
        crowd_note_alert(f->crowd, id + 1, NOW); /* nobody */
        crowd_move(f->crowd, id + 1, &model->person.home);
        break;
    case 4:
    case 5:
        model->moved = model->live;
        model->here = world_point(f->road, random);
        crowd_move(f->crowd, id, &model->here);
        if (random_below(random, 4) != 0)
            break;
        model->moved = false;
        crowd_move(f->crowd, id, NULL);
        break;
    default:
        model->committed = model->live && random_below(random, 2) == 0;
        model->committed_exercise = model->live && random_below(random, 2) == 0;
        crowd_set_committed(f->crowd, id, model->committed, model->committed_exercise);
    }
}

static void test_nearest_is_exact(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 60; round++) {
        int64_t ids[40];
        struct crowd_query query = random_query(f, ids);
        compare(f, &query);
        for (int k = 0; k < 16; k++)
            change_one(f);
        if (round % 10 == 7)
            crowd_arrange(f->crowd);
    }
    uint32_t live = 0;
    for (uint32_t i = 0; i < PEOPLE; i++)
        live += f->people[i].live;
    assert_int_equal(crowd_count(f->crowd), live);
}

static void test_explain_agrees_with_nearest(void **state)
{
    struct fixture *f = *state;
    struct crowd_query query = {.at = world_point(f->road, &f->random.super),
                                .flags = CROWD_OWN_MODE | CROWD_EXPLAIN,
                                .time_ms = NOW,
                                .count = PEOPLE,
                                .ms_max = ROAD_MS_NONE};
    struct crowd_answer answer;
    assert_int_equal(crowd_nearest(f->crowd, &query, &answer, NULL), 0);
    assert_true(answer.count > 10);
    uint32_t found = 0;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        struct crowd_candidate one;
        enum crowd_reason reason;
        int status =
            crowd_explain(f->crowd, &query, f->people[i].person.id, &one, &reason, NULL);
        if (!f->people[i].live) {
            assert_int_equal(status, ST_NOT_FOUND);
            continue;
        }
        assert_int_equal(status, 0);
        found += reason == CROWD_OK;
        for (uint32_t j = 0; j < answer.count; j++)
            if (answer.candidates[j].id == one.id) {
                assert_int_equal(reason, CROWD_OK);
                assert_int_equal(answer.candidates[j].ms, one.ms);
                assert_int_equal(answer.candidates[j].place, one.place);
            }
    }
    assert_int_equal(found, answer.count);
    crowd_answer_release(&answer);
}

static void test_far_from_any_road(void **state)
{
    struct fixture *f = *state;
    struct crowd_query query = {.time_ms = NOW, .count = 1, .ms_max = ROAD_MS_NONE};
    struct crowd_answer answer;
    struct diag diag = {0};
    assert_true(point_from_degrees(10, 10, &query.at));
    assert_int_equal(crowd_nearest(f->crowd, &query, &answer, &diag), ST_INVALID);
    assert_string_equal(diag.where, "at");
    crowd_answer_release(&answer);
}

static void test_without_a_map_nobody_comes(void **state)
{
    struct fixture *f = *state;
    struct crowd *crowd;
    struct crowd_config config = {.skills = &f->skills, .people_max = 2};
    assert_int_equal(crowd_new(&crowd, &config), 0);
    struct crowd_person person = {.id = 5, .birth_day = INT32_MIN};
    assert_int_equal(crowd_put(crowd, &person), 0);
    person.id = 6;
    assert_int_equal(crowd_put(crowd, &person), 0);
    person.id = 7;
    assert_int_equal(crowd_put(crowd, &person), ST_LIMIT);
    struct crowd_query query = {
        .time_ms = NOW, .count = 1, .ms_max = ROAD_MS_NONE, .flags = CROWD_EXPLAIN};
    struct crowd_answer answer;
    assert_int_equal(crowd_nearest(crowd, &query, &answer, NULL), 0);
    assert_int_equal(answer.count, 0);
    assert_int_equal(answer.excluded[CROWD_OFF_NETWORK], 2);
    crowd_answer_release(&answer);
    crowd_free(crowd);
}

static void test_position_lies_on_the_grid(void **state)
{
    struct fixture *f = *state;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        struct point at;
        struct crowd_person person = f->people[i].person;
        if (person.place_count > 0 || !f->people[i].live)
            continue;
        assert_true(crowd_position(f->crowd, person.id, NOW, &at));
        assert_true(point_distance_m(at, person.home) < 180.0); /* moved or not */
    }
    struct point nowhere;
    assert_false(crowd_position(f->crowd, 3, NOW, &nowhere));
}

static void test_commitments_outlive_a_change(void **state)
{
    struct fixture *f = *state;
    crowd_remove(f->crowd, 1); /* whatever happened to them */
    struct crowd_person person = {
        .id = 1, .home = road_node_point(f->road, 3), .birth_day = INT32_MIN};
    struct crowd_query query = {
        .at = person.home, .time_ms = NOW, .count = 1, .ms_max = ROAD_MS_NONE};
    struct crowd_candidate one;
    enum crowd_reason reason;
    assert_int_equal(crowd_put(f->crowd, &person), 0);
    crowd_set_committed(f->crowd, 1, false, true);
    assert_true(crowd_is_committed(f->crowd, 1, true));
    assert_false(crowd_is_committed(f->crowd, 1, false));
    crowd_set_committed(f->crowd, 1, true, false);
    assert_true(crowd_is_committed(f->crowd, 1, false));
    assert_false(crowd_is_committed(f->crowd, 999999, true));
    assert_int_equal(crowd_put(f->crowd, &person), 0);
    assert_int_equal(crowd_explain(f->crowd, &query, 1, &one, &reason, NULL), 0);
    assert_int_equal(reason, CROWD_COMMITTED);
    crowd_remove(f->crowd, 1);
    assert_int_equal(crowd_put(f->crowd, &person), 0);
    assert_int_equal(crowd_explain(f->crowd, &query, 1, &one, &reason, NULL), 0);
    assert_int_equal(reason, CROWD_OK);
    assert_int_equal(one.ms, 0);
}

/* Closed and slow roads, on which people stand as well. The oracle's search has the same
 * ones. */
static void test_closed_roads(void **state)
{
    struct fixture *f = *state;
    struct road_closed *closed;
    assert_int_equal(road_closed_new(&closed, f->road), 0);
    struct box box = road_box(f->road);
    struct point middle = {box.min.lat_e7 / 2 + box.max.lat_e7 / 2,
                           box.min.lon_e7 / 2 + box.max.lon_e7 / 2};
    road_closed_circle(closed, middle, 400);
    assert_true(road_closed_count(closed) > 10);
    for (uint32_t edge = 0; edge < road_edge_count(f->road); edge += 3)
        road_closed_limit(closed, edge, 1 + edge % 20);
    assert_true(road_closed_slows(closed));
    assert_int_equal(road_hierarchy_set_closed(f->hierarchy, closed), 0);
    crowd_set_closed(f->crowd, closed, 1);
    road_search_avoid(f->search, closed);
    for (int round = 0; round < 20; round++) {
        int64_t ids[40];
        struct crowd_query query = random_query(f, ids);
        compare(f, &query);
    }
    assert_int_equal(road_hierarchy_set_closed(f->hierarchy, NULL), 0);
    crowd_set_closed(f->crowd, NULL, 2);
    assert_int_equal(crowd_closed_version(f->crowd), 2);
    road_search_avoid(f->search, NULL);
    road_closed_free(closed);
}

struct asker {
    struct fixture *fixture;
    atomic_bool stop;
    atomic_uint answers;
};

static void *ask(void *context)
{
    struct asker *asker = context;
    struct fixture *f = asker->fixture;
    uint32_t node = 0;
    while (!asker->stop) {
        struct crowd_query query = {
            .at = road_node_point(f->road, node++ % road_node_count(f->road)),
            .flags = CROWD_OWN_MODE,
            .time_ms = NOW,
            .count = 20,
            .ms_max = ROAD_MS_NONE};
        struct crowd_answer answer;
        if (crowd_nearest(f->crowd, &query, &answer, NULL) == 0)
            asker->answers++;
        crowd_answer_release(&answer);
    }
    return NULL;
}

/* The night is 22:00 to 06:00 for whoever has said nothing; own hours stand in its place,
 * and who wants none is asked at any hour. Only a query that goes by them looks at them.
 */
static void test_quiet_hours(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum crowd_quiet kind;
        const char *own;
        int minute;
        bool is_quiet;
    } rows[] = {
        {CROWD_QUIET_DEFAULT, "", 22 * 60 - 1, false},
        {CROWD_QUIET_DEFAULT, "", 22 * 60, true},
        {CROWD_QUIET_DEFAULT, "", 0, true},
        {CROWD_QUIET_DEFAULT, "", 6 * 60 - 1, true},
        {CROWD_QUIET_DEFAULT, "", 6 * 60, false},
        {CROWD_QUIET_NONE, "", 23 * 60, false},
        {CROWD_QUIET_OWN, "13:00-14:00", 13 * 60 - 1, false},
        {CROWD_QUIET_OWN, "13:00-14:00", 13 * 60, true},
        {CROWD_QUIET_OWN, "13:00-14:00", 14 * 60, false},
        {CROWD_QUIET_OWN, "13:00-14:00", 23 * 60, false},
    };
    struct crowd_person person = {
        .id = 1, .home = road_node_point(f->road, 3), .birth_day = INT32_MIN};
    struct crowd_query query = {.at = person.home, .count = 1, .ms_max = ROAD_MS_NONE};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct crowd_candidate one;
        enum crowd_reason reason;
        person.quiet_kind = rows[i].kind;
        person.quiet = hours_of(rows[i].own);
        crowd_remove(f->crowd, 1);
        assert_int_equal(crowd_put(f->crowd, &person), 0);
        query.time_ms = NOW - 8 * TIME_HOUR_MS + rows[i].minute * TIME_MINUTE_MS;
        query.flags = CROWD_APPLY_QUIET;
        assert_int_equal(crowd_explain(f->crowd, &query, 1, &one, &reason, NULL), 0);
        assert_int_equal(reason, rows[i].is_quiet ? CROWD_QUIET : CROWD_OK);
        query.flags = 0; /* lifted */
        assert_int_equal(crowd_explain(f->crowd, &query, 1, &one, &reason, NULL), 0);
        assert_int_equal(reason, CROWD_OK);
    }
    crowd_remove(f->crowd, 1);
}

/* A clock that was an hour ahead and is set back gives nobody their week anew. */
static void test_cap_when_the_clock_goes_back(void **state)
{
    struct fixture *f = *state;
    const int64_t id = f->people[0].person.id;
    crowd_remove(f->crowd, id);
    put(f, 0);
    assert_int_equal(crowd_alerts_left(f->crowd, id, NOW), 3);
    for (int i = 0; i < 3; i++)
        crowd_note_alert(f->crowd, id, NOW + TIME_HOUR_MS);
    assert_int_equal(crowd_alerts_left(f->crowd, id, NOW + TIME_HOUR_MS), 0);
    assert_int_equal(crowd_alerts_left(f->crowd, id, NOW), 0);
    assert_int_equal(crowd_alerts_left(f->crowd, id, NOW + 8 * TIME_DAY_MS), 3);
}

/* An alert that no memory could be had for counts all the same, and is put where it
 * belongs with the next one, whoever's. */
static void test_cap_without_memory(void **state)
{
    struct fixture *f = *state;
    int64_t times[CROWD_ALERTS_KEPT];
    const int64_t id = f->people[0].person.id;
    crowd_remove(f->crowd, id);
    put(f, 0);
    mem_fail_at(1);
    crowd_note_alert(f->crowd, id, NOW - TIME_HOUR_MS);
    mem_fail_at(0);
    assert_int_equal(crowd_alert_times(f->crowd, id, times), 0); /* it failed */
    assert_int_equal(crowd_alerts_left(f->crowd, id, NOW), 2);
    const int64_t week_ends = NOW - TIME_HOUR_MS + 7 * TIME_DAY_MS;
    assert_int_equal(crowd_alerts_left(f->crowd, id, week_ends - 1), 2);
    assert_int_equal(crowd_alerts_left(f->crowd, id, week_ends), 3);
    crowd_note_alert(f->crowd, id, NOW);
    assert_int_equal(crowd_alert_times(f->crowd, id, times), 2);
    assert_int_equal(times[0], NOW - TIME_HOUR_MS);
    assert_int_equal(times[1], NOW);
    assert_int_equal(crowd_alerts_left(f->crowd, id, NOW), 1);
    assert_int_equal(crowd_alerts_left(f->crowd, id, week_ends - 1), 1);
    assert_int_equal(crowd_alerts_left(f->crowd, id, week_ends), 2);
}

static void test_questions_while_people_change(void **state)
{
    struct fixture *f = *state;
    struct asker asker = {.fixture = f};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &asker), 0);
    for (uint32_t i = 0; i < 300 || asker.answers < 20; i++) {
        struct model *model = &f->people[i % PEOPLE];
        put(f, i % PEOPLE);
        crowd_set_committed(f->crowd, model->person.id, i % 3 == 0, false);
        crowd_note_alert(f->crowd, model->person.id, NOW);
        crowd_move(f->crowd, model->person.id, i % 7 == 0 ? NULL : &model->person.home);
        if (i % 5 == 0)
            crowd_remove(f->crowd, model->person.id);
    }
    asker.stop = true;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest_is_exact),
        cmocka_unit_test(test_closed_roads),
        cmocka_unit_test(test_explain_agrees_with_nearest),
        cmocka_unit_test(test_far_from_any_road),
        cmocka_unit_test(test_without_a_map_nobody_comes),
        cmocka_unit_test(test_position_lies_on_the_grid),
        cmocka_unit_test(test_commitments_outlive_a_change),
        cmocka_unit_test(test_quiet_hours),
        cmocka_unit_test(test_cap_when_the_clock_goes_back),
        cmocka_unit_test(test_cap_without_memory),
        cmocka_unit_test(test_questions_while_people_change),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
