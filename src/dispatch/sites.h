/* SPDX-License-Identifier: Apache-2.0 */
/* The sites as one question needs them: read with the caller's connection on its thread,
 * then worked on by any thread. */
#ifndef MUSTER_DISPATCH_SITES_H
#define MUSTER_DISPATCH_SITES_H

#include "base/text.h"
#include "geo/point.h"

#include <stdbool.h>
#include <stdint.h>

struct db;

#define SITE_MUSTER "muster"
#define SITE_HOMES "homes" /* a building or hamlet: capacity = its households */

struct site {
    char *code, *kind, *name;
    struct point at;
    int64_t capacity; /* -1 = not known */
    uint32_t ms;      /* for who works on them */
};
struct sites {
    struct site *items; /* by code */
    uint32_t count, capacity;
};

/* KIND: only those; NULL = all. ST_NO_MEMORY, ST_IO. */
int sites_load(struct sites *ret, struct db *db, const char *kind)
    __attribute__((warn_unused_result));
void sites_release(struct sites *sites);
bool site_is_homes(const struct site *site);
/* Appends {"code","kind","name","at","capacity"? and leaves the object open. */
void site_append_json(const struct site *site, struct text *ret);

#endif
