/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jsonread.h"

#include "base/status.h"

#include <string.h>

size_t jsonread_mark(const char *text, size_t size)
{
    return size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

int jsonread_parse(json_t **ret, const char *text, size_t size, struct diag *reterr)
{
    json_error_t error;
    const size_t mark = jsonread_mark(text, size);
    json_t *root = json_loadb(text + mark, size - mark, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        return diag_set(reterr, ST_INVALID, error.line > 0 ? (uint32_t)error.line : 0,
                        error.column > 0 ? (uint32_t)error.column : 0, "", "%s",
                        error.text);
    *ret = root;
    return ST_OK;
}
