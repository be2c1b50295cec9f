/* SPDX-License-Identifier: Apache-2.0 */
/* Where requests begin, whole against byte by byte: the same place, and what is found is
 * a head that our reader takes. */
#include "http/boundary.h"
#include "http/head.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool wanted(const char *method, const char *path)
{
    return strcmp(method, "GET") == 0 && strcmp(path, "/api/v1/stream") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    struct boundary whole = {0}, piece = {0};
    size_t pass = 0, passed = 0, part = 0, scanned = 0, head = 0;
    const bool found = boundary_find(&whole, text, size, false, wanted, &pass);
    assert(pass <= size);
    bool found_piece = false;
    for (size_t have = 1; have <= size && !found_piece; have++) {
        found_piece =
            boundary_find(&piece, text + passed, have - passed, false, wanted, &part);
        passed += part;
    }
    assert(found_piece == found && passed == pass);
    if (found)
        assert(http_head_find(text + pass, size - pass, &scanned, &head) ==
               HTTP_FOUND_END);
    free(text);
    return 0;
}
