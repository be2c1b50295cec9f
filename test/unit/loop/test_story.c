/* SPDX-License-Identifier: Apache-2.0 */
/* The loop told as stories: from the report to the close, and what goes wrong on the way.
 */
#include "world.h"

static void report(struct world *world, int64_t person_id)
{
    const struct loop_input input = {.kind = LOOP_REPORTED,
                                     .id = world_assignment(world, person_id)->id,
                                     .actor = -person_id,
                                     .outcome = OUTCOME_DONE};
    assert_int_equal(world_step(world, &input), ST_OK);
    world_check(world);
}

static int verify(struct world *world, int64_t person_id, int64_t actor, bool ok)
{
    const struct loop_input input = {.kind = LOOP_VERIFY,
                                     .id = world_assignment(world, person_id)->id,
                                     .actor = actor,
                                     .yes = ok,
                                     .number = -1};
    int status = world_step(world, &input);
    world_check(world);
    return status;
}

static void test_main_way(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 2, 1);
    struct callout *callout = loop_find_callout(&w.incident, id);
    struct need *need = &w.incident.needs[0];
    assert_int_equal(world_wave(&w, id, 10, 8), ST_OK);
    assert_int_equal(w.incident.alert_count, 8);
    assert_int_equal(w.incident.message_count, 8);
    assert_true(callout->version > 1);

    assert_int_equal(world_answer(&w, LOOP_SEEN, world_alert(&w, 15)->id, 15), ST_OK);
    assert_int_equal(world_answer(&w, LOOP_DECLINE, world_alert(&w, 10)->id, 10), ST_OK);
    assert_int_equal(world_alert(&w, 10)->state, ALERT_DECLINED);
    assert_int_equal(world_yes(&w, 11), ST_OK);
    assert_int_equal(world_yes(&w, 12), ST_OK);
    assert_int_equal(need->state, NEED_OPEN);
    assert_int_equal(world_yes(&w, 13), ST_OK);
    assert_int_equal(need->state, NEED_FILLED);
    assert_int_equal(callout->state, CALLOUT_FILLED);

    /* The unanswered rest: who had read it is told, the sleeper is not woken. */
    assert_int_equal(world_alert(&w, 14)->state, ALERT_STOOD_DOWN);
    assert_int_equal(world_messages(&w, world_alert(&w, 14)->id, MESSAGE_KIND_STAND_DOWN),
                     0);
    assert_int_equal(world_alert(&w, 15)->state, ALERT_STOOD_DOWN);
    assert_int_equal(world_messages(&w, world_alert(&w, 15)->id, MESSAGE_KIND_STAND_DOWN),
                     1);
    /* Too late, kindly; and the same again. */
    assert_int_equal(world_yes(&w, 16), ST_OK);
    assert_int_equal(world_alert(&w, 16)->state, ALERT_LATE);
    assert_int_equal(world_yes(&w, 16), ST_OK);
    assert_true(w.effects.repeated);
    assert_int_equal(world_yes(&w, 11), ST_OK);
    assert_true(w.effects.repeated);

    assert_int_equal(world_move(&w, LOOP_DEPART, 11), ST_OK);
    assert_int_equal(world_move(&w, LOOP_DEPART, 12), ST_OK);
    assert_int_equal(world_move(&w, LOOP_DEPART, 13), ST_OK);
    w.now_ms += 6 * MINUTE;
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 11), ST_OK);
    assert_int_equal(need->state, NEED_FILLED);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 12), ST_OK);
    assert_int_equal(need->state, NEED_MET);
    assert_int_equal(world_assignment(&w, 13)->state, ASSIGNMENT_STOOD_DOWN);
    assert_int_equal(world_move(&w, LOOP_WORK, 11), ST_OK);
    w.now_ms += 90 * MINUTE;
    assert_int_equal(world_move(&w, LOOP_RELEASE, 11), ST_OK);
    assert_false(loop_may_be_asked_anew(&w.incident, world_alert(&w, 11))); /* did it */

    world_do(&w, LOOP_STAND_DOWN, 0);
    assert_int_equal(w.incident.state, INCIDENT_STANDING_DOWN);
    assert_int_equal(world_assignment(&w, 12)->state, ASSIGNMENT_RELEASED);
    assert_true(world_assignment(&w, 12)->stood_down_while_there);
    assert_int_equal(callout->state, CALLOUT_STANDING_DOWN);
    assert_int_equal(world_move(&w, LOOP_TURNED_BACK, 13), ST_OK);
    assert_int_equal(callout->state, CALLOUT_ENDED);

    world_do(&w, LOOP_REVIEW, 0);
    assert_int_equal(world_try(&w, LOOP_CLOSE, 0), ST_UNPROCESSABLE);
    assert_non_null(strstr(w.diag.text, "2 outcomes"));
    report(&w, 11);
    report(&w, 12);
    assert_int_equal(verify(&w, 11, -11, true), ST_DENIED);
    assert_int_equal(verify(&w, 11, VERIFIER, true), ST_OK);
    assert_int_equal(w.effects.credit_count, 1);
    assert_int_equal(w.effects.credits[0].minutes, 90);
    assert_int_equal(verify(&w, 12, VERIFIER, false), ST_OK);
    assert_int_equal(world_try(&w, LOOP_CLOSE, 0), ST_UNPROCESSABLE);
    report(&w, 12);
    assert_int_equal(verify(&w, 12, VERIFIER, true), ST_OK);
    world_do(&w, LOOP_CLOSE, 0);
    assert_int_equal(w.incident.state, INCIDENT_CLOSED);
    assert_int_equal(world_try(&w, LOOP_CANCEL, 0), ST_CONFLICT);
    assert_string_equal(w.diag.text, "reopen");
    assert_int_equal(world_try(&w, LOOP_REOPEN, 0), ST_UNPROCESSABLE); /* why? */
    world_do(&w, LOOP_REOPEN, 0);
    assert_int_equal(w.incident.state, INCIDENT_ACTIVE);
    world_release(&w);
}

static void test_no_answer_and_ladder(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    int64_t alert = world_alert(&w, 1)->id;
    int32_t version = loop_find_callout(&w.incident, id)->version;
    assert_int_equal(loop_next_due_ms(&w.incident), w.now_ms + MINUTE);
    assert_int_equal(world_answer(&w, LOOP_SEEN, world_alert(&w, 2)->id, 2), ST_OK);
    assert_true(world_told(&w, "alert.seen"));
    assert_false(w.effects.repeated);
    assert_int_equal(world_answer(&w, LOOP_SEEN, world_alert(&w, 2)->id, 2), ST_OK);
    assert_false(world_told(&w, "alert.seen"));
    assert_true(w.effects.repeated);
    w.now_ms += MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(world_messages(&w, alert, MESSAGE_KIND_ALERT), 2);
    assert_int_equal(world_messages(&w, world_alert(&w, 2)->id, MESSAGE_KIND_ALERT), 1);
    w.now_ms += 4 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(world_alert(&w, 1)->state, ALERT_NO_ANSWER);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_NO_ANSWER);
    assert_true(loop_find_callout(&w.incident, id)->version > version);
    assert_int_equal(loop_find_callout(&w.incident, id)->replan_due_ms, w.now_ms);
    /* A later yes is still welcome while a seat is free. */
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_alert(&w, 1)->state, ALERT_ACCEPTED);
    assert_int_equal(w.incident.messages[3].kind, MESSAGE_KIND_DETAILS);
    assert_int_equal(w.incident.messages[3].channel, CHANNEL_EMAIL); /* tried last */
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_LATE);
    world_release(&w);
}

static void test_withdrawal_reopens(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(w.incident.needs[0].state, NEED_FILLED);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    int32_t version = loop_find_callout(&w.incident, id)->version;
    assert_int_equal(world_answer(&w, LOOP_DECLINE, world_alert(&w, 1)->id, 1), ST_OK);
    assert_int_equal(w.incident.needs[0].state, NEED_OPEN);
    assert_int_equal(w.incident.needs[0].due_ms, w.now_ms + 15 * MINUTE);
    struct callout *callout = loop_find_callout(&w.incident, id);
    assert_int_equal(callout->state, CALLOUT_ACTIVE);
    assert_true(callout->version > version);
    assert_int_equal(callout->replan_due_ms, w.now_ms);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_WITHDRAWN);
    /* late and stood down say yes anew; the seat is there again for one of them. */
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_ACCEPTED);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_int_equal(world_alert(&w, 3)->state, ALERT_LATE);
    world_release(&w);
}

static void test_target_holds(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 2, 3);
    assert_int_equal(world_wave(&w, id, 1, 6), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    struct callout *callout = loop_find_callout(&w.incident, id);
    struct loop_wave wave = {
        .version = callout->version - 1, .target_holds = true, .reserves = {3}};
    const struct loop_input input = {.kind = LOOP_WAVE, .id = id, .wave = &wave};
    assert_int_equal(world_step(&w, &input), ST_STALE);
    wave.version++;
    assert_int_equal(world_step(&w, &input), ST_OK);
    world_check(&w);
    assert_int_equal(w.incident.needs[0].state, NEED_FILLED);
    assert_int_equal(world_alert(&w, 5)->state, ALERT_STOOD_DOWN);
    assert_int_equal(world_yes(&w, 5), ST_OK);
    assert_int_equal(world_alert(&w, 5)->state, ALERT_LATE);
    assert_int_equal(world_move(&w, LOOP_WITHDRAW, 3), ST_OK); /* not with one less */
    assert_int_equal(w.incident.needs[0].state, NEED_OPEN);
    assert_int_equal(callout->state, CALLOUT_ACTIVE);
    wave.version = callout->version;
    assert_int_equal(world_step(&w, &input), ST_OK);
    assert_int_equal(w.incident.needs[0].state, NEED_FILLED);
    world_do(&w, LOOP_NEED_REOPEN, w.incident.needs[0].id); /* more are wanted */
    assert_int_equal(world_yes(&w, 5), ST_OK);
    assert_int_equal(w.incident.needs[0].state, NEED_OPEN);
    world_release(&w);
}

/* The counts are on scene: reserves are released, but not one who called for help. */
static void test_reserve_in_need(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 2);
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK);
    for (int64_t person = 1; person <= 3; person++)
        assert_int_equal(world_yes(&w, person), ST_OK);
    assert_int_equal(world_move(&w, LOOP_SOS, 2), ST_OK);
    world_do(&w, LOOP_SOS_ACKNOWLEDGE, world_assignment(&w, 2)->id);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    world_check(&w);
    assert_int_equal(w.incident.needs[0].state, NEED_MET);
    assert_int_equal(world_assignment(&w, 3)->state, ASSIGNMENT_STOOD_DOWN);
    assert_int_equal(world_assignment(&w, 2)->state, ASSIGNMENT_ASSIGNED);
    assert_int_equal(world_messages(&w, world_alert(&w, 2)->id, MESSAGE_KIND_STAND_DOWN),
                     0);
    /* The dispatcher's own stand-down is for everybody. */
    world_do(&w, LOOP_STAND_DOWN, 0);
    assert_int_equal(world_assignment(&w, 2)->state, ASSIGNMENT_STOOD_DOWN);
    world_release(&w);
}

static void test_overdue_lost_found(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 1), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_move(&w, LOOP_DEPART, 1), ST_OK);
    w.now_ms += 15 * MINUTE; /* twice 5 min and 5 */
    world_do(&w, LOOP_TICK, 0);
    assert_true(world_told(&w, "assignment.overdue"));
    assert_int_equal(world_messages(&w, world_alert(&w, 1)->id, MESSAGE_KIND_OVERDUE), 1);
    const struct message *asked = &w.incident.messages[w.incident.message_count - 1];
    assert_int_equal(asked->channel, CHANNEL_FILE);        /* there is no telephone */
    assert_int_equal(world_move(&w, LOOP_HERE, 1), ST_OK); /* asked after anew */
    assert_int_equal(loop_next_due_ms(&w.incident), w.now_ms + 15 * MINUTE);
    w.now_ms += 15 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_true(world_told(&w, "assignment.overdue"));
    assert_int_equal(loop_next_due_ms(&w.incident), w.now_ms + 5 * MINUTE);
    w.now_ms += 5 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_LOST_CONTACT);
    assert_int_equal(w.incident.needs[0].state, NEED_OPEN);
    /* The seat goes to another, then the lost one is found: both have one. */
    assert_int_equal(world_wave(&w, id, 2, 1), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    world_do(&w, LOOP_FOUND, world_assignment(&w, 1)->id);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_EN_ROUTE);
    struct loop_seats seats;
    loop_count_seats(&w.incident, w.incident.needs[0].id, 0, &seats);
    assert_int_equal(seats.accepted, 2);
    assert_int_equal(seats.reserve, 1);
    /* Found after the stand-down: told at once. */
    world_do(&w, LOOP_LOST, world_assignment(&w, 1)->id);
    world_do(&w, LOOP_STAND_DOWN, 0);
    assert_int_equal(world_assignment(&w, 2)->state, ASSIGNMENT_STOOD_DOWN);
    assert_int_equal(w.incident.callouts[0].state, CALLOUT_STANDING_DOWN);
    world_do(&w, LOOP_FOUND, world_assignment(&w, 1)->id);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_STOOD_DOWN);
    assert_int_equal(w.incident.callouts[0].replan_due_ms, 0);
    assert_int_equal(loop_next_due_ms(&w.incident), w.now_ms + 5 * MINUTE);
    w.now_ms += 5 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_true(world_told(&w, "assignment.not_heard"));
    world_do(&w, LOOP_TURNED_BACK, world_assignment(&w, 1)->id);
    assert_int_equal(w.incident.callouts[0].state, CALLOUT_ENDED);
    world_do(&w, LOOP_REVIEW, 0);
    world_do(&w, LOOP_CLOSE, 0);
    world_release(&w);
}

/* Found when all are there: who was on the way goes home, who was there stays. The seats
 * of the line stay as many as they were while one is free. */
static void test_found_when_met(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int64_t id = world_callout(&w, 2, 1);
    const struct need *need = &w.incident.needs[0];
    assert_int_equal(world_wave(&w, id, 1, 4), ST_OK);
    for (int64_t person = 1; person <= 3; person++)
        assert_int_equal(world_yes(&w, person), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 2), ST_OK);
    world_do(&w, LOOP_LOST, world_assignment(&w, 1)->id);
    world_do(&w, LOOP_LOST, world_assignment(&w, 2)->id);
    world_do(&w, LOOP_FOUND, world_assignment(&w, 2)->id);
    assert_int_equal(world_assignment(&w, 2)->due_ms, 0); /* is there */
    assert_int_equal(need->lines[0].reserve, 1);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 3), ST_OK);
    assert_int_equal(need->state, NEED_MET);
    world_do(&w, LOOP_FOUND, world_assignment(&w, 1)->id);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_STOOD_DOWN);
    world_do(&w, LOOP_LOST, world_assignment(&w, 2)->id);
    assert_int_equal(world_yes(&w, 4), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 4), ST_OK);
    assert_int_equal(need->state, NEED_MET);
    world_do(&w, LOOP_FOUND, world_assignment(&w, 2)->id);
    assert_int_equal(world_assignment(&w, 2)->state, ASSIGNMENT_ON_SCENE);
    world_release(&w);
}

/* Found when the seats are taken and all stand down, or the need is cancelled. */
static void test_found_when_over(void **state)
{
    (void)state;
    static const enum loop_input_kind ends[] = {LOOP_STAND_DOWN, LOOP_NEED_CANCEL};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct world w;
        world_init(&w);
        assert_int_equal(world_wave(&w, world_callout(&w, 1, 0), 1, 2), ST_OK);
        assert_int_equal(world_yes(&w, 1), ST_OK);
        world_do(&w, LOOP_LOST, world_assignment(&w, 1)->id);
        assert_int_equal(world_yes(&w, 2), ST_OK);
        world_do(&w, ends[i], ends[i] == LOOP_STAND_DOWN ? 0 : w.incident.needs[0].id);
        world_do(&w, LOOP_FOUND, world_assignment(&w, 1)->id);
        assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_STOOD_DOWN);
        world_release(&w);
    }
}

static void test_next_callout_asks_first(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    int64_t need = w.incident.needs[0].id;
    assert_int_equal(world_wave(&w, id, 1, 4), ST_OK);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK); /* late */
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 3), ST_OK);
    assert_int_equal(world_move(&w, LOOP_RELEASE, 3), ST_OK);
    assert_int_equal(w.incident.callouts[0].state, CALLOUT_ENDED);
    const int64_t deadline_ms = w.incident.needs[0].deadline_ms;
    const int64_t late = world_alert(&w, 2)->id;
    w.now_ms += MINUTE;
    world_do(&w, LOOP_NEED_REOPEN, need);
    assert_int_equal(w.incident.needs[0].deadline_ms, deadline_ms); /* not over yet */
    int64_t people[4];
    assert_int_equal(loop_said_yes(&w.incident, need, people, 4), 2);
    assert_int_equal(people[0], 2);
    assert_int_equal(people[1], 3);
    world_do(&w, LOOP_CALLOUT_START, need);
    assert_int_equal(w.incident.callout_count, 2);
    int64_t second = w.effects.id;
    assert_int_equal(w.incident.needs[0].state, NEED_OPEN);
    assert_int_equal(world_wave(&w, second, 2, 2), ST_OK);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_int_equal(world_alert(&w, 3)->state, ALERT_ACCEPTED);
    assert_int_equal(w.incident.needs[0].state, NEED_FILLED);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 3), ST_OK);
    assert_int_equal(w.incident.needs[0].state, NEED_MET);
    assert_int_equal(world_try(&w, LOOP_CALLOUT_RESUME, second), ST_UNPROCESSABLE);
    /* The end of the incident is one for everybody, of whatever call-out; a need that is
     * opened again after it ends with the close. */
    assert_int_equal(loop_find_alert(&w.incident, late)->state, ALERT_LATE);
    world_do(&w, LOOP_STAND_DOWN, 0);
    assert_int_equal(loop_find_alert(&w.incident, late)->state, ALERT_STOOD_DOWN);
    world_do(&w, LOOP_NEED_REOPEN, need);
    world_do(&w, LOOP_REVIEW, 0);
    for (uint32_t i = 0; i < w.incident.assignment_count; i++) {
        const int64_t assignment = w.incident.assignments[i].id;
        assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_REPORTED,
                                                               .id = assignment,
                                                               .actor = -3,
                                                               .outcome = OUTCOME_DONE}),
                         ST_OK);
        assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_VERIFY,
                                                               .id = assignment,
                                                               .actor = VERIFIER,
                                                               .yes = true,
                                                               .number = -1}),
                         ST_OK);
    }
    world_do(&w, LOOP_CLOSE, 0);
    assert_int_equal(w.incident.needs[0].state, NEED_CANCELLED);
    world_release(&w);
}

/* "If you are needed after all, we will tell you." */
static void test_late_is_asked_when_a_seat_is_free(void **state)
{
    (void)state;
    struct world w;
    int64_t people[4];
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0), need = w.incident.needs[0].id;
    assert_int_equal(world_wave(&w, id, 1, 4), ST_OK);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_yes(&w, 4), ST_OK);
    const int64_t late = world_alert(&w, 2)->id;
    assert_int_equal(world_alert(&w, 2)->state, ALERT_LATE);
    assert_int_equal(world_answer(&w, LOOP_DECLINE, world_alert(&w, 4)->id, 4), ST_OK);
    assert_int_equal(loop_said_yes(&w.incident, need, people, 4), 0);
    assert_int_equal(world_move(&w, LOOP_WITHDRAW, 3), ST_OK);
    assert_int_equal(w.incident.callouts[0].state, CALLOUT_ACTIVE);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_STOOD_DOWN);
    assert_int_equal(world_messages(&w, late, MESSAGE_KIND_STAND_DOWN), 0);
    assert_int_equal(world_alert(&w, 4)->state,
                     ALERT_LATE); /* who thought better of it */
    assert_int_equal(loop_said_yes(&w.incident, need, people, 4), 1);
    assert_int_equal(people[0], 2);
    assert_int_equal(world_wave(&w, id, 2, 3), ST_OK);
    assert_int_equal(world_messages(&w, world_alert(&w, 2)->id, MESSAGE_KIND_ALERT), 1);
    assert_int_equal(world_alert(&w, 4)->state, ALERT_LATE); /* nor is asked again */
    assert_int_equal(world_answer(&w, LOOP_ACCEPT, late, 2), ST_OK); /* by the old link */
    assert_int_equal(w.incident.needs[0].state, NEED_FILLED);
    assert_int_equal(world_alert(&w, 2)->state, ALERT_VOID);
    world_release(&w);
}

/* Stood down is not asked for ever: who says no to it is left alone. */
static void test_no_after_a_stand_down(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 4), ST_OK);
    assert_int_equal(world_yes(&w, 3), ST_OK); /* the others are stood down */
    const int64_t second = world_alert(&w, 2)->id, first = world_alert(&w, 1)->id;
    assert_int_equal(world_answer(&w, LOOP_DECLINE, second, 2), ST_OK);
    assert_int_equal(world_move(&w, LOOP_WITHDRAW, 3), ST_OK);
    assert_int_equal(w.incident.callouts[0].state, CALLOUT_ACTIVE);
    assert_true(loop_may_be_asked_anew(&w.incident, world_alert(&w, 1)));
    assert_false(loop_may_be_asked_anew(&w.incident, world_alert(&w, 2)));
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    assert_int_equal(world_alert(&w, 2)->id, second); /* no second one */
    assert_int_not_equal(world_alert(&w, 1)->id, first);
    assert_int_equal(world_alert(&w, 1)->state, ALERT_PENDING);
    /* By the old link: it is the new one that is answered. */
    assert_int_equal(world_answer(&w, LOOP_DECLINE, first, 1), ST_OK);
    assert_int_equal(world_alert(&w, 1)->state, ALERT_DECLINED);
    assert_int_equal(loop_find_alert(&w.incident, first)->state, ALERT_STOOD_DOWN);
    world_release(&w);
}

/* Sent home on the way, and wanted again after all: a new yes is a new assignment, and
 * the way back is over. When the seat is somebody else's, nothing is new. */
static void test_yes_on_the_way_back(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    const int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK);
    static const struct {
        bool leaves;
        enum loop_input_kind end;
        enum assignment_state after;
    } rows[] = {{true, LOOP_STAND_DOWN, ASSIGNMENT_TURNED_BACK},
                {false, LOOP_STAND_DOWN, ASSIGNMENT_STOOD_DOWN},
                {true, LOOP_NO_SHOW, ASSIGNMENT_NO_SHOW}};
    assert_int_equal(world_yes(&w, 3), ST_OK);
    world_do(&w, LOOP_LOST, world_assignment(&w, 3)->id); /* the call-out goes on */
    assert_int_equal(world_yes(&w, 1), ST_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const int64_t before = world_assignment(&w, 1)->id;
        if (rows[i].leaves)
            assert_int_equal(world_move(&w, LOOP_DEPART, 1), ST_OK);
        world_do(&w, rows[i].end, rows[i].end == LOOP_NO_SHOW ? before : 0);
        if (rows[i].end == LOOP_STAND_DOWN) {
            world_do(&w, LOOP_REOPEN, 0);
            assert_int_equal(w.incident.needs[0].state, NEED_OPEN);
            world_do(&w, LOOP_CALLOUT_RESUME, id);
            assert_int_equal(w.incident.callouts[0].replan_due_ms, w.now_ms);
        }
        assert_int_equal(w.incident.needs[0].state, NEED_OPEN);
        assert_int_equal(world_yes(&w, 1), ST_OK);
        assert_int_equal(loop_find_assignment(&w.incident, before)->state, rows[i].after);
        assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_ASSIGNED);
    }
    world_do(&w, LOOP_NO_SHOW, world_assignment(&w, 1)->id);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(w.incident.needs[0].state, NEED_FILLED);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_true(w.effects.repeated);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_NO_SHOW);
    world_release(&w);
}

/* A reserve was sent home when all were there, and then one of those is lost: the reserve
 * is asked before anybody new, but not while still on the way back. */
static void test_reserve_is_asked_again(void **state)
{
    (void)state;
    struct world w;
    int64_t people[4];
    world_init(&w);
    const int64_t id = world_callout(&w, 1, 2), need = w.incident.needs[0].id;
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK);
    for (int64_t person = 1; person <= 3; person++)
        assert_int_equal(world_yes(&w, person), ST_OK);
    assert_int_equal(world_move(&w, LOOP_DEPART, 3), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    assert_int_equal(world_assignment(&w, 2)->state, ASSIGNMENT_STOOD_DOWN);
    assert_int_equal(world_assignment(&w, 3)->state, ASSIGNMENT_STOOD_DOWN);
    assert_int_equal(world_move(&w, LOOP_TURNED_BACK, 2), ST_UNPROCESSABLE); /* at home */
    assert_int_equal(world_assignment(&w, 2)->due_ms, 0);
    world_do(&w, LOOP_LOST, world_assignment(&w, 1)->id);
    assert_int_equal(loop_said_yes(&w.incident, need, people, 4), 1);
    assert_int_equal(people[0], 2);
    assert_int_equal(world_move(&w, LOOP_TURNED_BACK, 3), ST_OK);
    assert_int_equal(loop_said_yes(&w.incident, need, people, 4), 2);
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK); /* the first is still out */
    assert_int_equal(w.incident.alert_count, 5);
    assert_int_equal(world_yes(&w, 2), ST_OK);
    assert_int_equal(world_assignment(&w, 2)->state, ASSIGNMENT_ASSIGNED);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_main_way),
        cmocka_unit_test(test_no_answer_and_ladder),
        cmocka_unit_test(test_withdrawal_reopens),
        cmocka_unit_test(test_target_holds),
        cmocka_unit_test(test_reserve_in_need),
        cmocka_unit_test(test_overdue_lost_found),
        cmocka_unit_test(test_found_when_met),
        cmocka_unit_test(test_found_when_over),
        cmocka_unit_test(test_next_callout_asks_first),
        cmocka_unit_test(test_late_is_asked_when_a_seat_is_free),
        cmocka_unit_test(test_yes_on_the_way_back),
        cmocka_unit_test(test_reserve_is_asked_again),
        cmocka_unit_test(test_no_after_a_stand_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
