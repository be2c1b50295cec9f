/* SPDX-License-Identifier: Apache-2.0 */
/* People and staff, through the writer: the same inputs that reply links, the console and
 * the channels give. An input that the loop refuses fails the run. */
#include "base/mem.h"
#include "base/status.h"
#include "dispatch/retime.h"
#include "drill/full_internal.h"
#include "store/people.h"

#include <string.h>

#define CLOSE_ROUNDS 8

static struct loop_incident *find(struct writer *writer, int64_t id)
{
    return writer_incident(writer, STAGE_INCIDENT, id);
}

static int give(struct full *full, struct writer *writer, int64_t incident_id,
                const struct loop_input *input, int64_t now_ms)
{
    struct loop_incident *incident = find(writer, incident_id);
    if (incident == NULL)
        return diag_set(full->reterr, ST_NOT_FOUND, 0, 0, "incident", "is not there");
    return writer_apply(writer, incident, input, now_ms, NULL, NULL, full->reterr);
}

/* ---- the incident and its needs
 * ---------------------------------------------------------- */

static int report(struct full *full, struct writer *writer, uint32_t index,
                  int64_t now_ms)
{
    struct full_incident *ret = &full->incidents[index];
    struct loop_incident template = {.kind = full->scenario->incidents[index].kind,
                                     .at = road_node_point(full->road, 0)};
    struct loop_incident *incident;
    int status = writer_report(writer, &template, FULL_DISPATCHER, now_ms, &incident,
                               full->reterr);
    if (status != ST_OK)
        return status;
    ret->id = incident->id;
    const struct loop_input confirm = {.kind = LOOP_CONFIRM, .actor = FULL_DISPATCHER};
    return give(full, writer, ret->id, &confirm, now_ms);
}

static void describe_need(const struct full *full, uint32_t index, struct need *ret)
{
    const struct scenario_need *from = &full->scenario->needs[index];
    *ret = (struct need){
        .at = road_node_point(full->road, 0),
        .deadline_ms = full->base_ms + from->deadline_ms,
        .line_count = (int32_t)from->line_count,
        .reserve =
            full->policy->rule == POLICY_OURS ? from->reserve : full->policy->reserve,
        .target = full->policy->target > 0 ? full->policy->target : from->target,
        .mode = ROAD_FOOT};
    for (uint32_t i = 0; i < from->line_count; i++) {
        ret->lines[i].count = (int32_t)from->lines[i].count;
        full_add_skills(full->scenario, from->lines[i].skills, &ret->lines[i].skills);
    }
}

static int start_need(struct full *full, struct writer *writer, uint32_t index,
                      int64_t now_ms)
{
    struct full_need *ret = &full->needs[index];
    uint32_t of = full->scenario->needs[index].incident;
    int status = ST_OK;
    if (full->incidents[of].id == 0)
        status = report(full, writer, of, now_ms);
    struct need need;
    describe_need(full, index, &need);
    need.id = writer_new_id(writer);
    need.state = NEED_OPEN;
    need.stated_ms = now_ms;
    const struct loop_input input = {
        .kind = LOOP_NEED, .id = need.id, .actor = FULL_DISPATCHER, .need = &need};
    if (status == ST_OK)
        status = give(full, writer, full->incidents[of].id, &input, now_ms);
    ret->need_id = need.id;
    ret->wants_start = true;
    ret->start_ms = now_ms;
    for (uint32_t i = 1; i < full->policy->phases && status == ST_OK; i++)
        status =
            full_add(full, AGENDA_PHASE, now_ms + full->policy->phase[i].at_ms, index, i);
    return status;
}

static int end_need(struct full *full, struct writer *writer, uint32_t index,
                    int64_t now_ms)
{
    struct full_need *need = &full->needs[index];
    int64_t id = full->incidents[full->scenario->needs[index].incident].id;
    struct loop_incident *incident = find(writer, id);
    need->over = true;
    const struct need *row = loop_find_need(incident, need->need_id);
    if (row->state == NEED_MET)
        return ST_OK;
    const struct loop_input input = {.kind = LOOP_NEED_CANCEL,
                                     .id = need->need_id,
                                     .actor = FULL_DISPATCHER,
                                     .reason = FULL_WHY};
    return give(full, writer, id, &input, now_ms);
}

/* ---- people
 * ------------------------------------------------------------------------------ */

static struct loop_input input_of(const struct full *full, const struct full_alert *alert,
                                  enum loop_input_kind kind, int64_t id)
{
    return (struct loop_input){
        .kind = kind, .id = id, .actor = -full->ids[alert->person]};
}

static int reply(struct full *full, struct writer *writer, const struct agenda_item *item,
                 int64_t now_ms)
{
    const struct full_alert *alert = &full->alerts[item->row];
    int64_t id = full->incidents[full->scenario->needs[item->need].incident].id;
    const struct alert *row = loop_find_alert(find(writer, id), alert->alert_id);
    if (row->state != ALERT_PENDING && row->state != ALERT_NO_ANSWER)
        return ST_OK; /* their page says that they can rest */
    const struct loop_input input = input_of(
        full, alert, alert->answer.accepts ? LOOP_ACCEPT : LOOP_DECLINE, alert->alert_id);
    int status = give(full, writer, id, &input, now_ms);
    if (status != ST_OK)
        return status;
    row = loop_find_alert(find(writer, id), alert->alert_id);
    if (row->state == ALERT_ACCEPTED && alert->answer.comes)
        return full_add(full, AGENDA_DEPART, now_ms + alert->answer.turnout_ms,
                        item->need, item->row);
    return ST_OK;
}

static int move(struct full *full, struct writer *writer, const struct agenda_item *item,
                int64_t now_ms)
{
    const struct full_alert *alert = &full->alerts[item->row];
    bool departs = item->kind == AGENDA_DEPART;
    int64_t id = full->incidents[full->scenario->needs[item->need].incident].id;
    struct loop_incident *incident = find(writer, id);
    const struct assignment *row = loop_assignment_of(incident, alert->alert_id);
    if (row->state != (departs ? ASSIGNMENT_ASSIGNED : ASSIGNMENT_EN_ROUTE))
        return ST_OK;
    double travel_ms =
        world_forecast(&full->world, item->need, alert->person,
                       loop_find_alert(incident, alert->alert_id)->travel_ms)
            .travel_ms;
    const struct loop_input input =
        input_of(full, alert, departs ? LOOP_DEPART : LOOP_ARRIVE, row->id);
    int status = give(full, writer, id, &input, now_ms);
    if (status == ST_OK && departs)
        status = full_add(full, AGENDA_ARRIVE,
                          now_ms + (int64_t)(travel_ms * alert->answer.travel),
                          item->need, item->row);
    return status;
}

/* As the server's planner when a closure begins or ends. */
static int change_roads(struct full *full, struct writer *writer, uint32_t need,
                        int64_t now_ms)
{
    const struct full_need *of = &full->needs[need];
    bool changed;
    int status = world_set_roads(&full->world, need, now_ms - full->base_ms, &changed);
    if (status != ST_OK || !changed)
        return status;
    full->is_placed = false;
    if (of->callout_id == 0)
        return ST_OK;
    int64_t id = full->incidents[full->scenario->needs[need].incident].id;
    struct loop_incident *incident = find(writer, id);
    const struct callout *callout = loop_find_callout(incident, of->callout_id);
    if (callout->state != CALLOUT_ACTIVE && callout->state != CALLOUT_FILLED)
        return ST_OK;
    struct loop_input input = {.kind = LOOP_RETIME, .id = callout->id};
    struct loop_retimed *retimed = NULL;
    status = full_world_place(full, need);
    if (status == ST_OK)
        status = retime_list(full->crowd, incident, callout, now_ms, &retimed,
                             &input.retimed_count);
    input.retimed = retimed;
    if (status == ST_OK)
        status = give(full, writer, id, &input, now_ms);
    mem_free(retimed);
    return status;
}

static int happen(struct full *full, struct writer *writer,
                  const struct agenda_item *item, int64_t now_ms)
{
    if (full->needs[item->need].over)
        return ST_OK;
    switch (item->kind) {
    case AGENDA_ROADS:
        return change_roads(full, writer, item->need, now_ms);
    case AGENDA_START:
        return start_need(full, writer, item->need, now_ms);
    case AGENDA_REPLY:
        return reply(full, writer, item, now_ms);
    case AGENDA_DEPART:
    case AGENDA_ARRIVE:
        return move(full, writer, item, now_ms);
    case AGENDA_DEADLINE:
        return end_need(full, writer, item->need, now_ms);
    case AGENDA_PHASE:
        full->needs[item->need].phase_due = true;
        return ST_OK;
    case AGENDA_NO_ANSWER:
    case AGENDA_LOST:
        break; /* the loop's own timers */
    }
    return ST_OK;
}

static int act(void *context, struct writer *writer, int64_t now_ms, struct diag *reterr)
{
    struct full *full = context;
    const struct agenda_item *first;
    int status = ST_OK;
    (void)reterr;
    while (status == ST_OK && (first = agenda_first(&full->agenda)) != NULL &&
           first->at_ms <= now_ms) {
        struct agenda_item item = *first;
        agenda_drop(&full->agenda);
        status = happen(full, writer, &item, now_ms);
    }
    return status;
}

int full_act(struct full *full)
{
    return command_call(full->writer, act, full, NULL);
}

/* ---- the channels
 * ------------------------------------------------------------------------ */

static bool is_down(const struct full *full, enum channel_kind kind, int64_t now_ms)
{
    int64_t since = now_ms - full->base_ms;
    for (uint32_t i = 0; i < full->scenario->channel_count; i++) {
        const struct scenario_channel *channel = &full->scenario->channels[i];
        for (uint32_t k = 0; channel->kind == kind && k < channel->down_count; k++)
            if (since >= channel->down[k].from_ms && since < channel->down[k].to_ms)
                return true;
    }
    return false;
}

static int send_one(struct full *full, struct writer *writer, int64_t incident_id,
                    const struct message *message, int64_t now_ms)
{
    const struct message copy = *message;
    bool fails = is_down(full, copy.channel, now_ms);
    struct loop_input input = {.kind = LOOP_MESSAGE_SENDING, .id = copy.id};
    int status = give(full, writer, incident_id, &input, now_ms);
    input.kind = fails ? LOOP_MESSAGE_FAILED : LOOP_MESSAGE_HANDED_OVER;
    input.yes = fails; /* for good */
    return status == ST_OK ? give(full, writer, incident_id, &input, now_ms) : status;
}

/* New messages (the next channel after a failure) are appended, and met in the walk. */
static int send(void *context, struct writer *writer, int64_t now_ms, struct diag *reterr)
{
    struct full *full = context;
    int status = ST_OK;
    (void)reterr;
    for (uint32_t i = 0; i < full->scenario->incident_count; i++) {
        int64_t id = full->incidents[i].id;
        if (id == 0)
            continue;
        for (uint32_t k = 0; status == ST_OK; k++) {
            const struct loop_incident *incident = find(writer, id);
            if (k >= incident->message_count)
                break;
            if (incident->messages[k].state == MESSAGE_QUEUED)
                status = send_one(full, writer, id, &incident->messages[k], now_ms);
        }
    }
    return status;
}

static bool has_queued(const struct loop_incident *incident)
{
    for (uint32_t i = 0; i < incident->message_count; i++)
        if (incident->messages[i].state == MESSAGE_QUEUED)
            return true;
    return false;
}

/* Copies all rows; *RET: whether a message waits. */
static int look(struct full *full, bool *ret)
{
    *ret = false;
    for (uint32_t i = 0; i < full->scenario->incident_count; i++) {
        struct full_incident *incident = &full->incidents[i];
        if (incident->id == 0)
            continue;
        loop_incident_release(&incident->rows);
        incident->rows = (struct loop_incident){0};
        int status =
            writer_snapshot(full->writer, STAGE_INCIDENT, incident->id, &incident->rows);
        if (status != ST_OK)
            return status;
        *ret |= has_queued(&incident->rows);
    }
    return ST_OK;
}

uint32_t full_find_person(const struct full *full, int64_t id)
{
    uint32_t low = 0, high = full->person_max; /* ids grow */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (full->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int meet_alert(struct full *full, uint32_t need, const struct alert *row)
{
    int status = mem_grow(&full->alerts, &full->alert_capacity, full->alert_count + 1,
                          sizeof *full->alerts, FULL_ALERTS_MAX);
    if (status < 0)
        return status;
    uint32_t index = full->alert_count++;
    struct full_alert *alert = &full->alerts[index];
    *alert = (struct full_alert){.alert_id = row->id,
                                 .need = need,
                                 .person = full_find_person(full, row->person_id)};
    const struct scenario *scenario = full->scenario;
    int64_t since = row->alerted_ms - full->base_ms;
    const struct world_alert key = {need, alert->person, full->attempts[alert->person]++,
                                    row->travel_ms, scenario->start_ms + since};
    world_answer(&full->world, &key, &alert->answer);
    if (full->counter != NULL)
        full->counter->on_alert(full->counter->context, need, alert->person);
    bool undelivered;
    int64_t seen = world_seen_ms(scenario, since, alert->answer.lost, &undelivered);
    if (seen == INT64_MAX || !(alert->answer.accepts || alert->answer.declines))
        return ST_OK;
    return full_add(full, AGENDA_REPLY, full->base_ms + seen + alert->answer.delay_ms,
                    need, index);
}

/* The alerts that were not there at the last look reach their people. */
static int meet_alerts(struct full *full)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < full->scenario->incident_count; i++) {
        struct full_incident *incident = &full->incidents[i];
        for (uint32_t k = 0; k < incident->rows.alert_count && status == ST_OK; k++) {
            const struct alert *row = &incident->rows.alerts[k];
            if (row->id <= incident->last_alert_id)
                continue;
            incident->last_alert_id = row->id;
            for (uint32_t n = 0; n < full->scenario->need_count; n++)
                if (full->needs[n].callout_id == row->callout_id && status == ST_OK)
                    status = meet_alert(full, n, row);
        }
    }
    return status;
}

int full_send(struct full *full)
{
    bool queued;
    int status = look(full, &queued);
    if (status == ST_OK)
        status = meet_alerts(full);
    if (status == ST_OK && queued) {
        status = command_call(full->writer, send, full, NULL);
        if (status == ST_OK)
            status = look(full, &queued);
    }
    return status;
}

/* ---- the end
 * ----------------------------------------------------------------------------- */

/* What is still to be done for an assignment; LOOP_INPUT_COUNT: nothing. */
static enum loop_input_kind next_of(const struct assignment *row)
{
    switch (row->state) {
    case ASSIGNMENT_LOST_CONTACT:
        return LOOP_FOUND;
    case ASSIGNMENT_ASSIGNED:
    case ASSIGNMENT_EN_ROUTE:
        return LOOP_NO_SHOW;
    case ASSIGNMENT_STOOD_DOWN:
        return row->en_route_ms != 0 ? LOOP_TURNED_BACK : LOOP_INPUT_COUNT;
    case ASSIGNMENT_ON_SCENE:
    case ASSIGNMENT_WORKING:
        return LOOP_RELEASE;
    case ASSIGNMENT_RELEASED:
        return LOOP_REPORTED;
    case ASSIGNMENT_REPORTED:
        return LOOP_VERIFY;
    default:
        return LOOP_INPUT_COUNT;
    }
}

static int settle_people(struct full *full, struct writer *writer, int64_t id,
                         int64_t now_ms)
{
    uint32_t count = find(writer, id)->assignment_count;
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        const struct assignment *row = &find(writer, id)->assignments[i];
        struct loop_input input = {.kind = next_of(row),
                                   .id = row->id,
                                   .actor = FULL_DISPATCHER,
                                   .on_behalf = true,
                                   .reason = FULL_WHY,
                                   .outcome = OUTCOME_DONE,
                                   .number = -1,
                                   .yes = true};
        if (input.kind == LOOP_INPUT_COUNT)
            continue;
        if (input.kind == LOOP_REPORTED)
            input.actor = -row->person_id; /* a dispatcher may after a day only */
        if (input.kind == LOOP_VERIFY)
            input.actor = FULL_VERIFIER;
        status = give(full, writer, id, &input, now_ms);
    }
    return status;
}

static int close(void *context, struct writer *writer, int64_t now_ms,
                 struct diag *reterr)
{
    static const enum loop_input_kind STEPS[] = {LOOP_REVIEW, LOOP_CLOSE};
    struct full *full = context;
    int status = ST_OK;
    (void)reterr;
    for (uint32_t i = 0; i < full->scenario->incident_count && status == ST_OK; i++) {
        int64_t id = full->incidents[i].id;
        struct loop_input input = {
            .kind = LOOP_STAND_DOWN, .actor = FULL_DISPATCHER, .reason = FULL_WHY};
        if (id == 0)
            continue;
        status = give(full, writer, id, &input, now_ms);
        for (int round = 0; round < CLOSE_ROUNDS && status == ST_OK; round++)
            status = settle_people(full, writer, id, now_ms);
        for (size_t k = 0; k < COUNT_OF(STEPS) && status == ST_OK; k++) {
            input.kind = STEPS[k];
            status = give(full, writer, id, &input, now_ms);
        }
    }
    return status;
}

int full_close(struct full *full)
{
    return command_call(full->writer, close, full, NULL);
}
