/* SPDX-License-Identifier: Apache-2.0 */
/* Several lines whose target is out of reach: how much of it is planned for (decisions
 * 0033 and 0079). */
#include "base/status.h"
#include "plan/plan_lines_internal.h"

#include <math.h>

#define MOST_MIN 1e-6 /* P with everybody: less is nothing */

/* The seats of each line with which the contract fills them. */
static int seats_of(const struct lines *lines, struct match_need *ret)
{
    const struct plan_need *need = lines->planner->input->need;
    double target = pow(need->target, 1.0 / lines->line_count);
    int status = ST_OK;
    *ret = (struct match_need){.line_count = lines->line_count};
    for (uint32_t line = 0; line < lines->line_count && status == ST_OK; line++) {
        ret->counts[line] = need->counts[line];
        if (need->reserve >= 0)
            ret->counts[line] += (uint32_t)need->reserve;
        else
            status = line_seats_plain(
                need->counts[line],
                response_model_get_config(lines->planner->input->response)->comes, target,
                LINES_PLAIN_SEATS_MAX, &ret->counts[line]);
        ret->large |= ret->counts[line] > LINE_EXACT_MAX;
    }
    return status;
}

/* How many there are, free or not, who are able for some line of SET. */
static uint32_t people_able(const struct lines *lines, uint32_t set)
{
    const struct plan_input *input = lines->planner->input;
    uint32_t people = 0;
    for (uint32_t own = 1; own <= lines->all; own++)
        people += (own & set) != 0 ? lines->left[own] : 0;
    for (uint32_t i = 0; i < input->holder_count; i++)
        if ((lines_able_of(lines, input->holders[i].lines, input->holders[i].line) &
             set) != 0)
            people += input->holders[i].count;
    for (uint32_t i = 0; i < input->pending_count; i++)
        people += (lines_able_of(lines, input->pending[i].lines, input->pending[i].line) &
                   set) != 0;
    return people;
}

/* Cuts counts that could not be filled if everybody came, line by line: the sets that can
 * be matched are a matroid, so no order fills more in all. */
static void cut_counts(const struct lines *lines, uint32_t *counts)
{
    for (uint32_t line = 0; line < lines->line_count; line++)
        for (uint32_t set = 1u << line; set < 2u << line; set++) {
            uint32_t others = 0, people = people_able(lines, set);
            for (uint32_t other = 0; other < line; other++)
                others += (set >> other & 1) != 0 ? counts[other] : 0;
            uint32_t rest = people > others ? people - others : 0;
            counts[line] = counts[line] < rest ? counts[line] : rest;
        }
}

/* With the seats, if they are fixed, and the first N of the sequence. */
static int settled_prefix(struct lines *lines, uint32_t n, double *ret)
{
    int status = lines_prefix(lines, n, ret);
    lines_choose_prefix(lines, n);
    return status < 0 ? status : lines_settle(lines, *ret, true, ret);
}

/* The most that a prefix of the sequence reaches, and its length. With fixed seats more
 * people are not always better, as late ones take the seats: up to a length the
 * probability rises, then it falls. */
static int most_of(struct lines *lines, double *ret, uint32_t *ret_n)
{
    uint32_t low = lines->forced, high = lines->length;
    double at_a = 0.0, at_b = 0.0;
    *ret_n = lines->length;
    if (lines->planner->input->need->reserve < 0)
        return lines_prefix(lines, lines->length, ret);
    int status = settled_prefix(lines, lines->length, ret);
    while (status == ST_OK && high - low > 2) {
        const uint32_t third = (high - low) / 3, a = low + third, b = high - third;
        status = settled_prefix(lines, a, &at_a);
        if (status == ST_OK)
            status = settled_prefix(lines, b, &at_b);
        if (fmax(at_a, at_b) > *ret) {
            *ret = fmax(at_a, at_b);
            *ret_n = at_a >= at_b ? a : b;
        }
        if (at_a >= at_b)
            high = b;
        else
            low = a;
    }
    return status;
}

/* As many as fill SEATS as surely as was wished; if there are too few people for that, as
 * surely as TARGET of what all of them could do. */
static int fill_seats(struct lines *lines, struct match_need *seats, double target)
{
    struct match *match = NULL;
    double p;
    uint32_t n;
    int status = match_new(&match, &lines->planner->common, seats);
    if (status == ST_OK) {
        lines_order(lines, seats->counts, true);
        status = lines_prefix_of(lines, match, lines->length, true, &p);
    }
    if (status == ST_OK)
        status =
            lines_shortest(lines, match, true, p < target ? p * target : target, &n, &p);
    match_free(match);
    if (status == ST_OK)
        lines_choose_prefix(lines, n);
    return status;
}

/* Whether enough people would say yes, in time or not, to fill SEATS as surely as TARGET.
 */
static int would_fill(struct lines *lines, const struct match_need *seats, double target,
                      bool *ret)
{
    struct match *match = NULL;
    double p = 0.0;
    int status = match_new(&match, &lines->planner->common, seats);
    if (status == ST_OK)
        status = lines_prefix_of(lines, match, lines->length, true, &p);
    match_free(match);
    *ret = p >= target;
    return status;
}

int lines_unreachable(struct lines *lines, bool *ret_share, uint32_t *ret_peak)
{
    const struct plan_need *need = lines->planner->input->need;
    struct match_need seats;
    double plain, most = 0.0;
    bool enough = false;
    int status = lines_prefix(lines, lines->length, &plain);
    if (status == ST_OK && plain < need->target)
        status = most_of(lines, &most, ret_peak);
    if (status == ST_OK)
        status = seats_of(lines, &seats);
    if (status == ST_OK)
        status = would_fill(lines, &seats, need->target, &enough);
    if (status < 0)
        return status;
    *ret_share = most >= (enough ? PLAN_HOPE_MIN : MOST_MIN);
    if (*ret_share) {
        lines->target = need->target * most;
        return ST_OK;
    }
    if (!enough)
        cut_counts(lines, seats.counts);
    return fill_seats(lines, &seats, need->target);
}
