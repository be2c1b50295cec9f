/* SPDX-License-Identifier: Apache-2.0 */
/* The newest import of people can be taken back: what it changed is kept as it was, row
 * by row, sealed as it was (decision 0099). Nothing of that leaves the store. */
#ifndef MUSTER_STORE_PEOPLE_UNDO_H
#define MUSTER_STORE_PEOPLE_UNDO_H

#include "store/people.h"

#define PEOPLE_UNDO_MAX 200000 /* rows of a file: a larger one cannot be taken back */
#define PEOPLE_UNDO_MS (7 * 24 * 3600 * INT64_C(1000)) /* it is kept so long */

struct stage;

/* ---- reading. ST_NOT_FOUND: there is none that can be taken back. */
struct people_newest {
    int64_t id, at_ms, actor;
    uint32_t added, changed, retired;
};
int people_newest(struct db *db, int64_t now_ms, struct people_newest *ret)
    __attribute__((warn_unused_result));

/* ---- inside a command, on the writer's thread */
struct people_undo {
    int64_t id;        /* of the import: another one may be the newest by now */
    uint32_t restored; /* out: changed or retired by it, and as before now */
    uint32_t left;     /* added by it, and have left now */
    uint32_t kept;     /* changed by somebody since: these stay as they are */
};
/* ST_NOT_FOUND; ST_STALE: another import came after it. */
int people_undo(struct writer *writer, struct people_undo *undo, int64_t actor,
                int64_t now_ms, struct diag *reterr) __attribute__((warn_unused_result));

/* For people_import. Before a row is written: as it is now, or that it is new. */
int people_undo_keep(struct stage *stage, int64_t import_id, int64_t person_id,
                     bool is_new) __attribute__((warn_unused_result));
/* An import that changed something; what was kept of the one before is gone. IMPORT_ID 0:
 * this one was too large to be kept. */
int people_undo_note(struct stage *stage, int64_t import_id,
                     const struct people_import *import, int64_t actor, int64_t now_ms)
    __attribute__((warn_unused_result));

/* Lets go of what has been kept for too long, by a command; for a thread with a
 * connection of its own. */
int people_undo_expire(struct db *db, struct writer *writer, int64_t now_ms)
    __attribute__((warn_unused_result));

#endif
