/* SPDX-License-Identifier: Apache-2.0 */
/* Two passes over the chain: the first gives the rows as they stand at the end, the
 * second the timeline and what only events tell (when a message was handed over). */
#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "loop/loop.h"
#include "report/report.h"
#include "store/db.h"
#include "store/history.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- delays ---- */
struct delays {
    double *seconds;
    uint32_t count, capacity;
};

static int add_delay(struct delays *delays, int64_t from_ms, int64_t to_ms)
{
    if (from_ms == 0 || to_ms < from_ms)
        return ST_OK;
    int status = mem_grow(&delays->seconds, &delays->capacity, delays->count + 1,
                          sizeof(*delays->seconds), LOOP_ALERTS_MAX);
    if (status == ST_OK)
        delays->seconds[delays->count++] = (double)(to_ms - from_ms) / 1000.0;
    return status;
}

static int by_size(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* The lower median and the smallest that nine in ten do not exceed. */
static struct report_delay sum_up(struct delays *delays)
{
    struct report_delay ret = {.count = delays->count};
    if (delays->count == 0)
        return ret;
    qsort(delays->seconds, delays->count, sizeof(*delays->seconds), by_size);
    ret.median = delays->seconds[(delays->count - 1) / 2];
    ret.p90 = delays->seconds[(9 * delays->count + 9) / 10 - 1];
    ret.most = delays->seconds[delays->count - 1];
    return ret;
}

/* ---- the second pass ---- */
static bool is_told(const struct report *report, const struct replay_event *event)
{
    switch (event->kind) {
    case EVENT_WAVE_SENT:
    case EVENT_WAVE_CUT:
    case EVENT_ALERT_ACCEPTED:
    case EVENT_ASSIGNMENT_ON_SCENE:
    case EVENT_ASSIGNMENT_WITHDRAWN:
    case EVENT_ASSIGNMENT_NO_SHOW:
    case EVENT_ASSIGNMENT_OVERDUE:
    case EVENT_ASSIGNMENT_LOST_CONTACT:
    case EVENT_ASSIGNMENT_FOUND:
    case EVENT_ASSIGNMENT_SOS:
    case EVENT_ASSIGNMENT_SOS_ACKNOWLEDGED:
        return true;
    case EVENT_NEED_DEADLINE: /* stands with its need */
        return false;
    default:
        return event->kind < EVENT_WAVE_SENT && report->timeline_count > 0;
    }
}

static int add_entry(struct report *report, const struct replay_event *event)
{
    if (report->timeline_count == REPORT_TIMELINE_MAX) {
        report->timeline_cut++;
        return ST_OK;
    }
    if (report->timeline == NULL)
        report->timeline = mem_calloc(REPORT_TIMELINE_MAX, sizeof(*report->timeline));
    if (report->timeline == NULL)
        return ST_NO_MEMORY;
    struct report_entry *entry = &report->timeline[report->timeline_count++];
    *entry = (struct report_entry){.at_ms = event->at_ms,
                                   .kind = event->kind,
                                   .number = event->number,
                                   .person_id = event->person_id,
                                   .need_id = event->need_id};
    (void)snprintf(entry->code, sizeof entry->code, "%s",
                   event->code == NULL ? "" : event->code);
    return ST_OK;
}

static void note_first(int64_t *at, int64_t ms)
{
    if (*at == 0)
        *at = ms;
}

/* Needs are told of in the order in which the rows stand. */
static void take_deadline(struct report *report, const struct replay_event *event)
{
    const struct loop_incident *incident = &report->replay.incident;
    const struct need *row = loop_find_need(&report->replay.incident, event->need_id);
    if (row == NULL)
        return;
    struct report_need *need = &report->needs[row - incident->needs];
    if (need->deadline_count < REPORT_DEADLINES_MAX)
        need->deadline_count++;
    need->deadlines[need->deadline_count - 1] =
        (struct report_deadline){event->at_ms, event->number};
}

static int take(void *context, const struct replay_event *event, struct diag *reterr)
{
    (void)reterr;
    struct report *report = context;
    struct loop_incident *incident = &report->replay.incident;
    if (event->kind == EVENT_INCIDENT_CONFIRMED)
        note_first(&report->confirmed_ms, event->at_ms);
    if (event->kind == EVENT_CALLOUT_STARTED)
        note_first(&report->first_callout_ms, event->at_ms);
    if (event->kind == EVENT_ALERT_SENT)
        note_first(&report->first_alert_ms, event->at_ms);
    if (event->kind == EVENT_NEED_DEADLINE)
        take_deadline(report, event);
    const struct alert *alert =
        event->kind == EVENT_MESSAGE_HANDED_OVER || event->kind == EVENT_MESSAGE_DELIVERED
            ? loop_find_alert(incident, event->alert_id)
            : NULL;
    if (alert != NULL)
        note_first(&report->handed_ms[alert - incident->alerts], event->at_ms);
    bool told = event->kind == EVENT_INCIDENT_REPORTED || is_told(report, event);
    return told ? add_entry(report, event) : (int)ST_OK;
}

/* ---- the figures ---- */
static void count_alert(struct report *report, const struct alert *alert,
                        int64_t handed_ms)
{
    struct report_funnel *f = &report->funnel;
    f->alerted++;
    f->handed_over += handed_ms != 0 || alert->seen_ms != 0;
    f->seen += alert->seen_ms != 0;
    f->answered += alert->answer != ANSWER_NONE;
    f->declined += alert->state == ALERT_DECLINED;
    f->no_answer += alert->state == ALERT_NO_ANSWER;
    f->late += alert->state == ALERT_LATE;
    f->stood_down += alert->state == ALERT_STOOD_DOWN;
    f->void_ += alert->state == ALERT_VOID;
}

/* An alert is delivered if it was read, or a message of it came with a receipt. */
static int count_delivered(struct report *report)
{
    const struct loop_incident *incident = &report->replay.incident;
    AUTO_FREE uint8_t *got = mem_calloc((size_t)incident->alert_count + 1, 1);
    if (got == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < incident->message_count; i++) {
        const struct message *message = &incident->messages[i];
        const struct alert *alert =
            loop_find_alert(&report->replay.incident, message->alert_id);
        if (alert != NULL &&
            (message->state == MESSAGE_DELIVERED || message->state == MESSAGE_READ))
            got[alert - incident->alerts] = 1;
    }
    for (uint32_t i = 0; i < incident->alert_count; i++)
        report->funnel.delivered += got[i] || incident->alerts[i].seen_ms != 0;
    return ST_OK;
}

struct all_delays {
    struct delays dispatcher, channel, reply, turnout, travel, excess;
};

static int measure_alerts(struct report *report, struct all_delays *d)
{
    const struct loop_incident *incident = &report->replay.incident;
    int status = add_delay(&d->dispatcher, incident->reported_ms, report->first_alert_ms);
    for (uint32_t i = 0; i < incident->alert_count && status == ST_OK; i++) {
        const struct alert *alert = &incident->alerts[i];
        int64_t handed_ms = report->handed_ms[i];
        count_alert(report, alert, handed_ms);
        status = add_delay(&d->channel, alert->alerted_ms, handed_ms);
        if (status == ST_OK && !alert->on_behalf)
            status = add_delay(&d->reply, handed_ms, alert->answered_ms);
    }
    return status == ST_OK ? count_delivered(report) : status;
}

static void count_assignment(struct report *report, const struct assignment *assignment)
{
    struct report_funnel *f = &report->funnel;
    f->accepted++;
    f->set_out += assignment->en_route_ms != 0 || assignment->on_scene_ms != 0;
    f->on_scene += assignment->on_scene_ms != 0;
    f->withdrawn += assignment->state == ASSIGNMENT_WITHDRAWN;
    f->no_show += assignment->state == ASSIGNMENT_NO_SHOW;
    f->turned_back += assignment->state == ASSIGNMENT_TURNED_BACK;
    report->minutes_worked += assignment->minutes_worked;
    report->minutes_credited += assignment->minutes_credited;
}

/* Whoever was alerted, or came, a second time counts once. */
static int count_people(struct report *report)
{
    const struct loop_incident *incident = &report->replay.incident;
    AUTO_FREE int64_t *ids = mem_calloc(
        (size_t)incident->alert_count + incident->assignment_count + 1, sizeof *ids);
    uint32_t helped = 0;
    if (ids == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < incident->alert_count; i++)
        ids[i] = incident->alerts[i].person_id;
    report->people_alerted = ids_sort_once(ids, incident->alert_count);
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        const struct assignment *a = &incident->assignments[i];
        if (a->on_scene_ms != 0 || a->minutes_worked > 0)
            ids[helped++] = a->person_id;
    }
    report->people_helped = ids_sort_once(ids, helped);
    return ST_OK;
}

static int measure_assignments(struct report *report, struct all_delays *d)
{
    struct loop_incident *incident = &report->replay.incident;
    int status = ST_OK;
    for (uint32_t i = 0; i < incident->assignment_count && status == ST_OK; i++) {
        const struct assignment *a = &incident->assignments[i];
        const struct alert *alert = loop_find_alert(incident, a->alert_id);
        count_assignment(report, a);
        status = add_delay(&d->turnout, a->assigned_ms, a->en_route_ms);
        if (status == ST_OK)
            status = add_delay(&d->travel, a->en_route_ms, a->on_scene_ms);
        if (status == ST_OK && alert != NULL && alert->travel_ms != 0 &&
            a->en_route_ms != 0)
            status =
                add_delay(&d->excess, a->en_route_ms + alert->travel_ms, a->on_scene_ms);
    }
    return status;
}

/* ---- needs: promised and reached ---- */
/* The deadline that held at AT_MS; the first one before that, 0 = none. */
static int64_t deadline_at(const struct report_need *need, int64_t at_ms)
{
    int64_t deadline_ms =
        need->deadline_count > 0 ? need->deadlines[0].deadline_ms : need->deadline_ms;
    for (uint32_t i = 1; i < need->deadline_count; i++)
        if (need->deadlines[i].from_ms <= at_ms)
            deadline_ms = need->deadlines[i].deadline_ms;
    return deadline_ms;
}

static void reach_need(struct report *report, struct report_need *need)
{
    struct loop_incident *incident = &report->replay.incident;
    for (uint32_t i = 0; i < incident->assignment_count; i++) {
        const struct assignment *a = &incident->assignments[i];
        if (a->need_id != need->id)
            continue;
        need->accepted += (uint32_t)a->count;
        if (a->on_scene_ms == 0)
            continue;
        need->on_scene += (uint32_t)a->count;
        int64_t deadline_ms = deadline_at(need, a->assigned_ms);
        if (deadline_ms == 0 || a->on_scene_ms <= deadline_ms)
            need->in_time += (uint32_t)a->count;
        if (need->first_on_scene_ms == 0 || a->on_scene_ms < need->first_on_scene_ms)
            need->first_on_scene_ms = a->on_scene_ms;
    }
    for (uint32_t i = 0; i < incident->alert_count; i++) {
        const struct alert *alert = &incident->alerts[i];
        const struct callout *callout = loop_find_callout(incident, alert->callout_id);
        if (callout == NULL || callout->need_id != need->id)
            continue;
        need->alerted++;
        need->expected_yes += (double)alert->p_accept;
        note_first(&need->first_alert_ms, alert->alerted_ms);
        need->asked_at_first +=
            alert->wave == 1 && callout->started_ms <= need->first_alert_ms;
    }
}

static void list_needs(struct report *report)
{
    const struct loop_incident *incident = &report->replay.incident;
    for (uint32_t i = 0; i < incident->need_count; i++) {
        const struct need *row = &incident->needs[i];
        struct report_need *need = &report->needs[report->need_count++];
        need->id = row->id;
        need->stated_ms = row->stated_ms;
        need->filled_ms = row->filled_ms;
        need->met_ms = row->met_ms;
        need->escalated_ms = row->escalated_ms;
        need->deadline_ms = row->deadline_ms;
        need->state = row->state;
        for (int32_t line = 0; line < row->line_count; line++)
            need->wanted += (uint32_t)row->lines[line].count;
        reach_need(report, need);
        for (uint32_t c = 0; c < incident->callout_count; c++)
            if (incident->callouts[c].need_id == row->id)
                need->waves += (uint32_t)incident->callouts[c].waves;
    }
}

/* The first record of each need is the promise. */
static int read_promises(struct report *report, struct db *db, int64_t incident_id)
{
    struct query *query = history_plans(db, incident_id, INT64_MAX);
    int status;
    while ((status = query_step(query)) > 0) {
        const struct callout *callout =
            loop_find_callout(&report->replay.incident, query_get_int(query, 0));
        for (uint32_t i = 0; i < report->need_count && callout != NULL; i++) {
            struct report_need *need = &report->needs[i];
            if (need->id != callout->need_id || need->target > 0.0)
                continue;
            json_t *record = json_loads(query_get_text(query, 3), 0, NULL);
            need->promised = json_number_value(json_object_get(record, "probability"));
            need->target = json_number_value(json_object_get(record, "target"));
            json_decref(record);
        }
    }
    return status;
}

static int measure(struct report *report)
{
    struct all_delays d = {0};
    int status = measure_alerts(report, &d);
    if (status == ST_OK)
        status = measure_assignments(report, &d);
    if (status == ST_OK)
        status = count_people(report);
    report->dispatcher = sum_up(&d.dispatcher);
    report->channel = sum_up(&d.channel);
    report->reply = sum_up(&d.reply);
    report->turnout = sum_up(&d.turnout);
    report->travel = sum_up(&d.travel);
    report->excess = sum_up(&d.excess);
    mem_free(d.dispatcher.seconds);
    mem_free(d.channel.seconds);
    mem_free(d.reply.seconds);
    mem_free(d.turnout.seconds);
    mem_free(d.travel.seconds);
    mem_free(d.excess.seconds);
    return status;
}

int report_gather(struct db *db, int64_t incident_id, struct report *ret,
                  struct diag *reterr)
{
    *ret = (struct report){0};
    int status = history_read(db, incident_id, INT64_MAX, &ret->replay, reterr);
    if (status == ST_OK) {
        ret->handed_ms = mem_calloc((size_t)ret->replay.incident.alert_count + 1,
                                    sizeof(*ret->handed_ms));
        status = ret->handed_ms == NULL ? ST_NO_MEMORY : ST_OK;
    }
    if (status == ST_OK)
        status = history_each(db, incident_id, take, ret, reterr);
    if (status == ST_OK)
        status = measure(ret);
    if (status == ST_OK) {
        list_needs(ret);
        status = read_promises(ret, db, incident_id);
    }
    if (status == ST_OK)
        status = area_read_name(db, ret->replay.incident.area_id, ret->area);
    ret->ended_ms = ret->replay.incident.closed_ms != 0 ? ret->replay.incident.closed_ms
                                                        : ret->replay.at_ms;
    if (status != ST_OK)
        report_release(ret);
    return status;
}

void report_release(struct report *report)
{
    replay_release(&report->replay);
    mem_free(report->handed_ms);
    mem_free(report->timeline);
    *report = (struct report){0};
}
