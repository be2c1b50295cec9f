/* SPDX-License-Identifier: Apache-2.0 */
#include "api/pack.h"

#include "base/mem.h"
#include "base/status.h"

#include <string.h>
#include <zlib.h>

#define WINDOW_GZIP (15 + 16)
#define MEMORY 8

int pack_gzip(const void *data, size_t size, enum pack_effort effort, char **ret,
              size_t *ret_size)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, (int)effort, Z_DEFLATED, WINDOW_GZIP, MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return ST_NO_MEMORY;
    const size_t bound = deflateBound(&stream, size);
    char *packed = mem_alloc(bound);
    if (packed == NULL) {
        deflateEnd(&stream);
        return ST_NO_MEMORY;
    }
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)size;
    stream.next_out = (Bytef *)packed;
    stream.avail_out = (uInt)bound;
    const int done = deflate(&stream, Z_FINISH);
    const size_t packed_size = stream.total_out;
    deflateEnd(&stream);
    if (done != Z_STREAM_END) {
        mem_free(packed);
        return ST_IO;
    }
    *ret = packed;
    *ret_size = packed_size;
    return 0;
}

uint32_t pack_sum(const void *data, size_t size)
{
    return (uint32_t)crc32(crc32(0, NULL, 0), data, (uInt)size);
}

bool pack_is_accepted(const char *accept_encoding)
{
    const char *found = accept_encoding == NULL ? NULL : strstr(accept_encoding, "gzip");
    return found != NULL && strncmp(found + 4, ";q=0", 4) != 0;
}
