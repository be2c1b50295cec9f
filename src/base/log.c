/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

static enum log_level lowest = LOG_INFO;

void log_set_level(enum log_level level)
{
    lowest = level;
}

void log_line(enum log_level level, const char *what, const char *format, ...)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    if (level < lowest)
        return;
    char members[LINE_MAX_BYTES / 2];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(members, sizeof members, format, args);
    va_end(args);
    char time[TIME_TEXT_SIZE];
    time_format_utc(clock_wall_ms(clock_system()), time);
    char line[LINE_MAX_BYTES];
    int size = snprintf(line, sizeof line,
                        "{\"time\":\"%s\",\"level\":\"%s\",\"what\":\"%s\"%s%s}\n", time,
                        names[level], what, members[0] == '\0' ? "" : ",", members);
    if (size > (int)sizeof line - 1)
        size = (int)sizeof line - 1;
    ssize_t put =
        write(STDERR_FILENO, line, (size_t)size); /* one write: lines stay whole */
    (void)put;                                    /* nobody to tell */
}

uint64_t log_count_due(struct log_count *count, int64_t now_ms)
{
    const uint64_t due = count->all - count->told;
    if (due == 0 || (count->told > 0 && now_ms - count->told_ms < LOG_PAUSE_MS))
        return 0;
    count->told = count->all;
    count->told_ms = now_ms;
    return due;
}
