/* SPDX-License-Identifier: Apache-2.0 */
/* close-road, open-road: a closure is checked against the roads, stored, and in force
 * when the command ends. */
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "dispatch/closures.h"
#include "geo/geojson.h"
#include "main/commands.h"
#include "main/instance.h"
#include "road/closed.h"
#include "store/commands.h"
#include "store/response.h"

#include <string.h>

#define POLYGON_FILE_MAX (1024 * 1024)
#define REASON_SIZE_MAX 2000

struct closing {
    struct closure closure;
    char *polygon; /* of the closure */
};

static int read_at(const struct cli *cli, struct closing *ret, struct diag *reterr)
{
    const char *at = cli_option(cli, "at");
    if (at == NULL && ret->polygon != NULL)
        return ST_OK;
    if (at == NULL || !point_parse(at, &ret->closure.at))
        return diag_set(reterr, ST_INVALID, 0, 0, "at",
                        "must be LAT,LON in degrees, such as 30.70,121.02");
    return ST_OK;
}

/* The area is kept as one geometry, and lies where its first point does. */
static int read_polygon(const struct cli *cli, struct closing *ret, struct diag *reterr)
{
    const char *path = cli_option(cli, "polygon");
    if (path == NULL)
        return ST_OK;
    AUTO_FREE char *data = NULL;
    size_t size;
    struct polygon polygon;
    int status = file_read(path, POLYGON_FILE_MAX, &data, &size, reterr);
    if (status == ST_OK)
        status = geojson_polygon_parse(data, size, &polygon, reterr);
    if (status != ST_OK)
        return status;
    struct text text;
    text_init(&text, 2 * POLYGON_FILE_MAX);
    geojson_polygon_append(&text, &polygon);
    ret->closure.at = polygon.points[0];
    polygon_release(&polygon);
    status = text.status;
    ret->polygon = status == ST_OK ? text_take(&text) : NULL;
    ret->closure.polygon = ret->polygon;
    text_release(&text);
    return status;
}

static int read_closing(struct cli *cli, int64_t now_ms, struct closing *ret,
                        struct diag *reterr)
{
    int64_t radius_m, limit_kmh;
    const char *until = cli_option(cli, "until"), *reason = cli_option(cli, "reason");
    if (cli_option(cli, "radius") != NULL && cli_option(cli, "polygon") != NULL)
        return cli_misuse(cli, reterr, "either a radius or a polygon, not both");
    if (cli_option(cli, "at") == NULL && cli_option(cli, "polygon") == NULL)
        return cli_misuse(cli, reterr, "say where: --at, or --polygon");
    if (until != NULL && !time_parse(until, &ret->closure.until_ms))
        return diag_set(
            reterr, ST_INVALID, 0, 0, "until",
            "must be RFC 3339 with an offset, such as 2026-11-23T08:00:00+08:00");
    if (until != NULL && ret->closure.until_ms <= now_ms)
        return diag_set(reterr, ST_UNPROCESSABLE, 0, 0, "until", "lies in the past");
    if (strspn(reason, " \t") == strlen(reason) || strlen(reason) > REASON_SIZE_MAX ||
        !text_is_utf8(reason, strlen(reason)))
        return diag_set(reterr, ST_INVALID, 0, 0, "reason",
                        "must say why, in at most %d bytes of UTF-8", REASON_SIZE_MAX);
    ret->closure.reason = reason;
    int status =
        cli_number(cli, "radius", 0, 1, CLOSURES_RADIUS_M_MAX, &radius_m, reterr);
    if (status != ST_OK)
        return status;
    ret->closure.radius_m = (uint32_t)radius_m;
    status = cli_number(cli, "limit", 0, 1, ROAD_KMH_MAX, &limit_kmh, reterr);
    if (status != ST_OK)
        return status;
    ret->closure.limit_kmh = (uint32_t)limit_kmh;
    status = read_polygon(cli, ret, reterr);
    return status == ST_OK ? read_at(cli, ret, reterr) : status;
}

static int run_put(void *context, struct writer *writer, int64_t now_ms,
                   struct diag *reterr)
{
    int status = closure_put(writer, &((struct closing *)context)->closure, now_ms);
    return status == ST_LIMIT ? diag_set(reterr, ST_LIMIT, 0, 0, "closures",
                                         "%d are in force already", CLOSURES_MAX)
                              : status;
}

static void write_closed(struct cli *cli, const struct closure *closure, uint32_t edges)
{
    long long id = closure->id;
    if (cli->json)
        text_appendf(&cli->out, "{\"id\":%lld,\"edges\":%u}\n", id, edges);
    else if (closure->limit_kmh == 0)
        text_appendf(&cli->out, "closure %lld: %u %s closed\n", id, edges,
                     edges == 1 ? "stretch of road is" : "stretches of road are");
    else
        text_appendf(&cli->out, "closure %lld: at most %u km/h on %u stretches of road\n",
                     id, closure->limit_kmh, edges);
}

int command_close_road(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct closing closing = {.polygon = NULL};
    uint32_t edges = 0;
    int status = instance_need_road(instance, reterr);
    if (status == ST_OK)
        status = read_closing(cli, clock_wall_ms(instance->clock), &closing, reterr);
    if (status == ST_OK)
        status = closures_check(instance->closures, &closing.closure, &edges, reterr);
    if (status == ST_OK)
        status = command_call(instance->writer, run_put, &closing, reterr);
    mem_free(closing.polygon);
    if (status == ST_OK)
        status =
            closures_refresh(instance->closures, clock_wall_ms(instance->clock), NULL);
    if (status == ST_OK)
        write_closed(cli, &closing.closure, edges);
    return status;
}

static int run_lift(void *context, struct writer *writer, int64_t now_ms,
                    struct diag *reterr)
{
    int64_t id = *(const int64_t *)context;
    int status = closure_lift(writer, id, 0, now_ms);
    return status == ST_NOT_FOUND
               ? diag_set(reterr, ST_NOT_FOUND, 0, 0, "closure",
                          "%lld is not there, or open already", (long long)id)
               : status;
}

int command_open_road(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    int64_t id;
    if (!text_to_int64(cli->words[0], 1, INT64_MAX, &id))
        return diag_set(reterr, ST_INVALID, 0, 0, "ID",
                        "must be the number that close-road said");
    int status = command_call(instance->writer, run_lift, &id, reterr);
    if (status == ST_OK)
        status =
            closures_refresh(instance->closures, clock_wall_ms(instance->clock), NULL);
    if (status == ST_OK)
        text_appendf(&cli->out,
                     cli->json ? "{\"id\":%lld,\"state\":\"open\"}\n"
                               : "closure %lld: open again\n",
                     (long long)id);
    return status;
}
