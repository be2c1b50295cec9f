/* SPDX-License-Identifier: Apache-2.0 */
/* What a step gives to the writer: changed rows (rows.c), events, consequences elsewhere
 * and credited hours. */
#include "base/mem.h"
#include "loop/step.h"

#include <string.h>

#define EFFECTS_MAX (UINT32_MAX / 256)

void loop_effects_clear(struct loop_effects *effects)
{
    for (uint32_t i = 0; i < effects->change_count; i++) {
        struct loop_change change = effects->changes[i];
        effects->marks[change.row][change.index / 64] = 0;
    }
    effects->change_count = 0;
    effects->event_count = 0;
    effects->elsewhere_count = 0;
    effects->credit_count = 0;
    effects->repeated = false;
    effects->id = 0;
    effects->undo_size = 0;
}

void loop_effects_release(struct loop_effects *effects)
{
    mem_free(effects->changes);
    mem_free(effects->events);
    mem_free(effects->elsewhere);
    mem_free(effects->credits);
    mem_free(effects->undo);
    for (unsigned i = 0; i < LOOP_ROW_COUNT; i++)
        mem_free(effects->marks[i]);
    memset(effects, 0, sizeof *effects);
}

void tell(struct step *step, enum event_kind kind, const struct loop_event *about)
{
    struct loop_effects *effects = step->effects;
    if (step->status == ST_OK)
        step->status =
            mem_grow(&effects->events, &effects->event_capacity, effects->event_count + 1,
                     sizeof *effects->events, EFFECTS_MAX);
    if (step->status != ST_OK)
        return;
    struct loop_event *event = &effects->events[effects->event_count++];
    *event = *about;
    event->kind = event_kind_code(kind);
    event->actor = step->reason_told ? 0 : step->input->actor;
    event->reason = step->reason_told ? NULL : step->input->reason;
    step->reason_told = true;
}

void tell_need(struct step *step, enum event_kind kind, const struct need *need,
               const char *code, int64_t number)
{
    tell(step, kind,
         &(struct loop_event){.need_id = need->id, .code = code, .number = number});
}

void tell_callout(struct step *step, enum event_kind kind, const struct callout *callout,
                  const char *code, int64_t number)
{
    tell(step, kind,
         &(struct loop_event){.need_id = callout->need_id,
                              .callout_id = callout->id,
                              .code = code,
                              .number = number});
}

void tell_alert(struct step *step, enum event_kind kind, const struct alert *alert,
                const char *code, int64_t number)
{
    tell(step, kind,
         &(struct loop_event){.callout_id = alert->callout_id,
                              .alert_id = alert->id,
                              .person_id = alert->person_id,
                              .code = code,
                              .number = number});
}

void tell_assignment(struct step *step, enum event_kind kind,
                     const struct assignment *assignment, const char *code,
                     int64_t number)
{
    tell(step, kind,
         &(struct loop_event){.need_id = assignment->need_id,
                              .alert_id = assignment->alert_id,
                              .assignment_id = assignment->id,
                              .person_id = assignment->person_id,
                              .code = code,
                              .number = number});
}

void push_elsewhere(struct step *step, int64_t person_id, bool exercise_only)
{
    struct loop_effects *effects = step->effects;
    if (step->status == ST_OK)
        step->status = mem_grow(&effects->elsewhere, &effects->elsewhere_capacity,
                                effects->elsewhere_count + 1, sizeof *effects->elsewhere,
                                EFFECTS_MAX);
    if (step->status != ST_OK)
        return;
    effects->elsewhere[effects->elsewhere_count++] = (struct loop_elsewhere){
        person_id, exercise_only ? ELSEWHERE_VOID_EXERCISE : ELSEWHERE_VOID_ALL};
}

void push_credit(struct step *step, const struct assignment *assignment)
{
    struct loop_effects *effects = step->effects;
    if (step->status == ST_OK)
        step->status =
            mem_grow(&effects->credits, &effects->credit_capacity,
                     effects->credit_count + 1, sizeof *effects->credits, EFFECTS_MAX);
    if (step->status != ST_OK)
        return;
    effects->credits[effects->credit_count++] =
        (struct loop_credit){assignment->id, assignment->person_id,
                             assignment->minutes_credited, step->incident->exercise};
}
