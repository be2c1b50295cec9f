/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite driver. Debian's SQLite 3.40 can damage a database when two connections
 * checkpoint at once (WAL-reset bug, fixed in 3.51.3), so only the writer and its
 * checkpointer do, and not at the same time: every automatic checkpoint is switched off,
 * also the one on close, and readers are opened read-only. */
#include "store/db_driver.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "store/db_log.h"
#include "store/schema.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DB_BUSY_MS 2000
#define DB_PAGES_NO_LIMIT 1073741823
/* Of new databases. A reply changes two rows on pages of their own, and a page goes into
 * the log whole, so small ones are less to write; four alerts fit on one of these. */
#define DB_PAGE_SIZE "1024"
#define DB_FRAME_HEAD_SIZE 24
/* A connection keeps memory for so many pages: whoever reads drops all pages after each
 * commit of the writer, and a page is larger than what malloc gives back quickly. */
#define DB_PAGES_KEPT 200

struct sqlite {
    struct db super;
    sqlite3 *handle;
    uint32_t page_size;
};

static struct sqlite *sqlite_of(struct db *db)
{
    return (struct sqlite *)db; /* the first member */
}

static int db_status(struct sqlite *sqlite, int code)
{
    int extended = sqlite3_extended_errcode(sqlite->handle);
    if (extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC)
        sqlite->super.sync_failed = true;
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
    return is_write && sqlite3_system_errno(sqlite->handle) != EIO ? ST_NO_SPACE : ST_IO;
}

static int run_script(struct sqlite *sqlite, const char *sql)
{
    return db_status(sqlite, sqlite3_exec(sqlite->handle, sql, NULL, NULL, NULL));
}

static int log_grew(void *context, sqlite3 *handle, const char *name, int pages)
{
    (void)name;
    struct db *db = &((struct sqlite *)context)->super;
    int written = 0, highest;
    (void)sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_WRITE, &written, &highest, 1);
    db->log_pages = (uint32_t)pages;
    uint32_t frame = ((struct sqlite *)context)->page_size + DB_FRAME_HEAD_SIZE;
    db->log_bytes += (uint64_t)written * frame;
    return SQLITE_OK;
}

static int failure(struct sqlite *sqlite, int status, const char *path,
                   struct diag *reterr)
{
    return diag_set(reterr, status, 0, 0, path, "cannot use the database: %s%s",
                    sqlite->handle == NULL ? "no memory" : sqlite3_errmsg(sqlite->handle),
                    status == ST_CORRUPT ? "; keep the folder as it is and restore the"
                                           " newest backup into another (muster restore)"
                                         : "");
}

static int run_schema(struct sqlite *sqlite, int64_t version)
{
    if (sqlite->super.mode == DB_KEYS)
        return run_script(sqlite, schema_keys());
    int status = ST_OK;
    const char *sql;
    for (int step = (int)version; step < SCHEMA_VERSION; step++)
        for (int part = 0; status == ST_OK && (sql = schema_step(step, part)) != NULL;
             part++)
            status = run_script(sqlite, sql);
    return status;
}

/* A copy of the older database, PATH.schema-VERSION, before anything in it changes. */
static int copy_aside(const char *path, int64_t version, struct diag *reterr)
{
    char to[4096];
    struct diag diag = {0};
    if (snprintf(to, sizeof to, "%s.schema-%d", path, (int)version) >= (int)sizeof to)
        return diag_set(reterr, ST_LIMIT, 0, 0, path, "the path is too long");
    int status = db_backup(path, to, &diag);
    return status == ST_OK
               ? ST_OK
               : diag_set(reterr, status, 0, 0, path,
                          "has schema %d; a copy is kept before it is brought up to"
                          " schema %d, and that failed, so nothing was changed: %s: %s",
                          (int)version, SCHEMA_VERSION, diag.where, diag.text);
}

/* What to do about a version that this program cannot use as it is. */
static int refuse_version(int64_t version, int64_t wanted, const char *path,
                          struct diag *reterr)
{
    if (version > wanted)
        return diag_set(reterr, ST_UNSUPPORTED, 0, 0, path,
                        "has schema %d, this program knows %d: it was written by a newer"
                        " muster; use that one",
                        (int)version, (int)wanted);
    return diag_set(reterr, ST_UNSUPPORTED, 0, 0, path,
                    "has schema %d, this program wants %d: start `muster serve` once, it"
                    " keeps a copy and brings it up to date",
                    (int)version, (int)wanted);
}

/* Checks the version; who writes makes the schema or brings it up to date, in one
 * transaction. */
static int bring_up_to_date(struct sqlite *sqlite, const char *path, struct diag *reterr)
{
    struct query *query = db_query(&sqlite->super, "PRAGMA user_version");
    int status = query_step(query);
    if (status < 0)
        return failure(sqlite, status, path, reterr);
    int64_t version = query_get_int(query, 0);
    query_reset(query);
    int64_t wanted = sqlite->super.mode == DB_KEYS ? SCHEMA_KEYS_VERSION : SCHEMA_VERSION;
    if (version == wanted)
        return ST_OK;
    if (version > wanted || sqlite->super.mode == DB_READ || sqlite->super.mode == DB_LOG)
        return refuse_version(version, wanted, path, reterr);
    if (version > 0 && (status = copy_aside(path, version, reterr)) != ST_OK)
        return status;
    status = run_script(sqlite, "BEGIN IMMEDIATE");
    if (status == ST_OK)
        status = run_schema(sqlite, version);
    char set[64];
    (void)snprintf(set, sizeof set, "PRAGMA user_version=%d", (int)wanted);
    if (status == ST_OK)
        status = run_script(sqlite, set);
    if (status == ST_OK)
        status = run_script(sqlite, "COMMIT");
    if (status == ST_OK) {
        sqlite->super.brought_up_from = (int)version;
        return ST_OK;
    }
    (void)failure(sqlite, status, path, reterr);
    (void)run_script(sqlite, "ROLLBACK"); /* the first error counts */
    return status;
}

/* Nobody asks how much memory SQLite has taken, and counting it costs each allocation of
 * every thread a lock that all of them share. Both are refused after the first use of the
 * library (the simulator's files): then it counts, and keeps 20 pages. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 1024, DB_PAGES_KEPT);
    db_log_register();
}

static int open_handle(struct sqlite *sqlite, const char *path, struct diag *reterr)
{
    if (sqlite->super.mode != DB_READ) {
        /* Made by us, so that nobody else may read it. One that is there is not touched:
         * closing any descriptor of it would drop the locks of this process. */
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST)
            return diag_set(reterr, ST_IO, 0, 0, path, "cannot open: %s",
                            strerrordesc_np(errno));
        if (fd >= 0)
            (void)close(fd); /* nothing was written */
    }
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, configure);
    int flags =
        SQLITE_OPEN_NOMUTEX |
        (sqlite->super.mode == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    const char *vfs = sqlite->super.mode == DB_WRITE ? DB_LOG_VFS : NULL;
    if (sqlite3_open_v2(path, &sqlite->handle, flags, vfs) != SQLITE_OK)
        return failure(sqlite, ST_IO, path, reterr);
    (void)sqlite3_extended_result_codes(sqlite->handle, 1); /* cannot fail */
    (void)sqlite3_busy_timeout(sqlite->handle, DB_BUSY_MS); /* cannot fail */
    (void)sqlite3_db_config(sqlite->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    (void)sqlite3_db_config(sqlite->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(sqlite->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* Else what is asked of a table with a partial index on the same column is prepared
     * again for each value. */
    (void)sqlite3_db_config(sqlite->handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    int status = run_script(sqlite, "PRAGMA wal_autocheckpoint=0;"
                                    "PRAGMA temp_store=MEMORY;"
                                    "PRAGMA mmap_size=0;");
    if (status == ST_OK && sqlite->super.mode == DB_WRITE)
        status = run_script(sqlite, "PRAGMA page_size=" DB_PAGE_SIZE ";"
                                    "PRAGMA journal_mode=WAL;"
                                    "PRAGMA synchronous=FULL;"
                                    "PRAGMA foreign_keys=ON;"
                                    "PRAGMA cache_size=-32768;");
    else if (status == ST_OK && sqlite->super.mode == DB_KEYS)
        status = run_script(sqlite, "PRAGMA journal_mode=TRUNCATE;"
                                    "PRAGMA synchronous=FULL;"
                                    "PRAGMA secure_delete=ON;");
    else if (status == ST_OK && sqlite->super.mode == DB_LOG)
        status = run_script(sqlite, "PRAGMA query_only=ON; PRAGMA synchronous=FULL;");
    else if (status == ST_OK)
        status = run_script(sqlite, "PRAGMA query_only=ON; PRAGMA cache_size=-4096;");
    /* The hook replaces the automatic checkpoint, so it is set after the pragmas. */
    if (sqlite->super.mode == DB_WRITE)
        (void)sqlite3_wal_hook(sqlite->handle, log_grew, sqlite); /* no former hook */
    return status == ST_OK ? ST_OK : failure(sqlite, status, path, reterr);
}

static int read_page_size(struct sqlite *sqlite)
{
    struct query *query = db_query(&sqlite->super, "PRAGMA page_size");
    int status = query_step(query);
    if (status == 1)
        sqlite->page_size = (uint32_t)query_get_int(query, 0);
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

static int sqlite_open(struct db **ret, const char *path, enum db_mode mode,
                       struct diag *reterr)
{
    struct sqlite *sqlite = mem_calloc(1, sizeof *sqlite);
    if (sqlite == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, path, "no memory to open it");
    sqlite->super.driver = &db_sqlite_driver;
    sqlite->super.mode = mode;
    int status = open_handle(sqlite, path, reterr);
    if (status == ST_OK)
        status = bring_up_to_date(sqlite, path, reterr);
    if (status == ST_OK && mode == DB_WRITE)
        status = read_page_size(sqlite);
    if (status != ST_OK) {
        db_close(&sqlite->super);
        return status;
    }
    *ret = &sqlite->super;
    return ST_OK;
}

static void sqlite_close(struct db *db)
{
    (void)sqlite3_close_v2(sqlite_of(db)->handle);
    mem_free(db);
}

/* ---- statements ---------------------------------------------------------------------
 */

static void sqlite_prepare(struct query *query, const char *sql)
{
    struct sqlite *sqlite = sqlite_of(query->db);
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v3(sqlite->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                  &statement, NULL);
    if ((code & 0xff) == SQLITE_ERROR)
        (void)fprintf(stderr, "%s: %s\n", sqlite3_errmsg(sqlite->handle), sql);
    assert((code & 0xff) != SQLITE_ERROR); /* a mistake in our SQL */
    query->statement = statement;
    query->status = db_status(sqlite, code);
}

static void sqlite_finalize(void *statement)
{
    (void)sqlite3_finalize(statement); /* repeats an old error */
}

static const char *sqlite_text(void *statement)
{
    return sqlite3_sql(statement);
}

static void sqlite_reset(void *statement)
{
    (void)sqlite3_reset(statement); /* repeats an old error */
}

static void sqlite_clear(void *statement)
{
    (void)sqlite3_clear_bindings(statement);
}

/* A binding can only fail for want of memory, or by a wrong index, which is a bug. */
static void bound(struct query *query, int code)
{
    assert(code != SQLITE_RANGE && code != SQLITE_MISUSE);
    if (code != SQLITE_OK)
        query->status = db_status(sqlite_of(query->db), code);
}

static void sqlite_bind_int(struct query *query, int index, int64_t value)
{
    bound(query, sqlite3_bind_int64(query->statement, index, value));
}

static void sqlite_bind_real(struct query *query, int index, double value)
{
    bound(query, sqlite3_bind_double(query->statement, index, value));
}

static void sqlite_bind_text(struct query *query, int index, const char *value)
{
    bound(query, sqlite3_bind_text(query->statement, index, value, -1, SQLITE_TRANSIENT));
}

static void sqlite_bind_blob(struct query *query, int index, const void *data,
                             size_t size)
{
    bound(query,
          sqlite3_bind_blob64(query->statement, index, data, size, SQLITE_TRANSIENT));
}

static void sqlite_bind_text_kept(struct query *query, int index, const char *value)
{
    bound(query, sqlite3_bind_text(query->statement, index, value, -1, SQLITE_STATIC));
}

static void sqlite_bind_blob_kept(struct query *query, int index, const void *data,
                                  size_t size)
{
    bound(query, sqlite3_bind_blob64(query->statement, index, data, size, SQLITE_STATIC));
}

static int sqlite_step(struct query *query)
{
    int code = sqlite3_step(query->statement);
    if (code == SQLITE_ROW)
        return 1;
    int status = db_status(sqlite_of(query->db), code);
    (void)sqlite3_reset(query->statement); /* repeats the error just taken */
    return status;
}

static int64_t sqlite_get_int(void *statement, int column)
{
    return sqlite3_column_int64(statement, column);
}

static double sqlite_get_real(void *statement, int column)
{
    return sqlite3_column_double(statement, column);
}

static const char *sqlite_get_text(void *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text == NULL ? "" : (const char *)text;
}

static bool sqlite_get_null(void *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL;
}

static const void *sqlite_get_blob(void *statement, int column, size_t *ret_size)
{
    const void *data = sqlite3_column_blob(statement, column);
    *ret_size = (size_t)sqlite3_column_bytes(statement, column);
    return data;
}

/* ---- transactions ----------------------------------------------------------------- */

static int sqlite_begin(struct db *db)
{
    return query_run(db_query(db, "BEGIN IMMEDIATE"));
}

static int sqlite_commit(struct db *db)
{
    return query_run(db_query(db, "COMMIT"));
}

static void sqlite_rollback(struct db *db)
{
    if (sqlite3_get_autocommit(sqlite_of(db)->handle))
        return; /* a full disk made SQLite roll back by itself */
    /* If even this fails the next BEGIN does too, and says so. */
    (void)run_script(sqlite_of(db), "ROLLBACK");
}

static int sqlite_savepoint(struct db *db)
{
    return query_run(db_query(db, "SAVEPOINT command"));
}

static int sqlite_savepoint_release(struct db *db)
{
    return query_run(db_query(db, "RELEASE command"));
}

static int sqlite_savepoint_rollback(struct db *db)
{
    if (sqlite3_get_autocommit(sqlite_of(db)->handle))
        return ST_IO;
    int status = query_run(db_query(db, "ROLLBACK TO command"));
    return status == ST_OK ? sqlite_savepoint_release(db) : status;
}

static int sqlite_begin_read(struct db *db)
{
    db->is_nested = !sqlite3_get_autocommit(sqlite_of(db)->handle);
    return db->is_nested ? ST_OK : query_run(db_query(db, "BEGIN"));
}

static void sqlite_end_read(struct db *db)
{
    if (!db->is_nested && !sqlite3_get_autocommit(sqlite_of(db)->handle))
        (void)sqlite_commit(db); /* a reader has nothing to lose */
    db->is_nested = false;
}

/* SQLite syncs the file when all of the log is copied; before that it would leave all to
 * be written to the last checkpoint. */
static int sync_file(struct sqlite *sqlite)
{
    sqlite3_file *file = NULL;
    int code = sqlite3_file_control(sqlite->handle, "main", SQLITE_FCNTL_FILE_POINTER,
                                    (void *)&file);
    if (code == SQLITE_OK && file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK)
        return ST_OK;
    sqlite->super.sync_failed = code == SQLITE_OK;
    return ST_IO;
}

static int sqlite_checkpoint(struct db *db)
{
    /* A connection that has not read the schema yet would answer OK and do nothing. */
    int status = query_run(db_query(db, "SELECT count(*) FROM sqlite_schema"));
    if (status != ST_OK)
        return status;
    int done = 0, log = 0;
    int code = sqlite3_wal_checkpoint_v2(sqlite_of(db)->handle, NULL,
                                         SQLITE_CHECKPOINT_PASSIVE, &log, &done);
    db->log_pages = (uint32_t)(log > done ? log - done : 0);
    db->log_copied = (uint32_t)(done > 0 ? done : 0);
    if (code == SQLITE_OK && db->mode == DB_LOG)
        return sync_file(sqlite_of(db));
    return db_status(sqlite_of(db), code);
}

static int64_t sqlite_changes(const struct db *db)
{
    return sqlite3_total_changes64(((const struct sqlite *)db)->handle);
}

static void sqlite_limit_pages(struct db *db, uint32_t pages)
{
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA max_page_count=%u",
                   pages == 0 ? DB_PAGES_NO_LIMIT : pages);
    int status = run_script(sqlite_of(db), sql);
    assert(status == ST_OK);
}

static uint32_t sqlite_page_count(struct db *db)
{
    struct query *query = db_query(db, "PRAGMA page_count");
    uint32_t pages = query_step(query) > 0 ? (uint32_t)query_get_int(query, 0) : 0;
    query_reset(query);
    return pages;
}

const struct db_driver db_sqlite_driver = {
    .open = sqlite_open,
    .close = sqlite_close,
    .prepare = sqlite_prepare,
    .finalize = sqlite_finalize,
    .text = sqlite_text,
    .reset = sqlite_reset,
    .clear = sqlite_clear,
    .bind_int = sqlite_bind_int,
    .bind_real = sqlite_bind_real,
    .bind_text = sqlite_bind_text,
    .bind_blob = sqlite_bind_blob,
    .bind_text_kept = sqlite_bind_text_kept,
    .bind_blob_kept = sqlite_bind_blob_kept,
    .step = sqlite_step,
    .put = query_run,
    .get_int = sqlite_get_int,
    .get_real = sqlite_get_real,
    .get_text = sqlite_get_text,
    .get_null = sqlite_get_null,
    .get_blob = sqlite_get_blob,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .savepoint = sqlite_savepoint,
    .savepoint_release = sqlite_savepoint_release,
    .savepoint_rollback = sqlite_savepoint_rollback,
    .begin_read = sqlite_begin_read,
    .end_read = sqlite_end_read,
    .checkpoint = sqlite_checkpoint,
    .changes = sqlite_changes,
    .limit_pages = sqlite_limit_pages,
    .page_count = sqlite_page_count,
};

/* ---- a copy of the file -------------------------------------------------------------
 */

int db_backup(const char *from, const char *to, struct diag *reterr)
{
    sqlite3 *source = NULL, *copy = NULL;
    char aside[4096];
    if (db_is_postgres(from))
        return diag_set(reterr, ST_UNSUPPORTED, 0, 0, db_place(from),
                        "is backed up by its own tools (pg_basebackup, pg_dump)");
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
    if (status == ST_OK &&
        (fsync(fd) != 0 || rename(aside, to) != 0 || !file_sync_folder(to)))
        status = ST_IO;
    (void)close(fd); /* synced above */
    if (status == ST_OK)
        return ST_OK;
    (void)unlink(aside); /* the first error counts */
    return diag_set(reterr, status, 0, 0, to, "cannot be written: %s",
                    code == SQLITE_OK ? strerrordesc_np(errno) : sqlite3_errstr(code));
}
