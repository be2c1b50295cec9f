/* SPDX-License-Identifier: Apache-2.0 */
/* Hours of the week in local wall time: `Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00`, and daily
 * spans `22:00-06:00` (over midnight). Days: Mo Tu We Th Fr Sa Su; lists `Mo,We-Fr`. */
#ifndef MUSTER_CROWD_HOURS_H
#define MUSTER_CROWD_HOURS_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOURS_SPANS_MAX 12

struct hours_span {
    uint8_t days;      /* bit 0 = Monday: the day on which the span starts */
    uint16_t from, to; /* minutes of the day, to 1-1440; to <= from: over midnight */
};

struct hours {
    uint8_t count; /* 0 = always */
    struct hours_span spans[HOURS_SPANS_MAX];
};

/* The empty text is "always". */
int hours_parse(const char *text, struct hours *ret, struct diag *reterr)
    __attribute__((warn_unused_result));

/* The calendar: a date that is to be treated as another weekday (public holidays as
 * Sunday, exchanged working days as Monday ...). Sorted by day. */
struct calendar_day {
    int32_t day;      /* days since 1970-01-01 */
    uint8_t treat_as; /* 0 = Monday */
};
struct calendar {
    uint32_t count;
    struct calendar_day *days;
};

/* Whether NOW_MS lies in the hours, by the local zone and the calendar (may be NULL). */
bool hours_contain(const struct hours *hours, int64_t now_ms,
                   const struct calendar *calendar);

/* One instant as local wall time, worked out once for many tests. */
struct hours_moment {
    uint8_t today, yesterday; /* weekdays after the calendar, 0 = Monday */
    uint16_t minute;          /* of the day */
    int32_t day;              /* local, since 1970-01-01 */
};
void hours_moment_init(struct hours_moment *moment, int64_t now_ms,
                       const struct calendar *calendar);
bool hours_contain_moment(const struct hours *hours, const struct hours_moment *moment);

/* calendar.csv: columns `date` (YYYY-MM-DD) and `treat-as` (Mo ... Su). The text is
 * changed. RET is released by calendar_release. */
#define CALENDAR_DAYS_MAX 4096
int calendar_parse(char *csv, size_t size, struct calendar *ret, struct diag *reterr)
    __attribute__((warn_unused_result));
void calendar_release(struct calendar *calendar);

#endif
