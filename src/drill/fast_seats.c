/* SPDX-License-Identifier: Apache-2.0 */
/* The search of src/loop/seats.c over the calls of this run: breadth first over the
 * lines, where an edge from one to another is somebody who holds a seat in the one, has
 * not arrived and can serve the other. */
#include "drill/fast_internal.h"

struct search {
    int32_t from[SCENARIO_LINES_MAX]; /* whose mover would come here; -1 = root */
    uint32_t mover[SCENARIO_LINES_MAX];
    int32_t queue[SCENARIO_LINES_MAX], queued;
    uint32_t seen;
};

static void visit(struct search *search, int32_t line, int32_t from, uint32_t mover)
{
    search->seen |= 1u << line;
    search->from[line] = from;
    search->mover[line] = mover;
    search->queue[search->queued++] = line;
}

static bool is_free(const struct fast *fast, uint32_t need, int32_t line)
{
    const struct callout_now *callout = &fast->needs[need];
    return callout->holding[line] < fast->scenario->needs[need].lines[line].count +
                                        (uint32_t)callout->reserve[line];
}

static int32_t move_along(struct fast *fast, const struct search *search, uint32_t need,
                          int32_t line)
{
    struct callout_now *callout = &fast->needs[need];
    while (search->from[line] >= 0) {
        callout->holding[search->from[line]]--;
        callout->holding[line]++;
        fast->calls[search->mover[line]].line = (uint32_t)line;
        line = search->from[line];
    }
    return line;
}

static int32_t visit_from(const struct fast *fast, struct search *search, uint32_t need,
                          int32_t line)
{
    uint32_t lines = fast->scenario->needs[need].line_count;
    for (uint32_t i = 0; i < fast->seat_count; i++) {
        const struct call *call = &fast->calls[fast->seats[i]];
        if (call->need != need || call->line != (uint32_t)line ||
            (call->state != IS_ASSIGNED && call->state != IS_EN_ROUTE))
            continue;
        for (int32_t to = 0; to < (int32_t)lines; to++) {
            if ((call->lines >> to & 1) == 0 || (search->seen >> to & 1) != 0)
                continue;
            visit(search, to, line, fast->seats[i]);
            if (is_free(fast, need, to))
                return to;
        }
    }
    return -1;
}

int32_t fast_take_seat(struct fast *fast, uint32_t index)
{
    const struct call *call = &fast->calls[index];
    int32_t lines = (int32_t)fast->scenario->needs[call->need].line_count;
    struct search search = {.queued = 0};
    visit(&search, (int32_t)call->invited, -1, 0);
    for (int32_t i = 0; i < lines; i++)
        if ((call->lines >> i & 1) != 0 && i != (int32_t)call->invited)
            visit(&search, i, -1, 0);
    for (int32_t q = 0; q < search.queued; q++)
        if (is_free(fast, call->need, search.queue[q]))
            return search.queue[q];
    for (int32_t q = 0; q < search.queued; q++) {
        int32_t end = visit_from(fast, &search, call->need, search.queue[q]);
        if (end >= 0)
            return move_along(fast, &search, call->need, end);
    }
    return -1;
}
