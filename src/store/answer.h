/* SPDX-License-Identifier: Apache-2.0 */
/* What the response model learns from, one row per answer, silence, departure, arrival,
 * withdrawal: written in the transaction of the step, in the order of the fold
 * (plan/learn.h). Rows hold ids, times and figures, nothing a person wrote. */
#ifndef MUSTER_STORE_ANSWER_H
#define MUSTER_STORE_ANSWER_H

#include "plan/learn.h"
#include "store/db.h"

struct stage;
struct loop_incident;
struct loop_effects;
struct writer;

/* The rows that follow from a step. */
int answer_put_step(struct stage *stage, struct loop_incident *incident,
                    const struct loop_effects *effects, int64_t now_ms)
    __attribute__((warn_unused_result));
/* Where the rows of a person are, and of those who stand for them. There is no index by
 * person, which every answer would pay for, so it takes O(rows of all people): found on a
 * reader's connection before the command, the writer meets only these and newer ones. */
struct answer_rows {
    int64_t until; /* as of this row */
    int64_t *ids;
    uint32_t count;
};
int answer_find(struct db *db, int64_t person_id, struct answer_rows *ret)
    __attribute__((warn_unused_result));
void answer_rows_release(struct answer_rows *rows); /* after a failure, too */
/* In a command: ROWS are those of the person whom the next calls are about, until NULL is
 * given. Not used if others' rows may have become the person's since. */
void answer_use(struct writer *writer, const struct answer_rows *rows);

/* Erasure: the person's rows go, and a row LEARN_FORGET says that the model is to be
 * folded anew. O(rows of all people), but for the above. */
int answer_forget(struct stage *stage, int64_t person_id, int64_t now_ms)
    __attribute__((warn_unused_result));
/* Merging: DUPLICATE's rows are PERSON's from now on. */
int answer_move(struct stage *stage, int64_t duplicate, int64_t person_id, int64_t now_ms)
    __attribute__((warn_unused_result));

/* Once in the life of an instance, at a start of the server: rows of what events tell of
 * before the first row, for the function of a command (command_call); CONTEXT: int64_t
 * for how many, may be NULL. O(events). Later calls do nothing. ST_LIMIT beyond
 * ANSWER_RECOVERED_MAX. */
#define ANSWER_RECOVERED_MAX 10000000
struct diag;
int answer_recover(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr) __attribute__((warn_unused_result));

/* Rows with an id above AFTER, in order. `before` and `before_ms` are the reader's. */
struct answer_row {
    struct learn_row row;
    int64_t alert_id;
};
struct query *answer_read(struct db *db, int64_t after);
/* 1 = RET is filled, 0 = no more, or an error of the database; ST_CORRUPT. */
int answer_next(struct query *query, struct answer_row *ret)
    __attribute__((warn_unused_result));

#endif
