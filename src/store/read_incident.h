/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents, needs and call-outs as rows for boards and lists, on a reader's connection.
 * Codes are as stored; texts live in the row. */
#ifndef MUSTER_STORE_READ_INCIDENT_H
#define MUSTER_STORE_READ_INCIDENT_H

#include "loop/model.h"
#include "store/writer.h"

#include <stdbool.h>
#include <stdint.h>

#define READ_CODE_SIZE 24

struct db;
struct query;

struct read_incident {
    int64_t id;
    char case_number[16];
    char state[READ_CODE_SIZE], kind[READ_CODE_SIZE];
    int32_t grade;
    bool exercise;
    struct point at;
    int64_t area_id, reported_ms, closed_ms, roll_call_ms, merged_into;
    int64_t first_position, last_position; /* of its events */
};
/* By its own id. ST_NOT_FOUND. */
int read_incident(struct db *db, int64_t id, struct read_incident *ret)
    __attribute__((warn_unused_result));
/* The one that the row KEY, ID belongs to. */
int read_incident_of(struct db *db, enum stage_key key, int64_t id,
                     struct read_incident *ret) __attribute__((warn_unused_result));
int read_incident_by_case(struct db *db, const char *case_number,
                          struct read_incident *ret) __attribute__((warn_unused_result));
/* Newest first, ids below BEFORE, at most LIMIT. Step the query, then read each row.
 * Running: also over, but with a call for help that nobody has seen to; and of the newest
 * READ_MERGED_AMONG incidents those that were merged, which may go on elsewhere. */
#define READ_MERGED_AMONG 2000
enum read_which { READ_RUNNING, READ_CLOSED, READ_ALL };
struct query *read_incident_list(struct db *db, enum read_which which, int64_t before,
                                 int64_t limit);
void read_incident_row(struct query *query, struct read_incident *ret);
/* INCIDENT becomes what it was merged into, however often; it stays if it was not. */
int read_incident_follow(struct db *db, struct read_incident *incident)
    __attribute__((warn_unused_result));

struct read_line {
    char skills[1024]; /* codes, ';' between */
    int32_t count, reserve, accepted, on_scene;
};
struct read_need {
    int64_t id, incident_id;
    char state[READ_CODE_SIZE];
    struct point at;
    int64_t stated_ms, deadline_ms, escalated_ms;
    int32_t reserve, mode;
    double target;
    uint32_t line_count;
    struct read_line lines[LOOP_LINES_MAX];
};
/* The needs of an incident (at most LOOP_NEEDS_MAX) with their seats counted as
 * domain.md says. RET: mem_free. */
int read_needs(struct db *db, int64_t incident_id, struct read_need **ret,
               uint32_t *ret_count) __attribute__((warn_unused_result));
/* How many of those who come to the need cannot be there by its deadline, by the ways of
 * now. */
int read_late(struct db *db, const struct read_need *need, int64_t now_ms, int64_t *ret)
    __attribute__((warn_unused_result));
/* ST_NOT_FOUND. */
int read_need(struct db *db, int64_t id, struct read_need *ret)
    __attribute__((warn_unused_result));
/* What lies around a call-out, in one round trip: its incident and its need. Ask, ask
 * more, take; or take never, then the next db_query of the same text drops it. */
struct read_around {
    struct query *incident, *need, *lines;
};
void read_around_ask(struct read_around *around, struct db *db, int64_t callout_id);
/* ST_NOT_FOUND. */
int read_around_take(struct read_around *around, struct read_incident *ret_incident,
                     struct read_need *ret_need) __attribute__((warn_unused_result));

struct read_callout {
    int64_t id, incident_id, need_id;
    char state[READ_CODE_SIZE];
    int64_t started_ms, ended_ms, replan_due_ms;
    int32_t waves, unsent, left_out; /* people */
    double probability;
    bool target_reached;
    uint32_t lift;
};
int read_callout(struct db *db, int64_t id, struct read_callout *ret)
    __attribute__((warn_unused_result));
/* Those of a need, oldest first. */
struct query *read_callouts(struct db *db, int64_t need_id);
void read_callout_row(struct query *query, struct read_callout *ret);

/* The present state of a row: its code in RET. ST_NOT_FOUND. */
int read_state(struct db *db, enum stage_key key, int64_t id, char ret[READ_CODE_SIZE])
    __attribute__((warn_unused_result));

#endif
