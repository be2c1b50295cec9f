/* SPDX-License-Identifier: Apache-2.0 */
#include "api/changes.h"

#include "base/mem.h"
#include "base/status.h"
#include "http/http.h"

#include <assert.h>

static struct change *slot(const struct changes *changes, int64_t position)
{
    return &changes->items[(uint64_t)position & (changes->capacity - 1)];
}

int changes_init(struct changes *changes, uint32_t capacity)
{
    assert(capacity > 0 && (capacity & (capacity - 1)) == 0);
    struct change *items = mem_calloc(capacity, sizeof *items);
    if (items == NULL)
        return ST_NO_MEMORY;
    *changes = (struct changes){.items = items, .capacity = capacity};
    return ST_OK;
}

static void drop_first(struct changes *changes)
{
    struct change *change = slot(changes, changes->first++);
    changes->size -= change->size;
    http_event_unref(change->block);
    *change = (struct change){0};
}

void changes_begin(struct changes *changes, int64_t end)
{
    while (changes->first < changes->end)
        drop_first(changes);
    changes->first = changes->end = end;
}

void changes_release(struct changes *changes)
{
    if (changes->items != NULL)
        changes_begin(changes, 0);
    mem_free(changes->items);
    *changes = (struct changes){0};
}

static bool has_room(const struct changes *changes, uint32_t size)
{
    return changes->end - changes->first < changes->capacity &&
           changes->size + size <= CHANGES_SIZE_MAX;
}

void changes_add(struct changes *changes, struct change change)
{
    assert(change.size <= CHANGES_SIZE_MAX);
    while (!has_room(changes, change.size))
        drop_first(changes);
    *slot(changes, changes->end++) = change;
    changes->size += change.size;
}

bool changes_add_before(struct changes *changes, struct change change)
{
    if (!has_room(changes, change.size))
        return false;
    *slot(changes, --changes->first) = change;
    changes->size += change.size;
    return true;
}

const struct change *changes_at(const struct changes *changes, int64_t position)
{
    assert(position >= changes->first && position < changes->end);
    return slot(changes, position);
}
