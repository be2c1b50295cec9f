/* SPDX-License-Identifier: Apache-2.0 */
/* Shared bytes, and the text form of server-sent events (WHATWG HTML section 9.2.5). */
#include "http/block.h"

#include "base/mem.h"
#include "base/text.h"
#include "http/http.h"

#include <assert.h>
#include <string.h>

struct http_block *http_block_new(const void *data, size_t size)
{
    struct http_block *block = mem_alloc(sizeof *block + size);
    if (!block)
        return NULL;
    block->references = 1;
    block->size = size;
    block->data = block->own;
    if (data && size > 0)
        memcpy(block->own, data, size);
    return block;
}

struct http_block *http_block_new_static(const void *data, size_t size)
{
    struct http_block *block = mem_alloc(sizeof *block);
    if (!block)
        return NULL;
    block->references = 1;
    block->size = size;
    block->data = data;
    return block;
}

struct http_block *http_block_ref(struct http_block *block)
{
    assert(block->references > 0 && block->references < UINT32_MAX);
    block->references++;
    return block;
}

void http_block_unref(struct http_block *block)
{
    if (!block)
        return;
    assert(block->references > 0);
    if (--block->references == 0)
        mem_free(block);
}

struct http_block *http_event_new(int64_t id, const char *event, const char *data)
{
    struct text text;
    text_init(&text, HTTP_BODY_MAX);
    if (id >= 0) {
        text_append_string(&text, "id: ");
        text_append_int(&text, id);
        text_append(&text, "\n", 1);
    }
    if (event) {
        for (const char *p = event; *p; p++) {
            if ((unsigned char)*p < 0x20) {
                text_release(&text);
                return NULL;
            }
        }
        text_appendf(&text, "event: %s\n", event);
    }
    /* CR, LF and CR LF end a line for the reader; each line gets its own "data:". */
    const char *line = data ? data : "";
    for (;;) {
        size_t size = strcspn(line, "\r\n");
        text_append_string(&text, "data: ");
        text_append(&text, line, size);
        text_append_string(&text, "\n");
        line += size;
        if (*line == '\0')
            break;
        line += line[0] == '\r' && line[1] == '\n' ? 2 : 1;
    }
    text_append_string(&text, "\n");
    struct http_block *block = text.status ? NULL : http_block_new(text.data, text.size);
    text_release(&text);
    return block;
}

struct http_block *http_event_join(const struct http_block *const *events, uint32_t count)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        size += events[i]->size;
    struct http_block *block = http_block_new(NULL, size);
    char *at = block ? block->own : NULL;
    for (uint32_t i = 0; block && i < count; i++) {
        memcpy(at, events[i]->data, events[i]->size);
        at += events[i]->size;
    }
    return block;
}

size_t http_event_size(const struct http_block *block)
{
    return block->size;
}

void http_event_unref(struct http_block *block)
{
    http_block_unref(block);
}
