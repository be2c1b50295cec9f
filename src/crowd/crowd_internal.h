/* SPDX-License-Identifier: Apache-2.0 */
/* What crowd.c (keeping) and nearest.c (asking) share. */
#ifndef MUSTER_CROWD_CROWD_INTERNAL_H
#define MUSTER_CROWD_CROWD_INTERNAL_H

#include "crowd/crowd.h"

#include <pthread.h>
#include <stdatomic.h>

#define MEMBER_NONE UINT32_MAX
#define POOL_MAX 64 /* workspaces kept for queries to come */

struct member_spots {
    struct road_spot modes[ROAD_MODE_COUNT];
};

struct member {
    struct crowd_person person;
    struct skill_set potential; /* everything stated and implied */
    struct skill_set believed;  /* what needs no certificate, and what that implies */
    int32_t adult_day;          /* the 18th birthday, INT32_MIN = not known */
    struct member_spots *spots; /* [0] home, [1 + i] places[i] */
    bool used, committed, committed_exercise;
    uint32_t alert_count;
    int64_t alerts_ms[CROWD_ALERTS_KEPT]; /* newest last */
};

/* "Member M, at place P, is MS before this node": one list a node and mode. */
struct entry {
    uint32_t member, next;
    uint32_t ms, m;
    uint8_t place;
    bool own; /* the list's mode is the member's own */
};

struct workspace; /* of one query at a time: nearest.c */

struct crowd {
    const struct road *road;
    struct skill_table *skills;
    struct calendar calendar;
    uint32_t weekly_cap, people_max, node_count;

    pthread_rwlock_t lock;            /* guards everything below down to the pool */
    const struct road_closed *closed; /* the caller's */
    uint32_t count;                   /* people */
    uint32_t member_count, member_capacity;
    struct member **members; /* NULL = free slot */
    uint32_t *free_slots;
    uint32_t free_count, free_capacity;
    uint32_t *table; /* id hash: slot + 1, open addressing, linear probing */
    uint32_t table_size;
    uint32_t *heads[ROAD_MODE_COUNT]; /* first entry of each node */
    struct entry *entries;
    uint32_t entry_count, entry_capacity, entry_free;
    _Atomic uint64_t version, closed_version;

    pthread_mutex_t pool_lock; /* guards the pool; taken after `lock` or alone */
    struct workspace *pool[POOL_MAX];
    uint32_t pool_count;
};

/* The slot of a person or MEMBER_NONE. The lock is held. */
uint32_t crowd_find(const struct crowd *crowd, int64_t id);
/* The skills that count on a day: believed ones, and those whose certificate is valid. */
void crowd_effective(const struct crowd *crowd, const struct member *member, int32_t day,
                     struct skill_set *ret);
void workspace_free(struct workspace *workspace);

#endif
