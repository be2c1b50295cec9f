/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <assert.h>
#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S (TIME_DAY_MS / 1000)
#define OFFSET_SLOT_S 900 /* so long an offset from UTC is remembered */
#define OFFSETS_KNOWN 16  /* a page has times of now and of the next hours */

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back
 * (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int32_t days_from_civil(int year, int month, int day)
{
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int era = (int)((days >= 0 ? days : days - 146096) / 146097);
    int doe = (int)(days - era * INT64_C(146097));
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;
    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = yoe + era * 400 + (*month <= 2);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ---- the local zone -------------------------------------------------------------------
 */

static atomic_uint zone_version;

void time_set_zone(const char *zone)
{
    if (zone == NULL)
        (void)unsetenv("TZ");
    else
        (void)setenv("TZ", zone, 1);
    tzset();
    atomic_fetch_add(&zone_version, 1);
}

/* Seconds that local time is ahead of UTC. */
static int64_t ask_offset(int64_t seconds)
{
    const time_t at = (time_t)seconds;
    struct tm tm;
    const struct tm *found = localtime_r(&at, &tm);
    assert(found != NULL);
    (void)found;
    return tm.tm_gmtoff;
}

/* The same from what the thread asked before: the C library reads its rules anew for each
 * time. Offsets do not change within a slot if both ends have the same. */
static int64_t offset_of(int64_t seconds)
{
    static _Thread_local struct {
        int64_t slot, offset;
        unsigned version;
        bool asked;
    } known[OFFSETS_KNOWN]; /* by slot modulo size */
    const int64_t slot = floor_div(seconds, OFFSET_SLOT_S);
    const unsigned version = atomic_load_explicit(&zone_version, memory_order_relaxed);
    const uint64_t place = (uint64_t)slot % OFFSETS_KNOWN;
    if (known[place].asked && known[place].slot == slot &&
        known[place].version == version)
        return known[place].offset;
    const int64_t first = ask_offset(slot * OFFSET_SLOT_S);
    if (first != ask_offset((slot + 1) * OFFSET_SLOT_S - 1))
        return ask_offset(seconds);
    known[place].slot = slot;
    known[place].offset = first;
    known[place].version = version;
    known[place].asked = true;
    return first;
}

/* Seconds of local time since 1970-01-01 00:00 of it. */
static int64_t local_seconds(int64_t ms)
{
    const int64_t seconds = floor_div(ms, 1000);
    return seconds + offset_of(seconds);
}

int64_t time_day_start(int32_t day)
{
    struct tm tm = {.tm_isdst = -1};
    int year, month;
    civil_from_days(day, &year, &month, &tm.tm_mday);
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    return (int64_t)mktime(&tm) * 1000;
}

void time_to_local(int64_t ms, struct time_local *ret)
{
    const int64_t seconds = local_seconds(ms);
    const int64_t day = floor_div(seconds, DAY_S);
    const int second_of_day = (int)(seconds - day * DAY_S);
    civil_from_days(day, &ret->year, &ret->month, &ret->day);
    ret->weekday = (int)((day % 7 + 10) % 7); /* 1970-01-01 was a Thursday */
    ret->minute = second_of_day / 60;
    ret->second = second_of_day % 60;
}

/* COUNT digits of VALUE; returns the place behind them. (printf takes ten times as long,
 * and a page has several times.) */
static char *put_digits(char *at, int value, int count)
{
    for (int i = count; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + count;
}

/* "2026-11-27T08:00:00", and ".250" if MS is no whole second. */
static char *put_time(char *at, int year, int month, int day, int second_of_day,
                      int64_t ms)
{
    at = put_digits(at, year % 10000, 4);
    *at++ = '-';
    at = put_digits(at, month, 2);
    *at++ = '-';
    at = put_digits(at, day, 2);
    *at++ = 'T';
    at = put_digits(at, second_of_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, second_of_day / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, second_of_day % 60, 2);
    int rest = (int)(ms - floor_div(ms, 1000) * 1000);
    if (rest == 0)
        return at;
    *at++ = '.';
    return put_digits(at, rest, 3);
}

void time_format(int64_t ms, char ret[TIME_TEXT_SIZE])
{
    struct time_local local;
    time_to_local(ms, &local);
    int offset = (int)(offset_of(floor_div(ms, 1000)) / 60);
    char *at = put_time(ret, local.year, local.month, local.day,
                        local.minute * 60 + local.second, ms);
    *at++ = offset < 0 ? '-' : '+';
    offset = abs(offset);
    at = put_digits(at, offset / 60 % 24, 2);
    *at++ = ':';
    at = put_digits(at, offset % 60, 2);
    *at = '\0';
}

void time_format_utc(int64_t ms, char ret[TIME_TEXT_SIZE])
{
    int64_t days = floor_div(ms, TIME_DAY_MS);
    int year, month, day;
    civil_from_days(days, &year, &month, &day);
    char *at =
        put_time(ret, year, month, day, (int)((ms - days * TIME_DAY_MS) / 1000), ms);
    *at++ = 'Z';
    *at = '\0';
}

/* Reads exactly COUNT digits at *at as a number in [min, max] and moves on. */
static bool digits(const char **at, int count, int min, int max, int *ret)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return false;
        value = value * 10 + (**at - '0');
    }
    *ret = value;
    return value >= min && value <= max;
}

static bool literal(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool parse_date(const char **at, int32_t *ret_day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    if (!digits(at, 4, 1, 9999, &year) || !literal(at, '-') ||
        !digits(at, 2, 1, 12, &month) || !literal(at, '-') || !digits(at, 2, 1, 31, &day))
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > lengths[month - 1] + (month == 2 && leap))
        return false;
    *ret_day = days_from_civil(year, month, day);
    return true;
}

static bool parse_offset(const char **at, int *ret_minutes)
{
    if (literal(at, 'Z') || literal(at, 'z')) {
        *ret_minutes = 0;
        return true;
    }
    int sign = **at == '-' ? -1 : 1;
    if (!literal(at, '+') && !literal(at, '-'))
        return false;
    int hour, minute;
    if (!digits(at, 2, 0, 23, &hour) || !literal(at, ':') ||
        !digits(at, 2, 0, 59, &minute))
        return false;
    *ret_minutes = sign * (hour * 60 + minute);
    return true;
}

bool time_parse(const char *text, int64_t *ret_ms)
{
    int32_t day;
    int hour, minute, second, offset;
    int64_t fraction = 0;
    if (!parse_date(&text, &day) || (!literal(&text, 'T') && !literal(&text, 't')) ||
        !digits(&text, 2, 0, 23, &hour) || !literal(&text, ':') ||
        !digits(&text, 2, 0, 59, &minute) || !literal(&text, ':') ||
        !digits(&text, 2, 0, 59, &second))
        return false;
    if (literal(&text, '.')) {
        int count = 0;
        for (; isdigit((unsigned char)*text) && count < 9; text++, count++)
            if (count < 3)
                fraction = fraction * 10 + (*text - '0');
        if (count == 0)
            return false;
        for (; count < 3; count++)
            fraction *= 10;
    }
    if (!parse_offset(&text, &offset) || *text != '\0')
        return false;
    int64_t ms = (int64_t)day * TIME_DAY_MS +
                 ((hour * 60 + minute - offset) * 60 + second) * INT64_C(1000) + fraction;
    if (ms < 0 || ms > TIME_MS_MAX)
        return false;
    *ret_ms = ms;
    return true;
}

bool time_parse_day(const char *text, int32_t *ret_day)
{
    return parse_date(&text, ret_day) && *text == '\0';
}

void time_format_day(int32_t day, char ret[TIME_TEXT_SIZE])
{
    int year, month, day_of_month;
    civil_from_days(day, &year, &month, &day_of_month);
    (void)snprintf(ret, TIME_TEXT_SIZE, "%04d-%02d-%02d", year % 10000, month % 100,
                   day_of_month % 100);
}

int32_t time_local_day(int64_t ms)
{
    return (int32_t)floor_div(local_seconds(ms), DAY_S);
}

void time_format_clock(int64_t ms, int64_t now_ms, char ret[TIME_TEXT_SIZE])
{
    struct time_local local;
    char day[TIME_TEXT_SIZE] = "";
    time_to_local(ms, &local);
    const bool is_today = time_local_day(ms) == time_local_day(now_ms);
    if (!is_today)
        time_format_day(time_local_day(ms), day);
    (void)snprintf(ret, TIME_TEXT_SIZE, "%.10s%s%02d:%02d", day, is_today ? "" : " ",
                   local.minute / 60 % 24, local.minute % 60);
}
