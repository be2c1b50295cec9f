/* SPDX-License-Identifier: Apache-2.0 */
/* Who opened a person's data, and when: an event of the instance chain, and a row by
 * which the person can be shown it (invariant 11b). */
#ifndef MUSTER_STORE_LOOKS_H
#define MUSTER_STORE_LOOKS_H

#include "store/account.h"

#include <stdint.h>

#define LOOKS_SHOWN_MAX 10

struct db;
struct writer;

struct look_seen {
    int64_t at_ms;
    char account[ACCOUNT_NAME_MAX + 1];
};

/* Inside a command, on the writer's thread. */
int looks_put(struct writer *writer, int64_t person_id, int64_t account_id,
              int64_t now_ms) __attribute__((warn_unused_result));
/* The newest first, at most LOOKS_SHOWN_MAX. */
int looks_read(struct db *db, int64_t person_id, struct look_seen ret[LOOKS_SHOWN_MAX],
               uint32_t *ret_count) __attribute__((warn_unused_result));

#endif
