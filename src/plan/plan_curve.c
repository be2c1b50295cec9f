/* SPDX-License-Identifier: Apache-2.0 */
/* What a dispatcher reads beside the plan: the curve from the people alerted at once to
 * the probability, the most that can be reached, and the cheapest change. */
#include "base/mem.h"
#include "base/status.h"
#include "plan/plan_internal.h"

#include <math.h>
#include <stdio.h>

#define CURVE_STEPS 24   /* sixteenths of the alerts of one wave */
#define MOST_KNOWN 2000  /* people of the answer to "how much at most?" */
#define SAVED_SHARE 0.15 /* a change that saves less is not worth a sentence */
#define SAVED_MIN 0.75

static uint32_t alerts_at(const struct work *work, uint32_t step)
{
    uint64_t alerts = ((uint64_t)work->one_wave * step + 8) / 16;
    return alerts < work->known ? (uint32_t)alerts : work->known;
}

int curve_make(struct planner *planner)
{
    struct plan *plan = planner->plan;
    struct work *work = &planner->works[0];
    uint32_t at[CURVE_STEPS + 2], count = 0;
    double p[CURVE_STEPS + 2];
    if (plan->line_count != 1 || (planner->input->brief && !planner->input->compare))
        return ST_OK; /* several lines: plan_lines.c made it on its way */
    people_know(planner, work, work->one_wave + work->one_wave / 2 + 1);
    for (uint32_t step = 0; step <= CURVE_STEPS; step++) {
        uint32_t n = work->pending + alerts_at(work, step);
        if (count == 0 || n > at[count - 1])
            at[count++] = n;
    }
    const struct line_points points = {.seats = work->seats, .count = count, .at = at};
    int status = line_points(&work->line, &points, p);
    if (status < 0)
        return status;
    for (uint32_t i = 0; i < count; i++)
        plan->curve[plan->curve_count++] =
            (struct plan_point){.alerts = at[i] - work->pending, .probability = p[i]};
    if (!planner->input->compare)
        return ST_OK;
    people_know(planner, work, MOST_KNOWN);
    uint32_t n = work->pending + work->known;
    /* Seats that the plan itself chose are no limit of the people. */
    const bool free_seats = planner->input->need->reserve == PLAN_RESERVE_AUTO;
    const struct line_points all = {
        .seats = free_seats ? LINE_SEATS_ALL : work->seats, .count = 1, .at = &n};
    return line_points(&work->line, &all, &plan->most);
}

void plan_why_not_certain(const struct plan *plan, char *ret, size_t size)
{
    /* Rounded down: it must not read as certain. */
    (void)snprintf(
        ret, size, "1 cannot be promised; the most these people can reach is %.4f",
        floor(plan->most * 1e4) / 1e4 < 1.0 ? floor(plan->most * 1e4) / 1e4 : 0.9999);
}

/* Nobody can be in time: the first more minutes with which it is as likely as not. */
#define LIKELY 0.5

static bool brings_hope(const struct plan *plan, const struct plan *other)
{
    return !plan->target_reached && plan->most < PLAN_HOPE_MIN &&
           other->probability >= LIKELY;
}

static const int64_t LATER_MS[] = {60000,  120000, 180000, 300000,
                                   600000, 900000, 1800000};

int change_find(struct planner *planner)
{
    struct plan *plan = planner->plan;
    struct plan_need need = *planner->input->need;
    struct plan_input input = *planner->input;
    double saved = plan->expected_alerts * SAVED_SHARE;
    saved = saved > SAVED_MIN ? saved : SAVED_MIN;
    input.need = &need;
    input.compare = false;
    input.brief = true;
    for (size_t i = 0; i < COUNT_OF(LATER_MS) && plan->change.later_ms == 0; i++) {
        struct plan other;
        need.deadline_ms = planner->input->need->deadline_ms + LATER_MS[i];
        int status = plan_make(&input, &other);
        bool better = other.target_reached &&
                      (!plan->target_reached ||
                       other.expected_alerts <= plan->expected_alerts - saved);
        if (status == ST_OK && (better || brings_hope(plan, &other)))
            plan->change = (struct plan_change){.later_ms = LATER_MS[i],
                                                .alerts = other.expected_alerts,
                                                .probability = other.probability,
                                                .reaches = !plan->target_reached &&
                                                           other.target_reached};
        plan_release(&other);
        if (status < 0)
            return status;
    }
    return ST_OK;
}
