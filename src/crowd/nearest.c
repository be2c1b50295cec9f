/* SPDX-License-Identifier: Apache-2.0 */
/* The k nearest who qualify. Two ways lead to the same answer: outward from the incident
 * over everybody met (walk.c), and from the holders of the skills to the incident
 * (holders.c). Then, unless only the people are wanted, what stands between them is
 * counted (count.c). */
#include "crowd/question.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "road/closed.h"

#include <string.h>

void workspace_free(struct workspace *workspace)
{
    if (workspace == NULL)
        return;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        spread_free(workspace->spreads[mode]);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        road_reach_free(workspace->reaches[mode]);
        mem_free(workspace->lists[mode].keys);
        mem_free(workspace->lists[mode].spare);
    }
    mem_free(workspace->cells);
    road_search_free(workspace->search);
    best_release(&workspace->best);
    mem_free(workspace->verdicts);
    mem_free(workspace->nearby);
    mem_free(workspace->passed);
    mem_free(workspace->nodes);
    mem_free(workspace);
}

static struct workspace *workspace_take(struct crowd *crowd)
{
    struct workspace *work = NULL;
    pthread_mutex_lock(&crowd->pool_lock);
    if (crowd->pool_count > 0)
        work = crowd->pool[--crowd->pool_count];
    pthread_mutex_unlock(&crowd->pool_lock);
    return work != NULL ? work : mem_calloc(1, sizeof(*work));
}

static void workspace_give(struct crowd *crowd, struct workspace *work)
{
    pthread_mutex_lock(&crowd->pool_lock);
    bool kept = crowd->pool_count < POOL_MAX;
    if (kept)
        crowd->pool[crowd->pool_count++] = work;
    pthread_mutex_unlock(&crowd->pool_lock);
    if (!kept)
        workspace_free(work);
}

/* What the library needs to know an hour by is read anew each time: a microsecond. */
static struct hours_moment moment_of(const struct question *q)
{
    struct workspace *work = q->work;
    int64_t second = q->query->time_ms / 1000;
    if (!work->has_moment || work->moment_s != second)
        hours_moment_init(&work->moment, q->query->time_ms, &q->crowd->calendar);
    work->has_moment = true;
    work->moment_s = second;
    return work->moment;
}

/* Locked for reading, with the workspace ready. On failure nothing is held. */
static int question_begin(struct question *q)
{
    q->work = workspace_take(q->crowd);
    if (q->work == NULL)
        return ST_NO_MEMORY;
    q->moment = moment_of(q);
    crowd_lock_shared(q->crowd);
    q->closed = q->crowd->closed;
    q->view.hierarchy = NULL;
    if (q->crowd->hierarchy != NULL) {
        road_view_take(q->crowd->hierarchy, &q->view);
        q->closed = road_view_closed(&q->view); /* all ways see the same roads */
    }
    if (q->closed != NULL && road_closed_count(q->closed) == 0)
        q->closed = NULL; /* nobody need ask road by road */
    q->slow = q->closed != NULL && road_closed_slows(q->closed) ? q->closed : NULL;
    return ST_OK;
}

static void question_end(struct question *q)
{
    if (q->view.hierarchy != NULL)
        road_view_give(&q->view);
    crowd_unlock(q->crowd);
    workspace_give(q->crowd, q->work);
}

static int too_far_from_roads(struct diag *reterr)
{
    return diag_set(reterr, ST_INVALID, 0, 0, "at",
                    "is farther than %d m from any road of the map", ROAD_SNAP_M_MAX);
}

/* Into the workspace's spots, those of the modes asked for. */
static void find_spots(struct question *q)
{
    const struct road *road = q->crowd->road;
    struct road_spot *spots = q->work->spots;
    struct road_pin pins[ROAD_MODE_COUNT];
    if (q->query->spots != NULL) {
        memcpy(spots, q->query->spots, sizeof q->work->spots);
    } else if (own_mode(q)) {
        road_snap_pins(road, q->query->at, pins);
        for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
            road_pin_spot(road, (enum road_mode)mode, pins[mode], &spots[mode]);
    } else {
        spots += q->query->mode;
        if (!road_snap(road, q->query->mode, q->query->at, ROAD_SNAP_M_MAX, spots))
            spots->edge = ROAD_NODE_NONE;
    }
}

static int snap_incident(struct question *q, struct diag *reterr)
{
    struct workspace *work = q->work;
    bool any = q->crowd->road == NULL;
    if (!any)
        find_spots(q);
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        work->on[mode] = q->crowd->road != NULL &&
                         (own_mode(q) || (int)q->query->mode == mode) &&
                         work->spots[mode].edge != ROAD_NODE_NONE;
        any |= work->on[mode];
    }
    return any ? ST_OK : too_far_from_roads(reterr);
}

/* Each alert of the last week, fading in that time. */
static float burden_of(const struct extra *extra, int64_t now_ms)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < extra->alert_count; i++) {
        int64_t age_ms = now_ms - extra->alerts_ms[i];
        if (age_ms >= 0 && age_ms < 7 * TIME_DAY_MS)
            sum += 1.0 - (double)age_ms / (double)(7 * TIME_DAY_MS);
    }
    return (float)sum;
}

static void fill_candidate(const struct question *q, const struct offered *offered,
                           struct crowd_candidate *ret)
{
    const struct crowd *crowd = q->crowd;
    const struct member *member = crowd_member(crowd, offered->member);
    const struct extra *extra = member_extra(crowd, member);
    ret->id = member->id;
    ret->mode = (enum road_mode)offered->mode;
    ret->ms = offered->ms;
    ret->m = 0; /* count.c */
    ret->place = offered->place;
    ret->has_email = (member->flags & MEMBER_HAS_EMAIL) != 0;
    ret->has_phone = (member->flags & MEMBER_HAS_PHONE) != 0;
    ret->has_push = (member->flags & MEMBER_HAS_PUSH) != 0;
    ret->burden = extra == NULL ? 0 : burden_of(extra, q->query->time_ms);
    ret->area =
        (member->flags & MEMBER_WIDE_AREA) != 0 ? extra->area : (int64_t)member->area;
    ret->skills = crowd->groups[member->group].believed;
    if (member->certificates != INTERN_NONE)
        crowd_effective(crowd, member, q->moment.day, &ret->skills);
    member_number(crowd, member, ret->number);
}

static int fill_answer(struct question *q)
{
    struct best *best = &q->work->best;
    struct crowd_answer *answer = q->answer;
    int status = best_sort(best);
    if (status == ST_OK)
        status = mem_grow(&answer->candidates, &answer->capacity, best->order_count,
                          sizeof(*answer->candidates), ANSWER_MAX);
    if (status < 0)
        return status;
    for (uint32_t i = 0; i < best->order_count; i++)
        fill_candidate(q, &best->all[(uint32_t)best->order[i]], &answer->candidates[i]);
    answer->count = best->order_count;
    return ST_OK;
}

static int nearest_locked(struct question *q, struct diag *reterr)
{
    best_start(&q->work->best, q->query->count);
    int status = reasons_start(q);
    if (status == ST_OK)
        status = snap_incident(q, reterr);
    if (status == ST_OK)
        status =
            q->view.hierarchy != NULL && holders_are_rare(q) ? ask_holders(q) : walk(q);
    if (status == ST_OK)
        status = fill_answer(q);
    if (status == ST_OK && (q->query->flags & CROWD_QUICK) == 0)
        status = count_considered(q);
    return status;
}

int crowd_nearest(struct crowd *crowd, const struct crowd_query *query,
                  struct crowd_answer *ret, struct diag *reterr)
{
    assert(query->count >= 1 && query->mode < ROAD_MODE_COUNT);
    assert((query->flags & CROWD_QUICK) == 0 ||
           (query->flags & (CROWD_EXPLAIN | CROWD_LIST_EXCLUDED)) == 0);
    *ret = (struct crowd_answer){0};
    struct question q = {.crowd = crowd,
                         .query = query,
                         .answer = ret,
                         .limit_ms = query->ms_max < ROAD_MS_NONE ? query->ms_max
                                                                  : ROAD_MS_NONE - 1};
    int status = question_begin(&q);
    if (status < 0)
        return status;
    status = nearest_locked(&q, reterr);
    question_end(&q);
    return status;
}

void crowd_answer_release(struct crowd_answer *answer)
{
    mem_free(answer->candidates);
    mem_free(answer->excluded_ids);
    *answer = (struct crowd_answer){0};
}

/* ---- one person
 * ---------------------------------------------------------------------------- */

static int time_of(struct question *q, struct road_pin pin, enum road_mode mode,
                   struct crowd_candidate *ret, struct diag *reterr)
{
    const struct road *road = q->crowd->road;
    struct workspace *work = q->work;
    struct road_spot spot, incident;
    int status = ST_OK;
    if (road == NULL)
        return ST_OK;
    if (!road_snap(road, mode, q->query->at, ROAD_SNAP_M_MAX, &incident))
        return too_far_from_roads(reterr);
    if (pin.edge == ROAD_NODE_NONE)
        return ST_OK;
    if (work->search == NULL)
        status = road_search_new(&work->search, road);
    if (status < 0)
        return status;
    road_pin_spot(road, mode, pin, &spot);
    road_search_avoid(work->search, q->closed);
    return road_time_ms(work->search, mode, &spot, &incident, &ret->ms, &ret->m);
}

static int explain_locked(struct question *q, uint32_t slot, struct crowd_candidate *ret,
                          enum crowd_reason *ret_reason, struct diag *reterr)
{
    const struct member *member = crowd_member(q->crowd, slot);
    enum road_mode mode = own_mode(q) ? member_mode(member) : q->query->mode;
    struct offered offered = {.member = slot,
                              .ms = ROAD_MS_NONE,
                              .mode = (uint8_t)mode,
                              .place =
                                  (uint8_t)member_place(q->crowd, member, &q->moment)};
    struct road_pin pin = member_pin(q->crowd, member, offered.place, mode);
    struct crowd_candidate one;
    fill_candidate(q, &offered, &one);
    int status = reasons_start(q);
    if (status == ST_OK)
        status = time_of(q, pin, mode, &one, reterr);
    if (status < 0)
        return status;
    enum crowd_reason reason = person_reason(q, member);
    if (reason == CROWD_OK && pin.edge == ROAD_NODE_NONE)
        reason = CROWD_OFF_NETWORK;
    if (reason == CROWD_OK && one.ms == ROAD_MS_NONE)
        reason = CROWD_UNREACHABLE;
    if (reason == CROWD_OK && one.ms > q->query->ms_max)
        reason = CROWD_TOO_FAR;
    *ret = one;
    *ret_reason = reason;
    return ST_OK;
}

int crowd_explain(struct crowd *crowd, const struct crowd_query *query, int64_t id,
                  struct crowd_candidate *ret, enum crowd_reason *ret_reason,
                  struct diag *reterr)
{
    struct question q = {.crowd = crowd, .query = query};
    int status = question_begin(&q);
    if (status < 0)
        return status;
    uint32_t slot = crowd_find(crowd, id);
    status = slot == MEMBER_NONE ? ST_NOT_FOUND
                                 : explain_locked(&q, slot, ret, ret_reason, reterr);
    question_end(&q);
    return status;
}
