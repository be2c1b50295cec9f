/* SPDX-License-Identifier: Apache-2.0 */
/* Cookie headers: a value given out is clean and its name stands once. */
#include "base/mem.h"
#include "http/cookie.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_strndup((const char *)data, size);
    if (!text)
        abort();
    struct http_pair pairs[HTTP_COOKIES_MAX];
    uint32_t count = 0;
    http_cookie_read(text, pairs, &count);
    for (uint32_t i = 0; i < count; i++) {
        const char *value = http_cookie_find(pairs, count, pairs[i].name);
        if (!value)
            continue;
        if (strpbrk(value, " \t\r\n;,\"\\"))
            abort();
        for (uint32_t k = 0; k < count; k++) {
            if (k != i && strcmp(pairs[k].name, pairs[i].name) == 0)
                abort();
        }
    }
    mem_free(text);
    return 0;
}
