/* SPDX-License-Identifier: Apache-2.0 */
/* For a given first wave the second one is a multiple-choice knapsack: for each number r
 * still wanted, with probability P_r, alert the m best of those left (a prefix by q2 is
 * the best set of its size, plan.c): cost P_r m, gain P_r T_r(m), where T_r(m) is the
 * tail. It is solved by depth-first search. The bound is the linear relaxation: the upper
 * hulls of (cost, gain) of the classes still open, their segments merged by slope. First
 * waves are all sets of few people, else prefixes by q1. */
#include "plan/waves.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/tail.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NODES_MAX 4000000 /* of all searches of one answer */
#define SLACK 1e-12       /* cost differences that are rounding */
#define ROUNDING 1e-12    /* the same of probabilities, as a share */

struct segment {
    double cost, gain;  /* both > 0 */
    uint32_t class, to; /* ends at m = to */
};

struct state {
    const struct waves_input *input;
    struct waves *best;
    double best_key; /* expected alerts of best */
    double best_probability;
    uint64_t nodes;

    /* Of one first wave. */
    uint32_t first[WAVES_PEOPLE_MAX], first_count;
    uint32_t rest[WAVES_PEOPLE_MAX], rest_count;
    double need[WAVES_K_MAX + 1];                        /* [r] = P_r; [0] = done */
    double tails[WAVES_K_MAX + 1][WAVES_PEOPLE_MAX + 1]; /* [r][m] */
    uint32_t classes[WAVES_K_MAX], class_count;          /* r with P_r > 0, by P_r */
    uint32_t choice[WAVES_K_MAX + 1];
    /* Segments of classes[depth ...], by slope, at [offset[depth] ...]. */
    struct segment *segments;
    uint32_t offset[WAVES_K_MAX + 2];
    double gain_left[WAVES_K_MAX + 1]; /* all that the classes from depth on can give */
    const double *sort_key;
};

/* ---- one first wave
 * ----------------------------------------------------------------------- */

static int compute_need(struct state *s)
{
    uint32_t k = s->input->k;
    struct tail tail;
    int status = tail_init(&tail, k, 0.0);
    if (status < 0)
        return status;
    for (uint32_t i = 0; i < s->first_count; i++)
        tail_add(&tail, s->input->q1[s->first[i]]);
    s->need[0] = tail.reached;
    for (uint32_t r = 1; r <= k; r++) {
        uint32_t j = k - r;
        s->need[r] = j >= tail.low && j < tail.high ? tail.mass[j] : 0.0;
    }
    tail_release(&tail);
    return ST_OK;
}

static int compute_tails(struct state *s)
{
    for (uint32_t r = 1; r <= s->input->k; r++) {
        if (s->need[r] <= 0.0)
            continue;
        struct tail tail;
        int status = tail_init(&tail, r, 0.0);
        if (status < 0)
            return status;
        s->tails[r][0] = 0.0;
        for (uint32_t m = 0; m < s->rest_count; m++) {
            tail_add(&tail, s->input->q2[s->rest[m]]);
            s->tails[r][m + 1] = tail.reached;
        }
        tail_release(&tail);
    }
    return ST_OK;
}

static void order_classes(struct state *s)
{
    s->class_count = 0;
    for (uint32_t r = 1; r <= s->input->k; r++) {
        if (s->need[r] <= 0.0)
            continue;
        uint32_t at = s->class_count++;
        for (; at > 0 && s->need[s->classes[at - 1]] < s->need[r]; at--)
            s->classes[at] = s->classes[at - 1];
        s->classes[at] = r;
    }
}

/* The upper hull of one class, appended; steeper segments come first. */
static uint32_t add_hull(const struct state *s, uint32_t class, struct segment *segments)
{
    uint32_t r = s->classes[class], hull[WAVES_PEOPLE_MAX + 1], top = 0, count = 0;
    const double *tail = s->tails[r];
    hull[top++] = 0;
    for (uint32_t m = 1; m <= s->rest_count; m++) {
        if (tail[m] <= tail[hull[top - 1]])
            continue;
        while (top >= 2 &&
               (tail[hull[top - 1]] - tail[hull[top - 2]]) * (m - hull[top - 2]) <=
                   (tail[m] - tail[hull[top - 2]]) * (hull[top - 1] - hull[top - 2]))
            top--;
        hull[top++] = m;
    }
    for (uint32_t i = 1; i < top; i++)
        segments[count++] =
            (struct segment){.cost = s->need[r] * (hull[i] - hull[i - 1]),
                             .gain = s->need[r] * (tail[hull[i]] - tail[hull[i - 1]]),
                             .class = class,
                             .to = hull[i]};
    return count;
}

static int by_slope(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;
    double left = x->gain * y->cost, right = y->gain * x->cost;
    if (left != right)
        return left > right ? -1 : 1;
    return x->class != y->class ? (x->class < y->class ? -1 : 1)
                                : (x->to > y->to) - (x->to < y->to);
}

static void make_bounds(struct state *s)
{
    uint32_t at = 0;
    for (uint32_t depth = 0; depth <= s->class_count; depth++) {
        s->offset[depth] = at;
        s->gain_left[depth] = 0.0;
        for (uint32_t class = depth; class < s->class_count; class ++) {
            uint32_t r = s->classes[class];
            at += add_hull(s, class, s->segments + at);
            s->gain_left[depth] += s->need[r] * s->tails[r][s->rest_count];
        }
        if (at > s->offset[depth])
            qsort(s->segments + s->offset[depth], at - s->offset[depth],
                  sizeof(*s->segments), by_slope);
    }
    s->offset[s->class_count + 1] = at;
}

/* The least cost (relaxed) with which the classes from DEPTH on give GAIN. */
static double bound(const struct state *s, uint32_t depth, double gain)
{
    double cost = 0.0;
    for (uint32_t i = s->offset[depth]; i < s->offset[depth + 1] && gain > 0.0; i++) {
        const struct segment *segment = &s->segments[i];
        if (segment->gain >= gain)
            return cost + segment->cost * gain / segment->gain;
        cost += segment->cost;
        gain -= segment->gain;
    }
    return gain > SLACK ? INFINITY : cost;
}

static void keep(struct state *s, double cost, double probability, bool reached)
{
    struct waves *best = s->best;
    s->best_key = cost;
    s->best_probability = probability;
    best->expected_alerts = cost;
    best->probability = probability;
    best->target_reached = reached;
    best->first_count = s->first_count;
    memcpy(best->first, s->first, sizeof(best->first));
    best->order_count = s->rest_count;
    memcpy(best->order, s->rest, sizeof(best->order));
    memset(best->second_count, 0, sizeof(best->second_count));
    for (uint32_t class = 0; class < s->class_count; class ++)
        best->second_count[s->classes[class] - 1] = s->choice[class];
}

/* Whole segments by slope until the target is reached: a plan to begin with. */
static void greedy(struct state *s)
{
    double cost = s->first_count, probability = s->need[0];
    memset(s->choice, 0, sizeof(s->choice));
    for (uint32_t i = s->offset[0]; i < s->offset[1] && probability < s->input->target;
         i++) {
        cost += s->segments[i].cost;
        probability += s->segments[i].gain;
        s->choice[s->segments[i].class] = s->segments[i].to;
    }
    if (probability >= s->input->target && cost < s->best_key - SLACK)
        keep(s, cost, probability, true);
}

struct frame {
    double cost, probability; /* before this class */
    uint32_t next;            /* m to be tried */
};

/* Depth first over the classes; m from few to many. */
static void search(struct state *s)
{
    struct frame frames[WAVES_K_MAX + 1];
    double target = s->input->target;
    uint32_t depth = 0;
    frames[0] = (struct frame){s->first_count, s->need[0], 0};
    for (;;) {
        struct frame *frame = &frames[depth];
        uint32_t r = depth < s->class_count ? s->classes[depth] : 0;
        bool over = depth == s->class_count || frame->next > s->rest_count;
        double cost = frame->cost, probability = frame->probability;
        if (!over) {
            cost += s->need[r] * frame->next;
            probability += s->need[r] * s->tails[r][frame->next];
            over = cost >= s->best_key - SLACK;
        }
        if (depth == s->class_count && frame->probability >= target &&
            frame->cost < s->best_key - SLACK)
            keep(s, frame->cost, frame->probability, true);
        if (over || ++s->nodes > NODES_MAX) {
            if (depth-- == 0)
                return;
            continue;
        }
        s->choice[depth] = frame->next++;
        if (probability + s->gain_left[depth + 1] < target ||
            cost + bound(s, depth + 1, target - probability) >= s->best_key - SLACK)
            continue;
        frames[++depth] = (struct frame){cost, probability, 0};
    }
}

static int by_key(const void *a, const void *b, void *context)
{
    const struct state *s = context;
    const uint32_t *x = a, *y = b;
    if (s->sort_key[*x] != s->sort_key[*y])
        return s->sort_key[*x] > s->sort_key[*y] ? -1 : 1;
    return (*x > *y) - (*x < *y);
}

/* If the target is out of reach of every plan so far: the greatest probability. */
static void keep_most_probable(struct state *s)
{
    double cost = s->first_count, probability = s->need[0];
    for (uint32_t class = 0; class < s->class_count; class ++) {
        uint32_t r = s->classes[class];
        s->choice[class] = s->rest_count;
        cost += s->need[r] * s->rest_count;
        probability += s->need[r] * s->tails[r][s->rest_count];
    }
    if (probability > s->best_probability + SLACK) {
        keep(s, cost, probability, false);
        s->best_key = INFINITY;
    }
}

/* The first wave is where IN is set. */
static int try_first(struct state *s, const bool *in)
{
    s->first_count = s->rest_count = 0;
    for (uint32_t i = 0; i < s->input->count; i++)
        *(in[i] ? &s->first[s->first_count++] : &s->rest[s->rest_count++]) = i;
    if (s->first_count >= s->best_key - SLACK)
        return ST_OK;
    s->sort_key = s->input->q2;
    qsort_r(s->rest, s->rest_count, sizeof(*s->rest), by_key, s);
    int status = compute_need(s);
    if (status == ST_OK)
        status = compute_tails(s);
    if (status < 0)
        return status;
    order_classes(s);
    make_bounds(s);
    if (!s->best->target_reached)
        keep_most_probable(s);
    if (s->need[0] + s->gain_left[0] < s->input->target)
        return ST_OK;
    if (s->first_count + bound(s, 0, s->input->target - s->need[0]) >=
        s->best_key - SLACK)
        return ST_OK;
    if (!s->best->target_reached)
        s->best_key = INFINITY;
    greedy(s);
    search(s);
    return ST_OK;
}

/* ---- all first waves
 * ------------------------------------------------------------------------ */

static int try_all_sets(struct state *s)
{
    bool in[WAVES_EXACT_MAX];
    int status = ST_OK;
    for (uint32_t set = 0; set < 1u << s->input->count && status == ST_OK; set++) {
        for (uint32_t i = 0; i < s->input->count; i++)
            in[i] = (set >> i & 1) != 0;
        status = try_first(s, in);
    }
    return status;
}

static int try_prefixes(struct state *s)
{
    uint32_t order[WAVES_PEOPLE_MAX];
    bool in[WAVES_PEOPLE_MAX] = {false};
    for (uint32_t i = 0; i < s->input->count; i++)
        order[i] = i;
    s->sort_key = s->input->q1;
    qsort_r(order, s->input->count, sizeof(*order), by_key, s);
    int status = try_first(s, in);
    for (uint32_t i = 0; i < s->input->count && status == ST_OK; i++) {
        in[order[i]] = true;
        status = try_first(s, in);
    }
    return status;
}

static bool all_alike(const struct waves_input *input)
{
    for (uint32_t i = 1; i < input->count; i++)
        if (input->q1[i] != input->q1[0] || input->q2[i] != input->q2[0])
            return false;
    return true;
}

static bool is_valid(const struct waves_input *input)
{
    bool ok = input->k >= 1 && input->k <= WAVES_K_MAX && input->count >= 1 &&
              input->count <= WAVES_PEOPLE_MAX && input->target > 0.0 &&
              input->target < 1.0;
    for (uint32_t i = 0; ok && i < input->count; i++)
        ok = input->q1[i] >= 0.0 && input->q1[i] <= 1.0 && input->q2[i] >= 0.0 &&
             input->q2[i] <= 1.0;
    return ok;
}

static int try_all(struct state *s, const struct waves_input *input)
{
    s->input = input;
    s->best_key = INFINITY;
    s->best_probability = -1.0;
    s->nodes = 0;
    bool sets = input->count <= WAVES_EXACT_MAX && !all_alike(input);
    return sets ? try_all_sets(s) : try_prefixes(s);
}

/* What was kept is the greatest probability; it is searched for with the fewest alerts.
 */
static int try_fewest(struct state *s, const struct waves_input *input)
{
    struct waves_input most = *input;
    most.target = s->best->probability * (1.0 - ROUNDING);
    const int status = try_all(s, &most);
    s->best->target_reached = false;
    return status;
}

int waves_solve(const struct waves_input *input, struct waves *ret)
{
    if (!is_valid(input))
        return ST_INVALID;
    AUTO_FREE struct state *s = mem_calloc(1, sizeof(*s));
    AUTO_FREE struct segment *segments =
        mem_calloc((size_t)(input->k + 1) * (input->k + 2) / 2 * (input->count + 1),
                   sizeof(*segments));
    if (s == NULL || segments == NULL)
        return ST_NO_MEMORY;
    memset(ret, 0, sizeof(*ret));
    s->best = ret;
    s->segments = segments;
    const int status = try_all(s, input);
    return status == ST_OK && !ret->target_reached ? try_fewest(s, input) : status;
}
