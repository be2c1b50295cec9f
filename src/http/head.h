/* SPDX-License-Identifier: Apache-2.0 */
/* One request head, read twice: by our own short reader and by llhttp. A head is taken
 * only if both take it and found the same method, target, names, values, length and end.
 * No sockets, no memory: the head is edited in the caller's bytes. */
#ifndef MUSTER_HTTP_HEAD_H
#define MUSTER_HTTP_HEAD_H

#include "http/http.h"
#include "http/url.h"

#define HTTP_LENGTH_DIGITS_MAX 15

struct http_head {
    const char *method;
    const char *path; /* decoded */
    struct http_pair headers[HTTP_HEADERS_MAX];
    uint32_t header_count;
    struct http_pair params[HTTP_PARAMS_MAX];
    uint32_t param_count;
    uint64_t content_length; /* 0 if none */
    bool is_http10;
    bool keep_alive;
    bool expects_continue;
};

enum http_found { HTTP_FOUND_BAD = -1, HTTP_FOUND_MORE = 0, HTTP_FOUND_END = 1 };

/* Looks for the end of a head in TEXT[0..size), continuing at *scanned (0 at first), so
 * that a drip costs no more than one piece. BAD as soon as a byte may not stand in a
 * head: bare CR or LF, NUL, other control bytes. END: *ret_size bytes, with the empty
 * line. */
enum http_found http_head_find(const char *text, size_t size, size_t *scanned,
                               size_t *ret_size);

/* Reads a whole head of SIZE bytes (as http_head_find gave it) in place. 0, or the HTTP
 * status to refuse it with and in *RET_WHY a sentence (static). On 0 the texts of RET
 * point into TEXT. */
int http_head_read(struct http_head *ret, char *text, size_t size, const char **ret_why)
    __attribute__((warn_unused_result));

/* The value of the first header NAME (any case) or NULL. */
const char *http_head_header(const struct http_head *head, const char *name);

/* True if this llhttp was built strict: it refuses what a loose one takes. */
bool http_head_parser_is_strict(void);

#endif
