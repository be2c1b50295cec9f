/* SPDX-License-Identifier: Apache-2.0 */
/* The learned response model of an instance: folded from the rows in the database, and
 * further before each use. Everybody who looks sees one state; the same rows give the
 * same model in every process. All functions are thread-safe but new and free. */
#ifndef MUSTER_DISPATCH_LEARNER_H
#define MUSTER_DISPATCH_LEARNER_H

#include "base/diag.h"
#include "plan/learn.h"

#include <stdint.h>

struct learner;

/* DB_PATH NULL: nothing is ever learned, the first figures of CONFIG hold. Folds what is
 * there: some microseconds a row. ST_INVALID, ST_NO_MEMORY, errors of the database. */
int learner_new(struct learner **ret, const char *db_path,
                const struct learn_config *config, struct diag *reterr)
    __attribute__((warn_unused_result));
void learner_free(struct learner *learner);

/* Folds the rows committed meanwhile; if the database cannot be read now, what was known
 * before holds. */
void learner_catch_up(struct learner *learner, int64_t now_ms);

/* One state, until it is given back; catching up waits meanwhile, so keep it short. */
struct learner_view {
    const struct learn *learn;
    const struct response_model *models[2]; /* [exercise] */
};
void learner_take(struct learner *learner, struct learner_view *ret);
void learner_give(struct learner *learner);

#endif
