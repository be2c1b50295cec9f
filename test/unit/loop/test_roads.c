/* SPDX-License-Identifier: Apache-2.0 */
/* What changes on the ground: roads that close and open, a place that was wrong. */
#include "base/time.h"
#include "world.h"

static int retime(struct world *world, int64_t callout_id, int64_t person_id, uint32_t ms)
{
    const struct loop_retimed one = {world_alert(world, person_id)->id, ms};
    return world_checked(world, (struct loop_input){.kind = LOOP_RETIME,
                                                    .id = callout_id,
                                                    .retimed = &one,
                                                    .retimed_count = 1});
}

static uint32_t told(struct world *world, int64_t person_id)
{
    return world_messages(world, world_alert(world, person_id)->id, MESSAGE_KIND_DETOUR);
}

/* A road is closed before who said yes: told when the way is much longer, closed or open
 * again; and who is called overdue, and when, goes by it. */
static void test_roads_change(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 3, 0);
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK);
    const uint32_t ms = world_alert(&w, 1)->travel_ms;
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_move(&w, LOOP_DEPART, 2), ST_OK);
    const int64_t before = world_assignment(&w, 2)->due_ms;
    for (int64_t person = 1; person <= 3; person++) {
        assert_int_equal(retime(&w, id, person, ms + LOOP_DETOUR_MS - 1), ST_OK);
        assert_int_equal(told(&w, person), 0); /* not worth a word */
        assert_int_equal(retime(&w, id, person, ms + 2 * LOOP_DETOUR_MS), ST_OK);
        assert_int_equal(world_alert(&w, person)->travel_ms, ms + 2 * LOOP_DETOUR_MS);
        assert_int_equal(told(&w, person), person != 3); /* who has not said yes is not */
    }
    assert_int_equal(world_assignment(&w, 2)->due_ms, before + 4 * LOOP_DETOUR_MS);
    /* Shorter: not told, and who is under way is not called overdue any sooner. */
    assert_int_equal(retime(&w, id, 1, ms), ST_OK);
    assert_int_equal(retime(&w, id, 2, ms), ST_OK);
    assert_int_equal(told(&w, 2), 1);
    assert_int_equal(world_assignment(&w, 1)->due_ms, before);
    assert_int_equal(world_assignment(&w, 2)->due_ms, before + 4 * LOOP_DETOUR_MS);
    /* No way, for an hour, and one again: nobody is overdue because it opened. */
    w.now_ms += TIME_MINUTE_MS;
    for (int64_t person = 1; person <= 2; person++) {
        const int64_t due = world_assignment(&w, person)->due_ms;
        assert_int_equal(retime(&w, id, person, LOOP_NO_WAY_MS), ST_OK);
        assert_int_equal(told(&w, person), 2);
        assert_int_equal(world_assignment(&w, person)->due_ms, due);
        w.now_ms += TIME_MINUTE_MS;
        assert_int_equal(retime(&w, id, person, ms), ST_OK);
        assert_int_equal(told(&w, person), 3);
        assert_int_equal(world_assignment(&w, person)->due_ms,
                         w.now_ms + 2 * (int64_t)ms + w.config.overdue_extra_ms);
    }
    /* Who says yes while there is none is due at the deadline, not in two days. */
    assert_int_equal(retime(&w, id, 3, LOOP_NO_WAY_MS), ST_OK);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_int_equal(world_assignment(&w, 3)->due_ms,
                     w.incident.needs[0].deadline_ms + w.config.overdue_extra_ms);
    assert_int_equal(world_move(&w, LOOP_DEPART, 1), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    assert_int_equal(retime(&w, id, 1, LOOP_NO_WAY_MS), ST_OK);
    assert_int_equal(world_alert(&w, 1)->travel_ms, ms); /* is there */
    world_release(&w);
}

/* Who is under way counts as if they left when the roads changed, and is never called
 * overdue sooner than before; who has not left, by the way alone (decision 0174). */
static void test_under_way(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int64_t id = world_callout(&w, 2, 0), extra_ms = w.config.overdue_extra_ms;
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    const uint32_t ms = world_alert(&w, 1)->travel_ms;
    for (int64_t person = 1; person <= 2; person++)
        assert_int_equal(world_yes(&w, person), ST_OK);
    assert_int_equal(world_move(&w, LOOP_DEPART, 1), ST_OK);
    const struct assignment *left = world_assignment(&w, 1),
                            *waits = world_assignment(&w, 2);
    const int64_t left_ms = w.now_ms, waits_due_ms = waits->due_ms;
    w.now_ms += 3 * TIME_MINUTE_MS;
    for (int64_t person = 1; person <= 2; person++)
        assert_int_equal(retime(&w, id, person, ms + LOOP_DETOUR_MS), ST_OK);
    assert_int_equal(left->en_route_ms, left_ms);
    assert_int_equal(left->way_from_ms, w.now_ms);
    assert_int_equal(left->due_ms, w.now_ms + 2 * (ms + LOOP_DETOUR_MS) + extra_ms);
    assert_int_equal(waits->way_from_ms, 0);
    assert_int_equal(waits->due_ms, waits_due_ms + 2 * LOOP_DETOUR_MS);
    assert_int_equal(loop_set_out_ms(left->en_route_ms, left->way_from_ms), w.now_ms);
    assert_int_equal(loop_set_out_ms(waits->en_route_ms, waits->way_from_ms), 0);
    /* The same way asked again is no news; a shorter one counts, and is due no sooner. */
    const int64_t due_ms = left->due_ms;
    w.now_ms += TIME_MINUTE_MS;
    assert_int_equal(retime(&w, id, 1, ms + LOOP_DETOUR_MS), ST_OK);
    assert_int_equal(left->way_from_ms, w.now_ms - TIME_MINUTE_MS);
    assert_int_equal(retime(&w, id, 1, 1000), ST_OK);
    assert_int_equal(left->way_from_ms, w.now_ms);
    assert_int_equal(left->due_ms, due_ms);
    /* What would be in time for who left then is late for who leaves now. */
    const int64_t deadline_ms = w.incident.needs[0].deadline_ms;
    const uint32_t whole_ms = (uint32_t)(deadline_ms - left_ms);
    assert_false(loop_is_late(left_ms, whole_ms, deadline_ms, w.now_ms));
    assert_true(loop_is_late(loop_set_out_ms(left_ms, w.now_ms), whole_ms, deadline_ms,
                             w.now_ms));
    world_release(&w);
}

/* Who says where they come from counts from there, also when roads change (decision
 * 0173); and is told to wait at once if no way leads from there. */
static void test_from_where_they_said(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int64_t id = world_callout(&w, 2, 0);
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    const uint32_t ms[] = {world_alert(&w, 1)->travel_ms / 2, LOOP_NO_WAY_MS};
    for (int64_t person = 1; person <= 2; person++) {
        const struct loop_input yes = {.kind = LOOP_ACCEPT,
                                       .id = world_alert(&w, person)->id,
                                       .actor = -person,
                                       .travel_ms = ms[person - 1]};
        assert_int_equal(world_checked(&w, yes), ST_OK);
        assert_int_equal(world_alert(&w, person)->travel_ms, ms[person - 1]);
        assert_true(world_alert(&w, person)->own_way);
        assert_int_equal(told(&w, person), person - 1);
        assert_int_equal(retime(&w, id, person, 3 * ms[0] + LOOP_DETOUR_MS), ST_OK);
        assert_int_equal(world_alert(&w, person)->travel_ms, 3 * ms[0] + LOOP_DETOUR_MS);
        assert_int_equal(told(&w, person), person);
    }
    world_release(&w);
}

/* The plan says that with those who have said yes it is, or is not, enough. */
static void planned(struct world *world, bool is_enough, int32_t reserve)
{
    const struct callout *callout = &world->incident.callouts[0];
    const struct loop_wave wave = {.version = callout->version,
                                   .reserves = {reserve},
                                   .probability = is_enough ? .97 : .4,
                                   .target_reached = is_enough,
                                   .target_holds = is_enough};
    assert_int_equal(world_checked(world, (struct loop_input){.kind = LOOP_WAVE,
                                                              .id = callout->id,
                                                              .wave = &wave}),
                     ST_OK);
}

/* The seats are taken, and a road closes before who took them (decision 0084): whether
 * they are enough is planned anew, and nobody is asked again before that. */
static void test_filled_is_doubted(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    const struct need *need = &w.incident.needs[0];
    const struct callout *callout = &w.incident.callouts[0];
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    const uint32_t ms = world_alert(&w, 1)->travel_ms;
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(need->state, NEED_FILLED);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_STOOD_DOWN);
    assert_int_equal(retime(&w, id, 1, ms + LOOP_DETOUR_MS - 1), ST_OK);
    assert_int_equal(need->state, NEED_FILLED); /* hardly later */
    assert_int_equal(retime(&w, id, 1, ms + 3 * LOOP_DETOUR_MS), ST_OK);
    assert_int_equal(need->state, NEED_OPEN);
    assert_int_equal(callout->state, CALLOUT_ACTIVE);
    assert_int_equal(callout->replan_due_ms, w.now_ms);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_STOOD_DOWN);
    planned(&w, true, 0); /* all the same */
    assert_int_equal(need->state, NEED_FILLED);
    assert_int_equal(need->escalated_ms, 0);
    assert_int_equal(callout->state, CALLOUT_FILLED);
    assert_true(callout->probability > .96);

    assert_int_equal(retime(&w, id, 1, LOOP_NO_WAY_MS), ST_OK);
    assert_int_equal(need->state, NEED_OPEN);
    planned(&w, false, 0); /* no seat but theirs: it stands as it is, with what is true */
    assert_int_equal(need->state, NEED_FILLED);
    assert_true(callout->probability < .5);
    assert_int_equal(need->escalated_ms, w.now_ms); /* and the level above is told */
    assert_int_equal(retime(&w, id, 1, ms), ST_OK); /* a way again: what is true then */
    assert_int_equal(need->state, NEED_OPEN);
    planned(&w, true, 0);
    assert_int_equal(need->state, NEED_FILLED);
    assert_int_equal(need->escalated_ms, 0);
    assert_true(callout->probability > .96);
    assert_int_equal(retime(&w, id, 1, LOOP_NO_WAY_MS), ST_OK);
    const uint32_t alerts = w.incident.alert_count;
    assert_int_equal(world_wave(&w, id, 3, 2), ST_OK); /* nobody is asked for no seat */
    assert_int_equal(w.incident.alert_count, alerts);
    assert_int_equal(need->state, NEED_FILLED);
    assert_int_equal(retime(&w, id, 1, ms), ST_OK);
    assert_int_equal(retime(&w, id, 1, LOOP_NO_WAY_MS), ST_OK);
    planned(&w, false, 1); /* one more seat */
    assert_int_equal(need->state, NEED_OPEN);
    assert_int_equal(world_wave(&w, id, 3, 1), ST_OK);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_int_equal(need->state, NEED_FILLED);
    w.now_ms = need->deadline_ms; /* too late for anybody else */
    assert_int_equal(retime(&w, id, 3, LOOP_NO_WAY_MS), ST_OK);
    assert_int_equal(need->state, NEED_FILLED);
    world_release(&w);
}

static enum message_state desk_state(const struct world *world)
{
    for (uint32_t i = world->incident.message_count; i > 0; i--)
        if (world->incident.messages[i - 1].kind == MESSAGE_KIND_DESK_ESCALATED)
            return world->incident.messages[i - 1].state;
    fail_msg("no desk was written to");
    return MESSAGE_STATE_COUNT;
}

/* Nobody else is to be had for two who said yes: told once, how many come too late, while
 * others may still answer not yet, and not to a desk any more once they come in time. */
static void test_late_are_told_of(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.super.find_desks = world_find_desks;
    w.incident.area_id = 2;
    int64_t id = world_callout(&w, 2, 1);
    world_do(&w, LOOP_CALLOUT_START, world_need(&w, 1, 0)); /* not counted among them */
    const int64_t other = w.effects.id;
    assert_int_equal(world_wave(&w, other, 9, 1), ST_OK);
    assert_int_equal(world_yes(&w, 9), ST_OK);
    assert_int_equal(retime(&w, other, 9, LOOP_NO_WAY_MS), ST_OK);
    const struct need *need = &w.incident.needs[0];
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK);
    const uint32_t ms = world_alert(&w, 1)->travel_ms;
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(retime(&w, id, 1, LOOP_NO_WAY_MS), ST_OK);
    planned(&w, false, 1); /* the third has not answered yet */
    assert_int_equal(need->escalated_ms, 0);
    assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_DECLINE,
                                                           .id = world_alert(&w, 3)->id,
                                                           .actor = -3}),
                     ST_OK);
    planned(&w, true, 1); /* enough all the same */
    assert_int_equal(need->escalated_ms, 0);
    assert_int_equal(retime(&w, id, 1, ms), ST_OK);
    assert_int_equal(retime(&w, id, 1, LOOP_NO_WAY_MS), ST_OK);
    w.now_ms += TIME_MINUTE_MS;
    planned(&w, false, 1);
    assert_int_equal(need->state, NEED_OPEN);
    assert_int_equal(need->escalated_ms, w.now_ms);
    assert_string_equal(w.effects.events[0].kind, "need.escalated");
    assert_string_equal(w.effects.events[0].code, "late");
    assert_int_equal(w.effects.events[0].number, 1);
    assert_int_equal(desk_state(&w), MESSAGE_QUEUED);
    w.now_ms += TIME_MINUTE_MS;
    planned(&w, false, 1);
    assert_false(world_told(&w, "need.escalated"));
    planned(&w, false, 0);
    assert_int_equal(need->state, NEED_FILLED);
    assert_int_equal(retime(&w, id, 1, ms), ST_OK);
    planned(&w, true, 0);
    assert_int_equal(need->escalated_ms, 0);
    assert_int_equal(desk_state(&w), MESSAGE_WITHDRAWN);
    /* Told again, and filled again before it is planned: what was told is not so any
     * more. */
    assert_int_equal(retime(&w, id, 1, LOOP_NO_WAY_MS), ST_OK);
    planned(&w, false, 0);
    assert_int_equal(desk_state(&w), MESSAGE_QUEUED);
    assert_int_equal(retime(&w, id, 1, LOOP_NO_WAY_MS / 2), ST_OK);
    assert_int_equal(need->state, NEED_OPEN);
    assert_int_equal(world_move(&w, LOOP_DEPART, 2), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 2), ST_OK);
    assert_int_equal(need->state, NEED_FILLED);
    assert_int_equal(need->escalated_ms, 0);
    assert_int_equal(desk_state(&w), MESSAGE_WITHDRAWN);
    world_release(&w);
}

/* The place was wrong: the incident moves, its needs stay; over, it stays where it was.
 */
static void test_move(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    (void)world_callout(&w, 1, 0);
    const struct point need_at = w.incident.needs[0].at;
    const struct loop_input move = {.kind = LOOP_MOVE, .at = {1234, 5678}, .number = 42};
    assert_int_equal(world_checked(&w, move), ST_OK);
    assert_true(world_told(&w, "incident.moved"));
    assert_int_equal(w.incident.area_id, 42);
    assert_int_equal(w.incident.at.lat_e7, 1234);
    assert_int_equal(w.incident.needs[0].at.lat_e7, need_at.lat_e7);
    assert_int_equal(w.incident.state, INCIDENT_ACTIVE);
    world_do(&w, LOOP_CANCEL, 0);
    assert_int_not_equal(world_checked(&w, move), ST_OK);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roads_change),
        cmocka_unit_test(test_under_way),
        cmocka_unit_test(test_from_where_they_said),
        cmocka_unit_test(test_filled_is_doubted),
        cmocka_unit_test(test_late_are_told_of),
        cmocka_unit_test(test_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
