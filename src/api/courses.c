/* SPDX-License-Identifier: Apache-2.0 */
/* Courses, for those who see people; made and filled by trainers. People sign up by
 * themselves on their own page (own_page.c). */
#include "api/courses.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "loop/names.h"
#include "store/notice.h"
#include "store/people.h"
#include "store/waiting.h"

#include <stdio.h>
#include <string.h>

#define LIST_MAX 500
#define MINUTES_USUAL 120

static bool may(const struct call *call, unsigned mask, int64_t area_id)
{
    return api_may(call, mask, area_id, true) == 0;
}

/* ---- reading ---- */
static void write_can(struct call *call, struct text *text, const struct course *course)
{
    out_open(text, "can", '[');
    if (course->state == COURSE_PLANNED && may(call, MAY_TRAIN, course->area_id)) {
        out_text(text, NULL, "people");
        if (course_has_begun(course, call->now_ms))
            out_text(text, NULL, "results");
        else if (course->signed_up < course->seats)
            out_text(text, NULL, "invite");
        out_text(text, NULL, "move");
        out_text(text, NULL, "cancel");
    }
    out_close(text, ']');
}

/* The members of COURSE, without the closing bracket. */
static void write_course(struct call *call, struct text *text,
                         const struct course *course)
{
    out_open(text, NULL, '{');
    out_int(text, "id", course->id);
    out_text(text, "title", course->title);
    api_write_area(call, text, course->area_id);
    api_write_skills(text, "skills", course->skills);
    out_time_if(text, "starts_at", course->starts_ms);
    out_int(text, "minutes", course->minutes);
    out_text_if(text, "place", course->place);
    out_int(text, "seats", course->seats);
    out_text(text, "state", course_state_code(course->state));
    out_int(text, "signed_up", course->signed_up);
    out_int(text, "waiting", course->waiting);
    out_int(text, "passed", course->passed);
    write_can(call, text, course);
}

struct list {
    struct call *call;
    struct text *text;
    int64_t area_id; /* 0 = all */
    uint32_t count;
    int64_t course_id; /* whose people are written */
    struct waiting_list *waiting;
};

static int list_course(void *context, const struct course *course)
{
    struct list *list = context;
    if (!may(list->call, MAY_SEE_PEOPLE, course->area_id) ||
        (list->area_id != 0 &&
         !area_is_under(&list->call->api->areas, course->area_id, list->area_id)))
        return 0;
    if (list->count++ == LIST_MAX)
        return 1;
    write_course(list->call, list->text, course);
    out_close(list->text, '}');
    return 0;
}

void courses_list(struct call *call)
{
    struct text text;
    struct list list = {.call = call, .text = &text};
    const char *code = http_query(call->request, "area");
    const char *state = http_query(call->request, "state");
    const struct area *area = code == NULL ? NULL : area_by_code(&call->api->areas, code);
    enum course_state wanted = COURSE_STATE_COUNT; /* all */
    if (code != NULL && area == NULL)
        api_wrong(call, "?area", "there is no such area");
    else if (state != NULL && !course_state_parse(state, &wanted))
        api_wrong(call, "?state", "is none of planned, held, cancelled");
    else {
        list.area_id = area == NULL ? 0 : area->id;
        call_list_begin(&text);
        const int status = courses_each(call->api->db, wanted, list_course, &list);
        call_list_end(call, &text, status);
    }
}

/* What the person was told last about the course, and whether it came. */
static int write_told(const struct list *list, int64_t person_id)
{
    struct notice notice;
    const int status =
        notice_of(list->call->api->db, list->course_id, person_id, &notice);
    if (status != ST_OK)
        return status == ST_NOT_FOUND ? ST_OK : status;
    out_open(list->text, "told", '{');
    out_text(list->text, "kind", message_kind_code(notice.kind));
    out_text(list->text, "state", message_state_code(notice.state));
    out_text_if(list->text, "channel", notice.channel);
    out_time_if(list->text, "at", notice.at_ms);
    out_close(list->text, '}');
    return ST_OK;
}

static int write_person(void *context, const struct course_person *person)
{
    struct list *list = context;
    struct call *call = list->call;
    struct person_identity identity;
    out_open(list->text, NULL, '{');
    out_text(list->text, "number", person->number);
    if (person_identity(call->api->db, call->api->config.vault, person->person_id,
                        &identity) == 0 &&
        may(call, MAY_DISPATCH | MAY_TRAIN,
            api_area_or_root(call->api, identity.area_id))) {
        out_text_if(list->text, "name", identity.name);
        out_text_if(list->text, "phone", identity.phone);
    }
    out_text(list->text, "state", course_person_state_code(person->state));
    if (person->retired)
        out_bool(list->text, "retired", true);
    const uint32_t ahead = waiting_ahead_of(list->waiting, person->person_id);
    if (person->state == COURSE_WAITING)
        out_int(list->text, "turn", 1 + ahead);
    if (ahead < list->waiting->count)
        out_text_if(list->text, "passed_over",
                    waiting_bar_code(list->waiting->people[ahead].bar));
    const int status = person->state == COURSE_SIGNED_UP ||
                               person->state == COURSE_INVITED ||
                               person->state == COURSE_WAITING
                           ? write_told(list, person->person_id)
                           : ST_OK;
    out_close(list->text, '}');
    return status;
}

bool courses_open(struct call *call, unsigned mask, struct course *ret)
{
    const int status = course_read(call->api->db, call->id, ret);
    if (status != ST_OK)
        call_refuse(call, status, NULL);
    return status == ST_OK && api_require(call, mask, ret->area_id, true);
}

void courses_get(struct call *call)
{
    struct course course;
    struct text text;
    if (!courses_open(call, MAY_SEE_PEOPLE, &course))
        return;
    AUTO_FREE struct waiting_list *waiting = mem_alloc(sizeof *waiting);
    struct list list = {
        .call = call, .text = &text, .course_id = course.id, .waiting = waiting};
    text_init(&text, CALL_ANSWER_MAX);
    write_course(call, &text, &course);
    out_open(&text, "people", '[');
    const struct api *api = call->api;
    int status = waiting == NULL ? ST_NO_MEMORY
                                 : waiting_read(waiting, api->db, api->config.vault,
                                                writer_loop(api->config.writer),
                                                &api->skills, &course);
    if (status == ST_OK)
        status = course_people_each(call->api->db, course.id, write_person, &list);
    out_close(&text, ']');
    out_close(&text, '}');
    if (status == ST_OK) {
        call_json(call, 200, &text);
        return;
    }
    text_release(&text);
    call_refuse(call, status, NULL);
}

/* ---- changes ---- */
struct course_job {
    struct job job;
    struct course course;
    int64_t person_id;
    enum course_person_state wish; /* signed up, withdrawn or waiting */
    struct course_results results; /* their texts live in the body of the call */
    struct course_move move;
};

static void answer(struct job *job)
{
    struct course_job *self = (struct course_job *)(void *)job;
    if (job_refused(job))
        return;
    if (course_read(job->call->api->db,
                    job->command->repeated ? job->command->result_id : self->course.id,
                    &self->course) != ST_OK) {
        call_refuse(job->call, ST_NOT_FOUND, NULL);
        return;
    }
    const char *kept = job_kept_state(job);
    call_state(job->call, self->course.id,
               kept == NULL ? course_state_code(self->course.state) : kept);
}

/* The state that a change which went well has left, for who asks again. */
static int keep_state(struct job *job, int status, enum course_state state)
{
    if (status == ST_OK)
        job_keep_state(job, course_state_code(state));
    return status;
}

static int put_run(struct job *job, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct course_job *self = (struct course_job *)(void *)job;
    const int status = course_put(writer, &self->course, now_ms, reterr);
    job->own.command.result_id = self->course.id;
    return keep_state(job, status, COURSE_PLANNED);
}

static int cancel_run(struct job *job, struct writer *writer, int64_t now_ms,
                      struct diag *reterr)
{
    job->own.command.result_id = job->call->id;
    const int status = course_cancel(writer, job->call->id, job->call->session.account.id,
                                     now_ms, reterr);
    return keep_state(job, status, COURSE_CANCELLED);
}

static int move_run(struct job *job, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct course_job *self = (const struct course_job *)(const void *)job;
    job->own.command.result_id = job->call->id;
    const int status = course_move(writer, job->call->id, &self->move,
                                   job->call->session.account.id, now_ms, reterr);
    return keep_state(job, status, COURSE_PLANNED);
}

static int sign_run(struct job *job, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct course_job *self = (const struct course_job *)(const void *)job;
    job->own.command.result_id = job->call->id;
    const int64_t actor = job->call->session.account.id;
    const int status =
        self->wish == COURSE_WAITING
            ? waiting_ask(writer, job->call->id, self->person_id, actor, now_ms, reterr)
            : course_sign(writer, job->call->id, self->person_id,
                          self->wish == COURSE_SIGNED_UP, actor, now_ms, reterr);
    return keep_state(job, status, COURSE_PLANNED);
}

static int results_run(struct job *job, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    const struct course_job *self = (const struct course_job *)(const void *)job;
    job->own.command.result_id = job->call->id;
    const int status = course_give_results(writer, job->call->id, &self->results,
                                           job->call->session.account.id, now_ms, reterr);
    return keep_state(job, status, COURSE_HELD);
}

/* The known codes, ';' between, as they were given. */
static void join_codes(const struct body_list *list, char *ret, size_t size)
{
    const char *const *codes = list->items;
    size_t used = 0;
    for (uint32_t i = 0; i < list->count && used < size; i++)
        used += (size_t)snprintf(ret + used, size - used, "%s%s", i == 0 ? "" : ";",
                                 codes[i]);
}

/* False after a 422 or a 403. */
static bool read_course(struct call *call, struct course *ret)
{
    const struct in_course *in = call->input;
    const struct area *area =
        api_area_named(call, "/area", in->area.value, MAY_READ, true);
    struct skill_set skills;
    if (area == NULL)
        return false;
    if (text_is_blank(in->title.value))
        api_wrong(call, "/title", "must say what is taught");
    else if (in->starts_at.value <= call->now_ms)
        api_wrong(call, "/starts_at", "must lie ahead");
    else if (api_read_skills(call, &in->skills, "/skills", &skills) &&
             api_require(call, MAY_TRAIN, area->id, true)) {
        *ret = (struct course){.area_id = area->id,
                               .starts_ms = in->starts_at.value,
                               .minutes = in->minutes.given ? (int32_t)in->minutes.value
                                                            : MINUTES_USUAL,
                               .seats = (int32_t)in->seats.value,
                               .made_by = call->session.account.id};
        (void)snprintf(ret->title, sizeof ret->title, "%s", in->title.value);
        (void)snprintf(ret->place, sizeof ret->place, "%s",
                       in->place.value == NULL ? "" : in->place.value);
        join_codes(&in->skills, ret->skills, sizeof ret->skills);
        return true;
    }
    return false;
}

void courses_post(struct call *call)
{
    struct course course;
    if (!read_course(call, &course))
        return;
    struct course_job *job = job_new(call, sizeof *job, answer);
    if (job == NULL)
        return;
    job->course = course;
    job_run(&job->job, put_run);
}

/* A job on the course of the path, for its trainers; NULL after an answer. */
static struct course_job *job_on_course(struct call *call)
{
    struct course course;
    if (!courses_open(call, MAY_TRAIN, &course))
        return NULL;
    struct course_job *job = job_new(call, sizeof *job, answer);
    if (job != NULL)
        job->course = course;
    return job;
}

/* False after a 422. */
static bool read_move(struct call *call, struct course_move *ret)
{
    const struct in_course_step *in = call->input;
    if (!in->starts_at.given && !in->minutes.given && in->place.value == NULL &&
        !in->seats.given && in->title.value == NULL)
        api_wrong(call, "/starts_at",
                  "or place, minutes, seats or title must say what is other");
    else if (in->title.value != NULL && text_is_blank(in->title.value))
        api_wrong(call, "/title", "must say what is taught");
    else if (in->starts_at.given && in->starts_at.value <= call->now_ms)
        api_wrong(call, "/starts_at", "must lie ahead");
    else {
        *ret = (struct course_move){.starts_ms = in->starts_at.value,
                                    .minutes = (int32_t)in->minutes.value,
                                    .seats = (int32_t)in->seats.value,
                                    .place = in->place.value,
                                    .title = in->title.value};
        return true;
    }
    return false;
}

void courses_step(struct call *call)
{
    const bool moves = ((const struct in_course_step *)call->input)->step.value == 1;
    struct course_job *job = job_on_course(call);
    if (job == NULL)
        return;
    if (moves && !read_move(call, &job->move))
        job_free(&job->job);
    else
        job_run(&job->job, moves ? move_run : cancel_run);
}

void courses_people(struct call *call)
{
    const struct in_course_person *in = call->input;
    struct course_job *job = job_on_course(call);
    if (job == NULL)
        return;
    AUTO_FREE struct person *person = mem_alloc(sizeof *person);
    const int status = person == NULL
                           ? ST_NO_MEMORY
                           : person_by_number(call->api->db, NULL, &call->api->skills,
                                              in->number.value, person);
    if (status != ST_OK || person->retired ||
        !may(call, MAY_SEE_PEOPLE, api_area_or_root(call->api, person->crowd.area))) {
        call_refuse(call, status == ST_NO_MEMORY ? status : ST_NOT_FOUND, NULL);
        job_free(&job->job);
        return;
    }
    job->person_id = person->crowd.id;
    job->wish = (enum course_person_state)in->state.value;
    job_run(&job->job, sign_run);
}

void courses_results(struct call *call)
{
    const struct in_course_results *in = call->input;
    struct course_job *job = job_on_course(call);
    if (job == NULL)
        return;
    job->results = (struct course_results){.passed = in->passed.items,
                                           .passed_count = in->passed.count,
                                           .failed = in->failed.items,
                                           .failed_count = in->failed.count};
    job_run(&job->job, results_run);
}
