/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of the staff, their roles in areas, their sessions and API tokens. Passwords
 * are Argon2id strings (libsodium, 64 MiB, 2 passes); hashing takes about 100 ms and is
 * done on a worker thread, never on an HTTP loop's or the writer's. Tokens are 128 random
 * bits, base64url, stored as SHA-256. Readers use their own connection; changes are
 * commands on the writer's thread. */
#ifndef MUSTER_STORE_ACCOUNT_H
#define MUSTER_STORE_ACCOUNT_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCOUNT_NAME_MAX 64
#define ACCOUNT_PASSWORD_MIN 8
#define ACCOUNT_PASSWORD_MAX 256
#define ACCOUNT_ROLES_MAX 16
#define ACCOUNT_HASH_SIZE 128
#define ACCOUNT_TOKEN_SIZE 23
#define ACCOUNT_IDLE_MS (12 * INT64_C(3600000))
#define ACCOUNT_SESSION_MS (7 * INT64_C(86400000))
#define ACCOUNT_TOUCH_MS                                                                 \
    (5 * INT64_C(60000)) /* a session's last use is kept this fine                       \
                          */

/* X(NAME, code) */
#define ROLE_LIST(X)                                                                     \
    X(ADMIN, "admin")                                                                    \
    X(COMMANDER, "commander")                                                            \
    X(DISPATCHER, "dispatcher")                                                          \
    X(VERIFIER, "verifier")                                                              \
    X(TRAINER, "trainer")                                                                \
    X(AUDITOR, "auditor")                                                                \
    X(VIEWER, "viewer")
#define X(name, code) ROLE_##name,
enum role { ROLE_LIST(X) ROLE_COUNT };
#undef X
const char *role_code(enum role role);
bool role_parse(const char *code, enum role *ret);
const char *role_list(void);

struct account_role {
    enum role role;
    int64_t area_id; /* with its subtree */
};
struct account {
    int64_t id;
    char name[ACCOUNT_NAME_MAX + 1];
    bool disabled;
    uint32_t role_count;
    struct account_role roles[ACCOUNT_ROLES_MAX];
};

struct db;
struct writer;
struct random;

/* ---- pure: any thread, slow */
int account_password_hash(const char *password, char ret[ACCOUNT_HASH_SIZE])
    __attribute__((warn_unused_result)); /* ST_INVALID (length), ST_NO_MEMORY */
bool account_password_verify(const char *hash, const char *password);
/* The hash of 32 random bytes that nobody kept: as slow to check as any. */
const char *account_password_nobody(void);
/* 16 letters and digits without look-alikes (80 bits). */
void account_password_make(struct random *random, char ret[20]);
/* A token and its hash. */
void account_token_make(struct random *random, char ret[ACCOUNT_TOKEN_SIZE],
                        uint8_t ret_hash[32]);
void account_token_hash(const char *token, uint8_t ret[32]);

/* ---- reading: the caller's connection. ST_NOT_FOUND */
int account_by_name(struct db *db, const char *name, struct account *ret,
                    char ret_hash[ACCOUNT_HASH_SIZE]) __attribute__((warn_unused_result));
int account_by_id(struct db *db, int64_t id, struct account *ret)
    __attribute__((warn_unused_result));
/* All of them by name, closed ones too. */
typedef void account_seen(void *context, const struct account *account);
int account_each(struct db *db, account_seen *seen, void *context)
    __attribute__((warn_unused_result));

struct session {
    struct account account;
    bool is_api_token;             /* no csrf is asked */
    bool touch_due;                /* hand in a session_touch command */
    char csrf[ACCOUNT_TOKEN_SIZE]; /* "" for API tokens */
    uint8_t token_hash[32];
    int64_t created_ms, used_ms;
};
/* By the cookie's or bearer's token. ST_UNAUTHENTICATED: unknown, expired, disabled. */
int session_find(struct db *db, const char *token, int64_t now_ms, struct session *ret)
    __attribute__((warn_unused_result));

/* Whether the session, however idle, or the token is still there: 1, 0 or an error. */
int session_lives(struct db *db, const uint8_t token_hash[32], int64_t now_ms)
    __attribute__((warn_unused_result));

/* The browser that shows notifications of a session, as channel/push.h keeps one: by the
 * session, and by its own number (message.browser_id). ST_NOT_FOUND: none does. */
int session_push(struct db *db, const uint8_t token_hash[32], char *ret, size_t size)
    __attribute__((warn_unused_result));
int browser_push(struct db *db, int64_t browser_id, char *ret, size_t size)
    __attribute__((warn_unused_result));

/* ---- writing: inside a command, on the writer's thread; each notes an event */
/* ACCOUNT without id. ST_CONFLICT: the name is taken, but for capitals, or is what the
 * record calls who is none ("system"). */
int account_put(struct writer *writer, const struct account *account, const char *hash,
                int64_t actor, int64_t now_ms, int64_t *ret_id, struct diag *reterr)
    __attribute__((warn_unused_result));
int account_set_password(struct writer *writer, int64_t id, const char *hash,
                         int64_t actor, int64_t now_ms)
    __attribute__((warn_unused_result));
/* ST_CONFLICT: the last open one that administers the whole instance. */
int account_set_disabled(struct writer *writer, int64_t id, bool disabled, int64_t actor,
                         int64_t now_ms, struct diag *reterr)
    __attribute__((warn_unused_result));
int session_put(struct writer *writer, const uint8_t token_hash[32], int64_t account_id,
                const char *csrf, int64_t now_ms) __attribute__((warn_unused_result));
int session_touch(struct writer *writer, const uint8_t token_hash[32], int64_t now_ms)
    __attribute__((warn_unused_result));
int session_remove(struct writer *writer, const uint8_t token_hash[32])
    __attribute__((warn_unused_result));
/* PUSH shows notifications of the desks that the account acts for, and of no other
 * session; "" = none does. It is forgotten with the session: at sign-out, with a new
 * password, a closed account, or after ACCOUNT_SESSION_MS, however idle. ST_NOT_FOUND: no
 * session, as of an API token. */
int session_set_browser(struct writer *writer, const uint8_t token_hash[32],
                        const char *push) __attribute__((warn_unused_result));
/* Its service says that it is no more. */
int browser_forget(struct writer *writer, int64_t browser_id)
    __attribute__((warn_unused_result));
int api_token_put(struct writer *writer, const uint8_t token_hash[32], int64_t account_id,
                  int64_t actor, int64_t now_ms) __attribute__((warn_unused_result));
/* Every token of the account opens nothing any more. */
int api_tokens_revoke(struct writer *writer, int64_t account_id, int64_t actor,
                      int64_t now_ms, int64_t *ret_count)
    __attribute__((warn_unused_result));

#endif
