/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite driver. Debian's SQLite 3.40 can damage a database when two connections
 * checkpoint at once (WAL-reset bug, fixed in 3.51.3), so exactly one connection, the
 * writer's, ever checkpoints: every automatic checkpoint is switched off, also the one on
 * close, and readers are opened read-only. */
#include "store/db.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/schema.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DB_STATEMENTS_MAX 1024 /* a power of two; half of it is used at most */
#define DB_BUSY_MS 2000
#define DB_PAGES_NO_LIMIT 1073741823

struct query {
    const char *key; /* the literal's address */
    sqlite3_stmt *statement;
    struct db *db;
    int status; /* why it could not be prepared */
};

struct db {
    sqlite3 *handle;
    enum db_mode mode;
    uint32_t log_pages;
    bool sync_failed;
    uint32_t count;
    struct query queries[DB_STATEMENTS_MAX];
};

static int db_status(struct db *db, int code)
{
    int extended = sqlite3_extended_errcode(db->handle);
    if (extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC)
        db->sync_failed = true;
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
        return ST_OK;
    case SQLITE_FULL:
        return ST_NO_SPACE;
    case SQLITE_CONSTRAINT:
        return ST_CONFLICT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ST_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ST_CORRUPT;
    case SQLITE_NOMEM:
        return ST_NO_MEMORY;
    default:
        break;
    }
    /* SQLite calls only ENOSPC full; a file beyond its limit is refused here. */
    bool is_write = extended == SQLITE_IOERR_WRITE || extended == SQLITE_IOERR_SHMSIZE;
    return is_write && sqlite3_system_errno(db->handle) != EIO ? ST_NO_SPACE : ST_IO;
}

static int run_script(struct db *db, const char *sql)
{
    return db_status(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

static int log_grew(void *context, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    ((struct db *)context)->log_pages = (uint32_t)pages;
    return SQLITE_OK;
}

static int failure(struct db *db, int status, const char *path, struct diag *reterr)
{
    return diag_set(reterr, status, 0, 0, path, "cannot use the database: %s",
                    db->handle == NULL ? "no memory" : sqlite3_errmsg(db->handle));
}

static int run_schema(struct db *db, int64_t version)
{
    if (db->mode == DB_KEYS)
        return run_script(db, schema_keys());
    int status = ST_OK;
    const char *sql;
    for (int step = (int)version; step < SCHEMA_VERSION; step++)
        for (int part = 0; status == ST_OK && (sql = schema_step(step, part)) != NULL;
             part++)
            status = run_script(db, sql);
    return status;
}

/* Checks the version; who writes makes the schema or brings it up to date, in one
 * transaction. */
static int bring_up_to_date(struct db *db, const char *path, struct diag *reterr)
{
    struct query *query = db_query(db, "PRAGMA user_version");
    int status = query_step(query);
    if (status < 0)
        return failure(db, status, path, reterr);
    int64_t version = query_get_int(query, 0);
    query_reset(query);
    int64_t wanted = db->mode == DB_KEYS ? SCHEMA_KEYS_VERSION : SCHEMA_VERSION;
    if (version == wanted)
        return ST_OK;
    if (version > wanted || db->mode == DB_READ)
        return diag_set(reterr, ST_UNSUPPORTED, 0, 0, path,
                        "the database has schema %d, this program knows %d", (int)version,
                        (int)wanted);
    status = run_script(db, "BEGIN IMMEDIATE");
    if (status == ST_OK)
        status = run_schema(db, version);
    char set[64];
    (void)snprintf(set, sizeof set, "PRAGMA user_version=%d", (int)wanted);
    if (status == ST_OK)
        status = run_script(db, set);
    if (status == ST_OK)
        status = run_script(db, "COMMIT");
    if (status == ST_OK)
        return ST_OK;
    (void)failure(db, status, path, reterr);
    (void)run_script(db, "ROLLBACK"); /* the first error counts */
    return status;
}

static int open_handle(struct db *db, const char *path, struct diag *reterr)
{
    if (db->mode != DB_READ) {
        /* Made by us, so that nobody else may read it. One that is there is not touched:
         * closing any descriptor of it would drop the locks of this process. */
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST)
            return diag_set(reterr, ST_IO, 0, 0, path, "cannot open: %s",
                            strerrordesc_np(errno));
        if (fd >= 0)
            (void)close(fd); /* nothing was written */
    }
    int flags = SQLITE_OPEN_NOMUTEX |
                (db->mode == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK)
        return failure(db, ST_IO, path, reterr);
    (void)sqlite3_extended_result_codes(db->handle, 1); /* cannot fail */
    (void)sqlite3_busy_timeout(db->handle, DB_BUSY_MS); /* cannot fail */
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    int status = run_script(db, "PRAGMA wal_autocheckpoint=0;"
                                "PRAGMA temp_store=MEMORY;"
                                "PRAGMA mmap_size=0;");
    if (status == ST_OK && db->mode == DB_WRITE)
        status = run_script(db, "PRAGMA journal_mode=WAL;"
                                "PRAGMA synchronous=FULL;"
                                "PRAGMA foreign_keys=ON;"
                                "PRAGMA cache_size=-32768;");
    else if (status == ST_OK && db->mode == DB_KEYS)
        status = run_script(db, "PRAGMA journal_mode=TRUNCATE;"
                                "PRAGMA synchronous=FULL;"
                                "PRAGMA secure_delete=ON;");
    else if (status == ST_OK)
        status = run_script(db, "PRAGMA query_only=ON; PRAGMA cache_size=-4096;");
    /* The hook replaces the automatic checkpoint, so it is set after the pragmas. */
    if (db->mode == DB_WRITE)
        (void)sqlite3_wal_hook(db->handle, log_grew, db); /* no former hook */
    return status == ST_OK ? ST_OK : failure(db, status, path, reterr);
}

int db_open(struct db **ret, const char *path, enum db_mode mode, struct diag *reterr)
{
    struct db *db = mem_calloc(1, sizeof *db);
    if (db == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, path, "no memory to open it");
    db->mode = mode;
    int status = open_handle(db, path, reterr);
    if (status == ST_OK)
        status = bring_up_to_date(db, path, reterr);
    if (status != ST_OK) {
        db_close(db);
        return status;
    }
    *ret = db;
    return ST_OK;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    for (uint32_t i = 0; i < DB_STATEMENTS_MAX; i++)
        (void)sqlite3_finalize(db->queries[i].statement); /* repeats an old error */
    (void)sqlite3_close_v2(db->handle);
    mem_free(db);
}

static struct query *find_slot(struct db *db, const char *sql)
{
    uint64_t hash = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t i = (uint32_t)(hash >> 54);; i++) {
        struct query *query = &db->queries[i & (DB_STATEMENTS_MAX - 1)];
        if (query->key == sql || query->key == NULL)
            return query;
    }
}

struct query *db_query(struct db *db, const char *sql)
{
    struct query *query = find_slot(db, sql);
    /* Texts built at run time may come back at an old address: then it is another one. */
    if (query->statement != NULL && strcmp(sqlite3_sql(query->statement), sql) != 0) {
        (void)sqlite3_finalize(query->statement); /* repeats an old error */
        query->statement = NULL;
    }
    if (query->statement == NULL) {
        assert(query->key != NULL || db->count < DB_STATEMENTS_MAX / 2);
        db->count += query->key == NULL;
        *query = (struct query){.key = sql, .db = db};
        int code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &query->statement, NULL);
        if ((code & 0xff) == SQLITE_ERROR)
            (void)fprintf(stderr, "%s: %s\n", sqlite3_errmsg(db->handle), sql);
        assert((code & 0xff) != SQLITE_ERROR); /* a mistake in our SQL */
        query->status = db_status(db, code);
        return query;
    }
    (void)sqlite3_reset(query->statement); /* repeats an old error */
    (void)sqlite3_clear_bindings(query->statement);
    query->status = ST_OK; /* a binding that once failed may do now */
    return query;
}

/* A binding can only fail for want of memory, or by a wrong index, which is a bug. */
static void bound(struct query *query, int code)
{
    assert(code != SQLITE_RANGE && code != SQLITE_MISUSE);
    if (code != SQLITE_OK)
        query->status = db_status(query->db, code);
}

void query_int(struct query *query, int index, int64_t value)
{
    if (query->statement != NULL)
        bound(query, sqlite3_bind_int64(query->statement, index, value));
}

void query_real(struct query *query, int index, double value)
{
    if (query->statement != NULL)
        bound(query, sqlite3_bind_double(query->statement, index, value));
}

void query_text(struct query *query, int index, const char *value)
{
    if (query->statement != NULL)
        bound(query,
              sqlite3_bind_text(query->statement, index, value, -1, SQLITE_TRANSIENT));
}

void query_blob(struct query *query, int index, const void *data, size_t size)
{
    if (query->statement != NULL)
        bound(query,
              sqlite3_bind_blob64(query->statement, index, data, size, SQLITE_TRANSIENT));
}

int query_step(struct query *query)
{
    if (query->statement == NULL || query->status != ST_OK)
        return query->status;
    int code = sqlite3_step(query->statement);
    if (code == SQLITE_ROW)
        return 1;
    int status = db_status(query->db, code);
    (void)sqlite3_reset(query->statement); /* repeats the error just taken */
    return status;
}

int query_run(struct query *query)
{
    int status;
    do
        status = query_step(query);
    while (status > 0);
    return status;
}

void query_reset(struct query *query)
{
    if (query->statement != NULL)
        (void)sqlite3_reset(query->statement); /* repeats an old error */
}

int64_t query_get_int(struct query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

double query_get_real(struct query *query, int column)
{
    return sqlite3_column_double(query->statement, column);
}

const char *query_get_text(struct query *query, int column)
{
    const unsigned char *text = sqlite3_column_text(query->statement, column);
    return text == NULL ? "" : (const char *)text;
}

bool query_get_null(struct query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

const void *query_get_blob(struct query *query, int column, size_t *ret_size)
{
    const void *data = sqlite3_column_blob(query->statement, column);
    *ret_size = (size_t)sqlite3_column_bytes(query->statement, column);
    return data;
}

/* ---- transactions ----------------------------------------------------------------- */

int db_begin(struct db *db)
{
    assert(db->mode != DB_READ);
    return query_run(db_query(db, "BEGIN IMMEDIATE"));
}

int db_commit(struct db *db)
{
    return query_run(db_query(db, "COMMIT"));
}

void db_rollback(struct db *db)
{
    if (sqlite3_get_autocommit(db->handle))
        return; /* a full disk made SQLite roll back by itself */
    /* If even this fails the next BEGIN does too, and says so. */
    (void)run_script(db, "ROLLBACK");
}

int db_savepoint(struct db *db)
{
    return query_run(db_query(db, "SAVEPOINT command"));
}

int db_savepoint_release(struct db *db)
{
    return query_run(db_query(db, "RELEASE command"));
}

int db_savepoint_rollback(struct db *db)
{
    if (sqlite3_get_autocommit(db->handle))
        return ST_IO;
    int status = query_run(db_query(db, "ROLLBACK TO command"));
    return status == ST_OK ? db_savepoint_release(db) : status;
}

int db_checkpoint(struct db *db)
{
    assert(db->mode == DB_WRITE);
    /* A connection that has not read the schema yet would answer OK and do nothing. */
    int status = query_run(db_query(db, "SELECT count(*) FROM sqlite_schema"));
    if (status != ST_OK)
        return status;
    int done = 0, log = 0;
    int code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                         &log, &done);
    db->log_pages = (uint32_t)(log > done ? log - done : 0);
    return db_status(db, code);
}

uint32_t db_log_pages(const struct db *db)
{
    return db->log_pages;
}

bool db_sync_failed(const struct db *db)
{
    return db->sync_failed;
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_total_changes64(db->handle);
}

void db_limit_pages(struct db *db, uint32_t pages)
{
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA max_page_count=%u",
                   pages == 0 ? DB_PAGES_NO_LIMIT : pages);
    int status = run_script(db, sql);
    assert(status == ST_OK);
}

uint32_t db_page_count(struct db *db)
{
    struct query *query = db_query(db, "PRAGMA page_count");
    uint32_t pages = query_step(query) > 0 ? (uint32_t)query_get_int(query, 0) : 0;
    query_reset(query);
    return pages;
}

int db_begin_read(struct db *db)
{
    return query_run(db_query(db, "BEGIN"));
}

void db_end_read(struct db *db)
{
    if (!sqlite3_get_autocommit(db->handle))
        (void)run_script(db, "COMMIT"); /* a reader has nothing to lose */
}

int db_backup(const char *from, const char *to, struct diag *reterr)
{
    sqlite3 *source = NULL, *copy = NULL;
    char aside[4096];
    if (snprintf(aside, sizeof aside, "%s.new", to) >= (int)sizeof aside)
        return diag_set(reterr, ST_LIMIT, 0, 0, to, "the path is too long");
    (void)unlink(aside); /* of an attempt that was cut short */
    int fd = open(aside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return diag_set(reterr, ST_IO, 0, 0, aside, "cannot create: %s",
                        strerrordesc_np(errno));
    int code = sqlite3_open_v2(from, &source, SQLITE_OPEN_READONLY, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_open_v2(aside, &copy, SQLITE_OPEN_READWRITE, NULL);
    (void)sqlite3_db_config(source, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_backup *backup =
        code == SQLITE_OK ? sqlite3_backup_init(copy, "main", source, "main") : NULL;
    if (backup != NULL) {
        (void)sqlite3_backup_step(backup, -1); /* finish gives its error */
        code = sqlite3_backup_finish(backup);
    } else if (code == SQLITE_OK) {
        code = SQLITE_ERROR;
    }
    int status = code == SQLITE_OK ? ST_OK : code == SQLITE_FULL ? ST_NO_SPACE : ST_IO;
    (void)sqlite3_close_v2(source);
    (void)sqlite3_close_v2(copy);
    if (status == ST_OK && (fsync(fd) != 0 || rename(aside, to) != 0))
        status = ST_IO;
    (void)close(fd); /* synced above */
    if (status == ST_OK)
        return ST_OK;
    (void)unlink(aside); /* the first error counts */
    return diag_set(reterr, status, 0, 0, to, "cannot be written: %s",
                    code == SQLITE_OK ? strerrordesc_np(errno) : sqlite3_errstr(code));
}
