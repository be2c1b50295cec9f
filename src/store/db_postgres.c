/* SPDX-License-Identifier: Apache-2.0 */
/* The PostgreSQL driver: a connection, its transactions, and what happens when it breaks.
 *
 * Everything lies in one schema of the database named by the address (`muster`, or what
 * the address sets by options=-cmuster.schema%3DNAME); DB_KEYS uses NAME_keys beside it.
 * Table store_engine is the driver's own: row `schema` has the version, row `commit` the
 * epoch of the node that writes (number) and a mark that every transaction renews first
 * (bytes). So two transactions of writers never overlap, and a COMMIT whose answer was
 * lost is resolved by the row: whoever updates it waits until the former transaction has
 * ended, sees which mark it left, and waits for the synchronous standby as well.
 *
 * Every wait for an answer has a limit, so a peer that is silent counts as lost. */
#include "store/db_postgres.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/lease.h"
#include "store/schema.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITE_SILENCE_MS                                                                 \
    10000 /* longer than lock_timeout, so that the server decides                        \
           */
#define READ_SILENCE_MS 20000
#define RESOLVE_TRIES 60
#define RESOLVE_WAIT_MS 500

bool db_is_postgres(const char *path)
{
    return strncmp(path, "postgres://", 11) == 0 ||
           strncmp(path, "postgresql://", 13) == 0;
}

struct postgres *postgres_of(struct db *db)
{
    return (struct postgres *)db; /* the first member */
}

/* ---- what the server says -----------------------------------------------------------
 */

static int state_status(const char *state)
{
    static const struct {
        const char *begins;
        int status;
    } table[] = {
        {"23", ST_CONFLICT},    {"40", ST_BUSY},        {"55P03", ST_BUSY},
        {"57014", ST_BUSY},     {"53100", ST_NO_SPACE}, {"53200", ST_NO_MEMORY},
        {"53", ST_BUSY},        {"XX001", ST_CORRUPT},  {"XX002", ST_CORRUPT},
        {"25P02", ST_CONFLICT}, /* after an error that was reported already */
        {"22", ST_INVALID},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (strncmp(state, table[i].begins, strlen(table[i].begins)) == 0)
            return table[i].status;
    return ST_IO;
}

int postgres_status(struct postgres *postgres, const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        return ST_OK;
    default:
        break;
    }
    if (result == NULL || PQstatus(postgres->connection) == CONNECTION_BAD)
        return ST_IO;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state == NULL)
        return ST_IO;
    /* 42: a mistake in our SQL. Rights and missing tables are 42 too, and nobody's bug.
     */
    bool is_bug = strncmp(state, "42", 2) == 0 && strcmp(state, "42501") != 0 &&
                  strcmp(state, "42P01") != 0;
    if (is_bug)
        (void)fprintf(stderr, "%s", PQresultErrorMessage(result));
    assert(!is_bug);
    return state_status(state);
}

static bool wait_for_bytes(struct postgres *postgres, short events)
{
    struct pollfd fd = {.fd = PQsocket(postgres->connection), .events = events};
    int silence_ms = postgres->super.mode == DB_READ ? READ_SILENCE_MS : WRITE_SILENCE_MS;
    int count;
    do
        count = poll(&fd, 1, silence_ms);
    while (count < 0 && errno == EINTR);
    return count > 0;
}

void postgres_give_up(struct postgres *postgres)
{
    PQfinish(postgres->connection);
    postgres->connection = NULL;
    postgres->pending = 0;
    postgres_forget_ahead(postgres);
}

PGresult *postgres_answer(struct postgres *postgres)
{
    PGconn *connection = postgres->connection;
    PGresult *kept = NULL, *next;
    int left;
    while ((left = PQflush(connection)) > 0)
        if (!wait_for_bytes(postgres, POLLIN | POLLOUT) || !PQconsumeInput(connection))
            goto lost;
    if (left < 0)
        goto lost;
    for (;;) {
        while (PQisBusy(connection))
            if (!wait_for_bytes(postgres, POLLIN) || !PQconsumeInput(connection))
                goto lost;
        next = PQgetResult(connection);
        if (next == NULL)
            break;
        bool failed = kept != NULL && PQresultStatus(kept) != PGRES_COMMAND_OK &&
                      PQresultStatus(kept) != PGRES_TUPLES_OK;
        PQclear(failed ? next : kept);
        kept = failed ? kept : next;
        if (PQresultStatus(kept) == PGRES_PIPELINE_SYNC)
            break; /* nothing stands behind it */
    }
    if (PQstatus(connection) != CONNECTION_BAD)
        return kept;
lost:
    PQclear(kept);
    postgres_give_up(postgres);
    return NULL;
}

/* Statements without parameters; the last one's result. */
static PGresult *run(struct postgres *postgres, const char *sql)
{
    postgres_take_ahead(postgres);
    if (postgres->connection == NULL || postgres_pipe_drain(postgres) != ST_OK)
        return NULL;
    if (!PQsendQuery(postgres->connection, sql)) {
        postgres_give_up(postgres);
        return NULL;
    }
    return postgres_answer(postgres);
}

int postgres_script(struct postgres *postgres, const char *sql)
{
    PGresult *result = run(postgres, sql);
    int status = postgres_status(postgres, result);
    PQclear(result);
    return status;
}

/* The first column of the first row as text; "" if there is none. */
static int ask(struct postgres *postgres, const char *sql, char *ret, size_t size)
{
    PGresult *result = run(postgres, sql);
    int status = postgres_status(postgres, result);
    if (status == ST_OK)
        (void)snprintf(ret, size, "%s",
                       PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return status;
}

/* ---- connecting ---------------------------------------------------------------------
 */

/* Of a commit that the standby did not confirm the server only warns. */
static void on_notice(void *context, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (state != NULL && text != NULL && strcmp(state, "01000") == 0 &&
        strstr(text, "synchronous replication") != NULL)
        ((struct postgres *)context)->is_unconfirmed = true;
}

static int failure(struct postgres *postgres, int status, struct diag *reterr)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%s",
                   postgres->connection == NULL ? "the connection was lost"
                                                : PQerrorMessage(postgres->connection));
    text[strcspn(text, "\n")] = '\0';
    return diag_set(reterr, status, 0, 0, "PostgreSQL", "cannot use the database: %s",
                    text);
}

static bool is_name(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if (!islower((unsigned char)text[i]) && text[i] != '_' &&
            (i == 0 || !isdigit((unsigned char)text[i])))
            return false;
    return size > 0 && size <= 50;
}

/* Settings of the session, and the schema's name. */
static int begin_session(struct postgres *postgres, struct diag *reterr)
{
    char name[64], sql[512];
    int status = ask(postgres,
                     "SELECT coalesce(nullif(current_setting('muster.schema',"
                     " true), ''), 'muster')",
                     name, sizeof name);
    if (status != ST_OK)
        return failure(postgres, status, reterr);
    if (!is_name(name))
        return diag_set(reterr, ST_INVALID, 0, 0, "muster.schema",
                        "is not a name of small letters, digits and _");
    (void)snprintf(postgres->schema, sizeof postgres->schema, "%s%s", name,
                   postgres->super.mode == DB_KEYS ? "_keys" : "");
    (void)snprintf(sql, sizeof sql,
                   "SET search_path TO %s; SET application_name TO 'muster %s';"
                   "SET client_min_messages TO warning;"
                   "SET lock_timeout TO '8s'; SET statement_timeout TO 0;"
                   "SET idle_in_transaction_session_timeout TO '60s';"
                   "SET bytea_output TO hex; SET default_transaction_isolation TO"
                   " 'read committed'; SET default_transaction_read_only TO %s",
                   postgres->schema, postgres->schema,
                   /* Pages read few rows by index. A bitmap for them is ten times
                    * dearer: memory that the server takes and gives back each time. */
                   postgres->super.mode == DB_READ ? "on; SET enable_bitmapscan TO off"
                                                   : "off");
    status = postgres_script(postgres, sql);
    return status == ST_OK ? ST_OK : failure(postgres, status, reterr);
}

static int dial(struct postgres *postgres, struct diag *reterr)
{
    /* What the address says comes last, so it may say otherwise. */
    static const char *const keys[] = {"application_name",
                                       "client_encoding",
                                       "connect_timeout",
                                       "keepalives_idle",
                                       "keepalives_interval",
                                       "keepalives_count",
                                       "tcp_user_timeout",
                                       "dbname",
                                       NULL};
    const char *const values[] = {"muster", "UTF8", "4",           "5", "2",
                                  "3",      "8000", postgres->url, NULL};
    static_assert(COUNT_OF(keys) == COUNT_OF(values), "one value each");
    postgres_give_up(postgres);
    postgres->connection = PQconnectdbParams(keys, values, 1);
    postgres->generation++;
    postgres->in_transaction = false;
    if (PQstatus(postgres->connection) != CONNECTION_OK) {
        int status = failure(postgres, ST_IO, reterr);
        postgres_give_up(postgres);
        return status;
    }
    (void)PQsetNoticeReceiver(postgres->connection, on_notice, postgres);
    if (PQsetnonblocking(postgres->connection, 1) != 0)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "PostgreSQL", "no memory");
    return begin_session(postgres, reterr);
}

int postgres_ready(struct postgres *postgres)
{
    if (postgres->connection != NULL)
        return ST_OK;
    if (postgres->in_transaction)
        return ST_IO;
    return dial(postgres, NULL) == ST_OK ? ST_OK : ST_BUSY; /* later may do */
}

/* A server that says "committed" before it is on the disk must not be trusted. */
static int check_promises(struct postgres *postgres, struct diag *reterr)
{
    static const struct {
        const char *name, *good, *bad, *why;
    } table[] = {
        {"fsync", NULL, "off", "a power cut would lose what was acknowledged"},
        {"full_page_writes", NULL, "off", "a power cut could damage the database"},
        {"synchronous_commit", NULL, "off", "a crash would lose what was acknowledged"},
        {"server_encoding", "UTF8", NULL, "muster stores UTF8"},
    };
    PGresult *result = run(postgres, "SELECT current_setting('fsync'),"
                                     " current_setting('full_page_writes'),"
                                     " current_setting('synchronous_commit'),"
                                     " current_setting('server_encoding')");
    int status = postgres_status(postgres, result);
    if (status != ST_OK)
        (void)failure(postgres, status, reterr);
    for (int i = 0; status == ST_OK && i < (int)COUNT_OF(table); i++) {
        const char *value = PQgetvalue(result, 0, i);
        if (table[i].bad != NULL ? strcmp(value, table[i].bad) == 0
                                 : strcmp(value, table[i].good) != 0)
            status = diag_set(reterr, ST_UNSUPPORTED, 0, 0, "PostgreSQL",
                              "%s is %s: %s; muster does not start on it. %s, and start"
                              " again",
                              table[i].name, value, table[i].why,
                              table[i].bad != NULL
                                  ? "Switch it on (postgresql.conf, ALTER ROLE, ALTER"
                                    " DATABASE), reload PostgreSQL"
                                  : "Make the database with ENCODING 'UTF8'");
    }
    PQclear(result);
    return status;
}

/* ---- the schema ---------------------------------------------------------------------
 */

static int run_steps(struct postgres *postgres, int64_t version)
{
    const char *sql = schema_keys();
    bool is_keys = postgres->super.mode == DB_KEYS;
    int status = ST_OK;
    for (int step = (int)version; step < (is_keys ? 1 : SCHEMA_VERSION); step++)
        for (int part = 0;
             status == ST_OK &&
             (is_keys ? part == 0 : (sql = schema_step(step, part)) != NULL);
             part++) {
            char *translated = postgres_schema(sql);
            status =
                translated == NULL ? ST_NO_MEMORY : postgres_script(postgres, translated);
            mem_free(translated);
        }
    return status;
}

/* One at a time: several nodes may start at once. */
static int make_schema(struct postgres *postgres, int64_t wanted)
{
    char sql[1024], value[32];
    (void)snprintf(sql, sizeof sql,
                   "BEGIN; SELECT pg_advisory_xact_lock(hashtext('muster %s'));"
                   "CREATE SCHEMA IF NOT EXISTS %s;"
                   "CREATE TABLE IF NOT EXISTS store_engine (key text PRIMARY KEY,"
                   " number bigint NOT NULL, bytes bytea NOT NULL);"
                   "INSERT INTO store_engine VALUES ('schema', 0, ''), ('commit', 0, '')"
                   " ON CONFLICT DO NOTHING;"
                   "CREATE TABLE IF NOT EXISTS store_lease (one bigint PRIMARY KEY,"
                   " epoch bigint NOT NULL, address text NOT NULL,"
                   " heard timestamptz NOT NULL, backend integer NOT NULL,"
                   " began timestamptz NOT NULL);"
                   "INSERT INTO store_lease VALUES (1, 0, '', '-infinity', 0,"
                   " '-infinity') ON CONFLICT DO NOTHING",
                   postgres->schema, postgres->schema);
    int status = postgres_script(postgres, sql);
    if (status == ST_OK)
        status = ask(postgres, "SELECT number FROM store_engine WHERE key = 'schema'",
                     value, sizeof value);
    if (status == ST_OK)
        status = run_steps(postgres, strtoll(value, NULL, 10));
    (void)snprintf(sql, sizeof sql,
                   "UPDATE store_engine SET number = %lld WHERE key = 'schema'; COMMIT",
                   (long long)wanted);
    if (status == ST_OK)
        status = postgres_script(postgres, sql);
    return status;
}

/* Not under a node of the older version that serves: it would go on with rows that it
 * does not know. */
static int expect_no_holder(struct postgres *postgres, int64_t version, int64_t wanted,
                            struct diag *reterr)
{
    char sql[160], value[32] = "0";
    (void)snprintf(sql, sizeof sql,
                   "SELECT count(*) FROM store_lease WHERE heard > clock_timestamp()"
                   " - %d * interval '1 ms'",
                   LEASE_MS);
    const int status = ask(postgres, sql, value, sizeof value);
    if (status != ST_OK)
        return failure(postgres, status, reterr);
    return strcmp(value, "0") == 0
               ? ST_OK
               : diag_set(reterr, ST_BUSY, 0, 0, "PostgreSQL",
                          "the database has schema %d, this program wants %d, and a node"
                          " of an older version serves it: stop all nodes, then start"
                          " the new ones",
                          (int)version, (int)wanted);
}

static int bring_up_to_date(struct postgres *postgres, struct diag *reterr)
{
    char value[32] = "0", sql[128];
    int64_t wanted =
        postgres->super.mode == DB_KEYS ? SCHEMA_KEYS_VERSION : SCHEMA_VERSION;
    (void)snprintf(sql, sizeof sql, "SELECT to_regclass('%s.store_engine') IS NOT NULL",
                   postgres->schema);
    int status = ask(postgres, sql, value, sizeof value);
    bool is_there = status == ST_OK && value[0] == 't';
    (void)snprintf(value, sizeof value, "0");
    if (is_there)
        status = ask(postgres, "SELECT number FROM store_engine WHERE key = 'schema'",
                     value, sizeof value);
    if (status != ST_OK)
        return failure(postgres, status, reterr);
    int64_t version = strtoll(value, NULL, 10);
    if (version == wanted)
        return ST_OK;
    if (version > wanted)
        return diag_set(reterr, ST_UNSUPPORTED, 0, 0, "PostgreSQL",
                        "the database has schema %d, this program knows %d: it was"
                        " written by a newer muster; use that one",
                        (int)version, (int)wanted);
    if (postgres->super.mode == DB_READ)
        return diag_set(reterr, ST_UNSUPPORTED, 0, 0, "PostgreSQL",
                        "the database has schema %d, this program wants %d: take a dump,"
                        " then start `muster serve` once, it brings it up to date",
                        (int)version, (int)wanted);
    if (is_there)
        status = expect_no_holder(postgres, version, wanted, reterr);
    if (status != ST_OK)
        return status;
    status = make_schema(postgres, wanted);
    if (status == ST_OK)
        return ST_OK;
    (void)failure(postgres, status, reterr);
    (void)postgres_script(postgres, "ROLLBACK"); /* the first error counts */
    return status;
}

/* ---- life ---------------------------------------------------------------------------
 */

static int postgres_open(struct db **ret, const char *path, enum db_mode mode,
                         struct diag *reterr)
{
    struct postgres *postgres = mem_calloc(1, sizeof *postgres);
    if (postgres != NULL)
        postgres->url = mem_strdup(path);
    if (postgres == NULL || postgres->url == NULL) {
        mem_free(postgres);
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "PostgreSQL", "no memory");
    }
    postgres->super.driver = &db_postgres_driver;
    postgres->super.mode = mode;
    postgres->epoch = -1;
    int status = dial(postgres, reterr);
    if (status == ST_OK && mode != DB_READ)
        status = check_promises(postgres, reterr);
    if (status == ST_OK)
        status = bring_up_to_date(postgres, reterr);
    if (status != ST_OK) {
        db_close(&postgres->super);
        return status;
    }
    *ret = &postgres->super;
    return ST_OK;
}

static void postgres_close(struct db *db)
{
    PQfinish(postgres_of(db)->connection);
    mem_free(postgres_of(db)->url);
    mem_free(db);
}

/* ---- transactions -------------------------------------------------------------------
 */

void db_fence(struct db *db, int64_t epoch)
{
    if (db->driver == &db_postgres_driver)
        postgres_of(db)->epoch = epoch;
}

bool db_connection_lost(const struct db *db)
{
    return db->driver == &db_postgres_driver &&
           ((const struct postgres *)db)->connection == NULL;
}

int db_reconnect(struct db *db)
{
    int status = ST_OK;
    for (int i = 0; i < RESOLVE_TRIES && db_connection_lost(db); i++) {
        postgres_of(db)->in_transaction = false;
        status = postgres_ready(postgres_of(db));
        if (status != ST_OK)
            (void)poll(NULL, 0, RESOLVE_WAIT_MS); /* a pause */
    }
    return status;
}

#define LIES "lies"

/* Said once, when it begins and when it is over. */
static void note_lie(struct postgres *postgres, bool lies)
{
    if (lies != postgres->lies)
        (void)fprintf(stderr, "PostgreSQL %s\n",
                      lies ? "does not keep what it commits: fsync, full_page_writes or"
                             " synchronous_commit was switched off; nothing is stored"
                             " until it is on again"
                           : "keeps what it commits again");
    postgres->lies = lies;
}

/* BEGIN and the mark; the row's lock keeps other writers out until the end. The same
 * statement looks whether the server has begun to lie: nothing is acknowledged then. */
static int begin_marked(struct postgres *postgres)
{
    char sql[512], fence[48] = "";
    if (postgres->epoch >= 0)
        (void)snprintf(fence, sizeof fence, " AND number = %lld",
                       (long long)postgres->epoch);
    (void)snprintf(sql, sizeof sql,
                   "BEGIN; UPDATE store_engine SET bytes = uuid_send(gen_random_uuid())"
                   " WHERE key = 'commit'%s RETURNING CASE WHEN"
                   " current_setting('fsync') <> 'off' AND"
                   " current_setting('full_page_writes') <> 'off' AND"
                   " current_setting('synchronous_commit') <> 'off'"
                   " THEN bytes::text ELSE '" LIES "' END",
                   fence);
    int status = ask(postgres, sql, postgres->mark, sizeof postgres->mark);
    if (status != ST_OK)
        return status;
    if (postgres->mark[0] == '\0') {
        postgres->super.sync_failed = true; /* another node writes now: stop */
        return ST_IO;
    }
    note_lie(postgres, strcmp(postgres->mark, LIES) == 0);
    return postgres->lies ? ST_BUSY : ST_OK;
}

static int postgres_begin(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    int status = postgres_ready(postgres);
    if (status != ST_OK)
        return status;
    status = begin_marked(postgres);
    postgres->in_transaction = postgres->connection != NULL;
    postgres->is_unconfirmed = false;
    postgres->is_full = postgres->becomes_full;
    return status;
}

/* The answer to COMMIT was lost. Whoever updates the mark's row waits until the
 * transaction in doubt has ended; the update's own commit waits for the standby. If
 * another node writes by now, its mark says nothing of our transaction. */
static int resolve(struct postgres *postgres)
{
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "UPDATE store_engine SET number = number WHERE key = 'commit'"
                   " AND (%lld < 0 OR number = %lld) RETURNING bytes",
                   (long long)postgres->epoch, (long long)postgres->epoch);
    for (int i = 0; i < RESOLVE_TRIES; i++) {
        char mark[sizeof postgres->mark];
        int status = postgres_ready(postgres);
        if (status == ST_OK)
            status = ask(postgres, sql, mark, sizeof mark);
        if (status == ST_OK && mark[0] == '\0')
            break;
        if (status == ST_OK && !postgres->is_unconfirmed)
            return strcmp(mark, postgres->mark) == 0 ? ST_OK : ST_BUSY; /* try again */
        (void)poll(NULL, 0, RESOLVE_WAIT_MS);                           /* a pause */
    }
    postgres->super.sync_failed = true; /* not known: nothing may be said, stop */
    return ST_IO;
}

/* COMMIT behind what waits. ST_BUSY: it was not run; else *RET is its answer, or NULL. */
static int ask_commit(struct postgres *postgres, PGresult **ret)
{
    postgres->careful -= postgres->careful > 0;
    if (postgres->pending == 0) {
        *ret = run(postgres, "COMMIT");
        return ST_OK;
    }
    int status = postgres_pipe_text(postgres, "COMMIT");
    return status == ST_OK ? postgres_pipe_end(postgres, ret) : status;
}

static int postgres_commit(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    if (postgres->connection == NULL)
        return ST_IO;
    PGresult *result = NULL;
    int status = ask_commit(postgres, &result);
    if (status == ST_BUSY) { /* a row was refused, so COMMIT was not run */
        postgres->in_transaction = false;
        return ST_BUSY;
    }
    status = postgres_status(postgres, result);
    /* COMMIT of a transaction that met an error answers ROLLBACK. */
    if (status == ST_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        status = ST_CONFLICT;
    PQclear(result);
    bool in_doubt = postgres->connection == NULL || postgres->is_unconfirmed;
    if (!in_doubt && status != ST_OK && status != ST_CONFLICT)
        in_doubt = true;
    if (in_doubt) {
        postgres->in_transaction = postgres->is_unconfirmed = false;
        postgres->resolved++;
        return resolve(postgres);
    }
    postgres->in_transaction = status != ST_OK && postgres->connection != NULL;
    return status;
}

static void postgres_rollback(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    if (postgres->in_transaction && postgres->connection != NULL)
        (void)postgres_script(postgres, "ROLLBACK"); /* else the connection is lost */
    postgres->in_transaction = false;
}

static int in_transaction(struct db *db, const char *sql)
{
    struct postgres *postgres = postgres_of(db);
    if (strchr(sql, ';') == NULL && postgres_pipe_open(postgres))
        return postgres_pipe_text(postgres, sql);
    return postgres->connection == NULL ? ST_IO : postgres_script(postgres, sql);
}

static int postgres_savepoint(struct db *db)
{
    return in_transaction(db, "SAVEPOINT command");
}

static int postgres_savepoint_release(struct db *db)
{
    return in_transaction(db, "RELEASE command");
}

static int postgres_savepoint_rollback(struct db *db)
{
    return in_transaction(db, "ROLLBACK TO command; RELEASE command");
}

static int postgres_begin_read(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    db->is_nested = postgres->in_transaction; /* the writer's: one state anyway */
    if (db->is_nested)
        return ST_OK;
    int status = ST_IO;
    for (int i = 0; i < 2 && status == ST_IO; i++) { /* once more if it broke meanwhile */
        status = postgres_ready(postgres);
        if (status == ST_OK)
            status = postgres_script(postgres,
                                     "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }
    postgres->in_transaction = postgres->connection != NULL;
    return status == ST_IO && postgres->connection == NULL ? ST_BUSY : status;
}

static void postgres_end_read(struct db *db)
{
    if (!db->is_nested)
        postgres_rollback(db); /* a reader has nothing to lose */
    db->is_nested = false;
}

/* The server checkpoints by itself. */
static int postgres_checkpoint(struct db *db)
{
    (void)db;
    return ST_OK;
}

static int64_t postgres_changes(const struct db *db)
{
    return ((const struct postgres *)db)->changes;
}

/* The test hook: any limit means that every write meets a full disk, from the next
 * transaction on. */
static void postgres_limit_pages(struct db *db, uint32_t pages)
{
    postgres_of(db)->becomes_full = pages != 0;
}

static uint32_t postgres_page_count(struct db *db)
{
    (void)db;
    return 1;
}

const struct db_driver db_postgres_driver = {
    .open = postgres_open,
    .close = postgres_close,
    .prepare = postgres_prepare,
    .finalize = postgres_finalize,
    .text = postgres_text,
    .reset = postgres_reset,
    .clear = postgres_clear,
    .bind_int = postgres_bind_int,
    .bind_real = postgres_bind_real,
    .bind_text = postgres_bind_text,
    .bind_blob = postgres_bind_blob,
    .step = postgres_step,
    .put = postgres_put,
    .ahead = postgres_ahead,
    .get_int = postgres_get_int,
    .get_real = postgres_get_real,
    .get_text = postgres_get_text,
    .get_null = postgres_get_null,
    .get_blob = postgres_get_blob,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .savepoint = postgres_savepoint,
    .savepoint_release = postgres_savepoint_release,
    .savepoint_rollback = postgres_savepoint_rollback,
    .begin_read = postgres_begin_read,
    .end_read = postgres_end_read,
    .checkpoint = postgres_checkpoint,
    .changes = postgres_changes,
    .limit_pages = postgres_limit_pages,
    .page_count = postgres_page_count,
};
