/* SPDX-License-Identifier: Apache-2.0 */
/* The address, what the dispatcher tells, the requester and the check word are shown
 * while an assignment lasts, and only on the device that gave the answer: a link that was
 * passed on shows none of it. */
#include "api/view.h"

#include "api/history.h"
#include "api/recent.h"
#include "base/hash.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "loop/loop.h"
#include "loop/names.h"
#include "store/own_page.h"
#include "store/places.h"
#include "store/vault.h"

#include <openssl/crypto.h>
#include <sodium.h>
#include <stdio.h>

#define HISTORY_MAX 1024

void view_prove(const struct api *api, const char *what, int64_t id, uint32_t salt,
                uint8_t ret[32])
{
    char text[96];
    (void)snprintf(text, sizeof text, "%s %lld %u", what, (long long)id, salt);
    /* OpenSSL looks its HMAC up by name each time, which takes longer than this does; the
     * key has been taken in once for all. */
    crypto_auth_hmacsha256_state state = api->device_mac;
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)text,
                                        strlen(text));
    (void)crypto_auth_hmacsha256_final(&state, ret); /* none of these can fail */
}

void view_make_nonce(struct api *api, int64_t alert_id, char ret[VIEW_NONCE_SIZE])
{
    uint8_t proof[32], bytes[8];
    if (api->salt_count == 0) {
        random_fill(api->config.random, api->salts, sizeof api->salts);
        api->salt_count = API_SALTS;
    }
    const uint32_t salt = api->salts[--api->salt_count];
    view_prove(api, "nonce", alert_id, salt, proof);
    memcpy(bytes, &salt, 4);
    memcpy(bytes + 4, proof, 4);
    text_to_hex(bytes, sizeof bytes, ret);
}

bool view_check_nonce(const struct api *api, int64_t alert_id, const char *nonce,
                      uint64_t *ret)
{
    uint8_t bytes[8], proof[32];
    uint32_t salt;
    if (strlen(nonce) != VIEW_NONCE_SIZE - 1 || !text_from_hex(nonce, bytes, 8))
        return false;
    memcpy(&salt, bytes, 4);
    view_prove(api, "nonce", alert_id, salt, proof);
    if (CRYPTO_memcmp(bytes + 4, proof, 4) != 0)
        return false;
    memcpy(ret, bytes, sizeof *ret);
    if (*ret == 0)
        *ret = 1;
    return true;
}

uint64_t view_form(uint64_t nonce, enum loop_input_kind kind, int64_t outcome,
                   const char *text)
{
    const int64_t said[] = {kind, outcome};
    uint64_t form = hash_bytes(HASH_START ^ nonce, said, sizeof said);
    if (text != NULL)
        form = hash_bytes(form, text, strlen(text));
    return form == 0 ? 1 : form;
}

void view_make_cookie(const struct api *api, int64_t alert_id, uint64_t nonce,
                      char ret[VIEW_COOKIE_SIZE])
{
    uint32_t salt;
    uint8_t proof[32];
    memcpy(&salt, &nonce, sizeof salt);
    view_prove(api, "cookie", alert_id, salt, proof);
    text_to_hex(proof, 16, ret);
}

void view_check_word(const struct api *api, int64_t incident_id, char ret[8])
{
    uint8_t proof[32];
    view_prove(api, "word", incident_id, 0, proof);
    (void)snprintf(ret, 8, "%02u %02u", proof[0] % 100U, proof[1] % 100U);
}

/* ---- reading ---- */
/* Whether somebody waits for a sign of life. */
static bool is_called(const struct view *view)
{
    return view->roll_call || strcmp(view->assignment.state, "lost_contact") == 0;
}

/* Said not to have come: whether they may say that they are there all the same. */
static bool may_be_there(const struct view *view)
{
    return strcmp(view->alert.state, "accepted") == 0 && !view->is_elsewhere &&
           !out_has_word("closed, merged", view->incident->state);
}

/* Whether an answer that the state allows is of use now. */
static bool is_of_use(const struct view *view, const char *answer)
{
    if (strcmp(answer, "here") == 0)
        return is_called(view);
    if (strcmp(answer, "arrive") == 0 && strcmp(view->assignment.state, "no_show") == 0)
        return may_be_there(view);
    return true;
}

static void add_answers(struct view *view, const char *allowed, const char *const *words)
{
    for (uint32_t i = 0; words[i] != NULL; i++)
        if (out_has_word(allowed, words[i]) && view->answer_count < PAGE_ANSWERS_MAX &&
            is_of_use(view, words[i]))
            view->answers[view->answer_count++] = words[i];
}

void view_list_answers(struct view *view)
{
    static const char *const to_alert[] = {"accept", "limited", "decline", NULL};
    static const char *const to_the_end[] = {"decline", NULL};
    static const char *const to_assignment[] = {
        "depart",      "arrive", "work", "release", "withdraw",
        "turned_back", "report", "here", "sos",     NULL};
    enum alert_state alert;
    enum assignment_state assignment;
    struct text allowed;
    text_init(&allowed, 4096);
    if (view->assigned && assignment_state_parse(view->assignment.state, &assignment)) {
        if (view->is_wanted_again)
            view->answers[view->answer_count++] = "accept";
        loop_allowed_for_assignment(assignment, view->assignment.en_route_ms != 0,
                                    &allowed);
        add_answers(view, text_string(&allowed), to_assignment);
    } else if (alert_state_parse(view->alert.state, &alert)) {
        loop_allowed_for_alert(alert, &allowed);
        add_answers(view, text_string(&allowed), view->is_over ? to_the_end : to_alert);
    }
    text_release(&allowed);
}

static void name_skills(struct view *view, const struct skill_table *table)
{
    if (view->alert.line < 0 || (uint32_t)view->alert.line >= view->need->line_count)
        return;
    const char *codes = view->need->lines[view->alert.line].skills;
    char code[SKILL_CODE_MAX + 1];
    while (skill_next_code(&codes, code)) {
        const int32_t index = skill_find(table, code);
        for (int language = 0; language < 2 && index >= 0; language++) {
            char *names = view->skills[language];
            const size_t used = strlen(names);
            (void)snprintf(names + used, sizeof view->skills[0] - used, "%s%s",
                           used == 0       ? ""
                           : language == 0 ? "、"
                                           : ", ",
                           language == 0 ? table->skills[index].zh
                                         : table->skills[index].en);
        }
    }
}

/* The end of what people were asked for, as far as yeses go. */
static bool is_over(const struct view *view)
{
    return out_has_word("standing_down, review, closed, cancelled, merged",
                        view->incident->state) ||
           strcmp(view->need->state, "cancelled") == 0;
}

/* What the alert and the assignment say about the person's state. */
static void judge(struct view *view, const uint8_t device[32])
{
    view->is_bound_here =
        view->alert.is_bound &&
        (device == NULL || CRYPTO_memcmp(view->alert.device_hash, device, 32) == 0);
    view->needs_digits = view->alert.is_bound && !view->is_bound_here;
    /* A withdrawal is over: what counts is the alert, which a new yes may change. */
    view->assigned =
        view->has_assignment && strcmp(view->assignment.state, "withdrawn") != 0 &&
        (api_is_active(&view->assignment) || strcmp(view->alert.state, "accepted") == 0);
    (void)snprintf(view->state, sizeof view->state, "%s",
                   view->has_assignment ? view->assignment.state : view->alert.state);
}

/* Whether the call-out still takes a yes, by the rules of the loop. */
static bool takes_yes(const struct view *view, struct call *call)
{
    enum incident_state incident;
    enum need_state need;
    enum callout_state callout;
    char code[READ_CODE_SIZE];
    return read_state(call->api->db, STAGE_CALLOUT, view->alert.callout_id, code) == 0 &&
           incident_state_parse(view->incident->state, &incident) &&
           need_state_parse(view->need->state, &need) &&
           callout_state_parse(code, &callout) && loop_takes_yes(incident, callout, need);
}

/* Only the own line is looked at, though others might move so that another one comes
 * free. */
static bool has_free_seat(const struct view *view)
{
    const struct read_alert *alert = &view->alert;
    if (alert->line < 0 || (uint32_t)alert->line >= view->need->line_count)
        return false;
    const struct read_line *line = &view->need->lines[alert->line];
    return line->accepted + alert->count <= line->count + line->reserve;
}

/* Asked or expected somewhere else, or here by another alert. */
static bool is_committed(const struct view *view, struct call *call)
{
    return crowd_is_committed(call->api->config.crowd, view->alert.person_id,
                              view->incident->exercise);
}

/* Whether a new yes of somebody whose part was over wins a seat; nobody is called away
 * from somewhere else. */
static bool is_wanted_again(const struct view *view, struct call *call)
{
    const char *over =
        view->assigned ? "stood_down, turned_back, no_show" : "late, stood_down";
    return out_has_word(over, view->state) && has_free_seat(view) &&
           !is_committed(view, call) && takes_yes(view, call);
}

/* A later wave has asked the same person once more: that link takes their answer. */
static bool is_asked_anew(const struct view *view, struct call *call)
{
    struct query *query = db_query(
        call->api->db, "SELECT 1 FROM alert WHERE callout_id = ?1 AND id > ?2"
                       " AND person_id = ?3"
                       " AND state IN ('pending', 'limited', 'accepted') LIMIT 1");
    int64_t found;
    query_int(query, 1, view->alert.callout_id);
    query_int(query, 2, view->alert.id);
    query_int(query, 3, view->alert.person_id);
    return query_find_int(query, &found) == ST_OK;
}

/* What is said instead of the state's own sentence, where that one would not be so; NULL
 * = nothing. */
static const char *said_instead(const struct view *view, struct call *call)
{
    const char *state = view->state;
    const bool is_late = strcmp(state, "late") == 0;
    if (view->alert.said_no && out_has_word("late, void, stood_down", state) &&
        !view->assigned)
        return PAGE_NO_NOTED;
    if (view->is_wanted_again)
        return PAGE_WANTED_AGAIN;
    if (view->assigned && strcmp(state, "no_show") == 0 && may_be_there(view))
        return PAGE_NOT_MET;
    if (strcmp(state, "limited") == 0 && view->alert.asked_ms != 0 &&
        takes_yes(view, call))
        return PAGE_WANTED_NOW;
    if (out_has_word("void, late, stood_down", state) && is_committed(view, call) &&
        is_asked_anew(view, call))
        return PAGE_ASKED_ANEW;
    if ((strcmp(state, "void") == 0 || (is_late && has_free_seat(view))) &&
        is_committed(view, call) && takes_yes(view, call))
        return PAGE_ELSEWHERE;
    if (view->is_over && strcmp(state, "no_answer") == 0)
        return PAGE_CALLED_OFF;
    if (!out_has_word("filled, met", view->need->state) &&
        (strcmp(state, "stood_down") == 0 || (is_late && !takes_yes(view, call))))
        return PAGE_CALLED_OFF;
    return NULL;
}

static int load_rows(struct view *view, struct call *call, struct recent_asked *asked)
{
    const struct recent_callout *recent;
    const int status = recent_take(call->api, &view->alert, asked, &recent);
    if (status != 0)
        return status;
    view->incident = &recent->incident;
    view->need = &recent->need;
    return 0;
}

/* Two rounds of questions, those that follow from the id and those that follow from the
 * alert; one if it was seen before. */
static int load_answer(struct view *view, struct call *call, int64_t alert_id,
                       const uint8_t device[32], bool is_brief)
{
    struct db *db = call->api->db;
    *view = (struct view){.planner = call->api->config.planner, .is_brief = is_brief};
    struct recent_asked asked = {0};
    struct query *question = read_link_ask(db, alert_id), *assignment = NULL;
    if (!is_brief)
        recent_ask(call->api, alert_id, &asked);
    if (asked.callout_id != 0)
        assignment = read_assignment_of_alert(db, alert_id);
    struct read_link link;
    int status = read_link_take(question, &link);
    if (status == 0 && api_is_erased(call, link.alert.person_id))
        status = ST_NOT_FOUND; /* there is nobody to come any more */
    if (status != 0)
        return status;
    view->alert = link.alert;
    view->own_page_ended_ms = link.own_page_ended_ms;
    /* Nobody who never answered has an assignment. */
    if (assignment == NULL && view->alert.answered_ms != 0)
        assignment = read_assignment_of_alert(db, alert_id);
    if (!is_brief)
        status = load_rows(view, call, &asked);
    if (status != 0)
        return status;
    if (assignment != NULL)
        status = read_assignment_take(assignment, &view->assignment);
    if (status != 0 && status != ST_NOT_FOUND)
        return status;
    view->has_assignment = assignment != NULL && status == 0;
    if (link.was_looked_at &&
        looks_read(db, view->alert.person_id, view->looks, &view->look_count) != 0)
        view->look_count = 0;
    judge(view, device);
    return 0;
}

static int take_answer(struct view *view, struct call *call,
                       const struct loop_command *done, const uint8_t device[32])
{
    struct recent_asked asked;
    view->is_brief = false;
    read_alert_of(&done->alert, done->incident_id, &view->alert);
    view->has_assignment = done->assignment.id != 0;
    if (view->has_assignment)
        read_assignment_of(&done->assignment, &done->alert, done->incident_id,
                           &view->assignment);
    recent_ask(call->api, view->alert.id, &asked);
    const int status = load_rows(view, call, &asked);
    if (status == 0)
        judge(view, device);
    return status;
}

static void load_private(struct view *view, struct call *call)
{
    struct api *api = call->api;
    /* A report whose key is destroyed is shown as none. */
    if (view->has_assignment && view->assignment.reported_ms > 0 && !view->needs_digits &&
        text_read(api->db, api->config.vault, view->incident->id, TEXT_REPORT,
                  view->assignment.id, &view->report) != 0)
        view->report = NULL;
    if (view->needs_digits)
        view->look_count = 0;
    /* Not from a message of before: it is perhaps on the telephone that was lost. */
    if (view->is_bound_here && view->alert.alerted_ms > view->own_page_ended_ms)
        link_person_token(&api->link_key, view->alert.person_id, view->own_page_ended_ms,
                          view->own_page);
    if (!view->shows_address)
        return;
    if (requester_read(api->db, api->config.vault, view->incident->id,
                       &view->requester) != 0)
        view->requester.given = false;
    else
        view->requester.given = true;
    /* Who did not agree to be named is found by the address alone. */
    if (!view->requester.consent)
        view->requester.name[0] = view->requester.phone[0] = '\0';
    if (notes_read(api->db, api->config.vault, view->incident->id, view->need->id,
                   &view->notes) != 0)
        view->notes = (struct need_notes){0};
    if (strcmp(view->incident->kind, "household") == 0)
        view_check_word(api, view->incident->id, view->check_word);
}

/* What is shown of the answer that was read or taken over. */
static void fill(struct view *view, struct call *call)
{
    /* Only on the device that answered: after a yes on behalf no device has, and a mail
     * gateway that fetches the link must not see where to go; the first press binds. */
    view->shows_address =
        view->has_assignment && api_is_active(&view->assignment) && view->is_bound_here;
    view_make_nonce(call->api, view->alert.id, view->nonce);
    for (uint32_t i = 0; i < view->need->line_count; i++) {
        const struct read_line *line = &view->need->lines[i];
        if (line->accepted < line->count && (view->alert.lines_able >> i & 1) != 0)
            view->missing += line->count - line->accepted;
    }
    time_format_clock(view->need->deadline_ms, call->now_ms, view->by);
    view->is_past = view->need->deadline_ms < call->now_ms;
    (void)snprintf(view->area, sizeof view->area, "%s",
                   api_area_name(call->api, view->incident->area_id));
    name_skills(view, &call->api->skills);
    view->opened_by_browser =
        call->api->opened[view->alert.id % API_OPENED_MAX] == view->alert.id;
    view->roll_call = view->has_assignment &&
                      view->incident->roll_call_ms > view->assignment.here_ms &&
                      out_has_word("on_scene, working", view->assignment.state);
    view->is_elsewhere = strcmp(view->state, "no_show") == 0 && is_committed(view, call);
    view->is_wanted_again = is_wanted_again(view, call);
    view->is_over = is_over(view);
    view->said = said_instead(view, call);
    view_list_answers(view);
    load_private(view, call);
}

int view_load(struct view *view, struct call *call, int64_t alert_id,
              const uint8_t device[32])
{
    db_hold(call->api->db);
    const int status = load_answer(view, call, alert_id, device, false);
    if (status == 0)
        fill(view, call);
    db_let_go(call->api->db);
    return status;
}

int view_load_brief(struct view *view, struct call *call, int64_t alert_id,
                    const uint8_t device[32])
{
    /* Most have one question to ask, which is a transaction of its own. */
    return load_answer(view, call, alert_id, device, true);
}

int view_load_after(struct view *view, struct call *call, const struct view *before,
                    const struct loop_command *done, const uint8_t device[32])
{
    *view = *before;
    db_hold(call->api->db);
    const int status = take_answer(view, call, done, device);
    if (status == 0)
        fill(view, call);
    db_let_go(call->api->db);
    return status;
}

void view_release(struct view *view)
{
    mem_free(view->report);
    view->report = NULL;
}

/* ---- writing ---- */
static void write_private(const struct view *view, struct text *ret)
{
    if (view->shows_address) {
        out_open(ret, "address", '{');
        char degrees[64];
        (void)snprintf(degrees, sizeof degrees, "%.7f", point_lat(view->need->at));
        out_raw(ret, "lat", degrees);
        (void)snprintf(degrees, sizeof degrees, "%.7f", point_lon(view->need->at));
        out_raw(ret, "lon", degrees);
        if (view->requester.given)
            out_text_if(ret, "text", view->requester.address);
        out_close(ret, '}');
        out_text_if(ret, "place", view->notes.place);
        out_text_if(ret, "contact", view->notes.contact);
        out_text_if(ret, "warning", view->notes.warning);
        if (view->requester.given && view->requester.consent) {
            out_open(ret, "requester", '{');
            out_text_if(ret, "name", view->requester.name);
            out_text_if(ret, "phone", view->requester.phone);
            out_close(ret, '}');
        }
    }
    out_text_if(ret, "check_word", view->check_word);
    out_text_if(ret, "report", view->report);
    out_open(ret, "looked", '[');
    for (uint32_t i = 0; i < view->look_count; i++) {
        out_open(ret, NULL, '{');
        out_text(ret, "account", view->looks[i].account);
        out_time_if(ret, "at", view->looks[i].at_ms);
        out_close(ret, '}');
    }
    out_close(ret, ']');
    out_text_if(ret, "own_page", view->own_page);
    if (view->is_bound_here) /* a mail gateway that fetches the link must not see it */
        history_write(view->planner, view->alert.person_id, ret);
}

/* Raised, and no dispatcher has said "I am on it" since. */
static bool has_open_alarm(const struct view *view)
{
    return view->has_assignment && view->assignment.sos_ms > 0 &&
           view->assignment.sos_acknowledged_ms < view->assignment.sos_ms;
}

const char *view_sentence(const struct view *view, enum page_language language)
{
    return view->said != NULL
               ? page_sentence(view->said, true, language)
               : page_sentence(view->state, view->has_assignment, language);
}

void view_write_json(const struct view *view, struct text *ret)
{
    out_open(ret, NULL, '{');
    out_text(ret, "state", view->state);
    out_text(ret, "nonce", view->nonce);
    out_open(ret, "answers", '[');
    for (uint32_t i = 0; i < view->answer_count; i++)
        out_text(ret, NULL, view->answers[i]);
    out_close(ret, ']');
    out_bool(ret, "exercise", view->incident->exercise);
    out_text(ret, "kind", view->incident->kind);
    out_text(ret, "area", view->area);
    if (view->alert.travel_ms < LOOP_NO_WAY_MS)
        out_int(ret, "seconds", view->alert.travel_ms / 1000);
    out_int(ret, "missing", view->missing);
    out_time_if(ret, "by", view->need->deadline_ms);
    out_bool(ret, "needs_digits", view->needs_digits);
    out_bool(ret, "opened_by_browser", view->opened_by_browser);
    out_bool(ret, "roll_call", view->roll_call);
    out_bool(ret, "sos", has_open_alarm(view));
    write_private(view, ret);
    if (strcmp(view->alert.state, "limited") == 0)
        out_int(ret, "ready_in_minutes", view->alert.ready_in_minutes);
    if (view->has_assignment)
        out_text_if(ret, "outcome", view->assignment.outcome);
    out_open(ret, "sentence", '{');
    out_text(ret, "zh", view_sentence(view, PAGE_ZH));
    out_text(ret, "en", view_sentence(view, PAGE_EN));
    out_close(ret, '}');
    out_close(ret, '}');
}

static const char *filled(const char *text)
{
    return text == NULL || *text == '\0' ? NULL : text;
}

static bool offers(const struct view *view, const char *answer)
{
    for (uint32_t i = 0; i < view->answer_count; i++)
        if (strcmp(view->answers[i], answer) == 0)
            return true;
    return false;
}

static void fill_looks(const struct view *view, struct page_data *ret)
{
    for (uint32_t i = 0; i < view->look_count; i++) {
        struct time_local local;
        time_to_local(view->looks[i].at_ms, &local);
        (void)snprintf(ret->looks[i].at, sizeof ret->looks[i].at,
                       "%d-%02d-%02d %02d:%02d", local.year, local.month, local.day,
                       local.minute / 60, local.minute % 60);
        ret->looks[i].account = view->looks[i].account;
    }
}

void view_write_page(const struct view *view, const struct call *call,
                     enum page_notice notice, enum page_language language,
                     struct text *ret)
{
    const struct requester *requester = &view->requester;
    int32_t brings = 1;
    if (offers(view, "accept") &&
        teams_brought_by(call->api->db, view->alert.person_id, &brings) != 0)
        brings = 1; /* nobody is asked for a number */
    struct page_data data = {
        .duty_phone = call->api->settings.duty_phone,
        .token = call->word,
        .state = view->state,
        .assigned = view->has_assignment,
        .nonce = view->nonce,
        .answers = view->answers,
        .answer_count = view->answer_count,
        .exercise = view->incident->exercise,
        .kind = view->incident->kind,
        .area = view->area,
        .skills = {filled(view->skills[0]), filled(view->skills[1])},
        .seconds = view->alert.travel_ms < LOOP_NO_WAY_MS
                       ? (int32_t)(view->alert.travel_ms / 1000)
                       : -1,
        .missing = view->missing,
        .brings = brings,
        .count = view->has_assignment ? view->assignment.count : 1,
        .said = view->said,
        .by = view->by,
        .is_past = view->is_past,
        .needs_digits = view->needs_digits,
        .opened_by_browser = view->is_bound_here,
        .has_address = view->shows_address,
        .lat = view->shows_address ? point_lat(view->need->at) : 0,
        .lon = view->shows_address ? point_lon(view->need->at) : 0,
        .address = requester->given ? filled(requester->address) : NULL,
        .place = filled(view->notes.place),
        .requester_name = requester->given ? filled(requester->name) : NULL,
        .requester_phone = requester->given ? filled(requester->phone) : NULL,
        .contact = filled(view->notes.contact),
        .warning = filled(view->notes.warning),
        .check_word = filled(view->check_word),
        .ready_in_minutes = view->alert.ready_in_minutes,
        .outcome = view->has_assignment ? filled(view->assignment.outcome) : NULL,
        .report = view->report,
        .minutes_credited = view->has_assignment ? view->assignment.minutes_credited : 0,
        .roll_call = view->roll_call,
        .sos = has_open_alarm(view),
        .sos_seen =
            view->has_assignment && view->assignment.sos_ms > 0 && !has_open_alarm(view),
        .notice = notice,
        .own_page = filled(view->own_page),
        .look_count = view->look_count,
    };
    fill_looks(view, &data);
    struct text history;
    text_init(&history, HISTORY_MAX);
    if (view->is_bound_here)
        history_sentence(view->planner, view->alert.person_id, view->incident->exercise,
                         language == PAGE_EN, &history);
    data.history = filled(text_string(&history));
    page_render(&data, language, ret);
    text_release(&history);
}
