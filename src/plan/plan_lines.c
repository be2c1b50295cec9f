/* SPDX-License-Identifier: Apache-2.0 */
/* Several lines at once. Within a type (people able for the same lines) the best by q are
 * alerted, as for one line; which types, is decided greedily: the set of lines whose
 * supply is farthest below its need (Hall's condition, match.h) gets the best person able
 * for one of them. The order made so does not depend on the target; its shortest prefix
 * that reaches it is found by doubling and halving, as the probability grows with every
 * person. Then whoever can be spared is left out: one, or two for one of another type.
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
    1.6                  /* deviations that make a supply safe; orders, decides nothing  \
                          */
#define AMPLE 8.0        /* supply / demand: more than any target takes */
#define NEARLY 0.97      /* of the best q: then who is able for more is better */
#define EXCHANGES_MAX 40 /* people, for the search of two for one */
#define CURVE_STEPS 8
#define SEATS_MAX 20000
#define PLAIN_LOSS 1e-4
#define BURDEN_WORTH 0.5
#define BURDEN_TRIES 6
#define Q_RATIO_MIN 0.6

static uint32_t able(const struct lines *lines, uint32_t own, uint32_t line)
{
    return (own & lines->all) != 0 ? own & lines->all : 1u << line;
}

static uint32_t able_of_rank(const struct lines *lines, uint32_t rank)
{
    return lines->planner->input->candidates[lines->ranks[rank].candidate].lines &
           lines->all;
}

/* ---- the order of asking
 * -------------------------------------------------------------------- */

static void add_supply(struct lines *lines, uint32_t own, double q)
{
    for (uint32_t set = 1; set <= lines->all; set++)
        if ((set & own) != 0)
            lines->supply[set] += q;
}

static void start_supply(struct lines *lines)
{
    const struct plan_input *input = lines->planner->input;
    for (uint32_t set = 1; set <= lines->all; set++) {
        double count = 0.0;
        for (uint32_t line = 0; line < lines->line_count; line++)
            count += (set >> line & 1) != 0 ? input->need->counts[line] : 0;
        lines->demand[set] = count + SUPPLY_SLACK * sqrt(count) + 0.5;
        lines->supply[set] = 0.0;
    }
    for (uint32_t i = 0; i < input->holder_count; i++)
        add_supply(lines, able(lines, input->holders[i].lines, input->holders[i].line),
                   input->holders[i].count * people_holder(input, &input->holders[i]));
    for (uint32_t i = 0; i < input->pending_count; i++) {
        struct line_person person = people_pending(lines->planner, &input->pending[i]);
        add_supply(lines, able(lines, input->pending[i].lines, input->pending[i].line),
                   line_yes(&lines->planner->common, &person) * person.b);
    }
}

/* 0 = nobody is left, or all is ample. */
static uint32_t weakest_set(const struct lines *lines, const uint8_t *heads)
{
    uint32_t weakest = 0, left = 0;
    double least = AMPLE;
    for (uint32_t own = 1; own <= lines->all; own++)
        left |= heads[own] != 0 ? own : 0;
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

/* next[own] = the rank of the best one left of the type, or known. */
static void advance(const struct lines *lines, uint32_t own, uint32_t *next,
                    uint8_t *heads)
{
    while (next[own] < lines->known &&
           (lines->in[next[own]] != 0 || able_of_rank(lines, next[own]) != own))
        next[own]++;
    heads[own] = next[own] < lines->known;
}

static void ask(struct lines *lines, uint32_t rank)
{
    lines->in[rank] = 1;
    lines->sequence[lines->length++] = rank;
    add_supply(lines, able_of_rank(lines, rank), lines->ranks[rank].q);
}

static void make_sequence(struct lines *lines)
{
    uint32_t next[LINES_SETS_MAX] = {0};
    uint8_t heads[LINES_SETS_MAX] = {0};
    memset(lines->in, 0, lines->known);
    lines->length = lines->forced = 0;
    start_supply(lines);
    for (uint32_t i = 0; i < lines->known && lines->ranks[i].group < 2; i++) {
        lines->forced += lines->ranks[i].group == 0;
        ask(lines, i);
    }
    for (uint32_t own = 1; own <= lines->all; own++)
        advance(lines, own, next, heads);
    for (uint32_t set; (set = weakest_set(lines, heads)) != 0;) {
        double best_q = 0.0, best_help = -1.0;
        uint32_t best = 0;
        for (uint32_t own = 1; own <= lines->all; own++)
            if (heads[own] != 0 && (own & set) != 0)
                best_q = fmax(best_q, lines->ranks[next[own]].q);
        for (uint32_t own = 1; own <= lines->all; own++) {
            if (heads[own] == 0 || (own & set) == 0 ||
                lines->ranks[next[own]].q < NEARLY * best_q)
                continue;
            double help = help_of(lines, own);
            if (help > best_help) {
                best_help = help;
                best = own;
            }
        }
        ask(lines, next[best]);
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
            status = match_add_plain(match, able(lines, holder->lines, holder->line), p);
    }
    for (uint32_t i = 0; i < input->pending_count && status == ST_OK; i++) {
        const struct plan_pending *pending = &input->pending[i];
        struct line_person person = people_pending(lines->planner, pending);
        status = match_add(match, able(lines, pending->lines, pending->line), person.x,
                           person.share * (seats ? 1.0 : person.b));
    }
    return status;
}

static int add_rank(struct lines *lines, struct match *match, uint32_t rank, bool seats)
{
    struct line_person person = people_candidate(lines->planner, &lines->ranks[rank]);
    return match_add(match, able_of_rank(lines, rank), person.x, seats ? 1.0 : person.b);
}

static int prefix(struct lines *lines, struct match *match, uint32_t n, bool seats,
                  double *ret)
{
    match_clear(match);
    int status = add_there(lines, match, seats);
    for (uint32_t i = 0; i < n && status == ST_OK; i++)
        status = add_rank(lines, match, lines->sequence[i], seats);
    return status < 0 ? status : match_probability(match, ret, &lines->exact);
}

/* The shortest prefix of the sequence, at least FROM long, that reaches TARGET. */
static int shortest(struct lines *lines, struct match *match, bool seats, double target,
                    uint32_t *ret, double *ret_p)
{
    uint32_t low = lines->forced, high = low, step = 4;
    double p, at_high;
    int status = prefix(lines, match, high, seats, &at_high);
    while (status == ST_OK && at_high < target && high < lines->length) {
        low = high + 1;
        high = lines->length - high > step ? high + step : lines->length;
        step *= 2;
        status = prefix(lines, match, high, seats, &at_high);
    }
    if (at_high < target)
        low = high;
    while (status == ST_OK && low < high) {
        uint32_t middle = low + (high - low) / 2;
        status = prefix(lines, match, middle, seats, &p);
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
            uint32_t own = able_of_rank(lines, lines->chosen[i].rank), best = 0;
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
        work->free += able_of_rank(lines, i) >> line & 1;
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
        if (lines->in[i] == 0 && (able_of_rank(lines, i) >> line & 1) != 0)
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
            SEATS_MAX, &work->seats_resolved);
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

/* Everything that follows from who is chosen. *RET = P with the seats. */
static int settle(struct lines *lines, double p, bool reached, double *ret)
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

/* ---- fewer
 * ---------------------------------------------------------------------------------- */

static int chosen_probability(struct lines *lines, double *ret)
{
    match_clear(lines->match);
    int status = add_there(lines, lines->match, false);
    for (uint32_t i = 0; i < lines->count && status == ST_OK; i++)
        status = add_rank(lines, lines->match, lines->chosen[i].rank, false);
    return status < 0 ? status : match_probability(lines->match, ret, &lines->exact);
}

/* The place in `chosen` of the worst one able for exactly OWN who may go; or count. */
static uint32_t worst_of(const struct lines *lines, uint32_t own)
{
    uint32_t worst = lines->count;
    for (uint32_t i = 0; i < lines->count; i++) {
        uint32_t rank = lines->chosen[i].rank;
        if (lines->ranks[rank].group > 0 && able_of_rank(lines, rank) == own &&
            (worst == lines->count || rank > lines->chosen[worst].rank))
            worst = i;
    }
    return worst;
}

static uint32_t best_left(const struct lines *lines, uint32_t own)
{
    for (uint32_t i = 0; i < lines->known && lines->left[own] > 0; i++)
        if (lines->in[i] == 0 && able_of_rank(lines, i) == own)
            return i;
    return lines->known;
}

static uint32_t take_out(struct lines *lines, uint32_t place)
{
    uint32_t rank = lines->chosen[place].rank;
    lines->in[rank] = 0;
    lines->chosen[place] = lines->chosen[--lines->count];
    return rank;
}

static void put_in(struct lines *lines, uint32_t rank)
{
    lines->in[rank] = 1;
    lines->chosen[lines->count++] = (struct chosen){.rank = rank};
}

/* One less, if the others suffice. */
static int leave_one_out(struct lines *lines, double target, double *p, bool *ret_done)
{
    *ret_done = false;
    for (uint32_t own = 1; own <= lines->all; own++) {
        uint32_t place = worst_of(lines, own);
        double now;
        if (place == lines->count)
            continue;
        uint32_t rank = take_out(lines, place);
        int status = chosen_probability(lines, &now);
        if (status < 0)
            return status;
        if (now >= target) {
            *p = now;
            *ret_done = true;
            return ST_OK;
        }
        put_in(lines, rank);
    }
    return ST_OK;
}

/* Two less and one of another type more. */
static int two_for_one(struct lines *lines, double target, double *p, bool *ret_done)
{
    *ret_done = false;
    for (uint32_t a = 1; a <= lines->all; a++)
        for (uint32_t b = a; b <= lines->all; b++) {
            uint32_t first = worst_of(lines, a);
            if (first == lines->count)
                break;
            uint32_t rank_a = take_out(lines, first), second = worst_of(lines, b);
            if (second == lines->count) {
                put_in(lines, rank_a);
                continue;
            }
            uint32_t rank_b = take_out(lines, second);
            for (uint32_t c = 1; c <= lines->all; c++) {
                uint32_t more = best_left(lines, c);
                double now;
                if (more == lines->known || c == a || c == b)
                    continue;
                put_in(lines, more);
                int status = chosen_probability(lines, &now);
                if (status < 0)
                    return status;
                if (now >= target) {
                    *p = now;
                    *ret_done = true;
                    return ST_OK;
                }
                (void)take_out(lines, lines->count - 1);
            }
            put_in(lines, rank_a);
            put_in(lines, rank_b);
        }
    return ST_OK;
}

static int make_fewer(struct lines *lines, double target, double *p)
{
    bool done = true;
    int status = ST_OK;
    while (done && status == ST_OK) {
        status = leave_one_out(lines, target, p, &done);
        if (status == ST_OK && !done && lines->count <= EXCHANGES_MAX)
            status = two_for_one(lines, target, p, &done);
    }
    return status;
}

/* Who was alerted much of late gives way to a rested one of the same type. */
static int make_fair(struct lines *lines, double target, double *p)
{
    const struct plan_candidate *candidates = lines->planner->input->candidates;
    struct plan *plan = lines->planner->plan;
    for (int tries = 0; tries < BURDEN_TRIES; tries++) {
        uint32_t out = lines->count, in;
        for (uint32_t i = 0; i < lines->count; i++) {
            const struct rank *rank = &lines->ranks[lines->chosen[i].rank];
            double burden = candidates[rank->candidate].burden;
            if (rank->group == 2 && burden >= BURDEN_WORTH &&
                (out == lines->count ||
                 burden >
                     candidates[lines->ranks[lines->chosen[out].rank].candidate].burden))
                out = i;
        }
        if (out == lines->count)
            return ST_OK;
        uint32_t rank = lines->chosen[out].rank;
        double most = candidates[lines->ranks[rank].candidate].burden - BURDEN_WORTH;
        for (in = rank + 1; in < lines->known; in++)
            if (lines->in[in] == 0 &&
                able_of_rank(lines, in) == able_of_rank(lines, rank) &&
                candidates[lines->ranks[in].candidate].burden <= most)
                break;
        if (in == lines->known || lines->ranks[in].q < Q_RATIO_MIN * lines->ranks[rank].q)
            return ST_OK;
        double now;
        (void)take_out(lines, out);
        put_in(lines, in);
        int status = chosen_probability(lines, &now);
        if (status == ST_OK && now < target) {
            (void)take_out(lines, lines->count - 1);
            put_in(lines, rank);
            return ST_OK;
        }
        if (status < 0)
            return status;
        *p = now;
        lines->ranks[in].reason = PLAN_REASON_RESTED;
        plan->spared[plan->spared_count++] = (struct plan_spared){
            .candidate = lines->ranks[rank].candidate, .why = PLAN_REASON_RESTED};
    }
    return ST_OK;
}

/* ---- the plan
 * -------------------------------------------------------------------------------- */

/* With too few people, or seats: as many as fill the seats as surely as was wished. */
static int plan_unreachable(struct lines *lines, uint32_t *ret)
{
    const struct plan_need *need = lines->planner->input->need;
    double target = pow(need->target, 1.0 / lines->line_count), p;
    struct match_need seats = {.line_count = lines->line_count};
    struct match *match = NULL;
    int status = ST_OK;
    for (uint32_t line = 0; line < lines->line_count && status == ST_OK; line++) {
        seats.counts[line] = need->counts[line];
        if (need->reserve >= 0)
            seats.counts[line] += (uint32_t)need->reserve;
        else
            status = line_seats_plain(
                need->counts[line],
                response_model_get_config(lines->planner->input->response)->comes, target,
                SEATS_MAX, &seats.counts[line]);
        seats.large |= seats.counts[line] > LINE_EXACT_MAX;
    }
    if (status == ST_OK)
        status = match_new(&match, &lines->planner->common, &seats);
    if (status == ST_OK)
        status = shortest(lines, match, true, need->target, ret, &p);
    match_free(match);
    return status;
}

/* With fixed seats more people may be needed than the plain tail says. */
static int plan_fixed(struct lines *lines, double *p, bool *ret_reached)
{
    double target = lines->planner->input->need->target;
    uint32_t n = lines->count, step = 1;
    int status = settle(lines, *p, true, p);
    while (status == ST_OK && *p < target && n < lines->length) {
        n = lines->length - n > step ? n + step : lines->length;
        step *= 2;
        status = prefix(lines, lines->match, n, false, p);
        lines_choose_prefix(lines, n);
        if (status == ST_OK)
            status = settle(lines, *p, true, p);
    }
    *ret_reached = *p >= target;
    return status;
}

static int plan_chosen(struct lines *lines)
{
    struct plan *plan = lines->planner->plan;
    const struct plan_need *need = lines->planner->input->need;
    const bool waves = lines->planner->input->policy == PLAN_POLICY_WAVES;
    const bool priced = waves && lines->planner->input->price > 0.0;
    double p;
    uint32_t n;
    int status = shortest(lines, lines->match, false, need->target, &n, &p);
    if (status < 0)
        return status;
    bool reached = p >= need->target;
    lines_choose_prefix(lines, n);
    if (reached) {
        if (!priced)
            status = make_fewer(lines, need->target, &p);
        if (status == ST_OK && !priced)
            status = make_fair(lines, need->target, &p);
        if (status == ST_OK && need->reserve >= 0)
            status = plan_fixed(lines, &p, &reached);
        else if (status == ST_OK)
            status = settle(lines, p, true, &p);
    }
    if (status == ST_OK && !reached) {
        status = plan_unreachable(lines, &n);
        lines_choose_prefix(lines, n);
        if (status == ST_OK)
            status = chosen_probability(lines, &p);
        if (status == ST_OK)
            status = settle(lines, p, false, &p);
    }
    plan->probability = lines->at_once = p;
    plan->at_once = lines->count;
    if (status == ST_OK && priced)
        return lines_priced(lines);
    return status == ST_OK && waves && reached ? lines_waves(lines) : status;
}

/* Everybody free is alerted: those who answered "limited", by ETA, over all lines. */
static int plan_limited(struct lines *lines)
{
    const struct plan_input *input = lines->planner->input;
    struct plan *plan = lines->planner->plan;
    double target = input->need->target;
    uint32_t alerts = 0;
    for (uint32_t line = 0; line < lines->line_count; line++)
        alerts += lines->planner->works[line].alerts;
    if (plan->probability >= target || alerts < lines->rank_count ||
        input->limited_count == 0)
        return ST_OK;
    int status = chosen_probability(lines, &plan->probability);
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
        int status = prefix(lines, lines->match, n, false, &p);
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
    int status = prefix(lines, lines->match, lines->length, false, &plan->most);
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
            status =
                match_add_plain(lines->match, able(lines, holder->lines, holder->line),
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
        lines->left[able_of_rank(lines, i)]++;
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
        make_sequence(lines);
        status = plan_chosen(lines);
    }
    if (status == ST_OK)
        status = plan_limited(lines);
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
