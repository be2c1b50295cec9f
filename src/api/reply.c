/* SPDX-License-Identifier: Apache-2.0 */
/* The reply link. GET and HEAD show and change nothing (a fetch is recorded, never as
 * read). A POST carries a nonce of the page, so that a form sent twice has one effect.
 * The first device to answer gets a cookie and owns the link; another one must say the
 * last four digits of the telephone number on file: a form once, then it has a cookie
 * that proves it. A call for help needs none. */
#include "api/handlers.h"
#include "api/link_page.h"
#include "api/schemas.h"
#include "api/travel.h"
#include "api/view.h"

#include <openssl/crypto.h>
#include <sodium.h>
#include <stdio.h>

#define ANSWERS_PER_MINUTE 30
#define DEVICE_COOKIE "muster-link"
#define PROOF_COOKIE "muster-link-proof" /* its path is one link's */

/* ---- the device ---- */
static bool hash_cookie(struct call *call, uint8_t ret[32])
{
    memset(ret, 0, 32);
    const char *cookie = http_cookie(call->request, DEVICE_COOKIE);
    if (cookie == NULL || strlen(cookie) != 32)
        return false;
    (void)crypto_hash_sha256(ret, (const unsigned char *)cookie, strlen(cookie));
    return true;
}

/* What a device is given that has said the digits of the alert's person. */
static void make_proof(const struct call *call, int64_t alert_id,
                       char ret[VIEW_COOKIE_SIZE])
{
    uint8_t proof[32];
    view_prove(call->api, "link digits", alert_id, 0, proof);
    text_to_hex(proof, 16, ret);
}

static bool has_proof(struct call *call, int64_t alert_id)
{
    char proof[VIEW_COOKIE_SIZE];
    const char *cookie = http_cookie(call->request, PROOF_COOKIE);
    if (cookie == NULL || strlen(cookie) != VIEW_COOKIE_SIZE - 1)
        return false;
    make_proof(call, alert_id, proof);
    return CRYPTO_memcmp(cookie, proof, VIEW_COOKIE_SIZE - 1) == 0;
}

static void send_view(struct call *call, int status, const struct view *view,
                      enum page_notice notice)
{
    struct text text;
    text_init(&text, PAGE_SIZE_MAX);
    call_header(call, "Vary", "Accept, Accept-Language, Cookie");
    if (link_wants_json(call)) {
        view_write_json(view, &text);
        call_json(call, status, &text);
        return;
    }
    view_write_page(view, call, notice, link_language(call), &text);
    static_headers(call);
    call_send(call, status, "text/html; charset=utf-8", &text);
}

/* ---- GET ---- */
static void forget(struct command *command, int status)
{
    (void)status;
    loop_command_free((struct loop_command *)(void *)command);
}

/* Recorded once a link; nobody waits for it. */
static void note_fetch(struct call *call, const struct view *view)
{
    if (view->alert.fetched_ms != 0)
        return;
    struct loop_command *command;
    const struct loop_input input = {.kind = LOOP_FETCHED, .id = view->alert.id};
    if (loop_command_new(&command, STAGE_ALERT, view->alert.id, &input, NULL) != 0)
        return;
    command->command.done = forget;
    if (writer_submit_later(call->api->config.writer, &command->command) != 0)
        loop_command_free(command);
}

typedef int view_loader(struct view *view, struct call *call, int64_t alert_id,
                        const uint8_t device[32]);

/* The alert of the path; false after a 404. */
static bool load(struct call *call, struct view *view, view_loader *loader)
{
    uint8_t device[32];
    int64_t alert_id;
    (void)hash_cookie(call, device);
    if (!link_find(&call->api->link_key, call->word, &alert_id)) {
        link_send_gone(call);
        return false;
    }
    const int status =
        loader(view, call, alert_id, has_proof(call, alert_id) ? NULL : device);
    if (status == ST_NOT_FOUND)
        link_send_gone(call);
    else if (status != 0)
        call_refuse(call, status, NULL);
    return status == 0;
}

/* Simulated people take the JSON; whoever gets the page sits at a browser. */
static void note_browser(struct call *call, const struct view *view)
{
    static const char simulated[] = "muster-simulate/";
    const char *agent = http_header(call->request, "User-Agent");
    if (link_wants_json(call) || strcmp(http_method(call->request), "GET") != 0 ||
        (agent != NULL && strncmp(agent, simulated, sizeof simulated - 1) == 0))
        return;
    call->api->opened[view->alert.id % API_OPENED_MAX] = view->alert.id;
}

void reply_get(struct call *call)
{
    struct view view;
    if (!load(call, &view, view_load))
        return;
    note_fetch(call, &view);
    note_browser(call, &view);
    send_view(call, 200, &view, PAGE_NOTICE_NONE);
    view_release(&view);
}

/* ---- POST ---- */
struct reply_job {
    struct job job;
    struct view before;            /* brief: what the answer was judged by */
    char cookie[VIEW_COOKIE_SIZE]; /* to be set; empty = none */
    struct body_point position;
    bool was_digits; /* the command counts a wrong try */
    bool is_proven;  /* the digits were right */
    /* An answer with `from` first looks for the way. */
    struct travel travel;
    struct loop_input input;
    enum stage_key key;
    const char *text; /* of the body */
    uint32_t travel_ms;
};

struct position_command {
    struct call_command command;
    int64_t assignment_id, person_id;
    struct point at;
};

static int position_run(void *context, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    (void)reterr;
    struct position_command *self = context;
    return position_put(writer, self->assignment_id, self->person_id, self->at, now_ms);
}

static void position_done(struct command *command, int status)
{
    (void)status; /* the next answer brings a newer one */
    mem_free(command);
}

static void note_position(struct call *call, const struct view *view, struct point at)
{
    struct position_command *position = mem_calloc(1, sizeof *position);
    if (position == NULL)
        return;
    position->assignment_id = view->assignment.id;
    position->person_id = view->alert.person_id;
    position->at = at;
    call_command_init(&position->command, position_run, position);
    position->command.command.done = position_done;
    if (writer_submit(call->api->config.writer, &position->command.command) != 0)
        mem_free(position);
}

/* A refusal as JSON, or as the page with a notice. */
static void refuse(struct call *call, struct problem *problem, const struct view *view,
                   enum page_notice notice)
{
    if (link_wants_json(call)) {
        call_problem(call, problem);
        return;
    }
    if (view->is_brief) { /* the page shows everything */
        struct view whole;
        if (!load(call, &whole, view_load))
            return;
        refuse(call, problem, &whole, notice);
        view_release(&whole);
        return;
    }
    call_retry_after(call, problem);
    send_view(call, problem->status, view, notice);
}

void reply_invalid(struct call *call, struct problem *problem)
{
    struct view view;
    if (!load(call, &view, view_load))
        return;
    refuse(call, problem, &view, PAGE_NOTICE_INVALID);
    view_release(&view);
}

static void refuse_digits(struct call *call, const struct view *view, bool is_spent)
{
    struct problem problem;
    problem_init(&problem, 403,
                 is_spent ? "this link answers to another device; please call the "
                            "dispatcher"
                          : "this link was answered by another device: give the last "
                            "four digits of your telephone number");
    problem_add(&problem, "/digits", is_spent ? "no more tries" : "missing or wrong");
    refuse(call, &problem, view,
           is_spent ? PAGE_NOTICE_DIGITS_SPENT : PAGE_NOTICE_DIGITS);
}

static void refused_answer(struct job *job, struct view *view)
{
    struct call *call = job->call;
    struct problem problem;
    const struct diag *diag = &job->command->diag;
    if (job->status == ST_DENIED && strcmp(diag->where, "digits") == 0) {
        refuse_digits(call, view, view->alert.digits_tries >= LOOP_DIGITS_TRIES_MAX);
        return;
    }
    problem_from_status(&problem, job->status, diag);
    refuse(call, &problem, view,
           problem.status >= 500   ? PAGE_NOTICE_NOT_KEPT
           : problem.status == 409 ? PAGE_NOTICE_STALE
                                   : PAGE_NOTICE_INVALID);
}

/* A step that was refused, or taken before under the same key, left no row to take. */
static int load_after(struct reply_job *self, struct view *view, const uint8_t device[32])
{
    const struct job *job = &self->job;
    if ((self->is_proven && job->status == 0) ||
        has_proof(job->call, self->before.alert.id))
        device = NULL;
    if (job->status != 0 || job->loop->alert.id == 0)
        return view_load(view, job->call, self->before.alert.id, device);
    return view_load_after(view, job->call, &self->before, job->loop, device);
}

/* After a form: to the page, which a device that said the digits is shown from now on. */
static void send_to_page(const struct reply_job *self)
{
    struct call *call = self->job.call;
    char path[CALL_WORD_MAX + 8], proof[VIEW_COOKIE_SIZE];
    (void)snprintf(path, sizeof path, "/r/%s", call->word);
    if (self->is_proven) {
        make_proof(call, self->before.alert.id, proof);
        link_set_cookie(call, PROOF_COOKIE, path, proof);
    }
    call_header(call, "Location", path);
    call_empty(call, 303);
}

static void reply_answer(struct job *job)
{
    struct reply_job *self = (struct reply_job *)(void *)job;
    struct call *call = job->call;
    uint8_t device[32];
    (void)hash_cookie(call, device);
    if (job->status == 0 && self->cookie[0] != '\0') {
        (void)crypto_hash_sha256(device, (const unsigned char *)self->cookie,
                                 strlen(self->cookie));
        link_set_cookie(call, DEVICE_COOKIE, "/r/", self->cookie);
    }
    struct view view;
    const int status = load_after(self, &view, device);
    if (status != 0) {
        call_refuse(call, status, NULL);
        return;
    }
    const bool is_ours = job->status != 0 && problem_http_status(job->status) >= 500;
    if (self->was_digits && !is_ours) {
        refuse_digits(call, &view, view.alert.digits_tries >= LOOP_DIGITS_TRIES_MAX);
    } else if (job->status != 0) {
        refused_answer(job, &view);
    } else {
        if (self->position.given && view.has_assignment)
            note_position(call, &view, self->position.at);
        if (link_wants_json(call)) {
            send_view(call, 200, &view, PAGE_NOTICE_NONE);
        } else {
            send_to_page(self);
        }
    }
    view_release(&view);
}

static const enum loop_input_kind kinds[SAY_COUNT] = {
    [SAY_SEEN] = LOOP_SEEN,         [SAY_ACCEPT] = LOOP_ACCEPT,
    [SAY_LIMITED] = LOOP_LIMITED,   [SAY_DECLINE] = LOOP_DECLINE,
    [SAY_DEPART] = LOOP_DEPART,     [SAY_ARRIVE] = LOOP_ARRIVE,
    [SAY_WORK] = LOOP_WORK,         [SAY_RELEASE] = LOOP_RELEASE,
    [SAY_WITHDRAW] = LOOP_WITHDRAW, [SAY_TURNED_BACK] = LOOP_TURNED_BACK,
    [SAY_REPORT] = LOOP_REPORTED,   [SAY_HERE] = LOOP_HERE,
    [SAY_SOS] = LOOP_SOS,
};

/* The names of a team's people, entered on arrival, as one text. */
static void join_names(const struct body_list *names, struct text *ret)
{
    const char *const *items = names->items;
    for (uint32_t i = 0; i < names->count; i++)
        if (items[i] != NULL)
            text_appendf(ret, "%s%s", i == 0 ? "" : ", ", items[i]);
}

static void find_way(struct job *job)
{
    struct reply_job *self = (struct reply_job *)(void *)job;
    self->travel_ms = travel_time_ms(&self->travel);
}

/* The way is found: the same answer as a new job. */
static void found_way(struct job *job)
{
    const struct reply_job *self = (struct reply_job *)(void *)job;
    struct reply_job *next = job_new(job->call, sizeof *next, reply_answer);
    if (next == NULL)
        return;
    const struct job base = next->job;
    *next = *self;
    next->job = base;
    next->input.travel_ms = self->travel_ms;
    next->input.at = self->travel.from;
    job_step(&next->job, next->key, next->input.id, &next->input, next->text);
}

/* The need that the alert asks for; 0 if it cannot be read. */
static int64_t need_of(struct call *call, const struct view *view)
{
    struct read_callout callout;
    return read_callout(call->api->db, view->alert.callout_id, &callout) == 0
               ? callout.need_id
               : 0;
}

static void submit(struct reply_job *job, struct view *view, const struct in_answer *in,
                   struct loop_input *input)
{
    const bool to_alert = in->answer.value <= SAY_DECLINE;
    if (!to_alert && !view->has_assignment) {
        struct text allowed;
        struct problem problem;
        text_init(&allowed, 1024);
        view_list_answers(view);
        for (uint32_t i = 0; i < view->answer_count; i++)
            text_appendf(&allowed, "%s%s", i == 0 ? "" : ", ", view->answers[i]);
        problem_allow(&problem, "", text_string(&allowed));
        refuse(job->job.call, &problem, view, PAGE_NOTICE_STALE);
        text_release(&allowed);
        job_free(&job->job);
        return;
    }
    struct text names;
    text_init(&names, COMMAND_TEXT_MAX);
    if (in->names.given && in->answer.value == SAY_ARRIVE)
        join_names(&in->names, &names);
    input->kind = kinds[in->answer.value];
    input->id = to_alert ? view->alert.id : view->assignment.id;
    input->actor = -view->alert.person_id;
    input->number = in->ready_in_minutes.value;
    input->count = (int32_t)in->count.value;
    input->outcome = (enum outcome)in->outcome.value;
    input->reason = names.size > 0 ? text_string(&names) : NULL;
    job->text = in->answer.value == SAY_REPORT ? in->text.value : NULL;
    input->nonce = view_form(input->nonce, input->kind, in->outcome.value, job->text);
    job->key = to_alert ? STAGE_ALERT : STAGE_ASSIGNMENT;
    if (in->answer.value == SAY_ACCEPT && in->from.given &&
        travel_init(&job->travel, job->job.call, &in->from, view->alert.person_id,
                    need_of(job->job.call, view))) {
        job->input = *input;
        job->job.answer = found_way;
        job_work(&job->job, find_way);
    } else {
        job_step(&job->job, job->key, input->id, input, job->text);
    }
    text_release(&names);
}

/* The wrong try is counted before it is told. */
static void submit_wrong(struct reply_job *job, const struct view *view)
{
    const struct loop_input input = {
        .kind = LOOP_DIGITS_WRONG, .id = view->alert.id, .actor = -view->alert.person_id};
    job->was_digits = true;
    job_step(&job->job, STAGE_ALERT, view->alert.id, &input, NULL);
}

/* The device's side of an answer: who it is, and whether the digits are right. False
 * after the call has been answered or handed on. */
static bool check_device(struct reply_job *job, struct view *view,
                         const struct in_answer *in, struct loop_input *input)
{
    struct call *call = job->job.call;
    const bool has_cookie = hash_cookie(call, input->device_hash);
    if (in->answer.value == SAY_SEEN)
        return true;
    if (view->is_bound_here && has_proof(call, view->alert.id)) {
        memcpy(input->device_hash, view->alert.device_hash, sizeof input->device_hash);
        job->is_proven = true;
        return true;
    }
    if (!has_cookie) {
        char cookie[VIEW_COOKIE_SIZE];
        uint8_t hash[32];
        view_make_cookie(call->api, view->alert.id, input->nonce, cookie);
        (void)crypto_hash_sha256(hash, (const unsigned char *)cookie, strlen(cookie));
        const bool is_first_again =
            view->needs_digits &&
            CRYPTO_memcmp(hash, view->alert.device_hash, sizeof hash) == 0;
        if (is_first_again || !view->needs_digits) {
            memcpy(job->cookie, cookie, sizeof job->cookie);
            memcpy(input->device_hash, hash, sizeof hash);
        }
        if (is_first_again)
            return true;
    }
    if (!view->needs_digits || in->answer.value == SAY_SOS)
        return true;
    struct person_identity person;
    if (person_identity(call->api->db, call->api->config.vault, view->alert.person_id,
                        &person) != 0)
        person.phone[0] = '\0';
    const bool is_spent =
        view->alert.digits_tries >= LOOP_DIGITS_TRIES_MAX || person.phone[0] == '\0';
    const char *digits = in->digits.value;
    if (is_spent || digits == NULL || *digits == '\0') {
        refuse_digits(call, view, is_spent);
        job_free(&job->job);
        return false;
    }
    if (!link_digits_are_right(person.phone, digits)) {
        submit_wrong(job, view);
        return false;
    }
    input->digits_ok = true;
    job->is_proven = true;
    return true;
}

static bool check_form(struct call *call, const struct view *view,
                       const struct in_answer *in, uint64_t *ret_nonce)
{
    struct problem problem;
    problem_init(&problem, 0, "the answer is not as it should be");
    if (!view_check_nonce(call->api, view->alert.id, in->nonce.value, ret_nonce))
        problem_add(&problem, "/nonce", "is not of this page: load it again");
    if (in->answer.value == SAY_REPORT && !in->outcome.given)
        problem_add(&problem, "/outcome",
                    "is required; known are: done, partly, not_needed, not_possible");
    if (in->answer.value == SAY_ACCEPT)
        api_check_count(call, &view->alert, in->count.value, &problem);
    if (problem.status == 0)
        return true;
    refuse(call, &problem, view, PAGE_NOTICE_INVALID);
    return false;
}

static bool check_rate(struct call *call, const struct view *view)
{
    struct problem problem;
    int wait_s;
    if (limits_take(&call->api->limits,
                    limits_key(&call->api->limits, "reply", call->word),
                    ANSWERS_PER_MINUTE / 60.0, ANSWERS_PER_MINUTE, api_mono_ms(call->api),
                    &wait_s))
        return true;
    problem_init(&problem, 429, "at most %d answers a minute", ANSWERS_PER_MINUTE);
    problem.retry_after_s = wait_s;
    refuse(call, &problem, view, PAGE_NOTICE_TOO_MANY);
    return false;
}

void reply_post(struct call *call)
{
    const struct in_answer *in = call->input;
    struct view view;
    struct loop_input input = {.kind = LOOP_SEEN};
    if (!load(call, &view, view_load_brief))
        return;
    if (check_rate(call, &view) && check_form(call, &view, in, &input.nonce)) {
        struct reply_job *job = job_new(call, sizeof *job, reply_answer);
        if (job != NULL) {
            job->before = view;
            job->position = in->position;
            if (check_device(job, &view, in, &input))
                submit(job, &view, in, &input);
        }
    }
    view_release(&view);
}
