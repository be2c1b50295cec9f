/* SPDX-License-Identifier: Apache-2.0 */
/* Start: the first transaction after the last stop. Then the thread, and the end. */
#include "store/number.h"
#include "store/writer_own.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/thread.h"
#include "base/time.h"
#include "base/wait.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define DOWN_MS (5 * TIME_MINUTE_MS)
#define BEHIND_MS TIME_MINUTE_MS
#define IDLE_MS 1000 /* the thread looks up this often */

static void no_fatal(void *context, const char *what)
{
    (void)context;
    (void)fprintf(stderr, "muster: the store stops: %s\n", what);
    abort();
}

/* Between the last sign of life and now: by how much the timers move. A machine whose
 * clock does not outlive a power cut comes back in the past. */
static int64_t lost_ms(int64_t alive_ms, int64_t now_ms)
{
    if (alive_ms == 0)
        return 0;
    const int64_t lost = now_ms - alive_ms;
    return lost > DOWN_MS || lost < -BEHIND_MS ? lost : 0;
}

/* Once all of the log has been copied it begins anew, and needs no more of the disk,
 * which may be full. If there is no room to copy it, the transaction after it says so; an
 * error only if the disk did not confirm. */
static int make_room(struct db *db)
{
    const int status = db_checkpoint(db);
    return db_sync_failed(db) ? status : ST_OK;
}

/* The timers go on LOST ms later, and what was being sent is sent again or not. */
static int go_on(struct writer *writer, int64_t lost, int64_t now_ms)
{
    struct stage *stage = &writer->stage;
    int status = db_begin(stage->db);
    if (status == ST_OK && lost != 0)
        status = writer_run_timers(writer, LOOP_REBASE, lost, now_ms);
    if (status == ST_OK)
        status = stage_resend_unknown(stage, now_ms, &writer->diag);
    stage_command_kept(stage);
    if (status == ST_OK)
        status = chain_end_batch(stage->chain, now_ms);
    if (status == ST_OK)
        status = stage_end_batch(stage);
    if (status == ST_OK)
        status = writer_store_alive(writer, now_ms);
    if (status == ST_OK)
        status = db_commit(stage->db);
    if (status == ST_OK) {
        chain_committed(stage->chain);
        stage_committed(stage);
    }
    return status;
}

/* The first transaction after a start. On a full disk the first batch that finds room
 * does the same: whoever restarts the server then sees what runs (decision 0156). */
static int recover(struct writer *writer, struct diag *reterr)
{
    struct stage *stage = &writer->stage;
    const int64_t now_ms = clock_wall_ms(writer->config.clock);
    int64_t alive_ms, lost = 0;
    writer->alive_ms = writer->signed_ms = writer->wall_ms = now_ms;
    writer->mono_us = clock_mono_us(writer->config.clock);
    int status = make_room(stage->db);
    if (status == ST_OK)
        status = number_read(stage->db, "alive_ms", 0, &alive_ms);
    if (status == ST_OK) {
        lost = lost_ms(alive_ms, now_ms);
        status = go_on(writer, lost, now_ms);
    }
    if (status == ST_NO_SPACE && writer_undo(writer) == ST_OK) {
        writer->shift_ms = lost;
        writer->resends = true;
        writer->alive_ms = 0; /* a sign of life is due */
        status = ST_OK;
    }
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, db_place(writer->config.db_path),
                        "cannot go on after the last stop: %s",
                        writer->diag.text[0] != '\0' ? writer->diag.text
                                                     : status_text(status));
    writer->behind_ms = lost < 0 ? -lost : 0;
    writer->away_ms = lost > 0 ? lost : 0;
    status = stage_destroy_again(stage);
    return status == ST_OK ? writer_collect_replans(writer) : status;
}

int writer_new(struct writer **ret, const struct writer_config *config,
               struct diag *reterr)
{
    struct writer *writer = mem_calloc(1, sizeof *writer);
    if (writer == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory for the writer");
    writer->config = *config;
    if (writer->config.on_fatal == NULL)
        writer->config.on_fatal = no_fatal;
    /* None of these can fail on Linux. */
    (void)pthread_mutex_init(&writer->queue_lock, NULL);
    wait_init(&writer->queue_grew);
    (void)pthread_mutex_init(&writer->gate_lock, NULL);
    wait_init(&writer->gate_moved);
    (void)pthread_mutex_init(&writer->replans_lock, NULL);
    (void)pthread_mutex_init(&writer->stage.seats_lock, NULL);
    struct stage *stage = &writer->stage;
    stage->vault = config->vault;
    stage->random = config->random;
    stage->crowd = config->crowd;
    stage->config = &writer->config.loop;
    stage->wave_whole = config->wave_whole == 0 ? WRITER_WAVE_WHOLE : config->wave_whole;
    stage->wave_part = config->wave_part == 0 ? WRITER_WAVE_PART : config->wave_part;
    stage->check_all = config->check_all;
    stage->wave_age_ms =
        config->wave_age_ms == 0 ? WRITER_WAVE_AGE_MS : config->wave_age_ms;
    int status = db_open(&stage->db, config->db_path, DB_WRITE, reterr);
    if (status == ST_OK && config->epoch > 0)
        db_fence(stage->db, config->epoch);
    if (status == ST_OK)
        status = chain_open(&stage->chain, stage->db, config->signing_key_path,
                            config->random, reterr);
    if (status == ST_OK)
        status = stage_open(stage, reterr);
    if (status == ST_OK && config->read_only)
        writer->mono_us = -1; /* nothing to sign */
    else if (status == ST_OK)
        status = recover(writer, reterr);
    if (status != ST_OK) {
        writer->closed = true;
        writer->mono_us = -1; /* nothing to sign */
        writer_free(writer);
        return status;
    }
    *ret = writer;
    return ST_OK;
}

/* The last batches, the signature, the checkpoint. */
static void wind_up(struct writer *writer)
{
    struct stage *stage = &writer->stage;
    int64_t now_ms = clock_wall_ms(writer->config.clock);
    while (writer->queue.length + writer->later.length > 0) /* closed: nobody adds */
        (void)writer_step(writer, now_ms);
    int status = db_begin(stage->db);
    if (status == ST_OK)
        status = chain_sign(stage->chain, now_ms);
    if (status == ST_OK)
        status = writer_store_alive(writer, now_ms);
    if (status == ST_OK)
        status = db_commit(stage->db);
    if (status != ST_OK)
        db_rollback(stage->db); /* the head is signed after the next start */
    if (db_checkpoint(stage->db) != ST_OK)
        return; /* the log stays, and is read at the next start */
}

void writer_free(struct writer *writer)
{
    if (writer == NULL)
        return;
    writer_stop(writer);
    (void)pthread_mutex_lock(&writer->queue_lock);
    writer->closed = true;
    (void)pthread_mutex_unlock(&writer->queue_lock);
    if (writer->mono_us >= 0 && writer->stage.db != NULL)
        wind_up(writer);
    stage_close(&writer->stage);
    chain_close(writer->stage.chain);
    db_close(writer->stage.db);
    mem_free(writer->replans);
    (void)pthread_mutex_destroy(&writer->queue_lock);
    (void)pthread_cond_destroy(&writer->queue_grew);
    (void)pthread_mutex_destroy(&writer->gate_lock);
    (void)pthread_cond_destroy(&writer->gate_moved);
    (void)pthread_mutex_destroy(&writer->replans_lock);
    (void)pthread_mutex_destroy(&writer->stage.seats_lock);
    mem_free(writer);
}

/* Waits for a command, the stop, or DUE_MS. */
static bool wait_for_work(struct writer *writer, int64_t due_ms)
{
    int64_t wait_ms = due_ms - clock_wall_ms(writer->config.clock);
    if (wait_ms > IDLE_MS)
        wait_ms = IDLE_MS;
    (void)pthread_mutex_lock(&writer->queue_lock);
    if (wait_ms > 0 && writer->queue.first == NULL && !writer->stop &&
        writer->later.length < WRITER_LATER_MAX)
        wait_for(&writer->queue_grew, &writer->queue_lock, wait_ms);
    bool stop =
        writer->stop && writer->queue.first == NULL && writer->later.first == NULL;
    writer->closed = writer->closed || stop; /* whoever comes now is told so */
    (void)pthread_mutex_unlock(&writer->queue_lock);
    return !stop;
}

static void *thread_body(void *context)
{
    struct writer *writer = context;
    int64_t due_ms = 0;
    thread_name("writer");
    while (wait_for_work(writer, due_ms)) {
        writer->rounds++;
        due_ms = writer_step(writer, clock_wall_ms(writer->config.clock));
    }
    return NULL;
}

uint64_t writer_pulse(const struct writer *writer)
{
    return writer->rounds + db_steps(writer->stage.db);
}

static int start_checkpointer(struct writer *writer)
{
    if (db_is_postgres(writer->config.db_path) || writer->config.read_only)
        return ST_OK;
    const struct checkpointer_config config = {.db_path = writer->config.db_path,
                                               .on_fatal = writer->config.on_fatal,
                                               .context = writer->config.context};
    return checkpointer_start(&writer->checkpointer, &config, &writer->diag);
}

int writer_start(struct writer *writer)
{
    assert(!writer->has_thread);
    int status = start_checkpointer(writer);
    if (status != ST_OK)
        return status;
    writer->stop = writer->closed = false;
    writer->has_thread = true; /* before there is one: it reads this */
    writer_serve_snapshots(writer, true);
    if (pthread_create(&writer->thread, NULL, thread_body, writer) == 0)
        return ST_OK;
    writer->has_thread = false;
    writer_serve_snapshots(writer, false);
    checkpointer_stop(writer->checkpointer);
    writer->checkpointer = NULL;
    return ST_NO_MEMORY;
}

void writer_stop(struct writer *writer)
{
    if (!writer->has_thread)
        return;
    (void)pthread_mutex_lock(&writer->queue_lock);
    writer->stop = true;
    (void)pthread_cond_broadcast(&writer->queue_grew);
    (void)pthread_mutex_unlock(&writer->queue_lock);
    (void)pthread_join(writer->thread, NULL); /* it is ours and joinable */
    writer_serve_snapshots(writer, false);
    writer->has_thread = false;
    checkpointer_stop(writer->checkpointer);
    writer->checkpointer = NULL;
}

bool writer_has_thread(const struct writer *writer)
{
    return writer->has_thread;
}

int64_t writer_behind_ms(const struct writer *writer)
{
    return writer->behind_ms;
}

int64_t writer_away_ms(const struct writer *writer)
{
    return writer->away_ms;
}

int64_t writer_now_ms(struct writer *writer)
{
    return clock_wall_ms(writer->config.clock);
}
