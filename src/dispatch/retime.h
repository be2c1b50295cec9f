/* SPDX-License-Identifier: Apache-2.0 */
/* When roads are closed or opened, the way of everybody who was alerted and has not
 * arrived is asked anew: the board, their pages and every later plan go by what it is
 * now. Who is under way counts as if they left now from where they set out, or from the
 * position that they share (decision 0076), or where they said they come from (decision
 * 0173). */
#ifndef MUSTER_DISPATCH_RETIME_H
#define MUSTER_DISPATCH_RETIME_H

#include "loop/loop.h"
#include "store/writer.h"

#define RETIME_MAX 5000 /* people of one call-out; later ones keep what they have */

struct crowd;

/* The ways that are not what their alerts say: a block (mem_free) of *RET_COUNT. One
 * search of the roads for each who was alerted. ST_NO_MEMORY, ST_INVALID. */
int retime_list(struct crowd *crowd, struct loop_incident *incident,
                const struct callout *callout, int64_t now_ms, struct loop_retimed **ret,
                uint32_t *ret_count) __attribute__((warn_unused_result));

/* The same as a command: the call-out is planned again after it, if it is active. */
struct retime_command {
    struct command command; /* `done` is the caller's to set before submitting */
    int64_t callout_id;
    struct loop_retimed *retimed;
    uint32_t count;
    void *owner; /* the caller's */
};
int retime_command_new(struct retime_command **ret, struct crowd *crowd,
                       struct loop_incident *incident, const struct callout *callout,
                       int64_t now_ms) __attribute__((warn_unused_result));
void retime_command_free(struct retime_command *command);

#endif
