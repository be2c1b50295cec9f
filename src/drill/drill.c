/* SPDX-License-Identifier: Apache-2.0 */
/* Runs outside, policies inside: so the differences between policies are taken run by
 * run, and their intervals are those of paired samples. */
#include "drill/drill.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/status.h"
#include "drill/engine.h"
#include "drill/world.h"

#include <math.h>
#include <string.h>

const char *drill_change_code(enum drill_change change)
{
    static const char *const CODES[] = {
        "button_at_once",   "channels_up",  "roads_open",  "two_minutes_more",
        "half_more_people", "quiet_lifted", "planner_told"};
    return CODES[change];
}

/* ---- counting
 * ---------------------------------------------------------------------------- */

static void count_numbers(struct drill_tally *tally, const struct drill_outcome *outcome)
{
    mean_add(&tally->alerts, outcome->alerts);
    mean_add(&tally->waves, outcome->waves);
    mean_add(&tally->accepted, outcome->accepted);
    mean_add(&tally->late, outcome->late);
    mean_add(&tally->declined, outcome->declined);
    mean_add(&tally->no_answer, outcome->no_answer);
    mean_add(&tally->stood_down, outcome->stood_down);
    mean_add(&tally->undelivered, outcome->undelivered);
    mean_add(&tally->arrived, outcome->arrived);
    mean_add(&tally->needless, outcome->needless);
    mean_add(&tally->lost, outcome->lost);
    times_add(&tally->first, outcome->first_ms);
    times_add(&tally->count, outcome->count_ms);
}

static void count_one(struct drill_tally *tally, const struct drill_outcome *outcome)
{
    bool filled = outcome->count_ms != OUTCOME_NEVER;
    tally->runs++;
    tally->filled += filled;
    count_numbers(tally, outcome);
    told_count(&tally->told, &outcome->told, filled);
}

/* The needs of a run as one: the first who comes anywhere, the last count that is full.
 */
static void add_up(const struct drill_outcome *outcomes, uint32_t count,
                   struct drill_outcome *ret)
{
    *ret = outcomes[0];
    ret->told = (struct told_run){.first = NAN}; /* that of one need */
    for (uint32_t i = 1; i < count; i++) {
        const struct drill_outcome *one = &outcomes[i];
        ret->first_ms = one->first_ms < ret->first_ms ? one->first_ms : ret->first_ms;
        ret->count_ms = one->count_ms > ret->count_ms ? one->count_ms : ret->count_ms;
        ret->alerts += one->alerts;
        ret->waves += one->waves;
        ret->undelivered += one->undelivered;
        ret->accepted += one->accepted;
        ret->late += one->late;
        ret->declined += one->declined;
        ret->no_answer += one->no_answer;
        ret->stood_down += one->stood_down;
        ret->arrived += one->arrived;
        ret->needless += one->needless;
        ret->lost += one->lost;
    }
}

static void count_by_person(void *context, uint32_t need, uint32_t person)
{
    const struct drill_policy *policy = context;
    (void)need;
    if (policy->by_person != NULL)
        policy->by_person[person]++;
}

static void take(struct drill_policy *policy, const struct drill_outcome *outcomes,
                 uint32_t needs, struct drill_outcome *ret_whole)
{
    for (uint32_t i = 0; i < needs; i++)
        count_one(&policy->tallies[i], &outcomes[i]);
    add_up(outcomes, needs, ret_whole);
    count_one(&policy->tallies[needs], ret_whole);
}

static void compare(const struct drill *drill, const struct drill_outcome *wholes)
{
    if (drill->ours == drill->policy_count)
        return;
    const struct drill_outcome *ours = &wholes[drill->ours];
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        struct drill_tally *tally =
            &drill->policies[i].tallies[drill->scenario->need_count];
        mean_add(&tally->more_alerts, (double)wholes[i].alerts - (double)ours->alerts);
        mean_add(&tally->more_filled, (double)(wholes[i].count_ms != OUTCOME_NEVER) -
                                          (double)(ours->count_ms != OUTCOME_NEVER));
    }
}

static int check_stop(const struct drill_options *options)
{
    return options->stop != NULL && atomic_load(options->stop) ? ST_BUSY : ST_OK;
}

static bool is_enough(const struct drill_options *options, uint32_t runs)
{
    if (options->clock == NULL)
        return false;
    const int64_t took_us = clock_mono_us(options->clock) - options->begun_us;
    return took_us + took_us / runs > options->us_max;
}

static int run_all(struct drill *drill, struct engine *engine,
                   const struct drill_options *options)
{
    uint32_t needs = drill->scenario->need_count;
    struct drill_outcome outcomes[SCENARIO_NEEDS_MAX], wholes[SCENARIO_POLICIES_MAX];
    int status = ST_OK;
    for (uint32_t run = 0; run < drill->runs && status == ST_OK; run++) {
        status = check_stop(options);
        for (uint32_t i = 0; i < drill->policy_count && status == ST_OK; i++) {
            struct drill_policy *policy = &drill->policies[i];
            const struct outcome_counter counter = {count_by_person, policy};
            status = engine_run(engine, run, &drill->scenario->policies[policy->policy],
                                outcomes, &counter);
            if (status == ST_OK)
                take(policy, outcomes, needs, &wholes[i]);
        }
        if (status == ST_OK)
            compare(drill, wholes);
        if (status == ST_OK && is_enough(options, run + 1))
            drill->runs = run + 1;
        if (options->progress != NULL && (run % 64 == 63 || run + 1 == drill->runs))
            options->progress(options->context, "drill", run + 1, drill->runs);
    }
    return status;
}

/* ---- what to change
 * ---------------------------------------------------------------------- */

/* Whether the change means anything for SCENARIO; applies it. */
static bool apply(enum drill_change change, struct scenario *scenario)
{
    bool any = false;
    switch (change) {
    case DRILL_BUTTON_AT_ONCE:
        for (uint32_t i = 0; i < scenario->need_count; i++) {
            struct scenario_need *need = &scenario->needs[i];
            int64_t button = scenario->incidents[need->incident].button_ms;
            any |= button > 0;
            need->start_ms -= button;
        }
        return any;
    case DRILL_CHANNELS_UP:
        for (uint32_t i = 0; i < scenario->channel_count; i++) {
            any |= scenario->channels[i].down_count > 0 || scenario->channels[i].loss > 0;
            scenario->channels[i].down_count = 0;
            scenario->channels[i].loss = 0;
        }
        return any;
    case DRILL_ROADS_OPEN:
        any = scenario->closure_count > 0;
        scenario->closure_count = 0;
        return any;
    case DRILL_TWO_MINUTES_MORE:
        for (uint32_t i = 0; i < scenario->need_count; i++)
            scenario->needs[i].deadline_ms += 120000;
        return true;
    case DRILL_HALF_MORE_PEOPLE:
        if (scenario->roster != NULL)
            return false; /* they are who they are */
        scenario->people.mean *= 1.5;
        scenario->people.count += scenario->people.count / 2;
        return world_people_max(scenario) <= SCENARIO_PEOPLE_MAX;
    case DRILL_QUIET_LIFTED:
        for (uint32_t i = 0; i < scenario->need_count; i++) {
            struct scenario_need *need = &scenario->needs[i];
            any |= scenario_is_quiet(scenario->start_ms + need->start_ms) &&
                   (need->lift & LIFT_QUIET) == 0;
            need->lift |= LIFT_QUIET;
        }
        return any && (scenario->people.quiet_share > 0 || scenario->roster != NULL);
    case DRILL_PLANNER_TOLD:
        break;
    }
    struct response_model_config told = scenario->planner;
    const struct scenario_response *truth = &scenario->response;
    told.accept =
        scenario_is_quiet(scenario->start_ms) ? truth->accept_night : truth->accept_day;
    told.comes = truth->comes;
    told.delay_median_s = truth->delay_median_s;
    told.delay_sigma = fmax(0.01, truth->delay_sigma);
    told.turnout_day_median_s = truth->turnout_day_median_s;
    told.turnout_night_median_s = truth->turnout_night_median_s;
    told.turnout_sigma = fmax(0.01, truth->turnout_sigma);
    told.travel_factor = truth->travel_factor;
    told.says_left = 1; /* as they do in a drill */
    any = memcmp(&told, &scenario->planner, sizeof told) != 0;
    scenario->planner = told;
    return any;
}

static int compare_change(const struct drill *drill, const struct scenario *changed,
                          const struct drill_options *options, struct drill_changed *ret)
{
    struct fast *before = NULL, *after = NULL;
    struct drill_outcome a[SCENARIO_NEEDS_MAX], b[SCENARIO_NEEDS_MAX], whole_a, whole_b;
    const struct policy *ours =
        &drill->scenario->policies[drill->policies[drill->ours].policy];
    uint32_t needs = drill->scenario->need_count;
    uint64_t filled = 0;
    int status = fast_new(&before, drill->scenario, drill->seed);
    if (status == ST_OK)
        status = fast_new(&after, changed, drill->seed);
    for (uint32_t run = 0; run < drill->runs && status == ST_OK; run++) {
        status = check_stop(options);
        if (status == ST_OK)
            status = fast_run(before, run, ours, a, NULL);
        if (status == ST_OK)
            status = fast_run(after, run, ours, b, NULL);
        if (status < 0)
            break;
        add_up(a, needs, &whole_a);
        add_up(b, needs, &whole_b);
        bool fills = whole_b.count_ms != OUTCOME_NEVER;
        filled += fills;
        mean_add(&ret->more_filled,
                 (double)fills - (double)(whole_a.count_ms != OUTCOME_NEVER));
        mean_add(&ret->more_alerts, (double)whole_b.alerts - (double)whole_a.alerts);
    }
    ret->filled = share_estimate(filled, drill->runs);
    fast_free(before);
    fast_free(after);
    return status;
}

static int find_changes(struct drill *drill, const struct drill_options *options)
{
    AUTO_FREE struct scenario *changed = mem_alloc(sizeof *changed);
    int status = changed == NULL ? ST_NO_MEMORY : ST_OK;
    for (int i = 0; i <= DRILL_PLANNER_TOLD && status == ST_OK; i++) {
        *changed = *drill->scenario;
        if (!apply((enum drill_change)i, changed))
            continue;
        struct drill_changed *ret = &drill->changes[drill->change_count++];
        ret->change = (enum drill_change)i;
        status = compare_change(drill, changed, options, ret);
        if (options->progress != NULL)
            options->progress(options->context, "changes", (uint64_t)i + 1,
                              DRILL_PLANNER_TOLD + 1);
    }
    return status;
}

/* ---- the whole
 * ----------------------------------------------------------------------------- */

static int init_policy(struct drill *drill, uint32_t policy)
{
    struct drill_policy *ret = &drill->policies[drill->policy_count];
    bool is_ours = drill->scenario->policies[policy].rule == POLICY_OURS;
    bool is_first_of_ours = is_ours && drill->ours == SCENARIO_POLICIES_MAX;
    if (is_first_of_ours)
        drill->ours = drill->policy_count;
    drill->policy_count++;
    ret->policy = policy;
    int status = ST_OK;
    for (uint32_t i = 0; i <= drill->scenario->need_count && status == ST_OK; i++) {
        status = times_init(&ret->tallies[i].first);
        if (status == ST_OK)
            status = times_init(&ret->tallies[i].count);
    }
    if (status == ST_OK && !drill->scenario->people.redraw) {
        ret->by_person = mem_calloc(drill->person_count, sizeof *ret->by_person);
        status = ret->by_person == NULL ? ST_NO_MEMORY : ST_OK;
    }
    return status;
}

static int choose_policies(struct drill *drill, const char *name, struct diag *reterr)
{
    const struct scenario *scenario = drill->scenario;
    bool all = name == NULL || strcmp(name, "all") == 0;
    uint32_t one = all ? 0 : scenario_find_policy(scenario, name);
    if (one == SCENARIO_POLICIES_MAX)
        return diag_set(reterr, ST_NOT_FOUND, 0, 0, "policy",
                        "the scenario has no policy \"%s\"", name);
    drill->policies = mem_calloc(scenario->policy_count, sizeof *drill->policies);
    int status = drill->policies == NULL ? ST_NO_MEMORY : ST_OK;
    for (uint32_t i = 0; i < scenario->policy_count && status == ST_OK; i++)
        if (all || i == one)
            status = init_policy(drill, i);
    if (drill->ours == SCENARIO_POLICIES_MAX)
        drill->ours = drill->policy_count;
    return status;
}

static int estimate_burdens(struct drill *drill)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < drill->policy_count && status == ST_OK; i++)
        if (drill->policies[i].by_person != NULL)
            status = burden_estimate(drill->policies[i].by_person, drill->person_count,
                                     drill->seed, &drill->policies[i].burden);
    return status;
}

int drill_run(const struct scenario *scenario, const struct drill_options *options,
              struct drill *ret, struct diag *reterr)
{
    *ret =
        (struct drill){.scenario = scenario,
                       .seed = options->seed,
                       .runs_asked = options->runs > 0 ? options->runs : scenario->runs,
                       .full = options->full,
                       .ours = SCENARIO_POLICIES_MAX,
                       .person_count = world_people_max(scenario)};
    struct engine engine;
    int status = choose_policies(ret, options->policy, reterr);
    if (status < 0)
        return status;
    ret->runs = ret->runs_asked;
    status = engine_init(&engine, scenario, options->seed, options->full, reterr);
    if (status == ST_OK)
        status = run_all(ret, &engine, options);
    engine_release(&engine);
    if (status == ST_OK)
        status = estimate_burdens(ret);
    if (status == ST_OK && options->changes && ret->ours < ret->policy_count)
        status = find_changes(ret, options);
    return status;
}

void drill_told(const struct drill *drill, struct told *ret)
{
    *ret = (struct told){0};
    for (uint32_t i = 0;
         drill->ours < drill->policy_count && i < drill->scenario->need_count; i++)
        told_merge(ret, &drill->policies[drill->ours].tallies[i].told);
}

void drill_release(struct drill *drill)
{
    for (uint32_t i = 0; i < drill->policy_count; i++) {
        for (uint32_t k = 0; k <= drill->scenario->need_count; k++) {
            times_release(&drill->policies[i].tallies[k].first);
            times_release(&drill->policies[i].tallies[k].count);
        }
        mem_free(drill->policies[i].by_person);
    }
    mem_free(drill->policies);
    *drill = (struct drill){0};
}
