/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of routes: what is asked, who may, what the body is, who answers. The
 * dispatcher and the OpenAPI document are made from it. */
#ifndef MUSTER_API_ROUTES_H
#define MUSTER_API_ROUTES_H

#include "api/body.h"
#include "store/account.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct problem;

/* Sets of roles. Trainers act as dispatchers where the incident is an exercise. */
#define MAY(role) (1U << ROLE_##role)
enum {
    MAY_PUBLIC = 0, /* no account needed */
    MAY_READ = (1U << ROLE_COUNT) - 1,
    MAY_DISPATCH = MAY(ADMIN) | MAY(COMMANDER) | MAY(DISPATCHER),
    MAY_DRILL = MAY_DISPATCH | MAY(TRAINER), /* trainers: exercises only */
    MAY_COMMAND = MAY(ADMIN) | MAY(COMMANDER),
    MAY_VERIFY = MAY_DISPATCH | MAY(VERIFIER),
    MAY_IMPROVE = MAY_DRILL | MAY(VERIFIER), /* findings */
    MAY_TRAIN = MAY(ADMIN) | MAY(TRAINER),
    MAY_ADMIN = MAY(ADMIN),
    MAY_SEE_PEOPLE = MAY_DISPATCH | MAY(TRAINER) | MAY(AUDITOR),
    MAY_AUDIT = MAY_DISPATCH | MAY(VERIFIER) | MAY(TRAINER) | MAY(AUDITOR),
};

enum {
    ROUTE_IDEMPOTENT = 1, /* takes Idempotency-Key */
    ROUTE_CURSOR = 2,     /* a list with cursor and limit */
    ROUTE_HIDDEN = 4,     /* not in the OpenAPI document */
    ROUTE_IF_MATCH = 8,   /* wants If-Match */
    ROUTE_LOCAL = 16,     /* from loopback only */
    ROUTE_CSV = 32,       /* takes text/csv: the handler reads the body itself */
    ROUTE_CAP = 1024,     /* the same with application/cap+xml */
    ROUTE_JOIN = 64,      /* only where the configuration says `join = yes` */
    ROUTE_ETAG = 128,     /* answers with an ETag */
    ROUTE_FRESH = 256,    /* and with 304 to who has what it names */
    ROUTE_PAGE = 512,     /* as a page to who accepts text/html */
};

struct route {
    const char *method, *pattern;
    void (*handler)(struct call *call);
    unsigned may, flags;
    const struct schema *request; /* NULL: no body */
    const char *queries;          /* names, space between; NULL = none */
    const char *response;         /* component name, a media type, or NULL */
    int status;                   /* of success */
    const char *id, *tag, *summary;
    /* Answers a form that was not understood. NULL: takes JSON only, no form. */
    void (*refuse_form)(struct call *call, struct problem *problem);
};

extern const struct route routes[];
extern const uint32_t route_count;

/* The {..} of a path: numbers go to *ret_id, words to ret_word (size >= 128). NULL: no
 * such route; then *ret_allow (size >= 64) lists the methods the path has, "" = none. */
const struct route *route_find(const char *method, const char *path, int64_t *ret_id,
                               char *ret_word, char *ret_allow);

/* The media type of a body that the handler reads itself; NULL: it is JSON, or there is
 * none. */
const char *route_file_type(const struct route *route);

/* Of WORDS, ", " between, those that a client can say in what it asks: as `step` or
 * `answer` of ROUTE, or, if its body has neither, as `step` anywhere. Fills RET of SIZE
 * bytes, cut before the first word that does not fit. */
void route_keep_words(const struct route *route, const char *words, char *ret,
                      size_t size);

#endif
