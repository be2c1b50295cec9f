/* SPDX-License-Identifier: Apache-2.0 */
/* A request comes in on the loop's thread, its command runs on the writer's, and the
 * answer leaves on the loop's again:
 *
 *     handler -> job_step -> writer ... done -> http_server_post -> answer ->
 * http_respond
 *
 * The HTTP request outlives its connection, so neither side ever holds a dead pointer. */
#include "api/call.h"

#include "api/internal.h"
#include "api/pack.h"
#include "base/time.h"
#include "store/course.h"
#include "store/finding.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define PACK_MIN (16 * 1024)
#define PACK_MAX (4 * 1024 * 1024)

static void dispose(void *context)
{
    struct call *call = context;
    body_release(&call->body);
    mem_free(call->input);
    mem_free(call);
}

struct call *call_new(struct api *api, struct http_request *request)
{
    struct call *call = mem_calloc(1, sizeof *call);
    if (call == NULL) {
        http_respond(request, 503, NULL, NULL, 0);
        return NULL;
    }
    call->api = api;
    call->request = request;
    call->now_ms = clock_wall_ms(api->config.clock);
    http_set_context(request, call, dispose);
    return call;
}

/* ---- answers ---- */
void call_header(struct call *call, const char *name, const char *value)
{
    http_set_header(call->request, name, value);
}

void call_send(struct call *call, int status, const char *type, struct text *text)
{
    if (text->status != ST_OK) {
        const int why = text->status;
        text_release(text);
        call_refuse(call, why == ST_NO_MEMORY ? ST_NO_MEMORY : ST_IO, NULL);
        return;
    }
    refused_note_failure(call, status, "");
    char *data = text->data;
    http_respond(call->request, status, type, data == NULL ? "" : data, text->size);
    text_release(text);
}

/* Long answers only, and none that would hold up the loop's thread. Never a
 * page: those hold secrets beside what others wrote, and their size would tell of them.
 */
static bool is_worth_packing(struct call *call, const struct text *text)
{
    if (text->status != ST_OK || text->size < PACK_MIN || text->size > PACK_MAX)
        return false;
    call_header(call, "Vary", "Accept-Encoding");
    return pack_is_accepted(http_header(call->request, "Accept-Encoding"));
}

void call_json(struct call *call, int status, struct text *text)
{
    AUTO_FREE char *packed = NULL;
    size_t size = 0;
    if (is_worth_packing(call, text) &&
        pack_gzip(text->data, text->size, PACK_FAST, &packed, &size) == ST_OK) {
        call_header(call, "Content-Encoding", "gzip");
        http_respond(call->request, status, "application/json", packed, size);
        text_release(text);
        return;
    }
    call_send(call, status, "application/json", text);
}

bool call_is_fresh(struct call *call, const char *etag, const char *cache_control)
{
    call_header(call, "ETag", etag);
    call_header(call, "Cache-Control", cache_control);
    const char *match = http_header(call->request, "If-None-Match");
    if (match == NULL || strstr(match, etag) == NULL)
        return false;
    call_empty(call, 304);
    return true;
}

void call_state(struct call *call, int64_t id, const char *state)
{
    struct text text;
    text_init(&text, 1024);
    out_open(&text, NULL, '{');
    out_int(&text, "id", id);
    out_text(&text, "state", state);
    out_close(&text, '}');
    call_json(call, call->route->status, &text);
}

void call_retry_after(struct call *call, const struct problem *problem)
{
    if (problem->retry_after_s <= 0)
        return;
    char wait[16];
    (void)snprintf(wait, sizeof wait, "%d", problem->retry_after_s);
    call_header(call, "Retry-After", wait);
}

void call_empty(struct call *call, int status)
{
    http_respond(call->request, status, NULL, NULL, 0);
}

void call_problem(struct call *call, struct problem *problem)
{
    char instance[48], words[PROBLEM_DETAIL_MAX + 1];
    call->api->problems++;
    if (problem->allowed != NULL && call->route != NULL) { /* not the loop's inner ones */
        route_keep_words(call->route, problem->allowed, words, sizeof words);
        problem_allow(problem, problem->of, words);
    }
    (void)snprintf(instance, sizeof instance, "urn:muster:occurrence:%llx-%llu",
                   (unsigned long long)(call->now_ms / 1000),
                   (unsigned long long)++call->api->serial);
    problem->instance = instance;
    refused_note_failure(call, problem->status, instance);
    call_retry_after(call, problem);
    if (problem->status == 401)
        call_header(call, "WWW-Authenticate", "Bearer realm=\"muster\"");
    struct text text;
    text_init(&text, PROBLEM_TEXT_MAX);
    problem_write(problem, &text);
    if (text.status != ST_OK) {
        text_release(&text);
        call_empty(call, problem->status);
        return;
    }
    http_respond(call->request, problem->status, "application/problem+json", text.data,
                 text.size);
    text_release(&text);
}

void call_error(struct call *call, int http_status, const char *format, ...)
{
    char detail[PROBLEM_DETAIL_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    struct problem problem;
    problem_init(&problem, http_status, "%s", detail);
    call_problem(call, &problem);
}

void call_refuse(struct call *call, int status, const struct diag *diag)
{
    struct problem problem;
    problem_from_status(&problem, status, diag);
    call_problem(call, &problem);
}

void call_busy(struct call *call, int retry_after_s, const char *detail)
{
    struct problem problem;
    problem_init(&problem, 503, "%s", detail);
    problem.retry_after_s = retry_after_s;
    call_problem(call, &problem);
}

/* ---- what was asked ---- */
static void refuse_query(struct call *call, const char *name, const char *detail)
{
    struct problem problem;
    char pointer[PROBLEM_POINTER_MAX + 1];
    problem_init(&problem, 422, "the query is not as it should be");
    (void)snprintf(pointer, sizeof pointer, "?%s", name);
    problem_add(&problem, pointer, "%s", detail);
    call_problem(call, &problem);
}

bool call_query_int(struct call *call, const char *name, int64_t min, int64_t max,
                    int64_t otherwise, int64_t *ret)
{
    const char *value = http_query(call->request, name);
    if (value == NULL) {
        *ret = otherwise;
        return true;
    }
    if (text_to_int64(value, min, max, ret))
        return true;
    char detail[96];
    (void)snprintf(detail, sizeof detail, "must be a whole number of %lld to %lld",
                   (long long)min, (long long)max);
    refuse_query(call, name, detail);
    return false;
}

bool call_query_flag(struct call *call, const char *name, bool *ret)
{
    const char *value = http_query(call->request, name);
    *ret = value != NULL && strcmp(value, "true") == 0;
    if (value == NULL || *ret || strcmp(value, "false") == 0)
        return true;
    refuse_query(call, name, "must be true or false");
    return false;
}

static bool query_day(struct call *call, const char *name, int32_t *ret)
{
    const char *value = http_query(call->request, name);
    if (value != NULL && time_parse_day(value, ret))
        return true;
    refuse_query(call, name, "must be a day such as 2026-11-23");
    return false;
}

bool call_query_days(struct call *call, int32_t *ret_from, int32_t *ret_to)
{
    if (!query_day(call, "from", ret_from) || !query_day(call, "to", ret_to))
        return false;
    if (*ret_from <= *ret_to)
        return true;
    refuse_query(call, "to", "is before the first day");
    return false;
}

/* A cursor is the key of the last item in hex, behind a mark of its version; RET is "" if
 * there is none. False after a 422. */
static bool read_cursor(struct call *call, char ret[CALL_WORD_MAX + 1])
{
    ret[0] = '\0';
    const char *value = http_query(call->request, "cursor");
    if (value == NULL)
        return true;
    const size_t size = strlen(value);
    if (size >= 3 && value[0] == 'c' && size % 2 == 1 && size / 2 <= CALL_WORD_MAX &&
        text_from_hex(value + 1, (uint8_t *)ret, size / 2)) {
        ret[size / 2] = '\0';
        if (text_is_utf8(ret, size / 2) && strlen(ret) == size / 2)
            return true;
    }
    refuse_query(call, "cursor", "is no cursor of this list");
    return false;
}

static void append_escaped(struct text *text, const char *value)
{
    for (; *value != '\0'; value++) {
        const unsigned char c = (unsigned char)*value;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c) != NULL)
            text_append(text, value, 1);
        else
            text_appendf(text, "%%%02X", c);
    }
}

/* RFC 8288 link to the next page of the same list: the same query with another cursor. */
static void link_next(struct call *call, const char *cursor)
{
    struct text text;
    text_init(&text, 4096);
    text_appendf(&text, "<%s?", http_path(call->request));
    const char *name;
    for (uint32_t i = 0; (name = http_query_name(call->request, i)) != NULL; i++) {
        if (strcmp(name, "cursor") == 0)
            continue;
        text_appendf(&text, "%s=", name);
        append_escaped(&text, http_query(call->request, name));
        text_append_string(&text, "&");
    }
    char hex[2 * CALL_WORD_MAX + 1];
    text_to_hex((const uint8_t *)cursor, strlen(cursor), hex);
    text_appendf(&text, "cursor=c%s>; rel=\"next\"", hex);
    if (text.status == ST_OK)
        call_header(call, "Link", text_string(&text));
    text_release(&text);
}

bool call_page(struct call *call, int64_t limit, int64_t limit_max, int64_t otherwise,
               int64_t *ret_limit, int64_t *ret_after)
{
    char cursor[CALL_WORD_MAX + 1];
    if (!call_query_int(call, "limit", 1, limit_max, limit, ret_limit) ||
        !read_cursor(call, cursor))
        return false;
    *ret_after = otherwise;
    if (cursor[0] == '\0' || text_to_int64(cursor, 0, INT64_MAX, ret_after))
        return true;
    refuse_query(call, "cursor", "is no cursor of this list");
    return false;
}

void call_next_id(struct call *call, int64_t id)
{
    char next[24];
    (void)snprintf(next, sizeof next, "%lld", (long long)id);
    link_next(call, next);
}

void call_list_begin(struct text *text)
{
    text_init(text, CALL_ANSWER_MAX);
    out_open(text, NULL, '{');
    out_open(text, "items", '[');
}

void call_list_end(struct call *call, struct text *text, int status)
{
    out_close(text, ']');
    out_close(text, '}');
    if (status < 0) {
        text_release(text);
        call_refuse(call, status, NULL);
        return;
    }
    call_json(call, 200, text);
}

/* ---- what the staff reads ---- */
static bool post_reading(struct api *api);

/* The next one, and as many more as cannot be left to the loop's next round. */
static void read_next(void *context)
{
    struct api *api = context;
    struct turn *turn;
    api->is_reading = false;
    while (!api->is_reading && (turn = turns_take(&api->reads, 1)) != NULL) {
        struct call *call =
            (struct call *)(void *)((char *)turn - offsetof(struct call, turn));
        turns_end(&api->reads, turn);
        api->is_reading = api->reads.waiting != NULL && post_reading(api);
        call->run(call->run_context);
    }
}

static bool post_reading(struct api *api)
{
    return http_server_post(api->server, read_next, api) == ST_OK;
}

void call_in_turn(struct call *call, void (*run)(void *context), void *context)
{
    struct api *api = call->api;
    call->run = run;
    call->run_context = context;
    if (!turns_put(&api->reads, &call->turn, call->session.account.id, CALL_READS_MAX)) {
        run(context);
        return;
    }
    if (!api->is_reading && !(api->is_reading = post_reading(api)))
        read_next(api);
}

bool call_list_goes_on(struct call *call, struct text *text, int status, int64_t last,
                       void (*run)(void *context), void *context)
{
    if (status == CALL_PART_DONE) {
        call_in_turn(call, run, context);
        return true;
    }
    if (status == CALL_PAGE_FULL)
        call_next_id(call, last);
    call_list_end(call, text, status);
    return false;
}

/* ---- jobs ---- */
void *job_new(struct call *call, size_t size, void (*answer)(struct job *))
{
    assert(size >= sizeof(struct job));
    struct job *job = mem_calloc(1, size);
    if (job == NULL) {
        call_refuse(call, ST_NO_MEMORY, NULL);
        return NULL;
    }
    job->call = call;
    job->server = call->api->server;
    job->answer = answer;
    return job;
}

void job_free(struct job *job)
{
    if (job == NULL)
        return;
    if (job->dispose != NULL)
        job->dispose(job);
    loop_command_free(job->loop);
    mem_free(job->report);
    mem_free(job);
}

static void answer_on_loop(void *context)
{
    struct job *job = context;
    job->answer(job);
    job_free(job);
}

/* On the writer's thread. A server that is being freed disposes of the call itself. */
void job_done(struct job *job, int status)
{
    job->status = status;
    if (http_server_post(job->server, answer_on_loop, job) != 0)
        job_free(job);
}

static void own_done(struct command *command, int status)
{
    job_done((struct job *)(void *)command, status); /* the first member */
}

static void loop_done(struct command *command, int status)
{
    job_done(((struct loop_command *)(void *)command)->owner, status);
}

static void report_done(struct command *command, int status)
{
    job_done(((struct report_command *)(void *)command)->owner, status);
}

/* What a key is bound to: the path and the body. Under a key of the vault, for a body may
 * hold a password or a telephone number, and who has the rows shall not try them out. */
static void hash_request(const struct call *call, uint8_t ret[32])
{
    static const char label[] = "request\n";
    size_t size;
    const char *path = http_path(call->request), *body = http_body(call->request, &size);
    crypto_auth_hmacsha256_state state =
        call->api->device_mac; /* none of these can fail */
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)label,
                                        sizeof label - 1);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)path,
                                        strlen(path) + 1);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, size);
    (void)crypto_auth_hmacsha256_final(&state, ret);
}

/* A repeated request answers as it did the first time. What is kept with the key is the
 * HTTP status, and in thousands which of these states came of it. Keys are read by the
 * next version too: what is new stands at the end. */
#define KEPT_STATE 1000
#define CODE(name, code) code,
static const char *const state_codes[] = {
    "",
    INCIDENT_STATE_LIST(CODE) NEED_STATE_LIST(CODE) CALLOUT_STATE_LIST(CODE)
        ALERT_STATE_LIST(CODE) ASSIGNMENT_STATE_LIST(CODE) FINDING_STATE_LIST(CODE)
            COURSE_STATE_LIST(CODE) "proposed",
    "running"};

static const char *state_of(int64_t kept)
{
    const size_t index = (size_t)(kept / KEPT_STATE);
    return index == 0 || index >= COUNT_OF(state_codes) ? NULL : state_codes[index];
}

int job_find_key(struct call *call, int64_t *ret_id, const char **ret_state)
{
    const char *key = http_header(call->request, "Idempotency-Key");
    if (key == NULL)
        return 0;
    uint8_t hash[32];
    hash_request(call, hash);
    struct query *query =
        db_query(call->api->db, "SELECT result_id, request_hash, status FROM idempotency"
                                " WHERE actor = ?1 AND route = ?2 AND key = ?3");
    query_int(query, 1, call->session.account.id);
    query_text(query, 2, call->route->id);
    query_text(query, 3, key);
    int found = query_step(query);
    if (found > 0) {
        size_t size;
        const void *kept = query_get_blob(query, 1, &size);
        if (size != sizeof hash || memcmp(kept, hash, size) != 0)
            found = ST_UNPROCESSABLE;
        *ret_id = query_get_int(query, 0);
        *ret_state = state_of(query_get_int(query, 2));
    }
    query_reset(query);
    return found;
}

void job_submit(struct job *job, struct command *command)
{
    struct call *call = job->call;
    job->command = command;
    if ((call->route->flags & ROUTE_IDEMPOTENT) != 0) {
        command->actor = call->session.account.id;
        command->route = call->route->id;
        command->key = http_header(call->request, "Idempotency-Key");
        if (command->key != NULL)
            hash_request(call, command->request_hash);
    }
    command->result_status = call->route->status;
    const int status = writer_submit(call->api->config.writer, command);
    if (status != 0) { /* told as a refusal of the writer is: a form gets its page */
        job->status = status;
        job->answer(job);
        job_free(job);
    }
}

void job_keep_state(struct job *job, const char *state)
{
    for (size_t i = 1; i < COUNT_OF(state_codes); i++)
        if (strcmp(state_codes[i], state) == 0) {
            job->command->result_status =
                job->command->result_status % KEPT_STATE + (int32_t)i * KEPT_STATE;
            return;
        }
}

static int run_step(struct command *command, struct writer *writer, int64_t now_ms)
{
    const struct loop_command *loop = (struct loop_command *)(void *)command;
    struct job *job = loop->owner;
    const int status = job->run(command, writer, now_ms);
    if (status == 0 && loop->state != NULL)
        job_keep_state(job, loop->state);
    return status;
}

const char *job_kept_state(const struct job *job)
{
    return state_of(job->command->result_status);
}

void job_step(struct job *job, enum stage_key key, int64_t id,
              const struct loop_input *input, const char *text)
{
    const int status = loop_command_new(&job->loop, key, id, input, text);
    if (status != 0) {
        call_refuse(job->call, status, NULL);
        job_free(job);
        return;
    }
    job->loop->owner = job;
    job->loop->command.done = loop_done;
    job->run = job->loop->command.run;
    job->loop->command.run = run_step;
    job_submit(job, &job->loop->command);
}

void job_report(struct job *job, struct report_command *report)
{
    job->report = report;
    report->owner = job;
    report->command.done = report_done;
    job_submit(job, &report->command);
}

static int run_own(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    struct job *job = context;
    return job->function(job, writer, now_ms, reterr);
}

void job_run(struct job *job,
             int (*function)(struct job *, struct writer *, int64_t, struct diag *))
{
    job->function = function;
    call_command_init(&job->own, run_own, job);
    job->own.command.done = own_done;
    job_submit(job, &job->own.command);
}

static void work_run(void *context)
{
    struct job *job = context;
    if (job->call->api->stopping)
        job->status = ST_CLOSED;
    else
        job->work(job);
}

static void line_start(struct job_line *line);

static void work_after(void *context, bool was_done)
{
    struct job *job = context;
    struct job_line *line = job->line;
    if (!was_done) /* the server is going down */
        job->status = ST_CLOSED;
    if (line != NULL)
        turns_end(&line->turns, &job->turn);
    answer_on_loop(job);
    if (line != NULL)
        line_start(line);
}

bool job_work(struct job *job, void (*work)(struct job *))
{
    job->work = work;
    const int status = http_server_work(job->server, work_run, work_after, job);
    if (status != 0) {
        call_refuse(job->call, status, NULL);
        job_free(job);
        return false;
    }
    return true;
}

/* Whether nobody waits for its answer any more, and it does nothing else. */
static bool is_useless(const struct job *job)
{
    return http_is_gone(job->call->request) &&
           (job->call->route->flags & ROUTE_IDEMPOTENT) == 0;
}

/* A job that finds no thread is answered here. */
static void line_start(struct job_line *line)
{
    struct turn *turn;
    while ((turn = turns_take(&line->turns, line->at_once)) != NULL) {
        struct job *job =
            (struct job *)(void *)((char *)turn - offsetof(struct job, turn));
        int status = ST_CLOSED;
        if (!is_useless(job))
            status = http_server_work(job->server, work_run, work_after, job);
        if (status == ST_OK)
            continue;
        turns_end(&line->turns, turn);
        call_refuse(job->call, status, NULL);
        job_free(job);
    }
}

void job_line_put(struct job_line *line, struct job *job, void (*work)(struct job *))
{
    if (!turns_put(&line->turns, &job->turn, job->call->session.account.id,
                   JOB_LINE_MAX)) {
        call_refuse(job->call, ST_BUSY, NULL);
        job_free(job);
        return;
    }
    job->work = work;
    job->line = line;
    line_start(line);
}

bool job_refused(struct job *job)
{
    if (job->status == 0)
        return false;
    call_refuse(job->call, job->status,
                job->command == NULL ? NULL : &job->command->diag);
    return true;
}
