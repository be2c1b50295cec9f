/* SPDX-License-Identifier: Apache-2.0 */
/* Many waves for several lines. By Hall's theorem (match.h) the lines are filled when for
 * each set of them enough people are there who are able for some line of the set. For
 * each set that is a need with one line, which stages.h plans with as many waves as there
 * is time for. What joins the sets is one price; of whoever is asked for one of them, as
 * many are asked as every set wants.
 *
 * Given the common cause z people are independent, and more of them never do harm, so the
 * sets go well together (Harris, Proc. Cambridge Phil. Soc. 56 (1960), 13-20):
 *
 *     P(all sets) >= sum over z of P(z) product over the sets of P(set | z)
 *
 * which is what is told. It is a theorem for people who are all asked at once; that it
 * holds where answers decide who is asked next is tested (test_lines_stages.c). The price
 * is the smallest with which it reaches the target, or that of the running call-out. */
#include "plan/plan_lines_internal.h"
#include "plan/price.h"
#include "plan/stages.h"
#include "plan/tail.h"

#include "base/mem.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

#define SETS_MAX 16 /* that are planned; more: not in time */
#define NEARLY 0.97 /* of the best q: then who is able for more sets is better */

struct part {
    uint32_t set; /* of lines */
    struct work work;
    struct stages *stages; /* NULL: it is settled, nobody is asked for it */
    struct stages_outcome outcome;
};

struct sets {
    struct lines *lines;
    struct common common;
    double price; /* of the running call-out; 0 = to be found */
    uint32_t count;
    struct part parts[SETS_MAX];
    double probability;
};

static void release(struct sets *sets)
{
    for (uint32_t i = 0; i < sets->count; i++) {
        stages_free(sets->parts[i].stages);
        work_release(&sets->parts[i].work);
    }
}

static uint32_t wanted_of(const struct lines *lines, uint32_t set)
{
    uint32_t sum = 0;
    for (uint32_t line = 0; line < lines->line_count; line++)
        sum += (set >> line & 1) != 0 ? lines->planner->input->need->counts[line] : 0;
    return sum;
}

/* ---- which sets
 * ------------------------------------------------------------------------ */

/* The types there are (people able for exactly these lines), and of each set of lines
 * whether nobody is able for lines on both sides of some cut through it: then each side
 * says all. */
struct types {
    uint32_t count, own[LINES_SETS_MAX];
    bool apart[LINES_SETS_MAX];
};

static bool is_apart(const struct types *types, uint32_t set)
{
    for (uint32_t part = (set - 1) & set; part != 0; part = (part - 1) & set) {
        bool joined = false;
        for (uint32_t i = 0; i < types->count && !joined; i++)
            joined = (types->own[i] & part) != 0 && (types->own[i] & set & ~part) != 0;
        if (!joined)
            return true;
    }
    return false;
}

static void find_types(const struct lines *lines, struct types *types)
{
    const struct plan_input *input = lines->planner->input;
    bool there[LINES_SETS_MAX] = {false};
    for (uint32_t i = 0; i < input->holder_count; i++)
        there[lines_able_of(lines, input->holders[i].lines, input->holders[i].line)] =
            true;
    for (uint32_t i = 0; i < input->pending_count; i++)
        there[lines_able_of(lines, input->pending[i].lines, input->pending[i].line)] =
            true;
    types->count = 0;
    for (uint32_t own = 1; own <= lines->all; own++)
        if (there[own] || lines->left[own] > 0)
            types->own[types->count++] = own;
    for (uint32_t set = 1; set <= lines->all; set++)
        types->apart[set] = is_apart(types, set);
}

/* Whoever is able for a line of OTHER is so for one of SET, too: if fewer or as many are
 * wanted, SET says nothing that OTHER does not. */
static bool is_within(const struct types *types, uint32_t other, uint32_t set)
{
    for (uint32_t i = 0; i < types->count; i++)
        if ((types->own[i] & other) != 0 && (types->own[i] & set) == 0)
            return false;
    return true;
}

static bool is_needed(const struct lines *lines, const struct types *types, uint32_t set)
{
    const uint32_t wanted = wanted_of(lines, set);
    if (types->apart[set])
        return false;
    for (uint32_t other = 1; other <= lines->all; other++) {
        const uint32_t more = wanted_of(lines, other);
        if (other == set || more < wanted || types->apart[other] ||
            !is_within(types, other, set))
            continue;
        if (more > wanted || other < set || !is_within(types, set, other))
            return false;
    }
    return true;
}

/* ---- the people of a set
 * --------------------------------------------------------------- */

static int make_work(struct lines *lines, uint32_t set, struct work *work)
{
    const struct plan_input *input = lines->planner->input;
    uint32_t held = 0;
    for (uint32_t i = 0; i < input->holder_count; i++)
        held += input->holders[i].count;
    work->held_b = mem_alloc(((size_t)held + 1) * sizeof(*work->held_b));
    work->pending_index =
        mem_alloc(((size_t)input->pending_count + 1) * sizeof(*work->pending_index));
    work->people = mem_alloc(((size_t)input->pending_count + STAGES_PEOPLE_MAX) *
                             sizeof(*work->people));
    work->ranks = mem_alloc(STAGES_PEOPLE_MAX * sizeof(*work->ranks));
    work->line = (struct line){.common = &lines->planner->common,
                               .count = wanted_of(lines, set),
                               .held_b = work->held_b,
                               .people = work->people};
    const bool ok = work->held_b != NULL && work->pending_index != NULL &&
                    work->people != NULL && work->ranks != NULL;
    return ok ? ST_OK : ST_NO_MEMORY;
}

static void add_there(struct lines *lines, uint32_t set, struct work *work)
{
    const struct plan_input *input = lines->planner->input;
    for (uint32_t i = 0; i < input->holder_count; i++) {
        const struct plan_holder *holder = &input->holders[i];
        if ((lines_able_of(lines, holder->lines, holder->line) & set) == 0)
            continue;
        for (uint32_t k = 0; k < holder->count; k++)
            work->held_b[work->line.held++] = people_holder(input, holder);
    }
    for (uint32_t i = 0; i < input->pending_count; i++) {
        const struct plan_pending *pending = &input->pending[i];
        if ((lines_able_of(lines, pending->lines, pending->line) & set) == 0)
            continue;
        work->pending_index[work->pending] = i;
        work->people[work->pending++] = people_pending(lines->planner, pending);
    }
}

static void add_free(struct lines *lines, uint32_t set, struct work *work)
{
    for (uint32_t i = 0; i < lines->known && work->known < STAGES_PEOPLE_MAX; i++) {
        if ((lines_able(lines, i) & set) == 0)
            continue;
        work->ranks[work->known] = lines->ranks[i];
        work->forced += lines->ranks[i].group == 0;
        people_convert(lines->planner, work, work->known++);
    }
    work->line.people_count = work->pending + work->known;
}

/* Of those chosen for one wave. */
static uint32_t one_wave_of(const struct lines *lines, uint32_t set)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < lines->count; i++)
        sum += (lines_able(lines, lines->chosen[i].rank) & set) != 0;
    return sum;
}

/* What those who are there or pending come to by themselves. */
static int settle(const struct sets *sets, struct part *part)
{
    const struct work *work = &part->work;
    for (uint32_t m = 0; m < sets->common.count; m++) {
        struct tail tail;
        int status = tail_init(&tail, work->line.count, 0.0);
        if (status < 0)
            return status;
        for (uint32_t i = 0; i < work->line.held; i++)
            tail_add(&tail, work->held_b[i]);
        for (uint32_t i = 0; i < work->pending; i++)
            tail_add(&tail, work->people[i].share * work->people[i].b *
                                common_a(&sets->common, m, work->people[i].x));
        part->outcome.probability[m] = tail.reached;
        tail_release(&tail);
    }
    return ST_OK;
}

/* Nobody is left, or not even a certain success is worth one more. */
static bool is_settled(const struct sets *sets, const struct part *part)
{
    double fails = 1.0;
    for (uint32_t m = 0; m < sets->common.count; m++)
        fails -= sets->common.weight[m] * part->outcome.probability[m];
    return part->work.known == 0 ||
           (sets->price > 0.0 && part->work.forced == 0 && sets->price * fails <= 1.0);
}

static int add_part(struct sets *sets, uint32_t set)
{
    struct lines *lines = sets->lines;
    if (sets->count == SETS_MAX)
        return ST_NOT_FOUND;
    struct part *part = &sets->parts[sets->count++];
    part->set = set;
    int status = make_work(lines, set, &part->work);
    if (status < 0)
        return status;
    add_there(lines, set, &part->work);
    add_free(lines, set, &part->work);
    status = settle(sets, part);
    if (status < 0 || is_settled(sets, part))
        return status;
    return stages_new(&part->stages, lines->planner, &part->work,
                      one_wave_of(lines, set));
}

static int begin(struct sets *sets, struct lines *lines)
{
    struct types types;
    int status = ST_OK;
    sets->lines = lines;
    common_init(&sets->common, lines->planner->common.mean, lines->planner->common.rho,
                STAGES_NODES);
    people_observe(lines->planner->input, &sets->common);
    find_types(lines, &types);
    for (uint32_t set = 1; set <= lines->all && status == ST_OK; set++)
        if (is_needed(lines, &types, set))
            status = add_part(sets, set);
    return status;
}

/* ---- at a price
 * ------------------------------------------------------------------------ */

static void plan_at(struct sets *sets, double price)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < sets->count; i++)
        if (sets->parts[i].stages != NULL)
            stages_at(sets->parts[i].stages, price, &sets->parts[i].outcome);
    for (uint32_t m = 0; m < sets->common.count; m++) {
        double product = sets->common.weight[m];
        for (uint32_t i = 0; i < sets->count; i++)
            product *= sets->parts[i].outcome.probability[m];
        sum += product;
    }
    sets->probability = sum;
}

/* The smallest price that reaches the target. */
static double find_price(struct sets *sets, double target)
{
    struct price_search search;
    price_begin(&search, target, 0.0);
    do
        plan_at(sets, search.price);
    while (price_next(&search, sets->probability));
    if (search.high > 0.0)
        plan_at(sets, search.high);
    return search.high;
}

/* ---- who is asked
 * ---------------------------------------------------------------------- */

struct asking {
    const struct sets *sets;
    uint32_t short_of[SETS_MAX];
    uint8_t *in; /* [rank] */
    uint32_t *order, count;
};

static void ask(struct asking *asking, uint32_t rank)
{
    const uint32_t own = lines_able(asking->sets->lines, rank);
    asking->in[rank] = 1;
    asking->order[asking->count++] = rank;
    for (uint32_t i = 0; i < asking->sets->count; i++)
        if ((own & asking->sets->parts[i].set) != 0 && asking->short_of[i] > 0)
            asking->short_of[i]--;
}

static uint32_t helped_by(const struct asking *asking, uint32_t own)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < asking->sets->count; i++)
        sum += (own & asking->sets->parts[i].set) != 0 ? asking->short_of[i] > 0 : 0;
    return sum;
}

/* For the set that is short of the most: the best one, or who is nearly as good and helps
 * more sets. False: nobody is left. */
static bool ask_for(struct asking *asking, uint32_t set)
{
    const struct lines *lines = asking->sets->lines;
    uint32_t best = UINT32_MAX, most = 0;
    double q = -1.0;
    for (uint32_t i = 0; i < lines->known; i++) {
        const uint32_t own = lines_able(lines, i);
        if (asking->in[i] != 0 || (own & set) == 0)
            continue;
        if (q >= 0.0 && lines->ranks[i].q < NEARLY * q)
            break;
        q = q < 0.0 ? lines->ranks[i].q : q;
        const uint32_t helps = helped_by(asking, own);
        if (helps > most) {
            most = helps;
            best = i;
        }
    }
    if (best != UINT32_MAX)
        ask(asking, best);
    return best != UINT32_MAX;
}

/* As many as every set wants are the first ones of the sequence. */
static int choose(struct sets *sets, uint32_t *ret)
{
    struct lines *lines = sets->lines;
    AUTO_FREE uint8_t *in = mem_calloc((size_t)lines->known + 1, 1);
    AUTO_FREE uint32_t *order = mem_alloc(((size_t)lines->known + 1) * sizeof(*order));
    struct asking asking = {.sets = sets, .in = in, .order = order};
    if (in == NULL || order == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < sets->count; i++)
        asking.short_of[i] = sets->parts[i].outcome.first;
    for (uint32_t i = 0; i < lines->forced; i++)
        ask(&asking, lines->sequence[i]);
    for (;;) {
        uint32_t worst = 0;
        for (uint32_t i = 1; i < sets->count; i++)
            if (asking.short_of[i] > asking.short_of[worst])
                worst = i;
        if (asking.short_of[worst] == 0)
            break;
        if (!ask_for(&asking, sets->parts[worst].set))
            asking.short_of[worst] = 0;
    }
    *ret = asking.count;
    for (uint32_t i = 0; i < lines->length; i++)
        if (in[lines->sequence[i]] == 0)
            order[asking.count++] = lines->sequence[i];
    lines->length = asking.count;
    memcpy(lines->sequence, order, lines->length * sizeof(*order));
    return ST_OK;
}

/* ---- the plan
 * -------------------------------------------------------------------------- */

/* Sets that have nobody in common add up: those that are expected to take the most. */
static void find_apart(const struct sets *sets, bool *ret)
{
    uint32_t lines = 0, best;
    memset(ret, 0, sets->count * sizeof(*ret));
    do {
        best = sets->count;
        for (uint32_t i = 0; i < sets->count; i++)
            if (!ret[i] && (sets->parts[i].set & lines) == 0 &&
                (best == sets->count ||
                 sets->parts[i].outcome.expected > sets->parts[best].outcome.expected))
                best = i;
        if (best < sets->count) {
            ret[best] = true;
            lines |= sets->parts[best].set;
        }
    } while (best < sets->count);
}

/* What follows the first wave, which RET has. */
static void find_later(struct sets *sets, struct look_result *ret)
{
    bool apart[SETS_MAX];
    double expected = 0.0;
    find_apart(sets, apart);
    ret->after_ms = INT64_MAX;
    for (uint32_t i = 0; i < sets->count; i++) {
        struct part *part = &sets->parts[i];
        struct look_result later = {0};
        if (part->stages == NULL)
            continue;
        stages_later(part->stages, &later);
        ret->chance = fmax(ret->chance, later.chance);
        ret->after_ms = later.after_ms < ret->after_ms ? later.after_ms : ret->after_ms;
        if (!apart[i])
            continue;
        expected += part->outcome.expected;
        ret->likely += later.likely;
        ret->most += later.most;
    }
    ret->expected = expected > ret->first ? expected - ret->first : 0.0;
}

static int plan_sets(struct sets *sets, double target, struct look_result *ret)
{
    if (sets->price > 0.0)
        plan_at(sets, sets->price);
    else
        sets->price = find_price(sets, target);
    if (sets->price <= 0.0)
        return ST_NOT_FOUND;
    *ret = (struct look_result){.probability = sets->probability, .price = sets->price};
    int status = choose(sets, &ret->first);
    find_later(sets, ret);
    return status;
}

int lines_stages(struct lines *lines, const struct look_wish *wish,
                 struct look_result *ret)
{
    AUTO_FREE struct sets *sets = mem_calloc(1, sizeof(*sets));
    if (sets == NULL)
        return ST_NO_MEMORY;
    sets->price = wish->price;
    int status = begin(sets, lines);
    if (status == ST_OK)
        status = plan_sets(sets, wish->target, ret);
    release(sets);
    return status;
}
