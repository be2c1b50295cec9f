/* SPDX-License-Identifier: Apache-2.0 */
#include "crowd/streets.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/arc.h"
#include "road/closed.h"
#include "road/pin.h"

#include <assert.h>
#include <string.h>

#define EDGES_MAX ((1u << 31) - 1) /* struct street's name */

/* While they are made. Junctions in runs are nodes until all are known. */
struct maker {
    struct streets *streets;
    uint8_t *is_junction; /* by node */
    uint32_t node_count, edge_count, link_count;
};

static uint32_t add_ms(uint32_t a, uint32_t b)
{
    uint64_t sum = (uint64_t)a + b;
    return a == ROAD_MS_NONE || b == ROAD_MS_NONE || sum > ROAD_MS_NONE ? ROAD_MS_NONE
                                                                        : (uint32_t)sum;
}

static void ends_of(const struct streets *streets, uint32_t edge, uint32_t ret[2])
{
    struct road_pin_edge pin;
    road_pin_edge(streets->road, ROAD_FOOT, edge, &pin);
    ret[0] = pin.node[0];
    ret[1] = pin.node[1];
}

/* ---- runs ----------------------------------------------------------------------------
 */

/* The edges at each node. */
static void list_edges(struct maker *maker)
{
    struct streets *streets = maker->streets;
    uint32_t *first = streets->first_at, ends[2], sum = 0;
    for (uint32_t edge = 0; edge < maker->edge_count; edge++) {
        ends_of(streets, edge, ends);
        first[ends[0]]++;
        first[ends[1]]++;
    }
    for (uint32_t node = 0; node < maker->node_count; node++) {
        maker->is_junction[node] = first[node] != 2;
        sum += first[node];
        first[node] = sum;
    }
    first[maker->node_count] = sum;
    for (uint32_t edge = maker->edge_count; edge-- > 0;) {
        ends_of(streets, edge, ends);
        streets->edges_at[--first[ends[1]]] = edge;
        streets->edges_at[--first[ends[0]]] = edge;
    }
}

/* An edge at NODE that is on no run yet. */
static uint32_t edge_on(const struct streets *streets, uint32_t node)
{
    for (uint32_t i = streets->first_at[node]; i < streets->first_at[node + 1]; i++)
        if (streets->on_run[streets->edges_at[i]].run == STREET_NONE)
            return streets->edges_at[i];
    return STREET_NONE;
}

/* From the junction NODE along EDGE to the next junction that was one before. */
static void lay(struct maker *maker, uint32_t node, uint32_t edge)
{
    struct streets *streets = maker->streets;
    struct run *run = NULL;
    while (edge != STREET_NONE) {
        uint32_t link = maker->link_count++, ends[2];
        if (run == NULL) {
            run = &streets->runs[streets->run_count++];
            *run = (struct run){.first = link, .junctions = {node}};
        }
        ends_of(streets, edge, ends);
        bool turned = ends[0] != node;
        streets->edges[link] = edge;
        streets->on_run[edge] = (struct on_run){
            .run = streets->run_count - 1, .at = run->links & 15u, .turned = turned};
        run->links++;
        node = ends[!turned];
        edge = maker->is_junction[node] ? STREET_NONE : edge_on(streets, node);
        if (edge != STREET_NONE && run->links < RUN_LINKS_MAX)
            continue;
        maker->is_junction[node] = 1;
        run->junctions[1] = node;
        run = NULL;
    }
}

static void lay_all(struct maker *maker)
{
    struct streets *streets = maker->streets;
    for (uint32_t node = 0; node < maker->node_count; node++)
        for (uint32_t edge; maker->is_junction[node] != 0 &&
                            (edge = edge_on(streets, node)) != STREET_NONE;)
            lay(maker, node, edge);
    for (uint32_t edge = 0; edge < maker->edge_count; edge++) { /* rings */
        uint32_t ends[2];
        if (streets->on_run[edge].run != STREET_NONE)
            continue;
        ends_of(streets, edge, ends);
        maker->is_junction[ends[0]] = 1;
        lay(maker, ends[0], edge);
    }
}

/* In the order of the nodes, so that neighbours stay together. */
static int number_junctions(struct maker *maker)
{
    struct streets *streets = maker->streets;
    AUTO_FREE uint32_t *number = mem_alloc((maker->node_count + 1u) * sizeof(*number));
    if (number == NULL)
        return ST_NO_MEMORY;
    for (uint32_t node = 0; node < maker->node_count; node++) {
        number[node] = streets->junction_count;
        streets->junction_count += maker->is_junction[node];
    }
    for (uint32_t i = 0; i < streets->run_count; i++)
        for (int end = 0; end < 2; end++)
            streets->runs[i].junctions[end] = number[streets->runs[i].junctions[end]];
    return ST_OK;
}

/* ---- times ----------------------------------------------------------------------------
 */

/* From END on, the link that is next to it first; what the whole run takes towards it. */
static uint32_t time_run(struct streets *streets, int mode, const struct run *run,
                         int end)
{
    uint32_t to = 0;
    for (uint32_t i = 0; i < run->links; i++) {
        struct road_pin_edge pin;
        uint32_t link = run->first + (end == 0 ? i : run->links - 1 - i);
        uint32_t edge = streets->edges[link];
        road_pin_edge(streets->road, (enum road_mode)mode, edge, &pin);
        int node = end ^ (int)streets->on_run[edge].turned;
        uint32_t own = pin.ms[!node]; /* [0] leads to node[1] */
        streets->links[mode][end][link] = (struct link){.to = to, .own = own};
        to = add_ms(to, own);
    }
    return to;
}

/* By junction how many streets meet there, and what is in `more` for the crowded ones. */
static int count_streets(struct streets *streets, int mode, uint32_t *counts)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < streets->run_count; i++)
        for (int end = 0; end < 2; end++)
            counts[streets->runs[i].junctions[end]]++;
    for (uint32_t i = 0; i < streets->junction_count; i++) {
        struct street *first = streets->junctions[mode][i].streets;
        for (uint32_t j = 0; j < JUNCTION_STREETS; j++)
            first[j].name = STREET_NONE;
        if (counts[i] > JUNCTION_STREETS) {
            *first = (struct street){.name = STREET_MORE, .other = sum, .ms = counts[i]};
            sum += counts[i];
        }
        counts[i] = 0;
    }
    streets->more[mode] = mem_calloc_large(sum + 1u, sizeof(struct street));
    return streets->more[mode] == NULL ? ST_NO_MEMORY : ST_OK;
}

/* FILLED: how many of each junction are there. */
static void fill_streets(struct streets *streets, int mode, uint32_t *filled)
{
    for (uint32_t i = 0; i < streets->run_count; i++) {
        const struct run *run = &streets->runs[i];
        for (int end = 0; end < 2; end++) {
            uint32_t junction = run->junctions[end];
            struct street *first = streets->junctions[mode][junction].streets;
            if (first->name == STREET_MORE)
                first = &streets->more[mode][first->other];
            first[filled[junction]++] =
                (struct street){.other = run->junctions[!end],
                                .name = i << 1 | (uint32_t)end,
                                .ms = time_run(streets, mode, run, end),
                                .first = run->first};
        }
    }
}

static int make_mode(struct maker *maker, int mode)
{
    struct streets *streets = maker->streets;
    uint32_t junctions = streets->junction_count;
    AUTO_FREE uint32_t *filled = mem_calloc(junctions + 1u, sizeof(*filled));
    size_t size = (maker->edge_count + 1u) * sizeof(struct link);
    for (int end = 0; end < 2; end++)
        streets->links[mode][end] = mem_alloc_large(size);
    streets->junctions[mode] = mem_calloc_large(junctions + 1u, sizeof(struct junction));
    if (filled == NULL || streets->links[mode][0] == NULL ||
        streets->links[mode][1] == NULL || streets->junctions[mode] == NULL ||
        count_streets(streets, mode, filled) < 0)
        return ST_NO_MEMORY;
    fill_streets(streets, mode, filled);
    return ST_OK;
}

static int make_runs(struct maker *maker)
{
    struct streets *streets = maker->streets;
    size_t edges = maker->edge_count + 1u;
    AUTO_FREE uint8_t *is_junction = mem_calloc(maker->node_count + 1u, 1);
    maker->is_junction = is_junction;
    streets->first_at = mem_calloc_large(maker->node_count + 1u, sizeof(uint32_t));
    streets->edges_at = mem_alloc_large(2 * edges * sizeof(uint32_t));
    streets->edges = mem_alloc_large(edges * sizeof(uint32_t));
    streets->on_run = mem_alloc_large(edges * sizeof(struct on_run));
    streets->runs = mem_alloc_large(edges * sizeof(struct run));
    if (is_junction == NULL || streets->first_at == NULL || streets->edges_at == NULL ||
        streets->edges == NULL || streets->on_run == NULL || streets->runs == NULL)
        return ST_NO_MEMORY;
    memset(streets->on_run, 0xff, edges * sizeof(struct on_run));
    list_edges(maker);
    lay_all(maker);
    assert(maker->link_count == maker->edge_count);
    return number_junctions(maker);
}

int streets_make(struct streets *ret, const struct road *road)
{
    struct streets streets = {.road = road};
    struct maker maker = {.streets = &streets,
                          .node_count = road_node_count(road),
                          .edge_count = road_edge_count(road)};
    assert(maker.edge_count < EDGES_MAX);
    int status = make_runs(&maker);
    for (int mode = 0; mode < ROAD_MODE_COUNT && status == ST_OK; mode++)
        status = make_mode(&maker, mode);
    if (status < 0) {
        streets_release(&streets);
        return status;
    }
    *ret = streets;
    return ST_OK;
}

void streets_release(struct streets *streets)
{
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        mem_free(streets->junctions[mode]);
        mem_free(streets->more[mode]);
        mem_free(streets->links[mode][0]);
        mem_free(streets->links[mode][1]);
    }
    mem_free(streets->edges);
    mem_free(streets->on_run);
    mem_free(streets->runs);
    mem_free(streets->first_at);
    mem_free(streets->edges_at);
    *streets = (struct streets){0};
}

/* ---- roads closed and slow ------------------------------------------------------------
 */

/* What LINK takes under CLOSED, towards END, whoever stands on it; RET_PASS: whoever
 * passes. */
static uint32_t own_under(const struct streets *streets, int mode, int end, uint32_t link,
                          const struct road_closed *closed, uint32_t *ret_pass)
{
    uint32_t edge = streets->edges[link], kmh = ROAD_KMH_FREE;
    uint32_t own = streets->links[mode][end][link].own;
    if (closed != NULL)
        kmh = road_closed_kmh(closed, edge);
    if (kmh != ROAD_KMH_FREE && own != ROAD_MS_NONE) {
        struct road_pin_edge pin;
        road_pin_edge(streets->road, (enum road_mode)mode, edge, &pin);
        const struct graph_arc arc = {
            .ms = own, .length_mm = pin.length_mm, .edge = edge};
        own = road_own_ms(closed, &arc);
    }
    *ret_pass = kmh == ROAD_KMH_CLOSED ? ROAD_MS_NONE : own;
    return own;
}

struct link streets_link_under(const struct streets *streets, int mode, uint32_t run,
                               int end, uint32_t at, const struct road_closed *closed,
                               bool passes)
{
    const struct run *on = &streets->runs[run];
    uint32_t i = end == 0 ? 0 : on->links - 1, step = end == 0 ? 1 : UINT32_MAX, pass;
    struct link ret = {0};
    for (; i != at; i += step) {
        (void)own_under(streets, mode, end, on->first + i, closed, &pass);
        ret.to = add_ms(ret.to, pass);
    }
    ret.own = own_under(streets, mode, end, on->first + at, closed, &pass);
    if (passes)
        ret.own = pass;
    return ret;
}

uint32_t streets_pass_ms(const struct streets *streets, const struct street *street,
                         int mode, const struct road_closed *closed)
{
    uint32_t run = street->name >> 1, links = streets->runs[run].links, sum = 0;
    for (uint32_t i = 0; i < links; i++) {
        uint32_t pass;
        (void)own_under(streets, mode, (int)(street->name & 1), street->first + i, closed,
                        &pass);
        sum = add_ms(sum, pass);
    }
    return sum;
}

/* ---- a place inside a run
 * --------------------------------------------------------------
 */

void streets_inside(const struct streets *streets, int mode, const struct road_spot *spot,
                    const struct road_closed *closed, struct inside *ret)
{
    ret->run = STREET_NONE;
    if (spot->edge == ROAD_NODE_NONE)
        return;
    struct on_run on = streets->on_run[spot->edge];
    struct run run = streets->runs[on.run];
    uint32_t ends[2];
    *ret = (struct inside){.run = on.run, .at = on.at};
    for (int end = 0; end < 2; end++) { /* asked for together: both are needed soon */
        __builtin_prefetch(&streets->links[mode][end][run.first]);
        __builtin_prefetch(&streets->junctions[mode][run.junctions[end]]);
    }
    memset(ret->ms, 0xff, sizeof(ret->ms));
    ends_of(streets, spot->edge, ends);
    for (uint32_t end = 0; end < 2; end++)
        for (int i = 0; i < 2; i++)
            if (ends[end ^ on.turned] == spot->node[i] &&
                spot->in_ms[i] < ret->ms[on.at + end])
                ret->ms[on.at + end] = spot->in_ms[i];
    for (uint32_t i = 0; i < run.links; i++) {
        uint32_t pass, *next = &ret->ms[i + 1];
        (void)own_under(streets, mode, 0, run.first + i, closed, &pass);
        pass = add_ms(ret->ms[i], pass);
        *next = pass < *next ? pass : *next;
    }
    for (uint32_t i = run.links; i-- > 0;) {
        uint32_t pass, *next = &ret->ms[i];
        (void)own_under(streets, mode, 1, run.first + i, closed, &pass);
        pass = add_ms(ret->ms[i + 1], pass);
        *next = pass < *next ? pass : *next;
    }
}
