/* SPDX-License-Identifier: Apache-2.0 */
/* All open needs of an incident planned together: whoever qualifies for several is given
 * to one of them, the needs of the first priority first. A preview: nobody is alerted. */
#ifndef MUSTER_DISPATCH_JOINT_H
#define MUSTER_DISPATCH_JOINT_H

#include "dispatch/planner.h"

#define JOINT_PRIORITY_MAX 50 /* 1 comes first */

struct joint_need {
    int64_t need_id;
    uint32_t priority;
    /* in: the above; out: */
    struct scheme scheme; /* its plan with the people that are left to it */
    bool has_scheme;
    uint32_t alone_alerts; /* the plan as if it were the only need */
    double alone_probability;
    bool alone_reached;
    uint32_t given; /* people who were given to this need */
};

struct joint {
    struct joint_need *needs; /* the caller's, in the order of priority afterwards */
    uint32_t count;           /* at most LOOP_NEEDS_MAX */
    uint32_t shared; /* people whom more than one need would alert or could take */
    bool is_proved;
};

/* The wanted alerts of every need are places: first those for the counts, then those for
 * the refusals to be expected; people are assigned to places by `tasks` (plan/tasks.h:
 * priorities strictly, then least travel). Then each need is planned again without the
 * people of the others, in the order of priority, so that its probability is honest.
 * Needs that cannot be planned any more (not running) are left without a scheme. LIFT as
 * in planner_request. Thread-safe, no effect; twice the cost of the single plans. Release
 * also after a failure. */
int joint_plan(struct planner *planner, uint32_t lift, int64_t now_ms,
               struct joint *joint, struct diag *reterr)
    __attribute__((warn_unused_result));
void joint_release(struct joint *joint);

#endif
