/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the PostgreSQL driver: db_postgres.c has the connection and its
 * transactions, db_postgres_query.c statements and their rows, db_postgres_sql.c the
 * translation of the common SQL. */
#ifndef MUSTER_STORE_DB_POSTGRES_H
#define MUSTER_STORE_DB_POSTGRES_H

#include "store/db_driver.h"

#include <libpq-fe.h>

#define POSTGRES_AHEAD_MAX 32 /* statements and their PREPAREs on the way */

struct statement;

struct postgres {
    struct db super;
    PGconn *connection; /* NULL: lost; made anew at the next transaction or read */
    char *url;
    char schema[64];
    char mark[64];       /* of the open transaction, in hex */
    int64_t epoch;       /* the commit row's number must be this; -1 = whatever it is */
    int64_t changes;     /* rows */
    uint32_t generation; /* of the connection: prepared statements die with it */
    uint32_t next_name;
    uint32_t resolved; /* commits whose answer was lost */
    uint32_t pending;  /* sent in pipeline mode, answers not taken */
    uint32_t careful;  /* transactions that still wait for every answer */
    struct statement *ahead[POSTGRES_AHEAD_MAX]; /* a reader's, sent; NULL = a PREPARE */
    uint32_t ahead_count;
    bool in_transaction;
    bool lies;                  /* at the last BEGIN: nothing is stored until it ends */
    bool is_full, becomes_full; /* test hook */
    bool is_unconfirmed;        /* the standby did not confirm the last commit */
};

struct postgres *postgres_of(struct db *db);
/* Connects again if the connection was lost outside a transaction. */
int postgres_ready(struct postgres *postgres);
/* Waits for what was sent: the last result, or the first that failed. NULL: the
 * connection is lost. PQclear. */
PGresult *postgres_answer(struct postgres *postgres);
int postgres_status(struct postgres *postgres, const PGresult *result);
/* The connection is not to be used any more; what was open on it is gone. */
void postgres_give_up(struct postgres *postgres);
/* Statements without parameters, with ';' between. */
int postgres_script(struct postgres *postgres, const char *sql);

/* ---- the pipeline (db_postgres_pipe.c) */
/* Whether the next statement may be sent without waiting; then in pipeline mode. */
bool postgres_pipe_open(struct postgres *postgres);
/* One statement without parameters, in an open pipeline. */
int postgres_pipe_text(struct postgres *postgres, const char *sql);
/* Takes all answers. *RET_LAST is the last one's, good or bad (PQclear); ST_BUSY: one
 * before it failed and the connection is given up; ST_IO: it is lost. */
int postgres_pipe_end(struct postgres *postgres, PGresult **ret_last);
/* The same if nobody wants the last one. ST_OK at once if nothing is pending. */
int postgres_pipe_drain(struct postgres *postgres);

void postgres_prepare(struct query *query, const char *sql);
void postgres_finalize(void *statement);
const char *postgres_text(void *statement);
void postgres_reset(void *statement);
void postgres_clear(void *statement);
void postgres_bind_int(struct query *query, int index, int64_t value);
void postgres_bind_real(struct query *query, int index, double value);
void postgres_bind_text(struct query *query, int index, const char *value);
void postgres_bind_blob(struct query *query, int index, const void *data, size_t size);
int postgres_step(struct query *query);
int postgres_put(struct query *query);
void postgres_ahead(struct query *query);
/* Takes the answers of what was asked ahead. What got none (an error, a lost connection)
 * is asked again by its own step. */
void postgres_take_ahead(struct postgres *postgres);
/* The connection goes, and what was asked on it. */
void postgres_forget_ahead(struct postgres *postgres);
int64_t postgres_get_int(void *statement, int column);
double postgres_get_real(void *statement, int column);
const char *postgres_get_text(void *statement, int column);
bool postgres_get_null(void *statement, int column);
const void *postgres_get_blob(void *statement, int column, size_t *ret_size);

/* ?1..?n become $1..$n, outside quotes; *ret_count = the highest n. mem_free; NULL = no
 * memory. */
char *postgres_parameters(const char *sql, int *ret_count);
/* The common schema in PostgreSQL's words. mem_free; NULL = no memory. */
char *postgres_schema(const char *sql);

#endif
