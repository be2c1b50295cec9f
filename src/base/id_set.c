/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id_set.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

int id_set_init(struct id_set *set, size_t count)
{
    memset(set, 0, sizeof *set);
    set->size = ID_SET_FEW;
    set->table = set->few;
    while (set->size < 2 * count)
        set->size *= 2;
    if (set->size > ID_SET_FEW)
        set->table = mem_calloc(set->size, sizeof *set->table);
    return set->table == NULL ? ST_NO_MEMORY : ST_OK;
}

void id_set_release(struct id_set *set)
{
    if (set->table != set->few)
        mem_free(set->table);
}

bool id_set_put(struct id_set *set, int64_t id)
{
    int64_t *place = &set->table[id_set_place_of(set, id)];
    uint64_t bit = id_set_hash(id) % ID_SET_BITS;
    bool was_there = *place != 0;
    *place = id;
    set->bits[bit / 64] |= UINT64_C(1) << bit % 64;
    return was_there;
}
