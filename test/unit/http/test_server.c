/* SPDX-License-Identifier: Apache-2.0 */
/* The server as a whole: where it listens, calls from other threads, late answers,
 * clients that leave before theirs, and the end. */
#include "fixture.h"

/* ---- listening -----------------------------------------------------------------------
 */

struct listen_row {
    const char *listen, *cert, *key, *proxy;
    int status;
};

static const struct listen_row listen_rows[] = {
    {"127.0.0.1:0", NULL, NULL, NULL, ST_OK},
    {"127.1.2.3:0", NULL, NULL, NULL, ST_OK},
    {"localhost:0", NULL, NULL, NULL, ST_OK},
    {"0.0.0.0:0", NULL, NULL, NULL, ST_DENIED},
    {"[::]:0", NULL, NULL, NULL, ST_DENIED},
    {"192.0.2.1:0", NULL, NULL, NULL, ST_DENIED},
    {"0.0.0.0:0", NULL, NULL, "127.0.0.1", ST_OK},
    {"127.0.0.1:0", NULL, NULL, "proxy", ST_INVALID},
    {"127.0.0.1:0", "a.pem", NULL, NULL, ST_INVALID},
    {"127.0.0.1:0", NULL, "a.pem", NULL, ST_INVALID},
    {"127.0.0.1:0", "/none/a.pem", "/none/b.pem", NULL, ST_INVALID},
    {"127.0.0.1", NULL, NULL, NULL, ST_INVALID},
    {"127.0.0.1:65536", NULL, NULL, NULL, ST_INVALID},
    {"127.0.0.1:-1", NULL, NULL, NULL, ST_INVALID},
    {":80", NULL, NULL, NULL, ST_INVALID},
    {"::1:80", NULL, NULL, NULL, ST_INVALID},
    {"[127.0.0.1]:80", NULL, NULL, NULL, ST_INVALID},
    {"example.org:80", NULL, NULL, NULL, ST_INVALID},
    {"", NULL, NULL, NULL, ST_INVALID},
};

static void test_listen(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(listen_rows); i++) {
        const struct listen_row *row = &listen_rows[i];
        struct http_config config = {.listen = row->listen,
                                     .tls_cert = row->cert,
                                     .tls_key = row->key,
                                     .behind_proxy = row->proxy};
        struct http_server *server = NULL;
        struct diag diag = {0};
        int status = http_server_new(&server, &config, plain_handler, NULL, &diag);
        if (status != row->status)
            fail_msg("'%s': %s, %s", row->listen, status_text(status), diag.text);
        assert_true(status == ST_OK || diag.text[0] != '\0');
        http_server_free(server);
    }
}

static int port_of(const struct http_server *server)
{
    return (int)strtol(strrchr(http_server_url(server), ':') + 1, NULL, 10);
}

static void test_ports(void **state)
{
    (void)state;
    struct http_server *first = NULL, *second = NULL;
    struct http_config config = {.listen = "127.0.0.1:0"};
    struct diag diag = {0};
    assert_int_equal(http_server_new(&first, &config, plain_handler, NULL, &diag), 0);
    int port = port_of(first);
    char listen[64];
    snprintf(listen, sizeof listen, "127.0.0.1:%d", port);
    config.listen = listen;
    assert_int_equal(http_server_new(&second, &config, plain_handler, NULL, &diag), 0);
    int other = port_of(second);
    assert_true(other > port && other <= port + 20);
    http_server_free(second);
    http_server_free(first);
}

/* Every allocation of a start fails once; nothing is left behind. */
static void test_no_memory(void **state)
{
    (void)state;
    struct http_config config = {.listen = "127.0.0.1:0"};
    for (uint64_t n = 1;; n++) {
        struct http_server *server = NULL;
        struct diag diag = {0};
        mem_fail_at(n);
        int status = http_server_new(&server, &config, plain_handler, NULL, &diag);
        mem_fail_at(0);
        http_server_free(server);
        if (status == ST_OK)
            break;
        assert_int_equal(status, ST_NO_MEMORY);
        assert_true(n < 100);
    }
}

/* ---- late answers --------------------------------------------------------------------
 */

struct late {
    struct http_server *server;
    struct http_request *held[64]; /* loop thread */
    unsigned held_count;
    _Atomic unsigned handled, disposed, answered;
};

static struct late late;

static void count_disposed(void *context)
{
    atomic_fetch_add(&((struct late *)context)->disposed, 1);
}

static void late_handler(void *context, struct http_request *request)
{
    struct late *l = context;
    http_set_context(request, l, count_disposed);
    assert_true(l->held_count < COUNT_OF(l->held));
    l->held[l->held_count++] = request;
    atomic_fetch_add(&l->handled, 1);
}

/* Newest first, so that order is the connection's doing and not ours. */
static void answer_all(void *context)
{
    struct late *l = context;
    while (l->held_count > 0) {
        struct http_request *request = l->held[--l->held_count];
        const char *path = http_path(request);
        char copy[64];
        snprintf(copy, sizeof copy, "answer to %s", path);
        http_respond(request, 200, "text/plain", copy, strlen(copy));
        atomic_fetch_add(&l->answered, 1);
    }
}

static void test_late_answers(void **state)
{
    (void)state;
    memset(&late, 0, sizeof late);
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, late_handler, &late);
    int fds[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = client_connect(&fixture);
        char text[160];
        snprintf(text, sizeof text,
                 "GET /%d/a HTTP/1.1\r\nHost: a\r\n\r\nGET /%d/b HTTP/1.1\r\nHost: "
                 "a\r\n\r\n",
                 i, i);
        client_say(fds[i], text);
    }
    /* The second of a pipe is begun only when the first is answered. */
    assert_true(wait_for(&late.handled, 3));
    assert_int_equal(http_server_post(fixture.server, answer_all, &late), 0);
    assert_true(wait_for(&late.handled, 6));
    assert_int_equal(http_server_post(fixture.server, answer_all, &late), 0);
    for (int i = 0; i < 3; i++) {
        assert_true(client_read_answers(fds[i], &heard, 2));
        char text[64];
        snprintf(text, sizeof text, "answer to /%d/a", i);
        const char *first = strstr(heard.data, text);
        snprintf(text, sizeof text, "answer to /%d/b", i);
        assert_true(first && strstr(first, text));
        close(fds[i]);
    }
    assert_int_equal(atomic_load(&late.disposed), 6);
    fixture_end(&fixture);
}

static void answer_one(void *context)
{
    struct http_request *request = context;
    const char *q = http_query(request, "n");
    http_respond(request, 200, "text/plain", q, strlen(q));
}

static void post_handler(void *context, struct http_request *request)
{
    struct http_server **server = context;
    if (http_server_post(*server, answer_one, request))
        http_respond(request, 500, NULL, NULL, 0);
}

/* More requests at once than a connection keeps unread, each answered late: reading stops
 * and goes on, nothing is lost, order is kept. */
static void test_flood(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, post_handler, &fixture.server);
    int fd = client_connect(&fixture);
    struct text text;
    text_init(&text, 1 << 20);
    for (int i = 0; i < 2000; i++)
        text_appendf(&text, "GET /?n=%04d HTTP/1.1\r\nHost: a\r\nX-Pad: %060d\r\n\r\n", i,
                     i);
    assert_true(text.size > 2 * HTTP_WAITING_MAX);
    client_send(fd, text.data, text.size);
    assert_true(client_read_answers(fd, &heard, 2000));
    const char *p = heard.data;
    for (int i = 0; i < 2000; i++) {
        char want[16];
        snprintf(want, sizeof want, "\r\n\r\n%04d", i);
        p = strstr(p, want);
        assert_non_null(p);
    }
    text_release(&text);
    close(fd);
    fixture_end(&fixture);
}

/* The client leaves (FIN, then RST) before the answer: the request stays whole until it
 * is answered, and then its context is disposed of. */
static void test_gone_before_answer(void **state)
{
    (void)state;
    memset(&late, 0, sizeof late);
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, late_handler, &late);
    for (unsigned i = 0; i < 10; i++) {
        int fd = client_connect(&fixture);
        client_say(fd, "GET /gone HTTP/1.1\r\nHost: a\r\n\r\nGET /x");
        assert_true(wait_for(&late.handled, i + 1));
        struct linger reset = {.l_onoff = 1, .l_linger = 0};
        if (i % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    sleep_ms(50);
    assert_int_equal(atomic_load(&late.disposed), 0);
    assert_int_equal(http_server_post(fixture.server, answer_all, &late), 0);
    assert_true(wait_for(&late.disposed, 10));
    fixture_end(&fixture);
}

/* Requests nobody ever answers are disposed of at the end, and do not hold up a stop. */
static void test_never_answered(void **state)
{
    (void)state;
    memset(&late, 0, sizeof late);
    struct fixture fixture;
    struct http_timing timing = http_timing_default;
    timing.tick_ms = 10;
    timing.stop_ms = 100;
    fixture_start(&fixture, NULL, &timing, late_handler, &late);
    int fd = client_connect(&fixture);
    client_say(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(wait_for(&late.handled, 1));
    fixture_end(&fixture); /* nothing else would end it */
    assert_int_equal(atomic_load(&late.disposed), 1);
    close(fd);
}

/* A stop lets the answer of a request in hand go out, and closes idle connections. */
static void test_stop(void **state)
{
    (void)state;
    memset(&late, 0, sizeof late);
    struct fixture fixture;
    struct http_timing timing = http_timing_default;
    timing.stop_ms = timing.idle_ms = timing.linger_ms = 10 * PATIENCE_MS;
    fixture_start(&fixture, NULL, &timing, late_handler, &late);
    int idle = client_connect(&fixture), busy = client_connect(&fixture);
    client_say(busy, "GET /last HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(wait_for(&late.handled, 1));
    int64_t start_ms = now_ms();
    http_server_stop(fixture.server);
    client_read_all(idle, &heard);
    assert_true(heard.closed && heard.size == 0);
    close(idle);
    assert_int_equal(http_server_post(fixture.server, answer_all, &late), 0);
    client_read_all(busy, &heard);
    assert_int_equal(heard_status(&heard), 200);
    assert_true(heard.closed);
    assert_non_null(strstr(heard.data, "Connection: close"));
    close(busy);
    fixture_end(&fixture);
    assert_true(now_ms() - start_ms < PATIENCE_MS);
}

/* ---- posts ---------------------------------------------------------------------------
 */

struct posts {
    struct http_server *server;
    unsigned made[4]; /* loop thread */
    unsigned total;
    bool in_order;
};

struct post_of {
    struct posts *posts;
    unsigned thread, number;
};

#define POSTS 2000

static struct post_of post_table[4][POSTS];

static void note_post(void *context)
{
    struct post_of *post = context;
    if (post->posts->made[post->thread] != post->number)
        post->posts->in_order = false;
    post->posts->made[post->thread]++;
    post->posts->total++;
}

static void *poster(void *argument)
{
    struct post_of *list = argument;
    for (unsigned i = 0; i < POSTS; i++)
        assert_int_equal(http_server_post(list[i].posts->server, note_post, &list[i]), 0);
    return NULL;
}

static void test_posts(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    struct posts posts = {.server = fixture.server, .in_order = true};
    pthread_t threads[4];
    for (unsigned t = 0; t < 4; t++) {
        for (unsigned i = 0; i < POSTS; i++)
            post_table[t][i] = (struct post_of){&posts, t, i};
        assert_int_equal(pthread_create(&threads[t], NULL, poster, post_table[t]), 0);
    }
    for (unsigned t = 0; t < 4; t++)
        pthread_join(threads[t], NULL);
    fixture_end(&fixture); /* what was taken is made, at the latest now */
    assert_true(posts.in_order);
    assert_int_equal(posts.total, 4 * POSTS);
}

/* Every allocation that a request causes fails once: the client gets an answer or a
 * closed connection, and the server goes on. */
static void fail_at(void *context)
{
    mem_fail_at((uint64_t)(uintptr_t)context);
}

static void test_requests_without_memory(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    unsigned failed = 0;
    for (uintptr_t n = 1; n < 30; n++) {
        assert_int_equal(http_server_post(fixture.server, fail_at, (void *)n), 0);
        int fd = client_connect(&fixture);
        client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\n"
                       "Connection: close\r\nContent-Length: 3\r\n\r\nabc");
        client_read_all(fd, &heard);
        assert_true(heard.closed || heard.reset);
        failed += heard_status(&heard) != 200;
        close(fd);
    }
    assert_int_equal(http_server_post(fixture.server, fail_at, NULL), 0);
    assert_true(failed > 3 && failed < 25);
    int fd = client_connect(&fixture);
    client_say(fd, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(client_read_answers(fd, &heard, 1));
    assert_int_equal(heard_status(&heard), 200);
    close(fd);
    fixture_end(&fixture);
}

static void test_date(void **state)
{
    (void)state;
    struct clock_manual clock;
    clock_manual_init(&clock, 784111777000); /* RFC 9110's own example */
    struct http_config config = {.listen = "127.0.0.1:0", .clock = &clock.super};
    struct http_server *server = NULL;
    struct diag diag = {0};
    assert_int_equal(http_server_new(&server, &config, plain_handler, NULL, &diag), 0);
    assert_string_equal(http_server_date(server), "Sun, 06 Nov 1994 08:49:37 GMT");
    clock_manual_advance(&clock, 1000);
    assert_string_equal(http_server_date(server), "Sun, 06 Nov 1994 08:49:38 GMT");
    http_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listen),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_late_answers),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_gone_before_answer),
        cmocka_unit_test(test_never_answered),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_posts),
        cmocka_unit_test(test_requests_without_memory),
        cmocka_unit_test(test_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
