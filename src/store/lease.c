/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lease.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/wait.h"
#include "store/db.h"
#include "store/db_postgres.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define CLOCK_SLACK_MS 100 /* a difference below this is the way there and back */

static const char take_sql[] =
    "UPDATE store_lease SET epoch = epoch + 1, address = ?1, heard = clock_timestamp(),"
    " backend = pg_backend_pid(), began = (SELECT backend_start FROM pg_stat_activity"
    " WHERE pid = pg_backend_pid())"
    " WHERE heard < clock_timestamp() - ?2 * interval '1 ms'"
    " OR (heard < clock_timestamp() - ?3 * interval '1 ms' AND NOT EXISTS (SELECT 1"
    " FROM pg_stat_activity a WHERE a.pid = store_lease.backend"
    " AND a.backend_start = store_lease.began)) RETURNING epoch";
/* A transaction of the former holder that hangs would keep us waiting. */
static const char cut_sql[] =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE relation ="
    " 'store_engine'::regclass AND mode = 'RowExclusiveLock' AND granted"
    " AND pid <> pg_backend_pid()";
static const char renew_sql[] =
    "UPDATE store_lease SET heard = clock_timestamp(), backend = pg_backend_pid(),"
    " began = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())"
    " WHERE epoch = ?1 RETURNING (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
static const char holder_sql[] = "SELECT address FROM store_lease";
static const char release_sql[] =
    "UPDATE store_lease SET heard = '-infinity', backend = 0 WHERE epoch = ?1";

struct lease {
    struct clock clock; /* first: found again from the clock */
    _Atomic int64_t offset_ms;
    struct db *db; /* the thread's once it runs */
    char address[LEASE_ADDRESS_MAX];
    int64_t epoch; /* 0 = not held */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stopping;
    bool has_thread, stop; /* stop: under the lock */
    void (*on_lost)(void *context, const char *why);
    void *context;
};

/* ---- the clock ----------------------------------------------------------------------
 */

static int64_t lease_wall_ms(struct clock *clock)
{
    return clock_wall_ms(clock_system()) + ((struct lease *)clock)->offset_ms;
}

static int64_t lease_mono_us(struct clock *clock)
{
    (void)clock;
    return clock_mono_us(clock_system());
}

struct clock *lease_clock(struct lease *lease)
{
    return &lease->clock;
}

int64_t lease_offset_ms(const struct lease *lease)
{
    return lease->offset_ms;
}

/* The server's time was read between the two readings of ours: a slow answer says less.
 */
static void compare_clocks(struct lease *lease, int64_t before_ms, int64_t server_ms)
{
    int64_t after_ms = clock_wall_ms(clock_system());
    int64_t offset_ms = server_ms - (before_ms + after_ms) / 2;
    int64_t change_ms = offset_ms - lease->offset_ms;
    int64_t slack_ms = CLOCK_SLACK_MS + (after_ms - before_ms) / 2;
    if (change_ms > slack_ms || change_ms < -slack_ms)
        lease->offset_ms = offset_ms;
}

/* ---- taking and renewing ------------------------------------------------------------
 */

int lease_open(struct lease **ret, const char *store, const char *address,
               struct diag *reterr)
{
    if (strlen(address) >= LEASE_ADDRESS_MAX)
        return diag_set(reterr, ST_LIMIT, 0, 0, "node_address", "is too long");
    struct lease *lease = mem_calloc(1, sizeof *lease);
    if (lease == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    lease->clock = (struct clock){lease_wall_ms, lease_mono_us};
    (void)snprintf(lease->address, sizeof lease->address, "%s", address);
    (void)pthread_mutex_init(&lease->lock, NULL); /* cannot fail on Linux */
    wait_init(&lease->stopping);
    struct db *keys; /* made if they are not there: both are fenced */
    int status = db_open(&keys, store, DB_KEYS, reterr);
    if (status == ST_OK) {
        db_close(keys);
        status = db_open(&lease->db, store, DB_WRITE, reterr);
    }
    if (status != ST_OK) {
        lease_free(lease);
        return status;
    }
    *ret = lease;
    return ST_OK;
}

int lease_holder(const char *store, char ret[LEASE_ADDRESS_MAX], struct diag *reterr)
{
    struct db *db = NULL;
    int status = db_open(&db, store, DB_READ, reterr);
    if (status != ST_OK)
        return status;
    struct query *query = db_query(db, holder_sql);
    status = query_step(query);
    if (status == 1)
        (void)snprintf(ret, LEASE_ADDRESS_MAX, "%s", query_get_text(query, 0));
    query_reset(query);
    db_close(db);
    return status == 1 ? ST_OK : status < 0 ? status : ST_NOT_FOUND;
}

/* A plain transaction: not the writer's, which begins with the row that is fenced. */
static int script(struct lease *lease, const char *sql)
{
    struct postgres *postgres = postgres_of(lease->db);
    int status = postgres_ready(postgres);
    if (status == ST_OK)
        status = postgres_script(postgres, sql);
    postgres->in_transaction = status == ST_OK && strcmp(sql, "BEGIN") == 0;
    return status;
}

/* One row of one number; 0 = no row. */
static int ask_number(struct query *query, int64_t *ret)
{
    int status = query_step(query);
    if (status == 1)
        *ret = query_get_int(query, 0);
    query_reset(query);
    return status;
}

/* Of the store, and of the keys beside it. */
static int fence(struct lease *lease, int64_t epoch)
{
    struct postgres *postgres = postgres_of(lease->db);
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "UPDATE store_engine SET number = %lld WHERE key = 'commit'; UPDATE"
                   " %s_keys.store_engine SET number = %lld WHERE key = 'commit'",
                   (long long)epoch, postgres->schema, (long long)epoch);
    return postgres_script(postgres, sql);
}

/* 1 = taken, 0 = held by another. */
static int try_take(struct lease *lease, int64_t *ret_epoch)
{
    int64_t count;
    struct query *query = db_query(lease->db, take_sql);
    query_text(query, 1, lease->address);
    query_int(query, 2, LEASE_MS);
    query_int(query, 3, LEASE_GONE_MS);
    int status = ask_number(query, ret_epoch);
    if (status != 1)
        return status;
    status = ask_number(db_query(lease->db, cut_sql), &count);
    if (status < 0)
        return status;
    status = fence(lease, *ret_epoch);
    return status == ST_OK ? 1 : status;
}

static int read_holder(struct lease *lease, char holder[LEASE_ADDRESS_MAX])
{
    struct query *query = db_query(lease->db, holder_sql);
    int status = query_step(query);
    if (status == 1)
        (void)snprintf(holder, LEASE_ADDRESS_MAX, "%s", query_get_text(query, 0));
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

/* 1 = renewed, 0 = another node has it. */
static int renew(struct lease *lease)
{
    int64_t before_ms = clock_wall_ms(clock_system()), server_ms;
    struct query *query = db_query(lease->db, renew_sql);
    query_int(query, 1, lease->epoch);
    int status = ask_number(query, &server_ms);
    if (status == 1)
        compare_clocks(lease, before_ms, server_ms);
    return status;
}

int lease_take(struct lease *lease, bool *ret_taken, char holder[LEASE_ADDRESS_MAX],
               struct diag *reterr)
{
    int64_t epoch = 0;
    int status = script(lease, "BEGIN");
    if (status == ST_OK)
        status = try_take(lease, &epoch);
    bool taken = status == 1;
    if (status >= 0) {
        status = script(lease, taken ? "COMMIT" : "ROLLBACK");
    } else {
        (void)script(lease, "ROLLBACK"); /* the first error counts */
    }
    if (status == ST_OK && taken) {
        lease->epoch = epoch;
        taken = renew(lease) == 1; /* reads the clock */
    } else if (status == ST_OK) {
        status = read_holder(lease, holder);
    }
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "PostgreSQL", "does not answer: %s",
                        status_text(status));
    *ret_taken = taken;
    return ST_OK;
}

int64_t lease_epoch(const struct lease *lease)
{
    return lease->epoch;
}

/* ---- keeping ------------------------------------------------------------------------
 */

static bool wait_or_stop(struct lease *lease)
{
    (void)pthread_mutex_lock(&lease->lock);
    if (!lease->stop)
        wait_for(&lease->stopping, &lease->lock, LEASE_RENEW_MS);
    bool stop = lease->stop;
    (void)pthread_mutex_unlock(&lease->lock);
    return stop;
}

/* A server that does not answer is asked again: as long as nobody has taken over, nothing
 * is lost. */
static void *keep(void *context)
{
    struct lease *lease = context;
    while (!wait_or_stop(lease))
        if (renew(lease) == 0) {
            lease->epoch = 0;
            lease->on_lost(lease->context, "another node has taken over");
            return NULL;
        }
    return NULL;
}

int lease_keep(struct lease *lease, void (*on_lost)(void *context, const char *why),
               void *context)
{
    lease->on_lost = on_lost;
    lease->context = context;
    if (pthread_create(&lease->thread, NULL, keep, lease) != 0)
        return ST_NO_MEMORY;
    lease->has_thread = true;
    return ST_OK;
}

void lease_free(struct lease *lease)
{
    if (lease == NULL)
        return;
    if (lease->has_thread) {
        (void)pthread_mutex_lock(&lease->lock);
        lease->stop = true;
        (void)pthread_cond_signal(&lease->stopping);
        (void)pthread_mutex_unlock(&lease->lock);
        (void)pthread_join(lease->thread, NULL); /* it is ours and joinable */
    }
    if (lease->epoch != 0) {
        struct query *query = db_query(lease->db, release_sql);
        query_int(query, 1, lease->epoch);
        if (query_run(query) != ST_OK)
            lease->epoch = 0; /* it runs out by itself */
    }
    db_close(lease->db);
    (void)pthread_mutex_destroy(&lease->lock);
    (void)pthread_cond_destroy(&lease->stopping);
    mem_free(lease);
}
