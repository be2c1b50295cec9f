/* SPDX-License-Identifier: Apache-2.0 */
/* Deeds become commands when their time has come; what is acknowledged becomes a promise
 * that the checks remember. A deed whose answer was not heard is done again with the same
 * key and nonce, as a telephone or a browser does; and some are repeated for no reason.
 */
#include "sim/sim_internal.h"

#include "base/mem.h"
#include "base/status.h"
#include "dispatch/callout.h"

#include <stdio.h>
#include <string.h>

#define DEVICE_BYTE(person) ((int)((person) % 251) + 1)

struct request {
    struct sim *sim;
    struct deed deed;
    struct loop_command *loop;
    struct report_command *report;
    struct callout_command *callout;
    int (*run)(struct command *command, struct writer *writer, int64_t now_ms);
};

void act_add(struct sim *sim, const struct deed *deed, int64_t delay_ms)
{
    if (mem_grow(&sim->deeds, &sim->deed_capacity, sim->deed_count + 1,
                 sizeof *sim->deeds, SIM_DEEDS_MAX) != ST_OK) {
        sim_violate(sim, "memory", "no room for what is to be done");
        return;
    }
    struct deed *added = &sim->deeds[sim->deed_count++];
    *added = *deed;
    added->due_us = clock_mono_us(&sim->clock.super) + delay_ms * 1000;
}

void act_input(struct sim *sim, enum stage_key stage, int64_t id,
               const struct loop_input *input, int64_t delay_ms)
{
    struct deed deed = {.kind = DEED_STEP, .stage = stage, .id = id, .input = *input};
    if (deed.input.id == 0)
        deed.input.id = id;
    if (input->actor < 0) {
        deed.input.nonce = ++sim->next_nonce;
        memset(deed.input.device_hash, DEVICE_BYTE(-input->actor),
               sizeof deed.input.device_hash);
    }
    act_add(sim, &deed, delay_ms);
}

/* ---- what an acknowledged answer means ------------------------------------------------
 */

void act_promise(struct sim *sim, const struct promise *promise)
{
    if (mem_grow(&sim->promises, &sim->promise_capacity, sim->promise_count + 1,
                 sizeof *sim->promises, SIM_LOG_MAX) != ST_OK)
        return;
    sim->promises[sim->promise_count++] = *promise;
}

/* A person who said yes sets out, comes, works, goes and tells; or stops anywhere. */
void act_follow_up(struct sim *sim, int64_t assignment_id, int64_t person)
{
    static const enum loop_input_kind way[] = {LOOP_DEPART, LOOP_ARRIVE, LOOP_WORK,
                                               LOOP_RELEASE, LOOP_REPORTED};
    int64_t delay_ms = 2000;
    for (size_t i = 0; i < COUNT_OF(way); i++) {
        delay_ms += 1000 + (int64_t)sim_luck(sim, 25000);
        struct loop_input input = {
            .kind = way[i], .actor = -person, .outcome = OUTCOME_DONE};
        uint64_t luck = sim_luck(sim, 100);
        if (luck < 6 && sim_has(sim, SIM_HABIT_WITHDRAW)) {
            sim->result->faults.withdrawn++;
            input.kind = LOOP_WITHDRAW;
            act_input(sim, STAGE_ASSIGNMENT, assignment_id, &input, delay_ms);
            return;
        }
        if (luck < 12)
            return; /* silence: overdue, lost contact, the dispatcher's */
        if (luck < 16)
            continue; /* one step forgotten */
        act_input(sim, STAGE_ASSIGNMENT, assignment_id, &input, delay_ms);
        if (luck < 92)
            continue;
        input.kind = LOOP_SOS;
        act_input(sim, STAGE_ASSIGNMENT, assignment_id, &input, delay_ms + 500);
    }
}

void act_promise_form(struct sim *sim, int64_t alert_id, uint64_t nonce)
{
    act_promise(sim, &(struct promise){PROMISE_FORM, alert_id, nonce});
}

void act_need_made(struct sim *sim, const struct deed *deed, int64_t id)
{
    for (uint32_t i = sim->asked_count; i > 0; i--)
        if (sim->asked[i - 1].need_id == id)
            return; /* heard twice */
    if (mem_grow(&sim->asked, &sim->asked_capacity, sim->asked_count + 1,
                 sizeof *sim->asked, SIM_LOG_MAX) != ST_OK)
        return;
    struct asked asked = {.need_id = id,
                          .line_count = deed->need.line_count,
                          .reserve = deed->need.reserve};
    for (int32_t i = 0; i < asked.line_count; i++)
        asked.counts[i] = deed->need.lines[i].count;
    sim->asked[sim->asked_count++] = asked;
    act_promise(sim, &(struct promise){.kind = PROMISE_NEED, .id = id});
}

static void step_acknowledged(struct request *request)
{
    struct sim *sim = request->sim;
    const struct deed *deed = &request->deed;
    const struct loop_command *loop = request->loop;
    if (loop->command.repeated || loop->input_repeated)
        return;
    sim->result->stand_downs += deed->input.kind == LOOP_STAND_DOWN ||
                                deed->input.kind == LOOP_CALLOUT_STAND_DOWN;
    if (deed->input.kind == LOOP_NEED)
        act_need_made(sim, deed, loop->row_id);
    if (deed->stage == STAGE_ALERT && deed->input.nonce != 0 &&
        deed->input.kind != LOOP_SEEN && deed->input.kind != LOOP_FETCHED)
        act_promise_form(sim, deed->id, deed->input.nonce);
    if (deed->stage == STAGE_ALERT)
        sim->result->replies += deed->input.kind == LOOP_ACCEPT ||
                                deed->input.kind == LOOP_LIMITED ||
                                deed->input.kind == LOOP_DECLINE;
    if (deed->input.kind == LOOP_ACCEPT && loop->assignment.id != 0 &&
        loop->assignment.state == ASSIGNMENT_ASSIGNED)
        act_follow_up(sim, loop->assignment.id, -deed->input.actor);
}

void act_incident_made(struct sim *sim, int64_t id)
{
    for (uint32_t i = sim->incident_count; i > 0; i--)
        if (sim->incidents[i - 1] == id)
            return; /* heard twice */
    sim->result->incidents++;
    act_promise(sim, &(struct promise){.kind = PROMISE_INCIDENT, .id = id});
    if (mem_grow(&sim->incidents, &sim->incident_capacity, sim->incident_count + 1,
                 sizeof *sim->incidents, SIM_LOG_MAX) == ST_OK)
        sim->incidents[sim->incident_count++] = id;
}

static void report_acknowledged(struct request *request)
{
    struct sim *sim = request->sim;
    const struct command *command = &request->report->command;
    if (!command->repeated)
        act_incident_made(sim, command->result_id);
}

static void acknowledged(struct request *request)
{
    if (request->report != NULL)
        report_acknowledged(request);
    else if (request->loop != NULL)
        step_acknowledged(request);
}

/* A place of its own for each: so a second effect of one request can be seen. */
struct point act_new_place(struct sim *sim)
{
    struct point at =
        road_node_point(sim->road, (uint32_t)sim_luck(sim, road_node_count(sim->road)));
    uint64_t number = ++sim->next_key;
    at.lat_e7 += (int32_t)(number % 4000);
    at.lon_e7 += (int32_t)(number / 4000);
    return at;
}

void act_key(struct sim *sim, struct deed *deed)
{
    (void)snprintf(deed->key, sizeof deed->key, "key-%llu",
                   (unsigned long long)++sim->next_key);
}

/* ---- requests -------------------------------------------------------------------------
 */

static void free_request(struct request *request)
{
    loop_command_free(request->loop);
    mem_free(request->report);
    if (request->callout != NULL)
        callout_command_free(request->callout);
    mem_free(request);
}

static bool is_of_the_disk(int status)
{
    return status == ST_NO_SPACE || status == ST_IO || status == ST_CORRUPT ||
           status == ST_BUSY || status == ST_NO_MEMORY;
}

/* The process may die between two answers of one batch. */
void act_count_answer(struct sim *sim)
{
    if (sim->dead || sim->answers_left == 0 || --sim->answers_left > 0)
        return;
    disk_cut(sim->disk);
    sim->dead = true;
}

bool act_is_heard(const struct sim *sim)
{
    return !sim->dead && !disk_is_dead(sim->disk);
}

void act_again(struct sim *sim, const struct deed *deed)
{
    if (sim_luck(sim, 4) == 0)
        return; /* gives up */
    sim->result->faults.replayed++;
    struct deed again = *deed;
    again.again = true;
    act_add(sim, &again, 500 + (int64_t)sim_luck(sim, 4000));
}

static void finish(struct request *request, int status)
{
    struct sim *sim = request->sim;
    uint64_t left = mem_fail_hold();
    act_count_answer(sim);
    bool heard = act_is_heard(sim);
    /* A commit that met the power cut may have been kept: the answer was not sent. */
    if (heard && status == ST_OK &&
        !(sim->options->plant == SIM_PLANT_ACK_BEFORE_COMMIT && request->run != NULL))
        acknowledged(request);
    else if (heard && !is_of_the_disk(status))
        sim->result->refused += status != ST_OK;
    else if (!(heard && status == ST_OK) && request->deed.kind != DEED_CALLOUT)
        act_again(sim, &request->deed);
    free_request(request);
    mem_fail_at(left);
}

static void loop_done(struct command *command, int status)
{
    finish(((struct loop_command *)command)->owner, status);
}

static void report_done(struct command *command, int status)
{
    finish(((struct report_command *)command)->owner, status);
}

static void callout_done(struct command *command, int status)
{
    finish(((struct callout_command *)command)->owner, status);
}

/* The planted bug: the answer is out as soon as the command has run. */
static int run_early(struct command *command, struct writer *writer, int64_t now_ms)
{
    struct request *request = ((struct loop_command *)command)->owner;
    int status = request->run(command, writer, now_ms);
    if (status == ST_OK)
        acknowledged(request);
    return status;
}

static void set_key(struct request *request, struct command *command)
{
    struct deed *deed = &request->deed;
    if (deed->key[0] == '\0' ||
        (deed->again && request->sim->options->plant == SIM_PLANT_KEY_FORGOTTEN))
        return;
    command->actor = deed->input.actor;
    command->route = "simulated";
    command->key = deed->key; /* as long-lived as the command */
    memset(command->request_hash, 7, sizeof command->request_hash);
}

static int make_report(struct request *request, struct command **ret)
{
    struct report_command *report = mem_calloc(1, sizeof *report);
    if (report == NULL)
        return ST_NO_MEMORY;
    report_command_init(report);
    report->incident.kind = KIND_FLOOD;
    report->incident.exercise = request->deed.exercise;
    report->incident.at = request->deed.at;
    report->actor = request->deed.input.actor;
    report->owner = request;
    report->command.done = report_done;
    (void)snprintf(report->title, sizeof report->title, "Water in the cellar");
    report->requester = (struct requester){"Zhang San", "10000000000", "5", true, true};
    request->report = report;
    *ret = &report->command;
    return ST_OK;
}

static int make_step(struct request *request, struct command **ret)
{
    struct deed *deed = &request->deed;
    struct loop_input input = deed->input;
    enum sim_plant plant = request->sim->options->plant;
    struct need need = deed->need;
    if (input.kind == LOOP_NEED) {
        input.need = &need;
        need.lines[0].count += plant == SIM_PLANT_SEAT_OVER;
    }
    if (deed->again && plant == SIM_PLANT_NONCE_FORGOTTEN)
        input.nonce = 0;
    int status = loop_command_new(&request->loop, deed->stage, deed->id, &input,
                                  input.kind == LOOP_REPORTED ? "All went well" : NULL);
    if (status != ST_OK)
        return status;
    request->loop->owner = request;
    request->loop->command.done = loop_done;
    if (plant == SIM_PLANT_ACK_BEFORE_COMMIT) {
        request->run = request->loop->command.run;
        request->loop->command.run = run_early;
    }
    *ret = &request->loop->command;
    return ST_OK;
}

static int make_callout(struct request *request, struct command **ret)
{
    struct sim *sim = request->sim;
    const struct deed *deed = &request->deed;
    const struct planner_request wanted = {
        .need_id = deed->id, .lift = deed->input.lift, .record = true};
    struct scheme scheme;
    struct diag diag = {0};
    int status = planner_plan(sim->planner, &wanted, sim->clock.now_ms, &scheme, &diag);
    if (status == ST_OK)
        status = callout_command_new(&request->callout, &scheme, deed->input.actor,
                                     deed->input.lift, deed->input.reason);
    scheme_release(&scheme);
    if (status != ST_OK)
        return status;
    request->callout->owner = request;
    request->callout->command.done = callout_done;
    *ret = &request->callout->command;
    return ST_OK;
}

static void submit(struct sim *sim, struct deed *deed)
{
    if (deed->input.kind == LOOP_LIMITED && !deed->again)
        act_promise(sim, &(struct promise){PROMISE_LIMITED, deed->id, deed->input.nonce});
    if (web_send(sim, deed) || deed->kind >= DEED_NEXT_WAVE)
        return;
    struct request *request = mem_calloc(1, sizeof *request);
    struct command *command = NULL;
    if (request == NULL)
        return;
    request->sim = sim;
    request->deed = *deed;
    int status = deed->kind == DEED_REPORT ? make_report(request, &command)
                 : deed->kind == DEED_STEP ? make_step(request, &command)
                                           : make_callout(request, &command);
    if (status == ST_OK) {
        set_key(request, command);
        status = writer_submit(sim->writer, command);
    }
    if (status == ST_OK)
        sim->result->commands++;
    else
        free_request(request);
}

/* ---- people ---------------------------------------------------------------------------
 */

void act_digits(const struct sim *sim, int64_t person, char ret[8])
{
    for (uint32_t i = 0; i < SIM_PEOPLE; i++)
        if (sim->people[i].id == person)
            (void)snprintf(ret, 8, "%04u", i);
}

void act_letter(void *context, int64_t message_id)
{
    struct sim *sim = context;
    const struct deed deed = {.kind = DEED_LETTER, .id = message_id};
    act_add(sim, &deed, 1000 + (int64_t)sim_luck(sim, 40000));
}

static bool is_silent(const struct sim *sim, int64_t person)
{
    for (uint32_t i = 0; i < SIM_PEOPLE; i++)
        if (sim->people[i].id == person)
            return sim->people[i].is_silent;
    return false;
}

static void answer_alert(struct sim *sim, const struct alert *alert)
{
    struct loop_input input = {.kind = LOOP_SEEN, .actor = -alert->person_id};
    if (sim_luck(sim, 2) == 0)
        act_input(sim, STAGE_ALERT, alert->id, &input, 0);
    uint64_t luck = sim_luck(sim, 100);
    if (is_silent(sim, alert->person_id) || luck >= 85) {
        sim->result->faults.silent++;
        return;
    }
    input.kind = luck < 45 ? LOOP_ACCEPT : luck < 60 ? LOOP_LIMITED : LOOP_DECLINE;
    input.number = input.kind == LOOP_LIMITED ? 5 : 0;
    act_input(sim, STAGE_ALERT, alert->id, &input, 300);
    if (luck % 9 == 0) { /* changes its mind */
        input.kind = input.kind == LOOP_ACCEPT ? LOOP_DECLINE : LOOP_ACCEPT;
        input.number = 0;
        act_input(sim, STAGE_ALERT, alert->id, &input, (int64_t)sim_luck(sim, 50000));
    }
}

static void answer_letter(struct sim *sim, struct loop_incident *incident,
                          const struct message *message)
{
    const struct alert *alert = loop_find_alert(incident, message->alert_id);
    if (alert == NULL)
        return;
    struct assignment *assignment = loop_assignment_of(incident, alert->id);
    struct loop_input input = {.actor = -alert->person_id};
    switch (message->kind) {
    case MESSAGE_KIND_ALERT:
    case MESSAGE_KIND_ASK_LIMITED:
        answer_alert(sim, alert);
        return;
    case MESSAGE_KIND_ROLL_CALL:
    case MESSAGE_KIND_OVERDUE:
        input.kind = assignment != NULL && assignment->state == ASSIGNMENT_STOOD_DOWN
                         ? LOOP_TURNED_BACK
                         : LOOP_HERE;
        break;
    case MESSAGE_KIND_STAND_DOWN:
        input.kind = LOOP_TURNED_BACK;
        break;
    case MESSAGE_KIND_REPORT:
        input.kind = LOOP_REPORTED;
        input.outcome = OUTCOME_PARTLY;
        break;
    default:
        return;
    }
    if (assignment != NULL && sim_luck(sim, 3) != 0)
        act_input(sim, STAGE_ASSIGNMENT, assignment->id, &input, 200);
}

static void read_letter(struct sim *sim, const struct deed *deed)
{
    struct loop_incident incident = {0};
    int status = writer_snapshot(sim->writer, STAGE_MESSAGE, deed->id, &incident);
    if (status == ST_OK) {
        const struct message *message = loop_find_message(&incident, deed->id);
        if (message != NULL)
            answer_letter(sim, &incident, message);
        loop_incident_release(&incident);
    } else if (status == ST_NOT_FOUND) {
        sim_violate(sim, "acknowledged => durable",
                    "message %lld reached a person and has no row", (long long)deed->id);
    }
}

/* ---- the step -------------------------------------------------------------------------
 */

/* Repeated at once or later, as it was: same key, same nonce. */
static void repeat(struct sim *sim, const struct deed *deed)
{
    if (deed->again || deed->kind == DEED_LETTER || !sim_has(sim, SIM_HABIT_REPEAT) ||
        (deed->key[0] == '\0' && deed->input.nonce == 0) || sim_luck(sim, 6) != 0)
        return;
    struct deed copy = *deed;
    copy.again = true;
    sim->result->faults.repeated++;
    act_add(sim, &copy, sim_luck(sim, 2) == 0 ? 0 : (int64_t)sim_luck(sim, 20000));
}

void act_step(struct sim *sim)
{
    int64_t now_us = clock_mono_us(&sim->clock.super);
    uint32_t before = sim->deed_count, kept = 0;
    for (uint32_t i = 0; i < before; i++) {
        struct deed deed = sim->deeds[i];
        if (deed.due_us > now_us) {
            sim->deeds[kept++] = deed;
            continue;
        }
        if (deed.kind == DEED_LETTER)
            read_letter(sim, &deed);
        else
            submit(sim, &deed);
        repeat(sim, &deed);
    }
    if (kept == before)
        return;
    /* What was added meanwhile follows. */
    memmove(sim->deeds + kept, sim->deeds + before,
            (sim->deed_count - before) * sizeof *sim->deeds);
    sim->deed_count -= before - kept;
}
