/* SPDX-License-Identifier: Apache-2.0 */
/* Between the enums of loop/model.h and their codes. x_code never returns NULL; x_parse
 * is false for an unknown code. x_list gives all codes, comma separated, for error texts.
 */
#ifndef MUSTER_LOOP_NAMES_H
#define MUSTER_LOOP_NAMES_H

#include "loop/model.h"

#define NAMES(type, name)                                                                \
    const char *name##_code(enum type value);                                            \
    bool name##_parse(const char *code, enum type *ret);                                 \
    const char *name##_list(void);
NAMES(incident_state, incident_state)
NAMES(incident_kind, incident_kind)
NAMES(need_state, need_state)
NAMES(callout_state, callout_state)
NAMES(alert_state, alert_state)
NAMES(assignment_state, assignment_state)
NAMES(message_state, message_state)
NAMES(message_kind, message_kind)
NAMES(channel_kind, channel_kind)
NAMES(answer, answer)
NAMES(outcome, outcome)
#undef NAMES

#endif
