/* SPDX-License-Identifier: Apache-2.0 */
/* What a step hands over is what it wrote: the rows of a command, as a board reads them,
 * beside the same rows read from the database. */
#include "fixture.h"

#include "loop/names.h"
#include "store/read_board.h"

#define SAME(field) assert_true(given.field == read.field)

static void compare_alert(const struct read_alert given, const struct read_alert read)
{
    SAME(id), SAME(callout_id), SAME(incident_id), SAME(person_id);
    assert_string_equal(given.state, read.state);
    SAME(line), SAME(wave), SAME(count), SAME(ready_in_minutes), SAME(digits_tries);
    SAME(alerted_ms), SAME(answered_ms), SAME(seen_ms), SAME(fetched_ms);
    SAME(travel_ms), SAME(p_accept), SAME(p_in_time);
    SAME(forced), SAME(on_behalf), SAME(is_bound);
    assert_memory_equal(given.device_hash, read.device_hash, sizeof read.device_hash);
}

static void compare_assignment(const struct read_assignment given,
                               const struct read_assignment read)
{
    SAME(id), SAME(incident_id), SAME(alert_id), SAME(person_id), SAME(need_id);
    SAME(callout_id);
    assert_string_equal(given.state, read.state);
    assert_string_equal(given.outcome, read.outcome);
    SAME(line), SAME(count), SAME(assigned_ms), SAME(en_route_ms), SAME(set_out_ms);
    SAME(on_scene_ms), SAME(released_ms), SAME(reported_ms), SAME(verified_ms),
        SAME(here_ms), SAME(sos_ms);
    SAME(sos_acknowledged_ms), SAME(reported_by), SAME(verified_by);
    SAME(minutes_worked), SAME(minutes_credited), SAME(travel_ms);
}

static void compare(struct fixture *f, const struct loop_command *done)
{
    struct read_alert alert, alert_read;
    struct read_assignment assignment, assignment_read;
    struct db *db = fixture_reader(f);
    read_alert_of(&done->alert, done->incident_id, &alert);
    assert_int_equal(read_alert(db, done->alert.id, &alert_read), ST_OK);
    compare_alert(alert, alert_read);
    const int status = read_assignment_take(read_assignment_of_alert(db, done->alert.id),
                                            &assignment_read);
    assert_int_equal(status, done->assignment.id == 0 ? ST_NOT_FOUND : ST_OK);
    if (status == ST_OK) {
        read_assignment_of(&done->assignment, &done->alert, done->incident_id,
                           &assignment);
        compare_assignment(assignment, assignment_read);
    }
    db_close(db);
}

/* One step two minutes later; the ids of the rows it left. */
static void step(struct fixture *f, enum stage_key key, struct loop_input input,
                 int64_t *ret_assignment)
{
    struct loop_command *command;
    f->clock.now_ms += 2 * TIME_MINUTE_MS;
    input.device_hash[31] = 7;
    assert_int_equal(loop_command_new(&command, key, input.id, &input, NULL), ST_OK);
    const int status = writer_call(f->writer, &command->command);
    if (status != ST_OK)
        print_message("%s: %s\n", command->command.diag.where,
                      command->command.diag.text);
    assert_int_equal(status, ST_OK);
    assert_true(command->alert.id != 0);
    compare(f, command);
    if (ret_assignment != NULL)
        *ret_assignment = command->assignment.id;
    loop_command_free(command);
}

/* The roads change before who is under way. */
static void retime(struct fixture *f, int64_t callout, int64_t alert)
{
    const struct loop_retimed one = {alert, 77000};
    const struct loop_input input = {
        .kind = LOOP_RETIME, .id = callout, .retimed = &one, .retimed_count = 1};
    f->clock.now_ms += 2 * TIME_MINUTE_MS;
    assert_int_equal(fixture_step(f, STAGE_CALLOUT, callout, &input, NULL), ST_OK);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM assignment WHERE"
                                       " way_from_ms > en_route_ms"),
                     1);
}

static void rows_are_handed_over(void **state)
{
    struct fixture *f = *state;
    const int64_t incident = fixture_report(f, false);
    int64_t callout, assignment;
    assert_int_equal(fixture_callout(f, fixture_need(f, incident, 2), 1000, 3, &callout),
                     ST_OK);
    struct loop_incident copy;
    assert_int_equal(writer_snapshot(f->writer, STAGE_CALLOUT, callout, &copy), ST_OK);
    assert_int_equal(copy.alert_count, 3);
    int64_t alerts[3];
    for (uint32_t i = 0; i < 3; i++)
        alerts[i] = copy.alerts[i].id;
    loop_incident_release(&copy);

    step(f, STAGE_ALERT, (struct loop_input){.kind = LOOP_DECLINE, .id = alerts[0]},
         NULL);
    step(f, STAGE_ALERT, (struct loop_input){.kind = LOOP_DIGITS_WRONG, .id = alerts[0]},
         NULL);
    step(f, STAGE_ALERT,
         (struct loop_input){.kind = LOOP_LIMITED, .id = alerts[1], .number = 20}, NULL);
    step(f, STAGE_ALERT, (struct loop_input){.kind = LOOP_ACCEPT, .id = alerts[2]},
         &assignment);
    assert_true(assignment != 0);
    static const enum loop_input_kind kinds[] = {
        LOOP_DEPART, LOOP_SOS, LOOP_ARRIVE, LOOP_WORK, LOOP_RELEASE, LOOP_REPORTED};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i] == LOOP_SOS)
            retime(f, callout, alerts[2]);
        step(f, STAGE_ASSIGNMENT,
             (struct loop_input){.kind = kinds[i],
                                 .id = assignment,
                                 .actor = -1002,
                                 .outcome = kinds[i] == LOOP_REPORTED ? OUTCOME_PARTLY
                                                                      : OUTCOME_NONE},
             NULL);
    }
    step(f, STAGE_ASSIGNMENT,
         (struct loop_input){.kind = LOOP_VERIFY, .id = assignment, .actor = 2}, NULL);
    fixture_close(f);
    fixture_verify(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_handed_over, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
