/* SPDX-License-Identifier: Apache-2.0 */
/* The socket is bound and made to listen before libuv sees it: libuv reports a taken port
 * only when it listens, and then its handle is spent. */
#include "http/listen.h"

#include "base/status.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static int bad_listen(struct diag *reterr, const char *text)
{
    return diag_set(reterr, ST_INVALID, 0, 0, "listen",
                    "'%s' is no address: write 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:443",
                    text);
}

int http_address_parse(struct http_address *ret, const char *text, struct diag *reterr)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    int64_t port = 0;
    if (!colon || !text_to_int64(colon + 1, 0, 65535, &port))
        return bad_listen(reterr, text);
    size_t size = (size_t)(colon - text);
    bool brackets = size >= 2 && text[0] == '[' && text[size - 1] == ']';
    if (brackets) {
        text++;
        size -= 2;
    }
    if (size == 0 || size >= sizeof host)
        return bad_listen(reterr, text);
    memcpy(host, text, size);
    host[size] = '\0';
    if (!brackets && strcmp(host, "localhost") == 0)
        memcpy(host, "127.0.0.1", sizeof "127.0.0.1");

    struct http_address address = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&address.storage;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address.storage;
    if (!brackets && inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
    } else if (brackets && inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)port);
    } else {
        return bad_listen(reterr, text);
    }
    *ret = address;
    return ST_OK;
}

bool http_address_is_loopback(const struct sockaddr_storage *storage)
{
    if (storage->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)storage;
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)storage;
    if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        return six->sin6_addr.s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

uint16_t http_address_port(const struct sockaddr_storage *storage)
{
    if (storage->ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)storage)->sin_port);
    return ntohs(((const struct sockaddr_in6 *)storage)->sin6_port);
}

static void set_port(struct sockaddr_storage *storage, uint16_t port)
{
    if (storage->ss_family == AF_INET)
        ((struct sockaddr_in *)storage)->sin_port = htons(port);
    else
        ((struct sockaddr_in6 *)storage)->sin6_port = htons(port);
}

void http_address_host(const struct sockaddr_storage *storage, char *ret, size_t size)
{
    const void *bytes = &((const struct sockaddr_in *)storage)->sin_addr;
    int family = AF_INET;
    if (storage->ss_family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)storage)->sin6_addr;
        bool mapped = IN6_IS_ADDR_V4MAPPED(six);
        bytes = mapped ? (const void *)&six->s6_addr[12] : (const void *)six;
        family = mapped ? AF_INET : AF_INET6;
    }
    if (!inet_ntop(family, bytes, ret, (socklen_t)size))
        ret[0] = '\0';
}

bool http_address_is_ip(const char *text)
{
    struct in6_addr bytes;
    return inet_pton(AF_INET, text, &bytes) == 1 ||
           inet_pton(AF_INET6, text, &bytes) == 1;
}

/* A listening socket or -errno. */
static int try_listen(struct sockaddr_storage *storage, int backlog)
{
    int fd = socket(storage->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int on = 1;
    socklen_t size = storage->ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                                   : sizeof(struct sockaddr_in6);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (struct sockaddr *)storage, size) == 0 && listen(fd, backlog) == 0) {
        size = sizeof *storage;
        if (getsockname(fd, (struct sockaddr *)storage, &size) == 0)
            return fd;
    }
    int error = errno;
    close(fd);
    return -error;
}

static int listen_on(struct http_address *address, unsigned ports, int backlog,
                     int *ret_fd, struct diag *reterr)
{
    uint16_t port = http_address_port(&address->storage);
    int fd = -EADDRINUSE;
    for (unsigned i = 0; i < ports && port + i <= 65535; i++) {
        set_port(&address->storage, (uint16_t)(port + i));
        fd = try_listen(&address->storage, backlog);
        if (fd != -EADDRINUSE)
            break;
    }
    if (fd >= 0) {
        *ret_fd = fd;
        return ST_OK;
    }
    set_port(&address->storage, port);
    if (fd == -EADDRINUSE)
        return diag_set(reterr, ST_BUSY, 0, 0, "listen",
                        "port %u%s taken: choose another with --listen", (unsigned)port,
                        ports == 1 ? " is" : " and the next 20 are");
    if (fd == -EACCES)
        return diag_set(reterr, ST_DENIED, 0, 0, "listen",
                        "port %u needs more rights: choose one above 1023",
                        (unsigned)port);
    return diag_set(reterr, ST_IO, 0, 0, "listen", "cannot listen there: %s",
                    strerror(-fd));
}

int http_address_listen(struct http_address *address, int backlog, int *ret_fd,
                        struct diag *reterr)
{
    static_assert(HTTP_PORTS_TRIED == 21, "the words say so");
    return listen_on(address, HTTP_PORTS_TRIED, backlog, ret_fd, reterr);
}

int http_address_bind(struct http_address *address, int backlog, int *ret_fd,
                      struct diag *reterr)
{
    return listen_on(address, 1, backlog, ret_fd, reterr);
}
