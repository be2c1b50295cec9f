/* SPDX-License-Identifier: Apache-2.0 */
#include "crowd/best.h"

#include "base/mem.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

#define OFFERS_MAX UINT32_C(2000000000)

void best_start(struct best *best, uint32_t wanted)
{
    memset(best->counts, 0, (best->top + 1u) * sizeof(*best->counts));
    best->count = best->order_count = best->near = best->top = 0;
    best->last = BEST_BUCKETS - 1u;
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
    mem_free(best->order);
}

struct offered *best_find(const struct best *best, uint32_t member)
{
    if (best->count == 0)
        return NULL;
    uint64_t cell = best->table[best_place_of(best, member)];
    return cell >> 32 == best->stamp ? &best->all[(uint32_t)cell] : NULL;
}

static void table_put(struct best *best, uint32_t index)
{
    best->table[best_place_of(best, best->all[index].member)] =
        (uint64_t)best->stamp << 32 | index;
}

int best_reserve(struct best *best, uint32_t more)
{
    uint32_t size = best->table_size == 0 ? 1024 : best->table_size;
    int status = mem_grow(&best->all, &best->capacity, best->count + more,
                          sizeof(*best->all), OFFERS_MAX);
    while (((uint64_t)best->count + more) * 2 > size)
        size *= 2;
    if (status < 0 || size == best->table_size)
        return status;
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

/* ---- in order -------------------------------------------------------------------------
 */

static inline bool later(const struct best *best, uint64_t a, uint64_t b)
{
    return (a ^ b) >> 32 != 0 ? a > b
                              : best->all[(uint32_t)a].id > best->all[(uint32_t)b].id;
}

/* Nobody has to go farther than AWAY. D. L. Shell (CACM 2, 1959) with the gaps of M.
 * Ciura (FCT 2001). */
static void sort_near(struct best *best, uint32_t away)
{
    static const uint32_t gaps[] = {1, 4, 10, 23, 57, 132, 301, 701, 1750, 4376, 10941};
    uint64_t *order = best->order;
    for (size_t g = COUNT_OF(gaps); g-- > 0;)
        for (uint32_t gap = gaps[g], i = gap; gap < away && i < best->near; i++) {
            uint64_t key = order[i];
            uint32_t at = i;
            for (; at >= gap && later(best, order[at - gap], key); at -= gap)
                order[at] = order[at - gap];
            order[at] = key;
        }
}

/* Everybody up to the last bucket, by bucket: E. H. Friend (JACM 3, 1956). Returns how
 * many the fullest has. */
static uint32_t order_by_bucket(struct best *best)
{
    uint32_t last = best->last < best->top ? best->last : best->top, sum = 0, most = 0;
    for (uint32_t b = 0; b <= last; b++) {
        uint32_t count = best->counts[b];
        best->counts[b] = sum;
        sum += count;
        most = count > most ? count : most;
    }
    for (uint32_t i = 0; i < best->count; i++) {
        struct offered *offered = &best->all[i];
        if (offered->at <= last)
            best->order[best->counts[offered->at]++] = (uint64_t)offered->ms << 32 | i;
        offered->at = BEST_OUT;
    }
    return most;
}

int best_sort(struct best *best)
{
    int status = mem_grow(&best->order, &best->order_capacity, best->near,
                          sizeof(*best->order), OFFERS_MAX);
    if (status < 0)
        return status;
    sort_near(best, order_by_bucket(best));
    best->order_count = best->near < best->wanted ? best->near : best->wanted;
    for (uint32_t i = 0; i < best->order_count; i++)
        best->all[(uint32_t)best->order[i]].at = i;
    return ST_OK;
}
