/* SPDX-License-Identifier: Apache-2.0 */
/* Desks: the office of an area is written to when something waits for a hand, first the
 * nearest, and level by level upwards for as long as nobody sees to it (decision 0070).
 * All of these messages are queued at once; those that lose their purpose before they are
 * due are withdrawn. */
#include "loop/names.h"
#include "loop/step.h"

/* One message like DRAFT. */
static void queue_one(struct step *step, const struct message *draft,
                      enum channel_kind channel, int64_t browser_id)
{
    struct message *message = add_message(step);
    const int64_t id = message->id;
    *message = *draft;
    message->id = id;
    message->channel = channel;
    message->browser_id = browser_id;
}

/* A desk has no ladder: what it can be reached by is used at once. */
static void write_to(struct step *step, const struct loop_desk *desk,
                     enum message_kind kind, int64_t subject_id, int64_t due_ms)
{
    const struct loop_config *config = step->world->config;
    const struct message draft = {.area_id = desk->area_id,
                                  .subject_id = subject_id,
                                  .kind = kind,
                                  .state = MESSAGE_QUEUED,
                                  .created_ms = step->now_ms,
                                  .due_ms = due_ms};
    for (int32_t i = 0; i < config->ladder_count && i < LOOP_CHANNELS_MAX; i++) {
        const enum channel_kind channel = config->ladder[i];
        if (channel != CHANNEL_PUSH && (desk->channels >> channel & 1) != 0)
            queue_one(step, &draft, channel, 0);
        for (int32_t j = 0; channel == CHANNEL_PUSH && j < desk->browser_count; j++)
            queue_one(step, &draft, channel, desk->browsers[j]);
    }
}

/* Whether a message about it still waits. One on its way does not count: it may be about
 * an alarm that was seen to since. */
static bool is_to_be_written(const struct step *step, enum message_kind kind,
                             int64_t subject_id)
{
    const struct id_index *index = &step->incident->messages_of_alert;
    for (uint32_t at = id_index_newest(index, 0); at != 0;
         at = id_index_before(index, at)) {
        const struct message *message = &step->incident->messages[at - 1];
        if (message->kind == kind && message->subject_id == subject_id &&
            message->state == MESSAGE_QUEUED)
            return true;
    }
    return false;
}

void call_desks(struct step *step, enum message_kind kind, int64_t subject_id)
{
    const struct loop_world *world = step->world;
    struct loop_desk desks[LOOP_DESKS_MAX];
    if (world->find_desks == NULL || is_to_be_written(step, kind, subject_id))
        return;
    const int count =
        world->find_desks(world->context, step->incident->area_id, step->now_ms, desks);
    if (count < 0) {
        step->status = count;
        return;
    }
    /* The level above is asked for, and a level that has just reported need not be told
     * at once. */
    const bool is_own = count > 0 && desks[0].area_id == step->incident->area_id;
    const int first = kind == MESSAGE_KIND_DESK_ESCALATED && is_own && count > 1;
    const int wait = kind == MESSAGE_KIND_DESK_REPORTED;
    /* Who has no more than browsers, which may be off, keeps no level above waiting. */
    int level = wait;
    for (int i = first; i < count; i++) {
        write_to(step, &desks[i], kind, subject_id,
                 step->now_ms + level * world->config->desk_next_ms);
        level += desks[i].channels != 0;
    }
}

bool desk_is_wanted(const struct step *step, const struct message *message)
{
    struct loop_incident *incident = step->incident;
    if (message->kind == MESSAGE_KIND_DESK_REPORTED)
        return incident->state == INCIDENT_REPORTED;
    if (message->kind == MESSAGE_KIND_DESK_ESCALATED) {
        const struct need *need = loop_find_need(incident, message->subject_id);
        return need != NULL &&
               table_allows(MACHINE_INCIDENT, incident->state, LOOP_NEED_ESCALATE) &&
               (need->state == NEED_OPEN || need->state == NEED_SHORT ||
                (need->state == NEED_FILLED && need->escalated_ms != 0 &&
                 count_late(step, need) > 0));
    }
    const struct assignment *assignment =
        loop_find_assignment(incident, message->subject_id);
    return assignment != NULL && assignment->sos_ms != 0 &&
           assignment->sos_acknowledged_ms == 0;
}

void desk_told(struct step *step, const struct message *message)
{
    const int64_t subject = message->subject_id;
    const bool of_need = message->kind == MESSAGE_KIND_DESK_ESCALATED;
    const bool of_assignment = message->kind == MESSAGE_KIND_DESK_SOS;
    tell(step, EVENT_INCIDENT_DESK_TOLD,
         &(struct loop_event){.message_id = message->id,
                              .need_id = of_need ? subject : 0,
                              .assignment_id = of_assignment ? subject : 0,
                              .code = message_kind_code(message->kind),
                              .number = message->area_id});
}

void sweep_desks(struct step *step)
{
    const struct id_index *index = &step->incident->messages_of_alert;
    for (uint32_t at = id_index_newest(index, 0); at != 0 && step->status == ST_OK;
         at = id_index_before(index, at)) {
        struct message *message = &step->incident->messages[at - 1];
        if (message->state == MESSAGE_QUEUED && !desk_is_wanted(step, message))
            set_message_state(step, message, MESSAGE_WITHDRAWN, LOOP_ITSELF);
    }
}
