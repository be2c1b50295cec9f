/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that several callers need: one step of the loop on an existing row, and the
 * report of a new incident. Made on any thread, handed to writer_submit, theirs again
 * in done. */
#ifndef MUSTER_STORE_COMMANDS_H
#define MUSTER_STORE_COMMANDS_H

#include "store/writer.h"

#define COMMAND_TEXT_MAX 16000 /* bytes of a reason or report: 4,000 characters */

/* One loop input on one row. LOOP_NEED: the row's id is given here; a LOOP_REPORTED with
 * `text` stores the text under the person's key. LOOP_WAVE and LOOP_CALLOUT_START carry
 * pointers that must live until done: dispatch makes those commands itself. */
struct loop_command {
    struct command command;
    enum stage_key key; /* what input.id (or ID) is the id of */
    int64_t id;         /* whose incident is meant */
    struct loop_input input;
    struct need need;        /* copy of input.need */
    struct loop_notes notes; /* copies of what input.notes says; */
    char *place, *contact, *warning;
    char *code, *reason, *text; /* copies */
    void *owner;                /* the caller's */

    /* out, when status is 0 */
    int64_t incident_id, row_id;
    bool input_repeated; /* same nonce or same answer again */
    const char *state;   /* code of the row's state now: that of the row made, or of
                            the row that KEY and ID mean; static */
    /* That row as the step left it, if it is an alert (then with its newest assignment)
     * or an assignment (then with its alert); id 0 = none. */
    struct alert alert;
    struct assignment assignment;
};
/* Copies what INPUT points to. TEXT: the report's, may be NULL. ST_NO_MEMORY, ST_LIMIT.
 */
int loop_command_new(struct loop_command **ret, enum stage_key key, int64_t id,
                     const struct loop_input *input, const char *text)
    __attribute__((warn_unused_result));
void loop_command_free(struct loop_command *command);

/* Bytes; as many characters are promised as fit if each has four. */
#define REQUESTER_NAME_MAX 240
#define REQUESTER_PHONE_MAX 124
#define REQUESTER_ADDRESS_MAX 800
#define REPORT_TITLE_MAX 800

struct requester {
    char name[REQUESTER_NAME_MAX + 1];
    char phone[REQUESTER_PHONE_MAX + 1];
    char address[REQUESTER_ADDRESS_MAX + 1];
    bool consent;
    bool given; /* false: there is none */
};

/* A new incident with its title and requester. */
struct report_command {
    struct command command;
    struct loop_incident incident; /* kind, grade, exercise, at, area_id */
    char title[REPORT_TITLE_MAX + 1];
    struct requester requester;
    int64_t actor;
    void *owner;
    /* out */
    int64_t incident_id, area_id;
    char case_number[16];
    const char *state;
};
/* Zeroed with run set: fill the rest. */
void report_command_init(struct report_command *command);

/* A command around any function of store that takes a writer: for tools, and for rare
 * API routes. FUNCTION runs on the writer's thread with CONTEXT. */
struct call_command {
    struct command command;
    int (*function)(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr);
    void *context;
};
void call_command_init(struct call_command *command,
                       int (*function)(void *context, struct writer *writer,
                                       int64_t now_ms, struct diag *reterr),
                       void *context);
/* Submits it and waits: writer_call. RETERR may be NULL. */
int command_call(struct writer *writer,
                 int (*function)(void *context, struct writer *writer, int64_t now_ms,
                                 struct diag *reterr),
                 void *context, struct diag *reterr);

#endif
