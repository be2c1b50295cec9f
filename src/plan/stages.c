/* SPDX-License-Identifier: Apache-2.0 */
/* Every so many minutes there is a look at the answers, until when most of them have
 * come, and then a wave. What is known at a look: N have been asked (the first N in the
 * order of asking) and Y of them count as there. Backwards over the looks s, given the
 * common cause z, with the price:
 *
 *     V(last, N, Y | z) = price P(H + Bin(Y, b) + Bin(N - Y, r(z)) >= count)
 *     V(s, N, Y | z)    = sum over d of P(d of N + 1 ... N + m count | z) L(s + 1, N + m,
 * Y + d | z) - m
 *     L(s, N, Y | z)    = sum over l of P(l of Y are found missing at s) V(s, N, Y - l |
 * z)
 *
 * and m is chosen for each (s, N, Y) so that the mean of V over z, weighed by P(Y of N |
 * z), is the greatest: exact, as long as each answer is there at the next look or comes
 * too late to be seen at one, and whoever says yes comes. Those who answer later are the
 * r(z): they may be in time in the end, and no wave counts on seeing them. Whoever said
 * yes and is not there when others are is found missing (find_lost) and replaced.
 *
 * People are unlike, and whoever is asked later has less time. Somebody who is in time
 * with q if asked at look s counts with c = (q - r) / (k (b - r)), k = not found missing
 * until the end, so that c k b + (1 - c k) r = q: each one's chance is exact whenever
 * they are asked. Those asked before this plan and those who hold a seat likewise, but
 * their late answers, and who is nearly sure to come, are in H. */
#include "plan/stages.h"

#include "base/mem.h"
#include "base/status.h"
#include "plan/price.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define NODES 4 /* of the common cause */
#define MINUTE_MS 60000
#define STAGE_MINUTES_MAX 5
#define REPLIED_ENOUGH 0.8 /* of the answers, at the next look; */
#define REPLIED_ALL 0.99   /* or if there is time */
#define IN_TIME_PART 0.5   /* of the chance to be in time that is left at the last look */
#define SURE_EXTRA 2 /* yeses beyond the count that are told apart, and half of it */
#define YES_MAX (STAGES_COUNT_MAX + SURE_EXTRA + STAGES_COUNT_MAX / 2)
#define FEW 4 /* wanted: then all is finer */
/* How many are asked: each number up to this, then each 2nd, each 4th. */
#define EVERY_ONE(count) ((count) <= FEW ? 12u : 8u)
#define EVERY_SECOND(count) ((count) <= FEW ? 36u : 24u)
#define PLACES_MAX 48
/* Whoever is asked later is found missing later than those asked now, and their chance to
 * be in time is not seen before the end: so much is taken off for that (test_look.c). */
#define FOUND 0.9
#define LOST_MAX 4 /* who count and are found missing at one look, and: or more */
#define LOST_MIN 1e-6
#define PATIENCE 2 /* sizes of a wave that are no better, then no more are tried */
#define MASS_MIN 1e-5
#define COUNTED_MAX (1.0 - 1e-9)

/* By node, side by side. */
struct nodes {
    double at[NODES];
};

/* Of one look: [places asked][yes]. */
struct stage {
    struct nodes value[PLACES_MAX][YES_MAX + 1];
    struct nodes probability[PLACES_MAX][YES_MAX + 1];
};

struct stages {
    struct planner *planner;
    struct work *work;
    struct common common;
    uint32_t count, yes_max; /* wanted; the last y means: or more */
    uint32_t stage_count, people;
    int64_t step_ms;
    double b;                    /* of who counts at first */
    double b_end;                /* and of who still counts at the last look */
    double lost[STAGES_MAX + 1]; /* [look]: of those who count is found missing then */
    double kept[STAGES_MAX + 1]; /* [look]: of who is asked then, of those who count */
    struct nodes r;              /* of who does not */
    uint32_t place_count;
    uint32_t places[PLACES_MAX];         /* how many are asked, ascending from 0 */
    struct nodes pending[YES_MAX + 1];   /* P(so many of those asked before count) */
    struct nodes held[STAGES_COUNT_MAX]; /* P(H = h) */
    struct nodes likely[PLACES_MAX][YES_MAX + 1]; /* weight * P(y of those asked) */
    struct nodes end[PLACES_MAX][YES_MAX + 1];    /* P, when nobody more is asked */
    /* [look][person]: counts */
    struct nodes counted[STAGES_MAX][STAGES_PEOPLE_MAX];
    struct stage stages[2]; /* of the look that is being made, and of the next */
    uint8_t choice[STAGES_MAX][PLACES_MAX][YES_MAX + 1]; /* the place to go to */
    uint8_t best[STAGES_MAX][PLACES_MAX][YES_MAX + 1];   /* of the best price yet */
};

/* How many looks, so that a plan is made in time. */
static uint32_t stages_of(uint32_t count)
{
    return count <= FEW ? STAGES_MAX : count <= 8 ? STAGES_MAX - 3 : STAGES_MAX - 4;
}

bool stages_may(const struct planner *planner, const struct work *work)
{
    const struct plan_input *input = planner->input;
    int64_t left_ms = input->need->deadline_ms - input->now_ms;
    return work->line.count > 1 && work->line.count <= STAGES_COUNT_MAX &&
           work->forced <= STAGES_PEOPLE_MAX / 2 &&
           left_ms > (STAGES_MIN - 1) * (int64_t)MINUTE_MS;
}

/* ---- people
 * ---------------------------------------------------------------------------- */

/* One more, who counts with P: MASS[top] = so many or more. */
static void add_one(struct nodes *restrict mass, uint32_t top,
                    const struct nodes *restrict p)
{
    struct nodes q;
    for (int m = 0; m < NODES; m++) {
        q.at[m] = 1.0 - p->at[m];
        mass[top].at[m] += mass[top - 1].at[m] * p->at[m];
    }
    for (uint32_t j = top - 1; j > 0; j--)
        for (int m = 0; m < NODES; m++)
            mass[j].at[m] = mass[j].at[m] * q.at[m] + mass[j - 1].at[m] * p->at[m];
    for (int m = 0; m < NODES; m++)
        mass[0].at[m] *= q.at[m];
}

/* P(b is the answer's share in time) of those who answer by the next look, and r. */
static void find_averages(struct stages *stages, uint32_t asked)
{
    const struct plan_input *input = stages->planner->input;
    const int64_t left_ms = input->need->deadline_ms - input->now_ms;
    const double f = response_model_replied(input->response, stages->step_ms);
    double early = 0.0, yes = 0.0;
    struct nodes late = {{0}}, silent = {{0}};
    for (uint32_t i = 0; i < asked; i++) {
        const struct rank *rank = &stages->work->ranks[i];
        const double comes = people_comes(input, rank->candidate),
                     x = stages->work->people[stages->work->pending + i].x;
        const double both = response_model_late_in_time(
            input->response, input->night, left_ms, rank->travel_ms, stages->step_ms);
        for (uint32_t m = 0; m < stages->common.count; m++) {
            const double a = common_a(&stages->common, m, x);
            late.at[m] += a * comes * both;
            silent.at[m] += 1.0 - a * f;
            yes += stages->common.weight[m] * a * f;
            early += stages->common.weight[m] * a * comes * (rank->p_in_time - both);
        }
    }
    stages->b = yes > 0.0 ? fmin(early / yes, 1.0) : 0.0;
    for (int m = 0; m < NODES; m++)
        stages->r.at[m] =
            silent.at[m] > 0.0 ? fmin(late.at[m] / silent.at[m], stages->b / 2.0) : 0.0;
}

/* Who said yes and is not there when others are is less likely to come: as much is known
 * at a look as if KAPPA of those who do not come were found missing and nothing were
 * known of the others. With RHO = P(there by then | in time) and b, KAPPA makes the
 * variance that is left the same: rho (1 - b) / (rho + b - 2 rho b). */
static void find_lost(struct stages *stages, uint32_t travel_ms)
{
    const struct plan_input *input = stages->planner->input;
    const int64_t left_ms = input->need->deadline_ms - input->now_ms;
    const double b = stages->b, in_time = response_model_in_time(
                                    input->response, input->night, left_ms, travel_ms);
    double before = 1.0;
    for (uint32_t s = 1; s < stages->stage_count; s++) {
        double rho = in_time > 0.0
                         ? response_model_in_time(input->response, input->night,
                                                  s * stages->step_ms, travel_ms) /
                               in_time
                         : 0.0;
        const double both = rho + b - 2.0 * rho * b;
        const double kappa = both > 0.0 ? rho * (1.0 - b) / both : 0.0;
        const double here = 1.0 - FOUND * (1.0 - b) * kappa;
        stages->lost[s] = fmax(1.0 - here / before, 0.0);
        before = fmin(here, before);
    }
    stages->b_end = fmin(b / before, 1.0);
    stages->kept[stages->stage_count - 1] = 1.0;
    for (uint32_t s = stages->stage_count - 1; s > 0; s--)
        stages->kept[s - 1] = stages->kept[s] * (1.0 - stages->lost[s]);
}

static double counted(const struct stages *stages, uint32_t s, uint32_t m, double q)
{
    const double r = stages->r.at[m], more = (stages->b_end - r) * stages->kept[s];
    double c = more > 0.0 ? (q - r) / more : 0.0;
    return c < 0.0 ? 0.0 : c < COUNTED_MAX ? c : COUNTED_MAX;
}

static void add_candidates(struct stages *stages)
{
    const struct plan_input *input = stages->planner->input;
    int64_t left_ms = input->need->deadline_ms - input->now_ms;
    for (uint32_t s = 0; s < stages->stage_count; s++, left_ms -= stages->step_ms)
        for (uint32_t i = 0; i < stages->people; i++) {
            const struct rank *rank = &stages->work->ranks[i];
            const double b = people_comes(input, rank->candidate) *
                             response_model_in_time(input->response, input->night,
                                                    left_ms, rank->travel_ms);
            const double x = stages->work->people[stages->work->pending + i].x;
            for (uint32_t m = 0; m < stages->common.count; m++)
                stages->counted[s][i].at[m] =
                    counted(stages, s, m, b * common_a(&stages->common, m, x));
        }
}

/* Somebody who was asked before and is there in the end with Q, with EARLY (a part of it)
 * because they count at the first look; what is left of Q is in H. Somebody who is nearly
 * sure to come is not waited for and is in H alone. The two parts are taken as
 * independent: their sum has the mean Q, and is 2 hardly ever. */
static void add_asked(struct stages *stages, struct nodes *held, const struct nodes *q,
                      const struct nodes *early)
{
    const double b = stages->b;
    struct nodes c = {{0}}, h = {{0}};
    for (uint32_t m = 0; m < stages->common.count; m++) {
        if (b > 0.0 && q->at[m] <= (1.0 + b) / 2.0)
            c.at[m] = fmin(early->at[m] / b, COUNTED_MAX);
        h.at[m] = fmin(fmax(q->at[m] - c.at[m] * b, 0.0), 1.0);
    }
    add_one(stages->pending, stages->yes_max, &c);
    add_one(held, stages->count, &h);
}

/* Those who hold seats and those who have not answered. */
static void add_there(struct stages *stages)
{
    const struct plan_input *input = stages->planner->input;
    const struct work *work = stages->work;
    struct nodes held[STAGES_COUNT_MAX + 1] = {{{0}}}, q = {{0}}, early = {{0}};
    for (int m = 0; m < NODES; m++)
        held[0].at[m] = stages->pending[0].at[m] = 1.0;
    for (uint32_t i = 0; i < work->line.held; i++) {
        for (int m = 0; m < NODES; m++)
            q.at[m] = work->line.held_b[i];
        add_asked(stages, held, &q, &q);
    }
    for (uint32_t i = 0; i < work->pending; i++) {
        const struct plan_pending *pending = &input->pending[work->pending_index[i]];
        const struct line_person *person = &work->people[i];
        const int64_t since = people_silent_ms(input, pending);
        double before = response_model_replied(input->response, since);
        double then = response_model_replied(input->response, since + stages->step_ms);
        double late =
            response_model_get_config(input->response)->comes *
            response_model_in_time_after(input->response, input->night,
                                         input->need->deadline_ms - pending->alerted_ms,
                                         pending->travel_ms, since + stages->step_ms);
        double f = before < 1.0 ? (then - before) / (1.0 - before) : 1.0;
        double soon = fmin(fmax(person->b - (1.0 - f) * late, 0.0), f * stages->b);
        for (uint32_t m = 0; m < stages->common.count; m++) {
            double a = person->share * common_a(&stages->common, m, person->x);
            q.at[m] = a * person->b;
            early.at[m] = a * soon;
        }
        add_asked(stages, held, &q, &early);
    }
    memcpy(stages->held, held, sizeof(stages->held));
}

/* ---- what does not depend on the price
 * --------------------------------------------------- */

static void choose_places(struct stages *stages)
{
    stages->place_count = 0;
    for (uint32_t n = 0; n <= stages->people && stages->place_count < PLACES_MAX;
         n += n < EVERY_ONE(stages->count)      ? 1
              : n < EVERY_SECOND(stages->count) ? 2
                                                : 4)
        stages->places[stages->place_count++] = n;
}

static void find_likely(struct stages *stages)
{
    struct nodes mass[YES_MAX + 1];
    uint32_t asked = 0;
    memcpy(mass, stages->pending, sizeof(mass));
    for (uint32_t g = 0; g < stages->place_count; g++) {
        for (; asked < stages->places[g]; asked++)
            add_one(mass, stages->yes_max, &stages->counted[0][asked]);
        for (uint32_t y = 0; y <= stages->yes_max; y++)
            for (uint32_t m = 0; m < NODES; m++)
                stages->likely[g][y].at[m] =
                    m < stages->common.count
                        ? stages->common.weight[m] * mass[y].at[m] + 1e-300
                        : 0.0;
    }
}

/* P(at least `count` in the end) with NUMBER asked of whom Y count, at node M: missing[j]
 * = P(fewer than count - j of the Y are in time). */
static void find_end(struct stages *stages)
{
    static const struct nodes NOBODY = {{0}};
    const uint32_t k = stages->count;
    double missing[YES_MAX + 1][STAGES_COUNT_MAX], mass[STAGES_COUNT_MAX + 1] = {1.0};
    const double b = stages->b_end;
    struct nodes rest[STAGES_PEOPLE_MAX + 1][STAGES_COUNT_MAX + 1];
    for (uint32_t y = 0; y <= stages->yes_max; y++) {
        double sum = 0.0;
        for (uint32_t u = 0; u < k; u++) {
            sum += mass[u];
            missing[y][k - 1 - u] = sum;
        }
        for (uint32_t u = k; u > 0; u--)
            mass[u] = mass[u] * (1.0 - b) + mass[u - 1] * b;
        mass[0] *= 1.0 - b;
    }
    memcpy(rest[0], stages->held, k * sizeof(rest[0][0]));
    rest[0][k] = NOBODY;
    for (uint32_t n = 1; n <= stages->people; n++) {
        memcpy(rest[n], rest[n - 1], sizeof(rest[n]));
        add_one(rest[n], k, &stages->r);
    }
    for (uint32_t g = 0; g < stages->place_count; g++)
        for (uint32_t y = 0; y <= stages->yes_max; y++) {
            const uint32_t n = stages->places[g] > y ? stages->places[g] - y : 0;
            struct nodes fails = {{0}};
            for (uint32_t j = 0; j < k; j++)
                for (int m = 0; m < NODES; m++)
                    fails.at[m] += rest[n][j].at[m] * missing[y][j];
            for (int m = 0; m < NODES; m++)
                stages->end[g][y].at[m] = 1.0 - fails.at[m];
        }
}

/* ---- backwards at one price
 * -------------------------------------------------------------- */

/* The wave from place FROM at a look: [place][d] = P(so many of it count), filled as far
 * as it was needed. */
struct wave {
    uint32_t from, made;
    struct nodes mass[PLACES_MAX][YES_MAX + 1];
};

static void begin_wave(struct wave *wave, uint32_t from, const struct nodes *mass,
                       uint32_t yes_max)
{
    wave->from = wave->made = from;
    memcpy(wave->mass[from], mass, (yes_max + 1) * sizeof(*mass));
}

static const struct nodes *wave_to(const struct stages *stages, uint32_t s,
                                   struct wave *wave, uint32_t to)
{
    for (; wave->made < to; wave->made++) {
        struct nodes *mass = wave->mass[wave->made + 1];
        memcpy(mass, wave->mass[wave->made], (stages->yes_max + 1) * sizeof(*mass));
        for (uint32_t i = stages->places[wave->made]; i < stages->places[wave->made + 1];
             i++)
            add_one(mass, stages->yes_max, &stages->counted[s][i]);
    }
    return wave->mass[to];
}

/* The mean of NEXT over d, from Y: those beyond the last y are in it. */
static struct nodes mean_of(const struct stages *stages, const struct nodes *mass,
                            const struct nodes *next, uint32_t y)
{
    const uint32_t top = stages->yes_max - y;
    struct nodes sum = {{0}}, rest;
    for (int m = 0; m < NODES; m++)
        rest.at[m] = 1.0;
    for (uint32_t d = 0; d < top; d++)
        for (int m = 0; m < NODES; m++) {
            sum.at[m] += mass[d].at[m] * next[y + d].at[m];
            rest.at[m] -= mass[d].at[m];
        }
    for (int m = 0; m < NODES; m++)
        sum.at[m] += rest.at[m] * next[stages->yes_max].at[m];
    return sum;
}

static double weighed(const struct nodes *weight, const struct nodes *value)
{
    double sum = 0.0;
    for (int m = 0; m < NODES; m++)
        sum += weight->at[m] * value->at[m];
    return sum;
}

static double sum_of(const struct nodes *weight)
{
    double sum = 0.0;
    for (int m = 0; m < NODES; m++)
        sum += weight->at[m];
    return sum;
}

/* The best place to go to from place G with Y, none before FROM. */
static uint32_t choose(const struct stages *stages, uint32_t s, struct wave *wave,
                       uint32_t y, uint32_t from, double price)
{
    const struct stage *next = &stages->stages[(s + 1) % 2];
    const struct nodes *weight = &stages->likely[wave->from][y];
    const uint32_t asked = stages->places[wave->from];
    const double sum = sum_of(weight);
    double most = weighed(weight, &next->value[wave->from][y]);
    uint32_t best = wave->from, worse = 0;
    for (uint32_t to = from > wave->from ? from : wave->from + 1;
         to < stages->place_count; to++) {
        const double alerts = stages->places[to] - asked;
        if (sum * (price - alerts) <= most)
            break; /* not even if that were certain */
        const struct nodes mean =
            mean_of(stages, wave_to(stages, s, wave, to), next->value[to], y);
        const double value = weighed(weight, &mean) - sum * alerts;
        if (value > most) {
            most = value;
            best = to;
            worse = 0;
        } else if (best > wave->from && ++worse == PATIENCE)
            break;
    }
    return best;
}

static void go_to(struct stages *stages, uint32_t s, struct wave *wave, uint32_t y,
                  uint32_t to)
{
    const struct stage *next = &stages->stages[(s + 1) % 2];
    struct stage *stage = &stages->stages[s % 2];
    const uint32_t from = wave->from;
    stages->choice[s][from][y] = (uint8_t)to;
    if (to == from) {
        stage->value[from][y] = next->value[from][y];
        stage->probability[from][y] = next->probability[from][y];
        return;
    }
    const double alerts = stages->places[to] - stages->places[from];
    const struct nodes *mass = wave_to(stages, s, wave, to);
    stage->value[from][y] = mean_of(stages, mass, next->value[to], y);
    stage->probability[from][y] = mean_of(stages, mass, next->probability[to], y);
    for (uint32_t m = 0; m < NODES; m++)
        stage->value[from][y].at[m] -= alerts;
}

/* Nobody counts: what a wave begins with. */
static void nothing(struct nodes *ret, uint32_t yes_max)
{
    memset(ret, 0, (yes_max + 1) * sizeof(*ret));
    for (int m = 0; m < NODES; m++)
        ret[0].at[m] = 1.0;
}

/* RET[l] = P(L of Y are found missing at look S); the last one: or more. */
static uint32_t missing_of(const struct stages *stages, uint32_t s, uint32_t y,
                           double ret[LOST_MAX + 1])
{
    const double p = stages->lost[s];
    uint32_t top = y < LOST_MAX ? y : LOST_MAX;
    double rest = 1.0;
    ret[0] = pow(1.0 - p, y);
    for (uint32_t l = 0; l < top; l++) {
        rest -= ret[l];
        ret[l + 1] = ret[l] * (y - l) / (l + 1) * p / (1.0 - p);
    }
    ret[top] = fmax(rest, 0.0);
    return top;
}

/* Before look S some of those who count are found missing: in place, the many first. */
static void lose_some(struct stages *stages, uint32_t s)
{
    struct stage *stage = &stages->stages[s % 2];
    double part[LOST_MAX + 1];
    if (stages->lost[s] < LOST_MIN)
        return;
    for (uint32_t y = stages->yes_max; y > 0; y--) {
        const uint32_t top = missing_of(stages, s, y, part);
        for (uint32_t g = 0; g < stages->place_count; g++) {
            struct nodes value = {{0}}, probability = {{0}};
            if (sum_of(&stages->likely[g][y]) < MASS_MIN)
                continue;
            for (uint32_t l = 0; l <= top; l++)
                for (int m = 0; m < NODES; m++) {
                    value.at[m] += part[l] * stage->value[g][y - l].at[m];
                    probability.at[m] += part[l] * stage->probability[g][y - l].at[m];
                }
            stage->value[g][y] = value;
            stage->probability[g][y] = probability;
        }
    }
}

static void make_stage(struct stages *stages, uint32_t s, double price, struct wave *wave)
{
    struct nodes none[YES_MAX + 1];
    nothing(none, stages->yes_max);
    for (uint32_t g = 0; g < stages->place_count; g++) {
        uint32_t to = g; /* the fewer yeses, the more are asked */
        begin_wave(wave, g, none, stages->yes_max);
        for (uint32_t y = stages->yes_max + 1; y-- > 0;) {
            if (sum_of(&stages->likely[g][y]) < MASS_MIN)
                to = g; /* hardly ever: nobody is asked */
            else
                to = choose(stages, s, wave, y, to > g ? to - 1 : g, price);
            go_to(stages, s, wave, y, to);
        }
    }
}

struct outcome {
    double probability, expected, price;
    uint32_t first; /* a place */
};

static void set_end(struct stages *stages, double price)
{
    struct stage *last = &stages->stages[stages->stage_count % 2];
    for (uint32_t g = 0; g < stages->place_count; g++)
        for (uint32_t y = 0; y <= stages->yes_max; y++) {
            last->probability[g][y] = stages->end[g][y];
            for (int m = 0; m < NODES; m++)
                last->value[g][y].at[m] = price * stages->end[g][y].at[m];
        }
}

/* The first wave, on top of those who were asked before. */
static void first_wave(const struct stages *stages, double price, struct wave *wave,
                       struct outcome *ret)
{
    const struct stage *next = &stages->stages[1];
    struct nodes weight = {{0}};
    double most = -INFINITY;
    memcpy(weight.at, stages->common.weight, stages->common.count * sizeof(double));
    begin_wave(wave, 0, stages->pending, stages->yes_max);
    for (uint32_t to = 0; to < stages->place_count; to++) {
        const struct nodes *mass = wave_to(stages, 0, wave, to);
        if (stages->places[to] < stages->work->forced)
            continue;
        const struct nodes value = mean_of(stages, mass, next->value[to], 0),
                           p = mean_of(stages, mass, next->probability[to], 0);
        const double worth = weighed(&weight, &value) - stages->places[to];
        if (worth <= most)
            continue;
        most = worth;
        *ret = (struct outcome){
            .probability = weighed(&weight, &p), .price = price, .first = to};
        ret->expected = price * ret->probability - worth;
    }
}

static void plan_at(struct stages *stages, double price, struct wave *wave,
                    struct outcome *ret)
{
    set_end(stages, price);
    for (uint32_t s = stages->stage_count - 1; s > 0; s--) {
        make_stage(stages, s, price, wave);
        lose_some(stages, s);
    }
    first_wave(stages, price, wave, ret);
}

/* ---- the plan
 * ------------------------------------------------------------------------ */

/* Forwards, look by look: [place][yes] = P(this is how it stands), in `value` of the two
 * stages. */
struct forecast {
    struct stage *here, *next;
    uint32_t first; /* the place after the first wave */
    double likely;  /* P of the likeliest way to the next wave */
    struct look_result *ret;
};

/* A wave of a later look is met with P: the next one, if none was met at an earlier look.
 */
static void note_wave(const struct stages *stages, struct forecast *forecast, uint32_t s,
                      bool is_next, uint32_t from, uint32_t to, double p)
{
    struct look_result *ret = forecast->ret;
    const uint32_t later = stages->places[to] - stages->places[forecast->first];
    if (to == from)
        return;
    ret->most = later > ret->most ? later : ret->most;
    if (!is_next)
        return;
    ret->after_ms = s * stages->step_ms;
    ret->chance += p;
    if (p <= forecast->likely)
        return;
    forecast->likely = p;
    ret->likely = stages->places[to] - stages->places[from];
}

/* Those of a wave who count are added to Y. */
static void spread_from(const struct stages *stages, const struct forecast *forecast,
                        const struct nodes *mass, uint32_t g, uint32_t y, uint32_t to)
{
    const struct nodes *from = &forecast->here->value[g][y];
    for (uint32_t d = 0; d <= stages->yes_max; d++) {
        const uint32_t then = y + d < stages->yes_max ? y + d : stages->yes_max;
        struct nodes *at = &forecast->next->value[to][then];
        for (int m = 0; m < NODES; m++)
            at->at[m] += from->at[m] * mass[d].at[m];
    }
}

/* As lose_some, forwards. */
static void foresee_lost(const struct stages *stages, uint32_t s, struct stage *here)
{
    double part[LOST_MAX + 1];
    for (uint32_t y = 1; y <= stages->yes_max; y++) {
        const uint32_t top = missing_of(stages, s, y, part);
        for (uint32_t g = 0; g < stages->place_count; g++) {
            const struct nodes all = here->value[g][y];
            here->value[g][y] = (struct nodes){{0}};
            for (uint32_t l = 0; l <= top; l++)
                for (int m = 0; m < NODES; m++)
                    here->value[g][y - l].at[m] += part[l] * all.at[m];
        }
    }
}

static void foresee_look(struct stages *stages, struct forecast *forecast, uint32_t s,
                         struct wave *wave)
{
    const bool is_next = forecast->ret->chance <= 0.0;
    struct nodes none[YES_MAX + 1];
    nothing(none, stages->yes_max);
    memset(forecast->next->value, 0, sizeof(forecast->next->value));
    for (uint32_t g = forecast->first; g < stages->place_count; g++) {
        begin_wave(wave, g, none, stages->yes_max);
        for (uint32_t y = 0; y <= stages->yes_max; y++) {
            const double p = sum_of(&forecast->here->value[g][y]);
            const uint32_t to = stages->choice[s][g][y];
            if (p < MASS_MIN)
                continue;
            spread_from(stages, forecast, wave_to(stages, s, wave, to), g, y, to);
            note_wave(stages, forecast, s, is_next, g, to, p);
        }
    }
}

/* The next wave that may come, and how many are asked at most. */
static void foresee(struct stages *stages, const struct outcome *outcome,
                    struct wave *wave, struct look_result *ret)
{
    struct forecast forecast = {&stages->stages[0], &stages->stages[1], outcome->first,
                                0.0, ret};
    struct nodes *here = forecast.here->value[outcome->first];
    memset(forecast.here->value, 0, sizeof(forecast.here->value));
    begin_wave(wave, 0, stages->pending, stages->yes_max);
    const struct nodes *mass = wave_to(stages, 0, wave, outcome->first);
    for (uint32_t y = 0; y <= stages->yes_max; y++)
        for (uint32_t m = 0; m < stages->common.count; m++)
            here[y].at[m] = stages->common.weight[m] * mass[y].at[m];
    for (uint32_t s = 1; s < stages->stage_count; s++) {
        foresee_lost(stages, s, forecast.here);
        foresee_look(stages, &forecast, s, wave);
        struct stage *kept = forecast.here;
        forecast.here = forecast.next;
        forecast.next = kept;
    }
}

/* The looks: when most answers are there, or later, if that leaves time for as many as
 * can be planned. Nobody is asked when they would hardly be there in time any more. */
static bool choose_looks(struct stages *stages, uint32_t asked)
{
    const struct plan_input *input = stages->planner->input;
    const int64_t left_ms = input->need->deadline_ms - input->now_ms;
    const uint32_t travel_ms = stages->work->ranks[asked / 2].travel_ms;
    const double enough =
        IN_TIME_PART *
        response_model_in_time(input->response, input->night, left_ms, travel_ms);
    int64_t minutes = 1, useful = left_ms / MINUTE_MS;
    while (useful > 0 &&
           response_model_in_time(input->response, input->night,
                                  left_ms - useful * MINUTE_MS, travel_ms) < enough)
        useful--;
    for (; minutes < STAGE_MINUTES_MAX; minutes++) {
        double f = response_model_replied(input->response, minutes * MINUTE_MS);
        if (f >= REPLIED_ALL ||
            (f >= REPLIED_ENOUGH && minutes * (stages_of(stages->count) - 1) >= useful))
            break;
    }
    stages->step_ms = minutes * MINUTE_MS;
    useful = useful / minutes + 1;
    stages->stage_count =
        useful < stages_of(stages->count) ? (uint32_t)useful : stages_of(stages->count);
    return stages->stage_count >= STAGES_MIN;
}

static int begin(struct stages *stages, struct planner *planner, struct work *work,
                 const struct look_wish *wish)
{
    const uint32_t known = work->line.people_count - work->pending;
    uint32_t most = LOOK_REACH * wish->one_wave + work->line.count;
    stages->planner = planner;
    stages->work = work;
    stages->count = work->line.count;
    uint32_t sure = 0;
    for (uint32_t i = 0; i < work->line.held; i++)
        sure += work->line.held_b[i] >= COUNTED_MAX;
    const uint32_t missing = sure < work->line.count ? work->line.count - sure : 1;
    stages->yes_max = missing + SURE_EXTRA + missing / 2;
    most = most < STAGES_PEOPLE_MAX ? most : STAGES_PEOPLE_MAX;
    stages->people = most < known ? most : known;
    if (stages->people == 0)
        return ST_NOT_FOUND;
    common_init(&stages->common, planner->common.mean, planner->common.rho, NODES);
    people_observe(planner->input, &stages->common);
    const uint32_t asked =
        wish->one_wave < stages->people ? wish->one_wave : stages->people;
    if (!choose_looks(stages, asked > 0 ? asked : 1))
        return ST_NOT_FOUND;
    find_averages(stages, asked > 0 ? asked : 1);
    find_lost(stages, work->ranks[asked / 2].travel_ms);
    add_candidates(stages);
    add_there(stages);
    choose_places(stages);
    find_likely(stages);
    find_end(stages);
    return ST_OK;
}

/* The smallest price that reaches the target, and what it chooses. */
static bool find_outcome(struct stages *stages, const struct look_wish *wish,
                         struct wave *wave, struct outcome *ret)
{
    struct price_search search;
    bool more = true;
    price_begin(&search, wish->target, wish->guess);
    while (more) {
        struct outcome outcome;
        plan_at(stages, search.price, wave, &outcome);
        if (outcome.probability >= wish->target) {
            *ret = outcome;
            memcpy(stages->best, stages->choice, sizeof(stages->best));
        }
        more = price_next(&search, outcome.probability);
    }
    memcpy(stages->choice, stages->best, sizeof(stages->choice));
    return search.high > 0.0;
}

int stages_plan(struct planner *planner, struct work *work, const struct look_wish *wish,
                struct look_result *ret)
{
    AUTO_FREE struct stages *stages = mem_calloc(1, sizeof(*stages));
    AUTO_FREE struct wave *wave = mem_calloc(1, sizeof(*wave));
    struct outcome outcome;
    if (stages == NULL || wave == NULL)
        return ST_NO_MEMORY;
    int status = begin(stages, planner, work, wish);
    if (status < 0)
        return status;
    if (wish->price > 0.0)
        plan_at(stages, wish->price, wave, &outcome);
    else if (!find_outcome(stages, wish, wave, &outcome))
        return ST_NOT_FOUND;
    *ret =
        (struct look_result){.first = stages->places[outcome.first],
                             .after_ms = stages->step_ms,
                             .expected = outcome.expected - stages->places[outcome.first],
                             .probability = outcome.probability,
                             .price = outcome.price};
    foresee(stages, &outcome, wave, ret);
    ret->expected = ret->expected > 0.0 ? ret->expected : 0.0;
    return ST_OK;
}
