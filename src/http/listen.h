/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses to listen on: reading them, judging them, binding them. */
#ifndef MUSTER_HTTP_LISTEN_H
#define MUSTER_HTTP_LISTEN_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define HTTP_PORTS_TRIED 21

struct http_address {
    struct sockaddr_storage storage;
};

/* "127.0.0.1:8080", "[::1]:0", "localhost:8080"; numbers only, no look-up. ST_INVALID. */
int http_address_parse(struct http_address *ret, const char *text, struct diag *reterr)
    __attribute__((warn_unused_result));
bool http_address_is_loopback(const struct sockaddr_storage *storage);
uint16_t http_address_port(const struct sockaddr_storage *storage);
/* The host without port or brackets; an IPv4 address inside IPv6 as IPv4. */
void http_address_host(const struct sockaddr_storage *storage, char *ret, size_t size);
/* True if TEXT is an IPv4 or IPv6 address, and nothing else. */
bool http_address_is_ip(const char *text);

/* A listening socket, the next ports tried if one is taken (port 0: the kernel's choice);
 * ADDRESS gets the port taken. ST_BUSY, ST_DENIED, ST_IO. */
int http_address_listen(struct http_address *address, int backlog, int *ret_fd,
                        struct diag *reterr) __attribute__((warn_unused_result));
/* The same on this port alone. */
int http_address_bind(struct http_address *address, int backlog, int *ret_fd,
                      struct diag *reterr) __attribute__((warn_unused_result));

#endif
