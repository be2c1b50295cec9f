/* SPDX-License-Identifier: Apache-2.0 */
/* drill: a scenario in virtual time, under one policy or all of them; with --dir the
 * people of that instance take part. Nothing is written to it, and a server that holds it
 * is not disturbed: the drill has a crowd of its own. drill-helper: the same for a
 * server, in a process of its own. */
#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "crowd/crowd.h"
#include "dispatch/learner.h"
#include "drill/drill.h"
#include "drill/parcel.h"
#include "drill/roster.h"
#include "main/commands.h"
#include "main/instance.h"
#include "store/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_MAX (16u << 20)
#define HELPER_CPU_S 60         /* more than its server waits */
#define HELPER_PLAY_US 20000000 /* what is played by then is the answer */

/* As init does: the zone of the county, unless the environment says another. */
static void set_zone(void)
{
    if (getenv("TZ") == NULL)
        time_set_zone("Asia/Shanghai");
}

static int write_html(struct cli *cli, const struct drill *drill, struct diag *reterr)
{
    const char *path = cli_option(cli, "html");
    if (path == NULL)
        return ST_OK;
    struct text html;
    text_init(&html, REPORT_MAX);
    drill_append_html(drill, &html);
    int status = html.status;
    if (status == ST_OK)
        status = file_may_replace(path, "<!DOCTYPE html>", reterr);
    if (status == ST_OK)
        status = file_write(path, html.data, html.size, 0644, reterr);
    text_release(&html);
    return status;
}

static int read_options(struct cli *cli, struct drill_options *ret, struct diag *reterr)
{
    int64_t seed, runs;
    int status = cli_number(cli, "seed", 1, 0, INT64_MAX, &seed, reterr);
    if (status == ST_OK)
        status = cli_number(cli, "runs", 0, 0, SCENARIO_RUNS_MAX, &runs, reterr);
    if (status != ST_OK)
        return status;
    *ret = (struct drill_options){.seed = (uint64_t)seed,
                                  .runs = (uint32_t)runs,
                                  .policy = cli_option(cli, "policy"),
                                  .full = cli_option(cli, "full") != NULL,
                                  .changes = true,
                                  .stop = cli->stop,
                                  .progress = cli_progress,
                                  .context = cli};
    return ST_OK;
}

/* What a drill takes from an instance. */
struct borrowed {
    struct crowd *crowd;
    struct learner *learner;
    const struct learn *learn; /* of the learner, taken */
    struct roster *roster;
};

static int learn(const struct instance *instance, struct borrowed *ret,
                 struct diag *reterr)
{
    struct learn_config config;
    learn_config_default(&config);
    if (instance->config.accept_permille > 0)
        config.response.accept = (double)instance->config.accept_permille / 1000;
    if (instance->config.show_permille > 0)
        config.response.comes = (double)instance->config.show_permille / 1000;
    config.response.correlation = (double)instance->config.correlation_permille / 1000;
    int status = learner_new_kept(&ret->learner, instance->paths.db,
                                  instance->paths.learned, false, &config, reterr);
    if (status == ST_OK)
        learner_catch_up(ret->learner, clock_wall_ms(instance->clock));
    return status;
}

static int borrow(struct instance *instance, struct scenario *scenario,
                  struct borrowed *ret, struct diag *reterr)
{
    const struct crowd_config crowd = {.road = instance->road,
                                       .skills = instance->skills,
                                       .calendar = &instance->calendar,
                                       .weekly_cap =
                                           (uint32_t)instance->config.weekly_cap,
                                       .people_max = PEOPLE_MAX};
    int status = instance_need_road(instance, reterr);
    if (status == ST_OK)
        status = crowd_new(&ret->crowd, &crowd);
    if (status == ST_OK)
        status = people_load(instance->db, instance->paths.db, instance->vault,
                             instance->skills, ret->crowd);
    if (status == ST_OK)
        status =
            people_load_alerts(instance->db, ret->crowd, clock_wall_ms(instance->clock));
    if (status == ST_OK)
        status = learn(instance, ret, reterr);
    if (status != ST_OK)
        return status;
    ret->learn = learner_take(ret->learner);
    const struct roster_config config = {instance->road, instance->skills, ret->crowd,
                                         ret->learn};
    return roster_new(&ret->roster, &config, scenario, reterr);
}

static void give_back(struct borrowed *borrowed)
{
    roster_free(borrowed->roster);
    if (borrowed->learn != NULL)
        learner_give(borrowed->learner);
    learner_free(borrowed->learner);
    crowd_free(borrowed->crowd);
}

static int run(struct cli *cli, const struct scenario *scenario,
               const struct drill_options *options, struct diag *reterr)
{
    struct drill drill;
    int status = drill_run(scenario, options, &drill, reterr);
    if (status == ST_OK)
        status = write_html(cli, &drill, reterr);
    if (status == ST_OK && cli->json)
        drill_append_json(&drill, &cli->out);
    else if (status == ST_OK)
        drill_append_table(&drill, &cli->out);
    drill_release(&drill);
    return status;
}

int command_drill(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct drill_options options;
    struct borrowed borrowed = {0};
    if (instance == NULL) /* else it has set its own */
        set_zone();
    AUTO_FREE struct scenario *scenario = mem_calloc(1, sizeof *scenario);
    if (scenario == NULL)
        return ST_NO_MEMORY;
    int status = read_options(cli, &options, reterr);
    if (status != ST_OK)
        return status;
    status = scenario_read(cli->words[0], scenario, reterr);
    if (status == ST_OK && instance != NULL)
        status = borrow(instance, scenario, &borrowed, reterr);
    if (status == ST_OK)
        status = run(cli, scenario, &options, reterr);
    else
        status = diag_in_file(reterr, status, cli->words[0]);
    give_back(&borrowed);
    return status;
}

/* ---- the helper of a server
 * ----------------------------------------------------------------- */

/* On a machine that is busy with something more urgent the time ends before the runs. */
static int play(const struct parcel *parcel, int64_t begun_us, struct text *ret,
                struct diag *reterr)
{
    const struct drill_options options = {.seed = parcel_seed(parcel),
                                          .clock = clock_system(),
                                          .begun_us = begun_us,
                                          .us_max = HELPER_PLAY_US};
    struct drill drill;
    int status = parcel_check_lines(parcel, reterr);
    if (status != ST_OK)
        return status;
    status = drill_run(parcel_scenario(parcel), &options, &drill, reterr);
    if (status == ST_OK)
        drill_append_json(&drill, ret);
    drill_release(&drill);
    return status;
}

/* What was asked cannot be: an answer too, of api/drills.c. */
static int refuse(const struct diag *diag, struct text *ret)
{
    const bool is_place = strncmp(diag->where, "incidents[0].at", 15) == 0;
    text_appendf(ret, "{\"status\":%d,\"where\":", ST_UNPROCESSABLE);
    text_append_json(ret, is_place ? "/at" : diag->where);
    text_append_string(ret, ",\"text\":");
    text_append_json(ret, is_place ? "there is no road" : diag->text);
    text_append_string(ret, "}\n");
    return ST_OK;
}

int command_drill_helper(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    struct parcel *parcel = NULL;
    struct text in;
    char part[65536];
    size_t got;
    const int64_t begun_us = clock_mono_us(clock_system());
    child_be_modest(HELPER_CPU_S);
    text_init(&in, PARCEL_SIZE_MAX);
    while ((got = fread(part, 1, sizeof part, stdin)) > 0)
        text_append(&in, part, got);
    int status = in.status;
    if (status == ST_OK)
        status = parcel_open(&parcel, text_string(&in), in.size, reterr);
    text_release(&in);
    if (status == ST_OK)
        status = play(parcel, begun_us, &cli->out, reterr);
    parcel_free(parcel);
    return status == ST_UNPROCESSABLE ? refuse(reterr, &cli->out) : status;
}
