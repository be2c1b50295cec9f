/* SPDX-License-Identifier: Apache-2.0 */
/* Minimum-cost circulation with costs of two levels: of all circulations that are best
 * at the first level, one that is best at the second. Node 0 is the hub. Pure. */
#ifndef MUSTER_PLAN_FLOW_H
#define MUSTER_PLAN_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#define FLOW_NODES_MAX (1u << 20)
#define FLOW_ARCS_MAX 20000000
#define FLOW_FIRST_MAX (1 << 18)           /* of |first|, of one arc */
#define FLOW_SECOND_MAX (INT64_C(1) << 46) /* of |second|, of one arc */

/* A price has both levels in one number: first * FLOW_LEVEL + second. A level is more
 * than any sum of second costs along a path. */
typedef __int128 flow_price;
#define FLOW_LEVEL ((flow_price)1 << 68)

struct flow_arc {
    uint32_t from, to;
    int32_t capacity; /* >= 0 */
    int32_t first;    /* cost of one unit, first level */
    int64_t second;   /* the same, second level */
};

#define FLOW_NO_ARC UINT32_MAX

/* Where to begin: a circulation, and for each node but the hub an arc that leads towards
 * the hub or comes from there (FLOW_NO_ARC: none is known): together with nodes without
 * one they must make a tree, in which every node could send one unit more to the hub
 * (an arc up is not full, an arc down is not empty). Arcs outside of the tree must be
 * empty or full. A good start saves most of the work. */
struct flow_start {
    const int32_t *flow;
    const uint32_t *tree;
};

struct flow_problem {
    const struct flow_arc *arcs;
    uint32_t node_count, arc_count; /* nodes 0 to node_count - 1 */
    const struct flow_start *start; /* NULL = with nothing */
};

/* RET_FLOW (one for each arc) and RET_PRICES (one for each node, may be NULL): the dual
 * certificate, see flow_check. Deterministic. Network simplex;
 * in practice about O(arcs * sqrt(nodes)). ST_INVALID: a node, capacity or cost out of
 * range, an arc from a node to itself, or a start that is none; ST_LIMIT, ST_NO_MEMORY.
 */
int flow_solve(const struct flow_problem *problem, int32_t *ret_flow,
               flow_price *ret_prices) __attribute__((warn_unused_result));

/* The same by cancelling negative cycles found by Bellman and Ford's algorithm: slow and
 * obvious, for tests and for comparison. */
int flow_solve_plain(const struct flow_problem *problem, int32_t *ret_flow)
    __attribute__((warn_unused_result));

/* Whether FLOW is a circulation within the capacities and PRICES prove that none costs
 * less: with reduced cost = cost + price[from] - price[to], an arc that could carry more
 * has none below 0, an arc that carries something none above 0 (complementary
 * slackness). O(arcs). ST_NO_MEMORY. */
int flow_check(const struct flow_problem *problem, const int32_t *flow,
               const flow_price *prices, bool *ret) __attribute__((warn_unused_result));

/* The cost of FLOW, both levels. */
flow_price flow_cost(const struct flow_problem *problem, const int32_t *flow);

#endif
