/* SPDX-License-Identifier: Apache-2.0 */
/* loop_step(): the way of every input. The table is asked first, then the guards of the
 * input, then the changes; after them seats are settled and messages that nobody wants
 * are withdrawn. Whatever fails on the way, the undo log (rows.c) takes all of it back.
 */
#include "loop/step.h"

#include "base/text.h"

#include <stdarg.h>
#include <string.h>

int refuse(struct step *step, int status, const char *where, const char *format, ...)
{
    char text[DIAG_TEXT_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* cut texts are fine */
    va_end(arguments);
    return diag_set(step->reterr, status, 0, 0, where, "%s", text);
}

int refuse_by_table(struct step *step, enum loop_machine machine, int state)
{
    struct text allowed;
    text_init(&allowed, DIAG_TEXT_MAX);
    table_allowed(machine, state, &allowed);
    (void)refuse(step, ST_CONFLICT, table_machine_name(machine), "%s",
                 text_string(&allowed));
    text_release(&allowed);
    return ST_CONFLICT;
}

int check_table(struct step *step, enum loop_machine machine, int state)
{
    /* A withdrawal by an answer asks for the assignment's own input. */
    int input = step->input->kind == LOOP_DECLINE && machine == MACHINE_ASSIGNMENT
                    ? LOOP_WITHDRAW
                    : (int)step->input->kind;
    bool reported_twice =
        step->input->kind == LOOP_REPORT && step->incident->reported_ms != 0;
    return table_allows(machine, state, input) && !reported_twice
               ? ST_OK
               : refuse_by_table(step, machine, state);
}

static int run(struct step *step)
{
    enum loop_input_kind kind = step->input->kind;
    if (table_asks_incident(kind)) {
        int status = check_table(step, MACHINE_INCIDENT, step->incident->state);
        if (status != ST_OK)
            return status;
    }
    if (kind == LOOP_TICK)
        return timer_tick(step);
    if (kind == LOOP_REBASE)
        return timer_rebase(step);
    if (kind == LOOP_NEED)
        return need_step(step);
    if (kind == LOOP_CALLOUT_START)
        return callout_step(step);
    switch (table_machine_of(kind)) {
    case MACHINE_INCIDENT:
        return incident_step(step);
    case MACHINE_NEED:
        return need_step(step);
    case MACHINE_CALLOUT:
        return callout_step(step);
    case MACHINE_ALERT:
        return alert_step(step);
    case MACHINE_ASSIGNMENT:
        return assignment_step(step);
    default:
        return message_step(step);
    }
}

int loop_step(struct loop_incident *incident, const struct loop_input *input,
              int64_t now_ms, const struct loop_world *world,
              struct loop_effects *effects, struct diag *reterr)
{
    struct step step;
    memset(&step, 0, sizeof step);
    step.incident = incident;
    step.input = input;
    step.now_ms = now_ms;
    step.world = world;
    step.effects = effects;
    step.reterr = reterr;
    assert((unsigned)input->kind < LOOP_INPUT_COUNT);
    loop_effects_clear(effects);
    rows_begin(&step);
    int status = step.status == ST_OK ? run(&step) : step.status;
    if (status == ST_OK) {
        settle(&step);
        if (step.status == ST_OK)
            step.status = loop_index_rows(incident);
        if (step.sweep)
            sweep_messages(&step);
        sweep_desks(&step);
        status = step.status;
    }
    if (status == ST_OK)
        return ST_OK;
    if (status == ST_NO_MEMORY || step.status == ST_LIMIT)
        (void)refuse(&step, status, "incident", "%s", status_text(status));
    rows_undo(&step);
    loop_effects_clear(effects);
    return status;
}
