/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of people and of channels, the planner plans by. */
#include "town.h"

#define FILE_BIT (1u << CHANNEL_FILE)
#define EMAIL_BIT (1u << CHANNEL_EMAIL)
#define SMS_BIT (1u << CHANNEL_SMS)

/* Of three wanted within forty minutes, by a planner of its own. */
static struct scheme scheme_by(struct town *town, struct planner_config config)
{
    const int64_t now_ms = town->store.clock.now_ms;
    const struct need need = {.at = town->at,
                              .deadline_ms = now_ms + 40 * TIME_MINUTE_MS,
                              .line_count = 1,
                              .lines = {{.count = 3}},
                              .reserve = LOOP_RESERVE_AUTO,
                              .target = 0.95,
                              .mode = -1};
    const struct planner_request request = {.need = &need, .at_once = true};
    struct planner *planner;
    struct scheme ret;
    config.crowd = town->crowd;
    config.road = town->road;
    config.clock = &town->store.clock.super;
    assert_int_equal(planner_new(&planner, &config), 0);
    assert_int_equal(planner_plan(planner, &request, now_ms, &ret, &town->store.diag), 0);
    planner_free(planner);
    return ret;
}

static uint32_t asked_by(struct town *town, struct planner_config config)
{
    struct scheme scheme = scheme_by(town, config);
    const uint32_t ret = scheme.plan.people_count;
    assert_true(scheme.plan.target_reached);
    scheme_release(&scheme);
    return ret;
}

/* The more say yes, the more of them come, and the less they answer alike, the fewer are
 * asked. */
static void fewer_where_more_come(void **state)
{
    struct town *town = *state;
    const uint32_t asked =
        asked_by(town, (struct planner_config){.accept = .5, .show = .8});
    assert_true(asked_by(town, (struct planner_config){.accept = .8, .show = .8}) <
                asked);
    assert_true(asked_by(town, (struct planner_config){.accept = .5, .show = .95}) <
                asked);
    assert_true(asked_by(town, (struct planner_config){
                                   .accept = .5, .show = .8, .correlation = .2}) > asked);
}

static void channels_that_are_switched_on(void **state)
{
    static const struct {
        const char *text;
        uint32_t wanted;
    } ROWS[] = {
        {NULL, FILE_BIT},
        {"", FILE_BIT},
        {" , ", FILE_BIT},
        {"email", EMAIL_BIT},
        {"email sms", EMAIL_BIT | SMS_BIT},
        {" sms,email, file ", FILE_BIT | EMAIL_BIT | SMS_BIT},
        {"sms pigeon", SMS_BIT},
        {"pigeons-pigeons-pigeons-pigeons-pigeons sms", SMS_BIT},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct scheme scheme =
            scheme_by(*state, (struct planner_config){.channels = ROWS[i].text});
        assert_int_equal(scheme.channels, ROWS[i].wanted);
        scheme_release(&scheme);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, town_setup, town_teardown)
        TEST(fewer_where_more_come),
        TEST(channels_that_are_switched_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
