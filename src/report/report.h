/* SPDX-License-Identifier: Apache-2.0 */
/* The report after an incident or an exercise, from its events and plan records: how many
 * were asked, reached, came; where the time went; what was promised and what was reached;
 * who was asked and why; hours. People appear by number only. */
#ifndef MUSTER_REPORT_REPORT_H
#define MUSTER_REPORT_REPORT_H

#include "base/diag.h"
#include "loop/replay.h"
#include "store/area.h"

#include <stdint.h>

#define REPORT_PEOPLE_MAX 500   /* told one by one; the figures count everybody */
#define REPORT_TIMELINE_MAX 400 /* entries */
#define REPORT_NEEDS_MAX LOOP_NEEDS_MAX
#define REPORT_JSON_MAX (8u << 20)

struct db;
struct text;

/* A delay over all who have it, in seconds. */
struct report_delay {
    uint32_t count;
    double median, p90, most;
};

/* How many alerts got so far; later steps are in earlier ones. Of the people alerted, one
 * may have had several (people_alerted counts them once). */
struct report_funnel {
    uint32_t alerted, handed_over, delivered, seen, answered, accepted, set_out, on_scene;
    uint32_t declined, no_answer, late, stood_down, void_, withdrawn, no_show,
        turned_back;
};

#define REPORT_DEADLINES_MAX 8 /* of one need; later ones replace the last */

/* What was promised when the first wave went, and what was reached. A need that was
 * re-opened may have had several deadlines: whoever came is measured against the one that
 * held when they said yes. */
struct report_need {
    int64_t id, stated_ms, first_alert_ms, filled_ms, met_ms, escalated_ms, deadline_ms;
    enum need_state state;
    uint32_t wanted, accepted, on_scene, in_time, waves, alerted, asked_at_first;
    double promised, target; /* of the first wave's plan; 0 = there was none */
    int64_t first_on_scene_ms;
    uint32_t deadline_count; /* the first as stated; deadline_ms is the last */
    struct report_deadline {
        int64_t from_ms, deadline_ms;
    } deadlines[REPORT_DEADLINES_MAX];
    double expected_yes; /* sum of the chances to accept, of all alerted */
};

struct report_entry {
    int64_t at_ms;
    enum event_kind kind;
    int64_t number, person_id, need_id;
    char code[24];
};

struct report {
    struct replay replay; /* as it stands at the end */
    char area[AREA_NAME_MAX + 1];
    int64_t confirmed_ms, first_callout_ms, first_alert_ms, ended_ms;
    struct report_funnel funnel;
    /* Dispatcher: report to call-out. Channel: alert to handed over. Reply: handed over
     * to the answer. Turnout: yes to leaving. Travel: leaving to arrival; excess: arrival
     * against the planned way from the departure. */
    struct report_delay dispatcher, channel, reply, turnout, travel, excess;
    struct report_need needs[REPORT_NEEDS_MAX];
    uint32_t need_count;
    int64_t *handed_ms; /* by alert: first handed over; 0 = never */
    struct report_entry *timeline;
    uint32_t timeline_count, timeline_cut;
    uint32_t people_alerted, people_helped; /* helped: on scene, or with minutes */
    int64_t minutes_worked, minutes_credited;
};

/* Fills RET (report_release). ST_NOT_FOUND, ST_CORRUPT, ST_NO_MEMORY, db's errors. */
int report_gather(struct db *db, int64_t incident_id, struct report *ret,
                  struct diag *reterr) __attribute__((warn_unused_result));
void report_release(struct report *report);

/* Appends the report as JSON; DB gives the people's numbers. The document is described in
 * docs/formats/report.md. */
void report_append_json(const struct report *report, struct db *db, struct text *ret);

/* Both at once. */
int report_write(struct db *db, int64_t incident_id, struct text *ret,
                 struct diag *reterr) __attribute__((warn_unused_result));

#endif
