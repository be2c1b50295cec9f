/* SPDX-License-Identifier: Apache-2.0 */
/* A server whose loop was never opened: posted calls wait for http_local_turn, work for
 * other threads becomes a posted call, and a request has a listener in place of a
 * connection. */
#include "http/local.h"

#include "base/mem.h"
#include "http/internal.h"

#include <string.h>

#define LOCAL_PEER "127.0.0.1"

int http_local_new(struct http_server **ret, struct clock *clock, http_handler *handler,
                   void *context)
{
    struct http_server *server = mem_calloc(1, sizeof *server);
    if (!server)
        return ST_NO_MEMORY;
    server->clock = clock;
    server->handler = handler;
    server->context = context;
    server->body_max = HTTP_BODY_MAX;
    server->posts_end = &server->posts;
    pthread_mutex_init(&server->posts_lock, NULL);
    (void)snprintf(server->url, sizeof server->url, "http://" LOCAL_PEER);
    *ret = server;
    return ST_OK;
}

/* The head and the body of TEXT; ST_INVALID as the edge would refuse it. */
static int read_request(struct http_request *request, const char *text, size_t size)
{
    size_t scanned = 0, head_size = 0;
    const char *why = "";
    if (http_head_find(text, size, &scanned, &head_size) != HTTP_FOUND_END)
        return ST_INVALID;
    request->head_text = mem_strndup(text, head_size);
    if (!request->head_text)
        return ST_NO_MEMORY;
    if (http_head_read(&request->head, request->head_text, head_size, &why) != 0 ||
        request->head.content_length != size - head_size)
        return ST_INVALID;
    request->body_size = request->body_got = size - head_size;
    request->body = mem_strndup(text + head_size, request->body_size);
    const char *cookies = http_head_header(&request->head, "cookie");
    if (cookies)
        request->cookie_text = mem_strdup(cookies);
    if (!request->body || (cookies && !request->cookie_text))
        return ST_NO_MEMORY;
    if (cookies)
        http_cookie_read(request->cookie_text, request->cookies, &request->cookie_count);
    return ST_OK;
}

static int send_request(struct http_server *server, const char *text, size_t size,
                        const struct http_request *who)
{
    struct http_request *request = http_request_new(server, NULL);
    if (!request)
        return ST_NO_MEMORY;
    int status = read_request(request, text, size);
    if (status) {
        http_request_free(request);
        return status;
    }
    request->is_head = strcmp(request->head.method, "HEAD") == 0;
    memcpy(request->peer, LOCAL_PEER, sizeof LOCAL_PEER);
    request->heard = who->heard;
    request->told = who->told;
    request->heard_context = who->heard_context;
    server->handler(server->context, request);
    return ST_OK;
}

int http_local_send(struct http_server *server, const char *text, size_t size,
                    http_local_heard *heard, void *context)
{
    return send_request(server, text, size,
                        &(struct http_request){.heard = heard, .heard_context = context});
}

/* ---- streams ---- */
int http_local_listen(struct http_server *server, const char *text, size_t size,
                      http_local_heard *heard, http_local_told *told, void *context)
{
    return send_request(
        server, text, size,
        &(struct http_request){.heard = heard, .told = told, .heard_context = context});
}

struct http_stream *http_local_stream_open(struct http_request *request,
                                           void (*on_close)(void *context,
                                                            struct http_stream *),
                                           void *context)
{
    struct http_server *server = request->server;
    struct http_local_stream *local = mem_calloc(1, sizeof *local);
    if (!local) {
        http_respond(request, 503, NULL, NULL, 0);
        return NULL;
    }
    local->stream = (struct http_stream){
        .on_close = on_close, .context = context, .is_open = true, .local = local};
    local->told = request->told;
    local->context = request->heard_context;
    local->next = server->local_streams;
    server->local_streams = local;
    http_local_heard *heard = request->heard;
    request->heard = NULL;
    http_request_free(request);
    heard(local->context,
          &(struct http_local_answer){.status = 200,
                                      .headers = "Content-Type: text/event-stream\r\n",
                                      .body = ""});
    return &local->stream;
}

void http_local_stream_send(struct http_local_stream *local,
                            const struct http_block *block)
{
    static const char resync[] = "event: resync\ndata: {}\n\n";
    const char *at = block ? block->data : resync;
    size_t left = block ? block->size : sizeof resync - 1;
    while (left > 0 && local->told && !local->is_ending) { /* one call an event */
        const char *end = memmem(at, left, "\n\n", 2);
        const size_t size = end ? (size_t)(end + 2 - at) : left;
        local->told(local->context, at, size);
        at += size;
        left -= size;
    }
}

void http_local_stream_close(struct http_local_stream *local)
{
    local->is_ending = true; /* its owner may be walking over all of them */
}

void http_local_leave(struct http_server *server, void *context)
{
    for (struct http_local_stream *at = server->local_streams; at; at = at->next)
        if (at->context == context) {
            at->told = NULL;
            at->is_ending = true;
        }
}

void http_local_end_streams(struct http_server *server, bool all)
{
    for (struct http_local_stream **at = &server->local_streams; *at;) {
        struct http_local_stream *local = *at;
        if (!all && !local->is_ending) {
            at = &local->next;
            continue;
        }
        *at = local->next;
        local->stream.on_close(local->stream.context, &local->stream);
        if (local->told)
            local->told(local->context, NULL, 0);
        mem_free(local);
    }
}

void http_local_turn(struct http_server *server)
{
    while (server->posts)
        http_server_run_posts(server);
    http_local_end_streams(server, false);
}
