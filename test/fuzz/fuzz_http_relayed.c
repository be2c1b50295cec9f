/* SPDX-License-Identifier: Apache-2.0 */
/* The line ahead of relayed bytes: never reads beyond what there is, says "more" only
 * where more could do, and takes what was written under the same key. The last byte of
 * the input chooses whether the right proof is put behind it. */
#include "http/relayed.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[RELAYED_KEY_SIZE] = {1, 2, 3};
    char address[RELAYED_ADDRESS_SIZE] = "";
    size_t used = 0;
    char *copy = malloc(size + 1);
    memcpy(copy, data, size);
    enum relayed found = relayed_read(key, copy, size, address, &used);
    assert(found != RELAYED_MORE || size < RELAYED_LINE_MAX - 1);
    assert(found != RELAYED_YES || (used <= size && used > 0 && address[0] != '\0'));
    free(copy);
    char line[RELAYED_LINE_MAX], text[RELAYED_ADDRESS_SIZE];
    if (size >= sizeof text || memchr(data, 0, size) != NULL || size == 0)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    size_t length = relayed_write(key, text, line);
    found = relayed_read(key, line, length, address, &used);
    assert(found == RELAYED_BAD || (found == RELAYED_YES && strcmp(address, text) == 0));
    return 0;
}
