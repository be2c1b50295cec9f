/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of the PostgreSQL driver. Parameters and columns travel in binary: bigint
 * and double precision as 8 bytes in network order, bytea and text as they are. A
 * statement is prepared at its first step, when the types of its parameters are known;
 * one whose parameter was NULL then and is not now is prepared again. A result is held
 * whole, so other statements may run between its rows. */
#include "store/db_postgres.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARAMETERS_MAX 64
#define FLUSH_EVERY 32 /* statements in the pipeline */

/* pg_type.h of the server: these never change. */
#define TYPE_BOOL 16
#define TYPE_BYTEA 17
#define TYPE_INT8 20
#define TYPE_INT2 21
#define TYPE_INT4 23
#define TYPE_TEXT 25
#define TYPE_FLOAT4 700
#define TYPE_FLOAT8 701
#define TYPE_NUMERIC 1700

struct parameter {
    Oid type;      /* 0: NULL so far */
    bool is_set;   /* not NULL */
    uint64_t word; /* a number in network order */
    char *bytes;   /* a text or blob; mem_free */
    int size;
};

struct statement {
    struct postgres *postgres;
    char *sql, *text; /* as written, and with $n */
    char name[24];
    uint32_t generation; /* of the connection that knows it; 0 = none */
    int count;
    struct parameter parameters[PARAMETERS_MAX];
    Oid prepared[PARAMETERS_MAX];
    bool is_ahead; /* sent, its answer not taken */
    int failed;    /* what became of it ahead, for its step */
    PGresult *result;
    int row;
    char shown[32]; /* a number as text */
};

void postgres_prepare(struct query *query, const char *sql)
{
    struct statement *statement = mem_calloc(1, sizeof *statement);
    query->status = ST_NO_MEMORY;
    if (statement == NULL)
        return;
    statement->postgres = postgres_of(query->db);
    statement->sql = mem_strdup(sql);
    statement->text = postgres_parameters(sql, &statement->count);
    if (statement->sql == NULL || statement->text == NULL) {
        postgres_finalize(statement);
        return;
    }
    assert(statement->count <= PARAMETERS_MAX);
    query->statement = statement;
    query->status = ST_OK;
}

void postgres_finalize(void *context)
{
    struct statement *statement = context;
    postgres_reset(statement);
    postgres_clear(statement);
    mem_free(statement->sql);
    mem_free(statement->text);
    mem_free(statement);
}

const char *postgres_text(void *statement)
{
    return ((struct statement *)statement)->sql;
}

void postgres_reset(void *context)
{
    struct statement *statement = context;
    if (statement->is_ahead) /* nobody wants the answer, but it comes */
        postgres_take_ahead(statement->postgres);
    PQclear(statement->result);
    statement->result = NULL;
    statement->failed = ST_OK;
}

void postgres_clear(void *context)
{
    struct statement *statement = context;
    for (int i = 0; i < statement->count; i++) {
        mem_free(statement->parameters[i].bytes);
        statement->parameters[i].bytes = NULL;
        statement->parameters[i].is_set = false;
    }
}

/* ---- parameters ---------------------------------------------------------------------
 */

static struct parameter *parameter_of(struct query *query, int index, Oid type)
{
    struct statement *statement = query->statement;
    assert(index >= 1 && index <= statement->count);
    struct parameter *parameter = &statement->parameters[index - 1];
    mem_free(parameter->bytes);
    *parameter = (struct parameter){.type = type, .is_set = true};
    return parameter;
}

void postgres_bind_int(struct query *query, int index, int64_t value)
{
    parameter_of(query, index, TYPE_INT8)->word = htobe64((uint64_t)value);
}

void postgres_bind_real(struct query *query, int index, double value)
{
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    parameter_of(query, index, TYPE_FLOAT8)->word = htobe64(word);
}

static void bind_bytes(struct query *query, int index, Oid type, const void *data,
                       size_t size)
{
    struct parameter *parameter = parameter_of(query, index, type);
    parameter->is_set = data != NULL;
    if (data == NULL) {
        parameter->type = 0;
        return;
    }
    parameter->bytes = mem_alloc(size + 1); /* never nothing */
    if (parameter->bytes == NULL || size > INT32_MAX) {
        query->status = parameter->bytes == NULL ? ST_NO_MEMORY : ST_LIMIT;
        return;
    }
    memcpy(parameter->bytes, data, size);
    parameter->size = (int)size;
}

void postgres_bind_text(struct query *query, int index, const char *value)
{
    bind_bytes(query, index, TYPE_TEXT, value, value == NULL ? 0 : strlen(value));
}

void postgres_bind_blob(struct query *query, int index, const void *data, size_t size)
{
    bind_bytes(query, index, TYPE_BYTEA, data, size);
}

/* ---- steps --------------------------------------------------------------------------
 */

static int answer(struct statement *statement, bool was_sent, PGresult **ret)
{
    struct postgres *postgres = statement->postgres;
    if (!was_sent && PQstatus(postgres->connection) == CONNECTION_BAD)
        postgres_give_up(postgres);
    if (!was_sent)
        return ST_IO;
    PGresult *result = NULL;
    if (postgres->pending > 0) { /* it went behind them */
        postgres->pending++;
        int status = postgres_pipe_end(postgres, &result);
        if (status != ST_OK)
            return status;
    } else {
        result = postgres_answer(postgres);
    }
    int status = postgres_status(postgres, result);
    if (status != ST_OK) {
        PQclear(result);
        return status;
    }
    *ret = result;
    return ST_OK;
}

static bool is_prepared(const struct statement *statement)
{
    if (statement->generation != statement->postgres->generation)
        return false;
    for (int i = 0; i < statement->count; i++)
        if (statement->parameters[i].type != 0 &&
            statement->parameters[i].type != statement->prepared[i])
            return false;
    return true;
}

/* Under a new name each time: the former one goes with the connection. */
static int send_prepare(struct statement *statement)
{
    struct postgres *postgres = statement->postgres;
    (void)snprintf(statement->name, sizeof statement->name, "s%u", ++postgres->next_name);
    for (int i = 0; i < statement->count; i++)
        if (statement->parameters[i].type != 0)
            statement->prepared[i] = statement->parameters[i].type;
    return PQsendPrepare(postgres->connection, statement->name, statement->text,
                         statement->count, statement->prepared);
}

/* In the pipeline its answer waits with the others: a failure there ends the connection.
 */
static int ensure_prepared(struct statement *statement, bool in_pipe)
{
    struct postgres *postgres = statement->postgres;
    if (is_prepared(statement))
        return ST_OK;
    PGresult *result;
    int sent = send_prepare(statement);
    if (in_pipe && sent == 1) {
        postgres->pending++;
    } else {
        int status = answer(statement, sent == 1, &result);
        if (status != ST_OK)
            return status;
        PQclear(result);
    }
    statement->generation = postgres->generation;
    return ST_OK;
}

static int send_statement(struct statement *statement)
{
    const char *values[PARAMETERS_MAX];
    int sizes[PARAMETERS_MAX], formats[PARAMETERS_MAX];
    for (int i = 0; i < statement->count; i++) {
        const struct parameter *parameter = &statement->parameters[i];
        bool is_bytes = parameter->bytes != NULL;
        values[i] = !parameter->is_set ? NULL
                    : is_bytes         ? parameter->bytes
                                       : (const char *)&parameter->word;
        sizes[i] = is_bytes ? parameter->size : 8;
        formats[i] = 1;
    }
    return PQsendQueryPrepared(statement->postgres->connection, statement->name,
                               statement->count, values, sizes, formats, 1);
}

static int execute_once(struct statement *statement)
{
    struct postgres *postgres = statement->postgres;
    int status = postgres_ready(postgres);
    if (status == ST_OK)
        status = ensure_prepared(statement, postgres->pending > 0);
    if (status != ST_OK)
        return status;
    if (postgres->is_full && strncmp(statement->text, "SELECT", 6) != 0)
        return postgres_script(postgres, "DO $$ BEGIN RAISE EXCEPTION 'full' USING"
                                         " ERRCODE = '53100'; END $$");
    int sent = send_statement(statement);
    status = answer(statement, sent == 1, &statement->result);
    if (status != ST_OK)
        return status;
    if (PQresultStatus(statement->result) == PGRES_COMMAND_OK)
        postgres->changes += strtoll(PQcmdTuples(statement->result), NULL, 10);
    statement->row = -1;
    return ST_OK;
}

int postgres_put(struct query *query)
{
    struct statement *statement = query->statement;
    struct postgres *postgres = statement->postgres;
    if (!postgres_pipe_open(postgres))
        return query_run(query);
    int status = ensure_prepared(statement, true);
    if (status != ST_OK)
        return status;
    if (send_statement(statement) != 1) {
        postgres_give_up(postgres);
        return ST_IO;
    }
    postgres->pending++;
    postgres->changes++; /* at least */
    if (postgres->pending % FLUSH_EVERY == 0)
        (void)PQflush(postgres->connection); /* the server begins; errors come later */
    return ST_OK;
}

/* ---- asked ahead --------------------------------------------------------------------
 *
 *     PREPARE? EXECUTE PREPARE? EXECUTE ... sync -> all answers
 */

static bool send_ahead(struct statement *statement)
{
    struct postgres *postgres = statement->postgres;
    PGconn *connection = postgres->connection;
    if (PQpipelineStatus(connection) == PQ_PIPELINE_OFF &&
        PQenterPipelineMode(connection) != 1)
        return false;
    if (!is_prepared(statement)) {
        if (send_prepare(statement) != 1)
            return false;
        statement->generation = postgres->generation;
        postgres->ahead[postgres->ahead_count++] = NULL;
    }
    if (send_statement(statement) != 1)
        return false;
    postgres->ahead[postgres->ahead_count++] = statement;
    statement->is_ahead = true;
    return true;
}

void postgres_ahead(struct query *query)
{
    struct statement *statement = query->statement;
    struct postgres *postgres = statement->postgres;
    if (postgres->super.mode != DB_READ || statement->is_ahead ||
        statement->result != NULL || postgres->ahead_count + 2 > POSTGRES_AHEAD_MAX ||
        postgres_ready(postgres) != ST_OK)
        return;
    if (!send_ahead(statement))
        postgres_give_up(postgres);
}

void postgres_forget_ahead(struct postgres *postgres)
{
    for (uint32_t i = 0; i < postgres->ahead_count; i++)
        if (postgres->ahead[i] != NULL)
            postgres->ahead[i]->is_ahead = false;
    postgres->ahead_count = 0;
}

/* What was not run, for an error before it, is prepared anew: perhaps that failed. What
 * was answered by the end of the connection is asked again by its step, as if it had got
 * no answer. */
static void take_one(struct statement *statement, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK) {
        statement->result = result;
        statement->row = -1;
        return;
    }
    if (status == PGRES_PIPELINE_ABORTED)
        statement->generation = 0;
    int failed = postgres_status(statement->postgres, result); /* not run: ST_IO too */
    if (failed != ST_IO)
        statement->failed = failed;
    PQclear(result);
}

void postgres_take_ahead(struct postgres *postgres)
{
    const uint32_t count = postgres->ahead_count;
    if (count == 0)
        return;
    if (PQpipelineSync(postgres->connection) != 1) {
        postgres_give_up(postgres);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        PGresult *result = postgres_answer(postgres);
        if (postgres->connection == NULL)
            return;
        if (postgres->ahead[i] == NULL)
            PQclear(result);
        else
            take_one(postgres->ahead[i], result);
    }
    PQclear(postgres_answer(postgres)); /* of the sync */
    if (postgres->connection != NULL && PQexitPipelineMode(postgres->connection) != 1)
        postgres_give_up(postgres);
    postgres_forget_ahead(postgres);
}

/* A reader whose connection broke asks once more, unless it had begun to read one state;
 * if nobody answers, later may do. */
static int execute(struct statement *statement)
{
    struct postgres *postgres = statement->postgres;
    bool is_alone = !postgres->in_transaction,
         is_reader = postgres->super.mode == DB_READ;
    int status = execute_once(statement);
    if (status == ST_IO && is_alone && is_reader && postgres->connection == NULL)
        status = execute_once(statement);
    bool is_lost = status == ST_IO && postgres->connection == NULL;
    return is_lost && (is_alone || is_reader) ? ST_BUSY : status;
}

int postgres_step(struct query *query)
{
    struct statement *statement = query->statement;
    if (statement->result == NULL && statement->postgres->ahead_count > 0) {
        postgres_ahead(query); /* it goes with them */
        postgres_take_ahead(statement->postgres);
    }
    int status = statement->failed;
    statement->failed = ST_OK;
    if (status == ST_OK && statement->result == NULL)
        status = execute(statement);
    if (status != ST_OK)
        return status;
    if (++statement->row < PQntuples(statement->result))
        return 1;
    postgres_reset(statement);
    return ST_OK;
}

/* ---- columns ------------------------------------------------------------------------
 */

/* A numeric: digits to the base of 10,000 (src/backend/utils/adt/numeric.c). Sums of
 * counts and times: whole, and within 64 bits. */
static int64_t read_numeric(const char *data)
{
    uint16_t head[4];
    memcpy(head, data, sizeof head);
    int count = be16toh(head[0]), weight = (int16_t)be16toh(head[1]);
    bool is_negative = be16toh(head[2]) == 0x4000;
    int64_t value = 0;
    for (int i = 0; i <= weight; i++) {
        uint16_t digit = 0;
        if (i < count)
            memcpy(&digit, data + 8 + 2 * (size_t)i, 2);
        value = value * 10000 + be16toh(digit);
    }
    return is_negative ? -value : value;
}

static double read_real(Oid type, const char *data)
{
    if (type == TYPE_FLOAT4) {
        uint32_t word;
        float value;
        memcpy(&word, data, sizeof word);
        word = be32toh(word);
        memcpy(&value, &word, sizeof value);
        return (double)value;
    }
    uint64_t word;
    double value;
    memcpy(&word, data, sizeof word);
    word = be64toh(word);
    memcpy(&value, &word, sizeof value);
    return value;
}

static int64_t read_whole(Oid type, const char *data)
{
    uint64_t word = 0;
    uint32_t half = 0;
    uint16_t quarter = 0;
    switch (type) {
    case TYPE_INT8:
        memcpy(&word, data, sizeof word);
        return (int64_t)be64toh(word);
    case TYPE_INT4:
        memcpy(&half, data, sizeof half);
        return (int32_t)be32toh(half);
    case TYPE_INT2:
        memcpy(&quarter, data, sizeof quarter);
        return (int16_t)be16toh(quarter);
    case TYPE_BOOL:
        return data[0] != 0;
    case TYPE_NUMERIC:
        return read_numeric(data);
    default:
        return strtoll(data, NULL, 10); /* libpq puts a NUL behind every value */
    }
}

int64_t postgres_get_int(void *context, int column)
{
    const struct statement *statement = context;
    Oid type = PQftype(statement->result, column);
    if (PQgetisnull(statement->result, statement->row, column))
        return 0;
    const char *data = PQgetvalue(statement->result, statement->row, column);
    if (type == TYPE_FLOAT8 || type == TYPE_FLOAT4)
        return (int64_t)read_real(type, data);
    return read_whole(type, data);
}

double postgres_get_real(void *context, int column)
{
    const struct statement *statement = context;
    Oid type = PQftype(statement->result, column);
    if (PQgetisnull(statement->result, statement->row, column))
        return 0;
    const char *data = PQgetvalue(statement->result, statement->row, column);
    if (type == TYPE_FLOAT8 || type == TYPE_FLOAT4)
        return read_real(type, data);
    return type == TYPE_TEXT ? strtod(data, NULL) : (double)read_whole(type, data);
}

static bool is_number(Oid type)
{
    return type == TYPE_INT8 || type == TYPE_INT4 || type == TYPE_INT2 ||
           type == TYPE_BOOL || type == TYPE_NUMERIC;
}

const char *postgres_get_text(void *context, int column)
{
    struct statement *statement = context;
    Oid type = PQftype(statement->result, column);
    if (PQgetisnull(statement->result, statement->row, column))
        return "";
    const char *data = PQgetvalue(statement->result, statement->row, column);
    if (!is_number(type))
        return data;
    (void)snprintf(statement->shown, sizeof statement->shown, "%lld",
                   (long long)read_whole(type, data));
    return statement->shown;
}

bool postgres_get_null(void *context, int column)
{
    const struct statement *statement = context;
    return PQgetisnull(statement->result, statement->row, column) != 0;
}

/* NULL for nothing, as SQLite has it. */
const void *postgres_get_blob(void *context, int column, size_t *ret_size)
{
    const struct statement *statement = context;
    *ret_size = (size_t)PQgetlength(statement->result, statement->row, column);
    return *ret_size == 0 ? NULL : PQgetvalue(statement->result, statement->row, column);
}
