/* SPDX-License-Identifier: Apache-2.0 */
/* The same deeds as requests to the HTTP interface, byte for byte as a browser, a script
 * or a telephone would send them; the whole of api/ runs, only the socket is missing. A
 * volunteer first gets the page behind the link and then sends its form, with its nonce
 * and the device's cookie; a request sent again is the same bytes. */
#include "sim/sim_internal.h"

#include "api/api.h"
#include "api/internal.h"
#include "api/view.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "channel/format.h"
#include "http/local.h"
#include "store/db.h"
#include "store/link.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_MAX 8192
#define CHANGES_KEPT 256 /* so few that some must look anew */
#define COOKIE "muster-link="
#define GATEWAY_SECRET "a simulated secret"
#define TEXTS_ONE_OF 5 /* so many people have a telephone without pages */

struct exchange {
    struct sim *sim;
    struct deed deed;
    int64_t alert_id; /* of a form */
    bool is_first;    /* nobody had answered, and no other form was under way */
    bool is_text;     /* it was written back to a text message */
};

/* ---- the server -----------------------------------------------------------------------
 */

int web_boot(struct sim *sim)
{
    config_default(&sim->config);
    const struct api_config api = {.dir = sim->dir,
                                   .db_path = sim->db_path,
                                   .writer = sim->writer,
                                   .vault = sim->vault,
                                   .crowd = sim->crowd,
                                   .road = sim->road,
                                   .planner = sim->planner,
                                   .closures = sim->closures,
                                   .clock = &sim->clock.super,
                                   .random = &sim->server.super,
                                   .config = &sim->config,
                                   .version = "simulated",
                                   .gateway_secret = GATEWAY_SECRET,
                                   .changes_kept = CHANGES_KEPT};
    int status = api_new(&sim->api, &api, sim->reterr);
    if (status == ST_OK)
        status = http_local_new(&sim->http, &sim->clock.super, api_handle, sim->api);
    if (status == ST_OK)
        api_serve(sim->api, sim->http);
    return status;
}

void web_turn(struct sim *sim)
{
    if (sim->http != NULL)
        http_local_turn(sim->http);
}

void web_end(struct sim *sim)
{
    if (sim->api != NULL)
        api_stop(sim->api);
    http_server_free(sim->http);
    sim->http = NULL;
    sim->watcher.is_on = false;
    /* The writer's `done` calls may still come: api goes after it. */
}

void web_drop(struct sim *sim)
{
    api_free(sim->api);
    sim->api = NULL;
}

/* ---- requests as bytes ----------------------------------------------------------------
 */

static const char *token_of(const struct sim *sim, int64_t account)
{
    for (int i = 0; i < SIM_STAFF; i++)
        if (sim->staff[i].id == account)
            return sim->staff[i].token;
    return "";
}

static void write_request(const struct sim *sim, const struct deed *deed,
                          const char *path, const struct text *body, struct text *ret)
{
    bool forgets = deed->again && sim->options->plant == SIM_PLANT_KEY_FORGOTTEN;
    text_init(ret, REQUEST_MAX);
    text_appendf(ret,
                 "%s %s HTTP/1.1\r\nHost: muster.example\r\n"
                 "Accept: application/json\r\n%s"
                 "Authorization: Bearer %s\r\n",
                 deed->kind == DEED_OPEN || deed->kind == DEED_ALL_CLEAR ? "DELETE"
                                                                         : "POST",
                 path, body->size == 0 ? "" : "Content-Type: application/json\r\n",
                 token_of(sim, deed->input.actor));
    if (deed->key[0] != '\0' && !forgets)
        text_appendf(ret, "Idempotency-Key: %s\r\n", deed->key);
    text_appendf(ret, "Content-Length: %zu\r\n\r\n%s", body->size, text_string(body));
    if (body->status != ST_OK)
        ret->status = body->status;
}

static void write_point(struct text *body, struct point at)
{
    text_appendf(body, "\"at\":{\"lat\":%.7f,\"lon\":%.7f}", at.lat_e7 * 1e-7,
                 at.lon_e7 * 1e-7);
}

static void write_report(const struct deed *deed, struct text *path, struct text *body)
{
    text_append_string(path, "/api/v1/incidents");
    text_append_string(body, "{\"kind\":\"flood\",\"title\":\"Water in the cellar\",");
    write_point(body, deed->at);
    text_appendf(body,
                 ",\"exercise\":%s,\"requester\":{\"name\":\"Zhang San\","
                 "\"phone\":\"10000000000\",\"address\":\"5\",\"consent\":true}}",
                 deed->exercise ? "true" : "false");
}

static void write_need(const struct sim *sim, const struct deed *deed, struct text *path,
                       struct text *body)
{
    const struct need *need = &deed->need;
    int32_t more = sim->options->plant == SIM_PLANT_SEAT_OVER ? 1 : 0;
    char by[TIME_TEXT_SIZE];
    time_format(need->deadline_ms, by);
    text_appendf(path, "/api/v1/incidents/%lld/needs", (long long)deed->id);
    text_append_string(body, "{");
    write_point(body, need->at);
    text_appendf(body, ",\"by\":\"%s\",\"target\":%.2f,\"lines\":[", by, need->target);
    for (int32_t i = 0; i < need->line_count; i++)
        text_appendf(body, "%s{\"skills\":[%s],\"count\":%d}", i == 0 ? "" : ",",
                     i == 0 ? "" : "\"first-aid\"",
                     need->lines[i].count + (i == 0 ? more : 0));
    text_append_string(body, "],\"reserve\":");
    if (need->reserve < 0)
        text_append_string(body, "\"auto\"}");
    else
        text_appendf(body, "%d}", need->reserve);
}

static void write_callout(const struct deed *deed, struct text *path, struct text *body)
{
    text_appendf(path, "/api/v1/needs/%lld/callouts", (long long)deed->id);
    if (deed->input.lift == 0)
        text_append_string(body, "{}");
    else
        text_appendf(body, "{\"lift\":[\"quiet\",\"cap\"],\"reason\":\"%s\"}",
                     deed->input.reason);
}

static void write_word(const struct deed *deed, const char *rows, struct text *path,
                       struct text *body)
{
    text_appendf(path, "/api/v1/%s/%lld/steps", rows, (long long)deed->id);
    text_appendf(body, "{\"step\":\"%s\",\"reason\":\"simulated\"",
                 loop_input_code(deed->input.kind));
    if (deed->input.kind == LOOP_MERGE)
        text_appendf(body, ",\"into\":%lld", (long long)deed->input.number);
    text_append_string(body, "}");
}

static void write_next_wave(const struct deed *deed, struct text *path, struct text *body)
{
    text_appendf(path, "/api/v1/callouts/%lld/steps", (long long)deed->id);
    text_append_string(body, "{\"step\":\"next_wave\"}");
}

static void write_notes(const struct deed *deed, struct text *path, struct text *body)
{
    const struct loop_notes *notes = deed->input.notes;
    text_appendf(path, "/api/v1/needs/%lld/notes", (long long)deed->id);
    out_open(body, NULL, '{');
    if (notes->place != NULL)
        out_text(body, "place", notes->place);
    if (notes->contact != NULL)
        out_text(body, "contact", notes->contact);
    if (notes->warning != NULL)
        out_text(body, "warning", notes->warning);
    out_close(body, '}');
}

static bool write_assignment(const struct deed *deed, struct text *path,
                             struct text *body)
{
    const struct loop_input *input = &deed->input;
    const char *what = NULL;
    if (input->kind >= LOOP_DEPART && input->kind <= LOOP_FOUND) {
        write_word(deed, "assignments", path, body);
        return true;
    }
    if (input->kind == LOOP_REPORTED) {
        what = "reports";
        text_append_string(body, "{\"text\":\"All went well\",\"outcome\":\"done\"}");
    } else if (input->kind == LOOP_VERIFY) {
        what = "verifications";
        text_appendf(body, "{\"ok\":%s,\"reason\":\"simulated\"",
                     input->yes ? "true" : "false");
        if (input->number >= 0)
            text_appendf(body, ",\"minutes\":%lld", (long long)input->number);
        text_append_string(body, "}");
    } else if (input->kind == LOOP_SOS_ACKNOWLEDGE) {
        what = "alarms";
        text_append_string(body, "{\"step\":\"acknowledge\"}");
    }
    if (what != NULL)
        text_appendf(path, "/api/v1/assignments/%lld/%s", (long long)deed->id, what);
    return what != NULL;
}

static bool write_incident(const struct sim *sim, const struct deed *deed,
                           struct text *path, struct text *body)
{
    enum loop_input_kind kind = deed->input.kind;
    if (kind == LOOP_NEED) {
        write_need(sim, deed, path, body);
    } else if (kind == LOOP_ROLL_CALL) {
        text_appendf(path, "/api/v1/incidents/%lld/roll-calls", (long long)deed->id);
        text_append_string(body, "{}");
    } else if (kind >= LOOP_CONFIRM && kind <= LOOP_MERGE) {
        write_word(deed, "incidents", path, body);
    } else {
        return false;
    }
    return true;
}

/* What the staff does; false if the interface has no such request. */
static bool write_deed(const struct sim *sim, const struct deed *deed, struct text *path,
                       struct text *body)
{
    enum loop_input_kind kind = deed->input.kind;
    if (office_write(sim, deed, path, body))
        return true;
    if (deed->kind == DEED_REPORT)
        write_report(deed, path, body);
    else if (deed->kind == DEED_CALLOUT)
        write_callout(deed, path, body);
    else if (deed->kind == DEED_NEXT_WAVE)
        write_next_wave(deed, path, body);
    else if (deed->stage == STAGE_INCIDENT)
        return write_incident(sim, deed, path, body);
    else if (deed->stage == STAGE_NEED &&
             (kind == LOOP_NEED_CANCEL || kind == LOOP_NEED_REOPEN))
        write_word(deed, "needs", path, body);
    else if (kind == LOOP_NEED_NOTES && deed->input.notes != NULL)
        write_notes(deed, path, body);
    else if (deed->stage == STAGE_CALLOUT &&
             (kind == LOOP_CALLOUT_STAND_DOWN || kind == LOOP_CALLOUT_RESUME))
        write_word(deed, "callouts", path, body);
    else
        return deed->stage == STAGE_ASSIGNMENT && write_assignment(deed, path, body);
    return true;
}

/* ---- answers --------------------------------------------------------------------------
 */

/* The device of a person's alert; made when first asked for. NULL: no memory. */
static struct device *device_of(struct sim *sim, int64_t alert_id)
{
    for (uint32_t i = sim->device_count; i > 0; i--)
        if (sim->devices[i - 1].alert_id == alert_id)
            return &sim->devices[i - 1];
    if (mem_grow(&sim->devices, &sim->device_capacity, sim->device_count + 1,
                 sizeof *sim->devices, SIM_LOG_MAX) != ST_OK)
        return NULL;
    sim->devices[sim->device_count] = (struct device){.alert_id = alert_id};
    return &sim->devices[sim->device_count++];
}

static int64_t int_of(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

/* The one number that SQL finds for ID, or 0. */
static int64_t look_up(struct sim *sim, const char *sql, int64_t id)
{
    struct query *query = db_query(writer_db(sim->writer), sql);
    query_int(query, 1, id);
    int64_t found = query_step(query) == 1 ? query_get_int(query, 0) : 0;
    query_reset(query);
    return found;
}

/* Who has got a seat by this answer sets out. */
static void follow(struct exchange *exchange, struct device *device, const char *state)
{
    struct sim *sim = exchange->sim;
    if (exchange->deed.input.kind != LOOP_ACCEPT || device->follows || state == NULL ||
        strcmp(state, "assigned") != 0)
        return;
    device->follows = true;
    act_follow_up(sim,
                  look_up(sim,
                          "SELECT id FROM assignment WHERE alert_id = ?1 AND"
                          " incident_id = (SELECT incident_id FROM alert WHERE id = ?1)",
                          exchange->alert_id),
                  -exchange->deed.input.actor);
}

static void text_acknowledged(struct exchange *exchange, const json_t *json)
{
    struct sim *sim = exchange->sim;
    const struct deed *deed = &exchange->deed;
    struct device *device = device_of(sim, exchange->alert_id);
    const char *said = json_string_value(json_object_get(json, "say"));
    if (said == NULL || *said == '\0')
        sim_violate(sim, "who writes gets a sentence", "alert %lld",
                    (long long)exchange->alert_id);
    if (device == NULL || !json_is_true(json_object_get(json, "taken")))
        return;
    sim->result->texts++;
    sim->result->replies += deed->stage == STAGE_ALERT;
    act_promise(sim,
                &(struct promise){PROMISE_TEXT, exchange->alert_id, deed->input.nonce});
    follow(exchange, device, json_string_value(json_object_get(json, "state")));
}

static void form_acknowledged(struct exchange *exchange, const json_t *json,
                              const char *headers)
{
    struct sim *sim = exchange->sim;
    const struct deed *deed = &exchange->deed;
    struct device *device = device_of(sim, exchange->alert_id);
    const char *cookie = strstr(headers, COOKIE);
    const char *state = json_string_value(json_object_get(json, "state"));
    uint64_t nonce;
    if (device == NULL)
        return;
    if (cookie != NULL)
        (void)snprintf(device->cookie, sizeof device->cookie, "%.*s",
                       (int)strcspn(cookie + strlen(COOKIE), ";"),
                       cookie + strlen(COOKIE));
    /* A yes said twice leaves no second trace: a first answer is what is promised. */
    if (exchange->is_first && deed->stage == STAGE_ALERT &&
        deed->input.kind != LOOP_SEEN &&
        view_check_nonce(sim->api, exchange->alert_id, deed->nonce_text, &nonce))
        act_promise_form(sim, exchange->alert_id,
                         view_form(nonce, deed->input.kind, 0, NULL));
    if (deed->stage == STAGE_ALERT)
        sim->result->replies += deed->input.kind != LOOP_SEEN;
    follow(exchange, device, state);
}

static void wave_acknowledged(struct sim *sim, const struct deed *deed, int64_t waves)
{
    sim->result->next_waves++;
    act_promise(sim, &(struct promise){PROMISE_WAVE, deed->id, (uint64_t)waves});
}

static void acknowledged(struct exchange *exchange, const struct http_local_answer *heard)
{
    struct sim *sim = exchange->sim;
    const struct deed *deed = &exchange->deed;
    json_t *json = json_loadb(heard->body, heard->size, 0, NULL);
    if (deed->kind >= DEED_RESPONSE)
        office_acknowledged(sim, deed, int_of(json, "id"));
    else if (json == NULL)
        sim_violate(sim, "an answer is JSON", "status %d", heard->status);
    else if (exchange->is_text)
        text_acknowledged(exchange, json);
    else if (exchange->alert_id != 0)
        form_acknowledged(exchange, json, heard->headers);
    else if (deed->kind == DEED_REPORT)
        act_incident_made(sim, int_of(json, "id"));
    else if (deed->kind == DEED_NEXT_WAVE)
        wave_acknowledged(sim, deed, int_of(json, "waves"));
    else if (deed->input.kind == LOOP_NEED && deed->kind == DEED_STEP)
        act_need_made(sim, deed, int_of(json, "id"));
    else if (deed->input.kind == LOOP_MERGE)
        sim->result->merges++;
    else if (deed->input.kind == LOOP_STAND_DOWN ||
             deed->input.kind == LOOP_CALLOUT_STAND_DOWN)
        sim->result->stand_downs++;
    json_decref(json);
}

static void on_answer(void *context, const struct http_local_answer *answer)
{
    struct exchange *exchange = context;
    struct sim *sim = exchange->sim;
    uint64_t left = mem_fail_hold();
    if (answer->status != 0)
        act_count_answer(sim);
    bool heard = answer->status != 0 && act_is_heard(sim);
    if (exchange->alert_id != 0)
        device_of(sim, exchange->alert_id)->under_way--;
    if (heard && answer->status < 300)
        acknowledged(exchange, answer);
    else if (heard && answer->status < 500)
        sim->result->refused++;
    else
        act_again(sim, &exchange->deed);
    mem_free(exchange);
    mem_fail_at(left);
}

/* ---- sending --------------------------------------------------------------------------
 */

static bool send_bytes(const struct exchange *like, struct text *text)
{
    struct sim *sim = like->sim;
    struct exchange *exchange = mem_calloc(1, sizeof *exchange);
    int status = exchange == NULL ? ST_NO_MEMORY : text->status;
    if (status == ST_OK) {
        *exchange = *like;
        strike_memory_begin(sim);
        status = http_local_send(sim->http, text->data, text->size, on_answer, exchange);
        strike_memory_end(sim);
    }
    if (status == ST_NO_MEMORY && exchange != NULL) {
        on_answer(exchange, &(struct http_local_answer){.status = 0});
    } else if (status != ST_OK) {
        sim_violate(sim, "a request is well-formed", "%s", status_text(status));
        mem_free(exchange);
    }
    text_release(text);
    sim->result->commands++;
    return true;
}

static bool send_deed(struct sim *sim, const struct deed *deed)
{
    struct text path, body, text;
    text_init(&path, 256);
    text_init(&body, REQUEST_MAX);
    bool can = write_deed(sim, deed, &path, &body);
    if (can)
        write_request(sim, deed, text_string(&path), &body, &text);
    text_release(&path);
    text_release(&body);
    return can && send_bytes(&(struct exchange){.sim = sim, .deed = *deed}, &text);
}

/* ---- the volunteer's page -------------------------------------------------------------
 */

struct page {
    char nonce[SIM_NONCE_SIZE], state[READ_CODE_SIZE];
    bool is_there, needs_digits;
};

static void on_page(void *context, const struct http_local_answer *answer)
{
    struct page *page = context;
    json_t *json =
        answer->status == 200 ? json_loadb(answer->body, answer->size, 0, NULL) : NULL;
    const char *nonce = json_string_value(json_object_get(json, "nonce"));
    const char *state = json_string_value(json_object_get(json, "state"));
    page->is_there = nonce != NULL;
    page->needs_digits = json_is_true(json_object_get(json, "needs_digits"));
    if (nonce != NULL)
        (void)snprintf(page->nonce, sizeof page->nonce, "%s", nonce);
    if (state != NULL)
        (void)snprintf(page->state, sizeof page->state, "%s", state);
    json_decref(json);
}

static void write_cookie(const struct device *device, struct text *text)
{
    if (device->cookie[0] != '\0')
        text_appendf(text, "Cookie: " COOKIE "%s\r\n", device->cookie);
}

static bool get_page(struct sim *sim, const char *token, const struct device *device,
                     struct page *ret)
{
    struct text text;
    *ret = (struct page){.is_there = false};
    text_init(&text, REQUEST_MAX);
    text_appendf(&text,
                 "GET /r/%s HTTP/1.1\r\nHost: muster.example\r\n"
                 "Accept: application/json\r\n",
                 token);
    write_cookie(device, &text);
    text_append_string(&text, "\r\n");
    if (text.status == ST_OK &&
        http_local_send(sim->http, text.data, text.size, on_page, ret) != ST_OK)
        sim_violate(sim, "a request is well-formed", "the page of a link");
    text_release(&text);
    return ret->is_there;
}

static void write_form(const struct deed *deed, const char *digits, struct text *body)
{
    text_appendf(body, "{\"nonce\":\"%s\",\"answer\":\"%s\"", deed->nonce_text,
                 deed->input.kind == LOOP_REPORTED ? "report"
                                                   : loop_input_code(deed->input.kind));
    if (deed->input.kind == LOOP_LIMITED)
        text_appendf(body, ",\"ready_in_minutes\":%lld", (long long)deed->input.number);
    if (deed->input.kind == LOOP_REPORTED)
        text_append_string(body, ",\"text\":\"All went well\",\"outcome\":\"partly\"");
    if (deed->input.kind == LOOP_ACCEPT && deed->id % 3 == 0)
        text_append_string(body, ",\"from\":\"home\"");
    if (digits[0] != '\0')
        text_appendf(body, ",\"digits\":\"%s\"", digits);
    text_append_string(body, "}");
}

static int64_t alert_of(struct sim *sim, const struct deed *deed)
{
    return deed->stage == STAGE_ALERT
               ? deed->id
               : look_up(sim, "SELECT alert_id FROM assignment WHERE id = ?1", deed->id);
}

/* The nonce stays with the deed, so that a form sent again is the same. */
static bool send_form(struct sim *sim, struct deed *deed)
{
    char token[LINK_TOKEN_SIZE], digits[8] = "";
    struct link_key key;
    struct page page;
    struct text body, text;
    int64_t alert_id = alert_of(sim, deed);
    struct device *device = device_of(sim, alert_id);
    if (alert_id == 0 || device == NULL)
        return false;
    link_key_init(&key, sim->vault);
    link_token(&key, alert_id, token);
    link_key_release(&key);
    if (!get_page(sim, token, device, &page))
        return act_is_heard(sim) ? false : (act_again(sim, deed), true);
    if (deed->nonce_text[0] == '\0' ||
        (deed->again && sim->options->plant == SIM_PLANT_NONCE_FORGOTTEN))
        memcpy(deed->nonce_text, page.nonce, sizeof deed->nonce_text);
    if (page.needs_digits)
        act_digits(sim, -deed->input.actor, digits);
    text_init(&body, REQUEST_MAX);
    write_form(deed, digits, &body);
    text_init(&text, REQUEST_MAX);
    text_appendf(&text,
                 "POST /r/%s HTTP/1.1\r\nHost: muster.example\r\n"
                 "Accept: application/json\r\nContent-Type: application/json\r\n",
                 token);
    write_cookie(device, &text);
    text_appendf(&text, "Content-Length: %zu\r\n\r\n%s", body.size, text_string(&body));
    text_release(&body);
    struct exchange exchange = {.sim = sim, .deed = *deed, .alert_id = alert_id};
    exchange.is_first =
        device->under_way++ == 0 &&
        (strcmp(page.state, "pending") == 0 || strcmp(page.state, "no_answer") == 0);
    return send_bytes(&exchange, &text);
}

/* ---- text messages --------------------------------------------------------------------
 */

/* What is written for this answer; NULL: it needs the page. */
static const char *key_of(enum loop_input_kind kind)
{
    switch (kind) {
    case LOOP_ACCEPT:
    case LOOP_HERE:
        return "1";
    case LOOP_DECLINE:
    case LOOP_WITHDRAW:
        return "2";
    case LOOP_LIMITED:
        return "3";
    case LOOP_DEPART:
        return "4";
    case LOOP_ARRIVE:
        return "5";
    case LOOP_RELEASE:
        return "6";
    case LOOP_SOS:
        return "9";
    default:
        return NULL;
    }
}

static bool writes_texts(const struct sim *sim, const struct deed *deed)
{
    char digits[8] = "";
    act_digits(sim, -deed->input.actor, digits);
    return key_of(deed->input.kind) != NULL &&
           strtol(digits, NULL, 10) % TEXTS_ONE_OF == TEXTS_ONE_OF - 1;
}

void sim_text_key(uint64_t nonce, char ret[SIM_TEXT_KEY_SIZE])
{
    (void)snprintf(ret, SIM_TEXT_KEY_SIZE, "text-%llu", (unsigned long long)nonce);
}

/* With the code, as somebody does who was asked twice. */
static bool write_text(struct sim *sim, const struct deed *deed, int64_t alert_id,
                       struct text *body)
{
    char digits[8] = "";
    act_digits(sim, -deed->input.actor, digits);
    struct query *query =
        db_query(writer_db(sim->writer), "SELECT reply_code FROM alert WHERE id = ?1");
    query_int(query, 1, alert_id);
    const bool found = query_step(query) == 1;
    if (found)
        text_appendf(body, "{\"from\":\"1000000%s\",\"text\":\"%s %s", digits,
                     query_get_text(query, 0), key_of(deed->input.kind));
    query_reset(query);
    if (deed->input.kind == LOOP_LIMITED)
        text_appendf(body, " %lld", (long long)deed->input.number);
    text_append_string(body, "\"}");
    return found;
}

/* As the gateway posts it, signed and under the gateway's own key. */
static bool send_text(struct sim *sim, const struct deed *deed)
{
    char stamp[24], signature[FORMAT_SIGNATURE_SIZE], key[SIM_TEXT_KEY_SIZE];
    struct text body, text;
    const int64_t alert_id = alert_of(sim, deed);
    struct device *device = device_of(sim, alert_id);
    text_init(&body, REQUEST_MAX);
    const bool can =
        alert_id != 0 && device != NULL && write_text(sim, deed, alert_id, &body);
    (void)snprintf(stamp, sizeof stamp, "%lld", (long long)(sim->clock.now_ms / 1000));
    sim_text_key(deed->input.nonce, key);
    if (can &&
        format_sign(GATEWAY_SECRET, stamp, text_string(&body), body.size, signature)) {
        text_init(&text, REQUEST_MAX);
        text_appendf(&text,
                     "POST /api/v1/gateway/replies HTTP/1.1\r\nHost: muster.example\r\n"
                     "Accept: application/json\r\nContent-Type: application/json\r\n"
                     "X-Muster-Timestamp: %s\r\nX-Muster-Signature: sha256=%s\r\n"
                     "Idempotency-Key: %s\r\nContent-Length: %zu\r\n\r\n%s",
                     stamp, signature, key, body.size, text_string(&body));
        device->under_way++;
        (void)send_bytes(
            &(struct exchange){
                .sim = sim, .deed = *deed, .alert_id = alert_id, .is_text = true},
            &text);
    }
    text_release(&body);
    return can;
}

bool web_send(struct sim *sim, struct deed *deed)
{
    /* The planted bug is a seam of the writer's commands. */
    if (sim->http == NULL || sim->options->plant == SIM_PLANT_ACK_BEFORE_COMMIT)
        return false;
    bool has_form = deed->input.actor < 0 && deed->kind == DEED_STEP;
    if (has_form && writes_texts(sim, deed))
        return send_text(sim, deed);
    return has_form ? send_form(sim, deed) : send_deed(sim, deed);
}
