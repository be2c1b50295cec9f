/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON line a fact on standard error. Never a name, a telephone number, an address, a
 * token or a message body. Only main/, http/, channel/ and api/ log. */
#ifndef MUSTER_BASE_LOG_H
#define MUSTER_BASE_LOG_H

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Lines below LEVEL are dropped. Set once at start. */
void log_set_level(enum log_level level);
/* log_line(LOG_INFO, "listening", "\"address\":\"%s\"", a): FORMAT makes the members
 * after time, level and what; values that came from outside go through text_append_json
 * first. */
void log_line(enum log_level level, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What others can cause as often as they like is told once and then at most every
 * LOG_PAUSE_MS, with how many: nobody fills a disk with it. Zero at first; `all` is the
 * caller's to raise; one thread. */
#define LOG_PAUSE_MS 60000
struct log_count {
    uint64_t all, told;
    int64_t told_ms;
};
/* How many no line has told of, if it is time for one: the caller writes it. Else 0.
 * NOW_MS of a clock that only goes forward. */
uint64_t log_count_due(struct log_count *count, int64_t now_ms);

#endif
