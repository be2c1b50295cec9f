/* SPDX-License-Identifier: Apache-2.0 */
/* One need at one place, as an emergency office asks about it, made into a scenario for
 * the people of an instance: how would it go, and how by rules of thumb? */
#ifndef MUSTER_DRILL_QUESTION_H
#define MUSTER_DRILL_QUESTION_H

#include "drill/scenario.h"

#define QUESTION_RUNS 200 /* unless asked otherwise */
#define QUESTION_RUNS_MAX 2000
#define QUESTION_TARGET_MAX 0.9999

struct question {
    struct point at;
    int64_t start_ms; /* wall; of the report and of the call-out */
    uint32_t minutes; /* to the deadline, 1 to SCENARIO_MINUTES_MAX */
    double target;    /* 0.01 to QUESTION_TARGET_MAX */
    double price;     /* of the instance: plan_price; 0 = by target */
    uint32_t runs;
    uint32_t weekly_cap;
    int64_t no_answer_ms;
    uint32_t line_count;
    struct question_line {
        const char *const *skills; /* codes of the instance; all of them are wanted */
        uint32_t skill_count, count;
    } lines[SCENARIO_LINES_MAX];
};

/* The policies compared, ours first:
 *
 *     ours       the planner
 *     nearest    4 for each one wanted, at once
 *     reach      everybody whose way takes at most half of the time
 *     phased     2 for each one wanted, and as many again each eighth of the time
 *     top-up     3 for each one wanted open or accepted at any time
 *
 * ST_LIMIT: more than SCENARIO_SKILLS_MAX different skills. */
int question_scenario(const struct question *question, struct scenario *ret)
    __attribute__((warn_unused_result));

#endif
