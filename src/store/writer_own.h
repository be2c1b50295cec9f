/* SPDX-License-Identifier: Apache-2.0 */
/* The writer itself: for writer.c (what a batch is), writer_queue.c (what waits for it)
 * and writer_life.c (start, thread, stop). */
#ifndef MUSTER_STORE_WRITER_OWN_H
#define MUSTER_STORE_WRITER_OWN_H

#include "store/checkpointer.h"
#include "store/writer_internal.h"

#include <pthread.h>

/* Without the writer's thread, so without a checkpointer beside it, the log is copied
 * into the file when it has grown so long. */
#define CHECKPOINT_PAGES 500

struct replan {
    int64_t due_ms, callout_id, incident_id;
};

struct snapshot;

struct commands {
    struct command *first, *last;
    uint32_t length;
};

struct writer {
    struct writer_config config; /* immutable */
    struct stage stage;          /* under the gate */
    pthread_mutex_t queue_lock;
    pthread_cond_t queue_grew;
    struct commands queue; /* under queue_lock, like `later` and its three */
    struct commands later;
    uint32_t later_due;    /* so many of them, the first, are to run now */
    uint32_t later_old;    /* and so many, those included, when the next half is over */
    int64_t later_turn_ms; /* which is then */
    struct writer_counts counts; /* under queue_lock, too */
    _Atomic uint64_t version;    /* grows under it, is read without */
    bool closed, stop;           /* under it, too */
    _Atomic uint64_t rounds;     /* of the thread; read by any */
    pthread_t thread;
    bool has_thread;
    int64_t behind_ms, away_ms;        /* writer_behind_ms, writer_away_ms */
    struct checkpointer *checkpointer; /* beside the thread; NULL on PostgreSQL */

    pthread_mutex_t gate_lock;
    pthread_cond_t gate_moved;
    bool gate_held;             /* under gate_lock, like the next two */
    bool gate_served;           /* a thread looks for `snapshots` again and again */
    struct snapshot *snapshots; /* asked for */

    pthread_mutex_t replans_lock;
    struct replan *replans; /* under replans_lock */
    uint32_t replan_count, replan_capacity;

    /* the writer's thread only */
    int64_t alive_ms, signed_ms, retry_ms;
    int64_t shift_ms;         /* the clock jumped so far, and no batch has said so yet */
    bool resends;             /* nor what was being sent at the last stop */
    int64_t part_ms;          /* of a wave, the last one */
    int64_t commit_us[2];     /* how long the last two commits took */
    int64_t wall_ms, mono_us; /* at the step before */
    int64_t failed_us;        /* monotonic: the newest batch that could not be stored */
    struct diag diag;
};

/* ---- writer_queue.c ---- */

/* Takes at most WRITER_BATCH_MAX commands, in order, then a part of those for later if it
 * is time. Returns how many. */
uint32_t writer_take_batch(struct writer *writer, struct command **ret, int64_t now_ms);
/* They become the first again, in order. */
void writer_put_back(struct writer *writer, struct command **commands, uint32_t count);
/* When one of those for later is due: 0 = at once, INT64_MAX = there is none. */
int64_t writer_later_due_ms(struct writer *writer);

/* ---- writer.c ---- */

/* In an open transaction: the inputs of the timers that are due. */
int writer_run_timers(struct writer *writer, enum loop_input_kind kind, int64_t number,
                      int64_t now_ms) __attribute__((warn_unused_result));
/* In an open transaction: the store was alive at NOW_MS. */
int writer_store_alive(struct writer *writer, int64_t now_ms)
    __attribute__((warn_unused_result));
/* After a transaction that failed: everything as it was before it. */
int writer_undo(struct writer *writer) __attribute__((warn_unused_result));
/* Which call-outs are to be planned again, and when. */
int writer_collect_replans(struct writer *writer) __attribute__((warn_unused_result));
/* Whether the writer's thread makes the snapshots. */
void writer_serve_snapshots(struct writer *writer, bool serve);
#endif
