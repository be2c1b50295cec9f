/* SPDX-License-Identifier: Apache-2.0 */
/* The way out of a connection: a queue of shared blocks. Bytes are written at once as
 * long as the kernel takes them; when it does not, the rest becomes one write of libuv
 * and the queue waits for its end. So a write under way means a client that is slow, and
 * a burst to a quick one never fills the queue.
 *
 *   plain   OUT_OFFSET bytes of out[0] are gone; the first OUT_FLIGHT blocks are in the
 *           write and leave the queue when it is done
 *   TLS     OUT_OFFSET bytes of out[0] are encrypted; at most 64 KiB at a time become
 *           CIPHER, together with what the handshake says
 *
 * An end in good order is: everything sent, (TLS: closing alert,) our side shut down, the
 * client's bytes read and dropped until it closes too. Closing at once with input unread
 * would make the kernel send RST, which can destroy the answer on its way. */
#include "http/internal.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

static void on_written(uv_write_t *write, int status);
static void on_shut(uv_shutdown_t *shutdown, int status);

static void drop_first(struct http_connection *connection, uint32_t count)
{
    assert(count <= connection->out_count);
    if (count == 0)
        return;
    for (uint32_t i = 0; i < count; i++) {
        connection->out_size -= connection->out[i]->size;
        http_block_unref(connection->out[i]);
    }
    connection->out_count -= count;
    memmove(connection->out, connection->out + count,
            connection->out_count * sizeof connection->out[0]);
}

void http_output_release(struct http_connection *connection)
{
    drop_first(connection, connection->out_count);
    mem_free(connection->out);
    connection->out = NULL;
    connection->out_capacity = 0;
    http_block_unref(connection->cipher);
    connection->cipher = NULL;
}

void http_output_drop(struct http_connection *connection)
{
    /* A block that is half encrypted must be sent whole, or the next would stand in it.
     */
    uint32_t keep = connection->out_flight;
    if (connection->tls && connection->out_offset > 0)
        keep = 1;
    for (uint32_t i = keep; i < connection->out_count; i++) {
        connection->out_size -= connection->out[i]->size;
        http_block_unref(connection->out[i]);
    }
    connection->out_count = keep;
}

bool http_output_queue(struct http_connection *connection, struct http_block *block)
{
    if (connection->state == HTTP_CLOSED) {
        http_block_unref(block);
        return false;
    }
    if (!block ||
        mem_grow(&connection->out, &connection->out_capacity, connection->out_count + 1,
                 sizeof connection->out[0], HTTP_OUT_MAX)) {
        http_block_unref(block);
        http_connection_close(connection);
        return false;
    }
    connection->out[connection->out_count++] = block;
    connection->out_size += block->size;
    connection->sent_ms = http_server_now_ms(connection->server);
    return true;
}

bool http_output_paused(const struct http_connection *connection)
{
    return connection->out_size > HTTP_OUT_PAUSE_SIZE ||
           connection->out_count > HTTP_OUT_PAUSE_COUNT;
}

/* The kernel takes no more now: libuv goes on when it does. */
static void start_write(struct http_connection *connection, uv_buf_t *buffers,
                        unsigned count)
{
    connection->writing = true;
    connection->progress_ms = http_server_now_ms(connection->server);
    connection->progress_left = SIZE_MAX;
    if (uv_write(&connection->write, (uv_stream_t *)&connection->tcp, buffers, count,
                 on_written)) {
        connection->writing = false;
        connection->out_flight = 0;
        http_connection_close(connection);
    }
}

/* What the kernel takes at once, in bytes; the connection is closed on an error. */
static size_t write_now(struct http_connection *connection, uv_buf_t *buffers,
                        unsigned count)
{
    int written = uv_try_write((uv_stream_t *)&connection->tcp, buffers, count);
    if (written >= 0)
        return (size_t)written;
    if (written != UV_EAGAIN)
        http_connection_close(connection);
    return 0;
}

/* The first blocks of the queue as buffers; returns their number. */
static unsigned first_buffers(const struct http_connection *connection, uv_buf_t *ret,
                              size_t *ret_size)
{
    unsigned count = 0;
    size_t size = 0, offset = connection->out_offset;
    while (count < HTTP_WRITE_BLOCKS && count < connection->out_count) {
        struct http_block *block = connection->out[count];
        /* libuv does not write into the buffers of a write; its type has no const. */
        ret[count].base = (char *)(uintptr_t)block->data + offset;
        ret[count].len = block->size - offset;
        size += ret[count].len;
        offset = 0;
        count++;
    }
    *ret_size = size;
    return count;
}

/* Drops what has been written from the front of the queue. */
static void consume(struct http_connection *connection, size_t size)
{
    uint32_t whole = 0;
    size += connection->out_offset;
    while (whole < connection->out_count && size >= connection->out[whole]->size) {
        size -= connection->out[whole]->size;
        whole++;
    }
    drop_first(connection, whole);
    connection->out_offset = size;
}

bool http_output_is_empty(const struct http_connection *connection)
{
    return !connection->writing && connection->out_count == 0 &&
           (!connection->tls || http_tls_pending(connection->tls) == 0);
}

bool http_output_is_idle(const struct http_connection *connection)
{
    return !connection->tls && http_output_is_empty(connection);
}

void http_output_send(struct http_connection *connection, struct http_block *block)
{
    assert(http_output_is_idle(connection));
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)block->data, (unsigned)block->size);
    size_t written = write_now(connection, &buffer, 1);
    if (connection->state == HTTP_CLOSED)
        return;
    connection->sent_ms = http_server_now_ms(connection->server);
    if (written == block->size || !http_output_queue(connection, http_block_ref(block)))
        return;
    connection->out_offset = written;
    http_output_flush(connection);
}

static void flush_plain(struct http_connection *connection)
{
    uv_buf_t buffers[HTTP_WRITE_BLOCKS];
    while (connection->out_count > 0) {
        size_t size = 0;
        unsigned count = first_buffers(connection, buffers, &size);
        size_t written = write_now(connection, buffers, count);
        if (connection->state == HTTP_CLOSED)
            return;
        consume(connection, written);
        if (written == size)
            continue;
        count = first_buffers(connection, buffers, &size);
        connection->out_flight = count;
        start_write(connection, buffers, count);
        return;
    }
}

/* Encrypts up to HTTP_TLS_WRITE_SIZE bytes of the queue. */
static bool encrypt_some(struct http_connection *connection)
{
    size_t left = HTTP_TLS_WRITE_SIZE;
    while (left > 0 && connection->out_count > 0) {
        struct http_block *block = connection->out[0];
        size_t size = block->size - connection->out_offset;
        if (size > left)
            size = left;
        if (size > 0 &&
            !http_tls_write(connection->tls, block->data + connection->out_offset, size))
            return false;
        left -= size;
        connection->out_offset += size;
        if (connection->out_offset == block->size) {
            drop_first(connection, 1);
            connection->out_offset = 0;
        }
    }
    return true;
}

static void flush_tls(struct http_connection *connection)
{
    for (;;) {
        if (http_tls_is_ready(connection->tls) && !encrypt_some(connection)) {
            http_connection_close(connection);
            return;
        }
        if (connection->state == HTTP_FLUSH && connection->out_count == 0 &&
            !connection->alert_sent) {
            connection->alert_sent = true;
            http_tls_close(connection->tls);
        }
        size_t size = http_tls_pending(connection->tls);
        if (size == 0)
            return;
        struct http_block *cipher = http_block_new(NULL, size);
        if (!cipher) {
            http_connection_close(connection);
            return;
        }
        http_tls_take(connection->tls, cipher->own, size);
        uv_buf_t buffer = uv_buf_init(cipher->own, (unsigned)size);
        size_t written = write_now(connection, &buffer, 1);
        if (connection->state == HTTP_CLOSED || written == size) {
            http_block_unref(cipher);
            if (connection->state == HTTP_CLOSED)
                return;
            continue;
        }
        connection->cipher = cipher;
        buffer = uv_buf_init(cipher->own + written, (unsigned)(size - written));
        start_write(connection, &buffer, 1);
        return;
    }
}

/* Everything is sent and nothing more will come: shut our side down. */
static void shut(struct http_connection *connection)
{
    if (connection->eof) {
        http_connection_close(connection);
        return;
    }
    connection->state = HTTP_LINGER;
    connection->since_ms = http_server_now_ms(connection->server);
    if (uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->tcp, on_shut))
        http_connection_close(connection);
}

void http_output_flush(struct http_connection *connection)
{
    if (connection->writing || connection->state == HTTP_CLOSED ||
        connection->state == HTTP_LINGER)
        return;
    if (connection->tls)
        flush_tls(connection);
    else
        flush_plain(connection);
    if (connection->state == HTTP_FLUSH && http_output_is_empty(connection))
        shut(connection);
}

void http_output_finish(struct http_connection *connection)
{
    if (connection->state >= HTTP_FLUSH)
        return;
    connection->state = HTTP_FLUSH;
    http_output_flush(connection);
}

static void on_written(uv_write_t *write, int status)
{
    struct http_connection *connection = write->handle->data;
    connection->writing = false;
    uint32_t flight = connection->out_flight;
    connection->out_flight = 0;
    http_block_unref(connection->cipher);
    connection->cipher = NULL;
    if (connection->state == HTTP_CLOSED)
        return;
    if (status < 0) {
        http_connection_close(connection);
        return;
    }
    if (flight > 0) {
        drop_first(connection, flight);
        connection->out_offset = 0;
    }
    http_output_flush(connection);
    if (connection->state == HTTP_STREAM && connection->stream.on_clear &&
        http_output_is_empty(connection))
        connection->stream.on_clear(connection->stream.context);
    if (connection->state == HTTP_HEAD && !http_output_paused(connection))
        http_connection_process(connection);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    struct http_connection *connection = shutdown->handle->data;
    if (status < 0 && connection->state != HTTP_CLOSED)
        http_connection_close(connection);
}
