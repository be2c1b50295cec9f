/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that people wrote, the requester, and positions: rows sealed under the subject's
 * key. Events hold a keyed hash of them. Reading is for any connection; writing for
 * commands on the writer's thread. */
#ifndef MUSTER_STORE_TEXTS_H
#define MUSTER_STORE_TEXTS_H

#include "geo/point.h"
#include "store/commands.h"

/* What a text is, and what its row id means. */
enum text_kind {
    TEXT_TITLE,  /* incident */
    TEXT_REASON, /* event sequence of the incident */
    TEXT_REPORT, /* assignment */
    TEXT_NOTES,  /* need (store/notes.h) */
    TEXT_KIND_COUNT
};

struct stage;
struct vault;

/* ST_NOT_FOUND: none, or the key is destroyed. *ret: mem_free. The newest one. */
int text_read(struct db *db, struct vault *vault, int64_t incident_id,
              enum text_kind kind, int64_t row, char **ret)
    __attribute__((warn_unused_result));
/* PERSON_ID 0: under the incident's key. */
int text_put(struct writer *writer, int64_t incident_id, enum text_kind kind, int64_t row,
             int64_t person_id, const char *text, int64_t now_ms, uint8_t ret_hash[32])
    __attribute__((warn_unused_result));

/* ST_NOT_FOUND. */
int requester_read(struct db *db, struct vault *vault, int64_t incident_id,
                   struct requester *ret) __attribute__((warn_unused_result));
int requester_put(struct stage *stage, int64_t incident_id,
                  const struct requester *requester) __attribute__((warn_unused_result));
/* Of an incident that is closed or cancelled, and of those merged into it: what is sealed
 * under its key opens no more, and the place of a home is known to 250 m. Again: ST_OK.
 * ST_NOT_FOUND; ST_CONFLICT: it goes on, or was merged into another one. */
int requester_erase(struct writer *writer, int64_t incident_id, int64_t actor,
                    int64_t now_ms, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The same of one alone, whatever its state: a backup of before is erased again. */
int requester_forget(struct writer *writer, int64_t incident_id, int64_t actor,
                     int64_t now_ms) __attribute__((warn_unused_result));
/* 1, 0 or an error. */
int requester_is_erased(struct db *db, int64_t incident_id)
    __attribute__((warn_unused_result));
/* INTO gets a copy of FROM's, if it has none. ST_OK if there is nothing to copy. */
int requester_copy(struct stage *stage, int64_t from, int64_t into)
    __attribute__((warn_unused_result));

/* Where a person is while on an assignment: the newest position that they share, or
 * (AT_MS POSITION_SAID) where they said they come from, which counts as one and is shown
 * to nobody. position_put tells the crowd too, after the commit. ST_NOT_FOUND: the person
 * was erased. */
#define POSITION_SAID 0
int position_read(struct db *db, struct vault *vault, int64_t assignment_id,
                  struct point *ret, int64_t *ret_at_ms)
    __attribute__((warn_unused_result));
int position_put(struct writer *writer, int64_t assignment_id, int64_t person_id,
                 struct point at, int64_t at_ms) __attribute__((warn_unused_result));

#endif
