/* SPDX-License-Identifier: Apache-2.0 */
/* "a=1; b=2": parts between ';', spaces around them dropped. A value may stand in double
 * quotes, which are not part of it. */
#include "http/cookie.h"

#include <stdbool.h>
#include <string.h>

/* cookie-octet of RFC 6265: no control byte, space, quote, comma, semicolon, backslash.
 */
static bool is_value(const char *value)
{
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (c <= 0x20 || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\')
            return false;
    }
    return true;
}

/* The well-formed value that starts at VALUE and ends with a NUL, without quotes. */
static const char *read_value(char *value)
{
    size_t size = strlen(value);
    if (size >= 2 && value[0] == '"' && value[size - 1] == '"') {
        value[size - 1] = '\0';
        value++;
    }
    return is_value(value) ? value : NULL;
}

void http_cookie_read(char *text, struct http_pair *ret_pairs, uint32_t *ret_count)
{
    uint32_t count = 0;
    bool more = true;
    for (char *part = text; more && count < HTTP_COOKIES_MAX;) {
        part += strspn(part, " \t");
        size_t size = strcspn(part, ";");
        char *next = part + size + 1;
        more = part[size] == ';';
        while (size > 0 && (part[size - 1] == ' ' || part[size - 1] == '\t'))
            size--;
        part[size] = '\0';
        char *equals = strchr(part, '=');
        if (equals && equals > part) {
            *equals = '\0';
            struct http_pair pair = {part, read_value(equals + 1)};
            for (uint32_t i = 0; i < count; i++) {
                if (strcmp(ret_pairs[i].name, pair.name) == 0)
                    ret_pairs[i].value = pair.value = NULL;
            }
            ret_pairs[count++] = pair;
        }
        part = next;
    }
    *ret_count = count;
}

const char *http_cookie_find(const struct http_pair *pairs, uint32_t count,
                             const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(pairs[i].name, name) == 0)
            return pairs[i].value;
    }
    return NULL;
}
