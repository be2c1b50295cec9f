/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of events the loop writes: one list. What `code` and `number` mean in each
 * stands in docs/formats/events.md. Every change of a state is told by exactly one event,
 * except bulk changes of messages, which follow from the event of their alert. */
#ifndef MUSTER_LOOP_EVENTS_H
#define MUSTER_LOOP_EVENTS_H

#include <stdbool.h>

#define EVENT_LIST(X)                                                                    \
    X(INCIDENT_REPORTED, "incident.reported")                                            \
    X(INCIDENT_CONFIRMED, "incident.confirmed")                                          \
    X(INCIDENT_ACTIVE, "incident.active")                                                \
    X(INCIDENT_STANDING_DOWN, "incident.standing_down")                                  \
    X(INCIDENT_REVIEW, "incident.review")                                                \
    X(INCIDENT_CLOSED, "incident.closed")                                                \
    X(INCIDENT_CANCELLED, "incident.cancelled")                                          \
    X(INCIDENT_REOPENED, "incident.reopened")                                            \
    X(INCIDENT_MERGED, "incident.merged")                                                \
    X(INCIDENT_ROLL_CALL, "incident.roll_call")                                          \
    X(INCIDENT_MOVED, "incident.moved")                                                  \
    X(INCIDENT_TAKEN_OVER, "incident.taken_over")                                        \
    X(INCIDENT_REBASED, "incident.rebased")                                              \
    X(INCIDENT_DESK_TOLD, "incident.desk_told")                                          \
    X(NEED_STATED, "need.stated")                                                        \
    X(NEED_FILLED, "need.filled")                                                        \
    X(NEED_MET, "need.met")                                                              \
    X(NEED_SHORT, "need.short")                                                          \
    X(NEED_OPEN, "need.open")                                                            \
    X(NEED_CANCELLED, "need.cancelled")                                                  \
    X(NEED_ESCALATED, "need.escalated")                                                  \
    X(NEED_DEADLINE, "need.deadline")                                                    \
    X(NEED_NOTES, "need.notes")                                                          \
    X(CALLOUT_STARTED, "callout.started")                                                \
    X(CALLOUT_FILLED, "callout.filled")                                                  \
    X(CALLOUT_ACTIVE, "callout.active")                                                  \
    X(CALLOUT_STANDING_DOWN, "callout.standing_down")                                    \
    X(CALLOUT_ENDED, "callout.ended")                                                    \
    X(WAVE_SENT, "wave.sent")                                                            \
    X(WAVE_CUT, "wave.cut")                                                              \
    X(ALERT_SENT, "alert.sent")                                                          \
    X(ALERT_SKIPPED, "alert.skipped")                                                    \
    X(ALERT_NEXT_CHANNEL, "alert.next_channel")                                          \
    X(ALERT_FETCHED, "alert.fetched")                                                    \
    X(ALERT_SEEN, "alert.seen")                                                          \
    X(ALERT_SAID, "alert.said")                                                          \
    X(ALERT_ACCEPTED, "alert.accepted")                                                  \
    X(ALERT_LIMITED, "alert.limited")                                                    \
    X(ALERT_ASKED, "alert.asked")                                                        \
    X(ALERT_LATE, "alert.late")                                                          \
    X(ALERT_DECLINED, "alert.declined")                                                  \
    X(ALERT_NO_ANSWER, "alert.no_answer")                                                \
    X(ALERT_VOID, "alert.void")                                                          \
    X(ALERT_STOOD_DOWN, "alert.stood_down")                                              \
    X(ALERT_DIGITS_WRONG, "alert.digits_wrong")                                          \
    X(ALERT_RETIMED, "alert.retimed")                                                    \
    X(ASSIGNMENT_ASSIGNED, "assignment.assigned")                                        \
    X(ASSIGNMENT_MOVED, "assignment.moved")                                              \
    X(ASSIGNMENT_EN_ROUTE, "assignment.en_route")                                        \
    X(ASSIGNMENT_ON_SCENE, "assignment.on_scene")                                        \
    X(ASSIGNMENT_WORKING, "assignment.working")                                          \
    X(ASSIGNMENT_RELEASED, "assignment.released")                                        \
    X(ASSIGNMENT_WITHDRAWN, "assignment.withdrawn")                                      \
    X(ASSIGNMENT_STOOD_DOWN, "assignment.stood_down")                                    \
    X(ASSIGNMENT_TURNED_BACK, "assignment.turned_back")                                  \
    X(ASSIGNMENT_NO_SHOW, "assignment.no_show")                                          \
    X(ASSIGNMENT_OVERDUE, "assignment.overdue")                                          \
    X(ASSIGNMENT_LOST_CONTACT, "assignment.lost_contact")                                \
    X(ASSIGNMENT_FOUND, "assignment.found")                                              \
    X(ASSIGNMENT_HERE, "assignment.here")                                                \
    X(ASSIGNMENT_NOT_HEARD, "assignment.not_heard")                                      \
    X(ASSIGNMENT_SOS, "assignment.sos")                                                  \
    X(ASSIGNMENT_SOS_ACKNOWLEDGED, "assignment.sos_acknowledged")                        \
    X(ASSIGNMENT_REPORT_DUE, "assignment.report_due")                                    \
    X(ASSIGNMENT_REPORTED, "assignment.reported")                                        \
    X(ASSIGNMENT_VERIFIED, "assignment.verified")                                        \
    X(ASSIGNMENT_DISPUTED, "assignment.disputed")                                        \
    X(MESSAGE_SENDING, "message.sending")                                                \
    X(MESSAGE_HANDED_OVER, "message.handed_over")                                        \
    X(MESSAGE_DELIVERED, "message.delivered")                                            \
    X(MESSAGE_QUEUED, "message.queued")                                                  \
    X(MESSAGE_FAILED, "message.failed")                                                  \
    X(MESSAGE_UNKNOWN, "message.unknown")                                                \
    X(MESSAGE_WITHDRAWN, "message.withdrawn")

#define X(name, code) EVENT_##name,
enum event_kind { EVENT_LIST(X) EVENT_KIND_COUNT };
#undef X

/* Never NULL; static. */
const char *event_kind_code(enum event_kind kind);
/* False for an unknown code. */
bool event_kind_parse(const char *code, enum event_kind *ret);

#endif
