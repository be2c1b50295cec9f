/* SPDX-License-Identifier: Apache-2.0 */
/* What was done, and the second person's check of it: reported, verified, disputed, and
 * the minutes that are credited (domain.md, "People, hours, erasure"). */
#include "loop/names.h"
#include "loop/step.h"

static int take_report(struct step *step, struct assignment *assignment)
{
    const struct loop_input *input = step->input;
    int64_t waits_until = assignment->released_ms + step->world->config->report_remind_ms;
    if (input->outcome == OUTCOME_NONE)
        return refuse(step, ST_UNPROCESSABLE, "outcome", "must be one of %s",
                      outcome_list());
    if (input->actor >= 0 && !input->yes && step->now_ms < waits_until)
        return refuse(step, ST_UNPROCESSABLE, "actor",
                      "a dispatcher may report on behalf 24 h after the release");
    set_assignment_state(step, assignment, ASSIGNMENT_REPORTED, LOOP_REPORTED);
    struct assignment *edited = edit_assignment(step, assignment);
    edited->outcome = input->outcome;
    edited->reported_ms = step->now_ms;
    edited->reported_by = input->actor > 0 ? input->actor : 0;
    edited->due_ms = 0;
    step->sweep = true; /* nobody is asked for what is there */
    tell_assignment(step, EVENT_ASSIGNMENT_REPORTED, assignment,
                    outcome_code(input->outcome), 0);
    return step->status;
}

static int check(struct step *step, struct assignment *assignment, const char *code)
{
    const struct loop_input *input = step->input;
    set_assignment_state(step, assignment, ASSIGNMENT_VERIFIED, LOOP_VERIFY);
    struct assignment *edited = edit_assignment(step, assignment);
    const int32_t before = edited->minutes_credited;
    edited->verified_ms = step->now_ms;
    edited->verified_by = input->actor;
    edited->minutes_credited = edited->minutes_worked;
    if (input->number >= 0 && input->number < edited->minutes_credited)
        edited->minutes_credited = (int32_t)input->number;
    tell_assignment(step, EVENT_ASSIGNMENT_VERIFIED, assignment, code,
                    edited->minutes_credited);
    if (edited->minutes_credited != before)
        push_credit(step, assignment);
    return step->status;
}

/* What was checked once stands; only its minutes are put right, with a counter-entry. A
 * check without a reason is the first one, which came too late. */
static int correct(struct step *step, struct assignment *assignment)
{
    const struct loop_input *input = step->input;
    if (!input->yes || input->reason == NULL)
        return refuse(step, ST_CONFLICT, "assignment",
                      "it was checked already; a correction has minutes and a reason");
    if (input->number < 0)
        return refuse(step, ST_UNPROCESSABLE, "minutes", "a correction needs them");
    return check(step, assignment, "corrected");
}

/* The person is asked again, and reminded as after the release. */
static int doubt(struct step *step, struct assignment *assignment)
{
    set_assignment_state(step, assignment, ASSIGNMENT_DISPUTED, LOOP_VERIFY);
    edit_assignment(step, assignment)->due_ms =
        step->now_ms + step->world->config->report_remind_ms;
    tell_assignment(step, EVENT_ASSIGNMENT_DISPUTED, assignment, step->input->code, 0);
    send_message(step, loop_find_alert(step->incident, assignment->alert_id),
                 MESSAGE_KIND_REPORT);
    return step->status;
}

static int take_verification(struct step *step, struct assignment *assignment)
{
    const struct loop_input *input = step->input;
    if (input->actor <= 0)
        return refuse(step, ST_DENIED, "actor",
                      input->actor == -assignment->person_id
                          ? "who did the work does not verify it"
                          : "only an account verifies");
    if (input->actor == assignment->reported_by)
        return refuse(step, ST_DENIED, "actor",
                      "who reported the work does not verify it");
    if (assignment->state == ASSIGNMENT_VERIFIED)
        return correct(step, assignment);
    if (!input->yes)
        return doubt(step, assignment);
    return check(step, assignment, input->code);
}

int outcome_step(struct step *step, struct assignment *assignment)
{
    if (step->input->kind == LOOP_REPORTED)
        return take_report(step, assignment);
    return take_verification(step, assignment);
}
