/* SPDX-License-Identifier: Apache-2.0 */
/* Who is there already, who could be asked, and in which order: forced ones, those who
 * said yes before, then by q, travel and id. */
#include "base/mem.h"
#include "base/status.h"
#include "plan/plan_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CERTAIN_X 1e300 /* odds: no hidden cause moves those who answered already */

/* Silence is evidence in whole minutes only. The plan promised its probability knowing
 * that answers take a minute; if each reply brought a new plan in which the others'
 * silence of some seconds counted, every wave would grow by half within the minute. */
#define SILENCE_STEP_MS 60000
#define SILENCE_SLACK_MS 5000 /* an alert is sent a moment after it was planned */

double people_comes_of(const struct plan_input *input, double own)
{
    return own > 0.0 ? own : response_model_get_config(input->response)->comes;
}

double people_comes(const struct plan_input *input, uint32_t candidate)
{
    return people_comes_of(input, input->candidates[candidate].comes);
}

/* Who said yes and has not come yet is less and less likely to come. Of those who leave,
 * a share d says so: no word from them means that they have not left, from the others
 * only that they are not there. With U = when they leave, A = U + travel, since the yes:
 *
 *     s (d P(now < U, A <= deadline) + (1 - d) P(now < A <= deadline))
 *     ---------------------------------------------------------------
 *            1 - s (d P(U <= now) + (1 - d) P(A <= now))               */
static double not_left(const struct plan_input *input, const struct plan_holder *holder)
{
    const struct response_model *model = input->response;
    const double comes = people_comes_of(input, holder->comes);
    const double says = response_model_get_config(model)->says_left;
    const int64_t now_ms = input->now_ms - holder->accepted_ms;
    const int64_t then_ms = input->need->deadline_ms - holder->accepted_ms;
    const bool night = input->night;
    const double left = response_model_turnout_in_time(model, night, now_ms, 0, 0);
    const double there =
        response_model_turnout_in_time(model, night, now_ms, holder->travel_ms, 0);
    const double by_then =
        response_model_turnout_in_time(model, night, then_ms, holder->travel_ms, 0);
    const double in_time =
        says * fmax(0.0, by_then - left) + (1.0 - says) * fmax(0.0, by_then - there);
    const double gone = says * left + (1.0 - says) * there;
    return in_time > 0.0 ? comes * in_time / (1.0 - comes * gone) : 0.0;
}

double people_holder(const struct plan_input *input, const struct plan_holder *holder)
{
    const struct response_model_config *config =
        response_model_get_config(input->response);
    int64_t deadline = input->need->deadline_ms;
    if (holder->arrived)
        return 1.0;
    if (holder->left_ms > 0) {
        double there =
            (double)holder->left_ms + config->travel_factor * holder->travel_ms;
        there = there > (double)input->now_ms ? there : (double)input->now_ms;
        return there <= (double)deadline ? config->comes_en_route : 0.0;
    }
    return not_left(input, holder);
}

int64_t people_silent_ms(const struct plan_input *input,
                         const struct plan_pending *pending)
{
    int64_t silent = input->now_ms - pending->alerted_ms + SILENCE_SLACK_MS;
    return silent < 0 ? 0 : silent / SILENCE_STEP_MS * SILENCE_STEP_MS;
}

static double reach_factor(const struct plan_input *input, enum plan_reach reach)
{
    const struct response_model_config *config =
        response_model_get_config(input->response);
    return reach == PLAN_UNDELIVERED ? config->undelivered_factor
           : reach == PLAN_UNREAD    ? config->unread_factor
                                     : 1.0;
}

/* a (1 - E) / (1 - a E) at every node: the odds shrink by 1 - E. */
struct line_person people_pending(struct planner *planner,
                                  const struct plan_pending *pending)
{
    const struct plan_input *input = planner->input;
    int64_t since = people_silent_ms(input, pending);
    double left = 1.0 - response_model_evidence(input->response, since);
    return (struct line_person){
        .x = common_x(&planner->common, pending->p_accept) * left,
        .share = reach_factor(input, pending->reach),
        .b = people_comes_of(input, pending->comes) *
             response_model_in_time_after(input->response, input->night,
                                          input->need->deadline_ms - pending->alerted_ms,
                                          pending->travel_ms, since)};
}

void people_observe(const struct plan_input *input, struct common *common)
{
    for (uint32_t i = 0; i < input->answer_count; i++) {
        double x = common_x(common, input->answers[i].p_accept);
        if (input->answers[i].yes)
            common_saw_yes(common, x);
        else
            common_saw_silence(common, x, 1.0);
    }
    for (uint32_t i = 0; i < input->pending_count; i++) {
        const struct plan_pending *pending = &input->pending[i];
        double f =
            response_model_evidence(input->response, people_silent_ms(input, pending)) *
            reach_factor(input, pending->reach);
        common_saw_silence(common, common_x(common, pending->p_accept), f);
    }
    common_update(common);
}

static struct line_person limited_person(const struct plan_input *input,
                                         const struct plan_limited *limited)
{
    int64_t start = limited->ready_ms > input->now_ms ? limited->ready_ms : input->now_ms;
    return (struct line_person){
        .x = CERTAIN_X,
        .share = PLAN_LIMITED_ACCEPT,
        .b = people_comes_of(input, 0.0) *
             response_model_turnout_in_time(input->response, input->night,
                                            input->need->deadline_ms - start,
                                            limited->travel_ms, 0)};
}

/* ---- the order
 * -------------------------------------------------------------------------- */

static int by_rank(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->q != y->q)
        return x->q > y->q ? -1 : 1;
    if (x->travel_ms != y->travel_ms)
        return x->travel_ms < y->travel_ms ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void swap_ranks(struct rank *a, struct rank *b)
{
    struct rank kept = *a;
    *a = *b;
    *b = kept;
}

/* Hoare's selection: the best TO of [FROM, COUNT) come to its front. The middle element
 * divides; sorted input, the common case, is the best one. */
static void select_best(struct rank *ranks, uint32_t from, uint32_t count, uint32_t to)
{
    int64_t low = from, high = (int64_t)count - 1, wanted = (int64_t)to - 1;
    while (low < high) {
        const struct rank pivot = ranks[low + (high - low) / 2];
        int64_t i = low, j = high;
        while (i <= j) {
            while (by_rank(&ranks[i], &pivot) < 0)
                i++;
            while (by_rank(&ranks[j], &pivot) > 0)
                j--;
            if (i <= j)
                swap_ranks(&ranks[i++], &ranks[j--]);
        }
        if (wanted <= j)
            high = j;
        else if (wanted >= i)
            low = i;
        else
            return;
    }
}

void people_order(struct rank *ranks, uint32_t count, uint32_t from, uint32_t to)
{
    bool sorted = true; /* the crowd's answer often is */
    for (uint32_t i = from + 1; i < count && sorted; i++)
        sorted = by_rank(&ranks[i - 1], &ranks[i]) <= 0;
    if (sorted || from >= to)
        return;
    if (to < count)
        select_best(ranks, from, count, to);
    qsort(ranks + from, to - from, sizeof(*ranks), by_rank);
}

/* Those of one plan who qualify, by what orders them first; their ranks are made when
 * they are needed, the best ones first. Candidates who come in order (the crowd's answer
 * often does) are taken as they come; else they lie in bins of falling q, and as many
 * bins are emptied as it takes. */
#define BINS 2048
struct pool {
    bool sorted;
    uint32_t next;       /* sorted: the candidate to be looked at next; else the bin */
    uint32_t bins[BINS]; /* how many lie in each */
    uint16_t bin_of[];   /* [candidate]; BINS = does not qualify */
};

static double in_time_of(const struct plan_input *input, uint32_t travel_ms)
{
    return response_model_in_time(input->response, input->night,
                                  input->need->deadline_ms - input->now_ms, travel_ms);
}

static uint8_t group_of(const struct plan_candidate *candidate)
{
    return candidate->forced ? 0 : candidate->first ? 1 : 2;
}

static struct rank rank_of(const struct plan_input *input, uint32_t index)
{
    const struct plan_candidate *candidate = &input->candidates[index];
    uint8_t group = group_of(candidate);
    double in_time = in_time_of(input, candidate->travel_ms);
    return (struct rank){.candidate = index,
                         .group = group,
                         .reason = group == 0   ? PLAN_REASON_FORCED
                                   : group == 1 ? PLAN_REASON_FIRST
                                                : PLAN_REASON_NEAREST,
                         .travel_ms = candidate->travel_ms,
                         .q = candidate->p_accept * people_comes(input, index) * in_time,
                         .p_in_time = in_time,
                         .id = candidate->id};
}

/* Nobody is asked in a later wave who would hardly be in time (decision 0059); in the
 * first one somebody late is better than nobody. */
static bool may_ask(const struct plan_input *input, uint32_t index, uint32_t lines)
{
    const struct plan_candidate *candidate = &input->candidates[index];
    const bool is_later = input->answer_count > 0 || input->pending_count > 0;
    if ((candidate->lines & lines) == 0)
        return false;
    return !is_later || group_of(candidate) < 2 ||
           in_time_of(input, candidate->travel_ms) >= PLAN_LATER_IN_TIME;
}

int people_rank(const struct plan_input *input, uint32_t lines, struct rank **ret,
                uint32_t *ret_count)
{
    struct rank *ranks = mem_alloc(((size_t)input->candidate_count + 1) * sizeof(*ranks));
    if (ranks == NULL)
        return ST_NO_MEMORY;
    uint32_t count = 0;
    for (uint32_t i = 0; i < input->candidate_count; i++)
        if (may_ask(input, i, lines))
            ranks[count++] = rank_of(input, i);
    *ret = ranks;
    *ret_count = count;
    return ST_OK;
}

/* A bin: the forced, those who said yes before, then by falling q. */
static uint16_t bin_of(uint8_t group, double q)
{
    return group < 2 ? group : (uint16_t)(2 + (q < 1.0 ? 1.0 - q : 0.0) * (BINS - 3));
}

static struct rank order_of(const struct plan_input *input, uint32_t index)
{
    const struct plan_candidate *candidate = &input->candidates[index];
    return (struct rank){.group = group_of(candidate),
                         .q = candidate->p_accept * people_comes(input, index) *
                              in_time_of(input, candidate->travel_ms),
                         .travel_ms = candidate->travel_ms,
                         .id = candidate->id};
}

static void fill_bins(const struct plan_input *input, struct pool *pool)
{
    memset(pool->bins, 0, sizeof(pool->bins));
    for (uint32_t i = 0; i < input->candidate_count; i++) {
        pool->bin_of[i] = BINS;
        if (!may_ask(input, i, 1))
            continue;
        const struct rank rank = order_of(input, i);
        pool->bin_of[i] = bin_of(rank.group, rank.q);
        pool->bins[pool->bin_of[i]]++;
    }
}

/* Whether B may stand behind A. Of people who accept alike the nearer one is the better.
 */
static bool in_order(const struct plan_input *input, uint32_t a, uint32_t b)
{
    const struct plan_candidate *x = &input->candidates[a], *y = &input->candidates[b];
    if (x->p_accept == y->p_accept && x->comes == y->comes && group_of(x) == group_of(y))
        return x->travel_ms < y->travel_ms ||
               (x->travel_ms == y->travel_ms && x->id <= y->id);
    const struct rank before = order_of(input, a), behind = order_of(input, b);
    return by_rank(&before, &behind) <= 0;
}

static void fill_pool(const struct plan_input *input, struct pool *pool,
                      uint32_t *ret_count)
{
    uint32_t count = 0, before = 0;
    pool->next = 0;
    pool->sorted = true;
    for (uint32_t i = 0; i < input->candidate_count; i++) {
        if (!may_ask(input, i, 1))
            continue;
        if (count++ > 0 && pool->sorted)
            pool->sorted = in_order(input, before, i);
        before = i;
    }
    if (!pool->sorted)
        fill_bins(input, pool);
    *ret_count = count;
}

int people_pool(const struct plan_input *input, struct work *work)
{
    work->ranks = mem_alloc(((size_t)input->candidate_count + 1) * sizeof(*work->ranks));
    work->pool = mem_alloc(sizeof(*work->pool) +
                           (size_t)input->candidate_count * sizeof(uint16_t));
    if (work->ranks == NULL || work->pool == NULL)
        return ST_NO_MEMORY;
    fill_pool(input, work->pool, &work->free);
    return ST_OK;
}

/* The next bins, until TO are ranked. */
static void empty_bins(const struct plan_input *input, struct work *work, uint32_t to)
{
    struct pool *pool = work->pool;
    uint32_t from = pool->next, count = 0;
    while (pool->next < BINS && work->ranked + count < to)
        count += pool->bins[pool->next++];
    for (uint32_t i = 0; i < input->candidate_count && count > 0; i++)
        if (pool->bin_of[i] >= from && pool->bin_of[i] < pool->next) {
            work->ranks[work->ranked++] = rank_of(input, i);
            count--;
        }
}

/* The first TO are in work->ranks, in order. */
static void rank_to(const struct plan_input *input, struct work *work, uint32_t to)
{
    struct pool *pool = work->pool;
    if (pool->sorted) {
        for (; work->ranked < to; pool->next++)
            if (may_ask(input, pool->next, 1))
                work->ranks[work->ranked++] = rank_of(input, pool->next);
        return;
    }
    if (work->ranked < to)
        empty_bins(input, work, to);
    people_order(work->ranks, work->ranked, work->known, to);
}

/* Several lines ask for the same people again and again. */
static double candidate_x(struct planner *planner, uint32_t candidate)
{
    double *known = planner->xs == NULL ? NULL : &planner->xs[candidate];
    if (known != NULL && *known > 0.0)
        return *known;
    double x = common_x(&planner->common, planner->input->candidates[candidate].p_accept);
    if (known != NULL)
        *known = x;
    return x;
}

struct line_person people_candidate(struct planner *planner, const struct rank *rank)
{
    const struct plan_input *input = planner->input;
    return (struct line_person){.x = candidate_x(planner, rank->candidate),
                                .share = 1.0,
                                .b = people_comes(input, rank->candidate) *
                                     rank->p_in_time};
}

/* ---- a line's people
 * ----------------------------------------------------------------------- */

static int make_room(const struct plan_input *input, struct work *work)
{
    uint32_t seats = 0;
    for (uint32_t i = 0; i < input->holder_count; i++)
        seats += input->holders[i].count;
    work->held_b = mem_calloc((size_t)seats + 1, sizeof(*work->held_b));
    work->pending_index =
        mem_calloc((size_t)input->pending_count + 1, sizeof(*work->pending_index));
    size_t people = (size_t)input->pending_count + work->free + input->limited_count;
    work->people = mem_alloc((people + 1) * sizeof(*work->people));
    work->limited_index = mem_calloc((size_t)input->limited_count + 1, sizeof(uint32_t));
    bool ok = work->held_b != NULL && work->people != NULL &&
              work->limited_index != NULL && work->pending_index != NULL;
    return ok ? ST_OK : ST_NO_MEMORY;
}

static int64_t limited_eta(const struct plan_input *input, uint32_t index)
{
    const struct plan_limited *limited = &input->limited[index];
    int64_t start = limited->ready_ms > input->now_ms ? limited->ready_ms : input->now_ms;
    return start + limited->travel_ms;
}

/* Insertion: those who answered "limited" are few. Nobody is asked who would be too late.
 */
static void order_limited(const struct plan_input *input, uint32_t line,
                          struct work *work)
{
    for (uint32_t i = 0; i < input->limited_count; i++) {
        if (input->limited[i].line != line ||
            limited_person(input, &input->limited[i]).b < PLAN_IN_TIME_MIN)
            continue;
        uint32_t at = work->limited++;
        while (at > 0 &&
               limited_eta(input, work->limited_index[at - 1]) > limited_eta(input, i)) {
            work->limited_index[at] = work->limited_index[at - 1];
            at--;
        }
        work->limited_index[at] = i;
    }
}

void people_add_limited(struct planner *planner, struct work *work, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        work->people[work->pending + work->free + i] = limited_person(
            planner->input, &planner->input->limited[work->limited_index[i]]);
    work->line.people_count = work->pending + work->free + n;
}

void people_convert(struct planner *planner, struct work *work, uint32_t rank)
{
    work->people[work->pending + rank] = people_candidate(planner, &work->ranks[rank]);
}

void people_know(struct planner *planner, struct work *work, uint32_t to)
{
    to = to < work->free ? to : work->free;
    if (to <= work->known || work->pool == NULL)
        return;
    rank_to(planner->input, work, to);
    for (; work->known < to; work->known++) {
        people_convert(planner, work, work->known);
        work->forced += work->ranks[work->known].group == 0;
    }
    work->line.people_count = work->pending + work->known;
}

int people_of_line(struct planner *planner, uint32_t line, struct work *work)
{
    const struct plan_input *input = planner->input;
    int status = make_room(input, work);
    if (status < 0)
        return status;
    for (uint32_t i = 0; i < input->holder_count; i++)
        for (uint32_t k = 0; k < input->holders[i].count; k++)
            if (input->holders[i].line == line)
                work->held_b[work->line.held++] =
                    people_holder(input, &input->holders[i]);
    for (uint32_t i = 0; i < input->pending_count; i++)
        if (input->pending[i].line == line) {
            work->pending_index[work->pending] = i;
            work->people[work->pending++] = people_pending(planner, &input->pending[i]);
        }
    order_limited(input, line, work);
    work->line.common = &planner->common;
    work->line.count = input->need->counts[line];
    work->line.held_b = work->held_b;
    work->line.people = work->people;
    work->line.people_count = work->pending;
    work->seats = LINE_SEATS_ALL;
    return ST_OK;
}

int work_seats_loss(const struct planner *planner, const struct work *work, double *ret)
{
    const struct plan_input *input = planner->input;
    const uint32_t n = work->pending + work->alerts;
    const uint32_t seats = work->seats_resolved;
    const bool runs = input->holder_count > 0 || input->pending_count > 0;
    double plain, limited;
    *ret = 0.0;
    if (!runs || work->seats != LINE_SEATS_ALL || seats >= work->line.held + n)
        return ST_OK;
    const struct line_points all = {.seats = LINE_SEATS_ALL, .count = 1, .at = &n};
    const struct line_points few = {.seats = seats, .count = 1, .at = &n};
    int status = line_points(&work->line, &all, &plain);
    if (status == ST_OK)
        status = line_points(&work->line, &few, &limited);
    if (status == ST_OK && limited < plain)
        *ret = plain - limited;
    return status;
}

void work_release(struct work *work)
{
    mem_free(work->held_b);
    mem_free(work->people);
    mem_free(work->pending_index);
    mem_free(work->ranks);
    mem_free(work->pool);
    mem_free(work->limited_index);
}
