/* SPDX-License-Identifier: Apache-2.0 */
/* An incident from its events alone: feed the records of its chain in order, up to any
 * moment, and the rows are as they stood then. Pure. The caller may set beforehand what
 * events do not hold (case number, place) in `incident`, and afterwards the lines of
 * needs.
 *
 * What events tell is exact: every state, every time of a change, who, which line, the
 * minutes. What they do not tell is left zero: lines of needs (and deadlines, in
 * events of before there was need.deadline), the kind of
 * a message, timers, links, and how many people a team brings before it has arrived (1).
 * A message is known from its first try on; one that was queued again and withdrawn
 * without a word stays queued. */
#ifndef MUSTER_LOOP_REPLAY_H
#define MUSTER_LOOP_REPLAY_H

#include "base/diag.h"
#include "loop/events.h"
#include "loop/model.h"

#include <stdbool.h>
#include <stdint.h>

struct replay_event {
    enum event_kind kind;
    int64_t at_ms;
    int64_t actor; /* account; 0 the system; < 0 minus the person's id */
    int64_t need_id, callout_id, alert_id, assignment_id, person_id, message_id;
    const char *code; /* NULL or "" = none */
    int64_t number;
};

/* All zero at the start but for what the caller knows of the incident. */
struct replay {
    struct loop_incident incident; /* its messages are sorted after replay_finish only */
    uint32_t event_count;
    int64_t at_ms;        /* of the newest event */
    int64_t actor;        /* newest one named: the others of a step have actor 0 */
    uint32_t *newest;     /* by alert: index + 1 of its newest message */
    uint32_t desk_newest; /* the same of those to desks */
    uint32_t *before;     /* by message: index + 1 of the one before it */
    uint32_t newest_capacity, before_capacity;
};

/* 0; ST_CORRUPT: the event speaks of a row that no event has made, or of a state that
 * there is not; ST_LIMIT, ST_NO_MEMORY. O(log rows). */
int replay_apply(struct replay *replay, const struct replay_event *event,
                 struct diag *reterr) __attribute__((warn_unused_result));
/* After the last event: sorts the messages by id, as every other incident has them. */
void replay_finish(struct replay *replay);
void replay_release(struct replay *replay);

#endif
