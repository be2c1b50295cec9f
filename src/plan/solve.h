/* SPDX-License-Identifier: Apache-2.0 */
/* What `muster solve` needs beyond the planner: reading its files. */
#ifndef MUSTER_PLAN_SOLVE_H
#define MUSTER_PLAN_SOLVE_H

#include "base/diag.h"

#include <stddef.h>

#define SOLVE_PEOPLE_MAX 1000000
#define SOLVE_TEXT_SIZE 40

/* `solve tail`: P(at least K of the file's people) as 17 significant digits, without a
 * line's end. K is a text, 0 to TAIL_K_MAX. Cost O(people * K). */
int solve_tail(const char *k, char *text, size_t size, char ret[SOLVE_TEXT_SIZE],
               struct diag *reterr) __attribute__((warn_unused_result));

/* `solve assignment`: OR-Library's format, n and then n x n costs, white space between.
 * The least total as text, an integer when all costs are. O(n^3). */
int solve_assignment(char *text, size_t size, char ret[SOLVE_TEXT_SIZE],
                     struct diag *reterr) __attribute__((warn_unused_result));

/* `solve waves`: the document of docs "solve waves" in, the answer as JSON out
 * (mem_free).
 */
int solve_waves(const char *text, size_t size, char **ret, struct diag *reterr)
    __attribute__((warn_unused_result));

/* `solve tasks`: the document described in solve_tasks.c in, the answer as JSON out
 * (mem_free): covered by priority, who goes where, what stays uncovered, people kept and
 * moved, and whether the duals prove it. */
int solve_tasks(const char *text, size_t size, char **ret, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
