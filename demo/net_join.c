/* SPDX-License-Identifier: Apache-2.0 */
/* Few bridges, one network. Union-find over what is certainly there; then the possible
 * bridges in random order, cars' roads first, each built only if it joins two parts that
 * are apart (Kruskal 1956); what is then still apart is dropped from the map. Tarjan's
 * strong components (1972, iterative) find one-way streets that lead into a trap: those
 * become two-way. */
#include "demo/net.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Parts smaller than this are not worth a bridge. */
#define PART_NODES_MIN 12

struct parts {
    uint32_t *parent, *size;
};

static uint32_t find(const struct parts *parts, uint32_t node)
{
    uint32_t *parent = parts->parent;
    while (parent[node] != node) {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    return node;
}

static void join(const struct parts *parts, uint32_t a, uint32_t b)
{
    a = find(parts, a);
    b = find(parts, b);
    if (a == b)
        return;
    if (parts->size[a] < parts->size[b]) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    parts->parent[b] = a;
    parts->size[a] += parts->size[b];
}

struct candidate {
    uint32_t element;
    double rank;
};

static int candidate_compare(const void *one, const void *other)
{
    const struct candidate *a = one, *b = other;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->element < b->element ? -1 : a->element > b->element;
}

static void build_bridges(struct net *net, const struct parts *parts,
                          struct candidate *candidates)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < net->element_count; i++) {
        const struct net_element *e = &net->elements[i];
        const struct net_line *line = &net->lines[e->line];
        if (e->kept)
            join(parts, e->a, e->b);
        else if ((line->flags & NET_SPUR) == 0)
            candidates[count++] =
                (struct candidate){i, e->key + (net_is_for_cars(line->class) ? 0 : 1)};
    }
    if (count > 0)
        qsort(candidates, count, sizeof *candidates, candidate_compare);
    for (uint32_t i = 0; i < count; i++) {
        struct net_element *e = &net->elements[candidates[i].element];
        uint32_t a = find(parts, e->a), b = find(parts, e->b);
        if (a == b || parts->size[a] < PART_NODES_MIN || parts->size[b] < PART_NODES_MIN)
            continue;
        e->kept = 1;
        join(parts, a, b);
    }
}

static void keep_largest(struct net *net, const struct parts *parts)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < net->node_count; i++)
        if (parts->parent[i] == i && parts->size[i] > parts->size[best])
            best = i;
    best = find(parts, best);
    for (uint32_t i = 0; i < net->node_count; i++)
        net->nodes[i].degree = 0;
    for (uint32_t i = 0; i < net->element_count; i++) {
        struct net_element *e = &net->elements[i];
        e->kept = e->kept && find(parts, e->a) == best;
        net->nodes[e->a].degree += e->kept;
        net->nodes[e->b].degree += e->kept;
    }
}

void net_join(struct net *net)
{
    if (net->status != ST_OK || net->node_count == 0)
        return;
    AUTO_FREE uint32_t *parent = mem_alloc(net->node_count * sizeof *parent);
    AUTO_FREE uint32_t *size = mem_alloc(net->node_count * sizeof *size);
    AUTO_FREE struct candidate *candidates =
        mem_alloc(net->element_count * sizeof *candidates);
    if (parent == NULL || size == NULL || candidates == NULL) {
        net->status = ST_NO_MEMORY;
        return;
    }
    struct parts parts = {parent, size};
    for (uint32_t i = 0; i < net->node_count; i++) {
        parent[i] = i;
        size[i] = 1;
    }
    build_bridges(net, &parts, candidates);
    keep_largest(net, &parts);
    net_open_traps(net);
}

/* ---- strong components ----------------------------------------------------------------
 */

struct arcs {
    uint32_t *starts; /* node -> first of its arcs */
    uint32_t *heads;
};

static bool is_arc(const struct net *net, const struct net_element *e, bool forward)
{
    return e->kept && net_is_for_cars(net->lines[e->line].class) &&
           (forward || !e->oneway);
}

static int arcs_build(struct arcs *arcs, const struct net *net)
{
    arcs->starts = mem_calloc((size_t)net->node_count + 1, sizeof *arcs->starts);
    arcs->heads = mem_alloc((size_t)net->element_count * 2 * sizeof *arcs->heads);
    if (arcs->starts == NULL || arcs->heads == NULL)
        return ST_NO_MEMORY;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < net->element_count; i++) {
            const struct net_element *e = &net->elements[i];
            uint32_t tails[2] = {e->a, e->b};
            for (int d = 0; d < 2; d++) {
                if (!is_arc(net, e, d == 0))
                    continue;
                if (pass == 0)
                    arcs->starts[tails[d]]++;
                else
                    arcs->heads[--arcs->starts[tails[d]]] = tails[1 - d];
            }
        }
        for (uint32_t i = 1; pass == 0 && i <= net->node_count; i++)
            arcs->starts[i] += arcs->starts[i - 1];
    }
    return ST_OK;
}

struct tarjan {
    const struct arcs *arcs;
    uint32_t *order, *low, *part, *stack, *path, *at;
    uint32_t stacked, depth, next, parts;
};

static void tarjan_enter(struct tarjan *t, uint32_t node)
{
    t->order[node] = t->low[node] = ++t->next;
    t->stack[t->stacked++] = node;
    t->at[node] = t->arcs->starts[node];
    t->path[t->depth++] = node;
}

static void tarjan_leave(struct tarjan *t, uint32_t node)
{
    t->depth--;
    if (t->depth > 0) {
        uint32_t above = t->path[t->depth - 1];
        t->low[above] = t->low[node] < t->low[above] ? t->low[node] : t->low[above];
    }
    if (t->low[node] != t->order[node])
        return;
    t->parts++;
    uint32_t popped;
    do {
        popped = t->stack[--t->stacked];
        t->part[popped] = t->parts;
    } while (popped != node);
}

static void tarjan_from(struct tarjan *t, uint32_t root)
{
    tarjan_enter(t, root);
    while (t->depth > 0) {
        uint32_t node = t->path[t->depth - 1];
        if (t->at[node] == t->arcs->starts[node + 1]) {
            tarjan_leave(t, node);
            continue;
        }
        uint32_t head = t->arcs->heads[t->at[node]++];
        if (t->order[head] == 0)
            tarjan_enter(t, head);
        else if (t->part[head] == 0 && t->order[head] < t->low[node])
            t->low[node] = t->order[head];
    }
}

void net_open_traps(struct net *net)
{
    if (net->status != ST_OK)
        return;
    size_t count = net->node_count;
    struct arcs arcs = {0};
    int r = arcs_build(&arcs, net);
    AUTO_FREE uint32_t *heads = arcs.heads;
    AUTO_FREE uint32_t *starts = arcs.starts;
    AUTO_FREE uint32_t *room = mem_calloc(count * 6 + 1, sizeof *room);
    if (r != ST_OK || room == NULL) {
        net->status = ST_NO_MEMORY;
        return;
    }
    struct tarjan t = {.arcs = &arcs,
                       .order = room,
                       .low = room + count,
                       .part = room + 2 * count,
                       .stack = room + 3 * count,
                       .path = room + 4 * count,
                       .at = room + 5 * count};
    for (uint32_t i = 0; i < count; i++)
        if (t.order[i] == 0)
            tarjan_from(&t, i);
    for (uint32_t i = 0; i < net->element_count; i++) {
        struct net_element *e = &net->elements[i];
        if (t.part[e->a] != t.part[e->b])
            e->oneway = 0;
    }
}
