/* SPDX-License-Identifier: Apache-2.0 */
#include "http/boundary.h"

#include "base/mem.h"
#include "http/head.h"

/* Reads the whole head TEXT[0..SIZE). True: it is wanted. */
static bool read_head(struct boundary *boundary, const char *text, size_t size,
                      boundary_wanted *wanted)
{
    struct http_head head;
    const char *why = "";
    AUTO_FREE char *copy = mem_strndup(text, size); /* it is edited */
    if (copy == NULL || http_head_read(&head, copy, size, &why) != 0) {
        boundary->is_blind = true;
        return false;
    }
    if (wanted != NULL && wanted(head.method, head.path))
        return true;
    boundary->body_left = head.content_length;
    return false;
}

/* One step from AT on: returns how far it came. */
static size_t step(struct boundary *boundary, const char *at, size_t size,
                   boundary_wanted *wanted, bool *ret_found)
{
    if (boundary->is_blind)
        return size;
    if (boundary->body_left > 0) {
        size_t part = boundary->body_left < size ? (size_t)boundary->body_left : size;
        boundary->body_left -= part;
        return part;
    }
    if (boundary->scanned == 0 && size >= 2 && at[0] == '\r' && at[1] == '\n')
        return 2; /* empty lines before a request are nothing */
    size_t head_size = 0;
    switch (http_head_find(at, size, &boundary->scanned, &head_size)) {
    case HTTP_FOUND_MORE:
        return 0;
    case HTTP_FOUND_BAD:
        boundary->is_blind = true;
        return size;
    case HTTP_FOUND_END:
        break;
    }
    boundary->scanned = 0;
    *ret_found = read_head(boundary, at, head_size, wanted);
    return *ret_found ? 0 : head_size;
}

bool boundary_find(struct boundary *boundary, const char *data, size_t size, bool is_last,
                   boundary_wanted *wanted, size_t *ret_pass)
{
    size_t at = 0;
    bool found = false;
    while (at < size && !found) {
        size_t part = step(boundary, data + at, size - at, wanted, &found);
        if (part == 0 && !found && is_last && at == 0)
            boundary->is_blind = true;
        else if (part == 0)
            break;
        at += part;
    }
    *ret_pass = at;
    return found;
}
