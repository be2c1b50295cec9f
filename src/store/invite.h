/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a course is offered to by message, and how few of them fill its seats (decision
 * 0107): who lives in its area and has not the skills it gives, or only until soon. */
#ifndef MUSTER_STORE_INVITE_H
#define MUSTER_STORE_INVITE_H

#include "store/course.h"

#define INVITE_AT_ONCE_MAX 500
#define INVITE_REST_DAYS 30     /* from one invitation of a person to the next */
#define INVITE_UNANSWERED_MAX 3 /* in a year: who let so many pass is left in peace */
#define INVITE_ANSWER_DAYS 3    /* who has not signed up by then will not */
#define INVITE_RENEW_DAYS 90    /* a certificate that ends so soon after is renewed */

struct invite_plan {
    uint32_t count, capacity; /* who could be invited */
    int64_t *people;          /* in the order in which they are */
    uint32_t renewing;        /* the first so many: they have the skills until soon */
    int32_t invited, came;    /* to this course until now, and signed up of those */
    double share;             /* that sign up of those invited, by the year behind */
    uint32_t proposed;        /* fills the seats, by that; 0 = they are full */
};

/* Who renews first; whoever let fewest invitations pass; else by a lot that is the same
 * each time. SHARE: (signed up + 2) / (invited + 20) of the year, those of the last
 * INVITE_ANSWER_DAYS left out unless they signed up. Whether a message can reach somebody
 * is not looked at. Cost: some microseconds for everybody in the instance, so not for a
 * loop's thread. */
int invite_plan_make(struct invite_plan *ret, struct db *db, const struct course *course,
                     int64_t now_ms) __attribute__((warn_unused_result));
/* Zeroed is fine. */
void invite_plan_release(struct invite_plan *plan);

/* Has the skills that a course GIVEs which begins at STARTS_MS, but not for long, or not
 * any more. */
bool invite_renews(const struct crowd_person *person, const struct skill_table *skills,
                   int64_t starts_ms, const struct skill_set *given);

/* In a command, on the writer's thread: the first WANTED of PEOPLE whom a channel reaches
 * and who have not had to do with the course. ST_CONFLICT: it is over, has begun, or is
 * full. */
struct invite {
    int64_t course_id;
    const int64_t *people;
    uint32_t count, wanted;
    uint32_t invited; /* out */
};
int invite_run(struct writer *writer, struct invite *invite, int64_t actor,
               int64_t now_ms, struct diag *reterr) __attribute__((warn_unused_result));

#endif
