/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and columns are read from the schema's own text, so a table that is added there
 * is copied without a word here. Rows go in pages behind the last key; a row is hashed
 * column by column: a letter for the kind (- for NULL), the size, the bytes. */
#include "store/copy.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "store/db.h"
#include "store/schema.h"
#include "store/verify.h"

#include <assert.h>
#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define PAGE_ROWS 500
#define SQL_MAX 16384
#define FINDINGS_MAX (1 << 20)

struct copy {
    const struct copy_config *config;
    struct copy_table *tables;
    uint32_t count;
    struct copy_result result;
    EVP_MD_CTX *hash;
    struct diag *reterr;
};

/* ---- what tables there are ----------------------------------------------------------
 */

static const char *skip_space(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

static const char *read_word(const char *at, char *ret, size_t size)
{
    size_t length = 0;
    at = skip_space(at);
    while (isalnum((unsigned char)*at) || *at == '_') {
        if (length + 1 < size)
            ret[length++] = *at;
        at++;
    }
    ret[length] = '\0';
    return at;
}

static int add_column(struct copy_table *table, const char *text)
{
    char type[16];
    if (table->column_count == COPY_COLUMNS_MAX)
        return ST_LIMIT;
    uint32_t index = table->column_count++;
    const char *at =
        read_word(text, table->columns[index].name, sizeof table->columns[index].name);
    (void)read_word(at, type, sizeof type);
    table->columns[index].type = type[0];
    return strchr("IRTB", type[0]) != NULL && type[0] != '\0' ? ST_OK : ST_UNSUPPORTED;
}

static bool has_word(const char *at, const char *end, const char *word)
{
    size_t size = strlen(word);
    for (; at + size <= end; at++)
        if (strncmp(at, word, size) == 0)
            return true;
    return false;
}

/* PRIMARY KEY (a, b) */
static int add_keys(struct copy_table *table, const char *at, const char *end)
{
    char name[48];
    while (at < end && *at != '(')
        at++;
    while (at < end && *at != ')') {
        at = read_word(at + 1, name, sizeof name);
        for (uint32_t i = 0; i < table->column_count; i++)
            if (strcmp(table->columns[i].name, name) == 0) {
                if (table->key_count == COUNT_OF(table->keys))
                    return ST_LIMIT;
                table->keys[table->key_count++] = i;
            }
        at = skip_space(at);
    }
    return ST_OK;
}

/* One column or constraint, up to END. */
static int add_part(struct copy_table *table, const char *at, const char *end)
{
    char word[48];
    (void)read_word(at, word, sizeof word);
    if (strcmp(word, "PRIMARY") == 0)
        return add_keys(table, at, end);
    if (strcmp(word, "UNIQUE") == 0 || strcmp(word, "FOREIGN") == 0 ||
        strcmp(word, "CHECK") == 0)
        return ST_OK;
    int status = add_column(table, at);
    if (status == ST_OK && has_word(at, end, "PRIMARY KEY"))
        table->keys[table->key_count++] = table->column_count - 1;
    return status;
}

/* AT stands behind the name; *ret_end behind the last parenthesis. */
static int parse_table(const char *at, struct copy_table *table, const char **ret_end)
{
    while (*at != '\0' && *at != '(')
        at++;
    int depth = 0, status = ST_OK;
    const char *part = at + 1;
    for (; *at != '\0' && status == ST_OK; at++) {
        depth += (*at == '(') - (*at == ')');
        bool is_end = *at == ')' && depth == 0;
        if ((*at == ',' && depth == 1) || is_end) {
            status = add_part(table, part, at);
            part = at + 1;
        }
        if (is_end)
            break;
    }
    *ret_end = at;
    return status == ST_OK && table->key_count == 0 ? ST_UNSUPPORTED : status;
}

static struct copy_table *find_table(struct copy_table *tables, uint32_t count,
                                     const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(tables[i].name, name) == 0)
            return &tables[i];
    return NULL;
}

/* ADD [COLUMN] column, RENAME TO name */
static int parse_alter(const char *at, struct copy_table *tables, uint32_t count)
{
    char name[48], word[48], to[48];
    at = read_word(at, name, sizeof name);
    at = read_word(at, word, sizeof word);
    const char *column = read_word(at, to, sizeof to);
    struct copy_table *table = find_table(tables, count, name);
    if (table != NULL && strcmp(word, "ADD") == 0)
        return add_column(table, strcmp(to, "COLUMN") == 0 ? column : at);
    if (table == NULL || strcmp(word, "RENAME") != 0 || strcmp(to, "TO") != 0)
        return ST_UNSUPPORTED;
    (void)read_word(column, table->name, sizeof table->name);
    return ST_OK;
}

static int parse_drop(const char *at, struct copy_table *tables, uint32_t *count)
{
    char name[48];
    (void)read_word(at, name, sizeof name);
    struct copy_table *table = find_table(tables, *count, name);
    if (table == NULL)
        return ST_UNSUPPORTED;
    --*count; /* the others keep their order: whom rows refer to is copied first */
    memmove(table, table + 1, (size_t)(&tables[*count] - table) * sizeof *table);
    return ST_OK;
}

int copy_parse(const char *sql, struct copy_table *tables, uint32_t *count)
{
    static const char create[] = "CREATE TABLE ", alter[] = "ALTER TABLE ",
                      drop[] = "DROP TABLE ";
    for (const char *at = sql; *at != '\0'; at++) {
        int status = ST_OK;
        if (strncmp(at, create, strlen(create)) == 0) {
            if (*count == COPY_TABLES_MAX)
                return ST_LIMIT;
            struct copy_table *table = &tables[(*count)++];
            *table = (struct copy_table){.column_count = 0};
            at = read_word(at + strlen(create), table->name, sizeof table->name);
            status = parse_table(at, table, &at);
        } else if (strncmp(at, alter, strlen(alter)) == 0) {
            status = parse_alter(at + strlen(alter), tables, *count);
        } else if (strncmp(at, drop, strlen(drop)) == 0) {
            status = parse_drop(at + strlen(drop), tables, count);
        }
        if (status != ST_OK || *at == '\0')
            return status;
    }
    return ST_OK;
}

/* ---- the statements -----------------------------------------------------------------
 */

static void append_keys(struct text *sql, const struct copy_table *table)
{
    for (uint32_t i = 0; i < table->key_count; i++)
        text_appendf(sql, "%s%s", i == 0 ? "" : ", ",
                     table->columns[table->keys[i]].name);
}

static void append_columns(struct text *sql, const struct copy_table *table)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        text_appendf(sql, "%s%s", i == 0 ? "" : ", ", table->columns[i].name);
}

static void append_marks(struct text *sql, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        text_appendf(sql, "%s?%u", i == 0 ? "" : ", ", i + 1);
}

static void append_select(struct text *sql, const struct copy_table *table, bool behind)
{
    text_append_string(sql, "SELECT ");
    append_columns(sql, table);
    text_appendf(sql, " FROM %s", table->name);
    if (behind) {
        text_append_string(sql, " WHERE (");
        append_keys(sql, table);
        text_append_string(sql, ") > (");
        append_marks(sql, table->key_count);
        text_append_string(sql, ")");
    }
    text_append_string(sql, " ORDER BY ");
    append_keys(sql, table);
    text_appendf(sql, " LIMIT %d", PAGE_ROWS);
}

static int make_statements(struct copy_table *table)
{
    struct text sql;
    text_init(&sql, SQL_MAX);
    append_select(&sql, table, false);
    table->first = text_take(&sql);
    append_select(&sql, table, true);
    table->next = text_take(&sql);
    text_appendf(&sql, "INSERT INTO %s (", table->name);
    append_columns(&sql, table);
    text_append_string(&sql, ") VALUES (");
    append_marks(&sql, table->column_count);
    text_append_string(&sql, ")");
    table->insert = text_take(&sql);
    return table->first == NULL || table->next == NULL || table->insert == NULL
               ? ST_NO_MEMORY
               : ST_OK;
}

static void drop_tables(struct copy *copy)
{
    for (uint32_t i = 0; i < copy->count; i++) {
        mem_free(copy->tables[i].first);
        mem_free(copy->tables[i].next);
        mem_free(copy->tables[i].insert);
    }
    mem_free(copy->tables);
}

/* IS_KEYS: the tables of the keys, else the store's. */
static int find_tables(struct copy *copy, bool is_keys)
{
    copy->tables = mem_calloc(COPY_TABLES_MAX, sizeof *copy->tables);
    if (copy->tables == NULL)
        return ST_NO_MEMORY;
    const char *sql;
    int status = is_keys ? copy_parse(schema_keys(), copy->tables, &copy->count) : ST_OK;
    for (int step = 0; step < SCHEMA_VERSION && !is_keys; step++)
        for (int part = 0; status == ST_OK && (sql = schema_step(step, part)) != NULL;
             part++)
            status = copy_parse(sql, copy->tables, &copy->count);
    for (uint32_t i = 0; i < copy->count && status == ST_OK; i++)
        status = make_statements(&copy->tables[i]);
    return status;
}

/* ---- rows ---------------------------------------------------------------------------
 */

static void copy_value(struct query *from, uint32_t column, char type, struct query *to,
                       int index)
{
    size_t size;
    if (query_get_null(from, (int)column))
        return; /* what is not bound is NULL */
    switch (type) {
    case 'I':
        query_int(to, index, query_get_int(from, (int)column));
        break;
    case 'R':
        query_real(to, index, query_get_real(from, (int)column));
        break;
    case 'T':
        query_text(to, index, query_get_text(from, (int)column));
        break;
    default: {
        const void *data = query_get_blob(from, (int)column, &size);
        query_blob(to, index, data == NULL ? "" : data, size); /* empty, not NULL */
    }
    }
}

static void hash_value(EVP_MD_CTX *hash, struct query *from, uint32_t column, char type)
{
    uint64_t word = 0;
    const void *data = &word;
    size_t size = sizeof word;
    double real;
    if (query_get_null(from, (int)column)) {
        type = '-';
    } else if (type == 'I') {
        word = (uint64_t)query_get_int(from, (int)column);
    } else if (type == 'R') {
        real = query_get_real(from, (int)column);
        memcpy(&word, &real, sizeof word);
    } else if (type == 'T') {
        data = query_get_text(from, (int)column);
        size = strlen(data);
    } else {
        data = query_get_blob(from, (int)column, &size);
    }
    const uint64_t length = size;
    (void)EVP_DigestUpdate(hash, &type, 1); /* cannot fail */
    (void)EVP_DigestUpdate(hash, &length, sizeof length);
    if (size > 0)
        (void)EVP_DigestUpdate(hash, data, size);
}

/* One row: into TO if there is one, else into the hash. */
static int take_row(struct copy *copy, const struct copy_table *table, struct query *row,
                    struct db *to)
{
    struct query *insert = to == NULL ? NULL : db_query(to, table->insert);
    for (uint32_t i = 0; i < table->column_count; i++)
        if (insert != NULL)
            copy_value(row, i, table->columns[i].type, insert, (int)i + 1);
        else
            hash_value(copy->hash, row, i, table->columns[i].type);
    return insert == NULL ? ST_OK : query_run(insert);
}

/* Every row of the table, page by page behind the last key. */
static int walk_table(struct copy *copy, const struct copy_table *table, struct db *from,
                      struct db *to, int64_t *rows)
{
    /* The key of the last row is kept in a statement that is bound again. */
    struct query *page = db_query(from, table->first);
    for (;;) {
        int64_t count = 0, numbers[4] = {0};
        char *texts[4] = {NULL};
        size_t sizes[4] = {0};
        int status;
        while ((status = query_step(page)) == 1) {
            status = take_row(copy, table, page, to);
            if (status != ST_OK)
                break;
            if (++count == PAGE_ROWS)
                for (uint32_t i = 0; i < table->key_count; i++) {
                    int column = (int)table->keys[i];
                    const void *data = query_get_blob(page, column, &sizes[i]);
                    numbers[i] = query_get_int(page, column);
                    texts[i] = mem_alloc(sizes[i] + 1);
                    if (texts[i] == NULL)
                        return ST_NO_MEMORY;
                    memcpy(texts[i], sizes[i] == 0 ? "" : data, sizes[i]);
                    texts[i][sizes[i]] = '\0';
                }
        }
        query_reset(page);
        *rows += count;
        if (status == ST_OK && count == PAGE_ROWS) {
            page = db_query(from, table->next);
            for (uint32_t i = 0; i < table->key_count; i++) {
                char type = table->columns[table->keys[i]].type;
                if (type == 'I')
                    query_int(page, (int)i + 1, numbers[i]);
                else if (type == 'T')
                    query_text(page, (int)i + 1, texts[i]);
                else
                    query_blob(page, (int)i + 1, texts[i], sizes[i]);
            }
        }
        for (uint32_t i = 0; i < COUNT_OF(texts); i++)
            mem_free(texts[i]);
        if (status != ST_OK || count < PAGE_ROWS)
            return status;
    }
}

static int walk(struct copy *copy, struct db *from, struct db *to, int64_t *rows)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < copy->count && status == ST_OK; i++) {
        if (to == NULL) /* the hash tells the tables apart */
            (void)EVP_DigestUpdate(copy->hash, copy->tables[i].name,
                                   strlen(copy->tables[i].name) + 1);
        status = walk_table(copy, &copy->tables[i], from, to, rows);
        if (status != ST_OK)
            return diag_set(copy->reterr, status, 0, 0, copy->tables[i].name,
                            "cannot be %s: %s", to == NULL ? "read" : "copied",
                            status_text(status));
        if (to != NULL && copy->config->progress != NULL)
            copy->config->progress(copy->config->context, copy->tables[i].name, i + 1,
                                   copy->count);
    }
    return status;
}

static int finish_hash(EVP_MD_CTX *hash, char ret[65])
{
    uint8_t bytes[32];
    (void)EVP_DigestFinal_ex(hash, bytes, NULL); /* cannot fail */
    text_to_hex(bytes, sizeof bytes, ret);
    return ST_OK;
}

/* One side's rows: counted and hashed. */
static int weigh(struct copy *copy, const char *path, enum db_mode mode,
                 int64_t *ret_rows, char ret_hash[65])
{
    struct db *db;
    int status = db_open(&db, path, mode, copy->reterr);
    if (status != ST_OK)
        return status;
    (void)EVP_DigestInit_ex(copy->hash, EVP_sha256(), NULL); /* cannot fail */
    *ret_rows = 0;
    status = mode == DB_READ ? db_begin_read(db) : ST_OK;
    if (status == ST_OK)
        status = walk(copy, db, NULL, ret_rows);
    if (mode == DB_READ)
        db_end_read(db);
    db_close(db);
    return status == ST_OK ? finish_hash(copy->hash, ret_hash) : status;
}

/* ---- the copy -----------------------------------------------------------------------
 */

static int transfer(struct copy *copy, struct db *from, struct db *to, const char *guard)
{
    struct query *query = db_query(to, guard);
    int status = query_step(query);
    bool is_empty = status == 1 && query_get_int(query, 0) == 0;
    query_reset(query);
    if (status == 1 && !is_empty)
        return diag_set(copy->reterr, ST_CONFLICT, 0, 0, "the target",
                        "holds an instance already, perhaps an earlier copy: empty it, "
                        "or give another one");
    int64_t rows = 0;
    if (status == 1)
        status = db_begin(to);
    if (status == ST_OK)
        status = walk(copy, from, to, &rows);
    if (status == ST_OK)
        status = db_commit(to);
    if (status != ST_OK)
        db_rollback(to);
    return status;
}

/* The tables of one kind from FROM to TO, then both weighed. */
static int copy_side(struct copy *copy, bool is_keys, const char *from, const char *to)
{
    enum db_mode read = is_keys ? DB_KEYS : DB_READ;
    struct db *source = NULL, *target = NULL;
    char hash[2][65];
    int64_t rows[2];
    copy->count = 0;
    int status = find_tables(copy, is_keys);
    if (status == ST_OK)
        status = db_open(&source, from, read, copy->reterr);
    if (status == ST_OK)
        status = db_open(&target, to, is_keys ? DB_KEYS : DB_WRITE, copy->reterr);
    if (status == ST_OK)
        status = transfer(copy, source, target,
                          is_keys ? "SELECT count(*) FROM key_block"
                                  : "SELECT count(*) FROM account");
    db_close(source);
    if (status == ST_OK && !is_keys)
        status = db_checkpoint(target);
    db_close(target);
    if (status == ST_OK)
        status = weigh(copy, from, read, &rows[0], hash[0]);
    if (status == ST_OK)
        status = weigh(copy, to, read, &rows[1], hash[1]);
    if (status == ST_OK && (rows[0] != rows[1] || strcmp(hash[0], hash[1]) != 0))
        status = diag_set(copy->reterr, ST_CORRUPT, 0, 0, "the copy",
                          "differs: %lld rows %s, here %lld rows %s", (long long)rows[0],
                          hash[0], (long long)rows[1], hash[1]);
    copy->result.tables += copy->count;
    if (status == ST_OK) {
        copy->result.rows += rows[0];
        memcpy(copy->result.hash, hash[0], sizeof copy->result.hash);
    }
    drop_tables(copy);
    return status;
}

static int verify_side(struct copy *copy, const char *path, const char *what)
{
    struct db *db;
    struct verify_result result;
    struct text findings;
    int status = db_open(&db, path, DB_READ, copy->reterr);
    if (status != ST_OK)
        return status;
    text_init(&findings, FINDINGS_MAX);
    status = verify_store(db, NULL, 0, &result, &findings, copy->reterr);
    if (status == ST_OK && result.findings > 0)
        status = diag_set(copy->reterr, ST_CORRUPT, 0, 0, what, "does not verify: %.150s",
                          text_string(&findings));
    text_release(&findings);
    db_close(db);
    if (status == ST_OK)
        copy->result.events = result.events;
    return status;
}

int copy_store(const struct copy_config *config, struct copy_result *ret,
               struct diag *reterr)
{
    struct copy copy = {.config = config, .reterr = reterr, .hash = EVP_MD_CTX_new()};
    if (copy.hash == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    int status = verify_side(&copy, config->from_db, "the source");
    if (status == ST_OK) /* first, so that no store is there without its keys */
        status = copy_side(&copy, true, config->from_keys, config->to_keys);
    if (status == ST_OK)
        status = copy_side(&copy, false, config->from_db, config->to_db);
    if (status == ST_OK)
        status = verify_side(&copy, config->to_db, "the copy");
    EVP_MD_CTX_free(copy.hash);
    if (status == ST_OK)
        *ret = copy.result;
    return status;
}
