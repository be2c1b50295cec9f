/* SPDX-License-Identifier: Apache-2.0 */
/* A person's own page, /m/TOKEN. A device shows it after it has said the last four digits
 * of the telephone number once: the cookie that proves it follows from person, number and
 * link, so a changed number or a new link asks again everywhere. Without it nothing of
 * the person is told. */
#include "store/own_page.h"
#include "api/handlers.h"
#include "api/history.h"
#include "api/link_page.h"
#include "api/schemas.h"
#include "api/service.h"
#include "api/view.h"
#include "base/hash.h"
#include "base/time.h"
#include "channel/push.h"
#include "store/course.h"
#include "store/ledger.h"
#include "store/waiting.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define PROOF_COOKIE "muster-own"
#define PROOF_SIZE 33
#define CHANGES_PER_MINUTE 30
#define HISTORY_MAX 1024

/* As the codes of schemas.c. What a person may choose; other hours are the office's. */
static const char *const duty_hours[] = {"", "Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00",
                                         "Sa-Su 08:00-20:00", "Mo-Fr 08:00-18:00"};
static const char *const quiet_hours[] = {"", "23:00-07:00", "none"};

struct own {
    struct person person; /* an alias is the person it stands for */
    int64_t ended_ms;     /* as the token has it */
    char nonce[VIEW_NONCE_SIZE];
    bool is_proven;
};

/* ---- who asks ---- */
static void make_proof(const struct api *api, const struct own *own, char ret[PROOF_SIZE])
{
    uint8_t proof[32];
    const char *number = own->person.phone;
    uint64_t phone = hash_bytes(HASH_START, "phone\xff", 6);
    phone = hash_bytes(phone, number, strlen(number));
    view_prove(api, "own page", own->person.crowd.id,
               (uint32_t)(phone + (uint64_t)own->ended_ms), proof);
    text_to_hex(proof, 16, ret);
}

static bool has_proof(struct call *call, const struct own *own)
{
    char proof[PROOF_SIZE];
    const char *cookie = http_cookie(call->request, PROOF_COOKIE);
    make_proof(call->api, own, proof);
    return cookie != NULL && strlen(cookie) == PROOF_SIZE - 1 &&
           CRYPTO_memcmp(cookie, proof, PROOF_SIZE - 1) == 0;
}

/* ST_NOT_FOUND also of a link that was ended. */
static int read_own(const struct api *api, const char *token, struct own *ret)
{
    int64_t id, ended_ms;
    if (!link_find_person(&api->link_key, token, &id, &ret->ended_ms))
        return ST_NOT_FOUND;
    const int status = own_page_ended(api->db, id, &ended_ms);
    if (status != ST_OK || ret->ended_ms != ended_ms)
        return status != ST_OK ? status : ST_NOT_FOUND;
    return person_by_id(api->db, api->config.vault, &api->skills, id, &ret->person);
}

/* The person of the path; NULL after a 404. mem_free. */
static struct own *load(struct call *call)
{
    struct api *api = call->api;
    struct own *own = mem_calloc(1, sizeof *own);
    const int status = own == NULL ? ST_NO_MEMORY : read_own(api, call->word, own);
    if (status == ST_OK && !own->person.erased && !own->person.retired) {
        view_make_nonce(api, own->person.crowd.id, own->nonce);
        own->is_proven = has_proof(call, own);
        return own;
    }
    mem_free(own);
    if (status == ST_OK || status == ST_NOT_FOUND)
        link_send_gone(call);
    else
        call_refuse(call, status, NULL);
    return NULL;
}

/* ---- what is shown ---- */
struct shown {
    struct page_own page;
    struct ledger_line lines[PAGE_CREDITS_MAX];
    struct look_seen looks[LOOKS_SHOWN_MAX];
    struct course courses[PAGE_COURSES_MAX];
    char paused_until[24], untils[PAGE_SKILLS_MAX][TIME_TEXT_SIZE];
    struct push_target push;
    char point[PUSH_KEY_SIZE];
    struct text history;
};

static void show_time(int64_t ms, char ret[24])
{
    struct time_local local;
    time_to_local(ms, &local);
    (void)snprintf(ret, 24, "%d-%02d-%02d %02d:%02d", local.year, local.month, local.day,
                   local.minute / 60, local.minute % 60);
}

static void show_day(int32_t day, char ret[16])
{
    char text[TIME_TEXT_SIZE];
    time_format_day(day, text);
    (void)snprintf(ret, 16, "%s", text);
}

static int32_t until_of(const struct crowd_person *crowd, int32_t certificate)
{
    int32_t last = INT32_MIN;
    for (uint32_t i = 0; i < crowd->certificate_count; i++)
        if (crowd->certificates[i].certificate == certificate &&
            crowd->certificates[i].last_day > last)
            last = crowd->certificates[i].last_day;
    return last;
}

static void show_skills(struct call *call, const struct own *own,
                        enum page_language language, struct shown *shown)
{
    const struct skill_table *table = &call->api->skills;
    const struct crowd_person *crowd = &own->person.crowd;
    const int32_t today = time_local_day(call->now_ms);
    struct page_own *page = &shown->page;
    for (uint32_t i = 0; i < table->count && page->skill_count < PAGE_SKILLS_MAX; i++) {
        const struct skill *skill = &table->skills[i];
        if (!skill_set_has(&crowd->skills, i))
            continue;
        const uint32_t at = page->skill_count++;
        page->skills[at].name = language == PAGE_ZH ? skill->zh : skill->en;
        page->skills[at].counts = true;
        if (skill->certificate < 0)
            continue;
        const int32_t last = until_of(crowd, skill->certificate);
        page->skills[at].counts = last >= today;
        time_format_day(last < 0 ? 0 : last, shown->untils[at]);
        page->skills[at].until = shown->untils[at];
    }
}

static int show_credits(struct call *call, int64_t person_id, struct shown *shown)
{
    struct db *db = call->api->db;
    struct page_own *page = &shown->page;
    int status = ledger_minutes(db, person_id, false, &page->minutes);
    if (status == ST_OK)
        status = ledger_minutes(db, person_id, true, &page->exercise_minutes);
    if (status == ST_OK)
        status = ledger_lines(db, person_id, shown->lines, PAGE_CREDITS_MAX,
                              &page->credit_count);
    if (status != ST_OK)
        return status;
    for (uint32_t i = 0; i < page->credit_count; i++) {
        show_day(time_local_day(shown->lines[i].at_ms), page->credits[i].day);
        page->credits[i].kind = shown->lines[i].kind;
        page->credits[i].minutes = shown->lines[i].minutes;
        page->credits[i].exercise = shown->lines[i].exercise;
    }
    return ST_OK;
}

static int show_looks(struct call *call, int64_t person_id, struct shown *shown)
{
    struct page_own *page = &shown->page;
    const int status =
        looks_read(call->api->db, person_id, shown->looks, &page->look_count);
    if (status != ST_OK)
        return status;
    for (uint32_t i = 0; i < page->look_count; i++) {
        show_time(shown->looks[i].at_ms, page->looks[i].at);
        page->looks[i].account = shown->looks[i].account;
    }
    return ST_OK;
}

/* The place of VALUE among what a person may choose, else -1. */
static int choice_of(const char *value, const char *const *values, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(values[i], value) == 0)
            return i;
    return -1;
}

static void show_push(const struct call *call, const struct person *person,
                      struct shown *shown)
{
    shown->page.push_key = call->api->config.push_key;
    if (!push_target_read(person->push, &shown->push))
        return;
    text_to_base64url(shown->push.key, sizeof shown->push.key, shown->point);
    shown->page.push_point = shown->point;
}

static void show_settings(const struct own *own, struct page_own *page)
{
    const struct person *person = &own->person;
    const int duty = choice_of(person->duty, duty_hours, COUNT_OF(duty_hours));
    const int quiet = choice_of(person->quiet, quiet_hours, COUNT_OF(quiet_hours));
    page->mode = road_mode_name(person->crowd.mode);
    page->duty = duty < 0 ? NULL : duty_codes[duty];
    page->quiet = quiet < 0 ? NULL : quiet_codes[quiet];
    page->duty_text = person->duty;
    page->quiet_text = person->quiet;
}

static bool is_ahead(const struct call *call, const struct course *course)
{
    return course->state == COURSE_PLANNED && course->starts_ms > call->now_ms;
}

/* Ahead, and for people of the person's area. */
static bool is_for(const struct call *call, const struct person *person,
                   const struct course *course)
{
    const int64_t area_id = api_area_or_root(call->api, person->crowd.area);
    return is_ahead(call, course) &&
           area_is_under(&call->api->areas, area_id, course->area_id);
}

/* What the person has to do with the course; withdrawn: nothing. */
static int course_state_of(const struct call *call, const struct course *course,
                           int64_t person_id, enum course_person_state *ret)
{
    const int status = course_person_state(call->api->db, course->id, person_id, ret);
    if (status == ST_NOT_FOUND)
        *ret = COURSE_WITHDRAWN;
    return status == ST_NOT_FOUND ? ST_OK : status;
}

struct choosing {
    struct call *call;
    const struct person *person;
    struct shown *shown;
    bool own; /* those that the person is in, else the others */
};

/* Who has a seat, or waits, finds the place while the course is on, and is told that it
 * is off. */
static bool is_still_shown(const struct call *call, const struct course *course)
{
    const int64_t on_ms =
        course->state == COURSE_PLANNED ? (int64_t)course->minutes * TIME_MINUTE_MS : 0;
    return course->state != COURSE_HELD && course->starts_ms + on_ms > call->now_ms;
}

/* The person's place on the waiting list, from 1, and why they are passed over. */
static int read_place(const struct call *call, const struct course *course,
                      int64_t person_id, struct page_course *ret)
{
    AUTO_FREE struct waiting_list *list = mem_alloc(sizeof *list);
    if (list == NULL)
        return ST_NO_MEMORY;
    const struct api *api = call->api;
    const int status =
        waiting_read(list, api->db, api->config.vault, writer_loop(api->config.writer),
                     &api->skills, course);
    if (status != ST_OK)
        return status;
    const uint32_t ahead = waiting_ahead_of(list, person_id);
    ret->place_in_line = 1 + (int32_t)ahead;
    if (ahead < list->count)
        ret->passed_over = waiting_bar_code(list->people[ahead].bar);
    return ST_OK;
}

static int show_course(void *context, const struct course *course)
{
    const struct choosing *choosing = context;
    const struct call *call = choosing->call;
    const int64_t person_id = choosing->person->crowd.id;
    struct page_own *page = &choosing->shown->page;
    const bool is_open = is_for(call, choosing->person, course);
    enum course_person_state state;
    struct page_course line = {0};
    if (!is_open && !is_still_shown(call, course))
        return 0;
    if (page->course_count == PAGE_COURSES_MAX)
        return 1;
    int status = course_state_of(call, course, person_id, &state);
    if (status == ST_OK && state == COURSE_WAITING)
        status = read_place(call, course, person_id, &line);
    if (status != ST_OK)
        return status;
    const bool is_in =
        state == COURSE_SIGNED_UP ||
        (state == COURSE_WAITING && !course_has_begun(course, call->now_ms));
    if (is_in != choosing->own || (!is_open && !is_in))
        return 0;
    struct course *kept = &choosing->shown->courses[page->course_count];
    struct page_course *one = &page->courses[page->course_count++];
    const int32_t left = course->seats - course->signed_up;
    *kept = *course;
    *one = (struct page_course){.id = kept->id,
                                .title = kept->title,
                                .place = kept->place,
                                .minutes = kept->minutes,
                                .seats_left = left < 0 ? 0 : left,
                                .place_in_line = line.place_in_line,
                                .passed_over = line.passed_over,
                                .has_seat = state == COURSE_SIGNED_UP,
                                .is_open = is_open || is_ahead(call, course),
                                .is_cancelled = kept->state == COURSE_CANCELLED};
    show_time(kept->starts_ms, one->at);
    return 0;
}

static int show_courses(struct call *call, const struct person *person,
                        struct shown *shown)
{
    struct choosing choosing = {call, person, shown, .own = true};
    int status = courses_each(call->api->db, COURSE_STATE_COUNT, show_course, &choosing);
    choosing.own = false;
    if (status == ST_OK)
        status = courses_each(call->api->db, COURSE_PLANNED, show_course, &choosing);
    return status < 0 ? status : ST_OK; /* 1: there are more than are shown */
}

/* The page's parts of a person who has proved to be it. SHOWN is zeroed. What cannot be
 * read is not shown as nothing: the status of the read is returned. */
static int show(struct call *call, const struct own *own, enum page_language language,
                struct shown *shown)
{
    const struct person *person = &own->person;
    const int64_t id = person->crowd.id;
    struct page_own *page = &shown->page;
    const int64_t area_id = api_area_or_root(call->api, person->crowd.area);
    page->name = person->name;
    page->number = person->crowd.number;
    page->area = api_area_name(call->api, area_id);
    page->suspended = person->crowd.suspended;
    show_day(time_local_day(call->now_ms), page->today);
    if (person->crowd.paused_until_ms > call->now_ms) {
        show_time(person->crowd.paused_until_ms, shown->paused_until);
        page->paused_until = shown->paused_until;
    }
    show_skills(call, own, language, shown);
    show_settings(own, page);
    show_push(call, person, shown);
    int status = show_credits(call, id, shown);
    if (status == ST_OK)
        status = show_courses(call, person, shown);
    if (status == ST_OK)
        status = show_looks(call, id, shown);
    history_sentence(call->api->config.planner, id, false, language == PAGE_EN,
                     &shown->history);
    if (shown->history.size > 0)
        page->history = text_string(&shown->history);
    return status;
}

/* ---- answers ---- */
static void write_credits(const struct shown *shown, struct text *text)
{
    out_int(text, "minutes", shown->page.minutes);
    out_int(text, "exercise_minutes", shown->page.exercise_minutes);
    out_open(text, "credits", '[');
    for (uint32_t i = 0; i < shown->page.credit_count; i++) {
        out_open(text, NULL, '{');
        out_time_if(text, "at", shown->lines[i].at_ms);
        out_text(text, "case", shown->lines[i].case_number);
        out_text(text, "kind", shown->lines[i].kind);
        out_int(text, "minutes", shown->lines[i].minutes);
        out_bool(text, "exercise", shown->lines[i].exercise);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void write_courses(const struct shown *shown, struct text *text)
{
    out_open(text, "courses", '[');
    for (uint32_t i = 0; i < shown->page.course_count; i++) {
        const struct page_course *course = &shown->page.courses[i];
        if (!course->is_open)
            continue;
        out_open(text, NULL, '{');
        out_int(text, "id", course->id);
        out_text(text, "title", course->title);
        api_write_skills(text, "skills", shown->courses[i].skills);
        out_time_if(text, "starts_at", shown->courses[i].starts_ms);
        out_int(text, "minutes", course->minutes);
        out_text_if(text, "place", course->place);
        out_int(text, "seats_left", course->seats_left);
        out_bool(text, "signed_up", course->has_seat);
        out_bool(text, "waiting", course->place_in_line > 0);
        if (course->place_in_line > 0)
            out_int(text, "turn", course->place_in_line);
        out_text_if(text, "passed_over", course->passed_over);
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void write_person(struct call *call, const struct own *own,
                         const struct shown *shown, struct text *text)
{
    const struct person *person = &own->person;
    out_text(text, "name", person->name);
    out_text(text, "number", person->crowd.number);
    out_text(text, "area", shown->page.area);
    out_bool(text, "suspended", person->crowd.suspended);
    out_time_if(text, "paused_until",
                shown->page.paused_until == NULL ? 0 : person->crowd.paused_until_ms);
    out_text(text, "mode", shown->page.mode);
    out_text(text, "duty", person->duty);
    out_text(text, "quiet", person->quiet);
    out_text_if(text, "push_key", shown->page.push_key);
    out_text_if(text, "push_p256dh", shown->page.push_point);
    out_open(text, "skills", '[');
    for (uint32_t i = 0; i < shown->page.skill_count; i++) {
        out_open(text, NULL, '{');
        out_text(text, "name", shown->page.skills[i].name);
        out_text_if(text, "until", shown->page.skills[i].until);
        out_bool(text, "counts", shown->page.skills[i].counts);
        out_close(text, '}');
    }
    out_close(text, ']');
    write_credits(shown, text);
    write_courses(shown, text);
    out_open(text, "looked", '[');
    for (uint32_t i = 0; i < shown->page.look_count; i++) {
        out_open(text, NULL, '{');
        out_text(text, "account", shown->looks[i].account);
        out_time_if(text, "at", shown->looks[i].at_ms);
        out_close(text, '}');
    }
    out_close(text, ']');
    history_write(call->api->config.planner, person->crowd.id, text);
}

static void send_own(struct call *call, int status, const struct own *own,
                     enum page_notice notice)
{
    const enum page_language language = link_language(call);
    AUTO_FREE struct shown *shown = mem_calloc(1, sizeof *shown);
    if (shown == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return;
    }
    struct text text;
    text_init(&text, PAGE_SIZE_MAX);
    text_init(&shown->history, HISTORY_MAX);
    shown->page.duty_phone = call->api->settings.duty_phone;
    shown->page.token = call->word;
    shown->page.nonce = own->nonce;
    shown->page.has_phone = own->person.phone[0] != '\0';
    shown->page.notice = notice;
    const int read = own->is_proven ? show(call, own, language, shown) : ST_OK;
    if (read != ST_OK) {
        text_release(&shown->history);
        text_release(&text);
        call_refuse(call, read, NULL);
        return;
    }
    call_header(call, "Vary", "Accept, Accept-Language, Cookie");
    call_header(call, "Cache-Control", "no-store");
    if (link_wants_json(call)) {
        out_open(&text, NULL, '{');
        out_text(&text, "nonce", own->nonce);
        out_bool(&text, "needs_digits", !own->is_proven);
        if (own->is_proven)
            write_person(call, own, shown, &text);
        out_close(&text, '}');
        call_json(call, status, &text);
    } else {
        page_render_own(&shown->page, language, &text);
        static_headers(call);
        call_send(call, status, "text/html; charset=utf-8", &text);
    }
    text_release(&shown->history);
}

void own_page_get(struct call *call)
{
    AUTO_FREE struct own *own = load(call);
    if (own != NULL)
        send_own(call, 200, own,
                 http_query(call->request, "saved") == NULL ? PAGE_NOTICE_NONE
                                                            : PAGE_NOTICE_SAVED);
}

/* Whether the query has days that can be certified. */
static bool has_days(struct call *call)
{
    const char *from = http_query(call->request, "from");
    const char *to = http_query(call->request, "to");
    int32_t first, last;
    return from != NULL && to != NULL && time_parse_day(from, &first) &&
           time_parse_day(to, &last) && LINK_SERVICE_FROM <= first && first <= last &&
           last <= time_local_day(call->now_ms);
}

/* Who has not said the digits here says them first. */
void own_page_service(struct call *call)
{
    AUTO_FREE struct own *own = load(call);
    if (own == NULL)
        return;
    if (own->is_proven && !link_wants_json(call) && !has_days(call))
        send_own(call, 422, own, PAGE_NOTICE_INVALID);
    else if (own->is_proven)
        service_issue(call, &own->person, NULL, link_language(call),
                      !link_wants_json(call));
    else if (link_wants_json(call))
        call_error(call, 403, "give the last four digits of your telephone number");
    else
        send_own(call, 200, own, PAGE_NOTICE_NONE);
}

static void refuse(struct call *call, struct problem *problem, const struct own *own,
                   enum page_notice notice)
{
    if (link_wants_json(call))
        call_problem(call, problem);
    else
        send_own(call, problem->status, own, notice);
}

static void refuse_digits(struct call *call, const struct own *own, bool is_spent)
{
    struct problem problem;
    problem_init(&problem, 403,
                 is_spent ? "too many wrong digits; try again tomorrow"
                          : "give the last four digits of your telephone number");
    problem_add(&problem, "/digits", is_spent ? "no more tries" : "missing or wrong");
    refuse(call, &problem, own, is_spent ? PAGE_NOTICE_DIGITS_SPENT : PAGE_NOTICE_DIGITS);
}

void own_page_invalid(struct call *call, struct problem *problem)
{
    AUTO_FREE struct own *own = load(call);
    if (own != NULL)
        refuse(call, problem, own, PAGE_NOTICE_INVALID);
}

/* ---- POST ---- */
struct own_job {
    struct job job;
    struct person change;
    bool tries, is_right; /* digits were said, and the right ones */
    int64_t course_id;    /* 0 = none */
    bool signs_up, waits;
    char proof[PROOF_SIZE];
};

static int run(struct job *job, struct writer *writer, int64_t now_ms,
               struct diag *reterr)
{
    struct own_job *self = (struct own_job *)(void *)job;
    const int64_t id = self->change.crowd.id;
    int status = ST_OK;
    if (self->tries)
        status = own_page_try(writer, id, self->is_right, now_ms);
    if (status != ST_OK || (self->tries && !self->is_right))
        return status;
    if (self->waits)
        status = waiting_ask(writer, self->course_id, id, -id, now_ms, reterr);
    else if (self->course_id != 0)
        status =
            course_sign(writer, self->course_id, id, self->signs_up, -id, now_ms, reterr);
    if (status != ST_OK || self->change.has == 0)
        return status;
    return person_patch(writer, &self->change, 0, -id, now_ms, reterr);
}

/* Wrong digits, or none left to try: said with how it stands. False: the digits did not
 * stand in the way. */
static bool refused_digits(const struct own_job *job, struct own *own)
{
    struct call *call = job->job.call;
    const int status = job->job.status;
    bool is_spent;
    if (!job->tries || (status != ST_DENIED && (status != 0 || job->is_right)))
        return false;
    own->is_proven = false;
    if (own_page_is_spent(call->api->db, own->person.crowd.id, call->now_ms, &is_spent) !=
        ST_OK)
        is_spent = true;
    refuse_digits(call, own, is_spent);
    return true;
}

static void refuse_change(const struct job *job, const struct own *own)
{
    struct problem problem;
    problem_from_status(&problem, job->status, &job->command->diag);
    refuse(job->call, &problem, own,
           problem.status >= 500   ? PAGE_NOTICE_NOT_KEPT
           : problem.status == 409 ? PAGE_NOTICE_STALE
                                   : PAGE_NOTICE_INVALID);
}

static void saved(struct job *job)
{
    const struct own_job *self = (const struct own_job *)(const void *)job;
    struct call *call = job->call;
    AUTO_FREE struct own *own = load(call);
    char path[CALL_WORD_MAX + 16];
    if (own == NULL || refused_digits(self, own))
        return;
    if (job->status != 0) {
        refuse_change(job, own);
        return;
    }
    if (self->tries) { /* a path for each, so that two people can share a telephone */
        (void)snprintf(path, sizeof path, "/m/%s", call->word);
        link_set_cookie(call, PROOF_COOKIE, path, self->proof);
        own->is_proven = true;
    }
    if (link_wants_json(call)) {
        send_own(call, 200, own, PAGE_NOTICE_NONE);
        return;
    }
    (void)snprintf(path, sizeof path, "/m/%s%s", call->word,
                   self->change.has == 0 && self->course_id == 0 ? "" : "?saved=1");
    call_header(call, "Location", path);
    call_empty(call, 303);
}

/* What the person may change; everything else is the office's. */
static void read_change(const struct call *call, const struct in_own *in,
                        const struct person *person, struct person *change)
{
    struct crowd_person *crowd = &change->crowd;
    crowd->id = person->crowd.id;
    memcpy(crowd->number, person->crowd.number, sizeof crowd->number);
    if (in->pause_days.given) {
        crowd->paused_until_ms = in->pause_days.value == 0
                                     ? 0
                                     : call->now_ms + in->pause_days.value * TIME_DAY_MS;
        change->has |= PERSON_HAS_PAUSED;
    }
    if (in->mode.given) {
        crowd->mode = (enum road_mode)in->mode.value;
        change->has |= PERSON_HAS_MODE;
    }
    if (in->duty.given) {
        (void)snprintf(change->duty, sizeof change->duty, "%s",
                       duty_hours[in->duty.value]);
        change->has |= PERSON_HAS_DUTY;
    }
    if (in->quiet.given) {
        (void)snprintf(change->quiet, sizeof change->quiet, "%s",
                       quiet_hours[in->quiet.value]);
        change->has |= PERSON_HAS_QUIET;
    }
}

/* False after an answer. */
static bool check_digits(struct call *call, const struct own *own,
                         const struct in_own *in, struct own_job *job)
{
    const char *digits = in->digits.value;
    job->tries = digits != NULL && *digits != '\0';
    if (!job->tries && own->is_proven)
        return true;
    if (!job->tries || own->person.phone[0] == '\0') {
        refuse_digits(call, own, false);
        return false;
    }
    job->is_right = link_digits_are_right(own->person.phone, digits);
    make_proof(call->api, own, job->proof);
    return true;
}

static bool check_form(struct call *call, const struct own *own, const struct in_own *in)
{
    struct problem problem;
    uint64_t nonce;
    int wait_s;
    if (!limits_take(&call->api->limits,
                     limits_key(&call->api->limits, "own page", call->word),
                     CHANGES_PER_MINUTE / 60.0, CHANGES_PER_MINUTE,
                     api_mono_ms(call->api), &wait_s)) {
        problem_init(&problem, 429, "at most %d changes a minute", CHANGES_PER_MINUTE);
        problem.retry_after_s = wait_s;
        refuse(call, &problem, own, PAGE_NOTICE_TOO_MANY);
        return false;
    }
    if (view_check_nonce(call->api, own->person.crowd.id, in->nonce.value, &nonce))
        return true;
    problem_init(&problem, 422, "the form is not of this page");
    problem_add(&problem, "/nonce", "is not of this page: load it again");
    refuse(call, &problem, own, PAGE_NOTICE_STALE);
    return false;
}

static const char *given_text(const struct body_text *text)
{
    return text->value == NULL ? "" : text->value;
}

/* The browser that is to show notifications, or none. False after a 422. */
static bool read_push(struct call *call, const struct own *own, const struct in_own *in,
                      struct person *change)
{
    struct problem problem;
    struct diag diag;
    const char *services =
        call->api->config.push_key == NULL ? "" : call->api->settings.push_services;
    if (!in->push.given)
        return true;
    change->has |= PERSON_HAS_PUSH;
    if (in->push.value == 0 ||
        push_target_write(services, link_language(call) == PAGE_ZH,
                          given_text(&in->push_endpoint), given_text(&in->push_p256dh),
                          given_text(&in->push_auth), change->push, &diag) == ST_OK)
        return true;
    problem_from_status(&problem, ST_INVALID, &diag);
    refuse(call, &problem, own, PAGE_NOTICE_INVALID);
    return false;
}

/* Who has a seat, or waits, can give it up wherever they live now. */
static bool may_change(const struct call *call, const struct person *person,
                       const struct course *course, bool joins)
{
    enum course_person_state state;
    if (joins || !is_ahead(call, course))
        return is_for(call, person, course);
    return is_for(call, person, course) ||
           (course_state_of(call, course, person->crowd.id, &state) == ST_OK &&
            (state == COURSE_SIGNED_UP || state == COURSE_WAITING));
}

/* False after a 422. */
static bool read_course(struct call *call, const struct own *own, const struct in_own *in,
                        struct own_job *job)
{
    struct course course;
    struct problem problem;
    if (!in->course.given && !in->sign_up.given && !in->wait.given)
        return true;
    job->course_id = in->course.value;
    job->signs_up = in->sign_up.value != 0;
    job->waits = in->wait.value != 0;
    if (in->course.given && in->sign_up.given != in->wait.given &&
        course_read(call->api->db, in->course.value, &course) == ST_OK &&
        may_change(call, &own->person, &course, job->signs_up || job->waits))
        return true;
    problem_init(&problem, 422, "there is no such course for you, or it has begun");
    problem_add(&problem, "/course", "is none that you can go to");
    refuse(call, &problem, own, PAGE_NOTICE_STALE);
    return false;
}

void own_page_post(struct call *call)
{
    const struct in_own *in = call->input;
    AUTO_FREE struct own *own = load(call);
    if (own == NULL || !check_form(call, own, in))
        return;
    struct own_job *job = job_new(call, sizeof *job, saved);
    if (job == NULL)
        return;
    if (!check_digits(call, own, in, job) || !read_course(call, own, in, job) ||
        !read_push(call, own, in, &job->change)) {
        job_free(&job->job);
        return;
    }
    read_change(call, in, &own->person, &job->change);
    job_run(&job->job, run);
}
