/* SPDX-License-Identifier: Apache-2.0 */
/* PBF in two ways: the bytes as a file, and the bytes as the inside of a block that is
 * framed rightly, so that the checks behind the compression are reached. */
#include "osm_pipeline.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Header, then one raw block: length, BlobHeader{type, datasize}, Blob{raw}. */
static size_t frame(uint8_t *file, const uint8_t *data, size_t size)
{
    static const uint8_t head[] = {0,   0,   0,   13,  0x0a, 9,    'O', 'S',  'M', 'H',
                                   'e', 'a', 'd', 'e', 'r',  0x18, 2,   0x0a, 0};
    static const uint8_t type[] = {0,   0,   0,   13,  0x0a, 7,  'O',
                                   'S', 'M', 'D', 'a', 't',  'a'};
    memcpy(file, head, sizeof head);
    uint8_t *at = file + sizeof head;
    memcpy(at, type, sizeof type);
    at += sizeof type;
    size_t blob = size + 4; /* tag and a length of three bytes */
    *at++ = 0x18;
    *at++ = (uint8_t)(blob | 0x80);
    *at++ = (uint8_t)(blob >> 7 | 0x80);
    *at++ = (uint8_t)(blob >> 14 & 0x7f);
    *at++ = 0x0a;
    *at++ = (uint8_t)(size | 0x80);
    *at++ = (uint8_t)(size >> 7 | 0x80);
    *at++ = (uint8_t)(size >> 14 & 0x7f);
    memcpy(at, data, size);
    return (size_t)(at - file) + size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[65536 + 128];
    if (size >= 65536)
        return 0;
    pipeline_run(data, size);
    pipeline_run(file, frame(file, data, size));
    return 0;
}
