/* SPDX-License-Identifier: Apache-2.0 */
/* init, verify, archive. */
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "main/commands.h"
#include "main/county_ca.h"
#include "main/instance.h"
#include "store/account.h"
#include "store/archive.h"
#include "store/db.h"
#include "store/verify.h"

#include <string.h>

#define HEADS_MAX (64 * 1024 * 1024)

static void say_how_to_install(struct cli *cli, const char *url)
{
    text_appendf(
        &cli->out,
        "\nThen serve with TLS:\n"
        "  muster serve --dir %s --listen 0.0.0.0:8443 --tls-cert %s/tls-cert.pem "
        "--tls-key %s/tls-key.pem\n"
        "then open %s, where links in messages lead, too (public_url in muster.conf).\n"
        "Each computer and telephone must trust %s/tls-ca.pem once:\n"
        "  Debian    copy it to /usr/local/share/ca-certificates/muster.crt, then "
        "update-ca-certificates\n"
        "  Windows   double-click, Install, Trusted Root Certification Authorities\n"
        "  Android   Settings, Security, Install a certificate, CA certificate\n"
        "  iOS       open it, install the profile, then General, About, Certificate "
        "Trust Settings\n"
        "Keep %s/tls-ca-key.pem off the server: who has it can pretend to be it.\n",
        cli->dir, cli->dir, cli->dir, url, cli->dir, cli->dir);
}

static void say_what_next(struct cli *cli, const char *url)
{
    text_appendf(&cli->out,
                 "\nNext, the roads (areas, skills, people and sites after them):\n"
                 "  muster import roads FILE.osm.pbf --dir %s\n",
                 cli->dir);
    if (url[0] != '\0')
        say_how_to_install(cli, url);
    else
        text_appendf(&cli->out, "Then serve:\n  muster serve --dir %s\n", cli->dir);
}

/* Links lead to the first of NAMES: an IPv6 address in brackets. */
static void lead_to(struct config *config, const char *names)
{
    const size_t size = strcspn(names, ",");
    const bool has_colon = memchr(names, ':', size) != NULL;
    (void)snprintf(config->public_url, sizeof config->public_url,
                   has_colon ? "https://[%.*s]:8443" : "https://%.*s:8443", (int)size,
                   names);
}

int command_init(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    struct instance_paths paths;
    struct config config;
    config_default(&config);
    const char *store = cli_option(cli, "store");
    if (store != NULL && (!db_is_postgres(store) || strlen(store) > CONFIG_VALUE_MAX))
        return diag_set(reterr, ST_INVALID, 0, 0, "store",
                        "is no address: write postgres://USER@HOST/NAME");
    (void)snprintf(config.store, sizeof config.store, "%s", store == NULL ? "" : store);
    const char *tls_names = cli_option(cli, "tls-name");
    if (tls_names != NULL)
        lead_to(&config, tls_names);
    struct text text;
    text_init(&text, CONFIG_SIZE_MAX);
    config_write(&config, &text);
    struct instance_init init = {.config = text_string(&text),
                                 .random = random_system(),
                                 .now_ms = clock_wall_ms(clock_system())};
    int status = file_make_folder(cli->dir, reterr);
    if (status == ST_OK)
        status = instance_paths(&paths, cli->dir, reterr);
    if (status == ST_OK)
        instance_use_store(&paths, config.store);
    int lock_fd = -1;
    if (status == ST_OK)
        status = instance_lock(&paths, &lock_fd, reterr);
    if (status == ST_OK && tls_names != NULL && !instance_exists(&paths))
        status = county_ca_make(cli->dir, tls_names, reterr);
    if (status == ST_OK)
        status = instance_init(&paths, &init, reterr);
    if (lock_fd >= 0)
        instance_unlock(lock_fd);
    if (status == ST_OK)
        cli_print_password(cli, init.account, init.password);
    if (status == ST_OK && !cli->json)
        say_what_next(cli, config.public_url);
    text_release(&text);
    return status;
}

static void print_verify(struct cli *cli, const struct verify_result *result,
                         const struct text *findings)
{
    if (cli->json)
        text_appendf(
            &cli->out,
            "{\"events\":%llu,\"incidents\":%llu,\"batches\":%llu,"
            "\"signatures\":%llu,\"findings\":%llu}\n",
            (unsigned long long)result->events, (unsigned long long)result->incidents,
            (unsigned long long)result->batches, (unsigned long long)result->signatures,
            (unsigned long long)result->findings);
    else
        text_appendf(
            &cli->out,
            "%s%llu events, %llu incidents, %llu batches, %llu signed "
            "heads: %llu findings\n",
            text_string(findings), (unsigned long long)result->events,
            (unsigned long long)result->incidents, (unsigned long long)result->batches,
            (unsigned long long)result->signatures, (unsigned long long)result->findings);
}

int command_verify(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    const char *path = cli_option(cli, "heads");
    AUTO_FREE char *heads = NULL;
    size_t size = 0;
    int status = ST_OK;
    if (path != NULL)
        status = file_read(path, HEADS_MAX, &heads, &size, reterr);
    if (heads != NULL && text_is_blank(heads))
        return diag_set(reterr, ST_INVALID, 0, 0, path,
                        "holds no head: keep what `muster heads` prints");
    if (status != ST_OK)
        return status;
    struct verify_result result = {0};
    struct text findings;
    text_init(&findings, CLI_OUTPUT_MAX);
    uint64_t damaged =
        db_is_postgres(instance->paths.db) ? 0 : verify_pages(instance->db, &findings);
    status = verify_store(instance->db, heads, size, &result, &findings, reterr);
    result.findings += damaged;
    if (status == ST_OK) {
        print_verify(cli, &result, &findings);
        if (result.findings > 0)
            status = diag_set(
                reterr, ST_CORRUPT, 0, 0, "verify", "%llu findings, first: %.*s",
                (unsigned long long)result.findings,
                (int)strcspn(text_string(&findings), "\n"), text_string(&findings));
    }
    text_release(&findings);
    return status;
}

/* What the server does every hour; both at once do no harm. */
int command_archive(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    const struct archive_config config = {.writer = instance->writer,
                                          .clock = instance->clock,
                                          .db_path = instance->paths.db,
                                          .days = instance->config.archive_days};
    struct archive *archive = NULL;
    uint32_t moved = 0;
    if (config.days == 0)
        return diag_set(reterr, ST_CONFLICT, 0, 0, "archive_days",
                        "is 0 in muster.conf: nothing moves to the archive");
    int status = archive_new(&archive, &config, reterr);
    if (status != ST_OK)
        return status;
    status = archive_run(archive, clock_wall_ms(instance->clock), &moved);
    archive_free(archive);
    if (status != ST_OK)
        return diag_set(reterr, status, 0, 0, "archive",
                        "%u incidents moved, then: %s; run it again", moved,
                        status_text(status));
    text_appendf(&cli->out,
                 cli->json ? "{\"incidents\":%u,\"days\":%lld}\n"
                           : "%u incidents, closed for more than %lld days, moved to the"
                             " archive\n",
                 moved, (long long)config.days);
    return ST_OK;
}

/* Lines of JSON as verify_export_heads makes them; with --json one array of them. */
int command_heads(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct text lines;
    text_init(&lines, CLI_OUTPUT_MAX);
    int status = verify_export_heads(instance->db, &lines);
    if (status != ST_OK)
        (void)diag_set(reterr, status, 0, 0, "heads", "cannot be read: %s",
                       status_text(status));
    const char *text = text_string(&lines);
    text_append_string(&cli->out, cli->json ? "{\"heads\":[" : "");
    for (size_t i = 0; i < lines.size; i++) {
        bool is_between = cli->json && text[i] == '\n';
        if (!is_between)
            text_append(&cli->out, text + i, 1);
        else if (i + 1 < lines.size)
            text_append_string(&cli->out, ",");
    }
    text_append_string(&cli->out, cli->json ? "]}\n" : "");
    text_release(&lines);
    return status;
}
