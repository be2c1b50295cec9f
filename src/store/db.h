/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the database of an instance, and its statements. SQL is written once
 * for both engines with ?1..?n. Statements are prepared once per connection and cached by
 * the address of their text, so SQL must be string literals. A connection belongs to one
 * thread at a time. Readers are read-only, never checkpoint, and keep transactions short.
 */
#ifndef MUSTER_STORE_DB_H
#define MUSTER_STORE_DB_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct query;

enum db_mode { DB_READ, DB_WRITE, DB_KEYS, DB_LOG };

/* PATH = the database file, or an address postgres://... of a PostgreSQL database (then
 * everything below about files and logs is the server's business). DB_WRITE makes it and
 * its schema if absent, migrates an older one, refuses a newer one. WAL,
 * synchronous=FULL, foreign keys on. DB_KEYS is the vault's: keys.db, one file without a
 * log, erased pages overwritten. DB_LOG only copies the log (store/checkpointer.h). */
int db_open(struct db **ret, const char *path, enum db_mode mode, struct diag *reterr)
    __attribute__((warn_unused_result));
void db_close(struct db *db);
/* Whether PATH is PostgreSQL's address. */
bool db_is_postgres(const char *path);
/* PATH as it may be shown: an address can hold a password. */
const char *db_place(const char *path);

/* The statement of SQL, reset, its bindings cleared. Never NULL for SQL that compiles (a
 * mistake in SQL is a bug: assert). */
struct query *db_query(struct db *db, const char *sql);
/* Bindings, 1-based. Texts and blobs are copied. */
void query_int(struct query *query, int index, int64_t value);
void query_real(struct query *query, int index, double value);
void query_text(struct query *query, int index, const char *value); /* NULL = NULL */
void query_blob(struct query *query, int index, const void *data, size_t size);
/* The same of what stays as it is until query_put or query_run has returned: not copied
 * where the engine can do without. */
void query_text_kept(struct query *query, int index, const char *value);
void query_blob_kept(struct query *query, int index, const void *data, size_t size);
/* 1 = a row, 0 = done (the statement is reset), or ST_NO_SPACE, ST_IO, ST_CONFLICT (a
 * constraint), ST_BUSY, ST_CORRUPT. */
int query_step(struct query *query) __attribute__((warn_unused_result));
/* Runs to the end: 0 or an error. */
int query_run(struct query *query) __attribute__((warn_unused_result));
/* Column 0 of the only row wanted, and resets. ST_NOT_FOUND. */
int query_find_int(struct query *query, int64_t *ret) __attribute__((warn_unused_result));
/* Whether SQL, whose only parameter is ID, finds a row: 1 or 0, or an error. */
int db_has(struct db *db, const char *sql, int64_t id)
    __attribute__((warn_unused_result));
/* Column 0 of every row, appended to *RET, which begins as NULL and is freed by mem_free
 * (after an error too). ST_NO_MEMORY. */
int query_list_ids(struct query *query, int64_t **ret, uint32_t *ret_count)
    __attribute__((warn_unused_result));
/* As query_run inside a transaction, for rows that nobody expects to be refused: on
 * PostgreSQL the answer is waited for with the next one, at the latest with the commit's.
 * A refusal then fails the whole transaction (ST_BUSY), and the next ones wait for each
 * answer. */
int query_put(struct query *query) __attribute__((warn_unused_result));
/* A hint: the query, bindings and all, may be sent now; its first step then takes the
 * answer. On PostgreSQL what is asked ahead, and the next query that is stepped, cost one
 * round trip together. Readers' connections; one statement once at a time. */
void query_ahead(struct query *query);
/* Ends a query early. */
void query_reset(struct query *query);
/* The same, and returns STATUS. */
int query_stop(struct query *query, int status);
/* Columns of the row, 0-based; texts and blobs live until the next step or reset. */
int64_t query_get_int(struct query *query, int column);
double query_get_real(struct query *query, int column);
const char *query_get_text(struct query *query, int column); /* "" for NULL */
bool query_get_null(struct query *query, int column);
const void *query_get_blob(struct query *query, int column, size_t *ret_size);

/* ---- for the writer's thread: one transaction at a time, savepoints inside it
 */
int db_begin(struct db *db) __attribute__((warn_unused_result));
/* On a failure the transaction is still open: roll it back. */
int db_commit(struct db *db) __attribute__((warn_unused_result));
void db_rollback(struct db *db);
int db_savepoint(struct db *db) __attribute__((warn_unused_result));
int db_savepoint_release(struct db *db) __attribute__((warn_unused_result));
/* Back to the savepoint, which is gone then. ST_IO if SQLite had to drop the whole
 * transaction. */
int db_savepoint_rollback(struct db *db) __attribute__((warn_unused_result));
/* Copies the log into the file as far as readers let it. DB_WRITE, which then begins it
 * anew with its next transaction, and DB_LOG, beside that one's transactions: never two
 * at once (store/checkpointer.h). */
int db_checkpoint(struct db *db) __attribute__((warn_unused_result));
/* Pages in the log after the last commit, or left in it by the last checkpoint. */
uint32_t db_log_pages(const struct db *db);
/* Pages of the log that the last checkpoint and those before it have copied. */
uint32_t db_log_copied(const struct db *db);
/* Bytes written to the log so far; 0 on PostgreSQL, which counts its own. */
uint64_t db_log_bytes(const struct db *db);
/* The schema that was there, if opening it brought an older one up to date, of which a
 * copy is kept at PATH.schema-VERSION; else 0, and always on PostgreSQL. */
int db_brought_up_from(const struct db *db);
/* An fsync failed: what is on the disk is not known, nothing may go on. */
bool db_sync_failed(const struct db *db);
/* PostgreSQL: the connection broke. What was open is gone; the next transaction or read
 * connects again. */
bool db_connection_lost(const struct db *db);
/* Waits, up to 30 s, until the server can be reached again. */
int db_reconnect(struct db *db) __attribute__((warn_unused_result));
/* PostgreSQL: from now on a transaction only begins while the store's epoch is this one;
 * else another node writes, and db_sync_failed is true. */
void db_fence(struct db *db, int64_t epoch);
/* Grows with each statement and row: whether the thread that has the connection moves.
 * Thread-safe. */
uint64_t db_steps(const struct db *db);
/* Rows changed by the connection so far: whether a command wrote anything. */
int64_t db_changes(const struct db *db);
/* Test hook: the database may not grow beyond so many pages; 0 = no limit. */
void db_limit_pages(struct db *db, uint32_t pages);
uint32_t db_page_count(struct db *db);

/* Copies the database FROM, which may be in use, as it is at one moment to the file TO
 * (written aside, fsynced, renamed, its folder fsynced). ST_IO, ST_NO_SPACE. */
int db_backup(const char *from, const char *to, struct diag *reterr)
    __attribute__((warn_unused_result));

/* What is read until db_let_go costs less: SQLite keeps one read transaction, so one lock
 * and one cache, from the first question on; PostgreSQL, where that would be two round
 * trips, does nothing. Readers' connections only. */
void db_hold(struct db *db);
void db_let_go(struct db *db);
/* Short read transaction: everything until db_end_read sees one state. */
int db_begin_read(struct db *db) __attribute__((warn_unused_result));
void db_end_read(struct db *db);

#endif
