/* SPDX-License-Identifier: Apache-2.0 */
#include "api/page_frame.h"

#include "base/mem.h"
#include "channel/wording.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const TEXTS[TEXT_COUNT][PAGE_LANGUAGE_COUNT] = {
#define X(name, zh, en) [TEXT_##name] = {zh, en},
    PAGE_TEXT_LIST(X)
#undef X
};

struct code_text {
    const char *code;
    const char *text[PAGE_LANGUAGE_COUNT];
};
static const struct code_text KINDS[] = {
#define X(code, zh, en) {code, {zh, en}},
    PAGE_KIND_LIST(X)
#undef X
};

const char *page_word(const struct page *page, enum page_text_id id)
{
    return TEXTS[id][page->language];
}

void page_put(const struct page *page, const char *html)
{
    text_append_string(page->ret, html);
}

void page_put_text(const struct page *page, const char *text)
{
    text_append_html(page->ret, text);
}

void page_say(const struct page *page, enum page_text_id id, const char *a, const char *b)
{
    const char *from = page_word(page, id);
    const char *values[] = {a, b};
    for (uint32_t i = 0; i < COUNT_OF(values); i++) {
        const char *hole = strstr(from, "{}");
        if (!hole || !values[i])
            break;
        text_append(page->ret, from, (size_t)(hole - from));
        page_put_text(page, values[i]);
        from = hole + 2;
    }
    page_put_text(page, from);
}

void page_say_number(const struct page *page, enum page_text_id id, int32_t number)
{
    char digits[12];
    snprintf(digits, sizeof digits, "%d", number);
    page_say(page, id, digits, NULL);
}

const char *page_kind_text(const struct page *page, const char *code)
{
    for (uint32_t i = 0; code && i < COUNT_OF(KINDS); i++)
        if (strcmp(KINDS[i].code, code) == 0)
            return KINDS[i].text[page->language];
    return NULL;
}

void page_format_minutes(const struct page *page, int64_t minutes,
                         char ret[PAGE_MINUTES_SIZE])
{
    (void)snprintf(ret, PAGE_MINUTES_SIZE,
                   page->language == PAGE_ZH ? "%lld 小时 %lld 分" : "%lld h %lld min",
                   (long long)(minutes / 60), (long long)(minutes % 60));
}

const char *page_area_text(const struct page *page, const char *name)
{
    return name ? wording_area(name, page->language == PAGE_ZH) : NULL;
}

/* ---- frame ---------------------------------------------------------------------------
 */

/* What the page says by itself while the line is bad: page.ts. */
static void put_line_words(const struct page *page)
{
    static const struct {
        const char *name;
        enum page_text_id text;
    } words[] = {
        {"offline", TEXT_OFFLINE}, {"slow", TEXT_SLOW}, {"unanswered", TEXT_UNANSWERED}};
    for (uint32_t i = 0; i < COUNT_OF(words); i++) {
        text_appendf(page->ret, " data-%s=\"", words[i].name);
        page_say(page, words[i].text, NULL, NULL);
        page_put(page, "\"");
    }
}

void page_put_head(const struct page *page, enum page_text_id title)
{
    page_put(page, "<!doctype html>\n<html lang=\"");
    page_put(page, page->language == PAGE_ZH ? "zh-CN" : "en");
    page_put(page,
             "\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"robots\" content=\"noindex\">\n"
             "<meta name=\"referrer\" content=\"no-referrer\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    page_say(page, title, NULL, NULL);
    page_put(page, "</title>\n<link rel=\"icon\" href=\"/assets/icon.svg\">\n");
    /* The page that people keep. Put on the home screen it is an app, which iPhones want
     * before they show its notifications; it begins where it was put there from. */
    if (title == TEXT_OWN_TITLE)
        page_put(page, "<link rel=\"manifest\" href=\"/assets/muster.webmanifest\">\n");
    page_put(page, "<link rel=\"stylesheet\" href=\"/assets/page.css\">\n"
                   "<script src=\"/assets/page.js\" defer></script>\n</head>\n<body");
    put_line_words(page);
}

void page_put_banner(const struct page *page, bool exercise)
{
    page_put(page, exercise ? "<p class=\"banner exercise\" role=\"status\"><span>"
                            : "<p class=\"banner real\" role=\"status\"><span>");
    page_say(page, exercise ? TEXT_EXERCISE : TEXT_REAL, NULL, NULL);
    page_put(page, "</span></p>\n");
}

/* Whoever is told to call needs something to press. */
static void put_duty_phone(const struct page *page)
{
    if (page->duty_phone == NULL || *page->duty_phone == '\0')
        return;
    page_put(page, "<p><a class=\"button\" href=\"tel:");
    for (const char *at = page->duty_phone; *at != '\0'; at++)
        if (strchr("+0123456789", *at) != NULL)
            text_append(page->ret, at, 1);
    page_put(page, "\">");
    page_say(page, TEXT_DUTY_PHONE, page->duty_phone, NULL);
    page_put(page, "</a></p>\n");
}

void page_put_foot(const struct page *page)
{
    put_duty_phone(page);
    page_put(page, "</main>\n</body>\n</html>\n");
}

void page_put_fact(const struct page *page, enum page_text_id label, const char *value,
                   const char *class)
{
    if (!value || !*value)
        return;
    page_put(page, "<p class=\"fact ");
    page_put(page, class);
    page_put(page, "\"><span>");
    page_say(page, label, NULL, NULL);
    page_put(page, "</span> <strong>");
    page_put_text(page, value);
    page_put(page, "</strong></p>\n");
}

void page_open_form(const struct page *page, const char *path, const char *token,
                    const char *nonce)
{
    page_put(page, "<form method=\"post\" action=\"");
    page_put(page, path);
    page_put_text(page, token);
    page_put(page, "\">\n<input type=\"hidden\" name=\"nonce\" value=\"");
    page_put_text(page, nonce);
    page_put(page, "\">\n");
}

void page_put_notice(const struct page *page, const enum page_text_id *texts,
                     enum page_notice notice)
{
    assert(notice < PAGE_NOTICE_COUNT);
    if (notice == PAGE_NOTICE_NONE)
        return;
    text_appendf(page->ret, "<p class=\"notice\" role=\"%s\">",
                 notice == PAGE_NOTICE_SAVED ? "status" : "alert");
    page_say(page, texts[notice], NULL, NULL);
    page_put(page, "</p>\n");
}

void page_put_line(const struct page *page, const char *tag, enum page_text_id text,
                   const char *value)
{
    text_appendf(page->ret, "<%s>", tag);
    page_say(page, text, value, NULL);
    text_appendf(page->ret, "</%s>\n", tag);
}

void page_put_button(const struct page *page, const char *name, const char *value,
                     enum page_text_id text, bool is_primary)
{
    text_appendf(page->ret, "<button class=\"%s\"", is_primary ? "primary" : "plain");
    if (name != NULL)
        text_appendf(page->ret, " name=\"%s\" value=\"%s\"", name, value);
    page_put(page, ">");
    page_say(page, text, NULL, NULL);
    page_put(page, "</button>\n");
}

void page_put_select(const struct page *page, enum page_text_id label, const char *name,
                     const struct page_option *options, uint32_t count, const char *value,
                     const char *now)
{
    page_put(page, "<label class=\"field\"><span>");
    page_say(page, label, NULL, NULL);
    text_appendf(page->ret, "</span> <select name=\"%s\">", name);
    if (now != NULL) {
        page_put(page, "<option value=\"\" selected>");
        page_say(page, TEXT_OWN_AS_NOW, now, NULL);
        page_put(page, "</option>");
    }
    for (uint32_t i = 0; i < count; i++) {
        const bool is_chosen =
            now == NULL && value != NULL && strcmp(options[i].value, value) == 0;
        text_appendf(page->ret, "<option value=\"%s\"%s>", options[i].value,
                     is_chosen ? " selected" : "");
        page_say(page, options[i].text, NULL, NULL);
        page_put(page, "</option>");
    }
    page_put(page, "</select></label>\n");
}

void page_put_mode(const struct page *page, enum page_text_id label, const char *value)
{
    static const struct page_option modes[] = {
        {"foot", TEXT_OWN_FOOT}, {"bike", TEXT_OWN_BIKE}, {"car", TEXT_OWN_CAR}};
    page_put_select(page, label, "mode", modes, COUNT_OF(modes), value, NULL);
}

void page_put_digits(const struct page *page, enum page_text_id why,
                     enum page_notice notice)
{
    const bool is_wrong = notice == PAGE_NOTICE_DIGITS;
    page_put(page, "<label class=\"field\"><span>");
    page_say(page, TEXT_DIGITS, NULL, NULL);
    page_put(page,
             "</span>\n<input name=\"digits\" inputmode=\"numeric\" pattern=\"[0-9]{4}\" "
             "minlength=\"4\" maxlength=\"4\" autocomplete=\"off\" required");
    page_put(page,
             is_wrong ? PAGE_WRONG_FIRST ">\n<small class=\"wrong\">" : ">\n<small>");
    page_say(page, is_wrong ? TEXT_NOTICE_DIGITS : why, NULL, NULL);
    page_put(page, "</small></label>\n");
}

void page_put_looks(const struct page *page, const struct page_look *looks,
                    uint32_t count)
{
    if (count == 0)
        return;
    page_put(page, "<details class=\"looks\"><summary>");
    page_say(page, TEXT_LOOKS, NULL, NULL);
    page_put(page, "</summary>\n<ul>\n");
    for (uint32_t i = 0; i < count; i++) {
        page_put(page, "<li>");
        page_put_text(page, looks[i].at);
        page_put(page, " · ");
        page_put_text(page, looks[i].account);
        page_put(page, "</li>\n");
    }
    page_put(page, "</ul>\n</details>\n");
}

/* ---- language ------------------------------------------------------------------------
 */

/* The quality of one range of Accept-Language, 1 if none is given. */
static double quality_of(const char *range, size_t size)
{
    for (size_t i = 0; i + 3 < size; i++) {
        if (range[i] == ';' && strchr("qQ \t", range[i + 1])) {
            const char *equals = memchr(range + i, '=', size - i);
            return equals ? strtod(equals + 1, NULL) : 1;
        }
    }
    return 1;
}

enum page_language page_language_of(const char *accept_language)
{
    double best = 0;
    enum page_language ret = PAGE_ZH;
    for (const char *at = accept_language ? accept_language : ""; *at;) {
        at += strspn(at, ", \t");
        size_t size = strcspn(at, ",");
        bool zh = strncasecmp(at, "zh", 2) == 0, en = strncasecmp(at, "en", 2) == 0;
        if (size >= 2 && (zh || en) && (size == 2 || strchr("-; \t", at[2]))) {
            double quality = quality_of(at, size);
            if (quality > best) {
                best = quality;
                ret = zh ? PAGE_ZH : PAGE_EN;
            }
        }
        at += size;
    }
    return ret;
}
