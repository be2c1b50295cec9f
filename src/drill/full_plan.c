/* SPDX-License-Identifier: Apache-2.0 */
/* The first wave and the next ones. Our own policy goes the way of the server's planner:
 * a scheme from a copy of the rows, handed in as a command with the call-out's version.
 * The rules of thumb ask the same crowd for the nearest and hand in waves of their own.
 */
#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "dispatch/callout.h"
#include "dispatch/planner.h"
#include "drill/full_internal.h"
#include "store/people.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct callout *callout_of(struct full *full, uint32_t need)
{
    int64_t id = full->needs[need].callout_id;
    return id == 0 ? NULL : loop_find_callout(full_rows(full, need), id);
}

int64_t full_plan_due_ms(const struct full *full, uint32_t need)
{
    struct full *rows = (struct full *)(uintptr_t)full; /* only read */
    const struct full_need *of = &full->needs[need];
    if (of->over || of->need_id == 0)
        return INT64_MAX;
    if (of->wants_start)
        return of->start_ms;
    const struct callout *callout = callout_of(rows, need);
    if (callout == NULL || callout->state != CALLOUT_ACTIVE)
        return INT64_MAX;
    if (full->policy->rule != POLICY_OURS)
        return of->phase_due || callout->replan_due_ms != 0 ? full->clock.now_ms
                                                            : INT64_MAX;
    if (callout->replan_due_ms == 0)
        return INT64_MAX;
    int64_t pause_until = of->planned_ms + PLANNER_PAUSE_MS;
    return callout->replan_due_ms > pause_until ? callout->replan_due_ms : pause_until;
}

/* ---- our own
 * ----------------------------------------------------------------------------- */

static uint8_t channel_bits(const struct scenario *scenario)
{
    uint8_t bits = 0;
    for (uint32_t i = 0; i < scenario->channel_count; i++)
        bits |= (uint8_t)(1u << scenario->channels[i].kind);
    return bits;
}

static int submit(struct full *full, uint32_t need, struct callout_command *command)
{
    int status = writer_call(full->writer, &command->command);
    if (status == ST_OK)
        full->needs[need].callout_id = command->row_id;
    else if (full->reterr != NULL)
        *full->reterr = command->command.diag;
    return status;
}

/* Whom our policy does not ask since they would hardly be in time: sorted, a block. As
 * when a dispatcher excludes them. */
static int64_t *too_late(const struct full *full, uint32_t need, uint32_t *ret_count)
{
    int64_t *ids = mem_calloc((size_t)full->world.count + 1, sizeof *ids);
    int64_t left_ms =
        full->base_ms + full->scenario->needs[need].deadline_ms - full->clock.now_ms;
    bool night = scenario_is_quiet(full->clock.now_ms);
    *ret_count = 0;
    for (uint32_t i = 0; ids != NULL && i < full->world.count; i++) {
        uint32_t ms = world_travel_ms(&full->world, need, i);
        if (full->policy->in_time_min > 0 && ms != WORLD_UNREACHABLE &&
            response_model_in_time(full->model, night, left_ms, ms) <
                full->policy->in_time_min)
            ids[(*ret_count)++] = full->ids[i];
    }
    return ids;
}

struct forecaster {
    const struct full *full;
    uint32_t need;
};

static struct learn_forecast forecast(void *context, int64_t person_id,
                                      uint32_t travel_ms)
{
    const struct forecaster *self = context;
    return world_forecast(&self->full->world, self->need,
                          full_find_person(self->full, person_id), travel_ms);
}

static int plan_ours(struct full *full, uint32_t need)
{
    struct forecaster forecaster = {full, need};
    const struct scheme_config config = {.crowd = full->crowd,
                                         .model = full->model,
                                         .road = full->road,
                                         .forecast = forecast,
                                         .context = &forecaster,
                                         .channels = channel_bits(full->scenario),
                                         .price = full->policy->price};
    struct loop_incident *rows = full_rows(full, need);
    struct full_need *of = &full->needs[need];
    uint32_t lift = full->scenario->needs[need].lift, late_count;
    AUTO_FREE int64_t *late = too_late(full, need, &late_count);
    if (late == NULL)
        return ST_NO_MEMORY;
    const struct scheme_request request = {.excluded = late,
                                           .excluded_count = late_count,
                                           .need = loop_find_need(rows, of->need_id),
                                           .incident = rows,
                                           .callout = callout_of(full, need),
                                           .lift = lift,
                                           .now_ms = full->clock.now_ms,
                                           .record = true};
    struct callout_command *command = NULL;
    struct scheme scheme;
    bool starts = request.callout == NULL;
    int status = scheme_make(&config, &request, &scheme, full->reterr);
    if (status == ST_OK && starts)
        full->outcomes[need].target_reached = scheme.plan.target_reached;
    if (status == ST_OK) {
        told_add(&full->outcomes[need].told, scheme.plan.probability);
        status =
            callout_command_new(&command, &scheme, starts ? FULL_DISPATCHER : 0,
                                starts ? lift : 0, starts && lift != 0 ? FULL_WHY : NULL);
    }
    if (status == ST_OK)
        status = submit(full, need, command);
    callout_command_free(command);
    scheme_release(&scheme);
    return status;
}

/* ---- rules of thumb
 * ---------------------------------------------------------------------- */

/* A wave being put together, line by line. */
struct rule_wave {
    struct loop_invitation *invitations;
    uint32_t count, capacity;
};

/* Everybody who had an alert of the call-out and was not let go, and who is in the wave
 * already: sorted, a block. */
static int64_t *asked_already(struct full *full, uint32_t need,
                              const struct rule_wave *wave, uint32_t *ret_count)
{
    const struct loop_incident *rows = full_rows(full, need);
    int64_t *ids = mem_calloc((size_t)rows->alert_count + wave->count + 1, sizeof *ids);
    *ret_count = 0;
    for (uint32_t i = 0; ids != NULL && i < rows->alert_count; i++)
        if (rows->alerts[i].callout_id == full->needs[need].callout_id &&
            !loop_may_be_asked_anew(rows, &rows->alerts[i]))
            ids[(*ret_count)++] = rows->alerts[i].person_id;
    for (uint32_t i = 0; ids != NULL && i < wave->count; i++)
        ids[(*ret_count)++] = wave->invitations[i].person_id;
    if (ids != NULL && *ret_count > 1)
        ids_sort(ids, *ret_count);
    return ids;
}

static uint32_t wanted_now(struct full *full, uint32_t need, uint32_t line)
{
    const struct loop_incident *rows = full_rows(full, need);
    const struct full_need *of = &full->needs[need];
    const struct scenario_need *wanted = &full->scenario->needs[need];
    struct loop_seats seats;
    struct policy_view view = {.since_ms = full->clock.now_ms - of->start_ms,
                               .count = wanted->lines[line].count,
                               .whole = wanted->count};
    loop_count_seats(rows, of->need_id, (int32_t)line, &seats);
    view.holding = (uint32_t)seats.accepted;
    for (uint32_t i = 0; i < rows->alert_count; i++) {
        const struct alert *alert = &rows->alerts[i];
        if (alert->callout_id != of->callout_id || alert->line != (int32_t)line)
            continue;
        view.alerted++;
        view.open += alert->state == ALERT_PENDING;
    }
    return policy_wanted(full->policy, &view);
}

static int ask_crowd(struct full *full, uint32_t need, uint32_t line,
                     const struct rule_wave *wave, struct crowd_answer *ret)
{
    uint32_t wanted = wanted_now(full, need, line), count = 0;
    const struct scenario_need *of = &full->scenario->needs[need];
    const struct need *row =
        loop_find_need(full_rows(full, need), full->needs[need].need_id);
    *ret = (struct crowd_answer){0};
    if (wanted == 0)
        return ST_OK;
    AUTO_FREE int64_t *asked = asked_already(full, need, wave, &count);
    if (asked == NULL)
        return ST_NO_MEMORY;
    struct crowd_query query = {
        .at = row->at,
        .mode = ROAD_FOOT,
        .flags = CROWD_APPLY_CAP |
                 ((of->lift & LIFT_QUIET) == 0 ? (unsigned)CROWD_APPLY_QUIET : 0),
        .time_ms = full->clock.now_ms,
        .count = wanted < full->person_max ? wanted : full->person_max,
        .ms_max = policy_ms_max(full->policy, full->scenario),
        .skills = row->lines[line].skills,
        .forced_out = asked,
        .forced_out_count = count};
    if (query.ms_max == UINT32_MAX)
        query.ms_max = ROAD_MS_NONE;
    return crowd_nearest(full->crowd, &query, ret, full->reterr);
}

static int invite_line(struct full *full, uint32_t need, uint32_t line,
                       struct rule_wave *wave)
{
    struct crowd_answer answer;
    int status = ask_crowd(full, need, line, wave, &answer);
    if (status == ST_OK)
        status = mem_grow(&wave->invitations, &wave->capacity, wave->count + answer.count,
                          sizeof *wave->invitations, FULL_ALERTS_MAX);
    for (uint32_t i = 0; i < answer.count && status == ST_OK; i++) {
        const struct crowd_candidate *one = &answer.candidates[i];
        uint32_t person = full_find_person(full, one->id);
        wave->invitations[wave->count++] = (struct loop_invitation){
            .person_id = one->id,
            .line = (int32_t)line,
            .lines_able = (uint8_t)world_lines(&full->world, need, person),
            .count = 1,
            .travel_ms = one->ms,
            .p_accept = (float)world_forecast(&full->world, need, person, one->ms).accept,
            .channels = channel_bits(full->scenario)};
    }
    crowd_answer_release(&answer);
    return status;
}

struct wave_call {
    struct full *full;
    uint32_t need;
    struct loop_input input;
    struct loop_wave wave;
};

static int put_wave(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    struct wave_call *call = context;
    struct full *full = call->full;
    int64_t id = full->incidents[full->scenario->needs[call->need].incident].id;
    int64_t row;
    (void)reterr;
    struct loop_incident *incident = writer_incident(writer, STAGE_INCIDENT, id);
    int status =
        writer_apply(writer, incident, &call->input, now_ms, &row, NULL, full->reterr);
    if (status == ST_OK && full->needs[call->need].callout_id == 0)
        full->needs[call->need].callout_id = row;
    full->outcomes[call->need].waves += status == ST_OK && call->wave.count > 0;
    return status;
}

/* An empty wave says that the call-out need not be looked at again. */
static int send_wave(struct full *full, uint32_t need, const struct rule_wave *wave)
{
    const struct callout *callout = callout_of(full, need);
    uint32_t lift = full->scenario->needs[need].lift;
    bool starts = callout == NULL;
    struct wave_call call = {
        .full = full,
        .need = need,
        .input = {.kind = starts ? LOOP_CALLOUT_START : LOOP_WAVE,
                  .id = starts ? full->needs[need].need_id : callout->id,
                  .actor = starts ? FULL_DISPATCHER : 0,
                  .lift = starts ? lift : 0,
                  .reason = starts && lift != 0 ? FULL_WHY : NULL},
        .wave = {.version = starts ? 0 : callout->version,
                 .count = wave->count,
                 .invitations = wave->invitations}};
    for (uint32_t i = 0; i < full->scenario->needs[need].line_count; i++)
        call.wave.reserves[i] = full->policy->reserve;
    call.input.wave = &call.wave;
    return command_call(full->writer, put_wave, &call, NULL);
}

static int plan_by_rule(struct full *full, uint32_t need)
{
    struct rule_wave wave = {0};
    int status = ST_OK;
    for (uint32_t i = 0; i < full->scenario->needs[need].line_count && status == ST_OK;
         i++)
        status = invite_line(full, need, i, &wave);
    if (status == ST_OK)
        status = send_wave(full, need, &wave);
    mem_free(wave.invitations);
    return status;
}

int full_plan(struct full *full, uint32_t need)
{
    struct full_need *of = &full->needs[need];
    int status = full_world_place(full, need);
    if (status != ST_OK)
        return status;
    of->wants_start = of->phase_due = false;
    of->planned_ms = full->clock.now_ms;
    return full->policy->rule == POLICY_OURS ? plan_ours(full, need)
                                             : plan_by_rule(full, need);
}
