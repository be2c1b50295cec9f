/* SPDX-License-Identifier: Apache-2.0 */
/* nearest, matrix: questions to the crowd and the roads. */
#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/time.h"
#include "dispatch/isolated.h"
#include "main/commands.h"
#include "main/instance.h"
#include "road/route.h"

#include <string.h>

#define POINTS_MAX 20000
#define POINTS_FILE_MAX (16 * 1024 * 1024)
#define NEAREST_MAX 100000

static int option_point(const struct cli *cli, struct point *ret, struct diag *reterr)
{
    const char *at = cli_option(cli, "at");
    if (!point_parse(at, ret))
        return diag_set(reterr, ST_INVALID, 0, 0, "at",
                        "must be LAT,LON in degrees, such as 30.70,121.02; not '%s'", at);
    return ST_OK;
}

static int option_mode(const struct cli *cli, enum road_mode *ret, bool *ret_given,
                       struct diag *reterr)
{
    const char *mode = cli_option(cli, "mode");
    *ret_given = mode != NULL;
    *ret = ROAD_FOOT;
    if (mode == NULL || road_mode_parse(mode, ret))
        return ST_OK;
    return diag_set(reterr, ST_INVALID, 0, 0, "mode", "is none of foot, bike, car");
}

/* ---- nearest
 * ------------------------------------------------------------------------------ */

static int option_skills(const struct cli *cli, const struct skill_table *table,
                         struct skill_set *ret, struct diag *reterr)
{
    for (uint32_t i = 0; i < cli->option_count; i++) {
        if (!cli_is_option(cli, i, "skill"))
            continue;
        int32_t index = skill_find(table, cli->options[i].value);
        if (index < 0)
            return diag_set(reterr, ST_NOT_FOUND, 0, 0, "skill", "there is no skill %s",
                            cli->options[i].value);
        skill_set_add(ret, (uint32_t)index);
    }
    return ST_OK;
}

static int read_query(struct cli *cli, struct instance *instance, struct crowd_query *ret,
                      struct diag *reterr)
{
    int64_t count = 0, minutes;
    bool has_mode;
    const char *time = cli_option(cli, "time");
    int status = option_point(cli, &ret->at, reterr);
    if (status == ST_OK)
        status = cli_number(cli, "count", 1, 1, NEAREST_MAX, &count, reterr);
    if (status == ST_OK)
        status = cli_number(cli, "minutes", -1, 0, 4320, &minutes, reterr);
    if (status == ST_OK)
        status = option_mode(cli, &ret->mode, &has_mode, reterr);
    if (status == ST_OK)
        status = option_skills(cli, instance->skills, &ret->skills, reterr);
    if (status != ST_OK)
        return status;
    ret->time_ms = clock_wall_ms(instance->clock);
    if (time != NULL && !time_parse(time, &ret->time_ms))
        return diag_set(
            reterr, ST_INVALID, 0, 0, "time",
            "must be RFC 3339 with an offset, such as 2026-11-23T08:00:00+08:00");
    ret->count = (uint32_t)count;
    ret->ms_max = minutes < 0 ? ROAD_MS_NONE : (uint32_t)(minutes * TIME_MINUTE_MS);
    ret->flags = has_mode ? 0 : CROWD_OWN_MODE;
    if (cli_option(cli, "explain") != NULL)
        ret->flags |= CROWD_EXPLAIN;
    return ST_OK;
}

static void print_nearest(struct cli *cli, const struct crowd_answer *answer,
                          const struct isolated *isolated)
{
    struct text *out = &cli->out;
    text_append_string(out, "{\"people\":[");
    for (uint32_t i = 0; i < answer->count; i++) {
        const struct crowd_candidate *c = &answer->candidates[i];
        text_append_string(out, i == 0 ? "{\"number\":" : ",{\"number\":");
        text_append_json(out, c->number);
        text_appendf(out, ",\"seconds\":%u.%03u,\"metres\":%u}", c->ms / 1000,
                     c->ms % 1000, c->m);
    }
    text_appendf(out, "],\"considered\":%u,\"excluded\":{", answer->considered);
    const char *comma = "";
    for (int reason = CROWD_OK + 1; reason < CROWD_REASON_COUNT; reason++) {
        if (answer->excluded[reason] == 0)
            continue;
        text_appendf(out, "%s\"%s\":%u", comma,
                     crowd_reason_code((enum crowd_reason)reason),
                     answer->excluded[reason]);
        comma = ",";
    }
    text_append_string(out, "}");
    isolated_append_json(isolated, out);
    text_append_string(out, "}\n");
}

int command_nearest(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct crowd_query query = {0};
    int status = read_query(cli, instance, &query, reterr);
    if (status == ST_OK)
        status = instance_need_road(instance, reterr);
    if (status != ST_OK)
        return status;
    struct crowd_answer answer = {0};
    struct isolated isolated;
    struct sites musters = {0};
    status = crowd_nearest(instance->crowd, &query, &answer, reterr);
    if (status == ST_OK)
        status = instance_find_isolated(instance, query.at,
                                        query.flags & CROWD_OWN_MODE ? ISOLATED_ALL_MODES
                                                                     : 1u << query.mode,
                                        &musters, &isolated);
    if (status == ST_OK)
        print_nearest(cli, &answer, &isolated);
    sites_release(&musters);
    crowd_answer_release(&answer);
    return status;
}

/* ---- matrix
 * ------------------------------------------------------------------------------- */

struct spots {
    uint32_t count, capacity;
    struct road_spot *spots;
};

/* A header line is one whose first cell has no digit. */
static int read_spots(const char *path, const struct road *road, enum road_mode mode,
                      struct spots *ret, struct diag *reterr)
{
    AUTO_FREE char *data = NULL;
    size_t size;
    int status = file_read(path, POINTS_FILE_MAX, &data, &size, reterr);
    if (status != ST_OK)
        return status;
    struct csv csv;
    status = csv_init(&csv, data, size, reterr);
    if (status != ST_OK)
        return status;
    while ((status = csv_next(&csv, reterr)) == 1) {
        double lat, lon;
        bool is_number = text_to_double(csv.cells[0], -1e9, 1e9, &lat);
        if (csv.line == 1 && strpbrk(csv.cells[0], "0123456789") == NULL)
            continue;
        struct point point;
        if (csv.count != 2 || !is_number ||
            !text_to_double(csv.cells[1], -1e9, 1e9, &lon) ||
            !point_from_degrees(lat, lon, &point))
            return diag_set(reterr, ST_INVALID, csv.line, csv.columns[0], path,
                            "expected lat,lon in degrees");
        status = mem_grow(&ret->spots, &ret->capacity, ret->count + 1, sizeof *ret->spots,
                          POINTS_MAX);
        if (status != ST_OK)
            return diag_set(reterr, status, csv.line, 0, path, "more than %d points",
                            POINTS_MAX);
        struct road_spot *spot = &ret->spots[ret->count++];
        if (!road_snap(road, mode, point, ROAD_SNAP_M_MAX, spot)) {
            memset(spot, 0, sizeof *spot);
            spot->edge = ROAD_NODE_NONE;
        }
    }
    return status;
}

/* {"seconds":[[..],..]}, a list per `from`; null = no way. */
static void print_matrix_json(struct text *out, const struct road_matrix *matrix,
                              const uint32_t *ms)
{
    text_append_string(out, "{\"seconds\":[");
    for (uint32_t i = 0; i < matrix->from_count; i++) {
        text_append_string(out, i == 0 ? "[" : ",[");
        for (uint32_t j = 0; j < matrix->to_count; j++) {
            uint32_t cell = ms[(size_t)i * matrix->to_count + j];
            text_append_string(out, j == 0 ? "" : ",");
            if (cell == ROAD_MS_NONE)
                text_append_string(out, "null");
            else
                text_appendf(out, "%u.%03u", cell / 1000, cell % 1000);
        }
        text_append_string(out, "]");
    }
    text_append_string(out, "]}\n");
}

static void print_matrix(struct text *out, const struct road_matrix *matrix,
                         const uint32_t *ms)
{
    for (uint32_t i = 0; i < matrix->from_count; i++)
        for (uint32_t j = 0; j < matrix->to_count; j++) {
            uint32_t cell = ms[(size_t)i * matrix->to_count + j];
            if (cell != ROAD_MS_NONE)
                text_appendf(out, "%u.%03u", cell / 1000, cell % 1000);
            text_append(out, j + 1 < matrix->to_count ? "," : "\n", 1);
        }
}

int command_matrix(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    bool has_mode;
    struct spots from = {0}, to = {0};
    struct road_matrix matrix = {0};
    struct road_router *router = NULL;
    uint32_t *ms = NULL;
    int status = option_mode(cli, &matrix.mode, &has_mode, reterr);
    if (status == ST_OK)
        status = instance_need_road(instance, reterr);
    if (status == ST_OK)
        status = read_spots(cli_option(cli, "from"), instance->road, matrix.mode, &from,
                            reterr);
    if (status == ST_OK)
        status =
            read_spots(cli_option(cli, "to"), instance->road, matrix.mode, &to, reterr);
    if (status == ST_OK) {
        matrix.from = from.spots;
        matrix.from_count = from.count;
        matrix.to = to.spots;
        matrix.to_count = to.count;
        ms = mem_alloc((size_t)from.count * to.count * sizeof *ms);
        status =
            ms == NULL ? ST_NO_MEMORY : road_router_new(&router, instance->hierarchy);
    }
    if (status == ST_OK) {
        struct road_view view;
        road_view_take(instance->hierarchy, &view);
        status = road_route_matrix(router, &view, &matrix, ms);
        road_view_give(&view);
    }
    if (status == ST_OK)
        (cli->json ? print_matrix_json : print_matrix)(&cli->out, &matrix, ms);
    road_router_free(router);
    mem_free(ms);
    mem_free(from.spots);
    mem_free(to.spots);
    return status;
}
