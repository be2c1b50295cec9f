/* SPDX-License-Identifier: Apache-2.0 */
/* simulate: the whole server in a deterministic world, one seed or many in a row. */
#include "base/mem.h"
#include "base/status.h"
#include "main/commands.h"
#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

static void list_plants(struct cli *cli)
{
    if (cli->json)
        text_append_string(&cli->out, "{\"plants\":[");
    for (int i = 1; i < SIM_PLANT_COUNT; i++)
        text_appendf(&cli->out,
                     cli->json ? "%s{\"name\":\"%s\",\"what\":\"%s\"}" : "%s%-18s %s\n",
                     cli->json && i > 1 ? "," : "", sim_plant_code((enum sim_plant)i),
                     sim_plant_what((enum sim_plant)i));
    if (cli->json)
        text_append_string(&cli->out, "]}\n");
}

struct pair {
    const char *name;
    uint64_t count;
};

/* A list goes on at FOLLOWS. */
static void print_pairs(struct cli *cli, const struct pair *pairs, size_t count,
                        bool follows)
{
    const char *separator = cli->json ? "," : ", ";
    for (size_t i = 0; i < count; i++)
        text_appendf(&cli->out, cli->json ? "%s\"%s\":%llu" : "%s%s %llu",
                     follows || i > 0 ? separator : "", pairs[i].name,
                     (unsigned long long)pairs[i].count);
}

static void print(struct cli *cli, const struct sim_options *options,
                  const struct sim_result *result)
{
#define FAULT(name) #name, result->faults.name
    const struct pair faults[] = {
        {FAULT(power_cut)},    {FAULT(lost_write)},  {FAULT(torn_write)},
        {FAULT(disk_full)},    {FAULT(failed_sync)}, {FAULT(clock_jump)},
        {FAULT(pause)},        {FAULT(peer_dead)},   {FAULT(peer_slow)},
        {FAULT(peer_refused)}, {FAULT(repeated)},    {FAULT(replayed)},
        {FAULT(fight)},        {FAULT(withdrawn)},   {FAULT(silent)},
        {FAULT(stream_cut)},   {FAULT(resync)},      {FAULT(no_memory)}};
#define COUNTED(name) #name, result->name
    const struct pair counts[] = {
        {COUNTED(crashes)},    {COUNTED(replies)},  {COUNTED(stand_downs)},
        {COUNTED(incidents)},  {COUNTED(merges)},   {COUNTED(commands)},
        {COUNTED(refused)},    {COUNTED(events)},   {COUNTED(messages)},
        {COUNTED(steps)},      {COUNTED(checks)},   {COUNTED(told)},
        {COUNTED(responses)},  {COUNTED(closures)}, {COUNTED(warnings)},
        {COUNTED(next_waves)}, {COUNTED(texts)},    {COUNTED(archived)},
        {COUNTED(archive_cut)}};
    char hash[65];
    text_to_hex(result->hash, sizeof result->hash, hash);
    text_appendf(&cli->out,
                 cli->json ? "{\"seed\":%llu,\"minutes\":%u,\"held\":%s,\"hash\":\"%s\","
                             "\"faults\":{"
                           : "seed %llu, %u minutes, held: %s, hash %s\nfaults: ",
                 (unsigned long long)options->seed, options->minutes,
                 result->held ? "true" : "false", hash);
    print_pairs(cli, faults, COUNT_OF(faults), false);
    text_append_string(&cli->out, cli->json ? "}" : "\n");
    print_pairs(cli, counts, COUNT_OF(counts), cli->json);
    if (cli->json && !result->held) {
        text_appendf(&cli->out, ",\"step\":%llu,\"invariant\":",
                     (unsigned long long)result->violated_step);
        text_append_json(&cli->out, result->invariant);
        text_append_string(&cli->out, ",\"text\":");
        text_append_json(&cli->out, result->text);
    }
    text_append_string(&cli->out, cli->json ? "}\n" : "\n");
}

/* Names or numbers with commas between: CALL(CONTEXT, item). */
static int each_item(const char *list, int (*call)(struct sim_options *, const char *),
                     struct sim_options *options)
{
    char item[32];
    for (const char *at = list; *at != '\0';) {
        const size_t size = strcspn(at, ",");
        if (size == 0 || size >= sizeof item)
            return ST_INVALID;
        memcpy(item, at, size);
        item[size] = '\0';
        if (call(options, item) != ST_OK)
            return ST_INVALID;
        at += size + (at[size] == ',');
    }
    return ST_OK;
}

static int without_habit(struct sim_options *options, const char *name)
{
    for (int i = 0; i < SIM_HABIT_COUNT; i++)
        if (strcmp(sim_habit_code((enum sim_habit)i), name) == 0) {
            options->without |= 1u << i;
            return ST_OK;
        }
    return ST_INVALID;
}

static int keep_strike(struct sim_options *options, const char *number)
{
    int64_t index;
    if (!text_to_int64(number, 0, SIM_STRIKES_MAX - 1, &index))
        return ST_INVALID;
    options->left_out[index / 64] &= ~(UINT64_C(1) << index % 64);
    return ST_OK;
}

/* The form that a failing run was brought to. */
static int read_form(struct cli *cli, struct sim_options *options, struct diag *reterr)
{
    const char *without = cli_option(cli, "without"), *only = cli_option(cli, "only");
    if (without != NULL && each_item(without, without_habit, options) != ST_OK)
        return diag_set(reterr, ST_INVALID, 0, 0, "--without",
                        "is a list of: repeat, fight, withdraw, anything");
    if (only == NULL)
        return ST_OK;
    memset(options->left_out, 0xff, sizeof options->left_out);
    if (strcmp(only, "none") != 0 && each_item(only, keep_strike, options) != ST_OK)
        return diag_set(reterr, ST_INVALID, 0, 0, "--only",
                        "is a list of numbers of strikes, or none");
    return ST_OK;
}

static bool happens(const struct sim_options *options, uint32_t strike)
{
    return (options->left_out[strike / 64] >> strike % 64 & 1) == 0;
}

/* The command that shows the violation with as little as possible. */
static void describe(const struct sim_options *options, const struct sim_result *result,
                     struct text *ret)
{
    const char *between = "";
    text_appendf(ret, "muster simulate --seed %llu --minutes %u",
                 (unsigned long long)options->seed, options->minutes);
    if (options->plant != SIM_PLANT_NONE)
        text_appendf(ret, " --plant %s", sim_plant_code(options->plant));
    if (options->without != 0)
        text_append_string(ret, " --without ");
    for (int i = 0; i < SIM_HABIT_COUNT; i++)
        if ((options->without >> i & 1) != 0) {
            text_appendf(ret, "%s%s", between, sim_habit_code((enum sim_habit)i));
            between = ",";
        }
    text_append_string(ret, " --only ");
    between = "";
    for (uint32_t i = 0; i < result->strike_count && i < SIM_STRIKES_MAX; i++)
        if (happens(options, i)) {
            text_appendf(ret, "%s%u", between, i);
            between = ",";
        }
    if (*between == '\0')
        text_append_string(ret, "none");
}

static void list_strikes(const struct sim_options *options,
                         const struct sim_result *result, FILE *to)
{
    for (uint32_t i = 0; i < result->strike_count && i < SIM_STRIKES_MAX; i++)
        if (happens(options, i))
            (void)fprintf(to, "muster: simulate: strike %u at %u:%02u: %s\n", i,
                          result->strikes[i].second / 60, result->strikes[i].second % 60,
                          sim_strike_code(result->strikes[i].kind));
}

/* What was violated, and the shortest form in which it still is. */
static int tell_violation(struct sim_options *options, struct sim_result *result,
                          struct diag *reterr)
{
    struct text form;
    (void)fprintf(stderr,
                  "muster: simulate: seed %llu violates \"%s\"; looking for its shortest "
                  "form (at most %d runs)\n",
                  (unsigned long long)options->seed, result->invariant,
                  SIM_SHORTEN_RUNS_MAX);
    const int status = sim_shorten(options, result, reterr);
    if (status != ST_OK)
        return status;
    text_init(&form, 65536);
    describe(options, result, &form);
    (void)fprintf(stderr, "muster: simulate: shortest form: %s\n", text_string(&form));
    list_strikes(options, result, stderr);
    text_release(&form);
    return diag_set(
        reterr, ST_CORRUPT, 0, 0, "simulate", "seed %llu, step %llu violates \"%s\": %s",
        (unsigned long long)options->seed, (unsigned long long)result->violated_step,
        result->invariant, result->text);
}

#define SEEDS_MAX 1000000

/* OPTIONS for the seeds from its own on; those that do not hold are told one by one. */
static int run_many(struct cli *cli, const struct sim_options *options, int64_t count,
                    struct diag *reterr)
{
    int64_t held = 0;
    for (int64_t i = 0; i < count; i++) {
        struct sim_options one = *options;
        struct sim_result result;
        one.seed += (uint64_t)i;
        int status = sim_run(&one, &result, reterr);
        if (status == ST_OK && !result.held) {
            (void)tell_violation(&one, &result, reterr);
            (void)fprintf(stderr, "muster: simulate: %s\n", reterr->text);
        }
        if (status != ST_OK)
            return status;
        held += result.held;
    }
    text_appendf(&cli->out,
                 cli->json ? "{\"seed\":%llu,\"seeds\":%lld,\"held\":%lld}\n"
                           : "from seed %llu: %lld seeds, %lld held\n",
                 (unsigned long long)options->seed, (long long)count, (long long)held);
    return held == count ? ST_OK
                         : diag_set(reterr, ST_CORRUPT, 0, 0, "simulate",
                                    "%lld of %lld seeds violate an invariant",
                                    (long long)(count - held), (long long)count);
}

int command_simulate(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    const char *plant = cli_option(cli, "plant");
    if (plant != NULL && strcmp(plant, "list") == 0) {
        list_plants(cli);
        return ST_OK;
    }
    struct sim_options options = {0};
    struct sim_result result;
    int64_t seed, minutes, seeds;
    int status = cli_number(cli, "seed", 1, 0, INT64_MAX, &seed, reterr);
    if (status == ST_OK)
        status = cli_number(cli, "minutes", 10, 1, SIM_MINUTES_MAX, &minutes, reterr);
    if (status == ST_OK)
        status = cli_number(cli, "seeds", 1, 1, SEEDS_MAX, &seeds, reterr);
    if (status != ST_OK)
        return status;
    options.seed = (uint64_t)seed;
    options.minutes = (uint32_t)minutes;
    if (plant != NULL && !sim_plant_parse(plant, &options.plant))
        return diag_set(reterr, ST_INVALID, 0, 0, "--plant",
                        "%s is none; --plant list names them", plant);
    status = read_form(cli, &options, reterr);
    if (status == ST_OK && seeds > 1)
        return run_many(cli, &options, seeds, reterr);
    if (status == ST_OK)
        status = sim_run(&options, &result, reterr);
    if (status != ST_OK)
        return status;
    print(cli, &options, &result);
    if (result.held)
        return ST_OK;
    return tell_violation(&options, &result, reterr);
}
