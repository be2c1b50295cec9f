/* SPDX-License-Identifier: Apache-2.0 */
/* A real server on a loopback port in a thread of its own, and a blocking client that
 * says exactly the bytes it is told to. Included by the tests of this folder only. */
#ifndef MUSTER_TEST_HTTP_FIXTURE_H
#define MUSTER_TEST_HTTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/status.h"
#include "http/internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UNUSED_OK __attribute__((unused))
#define PATIENCE_MS 60000 /* who waits longer waits in vain, on a busy machine too */

struct fixture {
    struct http_server *server;
    pthread_t thread;
    int port;
};

static void *fixture_thread(void *argument)
{
    http_server_run(argument);
    return NULL;
}

static UNUSED_OK void fixture_start(struct fixture *fixture,
                                    const struct http_config *config,
                                    const struct http_timing *timing,
                                    http_handler *handler, void *context)
{
    struct http_config own = config ? *config : (struct http_config){0};
    if (!own.listen)
        own.listen = "127.0.0.1:0";
    struct diag diag = {0};
    int status = http_server_new_timed(&fixture->server, &own,
                                       timing ? timing : &http_timing_default, handler,
                                       context, &diag);
    if (status)
        fail_msg("%s: %s", status_text(status), diag.text);
    const char *colon = strrchr(http_server_url(fixture->server), ':');
    fixture->port = (int)strtol(colon + 1, NULL, 10);
    assert_int_equal(
        pthread_create(&fixture->thread, NULL, fixture_thread, fixture->server), 0);
}

static UNUSED_OK void fixture_end(struct fixture *fixture)
{
    http_server_stop(fixture->server);
    pthread_join(fixture->thread, NULL);
    http_server_free(fixture->server);
}

static UNUSED_OK int64_t now_ms(void)
{
    return clock_mono_us(clock_system()) / 1000;
}

static UNUSED_OK void sleep_ms(int ms)
{
    poll(NULL, 0, ms);
}

/* True when VALUE, which another thread changes, has become WANT. */
static UNUSED_OK bool wait_for(_Atomic unsigned *value, unsigned want)
{
    for (int64_t end_ms = now_ms() + PATIENCE_MS; atomic_load(value) != want;) {
        if (now_ms() > end_ms)
            return false;
        sleep_ms(2);
    }
    return true;
}

static UNUSED_OK int client_connect(const struct fixture *fixture)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)fixture->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* True if all was sent; a server that has closed is no error. */
static UNUSED_OK bool client_send(int fd, const void *data, size_t size)
{
    const char *p = data;
    while (size > 0) {
        ssize_t sent = send(fd, p, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p += sent;
        size -= (size_t)sent;
    }
    return true;
}

static UNUSED_OK bool client_say(int fd, const char *text)
{
    return client_send(fd, text, strlen(text));
}

/* What a client has read. */
struct heard {
    char data[1 << 20];
    size_t size;
    bool closed; /* the server closed in good order */
    bool reset;
};

static UNUSED_OK void heard_clear(struct heard *heard)
{
    heard->size = 0;
    heard->data[0] = '\0';
    heard->closed = heard->reset = false;
}

/* Reads once, at most until DEADLINE_MS. False: nothing more came. */
static UNUSED_OK bool client_read_once(int fd, struct heard *heard, int64_t deadline_ms)
{
    int64_t left = deadline_ms - now_ms();
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    if (left < 0 || poll(&poll_fd, 1, (int)left) <= 0)
        return false;
    assert_true(heard->size + 1 < sizeof heard->data);
    ssize_t got =
        recv(fd, heard->data + heard->size, sizeof heard->data - heard->size - 1, 0);
    if (got == 0)
        heard->closed = true;
    if (got < 0)
        heard->reset = true;
    if (got <= 0)
        return false;
    heard->size += (size_t)got;
    heard->data[heard->size] = '\0';
    return true;
}

/* Reads to the end of the connection. */
static UNUSED_OK void client_read_all(int fd, struct heard *heard)
{
    heard_clear(heard);
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    while (client_read_once(fd, heard, deadline_ms))
        continue;
}

/* The size of the answer at the start of TEXT, 0 if it is not whole. NO_BODY: to HEAD. */
static UNUSED_OK size_t answer_size(const char *text, size_t size, bool no_body)
{
    const char *end = size ? memmem(text, size, "\r\n\r\n", 4) : NULL;
    if (!end)
        return 0;
    size_t head = (size_t)(end - text) + 4, body = 0;
    const char *length = memmem(text, head, "Content-Length: ", 16);
    if (length && !no_body)
        body = strtoul(length + 16, NULL, 10);
    return head + body <= size ? head + body : 0;
}

/* Reads COUNT answers with a Content-Length. */
static UNUSED_OK bool client_read_answers(int fd, struct heard *heard, unsigned count)
{
    heard_clear(heard);
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    for (;;) {
        size_t at = 0, size = 1;
        unsigned whole = 0;
        while (whole < count && size > 0) {
            size = answer_size(heard->data + at, heard->size - at, false);
            at += size;
            whole += size > 0;
        }
        if (whole == count)
            return true;
        if (!client_read_once(fd, heard, deadline_ms))
            return false;
    }
}

/* Reads until TEXT has come; goes on behind what was heard before. */
static UNUSED_OK bool client_read_until(int fd, struct heard *heard, const char *text)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    while (heard->size == 0 || !strstr(heard->data, text)) {
        if (!client_read_once(fd, heard, deadline_ms))
            return false;
    }
    return true;
}

static UNUSED_OK int heard_status(const struct heard *heard)
{
    if (heard->size < 12 || strncmp(heard->data, "HTTP/1.1 ", 9) != 0)
        return 0;
    return (int)strtol(heard->data + 9, NULL, 10);
}

static UNUSED_OK unsigned heard_count(const struct heard *heard, const char *text)
{
    unsigned count = 0;
    for (const char *p = heard->data; heard->size && (p = strstr(p, text)); p++)
        count++;
    return count;
}

/* One heard at a time is enough, and too large for a stack. */
static UNUSED_OK struct heard heard;

/* GET /x, POST /echo, else 404. */
static UNUSED_OK void plain_handler(void *context, struct http_request *request)
{
    (void)context;
    size_t size = 0;
    const char *body = http_body(request, &size);
    const char *method = http_method(request);
    bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    if (strcmp(http_path(request), "/x") == 0 && get)
        http_respond(request, 200, "text/plain", "x", 1);
    else if (strcmp(http_path(request), "/echo") == 0 && strcmp(method, "POST") == 0)
        http_respond(request, 200, "text/plain", body, size);
    else
        http_respond(request, 404, "text/plain", "no", 2);
}

#endif
