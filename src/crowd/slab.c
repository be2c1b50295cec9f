/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of 1, 2, 3, 4, 6, 8, 12, ... entries cut from one array, with a list of free
 * blocks for each size. A full block is exchanged for one of the next size. When a third
 * of the array is free blocks and it would have to grow, everything is copied into a new
 * one, run by run: that also brings neighbours on the map together. */
#include "crowd/slab.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <string.h>

#define BLOCK_NONE UINT32_MAX
#define ENTRIES_MAX UINT32_C(2000000000)
#define COMPACT_MIN 4096u
#define RUN_PEOPLE_MAX ((1u << 26) - 1)

static uint32_t room_of(uint32_t size)
{
    if (size == 0)
        return 1;
    return (size % 2 == 1 ? 2u : 3u) << (size - 1) / 2;
}

int slab_init(struct slab *slab, uint32_t run_count)
{
    *slab = (struct slab){.run_count = run_count};
    memset(slab->free, 0xff, sizeof(slab->free));
    slab->heads = mem_alloc_large((run_count + 1u) * sizeof(*slab->heads));
    if (slab->heads != NULL)
        memset(slab->heads, 0, (run_count + 1u) * sizeof(*slab->heads));
    return slab->heads == NULL ? ST_NO_MEMORY : ST_OK;
}

void slab_release(struct slab *slab)
{
    mem_free(slab->heads);
    mem_free(slab->entries);
    *slab = (struct slab){0};
}

static int compact(struct slab *slab)
{
    uint64_t capacity = 0;
    for (uint32_t run = 0; run < slab->run_count; run++)
        if (slab->heads[run].count > 0)
            capacity += room_of(slab->heads[run].size);
    capacity += capacity / 8 + COMPACT_MIN;
    if (capacity > ENTRIES_MAX)
        return ST_LIMIT;
    struct slab_entry *entries = mem_alloc_large(capacity * sizeof(*entries));
    if (entries == NULL)
        return ST_NO_MEMORY;
    uint32_t used = 0;
    for (uint32_t run = 0; run < slab->run_count; run++) {
        struct slab_head *head = &slab->heads[run];
        if (head->count == 0)
            continue;
        memcpy(entries + used, slab->entries + head->at, head->count * sizeof(*entries));
        head->at = used;
        used += room_of(head->size);
    }
    mem_free(slab->entries);
    slab->entries = entries;
    slab->used = used;
    slab->capacity = (uint32_t)capacity;
    slab->free_entries = 0;
    memset(slab->free, 0xff, sizeof(slab->free));
    return ST_OK;
}

void slab_arrange(struct slab *slab)
{
    if (slab->used > 0)
        (void)compact(slab);
}

void slab_expect(struct slab *slab, uint32_t run)
{
    assert(slab->used == 0 && slab->heads[run].count < RUN_PEOPLE_MAX);
    slab->heads[run].count = (slab->heads[run].count + 1u) & RUN_PEOPLE_MAX;
}

int slab_make_room(struct slab *slab)
{
    uint64_t room = 0;
    for (uint32_t run = 0; run < slab->run_count; run++) {
        struct slab_head *head = &slab->heads[run];
        uint32_t size = 0;
        while (head->count > room_of(size))
            size++;
        head->size = size & 63u;
        head->at = (uint32_t)room;
        room += head->count == 0 ? 0 : room_of(size);
        head->count = 0;
        if (room > ENTRIES_MAX)
            return ST_LIMIT;
    }
    uint64_t capacity = room + room / 8 + COMPACT_MIN;
    slab->entries = mem_alloc_large(capacity * sizeof(*slab->entries));
    if (slab->entries == NULL)
        return ST_NO_MEMORY;
    slab->used = (uint32_t)room;
    slab->capacity = (uint32_t)capacity;
    return ST_OK;
}

int slab_fill(struct slab *slab, uint32_t run, struct slab_entry entry)
{
    struct slab_head *head = &slab->heads[run];
    assert(head->count < room_of(head->size));
    slab->entries[head->at + head->count] = entry;
    head->count = (head->count + 1u) & RUN_PEOPLE_MAX;
    return ST_OK;
}

static int take_block(struct slab *slab, uint32_t size, uint32_t *ret)
{
    uint32_t room = room_of(size), at = slab->free[size];
    if (at != BLOCK_NONE) {
        slab->free[size] = slab->entries[at].who;
        slab->free_entries -= room;
        *ret = at;
        return ST_OK;
    }
    if (slab->used + room > slab->capacity && slab->free_entries > slab->used / 3 &&
        slab->used > COMPACT_MIN)
        (void)compact(slab); /* without room for a copy the array grows as it is */
    int status = mem_grow(&slab->entries, &slab->capacity, slab->used + room,
                          sizeof(*slab->entries), ENTRIES_MAX);
    if (status < 0)
        return status;
    *ret = slab->used;
    slab->used += room;
    return ST_OK;
}

static void give_block(struct slab *slab, uint32_t at, uint32_t size)
{
    slab->entries[at].who = slab->free[size];
    slab->free[size] = at;
    slab->free_entries += room_of(size);
}

int slab_add(struct slab *slab, uint32_t run, struct slab_entry entry)
{
    struct slab_head *head = &slab->heads[run];
    uint32_t count = head->count, at;
    if (count == RUN_PEOPLE_MAX)
        return ST_LIMIT;
    if (count == 0 || count == room_of(head->size)) {
        uint32_t size = count == 0 ? 0 : head->size + 1u;
        assert(size < SLAB_CLASSES);
        int status = take_block(slab, size, &at);
        if (status < 0)
            return status;
        if (count > 0) {
            memcpy(slab->entries + at, slab->entries + head->at,
                   count * sizeof(*slab->entries));
            give_block(slab, head->at, head->size);
        }
        head->at = at;
        head->size = size & 63u;
    }
    slab->entries[head->at + count] = entry;
    head->count = (count + 1) & RUN_PEOPLE_MAX;
    return ST_OK;
}

struct slab_entry *slab_find(struct slab *slab, uint32_t run,
                             const struct slab_entry *like)
{
    struct slab_entry *entries = slab->entries + slab->heads[run].at;
    const uint32_t same = (1u << 30) - 1;
    for (uint32_t i = 0; i < slab->heads[run].count; i++)
        if (SLAB_MEMBER(entries[i].who) == SLAB_MEMBER(like->who) &&
            ((entries[i].where ^ like->where) & same) == 0 && entries[i].at == like->at)
            return &entries[i];
    return NULL;
}

void slab_remove(struct slab *slab, uint32_t run, struct slab_entry *entry)
{
    struct slab_head *head = &slab->heads[run];
    assert(head->count > 0);
    head->count = (head->count - 1u) & RUN_PEOPLE_MAX;
    *entry = slab->entries[head->at + head->count];
    if (head->count > 0)
        return;
    give_block(slab, head->at, head->size);
}
