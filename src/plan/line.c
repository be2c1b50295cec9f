/* SPDX-License-Identifier: Apache-2.0 */
/* With Y yeses among those asked, R free seats, H of the held ones there in time, and
 * G(j) = P(H + Binomial(j, b) >= count) for people of the average b:
 *
 *     P(limited) = P(tail) - [ sum_y P(Y = y) G(y) - sum_y P(Y = y) G(min(y, R)) ]
 *
 * The first sum is the plain tail of people with a_i * b each, so only the difference,
 * the yeses that found no seat, rests on the average. */
#include "plan/line.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/tail.h"

#include <assert.h>

static int tail_of_held(const struct line *line, struct tail *ret)
{
    int status = tail_init(ret, line->count, LINE_EPSILON);
    for (uint32_t i = 0; i < line->held && status == ST_OK; i++)
        tail_add(ret, line->held_b[i]);
    return status;
}

int line_reach(const struct line *line, struct line_range range, double *ret,
               uint32_t *ret_last)
{
    assert(range.from <= range.to && range.to <= line->people_count);
    struct tail tail;
    int status = tail_of_held(line, &tail);
    uint32_t i = 0;
    for (; i < range.from && status == ST_OK; i++)
        tail_add(&tail, line->people[i].a * line->people[i].b);
    for (; status == ST_OK; i++) {
        ret[i - range.from] = tail.reached;
        if (i == range.to || tail.reached >= range.stop_at)
            break;
        tail_add(&tail, line->people[i].a * line->people[i].b);
    }
    *ret_last = i;
    tail_release(&tail);
    return status;
}

/* What both limited questions need, for the first N people. */
struct limited {
    struct tail yeses; /* P(Y = y), nothing absorbed */
    struct tail there; /* held + j people of the average: G(j) = reached */
    double tail, average_tail, b;
};

static void limited_release(struct limited *limited)
{
    tail_release(&limited->yeses);
    tail_release(&limited->there);
}

static int limited_init(struct limited *limited, const struct line *line, uint32_t n)
{
    double sum_a = 0.0, sum_ab = 0.0;
    uint32_t last;
    *limited = (struct limited){0};
    for (uint32_t i = 0; i < n; i++) {
        sum_a += line->people[i].a;
        sum_ab += line->people[i].a * line->people[i].b;
    }
    limited->b = sum_a > 0.0 ? sum_ab / sum_a : 0.0;
    limited->b = limited->b < 1.0 ? limited->b : 1.0;
    struct tail average;
    int status = line_reach(line, (struct line_range){n, n, 2.0}, &limited->tail, &last);
    if (status == ST_OK)
        status = tail_init(&limited->yeses, n + 1, LINE_EPSILON);
    if (status == ST_OK)
        status = tail_of_held(line, &limited->there);
    if (status < 0)
        return status;
    status = tail_of_held(line, &average);
    for (uint32_t i = 0; i < n && status == ST_OK; i++) {
        tail_add(&limited->yeses, line->people[i].a);
        tail_add(&average, line->people[i].a * limited->b);
    }
    limited->average_tail = average.reached;
    tail_release(&average);
    return status;
}

static double mass_at(const struct tail *tail, uint32_t j)
{
    return j >= tail->low && j < tail->high ? tail->mass[j] : 0.0;
}

/* Walks over R = 0, 1, ... free seats until SEATS_MAX or until TARGET is reached. */
static uint32_t limited_walk(struct limited *limited, uint32_t free_max, double target,
                             double *ret)
{
    double seated = 0.0; /* sum of P(Y = y) G(y) for y < R */
    double left = 1.0;   /* P(Y >= R) */
    uint32_t free = 0;
    for (;; free++) {
        double loss = limited->average_tail - (seated + left * limited->there.reached);
        double p = limited->tail - (loss > 0.0 ? loss : 0.0);
        *ret = p > 0.0 ? p : 0.0;
        if (free == free_max || *ret >= target)
            return free;
        double here = mass_at(&limited->yeses, free);
        seated += here * limited->there.reached;
        left = left > here ? left - here : 0.0;
        tail_add(&limited->there, limited->b);
    }
}

int line_limited(const struct line *line, uint32_t n, uint32_t seats, double *ret)
{
    uint32_t free = seats > line->held ? seats - line->held : 0, last;
    if (free >= n)
        return line_reach(line, (struct line_range){n, n, 2.0}, ret, &last);
    struct limited limited;
    int status = limited_init(&limited, line, n);
    if (status == ST_OK)
        (void)limited_walk(&limited, free, 2.0, ret);
    limited_release(&limited);
    return status;
}

int line_seats(const struct line *line, uint32_t n, double target, uint32_t *ret)
{
    struct limited limited;
    double reached;
    int status = limited_init(&limited, line, n);
    if (status == ST_OK) {
        uint32_t seats = line->held + limited_walk(&limited, n, target, &reached);
        *ret = seats > line->count ? seats : line->count;
    }
    limited_release(&limited);
    return status;
}

int line_accepted(const struct line *line, uint32_t from, uint32_t seats, double target,
                  uint32_t *ret)
{
    uint32_t free = seats > line->held ? seats - line->held : 0, i = 0;
    struct tail tail;
    int status = tail_init(&tail, free, LINE_EPSILON);
    while (status == ST_OK && i < line->people_count &&
           (i < from || tail.reached < target))
        tail_add(&tail, line->people[i++].a);
    tail_release(&tail);
    if (status == ST_OK)
        *ret = i;
    return status;
}

int line_seats_plain(uint32_t count, double b, double target, uint32_t seats_max,
                     uint32_t *ret)
{
    struct tail tail;
    uint32_t seats = 0;
    int status = tail_init(&tail, count, LINE_EPSILON);
    while (status == ST_OK && tail.reached < target && seats < seats_max) {
        tail_add(&tail, b);
        seats++;
    }
    tail_release(&tail);
    if (status == ST_OK)
        *ret = seats > count ? seats : count;
    return status;
}
