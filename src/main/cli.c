/* SPDX-License-Identifier: Apache-2.0 */
#include "main/cli.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>
#include <unistd.h>

/* How many arguments of ARGV the name of COMMAND takes, 0 if they do not match. */
static int match_name(const struct cli_command *command, int argc, char **argv)
{
    const char *space = strchr(command->name, ' ');
    size_t size = space == NULL ? strlen(command->name) : (size_t)(space - command->name);
    if (argc < 1 || strlen(argv[0]) != size || memcmp(argv[0], command->name, size) != 0)
        return 0;
    if (space == NULL)
        return 1;
    return argc >= 2 && strcmp(argv[1], space + 1) == 0 ? 2 : 0;
}

static const struct cli_command *find_command(int argc, char **argv, int *ret_taken)
{
    for (uint32_t i = 0; i < cli_command_count; i++) {
        *ret_taken = match_name(&cli_commands[i], argc, argv);
        if (*ret_taken > 0)
            return &cli_commands[i];
    }
    return NULL;
}

/* 1 = a flag, 2 = takes a value, 0 = the command has no such option. */
static int option_kind(const struct cli_command *command, const char *name)
{
    size_t size = strlen(name);
    const char *at = command->options;
    while (*at != '\0') {
        at += strspn(at, " ");
        size_t word = strcspn(at, " ");
        bool takes_value = word > 0 && at[word - 1] == '=';
        if (word - takes_value == size && word > 0 && memcmp(at, name, size) == 0)
            return takes_value ? 2 : 1;
        at += word;
    }
    return 0;
}

static int usage(const struct cli_command *command, struct diag *reterr, const char *what,
                 const char *which)
{
    return diag_set(reterr, ST_INVALID, 0, 0, command->name,
                    "%s%s%s; usage: muster %s%s%s%s; options:%s", what,
                    which[0] == '\0' ? "" : " ", which, command->name,
                    command->words[0] == '\0' ? "" : " ", command->words,
                    command->needs == CLI_NOTHING ? "" : " --dir DIR", command->options);
}

static int take_option(struct cli *cli, int argc, char **argv, int *at,
                       struct diag *reterr)
{
    const char *name = argv[*at] + 2;
    if (strcmp(name, "json") == 0) {
        cli->json = true;
        return ST_OK;
    }
    bool is_dir = strcmp(name, "dir") == 0 && cli->command->needs != CLI_NOTHING;
    int kind = is_dir ? 2 : option_kind(cli->command, name);
    if (kind == 0)
        return usage(cli->command, reterr, "unknown option", argv[*at]);
    if (kind == 2 && *at + 1 >= argc)
        return usage(cli->command, reterr, "no value behind", argv[*at]);
    const char *value = kind == 2 ? argv[++*at] : "";
    if (is_dir) {
        cli->dir = value;
        return ST_OK;
    }
    if (cli->option_count == CLI_OPTIONS_MAX)
        return usage(cli->command, reterr, "too many options", "");
    cli->options[cli->option_count].name = name;
    cli->options[cli->option_count++].value = value;
    return ST_OK;
}

int cli_parse(struct cli *ret, int argc, char **argv, struct diag *reterr)
{
    int at = 0;
    ret->command = find_command(argc, argv, &at);
    if (ret->command == NULL)
        return diag_set(reterr, ST_INVALID, 0, 0, argc > 0 ? argv[0] : "",
                        "no such command; `muster help` lists them");
    for (; at < argc; at++) {
        if (strncmp(argv[at], "--", 2) == 0) {
            int status = take_option(ret, argc, argv, &at, reterr);
            if (status != ST_OK)
                return status;
        } else if (ret->word_count < ret->command->words_max) {
            ret->words[ret->word_count++] = argv[at];
        } else {
            return usage(ret->command, reterr, "one word too many:", argv[at]);
        }
    }
    if (ret->word_count < ret->command->words_min)
        return usage(ret->command, reterr, "something is missing", "");
    if (ret->command->needs != CLI_NOTHING && ret->dir == NULL)
        return usage(ret->command, reterr, "--dir DIR is missing", "");
    return ST_OK;
}

const char *cli_option(const struct cli *cli, const char *name)
{
    for (uint32_t i = cli->option_count; i > 0; i--)
        if (strcmp(cli->options[i - 1].name, name) == 0)
            return cli->options[i - 1].value;
    return NULL;
}

int cli_required(const struct cli *cli, const char *name, const char **ret,
                 struct diag *reterr)
{
    const char *value = cli_option(cli, name);
    if (value == NULL) {
        char option[64];
        (void)snprintf(option, sizeof option, "--%s", name);
        return usage(cli->command, reterr, "missing option", option);
    }
    *ret = value;
    return ST_OK;
}

int cli_number(const struct cli *cli, const char *name, int64_t fallback, int64_t min,
               int64_t max, int64_t *ret, struct diag *reterr)
{
    const char *value = cli_option(cli, name);
    *ret = fallback;
    if (value == NULL || text_to_int64(value, min, max, ret))
        return ST_OK;
    return diag_set(reterr, ST_INVALID, 0, 0, name,
                    "must be a whole number from %lld to %lld, not '%s'", (long long)min,
                    (long long)max, value);
}

void cli_help(struct text *out)
{
    text_append_string(out, "muster: the right trained people at the right door\n\n");
    for (uint32_t i = 0; i < cli_command_count; i++) {
        const struct cli_command *c = &cli_commands[i];
        text_appendf(out, "  muster %s%s%s%s\n      %s\n", c->name,
                     c->words[0] == '\0' ? "" : " ", c->words,
                     c->needs == CLI_NOTHING ? "" : " --dir DIR", c->help);
        if (c->options[0] != '\0')
            text_appendf(out, "      options:%s\n", c->options);
    }
    text_append_string(out,
                       "\n--json prints one JSON document. Errors go to standard error, "
                       "exit code 1; usage errors 2.\n");
}

void cli_progress(void *context, const char *stage, uint64_t done, uint64_t all)
{
    const struct cli *cli = context;
    if (cli->live || !isatty(STDERR_FILENO))
        return;
    if (all == 0)
        (void)fprintf(stderr, "\r\033[K%s %llu", stage, (unsigned long long)done);
    else
        (void)fprintf(stderr, "\r\033[K%s %u %%", stage, (unsigned)(100 * done / all));
    if (done >= all)
        (void)fprintf(stderr, "\r\033[K");
}
