/* SPDX-License-Identifier: Apache-2.0 */
/* coverage: which villages all sites of some kinds reach in time, as JSON, and where new
 * ones would cover most. */
#include "base/status.h"
#include "dispatch/coverage.h"
#include "dispatch/sites.h"
#include "main/commands.h"
#include "main/instance.h"
#include "store/area.h"

#include <string.h>

static int read_number(struct cli *cli, const char *name, int64_t min, int64_t max,
                       uint32_t *ret, struct diag *reterr)
{
    const char *word = cli_option(cli, name);
    int64_t value;
    if (word == NULL)
        return ST_OK;
    if (!text_to_int64(word, min, max, &value))
        return diag_set(reterr, ST_INVALID, 0, 0, name, "must be %lld to %lld, not '%s'",
                        (long long)min, (long long)max, word);
    *ret = (uint32_t)value;
    return ST_OK;
}

static int read_request(struct cli *cli, const struct area_tree *areas,
                        struct coverage_request *ret, struct diag *reterr)
{
    const char *kind = cli_option(cli, "kind"), *mode = cli_option(cli, "mode"),
               *direction = cli_option(cli, "direction"), *code = cli_option(cli, "area");
    *ret = (struct coverage_request){
        .mode = ROAD_FOOT, .direction = ROAD_FROM, .minutes = 15};
    int status = kind == NULL ? ST_OK : coverage_parse_kinds(ret, kind, reterr);
    if (status == ST_OK && mode != NULL && !road_mode_parse(mode, &ret->mode))
        status = diag_set(reterr, ST_INVALID, 0, 0, "mode", "is none of foot, bike, car");
    if (status == ST_OK && direction != NULL &&
        !road_direction_parse(direction, &ret->direction))
        status = diag_set(
            reterr, ST_INVALID, 0, 0, "direction",
            "is none of from (help goes out from a site), to (people come to it)");
    if (status == ST_OK)
        status =
            read_number(cli, "minutes", 1, COVERAGE_MINUTES_MAX, &ret->minutes, reterr);
    if (status == ST_OK)
        status =
            read_number(cli, "propose", 0, COVERAGE_PROPOSE_MAX, &ret->propose, reterr);
    const struct area *area = code == NULL ? NULL : area_by_code(areas, code);
    if (status == ST_OK && code != NULL && area == NULL)
        status = diag_set(reterr, ST_NOT_FOUND, 0, 0, "area", "'%s' is not there", code);
    ret->area_id = area == NULL ? 0 : area->id;
    return status;
}

int command_coverage(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct coverage_request request;
    struct area_tree areas = {0};
    struct sites sites = {0};
    const struct coverage_config config = {instance->road, instance->closures, NULL};
    int status = instance_need_road(instance, reterr);
    if (status == ST_OK)
        status = area_tree_load(&areas, instance->db);
    if (status == ST_OK)
        status = read_request(cli, &areas, &request, reterr);
    if (status == ST_OK)
        status = sites_load(&sites, instance->db, NULL);
    if (status == ST_OK)
        status = coverage_write(&config, &request, &areas, &sites, &cli->out, reterr);
    sites_release(&sites);
    area_tree_release(&areas);
    if (status == ST_OK)
        text_append_string(&cli->out, "\n");
    return status;
}
