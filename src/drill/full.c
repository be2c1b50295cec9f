/* SPDX-License-Identifier: Apache-2.0 */
/* A run, moment by moment: what is due on the agenda, the loop's own timers, the
 * messages, then the plans; the clock goes to the next of them. */
#include "drill/full.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "drill/full_internal.h"

#include <math.h>

#define APART_MS (14 * TIME_DAY_MS)
#define PLANS_MAX 1000000 /* of one run: more is a loop without end */

struct loop_incident *full_rows(struct full *full, uint32_t need)
{
    return &full->incidents[full->scenario->needs[need].incident].rows;
}

int full_add(struct full *full, enum agenda_kind kind, int64_t at_ms, uint32_t need,
             uint64_t row)
{
    return agenda_add(&full->agenda, &(struct agenda_item){at_ms, kind, need, row});
}

int full_new(struct full **ret, const struct scenario *scenario, uint64_t seed,
             struct diag *reterr)
{
    struct full *full = mem_calloc(1, sizeof *full);
    if (full == NULL)
        return ST_NO_MEMORY;
    full->scenario = scenario;
    full->reterr = reterr;
    full->seed = seed;
    full->person_max = world_people_max(scenario);
    clock_manual_init(&full->clock, scenario->start_ms - TIME_DAY_MS);
    random_seeded_init(&full->random, seed);
    int status = full_world_make(full);
    if (status != ST_OK) {
        full_free(full);
        return status;
    }
    *ret = full;
    return ST_OK;
}

void full_free(struct full *full)
{
    if (full == NULL)
        return;
    for (uint32_t i = 0; i < SCENARIO_INCIDENTS_MAX; i++)
        loop_incident_release(&full->incidents[i].rows);
    full_world_drop(full);
    agenda_release(&full->agenda);
    mem_free(full->alerts);
    mem_free(full);
}

/* ---- time
 * -------------------------------------------------------------------------------- */

static void go_to(struct full *full, int64_t at_ms)
{
    if (at_ms > full->clock.now_ms)
        clock_manual_advance(&full->clock, at_ms - full->clock.now_ms);
}

static int64_t loop_due_ms(const struct full *full)
{
    int64_t due = INT64_MAX;
    for (uint32_t i = 0; i < full->scenario->incident_count; i++) {
        int64_t next = full->incidents[i].id == 0
                           ? INT64_MAX
                           : loop_next_due_ms(&full->incidents[i].rows);
        due = next < due ? next : due;
    }
    return due;
}

static uint32_t next_plan(const struct full *full, int64_t *ret_ms)
{
    uint32_t found = full->scenario->need_count;
    *ret_ms = INT64_MAX;
    for (uint32_t i = 0; i < full->scenario->need_count; i++) {
        int64_t due = full_plan_due_ms(full, i);
        if (due < *ret_ms) {
            *ret_ms = due;
            found = i;
        }
    }
    return found;
}

/* Everything but plans, at AT_MS. */
static int moment(struct full *full, int64_t at_ms)
{
    go_to(full, at_ms);
    const struct agenda_item *first = agenda_first(&full->agenda);
    int status = ST_OK;
    if (first != NULL && first->at_ms <= full->clock.now_ms)
        status = full_act(full); /* the same step fires the timers */
    else
        (void)writer_step(full->writer, full->clock.now_ms);
    return status == ST_OK ? full_send(full) : status;
}

static bool is_over(const struct full *full)
{
    for (uint32_t i = 0; i < full->scenario->need_count; i++)
        if (!full->needs[i].over)
            return false;
    return true;
}

static int live(struct full *full)
{
    int status = ST_OK;
    for (uint32_t plans = 0; status == ST_OK && !is_over(full);) {
        int64_t plan_ms, loop_ms = loop_due_ms(full);
        uint32_t need = next_plan(full, &plan_ms);
        const struct agenda_item *first = agenda_first(&full->agenda);
        int64_t act_ms = first == NULL ? INT64_MAX : first->at_ms;
        int64_t sooner_ms = act_ms < loop_ms ? act_ms : loop_ms;
        if (sooner_ms <= plan_ms) {
            status = moment(full, sooner_ms);
            continue;
        }
        go_to(full, plan_ms);
        status = plans++ < PLANS_MAX ? full_plan(full, need) : ST_LIMIT;
        if (status == ST_OK)
            status = full_send(full);
    }
    return status;
}

/* ---- what came of it
 * --------------------------------------------------------------------- */

static void count_alert(const struct alert *alert, struct drill_outcome *ret)
{
    ret->alerts++;
    switch (alert->state) {
    case ALERT_DECLINED:
        ret->declined++;
        return;
    case ALERT_NO_ANSWER:
        ret->no_answer++;
        return;
    case ALERT_VOID:
        ret->undelivered++;
        return;
    case ALERT_LATE:
        ret->late++;
        return;
    case ALERT_STOOD_DOWN:
        ret->late += alert->answer == ANSWER_ACCEPT;
        ret->stood_down += alert->answer != ANSWER_ACCEPT;
        return;
    default:
        return;
    }
}

static int64_t sooner_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Of one line: how many were wanted and came, and when enough were there. */
struct arrivals {
    uint32_t wanted, count;
    int64_t enough_ms; /* wall; OUTCOME_NEVER */
};

/* How many of the line had arrived by AT_MS. */
static uint32_t there_by(const struct loop_incident *rows, const struct assignment *of,
                         int64_t at_ms)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows->assignment_count; i++)
        count += rows->assignments[i].need_id == of->need_id &&
                 rows->assignments[i].line == of->line &&
                 rows->assignments[i].on_scene_ms != 0 &&
                 rows->assignments[i].on_scene_ms <= at_ms;
    return count;
}

static void arrive(const struct loop_incident *rows, const struct assignment *row,
                   struct arrivals *ret)
{
    ret->count++;
    if (there_by(rows, row, row->on_scene_ms) >= ret->wanted)
        ret->enough_ms = sooner_of(ret->enough_ms, row->on_scene_ms);
}

static void count_assignments(struct full *full, uint32_t need, struct drill_outcome *ret)
{
    const struct loop_incident *rows = full_rows(full, need);
    const struct scenario_need *of = &full->scenario->needs[need];
    int64_t id = full->needs[need].need_id, enough_ms = 0;
    int64_t base = full->base_ms + full->scenario->incidents[of->incident].minute_ms;
    struct arrivals lines[SCENARIO_LINES_MAX];
    for (uint32_t i = 0; i < of->line_count; i++)
        lines[i] = (struct arrivals){of->lines[i].count, 0, OUTCOME_NEVER};
    for (uint32_t i = 0; i < rows->assignment_count; i++) {
        const struct assignment *row = &rows->assignments[i];
        if (row->need_id != id)
            continue;
        ret->accepted++;
        ret->first_yes_ms = sooner_of(ret->first_yes_ms, row->assigned_ms - base);
        ret->lost += row->state == ASSIGNMENT_LOST_CONTACT;
        ret->needless += row->state == ASSIGNMENT_STOOD_DOWN && row->en_route_ms != 0;
        if (row->on_scene_ms == 0)
            continue;
        ret->arrived++;
        ret->first_ms = sooner_of(ret->first_ms, row->on_scene_ms - base);
        arrive(rows, row, &lines[row->line]);
    }
    for (uint32_t i = 0; i < of->line_count; i++) {
        if (lines[i].count > lines[i].wanted)
            ret->needless += lines[i].count - lines[i].wanted;
        enough_ms = lines[i].enough_ms > enough_ms ? lines[i].enough_ms : enough_ms;
    }
    if (enough_ms != OUTCOME_NEVER)
        ret->count_ms = enough_ms - base;
}

static void count(struct full *full, uint32_t need)
{
    struct drill_outcome *ret = &full->outcomes[need];
    const struct loop_incident *rows = full_rows(full, need);
    for (uint32_t i = 0; i < rows->alert_count; i++)
        if (rows->alerts[i].callout_id == full->needs[need].callout_id)
            count_alert(&rows->alerts[i], ret);
    count_assignments(full, need, ret);
    const struct callout *callout =
        loop_find_callout(full_rows(full, need), full->needs[need].callout_id);
    if (full->policy->rule == POLICY_OURS && callout != NULL)
        ret->waves = (uint32_t)callout->waves;
}

/* ---- a run
 * ------------------------------------------------------------------------------- */

/* When roads change while the call-out runs. */
static int add_roads(struct full *full, uint32_t need)
{
    const struct scenario *scenario = full->scenario;
    int status = ST_OK;
    for (uint32_t i = 0; i < scenario->closure_count; i++) {
        const int64_t at_ms[] = {scenario->closures[i].from_ms,
                                 scenario->closures[i].to_ms};
        for (size_t k = 0; k < COUNT_OF(at_ms); k++)
            if (status == ST_OK &&
                scenario_changes_roads(&scenario->needs[need], at_ms[k]))
                status = full_add(full, AGENDA_ROADS, full->base_ms + at_ms[k], need, 0);
    }
    return status;
}

static int begin(struct full *full, uint64_t run)
{
    const struct scenario *scenario = full->scenario;
    full->base_ms = scenario->start_ms + (int64_t)full->sequence++ * APART_MS;
    agenda_clear(&full->agenda);
    for (uint32_t i = 0; i < full->alert_count; i++)
        full->attempts[full->alerts[i].person] = 0;
    full->alert_count = 0;
    int status = world_set_run(&full->world, run);
    full->is_placed = false;
    for (uint32_t i = 0; i < scenario->incident_count; i++) {
        loop_incident_release(&full->incidents[i].rows);
        full->incidents[i] = (struct full_incident){0};
    }
    for (uint32_t i = 0; i < scenario->need_count && status == ST_OK; i++) {
        full->needs[i] = (struct full_need){0};
        full->outcomes[i] = (struct drill_outcome){.first_ms = OUTCOME_NEVER,
                                                   .count_ms = OUTCOME_NEVER,
                                                   .first_yes_ms = OUTCOME_NEVER,
                                                   .told.first = NAN};
        status = full_add(full, AGENDA_START, full->base_ms + scenario->needs[i].start_ms,
                          i, 0);
        if (status == ST_OK)
            status = full_add(full, AGENDA_DEADLINE,
                              full->base_ms + scenario->needs[i].deadline_ms, i, 0);
        if (status == ST_OK)
            status = add_roads(full, i);
    }
    return status;
}

int full_run(struct full *full, uint64_t run, const struct policy *policy,
             struct drill_outcome *ret, const struct outcome_counter *counter)
{
    full->policy = policy;
    full->counter = counter;
    full->outcomes = ret;
    if (full->sequence >= FULL_RUNS_MAX)
        return diag_set(full->reterr, ST_LIMIT, 0, 0, "full",
                        "at most %d incidents in one drill with the full loop",
                        FULL_RUNS_MAX);
    int status = begin(full, run);
    if (status == ST_OK)
        status = live(full);
    for (uint32_t i = 0; i < full->scenario->need_count && status == ST_OK; i++)
        count(full, i);
    return status == ST_OK ? full_close(full) : status;
}
