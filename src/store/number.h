/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that an instance keeps of itself, by name (table `instance`). */
#ifndef MUSTER_STORE_NUMBER_H
#define MUSTER_STORE_NUMBER_H

#include "base/status.h"

#include <stdint.h>

struct db;

/* *RET = OTHERWISE if there is none, and after an error. db's errors. */
int number_read(struct db *db, const char *key, int64_t otherwise,
                int64_t *ret) MUSTER_MUST_USE;
/* Inside a transaction of the writer. */
int number_put(struct db *db, const char *key, int64_t number) MUSTER_MUST_USE;

#endif
