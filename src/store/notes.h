/* SPDX-License-Identifier: Apache-2.0 */
/* What is told to those who come to a need: three short texts in one row of `text`,
 * sealed under the incident's key as the requester is. Each change is a row of its own,
 * the newest counts; its event holds a keyed hash. Reading is for any connection. */
#ifndef MUSTER_STORE_NOTES_H
#define MUSTER_STORE_NOTES_H

#include "loop/loop.h"

#define NOTES_CHARACTERS_MAX 200 /* of each text */
#define NOTES_TEXT_MAX (4 * NOTES_CHARACTERS_MAX)

struct db;
struct stage;
struct vault;
struct writer;

/* "" = nothing. */
struct need_notes {
    char place[NOTES_TEXT_MAX + 1];
    char contact[NOTES_TEXT_MAX + 1];
    char warning[NOTES_TEXT_MAX + 1];
};

/* ST_NOT_FOUND: nothing was ever told, or the key is destroyed. */
int notes_read(struct db *db, struct vault *vault, int64_t incident_id, int64_t need_id,
               struct need_notes *ret) __attribute__((warn_unused_result));

/* ---- on the writer's thread */
/* What INPUT (LOOP_NEED, LOOP_NEED_NOTES) tells from now on: fills RET, points LOCAL and
 * input->notes to it, or sets input->notes to NULL if that changes nothing. */
int notes_resolve(struct writer *writer, int64_t incident_id, struct loop_input *input,
                  struct need_notes *ret, struct loop_notes *local)
    __attribute__((warn_unused_result));
/* ST_LIMIT: longer than struct need_notes holds; ST_INVALID: has the mark between. */
int notes_put(struct stage *stage, int64_t incident_id, int64_t need_id,
              const struct loop_notes *notes, int64_t now_ms, uint8_t ret_hash[32])
    __attribute__((warn_unused_result));
/* For a LOOP_NEED that states the same elsewhere: all texts of NOTES, which is borrowed.
 */
struct loop_notes notes_borrow(const struct need_notes *notes);

#endif
