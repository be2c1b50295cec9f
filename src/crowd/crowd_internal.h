/* SPDX-License-Identifier: Apache-2.0 */
/* What keeping (crowd.c, member.c, group.c, moves.c) and asking (nearest.c and its parts)
 * share. */
#ifndef MUSTER_CROWD_CROWD_INTERNAL_H
#define MUSTER_CROWD_CROWD_INTERNAL_H

#include "crowd/crowd.h"
#include "crowd/intern.h"
#include "crowd/slab.h"
#include "crowd/streets.h"
#include "road/pin.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#define MEMBER_NONE UINT32_MAX
#define CHUNK_BITS 15 /* 2 MB: a large page */
#define CHUNK_SIZE (1u << CHUNK_BITS)
#define NUMBER_INLINE 12
#define POOL_MAX 64    /* workspaces kept for queries to come */
#define MOVES_MAX 4096 /* waiting; then the mover waits for the queries */
#define ADULT_UNKNOWN 0

enum {
    MEMBER_USED = 1,
    MEMBER_SUSPENDED = 2,
    MEMBER_HAS_EMAIL = 4,
    MEMBER_COMMITTED = 8,
    MEMBER_EXERCISE = 16, /* committed in an exercise */
    MEMBER_HAS_PHONE = 32,
    MEMBER_MOVED = 64,        /* stands where crowd_move said */
    MEMBER_PLACED = 128,      /* has places with hours */
    MEMBER_MODE_SHIFT = 8,    /* 2 bits */
    MEMBER_PINNED_SHIFT = 10, /* 3 bits: modes in which `pin` is the home's */
    MEMBER_LONG_NUMBER = 1 << 13,
    MEMBER_WIDE_AREA = 1 << 14, /* the area is in the extra */
    MEMBER_HAS_PUSH = 1 << 15,
};

/* Everything that every question needs, in one cache line. */
struct member {
    int64_t id;
    char number[NUMBER_INLINE]; /* not ended when full; a longer one is in the extra */
    struct point home;
    struct road_pin pin;   /* of the home, in the modes that flags name; else extra */
    uint32_t group;        /* of skills */
    uint32_t certificates; /* interned, INTERN_NONE = none */
    uint32_t schedule;     /* interned struct schedule */
    uint32_t holder_at;    /* where in the group's list */
    uint32_t extra;        /* index, INTERN_NONE = nothing of that */
    uint32_t area;
    uint16_t adult; /* day of the 18th birthday, see adult_code(); 0 = not known */
    uint16_t flags;
};
static_assert(sizeof(struct member) == 64, "one cache line a person");
static_assert(CROWD_PEOPLE_MAX <= SLAB_GROUP_MAX, "no more groups than people");

struct pins {
    struct road_pin modes[ROAD_MODE_COUNT];
};

struct schedule {
    struct hours duty, quiet;
    uint32_t quiet_kind;
};

struct extra_place {
    struct point at;
    uint32_t hours; /* interned struct hours */
    struct pins pins;
};

/* What few people have. */
struct extra {
    int64_t paused_until_ms;
    int64_t area;
    char *number; /* NULL, or one that is too long for the member */
    struct pins home, here;
    struct point here_at;
    int64_t *alerts_ms; /* newest last; room for CROWD_ALERTS_KEPT, or NULL */
    uint32_t alert_count;
    uint32_t place_count;
    struct extra_place places[]; /* place_count */
};

/* Where a holder lives in the elimination tree of the hierarchy, so that those far away
 * are passed by without a look at them: the lower rank of the ends of the edge. */
struct holder {
    uint32_t member;
    uint32_t key; /* bits 0-27 rank, 28-29 own mode, 30-31 which modes it is true for */
};
#define HOLDER_RANK(key) ((key) & ((1u << 28) - 1))
#define HOLDER_OWN_MODE(key) ((key) >> 28 & 3)
enum { HOLDER_LOOSE, HOLDER_OWN, HOLDER_ALL }; /* key >> 30 */

/* Those with one set of stated skills. */
struct group {
    struct skill_set stated;
    struct skill_set potential; /* everything stated and implied */
    struct skill_set believed;  /* what needs no certificate, and what that implies */
    struct holder *holders;
    uint32_t count, capacity;
};

struct move {
    int64_t id;
    struct point at;
    struct pins pins;
    enum {
        MOVE_TO,       /* `at` */
        MOVE_BACK,     /* to the places: no position any more */
        MOVE_COMMITTED /* or not any more, as `flags` say */
    } what;
    uint16_t flags; /* of MEMBER_COMMITTED, MEMBER_EXERCISE */
};

struct workspace; /* of one query at a time: nearest.c */

#define OWED_MAX 64

struct crowd {
    const struct road *road;
    struct road_hierarchy *hierarchy; /* NULL = none */
    uint32_t *low; /* by rank: the least rank of its subtree, whose greatest it is */
    struct skill_table *skills;
    struct calendar calendar;
    uint32_t weekly_cap, people_max;

    pthread_rwlock_t lock;            /* guards everything below down to the moves */
    const struct road_closed *closed; /* the caller's */
    uint32_t count;                   /* people */
    uint32_t member_count;            /* slots in use, free ones included */
    struct member **chunks;           /* CHUNK_SIZE members each; they never move */
    uint32_t chunk_count, chunk_capacity;
    uint32_t free_slot; /* first of a list through `extra` */
    uint32_t *table;    /* id hash: slot + 1, open addressing, linear probing */
    uint32_t table_size;
    struct extra **extras; /* NULL = free index */
    uint32_t extra_count, extra_capacity, extra_free_count, extra_free_capacity;
    uint32_t *extra_free;
    struct intern skill_sets, certificates, schedules, hours;
    struct group *groups; /* by id of skill_sets */
    uint32_t group_capacity;
    uint32_t skill_counts[SKILL_MAX]; /* people who state or imply it */
    struct slab slab;
    struct streets streets;
    /* Alerts that no memory could be had for: counted for the cap here, and put where
     * they belong with the next one. More than so many are forgotten. */
    struct owed {
        int64_t id, at_ms;
    } owed[OWED_MAX];
    uint32_t owed_count;
    _Atomic uint64_t version, closed_version;

    pthread_mutex_t moves_lock; /* guards the moves; taken after `lock` or alone */
    struct move *moves;         /* MOVES_MAX: not yet applied */
    _Atomic uint32_t move_count;
    _Atomic uint32_t overtaken; /* questions begun since without them */
    struct move *applied;       /* MOVES_MAX: guarded by `lock` */

    pthread_mutex_t pool_lock; /* guards the pool; taken after `lock` or alone */
    struct workspace *pool[POOL_MAX];
    uint32_t pool_count;
};

static inline struct member *crowd_member(const struct crowd *crowd, uint32_t slot)
{
    return &crowd->chunks[slot >> CHUNK_BITS][slot & (CHUNK_SIZE - 1)];
}

static inline enum road_mode member_mode(const struct member *member)
{
    return (enum road_mode)(member->flags >> MEMBER_MODE_SHIFT & 3);
}

static inline struct extra *member_extra(const struct crowd *crowd,
                                         const struct member *member)
{
    return member->extra == INTERN_NONE ? NULL : crowd->extras[member->extra];
}

/* ---- member.c: slots, the id hash, extras. The lock is held. ---- */

/* The slot of a person or MEMBER_NONE. */
uint32_t crowd_find(const struct crowd *crowd, int64_t id);
/* A cleared slot with ID in the hash. ST_LIMIT, ST_NO_MEMORY. */
int crowd_take_slot(struct crowd *crowd, int64_t id, uint32_t *ret)
    __attribute__((warn_unused_result));
void crowd_give_slot(struct crowd *crowd, uint32_t slot);
/* Room for PEOPLE, cleared, whom crowd_settle then makes members of an empty crowd.
 * ST_LIMIT, ST_NO_MEMORY. */
int crowd_reserve(struct crowd *crowd, uint32_t people)
    __attribute__((warn_unused_result));
/* Whoever stands in a slot comes into the hash and the lists, which have room
 * (member_expect and slab_make_room, group_expect); the other slots become free. */
void crowd_settle(struct crowd *crowd);
/* Slots in the order of the runs. */
void member_arrange(struct crowd *crowd);
/* EXTRA becomes the crowd's. */
int crowd_add_extra(struct crowd *crowd, struct extra *extra, uint32_t *ret)
    __attribute__((warn_unused_result));
void crowd_drop_extra(struct crowd *crowd, uint32_t index);
struct extra *extra_new(uint32_t place_count);
void extra_free(struct extra *extra);
/* The member's, made if there is none; NULL without memory. */
struct extra *member_extra_for(struct crowd *crowd, struct member *member);
int32_t member_adult_day(const struct member *member); /* INT32_MIN = not known */
void member_number(const struct crowd *crowd, const struct member *member,
                   char ret[CROWD_NUMBER_MAX + 1]);
/* Where the member stands in MODE at PLACE (as crowd_candidate.place). */
struct road_pin member_pin(const struct crowd *crowd, const struct member *member,
                           uint32_t place, enum road_mode mode);
/* Of one who has places: which of them is that of the hour, as crowd_candidate.place. */
uint32_t member_place_of_hour(const struct crowd *crowd, const struct member *member,
                              const struct hours_moment *moment);
/* Without the position that crowd_move gave. */
static inline uint32_t member_usual_place(const struct crowd *crowd,
                                          const struct member *member,
                                          const struct hours_moment *moment)
{
    return (member->flags & MEMBER_PLACED) == 0
               ? 0
               : member_place_of_hour(crowd, member, moment);
}
static inline uint32_t member_place(const struct crowd *crowd,
                                    const struct member *member,
                                    const struct hours_moment *moment)
{
    return (member->flags & MEMBER_MOVED) != 0
               ? CROWD_PLACE_HERE
               : member_usual_place(crowd, member, moment);
}
/* Into and out of the lists of the edges, by where the member can stand at any hour. */
int member_link(struct crowd *crowd, uint32_t slot) __attribute__((warn_unused_result));
void member_unlink(struct crowd *crowd, uint32_t slot);
/* Counts the entries that the member will have: slab_expect. */
void member_expect(struct crowd *crowd, uint32_t slot);

/* ---- group.c: who holds which skills. The lock is held. ---- */

int group_add(struct crowd *crowd, uint32_t slot, const struct skill_set *stated)
    __attribute__((warn_unused_result));
/* The same in two steps: room for so many more of the set ID, and one of them in. */
int group_expect(struct crowd *crowd, uint32_t id, uint32_t more)
    __attribute__((warn_unused_result));
void group_join(struct crowd *crowd, uint32_t slot, uint32_t id);
void group_remove(struct crowd *crowd, uint32_t slot);
/* After the member's pins have changed. */
void group_place(struct crowd *crowd, uint32_t slot);
/* The lower rank of the ends of an edge. */
uint32_t crowd_rank_of(const struct crowd *crowd, uint32_t edge);
void group_derive_all(struct crowd *crowd);
void group_release(struct crowd *crowd);
/* The skills that count on a day: believed ones, and those whose certificate is valid. */
void crowd_effective(const struct crowd *crowd, const struct member *member, int32_t day,
                     struct skill_set *ret);

/* ---- moves.c ---- */

/* Takes the lock for writing, and brings what waits into force first: everything else
 * that changes the crowd begins so. */
void crowd_lock(struct crowd *crowd);
void crowd_unlock(struct crowd *crowd);
/* Takes the lock for a question; what waits comes into force if nobody else asks, or has
 * been overtaken often enough. */
void crowd_lock_shared(struct crowd *crowd);

/* ---- nearest.c ---- */

void workspace_free(struct workspace *workspace);

#endif
