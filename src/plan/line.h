/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a need: how probable is its count, given who holds a seat and who is asked,
 * with as many seats as it takes or with a given number. The people's acceptance moves
 * together (common.h): every figure is a sum over the nodes. Used inside plan/ only. */
#ifndef MUSTER_PLAN_LINE_H
#define MUSTER_PLAN_LINE_H

#include "plan/common.h"

#include <stdbool.h>
#include <stdint.h>

/* States with less mass than this are dropped (tail.h): below 1e-11 in the answer for any
 * line of LINE_EXACT_MAX. */
#define LINE_EPSILON 1e-17
/* Up to this count the distributions are summed, beyond it they are refined normal
 * approximations (science: Volkova; off by less than 1e-4, test_line.c). */
#define LINE_EXACT_MAX 200
#define LINE_NODES_SMALL 16 /* of common.h, for lines up to LINE_EXACT_MAX */
#define LINE_NODES_LARGE 64
#define LINE_SEATS_ALL UINT32_MAX

/* Somebody asked: says yes with probability share * a_x(z); having said yes, is there in
 * time with b. */
struct line_person {
    double x, share, b;
};

struct line {
    const struct common *common;
    uint32_t count;       /* wanted on scene */
    uint32_t held;        /* seats taken */
    const double *held_b; /* [held]: there in time */
    /* Pending ones first, then the candidates in the order in which they are asked. */
    const struct line_person *people;
    uint32_t people_count;
};

/* The probability of a yes, over what is hidden. */
double line_yes(const struct common *common, const struct line_person *person);

/* RET[i] = P(at least count are there) with the first AT[i] people asked (ascending, <=
 * people_count) and SEATS seats in all (LINE_SEATS_ALL: for everybody). Those who say yes
 * too late get none: who comes first is taken as independent of who they are, and the
 * loss by full seats is computed for people of the average b, so that the answer is exact
 * while the seats do not bind. O(people * deviation * nodes). ST_NO_MEMORY. */
struct line_points {
    uint32_t seats, count;
    const uint32_t *at;
};
int line_points(const struct line *line, const struct line_points *points, double *ret)
    __attribute__((warn_unused_result));

/* The shortest prefix (>= FROM) that reaches TARGET with SEATS seats, all people if there
 * is none. */
struct line_wish {
    uint32_t from, seats;
    double target;
};
struct line_found {
    uint32_t count;
    double probability;
    double before; /* of one fewer; 0 if that is less than FROM */
    double plain;  /* with a seat for everybody */
};
int line_shortest(const struct line *line, const struct line_wish *wish,
                  struct line_found *ret) __attribute__((warn_unused_result));

/* The fewest seats (>= count) with which the first N people reach TARGET; as many as may
 * be needed if the plain tail does not reach it. */
int line_seats(const struct line *line, uint32_t n, double target, uint32_t *ret)
    __attribute__((warn_unused_result));

/* The shortest prefix (>= FROM) with P(held + yeses >= SEATS) >= TARGET, all people if
 * there is none. */
int line_accepted(const struct line *line, const struct line_wish *wish, uint32_t *ret)
    __attribute__((warn_unused_result));

/* The fewest seats with which P(Binomial(seats, b) >= count) >= target, at most
 * seats_max. */
int line_seats_plain(uint32_t count, double b, double target, uint32_t seats_max,
                     uint32_t *ret) __attribute__((warn_unused_result));

#endif
