/* SPDX-License-Identifier: Apache-2.0 */
/* A drill in virtual time: a scenario run many times under each of its policies, with the
 * same people and the same luck for all of them. The same scenario, seed and options give
 * the same result, to the last bit. */
#ifndef MUSTER_DRILL_DRILL_H
#define MUSTER_DRILL_DRILL_H

#include "drill/scenario.h"
#include "drill/stats.h"
#include "drill/told.h"

#include <stdatomic.h>

#define DRILL_CHANGES_MAX 8

/* One need, or (the last of a policy) the whole run: filled = all its needs are. */
struct drill_tally {
    uint64_t runs, filled;
    struct mean alerts, waves, accepted, late, declined, no_answer, stood_down,
        undelivered, arrived, needless, lost;
    struct mean more_alerts, more_filled; /* this minus our own policy, run by run */
    struct times first, count;            /* on scene, after the incident */
    struct told told; /* none of the whole run: what is told is told of one need */
};

struct drill_policy {
    uint32_t policy;                                    /* in the scenario */
    struct drill_tally tallies[SCENARIO_NEEDS_MAX + 1]; /* [need_count] = whole run */
    uint32_t *by_person; /* alerts; NULL when people are drawn anew in each run */
    struct burden burden;
};

/* "What if": our own policy in the same runs with one thing changed. */
enum drill_change {
    DRILL_BUTTON_AT_ONCE,
    DRILL_CHANNELS_UP,
    DRILL_ROADS_OPEN,
    DRILL_TWO_MINUTES_MORE,
    DRILL_HALF_MORE_PEOPLE,
    DRILL_QUIET_LIFTED,
    DRILL_PLANNER_TOLD, /* the planner believes the truth */
};
struct drill_changed {
    enum drill_change change;
    struct estimate filled;
    struct mean more_filled, more_alerts; /* changed minus unchanged, run by run */
};

struct clock;

struct drill_options {
    uint64_t seed;
    uint32_t runs;           /* 0 = the scenario's */
    const char *policy;      /* NULL or "all" = all of them */
    bool full;               /* the real loop and store, not the fast engine */
    bool changes;            /* "what to change" too */
    const atomic_bool *stop; /* true: ST_BUSY soon; NULL = never */
    /* No run begins that, at the pace of those before it, would end later than US_MAX
     * after BEGUN_US on this clock. Those played (one at least) are the result, which is
     * then that of the same drill with so many `runs`. NULL: all are played. */
    struct clock *clock;
    int64_t begun_us, us_max;
    void (*progress)(void *context, const char *stage, uint64_t done, uint64_t all);
    void *context;
};

struct drill {
    const struct scenario *scenario;
    uint64_t seed;
    uint32_t runs, runs_asked; /* runs: that were played */
    bool full;
    uint32_t policy_count, ours; /* ours: index in policies, or policy_count */
    struct drill_policy *policies;
    uint32_t person_count; /* of by_person */
    uint32_t change_count;
    struct drill_changed changes[DRILL_CHANGES_MAX];
};

/* RET is released by drill_release, also after a failure. ST_NOT_FOUND: no such policy.
 * With people of an instance also ST_INVALID: a place lies off its roads.
 * ST_NO_MEMORY; with `full` also what the store says. */
int drill_run(const struct scenario *scenario, const struct drill_options *options,
              struct drill *ret, struct diag *reterr) __attribute__((warn_unused_result));
void drill_release(struct drill *drill);
/* What our own policy told of all needs; of no plan if it was not among those played. */
void drill_told(const struct drill *drill, struct told *ret);

/* The report as one JSON document, and as one HTML page with charts that needs nothing
 * else, in Chinese and English. */
struct text;
void drill_append_json(const struct drill *drill, struct text *ret);
void drill_append_html(const struct drill *drill, struct text *ret);
/* A table for people at a terminal. */
void drill_append_table(const struct drill *drill, struct text *ret);
const char *drill_change_code(enum drill_change change);

#endif
