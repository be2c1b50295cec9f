/* SPDX-License-Identifier: Apache-2.0 */
/* Several lines at once. Within a type (people able for the same lines) the best by q are
 * alerted, as for one line; which types, is decided greedily: the set of lines whose
 * supply is farthest below its need (Hall's condition, match.h) gets the best person able
 * for one of them. The order made so does not depend on the target; its shortest prefix
 * that reaches it is found by doubling and halving, as the probability grows with every
 * person. Then whoever can be spared is left out: one, or two for one of another type.
 *
 * Out of reach: plan_lines_reach.c.
 *
 * Each of those alerted is told a line, so that the lines are supplied evenly; the server
 * moves them between lines when that fills a seat. Seats are counted line by line; what
 * full seats cost is the sum over the lines, so the answer is a lower bound. */
#include "base/mem.h"
#include "base/status.h"
#include "plan/plan_lines_internal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define KNOWN_MAX 40000 /* people looked at */
#define SUPPLY_SLACK                                                                     \
    1.6             /* deviations that make a supply safe; orders, decides nothing       \
                     */
#define AMPLE 8.0   /* supply / demand: more than any target takes */
#define NEARLY 0.97 /* of the best q: then who is able for more is better */
#define CURVE_STEPS 8
#define PLAIN_LOSS 1e-4

uint32_t lines_able_of(const struct lines *lines, uint32_t own, uint32_t line)
{
    return (own & lines->all) != 0 ? own & lines->all : 1u << line;
}

uint32_t lines_able(const struct lines *lines, uint32_t rank)
{
    return lines->planner->input->candidates[lines->ranks[rank].candidate].lines &
           lines->all;
}

/* ---- the order of asking
 * -------------------------------------------------------------------- */

void lines_add_supply(struct lines *lines, uint32_t own, double q)
{
    for (uint32_t set = 1; set <= lines->all; set++)
        if ((set & own) != 0)
            lines->supply[set] += q;
}

/* WANTED of each line. With SEATS a yes is a success. */
static void start_supply(struct lines *lines, const uint32_t *wanted, bool seats)
{
    const struct plan_input *input = lines->planner->input;
    for (uint32_t set = 1; set <= lines->all; set++) {
        double count = 0.0;
        for (uint32_t line = 0; line < lines->line_count; line++)
            count += (set >> line & 1) != 0 ? wanted[line] : 0;
        lines->demand[set] = count + SUPPLY_SLACK * sqrt(count) + 0.5;
        lines->supply[set] = 0.0;
    }
    for (uint32_t i = 0; i < input->holder_count; i++)
        lines_add_supply(
            lines, lines_able_of(lines, input->holders[i].lines, input->holders[i].line),
            input->holders[i].count *
                (seats ? 1.0 : people_holder(input, &input->holders[i])));
    for (uint32_t i = 0; i < input->pending_count; i++) {
        struct line_person person = people_pending(lines->planner, &input->pending[i]);
        lines_add_supply(
            lines, lines_able_of(lines, input->pending[i].lines, input->pending[i].line),
            line_yes(&lines->planner->common, &person) * (seats ? 1.0 : person.b));
    }
}

/* 0 = nobody is left, or all is ample. */
static uint32_t weakest_set(const struct lines *lines, const double *heads)
{
    uint32_t weakest = 0, left = 0;
    double least = AMPLE;
    for (uint32_t own = 1; own <= lines->all; own++)
        left |= heads[own] >= 0.0 ? own : 0;
    for (uint32_t set = 1; set <= lines->all; set++) {
        double ratio = lines->supply[set] / lines->demand[set];
        if (ratio < least && (set & left) != 0) {
            least = ratio;
            weakest = set;
        }
    }
    return weakest;
}

/* How much somebody able for OWN helps the sets that are short. */
static double help_of(const struct lines *lines, uint32_t own)
{
    double sum = 0.0;
    for (uint32_t set = 1; set <= lines->all; set++)
        if ((set & own) != 0) {
            double lacks = lines->demand[set] / (lines->supply[set] + 0.1);
            sum += lacks * lacks;
        }
    return sum;
}

uint32_t lines_next_type(const struct lines *lines, const double *heads)
{
    const uint32_t set = weakest_set(lines, heads);
    double best_q = 0.0, best_help = -1.0;
    uint32_t best = 0;
    for (uint32_t own = 1; own <= lines->all; own++)
        if (heads[own] >= 0.0 && (own & set) != 0)
            best_q = fmax(best_q, heads[own]);
    for (uint32_t own = 1; own <= lines->all; own++) {
        if ((own & set) == 0 || heads[own] < 0.0 || heads[own] < NEARLY * best_q)
            continue;
        double help = help_of(lines, own);
        if (help > best_help) {
            best_help = help;
            best = own;
        }
    }
    return best;
}

/* next[own] = the rank of the best one left of the type, or known; heads[own] = its q. */
static void advance(const struct lines *lines, uint32_t own, uint32_t *next,
                    double *heads)
{
    while (next[own] < lines->known &&
           (lines->in[next[own]] != 0 || lines_able(lines, next[own]) != own))
        next[own]++;
    heads[own] = next[own] < lines->known ? lines->ranks[next[own]].q : -1.0;
}

static void ask(struct lines *lines, uint32_t rank, bool seats)
{
    const struct rank *one = &lines->ranks[rank];
    lines->in[rank] = 1;
    lines->sequence[lines->length++] = rank;
    lines_add_supply(lines, lines_able(lines, rank),
                     seats ? lines->planner->input->candidates[one->candidate].p_accept
                           : one->q);
}

void lines_order(struct lines *lines, const uint32_t *wanted, bool seats)
{
    uint32_t next[LINES_SETS_MAX] = {0};
    double heads[LINES_SETS_MAX];
    memset(lines->in, 0, lines->known);
    lines->length = lines->forced = 0;
    start_supply(lines, wanted, seats);
    for (uint32_t i = 0; i < lines->known && lines->ranks[i].group < 2; i++) {
        lines->forced += lines->ranks[i].group == 0;
        ask(lines, i, seats);
    }
    for (uint32_t own = 1; own <= lines->all; own++)
        advance(lines, own, next, heads);
    for (uint32_t best; (best = lines_next_type(lines, heads)) != 0;) {
        ask(lines, next[best], seats);
        advance(lines, best, next, heads);
    }
}

/* ---- probabilities
 * -------------------------------------------------------------------------- */

/* Those who are there or pending. With SEATS a yes is a success, and seats are counted.
 */
static int add_there(struct lines *lines, struct match *match, bool seats)
{
    const struct plan_input *input = lines->planner->input;
    int status = ST_OK;
    for (uint32_t i = 0; i < input->holder_count; i++) {
        const struct plan_holder *holder = &input->holders[i];
        double p = seats ? 1.0 : people_holder(input, holder);
        for (uint32_t k = 0; k < holder->count && status == ST_OK; k++)
            status = match_add_plain(
                match, lines_able_of(lines, holder->lines, holder->line), p);
    }
    for (uint32_t i = 0; i < input->pending_count && status == ST_OK; i++) {
        const struct plan_pending *pending = &input->pending[i];
        struct line_person person = people_pending(lines->planner, pending);
        status = match_add(match, lines_able_of(lines, pending->lines, pending->line),
                           person.x, person.share * (seats ? 1.0 : person.b));
    }
    return status;
}

static int add_rank(struct lines *lines, struct match *match, uint32_t rank, bool seats)
{
    struct line_person person = people_candidate(lines->planner, &lines->ranks[rank]);
    return match_add(match, lines_able(lines, rank), person.x, seats ? 1.0 : person.b);
}

int lines_prefix_of(struct lines *lines, struct match *match, uint32_t n, bool seats,
                    double *ret)
{
    match_clear(match);
    int status = add_there(lines, match, seats);
    for (uint32_t i = 0; i < n && status == ST_OK; i++)
        status = add_rank(lines, match, lines->sequence[i], seats);
    return status < 0 ? status : match_probability(match, ret, &lines->exact);
}

int lines_prefix(struct lines *lines, uint32_t n, double *ret)
{
    return lines_prefix_of(lines, lines->match, n, false, ret);
}

int lines_shortest(struct lines *lines, struct match *match, bool seats, double target,
                   uint32_t *ret, double *ret_p)
{
    uint32_t low = lines->forced, high = low, step = 4;
    double p, at_high;
    int status = lines_prefix_of(lines, match, high, seats, &at_high);
    while (status == ST_OK && at_high < target && high < lines->length) {
        low = high + 1;
        high = lines->length - high > step ? high + step : lines->length;
        step *= 2;
        status = lines_prefix_of(lines, match, high, seats, &at_high);
    }
    if (at_high < target)
        low = high;
    while (status == ST_OK && low < high) {
        uint32_t middle = low + (high - low) / 2;
        status = lines_prefix_of(lines, match, middle, seats, &p);
        if (p >= target) {
            high = middle;
            at_high = p;
        } else
            low = middle + 1;
    }
    *ret = high;
    *ret_p = at_high;
    return status;
}

/* ---- a line for each, seats
 * ----------------------------------------------------------------- */

void lines_choose_prefix(struct lines *lines, uint32_t n)
{
    memset(lines->in, 0, lines->known);
    lines->count = n;
    for (uint32_t i = 0; i < n; i++) {
        lines->chosen[i] = (struct chosen){.rank = lines->sequence[i]};
        lines->in[lines->sequence[i]] = 1;
    }
}

/* Those able for few lines first, each to the line of theirs that is supplied worst. */
void lines_give(struct lines *lines)
{
    const struct plan_input *input = lines->planner->input;
    double supply[PLAN_LINES_MAX] = {0};
    for (uint32_t i = 0; i < input->holder_count; i++)
        supply[input->holders[i].line] +=
            input->holders[i].count * people_holder(input, &input->holders[i]);
    for (uint32_t i = 0; i < input->pending_count; i++) {
        struct line_person person = people_pending(lines->planner, &input->pending[i]);
        supply[input->pending[i].line] +=
            line_yes(&lines->planner->common, &person) * person.b;
    }
    for (int bits = 1; bits <= PLAN_LINES_MAX; bits++)
        for (uint32_t i = 0; i < lines->count; i++) {
            uint32_t own = lines_able(lines, lines->chosen[i].rank), best = 0;
            double least = INFINITY;
            if (__builtin_popcount(own) != bits)
                continue;
            for (uint32_t line = 0; line < lines->line_count; line++) {
                double ratio = supply[line] / lines->demand[1u << line];
                if ((own >> line & 1) != 0 && ratio < least) {
                    least = ratio;
                    best = line;
                }
            }
            lines->chosen[i].line = best;
            supply[best] += lines->ranks[lines->chosen[i].rank].q;
        }
}

int lines_fill_work(struct lines *lines, uint32_t line, struct work *work)
{
    work_release(work);
    *work = (struct work){0};
    for (uint32_t i = 0; i < lines->rank_count; i++)
        work->free += lines_able(lines, i) >> line & 1;
    work->ranks = mem_alloc(((size_t)work->free + 1) * sizeof(*work->ranks));
    if (work->ranks == NULL)
        return ST_NO_MEMORY;
    int status = people_of_line(lines->planner, line, work);
    for (uint32_t i = 0; i < lines->count && status == ST_OK; i++)
        if (lines->chosen[i].line == line) {
            work->ranks[work->alerts++] = lines->ranks[lines->chosen[i].rank];
            work->forced += work->ranks[work->alerts - 1].group == 0;
            people_convert(lines->planner, work, work->alerts - 1);
        }
    work->known = work->one_wave = work->alerts;
    work->line.people_count = work->pending + work->alerts;
    return status;
}

/* Behind those alerted the next one, for the time of the next look. */
static void add_next(struct lines *lines, uint32_t line, struct work *work)
{
    for (uint32_t i = 0; i < lines->known && work->known == work->alerts; i++)
        if (lines->in[i] == 0 && (lines_able(lines, i) >> line & 1) != 0)
            work->ranks[work->known++] = lines->ranks[i];
}

/* Resolves the line's seats; *RET_LOSS = what they cost of its own tail. */
static int resolve_seats(struct lines *lines, uint32_t line, bool reached,
                         double *ret_loss)
{
    struct work *work = &lines->planner->works[line];
    const struct plan_need *need = lines->planner->input->need;
    double target = pow(need->target, 1.0 / lines->line_count), plain, limited;
    uint32_t n = work->line.people_count;
    const struct line_points all = {.seats = LINE_SEATS_ALL, .count = 1, .at = &n};
    int status = line_points(&work->line, &all, &plain);
    *ret_loss = 0.0;
    work->probability = plain;
    if (status < 0)
        return status;
    if (need->reserve == PLAN_RESERVE_AUTO && !reached)
        return line_seats_plain(
            work->line.count,
            response_model_get_config(lines->planner->input->response)->comes, target,
            LINES_PLAIN_SEATS_MAX, &work->seats_resolved);
    if (need->reserve == PLAN_RESERVE_AUTO)
        return line_seats(&work->line, n,
                          target < plain - PLAIN_LOSS ? target : plain - PLAIN_LOSS,
                          &work->seats_resolved);
    work->seats = work->seats_resolved = work->line.count + (uint32_t)need->reserve;
    const struct line_points few = {.seats = work->seats, .count = 1, .at = &n};
    status = line_points(&work->line, &few, &limited);
    work->probability = limited;
    *ret_loss = plain > limited ? plain - limited : 0.0;
    return status;
}

int lines_settle(struct lines *lines, double p, bool reached, double *ret)
{
    double lost = 0.0, loss = 0.0;
    lines_give(lines);
    for (uint32_t line = 0; line < lines->line_count; line++) {
        struct work *work = &lines->planner->works[line];
        int status = lines_fill_work(lines, line, work);
        if (status < 0)
            return status;
        add_next(lines, line, work);
        status = resolve_seats(lines, line, reached, &loss);
        if (status < 0)
            return status;
        lost += loss;
    }
    lines->seats_loss = lost;
    *ret = p > lost ? p - lost : 0.0;
    return ST_OK;
}

int lines_probability(struct lines *lines, double *ret)
{
    match_clear(lines->match);
    int status = add_there(lines, lines->match, false);
    for (uint32_t i = 0; i < lines->count && status == ST_OK; i++)
        status = add_rank(lines, lines->match, lines->chosen[i].rank, false);
    return status < 0 ? status : match_probability(lines->match, ret, &lines->exact);
}

/* ---- the plan
 * -------------------------------------------------------------------------------- */

/* With fixed seats more people may be needed than the plain tail says. */
static int plan_fixed(struct lines *lines, double *p)
{
    uint32_t n = lines->count, step = 1;
    int status = lines_settle(lines, *p, true, p);
    while (status == ST_OK && *p < lines->target && n < lines->length) {
        n = lines->length - n > step ? n + step : lines->length;
        step *= 2;
        status = lines_prefix(lines, n, p);
        lines_choose_prefix(lines, n);
        if (status == ST_OK)
            status = lines_settle(lines, *p, true, p);
    }
    return status;
}

/* The fewest at once who reach lines->target. *RET = what they reach. */
static int plan_one_wave(struct lines *lines, bool priced, double *ret)
{
    uint32_t n;
    int status = lines_shortest(lines, lines->match, false, lines->target, &n, ret);
    if (status < 0)
        return status;
    lines_choose_prefix(lines, n);
    if (*ret < lines->target)
        return ST_OK;
    if (!priced)
        status = lines_make_fewer(lines, lines->target, ret);
    if (status == ST_OK && !priced)
        status = lines_make_fair(lines, lines->target, ret);
    if (status < 0)
        return status;
    return lines->planner->input->need->reserve >= 0
               ? plan_fixed(lines, ret)
               : lines_settle(lines, *ret, true, ret);
}

/* *RET_REACHED: a share of the most is. *RET = what is reached. */
static int plan_best(struct lines *lines, bool priced, bool *ret_reached, double *ret)
{
    bool share;
    uint32_t peak;
    int status = lines_unreachable(lines, &share, &peak);
    if (status == ST_OK && share)
        status = plan_one_wave(lines, priced, ret);
    *ret_reached = share && *ret >= lines->target;
    if (status < 0 || *ret_reached)
        return status;
    if (share) /* fixed seats, and the steps have passed over the peak */
        lines_choose_prefix(lines, peak);
    status = lines_probability(lines, ret);
    return status == ST_OK ? lines_settle(lines, *ret, share, ret) : status;
}

static int plan_chosen(struct lines *lines)
{
    struct plan *plan = lines->planner->plan;
    const struct plan_input *input = lines->planner->input;
    const bool waves = input->policy == PLAN_POLICY_WAVES;
    const bool priced = waves && input->price > 0.0;
    double p;
    lines->target = input->need->target;
    int status = plan_one_wave(lines, priced, &p);
    bool reached = p >= lines->target;
    if (status == ST_OK && !reached)
        status = plan_best(lines, priced, &reached, &p);
    plan->probability = lines->at_once = p;
    plan->at_once = lines->count;
    if (status == ST_OK && priced)
        return lines_priced(lines);
    return status == ST_OK && waves && reached ? lines_waves(lines) : status;
}

/* Those who are free are not enough: those who answered "limited", by ETA, over all
 * lines.
 */
static int plan_limited(struct lines *lines)
{
    const struct plan_input *input = lines->planner->input;
    struct plan *plan = lines->planner->plan;
    double target = input->need->target;
    uint32_t alerts = 0;
    for (uint32_t line = 0; line < lines->line_count; line++)
        alerts += lines->planner->works[line].alerts;
    const bool out_of_reach = lines->target < target;
    if (plan->probability >= target || input->limited_count == 0 ||
        (alerts < lines->rank_count && !out_of_reach))
        return ST_OK;
    int status = lines_probability(lines, &plan->probability);
    for (uint32_t line = 0; line < lines->line_count; line++) {
        struct work *work = &lines->planner->works[line];
        if (work->line.held >= work->seats_resolved)
            continue;
        people_add_limited(lines->planner, work, work->limited);
        for (uint32_t i = 0;
             i < work->limited && status == ST_OK && plan->probability < target; i++) {
            const struct line_person *person =
                &work->people[work->pending + work->free + i];
            status =
                match_add(lines->match, 1u << line, person->x, person->share * person->b);
            if (status == ST_OK)
                status =
                    match_probability(lines->match, &plan->probability, &lines->exact);
            plan->ask_limited[plan->ask_limited_count++] =
                input->limited[work->limited_index[i]].id;
        }
        work->line.people_count = work->pending + work->alerts;
    }
    return status;
}

/* As for one line: what is told counts the seats that `auto` gives. */
static int tell_with_seats(struct lines *lines)
{
    double *told = &lines->planner->plan->probability, lost = 0.0, loss;
    for (uint32_t line = 0; line < lines->line_count; line++) {
        int status = work_seats_loss(lines->planner, &lines->planner->works[line], &loss);
        if (status < 0)
            return status;
        lost += loss;
    }
    if (*told > lines->target)
        *told = fmax(*told - lost, lines->target);
    return ST_OK;
}

static int make_curve(struct lines *lines)
{
    struct plan *plan = lines->planner->plan;
    double before = 0.0;
    for (uint32_t step = 0; step <= CURVE_STEPS + CURVE_STEPS / 2; step++) {
        uint32_t n = (lines->count * step + CURVE_STEPS / 2) / CURVE_STEPS;
        double p;
        n = n < lines->length ? n : lines->length;
        if (plan->curve_count > 0 && plan->curve[plan->curve_count - 1].alerts >= n)
            continue;
        int status = lines_prefix(lines, n, &p);
        if (status < 0)
            return status;
        if (n == lines->count || (p > lines->at_once && n < lines->count))
            p = lines->at_once;
        p = p > before ? p : before;
        before = p;
        plan->curve[plan->curve_count++] =
            (struct plan_point){.alerts = n, .probability = p};
    }
    if (!lines->planner->input->compare)
        return ST_OK;
    int status = lines_prefix(lines, lines->length, &plan->most);
    if (plan->most < plan->probability)
        plan->most = plan->probability;
    return status;
}

static int answer(struct lines *lines)
{
    struct plan *plan = lines->planner->plan;
    double target = pow(lines->planner->input->need->target, 1.0 / lines->line_count);
    double fewest = INFINITY;
    uint32_t scarce = 0;
    for (uint32_t line = 0; line < lines->line_count; line++) {
        const struct work *work = &lines->planner->works[line];
        double people = work->free / (double)work->line.count;
        if (people < fewest) {
            fewest = people;
            scarce = line;
        }
    }
    for (uint32_t index = 0; index < lines->line_count; index++) {
        struct work *work = &lines->planner->works[index];
        struct plan_line *line = &plan->lines[index];
        *line = (struct plan_line){
            .seats = work->seats_resolved,
            .reserve = (int32_t)(work->seats_resolved - work->line.count),
            .held = work->line.held,
            .available = work->line.held + work->pending + work->free,
            .free = work->free,
            .alerts = work->alerts,
            .probability = work->probability,
            .target_reached = work->probability >= target ||
                              plan->probability >= lines->planner->input->need->target};
        line->short_of_people = !line->target_reached;
        for (uint32_t i = 0; i < work->alerts; i++) {
            uint32_t own =
                lines->planner->input->candidates[work->ranks[i].candidate].lines &
                lines->all;
            if (work->ranks[i].reason == PLAN_REASON_NEAREST && (own & (own - 1)) != 0)
                work->ranks[i].reason =
                    index == scarce ? PLAN_REASON_SCARCE : PLAN_REASON_SEVERAL;
        }
    }
    return ST_OK;
}

static int held_alone(struct lines *lines, double *ret)
{
    const struct plan_input *input = lines->planner->input;
    match_clear(lines->match);
    int status = ST_OK;
    for (uint32_t i = 0; i < input->holder_count; i++) {
        const struct plan_holder *holder = &input->holders[i];
        for (uint32_t k = 0; k < holder->count && status == ST_OK; k++)
            status = match_add_plain(lines->match,
                                     lines_able_of(lines, holder->lines, holder->line),
                                     people_holder(input, holder));
    }
    return status < 0 ? status : match_probability(lines->match, ret, &lines->exact);
}

static int make_room(struct lines *lines)
{
    const struct plan_need *need = lines->planner->input->need;
    struct match_need counts = {.line_count = lines->line_count};
    int status =
        people_rank(lines->planner->input, lines->all, &lines->ranks, &lines->rank_count);
    if (status < 0)
        return status;
    for (uint32_t line = 0; line < lines->line_count; line++) {
        counts.counts[line] = need->counts[line];
        counts.large |= need->counts[line] > LINE_EXACT_MAX;
    }
    /* Rare skills stand far behind: everybody is looked at, but for crowds. */
    lines->known = lines->rank_count < KNOWN_MAX ? lines->rank_count : KNOWN_MAX;
    people_order(lines->ranks, lines->rank_count, 0, lines->known);
    for (uint32_t i = 0; i < lines->known; i++)
        lines->left[lines_able(lines, i)]++;
    lines->sequence = mem_alloc(((size_t)lines->known + 1) * sizeof(*lines->sequence));
    lines->in = mem_calloc((size_t)lines->known + 1, 1);
    lines->chosen = mem_alloc(((size_t)lines->known + 2) * sizeof(*lines->chosen));
    if (lines->sequence == NULL || lines->in == NULL || lines->chosen == NULL)
        return ST_NO_MEMORY;
    return match_new(&lines->match, &lines->planner->common, &counts);
}

int lines_plan(struct planner *planner)
{
    uint32_t count = planner->input->need->line_count;
    AUTO_FREE struct lines *lines = mem_calloc(1, sizeof(*lines));
    if (lines == NULL)
        return ST_NO_MEMORY;
    lines->planner = planner;
    lines->line_count = count;
    lines->all = (1u << count) - 1;
    int status = make_room(lines);
    if (status == ST_OK) {
        lines_order(lines, planner->input->need->counts, false);
        status = plan_chosen(lines);
    }
    if (status == ST_OK)
        status = plan_limited(lines);
    if (status == ST_OK)
        status = tell_with_seats(lines);
    if (status == ST_OK)
        status = make_curve(lines);
    if (status == ST_OK)
        status = held_alone(lines, &planner->plan->probability_held);
    if (status == ST_OK)
        status = answer(lines);
    match_free(lines->match);
    mem_free(lines->ranks);
    mem_free(lines->sequence);
    mem_free(lines->in);
    mem_free(lines->chosen);
    return status;
}
