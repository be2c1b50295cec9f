/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of an array have an id (not their own: a person's alerts, say). The array
 * only grows at its end, and what its rows are indexed by never changes. A hash table of
 * chains, newest row first; positions count from 1, 0 = none:
 *
 *     for (at = id_index_newest(&index, id); at != 0; at = id_index_before(&index, at))
 *         ... rows[at - 1] ...
 */
#ifndef MUSTER_BASE_ID_INDEX_H
#define MUSTER_BASE_ID_INDEX_H

#include <stdint.h>

struct id_index {
    struct id_index_row {
        int64_t id;
        uint32_t before; /* position of the row before it in its chain */
        uint32_t newest; /* of the chain whose number is this row's */
    } * rows;
    uint32_t count;    /* rows indexed so far */
    uint32_t capacity; /* 0 or a power of two; as many chains */
};

/* The next row has this id. ST_NO_MEMORY, ST_LIMIT (2^31 rows); O(1) amortized. */
int id_index_add(struct id_index *index, int64_t id) __attribute__((warn_unused_result));
/* Forgets the rows behind the first COUNT. O(rows forgotten). */
void id_index_cut(struct id_index *index, uint32_t count);
void id_index_release(struct id_index *index);
/* O(rows of the id), expected. */
uint32_t id_index_newest(const struct id_index *index, int64_t id);
uint32_t id_index_before(const struct id_index *index, uint32_t position);

#endif
