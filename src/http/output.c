/* SPDX-License-Identifier: Apache-2.0 */
/* The way out of a connection: a queue of shared blocks, one write under way at a time.
 *
 *   plain   the first OUT_FLIGHT blocks of the queue are in the write; they leave the
 *           queue when it is done
 *   TLS     blocks leave the queue as they are encrypted, at most 64 KiB a write; the
 *           write sends the cipher bytes, also those of the handshake
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

static void flush_plain(struct http_connection *connection)
{
    uv_buf_t buffers[HTTP_WRITE_BLOCKS];
    unsigned count = 0;
    while (count < HTTP_WRITE_BLOCKS && count < connection->out_count) {
        struct http_block *block = connection->out[count];
        /* libuv does not write into the buffers of a write; its type has no const. */
        buffers[count].base = (char *)(uintptr_t)block->data;
        buffers[count].len = block->size;
        count++;
    }
    if (count == 0)
        return;
    connection->out_flight = count;
    start_write(connection, buffers, count);
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
    if (http_tls_is_ready(connection->tls) && !encrypt_some(connection)) {
        http_connection_close(connection);
        return;
    }
    size_t size = http_tls_pending(connection->tls);
    if (size == 0)
        return;
    connection->cipher = http_block_new(NULL, size);
    if (!connection->cipher) {
        http_connection_close(connection);
        return;
    }
    http_tls_take(connection->tls, connection->cipher->own, size);
    uv_buf_t buffer = uv_buf_init(connection->cipher->own, (unsigned)size);
    start_write(connection, &buffer, 1);
}

static bool is_empty(const struct http_connection *connection)
{
    return !connection->writing && connection->out_count == 0 &&
           (!connection->tls || http_tls_pending(connection->tls) == 0);
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
    if (connection->state == HTTP_FLUSH && is_empty(connection))
        shut(connection);
}

void http_output_finish(struct http_connection *connection)
{
    if (connection->state >= HTTP_FLUSH)
        return;
    connection->state = HTTP_FLUSH;
    /* The alert must stand behind the last block, so everything is encrypted now; the
     * queue is bounded and this happens once. */
    if (connection->tls && http_tls_is_ready(connection->tls)) {
        while (connection->out_count > 0) {
            if (!encrypt_some(connection)) {
                http_connection_close(connection);
                return;
            }
        }
        http_tls_close(connection->tls);
    }
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
    drop_first(connection, flight);
    http_output_flush(connection);
    if (connection->state == HTTP_HEAD && !http_output_paused(connection))
        http_connection_process(connection);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    struct http_connection *connection = shutdown->handle->data;
    if (status < 0 && connection->state != HTTP_CLOSED)
        http_connection_close(connection);
}
