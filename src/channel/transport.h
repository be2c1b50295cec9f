/* SPDX-License-Identifier: Apache-2.0 */
/* The seam to peers: how a channel hands a message to a mail server or a web hook. One
 * owner thread; only transport_wake may be called from others. The real one is
 * transport_curl.h; tests and the simulator have their own. */
#ifndef MUSTER_CHANNEL_TRANSPORT_H
#define MUSTER_CHANNEL_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_WHY_MAX 159

/* What one try came to. */
enum transport_outcome {
    TRANSPORT_ACCEPTED,  /* the peer took it */
    TRANSPORT_TEMPORARY, /* try again later: no connection, 4xx of SMTP, 429, 5xx of HTTP,
                            and what says that address or secret are wrong */
    TRANSPORT_PERMANENT, /* this message will never go: 5xx of SMTP, 4xx of HTTP */
};

struct transport_result {
    uint64_t tag;
    enum transport_outcome outcome;
    bool is_gone;   /* there is nobody at the address any more: 404, 410 of HTTP */
    bool peer_down; /* the peer could not be reached, or refuses us: for the breaker */
    int64_t retry_after_ms; /* the peer asked for it; 0 = it did not */
    char why[TRANSPORT_WHY_MAX + 1];
};

/* One message; texts live until transport->start returns. */
struct transport_job {
    uint64_t tag;
    const char *to;  /* e-mail address; NULL for web hooks */
    const char *url; /* where it is posted; NULL: where all of the transport are */
    const char *const
        *headers;     /* "Name: value" for web hooks, NULL-terminated; or NULL */
    const char *body; /* the mail with its headers, or the JSON document */
    size_t body_size;
};

struct transport {
    /* Begins one try. 0, ST_BUSY when all connections are in use, ST_NO_MEMORY. */
    int (*start)(struct transport *transport, const struct transport_job *job);
    /* Moves everything on and waits up to WAIT_MS for something to happen; a wake ends
     * one wait, also one that begins later. */
    void (*step)(struct transport *transport, int wait_ms);
    /* The next finished try; false if there is none. */
    bool (*finished)(struct transport *transport, struct transport_result *ret);
    uint32_t (*running)(struct transport *transport);
    void (*wake)(struct transport *transport); /* from any thread: ends a step's wait */
    void (*release)(struct transport *transport); /* frees it */
};

#endif
