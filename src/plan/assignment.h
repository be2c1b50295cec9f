/* SPDX-License-Identifier: Apache-2.0 */
/* The linear assignment problem: every row gets a column of its own at the least total
 * cost (with more rows than columns: every column a row). */
#ifndef MUSTER_PLAN_ASSIGNMENT_H
#define MUSTER_PLAN_ASSIGNMENT_H

#include <stdint.h>

#define ASSIGNMENT_N_MAX 4000 /* rows, and columns */
#define ASSIGNMENT_NONE UINT32_MAX

struct assignment_problem {
    const double *costs; /* rows x columns, by rows; INFINITY = forbidden */
    uint32_t rows, columns;
};

/* RET_COLUMN[row] = its column, ASSIGNMENT_NONE for a row that is left over.
 * RET_U[row] and RET_V[column] (may both be NULL) are duals, which prove the answer:
 * u + v <= cost everywhere, equal where assigned, and v <= 0 with v = 0 at columns left
 * over (with more rows than columns the same of u). O(n^2 m) at worst, n the smaller
 * side. ST_UNPROCESSABLE: the forbidden pairs leave no complete assignment; ST_LIMIT,
 * ST_NO_MEMORY. Costs must not be NaN or -INFINITY. */
int assignment_solve(const struct assignment_problem *problem, uint32_t *ret_column,
                     double *ret_u, double *ret_v) __attribute__((warn_unused_result));

#endif
