/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that share no type are independent: each component of the graph "some type is
 * able for both" is answered by itself. In a component only the connected sets S matter,
 * the others follow. The numbers of the types are walked depth first, the widest type
 * last: it needs no walk, only the probability of the largest number still missing. A
 * branch ends early when a condition can no longer hold, or all do. */
#include "plan/match.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/line.h"
#include "plan/tail.h"
#include "plan/walk.h"

#include <assert.h>
#include <string.h>

#define SETS_MAX (1u << MATCH_LINES_MAX)
#define CHEAP_SETS 16 /* a cell looks at each set: of more, fewer cells are looked at */

struct type {
    uint32_t lines, people;
    struct walk walk; /* up to the sum of the counts of `lines` */
};

struct match {
    const struct common *common;
    struct match_need need;
    uint32_t demand[SETS_MAX];
    uint32_t type_count;
    struct type *types[SETS_MAX];
    struct type *by_lines[SETS_MAX];
    uint32_t order[SETS_MAX]; /* of one component */
    uint32_t order_count;
    uint32_t sets[SETS_MAX]; /* connected ones, of one component */
    uint32_t set_count;
    uint32_t cells, cells_max;
};

int match_new(struct match **ret, const struct common *common,
              const struct match_need *need)
{
    assert(need->line_count >= 1 && need->line_count <= MATCH_LINES_MAX);
    struct match *match = mem_calloc(1, sizeof(*match));
    if (match == NULL)
        return ST_NO_MEMORY;
    match->common = common;
    match->need = *need;
    for (uint32_t set = 1; set < 1u << need->line_count; set++)
        for (uint32_t line = 0; line < need->line_count; line++)
            match->demand[set] += (set >> line & 1) != 0 ? need->counts[line] : 0;
    *ret = match;
    return ST_OK;
}

void match_free(struct match *match)
{
    for (uint32_t i = 0; match != NULL && i < SETS_MAX; i++)
        if (match->by_lines[i] != NULL) {
            walk_release(&match->by_lines[i]->walk);
            mem_free(match->by_lines[i]);
        }
    mem_free(match);
}

void match_clear(struct match *match)
{
    for (uint32_t i = 0; i < match->type_count; i++) {
        struct type *type = match->types[i];
        type->people = 0;
        for (uint32_t m = 0; m < match->common->count; m++)
            if (type->walk.large)
                type->walk.moments[m] = (struct moments){0};
            else
                tail_clear(&type->walk.tails[m]);
    }
    match->type_count = 0;
}

/* A type keeps its memory after a match_clear. */
static int find_type(struct match *match, uint32_t lines, struct type **ret)
{
    lines &= (1u << match->need.line_count) - 1;
    assert(lines != 0);
    struct type *type = match->by_lines[lines];
    if (type == NULL) {
        type = mem_calloc(1, sizeof(*type));
        if (type == NULL)
            return ST_NO_MEMORY;
        match->by_lines[lines] = type;
        type->lines = lines;
        int status = walk_init(&type->walk, match->common, match->demand[lines],
                               match->need.large);
        if (status < 0) {
            walk_release(&type->walk);
            mem_free(type);
            match->by_lines[lines] = NULL;
            return status;
        }
    }
    if (type->people++ == 0)
        match->types[match->type_count++] = type;
    *ret = type;
    return ST_OK;
}

int match_add(struct match *match, uint32_t lines, double x, double share)
{
    struct type *type;
    int status = find_type(match, lines, &type);
    if (status == ST_OK)
        walk_add(&type->walk, x, share);
    return status;
}

int match_add_plain(struct match *match, uint32_t lines, double p)
{
    struct type *type;
    int status = find_type(match, lines, &type);
    if (status == ST_OK)
        walk_add_plain(&type->walk, p);
    return status;
}

/* ---- components
 * ------------------------------------------------------------------------- */

/* All lines of WITHIN that are joined with those of START by types. */
static uint32_t reach(const struct match *match, uint32_t start, uint32_t within)
{
    uint32_t got = start, before;
    do {
        before = got;
        for (uint32_t i = 0; i < match->type_count; i++)
            if ((match->types[i]->lines & got) != 0)
                got |= match->types[i]->lines & within;
    } while (got != before);
    return got;
}

static uint32_t width_of(const struct type *type)
{
    uint32_t width = 1;
    for (uint32_t m = 0; m < type->walk.common->count && !type->walk.large; m++) {
        const struct tail *tail = &type->walk.tails[m];
        uint32_t here = tail->high - tail->low + 1;
        width = here > width ? here : width;
    }
    return width;
}

/* Its types, narrow ones first, and its connected sets with a demand. */
static void take_component(struct match *match, uint32_t lines)
{
    match->order_count = match->set_count = 0;
    for (uint32_t i = 0; i < match->type_count; i++) {
        if ((match->types[i]->lines & lines) == 0)
            continue;
        uint32_t at = match->order_count++;
        for (; at > 0 &&
               width_of(match->types[match->order[at - 1]]) > width_of(match->types[i]);
             at--)
            match->order[at] = match->order[at - 1];
        match->order[at] = i;
    }
    for (uint32_t set = 1; set < 1u << match->need.line_count; set++) {
        uint32_t lowest = set & (~set + 1);
        if ((set & ~lines) == 0 && match->demand[set] > 0 &&
            reach(match, lowest, set) == set)
            match->sets[match->set_count++] = set;
    }
}

/* ---- exact
 * --------------------------------------------------------------------------------- */

struct frame {
    uint32_t next;              /* number to be tried */
    double product;             /* of the types before */
    uint32_t covered[SETS_MAX]; /* per place in `sets`: by the types before */
};

static double mass_at(const struct tail *tail, uint32_t j)
{
    if (j == tail->k)
        return tail->reached;
    return j >= tail->low && j < tail->high ? tail->mass[j] : 0.0;
}

static double mass_from(const struct tail *tail, uint32_t j)
{
    double sum = tail->reached;
    if (j > tail->k)
        return 0.0;
    for (uint32_t i = j > tail->low ? j : tail->low; i < tail->high; i++)
        sum += tail->mass[i];
    return sum;
}

enum verdict { OPEN, HOLDS, FAILS };

/* LATER = the lines of the types that are still to come. */
static enum verdict judge(const struct match *match, const struct frame *frame,
                          uint32_t later)
{
    enum verdict verdict = HOLDS;
    for (uint32_t i = 0; i < match->set_count; i++)
        if (frame->covered[i] < match->demand[match->sets[i]]) {
            if ((match->sets[i] & later) == 0)
                return FAILS;
            verdict = OPEN;
        }
    return verdict;
}

static double last_type(const struct match *match, const struct frame *frame,
                        const struct tail *tail)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < match->set_count; i++) {
        uint32_t demand = match->demand[match->sets[i]];
        if (frame->covered[i] < demand && demand - frame->covered[i] > missing)
            missing = demand - frame->covered[i];
    }
    return frame->product * mass_from(tail, missing);
}

static const struct type *type_at(const struct match *match, uint32_t depth)
{
    return match->types[match->order[depth]];
}

static void enter(const struct match *match, const struct frame *from, uint32_t depth,
                  struct frame *ret)
{
    const struct type *type = type_at(match, depth);
    uint32_t number = from->next;
    ret->next = 0;
    for (uint32_t i = 0; i < match->set_count; i++)
        ret->covered[i] =
            from->covered[i] + ((type->lines & match->sets[i]) != 0 ? number : 0);
}

/* At node M; -1 = too many cells. */
static double exact_at(struct match *match, uint32_t m, struct frame *frames)
{
    double sum = 0.0;
    uint32_t depth = 0, last = match->order_count - 1, later[SETS_MAX];
    later[last] = type_at(match, last)->lines;
    for (uint32_t i = last; i-- > 0;)
        later[i] = later[i + 1] | type_at(match, i)->lines;
    frames[0] = (struct frame){.product = 1.0};
    for (;;) {
        struct frame *frame = &frames[depth];
        const struct tail *tail = &type_at(match, depth)->walk.tails[m];
        enum verdict verdict =
            frame->next == 0 ? judge(match, frame, later[depth]) : OPEN;
        if (verdict == HOLDS)
            sum += frame->product;
        else if (verdict == OPEN && depth == last)
            sum += last_type(match, frame, tail);
        if (verdict != OPEN || depth == last || frame->next > tail->k) {
            if (depth-- == 0)
                return sum;
            frames[depth].next++;
            continue;
        }
        double mass = mass_at(tail, frame->next);
        if (mass <= 0.0) {
            frame->next++;
            continue;
        }
        if (++match->cells > match->cells_max)
            return -1.0;
        enter(match, frame, depth, &frames[depth + 1]);
        frames[++depth].product = frame->product * mass;
    }
}

/* ---- the bound
 * ----------------------------------------------------------------------------- */

/* P(at least `demand` of the types that serve SET are there) at node M: of large ones. */
static double large_set_at(const struct match *match, uint32_t set, uint32_t m)
{
    struct moments sum = {0};
    for (uint32_t i = 0; i < match->order_count; i++) {
        const struct type *type = type_at(match, i);
        if ((type->lines & set) == 0)
            continue;
        sum.mean += type->walk.moments[m].mean;
        sum.variance += type->walk.moments[m].variance;
        sum.third += type->walk.moments[m].third;
    }
    return moments_tail(&sum, match->demand[set]);
}

/* Those of a type, with so many or more at the end. */
static void add_type(double *mass, uint32_t whole, const struct tail *tail)
{
    for (uint32_t j = whole + 1; j-- > 0;) { /* in place, from above */
        const double here = mass[j];
        mass[j] = 0.0;
        if (here <= 0.0)
            continue;
        for (uint32_t n = tail->low; n < tail->high; n++)
            mass[j + n < whole ? j + n : whole] += here * tail->mass[n];
        mass[j + tail->k < whole ? j + tail->k : whole] += here * tail->reached;
    }
}

/* COUNTS[set * (whole + 1) + j] = P(j of the types that serve SET are there) at node M:
 * to those of the set without its highest line come the types that only this line
 * brings. */
static void make_counts(const struct match *match, uint32_t lines, uint32_t m,
                        uint32_t whole, double *counts)
{
    const size_t size = (size_t)whole + 1;
    memset(counts, 0, size * sizeof(*counts));
    counts[0] = 1.0;
    for (uint32_t set = 1; set <= lines; set++) {
        if ((set & ~lines) != 0)
            continue;
        const uint32_t highest = 1u << (31 - __builtin_clz(set)), rest = set & ~highest;
        memcpy(counts + set * size, counts + rest * size, size * sizeof(*counts));
        for (uint32_t i = 0; i < match->order_count; i++) {
            const struct type *type = type_at(match, i);
            if ((type->lines & highest) != 0 && (type->lines & rest) == 0)
                add_type(counts + set * size, whole, &type->walk.tails[m]);
        }
    }
}

/* COUNTS has room for each set of LINES and 0 to the whole demand. */
static double bound_at(const struct match *match, uint32_t lines, uint32_t m,
                       double *counts)
{
    const uint32_t whole = match->demand[(1u << match->need.line_count) - 1];
    double product = 1.0;
    if (!match->need.large)
        make_counts(match, lines, m, whole, counts);
    for (uint32_t i = 0; i < match->set_count; i++) {
        const uint32_t set = match->sets[i];
        double sum = 0.0;
        for (uint32_t j = match->demand[set]; j <= whole && !match->need.large; j++)
            sum += counts[(size_t)set * (whole + 1) + j];
        product *= match->need.large ? large_set_at(match, set, m)
                   : sum < 1.0       ? sum
                                     : 1.0;
    }
    return product;
}

/* Multiplies each node's probability by that of the component of LINES. */
static int multiply(struct match *match, uint32_t lines, double *nodes, bool *ret_exact)
{
    double here[COMMON_NODES_MAX] = {0};
    uint32_t whole = match->demand[(1u << match->need.line_count) - 1];
    take_component(match, lines);
    if (match->set_count == 0)
        return ST_OK; /* nothing is wanted of it */
    bool exact = match->set_count == 1 || !match->need.large;
    if (match->order_count > 0 && exact && !match->need.large) {
        AUTO_FREE struct frame *frames =
            mem_calloc((size_t)match->order_count + 1, sizeof(*frames));
        if (frames == NULL)
            return ST_NO_MEMORY;
        match->cells = 0;
        match->cells_max = MATCH_CELLS_MAX * match->common->count;
        if (match->set_count > CHEAP_SETS)
            match->cells_max = match->cells_max * CHEAP_SETS / match->set_count;
        for (uint32_t m = 0; m < match->common->count && exact; m++) {
            here[m] = exact_at(match, m, frames);
            exact = here[m] >= 0.0;
        }
    }
    if (match->order_count > 0 && (!exact || match->need.large)) {
        const size_t size = match->need.large ? 1 : (size_t)(lines + 1) * (whole + 1);
        AUTO_FREE double *counts = mem_alloc(size * sizeof(*counts));
        if (counts == NULL)
            return ST_NO_MEMORY;
        for (uint32_t m = 0; m < match->common->count; m++)
            here[m] = bound_at(match, lines, m, counts);
    }
    for (uint32_t m = 0; m < match->common->count; m++)
        nodes[m] *= here[m] < 1.0 ? here[m] : 1.0;
    *ret_exact &= exact;
    return ST_OK;
}

int match_probability(struct match *match, double *ret, bool *ret_exact)
{
    double nodes[COMMON_NODES_MAX], sum = 0.0;
    uint32_t done = 0;
    int status = ST_OK;
    *ret_exact = true;
    for (uint32_t m = 0; m < match->common->count; m++)
        nodes[m] = 1.0;
    for (uint32_t line = 0; line < match->need.line_count && status == ST_OK; line++) {
        if ((done >> line & 1) != 0)
            continue;
        uint32_t lines = reach(match, 1u << line, (1u << match->need.line_count) - 1);
        done |= lines;
        status = multiply(match, lines, nodes, ret_exact);
    }
    for (uint32_t m = 0; m < match->common->count; m++)
        sum += match->common->weight[m] * nodes[m];
    *ret = sum < 1.0 ? sum : 1.0;
    return status;
}
