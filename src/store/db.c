/* SPDX-License-Identifier: Apache-2.0 */
/* The front of the drivers: finds statements again by the address of their text, and
 * passes everything else on. */
#include "store/db.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/db_driver.h"

#include <assert.h>
#include <string.h>

#define IDS_MAX (1u << 30)

int db_open(struct db **ret, const char *path, enum db_mode mode, struct diag *reterr)
{
    const struct db_driver *driver =
        db_is_postgres(path) ? &db_postgres_driver : &db_sqlite_driver;
    return driver->open(ret, path, mode, reterr);
}

const char *db_place(const char *path)
{
    return db_is_postgres(path) ? "PostgreSQL" : path;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    for (uint32_t i = 0; i < DB_STATEMENTS_MAX; i++)
        if (db->queries[i].statement != NULL)
            db->driver->finalize(db->queries[i].statement);
    db->driver->close(db);
}

/* ---- statements ---------------------------------------------------------------------
 */

static struct query *find_slot(struct db *db, const char *sql)
{
    uint64_t hash = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t i = (uint32_t)(hash >> 54);; i++) {
        struct query *query = &db->queries[i & (DB_STATEMENTS_MAX - 1)];
        if (query->key == sql || query->key == NULL)
            return query;
    }
}

/* What db_hold has asked for, before the first thing that is read. */
static void begin_hold(struct db *db)
{
    db->hold = HOLD_NONE; /* BEGIN is a query, too */
    if (db->driver->begin_read(db) == ST_OK)
        db->hold = HOLD_BEGUN;
}

struct query *db_query(struct db *db, const char *sql)
{
    if (db->hold == HOLD_ASKED)
        begin_hold(db);
    struct query *query = find_slot(db, sql);
    /* Texts built at run time may come back at an old address: then it is another one. */
    if (query->statement != NULL &&
        strcmp(db->driver->text(query->statement), sql) != 0) {
        db->driver->finalize(query->statement);
        query->statement = NULL;
    }
    if (query->statement == NULL) {
        assert(query->key != NULL || db->count < DB_STATEMENTS_MAX / 2);
        db->count += query->key == NULL;
        *query = (struct query){.key = sql, .db = db};
        db->driver->prepare(query, sql);
        return query;
    }
    db->driver->reset(query->statement);
    db->driver->clear(query->statement);
    query->status = ST_OK; /* a binding that once failed may do now */
    return query;
}

void query_int(struct query *query, int index, int64_t value)
{
    if (query->statement != NULL)
        query->db->driver->bind_int(query, index, value);
}

void query_real(struct query *query, int index, double value)
{
    if (query->statement != NULL)
        query->db->driver->bind_real(query, index, value);
}

void query_text(struct query *query, int index, const char *value)
{
    if (query->statement != NULL)
        query->db->driver->bind_text(query, index, value);
}

void query_blob(struct query *query, int index, const void *data, size_t size)
{
    if (query->statement != NULL)
        query->db->driver->bind_blob(query, index, data, size);
}

void query_text_kept(struct query *query, int index, const char *value)
{
    const struct db_driver *driver = query->db->driver;
    if (query->statement != NULL && driver->bind_text_kept != NULL)
        driver->bind_text_kept(query, index, value);
    else
        query_text(query, index, value);
}

void query_blob_kept(struct query *query, int index, const void *data, size_t size)
{
    const struct db_driver *driver = query->db->driver;
    if (query->statement != NULL && driver->bind_blob_kept != NULL)
        driver->bind_blob_kept(query, index, data, size);
    else
        query_blob(query, index, data, size);
}

/* Only the connection's thread writes it: no need to lock the bus for each row. */
static void note_step(struct db *db)
{
    const uint64_t steps = atomic_load_explicit(&db->steps, memory_order_relaxed);
    atomic_store_explicit(&db->steps, steps + 1, memory_order_relaxed);
}

uint64_t db_steps(const struct db *db)
{
    return atomic_load_explicit(&db->steps, memory_order_relaxed);
}

int query_step(struct query *query)
{
    note_step(query->db);
    if (query->statement == NULL || query->status != ST_OK)
        return query->status;
    return query->db->driver->step(query);
}

int query_run(struct query *query)
{
    int status;
    do
        status = query_step(query);
    while (status > 0);
    return status;
}

int query_stop(struct query *query, int status)
{
    query_reset(query);
    return status;
}

int query_find_int(struct query *query, int64_t *ret)
{
    const int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    *ret = query_get_int(query, 0);
    query_reset(query);
    return ST_OK;
}

int db_has(struct db *db, const char *sql, int64_t id)
{
    struct query *query = db_query(db, sql);
    query_int(query, 1, id);
    const int status = query_step(query);
    query_reset(query);
    return status;
}

int query_list_ids(struct query *query, int64_t **ret, uint32_t *ret_count)
{
    uint32_t capacity = *ret_count;
    int status;
    while ((status = query_step(query)) == 1) {
        status = mem_grow(ret, &capacity, *ret_count + 1, sizeof **ret, IDS_MAX);
        if (status != ST_OK)
            break;
        (*ret)[(*ret_count)++] = query_get_int(query, 0);
    }
    query_reset(query);
    return status;
}

int query_put(struct query *query)
{
    note_step(query->db);
    if (query->statement == NULL || query->status != ST_OK)
        return query->status;
    return query->db->driver->put(query);
}

void query_ahead(struct query *query)
{
    if (query->statement != NULL && query->status == ST_OK &&
        query->db->driver->ahead != NULL)
        query->db->driver->ahead(query);
}

void query_reset(struct query *query)
{
    if (query->statement != NULL)
        query->db->driver->reset(query->statement);
}

int64_t query_get_int(struct query *query, int column)
{
    return query->db->driver->get_int(query->statement, column);
}

double query_get_real(struct query *query, int column)
{
    return query->db->driver->get_real(query->statement, column);
}

const char *query_get_text(struct query *query, int column)
{
    return query->db->driver->get_text(query->statement, column);
}

bool query_get_null(struct query *query, int column)
{
    return query->db->driver->get_null(query->statement, column);
}

const void *query_get_blob(struct query *query, int column, size_t *ret_size)
{
    return query->db->driver->get_blob(query->statement, column, ret_size);
}

/* ---- transactions -------------------------------------------------------------------
 */

int db_begin(struct db *db)
{
    assert(db->mode != DB_READ);
    return db->driver->begin(db);
}

int db_commit(struct db *db)
{
    return db->driver->commit(db);
}

void db_rollback(struct db *db)
{
    db->driver->rollback(db);
}

int db_savepoint(struct db *db)
{
    return db->driver->savepoint(db);
}

int db_savepoint_release(struct db *db)
{
    return db->driver->savepoint_release(db);
}

int db_savepoint_rollback(struct db *db)
{
    return db->driver->savepoint_rollback(db);
}

void db_hold(struct db *db)
{
    assert(db->mode == DB_READ);
    if (db->driver == &db_sqlite_driver)
        db->hold = HOLD_ASKED;
}

void db_let_go(struct db *db)
{
    const bool is_begun = db->hold == HOLD_BEGUN;
    db->hold = HOLD_NONE;
    if (is_begun)
        db->driver->end_read(db);
}

int db_begin_read(struct db *db)
{
    return db->driver->begin_read(db);
}

void db_end_read(struct db *db)
{
    db->driver->end_read(db);
}

int db_checkpoint(struct db *db)
{
    assert(db->mode == DB_WRITE || db->mode == DB_LOG);
    return db->driver->checkpoint(db);
}

uint32_t db_log_pages(const struct db *db)
{
    return db->log_pages;
}

uint32_t db_log_copied(const struct db *db)
{
    return db->log_copied;
}

uint64_t db_log_bytes(const struct db *db)
{
    return db->log_bytes;
}

int db_brought_up_from(const struct db *db)
{
    return db->brought_up_from;
}

bool db_sync_failed(const struct db *db)
{
    return db->sync_failed;
}

int64_t db_changes(const struct db *db)
{
    return db->driver->changes(db);
}

void db_limit_pages(struct db *db, uint32_t pages)
{
    db->driver->limit_pages(db, pages);
}

uint32_t db_page_count(struct db *db)
{
    return db->driver->page_count(db);
}
