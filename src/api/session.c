/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in and being signed in.
 *
 * Passwords are checked on libuv's threads (passwords.h). A failure makes the next try
 * wait, per account and, much later, per address. A browser that has signed in to an
 * account in the last year keeps a cookie that proves it: DAY.RANDOM.PROOF, an HMAC of
 * the account's name and what stands before. Its failures are counted apart, each
 * browser's for itself, and it waits in a queue of its own, which goes first: strangers,
 * be they thousands, and browsers left elsewhere cannot lock it out. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/passwords.h"
#include "api/schemas.h"
#include "base/time.h"
#include "channel/push.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define DEVICE_DAYS 365
#define DEVICE_BEGUN_MAX 31 /* DAY.RANDOM */
#define DEVICE_SIZE (DEVICE_BEGUN_MAX + 1 + 2 * crypto_auth_hmacsha256_BYTES + 1)
#define COOKIE_MAX 256

static const char *cookie_name(const struct http_request *request)
{
    return http_is_tls(request) ? "__Host-muster" : "muster";
}

static const char *device_cookie_name(struct http_request *request)
{
    return http_is_tls(request) ? "__Host-muster-device" : "muster-device";
}

static void set_cookie(struct call *call, const char *name, const char *value,
                       int64_t age_s)
{
    char cookie[COOKIE_MAX];
    (void)snprintf(cookie, sizeof cookie,
                   "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s", name,
                   value, (long long)age_s, http_is_tls(call->request) ? "; Secure" : "");
    call_header(call, "Set-Cookie", cookie);
}

/* ---- who asks ---- */
/* ST_UNAUTHENTICATED: by nobody that is known. */
static int find_session(struct api *api, const struct http_request *request,
                        int64_t now_ms, bool *ret_by_cookie, struct session *ret)
{
    static const char scheme[] = "Bearer ";
    const char *header = http_header(request, "Authorization");
    const char *token = NULL;
    *ret_by_cookie = header == NULL;
    if (header == NULL)
        token = http_cookie(request, cookie_name(request));
    else if (strncasecmp(header, scheme, sizeof scheme - 1) == 0) /* RFC 9110 11.1 */
        token = header + sizeof scheme - 1 + strspn(header + sizeof scheme - 1, " ");
    if (token == NULL || *token == '\0')
        return ST_UNAUTHENTICATED;
    if (api->unstored.count > 0) {
        uint8_t token_hash[32];
        account_token_hash(token, token_hash);
        const int status =
            unstored_find(&api->unstored, api->db, token_hash, now_ms, ret);
        if (status != ST_NOT_FOUND)
            return status;
    }
    return session_find(api->db, token, now_ms, ret);
}

bool session_may(struct api *api, const struct http_request *request, unsigned mask)
{
    bool by_cookie;
    struct session session;
    return find_session(api, request, clock_wall_ms(api->config.clock), &by_cookie,
                        &session) == 0 &&
           api_account_has_role(&session.account, mask);
}

static bool is_same(const char *a, const char *b)
{
    const size_t size = strlen(a);
    return strlen(b) == size && CRYPTO_memcmp(a, b, size) == 0;
}

struct touch {
    struct call_command command;
    uint8_t hash[32];
};

static int touch_run(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    (void)reterr;
    return session_touch(writer, ((struct touch *)context)->hash, now_ms);
}

static void touch_done(struct command *command, int status)
{
    (void)status; /* the next request tries again */
    mem_free(command);
}

static void note_use(struct call *call)
{
    struct touch *touch = mem_calloc(1, sizeof *touch);
    if (touch == NULL)
        return;
    memcpy(touch->hash, call->session.token_hash, sizeof touch->hash);
    call_command_init(&touch->command, touch_run, touch);
    touch->command.command.done = touch_done;
    if (writer_submit(call->api->config.writer, &touch->command.command) != 0)
        mem_free(touch);
}

bool session_check(struct call *call)
{
    if (call->route->may == MAY_PUBLIC)
        return true;
    const int status = find_session(call->api, call->request, call->now_ms,
                                    &call->by_cookie, &call->session);
    if (status != 0) {
        const bool is_token = !call->by_cookie && status == ST_UNAUTHENTICATED;
        if (is_token)
            refused_note(call->api, REFUSED_TOKEN);
        call->session.account.id = 0;
        if (is_token)
            call_error(call, 401,
                       "the token is not known, or was taken back: make one with"
                       " `muster token --account NAME`, and send it as"
                       " `Authorization: Bearer TOKEN`");
        else
            call_refuse(call, status, NULL);
        return false;
    }
    const char *method = http_method(call->request);
    const bool changes = strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
    if (changes && call->by_cookie) {
        const char *csrf = http_header(call->request, "X-Muster-Csrf");
        if (csrf == NULL || !is_same(csrf, call->session.csrf)) {
            call_error(call, 403, "the header X-Muster-Csrf is missing or wrong");
            return false;
        }
    }
    if (!api_has_role(call, call->route->may)) {
        call_error(call, 403, "your role does not allow this");
        return false;
    }
    if (call->session.touch_due && call->api->config.writer != NULL)
        note_use(call);
    return true;
}

/* For a desk's notifications: the key to ask a browser with, and that of the browser that
 * shows those of this session. */
static void write_push(struct call *call, const uint8_t token_hash[32], struct text *text)
{
    char kept[PERSON_PUSH_MAX + 1], point[PUSH_KEY_SIZE];
    struct push_target target;
    out_text_if(text, "push_key", call->api->config.push_key);
    if (session_push(call->api->db, token_hash, kept, sizeof kept) != ST_OK ||
        !push_target_read(kept, &target))
        return;
    text_to_base64url(target.key, sizeof target.key, point);
    out_text(text, "push_p256dh", point);
}

/* CSRF and TOKEN_HASH: NULL = of an account that is not signed in here. */
static void write_session(struct call *call, const struct account *account,
                          const char *csrf, const uint8_t *token_hash, struct text *text)
{
    text_init(text, 65536);
    out_open(text, NULL, '{');
    out_text(text, "account", account->name);
    api_write_roles(call, text, account);
    if (csrf != NULL)
        out_text(text, "csrf", csrf);
    if (token_hash != NULL && api_account_has_role(account, MAY_DISPATCH))
        write_push(call, token_hash, text);
    out_close(text, '}');
}

void session_get(struct call *call)
{
    struct text text;
    write_session(call, &call->session.account, call->session.csrf,
                  call->session.token_hash, &text);
    call_json(call, 200, &text);
}

/* ---- POST sessions ---- */
struct sign_in_job {
    struct job job;
    struct account account;
    char password[ACCOUNT_HASH_SIZE]; /* the hash of what was right */
    char token[ACCOUNT_TOKEN_SIZE], csrf[ACCOUNT_TOKEN_SIZE];
    uint8_t token_hash[32];
};

/* The cookie of a browser that signed in to ACCOUNT, of which BEGUN is the beginning. */
static void device_cookie(const struct api *api, const char *account, const char *begun,
                          char ret[DEVICE_SIZE])
{
    static const char label[] = "signed in\n";
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state = api->device_mac; /* none of these can fail */
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)label,
                                        sizeof label - 1);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)begun,
                                        strlen(begun) + 1);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)account,
                                        strlen(account));
    (void)crypto_auth_hmacsha256_final(&state, mac);
    const int size = snprintf(ret, DEVICE_SIZE, "%s.", begun);
    text_to_hex(mac, sizeof mac, ret + size);
}

static void device_new(const struct api *api, const char *account, int64_t now_ms,
                       char ret[DEVICE_SIZE])
{
    uint8_t bytes[8];
    char drawn[2 * sizeof bytes + 1], begun[DEVICE_BEGUN_MAX + 1];
    random_fill(api->config.random, bytes, sizeof bytes);
    text_to_hex(bytes, sizeof bytes, drawn);
    (void)snprintf(begun, sizeof begun, "%lld.%s", (long long)(now_ms / TIME_DAY_MS),
                   drawn);
    device_cookie(api, account, begun, ret);
}

/* Whether COOKIE (NULL: none) is of a browser that signed in to ACCOUNT in the last
 * year. */
static bool device_is_known(const struct api *api, const char *account, int64_t now_ms,
                            const char *cookie)
{
    char begun[DEVICE_BEGUN_MAX + 1], right[DEVICE_SIZE];
    const char *end = cookie == NULL ? NULL : strrchr(cookie, '.');
    if (end == NULL || end - cookie > DEVICE_BEGUN_MAX)
        return false;
    (void)snprintf(begun, sizeof begun, "%.*s", (int)(end - cookie), cookie);
    device_cookie(api, account, begun, right);
    const int64_t age = now_ms / TIME_DAY_MS - strtoll(begun, NULL, 10);
    return is_same(cookie, right) && age >= -1 && age <= DEVICE_DAYS;
}

static int sign_in_run(struct job *job, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)reterr;
    struct sign_in_job *self = (struct sign_in_job *)(void *)job;
    return session_put(writer, self->token_hash, self->account.id, self->csrf, now_ms);
}

static void keep_sign_in(const struct sign_in_job *self)
{
    const struct call *call = self->job.call;
    struct unstored_session session = {.at_ms = call->now_ms};
    memcpy(session.token_hash, self->token_hash, sizeof session.token_hash);
    memcpy(session.account, self->account.name, sizeof session.account);
    memcpy(session.password, self->password, sizeof session.password);
    memcpy(session.csrf, self->csrf, sizeof session.csrf);
    unstored_put(&call->api->unstored, &session);
}

static void sign_in_answer(struct job *job)
{
    struct sign_in_job *self = (struct sign_in_job *)(void *)job;
    struct call *call = job->call;
    if (unstored_is_due(job->status))
        keep_sign_in(self);
    else if (job_refused(job))
        return;
    char device[DEVICE_SIZE];
    device_new(call->api, self->account.name, call->now_ms, device);
    set_cookie(call, cookie_name(call->request), self->token, ACCOUNT_SESSION_MS / 1000);
    set_cookie(call, device_cookie_name(call->request), device, DEVICE_DAYS * 86400);
    struct text text;
    write_session(call, &self->account, self->csrf, self->token_hash, &text);
    call_json(call, 201, &text);
}

static void check_password(struct job *job)
{
    struct password_job *self = (struct password_job *)(void *)job;
    self->right = account_password_verify(self->hash, self->password) &&
                  self->account.id != 0 && !self->account.disabled;
}

/* Counts the try, and lets the next one begin. */
static void count_try(struct api *api, const struct password_job *job)
{
    if (!job->right) {
        const int64_t now_ms = api_mono_ms(api);
        limits_fail(&api->limits, job->account_key, now_ms);
        limits_fail(&api->limits, job->address_key, now_ms);
        refused_note(api, REFUSED_SIGN_IN);
    } else {
        limits_forgive(&api->limits, job->account_key);
    }
    password_ended(api);
}

static void checked_password(struct job *job)
{
    struct password_job *self = (struct password_job *)(void *)job;
    struct call *call = job->call;
    struct api *api = call->api;
    count_try(api, self);
    if (!self->right) {
        call_error(call, 401, "the account or the password is wrong");
        return;
    }
    struct sign_in_job *next = job_new(call, sizeof *next, sign_in_answer);
    if (next == NULL)
        return;
    next->account = self->account;
    memcpy(next->password, self->hash, sizeof next->password);
    uint8_t unused[32];
    account_token_make(api->config.random, next->token, next->token_hash);
    account_token_make(api->config.random, next->csrf, unused);
    job_run(&next->job, sign_in_run);
}

/* The keys under which a failure of this try will count. */
static void set_failure_keys(struct call *call, const char *name,
                             struct password_job *job)
{
    const char *cookie = http_cookie(call->request, device_cookie_name(call->request));
    job->is_known = device_is_known(call->api, name, call->now_ms, cookie);
    job->account_key = limits_key(&call->api->limits, job->is_known ? "known" : "account",
                                  job->is_known ? cookie : name);
    job->address_key =
        limits_peer_key(&call->api->limits, "sign-in", http_peer(call->request));
}

void session_post(struct call *call)
{
    const struct in_session *in = call->input;
    struct api *api = call->api;
    struct password_job *job = job_new(call, sizeof *job, checked_password);
    if (job == NULL)
        return;
    set_failure_keys(call, in->account.value, job);
    if (password_must_wait(job)) {
        job_free(&job->job);
        return;
    }
    (void)snprintf(job->password, sizeof job->password, "%s", in->password.value);
    job->job.dispose = password_dispose;
    job->job.work = check_password;
    if (account_by_name(api->db, in->account.value, &job->account, job->hash) != 0) {
        job->account.id = 0; /* as slow as for one who exists */
        (void)snprintf(job->hash, sizeof job->hash, "%s", account_password_nobody());
    }
    password_queue(api, &job->job);
}

/* ---- DELETE sessions/current ---- */
static int sign_out_run(struct job *job, struct writer *writer, int64_t now_ms,
                        struct diag *reterr)
{
    (void)reterr;
    (void)now_ms;
    return session_remove(writer, job->call->session.token_hash);
}

static void keep_sign_out(const struct call *call)
{
    struct unstored_session session = {.at_ms = call->now_ms};
    memcpy(session.token_hash, call->session.token_hash, sizeof session.token_hash);
    unstored_put(&call->api->unstored, &session);
}

static void sign_out_answer(struct job *job)
{
    if (unstored_is_due(job->status))
        keep_sign_out(job->call);
    else if (job_refused(job))
        return;
    hub_end_session(job->call->api->hub, job->call->session.token_hash);
    if (job->call->by_cookie)
        set_cookie(job->call, cookie_name(job->call->request), "", 0);
    call_empty(job->call, 204);
}

void session_delete(struct call *call)
{
    struct job *job = job_new(call, sizeof *job, sign_out_answer);
    if (job != NULL)
        job_run(job, sign_out_run);
}

/* ---- PUT and DELETE sessions/current/browser ---- */
struct browser_job {
    struct job job;
    char push[PERSON_PUSH_MAX + 1];
};

static int browser_run(struct job *job, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)reterr;
    (void)now_ms;
    const struct browser_job *self = (struct browser_job *)(void *)job;
    return session_set_browser(writer, job->call->session.token_hash, self->push);
}

static void browser_answer(struct job *job)
{
    if (!job_refused(job))
        call_empty(job->call, 204);
}

void session_put_browser(struct call *call)
{
    const struct in_browser *in = call->input;
    struct diag diag;
    const char *services =
        call->api->config.push_key == NULL ? "" : call->api->settings.push_services;
    struct browser_job *job = job_new(call, sizeof *job, browser_answer);
    if (job == NULL)
        return;
    if (push_target_write(services, in->lang.value == 0, in->push_endpoint.value,
                          in->push_p256dh.value, in->push_auth.value, job->push,
                          &diag) == ST_OK) {
        job_run(&job->job, browser_run);
        return;
    }
    job_free(&job->job);
    call_refuse(call, ST_INVALID, &diag);
}

void session_delete_browser(struct call *call)
{
    struct browser_job *job = job_new(call, sizeof *job, browser_answer);
    if (job != NULL)
        job_run(&job->job, browser_run);
}

/* ---- POST sessions/current/password ---- */
struct change_job {
    struct password_job check; /* the old one; its hash becomes the new one's */
    char wanted[PASSWORD_MAX * 4 + 1];
};
struct write_password_job {
    struct job job;
    char hash[ACCOUNT_HASH_SIZE];
};

static void change_dispose(struct job *job)
{
    struct change_job *self = (struct change_job *)(void *)job;
    OPENSSL_cleanse(self->wanted, sizeof self->wanted);
    password_dispose(job);
}

static int write_password(struct job *job, struct writer *writer, int64_t now_ms,
                          struct diag *reterr)
{
    (void)reterr;
    const struct write_password_job *self = (struct write_password_job *)(void *)job;
    const int64_t id = job->call->session.account.id;
    return account_set_password(writer, id, self->hash, id, now_ms);
}

static void wrote_password(struct job *job)
{
    if (job_refused(job))
        return;
    if (job->call->by_cookie)
        set_cookie(job->call, cookie_name(job->call->request), "", 0);
    call_empty(job->call, 204);
}

static void change_password(struct job *job)
{
    struct change_job *self = (struct change_job *)(void *)job;
    check_password(job);
    if (self->check.right)
        job->status = account_password_hash(self->wanted, self->check.hash);
}

static void changed_password(struct job *job)
{
    struct change_job *self = (struct change_job *)(void *)job;
    struct call *call = job->call;
    count_try(call->api, &self->check);
    if (!self->check.right) {
        struct problem problem;
        problem_init(&problem, 422, "the body is not as it should be");
        problem_add(&problem, "/password", "is not the password");
        call_problem(call, &problem);
        return;
    }
    if (job_refused(job))
        return;
    struct write_password_job *next = job_new(call, sizeof *next, wrote_password);
    if (next == NULL)
        return;
    memcpy(next->hash, self->check.hash, sizeof next->hash);
    job_run(&next->job, write_password);
}

void session_post_password(struct call *call)
{
    const struct in_password *in = call->input;
    if (call->session.is_api_token) {
        call_error(call, 403, "a token changes no password");
        return;
    }
    if (!password_is_fit(call, "/new_password", in->new_password.value,
                         call->session.account.name))
        return;
    struct change_job *self = job_new(call, sizeof *self, changed_password);
    if (self == NULL)
        return;
    struct password_job *check = &self->check;
    set_failure_keys(call, call->session.account.name, check);
    if (password_must_wait(check)) {
        job_free(&check->job);
        return;
    }
    if (account_by_name(call->api->db, call->session.account.name, &check->account,
                        check->hash) != 0) {
        job_free(&check->job);
        call_refuse(call, ST_NOT_FOUND, NULL);
        return;
    }
    (void)snprintf(check->password, sizeof check->password, "%s", in->password.value);
    (void)snprintf(self->wanted, sizeof self->wanted, "%s", in->new_password.value);
    check->job.dispose = change_dispose;
    check->job.work = change_password;
    password_queue(call->api, &check->job);
}
