/* SPDX-License-Identifier: Apache-2.0 */
/* All needs of an incident at once: nobody twice, the first priority first, honest about
 * what is left for the others. */
#include "test/unit/dispatch/town.h"

#include "dispatch/joint.h"

#include <math.h>

/* Nurses with a certificate are 25 of 400: 16, 32, ... */
static int64_t state_need(struct town *town, int64_t incident, int32_t nurses,
                          int64_t minutes)
{
    struct fixture *f = &town->store;
    struct need need = {.at = town->at,
                        .deadline_ms = f->clock.now_ms + minutes * TIME_MINUTE_MS,
                        .line_count = 1,
                        .lines = {{.count = nurses}},
                        .reserve = LOOP_RESERVE_AUTO,
                        .target = 0.95,
                        .mode = -1};
    skill_set_add(&need.lines[0].skills, (uint32_t)skill_find(&town->skills, "nurse"));
    struct loop_input input = {.kind = LOOP_NEED, .actor = 1, .need = &need};
    int64_t id;
    assert_int_equal(fixture_step(f, STAGE_INCIDENT, incident, &input, &id), 0);
    return id;
}

static int64_t start_incident(struct town *town)
{
    int64_t incident = fixture_report(&town->store, false);
    struct loop_input confirm = {.kind = LOOP_CONFIRM, .id = incident, .actor = 1};
    assert_int_equal(fixture_step(&town->store, STAGE_INCIDENT, incident, &confirm, NULL),
                     0);
    return incident;
}

static uint32_t alerts_of(const struct joint_need *need)
{
    return need->scheme.plan.people_count;
}

/* Nobody stands in two plans. */
static void check_apart(const struct joint *joint)
{
    uint8_t seen[PEOPLE + 1] = {0};
    for (uint32_t n = 0; n < joint->count; n++)
        for (uint32_t i = 0; i < alerts_of(&joint->needs[n]); i++) {
            const struct scheme *scheme = &joint->needs[n].scheme;
            int64_t id = scheme->candidates[scheme->plan.people[i].candidate].id;
            assert_true(id >= 1 && id <= PEOPLE && !seen[id]);
            seen[id] = 1;
        }
}

static void test_priorities(void **state)
{
    struct town *town = *state;
    int64_t incident = start_incident(town), now = town->store.clock.now_ms;
    int64_t first = state_need(town, incident, 2, 40);
    int64_t second = state_need(town, incident, 2, 40);
    for (int turn = 0; turn < 2; turn++) {
        struct joint_need needs[2] = {{.need_id = first, .priority = turn ? 2 : 1},
                                      {.need_id = second, .priority = turn ? 1 : 2}};
        struct joint joint = {.needs = needs, .count = 2};
        assert_int_equal(joint_plan(town->planner, 0, now, &joint, &town->store.diag), 0);
        assert_true(joint.is_proved && joint.shared > 0);
        check_apart(&joint);
        /* The first priority comes first and is as well off as alone. */
        assert_int_equal(needs[0].need_id, turn ? second : first);
        assert_true(needs[0].alone_reached);
        assert_int_equal(alerts_of(&needs[0]), needs[0].alone_alerts);
        assert_true(fabs(needs[0].scheme.plan.probability - needs[0].alone_probability) <
                    1e-9);
        /* The other has too few nurses left, and says so. */
        assert_true(needs[1].alone_reached && !needs[1].scheme.plan.target_reached);
        assert_true(needs[1].scheme.plan.probability < needs[1].alone_probability);
        assert_true(alerts_of(&needs[0]) + alerts_of(&needs[1]) <= 25);
        joint_release(&joint);
    }
}

/* Of the same priority both get the people for their counts before either gets more. */
static void test_equals(void **state)
{
    struct town *town = *state;
    int64_t incident = start_incident(town), now = town->store.clock.now_ms;
    struct joint_need needs[2] = {
        {.need_id = state_need(town, incident, 5, 40), .priority = 1},
        {.need_id = state_need(town, incident, 5, 40), .priority = 1}};
    struct joint joint = {.needs = needs, .count = 2};
    assert_int_equal(joint_plan(town->planner, 0, now, &joint, &town->store.diag), 0);
    check_apart(&joint);
    assert_true(alerts_of(&needs[0]) >= 5 && alerts_of(&needs[1]) >= 5);
    assert_true(needs[0].given >= 5 && needs[1].given >= 5);
    joint_release(&joint);
}

static void test_odd(void **state)
{
    struct town *town = *state;
    int64_t incident = start_incident(town), now = town->store.clock.now_ms;
    struct joint_need needs[2] = {
        {.need_id = 99999, .priority = 1},
        {.need_id = state_need(town, incident, 1, 40), .priority = 2}};
    struct joint joint = {.needs = needs, .count = 2};
    assert_int_equal(joint_plan(town->planner, 0, now, &joint, &town->store.diag), 0);
    assert_false(needs[0].has_scheme);
    assert_true(needs[1].has_scheme && alerts_of(&needs[1]) == needs[1].alone_alerts);
    joint_release(&joint);
    needs[0].priority = 0;
    assert_int_equal(joint_plan(town->planner, 0, now, &joint, &town->store.diag),
                     ST_INVALID);
    joint.count = 0;
    assert_int_equal(joint_plan(town->planner, 0, now, &joint, &town->store.diag), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_priorities, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(test_equals, town_setup, town_teardown),
        cmocka_unit_test_setup_teardown(test_odd, town_setup, town_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
