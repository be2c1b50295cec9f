/* SPDX-License-Identifier: Apache-2.0 */
/* A call-out's board: the funnel, the assignments, the alerts with their messages. */
#ifndef MUSTER_STORE_READ_BOARD_H
#define MUSTER_STORE_READ_BOARD_H

#include "store/people.h"
#include "store/read_incident.h"

/* How many alerts got how far. The first three are steps that later ones include; the
 * states are the present ones. */
struct read_funnel {
    int64_t alerted, delivered, read;
    int64_t in_state[ALERT_STATE_COUNT];
    int64_t en_route, on_scene;
};
/* Asked ahead, then taken. */
struct read_funnel_asked {
    struct query *alerts, *delivered, *assignments;
};
void read_funnel_ask(struct read_funnel_asked *asked, struct db *db, int64_t callout_id);
int read_funnel_take(struct read_funnel_asked *asked, struct read_funnel *ret)
    __attribute__((warn_unused_result));

struct read_assignment {
    int64_t id, incident_id, alert_id, person_id, need_id, callout_id;
    char state[READ_CODE_SIZE], outcome[READ_CODE_SIZE];
    int32_t line, count;
    int64_t alerted_ms, assigned_ms, en_route_ms, on_scene_ms, released_ms, reported_ms;
    int64_t set_out_ms; /* since when travel_ms counts (loop_set_out_ms) */
    int64_t verified_ms, here_ms, sos_ms, sos_acknowledged_ms, reported_by, verified_by;
    int32_t minutes_worked, minutes_credited;
    uint32_t travel_ms;
};
/* The newest one of an alert: asked ahead, then taken; ST_NOT_FOUND. */
struct query *read_assignment_of_alert(struct db *db, int64_t alert_id);
int read_assignment_take(struct query *query, struct read_assignment *ret)
    __attribute__((warn_unused_result));
/* The same without reading, from the writer's rows: what a step left (commands.h). */
void read_assignment_of(const struct assignment *assignment, const struct alert *alert,
                        int64_t incident_id, struct read_assignment *ret);
/* Of a call-out (or, CALLOUT 0, of the whole incident), oldest first. */
struct query *read_assignments(struct db *db, int64_t incident_id, int64_t callout_id);
void read_assignment_row(struct query *query, struct read_assignment *ret);

/* Those of a call-out by id, at most LIMIT from the first above AFTER, asked ahead, each
 * with what a board shows of it; of the row that the query stands on: */
struct query *read_board_assignments(struct db *db, int64_t incident_id,
                                     int64_t callout_id, int64_t after, int64_t limit);
/* The same of all who are out, or went home unheard of since: oldest first, ids above
 * AFTER, at most LIMIT. Of it only the row and read_board_identity. */
struct query *read_people_out(struct db *db, int64_t after, int64_t limit);
int read_board_identity(struct query *query, struct vault *vault,
                        struct person_identity *ret) __attribute__((warn_unused_result));
/* The newest one that the person shared, and when; false: none. */
bool read_board_position(struct query *query, struct vault *vault, struct point *ret,
                         int64_t *ret_at_ms);
char *read_board_report(struct query *query, struct vault *vault); /* NULL, or mem_free */
const char *read_board_reporter(struct query *query); /* "": the person, or not known */
/* A device of theirs shows where to go: not after a yes by text or on behalf. */
bool read_board_sees_place(struct query *query);
bool read_board_is_erased(struct query *query); /* nobody is left who could report */

struct read_alert {
    int64_t id, callout_id, incident_id, person_id;
    char state[READ_CODE_SIZE];
    int32_t line, wave, count, ready_in_minutes, digits_tries;
    uint8_t lines_able; /* bit per line of the need that the person is qualified for */
    int64_t alerted_ms, answered_ms, seen_ms, fetched_ms;
    uint32_t travel_ms;
    double p_accept, p_in_time;
    int64_t asked_ms; /* limited: when "we need you now" was sent */
    bool forced, on_behalf, is_bound;
    bool said_no; /* last, whatever became of it */
    uint8_t device_hash[32];
};
/* ST_NOT_FOUND. */
int read_alert(struct db *db, int64_t id, struct read_alert *ret)
    __attribute__((warn_unused_result));
/* With what else a reply link's page asks of its person, in one question: asked ahead,
 * then taken. ST_NOT_FOUND. */
struct read_link {
    struct read_alert alert;
    int64_t own_page_ended_ms; /* as own_page_ended */
    bool was_looked_at;        /* looks_ask has somebody to tell of */
};
struct query *read_link_ask(struct db *db, int64_t alert_id);
int read_link_take(struct query *query, struct read_link *ret)
    __attribute__((warn_unused_result));
/* The same without reading, from the writer's row. */
void read_alert_of(const struct alert *alert, int64_t incident_id,
                   struct read_alert *ret);
/* Of a call-out, by id, at most LIMIT from the first above AFTER, with who it is; asked
 * ahead. */
struct query *read_alerts(struct db *db, int64_t callout_id, int64_t after,
                          int64_t limit);
/* Those of a call-out with these IDS, 1 to READ_ALERTS_OF_MAX, likewise. */
enum { READ_ALERTS_OF_MAX = 16 };
struct query *read_alerts_of(struct db *db, int64_t callout_id, const int64_t *ids,
                             int32_t count);
void read_alert_row(struct query *query, struct read_alert *ret);
int read_alert_identity(struct query *query, struct vault *vault,
                        struct person_identity *ret) __attribute__((warn_unused_result));

/* The messages of the same alerts, by alert, then id: columns alert_id, channel, state,
 * sent_ms or created_ms, kind. Asked ahead. */
struct query *read_messages(struct db *db, int64_t callout_id, int64_t after,
                            int64_t limit);
/* Of those of the call-out with these IDS, 1 to READ_ALERTS_OF_MAX. */
struct query *read_messages_of(struct db *db, int64_t callout_id, const int64_t *ids,
                               int32_t count);

#endif
