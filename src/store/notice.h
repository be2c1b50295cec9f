/* SPDX-License-Identifier: Apache-2.0 */
/* What people are told of a course by message: that there is one (decision 0107), who
 * waits for a seat, that they have one (0108), and, who signed up, that it is off, that
 * it was moved, and a reminder the day before (0098). Rows of their own beside the
 * messages of incidents, as `sending` before a try as those are, through the same
 * channels; at night they wait for the morning. Nothing of it counts as an alert. */
#ifndef MUSTER_STORE_NOTICE_H
#define MUSTER_STORE_NOTICE_H

#include "store/course.h"
#include "store/outbox.h"

struct stage;

/* The channels that reach PERSON with a message of KIND, in the order of the ladder; how
 * many. None for who has left. */
int32_t notice_ladder(const struct loop_config *config, const struct person *person,
                      enum message_kind kind, enum channel_kind ret[LOOP_CHANNELS_MAX]);

/* ---- on the writer's thread */
/* Everybody who is signed up (that it is off: who waits, too), by the first channel that
 * reaches them; what was queued about the course before is withdrawn. Who has no channel
 * has a row that has failed. */
int notice_tell_all(struct stage *stage, const struct course *course,
                    enum message_kind kind, int64_t now_ms)
    __attribute__((warn_unused_result));
/* Somebody who has just signed up is reminded, if more than a day is left until then. */
int notice_remind(struct stage *stage, const struct course *course, int64_t person_id,
                  int64_t now_ms) __attribute__((warn_unused_result));
/* That there is a course. *RET_TOLD false: no channel reaches them, nothing was done. */
int notice_invite(struct stage *stage, const struct course *course, int64_t person_id,
                  int64_t now_ms, bool *ret_told) __attribute__((warn_unused_result));
/* That a seat has become free and is theirs (store/waiting.h). *RET_TOLD false: no
 * channel but a call reaches them, or not WAITING_NOTICE_HOURS before it begins; nothing
 * was done. */
int notice_give_seat(struct stage *stage, const struct course *course, int64_t person_id,
                     int64_t now_ms, bool *ret_told) __attribute__((warn_unused_result));
/* What is queued about the course, to PERSON_ID (0 = everybody), but for invitations:
 * those are looked at when they are sent. */
int notice_withdraw(struct stage *stage, int64_t course_id, int64_t person_id)
    __attribute__((warn_unused_result));

/* `sending` from now on, and what is needed to send it; *RET_WANTED false: it has lost
 * its purpose and was withdrawn. */
int notice_take(struct stage *stage, int64_t id, int64_t now_ms, struct outbox_item *ret,
                bool *ret_wanted) __attribute__((warn_unused_result));
/* What came of a try; a failure for good goes on to the person's next channel.
 * ST_NOT_FOUND: no notice has this id. ST_CONFLICT: it does not fit the state. */
int notice_result(struct stage *stage, const struct outbox_result *result, int64_t now_ms)
    __attribute__((warn_unused_result));
/* After a start: those found `sending` go again, marked. */
int notice_resend_unknown(struct db *db, int64_t now_ms)
    __attribute__((warn_unused_result));

/* ---- reading */
/* The newest word that a person was to get about a course; one that is only to come (a
 * reminder) is none. ST_NOT_FOUND: none. */
struct notice {
    enum message_kind kind;
    enum message_state state;
    char channel[16]; /* code; "" = the person has none */
    int64_t at_ms;    /* of the last try, or when it is due */
};
int notice_of(struct db *db, int64_t course_id, int64_t person_id, struct notice *ret)
    __attribute__((warn_unused_result));

#endif
