/* SPDX-License-Identifier: Apache-2.0 */
#include "store/waiting.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/db.h"
#include "store/invite.h"
#include "store/notice.h"
#include "store/people.h"
#include "store/writer_internal.h"

#include <stdlib.h>

const char *waiting_bar_code(enum waiting_bar bar)
{
    static const char *const codes[WAITING_BAR_COUNT] = {
#define X(name, code) [WAITING_BAR_##name] = code,
        WAITING_BAR_LIST(X)
#undef X
    };
    return codes[bar];
}

/* ---- reading ------------------------------------------------------------------------
 */

static int read_rows(struct waiting_list *ret, struct db *db, const struct course *course)
{
    struct query *query =
        db_query(db, "SELECT person_id, at_ms, CASE WHEN EXISTS (SELECT 1"
                     " FROM course_person AS other"
                     " JOIN course ON course.id = other.course_id"
                     " WHERE other.person_id = course_person.person_id"
                     " AND other.state = 'signed_up' AND course.state = 'planned'"
                     " AND course.skills = ?2 AND course.id <> ?1) THEN 1 ELSE 0 END"
                     " FROM course_person WHERE course_id = ?1 AND state = 'waiting'"
                     " ORDER BY at_ms, person_id LIMIT ?3");
    int status;
    query_int(query, 1, course->id);
    query_text(query, 2, course->skills);
    query_int(query, 3, WAITING_MAX);
    ret->count = 0;
    while ((status = query_step(query)) == 1)
        ret->people[ret->count++] =
            (struct waiting){.person_id = query_get_int(query, 0),
                             .since_ms = query_get_int(query, 1),
                             .bar = query_get_int(query, 2) != 0 ? WAITING_BAR_ELSEWHERE
                                                                 : WAITING_BAR_NONE};
    return status;
}

static int by_turn(const void *a, const void *b)
{
    const struct waiting *one = a, *other = b;
    if (one->renews != other->renews)
        return one->renews ? -1 : 1;
    if (one->since_ms != other->since_ms)
        return one->since_ms < other->since_ms ? -1 : 1;
    return (one->person_id > other->person_id) - (one->person_id < other->person_id);
}

int waiting_read(struct waiting_list *ret, struct db *db, struct vault *vault,
                 const struct loop_config *ladder, const struct skill_table *skills,
                 const struct course *course)
{
    struct skill_set given;
    enum channel_kind channels[LOOP_CHANNELS_MAX];
    AUTO_FREE struct person *person = mem_alloc(sizeof *person);
    if (person == NULL)
        return ST_NO_MEMORY;
    int status = read_rows(ret, db, course);
    (void)skill_set_read(skills, course->skills, &given); /* one gone since: of nobody */
    for (uint32_t i = 0; i < ret->count && status == ST_OK; i++) {
        struct waiting *one = &ret->people[i];
        status = person_by_id(db, vault, skills, one->person_id, person);
        one->renews = invite_renews(&person->crowd, skills, course->starts_ms, &given);
        if (notice_ladder(ladder, person, MESSAGE_KIND_COURSE_SEAT, channels) == 0)
            one->bar = WAITING_BAR_UNREACHED;
        if (person->crowd.suspended)
            one->bar = WAITING_BAR_SUSPENDED;
        if (person->retired)
            one->bar = WAITING_BAR_RETIRED;
    }
    if (status == ST_OK && ret->count > 0)
        qsort(ret->people, ret->count, sizeof *ret->people, by_turn);
    return status;
}

uint32_t waiting_ahead_of(const struct waiting_list *list, int64_t person_id)
{
    uint32_t i = 0;
    while (i < list->count && list->people[i].person_id != person_id)
        i++;
    return i;
}

/* ---- commands -----------------------------------------------------------------------
 */

int waiting_ask(struct writer *writer, int64_t course_id, int64_t person_id,
                int64_t actor, int64_t now_ms, struct diag *reterr)
{
    struct course course;
    enum course_person_state state = COURSE_WITHDRAWN;
    int status = course_expect_ahead(writer, course_id, now_ms, &course, reterr);
    if (status == ST_OK)
        status = course_person_state(writer_db(writer), course_id, person_id, &state);
    if ((status != ST_OK && status != ST_NOT_FOUND) || state == COURSE_SIGNED_UP)
        return status;
    if (course.signed_up < course.seats)
        return course_sign(writer, course_id, person_id, true, actor, now_ms, reterr);
    if (state == COURSE_WAITING)
        return ST_OK;
    if (course.waiting >= WAITING_MAX)
        return diag_set(reterr, ST_CONFLICT, 0, 0, "waiting",
                        "The waiting list is full.");
    return course_note_person(writer, course_id, person_id, COURSE_WAITING, actor,
                              now_ms);
}

static int give_seat(struct writer *writer, const struct course *course,
                     int64_t person_id, int64_t now_ms, bool *ret_given)
{
    struct stage *stage = writer_stage(writer);
    int status = notice_give_seat(stage, course, person_id, now_ms, ret_given);
    if (status == ST_OK && *ret_given)
        status = course_note_person(writer, course->id, person_id, COURSE_SIGNED_UP, 0,
                                    now_ms);
    return status == ST_OK && *ret_given ? notice_remind(stage, course, person_id, now_ms)
                                         : status;
}

int waiting_fill(struct writer *writer, int64_t course_id, int64_t now_ms)
{
    struct course course;
    AUTO_FREE struct waiting_list *list = mem_alloc(sizeof *list);
    if (list == NULL)
        return ST_NO_MEMORY;
    int status = course_read(writer_db(writer), course_id, &course);
    if (status != ST_OK || course.state != COURSE_PLANNED || course.waiting == 0 ||
        course.signed_up >= course.seats)
        return status;
    const struct stage *stage = writer_stage(writer);
    status = waiting_read(list, stage->db, stage->vault, stage->config, &stage->skills,
                          &course);
    int32_t free = course.seats - course.signed_up;
    for (uint32_t i = 0; i < list->count && free > 0 && status == ST_OK; i++) {
        bool given = false;
        if (list->people[i].bar == WAITING_BAR_NONE)
            status =
                give_seat(writer, &course, list->people[i].person_id, now_ms, &given);
        free -= given;
    }
    return status;
}

int waiting_fill_of(struct writer *writer, int64_t person_id, int64_t now_ms)
{
    struct query *query =
        db_query(writer_db(writer), "SELECT course.id FROM course JOIN course_person"
                                    " ON course_person.course_id = course.id"
                                    " WHERE course_person.person_id = ?1"
                                    " AND course.state = 'planned' ORDER BY course.id");
    AUTO_FREE int64_t *courses = NULL;
    uint32_t count = 0;
    query_int(query, 1, person_id);
    int status = query_list_ids(query, &courses, &count);
    for (uint32_t i = 0; i < count && status == ST_OK; i++)
        status = waiting_fill(writer, courses[i], now_ms);
    return status;
}
