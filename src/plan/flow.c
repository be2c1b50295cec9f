/* SPDX-License-Identifier: Apache-2.0 */
/* Network simplex on a circulation (Ahuja, Magnanti and Orlin, Network Flows, 1993,
 * chapter 11). A basis is a spanning tree rooted at the hub; arcs outside of it carry
 * nothing (LOWER) or all they can (UPPER). Prices make the reduced cost of tree arcs 0;
 * an arc outside with the wrong sign enters, the cycle it closes is filled until an arc
 * of it blocks, which leaves. The first tree is a star of artificial arcs node -> hub.
 * They are so dear that nothing ever flows on one; or, where leaving the hub costs
 * something and only arcs into the hub can pay, they cost nothing: to go out and straight
 * back then never pays either, and the search begins with sensible prices.
 *
 * Which of several blocking arcs leaves is Cunningham's rule (the last one met, going
 * round the cycle with the flow from its top): it keeps the tree strongly feasible, so
 * that there is no endless loop of pivots without progress. The entering arc is the worst
 * of a block of active arcs, going round; active are those that were the worst of their
 * nodes when all arcs were looked at last (multiple partial pricing).
 *
 * The tree is kept as parent, arc to the parent, depth, and lists of children; a pivot
 * hangs the smaller part, the subtree that lost its arc, elsewhere and walks it once to
 * set prices and depths. */
#include "plan/flow.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <string.h>

#define NONE UINT32_MAX
#define BLOCK 16                               /* active arcs compared for one pivot */
#define ARTIFICIAL_COST ((flow_price)1 << 108) /* more than any path saves */
static_assert(FLOW_SECOND_MAX * (flow_price)FLOW_NODES_MAX < FLOW_LEVEL / 2, "levels");
static_assert(FLOW_FIRST_MAX * (flow_price)FLOW_NODES_MAX * FLOW_LEVEL <
                  ARTIFICIAL_COST / 2,
              "artificial arcs never pay");

enum arc_state { UPPER = -1, TREE = 0, LOWER = 1 };

struct tree_node {
    uint32_t parent, arc; /* arc: to or from the parent; from arc_count on artificial */
    uint32_t child, next, previous; /* first child; siblings */
    uint32_t depth;
    bool is_up; /* the arc leads to the parent */
};

/* A copy, so that going through them stays in the cache. */
struct active_arc {
    struct flow_arc arc;
    uint32_t index;
};

struct simplex {
    const struct flow_arc *arcs;
    uint32_t node_count, arc_count;
    struct active_arc
        *active; /* arcs that were the worst of their nodes at the last refill */
    uint32_t active_count, at;
    uint32_t *worst; /* by node, as tail and as head: the worst arc */
    int32_t *flow;   /* by arc, and of the artificial arcs by node */
    flow_price artificial_cost;
    int8_t *states;     /* by arc: enum arc_state */
    flow_price *prices; /* by node */
    struct tree_node *nodes;
    uint32_t *stack; /* of nodes */
};

static flow_price cost_of(const struct flow_arc *arc)
{
    return arc->first * FLOW_LEVEL + arc->second;
}

/* The reduced cost, with the sign of the state: below 0 the arc may enter. */
static flow_price reduced(const struct simplex *s, const struct flow_arc *arc,
                          uint32_t index)
{
    return s->states[index] * (cost_of(arc) + s->prices[arc->from] - s->prices[arc->to]);
}

/* Notes ARC as the worst of a node if it is. */
static void note_worst(const struct simplex *s, uint32_t *worst, uint32_t arc,
                       flow_price price)
{
    if (*worst == NONE || price < reduced(s, &s->arcs[*worst], *worst))
        *worst = arc;
}

/* Looks at every arc, and keeps for each node the worst that leaves and the worst that
 * enters it. False: no arc has the wrong sign, the circulation is optimal. */
static bool refill(struct simplex *s)
{
    uint32_t slots = 2 * s->node_count;
    memset(s->worst, 0xff, slots * sizeof(*s->worst));
    for (uint32_t i = 0; i < s->arc_count; i++) {
        flow_price price = reduced(s, &s->arcs[i], i);
        if (price >= 0)
            continue;
        note_worst(s, &s->worst[s->arcs[i].from], i, price);
        note_worst(s, &s->worst[s->node_count + s->arcs[i].to], i, price);
    }
    s->active_count = s->at = 0;
    for (uint32_t i = 0; i < slots; i++)
        if (s->worst[i] != NONE)
            s->active[s->active_count++] =
                (struct active_arc){s->arcs[s->worst[i]], s->worst[i]};
    return s->active_count > 0;
}

/* The worst arc of the next block of active ones; those with the right sign are dropped.
 * NONE: they are used up. */
static uint32_t find_active(struct simplex *s)
{
    flow_price worst = 0;
    uint32_t ret = NONE;
    for (uint32_t left = BLOCK; left > 0 && s->active_count > 0; left--) {
        if (s->at >= s->active_count)
            s->at = 0;
        const struct active_arc *active = &s->active[s->at];
        flow_price price = reduced(s, &active->arc, active->index);
        if (price >= 0) {
            s->active[s->at] = s->active[--s->active_count];
            left++;
            continue;
        }
        if (price < worst) {
            worst = price;
            ret = active->index;
        }
        s->at++;
    }
    return ret;
}

static uint32_t find_entering(struct simplex *s)
{
    for (;;) {
        uint32_t arc = find_active(s);
        if (arc != NONE || !refill(s))
            return arc;
    }
}

static uint32_t find_join(const struct simplex *s, uint32_t a, uint32_t b)
{
    while (a != b)
        if (s->nodes[a].depth >= s->nodes[b].depth)
            a = s->nodes[a].parent;
        else
            b = s->nodes[b].parent;
    return a;
}

/* What the tree arc of NODE can take more in the direction up (to the parent) or down. */
static int32_t residual(const struct simplex *s, uint32_t node, bool up)
{
    const struct tree_node *n = &s->nodes[node];
    int32_t flow = s->flow[n->arc];
    if (n->is_up != up)
        return flow;
    return (n->arc < s->arc_count ? s->arcs[n->arc].capacity : INT32_MAX) - flow;
}

struct cycle {
    uint32_t first, second, join; /* flow goes first -> second by the entering arc */
    uint32_t out;                 /* the node whose tree arc leaves; NONE: none */
    bool out_is_first;            /* it hangs on the side of `first` */
    int32_t delta;
};

/* From the join down to `first` a strict minimum is taken going up, which is the last one
 * in the direction of the flow; from `second` up the last of equals. */
static struct cycle find_leaving(const struct simplex *s, uint32_t entering)
{
    const struct flow_arc *arc = &s->arcs[entering];
    bool is_lower = s->states[entering] == LOWER;
    struct cycle cycle = {.first = is_lower ? arc->from : arc->to,
                          .second = is_lower ? arc->to : arc->from,
                          .out = NONE,
                          .delta = arc->capacity};
    cycle.join = find_join(s, cycle.first, cycle.second);
    for (uint32_t n = cycle.first; n != cycle.join; n = s->nodes[n].parent) {
        int32_t room = residual(s, n, false);
        if (room < cycle.delta) {
            cycle.delta = room;
            cycle.out = n;
            cycle.out_is_first = true;
        }
    }
    for (uint32_t n = cycle.second; n != cycle.join; n = s->nodes[n].parent) {
        int32_t room = residual(s, n, true);
        if (room <= cycle.delta) {
            cycle.delta = room;
            cycle.out = n;
            cycle.out_is_first = false;
        }
    }
    return cycle;
}

static void push(struct simplex *s, uint32_t node, bool up, int32_t delta)
{
    const struct tree_node *n = &s->nodes[node];
    s->flow[n->arc] += n->is_up == up ? delta : -delta;
}

static void change_flow(struct simplex *s, uint32_t entering, const struct cycle *cycle)
{
    if (cycle->delta == 0)
        return;
    s->flow[entering] += s->states[entering] * cycle->delta;
    for (uint32_t n = cycle->first; n != cycle->join; n = s->nodes[n].parent)
        push(s, n, false, cycle->delta);
    for (uint32_t n = cycle->second; n != cycle->join; n = s->nodes[n].parent)
        push(s, n, true, cycle->delta);
}

static void unlink_child(struct simplex *s, uint32_t node)
{
    struct tree_node *n = &s->nodes[node];
    if (n->previous != NONE)
        s->nodes[n->previous].next = n->next;
    else
        s->nodes[n->parent].child = n->next;
    if (n->next != NONE)
        s->nodes[n->next].previous = n->previous;
}

static void link_child(struct simplex *s, uint32_t parent, uint32_t node)
{
    struct tree_node *n = &s->nodes[node];
    n->parent = parent;
    n->previous = NONE;
    n->next = s->nodes[parent].child;
    if (n->next != NONE)
        s->nodes[n->next].previous = node;
    s->nodes[parent].child = node;
}

/* The subtree of OUT hangs on BELOW by ENTERING, whose end in it is IN: the arcs from IN
 * to OUT turn round. */
static void hang(struct simplex *s, uint32_t out, uint32_t in, uint32_t below,
                 uint32_t entering)
{
    uint32_t parent = below, arc = entering;
    bool is_up = s->arcs[entering].from == in;
    for (uint32_t node = in;;) {
        struct tree_node *n = &s->nodes[node];
        uint32_t old_parent = n->parent, old_arc = n->arc;
        bool was_up = n->is_up;
        unlink_child(s, node);
        n->arc = arc;
        n->is_up = is_up;
        link_child(s, parent, node);
        if (node == out)
            return;
        parent = node;
        arc = old_arc;
        is_up = !was_up;
        node = old_parent;
    }
}

/* Prices and depths of the subtree of NODE, whose arc has to cost nothing. */
static void walk(struct simplex *s, uint32_t node)
{
    const struct tree_node *top = &s->nodes[node];
    flow_price cost = cost_of(&s->arcs[top->arc]);
    flow_price shift = top->is_up ? s->prices[top->parent] - cost - s->prices[node]
                                  : s->prices[top->parent] + cost - s->prices[node];
    uint32_t count = 0;
    s->stack[count++] = node;
    while (count > 0) {
        uint32_t n = s->stack[--count];
        s->prices[n] += shift;
        s->nodes[n].depth = s->nodes[s->nodes[n].parent].depth + 1;
        for (uint32_t child = s->nodes[n].child; child != NONE;
             child = s->nodes[child].next)
            s->stack[count++] = child;
    }
}

static void pivot(struct simplex *s, uint32_t entering)
{
    struct cycle cycle = find_leaving(s, entering);
    change_flow(s, entering, &cycle);
    if (cycle.out == NONE) { /* the entering arc blocks itself */
        s->states[entering] = (int8_t)-s->states[entering];
        return;
    }
    uint32_t leaving = s->nodes[cycle.out].arc;
    if (leaving < s->arc_count)
        s->states[leaving] = s->flow[leaving] == 0 ? LOWER : UPPER;
    s->states[entering] = TREE;
    uint32_t in = cycle.out_is_first ? cycle.first : cycle.second;
    hang(s, cycle.out, in, cycle.out_is_first ? cycle.second : cycle.first, entering);
    walk(s, in);
}

/* ---- start and end ---- */
/* Whether leaving the hub costs something and only arcs into it can pay. */
static bool is_one_way(const struct flow_problem *problem)
{
    for (uint32_t i = 0; i < problem->arc_count; i++) {
        const struct flow_arc *arc = &problem->arcs[i];
        if (arc->to != 0 && cost_of(arc) < (arc->from == 0))
            return false;
    }
    return true;
}

static bool is_valid(const struct flow_problem *problem)
{
    for (uint32_t i = 0; i < problem->arc_count; i++) {
        const struct flow_arc *arc = &problem->arcs[i];
        if (arc->from >= problem->node_count || arc->to >= problem->node_count ||
            arc->from == arc->to || arc->capacity < 0 || arc->first > FLOW_FIRST_MAX ||
            arc->first < -FLOW_FIRST_MAX || arc->second > FLOW_SECOND_MAX ||
            arc->second < -FLOW_SECOND_MAX)
            return false;
    }
    return true;
}

static void make_star(struct simplex *s)
{
    s->nodes[0] = (struct tree_node){
        .parent = NONE, .arc = NONE, .child = NONE, .next = NONE, .previous = NONE};
    for (uint32_t i = 1; i < s->node_count; i++) {
        s->nodes[i] = (struct tree_node){
            .arc = s->arc_count + i, .child = NONE, .depth = 1, .is_up = true};
        link_child(s, 0, i);
        s->prices[i] = -s->artificial_cost;
    }
    memset(s->states, LOWER, s->arc_count);
}

/* Nodes hang on their arcs of the start. False if one does not fit its node, or the node
 * could send nothing on it. */
static bool hang_on_start(struct simplex *s, const struct flow_start *start)
{
    for (uint32_t i = 1; i < s->node_count; i++) {
        uint32_t index = start->tree[i];
        if (index == FLOW_NO_ARC)
            continue;
        if (index >= s->arc_count)
            return false;
        const struct flow_arc *arc = &s->arcs[index];
        bool is_up = arc->from == i;
        int32_t room = is_up ? arc->capacity - s->flow[index] : s->flow[index];
        if ((!is_up && arc->to != i) || room <= 0)
            return false;
        unlink_child(s, i);
        link_child(s, is_up ? arc->to : arc->from, i);
        s->nodes[i].arc = index;
        s->nodes[i].is_up = is_up;
        s->states[index] = TREE;
    }
    return true;
}

/* Depths and prices from the hub down; false if a node is not reached (a ring). */
static bool walk_all(struct simplex *s)
{
    uint32_t count = 0, reached = 0;
    s->stack[count++] = 0;
    while (count > 0) {
        uint32_t n = s->stack[--count];
        const struct tree_node *node = &s->nodes[n];
        reached++;
        if (n != 0) {
            flow_price cost = node->arc < s->arc_count ? cost_of(&s->arcs[node->arc])
                                                       : s->artificial_cost;
            s->prices[n] = s->prices[node->parent] + (node->is_up ? -cost : cost);
            s->nodes[n].depth = s->nodes[node->parent].depth + 1;
        }
        for (uint32_t child = node->child; child != NONE; child = s->nodes[child].next)
            s->stack[count++] = child;
    }
    return reached == s->node_count;
}

static bool take_start(struct simplex *s, const struct flow_start *start)
{
    if (s->arc_count > 0)
        memcpy(s->flow, start->flow, s->arc_count * sizeof(*s->flow));
    for (uint32_t i = 0; i < s->arc_count; i++)
        if (s->flow[i] != 0)
            s->states[i] = UPPER;
    if (!hang_on_start(s, start))
        return false;
    for (uint32_t i = 0; i < s->arc_count; i++)
        if (s->states[i] == UPPER && s->flow[i] != s->arcs[i].capacity)
            return false;
    return walk_all(s);
}

static void run(struct simplex *s)
{
    if (s->arc_count == 0)
        return;
    for (uint32_t entering; (entering = find_entering(s)) != NONE;)
        pivot(s, entering);
}

int flow_solve(const struct flow_problem *problem, int32_t *ret_flow,
               flow_price *ret_prices)
{
    uint32_t nodes = problem->node_count, arcs = problem->arc_count;
    if (nodes > FLOW_NODES_MAX || arcs > FLOW_ARCS_MAX)
        return ST_LIMIT;
    if (!is_valid(problem))
        return ST_INVALID;
    struct simplex s = {.arcs = problem->arcs,
                        .node_count = nodes,
                        .arc_count = arcs,
                        .flow = mem_calloc((size_t)arcs + nodes + 1, sizeof(int32_t)),
                        .artificial_cost = is_one_way(problem) ? 0 : ARTIFICIAL_COST,
                        .states = mem_alloc((size_t)arcs + 1),
                        .prices = mem_calloc((size_t)nodes + 1, sizeof(flow_price)),
                        .nodes = mem_calloc((size_t)nodes + 1, sizeof(*s.nodes)),
                        .active = mem_calloc(2 * (size_t)nodes + 1, sizeof(*s.active)),
                        .worst = mem_calloc(2 * (size_t)nodes + 1, sizeof(*s.worst)),
                        .stack = mem_calloc((size_t)nodes + 1, sizeof(*s.stack))};
    int status = ST_NO_MEMORY;
    if (s.flow != NULL && s.states != NULL && s.prices != NULL && s.nodes != NULL &&
        s.stack != NULL && s.active != NULL && s.worst != NULL) {
        status = ST_OK;
        make_star(&s);
        if (problem->start != NULL && !take_start(&s, problem->start))
            status = ST_INVALID;
    }
    if (status == ST_OK) {
        run(&s);
        for (uint32_t i = 0; i < nodes; i++)
            assert(s.flow[arcs + i] == 0);
        if (arcs > 0)
            memcpy(ret_flow, s.flow, arcs * sizeof(*ret_flow));
        if (ret_prices != NULL && nodes > 0)
            memcpy(ret_prices, s.prices, nodes * sizeof(*ret_prices));
    }
    mem_free(s.flow);
    mem_free(s.states);
    mem_free(s.prices);
    mem_free(s.nodes);
    mem_free(s.stack);
    mem_free(s.active);
    mem_free(s.worst);
    return status;
}

int flow_check(const struct flow_problem *problem, const int32_t *flow,
               const flow_price *prices, bool *ret)
{
    AUTO_FREE int64_t *balance =
        mem_calloc((size_t)problem->node_count + 1, sizeof(*balance));
    bool ok = true;
    if (balance == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < problem->arc_count && ok; i++) {
        const struct flow_arc *arc = &problem->arcs[i];
        flow_price price = cost_of(arc) + prices[arc->from] - prices[arc->to];
        ok = flow[i] >= 0 && flow[i] <= arc->capacity &&
             (price >= 0 || flow[i] == arc->capacity) && (price <= 0 || flow[i] == 0);
        balance[arc->from] -= flow[i];
        balance[arc->to] += flow[i];
    }
    for (uint32_t i = 0; i < problem->node_count && ok; i++)
        ok = balance[i] == 0;
    *ret = ok;
    return ST_OK;
}

flow_price flow_cost(const struct flow_problem *problem, const int32_t *flow)
{
    flow_price cost = 0;
    for (uint32_t i = 0; i < problem->arc_count; i++)
        cost += flow[i] * cost_of(&problem->arcs[i]);
    return cost;
}
