/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/callout.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "loop/names.h"
#include "store/response.h"

#include <assert.h>
#include <string.h>

#define RECORD_SIZE_MAX (4u << 20)

/* `command` is the first member. */
static int run(struct command *base, struct writer *writer, int64_t now_ms)
{
    struct callout_command *command = (struct callout_command *)base;
    bool start = command->callout_id == 0;
    struct loop_incident *incident =
        writer_incident(writer, start ? STAGE_NEED : STAGE_CALLOUT,
                        start ? command->need_id : command->callout_id);
    if (incident == NULL)
        return diag_set(&base->diag, ST_NOT_FOUND, 0, 0, start ? "need" : "callout",
                        "is not there");
    int status = writer_apply(writer, incident, &command->input, now_ms, &command->row_id,
                              NULL, &base->diag);
    if (status != ST_OK)
        return status;
    /* The stage may have given the incident a new place. */
    incident = writer_incident(writer, STAGE_CALLOUT, command->row_id);
    assert(incident != NULL);
    const struct callout *callout = loop_find_callout(incident, command->row_id);
    assert(callout != NULL);
    command->incident_id = incident->id;
    command->state = callout_state_code(callout->state);
    base->result_id = command->row_id;
    status =
        left_out_put(writer, command->row_id, command->left_out, command->left_out_count);
    if (status != ST_OK)
        return status;
    if (command->wave.count == 0)
        return ST_OK;
    return plan_record_put(writer, command->row_id, callout->waves, command->record,
                           now_ms);
}

static int copy_wave(struct callout_command *command, const struct scheme *scheme)
{
    int status = scheme_wave(scheme, &command->wave, &command->invitations);
    if (status < 0)
        return status;
    uint32_t asked = command->wave.ask_limited_count;
    command->ask_limited = mem_calloc((size_t)asked + 1, sizeof(*command->ask_limited));
    if (command->ask_limited == NULL)
        return ST_NO_MEMORY;
    if (asked > 0)
        memcpy(command->ask_limited, command->wave.ask_limited,
               asked * sizeof(*command->ask_limited));
    command->wave.ask_limited = command->ask_limited;
    if (command->wave.count == 0)
        return ST_OK;
    struct text text;
    text_init(&text, RECORD_SIZE_MAX);
    scheme_append_record(scheme, &text);
    status = text.status;
    if (status == ST_OK)
        command->record = text_take(&text);
    text_release(&text);
    return status;
}

int callout_command_new(struct callout_command **ret, const struct scheme *scheme,
                        int64_t actor, uint32_t lift, const char *reason)
{
    struct callout_command *command = mem_calloc(1, sizeof(*command));
    if (command == NULL)
        return ST_NO_MEMORY;
    int status = copy_wave(command, scheme);
    if (status == ST_OK && reason != NULL) {
        command->reason = mem_strdup(reason);
        status = command->reason == NULL ? ST_NO_MEMORY : ST_OK;
    }
    if (status < 0) {
        callout_command_free(command);
        return status;
    }
    bool start = scheme->callout_id == 0;
    command->need_id = scheme->need_id;
    command->callout_id = scheme->callout_id;
    command->command.run = run;
    command->input =
        (struct loop_input){.kind = start ? LOOP_CALLOUT_START : LOOP_WAVE,
                            .id = start ? scheme->need_id : scheme->callout_id,
                            .actor = actor,
                            .lift = lift,
                            .reason = command->reason,
                            .wave = &command->wave};
    *ret = command;
    return ST_OK;
}

int callout_command_leave_out(struct callout_command *command, const int64_t *people,
                              uint32_t count)
{
    command->left_out = mem_calloc((size_t)count + 1, sizeof *command->left_out);
    if (command->left_out == NULL)
        return ST_NO_MEMORY;
    if (count > 0)
        memcpy(command->left_out, people, count * sizeof *people);
    command->left_out_count = count;
    return ST_OK;
}

void callout_command_free(struct callout_command *command)
{
    if (command == NULL)
        return;
    mem_free(command->invitations);
    mem_free(command->ask_limited);
    mem_free(command->left_out);
    mem_free(command->record);
    mem_free(command->reason);
    mem_free(command);
}
