/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a need with time: its deadline and escalation, a need that is restated,
 * planned ahead, filled, resumed. */
#include "loop/events.h"
#include "world.h"

#define CHANNELS (1 << CHANNEL_FILE | 1 << CHANNEL_EMAIL)

static void test_deadline_and_escalation(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    (void)world_callout(&w, 1, 0);
    const int64_t stated = w.now_ms;
    w.now_ms = stated + 15 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_true(world_told(&w, "need.escalated"));
    assert_int_equal(w.incident.needs[0].escalated_ms, w.now_ms);
    w.now_ms = stated + 120 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(w.incident.needs[0].state, NEED_SHORT);
    assert_int_equal(world_try(&w, LOOP_NEED_REOPEN, w.incident.needs[0].id),
                     ST_UNPROCESSABLE);
    world_do(&w, LOOP_NEED_REOPEN, w.incident.needs[0].id);
    assert_int_equal(w.incident.needs[0].state, NEED_OPEN);
    const int64_t again = w.now_ms + 120 * MINUTE; /* as long again as it had */
    assert_int_equal(w.incident.needs[0].deadline_ms, again);
    assert_int_equal(w.incident.needs[0].due_ms, w.now_ms + 15 * MINUTE);
    assert_int_equal(w.incident.needs[0].missed_ms, stated + 120 * MINUTE);
    w.now_ms = again; /* the first that was missed stays */
    world_do(&w, LOOP_TICK, 0);
    world_do(&w, LOOP_NEED_CANCEL, w.incident.needs[0].id);
    assert_int_equal(w.incident.needs[0].missed_ms, stated + 120 * MINUTE);
    world_release(&w);
}

/* A deadline that was missed is known after the cancelling, of the need or the incident;
 * nothing is missed by what is cancelled before, or was met. */
static void test_missed(void **state)
{
    (void)state;
    static const struct {
        enum loop_input_kind end;
        int64_t after_ms; /* the deadline */
        bool is_met, is_missed;
    } rows[] = {{LOOP_NEED_CANCEL, -1, false, false},
                {LOOP_NEED_CANCEL, 0, false, true},
                {LOOP_CANCEL, -1, false, false},
                {LOOP_CANCEL, MINUTE, false, true},
                {LOOP_NEED_CANCEL, MINUTE, true, false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world w;
        world_init(&w);
        const int64_t id = world_callout(&w, 1, 0);
        const struct need *need = &w.incident.needs[0];
        const int64_t deadline_ms = need->deadline_ms;
        if (rows[i].is_met) {
            assert_int_equal(world_wave(&w, id, 1, 1), ST_OK);
            assert_int_equal(world_yes(&w, 1), ST_OK);
            assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
        }
        w.now_ms = deadline_ms + rows[i].after_ms;
        world_do(&w, LOOP_TICK, 0);
        world_do(&w, rows[i].end, rows[i].end == LOOP_NEED_CANCEL ? need->id : 0);
        assert_int_equal(need->state, NEED_CANCELLED);
        assert_int_equal(need->missed_ms, rows[i].is_missed ? deadline_ms : 0);
        world_release(&w);
    }
}

/* Somebody late is better than nobody: the seats are taken after the deadline, the rest
 * is let go, and who comes counts. It is short again when a seat empties. */
static void test_filled_after_the_deadline(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int64_t id = world_callout(&w, 1, 0);
    const struct need *need = &w.incident.needs[0];
    w.now_ms = need->deadline_ms - MINUTE;
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK);
    w.now_ms = need->deadline_ms;
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(need->state, NEED_SHORT);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(need->state, NEED_FILLED);
    assert_int_equal(w.incident.callouts[0].state, CALLOUT_FILLED);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_STOOD_DOWN);
    assert_int_equal(world_move(&w, LOOP_WITHDRAW, 1), ST_OK);
    assert_int_equal(need->state, NEED_OPEN);
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(need->state, NEED_SHORT);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 3), ST_OK);
    assert_int_equal(need->state, NEED_MET);
    world_release(&w);
}

/* Its time was shorter than that after which the level above is told: it is told all the
 * same. */
static void test_short_escalates(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_do(&w, LOOP_REPORT, 0);
    world_do(&w, LOOP_CONFIRM, 0);
    const int64_t stated = w.now_ms;
    const struct need need = {.id = ++w.ids,
                              .line_count = 1,
                              .lines = {{.count = 1}},
                              .target = 0.9,
                              .deadline_ms = stated + 10 * MINUTE};
    assert_int_equal(
        world_step(&w, &(struct loop_input){.kind = LOOP_NEED, .need = &need}), ST_OK);
    w.now_ms = stated + 10 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(w.incident.needs[0].state, NEED_SHORT);
    assert_int_equal(loop_next_due_ms(&w.incident), stated + 15 * MINUTE);
    w.now_ms = stated + 15 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_true(world_told(&w, "need.escalated"));
    assert_int_equal(loop_next_due_ms(&w.incident), INT64_MAX);
    world_release(&w);
}

/* What the start of a call-out wants instead stands in the need, and tells its deadline;
 * one whose deadline has passed wants another. */
static void test_restated(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_do(&w, LOOP_REPORT, 0);
    world_do(&w, LOOP_CONFIRM, 0);
    const int64_t id = world_need(&w, 2, 0);
    struct need wished = w.incident.needs[0];
    struct loop_input input = {
        .kind = LOOP_CALLOUT_START, .id = id, .actor = DISPATCHER, .need = &wished};
    w.now_ms = wished.deadline_ms;
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(w.incident.needs[0].state, NEED_SHORT);
    assert_int_equal(world_try(&w, LOOP_CALLOUT_START, id), ST_UNPROCESSABLE);
    assert_int_equal(world_step(&w, &input), ST_UNPROCESSABLE); /* the old deadline */
    struct loop_invitation twice[2] = {
        {.person_id = 1, .count = 1, .channels = CHANNELS},
        {.person_id = 1, .count = 1, .channels = CHANNELS}};
    struct loop_wave wave = {.count = 1, .invitations = twice};
    input.wave = &wave; /* nor with whom to ask */
    assert_int_equal(world_step(&w, &input), ST_UNPROCESSABLE);
    wished.deadline_ms += 60 * MINUTE;
    wished.target = 1;
    assert_int_equal(world_step(&w, &input), ST_UNPROCESSABLE);
    wished.target = 0.8;
    wished.reserve = 3;
    wave.count = 2;
    assert_int_equal(world_step(&w, &input), ST_INVALID);
    input.wave = NULL;
    assert_int_equal(world_step(&w, &input), ST_OK);
    assert_true(world_told(&w, "need.open"));
    assert_true(world_told(&w, "need.deadline"));
    const struct need *need = &w.incident.needs[0];
    assert_int_equal(need->state, NEED_OPEN);
    assert_int_equal(need->deadline_ms, wished.deadline_ms);
    assert_int_equal(need->missed_ms, wished.deadline_ms - 60 * MINUTE);
    assert_int_equal(need->reserve, 3);
    assert_int_equal(need->lines[0].reserve, 3);
    assert_true(need->target < 0.81);
    world_release(&w);
}

/* Nobody has to leave at once for a need of tomorrow. */
static void test_planned_ahead(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_do(&w, LOOP_REPORT, 0);
    world_do(&w, LOOP_CONFIRM, 0);
    const struct need need = {.id = ++w.ids,
                              .line_count = 1,
                              .lines = {{.count = 1}},
                              .target = 0.9,
                              .deadline_ms = w.now_ms + 24 * 60 * MINUTE};
    assert_int_equal(
        world_checked(&w, (struct loop_input){.kind = LOOP_NEED, .need = &need}), ST_OK);
    world_do(&w, LOOP_CALLOUT_START, need.id);
    assert_int_equal(world_wave(&w, w.effects.id, 1, 1), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->due_ms, need.deadline_ms + 5 * MINUTE);
    assert_int_equal(world_move(&w, LOOP_DEPART, 1), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->due_ms, w.now_ms + 15 * MINUTE);
    world_release(&w);
}

/* A wave of which nobody is left is no wave. */
static void test_wave_of_nobody(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    w.committed = UINT64_MAX;
    int32_t version = loop_find_callout(&w.incident, id)->version;
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    assert_int_equal(loop_find_callout(&w.incident, id)->waves, 0);
    assert_true(loop_find_callout(&w.incident, id)->version > version);
    assert_false(world_told(&w, "wave.sent"));
    assert_true(world_told(&w, "alert.skipped"));
    world_release(&w);
}

/* What ends one call-out lets go of its own people: those of another need go on, and it
 * waits for none of them. */
static void test_each_need_its_own(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int64_t first = world_callout(&w, 1, 0);
    world_do(&w, LOOP_CALLOUT_START, world_need(&w, 2, 0));
    const int64_t second = w.effects.id;
    assert_int_equal(world_wave(&w, first, 1, 3), ST_OK);
    assert_int_equal(world_wave(&w, second, 4, 2), ST_OK);
    assert_int_equal(world_yes(&w, 4), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_STOOD_DOWN);
    assert_int_equal(world_alert(&w, 5)->state, ALERT_PENDING);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    assert_int_equal(w.incident.needs[0].state, NEED_MET);
    assert_int_equal(world_assignment(&w, 4)->state, ASSIGNMENT_ASSIGNED);
    assert_int_equal(world_move(&w, LOOP_RELEASE, 1), ST_OK);
    assert_int_equal(loop_find_callout(&w.incident, first)->state, CALLOUT_ENDED);
    assert_int_equal(loop_find_callout(&w.incident, first)->replan_due_ms, 0);
    assert_int_equal(loop_find_callout(&w.incident, first)->ended_ms, w.now_ms);
    assert_int_equal(loop_find_callout(&w.incident, second)->state, CALLOUT_ACTIVE);
    world_do(&w, LOOP_NEED_CANCEL, w.incident.needs[0].id);
    assert_int_equal(world_assignment(&w, 4)->state, ASSIGNMENT_ASSIGNED);
    assert_int_equal(world_alert(&w, 5)->state, ALERT_PENDING);
    world_release(&w);
}

/* Resuming a call-out whose seats are all taken fills it again at once. */
static void test_resume(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    world_do(&w, LOOP_CALLOUT_RESUME, id);
    assert_int_equal(loop_find_callout(&w.incident, id)->state, CALLOUT_FILLED);
    const int64_t late = world_alert(&w, 2)->id; /* told once that there are enough */
    assert_int_equal(world_alert(&w, 2)->state, ALERT_STOOD_DOWN);
    assert_int_equal(world_messages(&w, late, MESSAGE_KIND_LATE), 1);
    assert_int_equal(world_messages(&w, late, MESSAGE_KIND_STAND_DOWN), 0);
    world_do(&w, LOOP_CALLOUT_STAND_DOWN, id);
    assert_int_equal(loop_find_callout(&w.incident, id)->state, CALLOUT_STANDING_DOWN);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_ASSIGNED);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_LATE);
    world_do(&w, LOOP_WITHDRAW, world_assignment(&w, 1)->id);
    assert_int_equal(world_assignment(&w, 1)->due_ms, 0);
    for (uint32_t i = 0; i < w.incident.message_count; i++) /* where to go, no more */
        if (w.incident.messages[i].kind == MESSAGE_KIND_DETAILS)
            assert_int_equal(w.incident.messages[i].state, MESSAGE_WITHDRAWN);
    assert_int_equal(loop_find_callout(&w.incident, id)->state, CALLOUT_ENDED);
    assert_int_equal(w.incident.needs[0].state, NEED_OPEN);
    world_release(&w);
}

/* A call-out that answers fill is looked at once more for its probability; nobody is
 * asked by that, and by no other way either before it is resumed. */
static void test_filled_is_looked_at(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    const struct callout *callout = loop_find_callout(&w.incident, id);
    assert_int_equal(callout->state, CALLOUT_FILLED);
    assert_int_equal(callout->replan_due_ms, w.now_ms);
    assert_int_equal(world_wave(&w, id, 3, 1), ST_CONFLICT);
    const struct loop_wave look = {
        .version = callout->version, .probability = 0.8, .target_reached = true};
    const int32_t waves = callout->waves;
    assert_int_equal(
        world_step(&w, &(struct loop_input){.kind = LOOP_WAVE, .id = id, .wave = &look}),
        ST_OK);
    callout = loop_find_callout(&w.incident, id);
    assert_true(callout->probability > 0.79 && callout->target_reached);
    assert_int_equal(callout->state, CALLOUT_FILLED);
    assert_int_equal(callout->waves, waves);
    assert_int_equal(callout->replan_due_ms, 0);
    world_release(&w);
}

/* An answer without a `seen` before it, or a stand-down, leaves no timer behind: one
 * would be due for ever, and the writer would look at the incident again every second. */
static void test_answer_ends_the_timer(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 2, 0);
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK);
    assert_int_equal(world_answer(&w, LOOP_DECLINE, world_alert(&w, 1)->id, 1), ST_OK);
    assert_int_equal(loop_find_callout(&w.incident, id)->replan_due_ms, w.now_ms);
    assert_int_equal(world_answer(&w, LOOP_ACCEPT, world_alert(&w, 2)->id, 2), ST_OK);
    assert_int_equal(world_alert(&w, 1)->due_ms, 0);
    assert_int_equal(world_alert(&w, 2)->due_ms, 0);
    assert_true(world_alert(&w, 3)->due_ms != 0);
    world_do(&w, LOOP_CALLOUT_STAND_DOWN, id);
    assert_int_equal(world_alert(&w, 3)->due_ms, 0);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadline_and_escalation),
        cmocka_unit_test(test_missed),
        cmocka_unit_test(test_filled_after_the_deadline),
        cmocka_unit_test(test_short_escalates),
        cmocka_unit_test(test_restated),
        cmocka_unit_test(test_planned_ahead),
        cmocka_unit_test(test_wave_of_nobody),
        cmocka_unit_test(test_each_need_its_own),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_filled_is_looked_at),
        cmocka_unit_test(test_answer_ends_the_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
