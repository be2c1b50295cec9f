/* SPDX-License-Identifier: Apache-2.0 */
#include "api/unstored.h"

#include "api/internal.h"

#include <string.h>

bool unstored_is_due(int status)
{
    return status == ST_NO_SPACE || status == ST_IO;
}

static uint32_t place_of(const struct unstored *unstored, const uint8_t token_hash[32])
{
    uint32_t i = 0;
    while (i < unstored->count && memcmp(unstored->sessions[i].token_hash, token_hash,
                                         sizeof unstored->sessions[i].token_hash) != 0)
        i++;
    return i;
}

static void remove_at(struct unstored *unstored, uint32_t place)
{
    struct unstored_session *sessions = unstored->sessions;
    unstored->count--;
    memmove(sessions + place, sessions + place + 1,
            (unstored->count - place) * sizeof *sessions);
}

void unstored_put(struct unstored *unstored, const struct unstored_session *session)
{
    const uint32_t place = place_of(unstored, session->token_hash);
    if (place < unstored->count)
        remove_at(unstored, place);
    else if (unstored->count == UNSTORED_MAX)
        remove_at(unstored, 0);
    unstored->sessions[unstored->count++] = *session;
}

/* ST_UNAUTHENTICATED: signed out, too long ago, or the account is closed or has another
 * password. */
static int find_account(struct db *db, const struct unstored_session *session,
                        int64_t now_ms, struct account *ret)
{
    char password[ACCOUNT_HASH_SIZE];
    if (session->account[0] == '\0' || now_ms - session->at_ms >= ACCOUNT_IDLE_MS)
        return ST_UNAUTHENTICATED;
    const int status = account_by_name(db, session->account, ret, password);
    if (status == ST_NOT_FOUND)
        return ST_UNAUTHENTICATED;
    if (status == ST_OK && (ret->disabled || strcmp(password, session->password) != 0))
        return ST_UNAUTHENTICATED;
    return status;
}

int unstored_find(const struct unstored *unstored, struct db *db,
                  const uint8_t token_hash[32], int64_t now_ms, struct session *ret)
{
    const uint32_t place = place_of(unstored, token_hash);
    if (place == unstored->count)
        return ST_NOT_FOUND;
    const struct unstored_session *known = &unstored->sessions[place];
    struct session session = {.created_ms = known->at_ms, .used_ms = known->at_ms};
    memcpy(session.token_hash, token_hash, sizeof session.token_hash);
    memcpy(session.csrf, known->csrf, sizeof session.csrf);
    const int status = find_account(db, known, now_ms, &session.account);
    if (status == ST_OK)
        *ret = session;
    return status;
}

/* ---- with room again ---- */
struct storing {
    struct call_command own; /* first */
    struct http_server *server;
    struct api *api;
    struct unstored_session session;
    int status;
};

int unstored_run(const struct unstored_session *session, struct writer *writer,
                 int64_t now_ms)
{
    struct account account;
    int status = session_remove(writer, session->token_hash);
    if (status == ST_OK)
        status = find_account(writer_db(writer), session, now_ms, &account);
    if (status == ST_UNAUTHENTICATED)
        return ST_OK;
    return status != ST_OK ? status
                           : session_put(writer, session->token_hash, account.id,
                                         session->csrf, now_ms);
}

static int storing_run(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    (void)reterr;
    return unstored_run(&((struct storing *)context)->session, writer, now_ms);
}

static void stored(void *context)
{
    struct storing *storing = context;
    struct unstored *unstored = &storing->api->unstored;
    const uint32_t place = place_of(unstored, storing->session.token_hash);
    unstored->is_storing = false;
    /* Somebody may have signed out meanwhile: that is to be stored too. */
    if (storing->status == ST_OK && place < unstored->count &&
        strcmp(unstored->sessions[place].account, storing->session.account) == 0)
        remove_at(unstored, place);
    if (storing->status == ST_OK)
        unstored_store(storing->api);
    mem_free(storing);
}

static void storing_done(struct command *command, int status)
{
    struct storing *storing = (struct storing *)(void *)command;
    storing->status = status;
    if (http_server_post(storing->server, stored, storing) != ST_OK)
        mem_free(storing);
}

void unstored_store(struct api *api)
{
    struct unstored *unstored = &api->unstored;
    if (unstored->count == 0 || unstored->is_storing || !api_stores(api))
        return;
    struct storing *storing = mem_calloc(1, sizeof *storing);
    if (storing == NULL)
        return;
    storing->api = api;
    storing->server = api->server;
    storing->session = unstored->sessions[0];
    call_command_init(&storing->own, storing_run, storing);
    storing->own.command.done = storing_done;
    unstored->is_storing = writer_submit(api->config.writer, &storing->own.command) == 0;
    if (!unstored->is_storing)
        mem_free(storing);
}
