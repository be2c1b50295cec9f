/* SPDX-License-Identifier: Apache-2.0 */
/* The document of docs/formats/report.md. Times RFC 3339 in the local zone, delays in
 * seconds. */
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "loop/loop.h"
#include "loop/names.h"
#include "report/report.h"
#include "store/people.h"

#include <stdio.h>

/* ,"key":"time"; nothing if it never was. */
static void add_time(struct text *ret, const char *key, int64_t ms)
{
    char at[TIME_TEXT_SIZE];
    if (ms == 0)
        return;
    time_format(ms, at);
    text_appendf(ret, ",\"%s\":\"%s\"", key, at);
}

static void add_word(struct text *ret, const char *key, const char *word)
{
    if (word[0] == '\0')
        return;
    text_appendf(ret, ",\"%s\":", key);
    text_append_json(ret, word);
}

static void add_number(struct text *ret, struct db *db, int64_t person_id)
{
    struct person_identity person;
    if (person_id != 0 && person_identity(db, NULL, person_id, &person) == 0)
        add_word(ret, "number", person.number);
}

/* The area whose desk was told. */
static void add_desk(struct text *ret, struct db *db, const struct report_entry *entry)
{
    char area[AREA_NAME_MAX + 1];
    if (entry->kind == EVENT_INCIDENT_DESK_TOLD &&
        area_read_name(db, entry->number, area) == ST_OK)
        add_word(ret, "area", area);
}

static void add_incident(const struct report *report, struct text *ret)
{
    const struct loop_incident *incident = &report->replay.incident;
    text_appendf(ret, "{\"incident\":{\"id\":%lld", (long long)incident->id);
    add_word(ret, "case", incident->case_number);
    add_word(ret, "kind", incident_kind_code(incident->kind));
    add_word(ret, "state", incident_state_code(incident->state));
    add_word(ret, "area", report->area);
    text_appendf(ret, ",\"grade\":%d,\"exercise\":%s", incident->grade,
                 incident->exercise ? "true" : "false");
    add_time(ret, "reported_at", incident->reported_ms);
    add_time(ret, "confirmed_at", report->confirmed_ms);
    add_time(ret, "first_callout_at", report->first_callout_ms);
    add_time(ret, "first_alert_at", report->first_alert_ms);
    add_time(ret, "closed_at", incident->closed_ms);
    add_time(ret, "as_of", report->ended_ms);
    text_appendf(ret, ",\"events\":%u}", report->replay.event_count);
}

static void add_funnel(const struct report *report, struct text *ret)
{
    const struct report_funnel *f = &report->funnel;
    text_appendf(
        ret,
        ",\"funnel\":{\"people\":%u,\"alerted\":%u,\"handed_over\":%u,\"delivered\":%u,"
        "\"seen\":%u,\"answered\":%u,\"accepted\":%u,\"set_out\":%u,"
        "\"on_scene\":%u,\"declined\":%u,\"no_answer\":%u,\"late\":%u,"
        "\"stood_down\":%u,\"void\":%u,\"withdrawn\":%u,\"no_show\":%u,"
        "\"turned_back\":%u}",
        report->people_alerted, f->alerted, f->handed_over, f->delivered, f->seen,
        f->answered, f->accepted, f->set_out, f->on_scene, f->declined, f->no_answer,
        f->late, f->stood_down, f->void_, f->withdrawn, f->no_show, f->turned_back);
}

static void add_delay(struct text *ret, const char *key, const struct report_delay *delay,
                      const char *comma)
{
    text_appendf(ret, "%s\"%s\":{\"count\":%u", comma, key, delay->count);
    if (delay->count > 0)
        text_appendf(ret, ",\"median_s\":%.0f,\"p90_s\":%.0f,\"most_s\":%.0f",
                     delay->median, delay->p90, delay->most);
    text_append_string(ret, "}");
}

/* All that a re-opened need has had, the first one first. */
static void add_deadlines(struct text *ret, const struct report_need *need)
{
    char time[TIME_TEXT_SIZE];
    if (need->deadline_count < 2)
        return;
    text_append_string(ret, ",\"deadlines\":[");
    for (uint32_t i = 0; i < need->deadline_count; i++) {
        time_format(need->deadlines[i].deadline_ms, time);
        text_appendf(ret, "%s\"%s\"", i > 0 ? "," : "", time);
    }
    text_append_string(ret, "]");
}

static void add_needs(const struct report *report, struct text *ret)
{
    text_append_string(ret, ",\"needs\":[");
    for (uint32_t i = 0; i < report->need_count; i++) {
        const struct report_need *need = &report->needs[i];
        text_appendf(ret, "%s{\"id\":%lld", i == 0 ? "" : ",", (long long)need->id);
        add_word(ret, "state", need_state_code(need->state));
        text_appendf(ret,
                     ",\"wanted\":%u,\"accepted\":%u,\"on_scene\":%u,\"in_time\":%u,"
                     "\"waves\":%u,\"alerted\":%u,\"alerted_at_first\":%u,"
                     "\"expected_yes\":%.1f",
                     need->wanted, need->accepted, need->on_scene, need->in_time,
                     need->waves, need->alerted, need->asked_at_first,
                     need->expected_yes);
        if (need->target > 0.0)
            text_appendf(ret, ",\"promised\":%.4f,\"target\":%.4f", need->promised,
                         need->target);
        text_appendf(ret, ",\"reached\":%s",
                     need->in_time >= need->wanted ? "true" : "false");
        add_time(ret, "stated_at", need->stated_ms);
        add_time(ret, "first_alert_at", need->first_alert_ms);
        add_time(ret, "filled_at", need->filled_ms);
        add_time(ret, "first_on_scene_at", need->first_on_scene_ms);
        add_time(ret, "met_at", need->met_ms);
        add_time(ret, "escalated_at", need->escalated_ms);
        add_time(ret, "deadline", need->deadline_ms);
        add_deadlines(ret, need);
        text_append_string(ret, "}");
    }
    text_append_string(ret, "]");
}

static void add_span(struct text *ret, const char *key, int64_t from_ms, int64_t to_ms)
{
    if (from_ms != 0 && to_ms >= from_ms)
        text_appendf(ret, ",\"%s\":%lld", key, (long long)((to_ms - from_ms) / 1000));
}

static void add_person(const struct report *report, struct db *db, uint32_t index,
                       struct text *ret)
{
    struct loop_incident *incident =
        (struct loop_incident *)(uintptr_t)&report->replay.incident;
    const struct alert *alert = &incident->alerts[index];
    const struct assignment *a = loop_assignment_of(incident, alert->id);
    const struct callout *callout = loop_find_callout(incident, alert->callout_id);
    text_appendf(ret, "{\"wave\":%d,\"line\":%d,\"need\":%lld", alert->wave, alert->line,
                 (long long)(callout == NULL ? 0 : callout->need_id));
    add_number(ret, db, alert->person_id);
    add_word(ret, "state",
             a != NULL ? assignment_state_code(a->state)
                       : alert_state_code(alert->state));
    if (alert->travel_ms != 0)
        text_appendf(ret, ",\"seconds\":%u,\"p_accept\":%.3f,\"p_in_time\":%.3f",
                     alert->travel_ms / 1000, (double)alert->p_accept,
                     (double)alert->p_in_time);
    add_time(ret, "alerted_at", alert->alerted_ms);
    add_span(ret, "channel_s", alert->alerted_ms, report->handed_ms[index]);
    add_span(ret, "reply_s", alert->alerted_ms, alert->answered_ms);
    if (a != NULL) {
        add_span(ret, "turnout_s", a->assigned_ms, a->en_route_ms);
        add_span(ret, "travel_s", a->en_route_ms, a->on_scene_ms);
        add_time(ret, "on_scene_at", a->on_scene_ms);
        if (a->minutes_worked > 0)
            text_appendf(ret, ",\"minutes\":%d,\"credited\":%d", a->minutes_worked,
                         a->minutes_credited);
    }
    text_append_string(ret, "}");
}

static void add_people(const struct report *report, struct db *db, struct text *ret)
{
    uint32_t count = report->replay.incident.alert_count;
    uint32_t told = count < REPORT_PEOPLE_MAX ? count : REPORT_PEOPLE_MAX;
    text_append_string(ret, ",\"people\":[");
    for (uint32_t i = 0; i < told; i++) {
        if (i > 0)
            text_append_string(ret, ",");
        add_person(report, db, i, ret);
    }
    text_appendf(ret, "],\"people_cut\":%u", count - told);
}

/* Whether the event's number counts people. */
static bool is_count(enum event_kind kind)
{
    return kind == EVENT_WAVE_SENT || kind == EVENT_NEED_STATED ||
           kind == EVENT_INCIDENT_ROLL_CALL;
}

static void add_timeline(const struct report *report, struct db *db, struct text *ret)
{
    text_append_string(ret, ",\"timeline\":[");
    for (uint32_t i = 0; i < report->timeline_count; i++) {
        const struct report_entry *entry = &report->timeline[i];
        text_appendf(ret, "%s{\"kind\":\"%s\"", i == 0 ? "" : ",",
                     event_kind_code(entry->kind));
        add_time(ret, "at", entry->at_ms);
        add_number(ret, db, entry->person_id);
        add_word(ret, "code", entry->code);
        add_desk(ret, db, entry);
        if (entry->need_id != 0)
            text_appendf(ret, ",\"need\":%lld", (long long)entry->need_id);
        if (is_count(entry->kind))
            text_appendf(ret, ",\"count\":%lld", (long long)entry->number);
        text_append_string(ret, "}");
    }
    text_appendf(ret, "],\"timeline_cut\":%u", report->timeline_cut);
}

void report_append_json(const struct report *report, struct db *db, struct text *ret)
{
    add_incident(report, ret);
    add_funnel(report, ret);
    text_append_string(ret, ",\"delays\":{");
    add_delay(ret, "dispatcher", &report->dispatcher, "");
    add_delay(ret, "channel", &report->channel, ",");
    add_delay(ret, "reply", &report->reply, ",");
    add_delay(ret, "turnout", &report->turnout, ",");
    add_delay(ret, "travel", &report->travel, ",");
    add_delay(ret, "travel_excess", &report->excess, ",");
    text_append_string(ret, "}");
    add_needs(report, ret);
    text_appendf(ret, ",\"hours\":{\"people\":%u,\"minutes\":%lld,\"credited\":%lld}",
                 report->people_helped, (long long)report->minutes_worked,
                 (long long)report->minutes_credited);
    add_people(report, db, ret);
    add_timeline(report, db, ret);
    text_append_string(ret, "}");
}

int report_write(struct db *db, int64_t incident_id, struct text *ret,
                 struct diag *reterr)
{
    struct report report;
    int status = report_gather(db, incident_id, &report, reterr);
    if (status != ST_OK)
        return status;
    report_append_json(&report, db, ret);
    report_release(&report);
    return ret->status;
}
