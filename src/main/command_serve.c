/* SPDX-License-Identifier: Apache-2.0 */
/* serve, and demo: makes the synthetic county by the ordinary commands, then serves it.
 */
#include "base/clock.h"
#include "base/config.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "demo/county.h"
#include "demo/division.h"
#include "main/commands.h"
#include "main/instance.h"
#include "main/service.h"
#include "store/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEMO_SEED 330482

static void say_ready(void *context, const char *url)
{
    const struct cli *cli = context;
    if (cli->json)
        (void)printf("{\"url\":\"%s\"}\n", url);
    else
        (void)printf("muster serves %s\n", url);
    (void)fflush(stdout);
}

static void service_settings(struct cli *cli, struct service_options *ret)
{
    *ret = (struct service_options){.dir = cli->dir,
                                    .listen = cli_option(cli, "listen"),
                                    .tls_cert = cli_option(cli, "tls-cert"),
                                    .tls_key = cli_option(cli, "tls-key"),
                                    .behind_proxy = cli_option(cli, "behind-proxy"),
                                    .store = cli_option(cli, "store"),
                                    .ready = say_ready,
                                    .context = cli};
}

int command_serve(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    const char *store = cli_option(cli, "store");
    if (store != NULL && !db_is_postgres(store))
        return diag_set(reterr, ST_INVALID, 0, 0, "store",
                        "is no address: write postgres://USER@HOST/NAME");
    struct service_options options;
    service_settings(cli, &options);
    return service_run(&options, reterr);
}

/* ---- demo
 * ---------------------------------------------------------------------------------------
 */

/* Runs one command of the table on the instance, as if it had been typed. */
static int run_command(struct cli *cli, struct instance *instance, int argc, char **argv,
                       struct diag *reterr)
{
    struct cli inner = {0};
    text_init(&inner.out, CLI_OUTPUT_MAX);
    text_init(&inner.err, CLI_OUTPUT_MAX);
    int status = cli_parse(&inner, argc, argv, reterr);
    inner.live = cli->live;
    inner.json = cli->json;
    if (status == ST_OK)
        status = inner.command->run(&inner, instance, reterr);
    if (status == ST_OK && strcmp(inner.command->name, "account add") == 0)
        text_appendf(&cli->out, "%s%.*s", cli->json ? "," : "",
                     (int)(inner.out.size - (cli->json ? 1 : 0)), /* its line's end */
                     text_string(&inner.out));
    text_release(&inner.out);
    text_release(&inner.err);
    return status;
}

static int import_file(struct cli *cli, struct instance *instance, const char *what,
                       const char *file, struct diag *reterr)
{
    char path[INSTANCE_PATH_SIZE], kind[16];
    (void)snprintf(path, sizeof path, "%s/source/%s", cli->dir, file);
    (void)snprintf(kind, sizeof kind, "%s", what);
    char import[] = "import", dir[] = "--dir";
    char *argv[] = {import, kind, path, dir, (char *)(uintptr_t)cli->dir};
    cli_progress(cli, kind, 0, 1);
    return run_command(cli, instance, COUNT_OF(argv), argv, reterr);
}

static int add_verifier(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    char account[] = "account", add[] = "add", name[] = "verifier", role[] = "--role",
         verifier[] = "verifier", dir[] = "--dir";
    char *argv[] = {account, add, name, role, verifier, dir, (char *)(uintptr_t)cli->dir};
    return run_command(cli, instance, COUNT_OF(argv), argv, reterr);
}

/* The city's duty room: the mailbox shows what it would be told. */
static int set_desk(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    char desk[] = "desk", set[] = "set", dir[] = "--dir";
    char *argv[] = {desk, set, (char *)(uintptr_t)division_at(0)->code, dir,
                    (char *)(uintptr_t)cli->dir};
    return run_command(cli, instance, COUNT_OF(argv), argv, reterr);
}

static void demo_config(struct text *ret, const char *store)
{
    struct config config;
    config_default(&config);
    (void)snprintf(config.name_zh, sizeof config.name_zh, "平湖市（演示，虚构数据）");
    (void)snprintf(config.name_en, sizeof config.name_en,
                   "Pinghu (demo, synthetic data)");
    (void)snprintf(config.duty_phone, sizeof config.duty_phone, "10000000000");
    config.synthetic = 1;
    config.mailbox_page = config.join = 1;
    (void)snprintf(config.channels, sizeof config.channels, "push file");
    (void)snprintf(config.push_contact, sizeof config.push_contact,
                   "demo@muster.invalid");
    (void)snprintf(config.store, sizeof config.store, "%s", store == NULL ? "" : store);
    config_write(&config, ret);
}

static int init_demo(struct cli *cli, struct instance_paths *paths, struct diag *reterr)
{
    const char *store = cli_option(cli, "store");
    if (store != NULL)
        instance_use_store(paths, store);
    struct text text;
    text_init(&text, CONFIG_SIZE_MAX);
    demo_config(&text, store);
    struct instance_init init = {.config = text_string(&text),
                                 .random = random_system(),
                                 .now_ms = clock_wall_ms(clock_system())};
    int status = instance_init(paths, &init, reterr);
    if (status == ST_OK && cli->json)
        text_appendf(&cli->out,
                     ",\"account\":\"%s\",\"password\":\"%s\",\"accounts\":["
                     "{\"account\":\"%s\",\"password\":\"%s\"}",
                     init.account, init.password, init.account, init.password);
    else if (status == ST_OK)
        text_appendf(&cli->out, "account   %s\npassword  %s\n", init.account,
                     init.password);
    text_release(&text);
    return status;
}

static int import_county(struct cli *cli, struct diag *reterr)
{
    struct instance *instance = NULL;
    int status = instance_open(&instance, cli->dir, NULL, reterr);
    static const struct {
        const char *what, *file;
    } files[] = {{"areas", "areas.csv"},
                 {"sites", "sites.csv"},
                 {"people", "people.csv"},
                 {"teams", "teams.csv"}};
    for (size_t i = 0; i < COUNT_OF(files) && status == ST_OK; i++)
        status = import_file(cli, instance, files[i].what, files[i].file, reterr);
    if (status == ST_OK)
        status = add_verifier(cli, instance, reterr);
    if (status == ST_OK)
        status = set_desk(cli, instance, reterr);
    instance_close(instance);
    return status;
}

/* A mark stands in the folder while the county is made, so that a demo that was cut short
 * then starts again from nothing. */
static int mark_demo(const struct instance_paths *paths, char *ret_mark, size_t size,
                     struct diag *reterr)
{
    (void)snprintf(ret_mark, size, "%s/demo.unfinished", paths->dir);
    int status = ST_OK;
    if (access(ret_mark, F_OK) == 0) /* then init has to start again, too */
        status = file_write(paths->unfinished, "", 0, 0600, reterr);
    if (status != ST_OK || instance_exists(paths))
        return status;
    return file_write(ret_mark, "", 0, 0600, reterr);
}

static int make_demo(struct cli *cli, struct instance_paths *paths, struct diag *reterr)
{
    int64_t people, seed;
    int status = cli_number(cli, "people", COUNTY_PEOPLE_DEFAULT, COUNTY_PEOPLE_MIN,
                            COUNTY_PEOPLE_MAX, &people, reterr);
    if (status == ST_OK)
        status = cli_number(cli, "seed", DEMO_SEED, 0, INT64_MAX, &seed, reterr);
    if (status != ST_OK)
        return status;
    char source[INSTANCE_PATH_SIZE + 16];
    (void)snprintf(source, sizeof source, "%s/source", paths->dir);
    const struct county_options options = {.seed = (uint64_t)seed,
                                           .people = (uint32_t)people,
                                           .today_ms = clock_wall_ms(clock_system()),
                                           .progress = cli_progress,
                                           .context = cli};
    time_set_zone("Asia/Shanghai"); /* no thread runs yet */
    status = county_write(source, &options, reterr);
    if (status == ST_OK)
        status = init_demo(cli, paths, reterr);
    if (status == ST_OK)
        status = import_file(cli, NULL, "roads", "roads.osm", reterr);
    if (status == ST_OK)
        status = import_county(cli, reterr);
    return status;
}

static int make_demo_once(struct cli *cli, struct instance_paths *paths,
                          struct diag *reterr)
{
    char mark[INSTANCE_PATH_SIZE + 16];
    int lock_fd, status = instance_lock(paths, &lock_fd, reterr);
    if (status == ST_BUSY)
        return diag_set(reterr, ST_BUSY, 0, 0, cli->dir,
                        "another muster serves or makes this folder already");
    if (status != ST_OK)
        return status;
    status = mark_demo(paths, mark, sizeof mark, reterr);
    bool is_made = instance_exists(paths);
    instance_unlock(lock_fd); /* the imports take it themselves */
    if (status != ST_OK || is_made)
        return status;
    status = make_demo(cli, paths, reterr);
    if (status == ST_OK && unlink(mark) != 0)
        status = diag_set(reterr, ST_IO, 0, 0, mark, "cannot be removed");
    return status;
}

static void say_demo_ready(void *context, const char *url)
{
    struct cli *cli = context;
    if (cli->json) {
        (void)printf("{\"url\":\"%s\"%s%s}\n", url, text_string(&cli->out),
                     cli->out.size == 0 ? "" : "]");
    } else {
        (void)printf(
            "\nmuster serves the demo county (synthetic data, made-up people)\n\n"
            "address   %s\n%smailbox   %s/mailbox\n\n",
            url, text_string(&cli->out), url);
        if (cli->out.size == 0)
            (void)printf(
                "Sign in as before. Forgotten? %s account password admin --dir %s\n",
                program_invocation_name, cli->dir); /* as it was called: no PATH needed */
        (void)printf("Stop with Ctrl-C; the data stays in %s.\n", cli->dir);
    }
    text_clear(&cli->out);
    (void)fflush(stdout);
}

/* The demo answers for its people: never for real ones. */
static int expect_demo(const struct instance_paths *paths, struct diag *reterr)
{
    if (!instance_exists(paths))
        return ST_OK;
    struct config *config = mem_alloc(sizeof *config);
    if (config == NULL)
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, paths->config, "no memory");
    config_default(config);
    int status = config_read(config, paths->config, reterr);
    if (status == ST_OK && config->synthetic == 0)
        status = diag_set(reterr, ST_CONFLICT, 0, 0, paths->dir,
                          "holds an instance that is not the demo county; `muster serve "
                          "--dir %s` serves it",
                          paths->dir);
    mem_free(config);
    return status;
}

int command_demo(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    struct instance_paths paths;
    int status = file_make_folder(cli->dir, reterr);
    if (status == ST_OK)
        status = instance_paths(&paths, cli->dir, reterr);
    if (status == ST_OK)
        status = expect_demo(&paths, reterr);
    if (status == ST_OK)
        status = make_demo_once(cli, &paths, reterr);
    if (status != ST_OK)
        return status;
    struct service_options options;
    service_settings(cli, &options);
    options.demo = true;
    options.simulate = cli_option(cli, "simulate") != NULL;
    options.ready = say_demo_ready;
    return service_run(&options, reterr);
}
