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

#define AHEAD 6u /* runs */

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
    struct on_run on = q->crowd->streets.on_run[at->number];
    uint32_t count;
    const struct slab_entry *entries = slab_at(&q->crowd->slab, on.run, &count);
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        uint64_t m;
        if (entries[i].at != on.at || !entry_counts(q, at->mode, on.run, &entries[i]) ||
            best_way(q, at, streets_where(on, entries[i].where), &m) > q->until_ms)
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

/* Each edge at NODE once: at the lower one of its ends if both are near enough. */
static int go_through_all_at(struct question *q, int mode, uint32_t node)
{
    const struct streets *streets = &q->crowd->streets;
    int status = ST_OK;
    for (uint32_t i = streets->first_at[node];
         i < streets->first_at[node + 1] && status == ST_OK; i++) {
        struct stretch stretch;
        uint32_t edge = streets->edges_at[i];
        if (q->crowd->slab.heads[streets->on_run[edge].run].count == 0)
            continue;
        look_at(q, mode, edge, &stretch);
        int other = stretch.edge.node[0] == node;
        if (stretch.ms[other] == ROAD_MS_NONE || stretch.edge.node[other] >= node)
            status = go_through(q, &stretch);
    }
    return status;
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
        status = go_through_all_at(q, mode, work->nodes[i]);
    struct stretch own;
    look_at(q, mode, work->spots[mode].edge, &own);
    if (status == ST_OK && own.ms[0] == ROAD_MS_NONE && own.ms[1] == ROAD_MS_NONE)
        status = go_through(q, &own);
    return status;
}

/* ---- without lengths ---- */

static uint32_t wanted_ms(const struct question *q, int mode, uint32_t junction)
{
    uint32_t ms = spread_ms(q->work->spreads[mode], junction);
    return ms <= q->until_ms ? ms : ROAD_MS_NONE;
}

static int count_run(struct question *q, int mode, uint32_t run)
{
    const uint32_t *junctions = q->crowd->streets.runs[run].junctions;
    const uint32_t ends_ms[2] = {wanted_ms(q, mode, junctions[0]),
                                 wanted_ms(q, mode, junctions[1])};
    uint32_t count;
    const struct slab_entry *entries = slab_at(&q->crowd->slab, run, &count);
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++)
        if (entry_ms(q, mode, run, ends_ms, &entries[i]) <= q->until_ms &&
            entry_counts(q, mode, run, &entries[i]))
            status = consider(q, &entries[i], 0);
    return status;
}

/* Each run once: by the lower one of its junctions if both are near enough. The
 * incident's is left out. */
static int count_stop(struct question *q, int mode, const struct stop *stop)
{
    uint32_t run = stop->name >> 1, end = stop->name & 1u;
    uint32_t other = q->crowd->streets.runs[run].junctions[!end];
    bool there = other < stop->junction || (other == stop->junction && end != 0);
    if (run == q->work->spreads[mode]->inside.run ||
        wanted_ms(q, mode, stop->junction) == ROAD_MS_NONE ||
        (there && wanted_ms(q, mode, other) != ROAD_MS_NONE))
        return ST_OK;
    return count_run(q, mode, run);
}

static int count_by_bands(struct question *q, int mode)
{
    const struct slab *slab = &q->crowd->slab;
    int more = start_spread(q, mode);
    struct spread *spread = q->work->spreads[mode];
    if (more < 0)
        return more;
    for (more = 1; more == 1 && spread_bound_ms(spread) <= q->until_ms;)
        more = spread_next(spread);
    int status = more < 0 ? more : count_run(q, mode, spread->inside.run);
    for (uint32_t i = 0; i < spread->stop_count && status == ST_OK; i++) {
        if (i + AHEAD < spread->stop_count) {
            uint32_t run = spread->stops[i + AHEAD].name >> 1;
            __builtin_prefetch(&q->crowd->streets.runs[run]);
            __builtin_prefetch(&slab->entries[slab->heads[run].at]);
        }
        status = count_stop(q, mode, &spread->stops[i]);
    }
    return status;
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
    for (uint32_t i = 0; i < best->order_count; i++) {
        uint32_t slot = best->all[(uint32_t)best->order[i]].member;
        q->met[slot / 64] |= UINT64_C(1) << slot % 64;
    }
    q->answer->considered += best->order_count;
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
