/* SPDX-License-Identifier: Apache-2.0 */
/* The page is one column in the order of use: banner, what is asked, the sentence, one
 * form whose buttons are the answers (the first is the only filled one), then where to go
 * and the quiet ways out. What may be answered comes from the caller; what stands first
 * for a state comes from NEXT below. Everything from outside passes text_append_html. */
#include "api/page.h"

#include "api/page_frame.h"
#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

const char *page_sentence(const char *state, bool assigned, enum page_language language)
{
    static const char *const neutral[] = {"谢谢您。", "Thank you."};
    assert(language < PAGE_LANGUAGE_COUNT);
    for (uint32_t i = 0; i < COUNT_OF(SENTENCES); i++)
        if (SENTENCES[i].assigned == assigned && strcmp(SENTENCES[i].code, state) == 0)
            return SENTENCES[i].text[language];
    return neutral[language];
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

static bool is_one_of(const struct page *page, const char *const *states, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (is_state(page, true, states[i]))
            return true;
    return false;
}

static bool says(const struct page *page, const char *said)
{
    return page->data->said && strcmp(page->data->said, said) == 0;
}

/* Taken part, and not over yet. */
static bool is_out(const struct page *page)
{
    static const char *const states[] = {"assigned", "en_route", "on_scene", "working",
                                         "lost_contact"};
    return is_one_of(page, states, COUNT_OF(states));
}

static bool is_there(const struct page *page)
{
    return is_state(page, true, "on_scene") || is_state(page, true, "working");
}

/* Not home yet, perhaps: an alarm is worth a word. */
static bool is_away(const struct page *page)
{
    static const char *const states[] = {"stood_down", "released"};
    return is_out(page) || is_one_of(page, states, COUNT_OF(states));
}

static bool has_alarm(const struct page *page)
{
    return page->data->sos || (page->data->sos_seen && is_away(page));
}

/* What became of the alarm: that it was seen is said only once it was. */
static void put_alarm(const struct page *page)
{
    if (!has_alarm(page))
        return;
    page_put(page, page->data->sos ? "<p class=\"notice alarm\" role=\"alert\">"
                                   : "<p class=\"notice\" role=\"status\">");
    page_say(page, page->data->sos ? TEXT_HELP_SENT : TEXT_HELP_SEEN, NULL, NULL);
    page_put(page, "</p>\n");
}

/* Before the answer, or when a fresh yes is still welcome: the question stands big. */
static bool is_question(const struct page *page)
{
    return says(page, PAGE_WANTED_NOW) ||
           (!page->data->said &&
            (is_state(page, false, "pending") || is_state(page, false, "no_answer")));
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
    page_put_notice(page, texts, page->data->notice);
}

static void put_near(const struct page *page)
{
    const int32_t seconds = page->data->seconds;
    if (seconds < 0)
        return;
    page_put(page, "<p class=\"near\">");
    page_say_number(page, TEXT_MINUTES_AWAY, seconds == 0 ? 1 : (seconds + 59) / 60);
    page_put(page, "</p>\n");
}

static void put_no_way(const struct page *page)
{
    if (page->data->seconds >= 0)
        return;
    page_put(page, "<p class=\"notice\" role=\"alert\">");
    page_say(page, TEXT_NO_WAY, NULL, NULL);
    page_put(page, "</p>\n");
}

static void put_by(const struct page *page)
{
    page_say(page, page->data->is_past ? TEXT_BY_PAST : TEXT_BY, page->data->by, NULL);
}

static void put_missing(const struct page *page)
{
    const struct page_data *data = page->data;
    if (data->missing <= 0 && !data->by)
        return;
    page_put(page, "<p class=\"facts\">");
    if (data->missing > 0) {
        page_put(page, "<strong>");
        page_say_number(page, TEXT_MISSING, data->missing);
        page_put(page, "</strong>");
    }
    if (data->missing > 0 && data->by)
        page_put(page, " · ");
    if (data->by)
        put_by(page);
    page_put(page, "</p>\n");
}

static void put_sentence(const struct page *page, bool heading)
{
    const struct page_data *data = page->data;
    const char *said = data->said ? data->said : data->state;
    /* Nobody in need is told to rest. */
    if (has_alarm(page) && !is_out(page) && !says(page, PAGE_WANTED_AGAIN))
        said = PAGE_IN_NEED;
    page_put(page, heading ? "<h1 class=\"sentence\">" : "<p class=\"sentence\">");
    page_put_text(
        page, page_sentence(said, said != data->state || data->assigned, page->language));
    page_put(page, heading ? "</h1>\n" : "</p>\n");
    if (says(page, PAGE_WANTED_AGAIN))
        put_missing(page);
}

static void put_question(const struct page *page)
{
    const struct page_data *data = page->data;
    const char *kind = page_kind_text(page, data->kind);
    const char *skills = data->skills[page->language];
    if (kind) {
        page_put(page, "<p class=\"kind\">");
        page_put_text(page, kind);
        page_put(page, "</p>\n");
    }
    page_put(page, "<h1>");
    page_say(page, TEXT_NEEDS, data->area ? page_area_text(page, data->area) : "",
             skills && *skills ? skills : page_word(page, TEXT_ANYBODY));
    page_put(page, "</h1>\n");
    put_near(page);
    put_no_way(page);
    put_missing(page);
    if (data->said)
        put_sentence(page, false);
}

/* What this link is about, for who has several. */
static void put_about(const struct page *page)
{
    const struct page_data *data = page->data;
    const char *parts[] = {page_kind_text(page, data->kind),
                           page_area_text(page, data->area),
                           data->skills[page->language]};
    const char *before = "";
    page_put(page, "<p class=\"kind\">");
    for (uint32_t i = 0; i < COUNT_OF(parts); i++) {
        if (!parts[i] || !*parts[i])
            continue;
        page_put(page, before);
        page_put_text(page, parts[i]);
        before = " · ";
    }
    page_put(page, "</p>\n");
}

static void put_button(const struct page *page, const char *answer,
                       enum page_text_id text, const char *class)
{
    page_put(page, "<button name=\"answer\" value=\"");
    page_put(page, answer);
    page_put(page, "\" class=\"");
    page_put(page, class);
    page_put(page, "\">");
    page_say(page, text, NULL, NULL);
    page_put(page, "</button>\n");
}

static void open_form(const struct page *page)
{
    page_open_form(page, "/r/", page->data->token, page->data->nonce);
}

static void put_digits(const struct page *page)
{
    if (page->data->needs_digits)
        page_put_digits(page, TEXT_DIGITS_WHY, page->data->notice);
}

/* Of one field; it ends after it. */
static void open_label(const struct page *page, const char *class, enum page_text_id text)
{
    text_appendf(page->ret, "<label class=\"%s\"><span>", class);
    page_say(page, text, NULL, NULL);
    page_put(page, "</span>\n");
}

static void put_minutes_choice(const struct page *page)
{
    static const int32_t minutes[] = {10, 20, 30, 60, 120};
    open_label(page, "inline", TEXT_READY);
    page_put(page, "<select name=\"ready_in_minutes\">");
    for (uint32_t i = 0; i < COUNT_OF(minutes); i++) {
        text_appendf(page->ret, "<option value=\"%d\"%s>", minutes[i],
                     minutes[i] == 30 ? " selected" : "");
        page_say_number(page, TEXT_READY_MINUTES, minutes[i]);
        page_put(page, "</option>");
    }
    page_put(page, "</select></label>\n");
}

static void put_from_choice(const struct page *page)
{
    open_label(page, "inline", TEXT_FROM);
    page_put(page, "<select name=\"from\" data-here=\"");
    page_say(page, TEXT_FROM_HERE, NULL, NULL); /* page.ts offers it */
    page_put(page, "\"><option value=\"\">");
    page_say(page, TEXT_FROM_USUAL, NULL, NULL);
    page_put(page, "</option><option value=\"home\">");
    page_say(page, TEXT_FROM_HOME, NULL, NULL);
    page_put(page, "</option><option value=\"work\">");
    page_say(page, TEXT_FROM_WORK, NULL, NULL);
    page_put(page, "</option></select></label>\n");
}

/* Who leads a team says how many come. */
static void put_count_choice(const struct page *page)
{
    if (page->data->brings < 2)
        return;
    open_label(page, "inline", TEXT_COMING);
    text_appendf(page->ret,
                 "<input name=\"count\" type=\"number\" inputmode=\"numeric\" "
                 "min=\"1\" max=\"%d\" value=\"1\"></label>\n",
                 page->data->brings);
}

/* The names of those who came along are entered on arrival. */
static void put_names(const struct page *page)
{
    if (page->data->count < 2 || !may(page, "arrive"))
        return;
    open_label(page, "field", TEXT_NAMES);
    text_appendf(page->ret,
                 "<input name=\"names\" maxlength=\"%d\" autocomplete=\"off\">"
                 "</label>\n",
                 PAGE_NAMES_MAX);
}

/* A yes that would change nothing is not asked for: one that came too late is noted, and
 * who was told not to come, or is wanted elsewhere, is not asked to press anything. */
static bool may_accept(const struct page *page)
{
    static const char *const over[] = {"late", "stood_down"};
    if (!may(page, "accept") || says(page, PAGE_ELSEWHERE))
        return false;
    for (uint32_t i = 0; i < COUNT_OF(over); i++)
        if (is_state(page, false, over[i]))
            return says(page, PAGE_WANTED_AGAIN);
    return !is_state(page, false, "void") || page->data->missing > 0;
}

static bool may_decline(const struct page *page)
{
    return may(page, "decline") &&
           (is_question(page) || may_accept(page) || is_state(page, false, "late")) &&
           !says(page, PAGE_NO_NOTED) && !says(page, PAGE_CALLED_OFF) &&
           !says(page, PAGE_ASKED_ANEW);
}

/* The three answers in the order of use; the choices stand below, so that no answer needs
 * scrolling. */
static void put_answers(const struct page *page)
{
    open_form(page);
    put_digits(page);
    if (may_accept(page))
        put_button(page, "accept", is_question(page) ? TEXT_ACCEPT : TEXT_ACCEPT_AGAIN,
                   "primary");
    if (may(page, "limited") && !says(page, PAGE_WANTED_NOW))
        put_button(page, "limited", TEXT_LIMITED, "plain");
    if (may_decline(page))
        put_button(page, "decline", may_accept(page) ? TEXT_DECLINE : TEXT_DECLINE_LATER,
                   "plain");
    page_put(page, "<div class=\"choices\">\n");
    if (may_accept(page)) {
        put_count_choice(page);
        put_from_choice(page);
    }
    if (may(page, "limited") && !says(page, PAGE_WANTED_NOW))
        put_minutes_choice(page);
    page_put(page, "</div>\n</form>\n");
}

static void put_navigation(const struct page *page)
{
    double lat = page->data->lat, lon = page->data->lon;
    page_put(page, "<details class=\"navigate\"><summary>");
    page_say(page, TEXT_NAVIGATE, NULL, NULL);
    page_put(page, "</summary>\n<ul>\n");
    text_appendf(page->ret, "<li><a href=\"geo:%.6f,%.6f?q=%.6f,%.6f\">", lat, lon, lat,
                 lon);
    page_say(page, TEXT_NAVIGATE_PHONE, NULL, NULL);
    text_appendf(page->ret,
                 "</a></li>\n<li><a rel=\"noreferrer\" href=\"https://uri.amap.com/"
                 "navigation?to=%.6f,%.6f&amp;coordinate=wgs84\">",
                 lon, lat);
    page_say(page, TEXT_NAVIGATE_AMAP, NULL, NULL);
    text_appendf(page->ret,
                 "</a></li>\n<li><a rel=\"noreferrer\" "
                 "href=\"https://maps.apple.com/?daddr=%.6f,%.6f\">",
                 lat, lon);
    page_say(page, TEXT_NAVIGATE_APPLE, NULL, NULL);
    text_appendf(page->ret,
                 "</a></li>\n<li><a rel=\"noreferrer\" "
                 "href=\"https://www.openstreetmap.org/directions?to=%.6f,%.6f\">",
                 lat, lon);
    page_say(page, TEXT_NAVIGATE_OSM, NULL, NULL);
    page_put(page, "</a></li>\n</ul></details>\n");
}

static void put_phone(const struct page *page)
{
    const char *phone = page->data->requester_phone;
    if (!phone || !*phone)
        return;
    page_put(page, "<p class=\"fact\"><a class=\"call\" href=\"tel:");
    page_put_text(page, phone);
    page_put(page, "\">");
    page_say(page, TEXT_CALL, NULL, NULL);
    page_put(page, " ");
    page_put_text(page, phone);
    page_put(page, "</a></p>\n");
}

/* One place to go to is large; the address of who asked may be another. */
static void put_address(const struct page *page)
{
    const struct page_data *data = page->data;
    const char *place = data->place ? data->place : data->address;
    page_put(page, "<p class=\"address\">");
    const char *area = page_area_text(page, data->area);
    if (area && !place) /* its office is not the place */
        page_say(page, TEXT_NEAR, area, NULL);
    else
        page_put_text(page, area ? area : "");
    if (place) {
        page_put(page, "<br>");
        page_put_text(page, place);
    }
    page_put(page, "</p>\n");
    page_put_fact(page, TEXT_WARNING, data->warning, "warning");
    if (data->place && data->address && strcmp(data->place, data->address) != 0)
        page_put_fact(page, TEXT_REQUESTER_ADDRESS, data->address, "");
}

static void put_where(const struct page *page)
{
    const struct page_data *data = page->data;
    const bool comes =
        is_state(page, true, "assigned") || is_state(page, true, "en_route");
    if (comes)
        put_no_way(page);
    page_put(page, "<section class=\"where\">\n<h2>");
    page_say(page, is_there(page) ? TEXT_YOU_ARE_AT : TEXT_GO_TO, NULL, NULL);
    page_put(page, "</h2>\n");
    put_address(page);
    put_navigation(page);
    if (data->count > 1) {
        page_put(page, "<p class=\"facts\">");
        page_say_number(page, TEXT_TOGETHER, data->count);
        page_put(page, "</p>\n");
    }
    page_put_fact(page, TEXT_CONTACT, data->contact, "");
    page_put_fact(page, TEXT_REQUESTER, data->requester_name, "");
    put_phone(page);
    page_put_fact(page, TEXT_CHECK_WORD, data->check_word, "");
    if (comes) {
        put_near(page);
        if (data->by) {
            page_put(page, "<p class=\"facts\">");
            put_by(page);
            page_put(page, "</p>\n");
        }
    }
    page_put(page, "</section>\n");
}

/* Said yes, but not on this device: an answer on behalf, or a link opened on another one.
 * A yes again changes nothing and opens what only the person may see. */
static bool hides_where(const struct page *page)
{
    return is_out(page) && !page->data->has_address;
}

/* The digits are asked for in one place: the next steps come when they have been said. */
static bool is_strange(const struct page *page)
{
    return page->data->needs_digits && hides_where(page);
}

static void put_show_where(const struct page *page)
{
    open_form(page);
    put_digits(page);
    put_button(page, "accept", TEXT_SHOW_WHERE, "primary");
    page_put(page, "</form>\n");
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

/* In a form of an answer: the position goes along if the person ticks it (page.ts). */
static void put_share(const struct page *page)
{
    page_put(page,
             "<input type=\"hidden\" name=\"position\" value=\"\" disabled>\n"
             "<label class=\"inline share\" hidden><input type=\"checkbox\" data-share> "
             "<span>");
    page_say(page, TEXT_SHARE, NULL, NULL);
    page_put(page, "</span></label>\n");
}

static void put_next(const struct page *page)
{
    const char *class = may(page, "accept") || hides_where(page) ? "plain" : "primary";
    bool any = false;
    for (uint32_t i = 0; i < COUNT_OF(NEXT); i++)
        any = any || may(page, NEXT[i].answer);
    if (!any || is_strange(page))
        return;
    open_form(page);
    put_digits(page);
    for (uint32_t i = 0; i < COUNT_OF(NEXT); i++) {
        if (!may(page, NEXT[i].answer))
            continue;
        put_button(page, NEXT[i].answer, NEXT[i].text, class);
        class = "plain";
    }
    put_names(page);
    put_share(page);
    page_put(page, "</form>\n");
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
    page_put(page, "<fieldset><legend>");
    page_say(page, TEXT_REPORT_HOW, NULL, NULL);
    page_put(page, "</legend>\n");
    for (uint32_t i = 0; i < COUNT_OF(outcomes); i++) {
        bool chosen = data->outcome && strcmp(data->outcome, outcomes[i].code) == 0;
        text_appendf(page->ret,
                     "<label class=\"choice\"><input type=\"radio\" name=\"outcome\" "
                     "value=\"%s\"%s required> <span>",
                     outcomes[i].code, chosen ? " checked" : "");
        page_say(page, outcomes[i].text, NULL, NULL);
        page_put(page, "</span></label>\n");
    }
    page_put(page, "</fieldset>\n<label class=\"field\"><span>");
    page_say(page, TEXT_REPORT_TEXT, NULL, NULL);
    text_appendf(page->ret,
                 "</span>\n<textarea name=\"text\" rows=\"4\" maxlength=\"%d\">",
                 PAGE_REPORT_MAX);
    page_put_text(page, data->report ? data->report : "");
    page_put(page, "</textarea></label>\n");
    put_button(page, "report", TEXT_REPORT_SEND, "primary");
    page_put(page, "</form>\n");
}

static void put_roll_call(const struct page *page)
{
    if (!may(page, "here") ||
        !(page->data->roll_call || is_state(page, true, "lost_contact")))
        return;
    page_put(page, "<section class=\"roll\">\n");
    if (page->data->roll_call) {
        page_put(page, "<p>");
        page_say(page, TEXT_ROLL_CALL, NULL, NULL);
        page_put(page, "</p>\n");
    }
    open_form(page);
    put_digits(page);
    put_button(page, "here", TEXT_HERE, "primary");
    page_put(page, "</form>\n</section>\n");
}

/* A way out that asks once more, without JavaScript: it opens and shows what follows. */
static void put_way_out(const struct page *page, const char *answer,
                        const enum page_text_id texts[3])
{
    if (!may(page, answer))
        return;
    page_put(page, "<details class=\"out ");
    page_put(page, answer);
    page_put(page, "\"><summary>");
    page_say(page, texts[0], NULL, NULL);
    page_put(page, "</summary>\n<p>");
    page_say(page, texts[1], NULL, NULL);
    page_put(page, "</p>\n");
    open_form(page);
    const bool is_sos = strcmp(answer, "sos") == 0;
    if (is_sos) /* whoever comes to help looks for them; no digits are asked for */
        put_share(page);
    else
        put_digits(page);
    put_button(page, answer, texts[2], is_sos ? "alarm" : "plain");
    page_put(page, "</form>\n</details>\n");
}

static void put_ways_out(const struct page *page)
{
    static const enum page_text_id cannot[] = {TEXT_CANNOT, TEXT_CANNOT_SURE,
                                               TEXT_CANNOT_YES};
    static const enum page_text_id leave[] = {TEXT_LEAVE, TEXT_LEAVE_SURE,
                                              TEXT_LEAVE_YES};
    static const enum page_text_id help[] = {TEXT_HELP, TEXT_HELP_SURE, TEXT_HELP_YES};
    bool asked = is_question(page) || !page->data->assigned;
    if (!may(page, "withdraw") && !may(page, "sos"))
        return;
    if (asked && !may(page, "sos"))
        return;
    page_put(page, "<div class=\"outs\">\n");
    if (!is_strange(page))
        put_way_out(page, "withdraw", is_there(page) ? leave : cannot);
    if (!page->data->sos)
        put_way_out(page, "sos", help);
    page_put(page, "</div>\n");
}

static void put_own_report(const struct page *page)
{
    const struct page_data *data = page->data;
    bool told = is_state(page, true, "reported") || is_state(page, true, "verified");
    if (told && data->report && *data->report) {
        page_put(page, "<section class=\"own\"><h2>");
        page_say(page, TEXT_REPORT_YOURS, NULL, NULL);
        page_put(page, "</h2>\n<p>");
        page_put_text(page, data->report);
        page_put(page, "</p></section>\n");
    }
    if (data->minutes_credited > 0) {
        page_put(page, "<p class=\"facts\">");
        page_say_number(page, TEXT_CREDITED, data->minutes_credited);
        page_put(page, "</p>\n");
    }
}

static void put_history(const struct page *page)
{
    if (page->data->history == NULL)
        return;
    page_put(page, "<details class=\"looks\"><summary>");
    page_say(page, TEXT_HISTORY, NULL, NULL);
    page_put(page, "</summary>\n<p>");
    page_put_text(page, page->data->history);
    page_put(page, "</p>\n</details>\n");
}

static void put_own_page(const struct page *page)
{
    if (page->data->own_page == NULL)
        return;
    page_put(page, "<p><a class=\"button\" href=\"/m/");
    page_put_text(page, page->data->own_page);
    page_put(page, "\">");
    page_say(page, TEXT_OWN_TITLE, NULL, NULL);
    page_put(page, "</a></p>\n");
}

void page_render(const struct page_data *data, enum page_language language,
                 struct text *ret)
{
    assert(data && data->token && data->state && data->nonce);
    assert(language < PAGE_LANGUAGE_COUNT && data->answer_count <= PAGE_ANSWERS_MAX);
    struct page page = {data, language, ret, data->duty_phone};
    bool question = is_question(&page);
    page_put_head(&page, TEXT_TITLE);
    page_put(&page, " data-token=\"");
    page_put_text(&page, data->token);
    page_put(&page, "\" data-nonce=\"");
    page_put_text(&page, data->nonce);
    if (question || is_out(&page) || has_alarm(&page)) {
        page_put(&page, "\" data-state=\"");
        page_put_text(&page, data->state);
        page_put(&page, data->sos ? " sos" : "");
    }
    page_put(&page, question ? "\" data-seen>\n" : "\">\n");
    page_put_banner(&page, data->exercise);
    page_put(&page, "<main>\n");
    put_notice(&page);
    put_alarm(&page);
    put_roll_call(&page);
    if (question) {
        put_question(&page);
    } else {
        put_about(&page);
        put_sentence(&page, true);
    }
    if (data->has_address)
        put_where(&page);
    else if (hides_where(&page))
        put_show_where(&page);
    if (may(&page, "report"))
        put_report_form(&page);
    else if (may_accept(&page) || may_decline(&page))
        put_answers(&page);
    put_next(&page);
    put_own_report(&page);
    put_ways_out(&page);
    put_history(&page);
    page_put_looks(&page, data->looks, data->look_count);
    put_own_page(&page);
    page_put_foot(&page);
}

void page_render_gone(const char *duty_phone, enum page_language language,
                      struct text *ret)
{
    assert(language < PAGE_LANGUAGE_COUNT);
    struct page page = {NULL, language, ret, duty_phone};
    page_put_head(&page, TEXT_TITLE);
    page_put(&page, ">\n<main>\n<h1 class=\"sentence\">");
    page_say(&page, TEXT_GONE_TITLE, NULL, NULL);
    page_put(&page, "</h1>\n<p>");
    page_say(&page, TEXT_GONE, NULL, NULL);
    page_put(&page, "</p>\n");
    page_put_foot(&page);
}
