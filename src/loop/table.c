/* SPDX-License-Identifier: Apache-2.0 */
/* The table, as data. Read it beside "States" in docs/domain.md. */
#include "loop/table.h"

#include "base/mem.h"
#include "base/text.h"
#include "loop/names.h"

#include <assert.h>

#define I(state, input, target)                                                          \
    {                                                                                    \
        INCIDENT_##state, input, INCIDENT_##target                                       \
    }
static const struct table_row incident_rows[] = {
    I(REPORTED, LOOP_REPORT, REPORTED),
    I(REPORTED, LOOP_CONFIRM, CONFIRMED),
    I(REPORTED, LOOP_CANCEL, CANCELLED),
    I(REPORTED, LOOP_MERGE, MERGED),
    I(REPORTED, LOOP_MOVE, REPORTED),
    I(REPORTED, LOOP_TAKE_OVER, REPORTED),
    I(REPORTED, LOOP_NEED, REPORTED),
    I(REPORTED, LOOP_NEED_CANCEL, REPORTED),
    I(REPORTED, LOOP_NEED_REOPEN, REPORTED),
    I(REPORTED, LOOP_NEED_ESCALATE, REPORTED),
    I(REPORTED, LOOP_NEED_NOTES, REPORTED),
    I(REPORTED, LOOP_VERIFY, REPORTED),

    I(CONFIRMED, LOOP_CANCEL, CANCELLED),
    I(CONFIRMED, LOOP_MERGE, MERGED),
    I(CONFIRMED, LOOP_MOVE, CONFIRMED),
    I(CONFIRMED, LOOP_TAKE_OVER, CONFIRMED),
    I(CONFIRMED, LOOP_NEED, CONFIRMED),
    I(CONFIRMED, LOOP_NEED_CANCEL, CONFIRMED),
    I(CONFIRMED, LOOP_NEED_REOPEN, CONFIRMED),
    I(CONFIRMED, LOOP_NEED_ESCALATE, CONFIRMED),
    I(CONFIRMED, LOOP_NEED_NOTES, CONFIRMED),
    I(CONFIRMED, LOOP_CALLOUT_START, ACTIVE),
    I(CONFIRMED, LOOP_VERIFY, CONFIRMED),

    I(ACTIVE, LOOP_STAND_DOWN, STANDING_DOWN),
    I(ACTIVE, LOOP_CANCEL, CANCELLED),
    I(ACTIVE, LOOP_MERGE, MERGED),
    I(ACTIVE, LOOP_MOVE, ACTIVE),
    I(ACTIVE, LOOP_TAKE_OVER, ACTIVE),
    I(ACTIVE, LOOP_ROLL_CALL, ACTIVE),
    I(ACTIVE, LOOP_NEED, ACTIVE),
    I(ACTIVE, LOOP_NEED_CANCEL, ACTIVE),
    I(ACTIVE, LOOP_NEED_REOPEN, ACTIVE),
    I(ACTIVE, LOOP_NEED_ESCALATE, ACTIVE),
    I(ACTIVE, LOOP_NEED_NOTES, ACTIVE),
    I(ACTIVE, LOOP_CALLOUT_START, ACTIVE),
    I(ACTIVE, LOOP_WAVE, ACTIVE),
    I(ACTIVE, LOOP_CALLOUT_STAND_DOWN, ACTIVE),
    I(ACTIVE, LOOP_CALLOUT_RESUME, ACTIVE),
    I(ACTIVE, LOOP_RETIME, ACTIVE),
    I(ACTIVE, LOOP_VERIFY, ACTIVE),

    I(STANDING_DOWN, LOOP_REVIEW, REVIEW),
    I(STANDING_DOWN, LOOP_REOPEN, ACTIVE),
    I(STANDING_DOWN, LOOP_CANCEL, CANCELLED),
    I(STANDING_DOWN, LOOP_MERGE, MERGED),
    I(STANDING_DOWN, LOOP_MOVE, STANDING_DOWN),
    I(STANDING_DOWN, LOOP_TAKE_OVER, STANDING_DOWN),
    I(STANDING_DOWN, LOOP_ROLL_CALL, STANDING_DOWN),
    I(STANDING_DOWN, LOOP_NEED_CANCEL, STANDING_DOWN),
    I(STANDING_DOWN, LOOP_NEED_REOPEN, STANDING_DOWN),
    I(STANDING_DOWN, LOOP_NEED_NOTES, STANDING_DOWN),
    I(STANDING_DOWN, LOOP_VERIFY, STANDING_DOWN),

    I(REVIEW, LOOP_CLOSE, CLOSED),
    I(REVIEW, LOOP_REOPEN, ACTIVE),
    I(REVIEW, LOOP_CANCEL, CANCELLED),
    I(REVIEW, LOOP_MERGE, MERGED),
    I(REVIEW, LOOP_MOVE, REVIEW),
    I(REVIEW, LOOP_TAKE_OVER, REVIEW),
    I(REVIEW, LOOP_NEED_CANCEL, REVIEW),
    I(REVIEW, LOOP_NEED_REOPEN, REVIEW),
    I(REVIEW, LOOP_NEED_NOTES, REVIEW),
    I(REVIEW, LOOP_VERIFY, REVIEW),

    I(CLOSED, LOOP_REOPEN, ACTIVE),

    I(CANCELLED, LOOP_VERIFY, CANCELLED),
};
#undef I

#define N(state, input, target)                                                          \
    {                                                                                    \
        NEED_##state, input, NEED_##target                                               \
    }
static const struct table_row need_rows[] = {
    N(OPEN, LOOP_NEED_CANCEL, CANCELLED),
    N(OPEN, LOOP_NEED_ESCALATE, OPEN),
    N(OPEN, LOOP_NEED_NOTES, OPEN),
    N(OPEN, LOOP_CALLOUT_START, OPEN),
    N(OPEN, LOOP_ITSELF, FILLED),
    N(OPEN, LOOP_ITSELF, SHORT),
    N(OPEN, LOOP_ITSELF, CANCELLED),

    N(FILLED, LOOP_NEED_CANCEL, CANCELLED),
    N(FILLED, LOOP_NEED_REOPEN, OPEN),
    N(FILLED, LOOP_NEED_NOTES, FILLED),
    N(FILLED, LOOP_ITSELF, OPEN),
    N(FILLED, LOOP_ITSELF, MET),
    N(FILLED, LOOP_ITSELF, CANCELLED),

    N(MET, LOOP_NEED_CANCEL, CANCELLED),
    N(MET, LOOP_NEED_REOPEN, OPEN),
    N(MET, LOOP_NEED_NOTES, MET),
    N(MET, LOOP_ITSELF, OPEN),

    N(SHORT, LOOP_NEED_CANCEL, CANCELLED),
    N(SHORT, LOOP_NEED_REOPEN, OPEN),
    N(SHORT, LOOP_NEED_ESCALATE, SHORT),
    N(SHORT, LOOP_NEED_NOTES, SHORT),
    N(SHORT, LOOP_CALLOUT_START, OPEN),
    N(SHORT, LOOP_ITSELF, FILLED), /* late, but filled */
    N(SHORT, LOOP_ITSELF, CANCELLED),
};
#undef N

#define C(state, input, target)                                                          \
    {                                                                                    \
        CALLOUT_##state, input, CALLOUT_##target                                         \
    }
static const struct table_row callout_rows[] = {
    C(PLANNED, LOOP_CALLOUT_START, ACTIVE),
    C(PLANNED, LOOP_CALLOUT_STAND_DOWN, STANDING_DOWN),
    C(PLANNED, LOOP_ITSELF, STANDING_DOWN),

    C(ACTIVE, LOOP_WAVE, ACTIVE),
    C(ACTIVE, LOOP_CALLOUT_STAND_DOWN, STANDING_DOWN),
    C(ACTIVE, LOOP_RETIME, ACTIVE),
    C(ACTIVE, LOOP_ITSELF, FILLED),
    C(ACTIVE, LOOP_ITSELF, STANDING_DOWN),

    C(FILLED, LOOP_CALLOUT_STAND_DOWN, STANDING_DOWN),
    C(FILLED, LOOP_CALLOUT_RESUME, ACTIVE),
    C(FILLED, LOOP_RETIME, FILLED),
    C(FILLED, LOOP_WAVE, FILLED), /* of nobody: its probability (guard) */
    C(FILLED, LOOP_ITSELF, ACTIVE),
    C(FILLED, LOOP_ITSELF, STANDING_DOWN),

    C(STANDING_DOWN, LOOP_CALLOUT_RESUME, ACTIVE),
    C(STANDING_DOWN, LOOP_ITSELF, ENDED),
};
#undef C

#define A(state, input, target)                                                          \
    {                                                                                    \
        ALERT_##state, input, ALERT_##target                                             \
    }
#define A_ANY(state)                                                                     \
    A(state, LOOP_FETCHED, state), A(state, LOOP_SEEN, state),                           \
        A(state, LOOP_SAID, state), A(state, LOOP_DIGITS_WRONG, state)
static const struct table_row alert_rows[] = {
    A_ANY(PENDING),
    A(PENDING, LOOP_ACCEPT, ACCEPTED),
    A(PENDING, LOOP_ACCEPT, LATE),
    A(PENDING, LOOP_LIMITED, LIMITED),
    A(PENDING, LOOP_DECLINE, DECLINED),
    A(PENDING, LOOP_VOID, VOID),
    A(PENDING, LOOP_ITSELF, NO_ANSWER),
    A(PENDING, LOOP_ITSELF, VOID),
    A(PENDING, LOOP_ITSELF, STOOD_DOWN),

    /* A yes again is answered as before; after a stand-down of the assignment and a
     * re-opening it is a new yes. A decline is a withdrawal. */
    A_ANY(ACCEPTED),
    A(ACCEPTED, LOOP_ACCEPT, ACCEPTED),
    A(ACCEPTED, LOOP_DECLINE, DECLINED),
    A(ACCEPTED, LOOP_VOID, ACCEPTED),
    A(ACCEPTED, LOOP_ITSELF, DECLINED),

    A_ANY(LIMITED),
    A(LIMITED, LOOP_ACCEPT, ACCEPTED),
    A(LIMITED, LOOP_ACCEPT, LATE),
    A(LIMITED, LOOP_LIMITED, LIMITED),
    A(LIMITED, LOOP_DECLINE, DECLINED),
    A(LIMITED, LOOP_VOID, VOID),
    A(LIMITED, LOOP_ITSELF, STOOD_DOWN),

    A_ANY(LATE),
    A(LATE, LOOP_ACCEPT, ACCEPTED),
    A(LATE, LOOP_ACCEPT, LATE),
    A(LATE, LOOP_DECLINE, LATE),
    A(LATE, LOOP_ITSELF, STOOD_DOWN),

    A_ANY(DECLINED),
    A(DECLINED, LOOP_ACCEPT, ACCEPTED),
    A(DECLINED, LOOP_ACCEPT, LATE),
    A(DECLINED, LOOP_DECLINE, DECLINED),

    A_ANY(NO_ANSWER),
    A(NO_ANSWER, LOOP_ACCEPT, ACCEPTED),
    A(NO_ANSWER, LOOP_ACCEPT, LATE),
    A(NO_ANSWER, LOOP_DECLINE, DECLINED),

    A_ANY(VOID),
    A(VOID, LOOP_ACCEPT, LATE),
    A(VOID, LOOP_DECLINE, VOID),

    A_ANY(STOOD_DOWN),
    A(STOOD_DOWN, LOOP_ACCEPT, ACCEPTED),
    A(STOOD_DOWN, LOOP_ACCEPT, LATE),
    A(STOOD_DOWN, LOOP_DECLINE, STOOD_DOWN),
};
#undef A
#undef A_ANY

#define S(state, input, target)                                                          \
    {                                                                                    \
        ASSIGNMENT_##state, input, ASSIGNMENT_##target                                   \
    }
/* An alarm can be seen to whatever has become of the person since. */
#define S_SEEN_TO(state) S(state, LOOP_SOS_ACKNOWLEDGE, state)
#define S_SOS(state) S(state, LOOP_SOS, state), S_SEEN_TO(state)
/* Up to working. */
#define S_ANY(state)                                                                     \
    S(state, LOOP_WITHDRAW, WITHDRAWN), S(state, LOOP_LOST, LOST_CONTACT),               \
        S(state, LOOP_ITSELF, LOST_CONTACT), S(state, LOOP_ITSELF, WITHDRAWN),           \
        S(state, LOOP_HERE, state), S_SOS(state)
static const struct table_row assignment_rows[] = {
    S_ANY(ASSIGNED),
    S(ASSIGNED, LOOP_DEPART, EN_ROUTE),
    S(ASSIGNED, LOOP_ARRIVE, ON_SCENE),
    S(ASSIGNED, LOOP_NO_SHOW, NO_SHOW),
    S(ASSIGNED, LOOP_ITSELF, STOOD_DOWN),

    S_ANY(EN_ROUTE),
    S(EN_ROUTE, LOOP_ARRIVE, ON_SCENE),
    S(EN_ROUTE, LOOP_NO_SHOW, NO_SHOW),
    S(EN_ROUTE, LOOP_ITSELF, STOOD_DOWN),

    S_ANY(ON_SCENE),
    S(ON_SCENE, LOOP_WORK, WORKING),
    S(ON_SCENE, LOOP_RELEASE, RELEASED),
    S(ON_SCENE, LOOP_ITSELF, RELEASED),

    S_ANY(WORKING),
    S(WORKING, LOOP_RELEASE, RELEASED),
    S(WORKING, LOOP_ITSELF, RELEASED),

    S(LOST_CONTACT, LOOP_FOUND, ASSIGNED),
    S(LOST_CONTACT, LOOP_FOUND, EN_ROUTE),
    S(LOST_CONTACT, LOOP_FOUND, ON_SCENE),
    S(LOST_CONTACT, LOOP_FOUND, WORKING),
    /* Who answers the roll call is found. */
    S(LOST_CONTACT, LOOP_HERE, ASSIGNED),
    S(LOST_CONTACT, LOOP_HERE, EN_ROUTE),
    S(LOST_CONTACT, LOOP_HERE, ON_SCENE),
    S(LOST_CONTACT, LOOP_HERE, WORKING),
    S_SOS(LOST_CONTACT),

    /* Was there after all. */
    S(NO_SHOW, LOOP_ARRIVE, ON_SCENE),
    S_SEEN_TO(NO_SHOW),

    /* Only of those who had left (guard). */
    S(STOOD_DOWN, LOOP_TURNED_BACK, TURNED_BACK),
    S(STOOD_DOWN, LOOP_ITSELF, TURNED_BACK), /* said yes again after a re-opening */
    S_SOS(STOOD_DOWN),

    S(RELEASED, LOOP_REPORTED, REPORTED),
    S_SOS(RELEASED),

    S(REPORTED, LOOP_VERIFY, VERIFIED),
    S(REPORTED, LOOP_VERIFY, DISPUTED),
    S_SOS(REPORTED),                    /* perhaps on the way home */
    S(VERIFIED, LOOP_VERIFY, VERIFIED), /* a correction */
    S_SEEN_TO(VERIFIED),

    S(DISPUTED, LOOP_REPORTED, REPORTED),
    S_SOS(DISPUTED),

    S_SOS(TURNED_BACK),
    S_SEEN_TO(WITHDRAWN),
};
#undef S
#undef S_SEEN_TO
#undef S_SOS
#undef S_ANY

#define M(state, input, target)                                                          \
    {                                                                                    \
        MESSAGE_##state, input, MESSAGE_##target                                         \
    }
static const struct table_row message_rows[] = {
    M(QUEUED, LOOP_MESSAGE_SENDING, SENDING),
    M(QUEUED, LOOP_ITSELF, WITHDRAWN),

    M(SENDING, LOOP_MESSAGE_SENDING, SENDING), /* after a crash: perhaps twice */
    M(SENDING, LOOP_MESSAGE_HANDED_OVER, HANDED_OVER),
    M(SENDING, LOOP_MESSAGE_DELIVERED, DELIVERED),
    M(SENDING, LOOP_MESSAGE_FAILED, FAILED),
    M(SENDING, LOOP_MESSAGE_FAILED, QUEUED),
    M(SENDING, LOOP_MESSAGE_FAILED, WITHDRAWN), /* its answer is not wanted any more */
    M(SENDING, LOOP_MESSAGE_UNKNOWN, UNKNOWN),

    M(HANDED_OVER, LOOP_MESSAGE_DELIVERED, DELIVERED),
    M(HANDED_OVER, LOOP_MESSAGE_FAILED, FAILED),
    M(HANDED_OVER, LOOP_MESSAGE_UNKNOWN, UNKNOWN),
    M(HANDED_OVER, LOOP_ITSELF, READ),

    M(DELIVERED, LOOP_MESSAGE_DELIVERED, DELIVERED),
    M(DELIVERED, LOOP_MESSAGE_FAILED, FAILED),
    M(DELIVERED, LOOP_MESSAGE_UNKNOWN, UNKNOWN),
    M(DELIVERED, LOOP_ITSELF, READ),

    /* A receipt that comes after the answer tells nothing new. */
    M(READ, LOOP_MESSAGE_HANDED_OVER, READ),
    M(READ, LOOP_MESSAGE_DELIVERED, READ),
    M(READ, LOOP_MESSAGE_FAILED, READ),
    M(READ, LOOP_MESSAGE_UNKNOWN, READ),
};
#undef M

static const struct machine {
    const char *name;
    const struct table_row *rows;
    unsigned row_count, state_count;
} machines[MACHINE_COUNT] = {
    [MACHINE_INCIDENT] = {"incident", incident_rows, COUNT_OF(incident_rows),
                          INCIDENT_STATE_COUNT},
    [MACHINE_NEED] = {"need", need_rows, COUNT_OF(need_rows), NEED_STATE_COUNT},
    [MACHINE_CALLOUT] = {"callout", callout_rows, COUNT_OF(callout_rows),
                         CALLOUT_STATE_COUNT},
    [MACHINE_ALERT] = {"alert", alert_rows, COUNT_OF(alert_rows), ALERT_STATE_COUNT},
    [MACHINE_ASSIGNMENT] = {"assignment", assignment_rows, COUNT_OF(assignment_rows),
                            ASSIGNMENT_STATE_COUNT},
    [MACHINE_MESSAGE] = {"message", message_rows, COUNT_OF(message_rows),
                         MESSAGE_STATE_COUNT},
};

const struct table_row *table_rows(enum loop_machine machine, unsigned *ret_count)
{
    *ret_count = machines[machine].row_count;
    return machines[machine].rows;
}

unsigned table_state_count(enum loop_machine machine)
{
    return machines[machine].state_count;
}

const char *table_machine_name(enum loop_machine machine)
{
    return machines[machine].name;
}

const char *table_state_code(enum loop_machine machine, int state)
{
    switch (machine) {
    case MACHINE_INCIDENT:
        return incident_state_code((enum incident_state)state);
    case MACHINE_NEED:
        return need_state_code((enum need_state)state);
    case MACHINE_CALLOUT:
        return callout_state_code((enum callout_state)state);
    case MACHINE_ALERT:
        return alert_state_code((enum alert_state)state);
    case MACHINE_ASSIGNMENT:
        return assignment_state_code((enum assignment_state)state);
    case MACHINE_MESSAGE:
        return message_state_code((enum message_state)state);
    default:
        return "";
    }
}

bool table_allows(enum loop_machine machine, int state, int input)
{
    const struct machine *m = &machines[machine];
    for (unsigned i = 0; i < m->row_count; i++)
        if (m->rows[i].state == state && m->rows[i].input == input)
            return true;
    return false;
}

bool table_leads(enum loop_machine machine, int state, int input, int target)
{
    const struct machine *m = &machines[machine];
    for (unsigned i = 0; i < m->row_count; i++)
        if (m->rows[i].state == state && m->rows[i].input == input &&
            m->rows[i].target == target)
            return true;
    return false;
}

enum loop_machine table_machine_of(enum loop_input_kind input)
{
    if (input >= LOOP_MESSAGE_SENDING)
        return MACHINE_MESSAGE;
    if (input >= LOOP_DEPART)
        return MACHINE_ASSIGNMENT;
    if (input >= LOOP_FETCHED)
        return MACHINE_ALERT;
    if (input >= LOOP_WAVE)
        return MACHINE_CALLOUT;
    if (input >= LOOP_NEED_CANCEL)
        return MACHINE_NEED;
    return MACHINE_INCIDENT;
}

bool table_asks_incident(enum loop_input_kind input)
{
    return input == LOOP_VERIFY ||
           (input <= LOOP_RETIME && input != LOOP_TICK && input != LOOP_REBASE);
}

/* What the machinery gives, not a person: never offered in an answer. */
static bool is_machinery(int input)
{
    return input == LOOP_ITSELF || input == LOOP_REPORT || input == LOOP_TICK ||
           input == LOOP_REBASE || input == LOOP_WAVE || input == LOOP_RETIME ||
           input == LOOP_FETCHED || input == LOOP_VOID || input == LOOP_SAID ||
           input == LOOP_DIGITS_WRONG;
}

static void append_allowed(enum loop_machine machine, int state, int except,
                           struct text *ret)
{
    const struct machine *m = &machines[machine];
    int last = -1;
    bool first = true;
    for (unsigned i = 0; i < m->row_count; i++) {
        int input = m->rows[i].input;
        if (m->rows[i].state != state || input == last || input == except ||
            is_machinery(input) ||
            (machine == MACHINE_INCIDENT && input > LOOP_ROLL_CALL))
            continue;
        text_append_string(ret, first ? "" : ", ");
        text_append_string(ret, loop_input_code((enum loop_input_kind)input));
        first = false;
        last = input;
    }
}

void table_allowed(enum loop_machine machine, int state, struct text *ret)
{
    append_allowed(machine, state, LOOP_ITSELF, ret);
}

void loop_allowed_for_incident(enum incident_state state, struct text *ret)
{
    table_allowed(MACHINE_INCIDENT, state, ret);
}

void loop_allowed_for_assignment(enum assignment_state state, bool has_left,
                                 struct text *ret)
{
    append_allowed(MACHINE_ASSIGNMENT, state, has_left ? LOOP_ITSELF : LOOP_TURNED_BACK,
                   ret);
}

void loop_allowed_for_alert(enum alert_state state, struct text *ret)
{
    table_allowed(MACHINE_ALERT, state, ret);
}
