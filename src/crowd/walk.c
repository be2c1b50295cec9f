/* SPDX-License-Identifier: Apache-2.0 */
/* The dense way. Band by band the network is searched backwards from the incident; at a
 * final junction everybody on the runs that begin there is offered with the time through
 * it, and again at the other end. It is over when k have been found and the next band is
 * later than the last of them: nothing can be better then, whatever the order inside a
 * band. While fewer have been met than are wanted nobody need be looked at: bands are
 * gone through together then, so that memory is waited for once. Those on the incident's
 * own run get one more offer at the start, straight along it. In the own mode of
 * everybody three searches run side by side; the one with the earliest next band moves.
 */
#include "crowd/question.h"

#include "base/mem.h"
#include "base/status.h"
#include "road/closed.h"

#define STOPS_TOGETHER 4096u

bool entry_counts(const struct question *q, int mode, uint32_t run,
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
    if (pin.edge == ROAD_NODE_NONE)
        return false;
    struct on_run on = q->crowd->streets.on_run[pin.edge];
    return on.run == run && on.at == entry->at &&
           ((streets_where(on, pin.where) ^ entry->where) << 2) == 0;
}

/* What it takes whoever stands at the entry of RUN, whose first link is FIRST, to END of
 * the entry's own link, and RET_TO from there to the junction. */
static inline uint32_t leave_ms(const struct question *q, int mode, uint32_t run,
                                uint32_t first, int end, const struct slab_entry *entry,
                                uint32_t *ret_to)
{
    const struct streets *streets = &q->crowd->streets;
    bool is_node = road_pin_access(entry->where) == PIN_ON_NODE;
    struct link link =
        q->closed == NULL
            ? streets->links[mode][end][first + entry->at]
            : streets_link_under(streets, mode, run, end, entry->at, q->closed, is_node);
    *ret_to = link.to;
    return road_pin_along_ms(link.own, entry->where, end);
}

/* On the incident's own edge. */
static uint32_t direct_ms(const struct question *q, int mode,
                          const struct slab_entry *entry)
{
    const struct road *road = q->crowd->road;
    const struct road_spot *incident = &q->work->spots[mode];
    struct on_run on = q->crowd->streets.on_run[incident->edge];
    const struct road_pin pin = {incident->edge, streets_where(on, entry->where)};
    struct road_spot spot;
    uint32_t m;
    road_pin_spot(road, (enum road_mode)mode, pin, &spot);
    return road_spot_direct_ms(road, q->slow, (enum road_mode)mode, &spot, incident, &m);
}

uint64_t entry_ms(const struct question *q, int mode, uint32_t run,
                  const uint32_t ends_ms[2], const struct slab_entry *entry)
{
    const struct inside *inside = &q->work->spreads[mode]->inside;
    uint32_t first = q->crowd->streets.runs[run].first;
    uint64_t best = ROAD_MS_NONE;
    bool own = run == inside->run;
    for (uint32_t end = 0; end < 2; end++) {
        uint32_t to, out = leave_ms(q, mode, run, first, (int)end, entry, &to);
        uint64_t ms = ROAD_MS_NONE;
        if (ends_ms[end] != ROAD_MS_NONE && to != ROAD_MS_NONE)
            ms = (uint64_t)ends_ms[end] + to;
        if (own && inside->ms[entry->at + end] < ms)
            ms = inside->ms[entry->at + end];
        if (ms < ROAD_MS_NONE && out != ROAD_MS_NONE && ms + out < best)
            best = ms + out;
    }
    uint32_t direct =
        own && entry->at == inside->at ? direct_ms(q, mode, entry) : ROAD_MS_NONE;
    return direct < best ? direct : best;
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

/* Those of stop number I who have the skills. */
static int pass_stop(struct question *q, int mode, uint32_t i)
{
    struct workspace *work = q->work;
    const struct stop *stop = &work->spreads[mode]->stops[i];
    const struct link *links =
        &q->crowd->streets.links[mode][stop->name & 1u][stop->first];
    uint32_t count;
    const struct slab_entry *entries = slab_at(&q->crowd->slab, stop->name >> 1, &count);
    if (work->passed_count + count > work->passed_capacity) {
        int status =
            mem_grow(&work->passed, &work->passed_capacity, work->passed_count + count,
                     sizeof(*work->passed), ANSWER_MAX);
        if (status < 0)
            return status;
    }
    for (uint32_t j = 0; j < count; j++) {
        __builtin_prefetch(&links[entries[j].at]);
        work->passed[work->passed_count] = (struct passed){&entries[j], i};
        work->passed_count += group_verdict(q, entries[j].group) != VERDICT_NO;
    }
    return ST_OK;
}

static int look_at(struct question *q, int mode, const struct passed *passed)
{
    const struct spread *spread = q->work->spreads[mode];
    const struct stop *stop = &spread->stops[passed->stop];
    const struct slab_entry *entry = passed->entry;
    uint32_t run = stop->name >> 1, ms = spread_ms(spread, stop->junction);
    int end = (int)(stop->name & 1u);
    uint32_t to, out = leave_ms(q, mode, run, stop->first, end, entry, &to);
    uint64_t sum = (uint64_t)ms + to + out;
    if (to == ROAD_MS_NONE || out == ROAD_MS_NONE || sum > q->limit_ms ||
        !entry_counts(q, mode, run, entry))
        return ST_OK;
    return note_nearby(q, SLAB_MEMBER(entry->who), (uint32_t)sum);
}

static int offer_nearby(struct question *q, int mode)
{
    struct workspace *work = q->work;
    int status = ST_OK;
    for (uint32_t i = 0; i < work->nearby_count && status == ST_OK; i++)
        if (work->nearby[i].ms <= q->limit_ms)
            status = offer(q, work->nearby[i].member, mode, work->nearby[i].ms);
    work->nearby_count = 0;
    return status;
}

/* What was met is gone through in four rounds (runs, people on them, their links, the
 * people themselves), each of which asks for the memory of the next one: waiting for it
 * would be most of the cost. */
static int meet(struct question *q, int mode)
{
    struct workspace *work = q->work;
    struct spread *spread = work->spreads[mode];
    int status = ST_OK;
    work->passed_count = 0;
    for (uint32_t i = 0; i < spread->stop_count && status == ST_OK; i++)
        if (spread_ms(spread, spread->stops[i].junction) <= q->limit_ms)
            status = pass_stop(q, mode, i);
    for (uint32_t i = 0; i < work->passed_count && status == ST_OK; i++)
        status = look_at(q, mode, &work->passed[i]);
    spread_forget_stops(spread);
    return status == ST_OK ? offer_nearby(q, mode) : status;
}

static int meet_all(struct question *q)
{
    int status = ST_OK;
    for (int mode = 0; mode < ROAD_MODE_COUNT && status == ST_OK; mode++)
        if (q->work->on[mode])
            status = meet(q, mode);
    return status;
}

/* Might k have been met, or are the runs so many that they leave the cache? */
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

/* Those on the incident's run who come along it. */
static int meet_own_run(struct question *q, int mode)
{
    static const uint32_t neither[2] = {ROAD_MS_NONE, ROAD_MS_NONE};
    uint32_t run = q->work->spreads[mode]->inside.run, count;
    const struct slab_entry *entries = slab_at(&q->crowd->slab, run, &count);
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        if (group_verdict(q, entries[i].group) == VERDICT_NO)
            continue;
        uint64_t ms = entry_ms(q, mode, run, neither, &entries[i]);
        if (ms <= q->limit_ms && entry_counts(q, mode, run, &entries[i]))
            status = note_nearby(q, SLAB_MEMBER(entries[i].who), (uint32_t)ms);
    }
    return status == ST_OK ? offer_nearby(q, mode) : status;
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
    work->nearby_count = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT && status == ST_OK; mode++)
        if (work->on[mode] && (status = start_spread(q, mode)) == ST_OK)
            status = meet_own_run(q, mode);
    for (int mode; status == ST_OK && (mode = earliest(work, q->limit_ms)) >= 0;) {
        int more = spread_next(work->spreads[mode]);
        if (more < 0)
            return more;
        if (more > 0 && enough(work))
            status = meet_all(q);
    }
    return status == ST_OK ? meet_all(q) : status;
}
