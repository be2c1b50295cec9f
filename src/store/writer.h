/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: one thread owns the writing connection, takes whatever is queued, runs it
 * in one transaction, commits, and only then lets the answers go (group commit). It also
 * fires the loop's timers, writes both chains and runs the checkpoints between batches.
 *
 * An error while a batch is written (no room on the disk) rolls the whole batch back:
 * every command of it gets that status and nothing has changed, in memory neither. A
 * failed fsync is final: the process stops (fatal callback). */
#ifndef MUSTER_STORE_WRITER_H
#define MUSTER_STORE_WRITER_H

#include "base/clock.h"
#include "base/diag.h"
#include "base/random.h"
#include "crowd/crowd.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stdint.h>

#define WRITER_QUEUE_MAX                                                                 \
    20000 /* beyond it ST_BUSY: the API answers 503 with Retry-After */
#define WRITER_BATCH_MAX 1000 /* commands in one transaction */
#define WRITER_LATER_MS 1000
#define WRITER_LATER_MAX 10000 /* so many do not wait longer */
#define WRITER_LATER_PART 100  /* of them in one transaction: so long others wait */
#define WRITER_CALM_MS                                                                   \
    30000 /* everything has to be stored for so long before it is said to be again */
#define WRITER_WAVE_AGE_MS                                                               \
    60000 /* a part that is not sent until then is planned anew: who may be alerted was  \
             decided for another hour */
#define WRITER_PART_MS                                                                   \
    50 /* so long the parts of a wave let batches of commands go before them */
#define WRITER_WAVE_WHOLE 250 /* people: a wave of more is sent in parts */
#define WRITER_WAVE_PART                                                                 \
    10 /* people of a wave alerted before the writer looks whether somebody waits: some  \
          0.15 ms */
#define WRITER_PARTS                                                                     \
    64 /* at most in one transaction, while they take as long as a commit */

struct writer;
struct db;
struct read_funnel;
struct vault;

/* A command is embedded as the first member in the struct of whoever hands it in. */
struct command {
    /* On the writer's thread, inside the transaction. A refusal (any status but the
     * disk's) must have changed nothing. */
    int (*run)(struct command *command, struct writer *writer, int64_t now_ms);
    /* On the writer's thread, after the commit is on disk (or the refusal is certain).
     * The command is the callee's again. Must be quick and not block. */
    void (*done)(struct command *command, int status);
    struct diag diag; /* filled with a refusal */

    /* Idempotency (invariant 3); key NULL = none. Kept 24 h. A repeated (actor, route,
     * key) with the same hash does not run: status and the two fields below are those of
     * the first time, `repeated` is true. Another hash: ST_UNPROCESSABLE. */
    int64_t actor;
    const char *route, *key;
    uint8_t request_hash[32];
    bool repeated;
    int32_t result_status; /* HTTP status to be kept with the key, set by run */
    int64_t result_id;     /* id of what was made, set by run */

    struct command *next; /* the writer's */
};

struct writer_config {
    const char *db_path;
    struct vault *vault;
    struct clock *clock;
    struct random *random;
    struct crowd
        *crowd; /* commitments and alert times are told to it after each commit */
    struct loop_config loop;
    /* After each commit, on the writer's thread, for each event made durable: the live
     * stream. POSITION grows without gaps; BODY is the event's JSON, without anything
     * personal. */
    void (*on_event)(void *context, int64_t position, int64_t incident_id,
                     const char *kind, const char *body);
    /* After each commit that queued messages: wake the channels. */
    void (*on_outbox)(void *context);
    /* After each commit that changed a call-out's replan_due_ms: wake the planner. */
    void (*on_replan)(void *context);
    void (*on_fatal)(void *context, const char *what);
    /* Before the answers of a batch that could not be committed, the first one in a row,
     * with its status; and with ST_OK once all could for WRITER_CALM_MS. Or NULL. */
    void (*on_storing)(void *context, int status);
    void *context;
    uint32_t wave_whole; /* 0 = WRITER_WAVE_WHOLE */
    uint32_t wave_part;  /* 0 = WRITER_WAVE_PART */
    uint32_t wave_parts; /* 0 = WRITER_PARTS */
    int64_t wave_age_ms; /* 0 = WRITER_WAVE_AGE_MS */
    bool check_all;      /* tests, the simulator: every row is checked after each step */
    bool read_only;      /* loads and tells the crowd, writes nothing; takes no command */
    int64_t epoch;       /* PostgreSQL: of the lease (lease.h); 0 = nobody else writes */
    const char *signing_key_path; /* Ed25519, for the instance chain's heads */
};

/* Opens the database (makes or migrates it), loads every incident that is not closed,
 * cancelled or merged and those that still wait for somebody, marks messages found in
 * `sending` (perhaps twice), re-bases timers if the server was down over 5 minutes or the
 * clock has gone back over a minute meanwhile, tells the crowd its commitments. */
int writer_new(struct writer **ret, const struct writer_config *config,
               struct diag *reterr) __attribute__((warn_unused_result));
/* Commits what is queued, signs the heads, checkpoints, closes. */
void writer_free(struct writer *writer);
/* The thread around writer_step; tests and the simulator call writer_step themselves. */
int writer_start(struct writer *writer) __attribute__((warn_unused_result));
/* Runs what is queued, then takes nothing more (ST_CLOSED): from its return on no command
 * runs, no `done` and no hook is called. */
void writer_stop(struct writer *writer);
/* Between writer_start and writer_stop. */
bool writer_has_thread(const struct writer *writer);
/* How far before the last sign of life the clock stood at the start; 0: it did not. */
int64_t writer_behind_ms(const struct writer *writer);
/* How far behind it, if over 5 minutes; else 0. */
int64_t writer_away_ms(const struct writer *writer);
/* One batch: queued commands, due timers, commit, answers. Returns the next due time
 * (wall). */
int64_t writer_step(struct writer *writer, int64_t now_ms);

/* Thread-safe. ST_BUSY or ST_CLOSED: the command was not taken, done is not called. */
int writer_submit(struct writer *writer, struct command *command)
    __attribute__((warn_unused_result));
/* The same for what nobody waits for: it runs after half of WRITER_LATER_MS at least and
 * all of it at most, if the disk can keep up, together with others of its kind, so that
 * rows which lie together are written once. Lost in a crash. */
int writer_submit_later(struct writer *writer, struct command *command)
    __attribute__((warn_unused_result));
/* Submits and waits (tools, tests): returns the status. Not on the writer's or loop's
 * thread. */
int writer_call(struct writer *writer, struct command *command);
/* Grows as long as the writer's thread moves: with every statement, and at least once a
 * second between batches, also while nothing can be stored. Thread-safe, two loads. */
uint64_t writer_pulse(const struct writer *writer);
/* Commands waiting, those for later left out: for /metrics. */
uint32_t writer_queue_length(struct writer *writer);
/* A wave's later parts are still to come. Waits for the current batch. */
bool writer_is_sending(struct writer *writer);
/* Since the start: for /metrics. */
struct writer_counts {
    uint64_t batches, commands; /* committed transactions, and commands in them */
    uint64_t log_bytes;         /* db_log_bytes */
    bool is_failing; /* one was not committed, and since WRITER_CALM_MS not all of them
                        were */
};
void writer_count(struct writer *writer, struct writer_counts *ret);
/* Grows with each commit, before its answers leave: what was read at one version is still
 * so at the same version. Thread-safe, one load. */
uint64_t writer_version(const struct writer *writer);
/* The same of the rows of one incident but for its alerts, messages and call-outs (and
 * where its chain ends): a refusal of an invitation changes none of them. Sometimes grows
 * with another incident's. */
uint64_t writer_seats_version(const struct writer *writer, int64_t incident_id);

/* How many alerts of a call-out got how far, if that is known without counting. At least
 * as new as what could be read before. Thread-safe, quick. */
bool writer_funnel(struct writer *writer, int64_t callout_id, struct read_funnel *ret);

/* The seats taken in each line of a need, if they are known without reading, and if of
 * the rows above nothing but assignments changed since VERSION: whoever read these then
 * has them all with this. Thread-safe, quick. */
bool writer_seats(struct writer *writer, int64_t need_id, uint64_t version,
                  int32_t ret[LOOP_LINES_MAX]);

/* As it was given; thread-safe. */
const struct loop_config *writer_loop(const struct writer *writer);

/* ---- for commands, on the writer's thread
 * ------------------------------------------------ */
struct db *writer_db(struct writer *writer);
int64_t writer_new_id(struct writer *writer);
/* The incident (loaded if it was not); NULL if there is none. By the id of any of its
 * rows. */
enum stage_key {
    STAGE_INCIDENT,
    STAGE_NEED,
    STAGE_CALLOUT,
    STAGE_ALERT,
    STAGE_ASSIGNMENT,
    STAGE_MESSAGE
};
struct loop_incident *writer_incident(struct writer *writer, enum stage_key key,
                                      int64_t id);
/* loop_step, and what follows from it: rows, events with their chain, messages, ledger,
 * inputs to other incidents. A wave of more than wave_whole people is kept with the first
 * wave_part of them; the next batches send the others, also after a crash. ret_id =
 * effects.id, ret_repeated may be NULL. */
int writer_apply(struct writer *writer, struct loop_incident *incident,
                 const struct loop_input *input, int64_t now_ms, int64_t *ret_id,
                 bool *ret_repeated, struct diag *reterr)
    __attribute__((warn_unused_result));
/* A new incident, then LOOP_REPORT; *ret is the staged one. TEMPLATE has kind, grade,
 * exercise, at, area_id. */
int writer_report(struct writer *writer, const struct loop_incident *template,
                  int64_t actor, int64_t now_ms, struct loop_incident **ret,
                  struct diag *reterr) __attribute__((warn_unused_result));
/* An event outside incidents (accounts, people, roles, closures, keys, erasures): goes to
 * the instance chain. */
int writer_note(struct writer *writer, const char *kind, int64_t actor, int64_t subject,
                const char *code, int64_t now_ms) __attribute__((warn_unused_result));

/* A copy of one running incident for planners and tools: taken by a command on the
 * writer's thread or from any thread by writer_snapshot (waits for the current batch). */
int writer_snapshot(struct writer *writer, enum stage_key key, int64_t id,
                    struct loop_incident *ret) __attribute__((warn_unused_result));
/* Call-outs whose replan_due_ms has come: fills ids (call-outs), returns the count, and
 * the next due time. Thread-safe. */
uint32_t writer_replans_due(struct writer *writer, int64_t now_ms, int64_t *ret_ids,
                            uint32_t ids_max, int64_t *ret_next_due_ms);

#endif
