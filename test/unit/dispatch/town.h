/* SPDX-License-Identifier: Apache-2.0 */
/* A town of people over a store, with a planner: for the tests of dispatch. Header only:
 * each test program is one file. */
#ifndef MUSTER_TEST_DISPATCH_TOWN_H
#define MUSTER_TEST_DISPATCH_TOWN_H

#include "test/unit/store/fixture.h"

#include "dispatch/planner.h"
#include "road/road.h"
#include "test/unit/crowd/world.h"

#define PEOPLE 400

struct town {
    struct fixture store;
    struct road *road;
    struct skill_table skills;
    struct crowd *crowd;
    struct planner *planner;
    uint32_t replans;
    struct point at;
};

static inline void town_on_replan(void *context)
{
    ((struct town *)context)->replans++;
}

static inline void town_open_store(struct town *town)
{
    struct fixture *f = &town->store;
    struct vault_config vault = {f->keys_path, f->master_path, &f->random.super, 1};
    assert_int_equal(vault_open(&f->vault, &vault, &f->diag), ST_OK);
    struct writer_config config = {.db_path = f->db_path,
                                   .vault = f->vault,
                                   .clock = &f->clock.super,
                                   .random = &f->random.super,
                                   .crowd = town->crowd,
                                   .on_replan = town_on_replan,
                                   .context = town,
                                   .signing_key_path = f->signing_path};
    loop_config_default(&config.loop);
    assert_int_equal(writer_new(&f->writer, &config, &f->diag), ST_OK);
}

/* Numbers V0 ... are ids 1 ...; every eighth a nurse, some of them without certificate.
 */
static inline void town_add_people(struct town *town)
{
    struct random_seeded random;
    random_seeded_init(&random, 5);
    int32_t nurse = skill_find(&town->skills, "nurse");
    for (int64_t i = 1; i <= PEOPLE; i++) {
        struct crowd_person person = {
            .id = i,
            .mode = (enum road_mode)random_below(&random.super, ROAD_MODE_COUNT),
            .home = world_point(town->road, &random.super),
            .quiet_kind = CROWD_QUIET_NONE,
            .birth_day = INT32_MIN};
        snprintf(person.number, sizeof(person.number), "V%lld", (long long)i - 1);
        if (i % 8 == 0)
            skill_set_add(&person.skills, (uint32_t)nurse);
        if (i % 16 == 0) {
            person.certificate_count = 1;
            person.certificates[0].certificate =
                skill_find_certificate(&town->skills, "nurse");
            person.certificates[0].last_day = INT32_MAX;
        }
        person.suspended = i == 7;
        assert_int_equal(crowd_put(town->crowd, &person), 0);
    }
}

static inline void town_open_planner(struct town *town)
{
    const struct planner_config planner = {.crowd = town->crowd,
                                           .writer = town->store.writer,
                                           .road = town->road,
                                           .clock = &town->store.clock.super,
                                           .db_path = town->store.db_path,
                                           .channels = "file email"};
    assert_int_equal(planner_new(&town->planner, &planner), 0);
}

/* The server ends and starts again; the crowd, which is read from no row, stays. */
static inline void town_restart(struct town *town)
{
    fixture_close(&town->store);
    planner_free(town->planner);
    town_open_store(town);
    town_open_planner(town);
}

static inline int town_setup(void **state)
{
    struct town *town = mem_calloc(1, sizeof(*town));
    assert_non_null(town);
    town->road = world_road(16, 9);
    skill_table_init(&town->skills);
    const struct crowd_config crowd = {.road = town->road,
                                       .skills = &town->skills,
                                       .weekly_cap = 3,
                                       .people_max = PEOPLE};
    assert_int_equal(crowd_new(&town->crowd, &crowd), 0);
    town_add_people(town);
    fixture_paths(&town->store);
    town_open_store(town);
    town_open_planner(town);
    town->at = road_node_point(town->road, road_node_count(town->road) / 2);
    *state = town;
    return 0;
}

static inline int town_teardown(void **state)
{
    struct town *town = *state;
    fixture_close(&town->store);
    fixture_verify(&town->store);
    planner_free(town->planner);
    crowd_free(town->crowd);
    road_free(town->road);
    fixture_drop(&town->store);
    mem_free(town);
    return 0;
}

/* A confirmed incident and, within forty minutes, a need of COUNT people and, if NURSES >
 * 0, a line of them; its id. */
static inline int64_t town_need_of(struct town *town, int32_t count, int32_t nurses,
                                   bool exercise, int32_t reserve)
{
    struct fixture *f = &town->store;
    int64_t incident = fixture_report(f, exercise);
    struct loop_input confirm = {.kind = LOOP_CONFIRM, .id = incident, .actor = 1};
    assert_int_equal(fixture_step(f, STAGE_INCIDENT, incident, &confirm, NULL), 0);
    struct need need = {.at = town->at,
                        .deadline_ms = f->clock.now_ms + 40 * TIME_MINUTE_MS,
                        .line_count = nurses > 0 ? 2 : 1,
                        .lines = {{.count = count}, {.count = nurses}},
                        .reserve = reserve,
                        .target = 0.95,
                        .mode = -1};
    skill_set_add(&need.lines[1].skills, (uint32_t)skill_find(&town->skills, "nurse"));
    struct loop_input input = {.kind = LOOP_NEED, .actor = 1, .need = &need};
    int64_t id;
    assert_int_equal(fixture_step(f, STAGE_INCIDENT, incident, &input, &id), 0);
    return id;
}

static inline int64_t town_need(struct town *town, int32_t count, int32_t nurses,
                                bool exercise)
{
    return town_need_of(town, count, nurses, exercise, LOOP_RESERVE_AUTO);
}

#endif
