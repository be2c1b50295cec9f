/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of service: issued by the office or on the person's own page, as a page to
 * print or as JSON; and the check of a number. Nothing is stored for them: the number
 * says whose certificate it is, of which days and of when, and the ledger is counted
 * again as it stood then. */
#include "store/service.h"
#include "api/handlers.h"
#include "api/internal.h"
#include "api/link_page.h"
#include "api/persons.h"
#include "api/service.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>

struct shown {
    struct link_service span;
    struct service service;
    char number[LINK_SERVICE_SIZE];
    char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE], issued[TIME_TEXT_SIZE];
};

static int show(struct call *call, const struct link_service *span, struct shown *ret)
{
    ret->span = *span;
    link_service_number(&call->api->link_key, span, ret->number);
    time_format_day(span->from_day, ret->from);
    time_format_day(span->to_day, ret->to);
    time_format_day(time_local_day(span->issued_ms), ret->issued);
    return service_count(call->api->db, span, &ret->service);
}

/* ---- JSON ---- */
static void write_kinds(const struct service *service, struct text *text)
{
    out_open(text, "kinds", '[');
    for (uint32_t i = 0; i < service->kind_count; i++) {
        const struct service_kind *one = &service->kinds[i];
        out_open(text, NULL, '{');
        out_text(text, "kind", one->kind);
        out_bool(text, "exercise", one->exercise);
        out_int(text, "minutes", one->sum.minutes);
        out_int(text, "assignments", one->sum.assignments);
        out_close(text, '}');
    }
    out_close(text, ']');
}

/* NOW: what the ledger says today; NULL = not asked. NAMED: whose it is may be told. */
static void send_json(struct call *call, const struct shown *shown,
                      const struct person *person, bool is_named,
                      const struct service *now)
{
    struct text text;
    text_init(&text, 65536);
    out_open(&text, NULL, '{');
    out_text(&text, "certificate", shown->number);
    out_text(&text, "number", person->crowd.number);
    if (is_named)
        out_text_if(&text, "name", person->name);
    out_open(&text, "organisations", '[');
    for (uint32_t i = 0; i < person->organisation_count; i++)
        out_text(&text, NULL, person->organisations[i]);
    out_close(&text, ']');
    out_text(&text, "from", shown->from);
    out_text(&text, "to", shown->to);
    out_time_if(&text, "issued_at", shown->span.issued_ms);
    out_int(&text, "minutes", shown->service.actual.minutes);
    out_int(&text, "assignments", shown->service.actual.assignments);
    out_int(&text, "exercise_minutes", shown->service.exercise.minutes);
    out_int(&text, "exercise_assignments", shown->service.exercise.assignments);
    write_kinds(&shown->service, &text);
    if (now != NULL) {
        out_int(&text, "minutes_now", now->actual.minutes);
        out_int(&text, "exercise_minutes_now", now->exercise.minutes);
    }
    out_close(&text, '}');
    call_json(call, 200, &text);
}

/* ---- the page ---- */
static void send_page(struct call *call, const struct shown *shown,
                      const struct person *person, const char *issuer,
                      enum page_language language)
{
    const struct config *settings = &call->api->settings;
    struct page_service page = {
        .duty_phone = settings->duty_phone,
        .instance = language == PAGE_ZH ? settings->name_zh : settings->name_en,
        .issuer = issuer,
        .token = issuer == NULL ? call->word : NULL,
        .certificate = shown->number,
        .name = person->name,
        .number = person->crowd.number,
        .organisation = person->organisation_count == 0 ? NULL : person->organisations[0],
        .from = shown->from,
        .to = shown->to,
        .issued = shown->issued,
        .minutes = shown->service.actual.minutes,
        .assignments = shown->service.actual.assignments,
        .exercise_minutes = shown->service.exercise.minutes,
        .exercise_assignments = shown->service.exercise.assignments,
        .kind_count = shown->service.kind_count};
    for (uint32_t i = 0; i < page.kind_count; i++)
        page.kinds[i] = (struct page_service_kind){
            shown->service.kinds[i].kind, shown->service.kinds[i].exercise,
            shown->service.kinds[i].sum.minutes, shown->service.kinds[i].sum.assignments};
    struct text text;
    text_init(&text, PAGE_SIZE_MAX);
    page_render_service(&page, language, &text);
    static_headers(call);
    call_send(call, 200, "text/html; charset=utf-8", &text);
}

/* ---- issuing ---- */
/* The days of the query: false after a 422. */
static bool read_span(struct call *call, struct link_service *ret)
{
    if (!call_query_days(call, &ret->from_day, &ret->to_day))
        return false;
    const bool is_old = ret->from_day < LINK_SERVICE_FROM;
    if (!is_old && ret->to_day <= time_local_day(call->now_ms))
        return true;
    api_wrong(call, is_old ? "?from" : "?to",
              is_old ? "must not be before 2000-01-01" : "must not be after today");
    return false;
}

void service_issue(struct call *call, const struct person *person, const char *issuer,
                   enum page_language language, bool is_page)
{
    struct link_service span = {.person_id = person->crowd.id,
                                .issued_ms = link_service_moment(call->now_ms)};
    struct shown shown;
    if (!read_span(call, &span))
        return;
    const int status = show(call, &span, &shown);
    if (status != ST_OK) {
        call_refuse(call, status, NULL);
        return;
    }
    call_header(call, "Vary", "Accept, Accept-Language, Cookie");
    call_header(call, "Cache-Control", "no-store");
    if (is_page)
        send_page(call, &shown, person, issuer, language);
    else
        send_json(call, &shown, person, true, NULL);
}

static bool wants_page(struct call *call)
{
    const char *accept = http_header(call->request, "Accept");
    return accept != NULL && strstr(accept, "text/html") != NULL;
}

void service_of_person(struct call *call)
{
    const char *code = http_query(call->request, "lang");
    enum page_language language = link_language(call);
    AUTO_FREE struct person *person = persons_open_any(call, MAY_SEE_PEOPLE);
    if (person == NULL ||
        !api_require(call, MAY_DISPATCH | MAY_TRAIN,
                     api_area_or_root(call->api, person->crowd.area), true))
        return;
    if (code != NULL && strcmp(code, "zh") != 0 && strcmp(code, "en") != 0) {
        api_wrong(call, "?lang", "must be zh or en");
        return;
    }
    if (code != NULL)
        language = strcmp(code, "en") == 0 ? PAGE_EN : PAGE_ZH;
    persons_note_look(call, person);
    service_issue(call, person, call->session.account.name, language, wants_page(call));
}

/* ---- checking ---- */
/* NULL after an answer; mem_free. */
static struct person *open_person(struct call *call, const struct link_service *span)
{
    struct api *api = call->api;
    struct person *person = mem_alloc(sizeof *person);
    const int status = person == NULL
                           ? ST_NO_MEMORY
                           : person_by_id(api->db, api->config.vault, &api->skills,
                                          span->person_id, person);
    if (status == ST_OK && !person->erased &&
        api_require(call, MAY_SEE_PEOPLE, api_area_or_root(api, person->crowd.area),
                    false))
        return person;
    if (status == ST_OK && person->erased)
        call_error(call, 404, "was issued to somebody whose data was erased since");
    else if (status != ST_OK)
        call_refuse(call, status, NULL);
    mem_free(person);
    return NULL;
}

void service_check(struct call *call)
{
    struct link_service span;
    struct shown shown;
    struct service now;
    if (!link_service_find(&call->api->link_key, call->word, &span)) {
        call_error(call, 404,
                   "no certificate of service with this number was issued "
                   "here; compare it letter by letter");
        return;
    }
    AUTO_FREE struct person *person = open_person(call, &span);
    if (person == NULL)
        return;
    int status = show(call, &span, &shown);
    span.person_id = person->crowd.id; /* who they are merged into has the hours now */
    span.issued_ms = call->now_ms;
    if (status == ST_OK)
        status = service_count(call->api->db, &span, &now);
    if (status != ST_OK) {
        call_refuse(call, status, NULL);
        return;
    }
    const int64_t area_id = api_area_or_root(call->api, person->crowd.area);
    send_json(call, &shown, person,
              api_may(call, MAY_DISPATCH | MAY_TRAIN, area_id, true) == 0, &now);
}
