/* SPDX-License-Identifier: Apache-2.0 */
/* What was wrong with an input, and where: filled by functions that parse what users
 * wrote. */
#ifndef MUSTER_BASE_DIAG_H
#define MUSTER_BASE_DIAG_H

#include <stdint.h>

#define DIAG_TEXT_MAX 255
#define DIAG_WHERE_MAX 255

struct diag {
    int status;                     /* it was said with */
    uint32_t line;                  /* 1-based; 0 = no line */
    uint32_t column;                /* 1-based; 0 = no column */
    char where[DIAG_WHERE_MAX + 1]; /* field, file or JSON pointer; may be empty */
    char text[DIAG_TEXT_MAX + 1];   /* what is wrong and what to do; one sentence */
};

/* Fills DIAG (may be NULL) and returns STATUS, so that a parser can write
 * `return diag_set(reterr, ST_INVALID, 3, 0, "lat", "is not a number: %s", s);`.
 * Control bytes in the result are replaced by '?'. */
int diag_set(struct diag *diag, int status, uint32_t line, uint32_t column,
             const char *where, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* What a parser of the file PATH has said, as said of PATH: its `where` goes before its
 * text. Returns STATUS; does nothing if that is ST_OK. DIAG may be NULL. */
int diag_in_file(struct diag *diag, int status, const char *path);
/* Before DIAG is shown: memory may run out where nobody says so, and what was said before
 * (of a file that may be missing, say) is then not the reason. */
void diag_settle(struct diag *diag, int status);

#endif
