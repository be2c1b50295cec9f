/* SPDX-License-Identifier: Apache-2.0 */
/* Where requests begin: a table, and any cutting of the bytes against the whole at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "http/boundary.h"
#include "http/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wanted(const char *method, const char *path)
{
    return strcmp(method, "GET") == 0 && strcmp(path, "/own") == 0;
}

#define OWN "GET /own HTTP/1.1\r\nHost: a\r\n\r\n"
#define OTHER "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST(length) "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: " length "\r\n\r\n"

#define ALL (-1)

static const struct {
    const char *text;
    bool is_found;
    int passed; /* where it was found; or of the text */
} rows[] = {
    {OWN, true, 0},
    {"GET /own?a=1 HTTP/1.1\r\nHost: a\r\n\r\n", true, 0},
    {"\r\n\r\n" OWN, true, 4},
    {OTHER OWN, true, sizeof OTHER - 1},
    {POST("30") OWN OWN, true, sizeof POST("30") - 1 + 30}, /* a body that looks so */
    {POST("31") OWN "G", false, ALL},
    {"HEAD /own HTTP/1.1\r\nHost: a\r\n\r\n", false, ALL},
    {"POST /own HTTP/1.1\r\nHost: a\r\n\r\n", false, ALL},
    {OTHER "GET /own HTTP/1.1\r\nHo", false, sizeof OTHER - 1},
    {"GET /own", false, 0},
    /* What our reader refuses is passed on, with all that follows. */
    {"GET /own\nGET" OWN, false, ALL},
    {"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" OWN, false, ALL},
    {"\x16\x03\x01" OWN, false, ALL}, /* TLS */
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct boundary boundary = {0};
        size_t pass = 0;
        bool found = boundary_find(&boundary, rows[i].text, strlen(rows[i].text), false,
                                   wanted, &pass);
        assert_int_equal(found, rows[i].is_found);
        assert_int_equal(pass, rows[i].passed == ALL ? strlen(rows[i].text)
                                                     : (size_t)rows[i].passed);
    }
}

/* The bytes come in pieces of any size; what is held is shown again with the next. */
static size_t find_in_pieces(struct random *random, const char *text, size_t size,
                             bool *ret_found)
{
    struct boundary boundary = {0};
    size_t passed = 0, have = 0;
    *ret_found = false;
    while (have < size && !*ret_found) {
        size_t part = 1 + (size_t)random_below(random, 9), pass = 0;
        have += part < size - have ? part : size - have;
        *ret_found =
            boundary_find(&boundary, text + passed, have - passed, false, wanted, &pass);
        passed += pass;
    }
    return passed;
}

static void test_pieces(void **state)
{
    (void)state;
    static const char *const parts[] = {OWN,       OTHER,      "\r\n",    POST("30") OWN,
                                        POST("0"), "GET /own", POST("7"), "GET\n"};
    struct random_seeded random;
    random_seeded_init(&random, 7);
    for (int round = 0; round < 2000; round++) {
        char text[512] = "";
        size_t size = 0;
        for (uint64_t n = 1 + random_below(&random.super, 4); n > 0; n--)
            size += (size_t)snprintf(
                text + size, sizeof text - size, "%s",
                parts[random_below(&random.super, sizeof parts / sizeof *parts)]);
        struct boundary boundary = {0};
        size_t at_once = 0;
        bool found,
            want = boundary_find(&boundary, text, strlen(text), false, wanted, &at_once);
        assert_int_equal(find_in_pieces(&random.super, text, strlen(text), &found),
                         at_once);
        assert_int_equal(found, want);
    }
}

/* A head that fills the room is passed on; so is everything when memory is short. */
static void test_limits(void **state)
{
    (void)state;
    char text[64] = "GET /own HTTP/1.1\r\nX-Long: ";
    size_t pass = 0;
    struct boundary boundary = {0};
    assert_false(boundary_find(&boundary, text, strlen(text), false, wanted, &pass));
    assert_int_equal(pass, 0);
    assert_false(boundary_find(&boundary, text, strlen(text), true, wanted, &pass));
    assert_int_equal(pass, strlen(text));
    boundary = (struct boundary){0};
    mem_fail_at(1);
    assert_false(boundary_find(&boundary, OWN, strlen(OWN), false, wanted, &pass));
    (void)mem_fail_hold();
    assert_int_equal(pass, strlen(OWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
