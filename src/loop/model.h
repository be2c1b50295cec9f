/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the loop: one incident with everything that hangs on it. The words and
 * states are those of docs/domain.md. A struct loop_incident is owned by the writer
 * alone; rows are plain data, refer to each other by id, and are kept in arrays sorted by
 * id (ids only grow). Times are wall milliseconds, 0 = not yet. */
#ifndef MUSTER_LOOP_MODEL_H
#define MUSTER_LOOP_MODEL_H

#include "base/id_index.h"
#include "crowd/skill.h"
#include "geo/point.h"

#include <stdbool.h>
#include <stdint.h>

#define LOOP_NEEDS_MAX 64        /* of one incident */
#define LOOP_CALLOUTS_MAX 256    /* of one incident */
#define LOOP_ALERTS_MAX 100000   /* of one incident */
#define LOOP_MESSAGES_MAX 400000 /* of one incident */
#define LOOP_LINES_MAX 8
#define LOOP_COUNT_MAX 5000
#define LOOP_RESERVE_AUTO (-1)
#define LOOP_NONCES_KEPT 8
#define LOOP_CHANNELS_MAX 6
#define LOOP_PLANNED_AHEAD_MS (4 * INT64_C(3600) * 1000) /* a deadline beyond it */
#define LOOP_DIGITS_TRIES_MAX 5                          /* of one alert */

/* Every enum below comes from one list X(NAME, "code"); loop/names.h gives X_code() and
 * X_parse() of each. The codes are the words of the API and of the database. */
#define INCIDENT_STATE_LIST(X)                                                           \
    X(REPORTED, "reported")                                                              \
    X(CONFIRMED, "confirmed")                                                            \
    X(ACTIVE, "active")                                                                  \
    X(STANDING_DOWN, "standing_down")                                                    \
    X(REVIEW, "review")                                                                  \
    X(CLOSED, "closed")                                                                  \
    X(CANCELLED, "cancelled")                                                            \
    X(MERGED, "merged")
#define INCIDENT_KIND_LIST(X)                                                            \
    X(FLOOD, "flood")                                                                    \
    X(TYPHOON, "typhoon")                                                                \
    X(FIRE, "fire")                                                                      \
    X(RAIN_SNOW, "rain-snow")                                                            \
    X(EARTHQUAKE, "earthquake")                                                          \
    X(LANDSLIDE, "landslide")                                                            \
    X(ACCIDENT, "accident")                                                              \
    X(CHEMICAL, "chemical")                                                              \
    X(EPIDEMIC, "epidemic")                                                              \
    X(MISSING_PERSON, "missing-person")                                                  \
    X(MEDICAL, "medical")                                                                \
    X(HOUSEHOLD, "household")                                                            \
    X(EVACUATION, "evacuation")                                                          \
    X(PUBLIC_EVENT, "public-event")                                                      \
    X(CAMPAIGN, "campaign")                                                              \
    X(OTHER, "other")
#define NEED_STATE_LIST(X)                                                               \
    X(OPEN, "open")                                                                      \
    X(FILLED, "filled")                                                                  \
    X(MET, "met")                                                                        \
    X(SHORT, "short")                                                                    \
    X(CANCELLED, "cancelled")
#define CALLOUT_STATE_LIST(X)                                                            \
    X(PLANNED, "planned")                                                                \
    X(ACTIVE, "active")                                                                  \
    X(FILLED, "filled")                                                                  \
    X(STANDING_DOWN, "standing_down")                                                    \
    X(ENDED, "ended")
#define ALERT_STATE_LIST(X)                                                              \
    X(PENDING, "pending")                                                                \
    X(ACCEPTED, "accepted")                                                              \
    X(LIMITED, "limited")                                                                \
    X(LATE, "late")                                                                      \
    X(DECLINED, "declined")                                                              \
    X(NO_ANSWER, "no_answer")                                                            \
    X(VOID, "void")                                                                      \
    X(STOOD_DOWN, "stood_down")
#define ASSIGNMENT_STATE_LIST(X)                                                         \
    X(ASSIGNED, "assigned")                                                              \
    X(EN_ROUTE, "en_route")                                                              \
    X(ON_SCENE, "on_scene")                                                              \
    X(WORKING, "working")                                                                \
    X(RELEASED, "released")                                                              \
    X(REPORTED, "reported")                                                              \
    X(VERIFIED, "verified")                                                              \
    X(DISPUTED, "disputed")                                                              \
    X(WITHDRAWN, "withdrawn")                                                            \
    X(STOOD_DOWN, "stood_down")                                                          \
    X(TURNED_BACK, "turned_back")                                                        \
    X(NO_SHOW, "no_show")                                                                \
    X(LOST_CONTACT, "lost_contact")
#define MESSAGE_STATE_LIST(X)                                                            \
    X(QUEUED, "queued")                                                                  \
    X(SENDING, "sending")                                                                \
    X(HANDED_OVER, "handed_over")                                                        \
    X(DELIVERED, "delivered")                                                            \
    X(READ, "read")                                                                      \
    X(FAILED, "failed")                                                                  \
    X(UNKNOWN, "unknown")                                                                \
    X(WITHDRAWN, "withdrawn")
#define MESSAGE_KIND_LIST(X)                                                             \
    X(ALERT, "alert")             /* you are asked */                                    \
    X(ASK_LIMITED, "ask_limited") /* we need you now */                                  \
    X(DETAILS, "details")         /* after a yes: where to go is on the page */          \
    X(STAND_DOWN, "stand_down")   /* thank you, you can rest */                          \
    X(LATE, "late")               /* thank you, the seats are taken */                   \
    X(RELEASE, "release")         /* on scene: you may go home */                        \
    X(ROLL_CALL, "roll_call")                                                            \
    X(OVERDUE, "overdue") /* are you all right? */                                       \
    X(REPORT,                                                                            \
      "report") /* please tell how it went; again, if what was told is doubted */        \
    X(VOIDED, "voided") /* this is real: the exercise is over for you */                 \
    X(NOTES, "notes")   /* after a yes: the page tells something new */                  \
    X(DETOUR, "detour") /* after a yes: roads were closed or opened on the way */        \
    /* to the desk of an area (decision 0070): */                                        \
    X(DESK_SOS, "desk_sos")             /* who is out asks for help */                   \
    X(DESK_ESCALATED, "desk_escalated") /* a need of the level below */                  \
    X(DESK_REPORTED, "desk_reported")   /* nobody has taken it in hand */                \
    /* about a course (store/notice.h): */                                               \
    X(COURSE_INVITED, "course_invited") /* there is one, with a seat free */             \
    X(COURSE_SEAT, "course_seat")       /* one has become free, and is theirs */         \
    X(COURSE_CANCELLED, "course_cancelled")                                              \
    X(COURSE_MOVED, "course_moved")                                                      \
    X(COURSE_REMINDER, "course_reminder") /* the day before */                           \
    X(TEST, "test") /* about nothing: does the channel work? (muster try) */
#define CHANNEL_LIST(X)                                                                  \
    X(FILE, "file")                                                                      \
    X(EMAIL, "email")                                                                    \
    X(WEBHOOK, "webhook")                                                                \
    X(VOICE, "voice") /* always the last rung */                                         \
    X(SMS, "sms")                                                                        \
    X(PUSH, "push") /* to a browser */
#define ANSWER_LIST(X)                                                                   \
    X(NONE, "")                                                                          \
    X(ACCEPT, "accept")                                                                  \
    X(LIMITED, "limited")                                                                \
    X(DECLINE, "decline")
#define OUTCOME_LIST(X)                                                                  \
    X(NONE, "")                                                                          \
    X(DONE, "done")                                                                      \
    X(PARTLY, "partly")                                                                  \
    X(NOT_NEEDED, "not_needed")                                                          \
    X(NOT_POSSIBLE, "not_possible")

#define X(name, code) INCIDENT_##name,
enum incident_state { INCIDENT_STATE_LIST(X) INCIDENT_STATE_COUNT };
#undef X
#define X(name, code) KIND_##name,
enum incident_kind { INCIDENT_KIND_LIST(X) INCIDENT_KIND_COUNT };
#undef X
#define X(name, code) NEED_##name,
enum need_state { NEED_STATE_LIST(X) NEED_STATE_COUNT };
#undef X
#define X(name, code) CALLOUT_##name,
enum callout_state { CALLOUT_STATE_LIST(X) CALLOUT_STATE_COUNT };
#undef X
#define X(name, code) ALERT_##name,
enum alert_state { ALERT_STATE_LIST(X) ALERT_STATE_COUNT };
#undef X
#define X(name, code) ASSIGNMENT_##name,
enum assignment_state { ASSIGNMENT_STATE_LIST(X) ASSIGNMENT_STATE_COUNT };
#undef X
#define X(name, code) MESSAGE_##name,
enum message_state { MESSAGE_STATE_LIST(X) MESSAGE_STATE_COUNT };
#undef X
#define X(name, code) MESSAGE_KIND_##name,
enum message_kind { MESSAGE_KIND_LIST(X) MESSAGE_KIND_COUNT };
#undef X
#define X(name, code) CHANNEL_##name,
enum channel_kind { CHANNEL_LIST(X) CHANNEL_COUNT };
#undef X
#define X(name, code) ANSWER_##name,
enum answer { ANSWER_LIST(X) ANSWER_COUNT };
#undef X
#define X(name, code) OUTCOME_##name,
enum outcome { OUTCOME_LIST(X) OUTCOME_COUNT };
#undef X

/* Ordinary = no response running. "Below II" = III, IV, none. */
enum response_level { LEVEL_NONE, LEVEL_IV, LEVEL_III, LEVEL_II, LEVEL_I };

enum { LIFT_QUIET = 1, LIFT_DUTY = 2, LIFT_CAP = 4 };

struct need_line {
    struct skill_set skills; /* all of them; empty = anybody */
    int32_t count, reserve;  /* reserve as resolved by the plan; auto is in the need */
};

struct need {
    int64_t id;
    enum need_state state;
    struct point at;
    int64_t stated_ms, deadline_ms;
    int32_t line_count;
    struct need_line lines[LOOP_LINES_MAX];
    int32_t reserve;      /* as asked: LOOP_RESERVE_AUTO or a number for all lines */
    double target;        /* probability wanted, 0 < target < 1 */
    int32_t mode;         /* enum road_mode, or -1 = the own one */
    int64_t escalated_ms; /* when it went up a level */
    int64_t due_ms;       /* when it will escalate; 0 = not */
    int64_t met_ms, filled_ms;
    /* The deadline that had passed unmet when the need was cancelled or given another
     * one; 0 = none. What it was given for stays so. */
    int64_t missed_ms;
};

struct callout {
    int64_t id, need_id;
    enum callout_state state;
    int64_t started_ms, ended_ms;
    int32_t waves;   /* sent so far */
    int32_t version; /* grows with every change a plan depends on; a WAVE made for an
                        older one is ST_STALE */
    int64_t replan_due_ms; /* when the planner is to look again; 0 = not before something
                              happens (the loop sets it) */
    double probability;    /* of the newest plan, P(on scene in time) */
    bool target_reached;
    bool target_holds;     /* the planner said: with the accepted alone */
    double price;          /* of the newest plan (plan.h); the next one starts from it */
    uint32_t lift;         /* LIFT_* for this call-out */
    int64_t stand_down_ms; /* when the unanswered were let go */
    int32_t unsent; /* people of the newest wave whose alerts are still to be made; the
                       wave comes in parts, and until then no other is planned */
};

struct alert {
    int64_t id, callout_id, person_id;
    enum alert_state state;
    enum answer answer; /* the last one given, whatever became of it */
    int32_t line, wave;
    uint8_t lines_able; /* bit per line of the need that the person is qualified for */
    int64_t alerted_ms, answered_ms, seen_ms, fetched_ms,
        due_ms;       /* due: the next timer */
    int64_t timer_ms; /* where ladder and no-answer count from: alerted_ms unless timers
                         were re-based */
    int64_t asked_ms; /* limited: when "we need you now" was sent */
    uint32_t travel_ms;
    float p_accept, p_in_time;
    int32_t ready_in_minutes; /* of `limited` */
    int32_t count;            /* people a team brings, 1 for a person */
    bool forced;              /* a second one at a time, by a dispatcher with a reason */
    bool on_behalf;           /* answered by a dispatcher */
    bool own_way;             /* travel_ms is from where the person said to come from */
    int32_t rung; /* channel ladder: index of the channel tried last, among those of the
                     ladder that reach this person, voice last */
    uint8_t channels;       /* bit per enum channel_kind that can reach this person */
    uint8_t token_hash[32]; /* SHA-256 of the link's token */
    uint8_t
        device_hash[32]; /* SHA-256 of the cookie that answered first; zeros = unbound */
    uint64_t nonces[LOOP_NONCES_KEPT]; /* used form nonces, newest first; 0 = empty */
    int32_t digits_tries;
    char reply_code[5]; /* "0421"; no other alert of the person has it in a running
                           incident */
    /* What had been handed over before this one of the incident's events has been read:
     * a message that a step makes MESSAGE_READ needs no row of its own written. */
    int64_t read_sequence;
};

struct assignment {
    int64_t id, alert_id, person_id, need_id;
    enum assignment_state state,
        before_lost; /* before_lost: where `found` goes back to */
    int32_t line, count;
    int64_t assigned_ms, en_route_ms, on_scene_ms, released_ms, reported_ms, verified_ms;
    int64_t way_from_ms;   /* under way: when roads changed before them; 0 = not since */
    int64_t due_ms;        /* overdue timer, roll call, report reminder */
    int32_t overdue_stage; /* 0 none, 1 called, 2 lost */
    int64_t here_ms;       /* when a roll call or an overdue call was answered last */
    int64_t sos_ms, sos_acknowledged_ms;
    enum outcome outcome;
    int64_t reported_by; /* account id; 0 = the person */
    int64_t verified_by; /* account id */
    int32_t minutes_worked, minutes_credited;
    bool stood_down_while_there; /* released because of a stand-down */
    bool past; /* done before its need was re-opened: holds no seat any more */
};

struct message {
    int64_t id;
    int64_t alert_id;   /* its person is written to; 0 = an area's desk: */
    int64_t area_id;    /* whose desk, 0 = none */
    int64_t subject_id; /* what it is about: assignment, need or incident, by its kind */
    int64_t browser_id; /* of a desk's by push: the browser that shows it; else 0 */
    enum message_state state;
    enum message_kind kind;
    enum channel_kind channel;
    int64_t created_ms, due_ms, sent_ms;
    int32_t tries;
    bool perhaps_twice;      /* found in `sending` after a crash and sent again */
    int64_t handed_sequence; /* the incident's last event before it was handed over */
};

struct loop_incident {
    int64_t id;
    char case_number[16]; /* "P261123-0001" */
    enum incident_state state;
    enum incident_kind kind;
    int32_t grade; /* 1-4 for I-IV, 0 = none */
    bool exercise;
    struct point at;
    int64_t area_id;
    int64_t reported_ms, closed_ms;
    int64_t merged_into;
    int64_t event_sequence; /* of the newest event */
    uint8_t chain_head[32]; /* its hash */
    int64_t roll_call_ms;   /* the newest, 0 = none */

    struct need *needs;
    struct callout *callouts;
    struct alert *alerts;
    struct assignment *assignments;
    struct message *messages;
    uint32_t need_count, need_capacity;
    uint32_t callout_count, callout_capacity;
    uint32_t alert_count, alert_capacity;
    uint32_t assignment_count, assignment_capacity;
    uint32_t message_count, message_capacity;

    /* Positions of rows, kept by the steps (rows.c): empty in a copy until its first
     * step. */
    struct id_index alerts_of_person, assignments_of_person, messages_of_alert;
};

#endif
