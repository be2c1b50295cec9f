/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts: what a person answers. A yes is never refused: it wins a seat or is `late`. */
#include "loop/names.h"
#include "loop/step.h"

#include <string.h>

#define READY_MINUTES_MAX 4320

static const uint8_t zero_hash[32];

/* ---- the volunteer's form -------------------------------------------------------------
 */
bool is_repeated(struct step *step, const struct alert *alert)
{
    if (step->input->nonce == 0)
        return false;
    for (unsigned i = 0; i < LOOP_NONCES_KEPT; i++)
        if (alert->nonces[i] == step->input->nonce) {
            step->effects->repeated = true;
            return true;
        }
    return false;
}

/* The first device that answers. */
static bool binds_device(const struct step *step, const struct alert *alert)
{
    const struct loop_input *input = step->input;
    return input->actor < 0 && input->kind != LOOP_SEEN &&
           memcmp(input->device_hash, zero_hash, sizeof zero_hash) != 0 &&
           memcmp(alert->device_hash, zero_hash, sizeof zero_hash) == 0;
}

void keep_nonce(struct step *step, const struct alert *alert)
{
    const struct loop_input *input = step->input;
    const bool binds = binds_device(step, alert);
    if (input->nonce == 0 && !binds)
        return;
    struct alert *edited = edit_alert(step, alert);
    if (binds)
        memcpy(edited->device_hash, input->device_hash, sizeof edited->device_hash);
    if (input->nonce == 0)
        return;
    memmove(edited->nonces + 1, edited->nonces,
            (LOOP_NONCES_KEPT - 1) * sizeof edited->nonces[0]);
    edited->nonces[0] = input->nonce;
}

int check_device(struct step *step, const struct alert *alert)
{
    const struct loop_input *input = step->input;
    if (input->actor >= 0 ||
        memcmp(alert->device_hash, zero_hash, sizeof zero_hash) == 0 ||
        memcmp(alert->device_hash, input->device_hash, sizeof zero_hash) == 0)
        return ST_OK;
    if (alert->digits_tries >= LOOP_DIGITS_TRIES_MAX)
        return refuse(step, ST_DENIED, "digits",
                      "too many wrong tries; the dispatcher can answer for the person");
    if (!input->digits_ok)
        return refuse(step, ST_DENIED, "digits",
                      "this link belongs to another device; the last four digits of the "
                      "telephone are needed");
    return ST_OK;
}

/* ---- yes ------------------------------------------------------------------------------
 */
bool is_taken(const struct step *step, const struct alert *alert)
{
    const struct loop_world *world = step->world;
    const struct loop_incident *incident = step->incident;
    if (alert->forced)
        return false;
    const struct id_index *index = &incident->assignments_of_person;
    for (uint32_t at = id_index_newest(index, alert->person_id); at != 0;
         at = id_index_before(index, at))
        if (loop_assignment_is_active(&incident->assignments[at - 1]))
            return true;
    if (world->is_assigned != NULL &&
        world->is_assigned(world->context, alert->person_id, incident->exercise))
        return true;
    return incident->exercise && world->is_committed != NULL &&
           world->is_committed(world->context, alert->person_id, false);
}

static void note_answer(struct step *step, struct alert *alert, enum answer answer)
{
    struct alert *edited = edit_alert(step, alert);
    edited->answer = answer;
    edited->answered_ms = step->now_ms;
    edited->on_behalf = step->input->on_behalf;
    if (step->input->actor < 0)
        mark_read(step, alert); /* sets the timer of one that waits for an answer */
    edit_alert(step, alert)->due_ms = 0;
    step->sweep = true;
}

static int answer_late(struct step *step, struct alert *alert, const char *why)
{
    if (alert->state == ALERT_LATE) {
        step->effects->repeated = true;
        return ST_OK;
    }
    bool was_counted = loop_alert_is_open(alert);
    note_answer(step, alert, ANSWER_ACCEPT);
    set_alert_state(step, alert, ALERT_LATE, LOOP_ACCEPT);
    tell_alert(step, EVENT_ALERT_LATE, alert, why, 0);
    send_message(step, alert, MESSAGE_KIND_LATE);
    keep_nonce(step, alert);
    if (was_counted)
        want_replan(step, loop_find_callout(step->incident, alert->callout_id));
    return step->status;
}

/* What else the person is asked, who has just said yes. */
static void void_others(struct step *step, int64_t person_id)
{
    const struct id_index *index = &step->incident->alerts_of_person;
    for (uint32_t at = id_index_newest(index, person_id); at != 0;
         at = id_index_before(index, at)) {
        struct alert *other = &step->incident->alerts[at - 1];
        if (other->state == ALERT_PENDING)
            void_alert(step, other, "elsewhere", LOOP_ITSELF);
    }
}

static void assign(struct step *step, const struct alert *alert, const struct need *need,
                   int32_t line)
{
    struct assignment *assignment = add_assignment(step);
    assignment->alert_id = alert->id;
    assignment->person_id = alert->person_id;
    assignment->need_id = need->id;
    assignment->state = ASSIGNMENT_ASSIGNED;
    assignment->line = line;
    assignment->count = alert->count;
    assignment->assigned_ms = step->now_ms;
    if (step->status != ST_OK)
        return;
    assignment->due_ms = overdue_at(step, assignment);
    tell_assignment(step, EVENT_ASSIGNMENT_ASSIGNED, assignment, NULL, line);
}

static void turn_back(struct step *step, struct assignment *assignment)
{
    set_assignment_state(step, assignment, ASSIGNMENT_TURNED_BACK, LOOP_ITSELF);
    edit_assignment(step, assignment)->due_ms = 0;
    tell_assignment(step, EVENT_ASSIGNMENT_TURNED_BACK, assignment, "yes_again", 0);
}

bool loop_takes_yes(enum incident_state incident, enum callout_state callout,
                    enum need_state need)
{
    return incident == INCIDENT_ACTIVE && callout == CALLOUT_ACTIVE &&
           (need == NEED_OPEN || need == NEED_SHORT);
}

static int answer_yes(struct step *step, struct alert *alert, struct assignment *old)
{
    const struct loop_input *input = step->input;
    struct callout *callout = loop_find_callout(step->incident, alert->callout_id);
    struct need *need = loop_find_need(step->incident, callout->need_id);
    int32_t count = input->count > 0 ? input->count : alert->count;
    if (count > LOOP_COUNT_MAX)
        return refuse(step, ST_UNPROCESSABLE, "count", "a team brings at most %d people",
                      LOOP_COUNT_MAX);
    bool is_open = alert->state != ALERT_VOID &&
                   loop_takes_yes(step->incident->state, callout->state, need->state);
    bool taken = is_taken(step, alert);
    int32_t line = is_open && !taken ? take_seat(step, need, alert, count) : -1;
    if (line < 0 && old != NULL) {
        step->effects->repeated = true;
        return step->status;
    }
    if (line < 0)
        return answer_late(step, alert,
                           taken     ? "elsewhere"
                           : is_open ? "seats_taken"
                                     : "stood_down");
    if (old != NULL && old->state == ASSIGNMENT_STOOD_DOWN && old->en_route_ms != 0)
        turn_back(step, old);
    note_answer(step, alert, ANSWER_ACCEPT);
    struct alert *edited = edit_alert(step, alert);
    edited->count = count;
    if (input->travel_ms != 0) {
        edited->travel_ms = input->travel_ms;
        edited->own_way = true;
    }
    set_alert_state(step, alert, ALERT_ACCEPTED, LOOP_ACCEPT);
    tell_alert(step, EVENT_ALERT_ACCEPTED, alert, step->input->code, line);
    assign(step, alert, need, line);
    send_message(step, alert, MESSAGE_KIND_DETAILS);
    if (alert->travel_ms >= LOOP_NO_WAY_MS) /* they set out for nothing, else */
        send_message(step, alert, MESSAGE_KIND_DETOUR);
    void_others(step, alert->person_id);
    push_elsewhere(step, alert->person_id, false);
    if (!step->incident->exercise)
        push_elsewhere(step, alert->person_id, true);
    keep_nonce(step, alert);
    touch_need(step, need->id);
    want_replan(step, callout);
    return step->status;
}

static int answer_accept(struct step *step, struct alert *alert)
{
    if (alert->state != ALERT_ACCEPTED)
        return answer_yes(step, alert, NULL);
    struct assignment *old = loop_assignment_of(step->incident, alert->id);
    if (old->state == ASSIGNMENT_STOOD_DOWN || old->state == ASSIGNMENT_TURNED_BACK ||
        old->state == ASSIGNMENT_NO_SHOW)
        return answer_yes(step, alert, old);
    if (binds_device(step, alert)) /* the yes was on behalf: now the person is there */
        keep_nonce(step, alert);
    else
        step->effects->repeated = true;
    return step->status;
}

/* ---- the other answers ----------------------------------------------------------------
 */
static int answer_limited(struct step *step, struct alert *alert)
{
    int64_t minutes = step->input->number;
    if (minutes < 0 || minutes > READY_MINUTES_MAX)
        return refuse(step, ST_UNPROCESSABLE, "ready_in_minutes", "must be 0 to %d",
                      READY_MINUTES_MAX);
    bool was_pending = alert->state == ALERT_PENDING;
    note_answer(step, alert, ANSWER_LIMITED);
    edit_alert(step, alert)->ready_in_minutes = (int32_t)minutes;
    set_alert_state(step, alert, ALERT_LIMITED, LOOP_LIMITED);
    tell_alert(step, EVENT_ALERT_LIMITED, alert, step->input->code, minutes);
    keep_nonce(step, alert);
    if (was_pending)
        want_replan(step, loop_find_callout(step->incident, alert->callout_id));
    return step->status;
}

static int withdraw(struct step *step, struct alert *alert)
{
    struct assignment *assignment = loop_assignment_of(step->incident, alert->id);
    if (!table_allows(MACHINE_ASSIGNMENT, assignment->state, LOOP_WITHDRAW))
        return check_table(step, MACHINE_ASSIGNMENT, assignment->state);
    note_answer(step, alert, ANSWER_DECLINE);
    withdraw_assignment(step, assignment, LOOP_ITSELF, step->input->code);
    keep_nonce(step, alert);
    return step->status;
}

/* The alert by which the person of ALERT, which is over, is asked anew in the same
 * call-out and has not answered yet; NULL if there is none. */
static struct alert *asked_anew(const struct step *step, const struct alert *alert)
{
    const struct id_index *index = &step->incident->alerts_of_person;
    for (uint32_t at = id_index_newest(index, alert->person_id); at != 0;
         at = id_index_before(index, at)) {
        struct alert *other = &step->incident->alerts[at - 1];
        if (other->callout_id == alert->callout_id && loop_alert_is_open(other))
            return other;
    }
    return NULL;
}

static int answer_decline(struct step *step, struct alert *alert)
{
    if (alert->state == ALERT_ACCEPTED)
        return withdraw(step, alert);
    if (alert->answer == ANSWER_DECLINE) {
        step->effects->repeated = true;
        return ST_OK;
    }
    bool was_counted = loop_alert_is_open(alert);
    note_answer(step, alert, ANSWER_DECLINE);
    keep_nonce(step, alert);
    if (!was_counted && alert->state != ALERT_NO_ANSWER) {
        /* Late, void, stood down: noted. A no by the old link is one to the new one. */
        struct alert *newer = asked_anew(step, alert);
        return newer != NULL ? answer_decline(step, newer) : step->status;
    }
    set_alert_state(step, alert, ALERT_DECLINED, LOOP_DECLINE);
    tell_alert(step, EVENT_ALERT_DECLINED, alert, step->input->code, 0);
    if (was_counted)
        want_replan(step, loop_find_callout(step->incident, alert->callout_id));
    return step->status;
}

/* ---- not answers ----------------------------------------------------------------------
 */
void void_alert(struct step *step, struct alert *alert, const char *code, int input)
{
    set_alert_state(step, alert, ALERT_VOID, input);
    edit_alert(step, alert)->due_ms = 0;
    tell_alert(step, EVENT_ALERT_VOID, alert, code, 0);
    step->sweep = true;
    want_replan(step, loop_find_callout(step->incident, alert->callout_id));
}

void no_answer(struct step *step, struct alert *alert)
{
    set_alert_state(step, alert, ALERT_NO_ANSWER, LOOP_ITSELF);
    edit_alert(step, alert)->due_ms = 0;
    tell_alert(step, EVENT_ALERT_NO_ANSWER, alert, alert->seen_ms != 0 ? "read" : NULL,
               0);
    step->sweep = true;
    want_replan(step, loop_find_callout(step->incident, alert->callout_id));
}

static int take_void(struct step *step, struct alert *alert)
{
    const char *code = step->input->code != NULL ? step->input->code : "elsewhere";
    if (alert->state != ALERT_ACCEPTED) {
        bool knows = alert->state == ALERT_LIMITED || alert->seen_ms != 0;
        void_alert(step, alert, code, LOOP_VOID);
        if (step->incident->exercise && knows)
            send_message(step, alert, MESSAGE_KIND_VOIDED);
        return step->status;
    }
    if (!step->incident->exercise)
        return refuse(step, ST_UNPROCESSABLE, "alert",
                      "an accepted alert of a real incident cannot be void");
    struct assignment *assignment = loop_assignment_of(step->incident, alert->id);
    const bool is_lost = assignment->state == ASSIGNMENT_LOST_CONTACT;
    if (!loop_assignment_is_active(assignment) || (is_lost && !step->input->yes)) {
        step->effects->repeated = true;
        return ST_OK;
    }
    if (is_lost && find_again(step, assignment) != ST_OK)
        return step->status;
    stand_down_assignment(step, assignment, MESSAGE_KIND_VOIDED, code);
    return step->status;
}

static int take_fetched(struct step *step, struct alert *alert)
{
    if (alert->fetched_ms != 0) { /* perhaps by the answer, which came first */
        step->effects->repeated = true;
        return ST_OK;
    }
    edit_alert(step, alert)->fetched_ms = step->now_ms;
    tell_alert(step, EVENT_ALERT_FETCHED, alert, NULL, 0);
    return step->status;
}

static int take_seen(struct step *step, struct alert *alert)
{
    bool first = alert->seen_ms == 0;
    mark_read(step, alert);
    if (first)
        tell_alert(step, EVENT_ALERT_SEEN, alert, NULL, 0);
    step->effects->repeated = step->effects->change_count == 0;
    return step->status;
}

/* An answer is a word; what else somebody writes back is for the dispatcher to read. */
static int take_said(struct step *step, struct alert *alert)
{
    mark_read(step, alert);
    tell_alert(step, EVENT_ALERT_SAID, alert, step->input->code, 0);
    keep_nonce(step, alert);
    return step->status;
}

static int take_digits_wrong(struct step *step, struct alert *alert)
{
    struct alert *edited = edit_alert(step, alert);
    if (edited->digits_tries < LOOP_DIGITS_TRIES_MAX)
        edited->digits_tries++;
    tell_alert(step, EVENT_ALERT_DIGITS_WRONG, alert, NULL, edited->digits_tries);
    return step->status;
}

int alert_step(struct step *step)
{
    const struct loop_input *input = step->input;
    struct alert *alert = loop_find_alert(step->incident, input->id);
    if (alert == NULL)
        return refuse(step, ST_NOT_FOUND, "alert", "no such alert");
    step->effects->id = alert->id;
    if (is_repeated(step, alert))
        return ST_OK;
    int status = check_table(step, MACHINE_ALERT, alert->state);
    if (status != ST_OK)
        return status;
    if (input->on_behalf && input->reason == NULL)
        return refuse(step, ST_UNPROCESSABLE, "reason",
                      "an answer on behalf of a person needs a reason");
    if (input->kind == LOOP_ACCEPT || input->kind == LOOP_LIMITED ||
        input->kind == LOOP_DECLINE)
        status = check_device(step, alert);
    if (status != ST_OK)
        return status;
    switch (input->kind) {
    case LOOP_FETCHED:
        return take_fetched(step, alert);
    case LOOP_SEEN:
        return take_seen(step, alert);
    case LOOP_ACCEPT:
        return answer_accept(step, alert);
    case LOOP_LIMITED:
        return answer_limited(step, alert);
    case LOOP_DECLINE:
        return answer_decline(step, alert);
    case LOOP_VOID:
        return take_void(step, alert);
    case LOOP_SAID:
        return take_said(step, alert);
    default:
        return take_digits_wrong(step, alert);
    }
}
