/* SPDX-License-Identifier: Apache-2.0 */
/* The dense way. Band by band the network is searched backwards from the incident; at a
 * final junction everybody on the runs that begin there is offered with the time through
 * it, and again at the other end, unless that is itself reached along the run. It is over
 * when k have been found and the next band is later than the last of them: nothing can be
 * better then, whatever the order inside a band. While the k are not to be expected among
 * those met, nobody need be looked at: bands are gone through together then, so that
 * memory is waited for once. Those on the incident's own run get one more offer, straight
 * along it. In the own mode of everybody three searches run side by side; the one with
 * the earliest next band moves. */
#include "crowd/question.h"

#include "base/mem.h"
#include "base/status.h"

#define STOPS_TOGETHER 4096u

bool entry_stands(const struct question *q, int mode, uint32_t run,
                  const struct slab_entry *entry)
{
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

/* The link of the entry under what is closed and slow. */
static struct link link_under(const struct question *q, int mode, uint32_t run, int end,
                              const struct slab_entry *entry)
{
    return streets_link_under(&q->crowd->streets, mode, run, end, entry->at, q->closed,
                              road_pin_access(entry->where) == PIN_ON_NODE);
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
    const struct streets *streets = &q->crowd->streets;
    const struct inside *inside = &q->work->spreads[mode]->inside;
    uint32_t at = streets->runs[run].first + entry->at;
    uint64_t best = ROAD_MS_NONE;
    bool own = run == inside->run;
    for (int end = 0; end < 2; end++) {
        struct link link = q->closed == NULL ? streets->links[mode][end][at]
                                             : link_under(q, mode, run, end, entry);
        uint64_t ms = (uint64_t)ends_ms[end] + link.to;
        if (own && inside->ms[entry->at + (uint32_t)end] < ms)
            ms = inside->ms[entry->at + (uint32_t)end];
        ms += road_pin_along_ms(link.own, entry->where, end);
        best = ms < best ? ms : best;
    }
    uint32_t direct =
        own && entry->at == inside->at ? direct_ms(q, mode, entry) : ROAD_MS_NONE;
    return direct < best ? direct : best;
}

void offer(struct question *q, uint32_t slot, int mode, uint32_t ms)
{
    struct best *best = &q->work->best;
    bool is_new;
    struct offered *offered = best_of(best, slot, &is_new);
    if (is_new) {
        const struct member *member = crowd_member(q->crowd, slot);
        offered->id = member->id;
        offered->mode = (uint8_t)mode;
        offered->place = (uint8_t)member_place(q->crowd, member, &q->moment);
        offered->barred = person_reason(q, member) != CROWD_OK;
    }
    if (!offered->barred && ms < offered->ms) {
        best_enter(best, offered, ms);
        uint32_t limit_ms = best_limit_ms(best);
        q->limit_ms = limit_ms < q->limit_ms ? limit_ms : q->limit_ms;
    }
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

/* Those at the stop who have the skills. */
static int pass_stop(struct question *q, int mode, const struct stop *stop)
{
    struct workspace *work = q->work;
    uint32_t count, run = stop->name >> 1;
    const struct slab_entry *entries = slab_at(&q->crowd->slab, run, &count);
    int status = ST_OK;
    if (work->passed_count + count > work->passed_capacity)
        status = mem_grow(&work->passed, &work->passed_capacity,
                          work->passed_count + count, sizeof(*work->passed), ANSWER_MAX);
    if (status < 0)
        return status;
    struct passed *to = work->passed + work->passed_count, passed = {.name = stop->name};
    const struct link *links =
        &q->crowd->streets.links[mode][stop->name & 1u][stop->first];
    passed.ms = spread_ms(work->spreads[mode], stop->junction);
    for (uint32_t i = 0; i < count; i++) {
        passed.entry = &entries[i];
        passed.link = &links[entries[i].at];
        __builtin_prefetch(passed.link);
        *to = passed;
        to += group_verdict(q, entries[i].group) != VERDICT_NO;
    }
    work->passed_count = (uint32_t)(to - work->passed);
    return ST_OK;
}

/* Whether somebody may come through its junction and be in time. */
static bool stop_counts(const struct question *q, const struct spread *spread,
                        const struct stop *stop)
{
    return stop->junction == spread->streets->junction_count ||
           (spread_ms(spread, stop->junction) <= q->limit_ms &&
            !spread_leads_back(spread, stop));
}

/* ROAD_MS_NONE or more: no way. */
static uint64_t passed_ms(const struct question *q, int mode, const struct passed *passed)
{
    static const uint32_t neither[2] = {ROAD_MS_NONE, ROAD_MS_NONE};
    const struct slab_entry *entry = passed->entry;
    uint32_t run = passed->name >> 1;
    int end = (int)(passed->name & 1u);
    if (passed->ms == ROAD_MS_NONE) /* inside the incident's run */
        return entry_ms(q, mode, run, neither, entry);
    struct link link =
        q->closed == NULL ? *passed->link : link_under(q, mode, run, end, entry);
    return (uint64_t)passed->ms + link.to +
           road_pin_along_ms(link.own, entry->where, end);
}

static int look_at(struct question *q, int mode, const struct passed *passed)
{
    const struct slab_entry *entry = passed->entry;
    uint64_t ms = passed_ms(q, mode, passed);
    if (ms > q->limit_ms || !entry_counts(q, mode, passed->name >> 1, entry))
        return ST_OK;
    return note_nearby(q, SLAB_MEMBER(entry->who), (uint32_t)ms);
}

static int offer_nearby(struct question *q, int mode)
{
    struct workspace *work = q->work;
    int status = best_reserve(&work->best, work->nearby_count);
    for (uint32_t i = 0; i < work->nearby_count && status == ST_OK; i++)
        if (work->nearby[i].ms <= q->limit_ms)
            offer(q, work->nearby[i].member, mode, work->nearby[i].ms);
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
        if (stop_counts(q, spread, &spread->stops[i]))
            status = pass_stop(q, mode, &spread->stops[i]);
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

/* Are the missing ones of the k to be expected, or are the runs so many that they leave
 * the cache? Once there are k, an eighth more: the limit may fall by them. */
static bool enough(const struct workspace *work, double share)
{
    const struct best *best = &work->best;
    uint64_t people = 0;
    uint32_t stops = 0, missing = best->wanted / 8 + 1;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        if (!work->on[mode])
            continue;
        people += work->spreads[mode]->stop_people;
        stops += work->spreads[mode]->stop_count;
    }
    if (best->near + missing < best->wanted)
        missing = best->wanted - best->near;
    return stops >= STOPS_TOGETHER || (double)people * share >= missing;
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
    double share = share_with_skills(q);
    int status = ST_OK;
    work->nearby_count = 0;
    for (int mode = 0; mode < ROAD_MODE_COUNT && status == ST_OK; mode++)
        if (work->on[mode])
            status = start_spread(q, mode);
    for (int mode; status == ST_OK && (mode = earliest(work, q->limit_ms)) >= 0;) {
        int more = spread_next(work->spreads[mode]);
        if (more < 0)
            return more;
        if (more > 0 && enough(work, share))
            status = meet_all(q);
    }
    return status == ST_OK ? meet_all(q) : status;
}
