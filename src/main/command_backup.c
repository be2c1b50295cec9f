/* SPDX-License-Identifier: Apache-2.0 */
/* backup of an instance that may run meanwhile, and its way back. */
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "main/commands.h"
#include "main/instance.h"
#include "store/applicant.h"
#include "store/backup.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/people.h"
#include "store/texts.h"
#include "store/verify.h"

#include <string.h>
#include <unistd.h>

static void print(struct cli *cli, const char *what, const struct backup_result *result,
                  uint64_t erased_again)
{
    if (cli->json)
        text_appendf(&cli->out,
                     "{\"events\":%llu,\"incidents\":%llu,\"erased\":%llu,"
                     "\"erased_again\":%llu,\"sha256\":\"%s\"}\n",
                     (unsigned long long)result->events,
                     (unsigned long long)result->incidents,
                     (unsigned long long)result->erased, (unsigned long long)erased_again,
                     result->hash);
    else
        text_appendf(&cli->out, "%s: %llu events, %llu incidents, verified; SHA-256 %s\n",
                     what, (unsigned long long)result->events,
                     (unsigned long long)result->incidents, result->hash);
}

int command_backup(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct backup_result result;
    const char *keys = cli_option(cli, "keys");
    int status = backup_make(&instance->paths, cli->words[0], keys,
                             clock_wall_ms(instance->clock), &result, reterr);
    if (status != ST_OK)
        return status;
    if (cli->live && backup_note(instance->writer, NULL) != ST_OK)
        text_append_string(&cli->err, "warning: the time of this backup was not kept\n");
    print(cli, "backed up", &result, 0);
    if (!cli->json && keys == NULL)
        text_append_string(&cli->out,
                           "Without keys: what is personal can be read only "
                           "with the keys of this instance (--keys FOLDER).\n");
    return ST_OK;
}

/* ---- restore ---- */
struct erasing {
    const char *ids; /* a line each */
    uint64_t count;  /* erased here */
};

/* Ids are of the whole database: a person's, of somebody who wanted to join, or of the
 * incident of somebody who asked for help. */
static int erase_one(struct writer *writer, int64_t id, int64_t now_ms,
                     struct erasing *erasing, struct diag *reterr)
{
    struct db *db = writer_db(writer);
    int found = db_has(db, "SELECT 1 FROM person WHERE id = ?1 AND erased = 0", id);
    if (found == 1) {
        erasing->count++;
        return person_erase(writer, id, 0, now_ms);
    }
    if (found == 0)
        found =
            db_has(db, "SELECT 1 FROM applicant WHERE id = ?1 AND state = 'waiting'", id);
    if (found == 1) {
        erasing->count++;
        return applicant_decline(writer, id, 0, now_ms, reterr);
    }
    if (found == 0)
        found = db_has(db, "SELECT 1 FROM incident WHERE id = ?1", id);
    const int erased = found == 1 ? requester_is_erased(db, id) : found;
    if (found != 1 || erased != 0)
        return erased < 0 ? erased : ST_OK;
    erasing->count++;
    return requester_forget(writer, id, 0, now_ms);
}

/* The id in the line at AT, which moves behind it. */
static int next_id(const char **at, int64_t *ret, struct diag *reterr)
{
    char word[24];
    size_t size = strcspn(*at, "\n");
    (void)snprintf(word, sizeof word, "%.*s", (int)(size < 23 ? size : 23), *at);
    if (!text_to_int64(word, 1, INT64_MAX, ret))
        return diag_set(reterr, ST_INVALID, 0, 0, "erased", "'%s' is no id", word);
    *at += size + ((*at)[size] == '\n');
    return ST_OK;
}

/* Before anything is unpacked. */
static int read_erased(const char *path, char **ret, struct diag *reterr)
{
    size_t size;
    int64_t id;
    int status = file_read(path, BACKUP_ERASED_MAX, ret, &size, reterr);
    for (const char *at = *ret; status == ST_OK && *at != '\0';)
        status = next_id(&at, &id, reterr);
    return status;
}

/* Whoever was erased after the backup is erased in it too. */
static int erase_again(void *context, struct writer *writer, int64_t now_ms,
                       struct diag *reterr)
{
    struct erasing *erasing = context;
    int status = ST_OK;
    for (const char *at = erasing->ids; *at != '\0' && status == ST_OK;) {
        int64_t id;
        status = next_id(&at, &id, reterr);
        if (status == ST_OK)
            status = erase_one(writer, id, now_ms, erasing, reterr);
    }
    return status;
}

static int finish_restore(struct cli *cli, struct erasing *erasing, struct diag *reterr)
{
    struct instance *instance = NULL;
    struct verify_result result = {0};
    struct text findings;
    const struct instance_hooks hooks = {.is_restored = true};
    int status = instance_open(&instance, cli->dir, &hooks, reterr);
    if (status == ST_CORRUPT)
        return diag_set(reterr, status, 0, 0, cli_option(cli, "keys"),
                        "does not open what is in %s: perhaps the keys of another "
                        "instance, or of a time before this backup",
                        cli->words[0]);
    if (status != ST_OK)
        return status;
    text_init(&findings, CLI_OUTPUT_MAX);
    if (erasing->ids != NULL)
        status = command_call(instance->writer, erase_again, erasing, reterr);
    if (status == ST_OK)
        status = verify_store(instance->db, NULL, 0, &result, &findings, reterr);
    if (status == ST_OK && result.findings > 0)
        status =
            diag_set(reterr, ST_CORRUPT, 0, 0, "verify", "%.*s",
                     (int)strcspn(text_string(&findings), "\n"), text_string(&findings));
    text_release(&findings);
    if (status == ST_OK)
        status = backup_restored(&instance->paths, reterr);
    instance_close(instance);
    return status;
}

int command_restore(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    struct instance_paths paths;
    struct backup_result result = {0};
    struct erasing erasing = {0};
    AUTO_FREE char *ids = NULL;
    const char *erased = cli_option(cli, "erased");
    const bool was_there = access(cli->dir, F_OK) == 0;
    int status = file_make_folder(cli->dir, reterr);
    if (status == ST_OK)
        status = instance_paths(&paths, cli->dir, reterr);
    if (status == ST_OK && erased != NULL)
        status = read_erased(erased, &ids, reterr);
    if (status == ST_OK)
        status = backup_unpack(&paths, cli->words[0], cli_option(cli, "keys"), &result,
                               reterr);
    erasing.ids = ids;
    if (status == ST_OK)
        status = finish_restore(cli, &erasing, reterr);
    if (status == ST_OK)
        print(cli, "restored", &result, erasing.count);
    else if (!was_there)
        (void)rmdir(cli->dir); /* only if nothing was unpacked yet */
    return status;
}
