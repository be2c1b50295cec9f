/* SPDX-License-Identifier: Apache-2.0 */
/* The full engine's context: the server in its parts, and the run under way. */
#ifndef MUSTER_DRILL_FULL_INTERNAL_H
#define MUSTER_DRILL_FULL_INTERNAL_H

#include "base/clock.h"
#include "base/random.h"
#include "crowd/crowd.h"
#include "drill/agenda.h"
#include "drill/full.h"
#include "drill/policy.h"
#include "drill/world.h"
#include "road/road.h"
#include "store/commands.h"
#include "store/vault.h"

#define FULL_ALERTS_MAX 1000000
#define FULL_DISPATCHER 1
#define FULL_VERIFIER 2
#define FULL_WHY "exercise"

/* An alert of this run as the world outside knows it; the agenda's row is its index. */
struct full_alert {
    int64_t alert_id;
    uint32_t need, person;
    struct world_answer answer;
};

struct full_need {
    int64_t need_id, callout_id; /* 0 = not yet */
    bool wants_start, phase_due, over;
    int64_t start_ms, planned_ms;
};

struct full_incident {
    int64_t id;                /* 0 = not reported yet */
    int64_t last_alert_id;     /* those up to it are known */
    struct loop_incident rows; /* a copy, after the last step */
};

struct full {
    const struct scenario *scenario;
    struct diag *reterr;
    uint64_t seed;
    struct world world;

    /* the server */
    char dir[64], db_path[96], keys_path[96], master_path[96], signing_path[96];
    struct clock_manual clock;
    struct random_seeded random;
    struct road *road; /* a street along which everybody stands at their travel time */
    struct skill_table *skills;
    struct vault *vault;
    struct crowd *crowd;
    struct writer *writer;
    struct response_model *model;
    int64_t *ids; /* of persons */
    uint32_t person_max;
    uint32_t placed_need; /* for which the crowd stands along the street */
    uint64_t placed_run;
    bool is_placed;

    /* the run */
    uint64_t sequence;
    int64_t base_ms; /* wall time of the scenario's start */
    const struct policy *policy;
    const struct outcome_counter *counter;
    struct drill_outcome *outcomes;
    struct agenda agenda;
    struct full_need needs[SCENARIO_NEEDS_MAX];
    struct full_incident incidents[SCENARIO_INCIDENTS_MAX];
    uint8_t *attempts; /* by person */
    struct full_alert *alerts;
    uint32_t alert_count, alert_capacity;
};

/* full_world.c */
int full_world_make(struct full *full) __attribute__((warn_unused_result));
void full_world_drop(struct full *full);
/* Puts everybody where they are for NEED; nothing if they stand there. */
int full_world_place(struct full *full, uint32_t need)
    __attribute__((warn_unused_result));

/* Adds the skills of BITS (people.skills) to RET. */
void full_add_skills(const struct scenario *scenario, uint32_t bits,
                     struct skill_set *ret);

/* full_act.c: what people and staff do. Each is one transaction at the clock's time. */
/* Whatever is due on the agenda. */
int full_act(struct full *full) __attribute__((warn_unused_result));
/* Every queued message goes out or fails, until none is queued. Reads all rows anew. */
int full_send(struct full *full) __attribute__((warn_unused_result));
/* Everybody home, everything verified, incidents closed. */
int full_close(struct full *full) __attribute__((warn_unused_result));

/* Their index from the id. */
uint32_t full_find_person(const struct full *full, int64_t id);

/* full_plan.c: plans and alerts for a need, if it is time. */
int full_plan(struct full *full, uint32_t need) __attribute__((warn_unused_result));
/* When it will be time; INT64_MAX = not before something happens. */
int64_t full_plan_due_ms(const struct full *full, uint32_t need);

/* full.c */
struct loop_incident *full_rows(struct full *full, uint32_t need);
int full_add(struct full *full, enum agenda_kind kind, int64_t at_ms, uint32_t need,
             uint64_t row) __attribute__((warn_unused_result));

#endif
