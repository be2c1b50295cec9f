/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3986 section 2.1 (escapes), WHATWG URL section 5 (forms). The write position never
 * overtakes the read position, so everything happens in place. */
#include "http/url.h"

#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte an escape at TEXT[i] stands for, or -1. */
static int escape_at(const char *text, size_t size, size_t i)
{
    if (size - i < 3)
        return -1;
    int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0)
        return -1;
    return high * 16 + low;
}

int http_url_decode(char *text, size_t size, int plus_is_space, size_t *ret_size)
{
    size_t out = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '%') {
            int byte = escape_at(text, size, i);
            if (byte <= 0)
                return ST_INVALID;
            c = (char)byte;
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '\0') {
            return ST_INVALID;
        }
        text[out++] = c;
    }
    if (!text_is_utf8(text, out))
        return ST_INVALID;
    text[out] = '\0';
    *ret_size = out;
    return ST_OK;
}

/* No segment of the decoded path may be "." or "..". */
static bool has_dot_segment(const char *path)
{
    for (const char *segment = path; segment; segment = strchr(segment, '/')) {
        segment++;
        size_t length = strcspn(segment, "/");
        if (length == 1 && segment[0] == '.')
            return true;
        if (length == 2 && segment[0] == '.' && segment[1] == '.')
            return true;
    }
    return false;
}

int http_url_path(char *text, size_t size)
{
    if (size == 0 || text[0] != '/')
        return ST_INVALID;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '%' && escape_at(text, size, i) == '/')
            return ST_INVALID;
    }
    size_t decoded = 0;
    int status = http_url_decode(text, size, 0, &decoded);
    if (status)
        return status;
    for (size_t i = 0; i < decoded; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f || c == '\\')
            return ST_INVALID;
    }
    return has_dot_segment(text) ? ST_INVALID : ST_OK;
}

/* One "name=value" in place. */
static int read_pair(char *part, size_t size, struct http_pair *ret)
{
    char *equals = memchr(part, '=', size);
    size_t name_size = equals ? (size_t)(equals - part) : size;
    size_t decoded = 0;
    const char *value = "";
    if (equals) {
        int status = http_url_decode(equals + 1, size - name_size - 1, 1, &decoded);
        if (status)
            return status;
        value = equals + 1;
    }
    int status = http_url_decode(part, name_size, 1, &decoded);
    if (status)
        return status;
    if (decoded == 0)
        return ST_INVALID;
    *ret = (struct http_pair){.name = part, .value = value};
    return ST_OK;
}

int http_url_query(char *text, size_t size, struct http_pair *ret_pairs,
                   uint32_t *ret_count)
{
    uint32_t count = 0;
    size_t start = 0;
    while (start < size) {
        char *end = memchr(text + start, '&', size - start);
        size_t length = end ? (size_t)(end - text) - start : size - start;
        if (length > 0) {
            if (count == HTTP_PARAMS_MAX)
                return ST_LIMIT;
            int status = read_pair(text + start, length, &ret_pairs[count]);
            if (status)
                return status;
            for (uint32_t i = 0; i < count; i++) {
                if (strcmp(ret_pairs[i].name, ret_pairs[count].name) == 0)
                    return ST_INVALID;
            }
            count++;
        }
        start += length + 1;
    }
    *ret_count = count;
    return ST_OK;
}
