/* SPDX-License-Identifier: Apache-2.0 */
/* An instance that serves: HTTP, planner, channels, admin socket, signals. */
#ifndef MUSTER_MAIN_SERVICE_H
#define MUSTER_MAIN_SERVICE_H

#include "base/diag.h"

#include <stdbool.h>

#define MUSTER_VERSION "0.1.0"
#define SERVICE_LISTEN "127.0.0.1:8080"

struct service_options {
    const char *dir;
    const char *listen; /* NULL = SERVICE_LISTEN */
    const char *tls_cert, *tls_key, *behind_proxy;
    const char *store; /* PostgreSQL's address instead of the configured store; or NULL */
    bool demo;
    bool simulate; /* made-up people answer */
    /* Called once when requests are answered, with the address. May be NULL. */
    void (*ready)(void *context, const char *url);
    void *context;
};

/* On PostgreSQL a node that finds another one serving stands by: it passes connections on
 * to it, and takes its place when it stops. Serves until SIGTERM or SIGINT: then no new
 * requests, the queue committed, heads signed. Signals must be blocked in every thread
 * before (service_block_signals, first thing). */
int service_run(const struct service_options *options, struct diag *reterr)
    __attribute__((warn_unused_result));

#endif
