/* SPDX-License-Identifier: Apache-2.0 */
/* The server without a socket: the same heads are refused, every request is answered
 * exactly once, posted calls and work wait for a turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "http/internal.h"

#include <stdio.h>
#include <string.h>

struct heard {
    int count, status;
    char headers[256], body[256];
};

struct world {
    struct http_server *server;
    struct http_request *kept; /* answered later */
    int worked, after;
};

static void hear(void *context, const struct http_local_answer *answer)
{
    struct heard *heard = context;
    heard->count++;
    heard->status = answer->status;
    if (answer->status == 0)
        return;
    (void)snprintf(heard->headers, sizeof heard->headers, "%s", answer->headers);
    (void)snprintf(heard->body, sizeof heard->body, "%s", answer->body);
}

static void answer_kept(void *context)
{
    struct world *world = context;
    http_respond(world->kept, 202, NULL, NULL, 0);
    world->kept = NULL;
}

static void work(void *context)
{
    ((struct world *)context)->worked++;
}

static void after(void *context, bool was_done)
{
    struct world *world = context;
    assert_true(was_done);
    world->after++;
    answer_kept(world);
}

static void handle(void *context, struct http_request *request)
{
    struct world *world = context;
    size_t size;
    const char *body = http_body(request, &size);
    assert_false(http_is_gone(request));
    assert_string_equal(http_peer(request), "127.0.0.1");
    if (strcmp(http_path(request), "/echo") == 0) {
        http_set_header(request, "X-Cookie",
                        http_cookie(request, "c") == NULL ? "none"
                                                          : http_cookie(request, "c"));
        http_respond(request, 200, "text/plain", body, size);
        return;
    }
    world->kept = request;
    if (strcmp(http_path(request), "/later") == 0)
        assert_int_equal(http_server_post(world->server, answer_kept, world), ST_OK);
    else if (strcmp(http_path(request), "/work") == 0)
        assert_int_equal(http_server_work(world->server, work, after, world), ST_OK);
}

static int ask(struct world *world, const char *text, struct heard *heard)
{
    *heard = (struct heard){.count = 0};
    return http_local_send(world->server, text, strlen(text), hear, heard);
}

static void start(struct world *world)
{
    *world = (struct world){.server = NULL};
    assert_int_equal(http_local_new(&world->server, clock_system(), handle, world),
                     ST_OK);
}

static void answers(void **state)
{
    (void)state;
    struct world world;
    struct heard heard;
    start(&world);
    assert_int_equal(ask(&world,
                         "POST /echo?x=1 HTTP/1.1\r\nHost: h\r\nCookie: c=7\r\n"
                         "Content-Length: 5\r\n\r\nhello",
                         &heard),
                     ST_OK);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.status, 200);
    assert_string_equal(heard.body, "hello");
    assert_non_null(strstr(heard.headers, "X-Cookie: 7\r\n"));
    const char *const slow[] = {"/later", "/work"};
    for (int i = 0; i < 2; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", slow[i]);
        assert_int_equal(ask(&world, text, &heard), ST_OK);
        assert_int_equal(heard.count, 0);
        http_local_turn(world.server);
        assert_int_equal(heard.count, 1);
        assert_int_equal(heard.status, 202);
    }
    assert_int_equal(world.worked, 1);
    assert_int_equal(world.after, 1);
    http_server_free(world.server);
}

/* What the edge refuses never reaches the handler; what was never answered is told so. */
static void refusals_and_the_end(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "GET / HTTP/1.1\r\nHost: h\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhell",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nhell",
        "GET / HTTP/1.1\r\nHost : h\r\n\r\n"};
    struct world world;
    struct heard heard;
    start(&world);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(ask(&world, bad[i], &heard), ST_INVALID);
        assert_int_equal(heard.count, 0);
    }
    assert_null(world.kept);
    assert_int_equal(ask(&world, "GET /never HTTP/1.1\r\nHost: h\r\n\r\n", &heard),
                     ST_OK);
    assert_non_null(world.kept);
    assert_int_equal(heard.count, 0);
    http_server_free(world.server);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(refusals_and_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
