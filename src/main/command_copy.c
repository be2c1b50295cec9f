/* SPDX-License-Identifier: Apache-2.0 */
/* copy-store: SQLite to PostgreSQL or back, while nobody serves. */
#include "base/config.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "main/commands.h"
#include "store/copy.h"
#include "store/db.h"
#include "store/instance.h"
#include "store/lease.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The line `store =` of muster.conf, made or changed; everything else stays. */
static int use_store(const struct instance_paths *paths, const char *store,
                     struct diag *reterr)
{
    AUTO_FREE char *old = NULL;
    size_t size;
    int status = file_read(paths->config, CONFIG_SIZE_MAX, &old, &size, reterr);
    if (status != ST_OK)
        return status;
    struct text text;
    text_init(&text, CONFIG_SIZE_MAX);
    for (const char *line = old; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        size_t blank = strspn(line, " \t");
        const char *behind = line + blank + 5; /* counts only if there is so much */
        bool is_store = length > blank + 5 && strncmp(line + blank, "store", 5) == 0 &&
                        behind[strspn(behind, " \t")] == '=';
        if (!is_store) {
            text_append(&text, line, length);
            text_append_string(&text, "\n");
        }
        line += length + (line[length] == '\n');
    }
    if (store[0] != '\0')
        text_appendf(&text, "store = %s\n", store);
    status = text.status == ST_OK
                 ? file_write(paths->config, text_string(&text), text.size, 0600, reterr)
                 : text.status;
    text_release(&text);
    return status;
}

static void print_result(struct cli *cli, const struct copy_result *result,
                         const char *store, bool switched)
{
    if (cli->json) {
        text_appendf(&cli->out,
                     "{\"tables\":%u,\"rows\":%lld,\"events\":%llu,\"sha256\":\"%s\","
                     "\"switched\":%s}\n",
                     result->tables, (long long)result->rows,
                     (unsigned long long)result->events, result->hash,
                     switched ? "true" : "false");
        return;
    }
    text_appendf(&cli->out,
                 "%lld rows of %u tables copied and read back equal (SHA-256 %s);\n"
                 "%llu events verify on both sides\n",
                 (long long)result->rows, result->tables, result->hash,
                 (unsigned long long)result->events);
    if (switched)
        text_append_string(&cli->out, "muster.conf uses it from now on\n");
    else
        text_appendf(&cli->out, "to use it, have in muster.conf: store = %s\n",
                     store[0] == '\0' ? "" : store);
}

static int check_target(const char *to, const char *store, struct diag *reterr)
{
    bool is_sqlite = strcmp(to, "sqlite") == 0;
    if (!is_sqlite && (!db_is_postgres(to) || strlen(to) > CONFIG_VALUE_MAX))
        return diag_set(reterr, ST_INVALID, 0, 0, "to",
                        "is neither `sqlite` nor an address postgres://USER@HOST/NAME");
    if (is_sqlite != db_is_postgres(store))
        return diag_set(reterr, ST_CONFLICT, 0, 0, "to",
                        "the store is on that engine already");
    return ST_OK;
}

/* No node may write meanwhile: the side that is PostgreSQL is leased. */
static int copy_leased(const struct copy_config *config, const char *postgres,
                       struct copy_result *ret, struct diag *reterr)
{
    struct lease *lease = NULL;
    bool is_taken = false;
    char holder[LEASE_ADDRESS_MAX] = "";
    int status = lease_open(&lease, postgres, "", reterr);
    if (status == ST_OK)
        status = lease_take(lease, &is_taken, holder, reterr);
    if (status == ST_OK && !is_taken)
        status = diag_set(reterr, ST_DENIED, 0, 0, "PostgreSQL",
                          "another node works on it: %s; stop it first", holder);
    if (status == ST_OK)
        status = copy_store(config, ret, reterr);
    lease_free(lease);
    return status;
}

static int copy_locked(struct cli *cli, struct instance_paths *paths, const char *to,
                       struct diag *reterr)
{
    char db[INSTANCE_PATH_SIZE + 16], keys[INSTANCE_PATH_SIZE + 16];
    bool is_sqlite = strcmp(to, "sqlite") == 0;
    (void)snprintf(db, sizeof db, "%s/muster.db", paths->dir);
    (void)snprintf(keys, sizeof keys, "%s/keys.db", paths->dir);
    if (is_sqlite && (access(db, F_OK) == 0 || access(keys, F_OK) == 0))
        return diag_set(reterr, ST_CONFLICT, 0, 0, paths->dir,
                        "muster.db or keys.db is there; move them away first");
    const struct copy_config config = {.from_db = paths->db,
                                       .from_keys = paths->keys,
                                       .to_db = is_sqlite ? db : to,
                                       .to_keys = is_sqlite ? keys : to,
                                       .progress = cli_progress,
                                       .context = cli};
    struct copy_result result;
    int status = copy_leased(&config, is_sqlite ? paths->db : to, &result, reterr);
    bool switches = cli_option(cli, "switch") != NULL;
    const char *store = is_sqlite ? "" : to;
    if (status == ST_OK && switches)
        status = use_store(paths, store, reterr);
    if (status == ST_OK)
        print_result(cli, &result, store, switches);
    return status;
}

int command_copy_store(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    const char *to = cli_option(cli, "to");
    AUTO_FREE struct instance_paths *paths = mem_alloc(sizeof *paths);
    if (paths == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "", "no memory");
    int lock_fd, status = instance_paths(paths, cli->dir, reterr);
    if (status == ST_OK)
        status = instance_expect(paths, reterr);
    if (status == ST_OK)
        status = check_target(to, paths->db, reterr);
    if (status == ST_OK)
        status = instance_lock(paths, &lock_fd, reterr);
    if (status == ST_BUSY)
        return diag_set(reterr, ST_BUSY, 0, 0, cli->dir,
                        "a server runs on this folder; stop it, copy, start it again");
    if (status != ST_OK)
        return status;
    status = copy_locked(cli, paths, to, reterr);
    instance_unlock(lock_fd);
    return status;
}
