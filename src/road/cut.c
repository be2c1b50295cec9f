/* SPDX-License-Identifier: Apache-2.0 */
/* Inertial flow (A. Schild, C. Sommer, SEA 2015): along several directions the first and
 * the last part of the nodes are sources and sinks, and a maximum flow between them shows
 * the smallest cut. Here nodes have the capacity 1, not edges: what is cut are nodes, as
 * a hierarchy wants it (Menger's theorem), so nothing is lost on the way from cut edges
 * to nodes.
 *
 * The flow is Dinic's (Soviet Math. Dokl. 11, 1970). Every node v is two states, in(v) =
 * 2v and out(v) = 2v + 1, joined by an arc of capacity 1; a flow is a set of disjoint
 * paths, kept as before[v] and after[v]. From in(v) the search goes to out(v) if no path
 * uses v, else back along the path to out(before[v]); from out(v) to in(w) of every
 * neighbour, or to in(v) if a path uses v. Only sources with a neighbour that is none
 * matter. */
#include "base/mem.h"
#include "base/status.h"
#include "road/order.h"

#include <string.h>

#define NONE UINT32_MAX
#define START (UINT32_MAX - 1) /* before a path's first node, after its last one */
/* Sources and sinks: this part of all nodes each. */
#define PART(count) ((uint32_t)((uint64_t)(count)*CUT_PART_PERCENT / 100))
#define CUT_PART_PERCENT 25

struct projected {
    int64_t key;
    uint32_t node;
};

struct cut {
    const struct cut_net *net;
    struct projected *projected;
    uint8_t *role; /* by node: enum role */
    uint8_t *side; /* of the direction at hand */
    uint32_t *before, *after;
    uint32_t *level, *next; /* by state: distance from the sources; neighbour to try */
    uint32_t *queue, *path; /* states */
    uint32_t *sources, source_count;
};
enum role { ROLE_PLAIN, ROLE_SOURCE, ROLE_SINK };

int cut_new(struct cut **ret, uint32_t count_max)
{
    struct cut *cut = mem_calloc(1, sizeof *cut);
    if (cut == NULL)
        return ST_NO_MEMORY;
    size_t n = (size_t)count_max + 1;
    cut->projected = mem_alloc(n * sizeof *cut->projected);
    cut->role = mem_alloc(n);
    cut->side = mem_alloc(n);
    cut->before = mem_alloc(n * sizeof *cut->before);
    cut->after = mem_alloc(n * sizeof *cut->after);
    cut->level = mem_alloc(2 * n * sizeof *cut->level);
    cut->next = mem_alloc(2 * n * sizeof *cut->next);
    cut->queue = mem_alloc(2 * n * sizeof *cut->queue);
    cut->path = mem_alloc(2 * n * sizeof *cut->path);
    cut->sources = mem_alloc(n * sizeof *cut->sources);
    if (cut->projected == NULL || cut->role == NULL || cut->side == NULL ||
        cut->before == NULL || cut->after == NULL || cut->level == NULL ||
        cut->next == NULL || cut->queue == NULL || cut->path == NULL ||
        cut->sources == NULL) {
        cut_free(cut);
        return ST_NO_MEMORY;
    }
    *ret = cut;
    return ST_OK;
}

void cut_free(struct cut *cut)
{
    if (cut == NULL)
        return;
    mem_free(cut->projected);
    mem_free(cut->role);
    mem_free(cut->side);
    mem_free(cut->before);
    mem_free(cut->after);
    mem_free(cut->level);
    mem_free(cut->next);
    mem_free(cut->queue);
    mem_free(cut->path);
    mem_free(cut->sources);
    mem_free(cut);
}

/* ---- sources and sinks ------------------------------------------------------------ */

static bool lower(struct projected a, struct projected b)
{
    return a.key < b.key || (a.key == b.key && a.node < b.node);
}

/* The K lowest come to the front (C. A. R. Hoare, Algorithm 65: Find, 1961). */
static void select_lowest(struct projected *items, uint32_t count, uint32_t k)
{
    uint32_t low = 0, high = count;
    while (high - low > 1 && k > low && k < high) {
        struct projected pivot = items[low + (high - low) / 2];
        uint32_t i = low, j = high - 1;
        for (;;) {
            while (lower(items[i], pivot))
                i++;
            while (lower(pivot, items[j]))
                j--;
            if (i >= j)
                break;
            struct projected swap = items[i];
            items[i++] = items[j];
            items[j--] = swap;
        }
        /* Below i nothing is above the pivot, from i on nothing below it. */
        if (i == low)
            i++;
        if (k <= i)
            high = i;
        if (k >= i)
            low = i;
    }
}

static void choose_ends(struct cut *cut, int32_t dx, int32_t dy)
{
    const struct cut_net *net = cut->net;
    uint32_t part = PART(net->count) > 0 ? PART(net->count) : 1;
    for (uint32_t v = 0; v < net->count; v++) {
        cut->projected[v].key = (int64_t)net->x[v] * dx + (int64_t)net->y[v] * dy;
        cut->projected[v].node = v;
    }
    memset(cut->role, ROLE_PLAIN, net->count);
    select_lowest(cut->projected, net->count, part);
    for (uint32_t i = 0; i < part; i++)
        cut->role[cut->projected[i].node] = ROLE_SOURCE;
    select_lowest(cut->projected + part, net->count - part, net->count - 2 * part);
    for (uint32_t i = net->count - part; i < net->count; i++)
        cut->role[cut->projected[i].node] = ROLE_SINK;
    cut->source_count = 0;
    for (uint32_t i = 0; i < part; i++) {
        uint32_t v = cut->projected[i].node;
        bool is_border = false;
        for (uint32_t k = net->first[v]; k < net->first[v + 1] && !is_border; k++)
            is_border = cut->role[net->heads[k]] != ROLE_SOURCE;
        if (is_border)
            cut->sources[cut->source_count++] = v;
    }
}

/* ---- flow -------------------------------------------------------------------------- */

/* Levels by a walk in width; true if a sink with room is among the states met. */
static bool walk(struct cut *cut)
{
    const struct cut_net *net = cut->net;
    uint32_t head = 0, tail = 0;
    bool found = false;
    memset(cut->level, 0xFF, 2 * (size_t)net->count * sizeof *cut->level);
    for (uint32_t i = 0; i < cut->source_count; i++)
        if (cut->before[cut->sources[i]] == NONE) {
            cut->level[2 * cut->sources[i]] = 0;
            cut->queue[tail++] = 2 * cut->sources[i];
        }
    while (head < tail) {
        uint32_t state = cut->queue[head++], v = state / 2, to = NONE;
        uint32_t level = cut->level[state] + 1;
        if (state % 2 == 0) {
            if (cut->before[v] == NONE && cut->role[v] == ROLE_SINK)
                found = true;
            else if (cut->before[v] == NONE)
                to = state + 1;
            else if (cut->before[v] != START)
                to = 2 * cut->before[v] + 1;
        } else {
            for (uint32_t k = net->first[v]; k < net->first[v + 1]; k++) {
                uint32_t w = net->heads[k];
                if (cut->level[2 * w] == NONE && cut->role[w] != ROLE_SOURCE) {
                    cut->level[2 * w] = level;
                    cut->queue[tail++] = 2 * w;
                }
            }
            if (cut->before[v] != NONE)
                to = state - 1;
        }
        if (to != NONE && cut->level[to] == NONE) {
            cut->level[to] = level;
            cut->queue[tail++] = to;
        }
    }
    return found;
}

/* The next state of the level after that of STATE, or NONE. */
static uint32_t step(struct cut *cut, uint32_t state)
{
    const struct cut_net *net = cut->net;
    uint32_t v = state / 2, level = cut->level[state] + 1;
    if (state % 2 == 0) {
        if (cut->next[state]++ > 0)
            return NONE;
        uint32_t to = cut->before[v] == NONE    ? state + 1
                      : cut->before[v] != START ? 2 * cut->before[v] + 1
                                                : NONE;
        return to != NONE && cut->level[to] == level ? to : NONE;
    }
    uint32_t degree = net->first[v + 1] - net->first[v];
    while (cut->next[state] < degree) {
        uint32_t w = net->heads[net->first[v] + cut->next[state]++];
        if (cut->level[2 * w] == level && cut->role[w] != ROLE_SOURCE)
            return 2 * w;
    }
    if (cut->next[state]++ == degree && cut->before[v] != NONE &&
        cut->level[state - 1] == level)
        return state - 1;
    return NONE;
}

/* The states of a way become flow: first what it takes back, then what it adds. */
static void augment(struct cut *cut, uint32_t count)
{
    const uint32_t *path = cut->path;
    for (uint32_t i = 0; i + 1 < count; i++) {
        uint32_t v = path[i] / 2, u = path[i + 1] / 2;
        if (path[i] % 2 == 0 && u != v) { /* in(v) to out(before[v]) */
            cut->before[v] = NONE;
            cut->after[u] = NONE;
        }
    }
    for (uint32_t i = 0; i + 1 < count; i++) {
        uint32_t v = path[i] / 2, w = path[i + 1] / 2;
        if (path[i] % 2 == 1 && w != v) { /* out(v) to in(w) */
            cut->after[v] = w;
            cut->before[w] = v;
        }
    }
    cut->before[path[0] / 2] = START;
    cut->after[path[count - 1] / 2] = START;
}

/* One way from SOURCE along rising levels to a sink with room. */
static bool push(struct cut *cut, uint32_t source)
{
    uint32_t count = 0;
    cut->path[count++] = 2 * source;
    while (count > 0) {
        uint32_t state = cut->path[count - 1], v = state / 2;
        if (state % 2 == 0 && cut->role[v] == ROLE_SINK && cut->before[v] == NONE) {
            augment(cut, count);
            return true;
        }
        uint32_t to = step(cut, state);
        if (to != NONE) {
            cut->path[count++] = to;
            continue;
        }
        cut->level[state] = NONE; /* nothing more this way */
        count--;
    }
    return false;
}

/* The size of the largest flow, or more than LIMIT. */
static uint32_t flow(struct cut *cut, uint32_t limit)
{
    uint32_t value = 0;
    memset(cut->before, 0xFF, cut->net->count * sizeof *cut->before);
    memset(cut->after, 0xFF, cut->net->count * sizeof *cut->after);
    while (walk(cut)) {
        memset(cut->next, 0, 2 * (size_t)cut->net->count * sizeof *cut->next);
        for (uint32_t i = 0; i < cut->source_count; i++)
            if (cut->before[cut->sources[i]] == NONE && push(cut, cut->sources[i]))
                value++;
        if (value > limit)
            break;
    }
    return value;
}

/* After the last walk: cut are the nodes entered and not left. */
static uint32_t take_sides(struct cut *cut, uint32_t *ret_low)
{
    uint32_t between = 0, low = 0;
    for (uint32_t v = 0; v < cut->net->count; v++)
        cut->side[v] = cut->role[v] == ROLE_SOURCE ? CUT_LOW : CUT_HIGH;
    for (uint32_t i = 0; i < cut->source_count; i++)
        cut->level[2 * cut->sources[i]] = 0;
    for (uint32_t v = 0; v < cut->net->count; v++) {
        if (cut->level[2 * v + 1] != NONE)
            cut->side[v] = CUT_LOW;
        else if (cut->level[2 * v] != NONE)
            cut->side[v] = CUT_BETWEEN;
        between += cut->side[v] == CUT_BETWEEN;
        low += cut->side[v] == CUT_LOW;
    }
    *ret_low = low;
    return between;
}

uint32_t cut_find(struct cut *cut, const struct cut_net *net, uint8_t *ret_side)
{
    static const int8_t directions[][2] = {{1, 0}, {0, 1}, {1, 1}, {1, -1}};
    uint32_t best = NONE, best_less = 0;
    assert(net->count >= 4);
    cut->net = net;
    for (size_t i = 0; i < COUNT_OF(directions); i++) {
        choose_ends(cut, directions[i][0], directions[i][1]);
        if (flow(cut, best) > best)
            continue;
        uint32_t low, between = take_sides(cut, &low);
        uint32_t high = net->count - low - between, less = low < high ? low : high;
        if (between < best || (between == best && less > best_less)) {
            best = between;
            best_less = less;
            memcpy(ret_side, cut->side, net->count);
        }
    }
    return best;
}
