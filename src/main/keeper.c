/* SPDX-License-Identifier: Apache-2.0 */
#include "main/keeper.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/thread.h"
#include "base/time.h"
#include "base/wait.h"
#include "channel/transport_file.h"
#include "http/http.h"
#include "main/instance.h"
#include "ready/record.h"
#include "store/applicant.h"
#include "store/backup.h"
#include "store/db.h"
#include "store/people_undo.h"

#include <pthread.h>

#define LOOK_MS TIME_MINUTE_MS
#define PAUSE_LOOKS 10 /* between two images */
#define HOUR_LOOKS 60
#define DAY_LOOKS (24 * HOUR_LOOKS)
#define CERTIFICATE_DAYS 30         /* told from there on */
#define BACKUP_DAYS 3               /* told from there on, if there ever was one */
#define LEAP_MS (12 * TIME_HOUR_MS) /* further ahead the clock is doubted */
#define DOUBT_MS TIME_DAY_MS        /* so long: time for somebody to set it */
#define DISK_PERCENT 5              /* told below it, if that is little */
#define DISK_SIZE (1024 * 1024 * 1024L)

struct keeper {
    struct instance *instance;
    const struct http_server *server;
    struct db *db;
    int64_t wall_ms, mono_ms; /* the newest that was believed, together */
    int64_t doubted_ms; /* monotonic, from when on the wall clock is not; 0: it is */
    pthread_t thread;
    pthread_mutex_t lock; /* guards stop */
    pthread_cond_t stopped;
    bool stop;
};

static bool waits(struct keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    if (!keeper->stop)
        wait_for(&keeper->stopped, &keeper->lock, LOOK_MS);
    bool stop = keeper->stop;
    pthread_mutex_unlock(&keeper->lock);
    return !stop;
}

/* False: it was not worth it. */
static bool make(struct keeper *keeper)
{
    struct clock *clock = keeper->instance->clock;
    int64_t begun_us = clock_mono_us(clock);
    int made = instance_save_image(keeper->instance, keeper->db);
    if (made > 0)
        log_line(LOG_INFO, "crowd.image made", "\"people\":%u,\"ms\":%lld",
                 crowd_count(keeper->instance->crowd),
                 (long long)((clock_mono_us(clock) - begun_us) / 1000));
    return made != 0;
}

/* A full disk is told by whoever needs it more; the next minute tries again. */
static void record(struct keeper *keeper)
{
    struct instance *instance = keeper->instance;
    const int status = ready_record(keeper->db, instance->crowd, instance->writer,
                                    clock_wall_ms(instance->clock));
    if (status != ST_OK && status != ST_CLOSED && status != ST_NO_SPACE)
        log_line(LOG_WARNING, "readiness not recorded", "\"status\":%d", status);
}

/* As above. */
static void let_go(struct keeper *keeper)
{
    struct instance *instance = keeper->instance;
    const int status =
        applicants_expire(keeper->db, instance->writer, clock_wall_ms(instance->clock));
    if (status != ST_OK && status != ST_CLOSED && status != ST_NO_SPACE)
        log_line(LOG_WARNING, "applicants not let go", "\"status\":%d", status);
}

/* As above. */
static void forget_import(struct keeper *keeper)
{
    struct instance *instance = keeper->instance;
    const int status =
        people_undo_expire(keeper->db, instance->writer, clock_wall_ms(instance->clock));
    if (status != ST_OK && status != ST_CLOSED && status != ST_NO_SPACE)
        log_line(LOG_WARNING, "rows of before an import not let go", "\"status\":%d",
                 status);
}

static void empty_mailbox(struct keeper *keeper)
{
    struct instance *instance = keeper->instance;
    if (transport_file_expire(instance->paths.mailbox, clock_wall_ms(instance->clock)) !=
        ST_OK)
        log_line(
            LOG_WARNING,
            "messages older than a day stay in the mailbox: may its files be deleted?",
            NULL);
}

/* What is let go of is gone for good, so a clock that leaps ahead (or stood so at the
 * start) is believed only after a day. After a long stop that lets go a day later. */
static bool believes_clock(struct keeper *keeper)
{
    struct clock *clock = keeper->instance->clock;
    const int64_t now_ms = clock_wall_ms(clock), mono_ms = clock_mono_us(clock) / 1000;
    const int64_t ahead_ms = now_ms - keeper->wall_ms - (mono_ms - keeper->mono_ms);
    const bool leapt = ahead_ms > LEAP_MS;
    if (leapt && keeper->doubted_ms == 0) {
        keeper->doubted_ms = mono_ms;
        log_line(LOG_WARNING,
                 "the clock is far ahead of what was recorded before: set it, if the "
                 "server was not off so long; nothing is deleted for a day",
                 "\"ahead_s\":%lld", (long long)(ahead_ms / 1000));
    }
    if (leapt && mono_ms - keeper->doubted_ms < DOUBT_MS)
        return false;
    keeper->wall_ms = now_ms;
    keeper->mono_ms = mono_ms;
    keeper->doubted_ms = 0;
    return true;
}

/* On a full one nothing is stored any more: somebody can still make room. */
static void check_disk(const struct keeper *keeper)
{
    int64_t size;
    int32_t percent;
    if (file_free_space(keeper->instance->paths.mailbox, &size, &percent) &&
        percent < DISK_PERCENT && size < DISK_SIZE)
        log_line(LOG_WARNING, "the disk is nearly full: make room on it",
                 "\"free_mb\":%lld,\"free_percent\":%d",
                 (long long)(size / (1024 * 1024)), percent);
}

/* Without it no telephone opens a link, from one minute to the next. */
static void check_certificate(const struct keeper *keeper)
{
    const int64_t ends_s = http_server_certificate_ends_s(keeper->server);
    const int64_t left_ms = ends_s * 1000 - clock_wall_ms(keeper->instance->clock);
    if (ends_s != 0 && left_ms < CERTIFICATE_DAYS * TIME_DAY_MS)
        log_line(LOG_WARNING,
                 left_ms < 0 ? "the certificate has ended: docs/operating.md says how to "
                               "renew it"
                             : "the certificate ends soon: docs/operating.md says how to "
                               "renew it",
                 "\"days\":%lld", (long long)(left_ms / TIME_DAY_MS));
}

/* Nobody reads the mail of a timer. Who backs up in another way has none to miss. */
static void check_backup(const struct keeper *keeper)
{
    const int64_t newest_ms = backup_newest_ms(keeper->db);
    const int64_t days =
        (clock_wall_ms(keeper->instance->clock) - newest_ms) / TIME_DAY_MS;
    if (newest_ms != 0 && days >= BACKUP_DAYS)
        log_line(LOG_WARNING,
                 "the newest backup is old: see why `muster backup` is not run, or fails",
                 "\"days\":%lld", (long long)days);
}

static void *run(void *context)
{
    struct keeper *keeper = context;
    thread_name("keeper");
    if (believes_clock(keeper)) { /* nothing is shown of those whose time ran out while
                                     nobody served */
        let_go(keeper);
        empty_mailbox(keeper);
    }
    check_certificate(keeper);
    check_backup(keeper);
    check_disk(keeper);
    int minutes = 0;
    for (int looks = PAUSE_LOOKS; waits(keeper);) {
        if (++looks >= PAUSE_LOOKS && make(keeper))
            looks = 0;
        record(keeper);
        const bool is_believed = believes_clock(keeper);
        const bool is_hour = ++minutes % HOUR_LOOKS == 0;
        if (is_believed)
            let_go(keeper);
        if (is_believed && is_hour) {
            empty_mailbox(keeper);
            forget_import(keeper);
        }
        if (is_hour)
            check_disk(keeper);
        if (minutes % DAY_LOOKS == 0) {
            check_certificate(keeper);
            check_backup(keeper);
        }
    }
    return NULL;
}

static void release(struct keeper *keeper)
{
    db_close(keeper->db);
    pthread_cond_destroy(&keeper->stopped);
    pthread_mutex_destroy(&keeper->lock);
    mem_free(keeper);
}

int keeper_start(struct keeper **ret, struct instance *instance,
                 const struct http_server *server, struct diag *reterr)
{
    struct keeper *keeper = mem_calloc(1, sizeof *keeper);
    if (keeper == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "keeper", "no memory");
    keeper->instance = instance;
    keeper->server = server;
    keeper->mono_ms = clock_mono_us(instance->clock) / 1000;
    keeper->wall_ms = clock_wall_ms(instance->clock) - writer_away_ms(instance->writer);
    pthread_mutex_init(&keeper->lock, NULL);
    wait_init(&keeper->stopped);
    int status = db_open(&keeper->db, instance->paths.db, DB_READ, reterr);
    if (status == ST_OK && pthread_create(&keeper->thread, NULL, run, keeper) != 0)
        status =
            diag_set(reterr, ST_NO_MEMORY, 0, 0, "keeper", "no thread could be made");
    if (status != ST_OK) {
        release(keeper);
        return status;
    }
    *ret = keeper;
    return ST_OK;
}

void keeper_stop(struct keeper *keeper)
{
    if (keeper == NULL)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->stop = true;
    pthread_cond_signal(&keeper->stopped);
    pthread_mutex_unlock(&keeper->lock);
    (void)pthread_join(keeper->thread, NULL); /* ours and joinable */
    (void)make(keeper);
    release(keeper);
}
