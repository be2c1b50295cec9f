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
#define HTTP_STREAM_QUEUE_MAX 256               /* blocks */
#define HTTP_STREAM_QUEUE_SIZE_MAX (256 * 1024) /* bytes of them; one may pass it */
#define HTTP_POSTS_MAX 1000000
#define HTTP_ANSWER_HEAD_MAX 16384

struct http_server;
struct http_request; /* outlives its connection: lives until it has been answered */
struct http_stream;
struct http_block; /* bytes on their way out, shared by a count of references */

struct http_config {
    const char *listen; /* "127.0.0.1:8080", "[::1]:0"; a taken port: the next 20 tried;
                           NULL: connections come by http_server_adopt only */
    const char *tls_cert, *tls_key; /* PEM files, both or neither */
    const char
        *behind_proxy; /* this peer's X-Forwarded-For (last hop) is believed; or NULL */
    const uint8_t *relay_key; /* 32 bytes: nodes that stand by prove with it whose
                                 connections they pass on (relayed.h); or NULL */
    size_t body_max;          /* 0 = HTTP_BODY_MAX */
    /* How many bytes of body a request may bring, asked of one that announces more than
     * body_max as soon as its head is read; CONTEXT is the handler's. At most 1 GiB.
     * NULL: none may bring more. */
    size_t (*body_max_of)(void *context, const struct http_request *request);
    uint32_t connections_max;             /* 0 = 20,000 */
    uint32_t connections_max_per_address; /* 0 = 256; loopback and the proxy are exempt */
    struct clock *clock;
};

typedef void http_handler(void *context, struct http_request *request);

/* HANDLER gets every request that is well-formed and within the limits, and must see to
 * it that each is answered exactly once (http_respond or http_stream_open), now or later.
 * ST_INVALID (listen, certificate), ST_DENIED (plain HTTP on a public address without a
 * proxy), ST_BUSY (21 ports taken), ST_IO, ST_NO_MEMORY. */
int http_server_new(struct http_server **ret, const struct http_config *config,
                    http_handler *handler, void *context, struct diag *reterr)
    __attribute__((warn_unused_result));
/* The address served, "http://127.0.0.1:8080". */
const char *http_server_url(const struct http_server *server);
/* Until when the certificate that it shows holds, in seconds since 1970; 0: it has none.
 * Thread-safe. */
int64_t http_server_certificate_ends_s(const struct http_server *server);
/* Shows the certificate that is in CERT by now to whoever connects from here on; nobody
 * who is connected notices. The server was made with one. Thread-safe. ST_INVALID (not
 * readable, do not fit: the one of before stays), ST_NO_MEMORY, ST_CLOSED. */
int http_server_renew_certificate(struct http_server *server, const char *cert,
                                  const char *key, struct diag *reterr)
    __attribute__((warn_unused_result));
/* Runs until http_server_stop, once; open streams and slow clients do not hold it up for
 * more than 2 s. */
void http_server_run(struct http_server *server);
void http_server_stop(struct http_server *server); /* thread-safe */
/* The same without waiting for anybody: what is under way is cut off. Thread-safe. */
void http_server_cut(struct http_server *server);
/* Runs CALL(CONTEXT) on the loop's thread soon. Thread-safe; order is kept. Every call
 * that was taken is made exactly once, at the latest in http_server_free. ST_LIMIT,
 * ST_NO_MEMORY; ST_CLOSED once http_server_free has begun. */
int http_server_post(struct http_server *server, void (*call)(void *), void *context)
    __attribute__((warn_unused_result));
/* Takes over a connected socket, of which SIZE bytes (at most HTTP_HEAD_MAX) were read
 * already, and answers it as one of its own. Thread-safe. The socket is closed also on a
 * failure: ST_NO_MEMORY, ST_LIMIT, ST_CLOSED. */
int http_server_adopt(struct http_server *server, int fd, const void *data, size_t size)
    __attribute__((warn_unused_result));
/* Makes CALL(CONTEXT) on the loop's thread every PERIOD_MS, once for a server, before it
 * runs. ST_IO. */
int http_server_every(struct http_server *server, uint32_t period_ms,
                      void (*call)(void *context), void *context)
    __attribute__((warn_unused_result));
/* Runs WORK(CONTEXT) on a thread of the pool and then AFTER on the loop's; WAS_DONE is
 * false if the server ended before. Loop thread only. ST_NO_MEMORY, ST_BUSY: neither is
 * called. */
int http_server_work(struct http_server *server, void (*work)(void *context),
                     void (*after)(void *context, bool was_done), void *context)
    __attribute__((warn_unused_result));
/* Closes what is left, makes the posted calls, disposes of requests never answered.
 * Handles others opened on the loop are closed too; their memory stays the owner's. NULL
 * is fine. */
void http_server_free(struct http_server *server);

/* ---- the request: texts are NUL-terminated and live as long as it does ---- */
const char *http_method(const struct http_request *request); /* "GET" ... */
const char *http_path(const struct http_request *request);   /* decoded, starts with / */
/* The decoded value of a query parameter, NULL if absent. A doubled one: the head is
 * refused with 400 before the handler sees it. */
const char *http_query(const struct http_request *request, const char *name);
/* Names of query parameters, for "unknown parameter". NULL behind the last. */
const char *http_query_name(const struct http_request *request, uint32_t index);
/* The first header NAME (any case) or NULL. Host, Content-Type, Authorization, Cookie,
 * Origin and Idempotency-Key stand at most once, or the head was refused. */
const char *http_header(const struct http_request *request, const char *name);
/* NULL if absent, malformed, or given twice. */
const char *http_cookie(const struct http_request *request, const char *name);
/* Never NULL, and a NUL stands behind it. */
const char *http_body(const struct http_request *request, size_t *ret_size);
/* The client's address (behind a proxy: the forwarded one). */
const char *http_peer(const struct http_request *request);
/* Whether another node passed it on, or a proxy that says for whom: then the peer, though
 * it may be loopback, is not on this machine. */
bool http_is_relayed(const struct http_request *request);
bool http_is_tls(const struct http_request *request); /* or the proxy said https */
/* True once the client is known to be gone: the answer will be dropped. */
bool http_is_gone(const struct http_request *request);

/* ---- the answer ---- */
/* The reason phrase of a status: "Not Found"; "Unknown" for one that is not listed. */
const char *http_status_title(int status);
/* Adds a header to the answer. NAME is a token (assert). A value with control bytes is
 * dropped with its header: it may have come from a user. */
void http_set_header(struct http_request *request, const char *name, const char *value);
/* Sends the answer and ends the request: the pointer is dead afterwards. If the client
 * went away before, the answer is dropped and the request ends all the same. TYPE may be
 * NULL (no body). DATA is copied. HEAD requests get the head only. Content-Length, Date,
 * nosniff and no-store (unless a Cache-Control was set) are added. */
void http_respond(struct http_request *request, int status, const char *type,
                  const void *data, size_t size);
/* As http_respond, for bytes that outlive the server (assets): not copied. */
void http_respond_static(struct http_request *request, int status, const char *type,
                         const void *data, size_t size);
/* Keeps what a handler needs until the answer. DISPOSE runs when the request ends: in
 * http_respond, in http_stream_open, or for a request never answered in http_server_free;
 * never earlier, so that a worker may use CONTEXT although the client has gone. */
void http_set_context(struct http_request *request, void *context,
                      void (*dispose)(void *context));

/* ---- server-sent events: the request becomes a stream ---- */
/* NULL if the client is gone or asked by HEAD: the request has ended then, ON_CLOSE does
 * not come. Else ON_CLOSE comes exactly once, later, from the loop, never from inside a
 * call below: when the client is gone, was dropped, or the stream was closed; the pointer
 * is dead afterwards. The request ends here in any case. */
struct http_stream *
http_stream_open(struct http_request *request,
                 void (*on_close)(void *context, struct http_stream *), void *context);
/* Queues one event (ID < 0 = none; EVENT NULL = none). A client whose queue is full (256
 * blocks, or 256 KiB) loses the queue and gets `event: resync` instead; one that takes
 * nothing for 60 s is dropped. A comment every 15 s keeps the line open. DATA may have
 * lines. Out of memory counts as a full queue. */
void http_stream_send(struct http_stream *stream, int64_t id, const char *event,
                      const char *data);
/* The same for many streams: the event is written out once and shared. NULL when there is
 * no memory, or EVENT holds a control byte. Loop thread only. */
struct http_block *http_event_new(int64_t id, const char *event, const char *data);
void http_event_unref(struct http_block *block); /* NULL is fine */
size_t http_event_size(const struct http_block *block);
/* Several events as one block, in this order; NULL when there is no memory. */
struct http_block *http_event_join(const struct http_block *const *events,
                                   uint32_t count);
/* BLOCK may be NULL (no memory): the stream gets a resync. Takes its own reference. */
void http_stream_send_event(struct http_stream *stream, struct http_block *block);
/* The same in two steps, for several events at once: they leave together. */
void http_stream_queue_event(struct http_stream *stream, struct http_block *block);
void http_stream_flush(struct http_stream *stream);
/* Whether all that was sent has left for the kernel, and the stream goes on. */
bool http_stream_is_clear(const struct http_stream *stream);
/* ON_CLEAR(the context of http_stream_open) is called from the loop, never from inside a
 * call here, whenever a stream that was not clear becomes it. */
void http_stream_on_clear(struct http_stream *stream, void (*on_clear)(void *context));
/* Sends what is queued, as far as the client takes it, and ends the stream. */
void http_stream_close(struct http_stream *stream);
/* Thread-safe. */
uint32_t http_server_connection_count(const struct http_server *server);
/* Connections that found no room so far: too many are open, of all or of their address,
 * or the process has no descriptor left. Thread-safe. */
uint64_t http_server_refused_count(const struct http_server *server);

#endif
