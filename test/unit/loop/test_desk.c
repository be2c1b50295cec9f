/* SPDX-License-Identifier: Apache-2.0 */
/* Desks: who is written to, in which order, and that it ends as soon as somebody sees to
 * it. The village of the incident has no desk; its town and the city have. */
#include "world.h"

#define VILLAGE 3
#define TOWN 2
#define CITY 1

static void begin(struct world *w, int64_t area_id)
{
    world_init(w);
    w->super.find_desks = world_find_desks;
    w->incident.area_id = area_id;
}

/* The N-th message to a desk, from 0; NULL if there are not so many. */
static const struct message *nth(const struct world *w, enum message_kind kind, int n)
{
    for (uint32_t i = 0; i < w->incident.message_count; i++) {
        const struct message *message = &w->incident.messages[i];
        if (message->kind == kind && n-- == 0)
            return message;
    }
    return NULL;
}

static void expect(const struct world *w, enum message_kind kind, int n, int64_t area_id,
                   enum channel_kind channel, enum message_state state, int64_t due_ms)
{
    const struct message *message = nth(w, kind, n);
    assert_non_null(message);
    assert_int_equal(message->alert_id, 0);
    assert_int_equal(message->area_id, area_id);
    assert_int_equal(message->channel, channel);
    assert_int_equal(message->state, state);
    assert_int_equal(message->due_ms, due_ms);
}

/* Nobody confirms: first the own level after a while, then the next one. */
static void test_reported(void **state)
{
    (void)state;
    struct world w;
    const int64_t step_ms = 3 * MINUTE;
    begin(&w, VILLAGE);
    world_do(&w, LOOP_REPORT, 0);
    const int64_t at_ms = w.now_ms;
    const enum message_kind kind = MESSAGE_KIND_DESK_REPORTED;
    expect(&w, kind, 0, TOWN, CHANNEL_FILE, MESSAGE_QUEUED, at_ms + step_ms);
    expect(&w, kind, 1, TOWN, CHANNEL_EMAIL, MESSAGE_QUEUED, at_ms + step_ms);
    expect(&w, kind, 2, CITY, CHANNEL_FILE, MESSAGE_QUEUED, at_ms + 2 * step_ms);
    assert_null(nth(&w, kind, 3));
    assert_int_equal(nth(&w, kind, 0)->subject_id, w.incident.id);
    /* The first has gone out before somebody confirms: the others need not. */
    const int64_t first = nth(&w, kind, 0)->id;
    world_do(&w, LOOP_MESSAGE_SENDING, first);
    world_do(&w, LOOP_MESSAGE_HANDED_OVER, first);
    assert_true(world_told(&w, "incident.desk_told"));
    assert_int_equal(w.effects.events[w.effects.event_count - 1].number, TOWN);
    assert_string_equal(w.effects.events[w.effects.event_count - 1].code,
                        "desk_reported");
    world_do(&w, LOOP_MESSAGE_DELIVERED, first);
    assert_false(world_told(&w, "incident.desk_told")); /* once */
    world_do(&w, LOOP_CONFIRM, 0);
    assert_int_equal(nth(&w, kind, 0)->state, MESSAGE_DELIVERED);
    assert_int_equal(nth(&w, kind, 1)->state, MESSAGE_WITHDRAWN);
    assert_int_equal(nth(&w, kind, 2)->state, MESSAGE_WITHDRAWN);
    world_release(&w);
}

/* A call for help goes out at once, and again only once it was seen to in between. */
static void test_sos(void **state)
{
    (void)state;
    struct world w;
    const enum message_kind kind = MESSAGE_KIND_DESK_SOS;
    begin(&w, TOWN);
    const int64_t callout = world_callout(&w, 2, 0);
    assert_int_equal(world_wave(&w, callout, 1, 2), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_move(&w, LOOP_SOS, 1), ST_OK);
    const int64_t assignment = world_assignment(&w, 1)->id;
    expect(&w, kind, 0, TOWN, CHANNEL_FILE, MESSAGE_QUEUED, w.now_ms);
    expect(&w, kind, 2, CITY, CHANNEL_FILE, MESSAGE_QUEUED, w.now_ms + 3 * MINUTE);
    assert_int_equal(nth(&w, kind, 0)->subject_id, assignment);
    assert_int_equal(world_move(&w, LOOP_SOS, 1), ST_OK); /* pressed again */
    assert_null(nth(&w, kind, 3));
    world_do(&w, LOOP_MESSAGE_SENDING, nth(&w, kind, 0)->id);
    world_do(&w, LOOP_SOS_ACKNOWLEDGE, assignment);
    for (int i = 1; i < 3; i++)
        assert_int_equal(nth(&w, kind, i)->state, MESSAGE_WITHDRAWN);
    /* What is on its way is about the first: the second is written about by itself. */
    assert_int_equal(nth(&w, kind, 0)->state, MESSAGE_SENDING);
    assert_int_equal(world_move(&w, LOOP_SOS, 1), ST_OK);
    expect(&w, kind, 3, TOWN, CHANNEL_FILE, MESSAGE_QUEUED, w.now_ms);
    /* Another one's call is another one's. */
    assert_int_equal(world_move(&w, LOOP_SOS, 2), ST_OK);
    expect(&w, kind, 6, TOWN, CHANNEL_FILE, MESSAGE_QUEUED, w.now_ms);
    assert_int_equal(nth(&w, kind, 6)->subject_id, world_assignment(&w, 2)->id);
    world_release(&w);
}

/* The level above is asked; the town that escalates knows. Where there is none above, the
 * own desk is better than nobody. */
static void test_escalated(void **state)
{
    (void)state;
    static const struct {
        int64_t area_id, first;
    } cases[] = {{VILLAGE, TOWN}, {TOWN, CITY}, {CITY, CITY}};
    for (size_t i = 0; i < 3; i++) {
        struct world w;
        const enum message_kind kind = MESSAGE_KIND_DESK_ESCALATED;
        begin(&w, cases[i].area_id);
        world_callout(&w, 2, 0);
        const int64_t need = w.incident.needs[0].id;
        w.now_ms += 15 * MINUTE;
        world_do(&w, LOOP_TICK, 0);
        assert_true(world_told(&w, "need.escalated"));
        expect(&w, kind, 0, cases[i].first, CHANNEL_FILE, MESSAGE_QUEUED, w.now_ms);
        assert_int_equal(nth(&w, kind, 0)->subject_id, need);
        const uint32_t count = w.incident.message_count;
        world_do(&w, LOOP_NEED_ESCALATE, need); /* being written about */
        assert_int_equal(w.incident.message_count, count);
        world_do(&w, LOOP_NEED_CANCEL, need);
        assert_int_equal(nth(&w, kind, 0)->state, MESSAGE_WITHDRAWN);
        world_release(&w);
    }
}

/* The deadline passed with people missing, and all stand down: nobody above is asked any
 * more. */
static void test_short_at_the_end(void **state)
{
    (void)state;
    struct world w;
    begin(&w, VILLAGE);
    world_callout(&w, 1, 0);
    w.now_ms = w.incident.needs[0].deadline_ms;
    world_do(&w, LOOP_TICK, 0);
    world_do(&w, LOOP_NEED_ESCALATE, w.incident.needs[0].id);
    assert_int_equal(w.incident.needs[0].state, NEED_SHORT);
    world_do(&w, LOOP_STAND_DOWN, 0);
    assert_int_equal(w.incident.needs[0].state, NEED_SHORT);
    assert_int_equal(w.incident.needs[0].due_ms, 0);
    assert_int_equal(nth(&w, MESSAGE_KIND_DESK_ESCALATED, 0)->state, MESSAGE_WITHDRAWN);
    world_release(&w);
}

/* A try that failed is made again for as long as it is wanted. */
static void test_failed_try(void **state)
{
    (void)state;
    struct world w;
    begin(&w, CITY);
    world_do(&w, LOOP_REPORT, 0);
    const int64_t id = nth(&w, MESSAGE_KIND_DESK_REPORTED, 0)->id;
    world_do(&w, LOOP_MESSAGE_SENDING, id);
    world_do(&w, LOOP_MESSAGE_FAILED, id);
    assert_int_equal(loop_find_message(&w.incident, id)->state, MESSAGE_QUEUED);
    world_do(&w, LOOP_MESSAGE_SENDING, id);
    world_do(&w, LOOP_CONFIRM, 0);
    world_do(&w, LOOP_MESSAGE_FAILED, id);
    assert_int_equal(loop_find_message(&w.incident, id)->state, MESSAGE_WITHDRAWN);
    world_release(&w);
}

/* An area without desks, and a store that cannot be read: the step is not half done. */
static int no_desk(void *context, int64_t area_id, int64_t now_ms,
                   struct loop_desk ret[LOOP_DESKS_MAX])
{
    (void)now_ms;
    (void)context;
    (void)ret;
    return area_id == CITY ? 0 : ST_IO;
}

static void test_without(void **state)
{
    (void)state;
    struct world w;
    begin(&w, CITY);
    w.super.find_desks = no_desk;
    world_do(&w, LOOP_REPORT, 0);
    assert_int_equal(w.incident.message_count, 0);
    world_release(&w);
    begin(&w, TOWN);
    w.super.find_desks = no_desk;
    assert_int_equal(world_try(&w, LOOP_REPORT, 0), ST_IO);
    assert_int_equal(w.incident.reported_ms, 0);
    assert_int_equal(w.effects.event_count, 0);
    world_release(&w);
}

/* A notification for each browser, at the same time as the desk's other channels, and
 * none where push is no channel. The town has browsers alone: the city does not wait for
 * it. */
static int desks_with_browsers(void *context, int64_t area_id, int64_t now_ms,
                               struct loop_desk ret[LOOP_DESKS_MAX])
{
    (void)context;
    (void)area_id;
    (void)now_ms;
    ret[0] =
        (struct loop_desk){.area_id = TOWN, .browser_count = 2, .browsers = {71, 70}};
    ret[1] = (struct loop_desk){.area_id = CITY,
                                .channels = 1U << CHANNEL_FILE | 1U << CHANNEL_PUSH,
                                .browser_count = 1,
                                .browsers = {80}};
    return 2;
}

static void test_browsers(void **state)
{
    (void)state;
    struct world w;
    const int64_t step_ms = 3 * MINUTE;
    const enum message_kind kind = MESSAGE_KIND_DESK_REPORTED;
    begin(&w, TOWN);
    w.super.find_desks = desks_with_browsers;
    w.config.ladder[0] = CHANNEL_PUSH;
    w.config.ladder[1] = CHANNEL_FILE;
    w.config.ladder_count = 2;
    world_do(&w, LOOP_REPORT, 0);
    const int64_t at_ms = w.now_ms;
    expect(&w, kind, 0, TOWN, CHANNEL_PUSH, MESSAGE_QUEUED, at_ms + step_ms);
    assert_int_equal(nth(&w, kind, 0)->browser_id, 71);
    expect(&w, kind, 1, TOWN, CHANNEL_PUSH, MESSAGE_QUEUED, at_ms + step_ms);
    assert_int_equal(nth(&w, kind, 1)->browser_id, 70);
    assert_true(nth(&w, kind, 0)->id != nth(&w, kind, 1)->id);
    expect(&w, kind, 2, CITY, CHANNEL_PUSH, MESSAGE_QUEUED, at_ms + step_ms);
    assert_int_equal(nth(&w, kind, 2)->browser_id, 80);
    expect(&w, kind, 3, CITY, CHANNEL_FILE, MESSAGE_QUEUED, at_ms + step_ms);
    assert_int_equal(nth(&w, kind, 3)->browser_id, 0);
    assert_null(nth(&w, kind, 4));
    world_do(&w, LOOP_CONFIRM, 0);
    assert_int_equal(nth(&w, kind, 1)->state, MESSAGE_WITHDRAWN);
    world_release(&w);
    begin(&w, TOWN);
    w.super.find_desks = desks_with_browsers;
    w.config.ladder[0] = CHANNEL_EMAIL;
    w.config.ladder_count = 1;
    world_do(&w, LOOP_REPORT, 0);
    assert_int_equal(w.incident.message_count, 0);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reported),         cmocka_unit_test(test_sos),
        cmocka_unit_test(test_escalated),        cmocka_unit_test(test_failed_try),
        cmocka_unit_test(test_without),          cmocka_unit_test(test_browsers),
        cmocka_unit_test(test_short_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
