/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings of the authorities (storm, flood) and which office has heard of each. A
 * warning is a message, never a task: nothing here alerts anybody (decision 0158). A
 * later message ends the ones that it refers to, in whatever order they come; one of an
 * exercise ends none that is real, nor the other way round. Readers use their own
 * connection; changes are commands on the writer's thread, each notes an event.
 */
#ifndef MUSTER_STORE_WARNING_H
#define MUSTER_STORE_WARNING_H

#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>

#define WARNING_REFERENCES_MAX 500 /* as many as a message has at most */
#define WARNING_AREAS_MAX 2000
#define WARNING_LIST_MAX 2000
#define WARNING_OWN_AREAS_MAX 100 /* of one that an office enters by hand */

/* X(NAME, code) */
#define WARNING_KIND_LIST(X)                                                             \
    X(ALERT, "alert")                                                                    \
    X(UPDATE, "update")                                                                  \
    X(CANCEL, "cancel") /* only ends others: in no list */

#define X(name, code) WARNING_##name,
enum warning_kind { WARNING_KIND_LIST(X) WARNING_KIND_COUNT };
#undef X

/* What makes a message the same when it comes again. */
struct warning_name {
    const char *sender, *identifier;
    int64_t sent_ms;
};

struct warning {
    int64_t id;
    struct warning_name name;
    enum warning_kind kind;
    bool exercise;
    const char *level;            /* a code: red, orange, yellow, blue, none */
    int64_t onset_ms, expires_ms; /* in force in between */
    const char *body; /* members of a JSON object: what the API tells besides */
    int64_t taken_by, taken_ms;
    int64_t ended_by, ended_ms; /* by which warning, when; 0 = not yet */
    bool cancelled;             /* what ended it is a cancel; else an update */
};

/* What comes in besides the row. */
struct warning_message {
    struct warning warning;
    const struct warning_name *references;
    const int64_t *areas; /* that it touches, none under another one */
    uint32_t reference_count, area_count;
    bool repeated;  /* out: it had come before; warning.id is what that made */
    uint32_t ended; /* out: how many it has ended */
};

struct db;
struct writer;

/* Inside a command: fills id, taken_ms, ended_* and the outs. A message that has come
 * before changes nothing. ST_LIMIT: too many areas or references. */
int warning_put(struct writer *writer, struct warning_message *message, int64_t now_ms)
    __attribute__((warn_unused_result));
/* One that an office enters by hand (its name is made here), and the end of any. As
 * warning_put. ST_NOT_FOUND: there is no such warning, or it has ended. */
int warning_put_own(struct writer *writer, struct warning_message *message,
                    int64_t now_ms) __attribute__((warn_unused_result));
int warning_end(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms)
    __attribute__((warn_unused_result));
/* The office of AREA_ID has heard of it: the first who says so is kept. ST_NOT_FOUND:
 * there is no such warning. */
int warning_hear(struct writer *writer, int64_t id, int64_t area_id, int64_t actor,
                 int64_t now_ms) __attribute__((warn_unused_result));

/* The newest first, cancels left out; WHOLE: also those that are over, of the newest
 * WARNING_LIST_MAX. Texts live until
 * VISIT returns, which gives 0 to go on; its other values end the walk and are returned.
 */
int warnings_each(struct db *db, int64_t now_ms, bool whole,
                  int (*visit)(void *context, const struct warning *warning),
                  void *context) __attribute__((warn_unused_result));
/* The ids of the areas that it touches. */
int warning_areas(struct db *db, int64_t id, int64_t ret[WARNING_AREAS_MAX],
                  uint32_t *ret_count) __attribute__((warn_unused_result));
/* Which offices have heard of it, by area. */
struct warning_heard {
    int64_t area_id, actor, at_ms;
};
int warning_heard_each(struct db *db, int64_t id,
                       int (*visit)(void *context, const struct warning_heard *heard),
                       void *context) __attribute__((warn_unused_result));
/* The areas in which somebody acts (admin, commander, dispatcher), by id: the offices
 * that are to hear of a warning. RET: mem_free, after an error too. */
int warning_offices(struct db *db, int64_t **ret, uint32_t *ret_count)
    __attribute__((warn_unused_result));

#endif
