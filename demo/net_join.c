/* SPDX-License-Identifier: Apache-2.0 */
/* Few bridges, one network. Union-find over what is certainly there; then the possible
 * bridges in random order, each built only if it joins two parts that are apart (Kruskal
 * 1956): first for the network of cars, then for everybody. A field track between two
 * parts of the cars' network becomes a road. What is then still apart is dropped from the
 * map, and what no car can reach is closed to cars. Tarjan's strong components (1972,
 * iterative) find one-way streets that lead into a trap: those become two-way. */
#include "demo/net.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/graph.h"

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

static bool is_candidate(const struct net *net, const struct net_element *e)
{
    return !e->kept && (net->lines[e->line].flags & NET_SPUR) == 0;
}

/* CARS: only over what cars may use. */
static void build_bridges(struct net *net, const struct parts *parts,
                          struct candidate *candidates, bool cars)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < net->element_count; i++) {
        const struct net_element *e = &net->elements[i];
        if (is_candidate(net, e) && (!cars || net_is_for_cars(&net->lines[e->line])))
            candidates[count++] = (struct candidate){i, e->key};
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

static void join_kept(const struct net *net, const struct parts *parts, bool cars)
{
    for (uint32_t i = 0; i < net->node_count; i++) {
        parts->parent[i] = i;
        parts->size[i] = 1;
    }
    for (uint32_t i = 0; i < net->element_count; i++) {
        const struct net_element *e = &net->elements[i];
        if (e->kept && (!cars || net_is_for_cars(&net->lines[e->line])))
            join(parts, e->a, e->b);
    }
}

/* The elements from FIRST to LAST are one unbroken track: a road if it joins two parts of
 * the cars' network. */
static void promote_track(struct net *net, const struct parts *parts, uint32_t first,
                          uint32_t last)
{
    uint32_t seen = NET_NONE;
    bool joins = false;
    for (uint32_t i = first; i <= last; i++) {
        uint32_t ends[2] = {net->elements[i].a, net->elements[i].b};
        for (int k = 0; k < 2; k++) {
            uint32_t part = find(parts, ends[k]);
            if (parts->size[part] < PART_NODES_MIN / 2)
                continue;
            joins = joins || (seen != NET_NONE && seen != part);
            seen = part;
        }
    }
    if (!joins)
        return;
    net->lines[net->elements[first].line].class = NET_UNCLASSIFIED;
    for (uint32_t i = first; i <= last; i++)
        join(parts, net->elements[i].a, net->elements[i].b);
}

static void promote_tracks(struct net *net, const struct parts *parts)
{
    for (uint32_t i = 0; i < net->element_count; i++) {
        const struct net_element *e = &net->elements[i];
        if (!e->kept || net->lines[e->line].class != NET_TRACK)
            continue;
        uint32_t last = i;
        while (last + 1 < net->element_count && e[last + 1 - i].line == e->line &&
               e[last + 1 - i].kept)
            last++;
        promote_track(net, parts, i, last);
        i = last;
    }
}

static uint32_t largest(const struct parts *parts, uint32_t count)
{
    uint32_t best = find(parts, 0);
    for (uint32_t i = 0; i < count; i++)
        if (parts->parent[i] == i && parts->size[i] > parts->size[best])
            best = i;
    return best;
}

static void close_to_cars(struct net *net, const struct parts *parts)
{
    join_kept(net, parts, true);
    uint32_t best = largest(parts, net->node_count);
    for (uint32_t i = 0; i < net->element_count; i++) {
        struct net_element *e = &net->elements[i];
        e->closed = net_is_for_cars(&net->lines[e->line]) && find(parts, e->a) != best;
    }
}

static void keep_largest(struct net *net, const struct parts *parts)
{
    uint32_t best = largest(parts, net->node_count);
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
    join_kept(net, &parts, true);
    promote_tracks(net, &parts);
    build_bridges(net, &parts, candidates, true);
    join_kept(net, &parts, false);
    build_bridges(net, &parts, candidates, false);
    keep_largest(net, &parts);
    close_to_cars(net, &parts);
    net_open_traps(net);
}

/* ---- strong components ----------------------------------------------------------------
 */

static bool is_arc(const struct net *net, const struct net_element *e, bool forward)
{
    return e->kept && net_is_for_cars(&net->lines[e->line]) && !e->closed &&
           (forward || !e->oneway);
}

static int rows_build(struct graph_rows *rows, const struct net *net)
{
    rows->first = mem_calloc((size_t)net->node_count + 1, sizeof *rows->first);
    rows->arcs = mem_calloc((size_t)net->element_count * 2 + 1, sizeof *rows->arcs);
    if (rows->first == NULL || rows->arcs == NULL)
        return ST_NO_MEMORY;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < net->element_count; i++) {
            const struct net_element *e = &net->elements[i];
            uint32_t tails[2] = {e->a, e->b};
            for (int d = 0; d < 2; d++) {
                if (!is_arc(net, e, d == 0))
                    continue;
                if (pass == 0)
                    rows->first[tails[d]]++;
                else
                    rows->arcs[--rows->first[tails[d]]].node = tails[1 - d];
            }
        }
        for (uint32_t i = 1; pass == 0 && i <= net->node_count; i++)
            rows->first[i] += rows->first[i - 1];
    }
    return ST_OK;
}

void net_open_traps(struct net *net)
{
    if (net->status != ST_OK)
        return;
    struct graph_rows rows = {0};
    uint32_t count;
    AUTO_FREE uint32_t *part = mem_alloc(((size_t)net->node_count + 1) * sizeof *part);
    int status = part == NULL ? ST_NO_MEMORY : rows_build(&rows, net);
    if (status == ST_OK)
        status = graph_rows_parts(&rows, net->node_count, part, &count);
    graph_rows_release(&rows);
    if (status != ST_OK) {
        net->status = status;
        return;
    }
    for (uint32_t i = 0; i < net->element_count; i++) {
        struct net_element *e = &net->elements[i];
        if (part[e->a] != part[e->b])
            e->oneway = 0;
    }
}
