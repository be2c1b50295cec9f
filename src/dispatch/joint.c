/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/joint.h"

#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "plan/tasks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_MAX TASKS_ARCS_MAX
#define TIERS 2 /* for the counts; for refusals */
#define SLOTS_MAX (LOOP_NEEDS_MAX * PLAN_LINES_MAX * TIERS)

/* One person and one line of one need. */
struct pair {
    int64_t person_id;
    uint32_t need, line, seconds;
};

struct gather {
    struct joint *joint;
    struct pair *pairs;
    uint32_t pair_count, pair_capacity;
    struct tasks_slot slots[SLOTS_MAX];
    uint32_t slot_count;
    int32_t slot_of[LOOP_NEEDS_MAX][PLAN_LINES_MAX][TIERS]; /* -1 = none */
    int64_t *people; /* by number of tasks_person: ids, ascending */
    uint32_t person_count;
    struct tasks_arc *arcs;
    uint32_t arc_count, arc_capacity;
    uint32_t *given; /* by person: index of the need, or TASKS_NONE */
};

static int by_priority(const void *a, const void *b)
{
    const struct joint_need *x = a, *y = b;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return (x->need_id > y->need_id) - (x->need_id < y->need_id);
}

static int by_person(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->person_id != y->person_id)
        return x->person_id < y->person_id ? -1 : 1;
    if (x->need != y->need)
        return x->need < y->need ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* ---- every need by itself ---- */
static int add_pairs(struct gather *g, uint32_t need, const struct scheme *scheme)
{
    for (uint32_t i = 0; i < scheme->candidate_count; i++)
        for (uint32_t line = 0; line < scheme->plan.line_count; line++) {
            const struct scheme_person *person = &scheme->candidates[i];
            if ((person->lines >> line & 1) == 0 ||
                (g->slot_of[need][line][0] < 0 && g->slot_of[need][line][1] < 0))
                continue;
            int status = mem_grow(&g->pairs, &g->pair_capacity, g->pair_count + 1,
                                  sizeof(*g->pairs), PAIRS_MAX);
            if (status < 0)
                return status;
            uint32_t seconds = person->ms / 1000;
            g->pairs[g->pair_count++] =
                (struct pair){person->id, need, line,
                              seconds < TASKS_SECONDS_MAX ? seconds : TASKS_SECONDS_MAX};
        }
    return ST_OK;
}

static void add_slot(struct gather *g, uint32_t need, uint32_t line, uint32_t tier,
                     uint32_t places)
{
    g->slot_of[need][line][tier] = (int32_t)g->slot_count;
    g->slots[g->slot_count++] = (struct tasks_slot){
        .task = need,
        .count = places < TASKS_COUNT_MAX ? places : TASKS_COUNT_MAX,
        .priority = TIERS * g->joint->needs[need].priority - 1 + tier};
}

/* Whom a plan counts on: this wave's people and, behind them, those of the next one. */
static uint32_t counted_on(const struct scheme *scheme)
{
    return scheme->plan.people_count + scheme->plan.later.most;
}

static int64_t counted_id(const struct scheme *scheme, uint32_t i)
{
    const struct plan *plan = &scheme->plan;
    const struct plan_person *person = i < plan->people_count
                                           ? &plan->people[i]
                                           : &plan->later_people[i - plan->people_count];
    return scheme->candidates[person->candidate].id;
}

/* A line wants as many people as its plan alone counts on (only a need of one line has a
 * later wave), the open seats of its count first. */
static void add_slots(struct gather *g, uint32_t need, const struct scheme *scheme)
{
    for (uint32_t line = 0; line < scheme->plan.line_count; line++) {
        const struct plan_line *planned = &scheme->plan.lines[line];
        uint32_t count = scheme->counts[line], held = planned->held;
        uint32_t open = count > held ? count - held : 0;
        uint32_t wanted = planned->alerts + scheme->plan.later.most;
        uint32_t first = open < wanted ? open : wanted;
        if (first > 0)
            add_slot(g, need, line, 0, first);
        if (wanted > first)
            add_slot(g, need, line, 1, wanted - first);
    }
}

static int plan_alone(struct gather *g, struct planner *planner, uint32_t lift,
                      int64_t now_ms, struct diag *reterr)
{
    for (uint32_t i = 0; i < g->joint->count; i++) {
        struct joint_need *need = &g->joint->needs[i];
        const struct planner_request request = {.need_id = need->need_id, .lift = lift};
        struct scheme scheme;
        int status = planner_plan(planner, &request, now_ms, &scheme, reterr);
        if (status == ST_OK) {
            need->alone_alerts = scheme.plan.people_count;
            need->alone_probability = scheme.plan.probability;
            need->alone_reached = scheme.plan.target_reached;
            need->has_scheme = true; /* it is running; the scheme itself comes later */
            add_slots(g, i, &scheme);
            status = add_pairs(g, i, &scheme);
        }
        scheme_release(&scheme);
        if (status < 0 && status != ST_NOT_FOUND)
            return status;
    }
    return ST_OK;
}

/* ---- who is given to whom ---- */
static int add_arc(struct gather *g, uint32_t person, int32_t slot, uint32_t seconds)
{
    if (slot < 0)
        return ST_OK;
    int status = mem_grow(&g->arcs, &g->arc_capacity, g->arc_count + 1, sizeof(*g->arcs),
                          TASKS_ARCS_MAX);
    if (status == ST_OK)
        g->arcs[g->arc_count++] = (struct tasks_arc){person, (uint32_t)slot, seconds};
    return status;
}

static int make_arcs(struct gather *g)
{
    if (g->pair_count > 1)
        qsort(g->pairs, g->pair_count, sizeof(*g->pairs), by_person);
    g->people = mem_calloc((size_t)g->pair_count + 1, sizeof(*g->people));
    if (g->people == NULL)
        return ST_NO_MEMORY;
    uint32_t shared_last = TASKS_NONE;
    for (uint32_t i = 0; i < g->pair_count; i++) {
        const struct pair *pair = &g->pairs[i];
        bool is_same = i > 0 && g->pairs[i - 1].person_id == pair->person_id;
        if (!is_same)
            g->people[g->person_count++] = pair->person_id;
        uint32_t person = g->person_count - 1;
        if (is_same && g->pairs[i - 1].need != pair->need && shared_last != person) {
            g->joint->shared++;
            shared_last = person;
        }
        for (uint32_t tier = 0; tier < TIERS; tier++) {
            int status = add_arc(g, person, g->slot_of[pair->need][pair->line][tier],
                                 pair->seconds);
            if (status < 0)
                return status;
        }
    }
    return ST_OK;
}

static int give(struct gather *g, struct diag *reterr)
{
    int status = make_arcs(g);
    if (status < 0)
        return status;
    AUTO_FREE struct tasks_person *people =
        mem_calloc((size_t)g->person_count + 1, sizeof(*people));
    g->given = mem_alloc(((size_t)g->person_count + 1) * sizeof(*g->given));
    if (people == NULL || g->given == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < g->person_count; i++) {
        people[i] = (struct tasks_person){1, 0, TASKS_NONE};
        g->given[i] = TASKS_NONE;
    }
    const struct tasks_input input = {.people = people,
                                      .slots = g->slots,
                                      .arcs = g->arcs,
                                      .person_count = g->person_count,
                                      .slot_count = g->slot_count,
                                      .arc_count = g->arc_count};
    struct tasks tasks;
    status = tasks_solve(&input, &tasks, reterr);
    if (status < 0)
        return status;
    g->joint->is_proved = tasks.is_proved;
    for (uint32_t i = 0; i < g->arc_count; i++)
        if (tasks.taken[i]) {
            uint32_t need = g->slots[g->arcs[i].slot].task;
            g->given[g->arcs[i].person] = need;
            g->joint->needs[need].given++;
        }
    tasks_release(&tasks);
    return ST_OK;
}

/* ---- the plans that come of it ---- */
/* Whom NEED may not have: who was given to others, and whom a need before it counts on.
 */
static int collect_excluded(const struct gather *g, uint32_t need, int64_t **ret,
                            uint32_t *ret_count)
{
    size_t room = g->person_count;
    uint32_t count = 0;
    for (uint32_t i = 0; i < need; i++)
        room += counted_on(&g->joint->needs[i].scheme);
    int64_t *ids = mem_alloc((room + 1) * sizeof(*ids));
    if (ids == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < g->person_count; i++)
        if (g->given[i] != TASKS_NONE && g->given[i] != need)
            ids[count++] = g->people[i];
    for (uint32_t i = 0; i < need; i++) {
        const struct scheme *scheme = &g->joint->needs[i].scheme;
        for (uint32_t k = 0; k < counted_on(scheme); k++)
            ids[count++] = counted_id(scheme, k);
    }
    *ret = ids;
    *ret_count = ids_sort_once(ids, count);
    return ST_OK;
}

static int plan_together(struct gather *g, struct planner *planner, uint32_t lift,
                         int64_t now_ms, struct diag *reterr)
{
    for (uint32_t i = 0; i < g->joint->count; i++) {
        struct joint_need *need = &g->joint->needs[i];
        AUTO_FREE int64_t *excluded = NULL;
        uint32_t count = 0;
        if (!need->has_scheme)
            continue;
        int status = collect_excluded(g, i, &excluded, &count);
        const struct planner_request request = {.need_id = need->need_id,
                                                .lift = lift,
                                                .excluded = excluded,
                                                .excluded_count = count};
        if (status == ST_OK)
            status = planner_plan(planner, &request, now_ms, &need->scheme, reterr);
        if (status == ST_NOT_FOUND) { /* over since a moment ago */
            scheme_release(&need->scheme);
            need->has_scheme = false;
            status = ST_OK;
        }
        if (status < 0)
            return status;
    }
    return ST_OK;
}

int joint_plan(struct planner *planner, uint32_t lift, int64_t now_ms,
               struct joint *joint, struct diag *reterr)
{
    assert(joint->count <= LOOP_NEEDS_MAX);
    for (uint32_t i = 0; i < joint->count; i++)
        if (joint->needs[i].priority < 1 || joint->needs[i].priority > JOINT_PRIORITY_MAX)
            return diag_set(reterr, ST_INVALID, 0, 0, "priority", "must be 1 to %d",
                            JOINT_PRIORITY_MAX);
    if (joint->count > 1)
        qsort(joint->needs, joint->count, sizeof(*joint->needs), by_priority);
    struct gather *g = mem_calloc(1, sizeof(*g));
    if (g == NULL)
        return ST_NO_MEMORY;
    g->joint = joint;
    memset(g->slot_of, 0xff, sizeof(g->slot_of));
    int status = plan_alone(g, planner, lift, now_ms, reterr);
    if (status == ST_OK)
        status = give(g, reterr);
    if (status == ST_OK)
        status = plan_together(g, planner, lift, now_ms, reterr);
    mem_free(g->pairs);
    mem_free(g->people);
    mem_free(g->arcs);
    mem_free(g->given);
    mem_free(g);
    return status;
}

void joint_release(struct joint *joint)
{
    for (uint32_t i = 0; i < joint->count; i++)
        scheme_release(&joint->needs[i].scheme);
}
