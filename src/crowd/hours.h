/* SPDX-License-Identifier: Apache-2.0 */
/* Hours of the week in local wall time: `Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00`, and daily
 * spans `22:00-06:00` (over midnight). Days: Mo Tu We Th Fr Sa Su; lists `Mo,We-Fr`. */
#ifndef MUSTER_CROWD_HOURS_H
#define MUSTER_CROWD_HOURS_H

#include "base/diag.h"

#include <stdbool.h>
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

#endif
