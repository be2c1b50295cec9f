/* SPDX-License-Identifier: Apache-2.0 */
/* The roads that are closed now, or slow: a closure with a limit closes nothing, nobody
 * is faster than its limit there. Where closures meet the strictest counts. Built from
 * the database at start, again after every change and when a closure's time is over; the
 * crowd gets the new set in one exchange, so that no question sees half of one. What
 * others search by themselves (matrix, a person on the way) takes the same set here.
 *
 * The places of a closure become edges once, in O(points of the network); after that a
 * change costs O(closed edges). All functions are thread-safe but new and free. */
#ifndef MUSTER_DISPATCH_CLOSURES_H
#define MUSTER_DISPATCH_CLOSURES_H

#include "base/clock.h"
#include "base/diag.h"

#include <stdint.h>

#define CLOSURES_RADIUS_M_MAX 20000
#define CLOSURES_ROAD_M_MAX 50 /* "the road here" is not farther from the place */

struct closure;
struct closures;
struct crowd;
struct road;
struct road_closed;
struct road_hierarchy;
struct writer;

struct closures_config {
    const struct road *road; /* NULL: nothing can be closed */
    struct crowd *crowd;
    struct road_hierarchy *hierarchy; /* follows what is closed; NULL: there is none */
    const char *db_path;
    struct clock *clock;
    /* After another set has come into force, on the thread that saw it. May be NULL. */
    void (*on_change)(void *context);
    void *context;
};

int closures_new(struct closures **ret, const struct closures_config *config,
                 struct diag *reterr) __attribute__((warn_unused_result));
/* Crowd and hierarchy have no closed roads after it. Nothing taken may be out. NULL is
 * fine. */
void closures_free(struct closures *closures);
/* Reads what is in force at NOW and exchanges the set if it is another one. Call it after
 * a closure was made or opened. RET_NEXT_MS (may be NULL): when the next one ends,
 * INT64_MAX = none. On a failure the set of before stays. */
int closures_refresh(struct closures *closures, int64_t now_ms, int64_t *ret_next_ms)
    __attribute__((warn_unused_result));
/* One turn of the thread below, for who has none: opens what is over by WRITER, refreshes
 * if it is time or something changed. Returns when it is due next. */
int64_t closures_step(struct closures *closures, struct writer *writer, int64_t now_ms);
/* A thread that opens what is over (closure.expired by WRITER) and refreshes. */
int closures_start(struct closures *closures, struct writer *writer)
    __attribute__((warn_unused_result));
void closures_stop(struct closures *closures);

/* How many edges CLOSURE would close or slow; with none it is refused: ST_UNPROCESSABLE,
 * the field in reterr->where. O(points of the network): not for a loop's thread. */
int closures_check(const struct closures *closures, const struct closure *closure,
                   uint32_t *ret_edges, struct diag *reterr)
    __attribute__((warn_unused_result));

/* What closures_new was given, for views; CLOSURES may be NULL: NULL. */
struct road_hierarchy *closures_hierarchy(const struct closures *closures);

/* One state of all closures, until it is given back. CLOSURES may be NULL: NULL. */
struct closures_state;
const struct closures_state *closures_take(struct closures *closures);
void closures_give(struct closures *closures, const struct closures_state *state);
/* For road_search_avoid; NULL = all open. STATE may be NULL. */
const struct road_closed *closures_set(const struct closures_state *state);
uint64_t closures_version(const struct closures_state *state);
/* The edges of one closure; *ret_count 0 if it is not in force. */
const uint32_t *closures_edges(const struct closures_state *state, int64_t id,
                               uint32_t *ret_count);

#endif
