/* SPDX-License-Identifier: Apache-2.0 */
/* Retention: the events of an incident that has been closed for so many days, with every
 * outcome verified and every message ended, move from `event` to `event_archive`, and
 * positions that its people shared are deleted. Everybody who reads events reads both
 * tables, so `verify`, `replay` and `report` do not see a difference
 * (docs/decisions/0023). */
#ifndef MUSTER_STORE_ARCHIVE_H
#define MUSTER_STORE_ARCHIVE_H

#include "base/clock.h"
#include "base/diag.h"

#include <stdint.h>

struct db;
struct writer;

#define ARCHIVE_AT_ONCE 2000    /* positions in one command: replies wait that long */
#define ARCHIVE_NEWEST_KEPT 250 /* events: what live streams read again */

struct archive_config {
    struct writer *writer;
    struct clock *clock;
    const char *db_path;
    int64_t days;    /* since the incident was closed; 0 = never */
    int64_t at_once; /* positions in one command; 0 = ARCHIVE_AT_ONCE */
};

struct archive;
int archive_new(struct archive **ret, const struct archive_config *config,
                struct diag *reterr) __attribute__((warn_unused_result));
/* After archive_stop. NULL is fine. */
void archive_free(struct archive *archive);
/* Moves what it is time for; *ret_moved = incidents. A failure leaves an incident in both
 * tables, each event in one of them; the next run goes on. O(closed incidents). */
int archive_run(struct archive *archive, int64_t now_ms, uint32_t *ret_moved)
    __attribute__((warn_unused_result));
/* Incidents moved so far, in the life of the instance: for /metrics. */
int64_t archive_count(struct db *db);
/* A thread that runs it every hour. */
int archive_start(struct archive *archive) __attribute__((warn_unused_result));
void archive_stop(struct archive *archive);

#endif
