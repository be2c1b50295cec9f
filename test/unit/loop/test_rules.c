/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of docs/domain.md that are not arrows: seats, teams, moving between lines,
 * commitments, devices, messages that fail, cost. */
#include "loop/events.h"
#include "world.h"

#include <time.h>

#define CHANNELS (1 << CHANNEL_FILE | 1 << CHANNEL_EMAIL)

static int invite(struct world *world, int64_t callout_id,
                  const struct loop_invitation *invitations, uint32_t count)
{
    struct loop_wave wave = {.version =
                                 loop_find_callout(&world->incident, callout_id)->version,
                             .count = count,
                             .invitations = invitations};
    return world_checked(world,
                         (struct loop_input){.kind = LOOP_WAVE,
                                             .id = callout_id,
                                             .wave = &wave,
                                             .reason = "forced ones have a reason"});
}

static int64_t need_of_lines(struct world *world, const int32_t *counts, int32_t lines)
{
    struct need need = {
        .id = ++world->ids, .line_count = lines, .target = 0.9, .reserve = 0};
    for (int32_t i = 0; i < lines; i++)
        need.lines[i].count = counts[i];
    assert_int_equal(
        world_checked(world, (struct loop_input){.kind = LOOP_NEED, .need = &need}),
        ST_OK);
    return need.id;
}

static int64_t callout_of_lines(struct world *world, const int32_t *counts, int32_t lines)
{
    world_do(world, LOOP_REPORT, 0);
    world_do(world, LOOP_CONFIRM, 0);
    world_do(world, LOOP_CALLOUT_START, need_of_lines(world, counts, lines));
    return world->effects.id;
}

/* Somebody able for two lines makes room in the one that another needs. */
static void test_seats_move(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int32_t counts[] = {1, 1, 1};
    int64_t id = callout_of_lines(&w, counts, 3);
    const struct loop_invitation people[] = {
        {.person_id = 1, .line = 0, .lines_able = 3, .count = 1, .channels = CHANNELS},
        {.person_id = 2, .line = 1, .lines_able = 6, .count = 1, .channels = CHANNELS},
        {.person_id = 3, .line = 0, .lines_able = 1, .count = 1, .channels = CHANNELS},
        {.person_id = 4, .line = 0, .lines_able = 7, .count = 1, .channels = CHANNELS},
    };
    assert_int_equal(invite(&w, id, people, 4), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_assignment(&w, 2)->line, 1);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_true(world_told(&w, "assignment.moved"));
    assert_int_equal(world_assignment(&w, 3)->line, 0);
    assert_int_equal(world_assignment(&w, 1)->line, 1);
    assert_int_equal(world_assignment(&w, 2)->line, 2);
    assert_int_equal(w.incident.needs[0].state, NEED_FILLED);
    assert_int_equal(world_alert(&w, 4)->state, ALERT_STOOD_DOWN);
    w.now_ms += MINUTE; /* a need without a deadline is given none */
    world_do(&w, LOOP_NEED_REOPEN, w.incident.needs[0].id);
    assert_int_equal(w.incident.needs[0].deadline_ms, 0);
    world_release(&w);
}

static void test_teams(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int32_t counts[] = {10};
    int64_t id = callout_of_lines(&w, counts, 1);
    const struct loop_invitation teams[] = {
        {.person_id = 1, .count = 8, .channels = CHANNELS},
        {.person_id = 2, .count = 5, .channels = CHANNELS},
        {.person_id = 3, .count = 2, .channels = CHANNELS},
    };
    assert_int_equal(invite(&w, id, teams, 3), ST_OK);
    assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_ACCEPT,
                                                           .id = world_alert(&w, 1)->id,
                                                           .actor = -1,
                                                           .count = LOOP_COUNT_MAX + 1}),
                     ST_UNPROCESSABLE);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_LATE);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_int_equal(w.incident.needs[0].state, NEED_FILLED);
    struct loop_seats seats;
    loop_count_seats(&w.incident, w.incident.needs[0].id, 0, &seats);
    assert_int_equal(seats.accepted, 10);
    world_release(&w);
}

/* The plan may be older than another wave: the cap is looked at again. */
static void test_cap(void **state)
{
    (void)state;
    for (int lifted = 0; lifted < 3; lifted++) {
        struct world w;
        world_init(&w);
        const int32_t counts[] = {3};
        int64_t id = callout_of_lines(&w, counts, 1);
        struct loop_invitation people[] = {
            {.person_id = 1, .count = 1, .channels = CHANNELS},
            {.person_id = 2, .count = 1, .channels = CHANNELS},
            {.person_id = 3, .count = 1, .channels = CHANNELS},
        };
        w.capped = 1 << 2 | 1 << 3;
        people[2].forced = true;
        if (lifted == 1)
            w.incident.callouts[0].lift = LIFT_CAP;
        if (lifted == 2)
            w.super.level = LEVEL_II;
        assert_int_equal(invite(&w, id, people, 3), ST_OK);
        assert_int_equal(w.incident.alert_count, lifted == 0 ? 2 : 3);
        assert_int_equal(world_told(&w, "alert.skipped"), lifted == 0);
        /* A yes said twice is one seat, also of who was forced. */
        assert_int_equal(world_yes(&w, 3), ST_OK);
        assert_int_equal(world_yes(&w, 3), ST_OK);
        assert_int_equal(w.incident.assignment_count, 1);
        world_release(&w);
    }
}

static void test_commitments(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int32_t counts[] = {3};
    int64_t id = callout_of_lines(&w, counts, 1);
    struct loop_invitation people[] = {
        {.person_id = 1, .count = 1, .channels = CHANNELS},
        {.person_id = 2, .count = 1, .channels = CHANNELS},
        {.person_id = 3, .count = 1, .channels = CHANNELS},
        {.person_id = 4, .count = 1, .channels = 0},
    };
    w.committed = 1 << 2 | 1 << 3;
    people[2].forced = true;
    assert_int_equal(invite(&w, id, people, 4), ST_OK);
    assert_int_equal(w.incident.alert_count, 2); /* 2 is taken, 4 cannot be reached */
    assert_true(world_told(&w, "alert.skipped"));
    assert_int_equal(loop_find_callout(&w.incident, id)->replan_due_ms, w.now_ms);
    assert_int_equal(w.effects.elsewhere_count, 2);
    assert_int_equal(w.effects.elsewhere[0].what, ELSEWHERE_VOID_EXERCISE);
    people[0].person_id = 9;
    people[1].person_id = 9;
    assert_int_equal(invite(&w, id, people, 2), ST_INVALID);

    /* A second call-out in the same incident leaves out who is pending here. */
    world_do(&w, LOOP_CALLOUT_START, need_of_lines(&w, counts, 1));
    int64_t second = w.effects.id;
    w.committed = 0;
    people[0].person_id = 1;
    people[1].person_id = 5;
    assert_int_equal(invite(&w, second, people, 2), ST_OK);
    assert_int_equal(w.incident.alert_count, 3);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(w.effects.elsewhere[0].what, ELSEWHERE_VOID_ALL);
    assert_int_equal(w.effects.elsewhere[0].person_id, 1);

    /* Who has an assignment elsewhere does not get a second one by a late yes. */
    w.assigned = UINT64_C(1) << 5;
    assert_int_equal(world_yes(&w, 5), ST_OK);
    assert_int_equal(world_alert(&w, 5)->state, ALERT_LATE);

    /* Taken elsewhere: void, and replaced at once. */
    world_do(&w, LOOP_VOID, world_alert(&w, 3)->id);
    assert_int_equal(world_alert(&w, 3)->state, ALERT_VOID);
    assert_int_equal(world_try(&w, LOOP_VOID, world_alert(&w, 1)->id), ST_UNPROCESSABLE);
    world_release(&w);
}

/* This is real: the exercise lets its people go. */
static void test_exercise_void(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.incident.exercise = true;
    int64_t id = world_callout(&w, 3, 0);
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK);
    assert_int_equal(w.effects.elsewhere_count, 0); /* it takes nobody out of another */
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 2), ST_OK);
    for (int64_t person = 1; person <= 3; person++)
        world_do(&w, LOOP_VOID, world_alert(&w, person)->id);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_STOOD_DOWN);
    assert_int_equal(world_assignment(&w, 2)->state, ASSIGNMENT_RELEASED);
    assert_int_equal(world_alert(&w, 3)->state, ALERT_VOID);
    assert_int_equal(world_messages(&w, world_alert(&w, 1)->id, MESSAGE_KIND_VOIDED), 1);
    assert_int_equal(world_messages(&w, world_alert(&w, 2)->id, MESSAGE_KIND_VOIDED), 1);
    world_release(&w);
}

/* Who is out of contact in an exercise is looked for, though a real alert has gone out to
 * them, until they have said yes to it. */
static void test_exercise_lost(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.incident.exercise = true;
    int64_t id = world_callout(&w, 2, 0);
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    world_do(&w, LOOP_LOST, world_assignment(&w, 1)->id);
    const int64_t alert = world_alert(&w, 1)->id;
    world_do(&w, LOOP_VOID, alert);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_LOST_CONTACT);
    const struct loop_input yes = {
        .kind = LOOP_VOID, .id = alert, .yes = true, .code = "real"};
    assert_int_equal(world_checked(&w, yes), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_STOOD_DOWN);
    assert_true(world_told(&w, "assignment.found"));
    assert_int_equal(world_messages(&w, alert, MESSAGE_KIND_VOIDED), 1);
    world_release(&w);
}

static void test_device(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 2, 0);
    assert_int_equal(world_wave(&w, id, 1, 1), ST_OK);
    int64_t alert = world_alert(&w, 1)->id;
    struct loop_input input = {
        .kind = LOOP_LIMITED, .id = alert, .actor = -1, .number = 10, .device_hash = {1}};
    const struct loop_input seen = {
        .kind = LOOP_SEEN, .id = alert, .actor = -1, .device_hash = {9}};
    assert_int_equal(world_checked(&w, seen), ST_OK); /* binds nothing */
    const struct loop_input behalf = {
        .kind = LOOP_ACCEPT, .id = alert, .actor = DISPATCHER, .on_behalf = true};
    assert_int_equal(world_checked(&w, behalf), ST_UNPROCESSABLE); /* why? */
    assert_int_equal(world_checked(&w, input), ST_OK);
    input.kind = LOOP_ACCEPT;
    input.nonce = 7;
    input.device_hash[0] = 2;
    assert_int_equal(world_checked(&w, input), ST_DENIED);
    assert_string_equal(w.diag.where, "digits");
    input.device_hash[0] = 0;
    assert_int_equal(world_checked(&w, input), ST_DENIED);
    for (int i = 0; i < LOOP_DIGITS_TRIES_MAX - 1; i++)
        assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_DIGITS_WRONG,
                                                               .id = alert,
                                                               .actor = -1}),
                         ST_OK);
    input.digits_ok = true;
    assert_int_equal(world_checked(&w, input), ST_OK);
    assert_int_equal(world_alert(&w, 1)->state, ALERT_ACCEPTED);
    assert_int_equal(world_alert(&w, 1)->device_hash[0], 1); /* digits bind no other */
    assert_int_equal(
        world_checked(
            &w, (struct loop_input){.kind = LOOP_DIGITS_WRONG, .id = alert, .actor = -1}),
        ST_OK);
    struct loop_input go = {.kind = LOOP_DEPART,
                            .id = world_assignment(&w, 1)->id,
                            .actor = -1,
                            .digits_ok = true};
    assert_int_equal(world_checked(&w, go), ST_DENIED);
    go.kind = LOOP_SOS; /* never asked for digits */
    assert_int_equal(world_checked(&w, go), ST_OK);
    go.kind = LOOP_DEPART;
    go.device_hash[0] = 1;
    assert_int_equal(world_checked(&w, go), ST_OK);
    world_release(&w);
}

/* A form that is sent again after later ones, and after what has no form, is the same
 * one still. */
static void test_nonces(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 2, 0);
    assert_int_equal(world_wave(&w, id, 1, 1), ST_OK);
    struct loop_input input = {
        .kind = LOOP_LIMITED, .id = world_alert(&w, 1)->id, .actor = -1};
    for (int nonce = 1; nonce <= LOOP_NONCES_KEPT; nonce++) {
        input.nonce = (uint64_t)nonce;
        input.number = nonce;
        assert_int_equal(world_checked(&w, input), ST_OK);
        assert_false(w.effects.repeated);
    }
    input.nonce = 0;
    input.device_hash[0] = 1; /* the first that is known */
    assert_int_equal(world_checked(&w, input), ST_OK);
    for (int nonce = 1; nonce <= LOOP_NONCES_KEPT; nonce++) {
        input.nonce = (uint64_t)nonce;
        input.number = 99;
        assert_int_equal(world_checked(&w, input), ST_OK);
        assert_true(w.effects.repeated);
    }
    assert_int_equal(world_alert(&w, 1)->ready_in_minutes, LOOP_NONCES_KEPT);
    /* Yes, no after all, yes again: the no that comes a second time is the first one. */
    const enum loop_input_kind kinds[] = {LOOP_ACCEPT, LOOP_DECLINE, LOOP_ACCEPT,
                                          LOOP_DECLINE};
    const uint64_t nonces[] = {101, 102, 103, 102};
    for (int i = 0; i < 4; i++) {
        input.kind = kinds[i];
        input.nonce = nonces[i];
        assert_int_equal(world_checked(&w, input), ST_OK);
    }
    assert_int_equal(world_alert(&w, 1)->state, ALERT_ACCEPTED);
    world_release(&w);
}

static int message(struct world *world, enum loop_input_kind kind, int64_t id, bool yes,
                   const char *code)
{
    return world_checked(world, (struct loop_input){.kind = kind,
                                                    .id = id,
                                                    .yes = yes,
                                                    .code = code,
                                                    .number = world->now_ms + SECOND});
}

static void test_messages(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 2, 0);
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    int64_t first = w.incident.messages[0].id;
    int64_t second = w.incident.messages[1].id;
    assert_int_equal(message(&w, LOOP_MESSAGE_HANDED_OVER, first, false, NULL),
                     ST_CONFLICT);
    assert_int_equal(message(&w, LOOP_MESSAGE_SENDING, first, false, NULL), ST_OK);
    assert_int_equal(message(&w, LOOP_MESSAGE_FAILED, first, false, "restart"), ST_OK);
    assert_int_equal(w.incident.messages[0].state, MESSAGE_QUEUED);
    assert_true(w.incident.messages[0].perhaps_twice);
    assert_int_equal(w.incident.messages[0].due_ms, w.now_ms + SECOND);

    /* Failed for good on the first channel: the next at once; on the last: void. */
    assert_int_equal(message(&w, LOOP_MESSAGE_SENDING, first, false, NULL), ST_OK);
    assert_int_equal(message(&w, LOOP_MESSAGE_FAILED, first, true, "refused"), ST_OK);
    assert_int_equal(w.incident.message_count, 3);
    int64_t third = w.incident.messages[2].id;
    assert_int_equal(w.incident.messages[2].channel, CHANNEL_EMAIL);
    int32_t version = loop_find_callout(&w.incident, id)->version;
    assert_int_equal(message(&w, LOOP_MESSAGE_SENDING, third, false, NULL), ST_OK);
    assert_int_equal(message(&w, LOOP_MESSAGE_FAILED, third, true, "refused"), ST_OK);
    assert_int_equal(world_alert(&w, 1)->state, ALERT_VOID);
    assert_true(loop_find_callout(&w.incident, id)->version > version);

    /* Found in `sending` after a crash when the answer is not wanted any more. */
    assert_int_equal(message(&w, LOOP_MESSAGE_SENDING, second, false, NULL), ST_OK);
    assert_int_equal(world_answer(&w, LOOP_DECLINE, world_alert(&w, 2)->id, 2), ST_OK);
    assert_int_equal(message(&w, LOOP_MESSAGE_FAILED, second, false, "restart"), ST_OK);
    assert_int_equal(loop_find_message(&w.incident, second)->state, MESSAGE_WITHDRAWN);

    /* Read by the first answer. */
    assert_int_equal(world_wave(&w, id, 3, 1), ST_OK);
    int64_t fourth = w.incident.messages[w.incident.message_count - 1].id;
    assert_int_equal(message(&w, LOOP_MESSAGE_SENDING, fourth, false, NULL), ST_OK);
    assert_int_equal(message(&w, LOOP_MESSAGE_HANDED_OVER, fourth, false, NULL), ST_OK);
    assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_FETCHED,
                                                           .id = world_alert(&w, 3)->id,
                                                           .actor = -3}),
                     ST_OK);
    assert_false(w.effects.repeated);
    assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_FETCHED,
                                                           .id = world_alert(&w, 3)->id,
                                                           .actor = -3}),
                     ST_OK);
    assert_true(w.effects.repeated); /* by each device that looks ahead */
    assert_int_equal(loop_find_message(&w.incident, fourth)->state, MESSAGE_HANDED_OVER);
    assert_int_equal(world_alert(&w, 3)->seen_ms, 0);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_int_equal(loop_find_message(&w.incident, fourth)->state, MESSAGE_READ);
    assert_int_equal(message(&w, LOOP_MESSAGE_DELIVERED, fourth, false, NULL), ST_OK);
    assert_int_equal(loop_find_message(&w.incident, fourth)->state, MESSAGE_READ);
    world_release(&w);
}

static void test_voice(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int32_t counts[] = {1};
    int64_t id = callout_of_lines(&w, counts, 1);
    const struct loop_invitation person = {
        .person_id = 1, .count = 1, .channels = 1 << CHANNEL_FILE | 1 << CHANNEL_VOICE};
    assert_int_equal(invite(&w, id, &person, 1), ST_OK);
    assert_int_equal(loop_next_due_ms(&w.incident), w.now_ms + 3 * MINUTE);
    w.now_ms += 3 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(w.incident.messages[1].channel, CHANNEL_VOICE);
    assert_int_equal(loop_next_due_ms(&w.incident), w.now_ms + 2 * MINUTE);
    /* Only a call must be a call: what is read comes as a text, also after one. */
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(w.incident.messages[2].kind, MESSAGE_KIND_DETAILS);
    assert_int_equal(w.incident.messages[2].channel, CHANNEL_FILE);
    assert_int_equal(w.incident.messages[2].due_ms, w.now_ms);
    w.now_ms = world_assignment(&w, 1)->due_ms;
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(w.incident.messages[3].kind, MESSAGE_KIND_OVERDUE);
    assert_int_equal(w.incident.messages[3].channel, CHANNEL_VOICE);
    world_release(&w);
}

/* A channel is tried where there is an address for it; a call comes last, wherever it
 * stands in the configuration, and nothing is sent when no channel is left. */
static void test_reach(void **state)
{
    (void)state;
    static const struct {
        bool has_email, has_phone, has_push;
        uint8_t reach;
    } rows[] = {
        {false, false, false, 1 << CHANNEL_FILE},
        {true, false, false, 1 << CHANNEL_FILE | 1 << CHANNEL_EMAIL},
        {false, true, false, 1 << CHANNEL_FILE | 1 << CHANNEL_SMS | 1 << CHANNEL_VOICE},
        {false, false, true, 1 << CHANNEL_FILE | 1 << CHANNEL_PUSH},
    };
    const uint8_t all = 1 << CHANNEL_FILE | 1 << CHANNEL_EMAIL | 1 << CHANNEL_SMS |
                        1 << CHANNEL_VOICE | 1 << CHANNEL_PUSH;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(
            loop_reach(all, rows[i].has_email, rows[i].has_phone, rows[i].has_push),
            rows[i].reach);
    struct world w;
    world_init(&w);
    w.config.ladder[0] = CHANNEL_VOICE;
    w.config.ladder[1] = CHANNEL_FILE;
    w.config.ladder_count = 2;
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    assert_int_equal(loop_ladder(&w.config, all, ladder), 2);
    assert_int_equal(ladder[0], CHANNEL_FILE);
    assert_int_equal(ladder[1], CHANNEL_VOICE);
    assert_int_equal(world_wave(&w, world_callout(&w, 1, 0), 1, 1), ST_OK);
    w.config.ladder_count = 0; /* configured otherwise since */
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_messages(&w, world_alert(&w, 1)->id, MESSAGE_KIND_DETAILS), 0);
    world_release(&w);
}

static void test_limited(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    int64_t alert = world_alert(&w, 1)->id;
    struct loop_input input = {
        .kind = LOOP_LIMITED, .id = alert, .actor = -1, .number = 20};
    const struct callout *callout = loop_find_callout(&w.incident, id);
    int32_t version = callout->version;
    assert_int_equal(world_checked(&w, input), ST_OK);
    assert_int_equal(world_alert(&w, 1)->ready_in_minutes, 20);
    assert_int_equal(callout->version, ++version); /* one less to count with */
    assert_int_equal(world_checked(&w, input), ST_OK);
    assert_int_equal(callout->version, version);
    input.number = 99999;
    assert_int_equal(world_checked(&w, input), ST_UNPROCESSABLE);
    struct loop_wave wave = {.version = loop_find_callout(&w.incident, id)->version,
                             .ask_limited_count = 1,
                             .ask_limited = &alert};
    const struct loop_input ask = {.kind = LOOP_WAVE, .id = id, .wave = &wave};
    assert_int_equal(world_checked(&w, ask), ST_OK);
    assert_int_equal(world_messages(&w, alert, MESSAGE_KIND_ASK_LIMITED), 1);
    wave.version = loop_find_callout(&w.incident, id)->version;
    assert_int_equal(world_checked(&w, ask), ST_OK); /* asked once only */
    assert_int_equal(world_messages(&w, alert, MESSAGE_KIND_ASK_LIMITED), 1);
    const int64_t unanswered = world_alert(&w, 2)->id; /* nor who has not answered */
    wave.ask_limited = &unanswered;
    assert_int_equal(world_checked(&w, ask), ST_OK);
    assert_int_equal(world_messages(&w, unanswered, MESSAGE_KIND_ASK_LIMITED), 0);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_alert(&w, 1)->state, ALERT_STOOD_DOWN);
    assert_int_equal(world_messages(&w, alert, MESSAGE_KIND_STAND_DOWN), 1);
    world_release(&w);
}

/* Nothing fires in bulk after a pause of the server. */
static void test_rebase(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 1), ST_OK);
    w.now_ms += 60 * MINUTE;
    assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_REBASE,
                                                           .number = 60 * MINUTE}),
                     ST_OK);
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(w.effects.change_count, 0);
    assert_int_equal(loop_next_due_ms(&w.incident), w.now_ms + MINUTE);
    w.now_ms += 5 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(world_alert(&w, 1)->state, ALERT_NO_ANSWER);
    /* A clock that is set back does not put off the next plan. */
    w.incident.callouts[0].replan_due_ms = w.now_ms + 1000;
    w.now_ms -= 60 * MINUTE;
    assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_REBASE,
                                                           .number = -60 * MINUTE}),
                     ST_OK);
    assert_int_equal(w.incident.callouts[0].replan_due_ms, w.now_ms + 1000);
    world_release(&w);
}

/* Processor time of this thread: other work does not count. */
static int64_t spent_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A wave of 5,000 and the answers to it. The bound is far above what it takes; a
 * quadratic step would fail it. */
static void test_cost(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1000, 0);
    int64_t before = spent_us();
    assert_int_equal(world_wave(&w, id, 100, 5000), ST_OK);
    int64_t wave_us = spent_us() - before;
    before = spent_us();
    for (int64_t person = 100; person < 600; person++) {
        const struct loop_input input = {
            .kind = LOOP_ACCEPT, .id = world_alert(&w, person)->id, .actor = -person};
        assert_int_equal(world_step(&w, &input), ST_OK);
    }
    int64_t accept_us = (spent_us() - before) / 500;
    before = spent_us();
    world_check(&w);
    int64_t check_us = spent_us() - before;
    before = spent_us();
    world_do(&w, LOOP_STAND_DOWN, 0);
    int64_t stand_down_us = spent_us() - before;
    print_message(
        "wave of 5000: %lld us, accept: %lld us, check: %lld us, stand-down: %lld us\n",
        (long long)wave_us, (long long)accept_us, (long long)check_us,
        (long long)stand_down_us);
    assert_true(wave_us < 500000);
    assert_true(accept_us < 20000);
    assert_true(stand_down_us < 500000);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seats_move),    cmocka_unit_test(test_teams),
        cmocka_unit_test(test_commitments),   cmocka_unit_test(test_cap),
        cmocka_unit_test(test_exercise_void), cmocka_unit_test(test_exercise_lost),
        cmocka_unit_test(test_device),        cmocka_unit_test(test_nonces),
        cmocka_unit_test(test_messages),      cmocka_unit_test(test_voice),
        cmocka_unit_test(test_reach),         cmocka_unit_test(test_limited),
        cmocka_unit_test(test_rebase),        cmocka_unit_test(test_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
