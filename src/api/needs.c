/* SPDX-License-Identifier: Apache-2.0 */
/* Stating a need, taking it back, opening it again, what those who come are told.
 * Planning is in plans.c. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"

/* The deadline of `by` or `within_minutes`; false after a 422. */
static bool read_deadline(struct call *call, const struct in_need *in, int64_t *ret_ms)
{
    const char *wrong = in_need_deadline(in, call->now_ms, ret_ms);
    if (wrong != NULL)
        api_wrong(call, "/by", wrong);
    return wrong == NULL;
}

static bool read_lines(struct call *call, const struct in_need *in, struct need *need)
{
    const struct in_line *lines = in->lines.items;
    for (uint32_t i = 0; i < in->lines.count; i++) {
        if (!api_read_line_skills(call, &lines[i], i, &need->lines[i].skills))
            return false;
        need->lines[i].count = (int32_t)lines[i].count.value;
    }
    need->line_count = (int32_t)in->lines.count;
    return true;
}

void needs_post(struct call *call)
{
    const struct in_need *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_INCIDENT, MAY_DRILL, &incident))
        return;
    if (in->exercise.given && (in->exercise.value != 0) != incident.exercise) {
        api_wrong(call, "/exercise", "must be as the incident's");
        return;
    }
    if (in->at.given && !api_is_on_map(call->api, in->at.at)) {
        api_wrong(call, "/at", "lies outside the map");
        return;
    }
    if (in->target.given && in->target.value >= 1.0) {
        api_wrong(call, "/target",
                  "cannot be promised: must be strictly between 0 and 1; the plan of a "
                  "need says how much its people can reach");
        return;
    }
    struct need need = {
        .state = NEED_OPEN,
        .at = in->at.given ? in->at.at : incident.at,
        .stated_ms = call->now_ms,
        .reserve = in->reserve.given ? (int32_t)in->reserve.value : LOOP_RESERVE_AUTO,
        .target = in->target.given ? in->target.value
                                   : (double)call->api->settings.target_permille / 1000,
        .mode = in->mode.given ? (int32_t)in->mode.value : -1,
    };
    if (!read_deadline(call, in, &need.deadline_ms) || !read_lines(call, in, &need))
        return;
    const struct loop_notes notes = {in->place.value, in->contact.value,
                                     in->warning.value};
    const struct loop_input input = {
        .kind = LOOP_NEED, .id = incident.id, .need = &need, .notes = &notes};
    api_step(call, STAGE_INCIDENT, incident.id, STAGE_NEED, &input, NULL);
}

void needs_step(struct call *call)
{
    static const enum loop_input_kind kinds[] = {
        [NEED_STEP_CANCEL] = LOOP_NEED_CANCEL,
        [NEED_STEP_REOPEN] = LOOP_NEED_REOPEN,
        [NEED_STEP_ESCALATE] = LOOP_NEED_ESCALATE,
    };
    const struct in_step *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_NEED, MAY_DRILL, &incident))
        return;
    const struct loop_input input = {
        .kind = kinds[in->step.value], .id = call->id, .reason = in->reason.value};
    api_step(call, STAGE_NEED, call->id, STAGE_NEED, &input, NULL);
}

void needs_notes(struct call *call)
{
    const struct in_notes *in = call->input;
    struct read_incident incident;
    if (!api_open(call, STAGE_NEED, MAY_DRILL, &incident))
        return;
    const struct loop_notes notes = {in->place.value, in->contact.value,
                                     in->warning.value};
    const struct loop_input input = {
        .kind = LOOP_NEED_NOTES, .id = call->id, .notes = &notes};
    api_step(call, STAGE_NEED, call->id, STAGE_NEED, &input, NULL);
}
