/* SPDX-License-Identifier: Apache-2.0 */
/* An agenda of what people will do; after each thing done the call-outs that want it are
 * planned again. What a plan is told of holders, pending people and candidates is what
 * dispatch/scheme.c would gather from the rows, in the same order. */
#include "drill/fast.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "drill/agenda.h"
#include "drill/policy.h"
#include "drill/world.h"
#include "loop/loop.h"
#include "plan/plan.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* As in dispatch/scheme.c and dispatch/planner.h. */
#define FIRST_ASKED 64
#define PER_SEAT 6
#define ASK_FACTOR 4
#define IN_TIME_MIN 0.001
#define UNREAD_AFTER_MS 60000
#define PAUSE_MS 250
#define BURDEN_MS 604800000.0 /* 168 hours */

#define ALERTS_MAX (SCENARIO_PEOPLE_MAX * SCENARIO_NEEDS_MAX * 4)

enum alert_is {
    IS_PENDING,
    IS_DECLINED,
    IS_NO_ANSWER,
    IS_VOID,
    IS_LATE,
    IS_STOOD_DOWN, /* unanswered or late, and let go: may be asked anew */
    IS_ASSIGNED,
    IS_EN_ROUTE,
    IS_ON_SCENE,
    IS_LOST,
    IS_GONE, /* had a seat and was let go */
};

struct call {
    uint32_t need, person;
    enum alert_is state;
    uint32_t travel_ms;
    double p_accept;
    int64_t alerted_ms, accepted_ms, left_ms;
    struct world_answer answer;
};

struct callout_now {
    bool started, active, filled, met, over;
    bool target_holds;
    int32_t reserve;
    uint32_t holding, on_scene, open, alerted;
    int64_t start_ms, deadline_ms;
    int64_t replan_ms; /* 0 = not */
    int64_t planned_ms;
    double price; /* of the newest plan */
};

struct known_person {
    uint32_t attempts; /* alerts of this run */
    int64_t sum_ms;    /* of their times */
    uint32_t asked;    /* bit per need: not to be asked again */
    bool busy;         /* pending or assigned somewhere */
};

struct fast {
    const struct scenario *scenario;
    struct world world;
    struct response_model *model;
    const struct policy *policy;
    const struct outcome_counter *counter;
    struct drill_outcome *outcomes;
    struct agenda agenda;
    int64_t now_ms;
    int status;

    struct callout_now needs[SCENARIO_NEEDS_MAX];
    struct known_person *people;
    struct call *calls; /* in the order in which they were alerted */
    uint32_t call_count, call_capacity;
    uint32_t *seats; /* calls, in the order of their yes */
    uint32_t seat_count, seat_capacity;

    struct plan_candidate *candidates; /* and whom they are, for one plan */
    struct plan_holder *holders;
    struct plan_pending *pending;
    struct plan_answer *answers;
    uint32_t room; /* of the four */
};

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
    mem_free(fast);
}

uint32_t fast_people(const struct fast *fast)
{
    return fast->world.count;
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

static void alert(struct fast *fast, uint32_t need, uint32_t person, uint32_t travel_ms)
{
    struct known_person *known = &fast->people[person];
    struct callout_now *callout = &fast->needs[need];
    struct drill_outcome *outcome = &fast->outcomes[need];
    if (fast->status == ST_OK)
        fast->status = mem_grow(&fast->calls, &fast->call_capacity, fast->call_count + 1,
                                sizeof *fast->calls, ALERTS_MAX);
    if (fast->status < 0)
        return;
    uint32_t index = fast->call_count++;
    struct call *call = &fast->calls[index];
    *call = (struct call){.need = need,
                          .person = person,
                          .state = IS_PENDING,
                          .travel_ms = travel_ms,
                          .p_accept = (double)(float)fast->scenario->planner.accept,
                          .alerted_ms = fast->now_ms};
    world_answer(&fast->world,
                 &(struct world_alert){need, person, known->attempts, fast->now_ms},
                 &call->answer);
    known->attempts++;
    known->sum_ms += fast->now_ms;
    known->asked |= 1u << need;
    known->busy = true;
    callout->alerted++;
    callout->open++;
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
        callout->open--;
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
    if (call->state != IS_LATE) /* who was late may be busy elsewhere */
        fast->people[call->person].busy = false;
    switch (call->state) {
    case IS_PENDING:
        fast->needs[call->need].open--;
        outcome->stood_down++;
        /* fall through */
    case IS_LATE:
        call->state = IS_STOOD_DOWN;
        fast->people[call->person].asked &= ~(1u << call->need);
        return;
    case IS_EN_ROUTE:
        outcome->needless++;
        /* fall through */
    case IS_ASSIGNED:
        fast->needs[call->need].holding--;
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

/* What follows from seats and plans: src/loop/seats.c, settle_need. */
static void settle(struct fast *fast, uint32_t need)
{
    struct callout_now *callout = &fast->needs[need];
    uint32_t count = fast->scenario->needs[need].count;
    bool is_met = callout->on_scene >= count;
    bool is_filled = is_met || callout->target_holds ||
                     callout->holding >= count + (uint32_t)callout->reserve;
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
    if (callout->filled && is_met) {
        callout->met = true;
        stand_down_assigned(fast, need);
    }
}

/* ---- what people do
 * ---------------------------------------------------------------------- */

static void take_seat(struct fast *fast, uint32_t index)
{
    struct call *call = &fast->calls[index];
    struct callout_now *callout = &fast->needs[call->need];
    struct drill_outcome *outcome = &fast->outcomes[call->need];
    struct loop_config loop;
    loop_config_default(&loop);
    fast->status = mem_grow(&fast->seats, &fast->seat_capacity, fast->seat_count + 1,
                            sizeof *fast->seats, ALERTS_MAX);
    if (fast->status < 0)
        return;
    fast->seats[fast->seat_count++] = index;
    call->state = IS_ASSIGNED;
    call->accepted_ms = fast->now_ms;
    fast->people[call->person].busy = true;
    callout->holding++;
    outcome->accepted++;
    if (outcome->first_yes_ms == OUTCOME_NEVER)
        outcome->first_yes_ms = since_incident(fast, call->need);
    if (call->answer.comes)
        add(fast, AGENDA_DEPART, fast->now_ms + call->answer.turnout_ms, call->need,
            index);
    else
        add(fast, AGENDA_LOST,
            fast->now_ms + 2 * (int64_t)call->travel_ms + loop.overdue_extra_ms +
                loop.lost_after_call_ms,
            call->need, index);
}

static void reply(struct fast *fast, uint32_t index)
{
    struct call *call = &fast->calls[index];
    struct callout_now *callout = &fast->needs[call->need];
    bool was_pending = call->state == IS_PENDING;
    if (!was_pending && call->state != IS_NO_ANSWER)
        return; /* stood down: their page says so, nobody answers any more */
    uint32_t seats = fast->scenario->needs[call->need].count + (uint32_t)callout->reserve;
    struct drill_outcome *outcome = &fast->outcomes[call->need];
    if (was_pending)
        callout->open--;
    else
        outcome->no_answer--;
    if (!call->answer.accepts) {
        outcome->declined++;
        call->state = IS_DECLINED;
    } else if (callout->active && callout->holding < seats &&
               (was_pending || !fast->people[call->person].busy)) {
        take_seat(fast, index);
        want_replan(fast, call->need);
        settle(fast, call->need);
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
    uint32_t count = fast->scenario->needs[call->need].count;
    call->state = IS_ON_SCENE;
    callout->on_scene++;
    outcome->arrived++;
    outcome->needless += callout->on_scene > count;
    if (callout->on_scene == 1)
        outcome->first_ms = since_incident(fast, call->need);
    if (callout->on_scene == count)
        outcome->count_ms = since_incident(fast, call->need);
    want_replan(fast, call->need);
    settle(fast, call->need);
}

static void no_answer(struct fast *fast, struct call *call)
{
    if (call->state != IS_PENDING)
        return;
    call->state = IS_NO_ANSWER;
    fast->people[call->person].busy = false;
    fast->needs[call->need].open--;
    fast->outcomes[call->need].no_answer++;
    want_replan(fast, call->need);
}

static void lose(struct fast *fast, struct call *call)
{
    struct callout_now *callout = &fast->needs[call->need];
    if (call->state != IS_ASSIGNED)
        return;
    call->state = IS_LOST;
    callout->holding--;
    callout->target_holds = false;
    fast->outcomes[call->need].lost++;
    want_replan(fast, call->need);
    settle(fast, call->need);
}

static void depart(struct fast *fast, uint32_t index)
{
    struct call *call = &fast->calls[index];
    if (call->state != IS_ASSIGNED)
        return;
    call->state = IS_EN_ROUTE;
    call->left_ms = fast->now_ms;
    add(fast, AGENDA_ARRIVE,
        fast->now_ms + (int64_t)((double)call->travel_ms * call->answer.travel),
        call->need, index);
}

/* The dispatcher ends it: too late now. */
static void end_need(struct fast *fast, uint32_t need)
{
    struct callout_now *callout = &fast->needs[need];
    callout->active = callout->filled = false;
    callout->over = true;
    stand_down_unanswered(fast, need);
    stand_down_assigned(fast, need);
}

/* ---- who can be asked
 * -------------------------------------------------------------------- */

static bool can_ask(const struct fast *fast, uint32_t need, uint32_t person, bool quiet)
{
    const struct known_person *known = &fast->people[person];
    return !known->busy && (known->asked >> need & 1) == 0 &&
           known->attempts < fast->scenario->weekly_cap &&
           !(quiet && fast->world.people[person].quiet);
}

static bool applies_quiet(const struct fast *fast, uint32_t need)
{
    return (fast->scenario->needs[need].lift & LIFT_QUIET) == 0 &&
           scenario_is_quiet(fast->now_ms);
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
    fast->candidates = mem_calloc(room, sizeof *fast->candidates);
    fast->holders = mem_calloc(room, sizeof *fast->holders);
    fast->pending = mem_calloc(room, sizeof *fast->pending);
    fast->answers = mem_calloc(room, sizeof *fast->answers);
    bool ok = fast->candidates != NULL && fast->holders != NULL &&
              fast->pending != NULL && fast->answers != NULL;
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
        fast->holders[count++] = (struct plan_holder){
            .count = 1,
            .travel_ms = call->travel_ms,
            .accepted_ms = call->accepted_ms,
            .left_ms = call->left_ms,
            .arrived = call->state == IS_ON_SCENE,
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
        fast->pending[count++] = (struct plan_pending){
            .travel_ms = call->travel_ms,
            .alerted_ms = call->alerted_ms,
            .p_accept = call->p_accept,
            .reach = fast->now_ms - call->alerted_ms > UNREAD_AFTER_MS
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

/* The nearest ASKED who can be asked; fewer if there are no more. */
static uint32_t gather_candidates(struct fast *fast, uint32_t need, uint32_t asked)
{
    uint32_t count = 0, person, ms;
    bool quiet = applies_quiet(fast, need), night = scenario_is_quiet(fast->now_ms);
    int64_t left_ms = fast->needs[need].deadline_ms - fast->now_ms;
    double messages = 1.0 + 0.5 * (fast->scenario->channel_count - 1);
    for (uint32_t i = 0;
         count < asked && world_nearest(&fast->world, need, i, &person, &ms); i++) {
        if (fast->policy->in_time_min > 0 &&
            response_model_in_time(fast->model, night, left_ms, ms) <
                fast->policy->in_time_min)
            break; /* nobody farther away would be in time */
        if (can_ask(fast, need, person, quiet))
            fast->candidates[count++] =
                (struct plan_candidate){.id = (int64_t)person + 1,
                                        .lines = 1,
                                        .travel_ms = ms,
                                        .p_accept = fast->scenario->planner.accept,
                                        .messages = messages,
                                        .burden = burden_of(fast, person)};
    }
    return count;
}

static bool wants_more(const struct plan_input *input, const struct plan *plan,
                       uint32_t asked)
{
    if (plan->target_reached || input->candidate_count == 0)
        return false;
    double in_time = response_model_in_time(
        input->response, input->night, input->need->deadline_ms - input->now_ms,
        input->candidates[input->candidate_count - 1].travel_ms);
    bool helps =
        plan->lines[0].short_of_people &&
        (input->need->reserve < 0 || plan->lines[0].alerts == plan->lines[0].free);
    return input->candidate_count >= asked && helps && in_time >= IN_TIME_MIN &&
           asked < SCENARIO_PEOPLE_MAX;
}

static int make_plan(struct fast *fast, uint32_t index, struct plan *ret)
{
    const struct scenario_need *need = &fast->scenario->needs[index];
    struct callout_now *callout = &fast->needs[index];
    double target = fast->policy->target > 0 ? fast->policy->target : need->target;
    const struct plan_need wanted = {.line_count = 1,
                                     .counts = {need->count},
                                     .reserve = need->reserve,
                                     .target = target,
                                     .deadline_ms = callout->deadline_ms};
    uint32_t asked =
        FIRST_ASKED +
        PER_SEAT * (need->count + (need->reserve > 0 ? (uint32_t)need->reserve : 0));
    *ret = (struct plan){0};
    for (;;) {
        uint32_t most = asked > fast->call_count ? asked : fast->call_count;
        int status = make_room(fast, most + 1);
        if (status < 0)
            return status;
        const struct plan_input input = {
            .need = &wanted,
            .response = fast->model,
            .now_ms = fast->now_ms,
            .night = scenario_is_quiet(fast->now_ms),
            .candidate_count = gather_candidates(fast, index, asked),
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
        if (status < 0 || !wants_more(&input, ret, asked))
            return status;
        asked *= ASK_FACTOR;
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
        if (isnan(outcome->promised)) {
            outcome->promised = plan.probability;
            outcome->target_reached = plan.target_reached;
        }
        int32_t taken =
            (int32_t)callout->holding - (int32_t)fast->scenario->needs[need].count;
        callout->reserve = plan.lines[0].reserve > taken ? plan.lines[0].reserve : taken;
        callout->target_holds = plan.probability_held >= target;
        callout->replan_ms = plan.next_due_ms;
        callout->price = plan.price;
        callout->planned_ms = fast->now_ms;
        outcome->waves += plan.people_count > 0;
        for (uint32_t i = 0; i < plan.people_count; i++) {
            const struct plan_candidate *candidate =
                &fast->candidates[plan.people[i].candidate];
            alert(fast, need, (uint32_t)(candidate->id - 1), candidate->travel_ms);
        }
        settle(fast, need);
    }
    plan_release(&plan);
}

/* ---- the others
 * -------------------------------------------------------------------------- */

static void plan_by_rule(struct fast *fast, uint32_t need)
{
    struct callout_now *callout = &fast->needs[need];
    const struct policy_view view = {.since_ms = fast->now_ms - callout->start_ms,
                                     .alerted = callout->alerted,
                                     .open = callout->open,
                                     .holding = callout->holding};
    callout->replan_ms = 0;
    if (!callout->active)
        return;
    uint32_t wanted = policy_wanted(fast->policy, &view), person, ms, sent = 0;
    uint32_t ms_max = policy_ms_max(fast->policy, fast->scenario);
    bool quiet = applies_quiet(fast, need);
    for (uint32_t i = 0;
         sent < wanted && world_nearest(&fast->world, need, i, &person, &ms) &&
         ms <= ms_max;
         i++)
        if (can_ask(fast, need, person, quiet)) {
            alert(fast, need, person, ms);
            sent++;
        }
    fast->outcomes[need].waves += sent > 0;
    callout->planned_ms = fast->now_ms;
}

static void plan_need(struct fast *fast, uint32_t need)
{
    if (fast->policy->rule == POLICY_OURS)
        plan_ours(fast, need);
    else
        plan_by_rule(fast, need);
}

/* ---- a run
 * ------------------------------------------------------------------------------- */

static void start_need(struct fast *fast, uint32_t need)
{
    struct callout_now *callout = &fast->needs[need];
    callout->started = callout->active = true;
    callout->start_ms = fast->now_ms;
    if (fast->policy->reserve >= 0)
        callout->reserve = fast->policy->reserve;
    for (uint32_t i = 1; i < fast->policy->phases; i++)
        add(fast, AGENDA_PHASE, fast->now_ms + fast->policy->phase[i].at_ms, need, i);
    plan_need(fast, need);
}

static void happen(struct fast *fast, const struct agenda_item *item)
{
    uint32_t row = (uint32_t)item->row;
    if (fast->needs[item->need].over)
        return;
    switch (item->kind) {
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

static void begin(struct fast *fast, uint64_t run)
{
    const struct scenario *scenario = fast->scenario;
    for (uint32_t i = 0; i < fast->call_count; i++)
        fast->people[fast->calls[i].person] = (struct known_person){0};
    fast->call_count = fast->seat_count = 0;
    agenda_clear(&fast->agenda);
    world_set_run(&fast->world, run);
    for (uint32_t i = 0; i < scenario->need_count; i++) {
        fast->needs[i] = (struct callout_now){
            .deadline_ms = scenario->start_ms + scenario->needs[i].deadline_ms};
        fast->outcomes[i] = (struct drill_outcome){.first_ms = OUTCOME_NEVER,
                                                   .count_ms = OUTCOME_NEVER,
                                                   .first_yes_ms = OUTCOME_NEVER,
                                                   .promised = NAN};
        add(fast, AGENDA_START, scenario->start_ms + scenario->needs[i].start_ms, i, 0);
        add(fast, AGENDA_DEADLINE, fast->needs[i].deadline_ms, i, 0);
    }
}

int fast_run(struct fast *fast, uint64_t run, const struct policy *policy,
             struct drill_outcome *ret, const struct outcome_counter *counter)
{
    fast->policy = policy;
    fast->counter = counter;
    fast->outcomes = ret;
    fast->status = ST_OK;
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
            plan_need(fast, need);
        }
    }
    return fast->status;
}
