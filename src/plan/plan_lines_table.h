/* SPDX-License-Identifier: Apache-2.0 */
/* Two waves for several lines at once: what a first wave and a look at the answers make
 * possible. Used by plan_lines_joint.c. */
#ifndef MUSTER_PLAN_PLAN_LINES_TABLE_H
#define MUSTER_PLAN_PLAN_LINES_TABLE_H

#include "plan/plan_lines_internal.h"

#define TABLE_TYPES_MAX 5
#define TABLE_TOP_MAX 12    /* people of one type that are told apart */
#define TABLE_CELLS_MAX 512 /* combinations of the numbers of all types but the last */
#define TABLE_STATES_MAX 512
#define TABLE_SECOND_MAX 64 /* asked in the second wave */
#define TABLE_GRID 12       /* sizes of it that are looked at */
#define TABLE_NODES 4       /* of the common cause */

/* One figure for every node; the compiler computes with all of them at once. */
typedef double nodes
    __attribute__((vector_size(TABLE_NODES * sizeof(double)), aligned(8)));

/* A number of people. */
struct spread {
    nodes at[TABLE_TOP_MAX + 1];
    uint32_t low, high; /* what lies outside is negligible */
};

/* People able for the same lines. */
struct table_type {
    uint32_t lines, top;    /* the sum of the lines' counts: more people are no better */
    uint32_t listed, *list; /* ranks, in the order of asking */
    uint32_t asked;         /* of the list: in the first wave */
    uint32_t yes_most;
    struct spread there[TABLE_TOP_MAX + 1];     /* [yes by the look]: there in the end */
    nodes mass[TABLE_TOP_MAX + 1];              /* of there[y] */
    double expected[TABLE_TOP_MAX + 1];         /* given those yeses: there in the end */
    struct spread second[TABLE_SECOND_MAX + 1]; /* [so many of the second wave] */
    uint32_t second_count;
    double second_q[TABLE_SECOND_MAX];
};

/* What was answered by the look, so many yeses of each type, where somebody more may be
 * worth it. */
struct table_state {
    double mass;
    uint32_t sizes;          /* of the grid, looked at */
    double gain[TABLE_GRID]; /* P(this, and filled) with a second wave of that size */
};

struct table {
    struct lines *lines;
    struct common common;
    uint32_t type_count;
    uint8_t place[LINES_SETS_MAX]; /* [lines]: the type that counts for it, or NONE */
    struct table_type *types; /* [TABLE_TYPES_MAX]; the one told apart finest is last */
    uint32_t cells;
    uint8_t needed[TABLE_CELLS_MAX]; /* of the last type, to be filled; or NEVER */
    uint32_t *ranks;                 /* the block of the lists */
    struct table_state *states;
    uint32_t state_count;
    uint32_t filled; /* how often Hall's condition was summed: what it costs */
    double rest;     /* P(filled) in all other states, where nobody more is asked */
};

extern const uint32_t TABLE_SIZES[TABLE_GRID];

/* PEOPLE of the sequence are looked at, the first LIKELY of whom are asked most probably.
 * The types with most people are told apart; the others count for one of these that is
 * able for less, or not at all, so all is a lower bound then. ST_NOT_FOUND if there are
 * too many combinations; ST_NO_MEMORY. table_release also after a failure. */
int table_init(struct table *table, struct lines *lines, uint32_t people, uint32_t likely)
    __attribute__((warn_unused_result));
void table_release(struct table *table);
/* The first FIRST of the sequence are asked now, and the answers are looked at AFTER_MS
 * from now. Given the common cause everything is exact, for unlike people too: the
 * numbers of the types (those who said yes, those who are there) are independent, and
 * Hall's condition joins them. The second wave of a state is asked in the order of
 * lines_next_type; sizes that cannot be worth PRICE are left out. false: more than
 * TABLE_STATES_MAX. */
bool table_fill(struct table *table, uint32_t first, int64_t after_ms, double price);

#endif
