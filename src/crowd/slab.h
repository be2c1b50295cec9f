/* SPDX-License-Identifier: Apache-2.0 */
/* Who stands on which run of edges (crowd/streets.h): the entries of a run lie side by
 * side, runs in their order along the map's curve as far as growth allows. The caller
 * locks. */
#ifndef MUSTER_CROWD_SLAB_H
#define MUSTER_CROWD_SLAB_H

#include <stdint.h>

#define SLAB_CLASSES 58

/* "MEMBER stands here in these modes." WHERE is that of the pin (road/pin.h), seen along
 * the run (streets_where), its upper two bits the member's own mode. */
struct slab_entry {
    uint32_t who; /* bits 0-27 member, 28-30 modes, 31 placed: only at some hours */
    uint32_t where;
    uint32_t group : 28, at : 4; /* of skills: enough to pass by most people without
                                  * another look; the link, from the run's first on */
};

#define SLAB_MEMBER_BITS 28
#define SLAB_MEMBER(who) ((who) & ((1u << SLAB_MEMBER_BITS) - 1))
#define SLAB_MODES(who) ((who) >> SLAB_MEMBER_BITS & 7u)
#define SLAB_PLACED (1u << 31)
#define SLAB_GROUP_MAX ((1u << 28) - 1)
#define SLAB_OWN_MODE(where) ((where) >> 30)

struct slab_head {
    uint32_t at;
    uint32_t count : 26, size : 6; /* size = class of the block's room */
};

struct slab {
    uint32_t run_count;
    struct slab_head *heads; /* by run */
    struct slab_entry *entries;
    uint32_t used, capacity; /* of entries, blocks given back included */
    uint32_t free[SLAB_CLASSES], free_entries;
};

int slab_init(struct slab *slab, uint32_t run_count) __attribute__((warn_unused_result));
void slab_release(struct slab *slab);
/* Every run's entries behind those of the run before: after many additions. Without
 * memory everything stays as it is. */
void slab_arrange(struct slab *slab);
/* ST_NO_MEMORY, ST_LIMIT. Amortised O(1), but for a copy of all when a third of the room
 * is holes. */
int slab_add(struct slab *slab, uint32_t run, struct slab_entry entry)
    __attribute__((warn_unused_result));
/* Many at once, into a slab without entries: first what is expected is counted, run by
 * run, then there is room made for exactly that, then each is filled in, which cannot
 * fail. ST_NO_MEMORY, ST_LIMIT. */
void slab_expect(struct slab *slab, uint32_t run);
int slab_make_room(struct slab *slab) __attribute__((warn_unused_result));
int slab_fill(struct slab *slab, uint32_t run, struct slab_entry entry);
/* The first entry of the run that is LIKE's in member, place and link. O(people there).
 */
struct slab_entry *slab_find(struct slab *slab, uint32_t run,
                             const struct slab_entry *like);
void slab_remove(struct slab *slab, uint32_t run, struct slab_entry *entry);

static inline const struct slab_entry *slab_at(const struct slab *slab, uint32_t run,
                                               uint32_t *ret_count)
{
    *ret_count = slab->heads[run].count;
    return slab->entries + slab->heads[run].at;
}

#endif
