/* SPDX-License-Identifier: Apache-2.0 */
/* Rows are walked upwards. All heads of a row but its first one y are heads of y's row
 * too, in the same order, so the arcs that the triangles over a rank join are found by
 * walking along the rows of its heads, nothing is searched. A second walk writes each
 * triangle to the list of its arc; there the lists ascend, for so do the ranks. */
#include "road/hierarchy_internal.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>

static uint64_t count_all(const struct graph_shape *shape)
{
    uint64_t count = 0;
    for (uint32_t r = 0; r < shape->node_count; r++) {
        uint64_t size = shape->first[r + 1] - shape->first[r];
        count += size * (size - (size > 0)) / 2;
    }
    return count;
}

/* The targets of all pairs of one row, and how many triangles each has. */
static void fill_row(const struct graph_shape *shape, uint32_t rank, uint32_t *target,
                     uint32_t *count)
{
    uint32_t end = shape->first[rank + 1];
    for (uint32_t a = shape->first[rank]; a < end; a++) {
        uint32_t at = shape->first[shape->heads[a]];
        for (uint32_t b = a + 1; b < end; b++) {
            while (shape->heads[at] != shape->heads[b])
                at++;
            count[at]++;
            *target++ = at;
        }
    }
}

static void fill_lower(const struct graph_shape *shape, struct triangles *t)
{
    for (uint32_t r = 0; r < shape->node_count; r++) {
        const uint32_t *target = t->target + t->row[r];
        uint32_t end = shape->first[r + 1];
        for (uint32_t a = shape->first[r]; a < end; a++)
            for (uint32_t b = a + 1; b < end; b++)
                t->lower[t->lower_first[*target++ + 1]++] = (struct triangle){a, b};
    }
}

int triangles_make(const struct graph_shape *shape, struct triangles *ret)
{
    uint64_t count = count_all(shape);
    if (count > TRIANGLES_PER_NODE_MAX * ((uint64_t)shape->node_count + 1024))
        return ST_OK;
    struct triangles t = {0};
    t.row = mem_alloc_large(((size_t)shape->node_count + 1) * sizeof *t.row);
    t.target = mem_alloc_large((size_t)(count + 1) * sizeof *t.target);
    size_t starts = ((size_t)shape->arc_count + 2) * sizeof *t.lower_first;
    t.lower_first = mem_alloc_large(starts);
    t.lower = mem_alloc_large((size_t)(count + 1) * sizeof *t.lower);
    if (t.row == NULL || t.target == NULL || t.lower_first == NULL || t.lower == NULL) {
        triangles_release(&t);
        return ST_NO_MEMORY;
    }
    memset(t.lower_first, 0, starts);
    uint32_t at = 0;
    for (uint32_t r = 0; r < shape->node_count; r++) {
        uint32_t size = shape->first[r + 1] - shape->first[r];
        t.row[r] = at;
        fill_row(shape, r, t.target + at, t.lower_first + 2);
        at += (uint32_t)((uint64_t)size * (size - (size > 0)) / 2);
    }
    for (uint32_t a = 0; a < shape->arc_count; a++)
        t.lower_first[a + 2] += t.lower_first[a + 1];
    fill_lower(shape, &t);
    t.count = at;
    *ret = t;
    return ST_OK;
}

void triangles_release(struct triangles *t)
{
    mem_free(t->row);
    mem_free(t->target);
    mem_free(t->lower_first);
    mem_free(t->lower);
    *t = (struct triangles){0};
}
