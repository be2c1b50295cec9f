/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords are hashed on libuv's threads, a few at a time, so that those who sign in
 * leave room for a yes: two queues, and browsers that are known go first (session.c).
 * Loop thread only. */
#ifndef MUSTER_API_PASSWORDS_H
#define MUSTER_API_PASSWORDS_H

#include "api/call.h"
#include "api/schemas.h"

struct password_job {
    struct job job;
    char password[PASSWORD_MAX * 4 + 1];
    char hash[ACCOUNT_HASH_SIZE]; /* to check, or made */
    struct account account;
    bool right, is_known;              /* known: a browser that has signed in before */
    uint64_t account_key, address_key; /* of a sign-in; else 0 */
};

/* A job's dispose: wipes the password. */
void password_dispose(struct job *job);
/* True after a 429: too many failures came before this try. */
bool password_must_wait(const struct password_job *job);
/* JOB, a password_job with `work`, in its turn. The call is answered with ST_BUSY and the
 * job freed if too many wait. */
void password_queue(struct api *api, struct job *job);
/* First in every answer of such a job, behind the count of its failure. */
void password_ended(struct api *api);
/* Whether ACCOUNT may have this new password; false after a 422. */
bool password_is_fit(struct call *call, const char *pointer, const char *password,
                     const char *account);

#endif
