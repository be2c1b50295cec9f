/* SPDX-License-Identifier: Apache-2.0 */
/* What a running call-out's plan knows of those who were asked: what was learned of them
 * counts as long as they are not there, as it did when they were candidates. And who may
 * be asked at all. */
#include "test/unit/dispatch/town.h"

#include "dispatch/scheme.h"
#include "dispatch/scheme_internal.h"
#include "plan/response_model.h"

#include <math.h>

#define COMES 0.4
#define SLOWER 3 /* whose way takes so many times as long as computed */
#define WAY_MS UINT32_C(240000)
#define LEFT_MS 840000

/* Somebody who answers slowly, besides: of no matter once a yes is there. */
static struct learn_forecast learned(void *context, int64_t person_id, uint32_t travel_ms)
{
    (void)context;
    (void)person_id;
    return (struct learn_forecast){.accept = .5,
                                   .comes = COMES,
                                   .travel_ms = SLOWER * travel_ms + 60000,
                                   .way_ms = SLOWER * travel_ms,
                                   .asked = 9};
}

/* P of those who hold seats: one who said yes just now. */
static double told(const struct town *town, const struct response_model *model)
{
    const int64_t now_ms = town->store.clock.now_ms;
    struct need need = {.id = 1,
                        .at = town->at,
                        .deadline_ms = now_ms + LEFT_MS,
                        .line_count = 1,
                        .lines = {{.count = 1}},
                        .target = .5,
                        .mode = -1};
    struct callout callout = {.id = 2, .need_id = 1, .state = CALLOUT_ACTIVE};
    struct alert alert = {.id = 3,
                          .callout_id = 2,
                          .person_id = 1,
                          .state = ALERT_ACCEPTED,
                          .lines_able = 1,
                          .alerted_ms = now_ms,
                          .travel_ms = WAY_MS,
                          .p_accept = .5F};
    struct assignment assignment = {.id = 4,
                                    .alert_id = 3,
                                    .person_id = 1,
                                    .need_id = 1,
                                    .state = ASSIGNMENT_ASSIGNED,
                                    .count = 1,
                                    .assigned_ms = now_ms};
    const struct loop_incident incident = {.needs = &need,
                                           .need_count = 1,
                                           .callouts = &callout,
                                           .callout_count = 1,
                                           .alerts = &alert,
                                           .alert_count = 1,
                                           .assignments = &assignment,
                                           .assignment_count = 1};
    const struct scheme_config config = {.crowd = town->crowd,
                                         .model = model,
                                         .forecast = learned,
                                         .policy = PLAN_POLICY_ONE_WAVE};
    const struct scheme_request request = {.need = &need,
                                           .incident = &incident,
                                           .callout = &callout,
                                           .now_ms = now_ms,
                                           .held = true};
    struct scheme scheme;
    struct diag diag;
    assert_int_equal(scheme_make(&config, &request, &scheme, &diag), ST_OK);
    const double p = scheme.plan.probability_held;
    scheme_release(&scheme);
    return p;
}

static void test_what_was_learned_counts_on(void **state)
{
    const struct town *town = *state;
    struct response_model_config config;
    struct response_model *model;
    struct time_local local;
    response_model_config_default(&config);
    assert_int_equal(response_model_new(&model, &config), ST_OK);
    time_to_local(town->store.clock.now_ms, &local);
    const bool night = response_model_is_night(model, local.minute);
    const double as_computed =
        response_model_turnout_in_time(model, night, LEFT_MS, WAY_MS, 0);
    const double as_learned =
        response_model_turnout_in_time(model, night, LEFT_MS, SLOWER * WAY_MS, 0);
    assert_true(as_learned < as_computed - .2 && as_learned > .1);
    assert_true(fabs(told(town, model) - COMES * as_learned) < 1e-6);
    response_model_free(model);
}

/* Invariant 10: quiet hours, duty and the cap are set aside by a response of level I or
 * II, or by a dispatcher for one call-out; never for an exercise. */
static void test_what_is_lifted(void **state)
{
    (void)state;
    static const struct {
        uint32_t asked, of_callout;
        enum response_level level;
        bool exercise;
        unsigned flags;
    } rows[] = {
        {0, 0, LEVEL_NONE, false, CROWD_APPLY_QUIET | CROWD_APPLY_CAP},
        {0, 0, LEVEL_III, false, CROWD_APPLY_QUIET | CROWD_APPLY_CAP},
        {0, 0, LEVEL_II, false, CROWD_LIFT_DUTY},
        {0, 0, LEVEL_I, false, CROWD_LIFT_DUTY},
        {0, 0, LEVEL_I, true, CROWD_APPLY_QUIET | CROWD_APPLY_CAP | CROWD_EXERCISE},
        {LIFT_QUIET, 0, LEVEL_NONE, false, CROWD_APPLY_CAP},
        {LIFT_CAP, 0, LEVEL_NONE, false, CROWD_APPLY_QUIET},
        {0, LIFT_CAP, LEVEL_NONE, false, CROWD_APPLY_QUIET},
        {LIFT_QUIET, LIFT_DUTY, LEVEL_NONE, false, CROWD_APPLY_CAP | CROWD_LIFT_DUTY},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct need need = {.mode = ROAD_FOOT};
        const struct callout callout = {.lift = rows[i].of_callout};
        const struct scheme_request request = {.need = &need,
                                               .callout = &callout,
                                               .lift = rows[i].asked,
                                               .level = rows[i].level,
                                               .exercise = rows[i].exercise};
        assert_int_equal(gather_flags(&request), rows[i].flags);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_lifted),
        cmocka_unit_test_setup_teardown(test_what_was_learned_counts_on, town_setup,
                                        town_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
