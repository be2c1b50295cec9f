/* SPDX-License-Identifier: Apache-2.0 */
/* A plan to begin with: class by class (priority, then block), the nearest pairs first,
 * and within a class first those who have nothing yet. Its tree gives prices near the
 * final ones:
 *
 *     a slot with room   hangs on the hub
 *     an idle block      on the slot with room that offers most
 *     a person           on the idle block that offers most, or, if that is less than the
 *                        last place cost, on the hub by that place
 *     a block in use     on its person
 *     a full slot        on the dearest of its people
 *     idle ones left     on the full slots, likewise
 *
 * From nothing the simplex would hang everybody on the first class, fill it, hang them on
 * the second, and so on: many times the pivots. */
#include "base/mem.h"
#include "base/status.h"
#include "plan/tasks_internal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { OFFERED = 1, HUNG = 2 }; /* is_set: may still hang elsewhere, or not */

struct pair {
    uint32_t class_, seconds, arc;
};

struct starter {
    const struct tasks_input *input;
    const struct flow_problem *network;
    int32_t *flow;
    uint32_t *tree;
    uint32_t *used;     /* by person: places taken */
    uint32_t *covered;  /* by slot */
    uint32_t *to_hub;   /* by slot: its arc */
    uint32_t *from_hub; /* by person: the first of its arcs */
    uint32_t *to_block; /* by node: the arc person -> block of a block */
    flow_price *prices; /* by node, of those that are set */
    uint8_t *is_set;    /* by node: hangs already */
};

static int by_pair(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->class_ != y->class_)
        return x->class_ < y->class_ ? -1 : 1;
    if (x->seconds != y->seconds)
        return x->seconds < y->seconds ? -1 : 1;
    return (x->arc > y->arc) - (x->arc < y->arc);
}

static void find_arcs(struct starter *s)
{
    const struct tasks_input *input = s->input;
    uint32_t first_slot = 1 + input->person_count;
    uint32_t first_block = first_slot + input->slot_count;
    for (uint32_t i = s->network->arc_count; i-- > input->arc_count;) {
        const struct flow_arc *arc = &s->network->arcs[i];
        if (arc->to == 0)
            s->to_hub[arc->from - first_slot] = i;
        else if (arc->from == 0)
            s->from_hub[arc->to - 1] = i;
        else if (arc->to >= first_block)
            s->to_block[arc->to] = i;
    }
}

/* ---- the plan ---- */
/* Whether the pair can be taken by somebody who has LEVEL places so far. */
static bool is_open(const struct starter *s, const struct pair *pair, uint32_t level)
{
    const struct tasks_arc *arc = &s->input->arcs[pair->arc];
    uint32_t node = s->network->arcs[pair->arc].from;
    if (s->used[arc->person] != level || level >= s->input->people[arc->person].places ||
        s->covered[arc->slot] >= s->input->slots[arc->slot].count)
        return false;
    return node == 1 + arc->person || s->flow[s->to_block[node]] == 0;
}

static void take(struct starter *s, uint32_t index)
{
    const struct tasks_arc *arc = &s->input->arcs[index];
    uint32_t node = s->network->arcs[index].from;
    s->flow[index] = 1;
    if (node != 1 + arc->person)
        s->flow[s->to_block[node]] = 1;
    s->flow[s->from_hub[arc->person] + s->used[arc->person]++] = 1;
    s->flow[s->to_hub[arc->slot]]++;
    s->covered[arc->slot]++;
}

static void fill_class(struct starter *s, const struct pair *pairs, uint32_t count)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t places = s->input->people[s->input->arcs[pairs[i].arc].person].places;
        most = places > most ? places : most;
    }
    for (uint32_t level = 0; level < most; level++)
        for (uint32_t i = 0; i < count; i++)
            if (is_open(s, &pairs[i], level))
                take(s, pairs[i].arc);
}

static int fill(struct starter *s)
{
    const struct tasks_input *input = s->input;
    AUTO_FREE struct pair *pairs =
        mem_alloc(((size_t)input->arc_count + 1) * sizeof(*pairs));
    if (pairs == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < input->arc_count; i++) {
        const struct tasks_slot *slot = &input->slots[input->arcs[i].slot];
        pairs[i] = (struct pair){slot->priority * (TASKS_BLOCK_MAX + 1) + slot->block,
                                 (uint32_t)s->network->arcs[i].second, i};
    }
    if (input->arc_count > 1)
        qsort(pairs, input->arc_count, sizeof(*pairs), by_pair);
    for (uint32_t i = 0, end; i < input->arc_count; i = end) {
        for (end = i; end < input->arc_count && pairs[end].class_ == pairs[i].class_;)
            end++;
        fill_class(s, pairs + i, end - i);
    }
    return ST_OK;
}

/* ---- its tree ---- */
/* NODE hangs by the arc INDEX, whose other end is set. */
static void hang(struct starter *s, uint32_t node, uint32_t index)
{
    const struct flow_arc *arc = &s->network->arcs[index];
    flow_price cost = arc->first * FLOW_LEVEL + arc->second;
    s->tree[node] = index;
    s->is_set[node] = HUNG;
    s->prices[node] =
        arc->from == node ? s->prices[arc->to] - cost : s->prices[arc->from] + cost;
}

static bool is_full(const struct starter *s, uint32_t slot)
{
    return s->covered[slot] == s->input->slots[slot].count;
}

/* Whether NODE, a block or a person without blocks, takes no place. */
static bool is_idle(const struct starter *s, uint32_t node)
{
    return node > s->input->person_count ? s->flow[s->to_block[node]] == 0
                                         : s->used[node - 1] == 0;
}

/* NODE hangs on the arc INDEX if nothing better has been OFFERED. */
static void offer(struct starter *s, uint32_t index)
{
    const struct flow_arc *arc = &s->network->arcs[index];
    flow_price cost = arc->first * FLOW_LEVEL + arc->second;
    if (s->is_set[arc->from] == HUNG ||
        (s->is_set[arc->from] == OFFERED &&
         s->prices[arc->to] - cost <= s->prices[arc->from]))
        return;
    hang(s, arc->from, index);
    s->is_set[arc->from] = OFFERED;
}

/* What the slots with room, or the full ones, offer to idle blocks and, if there is more
 * than they cost, to people. */
static void hang_on_slots(struct starter *s, bool full)
{
    const struct tasks_input *input = s->input;
    for (uint32_t i = 0; i < input->arc_count; i++) {
        const struct flow_arc *arc = &s->network->arcs[i];
        bool is_person = arc->from <= input->person_count;
        if (s->flow[i] == 0 && is_full(s, input->arcs[i].slot) == full &&
            (is_person || is_idle(s, arc->from)))
            offer(s, i);
    }
    for (uint32_t i = input->arc_count; i < s->network->arc_count; i++) {
        const struct flow_arc *arc = &s->network->arcs[i];
        if (arc->from != 0 && arc->to != 0 && s->flow[i] == 0 && s->is_set[arc->to] != 0)
            offer(s, i);
    }
}

static void settle(struct starter *s)
{
    for (uint32_t i = 0; i < s->network->node_count; i++)
        if (s->is_set[i] == OFFERED)
            s->is_set[i] = HUNG;
}

/* Who has places hangs on the hub, unless a slot with room offers more. */
static void hang_people(struct starter *s)
{
    for (uint32_t i = 0; i < s->input->person_count; i++) {
        uint32_t arc = s->from_hub[i] + s->used[i] - 1;
        if (s->used[i] > 0 &&
            (s->is_set[1 + i] == 0 ||
             s->prices[1 + i] < (flow_price)s->network->arcs[arc].second))
            hang(s, 1 + i, arc);
    }
}

/* Blocks in use on their people, full slots on the dearest of those. */
static void hang_used(struct starter *s)
{
    const struct tasks_input *input = s->input;
    for (uint32_t i = 0; i < input->arc_count; i++) {
        uint32_t node = s->network->arcs[i].from;
        if (s->flow[i] > 0 && node > input->person_count)
            hang(s, node, s->to_block[node]);
    }
    for (uint32_t i = 0; i < input->arc_count; i++) {
        const struct flow_arc *arc = &s->network->arcs[i];
        if (s->flow[i] > 0 && is_full(s, input->arcs[i].slot) &&
            (s->is_set[arc->to] == 0 ||
             s->prices[arc->from] + arc->second > s->prices[arc->to]))
            hang(s, arc->to, i);
    }
}

static void make_tree(struct starter *s)
{
    for (uint32_t i = 0; i < s->input->slot_count; i++)
        if (!is_full(s, i))
            hang(s, 1 + s->input->person_count + i, s->to_hub[i]);
    hang_on_slots(s, false);
    hang_people(s);
    settle(s);
    hang_used(s);
    hang_on_slots(s, true);
}

int tasks_start(const struct tasks_input *input, const struct flow_problem *network,
                int32_t *ret_flow, uint32_t *ret_tree)
{
    size_t nodes = (size_t)network->node_count + 1;
    struct starter s = {.input = input,
                        .network = network,
                        .flow = ret_flow,
                        .tree = ret_tree,
                        .used = mem_calloc(nodes, sizeof(uint32_t)),
                        .covered = mem_calloc(nodes, sizeof(uint32_t)),
                        .to_hub = mem_calloc(nodes, sizeof(uint32_t)),
                        .from_hub = mem_calloc(nodes, sizeof(uint32_t)),
                        .to_block = mem_calloc(nodes, sizeof(uint32_t)),
                        .prices = mem_calloc(nodes, sizeof(flow_price)),
                        .is_set = mem_calloc(nodes, 1)};
    int status = ST_NO_MEMORY;
    if (s.used != NULL && s.covered != NULL && s.to_hub != NULL && s.from_hub != NULL &&
        s.to_block != NULL && s.prices != NULL && s.is_set != NULL) {
        memset(ret_tree, 0xff, network->node_count * sizeof(*ret_tree));
        find_arcs(&s);
        status = fill(&s);
    }
    if (status == ST_OK)
        make_tree(&s);
    mem_free(s.used);
    mem_free(s.covered);
    mem_free(s.to_hub);
    mem_free(s.from_hub);
    mem_free(s.to_block);
    mem_free(s.prices);
    mem_free(s.is_set);
    return status;
}
