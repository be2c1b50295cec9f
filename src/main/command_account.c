/* SPDX-License-Identifier: Apache-2.0 */
/* account add, list, password, close and open; token. */
#include "base/status.h"
#include "main/commands.h"
#include "main/instance.h"
#include "store/account.h"
#include "store/commands.h"

#include <string.h>

void cli_print_password(struct cli *cli, const char *account, const char *password)
{
    if (cli->json) {
        text_append_string(&cli->out, "{\"account\":");
        text_append_json(&cli->out, account);
        text_append_string(&cli->out, ",\"password\":");
        text_append_json(&cli->out, password);
        text_append_string(&cli->out, "}\n");
        return;
    }
    text_appendf(&cli->out, "account   %s\npassword  %s\n", account, password);
    text_append_string(&cli->out,
                       "The password is shown once; it works until changed.\n");
}

int cli_find_area(struct instance *instance, const char *code, int64_t *ret,
                  struct diag *reterr)
{
    struct area_tree areas = {0};
    if (area_tree_load(&areas, instance->db) != ST_OK)
        return diag_set(reterr, ST_IO, 0, 0, "areas", "cannot be read");
    const struct area *area = area_by_code(&areas, code);
    if (area != NULL)
        *ret = area->id;
    area_tree_release(&areas);
    return area != NULL ? ST_OK
                        : diag_set(reterr, ST_NOT_FOUND, 0, 0, "area",
                                   "there is no area %s", code);
}

static int find_account(struct instance *instance, const char *name, struct account *ret,
                        struct diag *reterr)
{
    const int status = account_by_name(instance->db, name, ret, NULL);
    if (status == ST_NOT_FOUND)
        return diag_set(reterr, status, 0, 0, "account", "there is no account %s", name);
    return status == ST_OK ? ST_OK
                           : diag_set(reterr, status, 0, 0, "account", "cannot be read");
}

/* ---- add, token ---- */
/* Several roles: --role R --area CODE pairs come in order; here one pair a call. */
static int read_account(struct cli *cli, struct instance *instance, struct account *ret,
                        struct diag *reterr)
{
    if (!role_parse(cli_option(cli, "role"), &ret->roles[0].role))
        return diag_set(reterr, ST_INVALID, 0, 0, "role", "is none of %s", role_list());
    const char *code = cli_option(cli, "area");
    int status = cli_find_area(instance, code == NULL ? "root" : code,
                               &ret->roles[0].area_id, reterr);
    ret->role_count = 1;
    if (strlen(cli->words[0]) > ACCOUNT_NAME_MAX)
        return diag_set(reterr, ST_LIMIT, 0, 0, "name", "is longer than %d bytes",
                        ACCOUNT_NAME_MAX);
    (void)snprintf(ret->name, sizeof ret->name, "%s", cli->words[0]);
    return status;
}

struct put_account {
    struct account account;
    char hash[ACCOUNT_HASH_SIZE];
};

static int put_account(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    struct put_account *put = context;
    return account_put(writer, &put->account, put->hash, 0, now_ms, &put->account.id,
                       reterr);
}

int command_account_add(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct put_account put = {0};
    int status = read_account(cli, instance, &put.account, reterr);
    if (status != ST_OK)
        return status;
    char password[20];
    account_password_make(instance->random, password);
    status = account_password_hash(password, put.hash);
    if (status == ST_OK)
        status = command_call(instance->writer, put_account, &put, reterr);
    if (status == ST_OK)
        cli_print_password(cli, put.account.name, password);
    return status;
}

struct put_token {
    uint8_t hash[32];
    int64_t account_id;
};

static int put_token(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    (void)reterr;
    const struct put_token *put = context;
    return api_token_put(writer, put->hash, put->account_id, 0, now_ms);
}

struct revoke_tokens {
    int64_t account_id, count;
};

static int revoke_tokens(void *context, struct writer *writer, int64_t now_ms,
                         struct diag *reterr)
{
    (void)reterr;
    struct revoke_tokens *revoke = context;
    return api_tokens_revoke(writer, revoke->account_id, 0, now_ms, &revoke->count);
}

static int revoke_all(struct cli *cli, struct instance *instance,
                      const struct account *account, struct diag *reterr)
{
    struct revoke_tokens revoke = {.account_id = account->id};
    const int status = command_call(instance->writer, revoke_tokens, &revoke, reterr);
    if (status != ST_OK)
        return status;
    if (cli->json) {
        text_append_string(&cli->out, "{\"account\":");
        text_append_json(&cli->out, account->name);
        text_appendf(&cli->out, ",\"revoked\":%lld}\n", (long long)revoke.count);
        return ST_OK;
    }
    text_appendf(&cli->out, "%s: none of its tokens (%lld) opens anything any more\n",
                 account->name, (long long)revoke.count);
    return ST_OK;
}

int command_token(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct account account;
    char token[ACCOUNT_TOKEN_SIZE];
    int status = find_account(instance, cli_option(cli, "account"), &account, reterr);
    if (status == ST_OK && cli_option(cli, "revoke") != NULL)
        return revoke_all(cli, instance, &account, reterr);
    if (status != ST_OK)
        return status;
    struct put_token put = {.account_id = account.id};
    account_token_make(instance->random, token, put.hash);
    status = command_call(instance->writer, put_token, &put, reterr);
    if (status != ST_OK)
        return status;
    if (cli->json) {
        text_append_string(&cli->out, "{\"account\":");
        text_append_json(&cli->out, account.name);
    }
    text_appendf(&cli->out, cli->json ? ",\"token\":\"%s\"}\n" : "%s\n", token);
    return ST_OK;
}

/* ---- what becomes of one ---- */
struct change_account {
    int64_t id;
    const char *hash; /* the new password's; NULL: it is closed or opened */
    bool is_closed;
};

static int change_account(void *context, struct writer *writer, int64_t now_ms,
                          struct diag *reterr)
{
    const struct change_account *change = context;
    return change->hash != NULL
               ? account_set_password(writer, change->id, change->hash, 0, now_ms)
               : account_set_disabled(writer, change->id, change->is_closed, 0, now_ms,
                                      reterr);
}

int command_account_password(struct cli *cli, struct instance *instance,
                             struct diag *reterr)
{
    struct account account;
    char password[20], hash[ACCOUNT_HASH_SIZE];
    int status = find_account(instance, cli->words[0], &account, reterr);
    if (status != ST_OK)
        return status;
    account_password_make(instance->random, password);
    status = account_password_hash(password, hash);
    struct change_account change = {.id = account.id, .hash = hash};
    if (status == ST_OK)
        status = command_call(instance->writer, change_account, &change, reterr);
    if (status == ST_OK)
        cli_print_password(cli, account.name, password);
    if (status == ST_OK && account.disabled && !cli->json)
        text_appendf(&cli->out, "It is closed: muster account open %s\n", account.name);
    return status;
}

static int set_closed(struct cli *cli, struct instance *instance, bool is_closed,
                      struct diag *reterr)
{
    struct account account;
    int status = find_account(instance, cli->words[0], &account, reterr);
    if (status == ST_OK && account.disabled == is_closed)
        return diag_set(reterr, ST_CONFLICT, 0, 0, account.name, "is %s already",
                        is_closed ? "closed" : "open");
    struct change_account change = {.id = account.id, .is_closed = is_closed};
    if (status == ST_OK)
        status = command_call(instance->writer, change_account, &change, reterr);
    if (status != ST_OK)
        return status;
    if (cli->json) {
        text_append_string(&cli->out, "{\"account\":");
        text_append_json(&cli->out, account.name);
        text_appendf(&cli->out, ",\"closed\":%s}\n", is_closed ? "true" : "false");
        return ST_OK;
    }
    text_appendf(&cli->out, "%s: %s\n", account.name,
                 is_closed ? "closed; nobody is signed in to it any more, and its tokens "
                             "open nothing"
                           : "open again, with the password and the tokens it had");
    return ST_OK;
}

int command_account_close(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    return set_closed(cli, instance, true, reterr);
}

int command_account_open(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    return set_closed(cli, instance, false, reterr);
}

/* ---- who has one ---- */
struct list {
    struct cli *cli;
    const struct area_tree *areas;
    bool has_any;
};

static void list_roles(const struct list *list, const struct account *account)
{
    struct text *out = &list->cli->out;
    for (uint32_t i = 0; i < account->role_count; i++) {
        const struct area *area = area_by_id(list->areas, account->roles[i].area_id);
        const char *code = area == NULL ? "" : area->code;
        const char *role = role_code(account->roles[i].role);
        if (!list->cli->json) {
            text_appendf(out, "%s%s in %s", i == 0 ? "" : ", ", role, code);
            continue;
        }
        text_appendf(out, "%s{\"role\":\"%s\",\"area\":", i == 0 ? "" : ",", role);
        text_append_json(out, code);
        text_append_string(out, "}");
    }
}

static void list_one(void *context, const struct account *account)
{
    struct list *list = context;
    struct text *out = &list->cli->out;
    if (list->cli->json) {
        text_append_string(out, list->has_any ? ",{\"account\":" : "{\"account\":");
        text_append_json(out, account->name);
        text_appendf(out, ",\"closed\":%s,\"roles\":[",
                     account->disabled ? "true" : "false");
    } else {
        text_appendf(out, "%-24s %-7s ", account->name,
                     account->disabled ? "closed" : "open");
    }
    list_roles(list, account);
    text_append_string(out, list->cli->json ? "]}" : "\n");
    list->has_any = true;
}

int command_account_list(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct area_tree areas = {0};
    struct list list = {.cli = cli, .areas = &areas};
    if (area_tree_load(&areas, instance->db) != ST_OK)
        return diag_set(reterr, ST_IO, 0, 0, "areas", "cannot be read");
    if (cli->json)
        text_append_string(&cli->out, "{\"accounts\":[");
    const int status = account_each(instance->db, list_one, &list);
    if (cli->json)
        text_append_string(&cli->out, "]}\n");
    area_tree_release(&areas);
    return status == ST_OK ? ST_OK
                           : diag_set(reterr, status, 0, 0, "accounts", "cannot be read");
}
