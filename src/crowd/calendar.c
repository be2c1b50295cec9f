/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.csv: one day a line that counts as another weekday. */
#include "base/csv.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"
#include "crowd/hours.h"

#include <stdlib.h>
#include <string.h>

static const char *const COLUMNS[] = {"date", "treat-as"};
static const char *const DAYS[] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};

static int by_day(const void *a, const void *b)
{
    const struct calendar_day *x = a, *y = b;
    return (x->day > y->day) - (x->day < y->day);
}

static int read_day(const struct csv *csv, const int32_t *index, struct calendar_day *ret,
                    struct diag *reterr)
{
    const char *date = text_trim(csv->cells[index[0]]);
    const char *as = text_trim(csv->cells[index[1]]);
    if (!time_parse_day(date, &ret->day))
        return diag_set(reterr, ST_INVALID, csv->line, csv->columns[index[0]], "date",
                        "is no date like 2026-10-01: %s", date);
    for (uint8_t i = 0; i < COUNT_OF(DAYS); i++)
        if (strcmp(DAYS[i], as) == 0) {
            ret->treat_as = i;
            return ST_OK;
        }
    return diag_set(reterr, ST_INVALID, csv->line, csv->columns[index[1]], "treat-as",
                    "is none of Mo, Tu, We, Th, Fr, Sa, Su: %s", as);
}

static int read_days(struct csv *csv, struct calendar *calendar, struct diag *reterr)
{
    int32_t index[COUNT_OF(COLUMNS)];
    uint32_t capacity = 0;
    int status = csv_next(csv, reterr);
    if (status <= 0)
        return status; /* an empty file is an empty calendar */
    status =
        csv_header(csv, COLUMNS, COUNT_OF(COLUMNS), COUNT_OF(COLUMNS), index, reterr);
    if (status < 0)
        return status;
    while ((status = csv_next(csv, reterr)) > 0) {
        if (csv->count != COUNT_OF(COLUMNS))
            return diag_set(reterr, ST_INVALID, csv->line, 0, "",
                            "a row has a date and a weekday");
        status = mem_grow(&calendar->days, &capacity, calendar->count + 1,
                          sizeof(*calendar->days), CALENDAR_DAYS_MAX);
        if (status < 0)
            return diag_set(reterr, status, csv->line, 0, "", "too many days");
        status = read_day(csv, index, &calendar->days[calendar->count], reterr);
        if (status < 0)
            return status;
        calendar->count++;
    }
    return status;
}

int calendar_parse(char *text, size_t size, struct calendar *ret, struct diag *reterr)
{
    struct csv csv;
    struct calendar calendar = {0};
    int status = csv_init(&csv, text, size, reterr);
    if (status == ST_OK)
        status = read_days(&csv, &calendar, reterr);
    if (status == ST_OK && calendar.count > 0)
        qsort(calendar.days, calendar.count, sizeof(*calendar.days), by_day);
    for (uint32_t i = 1; i < calendar.count && status == ST_OK; i++)
        if (calendar.days[i].day == calendar.days[i - 1].day) {
            char day[TIME_TEXT_SIZE];
            time_format_day(calendar.days[i].day, day);
            status = diag_set(reterr, ST_INVALID, 0, 0, "date",
                              "%s stands in the file twice", day);
        }
    if (status == ST_OK)
        *ret = calendar;
    else
        calendar_release(&calendar);
    return status;
}

void calendar_release(struct calendar *calendar)
{
    mem_free(calendar->days);
    *calendar = (struct calendar){0};
}
