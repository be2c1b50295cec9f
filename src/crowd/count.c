/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of an answer besides its people. The network is searched once more as far
 * as the last one returned (or as far as the question goes): by Dijkstra with lengths, or
 * by bands if these are not wanted. Every edge of that area is gone through once:
 * everybody on it who is not later was considered. Nobody is on two edges at the same
 * hour and in the same mode, so nobody counts twice. */
#include "crowd/question.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/closed.h"

#define AHEAD 6u /* edges */

/* The edge being gone through. */
struct stretch {
    struct road_pin_edge edge;
    int mode;
    uint32_t number;
    uint32_t ms[2], m[2]; /* of its ends; ROAD_MS_NONE = later than wanted */
    bool own;             /* the incident's */
};

static int list_excluded(struct crowd_answer *answer, int64_t id,
                         enum crowd_reason reason)
{
    int status = mem_grow(&answer->excluded_ids, &answer->excluded_id_capacity,
                          answer->excluded_id_count + 1, sizeof(*answer->excluded_ids),
                          ANSWER_MAX);
    if (status == ST_OK)
        answer->excluded_ids[answer->excluded_id_count++] =
            (struct crowd_excluded){.id = id, .reason = reason};
    return status;
}

static int exclude(struct question *q, const struct member *member,
                   enum crowd_reason reason)
{
    q->answer->considered++;
    q->answer->excluded[reason]++;
    if ((q->query->flags & CROWD_LIST_EXCLUDED) == 0)
        return ST_OK;
    return list_excluded(q->answer, member->id, reason);
}

/* A person who is MS away, and M metres. */
static int consider(struct question *q, const struct slab_entry *entry, uint32_t m)
{
    uint32_t slot = SLAB_MEMBER(entry->who);
    if (q->met != NULL)
        q->met[slot / 64] |= UINT64_C(1) << slot % 64;
    if (group_verdict(q, entry->group) == VERDICT_NO) {
        /* Most people: not even their own line of memory is needed. */
        if (q->query->forced_out_count == 0 &&
            (q->query->flags & CROWD_LIST_EXCLUDED) == 0) {
            q->answer->considered++;
            q->answer->excluded[CROWD_NO_SKILL]++;
            return ST_OK;
        }
        const struct member *member = crowd_member(q->crowd, slot);
        return exclude(q, member, unskilled_reason(q, member));
    }
    const struct offered *offered = best_find(&q->work->best, slot);
    if (offered != NULL && !offered->barred && offered->at != BEST_OUT) {
        q->answer->candidates[offered->at].m = m;
        q->answer->considered++;
        return ST_OK;
    }
    const struct member *member = crowd_member(q->crowd, slot);
    enum crowd_reason reason = person_reason(q, member);
    return exclude(q, member, reason == CROWD_OK ? CROWD_TOO_FAR : reason);
}

static void better(uint64_t ms, uint64_t m, uint64_t *best_ms, uint64_t *best_m)
{
    if (ms < *best_ms || (ms == *best_ms && m < *best_m)) {
        *best_ms = ms;
        *best_m = m;
    }
}

/* Time and length of somebody on the stretch: by either end, or straight along it. */
static uint64_t best_way(const struct question *q, const struct stretch *at,
                         uint32_t where, uint64_t *ret_m)
{
    uint64_t best_ms = ROAD_MS_NONE, best_m = UINT32_MAX;
    struct road_spot spot;
    enum road_mode mode = (enum road_mode)at->mode;
    road_pin_spot(q->crowd->road, mode, (struct road_pin){at->number, where}, &spot);
    road_spot_limit(q->crowd->road, q->slow, mode, &spot);
    for (int end = 0; end < 2; end++)
        for (int side = 0; side < 2; side++)
            if (spot.node[side] == at->edge.node[end] && at->ms[end] != ROAD_MS_NONE &&
                spot.out_ms[side] != ROAD_MS_NONE)
                better((uint64_t)at->ms[end] + spot.out_ms[side],
                       (uint64_t)at->m[end] + spot.out_m[side], &best_ms, &best_m);
    if (at->own) {
        uint32_t m = 0, ms = road_spot_direct_ms(q->crowd->road, q->slow, mode, &spot,
                                                 &q->work->spots[mode], &m);
        if (ms != ROAD_MS_NONE)
            better(ms, m, &best_ms, &best_m);
    }
    *ret_m = best_m;
    return best_ms;
}

static int go_through(struct question *q, const struct stretch *at)
{
    uint32_t count;
    const struct slab_entry *entries = slab_at(&q->crowd->slab, at->number, &count);
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        uint64_t m;
        if (!entry_counts(q, at->mode, at->number, &entries[i]) ||
            best_way(q, at, entries[i].where, &m) > q->until_ms)
            continue;
        status = consider(q, &entries[i], m < UINT32_MAX ? (uint32_t)m : UINT32_MAX);
    }
    return status;
}

static void look_at(const struct question *q, int mode, uint32_t number,
                    struct stretch *ret)
{
    *ret = (struct stretch){.mode = mode, .number = number};
    road_pin_edge(q->crowd->road, (enum road_mode)mode, number, &ret->edge);
    ret->own = number == q->work->spots[mode].edge;
    for (int end = 0; end < 2; end++)
        if (!road_search_label(q->work->search, ret->edge.node[end], &ret->ms[end],
                               &ret->m[end]) ||
            ret->ms[end] > q->until_ms)
            ret->ms[end] = ROAD_MS_NONE;
}

/* Each edge once: at the lower one of its ends if both are near enough. */
static int visit(struct question *q, int mode, uint32_t edge, uint32_t node)
{
    struct stretch stretch;
    look_at(q, mode, edge, &stretch);
    int other = stretch.edge.node[0] == node;
    if (stretch.ms[other] != ROAD_MS_NONE && stretch.edge.node[other] < node)
        return ST_OK;
    return go_through(q, &stretch);
}

static int count_with_metres(struct question *q, int mode)
{
    struct workspace *work = q->work;
    struct road_settled settled;
    if (work->search == NULL) {
        int made = road_search_new(&work->search, q->crowd->road);
        if (made < 0)
            return made;
    }
    road_search_avoid(work->search, q->closed);
    int status = road_search_start(work->search, (enum road_mode)mode, ROAD_TO,
                                   &work->spots[mode]);
    work->node_count = 0;
    while (status == ST_OK && road_search_next(work->search, &settled) &&
           settled.ms <= q->until_ms) {
        status = mem_grow(&work->nodes, &work->node_capacity, work->node_count + 1,
                          sizeof(*work->nodes), ANSWER_MAX);
        if (status == ST_OK)
            work->nodes[work->node_count++] = settled.node;
    }
    for (uint32_t i = 0; i < work->node_count && status == ST_OK; i++)
        status = edges_at(q, mode, work->nodes[i], visit);
    struct stretch own;
    look_at(q, mode, work->spots[mode].edge, &own);
    if (status == ST_OK && own.ms[0] == ROAD_MS_NONE && own.ms[1] == ROAD_MS_NONE)
        status = go_through(q, &own);
    return status;
}

/* ---- without lengths ---- */

/* From the node of STOP to its other end along the edge. */
static uint32_t back_ms(const struct question *q, int mode, const struct stop *stop)
{
    uint32_t count, name = stop->edge << 1 | !stop->end;
    const struct street *streets = streets_at(&q->crowd->streets, stop->other, &count);
    for (uint32_t i = 0; i < count; i++)
        if (streets[i].name == name)
            return street_own_ms(&q->crowd->streets, &streets[i], mode, q->slow);
    return ROAD_MS_NONE;
}

static uint32_t direct_ms(const struct question *q, int mode, uint32_t edge,
                          uint32_t where)
{
    struct road_spot spot;
    uint32_t m;
    road_pin_spot(q->crowd->road, (enum road_mode)mode, (struct road_pin){edge, where},
                  &spot);
    return road_spot_direct_ms(q->crowd->road, q->slow, (enum road_mode)mode, &spot,
                               &q->work->spots[mode], &m);
}

/* Those on the edge of STOP: NEAR_MS is the time of its node, FAR_MS of the other end,
 * ROAD_MS_NONE = later than wanted. */
static int count_along(struct question *q, int mode, const struct stop *stop,
                       uint32_t near_ms, uint32_t far_ms)
{
    const struct slab *slab = &q->crowd->slab;
    bool own = stop->edge == q->work->spots[mode].edge;
    uint32_t back = far_ms == ROAD_MS_NONE ? 0 : back_ms(q, mode, stop), count;
    const struct slab_entry *entries = slab_at(slab, stop->edge, &count);
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        uint32_t where = entries[i].where, out;
        uint64_t ms = ROAD_MS_NONE;
        if (near_ms != ROAD_MS_NONE &&
            (out = road_pin_out_ms(stop->ms, where, stop->end)) != ROAD_MS_NONE)
            ms = (uint64_t)near_ms + out;
        if (far_ms != ROAD_MS_NONE &&
            (out = road_pin_out_ms(back, where, !stop->end)) != ROAD_MS_NONE &&
            (uint64_t)far_ms + out < ms)
            ms = (uint64_t)far_ms + out;
        if (own && (out = direct_ms(q, mode, stop->edge, where)) < ms)
            ms = out;
        if (ms <= q->until_ms && entry_counts(q, mode, stop->edge, &entries[i]))
            status = consider(q, &entries[i], 0);
    }
    return status;
}

static uint32_t wanted_ms(const struct question *q, int mode, uint32_t node)
{
    uint32_t ms = spread_ms(q->work->spreads[mode], node);
    return ms <= q->until_ms ? ms : ROAD_MS_NONE;
}

/* Each edge once: at the lower one of its ends if both are near enough. */
static int count_stop(struct question *q, int mode, const struct stop *stop)
{
    uint32_t near_ms = wanted_ms(q, mode, stop->node);
    uint32_t far_ms = wanted_ms(q, mode, stop->other);
    bool there = stop->other < stop->node || (stop->other == stop->node && stop->end);
    if (near_ms == ROAD_MS_NONE || (far_ms != ROAD_MS_NONE && there))
        return ST_OK;
    return count_along(q, mode, stop, near_ms, far_ms);
}

static int count_by_bands(struct question *q, int mode)
{
    const struct road_spot *spot = &q->work->spots[mode];
    const struct slab *slab = &q->crowd->slab;
    int more = start_spread(q, mode);
    struct spread *spread = q->work->spreads[mode];
    spread_forget_stops(spread);
    if (more < 0)
        return more;
    for (more = 1; more == 1 && spread_bound_ms(spread) <= q->until_ms;)
        more = spread_next(spread);
    int status = more < 0 ? more : ST_OK;
    for (uint32_t i = 0; i < spread->stop_count && status == ST_OK; i++) {
        if (i + 2 * AHEAD < spread->stop_count)
            __builtin_prefetch(&slab->heads[spread->stops[i + 2 * AHEAD].edge]);
        if (i + AHEAD < spread->stop_count)
            __builtin_prefetch(
                &slab->entries[slab->heads[spread->stops[i + AHEAD].edge].at]);
        status = count_stop(q, mode, &spread->stops[i]);
    }
    if (status != ST_OK || wanted_ms(q, mode, spot->node[0]) != ROAD_MS_NONE ||
        wanted_ms(q, mode, spot->node[1]) != ROAD_MS_NONE)
        return status;
    const struct stop own = {.edge = spot->edge, .node = spot->node[0]};
    return count_along(q, mode, &own, ROAD_MS_NONE, ROAD_MS_NONE);
}

/* ---- everybody ---- */

/* Whoever qualifies and has a way is in the answer: nothing needs to be searched. */
static bool all_are_in(const struct question *q)
{
    const struct crowd_query *query = q->query;
    return (query->flags & CROWD_NO_METRES) != 0 && query->ms_max >= ROAD_MS_NONE - 1 &&
           q->answer->count < query->count;
}

static void meet_answer(struct question *q)
{
    const struct best *best = &q->work->best;
    for (uint32_t i = 0; i < best->heap_count; i++) {
        uint32_t slot = best->all[(uint32_t)best->heap[i]].member;
        q->met[slot / 64] |= UINT64_C(1) << slot % 64;
    }
    q->answer->considered += best->heap_count;
}

/* EXPLAIN: those whom nothing leads from. */
static int exclude_unmet(struct question *q)
{
    struct crowd *crowd = q->crowd;
    int status = ST_OK;
    for (uint32_t i = 0; i < crowd->member_count && status == ST_OK; i++) {
        const struct member *member = crowd_member(crowd, i);
        if ((member->flags & MEMBER_USED) == 0 || (q->met[i / 64] >> i % 64 & 1) != 0)
            continue;
        enum crowd_reason reason = person_reason(q, member);
        enum road_mode mode = own_mode(q) ? member_mode(member) : q->query->mode;
        uint32_t place = member_place(crowd, member, &q->moment);
        if (reason == CROWD_OK)
            reason = member_pin(crowd, member, place, mode).edge == ROAD_NODE_NONE
                         ? CROWD_OFF_NETWORK
                         : CROWD_UNREACHABLE;
        status = exclude(q, member, reason);
    }
    return status;
}

int count_considered(struct question *q)
{
    struct workspace *work = q->work;
    const struct crowd_answer *answer = q->answer;
    bool whole = (q->query->flags & CROWD_EXPLAIN) != 0;
    q->until_ms = ROAD_MS_NONE - 1;
    if (!whole && answer->count > 0)
        q->until_ms = answer->candidates[answer->count - 1].ms;
    else if (!whole && q->query->ms_max < q->until_ms)
        q->until_ms = q->query->ms_max;
    AUTO_FREE uint64_t *met = NULL;
    if (whole) {
        met = mem_calloc(q->crowd->member_count / 64 + 1u, sizeof(*met));
        if (met == NULL)
            return ST_NO_MEMORY;
        q->met = met;
    }
    int status = ST_OK;
    bool counted = whole && all_are_in(q);
    if (counted)
        meet_answer(q);
    for (int mode = 0; mode < ROAD_MODE_COUNT && !counted && status == ST_OK; mode++)
        if (work->on[mode])
            status = (q->query->flags & CROWD_NO_METRES) != 0
                         ? count_by_bands(q, mode)
                         : count_with_metres(q, mode);
    if (status == ST_OK && whole)
        status = exclude_unmet(q);
    q->met = NULL;
    return status;
}
