/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes: every function that can fail returns 0 (ST_OK) or one of these negatives.
 * Bugs are asserts, absence is NULL or false; only expected failures have a code. */
#ifndef MUSTER_BASE_STATUS_H
#define MUSTER_BASE_STATUS_H

/* X(NAME, value, text) */
#define STATUS_LIST(X)                                                                   \
    X(INVALID, -1, "invalid input")                                                      \
    X(NOT_FOUND, -2, "not found")                                                        \
    X(CONFLICT, -3, "not possible in the present state")                                 \
    X(LIMIT, -4, "a limit was reached")                                                  \
    X(NO_MEMORY, -5, "out of memory")                                                    \
    X(IO, -6, "input or output failed")                                                  \
    X(NO_SPACE, -7, "no room on the disk")                                               \
    X(DENIED, -8, "not allowed")                                                         \
    X(STALE, -9, "made for an older state")                                              \
    X(BUSY, -10, "busy, try again")                                                      \
    X(CORRUPT, -11, "damaged data")                                                      \
    X(UNSUPPORTED, -12, "not supported")                                                 \
    X(UNPROCESSABLE, -13, "understood but not acceptable")                               \
    X(CLOSED, -14, "closed")                                                             \
    X(UNAUTHENTICATED, -15, "sign in first")

enum status {
    ST_OK = 0,
#define X(name, value, text) ST_##name = value,
    STATUS_LIST(X)
#undef X
};

/* The English text of a status; never NULL. */
const char *status_text(int status);

#define MUSTER_MUST_USE __attribute__((warn_unused_result))

#endif
