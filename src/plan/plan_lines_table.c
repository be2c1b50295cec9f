/* SPDX-License-Identifier: Apache-2.0 */
/* At every node of the common cause, for each type on its own:
 *
 *     there[y][j] = P(y of those asked now have said yes by the look, j will be there)
 *     second[m][j] = P(j of the next m, asked at the look, will be there)
 *
 * grown person by person, numbers from `top` on taken together. A state is one y of each
 * type; a second wave, one m of each. Then
 *
 *     W(y, m) = sum over z of w(z) sum over j of product over types of
 *               (there[y] * second[m])(j | z)  [Hall's condition holds for j]
 *
 * where the sum over the last type is closed: `needed` says for each combination of the
 * others how many of it fill the lines. */
#include "plan/plan_lines_table.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/look_internal.h"

#include <assert.h>
#include <string.h>

#define NEVER (TABLE_TOP_MAX + 1)
#define LINES_MOST 5
#define TRIM 1e-8       /* of a type's mass: fewer cells for less than that of P */
#define NEGLIGIBLE 0.03 /* alerts that a state's second wave may be worth at most */

const uint32_t TABLE_SIZES[TABLE_GRID] = {0, 1,  2,  3,  4,  6,
                                          9, 13, 19, 28, 42, TABLE_SECOND_MAX};

static const struct spread ONE = {.at = {{1.0, 1.0, 1.0, 1.0}}};

/* ---- types
 * ------------------------------------------------------------------------------ */

#define NONE TABLE_TYPES_MAX

/* The type that counts for people able for LINES; NULL: they are not counted. */
static struct table_type *find_type(struct table *table, uint32_t lines)
{
    return table->place[lines] == NONE ? NULL : &table->types[table->place[lines]];
}

/* How many of each type are there or will be, as far as it can be said. */
static void weigh_types(const struct lines *lines, uint32_t likely, double *ret)
{
    const struct plan_input *input = lines->planner->input;
    for (uint32_t own = 0; own <= lines->all; own++)
        ret[own] = 0.0;
    for (uint32_t i = 0; i < input->holder_count; i++)
        ret[lines_able_of(lines, input->holders[i].lines, input->holders[i].line)] +=
            input->holders[i].count;
    for (uint32_t i = 0; i < input->pending_count; i++)
        ret[lines_able_of(lines, input->pending[i].lines, input->pending[i].line)] +=
            input->pending[i].p_accept;
    for (uint32_t i = 0; i < likely; i++)
        ret[lines_able(lines, lines->sequence[i])] += lines->ranks[lines->sequence[i]].q;
}

/* The counts of the lines in OWN: more people able for these are no better. */
static uint32_t top_of(const struct lines *lines, uint32_t own)
{
    uint32_t top = 0;
    for (uint32_t line = 0; line < lines->line_count; line++)
        top += (own >> line & 1) != 0 ? lines->planner->input->need->counts[line] : 0;
    return top;
}

/* The heaviest types; the one told apart finest is the last. */
static int find_types(struct table *table, double *weights)
{
    const struct lines *lines = table->lines;
    memset(table->place, NONE, sizeof(table->place));
    while (table->type_count < TABLE_TYPES_MAX) {
        uint32_t heaviest = 0;
        for (uint32_t own = 1; own <= lines->all; own++)
            if (weights[own] > weights[heaviest])
                heaviest = own;
        if (heaviest == 0)
            break;
        weights[heaviest] = 0.0;
        uint32_t top = top_of(lines, heaviest), at = table->type_count++;
        if (top > TABLE_TOP_MAX)
            return ST_NOT_FOUND;
        for (; at > 0 && table->types[at - 1].top > top; at--) {
            table->types[at].lines = table->types[at - 1].lines;
            table->types[at].top = table->types[at - 1].top;
        }
        table->types[at].lines = heaviest;
        table->types[at].top = top;
    }
    for (uint32_t own = 1; own <= lines->all; own++) {
        int most = 0;
        for (uint32_t i = 0; i < table->type_count; i++) {
            const uint32_t as = table->types[i].lines;
            if ((as & ~own) == 0 && __builtin_popcount(as) > most) {
                most = __builtin_popcount(as);
                table->place[own] = (uint8_t)i;
            }
        }
    }
    return table->type_count > 0 ? ST_OK : ST_NOT_FOUND;
}

static void make_lists(struct table *table, uint32_t people)
{
    uint32_t *next = table->ranks;
    for (uint32_t t = 0; t < table->type_count; t++) {
        struct table_type *type = &table->types[t];
        type->list = next;
        for (uint32_t i = 0; i < people; i++)
            if (table->place[lines_able(table->lines, table->lines->sequence[i])] == t)
                *next++ = table->lines->sequence[i];
        type->listed = (uint32_t)(next - type->list);
    }
}

/* How many of the last type fill the lines, given NUMBERS of the others. */
static uint8_t needed_of(const struct table *table, const uint32_t *numbers)
{
    const struct lines *lines = table->lines;
    const uint32_t last = table->type_count - 1;
    uint32_t needed = 0;
    for (uint32_t set = 1; set <= lines->all; set++) {
        const uint32_t demand = top_of(lines, set);
        uint32_t there = 0;
        for (uint32_t i = 0; i < last; i++)
            there += (table->types[i].lines & set) != 0 ? numbers[i] : 0;
        if (there >= demand)
            continue;
        if ((table->types[last].lines & set) == 0)
            return NEVER;
        needed = demand - there > needed ? demand - there : needed;
    }
    return needed <= table->types[last].top ? (uint8_t)needed : NEVER;
}

static int find_needed(struct table *table)
{
    const uint32_t last = table->type_count - 1;
    uint32_t numbers[TABLE_TYPES_MAX] = {0};
    table->cells = 1;
    for (uint32_t i = 0; i < last; i++)
        table->cells *= table->types[i].top + 1;
    if (table->cells > TABLE_CELLS_MAX)
        return ST_NOT_FOUND;
    for (uint32_t cell = 0; cell < table->cells; cell++) {
        table->needed[cell] = needed_of(table, numbers);
        for (uint32_t i = last; i-- > 0;) { /* the last one turns fastest */
            if (numbers[i]++ < table->types[i].top)
                break;
            numbers[i] = 0;
        }
    }
    return ST_OK;
}

int table_init(struct table *table, struct lines *lines, uint32_t people, uint32_t likely)
{
    double weights[LINES_SETS_MAX];
    *table = (struct table){.lines = lines};
    if (lines->line_count > LINES_MOST)
        return ST_NOT_FOUND;
    common_init(&table->common, lines->planner->common.mean, lines->planner->common.rho,
                TABLE_NODES);
    people_observe(lines->planner->input, &table->common);
    table->types = mem_calloc(TABLE_TYPES_MAX, sizeof(*table->types));
    table->ranks = mem_alloc(((size_t)people + 1) * sizeof(*table->ranks));
    table->states = mem_alloc(TABLE_STATES_MAX * sizeof(*table->states));
    if (table->types == NULL || table->ranks == NULL || table->states == NULL)
        return ST_NO_MEMORY;
    weigh_types(lines, likely, weights);
    int status = find_types(table, weights);
    if (status < 0)
        return status;
    make_lists(table, people);
    return find_needed(table);
}

void table_release(struct table *table)
{
    mem_free(table->types);
    mem_free(table->ranks);
    mem_free(table->states);
}

/* ---- who is there in the end
 * ---------------------------------------------------------------- */

/* One more: says yes by the look and is there, says so and is not, says yes later and is
 * there. */
struct chances {
    double comes, fails, late;
};

static void add_one(struct table_type *type, uint32_t m, const struct chances *one)
{
    const double stays = 1.0 - one->comes - one->fails - one->late;
    const uint32_t top = type->top;
    type->yes_most = type->yes_most < top && one->comes + one->fails > 0.0
                         ? type->yes_most + (m == 0)
                         : type->yes_most;
    for (uint32_t y = type->yes_most + 1; y-- > 0;)
        for (uint32_t j = top + 1; j-- > 0;) { /* in place, from above */
            double here = type->there[y].at[j][m];
            if (here <= 0.0)
                continue;
            uint32_t y_more = y < top ? y + 1 : top, j_more = j < top ? j + 1 : top;
            type->there[y].at[j][m] = here * stays;
            type->there[y].at[j_more][m] += here * one->late;
            type->there[y_more].at[j][m] += here * one->fails;
            type->there[y_more].at[j_more][m] += here * one->comes;
        }
}

static void add_holders(struct table *table)
{
    const struct plan_input *input = table->lines->planner->input;
    for (uint32_t i = 0; i < input->holder_count; i++) {
        const struct plan_holder *holder = &input->holders[i];
        struct table_type *type =
            find_type(table, lines_able_of(table->lines, holder->lines, holder->line));
        const struct chances one = {.late = people_holder(input, holder)};
        for (uint32_t k = 0; k < holder->count && type != NULL; k++)
            for (uint32_t m = 0; m < table->common.count; m++)
                add_one(type, m, &one);
    }
}

static void add_asked(struct table *table, struct table_type *type,
                      const struct look_at *who, const struct line_person *person)
{
    if (type == NULL)
        return;
    const struct seen seen = look_see(table->lines->planner, who, person);
    type->asked += who->rank != NULL;
    for (uint32_t m = 0; m < table->common.count; m++) {
        double a = person->share * common_a(&table->common, m, person->x),
               early = a * seen.f;
        const struct chances one = {.comes = early * seen.b_early,
                                    .fails = early * (1.0 - seen.b_early),
                                    .late = a * (1.0 - seen.f) * seen.b_late};
        add_one(type, m, &one);
    }
}

static void add_first(struct table *table, uint32_t first, int64_t after_ms)
{
    const struct lines *lines = table->lines;
    const struct plan_input *input = lines->planner->input;
    for (uint32_t i = 0; i < input->pending_count; i++) {
        const struct plan_pending *pending = &input->pending[i];
        const struct look_at who = {.after_ms = after_ms, .pending = pending};
        const struct line_person person = people_pending(lines->planner, pending);
        add_asked(table,
                  find_type(table, lines_able_of(lines, pending->lines, pending->line)),
                  &who, &person);
    }
    for (uint32_t i = 0; i < first; i++) {
        const struct rank *rank = &lines->ranks[lines->sequence[i]];
        struct table_type *type = find_type(table, lines_able(lines, lines->sequence[i]));
        const struct look_at who = {.after_ms = after_ms, .rank = rank};
        const struct line_person person = people_candidate(lines->planner, rank);
        add_asked(table, type, &who, &person);
    }
}

/* The next ones of the type, asked at the look. */
static void add_second(struct table *table, struct table_type *type, int64_t after_ms)
{
    struct planner *planner = table->lines->planner;
    type->second_count = type->listed - type->asked;
    if (type->second_count > TABLE_SECOND_MAX)
        type->second_count = TABLE_SECOND_MAX;
    for (uint32_t n = 0; n < type->second_count; n++) {
        const struct rank *rank = &table->lines->ranks[type->list[type->asked + n]];
        const double x = people_candidate(planner, rank).x,
                     b = look_second_b(planner, rank, after_ms);
        const struct spread *before = &type->second[n];
        struct spread *spread = &type->second[n + 1];
        type->second_q[n] = 0.0;
        for (uint32_t m = 0; m < table->common.count; m++) {
            double q = b * common_a(&table->common, m, x);
            type->second_q[n] += table->common.weight[m] * q;
            spread->at[0][m] = before->at[0][m] * (1.0 - q);
            for (uint32_t j = 1; j <= type->top; j++)
                spread->at[j][m] =
                    before->at[j][m] * (1.0 - q) + before->at[j - 1][m] * q;
            spread->at[type->top][m] += before->at[type->top][m] * q;
        }
    }
}

/* Where a spread has mass worth looking at. */
static void trim(const struct table_type *type, struct spread *spread)
{
    double sums[TABLE_TOP_MAX + 1], least = 0.0;
    for (uint32_t j = 0; j <= type->top; j++) {
        sums[j] = 0.0;
        for (uint32_t m = 0; m < TABLE_NODES; m++)
            sums[j] += spread->at[j][m];
        least += sums[j] * TRIM;
    }
    spread->low = 0;
    spread->high = type->top;
    while (spread->low < spread->high && sums[spread->low] <= least)
        spread->low++;
    while (spread->high > spread->low && sums[spread->high] <= least)
        spread->high--;
}

static void find_expected(const struct table *table, struct table_type *type)
{
    for (uint32_t y = 0; y <= type->yes_most; y++) {
        double mass = 0.0, sum = 0.0;
        type->mass[y] = (nodes){0.0};
        for (uint32_t j = 0; j <= type->top; j++)
            for (uint32_t m = 0; m < table->common.count; m++) {
                type->mass[y][m] += type->there[y].at[j][m];
                double here = table->common.weight[m] * type->there[y].at[j][m];
                mass += here;
                sum += j * here;
            }
        type->expected[y] = mass > 0.0 ? sum / mass : 0.0;
        trim(type, &type->there[y]);
    }
}

/* ---- what a second wave brings
 * -------------------------------------------------------------- */

/* rest[j] = P(at least j of the last type). */
static void sum_last(const struct table *table, const struct spread *spread,
                     nodes rest[NEVER + 1])
{
    const uint32_t top = table->types[table->type_count - 1].top;
    rest[NEVER] = (nodes){0.0};
    rest[top] = spread->at[top];
    for (uint32_t j = top; j-- > 0;)
        rest[j] = rest[j + 1] + spread->at[j];
}

/* Adds PRODUCT times P(filled) over the numbers of the last but one type, those before
 * being the cell BASE. */
static void add_row(const uint8_t *needed, const struct spread *spread,
                    const nodes *product, const nodes rest[NEVER + 1], nodes *sums)
{
    nodes row = {0.0};
    for (uint32_t j = spread->low; j <= spread->high; j++)
        row += spread->at[j] * rest[needed[j]];
    *sums += *product * row;
}

/* P(the numbers SPREADS of the types fill the lines). */
static double filled(struct table *table, const struct spread *spreads)
{
    const uint32_t last = table->type_count - 1;
    nodes rest[NEVER + 1], product[TABLE_TYPES_MAX], sums = {0.0};
    uint32_t number[TABLE_TYPES_MAX], base[TABLE_TYPES_MAX], depth = 0;
    double sum = 0.0;
    table->filled++;
    sum_last(table, &spreads[last], rest);
    for (uint32_t m = 0; m < TABLE_NODES; m++)
        product[0][m] = table->common.weight[m];
    number[0] = spreads[0].low;
    base[0] = 0;
    if (last == 0)
        add_row(table->needed, &ONE, &product[0], rest, &sums);
    while (last > 0) {
        const bool row = depth + 1 == last;
        if (row)
            add_row(table->needed + base[depth], &spreads[depth], &product[depth], rest,
                    &sums);
        if (row || number[depth] > spreads[depth].high) {
            if (depth == 0)
                break;
            number[--depth]++;
            continue;
        }
        product[depth + 1] = product[depth] * spreads[depth].at[number[depth]];
        base[depth + 1] =
            (base[depth] + number[depth]) * (table->types[depth + 1].top + 1);
        depth++;
        number[depth] = spreads[depth].low;
    }
    for (uint32_t m = 0; m < table->common.count; m++)
        sum += sums[m];
    return sum;
}

static void convolve(const struct table_type *type, uint32_t y, uint32_t n,
                     struct spread *ret)
{
    const struct spread *a = &type->there[y], *b = &type->second[n];
    const uint32_t top = type->top;
    memset(ret, 0, sizeof(*ret));
    for (uint32_t i = a->low; i <= a->high; i++)
        for (uint32_t j = 0; j <= top && j <= n; j++) {
            uint32_t to = i + j < top ? i + j : top;
            ret->at[to] += a->at[i] * b->at[j];
        }
    trim(type, ret);
}

/* Whom to ask next after the answers YES and second waves of ASKED; the place of the
 * type, or type_count. */
static uint32_t next_type(struct table *table, const uint32_t *asked)
{
    double heads[LINES_SETS_MAX];
    for (uint32_t own = 0; own <= table->lines->all; own++)
        heads[own] = -1.0;
    for (uint32_t i = 0; i < table->type_count; i++)
        if (asked[i] < table->types[i].second_count)
            heads[table->types[i].lines] = table->types[i].second_q[asked[i]];
    uint32_t own = lines_next_type(table->lines, heads), place = 0;
    while (place < table->type_count && table->types[place].lines != own)
        place++;
    if (place < table->type_count)
        lines_add_supply(table->lines, own, heads[own]);
    return place;
}

static void fill_state(struct table *table, const uint32_t *yes, double price,
                       struct table_state *state)
{
    struct spread spreads[TABLE_TYPES_MAX];
    uint32_t asked[TABLE_TYPES_MAX] = {0}, size = 0;
    bool changed[TABLE_TYPES_MAX] = {false};
    memset(table->lines->supply, 0, sizeof(table->lines->supply));
    for (uint32_t i = 0; i < table->type_count; i++) {
        const struct table_type *type = &table->types[i];
        spreads[i] = type->there[yes[i]];
        lines_add_supply(table->lines, type->lines, type->expected[yes[i]]);
    }
    state->gain[0] = filled(table, spreads);
    for (state->sizes = 1; state->sizes < TABLE_GRID; state->sizes++) {
        const uint32_t g = state->sizes;
        double missing = state->mass - state->gain[g - 1];
        if (price * missing <= state->mass * (TABLE_SIZES[g] - TABLE_SIZES[g - 1]))
            return; /* more could not pay for the alerts */
        for (; size < TABLE_SIZES[g]; size++) {
            uint32_t place = next_type(table, asked);
            if (place == table->type_count)
                return;
            asked[place]++;
            changed[place] = true;
        }
        for (uint32_t i = 0; i < table->type_count; i++)
            if (changed[i]) {
                convolve(&table->types[i], yes[i], asked[i], &spreads[i]);
                changed[i] = false;
            }
        state->gain[g] = filled(table, spreads);
    }
}

/* Over all answers, without a second wave. */
static double filled_at_once(struct table *table)
{
    struct spread spreads[TABLE_TYPES_MAX];
    for (uint32_t i = 0; i < table->type_count; i++) {
        const struct table_type *type = &table->types[i];
        memset(&spreads[i], 0, sizeof(spreads[i]));
        for (uint32_t y = 0; y <= type->yes_most; y++)
            for (uint32_t j = 0; j <= type->top; j++)
                spreads[i].at[j] += type->there[y].at[j];
        trim(type, &spreads[i]);
    }
    return filled(table, spreads);
}

static double mass_of(const struct table *table, const uint32_t *yes)
{
    double sum = 0.0;
    for (uint32_t m = 0; m < table->common.count; m++) {
        double product = table->common.weight[m];
        for (uint32_t i = 0; i < table->type_count; i++)
            product *= table->types[i].mass[yes[i]][m];
        sum += product;
    }
    return sum;
}

/* There, by the yeses; then the second waves. */
static void fill_types(struct table *table, uint32_t first, int64_t after_ms)
{
    for (uint32_t i = 0; i < table->type_count; i++) {
        struct table_type *type = &table->types[i];
        memset(type->there, 0, sizeof(type->there));
        memset(&type->second[0], 0, sizeof(type->second[0]));
        for (uint32_t m = 0; m < table->common.count; m++)
            type->there[0].at[0][m] = type->second[0].at[0][m] = 1.0;
        type->yes_most = type->asked = 0;
    }
    add_holders(table);
    add_first(table, first, after_ms);
    for (uint32_t i = 0; i < table->type_count; i++) {
        add_second(table, &table->types[i], after_ms);
        find_expected(table, &table->types[i]);
    }
}

bool table_fill(struct table *table, uint32_t first, int64_t after_ms, double price)
{
    uint32_t yes[TABLE_TYPES_MAX] = {0};
    fill_types(table, first, after_ms);
    table->rest = filled_at_once(table);
    for (table->state_count = 0;;) {
        struct table_state *state = &table->states[table->state_count];
        state->mass = mass_of(table, yes);
        if (state->mass * price >= NEGLIGIBLE) {
            fill_state(table, yes, price, state);
            if (state->sizes > 1) {
                table->rest -= state->gain[0];
                if (++table->state_count == TABLE_STATES_MAX)
                    return false;
            }
        }
        uint32_t i = 0; /* the next combination */
        while (i < table->type_count && yes[i] == table->types[i].yes_most)
            yes[i++] = 0;
        if (i == table->type_count)
            return true;
        yes[i]++;
    }
}
