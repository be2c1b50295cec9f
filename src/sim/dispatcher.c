/* SPDX-License-Identifier: Apache-2.0 */
/* Dispatchers and a verifier. They look at one incident at a time and mostly do what
 * its state asks for; sometimes anything at all; sometimes both the opposite at once. */
#include "sim/sim_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"

#include <string.h>

#define WHY "simulated"

static int64_t someone(struct sim *sim)
{
    return sim->staff[sim_luck(sim, SIM_STAFF - 1)].id;
}

static void give(struct sim *sim, enum stage_key stage, int64_t id,
                 enum loop_input_kind kind)
{
    const struct loop_input input = {
        .kind = kind, .actor = someone(sim), .reason = WHY, .code = "simulated"};
    act_input(sim, stage, id, &input, 0);
}

static void report(struct sim *sim)
{
    struct deed deed = {.kind = DEED_REPORT, .at = act_new_place(sim)};
    deed.exercise = sim_luck(sim, 6) == 0;
    deed.input.actor = someone(sim);
    act_key(sim, &deed);
    act_add(sim, &deed, 0);
}

static void state_need(struct sim *sim, const struct loop_incident *incident)
{
    struct deed deed = {.kind = DEED_STEP, .stage = STAGE_INCIDENT, .id = incident->id};
    deed.input = (struct loop_input){.kind = LOOP_NEED, .actor = someone(sim)};
    deed.need =
        (struct need){.at = act_new_place(sim),
                      .deadline_ms = sim->clock.now_ms +
                                     (2 + (int64_t)sim_luck(sim, 15)) * TIME_MINUTE_MS,
                      .line_count = sim_luck(sim, 4) == 0 ? 2 : 1,
                      .reserve = (int32_t)sim_luck(sim, 4) - 1,
                      .target = 0.9,
                      .mode = -1};
    deed.need.lines[0].count = 1 + (int32_t)sim_luck(sim, 3);
    deed.need.lines[1].count = 1;
    skill_set_add(&deed.need.lines[1].skills,
                  (uint32_t)skill_find(sim->skills, "first-aid"));
    act_key(sim, &deed);
    act_add(sim, &deed, 0);
}

/* Something new, something taken back, or what is told already. */
static void change_notes(struct sim *sim, int64_t need_id)
{
    static const struct loop_notes notes[] = {
        {"the north gate", "Li", "deep water"},
        {NULL, NULL, "deep water"},
        {NULL, "Wang", ""},
    };
    const struct loop_input input = {.kind = LOOP_NEED_NOTES,
                                     .actor = someone(sim),
                                     .notes = &notes[sim_luck(sim, COUNT_OF(notes))]};
    act_input(sim, STAGE_NEED, need_id, &input, 0);
}

static void start_callout(struct sim *sim, int64_t need_id)
{
    struct deed deed = {.kind = DEED_CALLOUT, .id = need_id};
    deed.input.actor = someone(sim);
    deed.input.lift = sim_luck(sim, 6) == 0 ? LIFT_QUIET | LIFT_CAP : 0;
    deed.input.reason = deed.input.lift != 0 ? WHY : NULL;
    act_key(sim, &deed);
    act_add(sim, &deed, 0);
}

/* The planner may be about to send its own. */
static void send_next_wave(struct sim *sim, int64_t callout_id)
{
    struct deed deed = {.kind = DEED_NEXT_WAVE, .id = callout_id};
    deed.input.actor = someone(sim);
    act_key(sim, &deed);
    act_add(sim, &deed, 0);
}

/* ---- one incident ---------------------------------------------------------------------
 */

static bool has_callout(const struct loop_incident *incident, int64_t need_id,
                        const struct callout **ret)
{
    for (uint32_t i = 0; i < incident->callout_count; i++)
        if (incident->callouts[i].need_id == need_id &&
            incident->callouts[i].state != CALLOUT_ENDED) {
            *ret = &incident->callouts[i];
            return true;
        }
    return false;
}

static void work_on_need(struct sim *sim, const struct loop_incident *incident)
{
    if (incident->need_count == 0 || sim_luck(sim, 14) == 0) {
        if (incident->need_count < 4)
            state_need(sim, incident);
        return;
    }
    const struct need *need = &incident->needs[sim_luck(sim, incident->need_count)];
    const struct callout *callout;
    uint64_t luck = sim_luck(sim, 100);
    if (!has_callout(incident, need->id, &callout)) {
        if (need->state == NEED_OPEN)
            start_callout(sim, need->id);
        else if (luck < 20)
            give(sim, STAGE_NEED, need->id, LOOP_NEED_REOPEN);
        return;
    }
    if (luck < 5 && sim_has(sim, SIM_HABIT_FIGHT)) { /* fighting over one need */
        sim->result->faults.fight++;
        give(sim, STAGE_NEED, need->id, LOOP_NEED_CANCEL);
        give(sim, STAGE_CALLOUT, callout->id, LOOP_CALLOUT_RESUME);
        start_callout(sim, need->id);
        start_callout(sim, need->id);
    } else if (luck < 9) {
        give(sim, STAGE_CALLOUT, callout->id, LOOP_CALLOUT_STAND_DOWN);
    } else if (luck < 12) {
        give(sim, STAGE_CALLOUT, callout->id, LOOP_CALLOUT_RESUME);
    } else if (luck < 15) {
        give(sim, STAGE_NEED, need->id, LOOP_NEED_ESCALATE);
    } else if (luck < 21) {
        change_notes(sim, need->id);
    } else if (luck < 27) {
        send_next_wave(sim, callout->id);
    }
}

static void verify(struct sim *sim, const struct assignment *assignment)
{
    const struct loop_input input = {.kind = LOOP_VERIFY,
                                     .actor = sim->staff[SIM_STAFF - 1].id,
                                     .yes = sim_luck(sim, 8) != 0,
                                     .number = sim_luck(sim, 3) == 0 ? 1 : -1,
                                     .reason = WHY};
    act_input(sim, STAGE_ASSIGNMENT, assignment->id, &input, 0);
}

/* Everybody is to be accounted for, and every outcome verified. */
static void look_after(struct sim *sim, const struct loop_incident *incident,
                       const struct assignment *assignment)
{
    struct loop_input input = {.actor = someone(sim), .reason = WHY, .on_behalf = true};
    bool hurry = incident->state == INCIDENT_STANDING_DOWN ||
                 incident->state == INCIDENT_REVIEW || sim->ending;
    if (assignment->sos_ms != 0 && assignment->sos_acknowledged_ms == 0) {
        input.kind = LOOP_SOS_ACKNOWLEDGE;
        act_input(sim, STAGE_ASSIGNMENT, assignment->id, &input,
                  (int64_t)sim_luck(sim, 200000));
        return;
    }
    switch (assignment->state) {
    case ASSIGNMENT_REPORTED:
        verify(sim, assignment);
        return;
    case ASSIGNMENT_LOST_CONTACT:
        input.kind = LOOP_FOUND;
        break;
    case ASSIGNMENT_ASSIGNED:
    case ASSIGNMENT_EN_ROUTE:
        if (!hurry && assignment->overdue_stage == 0)
            return;
        input.kind = LOOP_NO_SHOW;
        break;
    case ASSIGNMENT_ON_SCENE:
    case ASSIGNMENT_WORKING:
        if (!hurry)
            return;
        input.kind = LOOP_RELEASE;
        break;
    case ASSIGNMENT_STOOD_DOWN:
        if (assignment->en_route_ms == 0)
            return;
        input.kind = LOOP_TURNED_BACK;
        break;
    case ASSIGNMENT_RELEASED:
    case ASSIGNMENT_DISPUTED:
        input.kind = LOOP_REPORTED;
        input.outcome = OUTCOME_DONE;
        break;
    default:
        return;
    }
    if (sim_luck(sim, 3) == 0)
        act_input(sim, STAGE_ASSIGNMENT, assignment->id, &input, 0);
}

/* Two reports of the same flood become one. */
static void merge(struct sim *sim, const struct loop_incident *incident)
{
    const struct loop_input input = {
        .kind = LOOP_MERGE,
        .actor = someone(sim),
        .reason = WHY,
        .number = sim->incidents[sim_luck(sim, sim->incident_count)]};
    if (input.number != incident->id)
        act_input(sim, STAGE_INCIDENT, incident->id, &input, 0);
}

static void steer(struct sim *sim, const struct loop_incident *incident)
{
    uint64_t luck = sim_luck(sim, 100);
    if (luck >= 96 && !sim->ending && incident->state != INCIDENT_CLOSED)
        merge(sim, incident);
    switch (incident->state) {
    case INCIDENT_REPORTED:
        give(sim, STAGE_INCIDENT, incident->id, luck < 5 ? LOOP_CANCEL : LOOP_CONFIRM);
        return;
    case INCIDENT_ACTIVE:
        if (luck < 2 || sim->ending)
            give(sim, STAGE_INCIDENT, incident->id, LOOP_STAND_DOWN);
        else if (luck < 4)
            give(sim, STAGE_INCIDENT, incident->id, LOOP_ROLL_CALL);
        else if (luck < 5)
            give(sim, STAGE_INCIDENT, incident->id, LOOP_CANCEL);
        return;
    case INCIDENT_STANDING_DOWN:
        if (luck < 25)
            give(sim, STAGE_INCIDENT, incident->id,
                 luck < 5 && !sim->ending ? LOOP_REOPEN : LOOP_REVIEW);
        return;
    case INCIDENT_REVIEW:
        if (luck < 40)
            give(sim, STAGE_INCIDENT, incident->id, LOOP_CLOSE);
        return;
    case INCIDENT_CLOSED:
        if (luck < 1 && !sim->ending)
            give(sim, STAGE_INCIDENT, incident->id, LOOP_REOPEN);
        return;
    default:
        return;
    }
}

/* Something that may well be impossible: it must be refused, and nothing else. */
static void do_anything(struct sim *sim, const struct loop_incident *incident)
{
    enum loop_input_kind kind =
        LOOP_CONFIRM + (enum loop_input_kind)sim_luck(sim, LOOP_VERIFY - LOOP_CONFIRM);
    if (kind == LOOP_TICK || kind == LOOP_REBASE || kind == LOOP_MERGE ||
        kind == LOOP_MOVE || kind == LOOP_NEED || kind == LOOP_CALLOUT_START ||
        kind == LOOP_WAVE || kind == LOOP_RETIME || kind == LOOP_CANCEL ||
        kind == LOOP_VOID)
        return;
    if (kind < LOOP_NEED)
        give(sim, STAGE_INCIDENT, incident->id, kind);
    else if (kind < LOOP_CALLOUT_START && incident->need_count > 0)
        give(sim, STAGE_NEED, incident->needs[0].id, kind);
    else if (kind < LOOP_FETCHED && incident->callout_count > 0)
        give(sim, STAGE_CALLOUT, incident->callouts[0].id, kind);
    else if (kind >= LOOP_DEPART && incident->assignment_count > 0)
        give(sim, STAGE_ASSIGNMENT,
             incident->assignments[sim_luck(sim, incident->assignment_count)].id, kind);
}

static void look_at(struct sim *sim, const struct loop_incident *incident)
{
    steer(sim, incident);
    if (incident->state == INCIDENT_CONFIRMED || incident->state == INCIDENT_ACTIVE)
        if (!sim->ending)
            work_on_need(sim, incident);
    for (uint32_t i = 0; i < incident->assignment_count; i++)
        look_after(sim, incident, &incident->assignments[i]);
    if (!sim->ending && sim_luck(sim, 20) == 0 && sim_has(sim, SIM_HABIT_ANYTHING))
        do_anything(sim, incident);
}

void dispatcher_step(struct sim *sim)
{
    if (sim_luck(sim, 3) == 0)
        return;
    uint32_t open = sim->incident_count < SIM_INCIDENTS_OPEN ? sim->incident_count
                                                             : SIM_INCIDENTS_OPEN;
    if (!sim->ending && (open < 2 || sim_luck(sim, 60) == 0))
        report(sim);
    if (open == 0)
        return;
    /* The newest ones; sometimes an old one; at the end one after the other. */
    uint32_t index = sim->ending ? (uint32_t)(sim->result->steps % sim->incident_count)
                     : sim_luck(sim, 5) == 0
                         ? (uint32_t)sim_luck(sim, sim->incident_count)
                         : sim->incident_count - 1 - (uint32_t)sim_luck(sim, open);
    struct loop_incident incident = {0};
    if (writer_snapshot(sim->writer, STAGE_INCIDENT, sim->incidents[index], &incident) !=
        ST_OK)
        return; /* the checks look whether it should be there */
    look_at(sim, &incident);
    loop_incident_release(&incident);
}
