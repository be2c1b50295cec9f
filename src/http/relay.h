/* SPDX-License-Identifier: Apache-2.0 */
/* What a node that stands by does with its connections: it passes their bytes to the node
 * that serves and back (TLS stays between client and server), behind one line that says
 * whose they are (relayed.h), but for requests that it answers itself. A connection that
 * comes while nobody serves waits for RELAY_WAIT_MS. */
#ifndef MUSTER_HTTP_RELAY_H
#define MUSTER_HTTP_RELAY_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_CONNECTIONS_MAX 10000
#define RELAY_WAIT_MS 10000
#define RELAY_TICK_MS 250
#define RELAY_SILENCE_MS 120000 /* more than any deadline of the server (http_timing) */
#define RELAY_ADDRESS_MAX 256

struct http_server;

struct relay_config {
    const char *listen;
    uint32_t silence_ms; /* 0: RELAY_SILENCE_MS; the tests make it short */
    bool is_safe;        /* TLS or a proxy: else only loopback is listened on */
    const uint8_t *key;  /* proves to the serving node whose bytes they are (relayed.h);
                            NULL: nothing is said ahead of them */
    /* Called every RELAY_TICK_MS on the loop: true ends the relay. UPSTREAM holds the
     * address of the node that serves, "" = nobody known; it may be changed. */
    bool (*tick)(void *context, char upstream[RELAY_ADDRESS_MAX]);
    /* Called once when connections are taken. May be NULL. */
    void (*ready)(void *context);
    void *context;
    /* Requests that IS_OWN takes are answered by this server, which runs on a thread of
     * its own; NULL: none is. Only where the relay sees heads: not under TLS. */
    struct http_server *own;
    bool (*is_own)(const char *method, const char *path);
};

/* Runs until tick says so; then nothing listens and every connection is closed. The port
 * must be free: no other is tried. ST_INVALID, ST_BUSY, ST_IO, ST_NO_MEMORY. */
int relay_run(const struct relay_config *config, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
