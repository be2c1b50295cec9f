/* SPDX-License-Identifier: Apache-2.0 */
/* What the telephone gateway posts here (docs/formats/gateway.md): what people wrote back
 * or pressed, and what became of messages. It signs as we sign what we post to it. A
 * person always gets a sentence back, so what they wrote is never an HTTP error: that is
 * for the gateway. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/schemas.h"
#include "api/view.h"
#include "channel/answer_text.h"
#include "channel/format.h"
#include "store/idempotency.h"
#include "store/outbox.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAMP_AGE_MAX_S 300
#define ANSWERS_PER_MINUTE 30
#define SAID_MAX 600
#define SIGNATURE_BEGIN "sha256="

/* ---- who posts ---- */
static bool is_signed(const struct call *call, const char *stamp, const char *signature)
{
    char expected[FORMAT_SIGNATURE_SIZE];
    size_t size;
    const char *body = http_body(call->request, &size);
    const size_t begin = strlen(SIGNATURE_BEGIN);
    return strlen(signature) == begin + FORMAT_SIGNATURE_SIZE - 1 &&
           strncmp(signature, SIGNATURE_BEGIN, begin) == 0 &&
           format_sign(call->api->config.gateway_secret, stamp, body, size, expected) &&
           CRYPTO_memcmp(signature + begin, expected, FORMAT_SIGNATURE_SIZE - 1) == 0;
}

/* False after a refusal. */
static bool check_gateway(struct call *call)
{
    const char *stamp = http_header(call->request, "X-Muster-Timestamp");
    const char *signature = http_header(call->request, "X-Muster-Signature");
    int64_t stamp_s;
    if (call->api->config.gateway_secret == NULL) {
        call_error(call, 404, "no telephone gateway is configured: gateway_secret_file");
        return false;
    }
    if (stamp == NULL || signature == NULL || !is_signed(call, stamp, signature)) {
        call_error(call, 403,
                   "X-Muster-Timestamp or X-Muster-Signature is missing or "
                   "does not fit the body");
        return false;
    }
    if (!text_to_int64(stamp, 0, INT64_MAX / 1000, &stamp_s) ||
        llabs(call->now_ms / 1000 - stamp_s) > STAMP_AGE_MAX_S) {
        call_error(call, 403, "X-Muster-Timestamp is more than %d s from the clock here",
                   STAMP_AGE_MAX_S);
        return false;
    }
    return true;
}

/* ---- what people write ---- */
enum said {
    PASSED_ON,
    PASSED_ON_ASKED,
    NO_MINUTES,
    NOBODY_ASKED,
    SEVERAL_OPEN,
    NOT_NOW,
    SAID_COUNT
};
static const char *const sentences[SAID_COUNT][PAGE_LANGUAGE_COUNT] = {
    [PASSED_ON] = {"您的话已转给值班员。", "The dispatcher has your message."},
    [PASSED_ON_ASKED] = {"您的话已转给值班员。能来请回复1，不能来请回复2。",
                         "The dispatcher has your message. Reply 1 to come, 2 if you "
                         "cannot."},
    [NO_MINUTES] = {"请回复3和分钟数，如：3 20。",
                    "Please reply 3 and in how many minutes, like: 3 20."},
    [NOBODY_ASKED] = {"现在没有需要您回复的事，谢谢您。",
                      "There is nothing for you to answer just now. Thank you."},
    [SEVERAL_OPEN] = {"您有几条消息等着回复，请在前面写上编号，如：4821 1。",
                      "Several messages wait for your answer: please write the code "
                      "first, like: 4821 1."},
    [NOT_NOW] = {"现在不能这样回复。", "That answer does not fit just now. "},
};

struct reply_job {
    struct job job;
    struct text_answer answer;
    char signature[FORMAT_SIGNATURE_SIZE];
};

static enum page_language language_of(const struct call *call)
{
    return strcmp(call->api->settings.gateway_language, "en") == 0 ? PAGE_EN : PAGE_ZH;
}

/* {"taken","state","say"}; who is not understood is told whom to call, and so is who sets
 * out: an address stands in no message, and the telephone may show no page. */
static void send_said(struct call *call, bool is_taken, const char *state,
                      const char *said, const char *more)
{
    static const char *const lead[2][PAGE_LANGUAGE_COUNT] = {
        {"值班电话：", " Duty room: "},
        {"去哪里、找谁，看短信里的网页；打不开请打值班电话：",
         " Where to go is on the page in our message; if it does not open, call the duty "
         "room: "}};
    char say[SAID_MAX];
    const char *duty_phone = call->api->settings.duty_phone;
    const bool sets_out = is_taken && state != NULL && strcmp(state, "assigned") == 0;
    const bool calls = (!is_taken || sets_out) && duty_phone[0] != '\0';
    (void)snprintf(say, sizeof say, "%s%s%s%s", said, more,
                   calls ? lead[sets_out][language_of(call)] : "",
                   calls ? duty_phone : "");
    struct text text;
    text_init(&text, CALL_ANSWER_MAX);
    out_open(&text, NULL, '{');
    out_bool(&text, "taken", is_taken);
    if (state != NULL)
        out_text(&text, "state", state);
    out_text(&text, "say", say);
    out_close(&text, '}');
    call_json(call, 200, &text);
}

static void send_sentence(struct call *call, enum said said)
{
    send_said(call, false, NULL, sentences[said][language_of(call)], "");
}

/* What the person's page says now, from the alert that was answered. */
static void send_state(struct call *call, int64_t alert_id, bool is_taken)
{
    static const uint8_t no_device[32];
    const enum page_language language = language_of(call);
    struct view view;
    const int status = view_load(&view, call, alert_id, no_device);
    if (status == ST_NOT_FOUND) {
        send_sentence(call, NOBODY_ASKED);
        return;
    }
    if (status != 0) {
        call_refuse(call, status, NULL);
        return;
    }
    send_said(call, is_taken, view.state, is_taken ? "" : sentences[NOT_NOW][language],
              view_sentence(&view, language));
    view_release(&view);
}

static void answer_reply(struct job *job)
{
    const struct reply_job *self = (struct reply_job *)(void *)job;
    struct call *call = job->call;
    const char *where = job->command->diag.where;
    switch (job->status) {
    case ST_OK:
        if (self->answer.word == TEXT_NONE)
            send_sentence(call, self->answer.is_asked ? PASSED_ON_ASKED : PASSED_ON);
        else
            send_state(call, job->command->result_id, true);
        break;
    case ST_NOT_FOUND:
        send_sentence(call, NOBODY_ASKED);
        break;
    case ST_CONFLICT:
    case ST_UNPROCESSABLE:
        if (strcmp(where, "code") == 0)
            send_sentence(call, SEVERAL_OPEN);
        else if (self->answer.alert_id != 0)
            send_state(call, self->answer.alert_id, false);
        else
            call_refuse(call, job->status, &job->command->diag);
        break;
    default:
        call_refuse(call, job->status, &job->command->diag);
    }
}

/* A post that somebody overheard on its way can be posted again, under another key or
 * none: one signature is one answer (decision 0103). */
static int run_reply(struct job *job, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    struct reply_job *self = (struct reply_job *)(void *)job;
    struct command said = {.route = "gateway signature", .key = self->signature};
    int status = idempotency_find(writer_db(writer), &said, now_ms);
    if (status == 0) {
        status = text_answer_run(writer, &self->answer, now_ms, reterr);
        said.result_id = self->answer.alert_id;
        if (status == ST_OK)
            status = idempotency_put(writer_db(writer), &said, now_ms);
    }
    job->command->result_id = said.result_id;
    return status == 1 ? ST_OK : status;
}

static bool check_rate(struct call *call, const char *phone)
{
    struct problem problem;
    int wait_s;
    if (limits_take(&call->api->limits, limits_key(&call->api->limits, "text", phone),
                    ANSWERS_PER_MINUTE / 60.0, ANSWERS_PER_MINUTE, api_mono_ms(call->api),
                    &wait_s))
        return true;
    problem_init(&problem, 429, "at most %d answers of one telephone a minute",
                 ANSWERS_PER_MINUTE);
    problem.retry_after_s = wait_s;
    call_problem(call, &problem);
    return false;
}

/* A code that the gateway knows by itself (an extension of the number written to) goes
 * before one that was written. False after a refusal. */
static bool take_code(struct call *call, const char *code, struct text_answer *answer)
{
    if (code == NULL)
        return true;
    if (strlen(code) != sizeof answer->code - 1 || strspn(code, "0123456789") != 4) {
        api_wrong(call, "/code", "must be four digits");
        return false;
    }
    memcpy(answer->code, code, sizeof answer->code);
    return true;
}

void gateway_reply(struct call *call)
{
    const struct in_gateway_reply *in = call->input;
    struct text_answer answer = {.alert_id = 0};
    if (!check_gateway(call) || !check_rate(call, in->from.value))
        return;
    answer_text_read(in->text.value, &answer);
    if (!take_code(call, in->code.value, &answer))
        return;
    if (answer.word == TEXT_LATER && answer.minutes < 0) {
        send_sentence(call, NO_MINUTES);
        return;
    }
    answer.words = answer.word == TEXT_NONE ? in->text.value : NULL;
    (void)snprintf(answer.phone, sizeof answer.phone, "%s", in->from.value);
    struct reply_job *job = job_new(call, sizeof *job, answer_reply);
    if (job == NULL)
        return;
    job->answer = answer;
    memcpy(job->signature,
           http_header(call->request, "X-Muster-Signature") + strlen(SIGNATURE_BEGIN),
           sizeof job->signature);
    job_run(&job->job, run_reply);
}

/* ---- what became of messages ---- */
struct receipt_job {
    struct job job;
    struct outbox_report report;
    struct outbox_result result;
};

static void receipt_done(struct command *command, int status)
{
    struct outbox_report *report = (struct outbox_report *)(void *)command;
    struct receipt_job *self =
        (struct receipt_job *)(void *)((char *)report -
                                       offsetof(struct receipt_job, report));
    job_done(&self->job, status);
}

/* One that no longer fits the message changes nothing: receipts come late and twice. */
static void answer_receipt(struct job *job)
{
    if (!job_refused(job))
        call_empty(job->call, 204);
}

void gateway_receipt(struct call *call)
{
    static const enum outbox_outcome outcomes[] = {
        OUTBOX_DELIVERED, OUTBOX_FAILED, OUTBOX_UNKNOWN}; /* as receipt_states */
    const struct in_gateway_receipt *in = call->input;
    int64_t id;
    if (!check_gateway(call))
        return;
    if (!text_to_int64(in->id.value, 1, INT64_MAX, &id)) {
        api_wrong(call, "/id", "must be the `id` of a message");
        return;
    }
    struct receipt_job *job = job_new(call, sizeof *job, answer_receipt);
    if (job == NULL)
        return;
    job->result = (struct outbox_result){
        .message_id = id, .outcome = outcomes[in->state.value], .code = "receipt"};
    outbox_report_init(&job->report, &job->result, 1);
    job->report.command.done = receipt_done;
    job_submit(&job->job, &job->report.command);
}
