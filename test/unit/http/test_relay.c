/* SPDX-License-Identifier: Apache-2.0 */
/* The relay between two sockets of ours: bytes both ways, half-close, waiting for a
 * server that comes later, the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/status.h"
#include "http/http.h"
#include "http/listen.h"
#include "http/relay.h"
#include "http/relayed.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 60000
#define BIG (4 * 1024 * 1024) /* more than any buffer on the way */

static const uint8_t node_key[RELAYED_KEY_SIZE] = {7, 7, 7};

struct bench {
    bool has_key;
    uint32_t silence_ms;
    struct http_server *own; /* NULL: everything is passed on */
    pthread_t own_thread;
    int server;
    uint16_t server_port, port;
    atomic_bool is_known, stop, is_ready, has_ended;
    char listen[64];
    pthread_t thread;
    int status;
};

static int listener(uint16_t *ret_port)
{
    struct http_address address;
    int fd;
    assert_int_equal(http_address_parse(&address, "127.0.0.1:0", NULL), ST_OK);
    assert_int_equal(http_address_bind(&address, 16, &fd, NULL), ST_OK);
    *ret_port = http_address_port(&address.storage);
    return fd;
}

static bool tick(void *context, char upstream[RELAY_ADDRESS_MAX])
{
    struct bench *b = context;
    (void)snprintf(upstream, RELAY_ADDRESS_MAX, "%s", "");
    if (b->is_known)
        (void)snprintf(upstream, RELAY_ADDRESS_MAX, "127.0.0.1:%u", b->server_port);
    return b->stop;
}

static void ready(void *context)
{
    ((struct bench *)context)->is_ready = true;
}

static bool is_own(const char *method, const char *path)
{
    return strcmp(method, "GET") == 0 && strcmp(path, "/own") == 0;
}

static void answer_own(void *context, struct http_request *request)
{
    (void)context;
    http_respond(request, 200, "text/plain", "ours", 4);
}

static void *run_own(void *context)
{
    http_server_run(context);
    return NULL;
}

static void *run(void *context)
{
    struct bench *b = context;
    const struct relay_config config = {.key = b->has_key ? node_key : NULL,
                                        .listen = b->listen,
                                        .silence_ms = b->silence_ms,
                                        .tick = tick,
                                        .ready = ready,
                                        .context = b,
                                        .own = b->own,
                                        .is_own = is_own};
    b->status = relay_run(&config, NULL);
    b->has_ended = true;
    return NULL;
}

static void start_relay(struct bench *b)
{
    close(listener(&b->port));
    (void)snprintf(b->listen, sizeof b->listen, "127.0.0.1:%u", b->port);
    b->has_ended = false;
    assert_int_equal(pthread_create(&b->thread, NULL, run, b), 0);
    while (!b->is_ready && !b->has_ended)
        usleep(1000);
    if (b->has_ended)
        pthread_join(b->thread, NULL);
}

static int setup_bench(void **state, bool has_key, bool has_own, uint32_t silence_ms)
{
    struct bench *b = calloc(1, sizeof *b);
    b->has_key = has_key;
    b->silence_ms = silence_ms;
    const struct http_config config = {.listen = NULL};
    if (has_own) {
        assert_int_equal(http_server_new(&b->own, &config, answer_own, NULL, NULL),
                         ST_OK);
        assert_int_equal(pthread_create(&b->own_thread, NULL, run_own, b->own), 0);
    }
    b->server = listener(&b->server_port);
    while (!b->is_ready) /* again when another took the port meanwhile */
        start_relay(b);
    *state = b;
    return 0;
}

static int setup(void **state)
{
    return setup_bench(state, false, false, 0);
}

static int setup_with_key(void **state)
{
    return setup_bench(state, true, false, 0);
}

static int setup_with_own(void **state)
{
    return setup_bench(state, false, true, 0);
}

static int setup_that_cuts(void **state)
{
    return setup_bench(state, false, false, 1000);
}

static int teardown(void **state)
{
    struct bench *b = *state;
    b->stop = true;
    pthread_join(b->thread, NULL);
    assert_int_equal(b->status, ST_OK);
    if (b->own != NULL) {
        http_server_stop(b->own);
        pthread_join(b->own_thread, NULL);
        http_server_free(b->own);
    }
    close(b->server);
    free(b);
    return 0;
}

static int dial(struct bench *b)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(b->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* The server's end of the next connection. */
static int taken(struct bench *b)
{
    struct pollfd coming = {.fd = b->server, .events = POLLIN};
    assert_int_equal(poll(&coming, 1, PATIENCE_MS), 1);
    int fd = accept(b->server, NULL, NULL);
    assert_true(fd >= 0);
    return fd;
}

static void *send_big(void *context)
{
    char *data = calloc(1, BIG);
    for (size_t i = 0; i < BIG; i++)
        data[i] = (char)(i * 31 >> 3);
    for (size_t sent = 0; sent < BIG;) {
        ssize_t part = send(*(int *)context, data + sent, BIG - sent, MSG_NOSIGNAL);
        if (part <= 0)
            break;
        sent += (size_t)part;
    }
    free(data);
    (void)shutdown(*(int *)context, SHUT_WR);
    return NULL;
}

static void receive_big(int fd)
{
    char data[8192];
    size_t at = 0;
    for (ssize_t size; (size = read(fd, data, sizeof data)) > 0; at += (size_t)size)
        for (ssize_t i = 0; i < size; i++)
            assert_int_equal(data[i], (char)((at + (size_t)i) * 31 >> 3));
    assert_int_equal(at, BIG);
}

/* Both ways at once, each end closing its half when it has said all. */
static void carries_bytes(void **state)
{
    struct bench *b = *state;
    b->is_known = true;
    int client = dial(b), server = taken(b);
    pthread_t up, down;
    assert_int_equal(pthread_create(&up, NULL, send_big, &client), 0);
    receive_big(server);
    assert_int_equal(pthread_create(&down, NULL, send_big, &server), 0);
    receive_big(client);
    pthread_join(up, NULL);
    pthread_join(down, NULL);
    close(client);
    close(server);
}

/* A connection waits for a server that is not known yet; another is cut when it dies. */
static void waits(void **state)
{
    struct bench *b = *state;
    int client = dial(b);
    char byte;
    assert_int_equal(write(client, "?", 1), 1);
    usleep(300000);
    b->is_known = true;
    int server = taken(b);
    assert_int_equal(read(server, &byte, 1), 1);
    assert_int_equal(byte, '?');
    struct linger now = {.l_onoff = 1};
    (void)setsockopt(server, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(server); /* a reset */
    assert_true(read(client, &byte, 1) <= 0);
    close(client);
}

/* The end closes what is open, also what still waits. */
static void ends(void **state)
{
    struct bench *b = *state;
    int waiting = dial(b);
    usleep(100000);
    b->is_known = true;
    int open = dial(b), server = taken(b), other = taken(b);
    b->stop = true;
    char byte;
    assert_true(read(open, &byte, 1) <= 0);
    assert_true(read(waiting, &byte, 1) <= 0);
    close(open);
    close(waiting);
    close(server);
    close(other);
}

/* The line ahead of the bytes: the right key takes it, whole or in pieces; nobody else's.
 */
static void says_who(void **state)
{
    struct bench *b = *state;
    b->is_known = true;
    int client = dial(b), server = taken(b);
    char got[RELAYED_LINE_MAX + 1] = "", address[RELAYED_ADDRESS_SIZE];
    size_t size = 0, used = 0;
    assert_int_equal(write(client, "GET", 3), 3);
    while (strstr(got, "GET") == NULL) {
        ssize_t part = read(server, got + size, sizeof got - 1 - size);
        assert_true(part > 0);
        size += (size_t)part;
        got[size] = '\0';
    }
    assert_int_equal(relayed_read(node_key, got, size, address, &used), RELAYED_YES);
    assert_string_equal(address, "127.0.0.1");
    assert_string_equal(got + used, "GET");
    for (size_t cut = 0; cut < used; cut++)
        assert_int_equal(relayed_read(node_key, got, cut, address, &used), RELAYED_MORE);
    static const uint8_t other[RELAYED_KEY_SIZE] = {7, 7, 8};
    assert_int_equal(relayed_read(other, got, size, address, &used), RELAYED_BAD);
    got[15] ^= 1; /* another address under the same proof */
    assert_int_equal(relayed_read(node_key, got, size, address, &used), RELAYED_BAD);
    assert_int_equal(relayed_read(node_key, "GET / HTTP", 10, address, &used),
                     RELAYED_NOT);
    char longest[RELAYED_LINE_MAX];
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "MUSTER-RELAY 1 ", 15);
    assert_int_equal(
        relayed_read(node_key, longest, RELAYED_LINE_MAX - 2, address, &used),
        RELAYED_MORE);
    assert_int_equal(
        relayed_read(node_key, longest, RELAYED_LINE_MAX - 1, address, &used),
        RELAYED_BAD);
    close(client);
    close(server);
}

/* Reads until TEXT stands in what came, at most SIZE - 1 bytes of it. */
static void expect(int fd, const char *text, char *got, size_t size)
{
    size_t have = 0;
    got[0] = '\0';
    while (strstr(got, text) == NULL) {
        ssize_t part = read(fd, got + have, size - 1 - have);
        if (part <= 0)
            fail_msg("'%s' instead of '%s'", got, text);
        have += (size_t)part;
        got[have] = '\0';
    }
}

static void say(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

#define OWN "GET /own HTTP/1.1\r\nHost: a\r\n\r\n"
#define OTHER "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

/* A request of ours as the first, in pieces: the server never hears of it. */
static void answers_itself(void **state)
{
    struct bench *b = *state;
    char got[1024];
    b->is_known = true;
    int client = dial(b), server = taken(b);
    say(client, "GET /own HT");
    usleep(20000);
    say(client, "TP/1.1\r\nHost: a\r\n\r\n" OTHER); /* also what follows is ours */
    expect(client, "ours", got, sizeof got);
    assert_true(read(server, got, 1) == 0);
    close(client);
    close(server);
}

/* Behind a request of another: the answers keep their order, however late the first's
 * end. */
static void answers_in_order(void **state)
{
    struct bench *b = *state;
    char got[1024];
    b->is_known = true;
    int client = dial(b), server = taken(b);
    say(client, OTHER);
    expect(server, OTHER, got, sizeof got);
    say(server, "theirs, ");
    expect(client, "theirs, ", got, sizeof got);
    say(client, OWN);
    assert_int_equal(read(server, got, 1), 0); /* then the end */
    usleep(50000);
    say(server, "to the end, ");
    expect(client, "to the end, ", got, sizeof got);
    assert_string_equal(got, "to the end, ");
    close(server);
    expect(client, "ours", got, sizeof got);
    close(client);
}

/* Nothing is said in the place of an answer that has not begun: not when the server dies.
 */
static void answers_nothing_ahead(void **state)
{
    struct bench *b = *state;
    char got[1024];
    b->is_known = true;
    int client = dial(b), server = taken(b);
    say(client, OTHER OWN "GET /late");
    expect(server, OTHER OWN, got, sizeof got); /* both are the server's */
    close(server);
    assert_true(read(client, got, sizeof got) <= 0);
    close(client);
}

/* A head that ends in the middle is the server's to refuse; what it still says comes. */
static void passes_on_what_never_ends(void **state)
{
    struct bench *b = *state;
    char got[1024];
    b->is_known = true;
    int client = dial(b), server = taken(b);
    say(client, OTHER "GET /ow");
    (void)shutdown(client, SHUT_WR);
    expect(server, OTHER "GET /ow", got, sizeof got);
    assert_int_equal(read(server, got, 1), 0);
    say(server, "theirs");
    expect(client, "theirs", got, sizeof got);
    close(server);
    assert_int_equal(read(client, got, 1), 0);
    close(client);
}

/* The server has gone, and the client does not: it is cut. Before, it stayed for ever. */
static void cuts_the_silent(void **state)
{
    struct bench *b = *state;
    char byte;
    b->is_known = true;
    int client = dial(b), server = taken(b);
    close(server);
    assert_int_equal(read(client, &byte, 1), 0); /* half-closed */
    const int64_t end_ms = clock_mono_us(clock_system()) / 1000 + PATIENCE_MS;
    usleep(2000000); /* then the first byte meets a socket that is closed: a reset */
    bool is_cut = false;
    while (!is_cut && clock_mono_us(clock_system()) / 1000 < end_ms) {
        is_cut = send(client, "x", 1, MSG_NOSIGNAL) < 0;
        usleep(100000);
    }
    assert_true(is_cut);
    close(client);
}

static void refuses(void **state)
{
    (void)state;
    struct bench b = {.stop = true};
    struct diag diag;
    struct relay_config config = {.listen = "0.0.0.0:0", .tick = tick, .context = &b};
    assert_int_equal(relay_run(&config, &diag), ST_DENIED);
    config.listen = "nonsense";
    assert_int_equal(relay_run(&config, &diag), ST_INVALID);
    char listen[64];
    uint16_t port;
    int fd = listener(&port);
    (void)snprintf(listen, sizeof listen, "127.0.0.1:%u", port);
    config.listen = listen;
    assert_int_equal(relay_run(&config, &diag), ST_BUSY);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(carries_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(waits, setup, teardown),
        cmocka_unit_test_setup_teardown(ends, setup, teardown),
        cmocka_unit_test_setup_teardown(says_who, setup_with_key, teardown),
        cmocka_unit_test_setup_teardown(carries_bytes, setup_with_own, teardown),
        cmocka_unit_test_setup_teardown(answers_itself, setup_with_own, teardown),
        cmocka_unit_test_setup_teardown(answers_in_order, setup_with_own, teardown),
        cmocka_unit_test_setup_teardown(answers_nothing_ahead, setup_with_own, teardown),
        cmocka_unit_test_setup_teardown(passes_on_what_never_ends, setup_with_own,
                                        teardown),
        cmocka_unit_test_setup_teardown(cuts_the_silent, setup_that_cuts, teardown),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
