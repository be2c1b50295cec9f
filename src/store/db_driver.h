/* SPDX-License-Identifier: Apache-2.0 */
/* Between db.c and the drivers, one per engine. The front keeps the statements by the
 * address of their text; a driver prepares, binds, steps and reads them. */
#ifndef MUSTER_STORE_DB_DRIVER_H
#define MUSTER_STORE_DB_DRIVER_H

#include "store/db.h"

#include <stdatomic.h>

#define DB_STATEMENTS_MAX 1024 /* a power of two; half of it is used at most */

struct query {
    const char *key; /* the literal's address */
    struct db *db;
    void *statement; /* the driver's; NULL = it could not be prepared */
    int status;      /* why not, or what a binding met */
};

/* What every function does is said at the one of db.h with its name. */
struct db_driver {
    int (*open)(struct db **ret, const char *path, enum db_mode mode,
                struct diag *reterr);
    /* After every statement is finalized. DB may be half opened. */
    void (*close)(struct db *db);

    /* Sets query->statement, or query->status. */
    void (*prepare)(struct query *query, const char *sql);
    void (*finalize)(void *statement);
    const char *(*text)(void *statement);
    void (*reset)(void *statement);
    void (*clear)(void *statement); /* the bindings */
    void (*bind_int)(struct query *query, int index, int64_t value);
    void (*bind_real)(struct query *query, int index, double value);
    void (*bind_text)(struct query *query, int index, const char *value);
    void (*bind_blob)(struct query *query, int index, const void *data, size_t size);
    /* Without a copy; NULL: the two above. */
    void (*bind_text_kept)(struct query *query, int index, const char *value);
    void (*bind_blob_kept)(struct query *query, int index, const void *data, size_t size);
    int (*step)(struct query *query);
    int (*put)(struct query *query);
    void (*ahead)(struct query *query); /* NULL: nothing is won by it */
    int64_t (*get_int)(void *statement, int column);
    double (*get_real)(void *statement, int column);
    const char *(*get_text)(void *statement, int column);
    bool (*get_null)(void *statement, int column);
    const void *(*get_blob)(void *statement, int column, size_t *ret_size);

    int (*begin)(struct db *db);
    int (*commit)(struct db *db);
    void (*rollback)(struct db *db);
    int (*savepoint)(struct db *db);
    int (*savepoint_release)(struct db *db);
    int (*savepoint_rollback)(struct db *db);
    int (*begin_read)(struct db *db);
    void (*end_read)(struct db *db);
    int (*checkpoint)(struct db *db);
    int64_t (*changes)(const struct db *db);
    void (*limit_pages)(struct db *db, uint32_t pages);
    uint32_t (*page_count)(struct db *db);
};

/* The first member of every driver's connection. */
struct db {
    const struct db_driver *driver;
    enum db_mode mode;
    uint32_t log_pages;     /* told by the driver after commits */
    uint32_t log_copied;    /* and after checkpoints */
    uint64_t log_bytes;     /* after commits */
    _Atomic uint64_t steps; /* db_steps */
    int brought_up_from;    /* told by the driver when it opens */
    bool sync_failed;
    enum { HOLD_NONE, HOLD_ASKED, HOLD_BEGUN } hold; /* db_hold */
    bool is_nested; /* a read inside the writer's transaction */
    uint32_t count;
    struct query queries[DB_STATEMENTS_MAX];
};

extern const struct db_driver db_sqlite_driver, db_postgres_driver;

#endif
