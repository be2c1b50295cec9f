/* SPDX-License-Identifier: Apache-2.0 */
/* Between milliseconds since 1970 (UTC), RFC 3339 text and local wall time. The local
 * zone is the process's (environment TZ, or time_set_zone). */
#ifndef MUSTER_BASE_TIME_H
#define MUSTER_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define TIME_MINUTE_MS (60 * INT64_C(1000))
#define TIME_HOUR_MS (60 * TIME_MINUTE_MS)
#define TIME_DAY_MS (24 * TIME_HOUR_MS)
#define TIME_TEXT_SIZE 40

/* Years 1970 to 9999. */
#define TIME_MS_MAX INT64_C(253402300799999)

struct time_local {
    int year, month, day; /* month 1-12, day 1-31 */
    int weekday;          /* 0 = Monday ... 6 = Sunday */
    int minute;           /* of the day, 0-1439 */
    int second;           /* 0-59 */
};

/* Sets the zone of the process ("Asia/Shanghai"; NULL: the machine's). While no other
 * thread asks for a time. */
void time_set_zone(const char *zone);
void time_to_local(int64_t ms, struct time_local *ret);
/* "2026-11-23T01:42:00.123+08:00" in the local zone; milliseconds only if not zero. */
void time_format(int64_t ms, char ret[TIME_TEXT_SIZE]);
/* The same in UTC with Z: for logs, events and files. */
void time_format_utc(int64_t ms, char ret[TIME_TEXT_SIZE]);
/* RFC 3339 with an offset or Z, up to 9 fraction digits (cut to milliseconds), 'T' or
 * 't'. False on anything else: 30 February, hour 24, leap second, missing offset. */
bool time_parse(const char *text, int64_t *ret_ms);
/* "2026-11-23" -> days since 1970-01-01; false if it is no date. */
bool time_parse_day(const char *text, int32_t *ret_day);
void time_format_day(int32_t day, char ret[TIME_TEXT_SIZE]);
/* When the local calendar day DAY begins. */
int64_t time_day_start(int32_t day);
/* The local wall time of MS: "09:00" on the day of NOW_MS, "2026-11-30 09:00" on another.
 */
void time_format_clock(int64_t ms, int64_t now_ms, char ret[TIME_TEXT_SIZE]);
/* The local calendar day of an instant, in days since 1970-01-01. */
int32_t time_local_day(int64_t ms);

#endif
