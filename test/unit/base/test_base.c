/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/radix.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void text_has_a_limit(void **state)
{
    (void)state;
    struct text text;
    text_init(&text, 10);
    text_append_string(&text, "0123456789");
    assert_int_equal(text.status, ST_OK);
    text_append_string(&text, "x");
    assert_int_equal(text.status, ST_LIMIT);
    assert_string_equal(text_string(&text), "0123456789");
    text_release(&text);
}

/* Whatever there is room for: the same as printf says, or nothing. */
static void text_takes_numbers(void **state)
{
    (void)state;
    static const int64_t ends[] = {0, 9, 10, -1, -10, INT64_MAX, INT64_MIN};
    struct random_seeded random;
    random_seeded_init(&random, 5);
    for (int i = 0; i < 20000; i++) {
        int64_t value =
            i < (int)COUNT_OF(ends)
                ? ends[i]
                : (int64_t)(random_u64(&random.super) >> random_below(&random.super, 64));
        char wanted[128];
        int size = snprintf(wanted, sizeof wanted, "%-*s%lld",
                            (int)random_below(&random.super, 80), "ab", (long long)value);
        size_t max = (size_t)size - random_below(&random.super, 2);
        struct text text, plain;
        text_init(&text, max);
        text_init(&plain, 20);
        text_append_string(&text, random_below(&random.super, 2) == 0 ? "" : "ab");
        bool is_begun = text.size > 0;
        text_appendf(&text, "%s", wanted + text.size);
        text_append_int(&plain, value);
        assert_string_equal(text_string(&plain), strrchr(wanted, ' ') == NULL
                                                     ? wanted + 2
                                                     : strrchr(wanted, ' ') + 1);
        bool fits = max == (size_t)size;
        assert_int_equal(text.status, fits ? ST_OK : ST_LIMIT);
        assert_string_equal(text_string(&text), fits ? wanted : is_begun ? "ab" : "");
        text_release(&text);
        text_release(&plain);
    }
}

static void text_escapes(void **state)
{
    (void)state;
    struct text text;
    text_init(&text, 1000);
    text_append_json(&text, "a\"\\\n\x01\xe5\xb9\xb3");
    assert_string_equal(text_string(&text), "\"a\\\"\\\\\\n\\u0001\xe5\xb9\xb3\"");
    text_clear(&text);
    text_append_json(&text, "\xff"
                            "a\xe5\xb9"
                            "b\xc0\xaf\xe5\xb9\xb3\xe5");
    assert_string_equal(text_string(&text), "\"\\ufffda\\ufffd\\ufffdb\\ufffd\\ufffd"
                                            "\xe5\xb9\xb3\\ufffd\"");
    text_clear(&text);
    text_append_html(&text, "<a href='x'>&\"");
    assert_string_equal(text_string(&text), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    text_release(&text);
}

static void phones_are_tidied(void **state)
{
    (void)state;
    static const struct {
        const char *written, *tidy;
    } rows[] = {{"138 0000 1111", "138 0000 1111"},
                {"１３８－００００　１１１１", "138-0000 1111"},
                {"+86\xc2\xa0"
                 "138\xe2\x80\x91"
                 "0000\xe2\x80\x94"
                 "1111",
                 "+86138-0000-1111"},
                {"\xe2\x80\xad"
                 "13800001111\xe2\x80\xac",
                 "13800001111"},
                {"\xff"
                 "1\xe2\x80",
                 "\xff"
                 "1\xe2\x80"},
                {"电话", "电话"},
                {"", ""}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s", rows[i].written);
        text_tidy_phone(text);
        assert_string_equal(text, rows[i].tidy);
    }
}

static void numbers_are_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {{"0", true, 0},   {"-5", true, -5},  {"9", true, 9},
                {"10", false, 0}, {"", false, 0},    {" 1", false, 0},
                {"1 ", false, 0}, {"+1", false, 0},  {"0x1", false, 0},
                {"-", false, 0},  {"1.0", false, 0}, {"99999999999999999999", false, 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t value = 0;
        assert_int_equal(text_to_int64(rows[i].text, -9, 9, &value), rows[i].ok);
        assert_int_equal(value, rows[i].value);
    }
    double real;
    assert_true(text_to_double("30.7", -90, 90, &real));
    assert_false(text_to_double("nan", -90, 90, &real));
    assert_false(text_to_double("1e999", -90, 90, &real));
    assert_false(text_to_double("0x1p3", -90, 90, &real));
    assert_false(text_to_double("91", -90, 90, &real));
}

static void utf8_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {{"abc\xe5\xb9\xb3\xf0\x9f\x98\x80", true},
                {"\xc0\x80", false},
                {"\xed\xa0\x80", false},
                {"\xf4\x90\x80\x80", false},
                {"\xe5\xb9", false},
                {"\x80", false},
                {"\xe0\x80\x80", false},
                {"", true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(text_is_utf8(rows[i].text, strlen(rows[i].text)), rows[i].ok);
}

static void what_is_not_seen_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool hidden;
    } rows[] = {{"admin", false},
                {"\xe5\xb9\xb3\xe6\xb9\x96\xf0\x9f\x98\x80", false},
                {"\xc3\xa9", false},
                {"admin\xe2\x80\x8b", true}, /* U+200B, of no width */
                {"\xe2\x80\xae"
                 "admin",
                 true},                       /* U+202E, right to left */
                {"ad\xc2\xadmin", true},      /* U+00AD, soft hyphen */
                {"admin\xc2\x85", true},      /* U+0085, a control */
                {"\xc2\xa0", true},           /* U+00A0, a space */
                {"\xe3\x80\x80", true},       /* U+3000, a wide space */
                {"\xef\xbb\xbfV1", true},     /* U+FEFF, a mark of files */
                {"V1\xf3\xa0\x81\x81", true}, /* U+E0041, a tag */
                {"\xe5\xb9", true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(text_has_hidden(rows[i].text), rows[i].hidden);
}

static void marks_are_dropped(void **state)
{
    (void)state;
    static const struct {
        const char *written, *clean;
    } rows[] = {{"\xe2\x80\xae\xe7\x8e\x8b\xe8\x8a\xb3\xe2\x80\xac", "王芳"}, /* U+202E */
                {"\xe7\x8e\x8b\xe2\x80\x8b\xe8\x8a\xb3", "王芳"},             /* U+200B */
                {"\xef\xbb\xbf"
                 "a\xe2\x81\xa6z\xe2\x81\xa9\xd8\x9c\xe2\x81\xa0",
                 "az"},
                {"“引号”，全角…", "“引号”，全角…"},
                {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x92",
                 "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x92"}, /* joined */
                {"\xe2\x80", "\xe2\x80"},
                {"", ""}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s", rows[i].written);
        assert_int_equal(text_has_marks(text), strcmp(text, rows[i].clean) != 0);
        text_drop_marks(text);
        assert_string_equal(text, rows[i].clean);
    }
}

static void times_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t ms;
    } rows[] = {
        {"1970-01-01T00:00:00Z", true, 0},
        {"2026-11-23T01:42:00+08:00", true, 1795369320000},
        {"2024-02-29T23:59:59.9996Z", true, 1709251199999},
        {"2026-02-29T00:00:00Z", false, 0},
        {"2026-11-23T24:00:00Z", false, 0},
        {"2026-11-23T01:42:60Z", false, 0},
        {"2026-11-23T01:42:00", false, 0},
        {"2026-11-23 01:42:00Z", false, 0},
        {"1969-12-31T23:59:59Z", false, 0},
        {"2026-11-23T01:42:00Zx", false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t ms = 0;
        assert_int_equal(time_parse(rows[i].text, &ms), rows[i].ok);
        assert_int_equal(ms, rows[i].ms);
    }
    struct random_seeded random;
    random_seeded_init(&random, 7);
    for (int i = 0; i < 10000; i++) {
        int64_t ms = (int64_t)random_below(&random.super, TIME_MS_MAX - TIME_DAY_MS);
        char text[TIME_TEXT_SIZE];
        int64_t back;
        time_format(ms, text);
        assert_true(time_parse(text, &back));
        assert_int_equal(back, ms);
        time_format_utc(ms, text);
        assert_true(time_parse(text, &back));
        assert_int_equal(back, ms);
        int32_t day;
        time_format_day((int32_t)(ms / TIME_DAY_MS), text);
        assert_true(time_parse_day(text, &day));
        assert_int_equal(day, ms / TIME_DAY_MS);
    }
    char text[TIME_TEXT_SIZE];
    time_format(1795369320000, text);
    assert_string_equal(text, "2026-11-23T01:42:00+08:00");
}

/* Each cell as written; what is no formula is read back as it was. */
static void csv_cells_are_defused(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *written;
    } rows[] = {
        {"", ""},
        {"Red Cross", "Red Cross"},
        {"a,b", "\"a,b\""},
        {"a \"b\"", "\"a \"\"b\"\"\""},
        {"=1+1", "'=1+1"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@x", "'@x"},
        {"\tx", "'\tx"},
        {"\rx", "\"'\rx\""},
        {"=a,\"b\"", "\"'=a,\"\"b\"\"\""},
        {"a=1", "a=1"},
        {"蓝天", "蓝天"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text;
        text_init(&text, 100);
        csv_append_cell(&text, rows[i].cell);
        assert_string_equal(text_string(&text), rows[i].written);
        text_release(&text);
    }
}

static void days_begin(void **state)
{
    (void)state;
    for (int32_t day = 0; day < 40000; day += 13) {
        const int64_t ms = time_day_start(day);
        assert_int_equal(time_local_day(ms), day);
        assert_int_equal(time_local_day(ms - 1), day - 1);
    }
}

static void assert_local_is(int64_t ms)
{
    const time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm tm;
    struct time_local local;
    char text[TIME_TEXT_SIZE], zone[16];
    assert_non_null(localtime_r(&seconds, &tm));
    time_to_local(ms, &local);
    assert_int_equal(local.year, tm.tm_year + 1900);
    assert_int_equal(local.month, tm.tm_mon + 1);
    assert_int_equal(local.day, tm.tm_mday);
    assert_int_equal(local.weekday, (tm.tm_wday + 6) % 7);
    assert_int_equal(local.minute, tm.tm_hour * 60 + tm.tm_min);
    assert_int_equal(local.second, tm.tm_sec);
    time_format(ms, text);
    const int minutes = (int)labs(tm.tm_gmtoff / 60);
    (void)snprintf(zone, sizeof zone, "%c%02d:%02d", tm.tm_gmtoff / 60 < 0 ? '-' : '+',
                   minutes / 60, minutes % 60);
    assert_string_equal(text + strlen(text) - 6, zone);
}

/* Summer time by whole hours, by half an hour, at an odd minute; offsets of seconds; a
 * day that was left out (Apia, 30 December 2011). */
static void local_time_is_the_c_librarys(void **state)
{
    (void)state;
    static const char *const zones[] = {"Asia/Shanghai",
                                        "Europe/London",
                                        "Pacific/Apia",
                                        "Australia/Lord_Howe",
                                        "Africa/Monrovia",
                                        "AAA3:12:34BBB,M3.2.0/2:07:30,M11.1.0/1:59:59",
                                        "UTC"};
    AUTO_FREE char *before = getenv("TZ") == NULL ? NULL : strdup(getenv("TZ"));
    for (size_t z = 0; z < COUNT_OF(zones); z++) {
        time_set_zone(zones[z]);
        long offset = 0;
        for (int64_t ms = -TIME_DAY_MS * 365; ms < TIME_DAY_MS * 365 * 90;
             ms += 31 * TIME_HOUR_MS + 1234) {
            const time_t seconds = (time_t)(ms / 1000);
            struct tm tm;
            (void)localtime_r(&seconds, &tm);
            assert_local_is(ms);
            /* The hours of a change, second by second in part. */
            for (int64_t near = ms - 8 * TIME_HOUR_MS;
                 tm.tm_gmtoff != offset && near < ms; near += 29 * 1000)
                assert_local_is(near);
            offset = tm.tm_gmtoff;
        }
    }
    time_set_zone(before);
}

static void csv_reads_rfc_4180(void **state)
{
    (void)state;
    char text[] = "\xef\xbb\xbf"
                  "a, b ,c\r\n\r\n1,\"x,\"\"y\"\"\nz\",\n,,\t3 \n, ,\n\" \",";
    struct csv csv;
    assert_int_equal(csv_init(&csv, text, sizeof text - 1, NULL), ST_OK);
    assert_int_equal(csv_next(&csv, NULL), 1);
    int32_t index[4];
    static const char *const names[] = {"b", "a", "c", "d"};
    assert_int_equal(csv_header(&csv, names, 4, 2, index, NULL), ST_OK);
    assert_int_equal(index[0], 1);
    assert_int_equal(index[3], -1);
    assert_int_equal(csv_next(&csv, NULL), 1);
    assert_int_equal(csv.line, 3);
    assert_string_equal(csv.cells[1], "x,\"y\"\nz");
    assert_string_equal(csv.cells[2], "");
    assert_int_equal(csv_next(&csv, NULL), 1);
    assert_int_equal(csv.line, 5);
    assert_int_equal(csv.count, 3);
    assert_string_equal(csv.cells[2], "3");
    assert_int_equal(csv_next(&csv, NULL), 1); /* one of empty cells is none */
    assert_int_equal(csv.line, 7);
    assert_string_equal(csv.cells[0], " ");
    assert_int_equal(csv_next(&csv, NULL), 0);
}

static void csv_names_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line, column;
    } rows[] = {{"a,\"b", 1, 3}, {"a\nb,x\"y", 2, 3}, {"\"a\"b", 1, 1}, {"a\rb", 1, 1}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_FREE char *text = mem_strdup(rows[i].text);
        struct csv csv;
        struct diag diag;
        assert_int_equal(csv_init(&csv, text, strlen(text), &diag), ST_OK);
        int status;
        while ((status = csv_next(&csv, &diag)) == 1)
            ;
        assert_int_equal(status, ST_INVALID);
        assert_int_equal(diag.line, rows[i].line);
        assert_int_equal(diag.column, rows[i].column);
    }
}

static void csv_keys_stand_once(void **state)
{
    (void)state;
    struct csv_key once[] = {{"b", 2}, {"a", 3}, {"ab", 4}};
    struct csv_key twice[] = {{"b", 2}, {"c", 3}, {"a", 4}, {"c", 6}, {"b", 5}, {"b", 7}};
    struct diag diag = {0};
    assert_int_equal(csv_check_keys(NULL, 0, "code", &diag), ST_OK);
    assert_int_equal(csv_check_keys(once, 3, "code", &diag), ST_OK);
    assert_int_equal(csv_check_keys(twice, 6, "code", &diag), ST_INVALID);
    assert_int_equal(diag.line, 5);
    assert_string_equal(diag.text, "'b' stands on line 2 too");
}

static void config_is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
        uint32_t line;
    } rows[] = {{"weekly_cap = 5 # five\n\n zone=UTC", ST_OK, 0},
                {"weekly_cap = 0", ST_INVALID, 1},
                {"\nno_such = 1", ST_INVALID, 2},
                {"zone = a\nzone = b", ST_INVALID, 2},
                {"zone", ST_INVALID, 1}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config config;
        struct diag diag = {0};
        config_default(&config);
        AUTO_FREE char *text = mem_strdup(rows[i].text);
        assert_int_equal(config_parse(&config, text, strlen(text), &diag),
                         rows[i].status);
        assert_int_equal(diag.line, rows[i].line);
        assert_int_equal(config.weekly_cap, i == 0 ? 5 : 3);
    }
}

/* docs/configuration.md has a row for every key, with its default and its words. */
static void config_is_documented(void **state)
{
    (void)state;
    AUTO_FREE char *doc = NULL;
    size_t size;
    assert_int_equal(file_read("docs/configuration.md", 1 << 20, &doc, &size, NULL),
                     ST_OK);
    char row[600];
#define N(name, value, min, max, what)                                                   \
    (void)snprintf(row, sizeof row, "| `%s` | %d | %d to %d | %s |\n", #name, value,     \
                   min, max, what);                                                      \
    if (strstr(doc, row) == NULL)                                                        \
        fail_msg("missing or stale: %s", row);
#define T(name, value, what)                                                             \
    (void)snprintf(row, sizeof row, "| `%s` | %s | text | %s |\n", #name, value, what);  \
    if (strstr(doc, row) == NULL)                                                        \
        fail_msg("missing or stale: %s", row);
#define Y(name, value, what)                                                             \
    (void)snprintf(row, sizeof row, "| `%s` | %s | yes or no | %s |\n", #name,           \
                   (value) == 0 ? "no" : "yes", what);                                   \
    if (strstr(doc, row) == NULL)                                                        \
        fail_msg("missing or stale: %s", row);
    CONFIG_LIST(N, T, Y)
#undef N
#undef T
#undef Y
}

static void config_round_trips(void **state)
{
    (void)state;
    struct config config, back;
    config_default(&config);
    config.weekly_cap = 7;
    config.join = 1;
    memcpy(config.zone, "UTC", 4);
    struct text text;
    text_init(&text, CONFIG_SIZE_MAX);
    config_write(&config, &text);
    config_default(&back);
    assert_int_equal(config_parse(&back, text.data, text.size, NULL), ST_OK);
    assert_memory_equal(&config.weekly_cap, &back.weekly_cap, sizeof config.weekly_cap);
    assert_string_equal(back.zone, "UTC");
    assert_int_equal(back.join, 1);
    text_release(&text);
    char no[] = "join = no", wrong[] = "\njoin = 1";
    struct diag diag = {0};
    assert_int_equal(config_parse(&back, no, strlen(no), NULL), ST_OK);
    assert_int_equal(back.join, 0);
    assert_int_equal(config_parse(&back, wrong, strlen(wrong), &diag), ST_INVALID);
    assert_int_equal(diag.line, 2);
}

static void files_are_replaced_whole(void **state)
{
    (void)state;
    char path[] = "/tmp/muster-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(file_write(path, "old", 3, 0600, NULL), ST_OK);
    for (int operation = FILE_WRITE; operation <= FILE_RENAME; operation++) {
        struct diag diag;
        file_fail_at((enum file_operation)operation, 1, ENOSPC);
        assert_int_equal(file_write(path, "new!", 4, 0600, &diag), ST_NO_SPACE);
        char *data;
        size_t size;
        assert_int_equal(file_read(path, 100, &data, &size, NULL), ST_OK);
        assert_string_equal(data, "old");
        mem_free(data);
    }
    char *data;
    size_t size;
    assert_int_equal(file_read(path, 2, &data, &size, NULL), ST_LIMIT);
    unlink(path);
    assert_int_equal(file_read(path, 100, &data, &size, NULL), ST_NOT_FOUND);
}

static void memory_can_be_made_to_fail(void **state)
{
    (void)state;
    mem_fail_at(2);
    AUTO_FREE void *first = mem_alloc(1);
    AUTO_FREE void *second = mem_alloc(1);
    AUTO_FREE void *third = mem_alloc(1);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    uint32_t *items = NULL, capacity = 0;
    assert_int_equal(mem_grow(&items, &capacity, 9, sizeof *items, 100), ST_OK);
    assert_int_equal(capacity, 9);
    assert_int_equal(mem_grow(&items, &capacity, 101, sizeof *items, 100), ST_LIMIT);
    assert_int_equal(mem_grow(&items, &capacity, 100, sizeof *items, 100), ST_OK);
    mem_free(items);
}

static void seeded_randomness_is_reproducible(void **state)
{
    (void)state;
    struct random_seeded a, b;
    random_seeded_init(&a, 42);
    random_seeded_init(&b, 42);
    double sum = 0;
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(random_u64(&a.super), random_u64(&b.super));
        assert_true(random_below(&a.super, 7) < 7);
        (void)random_below(&b.super, 7);
        sum += random_unit(&a.super);
        (void)random_unit(&b.super);
    }
    assert_true(sum > 49500 && sum < 50500);
}

/* ---- radix --------------------------------------------------------------------------
 */

static int by_upper(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b; /* the lower halves say who was first */
    return (*x > *y) - (*x < *y);
}

static void radix_sorts_by_the_upper_half(void **state)
{
    (void)state;
    static const uint32_t bounds[] = {1, 2, 2047, 2048, 2049, 1u << 22, UINT32_MAX};
    struct random_seeded random;
    random_seeded_init(&random, 7);
    for (uint32_t round = 0; round < 200; round++) {
        uint64_t keys[300], spare[300], plain[300];
        uint32_t count = (uint32_t)random_below(&random.super, 301);
        uint32_t upper_max = bounds[round % COUNT_OF(bounds)] - 1;
        for (uint32_t i = 0; i < count; i++)
            plain[i] = keys[i] =
                random_below(&random.super, (uint64_t)upper_max + 1) << 32 | i;
        const uint64_t *sorted = radix_sort_upper(keys, spare, count, upper_max);
        assert_true(sorted == keys || sorted == spare);
        qsort(plain, count, sizeof *plain, by_upper);
        assert_memory_equal(sorted, plain, count * sizeof *plain);
    }
}

/* ---- diag ---------------------------------------------------------------------------
 */

static void no_memory_is_not_what_was_said_before(void **state)
{
    (void)state;
    struct diag diag = {0};
    (void)diag_set(&diag, ST_NOT_FOUND, 0, 0, "signing.key", "cannot open");
    diag_settle(&diag, ST_NOT_FOUND);
    assert_string_equal(diag.where, "signing.key");
    diag_settle(&diag, ST_NO_MEMORY);
    assert_string_equal(diag.where, "");
    assert_string_equal(diag.text, "");
    (void)diag_set(&diag, ST_NO_MEMORY, 0, 0, "map", "no memory for it");
    diag_settle(&diag, ST_NO_MEMORY);
    assert_string_equal(diag.text, "no memory for it");
}

/* ---- log ----------------------------------------------------------------------------
 */

static void what_repeats_is_told_at_most_once_a_pause(void **state)
{
    (void)state;
    struct log_count count = {0};
    assert_int_equal(log_count_due(&count, 5000), 0);
    count.all++;
    assert_int_equal(log_count_due(&count, 5000), 1); /* the first one at once */
    count.all += 700;
    assert_int_equal(log_count_due(&count, 5000 + LOG_PAUSE_MS - 1), 0);
    assert_int_equal(log_count_due(&count, 5000 + LOG_PAUSE_MS), 700);
    assert_int_equal(log_count_due(&count, 5000 + 9 * LOG_PAUSE_MS), 0);
    count.all++;
    assert_int_equal(log_count_due(&count, 5000 + 9 * LOG_PAUSE_MS), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_has_a_limit),
        cmocka_unit_test(text_takes_numbers),
        cmocka_unit_test(text_escapes),
        cmocka_unit_test(phones_are_tidied),
        cmocka_unit_test(numbers_are_strict),
        cmocka_unit_test(utf8_is_checked),
        cmocka_unit_test(what_is_not_seen_is_found),
        cmocka_unit_test(marks_are_dropped),
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(csv_reads_rfc_4180),
        cmocka_unit_test(csv_cells_are_defused),
        cmocka_unit_test(days_begin),
        cmocka_unit_test(local_time_is_the_c_librarys),
        cmocka_unit_test(csv_names_what_is_wrong),
        cmocka_unit_test(config_is_strict),
        cmocka_unit_test(config_is_documented),
        cmocka_unit_test(csv_keys_stand_once),
        cmocka_unit_test(config_round_trips),
        cmocka_unit_test(files_are_replaced_whole),
        cmocka_unit_test(memory_can_be_made_to_fail),
        cmocka_unit_test(seeded_randomness_is_reproducible),
        cmocka_unit_test(radix_sorts_by_the_upper_half),
        cmocka_unit_test(no_memory_is_not_what_was_said_before),
        cmocka_unit_test(what_repeats_is_told_at_most_once_a_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
