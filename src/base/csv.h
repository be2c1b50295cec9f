/* SPDX-License-Identifier: Apache-2.0 */
/* CSV as RFC 4180 says, in UTF-8: quotes, CRLF or LF, an optional byte order mark; blanks
 * around a cell without quotes are none of it. The text is read in place (it is changed);
 * cells point into it and live as long as it does. */
#ifndef MUSTER_BASE_CSV_H
#define MUSTER_BASE_CSV_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

#define CSV_COLUMNS_MAX 64
#define CSV_CELL_MAX 65536

struct csv {
    char *at, *end;
    uint32_t line; /* of the row read last, 1-based */
    uint32_t line_next;
    uint32_t count; /* cells in the row read last */
    char *cells[CSV_COLUMNS_MAX];
    uint32_t columns[CSV_COLUMNS_MAX]; /* byte column of each cell, 1-based */
};

/* TEXT has SIZE bytes and a NUL behind them. ST_INVALID if it is not UTF-8 or has a NUL.
 */
int csv_init(struct csv *csv, char *text, size_t size, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The next row with a cell that is not empty: 1, 0 at the end, or ST_INVALID / ST_LIMIT
 * with the place. */
int csv_next(struct csv *csv, struct diag *reterr) __attribute__((warn_unused_result));

/* A header line against the names a file may have. ret_index[i] = the column of names[i],
 * or -1. An unknown or doubled column is ST_INVALID and is named; so is a missing one of
 * the first REQUIRED names. Call it after the first csv_next. csv_header names the first
 * of them; csv_header_each tells each to WRONG, whose status other than ST_OK ends it. */
int csv_header(const struct csv *csv, const char *const *names, uint32_t name_count,
               uint32_t required, int32_t *ret_index, struct diag *reterr)
    __attribute__((warn_unused_result));
int csv_header_each(const struct csv *csv, const char *const *names, uint32_t name_count,
                    uint32_t required, int32_t *ret_index,
                    int (*wrong)(void *context, const struct diag *diag), void *context)
    __attribute__((warn_unused_result));

/* The rows of a file by what tells them apart. */
struct csv_key {
    const char *text;
    uint32_t line;
};
/* ST_INVALID names the first row in WHERE whose key an earlier one has. KEYS is put into
 * another order. O(n log n). */
int csv_check_keys(struct csv_key *keys, uint32_t count, const char *where,
                   struct diag *reterr) __attribute__((warn_unused_result));

/* A cell of a file that is written, in quotes where they are needed. What a spreadsheet
 * would take for a formula (a beginning with = + - @, a tab or a line end) gets a '
 * before it, numbers too: they are written without this. */
void csv_append_cell(struct text *ret, const char *cell);

#endif
