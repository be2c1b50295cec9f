/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign in, for admins: of the whole instance, or of a part of it, who see and
 * change the accounts that act in that part alone. */
#include "api/handlers.h"
#include "api/internal.h"
#include "api/passwords.h"
#include "api/schemas.h"

#include <string.h>

#define ANSWER_MAX (1024 * 1024)

void api_write_roles(struct call *call, struct text *text, const struct account *account)
{
    out_open(text, "roles", '[');
    for (uint32_t i = 0; i < account->role_count; i++) {
        out_open(text, NULL, '{');
        out_text(text, "role", role_code(account->roles[i].role));
        out_text(text, "area", api_area_code(call->api, account->roles[i].area_id));
        out_close(text, '}');
    }
    out_close(text, ']');
}

static void write_account(struct call *call, struct text *text,
                          const struct account *account)
{
    out_open(text, NULL, '{');
    out_text(text, "account", account->name);
    api_write_roles(call, text, account);
    out_bool(text, "closed", account->disabled);
    out_close(text, '}');
}

/* Whether the viewer administers every area in which ACCOUNT acts. */
static bool may_change(const struct call *call, const struct account *account)
{
    for (uint32_t i = 0; i < account->role_count; i++)
        if (api_may(call, MAY_ADMIN, account->roles[i].area_id, false) != 0)
            return false;
    return account->role_count > 0;
}

/* ---- GET accounts ---- */
struct list {
    struct call *call;
    struct text text;
};

static void list_account(void *context, const struct account *account)
{
    struct list *list = context;
    if (may_change(list->call, account))
        write_account(list->call, &list->text, account);
}

void accounts_list(struct call *call)
{
    struct list list = {.call = call};
    call_list_begin(&list.text);
    const int status = account_each(call->api->db, list_account, &list);
    call_list_end(call, &list.text, status);
}

/* ---- POST accounts ---- */
struct account_job {
    struct job job;
    struct account account;
    char hash[ACCOUNT_HASH_SIZE];
};

static int account_run(struct job *job, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    struct account_job *self = (struct account_job *)(void *)job;
    const int status =
        account_put(writer, &self->account, self->hash, job->call->session.account.id,
                    now_ms, &self->account.id, reterr);
    job->own.command.result_id = self->account.id;
    return status;
}

static void account_answer(struct job *job)
{
    struct account_job *self = (struct account_job *)(void *)job;
    struct call *call = job->call;
    if (job->status == ST_CONFLICT) {
        call_error(call, 409,
                   "there is an account of this name, or one that reads like it");
        return;
    }
    if (job_refused(job))
        return;
    /* As it is kept: a role given twice is one, and whoever repeats is told the same. */
    if (account_by_id(call->api->db, job->command->result_id, &self->account) != 0) {
        call_refuse(call, ST_NOT_FOUND, NULL);
        return;
    }
    struct text text;
    text_init(&text, ANSWER_MAX);
    write_account(call, &text, &self->account);
    call_json(call, 201, &text);
}

static void make_password(struct job *job)
{
    struct password_job *self = (struct password_job *)(void *)job;
    job->status = account_password_hash(self->password, self->hash);
}

static void made_password(struct job *job)
{
    struct password_job *self = (struct password_job *)(void *)job;
    struct call *call = job->call;
    password_ended(call->api);
    if (job_refused(job))
        return;
    struct account_job *next = job_new(call, sizeof *next, account_answer);
    if (next == NULL)
        return;
    next->account = self->account;
    memcpy(next->hash, self->hash, sizeof next->hash);
    job_run(&next->job, account_run);
}

/* Fills the account's roles; false after a 422 or a 403 (an admin of a part gives roles
 * in that part only). */
static bool read_roles(struct call *call, const struct in_account *in,
                       struct account *account)
{
    const struct in_role *roles = in->roles.items;
    for (uint32_t i = 0; i < in->roles.count; i++) {
        char pointer[PROBLEM_POINTER_MAX + 1];
        (void)snprintf(pointer, sizeof pointer, "/roles/%u/area", i);
        const struct area *area =
            api_area_named(call, pointer, roles[i].area.value, MAY_ADMIN, false);
        if (area == NULL || !api_require(call, MAY_ADMIN, area->id, false))
            return false;
        account->roles[i] =
            (struct account_role){(enum role)roles[i].role.value, area->id};
    }
    account->role_count = in->roles.count;
    return true;
}

void accounts_post(struct call *call)
{
    const struct in_account *in = call->input;
    if (!password_is_fit(call, "/password", in->password.value, in->account.value))
        return;
    struct password_job *job = job_new(call, sizeof *job, made_password);
    if (job == NULL)
        return;
    if (!read_roles(call, in, &job->account)) {
        job_free(&job->job);
        return;
    }
    (void)snprintf(job->account.name, sizeof job->account.name, "%s", in->account.value);
    (void)snprintf(job->password, sizeof job->password, "%s", in->password.value);
    job->job.dispose = password_dispose;
    job->job.work = make_password;
    password_queue(call->api, &job->job);
}

/* ---- POST accounts/{account}/steps ---- */
struct step_job {
    struct job job;
    struct account account;
    enum account_step step;
    char hash[ACCOUNT_HASH_SIZE];
};

static int step_run(struct job *job, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    const struct step_job *self = (struct step_job *)(void *)job;
    const int64_t id = self->account.id, actor = job->call->session.account.id;
    return self->step == ACCOUNT_STEP_PASSWORD
               ? account_set_password(writer, id, self->hash, actor, now_ms)
               : account_set_disabled(writer, id, self->step == ACCOUNT_STEP_CLOSE, actor,
                                      now_ms, reterr);
}

static void step_answer(struct job *job)
{
    if (job->status == ST_CONFLICT)
        call_error(job->call, 409,
                   "it is the last open account that administers the whole instance");
    else if (!job_refused(job))
        call_empty(job->call, 204);
}

static void take_step(struct call *call, const struct account *account,
                      enum account_step step, const char *hash)
{
    struct step_job *job = job_new(call, sizeof *job, step_answer);
    if (job == NULL)
        return;
    job->account = *account;
    job->step = step;
    (void)snprintf(job->hash, sizeof job->hash, "%s", hash);
    job_run(&job->job, step_run);
}

static void made_new_password(struct job *job)
{
    struct password_job *self = (struct password_job *)(void *)job;
    password_ended(job->call->api);
    if (!job_refused(job))
        take_step(job->call, &self->account, ACCOUNT_STEP_PASSWORD, self->hash);
}

static void set_password(struct call *call, const struct account *account,
                         const char *password)
{
    if (password == NULL)
        password = "";
    if (!password_is_fit(call, "/password", password, account->name))
        return;
    struct password_job *job = job_new(call, sizeof *job, made_new_password);
    if (job == NULL)
        return;
    job->account = *account;
    (void)snprintf(job->password, sizeof job->password, "%s", password);
    job->job.dispose = password_dispose;
    job->job.work = make_password;
    password_queue(call->api, &job->job);
}

void accounts_step(struct call *call)
{
    const struct in_account_step *in = call->input;
    struct account account;
    const int status = account_by_name(call->api->db, call->word, &account, NULL);
    if (status != 0 || !may_change(call, &account)) {
        call_refuse(call, status == 0 ? ST_NOT_FOUND : status, NULL);
        return;
    }
    const enum account_step step = (enum account_step)in->step.value;
    if (step == ACCOUNT_STEP_PASSWORD)
        set_password(call, &account, in->password.value);
    else
        take_step(call, &account, step, "");
}
