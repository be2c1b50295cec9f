/* SPDX-License-Identifier: Apache-2.0 */
/* The dense way. Band by band the network is searched backwards from the incident; at a
 * final node everybody who stands on an edge that reaches it is offered with the time
 * through that node, and again at the other end. It is over when k have been found and
 * the next band is later than the last of them: nothing can be better then, whatever the
 * order inside a band. While fewer have been met than are wanted nobody need be looked
 * at: bands are gone through together then, so that memory is waited for once. Those on
 * the incident's own edge get one more offer at the start, straight along it. In the own
 * mode of everybody three searches run side by side; the one with the earliest next band
 * moves. */
#include "crowd/question.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/closed.h"

#define STOPS_TOGETHER 4096u

int edges_at(struct question *q, int mode, uint32_t node, edge_visit *visit)
{
    const struct crowd *crowd = q->crowd;
    uint32_t count;
    const struct street *streets = streets_at(&crowd->streets, node, &count);
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        uint32_t edge = street_edge(&streets[i]);
        if (slab_any(&crowd->slab, edge))
            status = visit(q, mode, edge, node);
    }
    return status;
}

bool entry_counts(const struct question *q, int mode, uint32_t edge,
                  const struct slab_entry *entry)
{
    if ((SLAB_MODES(entry->who) >> mode & 1) == 0 ||
        (own_mode(q) && SLAB_OWN_MODE(entry->where) != (uint32_t)mode))
        return false;
    if ((entry->who & SLAB_PLACED) == 0)
        return true;
    const struct member *member = crowd_member(q->crowd, SLAB_MEMBER(entry->who));
    struct road_pin pin =
        member_pin(q->crowd, member, member_place(q->crowd, member, &q->moment),
                   (enum road_mode)mode);
    return pin.edge == edge && ((pin.where ^ entry->where) << 2) == 0;
}

int offer(struct question *q, uint32_t slot, int mode, uint32_t ms)
{
    struct best *best = &q->work->best;
    struct offered *known = best_find(best, slot);
    int status;
    if (known != NULL) {
        if (known->barred || ms >= known->ms)
            return ST_OK;
        status = best_improve(best, known, ms);
    } else {
        const struct member *member = crowd_member(q->crowd, slot);
        const struct offered offered = {
            .id = member->id,
            .member = slot,
            .ms = ms,
            .mode = (uint8_t)mode,
            .place = (uint8_t)member_place(q->crowd, member, &q->moment),
            .barred = person_reason(q, member) != CROWD_OK};
        status = best_add(best, &offered);
    }
    const struct offered *last = best_last(best);
    if (last != NULL && last->ms < q->limit_ms)
        q->limit_ms = last->ms;
    return status;
}

/* What was met is gone through in three rounds (edges, people on them, the people
 * themselves), each of which asks for the memory of the next one: waiting for it would be
 * most of the cost. */
static int note_nearby(struct question *q, uint32_t member, uint32_t ms)
{
    struct workspace *work = q->work;
    if (work->nearby_count == work->nearby_capacity) {
        int status = mem_grow(&work->nearby, &work->nearby_capacity,
                              work->nearby_count + 1, sizeof(*work->nearby), ANSWER_MAX);
        if (status < 0)
            return status;
    }
    __builtin_prefetch(crowd_member(q->crowd, member));
    work->nearby[work->nearby_count++] = (struct nearby){member, ms};
    return ST_OK;
}

static int look_along(struct question *q, int mode, const struct stop *stop,
                      uint32_t node_ms)
{
    uint32_t count;
    int status = ST_OK;
    const struct slab_entry *entries = slab_at(&q->crowd->slab, stop->edge, &count);
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        if (group_verdict(q, entries[i].group) == VERDICT_NO)
            continue;
        uint32_t out = road_pin_out_ms(stop->ms, entries[i].where, stop->end);
        uint64_t ms = (uint64_t)node_ms + out;
        if (out != ROAD_MS_NONE && ms <= q->limit_ms &&
            entry_counts(q, mode, stop->edge, &entries[i]))
            status = note_nearby(q, SLAB_MEMBER(entries[i].who), (uint32_t)ms);
    }
    return status;
}

static int meet(struct question *q, int mode)
{
    struct workspace *work = q->work;
    struct spread *spread = work->spreads[mode];
    const struct slab *slab = &q->crowd->slab;
    int status = ST_OK;
    for (uint32_t i = 0; i < spread->stop_count; i++)
        __builtin_prefetch(&slab->entries[slab->heads[spread->stops[i].edge].at]);
    work->nearby_count = 0;
    for (uint32_t i = 0; i < spread->stop_count && status == ST_OK; i++) {
        uint32_t node_ms = spread_ms(spread, spread->stops[i].node);
        if (node_ms <= q->limit_ms)
            status = look_along(q, mode, &spread->stops[i], node_ms);
    }
    for (uint32_t i = 0; i < work->nearby_count && status == ST_OK; i++)
        if (work->nearby[i].ms <= q->limit_ms)
            status = offer(q, work->nearby[i].member, mode, work->nearby[i].ms);
    spread_forget_stops(spread);
    return status;
}

static int meet_all(struct question *q)
{
    int status = ST_OK;
    for (int mode = 0; mode < ROAD_MODE_COUNT && status == ST_OK; mode++)
        if (q->work->on[mode])
            status = meet(q, mode);
    return status;
}

/* Might k have been met, or are the edges so many that they leave the cache? */
static bool enough(const struct workspace *work)
{
    uint64_t people = work->best.heap_count;
    uint32_t stops = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        if (!work->on[mode])
            continue;
        people += work->spreads[mode]->stop_people;
        stops += work->spreads[mode]->stop_count;
    }
    return people >= work->best.wanted || stops >= STOPS_TOGETHER;
}

static int meet_own_edge(struct question *q, int mode)
{
    struct crowd *crowd = q->crowd;
    const struct road_spot *incident = &q->work->spots[mode];
    uint32_t count;
    const struct slab_entry *entries = slab_at(&crowd->slab, incident->edge, &count);
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        struct road_spot spot;
        uint32_t m, ms;
        if (group_verdict(q, entries[i].group) == VERDICT_NO ||
            !entry_counts(q, mode, incident->edge, &entries[i]))
            continue;
        road_pin_spot(crowd->road, (enum road_mode)mode,
                      (struct road_pin){incident->edge, entries[i].where}, &spot);
        ms = road_spot_direct_ms(crowd->road, q->slow, (enum road_mode)mode, &spot,
                                 incident, &m);
        if (ms <= q->limit_ms)
            status = offer(q, SLAB_MEMBER(entries[i].who), mode, ms);
    }
    return status;
}

int start_spread(struct question *q, int mode)
{
    struct workspace *work = q->work;
    int status = ST_OK;
    if (work->spreads[mode] == NULL)
        status = spread_new(&work->spreads[mode], &q->crowd->streets, &q->crowd->slab);
    if (status == ST_OK)
        status = spread_start(work->spreads[mode], (enum road_mode)mode,
                              &work->spots[mode], q->closed);
    return status;
}

/* The mode whose next band is the earliest, or -1. */
static int earliest(const struct workspace *work, uint32_t limit_ms)
{
    int best = -1;
    uint32_t best_ms = limit_ms;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        uint32_t ms =
            work->on[mode] ? spread_bound_ms(work->spreads[mode]) : ROAD_MS_NONE;
        if (ms != ROAD_MS_NONE && (ms < best_ms || (best < 0 && ms == best_ms))) {
            best = mode;
            best_ms = ms;
        }
    }
    return best;
}

int walk(struct question *q)
{
    struct workspace *work = q->work;
    int status = ST_OK;
    for (int mode = 0; mode < ROAD_MODE_COUNT && status == ST_OK; mode++)
        if (work->on[mode] && (status = start_spread(q, mode)) == ST_OK)
            status = meet_own_edge(q, mode);
    for (int mode; status == ST_OK && (mode = earliest(work, q->limit_ms)) >= 0;) {
        int more = spread_next(work->spreads[mode]);
        if (more < 0)
            return more;
        if (more > 0 && enough(work))
            status = meet_all(q);
    }
    return status == ST_OK ? meet_all(q) : status;
}
