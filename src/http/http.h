/* SPDX-License-Identifier: Apache-2.0 */
/* A strict HTTP/1.1 server on one libuv loop: connections, heads, bodies, TLS, event
 * streams, deadlines and limits. It knows nothing of muster. One loop owns every
 * connection; handlers run on the loop's thread; an answer may come later, from
 * http_respond on that thread (use http_server_post to get there from another one). */
#ifndef MUSTER_HTTP_HTTP_H
#define MUSTER_HTTP_HTTP_H

#include "base/clock.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX 16384
#define HTTP_HEADERS_MAX 64
#define HTTP_BODY_MAX (1024 * 1024)
#define HTTP_ADDRESS_SIZE 64

struct http_server;
struct http_request; /* lives until its answer has been sent */
struct http_stream;

struct http_config {
    const char *listen; /* "127.0.0.1:8080", "[::1]:0"; a taken port: the next 20 tried */
    const char *tls_cert, *tls_key; /* PEM files, both or neither */
    const char
        *behind_proxy; /* this peer's X-Forwarded-For (last hop) is believed; or NULL */
    size_t body_max;   /* 0 = HTTP_BODY_MAX */
    uint32_t connections_max;             /* 0 = 20,000 */
    uint32_t connections_max_per_address; /* 0 = 256; loopback and the proxy are exempt */
    struct clock *clock;
};

typedef void http_handler(void *context, struct http_request *request);

int http_server_new(struct http_server **ret, const struct http_config *config,
                    http_handler *handler, void *context, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The address served, "http://127.0.0.1:8080". */
const char *http_server_url(const struct http_server *server);
bool http_server_is_tls(const struct http_server *server);
/* Runs until http_server_stop; open streams and slow clients do not hold it up for more
 * than 2 s. http_server_loop gives the uv_loop_t for work queues and timers. */
void http_server_run(struct http_server *server);
void http_server_stop(struct http_server *server); /* thread-safe */
/* Runs CALL(CONTEXT) on the loop's thread soon. Thread-safe; order is kept. */
int http_server_post(struct http_server *server, void (*call)(void *), void *context)
    __attribute__((warn_unused_result));
void *http_server_loop(struct http_server *server);
void http_server_free(struct http_server *server);

/* ---- the request: texts are NUL-terminated and live as long as it does ---- */
const char *http_method(const struct http_request *request); /* "GET" ... */
const char *http_path(const struct http_request *request);   /* decoded, starts with / */
/* The decoded value of a query parameter, NULL if absent. A doubled one: the head is
 * refused with 400 before the handler sees it. */
const char *http_query(const struct http_request *request, const char *name);
/* Names of query parameters, for "unknown parameter". NULL behind the last. */
const char *http_query_name(const struct http_request *request, uint32_t index);
const char *http_header(const struct http_request *request,
                        const char *name); /* or NULL */
const char *http_cookie(const struct http_request *request,
                        const char *name); /* or NULL */
const char *http_body(const struct http_request *request, size_t *ret_size);
/* The client's address (behind a proxy: the forwarded one). */
const char *http_peer(const struct http_request *request);
bool http_is_tls(const struct http_request *request); /* or the proxy said https */

/* ---- the answer ---- */
/* Adds a header to the answer; values with control bytes are dropped (assert). */
void http_set_header(struct http_request *request, const char *name, const char *value);
/* Sends the answer and ends the request. TYPE may be NULL (no body). DATA is copied. HEAD
 * requests get the head only. Content-Length, Date, nosniff and no-store (unless a
 * Cache-Control was set) are added. */
void http_respond(struct http_request *request, int status, const char *type,
                  const void *data, size_t size);
/* As http_respond, for bytes that outlive the server (assets): not copied. */
void http_respond_static(struct http_request *request, int status, const char *type,
                         const void *data, size_t size);
/* Keeps what a handler needs until the answer; freed by DISPOSE when the request ends,
 * also when the client went away before the answer. */
void http_set_context(struct http_request *request, void *context,
                      void (*dispose)(void *context));
void *http_context(struct http_request *request);

/* ---- server-sent events: the request becomes a stream ---- */
/* on_close comes exactly once, when the client is gone or was dropped. */
struct http_stream *
http_stream_open(struct http_request *request,
                 void (*on_close)(void *context, struct http_stream *), void *context);
/* Queues one event (ID < 0 = none). A client whose queue of 256 events is full loses the
 * queue and gets `event: resync` instead; one that stays full for 60 s is dropped.
 * A comment every 15 s keeps the line open. */
void http_stream_send(struct http_stream *stream, int64_t id, const char *event,
                      const char *data);
void http_stream_close(struct http_stream *stream);
uint32_t http_server_connection_count(const struct http_server *server);

#endif
