/* SPDX-License-Identifier: Apache-2.0 */
/* What is told to those who come: who is sent a message when it changes, and when it
 * cannot be changed any more. */
#include "world.h"

static const struct loop_notes deep = {"the north gate", "Li", "deep water"};

static int change(struct world *w, int64_t need, const struct loop_notes *notes)
{
    const struct loop_input input = {
        .kind = LOOP_NEED_NOTES, .id = need, .actor = DISPATCHER, .notes = notes};
    const int status = world_step(w, &input);
    world_check(w);
    return status;
}

static uint32_t told(struct world *w, int64_t person_id)
{
    return world_messages(w, world_alert(w, person_id)->id, MESSAGE_KIND_NOTES);
}

/* Asked, on the way, there, withdrawn: only who has said yes and is not there yet. */
static void test_who_is_told(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int64_t callout = world_callout(&w, 4, 0);
    const int64_t need = w.incident.needs[0].id;
    assert_int_equal(world_wave(&w, callout, 1, 6), ST_OK);
    for (int64_t person = 1; person <= 4; person++)
        assert_int_equal(world_yes(&w, person), ST_OK);
    assert_int_equal(world_move(&w, LOOP_DEPART, 2), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 3), ST_OK);
    assert_int_equal(world_move(&w, LOOP_WITHDRAW, 4), ST_OK);
    assert_int_equal(change(&w, need, &deep), ST_OK);
    assert_int_equal(w.effects.id, need);
    assert_int_equal(w.effects.event_count, 1);
    const struct loop_event *event = &w.effects.events[0];
    assert_string_equal(event->kind, "need.notes");
    assert_int_equal(event->need_id, need);
    assert_int_equal(event->actor, DISPATCHER);
    assert_int_equal(event->number, 2);
    assert_ptr_equal(event->notes, &deep);
    assert_null(event->reason);
    static const uint32_t wanted[] = {0, 1, 1, 0, 0, 0, 0};
    for (int64_t person = 1; person <= 6; person++)
        assert_int_equal(told(&w, person), wanted[person]);
    /* Nothing has changed: nobody is told, and nothing is recorded. */
    assert_int_equal(change(&w, need, NULL), ST_OK);
    assert_true(w.effects.repeated);
    assert_int_equal(w.effects.event_count, 0);
    assert_int_equal(w.effects.change_count, 0);
    assert_int_equal(told(&w, 1), 1);
    assert_int_equal(change(&w, need, &deep), ST_OK);
    assert_int_equal(told(&w, 1), 2);
    world_release(&w);
}

/* The message of a failed try is not sent again to somebody who is there meanwhile. */
static void test_who_is_there_needs_no_message(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int64_t callout = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, callout, 1, 1), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(change(&w, w.incident.needs[0].id, &deep), ST_OK);
    const struct message *message = &w.incident.messages[w.incident.message_count - 1];
    assert_int_equal(message->kind, MESSAGE_KIND_NOTES);
    const int64_t id = message->id;
    world_do(&w, LOOP_MESSAGE_SENDING, id);
    world_do(&w, LOOP_MESSAGE_FAILED, id);
    assert_int_equal(loop_find_message(&w.incident, id)->state, MESSAGE_QUEUED);
    world_do(&w, LOOP_MESSAGE_SENDING, id);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    world_do(&w, LOOP_MESSAGE_FAILED, id);
    assert_int_equal(loop_find_message(&w.incident, id)->state, MESSAGE_WITHDRAWN);
    world_release(&w);
}

static void test_of_another_need(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int64_t callout = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, callout, 1, 1), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(change(&w, world_need(&w, 1, 0), &deep), ST_OK);
    assert_int_equal(told(&w, 1), 0);
    assert_int_equal(w.effects.events[0].number, 0);
    world_release(&w);
}

/* Stated with the need, it is an event of its own behind need.stated. */
static void test_stated(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_do(&w, LOOP_REPORT, 0);
    const struct need need = {.id = ++w.ids,
                              .line_count = 1,
                              .lines = {{.count = 1}},
                              .target = 0.9,
                              .mode = -1};
    const struct loop_input input = {
        .kind = LOOP_NEED, .actor = DISPATCHER, .need = &need, .notes = &deep};
    assert_int_equal(world_step(&w, &input), ST_OK);
    assert_int_equal(w.effects.event_count, 2);
    assert_string_equal(w.effects.events[0].kind, "need.stated");
    assert_null(w.effects.events[0].notes);
    assert_string_equal(w.effects.events[1].kind, "need.notes");
    assert_ptr_equal(w.effects.events[1].notes, &deep);
    world_release(&w);
}

static void test_over(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    (void)world_callout(&w, 1, 0);
    const int64_t open = w.incident.needs[0].id, cancelled = world_need(&w, 1, 0);
    world_do(&w, LOOP_NEED_CANCEL, cancelled);
    assert_int_equal(change(&w, cancelled, &deep), ST_CONFLICT);
    assert_int_equal(change(&w, cancelled, NULL), ST_CONFLICT);
    assert_int_equal(change(&w, 9999, &deep), ST_NOT_FOUND);
    assert_int_equal(change(&w, open, &deep), ST_OK);
    world_do(&w, LOOP_CANCEL, 0);
    assert_int_equal(change(&w, open, &deep), ST_CONFLICT);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_told),
        cmocka_unit_test(test_of_another_need),
        cmocka_unit_test(test_who_is_there_needs_no_message),
        cmocka_unit_test(test_stated),
        cmocka_unit_test(test_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
