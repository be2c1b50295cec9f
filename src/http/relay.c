/* SPDX-License-Identifier: Apache-2.0 */
/* A pair is two ends, the client's and the server's. Each reads into its own buffer and,
 * unless the other end takes them at once, stops reading until those bytes are written,
 * so a slow end slows the other down and a pair never holds more than two buffers. The
 * end of one direction is passed on (half-close); an error closes both.
 *
 * Requests that this node answers itself are looked for in the client's bytes: a head is
 * held back until it is whole. Where one of ours begins, the server is told that nothing
 * more comes; when all it had to say has been passed on, the client's socket and what is
 * held go to our own server. Not so behind a request whose answer has not begun: if the
 * server died now, ours would be taken for it. Such a one is the server's too.
 *
 * The server has a deadline for whatever a client does slowly, but does not see a client
 * who neither reads nor closes: a pair through which nothing goes for RELAY_SILENCE_MS is
 * closed. */
#include "http/relay.h"

#include "base/mem.h"
#include "base/status.h"
#include "http/boundary.h"
#include "http/http.h"
#include "http/listen.h"
#include "http/relayed.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define BUFFER_SIZE 16384
#define BACKLOG 4096 /* all may come back at once */
#define RETRY_MS 100

struct pair;

struct end {
    uv_tcp_t tcp; /* data = the end */
    struct pair *pair;
    struct end *other;
    uv_write_t write;
    uv_shutdown_t shutdown;
    bool is_open, is_reading, is_ended;
    size_t passed, held; /* of the buffer: written; behind that, kept for later */
    char buffer[BUFFER_SIZE];
};

struct pair {
    struct relay *relay;
    struct end client, server;
    uv_connect_t connect;
    uv_timer_t retry;
    bool has_retry, closing;
    struct boundary boundary; /* in the client's bytes */
    bool is_own;              /* the request that is held is ours */
    bool has_passed;          /* the server has heard of this client */
    bool is_awaiting;         /* and has said nothing since */
    uint64_t moved_ms;        /* when bytes came or left last */
    int waited_ms, handles;   /* handles: not closed yet */
    struct pair *next, **self;
};

struct relay {
    const struct relay_config *config;
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_timer_t timer;
    struct pair *pairs;
    uint32_t count;
    uint64_t silence_ms;
    bool stopping, accept_owed; /* owed: a connection waits that had no memory */
    char upstream[RELAY_ADDRESS_MAX];
};

/* ---- closing ------------------------------------------------------------------------
 */

static void handle_closed(uv_handle_t *handle)
{
    struct pair *pair = handle->data;
    if (--pair->handles > 0)
        return;
    *pair->self = pair->next;
    if (pair->next != NULL)
        pair->next->self = pair->self;
    pair->relay->count--;
    mem_free(pair);
}

static void close_handle(struct pair *pair, uv_handle_t *handle)
{
    handle->data = pair;
    uv_close(handle, handle_closed);
}

static void close_pair(struct pair *pair)
{
    if (pair->closing)
        return;
    pair->closing = true;
    close_handle(pair, (uv_handle_t *)&pair->client.tcp);
    if (pair->server.is_open)
        close_handle(pair, (uv_handle_t *)&pair->server.tcp);
    if (pair->has_retry)
        close_handle(pair, (uv_handle_t *)&pair->retry);
}

/* ---- bytes --------------------------------------------------------------------------
 */

static void read_end(struct end *end);
static void stop_reading(struct end *end);

static void alloc_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    (void)suggested;
    struct end *end = handle->data;
    *ret = uv_buf_init(end->buffer + end->held, (unsigned)(BUFFER_SIZE - end->held));
}

/* The client is our own server's from here on. */
static void give_away(struct pair *pair)
{
    static_assert(BUFFER_SIZE <= HTTP_HEAD_MAX, "what is held may go to our server");
    int fd = -1;
    struct end *client = &pair->client;
    if (uv_fileno((uv_handle_t *)&client->tcp, &fd) == 0)
        fd = dup(fd);
    if (fd >= 0)
        (void)(http_server_adopt(pair->relay->config->own, fd, client->buffer,
                                 client->held) == ST_OK); /* else it is closed */
    close_pair(pair);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    struct end *end = shutdown->data;
    bool both = end->is_ended && end->other->is_ended;
    if (!end->pair->closing && (status != 0 || both))
        close_pair(end->pair);
}

static void end_writing(struct end *to)
{
    to->shutdown.data = to;
    if (uv_shutdown(&to->shutdown, (uv_stream_t *)&to->tcp, on_shut) != 0)
        close_pair(to->pair);
}

/* What may be passed on has been: what is held moves to the front. */
static void go_on(struct end *end)
{
    struct pair *pair = end->pair;
    pair->moved_ms = uv_now(&pair->relay->loop);
    memmove(end->buffer, end->buffer + end->passed, end->held);
    end->passed = 0;
    if (end != &pair->client || !pair->is_own) {
        read_end(end);
        return;
    }
    stop_reading(end);
    if (pair->has_passed)
        end_writing(&pair->server); /* it may still be answering */
    else
        give_away(pair);
}

static void on_written(uv_write_t *write, int status)
{
    struct end *from = write->data;
    if (from->pair->closing)
        return;
    if (status != 0)
        close_pair(from->pair);
    else
        go_on(from);
}

/* Passes on the first end->passed bytes of the buffer. */
static void pass(struct end *end)
{
    struct end *other = end->other;
    uv_buf_t out = uv_buf_init(end->buffer, (unsigned)end->passed);
    end->pair->is_awaiting = end == &end->pair->client;
    end->pair->has_passed = end->pair->has_passed || end->pair->is_awaiting;
    /* Most of the time the other end takes it at once. */
    const int taken = uv_try_write((uv_stream_t *)&other->tcp, &out, 1);
    if (taken == (int)out.len) {
        go_on(end);
        return;
    }
    out.base += taken > 0 ? taken : 0;
    out.len -= taken > 0 ? (unsigned)taken : 0;
    stop_reading(end);
    end->write.data = end;
    if (uv_write(&end->write, (uv_stream_t *)&other->tcp, &out, 1, on_written) != 0)
        close_pair(end->pair);
}

static void take_eof(struct end *end)
{
    struct pair *pair = end->pair;
    stop_reading(end);
    end->is_ended = true;
    if (end == &pair->server && pair->is_own) {
        give_away(pair);
        return;
    }
    if (end->held > 0) { /* of a head that will never be whole: the server's to refuse */
        end->passed = end->held;
        end->held = 0;
        pass(end); /* and then the end is read again */
        return;
    }
    end_writing(end->other);
}

/* How many of the client's SIZE bytes are the server's. */
static size_t look(struct pair *pair, size_t size)
{
    boundary_wanted *wanted = pair->relay->config->is_own;
    const char *data = pair->client.buffer;
    const bool is_last = size == BUFFER_SIZE;
    size_t passed = 0, more = 0;
    pair->is_own = boundary_find(&pair->boundary, data, size, is_last,
                                 pair->is_awaiting ? NULL : wanted, &passed);
    if (pair->is_own && passed > 0) /* behind one whose answer has not begun */
        pair->is_own = boundary_find(&pair->boundary, data + passed, size - passed, false,
                                     NULL, &more);
    return passed + more;
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    (void)buffer;
    struct end *end = stream->data;
    struct pair *pair = end->pair;
    if (size == 0)
        return;
    if (size == UV_EOF) {
        take_eof(end);
        return;
    }
    if (size < 0) {
        close_pair(pair);
        return;
    }
    const size_t total = end->held + (size_t)size;
    pair->moved_ms = uv_now(&pair->relay->loop);
    const bool is_looked_at = end == &pair->client && pair->relay->config->own != NULL;
    end->passed = is_looked_at ? look(pair, total) : total;
    end->held = total - end->passed;
    if (end->passed > 0)
        pass(end);
    else if (pair->is_own)
        go_on(end);
}

static void read_end(struct end *end)
{
    if (end->is_reading)
        return;
    end->is_reading = true;
    if (uv_read_start((uv_stream_t *)&end->tcp, alloc_buffer, on_read) != 0)
        close_pair(end->pair);
}

static void stop_reading(struct end *end)
{
    end->is_reading = false;
    (void)uv_read_stop((uv_stream_t *)&end->tcp); /* always 0 */
}

/* ---- connecting ---------------------------------------------------------------------
 */

static void connect_server(struct pair *pair);

static void on_retry(uv_timer_t *timer)
{
    connect_server(timer->data);
}

static void server_closed(uv_handle_t *handle)
{
    struct pair *pair = ((struct end *)handle->data)->pair;
    handle->data = pair;
    if (pair->closing) /* the others were closed meanwhile */
        handle_closed(handle);
    else
        pair->handles--;
}

/* Nobody serves: a little later. */
static void try_later(struct pair *pair)
{
    if (pair->server.is_open) {
        pair->server.is_open = false;
        uv_close((uv_handle_t *)&pair->server.tcp, server_closed);
    }
    pair->waited_ms += RETRY_MS;
    if (pair->waited_ms > RELAY_WAIT_MS ||
        uv_timer_start(&pair->retry, on_retry, RETRY_MS, 0) != 0)
        close_pair(pair);
}

/* Says whose connection it is. A fresh socket takes a line at once. */
static bool say_who(struct pair *pair)
{
    struct sockaddr_storage peer = {0};
    int size = sizeof peer;
    char address[RELAYED_ADDRESS_SIZE], line[RELAYED_LINE_MAX];
    const uint8_t *key = pair->relay->config->key;
    if (key == NULL)
        return true;
    if (uv_tcp_getpeername(&pair->client.tcp, (struct sockaddr *)&peer, &size) != 0)
        return false;
    http_address_host(&peer, address, sizeof address);
    size_t length = relayed_write(key, address, line);
    uv_buf_t out = uv_buf_init(line, (unsigned)length);
    return uv_try_write((uv_stream_t *)&pair->server.tcp, &out, 1) == (int)length;
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct pair *pair = connect->data;
    if (pair->closing || status == UV_ECANCELED)
        return;
    if (status != 0) {
        try_later(pair);
        return;
    }
    (void)uv_tcp_nodelay(&pair->server.tcp, 1); /* a hint */
    if (!say_who(pair)) {
        close_pair(pair);
        return;
    }
    read_end(&pair->client);
    if (!pair->closing)
        read_end(&pair->server);
}

static void connect_server(struct pair *pair)
{
    struct relay *relay = pair->relay;
    struct http_address address;
    /* A closed handle is only free again after its callback. */
    if (pair->handles > 2 || relay->upstream[0] == '\0' ||
        http_address_parse(&address, relay->upstream, NULL) != ST_OK) {
        try_later(pair);
        return;
    }
    if (uv_tcp_init(&relay->loop, &pair->server.tcp) != 0) {
        close_pair(pair);
        return;
    }
    pair->handles++;
    pair->server.is_open = true;
    pair->server.tcp.data = &pair->server;
    pair->connect.data = pair;
    if (uv_tcp_connect(&pair->connect, &pair->server.tcp,
                       (const struct sockaddr *)&address.storage, on_connected) != 0)
        try_later(pair);
}

static void link_pair(struct relay *relay, struct pair *pair)
{
    pair->relay = relay;
    pair->next = relay->pairs;
    pair->self = &relay->pairs;
    if (pair->next != NULL)
        pair->next->self = &pair->next;
    relay->pairs = pair;
    relay->count++;
    pair->client.pair = pair->server.pair = pair;
    pair->client.other = &pair->server;
    pair->server.other = &pair->client;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct relay *relay = listener->data;
    if (status != 0 || relay->stopping)
        return;
    struct pair *pair = mem_calloc(1, sizeof *pair);
    if (pair == NULL || uv_tcp_init(&relay->loop, &pair->client.tcp) != 0) {
        mem_free(pair);
        relay->accept_owed = true; /* libuv keeps it, and calls no more until accepted */
        return;
    }
    link_pair(relay, pair);
    pair->moved_ms = uv_now(&relay->loop);
    pair->handles = 1;
    pair->client.tcp.data = &pair->client;
    if (uv_timer_init(&relay->loop, &pair->retry) == 0) {
        pair->has_retry = true;
        pair->retry.data = pair;
        pair->handles = 2;
    }
    if (!pair->has_retry || uv_accept(listener, (uv_stream_t *)&pair->client.tcp) != 0 ||
        relay->count > RELAY_CONNECTIONS_MAX) {
        close_pair(pair);
        return;
    }
    (void)uv_tcp_nodelay(&pair->client.tcp, 1); /* a hint */
    connect_server(pair);
}

/* ---- life ---------------------------------------------------------------------------
 */

static void sweep(struct relay *relay)
{
    const uint64_t now_ms = uv_now(&relay->loop);
    for (struct pair *pair = relay->pairs; pair != NULL; pair = pair->next)
        if (now_ms - pair->moved_ms >= relay->silence_ms)
            close_pair(pair);
    if (relay->accept_owed) {
        relay->accept_owed = false;
        on_connection((uv_stream_t *)&relay->listener, 0);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct relay *relay = timer->data;
    if (!relay->config->tick(relay->config->context, relay->upstream)) {
        sweep(relay);
        return;
    }
    relay->stopping = true;
    uv_close((uv_handle_t *)timer, NULL);
    uv_close((uv_handle_t *)&relay->listener, NULL);
    for (struct pair *pair = relay->pairs; pair != NULL; pair = pair->next)
        close_pair(pair);
}

static int begin(struct relay *relay, struct diag *reterr)
{
    struct http_address address;
    int fd, status = http_address_parse(&address, relay->config->listen, reterr);
    if (status == ST_OK && !relay->config->is_safe &&
        !http_address_is_loopback(&address.storage))
        status = diag_set(reterr, ST_DENIED, 0, 0, "listen",
                          "plain HTTP is served on loopback only: give --tls-cert and "
                          "--tls-key, or --behind-proxy");
    if (status == ST_OK)
        status = http_address_bind(&address, BACKLOG, &fd, reterr);
    if (status != ST_OK)
        return status;
    relay->listener.data = relay;
    if (uv_tcp_init(&relay->loop, &relay->listener) != 0 ||
        uv_tcp_open(&relay->listener, fd) != 0 ||
        uv_listen((uv_stream_t *)&relay->listener, BACKLOG, on_connection) != 0 ||
        uv_timer_init(&relay->loop, &relay->timer) != 0)
        return diag_set(reterr, ST_IO, 0, 0, "listen", "cannot listen there");
    relay->timer.data = relay;
    if (uv_timer_start(&relay->timer, on_tick, 0, RELAY_TICK_MS) != 0)
        return diag_set(reterr, ST_IO, 0, 0, "relay", "no timer");
    return ST_OK;
}

int relay_run(const struct relay_config *config, struct diag *reterr)
{
    struct relay *relay = mem_calloc(1, sizeof *relay);
    if (relay == NULL || uv_loop_init(&relay->loop) != 0) {
        mem_free(relay);
        return diag_set(reterr, ST_NO_MEMORY, 0, 0, "relay", "no memory");
    }
    relay->config = config;
    relay->silence_ms = config->silence_ms == 0 ? RELAY_SILENCE_MS : config->silence_ms;
    int status = begin(relay, reterr);
    if (status == ST_OK) {
        if (config->ready != NULL)
            config->ready(config->context);
        (void)uv_run(&relay->loop, UV_RUN_DEFAULT); /* until everything is closed */
    }
    int left = uv_loop_close(&relay->loop);
    assert(status != ST_OK || left == 0);
    (void)left;
    mem_free(relay);
    return status;
}
