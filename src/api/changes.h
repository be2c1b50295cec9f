/* SPDX-License-Identifier: Apache-2.0 */
/* The newest changes of an instance, written out once for all who listen: positions
 * FIRST to END - 1, without gaps, in a ring that is bounded in number and in bytes.
 * Memory: at most CHANGES_SIZE_MAX and 32 bytes for each of CHANGES_MAX. Loop thread
 * only. */
#ifndef MUSTER_API_CHANGES_H
#define MUSTER_API_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANGES_MAX 32768 /* a power of two */
#define CHANGES_SIZE_MAX (8 * 1024 * 1024)

struct http_block;

struct change {
    int64_t area_id;
    struct http_block *block; /* owned; NULL: it cannot be told, look anew */
    uint32_t size;            /* bytes of BLOCK */
    bool is_for_all;          /* whatever somebody's areas are */
};

struct changes {
    struct change *items; /* by position modulo capacity */
    uint32_t capacity;
    int64_t first, end; /* end 0: not begun */
    size_t size;
};

/* CAPACITY is a power of two. ST_NO_MEMORY. */
int changes_init(struct changes *changes, uint32_t capacity)
    __attribute__((warn_unused_result));
void changes_release(struct changes *changes); /* a zeroed one is fine */
/* Forgets all; the next one is END. */
void changes_begin(struct changes *changes, int64_t end);
/* The change END. Takes its block; the oldest go where there is no room. */
void changes_add(struct changes *changes, struct change change);
/* The change before the first; false, and nothing is taken: there is no room for it. */
bool changes_add_before(struct changes *changes, struct change change);
/* FIRST <= POSITION < END */
const struct change *changes_at(const struct changes *changes, int64_t position);

#endif
