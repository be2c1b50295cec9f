/* SPDX-License-Identifier: Apache-2.0 */
#include "store/invite.h"

#include "base/hash.h"
#include "base/ids.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "store/area.h"
#include "store/db.h"
#include "store/notice.h"
#include "store/people.h"
#include "store/places.h"
#include "store/writer_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_DAYS 365
/* What is taken for granted before anybody was invited: one in ten signs up. */
#define CAME_BEFORE 2
#define ASKED_BEFORE 20

/* What a person was invited to in the year behind. */
struct past {
    int64_t person_id;
    int64_t last_ms;
    int32_t unanswered; /* courses that have begun since */
    bool in_this;
};

struct candidate {
    int64_t id;
    uint64_t lot;
    int32_t unanswered;
    bool renews;
};

struct choosing {
    const struct course *course;
    int64_t now_ms;
    struct area_tree areas;
    struct skill_table skills;
    struct skill_set given;
    int32_t until_day; /* the skills shall hold longer */
    struct past *past; /* by person */
    uint32_t past_count, past_capacity;
    int64_t *settled; /* sorted: who has to do with it, or with one like it */
    uint32_t settled_count;
    int32_t asked, signed_up, waiting; /* of the year; WAITING: of this course, of late */
    struct candidate *candidates;
    uint32_t count, capacity;
};

static int64_t days_ago(const struct choosing *choosing, int days)
{
    return choosing->now_ms - days * TIME_DAY_MS;
}

/* ---- what was before ----------------------------------------------------------------
 */

/* One person and one course they were invited to. */
struct invitation {
    int64_t person_id, course_id, at_ms, starts_ms;
    const char *state; /* of the course's person */
    bool is_sent;      /* by one channel at least */
};

static void count_answer(struct choosing *choosing, const struct invitation *one,
                         struct invite_plan *plan)
{
    const bool is_this = one->course_id == choosing->course->id;
    const bool is_open = strcmp(one->state, "invited") == 0;
    const bool came = !is_open && strcmp(one->state, "withdrawn") != 0;
    const bool is_young = one->at_ms > days_ago(choosing, INVITE_ANSWER_DAYS);
    choosing->signed_up += came;
    choosing->asked += came || !is_young;
    choosing->waiting += is_this && is_open && is_young;
    plan->invited += is_this;
    plan->came += is_this && came;
}

static int take_invitation(struct choosing *choosing, const struct invitation *one,
                           struct invite_plan *plan)
{
    const uint32_t last = choosing->past_count;
    if (last == 0 || choosing->past[last - 1].person_id != one->person_id) {
        const int status = mem_grow(&choosing->past, &choosing->past_capacity, last + 1,
                                    sizeof *choosing->past, UINT32_MAX);
        if (status != ST_OK)
            return status;
        choosing->past[choosing->past_count++] =
            (struct past){.person_id = one->person_id};
    }
    struct past *past = &choosing->past[choosing->past_count - 1];
    past->in_this |= one->course_id == choosing->course->id;
    if (!one->is_sent)
        return ST_OK;
    if (past->last_ms < one->at_ms)
        past->last_ms = one->at_ms;
    past->unanswered +=
        strcmp(one->state, "invited") == 0 && one->starts_ms <= choosing->now_ms;
    count_answer(choosing, one, plan);
    return ST_OK;
}

static int read_past(struct choosing *choosing, struct db *db, struct invite_plan *plan)
{
    struct query *query = db_query(
        db, "SELECT notice.person_id, notice.course_id, max(notice.due_ms),"
            " course.starts_ms, course_person.state,"
            " max(CASE WHEN notice.state = 'failed' THEN 0 ELSE 1 END)"
            " FROM notice JOIN course ON course.id = notice.course_id"
            " JOIN course_person ON course_person.course_id = notice.course_id"
            " AND course_person.person_id = notice.person_id"
            " WHERE notice.kind = 'course_invited' AND notice.state <> 'withdrawn'"
            " AND notice.due_ms > ?1"
            " GROUP BY notice.person_id, notice.course_id, course.starts_ms,"
            " course_person.state ORDER BY notice.person_id, notice.course_id");
    query_int(query, 1, days_ago(choosing, YEAR_DAYS));
    int status;
    while ((status = query_step(query)) == 1) {
        const struct invitation one = {.person_id = query_get_int(query, 0),
                                       .course_id = query_get_int(query, 1),
                                       .at_ms = query_get_int(query, 2),
                                       .starts_ms = query_get_int(query, 3),
                                       .state = query_get_text(query, 4),
                                       .is_sent = query_get_int(query, 5) != 0};
        status = take_invitation(choosing, &one, plan);
        if (status != ST_OK) {
            query_reset(query);
            break;
        }
    }
    return status;
}

static int read_settled(struct choosing *choosing, struct db *db)
{
    struct query *query = db_query(
        db, "SELECT DISTINCT course_person.person_id FROM course_person"
            " JOIN course ON course.id = course_person.course_id"
            " WHERE (course.id = ?1 AND course_person.state <> 'invited')"
            " OR (course.state = 'planned' AND course.skills = ?2"
            " AND course_person.state = 'signed_up') ORDER BY course_person.person_id");
    query_int(query, 1, choosing->course->id);
    query_text(query, 2, choosing->course->skills);
    return query_list_ids(query, &choosing->settled, &choosing->settled_count);
}

/* ---- who could be invited -----------------------------------------------------------
 */

static int by_person(const void *key, const void *item)
{
    const int64_t id = *(const int64_t *)key,
                  other = ((const struct past *)item)->person_id;
    return (id > other) - (id < other);
}

static bool is_left_in_peace(const struct choosing *choosing, const struct past *past)
{
    return past != NULL && (past->in_this || past->unanswered >= INVITE_UNANSWERED_MAX ||
                            past->last_ms > days_ago(choosing, INVITE_REST_DAYS));
}

static bool has_on(const struct crowd_person *person, const struct skill_table *skills,
                   int32_t day, const struct skill_set *given)
{
    struct skill_set lasting;
    crowd_skills_on(person, skills, day, &lasting);
    return skill_set_covers(&lasting, given);
}

static int32_t until_day(int64_t starts_ms)
{
    return time_local_day(starts_ms) + INVITE_RENEW_DAYS;
}

bool invite_renews(const struct crowd_person *person, const struct skill_table *skills,
                   int64_t starts_ms, const struct skill_set *given)
{
    return skill_set_covers(&person->skills, given) &&
           !has_on(person, skills, until_day(starts_ms), given);
}

static int consider(void *context, const struct person *person)
{
    struct choosing *choosing = context;
    const struct crowd_person *crowd = &person->crowd;
    const int64_t id = crowd->id;
    if (crowd->suspended ||
        !area_is_under(&choosing->areas,
                       crowd->area == 0 ? choosing->areas.areas[0].id : crowd->area,
                       choosing->course->area_id) ||
        ids_contain(choosing->settled, choosing->settled_count, id) ||
        has_on(crowd, &choosing->skills, choosing->until_day, &choosing->given))
        return ST_OK;
    const struct past *past = choosing->past_count == 0
                                  ? NULL
                                  : bsearch(&id, choosing->past, choosing->past_count,
                                            sizeof *choosing->past, by_person);
    if (is_left_in_peace(choosing, past))
        return ST_OK;
    const int status =
        mem_grow(&choosing->candidates, &choosing->capacity, choosing->count + 1,
                 sizeof *choosing->candidates, UINT32_MAX);
    if (status != ST_OK)
        return status;
    const int64_t lot[] = {choosing->course->id, id};
    choosing->candidates[choosing->count++] =
        (struct candidate){.id = id,
                           .lot = hash_bytes(HASH_START, lot, sizeof lot),
                           .unanswered = past == NULL ? 0 : past->unanswered,
                           .renews = skill_set_covers(&crowd->skills, &choosing->given)};
    return ST_OK;
}

static int by_turn(const void *a, const void *b)
{
    const struct candidate *one = a, *other = b;
    if (one->renews != other->renews)
        return one->renews ? -1 : 1;
    if (one->unanswered != other->unanswered)
        return one->unanswered < other->unanswered ? -1 : 1;
    if (one->lot != other->lot)
        return one->lot < other->lot ? -1 : 1;
    return (one->id > other->id) - (one->id < other->id);
}

static int list_people(const struct choosing *choosing, struct invite_plan *ret)
{
    if (choosing->count == 0)
        return ST_OK;
    qsort(choosing->candidates, choosing->count, sizeof *choosing->candidates, by_turn);
    const int status = mem_grow(&ret->people, &ret->capacity, choosing->count,
                                sizeof *ret->people, UINT32_MAX);
    for (uint32_t i = 0; i < choosing->count && status == ST_OK; i++) {
        ret->people[ret->count++] = choosing->candidates[i].id;
        ret->renewing += choosing->candidates[i].renews;
    }
    return status;
}

/* So many that, with those of whom an answer may still come, the seats are filled. */
static void propose(const struct choosing *choosing, struct invite_plan *ret)
{
    const int32_t free = choosing->course->seats - choosing->course->signed_up;
    ret->share = (double)(choosing->signed_up + CAME_BEFORE) /
                 (double)(choosing->asked + ASKED_BEFORE);
    const double wanted = free / ret->share - choosing->waiting;
    if (free <= 0 || wanted <= 0)
        return;
    const uint32_t most =
        ret->count < INVITE_AT_ONCE_MAX ? ret->count : INVITE_AT_ONCE_MAX;
    ret->proposed = wanted < most ? (uint32_t)ceil(wanted) : most;
}

static int choose(struct choosing *choosing, struct db *db, struct invite_plan *ret)
{
    int status = area_tree_load(&choosing->areas, db);
    if (status == ST_OK)
        status = skills_load(db, &choosing->skills);
    if (status == ST_OK)
        status = read_past(choosing, db, ret);
    if (status == ST_OK)
        status = read_settled(choosing, db);
    if (status != ST_OK)
        return status;
    (void)skill_set_read(&choosing->skills, choosing->course->skills,
                         &choosing->given); /* one that is gone since is not lacked */
    status = people_each(db, NULL, &choosing->skills, consider, choosing);
    if (status == ST_OK)
        status = list_people(choosing, ret);
    if (status == ST_OK)
        propose(choosing, ret);
    return status;
}

int invite_plan_make(struct invite_plan *ret, struct db *db, const struct course *course,
                     int64_t now_ms)
{
    *ret = (struct invite_plan){.count = 0};
    AUTO_FREE struct choosing *choosing = mem_calloc(1, sizeof *choosing);
    if (choosing == NULL)
        return ST_NO_MEMORY;
    choosing->course = course;
    choosing->now_ms = now_ms;
    choosing->until_day = until_day(course->starts_ms);
    const int status = choose(choosing, db, ret);
    area_tree_release(&choosing->areas);
    mem_free(choosing->past);
    mem_free(choosing->settled);
    mem_free(choosing->candidates);
    return status;
}

void invite_plan_release(struct invite_plan *plan)
{
    mem_free(plan->people);
    *plan = (struct invite_plan){.count = 0};
}

/* ---- inviting -----------------------------------------------------------------------
 */

static int invite_one(struct writer *writer, const struct course *course,
                      int64_t person_id, int64_t actor, int64_t now_ms, bool *ret_done)
{
    enum course_person_state state;
    *ret_done = false;
    int status = course_person_state(writer_db(writer), course->id, person_id, &state);
    if (status != ST_NOT_FOUND) /* has to do with it already */
        return status;
    status = notice_invite(writer_stage(writer), course, person_id, now_ms, ret_done);
    return status == ST_OK && *ret_done
               ? course_note_person(writer, course->id, person_id, COURSE_INVITED, actor,
                                    now_ms)
               : status;
}

int invite_run(struct writer *writer, struct invite *invite, int64_t actor,
               int64_t now_ms, struct diag *reterr)
{
    struct course course;
    int status = course_expect_seat(writer, invite->course_id, now_ms, &course, reterr);
    invite->invited = 0;
    for (uint32_t i = 0;
         i < invite->count && invite->invited < invite->wanted && status == ST_OK; i++) {
        bool done;
        status = invite_one(writer, &course, invite->people[i], actor, now_ms, &done);
        invite->invited += status == ST_OK && done;
    }
    return status;
}
