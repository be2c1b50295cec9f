/* SPDX-License-Identifier: Apache-2.0 */
/* Several lines while they are planned: one wave (plan_lines.c), what is planned for when
 * the target is out of reach (plan_lines_reach.c), many waves (plan_lines_stages.c) and
 * two (plan_lines_waves.c). */
#ifndef MUSTER_PLAN_PLAN_LINES_INTERNAL_H
#define MUSTER_PLAN_PLAN_LINES_INTERNAL_H

#include "plan/look.h"
#include "plan/match.h"

#define LINES_SETS_MAX (1u << PLAN_LINES_MAX)
#define LINES_PLAIN_SEATS_MAX 20000 /* of line_seats_plain */

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
    double target; /* planned for: the need's, or a share of what can be */
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

/* Makes the sequence in which people are asked for WANTED of each line. With SEATS a yes
 * is a success, in time or not. */
void lines_order(struct lines *lines, const uint32_t *wanted, bool seats);
/* P of the first N of the sequence, alerted at once, with a seat for everybody. */
int lines_prefix(struct lines *lines, uint32_t n, double *ret)
    __attribute__((warn_unused_result));
/* P that they are enough for MATCH, which is cleared before. With SEATS as lines_order.
 */
int lines_prefix_of(struct lines *lines, struct match *match, uint32_t n, bool seats,
                    double *ret) __attribute__((warn_unused_result));
/* *RET: the length of the shortest prefix, with everybody forced in it, for which that is
 * at least TARGET, or of the whole; *RET_P = what it is. */
int lines_shortest(struct lines *lines, struct match *match, bool seats, double target,
                   uint32_t *ret, double *ret_p) __attribute__((warn_unused_result));
/* Everything that follows from who is chosen, who with a seat for everybody would do with
 * P: seats and what full ones cost. REACHED: as many seats as keep it, not those that
 * fill the need if everybody comes. *RET = P with the seats. */
int lines_settle(struct lines *lines, double p, bool reached, double *ret)
    __attribute__((warn_unused_result));
/* The lines of a holder or somebody pending: those of OWN, or LINE alone. */
uint32_t lines_able_of(const struct lines *lines, uint32_t own, uint32_t line);
/* Whom to ask next, by lines->supply (P of a success, summed, of each set) and ->demand:
 * the type of the best one for the set that is farthest below its demand. HEADS[type] =
 * the q of the best one left, < 0: nobody is. 0: nobody is left, or all is ample. */
uint32_t lines_next_type(const struct lines *lines, const double *heads);
void lines_add_supply(struct lines *lines, uint32_t own, double q);
/* The lines that RANK is able for. */
uint32_t lines_able(const struct lines *lines, uint32_t rank);
/* P of those chosen, alerted at once, with a seat for everybody. */
int lines_probability(struct lines *lines, double *ret)
    __attribute__((warn_unused_result));

/* ---- plan_lines_reach.c */

/* The target is out of reach: *RET_SHARE, lines->target is its share of the most that
 * these people can reach together, and everything goes on as for a target in reach;
 * *RET_PEAK is the length of the prefix that reaches the most. Else even the most is no
 * hope, and those are chosen who could fill the seats, in time or not. Where the most is
 * small because one line has too few people, that would ask everybody for the others:
 * then only a most of nothing is no hope. */
int lines_unreachable(struct lines *lines, bool *ret_share, uint32_t *ret_peak)
    __attribute__((warn_unused_result));

/* ---- plan_lines_fewer.c: among those chosen, whose P is *P >= TARGET and stays so */

/* Leaves out one, or two for one of another type, as long as that can be. */
int lines_make_fewer(struct lines *lines, double target, double *p)
    __attribute__((warn_unused_result));
/* Who was alerted much of late gives way to a rested one of the same type. */
int lines_make_fair(struct lines *lines, double target, double *p)
    __attribute__((warn_unused_result));

/* ---- plan_lines_joint.c */

/* Two waves for all lines at once, WISH as of look_plan; RET->first = so many of the
 * sequence, and RET->expected INFINITY if the target cannot be reached so. ST_NOT_FOUND:
 * nobody is able for several lines, or there are too many combinations. ST_NO_MEMORY. */
int lines_joint(struct lines *lines, const struct look_wish *wish,
                struct look_result *ret) __attribute__((warn_unused_result));

/* ---- plan_lines_stages.c */

/* Many waves, as of lines_joint; the first RET->first of the sequence, which is put in
 * another order, are asked now. ST_NOT_FOUND: too many people or sets of lines, too
 * little time, or the target cannot be reached so. */
int lines_stages(struct lines *lines, const struct look_wish *wish,
                 struct look_result *ret) __attribute__((warn_unused_result));

/* ---- plan_lines_waves.c */

/* Many waves, or two if they alert fewer, in place of the one that was planned: the first
 * plan of a call-out. */
int lines_waves(struct lines *lines) __attribute__((warn_unused_result));
/* The call-out goes on: its price says who is worth it. */
int lines_priced(struct lines *lines) __attribute__((warn_unused_result));

#endif
