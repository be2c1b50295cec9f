/* SPDX-License-Identifier: Apache-2.0 */
/* What will happen when: a heap of things to come, soonest first; at the same time by
 * kind, then by row. Both engines use it, so both do things in the same order. */
#ifndef MUSTER_DRILL_AGENDA_H
#define MUSTER_DRILL_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

#define AGENDA_MAX (1u << 22)

/* Kinds in the order in which they happen within one millisecond. */
enum agenda_kind {
    AGENDA_ROADS, /* closures begin or end */
    AGENDA_START,
    AGENDA_REPLY,
    AGENDA_DEPART,
    AGENDA_ARRIVE,
    AGENDA_DEADLINE,
    AGENDA_NO_ANSWER,
    AGENDA_LOST,
    AGENDA_PHASE,
};

struct agenda_item {
    int64_t at_ms;
    enum agenda_kind kind;
    uint32_t need;
    uint64_t row; /* whatever the engine calls its alerts; they grow */
};

struct agenda {
    struct agenda_item *items;
    uint32_t count, capacity;
};

void agenda_release(struct agenda *agenda);
void agenda_clear(struct agenda *agenda);
/* O(log n). ST_NO_MEMORY, ST_LIMIT. */
int agenda_add(struct agenda *agenda, const struct agenda_item *item)
    __attribute__((warn_unused_result));
/* The soonest, NULL if there is none. */
const struct agenda_item *agenda_first(const struct agenda *agenda);
void agenda_drop(struct agenda *agenda);

#endif
