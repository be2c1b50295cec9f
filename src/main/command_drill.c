/* SPDX-License-Identifier: Apache-2.0 */
/* drill: a scenario in virtual time, under one policy or all of them. */
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "drill/drill.h"
#include "main/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define REPORT_MAX (16u << 20)

/* As init does: the zone of the county, unless the environment says another. */
static void set_zone(void)
{
    (void)setenv("TZ", "Asia/Shanghai", 0);
    tzset();
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
                                  .progress = cli_progress,
                                  .context = cli};
    return ST_OK;
}

int command_drill(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    struct drill_options options;
    struct drill drill;
    set_zone();
    AUTO_FREE struct scenario *scenario = mem_calloc(1, sizeof *scenario);
    if (scenario == NULL)
        return ST_NO_MEMORY;
    int status = read_options(cli, &options, reterr);
    if (status != ST_OK)
        return status;
    status = scenario_read(cli->words[0], scenario, reterr);
    if (status != ST_OK)
        return import_failed(cli, status, reterr);
    status = drill_run(scenario, &options, &drill, reterr);
    if (status == ST_OK)
        status = write_html(cli, &drill, reterr);
    if (status == ST_OK && cli->json)
        drill_append_json(&drill, &cli->out);
    else if (status == ST_OK)
        drill_append_table(&drill, &cli->out);
    drill_release(&drill);
    return status;
}
