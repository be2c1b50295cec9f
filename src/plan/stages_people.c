/* SPDX-License-Identifier: Apache-2.0 */
/* Many waves: when to look, and who counts when; nothing of it depends on the price. What
 * the figures mean is said in stages.c. */
#include "plan/stages_internal.h"

#include "base/status.h"

#include <math.h>
#include <string.h>

#define MINUTE_MS 60000
#define STAGE_MINUTES_MAX 5
#define REPLIED_ENOUGH 0.8 /* of the answers, at the next look; */
#define REPLIED_ALL 0.99   /* or if there is time */
#define IN_TIME_PART 0.5   /* of the chance to be in time that is left at the last look */
#define FEW 4              /* wanted: then all is finer */
/* How many are asked: each number up to this, then each 2nd, each 4th, each 8th. */
#define EVERY_ONE(count) ((count) <= FEW ? 12u : 8u)
#define EVERY_SECOND(count) ((count) <= FEW ? 36u : 24u)
#define EVERY_FOURTH 96u
/* Whoever is asked later is found missing later than those asked now, and their chance to
 * be in time is not seen before the end: so much is taken off for that (test_look.c). */
#define FOUND 0.9
#define COUNTED_MAX (1.0 - 1e-9)

/* How many looks, so that a plan is made in time. */
static uint32_t stages_of(uint32_t count)
{
    return count <= FEW ? STAGES_MAX : count <= 8 ? STAGES_MAX - 3 : STAGES_MAX - 4;
}

static bool is_possible(const struct planner *planner, const struct work *work)
{
    const struct plan_input *input = planner->input;
    int64_t left_ms = input->need->deadline_ms - input->now_ms;
    return work->line.count <= STAGES_COUNT_MAX &&
           work->forced <= STAGES_PEOPLE_MAX / 2 &&
           left_ms > (STAGES_MIN - 1) * (int64_t)MINUTE_MS;
}

bool stages_may(const struct planner *planner, const struct work *work)
{
    return work->line.count > 1 && is_possible(planner, work);
}

/* ---- people
 * ---------------------------------------------------------------------------- */

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
    stages_add(stages->pending, stages->yes_max, &c);
    stages_add(held, stages->count, &h);
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
            people_comes_of(input, pending->comes) *
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

static uint32_t step_from(const struct stages *stages, uint32_t asked)
{
    return asked < EVERY_ONE(stages->count)      ? 1
           : asked < EVERY_SECOND(stages->count) ? 2
           : asked < EVERY_FOURTH                ? 4
                                                 : 8;
}

static void choose_places(struct stages *stages)
{
    stages->place_count = 0;
    for (uint32_t n = 0; n <= stages->people && stages->place_count < PLACES_MAX;
         n += step_from(stages, n))
        stages->places[stages->place_count++] = n;
}

static void find_likely(struct stages *stages)
{
    struct nodes mass[YES_MAX + 1];
    uint32_t asked = 0;
    memcpy(mass, stages->pending, sizeof(mass));
    for (uint32_t g = 0; g < stages->place_count; g++) {
        for (; asked < stages->places[g]; asked++)
            stages_add(mass, stages->yes_max, &stages->counted[0][asked]);
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
        stages_add(rest[n], k, &stages->r);
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

/* ---- the whole
 */
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

int stages_begin(struct stages *stages, struct planner *planner, struct work *work,
                 uint32_t one_wave)
{
    const uint32_t known = work->line.people_count - work->pending;
    uint32_t most = LOOK_REACH * one_wave + work->line.count;
    stages->planner = planner;
    stages->work = work;
    stages->count = work->line.count;
    uint32_t sure = 0;
    for (uint32_t i = 0; i < work->line.held; i++)
        sure += work->line.held_b[i] >= COUNTED_MAX;
    const uint32_t missing = sure < work->line.count ? work->line.count - sure : 1;
    stages->yes_max = missing + STAGES_SURE_EXTRA + missing / 2;
    most = most < STAGES_PEOPLE_MAX ? most : STAGES_PEOPLE_MAX;
    stages->people = most < known ? most : known;
    if (stages->people == 0 || !is_possible(planner, work))
        return ST_NOT_FOUND;
    common_init(&stages->common, planner->common.mean, planner->common.rho, NODES);
    people_observe(planner->input, &stages->common);
    const uint32_t asked = one_wave < stages->people ? one_wave : stages->people;
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
