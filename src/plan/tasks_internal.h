/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of tasks.c. */
#ifndef MUSTER_PLAN_TASKS_INTERNAL_H
#define MUSTER_PLAN_TASKS_INTERNAL_H

#include "plan/flow.h"
#include "plan/tasks.h"

/* A good plan to begin with, and its tree (struct flow_start), for the network that
 * tasks_network made of INPUT. RET_FLOW is zero before. ST_NO_MEMORY. */
int tasks_start(const struct tasks_input *input, const struct flow_problem *network,
                int32_t *ret_flow, uint32_t *ret_tree)
    __attribute__((warn_unused_result));

#endif
