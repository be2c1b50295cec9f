/* SPDX-License-Identifier: Apache-2.0 */
/* The network, a circulation through the hub (node 0):
 *
 *     hub --> person --> slot --> hub             who takes one place at most
 *     hub --> person --> block --> slot --> hub   who takes several: one in each block
 *
 *     arc            capacity  first level              second level
 *     hub, person    1 each    0                        evenness * (2 (worked + k) + 1)
 *     person, block  1         0                        0
 *     .., slot       1         0                        seconds, + switch_s if not there
 *     slot, hub      count     rank of (priority,       0
 *                              block), below 0
 *
 * The k-th place of a person costs 2 (worked + k) + 1, so that the sum is the sum of
 * squares; `evenness` is more than all travel together. */
#include "plan/tasks.h"

#include "base/diag.h"
#include "base/mem.h"
#include "base/status.h"
#include "plan/flow.h"
#include "plan/tasks_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(TASKS_PRIORITY_MAX * (TASKS_BLOCK_MAX + 1) <= FLOW_FIRST_MAX, "ranks");
static_assert((TASKS_PLACES_MAX * INT64_C(2) * TASKS_SECONDS_MAX + 1) *
                      (2 * (TASKS_WORKED_MAX + TASKS_PER_PERSON_MAX) + 1) <=
                  FLOW_SECOND_MAX,
              "evenness and travel fit into the second level");

struct network {
    const struct tasks_input *input;
    struct flow_arc *arcs;
    uint32_t arc_count, arc_capacity, node_count;
    int64_t evenness;
};

/* ---- is it in order ---- */
static int wrong(struct diag *reterr, const char *where, uint32_t index, const char *what)
{
    return diag_set(reterr, ST_INVALID, 0, 0, where, "number %u: %s", index, what);
}

static int check_slots(const struct tasks_input *input, struct diag *reterr)
{
    uint64_t places = 0;
    for (uint32_t i = 0; i < input->slot_count; i++) {
        const struct tasks_slot *slot = &input->slots[i];
        if (slot->count < 1 || slot->count > TASKS_COUNT_MAX)
            return wrong(reterr, "count", i, "must be 1 to 5000");
        if (slot->priority < 1 || slot->priority > TASKS_PRIORITY_MAX)
            return wrong(reterr, "priority", i, "must be 1 to 100");
        if (slot->block > TASKS_BLOCK_MAX)
            return wrong(reterr, "block", i, "must be 0 to 1000");
        places += slot->count;
    }
    if (places > TASKS_PLACES_MAX)
        return diag_set(reterr, ST_LIMIT, 0, 0, "tasks", "at most %d places",
                        TASKS_PLACES_MAX);
    return ST_OK;
}

static int check_people(const struct tasks_input *input, struct diag *reterr)
{
    for (uint32_t i = 0; i < input->person_count; i++) {
        if (input->people[i].places > TASKS_PER_PERSON_MAX)
            return wrong(reterr, "places", i, "must be 0 to 48");
        if (input->people[i].worked > TASKS_WORKED_MAX)
            return wrong(reterr, "worked", i, "must be 0 to 200");
    }
    if (input->switch_s > TASKS_SECONDS_MAX)
        return diag_set(reterr, ST_INVALID, 0, 0, "switch_s", "must be 0 to %d",
                        TASKS_SECONDS_MAX);
    return ST_OK;
}

static int check_arcs(const struct tasks_input *input, struct diag *reterr)
{
    for (uint32_t i = 0; i < input->arc_count; i++) {
        const struct tasks_arc *arc = &input->arcs[i];
        if (arc->person >= input->person_count || arc->slot >= input->slot_count)
            return wrong(reterr, "arc", i,
                         "names somebody or something that is not there");
        if (arc->seconds > TASKS_SECONDS_MAX)
            return wrong(reterr, "seconds", i, "must be 0 to 100000");
        if (i > 0 && arc->person < input->arcs[i - 1].person)
            return wrong(reterr, "arc", i, "is out of order");
    }
    return ST_OK;
}

static int check(const struct tasks_input *input, struct diag *reterr)
{
    if (input->person_count > TASKS_PEOPLE_MAX || input->slot_count > TASKS_SLOTS_MAX ||
        input->arc_count > TASKS_ARCS_MAX)
        return diag_set(reterr, ST_LIMIT, 0, 0, "tasks",
                        "at most %d people, %d slots and %d pairs of the two",
                        TASKS_PEOPLE_MAX, TASKS_SLOTS_MAX, TASKS_ARCS_MAX);
    int status = check_slots(input, reterr);
    if (status == ST_OK)
        status = check_people(input, reterr);
    return status == ST_OK ? check_arcs(input, reterr) : status;
}

/* ---- the network ---- */
static uint32_t person_node(uint32_t person)
{
    return 1 + person;
}

static uint32_t slot_node(const struct tasks_input *input, uint32_t slot)
{
    return 1 + input->person_count + slot;
}

static int add(struct network *n, struct flow_arc arc)
{
    int status = mem_grow(&n->arcs, &n->arc_capacity, n->arc_count + 1, sizeof(*n->arcs),
                          FLOW_ARCS_MAX);
    if (status == ST_OK)
        n->arcs[n->arc_count++] = arc;
    return status;
}

struct block_node {
    uint32_t block, node;
};

/* The node of a person's block; made at its first use. */
static int find_block(struct network *n, struct block_node *blocks, uint32_t *count,
                      uint32_t block, uint32_t *ret)
{
    for (uint32_t i = 0; i < *count; i++)
        if (blocks[i].block == block) {
            *ret = blocks[i].node;
            return ST_OK;
        }
    if (n->node_count >= FLOW_NODES_MAX)
        return ST_LIMIT;
    *ret = n->node_count;
    blocks[(*count)++] = (struct block_node){block, n->node_count++};
    return ST_OK;
}

/* The input's arcs, in their order; the arcs to blocks come behind them. */
static int add_arcs(struct network *n)
{
    const struct tasks_input *input = n->input;
    struct block_node blocks[TASKS_BLOCK_MAX + 1];
    uint32_t block_count = 0, person = TASKS_NONE;
    for (uint32_t i = 0; i < input->arc_count; i++) {
        const struct tasks_arc *arc = &input->arcs[i];
        const struct tasks_slot *slot = &input->slots[arc->slot];
        const struct tasks_person *who = &input->people[arc->person];
        uint32_t from = person_node(arc->person);
        if (arc->person != person)
            block_count = 0;
        person = arc->person;
        int status = ST_OK;
        if (who->places > 1)
            status = find_block(n, blocks, &block_count, slot->block, &from);
        bool is_switch = who->task != TASKS_NONE && who->task != slot->task;
        if (status == ST_OK)
            status =
                add(n, (struct flow_arc){.from = from,
                                         .to = slot_node(input, arc->slot),
                                         .capacity = 1,
                                         .second = (int64_t)arc->seconds +
                                                   (is_switch ? input->switch_s : 0)});
        if (status < 0)
            return status;
    }
    return ST_OK;
}

/* The blocks were numbered in the order of the arcs: once more through them. */
static int add_block_arcs(struct network *n)
{
    const struct tasks_input *input = n->input;
    uint32_t next = slot_node(input, input->slot_count);
    int status = ST_OK;
    for (uint32_t i = 0; i < input->arc_count && status == ST_OK; i++)
        if (n->arcs[i].from == next) {
            next++;
            status = add(n, (struct flow_arc){.from = person_node(input->arcs[i].person),
                                              .to = n->arcs[i].from,
                                              .capacity = 1});
        }
    return status;
}

static int add_people(struct network *n)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < n->input->person_count; i++) {
        const struct tasks_person *person = &n->input->people[i];
        for (uint32_t k = 0; k < person->places && status == ST_OK; k++)
            status = add(n, (struct flow_arc){.to = person_node(i),
                                              .capacity = 1,
                                              .second = n->evenness *
                                                        (2 * (person->worked + k) + 1)});
    }
    return status;
}

static uint32_t key_of(const struct tasks_slot *slot)
{
    return slot->priority * (TASKS_BLOCK_MAX + 1) + slot->block;
}

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint32_t lower_bound(const uint32_t *keys, uint32_t count, uint32_t key)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The arcs that pay: ranks from 1 for the last (priority, block) up to the first. */
static int add_slots(struct network *n)
{
    const struct tasks_input *input = n->input;
    AUTO_FREE uint32_t *keys = mem_calloc((size_t)input->slot_count + 1, sizeof(*keys));
    uint32_t count = 0;
    int status = ST_OK;
    if (keys == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < input->slot_count; i++)
        keys[i] = key_of(&input->slots[i]);
    if (input->slot_count > 1)
        qsort(keys, input->slot_count, sizeof(*keys), by_value);
    for (uint32_t i = 0; i < input->slot_count; i++)
        if (count == 0 || keys[i] != keys[count - 1])
            keys[count++] = keys[i];
    for (uint32_t i = 0; i < input->slot_count && status == ST_OK; i++) {
        uint32_t place = lower_bound(keys, count, key_of(&input->slots[i]));
        status = add(n, (struct flow_arc){.from = slot_node(input, i),
                                          .to = 0,
                                          .capacity = (int32_t)input->slots[i].count,
                                          .first = (int32_t)place - (int32_t)count});
    }
    return status;
}

int tasks_network(const struct tasks_input *input, struct flow_problem *ret,
                  struct diag *reterr)
{
    int status = check(input, reterr);
    if (status < 0)
        return status;
    int64_t places = 0;
    for (uint32_t i = 0; i < input->slot_count; i++)
        places += input->slots[i].count;
    struct network n = {.input = input,
                        .node_count = 1 + input->person_count + input->slot_count,
                        .evenness = places * 2 * TASKS_SECONDS_MAX + 1};
    status = add_arcs(&n);
    if (status == ST_OK)
        status = add_block_arcs(&n);
    if (status == ST_OK)
        status = add_people(&n);
    if (status == ST_OK)
        status = add_slots(&n);
    if (status < 0) {
        mem_free(n.arcs);
        return status == ST_LIMIT ? diag_set(reterr, ST_LIMIT, 0, 0, "tasks",
                                             "the network has too many arcs")
                                  : status;
    }
    *ret = (struct flow_problem){
        .arcs = n.arcs, .node_count = n.node_count, .arc_count = n.arc_count};
    return ST_OK;
}

/* ---- the answer ---- */
static void count_moves(const struct tasks_input *input, struct tasks *tasks)
{
    for (uint32_t i = 0; i < input->arc_count;) {
        uint32_t person = input->arcs[i].person, here = 0, elsewhere = 0;
        for (; i < input->arc_count && input->arcs[i].person == person; i++) {
            uint32_t task = input->slots[input->arcs[i].slot].task;
            here += tasks->taken[i] && task == input->people[person].task;
            elsewhere += tasks->taken[i] && task != input->people[person].task;
        }
        if (input->people[person].task == TASKS_NONE)
            continue;
        tasks->kept += here > 0;
        tasks->moved += here == 0 && elsewhere > 0;
    }
}

static int read_flow(const struct tasks_input *input, const int32_t *flow,
                     struct tasks *ret)
{
    ret->taken = mem_calloc((size_t)input->arc_count + 1, sizeof(*ret->taken));
    ret->covered = mem_calloc((size_t)input->slot_count + 1, sizeof(*ret->covered));
    if (ret->taken == NULL || ret->covered == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < input->arc_count; i++) {
        if (flow[i] == 0)
            continue;
        ret->taken[i] = 1;
        ret->covered[input->arcs[i].slot]++;
        ret->places++;
        ret->travel_s += input->arcs[i].seconds;
    }
    count_moves(input, ret);
    return ST_OK;
}

int tasks_solve(const struct tasks_input *input, struct tasks *ret, struct diag *reterr)
{
    struct flow_problem problem;
    struct flow_start start;
    *ret = (struct tasks){0};
    int status = tasks_network(input, &problem, reterr);
    if (status < 0)
        return status;
    int32_t *flow = mem_calloc((size_t)problem.arc_count + 1, sizeof(*flow));
    flow_price *prices = mem_calloc((size_t)problem.node_count + 1, sizeof(*prices));
    uint32_t *tree = mem_calloc((size_t)problem.node_count + 1, sizeof(*tree));
    if (flow == NULL || prices == NULL || tree == NULL)
        status = ST_NO_MEMORY;
    if (status == ST_OK)
        status = tasks_start(input, &problem, flow, tree);
    start = (struct flow_start){flow, tree};
    problem.start = &start;
    if (status == ST_OK)
        status = flow_solve(&problem, flow, prices);
    if (status == ST_OK)
        status = flow_check(&problem, flow, prices, &ret->is_proved);
    if (status == ST_OK)
        status = read_flow(input, flow, ret);
    mem_free(flow);
    mem_free(prices);
    mem_free(tree);
    mem_free((void *)(uintptr_t)problem.arcs);
    if (status < 0)
        tasks_release(ret);
    return status;
}

void tasks_release(struct tasks *tasks)
{
    mem_free(tasks->taken);
    mem_free(tasks->covered);
    *tasks = (struct tasks){0};
}
