/* SPDX-License-Identifier: Apache-2.0 */
/* The common SQL in PostgreSQL's words. Both are mechanical: parameters by their mark,
 * the schema by a table of words. */
#include "store/db_postgres.h"

#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

#define SQL_SIZE_MAX (1 << 20)

/* Takes the text over; NULL if it did not fit into memory. */
static char *finish(struct text *text)
{
    char *copy = text->status == 0 ? mem_strdup(text_string(text)) : NULL;
    text_release(text);
    return copy;
}

char *postgres_parameters(const char *sql, int *ret_count)
{
    struct text out;
    text_init(&out, SQL_SIZE_MAX);
    bool quoted = false;
    int highest = 0;
    for (const char *at = sql; *at != '\0'; at++) {
        quoted = quoted != (*at == '\'');
        text_append(&out, *at == '?' && !quoted ? "$" : at, 1);
        int number = 0;
        if (*at == '?' && !quoted)
            for (const char *digit = at + 1; isdigit((unsigned char)*digit); digit++)
                number = number * 10 + (*digit - '0');
        highest = number > highest ? number : highest;
    }
    *ret_count = highest;
    return finish(&out);
}

char *postgres_schema(const char *sql)
{
    /* Texts are compared byte by byte, as SQLite does. */
    static const struct {
        const char *from, *to;
    } words[] = {
        {" WITHOUT ROWID", ""},           {" INTEGER", " bigint"},
        {" REAL", " double precision"},   {" BLOB", " bytea"},
        {" TEXT", " text COLLATE \"C\""},
    };
    struct text out;
    text_init(&out, SQL_SIZE_MAX);
    bool quoted = false;
    for (const char *at = sql; *at != '\0';) {
        size_t taken = 0;
        for (size_t i = 0; !quoted && i < COUNT_OF(words); i++) {
            size_t size = strlen(words[i].from);
            if (strncmp(at, words[i].from, size) != 0 ||
                isalnum((unsigned char)at[size]) || at[size] == '_')
                continue;
            text_append_string(&out, words[i].to);
            taken = size;
            break;
        }
        quoted = quoted != (*at == '\'');
        if (taken == 0)
            text_append(&out, at, 1);
        at += taken == 0 ? 1 : taken;
    }
    return finish(&out);
}
