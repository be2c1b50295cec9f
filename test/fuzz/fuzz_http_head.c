/* SPDX-License-Identifier: Apache-2.0 */
/* A request head: what our reader takes, an llhttp of its own that gets the bytes in
 * pieces takes too, with the same length of body; and the result keeps its promises.
 * The first byte of the input chooses the pieces. */
#include "http/head.h"

#include "base/mem.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CHECK(x)                                                                         \
    do {                                                                                 \
        if (!(x))                                                                        \
            abort();                                                                     \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_headers_complete(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

static void check_llhttp(const char *text, size_t size, size_t piece, uint64_t length)
{
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_headers_complete = on_headers_complete;
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    size_t at = 0;
    llhttp_errno_t error = HPE_OK;
    while (at < size && error == HPE_OK) {
        size_t n = piece < size - at ? piece : size - at;
        error = llhttp_execute(&parser, text + at, n);
        at += n;
    }
    CHECK(error == HPE_PAUSED && at == size);
    CHECK(parser.content_length == length);
}

static void check_text(const char *text, const char *start, size_t size)
{
    CHECK(text >= start && text < start + size);
    CHECK(memchr(text, '\0', (size_t)(start + size - text)) != NULL);
}

static void check_head(const struct http_head *head, const char *start, size_t size)
{
    check_text(head->method, start, size);
    check_text(head->path, start, size);
    CHECK(head->path[0] == '/' && !strstr(head->path, "/../"));
    CHECK(head->header_count <= HTTP_HEADERS_MAX);
    CHECK(head->param_count <= HTTP_PARAMS_MAX);
    CHECK(head->content_length < 1000000000000000u);
    CHECK(!http_head_header(head, "transfer-encoding"));
    unsigned hosts = 0;
    for (uint32_t i = 0; i < head->header_count; i++) {
        check_text(head->headers[i].name, start, size);
        check_text(head->headers[i].value, start, size);
        CHECK(!strpbrk(head->headers[i].name, " \t\r\n:"));
        CHECK(!strpbrk(head->headers[i].value, "\r\n"));
        hosts += strcasecmp(head->headers[i].name, "host") == 0;
    }
    CHECK(hosts == 1 || (hosts == 0 && head->is_http10));
    for (uint32_t i = 0; i < head->param_count; i++) {
        check_text(head->params[i].name, start, size);
        for (uint32_t k = 0; k < i; k++)
            CHECK(strcmp(head->params[i].name, head->params[k].name) != 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    size_t piece = 1u + data[0];
    const char *input = (const char *)data + 1;
    size--;
    size_t scanned = 0, end = 0, whole_scanned = 0, whole_end = 0;
    enum http_found found = HTTP_FOUND_MORE;
    for (size_t have = 0; have < size && found == HTTP_FOUND_MORE;) {
        have = size - have > piece ? have + piece : size;
        found = http_head_find(input, have, &scanned, &end);
    }
    CHECK(found == http_head_find(input, size, &whole_scanned, &whole_end));
    if (found != HTTP_FOUND_END)
        return 0;
    CHECK(end == whole_end && end <= size);
    char *text = mem_alloc(end); /* to the byte, so that ASan sees an overrun */
    CHECK(text);
    memcpy(text, input, end);
    static struct http_head head;
    const char *why = NULL;
    int status = http_head_read(&head, text, end, &why);
    if (status == 0) {
        check_llhttp(input, end, piece, head.content_length);
        check_head(&head, text, end);
    } else {
        CHECK(status >= 400 && status <= 599 && why);
    }
    mem_free(text);
    return 0;
}
