/* SPDX-License-Identifier: Apache-2.0 */
/* Values that many people share (hours, sets of skills, certificates, areas), kept once
 * and counted. An id stays the same as long as somebody holds it. Values are compared as
 * bytes: clear padding before. The caller locks. */
#ifndef MUSTER_CROWD_INTERN_H
#define MUSTER_CROWD_INTERN_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTERN_NONE UINT32_MAX

struct intern_item {
    void *value; /* NULL = free */
    uint32_t size, holders, next;
};

struct intern {
    struct intern_item *items; /* by id */
    uint32_t count, capacity;
    uint32_t free; /* first of a list through `next` */
    uint32_t used;
    uint32_t *buckets; /* id of the first of a chain through `next` */
    uint32_t bucket_count;
};

void intern_init(struct intern *intern);
void intern_release(struct intern *intern);
/* One more holder of VALUE (SIZE >= 1 bytes, copied). *ret is its id. ST_NO_MEMORY. */
int intern_take(struct intern *intern, const void *value, size_t size, uint32_t *ret)
    __attribute__((warn_unused_result));
/* One more holder of a value that has one. */
void intern_hold(struct intern *intern, uint32_t id);
/* One holder less; the value goes with the last one: true then. */
bool intern_drop(struct intern *intern, uint32_t id);
static inline const void *intern_value(const struct intern *intern, uint32_t id)
{
    assert(id < intern->count && intern->items[id].value != NULL);
    return intern->items[id].value;
}
uint32_t intern_size(const struct intern *intern, uint32_t id);

#endif
