/* SPDX-License-Identifier: Apache-2.0 */
/* One connection's life against a running server: order of answers, bodies, deadlines,
 * caps, and how it ends. */
#include "fixture.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>

/* Short, and still longer than a busy machine keeps a thread from running. */
static const struct http_timing quick = {
    .tick_ms = 10,
    .head_ms = 1500,
    .body_grace_ms = 1200,
    .body_rate = 512,
    .idle_ms = 1300,
    .stall_ms = 1500,
    .linger_ms = 1500,
    .heartbeat_ms = 100,
    .stop_ms = 200,
};
#define QUICK_LEAST_MS 1100 /* nothing is cut before */
#define CUT_MAX_MS 20000    /* everything is cut by then */

/* ---- answers -------------------------------------------------------------------------
 */

static void test_pipeline(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    int fd = client_connect(&fixture);
    struct text text;
    text_init(&text, 1 << 20);
    for (int i = 0; i < 1000; i++)
        text_appendf(&text,
                     "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n<%04d>",
                     i);
    client_send(fd, text.data, text.size);
    assert_true(client_read_answers(fd, &heard, 1000));
    const char *p = heard.data;
    for (int i = 0; i < 1000; i++) {
        char want[8];
        snprintf(want, sizeof want, "<%04d>", i);
        p = strstr(p, want);
        assert_non_null(p);
    }
    text_release(&text);
    close(fd);
    fixture_end(&fixture);
}

static void test_head_method(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    int fd = client_connect(&fixture);
    client_say(fd, "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"
                   "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client_read_all(fd, &heard);
    assert_true(heard.closed);
    size_t head = answer_size(heard.data, heard.size, true);
    assert_non_null(memmem(heard.data, head, "Content-Length: 1\r\n", 19));
    assert_memory_equal(heard.data + head, "HTTP/1.1 200 OK\r\n", 17);
    assert_non_null(strstr(heard.data + head, "Connection: close\r\n"));
    assert_non_null(strstr(heard.data, "\r\nDate: "));
    assert_non_null(strstr(heard.data, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(heard.data, "\r\nCache-Control: no-store\r\n"));
    close(fd);
    fixture_end(&fixture);
}

/* What is refused before anybody reads it has no body either, if it is a HEAD. */
static void test_refused_head(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    static const char *const requests[] = {"GET /x?= HTTP/1.1\r\nHost: a\r\n\r\n",
                                           "HEAD /x?= HTTP/1.1\r\nHost: a\r\n\r\n"};
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        int fd = client_connect(&fixture);
        client_say(fd, requests[i]);
        client_read_all(fd, &heard);
        assert_true(heard.closed);
        assert_int_equal(heard_count(&heard, "HTTP/1.1 400 "), 1);
        assert_int_equal(answer_size(heard.data, heard.size, i == 1), heard.size);
        close(fd);
    }
    fixture_end(&fixture);
}

static void test_half_closed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    int fd = client_connect(&fixture);
    client_say(fd,
               "GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    shutdown(fd, SHUT_WR);
    client_read_all(fd, &heard);
    assert_true(heard.closed);
    assert_int_equal(heard_count(&heard, "HTTP/1.1 200 OK"), 2);
    close(fd);
    fixture_end(&fixture);
}

static void header_handler(void *context, struct http_request *request)
{
    (void)context;
    if (strcmp(http_path(request), "/none") == 0) {
        http_respond(request, 204, NULL, NULL, 0);
        return;
    }
    struct text text;
    text_init(&text, 4096);
    const char *cookie = http_cookie(request, "sid");
    const char *q = http_query(request, "q");
    text_appendf(&text, "peer=%s tls=%d cookie=%s q=%s", http_peer(request),
                 http_is_tls(request), cookie ? cookie : "-", q ? q : "-");
    for (uint32_t i = 0; http_query_name(request, i); i++)
        text_appendf(&text, " [%s]", http_query_name(request, i));
    http_set_header(request, "X-Good", "yes");
    http_set_header(request, "X-Bad", "a\r\nSet-Cookie: planted=1");
    http_set_header(request, "Cache-Control", "max-age=60");
    http_respond(request, 200, "text/plain", text.data, text.size);
    text_release(&text);
}

static void peer_handler(void *context, struct http_request *request)
{
    (void)context;
    struct text text;
    text_init(&text, 256);
    text_appendf(&text, "peer=%s relayed=%d", http_peer(request),
                 http_is_relayed(request));
    http_respond(request, 200, "text/plain", text.data, text.size);
    text_release(&text);
}

/* What a node says ahead of a client's bytes counts as the client's address, however the
 * bytes come; what nobody of ours said does not get in. */
static void test_relayed(void **state)
{
    (void)state;
    static const uint8_t key[RELAYED_KEY_SIZE] = {1}, other[RELAYED_KEY_SIZE] = {2};
    static const char ask[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    struct fixture fixture;
    struct http_config config = {.relay_key = key, .connections_max_per_address = 2};
    fixture_start(&fixture, &config, NULL, peer_handler, NULL);
    char line[RELAYED_LINE_MAX];
    size_t size = relayed_write(key, "203.0.113.9", line);
    int fds[3];
    for (int i = 0; i < 3; i++) { /* whole; byte by byte; beyond the address's limit */
        fds[i] = client_connect(&fixture);
        for (size_t k = 0; k < size; k += i == 1 ? 1 : size) {
            assert_true(client_send(fds[i], line + k, i == 1 ? 1 : size));
            sleep_ms(i == 1 ? 1 : 0);
        }
        client_say(fds[i], ask);
        heard_clear(&heard);
        assert_int_equal(client_read_answers(fds[i], &heard, 1), i < 2);
        assert_true(i == 2 || strstr(heard.data, "peer=203.0.113.9 relayed=1") != NULL);
    }
    /* The second request of the connection is no line again. */
    client_say(fds[0], ask);
    heard_clear(&heard);
    assert_true(client_read_answers(fds[0], &heard, 1));
    assert_non_null(strstr(heard.data, "peer=203.0.113.9 relayed=1"));
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    int fd = client_connect(&fixture); /* a client of this machine, as ever */
    client_say(fd, ask);
    heard_clear(&heard);
    assert_true(client_read_answers(fd, &heard, 1));
    assert_non_null(strstr(heard.data, "peer=127.0.0.1 relayed=0"));
    close(fd);
    fd = client_connect(&fixture);
    size = relayed_write(other, "203.0.113.9", line);
    assert_true(client_send(fd, line, size));
    client_say(fd, ask);
    heard_clear(&heard);
    assert_false(client_read_answers(fd, &heard, 1));
    close(fd);
    fixture_end(&fixture);
}

static void test_request_parts(void **state)
{
    (void)state;
    struct fixture fixture;
    struct http_config config = {.behind_proxy = "127.0.0.1"};
    fixture_start(&fixture, &config, NULL, header_handler, NULL);
    int fd = client_connect(&fixture);
    client_say(fd, "GET /h?q=a+b%20c&%E4%BD%A0=1 HTTP/1.1\r\nHost: a\r\n"
                   "Cookie: x=1; sid=abc; y=2\r\nX-Forwarded-Proto: https\r\n"
                   "X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\n\r\n");
    assert_true(client_read_answers(fd, &heard, 1));
    assert_non_null(strstr(
        heard.data, "peer=203.0.113.9 tls=1 cookie=abc q=a b c [q] [\xE4\xBD\xA0]"));
    assert_non_null(strstr(heard.data, "X-Good: yes\r\n"));
    assert_null(strstr(heard.data, "planted"));
    assert_null(strstr(heard.data, "no-store"));
    client_say(fd, "GET /h HTTP/1.1\r\nHost: a\r\nCookie: sid=1; sid=2\r\n"
                   "X-Forwarded-For: nonsense\r\n\r\n");
    assert_true(client_read_answers(fd, &heard, 1));
    assert_non_null(strstr(heard.data, "peer=127.0.0.1 tls=0 cookie=- q=-"));
    client_say(fd, "GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client_read_all(fd, &heard);
    assert_int_equal(heard_status(&heard), 204);
    assert_null(strstr(heard.data, "Content-Length"));
    close(fd);
    fixture_end(&fixture);
}

/* Without a proxy nobody's X-Forwarded-For is believed. */
static void test_no_proxy(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, header_handler, NULL);
    int fd = client_connect(&fixture);
    client_say(fd, "GET /h HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n"
                   "X-Forwarded-Proto: https\r\n\r\n");
    assert_true(client_read_answers(fd, &heard, 1));
    assert_non_null(strstr(heard.data, "peer=127.0.0.1 tls=0"));
    close(fd);
    fixture_end(&fixture);
}

/* ---- bodies --------------------------------------------------------------------------
 */

static void test_large_body(void **state)
{
    (void)state;
    struct fixture fixture;
    struct http_config config = {.body_max = 700000};
    fixture_start(&fixture, &config, NULL, plain_handler, NULL);
    int fd = client_connect(&fixture);
    char *body = mem_alloc(700001);
    for (size_t i = 0; i < 700000; i++)
        body[i] = (char)('a' + i % 23);
    client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n");
    client_send(fd, body, 700000);
    assert_true(client_read_answers(fd, &heard, 1));
    assert_memory_equal(heard.data + heard.size - 700000, body, 700000);
    /* One byte more is refused before it is read, and the answer survives the unread
     * body (lingering close). */
    client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 700001\r\n\r\n");
    client_send(fd, body, 50000);
    client_read_all(fd, &heard);
    assert_int_equal(heard_status(&heard), 413);
    assert_true(heard.closed);
    mem_free(body);
    close(fd);
    fixture_end(&fixture);
}

static size_t files_are_larger(void *context, const struct http_request *request)
{
    (void)context;
    return strcmp(http_path(request), "/echo") == 0 && http_cookie(request, "who") != NULL
               ? 20
               : 10;
}

/* Who may bring more is asked by the head, before the body. */
static void test_larger_body(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        int size, status;
    } rows[] = {
        {"POST /echo HTTP/1.1\r\nHost: a\r\n", 10, 200},
        {"POST /echo HTTP/1.1\r\nHost: a\r\n", 11, 413},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nCookie: who=me\r\n", 20, 200},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nCookie: who=me\r\n", 21, 413},
        {"POST /other HTTP/1.1\r\nHost: a\r\nCookie: who=me\r\n", 11, 413},
    };
    struct fixture fixture;
    struct http_config config = {.body_max = 10, .body_max_of = files_are_larger};
    fixture_start(&fixture, &config, NULL, plain_handler, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[256];
        int fd = client_connect(&fixture);
        (void)snprintf(text, sizeof text, "%sContent-Length: %d\r\n\r\n%.*s",
                       rows[i].head, rows[i].size, rows[i].size,
                       "abcdefghijklmnopqrstuvwxyz");
        client_say(fd, text);
        assert_true(client_read_answers(fd, &heard, 1));
        assert_int_equal(heard_status(&heard), rows[i].status);
        close(fd);
    }
    fixture_end(&fixture);
}

static void test_continue(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    int fd = client_connect(&fixture);
    client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                   "Expect: 100-continue\r\n\r\n");
    heard_clear(&heard);
    assert_true(client_read_until(fd, &heard, "HTTP/1.1 100 Continue\r\n\r\n"));
    client_say(fd, "abc");
    assert_true(client_read_until(fd, &heard, "\r\n\r\nabc"));
    /* The body is there already: nothing to continue. */
    client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                   "Expect: 100-continue\r\n\r\nxyz");
    assert_true(client_read_answers(fd, &heard, 1));
    assert_int_equal(heard_status(&heard), 200);
    /* Too large: refused instead of continued. */
    client_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n"
                   "Expect: 100-continue\r\n\r\n");
    client_read_all(fd, &heard);
    assert_int_equal(heard_status(&heard), 413);
    assert_int_equal(heard_count(&heard, "100 Continue"), 0);
    close(fd);
    fixture_end(&fixture);
}

/* ---- deadlines -----------------------------------------------------------------------
 */

struct drip {
    const char *name;
    const char *first; /* said at once */
    const char *drip;  /* then over and over, one byte each 20 ms */
    int status;        /* 0 = closed without an answer, -1 = either way */
};

static const struct drip drips[] = {
    {"silent", "", "", 0},
    {"request line", "GET /", "x", 408},
    {"header", "GET /x HTTP/1.1\r\nHost: a\r\n", "X: a", 408},
    {"empty lines", "", "\r\n", -1},
    {"half a request", "GET /x HTTP/1.1\r\n", "", 408},
    {"body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n", "a", 408},
    {"no body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n", "", 408},
    {"idle", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "", 200},
    {"second head", "GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /", "x", 200},
    {"empty lines behind", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n", 200},
};

struct drip_client {
    int fd;
    size_t said;
    char data[2048];
    size_t size;
    int64_t closed_ms; /* 0 = still open */
};

static void drip_step(const struct drip *drip, struct drip_client *client)
{
    size_t length = strlen(drip->drip);
    if (client->closed_ms > 0)
        return;
    if (length > 0)
        client_send(client->fd, &drip->drip[client->said++ % length], 1);
    ssize_t got = recv(client->fd, client->data + client->size,
                       sizeof client->data - client->size - 1, MSG_DONTWAIT);
    if (got > 0)
        client->size += (size_t)got;
    if (got == 0 || (got < 0 && errno != EAGAIN))
        client->closed_ms = now_ms();
}

static bool all_closed(const struct drip_client *clients)
{
    for (size_t i = 0; i < COUNT_OF(drips); i++)
        if (clients[i].closed_ms == 0)
            return false;
    return true;
}

/* Every way to be slow, all at once: each is cut after its deadline, not before. */
static void test_drips(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, &quick, plain_handler, NULL);
    static struct drip_client clients[COUNT_OF(drips)];
    memset(clients, 0, sizeof clients);
    int64_t start_ms = now_ms();
    for (size_t i = 0; i < COUNT_OF(drips); i++) {
        clients[i].fd = client_connect(&fixture);
        client_say(clients[i].fd, drips[i].first);
    }
    while (!all_closed(clients) && now_ms() - start_ms < CUT_MAX_MS) {
        for (size_t i = 0; i < COUNT_OF(drips); i++)
            drip_step(&drips[i], &clients[i]);
        sleep_ms(20);
    }
    for (size_t i = 0; i < COUNT_OF(drips); i++) {
        int took_ms = (int)(clients[i].closed_ms - start_ms);
        int status =
            clients[i].size > 12 ? (int)strtol(clients[i].data + 9, NULL, 10) : 0;
        if (took_ms < QUICK_LEAST_MS ||
            (drips[i].status >= 0 && status != drips[i].status))
            fail_msg("%s: status %d, closed after %d ms", drips[i].name, status, took_ms);
        close(clients[i].fd);
    }
    fixture_end(&fixture);
}

static char *large_data;
#define LARGE_SIZE (8u << 20)

static void large_handler(void *context, struct http_request *request)
{
    (void)context;
    http_respond_static(request, 200, "application/octet-stream", large_data, LARGE_SIZE);
}

/* Reads a little each 20 ms for twice the deadline.
 * Returns the bytes read, or 0 when it was cut; ret_gap_ms = the longest it did not read.
 */
static size_t read_slowly(int fd, char *buffer, int64_t *ret_gap_ms)
{
    size_t got = 0;
    int64_t start_ms = now_ms(), last_ms = start_ms;
    *ret_gap_ms = 0;
    while (last_ms - start_ms < 2 * quick.stall_ms) {
        ssize_t n = recv(fd, buffer, 16384, 0);
        int64_t gap_ms = now_ms() - last_ms;
        *ret_gap_ms = gap_ms > *ret_gap_ms ? gap_ms : *ret_gap_ms;
        if (n <= 0)
            return 0;
        got += (size_t)n;
        last_ms += gap_ms;
        sleep_ms(20);
    }
    return got;
}

/* False: the machine kept the slow client from reading for so long that its being cut
 * says nothing. */
static bool stall_once(void)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL, &quick, large_handler, NULL);
    int stuck = client_connect(&fixture), slow = client_connect(&fixture);
    int size = 65536;
    setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    client_say(stuck, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    client_say(slow, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    static char buffer[1 << 20];
    int64_t gap_ms = 0;
    size_t got = read_slowly(slow, buffer, &gap_ms);
    bool is_judged = got > 0 || gap_ms < quick.stall_ms / 2;
    if (is_judged) {
        assert_true(got > 0);
        assert_int_equal(http_server_connection_count(fixture.server), 1);
        ssize_t n = 0;
        while ((n = recv(slow, buffer, sizeof buffer, 0)) > 0)
            got += (size_t)n;
        assert_int_equal(n, 0);
        assert_true(got > LARGE_SIZE);
    }
    close(stuck);
    close(slow);
    fixture_end(&fixture);
    return is_judged;
}

/* A client that reads nothing is cut; one that reads slowly is not, though it takes
 * longer than the deadline. */
static void test_stall(void **state)
{
    (void)state;
    large_data = mem_calloc(1, LARGE_SIZE);
    bool is_judged = false;
    for (int i = 0; i < 5 && !is_judged; i++)
        is_judged = stall_once();
    assert_true(is_judged);
    mem_free(large_data);
}

/* ---- caps ----------------------------------------------------------------------------
 */

static bool wait_for_count(const struct fixture *fixture, uint32_t count)
{
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        if (http_server_connection_count(fixture->server) == count)
            return true;
        sleep_ms(10);
    }
    return false;
}

static void test_connection_cap(void **state)
{
    (void)state;
    struct fixture fixture;
    struct http_config config = {.connections_max = 5};
    fixture_start(&fixture, &config, NULL, plain_handler, NULL);
    int fds[6];
    for (int i = 0; i < 5; i++)
        fds[i] = client_connect(&fixture);
    assert_true(wait_for_count(&fixture, 5));
    fds[5] = client_connect(&fixture);
    client_say(fds[5], "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    client_read_all(fds[5], &heard);
    assert_int_equal(heard_status(&heard), 503);
    close(fds[5]);
    close(fds[0]);
    assert_true(wait_for_count(&fixture, 4));
    fds[0] = client_connect(&fixture);
    client_say(fds[0], "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(client_read_answers(fds[0], &heard, 1));
    assert_int_equal(heard_status(&heard), 200);
    for (int i = 0; i < 5; i++)
        close(fds[i]);
    fixture_end(&fixture);
}

/* An address of this machine that is not loopback, for the cap from which loopback is
 * exempt. */
static bool own_address(struct in_addr *ret)
{
    struct ifaddrs *list = NULL;
    bool found = false;
    if (getifaddrs(&list))
        return false;
    for (struct ifaddrs *i = list; i && !found; i = i->ifa_next) {
        if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET ||
            (i->ifa_flags & IFF_LOOPBACK) || !(i->ifa_flags & IFF_UP))
            continue;
        *ret = ((struct sockaddr_in *)i->ifa_addr)->sin_addr;
        found = true;
    }
    freeifaddrs(list);
    return found;
}

static void test_address_cap(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (!own_address(&address.sin_addr)) {
        print_message(
            "absent: no address but loopback, the cap per address is untested\n");
        return;
    }
    struct fixture fixture;
    struct http_config config = {.listen = "0.0.0.0:0",
                                 .behind_proxy = "192.0.2.1",
                                 .connections_max_per_address = 3};
    fixture_start(&fixture, &config, NULL, plain_handler, NULL);
    address.sin_port = htons((uint16_t)fixture.port);
    int fds[8];
    for (int i = 0; i < 4; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fds[i], (struct sockaddr *)&address, sizeof address), 0);
        if (i < 3)
            assert_true(wait_for_count(&fixture, (uint32_t)i + 1));
    }
    client_read_all(fds[3], &heard);
    assert_int_equal(heard_status(&heard), 503);
    /* Loopback is exempt, also when the address is full. */
    for (int i = 4; i < 8; i++) {
        fds[i] = client_connect(&fixture);
        client_say(fds[i], "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_true(client_read_answers(fds[i], &heard, 1));
        assert_int_equal(heard_status(&heard), 200);
    }
    for (int i = 0; i < 8; i++)
        close(fds[i]);
    assert_true(wait_for_count(&fixture, 0));
    /* All are given back. */
    for (int i = 0; i < 3; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fds[i], (struct sockaddr *)&address, sizeof address), 0);
        client_say(fds[i], "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_true(client_read_answers(fds[i], &heard, 1));
        assert_int_equal(heard_status(&heard), 200);
    }
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    fixture_end(&fixture);
}

/* An answer larger than what is taken from the client's pipe holds back the next request,
 * and a flood of requests behind a client that does not read stays bounded. */
static void test_backpressure(void **state)
{
    (void)state;
    large_data = mem_calloc(1, LARGE_SIZE);
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, large_handler, NULL);
    int fd = client_connect(&fixture);
    for (int i = 0; i < 8; i++)
        client_say(fd, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    client_say(fd, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    sleep_ms(50);
    static char buffer[1 << 20];
    size_t got = 0;
    ssize_t n;
    while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
        got += (size_t)n;
    assert_int_equal(n, 0);
    assert_true(got > 9 * (size_t)LARGE_SIZE);
    close(fd);
    fixture_end(&fixture);
    mem_free(large_data);
}

/* Random valid requests in random pieces: every answer comes, in order, and is right. */
static void test_random_pieces(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, NULL, NULL, plain_handler, NULL);
    struct random_seeded random;
    random_seeded_init(&random, 20261123);
    for (int round = 0; round < 40; round++) {
        struct text say, want;
        text_init(&say, 1 << 22);
        text_init(&want, 1 << 22);
        unsigned count = 1 + (unsigned)random_below(&random.super, 20);
        for (unsigned i = 0; i < count; i++) {
            size_t size = (size_t)random_below(&random.super, i % 3 ? 50 : 3000);
            text_appendf(&say,
                         "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
                         size);
            for (size_t k = 0; k < size; k++) {
                char c = "\r\nGET / HP:"[random_below(&random.super, 10)];
                text_append(&say, &c, 1);
                text_append(&want, &c, 1);
            }
        }
        int fd = client_connect(&fixture);
        for (size_t at = 0; at < say.size;) {
            size_t piece = 1 + (size_t)random_below(&random.super, 700);
            piece = piece < say.size - at ? piece : say.size - at;
            client_send(fd, say.data + at, piece);
            at += piece;
        }
        assert_true(client_read_answers(fd, &heard, count));
        size_t at = 0, done = 0;
        for (unsigned i = 0; i < count; i++) {
            size_t whole = answer_size(heard.data + at, heard.size - at, false);
            const char *end = memmem(heard.data + at, whole, "\r\n\r\n", 4);
            size_t body = whole - (size_t)(end + 4 - (heard.data + at));
            if (body > 0)
                assert_memory_equal(end + 4, want.data + done, body);
            done += body;
            at += whole;
        }
        assert_int_equal(done, want.size);
        close(fd);
        text_release(&say);
        text_release(&want);
    }
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipeline),       cmocka_unit_test(test_head_method),
        cmocka_unit_test(test_refused_head),   cmocka_unit_test(test_relayed),
        cmocka_unit_test(test_half_closed),    cmocka_unit_test(test_request_parts),
        cmocka_unit_test(test_no_proxy),       cmocka_unit_test(test_large_body),
        cmocka_unit_test(test_larger_body),    cmocka_unit_test(test_continue),
        cmocka_unit_test(test_drips),          cmocka_unit_test(test_stall),
        cmocka_unit_test(test_connection_cap), cmocka_unit_test(test_address_cap),
        cmocka_unit_test(test_backpressure),   cmocka_unit_test(test_random_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
