/* SPDX-License-Identifier: Apache-2.0 */
/* Where requests begin in the bytes of a client whom somebody else answers: enough to
 * tell one request from the others, and nothing that decides how they are answered. A
 * head that our own reader refuses ends the search: from there on all bytes are passed
 * on, and the server behind refuses it too. Pure. */
#ifndef MUSTER_HTTP_BOUNDARY_H
#define MUSTER_HTTP_BOUNDARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct boundary { /* zeroed: before the first request */
    uint64_t body_left;
    size_t scanned; /* of the head that is not whole */
    bool is_blind;
};

typedef bool boundary_wanted(const char *method, const char *path);

/* DATA[0..SIZE) begins where the last call's *RET_PASS ended. True: the head of a request
 * that WANTED takes begins at *RET_PASS, whole. False: *RET_PASS bytes are of others, and
 * what stands behind them is a head that is not whole yet. IS_LAST: there is no room for
 * more of it. WANTED NULL: nobody takes any. O(SIZE), but for what was scanned before. */
bool boundary_find(struct boundary *boundary, const char *data, size_t size, bool is_last,
                   boundary_wanted *wanted, size_t *ret_pass);

#endif
