/* SPDX-License-Identifier: Apache-2.0 */
/* Courses: a day, a place, seats, who signed up, and what passing gives (decision 0051).
 * Giving the results changes the people who passed in the same transaction. */
#ifndef MUSTER_STORE_COURSE_H
#define MUSTER_STORE_COURSE_H

#include "base/diag.h"
#include "crowd/crowd.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes; the API counts characters. */
#define COURSE_TITLE_MAX 400
#define COURSE_PLACE_MAX 800
#define COURSE_SEATS_MAX 500
#define COURSE_SKILLS_MAX 16
#define COURSE_SKILLS_TEXT_MAX (COURSE_SKILLS_MAX * (SKILL_CODE_MAX + 1))
#define COURSE_MONTHS_USUAL 24 /* of a certificate whose skill says none */

/* X(NAME, code) */
#define COURSE_STATE_LIST(X)                                                             \
    X(PLANNED, "planned")                                                                \
    X(HELD, "held")                                                                      \
    X(CANCELLED, "cancelled")
#define COURSE_PERSON_STATE_LIST(X)                                                      \
    X(SIGNED_UP, "signed_up")                                                            \
    X(WITHDRAWN, "withdrawn")                                                            \
    X(WAITING, "waiting") /* for a seat (store/waiting.h) */                             \
    X(PASSED, "passed")                                                                  \
    X(FAILED, "failed")                                                                  \
    X(ABSENT, "absent")                                                                  \
    X(INVITED, "invited") /* by a message, and has not signed up */

#define X(name, code) COURSE_##name,
enum course_state { COURSE_STATE_LIST(X) COURSE_STATE_COUNT };
enum course_person_state { COURSE_PERSON_STATE_LIST(X) COURSE_PERSON_STATE_COUNT };
#undef X
const char *course_state_code(enum course_state state);
bool course_state_parse(const char *code, enum course_state *ret);
const char *course_person_state_code(enum course_person_state state);

struct course {
    int64_t id, area_id;
    char title[COURSE_TITLE_MAX + 1];
    char place[COURSE_PLACE_MAX + 1];
    char skills[COURSE_SKILLS_TEXT_MAX +
                1]; /* codes (skill_set_read): what passing gives */
    enum course_state state;
    int64_t starts_ms;
    int32_t minutes, seats;
    int64_t made_by;
    int32_t signed_up, passed, waiting; /* filled by reading */
};
struct course_person {
    int64_t person_id;
    char number[CROWD_NUMBER_MAX + 1];
    enum course_person_state state;
    bool retired; /* is told nothing, and cannot sign off by themselves */
};

struct db;
struct writer;

/* Planned, and its time has come. */
bool course_has_begun(const struct course *course, int64_t now_ms);

/* ---- inside a command, on the writer's thread; REFUSED: ST_NOT_FOUND, or ST_CONFLICT
 * with a sentence */
/* Fills id and state. ST_NOT_FOUND: no such area. */
int course_put(struct writer *writer, struct course *course, int64_t now_ms,
               struct diag *reterr) __attribute__((warn_unused_result));
/* Who is signed up is told (store/notice.h). */
int course_cancel(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms,
                  struct diag *reterr) __attribute__((warn_unused_result));
/* What is other: STARTS_MS, MINUTES, SEATS 0, PLACE, TITLE NULL = as it is. Who is signed
 * up stays so and is told, if time or place are others. ST_CONFLICT: fewer SEATS than
 * have signed up. */
struct course_move {
    int64_t starts_ms;
    int32_t minutes, seats;
    const char *place, *title;
};
int course_move(struct writer *writer, int64_t id, const struct course_move *move,
                int64_t actor, int64_t now_ms, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Signs a person up or off (off the waiting list, too); the same again is fine. A seat
 * more than there are, and one after it has begun, is an account's to give (ACTOR > 0),
 * not the person's own. Noted with the person as its subject and the course's id. A seat
 * given back goes to who waits (store/waiting.h), as does one added or put off by a move.
 */
int course_sign(struct writer *writer, int64_t id, int64_t person_id, bool signs_up,
                int64_t actor, int64_t now_ms, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Planned, and not begun: else ST_CONFLICT. */
int course_expect_ahead(struct writer *writer, int64_t id, int64_t now_ms,
                        struct course *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The same, and with a seat that is free. */
int course_expect_seat(struct writer *writer, int64_t id, int64_t now_ms,
                       struct course *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* STATE is the person's from now on, and is noted, as above; ACTOR 0: by itself. */
int course_note_person(struct writer *writer, int64_t id, int64_t person_id,
                       enum course_person_state state, int64_t actor, int64_t now_ms)
    __attribute__((warn_unused_result));
/* The message was not sent after all: the person has nothing to do with the course. */
int course_forget_invited(struct db *db, int64_t id, int64_t person_id)
    __attribute__((warn_unused_result));
/* The seats, places and results of FROM are TO's: both were one person. */
int course_merge_people(struct writer *writer, int64_t from, int64_t to, int64_t now_ms)
    __attribute__((warn_unused_result));
/* Who is erased gives back the seats of courses that are ahead. */
int course_leave(struct writer *writer, int64_t person_id, int64_t now_ms)
    __attribute__((warn_unused_result));
/* The results, all together: people by number; who signed up and is in neither list was
 * absent. ST_UNPROCESSABLE with the place in the lists: not signed up, or twice. */
struct course_results {
    const char *const *passed, *const *failed;
    uint32_t passed_count, failed_count;
};
int course_give_results(struct writer *writer, int64_t id,
                        const struct course_results *results, int64_t actor,
                        int64_t now_ms, struct diag *reterr)
    __attribute__((warn_unused_result));

/* ---- reading */
int course_read(struct db *db, int64_t id, struct course *ret)
    __attribute__((warn_unused_result));
/* Planned ones first, by time, then the others, the newest first. STATE
 * COURSE_STATE_COUNT: all. VISIT returns 0 to go on; its other values end the walk. */
int courses_each(struct db *db, enum course_state state,
                 int (*visit)(void *context, const struct course *course), void *context)
    __attribute__((warn_unused_result));
/* Everybody who ever signed up or was invited, by number. */
int course_people_each(struct db *db, int64_t id,
                       int (*visit)(void *context, const struct course_person *person),
                       void *context) __attribute__((warn_unused_result));
/* What the person has to do with it. ST_NOT_FOUND: nothing. */
int course_person_state(struct db *db, int64_t id, int64_t person_id,
                        enum course_person_state *ret)
    __attribute__((warn_unused_result));

#endif
