/* SPDX-License-Identifier: Apache-2.0 */
/* The fast engine's context: call-outs, alerts and people as they stand in the run. */
#ifndef MUSTER_DRILL_FAST_INTERNAL_H
#define MUSTER_DRILL_FAST_INTERNAL_H

#include "drill/agenda.h"
#include "drill/fast.h"
#include "drill/policy.h"
#include "drill/world.h"
#include "plan/plan.h"

#define FAST_ALERTS_MAX (SCENARIO_PEOPLE_MAX * SCENARIO_NEEDS_MAX * 4)

enum alert_is {
    IS_PENDING,
    IS_DECLINED,
    IS_NO_ANSWER,
    IS_VOID,
    IS_LATE,
    IS_STOOD_DOWN, /* unanswered or late, and let go: may be asked anew */
    IS_ASSIGNED,
    IS_EN_ROUTE,
    IS_ON_SCENE,
    IS_LOST,
    IS_GONE, /* had a seat and was let go */
};

struct call {
    uint32_t need, person;
    enum alert_is state;
    uint32_t line;    /* invited for; with a seat, that of the seat */
    uint32_t invited; /* the line of the invitation */
    uint32_t lines;   /* bit per line they can serve */
    uint32_t travel_ms;
    double p_accept;
    int64_t alerted_ms, accepted_ms, left_ms;
    int64_t arrives_ms; /* who is under way */
    int64_t lost_ms;    /* who has not left, or not arrived, by then: contact is lost */
    struct world_answer answer;
};

struct callout_now {
    bool started, active, filled, met, over;
    bool target_holds;
    int32_t reserve[SCENARIO_LINES_MAX];
    uint32_t holding[SCENARIO_LINES_MAX], on_scene[SCENARIO_LINES_MAX],
        open[SCENARIO_LINES_MAX], alerted[SCENARIO_LINES_MAX]; /* by line invited for */
    int64_t start_ms, deadline_ms;
    int64_t replan_ms; /* 0 = not */
    int64_t planned_ms;
    double price; /* of the newest plan */
};

struct known_person {
    uint32_t attempts; /* alerts of this run */
    int64_t sum_ms;    /* of their times */
    uint32_t asked;    /* bit per need: not to be asked again */
    uint32_t said_yes; /* bit per need: late, and let go; asked first */
    bool busy;         /* pending or assigned somewhere */
};

struct fast {
    const struct scenario *scenario;
    struct world world;
    struct response_model *model;
    const struct policy *policy;
    const struct outcome_counter *counter;
    struct drill_outcome *outcomes;
    struct agenda agenda;
    int64_t now_ms;
    int status;

    struct callout_now needs[SCENARIO_NEEDS_MAX];
    struct known_person *people;
    struct call *calls; /* in the order in which they were alerted */
    uint32_t call_count, call_capacity;
    uint32_t *seats; /* calls, in the order of their yes */
    uint32_t seat_count, seat_capacity;

    struct plan_candidate *candidates; /* and whom they are, for one plan */
    struct plan_holder *holders;
    struct plan_pending *pending;
    struct plan_answer *answers;
    uint32_t *invited_ms; /* by candidate: the way as computed */
    uint32_t room;        /* of the five */
};

/* fast.c */
/* Alerts a person who serves LINES, for LINE of the need. */
struct fast_invitation {
    uint32_t need, person, line, lines, travel_ms;
    double p_accept;
};
void fast_alert(struct fast *fast, const struct fast_invitation *invitation);
/* What follows from seats and plans: src/loop/seats.c, settle_need. */
void fast_settle(struct fast *fast, uint32_t need);
/* Whether every line has all its seats accepted. */
bool fast_has_all_seats(const struct fast *fast, uint32_t need);

/* fast_seats.c: the line in which CALL has a seat now, -1 = none is free. Others may be
 * moved between lines for it, as src/loop/seats.c does. */
int32_t fast_take_seat(struct fast *fast, uint32_t call);

/* fast_plan.c: plans the call-out and alerts. */
void fast_plan(struct fast *fast, uint32_t need);

#endif
