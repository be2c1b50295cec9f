/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to ask of those who are nearly equal. Who has been alerted much of late gives way
 * to the rested behind them, and a small share of the places goes to people of whom we
 * hardly know how they answer. That costs probability; one more alert pays for it, not
 * two: the plan stays within one expected alert of the best. The tail of those who are
 * alerted now never falls below what it was (computed anew, not estimated), so a later
 * wave has no more to do than before. */
#include "base/status.h"
#include "plan/plan_internal.h"

#define BURDEN_WORTH 0.5 /* a smaller difference is no reason to pass somebody over */
#define Q_RATIO_MIN 0.6  /* who is asked instead is at least so good */
#define HARDLY_KNOWN 3   /* fewer answers than this */
#define EXPLORE_SHARE 16 /* one place in so many */
#define TRIES_MAX 4

struct swap {
    uint32_t out, in; /* ranks */
    enum plan_reason reason;
};

struct fair {
    struct planner *planner;
    struct work *work;
    uint32_t pool_end; /* ranks from alerts to here may come in */
    uint32_t swap_count;
    struct swap swaps[PLAN_SPARED_MAX];
    double budget; /* of q that may be given up */
};

static const struct plan_candidate *candidate_at(const struct fair *fair, uint32_t rank)
{
    return &fair->planner->input->candidates[fair->work->ranks[rank].candidate];
}

static bool is_open(const struct fair *fair, uint32_t rank)
{
    for (uint32_t i = 0; i < fair->swap_count; i++)
        if (fair->swaps[i].out == rank || fair->swaps[i].in == rank)
            return false;
    return fair->work->ranks[rank].group == 2;
}

static double q_lost(const struct fair *fair, uint32_t out, uint32_t in)
{
    return fair->work->ranks[out].q - fair->work->ranks[in].q;
}

static void add_swap(struct fair *fair, uint32_t out, uint32_t in,
                     enum plan_reason reason)
{
    fair->budget -= q_lost(fair, out, in);
    fair->swaps[fair->swap_count++] =
        (struct swap){.out = out, .in = in, .reason = reason};
}

/* The most burdened of those chosen against the best of the pool who is clearly less so.
 */
static bool find_rested(struct fair *fair)
{
    uint32_t alerts = fair->work->alerts, out = alerts, in = fair->pool_end;
    for (uint32_t i = 0; i < alerts; i++)
        if (is_open(fair, i) && candidate_at(fair, i)->burden >= BURDEN_WORTH &&
            (out == alerts ||
             candidate_at(fair, i)->burden > candidate_at(fair, out)->burden))
            out = i;
    if (out == alerts)
        return false;
    for (uint32_t i = alerts; i < fair->pool_end && in == fair->pool_end; i++)
        if (is_open(fair, i) &&
            candidate_at(fair, i)->burden + BURDEN_WORTH <=
                candidate_at(fair, out)->burden &&
            fair->work->ranks[i].q >= Q_RATIO_MIN * fair->work->ranks[out].q)
            in = i;
    if (in == fair->pool_end || q_lost(fair, out, in) > fair->budget)
        return false;
    add_swap(fair, out, in, PLAN_REASON_RESTED);
    return true;
}

/* Places of the wave for people hardly known: a share, or now and then one of a small
 * wave. The same plan at the same minute chooses the same. */
static uint32_t places_to_explore(const struct fair *fair)
{
    uint32_t alerts = fair->work->alerts, known = 0, places = alerts / EXPLORE_SHARE;
    uint64_t mix =
        (uint64_t)(fair->planner->input->now_ms / 60000) * UINT64_C(0x9E3779B97F4A7C15);
    if ((mix >> 33) % EXPLORE_SHARE < alerts % EXPLORE_SHARE)
        places++;
    for (uint32_t i = 0; i < alerts; i++)
        known += candidate_at(fair, i)->answers >= HARDLY_KNOWN;
    uint32_t there = alerts - known; /* who are so already */
    return places > there ? places - there : 0;
}

static bool find_unknown(struct fair *fair)
{
    uint32_t alerts = fair->work->alerts, out = alerts;
    while (out > 0 && !is_open(fair, out - 1))
        out--;
    if (out == 0)
        return false;
    out--;
    for (uint32_t i = alerts; i < fair->pool_end; i++)
        if (is_open(fair, i) && candidate_at(fair, i)->answers < HARDLY_KNOWN &&
            fair->work->ranks[i].q >= Q_RATIO_MIN * fair->work->ranks[out].q) {
            if (q_lost(fair, out, i) > fair->budget)
                return false;
            add_swap(fair, out, i, PLAN_REASON_EXPLORE);
            return true;
        }
    return false;
}

static void find_swaps(struct fair *fair, double budget)
{
    uint32_t places = places_to_explore(fair);
    const uint32_t most = PLAN_SPARED_MAX - fair->planner->plan->spared_count;
    fair->swap_count = 0;
    fair->budget = budget;
    while (places-- > 0 && fair->swap_count < most && find_unknown(fair))
        continue;
    while (fair->swap_count < most && find_rested(fair))
        continue;
}

static void do_swap(struct fair *fair, const struct swap *swap)
{
    struct rank *ranks = fair->work->ranks, kept = ranks[swap->out];
    ranks[swap->out] = ranks[swap->in];
    ranks[swap->in] = kept;
    people_convert(fair->planner, fair->work, swap->out);
    people_convert(fair->planner, fair->work, swap->in);
}

static int tail_now(const struct fair *fair, uint32_t alerts, double *ret)
{
    uint32_t n = fair->work->pending + alerts;
    const struct line_points points = {.seats = fair->work->seats, .count = 1, .at = &n};
    return line_points(&fair->work->line, &points, ret);
}

static void record_swaps(struct fair *fair)
{
    struct plan *plan = fair->planner->plan;
    for (uint32_t i = 0; i < fair->swap_count; i++) {
        const struct swap *swap = &fair->swaps[i];
        fair->work->ranks[swap->out].reason = swap->reason;
        plan->spared[plan->spared_count++] = (struct plan_spared){
            .candidate = fair->work->ranks[swap->in].candidate, .why = swap->reason};
    }
}

/* Makes the swaps; takes the last ones back until the tail is what it was. */
static int try_swaps(struct fair *fair, uint32_t extra, double floor, bool *ret_done)
{
    double p;
    uint32_t made = fair->swap_count;
    for (uint32_t i = 0; i < made; i++)
        do_swap(fair, &fair->swaps[i]);
    for (int tries = 0; made > 0; tries++) {
        int status = tail_now(fair, fair->work->alerts + extra, &p);
        if (status < 0)
            return status;
        if (p >= floor)
            break;
        uint32_t back = tries < TRIES_MAX ? (made + 1) / 2 : made;
        while (back-- > 0)
            do_swap(fair, &fair->swaps[--made]);
    }
    fair->swap_count = made;
    *ret_done = made > 0;
    return ST_OK;
}

int fair_arrange(struct planner *planner, struct work *work)
{
    uint32_t alerts = work->alerts;
    struct fair fair = {.planner = planner, .work = work};
    double before;
    bool done = false;
    if (alerts <= work->forced || alerts >= work->known)
        return ST_OK;
    people_know(planner, work, 2 * alerts + 8);
    fair.pool_end = work->known;
    /* Whoever is asked in addition stands right behind, and is no part of the pool. */
    double extra_q = work->ranks[alerts].q;
    find_swaps(&fair, 0.0);
    if (fair.swap_count == 0)
        find_swaps(&fair, extra_q);
    if (fair.swap_count == 0)
        return ST_OK;
    int status = tail_now(&fair, alerts, &before);
    if (status < 0)
        return status;
    if (before > planner->line_target && planner->plan->later.after_ms == 0)
        before = planner->line_target; /* it reached it, so it does after */
    find_swaps(&fair, 0.0);
    if (fair.swap_count > 0)
        status = try_swaps(&fair, 0, before, &done);
    if (status == ST_OK && !done && planner->extra == 0) {
        find_swaps(&fair, extra_q);
        for (uint32_t i = 0; i < fair.swap_count; i++) /* the extra one stays in place */
            if (fair.swaps[i].in == alerts)
                fair.swaps[i--] = fair.swaps[--fair.swap_count];
        status = try_swaps(&fair, 1, before, &done);
        work->alerts += done;
        planner->extra += done;
    }
    if (status == ST_OK && done) {
        record_swaps(&fair);
        if (planner->plan->later.after_ms == 0)
            status = tail_now(&fair, work->alerts, &work->probability);
    }
    return status;
}
