/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include "base/status.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int csv_init(struct csv *csv, char *text, size_t size, struct diag *reterr)
{
    if (memchr(text, '\0', size) != NULL)
        return diag_set(reterr, ST_INVALID, 0, 0, "", "the file holds a NUL byte");
    if (!text_is_utf8(text, size))
        return diag_set(reterr, ST_INVALID, 0, 0, "", "the file is not UTF-8");
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        size -= 3;
    }
    *csv = (struct csv){.at = text, .end = text + size, .line = 0, .line_next = 1};
    return ST_OK;
}

/* Reads a quoted cell; *at is behind the opening quote. The doubled quotes are folded in
 * place. Returns the byte behind the closing quote, NULL if there is none. */
static char *read_quoted(struct csv *csv, char *at)
{
    char *to = at;
    for (; at < csv->end; at++) {
        if (*at == '"' && at + 1 < csv->end && at[1] == '"')
            at++;
        else if (*at == '"') {
            char *next = at + 1;
            *to = '\0';
            return next;
        }
        if (*at == '\n')
            csv->line_next++;
        *to++ = *at;
    }
    return NULL;
}

/* Reads one cell and what ends it. 1 = a comma follows, 0 = the row ends, or an error. */
static int read_cell(struct csv *csv, const char *row, struct diag *reterr)
{
    uint32_t column = (uint32_t)(csv->at - row) + 1;
    if (csv->count == CSV_COLUMNS_MAX)
        return diag_set(reterr, ST_LIMIT, csv->line, column, "",
                        "more than %d columns in a row", CSV_COLUMNS_MAX);
    char *start = csv->at, *stop;
    const bool is_quoted = start < csv->end && *start == '"';
    if (is_quoted) {
        start++;
        stop = read_quoted(csv, start);
        if (stop == NULL)
            return diag_set(reterr, ST_INVALID, csv->line, column, "",
                            "a quote is opened and never closed");
    } else {
        stop = start;
        while (stop < csv->end && *stop != ',' && *stop != '\n' && *stop != '\r')
            if (*stop++ == '"')
                return diag_set(reterr, ST_INVALID, csv->line, column, "",
                                "a quote in the middle of a cell: quote the whole cell");
    }
    if (stop - start > CSV_CELL_MAX)
        return diag_set(reterr, ST_LIMIT, csv->line, column, "",
                        "a cell of more than %d bytes", CSV_CELL_MAX);
    char ending = stop < csv->end ? *stop : '\n';
    if (ending == '\r') {
        if (stop + 1 < csv->end && stop[1] != '\n')
            return diag_set(reterr, ST_INVALID, csv->line, column, "",
                            "a carriage return without a line feed");
        *stop++ = '\0';
        ending = '\n';
    }
    if (ending != ',' && ending != '\n')
        return diag_set(reterr, ST_INVALID, csv->line, column, "",
                        "text behind a closing quote");
    if (stop < csv->end)
        *stop++ = '\0';
    csv->cells[csv->count] = is_quoted ? start : text_trim(start);
    csv->columns[csv->count++] = column;
    csv->at = stop;
    return ending == ',';
}

static bool is_empty(const struct csv *csv)
{
    uint32_t i = 0;
    while (i < csv->count && csv->cells[i][0] == '\0')
        i++;
    return i == csv->count;
}

int csv_next(struct csv *csv, struct diag *reterr)
{
    while (csv->at < csv->end) {
        const char *row = csv->at;
        csv->line = csv->line_next;
        csv->count = 0;
        int more;
        do
            more = read_cell(csv, row, reterr);
        while (more == 1);
        if (more < 0)
            return more;
        csv->line_next++;
        if (!is_empty(csv))
            return 1;
    }
    return 0;
}

/* What is wrong with the column, in DIAG, or ST_OK once RET_INDEX has it. */
static int place_column(const struct csv *csv, uint32_t column, const char *const *names,
                        uint32_t name_count, int32_t *ret_index, struct diag *diag)
{
    uint32_t i = 0;
    while (i < name_count && strcmp(names[i], csv->cells[column]) != 0)
        i++;
    if (i == name_count)
        return diag_set(diag, ST_INVALID, csv->line, csv->columns[column],
                        csv->cells[column], "unknown column");
    if (ret_index[i] != -1)
        return diag_set(diag, ST_INVALID, csv->line, csv->columns[column], names[i],
                        "the column stands there twice");
    ret_index[i] = (int32_t)column;
    return ST_OK;
}

int csv_header_each(const struct csv *csv, const char *const *names, uint32_t name_count,
                    uint32_t required, int32_t *ret_index,
                    int (*wrong)(void *context, const struct diag *diag), void *context)
{
    struct diag diag;
    int result = ST_OK, status = ST_OK;
    for (uint32_t i = 0; i < name_count; i++)
        ret_index[i] = -1;
    for (uint32_t column = 0; column < csv->count && status == ST_OK; column++) {
        if (place_column(csv, column, names, name_count, ret_index, &diag) == ST_OK)
            continue;
        result = ST_INVALID;
        status = wrong(context, &diag);
    }
    for (uint32_t i = 0; i < required && status == ST_OK; i++) {
        if (ret_index[i] != -1)
            continue;
        result =
            diag_set(&diag, ST_INVALID, csv->line, 0, names[i], "the column is missing");
        status = wrong(context, &diag);
    }
    return status == ST_OK ? result : status;
}

static int keep_first(void *context, const struct diag *diag)
{
    if (context != NULL)
        *(struct diag *)context = *diag;
    return ST_INVALID;
}

int csv_header(const struct csv *csv, const char *const *names, uint32_t name_count,
               uint32_t required, int32_t *ret_index, struct diag *reterr)
{
    return csv_header_each(csv, names, name_count, required, ret_index, keep_first,
                           reterr);
}

static int by_text(const void *a, const void *b)
{
    const struct csv_key *one = a, *other = b;
    int order = strcmp(one->text, other->text);
    return order != 0 ? order : (one->line > other->line) - (one->line < other->line);
}

int csv_check_keys(struct csv_key *keys, uint32_t count, const char *where,
                   struct diag *reterr)
{
    const struct csv_key *first = NULL; /* the second of two */
    if (count > 1)
        qsort(keys, count, sizeof *keys, by_text);
    for (uint32_t i = 1; i < count; i++)
        if (strcmp(keys[i].text, keys[i - 1].text) == 0 &&
            (first == NULL || keys[i].line < first->line))
            first = &keys[i];
    if (first == NULL)
        return ST_OK;
    return diag_set(reterr, ST_INVALID, first->line, 0, where,
                    "'%s' stands on line %u too", first->text, first[-1].line);
}

void csv_append_cell(struct text *ret, const char *cell)
{
    const bool is_formula = cell[0] != '\0' && strchr("=+-@\t\r\n", cell[0]) != NULL;
    const bool is_quoted = strpbrk(cell, "\",\r\n") != NULL;
    text_append_string(ret, is_quoted ? "\"" : "");
    text_append_string(ret, is_formula ? "'" : "");
    for (const char *at = cell; *at != '\0'; at++)
        text_append(ret, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
    text_append_string(ret, is_quoted ? "\"" : "");
}
