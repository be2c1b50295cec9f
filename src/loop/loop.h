/* SPDX-License-Identifier: Apache-2.0 */
/* The state machines of the loop, pure: (incident, input, now) -> (incident, effects). No
 * I/O, no clock, no randomness (tokens and ids arrive in the input or through struct
 * loop_world). An input that is refused changes nothing. One table (loop/table.h) holds
 * every pair (state, input) that is allowed; any other is ST_CONFLICT, and the diag lists
 * the inputs allowed. The writer makes the effects durable in one transaction. */
#ifndef MUSTER_LOOP_LOOP_H
#define MUSTER_LOOP_LOOP_H

#include "base/diag.h"
#include "loop/model.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- what comes in --------------------------------------------------------------------
 */
enum loop_input_kind {
    /* incident */
    LOOP_REPORT, /* a new incident: the struct is zeroed but id, case_number, and what is
                    told */
    LOOP_CONFIRM,
    LOOP_STAND_DOWN,
    LOOP_REVIEW,
    LOOP_CLOSE,
    LOOP_CANCEL,
    LOOP_REOPEN,
    LOOP_MERGE, /* number = the incident it goes into. Needs that were not met end with
                   need.cancelled, code "merged": the writer states those anew there, with
                   LOOP_NEED. Refused while people are under way or outcomes unverified */
    LOOP_MOVE,  /* at = where it really is, number = the area that lies in; needs stay
                   where  they are */
    LOOP_TAKE_OVER, /* a duty officer has it in hand from now on: told, and nothing more
                     */
    LOOP_ROLL_CALL,
    LOOP_TICK,   /* every timer that is due at now */
    LOOP_REBASE, /* the clock jumped or the server was down: number = ms to shift timers
                    by */
    /* need; id = need */
    LOOP_NEED, /* need = the new row (state and id filled by the caller); notes */
    LOOP_NEED_CANCEL,
    LOOP_NEED_REOPEN,
    LOOP_NEED_ESCALATE,
    LOOP_NEED_NOTES, /* notes: what is told from now on; NULL = nothing has changed */
    /* call-out; id = need for START, call-out for the others */
    LOOP_CALLOUT_START, /* wave = the first wave, may be empty; lift, reason; need = what
                           is wanted now instead: deadline, target, reserve (or NULL). A
                           need whose deadline has passed wants a new one */
    LOOP_WAVE,          /* wave, with wave->version; ST_STALE if the call-out moved on */
    LOOP_CALLOUT_STAND_DOWN,
    LOOP_CALLOUT_RESUME,
    LOOP_RETIME, /* retimed: the roads have changed; planned again if it is active */
    /* alert; id = alert */
    LOOP_FETCHED, /* the link was fetched: recorded, never `read` */
    LOOP_SEEN,
    LOOP_ACCEPT,  /* count, travel_ms if they differ from the alert's */
    LOOP_LIMITED, /* number = ready in minutes */
    LOOP_DECLINE, /* also a withdrawal after a yes */
    LOOP_VOID, /* taken elsewhere or undeliverable; code = reason ("elsewhere" if NULL).
                  On an accepted alert of an exercise: "this is real", lets the person
                  go; who is out of contact only if `yes`: they have said yes to it */
    LOOP_SAID, /* reason = words of the person that are no answer: recorded, and read */
    LOOP_DIGITS_WRONG, /* a wrong try is counted; after five only a dispatcher answers */
    /* assignment; id = assignment */
    LOOP_DEPART,
    LOOP_ARRIVE,
    LOOP_WORK,
    LOOP_RELEASE,
    LOOP_WITHDRAW,
    LOOP_TURNED_BACK,
    LOOP_NO_SHOW,
    LOOP_LOST,
    LOOP_FOUND,
    LOOP_HERE,
    LOOP_SOS,
    LOOP_SOS_ACKNOWLEDGE,
    LOOP_REPORTED, /* outcome; text_hash; yes: the person is erased and reports no more */
    LOOP_VERIFY,   /* ok or dispute (yes = false); number = minutes or -1 */
    /* message; id = message */
    LOOP_MESSAGE_SENDING,
    LOOP_MESSAGE_HANDED_OVER,
    LOOP_MESSAGE_DELIVERED,
    LOOP_MESSAGE_FAILED, /* yes = for good; else queued again, due at number; code
                            "restart": it was found in `sending`, perhaps twice */
    LOOP_MESSAGE_UNKNOWN,
    LOOP_INPUT_COUNT
};
/* The word of the API for an input ("confirm", "stand_down", "accept", "depart", ...). */
const char *loop_input_code(enum loop_input_kind kind);

/* One person of a wave, as planned. */
struct loop_invitation {
    int64_t person_id;
    int32_t line, count;
    uint8_t lines_able; /* bit per line; 0 = its line only */
    uint32_t travel_ms;
    float p_accept, p_in_time;
    bool forced;
    uint8_t channels; /* bit per enum channel_kind */
};
/* People of a wave who have meanwhile become committed or had their week's last alert, or
 * who were already alerted in this call-out, are left out and re-planned (event
 * alert.skipped); the rest is alerted. */
struct loop_wave {
    int32_t version; /* the call-out's version the plan was made for */
    uint32_t count;
    const struct loop_invitation *invitations;
    int32_t reserves[LOOP_LINES_MAX]; /* as resolved */
    double probability;
    bool target_reached;
    double price;        /* kept for the next plan */
    bool target_holds;   /* with the accepted alone: the need is filled. count may be 0 */
    int64_t next_due_ms; /* when the planner wants to look again; 0 = on a reply only */
    uint32_t ask_limited_count;
    const int64_t *ask_limited; /* alerts in `limited` to be asked "we need you now" */
    /* A large wave comes in parts, each a step of its own (callout.unsent counts down):
     * the first says how many people are still to come, the others go on, whatever the
     * version. A part of nobody that goes on gives up what is left (wave.cut, code). */
    uint32_t rest;
    bool goes_on;
};

/* What is told to those who come to a need, after their yes: words for the place or how
 * to get in, whom to look for there, what to beware of. "" = nothing; NULL = as it was
 * (the store resolves it before the step). */
struct loop_notes {
    const char *place, *contact, *warning;
};

/* The way of somebody who was alerted and has not left, as it is now. */
#define LOOP_NO_WAY_MS 86400000 /* travel_ms: there is none any more */
#define LOOP_DETOUR_MS 120000   /* who comes is told of a way that is so much longer */
struct loop_retimed {
    int64_t alert_id;
    uint32_t travel_ms;
};

struct loop_input {
    enum loop_input_kind kind;
    int64_t id;
    int64_t actor;  /* account id; 0 = the system; < 0 = minus the person's id */
    bool on_behalf; /* a dispatcher answers for the person */
    bool yes;
    bool digits_ok; /* the last four of the telephone were given and right, or the channel
                       itself proves the person (reply code, e-mail answer) */
    int64_t number;
    struct point at;    /* MOVE; ACCEPT with travel_ms: where that begins */
    int32_t count;      /* ACCEPT: people a team brings; 0 = as alerted */
    uint32_t travel_ms; /* ACCEPT: from where the person says to be; 0 = as alerted */
    uint32_t lift;
    enum outcome outcome;
    const char *code; /* short reason code or NULL */
    const char
        *reason; /* text given by a dispatcher or person, NULL = none. Goes to the
                    reasons table under its subject's key; the event has its hash */
    const struct need *need;
    const struct loop_notes *notes;
    const struct loop_wave *wave;
    const struct loop_retimed *retimed; /* of the call-out; others are passed over */
    uint32_t retimed_count;
    uint64_t nonce; /* of the volunteer's form, 0 = none: a repeated one has no effect */
    uint8_t device_hash[32]; /* cookie presented (of an unbound link: the cookie that the
                                answer will set); zeros = none. Checked if actor < 0 */
};

/* ---- what the loop must know of the world ---------------------------------------------
 */
struct loop_config {
    int64_t no_answer_ms;       /* 5 min */
    int64_t unread_ms;          /* 60 s: next channel */
    int64_t voice_ms;           /* 180 s: voice hook */
    int64_t escalate_ms;        /* 15 min not filled */
    int64_t overdue_extra_ms;   /* 5 min beyond twice the ETA */
    int64_t lost_after_call_ms; /* 5 min after the call */
    int64_t report_remind_ms;   /* 24 h: a dispatcher may report on behalf */
    int64_t desk_next_ms;       /* 3 min unheeded: the desk of the next level */
    enum channel_kind ladder[LOOP_CHANNELS_MAX];
    int32_t ladder_count;
};
/* Where the office of an area is written to. */
#define LOOP_DESKS_MAX 16
#define LOOP_BROWSERS_MAX 32
struct loop_desk {
    int64_t area_id;
    uint8_t channels; /* bit per enum channel_kind, but for push */
    int32_t browser_count;
    int64_t browsers[LOOP_BROWSERS_MAX]; /* that show its notifications, by push */
};
struct loop_world {
    const struct loop_config *config;
    enum response_level level;        /* running for the incident's area */
    int64_t (*new_id)(void *context); /* grows */
    /* Whether the person has a pending actual alert or active actual assignment outside
     * this incident, or (exercise) any. Used for invariant 5. */
    bool (*is_committed)(void *context, int64_t person_id, bool exercise);
    /* Whether the person has an active actual assignment outside this incident, or
     * (exercise) any active one. */
    bool (*is_assigned)(void *context, int64_t person_id, bool exercise);
    /* Whether the weekly cap leaves the person no actual alert now. */
    bool (*is_capped)(void *context, int64_t person_id, int64_t now_ms);
    /* The desks of an area and of those above it, the nearest first; how many. NULL =
     * there are none. < 0: ST_*. */
    int (*find_desks)(void *context, int64_t area_id, int64_t now_ms,
                      struct loop_desk ret[LOOP_DESKS_MAX]);
    void *context;
};

/* ---- what goes out --------------------------------------------------------------------
 */
enum loop_row {
    LOOP_ROW_INCIDENT,
    LOOP_ROW_NEED,
    LOOP_ROW_CALLOUT,
    LOOP_ROW_ALERT,
    LOOP_ROW_ASSIGNMENT,
    LOOP_ROW_MESSAGE,
    LOOP_ROW_COUNT
};

/* One fact for the chain. `kind` is a word in the past or noun form of the input
 * ("incident.confirmed", "alert.accepted", "wave.sent", ...: the list stands in
 * loop/events.h). */
struct loop_event {
    const char *kind;
    int64_t actor;
    int64_t need_id, callout_id, alert_id, assignment_id, person_id,
        message_id;   /* 0 = none */
    const char *code; /* state or reason code, static or of the input; NULL */
    int64_t number;   /* by kind (docs/formats/events.md), 0 */
    const char
        *reason; /* text of the input: the store keeps it apart, the event its hash */
    const struct loop_notes *notes; /* likewise; an event has the one or the other */
};

/* A person-level consequence outside this incident: the writer turns it into inputs. */
struct loop_elsewhere {
    int64_t person_id;
    enum {
        ELSEWHERE_VOID_ALL, /* accepted here: void the person's other pending alerts */
        ELSEWHERE_VOID_EXERCISE
    } what; /* an actual alert: exercise ones are void/released */
};

struct loop_credit { /* ledger: minutes to the person's account */
    int64_t assignment_id, person_id;
    int32_t minutes;
    bool exercise;
};

struct loop_effects {
    /* Rows that changed or are new: kind and index in the incident's array, each once. */
    struct loop_change {
        enum loop_row row;
        uint32_t index;
    } * changes;
    struct loop_event *events;
    struct loop_elsewhere *elsewhere;
    struct loop_credit *credits;
    uint32_t change_count, change_capacity;
    uint32_t event_count, event_capacity;
    uint32_t elsewhere_count, elsewhere_capacity;
    uint32_t credit_count, credit_capacity;
    uint32_t
        alerts_before; /* how many the incident had: from this index on they are new */
    bool repeated;     /* a repeated nonce or answer: nothing changed, answer as before */
    int64_t id; /* of the row the input made (need, call-out), else of the row it met */

    /* Private to the loop: which rows are in `changes`, and what they were before. */
    uint64_t *marks[LOOP_ROW_COUNT];
    uint32_t mark_capacity[LOOP_ROW_COUNT];
    unsigned char *undo;
    uint32_t undo_size, undo_capacity;
};
void loop_effects_release(struct loop_effects *effects);
void loop_effects_clear(struct loop_effects *effects);

void loop_config_default(struct loop_config *config);
/* Of CHANNELS (bit per enum channel_kind) those that can reach a person: the mailbox and
 * the web hook everybody, e-mail who has an address, texts and calls who has a telephone,
 * notifications who has a browser for them. */
uint8_t loop_reach(uint8_t channels, bool has_email, bool has_phone, bool has_push);
/* Those of CHANNELS that the ladder has, in its order, voice last; how many. */
int32_t loop_ladder(const struct loop_config *config, uint8_t channels,
                    enum channel_kind ret[LOOP_CHANNELS_MAX]);

/* 0; ST_CONFLICT (allowed inputs in reterr->text, comma separated), ST_NOT_FOUND,
 * ST_UNPROCESSABLE (a rule of domain.md forbids it; reterr says which), ST_STALE,
 * ST_DENIED (verify own work; digits needed), ST_LIMIT, ST_NO_MEMORY. On failure the
 * incident is as before and the effects are empty. */
int loop_step(struct loop_incident *incident, const struct loop_input *input,
              int64_t now_ms, const struct loop_world *world,
              struct loop_effects *effects, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The earliest time at which LOOP_TICK has something to do; INT64_MAX = never. Re-plans
 * (callout->replan_due_ms) are the planner's and not counted here. O(rows). */
int64_t loop_next_due_ms(const struct loop_incident *incident);
/* The same of a row that a step has left. O(1). */
int64_t loop_change_due_ms(const struct loop_incident *incident,
                           const struct loop_change *change);
void loop_incident_release(struct loop_incident *incident);

/* The inputs allowed in a state, comma separated, for 409 answers. */
struct text;
void loop_allowed_for_incident(enum incident_state state, struct text *ret);
/* HAS_LEFT: whether the person ever set off; who has not cannot turn back. */
void loop_allowed_for_assignment(enum assignment_state state, bool has_left,
                                 struct text *ret);
void loop_allowed_for_alert(enum alert_state state, struct text *ret);

/* Whether a yes can win a seat: all three are running. */
bool loop_takes_yes(enum incident_state incident, enum callout_state callout,
                    enum need_state need);

/* Rows by person or alert, for what was loaded or copied; a step does it by itself. O(new
 * rows), 0 or ST_NO_MEMORY. */
int loop_index_rows(struct loop_incident *incident) __attribute__((warn_unused_result));
/* Lookups by id; NULL if not there. O(log n), loop_assignment_of (the newest of an alert)
 * after loop_index_rows; loop_callout_of is O(n). */
struct need *loop_find_need(struct loop_incident *incident, int64_t id);
struct callout *loop_find_callout(struct loop_incident *incident, int64_t id);
struct alert *loop_find_alert(struct loop_incident *incident, int64_t id);
struct assignment *loop_find_assignment(struct loop_incident *incident, int64_t id);
struct assignment *loop_assignment_of(struct loop_incident *incident, int64_t alert_id);
struct message *loop_find_message(struct loop_incident *incident, int64_t id);
/* The open call-out (not ended) of a need, or NULL. */
struct callout *loop_callout_of(struct loop_incident *incident, int64_t need_id);
bool loop_is_accounted_for(const struct assignment *assignment);
/* Active = assigned, en_route, on_scene, working or lost_contact. */
bool loop_assignment_is_active(const struct assignment *assignment);
/* Before a need is cancelled or given another deadline: one that has passed unmet by
 * NOW_MS is kept in missed_ms, the first of them. */
void loop_note_missed(struct need *need, int64_t now_ms);
/* Is to come still: assigned or en_route. */
bool loop_is_coming(const struct assignment *assignment);
/* Since when the alert's travel_ms counts for somebody who left at EN_ROUTE_MS (0 = has
 * not): when roads change before them, as if they left then. */
static inline int64_t loop_set_out_ms(int64_t en_route_ms, int64_t way_from_ms)
{
    return way_from_ms > en_route_ms ? way_from_ms : en_route_ms;
}
/* Whether somebody who comes, and set out at SET_OUT_MS (0 = not yet), cannot be there by
 * the deadline, by the ways of now. */
bool loop_is_late(int64_t set_out_ms, uint32_t travel_ms, int64_t deadline_ms,
                  int64_t now_ms);
/* Waits for an answer, or for "we need you now": pending or limited. */
bool loop_alert_is_open(const struct alert *alert);
/* Has reached on_scene, and stays so after released, reported, verified or disputed. */
bool loop_has_arrived(const struct assignment *assignment);

/* Seats of one line: how many hold a seat (accepted and not withdrawn ...) and have
 * arrived. */
struct loop_seats {
    int32_t count, reserve, accepted, on_scene;
};
void loop_count_seats(const struct loop_incident *incident, int64_t need_id, int32_t line,
                      struct loop_seats *ret);

/* How many people are not accounted for, and how many outcomes are not verified. */
void loop_count_unaccounted(const struct loop_incident *incident, uint32_t *ret_people,
                            uint32_t *ret_outcomes);

/* Whether the person of an alert may have another one in the same call-out: it was stood
 * down, and they have not said no to it; or they said yes and were let go. */
bool loop_may_be_asked_anew(const struct loop_incident *incident,
                            const struct alert *alert);

/* The people who said yes in earlier call-outs of the need (accepted or late, whatever
 * came after, but for withdrawals), and those of the open one who may be asked anew: they
 * are asked first. Writes at most MAX
 * ids, each once, ascending, to RET and returns how many there are. O(alerts log). */
uint32_t loop_said_yes(const struct loop_incident *incident, int64_t need_id,
                       int64_t *ret, uint32_t max);

/* Asserts the invariants that can be seen in one incident (4, 5 within, 6, 7, 8). Used by
 * the writer in each transaction, by tests and by `verify`. 0 or ST_CORRUPT with reterr.
 * O(rows). */
int loop_check(const struct loop_incident *incident, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The same after a step on an incident that was right before it, by the rows that it
 * changed and those that refer to them; only where loop_check_is_partial says that this
 * is as good, and before another step. O(rows that changed, times log of all). */
bool loop_check_is_partial(const struct loop_incident *incident,
                           const struct loop_effects *effects);
int loop_check_changes(const struct loop_incident *incident,
                       const struct loop_effects *effects, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
