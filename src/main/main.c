/* SPDX-License-Identifier: Apache-2.0 */
/* The `muster` command: finds the command in the table, opens what it needs, runs it,
 * prints. An instance that a server holds is reached through that server. */
#include "base/mem.h"
#include "base/status.h"
#include "main/admin.h"
#include "main/cli.h"
#include "main/instance.h"
#include "store/db.h"
#include "store/lease.h"

#include <curl/curl.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_TRIES 100
#define LOCK_WAIT_US 100000
/* Of libuv's pool, for whoever has not set another number. Of what takes long at most
 * eight run at once (api/internal.h), and two sign-ins. */
#define POOL_THREADS "11"
#define MEMORY_KEPT (16 << 20) /* bytes free that stay with the process, per arena */

static int print_error(int status, struct diag *diag, const char *command)
{
    diag_settle(diag, status);
    (void)fprintf(stderr, "muster: %s", diag->where[0] != '\0' ? diag->where : command);
    if (diag->line > 0)
        (void)fprintf(stderr, ": line %u", diag->line);
    if (diag->column > 0)
        (void)fprintf(stderr, ", column %u", diag->column);
    (void)fprintf(stderr, ": %s\n",
                  diag->text[0] != '\0' ? diag->text : status_text(status));
    return 1;
}

/* Once: here, or by the server that holds the folder. */
static int try_on_instance(struct cli *cli, struct diag *reterr)
{
    struct instance *instance = NULL;
    const struct instance_hooks hooks = {.read_only = cli_only_reads(cli->command),
                                         .rows_alone = !cli_wants_people(cli->command)};
    int status = instance_open(&instance, cli->dir, &hooks, reterr);
    if (status == ST_BUSY) {
        struct instance_paths paths;
        status = instance_paths(&paths, cli->dir, reterr);
        return status == ST_OK ? admin_call(cli, paths.socket, reterr) : status;
    }
    if (status == ST_OK)
        status = cli->command->run(cli, instance, reterr);
    instance_close(instance);
    return status;
}

/* A node that stands by holds its folder and runs no commands. */
static int say_who_serves(const struct cli *cli, struct diag *reterr)
{
    struct instance_paths paths;
    char holder[LEASE_ADDRESS_MAX];
    if (instance_paths(&paths, cli->dir, NULL) != ST_OK || !db_is_postgres(paths.db) ||
        lease_holder(paths.db, holder, NULL) != ST_OK || holder[0] == '\0')
        return ST_BUSY;
    return diag_set(reterr, ST_BUSY, 0, 0, cli->dir,
                    "this node stands by, or is about to start; %s serves: run the "
                    "command there",
                    holder);
}

/* A folder that is held while nobody answers is held by another command, or by a server
 * that still starts or stops: that passes. */
static int run_on_instance(struct cli *cli, struct diag *reterr)
{
    int status = try_on_instance(cli, reterr);
    for (int i = 0; i < LOCK_TRIES && status == ST_BUSY && cli->out.size == 0; i++) {
        (void)usleep(LOCK_WAIT_US); /* cut short it is only tried earlier */
        status = try_on_instance(cli, reterr);
    }
    if (status == ST_BUSY && strstr(reterr->where, "admin.sock") != NULL)
        return say_who_serves(cli, reterr);
    return status;
}

static bool print_output(const struct text *out)
{
    size_t put = fwrite(text_string(out), 1, out->size, stdout);
    return fflush(stdout) == 0 && put == out->size;
}

int main(int argc, char **argv)
{
    umask(077);
    (void)setenv("UV_THREADPOOL_SIZE", POOL_THREADS, 0);
    /* A plan takes and returns some hundred kB, again and again: handing them back to the
     * system each time costs a third of the plan. Advice: without it slower. */
    (void)mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
    (void)mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit fails like a full disk */
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        (void)fprintf(stderr, "muster: start: the libraries cannot be set up\n");
        return 1;
    }
    struct cli *cli = mem_calloc(1, sizeof *cli);
    struct diag diag = {0};
    if (cli == NULL)
        return 1;
    text_init(&cli->out, CLI_OUTPUT_MAX);
    text_init(&cli->err, CLI_OUTPUT_MAX);
    int status = cli_parse(cli, argc - 1, argv + 1, &diag);
    int code = 0;
    if (status != ST_OK) {
        (void)print_error(status, &diag, "usage");
        code = CLI_USAGE;
    } else {
        status = cli_wants_instance(cli) ? run_on_instance(cli, &diag)
                                         : cli->command->run(cli, NULL, &diag);
        if (cli->dir != NULL)
            instance_give_to_owner(cli->dir);
        if (!print_output(&cli->out) || cli->out.status != ST_OK)
            status = status != ST_OK
                         ? status
                         : diag_set(&diag, ST_IO, 0, 0, "output", "cannot be written");
        (void)fwrite(text_string(&cli->err), 1, cli->err.size, stderr);
        if (status != ST_OK)
            code = print_error(status, &diag, cli->command->name);
        if (cli->is_misused)
            code = CLI_USAGE;
    }
    text_release(&cli->out);
    text_release(&cli->err);
    mem_free(cli);
    curl_global_cleanup();
    return code;
}
