/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id_index.h"

#include "base/mem.h"
#include "base/status.h"

#define ROWS_MIN 16
#define ROWS_MAX (UINT32_C(1) << 31)

static uint32_t *newest_of(const struct id_index *index, int64_t id)
{
    uint64_t hash = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
    return &index->rows[(hash >> 32) & (index->capacity - 1)].newest;
}

static void hang_in(struct id_index *index, uint32_t row)
{
    uint32_t *newest = newest_of(index, index->rows[row].id);
    index->rows[row].before = *newest;
    *newest = row + 1;
}

/* Twice the chains, every row hung in again. */
static int grow(struct id_index *index)
{
    uint32_t capacity = index->capacity == 0 ? ROWS_MIN : 2 * index->capacity;
    if (index->capacity == ROWS_MAX)
        return ST_LIMIT;
    struct id_index_row *rows = mem_realloc(index->rows, (size_t)capacity * sizeof *rows);
    if (rows == NULL)
        return ST_NO_MEMORY;
    index->rows = rows;
    index->capacity = capacity;
    for (uint32_t i = 0; i < capacity; i++)
        rows[i].newest = 0;
    for (uint32_t i = 0; i < index->count; i++)
        hang_in(index, i);
    return ST_OK;
}

int id_index_add(struct id_index *index, int64_t id)
{
    int status = index->count == index->capacity ? grow(index) : ST_OK;
    if (status != ST_OK)
        return status;
    index->rows[index->count].id = id;
    hang_in(index, index->count++);
    return ST_OK;
}

void id_index_cut(struct id_index *index, uint32_t count)
{
    while (index->count > count) {
        const struct id_index_row *row = &index->rows[--index->count];
        *newest_of(index, row->id) = row->before;
    }
}

void id_index_release(struct id_index *index)
{
    mem_free(index->rows);
    *index = (struct id_index){0};
}

static uint32_t skip_others(const struct id_index *index, uint32_t at, int64_t id)
{
    while (at != 0 && index->rows[at - 1].id != id)
        at = index->rows[at - 1].before;
    return at;
}

uint32_t id_index_newest(const struct id_index *index, int64_t id)
{
    return index->count == 0 ? 0 : skip_others(index, *newest_of(index, id), id);
}

uint32_t id_index_before(const struct id_index *index, uint32_t position)
{
    const struct id_index_row *row = &index->rows[position - 1];
    return skip_others(index, row->before, row->id);
}
