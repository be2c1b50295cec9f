/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events. A stream is a connection in HTTP_STREAM; its queue is the
 * connection's. The cap works only because the socket's send buffer is small: with the
 * kernel's default a stuck reader hides behind megabytes of it. */
#include "http/internal.h"

#include "base/mem.h"

#include <stddef.h>
#include <string.h>

static struct http_connection *connection_of(const struct http_stream *stream)
{
    return (struct http_connection *)((char *)(uintptr_t)stream -
                                      offsetof(struct http_connection, stream));
}

struct http_stream *
http_stream_open(struct http_request *request,
                 void (*on_close)(void *context, struct http_stream *), void *context)
{
    http_server_assert_loop(request->server);
    if (request->told)
        return http_local_stream_open(request, on_close, context);
    struct http_connection *connection = request->connection;
    if (!connection || request->is_head || connection->eof || request->server->stopping) {
        request->head.keep_alive = false;
        http_respond(request, request->is_head ? 200 : 503,
                     request->is_head ? "text/event-stream" : NULL, NULL, 0);
        return NULL;
    }
    struct text text;
    text_init(&text, HTTP_ANSWER_HEAD_MAX);
    http_answer_head(&text, request->server, 200, request);
    text_append_string(&text, "Content-Type: text/event-stream\r\n"
                              "X-Accel-Buffering: no\r\nConnection: close\r\n\r\n:\n\n");
    struct http_block *head = text.status ? NULL : http_block_new(text.data, text.size);
    text_release(&text);
    http_request_free(request);
    if (!http_output_queue(connection, head))
        return NULL;
    int size = HTTP_STREAM_SEND_BUFFER;
    (void)uv_send_buffer_size((uv_handle_t *)&connection->tcp, &size); /* advice only */
    connection->state = HTTP_STREAM;
    connection->stream =
        (struct http_stream){.on_close = on_close, .context = context, .is_open = true};
    mem_free(connection->in); /* whatever the client still says is dropped */
    connection->in = NULL;
    connection->in_size = connection->in_capacity = 0;
    if (connection->tls)
        http_tls_settle(connection->tls);
    http_output_flush(connection);
    if (connection->state == HTTP_STREAM && connection->tls)
        http_tls_trim(connection->tls);
    if (connection->state == HTTP_STREAM)
        http_server_ready(connection); /* reading goes on, to see the client leave */
    return &connection->stream;
}

static bool is_full(const struct http_connection *connection)
{
    return connection->out_count - connection->out_flight >= HTTP_STREAM_QUEUE_MAX ||
           (connection->out_count > connection->out_flight &&
            connection->out_size >= HTTP_STREAM_QUEUE_SIZE_MAX);
}

void http_stream_queue_event(struct http_stream *stream, struct http_block *block)
{
    if (stream->local) {
        http_local_stream_send(stream->local, block);
        return;
    }
    struct http_connection *connection = connection_of(stream);
    http_server_assert_loop(connection->server);
    if (connection->state != HTTP_STREAM)
        return;
    if (!block || is_full(connection)) {
        /* The client lost events: it must fetch the present state anew. */
        http_output_drop(connection);
        block = connection->server->resync;
    }
    (void)http_output_queue(connection, http_block_ref(block)); /* or it is closed */
}

void http_stream_flush(struct http_stream *stream)
{
    if (stream->local)
        return; /* it has heard already */
    struct http_connection *connection = connection_of(stream);
    if (connection->state == HTTP_STREAM)
        http_output_flush(connection);
}

void http_stream_send_event(struct http_stream *stream, struct http_block *block)
{
    struct http_connection *connection = stream->local ? NULL : connection_of(stream);
    if (connection && connection->state == HTTP_STREAM && block &&
        http_output_is_idle(connection)) {
        http_output_send(connection, block);
        return;
    }
    http_stream_queue_event(stream, block);
    http_stream_flush(stream);
}

void http_stream_send(struct http_stream *stream, int64_t id, const char *event,
                      const char *data)
{
    struct http_block *block = http_event_new(id, event, data);
    http_stream_send_event(stream, block);
    http_block_unref(block);
}

bool http_stream_is_clear(const struct http_stream *stream)
{
    if (stream->local)
        return !stream->local->is_ending;
    const struct http_connection *connection = connection_of(stream);
    return connection->state == HTTP_STREAM && http_output_is_empty(connection);
}

void http_stream_on_clear(struct http_stream *stream, void (*on_clear)(void *context))
{
    stream->on_clear = on_clear;
}

void http_stream_close(struct http_stream *stream)
{
    if (stream->local) {
        http_local_stream_close(stream->local);
        return;
    }
    struct http_connection *connection = connection_of(stream);
    if (connection->state == HTTP_STREAM)
        http_output_finish(connection);
}

void http_stream_sweep(struct http_connection *connection, int64_t now_ms)
{
    if (connection->out_count > 0 ||
        now_ms - connection->sent_ms < connection->server->timing.heartbeat_ms)
        return;
    if (http_output_queue(connection, http_block_ref(connection->server->heartbeat)))
        http_output_flush(connection);
    if (connection->state == HTTP_STREAM && connection->tls)
        http_tls_trim(connection->tls); /* it has been silent */
}
