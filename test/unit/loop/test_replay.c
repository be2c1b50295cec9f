/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded random sequences: the events alone give back the rows; and damaged events are
 * refused without harm. */
#include "loop/replay.h"

#include "random_input.h"

#define SEQUENCES 4000
#define STEPS 200

#define IDS_MAX 8192

/* Alerts with an answer that no event tells (a no after a late yes or a stand-down), or
 * whose page was looked at again: that later messages were read then is told by none. */
static bool is_silent[IDS_MAX];

static struct replay_event record_of(const struct loop_event *event, int64_t now_ms)
{
    struct replay_event record = {.at_ms = now_ms,
                                  .actor = event->actor,
                                  .need_id = event->need_id,
                                  .callout_id = event->callout_id,
                                  .alert_id = event->alert_id,
                                  .assignment_id = event->assignment_id,
                                  .person_id = event->person_id,
                                  .message_id = event->message_id,
                                  .code = event->code,
                                  .number = event->number};
    assert_true(event_kind_parse(event->kind, &record.kind));
    return record;
}

static void feed(struct replay *replay, const struct world *world)
{
    struct diag diag = {0};
    for (uint32_t i = 0; i < world->effects.event_count; i++) {
        struct replay_event record = record_of(&world->effects.events[i], world->now_ms);
        if (replay_apply(replay, &record, &diag) != ST_OK)
            fail_msg("%s: %s", diag.where, diag.text);
    }
}

static void same_needs(const struct loop_incident *a, const struct loop_incident *b)
{
    assert_int_equal(a->need_count, b->need_count);
    for (uint32_t i = 0; i < a->need_count; i++) {
        const struct need *x = &a->needs[i], *y = &b->needs[i];
        assert_int_equal(x->id, y->id);
        assert_int_equal(x->state, y->state);
        assert_int_equal(x->stated_ms, y->stated_ms);
        assert_int_equal(x->met_ms, y->met_ms);
        assert_int_equal(x->missed_ms, y->missed_ms);
        assert_int_equal(x->filled_ms, y->filled_ms);
        assert_int_equal(x->escalated_ms, y->escalated_ms);
    }
    assert_int_equal(a->callout_count, b->callout_count);
    for (uint32_t i = 0; i < a->callout_count; i++) {
        const struct callout *x = &a->callouts[i], *y = &b->callouts[i];
        assert_int_equal(x->id, y->id);
        assert_int_equal(x->need_id, y->need_id);
        assert_int_equal(x->state, y->state);
        assert_int_equal(x->started_ms, y->started_ms);
        assert_int_equal(x->ended_ms, y->ended_ms);
        assert_int_equal(x->waves, y->waves);
        assert_int_equal(x->lift, y->lift);
    }
}

static void same_alerts(const struct loop_incident *a, const struct loop_incident *b)
{
    assert_int_equal(a->alert_count, b->alert_count);
    for (uint32_t i = 0; i < a->alert_count; i++) {
        const struct alert *x = &a->alerts[i], *y = &b->alerts[i];
        assert_int_equal(x->id, y->id);
        assert_int_equal(x->callout_id, y->callout_id);
        assert_int_equal(x->person_id, y->person_id);
        assert_int_equal(x->state, y->state);
        assert_int_equal(x->wave, y->wave);
        assert_int_equal(x->alerted_ms, y->alerted_ms);
        assert_int_equal(x->asked_ms, y->asked_ms);
        assert_int_equal(x->ready_in_minutes, y->ready_in_minutes);
        assert_int_equal(x->digits_tries, y->digits_tries);
        if (y->answer == ANSWER_DECLINE || is_silent[y->id])
            continue;
        assert_int_equal(x->answer, y->answer);
        assert_int_equal(x->fetched_ms, y->fetched_ms);
        assert_int_equal(x->answered_ms, y->answered_ms);
        assert_int_equal(x->seen_ms, y->seen_ms);
        if (y->answer != ANSWER_NONE)
            assert_int_equal(x->on_behalf, y->on_behalf);
    }
}

static void same_assignments(const struct loop_incident *a, const struct loop_incident *b)
{
    assert_int_equal(a->assignment_count, b->assignment_count);
    for (uint32_t i = 0; i < a->assignment_count; i++) {
        const struct assignment *x = &a->assignments[i], *y = &b->assignments[i];
        assert_int_equal(x->id, y->id);
        assert_int_equal(x->alert_id, y->alert_id);
        assert_int_equal(x->person_id, y->person_id);
        assert_int_equal(x->need_id, y->need_id);
        assert_int_equal(x->state, y->state);
        assert_int_equal(x->line, y->line);
        assert_int_equal(x->assigned_ms, y->assigned_ms);
        assert_int_equal(x->en_route_ms, y->en_route_ms);
        assert_int_equal(x->way_from_ms, y->way_from_ms);
        assert_int_equal(x->on_scene_ms, y->on_scene_ms);
        assert_int_equal(x->released_ms, y->released_ms);
        assert_int_equal(x->reported_ms, y->reported_ms);
        assert_int_equal(x->verified_ms, y->verified_ms);
        assert_int_equal(x->here_ms, y->here_ms);
        assert_int_equal(x->sos_ms, y->sos_ms);
        assert_int_equal(x->sos_acknowledged_ms, y->sos_acknowledged_ms);
        assert_int_equal(x->outcome, y->outcome);
        assert_int_equal(x->reported_by, y->reported_by);
        assert_int_equal(x->verified_by, y->verified_by);
        assert_int_equal(x->minutes_worked, y->minutes_worked);
        assert_int_equal(x->minutes_credited, y->minutes_credited);
        assert_int_equal(x->past, y->past);
        if (y->on_scene_ms != 0)
            assert_int_equal(x->count, y->count);
    }
}

/* Those that were tried. What is queued again may be withdrawn without a word. */
static uint32_t same_messages(struct loop_incident *a, const struct loop_incident *b)
{
    uint32_t compared = 0;
    for (uint32_t i = 0; i < b->message_count; i++) {
        const struct message *y = &b->messages[i], *x = loop_find_message(a, y->id);
        if (y->tries == 0) {
            assert_null(x);
            continue;
        }
        assert_non_null(x);
        compared++;
        assert_int_equal(x->alert_id, y->alert_id);
        assert_int_equal(x->sent_ms, y->sent_ms);
        assert_int_equal(x->tries, y->tries);
        assert_int_equal(x->perhaps_twice, y->perhaps_twice);
        if (x->state != MESSAGE_QUEUED || y->state != MESSAGE_WITHDRAWN) {
            const struct alert *alert =
                loop_find_alert((struct loop_incident *)(uintptr_t)b, y->alert_id);
            if (alert == NULL ||
                (alert->answer != ANSWER_DECLINE && !is_silent[alert->id]))
                assert_int_equal(x->state, y->state);
        }
    }
    assert_int_equal(compared, a->message_count);
    return compared;
}

static void same(struct replay *replay, const struct loop_incident *now)
{
    assert_int_equal(replay->incident.state, now->state);
    assert_int_equal(replay->incident.reported_ms, now->reported_ms);
    assert_int_equal(replay->incident.closed_ms, now->closed_ms);
    assert_int_equal(replay->incident.merged_into, now->merged_into);
    assert_int_equal(replay->incident.roll_call_ms, now->roll_call_ms);
    same_needs(&replay->incident, now);
    same_alerts(&replay->incident, now);
    same_assignments(&replay->incident, now);
}

/* Whether an event is about the alert; a no by an old link is told of the newer alert. */
static bool is_told(const struct loop_effects *effects, int64_t alert_id)
{
    for (uint32_t i = 0; i < effects->event_count; i++)
        if (effects->events[i].alert_id == alert_id)
            return true;
    return false;
}

static void test_sequences(void **state)
{
    (void)state;
    uint32_t events = 0, messages = 0;
    for (uint64_t seed = 1; seed <= SEQUENCES; seed++) {
        struct random_seeded random;
        struct world world;
        struct replay replay = {0};
        random_seeded_init(&random, seed);
        memset(is_silent, 0, sizeof is_silent);
        world_init(&world);
        world.super.find_desks = world_find_desks;
        world.incident.area_id = 3;
        world.incident.exercise = below(&random.super, 4) == 0;
        world_do(&world, LOOP_REPORT, 0);
        feed(&replay, &world);
        for (int i = 0; i < STEPS; i++) {
            struct drawn drawn;
            world.now_ms += below(&random.super, 3) == 0
                                ? below(&random.super, 4 * MINUTE)
                                : below(&random.super, 5 * SECOND);
            draw_input(&world, &random.super, &drawn);
            if (world_step(&world, &drawn.input) != ST_OK)
                continue;
            feed(&replay, &world);
            assert_true(world.ids < IDS_MAX);
            bool by_person =
                drawn.input.kind == LOOP_DECLINE || drawn.input.kind == LOOP_SEEN;
            if (by_person && !is_told(&world.effects, drawn.input.id))
                is_silent[drawn.input.id] = true;
            /* On the page or by the dispatcher: told alike. */
            if (drawn.input.kind == LOOP_WITHDRAW)
                is_silent[loop_find_assignment(&world.incident, drawn.input.id)
                              ->alert_id] = true;
            if (i % 10 == 0)
                same(&replay, &world.incident); /* as it stood at any moment */
        }
        replay_finish(&replay);
        same(&replay, &world.incident);
        messages += same_messages(&replay.incident, &world.incident);
        events += replay.event_count;
        replay_release(&replay);
        world_release(&world);
    }
    print_message("%u events, %u messages tried\n", events, messages);
    assert_true(events > 10000 && messages > 1000);
}

/* Events in any disorder, with any numbers: refused or taken, never harm. */
static void test_damaged(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 11);
    uint32_t refused = 0, taken = 0;
    for (int round = 0; round < 200; round++) {
        struct replay replay = {0};
        for (int i = 0; i < 300; i++) {
            struct replay_event event = {
                .kind = (enum event_kind)below(&random.super, EVENT_KIND_COUNT),
                .at_ms = below(&random.super, 1000),
                .actor = below(&random.super, 3) - 1,
                .need_id = below(&random.super, 6),
                .callout_id = below(&random.super, 6),
                .alert_id = below(&random.super, 6),
                .assignment_id = below(&random.super, 6),
                .message_id = below(&random.super, 6),
                .code = below(&random.super, 2) == 0 ? NULL : "reopened",
                .number = below(&random.super, 12) - 2};
            int status = replay_apply(&replay, &event, NULL);
            assert_true(status == ST_OK || status == ST_CORRUPT || status == ST_LIMIT);
            if (status == ST_OK)
                taken++;
            else
                refused++;
        }
        replay_finish(&replay);
        replay_release(&replay);
    }
    assert_true(refused > 1000 && taken > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
