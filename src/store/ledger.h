/* SPDX-License-Identifier: Apache-2.0 */
/* Credited hours, double entry, in minutes. Every posting is two entries that add up to
 * zero: the issuing account gives, the person's account takes; exercise hours have
 * accounts of their own. Nothing is changed or deleted: a correction posts a
 * counter-entry and the new figure. */
#ifndef MUSTER_STORE_LEDGER_H
#define MUSTER_STORE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct diag;
struct loop_credit;

/* The account that a person's minutes are on; static. */
const char *ledger_person_account(bool exercise);
/* After it the assignment's credited minutes are CREDIT's, whatever was posted before;
 * they are those of whom the person is an alias of, if of anybody. NEW_ID gives entry
 * ids. */
int ledger_credit(struct db *db, int64_t (*new_id)(void *context), void *context,
                  const struct loop_credit *credit, int64_t actor, int64_t now_ms)
    __attribute__((warn_unused_result));
/* What FROM was credited is TO's from now on: a posting between the two for each
 * assignment. */
int ledger_move(struct db *db, int64_t (*new_id)(void *context), void *context,
                int64_t from, int64_t to, int64_t actor, int64_t now_ms)
    __attribute__((warn_unused_result));
int ledger_minutes(struct db *db, int64_t person_id, bool exercise, int64_t *ret)
    __attribute__((warn_unused_result));
/* What a person is credited for, an assignment each as it stands now, whatever was
 * corrected or moved; the newest work first. */
struct ledger_line {
    int64_t at_ms; /* when the work ended */
    int32_t minutes;
    bool exercise;
    char case_number[16], kind[24]; /* of the incident */
};
int ledger_lines(struct db *db, int64_t person_id, struct ledger_line *ret, uint32_t max,
                 uint32_t *ret_count) __attribute__((warn_unused_result));
/* ST_CORRUPT if a posting does not add up to zero. */
int ledger_verify(struct db *db, struct diag *reterr) __attribute__((warn_unused_result));

#endif
