/* SPDX-License-Identifier: Apache-2.0 */
#include "api/passwords.h"

#include "api/internal.h"
#include "store/password.h"

#include <openssl/crypto.h>

#define ACCOUNT_FAILURES_FREE 5
#define ADDRESS_FAILURES_FREE 50

void password_dispose(struct job *job)
{
    struct password_job *password = (struct password_job *)(void *)job;
    OPENSSL_cleanse(password->password, sizeof password->password);
}

bool password_must_wait(const struct password_job *job)
{
    struct call *call = job->job.call;
    struct limits *limits = &call->api->limits;
    const int64_t now_ms = api_mono_ms(call->api);
    if (job->account_key == 0)
        return false;
    int wait_s = limits_wait_s(limits, job->account_key, ACCOUNT_FAILURES_FREE, now_ms);
    const int address_wait_s =
        job->is_known
            ? 0
            : limits_wait_s(limits, job->address_key, ADDRESS_FAILURES_FREE, now_ms);
    if (address_wait_s > wait_s)
        wait_s = address_wait_s;
    if (wait_s == 0)
        return false;
    refused_note(call->api, REFUSED_WAITING);
    struct problem problem;
    problem_init(&problem, 429, "too many failed tries");
    problem.retry_after_s = wait_s;
    call_problem(call, &problem);
    return true;
}

/* A job that finds no thread is answered by job_work, and never ends. */
static void password_start(struct api *api, struct job *job)
{
    if (job_work(job, job->work))
        api->passwords_running++;
}

/* NULL: nobody waits. */
static struct job *take_waiting(struct api *api)
{
    struct password_queue *queue =
        api->known.first != NULL ? &api->known : &api->strangers;
    struct job *job = queue->first;
    if (job == NULL)
        return NULL;
    queue->first = job->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->waiting--;
    return job;
}

/* Whoever waited is looked at again: the tries before it may have failed meanwhile, and
 * nothing is hashed for a client that has gone. */
void password_ended(struct api *api)
{
    struct job *next;
    api->passwords_running--;
    while (api->passwords_running < API_PASSWORDS_AT_ONCE &&
           (next = take_waiting(api)) != NULL) {
        if (http_is_gone(next->call->request))
            call_refuse(next->call, ST_CLOSED, NULL);
        else if (!password_must_wait((struct password_job *)(void *)next)) {
            password_start(api, next);
            continue;
        }
        job_free(next);
    }
}

void password_queue(struct api *api, struct job *job)
{
    const bool is_known = ((struct password_job *)(void *)job)->is_known ||
                          job->call->session.account.id != 0;
    struct password_queue *queue = is_known ? &api->known : &api->strangers;
    if (api->passwords_running < API_PASSWORDS_AT_ONCE) {
        password_start(api, job);
        return;
    }
    if (queue->waiting == API_PASSWORDS_WAITING) {
        call_refuse(job->call, ST_BUSY, NULL);
        job_free(job);
        return;
    }
    queue->waiting++;
    if (queue->last == NULL)
        queue->first = job;
    else
        queue->last->next = job;
    queue->last = job;
}

bool password_is_fit(struct call *call, const char *pointer, const char *password,
                     const char *account)
{
    const size_t size = strlen(password);
    struct problem problem;
    problem_init(&problem, 422, "the body is not as it should be");
    if (size < ACCOUNT_PASSWORD_MIN || size > ACCOUNT_PASSWORD_MAX)
        problem_add(&problem, pointer, "must have %d to %d bytes", ACCOUNT_PASSWORD_MIN,
                    ACCOUNT_PASSWORD_MAX);
    else if (password_is_easy(password, account))
        problem_add(&problem, pointer, "is among the first that are guessed");
    if (problem.error_count > 0)
        call_problem(call, &problem);
    return problem.error_count == 0;
}
