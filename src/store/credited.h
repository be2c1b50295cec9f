/* SPDX-License-Identifier: Apache-2.0 */
/* Credited hours of a time, by organisation or by the people of one. A person's hours are
 * reported by the first of their organisations as it stands now; who has none, and who
 * was erased (an erasure takes the organisations too), is reported under "". Hours
 * belong to the day on which the work ended, so a correction changes that day's figure,
 * whenever it is made. Who was merged into another has none: they are the other's. */
#ifndef MUSTER_STORE_CREDITED_H
#define MUSTER_STORE_CREDITED_H

#include "store/people.h"

#include <stdbool.h>
#include <stdint.h>

#define CREDITED_ORGANISATIONS_MAX 10000
#define CREDITED_PEOPLE_MAX 1000000

struct db;

struct credited_wish {
    int64_t from_ms, until_ms; /* the work ended at from_ms or later, before until_ms */
    bool exercise;             /* those of exercises, else those of what was real */
    /* Sorted ids: only people of these areas are counted. NULL: everybody. */
    const int64_t *areas;
    uint32_t area_count;
    const char *organisation; /* its people; NULL: the organisations */
    int64_t after;            /* people: only ids above it */
    uint32_t limit;           /* people */
};

struct credited_row {
    int64_t id;                             /* of the person; 0 of an organisation */
    char name[PERSON_ORGANISATION_MAX + 1]; /* the organisation's, or the number */
    int64_t people, minutes, assignments; /* assignments that minutes are credited for */
};

struct credited {
    struct credited_row *rows; /* organisations by name, people by id */
    uint32_t count, capacity;
    bool more; /* people behind the last row */
};

/* RET: credited_release, after a failure too. ST_LIMIT: more organisations than there may
 * be. Reads every assignment that ended in the time and its postings: not for a loop's
 * thread. */
int credited_count(struct db *db, const struct credited_wish *wish, struct credited *ret)
    __attribute__((warn_unused_result));
void credited_release(struct credited *hours);

#endif
