/* SPDX-License-Identifier: Apache-2.0 */
/* The rare way. The holders of the skills are sorted by where they live in the
 * elimination tree of the hierarchy; a subtree is then a stretch of that list. Subtrees
 * are taken in order of a lower bound: nobody in one is nearer than the nearest of the
 * nodes that join it to the rest of the network (V. Buchhold, D. Wagner,
 * "Nearest-Neighbor Queries in Customizable Contraction Hierarchies and Applications",
 * SEA 2021). One that is taken is split into those of its children, or, when few live in
 * it, these are asked for their exact time. It is over when the next bound is later than
 * the last of the k.
 *
 * Whose place depends on the hour, or differs from mode to mode, has no fixed position in
 * the tree: it is looked up for the question. */
#include "crowd/question.h"

#include "base/mem.h"
#include "base/radix.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

#define LEAF 2u     /* holders that are asked without another split */
#define TOGETHER 4u /* steps that are gathered, as long as there is a choice */
/* Nanoseconds, rounded so that bench/bench_crowd.c's chosen way is mostly the cheaper of
 * its two, not fitted: a junction settled and a person met by the walk; a holder listed
 * by this way. One asked, and the start for each mode, grow as the hierarchy's rows do:
 * with the root of the number of nodes. They only choose; both ways answer alike. */
#define WALK_JUNCTION_NS 60.0
#define WALK_PERSON_NS 4.0
#define LIST_NS 4.0
#define ASK_ROOT_NS 1.0
#define START_ROOT_NS 60.0

struct holder_cell {
    uint32_t ms;       /* nobody in it is nearer */
    uint32_t rank;     /* of the root of the subtree */
    uint32_t from, to; /* of the list */
    uint32_t mode;
};

/* ---- which way ----------------------------------------------------------------------
 */

/* At most so many have all the skills. */
static uint32_t holder_bound(const struct question *q)
{
    uint32_t least = q->crowd->count;
    for (uint32_t word = 0; word < SKILL_MAX / 64; word++)
        for (uint64_t bits = q->query->skills.bits[word]; bits != 0; bits &= bits - 1) {
            uint32_t count =
                q->crowd->skill_counts[word * 64 + (uint32_t)__builtin_ctzll(bits)];
            least = count < least ? count : least;
        }
    return least;
}

/* The walk settles as many junctions as are nearer than the k-th, and meets the people
 * there. */
double share_with_skills(const struct question *q)
{
    return skill_set_is_empty(&q->query->skills) || q->crowd->count == 0
               ? 1
               : (double)holder_bound(q) / q->crowd->count;
}

bool holders_are_rare(const struct question *q)
{
    if ((q->query->flags & (CROWD_WALK | CROWD_HOLDERS)) != 0)
        return (q->query->flags & CROWD_HOLDERS) != 0;
    if (skill_set_is_empty(&q->query->skills))
        return false;
    double holders = holder_bound(q), wanted = q->query->count;
    double root = sqrt(road_node_count(q->crowd->road)), people = q->crowd->count;
    double junctions = q->crowd->streets.junction_count;
    double modes = own_mode(q) ? ROAD_MODE_COUNT : 1;
    double share = holders <= wanted ? 1 : wanted / holders;
    double asked = holders < 2 * wanted + 50 ? holders : 2 * wanted + 50;
    double by_walk =
        share * (junctions * modes * WALK_JUNCTION_NS + people * 2 * WALK_PERSON_NS);
    double by_holders =
        modes * START_ROOT_NS * root + holders * LIST_NS + asked * ASK_ROOT_NS * root;
    return by_holders < by_walk;
}

/* ---- the list -----------------------------------------------------------------------
 */

static int list_add(struct question *q, int mode, uint32_t rank, uint32_t member)
{
    struct holder_list *list = &q->work->lists[mode];
    if (list->count == list->capacity) {
        int status = mem_grow(&list->keys, &list->capacity, list->count + 1,
                              sizeof(*list->keys), ANSWER_MAX);
        if (status < 0)
            return status;
    }
    list->keys[list->count++] = (uint64_t)rank << 32 | member;
    return ST_OK;
}

static int list_holder(struct question *q, const struct holder *holder)
{
    bool own = own_mode(q);
    int mode = own ? (int)HOLDER_OWN_MODE(holder->key) : (int)q->query->mode;
    uint32_t kind = holder->key >> 30;
    if (!q->work->on[mode])
        return ST_OK;
    if (kind == HOLDER_ALL ||
        (kind == HOLDER_OWN && mode == (int)HOLDER_OWN_MODE(holder->key)))
        return list_add(q, mode, HOLDER_RANK(holder->key), holder->member);
    const struct member *member = crowd_member(q->crowd, holder->member);
    struct road_pin pin =
        member_pin(q->crowd, member, member_place(q->crowd, member, &q->moment),
                   (enum road_mode)mode);
    if (pin.edge == ROAD_NODE_NONE)
        return ST_OK;
    return list_add(q, mode, crowd_rank_of(q->crowd, pin.edge), holder->member);
}

static int list_all(struct question *q)
{
    const struct crowd *crowd = q->crowd;
    int status = ST_OK;
    for (int mode = 0; mode < ROAD_MODE_COUNT; mode++)
        q->work->lists[mode].count = 0;
    for (uint32_t id = 0; id < crowd->skill_sets.count; id++) {
        const struct group *group = &crowd->groups[id];
        if (group->count == 0 || group_verdict(q, id) == VERDICT_NO)
            continue;
        for (uint32_t i = 0; i < group->count && status == ST_OK; i++)
            status = list_holder(q, &group->holders[i]);
    }
    return status;
}

static int list_sort(struct holder_list *list, uint32_t rank_count)
{
    int status = mem_grow(&list->spare, &list->spare_capacity, list->count,
                          sizeof(*list->spare), ANSWER_MAX);
    if (status < 0 ||
        radix_sort_upper(list->keys, list->spare, list->count, rank_count) == list->keys)
        return status;
    uint64_t *keys = list->keys;
    uint32_t capacity = list->capacity;
    list->keys = list->spare;
    list->capacity = list->spare_capacity;
    list->spare = keys;
    list->spare_capacity = capacity;
    return ST_OK;
}

/* ---- subtrees, the nearest bound first ------------------------------------------------
 */

static int push(struct workspace *work, struct holder_cell cell)
{
    int status = mem_grow(&work->cells, &work->cell_capacity, work->cell_count + 1,
                          sizeof(*work->cells), ANSWER_MAX);
    if (status < 0)
        return status;
    uint32_t at = work->cell_count++;
    for (; at > 0 && cell.ms < work->cells[(at - 1) / 2].ms; at = (at - 1) / 2)
        work->cells[at] = work->cells[(at - 1) / 2];
    work->cells[at] = cell;
    return ST_OK;
}

static struct holder_cell pop(struct workspace *work)
{
    struct holder_cell top = work->cells[0], last = work->cells[--work->cell_count];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < work->cell_count; at = child) {
        if (child + 1 < work->cell_count &&
            work->cells[child + 1].ms < work->cells[child].ms)
            child++;
        if (work->cells[child].ms >= last.ms)
            break;
        work->cells[at] = work->cells[child];
    }
    work->cells[at] = last;
    return top;
}

/* The exact time of one holder. Nobody is asked twice. */
static int ask(struct question *q, int mode, uint32_t slot)
{
    const struct crowd *crowd = q->crowd;
    const struct member *member = crowd_member(crowd, slot);
    if (person_reason(q, member) != CROWD_OK)
        return ST_OK;
    uint32_t place = member_place(crowd, member, &q->moment);
    struct road_spot spot;
    road_pin_spot(crowd->road, (enum road_mode)mode,
                  member_pin(crowd, member, place, (enum road_mode)mode), &spot);
    uint32_t ms = road_reach_spot_ms(q->work->reaches[mode], &spot);
    int status = best_reserve(&q->work->best, 1);
    if (status == ST_OK && ms <= q->limit_ms)
        offer(q, slot, mode, ms);
    return status;
}

static uint32_t rank_at(const struct holder_list *list, uint32_t at)
{
    return (uint32_t)(list->keys[at] >> 32);
}

/* The first place in FROM..TO of a rank that is not less. */
static uint32_t first_from(const struct holder_list *list, uint32_t from, uint32_t to,
                           uint32_t rank)
{
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (rank_at(list, middle) < rank)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool has_incident(const struct question *q, int mode, uint32_t root)
{
    const struct road_spot *spot = &q->work->spots[mode];
    for (int end = 0; end < 2; end++) {
        uint32_t rank = road_rank(q->crowd->hierarchy, spot->node[end]);
        if (rank <= root && rank >= q->crowd->low[root])
            return true;
    }
    return false;
}

/* ---- some at a time ------------------------------------------------------------------
 */

/* What is to be computed next: the bound of a subtree, or, where FROM == TO, the time of
 * the holder at FROM. */
struct step {
    uint32_t rank, from, to;
    uint32_t mode;
};

/* Most of the cost is waiting for memory, so steps are gathered and what they need is
 * asked for together. */
struct steps {
    struct step all[ROAD_REACH_TOGETHER];
    uint32_t count;
};

static int take_step(struct question *q, const struct step *step)
{
    const struct holder_list *list = &q->work->lists[step->mode];
    int mode = (int)step->mode;
    if (step->from == step->to)
        return ask(q, mode, (uint32_t)list->keys[step->from]);
    uint32_t ms = road_reach_subtree_ms(q->work->reaches[mode], step->rank,
                                        has_incident(q, mode, step->rank));
    if (ms > q->limit_ms || ms == ROAD_MS_NONE)
        return ST_OK;
    return push(q->work,
                (struct holder_cell){ms, step->rank, step->from, step->to, step->mode});
}

static void fetch_ways(struct question *q, const struct steps *steps)
{
    for (uint32_t mode = 0; mode < ROAD_MODE_COUNT; mode++) {
        uint32_t ranks[ROAD_REACH_TOGETHER], count = 0;
        for (uint32_t i = 0; i < steps->count; i++)
            if (steps->all[i].mode == mode)
                ranks[count++] = steps->all[i].rank;
        if (count > 0)
            road_reach_fetch(q->work->reaches[mode], ranks, count);
    }
}

static int take_steps(struct question *q, struct steps *steps)
{
    int status = ST_OK;
    fetch_ways(q, steps);
    for (uint32_t i = 0; i < steps->count; i++) {
        const struct step *step = &steps->all[i];
        if (step->from != step->to)
            continue;
        uint32_t slot = (uint32_t)q->work->lists[step->mode].keys[step->from];
        road_pin_fetch(q->crowd->road, crowd_member(q->crowd, slot)->pin);
    }
    for (uint32_t i = 0; i < steps->count && status == ST_OK; i++)
        status = take_step(q, &steps->all[i]);
    steps->count = 0;
    return status;
}

static int add_step(struct question *q, struct steps *steps, struct step step)
{
    steps->all[steps->count++] = step;
    return steps->count == ROAD_REACH_TOGETHER ? take_steps(q, steps) : ST_OK;
}

static int add_holder(struct question *q, struct steps *steps, uint32_t mode, uint32_t at)
{
    const struct holder_list *list = &q->work->lists[mode];
    __builtin_prefetch(crowd_member(q->crowd, (uint32_t)list->keys[at]));
    return add_step(q, steps, (struct step){rank_at(list, at), at, at, mode});
}

/* Hands on the holders FROM..TO of the list, who live in subtrees next to each other of
 * which the last one has the root TOP. Where all of them live below one child there is
 * nothing to choose, and no bound is worked out. */
static int split(struct question *q, struct steps *steps, struct holder_cell cell,
                 uint32_t top)
{
    const struct holder_list *list = &q->work->lists[cell.mode];
    const uint32_t *low = q->crowd->low;
    int status = ST_OK;
    while (cell.from < cell.to && status == ST_OK) {
        uint32_t last = rank_at(list, cell.to - 1);
        while (low[top] > last)
            top = low[top] - 1;
        if (last == top) { /* on the separator itself */
            status = add_holder(q, steps, cell.mode, --cell.to);
            continue;
        }
        uint32_t from = first_from(list, cell.from, cell.to, low[top]);
        if (from == cell.from && cell.to - from > LEAF) {
            top--;
            continue;
        }
        status = add_step(q, steps, (struct step){top, from, cell.to, cell.mode});
        cell.to = from;
    }
    return status;
}

static int expand(struct question *q, struct steps *steps, struct holder_cell cell)
{
    int status = ST_OK;
    if (cell.to - cell.from > LEAF)
        return split(q, steps, cell, cell.rank);
    for (uint32_t i = cell.from; i < cell.to && status == ST_OK; i++)
        status = add_holder(q, steps, cell.mode, i);
    return status;
}

static int start(struct question *q, struct steps *steps, int mode)
{
    struct workspace *work = q->work;
    struct holder_list *list = &work->lists[mode];
    uint32_t ranks = road_node_count(q->crowd->road);
    if (list->count == 0)
        return ST_OK;
    int status = list_sort(list, ranks);
    if (status == ST_OK && work->reaches[mode] == NULL)
        status = road_reach_new(&work->reaches[mode], q->crowd->hierarchy);
    if (status < 0)
        return status;
    road_reach_start(work->reaches[mode], &q->view, (enum road_mode)mode, ROAD_TO,
                     &work->spots[mode]);
    return split(
        q, steps,
        (struct holder_cell){.from = 0, .to = list->count, .mode = (uint32_t)mode},
        ranks - 1);
}

int ask_holders(struct question *q)
{
    struct workspace *work = q->work;
    struct steps steps = {.count = 0};
    work->cell_count = 0;
    int status = list_all(q);
    for (int mode = 0; mode < ROAD_MODE_COUNT && status == ST_OK; mode++)
        status = start(q, &steps, mode);
    while (status == ST_OK) {
        bool more = work->cell_count > 0 && work->cells[0].ms <= q->limit_ms;
        if (more && steps.count < TOGETHER)
            status = expand(q, &steps, pop(work));
        else if (steps.count > 0)
            status = take_steps(q, &steps);
        else
            break;
    }
    return status;
}
