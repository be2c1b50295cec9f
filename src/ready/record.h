/* SPDX-License-Identifier: Apache-2.0 */
/* What the readiness indicators were on days before: one count a day of every area above
 * the villages, kept for 400 days, then one a week. */
#ifndef MUSTER_READY_RECORD_H
#define MUSTER_READY_RECORD_H

#include "ready/indicator.h"

#define READY_DAILY_DAYS 400

struct crowd;
struct db;
struct writer;

/* Counts and keeps them by a command of WRITER, once a local day; else does nothing. DB
 * is the caller's own, for reading. As slow as ready_count: for a thread that may wait.
 */
int ready_record(struct db *db, struct crowd *crowd, struct writer *writer,
                 int64_t now_ms) __attribute__((warn_unused_result));

/* The days of an area, the oldest first. VISIT returns 0 to go on; its other values end
 * the walk and are returned. */
int ready_days_each(struct db *db, int64_t area_id,
                    int (*visit)(void *context, int32_t day,
                                 const struct ready_share shares[READY_COUNT]),
                    void *context) __attribute__((warn_unused_result));

#endif
