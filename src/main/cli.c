/* SPDX-License-Identifier: Apache-2.0 */
#include "main/cli.h"

#include "base/status.h"
#include "base/time.h"

#include <string.h>
#include <unistd.h>

#define USAGE_MAX 400

/* What the command's table says of an option: behind its name in `options`. */
enum option_kind { OPTION_NONE, OPTION_FLAG, OPTION_VALUE, OPTION_FILE };

static enum option_kind option_kind(const struct cli_command *command, const char *name,
                                    size_t size)
{
    for (const char *at = command->options; *at != '\0';) {
        at += strspn(at, " ");
        size_t word = strcspn(at, " ");
        const char *value = memchr(at, '=', word);
        size_t name_size = value == NULL ? word : (size_t)(value - at);
        if (word > 0 && name_size == size && memcmp(at, name, size) == 0)
            return value == NULL ? OPTION_FLAG
                   : strncmp(value + 1, "FILE", 4) == 0 ||
                           strncmp(value + 1, "FOLDER", 6) == 0
                       ? OPTION_FILE
                       : OPTION_VALUE;
        at += word;
    }
    return OPTION_NONE;
}

/* The same with the options that every command has. */
static enum option_kind any_option_kind(const struct cli_command *command,
                                        const char *name, size_t size)
{
    if (size == 4 && memcmp(name, "json", 4) == 0)
        return OPTION_FLAG;
    if (size == 3 && memcmp(name, "dir", 3) == 0 && command->needs != CLI_NOTHING)
        return OPTION_VALUE;
    return option_kind(command, name, size);
}

/* How many of ARGV are options, with their values, before the first word. */
static int count_options(const struct cli_command *command, int argc, char **argv)
{
    int at = 0;
    while (at < argc && strncmp(argv[at], "--", 2) == 0) {
        const char *name = argv[at] + 2;
        const size_t size = strcspn(name, "=");
        const bool is_alone =
            name[size] == '=' || any_option_kind(command, name, size) <= OPTION_FLAG;
        at += is_alone ? 1 : 2;
    }
    return at;
}

/* Where the name of COMMAND ends in ARGV; options may stand between its words. */
static bool match_name(const struct cli_command *command, int argc, char **argv,
                       int *ret_last)
{
    const char *space = strchr(command->name, ' ');
    size_t size = space == NULL ? strlen(command->name) : (size_t)(space - command->name);
    if (argc < 1 || strlen(argv[0]) != size || memcmp(argv[0], command->name, size) != 0)
        return false;
    *ret_last = space == NULL ? 0 : 1 + count_options(command, argc - 1, argv + 1);
    return space == NULL || (*ret_last < argc && strcmp(argv[*ret_last], space + 1) == 0);
}

static const struct cli_command *find_command(int argc, char **argv, int *ret_last)
{
    for (uint32_t i = 0; i < cli_command_count; i++)
        if (match_name(&cli_commands[i], argc, argv, ret_last))
            return &cli_commands[i];
    return NULL;
}

/* "at=LAT,LON! explain" as `--at LAT,LON [--explain]`. */
static void append_options(struct text *out, const struct cli_command *command)
{
    for (const char *at = command->options; *at != '\0';) {
        size_t word = strcspn(at, " ");
        bool required = word > 0 && at[word - 1] == '!';
        if (word > 0) {
            text_append_string(out, required ? " --" : " [--");
            for (size_t i = 0; i < word - required; i++)
                text_append(out, at[i] == '=' ? " " : &at[i], 1);
            text_append_string(out, required ? "" : "]");
        }
        at += word + strspn(at + word, " ");
    }
}

static void append_usage(struct text *out, const struct cli_command *command)
{
    text_appendf(out, "muster %s%s%s%s", command->name,
                 command->words[0] == '\0' ? "" : " ", command->words,
                 command->needs == CLI_NOTHING ? ""
                 : command->needs == CLI_MAYBE ? " [--dir DIR]"
                                               : " --dir DIR");
    append_options(out, command);
}

static int usage(const struct cli_command *command, struct diag *reterr, const char *what,
                 const char *which)
{
    struct text text;
    text_init(&text, USAGE_MAX);
    append_usage(&text, command);
    int status = diag_set(reterr, ST_INVALID, 0, 0, command->name, "%s%s%s; usage: %s",
                          what, which[0] == '\0' ? "" : " ", which, text_string(&text));
    text_release(&text);
    return status;
}

int cli_misuse(struct cli *cli, struct diag *reterr, const char *what)
{
    cli->is_misused = true;
    return usage(cli->command, reterr, what, "");
}

static int take_option(struct cli *cli, int argc, char **argv, int *at,
                       struct diag *reterr)
{
    char *name = argv[*at] + 2;
    size_t size = strcspn(name, "=");
    const char *behind = name[size] == '=' ? name + size + 1 : NULL; /* --name=value */
    const enum option_kind kind = any_option_kind(cli->command, name, size);
    if (kind == OPTION_NONE || (kind == OPTION_FLAG && behind != NULL))
        return usage(cli->command, reterr, "unknown option", argv[*at]);
    if (kind != OPTION_FLAG && behind == NULL && *at + 1 >= argc)
        return usage(cli->command, reterr, "no value behind", argv[*at]);
    const char *value = kind == OPTION_FLAG ? "" : behind != NULL ? behind : argv[++*at];
    if (size == 4 && memcmp(name, "json", 4) == 0) {
        cli->json = true;
        return ST_OK;
    }
    if (size == 3 && memcmp(name, "dir", 3) == 0) {
        cli->dir = value;
        return ST_OK;
    }
    if (cli->option_count == CLI_OPTIONS_MAX)
        return usage(cli->command, reterr, "too many options", "");
    cli->options[cli->option_count].name = name;
    cli->options[cli->option_count].name_size = size;
    cli->options[cli->option_count].is_flag = kind == OPTION_FLAG;
    cli->options[cli->option_count].is_file = kind == OPTION_FILE;
    cli->options[cli->option_count++].value = value;
    return ST_OK;
}

/* Options marked with ! in the table must be there. */
static int check_required(const struct cli *cli, struct diag *reterr)
{
    for (const char *at = cli->command->options; *at != '\0';) {
        size_t word = strcspn(at, " ");
        char name[64];
        (void)snprintf(name, sizeof name, "--%.*s", (int)strcspn(at, "= "), at);
        if (word > 0 && at[word - 1] == '!' && cli_option(cli, name + 2) == NULL)
            return usage(cli->command, reterr, name, "is missing");
        at += word + strspn(at + word, " ");
    }
    return ST_OK;
}

/* The first word of the command that was not given. */
static int missing_word(const struct cli *cli, struct diag *reterr)
{
    const char *at = cli->command->words;
    for (uint32_t i = 0; i < cli->word_count; i++)
        at += strcspn(at, " ") + strspn(at + strcspn(at, " "), " ");
    char name[64];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " "), at);
    return usage(cli->command, reterr, name, "is missing");
}

/* Whether NAME is one of GROUP: "import" or "import roads" of "import roads". */
static bool is_of(const char *name, const char *group)
{
    const size_t size = strlen(group);
    return size > 0 && strncmp(name, group, size) == 0 &&
           (name[size] == '\0' || name[size] == ' ');
}

/* There is no command with these words; perhaps the first is a group's name. */
static int no_command(int argc, char **argv, struct diag *reterr)
{
    struct text list;
    text_init(&list, USAGE_MAX);
    for (uint32_t i = 0; argc > 0 && i < cli_command_count; i++)
        if (is_of(cli_commands[i].name, argv[0]))
            text_appendf(&list, "%s%s", list.size == 0 ? "" : ", ", cli_commands[i].name);
    int status;
    if (list.size > 0)
        status = diag_set(reterr, ST_INVALID, 0, 0, argv[0],
                          "which one? %s; `muster help %s` says what they take",
                          text_string(&list), argv[0]);
    else
        status = diag_set(reterr, ST_INVALID, 0, 0, argc > 0 ? argv[0] : "",
                          "%s; `muster help` lists them",
                          argc > 0 ? "no such command" : "a command is wanted");
    text_release(&list);
    return status;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* `COMMAND ... --help` is `help COMMAND`: 1 if it was asked for. */
static int parse_help(struct cli *ret, int argc, char **argv)
{
    int at = 0, last;
    while (at < argc && !asks_for_help(argv[at]))
        at++;
    if (at == argc)
        return 0;
    static char help[] = "help";
    char *name[] = {help};
    ret->command = find_command(1, name, &last);
    for (int i = 0; i < at && i < 2 && argv[i][0] != '-'; i++)
        ret->words[ret->word_count++] = argv[i];
    return 1;
}

int cli_parse(struct cli *ret, int argc, char **argv, struct diag *reterr)
{
    int last = 0;
    if (parse_help(ret, argc, argv) == 1)
        return ST_OK;
    ret->command = find_command(argc, argv, &last);
    if (ret->command == NULL)
        return no_command(argc, argv, reterr);
    for (int at = 1; at < argc; at++) {
        if (at == last)
            continue; /* the second word of its name */
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
        return missing_word(ret, reterr);
    if (ret->command->needs != CLI_NOTHING && ret->command->needs != CLI_MAYBE &&
        ret->dir == NULL)
        return usage(ret->command, reterr, "--dir DIR is missing", "");
    return check_required(ret, reterr);
}

bool cli_wants_instance(const struct cli *cli)
{
    const enum cli_needs needs = cli->command->needs;
    return needs >= CLI_INSTANCE || needs == CLI_READ ||
           (needs == CLI_MAYBE && cli->dir != NULL);
}

bool cli_only_reads(const struct cli_command *command)
{
    return command->needs == CLI_READ || command->needs == CLI_MAYBE ||
           command->needs == CLI_READ_ROWS;
}

bool cli_wants_people(const struct cli_command *command)
{
    return command->needs != CLI_ROWS && command->needs != CLI_READ_ROWS;
}

bool cli_is_option(const struct cli *cli, uint32_t index, const char *name)
{
    size_t size = cli->options[index].name_size;
    return strlen(name) == size && memcmp(cli->options[index].name, name, size) == 0;
}

const char *cli_option(const struct cli *cli, const char *name)
{
    for (uint32_t i = cli->option_count; i > 0; i--)
        if (cli_is_option(cli, i - 1, name))
            return cli->options[i - 1].value;
    return NULL;
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

static uint32_t append_commands(struct text *out, const char *group)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < cli_command_count; i++) {
        if (group != NULL && !is_of(cli_commands[i].name, group))
            continue;
        count++;
        text_append_string(out, "  ");
        append_usage(out, &cli_commands[i]);
        text_appendf(out, "\n      %s\n", cli_commands[i].help);
    }
    return count;
}

static int read_day(const struct cli *cli, const char *name, int32_t *ret,
                    struct diag *reterr)
{
    const char *value = cli_option(cli, name);
    if (time_parse_day(value, ret))
        return ST_OK;
    return diag_set(reterr, ST_INVALID, 0, 0, name,
                    "must be a day such as 2026-11-23; not '%s'", value);
}

int cli_days(const struct cli *cli, int32_t *ret_from, int32_t *ret_to,
             struct diag *reterr)
{
    int status = read_day(cli, "from", ret_from, reterr);
    if (status == ST_OK)
        status = read_day(cli, "to", ret_to, reterr);
    if (status == ST_OK && *ret_to < *ret_from)
        status = diag_set(reterr, ST_INVALID, 0, 0, "to", "is before the first day");
    return status;
}

void cli_help(struct text *out)
{
    text_append_string(out, "muster: the right trained people at the right door\n\n");
    (void)append_commands(out, NULL);
    text_append_string(
        out, "\nOptions may stand anywhere after the command. --json prints one "
             "JSON document.\n`muster COMMAND --help` says what one command takes.\n"
             "Errors go to standard error as `muster: what: why`, exit code 1; usage "
             "errors 2.\nA command on a folder that a server holds is run by that "
             "server.\n");
}

bool cli_help_of(struct text *out, const struct cli *cli)
{
    char both[64];
    (void)snprintf(both, sizeof both, "%s %s", cli->words[0],
                   cli->word_count > 1 ? cli->words[1] : "");
    return append_commands(out, text_trim(both)) > 0 ||
           append_commands(out, cli->words[0]) > 0;
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
