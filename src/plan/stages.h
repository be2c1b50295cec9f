/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is time: as many waves as there are looks at the answers, planned together.
 * look.h plans two; where one is wanted in one line schedule.h is finer. The price is
 * that of look.h. */
#ifndef MUSTER_PLAN_STAGES_H
#define MUSTER_PLAN_STAGES_H

#include "plan/look.h"

#define STAGES_COUNT_MAX 24   /* wanted */
#define STAGES_PEOPLE_MAX 192 /* asked in all waves */
#define STAGES_MAX 8          /* waves */
#define STAGES_MIN 3          /* for fewer look.h is finer */

/* Whether WORK, a line by itself, is best planned so: two to STAGES_COUNT_MAX wanted,
 * time for three waves. */
bool stages_may(const struct planner *planner, const struct work *work);
/* As look_plan, for wish->price > 0 or the smallest price that reaches wish->target.
 * ST_NOT_FOUND, ST_NO_MEMORY. */
int stages_plan(struct planner *planner, struct work *work, const struct look_wish *wish,
                struct look_result *ret) __attribute__((warn_unused_result));

/* The same one price after another, for sets of lines (plan_lines_stages.c): what comes
 * of WORK at a price, under each value of the common cause. */
#define STAGES_NODES 4
struct stages;
struct stages_outcome {
    uint32_t first;  /* alerts now */
    double expected; /* alerts in all, those now too */
    double probability[STAGES_NODES];
};
/* ONE_WAVE as in look_wish. WORK is referred to. ST_NOT_FOUND, ST_NO_MEMORY. */
int stages_new(struct stages **ret, struct planner *planner, struct work *work,
               uint32_t one_wave) __attribute__((warn_unused_result));
void stages_free(struct stages *stages); /* NULL is fine */
void stages_at(struct stages *stages, double price, struct stages_outcome *ret);
/* Of the last price: RET's later waves. */
void stages_later(struct stages *stages, struct look_result *ret);

#endif
