/* SPDX-License-Identifier: Apache-2.0 */
/* Which engine the tests run on: STORE=sqlite (the default), or STORE=postgres with
 * MUSTER_POSTGRES the address of a cluster that may be written to. There every store is a
 * schema of its own. Header only: each test program is one file. */
#ifndef MUSTER_TEST_ENGINE_H
#define MUSTER_TEST_ENGINE_H

#include "store/db.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline bool engine_is_postgres(void)
{
    const char *store = getenv("STORE");
    return store != NULL && strcmp(store, "postgres") == 0;
}

/* The store's path: FILE, or the address of a new schema. */
static inline void engine_path(char *ret, size_t size, const char *file)
{
    static int number;
    if (!engine_is_postgres()) {
        (void)snprintf(ret, size, "%s", file);
        return;
    }
    const char *address = getenv("MUSTER_POSTGRES");
    int written = snprintf(ret, size, "%s&options=-cmuster.schema%%3Dt%d_%d",
                           address == NULL ? "" : address, (int)getpid(), ++number);
    if (address == NULL || written >= (int)size) {
        (void)fprintf(stderr, "STORE=postgres wants MUSTER_POSTGRES, a short address\n");
        abort();
    }
}

/* Drops the schemas of a store that is closed; a file is the caller's business. */
static inline void engine_drop(const char *path)
{
    if (!db_is_postgres(path))
        return;
    const char *name = strstr(path, "muster.schema%3D");
    PGconn *connection = PQconnectdb(path);
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "SET client_min_messages TO warning;"
                   "DROP SCHEMA IF EXISTS %s, %s_keys CASCADE",
                   name + 16, name + 16);
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        (void)fprintf(stderr, "%s", PQerrorMessage(connection));
        abort();
    }
    PQclear(result);
    PQfinish(connection);
}

/* One statement by a connection of its own, past all our code. */
static inline void engine_run(const char *path, const char *sql)
{
    char line[1024];
    if (!db_is_postgres(path)) {
        (void)snprintf(line, sizeof line, "sqlite3 %s \"%s\"", path, sql);
        if (system(line) != 0)
            abort();
        return;
    }
    PGconn *connection = PQconnectdb(path);
    (void)snprintf(line, sizeof line, "SET search_path TO %s; %s",
                   strstr(path, "muster.schema%3D") + 16, sql);
    PGresult *result = PQexec(connection, line);
    if (PQresultStatus(result) != PGRES_COMMAND_OK &&
        PQresultStatus(result) != PGRES_TUPLES_OK) {
        (void)fprintf(stderr, "%s", PQerrorMessage(connection));
        abort();
    }
    PQclear(result);
    PQfinish(connection);
}

#endif
