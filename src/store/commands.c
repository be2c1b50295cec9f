/* SPDX-License-Identifier: Apache-2.0 */
#include "store/commands.h"

#include "base/mem.h"
#include "base/status.h"
#include "loop/names.h"
#include "store/notes.h"
#include "store/texts.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* ---- one step -----------------------------------------------------------------------
 */

static int copy_text(char **ret, const char *from)
{
    if (from == NULL)
        return ST_OK;
    if (strnlen(from, COMMAND_TEXT_MAX + 1) > COMMAND_TEXT_MAX)
        return ST_LIMIT;
    *ret = mem_strdup(from);
    return *ret == NULL ? ST_NO_MEMORY : ST_OK;
}

static int copy_notes(struct loop_command *command, const struct loop_notes *from)
{
    int status = copy_text(&command->place, from->place);
    if (status == ST_OK)
        status = copy_text(&command->contact, from->contact);
    if (status == ST_OK)
        status = copy_text(&command->warning, from->warning);
    command->notes =
        (struct loop_notes){command->place, command->contact, command->warning};
    command->input.notes = &command->notes;
    return status;
}

static void note_alert(struct loop_command *command, const struct alert *alert,
                       const struct assignment *assignment)
{
    if (alert != NULL)
        command->alert = *alert;
    if (assignment != NULL)
        command->assignment = *assignment;
}

/* The row that was made or meant, for the answer. */
static void note_result(struct loop_command *command, struct loop_incident *incident)
{
    const int64_t id = command->row_id;
    const struct need *need;
    const struct callout *callout;
    const struct alert *alert;
    const struct assignment *assignment;
    const struct message *message;
    command->state = incident_state_code(incident->state);
    if ((need = loop_find_need(incident, id)) != NULL) {
        command->state = need_state_code(need->state);
    } else if ((callout = loop_find_callout(incident, id)) != NULL) {
        command->state = callout_state_code(callout->state);
    } else if ((alert = loop_find_alert(incident, id)) != NULL) {
        command->state = alert_state_code(alert->state);
        note_alert(command, alert, loop_assignment_of(incident, id));
    } else if ((assignment = loop_find_assignment(incident, id)) != NULL) {
        command->state = assignment_state_code(assignment->state);
        note_alert(command, loop_find_alert(incident, assignment->alert_id), assignment);
    } else if ((message = loop_find_message(incident, id)) != NULL) {
        command->state = message_state_code(message->state);
    }
}

/* Whether the person of an assignment is erased; < 0: ST_*. */
static int is_erased(struct writer *writer, int64_t assignment_id)
{
    struct query *query =
        db_query(writer_db(writer), "SELECT 1 FROM assignment s JOIN person p"
                                    " ON p.id = s.person_id AND p.erased = 1"
                                    " WHERE s.id = ?1");
    query_int(query, 1, assignment_id);
    const int status = query_step(query);
    query_reset(query);
    return status;
}

/* Where who has just said yes comes from: their way is asked anew when roads change. */
static int keep_origin(struct writer *writer, const struct loop_command *command)
{
    const struct loop_input *input = &command->input;
    if (input->kind != LOOP_ACCEPT || input->travel_ms == 0 || command->input_repeated ||
        command->alert.state != ALERT_ACCEPTED)
        return ST_OK;
    return position_put(writer, command->assignment.id, command->assignment.person_id,
                        input->at, POSITION_SAID);
}

static int keep_report(struct writer *writer, const struct loop_command *command,
                       int64_t now_ms)
{
    const struct assignment *assignment = &command->assignment;
    uint8_t hash[32];
    if (command->text == NULL || command->input_repeated || assignment->id == 0)
        return ST_OK;
    return text_put(writer, command->incident_id, TEXT_REPORT, assignment->id,
                    assignment->person_id, command->text, now_ms, hash);
}

static int run_loop(struct command *super, struct writer *writer, int64_t now_ms)
{
    struct loop_command *command = (struct loop_command *)super;
    struct loop_incident *incident = writer_incident(writer, command->key, command->id);
    if (incident == NULL)
        return diag_set(&super->diag, ST_NOT_FOUND, 0, 0, "id", "there is no such row");
    struct loop_input input = command->input;
    if (input.kind == LOOP_NEED) {
        command->need.id = writer_new_id(writer);
        command->need.state = NEED_OPEN;
        command->need.stated_ms = now_ms;
        input.id = command->need.id;
    }
    if (input.kind == LOOP_REPORTED && input.actor > 0) {
        const int erased = is_erased(writer, input.id);
        if (erased < 0)
            return erased;
        input.yes = erased > 0;
    }
    struct need_notes told;
    struct loop_notes notes;
    int status = notes_resolve(writer, incident->id, &input, &told, &notes);
    if (status == ST_OK)
        status = writer_apply(writer, incident, &input, now_ms, &command->row_id,
                              &command->input_repeated, &super->diag);
    if (status != ST_OK)
        return status;
    if (command->row_id == 0)
        command->row_id = input.id != 0 ? input.id : incident->id;
    command->incident_id = incident->id;
    note_result(command, incident);
    super->result_id = command->row_id;
    status = keep_origin(writer, command);
    if (status == ST_OK)
        status = keep_report(writer, command, now_ms);
    return status == ST_NOT_FOUND ? ST_OK : status; /* erased: nothing of it is kept */
}

int loop_command_new(struct loop_command **ret, enum stage_key key, int64_t id,
                     const struct loop_input *input, const char *text)
{
    struct loop_command *command = mem_calloc(1, sizeof *command);
    if (command == NULL)
        return ST_NO_MEMORY;
    command->command.run = run_loop;
    command->key = key;
    command->id = id;
    command->input = *input;
    command->state = "";
    int status = copy_text(&command->code, input->code);
    if (status == ST_OK)
        status = copy_text(&command->reason, input->reason);
    if (status == ST_OK)
        status = copy_text(&command->text, text);
    if (status == ST_OK && input->notes != NULL)
        status = copy_notes(command, input->notes);
    if (status != ST_OK) {
        loop_command_free(command);
        return status;
    }
    command->input.code = command->code;
    command->input.reason = command->reason;
    if (input->need != NULL) {
        command->need = *input->need;
        command->input.need = &command->need;
    }
    *ret = command;
    return ST_OK;
}

void loop_command_free(struct loop_command *command)
{
    if (command == NULL)
        return;
    mem_free(command->code);
    mem_free(command->reason);
    mem_free(command->text);
    mem_free(command->place);
    mem_free(command->contact);
    mem_free(command->warning);
    mem_free(command);
}

/* ---- a report -----------------------------------------------------------------------
 */

static int run_report(struct command *super, struct writer *writer, int64_t now_ms)
{
    struct report_command *command = (struct report_command *)super;
    struct loop_incident *incident;
    int status = writer_report(writer, &command->incident, command->actor, now_ms,
                               &incident, &super->diag);
    if (status != ST_OK)
        return status;
    uint8_t hash[32];
    if (command->title[0] != '\0')
        status = text_put(writer, incident->id, TEXT_TITLE, incident->id, 0,
                          command->title, now_ms, hash);
    if (status == ST_OK && command->requester.given)
        status = requester_put(writer_stage(writer), incident->id, &command->requester);
    if (status != ST_OK)
        return status;
    command->incident_id = super->result_id = incident->id;
    command->area_id = incident->area_id;
    command->state = incident_state_code(incident->state);
    memcpy(command->case_number, incident->case_number, sizeof command->case_number);
    return ST_OK;
}

void report_command_init(struct report_command *command)
{
    *command = (struct report_command){.command = {.run = run_report}, .state = ""};
}

/* ---- any function -------------------------------------------------------------------
 */

static int run_call(struct command *super, struct writer *writer, int64_t now_ms)
{
    struct call_command *command = (struct call_command *)super;
    return command->function(command->context, writer, now_ms, &super->diag);
}

void call_command_init(struct call_command *command,
                       int (*function)(void *context, struct writer *writer,
                                       int64_t now_ms, struct diag *reterr),
                       void *context)
{
    *command = (struct call_command){
        .command = {.run = run_call}, .function = function, .context = context};
}

int command_call(struct writer *writer,
                 int (*function)(void *context, struct writer *writer, int64_t now_ms,
                                 struct diag *reterr),
                 void *context, struct diag *reterr)
{
    struct call_command command;
    call_command_init(&command, function, context);
    int status = writer_call(writer, &command.command);
    if (status != ST_OK && reterr != NULL)
        *reterr = command.command.diag;
    return status;
}
