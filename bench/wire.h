/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of HTTP/1.1 for the load generator: connections that never block, one
 * request at a time on each, answers with a Content-Length, and event streams. */
#ifndef MUSTER_BENCH_WIRE_H
#define MUSTER_BENCH_WIRE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define WIRE_IN_MAX (1 << 20) /* the largest answer; pages never filled cost nothing */
#define WIRE_STREAM_MAX 16384
#define WIRE_OUT_MAX 1024

struct wire {
    int fd;
    char *in; /* a NUL stands behind what was read */
    uint32_t in_size, in_max;
};

static inline void wire_fail(const char *what)
{
    (void)fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* As many files as the system allows this process. */
static inline void wire_raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* connect says if it was not enough */
    }
}

static inline struct sockaddr_in wire_address(const char *host_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[64];
    const char *colon = strrchr(host_port, ':');
    (void)snprintf(host, sizeof host, "%.*s",
                   colon == NULL ? 0 : (int)(colon - host_port), host_port);
    if (colon == NULL || inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        errno = EINVAL;
        wire_fail(host_port);
    }
    address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    return address;
}

/* Connected when it returns; watched by EPOLL for reading, with NUMBER as its mark. */
static inline void wire_open(struct wire *wire, const struct sockaddr_in *address,
                             int epoll, uint32_t number)
{
    wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (wire->fd < 0 ||
        connect(wire->fd, (const struct sockaddr *)address, sizeof *address) != 0)
        wire_fail("connect");
    int on = 1;
    (void)setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* a hint */
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, wire->fd, &event) != 0)
        wire_fail("epoll");
    wire->in_size = 0;
}

/* Requests are far smaller than a socket's buffer. */
static inline void wire_send(struct wire *wire, const char *text, size_t size)
{
    if (send(wire->fd, text, size, MSG_NOSIGNAL) != (ssize_t)size)
        wire_fail("send");
}

/* What has come; false at the end of the connection. */
static inline bool wire_read(struct wire *wire)
{
    if (wire->in_size + 1 >= wire->in_max) {
        errno = EMSGSIZE;
        wire_fail("an answer");
    }
    ssize_t got = recv(wire->fd, wire->in + wire->in_size,
                       wire->in_max - 1 - wire->in_size, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return true;
    if (got <= 0)
        return false;
    wire->in_size += (uint32_t)got;
    wire->in[wire->in_size] = '\0';
    return true;
}

/* The status once the whole answer is there (then *RET_BODY points into it), else 0. */
static inline int wire_answer(struct wire *wire, const char **ret_body)
{
    const char *end = strstr(wire->in, "\r\n\r\n");
    if (wire->in_size < 12 || end == NULL)
        return 0;
    const char *length = strcasestr(wire->in, "\r\nContent-Length:");
    size_t body = length == NULL || length > end
                      ? 0
                      : strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    if (wire->in_size < (size_t)(end + 4 - wire->in) + body)
        return 0;
    *ret_body = end + 4;
    return (int)strtol(wire->in + 9, NULL, 10);
}

#endif
