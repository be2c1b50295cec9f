/* SPDX-License-Identifier: Apache-2.0 */
/* Who wants to become a volunteer and said so on the public page (decision 0053):
 *
 *     waiting -> accepted | declined | expired
 *
 * Everything they said but the area lies sealed under a key of the applicant's own, which
 * is destroyed when they wait no more. Events hold the id alone. */
#ifndef MUSTER_STORE_APPLICANT_H
#define MUSTER_STORE_APPLICANT_H

#include "base/diag.h"
#include "base/time.h"
#include "crowd/skill.h"
#include "road/road.h"
#include "store/people.h"

#include <stdbool.h>
#include <stdint.h>

#define APPLICANTS_MAX 2000 /* waiting */
#define APPLICANT_WAITS_MS (90 * TIME_DAY_MS)
#define APPLICANTS_EXPIRED_AT_ONCE 20 /* each key that goes is an fsync */
#define APPLICANT_PHONE_DIGITS_MIN 7
#define APPLICANT_SKILLS_TEXT_MAX (SKILL_MAX * (SKILL_CODE_MAX + 1))

/* X(NAME, code) */
#define APPLICANT_STATE_LIST(X)                                                          \
    X(WAITING, "waiting")                                                                \
    X(ACCEPTED, "accepted")                                                              \
    X(DECLINED, "declined")                                                              \
    X(EXPIRED, "expired")
#define X(name, code) APPLICANT_##name,
enum applicant_state { APPLICANT_STATE_LIST(X) APPLICANT_STATE_COUNT };
#undef X
const char *applicant_state_code(enum applicant_state state);

struct applicant {
    int64_t id, area_id;
    int64_t received_ms; /* the newest time */
    char name[PERSON_NAME_MAX + 1];
    char phone[PERSON_PHONE_MAX + 1];
    enum road_mode mode;
    char skills[APPLICANT_SKILLS_TEXT_MAX + 1]; /* codes with ';' between */
    /* Filled by reading: somebody on file has this telephone number; "" = nobody. */
    char known[CROWD_NUMBER_MAX + 1];
    int64_t known_area_id;
};

/* Digits, spaces and + - ( ) alone, and digits enough to be called. */
bool applicant_phone_is_right(const char *phone);

/* ---- inside a command, on the writer's thread */
/* Fills id. The same telephone number that waits already is replaced. ST_BUSY: as many
 * wait as there may, whoever asks: the refusal tells nothing of the number. ST_NOT_FOUND:
 * no such area. */
int applicant_put(struct writer *writer, struct applicant *applicant, int64_t now_ms,
                  struct diag *reterr) __attribute__((warn_unused_result));
/* Whether they wait still. ST_NOT_FOUND; ST_CONFLICT with the field `applicant` and a
 * sentence. */
int applicant_expect(struct db *db, int64_t id, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The office takes the person on who was made (PERSON_ID), or declines. As above; the key
 * goes after the commit. */
int applicant_accept(struct writer *writer, int64_t id, int64_t person_id, int64_t actor,
                     int64_t now_ms, struct diag *reterr)
    __attribute__((warn_unused_result));
int applicant_decline(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms,
                      struct diag *reterr) __attribute__((warn_unused_result));

/* ---- any thread but the writer's */
/* Lets go, by a command of WRITER, of a few who have waited too long, if there are any.
 * DB is the caller's own, for reading. */
int applicants_expire(struct db *db, struct writer *writer, int64_t now_ms)
    __attribute__((warn_unused_result));

/* ---- reading */
/* Where they live, whatever their state: who may decide about them. ST_NOT_FOUND. */
int applicant_area(struct db *db, int64_t id, int64_t *ret_area_id)
    __attribute__((warn_unused_result));
/* How many wait in each area where somebody does. VISIT as below. */
int applicants_count(struct db *db,
                     int (*visit)(void *context, int64_t area_id, int64_t count),
                     void *context) __attribute__((warn_unused_result));
/* Those who wait, in order of id, from the first above AFTER. VISIT returns 0 to go on;
 * its other values end the walk and are returned. */
int applicants_each(struct db *db, struct vault *vault, int64_t after,
                    int (*visit)(void *context, const struct applicant *applicant),
                    void *context) __attribute__((warn_unused_result));

#endif
