/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as RFC 9457 problem documents, and the one table from status codes to HTTP. */
#ifndef MUSTER_API_PROBLEM_H
#define MUSTER_API_PROBLEM_H

#include "base/diag.h"
#include "base/text.h"

#include <stdint.h>

#define PROBLEM_ERRORS_MAX 16
#define PROBLEM_POINTER_MAX 127
#define PROBLEM_DETAIL_MAX 1023
#define PROBLEM_TEXT_MAX (1024 * 1024) /* bytes of the document */

struct problem {
    int status;           /* HTTP */
    int retry_after_s;    /* > 0: the header Retry-After */
    const char *allowed;  /* inputs or methods allowed, comma separated; NULL = none */
    const char *of;       /* with them: whose state it is, as "incident"; "" = not said */
    const char *instance; /* names this occurrence; NULL = none */
    const char *members; /* further members, JSON with a comma before each; NULL = none */
    char detail[PROBLEM_DETAIL_MAX + 1];
    uint32_t error_count;
    struct problem_error {
        char pointer[PROBLEM_POINTER_MAX + 1]; /* JSON pointer (RFC 6901) in the body */
        char detail[PROBLEM_DETAIL_MAX + 1];
    } errors[PROBLEM_ERRORS_MAX];
};

/* Sets status and detail, forgets errors. */
void problem_init(struct problem *problem, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds one wrong field (the first PROBLEM_ERRORS_MAX are kept) and makes the status 422
 * unless it is an error already. */
void problem_add(struct problem *problem, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Makes it a 409 that says what the present state OF something takes: WORDS, ", "
 * between,
 * "" = nothing. Both must live as long as the problem. */
void problem_allow(struct problem *problem, const char *of, const char *words);
/* What a command or query refused: STATUS is ST_*, DIAG may be NULL. An ST_CONFLICT's
 * text is the list of inputs allowed when it holds no space or only ", ". */
void problem_from_status(struct problem *problem, int status, const struct diag *diag);
/* The document. */
void problem_write(const struct problem *problem, struct text *ret);

/* The HTTP status of an ST_* code. */
int problem_http_status(int status);

#endif
