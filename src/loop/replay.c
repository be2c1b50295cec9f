/* SPDX-License-Identifier: Apache-2.0 */
/* One handler for each kind of row. Rows of needs, call-outs, alerts and assignments are
 * made in the order of their ids; messages are first heard of when they are sent, in any
 * order, and hang in a chain on their alert until replay_finish sorts them. */
#include "loop/replay.h"

#include "base/mem.h"
#include "base/status.h"
#include "loop/loop.h"
#include "loop/names.h"

#include <stdlib.h>
#include <string.h>

#define NO_STATE (-1)

static bool code_is(const struct replay_event *event, const char *code)
{
    return event->code != NULL && strcmp(event->code, code) == 0;
}

static int unknown(const struct replay_event *event, const char *row, struct diag *reterr)
{
    return diag_set(reterr, ST_CORRUPT, 0, 0, "event",
                    "%s speaks of a row (%s) that no event has made",
                    event_kind_code(event->kind), row);
}

/* ---- the incident ---- */
static void apply_incident(struct replay *replay, const struct replay_event *event)
{
    struct loop_incident *incident = &replay->incident;
    switch (event->kind) {
    case EVENT_INCIDENT_REPORTED:
        incident->state = INCIDENT_REPORTED;
        incident->grade = (int32_t)event->number;
        incident->reported_ms = event->at_ms;
        return;
    case EVENT_INCIDENT_CONFIRMED:
        incident->state = INCIDENT_CONFIRMED;
        return;
    case EVENT_INCIDENT_REOPENED:
        incident->closed_ms = 0;
        incident->state = INCIDENT_ACTIVE;
        return;
    case EVENT_INCIDENT_ACTIVE:
        incident->state = INCIDENT_ACTIVE;
        return;
    case EVENT_INCIDENT_STANDING_DOWN:
        incident->state = INCIDENT_STANDING_DOWN;
        return;
    case EVENT_INCIDENT_REVIEW:
        incident->state = INCIDENT_REVIEW;
        return;
    case EVENT_INCIDENT_CLOSED:
        incident->state = INCIDENT_CLOSED;
        incident->closed_ms = event->at_ms;
        return;
    case EVENT_INCIDENT_CANCELLED:
        incident->state = INCIDENT_CANCELLED;
        return;
    case EVENT_INCIDENT_MERGED:
        incident->state = INCIDENT_MERGED;
        incident->merged_into = event->number;
        return;
    case EVENT_INCIDENT_ROLL_CALL:
        incident->roll_call_ms = event->at_ms;
        return;
    default: /* moved: places are not replayed; rebased: nor are timers; desk_told */
        return;
    }
}

/* ---- needs ---- */
static int add_need(struct replay *replay, const struct replay_event *event)
{
    struct loop_incident *incident = &replay->incident;
    int status =
        mem_grow(&incident->needs, &incident->need_capacity, incident->need_count + 1,
                 sizeof *incident->needs, LOOP_NEEDS_MAX);
    if (status != ST_OK)
        return status;
    incident->needs[incident->need_count++] = (struct need){
        .id = event->need_id, .state = NEED_OPEN, .stated_ms = event->at_ms, .mode = -1};
    return ST_OK;
}

/* Who has gone home does not fill the seats that are wanted anew. */
static void put_past(struct replay *replay, int64_t need_id)
{
    for (uint32_t i = 0; i < replay->incident.assignment_count; i++) {
        struct assignment *assignment = &replay->incident.assignments[i];
        if (assignment->need_id == need_id && loop_has_arrived(assignment) &&
            assignment->released_ms != 0)
            assignment->past = true;
    }
}

static int apply_need(struct replay *replay, const struct replay_event *event,
                      struct diag *reterr)
{
    if (event->kind == EVENT_NEED_STATED)
        return add_need(replay, event);
    struct need *need = loop_find_need(&replay->incident, event->need_id);
    if (need == NULL)
        return unknown(event, "need", reterr);
    switch (event->kind) {
    case EVENT_NEED_FILLED:
        need->state = NEED_FILLED;
        need->filled_ms = event->at_ms;
        break;
    case EVENT_NEED_MET:
        need->state = NEED_MET;
        need->met_ms = event->at_ms;
        break;
    case EVENT_NEED_SHORT:
        need->state = NEED_SHORT;
        break;
    case EVENT_NEED_OPEN:
        need->state = NEED_OPEN;
        if (code_is(event, "reopened") || code_is(event, "deadline"))
            loop_note_missed(need, event->at_ms);
        need->filled_ms = need->met_ms = 0;
        if (code_is(event, "reopened"))
            put_past(replay, need->id);
        if (code_is(event, "reopened") || code_is(event, "detour"))
            need->escalated_ms = 0;
        break;
    case EVENT_NEED_CANCELLED:
        need->state = NEED_CANCELLED;
        loop_note_missed(need, event->at_ms);
        break;
    case EVENT_NEED_DEADLINE:
        need->deadline_ms = event->number;
        break;
    case EVENT_NEED_NOTES: /* texts are not replayed */
        break;
    default:
        need->escalated_ms = event->at_ms;
        break;
    }
    return ST_OK;
}

/* ---- call-outs ---- */
static int add_callout(struct replay *replay, const struct replay_event *event)
{
    struct loop_incident *incident = &replay->incident;
    int status = mem_grow(&incident->callouts, &incident->callout_capacity,
                          incident->callout_count + 1, sizeof *incident->callouts,
                          LOOP_CALLOUTS_MAX);
    if (status != ST_OK)
        return status;
    incident->callouts[incident->callout_count++] =
        (struct callout){.id = event->callout_id,
                         .need_id = event->need_id,
                         .state = CALLOUT_ACTIVE,
                         .started_ms = event->at_ms,
                         .lift = (uint32_t)event->number};
    return ST_OK;
}

static int apply_callout(struct replay *replay, const struct replay_event *event,
                         struct diag *reterr)
{
    if (event->kind == EVENT_CALLOUT_STARTED)
        return add_callout(replay, event);
    struct callout *callout = loop_find_callout(&replay->incident, event->callout_id);
    if (callout == NULL)
        return unknown(event, "callout", reterr);
    switch (event->kind) {
    case EVENT_CALLOUT_FILLED:
        callout->state = CALLOUT_FILLED;
        break;
    case EVENT_CALLOUT_ACTIVE:
        callout->state = CALLOUT_ACTIVE;
        break;
    case EVENT_CALLOUT_STANDING_DOWN:
        callout->state = CALLOUT_STANDING_DOWN;
        break;
    case EVENT_CALLOUT_ENDED:
        callout->state = CALLOUT_ENDED;
        callout->ended_ms = event->at_ms;
        break;
    case EVENT_WAVE_CUT: /* nobody of them had been alerted */
        break;
    default: /* wave.sent */
        callout->waves++;
        callout->target_reached = code_is(event, "reached");
        break;
    }
    return ST_OK;
}

/* ---- messages ---- */
static uint32_t *chain_of(struct replay *replay, int64_t alert_id)
{
    const struct alert *alert = loop_find_alert(&replay->incident, alert_id);
    return alert == NULL ? NULL : &replay->newest[alert - replay->incident.alerts];
}

static struct message *find_message(struct replay *replay, uint32_t newest, int64_t id)
{
    for (uint32_t at = newest; at != 0; at = replay->before[at - 1])
        if (replay->incident.messages[at - 1].id == id)
            return &replay->incident.messages[at - 1];
    return NULL;
}

static int add_message(struct replay *replay, const struct replay_event *event,
                       uint32_t *chain, struct message **ret)
{
    struct loop_incident *incident = &replay->incident;
    int status = mem_grow(&incident->messages, &incident->message_capacity,
                          incident->message_count + 1, sizeof *incident->messages,
                          LOOP_MESSAGES_MAX);
    if (status == ST_OK)
        status = mem_grow(&replay->before, &replay->before_capacity,
                          incident->message_count + 1, sizeof *replay->before,
                          LOOP_MESSAGES_MAX);
    if (status != ST_OK)
        return status;
    uint32_t index = incident->message_count++;
    *ret = &incident->messages[index];
    **ret = (struct message){
        .id = event->message_id, .alert_id = event->alert_id, .state = MESSAGE_QUEUED};
    replay->before[index] = *chain;
    *chain = index + 1;
    return ST_OK;
}

static int apply_message(struct replay *replay, const struct replay_event *event,
                         struct diag *reterr)
{
    static const enum message_state states[] = {
        [EVENT_MESSAGE_SENDING - EVENT_MESSAGE_SENDING] = MESSAGE_SENDING,
        [EVENT_MESSAGE_HANDED_OVER - EVENT_MESSAGE_SENDING] = MESSAGE_HANDED_OVER,
        [EVENT_MESSAGE_DELIVERED - EVENT_MESSAGE_SENDING] = MESSAGE_DELIVERED,
        [EVENT_MESSAGE_QUEUED - EVENT_MESSAGE_SENDING] = MESSAGE_QUEUED,
        [EVENT_MESSAGE_FAILED - EVENT_MESSAGE_SENDING] = MESSAGE_FAILED,
        [EVENT_MESSAGE_UNKNOWN - EVENT_MESSAGE_SENDING] = MESSAGE_UNKNOWN,
        [EVENT_MESSAGE_WITHDRAWN - EVENT_MESSAGE_SENDING] = MESSAGE_WITHDRAWN,
    };
    uint32_t *chain =
        event->alert_id == 0 ? &replay->desk_newest : chain_of(replay, event->alert_id);
    if (chain == NULL)
        return unknown(event, "alert", reterr);
    struct message *message = find_message(replay, *chain, event->message_id);
    int status =
        message == NULL ? add_message(replay, event, chain, &message) : (int)ST_OK;
    if (status != ST_OK)
        return status;
    enum message_state state = states[event->kind - EVENT_MESSAGE_SENDING];
    if (event->kind == EVENT_MESSAGE_SENDING) {
        message->perhaps_twice |= message->state == MESSAGE_SENDING;
        message->tries++;
        message->sent_ms = event->at_ms;
        if (event->code != NULL)
            (void)channel_kind_parse(event->code, &message->channel);
    }
    message->perhaps_twice |=
        event->kind == EVENT_MESSAGE_QUEUED && code_is(event, "restart");
    message->state = state;
    return ST_OK;
}

/* Whoever answers on the page, or looked at it, has read what had come. */
static void mark_read(struct replay *replay, struct alert *alert, int64_t at_ms)
{
    if (alert->seen_ms == 0)
        alert->seen_ms = at_ms;
    if (alert->fetched_ms == 0)
        alert->fetched_ms = at_ms;
    for (uint32_t at = replay->newest[alert - replay->incident.alerts]; at != 0;
         at = replay->before[at - 1]) {
        struct message *message = &replay->incident.messages[at - 1];
        if (message->state == MESSAGE_HANDED_OVER || message->state == MESSAGE_DELIVERED)
            message->state = MESSAGE_READ;
    }
}

/* ---- alerts ---- */
static int add_alert(struct replay *replay, const struct replay_event *event)
{
    struct loop_incident *incident = &replay->incident;
    int status =
        mem_grow(&incident->alerts, &incident->alert_capacity, incident->alert_count + 1,
                 sizeof *incident->alerts, LOOP_ALERTS_MAX);
    if (status == ST_OK)
        status =
            mem_grow(&replay->newest, &replay->newest_capacity, incident->alert_count + 1,
                     sizeof *replay->newest, LOOP_ALERTS_MAX);
    if (status != ST_OK)
        return status;
    replay->newest[incident->alert_count] = 0;
    incident->alerts[incident->alert_count++] =
        (struct alert){.id = event->alert_id,
                       .callout_id = event->callout_id,
                       .person_id = event->person_id,
                       .state = ALERT_PENDING,
                       .wave = (int32_t)event->number,
                       .alerted_ms = event->at_ms,
                       .count = 1};
    return ST_OK;
}

static void take_answer(struct replay *replay, struct alert *alert, enum answer answer,
                        int64_t at_ms)
{
    alert->answer = answer;
    alert->answered_ms = at_ms;
    alert->on_behalf = replay->actor > 0;
    if (replay->actor < 0)
        mark_read(replay, alert, at_ms);
}

static void apply_answer(struct replay *replay, struct alert *alert,
                         const struct replay_event *event)
{
    switch (event->kind) {
    case EVENT_ALERT_ACCEPTED:
        alert->state = ALERT_ACCEPTED;
        alert->line = (int32_t)event->number;
        take_answer(replay, alert, ANSWER_ACCEPT, event->at_ms);
        return;
    case EVENT_ALERT_LIMITED:
        alert->state = ALERT_LIMITED;
        alert->ready_in_minutes = (int32_t)event->number;
        take_answer(replay, alert, ANSWER_LIMITED, event->at_ms);
        return;
    case EVENT_ALERT_LATE:
        alert->state = ALERT_LATE;
        take_answer(replay, alert, ANSWER_ACCEPT, event->at_ms);
        return;
    default:
        alert->state = ALERT_DECLINED;
        if (!code_is(event, "withdrawn")) {
            take_answer(replay, alert, ANSWER_DECLINE, event->at_ms);
            return;
        }
        alert->answer = ANSWER_DECLINE;
        alert->answered_ms = event->at_ms;
        if (replay->actor < 0)
            mark_read(replay, alert, event->at_ms);
        return;
    }
}

/* Roads have changed: whoever is under way counts as if they left now. */
static void set_out_anew(struct replay *replay, const struct replay_event *event)
{
    struct loop_incident *incident = &replay->incident;
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        struct assignment *assignment = &incident->assignments[i];
        if (assignment->alert_id == event->alert_id &&
            assignment->state == ASSIGNMENT_EN_ROUTE)
            assignment->way_from_ms = event->at_ms;
    }
}

static int apply_alert(struct replay *replay, const struct replay_event *event,
                       struct diag *reterr)
{
    if (event->kind == EVENT_ALERT_SKIPPED)
        return ST_OK;
    if (event->kind == EVENT_ALERT_SENT)
        return add_alert(replay, event);
    struct alert *alert = loop_find_alert(&replay->incident, event->alert_id);
    if (alert == NULL)
        return unknown(event, "alert", reterr);
    switch (event->kind) {
    case EVENT_ALERT_NEXT_CHANNEL:
        alert->rung = (int32_t)event->number;
        break;
    case EVENT_ALERT_FETCHED:
        alert->fetched_ms = event->at_ms;
        break;
    case EVENT_ALERT_SEEN:
    case EVENT_ALERT_SAID:
        mark_read(replay, alert, event->at_ms);
        break;
    case EVENT_ALERT_ASKED:
        alert->asked_ms = event->at_ms;
        break;
    case EVENT_ALERT_NO_ANSWER:
        alert->state = ALERT_NO_ANSWER;
        break;
    case EVENT_ALERT_VOID:
        alert->state = ALERT_VOID;
        break;
    case EVENT_ALERT_STOOD_DOWN:
        alert->state = ALERT_STOOD_DOWN;
        break;
    case EVENT_ALERT_RETIMED:
        alert->travel_ms = (uint32_t)event->number * 1000;
        set_out_anew(replay, event);
        break;
    case EVENT_ALERT_DIGITS_WRONG:
        alert->digits_tries = (int32_t)event->number;
        break;
    default:
        apply_answer(replay, alert, event);
        break;
    }
    return ST_OK;
}

/* ---- assignments ---- */
static int add_assignment(struct replay *replay, const struct replay_event *event)
{
    struct loop_incident *incident = &replay->incident;
    int status = mem_grow(&incident->assignments, &incident->assignment_capacity,
                          incident->assignment_count + 1, sizeof *incident->assignments,
                          LOOP_ALERTS_MAX);
    if (status != ST_OK)
        return status;
    incident->assignments[incident->assignment_count++] =
        (struct assignment){.id = event->assignment_id,
                            .alert_id = event->alert_id,
                            .person_id = event->person_id,
                            .need_id = event->need_id,
                            .state = ASSIGNMENT_ASSIGNED,
                            .line = (int32_t)event->number,
                            .count = 1,
                            .assigned_ms = event->at_ms};
    return ST_OK;
}

/* The state that an event of an assignment leads to, or NO_STATE. */
static int assignment_state_of(enum event_kind kind)
{
    switch (kind) {
    case EVENT_ASSIGNMENT_EN_ROUTE:
        return ASSIGNMENT_EN_ROUTE;
    case EVENT_ASSIGNMENT_ON_SCENE:
        return ASSIGNMENT_ON_SCENE;
    case EVENT_ASSIGNMENT_WORKING:
        return ASSIGNMENT_WORKING;
    case EVENT_ASSIGNMENT_RELEASED:
        return ASSIGNMENT_RELEASED;
    case EVENT_ASSIGNMENT_WITHDRAWN:
        return ASSIGNMENT_WITHDRAWN;
    case EVENT_ASSIGNMENT_STOOD_DOWN:
        return ASSIGNMENT_STOOD_DOWN;
    case EVENT_ASSIGNMENT_TURNED_BACK:
        return ASSIGNMENT_TURNED_BACK;
    case EVENT_ASSIGNMENT_NO_SHOW:
        return ASSIGNMENT_NO_SHOW;
    case EVENT_ASSIGNMENT_LOST_CONTACT:
        return ASSIGNMENT_LOST_CONTACT;
    case EVENT_ASSIGNMENT_REPORTED:
        return ASSIGNMENT_REPORTED;
    case EVENT_ASSIGNMENT_VERIFIED:
        return ASSIGNMENT_VERIFIED;
    case EVENT_ASSIGNMENT_DISPUTED:
        return ASSIGNMENT_DISPUTED;
    default:
        return NO_STATE;
    }
}

/* What the event says beside the state; `assignment` still has the state before it. */
static void take_facts(struct assignment *assignment, const struct replay_event *event)
{
    switch (event->kind) {
    case EVENT_ASSIGNMENT_MOVED:
        assignment->line = (int32_t)event->number;
        break;
    case EVENT_ASSIGNMENT_EN_ROUTE:
        assignment->en_route_ms = event->at_ms;
        break;
    case EVENT_ASSIGNMENT_ON_SCENE:
        assignment->on_scene_ms = event->at_ms;
        assignment->count = (int32_t)event->number;
        break;
    case EVENT_ASSIGNMENT_RELEASED:
        assignment->released_ms = event->at_ms;
        assignment->minutes_worked = (int32_t)event->number;
        break;
    case EVENT_ASSIGNMENT_LOST_CONTACT:
        assignment->before_lost = assignment->state;
        break;
    case EVENT_ASSIGNMENT_FOUND:
        assignment->state = assignment->before_lost;
        assignment->here_ms = event->at_ms;
        break;
    case EVENT_ASSIGNMENT_HERE:
        assignment->here_ms = event->at_ms;
        break;
    case EVENT_ASSIGNMENT_SOS:
        if (assignment->sos_ms == 0 || assignment->sos_acknowledged_ms != 0)
            assignment->sos_ms = event->at_ms;
        assignment->sos_acknowledged_ms = 0;
        break;
    case EVENT_ASSIGNMENT_SOS_ACKNOWLEDGED:
        assignment->sos_acknowledged_ms = event->at_ms;
        break;
    case EVENT_ASSIGNMENT_REPORTED:
        assignment->reported_ms = event->at_ms;
        assignment->reported_by = event->actor > 0 ? event->actor : 0;
        if (event->code != NULL)
            (void)outcome_parse(event->code, &assignment->outcome);
        break;
    case EVENT_ASSIGNMENT_VERIFIED:
        assignment->verified_ms = event->at_ms;
        assignment->verified_by = event->actor;
        assignment->minutes_credited = (int32_t)event->number;
        break;
    default:
        break;
    }
}

static int apply_assignment(struct replay *replay, const struct replay_event *event,
                            struct diag *reterr)
{
    if (event->kind == EVENT_ASSIGNMENT_ASSIGNED)
        return add_assignment(replay, event);
    struct assignment *assignment =
        loop_find_assignment(&replay->incident, event->assignment_id);
    struct alert *alert = loop_find_alert(&replay->incident, event->alert_id);
    if (assignment == NULL || alert == NULL)
        return unknown(event, "assignment", reterr);
    take_facts(assignment, event);
    int state = assignment_state_of(event->kind);
    if (state != NO_STATE)
        assignment->state = (enum assignment_state)state;
    return ST_OK;
}

/* ---- all of them ---- */
static bool has_line(const struct replay_event *event)
{
    return event->kind == EVENT_ALERT_ACCEPTED ||
           event->kind == EVENT_ASSIGNMENT_ASSIGNED ||
           event->kind == EVENT_ASSIGNMENT_MOVED;
}

int replay_apply(struct replay *replay, const struct replay_event *event,
                 struct diag *reterr)
{
    int status = ST_OK;
    if (has_line(event) && (event->number < 0 || event->number >= LOOP_LINES_MAX))
        return diag_set(reterr, ST_CORRUPT, 0, 0, "event", "%s names line %lld",
                        event_kind_code(event->kind), (long long)event->number);
    if (event->actor != 0)
        replay->actor = event->actor;
    if (event->kind >= EVENT_MESSAGE_SENDING)
        status = apply_message(replay, event, reterr);
    else if (event->kind >= EVENT_ASSIGNMENT_ASSIGNED)
        status = apply_assignment(replay, event, reterr);
    else if (event->kind >= EVENT_ALERT_SENT)
        status = apply_alert(replay, event, reterr);
    else if (event->kind >= EVENT_CALLOUT_STARTED)
        status = apply_callout(replay, event, reterr);
    else if (event->kind >= EVENT_NEED_STATED)
        status = apply_need(replay, event, reterr);
    else
        apply_incident(replay, event);
    if (status != ST_OK)
        return status;
    replay->incident.event_sequence++;
    replay->event_count++;
    replay->at_ms = event->at_ms;
    return ST_OK;
}

static int by_id(const void *a, const void *b)
{
    const struct message *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

void replay_finish(struct replay *replay)
{
    if (replay->incident.message_count > 1)
        qsort(replay->incident.messages, replay->incident.message_count,
              sizeof *replay->incident.messages, by_id);
}

void replay_release(struct replay *replay)
{
    loop_incident_release(&replay->incident);
    mem_free(replay->newest);
    mem_free(replay->before);
    *replay = (struct replay){0};
}
