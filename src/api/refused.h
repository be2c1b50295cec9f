/* SPDX-License-Identifier: Apache-2.0 */
/* What whoever runs the server wants to know of requests that were refused: each kind is
 * counted for /metrics, and told in the log at most once a minute, with how many. No
 * account and no address is told: names that are tried may be passwords in the wrong
 * field. Loop thread only. */
#ifndef MUSTER_API_REFUSED_H
#define MUSTER_API_REFUSED_H

#include "base/log.h"

#include <stdint.h>

struct api;
struct call;
struct text;

enum refused_kind {
    REFUSED_SIGN_IN, /* the account or the password is wrong */
    REFUSED_WAITING, /* too many failed before */
    REFUSED_TOKEN,   /* unknown, ended or taken back */
    REFUSED_CONNECTION,
    REFUSED_ERROR, /* 500, 501 */
    REFUSED_BUSY,  /* 503 */
    REFUSED_SPACE, /* 507 */
    REFUSED_COUNT
};

#define REFUSED_NEWEST_MAX 255
/* All zero at first. */
struct refused {
    struct log_count counts[REFUSED_COUNT];
    char newest[REFUSED_COUNT][REFUSED_NEWEST_MAX + 1]; /* members of the next line */
};

void refused_note(struct api *api, enum refused_kind kind);
/* An answer of 5xx; nothing for whoever has gone. INSTANCE: as the client was told; ""
 * without one. */
void refused_note_failure(struct call *call, int status, const char *instance);
/* The lines that are due, also of connections that found no room. */
void refused_tell(struct api *api);
/* Lines of /metrics. */
void refused_figures(const struct api *api, struct text *text);

#endif
