/* SPDX-License-Identifier: Apache-2.0 */
/* Klein's algorithm (1967): as long as the residual network has a cycle of negative cost,
 * send as much as possible round it. O(nodes * arcs) for each cycle. */
#include "base/mem.h"
#include "base/status.h"
#include "plan/flow.h"

#include <string.h>

#define NONE UINT32_MAX

struct plain {
    const struct flow_problem *problem;
    int32_t *flow;
    flow_price *distance; /* by node */
    uint32_t *by;         /* by node: twice the arc it was reached by, + 1 backwards */
};

static int32_t room(const struct plain *p, uint32_t step)
{
    uint32_t arc = step / 2;
    return step % 2 == 0 ? p->problem->arcs[arc].capacity - p->flow[arc] : p->flow[arc];
}

static uint32_t tail_of(const struct plain *p, uint32_t step)
{
    const struct flow_arc *arc = &p->problem->arcs[step / 2];
    return step % 2 == 0 ? arc->from : arc->to;
}

/* Relaxes every residual arc once; a node that got nearer, or NONE. */
static uint32_t relax_all(struct plain *p)
{
    uint32_t changed = NONE;
    for (uint32_t step = 0; step < 2 * p->problem->arc_count; step++) {
        const struct flow_arc *arc = &p->problem->arcs[step / 2];
        flow_price cost = arc->first * FLOW_LEVEL + arc->second;
        uint32_t from = tail_of(p, step), to = tail_of(p, step ^ 1);
        flow_price distance = p->distance[from] + (step % 2 == 0 ? cost : -cost);
        if (room(p, step) == 0 || distance >= p->distance[to])
            continue;
        p->distance[to] = distance;
        p->by[to] = step;
        changed = to;
    }
    return changed;
}

/* A node on a negative cycle, or NONE. */
static uint32_t find_cycle(struct plain *p)
{
    uint32_t nodes = p->problem->node_count, at = NONE;
    memset(p->distance, 0, nodes * sizeof(*p->distance));
    for (uint32_t round = 0; round <= nodes; round++) {
        at = relax_all(p);
        if (at == NONE)
            return NONE;
    }
    for (uint32_t i = 0; i < nodes; i++) /* back into the cycle */
        at = tail_of(p, p->by[at]);
    return at;
}

static void cancel(struct plain *p, uint32_t start)
{
    int32_t delta = INT32_MAX;
    uint32_t at = start;
    do {
        uint32_t step = p->by[at];
        delta = room(p, step) < delta ? room(p, step) : delta;
        at = tail_of(p, step);
    } while (at != start);
    do {
        uint32_t step = p->by[at];
        p->flow[step / 2] += step % 2 == 0 ? delta : -delta;
        at = tail_of(p, step);
    } while (at != start);
}

int flow_solve_plain(const struct flow_problem *problem, int32_t *ret_flow)
{
    size_t nodes = (size_t)problem->node_count + 1;
    AUTO_FREE flow_price *distance = mem_calloc(nodes, sizeof(*distance));
    AUTO_FREE uint32_t *by = mem_calloc(nodes, sizeof(*by));
    struct plain p = {problem, ret_flow, distance, by};
    if (distance == NULL || by == NULL)
        return ST_NO_MEMORY;
    if (problem->arc_count > FLOW_ARCS_MAX)
        return ST_LIMIT;
    memset(ret_flow, 0, problem->arc_count * sizeof(*ret_flow));
    for (uint32_t at; (at = find_cycle(&p)) != NONE;)
        cancel(&p, at);
    return ST_OK;
}
