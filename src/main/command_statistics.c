/* SPDX-License-Identifier: Apache-2.0 */
/* statistics: what a time came to, by area, month and kind: a table, JSON, or a file for
 * a spreadsheet. */
#include "api/statistics.h"
#include "base/csv.h"
#include "base/mem.h"
#include "base/status.h"
#include "loop/names.h"
#include "main/commands.h"
#include "main/instance.h"

#include <stdio.h>

static int read_wish(const struct cli *cli, struct instance *instance,
                     struct statistics_wish *ret, struct diag *reterr)
{
    const char *code = cli_option(cli, "area");
    *ret = (struct statistics_wish){.now_ms = clock_wall_ms(instance->clock)};
    int status = cli_days(cli, &ret->from_day, &ret->to_day, reterr);
    if (status == ST_OK && ret->to_day - ret->from_day > STATISTICS_DAYS_MAX)
        status = diag_set(reterr, ST_INVALID, 0, 0, "to",
                          "is more than ten years after the first day");
    if (status == ST_OK && code != NULL)
        status = cli_find_area(instance, code, &ret->area_id, reterr);
    return status;
}

/* ---- for a spreadsheet ---- */
static void print_seconds(struct text *out, int64_t ms)
{
    text_append_string(out, ",");
    if (ms >= 0)
        text_appendf(out, "%lld", (long long)(ms / 1000));
}

static void print_cells(struct text *out, const struct statistics_row *row)
{
    const struct statistics_half *real = &row->parts[STATISTICS_ACTUAL],
                                 *exercise = &row->parts[STATISTICS_EXERCISE];
    const int64_t before[] = {
        real->incidents, real->cancelled, real->needs, real->in_time, real->alerts,
        real->answered,  real->accepted,  real->came,  real->people,  real->minutes};
    const int64_t after[] = {exercise->incidents, exercise->alerts,  exercise->came,
                             exercise->people,    exercise->minutes, row->courses,
                             row->passed,         row->noted,        row->checked};
    for (size_t i = 0; i < COUNT_OF(before); i++)
        text_appendf(out, ",%lld", (long long)before[i]);
    print_seconds(out, real->alert_ms);
    print_seconds(out, real->scene_ms);
    for (size_t i = 0; i < COUNT_OF(after); i++)
        text_appendf(out, ",%lld", (long long)after[i]);
    if (row->on_record > 0)
        text_appendf(out, ",%lld,%lld\r\n", (long long)row->on_record,
                     (long long)row->callable);
    else
        text_append_string(out, ",,\r\n");
}

static void print_row(struct text *out, const char *of, const char *name,
                      const struct statistics_row *row)
{
    text_appendf(out, "%s,", of);
    csv_append_cell(out, name);
    print_cells(out, row);
}

static void print_csv(const struct statistics *statistics, struct text *out)
{
    text_append_string(out,
                       "of,name,incidents,cancelled,needs,in_time,alerts,answered,"
                       "accepted,came,people,minutes,alert_s,scene_s,exercises,"
                       "exercise_alerts,exercise_came,exercise_people,exercise_minutes,"
                       "courses,passed,noted,checked,on_record,callable\r\n");
    print_row(out, "total", statistics->area->name, statistics->total);
    for (uint32_t i = 0; i < statistics->below_count; i++)
        if (statistics->below[i].area != NULL)
            print_row(out, "area", statistics->below[i].area->name,
                      &statistics->below[i]);
        else if (i > 0 && statistics_has_any(&statistics->below[i]))
            print_row(out, "own", statistics->area->name, &statistics->below[i]);
    for (uint32_t i = 0; i < statistics->month_count; i++) {
        const struct statistics_row *row = &statistics->months[i];
        char month[32];
        (void)snprintf(month, sizeof month, "%04d-%02d", row->year, row->month);
        print_row(out, "month", month, row);
    }
    for (unsigned i = 0; i < INCIDENT_KIND_COUNT; i++)
        if (statistics_has_any(&statistics->kinds[i]))
            print_row(out, "kind", incident_kind_code(statistics->kinds[i].kind),
                      &statistics->kinds[i]);
}

/* ---- for a terminal ---- */
static void print_line(struct text *out, const char *name,
                       const struct statistics_row *row)
{
    const struct statistics_half *real = &row->parts[STATISTICS_ACTUAL],
                                 *exercise = &row->parts[STATISTICS_EXERCISE];
    text_appendf(out, "%9lld %6lld %8lld %7lld %6lld %9lld %7lld %7lld  %s\n",
                 (long long)real->incidents, (long long)real->needs,
                 (long long)real->in_time, (long long)real->people,
                 (long long)(real->minutes / 60), (long long)exercise->incidents,
                 (long long)exercise->people, (long long)row->passed, name);
}

static void print_table(const struct statistics *statistics, struct text *out)
{
    const struct statistics_row *own = &statistics->below[statistics->below_count - 1];
    text_appendf(out, "%9s %6s %8s %7s %6s %9s %7s %7s\n", "incidents", "needs",
                 "in time", "people", "hours", "exercises", "people", "passed");
    for (uint32_t i = 0; i + 1 < statistics->below_count; i++)
        print_line(out, statistics->below[i].area->name, &statistics->below[i]);
    if (statistics->below_count > 1 && statistics_has_any(own))
        print_line(out, "(in none of these)", own);
    print_line(out, statistics->area->name, statistics->total);
}

int command_statistics(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct statistics_wish wish;
    struct statistics statistics = {0};
    int status = read_wish(cli, instance, &wish, reterr);
    if (status != ST_OK)
        return status;
    status = statistics_count(instance->db, &wish, &statistics);
    if (status != ST_OK) {
        status = diag_set(reterr, status, 0, 0, "statistics", "cannot be counted: %s",
                          status_text(status));
    } else if (cli->json) {
        statistics_write(&statistics, &wish, &cli->out);
        text_append_string(&cli->out, "\n");
    } else if (cli_option(cli, "csv") != NULL) {
        print_csv(&statistics, &cli->out);
    } else {
        print_table(&statistics, &cli->out);
    }
    statistics_release(&statistics);
    return status;
}
