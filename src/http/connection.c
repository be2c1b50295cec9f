/* SPDX-License-Identifier: Apache-2.0 */
/* A connection as a state machine (enum http_state). Bytes come in through on_read, are
 * decrypted if need be, and gather in IN until a head is whole; a body goes straight into
 * its request. While the handler has a request nothing further is begun: answers leave in
 * the order of the requests.
 *
 * A handler may answer at once, from inside http_connection_process, or later: then
 * http_connection_answered puts the connection into the server's ready list, so that no
 * handler ever runs inside a call that another handler made. */
#include "http/internal.h"

#include "base/hash.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define IN_MAX (HTTP_WAITING_MAX + 2 * HTTP_READ_SIZE)

/* ---- beginning and end ---------------------------------------------------------------
 */

static void on_closed(uv_handle_t *handle)
{
    struct http_connection *connection = handle->data;
    if (connection->stream.is_open) {
        connection->stream.is_open = false;
        connection->stream.on_close(connection->stream.context, &connection->stream);
    }
    http_server_forget(connection);
    http_output_release(connection);
    http_tls_free(connection->tls);
    mem_free(connection->in);
    mem_free(connection->hello);
    mem_free(connection);
}

void http_connection_close(struct http_connection *connection)
{
    if (connection->state == HTTP_CLOSED)
        return;
    bool is_ours = connection->state == HTTP_BODY;
    connection->state = HTTP_CLOSED;
    struct http_request *request = connection->request;
    connection->request = NULL;
    if (request) {
        request->connection = NULL;
        if (is_ours) /* no handler has seen it */
            http_request_free(request);
    }
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
}

/* ---- the way in ----------------------------------------------------------------------
 */

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    (void)suggested;
    struct http_connection *connection = handle->data;
    *ret = uv_buf_init(connection->server->read_buffer, HTTP_READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer);

static void read_on(struct http_connection *connection)
{
    if (connection->reading || connection->eof || connection->state == HTTP_CLOSED)
        return;
    connection->reading = true;
    if (uv_read_start((uv_stream_t *)&connection->tcp, on_allocate, on_read))
        http_connection_close(connection);
}

static void read_off(struct http_connection *connection)
{
    connection->reading = false;
    (void)uv_read_stop((uv_stream_t *)&connection->tcp); /* cannot fail */
}

static bool keep_input(struct http_connection *connection, const char *data, size_t size)
{
    if (size == 0)
        return true;
    if (connection->in_size + size > IN_MAX ||
        mem_grow(&connection->in, &connection->in_capacity,
                 connection->in_size + (uint32_t)size, 1, IN_MAX)) {
        http_connection_close(connection);
        return false;
    }
    memcpy(connection->in + connection->in_size, data, size);
    connection->in_size += (uint32_t)size;
    return true;
}

static void drop_input(struct http_connection *connection, size_t size)
{
    connection->in_size -= (uint32_t)size;
    if (connection->in_size > 0) {
        memmove(connection->in, connection->in + size, connection->in_size);
        return;
    }
    mem_free(connection->in); /* idle connections and streams hold no buffer */
    connection->in = NULL;
    connection->in_capacity = 0;
}

/* Moves what belongs to the body out of DATA; returns how much. */
static size_t take_body(struct http_request *request, const char *data, size_t size)
{
    size_t left = request->body_size - request->body_got;
    if (size > left)
        size = left;
    if (size == 0)
        return 0;
    memcpy(request->body + request->body_got, data, size);
    request->body_got += size;
    return size;
}

static void dispatch(struct http_connection *connection)
{
    struct http_request *request = connection->request;
    connection->state = HTTP_BUSY;
    connection->served++;
    connection->server->handler(connection->server->context, request);
}

/* Plain bytes from the client. */
static void take(struct http_connection *connection, const char *data, size_t size)
{
    switch (connection->state) {
    case HTTP_STREAM:
    case HTTP_FLUSH:
    case HTTP_LINGER:
        connection->dropped += (uint32_t)size;
        if (connection->dropped >
            (connection->state == HTTP_STREAM ? HTTP_DROP_MAX : HTTP_LINGER_DROP_MAX))
            http_connection_close(connection);
        return;
    case HTTP_BODY: {
        size_t taken = take_body(connection->request, data, size);
        if (!keep_input(connection, data + taken, size - taken))
            return;
        http_connection_process(connection);
        return;
    }
    case HTTP_HEAD:
        if (!connection->head_begun) {
            connection->head_begun = true;
            connection->since_ms = http_server_now_ms(connection->server);
        }
        if (keep_input(connection, data, size))
            http_connection_process(connection);
        return;
    case HTTP_BUSY:
        if (keep_input(connection, data, size) && connection->in_size > HTTP_WAITING_MAX)
            read_off(connection);
        return;
    case HTTP_HANDSHAKE:
    case HTTP_CLOSED:
        return;
    }
}

static void take_eof(struct http_connection *connection)
{
    connection->eof = true;
    connection->reading = false;
    switch (connection->state) {
    case HTTP_HEAD:
        http_connection_process(connection);
        return;
    case HTTP_BUSY: /* it may only have closed its sending side: it gets its answer */
    case HTTP_FLUSH:
    case HTTP_CLOSED:
        return;
    case HTTP_HANDSHAKE:
    case HTTP_BODY:
    case HTTP_STREAM:
    case HTTP_LINGER:
        http_connection_close(connection);
        return;
    }
}

/* HTTP where TLS is spoken: whoever opens the address without its https:// is told. TLS
 * begins with the byte 22 (RFC 8446 section 5.1), HTTP with a capital letter. */
static bool is_plain(const struct http_connection *connection, char first)
{
    return connection->state == HTTP_HANDSHAKE &&
           http_tls_is_untouched(connection->tls) && first >= 'A' && first <= 'Z';
}

static void refuse_plain(struct http_connection *connection)
{
    http_tls_free(connection->tls);
    connection->tls = NULL;
    connection->state = HTTP_HEAD;
    http_refuse(connection, 400,
                "The address begins with https:// here. 这里的网址以 https:// 开头。");
}

/* Feeds cipher bytes and takes what plain bytes come of them. */
static void take_cipher(struct http_connection *connection, const char *data, size_t size)
{
    char plain[16384]; /* the largest TLS record */
    struct http_tls *tls = connection->tls;
    if (is_plain(connection, data[0])) {
        refuse_plain(connection);
        return;
    }
    if (!http_tls_feed(tls, data, size)) {
        http_connection_close(connection);
        return;
    }
    int got = 0;
    while (connection->state != HTTP_CLOSED && connection->state != HTTP_LINGER &&
           (got = http_tls_read(tls, plain, sizeof plain)) > 0) {
        if (connection->state == HTTP_HANDSHAKE)
            connection->state = HTTP_HEAD;
        take(connection, plain, (size_t)got);
    }
    if (connection->state == HTTP_CLOSED || connection->state == HTTP_LINGER)
        return;
    if (connection->state == HTTP_HANDSHAKE && http_tls_is_ready(tls))
        connection->state = HTTP_HEAD;
    if (got == -2 || http_tls_pending(tls) > HTTP_OUT_PAUSE_SIZE) {
        http_output_flush(connection); /* the alert that says why, if it fits */
        http_connection_close(connection);
        return;
    }
    if (got == -1)
        take_eof(connection);
    http_output_flush(connection);
}

/* FNV-1a over the address and the seed; an IPv6 client is its /64 network. */
static uint16_t bucket_of(const struct http_server *server,
                          const struct sockaddr_storage *peer)
{
    const unsigned char *bytes =
        (const unsigned char *)&((const struct sockaddr_in *)peer)->sin_addr;
    size_t size = 4;
    if (peer->ss_family == AF_INET6) {
        bytes = ((const struct sockaddr_in6 *)peer)->sin6_addr.s6_addr;
        size = 8;
    }
    uint64_t hash = hash_bytes(HASH_START ^ server->bucket_seed, bytes, size);
    return (uint16_t)((hash >> 32) % HTTP_ADDRESS_BUCKETS);
}

static void uncount_address(struct http_connection *connection)
{
    if (connection->has_bucket)
        connection->server->buckets[connection->bucket]--;
    connection->has_bucket = false;
}

/* False: one connection too many. */
static bool count_address(struct http_connection *connection,
                          const struct sockaddr_storage *peer)
{
    struct http_server *server = connection->server;
    if (atomic_load(&server->connection_count) > server->connections_max)
        return false;
    if (http_address_is_loopback(peer) || strcmp(server->proxy, connection->peer) == 0)
        return true;
    uint16_t bucket = bucket_of(server, peer);
    if (server->buckets[bucket] >= server->connections_max_per_address)
        return false;
    server->buckets[bucket]++;
    connection->bucket = bucket;
    connection->has_bucket = true;
    return true;
}

/* The client behind the node that passes it on is whom limits and rights mean. */
static bool be_relayed(struct http_connection *connection, const char *address)
{
    struct sockaddr_storage peer = {0};
    connection->is_relayed = true;
    if (inet_pton(AF_INET, address, &((struct sockaddr_in *)&peer)->sin_addr) == 1)
        peer.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, address, &((struct sockaddr_in6 *)&peer)->sin6_addr) ==
             1)
        peer.ss_family = AF_INET6;
    else
        return false;
    (void)snprintf(connection->peer, sizeof connection->peer, "%s", address);
    uncount_address(connection);
    return count_address(connection, &peer);
}

static void take_bytes(struct http_connection *connection, const char *data, size_t size)
{
    if (size == 0)
        return;
    if (connection->tls && connection->state != HTTP_LINGER)
        take_cipher(connection, data, size);
    else
        take(connection, data, size);
}

/* The first bytes: perhaps the line of a node that stands by. */
static void take_first(struct http_connection *connection, const char *data, size_t size)
{
    char line[RELAYED_LINE_MAX], address[RELAYED_ADDRESS_SIZE];
    size_t had = connection->hello_size, used = 0;
    size_t part = size < sizeof line - had ? size : sizeof line - had;
    if (had > 0)
        memcpy(line, connection->hello, had);
    memcpy(line + had, data, part);
    enum relayed found =
        relayed_read(connection->server->relay_key, line, had + part, address, &used);
    if (found == RELAYED_MORE && !connection->hello)
        connection->hello = mem_alloc(sizeof line);
    if (found == RELAYED_BAD || (found == RELAYED_MORE && !connection->hello)) {
        http_connection_close(connection);
        return;
    }
    if (found == RELAYED_MORE) {
        memcpy(connection->hello, line, had + part);
        connection->hello_size = (uint8_t)(had + part);
        return;
    }
    connection->is_greeted = true;
    mem_free(connection->hello);
    connection->hello = NULL;
    if (found == RELAYED_YES && !be_relayed(connection, address)) {
        http_connection_close(connection);
        return;
    }
    /* What was kept comes first, without the line. */
    size_t skip = found == RELAYED_YES ? used : 0;
    if (skip < had) {
        take_bytes(connection, line + skip, had - skip);
        skip = had;
    }
    if (connection->state != HTTP_CLOSED)
        take_bytes(connection, data + (skip - had), size - (skip - had));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct http_connection *connection = stream->data;
    if (size == 0 || connection->state == HTTP_CLOSED)
        return;
    if (size == UV_EOF) {
        take_eof(connection);
        return;
    }
    if (size < 0) {
        http_connection_close(connection);
        return;
    }
    if (connection->is_greeted || !connection->server->has_relay_key)
        take_bytes(connection, buffer->base, (size_t)size);
    else
        take_first(connection, buffer->base, (size_t)size);
}

/* ---- heads ---------------------------------------------------------------------------
 */

/* Behind a proxy the last hop of X-Forwarded-For is what the proxy itself saw. */
static void set_peer(struct http_request *request,
                     const struct http_connection *connection)
{
    const struct http_server *server = connection->server;
    request->is_tls = server->tls != NULL;
    request->is_relayed = connection->is_relayed;
    memcpy(request->peer, connection->peer, sizeof request->peer);
    if (server->proxy[0] == '\0' || strcmp(server->proxy, connection->peer) != 0)
        return;
    const char *proto = http_head_header(&request->head, "x-forwarded-proto");
    request->is_tls = request->is_tls || (proto && strcasecmp(proto, "https") == 0);
    const char *list = NULL;
    for (uint32_t i = 0; i < request->head.header_count; i++) {
        if (strcasecmp(request->head.headers[i].name, "x-forwarded-for") == 0)
            list = request->head.headers[i].value;
    }
    if (!list)
        return;
    request->is_relayed = true; /* whatever it says: not somebody on this machine */
    const char *comma = strrchr(list, ',');
    const char *last = comma ? comma + 1 : list;
    last += strspn(last, " \t");
    if (strlen(last) < sizeof request->peer && http_address_is_ip(last))
        memcpy(request->peer, last, strlen(last) + 1);
}

static bool read_cookies(struct http_request *request)
{
    const char *header = http_head_header(&request->head, "cookie");
    if (!header)
        return true;
    request->cookie_text = mem_strdup(header);
    if (!request->cookie_text)
        return false;
    http_cookie_read(request->cookie_text, request->cookies, &request->cookie_count);
    return true;
}

/* Whether the body that is announced is too large; what would have been taken at most. */
static bool is_too_large(const struct http_server *server,
                         const struct http_request *request, size_t *ret_max)
{
    *ret_max = server->body_max;
    if (request->head.content_length > *ret_max && server->body_max_of)
        *ret_max = server->body_max_of(server->context, request);
    return request->head.content_length > *ret_max;
}

/* The request of the head in IN[0..size), or NULL: refused or closed. */
static struct http_request *begin_request(struct http_connection *connection, size_t size)
{
    struct http_request *request = http_request_new(connection->server, connection);
    if (request)
        request->head_text = mem_strndup(connection->in, size);
    if (!request || !request->head_text) {
        http_request_free(request);
        http_refuse(connection, 503, "Out of memory; try again later.");
        return NULL;
    }
    const char *why = "";
    char too_large[80];
    size_t body_max;
    int status = http_head_read(&request->head, request->head_text, size, &why);
    if (status == 0 && !read_cookies(request)) {
        status = 503;
        why = "Out of memory; try again later.";
    }
    if (status == 0)
        set_peer(request, connection);
    if (status == 0 && is_too_large(connection->server, request, &body_max)) {
        status = 413;
        (void)snprintf(too_large, sizeof too_large,
                       "The body is larger than the %zu bytes that are taken here.",
                       body_max);
        why = too_large;
    }
    if (status) {
        http_request_free(request);
        http_refuse(connection, status, why);
        return NULL;
    }
    request->is_head = strcmp(request->head.method, "HEAD") == 0;
    return request;
}

/* Takes the body's bytes that are already here. False: the connection is ending. */
static bool begin_body(struct http_connection *connection, struct http_request *request)
{
    request->body_size = (size_t)request->head.content_length;
    if (request->body_size == 0)
        return true;
    /* Pages that the client never fills are never touched, so a claim costs nothing. */
    request->body = mem_alloc(request->body_size + 1);
    if (!request->body) {
        http_request_free(request);
        http_refuse(connection, 503, "Out of memory; try again later.");
        return false;
    }
    request->body[request->body_size] = '\0';
    drop_input(connection, take_body(request, connection->in, connection->in_size));
    connection->since_ms = http_server_now_ms(connection->server);
    if (request->head.expects_continue && request->body_got < request->body_size) {
        static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
        connection->state = HTTP_BODY; /* so that a close frees the request */
        connection->request = request;
        if (!http_output_queue(connection, http_block_new_static(text, sizeof text - 1)))
            return false;
        http_output_flush(connection);
    }
    return connection->state != HTTP_CLOSED;
}

/* One step of a connection in HTTP_HEAD. True: call again. */
static bool process_head(struct http_connection *connection)
{
    /* Empty lines before a request line are skipped (RFC 9112 section 2.2). */
    while (connection->in_size >= 2 && connection->scanned == 0 &&
           connection->in[0] == '\r' && connection->in[1] == '\n')
        drop_input(connection, 2);
    if (connection->in_size == 0)
        return false;
    size_t size = 0;
    switch (http_head_find(connection->in, connection->in_size, &connection->scanned,
                           &size)) {
    case HTTP_FOUND_BAD:
        http_refuse(connection, 400, "A byte that may not stand in a request head.");
        return false;
    case HTTP_FOUND_MORE:
        if (connection->in_size > HTTP_HEAD_MAX)
            http_refuse(connection, 431, "The request head is too large.");
        return false;
    case HTTP_FOUND_END:
        break;
    }
    connection->scanned = 0;
    struct http_request *request = begin_request(connection, size);
    if (!request)
        return false;
    drop_input(connection, size);
    if (!begin_body(connection, request))
        return false;
    connection->request = request;
    connection->state = HTTP_BODY;
    return true;
}

void http_connection_process(struct http_connection *connection)
{
    if (connection->processing)
        return;
    connection->processing = true;
    bool more = true;
    while (more) {
        more = false;
        if (connection->state == HTTP_HEAD && http_output_paused(connection))
            http_output_flush(connection);
        if (connection->state == HTTP_BODY &&
            connection->request->body_got == connection->request->body_size) {
            dispatch(connection);
            more = connection->state == HTTP_HEAD;
        } else if (connection->state == HTTP_HEAD && !http_output_paused(connection)) {
            more = process_head(connection);
        }
    }
    connection->processing = false;
    if (connection->state == HTTP_CLOSED)
        return;
    if (connection->eof && connection->state == HTTP_HEAD &&
        !http_output_paused(connection))
        http_output_finish(connection);
    else if (connection->eof && connection->state == HTTP_BODY)
        http_connection_close(connection); /* the rest of the body will not come */
    else if (connection->in_size <= HTTP_WAITING_MAX)
        read_on(connection);
    else
        read_off(connection);
    http_output_flush(connection);
}

void http_connection_answered(struct http_connection *connection, bool keep_alive)
{
    if (!keep_alive) {
        http_output_finish(connection);
        return;
    }
    connection->state = HTTP_HEAD;
    connection->head_begun = connection->in_size > 0;
    connection->since_ms = http_server_now_ms(connection->server);
    if (connection->processing)
        return; /* it flushes once, behind all the requests that are here */
    http_output_flush(connection);
    if (connection->state == HTTP_HEAD)
        http_server_ready(connection);
}

/* ---- deadlines -----------------------------------------------------------------------
 */

/* Bytes on their way that the client has not acknowledged. The kernel's part counts too:
 * it holds megabytes, so a slow reader would look stuck for minutes without it. */
static size_t unacknowledged(struct http_connection *connection)
{
    int fd = -1, in_kernel = 0;
    if (uv_fileno((uv_handle_t *)&connection->tcp, &fd) ||
        ioctl(fd, SIOCOUTQ, &in_kernel) || in_kernel < 0)
        in_kernel = 0;
    return uv_stream_get_write_queue_size((uv_stream_t *)&connection->tcp) +
           (size_t)in_kernel;
}

/* False: the client has taken nothing for the stall time. */
static bool output_moves(struct http_connection *connection, int64_t now_ms)
{
    size_t left = unacknowledged(connection);
    if (left != connection->progress_left) {
        connection->progress_left = left;
        connection->progress_ms = now_ms;
    }
    return now_ms - connection->progress_ms <= connection->server->timing.stall_ms;
}

static void sweep_head(struct http_connection *connection, int64_t passed_ms)
{
    const struct http_timing *timing = &connection->server->timing;
    if (connection->writing)
        return; /* the output's deadline is the one that counts */
    if (connection->in_size == 0) {
        /* Empty lines do not make a head, nor do they make time. */
        bool is_idle = connection->served > 0 && !connection->head_begun;
        int64_t limit = is_idle ? timing->idle_ms : timing->head_ms;
        if (passed_ms > limit)
            http_connection_close(connection);
    } else if (passed_ms > timing->head_ms) {
        http_refuse(connection, 408, "The request head took too long.");
    }
}

static void sweep_body(struct http_connection *connection, int64_t passed_ms)
{
    const struct http_timing *timing = &connection->server->timing;
    if (passed_ms <= timing->body_grace_ms)
        return;
    if ((int64_t)connection->request->body_got * 1000 >= timing->body_rate * passed_ms)
        return;
    struct http_request *request = connection->request;
    connection->state = HTTP_HEAD;
    http_request_free(request);
    http_refuse(connection, 408, "The request body came too slowly.");
}

void http_connection_sweep(struct http_connection *connection, int64_t now_ms)
{
    const struct http_timing *timing = &connection->server->timing;
    if (connection->writing && !output_moves(connection, now_ms)) {
        http_connection_close(connection);
        return;
    }
    int64_t passed_ms = now_ms - connection->since_ms;
    switch (connection->state) {
    case HTTP_HANDSHAKE:
        if (passed_ms > timing->head_ms)
            http_connection_close(connection);
        return;
    case HTTP_HEAD:
        sweep_head(connection, passed_ms);
        return;
    case HTTP_BODY:
        sweep_body(connection, passed_ms);
        return;
    case HTTP_STREAM:
        http_stream_sweep(connection, now_ms);
        return;
    case HTTP_LINGER:
        if (passed_ms <= timing->linger_ms)
            return;
        /* A slow reader may still be taking its answer out of the kernel. */
        if (unacknowledged(connection) == 0 || !output_moves(connection, now_ms))
            http_connection_close(connection);
        return;
    case HTTP_BUSY:
    case HTTP_FLUSH:
    case HTTP_CLOSED:
        return;
    }
}

void http_connection_stop(struct http_connection *connection)
{
    switch (connection->state) {
    case HTTP_HANDSHAKE:
        http_connection_close(connection);
        return;
    case HTTP_HEAD:
    case HTTP_STREAM:
        http_output_finish(connection);
        return;
    default:
        return; /* they end by themselves, or at the stop deadline */
    }
}

/* ---- accepting -----------------------------------------------------------------------
 */

/* In the server's list, without a socket yet. NULL: no memory. */
static struct http_connection *make_connection(struct http_server *server)
{
    struct http_connection *connection = mem_calloc(1, sizeof *connection);
    if (!connection || uv_tcp_init(&server->loop, &connection->tcp)) {
        mem_free(connection);
        return NULL;
    }
    connection->server = server;
    connection->tcp.data = connection;
    connection->state = server->tls ? HTTP_HANDSHAKE : HTTP_HEAD;
    connection->since_ms = http_server_now_ms(server);
    connection->next = server->connections;
    if (server->connections)
        server->connections->previous = connection;
    server->connections = connection;
    atomic_fetch_add(&server->connection_count, 1);
    return connection;
}

/* Its socket is there: who is it, and is there room? False: it was closed or refused. */
static bool greet(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    struct sockaddr_storage peer = {0};
    int size = sizeof peer;
    if (uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&peer, &size)) {
        http_connection_close(connection);
        return false;
    }
    (void)uv_tcp_nodelay(&connection->tcp, 1); /* slower without, not wrong */
    http_address_host(&peer, connection->peer, sizeof connection->peer);
    bool fits = count_address(connection, &peer);
    if (server->tls && fits) {
        connection->tls = http_tls_new(server->tls);
        if (!connection->tls) {
            http_connection_close(connection);
            return false;
        }
    }
    uint32_t count = atomic_load(&server->connection_count);
    read_on(connection);
    if (fits)
        return true;
    atomic_fetch_add(&server->refused_count, 1);
    if (server->tls || count > server->connections_max + HTTP_REFUSED_MAX)
        http_connection_close(connection);
    else
        http_refuse(connection, 503, "Too many connections; try again later.");
    return false;
}

void http_connection_new(struct http_server *server)
{
    struct http_connection *connection = make_connection(server);
    if (!connection) {
        server->accept_owed = true; /* libuv keeps it, and calls no more until accepted */
        return;
    }
    if (uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&connection->tcp))
        http_connection_close(connection);
    else
        (void)greet(connection); /* else it has its answer */
}

void http_connection_adopt(struct http_server *server, int fd, const char *data,
                           size_t size)
{
    struct http_connection *connection = make_connection(server);
    if (!connection || uv_tcp_open(&connection->tcp, fd)) {
        close(fd);
        if (connection)
            http_connection_close(connection);
        return;
    }
    connection->is_greeted = true; /* who took it has looked at its first bytes */
    if (greet(connection) && connection->state != HTTP_CLOSED)
        take_bytes(connection, data, size);
}
