/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary of CAP 1.2 (OASIS, 1 July 2010, section 3.2), and two lists of our own:
 * the colour of a Chinese warning and what a document may get wrong. Severity, urgency,
 * certainty and colour ascend. The words are those of the standard, and of our API. */
#ifndef MUSTER_INTAKE_CAP_WORDS_H
#define MUSTER_INTAKE_CAP_WORDS_H

#include <stdbool.h>

/* Every enum below comes from one list X(NAME, "word"). */
#define CAP_STATUS_LIST(X)                                                               \
    X(ACTUAL, "Actual")                                                                  \
    X(EXERCISE, "Exercise")                                                              \
    X(SYSTEM, "System")                                                                  \
    X(TEST, "Test")                                                                      \
    X(DRAFT, "Draft")
#define CAP_TYPE_LIST(X)                                                                 \
    X(ALERT, "Alert")                                                                    \
    X(UPDATE, "Update")                                                                  \
    X(CANCEL, "Cancel")                                                                  \
    X(ACK, "Ack")                                                                        \
    X(ERROR, "Error")
#define CAP_SCOPE_LIST(X)                                                                \
    X(PUBLIC, "Public")                                                                  \
    X(RESTRICTED, "Restricted")                                                          \
    X(PRIVATE, "Private")
#define CAP_CATEGORY_LIST(X)                                                             \
    X(GEO, "Geo")                                                                        \
    X(MET, "Met")                                                                        \
    X(SAFETY, "Safety")                                                                  \
    X(SECURITY, "Security")                                                              \
    X(RESCUE, "Rescue")                                                                  \
    X(FIRE, "Fire")                                                                      \
    X(HEALTH, "Health")                                                                  \
    X(ENV, "Env")                                                                        \
    X(TRANSPORT, "Transport")                                                            \
    X(INFRA, "Infra")                                                                    \
    X(CBRNE, "CBRNE")                                                                    \
    X(OTHER, "Other")
#define CAP_RESPONSE_LIST(X)                                                             \
    X(SHELTER, "Shelter")                                                                \
    X(EVACUATE, "Evacuate")                                                              \
    X(PREPARE, "Prepare")                                                                \
    X(EXECUTE, "Execute")                                                                \
    X(AVOID, "Avoid")                                                                    \
    X(MONITOR, "Monitor")                                                                \
    X(ASSESS, "Assess")                                                                  \
    X(ALL_CLEAR, "AllClear")                                                             \
    X(NONE, "None")
#define CAP_URGENCY_LIST(X)                                                              \
    X(UNKNOWN, "Unknown")                                                                \
    X(PAST, "Past")                                                                      \
    X(FUTURE, "Future")                                                                  \
    X(EXPECTED, "Expected")                                                              \
    X(IMMEDIATE, "Immediate")
#define CAP_SEVERITY_LIST(X)                                                             \
    X(UNKNOWN, "Unknown")                                                                \
    X(MINOR, "Minor")                                                                    \
    X(MODERATE, "Moderate")                                                              \
    X(SEVERE, "Severe")                                                                  \
    X(EXTREME, "Extreme")
#define CAP_CERTAINTY_LIST(X)                                                            \
    X(UNKNOWN, "Unknown")                                                                \
    X(UNLIKELY, "Unlikely")                                                              \
    X(POSSIBLE, "Possible")                                                              \
    X(LIKELY, "Likely")                                                                  \
    X(OBSERVED, "Observed")
#define CAP_LEVEL_LIST(X)                                                                \
    X(NONE, "none")                                                                      \
    X(BLUE, "blue")                                                                      \
    X(YELLOW, "yellow")                                                                  \
    X(ORANGE, "orange")                                                                  \
    X(RED, "red")
/* In this order: elements of an info or an area stand in another order; a time other than
 * `sent` has Z or a fraction; a reference has the alert's own identifier; an element of
 * another namespace, text between elements: passed over; tags of HTML that only set lines
 * or letters (<br>, <b>, <a>): taken out of the text; a polygon crosses
 * itself by less than a hundredth of its area; a polygon crosses the 180th meridian: ends
 * there. */
#define CAP_WARNING_LIST(X)                                                              \
    X(ORDER, "order")                                                                    \
    X(TIME, "time")                                                                      \
    X(SELF_REFERENCE, "self_reference")                                                  \
    X(FOREIGN, "foreign")                                                                \
    X(STRAY_TEXT, "stray_text")                                                          \
    X(MARKUP, "markup")                                                                  \
    X(CROSSING, "crossing")                                                              \
    X(CUT_OFF, "cut_off")

#define X(name, word) CAP_STATUS_##name,
enum cap_status { CAP_STATUS_LIST(X) CAP_STATUS_COUNT };
#undef X
#define X(name, word) CAP_TYPE_##name,
enum cap_type { CAP_TYPE_LIST(X) CAP_TYPE_COUNT };
#undef X
#define X(name, word) CAP_SCOPE_##name,
enum cap_scope { CAP_SCOPE_LIST(X) CAP_SCOPE_COUNT };
#undef X
#define X(name, word) CAP_CATEGORY_##name,
enum cap_category { CAP_CATEGORY_LIST(X) CAP_CATEGORY_COUNT };
#undef X
#define X(name, word) CAP_RESPONSE_##name,
enum cap_response { CAP_RESPONSE_LIST(X) CAP_RESPONSE_COUNT };
#undef X
#define X(name, word) CAP_URGENCY_##name,
enum cap_urgency { CAP_URGENCY_LIST(X) CAP_URGENCY_COUNT };
#undef X
#define X(name, word) CAP_SEVERITY_##name,
enum cap_severity { CAP_SEVERITY_LIST(X) CAP_SEVERITY_COUNT };
#undef X
#define X(name, word) CAP_CERTAINTY_##name,
enum cap_certainty { CAP_CERTAINTY_LIST(X) CAP_CERTAINTY_COUNT };
#undef X
#define X(name, word) CAP_LEVEL_##name,
enum cap_level { CAP_LEVEL_LIST(X) CAP_LEVEL_COUNT };
#undef X
#define X(name, word) CAP_WARNING_##name,
enum cap_warning { CAP_WARNING_LIST(X) CAP_WARNING_COUNT };
#undef X

/* The lists, for the functions below. */
enum cap_list {
    CAP_LIST_STATUS,
    CAP_LIST_TYPE,
    CAP_LIST_SCOPE,
    CAP_LIST_CATEGORY,
    CAP_LIST_RESPONSE,
    CAP_LIST_URGENCY,
    CAP_LIST_SEVERITY,
    CAP_LIST_CERTAINTY,
    CAP_LIST_LEVEL,
    CAP_LIST_WARNING,
    CAP_LIST_COUNT
};

/* The word of VALUE, one of the list's enum: cap_word(CAP_LIST_STATUS, alert->status).
 * Never NULL. */
const char *cap_word(enum cap_list list, unsigned value);
/* The value of WORD, which is compared as it is written; false: none of the list. */
bool cap_word_find(enum cap_list list, const char *word, unsigned *ret);
/* All of a list, comma separated, for error texts. */
const char *cap_words(enum cap_list list);

#endif
