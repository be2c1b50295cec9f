/* SPDX-License-Identifier: Apache-2.0 */
/* Moves a whole store from one engine to the other and proves that both are equal: the
 * rows of every table are counted and hashed on both sides, in order of their keys, and
 * both stores are verified. Nobody may write to either meanwhile. */
#ifndef MUSTER_STORE_COPY_H
#define MUSTER_STORE_COPY_H

#include "base/diag.h"

#include <stdint.h>

#define COPY_TABLES_MAX 128
#define COPY_COLUMNS_MAX 48

struct copy_config {
    const char *from_db, *from_keys, *to_db, *to_keys; /* as for db_open */
    /* Called after each table. May be NULL. */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
};

struct copy_result {
    uint32_t tables;
    int64_t rows;
    char hash[65];   /* SHA-256 over all rows of all tables, in hex */
    uint64_t events; /* verified, on both sides */
};

/* ST_CONFLICT: the target holds an instance already. ST_CORRUPT: what was read back
 * differs, or either side does not verify; the target is then not to be used. */
int copy_store(const struct copy_config *config, struct copy_result *ret,
               struct diag *reterr) __attribute__((warn_unused_result));

/* ---- for its test */
struct copy_table {
    char name[48];
    uint32_t column_count, key_count;
    struct {
        char name[48];
        char type; /* I, R, T or B */
    } columns[COPY_COLUMNS_MAX];
    uint32_t keys[4];            /* columns of the primary key */
    char *first, *next, *insert; /* SQL: the first page, one behind a key, a row in */
};
/* The tables that SQL makes, appended to TABLES; ALTER TABLE with ADD COLUMN or RENAME TO
 * and DROP TABLE are understood. ST_LIMIT, ST_UNSUPPORTED: a table without a primary key.
 */
int copy_parse(const char *sql, struct copy_table *tables, uint32_t *count);

#endif
