/* SPDX-License-Identifier: Apache-2.0 */
/* A call-out's board: the funnel, the assignments, the alerts with their messages. */
#ifndef MUSTER_STORE_READ_BOARD_H
#define MUSTER_STORE_READ_BOARD_H

#include "store/read_incident.h"

/* How many alerts got how far. The first three are steps that later ones include; the
 * states are the present ones. */
struct read_funnel {
    int64_t alerted, delivered, read;
    int64_t accepted, limited, late, declined, no_answer, void_, stood_down, pending;
    int64_t en_route, on_scene;
};
int read_funnel(struct db *db, int64_t callout_id, struct read_funnel *ret)
    __attribute__((warn_unused_result));

struct read_assignment {
    int64_t id, incident_id, alert_id, person_id, need_id, callout_id;
    char state[READ_CODE_SIZE], outcome[READ_CODE_SIZE];
    int32_t line, count;
    int64_t assigned_ms, en_route_ms, on_scene_ms, released_ms, reported_ms, verified_ms;
    int64_t here_ms, sos_ms, sos_acknowledged_ms, reported_by, verified_by;
    int32_t minutes_worked, minutes_credited;
    uint32_t travel_ms;
};
/* ST_NOT_FOUND. */
int read_assignment(struct db *db, int64_t id, struct read_assignment *ret)
    __attribute__((warn_unused_result));
/* The newest one of an alert; ST_NOT_FOUND. */
int read_assignment_of_alert(struct db *db, int64_t alert_id, struct read_assignment *ret)
    __attribute__((warn_unused_result));
/* Of a call-out (or, CALLOUT 0, of the whole incident), oldest first. */
struct query *read_assignments(struct db *db, int64_t incident_id, int64_t callout_id);
void read_assignment_row(struct query *query, struct read_assignment *ret);

struct read_alert {
    int64_t id, callout_id, incident_id, person_id;
    char state[READ_CODE_SIZE];
    int32_t line, wave, count, ready_in_minutes, digits_tries;
    int64_t alerted_ms, answered_ms, seen_ms, fetched_ms;
    uint32_t travel_ms;
    double p_accept, p_in_time;
    bool forced, on_behalf, is_bound;
    uint8_t device_hash[32];
};
/* ST_NOT_FOUND. */
int read_alert(struct db *db, int64_t id, struct read_alert *ret)
    __attribute__((warn_unused_result));
/* Of a call-out, by id, from the first above AFTER. */
struct query *read_alerts(struct db *db, int64_t callout_id, int64_t after);
void read_alert_row(struct query *query, struct read_alert *ret);

/* The messages of the alerts of a call-out with FIRST <= alert <= LAST, by alert, then
 * id: columns alert_id, channel, state, sent_ms or created_ms, kind. */
struct query *read_messages(struct db *db, int64_t callout_id, int64_t first,
                            int64_t last);

#endif
