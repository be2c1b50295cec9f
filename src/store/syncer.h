/* SPDX-License-Identifier: Apache-2.0 */
/* What comes after a commit: batches that are written but not yet on the disk wait here
 * for one sync, and only then are told and answered. Meanwhile the writer runs the next
 * one, so neither waits for the other (docs/decisions/0069):
 *
 *     writer   batch 1 | batch 2 | batch 3 | batch 4 ...
 *     syncer             sync 1  | answers 1 | sync 2 and 3 | answers 2, 3 ...
 *
 * In order, and each batch once. A sync that fails is final: on_fatal, and if that
 * returns (the simulator) the batches are settled as failed. */
#ifndef MUSTER_STORE_SYNCER_H
#define MUSTER_STORE_SYNCER_H

#include <stdbool.h>
#include <stdint.h>

struct syncer;
struct db;

/* So many batches may wait behind a sync and its answers; then the writer gathers: small
 * batches write the same pages again and again. */
#define SYNCER_BATCHES 4

/* The first member of a batch. */
struct synced_batch {
    struct synced_batch *next; /* the syncer's */
};

/* Somebody who saw what is perhaps not yet on the disk. */
struct sync_wait {
    void (*synced)(struct sync_wait *wait); /* must be quick and not block */
    uint64_t commit;                        /* the syncer's, like the next */
    struct sync_wait *next;
};

struct syncer_config {
    struct db *db;
    /* In order. IS_SYNCED false: it was not confirmed. The batch is the callee's again.
     */
    void (*settle)(void *context, struct synced_batch *batch, bool is_synced);
    void (*on_fatal)(void *context, const char *what);
    void *context;
    int64_t (*mono_us)(void *context);
};

/* ST_NO_MEMORY. */
int syncer_new(struct syncer **ret, const struct syncer_config *config)
    __attribute__((warn_unused_result));
/* Nothing waits any more. */
void syncer_free(struct syncer *syncer);
/* The thread; without it the caller makes each pass (syncer_pass). ST_NO_MEMORY. */
int syncer_start(struct syncer *syncer) __attribute__((warn_unused_result));
/* After syncer_drain. */
void syncer_stop(struct syncer *syncer);
bool syncer_has_thread(const struct syncer *syncer);

/* ---- the writer's side: admit, perhaps commit, hand over, again and again ---- */

/* Waits while SYNCER_BATCHES of them wait behind a pass. */
void syncer_admit(struct syncer *syncer);
/* Just before a commit that others will see before it is synced. */
void syncer_commits(struct syncer *syncer);
/* BATCH is committed, or has failed and is to be answered; NULL: there was none. */
void syncer_hand(struct syncer *syncer, struct synced_batch *batch);

/* ---- anybody ---- */

/* One sync for all that was handed over, then their answers. False: there was nothing. */
bool syncer_pass(struct syncer *syncer);
/* Until everything that was handed over is settled. Not from within settle. */
void syncer_drain(struct syncer *syncer);
/* True: WAIT is taken, and told when all that was committed before is on the disk.
 * False: it is there. */
bool syncer_wait(struct syncer *syncer, struct sync_wait *wait);
/* How long the last sync took, and how many there were. */
int64_t syncer_last_us(const struct syncer *syncer);
uint64_t syncer_count(const struct syncer *syncer);

#endif
