/* SPDX-License-Identifier: Apache-2.0 */
/* hours: what was credited from one day to another, by organisation or by the people of
 * one: a table, JSON, or a file for a spreadsheet. */
#include "api/hours.h"
#include "base/csv.h"
#include "base/status.h"
#include "base/time.h"
#include "main/commands.h"
#include "main/instance.h"

static int read_wish(const struct cli *cli, struct credited_wish *ret,
                     struct diag *reterr)
{
    int32_t from, to;
    const int status = cli_days(cli, &from, &to, reterr);
    if (status != ST_OK)
        return status;
    *ret = (struct credited_wish){.from_ms = time_day_start(from),
                                  .until_ms = time_day_start(to + 1),
                                  .exercise = cli_option(cli, "exercise") != NULL,
                                  .organisation = cli_option(cli, "organisation"),
                                  .limit = CREDITED_PEOPLE_MAX};
    return ST_OK;
}

static void print_csv(const struct credited *hours, bool of_people, struct text *out)
{
    text_append_string(out, of_people ? "number,minutes,assignments\r\n"
                                      : "organisation,people,minutes,assignments\r\n");
    for (uint32_t i = 0; i < hours->count; i++) {
        const struct credited_row *row = &hours->rows[i];
        csv_append_cell(out, row->name);
        if (!of_people)
            text_appendf(out, ",%lld", (long long)row->people);
        text_appendf(out, ",%lld,%lld\r\n", (long long)row->minutes,
                     (long long)row->assignments);
    }
}

static void print_table(const struct credited *hours, bool of_people, struct text *out)
{
    if (hours->count == 0)
        text_append_string(out, of_people
                                    ? "nothing was credited to people of it; without "
                                      "--organisation the names are listed\n"
                                    : "nothing was credited in these days\n");
    for (uint32_t i = 0; i < hours->count; i++) {
        const struct credited_row *row = &hours->rows[i];
        text_appendf(out, "%6lld h %02d min %6lld assignments",
                     (long long)(row->minutes / 60), (int)(row->minutes % 60),
                     (long long)row->assignments);
        if (!of_people)
            text_appendf(out, " %6lld people", (long long)row->people);
        text_appendf(out, "  %s\n", row->name[0] == '\0' ? "(none)" : row->name);
    }
}

static void print_json(const struct credited *hours, const struct credited_wish *wish,
                       struct text *out)
{
    text_append_string(out, "{\"items\":[");
    hours_write(hours, wish, out);
    text_append_string(out, "]}\n");
}

int command_hours(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    struct credited_wish wish;
    struct credited hours = {0};
    int status = read_wish(cli, &wish, reterr);
    if (status != ST_OK)
        return status;
    const bool of_people = wish.organisation != NULL;
    status = credited_count(instance->db, &wish, &hours);
    if (status != ST_OK)
        status = diag_set(reterr, status, 0, 0, "hours", "cannot be counted: %s",
                          status_text(status));
    else if (cli->json)
        print_json(&hours, &wish, &cli->out);
    else if (cli_option(cli, "csv") != NULL)
        print_csv(&hours, of_people, &cli->out);
    else
        print_table(&hours, of_people, &cli->out);
    credited_release(&hours);
    return status;
}
