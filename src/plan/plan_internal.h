/* SPDX-License-Identifier: Apache-2.0 */
/* A plan while it is made: shared by plan.c and the plan_*.c beside it. */
#ifndef MUSTER_PLAN_PLAN_INTERNAL_H
#define MUSTER_PLAN_PLAN_INTERNAL_H

#include "plan/common.h"
#include "plan/line.h"
#include "plan/plan.h"

struct rank {
    uint32_t candidate;
    uint8_t group; /* 0 forced, 1 first, 2 the others */
    enum plan_reason reason;
    uint32_t travel_ms;
    double q, p_in_time;
    int64_t id;
};

/* One line while it is planned. */
struct work {
    struct line line;
    double *held_b;
    struct line_person *people;      /* pending, then the known free ones */
    uint32_t *pending_index;         /* [pending]: in input->pending */
    uint32_t pending, free, limited; /* how many of each */
    uint32_t known;     /* free ones whose rank and figures are there: the first ones */
    uint32_t ranked;    /* of a pool: ranks that are filled; known <= ranked <= free */
    uint32_t forced;    /* the first of the free ones */
    uint32_t alerts;    /* free ones to be alerted: the first ones */
    struct rank *ranks; /* [free] in the order of asking as far as known */
    struct pool *pool;  /* where more ranks come from; NULL = there are no more */
    uint32_t *limited_index;
    uint32_t seats;          /* that bind; LINE_SEATS_ALL if none do */
    uint32_t seats_resolved; /* as answered */
    uint32_t one_wave;       /* alerts that one wave takes */
    uint32_t later_most;     /* of the later wave; the next ones of `ranks` */
    double probability;      /* with those to be alerted, and the later wave */
    double reached;          /* by one_wave at once */
};

struct planner {
    const struct plan_input *input;
    struct plan *plan;
    struct common common;
    double *xs; /* by candidate: common_x, 0 = not asked for yet; NULL = one line only */
    double line_target;
    uint32_t extra; /* alerts that fairness has added: at most one */
    struct work works[PLAN_LINES_MAX];
};

/* ---- plan_people.c: who is there, who could be asked, in which order */

/* Weighs the common cause with what was answered so far. */
void people_observe(const struct plan_input *input, struct common *common);
/* Everybody who may serve one of LINES (a bit each), unordered: a block (mem_free). */
int people_rank(const struct plan_input *input, uint32_t lines, struct rank **ret,
                uint32_t *ret_count) __attribute__((warn_unused_result));
/* Everybody who may serve the first line, as work->pool; fills free. */
int people_pool(const struct plan_input *input, struct work *work)
    __attribute__((warn_unused_result));
/* The first TO of RANKS become the best ones, in order, given that the first FROM are. */
void people_order(struct rank *ranks, uint32_t count, uint32_t from, uint32_t to);
/* Fills WORK of LINE, whose `ranks` and `free` are set: those who hold a seat of it, its
 * pending ones, those who answered "limited"; nobody free is known yet. */
int people_of_line(struct planner *planner, uint32_t line, struct work *work)
    __attribute__((warn_unused_result));
/* Orders and converts the free ones up to TO (at most all that its pool has). */
void people_know(struct planner *planner, struct work *work, uint32_t to);
/* After two ranks among the known ones were changed. */
void people_convert(struct planner *planner, struct work *work, uint32_t rank);
/* The first N who answered "limited", by ETA, stand behind all the free ones. */
void people_add_limited(struct planner *planner, struct work *work, uint32_t n);
void work_release(struct work *work);
/* What the seats that `auto` gave cost of the line's tail, once a call-out runs; 0 where
 * the seats bind already, or none would be missing. */
int work_seats_loss(const struct planner *planner, const struct work *work, double *ret)
    __attribute__((warn_unused_result));
/* P(comes | yes) of somebody of whom OWN is known (0 = the model's), of a candidate. */
double people_comes_of(const struct plan_input *input, double own);
double people_comes(const struct plan_input *input, uint32_t candidate);
/* How likely a holder is there in time; a pending alert and a candidate as people. */
double people_holder(const struct plan_input *input, const struct plan_holder *holder);
int64_t people_silent_ms(const struct plan_input *input,
                         const struct plan_pending *pending);
struct line_person people_pending(struct planner *planner,
                                  const struct plan_pending *pending);
struct line_person people_candidate(struct planner *planner, const struct rank *rank);

/* ---- plan_lines.c: several lines at once */
int lines_plan(struct planner *planner) __attribute__((warn_unused_result));

/* ---- plan_fair.c: who of the nearly equal; may add one alert */
int fair_arrange(struct planner *planner, struct work *work)
    __attribute__((warn_unused_result));

/* ---- plan_curve.c: what else is to be said of a plan */
int curve_make(struct planner *planner) __attribute__((warn_unused_result));
/* The cheapest change: plans again with later deadlines. */
int change_find(struct planner *planner) __attribute__((warn_unused_result));

#endif
