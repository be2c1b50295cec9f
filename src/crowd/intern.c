/* SPDX-License-Identifier: Apache-2.0 */
/* Chained hashing over an array of items; freed ids are used again. */
#include "crowd/intern.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <string.h>

#define ITEMS_MAX UINT32_C(1000000000)
#define BUCKETS_MIN 64u

void intern_init(struct intern *intern)
{
    *intern = (struct intern){.free = INTERN_NONE};
}

void intern_release(struct intern *intern)
{
    for (uint32_t i = 0; i < intern->count; i++)
        mem_free(intern->items[i].value);
    mem_free(intern->items);
    mem_free(intern->buckets);
    intern_init(intern);
}

/* FNV-1a over 8 bytes at a time, mixed at the end. */
static uint32_t hash(const void *value, size_t size)
{
    const unsigned char *bytes = value;
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ size;
    for (; size >= 8; size -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    for (; size > 0; size--, bytes++)
        h = (h ^ *bytes) * UINT64_C(0x100000001b3);
    return (uint32_t)(h ^ h >> 32);
}

static uint32_t *bucket_of(const struct intern *intern, uint32_t id)
{
    const struct intern_item *item = &intern->items[id];
    return &intern->buckets[hash(item->value, item->size) & (intern->bucket_count - 1)];
}

static int grow_buckets(struct intern *intern)
{
    uint32_t count = intern->bucket_count == 0 ? BUCKETS_MIN : intern->bucket_count * 2;
    uint32_t *buckets = mem_alloc(count * sizeof(*buckets));
    if (buckets == NULL)
        return ST_NO_MEMORY;
    memset(buckets, 0xff, count * sizeof(*buckets));
    mem_free(intern->buckets);
    intern->buckets = buckets;
    intern->bucket_count = count;
    for (uint32_t id = 0; id < intern->count; id++) {
        if (intern->items[id].value == NULL)
            continue;
        uint32_t *bucket = bucket_of(intern, id);
        intern->items[id].next = *bucket;
        *bucket = id;
    }
    return ST_OK;
}

static int add(struct intern *intern, const void *value, size_t size, uint32_t *ret)
{
    int status = ST_OK;
    if (intern->used >= intern->bucket_count)
        status = grow_buckets(intern);
    if (status == ST_OK && intern->free == INTERN_NONE)
        status = mem_grow(&intern->items, &intern->capacity, intern->count + 1,
                          sizeof(*intern->items), ITEMS_MAX);
    void *copy = status == ST_OK ? mem_alloc(size) : NULL;
    if (copy == NULL)
        return ST_NO_MEMORY;
    memcpy(copy, value, size);
    uint32_t id = intern->free;
    if (id != INTERN_NONE)
        intern->free = intern->items[id].next;
    else
        id = intern->count++;
    intern->items[id] =
        (struct intern_item){.value = copy, .size = (uint32_t)size, .holders = 1};
    uint32_t *bucket = bucket_of(intern, id);
    intern->items[id].next = *bucket;
    *bucket = id;
    intern->used++;
    *ret = id;
    return ST_OK;
}

int intern_take(struct intern *intern, const void *value, size_t size, uint32_t *ret)
{
    assert(size >= 1 && size <= UINT32_MAX);
    uint32_t id = INTERN_NONE;
    if (intern->bucket_count > 0)
        id = intern->buckets[hash(value, size) & (intern->bucket_count - 1)];
    for (; id != INTERN_NONE; id = intern->items[id].next) {
        struct intern_item *item = &intern->items[id];
        if (item->size != size || memcmp(item->value, value, size) != 0)
            continue;
        item->holders++;
        *ret = id;
        return ST_OK;
    }
    return add(intern, value, size, ret);
}

void intern_hold(struct intern *intern, uint32_t id)
{
    assert(id < intern->count && intern->items[id].holders > 0);
    intern->items[id].holders++;
}

bool intern_drop(struct intern *intern, uint32_t id)
{
    struct intern_item *item = &intern->items[id];
    assert(item->value != NULL && item->holders > 0);
    if (--item->holders > 0)
        return false;
    uint32_t *link = bucket_of(intern, id);
    while (*link != id)
        link = &intern->items[*link].next;
    *link = item->next;
    mem_free(item->value);
    *item = (struct intern_item){.next = intern->free};
    intern->free = id;
    intern->used--;
    return true;
}

uint32_t intern_size(const struct intern *intern, uint32_t id)
{
    return intern->items[id].size;
}
