/* SPDX-License-Identifier: Apache-2.0 */
/* At each node of the common cause, with Y yeses among those asked, R free seats, H of
 * the held ones there in time, and G(j) = P(H + Binomial(j, b) >= count) for people of
 * the average b:
 *
 *     P(limited) = P(tail) - sum over y > R of P(Y = y) (G(y) - G(R))
 *
 * P(tail) is that of the people themselves, so only the yeses that found no seat rest on
 * the average. Large lines: Y normal, G refined normal, the sum by the midpoint rule. */
#include "plan/line.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/tail.h"
#include "plan/walk.h"

#include <assert.h>
#include <math.h>

#define STRIDE 64      /* people between two looks at a large line */
#define CAP_EXTRA 64   /* yeses beyond the seats that are told apart */
#define MIDPOINTS 48   /* of the normal sum */
#define DEVIATIONS 8.0 /* its end */

double line_yes(const struct common *common, const struct line_person *person)
{
    double sum = 0.0;
    for (uint32_t m = 0; m < common->count; m++)
        sum += common->weight[m] * common_a(common, m, person->x);
    return person->share * sum;
}

static bool is_large(const struct line *line)
{
    return line->count > LINE_EXACT_MAX;
}

/* ---- full seats
 * ------------------------------------------------------------------------- */

struct seats {
    bool bind;           /* else nothing below is there */
    struct walk yes;     /* of those asked, up to a cap */
    double *given;       /* [j], j <= cap: G(j), unless large */
    struct moments held; /* of the held ones, if large */
    double b;
};

/* Of the people until their expected yeses fill the seats. */
static double average_b(const struct line *line, uint32_t n, double seats)
{
    double yes = 0.0, both = 0.0;
    for (uint32_t i = 0; i < n && yes < seats; i++) {
        double a = line_yes(line->common, &line->people[i]);
        yes += a;
        both += a * line->people[i].b;
    }
    return yes <= 0.0 ? 0.0 : both < yes ? both / yes : 1.0;
}

static int seats_init(struct seats *ret, const struct line *line, uint32_t cap)
{
    struct tail tail;
    ret->bind = true;
    int status = walk_init(&ret->yes, line->common, cap, is_large(line));
    for (uint32_t i = 0; i < line->held; i++)
        moments_add(&ret->held, line->held_b[i]);
    if (status < 0 || ret->yes.large)
        return status;
    ret->given = mem_calloc((size_t)cap + 1, sizeof(*ret->given));
    if (ret->given == NULL)
        return ST_NO_MEMORY;
    status = tail_init(&tail, line->count, LINE_EPSILON);
    for (uint32_t i = 0; i < line->held && status == ST_OK; i++)
        tail_add(&tail, line->held_b[i]);
    for (uint32_t j = 0; j <= cap && status == ST_OK; j++) {
        ret->given[j] = tail.reached;
        tail_add(&tail, ret->b);
    }
    tail_release(&tail);
    return status;
}

static void seats_release(struct seats *seats)
{
    if (seats->bind)
        walk_release(&seats->yes);
    mem_free(seats->given);
}

/* G(Y) of a large line. */
static double given_at(const struct seats *seats, uint32_t count, double yes)
{
    double variance = seats->b * (1.0 - seats->b);
    const struct moments sum = {.mean = seats->held.mean + yes * seats->b,
                                .variance = seats->held.variance + yes * variance,
                                .third = seats->held.third +
                                         yes * variance * (1.0 - 2.0 * seats->b)};
    return moments_tail(&sum, count);
}

static double large_loss(const struct seats *seats, uint32_t count, uint32_t m,
                         double free)
{
    const struct moments *yes = &seats->yes.moments[m];
    double sigma = sqrt(yes->variance) + 1e-9, sum = 0.0;
    double from = free + 0.5, to = yes->mean + DEVIATIONS * sigma;
    double least = yes->mean - DEVIATIONS * sigma;
    from = from > least ? from : least;
    if (from >= to)
        return 0.0;
    double at_full = given_at(seats, count, free), step = (to - from) / MIDPOINTS;
    for (int i = 0; i < MIDPOINTS; i++) {
        double y = from + step * (i + 0.5), z = (y - yes->mean) / sigma;
        sum += exp(-0.5 * z * z) * (given_at(seats, count, y) - at_full);
    }
    return sum * step / (sigma * sqrt(2.0 * M_PI));
}

static double small_loss(const struct seats *seats, uint32_t m, uint32_t free)
{
    const struct tail *yes = &seats->yes.tails[m];
    double at_full = seats->given[free < yes->k ? free : yes->k];
    double sum = yes->reached * (seats->given[yes->k] - at_full);
    for (uint32_t y = free + 1 > yes->low ? free + 1 : yes->low; y < yes->high; y++)
        sum += yes->mass[y] * (seats->given[y] - at_full);
    return sum;
}

static double loss(const struct seats *seats, const struct line *line, uint32_t free)
{
    double sum = 0.0;
    for (uint32_t m = 0; m < line->common->count && seats->bind; m++)
        sum += line->common->weight[m] * (seats->yes.large
                                              ? large_loss(seats, line->count, m, free)
                                              : small_loss(seats, m, free));
    return sum > 0.0 ? sum : 0.0;
}

/* ---- a line on the way
 * ------------------------------------------------------------------ */

struct course {
    const struct line *line;
    struct walk there;
    struct seats seats;
    uint32_t free; /* seats, if they bind */
    uint32_t n;    /* asked so far */
};

static void course_release(struct course *course)
{
    walk_release(&course->there);
    seats_release(&course->seats);
}

/* All but the walks themselves, which are large. */
static void course_clear(struct course *course, const struct line *line)
{
    course->line = line;
    course->there.common = NULL;
    course->seats.bind = false;
    course->seats.given = NULL;
    course->seats.held = (struct moments){0};
    course->seats.b = 0.0;
    course->free = course->n = 0;
}

static int course_init(struct course *course, const struct line *line, uint32_t n,
                       uint32_t seats)
{
    course_clear(course, line);
    int status = walk_init(&course->there, line->common, line->count, is_large(line));
    for (uint32_t i = 0; i < line->held && status == ST_OK; i++)
        walk_add_plain(&course->there, line->held_b[i]);
    course->free = seats > line->held ? seats - line->held : 0;
    if (status < 0 || course->free >= n)
        return status;
    uint32_t cap = 2 * course->free + line->count + CAP_EXTRA;
    course->seats.b = average_b(line, n, course->free < 1 ? 1.0 : course->free);
    return seats_init(&course->seats, line, cap < n ? cap : n);
}

static void course_next(struct course *course)
{
    const struct line_person *person = &course->line->people[course->n++];
    walk_add(&course->there, person->x, person->share * person->b);
    if (course->seats.bind)
        walk_add(&course->seats.yes, person->x, person->share);
}

static double course_probability(const struct course *course)
{
    double p =
        walk_reached(&course->there) - loss(&course->seats, course->line, course->free);
    return p > 0.0 ? p : 0.0;
}

int line_points(const struct line *line, const struct line_points *points, double *ret)
{
    struct course course;
    uint32_t last = points->count == 0 ? 0 : points->at[points->count - 1];
    assert(last <= line->people_count);
    int status = course_init(&course, line, last, points->seats);
    for (uint32_t i = 0; i < points->count && status == ST_OK; i++) {
        assert(i == 0 || points->at[i] >= points->at[i - 1]);
        while (course.n < points->at[i])
            course_next(&course);
        ret[i] = course_probability(&course);
    }
    course_release(&course);
    return status;
}

/* Steps of STRIDE, then back to the last one and one by one. Moments only. */
static void skip_ahead(struct course *course, uint32_t from, double target)
{
    const struct line *line = course->line;
    while (course->n < line->people_count) {
        const struct course before = *course; /* a large walk owns no memory */
        uint32_t to = course->n + STRIDE;
        to = to < line->people_count ? to : line->people_count;
        while (course->n < to)
            course_next(course);
        if (course->n >= from && course_probability(course) >= target) {
            *course = before;
            return;
        }
    }
}

int line_shortest(const struct line *line, const struct line_wish *wish,
                  struct line_found *ret)
{
    struct course course;
    struct line_found found = {0};
    int status = course_init(&course, line, line->people_count, wish->seats);
    if (status == ST_OK && is_large(line))
        skip_ahead(&course, wish->from, wish->target);
    while (status == ST_OK) {
        if (course.n >= wish->from || course.n == line->people_count) {
            found.before = found.probability;
            found.probability = course_probability(&course);
            if (found.probability >= wish->target || course.n == line->people_count)
                break;
        }
        course_next(&course);
    }
    if (status == ST_OK) {
        found.count = course.n;
        found.plain = walk_reached(&course.there);
        *ret = found;
    }
    course_release(&course);
    return status;
}

int line_seats(const struct line *line, uint32_t n, double target, uint32_t *ret)
{
    struct course course;
    course_clear(&course, line);
    int status = walk_init(&course.there, line->common, line->count, is_large(line));
    for (uint32_t i = 0; i < line->held && status == ST_OK; i++)
        walk_add_plain(&course.there, line->held_b[i]);
    course.seats.b = average_b(line, n, n);
    if (status == ST_OK)
        status = seats_init(&course.seats, line, n);
    while (status == ST_OK && course.n < n)
        course_next(&course);
    uint32_t low = 0, high = n; /* the seats help the more the more there are */
    while (status == ST_OK && low < high) {
        course.free = low + (high - low) / 2;
        if (course_probability(&course) >= target)
            high = course.free;
        else
            low = course.free + 1;
    }
    course_release(&course);
    if (status == ST_OK)
        *ret = line->held + low > line->count ? line->held + low : line->count;
    return status;
}

int line_accepted(const struct line *line, const struct line_wish *wish, uint32_t *ret)
{
    uint32_t free = wish->seats > line->held ? wish->seats - line->held : 0, i = 0;
    struct walk walk;
    int status = walk_init(&walk, line->common, free, is_large(line));
    while (status == ST_OK && i < line->people_count &&
           (i < wish->from || walk_reached(&walk) < wish->target)) {
        walk_add(&walk, line->people[i].x, line->people[i].share);
        i++;
    }
    walk_release(&walk);
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
