/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/retime.h"

#include "base/mem.h"
#include "base/status.h"
#include "crowd/crowd.h"

/* Has said yes and not arrived. */
static bool is_coming(struct loop_incident *incident, const struct alert *alert)
{
    const struct assignment *assignment =
        alert->state == ALERT_ACCEPTED ? loop_assignment_of(incident, alert->id) : NULL;
    return assignment != NULL && loop_is_coming(assignment);
}

/* *RET: the way of ALERT's person now; what it was for somebody who is gone, or whose own
 * word where they come from is not known any more (an exercise). AT_MS: whose place of
 * the hour it begins at, but for a position that is known. */
static int way_now(struct crowd *crowd, const struct need *need,
                   const struct alert *alert, int64_t at_ms, uint32_t *ret)
{
    const struct crowd_query query = {.at = need->at,
                                      .mode = need->mode < 0 ? ROAD_FOOT
                                                             : (enum road_mode)need->mode,
                                      .flags = need->mode < 0 ? CROWD_OWN_MODE : 0,
                                      .time_ms = at_ms,
                                      .count = 1,
                                      .ms_max = ROAD_MS_NONE};
    struct crowd_candidate one;
    enum crowd_reason reason; /* they are committed, to us */
    *ret = alert->travel_ms;
    int status = crowd_explain(crowd, &query, alert->person_id, &one, &reason, NULL);
    if (status == ST_NOT_FOUND)
        return ST_OK;
    if (status == ST_OK && (!alert->own_way || one.place == CROWD_PLACE_HERE))
        *ret = one.ms < LOOP_NO_WAY_MS ? one.ms : LOOP_NO_WAY_MS;
    return status;
}

int retime_list(struct crowd *crowd, struct loop_incident *incident,
                const struct callout *callout, int64_t now_ms, struct loop_retimed **ret,
                uint32_t *ret_count)
{
    const struct need *need = loop_find_need(incident, callout->need_id);
    struct loop_retimed *list = NULL;
    uint32_t count = 0, capacity = 0, asked = 0;
    int status = need == NULL ? ST_NOT_FOUND : loop_index_rows(incident);
    for (uint32_t i = 0;
         i < incident->alert_count && asked < RETIME_MAX && status == ST_OK; i++) {
        const struct alert *alert = &incident->alerts[i];
        uint32_t travel_ms;
        const bool comes = is_coming(incident, alert);
        if (alert->callout_id != callout->id || (!loop_alert_is_open(alert) && !comes))
            continue;
        asked++;
        /* Who comes set out from where they were when they were asked. */
        status =
            way_now(crowd, need, alert, comes ? alert->alerted_ms : now_ms, &travel_ms);
        if (status != ST_OK || travel_ms == alert->travel_ms)
            continue;
        status = mem_grow(&list, &capacity, count + 1, sizeof *list, RETIME_MAX);
        if (status == ST_OK)
            list[count++] = (struct loop_retimed){alert->id, travel_ms};
    }
    if (status != ST_OK) {
        mem_free(list);
        return status;
    }
    *ret = list;
    *ret_count = count;
    return ST_OK;
}

/* `command` is the first member. */
static int run(struct command *base, struct writer *writer, int64_t now_ms)
{
    const struct retime_command *command = (const struct retime_command *)base;
    struct loop_incident *incident =
        writer_incident(writer, STAGE_CALLOUT, command->callout_id);
    const struct loop_input input = {.kind = LOOP_RETIME,
                                     .id = command->callout_id,
                                     .retimed = command->retimed,
                                     .retimed_count = command->count};
    if (incident == NULL)
        return diag_set(&base->diag, ST_NOT_FOUND, 0, 0, "callout", "is not there");
    return writer_apply(writer, incident, &input, now_ms, NULL, NULL, &base->diag);
}

int retime_command_new(struct retime_command **ret, struct crowd *crowd,
                       struct loop_incident *incident, const struct callout *callout,
                       int64_t now_ms)
{
    struct retime_command *command = mem_calloc(1, sizeof *command);
    if (command == NULL)
        return ST_NO_MEMORY;
    command->command.run = run;
    command->callout_id = callout->id;
    int status =
        retime_list(crowd, incident, callout, now_ms, &command->retimed, &command->count);
    if (status != ST_OK) {
        retime_command_free(command);
        return status;
    }
    *ret = command;
    return ST_OK;
}

void retime_command_free(struct retime_command *command)
{
    if (command == NULL)
        return;
    mem_free(command->retimed);
    mem_free(command);
}
