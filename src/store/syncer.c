/* SPDX-License-Identifier: Apache-2.0 */
/* Commits are counted, `begun` before others can see one and `ended` when it is handed
 * over: who reads in between may have seen it and waits for the sync after its end. */
#include "store/syncer.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/thread.h"
#include "base/wait.h"
#include "store/db.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#define GATHER_MS                                                                        \
    5 /* so long the next sync waits for the batch of a writer that was held */

struct syncer {
    struct syncer_config config; /* immutable */
    pthread_mutex_t lock;        /* guards all below */
    pthread_cond_t moved;
    struct synced_batch *first, *last; /* handed over, and not in a pass */
    uint32_t count;                    /* of them */
    struct sync_wait *wait_first, *wait_last;
    uint64_t begun, ended, synced; /* commits */
    bool at_work;                  /* a pass is under way */
    bool held;                     /* the writer waits, or has not handed over since */
    bool one_more;                 /* it may go on all the same */
    bool stop, has_thread;
    pthread_t thread;
    _Atomic int64_t last_us;
    _Atomic uint64_t passes;
};

int syncer_new(struct syncer **ret, const struct syncer_config *config)
{
    struct syncer *self = mem_calloc(1, sizeof *self);
    if (self == NULL)
        return ST_NO_MEMORY;
    self->config = *config;
    (void)pthread_mutex_init(&self->lock, NULL); /* cannot fail on Linux */
    wait_init(&self->moved);
    *ret = self;
    return ST_OK;
}

void syncer_free(struct syncer *self)
{
    if (self == NULL)
        return;
    assert(!self->has_thread && self->first == NULL && self->wait_first == NULL);
    (void)pthread_mutex_destroy(&self->lock);
    (void)pthread_cond_destroy(&self->moved);
    mem_free(self);
}

/* ---- the writer's side ----------------------------------------------------------------
 */

void syncer_admit(struct syncer *self)
{
    (void)pthread_mutex_lock(&self->lock);
    while (self->has_thread && self->count >= SYNCER_BATCHES && !self->one_more) {
        self->held = true;
        (void)pthread_cond_wait(&self->moved, &self->lock);
    }
    self->one_more = false;
    (void)pthread_mutex_unlock(&self->lock);
}

void syncer_commits(struct syncer *self)
{
    (void)pthread_mutex_lock(&self->lock);
    self->begun++;
    (void)pthread_mutex_unlock(&self->lock);
}

void syncer_hand(struct syncer *self, struct synced_batch *batch)
{
    (void)pthread_mutex_lock(&self->lock);
    if (batch != NULL) {
        batch->next = NULL;
        if (self->last == NULL)
            self->first = batch;
        else
            self->last->next = batch;
        self->last = batch;
        self->count++;
    }
    self->ended = self->begun;
    if (batch != NULL || self->held)
        (void)pthread_cond_broadcast(&self->moved);
    self->held = false;
    (void)pthread_mutex_unlock(&self->lock);
}

/* ---- a pass ---------------------------------------------------------------------------
 */

/* Those whose commits are synced; they stand in order. Locked. */
static struct sync_wait *take_waits(struct syncer *self)
{
    struct sync_wait *first = self->wait_first, *last = NULL;
    while (self->wait_first != NULL && self->wait_first->commit <= self->synced) {
        last = self->wait_first;
        self->wait_first = last->next;
    }
    if (self->wait_first == NULL)
        self->wait_last = NULL;
    if (last == NULL)
        return NULL;
    last->next = NULL;
    return first;
}

static bool sync_log(struct syncer *self)
{
    const int64_t begun_us = self->config.mono_us(self->config.context);
    const bool is_synced = db_sync(self->config.db) == ST_OK;
    self->last_us = self->config.mono_us(self->config.context) - begun_us;
    self->passes++;
    if (!is_synced)
        self->config.on_fatal(self->config.context, "the disk did not confirm a write");
    return is_synced;
}

static void settle_all(struct syncer *self, struct synced_batch *batch, bool is_synced)
{
    while (batch != NULL) {
        struct synced_batch *next = batch->next;
        self->config.settle(self->config.context, batch, is_synced);
        batch = next;
    }
}

static void tell_all(struct sync_wait *wait)
{
    while (wait != NULL) {
        struct sync_wait *next = wait->next;
        wait->synced(wait);
        wait = next;
    }
}

/* Something to sync, or to be told of: a commit that somebody waits for has ended. */
static bool has_work(const struct syncer *self)
{
    return self->first != NULL ||
           (self->wait_first != NULL && self->wait_first->commit <= self->ended);
}

/* Locked, and again when it returns. */
static void pass(struct syncer *self)
{
    struct synced_batch *batch = self->first;
    const uint64_t ended = self->ended;
    self->first = self->last = NULL;
    self->count = 0;
    self->at_work = true;
    (void)pthread_cond_broadcast(&self->moved);
    (void)pthread_mutex_unlock(&self->lock);
    const bool is_synced = sync_log(self);
    (void)pthread_mutex_lock(&self->lock);
    self->synced = ended;
    struct sync_wait *waits = take_waits(self);
    (void)pthread_mutex_unlock(&self->lock);
    settle_all(self, batch, is_synced);
    tell_all(waits);
    (void)pthread_mutex_lock(&self->lock);
    self->at_work = false;
    (void)pthread_cond_broadcast(&self->moved);
}

bool syncer_pass(struct syncer *self)
{
    (void)pthread_mutex_lock(&self->lock);
    const bool is_there = has_work(self);
    if (is_there)
        pass(self);
    (void)pthread_mutex_unlock(&self->lock);
    return is_there;
}

/* What came while the writer was held goes into the next sync, too. */
static void let_gather(struct syncer *self)
{
    self->one_more = true;
    (void)pthread_cond_broadcast(&self->moved);
    wait_for(&self->moved, &self->lock, GATHER_MS);
    self->one_more = false;
}

static void *thread_body(void *context)
{
    struct syncer *self = context;
    thread_name("syncer");
    (void)pthread_mutex_lock(&self->lock);
    while (!self->stop) {
        if (self->held && self->count >= SYNCER_BATCHES)
            let_gather(self);
        if (has_work(self))
            pass(self);
        else
            (void)pthread_cond_wait(&self->moved, &self->lock);
    }
    (void)pthread_mutex_unlock(&self->lock);
    return NULL;
}

/* ---- anybody --------------------------------------------------------------------------
 */

void syncer_drain(struct syncer *self)
{
    (void)pthread_mutex_lock(&self->lock);
    while (self->at_work || has_work(self))
        if (self->has_thread)
            (void)pthread_cond_wait(&self->moved, &self->lock);
        else
            pass(self);
    (void)pthread_mutex_unlock(&self->lock);
}

bool syncer_wait(struct syncer *self, struct sync_wait *wait)
{
    (void)pthread_mutex_lock(&self->lock);
    const bool waits = self->synced < self->begun;
    if (waits) {
        wait->commit = self->begun;
        wait->next = NULL;
        if (self->wait_last == NULL)
            self->wait_first = wait;
        else
            self->wait_last->next = wait;
        self->wait_last = wait;
    }
    (void)pthread_mutex_unlock(&self->lock);
    return waits;
}

int64_t syncer_last_us(const struct syncer *self)
{
    return self->last_us;
}

uint64_t syncer_count(const struct syncer *self)
{
    return self->passes;
}

/* ---- life -----------------------------------------------------------------------------
 */

int syncer_start(struct syncer *self)
{
    self->stop = false;
    self->has_thread = true; /* before there is one: it reads this */
    if (pthread_create(&self->thread, NULL, thread_body, self) == 0)
        return ST_OK;
    self->has_thread = false;
    return ST_NO_MEMORY;
}

void syncer_stop(struct syncer *self)
{
    if (!self->has_thread)
        return;
    (void)pthread_mutex_lock(&self->lock);
    self->stop = true;
    (void)pthread_cond_broadcast(&self->moved);
    (void)pthread_mutex_unlock(&self->lock);
    (void)pthread_join(self->thread, NULL); /* it is ours and joinable */
    self->has_thread = false;
}

bool syncer_has_thread(const struct syncer *self)
{
    return self->has_thread;
}
