/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the readiness indicators of every area from the rows and, for who reaches a
 * village in time, from the crowd and the roads of this moment. */
#ifndef MUSTER_READY_COUNT_H
#define MUSTER_READY_COUNT_H

#include "ready/indicator.h"
#include "store/area.h"

#define READY_REACH_PEOPLE 3 /* with first aid, in a village */
#define READY_REACH_MINUTES 15
#define READY_CERTIFIED_DAYS 30 /* more, a certificate shall hold */
#define READY_YEAR_DAYS 365     /* back, that the loop's indicators look */
#define READY_ANSWER_MINUTES 5  /* time to answer an alert */
#define READY_VERIFY_DAYS 7     /* time for a second person */
#define READY_DRILL_DAYS 183    /* back, that an exercise counts */

struct crowd;
struct db;

struct ready_counts {
    struct area_tree areas; /* as they stand in the database */
    /* By index of the area: with everything below it. */
    struct ready_share (*shares)[READY_COUNT];
};

/* CROWD NULL (or without roads): nobody's reach is counted. ST_NO_MEMORY, or what the
 * database says. A few microseconds a person, alert and need of the year, and a question
 * to the crowd for each village: not for a loop's thread. */
int ready_count(struct ready_counts *ret, struct db *db, struct crowd *crowd,
                int64_t now_ms) __attribute__((warn_unused_result));
/* Zeroed is fine. */
void ready_counts_release(struct ready_counts *counts);

#endif
