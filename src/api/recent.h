/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that all replies to one call-out read: its incident, the need and its seats.
 * After a commit hundreds of answers leave together; these rows are then read once. What
 * is kept is used while the writer has committed no change of them. Loop thread only. */
#ifndef MUSTER_API_RECENT_H
#define MUSTER_API_RECENT_H

#include "store/read_board.h"
#include "store/read_incident.h"

struct api;
struct recent; /* mem_free */

struct recent_callout {
    int64_t id;       /* of the call-out; 0 = nothing kept */
    uint64_t version; /* writer_seats_version before it was read */
    struct read_incident incident;
    struct read_need need;
};
/* In two steps, so that other questions go with these: asks for the rows of the alert's
 * call-out, if which one that is has been seen before; then takes them, *RET valid until
 * the next ask. ST_NOT_FOUND, or what reading says. */
struct recent_asked {
    int64_t callout_id;       /* 0 = not known yet */
    uint64_t commit, version; /* writer_version, writer_seats_version before it */
    bool is_kept;
    struct read_around around;
};
void recent_ask(struct api *api, int64_t alert_id, struct recent_asked *asked);
int recent_take(struct api *api, const struct read_alert *alert,
                struct recent_asked *asked, const struct recent_callout **ret)
    __attribute__((warn_unused_result));

#endif
