/* SPDX-License-Identifier: Apache-2.0 */
/* A set of ids to look others up in, one after the other: open addressing, never more
 * than half full, and bits that tell at once of most others that they are not in it. No
 * id is 0. Not to be copied. */
#ifndef MUSTER_BASE_ID_SET_H
#define MUSTER_BASE_ID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_SET_FEW 64
#define ID_SET_BITS 4096

struct id_set {
    uint64_t bits[ID_SET_BITS / 64];
    int64_t *table;
    size_t size; /* a power of two */
    int64_t few[ID_SET_FEW];
};

/* Room for COUNT; up to half of ID_SET_FEW take no memory. ST_NO_MEMORY; id_set_release
 * after that, too. */
int id_set_init(struct id_set *set, size_t count) __attribute__((warn_unused_result));
void id_set_release(struct id_set *set);
/* Whether it was there. O(1). */
bool id_set_put(struct id_set *set, int64_t id);

static inline uint64_t id_set_hash(int64_t id)
{
    return (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 20;
}

/* Where it is, or the empty place where it would be. */
static inline size_t id_set_place_of(const struct id_set *set, int64_t id)
{
    size_t last = set->size - 1, at = id_set_hash(id) & last;
    while (set->table[at] != 0 && set->table[at] != id)
        at = (at + 1) & last;
    return at;
}

static inline bool id_set_has(const struct id_set *set, int64_t id)
{
    uint64_t bit = id_set_hash(id) % ID_SET_BITS;
    return (set->bits[bit / 64] >> bit % 64 & 1) != 0 &&
           set->table[id_set_place_of(set, id)] != 0;
}

#endif
