/* SPDX-License-Identifier: Apache-2.0 */
/* Who wants to join: a form that works by itself, each mistake beside its field, and what
 * was entered stays. */
#include "api/page_frame.h"

#include <assert.h>
#include <string.h>

static bool is_wrong(const struct page_join *data, enum page_join_field field)
{
    return (data->wrong & 1U << field) != 0;
}

/* Inside of the field's label, so that it is read out with it. */
static void put_wrong(const struct page *page, const struct page_join *data,
                      enum page_join_field field)
{
    static const enum page_text_id texts[] = {
#define X(name, field) TEXT_JOIN_WRONG_##name,
        PAGE_JOIN_FIELD_LIST(X)
#undef X
    };
    if (!is_wrong(data, field))
        return;
    page_put(page, "<small class=\"wrong\">");
    page_say(page, texts[field], NULL, NULL);
    page_put(page, "</small>");
}

static const char *invalid(const struct page_join *data, enum page_join_field field)
{
    if (!is_wrong(data, field))
        return "";
    const bool is_first = (data->wrong & ((1U << field) - 1)) == 0;
    return is_first ? PAGE_WRONG_FIRST : " aria-invalid=\"true\"";
}

/* MORE: attributes of the input. */
static void put_input(const struct page *page, const struct page_join *data,
                      enum page_join_field field, enum page_text_id label,
                      const char *more, const char *value)
{
    page_put(page, "<label class=\"field\"><span>");
    page_say(page, label, NULL, NULL);
    text_appendf(page->ret, "</span>\n<input %s required%s value=\"", more,
                 invalid(data, field));
    page_put_text(page, value);
    page_put(page, "\">");
    put_wrong(page, data, field);
    page_put(page, "</label>\n");
}

static void put_area(const struct page *page, const struct page_join *data,
                     const struct page_join_area *area)
{
    page_put(page, "<option value=\"");
    page_put_text(page, area->code);
    page_put(page, strcmp(area->code, data->area) == 0 ? "\" selected>" : "\">");
    if (area->name == NULL)
        page_say(page, TEXT_JOIN_ELSEWHERE, NULL, NULL);
    else if (area->is_rest)
        page_say(page, TEXT_JOIN_REST, area->name, NULL);
    else
        page_put_text(page, area->name);
    page_put(page, "</option>\n");
}

static void put_areas(const struct page *page, const struct page_join *data)
{
    const char *group = NULL;
    if (data->area_count == 1) {
        page_put(page, "<input type=\"hidden\" name=\"area\" value=\"");
        page_put_text(page, data->areas[0].code);
        page_put(page, "\">\n");
        return;
    }
    page_put(page, "<label class=\"field\"><span>");
    page_say(page,
             data->asks_where     ? TEXT_JOIN_WHERE
             : data->has_villages ? TEXT_JOIN_AREA
                                  : TEXT_JOIN_TOWN,
             NULL, NULL);
    text_appendf(page->ret,
                 "</span>\n<select name=\"%s\" required%s>\n<option value=\"\">",
                 data->asks_where ? "within" : "area", invalid(data, PAGE_JOIN_AREA));
    page_say(page, TEXT_JOIN_CHOOSE, NULL, NULL);
    page_put(page, "</option>\n");
    for (uint32_t i = 0; i < data->area_count; i++) {
        const struct page_join_area *area = &data->areas[i];
        if (group != NULL && area->group != group)
            page_put(page, "</optgroup>\n");
        if (area->group != NULL && area->group != group) {
            page_put(page, "<optgroup label=\"");
            page_put_text(page, area->group);
            page_put(page, "\">\n");
        }
        group = area->group;
        put_area(page, data, area);
    }
    page_put(page, group == NULL ? "</select>" : "</optgroup>\n</select>");
    put_wrong(page, data, PAGE_JOIN_AREA);
    page_put(page, "</label>\n");
}

static void put_box(const struct page *page, const char *name, const char *value,
                    bool is_checked, const char *more)
{
    text_appendf(
        page->ret,
        "<label class=\"choice\"><input type=\"checkbox\" name=\"%s\"%s value=\"", name,
        more);
    page_put_text(page, value);
    page_put(page, is_checked ? "\" checked> <span>" : "\"> <span>");
}

static void put_skills(const struct page *page, const struct page_join *data)
{
    page_put(page, "<fieldset>\n<legend>");
    page_say(page, TEXT_JOIN_SKILLS, NULL, NULL);
    page_put(page, "</legend>\n<div class=\"skills\">\n");
    for (uint32_t i = 0; i < data->skill_count; i++) {
        put_box(page, "skills", data->skills[i].code, data->skills[i].is_chosen, "");
        page_put_text(page, data->skills[i].name);
        page_put(page, "</span></label>\n");
    }
    page_put(page, "</div>\n");
    put_wrong(page, data, PAGE_JOIN_SKILLS);
    page_put(page, "<small>");
    page_say(page, TEXT_JOIN_SKILLS_WHY, NULL, NULL);
    page_put(page, "</small>\n</fieldset>\n");
}

static void put_consent(const struct page *page, const struct page_join *data)
{
    page_put(page, "<fieldset>\n");
    put_box(page, "consent", "yes", data->consents, " required");
    page_say(page, TEXT_JOIN_CONSENT, NULL, NULL);
    put_wrong(page, data, PAGE_JOIN_CONSENT);
    page_put(page, "</span></label>\n<small>");
    page_say(page, TEXT_JOIN_KEPT, NULL, NULL);
    page_put(page, "</small>\n</fieldset>\n");
}

static void put_form(const struct page *page, const struct page_join *data)
{
    page_open_form(page, "/join", "", data->nonce);
    put_input(page, data, PAGE_JOIN_NAME, TEXT_JOIN_NAME,
              "name=\"name\" type=\"text\" maxlength=\"60\" autocomplete=\"name\"",
              data->name);
    put_input(page, data, PAGE_JOIN_PHONE, TEXT_JOIN_PHONE,
              "name=\"phone\" type=\"tel\" maxlength=\"31\" autocomplete=\"tel\"",
              data->phone);
    put_areas(page, data);
    page_put_mode(page, TEXT_JOIN_MODE, data->mode);
    put_wrong(page, data, PAGE_JOIN_MODE);
    put_skills(page, data);
    put_consent(page, data);
    page_put_button(page, NULL, NULL, TEXT_JOIN_SEND, true);
    page_put(page, "</form>\n");
}

/* The same page again, with the areas of what is chosen. */
static void put_where(const struct page *page, const struct page_join *data)
{
    page_put(page, "<form action=\"/join\">\n");
    put_areas(page, data);
    page_put_button(page, NULL, NULL, TEXT_JOIN_GO_ON, true);
    page_put(page, "</form>\n");
}

void page_render_join(const struct page_join *data, enum page_language language,
                      struct text *ret)
{
    static const enum page_text_id notices[PAGE_NOTICE_COUNT] = {
        [PAGE_NOTICE_STALE] = TEXT_JOIN_STALE,
        [PAGE_NOTICE_INVALID] = TEXT_NOTICE_INVALID,
        [PAGE_NOTICE_TOO_MANY] = TEXT_NOTICE_TOO_MANY,
        [PAGE_NOTICE_NOT_KEPT] = TEXT_JOIN_NOT_KEPT,
        [PAGE_NOTICE_FULL] = TEXT_JOIN_FULL,
    };
    assert(data && data->nonce && data->instance && data->name && data->phone &&
           data->area && data->mode);
    assert(language < PAGE_LANGUAGE_COUNT);
    const struct page page = {NULL, language, ret, data->duty_phone};
    page_put_head(&page, TEXT_JOIN_TITLE);
    page_put(&page, " class=\"own-page join-page\">\n<main>\n");
    page_put_notice(&page, notices, data->notice);
    page_put_line(&page, "h1", TEXT_JOIN_TITLE, NULL);
    if (*data->instance != '\0') {
        page_put(&page, "<p class=\"facts\">");
        page_put_text(&page, data->instance);
        page_put(&page, "</p>\n");
    }
    page_put_line(&page, "p", TEXT_JOIN_LEAD, NULL);
    if (data->asks_where)
        put_where(&page, data);
    else
        put_form(&page, data);
    page_put_foot(&page);
}

void page_render_join_thanks(const char *duty_phone, enum page_language language,
                             struct text *ret)
{
    assert(language < PAGE_LANGUAGE_COUNT);
    const struct page page = {NULL, language, ret, duty_phone};
    page_put_head(&page, TEXT_JOIN_TITLE);
    page_put(&page, " class=\"own-page join-page\">\n<main>\n");
    page_put_line(&page, "h1", TEXT_JOIN_THANKS, NULL);
    page_put_line(&page, "p", TEXT_JOIN_NEXT, NULL);
    page_put_line(&page, "p", TEXT_JOIN_AGAIN, NULL);
    page_put_line(&page, "p", TEXT_JOIN_MIND, NULL);
    page_put_foot(&page);
}
