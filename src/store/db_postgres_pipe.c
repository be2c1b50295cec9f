/* SPDX-License-Identifier: Apache-2.0 */
/* Statements whose answers nobody needs at once are sent one behind the other and their
 * answers taken together (libpq's pipeline mode): the writer's rows of a whole batch cost
 * one round trip instead of one each.
 *
 *     SAVEPOINT INSERT INSERT UPDATE RELEASE SAVEPOINT ... COMMIT sync -> all answers
 *
 * A statement that needs its answer (SELECT, a failure to be told apart) goes behind
 * those that wait and takes their answers with its own. When one that waited failed, it
 * is not known any more which command it belonged to: the connection is given up, so
 * nothing of the transaction is there, its commands are told to try again, and the next
 * transactions wait for every answer (CAREFUL_COUNT), so that only the guilty one is
 * refused. */
#include "store/db_postgres.h"

#include "base/status.h"

#include <assert.h>
#include <stdio.h>

#define CAREFUL_COUNT 100 /* transactions */

bool postgres_pipe_open(struct postgres *postgres)
{
    if (postgres->connection == NULL || !postgres->in_transaction ||
        postgres->super.mode != DB_WRITE || postgres->is_full || postgres->careful > 0)
        return false;
    if (PQpipelineStatus(postgres->connection) == PQ_PIPELINE_OFF)
        return PQenterPipelineMode(postgres->connection) == 1;
    return true;
}

int postgres_pipe_text(struct postgres *postgres, const char *sql)
{
    if (PQsendQueryParams(postgres->connection, sql, 0, NULL, NULL, NULL, NULL, 1) != 1) {
        postgres_give_up(postgres);
        return ST_IO;
    }
    postgres->pending++;
    return ST_OK;
}

static bool is_fine(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* The answers of all but the last; false when one of them failed. */
static bool take_waiting(struct postgres *postgres)
{
    bool fine = true;
    for (; postgres->pending > 1; postgres->pending--) {
        PGresult *result = postgres_answer(postgres);
        if (fine && !is_fine(result) && postgres->connection != NULL)
            /* Not the details: they quote the row. */
            (void)fprintf(stderr, "PostgreSQL: %s\n",
                          PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
        fine = fine && is_fine(result);
        PQclear(result);
        if (postgres->connection == NULL)
            return false;
    }
    return fine;
}

int postgres_pipe_end(struct postgres *postgres, PGresult **ret_last)
{
    assert(postgres->pending > 0);
    *ret_last = NULL;
    bool fine = PQpipelineSync(postgres->connection) == 1 && take_waiting(postgres);
    PGresult *last = postgres->connection == NULL ? NULL : postgres_answer(postgres);
    postgres->pending = 0;
    PGresult *sync = postgres->connection == NULL ? NULL : postgres_answer(postgres);
    bool synced = PQresultStatus(sync) == PGRES_PIPELINE_SYNC;
    PQclear(sync);
    if (postgres->connection == NULL) {
        PQclear(last);
        return ST_IO; /* lost */
    }
    if (!fine || !synced || PQexitPipelineMode(postgres->connection) != 1) {
        PQclear(last);
        postgres->careful = CAREFUL_COUNT;
        postgres_give_up(postgres);
        return ST_BUSY; /* nothing of it is there */
    }
    *ret_last = last;
    return ST_OK;
}

int postgres_pipe_drain(struct postgres *postgres)
{
    if (postgres->pending == 0)
        return ST_OK;
    PGresult *last;
    int status = postgres_pipe_end(postgres, &last);
    if (status != ST_OK)
        return status;
    bool fine = is_fine(last);
    PQclear(last);
    if (fine)
        return ST_OK;
    postgres->careful = CAREFUL_COUNT;
    postgres_give_up(postgres);
    return ST_BUSY;
}
