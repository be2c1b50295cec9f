/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by people.c (reading) and people_write.c. */
#ifndef MUSTER_STORE_PEOPLE_INTERNAL_H
#define MUSTER_STORE_PEOPLE_INTERNAL_H

#include "store/people.h"

/* Ids in (after, last]. Whoever reads everybody does so range by range, so that no engine
 * holds all rows at once and any number of threads can share the work. */
#define PEOPLE_RANGE 8192
struct people_range {
    int64_t after, last;
};
/* As people_each, of one range. */
int people_walk(struct db *db, struct vault *vault, const struct skill_table *skills,
                const struct people_range *range,
                int (*visit)(void *context, const struct person *person), void *context)
    __attribute__((warn_unused_result));
int people_last_id(struct db *db, int64_t *ret) __attribute__((warn_unused_result));

#endif
