/* SPDX-License-Identifier: Apache-2.0 */
/* One is wanted: a time for each person, at which they are asked if nobody has said yes
 * until then. As many waves as there are minutes, planned together (look.h plans two).
 * The price is that of look.h. */
#ifndef MUSTER_PLAN_SCHEDULE_H
#define MUSTER_PLAN_SCHEDULE_H

#include "plan/look.h"

/* Whether WORK is of a kind that can be scheduled: one wanted, few who are asked. */
bool schedule_may(const struct work *work);
/* Whether there is so much time that two waves alert no fewer than a schedule. */
bool schedule_suffices(const struct planner *planner);
/* As look_plan, for wish->price > 0 or the smallest price that reaches wish->target. With
 * ST_OK the work's known people stand in the order in which they are asked.
 * ST_NOT_FOUND, ST_NO_MEMORY. */
int schedule_plan(struct planner *planner, struct work *work,
                  const struct look_wish *wish, struct look_result *ret)
    __attribute__((warn_unused_result));

#endif
