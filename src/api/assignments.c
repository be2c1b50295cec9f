/* SPDX-License-Identifier: Apache-2.0 */
/* Assignments and replies on behalf: what a dispatcher records for somebody who is on the
 * telephone, and the second person's check. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "crowd/crowd.h"

/* ---- POST alerts/{id}/replies ---- */
void alerts_reply(struct call *call)
{
    static const enum loop_input_kind kinds[] = {
        [ANSWER_ACCEPT] = LOOP_ACCEPT,
        [ANSWER_LIMITED] = LOOP_LIMITED,
        [ANSWER_DECLINE] = LOOP_DECLINE,
    };
    const struct in_reply *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_ALERT, MAY_DRILL, &incident))
        return;
    const struct loop_input input = {
        .kind = kinds[in->answer.value],
        .id = call->id,
        .on_behalf = true,
        .reason = in->reason.value,
        .number = in->ready_in_minutes.value,
        .count = (int32_t)in->count.value,
    };
    api_step(call, STAGE_ALERT, call->id, STAGE_ALERT, &input, NULL);
}

/* ---- POST assignments/{id}/... ---- */
void assignments_step(struct call *call)
{
    static const enum loop_input_kind kinds[] = {
        [ASSIGNMENT_STEP_DEPART] = LOOP_DEPART,
        [ASSIGNMENT_STEP_ARRIVE] = LOOP_ARRIVE,
        [ASSIGNMENT_STEP_WORK] = LOOP_WORK,
        [ASSIGNMENT_STEP_RELEASE] = LOOP_RELEASE,
        [ASSIGNMENT_STEP_WITHDRAW] = LOOP_WITHDRAW,
        [ASSIGNMENT_STEP_TURNED_BACK] = LOOP_TURNED_BACK,
        [ASSIGNMENT_STEP_NO_SHOW] = LOOP_NO_SHOW,
        [ASSIGNMENT_STEP_LOST] = LOOP_LOST,
        [ASSIGNMENT_STEP_FOUND] = LOOP_FOUND,
    };
    const struct in_step *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_ASSIGNMENT, MAY_DRILL, &incident))
        return;
    const struct loop_input input = {.kind = kinds[in->step.value],
                                     .id = call->id,
                                     .on_behalf = true,
                                     .reason = in->reason.value};
    api_step(call, STAGE_ASSIGNMENT, call->id, STAGE_ASSIGNMENT, &input, NULL);
}

void assignments_report(struct call *call)
{
    const struct in_report *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_ASSIGNMENT, MAY_DRILL, &incident))
        return;
    const struct loop_input input = {.kind = LOOP_REPORTED,
                                     .id = call->id,
                                     .on_behalf = true,
                                     .outcome = (enum outcome)in->outcome.value};
    api_step(call, STAGE_ASSIGNMENT, call->id, STAGE_ASSIGNMENT, &input, in->text.value);
}

void assignments_verify(struct call *call)
{
    const struct in_verification *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_ASSIGNMENT, MAY_VERIFY | MAY_DRILL, &incident))
        return;
    const bool ok = in->ok.value != 0;
    if (!ok && (in->reason.value == NULL || in->reason.value[0] == '\0')) {
        api_wrong(call, "/reason", "a dispute needs a reason");
        return;
    }
    const struct loop_input input = {.kind = LOOP_VERIFY,
                                     .id = call->id,
                                     .yes = ok,
                                     .number = in->minutes.given ? in->minutes.value : -1,
                                     .reason = in->reason.value};
    api_step(call, STAGE_ASSIGNMENT, call->id, STAGE_ASSIGNMENT, &input, NULL);
}

void assignments_alarm(struct call *call)
{
    struct read_incident incident;
    if (!api_open(call, STAGE_ASSIGNMENT, MAY_DRILL, &incident))
        return;
    const struct loop_input input = {.kind = LOOP_SOS_ACKNOWLEDGE, .id = call->id};
    api_step(call, STAGE_ASSIGNMENT, call->id, STAGE_ASSIGNMENT, &input, NULL);
}
