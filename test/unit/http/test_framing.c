/* SPDX-License-Identifier: Apache-2.0 */
/* Requests as raw bytes against a running server: what must be refused is refused with
 * one answer and a closed connection, so that nothing can hide behind it. */
#include "fixture.h"

#include <jansson.h>

static size_t from_base64(const char *text, char *ret)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned count = 0;
    size_t size = 0;
    for (; *text && *text != '='; text++) {
        const char *digit = strchr(alphabet, *text);
        assert_non_null(digit);
        bits = bits << 6 | (uint32_t)(digit - alphabet);
        count += 6;
        if (count >= 8) {
            count -= 8;
            ret[size++] = (char)(bits >> count & 255);
        }
    }
    return size;
}

static void expect_refused(int fd, const char *name)
{
    client_read_all(fd, &heard);
    if (heard_status(&heard) < 400 || !heard.closed ||
        heard_count(&heard, "HTTP/1.1 ") != 1)
        fail_msg("%s: status %d, closed %d, answers %u", name, heard_status(&heard),
                 heard.closed, heard_count(&heard, "HTTP/1.1 "));
    assert_non_null(strstr(heard.data, "application/problem+json"));
}

static struct random_seeded pieces;

/* In one piece, or in many of 1 to 7 bytes. */
static void send_pieces(int fd, const char *bytes, size_t size, bool many)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof one);
    for (size_t at = 0; at < size;) {
        size_t piece = many ? 1 + (size_t)random_below(&pieces.super, 7) : size;
        piece = piece < size - at ? piece : size - at;
        if (!client_send(fd, bytes + at, piece))
            return; /* refused before the end */
        at += piece;
        if (many && random_below(&pieces.super, 20) == 0)
            sleep_ms(1);
    }
}

static void check_case(const struct fixture *fixture, json_t *item, const char *bytes,
                       size_t size, bool many)
{
    const char *name = json_string_value(json_object_get(item, "name"));
    const char *expect = json_string_value(json_object_get(item, "expect"));
    int fd = client_connect(fixture);
    send_pieces(fd, bytes, size, many);
    if (strcmp(expect, "refuse") == 0) {
        expect_refused(fd, name);
    } else if (strcmp(expect, "accept") == 0) {
        unsigned count = strstr(name, "pipeline") ? 2 : 1;
        if (!client_read_answers(fd, &heard, count) || heard_status(&heard) != 200)
            fail_msg("%s: status %d", name, heard_status(&heard));
        assert_int_equal(heard_count(&heard, "HTTP/1.1 200"), count);
    } else {
        if (!client_read_answers(fd, &heard, 1))
            fail_msg("%s: no answer", name);
        if (heard_status(&heard) >= 400 && heard_status(&heard) != 404) {
            struct heard *rest = mem_calloc(1, sizeof *rest);
            client_read_all(fd, rest);
            assert_true(rest->closed || heard.closed);
            assert_int_equal(rest->size, 0);
            mem_free(rest);
        }
    }
    close(fd);
}

static void test_table(void **state)
{
    (void)state;
    random_seeded_init(&pieces, 3);
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    json_error_t error;
    json_t *root = json_load_file("test/data/http/framing.json", 0, &error);
    assert_non_null(root);
    json_t *cases = json_object_get(root, "cases");
    assert_int_equal(json_array_size(cases), 61);
    size_t i;
    json_t *item;
    json_array_foreach(cases, i, item)
    {
        const char *base64 = NULL;
        const char *key;
        json_t *value;
        json_object_foreach(item, key, value)
        {
            if (strcmp(key, "name") && strcmp(key, "expect") && strcmp(key, "meaning"))
                base64 = json_string_value(value);
        }
        char *bytes = mem_alloc(strlen(base64) + 1);
        size_t size = from_base64(base64, bytes);
        check_case(&fixture, item, bytes, size, false);
        check_case(&fixture, item, bytes, size, size < 2000);
        mem_free(bytes);
    }
    json_decref(root);
    fixture_end(&fixture);
}

/* More of the same kind: text, and the status expected. */
struct row {
    const char *text;
    int status;
};

static const struct row rows[] = {
    {"GET /x?a=1&a=2 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /x?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /x?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /x?a=%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a%2fx HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a/./x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /x#y HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"BREW /x HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"get /x HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"PRI * HTTP/2.0\r\n\r\n", 505},
    {"GET /x http/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /x\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: []\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: [::1]a\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: a:123456\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: :80\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nCookie: a=2\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: a\r\nExpect: the-best\r\n\r\n", 417},
    {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000000\r\n\r\n", 400},
    {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999999\r\n\r\n", 413},
    {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413},
    {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411},
    {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
    {"\x16\x03\x01\x02", 400},
    {"GET /x HTTP/1.1\nHost", 400},
};

static const struct row fine[] = {
    {"\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"GET http://A:80/x HTTP/1.1\r\nHost: a:80\r\n\r\n", 200},
    {"GET /x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200},
    {"GET /x?a=1&b&&c= HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"GET /%78 HTTP/1.1\r\nHost: a_b.c-d\r\n\r\n", 200},
    {"GET /x HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", 200},
    {"GET /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", 200},
    {"OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\n", 404},
    {"GET /... HTTP/1.1\r\nHost: a\r\n\r\n", 404},
    {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 000000000000003\r\n\r\nabc", 200},
    {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 200},
};

static void test_rows(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd = client_connect(&fixture);
        client_say(fd, rows[i].text);
        expect_refused(fd, rows[i].text);
        if (heard_status(&heard) != rows[i].status)
            fail_msg("%s: %d", rows[i].text, heard_status(&heard));
        close(fd);
    }
    for (size_t i = 0; i < COUNT_OF(fine); i++) {
        int fd = client_connect(&fixture);
        client_say(fd, fine[i].text);
        if (!client_read_answers(fd, &heard, 1) || heard_status(&heard) != fine[i].status)
            fail_msg("%s: %d", fine[i].text, heard_status(&heard));
        close(fd);
    }
    fixture_end(&fixture);
}

/* A head of HTTP_HEAD_MAX bytes is taken, one byte more is not. */
static void test_head_size(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    for (size_t extra = 0; extra < 2; extra++) {
        static char text[HTTP_HEAD_MAX + 8];
        size_t used =
            (size_t)snprintf(text, sizeof text, "GET /x HTTP/1.1\r\nHost: a\r\nX: ");
        size_t size = HTTP_HEAD_MAX + extra;
        memset(text + used, 'a', size - used);
        memcpy(text + size - 4, "\r\n\r\n", 4);
        int fd = client_connect(&fixture);
        client_send(fd, text, size);
        assert_true(client_read_answers(fd, &heard, 1));
        assert_int_equal(heard_status(&heard), extra ? 431 : 200);
        close(fd);
    }
    fixture_end(&fixture);
}

/* 64 header lines are taken, 65 are not. */
static void test_header_count(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    for (unsigned count = HTTP_HEADERS_MAX; count <= HTTP_HEADERS_MAX + 1; count++) {
        struct text text;
        text_init(&text, HTTP_HEAD_MAX);
        text_append_string(&text, "GET /x HTTP/1.1\r\nHost: a\r\n");
        for (unsigned i = 1; i < count; i++)
            text_appendf(&text, "X-%u: 1\r\n", i);
        text_append_string(&text, "\r\n");
        int fd = client_connect(&fixture);
        client_say(fd, text.data);
        assert_true(client_read_answers(fd, &heard, 1));
        assert_int_equal(heard_status(&heard), count > HTTP_HEADERS_MAX ? 431 : 200);
        close(fd);
        text_release(&text);
    }
    fixture_end(&fixture);
}

/* Valid requests cut in two at every byte. */
static void test_splits(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    static const char text[] =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
        "hello\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n";
    int one = 1;
    int fd = client_connect(&fixture);
    setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof one);
    for (size_t cut = 1; cut < sizeof text - 1; cut++) {
        client_send(fd, text, cut);
        if (cut % 4 == 0)
            sleep_ms(1);
        client_send(fd, text + cut, sizeof text - 1 - cut);
        assert_true(client_read_answers(fd, &heard, 2));
        assert_int_equal(heard_count(&heard, "HTTP/1.1 200 OK"), 2);
        assert_non_null(strstr(heard.data, "\r\n\r\nhelloHTTP/1.1"));
    }
    close(fd);
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),     cmocka_unit_test(test_rows),
        cmocka_unit_test(test_head_size), cmocka_unit_test(test_header_count),
        cmocka_unit_test(test_splits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
