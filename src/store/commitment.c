/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of chains: buckets hold the index + 1 of the first item, items the index
 * + 1 of the next; freed items are chained in `free`. */
#include "store/commitment.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

#define BUCKETS_MIN 1024

void commitments_init(struct commitments *all)
{
    *all = (struct commitments){0};
}

void commitments_release(struct commitments *all)
{
    mem_free(all->items);
    mem_free(all->buckets);
    commitments_init(all);
}

static uint32_t *bucket_of(const struct commitments *all, int64_t person_id)
{
    uint64_t hash = (uint64_t)person_id * UINT64_C(0x9e3779b97f4a7c15);
    return &all->buckets[(hash >> 32) & (all->bucket_count - 1)];
}

/* Twice the buckets, every item hung in again. */
static int grow_buckets(struct commitments *all)
{
    uint32_t count = all->bucket_count == 0 ? BUCKETS_MIN : 2 * all->bucket_count;
    uint32_t *fresh = mem_calloc(count, sizeof *fresh);
    if (fresh == NULL)
        return ST_NO_MEMORY;
    uint32_t *old = all->buckets;
    uint32_t old_count = all->bucket_count;
    all->buckets = fresh;
    all->bucket_count = count;
    for (uint32_t b = 0; b < old_count; b++)
        for (uint32_t at = old[b]; at != 0;) {
            struct commitment *item = &all->items[at - 1];
            uint32_t next = item->next;
            uint32_t *bucket = bucket_of(all, item->person_id);
            item->next = *bucket;
            *bucket = at;
            at = next;
        }
    mem_free(old);
    return ST_OK;
}

static struct commitment *find(const struct commitments *all, int64_t person_id,
                               int64_t alert_id)
{
    if (all->bucket_count == 0)
        return NULL;
    for (uint32_t at = *bucket_of(all, person_id); at != 0;) {
        struct commitment *item = &all->items[at - 1];
        if (item->person_id == person_id && item->alert_id == alert_id)
            return item;
        at = item->next;
    }
    return NULL;
}

static int add(struct commitments *all, const struct commitment *value)
{
    if (all->used >= all->bucket_count) {
        int status = grow_buckets(all);
        if (status != ST_OK)
            return status;
    }
    uint32_t at = all->free;
    if (at != 0) {
        all->free = all->items[at - 1].next;
    } else {
        int status = mem_grow(&all->items, &all->capacity, all->count + 1,
                              sizeof *all->items, COMMITMENTS_MAX);
        if (status != ST_OK)
            return status;
        at = ++all->count;
    }
    uint32_t *bucket = bucket_of(all, value->person_id);
    all->items[at - 1] = *value;
    all->items[at - 1].next = *bucket;
    *bucket = at;
    all->used++;
    return ST_OK;
}

int commitments_set(struct commitments *all, const struct commitment *value)
{
    struct commitment *item = find(all, value->person_id, value->alert_id);
    if (item == NULL)
        return add(all, value);
    uint32_t next = item->next;
    *item = *value;
    item->next = next;
    return ST_OK;
}

void commitments_drop(struct commitments *all, int64_t person_id, int64_t alert_id)
{
    if (all->bucket_count == 0)
        return;
    for (uint32_t *link = bucket_of(all, person_id); *link != 0;) {
        struct commitment *item = &all->items[*link - 1];
        if (item->person_id != person_id || item->alert_id != alert_id) {
            link = &item->next;
            continue;
        }
        uint32_t at = *link;
        *link = item->next;
        item->next = all->free;
        all->free = at;
        all->used--;
        return;
    }
}

bool commitments_have_code(const struct commitments *all, int64_t person_id,
                           const char *code)
{
    uint32_t at = all->bucket_count == 0 ? 0 : *bucket_of(all, person_id);
    for (; at != 0; at = all->items[at - 1].next)
        if (all->items[at - 1].person_id == person_id &&
            strcmp(all->items[at - 1].reply_code, code) == 0)
            return true;
    return false;
}

static bool is_over(const struct commitment *item)
{
    return !item->pending && item->assignment_id == 0;
}

const struct commitment *commitments_next(const struct commitments *all,
                                          int64_t person_id,
                                          const struct commitment *previous)
{
    if (all->bucket_count == 0)
        return NULL;
    uint32_t at = previous == NULL ? *bucket_of(all, person_id) : previous->next;
    while (at != 0) {
        const struct commitment *item = &all->items[at - 1];
        if (item->person_id == person_id && !is_over(item))
            return item;
        at = item->next;
    }
    return NULL;
}
