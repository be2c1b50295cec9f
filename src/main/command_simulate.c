/* SPDX-License-Identifier: Apache-2.0 */
/* simulate: the whole server in a deterministic world. */
#include "base/mem.h"
#include "base/status.h"
#include "main/commands.h"
#include "sim/sim.h"

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

static void print(struct cli *cli, const struct sim_options *options,
                  const struct sim_result *result)
{
    char hash[65];
    text_to_hex(result->hash, sizeof result->hash, hash);
    const struct {
        const char *name;
        uint64_t count;
    } faults[] = {{"power_cut", result->faults.power_cut},
                  {"lost_write", result->faults.lost_write},
                  {"torn_write", result->faults.torn_write},
                  {"disk_full", result->faults.disk_full},
                  {"failed_sync", result->faults.failed_sync},
                  {"clock_jump", result->faults.clock_jump},
                  {"pause", result->faults.pause},
                  {"peer_dead", result->faults.peer_dead},
                  {"peer_slow", result->faults.peer_slow},
                  {"peer_refused", result->faults.peer_refused},
                  {"repeated", result->faults.repeated},
                  {"replayed", result->faults.replayed},
                  {"fight", result->faults.fight},
                  {"withdrawn", result->faults.withdrawn},
                  {"silent", result->faults.silent}};
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {{"crashes", result->crashes},
                  {"replies", result->replies},
                  {"stand_downs", result->stand_downs},
                  {"incidents", result->incidents},
                  {"commands", result->commands},
                  {"refused", result->refused},
                  {"events", result->events},
                  {"messages", result->messages},
                  {"steps", result->steps},
                  {"checks", result->checks}};
    const char *pair = cli->json ? "%s\"%s\":%llu" : "%s%s %llu";
    text_appendf(&cli->out,
                 cli->json ? "{\"seed\":%llu,\"minutes\":%u,\"held\":%s,\"hash\":\"%s\","
                             "\"faults\":{"
                           : "seed %llu, %u minutes, held: %s, hash %s\nfaults: ",
                 (unsigned long long)options->seed, options->minutes,
                 result->held ? "true" : "false", hash);
    for (size_t i = 0; i < COUNT_OF(faults); i++)
        text_appendf(&cli->out, pair,
                     i == 0      ? ""
                     : cli->json ? ","
                                 : ", ",
                     faults[i].name, (unsigned long long)faults[i].count);
    text_append_string(&cli->out, cli->json ? "}" : "\n");
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        text_appendf(&cli->out, pair,
                     cli->json ? ","
                     : i == 0  ? ""
                               : ", ",
                     counts[i].name, (unsigned long long)counts[i].count);
    if (cli->json && !result->held) {
        text_appendf(&cli->out, ",\"step\":%llu,\"invariant\":",
                     (unsigned long long)result->violated_step);
        text_append_json(&cli->out, result->invariant);
        text_append_string(&cli->out, ",\"text\":");
        text_append_json(&cli->out, result->text);
    }
    text_append_string(&cli->out, cli->json ? "}\n" : "\n");
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
    int64_t seed, minutes;
    int status = cli_number(cli, "seed", 1, 0, INT64_MAX, &seed, reterr);
    if (status == ST_OK)
        status = cli_number(cli, "minutes", 10, 1, SIM_MINUTES_MAX, &minutes, reterr);
    if (status != ST_OK)
        return status;
    options.seed = (uint64_t)seed;
    options.minutes = (uint32_t)minutes;
    if (plant != NULL && !sim_plant_parse(plant, &options.plant))
        return diag_set(reterr, ST_INVALID, 0, 0, "--plant",
                        "%s is none; --plant list names them", plant);
    status = sim_run(&options, &result, reterr);
    if (status != ST_OK)
        return status;
    print(cli, &options, &result);
    if (result.held)
        return ST_OK;
    return diag_set(
        reterr, ST_CORRUPT, 0, 0, "simulate", "seed %llu, step %llu violates \"%s\": %s",
        (unsigned long long)options.seed, (unsigned long long)result.violated_step,
        result.invariant, result.text);
}
