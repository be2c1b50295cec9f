/* SPDX-License-Identifier: Apache-2.0 */
#include "store/checkpointer.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/thread.h"
#include "store/db.h"

#include <pthread.h>

struct checkpointer {
    struct checkpointer_config config;
    struct db *db; /* the thread's */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    uint32_t pages;  /* in the log after the last commit; under the lock, as the rest */
    uint32_t copied; /* of them */
    uint32_t last_copied; /* of the log as it was at the last pass, or when finished */
    uint32_t pass_at;     /* pages from which the next pass begins */
    uint32_t finish_at;   /* and the writer may finish */
    uint64_t bytes;       /* written to the log in all */
    bool at_work;
    bool all_copied; /* perhaps: no pass before the next commit */
    bool stop;
};

static uint32_t left(const struct checkpointer *self)
{
    return self->pages > self->copied ? self->pages - self->copied : 0;
}

/* ---- the thread -----------------------------------------------------------------------
 */

/* A log that has become long is left to the writer, else one pass would follow the other
 * and it would never have its turn. */
static bool is_to_pass(const struct checkpointer *self)
{
    return !self->all_copied && self->pages >= self->pass_at &&
           self->pages < self->config.long_pages;
}

/* One that fails, or that a reader keeps from much, is not tried again before the log has
 * grown by another pass. */
static void pass(struct checkpointer *self)
{
    int status = db_checkpoint(self->db);
    if (status != ST_OK && db_sync_failed(self->db))
        self->config.on_fatal(self->config.context,
                              "the disk did not confirm a checkpoint");
}

static void *thread_body(void *context)
{
    struct checkpointer *self = context;
    thread_name("checkpointer");
    (void)pthread_mutex_lock(&self->lock);
    while (!self->stop) {
        if (!is_to_pass(self)) {
            (void)pthread_cond_wait(&self->wake, &self->lock);
            continue;
        }
        self->at_work = true;
        self->pass_at = self->pages + self->config.pass_pages;
        (void)pthread_mutex_unlock(&self->lock);
        pass(self);
        (void)pthread_mutex_lock(&self->lock);
        self->at_work = false;
        self->copied = self->last_copied = db_log_copied(self->db);
        self->all_copied = db_log_pages(self->db) == 0;
    }
    (void)pthread_mutex_unlock(&self->lock);
    return NULL;
}

/* ---- the writer's side ----------------------------------------------------------------
 */

static bool is_to_finish(const struct checkpointer *self, bool waits)
{
    if (self->at_work || self->pages < self->finish_at)
        return false;
    return self->pages >= self->config.long_pages ||
           (!waits && left(self) <= self->config.pass_pages / 4);
}

/* Whether the commit wrote to the log, and behind what is copied of it, or began it anew:
 * then it is not all copied. A commit that ended before a pass and is noted after it may
 * have been copied by it: the log is then just as long as what was copied. */
static bool is_beyond_the_copied(const struct checkpointer *self,
                                 const struct db *writing)
{
    return db_log_bytes(writing) > self->bytes &&
           db_log_pages(writing) != self->last_copied;
}

bool checkpointer_note(struct checkpointer *self, const struct db *writing, bool waits)
{
    uint32_t pages = db_log_pages(writing);
    (void)pthread_mutex_lock(&self->lock);
    if (pages < self->pages) { /* it has begun anew */
        self->copied = 0;
        self->pass_at = self->config.pass_pages;
        self->finish_at = self->config.finish_pages;
    }
    self->pages = pages;
    if (is_beyond_the_copied(self, writing))
        self->all_copied = false;
    self->bytes = db_log_bytes(writing);
    bool finish = is_to_finish(self, waits);
    if (finish) {
        self->copied = self->last_copied = pages;
        self->all_copied = true;
        self->finish_at = pages + self->config.pass_pages; /* if it does not begin anew */
    } else if (is_to_pass(self)) {
        (void)pthread_cond_signal(&self->wake);
    }
    (void)pthread_mutex_unlock(&self->lock);
    return finish;
}

/* ---- life -----------------------------------------------------------------------------
 */

static uint32_t or_else(uint32_t pages, uint32_t otherwise)
{
    return pages == 0 ? otherwise : pages;
}

static void release(struct checkpointer *self)
{
    db_close(self->db);
    (void)pthread_mutex_destroy(&self->lock);
    (void)pthread_cond_destroy(&self->wake);
    mem_free(self);
}

int checkpointer_start(struct checkpointer **ret,
                       const struct checkpointer_config *config, struct diag *reterr)
{
    struct checkpointer *self = mem_calloc(1, sizeof *self);
    if (self == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, config->db_path,
                        "no memory for the checkpointer");
    self->config = *config;
    self->config.pass_pages = or_else(config->pass_pages, CHECKPOINTER_PASS);
    self->config.finish_pages = or_else(config->finish_pages, CHECKPOINTER_FINISH);
    self->config.long_pages = or_else(config->long_pages, CHECKPOINTER_LONG);
    self->pass_at = self->config.pass_pages;
    self->finish_at = self->config.finish_pages;
    self->all_copied = true; /* nobody knows, nor of the first commit */
    self->bytes = UINT64_MAX;
    /* None of these can fail on Linux. */
    (void)pthread_mutex_init(&self->lock, NULL);
    (void)pthread_cond_init(&self->wake, NULL);
    int status = db_open(&self->db, config->db_path, DB_LOG, reterr);
    if (status == ST_OK && pthread_create(&self->thread, NULL, thread_body, self) != 0)
        status = diag_set(reterr, ST_NO_MEMORY, 0, 0, config->db_path,
                          "no thread for the checkpointer");
    if (status != ST_OK) {
        release(self);
        return status;
    }
    *ret = self;
    return ST_OK;
}

void checkpointer_stop(struct checkpointer *self)
{
    if (self == NULL)
        return;
    (void)pthread_mutex_lock(&self->lock);
    self->stop = true;
    (void)pthread_cond_signal(&self->wake);
    (void)pthread_mutex_unlock(&self->lock);
    (void)pthread_join(self->thread, NULL); /* it is ours and joinable */
    release(self);
}
