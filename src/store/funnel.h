/* SPDX-License-Identifier: Apache-2.0 */
/* How many alerts of each call-out of an incident in memory got how far, kept up to date
 * with each step: counting them again costs a board of 100,000 alerts half a second.
 * read_funnel_* (read_board.h) counts the same in the database. */
#ifndef MUSTER_STORE_FUNNEL_H
#define MUSTER_STORE_FUNNEL_H

#include "base/status.h"
#include "loop/loop.h"
#include "store/read_board.h"

struct funnel {
    int64_t callout_id;
    struct read_funnel counts;
    bool has_changed; /* since it was told; whoever tells it clears this */
};

/* All zero at first. */
struct funnels {
    struct funnel *items;
    uint32_t count, capacity;
    uint8_t *marks; /* what each alert of the incident is counted as */
    uint32_t mark_count, mark_capacity;
};

/* What CHANGE of a step that was carried out means for the counts; rows of other kinds
 * than alerts, messages and assignments mean nothing. O(messages of the alert +
 * call-outs). ST_NO_MEMORY. */
int funnels_note(struct funnels *funnels, struct loop_incident *incident,
                 const struct loop_change *change) MUSTER_MUST_USE;
/* Counts all alerts, after loop_index_rows. ST_NO_MEMORY. */
int funnels_count(struct funnels *funnels,
                  struct loop_incident *incident) MUSTER_MUST_USE;
void funnels_release(struct funnels *funnels);

#endif
