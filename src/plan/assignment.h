/* SPDX-License-Identifier: Apache-2.0 */
/* The linear assignment problem: each row gets a column of its own at the least total
 * cost. */
#ifndef MUSTER_PLAN_ASSIGNMENT_H
#define MUSTER_PLAN_ASSIGNMENT_H

#include <stdint.h>

#define ASSIGNMENT_N_MAX 4000

/* COSTS is n x n by rows, finite. RET_COLUMN[row] = its column. RET_U[row] and
 * RET_V[column] (n each, may both be NULL) are duals: u + v <= cost everywhere, equal
 * where assigned, which proves the answer. O(n^3). ST_LIMIT, ST_NO_MEMORY. */
int assignment_solve(const double *costs, uint32_t n, uint32_t *ret_column, double *ret_u,
                     double *ret_v) __attribute__((warn_unused_result));

#endif
