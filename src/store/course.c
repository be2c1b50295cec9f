/* SPDX-License-Identifier: Apache-2.0 */
#include "store/course.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "store/area.h"
#include "store/db.h"
#include "store/notice.h"
#include "store/people.h"
#include "store/waiting.h"
#include "store/writer_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                          \
    "id, area_id, title, place, skills, state, starts_ms, minutes, seats, made_by,"      \
    " (SELECT count(*) FROM course_person WHERE course_id = course.id"                   \
    " AND state = 'signed_up'), (SELECT count(*) FROM course_person"                     \
    " WHERE course_id = course.id AND state = 'passed'), (SELECT count(*)"               \
    " FROM course_person WHERE course_id = course.id AND state = 'waiting')"

#define X(name, code) code,
static const char *const states[] = {COURSE_STATE_LIST(X)};
static const char *const person_states[] = {COURSE_PERSON_STATE_LIST(X)};
#undef X

const char *course_state_code(enum course_state state)
{
    assert((unsigned)state < COUNT_OF(states));
    return states[state];
}

const char *course_person_state_code(enum course_person_state state)
{
    assert((unsigned)state < COUNT_OF(person_states));
    return person_states[state];
}

bool course_has_begun(const struct course *course, int64_t now_ms)
{
    return course->state == COURSE_PLANNED && course->starts_ms <= now_ms;
}

/* The place of CODE in LIST, COUNT if it is in none. */
static unsigned find_code(const char *const *list, unsigned count, const char *code)
{
    unsigned i = 0;
    while (i < count && strcmp(list[i], code) != 0)
        i++;
    return i;
}

bool course_state_parse(const char *code, enum course_state *ret)
{
    *ret = (enum course_state)find_code(states, COUNT_OF(states), code);
    return *ret != COURSE_STATE_COUNT;
}

/* ---- reading ------------------------------------------------------------------------
 */

static int read_row(struct query *query, struct course *ret)
{
    *ret = (struct course){.id = query_get_int(query, 0),
                           .area_id = query_get_int(query, 1),
                           .state = (enum course_state)find_code(
                               states, COUNT_OF(states), query_get_text(query, 5)),
                           .starts_ms = query_get_int(query, 6),
                           .minutes = (int32_t)query_get_int(query, 7),
                           .seats = (int32_t)query_get_int(query, 8),
                           .made_by = query_get_int(query, 9),
                           .signed_up = (int32_t)query_get_int(query, 10),
                           .passed = (int32_t)query_get_int(query, 11),
                           .waiting = (int32_t)query_get_int(query, 12)};
    (void)snprintf(ret->title, sizeof ret->title, "%s", query_get_text(query, 2));
    (void)snprintf(ret->place, sizeof ret->place, "%s", query_get_text(query, 3));
    (void)snprintf(ret->skills, sizeof ret->skills, "%s", query_get_text(query, 4));
    return ret->state == COURSE_STATE_COUNT ? ST_CORRUPT : ST_OK;
}

int course_read(struct db *db, int64_t id, struct course *ret)
{
    struct query *query = db_query(db, "SELECT " COLUMNS " FROM course WHERE id = ?1");
    query_int(query, 1, id);
    int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    status = read_row(query, ret);
    query_reset(query);
    return status;
}

int courses_each(struct db *db, enum course_state state,
                 int (*visit)(void *context, const struct course *course), void *context)
{
    struct query *query = db_query(
        db,
        "SELECT " COLUMNS " FROM course WHERE ?1 = '' OR state = ?1"
        " ORDER BY CASE WHEN state = 'planned' THEN starts_ms ELSE ?2 - starts_ms END,"
        " id");
    query_text(query, 1, state == COURSE_STATE_COUNT ? "" : states[state]);
    query_int(query, 2, INT64_MAX / 2); /* later than any planned one */
    int status;
    while ((status = query_step(query)) == 1) {
        struct course course;
        int stop = read_row(query, &course);
        if (stop == ST_OK)
            stop = visit(context, &course);
        if (stop != ST_OK)
            return query_stop(query, stop);
    }
    return status;
}

int course_people_each(struct db *db, int64_t id,
                       int (*visit)(void *context, const struct course_person *person),
                       void *context)
{
    struct query *query = db_query(
        db, "SELECT course_person.person_id, person.number, course_person.state,"
            " person.retired"
            " FROM course_person JOIN person ON person.id = course_person.person_id"
            " WHERE course_person.course_id = ?1 ORDER BY person.number");
    query_int(query, 1, id);
    int status;
    while ((status = query_step(query)) == 1) {
        struct course_person person = {
            .person_id = query_get_int(query, 0),
            .state = (enum course_person_state)find_code(
                person_states, COUNT_OF(person_states), query_get_text(query, 2)),
            .retired = query_get_int(query, 3) != 0};
        (void)snprintf(person.number, sizeof person.number, "%s",
                       query_get_text(query, 1));
        const int stop = person.state == COURSE_PERSON_STATE_COUNT
                             ? ST_CORRUPT
                             : visit(context, &person);
        if (stop != ST_OK)
            return query_stop(query, stop);
    }
    return status;
}

int course_person_state(struct db *db, int64_t id, int64_t person_id,
                        enum course_person_state *ret)
{
    struct query *query = db_query(db, "SELECT state FROM course_person"
                                       " WHERE course_id = ?1 AND person_id = ?2");
    query_int(query, 1, id);
    query_int(query, 2, person_id);
    const int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    *ret = (enum course_person_state)find_code(person_states, COUNT_OF(person_states),
                                               query_get_text(query, 0));
    query_reset(query);
    return *ret == COURSE_PERSON_STATE_COUNT ? ST_CORRUPT : ST_OK;
}

/* ---- commands -----------------------------------------------------------------------
 */

static int note(struct writer *writer, const struct course *course, int64_t actor,
                int64_t now_ms)
{
    char kind[32];
    (void)snprintf(kind, sizeof kind, "course.%s", states[course->state]);
    return writer_note(writer, kind, actor, course->id, NULL, now_ms);
}

int course_put(struct writer *writer, struct course *course, int64_t now_ms,
               struct diag *reterr)
{
    int status = area_expect(writer_db(writer), course->area_id, reterr);
    if (status != ST_OK)
        return status;
    course->id = writer_new_id(writer);
    course->state = COURSE_PLANNED;
    struct query *query = db_query(
        writer_db(writer), "INSERT INTO course (id, area_id, title, place, skills, state,"
                           " starts_ms, minutes, seats, made_by)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    query_int(query, 1, course->id);
    query_int(query, 2, course->area_id);
    query_text(query, 3, course->title);
    query_text(query, 4, course->place);
    query_text(query, 5, course->skills);
    query_text(query, 6, states[course->state]);
    query_int(query, 7, course->starts_ms);
    query_int(query, 8, course->minutes);
    query_int(query, 9, course->seats);
    query_int(query, 10, course->made_by);
    status = query_run(query);
    return status == ST_OK ? note(writer, course, course->made_by, now_ms) : status;
}

/* A planned one, else refused. */
static int read_planned(struct writer *writer, int64_t id, struct course *ret,
                        struct diag *reterr)
{
    const int status = course_read(writer_db(writer), id, ret);
    if (status == ST_OK && ret->state != COURSE_PLANNED)
        return diag_set(reterr, ST_CONFLICT, 0, 0, "state", "The course is over: %s.",
                        states[ret->state]);
    return status;
}

static int end(struct writer *writer, struct course *course, enum course_state state,
               int64_t actor, int64_t now_ms)
{
    struct query *query =
        db_query(writer_db(writer), "UPDATE course SET state = ?2 WHERE id = ?1");
    query_int(query, 1, course->id);
    query_text(query, 2, states[state]);
    const int status = query_run(query);
    course->state = state;
    return status == ST_OK ? note(writer, course, actor, now_ms) : status;
}

int course_cancel(struct writer *writer, int64_t id, int64_t actor, int64_t now_ms,
                  struct diag *reterr)
{
    struct course course;
    int status = read_planned(writer, id, &course, reterr);
    if (status == ST_OK)
        status = end(writer, &course, COURSE_CANCELLED, actor, now_ms);
    return status == ST_OK ? notice_tell_all(writer_stage(writer), &course,
                                             MESSAGE_KIND_COURSE_CANCELLED, now_ms)
                           : status;
}

/* False: everything is as it was. */
static bool apply_move(struct course *course, const struct course_move *move,
                       bool *ret_tells)
{
    const struct course before = *course;
    if (move->starts_ms != 0)
        course->starts_ms = move->starts_ms;
    if (move->minutes != 0)
        course->minutes = move->minutes;
    if (move->seats != 0)
        course->seats = move->seats;
    if (move->place != NULL)
        (void)snprintf(course->place, sizeof course->place, "%s", move->place);
    if (move->title != NULL)
        (void)snprintf(course->title, sizeof course->title, "%s", move->title);
    *ret_tells =
        course->starts_ms != before.starts_ms || strcmp(course->place, before.place) != 0;
    return *ret_tells || course->minutes != before.minutes ||
           course->seats != before.seats || strcmp(course->title, before.title) != 0;
}

int course_move(struct writer *writer, int64_t id, const struct course_move *move,
                int64_t actor, int64_t now_ms, struct diag *reterr)
{
    struct course course;
    bool tells = false;
    int status = read_planned(writer, id, &course, reterr);
    if (status != ST_OK || !apply_move(&course, move, &tells))
        return status;
    if (move->seats != 0 && course.seats < course.signed_up)
        return diag_set(reterr, ST_CONFLICT, 0, 0, "seats", "More have signed up: %d.",
                        course.signed_up);
    struct query *query =
        db_query(writer_db(writer), "UPDATE course SET starts_ms = ?2, minutes = ?3,"
                                    " place = ?4, seats = ?5, title = ?6 WHERE id = ?1");
    query_int(query, 1, course.id);
    query_int(query, 2, course.starts_ms);
    query_int(query, 3, course.minutes);
    query_text(query, 4, course.place);
    query_int(query, 5, course.seats);
    query_text(query, 6, course.title);
    status = query_run(query);
    if (status == ST_OK)
        status = writer_note(writer, "course.moved", actor, course.id, NULL, now_ms);
    if (status == ST_OK && tells)
        status = notice_tell_all(writer_stage(writer), &course, MESSAGE_KIND_COURSE_MOVED,
                                 now_ms);
    return status == ST_OK ? waiting_fill(writer, id, now_ms) : status;
}

static int put_person(struct writer *writer, int64_t id, int64_t person_id,
                      enum course_person_state state, int64_t now_ms)
{
    struct query *query =
        db_query(writer_db(writer),
                 "INSERT INTO course_person (course_id, person_id, state, at_ms)"
                 " VALUES (?1, ?2, ?3, ?4) ON CONFLICT(course_id, person_id) DO UPDATE"
                 " SET state = excluded.state, at_ms = excluded.at_ms");
    query_int(query, 1, id);
    query_int(query, 2, person_id);
    query_text(query, 3, person_states[state]);
    query_int(query, 4, now_ms);
    return query_run(query);
}

int course_note_person(struct writer *writer, int64_t id, int64_t person_id,
                       enum course_person_state state, int64_t actor, int64_t now_ms)
{
    char kind[32], course[24];
    const int status = put_person(writer, id, person_id, state, now_ms);
    if (status != ST_OK)
        return status;
    (void)snprintf(kind, sizeof kind, "course.%s", person_states[state]);
    (void)snprintf(course, sizeof course, "%lld", (long long)id);
    return writer_note(writer, kind, actor, person_id, course, now_ms);
}

int course_sign(struct writer *writer, int64_t id, int64_t person_id, bool signs_up,
                int64_t actor, int64_t now_ms, struct diag *reterr)
{
    const enum course_person_state state = signs_up ? COURSE_SIGNED_UP : COURSE_WITHDRAWN;
    const bool is_office = actor > 0;
    struct course course;
    enum course_person_state before = COURSE_WITHDRAWN;
    int status = read_planned(writer, id, &course, reterr);
    if (status == ST_OK)
        status = course_person_state(writer_db(writer), id, person_id, &before);
    if (status != ST_OK && status != ST_NOT_FOUND)
        return status;
    const bool is_in = before == COURSE_SIGNED_UP;
    if (is_in == signs_up && before != COURSE_WAITING)
        return ST_OK;
    if (!is_office && course_has_begun(&course, now_ms))
        return diag_set(reterr, ST_CONFLICT, 0, 0, "state", "The course has begun.");
    if (signs_up && course.signed_up >= (is_office ? COURSE_SEATS_MAX : course.seats))
        return diag_set(reterr, ST_CONFLICT, 0, 0, "seats", "All seats are taken.");
    status = course_note_person(writer, id, person_id, state, actor, now_ms);
    if (status == ST_OK && signs_up)
        return notice_remind(writer_stage(writer), &course, person_id, now_ms);
    if (status == ST_OK)
        status = notice_withdraw(writer_stage(writer), id, person_id);
    return status == ST_OK ? waiting_fill(writer, id, now_ms) : status;
}

int course_expect_ahead(struct writer *writer, int64_t id, int64_t now_ms,
                        struct course *ret, struct diag *reterr)
{
    const int status = read_planned(writer, id, ret, reterr);
    return status == ST_OK && course_has_begun(ret, now_ms)
               ? diag_set(reterr, ST_CONFLICT, 0, 0, "state", "The course has begun.")
               : status;
}

int course_expect_seat(struct writer *writer, int64_t id, int64_t now_ms,
                       struct course *ret, struct diag *reterr)
{
    const int status = course_expect_ahead(writer, id, now_ms, ret, reterr);
    return status == ST_OK && ret->signed_up >= ret->seats
               ? diag_set(reterr, ST_CONFLICT, 0, 0, "seats", "All seats are taken.")
               : status;
}

int course_forget_invited(struct db *db, int64_t id, int64_t person_id)
{
    struct query *query = db_query(db, "DELETE FROM course_person WHERE course_id = ?1"
                                       " AND person_id = ?2 AND state = 'invited'");
    query_int(query, 1, id);
    query_int(query, 2, person_id);
    return query_run(query);
}

int course_merge_people(struct writer *writer, int64_t from, int64_t to, int64_t now_ms)
{
    struct db *db = writer_db(writer);
    static const char *const queries[] = {
        "UPDATE course_person SET state = 'signed_up' WHERE person_id = ?2"
        " AND state IN ('withdrawn', 'invited', 'waiting')"
        " AND course_id IN (SELECT course_id FROM course_person"
        " WHERE person_id = ?1 AND state = 'signed_up')",
        "DELETE FROM course_person WHERE person_id = ?2"
        " AND state IN ('withdrawn', 'invited')"
        " AND course_id IN (SELECT course_id FROM course_person"
        " WHERE person_id = ?1 AND state = 'waiting')",
        "INSERT INTO course_person (course_id, person_id, state, at_ms)"
        " SELECT course_id, ?2, state, at_ms FROM course_person WHERE person_id = ?1"
        " AND course_id NOT IN (SELECT course_id FROM course_person"
        " WHERE person_id = ?2)",
        "DELETE FROM course_person WHERE person_id = ?1 AND person_id <> ?2",
        "UPDATE notice SET person_id = ?2 WHERE person_id = ?1"};
    int status = ST_OK;
    for (size_t i = 0; i < COUNT_OF(queries) && status == ST_OK; i++) {
        struct query *query = db_query(db, queries[i]);
        query_int(query, 1, from);
        query_int(query, 2, to);
        status = query_run(query);
    }
    return status == ST_OK ? waiting_fill_of(writer, to, now_ms) : status;
}

int course_leave(struct writer *writer, int64_t person_id, int64_t now_ms)
{
    struct query *query = db_query(
        writer_db(writer), "UPDATE course_person SET state = 'withdrawn', at_ms = ?2"
                           " WHERE person_id = ?1"
                           " AND state IN ('signed_up', 'waiting', 'invited')"
                           " AND course_id IN (SELECT id FROM course"
                           " WHERE state = 'planned' AND starts_ms > ?2)");
    query_int(query, 1, person_id);
    query_int(query, 2, now_ms);
    const int status = query_run(query);
    return status == ST_OK ? waiting_fill_of(writer, person_id, now_ms) : status;
}

/* ---- results ------------------------------------------------------------------------
 */

struct giving {
    struct writer *writer;
    struct course course;
    struct skill_table *skills;
    struct skill_set given;
    int32_t day; /* of the course */
    int64_t actor, now_ms;
    struct diag *reterr;
};

/* DAY so many months later; the last of a month that is shorter. */
static int32_t months_later(int32_t day, int32_t months)
{
    char text[TIME_TEXT_SIZE];
    int year, month, of_month;
    int32_t ret = day;
    time_format_day(day, text);
    if (sscanf(text, "%d-%d-%d", &year, &month, &of_month) != 3)
        return day;
    month += (int)months - 1;
    year += month / 12;
    month = month % 12 + 1;
    for (int at = of_month; at > 0; at--) {
        (void)snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, at);
        if (time_parse_day(text, &ret))
            return ret;
    }
    return day;
}

/* Held until LAST at least. ST_LIMIT: more than a person can hold. */
static int certify(struct crowd_person *person, int32_t certificate, int32_t last)
{
    for (uint32_t i = 0; i < person->certificate_count; i++) {
        struct crowd_certificate *held = &person->certificates[i];
        if (held->certificate != certificate)
            continue;
        held->last_day = held->last_day > last ? held->last_day : last;
        return ST_OK;
    }
    if (person->certificate_count == CROWD_CERTIFICATES_MAX)
        return ST_LIMIT;
    person->certificates[person->certificate_count++] =
        (struct crowd_certificate){certificate, last};
    return ST_OK;
}

/* The skills and their certificates, added to what the person has. Who retired or was
 * erased since has the result and no more: nobody is called again by it. */
static int teach(const struct giving *giving, int64_t person_id)
{
    AUTO_FREE struct person *person = mem_alloc(sizeof *person);
    if (person == NULL)
        return ST_NO_MEMORY;
    int status =
        person_by_id(writer_db(giving->writer), NULL, giving->skills, person_id, person);
    if (status != ST_OK || person->retired || person->erased)
        return status;
    for (uint32_t i = 0; i < giving->skills->count && status == ST_OK; i++) {
        const struct skill *skill = &giving->skills->skills[i];
        if (!skill_set_has(&giving->given, i))
            continue;
        skill_set_add(&person->crowd.skills, i);
        if (skill->certificate >= 0)
            status = certify(&person->crowd, skill->certificate,
                             months_later(giving->day, skill->months > 0
                                                           ? skill->months
                                                           : COURSE_MONTHS_USUAL));
    }
    if (status != ST_OK)
        return diag_set(giving->reterr, ST_UNPROCESSABLE, 0, 0, "passed",
                        "%s holds as many certificates as a person can",
                        person->crowd.number);
    person->has = PERSON_HAS_SKILLS | PERSON_HAS_CERTIFICATES;
    return person_put(giving->writer, person, giving->actor, giving->now_ms,
                      giving->reterr);
}

static int find_signed_up(const struct giving *giving, const char *number, int64_t *ret)
{
    struct query *query = db_query(
        writer_db(giving->writer),
        "SELECT person.id FROM person JOIN course_person"
        " ON course_person.person_id = person.id WHERE person.number = ?1"
        " AND course_person.course_id = ?2 AND course_person.state = 'signed_up'");
    query_text(query, 1, number);
    query_int(query, 2, giving->course.id);
    const int status = query_step(query);
    *ret = status == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return status < 0 ? status : ST_OK;
}

/* Who has a result is signed up no more, so whoever stands in the lists twice is found.
 */
static int give_list(const struct giving *giving, const char *const *numbers,
                     uint32_t count, enum course_person_state state, const char *name)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        int64_t id;
        char where[32];
        (void)snprintf(where, sizeof where, "%s/%u", name, i);
        status = find_signed_up(giving, numbers[i], &id);
        if (status == ST_OK && id == 0)
            return diag_set(giving->reterr, ST_UNPROCESSABLE, 0, 0, where,
                            "%s is not signed up, or named twice", numbers[i]);
        if (status == ST_OK)
            status =
                put_person(giving->writer, giving->course.id, id, state, giving->now_ms);
        if (status == ST_OK && state == COURSE_PASSED)
            status = teach(giving, id);
    }
    return status;
}

static int call_absent(const struct giving *giving)
{
    struct query *query = db_query(writer_db(giving->writer),
                                   "UPDATE course_person SET state = 'absent', at_ms = ?2"
                                   " WHERE course_id = ?1 AND state = 'signed_up'");
    query_int(query, 1, giving->course.id);
    query_int(query, 2, giving->now_ms);
    return query_run(query);
}

int course_give_results(struct writer *writer, int64_t id,
                        const struct course_results *results, int64_t actor,
                        int64_t now_ms, struct diag *reterr)
{
    struct giving giving = {.writer = writer,
                            .skills = &writer_stage(writer)->skills,
                            .actor = actor,
                            .now_ms = now_ms,
                            .reterr = reterr};
    int status = read_planned(writer, id, &giving.course, reterr);
    if (status != ST_OK)
        return status;
    if (!course_has_begun(&giving.course, now_ms))
        return diag_set(reterr, ST_CONFLICT, 0, 0, "state",
                        "The course has not begun yet.");
    giving.day = time_local_day(giving.course.starts_ms);
    (void)skill_set_read(giving.skills, giving.course.skills,
                         &giving.given); /* one that is gone since: to nobody */
    status = give_list(&giving, results->passed, results->passed_count, COURSE_PASSED,
                       "passed");
    if (status == ST_OK)
        status = give_list(&giving, results->failed, results->failed_count, COURSE_FAILED,
                           "failed");
    if (status == ST_OK)
        status = call_absent(&giving);
    return status == ST_OK ? end(writer, &giving.course, COURSE_HELD, actor, now_ms)
                           : status;
}
