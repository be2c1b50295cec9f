/* SPDX-License-Identifier: Apache-2.0 */
/* The k best, and a hash by member that knows the time of everybody offered: a person
 * stands on an edge and is offered through both its ends. Up to k they are in no order;
 * from then on a heap, the latest on top. */
#include "crowd/question.h"

#include "base/mem.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

void best_start(struct best *best, uint32_t wanted)
{
    best->count = best->heap_count = 0;
    best->wanted = wanted;
    if (++best->stamp == 0) {
        if (best->table != NULL)
            memset(best->table, 0, best->table_size * sizeof(*best->table));
        best->stamp = 1;
    }
}

void best_release(struct best *best)
{
    mem_free(best->all);
    mem_free(best->table);
    mem_free(best->heap);
}

static uint32_t slot_of(const struct best *best, uint32_t member)
{
    return (member * UINT32_C(0x9e3779b1)) >> 7 & (best->table_size - 1);
}

struct offered *best_find(const struct best *best, uint32_t member)
{
    if (best->count == 0)
        return NULL;
    for (uint32_t at = slot_of(best, member); best->table[at] >> 32 == best->stamp;
         at = (at + 1) & (best->table_size - 1)) {
        struct offered *offered = &best->all[(uint32_t)best->table[at]];
        if (offered->member == member)
            return offered;
    }
    return NULL;
}

static void table_put(struct best *best, uint32_t index)
{
    uint32_t at = slot_of(best, best->all[index].member);
    while (best->table[at] >> 32 == best->stamp)
        at = (at + 1) & (best->table_size - 1);
    best->table[at] = (uint64_t)best->stamp << 32 | index;
}

/* At most half full. */
static int table_reserve(struct best *best)
{
    if ((best->count + 1) * 2 <= best->table_size)
        return ST_OK;
    uint32_t size = best->table_size == 0 ? 1024 : best->table_size * 2;
    uint64_t *table = mem_calloc(size, sizeof(*table));
    if (table == NULL)
        return ST_NO_MEMORY;
    mem_free(best->table);
    best->table = table;
    best->table_size = size;
    for (uint32_t i = 0; i < best->count; i++)
        table_put(best, i);
    return ST_OK;
}

static inline bool later(const struct best *best, uint64_t a, uint64_t b)
{
    return (a ^ b) >> 32 != 0 ? a > b
                              : best->all[(uint32_t)a].id > best->all[(uint32_t)b].id;
}

static inline uint64_t key_of(const struct best *best, uint32_t index)
{
    return (uint64_t)best->all[index].ms << 32 | index;
}

static inline void place(struct best *best, uint32_t at, uint64_t key)
{
    best->heap[at] = key;
    best->all[(uint32_t)key].at = at;
}

static void sift_down(struct best *best, uint32_t at, uint64_t key)
{
    for (uint32_t child; (child = 2 * at + 1) < best->heap_count; at = child) {
        if (child + 1 < best->heap_count &&
            later(best, best->heap[child + 1], best->heap[child]))
            child++;
        if (!later(best, best->heap[child], key))
            break;
        place(best, at, best->heap[child]);
    }
    place(best, at, key);
}

const struct offered *best_last(const struct best *best)
{
    return best->heap_count < best->wanted ? NULL : &best->all[(uint32_t)best->heap[0]];
}

/* Among the best, if there is room or the last one is later. */
static int enter(struct best *best, uint32_t index)
{
    uint64_t key = key_of(best, index);
    if (best->heap_count < best->wanted) {
        if (best->heap_count == best->heap_capacity &&
            mem_grow(&best->heap, &best->heap_capacity, best->heap_count + 1,
                     sizeof(*best->heap), ANSWER_MAX) < 0)
            return ST_NO_MEMORY;
        place(best, best->heap_count++, key);
        if (best->heap_count == best->wanted)
            for (uint32_t at = best->heap_count / 2; at-- > 0;)
                sift_down(best, at, best->heap[at]);
        return ST_OK;
    }
    uint64_t last = best->heap[0];
    if (!later(best, last, key))
        return ST_OK;
    best->all[(uint32_t)last].at = BEST_OUT;
    sift_down(best, 0, key);
    return ST_OK;
}

int best_add(struct best *best, const struct offered *offered)
{
    int status = table_reserve(best);
    if (status == ST_OK && best->count == best->capacity)
        status = mem_grow(&best->all, &best->capacity, best->count + 1,
                          sizeof(*best->all), ANSWER_MAX);
    if (status < 0)
        return status;
    uint32_t index = best->count++;
    best->all[index] = *offered;
    best->all[index].at = BEST_OUT;
    table_put(best, index);
    return offered->barred ? ST_OK : enter(best, index);
}

int best_improve(struct best *best, struct offered *offered, uint32_t ms)
{
    assert(ms < offered->ms && !offered->barred);
    offered->ms = ms;
    uint32_t index = (uint32_t)(offered - best->all);
    if (offered->at == BEST_OUT)
        return enter(best, index);
    if (best->heap_count < best->wanted)
        place(best, offered->at, key_of(best, index));
    else
        sift_down(best, offered->at, key_of(best, index));
    return ST_OK;
}

/* D. L. Shell (CACM 2, 1959) with the gaps of M. Ciura (FCT 2001), in the order in which
 * they were offered, which is nearly by time. */
void best_sort(struct best *best)
{
    static const uint32_t gaps[] = {1, 57, 132, 301, 701, 1750, 4376, 10941};
    uint32_t count = 0;
    for (uint32_t i = 0; i < best->count; i++)
        if (best->all[i].at != BEST_OUT)
            best->heap[count++] = key_of(best, i);
    assert(count == best->heap_count);
    for (size_t g = COUNT_OF(gaps); g-- > 0;)
        for (uint32_t i = gaps[g]; i < best->heap_count; i++) {
            uint64_t key = best->heap[i];
            uint32_t at = i;
            for (; at >= gaps[g] && later(best, best->heap[at - gaps[g]], key);
                 at -= gaps[g])
                best->heap[at] = best->heap[at - gaps[g]];
            best->heap[at] = key;
        }
    for (uint32_t i = 0; i < best->heap_count; i++)
        best->all[(uint32_t)best->heap[i]].at = i;
}
