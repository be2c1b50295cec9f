/* SPDX-License-Identifier: Apache-2.0 */
#include "store/account.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "store/db.h"
#include "store/writer.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static_assert(ACCOUNT_HASH_SIZE >= crypto_pwhash_STRBYTES, "room for libsodium's string");

#define CODE(name, code) code,
static const char *const roles[ROLE_COUNT] = {ROLE_LIST(CODE)};
#undef CODE

const char *role_code(enum role role)
{
    assert((unsigned)role < ROLE_COUNT);
    return roles[role];
}

bool role_parse(const char *code, enum role *ret)
{
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        if (strcmp(code, roles[i]) == 0) {
            *ret = (enum role)i;
            return true;
        }
    return false;
}

const char *role_list(void)
{
    return "admin, commander, dispatcher, verifier, trainer, auditor, viewer";
}

/* ---- passwords and tokens -----------------------------------------------------------
 */

int account_password_hash(const char *password, char ret[ACCOUNT_HASH_SIZE])
{
    size_t size = strnlen(password, ACCOUNT_PASSWORD_MAX + 1);
    if (size < ACCOUNT_PASSWORD_MIN || size > ACCOUNT_PASSWORD_MAX)
        return ST_INVALID;
    if (sodium_init() < 0)
        return ST_UNSUPPORTED;
    return crypto_pwhash_str(ret, password, size, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0
               ? ST_OK
               : ST_NO_MEMORY;
}

const char *account_password_nobody(void)
{
    return "$argon2id$v=19$m=65536,t=2,p=1$fLOAi62bBPMPlADvKJJ8Ww"
           "$QSqq9JGafAQETXqQkwq754jnptqB4AxQ5fu4/C6Y+3Q";
}

bool account_password_verify(const char *hash, const char *password)
{
    size_t size = strnlen(password, ACCOUNT_PASSWORD_MAX + 1);
    return sodium_init() >= 0 && size <= ACCOUNT_PASSWORD_MAX &&
           crypto_pwhash_str_verify(hash, password, size) == 0;
}

void account_password_make(struct random *random, char ret[20])
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
    for (int i = 0; i < 16; i++)
        ret[i] = letters[random_below(random, sizeof letters - 1)];
    ret[16] = '\0';
}

void account_token_hash(const char *token, uint8_t ret[32])
{
    (void)crypto_hash_sha256(ret, (const uint8_t *)token, strlen(token));
}

void account_token_make(struct random *random, char ret[ACCOUNT_TOKEN_SIZE],
                        uint8_t ret_hash[32])
{
    uint8_t bytes[16];
    char text[32];
    random_fill(random, bytes, sizeof bytes);
    text_to_base64url(bytes, sizeof bytes, text);
    memcpy(ret, text, ACCOUNT_TOKEN_SIZE);
    account_token_hash(ret, ret_hash);
}

/* ---- reading ------------------------------------------------------------------------
 */

static int add_role(struct account *account, const char *code, int64_t area_id)
{
    enum role role;
    if (account->role_count >= ACCOUNT_ROLES_MAX || !role_parse(code, &role))
        return ST_CORRUPT;
    account->roles[account->role_count++] = (struct account_role){role, area_id};
    return ST_OK;
}

static int read_roles(struct db *db, struct account *account)
{
    struct query *query =
        db_query(db, "SELECT role, area_id FROM account_role WHERE account_id = ?1"
                     " ORDER BY role, area_id");
    query_int(query, 1, account->id);
    int status;
    while ((status = query_step(query)) == 1) {
        const int added =
            add_role(account, query_get_text(query, 0), query_get_int(query, 1));
        if (added != ST_OK)
            return query_stop(query, added);
    }
    return status;
}

/* The account the query stands on; ends it. */
static int read_account(struct db *db, struct query *query, struct account *ret,
                        char *ret_hash)
{
    int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    struct account account = {.id = query_get_int(query, 0),
                              .disabled = query_get_int(query, 3) != 0};
    (void)snprintf(account.name, sizeof account.name, "%s", query_get_text(query, 1));
    if (ret_hash != NULL)
        (void)snprintf(ret_hash, ACCOUNT_HASH_SIZE, "%s", query_get_text(query, 2));
    query_reset(query);
    status = read_roles(db, &account);
    if (status == ST_OK)
        *ret = account;
    return status;
}

int account_by_name(struct db *db, const char *name, struct account *ret,
                    char ret_hash[ACCOUNT_HASH_SIZE])
{
    struct query *query =
        db_query(db, "SELECT id, name, password, disabled FROM account WHERE name = ?1");
    query_text(query, 1, name);
    return read_account(db, query, ret, ret_hash);
}

int account_by_id(struct db *db, int64_t id, struct account *ret)
{
    struct query *query =
        db_query(db, "SELECT id, name, password, disabled FROM account WHERE id = ?1");
    query_int(query, 1, id);
    return read_account(db, query, ret, NULL);
}

/* One row a role; an account without any has one with NULL. */
int account_each(struct db *db, account_seen *seen, void *context)
{
    struct query *query = db_query(
        db, "SELECT a.id, a.name, a.disabled, r.role, r.area_id FROM account a LEFT JOIN"
            " account_role r ON r.account_id = a.id ORDER BY a.name, r.role, r.area_id");
    struct account account = {0};
    int status;
    while ((status = query_step(query)) == 1) {
        if (query_get_int(query, 0) != account.id) {
            if (account.id != 0)
                seen(context, &account);
            account = (struct account){.id = query_get_int(query, 0),
                                       .disabled = query_get_int(query, 2) != 0};
            (void)snprintf(account.name, sizeof account.name, "%s",
                           query_get_text(query, 1));
        }
        if (query_get_null(query, 3))
            continue;
        if (add_role(&account, query_get_text(query, 3), query_get_int(query, 4)) !=
            ST_OK)
            return query_stop(query, ST_CORRUPT);
    }
    if (status == ST_OK && account.id != 0)
        seen(context, &account);
    return status;
}

static int find_session(struct db *db, int64_t now_ms, struct session *ret,
                        int64_t *ret_account)
{
    struct query *query =
        db_query(db, "SELECT account_id, csrf, created_ms, used_ms FROM session"
                     " WHERE token_hash = ?1 AND created_ms > ?2 AND used_ms > ?3");
    query_blob(query, 1, ret->token_hash, sizeof ret->token_hash);
    query_int(query, 2, now_ms - ACCOUNT_SESSION_MS);
    query_int(query, 3, now_ms - ACCOUNT_IDLE_MS);
    int status = query_step(query);
    if (status != 1)
        return status;
    *ret_account = query_get_int(query, 0);
    (void)snprintf(ret->csrf, sizeof ret->csrf, "%s", query_get_text(query, 1));
    ret->created_ms = query_get_int(query, 2);
    ret->used_ms = query_get_int(query, 3);
    ret->touch_due = now_ms - ret->used_ms >= ACCOUNT_TOUCH_MS;
    query_reset(query);
    return 1;
}

static int find_api_token(struct db *db, struct session *ret, int64_t *ret_account)
{
    struct query *query = db_query(
        db, "SELECT account_id, created_ms FROM api_token WHERE token_hash = ?1");
    query_blob(query, 1, ret->token_hash, sizeof ret->token_hash);
    int status = query_step(query);
    if (status != 1)
        return status;
    *ret_account = query_get_int(query, 0);
    ret->created_ms = query_get_int(query, 1);
    ret->is_api_token = true;
    query_reset(query);
    return 1;
}

int session_find(struct db *db, const char *token, int64_t now_ms, struct session *ret)
{
    struct session session = {0};
    int64_t account_id = 0;
    if (strnlen(token, ACCOUNT_TOKEN_SIZE) != ACCOUNT_TOKEN_SIZE - 1)
        return ST_UNAUTHENTICATED;
    account_token_hash(token, session.token_hash);
    int status = find_session(db, now_ms, &session, &account_id);
    if (status == 0)
        status = find_api_token(db, &session, &account_id);
    if (status != 1)
        return status == 0 ? ST_UNAUTHENTICATED : status;
    status = account_by_id(db, account_id, &session.account);
    if (status == ST_NOT_FOUND || (status == ST_OK && session.account.disabled))
        return ST_UNAUTHENTICATED;
    if (status == ST_OK)
        *ret = session;
    return status;
}

int session_lives(struct db *db, const uint8_t token_hash[32], int64_t now_ms)
{
    struct query *query =
        db_query(db, "SELECT 1 FROM session WHERE token_hash = ?1 AND created_ms > ?2"
                     " UNION ALL SELECT 1 FROM api_token WHERE token_hash = ?1");
    query_blob(query, 1, token_hash, 32);
    query_int(query, 2, now_ms - ACCOUNT_SESSION_MS);
    const int status = query_step(query);
    query_reset(query);
    return status;
}

/* The one column of the one row of QUERY, if it is not empty. */
static int read_push(struct query *query, char *ret, size_t size)
{
    const int status = query_step(query);
    if (status != 1)
        return status == 0 ? ST_NOT_FOUND : status;
    (void)snprintf(ret, size, "%s", query_get_text(query, 0));
    query_reset(query);
    return ret[0] == '\0' ? ST_NOT_FOUND : ST_OK;
}

int session_push(struct db *db, const uint8_t token_hash[32], char *ret, size_t size)
{
    struct query *query = db_query(db, "SELECT push FROM session WHERE token_hash = ?1");
    query_blob(query, 1, token_hash, 32);
    return read_push(query, ret, size);
}

int browser_push(struct db *db, int64_t browser_id, char *ret, size_t size)
{
    struct query *query = db_query(db, "SELECT push FROM session WHERE browser_id = ?1");
    query_int(query, 1, browser_id);
    return read_push(query, ret, size);
}

/* ---- writing ------------------------------------------------------------------------
 */

static bool name_is_good(const char *name)
{
    size_t size = strnlen(name, ACCOUNT_NAME_MAX + 1);
    if (size == 0 || size > ACCOUNT_NAME_MAX || text_has_hidden(name))
        return false;
    for (; *name != '\0'; name++)
        if ((unsigned char)*name <= ' ' || *name == 0x7f)
            return false;
    return true;
}

/* Whether NAME reads as another account's, or as what the record calls those that are
 * none: 1, 0 or a negative status. */
static int is_taken(struct db *db, const char *name)
{
    static const char *const kept[] = {"system", "person", "account"};
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        if (strcasecmp(name, kept[i]) == 0)
            return 1;
    struct query *query =
        db_query(db, "SELECT 1 FROM account WHERE lower(name) = lower(?1)");
    query_text(query, 1, name);
    const int status = query_step(query);
    query_reset(query);
    return status;
}

static int put_roles(struct db *db, int64_t id, const struct account *account)
{
    int status = ST_OK;
    for (uint32_t i = 0; i < account->role_count && status == ST_OK; i++) {
        struct query *query =
            db_query(db, "INSERT INTO account_role (account_id, role, area_id)"
                         " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
        query_int(query, 1, id);
        query_text(query, 2, roles[account->roles[i].role]);
        query_int(query, 3, account->roles[i].area_id);
        status = query_run(query);
    }
    return status;
}

int account_put(struct writer *writer, const struct account *account, const char *hash,
                int64_t actor, int64_t now_ms, int64_t *ret_id, struct diag *reterr)
{
    struct db *db = writer_db(writer);
    if (!name_is_good(account->name))
        return diag_set(reterr, ST_INVALID, 0, 0, "account",
                        "has 1 to %d bytes, no spaces, and nothing that is not seen",
                        ACCOUNT_NAME_MAX);
    if (account->role_count == 0)
        return diag_set(reterr, ST_INVALID, 0, 0, "roles", "at least one is needed");
    int status = is_taken(db, account->name);
    if (status == 1)
        return diag_set(reterr, ST_CONFLICT, 0, 0, "account",
                        "the name is taken, or reads as one that is");
    if (status < 0)
        return status;
    int64_t id = writer_new_id(writer);
    struct query *query =
        db_query(db, "INSERT INTO account (id, name, password, created_ms)"
                     " VALUES (?1, ?2, ?3, ?4)");
    query_int(query, 1, id);
    query_text(query, 2, account->name);
    query_text(query, 3, hash);
    query_int(query, 4, now_ms);
    status = query_run(query);
    if (status == ST_OK)
        status = put_roles(db, id, account);
    if (status == ST_CONFLICT)
        return diag_set(reterr, ST_NOT_FOUND, 0, 0, "area", "is not known");
    if (status == ST_OK)
        status = writer_note(writer, "account.made", actor, id,
                             roles[account->roles[0].role], now_ms);
    if (status == ST_OK)
        *ret_id = id;
    return status;
}

/* Runs an UPDATE of one account; ST_NOT_FOUND if it met none. */
static int update_one(struct db *db, struct query *query)
{
    int64_t before = db_changes(db);
    int status = query_run(query);
    return status == ST_OK && db_changes(db) == before ? ST_NOT_FOUND : status;
}

static int drop_sessions(struct db *db, int64_t account_id)
{
    struct query *query = db_query(db, "DELETE FROM session WHERE account_id = ?1");
    query_int(query, 1, account_id);
    return query_run(query);
}

int account_set_password(struct writer *writer, int64_t id, const char *hash,
                         int64_t actor, int64_t now_ms)
{
    struct db *db = writer_db(writer);
    struct query *query = db_query(db, "UPDATE account SET password = ?2 WHERE id = ?1");
    query_int(query, 1, id);
    query_text(query, 2, hash);
    int status = update_one(db, query);
    if (status == ST_OK)
        status = drop_sessions(db, id);
    return status == ST_OK
               ? writer_note(writer, "account.password", actor, id, NULL, now_ms)
               : status;
}

/* Whether ID alone, of the open accounts, administers the whole instance: 1, 0, or a
 * negative status. */
static int is_only_admin(struct db *db, int64_t id)
{
    struct query *query = db_query(
        db, "SELECT count(DISTINCT a.id), max(CASE WHEN a.id = ?1 THEN 1 ELSE 0 END)"
            " FROM account_role r JOIN account a ON a.id = r.account_id"
            " JOIN area ON area.id = r.area_id WHERE area.code = 'root'"
            " AND r.role = 'admin' AND a.disabled = 0");
    query_int(query, 1, id);
    int status = query_step(query);
    if (status == 1)
        status = query_get_int(query, 0) == 1 && query_get_int(query, 1) == 1;
    query_reset(query);
    return status;
}

int account_set_disabled(struct writer *writer, int64_t id, bool disabled, int64_t actor,
                         int64_t now_ms, struct diag *reterr)
{
    struct db *db = writer_db(writer);
    int status = disabled ? is_only_admin(db, id) : 0;
    if (status == 1)
        return diag_set(reterr, ST_CONFLICT, 0, 0, "account",
                        "is the last one that administers the whole instance: make "
                        "another first, muster account add NAME --role admin");
    struct query *query = db_query(db, "UPDATE account SET disabled = ?2 WHERE id = ?1");
    query_int(query, 1, id);
    query_int(query, 2, disabled);
    if (status == ST_OK)
        status = update_one(db, query);
    if (status == ST_OK && disabled)
        status = drop_sessions(db, id);
    return status == ST_OK
               ? writer_note(writer, disabled ? "account.disabled" : "account.enabled",
                             actor, id, NULL, now_ms)
               : status;
}

int session_put(struct writer *writer, const uint8_t token_hash[32], int64_t account_id,
                const char *csrf, int64_t now_ms)
{
    struct db *db = writer_db(writer);
    struct query *query =
        db_query(db, "DELETE FROM session WHERE account_id = ?1 AND (created_ms <= ?2"
                     " OR (used_ms <= ?3 AND browser_id = 0))");
    /* What has run out makes room; but a browser that nobody touches is to be heard. */
    query_int(query, 1, account_id);
    query_int(query, 2, now_ms - ACCOUNT_SESSION_MS);
    query_int(query, 3, now_ms - ACCOUNT_IDLE_MS);
    int status = query_run(query);
    if (status != ST_OK)
        return status;
    query = db_query(db, "INSERT INTO session (token_hash, account_id, csrf, created_ms,"
                         " used_ms) VALUES (?1, ?2, ?3, ?4, ?4)");
    query_blob(query, 1, token_hash, 32);
    query_int(query, 2, account_id);
    query_text(query, 3, csrf);
    query_int(query, 4, now_ms);
    status = query_run(query);
    return status == ST_OK
               ? writer_note(writer, "session.begun", account_id, 0, NULL, now_ms)
               : status;
}

int session_touch(struct writer *writer, const uint8_t token_hash[32], int64_t now_ms)
{
    struct query *query =
        db_query(writer_db(writer), "UPDATE session SET used_ms = ?2"
                                    " WHERE token_hash = ?1 AND used_ms < ?2");
    query_blob(query, 1, token_hash, 32);
    query_int(query, 2, now_ms);
    return query_run(query);
}

int session_remove(struct writer *writer, const uint8_t token_hash[32])
{
    struct query *query =
        db_query(writer_db(writer), "DELETE FROM session WHERE token_hash = ?1");
    query_blob(query, 1, token_hash, 32);
    return query_run(query);
}

int session_set_browser(struct writer *writer, const uint8_t token_hash[32],
                        const char *push)
{
    struct db *db = writer_db(writer);
    /* Behind its two letters of the language it is the same browser. */
    struct query *query =
        db_query(db, "UPDATE session SET browser_id = 0, push = '' WHERE"
                     " browser_id <> 0 AND substr(push, 3) = substr(?1, 3)");
    query_text(query, 1, push);
    const int status = query_run(query);
    if (status != ST_OK)
        return status;
    query = db_query(db, "UPDATE session SET browser_id = ?2, push = ?3"
                         " WHERE token_hash = ?1");
    query_blob(query, 1, token_hash, 32);
    query_int(query, 2, push[0] == '\0' ? 0 : writer_new_id(writer));
    query_text(query, 3, push);
    return update_one(db, query);
}

int browser_forget(struct writer *writer, int64_t browser_id)
{
    struct query *query =
        db_query(writer_db(writer), "UPDATE session SET browser_id = 0, push = ''"
                                    " WHERE browser_id = ?1");
    query_int(query, 1, browser_id);
    return query_run(query);
}

int api_token_put(struct writer *writer, const uint8_t token_hash[32], int64_t account_id,
                  int64_t actor, int64_t now_ms)
{
    struct query *query =
        db_query(writer_db(writer), "INSERT INTO api_token (token_hash, account_id,"
                                    " created_ms) VALUES (?1, ?2, ?3)");
    query_blob(query, 1, token_hash, 32);
    query_int(query, 2, account_id);
    query_int(query, 3, now_ms);
    int status = query_run(query);
    return status == ST_OK
               ? writer_note(writer, "token.made", actor, account_id, NULL, now_ms)
               : status;
}

int api_tokens_revoke(struct writer *writer, int64_t account_id, int64_t actor,
                      int64_t now_ms, int64_t *ret_count)
{
    struct db *db = writer_db(writer);
    const int64_t before = db_changes(db);
    struct query *query = db_query(db, "DELETE FROM api_token WHERE account_id = ?1");
    query_int(query, 1, account_id);
    int status = query_run(query);
    const int64_t count = db_changes(db) - before;
    if (status == ST_OK && count > 0)
        status = writer_note(writer, "account.tokens", actor, account_id, NULL, now_ms);
    if (status == ST_OK)
        *ret_count = count;
    return status;
}
