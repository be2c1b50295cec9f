/* SPDX-License-Identifier: Apache-2.0 */
/* The history of an incident read from its chain, on a reader's connection: event by
 * event, or as the rows stood at a moment (loop/replay.h). */
#ifndef MUSTER_STORE_HISTORY_H
#define MUSTER_STORE_HISTORY_H

#include "base/diag.h"
#include "loop/replay.h"

#include <stdint.h>

struct db;
struct read_incident;

/* Calls TAKE for each event, in order; stops when it
 * returns something but ST_OK, and returns that. The event's code lives until TAKE
 * returns. Kinds that this program does not know are passed over. ST_NOT_FOUND: no such
 * incident; ST_CORRUPT: an event's body cannot be read; db's errors. */
typedef int (*history_take)(void *context, const struct replay_event *event,
                            struct diag *reterr);
int history_each(struct db *db, int64_t incident_id, history_take take, void *context,
                 struct diag *reterr) __attribute__((warn_unused_result));

enum { HISTORY_TOUCHED_MAX = 200 };

/* Which alerts the events of INCIDENT behind position SINCE speak of: ids, ascending,
 * each once. Reads the events of all incidents since, a microsecond each. ST_LIMIT: more
 * than HISTORY_TOUCHED_MAX alerts, 1,000 events, or 4,000 of all incidents; db's errors.
 */
int history_touched(struct db *db, const struct read_incident *incident, int64_t since,
                    int64_t ids[HISTORY_TOUCHED_MAX], int32_t *ret_count)
    __attribute__((warn_unused_result));

/* The incident as it stood at UNTIL_MS: states from the events; of its row the facts that
 * never change (case, kind, place, area, exercise); of needs the place, counts and
 * deadline; of call-outs and alerts what the newest plan record up to then says
 * (probability, line, seconds, chances). RET is written on success only: replay_release.
 * ST_NOT_FOUND also if there was no event yet. */
int history_read(struct db *db, int64_t incident_id, int64_t until_ms, struct replay *ret,
                 struct diag *reterr) __attribute__((warn_unused_result));

/* The plan records of an incident's call-outs up to UNTIL_MS, oldest first: columns
 * callout_id, wave, at_ms, body. */
struct query *history_plans(struct db *db, int64_t incident_id, int64_t until_ms);

#endif
