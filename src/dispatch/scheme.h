/* SPDX-License-Identifier: Apache-2.0 */
/* From a need to a plan: asks the crowd for candidates, lets plan/ choose, and remembers
 * enough to explain it. No thread, no clock, no database: the server's planner, the
 * command line and drills share it. */
#ifndef MUSTER_DISPATCH_SCHEME_H
#define MUSTER_DISPATCH_SCHEME_H

#include "base/diag.h"
#include "base/text.h"
#include "crowd/crowd.h"
#include "dispatch/isolated.h"
#include "loop/loop.h"
#include "plan/learn.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <stdint.h>

#define SCHEME_CANDIDATES_MAX 50000 /* of one line */
#define SCHEME_RECORD_MAX 2000      /* candidates in a plan record */
#define SCHEME_EXCLUDED_MAX 20000   /* excluded ids in a plan record */
#define SCHEME_FORCED_MAX 5000
/* Also of the fast drills (drill/fast_plan.c), which plan alike. */
#define SCHEME_FIRST_ASKED 64 /* candidates for a small line */
#define SCHEME_PER_SEAT 6     /* a little more than it takes at the prior acceptance */
#define SCHEME_ASK_FACTOR 4
#define SCHEME_UNREAD_AFTER_MS 60000

struct scheme_config {
    struct crowd *crowd;
    const struct response_model *model;
    const struct learn *learn; /* NULL: nothing is known of anybody */
    /* Drills: what is expected of a person in place of `learn`; NULL = not. */
    struct learn_forecast (*forecast)(void *context, int64_t person_id,
                                      uint32_t travel_ms);
    void *context;
    const struct road *road; /* for its version; may be NULL */
    uint8_t channels;        /* bit per enum channel_kind: those that are switched on */
    enum plan_policy policy;
    double price; /* of a call-out that has none (plan.h); 0 = found from its target */
};

struct scheme_request {
    const struct need *need;
    /* The incident's rows, and the running call-out in them (NULL: it would be a new
     * one). INCIDENT may be NULL: nobody was asked yet. */
    const struct loop_incident *incident;
    const struct callout *callout;
    bool exercise;
    enum response_level level;
    uint32_t lift; /* LIFT_*; a running call-out's own is added */
    /* Persons, sorted by id, each once. */
    const int64_t *excluded, *forced;
    uint32_t excluded_count, forced_count;
    int64_t now_ms;
    bool at_once; /* one wave that reaches the target, in place of the policy's */
    bool explain; /* count the whole crowd when people are short */
    bool record;  /* gather what the plan record needs */
    bool held;    /* of a call-out that is filled: nobody is looked for or asked, and the
                     probability is that of those who hold seats */
};

struct scheme_person {
    int64_t id;
    char number[CROWD_NUMBER_MAX + 1];
    enum road_mode mode;
    uint32_t lines; /* bit per line of the need */
    uint32_t ms;
    int64_t area;
    struct skill_set skills;
    bool forced, first, has_email, has_phone, has_push;
    struct learn_forecast forecast;
    struct learn_history history; /* of those in the plan */
    bool told;        /* the reader may see the history: set by who shows the plan */
    double burden, q; /* as in plan.h; q 0 = not planned with */
};

struct scheme {
    struct plan plan; /* its people's `candidate` is an index here: */
    uint32_t candidate_count, candidate_capacity;
    struct scheme_person *candidates;
    uint32_t excluded[CROWD_REASON_COUNT]; /* people who can serve no line, each once */
    uint32_t excluded_id_count, excluded_id_capacity;
    struct crowd_excluded *excluded_ids; /* sorted by id */
    uint32_t shortfall_count;
    struct scheme_shortfall {
        uint32_t line, have, want;
    } shortfall[PLAN_LINES_MAX];
    uint32_t lift_quiet, lift_duty, lift_cap; /* people each lift would add */
    int64_t
        first_on_scene_ms; /* by then the first one is there as likely as not; 0 = no */
    uint64_t crowd_version, model_version, road_version, closed_version;
    int64_t need_id, callout_id, now_ms;
    int32_t version; /* of the call-out */
    uint8_t channels;
    bool exercise, night;
    enum plan_policy policy;
    double target, correlation;
    uint32_t counts[PLAN_LINES_MAX];
    struct isolated isolated; /* set by who shows the plan; its site is theirs */
};

/* Fills RET, to be released by scheme_release, also after a failure. ST_INVALID: the
 * place is far from any road, or the need is out of its limits. ST_UNPROCESSABLE: a
 * forced person cannot be alerted (invariant 10), reterr says who and why. ST_NOT_FOUND:
 * a forced person is not there. ST_LIMIT, ST_NO_MEMORY. */
int scheme_make(const struct scheme_config *config, const struct scheme_request *request,
                struct scheme *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
void scheme_release(struct scheme *scheme);

/* The wave of a scheme: *RET_INVITATIONS is a block (mem_free) that RET points to, and
 * RET->ask_limited points into the scheme. Links and reply codes are left to the store,
 * which knows the alerts' ids. ST_NO_MEMORY. */
int scheme_wave(const struct scheme *scheme, struct loop_wave *ret,
                struct loop_invitation **ret_invitations)
    __attribute__((warn_unused_result));

/* The plan of docs "Plan out" as a JSON object, without the closing bracket, so that who
 * shows it may add to it; with `seats`, `lifts`, `first_on_scene_s` and for each person
 * `mode` and the place on the 250 m grid. SKILLS (may be NULL) gives the codes of the
 * persons' skills. */
void scheme_append_json(const struct scheme *scheme, struct crowd *crowd,
                        const struct skill_table *skills, struct text *ret);
/* The plan record (invariant 12) as one JSON document; the request had `record`. */
void scheme_append_record(const struct scheme *scheme, struct text *ret);

#endif
