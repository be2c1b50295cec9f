/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for a seat of a course that is full, and whose a seat is that is given back
 * (decision 0108). A row of `course_person`; nobody is moved but by a command that frees
 * a seat, adds one, or puts the course off. */
#ifndef MUSTER_STORE_WAITING_H
#define MUSTER_STORE_WAITING_H

#include "store/course.h"

struct loop_config;
struct vault;

#define WAITING_MAX 200 /* for one course */
/* From the word that there is a seat to the course: who has less cannot plan for it. */
#define WAITING_NOTICE_HOURS 24

/* Why somebody on the list is passed over: they keep their place. X(name, code) */
#define WAITING_BAR_LIST(X)                                                              \
    X(NONE, NULL)                                                                        \
    X(ELSEWHERE, "elsewhere") /* has a seat in another one that gives the same */        \
    X(SUSPENDED, "suspended")                                                            \
    X(RETIRED, "retired")                                                                \
    X(UNREACHED, "unreached") /* no channel could tell them of it */
#define X(name, code) WAITING_BAR_##name,
enum waiting_bar { WAITING_BAR_LIST(X) WAITING_BAR_COUNT };
#undef X
/* NULL for none. */
const char *waiting_bar_code(enum waiting_bar bar);

struct waiting {
    int64_t person_id, since_ms;
    bool renews; /* has the skills, but no longer than INVITE_RENEW_DAYS after it */
    enum waiting_bar bar;
};
struct waiting_list {
    uint32_t count;
    struct waiting people[WAITING_MAX];
};

/* In the order in which they get a seat: who renews, then who asked first. VAULT and
 * LADDER: whom a channel reaches. */
int waiting_read(struct waiting_list *ret, struct db *db, struct vault *vault,
                 const struct loop_config *ladder, const struct skill_table *skills,
                 const struct course *course) __attribute__((warn_unused_result));
/* How many stand before the person; list->count: is none of them. */
uint32_t waiting_ahead_of(const struct waiting_list *list, int64_t person_id);

/* ---- inside a command, on the writer's thread */
/* Puts a person on the list of a full course; signs them up while a seat is free. The
 * same again is fine. ST_CONFLICT: it is over, has begun, or WAITING_MAX wait. Who leaves
 * it is signed off (course_sign). */
int waiting_ask(struct writer *writer, int64_t course_id, int64_t person_id,
                int64_t actor, int64_t now_ms, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The seats that are free, if the course is far enough ahead: each is the first one's who
 * may have it and can be told in time, and a message tells them. */
int waiting_fill(struct writer *writer, int64_t course_id, int64_t now_ms)
    __attribute__((warn_unused_result));
/* The same of every planned course that the person has to do with. */
int waiting_fill_of(struct writer *writer, int64_t person_id, int64_t now_ms)
    __attribute__((warn_unused_result));

#endif
