/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a need: how probable is its count, given who holds a seat and who is asked,
 * with as many seats as it takes or with a given number. Used by plan.c only. */
#ifndef MUSTER_PLAN_LINE_H
#define MUSTER_PLAN_LINE_H

#include <stdbool.h>
#include <stdint.h>

/* States with less mass than this are dropped (tail.h): below 1e-12 in the answer for any
 * plan within the limits. */
#define LINE_EPSILON 1e-18

/* Somebody asked: says yes with probability a; having said yes, is there in time with b.
 */
struct line_person {
    double a, b;
};

struct line {
    uint32_t count;       /* wanted on scene */
    uint32_t held;        /* seats taken */
    const double *held_b; /* [held]: there in time */
    /* Pending ones first, then the candidates in the order in which they are asked. */
    const struct line_person *people;
    uint32_t people_count;
};

/* RET[i - from] = P(at least count are there) with the first i people asked and seats for
 * all, i = from ... to (<= people_count). Stops early once STOP_AT is reached; *ret_last
 * = the last i written. O((held + to) * deviation). ST_NO_MEMORY. */
struct line_range {
    uint32_t from, to;
    double stop_at;
};
int line_reach(const struct line *line, struct line_range range, double *ret,
               uint32_t *ret_last) __attribute__((warn_unused_result));

/* The same for the first N people and SEATS seats in all: those who say yes too late get
 * none. Who comes first is taken as independent of who they are; the loss by full seats
 * is computed for people of the average b, so that the answer is exact while the seats do
 * not bind. */
int line_limited(const struct line *line, uint32_t n, uint32_t seats, double *ret)
    __attribute__((warn_unused_result));

/* The fewest seats (>= count) with which the first N people reach TARGET; as many as may
 * be needed if the plain tail does not reach it. */
int line_seats(const struct line *line, uint32_t n, double target, uint32_t *ret)
    __attribute__((warn_unused_result));

/* The shortest prefix (>= FROM) with P(held + yeses >= SEATS) >= TARGET, all people if
 * there is none. */
int line_accepted(const struct line *line, uint32_t from, uint32_t seats, double target,
                  uint32_t *ret) __attribute__((warn_unused_result));

/* The fewest seats with which P(Binomial(seats, b) >= count) >= target, at most
 * seats_max. */
int line_seats_plain(uint32_t count, double b, double target, uint32_t seats_max,
                     uint32_t *ret) __attribute__((warn_unused_result));

#endif
