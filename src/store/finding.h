/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what a call-out, a drill or the readiness index showed to be wrong, who
 * answers for it, and how far it is. A second account checks what was solved (decision
 * 0046). Every step is noted in the instance chain, with the state and without a text. */
#ifndef MUSTER_STORE_FINDING_H
#define MUSTER_STORE_FINDING_H

#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes; the API counts characters. */
#define FINDING_TITLE_MAX 800
#define FINDING_LEAD_MAX 384
#define FINDING_NOTE_MAX 4000
#define FINDING_INDICATOR_MAX 31
#define FINDING_DUE_DAYS 90 /* after it was noted, if no day is set (decision 0130) */

/* X(NAME, code) */
#define FINDING_STATE_LIST(X)                                                            \
    X(OPEN, "open")                                                                      \
    X(WORKING, "working")                                                                \
    X(SOLVED, "solved")                                                                  \
    X(CHECKED, "checked")                                                                \
    X(DROPPED, "dropped")
#define FINDING_STEP_LIST(X)                                                             \
    X(START, "start")                                                                    \
    X(SOLVE, "solve")                                                                    \
    X(CHECK, "check")                                                                    \
    X(DROP, "drop")                                                                      \
    X(REOPEN, "reopen")

#define X(name, code) FINDING_##name,
enum finding_state { FINDING_STATE_LIST(X) FINDING_STATE_COUNT };
#undef X
#define X(name, code) FINDING_STEP_##name,
enum finding_step { FINDING_STEP_LIST(X) FINDING_STEP_COUNT };
#undef X
const char *finding_state_code(enum finding_state state);
bool finding_state_parse(const char *code, enum finding_state *ret);
const char *finding_step_code(enum finding_step step);

struct finding {
    int64_t id, area_id;
    int64_t incident_id;                       /* that showed it; 0 = none */
    char indicator[FINDING_INDICATOR_MAX + 1]; /* that showed it; "" = none */
    char title[FINDING_TITLE_MAX + 1];
    char lead[FINDING_LEAD_MAX + 1]; /* who answers for it; "" = nobody yet */
    char note[FINDING_NOTE_MAX + 1]; /* of the last step; "" = none */
    enum finding_state state;
    int32_t due_day; /* days since 1970; 0 = no day set */
    int64_t made_by, made_ms;
    int64_t solved_by, solved_ms; /* 0 = not solved */
    int64_t ended_by, ended_ms;   /* checked or dropped; 0 = neither */
};

struct db;
struct writer;

/* The day by which it is to be put right. */
int32_t finding_due_day(const struct finding *finding);
/* Open or working, and its day is over. */
bool finding_is_overdue(const struct finding *finding, int32_t today);
/* The steps that ACTOR may take now, as bits: 1U << FINDING_STEP_... */
unsigned finding_steps(const struct finding *finding, int64_t actor);

/* Inside a command, on the writer's thread: fills id, state and made_ms. ST_NOT_FOUND
 * with the field: no such area or incident. */
int finding_put(struct writer *writer, struct finding *finding, int64_t now_ms,
                struct diag *reterr) __attribute__((warn_unused_result));
/* REASON may be "" where none is needed. ST_NOT_FOUND; ST_CONFLICT with the steps that
 * are allowed; ST_DENIED: who solved it checks it; ST_UNPROCESSABLE: a reason is
 * missing. */
int finding_take_step(struct writer *writer, int64_t id, enum finding_step step,
                      int64_t actor, const char *reason, int64_t now_ms,
                      struct finding *ret, struct diag *reterr)
    __attribute__((warn_unused_result));

int finding_read(struct db *db, int64_t id, struct finding *ret)
    __attribute__((warn_unused_result));
/* The newest first. INCIDENT_ID 0 and STATE FINDING_STATE_COUNT: all. VISIT returns 0 to
 * go on; its other values end the walk and are returned. */
int findings_each(struct db *db, int64_t incident_id, enum finding_state state,
                  int (*visit)(void *context, const struct finding *finding),
                  void *context) __attribute__((warn_unused_result));

/* How many there are that are neither checked nor dropped, by indicator and area; those
 * without an indicator are left out. */
int findings_count_open(struct db *db,
                        void (*visit)(void *context, const char *indicator,
                                      int64_t area_id, int64_t count),
                        void *context) __attribute__((warn_unused_result));

#endif
