/* SPDX-License-Identifier: Apache-2.0 */
/* A wave as a command for the writer: the start of a call-out with its first wave, or a
 * further wave of a running one. The plan record of invariant 12 is written in the same
 * transaction, if anybody is alerted. */
#ifndef MUSTER_DISPATCH_CALLOUT_H
#define MUSTER_DISPATCH_CALLOUT_H

#include "dispatch/scheme.h"
#include "store/writer.h"

struct callout_command {
    struct command command;      /* `done` is the caller's to set before submitting */
    int64_t need_id, callout_id; /* callout_id 0: start one */
    struct loop_input input;
    struct loop_wave wave;
    struct loop_invitation *invitations;
    struct need need;  /* of a start that restates it */
    int64_t *left_out; /* of a start: people no wave may take */
    uint32_t left_out_count;
    int64_t *ask_limited;
    char *record, *reason;
    void *owner; /* the caller's */

    /* out, when status is 0 */
    int64_t incident_id, row_id; /* row_id: the call-out */
    const char *state;           /* of the call-out; static */
};

/* From a scheme made with `record`; copies what it needs. ACTOR is the account (0 = the
 * system), LIFT and REASON (may be NULL) are those of the dispatcher. ST_NO_MEMORY,
 * ST_LIMIT. A start may be given another `input.need`, copied to `need`. Commands that
 * are done are freed by whoever submitted them. */
int callout_command_new(struct callout_command **ret, const struct scheme *scheme,
                        int64_t actor, uint32_t lift, const char *reason)
    __attribute__((warn_unused_result));
/* PEOPLE (each once) are not asked in any wave of the call-out that is started: copied.
 * ST_NO_MEMORY. */
int callout_command_leave_out(struct callout_command *command, const int64_t *people,
                              uint32_t count) __attribute__((warn_unused_result));
void callout_command_free(struct callout_command *command);

#endif
