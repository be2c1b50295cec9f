/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/agenda.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>

void agenda_release(struct agenda *agenda)
{
    mem_free(agenda->items);
    *agenda = (struct agenda){0};
}

void agenda_clear(struct agenda *agenda)
{
    agenda->count = 0;
}

static bool is_before(const struct agenda_item *a, const struct agenda_item *b)
{
    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms;
    if (a->kind != b->kind)
        return a->kind < b->kind;
    if (a->need != b->need)
        return a->need < b->need;
    return a->row < b->row;
}

int agenda_add(struct agenda *agenda, const struct agenda_item *item)
{
    int status = mem_grow(&agenda->items, &agenda->capacity, agenda->count + 1,
                          sizeof *agenda->items, AGENDA_MAX);
    if (status < 0)
        return status;
    uint32_t at = agenda->count++;
    while (at > 0 && is_before(item, &agenda->items[(at - 1) / 2])) {
        agenda->items[at] = agenda->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    agenda->items[at] = *item;
    return ST_OK;
}

const struct agenda_item *agenda_first(const struct agenda *agenda)
{
    return agenda->count > 0 ? &agenda->items[0] : NULL;
}

void agenda_drop(struct agenda *agenda)
{
    assert(agenda->count > 0);
    struct agenda_item last = agenda->items[--agenda->count];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < agenda->count; at = child) {
        if (child + 1 < agenda->count &&
            is_before(&agenda->items[child + 1], &agenda->items[child]))
            child++;
        if (!is_before(&agenda->items[child], &last))
            break;
        agenda->items[at] = agenda->items[child];
    }
    if (agenda->count > 0)
        agenda->items[at] = last;
}
