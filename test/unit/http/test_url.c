/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "http/url.h"

#include <string.h>

struct path_row {
    const char *in, *out; /* NULL: refused */
};

static const struct path_row paths[] = {
    {"/", "/"},         {"/a/b", "/a/b"},
    {"/a%20b", "/a b"}, {"/%E4%BD%A0", "/\xE4\xBD\xA0"},
    {"/a+b", "/a+b"},   {"/...", "/..."},
    {"/.a", "/.a"},     {"//", "//"},
    {"", NULL},         {"a", NULL},
    {"%2fa", NULL},     {"/a%2Fb", NULL},
    {"/%", NULL},       {"/%4", NULL},
    {"/%4g", NULL},     {"/%00", NULL},
    {"/%0a", NULL},     {"/%7f", NULL},
    {"/%5c", NULL},     {"/%ff", NULL},
    {"/%c0%af", NULL},  {"/.", NULL},
    {"/..", NULL},      {"/../a", NULL},
    {"/a/..", NULL},    {"/a/%2e%2E/b", NULL},
    {"/a/.%2e", NULL},  {"/a/./b", NULL},
};

static void test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        char text[64];
        size_t size = strlen(paths[i].in);
        memcpy(text, paths[i].in, size + 1);
        int status = http_url_path(text, size);
        if ((status == ST_OK) != (paths[i].out != NULL))
            fail_msg("'%s': %s", paths[i].in, status_text(status));
        if (paths[i].out)
            assert_string_equal(text, paths[i].out);
        else
            assert_int_equal(status, ST_INVALID);
    }
}

struct query_row {
    const char *in, *out; /* OUT: name=value; joined with '|' */
};

static const struct query_row queries[] = {
    {"", ""},
    {"a=1", "a=1|"},
    {"a=1&b=2", "a=1|b=2|"},
    {"a", "a=|"},
    {"a=", "a=|"},
    {"a==b", "a==b|"},
    {"&&a=1&&", "a=1|"},
    {"a=b+c%2Bd", "a=b c+d|"},
    {"a%3Db=1", "a=b=1|"},
    {"a+b=%26", "a b=&|"},
    {"a=1&a=2", NULL},
    {"a=1&%61=2", NULL},
    {"=1", NULL},
    {"=", NULL},
    {"a=%", NULL},
    {"a=%0", NULL},
    {"a=%00", NULL},
    {"a=%ff", NULL},
    {"%zz=1", NULL},
};

static void test_queries(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        char text[64], out[128] = "";
        struct http_pair pairs[HTTP_PARAMS_MAX];
        uint32_t count = 0;
        size_t size = strlen(queries[i].in);
        memcpy(text, queries[i].in, size + 1);
        int status = http_url_query(text, size, pairs, &count);
        if ((status == ST_OK) != (queries[i].out != NULL))
            fail_msg("'%s': %s", queries[i].in, status_text(status));
        if (!queries[i].out)
            continue;
        for (uint32_t k = 0; k < count; k++) {
            size_t used = strlen(out);
            snprintf(out + used, sizeof out - used, "%s=%s|", pairs[k].name,
                     pairs[k].value);
        }
        assert_string_equal(out, queries[i].out);
    }
}

static void test_query_limit(void **state)
{
    (void)state;
    for (unsigned many = HTTP_PARAMS_MAX; many <= HTTP_PARAMS_MAX + 1; many++) {
        char text[512];
        size_t size = 0;
        for (unsigned i = 0; i < many; i++)
            size += (size_t)snprintf(text + size, sizeof text - size, "p%u=1&", i);
        struct http_pair pairs[HTTP_PARAMS_MAX];
        uint32_t count = 0;
        int status = http_url_query(text, size, pairs, &count);
        assert_int_equal(status, many > HTTP_PARAMS_MAX ? ST_LIMIT : ST_OK);
    }
}

/* Every text comes back from a slow escaping of all its bytes. */
static void test_random(void **state)
{
    (void)state;
    struct random_seeded random;
    random_seeded_init(&random, 11);
    for (int round = 0; round < 2000; round++) {
        char plain[40], escaped[160];
        size_t size = (size_t)random_below(&random.super, sizeof plain - 1), at = 0;
        for (size_t i = 0; i < size; i++) {
            plain[i] = (char)(1 + random_below(&random.super, 126));
            at += (size_t)snprintf(escaped + at, sizeof escaped - at, "%%%02X",
                                   (unsigned)plain[i]);
        }
        plain[size] = '\0';
        size_t decoded = 0;
        assert_int_equal(http_url_decode(escaped, at, 1, &decoded), ST_OK);
        assert_int_equal(decoded, size);
        assert_memory_equal(escaped, plain, size + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_query_limit),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
