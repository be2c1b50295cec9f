/* SPDX-License-Identifier: Apache-2.0 */
/* Paths and queries: decoding stays inside the text, and decoded texts are UTF-8. */
#include "base/mem.h"
#include "base/text.h"
#include "http/url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = mem_alloc(size + 1), *query = mem_alloc(size + 1);
    if (!path || !query)
        abort();
    if (size > 0) {
        memcpy(path, data, size);
        memcpy(query, data, size);
    }
    path[size] = query[size] = '\0';
    if (http_url_path(path, size) == 0) {
        size_t length = strlen(path);
        if (length > size || path[0] != '/' || !text_is_utf8(path, length) ||
            strstr(path, "/../") || strchr(path, '\\'))
            abort();
    }
    struct http_pair pairs[HTTP_PARAMS_MAX];
    uint32_t count = 0;
    if (http_url_query(query, size, pairs, &count) == 0) {
        for (uint32_t i = 0; i < count; i++) {
            if (!text_is_utf8(pairs[i].name, strlen(pairs[i].name)) ||
                !text_is_utf8(pairs[i].value, strlen(pairs[i].value)))
                abort();
        }
    }
    mem_free(path);
    mem_free(query);
    return 0;
}
