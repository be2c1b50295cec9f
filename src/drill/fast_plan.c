/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan is told of holders, pending people and candidates is what dispatch/scheme.c
 * would gather from the rows, in the same order. */
#include "base/mem.h"
#include "base/status.h"
#include "dispatch/scheme.h"
#include "drill/fast_internal.h"

#include <math.h>
#include <string.h>

#define BURDEN_MS 604800000.0 /* 168 hours */

/* ---- who can be asked
 * -------------------------------------------------------------------- */

static bool can_ask(const struct fast *fast, uint32_t need, uint32_t person, bool quiet)
{
    const struct known_person *known = &fast->people[person];
    return !known->busy && (known->asked >> need & 1) == 0 &&
           known->attempts < fast->scenario->weekly_cap &&
           !(quiet && fast->world.people[person].quiet);
}

static bool applies_quiet(const struct fast *fast, uint32_t need, bool night)
{
    return night && (fast->scenario->needs[need].lift & LIFT_QUIET) == 0;
}

static int make_room(struct fast *fast, uint32_t wanted)
{
    if (wanted <= fast->room)
        return ST_OK;
    uint32_t room = 2 * wanted;
    mem_free(fast->candidates);
    mem_free(fast->holders);
    mem_free(fast->pending);
    mem_free(fast->answers);
    mem_free(fast->invited_ms);
    fast->candidates = mem_calloc(room, sizeof *fast->candidates);
    fast->holders = mem_calloc(room, sizeof *fast->holders);
    fast->pending = mem_calloc(room, sizeof *fast->pending);
    fast->answers = mem_calloc(room, sizeof *fast->answers);
    fast->invited_ms = mem_calloc(room, sizeof *fast->invited_ms);
    bool ok = fast->candidates != NULL && fast->holders != NULL &&
              fast->pending != NULL && fast->answers != NULL && fast->invited_ms != NULL;
    fast->room = ok ? room : 0;
    return ok ? ST_OK : ST_NO_MEMORY;
}

/* ---- our own policy
 * ---------------------------------------------------------------------- */

static uint32_t gather_holders(struct fast *fast, uint32_t need)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < fast->seat_count; i++) {
        const struct call *call = &fast->calls[fast->seats[i]];
        if (call->need != need || call->state < IS_ASSIGNED || call->state > IS_ON_SCENE)
            continue;
        bool arrived = call->state == IS_ON_SCENE;
        const struct learn_forecast expected =
            world_forecast(&fast->world, need, call->person, call->travel_ms);
        fast->holders[count++] = (struct plan_holder){
            .line = call->line,
            .lines = arrived ? 0 : call->lines,
            .count = 1,
            .travel_ms = expected.way_ms,
            .comes = expected.comes,
            .accepted_ms = call->accepted_ms,
            .left_ms = call->left_ms,
            .arrived = arrived,
        };
    }
    return count;
}

static uint32_t gather_pending(struct fast *fast, uint32_t need)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < fast->call_count; i++) {
        const struct call *call = &fast->calls[i];
        if (call->need != need || call->state != IS_PENDING)
            continue;
        const struct learn_forecast expected =
            world_forecast(&fast->world, need, call->person, call->travel_ms);
        fast->pending[count++] = (struct plan_pending){
            .line = call->invited,
            .lines = call->lines,
            .travel_ms = expected.travel_ms,
            .comes = expected.comes,
            .alerted_ms = call->alerted_ms,
            .p_accept = call->p_accept,
            .reach = fast->now_ms - call->alerted_ms > SCHEME_UNREAD_AFTER_MS
                         ? PLAN_UNREAD
                         : PLAN_REACH_UNKNOWN,
        };
    }
    return count;
}

/* How people answered in this call-out. */
static uint32_t gather_answers(struct fast *fast, uint32_t need)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < fast->call_count; i++) {
        const struct call *call = &fast->calls[i];
        bool yes = call->state == IS_LATE || call->state >= IS_ASSIGNED;
        if (call->need == need &&
            (yes || call->state == IS_DECLINED || call->state == IS_NO_ANSWER))
            fast->answers[count++] =
                (struct plan_answer){.p_accept = call->p_accept, .yes = yes};
    }
    return count;
}

/* As crowd/nearest.c: each alert of the run, fading over a week. */
static double burden_of(const struct fast *fast, uint32_t person)
{
    const struct known_person *known = &fast->people[person];
    int64_t ages_ms = known->attempts * fast->now_ms - known->sum_ms;
    return (double)(float)(known->attempts - (double)ages_ms / BURDEN_MS);
}

/* How many of each line are to be asked for, and were met: as the crowd is asked line by
 * line. */
struct asking {
    uint32_t asked[SCENARIO_LINES_MAX], met[SCENARIO_LINES_MAX];
};

/* The lines of LINES for which the person is among those asked. */
static uint32_t count_in(struct asking *asking, uint32_t lines)
{
    uint32_t in = 0;
    for (uint32_t i = 0; lines >> i != 0; i++)
        if ((lines >> i & 1) != 0 && asking->met[i] < asking->asked[i]) {
            asking->met[i]++;
            in |= 1u << i;
        }
    return in;
}

static bool has_all(const struct asking *asking, uint32_t line_count)
{
    for (uint32_t i = 0; i < line_count; i++)
        if (asking->met[i] < asking->asked[i])
            return false;
    return true;
}

/* The nearest who can be asked, so many of each line; fewer if there are no more. */
static uint32_t gather_candidates(struct fast *fast, uint32_t need, bool night,
                                  struct asking *asking)
{
    uint32_t count = 0, person, ms, lines = fast->scenario->needs[need].line_count;
    bool quiet = applies_quiet(fast, need, night);
    int64_t left_ms = fast->needs[need].deadline_ms - fast->now_ms;
    double messages = 1.0 + 0.5 * (fast->scenario->channel_count - 1);
    memset(asking->met, 0, sizeof asking->met);
    for (uint32_t i = 0;
         !has_all(asking, lines) && world_nearest(&fast->world, need, i, &person, &ms);
         i++) {
        if (fast->policy->in_time_min > 0 &&
            response_model_in_time(fast->model, night, left_ms, ms) <
                fast->policy->in_time_min)
            break; /* nobody farther away would be in time */
        if (!can_ask(fast, need, person, quiet))
            continue;
        uint32_t in = count_in(asking, world_lines(&fast->world, need, person));
        if (in == 0)
            continue;
        struct learn_forecast forecast = world_forecast(&fast->world, need, person, ms);
        fast->invited_ms[count] = ms;
        fast->candidates[count++] = (struct plan_candidate){
            .id = (int64_t)person + 1,
            .lines = in,
            .travel_ms = forecast.travel_ms,
            .p_accept = forecast.accept,
            .comes = forecast.comes,
            .answers = forecast.asked,
            .messages = messages,
            .first = (fast->people[person].said_yes >> need & 1) != 0,
            .burden = burden_of(fast, person)};
    }
    return count;
}

/* As in dispatch/scheme.c: asks for more of the lines that used up what they got. */
static bool wants_more(const struct fast *fast, const struct plan_input *input,
                       const struct plan *plan, struct asking *asking)
{
    bool more = false;
    if (plan->target_reached || input->candidate_count == 0)
        return false;
    double in_time = response_model_in_time(input->response, input->night,
                                            input->need->deadline_ms - input->now_ms,
                                            fast->invited_ms[input->candidate_count - 1]);
    for (uint32_t i = 0; i < input->need->line_count; i++) {
        bool helps =
            plan->lines[i].short_of_people &&
            (input->need->reserve < 0 || plan->lines[i].alerts == plan->lines[i].free);
        if (asking->met[i] < asking->asked[i] || !helps || in_time < PLAN_IN_TIME_MIN ||
            asking->asked[i] >= SCHEME_CANDIDATES_MAX)
            continue;
        asking->asked[i] *= SCHEME_ASK_FACTOR;
        asking->asked[i] = asking->asked[i] < SCHEME_CANDIDATES_MAX
                               ? asking->asked[i]
                               : SCHEME_CANDIDATES_MAX;
        more = true;
    }
    return more;
}

static uint32_t sum(const struct asking *asking, uint32_t line_count)
{
    uint32_t ret = 0;
    for (uint32_t i = 0; i < line_count; i++)
        ret += asking->asked[i];
    return ret;
}

static int make_plan(struct fast *fast, uint32_t index, struct plan *ret)
{
    const struct scenario_need *need = &fast->scenario->needs[index];
    struct callout_now *callout = &fast->needs[index];
    double target = fast->policy->target > 0 ? fast->policy->target : need->target;
    struct plan_need wanted = {.line_count = need->line_count,
                               .reserve = need->reserve,
                               .target = target,
                               .deadline_ms = callout->deadline_ms};
    const bool night = scenario_is_quiet(fast->now_ms);
    struct asking asking = {0};
    for (uint32_t i = 0; i < need->line_count; i++) {
        wanted.counts[i] = need->lines[i].count;
        asking.asked[i] =
            SCHEME_FIRST_ASKED +
            SCHEME_PER_SEAT * (need->lines[i].count +
                               (need->reserve > 0 ? (uint32_t)need->reserve : 0));
    }
    *ret = (struct plan){0};
    for (;;) {
        uint32_t asked = sum(&asking, need->line_count);
        uint32_t most = asked < fast->world.count ? asked : fast->world.count;
        int status =
            make_room(fast, (most > fast->call_count ? most : fast->call_count) + 1);
        if (status < 0)
            return status;
        const struct plan_input input = {
            .need = &wanted,
            .response = fast->model,
            .now_ms = fast->now_ms,
            .night = night,
            .candidate_count = gather_candidates(fast, index, night, &asking),
            .candidates = fast->candidates,
            .holder_count = gather_holders(fast, index),
            .holders = fast->holders,
            .pending_count = gather_pending(fast, index),
            .pending = fast->pending,
            .answer_count = gather_answers(fast, index),
            .answers = fast->answers,
            .price = callout->price > 0 ? callout->price : fast->policy->price,
            .brief = true};
        plan_release(ret);
        status = plan_make(&input, ret);
        if (status < 0 || !wants_more(fast, &input, ret, &asking))
            return status;
    }
}

/* As src/loop/wave.c: seats already taken stay. */
static void set_reserves(struct fast *fast, uint32_t need, const struct plan *plan)
{
    struct callout_now *callout = &fast->needs[need];
    for (uint32_t i = 0; i < fast->scenario->needs[need].line_count; i++) {
        int32_t taken = (int32_t)callout->holding[i] -
                        (int32_t)fast->scenario->needs[need].lines[i].count;
        callout->reserve[i] =
            plan->lines[i].reserve > taken ? plan->lines[i].reserve : taken;
    }
}

static void plan_ours(struct fast *fast, uint32_t need)
{
    struct callout_now *callout = &fast->needs[need];
    struct drill_outcome *outcome = &fast->outcomes[need];
    struct plan plan;
    fast->status = make_plan(fast, need, &plan);
    if (fast->status == ST_OK) {
        double target = fast->policy->target > 0 ? fast->policy->target
                                                 : fast->scenario->needs[need].target;
        if (isnan(outcome->told.first))
            outcome->target_reached = plan.target_reached;
        told_add(&outcome->told, plan.probability);
        set_reserves(fast, need, &plan);
        callout->target_holds = plan.probability_held >= target;
        callout->replan_ms = plan.next_due_ms;
        callout->price = plan.price;
        callout->planned_ms = fast->now_ms;
        const uint32_t count = fast_has_all_seats(fast, need) ? 0 : plan.people_count;
        outcome->waves += count > 0;
        for (uint32_t i = 0; i < count; i++) {
            const struct plan_person *planned = &plan.people[i];
            const struct plan_candidate *candidate =
                &fast->candidates[planned->candidate];
            fast_alert(fast, &(struct fast_invitation){
                                 need, (uint32_t)(candidate->id - 1), planned->line,
                                 candidate->lines, fast->invited_ms[planned->candidate],
                                 planned->p_accept});
        }
        fast_settle(fast, need);
    }
    plan_release(&plan);
}

/* ---- the others
 * -------------------------------------------------------------------------- */

/* The nearest of one line; whoever is alerted for it is not asked for the next. */
static uint32_t ask_line(struct fast *fast, uint32_t need, uint32_t line)
{
    const struct callout_now *callout = &fast->needs[need];
    const struct scenario_need *of = &fast->scenario->needs[need];
    const struct policy_view view = {.since_ms = fast->now_ms - callout->start_ms,
                                     .alerted = callout->alerted[line],
                                     .open = callout->open[line],
                                     .holding = callout->holding[line],
                                     .count = of->lines[line].count,
                                     .whole = of->count};
    uint32_t wanted = policy_wanted(fast->policy, &view), person, ms, sent = 0;
    uint32_t ms_max = policy_ms_max(fast->policy, fast->scenario);
    bool quiet = applies_quiet(fast, need, scenario_is_quiet(fast->now_ms));
    for (uint32_t i = 0;
         sent < wanted && world_nearest(&fast->world, need, i, &person, &ms) &&
         ms <= ms_max;
         i++) {
        uint32_t lines = world_lines(&fast->world, need, person);
        if ((lines >> line & 1) == 0 || !can_ask(fast, need, person, quiet))
            continue;
        double accept = world_forecast(&fast->world, need, person, ms).accept;
        fast_alert(fast,
                   &(struct fast_invitation){need, person, line, lines, ms, accept});
        sent++;
    }
    return sent;
}

static void plan_by_rule(struct fast *fast, uint32_t need)
{
    struct callout_now *callout = &fast->needs[need];
    uint32_t sent = 0;
    callout->replan_ms = 0;
    for (uint32_t i = 0; callout->active && i < fast->scenario->needs[need].line_count;
         i++)
        sent += ask_line(fast, need, i);
    fast->outcomes[need].waves += sent > 0;
    if (callout->active)
        callout->planned_ms = fast->now_ms;
}

void fast_plan(struct fast *fast, uint32_t need)
{
    if (fast->policy->rule == POLICY_OURS)
        plan_ours(fast, need);
    else
        plan_by_rule(fast, need);
}
