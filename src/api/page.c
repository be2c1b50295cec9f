/* SPDX-License-Identifier: Apache-2.0 */
/* The page is one column in the order of use: banner, what is asked, the sentence, one
 * form whose buttons are the answers (the first is the only filled one), then where to go
 * and the quiet ways out. What may be answered comes from the caller; what stands first
 * for a state comes from NEXT below. Everything from outside passes text_append_html. */
#include "api/page.h"

#include "api/page_text.h"
#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum page_text_id {
#define X(name, zh, en) TEXT_##name,
    PAGE_TEXT_LIST(X)
#undef X
        TEXT_COUNT
};

static const char *const TEXTS[TEXT_COUNT][PAGE_LANGUAGE_COUNT] = {
#define X(name, zh, en) [TEXT_##name] = {zh, en},
    PAGE_TEXT_LIST(X)
#undef X
};

struct code_text {
    int assigned;
    const char *code;
    const char *text[PAGE_LANGUAGE_COUNT];
};
static const struct code_text SENTENCES[] = {
#define X(assigned, code, zh, en) {assigned, code, {zh, en}},
    PAGE_SENTENCE_LIST(X)
#undef X
};
static const struct code_text KINDS[] = {
#define X(code, zh, en) {0, code, {zh, en}},
    PAGE_KIND_LIST(X)
#undef X
};

/* The page under way: where it goes and in which language. */
struct page {
    const struct page_data *data;
    enum page_language language;
    struct text *ret;
};

static const char *word(const struct page *page, enum page_text_id id)
{
    return TEXTS[id][page->language];
}

static void put(const struct page *page, const char *html)
{
    text_append_string(page->ret, html);
}

static void put_text(const struct page *page, const char *text)
{
    text_append_html(page->ret, text);
}

/* Appends text ID with its {} replaced by A and B in turn, escaped. */
static void say(const struct page *page, enum page_text_id id, const char *a,
                const char *b)
{
    const char *from = word(page, id);
    const char *values[] = {a, b};
    for (uint32_t i = 0; i < COUNT_OF(values); i++) {
        const char *hole = strstr(from, "{}");
        if (!hole || !values[i])
            break;
        text_append(page->ret, from, (size_t)(hole - from));
        put_text(page, values[i]);
        from = hole + 2;
    }
    put_text(page, from);
}

static void say_number(const struct page *page, enum page_text_id id, int32_t number)
{
    char digits[12];
    snprintf(digits, sizeof digits, "%d", number);
    say(page, id, digits, NULL);
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

const char *page_sentence(const char *state, bool assigned, enum page_language language)
{
    static const char *const neutral[] = {"谢谢您。", "Thank you."};
    assert(language < PAGE_LANGUAGE_COUNT);
    for (uint32_t i = 0; i < COUNT_OF(SENTENCES); i++)
        if (SENTENCES[i].assigned == assigned && strcmp(SENTENCES[i].code, state) == 0)
            return SENTENCES[i].text[language];
    return neutral[language];
}

static const char *kind_text(const struct page *page, const char *code)
{
    for (uint32_t i = 0; code && i < COUNT_OF(KINDS); i++)
        if (strcmp(KINDS[i].code, code) == 0)
            return KINDS[i].text[page->language];
    return NULL;
}

/* ---- frame ---------------------------------------------------------------------------
 */

static void put_head(const struct page *page, enum page_text_id title)
{
    put(page, "<!doctype html>\n<html lang=\"");
    put(page, page->language == PAGE_ZH ? "zh-CN" : "en");
    put(page, "\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta name=\"robots\" content=\"noindex\">\n"
              "<meta name=\"referrer\" content=\"no-referrer\">\n"
              "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    say(page, title, NULL, NULL);
    put(page, "</title>\n<link rel=\"icon\" href=\"/assets/icon.svg\">\n"
              "<link rel=\"stylesheet\" href=\"/assets/page.css\">\n"
              "<script src=\"/assets/page.js\" defer></script>\n</head>\n<body");
}

static void put_banner(const struct page *page, bool exercise)
{
    put(page, exercise ? "<p class=\"banner exercise\" role=\"status\"><span>"
                       : "<p class=\"banner real\" role=\"status\"><span>");
    say(page, exercise ? TEXT_EXERCISE : TEXT_REAL, NULL, NULL);
    put(page, "</span></p>\n");
}

static void put_foot(const struct page *page)
{
    put(page, "</main>\n</body>\n</html>\n");
}

/* ---- the volunteer's page ------------------------------------------------------------
 */

static bool may(const struct page *page, const char *answer)
{
    for (uint32_t i = 0; i < page->data->answer_count; i++)
        if (strcmp(page->data->answers[i], answer) == 0)
            return true;
    return false;
}

static bool is_state(const struct page *page, bool assigned, const char *state)
{
    return page->data->assigned == assigned && strcmp(page->data->state, state) == 0;
}

/* Taken part, and not over yet: an alarm is worth a word. */
static bool is_out(const struct page *page)
{
    static const char *const states[] = {"assigned", "en_route", "on_scene", "working",
                                         "lost_contact"};
    for (uint32_t i = 0; i < COUNT_OF(states); i++)
        if (is_state(page, true, states[i]))
            return true;
    return false;
}

/* What became of the alarm: that it was seen is said only once it was. */
static void put_alarm(const struct page *page)
{
    if (page->data->sos)
        put(page, "<p class=\"notice alarm\" role=\"alert\">");
    else if (page->data->sos_seen && is_out(page))
        put(page, "<p class=\"notice\" role=\"status\">");
    else
        return;
    say(page, page->data->sos ? TEXT_HELP_SENT : TEXT_HELP_SEEN, NULL, NULL);
    put(page, "</p>\n");
}

/* Before the answer, or when a fresh yes is still welcome: the question stands big. */
static bool is_question(const struct page *page)
{
    return is_state(page, false, "pending") || is_state(page, false, "no_answer");
}

static void put_notice(const struct page *page)
{
    static const enum page_text_id texts[PAGE_NOTICE_COUNT] = {
        [PAGE_NOTICE_DIGITS] = TEXT_NOTICE_DIGITS,
        [PAGE_NOTICE_DIGITS_SPENT] = TEXT_NOTICE_DIGITS_SPENT,
        [PAGE_NOTICE_STALE] = TEXT_NOTICE_STALE,
        [PAGE_NOTICE_INVALID] = TEXT_NOTICE_INVALID,
        [PAGE_NOTICE_TOO_MANY] = TEXT_NOTICE_TOO_MANY,
        [PAGE_NOTICE_NOT_KEPT] = TEXT_NOTICE_NOT_KEPT,
    };
    assert(page->data->notice < PAGE_NOTICE_COUNT);
    if (page->data->notice == PAGE_NOTICE_NONE)
        return;
    put(page, "<p class=\"notice\" role=\"alert\">");
    say(page, texts[page->data->notice], NULL, NULL);
    put(page, "</p>\n");
}

static void put_near(const struct page *page)
{
    if (page->data->seconds < 0)
        return;
    put(page, "<p class=\"near\">");
    say_number(page, TEXT_MINUTES_AWAY, (page->data->seconds + 59) / 60);
    put(page, "</p>\n");
}

static void put_missing(const struct page *page)
{
    const struct page_data *data = page->data;
    if (data->missing <= 0 && !data->by)
        return;
    put(page, "<p class=\"facts\">");
    if (data->missing > 0) {
        put(page, "<strong>");
        say_number(page, TEXT_MISSING, data->missing);
        put(page, "</strong>");
    }
    if (data->missing > 0 && data->by)
        put(page, " · ");
    if (data->by)
        say(page, TEXT_BY, data->by, NULL);
    put(page, "</p>\n");
}

static void put_question(const struct page *page)
{
    const struct page_data *data = page->data;
    const char *kind = kind_text(page, data->kind);
    const char *skills = data->skills[page->language];
    if (kind) {
        put(page, "<p class=\"kind\">");
        put_text(page, kind);
        put(page, "</p>\n");
    }
    put(page, "<h1>");
    say(page, TEXT_NEEDS, data->area ? data->area : "",
        skills && *skills ? skills : word(page, TEXT_ANYBODY));
    put(page, "</h1>\n");
    put_near(page);
    put_missing(page);
}

static void put_sentence(const struct page *page, bool heading)
{
    const struct page_data *data = page->data;
    put(page, heading ? "<h1 class=\"sentence\">" : "<p class=\"sentence\">");
    put_text(page, page_sentence(data->state, data->assigned, page->language));
    put(page, heading ? "</h1>\n" : "</p>\n");
}

static void put_button(const struct page *page, const char *answer,
                       enum page_text_id text, const char *class)
{
    put(page, "<button name=\"answer\" value=\"");
    put(page, answer);
    put(page, "\" class=\"");
    put(page, class);
    put(page, "\">");
    say(page, text, NULL, NULL);
    put(page, "</button>\n");
}

static void open_form(const struct page *page)
{
    put(page, "<form method=\"post\" action=\"/r/");
    put_text(page, page->data->token);
    put(page, "\">\n<input type=\"hidden\" name=\"nonce\" value=\"");
    put_text(page, page->data->nonce);
    put(page, "\">\n");
}

static void put_digits(const struct page *page)
{
    if (!page->data->needs_digits)
        return;
    put(page, "<label class=\"field\"><span>");
    say(page, TEXT_DIGITS, NULL, NULL);
    put(page,
        "</span>\n<input name=\"digits\" inputmode=\"numeric\" pattern=\"[0-9]{4}\" "
        "minlength=\"4\" maxlength=\"4\" autocomplete=\"off\" required>\n<small>");
    say(page, TEXT_DIGITS_WHY, NULL, NULL);
    put(page, "</small></label>\n");
}

static void put_minutes_choice(const struct page *page)
{
    static const int32_t minutes[] = {10, 20, 30, 60, 120};
    put(page, "<label class=\"inline\"><span>");
    say(page, TEXT_READY, NULL, NULL);
    put(page, "</span> <select name=\"ready_in_minutes\">");
    for (uint32_t i = 0; i < COUNT_OF(minutes); i++) {
        text_appendf(page->ret, "<option value=\"%d\"%s>", minutes[i],
                     minutes[i] == 30 ? " selected" : "");
        say_number(page, TEXT_READY_MINUTES, minutes[i]);
        put(page, "</option>");
    }
    put(page, "</select></label>\n");
}

static void put_from_choice(const struct page *page)
{
    put(page, "<label class=\"inline\"><span>");
    say(page, TEXT_FROM, NULL, NULL);
    put(page, "</span> <select name=\"from\" data-here><option value=\"\">");
    say(page, TEXT_FROM_USUAL, NULL, NULL);
    put(page, "</option><option value=\"home\">");
    say(page, TEXT_FROM_HOME, NULL, NULL);
    put(page, "</option><option value=\"work\">");
    say(page, TEXT_FROM_WORK, NULL, NULL);
    put(page, "</option></select></label>\n");
}

/* The three answers in the order of use; the choices stand below, so that no answer needs
 * scrolling. */
static void put_answers(const struct page *page)
{
    open_form(page);
    put_digits(page);
    if (may(page, "accept"))
        put_button(page, "accept", is_question(page) ? TEXT_ACCEPT : TEXT_ACCEPT_AGAIN,
                   "primary");
    if (may(page, "limited"))
        put_button(page, "limited", TEXT_LIMITED, "plain");
    if (may(page, "decline"))
        put_button(page, "decline", TEXT_DECLINE, "plain");
    put(page, "<div class=\"choices\">\n");
    if (may(page, "accept"))
        put_from_choice(page);
    if (may(page, "limited"))
        put_minutes_choice(page);
    put(page, "</div>\n</form>\n");
}

static void put_fact(const struct page *page, enum page_text_id label, const char *value,
                     const char *class)
{
    if (!value || !*value)
        return;
    put(page, "<p class=\"fact ");
    put(page, class);
    put(page, "\"><span>");
    say(page, label, NULL, NULL);
    put(page, "</span> <strong>");
    put_text(page, value);
    put(page, "</strong></p>\n");
}

static void put_navigation(const struct page *page)
{
    double lat = page->data->lat, lon = page->data->lon;
    put(page, "<details class=\"navigate\"><summary>");
    say(page, TEXT_NAVIGATE, NULL, NULL);
    put(page, "</summary>\n<ul>\n");
    text_appendf(page->ret, "<li><a href=\"geo:%.6f,%.6f?q=%.6f,%.6f\">", lat, lon, lat,
                 lon);
    say(page, TEXT_NAVIGATE_PHONE, NULL, NULL);
    text_appendf(page->ret,
                 "</a></li>\n<li><a rel=\"noreferrer\" href=\"https://uri.amap.com/"
                 "navigation?to=%.6f,%.6f&amp;coordinate=wgs84\">",
                 lon, lat);
    say(page, TEXT_NAVIGATE_AMAP, NULL, NULL);
    text_appendf(page->ret,
                 "</a></li>\n<li><a rel=\"noreferrer\" "
                 "href=\"https://maps.apple.com/?daddr=%.6f,%.6f\">",
                 lat, lon);
    say(page, TEXT_NAVIGATE_APPLE, NULL, NULL);
    text_appendf(page->ret,
                 "</a></li>\n<li><a rel=\"noreferrer\" "
                 "href=\"https://www.openstreetmap.org/directions?to=%.6f,%.6f\">",
                 lat, lon);
    say(page, TEXT_NAVIGATE_OSM, NULL, NULL);
    put(page, "</a></li>\n</ul></details>\n");
}

static void put_phone(const struct page *page)
{
    const char *phone = page->data->requester_phone;
    if (!phone || !*phone)
        return;
    put(page, "<p class=\"fact\"><a class=\"call\" href=\"tel:");
    put_text(page, phone);
    put(page, "\">");
    say(page, TEXT_CALL, NULL, NULL);
    put(page, " ");
    put_text(page, phone);
    put(page, "</a></p>\n");
}

static void put_where(const struct page *page)
{
    const struct page_data *data = page->data;
    const bool is_there =
        is_state(page, true, "on_scene") || is_state(page, true, "working");
    put(page, "<section class=\"where\">\n<h2>");
    say(page, is_there ? TEXT_YOU_ARE_AT : TEXT_GO_TO, NULL, NULL);
    put(page, "</h2>\n<p class=\"address\">");
    put_text(page, data->area ? data->area : "");
    if (data->address && *data->address) {
        put(page, "<br>");
        put_text(page, data->address);
    }
    put(page, "</p>\n");
    put_navigation(page);
    put_fact(page, TEXT_WARNING, data->warning, "warning");
    put_fact(page, TEXT_CONTACT, data->contact, "");
    put_fact(page, TEXT_REQUESTER, data->requester_name, "");
    put_phone(page);
    put_fact(page, TEXT_CHECK_WORD, data->check_word, "");
    if (is_state(page, true, "assigned") || is_state(page, true, "en_route")) {
        put_near(page);
        if (data->by) {
            put(page, "<p class=\"facts\">");
            say(page, TEXT_BY, data->by, NULL);
            put(page, "</p>\n");
        }
    }
    put(page, "</section>\n");
}

/* The big button of each state, in the order in which they come: whoever presses twice in
 * the same place has not left by mistake. */
static const struct next {
    const char *answer;
    enum page_text_id text;
} NEXT[] = {
    {"depart", TEXT_DEPART},   {"arrive", TEXT_ARRIVE},           {"work", TEXT_WORK},
    {"release", TEXT_RELEASE}, {"turned_back", TEXT_TURNED_BACK},
};

static void put_next(const struct page *page)
{
    const char *class = "primary";
    bool any = false;
    for (uint32_t i = 0; i < COUNT_OF(NEXT); i++)
        any = any || may(page, NEXT[i].answer);
    if (!any)
        return;
    open_form(page);
    put_digits(page);
    for (uint32_t i = 0; i < COUNT_OF(NEXT); i++) {
        if (!may(page, NEXT[i].answer))
            continue;
        put_button(page, NEXT[i].answer, NEXT[i].text, class);
        class = "plain";
    }
    put(page, "<input type=\"hidden\" name=\"position\" value=\"\" disabled>\n"
              "<label class=\"inline share\" hidden><input type=\"checkbox\" data-share> "
              "<span>");
    say(page, TEXT_SHARE, NULL, NULL);
    put(page, "</span></label>\n</form>\n");
}

static void put_report_form(const struct page *page)
{
    static const struct {
        const char *code;
        enum page_text_id text;
    } outcomes[] = {
        {"done", TEXT_OUTCOME_done},
        {"partly", TEXT_OUTCOME_partly},
        {"not_needed", TEXT_OUTCOME_not_needed},
        {"not_possible", TEXT_OUTCOME_not_possible},
    };
    const struct page_data *data = page->data;
    open_form(page);
    put_digits(page);
    put(page, "<fieldset><legend>");
    say(page, TEXT_REPORT_HOW, NULL, NULL);
    put(page, "</legend>\n");
    for (uint32_t i = 0; i < COUNT_OF(outcomes); i++) {
        bool chosen = data->outcome && strcmp(data->outcome, outcomes[i].code) == 0;
        text_appendf(page->ret,
                     "<label class=\"choice\"><input type=\"radio\" name=\"outcome\" "
                     "value=\"%s\"%s required> <span>",
                     outcomes[i].code, chosen ? " checked" : "");
        say(page, outcomes[i].text, NULL, NULL);
        put(page, "</span></label>\n");
    }
    put(page, "</fieldset>\n<label class=\"field\"><span>");
    say(page, TEXT_REPORT_TEXT, NULL, NULL);
    text_appendf(page->ret,
                 "</span>\n<textarea name=\"text\" rows=\"4\" maxlength=\"%d\">",
                 PAGE_REPORT_MAX);
    put_text(page, data->report ? data->report : "");
    put(page, "</textarea></label>\n");
    put_button(page, "report", TEXT_REPORT_SEND, "primary");
    put(page, "</form>\n");
}

static void put_roll_call(const struct page *page)
{
    if (!may(page, "here") ||
        !(page->data->roll_call || is_state(page, true, "lost_contact")))
        return;
    put(page, "<section class=\"roll\">\n");
    if (page->data->roll_call) {
        put(page, "<p>");
        say(page, TEXT_ROLL_CALL, NULL, NULL);
        put(page, "</p>\n");
    }
    open_form(page);
    put_digits(page);
    put_button(page, "here", TEXT_HERE, "primary");
    put(page, "</form>\n</section>\n");
}

/* A way out that asks once more, without JavaScript: it opens and shows what follows. */
static void put_way_out(const struct page *page, const char *answer,
                        const enum page_text_id texts[3])
{
    if (!may(page, answer))
        return;
    put(page, "<details class=\"out ");
    put(page, answer);
    put(page, "\"><summary>");
    say(page, texts[0], NULL, NULL);
    put(page, "</summary>\n<p>");
    say(page, texts[1], NULL, NULL);
    put(page, "</p>\n");
    open_form(page);
    put_digits(page);
    put_button(page, answer, texts[2], strcmp(answer, "sos") == 0 ? "alarm" : "plain");
    put(page, "</form>\n</details>\n");
}

static void put_ways_out(const struct page *page)
{
    static const enum page_text_id cannot[] = {TEXT_CANNOT, TEXT_CANNOT_SURE,
                                               TEXT_CANNOT_YES};
    static const enum page_text_id help[] = {TEXT_HELP, TEXT_HELP_SURE, TEXT_HELP_YES};
    bool asked = is_question(page) || !page->data->assigned;
    if (!may(page, "withdraw") && !may(page, "sos"))
        return;
    if (asked && !may(page, "sos"))
        return;
    put(page, "<div class=\"outs\">\n");
    put_way_out(page, "withdraw", cannot);
    if (!page->data->sos)
        put_way_out(page, "sos", help);
    put(page, "</div>\n");
}

static void put_own_report(const struct page *page)
{
    const struct page_data *data = page->data;
    bool told = is_state(page, true, "reported") || is_state(page, true, "verified");
    if (told && data->report && *data->report) {
        put(page, "<section class=\"own\"><h2>");
        say(page, TEXT_REPORT_YOURS, NULL, NULL);
        put(page, "</h2>\n<p>");
        put_text(page, data->report);
        put(page, "</p></section>\n");
    }
    if (data->minutes_credited > 0) {
        put(page, "<p class=\"facts\">");
        say_number(page, TEXT_CREDITED, data->minutes_credited);
        put(page, "</p>\n");
    }
}

static void put_history(const struct page *page)
{
    if (page->data->history == NULL)
        return;
    put(page, "<details class=\"looks\"><summary>");
    say(page, TEXT_HISTORY, NULL, NULL);
    put(page, "</summary>\n<p>");
    put_text(page, page->data->history);
    put(page, "</p>\n</details>\n");
}

/* Who opened this person's data (invariant 11b), folded away. */
static void put_looks(const struct page *page)
{
    const struct page_data *data = page->data;
    if (data->look_count == 0)
        return;
    put(page, "<details class=\"looks\"><summary>");
    say(page, TEXT_LOOKS, NULL, NULL);
    put(page, "</summary>\n<ul>\n");
    for (uint32_t i = 0; i < data->look_count; i++) {
        put(page, "<li>");
        put_text(page, data->looks[i].at);
        put(page, " · ");
        put_text(page, data->looks[i].account);
        put(page, "</li>\n");
    }
    put(page, "</ul>\n</details>\n");
}

void page_render(const struct page_data *data, enum page_language language,
                 struct text *ret)
{
    assert(data && data->token && data->state && data->nonce);
    assert(language < PAGE_LANGUAGE_COUNT && data->answer_count <= PAGE_ANSWERS_MAX);
    struct page page = {data, language, ret};
    bool question = is_question(&page);
    put_head(&page, TEXT_TITLE);
    put(&page, " data-token=\"");
    put_text(&page, data->token);
    put(&page, "\" data-nonce=\"");
    put_text(&page, data->nonce);
    put(&page, "\" data-offline=\"");
    say(&page, TEXT_OFFLINE, NULL, NULL);
    put(&page, "\" data-slow=\"");
    say(&page, TEXT_SLOW, NULL, NULL);
    if (is_out(&page)) {
        put(&page, "\" data-state=\"");
        put_text(&page, data->state);
        put(&page, data->sos ? " sos" : "");
    }
    put(&page, question ? "\" data-seen>\n" : "\">\n");
    put_banner(&page, data->exercise);
    put(&page, "<main>\n");
    put_notice(&page);
    put_alarm(&page);
    put_roll_call(&page);
    if (question)
        put_question(&page);
    else
        put_sentence(&page, true);
    if (data->has_address)
        put_where(&page);
    put_next(&page);
    if (may(&page, "report"))
        put_report_form(&page);
    else if (!data->assigned && (may(&page, "accept") || may(&page, "decline")))
        put_answers(&page);
    put_own_report(&page);
    put_ways_out(&page);
    put_history(&page);
    put_looks(&page);
    put_foot(&page);
}

void page_render_gone(enum page_language language, struct text *ret)
{
    assert(language < PAGE_LANGUAGE_COUNT);
    struct page page = {NULL, language, ret};
    put_head(&page, TEXT_TITLE);
    put(&page, ">\n<main>\n<h1 class=\"sentence\">");
    say(&page, TEXT_GONE_TITLE, NULL, NULL);
    put(&page, "</h1>\n<p>");
    say(&page, TEXT_GONE, NULL, NULL);
    put(&page, "</p>\n");
    put_foot(&page);
}

/* ---- the requester's page ------------------------------------------------------------
 */

static enum page_text_id case_sentence(const char *state)
{
    static const struct {
        const char *state;
        enum page_text_id text;
    } sentences[] = {
        {"reported", TEXT_CASE_reported}, {"confirmed", TEXT_CASE_confirmed},
        {"active", TEXT_CASE_active},     {"standing_down", TEXT_CASE_standing_down},
        {"cancelled", TEXT_CASE_off},
    };
    for (uint32_t i = 0; i < COUNT_OF(sentences); i++)
        if (strcmp(sentences[i].state, state) == 0)
            return sentences[i].text;
    return TEXT_CASE_over;
}

static void put_tally(const struct page *page, enum page_text_id label, int32_t count,
                      int32_t wanted)
{
    put(page, "<li><span>");
    say(page, label, NULL, NULL);
    text_appendf(page->ret, "</span> <strong>%d", count);
    if (wanted > 0)
        text_appendf(page->ret, " / %d", wanted);
    put(page, "</strong></li>\n");
}

void page_render_case(const struct page_case *data, enum page_language language,
                      struct text *ret)
{
    assert(data && data->case_number && data->state && language < PAGE_LANGUAGE_COUNT);
    struct page page = {NULL, language, ret};
    const char *kind = kind_text(&page, data->kind);
    put_head(&page, TEXT_CASE_TITLE);
    put(&page, " data-refresh=\"20\">\n");
    put_banner(&page, data->exercise);
    put(&page, "<main>\n<p class=\"kind\">");
    put_text(&page, kind ? kind : "");
    if (data->area) {
        put(&page, " · ");
        put_text(&page, data->area);
    }
    put(&page, "</p>\n<h1 class=\"sentence\">");
    say(&page, case_sentence(data->state), NULL, NULL);
    put(&page, "</h1>\n");
    bool running = case_sentence(data->state) != TEXT_CASE_over &&
                   case_sentence(data->state) != TEXT_CASE_off;
    if (running && data->first_seconds >= 0) {
        put(&page, "<p class=\"near\">");
        say_number(&page, TEXT_CASE_FIRST, (data->first_seconds + 59) / 60);
        put(&page, "</p>\n");
    }
    if (running) {
        put(&page, "<ul class=\"tally\">\n");
        put_tally(&page, TEXT_CASE_ACCEPTED, data->accepted, data->wanted);
        put_tally(&page, TEXT_CASE_EN_ROUTE, data->en_route, 0);
        put_tally(&page, TEXT_CASE_ON_SCENE, data->on_scene, 0);
        put(&page, "</ul>\n");
    }
    if (running && data->check_word && *data->check_word) {
        put_fact(&page, TEXT_CHECK_WORD, data->check_word, "");
        put(&page, "<p>");
        say(&page, TEXT_CASE_CHECK, NULL, NULL);
        put(&page, "</p>\n");
    }
    put_fact(&page, TEXT_CASE_NUMBER, data->case_number, "small");
    if (data->reported) {
        put(&page, "<p class=\"facts\">");
        say(&page, TEXT_CASE_REPORTED, data->reported, NULL);
        put(&page, "</p>\n");
    }
    put(&page, "<p><a class=\"button\" href=\"\">");
    say(&page, TEXT_REFRESH, NULL, NULL);
    put(&page, "</a></p>\n");
    put_foot(&page);
}
