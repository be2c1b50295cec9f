/* SPDX-License-Identifier: Apache-2.0 */
/* An agenda of what people will do; after each thing done the call-outs that want it are
 * planned again. */
#include "drill/fast.h"

#include "base/mem.h"
#include "base/status.h"
#include "drill/fast_internal.h"
#include "loop/loop.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define PAUSE_MS 250 /* as in dispatch/planner.h */

/* ---- life
 * -------------------------------------------------------------------------------- */

int fast_new(struct fast **ret, const struct scenario *scenario, uint64_t seed)
{
    struct fast *fast = mem_calloc(1, sizeof *fast);
    if (fast == NULL)
        return ST_NO_MEMORY;
    fast->scenario = scenario;
    fast->people = mem_calloc(world_people_max(scenario), sizeof *fast->people);
    int status = fast->people == NULL ? ST_NO_MEMORY : ST_OK;
    if (status == ST_OK)
        status = world_init(&fast->world, scenario, seed);
    if (status == ST_OK)
        status = response_model_new(&fast->model, &scenario->planner);
    if (status < 0) {
        fast_free(fast);
        return status;
    }
    *ret = fast;
    return ST_OK;
}

void fast_free(struct fast *fast)
{
    if (fast == NULL)
        return;
    world_release(&fast->world);
    response_model_free(fast->model);
    agenda_release(&fast->agenda);
    mem_free(fast->people);
    mem_free(fast->calls);
    mem_free(fast->seats);
    mem_free(fast->candidates);
    mem_free(fast->holders);
    mem_free(fast->pending);
    mem_free(fast->answers);
    mem_free(fast->invited_ms);
    mem_free(fast);
}

/* ---- small things
 * ------------------------------------------------------------------------ */

static void add(struct fast *fast, enum agenda_kind kind, int64_t at_ms, uint32_t need,
                uint32_t call)
{
    if (fast->status == ST_OK && at_ms != OUTCOME_NEVER)
        fast->status =
            agenda_add(&fast->agenda, &(struct agenda_item){at_ms, kind, need, call});
}

static void want_replan(struct fast *fast, uint32_t need)
{
    if (fast->needs[need].active)
        fast->needs[need].replan_ms = fast->now_ms;
}

static int64_t since_incident(const struct fast *fast, uint32_t need)
{
    const struct scenario *scenario = fast->scenario;
    return fast->now_ms - scenario->start_ms -
           scenario->incidents[scenario->needs[need].incident].minute_ms;
}

/* ---- alerts
 * ------------------------------------------------------------------------------ */

void fast_alert(struct fast *fast, const struct fast_invitation *invitation)
{
    uint32_t need = invitation->need, person = invitation->person;
    struct known_person *known = &fast->people[person];
    struct callout_now *callout = &fast->needs[need];
    struct drill_outcome *outcome = &fast->outcomes[need];
    if (fast->status == ST_OK)
        fast->status = mem_grow(&fast->calls, &fast->call_capacity, fast->call_count + 1,
                                sizeof *fast->calls, FAST_ALERTS_MAX);
    if (fast->status < 0)
        return;
    uint32_t index = fast->call_count++;
    struct call *call = &fast->calls[index];
    *call = (struct call){.need = need,
                          .person = person,
                          .state = IS_PENDING,
                          .line = invitation->line,
                          .invited = invitation->line,
                          .lines = invitation->lines | 1u << invitation->line,
                          .travel_ms = invitation->travel_ms,
                          .p_accept = (double)(float)invitation->p_accept,
                          .alerted_ms = fast->now_ms};
    world_answer(&fast->world,
                 &(struct world_alert){need, person, known->attempts,
                                       invitation->travel_ms, fast->now_ms},
                 &call->answer);
    known->attempts++;
    known->sum_ms += fast->now_ms;
    known->asked |= 1u << need;
    known->busy = true;
    callout->alerted[call->invited]++;
    callout->open[call->invited]++;
    outcome->alerts++;
    if (fast->counter != NULL)
        fast->counter->on_alert(fast->counter->context, need, person);
    bool undelivered;
    int64_t start_ms = fast->scenario->start_ms;
    int64_t seen = world_seen_ms(fast->scenario, fast->now_ms - start_ms,
                                 call->answer.lost, &undelivered);
    if (undelivered) {
        call->state = IS_VOID;
        known->busy = false;
        callout->open[call->invited]--;
        outcome->undelivered++;
        want_replan(fast, need);
        return;
    }
    if (seen != INT64_MAX && (call->answer.accepts || call->answer.declines))
        add(fast, AGENDA_REPLY, start_ms + seen + call->answer.delay_ms, need, index);
    add(fast, AGENDA_NO_ANSWER, fast->now_ms + fast->scenario->no_answer_ms, need, index);
}

static void let_go(struct fast *fast, struct call *call)
{
    struct drill_outcome *outcome = &fast->outcomes[call->need];
    struct known_person *known = &fast->people[call->person];
    if (call->state == IS_LATE) /* they may be busy elsewhere */
        known->said_yes |= 1u << call->need;
    else
        known->busy = false;
    switch (call->state) {
    case IS_PENDING:
        fast->needs[call->need].open[call->invited]--;
        outcome->stood_down++;
        /* fall through */
    case IS_LATE:
        call->state = IS_STOOD_DOWN;
        known->asked &= ~(1u << call->need);
        return;
    case IS_EN_ROUTE:
        outcome->needless++;
        /* fall through */
    case IS_ASSIGNED:
        fast->needs[call->need].holding[call->line]--;
        call->state = IS_GONE;
        return;
    default:
        assert(!"nobody to let go");
    }
}

static void stand_down_unanswered(struct fast *fast, uint32_t need)
{
    for (uint32_t i = 0; i < fast->call_count; i++) {
        struct call *call = &fast->calls[i];
        if (call->need == need && (call->state == IS_PENDING || call->state == IS_LATE))
            let_go(fast, call);
    }
    fast->needs[need].replan_ms = 0;
}

static void stand_down_assigned(struct fast *fast, uint32_t need)
{
    for (uint32_t i = 0; i < fast->call_count; i++) {
        struct call *call = &fast->calls[i];
        if (call->need == need &&
            (call->state == IS_ASSIGNED || call->state == IS_EN_ROUTE))
            let_go(fast, call);
    }
}

static bool is_met(const struct fast *fast, uint32_t need)
{
    const struct scenario_need *of = &fast->scenario->needs[need];
    for (uint32_t i = 0; i < of->line_count; i++)
        if (fast->needs[need].on_scene[i] < of->lines[i].count)
            return false;
    return true;
}

bool fast_has_all_seats(const struct fast *fast, uint32_t need)
{
    const struct scenario_need *of = &fast->scenario->needs[need];
    const struct callout_now *callout = &fast->needs[need];
    for (uint32_t i = 0; i < of->line_count; i++)
        if (callout->holding[i] < of->lines[i].count + (uint32_t)callout->reserve[i])
            return false;
    return true;
}

void fast_settle(struct fast *fast, uint32_t need)
{
    struct callout_now *callout = &fast->needs[need];
    bool met = is_met(fast, need);
    bool is_filled = met || callout->target_holds || fast_has_all_seats(fast, need);
    if (callout->met)
        return; /* nobody leaves the scene in a drill */
    if (callout->active && is_filled) {
        callout->active = false;
        callout->filled = true;
        stand_down_unanswered(fast, need);
    } else if (callout->filled && !is_filled) {
        callout->filled = false;
        callout->active = true;
        want_replan(fast, need);
    }
    if (callout->filled && met) {
        callout->met = true;
        stand_down_assigned(fast, need);
    }
}

/* ---- what people do
 * ---------------------------------------------------------------------- */

/* Contact is lost with who does not leave, or does not arrive, or not before that. */
static void watch(struct fast *fast, uint32_t index)
{
    const struct call *call = &fast->calls[index];
    int64_t moves_ms = call->arrives_ms;
    if (call->state == IS_ASSIGNED)
        moves_ms =
            call->answer.comes ? call->accepted_ms + call->answer.turnout_ms : INT64_MAX;
    if (moves_ms > call->lost_ms)
        add(fast, AGENDA_LOST, call->lost_ms, call->need, index);
}

/* As src/loop/assignment.c; what comes after twice the way, or the deadline. */
static int64_t lost_at(const struct fast *fast, const struct call *call)
{
    struct loop_config loop;
    loop_config_default(&loop);
    const int64_t left_ms = fast->needs[call->need].deadline_ms - fast->now_ms;
    int64_t ms = 2 * (int64_t)call->travel_ms;
    if (call->travel_ms == LOOP_NO_WAY_MS)
        ms = left_ms > 0 ? left_ms : 0;
    return fast->now_ms + ms + loop.overdue_extra_ms + loop.lost_after_call_ms;
}

static void take_seat(struct fast *fast, uint32_t index, int32_t line)
{
    struct call *call = &fast->calls[index];
    struct callout_now *callout = &fast->needs[call->need];
    struct drill_outcome *outcome = &fast->outcomes[call->need];
    fast->status = mem_grow(&fast->seats, &fast->seat_capacity, fast->seat_count + 1,
                            sizeof *fast->seats, FAST_ALERTS_MAX);
    if (fast->status < 0)
        return;
    fast->seats[fast->seat_count++] = index;
    call->state = IS_ASSIGNED;
    call->line = (uint32_t)line;
    call->accepted_ms = fast->now_ms;
    fast->people[call->person].busy = true;
    callout->holding[line]++;
    outcome->accepted++;
    if (outcome->first_yes_ms == OUTCOME_NEVER)
        outcome->first_yes_ms = since_incident(fast, call->need);
    if (call->answer.comes)
        add(fast, AGENDA_DEPART, fast->now_ms + call->answer.turnout_ms, call->need,
            index);
    call->lost_ms = lost_at(fast, call);
    watch(fast, index);
}

static void reply(struct fast *fast, uint32_t index)
{
    struct call *call = &fast->calls[index];
    struct callout_now *callout = &fast->needs[call->need];
    bool was_pending = call->state == IS_PENDING;
    if (!was_pending && call->state != IS_NO_ANSWER)
        return; /* stood down: their page says so, nobody answers any more */
    int32_t line = -1;
    struct drill_outcome *outcome = &fast->outcomes[call->need];
    if (was_pending)
        callout->open[call->invited]--;
    else
        outcome->no_answer--;
    if (call->answer.accepts && callout->active &&
        (was_pending || !fast->people[call->person].busy))
        line = fast_take_seat(fast, index);
    if (!call->answer.accepts) {
        outcome->declined++;
        call->state = IS_DECLINED;
    } else if (line >= 0) {
        take_seat(fast, index, line);
        want_replan(fast, call->need);
        fast_settle(fast, call->need);
        return;
    } else {
        outcome->late++;
        call->state = IS_LATE;
    }
    if (was_pending) {
        fast->people[call->person].busy = false;
        want_replan(fast, call->need);
    }
}

static void arrive(struct fast *fast, struct call *call)
{
    struct callout_now *callout = &fast->needs[call->need];
    struct drill_outcome *outcome = &fast->outcomes[call->need];
    const struct scenario_line *line =
        &fast->scenario->needs[call->need].lines[call->line];
    call->state = IS_ON_SCENE;
    callout->on_scene[call->line]++;
    outcome->needless += callout->on_scene[call->line] > line->count;
    if (outcome->arrived++ == 0)
        outcome->first_ms = since_incident(fast, call->need);
    if (outcome->count_ms == OUTCOME_NEVER && is_met(fast, call->need))
        outcome->count_ms = since_incident(fast, call->need);
    want_replan(fast, call->need);
    fast_settle(fast, call->need);
}

static void no_answer(struct fast *fast, struct call *call)
{
    if (call->state != IS_PENDING)
        return;
    call->state = IS_NO_ANSWER;
    fast->people[call->person].busy = false;
    fast->needs[call->need].open[call->invited]--;
    fast->outcomes[call->need].no_answer++;
    want_replan(fast, call->need);
}

/* As src/loop/seats.c: a seat is free again. */
static void let_late_be_asked(struct fast *fast, uint32_t need)
{
    if (!fast->needs[need].active && !fast->needs[need].filled)
        return;
    for (uint32_t i = 0; i < fast->call_count; i++)
        if (fast->calls[i].need == need && fast->calls[i].state == IS_LATE)
            let_go(fast, &fast->calls[i]);
}

static void lose(struct fast *fast, struct call *call)
{
    struct callout_now *callout = &fast->needs[call->need];
    if ((call->state != IS_ASSIGNED && call->state != IS_EN_ROUTE) ||
        call->lost_ms != fast->now_ms)
        return;
    call->state = IS_LOST;
    callout->holding[call->line]--;
    callout->target_holds = false;
    fast->outcomes[call->need].lost++;
    let_late_be_asked(fast, call->need);
    want_replan(fast, call->need);
    fast_settle(fast, call->need);
}

static void depart(struct fast *fast, uint32_t index)
{
    struct call *call = &fast->calls[index];
    if (call->state != IS_ASSIGNED)
        return;
    call->state = IS_EN_ROUTE;
    call->left_ms = fast->now_ms;
    struct learn_forecast way =
        world_forecast(&fast->world, call->need, call->person, call->travel_ms);
    call->arrives_ms =
        fast->now_ms + (int64_t)((double)way.travel_ms * call->answer.travel);
    add(fast, AGENDA_ARRIVE, call->arrives_ms, call->need, index);
    call->lost_ms = lost_at(fast, call);
    watch(fast, index);
}

/* dispatch/retime.c and src/loop/callout.c: who was alerted and has not arrived counts
 * with the way that is open now, and is called overdue, and lost, as it says; who is
 * under way never sooner. True if somebody who said yes comes later, or after all. */
static bool retime(struct fast *fast, uint32_t index)
{
    struct call *call = &fast->calls[index];
    struct loop_config loop;
    loop_config_default(&loop);
    const uint32_t before_ms = call->travel_ms;
    uint32_t ms = world_travel_ms(&fast->world, call->need, call->person);
    ms = ms == WORLD_UNREACHABLE ? LOOP_NO_WAY_MS : ms;
    call->travel_ms = ms;
    const int64_t later = 2 * ((int64_t)ms - before_ms);
    const bool was_none = before_ms == LOOP_NO_WAY_MS, none = ms == LOOP_NO_WAY_MS;
    if (call->state == IS_EN_ROUTE && ms != before_ms)
        call->left_ms = fast->now_ms;
    const bool is_other = call->state != IS_PENDING && ms != before_ms &&
                          (none || was_none || ms >= before_ms + LOOP_DETOUR_MS);
    int64_t soonest_ms = fast->now_ms + loop.lost_after_call_ms;
    if (ms == before_ms || call->state == IS_PENDING || none ||
        call->lost_ms < soonest_ms)
        return is_other;
    const bool has_left = call->state == IS_EN_ROUTE;
    const int64_t lost_ms =
        has_left || was_none ? lost_at(fast, call) : call->lost_ms + later;
    if (has_left && !was_none && call->lost_ms > soonest_ms)
        soonest_ms = call->lost_ms;
    call->lost_ms = lost_ms < soonest_ms ? soonest_ms : lost_ms;
    watch(fast, index);
    return is_other;
}

/* As src/loop/callout.c: the seats are taken by people who may come too late now. */
static void doubt(struct fast *fast, struct callout_now *callout)
{
    if (!callout->filled || callout->met || fast->now_ms >= callout->deadline_ms)
        return;
    callout->target_holds = callout->filled = false;
    callout->active = true;
}

static void change_roads(struct fast *fast, uint32_t need)
{
    struct callout_now *callout = &fast->needs[need];
    bool changed = false, is_other = false;
    fast->status = world_set_roads(&fast->world, need,
                                   fast->now_ms - fast->scenario->start_ms, &changed);
    if (!changed || (!callout->active && !callout->filled))
        return;
    for (uint32_t i = 0; i < fast->call_count; i++) {
        const struct call *call = &fast->calls[i];
        if (call->need == need &&
            (call->state == IS_PENDING || call->state == IS_ASSIGNED ||
             call->state == IS_EN_ROUTE))
            is_other |= retime(fast, i);
    }
    if (is_other)
        doubt(fast, callout);
    want_replan(fast, need);
}

/* Who came to a need that is cancelled is released, and can be asked elsewhere. */
static void release_arrived(struct fast *fast, uint32_t need)
{
    for (uint32_t i = 0; i < fast->call_count; i++)
        if (fast->calls[i].need == need && fast->calls[i].state == IS_ON_SCENE)
            fast->people[fast->calls[i].person].busy = false;
}

/* The dispatcher ends it: too late now. */
static void end_need(struct fast *fast, uint32_t need)
{
    struct callout_now *callout = &fast->needs[need];
    callout->active = callout->filled = false;
    callout->over = true;
    stand_down_unanswered(fast, need);
    stand_down_assigned(fast, need);
    if (!callout->met)
        release_arrived(fast, need);
}

/* ---- a run
 * ------------------------------------------------------------------------------- */

static void start_need(struct fast *fast, uint32_t need)
{
    struct callout_now *callout = &fast->needs[need];
    callout->started = callout->active = true;
    callout->start_ms = fast->now_ms;
    for (uint32_t i = 0; fast->policy->reserve >= 0 && i < SCENARIO_LINES_MAX; i++)
        callout->reserve[i] = fast->policy->reserve;
    for (uint32_t i = 1; i < fast->policy->phases; i++)
        add(fast, AGENDA_PHASE, fast->now_ms + fast->policy->phase[i].at_ms, need, i);
    want_replan(fast, need);
}

static void happen(struct fast *fast, const struct agenda_item *item)
{
    uint32_t row = (uint32_t)item->row;
    if (fast->needs[item->need].over)
        return;
    switch (item->kind) {
    case AGENDA_ROADS:
        change_roads(fast, item->need);
        return;
    case AGENDA_START:
        start_need(fast, item->need);
        return;
    case AGENDA_REPLY:
        reply(fast, row);
        return;
    case AGENDA_DEPART:
        depart(fast, row);
        return;
    case AGENDA_ARRIVE:
        if (fast->calls[row].state == IS_EN_ROUTE)
            arrive(fast, &fast->calls[row]);
        return;
    case AGENDA_NO_ANSWER:
        no_answer(fast, &fast->calls[row]);
        return;
    case AGENDA_LOST:
        lose(fast, &fast->calls[row]);
        return;
    case AGENDA_PHASE:
        want_replan(fast, item->need);
        return;
    case AGENDA_DEADLINE:
        end_need(fast, item->need);
        return;
    }
}

/* The call-out to be planned next, and when; need_count = none. */
static uint32_t next_plan(const struct fast *fast, int64_t *ret_ms)
{
    uint32_t found = fast->scenario->need_count;
    *ret_ms = INT64_MAX;
    for (uint32_t i = 0; i < fast->scenario->need_count; i++) {
        const struct callout_now *callout = &fast->needs[i];
        if (!callout->active || callout->replan_ms == 0)
            continue;
        int64_t due = callout->replan_ms;
        if (fast->policy->rule == POLICY_OURS && due < callout->planned_ms + PAUSE_MS)
            due = callout->planned_ms + PAUSE_MS;
        if (due < *ret_ms) {
            *ret_ms = due;
            found = i;
        }
    }
    return found;
}

/* When roads change while the call-out runs. */
static void add_roads(struct fast *fast, uint32_t need)
{
    const struct scenario *scenario = fast->scenario;
    for (uint32_t i = 0; i < scenario->closure_count; i++) {
        const int64_t at_ms[] = {scenario->closures[i].from_ms,
                                 scenario->closures[i].to_ms};
        for (size_t k = 0; k < COUNT_OF(at_ms); k++)
            if (scenario_changes_roads(&scenario->needs[need], at_ms[k]))
                add(fast, AGENDA_ROADS, scenario->start_ms + at_ms[k], need, 0);
    }
}

static void begin(struct fast *fast, uint64_t run)
{
    const struct scenario *scenario = fast->scenario;
    for (uint32_t i = 0; i < fast->call_count; i++)
        fast->people[fast->calls[i].person] = (struct known_person){0};
    fast->call_count = fast->seat_count = 0;
    agenda_clear(&fast->agenda);
    fast->status = world_set_run(&fast->world, run);
    for (uint32_t i = 0; i < scenario->need_count; i++) {
        fast->needs[i] = (struct callout_now){
            .deadline_ms = scenario->start_ms + scenario->needs[i].deadline_ms};
        fast->outcomes[i] = (struct drill_outcome){.first_ms = OUTCOME_NEVER,
                                                   .count_ms = OUTCOME_NEVER,
                                                   .first_yes_ms = OUTCOME_NEVER,
                                                   .told.first = NAN};
        add(fast, AGENDA_START, scenario->start_ms + scenario->needs[i].start_ms, i, 0);
        add(fast, AGENDA_DEADLINE, fast->needs[i].deadline_ms, i, 0);
        add_roads(fast, i);
    }
}

int fast_run(struct fast *fast, uint64_t run, const struct policy *policy,
             struct drill_outcome *ret, const struct outcome_counter *counter)
{
    fast->policy = policy;
    fast->counter = counter;
    fast->outcomes = ret;
    begin(fast, run);
    while (fast->status == ST_OK) {
        int64_t plan_ms;
        uint32_t need = next_plan(fast, &plan_ms);
        const struct agenda_item *first = agenda_first(&fast->agenda);
        if (first == NULL && plan_ms == INT64_MAX)
            break;
        if (first != NULL && first->at_ms <= plan_ms) {
            struct agenda_item item = *first;
            agenda_drop(&fast->agenda);
            fast->now_ms = item.at_ms;
            happen(fast, &item);
        } else {
            fast->now_ms = plan_ms;
            fast_plan(fast, need);
        }
    }
    return fast->status;
}
