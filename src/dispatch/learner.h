/* SPDX-License-Identifier: Apache-2.0 */
/* The learned response model of an instance: folded from the rows in the database, and
 * further before each use. Everybody who looks sees one state; the same rows give the
 * same model in every process. All functions are thread-safe but new and free. */
#ifndef MUSTER_DISPATCH_LEARNER_H
#define MUSTER_DISPATCH_LEARNER_H

#include "base/diag.h"
#include "plan/learn.h"

#include <stdbool.h>
#include <stdint.h>

struct learner;

#define LEARNER_KEEP_ROWS 20000 /* new rows after which the fold is kept again */
#define LEARNER_FILE_MAX ((2u << 30) - 1) /* bytes; a larger fold is not kept */

/* DB_PATH NULL: nothing is ever learned, the first figures of CONFIG hold. Folds what is
 * there: some microseconds a row. ST_INVALID, ST_NO_MEMORY, errors of the database. */
int learner_new(struct learner **ret, const char *db_path,
                const struct learn_config *config, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The same, beginning with what the file KEPT holds of rows that are still there: only
 * later ones are folded. A file that is not there, damaged, of another program, or of
 * other rows is not used. KEEPS: it is written by learner_keep and learner_free; a
 * failure to write is none of the caller's, the next start folds more. Without personal
 * data but ids and figures; who is erased is gone from it once the rows are folded anew.
 */
int learner_new_kept(struct learner **ret, const char *db_path, const char *kept,
                     bool keeps, const struct learn_config *config, struct diag *reterr)
    __attribute__((warn_unused_result));
void learner_free(struct learner *learner);
/* How it began: rows taken from the file, rows folded; WHY the file was not used, NULL =
 * it was, or there was none to be used. Static. */
struct learner_start {
    uint64_t kept, folded;
    const char *why;
};
struct learner_start learner_started(const struct learner *learner);

/* Folds the rows committed meanwhile; if the database cannot be read now, what was known
 * before holds. */
void learner_catch_up(struct learner *learner, int64_t now_ms);
/* From now on what is to be folded anew, since somebody was erased or merged, is folded
 * on a thread of its own, and what was known before holds until it is done: for a server,
 * where nobody is to wait for it with a plan. Once, before others have the learner.
 * ST_NO_MEMORY. */
int learner_fold_aside(struct learner *learner, const char *db_path)
    __attribute__((warn_unused_result));
/* Writes the file, if it is worth it: some ms a thousand people, and nobody waits for it
 * but its caller. From one thread only. */
void learner_keep(struct learner *learner);

/* One state, until it is given back; catching up waits meanwhile, so keep it short. */
const struct learn *learner_take(struct learner *learner)
    __attribute__((warn_unused_result));
void learner_give(struct learner *learner);
/* The same with its response model, whose tables are made here if its times moved since
 * it was last asked for: some ms, so not where anybody waits for a page. */
struct learner_view {
    const struct learn *learn;
    const struct response_model *model;
};
void learner_take_model(struct learner *learner, bool exercise, struct learner_view *ret);

#endif
