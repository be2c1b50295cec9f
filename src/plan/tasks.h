/* SPDX-License-Identifier: Apache-2.0 */
/* Many tasks at once: who takes which place of which task, when. Lexicographic (after
 * Sperling 2026 and Falasca and Zobel 2012): first as many places as possible of priority
 * 1, then of priority 2, and so on; among those plans the one that fills early blocks
 * rather than late ones; then the one that spreads the work most evenly; then the one
 * with the least travel, where leaving a place costs SWITCH_S more, so that people stay
 * where they are unless it pays. Exact, deterministic, proved by its duals.
 *
 * Why one flow does all four: the sets of places that can be filled together are the
 * independent sets of a matroid (a gammoid), whose best bases depend on the order of the
 * weights alone. So any weights that fall with (priority, block) give the same plans as
 * weights so far apart that no number of lower ones outweighs a higher one. */
#ifndef MUSTER_PLAN_TASKS_H
#define MUSTER_PLAN_TASKS_H

#include <stdbool.h>
#include <stdint.h>

#define TASKS_PEOPLE_MAX 50000
#define TASKS_SLOTS_MAX 50000
#define TASKS_ARCS_MAX 10000000
#define TASKS_COUNT_MAX 5000     /* places of one slot */
#define TASKS_PLACES_MAX 60000   /* of all slots */
#define TASKS_PRIORITY_MAX 100   /* 1 comes first */
#define TASKS_BLOCK_MAX 1000     /* blocks of time, 0 the earliest */
#define TASKS_PER_PERSON_MAX 48  /* places one person takes */
#define TASKS_WORKED_MAX 200     /* places taken before */
#define TASKS_SECONDS_MAX 100000 /* travel, and the price of a switch */
#define TASKS_NONE UINT32_MAX

/* So many places of one task in one block of time. */
struct tasks_slot {
    uint32_t task; /* the caller's number */
    uint32_t block, count, priority;
};
struct tasks_person {
    uint32_t places; /* takes at most so many, at most one in a block */
    uint32_t worked; /* has had so many before: others come first */
    uint32_t task;   /* is at this one now; TASKS_NONE */
};
/* PERSON may take a place of SLOT, SECONDS away. */
struct tasks_arc {
    uint32_t person, slot, seconds;
};

struct tasks_input {
    const struct tasks_person *people;
    const struct tasks_slot *slots;
    const struct tasks_arc *arcs; /* by person, each pair once */
    uint32_t person_count, slot_count, arc_count;
    uint32_t switch_s;
};

struct tasks {
    uint8_t *taken;    /* by arc: the plan */
    uint32_t *covered; /* by slot: places filled */
    uint32_t places;   /* filled in all */
    uint32_t kept;     /* people at a task who take a place of it */
    uint32_t moved;    /* people at a task who take only places of others */
    uint64_t travel_s; /* of all places filled */
    bool is_proved;    /* the duals prove that no plan is better */
};

/* Fills RET (tasks_release). ST_INVALID with what is wrong where: a number out of range,
 * arcs out of order; ST_LIMIT, ST_NO_MEMORY. */
struct diag;
int tasks_solve(const struct tasks_input *input, struct tasks *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
void tasks_release(struct tasks *tasks);

/* The network of INPUT, for comparison with other ways to solve it: RET->arcs is a block
 * (mem_free). Arc i < arc_count is the input's arc i or, for a person who takes several
 * places, the way from the person's block to the slot. */
struct flow_problem;
int tasks_network(const struct tasks_input *input, struct flow_problem *ret,
                  struct diag *reterr) __attribute__((warn_unused_result));

#endif
