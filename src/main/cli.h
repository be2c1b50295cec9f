/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one table of commands, options anywhere after the first word, and
 * where the output goes. A command runs the same way in its own process and inside a
 * running server (over DIR/admin.sock): it writes to cli->out and returns a status with a
 * diag.
 */
#ifndef MUSTER_MAIN_CLI_H
#define MUSTER_MAIN_CLI_H

#include "base/diag.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CLI_WORDS_MAX 8
#define CLI_OPTIONS_MAX 64
#define CLI_OUTPUT_MAX (256 * 1024 * 1024)
#define CLI_USAGE 2 /* exit code of a usage error */

struct instance;
struct cli;

enum cli_needs {
    CLI_NOTHING,  /* no --dir */
    CLI_FOLDER,   /* --dir, whatever is there */
    CLI_READ,     /* like the next, and nothing is written: works on a full disk */
    CLI_MAYBE,    /* --dir may be left out; with it like the one before */
    CLI_INSTANCE, /* --dir and an instance: opened here, or the running server's */
    /* As CLI_READ and CLI_INSTANCE, for what stands in the rows: opened here, neither the
     * roads nor the people are read, which take seconds in a province. */
    CLI_READ_ROWS,
    CLI_ROWS,
};

struct cli_command {
    const char *name;  /* "nearest", "import roads" */
    const char *words; /* usage of the words behind it, "" = none: "FILE", "K FILE" */
    uint32_t words_min, words_max;
    /* "at=LAT,LON! heads=FILE explain": what takes a value says which, FILE is a path,
     * ! must be there. */
    const char *options;
    enum cli_needs needs;
    int (*run)(struct cli *cli, struct instance *instance, struct diag *reterr);
    const char *help;
};

struct cli {
    const struct cli_command *command;
    const char *words[CLI_WORDS_MAX];
    uint32_t word_count;
    struct {
        const char *name, *value;
        size_t name_size; /* NAME may go on with =value */
        bool is_flag, is_file;
    } options[CLI_OPTIONS_MAX];
    uint32_t option_count;
    const char *dir;
    bool json;
    bool is_misused;         /* what was given does not go together: cli_misuse */
    bool live;               /* runs inside the server: no progress, no prompts */
    const atomic_bool *stop; /* set when that server stops, or nobody waits for the answer
                                any more; NULL outside of one */
    struct text out;
    struct text err; /* errors beside the one in reterr: a line each, for stderr */
};

/* What it wants of an instance, which may be the running server's. */
bool cli_wants_instance(const struct cli *cli); /* at all, as it was called */
bool cli_only_reads(const struct cli_command *command);
bool cli_wants_people(const struct cli_command *command);

extern const struct cli_command cli_commands[];
extern const uint32_t cli_command_count;

/* ARGV without the program's name. ST_INVALID with the usage in reterr. Texts point into
 * ARGV. cli->out and cli->err are initialised by the caller. */
int cli_parse(struct cli *ret, int argc, char **argv, struct diag *reterr)
    __attribute__((warn_unused_result));
/* WHAT, with the usage, as an error of how the command was called: exit 2. */
int cli_misuse(struct cli *cli, struct diag *reterr, const char *what)
    __attribute__((warn_unused_result));
/* The last value of an option; "" for a flag; NULL if absent. */
const char *cli_option(const struct cli *cli, const char *name);
/* Whether the option at INDEX is that of NAME. */
bool cli_is_option(const struct cli *cli, uint32_t index, const char *name);
/* A whole number in [min, max]; absent = FALLBACK. */
int cli_number(const struct cli *cli, const char *name, int64_t fallback, int64_t min,
               int64_t max, int64_t *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The days --from and --to, both counted. ST_INVALID: none, or not in order. */
int cli_days(const struct cli *cli, int32_t *ret_from, int32_t *ret_to,
             struct diag *reterr) __attribute__((warn_unused_result));
void cli_help(struct text *out);
/* Of the command or commands that the words of `help` name; false if there is none. */
bool cli_help_of(struct text *out, const struct cli *cli)
    __attribute__((warn_unused_result));
/* A line of progress on a terminal; nothing otherwise. */
void cli_progress(void *cli, const char *stage, uint64_t done, uint64_t all);

#endif
