/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "http/cookie.h"

#include <string.h>

struct row {
    const char *header, *value; /* of the cookie "sid" */
};

static const struct row rows[] = {
    {"sid=abc", "abc"},
    {"a=1; sid=abc; b=2", "abc"},
    {"a=1;sid=abc", "abc"},
    {"  sid=abc  ;", "abc"},
    {"sid=", ""},
    {"sid=a=b", "a=b"},
    {"sid=\"abc\"", "abc"},
    {"sid=\"\"", ""},
    {"sid=\"", NULL},
    {"sid=a\"b", NULL},
    {"sid=a b", NULL},
    {"sid=a,b", NULL},
    {"sid=a\\b", NULL},
    {"sid=\xE4\xBD\xA0", NULL},
    {"sid=1; sid=2", NULL},
    {"sid=1; sid=1", NULL},
    {"sid=1; sid=2; sid=3", NULL},
    {"sid", NULL},
    {"=abc", NULL},
    {"SID=abc", NULL},
    {"xsid=abc", NULL},
    {"sid =abc", NULL},
    {"", NULL},
    {";;;", NULL},
    {";sid=x", "x"},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = mem_strdup(rows[i].header); /* so that ASan sees its end */
        struct http_pair pairs[HTTP_COOKIES_MAX];
        uint32_t count = 0;
        http_cookie_read(text, pairs, &count);
        const char *value = http_cookie_find(pairs, count, "sid");
        if (!value != !rows[i].value || (value && strcmp(value, rows[i].value) != 0))
            fail_msg("'%s': %s", rows[i].header, value ? value : "(none)");
        mem_free(text);
    }
}

static void test_limit(void **state)
{
    (void)state;
    char text[1024];
    size_t size = 0;
    for (unsigned i = 0; i < HTTP_COOKIES_MAX + 1; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "c%u=%u; ", i, i);
    struct http_pair pairs[HTTP_COOKIES_MAX];
    uint32_t count = 0;
    http_cookie_read(text, pairs, &count);
    assert_int_equal(count, HTTP_COOKIES_MAX);
    assert_string_equal(http_cookie_find(pairs, count, "c31"), "31");
    assert_null(http_cookie_find(pairs, count, "c32"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
