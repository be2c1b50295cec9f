/* SPDX-License-Identifier: Apache-2.0 */
/* Repeated requests (invariant 3): (actor, route, key) kept 24 h with the request's hash
 * and the answer. On the writer's thread, inside its transaction. */
#ifndef MUSTER_STORE_IDEMPOTENCY_H
#define MUSTER_STORE_IDEMPOTENCY_H

#include "store/writer.h"

#define IDEMPOTENCY_KEPT_MS (24 * INT64_C(3600000))

/* 0 = new, 1 = a repetition (the command's answer is filled), ST_UNPROCESSABLE = the key
 * was used for another request, or the disk's errors. */
int idempotency_find(struct db *db, struct command *command, int64_t now_ms)
    __attribute__((warn_unused_result));
int idempotency_put(struct db *db, const struct command *command, int64_t now_ms)
    __attribute__((warn_unused_result));
int idempotency_purge(struct db *db, int64_t now_ms) __attribute__((warn_unused_result));

#endif
