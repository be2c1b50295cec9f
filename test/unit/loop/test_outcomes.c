/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of people: reports and who checks them, hours, roll calls and alarms, ends
 * of incidents over people who are out, and who was there after all. */
#include "loop/events.h"
#include "world.h"

static void test_reports(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 1), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    w.now_ms += 60 * MINUTE;
    assert_int_equal(world_move(&w, LOOP_RELEASE, 1), ST_OK);
    assert_int_equal(w.incident.callouts[0].state, CALLOUT_ENDED);
    int64_t assignment = world_assignment(&w, 1)->id;
    struct loop_input input = {
        .kind = LOOP_REPORTED, .id = assignment, .actor = DISPATCHER};
    assert_int_equal(world_checked(&w, input), ST_UNPROCESSABLE); /* no outcome */
    input.outcome = OUTCOME_PARTLY;
    assert_int_equal(world_checked(&w, input), ST_UNPROCESSABLE); /* before 24 h */
    w.now_ms += 24 * 60 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_true(world_told(&w, "assignment.report_due"));
    assert_int_equal(world_checked(&w, input), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->reported_by, DISPATCHER);
    struct loop_input check = {.kind = LOOP_VERIFY,
                               .id = assignment,
                               .actor = DISPATCHER,
                               .yes = true,
                               .number = 45};
    assert_int_equal(world_checked(&w, check), ST_DENIED);
    check.actor = 0;
    assert_int_equal(world_checked(&w, check), ST_DENIED);
    check.actor = VERIFIER;
    assert_int_equal(world_checked(&w, check), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->minutes_worked, 60);
    assert_int_equal(w.effects.credits[0].minutes, 45);
    check.number = 50;
    assert_int_equal(world_checked(&w, check), ST_CONFLICT); /* a first check, too late */
    check.reason = "left later";
    check.number = -1;
    assert_int_equal(world_checked(&w, check),
                     ST_UNPROCESSABLE); /* a correction of nothing */
    check.number = 50;
    check.actor = DISPATCHER;
    assert_int_equal(world_checked(&w, check), ST_DENIED);
    check.actor = VERIFIER;
    check.yes = false;
    assert_int_equal(world_checked(&w, check), ST_CONFLICT);
    check.yes = true;
    assert_int_equal(world_checked(&w, check), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->minutes_credited, 50);
    assert_int_equal(w.effects.credits[0].minutes, 50);
    assert_int_equal(world_checked(&w, check), ST_OK);
    assert_int_equal(w.effects.credit_count, 0); /* nothing to put right */
    check.number = 0;
    assert_int_equal(world_checked(&w, check), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->minutes_credited, 0);
    world_release(&w);
}

/* A report that is doubted is asked for again at once and a day later; on behalf it is
 * given as a first one is, a day after the release. */
static void test_doubted_report(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 1), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    assert_int_equal(world_move(&w, LOOP_RELEASE, 1), ST_OK);
    const int64_t alert = world_alert(&w, 1)->id, released = w.now_ms;
    struct loop_input report = {.kind = LOOP_REPORTED,
                                .id = world_assignment(&w, 1)->id,
                                .actor = -1,
                                .outcome = OUTCOME_DONE};
    const struct loop_input doubt = {
        .kind = LOOP_VERIFY, .id = report.id, .actor = VERIFIER, .reason = "all of it?"};
    assert_int_equal(world_checked(&w, report), ST_OK);
    assert_int_equal(world_messages(&w, alert, MESSAGE_KIND_REPORT), 1);
    assert_int_equal(w.incident.messages[w.incident.message_count - 1].state,
                     MESSAGE_WITHDRAWN); /* it came before it was asked for */
    w.now_ms += 60 * MINUTE;
    assert_int_equal(world_checked(&w, doubt), ST_OK);
    assert_int_equal(world_messages(&w, alert, MESSAGE_KIND_REPORT), 2);
    assert_int_equal(w.incident.messages[w.incident.message_count - 1].state,
                     MESSAGE_QUEUED);
    assert_int_equal(loop_next_due_ms(&w.incident), w.now_ms + 24 * 60 * MINUTE);
    report.actor = DISPATCHER;
    w.now_ms = released + 24 * 60 * MINUTE - 1;
    assert_int_equal(world_checked(&w, report), ST_UNPROCESSABLE);
    w.now_ms = released + 25 * 60 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_true(world_told(&w, "assignment.report_due"));
    assert_int_equal(world_messages(&w, alert, MESSAGE_KIND_REPORT), 3);
    assert_int_equal(loop_next_due_ms(&w.incident), INT64_MAX); /* reminded of once */
    assert_int_equal(world_checked(&w, report), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->reported_by, DISPATCHER);
    assert_int_equal(world_checked(&w, doubt),
                     ST_OK); /* a day is over: on behalf at once */
    assert_int_equal(world_checked(&w, report), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->due_ms, 0);
    world_release(&w);
}

static void test_roll_call_and_sos(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 3, 0);
    assert_int_equal(world_wave(&w, id, 1, 3), ST_OK);
    for (int64_t person = 1; person <= 3; person++)
        assert_int_equal(world_yes(&w, person), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 2), ST_OK);
    assert_int_equal(world_move(&w, LOOP_WORK, 1), ST_OK);
    world_do(&w, LOOP_ROLL_CALL, 0);
    for (int64_t person = 1; person <= 3; person++) /* who is there, at work too */
        assert_int_equal(
            world_messages(&w, world_alert(&w, person)->id, MESSAGE_KIND_ROLL_CALL),
            person != 3);
    assert_int_equal(world_move(&w, LOOP_HERE, 1), ST_OK);
    assert_true(world_assignment(&w, 1)->here_ms >= w.incident.roll_call_ms);
    w.now_ms += 5 * MINUTE;
    world_do(&w, LOOP_TICK, 0);
    assert_true(world_told(&w, "assignment.not_heard"));
    assert_int_equal(w.effects.event_count, 1);
    assert_int_equal(world_move(&w, LOOP_SOS, 2), ST_OK);
    assert_int_equal(world_assignment(&w, 2)->state, ASSIGNMENT_ON_SCENE);
    world_do(&w, LOOP_SOS_ACKNOWLEDGE, world_assignment(&w, 2)->id);
    assert_int_equal(world_try(&w, LOOP_SOS_ACKNOWLEDGE, world_assignment(&w, 2)->id),
                     ST_UNPROCESSABLE);
    world_release(&w);
}

static void test_merge_and_cancel(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_do(&w, LOOP_REPORT, 0);
    (void)world_need(&w, 2, 0);
    const int64_t nowhere[] = {0, w.incident.id};
    for (size_t i = 0; i < COUNT_OF(nowhere); i++)
        assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_MERGE,
                                                               .number = nowhere[i]}),
                         ST_UNPROCESSABLE);
    assert_int_equal(
        world_checked(&w, (struct loop_input){.kind = LOOP_MERGE, .number = 77}), ST_OK);
    assert_int_equal(w.incident.state, INCIDENT_MERGED);
    assert_int_equal(w.incident.merged_into, 77);
    assert_int_equal(w.incident.needs[0].state, NEED_CANCELLED);
    world_release(&w);

    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(
        world_checked(&w, (struct loop_input){.kind = LOOP_MERGE, .number = 77}),
        ST_UNPROCESSABLE);
    assert_non_null(strstr(w.diag.text, "merge the other incident into this one"));
    world_do(&w, LOOP_CANCEL, 0);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_STOOD_DOWN);
    assert_int_equal(world_messages(&w, world_alert(&w, 1)->id, MESSAGE_KIND_STAND_DOWN),
                     1);
    assert_int_equal(w.incident.callouts[0].state, CALLOUT_ENDED);
    assert_int_equal(w.incident.needs[0].state, NEED_CANCELLED); /* a filled one, too */
    world_release(&w);
}

/* Said not to have come, and was there without a network: the seat is another's by then,
 * so there is one more; when nobody is needed any more they are released at once, and can
 * report. Nobody is in two places. */
static void test_there_after_all(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 1, 0);
    const struct need *need = &w.incident.needs[0];
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    world_do(&w, LOOP_NO_SHOW, world_assignment(&w, 1)->id);
    assert_int_equal(world_assignment(&w, 1)->due_ms, 0);
    assert_int_equal(world_wave(&w, id, 3, 1), ST_OK);
    assert_int_equal(world_yes(&w, 3), ST_OK);
    assert_int_equal(need->state, NEED_FILLED);
    w.assigned = 1U << 1;
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_UNPROCESSABLE);
    w.assigned = 0;
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_ON_SCENE);
    assert_int_equal(world_assignment(&w, 1)->on_scene_ms, w.now_ms);
    assert_int_equal(need->lines[0].reserve, 1);
    assert_int_equal(need->state, NEED_MET);
    assert_int_equal(world_assignment(&w, 3)->state, ASSIGNMENT_STOOD_DOWN);
    world_do(&w, LOOP_STAND_DOWN, 0);
    world_release(&w);

    world_init(&w);
    id = world_callout(&w, 1, 0);
    assert_int_equal(world_wave(&w, id, 1, 1), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    world_do(&w, LOOP_NO_SHOW, world_assignment(&w, 1)->id);
    world_do(&w, LOOP_STAND_DOWN, 0);
    assert_int_equal(w.incident.callouts[0].state, CALLOUT_ENDED);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    assert_int_equal(world_assignment(&w, 1)->state, ASSIGNMENT_RELEASED);
    assert_int_equal(world_messages(&w, world_alert(&w, 1)->id, MESSAGE_KIND_RELEASE), 1);
    world_release(&w);
}

/* Cancelled while somebody was there: what they did is reported and checked all the same,
 * and their minutes are credited. */
static void test_cancelled_over_people(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    int64_t id = world_callout(&w, 2, 0);
    assert_int_equal(world_wave(&w, id, 1, 2), ST_OK);
    assert_int_equal(world_yes(&w, 1), ST_OK);
    assert_int_equal(world_move(&w, LOOP_ARRIVE, 1), ST_OK);
    w.now_ms += 50 * MINUTE;
    world_do(&w, LOOP_CANCEL, 0);
    const struct assignment *there = world_assignment(&w, 1);
    assert_int_equal(there->state, ASSIGNMENT_RELEASED);
    assert_int_equal(there->minutes_worked, 50);
    assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_REPORTED,
                                                           .id = there->id,
                                                           .actor = -1,
                                                           .outcome = OUTCOME_PARTLY}),
                     ST_OK);
    assert_int_equal(world_checked(&w, (struct loop_input){.kind = LOOP_VERIFY,
                                                           .id = there->id,
                                                           .actor = VERIFIER,
                                                           .yes = true,
                                                           .number = -1}),
                     ST_OK);
    assert_int_equal(w.effects.credit_count, 1);
    assert_int_equal(w.effects.credits[0].minutes, 50);
    assert_int_equal(w.incident.state, INCIDENT_CANCELLED);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_doubted_report),
        cmocka_unit_test(test_roll_call_and_sos),
        cmocka_unit_test(test_merge_and_cancel),
        cmocka_unit_test(test_there_after_all),
        cmocka_unit_test(test_cancelled_over_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
