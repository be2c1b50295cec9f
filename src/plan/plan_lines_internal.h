/* SPDX-License-Identifier: Apache-2.0 */
/* Several lines while they are planned: one wave (plan_lines.c) and two
 * (plan_lines_waves.c). */
#ifndef MUSTER_PLAN_PLAN_LINES_INTERNAL_H
#define MUSTER_PLAN_PLAN_LINES_INTERNAL_H

#include "plan/match.h"
#include "plan/plan_internal.h"

#define LINES_SETS_MAX (1u << PLAN_LINES_MAX)

struct chosen {
    uint32_t rank;
    uint32_t line;
};

struct lines {
    struct planner *planner;
    uint32_t line_count, all; /* all = a bit per line */
    struct rank *ranks;
    uint32_t rank_count, known;
    struct match *match; /* counts on scene */
    uint32_t *sequence;  /* ranks in the order of asking */
    uint32_t length, forced;
    uint8_t *in; /* [rank]: is alerted */
    struct chosen *chosen;
    uint32_t count; /* of chosen */
    double demand[LINES_SETS_MAX], supply[LINES_SETS_MAX];
    uint32_t left[LINES_SETS_MAX]; /* known ones of each type */
    bool exact;
    double at_once;    /* P of those chosen, if all are alerted at once */
    double seats_loss; /* what full seats cost of it */
};

/* The first N of the sequence are chosen. */
void lines_choose_prefix(struct lines *lines, uint32_t n);
/* Gives each of those chosen a line: those able for few lines first, each to the line of
 * theirs that is supplied worst. */
void lines_give(struct lines *lines);
/* WORK, released before, becomes that of LINE with the people chosen for it only. */
int lines_fill_work(struct lines *lines, uint32_t line, struct work *work)
    __attribute__((warn_unused_result));

/* ---- plan_lines_waves.c */

/* Two waves in place of the one that was planned, if they alert fewer: the first plan of
 * a call-out. */
int lines_waves(struct lines *lines) __attribute__((warn_unused_result));
/* The call-out goes on: its price says who is worth it. */
int lines_priced(struct lines *lines) __attribute__((warn_unused_result));

#endif
