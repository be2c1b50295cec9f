/* SPDX-License-Identifier: Apache-2.0 */
/* The k nearest who qualify. Dijkstra runs backwards from the incident; when a node is
 * settled at time t, everybody in its list is t + ms away through that node. People wait
 * in a heap of such offers, keyed by (time, member), and are final when the time of their
 * offer is below the time of the next node: no offer still to come can be better. Those
 * on the incident's own edge get one more offer at the start, straight along it. In the
 * own mode of everybody three searches run side by side; the one with the earliest next
 * node moves.
 *
 * Reasons are looked up only for people who are met. The walk ends when k have been taken
 * and the next offer is later than the last one taken, so ties are seen and broken by id,
 * and "considered" is exact. */
#include "crowd/crowd_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "road/closed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define OFFERS_MAX UINT32_C(2000000000)
#define WEEK_MS (7 * TIME_DAY_MS)
#define NIGHT_FROM (22 * 60)
#define NIGHT_TO (6 * 60)

struct offer {
    uint32_t ms, m;
    uint32_t member;
    uint8_t mode, place;
};

struct workspace {
    struct road_search *searches[ROAD_MODE_COUNT];
    struct road_spot spots[ROAD_MODE_COUNT]; /* the incident */
    struct road_settled heads[ROAD_MODE_COUNT];
    bool runs[ROAD_MODE_COUNT];
    uint32_t stamp, taken_capacity;
    uint32_t *taken; /* stamp by member: final in this query */
    struct offer *offers;
    uint32_t offer_count, offer_capacity;
};

struct walk {
    struct crowd *crowd;
    const struct crowd_query *query;
    struct workspace *work;
    struct hours_moment moment;
    struct crowd_answer *answer;
    uint32_t limit_ms; /* nothing later is wanted; falls when the k-th is taken */
    bool whole;        /* until nobody is left */
    /* The counts as they stood when the first person later than the last one taken was
     * met: what the answer says if nobody more is taken. */
    bool marked;
    struct crowd_answer mark;
};

void workspace_free(struct workspace *workspace)
{
    if (workspace == NULL)
        return;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        road_search_free(workspace->searches[mode]);
    mem_free(workspace->taken);
    mem_free(workspace->offers);
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

static int workspace_ready(struct workspace *work, const struct crowd *crowd)
{
    for (int mode = 0; mode < ROAD_MODE_COUNT && crowd->road != NULL; mode++) {
        if (work->searches[mode] == NULL &&
            road_search_new(&work->searches[mode], crowd->road) < 0)
            return ST_NO_MEMORY;
        road_search_avoid(work->searches[mode], crowd->closed);
    }
    uint32_t before = work->taken_capacity;
    int status = mem_grow(&work->taken, &work->taken_capacity, crowd->member_count,
                          sizeof(*work->taken), MEMBER_NONE);
    if (status < 0)
        return status;
    if (work->taken_capacity > before)
        memset(work->taken + before, 0,
               (work->taken_capacity - before) * sizeof(*work->taken));
    if (++work->stamp == 0) {
        memset(work->taken, 0, work->taken_capacity * sizeof(*work->taken));
        work->stamp = 1;
    }
    work->offer_count = 0;
    return ST_OK;
}

/* ---- reasons
 * --------------------------------------------------------------------------- */

static bool has_id(const int64_t *ids, uint32_t count, int64_t id)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ids[middle] == id)
            return true;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool is_quiet(const struct crowd_person *person, const struct hours_moment *moment)
{
    if (person->quiet_kind == CROWD_QUIET_NONE)
        return false;
    if (person->quiet_kind == CROWD_QUIET_OWN)
        return hours_contain_moment(&person->quiet, moment);
    return moment->minute >= NIGHT_FROM || moment->minute < NIGHT_TO;
}

/* The alerts of the last 168 hours. */
static uint32_t alerts_of_week(const struct member *member, int64_t now_ms)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < member->alert_count; i++)
        count +=
            member->alerts_ms[i] > now_ms - WEEK_MS && member->alerts_ms[i] <= now_ms;
    return count;
}

static enum crowd_reason skill_reason(const struct walk *walk,
                                      const struct member *member,
                                      struct skill_set *ret_skills)
{
    crowd_effective(walk->crowd, member, walk->moment.day, ret_skills);
    if (skill_set_covers(ret_skills, &walk->query->skills))
        return CROWD_OK;
    return skill_set_covers(&member->potential, &walk->query->skills) ? CROWD_CERTIFICATE
                                                                      : CROWD_NO_SKILL;
}

/* The reasons a dispatcher may set aside for one person (forced_in). */
static enum crowd_reason soft_reason(const struct walk *walk, const struct member *member)
{
    const struct crowd_query *query = walk->query;
    const struct crowd_person *person = &member->person;
    if ((query->flags & CROWD_LIFT_DUTY) == 0 &&
        !hours_contain_moment(&person->duty, &walk->moment))
        return CROWD_OFF_DUTY;
    if ((query->flags & CROWD_APPLY_QUIET) != 0 && is_quiet(person, &walk->moment))
        return CROWD_QUIET;
    if ((query->flags & CROWD_APPLY_CAP) != 0 &&
        alerts_of_week(member, query->time_ms) >= walk->crowd->weekly_cap)
        return CROWD_CAP;
    if (member->committed ||
        ((query->flags & CROWD_EXERCISE) != 0 && member->committed_exercise))
        return CROWD_COMMITTED;
    return CROWD_OK;
}

/* In the order of CROWD_REASON_LIST, up to the road. */
static enum crowd_reason person_reason(const struct walk *walk,
                                       const struct member *member,
                                       struct skill_set *ret_skills)
{
    const struct crowd_query *query = walk->query;
    const struct crowd_person *person = &member->person;
    enum crowd_reason skills = skill_reason(walk, member, ret_skills);
    if (has_id(query->forced_out, query->forced_out_count, person->id))
        return CROWD_FORCED_OUT;
    if (skills != CROWD_OK)
        return skills;
    if (person->suspended)
        return CROWD_SUSPENDED;
    if (member->adult_day != INT32_MIN && walk->moment.day < member->adult_day)
        return CROWD_UNDER_AGE;
    if (query->time_ms < person->paused_until_ms)
        return CROWD_PAUSED;
    if (has_id(query->forced_in, query->forced_in_count, person->id))
        return CROWD_OK;
    return soft_reason(walk, member);
}

static uint32_t place_of_hour(const struct member *member,
                              const struct hours_moment *moment)
{
    for (uint32_t i = 0; i < member->person.place_count; i++)
        if (hours_contain_moment(&member->person.places[i].hours, moment))
            return 1 + i;
    return 0;
}

/* ---- the heap of offers
 * ------------------------------------------------------------------ */

static bool offer_less(const struct offer *a, const struct offer *b)
{
    if (a->ms != b->ms)
        return a->ms < b->ms;
    return a->member != b->member ? a->member < b->member : a->m < b->m;
}

static int offer_push(struct workspace *work, struct offer offer)
{
    int status = mem_grow(&work->offers, &work->offer_capacity, work->offer_count + 1,
                          sizeof(*work->offers), OFFERS_MAX);
    if (status < 0)
        return status;
    uint32_t at = work->offer_count++;
    while (at > 0 && offer_less(&offer, &work->offers[(at - 1) / 2])) {
        work->offers[at] = work->offers[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    work->offers[at] = offer;
    return ST_OK;
}

static struct offer offer_pop(struct workspace *work)
{
    struct offer top = work->offers[0];
    struct offer last = work->offers[--work->offer_count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= work->offer_count)
            break;
        if (child + 1 < work->offer_count &&
            offer_less(&work->offers[child + 1], &work->offers[child]))
            child++;
        if (!offer_less(&work->offers[child], &last))
            break;
        work->offers[at] = work->offers[child];
        at = child;
    }
    if (work->offer_count > 0)
        work->offers[at] = last;
    return top;
}

/* ---- the walk
 * ---------------------------------------------------------------------------- */

static bool own_mode(const struct walk *walk)
{
    return (walk->query->flags & CROWD_OWN_MODE) != 0;
}

static int meet(struct walk *walk, int mode, const struct entry *entry, uint64_t ms,
                uint64_t m)
{
    struct workspace *work = walk->work;
    if (ms > walk->limit_ms || ms >= ROAD_MS_NONE ||
        work->taken[entry->member] == work->stamp)
        return ST_OK;
    return offer_push(work, (struct offer){.ms = (uint32_t)ms,
                                           .m = m < UINT32_MAX ? (uint32_t)m : UINT32_MAX,
                                           .member = entry->member,
                                           .mode = (uint8_t)mode,
                                           .place = entry->place});
}

static bool is_met(const struct walk *walk, const struct entry *entry)
{
    const struct member *member = walk->crowd->members[entry->member];
    return (entry->own || !own_mode(walk)) &&
           (member->person.place_count == 0
                ? entry->place == 0
                : entry->place == place_of_hour(member, &walk->moment));
}

static int meet_node(struct walk *walk, int mode, const struct road_settled *settled)
{
    const struct crowd *crowd = walk->crowd;
    for (uint32_t at = crowd->heads[mode][settled->node]; at != UINT32_MAX;
         at = crowd->entries[at].next) {
        const struct entry *entry = &crowd->entries[at];
        uint64_t ms = (uint64_t)settled->ms + entry->ms;
        if (ms > walk->limit_ms || !is_met(walk, entry))
            continue;
        int status = meet(walk, mode, entry, ms, (uint64_t)settled->m + entry->m);
        if (status < 0)
            return status;
    }
    return ST_OK;
}

/* Whoever stands on the incident's own edge is in the list of one of its ends. */
static int meet_own_edge(struct walk *walk, int mode)
{
    const struct crowd *crowd = walk->crowd;
    const struct road_spot *incident = &walk->work->spots[mode];
    for (int end = 0; end < 2; end++)
        for (uint32_t at = crowd->heads[mode][incident->node[end]]; at != UINT32_MAX;
             at = crowd->entries[at].next) {
            const struct entry *entry = &crowd->entries[at];
            const struct road_spot *spot =
                &crowd->members[entry->member]->spots[entry->place].modes[mode];
            uint32_t m = 0,
                     ms = !is_met(walk, entry)
                              ? ROAD_MS_NONE
                              : road_spot_direct_ms(crowd->road, (enum road_mode)mode,
                                                    spot, incident, &m);
            int status = ms == ROAD_MS_NONE ? ST_OK : meet(walk, mode, entry, ms, m);
            if (status < 0)
                return status;
        }
    return ST_OK;
}

static int walk_start(struct walk *walk, struct diag *reterr)
{
    struct workspace *work = walk->work;
    const struct crowd_query *query = walk->query;
    bool any = false;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        work->runs[mode] = false;
        if (walk->crowd->road == NULL || (!own_mode(walk) && (int)query->mode != mode) ||
            !road_snap(walk->crowd->road, (enum road_mode)mode, query->at,
                       ROAD_SNAP_M_MAX, &work->spots[mode]))
            continue;
        any = true;
        int status = meet_own_edge(walk, mode);
        if (status == ST_OK)
            status = road_search_start(work->searches[mode], (enum road_mode)mode,
                                       ROAD_TO, &work->spots[mode]);
        if (status < 0)
            return status;
        work->runs[mode] = road_search_next(work->searches[mode], &work->heads[mode]);
    }
    if (any || walk->crowd->road == NULL)
        return ST_OK;
    return diag_set(reterr, ST_INVALID, 0, 0, "at",
                    "is farther than %d m from any road of the map", ROAD_SNAP_M_MAX);
}

/* The mode whose next node is the earliest, or -1. */
static int earliest(const struct workspace *work)
{
    int best = -1;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        if (work->runs[mode] && (best < 0 || work->heads[mode].ms < work->heads[best].ms))
            best = mode;
    return best;
}

static int list_excluded(struct crowd_answer *answer, int64_t id,
                         enum crowd_reason reason)
{
    int status = mem_grow(&answer->excluded_ids, &answer->excluded_id_capacity,
                          answer->excluded_id_count + 1, sizeof(*answer->excluded_ids),
                          OFFERS_MAX);
    if (status == ST_OK)
        answer->excluded_ids[answer->excluded_id_count++] =
            (struct crowd_excluded){.id = id, .reason = reason};
    return status;
}

static int exclude(struct walk *walk, int64_t id, enum crowd_reason reason)
{
    walk->answer->considered++;
    walk->answer->excluded[reason]++;
    if ((walk->query->flags & CROWD_LIST_EXCLUDED) == 0)
        return ST_OK;
    return list_excluded(walk->answer, id, reason);
}

static void fill_candidate(const struct member *member, const struct offer *offer,
                           const struct skill_set *skills, struct crowd_candidate *ret)
{
    *ret = (struct crowd_candidate){
        .id = member->person.id,
        .mode = (enum road_mode)offer->mode,
        .ms = offer->ms,
        .m = offer->m,
        .place = offer->place,
        .area = member->person.area,
        .has_email = member->person.has_email,
        .skills = *skills,
    };
    memcpy(ret->number, member->person.number, sizeof(ret->number));
}

static void mark_or_unmark(struct walk *walk, const struct offer *offer, bool taken)
{
    const struct crowd_answer *answer = walk->answer;
    if (taken)
        walk->marked = false;
    else if (!walk->marked && answer->count > 0 &&
             offer->ms > answer->candidates[answer->count - 1].ms) {
        walk->mark = *answer;
        walk->marked = true;
    }
}

/* Without EXPLAIN, those later than the last one returned are not considered. */
static void back_to_mark(struct walk *walk)
{
    struct crowd_answer *answer = walk->answer;
    if (!walk->marked || walk->whole)
        return;
    answer->considered = walk->mark.considered;
    memcpy(answer->excluded, walk->mark.excluded, sizeof(answer->excluded));
    answer->excluded_id_count = walk->mark.excluded_id_count;
}

/* A person whose time is final. */
static int settle(struct walk *walk, const struct offer *offer)
{
    struct crowd_answer *answer = walk->answer;
    const struct member *member = walk->crowd->members[offer->member];
    struct skill_set skills;
    walk->work->taken[offer->member] = walk->work->stamp;
    enum crowd_reason reason = person_reason(walk, member, &skills);
    if (reason == CROWD_OK && offer->ms > walk->query->ms_max)
        reason = CROWD_TOO_FAR;
    if (reason == CROWD_OK && answer->count >= walk->query->count &&
        offer->ms > answer->candidates[walk->query->count - 1].ms)
        reason = CROWD_TOO_FAR;
    mark_or_unmark(walk, offer, reason == CROWD_OK);
    if (reason != CROWD_OK)
        return exclude(walk, member->person.id, reason);
    int status = mem_grow(&answer->candidates, &answer->capacity, answer->count + 1,
                          sizeof(*answer->candidates), OFFERS_MAX);
    if (status < 0)
        return status;
    fill_candidate(member, offer, &skills, &answer->candidates[answer->count++]);
    answer->considered++;
    if (answer->count == walk->query->count && !walk->whole)
        walk->limit_ms = offer->ms;
    return ST_OK;
}

/* Settles everybody nearer than the next node. */
static int settle_before(struct walk *walk, uint64_t next_ms)
{
    struct workspace *work = walk->work;
    while (work->offer_count > 0 && work->offers[0].ms < next_ms &&
           work->offers[0].ms <= walk->limit_ms) {
        struct offer offer = offer_pop(work);
        int status =
            work->taken[offer.member] == work->stamp ? ST_OK : settle(walk, &offer);
        if (status < 0)
            return status;
    }
    return ST_OK;
}

static int walk_run(struct walk *walk)
{
    struct workspace *work = walk->work;
    for (int mode; (mode = earliest(work)) >= 0;) {
        struct road_settled settled = work->heads[mode];
        int status = settle_before(walk, settled.ms);
        if (status < 0)
            return status;
        if (settled.ms > walk->limit_ms)
            break;
        status = meet_node(walk, mode, &settled);
        if (status < 0)
            return status;
        work->runs[mode] = road_search_next(work->searches[mode], &work->heads[mode]);
    }
    return settle_before(walk, UINT64_MAX);
}

static int by_time_and_id(const void *a, const void *b)
{
    const struct crowd_candidate *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Ties on the last place: those with the smaller ids stay, the others were too far. */
static int cut_to_count(struct walk *walk)
{
    struct crowd_answer *answer = walk->answer;
    back_to_mark(walk);
    if (answer->count > 1)
        qsort(answer->candidates, answer->count, sizeof(*answer->candidates),
              by_time_and_id);
    int status = ST_OK;
    for (uint32_t i = walk->query->count; i < answer->count && status == ST_OK; i++) {
        answer->considered--;
        status = exclude(walk, answer->candidates[i].id, CROWD_TOO_FAR);
    }
    if (answer->count > walk->query->count)
        answer->count = walk->query->count;
    return status;
}

/* EXPLAIN: those whom no search met. */
static int exclude_unmet(struct walk *walk)
{
    struct crowd *crowd = walk->crowd;
    for (uint32_t i = 0; i < crowd->member_count; i++) {
        const struct member *member = crowd->members[i];
        if (member == NULL || walk->work->taken[i] == walk->work->stamp)
            continue;
        struct skill_set skills;
        enum crowd_reason reason = person_reason(walk, member, &skills);
        enum road_mode mode = own_mode(walk) ? member->person.mode : walk->query->mode;
        uint32_t place = place_of_hour(member, &walk->moment);
        if (reason == CROWD_OK)
            reason = member->spots[place].modes[mode].edge == ROAD_NODE_NONE
                         ? CROWD_OFF_NETWORK
                         : CROWD_UNREACHABLE;
        int status = exclude(walk, member->person.id, reason);
        if (status < 0)
            return status;
    }
    return ST_OK;
}

static int nearest_locked(struct walk *walk, struct diag *reterr)
{
    int status = workspace_ready(walk->work, walk->crowd);
    if (status == ST_OK)
        status = walk_start(walk, reterr);
    if (status == ST_OK)
        status = walk_run(walk);
    if (status == ST_OK && walk->whole)
        status = exclude_unmet(walk);
    if (status == ST_OK)
        status = cut_to_count(walk);
    return status;
}

int crowd_nearest(struct crowd *crowd, const struct crowd_query *query,
                  struct crowd_answer *ret, struct diag *reterr)
{
    assert(query->count >= 1 && query->mode < ROAD_MODE_COUNT);
    *ret = (struct crowd_answer){0};
    bool whole = (query->flags & CROWD_EXPLAIN) != 0;
    struct walk walk = {.crowd = crowd,
                        .query = query,
                        .work = workspace_take(crowd),
                        .answer = ret,
                        .limit_ms = whole ? ROAD_MS_NONE : query->ms_max,
                        .whole = whole};
    if (walk.work == NULL)
        return ST_NO_MEMORY;
    hours_moment_init(&walk.moment, query->time_ms, &crowd->calendar);
    pthread_rwlock_rdlock(&crowd->lock);
    int status = nearest_locked(&walk, reterr);
    pthread_rwlock_unlock(&crowd->lock);
    workspace_give(crowd, walk.work);
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

static int explain_locked(struct walk *walk, const struct member *member,
                          struct crowd_candidate *ret, enum crowd_reason *ret_reason,
                          struct diag *reterr)
{
    const struct crowd_query *query = walk->query;
    const struct road *road = walk->crowd->road;
    enum road_mode mode = own_mode(walk) ? member->person.mode : query->mode;
    struct offer offer = {.ms = ROAD_MS_NONE,
                          .mode = (uint8_t)mode,
                          .place = (uint8_t)place_of_hour(member, &walk->moment)};
    const struct road_spot *spot = &member->spots[offer.place].modes[mode];
    struct road_spot incident;
    int status = workspace_ready(walk->work, walk->crowd);
    if (status == ST_OK && road != NULL) {
        if (!road_snap(road, mode, query->at, ROAD_SNAP_M_MAX, &incident))
            return diag_set(reterr, ST_INVALID, 0, 0, "at",
                            "is farther than %d m from any road of the map",
                            ROAD_SNAP_M_MAX);
        if (spot->edge != ROAD_NODE_NONE)
            status = road_time_ms(walk->work->searches[mode], mode, spot, &incident,
                                  &offer.ms, &offer.m);
    }
    if (status < 0)
        return status;
    struct skill_set skills;
    enum crowd_reason reason = person_reason(walk, member, &skills);
    if (reason == CROWD_OK && spot->edge == ROAD_NODE_NONE)
        reason = CROWD_OFF_NETWORK;
    if (reason == CROWD_OK && offer.ms == ROAD_MS_NONE)
        reason = CROWD_UNREACHABLE;
    if (reason == CROWD_OK && offer.ms > query->ms_max)
        reason = CROWD_TOO_FAR;
    fill_candidate(member, &offer, &skills, ret);
    *ret_reason = reason;
    return ST_OK;
}

int crowd_explain(struct crowd *crowd, const struct crowd_query *query, int64_t id,
                  struct crowd_candidate *ret, enum crowd_reason *ret_reason,
                  struct diag *reterr)
{
    struct walk walk = {.crowd = crowd, .query = query, .work = workspace_take(crowd)};
    if (walk.work == NULL)
        return ST_NO_MEMORY;
    hours_moment_init(&walk.moment, query->time_ms, &crowd->calendar);
    pthread_rwlock_rdlock(&crowd->lock);
    uint32_t slot = crowd_find(crowd, id);
    int status = slot == MEMBER_NONE ? ST_NOT_FOUND
                                     : explain_locked(&walk, crowd->members[slot], ret,
                                                      ret_reason, reterr);
    pthread_rwlock_unlock(&crowd->lock);
    workspace_give(crowd, walk.work);
    return status;
}
