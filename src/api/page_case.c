/* SPDX-License-Identifier: Apache-2.0 */
/* The requester's page: that help is coming, how many, and the word at the door. */
#include "api/page_frame.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

static enum page_text_id case_sentence(const struct page_case *data)
{
    static const struct {
        const char *state;
        enum page_text_id text;
    } sentences[] = {
        {"reported", TEXT_CASE_reported}, {"confirmed", TEXT_CASE_confirmed},
        {"active", TEXT_CASE_active},     {"standing_down", TEXT_CASE_standing_down},
        {"cancelled", TEXT_CASE_off},
    };
    if (strcmp(data->state, "active") == 0 && data->accepted > 0)
        return data->on_scene > 0 ? TEXT_CASE_there : TEXT_CASE_coming;
    for (uint32_t i = 0; i < COUNT_OF(sentences); i++)
        if (strcmp(sentences[i].state, data->state) == 0)
            return sentences[i].text;
    return TEXT_CASE_over;
}

static void put_tally(const struct page *page, enum page_text_id label, int32_t count,
                      int32_t wanted)
{
    page_put(page, "<li><span>");
    page_say(page, label, NULL, NULL);
    text_appendf(page->ret, "</span> <strong>%d", count);
    if (wanted > 0)
        text_appendf(page->ret, " / %d", wanted);
    page_put(page, "</strong></li>\n");
}

void page_render_case(const struct page_case *data, enum page_language language,
                      struct text *ret)
{
    assert(data && data->case_number && data->state && language < PAGE_LANGUAGE_COUNT);
    struct page page = {NULL, language, ret, data->duty_phone};
    const char *kind = page_kind_text(&page, data->kind);
    page_put_head(&page, TEXT_CASE_TITLE);
    page_put(&page, " data-refresh=\"20\">\n");
    page_put_banner(&page, data->exercise);
    page_put(&page, "<main>\n<p class=\"kind\">");
    page_put_text(&page, kind ? kind : "");
    if (data->area) {
        page_put(&page, " · ");
        page_put_text(&page, page_area_text(&page, data->area));
    }
    page_put(&page, "</p>\n<h1 class=\"sentence\">");
    const enum page_text_id sentence = case_sentence(data);
    page_say(&page, sentence, NULL, NULL);
    page_put(&page, "</h1>\n");
    const bool running = sentence != TEXT_CASE_over && sentence != TEXT_CASE_off;
    if (running && data->first_seconds >= 0) {
        page_put(&page, "<p class=\"near\">");
        page_say_number(&page, TEXT_CASE_FIRST, data->first_seconds / 60 + 1);
        page_put(&page, "</p>\n");
    }
    if (running) {
        page_put(&page, "<ul class=\"tally\">\n");
        put_tally(&page, TEXT_CASE_ACCEPTED, data->accepted, data->wanted);
        put_tally(&page, TEXT_CASE_EN_ROUTE, data->en_route, 0);
        put_tally(&page, TEXT_CASE_ON_SCENE, data->on_scene, 0);
        page_put(&page, "</ul>\n");
    }
    if (running && data->check_word && *data->check_word) {
        page_put_fact(&page, TEXT_CHECK_WORD, data->check_word, "");
        page_put(&page, "<p>");
        page_say(&page, TEXT_CASE_CHECK, NULL, NULL);
        page_put(&page, "</p>\n");
    }
    page_put_fact(&page, TEXT_CASE_NUMBER, data->case_number, "small");
    if (data->reported) {
        page_put(&page, "<p class=\"facts\">");
        page_say(&page, TEXT_CASE_REPORTED, data->reported, NULL);
        page_put(&page, "</p>\n");
    }
    page_put(&page, "<p><a class=\"button\" href=\"\">");
    page_say(&page, TEXT_REFRESH, NULL, NULL);
    page_put(&page, "</a></p>\n");
    page_put_foot(&page);
}
