/* SPDX-License-Identifier: Apache-2.0 */
/* A person's own page: whether they are called at all, their hours, what they can do, and
 * when they want to be asked. Before the digits are said it shows nothing of anybody. */
#include "api/page_frame.h"

#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void open_form(const struct page *page, const struct page_own *data)
{
    page_open_form(page, "/m/", data->token, data->nonce);
}

static void put_notice(const struct page *page, const struct page_own *data)
{
    static const enum page_text_id texts[PAGE_NOTICE_COUNT] = {
        [PAGE_NOTICE_DIGITS] = TEXT_NOTICE_DIGITS,
        [PAGE_NOTICE_DIGITS_SPENT] = TEXT_OWN_SPENT,
        [PAGE_NOTICE_STALE] = TEXT_NOTICE_STALE,
        [PAGE_NOTICE_INVALID] = TEXT_NOTICE_INVALID,
        [PAGE_NOTICE_TOO_MANY] = TEXT_NOTICE_TOO_MANY,
        [PAGE_NOTICE_NOT_KEPT] = TEXT_OWN_NOT_KEPT,
        [PAGE_NOTICE_SAVED] = TEXT_OWN_SAVED,
    };
    page_put_notice(page, texts, data->notice);
}

/* ---- who are you? ---- */
static void put_digits(const struct page *page, const struct page_own *data)
{
    page_put_line(page, "h1", TEXT_OWN_TITLE, NULL);
    if (!data->has_phone) {
        page_put_line(page, "p", TEXT_OWN_NO_PHONE, NULL);
        return;
    }
    open_form(page, data);
    page_put_digits(page, TEXT_OWN_DIGITS_WHY, data->notice);
    page_put_button(page, NULL, NULL, TEXT_OWN_OPEN, true);
    page_put(page, "</form>\n");
}

/* ---- the page ---- */
static void put_callable(const struct page *page, const struct page_own *data)
{
    const bool is_paused = data->paused_until != NULL;
    page_put(page, "<section>\n<p class=\"sentence\">");
    if (data->suspended)
        page_say(page, TEXT_OWN_SUSPENDED, NULL, NULL);
    else if (is_paused)
        page_say(page, TEXT_OWN_PAUSED, data->paused_until, NULL);
    else
        page_say(page, TEXT_OWN_CALLABLE, NULL, NULL);
    page_put(page, "</p>\n");
    open_form(page, data);
    if (is_paused) {
        page_put_button(page, "pause_days", "0", TEXT_OWN_RESUME, true);
    } else {
        page_put(page, "<p id=\"pause\">");
        page_say(page, TEXT_OWN_PAUSE, NULL, NULL);
        page_put(page, "</p>\n<div class=\"pauses\" role=\"group\" "
                       "aria-labelledby=\"pause\">\n");
        page_put_button(page, "pause_days", "1", TEXT_OWN_PAUSE_DAY, false);
        page_put_button(page, "pause_days", "7", TEXT_OWN_PAUSE_WEEK, false);
        page_put_button(page, "pause_days", "30", TEXT_OWN_PAUSE_MONTH, false);
        page_put(page, "</div>\n");
    }
    page_put(page, "</form>\n</section>\n");
}

static void put_day(const struct page *page, enum page_text_id label, const char *name,
                    const char *day, const char *today)
{
    page_put(page, "<label class=\"inline\"><span>");
    page_say(page, label, NULL, NULL);
    text_appendf(page->ret,
                 "</span> <input type=\"date\" name=\"%s\" value=\"%s\" "
                 "min=\"2000-01-01\" max=\"%s\" required></label>\n",
                 name, day, today);
}

/* The days of this year until today, unless others are chosen. */
static void put_certificate(const struct page *page, const struct page_own *data)
{
    char first[sizeof data->today];
    (void)snprintf(first, sizeof first, "%.4s-01-01", data->today);
    page_put(page, "<details class=\"certificate\"><summary>");
    page_say(page, TEXT_SERVICE_TITLE, NULL, NULL);
    page_put(page, "</summary>\n<form method=\"get\" action=\"/m/");
    page_put_text(page, data->token);
    page_put(page, "/service\">\n");
    put_day(page, TEXT_SERVICE_FROM, "from", first, data->today);
    put_day(page, TEXT_SERVICE_TO, "to", data->today, data->today);
    page_put_button(page, NULL, NULL, TEXT_SERVICE_OPEN, false);
    page_put(page, "</form>\n</details>\n");
}

static void put_hours(const struct page *page, const struct page_own *data)
{
    char text[PAGE_MINUTES_SIZE];
    page_put(page, "<section>\n");
    page_put_line(page, "h2", TEXT_OWN_HOURS, NULL);
    page_format_minutes(page, data->minutes, text);
    page_put(page, "<p class=\"near\">");
    page_put_text(page, text);
    page_put(page, "</p>\n");
    if (data->exercise_minutes > 0) {
        page_format_minutes(page, data->exercise_minutes, text);
        page_put_line(page, "p", TEXT_OWN_EXERCISE_HOURS, text);
    }
    if (data->credit_count > 0)
        page_put(page, "<ul class=\"tally\">\n");
    for (uint32_t i = 0; i < data->credit_count; i++) {
        const char *kind = page_kind_text(page, data->credits[i].kind);
        page_put(page, "<li><span>");
        page_put_text(page, data->credits[i].day);
        page_put(page, " · ");
        page_put_text(page, kind == NULL ? "" : kind);
        if (data->credits[i].exercise) {
            page_put(page, " · ");
            page_say(page, TEXT_OWN_IN_EXERCISE, NULL, NULL);
        }
        (void)snprintf(text, sizeof text, "%d", data->credits[i].minutes);
        page_put(page, "</span> <strong>");
        page_say(page, TEXT_OWN_MINUTES, text, NULL);
        page_put(page, "</strong></li>\n");
    }
    page_put(page, data->credit_count > 0 ? "</ul>\n" : "");
    if (data->credit_count == PAGE_CREDITS_MAX) {
        (void)snprintf(text, sizeof text, "%d", PAGE_CREDITS_MAX);
        page_put_line(page, "p", TEXT_OWN_NEWEST, text);
    }
    if (data->minutes > 0 || data->exercise_minutes > 0)
        put_certificate(page, data);
    page_put(page, "</section>\n");
}

static void put_skills(const struct page *page, const struct page_own *data)
{
    page_put(page, "<section>\n");
    page_put_line(page, "h2", TEXT_OWN_SKILLS, NULL);
    if (data->skill_count == 0)
        page_put_line(page, "p", TEXT_OWN_NO_SKILLS, NULL);
    else
        page_put(page, "<ul class=\"tally\">\n");
    for (uint32_t i = 0; i < data->skill_count; i++) {
        page_put(page, "<li><span>");
        page_put_text(page, data->skills[i].name);
        page_put(page, "</span> <strong>");
        if (!data->skills[i].counts)
            page_say(page, TEXT_OWN_NO_CERTIFICATE, NULL, NULL);
        else if (data->skills[i].until != NULL)
            page_say(page, TEXT_OWN_UNTIL, data->skills[i].until, NULL);
        page_put(page, "</strong></li>\n");
    }
    page_put(page, data->skill_count > 0 ? "</ul>\n</section>\n" : "</section>\n");
}

static enum page_text_id passed_over_text(const char *why)
{
    if (strcmp(why, "elsewhere") == 0)
        return TEXT_OWN_WAITS_ELSEWHERE;
    return strcmp(why, "unreached") == 0 ? TEXT_OWN_WAITS_UNREACHED
                                         : TEXT_OWN_WAITS_SUSPENDED;
}

static enum page_text_id seat_text(const struct page_course *course)
{
    if (course->is_cancelled)
        return TEXT_OWN_COURSE_OFF;
    if (!course->is_open)
        return TEXT_OWN_COURSE_ON;
    if (course->has_seat)
        return TEXT_OWN_HAS_SEAT;
    if (course->seats_left > 0)
        return TEXT_OWN_SEATS;
    if (course->passed_over != NULL)
        return passed_over_text(course->passed_over);
    return course->place_in_line > 0 ? TEXT_OWN_WAITS : TEXT_OWN_FULL;
}

/* What the person may do about it: a seat, or a place on the waiting list, or neither. */
static void put_course_form(const struct page *page, const struct page_own *data,
                            const struct page_course *course)
{
    const bool is_full = course->seats_left == 0 && !course->has_seat;
    const bool leaves = course->has_seat || (is_full && course->place_in_line > 0);
    const bool asks = is_full && !leaves;
    text_appendf(page->ret, "<div role=\"group\" aria-labelledby=\"course-%lld\">\n",
                 (long long)course->id);
    open_form(page, data);
    text_appendf(page->ret, "<input type=\"hidden\" name=\"course\" value=\"%lld\">\n",
                 (long long)course->id);
    page_put_button(page, asks ? "wait" : "sign_up", leaves ? "false" : "true",
                    asks               ? TEXT_OWN_WAIT
                    : !leaves          ? TEXT_OWN_SIGN_UP
                    : course->has_seat ? TEXT_OWN_SIGN_OFF
                                       : TEXT_OWN_WAIT_NO_MORE,
                    false);
    page_put(page, "</form>\n</div>\n");
}

static void put_course(const struct page *page, const struct page_own *data,
                       const struct page_course *course)
{
    char digits[24];
    text_appendf(page->ret, "<li><p><strong id=\"course-%lld\">", (long long)course->id);
    page_put_text(page, course->title);
    page_put(page, "</strong></p>\n<p>");
    page_put_text(page, course->at);
    page_put(page, " · ");
    (void)snprintf(digits, sizeof digits, "%d", course->minutes);
    page_say(page, TEXT_OWN_MINUTES, digits, NULL);
    if (*course->place != '\0') {
        page_put(page, "<br>");
        page_put_text(page, course->place);
    }
    page_put(page, "</p>\n<p>");
    const enum page_text_id says = seat_text(course);
    page_say_number(page, says,
                    says == TEXT_OWN_WAITS ? course->place_in_line : course->seats_left);
    page_put(page, "</p>\n");
    if (course->is_open)
        put_course_form(page, data, course);
    page_put(page, "</li>\n");
}

static void put_courses(const struct page *page, const struct page_own *data)
{
    if (data->course_count == 0)
        return;
    page_put(page, "<section>\n");
    page_put_line(page, "h2", TEXT_OWN_COURSES, NULL);
    page_put(page, "<ul class=\"courses\">\n");
    for (uint32_t i = 0; i < data->course_count; i++)
        put_course(page, data, &data->courses[i]);
    page_put(page, "</ul>\n</section>\n");
}

static void put_settings(const struct page *page, const struct page_own *data)
{
    static const struct page_option duties[] = {{"always", TEXT_OWN_ALWAYS},
                                                {"evenings", TEXT_OWN_EVENINGS},
                                                {"weekends", TEXT_OWN_WEEKENDS},
                                                {"daytime", TEXT_OWN_DAYTIME}};
    static const struct page_option quiets[] = {{"usual", TEXT_OWN_QUIET_USUAL},
                                                {"late", TEXT_OWN_QUIET_LATE},
                                                {"none", TEXT_OWN_QUIET_NONE}};
    page_put(page, "<section>\n");
    page_put_line(page, "h2", TEXT_OWN_SETTINGS, NULL);
    open_form(page, data);
    page_put_mode(page, TEXT_OWN_MODE, data->mode);
    page_put_select(page, TEXT_OWN_DUTY, "duty", duties, COUNT_OF(duties), data->duty,
                    data->duty == NULL ? data->duty_text : NULL);
    page_put_select(page, TEXT_OWN_QUIET, "quiet", quiets, COUNT_OF(quiets), data->quiet,
                    data->quiet == NULL ? data->quiet_text : NULL);
    page_put_button(page, NULL, NULL, TEXT_OWN_SAVE, data->paused_until == NULL);
    page_put(page, "</form>\n");
    page_put_line(page, "p", TEXT_OWN_OFFICE, NULL);
    page_put(page, "</section>\n");
}

/* What page.js (console/src/push_offer.ts) shows when: without it, only that
 * notifications are on, and how they end. */
static void put_push_line(const struct page *page, const char *when, bool is_shown,
                          enum page_text_id text)
{
    text_appendf(page->ret, "<p data-when=\"%s\"%s>", when, is_shown ? "" : " hidden");
    page_say(page, text, NULL, NULL);
    page_put(page, "</p>\n");
}

static void put_push_form(const struct page *page, const struct page_own *data,
                          const char *when, bool is_shown, bool turns_on)
{
    text_appendf(page->ret, "<div data-when=\"%s\"%s>\n", when,
                 is_shown ? "" : " hidden");
    open_form(page, data);
    text_appendf(page->ret, "<input type=\"hidden\" name=\"push\" value=\"%s\">\n",
                 turns_on ? "true" : "false");
}

static void put_push(const struct page *page, const struct page_own *data)
{
    const bool is_on = data->push_point != NULL;
    if (data->push_key == NULL)
        return;
    text_appendf(page->ret, "<section data-push=\"%s\" data-point=\"%s\"%s>\n",
                 data->push_key, is_on ? data->push_point : "", is_on ? "" : " hidden");
    page_put_line(page, "h2", TEXT_OWN_PUSH, NULL);
    put_push_line(page, "off", false, TEXT_OWN_PUSH_WHY);
    put_push_line(page, "here", false, TEXT_OWN_PUSH_HERE);
    put_push_line(page, "elsewhere", is_on, TEXT_OWN_PUSH_ELSEWHERE);
    put_push_line(page, "denied", false, TEXT_OWN_PUSH_DENIED);
    put_push_line(page, "failed", false, TEXT_OWN_PUSH_FAILED);
    put_push_form(page, data, "off elsewhere failed", false, true);
    page_put(page, "<input type=\"hidden\" name=\"push_endpoint\" value=\"\">\n"
                   "<input type=\"hidden\" name=\"push_p256dh\" value=\"\">\n"
                   "<input type=\"hidden\" name=\"push_auth\" value=\"\">\n");
    page_put_button(page, NULL, NULL, TEXT_OWN_PUSH_ON, false);
    page_put(page, "</form>\n</div>\n");
    put_push_form(page, data, "here elsewhere", is_on, false);
    page_put_button(page, NULL, NULL, TEXT_OWN_PUSH_OFF, false);
    page_put(page, "</form>\n</div>\n</section>\n");
}

static void put_remembered(const struct page *page, const struct page_own *data)
{
    if (data->history != NULL) {
        page_put(page, "<details class=\"looks\"><summary>");
        page_say(page, TEXT_HISTORY, NULL, NULL);
        page_put(page, "</summary>\n<p>");
        page_put_text(page, data->history);
        page_put(page, "</p>\n</details>\n");
    }
    page_put_looks(page, data->looks, data->look_count);
}

static void put_person(const struct page *page, const struct page_own *data)
{
    page_put(page, "<h1>");
    page_put_text(page, data->name);
    page_put(page, "</h1>\n<p class=\"facts\">");
    page_put_text(page, data->number);
    page_put(page, " · ");
    page_put_text(page, page_area_text(page, data->area));
    page_put(page, "</p>\n");
    put_callable(page, data);
    put_push(page, data);
    put_hours(page, data);
    put_skills(page, data);
    put_courses(page, data);
    put_settings(page, data);
    put_remembered(page, data);
}

void page_render_own(const struct page_own *data, enum page_language language,
                     struct text *ret)
{
    assert(data && data->token && data->nonce && language < PAGE_LANGUAGE_COUNT);
    const struct page page = {NULL, language, ret, data->duty_phone};
    page_put_head(&page, TEXT_OWN_TITLE);
    page_put(&page, " class=\"own-page\">\n<main>\n");
    put_notice(&page, data);
    if (data->name == NULL)
        put_digits(&page, data);
    else
        put_person(&page, data);
    page_put_foot(&page);
}
