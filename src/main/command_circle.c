/* SPDX-License-Identifier: Apache-2.0 */
/* circle: from where a place is reached in time, or where one is in time from there, as
 * GeoJSON. */
#include "base/status.h"
#include "dispatch/circle.h"
#include "dispatch/sites.h"
#include "main/commands.h"
#include "main/instance.h"

int command_circle(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    const char *at = cli_option(cli, "at"), *mode = cli_option(cli, "mode"),
               *direction = cli_option(cli, "direction");
    struct circle_request request = {.mode = ROAD_FOOT,
                                     .direction = ROAD_TO,
                                     .flags = CIRCLE_COUNT_PEOPLE,
                                     .now_ms = clock_wall_ms(instance->clock)};
    if (!point_parse(at, &request.at))
        return diag_set(reterr, ST_INVALID, 0, 0, "at",
                        "must be LAT,LON in degrees, such as 30.70,121.02; not '%s'", at);
    if (mode != NULL && !road_mode_parse(mode, &request.mode))
        return diag_set(reterr, ST_INVALID, 0, 0, "mode", "is none of foot, bike, car");
    if (cli_option(cli, "people") != NULL)
        request.flags |= CIRCLE_LIST_PEOPLE;
    int status = circle_parse_minutes(&request, cli_option(cli, "minutes"), reterr);
    if (status == ST_OK && direction != NULL &&
        !road_direction_parse(direction, &request.direction))
        status = diag_set(reterr, ST_INVALID, 0, 0, "direction",
                          "is none of to (who can be there in time), from (who can be "
                          "reached from there)");
    struct sites sites = {0};
    if (status == ST_OK)
        status = instance_need_road(instance, reterr);
    if (status == ST_OK)
        status = sites_load(&sites, instance->db, NULL);
    const struct circle_config config = {instance->road, instance->crowd,
                                         instance->closures};
    if (status == ST_OK)
        status = circle_write(&config, &request, &sites, &cli->out, reterr);
    sites_release(&sites);
    if (status == ST_OK)
        text_append_string(&cli->out, "\n");
    return status;
}
