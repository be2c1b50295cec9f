/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and their answers. A request outlives its connection: when the client goes,
 * the request only forgets the connection, and whoever holds it still answers it, into
 * nothing. So neither a handler nor a worker ever has a dead pointer. */
#include "http/internal.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define ANSWER_HEADERS_MAX (HTTP_ANSWER_HEAD_MAX - 1024) /* the rest is for ours */

struct title {
    int status;
    const char *text;
};

static const struct title titles[] = {
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *http_status_title(int status)
{
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        if (titles[i].status == status)
            return titles[i].text;
    }
    return "Unknown";
}

/* ---- the request ---------------------------------------------------------------------
 */

struct http_request *http_request_new(struct http_server *server,
                                      struct http_connection *connection)
{
    struct http_request *request = mem_calloc(1, sizeof *request);
    if (!request)
        return NULL;
    request->server = server;
    request->connection = connection;
    text_init(&request->headers, ANSWER_HEADERS_MAX);
    request->next = server->requests;
    if (server->requests)
        server->requests->previous = request;
    server->requests = request;
    return request;
}

/* To who listens in place of a connection, once. */
static void tell(struct http_request *request, const struct http_local_answer *answer)
{
    http_local_heard *heard = request->heard;
    request->heard = NULL;
    if (heard)
        heard(request->heard_context, answer);
}

void http_request_free(struct http_request *request)
{
    if (!request)
        return;
    struct http_server *server = request->server;
    tell(request, &(struct http_local_answer){0});
    if (request->previous)
        request->previous->next = request->next;
    else
        server->requests = request->next;
    if (request->next)
        request->next->previous = request->previous;
    if (request->connection && request->connection->request == request)
        request->connection->request = NULL;
    if (request->dispose)
        request->dispose(request->context);
    text_release(&request->headers);
    mem_free(request->head_text);
    mem_free(request->cookie_text);
    mem_free(request->body);
    mem_free(request);
}

const char *http_method(const struct http_request *request)
{
    return request->head.method;
}

const char *http_path(const struct http_request *request)
{
    return request->head.path;
}

const char *http_query(const struct http_request *request, const char *name)
{
    for (uint32_t i = 0; i < request->head.param_count; i++) {
        if (strcmp(request->head.params[i].name, name) == 0)
            return request->head.params[i].value;
    }
    return NULL;
}

const char *http_query_name(const struct http_request *request, uint32_t index)
{
    return index < request->head.param_count ? request->head.params[index].name : NULL;
}

const char *http_header(const struct http_request *request, const char *name)
{
    return http_head_header(&request->head, name);
}

const char *http_cookie(const struct http_request *request, const char *name)
{
    return http_cookie_find(request->cookies, request->cookie_count, name);
}

const char *http_body(const struct http_request *request, size_t *ret_size)
{
    *ret_size = request->body_size;
    return request->body ? request->body : "";
}

bool http_is_relayed(const struct http_request *request)
{
    return request->is_relayed;
}

const char *http_peer(const struct http_request *request)
{
    return request->peer;
}

bool http_is_tls(const struct http_request *request)
{
    return request->is_tls;
}

bool http_is_gone(const struct http_request *request)
{
    return request->connection == NULL && request->heard == NULL;
}

void http_set_context(struct http_request *request, void *context,
                      void (*dispose)(void *context))
{
    assert(!request->dispose);
    request->context = context;
    request->dispose = dispose;
}

/* ---- the answer ----------------------------------------------------------------------
 */

static void append_header(struct text *ret, const char *name, const char *value)
{
    text_append_string(ret, name);
    text_append(ret, ": ", 2);
    text_append_string(ret, value);
    text_append(ret, "\r\n", 2);
}

void http_set_header(struct http_request *request, const char *name, const char *value)
{
    assert(name[0] != '\0' && strpbrk(name, " :\t\r\n") == NULL);
    for (const char *p = value; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return;
    }
    if (strcasecmp(name, "cache-control") == 0)
        request->has_cache_control = true;
    append_header(&request->headers, name, value);
}

void http_answer_head(struct text *ret, struct http_server *server, int status,
                      const struct http_request *request)
{
    assert(status >= 200 && status <= 599);
    text_append_string(ret, "HTTP/1.1 ");
    text_append_int(ret, status);
    text_append(ret, " ", 1);
    text_append_string(ret, http_status_title(status));
    text_append_string(ret, "\r\nX-Content-Type-Options: nosniff\r\n");
    append_header(ret, "Date", http_server_date(server));
    if (!request || !request->has_cache_control)
        text_append_string(ret, "Cache-Control: no-store\r\n");
    if (!request)
        return;
    if (request->headers.status)
        ret->status = request->headers.status;
    else
        text_append(ret, request->headers.data, request->headers.size);
}

static bool status_has_body(int status)
{
    return status != 204 && status != 304;
}

/* The head with its empty line, and the body behind it if it is to be copied. */
static struct http_block *answer_block(const struct http_request *request, int status,
                                       const char *type, const void *data, size_t size,
                                       bool keep_alive)
{
    struct text text;
    text_init(&text, HTTP_ANSWER_HEAD_MAX);
    http_answer_head(&text, request->server, status, request);
    if (type)
        append_header(&text, "Content-Type", type);
    if (status_has_body(status)) {
        text_append_string(&text, "Content-Length: ");
        text_append_int(&text, (int64_t)size);
        text_append(&text, "\r\n", 2);
    }
    if (!keep_alive)
        text_append_string(&text, "Connection: close\r\n");
    else if (request->head.is_http10)
        text_append_string(&text, "Connection: keep-alive\r\n");
    text_append_string(&text, "\r\n");
    struct http_block *block = NULL;
    size_t copied = data ? size : 0;
    if (!text.status)
        block = http_block_new(NULL, text.size + copied);
    if (block) {
        memcpy(block->own, text.data, text.size);
        if (copied > 0)
            memcpy(block->own + text.size, data, copied);
    }
    text_release(&text);
    return block;
}

static void respond(struct http_request *request, int status, const char *type,
                    const void *data, size_t size, bool is_static)
{
    http_server_assert_loop(request->server);
    struct http_connection *connection = request->connection;
    if (!connection) {
        tell(request,
             &(struct http_local_answer){.status = status,
                                         .headers = text_string(&request->headers),
                                         .body = size == 0 ? "" : data,
                                         .size = size});
        http_request_free(request);
        return;
    }
    bool with_body = size > 0 && status_has_body(status) && !request->is_head;
    bool keep_alive = request->head.keep_alive && !request->server->stopping;
    bool copy = with_body && !is_static;
    struct http_block *head =
        answer_block(request, status, type, copy ? data : NULL, size, keep_alive);
    http_request_free(request);
    if (!http_output_queue(connection, head))
        return;
    if (with_body && is_static &&
        !http_output_queue(connection, http_block_new_static(data, size)))
        return;
    http_connection_answered(connection, keep_alive);
}

void http_respond(struct http_request *request, int status, const char *type,
                  const void *data, size_t size)
{
    respond(request, status, type, data, size, false);
}

void http_respond_static(struct http_request *request, int status, const char *type,
                         const void *data, size_t size)
{
    respond(request, status, type, data, size, true);
}

/* Whether what CONNECTION is refused for is a HEAD, as far as it can be told. */
static bool is_head(const struct http_connection *connection)
{
    static const char method[] = "HEAD ";
    if (connection->state == HTTP_BODY)
        return connection->request->is_head;
    return connection->in_size >= sizeof method - 1 &&
           memcmp(connection->in, method, sizeof method - 1) == 0;
}

void http_refuse(struct http_connection *connection, int status, const char *why)
{
    struct text body, text;
    text_init(&body, 1024);
    text_appendf(&body,
                 "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":",
                 http_status_title(status), status);
    text_append_json(&body, why);
    text_append_string(&body, "}\n");
    text_init(&text, HTTP_ANSWER_HEAD_MAX);
    http_answer_head(&text, connection->server, status, NULL);
    if (status == 405)
        text_append_string(&text,
                           "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n");
    text_appendf(&text,
                 "Content-Type: application/problem+json\r\nContent-Length: %zu\r\n"
                 "Connection: close\r\n\r\n%s",
                 body.size, is_head(connection) ? "" : text_string(&body));
    struct http_block *block =
        body.status || text.status ? NULL : http_block_new(text.data, text.size);
    text_release(&body);
    text_release(&text);
    if (http_output_queue(connection, block))
        http_output_finish(connection);
}
