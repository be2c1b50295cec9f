/* SPDX-License-Identifier: Apache-2.0 */
/* One table of codes per enum, made from the lists of loop/model.h. */
#include "loop/names.h"

#include "base/mem.h"
#include "loop/events.h"
#include "loop/loop.h"

#include <assert.h>
#include <string.h>

#define CODE(name, code) code,
#define JOINED(name, code) ", " code

/* The list begins with ", ", or ", , " where the first code is empty. */
static const char *skip_joint(const char *list)
{
    while (*list == ',' || *list == ' ')
        list++;
    return list;
}

#define NAMES(type, name, LIST)                                                          \
    static const char *const name##_codes[] = {LIST(CODE)};                              \
    const char *name##_code(enum type value)                                             \
    {                                                                                    \
        assert((unsigned)value < COUNT_OF(name##_codes));                                \
        return name##_codes[value];                                                      \
    }                                                                                    \
    bool name##_parse(const char *code, enum type *ret)                                  \
    {                                                                                    \
        for (unsigned i = 0; i < COUNT_OF(name##_codes); i++)                            \
            if (strcmp(code, name##_codes[i]) == 0) {                                    \
                *ret = (enum type)i;                                                     \
                return true;                                                             \
            }                                                                            \
        return false;                                                                    \
    }                                                                                    \
    const char *name##_list(void)                                                        \
    {                                                                                    \
        static const char list[] = "" LIST(JOINED);                                      \
        return skip_joint(list);                                                         \
    }

NAMES(incident_state, incident_state, INCIDENT_STATE_LIST)
NAMES(incident_kind, incident_kind, INCIDENT_KIND_LIST)
NAMES(need_state, need_state, NEED_STATE_LIST)
NAMES(callout_state, callout_state, CALLOUT_STATE_LIST)
NAMES(alert_state, alert_state, ALERT_STATE_LIST)
NAMES(assignment_state, assignment_state, ASSIGNMENT_STATE_LIST)
NAMES(message_state, message_state, MESSAGE_STATE_LIST)
NAMES(message_kind, message_kind, MESSAGE_KIND_LIST)
NAMES(channel_kind, channel_kind, CHANNEL_LIST)
NAMES(answer, answer, ANSWER_LIST)
NAMES(outcome, outcome, OUTCOME_LIST)

static const char *const event_codes[] = {EVENT_LIST(CODE)};

const char *event_kind_code(enum event_kind kind)
{
    assert((unsigned)kind < COUNT_OF(event_codes));
    return event_codes[kind];
}

bool event_kind_parse(const char *code, enum event_kind *ret)
{
    for (unsigned i = 0; i < COUNT_OF(event_codes); i++)
        if (strcmp(code, event_codes[i]) == 0) {
            *ret = (enum event_kind)i;
            return true;
        }
    return false;
}

static const char *const input_codes[] = {
    [LOOP_REPORT] = "report",
    [LOOP_CONFIRM] = "confirm",
    [LOOP_STAND_DOWN] = "stand_down",
    [LOOP_REVIEW] = "review",
    [LOOP_CLOSE] = "close",
    [LOOP_CANCEL] = "cancel",
    [LOOP_REOPEN] = "reopen",
    [LOOP_MERGE] = "merge",
    [LOOP_MOVE] = "move",
    [LOOP_TAKE_OVER] = "take_over",
    [LOOP_ROLL_CALL] = "roll_call",
    [LOOP_TICK] = "tick",
    [LOOP_REBASE] = "rebase",
    [LOOP_NEED] = "need",
    [LOOP_NEED_CANCEL] = "cancel",
    [LOOP_NEED_REOPEN] = "reopen",
    [LOOP_NEED_ESCALATE] = "escalate",
    [LOOP_NEED_NOTES] = "notes",
    [LOOP_CALLOUT_START] = "start",
    [LOOP_WAVE] = "wave",
    [LOOP_CALLOUT_STAND_DOWN] = "stand_down",
    [LOOP_CALLOUT_RESUME] = "resume",
    [LOOP_RETIME] = "retime",
    [LOOP_FETCHED] = "fetched",
    [LOOP_SEEN] = "seen",
    [LOOP_ACCEPT] = "accept",
    [LOOP_LIMITED] = "limited",
    [LOOP_DECLINE] = "decline",
    [LOOP_VOID] = "void",
    [LOOP_SAID] = "said",
    [LOOP_DIGITS_WRONG] = "digits_wrong",
    [LOOP_DEPART] = "depart",
    [LOOP_ARRIVE] = "arrive",
    [LOOP_WORK] = "work",
    [LOOP_RELEASE] = "release",
    [LOOP_WITHDRAW] = "withdraw",
    [LOOP_TURNED_BACK] = "turned_back",
    [LOOP_NO_SHOW] = "no_show",
    [LOOP_LOST] = "lost",
    [LOOP_FOUND] = "found",
    [LOOP_HERE] = "here",
    [LOOP_SOS] = "sos",
    [LOOP_SOS_ACKNOWLEDGE] = "sos_acknowledge",
    [LOOP_REPORTED] = "report",
    [LOOP_VERIFY] = "verify",
    [LOOP_MESSAGE_SENDING] = "sending",
    [LOOP_MESSAGE_HANDED_OVER] = "handed_over",
    [LOOP_MESSAGE_DELIVERED] = "delivered",
    [LOOP_MESSAGE_FAILED] = "failed",
    [LOOP_MESSAGE_UNKNOWN] = "unknown",
};

const char *loop_input_code(enum loop_input_kind kind)
{
    assert((unsigned)kind < COUNT_OF(input_codes));
    return input_codes[kind];
}
