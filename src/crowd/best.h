/* SPDX-License-Identifier: Apache-2.0 */
/* The k best so far, and a hash by member that knows the time of everybody offered: a
 * person stands on an edge and may be offered through both its ends. They are in no order
 * until the end. How many there are by time is counted in buckets, 32 to an octave: so it
 * is known at any moment, to 3 % or a quarter of a second, where the k-th is, at the cost
 * of an addition or two; in the end everybody up to there is put in order, bucket by
 * bucket. */
#ifndef MUSTER_CROWD_BEST_H
#define MUSTER_CROWD_BEST_H

#include "road/road.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#define BEST_OUT UINT32_MAX /* not among the best */
#define BEST_BUCKETS 640u
#define BEST_LINEAR_MS                                                                   \
    8192u /* below, a bucket is 256 ms; above, a 32nd of its octave                      \
           */
#define BEST_LINEAR_OCTAVES 12u

/* A person who was offered, with the best time so far. */
struct offered {
    int64_t id;
    uint32_t member, ms;
    uint32_t at; /* the bucket of MS; after best_sort the rank; or BEST_OUT */
    uint8_t mode, place;
    bool barred; /* does not qualify */
};

struct best {
    struct offered *all;
    uint32_t count, capacity;
    uint64_t *table; /* hash by member: stamp << 32 | index; at most half full */
    uint32_t table_size, stamp;
    uint32_t wanted;               /* k */
    uint32_t counts[BEST_BUCKETS]; /* who qualify, by time; all of them up to `top` */
    uint32_t top, last;            /* the k best are up to bucket `last`, */
    uint32_t near;                 /* where so many are */
    uint64_t *order;               /* after best_sort the k best: ms << 32 | index */
    uint32_t order_count, order_capacity;
};

/* Ready for another question. */
void best_start(struct best *best, uint32_t wanted);
void best_release(struct best *best);
/* Room for so many more. ST_NO_MEMORY. */
int best_reserve(struct best *best, uint32_t more) __attribute__((warn_unused_result));
/* NULL = not offered yet. */
struct offered *best_find(const struct best *best, uint32_t member);
/* `order` by (ms, id). No more offers after that. ST_NO_MEMORY. */
int best_sort(struct best *best) __attribute__((warn_unused_result));

/* Where MEMBER is in the table, or the empty place where it would be. */
static inline uint32_t best_place_of(const struct best *best, uint32_t member)
{
    uint32_t at = (member * UINT32_C(0x9e3779b1)) >> 7 & (best->table_size - 1);
    while (best->table[at] >> 32 == best->stamp &&
           best->all[(uint32_t)best->table[at]].member != member)
        at = (at + 1) & (best->table_size - 1);
    return at;
}

/* As best_find, but for one who was not offered yet it is made, with the time
 * ROAD_MS_NONE: the caller, who has reserved, fills in the rest. */
static inline struct offered *best_of(struct best *best, uint32_t member, bool *ret_new)
{
    uint64_t *cell = &best->table[best_place_of(best, member)];
    *ret_new = *cell >> 32 != best->stamp;
    if (*ret_new) {
        *cell = (uint64_t)best->stamp << 32 | best->count;
        best->all[best->count++] =
            (struct offered){.member = member, .ms = ROAD_MS_NONE, .at = BEST_OUT};
    }
    return &best->all[(uint32_t)*cell];
}

static inline uint32_t best_bucket_of(uint32_t ms)
{
    if (ms < BEST_LINEAR_MS)
        return ms >> 8;
    uint32_t octave = 31u - (uint32_t)__builtin_clz(ms);
    return (octave - BEST_LINEAR_OCTAVES) << 5 | (ms >> (octave - 5u) & 31u);
}

/* An earlier time of one who is not barred. */
static inline void best_enter(struct best *best, struct offered *offered, uint32_t ms)
{
    assert(ms < offered->ms && !offered->barred);
    uint32_t bucket = best_bucket_of(ms);
    if (offered->at != BEST_OUT) {
        best->counts[offered->at]--;
        best->near -= offered->at <= best->last;
    }
    offered->ms = ms;
    offered->at = bucket;
    best->counts[bucket]++;
    best->top = bucket > best->top ? bucket : best->top;
    best->near += bucket <= best->last;
    if (best->near < best->wanted)
        return;
    best->last = best->last < best->top ? best->last : best->top;
    while (best->near - best->counts[best->last] >= best->wanted)
        best->near -= best->counts[best->last--];
}

/* Not earlier than the last of the k best, and later by 3 % or a quarter of a second at
 * most; ROAD_MS_NONE while there are fewer. */
static inline uint32_t best_limit_ms(const struct best *best)
{
    uint32_t bucket = best->last, octave = (bucket >> 5) + BEST_LINEAR_OCTAVES;
    if (best->near < best->wanted)
        return ROAD_MS_NONE;
    return bucket < BEST_LINEAR_MS >> 8
               ? bucket << 8 | 255u
               : (uint32_t)(((uint64_t)(bucket & 31u) + 33u) << (octave - 5u)) - 1u;
}

#endif
