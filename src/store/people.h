/* SPDX-License-Identifier: Apache-2.0 */
/* The people: rows of person, where name, telephone, e-mail, home, places and birth lie
 * sealed under the person's key, and everything else in clear. The crowd is their image
 * in memory. Numbers are what the outside knows; ids are ours. */
#ifndef MUSTER_STORE_PEOPLE_H
#define MUSTER_STORE_PEOPLE_H

#include "base/diag.h"
#include "crowd/crowd.h"
#include "crowd/people_csv.h"
#include "crowd/person_field.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PEOPLE_MAX 25000000
#define PERSON_PUSH_MAX 767
#define PERSON_YEARS_MAX 110 /* who is older is perhaps a slip of the pen */
#define PEOPLE_WARNINGS_MAX 1000
#define PEOPLE_NAMES_MAX 2000000 /* an import compares the names of at most so many */

/* Fields that a change speaks about: the others stay as they are. */
enum {
    PERSON_HAS_NAME = 1 << 0,
    PERSON_HAS_PHONE = 1 << 1,
    PERSON_HAS_EMAIL = 1 << 2,
    PERSON_HAS_HOME = 1 << 3,
    PERSON_HAS_MODE = 1 << 4,
    PERSON_HAS_SKILLS = 1 << 5,
    PERSON_HAS_CERTIFICATES = 1 << 6,
    PERSON_HAS_AREA = 1 << 7,
    PERSON_HAS_ORGANISATIONS = 1 << 8,
    PERSON_HAS_DUTY = 1 << 9,
    PERSON_HAS_QUIET = 1 << 10,
    PERSON_HAS_BIRTH = 1 << 11,
    PERSON_HAS_PAUSED = 1 << 12,
    PERSON_HAS_SUSPENDED = 1 << 13,
    PERSON_HAS_PLACES = 1 << 14,
    PERSON_HAS_PUSH = 1 << 15,
    PERSON_HAS_ALL = (1 << 16) - 1
};

struct person {
    struct crowd_person crowd; /* id, number, mode, home, places, skills, hours ... */
    unsigned has;              /* in a change: which fields it sets */
    char name[PERSON_NAME_MAX + 1];
    char phone[PERSON_PHONE_MAX + 1];
    char email[PERSON_EMAIL_MAX + 1];
    char push[PERSON_PUSH_MAX +
              1]; /* the browser that shows notifications (channel/push.h) */
    uint32_t organisation_count; /* the first one reports the hours */
    char organisations[PERSON_ORGANISATIONS_MAX][PERSON_ORGANISATION_MAX + 1];
    char duty[PERSON_HOURS_MAX + 1];  /* as written; crowd.duty is its meaning */
    char quiet[PERSON_HOURS_MAX + 1]; /* "" default, "none", or a span */
    char places[CROWD_PLACES_MAX][PERSON_HOURS_MAX + 1]; /* hours as written */
    int64_t key_slot;
    int64_t version; /* grows with each change: the ETag */
    bool retired, erased;
};

struct db;
struct vault;
struct writer;
struct crowd;
struct skill_table;
struct point;

/* ---- reading */
/* ST_NOT_FOUND. With VAULT NULL (or a destroyed key) the sealed fields are empty. SKILLS
 * turns codes into bits. An alias gives the person it stands for. */
int person_by_id(struct db *db, struct vault *vault, const struct skill_table *skills,
                 int64_t id, struct person *ret) __attribute__((warn_unused_result));
int person_by_number(struct db *db, struct vault *vault, const struct skill_table *skills,
                     const char *number, struct person *ret)
    __attribute__((warn_unused_result));
/* Whether somebody has, or had, this number (1, 0, or a negative status): rows stay. */
int person_has_number(struct db *db, const char *number)
    __attribute__((warn_unused_result));
/* Somebody of this telephone (compared by its digits) whose number is not BESIDES, first
 * one who has not left: 1, 0 (an empty telephone is nobody's), or a negative status. */
struct person_other {
    char number[CROWD_NUMBER_MAX + 1];
    int64_t area_id; /* 0 = none */
    bool retired;
};
int person_of_phone(struct db *db, struct vault *vault, const char *phone,
                    const char *besides, struct person_other *ret)
    __attribute__((warn_unused_result));
/* Somebody else of the person's name, whatever blanks are in it, whose home is at most
 * PERSON_NEAR_M from theirs, as the crowd has it: who has left is not found. 1, 0, or a
 * negative status. Cost O(people), and a name opened for each who lives so near (at most
 * PERSON_NEAR_MAX). */
#define PERSON_NEAR_M 50.0
#define PERSON_NEAR_MAX 1000
int person_of_name_near(struct db *db, struct vault *vault, struct crowd *crowd,
                        const struct person *person, struct person_other *ret)
    __attribute__((warn_unused_result));
/* A number of the form of LIKE that nobody has or had: the digits at its end (the last
 * nine, if there are more) count on, to one that is free behind one that is not. Where
 * they are taken in a row this is the next after the highest. ST_NOT_FOUND: LIKE does not
 * end in a digit, or has no room to count on. Looks in the index: once as a rule, some 50
 * times if 20 million follow LIKE. */
int person_free_number(struct db *db, const char *like, char ret[CROWD_NUMBER_MAX + 1])
    __attribute__((warn_unused_result));
/* Only what a page or a message needs. */
struct person_identity {
    char number[CROWD_NUMBER_MAX + 1];
    char name[PERSON_NAME_MAX + 1];
    char phone[PERSON_PHONE_MAX + 1];
    char email[PERSON_EMAIL_MAX + 1];
    int64_t area_id;
};
int person_identity(struct db *db, struct vault *vault, int64_t id,
                    struct person_identity *ret) __attribute__((warn_unused_result));
/* The browser that shows the person's notifications; "" = none. ST_NOT_FOUND, ST_CORRUPT.
 */
int person_push(struct db *db, struct vault *vault, int64_t id,
                char ret[PERSON_PUSH_MAX + 1]) __attribute__((warn_unused_result));
/* Everybody who is not retired, in order of id. VISIT returns 0 to go on; its other
 * values end the walk and are returned. */
int people_each(struct db *db, struct vault *vault, const struct skill_table *skills,
                int (*visit)(void *context, const struct person *person), void *context)
    __attribute__((warn_unused_result));
/* Fills the crowd at start from the rows, by all cores if there are many, each with a
 * connection of its own to DB_PATH (NULL: this thread alone). About 15 us a person. */
int people_load(struct db *db, const char *db_path, struct vault *vault,
                const struct skill_table *skills, struct crowd *crowd)
    __attribute__((warn_unused_result));
/* Tells it the alerts of the last 168 h, after the people. Commitments come from the
 * writer. */
int people_load_alerts(struct db *db, struct crowd *crowd, int64_t now_ms)
    __attribute__((warn_unused_result));

/* ---- writing: inside a command, on the writer's thread */
/* Adds or changes one person by number, as `has` says; id and version are filled. The
 * crowd is told after the commit. ST_INVALID: a new person without name or home. */
int person_put(struct writer *writer, struct person *change, int64_t actor,
               int64_t now_ms, struct diag *reterr) __attribute__((warn_unused_result));
/* PATCH: ST_STALE if VERSION is not the row's (0 = any). ST_NOT_FOUND. */
int person_patch(struct writer *writer, struct person *change, int64_t version,
                 int64_t actor, int64_t now_ms, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Their browser takes no notifications any more. An alias had one of its own, which is
 * looked at no more. */
int person_forget_push(struct writer *writer, int64_t id, int64_t now_ms,
                       struct diag *reterr) __attribute__((warn_unused_result));
/* With everybody who is an alias of them. What they are asked for becomes void. The keys
 * are destroyed after the commit; number and history stay as a bare id. ST_NOT_FOUND if
 * nothing is left to erase. Reads all rows of people once. */
int person_erase(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms)
    __attribute__((warn_unused_result));
/* ST_CONFLICT while the person has an active assignment, or, with ALERTS_TOO, is asked
 * for one; REFERR says in which incident. */
int person_expect_free(struct writer *writer, int64_t id, bool alerts_too,
                       struct diag *reterr) __attribute__((warn_unused_result));
/* As who is missing in a file leaves; seats of courses are given back. ST_CONFLICT: not
 * free. ST_NOT_FOUND: has left. */
int person_leave(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms,
                 struct diag *reterr) __attribute__((warn_unused_result));
/* Who left, or was missing in a file, takes part again as on the day they left, with
 * hours and history; seats of courses stay given back. ST_NOT_FOUND: has not left, or was
 * erased or merged. */
int person_return(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms)
    __attribute__((warn_unused_result));
/* DUPLICATE becomes an alias of ID, who has the hours and the teams of both. ST_CONFLICT:
 * one of them is not free. */
int person_merge(struct writer *writer, int64_t id, int64_t duplicate, int64_t actor,
                 int64_t now_ms, struct diag *reterr) __attribute__((warn_unused_result));

/* `import people`, after parsing. All or nothing. */
struct people_import {
    /* in */
    const struct person_row *rows; /* of people_csv_parse */
    uint32_t count;
    bool dry_run, retire_missing;
    bool retire_most;        /* also if the file lacks more than half of them */
    bool has_areas;          /* besides the root */
    bool skip_names;         /* no same_name_near: that warning reads everybody's name */
    const atomic_bool *stop; /* set = give up with ST_CLOSED; NULL = never */
    /* The table after parsing: grown by unknown codes. NULL = unchanged. ST_STALE if the
     * writer's is not what it grew from. */
    const struct skill_table *skills;
    /* out */
    uint32_t added, changed, same, retired;
    uint32_t unplaced; /* of those added: without an area, though areas are known */
    /* Of those added or changed: under 18; older than PERSON_YEARS_MAX; with a skill that
     * does not count, for want of a certificate. */
    uint32_t under_age, too_old, uncounted;
    int64_t teams_left; /* if somebody retired: teams whose leader has left */
    uint32_t warning_count, warning_capacity;
    struct people_warning {
        uint32_t line;                    /* of the file */
        const char *code;                 /* same_telephone, same_name_near; static */
        char other[CROWD_NUMBER_MAX + 1]; /* the other's number */
    } * warnings;
};
/* ST_CONFLICT: so many are missing that the file is perhaps not whole (RETIRE_MOST). */
int people_import(struct writer *writer, struct people_import *import, int64_t actor,
                  int64_t now_ms, struct diag *reterr)
    __attribute__((warn_unused_result));
void people_import_release(struct people_import *import); /* the warnings */

#endif
