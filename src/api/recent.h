/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that all replies to one call-out read: its incident, the need and its seats.
 * After a commit hundreds of answers leave together; these rows are then read once. What
 * is kept is used while the writer has committed nothing since. Loop thread only. */
#ifndef MUSTER_API_RECENT_H
#define MUSTER_API_RECENT_H

#include "store/read_board.h"
#include "store/read_incident.h"

struct api;
struct recent; /* mem_free */

struct recent_callout {
    uint64_t version; /* writer_version before it was read */
    struct read_callout callout;
    struct read_incident incident;
    struct read_need need;
};
/* *RET is valid until the next call. ST_NOT_FOUND, or what reading says. */
int recent_callout(struct api *api, int64_t callout_id, const struct recent_callout **ret)
    __attribute__((warn_unused_result));

#endif
