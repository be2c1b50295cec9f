/* SPDX-License-Identifier: Apache-2.0 */
/* loop_check() finds each thing that must never be; and the limits of what is let in. */
#include "random_input.h"

/* Two people of three seats: one on scene, one reserve on the way, one pending. */
static void build(struct world *world)
{
    world_init(world);
    int64_t callout = world_callout(world, 3, 0);
    assert_int_equal(world_wave(world, callout, 1, 4), ST_OK);
    assert_int_equal(world_yes(world, 1), ST_OK);
    assert_int_equal(world_yes(world, 2), ST_OK);
    assert_int_equal(world_move(world, LOOP_ARRIVE, 1), ST_OK);
    world_check(world);
}

enum damage {
    NEED_ORDER,
    ALERT_ORDER,
    LINES_NONE,
    SEATS_OVER,
    MET_WITHOUT,
    CALLOUT_OF_NOTHING,
    CALLOUT_RUNS_ON,
    ALERT_OF_NOTHING,
    ALERT_LEFT_OPEN,
    ALERT_NO_TIMER,
    ASSIGNMENT_OF_NOTHING,
    ASSIGNMENT_NO_LINE,
    ASSIGNMENT_NO_YES,
    ASSIGNMENT_CREDITED,
    VERIFIED_BY_NOBODY,
    VERIFIED_BY_REPORTER,
    CREDITED_TOO_MUCH,
    MESSAGE_OF_NOTHING,
    MESSAGE_UNWANTED,
    PENDING_TWICE,
    CLOSED_OPEN,
    DAMAGE_COUNT
};

static void damage(struct loop_incident *in, enum damage which)
{
    struct assignment *assignment = &in->assignments[0];
    switch (which) {
    case NEED_ORDER:
        in->callouts[0].id = in->alerts[0].id;
        in->alerts[0].callout_id = 0;
        break;
    case ALERT_ORDER:
        in->alerts[1].id = in->alerts[0].id;
        break;
    case LINES_NONE:
        in->needs[0].line_count = 0;
        break;
    case SEATS_OVER:
        assignment->count = 3;
        break;
    case MET_WITHOUT:
        in->needs[0].state = NEED_MET;
        break;
    case CALLOUT_OF_NOTHING:
        in->callouts[0].need_id = 99999;
        break;
    case CALLOUT_RUNS_ON:
        in->alerts[2].state = in->alerts[3].state = ALERT_STOOD_DOWN;
        in->state = INCIDENT_STANDING_DOWN;
        break;
    case ALERT_OF_NOTHING:
        in->alerts[3].callout_id = 99999;
        break;
    case ALERT_LEFT_OPEN:
        in->callouts[0].state = CALLOUT_STANDING_DOWN;
        break;
    case ALERT_NO_TIMER:
        in->alerts[3].due_ms = 0;
        break;
    case ASSIGNMENT_OF_NOTHING:
        assignment->alert_id = 99999;
        break;
    case ASSIGNMENT_NO_LINE:
        assignment->state = ASSIGNMENT_WITHDRAWN;
        assignment->line = 1;
        break;
    case ASSIGNMENT_NO_YES:
        in->alerts[0].state = ALERT_DECLINED;
        break;
    case ASSIGNMENT_CREDITED:
        assignment->minutes_credited = 1;
        break;
    case VERIFIED_BY_NOBODY:
        assignment->state = ASSIGNMENT_VERIFIED;
        break;
    case VERIFIED_BY_REPORTER:
        assignment->state = ASSIGNMENT_VERIFIED;
        assignment->verified_by = assignment->reported_by = DISPATCHER;
        break;
    case CREDITED_TOO_MUCH:
        assignment->state = ASSIGNMENT_VERIFIED;
        assignment->verified_by = VERIFIER;
        assignment->minutes_worked = 5;
        assignment->minutes_credited = 6;
        break;
    case MESSAGE_OF_NOTHING:
        in->messages[0].alert_id = 99999;
        break;
    case MESSAGE_UNWANTED:
        in->alerts[3].state = ALERT_NO_ANSWER;
        break;
    case PENDING_TWICE:
        in->alerts[3].person_id = in->alerts[2].person_id;
        break;
    case CLOSED_OPEN:
        in->state = INCIDENT_CLOSED;
        in->callouts[0].state = CALLOUT_ENDED;
        in->alerts[2].state = in->alerts[3].state = ALERT_STOOD_DOWN;
        in->message_count = 0;
        break;
    default:
        fail();
    }
}

static void test_damage_is_found(void **state)
{
    (void)state;
    for (int which = 0; which < DAMAGE_COUNT; which++) {
        struct world w;
        build(&w);
        damage(&w.incident, (enum damage)which);
        struct diag diag = {0};
        if (loop_check(&w.incident, &diag) != ST_CORRUPT)
            fail_msg("damage %d was not found", which);
        assert_true(diag.text[0] != '\0');
        world_release(&w);
    }
}

static int try_need(struct world *world, struct need need)
{
    const struct loop_input input = {.kind = LOOP_NEED, .need = &need};
    return world_step(world, &input);
}

static void test_need_limits(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_do(&w, LOOP_REPORT, 0);
    const struct need good = {
        .id = 10, .line_count = 1, .lines = {{.count = LOOP_COUNT_MAX}}, .target = 0.5};
    struct need bad = good;
    bad.line_count = 0;
    assert_int_equal(try_need(&w, bad), ST_UNPROCESSABLE);
    bad.line_count = LOOP_LINES_MAX + 1;
    assert_int_equal(try_need(&w, bad), ST_UNPROCESSABLE);
    bad = good;
    bad.lines[0].count = LOOP_COUNT_MAX + 1;
    assert_int_equal(try_need(&w, bad), ST_UNPROCESSABLE);
    bad.lines[0].count = 0;
    assert_int_equal(try_need(&w, bad), ST_UNPROCESSABLE);
    bad = good;
    bad.reserve = -2;
    assert_int_equal(try_need(&w, bad), ST_UNPROCESSABLE);
    bad = good;
    bad.target = 1;
    assert_int_equal(try_need(&w, bad), ST_UNPROCESSABLE);
    bad.target = 0;
    assert_int_equal(try_need(&w, bad), ST_UNPROCESSABLE);
    bad = good;
    bad.deadline_ms = w.now_ms;
    assert_int_equal(try_need(&w, bad), ST_UNPROCESSABLE);
    bad = good;
    bad.id = 0;
    assert_int_equal(try_need(&w, bad), ST_INVALID);
    struct need next = good;
    for (int i = 0; i < LOOP_NEEDS_MAX; i++, next.id++)
        assert_int_equal(try_need(&w, next), ST_OK);
    assert_int_equal(try_need(&w, next), ST_LIMIT);
    world_check(&w);
    world_release(&w);
}

static int try_wave(struct world *world, int64_t callout_id, uint32_t count,
                    struct loop_invitation like)
{
    struct loop_invitation *invitations = mem_calloc(count, sizeof *invitations);
    assert_non_null(invitations);
    for (uint32_t i = 0; i < count; i++) {
        invitations[i] = like;
        invitations[i].person_id = like.person_id + i;
    }
    const struct loop_wave wave = {
        .version = loop_find_callout(&world->incident, callout_id)->version,
        .count = count,
        .invitations = invitations};
    const struct loop_input input = {.kind = LOOP_WAVE, .id = callout_id, .wave = &wave};
    int status = world_step(world, &input);
    mem_free(invitations);
    return status;
}

static void test_wave_limits(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    struct loop_invitation like = {.person_id = 1, .count = 1, .channels = 1};
    like.line = 1;
    assert_int_equal(try_wave(&w, id, 1, like), ST_INVALID);
    like.line = -1;
    assert_int_equal(try_wave(&w, id, 1, like), ST_INVALID);
    like.line = 0;
    like.count = LOOP_COUNT_MAX + 1;
    assert_int_equal(try_wave(&w, id, 1, like), ST_INVALID);
    like.count = 1;
    like.forced = true;
    assert_int_equal(try_wave(&w, id, 1, like), ST_UNPROCESSABLE);
    like.forced = false;
    assert_int_equal(try_wave(&w, id, LOOP_ALERTS_MAX + 1, like), ST_LIMIT);
    assert_int_equal(try_wave(&w, id, LOOP_ALERTS_MAX, like), ST_OK);
    like.person_id += LOOP_ALERTS_MAX;
    assert_int_equal(try_wave(&w, id, 1, like), ST_LIMIT);
    world_do(&w, LOOP_STAND_DOWN, 0);
    assert_int_equal(w.incident.alerts[LOOP_ALERTS_MAX - 1].state, ALERT_STOOD_DOWN);
    world_release(&w);
}

static void test_lift(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_do(&w, LOOP_REPORT, 0);
    world_do(&w, LOOP_CONFIRM, 0);
    int64_t need = world_need(&w, 1, 0);
    struct loop_input input = {
        .kind = LOOP_CALLOUT_START, .id = need, .lift = LIFT_QUIET, .actor = DISPATCHER};
    assert_int_equal(world_step(&w, &input), ST_UNPROCESSABLE);
    input.reason = "the river rises";
    w.incident.exercise = true;
    assert_int_equal(world_step(&w, &input), ST_UNPROCESSABLE);
    w.incident.exercise = false;
    assert_int_equal(world_step(&w, &input), ST_OK);
    assert_int_equal(w.effects.events[0].number, LIFT_QUIET);
    assert_string_equal(w.effects.events[0].reason, "the river rises");
    assert_int_equal(w.effects.events[0].actor, DISPATCHER);
    assert_string_equal(w.effects.events[1].kind, "incident.active");
    assert_int_equal(w.effects.events[1].actor, 0);
    assert_int_equal(world_step(&w, &input), ST_CONFLICT); /* one is running */
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage_is_found),
        cmocka_unit_test(test_need_limits),
        cmocka_unit_test(test_wave_limits),
        cmocka_unit_test(test_lift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
