/* SPDX-License-Identifier: Apache-2.0 */
/* Inside src/loop only: one step under way. Rows are changed through edit_x(), which
 * keeps what they were; a step that fails at any point is undone by rows_undo(), so that
 * a refusal or a lack of memory changes nothing. Failures stick in step->status (as in
 * base/text.h): edit_x() then gives a scratch row, pushes do nothing, and the end of
 * loop_step() undoes. Pointers to needs, call-outs and alerts stay valid while messages
 * and assignments are added; a pointer to a message or assignment only until the next of
 * its own kind is added. */
#ifndef MUSTER_LOOP_STEP_H
#define MUSTER_LOOP_STEP_H

#include "base/status.h"
#include "loop/events.h"
#include "loop/loop.h"
#include "loop/table.h"

#include <assert.h>

struct step {
    struct loop_incident *incident;
    const struct loop_input *input;
    int64_t now_ms;
    const struct loop_world *world;
    struct loop_effects *effects;
    struct diag *reterr;
    int status;
    bool reason_told;       /* the input's reason goes with the first event only */
    bool sweep;             /* queued messages may have lost their purpose */
    uint64_t needs_touched; /* bit per index: seats to be counted again */
    struct loop_incident before;
    union {
        struct need need;
        struct callout callout;
        struct alert alert;
        struct assignment assignment;
        struct message message;
    } scratch;
};
static_assert(LOOP_NEEDS_MAX <= 64, "a bit each in needs_touched");

/* ---- rows.c ---------------------------------------------------------------------------
 */
struct need *edit_need(struct step *step, const struct need *need);
struct callout *edit_callout(struct step *step, const struct callout *callout);
struct alert *edit_alert(struct step *step, const struct alert *alert);
struct assignment *edit_assignment(struct step *step, const struct assignment *);
struct message *edit_message(struct step *step, const struct message *message);
struct loop_incident *edit_incident(struct step *step);
/* New rows, zeroed but for a new id. */
struct need *add_need(struct step *step, int64_t id);
struct callout *add_callout(struct step *step);
struct alert *add_alert(struct step *step);
struct assignment *add_assignment(struct step *step);
struct message *add_message(struct step *step);
/* loop_index_rows is called for those that were there before the step at its begin, for
 * all of them before messages are swept. */
void rows_begin(struct step *step);
void rows_undo(struct step *step);

/* Sets the state; a bug if the table does not lead there by INPUT (or LOOP_ITSELF). */
void set_incident_state(struct step *step, enum incident_state state);
void set_need_state(struct step *step, struct need *need, enum need_state state,
                    int input);
void set_callout_state(struct step *step, struct callout *callout,
                       enum callout_state state, int input);
void set_alert_state(struct step *step, struct alert *alert, enum alert_state state,
                     int input);
void set_assignment_state(struct step *step, struct assignment *assignment,
                          enum assignment_state state, int input);
void set_message_state(struct step *step, struct message *message,
                       enum message_state state, int input);

/* ---- effects.c ------------------------------------------------------------------------
 */
/* The event with the ids of the row it is about, the step's actor (0 when the loop itself
 * did it: every event after the first), and a code and number. */
void tell(struct step *step, enum event_kind kind, const struct loop_event *about);
void tell_need(struct step *step, enum event_kind kind, const struct need *need,
               const char *code, int64_t number);
void tell_callout(struct step *step, enum event_kind kind, const struct callout *callout,
                  const char *code, int64_t number);
void tell_alert(struct step *step, enum event_kind kind, const struct alert *alert,
                const char *code, int64_t number);
void tell_assignment(struct step *step, enum event_kind kind,
                     const struct assignment *assignment, const char *code,
                     int64_t number);
void push_elsewhere(struct step *step, int64_t person_id, bool exercise_only);
void push_credit(struct step *step, const struct assignment *assignment);

/* ---- refusals, step.c -----------------------------------------------------------------
 */
int refuse(struct step *step, int status, const char *where, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* ST_CONFLICT with the inputs allowed. */
int refuse_by_table(struct step *step, enum loop_machine machine, int state);
/* The same if the table does not allow the step's own, or 0. */
int check_table(struct step *step, enum loop_machine machine, int state);

/* ---- seats.c --------------------------------------------------------------------------
 */
bool holds_seat(const struct assignment *assignment);
void count_all_seats(const struct loop_incident *incident, const struct need *need,
                     struct loop_seats ret[LOOP_LINES_MAX]);
/* How many of those who come to the need cannot be there by its deadline, by the ways of
 * now. */
int32_t count_late(const struct step *step, const struct need *need);
/* The line in which COUNT seats are free for someone able for the lines LINES_ABLE,
 * LINE first; people may be moved between lines for it. -1 = none. */
int32_t take_seat(struct step *step, const struct need *need, const struct alert *alert,
                  int32_t count);
void touch_need(struct step *step, int64_t need_id);
/* A need that was filled or met, and its call-out, are open again; WHY for the events. It
 * is planned anew, and filled at the next touch if that is enough. */
void reopen_need(struct step *step, struct need *need, struct callout *callout,
                 const char *why);
/* The seat of this assignment has become empty, or it was filled. */
void seat_emptied(struct step *step, const struct assignment *assignment);
/* The same by who does not come after all: whoever was late for it may be asked anew. */
void seat_given_up(struct step *step, const struct assignment *assignment);
/* Something the plan depends on has changed: the planner is to look again now. */
void want_replan(struct step *step, const struct callout *callout);
/* Fills, meets, opens needs and ends call-outs, for every need that was touched. */
void settle(struct step *step);

/* ---- message.c ------------------------------------------------------------------------
 */
/* The channels that reach this person, in the order of the ladder, voice last. */
int32_t ladder_of(const struct step *step, uint8_t channels,
                  enum channel_kind ret[LOOP_CHANNELS_MAX]);
void send_message(struct step *step, const struct alert *alert, enum message_kind kind);
void send_voice(struct step *step, const struct alert *alert, enum message_kind kind);
/* The next rung of the channel ladder; false if there is none. */
bool send_next_rung(struct step *step, struct alert *alert);
/* When the next timer of a pending alert is due. */
int64_t alert_due(const struct step *step, const struct alert *alert);
void mark_read(struct step *step, struct alert *alert);
/* Withdraws the queued messages that nobody wants any more. */
void sweep_messages(struct step *step);
int message_step(struct step *step);

/* ---- desk.c ---------------------------------------------------------------------------
 */
/* Writes to the desks of the incident's area and of those above it, one after the other
 * for as long as nobody sees to it; nothing while a message about it still waits for its
 * time. */
void call_desks(struct step *step, enum message_kind kind, int64_t subject_id);
/* Whether what a desk's message is about still waits for a hand. */
bool desk_is_wanted(const struct step *step, const struct message *message);
/* A desk has got its message. */
void desk_told(struct step *step, const struct message *message);
/* Withdraws the queued ones that nobody wants any more. */
void sweep_desks(struct step *step);

/* ---- standdown.c ----------------------------------------------------------------------
 */
enum stand_down_scope {
    STAND_DOWN_FILLED,     /* those below; who was late has been told already */
    STAND_DOWN_UNANSWERED, /* pending, limited and late alerts */
    STAND_DOWN_ALL         /* and everybody assigned */
};
void stand_down_callout(struct step *step, struct callout *callout,
                        enum stand_down_scope scope);
void stand_down_alert(struct step *step, struct alert *alert,
                      enum stand_down_scope scope);
/* assigned, en_route -> stood_down; on_scene, working -> released with the reason. */
void stand_down_assignment(struct step *step, struct assignment *assignment,
                           enum message_kind kind, const char *code);
void release_reserves(struct step *step, const struct need *need);
void end_callout_if_done(struct step *step, struct callout *callout);

/* ---- alert.c, assignment.c ------------------------------------------------------------
 */
void void_alert(struct step *step, struct alert *alert, const char *code, int input);
/* Invariant 5: whether another assignment keeps the person of ALERT from a second one. */
bool is_taken(const struct step *step, const struct alert *alert);
void no_answer(struct step *step, struct alert *alert);
void release_assignment(struct step *step, struct assignment *assignment, int input);
void withdraw_assignment(struct step *step, struct assignment *assignment, int input,
                         const char *code);
/* Who was out of contact has been heard of. */
int find_again(struct step *step, struct assignment *assignment);
/* When somebody on the way, or about to leave, has to be asked after: in twice the travel
 * time and 5 min; of a need planned ahead nobody has to leave at once. */
int64_t overdue_at(const struct step *step, const struct assignment *assignment);
void lose_contact(struct step *step, struct assignment *assignment, int input,
                  const char *code);
/* Sets `repeated` and returns true if the form of this nonce was taken before. */
bool is_repeated(struct step *step, const struct alert *alert);
void keep_nonce(struct step *step, const struct alert *alert);
/* ST_DENIED if the link belongs to another device and no digits were given. */
int check_device(struct step *step, const struct alert *alert);

/* ---- the handlers: all guards, then the changes ---------------------------------------
 */
int incident_step(struct step *step);
int need_step(struct step *step);
/* What the start of a call-out wants of the need instead (input->need): asked, then done.
 */
int check_restated(struct step *step, const struct need *need);
void restate(struct step *step, struct need *need);
/* The level above is told; CODE and NUMBER for the event. */
void escalate(struct step *step, const struct need *need, const char *code,
              int64_t number);
int callout_step(struct step *step);
int wave_check(struct step *step, const struct need *need, const struct loop_wave *wave);
int wave_send(struct step *step, struct need *need, struct callout *callout,
              const struct loop_wave *wave);
/* The next part of the newest wave. */
int wave_go_on(struct step *step, struct callout *callout, const struct loop_wave *wave);
/* Who of it has not been alerted yet is not any more. */
void wave_cut(struct step *step, struct callout *callout, const char *why);
int alert_step(struct step *step);
int assignment_step(struct step *step);
int outcome_step(struct step *step, struct assignment *assignment);
int timer_tick(struct step *step);
int timer_rebase(struct step *step);

#endif
