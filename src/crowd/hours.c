/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar, white space free between the tokens:
 *
 *     hours = part *(";" part)        part = [days] time "-" time
 *     days  = range *("," range)      range = day ["-" day]   (Sa-Mo goes over Sunday)
 *     time  = 2DIGIT ":" 2DIGIT       24:00 only as an end
 *
 * A span belongs to the day on which it starts; one that ends at or before its start ends
 * on the next day. */
#include "crowd/hours.h"

#include "base/status.h"
#include "base/time.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#define DAY_MINUTES 1440
#define ALL_DAYS 0x7f

static const char DAY_NAMES[7][3] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};

struct reader {
    const char *start, *at;
    struct diag *reterr;
};

static int fail(const struct reader *reader, const char *what)
{
    return diag_set(reader->reterr, ST_INVALID, 0,
                    (uint32_t)(reader->at - reader->start) + 1, "hours",
                    "%s: write it like 'Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00'", what);
}

static void skip_spaces(struct reader *reader)
{
    while (*reader->at == ' ' || *reader->at == '\t')
        reader->at++;
}

static bool take(struct reader *reader, char wanted)
{
    skip_spaces(reader);
    if (*reader->at != wanted)
        return false;
    reader->at++;
    skip_spaces(reader);
    return true;
}

static bool read_day(struct reader *reader, uint32_t *ret)
{
    for (uint32_t i = 0; i < 7; i++)
        if (strncmp(reader->at, DAY_NAMES[i], 2) == 0) {
            reader->at += 2;
            *ret = i;
            return true;
        }
    return false;
}

static int read_days(struct reader *reader, uint8_t *ret)
{
    uint8_t days = 0;
    do {
        uint32_t from, to;
        if (!read_day(reader, &from))
            return fail(reader, "a day is Mo, Tu, We, Th, Fr, Sa or Su");
        to = from;
        if (take(reader, '-') && !read_day(reader, &to))
            return fail(reader, "a day is Mo, Tu, We, Th, Fr, Sa or Su");
        for (uint32_t day = from;; day = (day + 1) % 7) {
            days |= (uint8_t)(1u << day);
            if (day == to)
                break;
        }
    } while (take(reader, ','));
    *ret = days;
    return ST_OK;
}

static int read_time(struct reader *reader, uint16_t *ret)
{
    const char *at = reader->at;
    for (int i = 0; i < 5; i++)
        if (i == 2 ? at[i] != ':' : !isdigit((unsigned char)at[i]))
            return fail(reader, "a time is four digits like 08:30");
    int hour = (at[0] - '0') * 10 + at[1] - '0',
        minute = (at[3] - '0') * 10 + at[4] - '0';
    if (minute > 59 || hour * 60 + minute > DAY_MINUTES)
        return fail(reader, "there is no such time of the day");
    reader->at += 5;
    *ret = (uint16_t)(hour * 60 + minute);
    return ST_OK;
}

static int read_span(struct reader *reader, struct hours_span *ret)
{
    struct hours_span span = {.days = ALL_DAYS};
    skip_spaces(reader);
    int status = ST_OK;
    if (isalpha((unsigned char)*reader->at))
        status = read_days(reader, &span.days);
    skip_spaces(reader);
    if (status == ST_OK)
        status = read_time(reader, &span.from);
    if (status == ST_OK && span.from == DAY_MINUTES)
        status = fail(reader, "a span cannot start at 24:00");
    if (status == ST_OK && !take(reader, '-'))
        status = fail(reader, "a '-' and the end of the span are missing");
    if (status == ST_OK)
        status = read_time(reader, &span.to);
    if (status == ST_OK && span.to == 0)
        span.to = DAY_MINUTES;
    skip_spaces(reader);
    if (status == ST_OK)
        *ret = span;
    return status;
}

int hours_parse(const char *text, struct hours *ret, struct diag *reterr)
{
    struct reader reader = {.start = text, .at = text, .reterr = reterr};
    struct hours hours = {0};
    skip_spaces(&reader);
    if (*reader.at == '\0') {
        *ret = hours;
        return ST_OK;
    }
    do {
        if (hours.count == HOURS_SPANS_MAX)
            return fail(&reader, "more than 12 spans");
        int status = read_span(&reader, &hours.spans[hours.count]);
        if (status < 0)
            return status;
        hours.count++;
    } while (take(&reader, ';'));
    if (*reader.at != '\0')
        return fail(&reader, "something unexpected stands here");
    *ret = hours;
    return ST_OK;
}

static uint8_t weekday(int32_t day, const struct calendar *calendar)
{
    uint32_t low = 0, high = calendar == NULL ? 0 : calendar->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (calendar->days[middle].day == day)
            return calendar->days[middle].treat_as;
        if (calendar->days[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint8_t)((((int64_t)day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

void hours_moment_init(struct hours_moment *moment, int64_t now_ms,
                       const struct calendar *calendar)
{
    struct time_local local;
    time_to_local(now_ms, &local);
    int32_t day = time_local_day(now_ms);
    *moment = (struct hours_moment){
        .today = weekday(day, calendar),
        .yesterday = weekday(day - 1, calendar),
        .minute = (uint16_t)local.minute,
        .day = day,
    };
}

bool hours_contain_moment(const struct hours *hours, const struct hours_moment *moment)
{
    for (uint32_t i = 0; i < hours->count; i++) {
        const struct hours_span *span = &hours->spans[i];
        bool over = span->to <= span->from;
        bool today = (span->days >> moment->today & 1) != 0;
        bool yesterday = (span->days >> moment->yesterday & 1) != 0;
        if (today && moment->minute >= span->from && (over || moment->minute < span->to))
            return true;
        if (over && yesterday && moment->minute < span->to)
            return true;
    }
    return hours->count == 0;
}

bool hours_contain(const struct hours *hours, int64_t now_ms,
                   const struct calendar *calendar)
{
    struct hours_moment moment;
    hours_moment_init(&moment, now_ms, calendar);
    return hours_contain_moment(hours, &moment);
}
