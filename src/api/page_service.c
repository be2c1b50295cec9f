/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate of service, to be printed: one sheet, with room for a signature and the
 * office's seal. */
#include "api/page_frame.h"

#include <assert.h>
#include <stdio.h>

static void put_cell(const struct page *page, const char *tag, const char *text)
{
    text_appendf(page->ret, "<%s>", tag);
    page_put_text(page, text);
    text_appendf(page->ret, "</%.2s>", tag);
}

static void put_head(const struct page *page)
{
    static const enum page_text_id heads[] = {TEXT_SERVICE_KIND, TEXT_SERVICE_TIMES,
                                              TEXT_SERVICE_HOURS};
    page_put(page, "<table>\n<thead><tr>");
    for (int i = 0; i < 3; i++)
        put_cell(page, "th scope=\"col\"", page_word(page, heads[i]));
    page_put(page, "</tr></thead>\n<tbody>\n");
}

static void put_row(const struct page *page, const char *label, int64_t assignments,
                    int64_t minutes)
{
    char text[PAGE_MINUTES_SIZE];
    page_put(page, "<tr>");
    put_cell(page, "th scope=\"row\"", label);
    (void)snprintf(text, sizeof text, "%lld", (long long)assignments);
    put_cell(page, "td", text);
    page_format_minutes(page, minutes, text);
    put_cell(page, "td", text);
    page_put(page, "</tr>\n");
}

static void put_kinds(const struct page *page, const struct page_service *data,
                      bool exercise)
{
    for (uint32_t i = 0; i < data->kind_count; i++) {
        const struct page_service_kind *one = &data->kinds[i];
        const char *kind = page_kind_text(page, one->kind);
        if (one->exercise == exercise)
            put_row(page, kind == NULL ? one->kind : kind, one->assignments,
                    one->minutes);
    }
}

static void put_part(const struct page *page, const struct page_service *data,
                     enum page_text_id title, bool exercise)
{
    const int64_t assignments = exercise ? data->exercise_assignments : data->assignments;
    if (assignments == 0)
        return;
    page_put_line(page, "h2", title, NULL);
    put_head(page);
    put_kinds(page, data, exercise);
    page_put(page, "</tbody>\n<tfoot>");
    put_row(page, page_word(page, TEXT_SERVICE_SUM), assignments,
            exercise ? data->exercise_minutes : data->minutes);
    page_put(page, "</tfoot></table>\n");
}

/* Exercises are no service to others and stand apart, with a sum of their own. */
static void put_table(const struct page *page, const struct page_service *data)
{
    put_part(page, data, TEXT_SERVICE_ACTUAL, false);
    put_part(page, data, TEXT_SERVICE_EXERCISES, true);
}

static void put_whose(const struct page *page, const struct page_service *data)
{
    page_put_fact(page, TEXT_SERVICE_NAME, data->name, "");
    page_put_fact(page, TEXT_SERVICE_NUMBER, data->number, "");
    page_put_fact(page, TEXT_SERVICE_ORGANISATION, data->organisation, "");
    page_put(page, "<p class=\"fact\"><span>");
    page_say(page, TEXT_SERVICE_PERIOD, NULL, NULL);
    page_put(page, "</span> <strong>");
    page_say(page, TEXT_SERVICE_DAYS, data->from, data->to);
    page_put(page, "</strong></p>\n");
}

/* Who answers for it, and how whoever is shown the paper asks whether it is true. */
static void put_end(const struct page *page, const struct page_service *data)
{
    page_put_line(page, "p", TEXT_SERVICE_COUNTED, NULL);
    page_put_fact(page, TEXT_SERVICE_ISSUED, data->issued, "");
    page_put_fact(page, TEXT_SERVICE_OFFICE, data->instance, "");
    page_put_fact(page, TEXT_SERVICE_BY,
                  data->issuer == NULL ? page_word(page, TEXT_SERVICE_BY_PERSON)
                                       : data->issuer,
                  "");
    page_put_fact(page, TEXT_SERVICE_CERTIFICATE, data->certificate, "certificate");
    page_put(page, "<p class=\"small\">");
    page_say(page, TEXT_SERVICE_CHECK, NULL, NULL);
    if (data->duty_phone != NULL && *data->duty_phone != '\0') {
        page_put(page, " ");
        page_say(page, TEXT_SERVICE_CHECK_PHONE, data->duty_phone, NULL);
    }
    page_put(page, "</p>\n<div class=\"signs\">\n");
    page_put_line(page, "p", TEXT_SERVICE_SIGNATURE, NULL);
    page_put_line(page, "p", TEXT_SERVICE_SEAL, NULL);
    page_put(page,
             "</div>\n<button type=\"button\" class=\"primary\" data-print hidden>");
    page_say(page, TEXT_SERVICE_PRINT, NULL, NULL);
    page_put(page, "</button>\n");
}

void page_render_service(const struct page_service *data, enum page_language language,
                         struct text *ret)
{
    assert(data && data->name && data->certificate && language < PAGE_LANGUAGE_COUNT);
    const struct page page = {NULL, language, ret, NULL};
    page_put_head(&page, TEXT_SERVICE_TITLE);
    page_put(&page, " class=\"service-page\">\n<main>\n");
    page_put_line(&page, "h1", TEXT_SERVICE_TITLE, NULL);
    put_whose(&page, data);
    if (data->assignments + data->exercise_assignments == 0) {
        page_put_line(&page, "p", TEXT_SERVICE_NONE, NULL);
    } else {
        put_table(&page, data);
        put_end(&page, data);
    }
    if (data->token != NULL) {
        page_put(&page, "<p><a class=\"button\" href=\"/m/");
        page_put_text(&page, data->token);
        page_put(&page, "\">");
        page_say(&page, TEXT_SERVICE_BACK, NULL, NULL);
        page_put(&page, "</a></p>\n");
    }
    page_put_foot(&page);
}
