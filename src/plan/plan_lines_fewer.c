/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever of the people chosen for several lines can be spared, and who of those who are
 * able for the same is asked. */
#include "base/status.h"
#include "plan/plan_lines_internal.h"

#define EXCHANGES_MAX 40 /* people, for the search of two for one */
/* Times the square of the number of sets of lines, which is what a probability costs. */
#define TRIES_MAX 250000
#define BURDEN_WORTH 0.5
#define BURDEN_TRIES 6
#define Q_RATIO_MIN 0.6

/* The place in `chosen` of the worst one able for exactly OWN who may go; or count. */
static uint32_t worst_of(const struct lines *lines, uint32_t own)
{
    uint32_t worst = lines->count;
    for (uint32_t i = 0; i < lines->count; i++) {
        uint32_t rank = lines->chosen[i].rank;
        if (lines->ranks[rank].group > 0 && lines_able(lines, rank) == own &&
            (worst == lines->count || rank > lines->chosen[worst].rank))
            worst = i;
    }
    return worst;
}

static uint32_t best_left(const struct lines *lines, uint32_t own)
{
    for (uint32_t i = 0; i < lines->known && lines->left[own] > 0; i++)
        if (lines->in[i] == 0 && lines_able(lines, i) == own)
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

/* TRIES are left: what a crowd of combinations of skills would take is not looked at. */
struct fewer {
    double target;
    uint32_t tries;
};

/* Whether those chosen now reach the target; *P is then theirs. */
static int reaches(struct lines *lines, struct fewer *fewer, double *p, bool *ret)
{
    double now;
    fewer->tries--;
    int status = lines_probability(lines, &now);
    *ret = status == ST_OK && now >= fewer->target;
    if (*ret)
        *p = now;
    return status;
}

/* One less, if the others suffice. */
static int leave_one_out(struct lines *lines, struct fewer *fewer, double *p,
                         bool *ret_done)
{
    *ret_done = false;
    for (uint32_t own = 1; own <= lines->all && fewer->tries > 0; own++) {
        uint32_t place = worst_of(lines, own);
        if (place == lines->count)
            continue;
        uint32_t rank = take_out(lines, place);
        int status = reaches(lines, fewer, p, ret_done);
        if (status < 0 || *ret_done)
            return status;
        put_in(lines, rank);
    }
    return ST_OK;
}

/* Two less and one of another type more. */
static int two_for_one(struct lines *lines, struct fewer *fewer, double *p,
                       bool *ret_done)
{
    *ret_done = false;
    for (uint32_t a = 1; a <= lines->all; a++)
        for (uint32_t b = a; b <= lines->all && fewer->tries > 0; b++) {
            uint32_t first = worst_of(lines, a);
            if (first == lines->count)
                break;
            uint32_t rank_a = take_out(lines, first), second = worst_of(lines, b);
            if (second == lines->count) {
                put_in(lines, rank_a);
                continue;
            }
            uint32_t rank_b = take_out(lines, second);
            for (uint32_t c = 1; c <= lines->all && fewer->tries > 0; c++) {
                uint32_t more = best_left(lines, c);
                if (more == lines->known || c == a || c == b)
                    continue;
                put_in(lines, more);
                int status = reaches(lines, fewer, p, ret_done);
                if (status < 0 || *ret_done)
                    return status;
                (void)take_out(lines, lines->count - 1);
            }
            put_in(lines, rank_a);
            put_in(lines, rank_b);
        }
    return ST_OK;
}

int lines_make_fewer(struct lines *lines, double target, double *p)
{
    struct fewer fewer = {.target = target,
                          .tries = TRIES_MAX / ((lines->all + 1) * (lines->all + 1))};
    bool done = true;
    int status = ST_OK;
    while (done && status == ST_OK) {
        status = leave_one_out(lines, &fewer, p, &done);
        if (status == ST_OK && !done && lines->count <= EXCHANGES_MAX)
            status = two_for_one(lines, &fewer, p, &done);
    }
    return status;
}

/* Who was alerted much of late gives way to a rested one of the same type. */
int lines_make_fair(struct lines *lines, double target, double *p)
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
            if (lines->in[in] == 0 && lines_able(lines, in) == lines_able(lines, rank) &&
                candidates[lines->ranks[in].candidate].burden <= most)
                break;
        if (in == lines->known || lines->ranks[in].q < Q_RATIO_MIN * lines->ranks[rank].q)
            return ST_OK;
        double now;
        (void)take_out(lines, out);
        put_in(lines, in);
        int status = lines_probability(lines, &now);
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
