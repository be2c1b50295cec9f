/* SPDX-License-Identifier: Apache-2.0 */
/* Response levels, plan records, who is left out, and road closures: rows that commands
 * of api and dispatch write and everybody reads. */
#ifndef MUSTER_STORE_RESPONSE_H
#define MUSTER_STORE_RESPONSE_H

#include "base/diag.h"
#include "geo/point.h"
#include "loop/model.h"

#include <stdint.h>

struct db;
struct writer;

const char *response_level_code(enum response_level level); /* ordinary IV III II I */

struct response {
    int64_t id, area_id;
    enum incident_kind hazard;
    enum response_level level;
    int64_t from_ms, to_ms; /* to_ms 0 = until ended */
    int64_t started_by, confirmed_by;
    const char *state; /* proposed, running, ended; static */
};
/* I and II start as `proposed` and want confirmation by another account; III and IV run
 * at once. Filled: id, from_ms, state. */
int response_put(struct writer *writer, struct response *response, int64_t now_ms,
                 struct diag *reterr) __attribute__((warn_unused_result));
/* ST_NOT_FOUND, ST_CONFLICT, ST_DENIED (confirmed by who proposed it). */
int response_confirm(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms,
                     struct response *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
int response_end(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms,
                 struct response *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* As it stands at NOW: one whose to_ms is over reads as ended. ST_NOT_FOUND. */
int response_read(struct db *db, int64_t id, int64_t now_ms, struct response *ret)
    __attribute__((warn_unused_result));
/* The highest one running for AREA or an area above it, LEVEL_NONE if there is none. The
 * errors of query_step: then it is not known. */
int response_level_of(struct db *db, int64_t area_id, int64_t now_ms,
                      enum response_level *ret) __attribute__((warn_unused_result));
/* When a level may change by itself; INT64_MAX: only by a command. */
int64_t response_next_change_ms(struct db *db, int64_t now_ms);

/* One JSON document per sent wave (invariant 12), written by dispatch in the transaction
 * of the wave. */
int plan_record_put(struct writer *writer, int64_t callout_id, int32_t wave,
                    const char *body, int64_t now_ms) __attribute__((warn_unused_result));
/* PEOPLE (each once) are asked in no wave of the call-out; inside its start. */
int left_out_put(struct writer *writer, int64_t callout_id, const int64_t *people,
                 uint32_t count) __attribute__((warn_unused_result));
/* Sorted; appended to *RET, which begins as NULL and is to be freed by mem_free. */
int left_out_list(struct db *db, int64_t callout_id, int64_t **ret, uint32_t *ret_count)
    __attribute__((warn_unused_result));

struct closure {
    int64_t id;
    struct point at;
    uint32_t radius_m;   /* 0: the polygon counts, or the road at the place alone */
    const char *polygon; /* GeoJSON geometry or NULL */
    uint32_t limit_kmh;  /* 0: closed; else nobody is faster there */
    int64_t until_ms;    /* 0 = until opened */
    const char *reason;
    int64_t actor;
    int64_t made_ms; /* filled by reading */
};
/* ST_LIMIT: CLOSURES_MAX are in force. */
#define CLOSURES_MAX 1000
int closure_put(struct writer *writer, struct closure *closure, int64_t now_ms)
    __attribute__((warn_unused_result));
/* ST_NOT_FOUND: none, or opened already. */
int closure_lift(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms)
    __attribute__((warn_unused_result));
/* Those whose time has come are opened: closure.expired in the instance chain. */
int closures_expire(struct writer *writer, int64_t now_ms)
    __attribute__((warn_unused_result));
/* How often the roads in force have changed up to NOW: made, opened or expired. Equal in
 * every process that reads this database at this time. */
int closures_count_changes(struct db *db, int64_t now_ms, uint64_t *ret)
    __attribute__((warn_unused_result));
/* Those in force. CLOSURE is valid during the call only. */
int closures_each(struct db *db, int64_t now_ms,
                  int (*visit)(void *context, const struct closure *closure),
                  void *context) __attribute__((warn_unused_result));

#endif
